"""The transport against a server that misbehaves."""

import gzip
import logging
import socket
from datetime import timedelta

import pytest
import requests

from odoo.addons.lightspeed_exact_connector.clients import connections
from odoo.addons.lightspeed_exact_connector.clients import transport as module
from odoo.addons.lightspeed_exact_connector.clients.errors import (
    BadAnswer,
    BadRequest,
    NotSentError,
    TemporaryError,
)
from odoo.addons.lightspeed_exact_connector.clients.transport import (
    CALL_LIMIT,
    MAX_CALL_SECONDS,
    Transport,
    with_query,
)

from tests.clients.scripted import (
    NOW,
    Clock,
    Scripted,
    closes,
    reply,
    resets,
    sends,
)


@pytest.fixture
def sleeps():
    return []


@pytest.fixture
def transport(sleeps):
    with Transport(clock=Clock(), sleep=sleeps.append, timeout=(5, 5)) as made:
        yield made


@pytest.fixture
def impatient(sleeps):
    with Transport(sleep=sleeps.append, timeout=(5, 0.2)) as made:
        yield made


def failure(transport, method, url, **kwargs):
    with pytest.raises(module.TemporaryError) as caught:
        transport.request(method, url, **kwargs)
    error = caught.value
    # The libraries' exceptions hold the whole request, with its secrets.
    assert error.__context__ is None
    assert error.__cause__ is None
    return error


def test_an_answer_is_complete(transport):
    with Scripted(
        reply(201, '{"a": "é"}', "Application/JSON; charset=utf-8")
    ) as server:
        answer = transport.request(
            "POST",
            server.url + "/x",
            headers={"X-One": "1"},
            params={"$filter": "Email eq 'a+b@c.nl' & x", "none": None},
            data='{"naam": "Zoë"}',
        )
    assert answer.status == 201
    assert answer.text == '{"a": "é"}'
    assert answer.content_type == "application/json"
    assert answer.headers["CONTENT-TYPE"].startswith("Application")
    assert answer.date == NOW
    assert answer.intact
    assert answer.seconds >= 0
    (request,) = server.requests
    assert request.target == (
        "/x?$filter=Email%20eq%20'a%2Bb%40c.nl'%20%26%20x"  # no +, no blanks
    )
    assert request.body.decode() == '{"naam": "Zoë"}'
    assert request.headers["x-one"] == "1"
    assert request.headers["user-agent"] == module.USER_AGENT


def test_an_answer_shows_neither_headers_nor_text(transport):
    with Scripted(reply(200, "geheim", X_Secret="verborgen")) as server:
        shown = repr(transport.request("GET", server.url))
    assert "geheim" not in shown
    assert "verborgen" not in shown


def test_connections_are_kept(transport):
    with Scripted(reply(200, "1"), reply(200, "2")) as server:
        assert transport.request("GET", server.url).text == "1"
        assert transport.request("POST", server.url, data="x").text == "2"
        assert server.connections == 1


def test_a_compressed_answer_is_unpacked(transport):
    packed = gzip.compress(b'{"a": 1}')
    with Scripted(reply(200, packed, Content_Encoding="gzip")) as server:
        assert transport.request("GET", server.url).text == '{"a": 1}'


@pytest.mark.parametrize(
    ("body", "content_type", "text", "intact"),
    [
        (b"\xef\xbb\xbf{}", "application/json", "{}", True),
        (b"\xe9", "text/html; charset=iso-8859-1", "é", True),
        (b"\xe9", "application/json", "\ufffd", False),
        (b"x", "text/plain; charset=no-such-thing", "x", False),
    ],
)
def test_texts_are_decoded_or_marked_as_damaged(
    transport, body, content_type, text, intact
):
    with Scripted(reply(200, body, content_type)) as server:
        answer = transport.request("GET", server.url)
    assert (answer.text, answer.intact) == (text, intact)


@pytest.mark.parametrize("date", [None, "yesterday", "Mon, 99 Nov 2026 08:18:25 GMT"])
def test_a_date_that_cannot_be_read_is_none(transport, date):
    with Scripted(reply(200, Date=date)) as server:
        assert transport.request("GET", server.url).date is None


# === WHETHER IT WAS SENT === #


def test_nobody_listening_is_not_sent(transport):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(transport, "POST", f"http://127.0.0.1:{port}/", data="x")
    assert isinstance(error, NotSentError)
    assert error.code == "transport.not_connected"
    assert error.landed is False


def test_an_unknown_host_is_not_sent(transport):
    error = failure(transport, "POST", "https://host.invalid/", data="x")
    assert isinstance(error, NotSentError)


def test_a_failed_handshake_is_not_sent(transport):
    with Scripted() as server:
        url = server.url.replace("http://", "https://")
        server.steps = [closes]

        def talk_plain(sock):
            sock.recv(10)
            sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        server._read = lambda sock: talk_plain(sock)
        error = failure(transport, "POST", url, data="x")
    assert isinstance(error, NotSentError)
    assert error.code == "transport.tls"


