"""Filed and refused periods: on which day a document may stand."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    FilingPolicy,
    Hold,
    RefusedPeriod,
)
from odoo.addons.lightspeed_exact_connector.accounting.credit import (
    described,
    negative,
    reversal,
)
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.descriptions import (
    with_true_date,
)
from odoo.addons.lightspeed_exact_connector.accounting.periods import (
    gap,
    place,
    placed,
)
from odoo.addons.lightspeed_exact_connector.accounting.texts import width

from tests.accounting.samples import NOW, policy, sale

Q1_END = date(2026, 3, 31)
DECEMBER = RefusedPeriod(
    date(2025, 12, 1), date(2025, 12, 31), "2025-12", "Periode is afgesloten: 2025 – 12"
)
APRIL = RefusedPeriod(date(2026, 4, 1), date(2026, 4, 30), "2026-04", "Closed")


def hold_of(day, filing):
    with pytest.raises(Hold) as caught:
        place(day, filing)
    return caught.value.code, caught.value.params


# --- filed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "filed_through", "late", "expected"),
    [
        (date(2026, 3, 31), None, "hold", (date(2026, 3, 31), None)),
        (date(2026, 4, 1), Q1_END, "hold", (date(2026, 4, 1), None)),
        (date(2026, 4, 1), Q1_END, "shift", (date(2026, 4, 1), None)),
        (date(2026, 3, 31), Q1_END, "shift", (date(2026, 4, 1), date(2026, 3, 31))),
        (date(2024, 2, 29), Q1_END, "shift", (date(2026, 4, 1), date(2024, 2, 29))),
        (
            date(2025, 12, 31),
            date(2025, 12, 31),
            "shift",
            (date(2026, 1, 1), date(2025, 12, 31)),
        ),
    ],
)
def test_a_day_and_where_it_is_booked(day, filed_through, late, expected):
    assert place(day, FilingPolicy(filed_through, late)) == expected


@pytest.mark.parametrize("day", [date(2026, 3, 31), date(2026, 1, 1), date(2019, 1, 1)])
def test_a_document_of_a_filed_period_is_held_by_default(day):
    assert hold_of(day, FilingPolicy(Q1_END)) == (
        "period_filed",
        {"day": day.isoformat(), "filed_through": "2026-03-31"},
    )


@given(day=st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_nothing_ever_lands_in_a_filed_period(day):
    entry_date, shifted_from = place(day, FilingPolicy(Q1_END, "shift"))
    assert entry_date > Q1_END
    assert (shifted_from or entry_date) == day


# --- refused ----------------------------------------------------------------


@pytest.mark.parametrize("day", [date(2025, 12, 1), date(2025, 12, 31)])
def test_a_refused_period_is_not_tried_again(day):
    assert hold_of(day, FilingPolicy(refused=(APRIL, DECEMBER))) == (
        "period_refused",
        {
            "day": day.isoformat(),
            "period": "2025-12",
            "detail": "Periode is afgesloten: 2025 – 12",
        },
    )


@pytest.mark.parametrize("day", [date(2025, 11, 30), date(2026, 1, 1)])
def test_the_days_around_a_refused_period_are_free(day):
    assert place(day, FilingPolicy(refused=(DECEMBER,))) == (day, None)


def test_nothing_is_moved_into_a_refused_period():
    filing = FilingPolicy(Q1_END, "shift", (APRIL,))
    code, params = hold_of(date(2026, 2, 1), filing)
    assert (code, params["day"], params["period"]) == (
        "period_refused",
        "2026-04-01",
        "2026-04",
    )


def test_a_move_out_of_a_refused_period_is_possible():
    filing = FilingPolicy(date(2025, 12, 31), "shift", (DECEMBER,))
    assert place(date(2025, 12, 15), filing)[0] == date(2026, 1, 1)


# --- in a booking -----------------------------------------------------------


def booked(filing, **changes):
    return decide(
        sale(**changes), policy(filing=filing), status_reached_at=None, now=NOW
    )


def test_a_booking_out_of_a_filed_period_says_its_true_date():
    own = booked(FilingPolicy())
    filed = FilingPolicy(own.entry_date, "shift")
    moved = booked(filed)
    assert moved.shifted_from == own.entry_date
    assert moved.entry_date > own.entry_date
    assert moved.description == f"{own.description} ({own.entry_date:%d-%m-%Y})"
    assert (
        replace(
            moved,
            entry_date=own.entry_date,
            shifted_from=None,
            description=own.description,
        )
        == own
    )


def test_an_order_of_a_filed_period_is_held():
    with pytest.raises(Hold) as caught:
        booked(FilingPolicy(date(2026, 12, 31)))
    assert caught.value.code == "period_filed"


def test_a_sale_on_its_own_day_has_no_date_in_its_text():
    own = booked(FilingPolicy(date(2020, 1, 1), "shift"))
    assert own.shifted_from is None
    assert "(" not in own.description


@pytest.mark.parametrize("text", ["Kort", "x" * 60, "Bestelling " * 9, "😀" * 40])
def test_the_true_date_is_never_cut_away(text):
    found = with_true_date(text, date(2025, 12, 15))
    assert found.endswith(" (15-12-2025)")
    assert width(found) <= 60
    assert width(with_true_date(text, None)) <= 60


def test_amounts_do_not_change_with_the_day():
    moved = booked(FilingPolicy(date(2026, 12, 31), "shift"))
    assert moved.gross == Decimal("62.16")


# --- gaps -------------------------------------------------------------------

YEAR = (date(2022, 1, 1), date(2022, 12, 31))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([], YEAR),
        ([(date(2023, 1, 1), date(2023, 1, 31))], YEAR),
        (
            [(date(2022, 7, 1), date(2022, 7, 31))],
            (date(2022, 1, 1), date(2022, 6, 30)),
        ),
        (
            [
                (date(2021, 12, 1), date(2022, 1, 31)),
                (date(2022, 7, 1), date(2022, 7, 31)),
                (date(2022, 8, 1), date(2022, 8, 31)),
            ],
            (date(2022, 2, 1), date(2022, 6, 30)),
        ),
    ],
)
def test_the_span_that_exact_does_not_know(known, expected):
    assert gap(date(2022, 5, 10), known, YEAR) == expected


# --- credits and corrections ------------------------------------------------


def test_a_credit_is_placed_like_a_sale_and_once_only():
    credit = negative(booked(FilingPolicy()))
    own_day = credit.entry_date
    filing = FilingPolicy(own_day, "shift")
    moved = placed(credit, filing)
    assert moved.shifted_from == own_day
    assert moved.entry_date == own_day + timedelta(days=1)
    assert moved.description.endswith(f"({own_day:%d-%m-%Y})")
    assert placed(moved, filing) == moved
    assert placed(credit, FilingPolicy()) == credit
    with pytest.raises(Hold):
        placed(credit, FilingPolicy(own_day))


def test_what_is_made_from_a_moved_booking_has_a_day_of_its_own():
    own = booked(FilingPolicy())
    moved = booked(FilingPolicy(own.entry_date, "shift"))
    assert reversal([moved]).shifted_from is None
    assert reversal([moved]).entry_date == moved.entry_date
    entry = described(
        negative(moved), "Creditnota", reference="1", entry_date=own.entry_date
    )
    assert (entry.shifted_from, entry.entry_date) == (None, own.entry_date)
