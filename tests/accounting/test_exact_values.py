from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.exact_values import (
    exact_date,
    guid,
    integer,
    pad_account_code,
    trim,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/Date(1795392000000)/", date(2026, 11, 23)),
        ("/Date(0)/", date(1970, 1, 1)),
        ("/Date(-1)/", date(1969, 12, 31)),
        ("/Date(1795392000000+0000)/", date(2026, 11, 23)),
        ("2026-11-23T00:00:00", date(2026, 11, 23)),
        ("2026-11-23", date(2026, 11, 23)),
    ],
)
def test_dates(value, expected):
    assert exact_date(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        12,
        "/Date()/",
        "/Date(9999999999999999)/",
        "2026-13-01",
        "2026-11-23T23:00:00",
    ],
)
def test_what_is_no_date(value):
    with pytest.raises(ValueError, match="."):
        exact_date(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        (" 12 ", 12),
        (Decimal("1.0"), 1),
        ("-3", -3),
        (2**31 - 1, 2**31 - 1),
        (2**31, 0),
        (Decimal("1e999999"), 0),
        (Decimal("NaN"), 0),
        ("Infinity", 0),
        ("1.5", 0),
        ("x", 0),
        (None, 0),
        (True, 0),
        (1.0, 0),
        ([], 0),
    ],
)
def test_small_whole_numbers(value, expected):
    assert integer(value) == expected


def test_codes_and_guids():
    assert trim("2  ") == "2"
    assert trim(None) == trim(False) == ""
    assert trim(70) == "70"
    assert pad_account_code("1001") == " " * 14 + "1001"
    upper = "6F6A0C9E-0C3C-4D2E-9A2F-0F1D1F0A7C01"
    assert guid(upper) == guid("{" + upper + "}") == upper.lower()
    for value in (None, "", "1001", upper + "0"):
        with pytest.raises(ValueError, match="."):
            guid(value)
