"""What several processes that use one key know together of its quota.

The vendors count calls per key (Lightspeed reference 2) or per app and division (Exact
reference 2.1).  Whoever calls takes a few calls out of a shared ledger beforehand and
gives back what was not used:

- ``remaining`` of a window in the ledger is what nobody has taken yet.  A call leaves
  only when it was taken before, so that together no more leave than the window has.
- An answer of the vendor says how many calls it has counted.  Less the calls that
  others have taken and may still make, that is the most that can be left: the smaller
  number counts.  When nobody else has taken any, the vendor's number is exact.
- Whose answer shows another window than the ledger had says so before its next call.
  So in a new window everybody makes one unreported call at most, whatever the clocks
  say, and so many are kept apart when a window begins.
- Calls taken by a process that died are lost for that window; its one call that may
  be under way is kept apart until it can no longer land.

All moments are on one clock, the one of who keeps the ledger.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from .quota import ERROR_SPAN, SPANS, Window

BLOCK = 10
"""Most calls that are taken at once."""
SHARE = 4
"""At most so great a part of what is left is taken at once."""
BLIND = timedelta(minutes=1)
"""How long a call may be made that was taken while no window was known."""
GONE = timedelta(minutes=5)
"""So long after its last moment a process that does not report is taken for dead."""


@dataclass
class Lease:
    """Calls that one process has taken.

    :ivar calls: how many
    :ivar until: aware; none of them may be started from then on
    :ivar resets: which windows they were taken from: name to the end of the window
    """

    calls: int
    until: datetime
    resets: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """What a process tells of the calls that it had taken, when it wants others.

    :ivar token: name of the process in the ledger
    :ivar unused: calls that it did not make
    :ivar lost: calls since the last answer that told something; they may have been
        counted in a window that began meanwhile
    :ivar seen: the windows of the last answer
    :ivar errors: pairs of endpoint and moment of client errors
    :ivar wants: whether it wants to go on
    """

    token: str
    unused: int = 0
    lost: int = 0
    seen: tuple = ()
    errors: tuple = ()
    wants: bool = True


@dataclass(frozen=True)
class Grant:
    """What a process may do.

    :ivar calls: how many calls it may make
    :ivar until: aware; not from then on
    :ivar windows: the windows, with what is left for this process
    :ivar errors: moments of client errors of the last hour, by endpoint
    """

    calls: int
    until: datetime
    windows: tuple
    errors: dict


class Ledger:
    """The shared state of one key.

    :ivar windows: name to :class:`.quota.Window`; ``remaining`` is what nobody took
    :ivar leases: token to :class:`Lease`
    :ivar errors: moments of client errors by endpoint
    :ivar last: token of who reported last
    """

    def __init__(self, windows=(), leases=None, errors=None, last=""):
        self.windows = {window.name: window for window in windows}
        self.leases = dict(leases or {})
        self.errors = dict(errors or {})
        self.last = last

    def exchange(self, report, now):
        """Take back what a process had, learn from it, and give it new calls.

        :param Report report: its moments on the clock of the ledger
        :param datetime now: aware
        :rtype: Grant
        """
        had = self.leases.pop(report.token, None)
        self._bury(now)
        self.roll(now)
        alone = self.last == report.token and not self.leases
        seen = {row.name: row for row in report.seen if row.reset_at > now}
        for window in seen.values():
            self._learn(window, had, report.unused, alone=alone)
        for name in (set(self.windows) - set(seen)) if had else ():
            if _same(self.windows[name], had.resets.get(name)):
                self._change(name, report.unused)
            else:
                self._change(name, -report.lost)
        self._note(report.errors, now)
        self.last = report.token
        return self._grant(report, now)

    def roll(self, now):
        """Begin the windows whose time has come; a limit that is unknown is forgotten.

        :param datetime now: aware
        """
        for name, window in list(self.windows.items()):
            if window.reset_at > now:
                continue
            if window.limit is None or name not in SPANS:
                del self.windows[name]
                continue
            missed = (now - window.reset_at) // SPANS[name] + 1
            under_way = sum(min(lease.calls, 1) for lease in self.leases.values())
            self.windows[name] = replace(
                window,
                remaining=window.limit - under_way,
                reset_at=window.reset_at + missed * SPANS[name],
            )

    def _learn(self, seen, had, unused, *, alone):
        """Take over what an answer of the vendor said of a window."""
        known = self.windows.get(seen.name)
        if known is not None and _same(known, seen.reset_at):
            if alone:
                self.windows[seen.name] = seen
                return
            mine = unused if had and _same(known, had.resets.get(seen.name)) else 0
            left = min(known.remaining + mine, seen.remaining - self._taken(seen))
            # The moment of the ledger stays: that of a later answer is no better.
            self.windows[seen.name] = replace(known, limit=seen.limit, remaining=left)
        elif known is None or seen.reset_at > known.reset_at:
            left = seen.remaining - self._taken(seen)
            self.windows[seen.name] = replace(seen, remaining=left)

    def _taken(self, window):
        """How many calls others may still make in a window."""
        return sum(
            lease.calls
            if _same(window, lease.resets.get(window.name))
            else min(lease.calls, 1)
            for lease in self.leases.values()
        )

    def _grant(self, report, now):
        left = min((row.remaining for row in self.windows.values()), default=None)
        if not report.wants or (left is not None and left <= 0):
            calls = 0
        elif left is None:
            calls = 1
        else:
            calls = max(1, min(BLOCK, left // SHARE))
        until = min(
            (row.reset_at for row in self.windows.values()), default=now + BLIND
        )
        windows = tuple(self.windows.values())
        if calls:
            resets = {row.name: row.reset_at for row in windows}
            self.leases[report.token] = Lease(calls, until, resets)
            for name in self.windows:
                self._change(name, -calls)
        return Grant(calls, until, windows, dict(self.errors))

    def _change(self, name, calls):
        window = self.windows[name]
        self.windows[name] = replace(window, remaining=window.remaining + calls)

    def _bury(self, now):
        """Forget the calls of processes that are dead."""
        self.leases = {
            token: lease
            for token, lease in self.leases.items()
            if now < lease.until + GONE
        }

    def _note(self, errors, now):
        """Remember client errors for as long as the vendor counts them."""
        for endpoint, moment in errors:
            self.errors.setdefault(endpoint, []).append(moment)
        self.errors = {
            endpoint: kept
            for endpoint, moments in self.errors.items()
            if (kept := [moment for moment in moments if moment > now - ERROR_SPAN])
        }

    # === JSON === #
    def to_json(self):
        """The state as three dicts that JSON can hold: windows, leases, errors.

        :rtype: tuple(dict, dict, dict)
        """
        windows = {
            row.name: [row.limit, row.remaining, row.reset_at.isoformat()]
            for row in self.windows.values()
        }
        leases = {
            token: [
                lease.calls,
                lease.until.isoformat(),
                {name: moment.isoformat() for name, moment in lease.resets.items()},
            ]
            for token, lease in self.leases.items()
        }
        errors = {
            endpoint: [moment.isoformat() for moment in moments]
            for endpoint, moments in self.errors.items()
        }
        return windows, leases, errors

    @classmethod
    def from_json(cls, windows, leases, errors, last):
        """The reverse of :meth:`to_json`.

        :rtype: Ledger
        """
        moment = datetime.fromisoformat
        return cls(
            [Window(name, *row[:2], moment(row[2])) for name, row in windows.items()],
            {
                token: Lease(
                    calls,
                    moment(until),
                    {name: moment(reset) for name, reset in resets.items()},
                )
                for token, (calls, until, resets) in leases.items()
            },
            {
                endpoint: [moment(text) for text in moments]
                for endpoint, moments in errors.items()
            },
            last,
        )


def _same(window, reset_at):
    """Whether a moment is the end of this window: answers differ by a second or so."""
    return reset_at is not None and same_window(window.name, window.reset_at, reset_at)


def same_window(name, one, other):
    """Whether two moments are the end of the same window.

    :rtype: bool
    """
    return abs(one - other) < SPANS.get(name, SPANS["minute"]) / 2
