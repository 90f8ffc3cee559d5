"""Exact Online's REST API: read rows of a division, create documents.

References: "Exact reference", sections 2, 3 and 8.
"""

import re
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from ..accounting.money import dumps
from . import refusals
from .errors import (
    AccessDenied,
    AuthenticationError,
    BadAnswer,
    BadRequest,
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
    TemporaryError,
)
from .odata import (
    MAX_TERMS,
    MAX_URL,
    any_of,
    chunks,
    date_literal,
    guid_literal,
    literal,
    quote,
)
from .quota import CLIENT_ERRORS, ERRORS, exact_windows, next_minute
from .transport import with_query
from .wire import (
    checked_url,
    json_body,
    plain_text,
    same_origin,
    sentence,
    unreadable,
)

__all__ = [
    "MAX_TERMS",
    "MAX_URL",
    "ExactClient",
    "any_of",
    "chunks",
    "date_literal",
    "guid_literal",
    "literal",
    "quote",
]

ME_FIELDS = (
    "UserID",
    "FullName",
    "Email",
    "LanguageCode",
    "CurrentDivision",
    "ServerTime",
    "ServerUtcOffset",
)
DIVISION_FIELDS = (
    "Code",
    "Hid",
    "Description",
    "CustomerCode",
    "CustomerName",
    "Country",
    "Currency",
    "Current",
    "IsMainDivision",
    "Status",
    "BlockingStatus",
    "VATNumber",
    "ChamberOfCommerceNumber",
    "StartDate",
    "ArchiveDate",
    "DivisionMoveDate",
)

_BLOCKED_KEY = timedelta(hours=1)


