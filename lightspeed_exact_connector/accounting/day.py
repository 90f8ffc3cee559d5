"""One entry for the consumer sales of a day: each order proved, the entry their sum."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from .booking import Booking, Policy
from .descriptions import DESCRIPTION_LIMIT
from .lines import group_lines
from .money import ZERO
from .texts import cut
from .totals import proof_of

#: Hours after midnight, in the shop, at which a day is over: orders of its last minutes
#: have arrived by then.
CLOSES_AT = 3


def closes(day: date, tz: str) -> datetime:
    """Return when the entry of a day is made, aware UTC.

    :param tz: IANA name of the shop's time zone
    """
    local = datetime.combine(
        day + timedelta(days=1), time(CLOSES_AT), tzinfo=ZoneInfo(tz)
    )
    return local.astimezone(timezone.utc)


def day_entry(bookings: list[Booking], policy: Policy, *, reference: str) -> Booking:
    """Return the one entry of several bookings of the same day and customer.

    A line for each ledger account and VAT code; its total is the sum of the orders'.

    :param bookings: at least one; all of the same day, currency and condition
    """
    first = bookings[0]
    label = policy.labels.get("day") or "Webshop sales"
    lines = group_lines(
        [line for booking in bookings for line in booking.parts], policy
    )
    return replace(
        first,
        reference=reference,
        description=cut(
            f"{label} {first.entry_date:%d-%m-%Y} ({len(bookings)})", DESCRIPTION_LIMIT
        ),
        lines=tuple(lines),
        parts=(),
        number="",
        proof=proof_of(lines, sum((each.gross for each in bookings), ZERO)),
    )
