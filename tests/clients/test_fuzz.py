"""Whatever a vendor answers: a value, or one of the errors that a client promises."""

import gzip
import json
import logging
import os
from contextlib import closing, contextmanager, suppress
from datetime import timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from odoo.addons.lightspeed_exact_connector.accounting.money import dumps
from odoo.addons.lightspeed_exact_connector.clients import (
    invoice_file,
    refusals,
    transport,
    wire,
)
from odoo.addons.lightspeed_exact_connector.clients.errors import (
    BadAnswer,
    ConnectorError,
)
from odoo.addons.lightspeed_exact_connector.clients.exact import ExactClient
from odoo.addons.lightspeed_exact_connector.clients.exact_oauth import ExactOAuth
from odoo.addons.lightspeed_exact_connector.clients.lightspeed import (
    LightspeedClient,
    verify_install,
)
from odoo.addons.lightspeed_exact_connector.clients.odata import any_of, chunks
from odoo.addons.lightspeed_exact_connector.clients.quota import Quota
from odoo.addons.lightspeed_exact_connector.clients.transport import Answer, Transport
from odoo.addons.lightspeed_exact_connector.clients.vies import ViesClient

from tests.accounting.anything import ANYTHING, NASTY, TEXTS
from tests.clients.scripted import NOW, Scripted, sends

#: ``LEC_FUZZ=20`` tries twenty times as much.
EXAMPLES = 20 * int(os.environ.get("LEC_FUZZ", "1"))
HOST = "https://example.com"


class Said:
    """In place of a transport: gives one answer to whatever is asked."""

    def __init__(self, answer):
        self.answer = answer

    def now(self):
        return NOW

    def close(self):
        """Nothing is open."""

    def request(self, *_args, **_kwargs):
        return self.answer


def answer(status=200, content=b"", headers=None, content_type="application/json"):
    """Return an answer as the transport makes it of these bytes."""
    headers = CaseInsensitiveDict(headers or {})
    text, intact = transport._decode(content, content_type)
    return Answer(
        status=status,
        headers=headers,
        text=text,
        content_type=content_type,
        date=transport._date(headers.get("Date")),
        seconds=0,
        intact=intact,
        content=content,
    )


def _lightspeed(said):
    client = LightspeedClient(HOST, "nl", "k", "s", transport=said, quota=Quota())
    return {
        "account": client.account,
        "permissions": client.permissions,
        "shop": client.shop,
        "company": client.company,
        "taxes": client.taxes,
        "tax_overrides": lambda: client.tax_overrides(1),
        "languages": client.languages,
        "customstatuses": client.customstatuses,
        "order_count": client.order_count,
        "orders": lambda: client.orders(1),
        "order": lambda: client.order(1),
        "order_products": lambda: list(client.iter_order_products(1)),
        "invoice_count": client.invoice_count,
        "invoices": client.invoices,
        "invoice": lambda: client.invoice(1),
        "invoice_items": lambda: list(client.iter_invoice_items(1)),
        "product_count": client.product_count,
        "products": lambda: client.products(1, 50),
        "variants": lambda: client.variants(1, 50),
        "brands": lambda: client.brands(1, 50),
    }


def _exact(said):
    client = ExactClient(HOST, 1, lambda: "token", transport=said, quota=Quota())
    key = "x(guid'6f6a0c9e-0c3c-4d2e-9a2f-0f1d1f0a7c01')"
    return {
        "list": lambda: list(client.list("crm/Accounts", ["ID"])),
        "get": lambda: client.get(key, ["ID"]),
        "me": client.me,
        "divisions": client.divisions,
        "has_right": lambda: client.has_right("salesentry/SalesEntries", "POST"),
        "post": lambda: client.post("salesentry/SalesEntries", {}),
        "put": lambda: client.put(key, {}),
        "delete": lambda: client.delete(key),
    }


def _others(said):
    oauth = ExactOAuth(HOST, "id", "secret", "https://x.example", transport=said)
    vies = ViesClient(HOST, transport=said)
    return {
        "exchange": lambda: oauth.exchange("code"),
        "refresh": lambda: oauth.refresh("token"),
        "vies": lambda: vies.check("NL000099998B57", "DE100000008"),
        "invoice_file": lambda: invoice_file.fetch(said, HOST),
    }


def _calls(said):
    return {**_lightspeed(said), **_exact(said), **_others(said)}


CALLS = sorted(_calls(Said(None)))


def _typed(call):
    """Return what a call gives; anything but a promised error is a fault."""
    try:
        return call()
    except ConnectorError as error:
        assert error.code
        assert isinstance(error.detail, str)
        error.detail.encode("utf-8")
        assert "\x00" not in error.detail
        assert len(error.detail) <= 1000
        return None