class ExactClient:
    """The calls of one user of one division.

    Exact wants sequential calls (Exact reference 2.1): one client at a time for a
    division.  Every method may raise what :mod:`.errors` lists.

    :param str host: a value of :data:`.exact_oauth.HOSTS`, or a stand-in's address
    :param int division: the administration's number; ``None`` for :meth:`me` and
        :meth:`divisions` only
    :param access_token: returns the token for the next call; asked each time
    :param Transport transport: makes the calls
    :param Quota quota: of this app and division; checked before and updated after
        each call on a path with a division
    :param on_unauthorized: called once after a 401, returns a fresh token
    :param reserve: see :meth:`.quota.Quota.check`
    :raise BadRequest: (``transport.insecure_url``, ``transport.bad_url``) bad host
    """

    def __init__(
        self,
        host,
        division,
        access_token,
        *,
        transport,
        quota,
        on_unauthorized=None,
        reserve=0,
    ):
        self._host = checked_url(host)
        self._division = int(division) if division else None
        self._access_token = access_token
        self._transport = transport
        self._quota = quota
        self._on_unauthorized = on_unauthorized
        self._reserve = reserve

    @property
    def quota(self):
        """What is known to be left of the division's quota.

        :rtype: Quota
        """
        return self._quota

    def vendor_now(self):
        """Exact's own time as its answers told it, see :meth:`.Transport.vendor_now`.

        :rtype: datetime | None
        """
        return self._transport.vendor_now()

    def close(self):
        """Close the kept connections, and give back calls that were not made."""
        self._transport.close()
        self._quota.close()

    def prepare(self, path=None):
        """Get the token and check the quota, so that the next call does only itself.

        For a write whose intention is stored: nothing else happens between the
        intention and the answer.

        :param str path: where it is posted to
        :raise RateLimited: the next call would be refused
        :raise ReconnectNeeded: there is no token to be had
        """
        endpoint = path and _endpoint(self._url(path))
        self._quota.check(self._transport.now(), self._reserve, endpoint)
        self._access_token()

    # === READ === #

    def list(self, path, select, filter=None, orderby=None, top=None, expand=None):
        """All rows, page after page, as they are asked for.

        :param str path: below the division, such as ``"crm/Accounts"``
        :param select: property names; a sequence or a comma list, never ``*`` (8.1)
        :param str filter: OData filter, see :mod:`.odata`
        :param str orderby: such as ``"Modified asc"``
        :param int top: most rows in all
        :param expand: collections to nest, also to be named in ``select`` (8.1)
        :rtype: Iterator[dict]
        """
        params = {
            "$select": _names(select),
            "$filter": filter,
            "$orderby": orderby,
            "$top": top,
            "$expand": _names(expand) if expand else None,
        }
        return self._pages(with_query(self._url(path), params), top)

    def get(self, path_with_key, select, expand=None):
        """One row by its key, such as ``crm/Accounts(guid'…')`` (8.1).

        :rtype: dict
        :raise NotFound: (or :class:`AccessDenied`, on some paths) no such row
        """
        params = {
            "$select": _names(select),
            "$expand": _names(expand) if expand else None,
        }
        answer = self._call("GET", with_query(self._url(path_with_key), params))
        return _single(_d(answer), path_with_key)

    def me(self):
        """Who the token belongs to (3.1): the only call without a division.

        ``CurrentDivision`` is what the user looked at last, not ours.

        :rtype: dict
        """
        url = with_query(
            f"{self._host}/api/v1/current/Me", {"$select": _names(ME_FIELDS)}
        )
        return _single(_d(self._call("GET", url, counted=False)), "current/Me")

    def divisions(self):
        """The divisions that this user may open and consented to (3.2).

        :rtype: list[dict]
        """
        if self._division is not None:
            return [*self.list("system/Divisions", DIVISION_FIELDS)]
        division = self.me().get("CurrentDivision")
        if isinstance(division, bool) or not isinstance(division, int):
            raise _shape("current/Me")
        url = f"{self._host}/api/v1/{division}/system/Divisions"
        params = {"$select": _names(DIVISION_FIELDS)}
        return [*self._pages(with_query(url, params), None)]

    def has_right(self, endpoint, action):
        """Whether this user may do something (8.7): for the test of a connection.

        :param str endpoint: such as ``"salesentry/SalesEntries"``
        :param str action: ``"GET"``, ``"POST"``, ``"PUT"`` or ``"DELETE"``
        :rtype: bool
        """
        params = {"endpoint": quote(endpoint), "action": quote(action)}
        url = with_query(self._url("users/UserHasRights"), params)
        data = _d(self._call("GET", url))
        right = data.get("UserHasRights") if isinstance(data, dict) else data
        if str(right).lower() not in ("true", "false"):
            raise _shape("users/UserHasRights")
        return str(right).lower() == "true"

    # === WRITE === #

    def post(self, path, payload, *, deadline=None):
        """Create one row (with its lines) and return it whole (8.5).

        Sent once; after a 401, which means that nothing was done, once more.
        With an error whose ``landed`` is ``None`` the row may exist: search first.

        :param str path: such as ``"salesentry/SalesEntries"``
        :param payload: dict, amounts as ``Decimal``; or the JSON text itself
        :param datetime deadline: aware; nothing leaves from this moment on
        :return: all properties of the row
        :rtype: dict
        :raise Rejected: a business refusal, with its ``messages``
        """
        text = payload if isinstance(payload, str) else dumps(payload)
        answer = self._call("POST", self._url(path), body=text, deadline=deadline)
        return _single(_d(answer), path)

    def put(self, path_with_key, payload, *, deadline=None):
        """Change the named properties of one row (8.5).

        :param str path_with_key: such as ``crm/Accounts(guid'…')``
        :param payload: dict, or the JSON text itself
        :param datetime deadline: aware; nothing leaves from this moment on
        """
        text = payload if isinstance(payload, str) else dumps(payload)
        url = self._url(path_with_key)
        answer = self._call("PUT", url, body=text, deadline=deadline)
        if answer.text.strip() and json_body(answer) is None:
            raise unreadable(answer, "exact")

    def delete(self, path_with_key, *, deadline=None):
        """Delete one row (8.5).  A row that is gone already is deleted, too.

        With an error whose ``landed`` is ``None`` it may be gone: ask, or do it again.

        :param str path_with_key: such as ``documents/Documents(guid'…')``
        :param datetime deadline: aware; nothing leaves from this moment on
        :return: ``False`` when there was nothing to delete
        :rtype: bool
        """
        try:
            answer = self._call("DELETE", self._url(path_with_key), deadline=deadline)
        except NotFound:
            return False
        if answer.text.strip() and json_body(answer) is None:
            raise unreadable(answer, "exact")
        return True

    # === REQUEST HELPERS === #

    def _url(self, path):
        if self._division is None:
            raise ValueError("This call needs a division.")
        return f"{self._host}/api/v1/{self._division}/{path}"

    def _pages(self, url, top):
        """Rows of a list, following ``__next`` (8.2)."""
        seen, count = set(), 0
        while url:
            if hash(url) in seen:
                raise BadAnswer("The pages do not end.", code="exact.next_link")
            seen.add(hash(url))
            data = _d(self._call("GET", url))
            rows = data.get("results") if isinstance(data, dict) else data
            if not isinstance(rows, list) or not all(
                isinstance(row, dict) for row in rows
            ):
                raise _shape(urlsplit(url).path)
            for row in rows:
                if count == top:
                    return
                count += 1
                yield row
            following = data.get("__next") if isinstance(data, dict) else None
            url = self._next(url, following) if following else None

    def _next(self, url, following):
        """The address of the next page: of this host and division only.

        :raise BadAnswer: it would take the token elsewhere
        """
        try:
            address = urljoin(url, following) if isinstance(following, str) else ""
        except ValueError:
            address = ""
        if not same_origin(address, url) or _root(address) != _root(url):
            raise BadAnswer(
                "The next page would be at another address.", code="exact.next_link"
            )
        return address

    def _call(self, method, url, *, body=None, deadline=None, counted=True):
        if len(url) >= MAX_URL:
            raise BadRequest("The address is too long.", code="exact.url_too_long")
        token = _token(self._access_token)
        answer = self._once(method, url, token, body, deadline, counted=counted)
        if answer.status == 401 and self._on_unauthorized is not None:
            token = _token(self._on_unauthorized)
            answer = self._once(method, url, token, body, deadline, counted=counted)
        error = _refusal(answer, self._transport.now())
        if error is not None:
            raise error
        return answer

    def _once(self, method, url, token, body, deadline, *, counted):
        if counted:
            self._quota.check(self._transport.now(), self._reserve, _endpoint(url))
        headers = {"Accept": "application/json", "Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            headers["Prefer"] = "return=representation"
        try:
            answer = self._transport.request(
                method, url, headers=headers, data=body, deadline=deadline
            )
        except TemporaryError as error:
            if counted and error.landed is None:
                self._quota.used()
            raise
        if counted:
            learned = self._quota.update_exact(
                answer.headers,
                self._transport.now(),
                answer.date,
                refused=answer.status == 429,
            )
            if not learned:
                self._quota.used()
            if answer.status in CLIENT_ERRORS:
                self._quota.note_error(_endpoint(url), self._transport.now())
        return answer


def _token(source):
    """Ask for a token; what goes wrong there says nothing of *our* call.

    A token call may be in doubt, but the call that wanted the token did not land:
    it was not sent yet, or answered with 401.
    """
    try:
        return source()
    except ConnectorError as error:
        error.landed = False
        raise


def _root(url):
    """The part of a path that names the division: ``/api/v1/123456``."""
    return urlsplit(url).path.lower().split("/")[:4]


def _endpoint(url):
    """The path below the division, without a key: what Exact counts errors by (2.1)."""
    path = "/".join(urlsplit(url).path.lower().split("/")[4:])
    return path.partition("(")[0]


def _names(select):
    """A comma list of property names."""
    return select if isinstance(select, str) else ",".join(select)


def _d(answer):
    """What is under ``d`` (8.2).

    :raise BadAnswer: HTML, no JSON, or no ``d``
    """
    data = json_body(answer)
    if not isinstance(data, dict) or "d" not in data:
        raise unreadable(answer, "exact")
    return data["d"]


def _single(data, path):
    """The one row of an answer, in whichever of its shapes (8.2)."""
    if isinstance(data, dict) and isinstance(data.get("results"), list):
        data = data["results"]
    if isinstance(data, list):
        data = data[0] if len(data) == 1 else None
    if not isinstance(data, dict):
        raise _shape(path)
    return data


def _shape(path):
    return BadAnswer(
        f"The answer on {path} is not of the kind that is documented.",
        code="exact.bad_answer",
    )


# ------------------------------------------------------------------------- refusals


def _refusal(answer, now):
    """Our error for a refused call (8.4 to 8.7), or ``None``.

    :rtype: ConnectorError | None
    """
    status = answer.status
    if status < 400:
        return None
    if status == 429:
        return _rate_limited(answer, now)
    messages = _messages(answer)
    detail = " ".join(messages) or plain_text(answer) or f"Answered {status}."
    detail = sentence(detail)
    if status == 401:
        return AuthenticationError(detail, code="exact.unauthorized", status=status)
    if status == 403:
        return AccessDenied(
            detail, reason=_reason(answer), code="exact.forbidden", status=status
        )
    if status == 404:
        return NotFound(detail, code="exact.not_found", status=status)
    if status == 500 and messages:
        return Rejected(detail, messages=messages, code="exact.rejected", status=status)
    if status >= 500 or status == 408:
        return TemporaryError(
            f"Answered {status} without saying why.",
            code="exact.unavailable",
            status=status,
        )
    if refusals.classify(messages) != refusals.UNKNOWN:
        return Rejected(detail, messages=messages, code="exact.rejected", status=status)
    code = "exact.method" if status == 405 else "exact.bad_request"
    return BadRequest(detail, messages=messages, code=code, status=status)


def _messages(answer):
    """The sentences of an error body; several are joined with ``\\r\\n`` (8.6).

    :rtype: tuple[str]
    """
    data = json_body(answer)
    error = data.get("error") if isinstance(data, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    value = message.get("value") if isinstance(message, dict) else message
    if not isinstance(value, str):
        return ()
    lines = (sentence(line) for line in value.splitlines()[:20])
    return tuple(line for line in lines if line)


def _reason(answer):
    """The word in the ``Reason`` header, such as ``NoDivisionAccess`` (8.7)."""
    return "".join(re.findall(r"^\s*(\w{1,60})", answer.headers.get("Reason", "")))


def _rate_limited(answer, now):
    """Which window was hit, and when it opens again (2.3, 2.4).

    A quota that is used up answers without a body and with the headers of its own
    window only.  One that says more is the block after too many errors; one that says
    nothing may be either: a minute's wait and no window's name.
    """
    windows = exact_windows(answer.headers, now, answer.date)
    hit = [window for window in windows if window.remaining <= 0]
    if not hit and len(windows) == 1:
        hit = windows
    retry_at, name = next_minute(now, answer.date), ""
    if hit:
        last = max(hit, key=lambda window: window.reset_at)
        retry_at, name = last.reset_at, last.name
    elif windows or answer.text.strip():
        retry_at, name = now + _BLOCKED_KEY, ERRORS
    return RateLimited(
        "Exact allows no more calls for now.",
        retry_at=retry_at,
        window=name,
        code="exact.rate_limited",
        status=429,
    )
