"""The Exact client against scripted answers."""

import contextlib
import logging
from datetime import timedelta
from decimal import Decimal
from urllib.parse import unquote

import pytest

from odoo.addons.lightspeed_exact_connector.clients import errors
from odoo.addons.lightspeed_exact_connector.clients.exact import ExactClient, quote
from odoo.addons.lightspeed_exact_connector.clients.quota import Quota, Window
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from tests.clients.scripted import NOW, Clock, Scripted, closes, reply, resets, sends

ACCOUNTS = "/api/v1/123456/crm/Accounts"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(clock):
    """A client of a scripted server, from its steps."""
    opened = contextlib.ExitStack()

    def client_of(*steps, division=123456, token="geheim-token", quota=None, **kwargs):
        server = opened.enter_context(Scripted(*steps))
        transport = opened.enter_context(Transport(clock=clock))
        client = ExactClient(
            server.url,
            division,
            lambda: token,
            transport=transport,
            quota=Quota() if quota is None else quota,
            **kwargs,
        )
        return client, server

    yield client_of
    opened.close()


def error_body(*sentences):
    value = "\r\n".join(sentences)
    return {"error": {"code": "", "message": {"lang": "", "value": value}}}


def limits(minute=None, day=None):
    headers = {}
    if minute is not None:
        headers["X_RateLimit_Minutely_Remaining"] = str(minute)
        headers["X_RateLimit_Minutely_Reset"] = str(int(NOW.timestamp() + 35) * 1000)
    if day is not None:
        headers["X_RateLimit_Remaining"] = str(day)
        headers["X_RateLimit_Reset"] = str(int(NOW.timestamp() + 9000) * 1000)
    return headers


# === READ === #


def test_a_list_asks_as_exact_wants_it(make):
    client, server = make(reply(200, {"d": {"results": [{"ID": "a", "N": 0.1}]}}))
    rows = client.list(
        "crm/Accounts",
        ["ID", "Name"],
        filter="Name eq " + quote("O'Brien & Zn + 1"),
        orderby="Modified asc",
        top=100,
        expand="BankAccounts",
    )
    assert list(rows) == [{"ID": "a", "N": Decimal("0.1")}]
    (request,) = server.requests
    assert request.headers["accept"] == "application/json"
    assert request.headers["authorization"] == "Bearer geheim-token"
    assert unquote(request.target) == (
        f"{ACCOUNTS}?$select=ID,Name&$filter=Name eq 'O''Brien & Zn + 1'"
        "&$orderby=Modified asc&$top=100&$expand=BankAccounts"
    )
    assert "+" not in request.target
    assert request.target.count("&") == 4


@pytest.mark.parametrize("shape", ["array", "results", "counted"])
def test_both_shapes_of_a_list_are_read(make, shape):
    rows = [{"ID": "a"}, {"ID": "b"}]
    data = {
        "array": rows,
        "results": {"results": rows},
        "counted": {"__count": "2", "results": rows},
    }[shape]
    client, _server = make(reply(200, {"d": data}))
    assert list(client.list("crm/Accounts", "ID")) == rows


@pytest.mark.parametrize("following", ["absolute", "relative", "query"])
def test_pages_are_followed(make, following):
    client, server = make()
    query = (
        "?$select=ID&$top=40&$skiptoken=datetime'2018-09-21T04%3A18%3A55.617',guid'x'"
    )
    link = {
        "absolute": f"{server.url}{ACCOUNTS}{query}",
        "relative": f"{ACCOUNTS}{query}",
        "query": query,
    }[following]
    server.steps = [
        reply(200, {"d": {"results": [{"ID": "a"}], "__next": link}}),
        reply(200, {"d": {"results": [{"ID": "b"}], "__next": f"{ACCOUNTS}?p=3"}}),
        reply(200, {"d": {"results": []}}),
    ]
    assert [row["ID"] for row in client.list("crm/Accounts", "ID")] == ["a", "b"]
    assert server.requests[1].target == f"{ACCOUNTS}{query}"