STATUSES = st.one_of(
    st.sampled_from([200, 201, 204, 400, 401, 403, 404, 405, 408, 422, 429, 500, 503]),
    st.integers(200, 299),
    st.integers(400, 999),
)
NUMBERS = st.one_of(
    st.text("0123456789-+/. _e", max_size=12),
    st.integers().map(str),
    st.integers(0, 10**400).map(str),
    st.text(st.characters(max_codepoint=255), max_size=10),
)
MOMENTS = st.one_of(
    NUMBERS,
    st.sampled_from(
        [
            "Mon, 23 Nov 2026 08:18:25 GMT",
            "Fri, 31 Dec 9999 23:59:59 -1400",
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "Mon, 01 Jan 0001 00:00:00 +1400",
            "Mon, 99 Foo 2026 99:99:99 GMT",
            "Mon, 23 Nov 2026 08:18:25 +999999999",
            "9999-12-31T23:59:59+00:00",
        ]
    ),
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Date": MOMENTS,
        "Retry-After": MOMENTS,
        "X-RateLimit-Limit": NUMBERS,
        "X-RateLimit-Remaining": NUMBERS,
        "X-RateLimit-Reset": NUMBERS,
        "X-RateLimit-Minutely-Limit": NUMBERS,
        "X-RateLimit-Minutely-Remaining": NUMBERS,
        "X-RateLimit-Minutely-Reset": NUMBERS,
        "Reason": st.text(st.characters(max_codepoint=255), max_size=20),
    },
)


def _wrapped(value):
    """Return JSON bytes of a value in the vendors' own wrappings, or bare."""
    try:
        text = dumps(value)
    except (TypeError, ValueError):
        text = json.dumps(value, default=str)
    forms = ['{"order": %s}', '{"d": %s}', '{"d": {"results": %s}}', "%s"]
    forms += ['{"d": {"results": [%s]}}', '{"orders": [%s]}', '{"error": %s}']
    forms += ['{"error": {"message": {"value": %s}}}', '{"d": {"__next": %s}}']
    forms += ['{"access_token": %s, "refresh_token": "r", "expires_in": 600}']
    forms += ['{"access_token": "a", "refresh_token": "r", "expires_in": %s}']
    forms += ['{"valid": true, "vatNumber": %s}', '{"errorWrappers": [%s]}']
    return [(form % text).encode("utf-8", "surrogatepass") for form in forms]


# === CLIENTS === #


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(ANYTHING, STATUSES, HEADERS, st.data())
def test_any_json_is_a_value_or_a_typed_error(name, value, status, headers, data):
    body = data.draw(st.sampled_from(_wrapped(value)))
    _typed(_calls(Said(answer(status, body, headers)))[name])


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.binary(max_size=200),
    STATUSES,
    HEADERS,
    st.sampled_from(["application/json", "text/html", "x; charset=utf-7", "", "\xff"]),
)
def test_any_bytes_are_a_value_or_a_typed_error(name, body, status, headers, kind):
    _typed(_calls(Said(answer(status, body, headers, kind)))[name])


@pytest.mark.parametrize("name", CALLS)
def test_every_nasty_value_is_a_value_or_a_typed_error(name):
    for value in NASTY:
        for place, body in enumerate(_wrapped(value)):
            status = (200, 200, 400, 429, 500)[place % 5]
            _typed(_calls(Said(answer(status, body)))[name])


@pytest.mark.parametrize("depth", [90, 500, 990, 100_000])
def test_nesting_is_a_value_or_a_typed_error(depth):
    deep = ("[" * depth + "]" * depth).encode()
    for body in (deep, b'{"d": %s}' % deep, b'{"error": {"message": %s}}' % deep):
        for name, call in _calls(Said(answer(200, body))).items():
            assert name in CALLS
            _typed(call)


@pytest.mark.parametrize(
    "count", ["-1", "2147483648", "1" + "0" * 400, "1.0", "1e3", "null", "true", '"5"']
)
def test_a_count_that_is_none_is_refused(count):
    said = Said(answer(200, b'{"count": %s}' % count.encode()))
    for name in ("order_count", "invoice_count", "product_count"):
        with pytest.raises(BadAnswer):
            _lightspeed(said)[name]()


def test_a_division_that_is_none_is_refused():
    client = ExactClient(
        HOST,
        None,
        lambda: "token",
        transport=Said(answer(200, b'{"d": {"CurrentDivision": true}}')),
        quota=Quota(),
    )
    with pytest.raises(BadAnswer):
        client.divisions()


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(HEADERS, st.datetimes(timezones=st.just(timezone.utc)))
def test_any_headers_give_windows_or_none(headers, now):
    headers = CaseInsensitiveDict(headers)
    quota = Quota()
    quota.update_lightspeed(headers, NOW)
    quota.update_exact(headers, NOW, transport._date(headers.get("Date")), refused=True)
    for window in quota.windows.values():
        # However far off the vendor's clock is, nobody waits longer than the window.
        assert (window.reset_at - NOW).total_seconds() <= 86_400 + 62
    quota.used()
    kept = Quota.from_json(json.loads(json.dumps(quota.to_json())))
    assert kept.windows == quota.windows
    assert transport._date(headers.get("Date")) is None or now.tzinfo


