"""Sales to companies, and the rates that were charged."""

from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    Treatment,
)

from tests.accounting.samples import position
from tests.accounting.vat_samples import (
    NUMBERS,
    judge,
    order,
    seller,
    verdict,
)

# === COMPANIES === #


@pytest.mark.parametrize(
    ("found", "shop", "expected", "code"),
    [
        (order("de", "0", NUMBERS["DE"]), "NL", "reverse_charge", "eu_business"),
        (order("de", "0", "de 123.456-788"), "NL", "reverse_charge", "eu_business"),
        (order("de", "0", "123456788"), "NL", "reverse_charge", "eu_business"),
        (order("gr", "0", NUMBERS["GR"]), "NL", "reverse_charge", "eu_business"),
        (order("gr", "0", "GR123456783"), "NL", "reverse_charge", "eu_business"),
        (order("gr", "0", "123456783"), "NL", "reverse_charge", "eu_business"),
        (order("mc", "0", NUMBERS["FR"], postcode="98000"), "NL", "reverse_charge",
         "eu_business"),
        (order("fr", "0", NUMBERS["FR"], postcode="20000"), "NL", "reverse_charge",
         "eu_business"),
        (order("nl", "0", NUMBERS["NL"]), "DE", "reverse_charge", "eu_business"),
        (order("nl", "0", NUMBERS["NL"]), "GR", "reverse_charge", "eu_business"),
        (order("gb", "0", NUMBERS["XI"], postcode="BT1 1AA"), "NL", "reverse_charge",
         "eu_business"),
        (order("gb", "0", "123456727", postcode="BT1 1AA"), "NL", "reverse_charge",
         "eu_business"),
        (order("gb", "0", NUMBERS["XI"], postcode=""), "NL", "reverse_charge",
         "eu_business"),
        (order("xi", "0", NUMBERS["XI"], postcode="BT1 1AA"), "NL", "reverse_charge",
         "eu_business"),
        (order("gb", "0", "GB123456727", postcode="BT1 1AA"), "NL", "suspicious",
         "eu_zero_number_prefix"),
        (order("gb", "0", NUMBERS["DE"], postcode="BT1 1AA"), "NL", "suspicious",
         "eu_zero_number_prefix"),
        (order("de", "0"), "NL", "suspicious", "eu_zero_without_number"),
        (order("de", "0", "n/a"), "NL", "suspicious", "eu_zero_number_malformed"),
        (order("de", "0", "DE123456789"), "NL", "suspicious",
         "eu_zero_number_malformed"),
        (order("de", "0", "DE12345678"), "NL", "suspicious",
         "eu_zero_number_malformed"),
        (order("de", "0", NUMBERS["NL"]), "NL", "suspicious",
         "eu_zero_number_domestic"),
        (order("be", "0", NUMBERS["GR"]), "GR", "suspicious",
         "eu_zero_number_domestic"),
        (order("be", "0", NUMBERS["FR"]), "MC", "suspicious",
         "eu_zero_number_domestic"),
        # Goods to Germany for a Belgian company.
        (order("de", "0", NUMBERS["BE"]), "NL", "suspicious",
         "eu_zero_number_prefix"),
        (order("de", "0", NUMBERS["BE"], billing="be"), "NL", "suspicious",
         "eu_zero_number_prefix"),
        (order("de", "0", "CHE123456788MWST"), "NL", "suspicious",
         "eu_zero_number_prefix"),
        # Some lines with VAT, some without.
        (order("de", ("0.19", "0"), NUMBERS["DE"]), "NL", "suspicious",
         "eu_partly_charged"),
        (order("de", ("0.21", "0"), NUMBERS["DE"]), "NL", "suspicious",
         "eu_partly_charged"),
    ],
)  # fmt: skip
def test_companies_without_vat(found, shop, expected, code):
    assert verdict(found, position(shop)) == (expected, code)
    assert verdict(found, seller(shop)) == (expected, code)


def test_another_prefix_by_choice_but_never_in_northern_ireland():
    chain = seller(other_prefixes=True)
    found = order("de", "0", NUMBERS["BE"])
    assert verdict(found, chain) == ("reverse_charge", "eu_business_other_prefix")
    home = order("de", "0", NUMBERS["NL"])
    assert verdict(home, chain) == ("suspicious", "eu_zero_number_domestic")
    northern = order("gb", "0", NUMBERS["DE"], postcode="BT1 1AA")
    assert verdict(northern, chain) == ("suspicious", "eu_zero_number_prefix")


