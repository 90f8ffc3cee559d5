"""How long a number of calls takes, from what a vendor allows.

Both vendors count in fixed windows that are aligned to the clock (Lightspeed
reference 2, Exact reference 2.1 and 2.2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .quota import DAY, FIVE_MINUTES, HOUR, MINUTE, Quota

SPANS = {
    MINUTE: timedelta(minutes=1),
    FIVE_MINUTES: timedelta(minutes=5),
    HOUR: timedelta(hours=1),
    DAY: timedelta(days=1),
}
LIGHTSPEED_LIMITS = {FIVE_MINUTES: 300, HOUR: 3000, DAY: 12000}
EXACT_LIMITS = {MINUTE: 60, DAY: 5000}
"""Calls in a window where no answer has told yet."""


@dataclass(frozen=True)
class Allowance:
    """What a vendor allows one key, less what is left for others.

    :ivar limits: name of a window -> calls in a whole one
    :ivar left: calls that are left of the day that is under way
    :ivar day_ends: when that day ends; aware UTC
    """

    limits: dict
    left: int
    day_ends: datetime

    @property
    def per_minute(self) -> float:
        """Calls a minute, by the narrowest window shorter than a day."""
        return min(
            limit / (SPANS[name] / SPANS[MINUTE])
            for name, limit in self.limits.items()
            if name != DAY
        )


def allowance(quota: Quota, known, now: datetime, reserve: int) -> Allowance:
    """Return what a quota still allows.

    :param known: limits where the quota knows none, such as :data:`EXACT_LIMITS`
    :param datetime now: aware UTC
    :param int reserve: percentage of each window that is left for others
    """
    limits = {}
    for name, usual in known.items():
        window = quota.windows.get(name)
        limit = window.limit if window and window.limit else usual
        limits[name] = max(limit - kept(limit, reserve), 1)
    day = quota.windows.get(DAY)
    if day is None or day.reset_at <= now:
        return Allowance(limits, limits[DAY], _midnight(now))
    left = day.remaining - kept(day.limit or known[DAY], reserve)
    return Allowance(limits, max(left, 0), day.reset_at)


def kept(limit: int, reserve: int) -> int:
    """Return how many calls of a window are left for others.

    :param int reserve: percentage
    """
    return -(-limit * reserve // 100)


def resting_until(quota: Quota, now: datetime, reserve: int):
    """Return when calls may go on without touching the reserve, ``None`` for now.

    :param int reserve: percentage of each window
    :rtype: datetime | None
    """
    shut = [
        window.reset_at
        for window in quota.windows.values()
        if window.limit
        and window.reset_at > now
        and window.remaining <= kept(window.limit, reserve)
    ]
    return max(shut, default=None)


def duration(calls: int, allowed: Allowance, now: datetime) -> timedelta:
    """Return how long so many calls take, one after the other.

    Day after day, as many as the day allows, at the pace of the minute.
    """
    pace = SPANS[MINUTE] / allowed.per_minute
    today = min(allowed.left, int((allowed.day_ends - now) / pace))
    if calls <= today:
        return calls * pace
    a_day = min(allowed.limits[DAY], int(SPANS[DAY] / pace))
    full, rest = divmod(calls - today, a_day)
    if not rest:
        full, rest = full - 1, a_day
    return (allowed.day_ends - now) + full * SPANS[DAY] + rest * pace


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + SPANS[DAY]
