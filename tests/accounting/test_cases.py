"""Every case of the suite: what is decided equals what the oracle says."""

from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold, Skip
from odoo.addons.lightspeed_exact_connector.accounting.customer import identify
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.money import loads
from odoo.addons.lightspeed_exact_connector.accounting.parse import parse_order
from odoo.addons.lightspeed_exact_connector.accounting.render import (
    expected_total,
    sales_entry,
)
from odoo.addons.lightspeed_exact_connector.accounting.stored import dump, load

from tests.books import cases, policies, vendor
from tests.books.oracle import BOOKED, HELD
from tests.books.worlds import WORLDS, is_including

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)
CUSTOMER = "6f6a0c9e-0c3c-4d2e-9a2f-0f1d1f0a7c01"
ORDERS = cases.orders()

#: Family of the oracle -> (hold, reasons of a suspicion; empty for any).
FAMILIES = {
    "no_lines": {("no_lines", "")},
    "currency": {("currency", ""), ("currency_missing", "")},
    "gift_card_payment": {("gift_card", "")},
    "no_email": {("customer_without_email", "")},
    "total": {("total_mismatch", ""), ("net_mismatch", "")},
    "zero_total": {("zero_total", "")},
    "vat_of_line": {("vat_mismatch", "")},
    "gift_card_with_vat": {("gift_card_sold_with_vat", "")},
    "margin_with_vat": {("margin_sold_with_vat", "")},
    "no_rule": {("rule_missing", ""), ("exempt_rule_missing", "")},
    "no_rounding_rule": {("rounding_rule_missing", "")},
    "charged_outside": {
        ("vat_suspicious", "charged_outside_eu"),
        ("vat_suspicious", "small_business_charged"),
    },
    "small_charged": {("vat_suspicious", "small_business_charged")},
    "small_zero_abroad": {("vat_suspicious", "small_business_zero_abroad")},
    "zero_without_number": {("vat_suspicious", "eu_zero_without_number")},
    "zero_bad_number": {
        ("vat_suspicious", "eu_zero_number_malformed"),
        ("vat_suspicious", "eu_zero_number_prefix"),
    },
    "zero_own_number": {("vat_suspicious", "eu_zero_number_domestic")},
    "zero_other_number": {("vat_suspicious", "eu_zero_number_prefix")},
    "company_charged": {
        ("vat_suspicious", "eu_business_charged_destination"),
        ("vat_suspicious", "rate_not_of_home"),
    },
    "partly": {("vat_suspicious", "eu_partly_charged")},
    "no_registration": {("vat_suspicious", "oss_registration_missing")},
    "rate": {
        ("vat_suspicious", "rate_unknown_at_home"),
        ("vat_suspicious", "rate_not_of_home"),
        ("vat_suspicious", "rate_of_destination_below_threshold"),
        ("vat_suspicious", "rate_not_of_destination"),
    },
}


def _case(place):
    """Return order, seller, cents sold before, and what must come of it."""
    order = ORDERS[place]
    sold, expected = cases.expectations()[place]
    return order, WORLDS[order.world], sold, expected


def _sale(place):
    order, world, _sold, _expected = _case(place)
    text = vendor.payload(order, place, world.incl)
    return parse_order(loads(text), currency=order.currency)


def _outcome(place):
    """Return what the code under test makes of a case: booking, skip or hold."""
    order, world, sold, _expected = _case(place)
    policy = policies.policy(world, order.moment.year, sold)
    try:
        return decide(_sale(place), policy, status_reached_at=None, now=NOW)
    except Hold as hold:
        return hold


def _cents(amount: Decimal) -> int:
    cents = Fraction(amount) * 100
    assert cents.denominator == 1, amount
    return cents.numerator


def _lines(booking) -> dict:
    sums = {}
    for line in booking.lines:
        key = (
            line.kind.value,
            line.treatment,
            Fraction(line.rate),
            line.gl_code,
            line.vat_code,
        )
        pair = sums.setdefault(key, [0, 0])
        pair[0] += _cents(line.net)
        pair[1] += _cents(line.vat)
    return sums