def test_pages_are_asked_for_only_when_needed(make):
    link = f"{ACCOUNTS}?p=2"
    client, server = make(reply(200, {"d": {"results": [{"ID": "a"}], "__next": link}}))
    rows = client.list("crm/Accounts", "ID")
    assert server.requests == []
    assert next(rows) == {"ID": "a"}
    assert len(server.requests) == 1


def test_never_more_rows_than_asked_for(make):
    rows = [{"ID": number} for number in range(5)]
    client, _server = make(reply(200, {"d": rows}))
    assert len(list(client.list("crm/Accounts", "ID", top=3))) == 3


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example.com/api/v1/123456/crm/Accounts?p=2",
        "//evil.example.com/api/v1/123456/crm/Accounts",
        "http://127.0.0.1:1/api/v1/123456/crm/Accounts",
        "/api/v1/999999/crm/Accounts?p=2",
        "/elsewhere",
        "http://[",
        17,
        {"uri": "x"},
    ],
)
def test_the_token_never_goes_elsewhere(make, link):
    body = {"d": {"results": [{"ID": "a"}], "__next": link}}
    client, server = make(reply(200, body))
    with pytest.raises(errors.BadAnswer) as caught:
        list(client.list("crm/Accounts", "ID"))
    assert caught.value.code == "exact.next_link"
    assert len(server.requests) == 1


def test_a_circle_of_pages_ends(make):
    page = reply(200, {"d": {"results": [{"ID": 1}], "__next": f"{ACCOUNTS}?p=2"}})
    client, server = make(page, page, page)
    with pytest.raises(errors.BadAnswer):
        list(client.list("crm/Accounts", "ID"))
    assert len(server.requests) == 2


def test_one_row(make):
    client, server = make(reply(200, {"d": {"EntryID": "x", "Lines": {"results": []}}}))
    path = "salesentry/SalesEntries(guid'2f1c0a55-7a0e-4f5b-bb65-3f9d7f1a3c77')"
    assert client.get(path, ["EntryID"], expand=["Lines"])["EntryID"] == "x"
    assert server.requests[0].target == (
        f"/api/v1/123456/{path}?$select=EntryID&$expand=Lines"
    )


@pytest.mark.parametrize("data", [[], {"results": []}, [{}, {}], "x", None, 5])
def test_one_row_is_exactly_one(make, data):
    client, _server = make(reply(200, {"d": data}))
    with pytest.raises(errors.BadAnswer):
        client.get("crm/Accounts(guid'x')", "ID")


def test_me_needs_no_division_and_does_not_touch_the_quota(make):
    quota = Quota([Window("minute", 60, 0, NOW + timedelta(seconds=30))])
    body = {"d": {"results": [{"CurrentDivision": 7}]}}
    client, server = make(reply(200, body, **limits(5, 5)), division=None, quota=quota)
    assert client.me() == {"CurrentDivision": 7}
    assert server.requests[0].target.startswith("/api/v1/current/Me?$select=UserID,")
    assert list(quota.windows) == ["minute"]
    with pytest.raises(ValueError, match="division"):
        client.list("crm/Accounts", "ID")


def test_divisions(make):
    rows = {"d": {"results": [{"Code": 123456}]}}
    client, server = make(reply(200, rows))
    assert client.divisions() == [{"Code": 123456}]
    assert server.requests[0].target.startswith("/api/v1/123456/system/Divisions?")
    me = reply(200, {"d": {"results": [{"CurrentDivision": 7}]}})
    client, server = make(me, reply(200, rows), division=None)
    assert client.divisions() == [{"Code": 123456}]
    assert server.requests[1].target.startswith("/api/v1/7/system/Divisions?")


