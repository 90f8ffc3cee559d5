"""The token calls of Exact against scripted answers."""

import contextlib
import json
import logging
import os
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from odoo.addons.lightspeed_exact_connector.clients import errors
from odoo.addons.lightspeed_exact_connector.clients.exact_oauth import (
    HOSTS,
    ExactOAuth,
    corrected_times,
    renewal_moment,
)
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from tests.clients.scripted import NOW, Clock, Scripted, closes, reply, resets

CLIENT_ID = "11111111-2222-3333-4444-555555555555"
SECRET = "geheim-client-secret"
CODE = "geheim-code!with+signs&more"
REFRESH = "geheim-refresh-old"
REDIRECT = "https://odoo.example.com/exact/callback"
TOKENS = {
    "access_token": "geheim-access",
    "token_type": "bearer",
    "expires_in": "600",
    "refresh_token": "geheim-refresh-new",
}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(clock):
    opened = contextlib.ExitStack()

    def oauth_of(*steps):
        server = opened.enter_context(Scripted(*steps))
        transport = opened.enter_context(Transport(clock=clock))
        oauth = ExactOAuth(server.url, CLIENT_ID, SECRET, REDIRECT, transport=transport)
        return oauth, server

    yield oauth_of
    opened.close()


def form(request):
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers  # not Basic (reference 1.3)
    return {name: one for name, (one,) in parse_qs(request.body.decode()).items()}


@pytest.mark.parametrize("host", [HOSTS["nl"], "http://127.0.0.1:8080"])
def test_the_address_of_the_consent(host):
    oauth = ExactOAuth(host, CLIENT_ID, SECRET, REDIRECT, transport=None)
    url = oauth.authorize_url("a b&c")
    assert url.startswith(f"{host}/api/oauth2/auth?")
    assert parse_qs(urlsplit(url).query) == {
        "client_id": [CLIENT_ID],
        "redirect_uri": [REDIRECT],
        "response_type": ["code"],
        "state": ["a b&c"],
        "force_login": ["1"],
    }
    assert "force_login=0" in oauth.authorize_url("x", force_login=False)
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("http://start.exactonline.nl", "insecure_url"),
        ("http://127.0.0.1.example.com", "insecure_url"),
        ("http://localhost.example.com", "insecure_url"),
        ("ftp://127.0.0.1", "bad_url"),
        ("https://user@start.exactonline.nl", "bad_url"),
        ("https://start.exactonline.nl?x", "bad_url"),
        ("https://start.exactonline.nl:port", "bad_url"),
        ("start.exactonline.nl", "bad_url"),
        ("", "bad_url"),
        (None, "bad_url"),
    ],
)
def test_secrets_go_over_https_only(host, code):
    with pytest.raises(errors.BadRequest) as caught:
        ExactOAuth(host, CLIENT_ID, SECRET, REDIRECT, transport=None)
    assert caught.value.code == f"transport.{code}"


@pytest.mark.parametrize(
    "host", ["http://localhost:1/", "http://127.9.9.9", "http://[::1]:8"]
)
def test_stand_ins_on_this_machine_may_use_http(host):
    ExactOAuth(host, CLIENT_ID, SECRET, REDIRECT, transport=None)


def test_a_code_is_exchanged(make):
    oauth, server = make(reply(200, TOKENS))
    pair = oauth.exchange(CODE)
    assert pair.access_token == "geheim-access"
    assert pair.refresh_token == "geheim-refresh-new"
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/api/oauth2/token")
    assert form(request) == {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": REDIRECT,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
    }


def test_a_token_is_refreshed(make):
    oauth, server = make(reply(200, TOKENS))
    assert oauth.refresh(REFRESH).refresh_token == "geheim-refresh-new"
    assert form(server.requests[0]) == {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH,
        "client_id": CLIENT_ID,
        "client_secret": SECRET,
    }


def test_times_are_on_the_careful_side_of_the_call(make, clock):
    def slowly(sock):
        clock.advance(seconds=20)
        sock.sendall(reply(200, TOKENS))
        return False

    oauth, _server = make(slowly)
    pair = oauth.refresh(REFRESH)
    assert pair.issued_at == NOW + timedelta(seconds=20)
    assert pair.expires_at == NOW + timedelta(seconds=600)
    assert pair.refresh_expires_at == NOW + timedelta(days=30)


