"""Quotas, error velocity and parallel calls (exact-online-api 2).

Windows are fixed and aligned to the clock, per app and division. An error counter
per app, user, division and endpoint blocks a key that keeps failing.
"""

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: Statuses that count for the error velocity (2.1).
COUNTED = frozenset({400, 401, 403, 404})
_HOUR = timedelta(hours=1)

Owner = tuple[str, int]  # app, division
ErrorKey = tuple[str, str, int, str]  # app, user, division, endpoint


@dataclass
class Quota:
    """Numbers of 2.1; any of them can be set by a test."""

    minute: int = 60
    day: int = 5000
    token_day: int = 200
    errors: int = 10


@dataclass
class _Use:
    minute: int = -1
    in_minute: int = 0
    day: int = -1
    in_day: int = 0


@dataclass
class _Errors:
    times: deque[datetime] = field(default_factory=deque)
    blocked_until: datetime | None = None


class Limits:
    """Counts calls and errors."""

    def __init__(self) -> None:
        self.default = Quota()
        self._own: dict[Owner, Quota] = {}
        self._use: dict[Owner, _Use] = defaultdict(_Use)
        self._errors: dict[ErrorKey, _Errors] = defaultdict(_Errors)
        self._tokens: Counter[tuple[str, str, int]] = Counter()
        self.token_calls = 0
        self.refused: Counter[str] = Counter()

    def quota(self, owner: Owner) -> Quota:
        return self._own.get(owner, self.default)

    def set_own(self, owner: Owner, **numbers: int) -> Quota:
        """Give one app on one division its own numbers."""
        current = self.quota(owner)
        values = {name: getattr(current, name) for name in Quota.__dataclass_fields__}
        self._own[owner] = Quota(**{**values, **numbers})
        return self._own[owner]

    def forget(self) -> None:
        """Start all counters again; the numbers stay."""
        self._use.clear()
        self._errors.clear()
        self._tokens.clear()

    def _current(self, owner: Owner, now: datetime) -> _Use:
        use = self._use[owner]
        minute, day = int(now.timestamp()) // 60, int(now.timestamp()) // 86400
        if use.minute != minute:
            use.minute, use.in_minute = minute, 0
        if use.day != day:
            use.day, use.in_day = day, 0
        return use

    def take(self, owner: Owner, now: datetime) -> str | None:
        """Count a call; return the window that refuses it, or None."""
        quota, use = self.quota(owner), self._current(owner, now)
        window = None
        if use.in_day >= quota.day:
            window = "day"
        elif use.in_minute >= quota.minute:
            window = "minute"
        if window:
            self.refused[window] += 1
            return window
        use.in_day += 1
        use.in_minute += 1
        return None

    def headers(
        self, owner: Owner, now: datetime, window: str | None = None
    ) -> dict[str, str]:
        """Return the rate headers of 2.2: all six, or one window's three (2.3)."""
        quota, use = self.quota(owner), self._current(owner, now)
        day = {
            "X-RateLimit-Limit": quota.day,
            "X-RateLimit-Remaining": max(0, quota.day - use.in_day),
            "X-RateLimit-Reset": (use.day + 1) * 86_400_000,
        }
        minute = {
            "X-RateLimit-Minutely-Limit": quota.minute,
            "X-RateLimit-Minutely-Remaining": max(0, quota.minute - use.in_minute),
            "X-RateLimit-Minutely-Reset": (use.minute + 1) * 60_000,
        }
        chosen = {"day": day, "minute": minute}.get(window or "", {**day, **minute})
        return {name: str(value) for name, value in chosen.items()}

    # --- error velocity -----------------------------------------------------

    def blocked(self, key: ErrorKey, now: datetime) -> bool:
        """Say whether a key is refused because of its errors."""
        errors = self._errors.get(key)
        if errors is None or errors.blocked_until is None:
            return False
        if now < errors.blocked_until:
            self.refused["errors"] += 1
            return True
        errors.blocked_until = None
        return False

    def note(self, key: ErrorKey, status: int, now: datetime) -> None:
        """Count an answer; the tenth error in an hour blocks for an hour."""
        if status not in COUNTED:
            return
        errors = self._errors[key]
        errors.times.append(now)
        while errors.times and errors.times[0] <= now - _HOUR:
            errors.times.popleft()
        if len(errors.times) >= self.default.errors:
            errors.blocked_until = now + _HOUR
            errors.times.clear()

    # --- token calls --------------------------------------------------------

    def take_token_call(self, client_id: str, user: str, now: datetime) -> bool:
        """Count a token call of an app and user; False beyond the day's number."""
        key = (client_id, user, int(now.timestamp()) // 86400)
        if self._tokens[key] >= self.default.token_day:
            self.refused["token"] += 1
            return False
        self._tokens[key] += 1
        return True

    def token_use(self) -> list[dict[str, Any]]:
        """Return the token calls per app, user and day number."""
        return [
            {"client_id": app, "user": user, "day": day, "calls": calls}
            for (app, user, day), calls in self._tokens.items()
        ]

    def calls(self, owner: Owner, now: datetime) -> dict[str, int]:
        """Return the calls in the current windows."""
        use = self._current(owner, now)
        return {"minute": use.in_minute, "day": use.in_day}


class Parallel:
    """Notices calls of one app on one division that overlap (2.1: sequential)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Owner, list[str]] = defaultdict(list)
        self._peaks: Counter[Owner] = Counter()
        self.overlaps: deque[dict[str, Any]] = deque(maxlen=1000)

    @contextmanager
    def call(self, owner: Owner, name: str) -> Iterator[None]:
        """Mark a call as running."""
        with self._lock:
            running = self._running[owner]
            if running:
                self.overlaps.append(
                    {"division": owner[1], "call": name, "during": list(running)}
                )
            running.append(name)
            self._peaks[owner] = max(self._peaks[owner], len(running))
        try:
            yield
        finally:
            with self._lock:
                self._running[owner].remove(name)

    def peaks(self) -> dict[Owner, int]:
        with self._lock:
            return dict(self._peaks)

    def forget(self) -> None:
        with self._lock:
            self._peaks.clear()
            self.overlaps.clear()
