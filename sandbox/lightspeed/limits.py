"""Rate limits: three fixed, clock-aligned windows per key (reference 2)."""

import math
from datetime import datetime
from typing import Any

#: Seconds of the windows, in the order of the headers.
WINDOWS = (300, 3600, 86400)
DEFAULT_LIMITS = (300, 3000, 12000)


class RateLimit:
    """Counts one key's requests.

    A refused request is not counted. The windows are aligned on UTC (the real
    midnight on eu1 is unknown).
    """

    def __init__(self, limits: tuple[int, ...] = DEFAULT_LIMITS) -> None:
        self.limits = tuple(limits)
        self.used = [0, 0, 0]
        self._starts = [0, 0, 0]

    def roll(self, now: datetime) -> None:
        """Forget the windows that are over."""
        stamp = now.timestamp()
        for position, length in enumerate(WINDOWS):
            start = int(stamp // length) * length
            if start != self._starts[position]:
                self._starts[position] = start
                self.used[position] = 0

    def hit(self, now: datetime) -> bool:
        """Count a request; False when a window is exhausted."""
        self.roll(now)
        if any(self.remaining()[i] <= 0 for i in range(3)):
            return False
        self.used = [used + 1 for used in self.used]
        return True

    def remaining(self) -> list[int]:
        return [
            limit - used for limit, used in zip(self.limits, self.used, strict=True)
        ]

    def resets(self, now: datetime) -> list[int]:
        """Return the seconds left in each window."""
        stamp = now.timestamp()
        return [math.ceil(length - stamp % length) for length in WINDOWS]

    def headers(self, now: datetime, refused: tuple[int, ...] = ()) -> dict[str, str]:
        """Return the three-part headers.

        :param refused: positions of the windows shown as exhausted (-1)
        """
        self.roll(now)
        remaining = self.remaining()
        for position in refused:
            remaining[position] = -1
        return {
            "X-RateLimit-Limit": "/".join(map(str, self.limits)),
            "X-RateLimit-Remaining": "/".join(map(str, remaining)),
            "X-RateLimit-Reset": "/".join(map(str, self.resets(now))),
        }

    def exhausted(self) -> tuple[int, ...]:
        return tuple(i for i, left in enumerate(self.remaining()) if left <= 0)

    def dump(self) -> dict[str, Any]:
        return {"limits": self.limits, "used": self.used, "starts": self._starts}

    def load(self, data: dict[str, Any]) -> None:
        self.limits = tuple(data["limits"])
        self.used = list(data["used"])
        self._starts = list(data["starts"])
