"""The Lightspeed client against scripted answers."""

import base64
import contextlib
import hashlib
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting import payload as read
from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold
from odoo.addons.lightspeed_exact_connector.clients import errors
from odoo.addons.lightspeed_exact_connector.clients.lightspeed import (
    LightspeedClient,
    app_password,
    verify_install,
)
from odoo.addons.lightspeed_exact_connector.clients.quota import Quota
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from tests.clients.scripted import NOW, Clock, Scripted, closes, reply

# The test vector of Lightspeed reference 1.3.
APP_SECRET = "fedcba9876543210fedcba9876543210"
INSTALL = {
    "language": "nl",
    "shop_id": "123456",
    "timestamp": "1735689600",
    "token": "0123456789abcdef0123456789abcdef",
    "signature": "27d8ddc8fffcfebdacce28ccb1ff651f",
}


@pytest.fixture
def make():
    """A client of a scripted server, from its steps."""
    opened = contextlib.ExitStack()

    def client_of(*steps, quota=None, **kwargs):
        server = opened.enter_context(Scripted(*steps))
        transport = opened.enter_context(Transport(clock=Clock()))
        client = LightspeedClient(
            server.url,
            "nl",
            "k" * 32,
            "s" * 32,
            transport=transport,
            quota=Quota() if quota is None else quota,
            **kwargs,
        )
        return client, server

    yield client_of
    opened.close()


def error_body(code, message):
    return {
        "error": {
            "code": code,
            "method": "GET",
            "request": "/nl/orders.json",
            "message": message,
        }
    }


def limits(remaining, reset="202/802/8002"):
    return {
        "X_RateLimit_Limit": "300/3000/12000",
        "X_RateLimit_Remaining": remaining,
        "X_RateLimit_Reset": reset,
    }


# === INSTALL === #


def test_the_password_of_an_app():
    expected = "48a21658bef9d4a8de881f6ae5ac4d6f"
    assert app_password(INSTALL["token"], APP_SECRET) == expected


def test_a_signed_install_is_believed():
    assert verify_install(INSTALL, APP_SECRET)
    assert verify_install({**INSTALL, "cluster_id": "eu1"}, APP_SECRET)


def test_a_signature_over_the_cluster_too_is_believed():
    text = "cluster_id=eu1language=nlshop_id=123456timestamp=1735689600"
    text += f"token={INSTALL['token']}{APP_SECRET}"
    signature = hashlib.md5(text.encode()).hexdigest()
    signed = {**INSTALL, "cluster_id": "eu1", "signature": signature}
    assert verify_install(signed, APP_SECRET)
    assert not verify_install({**signed, "cluster_id": "us1"}, APP_SECRET)


@pytest.mark.parametrize(
    "change",
    [
        {"shop_id": "123457"},
        {"language": "en"},
        {"timestamp": ""},
        {"token": None},
        {"signature": ""},
        {"signature": None},
        {"signature": "é"},
        {"signature": "27d8ddc8fffcfebdacce28ccb1ff651e"},
    ],
)
def test_an_install_that_was_tampered_with_is_refused(change):
    assert not verify_install({**INSTALL, **change}, APP_SECRET)
    assert not verify_install({}, APP_SECRET)


def test_without_a_secret_no_signature_is_believed():
    text = "language=nlshop_id=123456timestamp=1735689600token=" + INSTALL["token"]
    unsigned = {**INSTALL, "signature": hashlib.md5(text.encode()).hexdigest()}
    assert not verify_install(unsigned, "")


# === CALLS === #


def test_a_page_of_orders(make):
    orders = [{"id": 1, "priceIncl": 0.1}]
    client, server = make(reply(200, {"orders": orders}))
    zone = timezone(timedelta(hours=1))
    rows = client.orders(
        2, updated_at_min=datetime(2026, 11, 23, 0, 30, tzinfo=zone), since_id=5
    )
    assert rows == [{"id": 1, "priceIncl": Decimal("0.1")}]
    (request,) = server.requests
    assert request.target == (
        "/nl/orders.json?updated_at_min=2026-11-22%2023%3A30%3A00"
        "&since_id=5&limit=250&page=2"
    )
    basic = base64.b64encode(b"k" * 32 + b":" + b"s" * 32).decode()
    assert request.headers["authorization"] == f"Basic {basic}"


