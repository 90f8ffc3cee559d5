"""How long so many calls take, and when they rest for the orders of today."""

from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.lightspeed_exact_connector.clients.forecast import (
    EXACT_LIMITS,
    LIGHTSPEED_LIMITS,
    allowance,
    duration,
    resting_until,
)
from odoo.addons.lightspeed_exact_connector.clients.quota import DAY, Quota, Window

NOON = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
MIDNIGHT = NOON + timedelta(hours=12)
HOURS, MINUTES = timedelta(hours=1), timedelta(minutes=1)


def quota_of(remaining, limit=5000, reset_at=MIDNIGHT, name=DAY):
    return Quota([Window(name, limit, remaining, reset_at)])


def hours(calls, quota=None, known=EXACT_LIMITS, reserve=10):
    allowed = allowance(quota or Quota(), known, NOON, reserve)
    return duration(calls, allowed, NOON) / HOURS


def test_nothing_takes_no_time():
    assert hours(0) == 0


def test_few_calls_go_at_the_pace_of_the_minute():
    assert hours(54) == pytest.approx(1 / 60)
    assert hours(540) == pytest.approx(1 / 6)


def test_what_the_day_does_not_allow_waits_for_the_next_ones():
    # 4,500 a day; the first ones today, the rest after midnight.
    assert hours(4500) == pytest.approx(4500 / 54 / 60)
    assert hours(4501) == pytest.approx(12 + 1 / 54 / 60)
    assert hours(9000) == pytest.approx(12 + 4500 / 54 / 60)
    assert hours(9001) == pytest.approx(12 + 24 + 1 / 54 / 60)


def test_what_was_used_today_counts():
    assert hours(100, quota_of(600)) == pytest.approx(100 / 54 / 60)
    assert hours(101, quota_of(600)) == pytest.approx(12 + 1 / 54 / 60)
    assert hours(1, quota_of(500)) == pytest.approx(12 + 1 / 54 / 60)
    assert hours(1, quota_of(-3)) == pytest.approx(12 + 1 / 54 / 60)


def test_a_day_that_is_over_is_full_again():
    assert hours(1, quota_of(0, reset_at=NOON)) == pytest.approx(1 / 54 / 60)


def test_the_vendor_says_what_its_limits_are():
    assert hours(540, quota_of(900, limit=1000)) == pytest.approx(1 / 6)
    assert hours(900, quota_of(1000, limit=1000)) == pytest.approx(900 / 54 / 60)
    assert hours(901, quota_of(1000, limit=1000)) > 12


def test_a_day_too_short_for_its_calls_goes_on_after_midnight():
    late = MIDNIGHT - 10 * MINUTES
    allowed = allowance(Quota(), EXACT_LIMITS, late, 10)
    assert duration(540, allowed, late) / MINUTES == pytest.approx(10)
    assert duration(594, allowed, late) / MINUTES == pytest.approx(11)


def test_lightspeed_goes_at_the_pace_of_its_narrowest_window():
    # 300 in 5 minutes is 60 a minute, 3,000 an hour only 50; a tenth is left.
    assert hours(45, known=LIGHTSPEED_LIMITS) == pytest.approx(1 / 60)


@pytest.mark.parametrize(
    ("remaining", "rests"), [(501, False), (500, True), (0, True), (-1, True)]
)
def test_a_tenth_of_a_window_is_left_for_others(remaining, rests):
    found = resting_until(quota_of(remaining), NOON, 10)
    assert found == (MIDNIGHT if rests else None)


def test_a_window_that_is_over_or_unknown_does_not_count():
    assert resting_until(quota_of(0, reset_at=NOON), NOON, 10) is None
    assert resting_until(quota_of(0, limit=None), NOON, 10) is None
    assert resting_until(Quota(), NOON, 10) is None
