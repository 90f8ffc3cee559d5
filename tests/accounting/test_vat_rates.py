"""The VAT rates of the member states, and the days on which they changed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting import vat_rates
from odoo.addons.lightspeed_exact_connector.accounting.vat_areas import (
    AUSTRIAN_VALLEYS,
    AZORES,
    CORSICA,
    EU_COUNTRIES,
    MADEIRA,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_rates import (
    rates,
    standard_rate,
)

TODAY = date(2026, 11, 25)
SPECIAL = {AZORES, MADEIRA, CORSICA, AUSTRIAN_VALLEYS, "GB", "XI"}
#: Standard rates of today, in percent.
STANDARD = {
    "AT": 20, "BE": 21, "BG": 20, "CY": 19, "CZ": 21, "DE": 19, "DK": 25, "EE": 24,
    "ES": 21, "FI": "25.5", "FR": 20, "GR": 24, "HR": 25, "HU": 27, "IE": 23, "IT": 22,
    "LT": 21, "LU": 17, "LV": 21, "MT": 18, "NL": 21, "PL": 23, "PT": 23, "RO": 21,
    "SE": 25, "SI": 22, "SK": 23, "XI": 20, AZORES: 16, MADEIRA: 22, CORSICA: 20,
    AUSTRIAN_VALLEYS: 19, "GB": 20,
}  # fmt: skip
#: Area, percentage, last day without, first day with it.
BEGINS = [
    ("CZ", "12", "2023-12-31"),
    ("DE", "16", "2020-06-30"),
    ("DE", "5", "2020-06-30"),
    ("DE", "0", "2022-12-31"),
    ("EE", "22", "2023-12-31"),
    ("EE", "24", "2025-06-30"),
    ("EE", "13", "2024-12-31"),
    ("ES", "7.5", "2024-09-30"),
    ("FI", "25.5", "2024-08-31"),
    ("FI", "13.5", "2025-12-31"),
    ("IE", "21", "2020-08-31"),
    ("LT", "12", "2025-12-31"),
    ("LU", "16", "2022-12-31"),
    ("LU", "13", "2022-12-31"),
    ("LU", "7", "2022-12-31"),
    ("MT", "12", "2023-12-31"),
    ("NL", "9", "2018-12-31"),
    ("RO", "21", "2025-07-31"),
    ("RO", "11", "2025-07-31"),
    ("SK", "23", "2024-12-31"),
    ("SK", "19", "2024-12-31"),
    ("AT", "4.9", "2026-06-30"),
    (AZORES, "16", "2021-06-30"),
    (MADEIRA, "4", "2024-09-30"),
]
#: Area, percentage, last day on which it was in force.
ENDS = [
    ("CZ", "15", "2023-12-31"),
    ("CZ", "10", "2023-12-31"),
    ("DE", "16", "2020-12-31"),
    ("DE", "5", "2020-12-31"),
    ("DE", "7", "2020-06-30"),
    ("DE", "19", "2020-06-30"),
    ("EE", "20", "2023-12-31"),
    ("EE", "22", "2025-06-30"),
    ("ES", "7.5", "2024-12-31"),
    ("FI", "24", "2024-08-31"),
    ("FI", "14", "2025-12-31"),
    ("IE", "23", "2020-08-31"),
    ("IE", "21", "2021-02-28"),
    ("LU", "16", "2023-12-31"),
    ("NL", "6", "2018-12-31"),
    ("RO", "19", "2025-07-31"),
    ("RO", "5", "2025-07-31"),
    ("SK", "20", "2024-12-31"),
    ("SK", "10", "2024-12-31"),
    (AZORES, "18", "2021-06-30"),
]


def percent(value):
    return Decimal(value) / 100


def test_every_area_inside_has_rates():
    assert set(vat_rates._STANDARD) == EU_COUNTRIES | SPECIAL
    assert set(vat_rates._OTHERS) == EU_COUNTRIES | SPECIAL


@pytest.mark.parametrize(("area", "rate"), STANDARD.items())
def test_standard_rates_of_today(area, rate):
    assert standard_rate(area, TODAY) == percent(rate)
    assert percent(rate) in rates(area, TODAY)


@pytest.mark.parametrize("area", sorted(EU_COUNTRIES | SPECIAL))
def test_exactly_one_standard_rate_on_every_day(area):
    day = date(2018, 6, 1)
    while day < date(2028, 1, 1):
        found = [
            rate
            for rate, start, end in vat_rates._STANDARD[area]
            if start <= day <= end
        ]
        assert len(found) == 1
        assert standard_rate(area, day) == found[0]
        assert all(0 <= rate < Decimal("0.3") for rate in rates(area, day))
        day += timedelta(days=1)


@pytest.mark.parametrize(("area", "rate", "before"), BEGINS)
def test_a_rate_begins(area, rate, before):
    before = date.fromisoformat(before)
    assert percent(rate) not in rates(area, before)
    assert percent(rate) in rates(area, before + timedelta(days=1))


@pytest.mark.parametrize(("area", "rate", "last"), ENDS)
def test_a_rate_ends(area, rate, last):
    last = date.fromisoformat(last)
    after = last + timedelta(days=1)
    assert percent(rate) in rates(area, last)
    assert percent(rate) not in rates(area, after)
    assert percent(rate) in rates(area, after, since=last)
    assert percent(rate) in rates(area, last, since=after)


def test_what_is_not_known():
    assert rates("US", TODAY) is None
    assert rates("IC", TODAY) is None
    assert rates("", TODAY) is None
    assert standard_rate("US", TODAY) is None
    assert vat_rates.has_zero_rate("US", TODAY)


def test_zero_rates():
    assert vat_rates.has_zero_rate("IE", TODAY)
    assert not vat_rates.has_zero_rate("ES", TODAY)
    assert vat_rates.has_zero_rate("ES", date(2024, 12, 31))
    assert vat_rates.has_zero_rate("ES", date(2025, 1, 2), since=date(2024, 12, 30))


def test_the_table_says_until_when_it_is_to_be_trusted():
    assert vat_rates.is_trusted(TODAY)
    assert vat_rates.is_trusted(vat_rates.LOOKED_AT + timedelta(days=183))
    assert not vat_rates.is_trusted(vat_rates.LOOKED_AT + timedelta(days=184))
