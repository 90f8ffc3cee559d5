"""Sales in another currency than that of the books."""

from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.holds import HOLDS
from odoo.addons.lightspeed_exact_connector.accounting.money import dumps
from odoo.addons.lightspeed_exact_connector.accounting.parse import parse_order
from odoo.addons.lightspeed_exact_connector.accounting.render import sales_entry

from tests.accounting.samples import CUSTOMER, NOW, payload, policy

DOLLARS = {"currency_rule": "exact_rate", "currencies": frozenset({"EUR", "USD"})}
FIXED = {**DOLLARS, "currency_rule": "fixed_rate", "currency_rate": Decimal("0.923145")}


def book(sold_in="USD", **changes):
    return decide(
        parse_order(payload(), currency=sold_in),
        policy(**changes),
        status_reached_at=None,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("sold_in", "changes", "code"),
    [
        ("USD", {}, "currency"),
        ("", DOLLARS, "currency"),
        ("USD", {**DOLLARS, "currency": ""}, "currency"),
        ("GBP", DOLLARS, "currency_missing"),
        ("USD", {**DOLLARS, "journal_currency": "EUR"}, "currency_journal"),
        ("USD", {**FIXED, "currency_rate": None}, "currency_rate_missing"),
        ("USD", {**FIXED, "currency_rate": Decimal(0)}, "currency_rate_missing"),
    ],
)
def test_another_currency_is_held(sold_in, changes, code):
    with pytest.raises(Hold) as caught:
        book(sold_in, **changes)
    assert caught.value.code == code
    assert sorted(caught.value.params) == sorted(HOLDS[code])


def test_exact_applies_its_own_rate():
    booking = book(**DOLLARS)
    entry = sales_entry(booking, CUSTOMER)
    assert (booking.currency, booking.exchange_rate) == ("USD", None)
    assert entry["Currency"] == "USD"
    assert "Rate" not in entry
    assert booking.gross == Decimal("62.16")


def test_a_fixed_rate_goes_along_digit_for_digit():
    booking = book(**FIXED, journal_currency="usd")
    assert booking.exchange_rate == Decimal("0.923145")
    text = dumps(sales_entry(booking, CUSTOMER))
    assert '"Currency":"USD","Rate":0.923145' in text


def test_the_own_currency_needs_no_rate():
    booking = book("eur", **FIXED)
    assert booking.exchange_rate is None
    assert "Rate" not in sales_entry(booking, CUSTOMER)
