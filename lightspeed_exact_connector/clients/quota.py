"""How many calls the vendors still allow, learned from their answers.

Both vendors count in fixed windows that are aligned to the clock (Lightspeed
reference 2, Exact reference 2.2).  Everything here is kept on *our* clock.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .errors import RateLimited

MINUTE, FIVE_MINUTES, HOUR, DAY, ERRORS = "minute", "5min", "hour", "day", "errors"
"""Names of windows.  ``errors`` is Exact's block after too many client errors."""

_LIGHTSPEED = (FIVE_MINUTES, HOUR, DAY)
_EXACT = {MINUTE: "X-RateLimit-Minutely-", DAY: "X-RateLimit-"}
_SECONDS = {MINUTE: 60, FIVE_MINUTES: 300, HOUR: 3600, DAY: 86400}
# Longest number that is meant: a moment in milliseconds has 13 digits.
_MAX_DIGITS = 18
SPANS = {name: timedelta(seconds=seconds) for name, seconds in _SECONDS.items()}
"""How long the windows are."""
CLIENT_ERRORS = frozenset({400, 401, 403, 404})
"""Answers of Exact that count as errors (Exact reference, 2.1)."""
CLIENT_ERRORS_AN_HOUR = 6
"""Exact blocks a key after ten of them on one endpoint in an hour (2.4): rest before
that."""
ERROR_SPAN = timedelta(hours=1)
# After a refusal without usable headers: the next whole minute and a bit (Exact 2.3).
_MARGIN = timedelta(seconds=2)
_ROUNDING = timedelta(seconds=1)


@dataclass(frozen=True)
class Window:
    """One window of a quota.

    :ivar name: ``"minute"``, ``"5min"``, ``"hour"``, ``"day"`` or ``"errors"``
    :ivar limit: calls in a whole window, as the vendor says; ``None`` if it does not
    :ivar remaining: calls left in the current window; below 0 is possible
    :ivar reset_at: aware UTC, on our clock: the window is full again from then on
    """

    name: str
    limit: int | None
    remaining: int
    reset_at: datetime


class Quota:
    """The windows of one key (Lightspeed) or one app and division (Exact).

    Knowing nothing, it allows everything: the first answer tells.

    :ivar windows: dict of name to :class:`Window`
    :ivar errors: moments of client errors by endpoint
    """

    def __init__(self, windows=()):
        self.windows = {window.name: window for window in windows}
        self.errors = {}

    def update_lightspeed(self, headers, now):
        """Learn from the headers of a Lightspeed answer, of whatever status.

        :param headers: case-insensitive mapping
        :param datetime now: aware UTC, our clock
        :return: whether the headers told anything
        :rtype: bool
        """
        return self._learn(lightspeed_windows(headers, now))

    def update_exact(self, headers, now, answer_date, *, refused=False):
        """Learn from the headers of an Exact answer on a path with a division.

        :param headers: case-insensitive mapping
        :param datetime now: aware UTC, our clock
        :param answer_date: the answer's ``Date`` header, aware UTC, or ``None``
        :param bool refused: a 429, which brings only the window that was hit
        :return: whether the headers told anything
        :rtype: bool
        """
        windows = exact_windows(headers, now, answer_date)
        if refused and len(windows) == 1:
            windows = [replace(windows[0], remaining=min(0, windows[0].remaining))]
        return self._learn(windows)

    def _learn(self, windows):
        self.windows.update((window.name, window) for window in windows)
        return bool(windows)

    def used(self, n=1):
        """Count ``n`` calls whose answers brought no headers (or never came)."""
        for name, window in self.windows.items():
            self.windows[name] = replace(window, remaining=window.remaining - n)

    def note_error(self, endpoint, now):
        """Count a client error, see :data:`CLIENT_ERRORS`.

        :param str endpoint: path below the division, without a key
        :param datetime now: aware UTC, our clock
        """
        self.errors.setdefault(endpoint, []).append(now)

    def close(self):
        """Nothing more is called."""

    def check(self, now, reserve=0, endpoint=None):
        """Refuse a call that the vendor would refuse.

        :param datetime now: aware UTC, our clock
        :param reserve: calls of the *day* to leave for others (an import leaves some
            for today's orders); or a mapping of window name to such a number
        :param str endpoint: what is going to be called
        :raise RateLimited: a window that is not over has no more left than that;
            with the window that opens last.  Or (``client_errors``) Exact refused so
            many calls of this endpoint that it would soon refuse all of them
        """
        self._check_errors(now, endpoint)
        if not hasattr(reserve, "get"):
            reserve = {DAY: reserve}
        shut = [
            window
            for window in self.windows.values()
            if window.reset_at > now and window.remaining <= reserve.get(window.name, 0)
        ]
        if shut:
            last = max(shut, key=lambda window: window.reset_at)
            raise RateLimited(
                "The number of calls that is allowed has been used.",
                retry_at=last.reset_at,
                window=last.name,
            )

    def _check_errors(self, now, endpoint):
        recent = [
            moment
            for moment in self.errors.get(endpoint, ())
            if moment > now - ERROR_SPAN
        ]
        if len(recent) >= CLIENT_ERRORS_AN_HOUR:
            raise RateLimited(
                endpoint,
                retry_at=sorted(recent)[-CLIENT_ERRORS_AN_HOUR] + ERROR_SPAN,
                window=ERRORS,
                code="client_errors",
            )

    def to_json(self):
        """The windows as a dict that JSON can hold.

        :rtype: dict
        """
        return {
            window.name: [window.limit, window.remaining, window.reset_at.isoformat()]
            for window in self.windows.values()
        }

    @classmethod
    def from_json(cls, data):
        """The reverse of :meth:`to_json`; what cannot be read is forgotten.

        :rtype: Quota
        """
        windows = []
        for name, values in (data or {}).items():
            try:
                limit, remaining, reset_at = values
                moment = datetime.fromisoformat(reset_at)
                if moment.tzinfo is None or not isinstance(remaining, int):
                    continue
                windows.append(Window(name, limit, remaining, moment))
            except (TypeError, ValueError):
                continue
        return cls(windows)