@pytest.mark.parametrize("step", [closes, resets, sends(b"HTTP/1.")])
def test_a_post_without_an_answer_may_have_landed(transport, step):
    with Scripted(step) as server:
        error = failure(transport, "POST", server.url, data="x")
        assert len(server.requests) == 1, "a POST must never be repeated"
    assert not isinstance(error, NotSentError)
    assert error.code == "transport.lost"
    assert error.landed is None


@pytest.mark.parametrize("step", [closes, resets])
def test_a_post_on_a_stale_connection_may_have_landed(transport, sleeps, step):
    with Scripted(reply(200, "1"), step, reply(200, "3")) as server:
        transport.request("GET", server.url)
        error = failure(transport, "POST", server.url, data="x")
        assert [request.method for request in server.requests] == ["GET", "POST"]
    assert error.landed is None
    assert sleeps == []


@pytest.mark.parametrize("step", [closes, resets])
def test_a_get_on_a_stale_connection_is_repeated_once(transport, sleeps, step):
    with Scripted(reply(200, "1"), step, reply(200, "3")) as server:
        transport.request("GET", server.url)
        assert transport.request("GET", server.url).text == "3"
        assert server.connections == 2
    assert len(sleeps) == 1


def test_a_get_is_not_repeated_for_ever(transport):
    with Scripted(reply(200, "1"), closes, closes, reply(200, "4")) as server:
        transport.request("GET", server.url)
        assert failure(transport, "GET", server.url).code == "transport.lost"
        assert len(server.requests) == 3


def test_a_get_on_a_new_connection_is_not_repeated(transport, sleeps):
    with Scripted(closes, reply(200, "2")) as server:
        failure(transport, "GET", server.url)
        assert len(server.requests) == 1
    assert sleeps == []


def test_a_connection_closed_in_time_is_simply_opened_again(transport):
    with Scripted(reply(200, "1", close=True), reply(200, "2")) as server:
        transport.request("GET", server.url)
        assert transport.request("POST", server.url, data="x").text == "2"


def test_trouble_before_our_own_connections_counts_as_unknown(monkeypatch):
    def send(self, request, **kwargs):
        raise requests.ConnectionError(request.url)

    monkeypatch.setattr(requests.Session, "send", send)
    error = failure(Transport(), "POST", "https://host.invalid/", data="x")
    assert error.landed is None


# === BOUNDS === #


def test_nothing_leaves_after_the_deadline(transport):
    with Scripted(reply(200)) as server:
        error = failure(transport, "POST", server.url, data="x", deadline=NOW)
        assert server.requests == []
    assert isinstance(error, NotSentError)
    assert error.code == "transport.too_late"
    assert error.landed is False


def test_the_deadline_also_holds_for_a_slow_connection(monkeypatch):
    clock = Clock()
    connect = connections.HTTPConnection.connect

    def slow_connect(self):
        connect(self)
        clock.advance(seconds=11)

    monkeypatch.setattr(connections.HTTPConnection, "connect", slow_connect)
    deadline = NOW + timedelta(seconds=10)
    with Scripted(reply(200)) as server, Transport(clock=clock) as transport:
        error = failure(transport, "POST", server.url, data="x", deadline=deadline)
        assert server.requests == []
    assert error.code == "transport.too_late"
    assert error.landed is False


def test_what_has_not_left_in_time_never_leaves(monkeypatch):
    monkeypatch.setattr(connections, "LEAVE_SECONDS", 0)
    with Scripted(reply(200)) as server, Transport() as transport:
        error = failure(transport, "POST", server.url, data="x")
        assert server.requests == []
    assert error.code == "transport.too_late"


def test_before_the_deadline_it_leaves(transport):
    with Scripted(reply(200, "1")) as server:
        deadline = NOW + timedelta(seconds=1)
        assert transport.request("POST", server.url, deadline=deadline).text == "1"


