"""What VAT law makes of a sale: homes, destinations, registrations, numbers, rates."""

import json
from dataclasses import replace
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind, Scheme
from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    REASONS,
    SUSPICIONS,
    Treatment,
    cross_border_net,
    destination,
    explain,
    line_treatment,
    treatment,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_areas import EU_COUNTRIES
from odoo.addons.lightspeed_exact_connector.accounting.vat_position import (
    Period,
    VatPosition,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_rates import (
    rates,
    standard_rate,
)

from tests.accounting.samples import country, position, product, sale, simple

DAY = date(2026, 6, 3)
PARAMS = {
    "country",
    "shop_country",
    "vat_number",
    "rate",
    "threshold",
    "total",
    "year",
}
#: Fictitious numbers with right check digits.
NUMBERS = {
    "BE": "BE0000000097",
    "DE": "DE123456788",
    "ES": "ESB12345674",
    "FR": "FR83404833048",
    "GR": "EL123456783",
    "NL": "NL000099998B57",
    "XI": "XI980780684",
}


def order(to="nl", rate="0.21", number="", *, billing=None, postcode="1000", **more):
    """An order of 100 net; ``rate`` may be several, one for each line."""
    several = rate if isinstance(rate, tuple) else (rate,)
    rows = [product(100 * (1 + Decimal(each)), 100, each) for each in several]
    return sale(
        simple(
            *rows,
            **{
                "addressShippingCountry": country(to) if to else False,
                "addressShippingZipcode": postcode,
                "addressShippingCity": "",
                "addressBillingCountry": country(billing or to)
                if billing or to
                else False,
                "addressBillingZipcode": postcode,
                "companyVatNumber": number,
                **more,
            },
        )
    )


def judge(found, seller=None, day=DAY):
    decision = explain(found, seller or position(), day)
    assert set(decision.params) == PARAMS
    assert all(isinstance(value, str) for value in decision.params.values())
    assert json.loads(json.dumps(decision.params)) == decision.params
    suspicious = decision.treatment is Treatment.SUSPICIOUS
    assert decision.reason in (SUSPICIONS if suspicious else REASONS)
    assert decision.needs_vies == (decision.treatment is Treatment.REVERSE_CHARGE)
    assert decision.country == decision.params["country"]
    return decision


def verdict(found, seller=None, day=DAY):
    decision = judge(found, seller, day)
    return decision.treatment.value, decision.reason


def seller(home="NL", oss=False, **changes):
    """A seller without OSS, as long as nothing else is said."""
    return position(home, oss=(Period(),) if oss else (), **changes)


# === AT HOME, IN OSS, OUTSIDE === #


@pytest.mark.parametrize(
    ("found", "shop", "expected", "code"),
    [
        (order(), "NL", "domestic", "domestic"),
        (order(rate="0.09"), "NL", "domestic", "domestic"),
        (order(number=NUMBERS["DE"]), "NL", "domestic", "domestic"),
        (order(rate="0"), "NL", "exempt", "domestic_zero"),
        (order(rate="0.19"), "NL", "suspicious", "rate_unknown_at_home"),
        (order(rate=("0.21", "0.06")), "NL", "suspicious", "rate_unknown_at_home"),
        (order("de", "0.19"), "NL", "oss", "eu_consumer"),
        (order("de", "0.07"), "NL", "oss", "eu_consumer"),
        (order("de", "0.21"), "NL", "suspicious", "rate_not_of_destination"),
        (order("de", "0.19", "n/a"), "NL", "oss", "eu_consumer"),
        (order("us", "0"), "NL", "export", "outside_eu"),
        (order("us", "0", NUMBERS["DE"]), "NL", "export", "outside_eu"),
        (order("ch", "0.21"), "NL", "suspicious", "charged_outside_eu"),
        # Monaco counts as France.
        (order("mc", "0.20", postcode="98000"), "NL", "oss", "eu_consumer"),
        (order("mc", "0.20", postcode="98000"), "FR", "domestic", "domestic"),
        (order("fr", "0.20", postcode="98000"), "FR", "domestic", "domestic"),
        (order("fr", "0.20", postcode="75001"), "MC", "domestic", "domestic"),
        # Northern Ireland is in, Great Britain and the Isle of Man are not.
        (order("gb", "0", postcode="SW1A 1AA"), "NL", "export", "outside_eu"),
        (order("im", "0", postcode="IM1 1AA"), "NL", "export", "outside_eu"),
        (order("gb", "0", postcode="IM1 1AA"), "NL", "export", "outside_eu"),
        (order("im", "0.2", postcode="IM1 1AA"), "GB", "domestic", "domestic"),
        (order("gb", "0.2", postcode="SW1A 1AA"), "NL", "suspicious",
         "charged_outside_eu"),
        (order("gb", "0.2", postcode="bt1 1aa"), "NL", "oss", "eu_consumer"),
        (order("gb", "0.21", postcode="BT1 1AA"), "NL", "suspicious",
         "rate_not_of_destination"),
        (order("gb", "0", NUMBERS["XI"], postcode="SW1A 1AA"), "NL", "export",
         "outside_eu"),
        (order("gb", "0.2", postcode="BT1 1AA"), "GB", "domestic", "domestic"),
        # A seller in Northern Ireland: goods to the EU are not exported.
        (order("fr", "0", NUMBERS["FR"], postcode="75001"), "XI", "reverse_charge",
         "eu_business"),
        (order("gb", "0.2", postcode="SW1A 1AA"), "XI", "domestic", "domestic"),
        (order("fr", "0", postcode="75001"), "GB", "export", "outside_eu"),
        # A shop outside the EU.
        (order("us", "0.08"), "US", "domestic", "domestic"),
        (order("nl", "0"), "US", "export", "outside_eu"),
        (order("nl", "0.21"), "US", "suspicious", "charged_outside_eu"),
        (order("li", "0.081"), "CH", "domestic", "domestic"),
        (order("us", "0"), "", "suspicious", "shop_country_unknown"),
        (order(""), None, "suspicious", "shop_country_unknown"),
        (order(), " nl ", "domestic", "domestic"),
        (order("gr", "0.24"), "EL", "domestic", "domestic"),
        # Picked up in the shop, wherever the customer lives.
        (order("de", "0.21", shipmentIsPickup=True), "NL", "domestic",
         "domestic_pickup"),
        (order("us", "0.21", shipmentIsPickup=True), "NL", "domestic",
         "domestic_pickup"),
        (order("de", "0.19", shipmentIsPickup=True), "NL", "suspicious",
         "rate_unknown_at_home"),
        (order("us", "0", shipmentIsPickup=True), "NL", "exempt", "domestic_zero"),
        (order("de", "0", NUMBERS["DE"], shipmentIsPickup=True), "NL", "exempt",
         "domestic_zero"),
        # No shipping country: the billing country, then the shop's.
        (order("", "0.19", billing="de"), "NL", "oss", "eu_consumer"),
        (order(""), "NL", "domestic", "domestic"),
        # The goods decide, not the bill.
        (order("us", "0", billing="nl"), "NL", "export", "outside_eu"),
        (order("nl", "0.21", billing="us"), "NL", "domestic", "domestic"),
    ],
)  # fmt: skip
def test_treatment(found, shop, expected, code):
    assert verdict(found, position(shop)) == (expected, code)
    assert treatment(found, position(shop), DAY) == expected


# === FROM EVERY HOME TO EVERY PLACE === #

HOMES = {
    "NL": ("NL", "", "0.21"),
    "BE": ("BE", "", "0.21"),
    "DE": ("DE", "", "0.19"),
    "ES": ("ES", "28001", "0.21"),
    "GR": ("GR", "", "0.24"),
    "FR": ("FR", "75001", "0.20"),
    "GB": ("GB", "SW1A 1AA", "0.20"),
    "IC": ("ES", "35001", "0.07"),
}
#: Place -> country, postcode, area, rate of VAT there ("" outside the EU).
PLACES = {
    "netherlands": ("nl", "1000 AA", "NL", "0.21"),
    "belgium": ("be", "B-1000", "BE", "0.21"),
    "germany": ("de", "D-10115", "DE", "0.19"),
    "spain": ("es", "28001", "ES", "0.21"),
    "greece": ("gr", "104 31", "GR", "0.24"),
    "france": ("fr", "75001", "FR", "0.20"),
    "monaco": ("mc", "98000", "FR", "0.20"),
    "northern ireland": ("gb", "BT1 1AA", "XI", "0.20"),
    "azores": ("pt", "9500-123", "PT-20", "0.16"),
    "madeira": ("pt", "9000-001", "PT-30", "0.22"),
    "corsica": ("fr", "20000", "FR-20R", "0.20"),
    "jungholz": ("at", "6691", "AT-VALLEYS", "0.19"),
    "mittelberg": ("at", "6993", "AT-VALLEYS", "0.19"),
    "great britain": ("gb", "SW1A 1AA", "GB", ""),
    "isle of man": ("im", "IM1 1AA", "GB", ""),
    "canary islands": ("es", "35001", "IC", ""),
    "tenerife": ("es", "38001", "IC", ""),
    "ceuta": ("es", "51001", "EA", ""),
    "melilla": ("es", "52001", "EA", ""),
    "åland": ("fi", "22100", "AX", ""),
    "büsingen": ("de", "78266", "DE-BUESINGEN", ""),
    "heligoland": ("de", "27498", "DE-HELGOLAND", ""),
    "livigno": ("it", "23041", "IT-LIVIGNO", ""),
    "campione": ("it", "22061", "IT-CAMPIONE", ""),
    "mount athos": ("gr", "63086", "GR-69", ""),
    "guadeloupe": ("fr", "97110", "GP", ""),
    "martinique": ("fr", "97200", "MQ", ""),
    "french guiana": ("fr", "97300", "GF", ""),
    "réunion": ("fr", "97400", "RE", ""),
    "mayotte": ("fr", "97600", "YT", ""),
    "new caledonia": ("fr", "98800", "NC", ""),
    "switzerland": ("ch", "8001", "CH", ""),
    "united states": ("us", "10001", "US", ""),
}
CASES = [(home, place) for home in HOMES for place in PLACES]
#: Homes and places that are one territory.
SAME = {
    ("NL", "netherlands"),
    ("BE", "belgium"),
    ("DE", "germany"),
    ("ES", "spain"),
    ("GR", "greece"),
    ("FR", "france"),
    ("FR", "monaco"),
    ("FR", "corsica"),
    ("GB", "great britain"),
    ("GB", "northern ireland"),
    ("GB", "isle of man"),
    ("IC", "canary islands"),
    ("IC", "tenerife"),
}


def from_home(home, **changes):
    iso, postcode, _rate = HOMES[home]
    return position(iso, postcode=postcode, **changes)


@pytest.mark.parametrize(("home", "place"), CASES)
def test_with_vat_to_a_consumer(home, place):
    to, postcode, area, rate = PLACES[place]
    inside = bool(rate) and home not in ("GB", "IC")
    if (home, place) in SAME:
        expected = "domestic", "domestic"
        rate = HOMES[home][2]
    elif inside:
        expected = "oss", "eu_consumer"
    else:
        expected = "suspicious", "charged_outside_eu"
    found = order(to, rate or "0.21", postcode=postcode)
    assert verdict(found, from_home(home)) == expected
    assert judge(found, from_home(home)).area == area


@pytest.mark.parametrize(("home", "place"), CASES)
def test_without_vat_to_a_consumer(home, place):
    to, postcode, _area, rate = PLACES[place]
    inside = bool(rate) and home not in ("GB", "IC")
    if (home, place) in SAME:
        expected = "exempt", "domestic_zero"
    elif inside:
        expected = "suspicious", "eu_zero_without_number"
    else:
        expected = "export", "outside_eu"
    found = order(to, "0", postcode=postcode)
    assert verdict(found, from_home(home)) == expected


@pytest.mark.parametrize(("home", "place"), CASES)
def test_the_vat_of_home_below_the_threshold(home, place):
    to, postcode, _area, rate = PLACES[place]
    inside = bool(rate) and home not in ("GB", "IC")
    if (home, place) in SAME:
        expected = "domestic", "domestic"
    elif inside:
        expected = "domestic", "eu_consumer_below_threshold"
    else:
        expected = "suspicious", "charged_outside_eu"
    found = order(to, HOMES[home][2], postcode=postcode)
    assert verdict(found, from_home(home, oss=())) == expected


@pytest.mark.parametrize("member", sorted(EU_COUNTRIES - {"NL"}))
def test_every_member_state_at_its_standard_rate(member):
    rate = str(standard_rate(member, DAY))
    found = order(member.lower(), rate, postcode="")
    assert verdict(found) == ("oss", "eu_consumer")
    assert verdict(found, seller()) == (
        ("domestic", "eu_consumer_below_threshold")
        if Decimal(rate) == Decimal("0.21")
        else ("suspicious", "rate_of_destination_below_threshold")
    )
    assert judge(found).country == member


@pytest.mark.parametrize("member", ["BE", "CZ", "ES", "LT", "LV"])
def test_a_rate_that_is_also_that_of_home_decides_nothing(member):
    found = order(member.lower(), "0.21", postcode="")
    assert verdict(found, seller(oss=True)) == ("oss", "eu_consumer")
    below = ("domestic", "eu_consumer_below_threshold")
    assert verdict(found, seller()) == below
    above = seller(cross_border_net={2026: Decimal(10_000)})
    assert verdict(found, above) == ("suspicious", "oss_registration_missing")
    local = replace(above, foreign_registrations=(member,))
    assert verdict(found, local) == ("local", "eu_consumer_local")


# === THRESHOLD AND PERIODS === #

#: The order at hand has a net of 100.
THRESHOLDS = [
    ({}, "origin"),
    ({2026: "9899.99"}, "origin"),
    ({2026: "9900.00"}, "origin"),
    ({2026: "9900.01"}, "this_year"),
    ({2026: "10000.01"}, "this_year"),
    ({2025: "9999.99"}, "origin"),
    ({2025: "10000.00"}, "origin"),
    ({2025: "10000.01"}, "previous_year"),
    ({2025: "10000.00", 2026: "9900.00"}, "origin"),
    ({2024: "50000", 2027: "50000"}, "origin"),
]


@pytest.mark.parametrize(("sold", "expected"), THRESHOLDS)
def test_the_threshold_to_the_cent(sold, expected):
    before = {year: Decimal(net) for year, net in sold.items()}
    found = seller(cross_border_net=before)
    below = ("domestic", "eu_consumer_below_threshold")
    missing = ("suspicious", "oss_registration_missing")
    wanted = below if expected == "origin" else missing
    decision = judge(order("be", "0.21"), found)
    assert (decision.treatment.value, decision.reason) == wanted
    year = 2025 if expected == "previous_year" else 2026
    total = before.get(year, Decimal(0)) + (100 if year == 2026 else 0)
    assert decision.params["threshold"] == "10000.00"
    assert decision.params["year"] == str(year)
    assert Decimal(decision.params["total"]) == total
    in_oss = replace(found, oss=(Period(),))
    assert verdict(order("be", "0.21"), in_oss) == ("oss", "eu_consumer")


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        ("9999.99", "origin"),
        ("10000.00", "origin"),
        ("10000.01", "destination"),
        ("-20000.00", "origin"),
    ],
)
def test_the_sale_that_exceeds_the_threshold_is_taxed_at_the_destination(net, expected):
    place, _why = seller().place_of_supply(Decimal(net), DAY)
    assert place == expected