def test_the_moment_of_a_pair_on_the_clock_of_exact_is_known(make, clock):
    clock.advance(minutes=7)
    oauth, _server = make(reply(200, TOKENS), reply(200, TOKENS, Date=None))
    assert oauth.refresh(REFRESH).issued_date == NOW
    assert oauth.refresh(REFRESH).issued_date is None


def test_a_renewal_too_early_tells_the_time_of_exact(make, clock):
    body = {"error": "x", "error_description": "access_token not expired"}
    clock.advance(minutes=-7)
    oauth, _server = make(reply(400, body), reply(400, body, Date="yesterday"))
    for date in (NOW, None):
        with pytest.raises(errors.TooEarly) as caught:
            oauth.refresh(REFRESH)
        assert caught.value.date == date


BEFORE = timedelta(seconds=25)


@pytest.mark.parametrize(
    ("slow", "seconds", "after"),
    [
        (0, 600, 575),
        (3, 600, 575),  # the careful end of a call of three seconds
        (60, 600, 632),  # made at its beginning or its end: never too early
        (0, 300, 572),
        (0, 3600, 3575),
    ],
)
def test_a_pair_is_renewed_late_and_never_too_early(slow, seconds, after):
    issued, expires = NOW + timedelta(seconds=slow), NOW + timedelta(seconds=seconds)
    assert renewal_moment(issued, expires, BEFORE) == NOW + timedelta(seconds=after)


@pytest.mark.parametrize("ours", [timedelta(0), timedelta(days=-3), timedelta(hours=9)])
@pytest.mark.parametrize("age", [0, 1, 100, 569])
def test_the_age_of_a_pair_is_what_the_clock_of_exact_says(ours, age):
    now = NOW + ours
    date = NOW + timedelta(seconds=age)
    issued, expires = corrected_times(now, date, NOW)
    assert now - issued == timedelta(seconds=age - 1)
    assert expires - now == timedelta(seconds=600 - age - 1)
    # Whole seconds: it was made between a second earlier and a second later.
    assert renewal_moment(issued, expires, BEFORE) > now


@pytest.mark.parametrize("age", [-5, 570, 6000])
def test_a_clock_that_contradicts_the_refusal_corrects_nothing(age):
    assert corrected_times(NOW, NOW + timedelta(seconds=age), NOW) is None
    assert corrected_times(NOW, None, NOW) is None
    assert corrected_times(NOW, NOW, None) is None


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [("600", 600), (300, 300), (None, 600), (0, 600), (-5, 600), (10**12, 600)],
)
def test_the_lifetime_is_read_leniently(make, expires_in, seconds):
    oauth, _server = make(reply(200, {**TOKENS, "expires_in": expires_in}))
    assert oauth.refresh(REFRESH).expires_at == NOW + timedelta(seconds=seconds)


def test_a_lifetime_may_be_missing(make):
    tokens = {name: one for name, one in TOKENS.items() if name != "expires_in"}
    oauth, _server = make(reply(200, {**tokens, "token_type": "Bearer"}))
    assert oauth.refresh(REFRESH).expires_at == NOW + timedelta(seconds=600)


@pytest.mark.parametrize(
    ("status", "body", "reason", "kind", "code"),
    [
        (
            400,
            {
                "error": "access_denied",
                "error_description": "Rate limit exceeded: access_token not expired",
            },
            None,
            errors.TooEarly,
            "too_early",
        ),
        (
            401,
            b"",
            "TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired",
            errors.TooEarly,
            "too_early",
        ),
        (
            401,
            {
                "error": "unauthorized_client",
                "error_description": "Old refresh token used.",
            },
            None,
            errors.OldRefreshToken,
            "old_token",
        ),
        (
            400,
            {
                "error": "invalid_grant",
                "error_description": "Token is not allowed, because of invalid or "
                "empty chainId",
            },
            None,
            errors.ReconnectNeeded,
            "chain",
        ),
        (
            400,
            {
                "error": "invalid_request",
                "error_description": "The refresh token expired at 11/3/2021 2:50:46 "
                "PM and it is now 11/4/2021 2:50:46 PM",
            },
            None,
            errors.ReconnectNeeded,
            "expired",
        ),
        (400, {"error": "invalid_request"}, None, errors.ReconnectNeeded, "client"),
        (401, {"error": "invalid_client"}, None, errors.ReconnectNeeded, "client"),
        (400, {"error": "invalid_grant"}, None, errors.ReconnectNeeded, "grant"),
        (400, {"error": "something_new"}, None, errors.ReconnectNeeded, "refused"),
        (200, {"error": "invalid_grant"}, None, errors.ReconnectNeeded, "grant"),
        (401, b"", None, errors.ReconnectNeeded, "client"),
        (403, {"error": "x"}, "Blocked", errors.AccessDenied, "forbidden"),
    ],
)
def test_refusals_are_typed(make, status, body, reason, kind, code):
    more = {"Reason": reason} if reason else {}
    oauth, _server = make(reply(status, body, **more))
    with pytest.raises(errors.ConnectorError) as caught:
        oauth.refresh(REFRESH)
    assert type(caught.value) is kind
    assert caught.value.code == f"exact.oauth.{code}"
    # Even a rate-limited refusal may have rotated (reference 1.4).
    assert caught.value.landed is (None if kind is errors.TooEarly else False)


