"""Consent and tokens (exact-online-api 1)."""

import re
import threading
from html.parser import HTMLParser
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests

from sandbox.core import ControlError
from sandbox.exact import demo
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import REDIRECT, query_of

CHAIN = {
    "error": "invalid_grant",
    "error_description": "Token is not allowed, because of invalid or empty chainId",
}


# --- the browser's side -----------------------------------------------------


class Form(HTMLParser):
    """The fields of a page's form, checked boxes included."""

    def __init__(self, text):
        super().__init__()
        self.action = None
        self.fields = []
        self.buttons = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "form":
            self.action = values["action"]
        elif tag == "button":
            self.buttons.append((values["name"], values["value"]))
        elif tag == "input" and "name" in values:
            boxed = values["type"] == "checkbox"
            if not boxed or "checked" in values:
                self.fields.append((values["name"], values.get("value", "")))


class Browser:
    """What a browser does with the consent pages."""

    def __init__(self, box):
        self.base = box.exact_url
        self.session = requests.Session()

    def open(self, **changes):
        params = {
            "client_id": demo.CLIENT_ID,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "state": "a b&c/é",
            "force_login": "0",
            **changes,
        }
        params = {name: value for name, value in params.items() if value is not None}
        url = f"{self.base}/api/oauth2/auth"
        return self._follow(self.session.get(url, params=params, **self.options))

    options = {"timeout": 10, "allow_redirects": False}

    def _follow(self, answer):
        while answer.status_code == 302:
            location = answer.headers["Location"]
            if not location.startswith("/"):
                return answer
            answer = self.session.get(self.base + location, **self.options)
        return answer

    def submit(self, page, button, drop=(), **values):
        form = Form(page.text)
        assert button in form.buttons
        data = [
            (name, values.get(name, value))
            for name, value in form.fields
            if (name, value) not in drop
        ]
        url = self.base + form.action
        return self._follow(
            self.session.post(url, data=[*data, button], **self.options)
        )

    def log_in(self, page, user=demo.USER_NL, password=demo.PASSWORD):
        return self.submit(page, ("login", "1"), UserName=user, Password=password)


GRANT, REFUSE = ("decision", "grant"), ("decision", "refuse")


def test_a_person_logs_in_and_grants(box):
    exact_kit.start(box)
    browser = Browser(box)
    login = browser.open()
    assert login.status_code == 200
    assert 'type="password"' in login.text
    consent = browser.log_in(login)
    assert "Voorbeeldwinkel B.V." in consent.text
    answer = browser.submit(consent, GRANT)
    location = answer.headers["Location"]
    assert location.startswith(f"{REDIRECT}?")
    values = query_of(location)
    assert values["state"] == "a b&c/é"
    # The code holds characters that travel percent-encoded; decode once.
    assert "!" in values["code"]
    assert "+" in values["code"]
    assert "%21" in urlsplit(location).query
    assert unquote(values["code"]) == values["code"]


def test_the_granted_code_gives_tokens(exact, box):
    browser = Browser(box)
    answer = browser.submit(browser.log_in(browser.open()), GRANT)
    tokens = exact.exchange(query_of(answer.headers["Location"])["code"])
    assert tokens.status_code == 200


def test_a_refusal_is_an_error_in_the_query(box):
    exact_kit.start(box)
    browser = Browser(box)
    answer = browser.submit(browser.log_in(browser.open()), REFUSE)
    assert query_of(answer.headers["Location"]) == {
        "error": "access_denied",
        "state": "a b&c/é",
    }


def test_divisions_can_be_unticked(exact, box):
    browser = Browser(box)
    consent = browser.log_in(browser.open())
    drop = {
        ("division", str(code))
        for code in (demo.SECOND, demo.BELGIAN, demo.BLOCKED, demo.NO_SALES)
    }
    answer = browser.submit(consent, GRANT, drop)
    code = query_of(answer.headers["Location"])["code"]
    exact.tokens = exact.exchange(code).json()
    rows = exact.rows("system/Divisions", select="Code")
    assert [row["Code"] for row in rows] == [demo.MAIN]


def test_nothing_ticked_asks_again(box):
    exact_kit.start(box)
    browser = Browser(box)
    consent = browser.log_in(browser.open())
    drop = {field for field in Form(consent.text).fields if field[0] == "division"}
    again = browser.submit(consent, GRANT, drop)
    assert again.status_code == 200
    assert "at least one division" in again.text


