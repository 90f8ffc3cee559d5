"""Which day a sale is booked on: always a day of the shop's own calendar."""

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .booking import Hold, Policy
from .sale import Event, Sale

_PAID = "paid"


def local_date(moment: datetime, tz: str) -> date:
    """Return the shop's date: 00:30 on 1 January in Amsterdam is not 31 December.

    :param moment: an aware moment
    :param tz: IANA name of the shop's time zone
    :raise ValueError: when the moment has no zone
    :raise Hold: ``timezone_unknown``
    """
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(_zone(tz)).date()


def _zone(tz: str) -> ZoneInfo:
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Hold("timezone_unknown", timezone=str(tz)) from error


def entry_date(
    sale: Sale,
    policy: Policy,
    *,
    status_reached_at: datetime | None,
    now: datetime,
) -> tuple[date, str]:
    """Return the date of the booking, and which source gave it.

    Where the chosen moment is unknown the date of the document itself is used, and the
    source says so: ``order``, or ``invoice`` for an invoice.

    :param status_reached_at: see :func:`status_reached_at`
    :param now: the moment of the synchronisation
    :return: the date, and ``order``, ``invoice``, ``payment``, ``status`` or ``sync``
    :raise Hold: ``timezone_unknown``
    """
    moments = {
        "order": sale.ordered_at,
        "invoice": invoiced_at(sale),
        "payment": paid_at(sale),
        "status": status_reached_at,
        "sync": now,
    }
    source = policy.date_source
    moment = moments.get(source)
    if moment is None:
        source = "invoice" if sale.ordered_at else "order"
        moment = sale.created_at
    return local_date(moment, policy.timezone), source


def invoiced_at(sale: Sale) -> datetime | None:
    """Return when the first invoice was made: its ``createdAt`` (reference 5)."""
    moments = [invoice.created_at for invoice in sale.invoices if invoice.created_at]
    return min(moments, default=None)


def paid_at(sale: Sale) -> datetime | None:
    """Return when the order was paid: the last ``paid`` event, else the invoice's.

    Orders have no paid date (Lightspeed reference 4.1).  An invoice's ``updatedAt``
    is the second best: it moves with any later change, too.
    """
    return _last(_payment_events(sale, {_PAID})) or _invoice_paid_at(sale)


def _invoice_paid_at(sale: Sale) -> datetime | None:
    return max(
        (
            invoice.updated_at
            for invoice in sale.invoices
            if invoice.status == _PAID and invoice.updated_at
        ),
        default=None,
    )


def status_reached_at(sale: Sale, statuses, payment_statuses) -> datetime | None:
    """Return when the order came into the statuses that let it be booked.

    Each of the two dimensions that is chosen gives its last matching event; the later
    of the two counts.  A dimension without a choice does not count.

    :param statuses: order statuses, e.g. ``{"completed_shipped"}``; empty for any
    :param payment_statuses: payment statuses, e.g. ``{"paid"}``; empty for any
    :return: the moment; ``None`` when nothing is chosen, or when a chosen dimension
        has no event that says so
    """
    statuses, payment_statuses = set(statuses), set(payment_statuses)
    moments = []
    if statuses:
        moments.append(_last(_status_events(sale, statuses)))
    if payment_statuses:
        moment = _last(_payment_events(sale, payment_statuses))
        if moment is None and _PAID in payment_statuses:
            moment = _invoice_paid_at(sale)
        moments.append(moment)
    if not moments or None in moments:
        return None
    return max(moments)


def _payment_events(sale: Sale, payment_statuses: set) -> list[Event]:
    """Events ``order`` and ``invoice`` tell of payments (Lightspeed reference 4.1)."""
    return [
        event
        for event in sale.events
        if event.message in payment_statuses and event.type != "shipment"
    ]


def _status_events(sale: Sale, statuses: set) -> list[Event]:
    """Events say ``shipped`` where the status is ``completed_shipped``.

    ``cancelled`` of an invoice or a shipment is not the order's.
    """
    names = statuses | {status.partition("_")[2] for status in statuses} - {""}
    return [
        event
        for event in sale.events
        if event.message in names
        and (event.type == "order" or event.message != "cancelled")
    ]


def _last(events: list[Event]) -> datetime | None:
    return max((event.created_at for event in events if event.created_at), default=None)
