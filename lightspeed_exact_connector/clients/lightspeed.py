"""Lightspeed eCom (C-Series): read shops, orders and invoices; webhooks.

References: "Lightspeed reference", sections 1 to 3.
"""

import email.utils
import hashlib
import hmac
import re
from datetime import datetime, timedelta, timezone

from ..accounting.money import dumps
from .errors import (
    AccessDenied,
    AuthenticationError,
    BadAnswer,
    BadRequest,
    NotFound,
    RateLimited,
    Rejected,
    TemporaryError,
)
from .lightspeed_catalogue import CatalogueCalls
from .lightspeed_catalogue import row_id as _id
from .lightspeed_webhooks import WebhookCalls
from .quota import lightspeed_windows
from .wire import checked_url, json_body, sentence, unreadable

HOSTS = {
    "eu1": "https://api.webshopapp.com",
    "us1": "https://api.shoplightspeed.com",
}
"""Cluster to address (Lightspeed reference 1.1)."""

MAX_LIMIT = 250
DEFAULT_LIMIT = 50
"""Most rows in a page (Lightspeed reference 3.2)."""

# More rows than a shop can have; a database keeps no larger count either.
_MAX_COUNT = 10**9
_MAX_PAGES = 400
# An answer takes its time, and tells its own in whole seconds.
_CLOCK_NOISE = timedelta(minutes=1)
_UNKNOWN_WAIT = timedelta(seconds=60)
_LANGUAGE_MESSAGE = "unknown or inactive language."


def app_password(token, app_secret):
    """The API password of one app install: ``md5(token + secret)`` (reference 1.3).

    :param str token: what the install request brought
    :param str app_secret: the app's secret
    :return: 32 lower-case hex digits
    :rtype: str
    """
    return _md5(token + app_secret)


def verify_install(params, app_secret):
    """Whether an install request is signed with the app's secret (reference 1.3).

    Says nothing of its age: check ``timestamp`` as well.

    :param params: mapping of the query parameters
    :param str app_secret: the app's secret
    :rtype: bool
    """
    names = ["language", "shop_id", "timestamp", "token"]
    signature = str(params.get("signature") or "").strip().lower()
    if not app_secret or not all(params.get(name) for name in names):
        return False
    candidates = [names]
    if params.get("cluster_id"):
        candidates.append(["cluster_id", *names])
    matches = [
        hmac.compare_digest(
            _md5("".join(f"{name}={params[name]}" for name in chosen) + app_secret),
            signature.encode("ascii", "replace").decode(),
        )
        for chosen in candidates
    ]
    return any(matches)


