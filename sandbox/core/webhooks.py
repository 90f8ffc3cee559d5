"""Webhooks that a stand-in sends: a queue, threads that empty it, and what became
of each delivery.

Only 127.0.0.1 is ever called. An address elsewhere is written down as not delivered,
unless `route` says which local port stands in for its host.
"""

import http.client
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from .clock import Clock
from .errors import ControlError

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
#: Real seconds between two looks at deliveries whose moment has not come.
_LOOK = 0.02
#: What is shown of a receiver's answer.
_SHOWN = 2_000
#: Deliveries that are remembered.
_KEPT = 20_000

MODES = ("on", "off", "hold")


class ActionLock:
    """A re-entrant lock that does something when its outermost holder is done.

    :param done: called, still locked, at the end of each outermost `with`
    """

    def __init__(self, done: Callable[[], None]) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._done = done

    def __enter__(self) -> "ActionLock":
        self._lock.acquire()
        self._depth += 1
        return self

    def __exit__(self, *exc_info: object) -> None:
        try:
            if self._depth == 1:
                self._done()
        finally:
            self._depth -= 1
            self._lock.release()


@dataclass
class Delivery:
    """One POST to a receiver, and what became of it.

    `state` is waiting, sending, delivered (2xx), refused (another answer), failed (no
    answer), lost (on purpose), off (deliveries were off) or not_delivered (see
    `reason`).
    """

    id: int
    event: str
    address: str
    headers: dict[str, str]
    body: bytes
    at: datetime
    #: Not sent before this moment of the sandbox's clock.
    due: datetime
    state: str = "waiting"
    reason: str | None = None
    status: int | None = None
    answer: str | None = None
    seconds: float | None = None
    #: Sent again so often, so many seconds after an answer that is not 2xx.
    retries: int = 0
    retry_after: float = 0
    #: The delivery that this one repeats.
    again: int | None = None
    #: What the event was about, for whoever reads the list.
    about: dict[str, Any] = field(default_factory=dict)
    #: Called with the delivery once it was sent, before `drain` returns.
    done: Callable[["Delivery"], None] | None = None

    def shown(self) -> dict[str, Any]:
        """Return what the control interface shows."""
        return {
            "id": self.id,
            "event": self.event,
            "address": self.address,
            "state": self.state,
            "reason": self.reason,
            "status": self.status,
            "answer": self.answer,
            "seconds": self.seconds,
            "at": self.at,
            "due": self.due,
            "again": self.again,
            "about": self.about,
            "headers": self.headers,
            "body": self.body.decode("utf-8", "replace"),
        }