def test_a_time_without_a_zone_is_refused(make):
    client, server = make()
    with pytest.raises(ValueError, match="updated_at_min"):
        client.orders(1, updated_at_min=datetime(2026, 11, 23))
    assert server.requests == []


@pytest.mark.parametrize(
    ("call", "target", "body", "result"),
    [
        (lambda c: c.account(), "account.json", {"account": {"id": 1}}, {"id": 1}),
        (
            lambda c: c.permissions(),
            "account/permissions.json",
            {"accountPermissions": {"orders": {}}},
            {"orders": {}},
        ),
        (lambda c: c.shop(), "shop.json", {"shop": {"id": 1}}, {"id": 1}),
        (lambda c: c.company(), "shop/company.json", {"x": {"a": 1}}, {"a": 1}),
        (lambda c: c.taxes(), "taxes.json?limit=250", {"taxes": []}, []),
        (lambda c: c.languages(), "languages.json?limit=250", {"l": []}, []),
        (
            lambda c: c.customstatuses(),
            "orders/customstatuses.json?limit=250",
            {"customStatuses": [{"id": 1}]},
            [{"id": 1}],
        ),
        (
            lambda c: c.order_count(status="x"),
            "orders/count.json?status=x",
            {"count": 7},
            7,
        ),
        (lambda c: c.order("12"), "orders/12.json", {"order": {"id": 12}}, {"id": 12}),
        (
            lambda c: c.order_products(12, 3),
            "orders/12/products.json?limit=250&page=3",
            {"orderProducts": []},
            [],
        ),
        (
            lambda c: c.invoices(order=12),
            "invoices.json?order=12&limit=250&page=1",
            {"invoices": []},
            [],
        ),
        (
            lambda c: c.invoice_items(9),
            "invoices/9/items.json?limit=250&page=1",
            {"invoiceItems": []},
            [],
        ),
        (
            lambda c: c.invoice(9),
            "invoices/9.json",
            {"invoice": {"id": 9}},
            {"id": 9},
        ),
        (
            lambda c: c.invoice_count(order=12),
            "invoices/count.json?order=12",
            {"count": 2},
            2,
        ),
        (
            lambda c: list(c.iter_invoice_items(9)),
            "invoices/9/items.json?limit=250&page=1",
            {"invoiceItems": [{"id": 1}]},
            [{"id": 1}],
        ),
        (
            lambda c: c.tax_overrides(5),
            "taxes/5/overrides.json?limit=250&page=1",
            {"taxOverrides": [{"id": 1}]},
            [{"id": 1}],
        ),
    ],
)
def test_every_call_reads_its_own_address(make, call, target, body, result):
    client, server = make(reply(200, body))
    assert call(client) == result
    assert server.requests[0].target == f"/nl/{target}"


def test_all_products_of_an_order_are_read(make):
    many = [{"id": number} for number in range(300)]
    client, server = make(
        reply(200, {"orderProducts": many[:250]}),
        reply(200, {"orderProducts": many[250:290]}),
    )
    assert list(client.iter_order_products(1)) == many[:290]
    assert len(server.requests) == 2


def test_pages_that_are_smaller_than_asked_for_are_read_to_the_end(make):
    many = [{"id": number} for number in range(130)]
    client, server = make(
        reply(200, {"orderProducts": many[:50]}),
        reply(200, {"orderProducts": many[50:100]}),
        reply(200, {"orderProducts": many[100:]}),
    )
    assert list(client.iter_order_products(1)) == many
    assert len(server.requests) == 3


def test_an_order_that_makes_no_sense_does_not_hide_the_others(make):
    client, _server = make(reply(200, {"orders": [1, {"id": 2}]}))
    assert client.orders(1) == [1, {"id": 2}]


