"""The vendors' windows, short enough to be met in a run, and really kept.

The stand-ins count in windows of some seconds instead of minutes and days; the addon's
processes know the same lengths (``hooks/lec_chaos/times.py``).
"""

import contextlib
from unittest.mock import patch

from sandbox.exact import limits as exact_limits
from sandbox.exact import service as exact_service
from sandbox.lightspeed import limits as lightspeed_limits

#: Seconds.
MINUTE, DAY = 4, 8
LIGHTSPEED = (4, 6, 8)
#: Calls that an administration, and a key, may do in each of them.
EXACT_CALLS = {"minute": 60, "day": 110}
LIGHTSPEED_CALLS = [60, 85, 110]


class ShortLimits(exact_limits.Limits):
    """Exact's quotas in windows of some seconds."""

    def _current(self, owner, now):
        use = self._use[owner]
        minute, day = int(now.timestamp()) // MINUTE, int(now.timestamp()) // DAY
        if use.minute != minute:
            use.minute, use.in_minute = minute, 0
        if use.day != day:
            use.day, use.in_day = day, 0
        return use

    def headers(self, owner, now, window=None):
        found = super().headers(owner, now, window)
        use = self._current(owner, now)
        for name, start, length in (
            ("X-RateLimit-Reset", use.day, DAY),
            ("X-RateLimit-Minutely-Reset", use.minute, MINUTE),
        ):
            if name in found:
                found[name] = str((start + 1) * length * 1000)
        return found


@contextlib.contextmanager
def short_windows():
    """Let every sandbox that is made in here count in short windows."""
    with (
        patch.object(exact_service, "Limits", ShortLimits),
        patch.object(lightspeed_limits, "WINDOWS", LIGHTSPEED),
    ):
        yield
