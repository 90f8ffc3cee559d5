import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.texts import clean, cut, width

FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a \t\r\n b  ", "a b"),
        ("a\x00b\x1bc\x7f", "abc"),
        ("a\u200bb\u202ec\ufeff", "abc"),
        ("\ud83d x", "x"),
        ("e\u0301", "é"),
        ("a\u00a0\u2003b", "a b"),
        (FAMILY, FAMILY),
    ],
)
def test_clean(text, expected):
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcde"),
        ("abc def", 4, "abc"),
        ("ab😀", 3, "ab"),
        ("ab😀", 4, "ab😀"),
        ("aq\u0323\u0307b", 3, "a"),
        ("aq\u0323\u0307b", 4, "aq\u0323\u0307"),
        (f"a{FAMILY}b", 8, "a"),
        (f"a{FAMILY}b", 9, f"a{FAMILY}"),
        ("👍🏽x", 3, ""),
        ("🇳🇱🇧🇪", 5, "🇳🇱"),
        ("a", 0, ""),
    ],
)
def test_cut_never_parts_a_character(text, limit, expected):
    assert cut(text, limit) == expected


@given(st.text(), st.integers(0, 40))
def test_cut_keeps_a_clean_head_within_the_limit(text, limit):
    result = cut(text, limit)
    assert width(result) <= limit
    assert clean(text).startswith(result)
    result.encode("utf-8")
    assert clean(clean(text)) == clean(text)