def lightspeed_windows(headers, now):
    """The windows in Lightspeed's headers: three numbers with slashes each.

    In the order 5 minutes / hour / day; ``Reset`` is the number of seconds left
    (Lightspeed reference 2), to which a second is added as they may be rounded down.
    The numbers differ per key and are never assumed.

    :rtype: list[Window]
    """
    limits, remaining, resets = (
        _numbers(headers.get(f"X-RateLimit-{name}"))
        for name in ("Limit", "Remaining", "Reset")
    )
    if len(remaining) != 3 or len(resets) != 3:
        return []
    if len(limits) != 3:
        limits = [None] * 3
    return [
        Window(name, limit, left, now + _clipped(seconds, _SECONDS[name]) + _ROUNDING)
        for name, limit, left, seconds in zip(
            _LIGHTSPEED, limits, remaining, resets, strict=True
        )
    ]


def exact_windows(headers, now, answer_date):
    """The windows in Exact's headers (Exact reference 2.2, 2.3).

    ``Reset`` is an epoch in milliseconds on Exact's clock, so the wait is taken from
    the answer's own ``Date`` and added to our time.

    :rtype: list[Window]
    """
    windows = []
    for name, prefix in _EXACT.items():
        remaining = _numbers(headers.get(prefix + "Remaining"))
        resets = _numbers(headers.get(prefix + "Reset"))
        limits = _numbers(headers.get(prefix + "Limit"))
        if len(remaining) != 1:
            continue
        wait = None
        if len(resets) == 1:
            wait = resets[0] / 1000 - (answer_date or now).timestamp()
        if wait is not None and wait >= 0:
            reset_at = now + _clipped(wait, _SECONDS[name])
        else:
            reset_at = next_minute(now, answer_date)
        limit = limits[0] if len(limits) == 1 else None
        windows.append(Window(name, limit, remaining[0], reset_at))
    return windows


def next_minute(now, answer_date=None):
    """When the vendor's next whole minute has begun for certain, on our clock.

    :rtype: datetime
    """
    theirs = answer_date or now
    whole = theirs.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return now + (whole - theirs) + _MARGIN


def _clipped(seconds, most):
    """A wait of at least nothing and at most a whole window, as a timedelta."""
    return timedelta(seconds=min(max(seconds, 0), most))


def _numbers(text):
    """The whole numbers of ``"300/3000/12000"``; ``[]`` when it is anything else."""
    parts = text.split("/") if text else []
    if any(len(part) > _MAX_DIGITS for part in parts):
        return []
    try:
        return [int(part) for part in parts]
    except ValueError:
        return []
