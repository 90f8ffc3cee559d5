from datetime import date, datetime, timezone

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.accounting.dates import (
    entry_date,
    local_date,
    status_reached_at,
)

from tests.accounting.samples import NOW, policy, sale


def at(day, hour=12):
    return datetime(2026, 6, day, hour, tzinfo=timezone.utc)


def event(day, message, kind="order"):
    return {
        "createdAt": f"2026-06-{day:02}T12:00:00+00:00",
        "type": kind,
        "message": message,
    }


def with_history(events=(), invoices=()):
    return sale(
        events={"resource": {"embedded": list(events)}},
        invoices={"resource": {"embedded": list(invoices)}},
    )


def invoice(day, status="not_paid", updated=None, **changes):
    return {
        "id": day,
        "number": f"INV{day}",
        "createdAt": f"2026-06-{day:02}T12:00:00+00:00",
        "updatedAt": f"2026-06-{updated or day:02}T12:00:00+00:00",
        "status": status,
        **changes,
    }


@pytest.mark.parametrize(
    ("moment", "tz", "expected"),
    [
        (datetime(2025, 12, 31, 23, 30), "Europe/Amsterdam", date(2026, 1, 1)),
        (datetime(2025, 12, 31, 22, 59), "Europe/Amsterdam", date(2025, 12, 31)),
        (datetime(2026, 6, 30, 22, 0), "Europe/Amsterdam", date(2026, 7, 1)),
        (datetime(2026, 3, 29, 22, 30), "Europe/Amsterdam", date(2026, 3, 30)),
        (datetime(2026, 1, 1, 3, 0), "America/New_York", date(2025, 12, 31)),
    ],
)
def test_the_shops_own_calendar(moment, tz, expected):
    assert local_date(moment.replace(tzinfo=timezone.utc), tz) == expected


def test_a_moment_needs_a_zone():
    with pytest.raises(ValueError, match="zone"):
        local_date(datetime(2026, 1, 1), "Europe/Amsterdam")


@pytest.mark.parametrize("tz", ["", "Europe/Nowhere", "../etc/passwd", "\x00"])
def test_an_unknown_zone_is_held(tz):
    with pytest.raises(Hold) as caught:
        local_date(NOW, tz)
    assert caught.value.code == "timezone_unknown"


HISTORY = with_history(
    [event(4, "paid", "invoice")],
    [invoice(5), invoice(3), invoice(2, invoice={"r": 1})],
)


@pytest.mark.parametrize(
    ("found", "source", "reached", "expected"),
    [
        (HISTORY, "order", None, (date(2026, 6, 3), "order")),
        (HISTORY, "invoice", None, (date(2026, 6, 3), "invoice")),
        (HISTORY, "payment", None, (date(2026, 6, 4), "payment")),
        (HISTORY, "status", at(7), (date(2026, 6, 7), "status")),
        (HISTORY, "sync", None, (date(2026, 6, 10), "sync")),
        (HISTORY, "status", None, (date(2026, 6, 3), "order")),
        (HISTORY, "anything", None, (date(2026, 6, 3), "order")),
        (with_history(), "invoice", None, (date(2026, 6, 3), "order")),
        (with_history(), "payment", None, (date(2026, 6, 3), "order")),
        (
            with_history((), [invoice(4, "paid", 6)]),
            "payment",
            None,
            (date(2026, 6, 6), "payment"),
        ),
    ],
)
def test_entry_date(found, source, reached, expected):
    result = entry_date(
        found, policy(date_source=source), status_reached_at=reached, now=NOW
    )
    assert result == expected


@pytest.mark.parametrize(
    ("events", "statuses", "payments", "expected"),
    [
        ([], (), (), None),
        ([event(4, "paid")], (), ("paid",), at(4)),
        ([event(4, "paid"), event(6, "paid", "invoice")], (), ["paid"], at(6)),
        ([event(4, "paid"), event(6, "not_paid")], (), ["paid"], at(4)),
        ([event(4, "paid", "shipment")], (), ["paid"], None),
        ([event(5, "shipped", "shipment")], ["completed_shipped"], (), at(5)),
        ([event(5, "completed_shipped")], ["completed_shipped"], (), at(5)),
        ([event(5, "picked_up")], ["completed_picked_up"], (), at(5)),
        ([event(5, "up")], ["completed_picked_up"], (), None),
        ([event(5, "cancelled", "invoice")], ["cancelled"], (), None),
        (
            [event(4, "paid"), event(5, "shipped")],
            ["completed_shipped"],
            ["paid"],
            at(5),
        ),
        (
            [event(8, "paid"), event(5, "shipped")],
            ["completed_shipped"],
            ["paid"],
            at(8),
        ),
        ([event(4, "paid")], ["completed_shipped"], ["paid"], None),
        ([event(5, "shipped")], ["completed_shipped"], ["paid"], None),
        ([{"message": "paid", "type": "order"}], (), ["paid"], None),
    ],
)
def test_status_reached_at(events, statuses, payments, expected):
    assert status_reached_at(with_history(events), statuses, payments) == expected


def test_paid_is_known_from_the_invoice_too():
    found = with_history((), [invoice(4, "paid", 6), invoice(5, "not_paid", 9)])
    assert status_reached_at(found, (), ["paid"]) == at(6)
    assert status_reached_at(found, (), ["partially_paid"]) is None