def test_an_invoice_that_makes_no_sense_does_not_hide_the_others(make):
    rows = [None, {"id": 2}]
    client, _server = make(reply(200, {"invoices": rows}))
    assert client.invoices() == rows


def test_the_lines_of_an_invoice_make_sense_or_none_is_taken(make):
    client, _server = make(reply(200, {"invoiceItems": [None, {"id": 2}]}))
    with pytest.raises(errors.BadAnswer):
        list(client.iter_invoice_items(9))


def test_a_full_last_page_is_followed_by_an_empty_one(make):
    many = [{"id": number} for number in range(250)]
    client, _server = make(reply(200, {"a": many}), reply(200, {"a": []}))
    assert list(client.iter_order_products(1)) == many


def test_a_page_that_comes_twice_ends_it(make):
    same = reply(200, {"a": [{"id": number} for number in range(250)]})
    client, _server = make(same, same, same)
    with pytest.raises(errors.BadAnswer):
        list(client.iter_order_products(1))


@pytest.mark.parametrize("identity", ["1/../2", "", "1.5", True, None, "²"])
def test_only_numbers_get_into_a_path(make, identity):
    client, server = make()
    with pytest.raises(ValueError, match="whole numbers"):
        client.order(identity)
    assert server.requests == []


@pytest.mark.parametrize("language", ["", None, "NL", "nld", "n/", "../"])
def test_a_language_is_two_letters(language):
    with pytest.raises(errors.BadRequest) as caught:
        LightspeedClient(
            "https://api.webshopapp.com", language, "", "", transport=None, quota=None
        )
    assert caught.value.code == "lightspeed.language"


# === REFUSALS === #


@pytest.mark.parametrize(
    ("status", "message", "kind", "code"),
    [
        (400, "Invalid data input.", errors.BadRequest, "bad_request"),
        (401, "Access denied.", errors.AuthenticationError, "unauthorized"),
        (403, "Forbidden.", errors.AccessDenied, "forbidden"),
        (404, "Unknown.", errors.NotFound, "not_found"),
        (404, "UNKNOWN or inactive language.", errors.NotFound, "language"),
        (405, "Method.", errors.BadRequest, "method"),
        (408, "Slow.", errors.TemporaryError, "unavailable"),
        (409, "Conflict.", errors.Rejected, "rejected"),
        (422, "Invalid.", errors.Rejected, "rejected"),
        (500, "Oops.", errors.TemporaryError, "unavailable"),
        (503, "Maintenance.", errors.TemporaryError, "unavailable"),
    ],
)
@pytest.mark.parametrize("form", ["status", "body", "text", "html"])
def test_refusals_are_typed(make, status, message, kind, code, form):
    body = error_body(str(status) if form == "text" else status, message)
    answer = reply(status if form == "status" else 200, body)
    if form == "html":
        if code == "language":
            code = "not_found"
        answer = reply(status, f"<html>{message}</html>", "text/html")
    client, _server = make(answer)
    with pytest.raises(errors.ConnectorError) as caught:
        client.orders(1)
    error = caught.value
    assert type(error) is kind
    assert error.code == f"lightspeed.{code}"
    assert error.status == status
    assert error.detail == (message if form != "html" else f"Answered {status}.")
    if kind is errors.AccessDenied:
        assert error.reason == "orders"


def test_an_error_without_a_usable_code_is_temporary(make):
    client, _server = make(reply(200, {"error": "Oops"}))
    with pytest.raises(errors.TemporaryError) as caught:
        client.shop()
    assert caught.value.detail == "Oops"


def test_the_messages_of_a_validation_are_kept(make):
    body = {"error": {"code": 422, "errors": {"limit": "too large", "page": 0}}}
    client, _server = make(reply(422, body))
    with pytest.raises(errors.Rejected) as caught:
        client.orders(1)
    assert caught.value.messages == ("limit: too large", "page: 0")