def test_a_wrong_password_shows_the_log_in_again(box):
    exact_kit.start(box)
    browser = Browser(box)
    page = browser.log_in(browser.open(), password="wrong")
    assert 'role="alert"' in page.text
    assert 'type="password"' in page.text


def test_a_session_skips_the_log_in_unless_forced(box):
    exact_kit.start(box)
    browser = Browser(box)
    browser.log_in(browser.open())
    assert 'type="password"' not in browser.open().text
    assert 'type="password"' in browser.open(force_login="1").text


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "00000000-0000-0000-0000-000000000000"},
        {"client_id": "{" + demo.CLIENT_ID + "}"},
        {"client_id": None},
        {"redirect_uri": REDIRECT + "/"},
        {"redirect_uri": REDIRECT + "?x=1"},
        {"redirect_uri": None},
        {"response_type": "token"},
        {"response_type": None},
    ],
)
def test_a_bad_request_is_never_redirected(box, changes):
    exact_kit.start(box)
    answer = Browser(box).open(**changes)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


def test_the_consent_form_belongs_to_its_session(box):
    exact_kit.start(box)
    browser = Browser(box)
    consent = browser.log_in(browser.open())
    answer = browser.submit(consent, GRANT, session="somebody else's")
    assert answer.status_code == 400


def test_the_consent_page_needs_a_log_in(box):
    exact_kit.start(box)
    browser = Browser(box)
    params = {
        "client_id": demo.CLIENT_ID,
        "redirect_uri": REDIRECT,
        "response_type": "code",
    }
    url = f"{box.exact_url}/api/oauth2/consent"
    page = browser._follow(browser.session.get(url, params=params, **browser.options))
    assert 'type="password"' in page.text
    assert requests.post(url, data=params, timeout=10).status_code == 405


def test_redirect_uris_are_https_or_on_this_machine(box):
    exact_kit.start(box)
    add = box.exact.control_add_redirect_uri
    add(demo.CLIENT_ID, "http://127.0.0.1:8069/exact/callback")
    for uri in ("http://agency.example.com/x", "https://agency.example.com/#x"):
        with pytest.raises(ControlError):
            add(demo.CLIENT_ID, uri)


# --- the control command ----------------------------------------------------


def test_consent_without_a_browser(exact):
    answer = exact.service.control_consent(
        demo.CLIENT_ID, demo.USER_NL, REDIRECT, "s 1", [demo.MAIN]
    )
    assert query_of(answer["redirect"]) == {"code": answer["code"], "state": "s 1"}
    assert exact.exchange(answer["code"]).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://elsewhere.example.com/"},
        {"user": "nobody"},
        {"client_id": "nothing"},
        {"divisions": [1]},
        {"divisions": []},
    ],
)
def test_consent_is_checked(exact, changes):
    values = {
        "client_id": demo.CLIENT_ID,
        "user": demo.USER_NL,
        "redirect_uri": REDIRECT,
    }
    with pytest.raises(ControlError):
        exact.service.control_consent(**{**values, **changes})


# --- the token endpoint -----------------------------------------------------


def new_code(exact, **changes):
    values = {"user": demo.USER_NL, "redirect_uri": REDIRECT, **changes}
    return exact.service.control_consent(demo.CLIENT_ID, **values)["code"]


def test_the_answer_of_the_token_endpoint(exact):
    answer = exact.exchange(new_code(exact))
    assert answer.status_code == 200
    data = answer.json()
    assert set(data) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert data["expires_in"] == "600"
    assert data["token_type"].lower() == "bearer"
    # Long, opaque, and never the same.
    assert len(data["refresh_token"]) > 2000
    assert re.fullmatch(r"stampNL001\.\w+", data["access_token"])
    assert data["access_token"] != exact.tokens["access_token"]


def test_a_code_works_once(exact):
    code = new_code(exact)
    assert exact.exchange(code).status_code == 200
    again = exact.exchange(code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(("seconds", "status"), [(180, 200), (181, 400)])
def test_a_code_lives_three_minutes(exact, box, seconds, status):
    code = new_code(exact)
    box.clock.advance(seconds)
    assert exact.exchange(code).status_code == status


def test_the_redirect_uri_is_compared_again(exact):
    other = "https://agency.example.com/other"
    exact.service.control_add_redirect_uri(demo.CLIENT_ID, other)
    answer = exact.exchange(new_code(exact), redirect_uri=other)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


def test_a_code_belongs_to_its_app(exact):
    other = exact.service.control_add_app()
    answer = exact.exchange(new_code(exact), **other)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    "form",
    [
        {"client_id": "00000000-0000-0000-0000-000000000000"},
        {"client_secret": "wrong"},
        {"client_id": None},
        {"client_secret": None},
    ],
)
def test_wrong_client_credentials(exact, form):
    answer = exact.exchange(new_code(exact), **form)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


