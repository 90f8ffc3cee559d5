"""One HTTP call, bounded in time and size, with an honest outcome.

What the callers need to know of a failed call is whether the vendor may have
carried it out.  So the connections made here note the moment at which the first
byte leaves, and nothing leaves after the caller's deadline.
"""

import email.utils
import http.client
import logging
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from .connections import (
    CALL,
    CONNECTING,
    LEAVE_SECONDS,
    PIECE,
    SENT,
    Call,
    TooLate,
    bounded,
)
from .errors import BadAnswer, BadRequest, NotSentError, TemporaryError

_logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10
"""Longest wait for one address of a host to accept a connection."""
ANSWER_SECONDS = 60
"""Longest time between the first byte sent and the last byte read."""
MAX_CALL_SECONDS = LEAVE_SECONDS + ANSWER_SECONDS
"""After so many seconds no byte of a call is sent or read any more.

With a ``deadline`` nothing leaves after it, however late the call was started.
"""
CALL_LIMIT = timedelta(seconds=MAX_CALL_SECONDS)
"""The same, for arithmetic with stored times."""
MAX_BYTES = 32 * 1024 * 1024
"""Largest answer, unpacked."""
USER_AGENT = "lightspeed-exact-connector/1.0"

_STALE_PAUSE = 0.2

# A vendor's clock outside of these is none: arithmetic with it would fail.
_YEARS = range(2000, 2200)