@pytest.mark.parametrize(
    "answer",
    [
        reply(200, "<html>maintenance</html>", "text/html"),
        reply(200, b""),
        reply(200, '{"orders": ['),
        reply(200, b'{"orders": [{"a": "\xe9"}]}'),
        reply(200, '{"a":' * 100_000),
        reply(200, "null"),
        reply(200, "[]"),
        reply(200, {}),
        reply(200, {"orders": [], "more": 1}),
        reply(200, {"orders": {}}),
        reply(204, b"", Content_Length=None),
    ],
)
def test_what_is_not_the_documented_json_is_a_bad_answer(make, answer):
    client, _server = make(answer)
    with pytest.raises(errors.BadAnswer) as caught:
        client.orders(1)
    assert caught.value.code == "lightspeed.bad_answer"
    assert "<" not in caught.value.detail


@pytest.mark.parametrize(
    "number", ["NaN", "-Infinity", "1e99999999999999999999", "9" * 5000]
)
def test_a_number_that_is_none_does_not_hide_the_other_rows(make, number):
    text = '{"orders": [{"id": 1}, {"id": 2, "priceIncl": ' + number + "}]}"
    client, _server = make(reply(200, text))
    first, second = client.orders(1)
    assert first == {"id": 1}
    with pytest.raises(Hold):
        read.total(second["priceIncl"], "priceIncl")


@pytest.mark.parametrize("call", ["account", "shop", "order_count", "invoice_count"])
def test_a_list_is_not_an_object(make, call):
    client, _server = make(reply(200, {"x": []}))
    with pytest.raises(errors.BadAnswer):
        getattr(client, call)()


# === QUOTA === #


@pytest.mark.parametrize(
    ("headers", "seconds", "window"),
    [
        (limits("-1/100/100"), 203, "5min"),
        (limits("-1/0/100"), 803, "hour"),
        (limits("5/5/-1"), 8003, "day"),
        (limits("-1/100/100") | {"Retry_After": "5"}, 203, "5min"),
        ({"Retry_After": "17"}, 17, ""),
        (limits("5/5/5") | {"Retry_After": "17"}, 17, ""),
        ({"Retry_After": "Mon, 23 Nov 2026 08:18:55 GMT"}, 30, ""),
        ({"Retry_After": "2026-11-23T08:18:45+00:00"}, 20, ""),
        ({"Retry_After": "2020-11-23T08:18:45+00:00"}, 1, ""),
        ({"Retry_After": "999999999"}, 86400, ""),
        ({"Retry_After": "soon"}, 60, ""),
        ({}, 60, ""),
    ],
)
def test_how_long_to_wait_after_a_429(make, headers, seconds, window):
    body = error_body(429, "Too many requests in this time period. Try again later.")
    client, server = make(reply(429, body, **headers))
    with pytest.raises(errors.RateLimited) as caught:
        client.orders(1)
    assert caught.value.retry_at == NOW + timedelta(seconds=seconds)
    assert caught.value.window == window
    assert caught.value.landed is False
    if window:
        with pytest.raises(errors.RateLimited):
            client.orders(1)
        assert len(server.requests) == 1, "no second call into a closed window"


def test_the_quota_is_learned_and_kept(make):
    client, server = make(reply(200, {"orders": []}, **limits("0/5/5")))
    client.orders(1)
    with pytest.raises(errors.RateLimited):
        client.orders(2)
    assert len(server.requests) == 1


def test_a_reserve_of_the_day_is_left(make):
    client, _server = make(reply(200, {"orders": []}, **limits("5/5/50")), reserve=50)
    client.orders(1)
    with pytest.raises(errors.RateLimited) as caught:
        client.orders(2)
    assert caught.value.window == "day"


def test_lost_calls_count_too(make):
    quota = Quota()
    client, _server = make(
        reply(200, {"orders": []}, close=True, **limits("9/9/9")),
        closes,
        reply(200, {"orders": []}),
        quota=quota,
    )
    client.orders(1)
    with pytest.raises(errors.TemporaryError):
        client.orders(1)
    assert quota.windows["day"].remaining == 8
    client.orders(1)
    assert quota.windows["day"].remaining == 7
