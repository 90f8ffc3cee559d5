"""The log of every request that reached a service."""

import threading
from collections import Counter, deque
from typing import Any

#: Longer request bodies are cut in the log.
MAX_BODY = 100_000


class CallLog:
    """Remembers the last requests, and counts all of them.

    An entry appears when the request arrives (`status` None, `done` False) and is
    completed when it was handled. A request whose answer was lost keeps the status
    the client never saw; `fault` tells.
    """

    def __init__(self, maximum: int = 100_000) -> None:
        self._lock = threading.Lock()
        self._entries: deque[dict[str, Any]] = deque(maxlen=maximum)
        self._n = 0
        self.totals: Counter[tuple[str, str, int | None]] = Counter()

    def open(self, **entry: Any) -> dict[str, Any]:
        with self._lock:
            self._n += 1
            row = {"n": self._n, "status": None, "done": False, "fault": None}
            row["seconds"] = None
            row.update(entry)
            self._entries.append(row)
            return row

    def close(
        self, row: dict[str, Any], status: int | None, seconds: float, done: bool = True
    ) -> None:
        with self._lock:
            row["status"] = status
            row["seconds"] = round(seconds, 4)
            row["done"] = done
            self.totals[(row["service"], row["method"], status)] += 1

    @property
    def last(self) -> int:
        """The number of the latest entry: use it as `since`."""
        return self._n

    def list(
        self,
        service: str | None = None,
        since: int = 0,
        method: str | None = None,
        path: str | None = None,
    ) -> "list[dict[str, Any]]":
        """Return copies of the entries after number `since`.

        :param path: only entries whose path contains this text
        """
        with self._lock:
            return [
                dict(row)
                for row in self._entries
                if row["n"] > since
                and (service is None or row["service"] == service)
                and (method is None or row["method"] == method)
                and (path is None or path in row["path"])
            ]

    def summary(self) -> "list[dict[str, Any]]":
        """Return how many requests there were, per service, method and status."""
        with self._lock:
            return [
                {"service": service, "method": method, "status": status, "count": n}
                for (service, method, status), n in self.totals.items()
            ]

    def clear(self) -> None:
        """Forget the entries; numbering goes on."""
        with self._lock:
            self._entries.clear()
            self.totals.clear()