class Postman:
    """Sends webhooks from threads of its own; they start with the first one.

    Per address deliveries go one after another, in the order of the queue, unless
    `parallel` is set. The queue is not kept in the state file: what waits when the
    sandbox stops is gone.

    :param threads: how many receivers are called at once
    """

    def __init__(self, clock: Clock, threads: int = 4) -> None:
        self.clock = clock
        self.mode = "on"
        self.parallel = False
        #: Real seconds to wait for a receiver's answer.
        self.timeout = 10.0
        #: host -> port on 127.0.0.1 that stands in for it.
        self.routes: dict[str, int] = {}
        self.random = random.Random(1)
        self._threads = threads
        self._running: list[threading.Thread] = []
        #: Raised by `stop`: threads of an earlier one end.
        self._generation = 0
        self._ready = threading.Condition()
        #: What may be sent now, per address; and what waits for its moment.
        self._queues: dict[str, deque[Delivery]] = {}
        self._later: list[Delivery] = []
        self._busy: dict[int, str] = {}
        self._log: dict[int, Delivery] = {}
        self._n = 0

    # --- putting in ---------------------------------------------------------

    def post(
        self,
        event: str,
        address: str,
        headers: dict[str, str],
        body: bytes,
        *,
        delay: float = 0,
        state: str = "waiting",
        reason: str | None = None,
        **options: Any,
    ) -> Delivery:
        """Put a delivery in the queue, or only write it down.

        :param delay: seconds of the sandbox's clock before it is sent
        :param state: another one than "waiting": nothing is sent
        """
        now = self.clock.now()
        with self._ready:
            self._n += 1
            due = now + timedelta(seconds=delay)
            row = Delivery(self._n, event, address, headers, body, now, due, **options)
            row.state, row.reason = state, reason
            if state == "waiting" and self.mode == "off":
                row.state = "off"
            self._log[row.id] = row
            if len(self._log) > _KEPT:
                self._log.pop(next(iter(self._log)))
            if row.state == "waiting":
                if delay > 0:
                    self._later.append(row)
                else:
                    self._queues.setdefault(address, deque()).append(row)
                self._start()
                self._ready.notify_all()
            return row

    def send_now(
        self, event: str, address: str, headers: dict[str, str], body: bytes
    ) -> Delivery:
        """Call a receiver in this thread, past the queue; the answer is in the row."""
        row = self.post(event, address, headers, body, state="sending")
        self._send(row)
        return row

    def again(self, delivery_id: int) -> Delivery:
        """Send a delivery once more: the same bytes."""
        row = self.find(delivery_id)
        return self.post(
            row.event,
            row.address,
            row.headers,
            row.body,
            again=row.id,
            about=row.about,
        )

    # --- looking ------------------------------------------------------------

    def find(self, delivery_id: int) -> Delivery:
        """Return a delivery.

        :raises ControlError: unknown
        """
        if delivery_id not in self._log:
            text = f"no delivery {delivery_id}"
            raise ControlError(text)
        return self._log[delivery_id]

    def list(
        self, since: int = 0, event: str | None = None, state: str | None = None
    ) -> "list[dict[str, Any]]":
        """Return the deliveries after number `since`, in the order they were made."""
        with self._ready:
            return [
                row.shown()
                for row in self._log.values()
                if row.id > since
                and event in {None, row.event}
                and state in {None, row.state}
            ]

    def drain(self, timeout: float = 30, delayed: bool = False) -> dict[str, Any]:
        """Wait until nothing that is due waits or is under way.

        :param timeout: real seconds
        :param delayed: send what waits for a later moment (or is held) now, too
        :raises ControlError: it took longer
        """
        limit = time.monotonic() + timeout
        with self._ready:
            while True:
                if delayed:
                    self._hurry()
                if not self._busy and self._next() is None:
                    break
                left = limit - time.monotonic()
                if left <= 0:
                    text = f"webhooks are still under way after {timeout} s"
                    raise ControlError(text)
                self._ready.notify_all()
                self._ready.wait(min(left, _LOOK))
            counts: dict[str, int] = {}
            for row in self._log.values():
                counts[row.state] = counts.get(row.state, 0) + 1
            return {"last": self._n, "states": counts}

    def _hurry(self) -> None:
        if self.mode == "hold":
            self.mode = "on"
        now = self.clock.now()
        for row in self._later:
            row.due = min(row.due, now)

    def shuffle(self) -> None:
        """Bring what waits in another order, from the seed."""
        with self._ready:
            rows = [row for queue in self._queues.values() for row in queue]
            self.random.shuffle(rows)
            self._queues.clear()
            for row in rows:
                self._queues.setdefault(row.address, deque()).append(row)

    def clear(self) -> None:
        """Forget everything that is not under way; numbering goes on."""
        with self._ready:
            self._empty()
            self._log = {i: r for i, r in self._log.items() if i in self._busy}

    def _empty(self) -> None:
        self._queues.clear()
        self._later.clear()

    def reset(self) -> None:
        """Forget everything, and every setting."""
        self.clear()
        self.mode, self.parallel, self.timeout = "on", False, 10.0
        self.routes.clear()
        self.random.seed(1)

    def wake(self) -> None:
        """Look at the queue again: a setting changed."""
        with self._ready:
            self._ready.notify_all()

    def stop(self) -> None:
        """End the threads; what waits is not sent."""
        with self._ready:
            self._generation += 1
            self._empty()
            self._ready.notify_all()
            running, self._running = self._running, []
        for thread in running:
            thread.join(timeout=1)

    # --- sending ------------------------------------------------------------

    def _start(self) -> None:
        while len(self._running) < self._threads:
            thread = threading.Thread(
                target=self._work, args=(self._generation,), daemon=True
            )
            self._running.append(thread)
            thread.start()

    def _next(self) -> Delivery | None:
        """Return the first delivery that may be sent now; the lock is held."""
        now = self.clock.now()
        for row in [row for row in self._later if row.due <= now]:
            self._later.remove(row)
            self._queues.setdefault(row.address, deque()).append(row)
        if self.mode == "hold":
            return None
        passed = set() if self.parallel else set(self._busy.values())
        free = (queue[0] for key, queue in self._queues.items() if key not in passed)
        return next(free, None)

    def _take(self, row: Delivery) -> None:
        queue = self._queues[row.address]
        queue.popleft()
        if not queue:
            del self._queues[row.address]
        self._busy[row.id] = row.address
        row.state = "sending"

    def _work(self, generation: int) -> None:
        while True:
            with self._ready:
                while (row := self._next()) is None or generation != self._generation:
                    if generation != self._generation:
                        return
                    # Only a delivery that waits for its moment needs a look at the
                    # clock; else a new one wakes this thread.
                    self._ready.wait(_LOOK if self._later else None)
                self._take(row)
            try:
                self._send(row)
            finally:
                with self._ready:
                    del self._busy[row.id]
                    self._ready.notify_all()

    def _send(self, row: Delivery) -> None:
        started = time.monotonic()
        state, reason, status, answer = self._call(row)
        with self._ready:
            row.seconds = round(time.monotonic() - started, 4)
            row.status, row.answer, row.reason = status, answer, reason
            row.state = state
        if row.done is not None:
            row.done(row)
        if state in {"refused", "failed"} and row.retries:
            self.post(
                row.event,
                row.address,
                row.headers,
                row.body,
                delay=row.retry_after,
                again=row.id,
                retries=row.retries - 1,
                retry_after=row.retry_after,
                about=row.about,
            )

    def _call(self, row: Delivery) -> tuple[str, str | None, int | None, str | None]:
        try:
            parts = urlsplit(row.address)
            port = self.routes.get(parts.hostname or "") or self._local_port(parts)
        except ValueError as error:
            return "not_delivered", str(error), None, None
        target = parts.path or "/"
        if parts.query:
            target += f"?{parts.query}"
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=self.timeout)
        try:
            connection.request("POST", target, row.body, self._headers(row, parts))
            response = connection.getresponse()
            answer = response.read(_SHOWN).decode("utf-8", "replace")
            good = 200 <= response.status < 300
            return "delivered" if good else "refused", None, response.status, answer
        except (OSError, http.client.HTTPException, ValueError) as error:
            return "failed", f"{type(error).__name__}: {error}", None, None
        finally:
            connection.close()

    @staticmethod
    def _local_port(parts: Any) -> int:
        if parts.hostname not in LOOPBACK:
            text = f"only 127.0.0.1 is called, not {parts.hostname}"
            raise ValueError(text)
        if parts.scheme != "http":
            text = f"nothing speaks {parts.scheme} on the loopback"
            raise ValueError(text)
        return parts.port or 80

    def _headers(self, row: Delivery, parts: Any) -> dict[str, str]:
        fixed = {"Host": parts.netloc.rpartition("@")[2], "Connection": "close"}
        if parts.hostname in self.routes and parts.scheme == "https":
            # As a proxy that ends TLS in front of the receiver says it.
            fixed["X-Forwarded-Host"] = fixed["Host"]
            fixed["X-Forwarded-Proto"] = "https"
        return {**fixed, "Content-Length": str(len(row.body)), **row.headers}


def check_address(address: Any) -> bool:
    """Say whether a receiver's address may be subscribed: https, or http on the
    loopback; no user name, no fragment."""
    if not isinstance(address, str) or address != address.strip():
        return False
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return False
    if not parts.hostname or "@" in parts.netloc or parts.fragment:
        return False
    local = parts.hostname in LOOPBACK and parts.scheme == "http"
    return local or parts.scheme == "https"
