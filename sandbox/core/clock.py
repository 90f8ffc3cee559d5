"""The sandbox clock: the only source of "now" for all services."""

import threading
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

#: Offsets in the payloads of both vendors' European clusters
#: (lightspeed-ecom-api 3.2, exact-online-api 8.3).
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def parse_instant(value: "datetime | str") -> datetime:
    """Read an ISO date-time; without an offset it is UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone.utc)
    return value.astimezone(timezone.utc)


class Clock:
    """A clock that ticks with the real one, and can be moved and stopped.

    Thread-safe. It starts at the real time. `skew` is how many seconds the `Date`
    headers are ahead of it, as with a server whose clock is off.
    """

    def __init__(self, start: "datetime | str | None" = None) -> None:
        self._lock = threading.Lock()
        self._base = parse_instant(start) if start else datetime.now(timezone.utc)
        self._mark = time.monotonic()
        self._frozen = False
        self.skew = 0.0

    def _now(self) -> datetime:
        if self._frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._mark)

    def now(self) -> datetime:
        """Return the sandbox's time, aware, in UTC."""
        with self._lock:
            return self._now()

    def header_now(self) -> datetime:
        """Return the time that `Date` headers tell."""
        return self.now() + timedelta(seconds=self.skew)

    @property
    def frozen(self) -> bool:
        return self._frozen

    def set(self, moment: "datetime | str") -> datetime:
        """Move to a moment; go on ticking unless frozen."""
        with self._lock:
            self._base = parse_instant(moment)
            self._mark = time.monotonic()
            return self._base

    def advance(self, seconds: float) -> datetime:
        """Move by a number of seconds (also while frozen)."""
        with self._lock:
            self._base = self._now() + timedelta(seconds=seconds)
            self._mark = time.monotonic()
            return self._base

    def freeze(self, at: "datetime | str | None" = None) -> None:
        """Stand still, now or at a moment."""
        with self._lock:
            self._base = self._now() if at is None else parse_instant(at)
            self._frozen = True

    def unfreeze(self) -> None:
        """Tick again, from where it stood."""
        with self._lock:
            self._mark = time.monotonic()
            self._frozen = False

    def dump(self) -> dict:
        """Return what `load` needs."""
        now = self.now()
        ahead = (now - datetime.now(timezone.utc)).total_seconds()
        return {
            "now": now.isoformat(),
            "ahead": ahead,
            "frozen": self._frozen,
            "skew": self.skew,
        }

    def load(self, data: dict) -> None:
        """Go on as dumped: a ticking clock is as far from the real one as it was."""
        self.skew = float(data.get("skew", 0))
        if data["frozen"]:
            self.freeze(data["now"])
        else:
            self.unfreeze()
            ahead = timedelta(seconds=float(data["ahead"]))
            self.set(datetime.now(timezone.utc) + ahead)