@pytest.mark.parametrize(
    "step",
    [
        closes,
        resets,
        reply(500, {"error": "server_error"}),
        reply(500, b""),
        reply(503, "<html>maintenance</html>", "text/html"),
        reply(400, "<html>blocked</html>", "text/html"),
        reply(401, "<html>log in</html>", "text/html"),
        reply(404, "<html>not here</html>", "text/html"),
        reply(302, "", Location="https://elsewhere.example.com"),
        reply(200, "<html>log in</html>", "text/html"),
        reply(200, b""),
        reply(200, "{}"),
        reply(200, "[]"),
        reply(200, json.dumps(TOKENS)[:-5]),
        reply(200, {**TOKENS, "refresh_token": ""}),
        reply(200, {**TOKENS, "access_token": None}),
        reply(200, {**TOKENS, "access_token": ["a"]}),
        reply(200, {**TOKENS, "expires_in": "ten minutes"}),
        reply(200, {"access_token": "geheim-access", "expires_in": "600"}),
    ],
)
def test_after_these_the_token_may_have_rotated(make, step):
    oauth, server = make(step)
    with pytest.raises(errors.TemporaryError) as caught:
        oauth.refresh(REFRESH)
    assert caught.value.landed is None
    assert len(server.requests) == 1
    assert "geheim" not in str(caught.value)


def test_too_many_token_calls(make):
    oauth, _server = make(reply(429, b""))
    with pytest.raises(errors.RateLimited) as caught:
        oauth.refresh(REFRESH)
    assert caught.value.retry_at == NOW + timedelta(minutes=15)
    assert caught.value.landed is None
    headers = {
        "X_RateLimit_Remaining": "0",
        "X_RateLimit_Reset": str(int(NOW.timestamp() + 3600) * 1000),
    }
    oauth, _server = make(reply(429, b"", **headers))
    with pytest.raises(errors.RateLimited) as caught:
        oauth.refresh(REFRESH)
    assert caught.value.retry_at == NOW + timedelta(hours=1)


def test_secrets_are_neither_shown_nor_logged(make, caplog):
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith(("urllib3", "requests", "charset", "http")):
            caplog.set_level(logging.DEBUG, logger=name)
    shown = []
    for step in (
        reply(200, TOKENS),
        reply(200, {**TOKENS, "expires_in": "x"}),
        reply(400, {"error": "invalid_grant"}),
        reply(500, json.dumps(TOKENS)),
        closes,
    ):
        for call, secret in (("exchange", CODE), ("refresh", REFRESH)):
            oauth, _server = make(step)
            shown.append(repr(oauth))
            try:
                pair = getattr(oauth, call)(secret)
            except errors.ConnectorError as error:
                chain = [error, error.__context__, error.__cause__]
                shown += [f"{each!r} {each}" for each in chain]
            else:
                shown.append(f"{pair!r} {pair}")
    assert "TokenPair(issued_at=" in "".join(shown)
    assert "geheim" not in "".join(shown)
    assert "POST 127.0.0.1/api/oauth2/token" in caplog.text
    assert "geheim" not in caplog.text


def test_oauthlib_may_not_tell_what_it_sees():
    assert not logging.getLogger("oauthlib.oauth2.rfc6749").isEnabledFor(logging.DEBUG)