@pytest.mark.parametrize(
    ("rate", "oss", "expected", "code"),
    [
        ("0.19", True, "oss", "eu_business_as_consumer"),
        ("0.21", True, "domestic", "eu_business_charged_home"),
        ("0.17", True, "suspicious", "rate_not_of_home"),
        ("0.19", False, "suspicious", "eu_business_charged_destination"),
        ("0.21", False, "domestic", "eu_business_charged_home"),
        ("0.17", False, "suspicious", "rate_not_of_home"),
    ],
)
def test_companies_with_vat(rate, oss, expected, code):
    found = order("de", rate, NUMBERS["DE"])
    assert verdict(found, seller(oss=oss)) == (expected, code)
    # It is no distance sale: the threshold does not matter.
    above = seller(oss=oss, cross_border_net={2026: Decimal(50_000)})
    assert verdict(found, above) == (expected, code)


def test_a_company_of_home_abroad_is_charged_at_home():
    found = order("be", "0.21", NUMBERS["NL"])
    assert verdict(found, seller()) == ("domestic", "eu_business_charged_home")


# === RATES === #


@pytest.mark.parametrize(
    ("to", "found", "seller_", "expected"),
    [
        # A zero line among charged ones: only where there is a zero rate.
        ("de", ("0.19", "0"), seller(oss=True), ("oss", "eu_consumer")),
        ("ie", ("0.23", "0"), seller(oss=True), ("oss", "eu_consumer")),
        ("fi", ("0.255", "0"), seller(oss=True), ("oss", "eu_consumer")),
        ("sk", ("0.23", "0"), seller(oss=True), ("suspicious", "eu_partly_charged")),
        ("es", ("0.21", "0"), seller(oss=True), ("suspicious", "eu_partly_charged")),
        # At home a rule must say so, line by line.
        ("sk", ("0.21", "0"), seller(), ("domestic", "eu_consumer_below_threshold")),
        ("fi", "0.24", seller(oss=True), ("suspicious", "rate_not_of_destination")),
        ("fi", "0.14", seller(oss=True), ("suspicious", "rate_not_of_destination")),
        ("lu", "0.16", seller(oss=True), ("suspicious", "rate_not_of_destination")),
        ("fr", "0.055", seller(oss=True), ("oss", "eu_consumer")),
        ("fr", "0.021", seller(oss=True), ("oss", "eu_consumer")),
        ("at", "0.049", seller(oss=True), ("suspicious", "rate_not_of_destination")),
        ("fr", "0.21", seller(), ("domestic", "eu_consumer_below_threshold")),
        ("fr", "0.20", seller(),
         ("suspicious", "rate_of_destination_below_threshold")),
        ("fr", "0.17", seller(), ("suspicious", "rate_not_of_home")),
    ],
)  # fmt: skip
def test_rates_of_consumer_sales(to, found, seller_, expected):
    assert verdict(order(to, found, postcode=""), seller_) == expected


def test_a_strange_rate_is_named():
    decision = judge(order("de", ("0.19", "0.21", "0.055")))
    assert decision.params["rate"] == "0.055"


@pytest.mark.parametrize(
    ("postcode", "rate", "fits"),
    [
        ("9500-123", "0.16", True),
        ("9500-123", "0.23", False),
        ("9000-001", "0.22", True),
        ("9000-001", "0.23", False),
        ("1000-001", "0.23", True),
        ("1000-001", "0.16", False),
    ],
)
def test_islands_with_rates_of_their_own(postcode, rate, fits):
    found = order("pt", rate, postcode=postcode)
    code = "eu_consumer" if fits else "rate_not_of_destination"
    assert judge(found).reason == code
    # Inside the country both may be right: that depends on the goods.
    assert verdict(found, position("PT"))[0] in ("domestic", "suspicious")
    if fits:
        assert verdict(found, position("PT")) == ("domestic", "domestic")


def test_an_order_keeps_the_rate_of_its_own_day():
    def ordered(day):
        found = order("de", "0.19")
        return replace(found, created_at=datetime(*day, 12, tzinfo=timezone.utc))

    before, during = ordered((2020, 6, 29)), ordered((2020, 7, 2))
    assert verdict(before, day=date(2020, 7, 5)) == ("oss", "eu_consumer")
    assert judge(during, day=date(2020, 7, 5)).reason == "rate_not_of_destination"
    assert judge(during, day=date(2021, 1, 1)).reason == "eu_consumer"


def test_an_unknown_rate_of_a_later_law_is_noted_not_refused():
    found = order("de", "0.2")
    near, far = date(2027, 3, 1), date(2027, 6, 1)
    assert verdict(found, day=near) == ("suspicious", "rate_not_of_destination")
    later = judge(found, day=far)
    assert (later.treatment, later.unverified) == (Treatment.OSS, True)
    assert later.params["rate"] == "0.2"
    assert judge(order("de", "0.19"), day=far).unverified is False
    mixed = order("sk", ("0.23", "0"), postcode="")
    assert verdict(mixed, day=far) == ("oss", "eu_consumer")