def _md5(text):
    # The vendor's own scheme; there is no other choice.
    # What is no character at all cannot be encoded otherwise, and matches nothing.
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class LightspeedClient(CatalogueCalls, WebhookCalls):
    """The calls of one webshop.  Every method may raise what :mod:`.errors` lists.

    :param str base_url: a value of :data:`HOSTS`, or a stand-in's address
    :param str language: an active language of the shop, two letters
    :param str key: API key, or the app's key
    :param str secret: API secret, or :func:`app_password`
    :param Transport transport: makes the calls
    :param Quota quota: of this key; checked before and updated after each call
    :param reserve: see :meth:`Quota.check`
    :raise BadRequest: (``lightspeed.language``, ``transport.insecure_url``, ...)
    """

    def __init__(self, base_url, language, key, secret, *, transport, quota, reserve=0):
        if not re.fullmatch(r"[a-z]{2}", language or ""):
            raise BadRequest(
                "The language is not two lower-case letters.",
                code="lightspeed.language",
            )
        self._root = f"{checked_url(base_url)}/{language}/"
        self._auth = (key or "", secret or "")
        self._transport = transport
        self._quota = quota
        self._reserve = reserve
        self._clock_ahead = timedelta()

    # === SHOP === #

    @property
    def quota(self):
        """What is known to be left of the key's quota.

        :rtype: Quota
        """
        return self._quota

    @property
    def clock_ahead(self):
        """How far our clock is ahead of the shop's, as its last answer told.

        :return: whole seconds; zero below a minute, or where no answer told its time
        :rtype: timedelta
        """
        return self._clock_ahead

    def close(self):
        """Close the kept connections, and give back calls that were not made."""
        self._transport.close()
        self._quota.close()

    def account(self):
        """The account of the key: the cheapest test of a connection (1.4).

        :rtype: dict
        """
        return self._object("account.json")

    def permissions(self):
        """What the key may read and write, per area (1.4).

        :rtype: dict
        """
        return self._object("account/permissions.json")

    def shop(self):
        """The shop with its currency, country and VAT number (1.4).

        :rtype: dict
        """
        return self._object("shop.json")

    def company(self):
        """The company behind the shop (1.4).

        :rtype: dict
        """
        return self._object("shop/company.json")

    def taxes(self):
        """All taxes of the shop (6).

        :rtype: list[dict]
        """
        return self._list("taxes.json", {"limit": MAX_LIMIT})

    def tax_overrides(self, tax_id):
        """The rates that a tax has in other countries (6).

        :rtype: list[dict]
        """
        return list(self._all(f"taxes/{_id(tax_id)}/overrides.json"))

    def languages(self):
        """All languages, with ``isActive`` and ``isDefault`` (6).

        :rtype: list[dict]
        """
        return self._list("languages.json", {"limit": MAX_LIMIT})

    def customstatuses(self):
        """The order statuses that the merchant made.

        :rtype: list[dict]
        """
        return self._list("orders/customstatuses.json", {"limit": MAX_LIMIT})

    # === ORDERS === #

    def order_count(self, **filters):
        """How many orders match the filters (3.1).

        :rtype: int
        """
        return self._count("orders/count.json", filters)

    def orders(self, page, limit=MAX_LIMIT, **filters):
        """One page of orders, without products; a page past the end is empty.

        Newest first unless the shop decides otherwise; rows may shift between pages
        while orders change (3.2).

        :param int page: from 1
        :param filters: of reference 3.2, such as ``updated_at_min``; times aware
        :return: the rows as they are: one that makes no sense must not hide the others
        :rtype: list
        """
        return self._rows("orders.json", self._paging(page, limit, filters))

    def order(self, id):
        """One order with products, invoices and events embedded (3.3).

        A 404 for an id that was just seen in a list may be temporary (3.4).

        :rtype: dict
        """
        return self._object(f"orders/{_id(id)}.json")

    def order_products(self, id, page=1, limit=MAX_LIMIT):
        """One page of the lines of an order (4.3).

        :rtype: list[dict]
        """
        return self._page(f"orders/{_id(id)}/products.json", page, limit, {})

    def iter_order_products(self, id):
        """All lines of an order, a page at a time.

        :rtype: Iterator[dict]
        """
        return self._all(f"orders/{_id(id)}/products.json")

    # === INVOICES === #

    def invoice_count(self, **filters):
        """How many invoices and credit notes match the filters (3.1).

        :rtype: int
        """
        return self._count("invoices/count.json", filters)

    def invoices(self, page=1, limit=MAX_LIMIT, **filters):
        """One page of invoices and credit notes; ``order=<id>`` for those of one order.

        In the order of :meth:`orders`, and with the same filters but ``status`` (3.2).

        :return: the rows as they are: one that makes no sense must not hide the others
        :rtype: list
        """
        return self._rows("invoices.json", self._paging(page, limit, filters))

    def invoice(self, id):
        """One invoice or credit note, without its lines (5).

        :rtype: dict
        """
        return self._object(f"invoices/{_id(id)}.json")

    def invoice_items(self, id, page=1, limit=MAX_LIMIT):
        """One page of the lines of an invoice: per line or per unit, see (5).

        :rtype: list[dict]
        """
        return self._page(f"invoices/{_id(id)}/items.json", page, limit, {})

    def iter_invoice_items(self, id):
        """All lines of an invoice, a page at a time.

        :rtype: Iterator[dict]
        """
        return self._all(f"invoices/{_id(id)}/items.json")

    # === REQUEST HELPERS === #

    def _all(self, path):
        previous = None
        for page in range(1, _MAX_PAGES + 1):
            rows = self._page(path, page, MAX_LIMIT, {})
            if rows and rows == previous:
                raise BadAnswer(
                    "The same page came twice.", code="lightspeed.bad_answer"
                )
            yield from rows
            # A page may hold fewer rows than were asked for (3.2).
            if len(rows) < DEFAULT_LIMIT:
                return
            previous = rows
        raise BadAnswer("The pages do not end.", code="lightspeed.bad_answer")

    def _page(self, path, page, limit, filters):
        return self._list(path, self._paging(page, limit, filters))

    def _paging(self, page, limit, filters):
        if page < 1 or not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"Page from 1, limit from 1 to {MAX_LIMIT}.")
        return {**_filters(filters), "limit": limit, "page": page}

    def _list(self, path, params):
        rows = self._rows(path, params)
        if not all(isinstance(row, dict) for row in rows):
            raise _shape(path)
        return rows

    def _count(self, path, filters):
        count = self._get(path, _filters(filters))
        if isinstance(count, bool) or not isinstance(count, int):
            raise _shape(path)
        if not 0 <= count <= _MAX_COUNT:
            raise _shape(path)
        return count

    def _rows(self, path, params):
        rows = self._get(path, params)
        if not isinstance(rows, list):
            raise _shape(path)
        return rows

    def _object(self, path):
        data = self._get(path, {})
        if not isinstance(data, dict):
            raise _shape(path)
        return data

    def _get(self, path, params):
        """What is under the only key of the answer (reference 3.1)."""
        return self._content(*self._send("GET", path, params=params), path)

    def _write(self, method, path, content=None):
        """What is under the only key of the answer; nothing after a DELETE (3.1).

        A lost answer says nothing about what became of it: look before doing it again.
        """
        body = dumps(content) if content else None
        answer, data = self._send(method, path, body=body)
        if method == "DELETE":
            return None
        row = self._content(answer, data, path)
        if not isinstance(row, dict):
            raise _shape(path)
        return row

    def _send(self, method, path, *, params=None, body=None):
        """The answer to one call and its JSON, when it is no refusal."""
        self._quota.check(self._transport.now(), self._reserve)
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = self._transport.request(
                method,
                self._root + path,
                params=params,
                headers=headers,
                data=body,
                auth=self._auth,
            )
        except TemporaryError as error:
            if error.landed is None:
                self._quota.used()
            raise
        now = self._transport.now()
        if answer.date is not None:
            ahead = timedelta(seconds=(now - answer.date) // timedelta(seconds=1))
            self._clock_ahead = ahead if ahead >= _CLOCK_NOISE else timedelta()
        if not self._quota.update_lightspeed(answer.headers, now):
            self._quota.used()
        data = json_body(answer)
        _raise_refusal(answer, data, path, now)
        return answer, data

    def _content(self, answer, data, path):
        if data is None:
            raise unreadable(answer, "lightspeed")
        if not isinstance(data, dict) or len(data) != 1:
            raise _shape(path)
        return next(iter(data.values()))


def _filters(filters):
    """Times as Lightspeed reads them: ``YYYY-MM-DD HH:MM:SS`` in UTC.

    In which zone it reads them is not documented (reference 3.2): overlap by hours.

    :raise ValueError: a time without zone
    """
    written = {}
    for name, value in filters.items():
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError(f"{name}: a time needs its zone.")
            value = value.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
        written[name] = value
    return written


def _shape(path):
    return BadAnswer(
        f"The answer on {path} is not of the kind that is documented.",
        code="lightspeed.bad_answer",
    )


# ------------------------------------------------------------------------- refusals


def _raise_refusal(answer, body, path, now):
    """Turn an error status, or an error body of whatever status, into an exception."""
    error = body.get("error") if isinstance(body, dict) else None
    status = answer.status
    if status < 400:
        if error is None:
            return
        status = _error_status(error)
    detail = sentence(error.get("message")) if isinstance(error, dict) else ""
    if not detail:
        detail = sentence(error) or f"Answered {status}."
    area = path.split("/")[0].removesuffix(".json")
    raise _refusal(status, detail, area, answer, body, now)


def _error_status(error):
    """The status in an error body: a number or its text, else 500 (reference 3.4)."""
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, str) and code.strip().isdigit():
        code = int(code)
    known = isinstance(code, int) and 400 <= code <= 599
    return code if known else 500