@settings(max_examples=EXAMPLES, deadline=None)
@given(ANYTHING)
def test_a_stored_quota_that_makes_no_sense_is_forgotten(value):
    Quota.from_json(value if isinstance(value, dict) else {"day": value})


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(TEXTS, TEXTS, max_size=6), TEXTS)
def test_the_parameters_of_an_installation_are_judged(params, secret):
    names = ["language", "shop_id", "timestamp", "token", "signature", "cluster_id"]
    for filled in (params, {name: "\ud800" for name in names}, dict.fromkeys(names)):
        assert verify_install(filled, secret) in (True, False)


# === TEXTS OF THE WIRE === #


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(st.one_of(ANYTHING, st.text(st.characters(), max_size=100)))
def test_a_sentence_can_be_kept(value):
    found = wire.sentence(value)
    found.encode("utf-8")
    assert "\x00" not in found
    assert len(found) <= wire.DETAIL_LENGTH
    refusals.classify([value, found])


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_any_address_is_checked(text):
    _typed(lambda: wire.checked_url(text))
    _typed(lambda: wire.checked_url(f"https://{text}"))
    _typed(lambda: invoice_file.checked_template(f"https://example.com/{text}"))
    assert wire.same_origin(text, "https://example.com") in (True, False)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.one_of(st.text(), st.integers(), st.booleans()), max_size=80))
def test_any_values_make_filters_that_fit(values):
    found = list(chunks("Code", values))
    assert [value for chunk in found for value in chunk] == values
    for chunk in found:
        assert any_of("Code", chunk)


# === THE TRANSPORT: BYTES OF A REAL CONNECTION === #

LINES = st.one_of(
    st.just(b"HTTP/1.1 200 OK\r\n"),
    st.builds(b"HTTP/1.1 %d x\r\n".__mod__, st.integers(0, 999)),
    st.binary(max_size=30),
)
HEADS = st.lists(
    st.one_of(
        st.sampled_from(
            [
                b"Content-Length: 5\r\n",
                b"Content-Length: -1\r\n",
                b"Content-Length: \xb2\r\n",
                b"Content-Length: 99999999999999999999\r\n",
                b"Content-Encoding: gzip\r\n",
                b"Transfer-Encoding: chunked\r\n",
                b"Content-Type: application/json; charset=rot13\r\n",
                b"Content-Type: \xff\xfe\r\n",
                b"Date: Fri, 31 Dec 9999 23:59:59 -1400\r\n",
                b"Location: //\x00\r\n",
                b"X: " + b"y" * 70_000 + b"\r\n",
            ]
        ),
        st.binary(max_size=30),
    ),
    max_size=4,
).map(b"".join)


@contextmanager
def _quiet(name):
    """Keep a library from warning about what is sent to it on purpose."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@settings(
    max_examples=2 * EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(LINES, HEADS, st.binary(max_size=60))
def test_any_bytes_of_a_connection_are_an_answer_or_a_typed_error(line, head, body):
    data = line + head + b"\r\n" + body
    with (
        _quiet("urllib3"),
        Scripted(sends(data), sends(data)) as server,
        closing(Transport(sleep=lambda _s: None, timeout=(2, 2))) as http,
    ):
        found = _typed(lambda: http.request("GET", server.url))
        assert found is None or isinstance(found, Answer)


@pytest.mark.parametrize("form", ["plain", "chunked", "gzip"])
def test_an_answer_that_does_not_end_is_cut_off(form):
    """Memory is bounded: by what is unpacked, whatever its length says."""
    piece = b" " * (1024 * 1024)
    size = transport.MAX_BYTES // len(piece) + 2
    if form == "plain":
        head, parts = b"", [piece] * size
    elif form == "chunked":
        head = b"Transfer-Encoding: chunked\r\n"
        parts = [b"%x\r\n%s\r\n" % (len(piece), piece)] * size
    else:
        head, parts = b"Content-Encoding: gzip\r\n", [gzip.compress(piece * size)]

    def step(sock):
        sock.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n")
        with suppress(OSError):
            for part in parts:
                sock.sendall(part)
        return False

    with Scripted(step) as server, closing(Transport()) as http:
        with pytest.raises(BadAnswer) as caught:
            http.request("GET", server.url)
        assert caught.value.code == "transport.too_large"
