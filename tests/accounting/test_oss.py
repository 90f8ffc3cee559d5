"""Distance sales: the VAT code is found by country and rate, or missed in time."""

from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold, OssCode
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.holds import HOLDS
from odoo.addons.lightspeed_exact_connector.accounting.oss import (
    by_country_and_rate,
    coverage,
    iso_country,
    other_member_states,
)

from tests.accounting.samples import NOW, country, policy, product, rule, sale, simple

AUTO = rule(30, None, "oss", None, "", oss_auto=True, vat_type="")


def code(name, percentage="0.19", vat_type="E"):
    return OssCode(name, vat_type, Decimal(percentage))


def codes(*found):
    grouped = by_country_and_rate(found)
    return {key: group[0] for key, group in grouped.items()}


CODES = codes(
    ("DE ", code("DE1")), ("DE", code("DE2", "0.07")), ("EL", code("G", "0.24"))
)


def book(rate, where, **changes):
    net = Decimal(100)
    row = product(net + net * Decimal(rate), net, rate)
    order = simple(row, addressShippingCountry=country(where))
    settings = {"rules": (AUTO,), "oss_codes": CODES, **changes}
    return decide(sale(order), policy(**settings), status_reached_at=None, now=NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("EL", "GR"), (" el ", "GR"), ("UK", "GB"), ("XI", "GB"), ("de", "DE"),
     (None, ""), ("", "")],
)  # fmt: skip
def test_countries_of_exact_as_iso_codes(text, expected):
    assert iso_country(text) == expected


def test_an_excluding_code_goes_before_an_including_one_then_the_lowest():
    found = by_country_and_rate(
        [
            ("DE", code("A", vat_type="I")),
            ("DE", code("C")),
            ("DE", code("B")),
            ("", code("0")),
        ]
    )
    names = [each.code for each in found["DE", Decimal("0.190")]]
    assert names == ["B", "C", "A"]
    assert len(found) == 1


@pytest.mark.parametrize(
    ("rate", "where", "expected"),
    [("0.19", "de", "DE1"), ("0.07", "de", "DE2"), ("0.24", "gr", "G")],
)
def test_the_code_is_found_by_country_and_rate(rate, where, expected):
    line = book(rate, where).lines[0]
    assert (line.vat_code, line.vat_type, line.rule_key) == (expected, "E", 30)
    assert line.treatment == "oss"


def test_a_missing_code_says_which():
    with pytest.raises(Hold) as caught:
        book("0.20", "fr")
    assert caught.value.code == "oss_code_missing"
    assert caught.value.params == {
        "country": "FR",
        "rate": "0.2",
        "line_kind": "product",
    }
    assert sorted(caught.value.params) == sorted(HOLDS["oss_code_missing"])


def test_a_chosen_code_goes_before_a_found_one():
    chosen = rule(31, None, "oss", "0.19", "X", country="DE")
    assert book("0.19", "de", rules=(AUTO, chosen)).lines[0].vat_code == "X"


def test_a_country_with_two_rates_books_each_line_on_its_code():
    order = simple(
        product(119, 100, "0.19"),
        product(107, 100, "0.07"),
        addressShippingCountry=country("de"),
    )
    booking = decide(
        sale(order),
        policy(rules=(AUTO,), oss_codes=CODES, grouping="account"),
        status_reached_at=None,
        now=NOW,
    )
    assert [line.vat_code for line in booking.lines] == ["DE1", "DE2"]


@pytest.mark.parametrize(
    ("rules", "where", "rate", "expected"),
    [
        ((AUTO,), "DE", "0.19", ("DE1", 30, "")),
        ((AUTO,), "FR", "0.2", ("", 0, "oss_code_missing")),
        ((), "DE", "0.19", ("", 0, "rule_missing")),
        ((rule(31, None, "oss", "0.2", "X"),), "FR", "0.2", ("X", 31, "")),
        ((rule(31, None, "oss", None, "X", vat_percentage=Decimal("0.2")),), "FR",
         "0.1", ("", 0, "vat_code_rate")),
    ],
)  # fmt: skip
def test_coverage_is_what_an_order_would_meet(rules, where, rate, expected):
    settings = policy(rules=rules, oss_codes=CODES)
    found = coverage(settings, where, Decimal(rate))
    assert (found.code, found.rule_key, found.problem) == expected


def test_all_member_states_but_ones_own():
    found = other_member_states("NL")
    assert len(found) == 26
    assert "NL" not in found
    assert "GB" not in found
    assert other_member_states("EL") == other_member_states("GR")