@pytest.mark.parametrize(
    ("value", "right"), [(True, True), (False, False), ("true", True)]
)
def test_rights(make, value, right):
    client, server = make(reply(200, {"d": {"UserHasRights": value}}))
    assert client.has_right("salesentry/SalesEntries", "POST") is right
    assert unquote(server.requests[0].target) == (
        "/api/v1/123456/users/UserHasRights"
        "?endpoint='salesentry/SalesEntries'&action='POST'"
    )


def test_an_unreadable_right_is_a_bad_answer(make):
    client, _server = make(reply(200, {"d": {"UserHasRights": None}}))
    with pytest.raises(errors.BadAnswer):
        client.has_right("a", "GET")


def test_an_address_that_is_too_long_is_not_sent(make):
    client, server = make()
    with pytest.raises(errors.BadRequest) as caught:
        list(client.list("crm/Accounts", "ID", filter="x" * 6000))
    assert caught.value.code == "exact.url_too_long"
    assert server.requests == []


# === WRITE === #


def test_a_row_is_created_with_exact_amounts(make):
    row = {"EntryID": "x", "AmountFC": 0.1}
    client, server = make(reply(201, {"d": row}))
    payload = {"YourRef": "é", "Lines": [{"AmountFC": Decimal("100.10")}]}
    assert client.post("salesentry/SalesEntries", payload)["EntryID"] == "x"
    (request,) = server.requests
    assert request.method == "POST"
    assert request.target == "/api/v1/123456/salesentry/SalesEntries"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["prefer"] == "return=representation"
    assert b'"AmountFC":100.1' in request.body.replace(b" ", b"")


def test_the_text_of_a_payload_is_sent_as_it_is(make):
    client, server = make(reply(200, {"d": {"ID": 1}}))
    assert client.post("crm/Accounts", '{"Name": "é"}') == {"ID": 1}
    assert server.requests[0].body.decode() == '{"Name": "é"}'


def test_nothing_is_created_after_the_deadline(make):
    client, server = make(reply(201, {"d": {}}))
    with pytest.raises(errors.NotSentError):
        client.post("crm/Accounts", {}, deadline=NOW)
    assert server.requests == []


def test_properties_are_changed(make):
    client, server = make(reply(204, b"", Content_Length=None))
    client.put("crm/Accounts(guid'x')", {"Name": "a"})
    assert server.requests[0].method == "PUT"


def test_a_page_instead_of_a_change_is_a_bad_answer(make):
    client, _server = make(reply(200, "<html></html>", "text/html"))
    with pytest.raises(errors.BadAnswer):
        client.put("crm/Accounts(guid'x')", {})


@pytest.mark.parametrize(
    "step",
    [
        closes,
        resets,
        reply(200, "<html>log in</html>", "text/html"),
        reply(200, b""),
        reply(201, '{"d": {"EntryID"'),
        reply(201, '{"d": {"EntryID"', Content_Length="500", close=True),
        reply(201, {"d": []}),
        reply(201, {"x": {}}),
        reply(201, "[]"),
        reply(204, b"", Content_Length=None),
        reply(302, b"", Location="/login"),
        reply(408, b""),
        reply(500, b""),
        reply(500, "<html>oops</html>", "text/html"),
        reply(500, {"other": 1}),
        reply(500, error_body("")),
        reply(502, "<html>gateway</html>", "text/html"),
        reply(503, error_body("Onderhoud")),
    ],
)
def test_after_these_a_document_may_exist(make, step):
    client, server = make(step)
    with pytest.raises(errors.TemporaryError) as caught:
        client.post("salesentry/SalesEntries", {})
    assert caught.value.landed is None
    assert not isinstance(caught.value, errors.NotSentError)
    assert len(server.requests) == 1
    assert "<" not in caught.value.detail