def test_a_secret_with_blanks_is_a_bare_401(exact):
    answer = exact.exchange(new_code(exact), client_secret=demo.CLIENT_SECRET + " ")
    assert (answer.status_code, answer.content) == (401, b"")


def test_basic_authentication_does_not_count(exact, box):
    answer = requests.post(
        f"{box.exact_url}/api/oauth2/token",
        data={
            "grant_type": "authorization_code",
            "code": new_code(exact),
            "redirect_uri": REDIRECT,
        },
        auth=(demo.CLIENT_ID, demo.CLIENT_SECRET),
        timeout=10,
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


def test_only_a_form_is_read(exact, box):
    values = {
        "grant_type": "authorization_code",
        "code": new_code(exact),
        "redirect_uri": REDIRECT,
        "client_id": demo.CLIENT_ID,
        "client_secret": demo.CLIENT_SECRET,
    }
    url = f"{box.exact_url}/api/oauth2/token"
    for options in ({"json": values}, {"params": values}, {"files": values}):
        answer = requests.post(url, timeout=10, **options)
        assert answer.status_code == 400
        assert answer.json() == {"error": "invalid_request"}
    assert requests.get(url, params=values, timeout=10).status_code == 405


def test_an_unknown_grant_type(exact):
    answer = exact.token(grant_type="password")
    assert answer.status_code == 400
    assert answer.json() == {"error": "unsupported_grant_type"}


# --- refreshing -------------------------------------------------------------


def test_a_refresh_rotates(exact, box):
    box.clock.advance(570)
    old = exact.tokens["refresh_token"]
    new = exact.refresh()
    assert new.status_code == 200
    assert new.json()["refresh_token"] != old
    again = exact.refresh(old)
    assert again.status_code == 401
    assert again.json() == {
        "error": "unauthorized_client",
        "error_description": "Old refresh token used.",
    }
    # The winner's pair goes on working.
    box.clock.advance(570)
    assert exact.refresh(new.json()["refresh_token"]).status_code == 200


def test_a_refresh_before_570_seconds_is_refused(exact, box):
    box.clock.advance(569)
    answer = exact.refresh()
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "access_denied",
        "error_description": "Rate limit exceeded: access_token not expired",
    }
    assert answer.headers["Reason"] == (
        "TooEarlyToRefreshTokens: Rate limit exceeded: access_token not expired"
    )
    box.clock.advance(1)
    assert exact.refresh().status_code == 200


def test_two_workers_refresh_at_once(exact, box):
    box.clock.advance(600)
    statuses = []

    def refresh():
        statuses.append(exact_kit.Exact.refresh(exact).status_code)

    threads = [threading.Thread(target=refresh) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 401, 401, 401]


def test_a_refresh_token_lives_30_days(exact, box):
    box.clock.set("2026-06-03T14:50:46+00:00")
    exact.tokens = exact.connect()
    box.clock.advance(30 * 86400 + 1)
    answer = exact.refresh()
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_request",
        "error_description": (
            "The refresh token expired at 7/3/2026 2:50:46 PM and it is now "
            "7/3/2026 2:50:47 PM."
        ),
    }


def test_a_refresh_token_lives_30_days_at_least(exact, box):
    box.clock.advance(30 * 86400)
    assert exact.refresh().status_code == 200


def test_an_unknown_refresh_token(exact):
    answer = exact.refresh("nonsense")
    assert (answer.status_code, answer.json()) == (400, CHAIN)


def test_a_second_consent_breaks_the_first_chain(exact, box):
    first = exact.tokens["refresh_token"]
    exact.connect()
    box.clock.advance(600)
    answer = exact.refresh(first)
    assert (answer.status_code, answer.json()) == (400, CHAIN)


def test_chain_breaking_can_be_switched_off(exact, box):
    exact.service.control_set_option(chain_breaking=False)
    first = exact.tokens["refresh_token"]
    exact.connect()
    box.clock.advance(600)
    assert exact.refresh(first).status_code == 200


