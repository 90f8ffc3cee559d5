import contextlib
import json
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.money import (
    cents,
    dumps,
    loads,
    normal,
    plain,
    to_decimal,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (99, "99"),
        (99.0, "99.0"),
        (0.1, "0.1"),
        (8.025000000000002, "8.025000000000002"),
        ("29.00", "29.00"),
        (" -1.5 ", "-1.5"),
        ("1e2", "1E+2"),
        (Decimal("0.21"), "0.21"),
        (-0.0, "0"),
        (1e-300, "0"),
        (Decimal("1E-999999999"), "0"),
    ],
)
def test_numbers_of_every_make_are_exact(value, expected):
    assert str(to_decimal(value)) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        "",
        " ",
        "abc",
        "1,50",
        "1_000",
        "٣",
        "NaN",
        "Infinity",
        [],
        {},
        float("nan"),
        float("inf"),
        Decimal("sNaN"),
        1e300,
        10**15,
        1 << 100_000,
        "1e99999999999999999999",
        Decimal("1E+999999999"),
        "1" * 61,
        b"1",
    ],
    ids=lambda value: f"{type(value).__name__}",
)
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(ValueError, match="."):
        to_decimal(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.005", "0.01"),
        ("0.0049999", "0.00"),
        ("-0.005", "-0.01"),
        ("-0.001", "0.00"),
        ("2.675", "2.68"),
        (2.675, "2.68"),
        (1, "1.00"),
        ("999999999999999.995", "1000000000000000.00"),
    ],
)
def test_cents_round_halves_away_from_zero(value, expected):
    assert str(cents(value)) == expected


def test_plain_and_normal_texts():
    assert plain(Decimal("1E+3")) == "1000"
    assert plain(Decimal("-0.00")) == "0.00"
    assert {normal(Decimal(text)) for text in ("99", "99.0", "9.9E+1")} == {"99"}
    assert normal(Decimal("100")) == "100"
    assert normal(Decimal("-0.10")) == "-0.1"
    for text in ("NaN", "1E+200", "1E-200"):
        with pytest.raises(ValueError, match="."):
            plain(Decimal(text))


def test_loads_keeps_broken_numbers_exact():
    assert loads('{"a": 0.10, "b": 99, "c": false}') == {
        "a": Decimal("0.10"),
        "b": 99,
        "c": False,
    }


@pytest.mark.parametrize(
    "text",
    ["", "{", "NaN", "[Infinity]", "[" * 100_000, "9" * 5000, b"\xff\xfe\xff"],
)
def test_loads_refuses_with_valueerror_only(text):
    with pytest.raises(ValueError, match="."):
        loads(text)


def test_loads_survives_numbers_of_any_size():
    with contextlib.suppress(ValueError):
        loads("1e" + "9" * 50)


def test_dumps_writes_decimals_digit_for_digit():
    text = dumps(
        {
            "a": Decimal("62.10"),
            "b": Decimal("1E+3"),
            "c": (1, None, True),
            "d": date(2026, 6, 3),
            "e": datetime(2026, 6, 3, tzinfo=timezone.utc),
            "f": 'é"\\\n',
            "g": LineKind.PRODUCT,
            "h": {},
            "i": [],
            "j": Decimal("-0"),
        }
    )
    assert text == (
        '{"a":62.10,"b":1000,"c":[1,null,true],"d":"2026-06-03",'
        '"e":"2026-06-03T00:00:00+00:00","f":"é\\"\\\\\\n","g":"product",'
        '"h":{},"i":[],"j":0}'
    )


@pytest.mark.parametrize("value", [1.5, {1: 2}, {1, 2}, b"x", object()])
def test_dumps_refuses_what_is_not_exact(value):
    with pytest.raises(TypeError):
        dumps([value])


def test_dumps_refuses_endless_structures_and_nan():
    endless = []
    endless.append(endless)
    for value in (endless, Decimal("NaN"), Decimal("Infinity")):
        with pytest.raises(ValueError, match="."):
            dumps(value)


def test_dumps_can_always_be_sent():
    assert json.loads(dumps("\ud800 é").encode("utf-8")) == "\ud800 é"


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.decimals(allow_nan=False, allow_infinity=False, places=4),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
        ),
        max_leaves=20,
    )
)
def test_what_is_written_reads_back(value):
    assert loads(dumps(value)) == value
    assert "e+" not in dumps(Decimal("123E+10")).lower()


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14)
)
def test_a_float_means_its_shortest_text(value):
    assert abs(to_decimal(value) - Decimal(repr(value))) <= Decimal("1E-20")