@pytest.mark.parametrize("status", [400, 500])
def test_a_business_refusal_is_final(make, status):
    body = error_body("Verplicht: Factuur voor", "", "Verplicht: Besteld door")
    client, server = make(reply(status, body))
    with pytest.raises(errors.Rejected) as caught:
        client.post("salesentry/SalesEntries", {})
    error = caught.value
    assert type(error) is errors.Rejected
    assert error.code == "exact.rejected"
    assert error.landed is False
    assert error.messages == ("Verplicht: Factuur voor", "Verplicht: Besteld door")
    assert error.detail == "Verplicht: Factuur voor Verplicht: Besteld door"
    assert len(server.requests) == 1


def test_a_500_with_an_unknown_sentence_is_a_refusal_too(make):
    client, _server = make(reply(500, error_body("Etwas ganz Neues")))
    with pytest.raises(errors.Rejected) as caught:
        client.post("salesentry/SalesEntries", {})
    assert caught.value.messages == ("Etwas ganz Neues",)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (
            400,
            error_body("Error in query syntax."),
            errors.BadRequest,
            "",
        ),
        (400, b"", errors.BadRequest, ""),
        (400, "<html>x</html>", errors.BadRequest, ""),
        (414, b"", errors.BadRequest, ""),
        (405, b"", errors.BadRequest, "method"),
        (404, b"", errors.NotFound, "not_found"),
        (403, "Forbidden", errors.AccessDenied, "forbidden"),
        (401, b"", errors.AuthenticationError, "unauthorized"),
    ],
)
def test_refusals_are_typed(make, status, body, kind, code):
    client, _server = make(reply(status, body, "text/html"))
    with pytest.raises(errors.ConnectorError) as caught:
        client.post("crm/Accounts", {})
    assert type(caught.value) is kind
    assert caught.value.code == f"exact.{code or 'bad_request'}"
    assert caught.value.status == status
    assert caught.value.landed is False
    assert "<" not in caught.value.detail


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("NoDivisionAccess", "NoDivisionAccess"),
        (" LicenseExpired: at some time", "LicenseExpired"),
        ("", ""),
        ("<script>", ""),
    ],
)
def test_the_reason_of_a_403_is_kept(make, header, reason):
    body = "Forbidden - Application Scope Violated. Cannot read"
    client, _server = make(reply(403, body, "text/plain", Reason=header))
    with pytest.raises(errors.AccessDenied) as caught:
        list(client.list("crm/Accounts", "ID"))
    assert caught.value.reason == reason
    assert caught.value.detail == body


# === TOKENS === #


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_after_a_401_a_fresh_token_is_tried_once(make, method):
    fresh = []
    client, server = make(
        reply(401, b""),
        reply(200, {"d": {"ID": 1}}),
        on_unauthorized=lambda: fresh.append(1) or "fresh",
    )
    if method == "GET":
        assert client.get("crm/Accounts(guid'x')", "ID") == {"ID": 1}
    else:
        assert client.post("crm/Accounts", {"a": 1}) == {"ID": 1}
    assert len(fresh) == 1
    assert [request.headers["authorization"] for request in server.requests] == [
        "Bearer geheim-token",
        "Bearer fresh",
    ]
    assert server.requests[0].body == server.requests[1].body


def test_a_second_401_is_final(make):
    client, server = make(
        reply(401, b""), reply(401, b""), on_unauthorized=lambda: "fresh"
    )
    with pytest.raises(errors.AuthenticationError):
        client.post("crm/Accounts", {})
    assert len(server.requests) == 2


@pytest.mark.parametrize("when", ["before", "after_401"])
def test_a_doubtful_token_call_does_not_put_the_document_in_doubt(make, when):
    def fail():
        raise errors.TemporaryError("The token call was lost.")

    client, server = make(reply(401, b""), on_unauthorized=fail)
    if when == "before":
        client._access_token = fail
    with pytest.raises(errors.TemporaryError) as caught:
        client.post("crm/Accounts", {})
    assert caught.value.landed is False
    assert len(server.requests) == (0 if when == "before" else 1)