def utc_now():
    """The time, as an aware :class:`datetime.datetime` in UTC."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class Answer:
    """What a vendor answered.  Its ``repr`` shows neither headers nor text.

    :ivar status: HTTP status
    :ivar headers: case-insensitive
    :ivar text: the body, decoded
    :ivar content_type: lower case, without parameters (``"application/json"``)
    :ivar date: the ``Date`` header as aware UTC, the vendor's clock; or ``None``
    :ivar seconds: how long the call took
    :ivar content: the body as it came, unpacked
    :ivar intact: ``False`` when the body is not valid text in its own encoding
    """

    status: int
    headers: CaseInsensitiveDict = field(repr=False)
    text: str = field(repr=False)
    content_type: str
    date: datetime | None
    seconds: float
    intact: bool = True
    content: bytes = field(default=b"", repr=False)


class Transport:
    """Sends one request and returns an :class:`Answer`, or says what went wrong.

    Not for use by two threads at once.  Honours the environment's proxies and
    certificate bundles; keeps no cookies and reads no ``.netrc``.

    :param session: a ``requests.Session`` to change (its adapters are replaced, so
        that the bounds hold); made here by default
    :param clock: returns the time as aware UTC; compared with deadlines
    :param sleep: waits so many seconds
    :param tuple timeout: seconds to connect, seconds from first byte sent to last
        byte read; at most ``CONNECT_SECONDS`` and ``ANSWER_SECONDS``
    :param str user_agent: what the vendors see
    """

    def __init__(
        self,
        session=None,
        *,
        clock=utc_now,
        sleep=time.sleep,
        timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
        user_agent=USER_AGENT,
    ):
        connect, answer = timeout
        if not (0 < connect <= CONNECT_SECONDS and 0 < answer <= ANSWER_SECONDS):
            message = "A longer time-out would break MAX_CALL_SECONDS."
            raise ValueError(message)
        self._session = bounded(session or requests.Session())
        self._clock = clock
        self._sleep = sleep
        self._timeout = (connect, answer)
        self._heard = None
        self._user_agent = user_agent

    def now(self):
        """The time on our clock, aware UTC."""
        return self._clock()

    def vendor_now(self):
        """The vendor's own time, from its last answer on; our clock has no part in it.

        :return: aware UTC; ``None`` before an answer told it
        :rtype: datetime | None
        """
        if self._heard is None:
            return None
        date, at = self._heard
        return date + timedelta(seconds=time.monotonic() - at)

    def close(self):
        """Close the kept connections; the transport stays usable."""
        self._session.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()

    def request(
        self,
        method,
        url,
        *,
        headers=None,
        params=None,
        data=None,
        auth=None,
        deadline=None,
    ):
        """Send one request.  Redirects are not followed, refused statuses not raised.

        Only a GET whose kept-alive connection turned out to be closed is sent again,
        once.  Never anything else: a second POST could book twice.

        :param str method: ``"GET"``, ``"POST"``, ...
        :param str url: absolute
        :param dict headers: beside ``User-Agent``
        :param params: mapping or pairs for the query, written with ``%20`` for blanks
        :param data: the body: bytes, text (sent as UTF-8) or a mapping (sent as a form)
        :param tuple auth: user and password for HTTP Basic
        :param datetime deadline: aware; nothing leaves from this moment on
        :rtype: Answer
        :raise BadRequest: (``transport.bad_url``) cannot be written as a request
        :raise NotSentError: (``transport.not_connected``, ``transport.too_late``)
            nothing was sent
        :raise TemporaryError: (``transport.lost``, ``transport.timeout``) no whole
            answer came; whether the vendor did it is unknown
        :raise BadAnswer: (``transport.redirect``, ``transport.too_large``) an answer
            that the vendors do not document
        """
        address = with_query(url, params)
        options = {
            "headers": {"User-Agent": self._user_agent, **(headers or {})},
            "data": _body(data),
            "auth": _auth(auth),
        }
        call = self._attempt(method, address, options, deadline)
        if method == "GET" and call.was_stale and call.answer is None:
            self._session.close()
            self._sleep(_STALE_PAUSE)
            call = self._attempt(method, address, options, deadline)
        # Outside of any except block: the library's own exceptions, which hold the
        # whole request with its headers, must not hang on to ours.
        if call.problem is not None:
            raise call.problem
        if call.answer.date:
            self._heard = (call.answer.date, time.monotonic())
        return call.answer

    def _attempt(self, method, url, options, deadline):
        call = Call(self._clock, deadline, self._timeout)
        token = CALL.set(call)
        started = time.monotonic()
        outcome = "failed"
        try:
            call.check_deadline()
            response = self._session.request(
                method,
                url,
                allow_redirects=False,
                stream=True,
                timeout=self._timeout[1],
                **options,
            )
            try:
                outcome = response.status_code
                call.answer = _read(response, call, started)
            finally:
                response.close()
        except TooLate:
            call.problem = NotSentError(
                "The moment to send this had passed.", code="transport.too_late"
            )
        except (BadAnswer, TemporaryError) as error:
            call.problem = error
        except (*_TROUBLE, ValueError) as error:
            call.problem = _explain(error, call)
        finally:
            CALL.reset(token)
            parts = urlsplit(url)
            _logger.debug(
                "%s %s%s: %s in %d ms",
                method,
                parts.hostname,
                parts.path,
                outcome,
                1000 * (time.monotonic() - started),
            )
        return call


_TROUBLE = (
    requests.RequestException,
    HTTPError,
    OSError,
    http.client.HTTPException,
)


def with_query(url, params):
    """Append a query, percent-encoded throughout (blanks as ``%20``).

    :param params: mapping or pairs; pairs whose value is ``None`` are left out
    :rtype: str
    """
    pairs = params.items() if hasattr(params, "items") else params or ()
    query = urlencode(
        [(name, str(value)) for name, value in pairs if value is not None],
        safe="$,()'",
        quote_via=quote,
    )
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _body(data):
    if hasattr(data, "items"):
        return urlencode(data).encode()
    return data.encode() if isinstance(data, str) else data


def _auth(auth):
    """Basic credentials as bytes (requests would encode texts as Latin-1).

    Without credentials something callable keeps requests from looking in ``.netrc``
    and replacing our own ``Authorization`` header.
    """
    if auth is None:
        return _leave_as_is
    return tuple(part.encode() for part in auth)


def _leave_as_is(prepared):
    return prepared


def _read(response, call, started):
    """Read the body of a response within the call's bounds.

    :rtype: Answer
    :raise BadAnswer: a redirect, or too large
    :raise TemporaryError: (``transport.lost``) shorter than it said
    """
    status = response.status_code
    if 300 <= status < 400:
        message = f"Answered {status}, a redirect to another address."
        raise BadAnswer(message, code="transport.redirect", status=status)
    content = _content(response)
    headers = CaseInsensitiveDict(response.headers)
    text, intact = _decode(content, headers.get("Content-Type", ""))
    return Answer(
        status=status,
        headers=headers,
        text=text,
        content_type=headers.get("Content-Type", "").split(";")[0].strip().lower(),
        date=_date(headers.get("Date")),
        seconds=time.monotonic() - started,
        intact=intact,
        content=content,
    )


def _content(response):
    if response.raw is None:  # made by hand, as the tests of Odoo do
        return response.content
    pieces, size = [], 0
    for piece in response.iter_content(PIECE):
        size += len(piece)
        if size > MAX_BYTES:
            raise BadAnswer(
                f"The answer is larger than {MAX_BYTES} bytes.",
                code="transport.too_large",
                status=response.status_code,
            )
        pieces.append(piece)
    # urllib3 before version 2 does not compare the length with the header.
    announced = response.headers.get("Content-Length", "")
    if announced.isdigit() and response.raw.tell() < int(announced):
        raise _lost(response.status_code)
    return b"".join(pieces)


def _decode(content, content_type):
    """The text, and whether every byte of it could be read."""
    charset = "utf-8-sig"
    for part in content_type.split(";")[1:]:
        name, _equals, value = part.partition("=")
        if name.strip().lower() == "charset" and "utf" not in value.lower():
            charset = value.strip(" \"'")
    try:
        return content.decode(charset), True
    except (LookupError, UnicodeError):
        return content.decode("utf-8", "replace"), False


def _date(text):
    try:
        moment = email.utils.parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        moment = moment.astimezone(timezone.utc)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None


def _lost(status=None):
    return TemporaryError(
        "The connection broke before the whole answer came.",
        code="transport.lost",
        status=status,
    )


def _explain(error, call):
    """Our own error for one of the libraries'; nothing of its text is kept.

    :rtype: ConnectorError
    """
    if call.phase == CONNECTING and isinstance(error, _TROUBLE):
        tls = isinstance(error, requests.exceptions.SSLError)
        return NotSentError(
            "No secure connection could be made."
            if tls
            else "No connection could be made.",
            code="transport.tls" if tls else "transport.not_connected",
        )
    if call.phase != SENT and isinstance(error, ValueError):
        # Unreadable address, or a header that cannot be written.
        return BadRequest("This request cannot be written.", code="transport.bad_url")
    if call.is_over() or isinstance(error, requests.Timeout):
        call.was_stale = False
        message = "No whole answer came in time."
        return TemporaryError(message, code="transport.timeout")
    return _lost()
