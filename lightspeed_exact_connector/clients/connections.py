"""Connections that know how far a call came, and how much time it has left.

The library underneath does not tell whether a failed request had left, and has no
bound on the whole time of an answer: a server that sends a byte now and then could
hold a worker for ever.  So urllib3's own connection classes are extended here.
"""

import contextvars
import http.client
import io
import logging
import time

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import ProxyManager

LEAVE_SECONDS = 30
"""A request that has not left so long after it was asked for never leaves."""
PIECE = 64 * 1024
"""Bytes that are sent or read at a time."""

OUTSIDE, CONNECTING, SENT = "outside", "connecting", "sent"

CALL = contextvars.ContextVar("call", default=None)
"""The call that this thread is busy with; what the connections report to."""


class TooLate(Exception):  # noqa: N818
    """The deadline passed before the first byte left."""


class Call:
    """One attempt: how far it came, and how much time it has left."""

    def __init__(self, clock, deadline, timeout):
        self.phase = OUTSIDE
        self.was_stale = False
        self.answer = None
        self.problem = None
        self._clock = clock
        self._deadline = deadline
        self.connect_seconds, self._seconds = timeout
        self._until = time.monotonic() + LEAVE_SECONDS

    def check_deadline(self):
        """:raise TooLate: nothing may leave any more."""
        late = self._deadline is not None and self._clock() >= self._deadline
        if late or self.is_over():
            raise TooLate

    def leave(self):
        """Note that the first byte leaves now.

        :raise TooLate: it may not
        """
        if self.phase != SENT:
            self.check_deadline()
            self.phase = SENT
            self._until = time.monotonic() + self._seconds

    def is_over(self):
        return time.monotonic() >= self._until

    def remaining(self):
        """Seconds left.

        :rtype: float
        :raise TimeoutError: none
        """
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            message = "The call took too long."
            raise TimeoutError(message)
        return seconds


class _Watched:
    """Makes a urllib3 connection report to, and be bounded by, the current call."""

    _opening = False
    _answered = False

    def connect(self):
        call = CALL.get()
        if call is not None and call.phase != SENT:
            call.phase = CONNECTING
        self._opening, self._answered = True, False
        try:
            return super().connect()
        finally:
            self._opening = False

    def send(self, data):
        call = CALL.get()
        # While opening it is the CONNECT for a proxy, not yet our request.
        if call is None or self._opening:
            return super().send(data)
        if self.sock is None:
            self.connect()
        call.leave()
        call.was_stale = self._answered
        if not isinstance(data, bytes):
            return super().send(data)
        view = memoryview(data)
        for start in range(0, len(view), PIECE):
            self.sock.settimeout(call.remaining())
            super().send(view[start : start + PIECE])
        return None

    def getresponse(self, *args, **kwargs):
        response = super().getresponse(*args, **kwargs)
        self._answered = True
        call = CALL.get()
        if call is not None:
            call.was_stale = False
        return response


class _WatchedResponse(http.client.HTTPResponse):
    """Reads no longer than the call may take, however slowly the bytes drip in."""

    def __init__(self, sock, *args, **kwargs):
        super().__init__(_Reader(sock, CALL.get()), *args, **kwargs)


class _Reader:
    """Stands in for a socket towards ``http.client``, which only makes a file of it."""

    def __init__(self, sock, call):
        self._sock = sock
        self._call = call

    def makefile(self, _mode):
        raw = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_Raw(self._sock, raw, self._call))


class _Raw(io.RawIOBase):
    def __init__(self, sock, raw, call):
        super().__init__()
        self._sock = sock
        self._raw = raw
        self._call = call

    def readable(self):
        return True

    def readinto(self, buffer):
        if self._call is not None:
            self._sock.settimeout(self._call.remaining())
        return self._raw.readinto(buffer)

    def close(self):
        if not self.closed:
            self._raw.close()
        return super().close()


class _HTTPConnection(_Watched, HTTPConnection):
    response_class = _WatchedResponse


class _HTTPSConnection(_Watched, HTTPSConnection):
    response_class = _WatchedResponse


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


_POOLS = {"http": _HTTPPool, "https": _HTTPSPool}


class _Adapter(HTTPAdapter):
    """An adapter whose connections are watched and that never retries by itself."""

    def init_poolmanager(self, *args, **kwargs):
        made = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS
        return made

    def send(self, request, stream=False, timeout=None, **kwargs):
        # The session is given one number: pairs trip tools that look at time-outs on
        # the way, such as Odoo's own guard against requests in tests.
        call = CALL.get()
        if call is not None:
            timeout = (call.connect_seconds, timeout)
        return super().send(request, stream=stream, timeout=timeout, **kwargs)

    def proxy_manager_for(self, *args, **kwargs):
        manager = super().proxy_manager_for(*args, **kwargs)
        # A SOCKS proxy has pools of its own; through it every trouble counts as
        # "may have been sent".
        if type(manager) is ProxyManager:
            manager.pool_classes_by_scheme = _POOLS
        return manager


def bounded(session):
    """Give a ``requests.Session`` these connections, and take its cookies away.

    :param requests.Session session: is changed
    :rtype: requests.Session
    """
    adapter = _Adapter(max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # Cookies of one administration must not go out with the calls of another.
    session.cookies.set_policy(_NoCookies())
    return session


class _NoCookies(requests.cookies.cookielib.DefaultCookiePolicy):
    def set_ok(self, cookie, request):
        return False

    def return_ok(self, cookie, request):
        return False


class _Quiet(logging.Filter):
    """Holds back what urllib3 tells of our calls: it writes whole query strings.

    Also in warnings; nothing is lost, as our own errors say what went wrong.
    """

    def filter(self, record):
        return CALL.get() is None


for _name in ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_Quiet())
