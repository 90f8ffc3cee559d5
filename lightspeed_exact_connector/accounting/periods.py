"""On which day a document may stand: not in a period whose VAT return is filed.

Exact shows no open or closed flag, and a period whose return is filed may still be
open there (Exact reference 7.4).  So the bookkeeper says up to where VAT is filed, and
what Exact refused once is remembered.
"""

from dataclasses import replace
from datetime import date, timedelta

from .booking import Booking, FilingPolicy, Hold, RefusedPeriod
from .descriptions import with_true_date


def place(day: date, policy: FilingPolicy) -> tuple[date, date | None]:
    """Return the day on which a document of ``day`` is booked.

    :param day: the document's own date, in the shop's calendar
    :return: the entry date, and ``day`` itself when the document was moved out of a
        filed period (``None`` when it was not)
    :raise Hold: ``period_filed`` (that period is filed, and nothing may be moved),
        ``period_refused`` (Exact refused the entry date's period before)
    """
    entry_date, shifted_from = day, None
    if policy.filed_through and day <= policy.filed_through:
        if policy.late != "shift":
            raise Hold(
                "period_filed",
                day=day.isoformat(),
                filed_through=policy.filed_through.isoformat(),
            )
        entry_date, shifted_from = first_open_day(policy.filed_through), day
    refused = refused_period(entry_date, policy)
    if refused:
        raise Hold(
            "period_refused",
            day=entry_date.isoformat(),
            period=refused.label,
            detail=refused.detail,
        )
    return entry_date, shifted_from


def placed(booking: Booking, policy: FilingPolicy) -> Booking:
    """Return a booking on the day where it may stand; see :func:`place`.

    One that stands there already is returned as it is.

    :raise Hold: ``period_filed``, ``period_refused``
    """
    entry_date, shifted_from = place(booking.entry_date, policy)
    if not shifted_from:
        return booking
    return replace(
        booking,
        entry_date=entry_date,
        shifted_from=shifted_from,
        description=with_true_date(booking.description, shifted_from),
    )


def first_open_day(filed_through: date) -> date:
    """Return the first day after the filed periods."""
    return filed_through + timedelta(days=1)


def refused_period(day: date, policy: FilingPolicy) -> RefusedPeriod | None:
    """Return the period in which Exact refused a document before, or ``None``."""
    covering = (found for found in policy.refused if found.start <= day <= found.end)
    return next(covering, None)


def gap(
    day: date, known: list[tuple[date, date]], around: tuple[date, date]
) -> tuple[date, date]:
    """Return the longest span around a day that no known period covers.

    :param day: a day in none of them
    :param known: first and last days of periods, in any order
    :param around: what the span must lie in; ``day`` is in it
    """
    start, end = around
    before = [last for _first, last in known if last < day]
    after = [first for first, _last in known if first > day]
    if before:
        start = max(start, max(before) + timedelta(days=1))
    if after:
        end = min(end, min(after) - timedelta(days=1))
    return start, end
