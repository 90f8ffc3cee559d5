import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.reference import (
    fold,
    uniqueness_key,
    your_ref,
)
from odoo.addons.lightspeed_exact_connector.accounting.texts import clean, width


def test_a_short_text_stays_as_it_is():
    assert fold("ORD00412") == "ORD00412"
    assert fold("  ORD\x00 \t 00412 ") == "ORD 00412"
    assert fold("x" * 30) == "x" * 30


def test_a_long_text_is_marked_and_told_apart():
    first, second = fold("x" * 31), fold("x" * 32)
    digest = hashlib.sha256(b"x" * 31).hexdigest()
    assert first == "x" * 21 + "~" + digest[:8]
    assert len(first) == len(second) == 30
    assert first != second
    with pytest.raises(ValueError, match="limit"):
        fold("x", 9)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("", "ORD1"), "ORD1"),
        (("S1-", "ORD1"), "S1-ORD1"),
        (("S1-", "ORD1", 2), "S1-ORD1-R2"),
    ],
)
def test_your_ref(arguments, expected):
    assert your_ref(*arguments) == expected


def test_the_generation_is_never_folded_away():
    found = {your_ref("prefix-", "N" * 40, generation) for generation in range(12)}
    assert len(found) == 12
    assert all(len(reference) <= 30 for reference in found)
    assert your_ref("prefix-", "N" * 40, 11).endswith("-R11")
    with pytest.raises(ValueError, match="generation"):
        your_ref("", "1", -1)


def test_uniqueness_ignores_case():
    assert uniqueness_key("ord1-Straße") == uniqueness_key("ORD1-STRASSE ")
    assert uniqueness_key("ORD1") != uniqueness_key("ORD2")


@given(st.lists(st.text(min_size=1, max_size=60), max_size=40))
def test_folding_keeps_different_texts_apart(texts):
    texts = {clean(text) for text in texts}
    assert len({fold(text) for text in texts}) == len(texts)
    for text in texts:
        assert width(fold(text)) <= 30
        assert fold(fold(text)) == fold(text)


def test_folding_numbers_of_many_orders():
    numbers = [f"WEBSHOP-NEDERLAND-ORDER-2026-{n:06}" for n in range(20_000)]
    assert len({fold(number) for number in numbers}) == len(numbers)
