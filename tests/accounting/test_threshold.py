"""What counts for the threshold of distance sales, and what a credit takes back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.credit import (
    credit_note,
    difference,
    negative,
    reversal,
)
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide

from tests.accounting.samples import NOW, policy, position, sale


def booked(**changes):
    """A sale to a consumer in Belgium by a seller below the threshold."""
    own = sale(**changes)
    abroad = replace(own.shipping, country="BE", postcode="9000")
    own = replace(own, shipping=abroad, billing=abroad)
    return decide(
        own, policy(vat=position(oss=())), status_reached_at=None, now=NOW
    ), own


def test_a_sale_abroad_counts_with_its_net():
    booking, own = booked()
    assert booking.threshold_net == own.net == Decimal("52.36")


def test_a_sale_at_home_does_not_count():
    own = decide(sale(), policy(), status_reached_at=None, now=NOW)
    assert own.threshold_net == 0
    assert negative(own).threshold_net == 0


def test_a_credit_takes_back_what_its_lines_counted():
    booking, own = booked()
    assert negative(booking).threshold_net == -booking.threshold_net
    assert reversal([booking]).threshold_net == -booking.threshold_net
    line = own.lines[0]
    note = replace(own, lines=(line,), gross=line.gross, net=line.net)
    credit = credit_note(note, booking, policy(), left=booking.gross)
    assert credit.threshold_net == -line.net
    left = reversal([booking, credit])
    assert left.threshold_net + credit.threshold_net + booking.threshold_net == 0


@pytest.mark.parametrize("wanted", [Decimal(0), Decimal("10.00")])
def test_a_difference_counts_as_the_difference(wanted):
    booking, _own = booked()
    now = replace(booking, threshold_net=wanted, lines=(), parts=())
    assert difference([booking], now).threshold_net == wanted - booking.threshold_net


def test_a_difference_of_a_moved_booking_starts_from_its_own_day():
    booking, _own = booked()
    moved = replace(
        booking, shifted_from=date(2026, 1, 5), entry_date=date(2026, 4, 1), parts=()
    )
    entry = difference([booking], replace(moved, lines=booking.lines[:1]))
    assert (entry.entry_date, entry.shifted_from) == (date(2026, 1, 5), None)