def test_the_threshold_is_of_the_year_of_the_booking():
    found = seller(cross_border_net={2025: Decimal(10_001), 2026: Decimal(5)})
    place = {day: found.place_of_supply(Decimal(1), day) for day in (
        date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1),
    )}  # fmt: skip
    assert list(place.values()) == [
        ("destination", "this_year"),
        ("destination", "previous_year"),
        ("destination", "previous_year"),
        ("origin", "below_threshold"),
    ]


@pytest.mark.parametrize(
    ("period", "day", "covered"),
    [
        (Period(), "2026-07-01", True),
        (Period(date(2026, 7, 1), None), "2026-06-30", False),
        (Period(date(2026, 7, 1), None), "2026-07-01", True),
        (Period(None, date(2026, 9, 30)), "2026-09-30", True),
        (Period(None, date(2026, 9, 30)), "2026-10-01", False),
        (Period(date(2026, 7, 1), date(2026, 7, 1)), "2026-07-01", True),
        (Period(date(2026, 7, 1), date(2026, 7, 1)), "2026-07-02", False),
    ],
)
def test_oss_covers_its_first_and_its_last_day(period, day, covered):
    day = date.fromisoformat(day)
    assert period.covers(day) is covered
    found = position(oss=(Period(date(2019, 1, 1), date(2019, 12, 31)), period))
    expected = ("oss", "eu_consumer") if covered else (
        "domestic", "eu_consumer_below_threshold",
    )  # fmt: skip
    assert verdict(order("be", "0.21"), found, day) == expected


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
        (order("gb", "0", "980780684", postcode="BT1 1AA"), "NL", "reverse_charge",
         "eu_business"),
        (order("gb", "0", NUMBERS["XI"], postcode=""), "NL", "reverse_charge",
         "eu_business"),
        (order("xi", "0", NUMBERS["XI"], postcode="BT1 1AA"), "NL", "reverse_charge",
         "eu_business"),
        (order("gb", "0", "GB980780684", postcode="BT1 1AA"), "NL", "suspicious",
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


# === SMALL BUSINESSES === #

SMALL = seller(small_business=(Period(date(2026, 1, 1), date(2026, 12, 31)),))


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


def special(found, index=0, **changes):
    lines = list(found.lines)
    lines[index] = replace(lines[index], **changes)
    return replace(found, lines=tuple(lines))


MARGIN = {"scheme": Scheme.MARGIN}
VOUCHER = {"kind": LineKind.GIFT_CARD}


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


# === DESTINATION === #


@pytest.mark.parametrize(
    ("to", "postcode", "expected"),
    [
        ("de", "10115", "DE"),
        ("mc", "98000", "FR"),
        ("fr", "97110", "FR"),
        ("gp", "97110", "GP"),
        ("gb", "BT1 1AA", "GB"),
        ("xi", "BT1 1AA", "GB"),
        ("gb", "SW1A 1AA", "GB"),
        ("pt", "9500", "PT"),
        ("es", "35001", "ES"),
        # The Kleinwalsertal has German postcodes, and is Austria all the same.
        ("de", "87568", "AT"),
        ("im", "IM1 1AA", "IM"),
        ("", "", "NL"),
    ],
)
def test_the_country_that_has_the_vat(to, postcode, expected):
    assert destination(order(to, "0", postcode=postcode), position()) == expected


# === WHATEVER COMES === #

TEXT = st.text(max_size=12)
ISO = st.one_of(
    st.sampled_from(["nl", "de", "be", "fr", "gb", "xi", "es", "it", "mc", "ax", "us"]),
    TEXT,
)
NUMBER = st.one_of(
    TEXT,
    st.sampled_from(sorted(NUMBERS.values())),
    st.builds(
        str.__add__,
        st.sampled_from(sorted({*EU_COUNTRIES, "EL", "XI", "GB", "CH", "NO"})),
        st.text("0123456789ABCXYZ+*", min_size=5, max_size=12),
    ),
)
RATES = st.sampled_from(["0", "0.21", "0.19", "0.09", "0.055", "0.3", "0.5"])
POSITIONS = st.builds(
    VatPosition,
    country=ISO,
    postcode=TEXT,
    vat_number=NUMBER,
    oss=st.sampled_from([(), (Period(),)]),
    small_business=st.sampled_from([(), (Period(),)]),
    cross_border_net=st.sampled_from([{}, {2026: Decimal(20_000)}]),
    foreign_registrations=st.sampled_from([(), ("DE", "el")]),
    other_prefixes=st.booleans(),
)


@settings(max_examples=400, deadline=None)
@given(
    seller_=POSITIONS,
    to=ISO,
    billing=ISO,
    postcode=st.one_of(TEXT, st.from_regex(r"[A-Z]{0,3}-?\d{3,5}", fullmatch=True)),
    city=st.one_of(TEXT, st.sampled_from(["Livigno", "Campione d'Italia"])),
    number=NUMBER,
    lines=st.lists(
        st.tuples(RATES, st.integers(-300, 300), st.sampled_from(list(LineKind)),
                  st.sampled_from(list(Scheme))),
        max_size=4,
    ),
    pickup=st.booleans(),
    day=st.dates(date(2018, 1, 1), date(2040, 1, 1)),
)  # fmt: skip
def test_every_sale_gets_a_treatment_and_a_reason(
    seller_, to, billing, postcode, city, number, lines, pickup, day
):
    rows = [
        product(round(net * (1 + Decimal(rate)), 2), net, rate)
        for rate, net, _kind, _scheme in lines
    ]
    found = sale(
        simple(
            *rows,
            addressShippingCountry=country(to),
            addressBillingCountry=country(billing),
            addressShippingZipcode=postcode,
            addressShippingCity=city,
            companyVatNumber=number,
            shipmentIsPickup=pickup,
        )
    )
    for index, (_rate, _net, kind, scheme) in enumerate(lines):
        found = special(found, index, kind=kind, scheme=scheme)
    decision = judge(found, seller_, day)
    assert decision == explain(found, seller_, day)
    assert decision.treatment not in (Treatment.MARGIN, Treatment.OUT_OF_SCOPE)
    net = cross_border_net(found, decision)
    assert not net or decision.treatment in (
        Treatment.OSS,
        Treatment.LOCAL,
        Treatment.DOMESTIC,
        Treatment.SMALL_BUSINESS,
    )


@settings(max_examples=300, deadline=None)
@given(
    member=st.sampled_from(sorted(EU_COUNTRIES - {"NL"})),
    day=st.dates(date(2019, 1, 1), date(2027, 1, 1)),
    data=st.data(),
)
def test_a_rate_in_force_is_never_refused(member, day, data):
    rate = data.draw(st.sampled_from(sorted(rates(member, day) - {Decimal(0)})))
    found = order(member.lower(), str(rate), postcode="")
    moment = datetime(day.year, day.month, day.day, tzinfo=timezone.utc)
    found = replace(found, created_at=moment)
    assert verdict(found, day=day) == ("oss", "eu_consumer")
    home = position(member)
    assert verdict(found, home, day) == ("domestic", "domestic")