def _refusal(status, detail, area, answer, body, now):
    plain = {
        401: (AuthenticationError, "lightspeed.unauthorized"),
        400: (BadRequest, "lightspeed.bad_request"),
        405: (BadRequest, "lightspeed.method"),
        408: (TemporaryError, "lightspeed.unavailable"),
    }
    if status == 403:
        return AccessDenied(
            detail, reason=area, code="lightspeed.forbidden", status=status
        )
    if status == 404:
        language = detail.lower() == _LANGUAGE_MESSAGE
        code = "lightspeed.language" if language else "lightspeed.not_found"
        return NotFound(detail, code=code, status=status)
    if status == 429:
        return _rate_limited(detail, answer, now)
    if status in plain:
        error, code = plain[status]
        return error(detail, code=code, status=status)
    if status >= 500:
        return TemporaryError(detail, code="lightspeed.unavailable", status=status)
    return Rejected(
        detail,
        messages=_messages(body) or (detail,),
        code="lightspeed.rejected",
        status=status,
    )


def _messages(body):
    """The sentences of an ``errors`` map, at the top or inside ``error`` (3.4)."""
    error = body.get("error") if isinstance(body, dict) else None
    for holder in (error, body):
        errors = holder.get("errors") if isinstance(holder, dict) else None
        if isinstance(errors, dict):
            return tuple(
                f"{sentence(str(field), 60)}: {sentence(str(text))}"
                for field, text in list(errors.items())[:20]
            )
    return ()


def _rate_limited(detail, answer, now):
    """How long to wait after a 429 (reference 2).

    The largest reset of the windows that are used up; without any, ``Retry-After``
    as seconds or as a date; else a minute.
    """
    spent = [w for w in lightspeed_windows(answer.headers, now) if w.remaining <= 0]
    retry_at, window = now + _UNKNOWN_WAIT, ""
    if spent:
        last = max(spent, key=lambda each: each.reset_at)
        retry_at, window = last.reset_at, last.name
    else:
        wait = _retry_after(answer.headers.get("Retry-After"), answer.date or now)
        if wait is not None:
            retry_at = now + wait
    return RateLimited(
        detail,
        retry_at=retry_at,
        window=window,
        code="lightspeed.rate_limited",
        status=429,
    )


def _retry_after(text, vendor_now):
    """The wait that a ``Retry-After`` header asks for, at most a day; or ``None``."""
    text = (text or "").strip()
    moment = None
    if re.fullmatch(r"\d{1,9}", text):
        moment = vendor_now + timedelta(seconds=int(text))
    else:
        for read in (email.utils.parsedate_to_datetime, datetime.fromisoformat):
            try:
                moment = read(text)
            except (TypeError, ValueError, IndexError):
                continue
            break
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    wait = moment - vendor_now
    return min(max(wait, timedelta(seconds=1)), timedelta(days=1))
