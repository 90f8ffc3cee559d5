"""Small businesses, margin goods, gift cards; what counts for the threshold."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    Treatment,
    cross_border_net,
    line_treatment,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_position import (
    Period,
)

from tests.accounting.samples import country, product, sale, simple
from tests.accounting.vat_samples import (
    MARGIN,
    NUMBERS,
    SMALL,
    VOUCHER,
    judge,
    order,
    seller,
    special,
    verdict,
)

# === SMALL BUSINESSES === #


@pytest.mark.parametrize(
    ("found", "changes", "expected"),
    [
        (order(rate="0"), {}, ("small_business", "small_business")),
        (order(rate="0.21"), {}, ("suspicious", "small_business_charged")),
        (order("us", "0"), {}, ("export", "outside_eu")),
        (order("us", "0.21"), {}, ("suspicious", "small_business_charged")),
        (order("de", "0"), {}, ("small_business", "eu_consumer_small_business")),
        (order("de", "0.21"), {}, ("suspicious", "small_business_charged")),
        (order("de", "0", NUMBERS["DE"]), {},
         ("small_business", "small_business_eu_business")),
        (order("de", "0.21", NUMBERS["DE"]), {},
         ("suspicious", "small_business_charged")),
        # Above the threshold, or in OSS: taxed at the destination.
        (order("de", "0"), {"oss": (Period(),)},
         ("suspicious", "small_business_zero_abroad")),
        (order("de", "0.19"), {"oss": (Period(),)}, ("oss", "eu_consumer")),
        (order("de", "0.19"), {"cross_border_net": {2026: Decimal(9901)}},
         ("suspicious", "oss_registration_missing")),
    ],
)  # fmt: skip
def test_small_businesses(found, changes, expected):
    assert verdict(found, replace(SMALL, **changes)) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2025-12-31", "exempt"),
        ("2026-01-01", "small_business"),
        ("2026-12-31", "small_business"),
        ("2027-01-01", "exempt"),
    ],
)
def test_the_scheme_covers_its_days(day, expected):
    assert verdict(order(rate="0"), SMALL, date.fromisoformat(day))[0] == expected


# === LINES WITH A SCHEME === #


@pytest.mark.parametrize("changes", [MARGIN, VOUCHER])
def test_lines_that_never_carry_vat_do_not_say_that_none_was_charged(changes):
    alone = special(order("de", "0"), **changes)
    assert verdict(alone) == ("domestic", "only_special_lines")
    mixed = special(order("sk", ("0", "0.23"), postcode=""), **changes)
    assert verdict(mixed) == ("oss", "eu_consumer")
    export = special(order("us", ("0", "0")), **changes)
    assert verdict(export) == ("export", "outside_eu")


def test_lines_that_may_not_carry_vat():
    margin = special(order(), **MARGIN)
    assert verdict(margin) == ("suspicious", "margin_charged")
    voucher = special(order("us", ("0.21", "0")), **VOUCHER)
    assert verdict(voucher) == ("suspicious", "gift_card_charged")


def test_the_treatment_of_a_line():
    zero, taxed = order(rate=("0", "0.21")).lines
    assert line_treatment(taxed, Treatment.DOMESTIC) == "domestic"
    assert line_treatment(zero, Treatment.DOMESTIC) == "exempt"
    assert line_treatment(zero, Treatment.EXPORT) == "export"
    assert line_treatment(replace(zero, **MARGIN), Treatment.OSS) == "margin"
    assert line_treatment(replace(zero, **VOUCHER), Treatment.OSS) == "out_of_scope"


def test_a_mixed_sale_is_charged_and_free_lines_do_not_count():
    mixed = simple(product(121, 100), product(5, 5, "0"))
    assert verdict(sale(mixed))[0] == "domestic"
    free = simple(
        product(0, 0, "0.21"),
        product(5, 5, "0"),
        addressShippingCountry=country("us"),
    )
    assert verdict(sale(free))[0] == "export"
    assert verdict(sale(simple(product(0, 0, "0.21"))))[0] == "domestic"
    cent = simple(product("0.01", "0.01", "0.21"))
    assert verdict(sale(cent))[0] == "domestic"


# === WHAT COUNTS FOR THE THRESHOLD === #


@pytest.mark.parametrize(
    ("found", "seller_", "expected"),
    [
        (order("de", "0.19"), seller(oss=True), 100),
        (order("de", ("0.19", "0.07")), seller(oss=True), 200),
        (order("de", "0.21"), seller(), 100),
        (order("de", "0.19", NUMBERS["DE"]), seller(oss=True), 100),
        (order("de", "0.21", NUMBERS["DE"]), seller(), 0),
        (order("de", "0", NUMBERS["DE"]), seller(), 0),
        (order("de", "0"), SMALL, 100),
        (order("de", "0.19"),
         seller(cross_border_net={2026: Decimal(10_000)},
                foreign_registrations=("DE",)), 100),
        (order(), seller(), 0),
        (order("us", "0"), seller(), 0),
        (order("de", "0.21", shipmentIsPickup=True), seller(), 0),
        (special(order("de", ("0", "0.21")), **VOUCHER), seller(), 100),
        (special(order("de", ("0", "0.21")), **MARGIN), seller(), 100),
    ],
)  # fmt: skip
def test_cross_border_net(found, seller_, expected):
    assert cross_border_net(found, judge(found, seller_)) == expected


def test_costs_count_for_the_threshold_and_credits_against_it():
    found = sale(addressShippingCountry=country("be"))
    decision = judge(found, seller())
    assert cross_border_net(found, decision) == Decimal("52.36")
    credit = sale(simple(product(-121, -100), addressShippingCountry=country("be")))
    assert cross_border_net(credit, judge(credit, seller())) == -100
