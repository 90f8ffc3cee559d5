"""What VAT law makes of a sale: homes, destinations, thresholds."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.vat import (
    destination,
    treatment,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_areas import EU_COUNTRIES
from odoo.addons.lightspeed_exact_connector.accounting.vat_position import (
    Period,
)
from odoo.addons.lightspeed_exact_connector.accounting.vat_rates import (
    standard_rate,
)

from tests.accounting.samples import position
from tests.accounting.vat_samples import (
    DAY,
    NUMBERS,
    judge,
    order,
    seller,
    verdict,
)

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