def test_the_deadline_also_holds_for_the_second_try(make, clock):
    def renew():
        clock.advance(seconds=60)
        return "fresh"

    client, server = make(reply(401, b""), reply(201, {"d": {}}), on_unauthorized=renew)
    with pytest.raises(errors.NotSentError) as caught:
        client.post("crm/Accounts", {}, deadline=NOW + timedelta(seconds=30))
    assert caught.value.landed is False
    assert len(server.requests) == 1


# === QUOTA === #


@pytest.mark.parametrize(
    ("headers", "body", "seconds", "window"),
    [
        (limits(minute=0), b"", 35, "minute"),
        (limits(minute=3), b"", 35, "minute"),
        (limits(day=0), b"", 9000, "day"),
        (limits(minute=0, day=0), b"", 9000, "day"),
        ({}, b"", 37, ""),
        (limits(minute=50, day=4000), b"", 3600, "errors"),
        ({}, "API rate limit exceeded", 3600, "errors"),
    ],
)
def test_a_429_tells_which_window_was_hit(make, headers, body, seconds, window):
    client, _server = make(reply(429, body, **headers))
    with pytest.raises(errors.RateLimited) as caught:
        client.post("crm/Accounts", {})
    assert caught.value.retry_at == NOW + timedelta(seconds=seconds)
    assert caught.value.window == window
    assert caught.value.landed is False


def test_no_call_into_a_closed_window(make, clock):
    client, server = make(
        reply(200, {"d": []}, **limits(0, 100)), reply(200, {"d": []})
    )
    assert list(client.list("crm/Accounts", "ID")) == []
    with pytest.raises(errors.RateLimited) as caught:
        list(client.list("crm/Accounts", "ID"))
    assert len(server.requests) == 1
    clock.now = caught.value.retry_at
    assert list(client.list("crm/Accounts", "ID")) == []


def test_the_quota_also_stops_between_pages(make):
    page = {"d": {"results": [{"ID": 1}], "__next": f"{ACCOUNTS}?p=2"}}
    client, server = make(reply(200, page, **limits(0, 100)))
    rows = client.list("crm/Accounts", "ID")
    next(rows)
    with pytest.raises(errors.RateLimited):
        next(rows)
    assert len(server.requests) == 1


def test_calls_without_headers_are_counted(make):
    quota = Quota([Window("day", 5000, 9, NOW + timedelta(hours=1))])
    client, _server = make(closes, reply(200, {"d": []}), quota=quota)
    with pytest.raises(errors.TemporaryError):
        client.post("crm/Accounts", {})
    assert quota.windows["day"].remaining == 8
    list(client.list("crm/Accounts", "ID"))
    assert quota.windows["day"].remaining == 7


def test_a_reserve_of_the_day_is_left(make):
    client, _server = make(reply(200, {"d": []}, **limits(9, 50)), reserve=50)
    list(client.list("crm/Accounts", "ID"))
    with pytest.raises(errors.RateLimited) as caught:
        list(client.list("crm/Accounts", "ID"))
    assert caught.value.window == "day"


# === SECRETS === #


def test_neither_token_nor_person_is_logged_or_shown(make, caplog):
    caplog.set_level(logging.DEBUG)
    shown = ""
    for step in (
        reply(200, {"d": [{"Email": "klant@example.com"}]}),
        reply(401, b""),
        reply(500, "<html>klant@example.com</html>", "text/html"),
        sends(b"HTTP/1.1 200 OK\r\nklant@example.com"),
        closes,
    ):
        client, server = make(step)
        shown += repr(client)
        rows = client.list("crm/Accounts", "ID", filter="Email eq 'klant@example.com'")
        try:
            shown += str(len(list(rows)))
        except errors.ConnectorError as error:
            shown += f"{error!r} {error.__context__!r}"
        assert len(server.requests) == 1
    for secret in ("geheim", "klant"):
        assert secret not in shown
        assert secret not in caplog.text
    assert f"GET 127.0.0.1{ACCOUNTS}: 200 in " in caplog.text
