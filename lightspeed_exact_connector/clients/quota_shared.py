"""A quota that several processes share: see :mod:`.quota_ledger`."""

import uuid

from .errors import RateLimited
from .quota import Quota
from .quota_ledger import Report, same_window


class SharedQuota(Quota):
    """One process's part of a shared quota; takes calls as it needs them.

    :param exchange: called with a :class:`.quota_ledger.Report`, returns a
        :class:`.quota_ledger.Grant`; both on our clock; may raise ``ConnectorError``
    """

    def __init__(self, exchange):
        super().__init__()
        self._exchange = exchange
        self._token = uuid.uuid4().hex
        self._calls = 0
        self._until = None
        self._is_stale = True
        self._seen = set()
        self._lost = 0
        self._new_errors = []

    def check(self, now, reserve=0, endpoint=None):
        """Refuse a call that the vendor would refuse; take calls when there are none.

        :raise RateLimited: as :meth:`.Quota.check`
        :raise ConnectorError: the ledger could not be asked
        """
        if self._until is None:
            self._take(now)
        # What the last answer said is enough to know that nothing may go.
        Quota.check(self, now, reserve, endpoint)
        if self._is_stale or self._calls <= 0 or now >= self._until:
            self._take(now)
            Quota.check(self, now, reserve, endpoint)
        if self._calls <= 0:
            # Others have taken what is left.
            raise RateLimited(
                "The number of calls that is allowed has been taken.",
                retry_at=self._until,
                window=min(
                    self.windows.values(), key=lambda window: window.remaining
                ).name,
            )

    def used(self, n=1):
        Quota.used(self, n)
        self._calls -= n
        self._lost += n

    def note_error(self, endpoint, now):
        Quota.note_error(self, endpoint, now)
        self._new_errors.append((endpoint, now))
        self._is_stale = True

    def close(self):
        """Give back what was not used."""
        if self._until is not None:
            self._report(wants=False)
            self._calls, self._until, self._is_stale = 0, None, True

    def _learn(self, windows):
        told = super()._learn(self._compared(windows))
        if told:
            self._calls -= 1
            self._lost = 0
        return told

    def _compared(self, windows):
        """Note whether these windows are other ones than the ledger has."""
        for window in windows:
            known = self.windows.get(window.name)
            self._is_stale |= (
                known is None
                or known.limit != window.limit
                or not same_window(window.name, known.reset_at, window.reset_at)
                # Somebody else uses the key.
                or window.remaining < self._calls - 1
            )
            self._seen.add(window.name)
        return windows

    def _take(self, now):
        grant = self._report(wants=True)
        self._calls, self._until = grant.calls, grant.until
        self._is_stale = False
        self.windows = {window.name: window for window in grant.windows}
        self.errors = {name: list(found) for name, found in grant.errors.items()}

    def _report(self, *, wants):
        grant = self._exchange(
            Report(
                self._token,
                max(self._calls, 0),
                self._lost,
                tuple(self.windows[name] for name in self._seen),
                tuple(self._new_errors),
                wants,
            )
        )
        self._seen, self._lost, self._new_errors = set(), 0, []
        return grant