def test_another_users_consent_breaks_nothing(exact, box):
    exact_kit.Exact(box, demo.USER_EN)
    box.clock.advance(600)
    assert exact.refresh().status_code == 200


def test_a_colleagues_consent_may_break_the_chain(exact, box):
    exact.service.control_set_option(chain_breaking="company")
    elsewhere = exact_kit.Exact(box, divisions=[demo.SECOND])
    exact.tokens = exact.connect([demo.MAIN])
    exact_kit.Exact(box, demo.USER_EN, divisions=[demo.MAIN])
    box.clock.advance(600)
    answer = exact.refresh()
    assert (answer.status_code, answer.json()) == (400, CHAIN)
    # The same user's other consent was broken by the second one.
    assert elsewhere.refresh().status_code == 400


def test_a_colleague_on_another_division_breaks_nothing(exact, box):
    exact.service.control_set_option(chain_breaking="company")
    exact.tokens = exact.connect([demo.SECOND])
    exact_kit.Exact(box, demo.USER_EN, divisions=[demo.MAIN])
    box.clock.advance(600)
    assert exact.refresh().status_code == 200


def test_a_reused_token_may_break_its_chain(exact, box):
    exact.service.control_set_option(reuse_breaks_chain=True)
    first = exact.tokens["refresh_token"]
    box.clock.advance(600)
    second = exact.refresh(first).json()["refresh_token"]
    assert exact.refresh(first).status_code == 401
    box.clock.advance(600)
    answer = exact.refresh(second)
    assert (answer.status_code, answer.json()) == (400, CHAIN)


def test_a_token_that_rotated_without_an_answer_is_gone(exact, box):
    """The answer is lost: the old token no longer works, the new one nobody has."""
    box.faults.add("lost_after", "exact", method="POST", path="oauth2/token")
    box.clock.advance(600)
    with pytest.raises(requests.ConnectionError):
        exact.refresh()
    assert exact.refresh().status_code == 401


def test_a_revoked_consent(exact):
    exact.service.control_revoke(demo.USER_NL)
    answer = exact.refresh()
    assert (answer.status_code, answer.json()) == (400, CHAIN)
    assert exact.call("GET", exact.url("current/Me")).status_code == 401


def test_200_token_calls_a_day(exact, box):
    exact.service.control_set_limits(forget=True)
    for _ in range(200):
        assert exact.refresh().status_code == 400
    box.clock.advance(600)
    answer = exact.refresh()
    assert (answer.status_code, answer.content) == (429, b"")
    # Another user has a count of its own, and so has the next UTC day.
    exact_kit.Exact(box, demo.USER_EN)
    box.clock.set("2026-06-04T00:00:00+00:00")
    assert exact.refresh().status_code == 200
    assert exact.service.control_stats()["refused"]["token"] == 1


# --- using a token ----------------------------------------------------------


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 401)])
def test_an_access_token_lives_600_seconds(exact, box, seconds, status):
    box.clock.advance(seconds)
    url = exact.url("current/Me", select="UserID")
    assert exact.call("GET", url).status_code == status


@pytest.mark.parametrize(
    "value", [None, "", "Bearer", "Bearer nonsense", "Basic abc", "bearer {token}"]
)
def test_a_call_needs_a_bearer_token(exact, value):
    if value:
        value = value.format(token=exact.tokens["access_token"])
    url = exact.url("current/Me", select="UserID")
    answer = exact.call("GET", url, headers={"Authorization": value})
    assert (answer.status_code, answer.content) == (401, b"")


def test_expire_tokens(exact):
    assert exact.service.control_expire_tokens(user=demo.USER_NL)["tokens"] == 2
    url = exact.url("current/Me", select="UserID")
    assert exact.call("GET", url).status_code == 401
    tokens = exact.refresh().json()
    exact.service.control_expire_tokens(user=demo.USER_NL, refresh=True)
    answer = exact.refresh(tokens["refresh_token"])
    assert answer.json()["error"] == "invalid_request"


def test_the_redirect_keeps_a_query_of_its_own(exact):
    uri = "https://agency.example.com/exact/callback?db=main"
    exact.service.control_add_redirect_uri(demo.CLIENT_ID, uri)
    answer = exact.service.control_consent(demo.CLIENT_ID, demo.USER_NL, uri, "x")
    query = parse_qs(urlsplit(answer["redirect"]).query)
    assert set(query) == {"db", "code", "state"}