@pytest.mark.parametrize("behaviour", ["hangs", "drips"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_slow_server_holds_nobody_for_ever(impatient, sleeps, behaviour, method):
    with Scripted() as server:
        server.steps = [getattr(server, behaviour)]
        error = failure(impatient, method, server.url)
        assert len(server.requests) == 1
    assert error.code == "transport.timeout"
    assert error.landed is None
    assert sleeps == []


def test_a_slow_answer_on_a_kept_connection_is_not_asked_again(impatient, sleeps):
    with Scripted(reply(200)) as server:
        impatient.request("GET", server.url)
        server.steps = [server.hangs]
        assert failure(impatient, "GET", server.url).code == "transport.timeout"
        assert len(server.requests) == 2


def test_a_server_that_does_not_read_holds_nobody_for_ever(impatient, monkeypatch):
    with Scripted() as server:
        monkeypatch.setattr(server, "_read", server.hangs)
        error = failure(impatient, "POST", server.url, data=b"x" * 30_000_000)
    assert error.landed is None


def test_time_outs_cannot_exceed_what_the_models_count_with():
    assert timedelta(seconds=MAX_CALL_SECONDS) == CALL_LIMIT
    with pytest.raises(ValueError, match="MAX_CALL_SECONDS"):
        Transport(timeout=(10, 61))


@pytest.mark.parametrize("packed", [False, True])
def test_a_huge_answer_is_not_read(transport, monkeypatch, packed):
    monkeypatch.setattr(module, "MAX_BYTES", 1_000_000)
    body, more = b" " * 1_000_001, {}
    if packed:
        body, more = gzip.compress(body), {"Content_Encoding": "gzip"}
    with Scripted(reply(200, body, **more)) as server:
        error = failure(transport, "POST", server.url)
    assert isinstance(error, BadAnswer)
    assert error.code == "transport.too_large"


@pytest.mark.parametrize(
    "data",
    [
        reply(200, "{}", Content_Length="10"),
        reply(200, "{}", Content_Length=None, Transfer_Encoding="chunked"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        reply(200, "no gzip", Content_Encoding="gzip"),
        b"220 smtp.example.com\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: 1\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"1" * 70_000 + b"\r\n\r\n",
    ],
)
def test_a_broken_answer_is_never_taken_for_a_whole_one(transport, data):
    with Scripted(sends(data)) as server:
        error = failure(transport, "POST", server.url)
    assert error.landed is None


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(transport, status):
    with Scripted(reply(status, Location="/elsewhere"), reply(200)) as server:
        error = failure(transport, "GET", server.url)
        assert len(server.requests) == 1
    assert isinstance(error, BadAnswer)
    assert error.code == "transport.redirect"


# === WHAT IS SENT === #


def test_cookies_do_not_travel(transport):
    cookie = {"Set_Cookie": "session=abc; Path=/"}
    with Scripted(reply(200, **cookie), reply(200)) as server:
        transport.request("GET", server.url)
        transport.request("GET", server.url)
    assert "cookie" not in server.requests[1].headers


def test_netrc_does_not_replace_our_own_header(transport, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(netrc))
    with Scripted(reply(200)) as server:
        transport.request("GET", server.url, headers={"Authorization": "Bearer t"})
    assert server.requests[0].headers["authorization"] == "Bearer t"


def test_basic_credentials_may_hold_any_character(transport):
    with Scripted(reply(200)) as server:
        transport.request("GET", server.url, auth=("€", "ö"))
    assert server.requests[0].headers["authorization"] == "Basic 4oKsOsO2"


def test_a_proxy_of_the_environment_is_used(transport, monkeypatch):
    with Scripted(reply(200, "1")) as server:
        monkeypatch.setenv("http_proxy", server.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        transport.request("POST", "http://shop.example.com/x", data="y")
    assert server.requests[0].target == "http://shop.example.com/x"


def test_a_proxy_that_refuses_the_tunnel_means_not_sent(transport, monkeypatch):
    with Scripted(reply(403, close=True)) as server:
        monkeypatch.setenv("https_proxy", server.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        error = failure(transport, "POST", "https://shop.example.com/x", data="y")
    assert server.requests[0].method == "CONNECT"
    assert isinstance(error, NotSentError)


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("nonsense", {}),
        ("http://", {}),
        ("http://127.0.0.1:99999/", {}),
        ("http://127.0.0.1:1/", {"Authorization": "Bearer a\r\nX: geheim"}),
        ("http://127.0.0.1:1/", {"Authorization": "Bearer geheim€"}),
    ],
)
def test_what_cannot_be_written_is_our_own_fault(transport, url, headers):
    with pytest.raises((BadRequest, NotSentError)) as caught:
        transport.request("GET", url, headers=headers)
    assert "geheim" not in str(caught.value)
    assert caught.value.landed is False
    assert caught.value.__context__ is None


def test_a_hand_made_response_is_understood(monkeypatch):
    """As the tests of Odoo make them, who may not reach a server."""

    def send(self, request, **kwargs):
        response = requests.Response()
        response.status_code = 200
        response._content = b"{}"
        return response

    monkeypatch.setattr(requests.Session, "send", send)
    assert Transport().request("GET", "https://host.invalid/").text == "{}"


def test_the_query_is_appended():
    assert with_query("http://a/b", {}) == "http://a/b"
    assert with_query("http://a/b?c=1", [("d", "e f")]) == "http://a/b?c=1&d=e%20f"


def test_logs_hold_no_query_no_header_no_body(transport, caplog):
    caplog.set_level(logging.DEBUG)
    with Scripted(reply(200, "geheim1"), closes) as server:
        for _time in range(2):
            try:
                transport.request(
                    "POST",
                    server.url + "/pad",
                    headers={"Authorization": "Bearer geheim2"},
                    params={"q": "geheim3"},
                    data="geheim4",
                    auth=("geheim5", "geheim6"),
                )
            except TemporaryError:
                assert server.requests
    ours = [line for line in caplog.messages if line.startswith("POST 127.0.0.1/pad:")]
    assert len(ours) == 2
    assert ours[0].startswith("POST 127.0.0.1/pad: 200 in ")
    assert "geheim" not in caplog.text