def _assert_booked(booking, expected):
    assert booking.treatment == expected.treatment
    assert _lines(booking) == expected.lines
    assert _cents(booking.gross) == expected.gross
    assert booking.entry_date == expected.day
    # Exact and the shop know Northern Ireland as a part of GB.
    assert booking.country == {"XI": "GB"}.get(expected.country, expected.country)
    assert _cents(booking.threshold_net) == expected.counted
    assert booking.oss_period == expected.oss_period
    assert booking.needs_vies == expected.asks_vies


@pytest.mark.parametrize(
    "place", range(len(ORDERS)), ids=[order.name for order in ORDERS]
)
def test_the_outcome_is_the_oracles(place):
    _order, _world, _sold, expected = _case(place)
    found = _outcome(place)
    if expected.outcome == BOOKED:
        assert not isinstance(found, (Hold, Skip)), (found, expected)
        _assert_booked(found, expected)
    elif expected.outcome == HELD:
        assert isinstance(found, Hold), (found, expected)
        reason = found.params["reason"] if found.code == "vat_suspicious" else ""
        assert (found.code, reason) in FAMILIES[expected.reason]
    else:
        assert isinstance(found, Skip), (found, expected)
        assert found.code == expected.reason


def _booked():
    for place in range(len(ORDERS)):
        if _case(place)[3].outcome == BOOKED:
            yield place, _outcome(place)


def test_customers_are_the_oracles():
    """Who owes: by e-mail address, by VAT number, or on the collective debtor."""
    for place, booking in _booked():
        order, world, _sold, expected = _case(place)
        identity = identify(
            _sale(place),
            booking.treatment,
            booking.vat_number,
            policies.customers(world),
        )
        found = {
            "email": f"email:{identity.key}",
            "vat_number": f"vat:{identity.vat_number}",
            "collective": "collective",
        }[identity.kind]
        assert found == expected.customer, order.name


def test_a_line_per_account_comes_to_the_same():
    """Grouped bookings stand on the same accounts with the same amounts."""
    for place, booking in _booked():
        order, world, sold, expected = _case(place)
        policy = policies.policy(world, order.moment.year, sold)
        policy = policies.grouped(policy)
        grouped = decide(_sale(place), policy, status_reached_at=None, now=NOW)
        sums = {}
        for line in grouped.lines:
            pair = sums.setdefault(line.gl_code, [0, 0])
            pair[0] += _cents(line.net)
            pair[1] += _cents(line.vat)
        wanted = {
            account: pair
            for account, pair in expected.per_account().items()
            if any(pair)
        }
        assert sums == wanted, order.name
        assert grouped.parts == booking.parts, order.name


def test_what_is_sent_is_what_was_decided():
    """The entry for Exact adds up to the order, and so does the stored booking."""
    for place, booking in _booked():
        order, _world, _sold, expected = _case(place)
        assert load(dump(booking)) == booking, order.name
        assert _cents(expected_total(booking)) == expected.gross, order.name
        entry = sales_entry(booking, CUSTOMER)
        sums = {}
        for line in entry["SalesEntryLines"]:
            code = line.get("VATCode", "")
            pair = sums.setdefault(code, [0, 0])
            amount = _cents(line["AmountFC"])
            # With a code that includes VAT the amount does, too.
            including = is_including(WORLDS[order.world], code)
            pair[0] += amount - (_cents(line["VATAmountFC"]) if including else 0)
            pair[1] += _cents(line["VATAmountFC"])
        assert sums == expected.per_code(), order.name


def test_the_suite_is_as_large_as_it_says():
    """Hundreds of orders, every member state, every outcome."""
    outcomes = [expected.outcome for _sold, expected in cases.expectations()]
    assert len(outcomes) == 1678
    assert {"booked", "held", "skipped"} == set(outcomes)
    treatments = {expected.treatment for _sold, expected in cases.expectations()}
    assert treatments >= {
        "domestic",
        "exempt",
        "export",
        "local",
        "oss",
        "reverse_charge",
        "small_business",
    }
    assert {order.buyer.country for order in ORDERS} >= set(cases.places.law.MEMBERS)
