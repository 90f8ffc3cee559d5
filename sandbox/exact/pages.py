"""The browser's side of the consent: log-in page and consent page.

Plain HTML that a person or a test with a browser can use (exact-online-api 1.2).
"""

import html
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from werkzeug import Request, Response
from werkzeug.utils import redirect

from .oauth import OAuth
from .state import App, State, User

COOKIE = "ExactSandboxSession"
AUTH_PATH = "/api/oauth2/auth"
LOGIN_PATH = "/api/oauth2/login"
CONSENT_PATH = "/api/oauth2/consent"

#: The parameters that travel through the pages.
_CARRIED = ("client_id", "redirect_uri", "response_type", "state", "force_login")

_STYLE = (
    "body{font:16px sans-serif;background:#eef1f4;margin:0}"
    "main{max-width:28rem;margin:8vh auto;background:#fff;padding:2rem;"
    "border-radius:.5rem;box-shadow:0 1px 4px #0003}"
    "label{display:block;margin:.6rem 0}input[type=text],input[type=password]"
    "{width:100%;padding:.5rem;box-sizing:border-box}"
    "button{padding:.6rem 1.4rem;margin-right:.6rem}.error{color:#b00020}"
)


def _page(title: str, body: str, status: int = 200) -> Response:
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
    response = Response(text, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Frame-Options"] = "DENY"
    return response


def _hidden(params: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in params.items()
    )


def _error(text: str | None) -> str:
    return f'<p class="error" role="alert">{html.escape(text)}</p>' if text else ""


def _carried(values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in _CARRIED if name in values}


class Pages:
    """Renders and handles the pages.

    :param touch: called when something changed
    """

    def __init__(self, state: State, oauth: OAuth, touch: Callable[[], None]) -> None:
        self.state = state
        self.oauth = oauth
        self.touch = touch

    def handle(self, request: Request) -> Response:
        """Answer a request on one of the three paths."""
        values = request.form if request.method == "POST" else request.args
        app = self.oauth.check_request(values)
        if app is None:
            # Never a redirect: the address to go to is not to be trusted.
            text = "client_id, redirect_uri or response_type is not valid."
            return _page("Invalid request", _error(text), 400)
        if request.path == LOGIN_PATH and request.method == "POST":
            return self._login(request, values)
        user = self._session_user(request)
        if request.path == AUTH_PATH and request.method == "GET":
            if user is None or values.get("force_login") == "1":
                return self._login_page(_carried(values))
            return redirect(f"{CONSENT_PATH}?{urlencode(_carried(values))}")
        if request.path == CONSENT_PATH and user is not None:
            if request.method == "POST":
                return self._decide(request, app, user)
            return self._consent_page(request, app, user)
        if request.method == "GET":
            return redirect(f"{AUTH_PATH}?{urlencode(_carried(values))}")
        return _page("Invalid request", _error("Not allowed here."), 405)

    # --- log in -------------------------------------------------------------

    def _session_user(self, request: Request) -> User | None:
        name = self.state.sessions.get(request.cookies.get(COOKIE, ""))
        return self.state.users.get(name) if name else None

    def _login_page(
        self, carried: dict[str, str], error: str | None = None
    ) -> Response:
        form = (
            f'<form method="post" action="{LOGIN_PATH}">{_hidden(carried)}'
            '<label>User name<input type="text" name="UserName" '
            'autocomplete="username" required autofocus></label>'
            '<label>Password<input type="password" name="Password" '
            'autocomplete="current-password" required></label>'
            '<button type="submit" name="login" value="1">Log in</button></form>'
        )
        return _page("Exact Online (sandbox)", _error(error) + form)

    def _login(self, request: Request, values: Mapping[str, str]) -> Response:
        user = self.state.users.get(values.get("UserName", ""))
        password = values.get("Password", "")
        if user is None or not secrets.compare_digest(
            user.password.encode(), password.encode()
        ):
            text = "The user name or the password is not correct."
            return self._login_page(_carried(values), text)
        session = secrets.token_urlsafe(24)
        self.state.sessions[session] = user.username
        self.touch()
        response = redirect(f"{CONSENT_PATH}?{urlencode(_carried(values))}")
        response.set_cookie(
            COOKIE, session, path="/api/oauth2", httponly=True, samesite="Lax"
        )
        return response

    # --- consent ------------------------------------------------------------

    def _consent_page(
        self, request: Request, app: App, user: User, error: str | None = None
    ) -> Response:
        boxes = "".join(
            f'<label><input type="checkbox" name="division" value="{code}" checked> '
            f"{code} - {html.escape(self._division_name(code))}</label>"
            for code in user.divisions
        )
        values = request.form if request.method == "POST" else request.args
        carried = _carried(values)
        carried["session"] = request.cookies[COOKIE]
        body = (
            f"{_error(error)}<p><strong>{html.escape(app.name)}</strong> asks for "
            f"access to your data. You are {html.escape(user.full_name)}.</p>"
            f'<form method="post" action="{CONSENT_PATH}">{_hidden(carried)}'
            f"<fieldset><legend>Divisions</legend>{boxes}</fieldset><p>"
            '<button type="submit" name="decision" value="grant">Grant</button>'
            '<button type="submit" name="decision" value="refuse">Refuse</button>'
            "</p></form>"
        )
        return _page("Grant access", body)

    def _division_name(self, code: int) -> str:
        division = self.state.divisions.get(code)
        return division.profile["Description"] if division else ""

    def _decide(self, request: Request, app: App, user: User) -> Response:
        form = request.form
        if form.get("session") != request.cookies.get(COOKIE):
            return _page("Invalid request", _error("The form is not yours."), 400)
        target, state = form["redirect_uri"], form.get("state")
        if form.get("decision") != "grant":
            refusal = self.oauth.redirect(target, error="access_denied", state=state)
            return redirect(refusal)
        try:
            chosen = [int(code) for code in form.getlist("division")]
            grant = self.oauth.grant(app, user, target, chosen)
        except ValueError:
            text = "Choose at least one division."
            return self._consent_page(request, app, user, text)
        self.touch()
        return redirect(self.oauth.redirect(target, code=grant.code, state=state))


def token_form(request: Request) -> Any:
    """Return the form of a token request; None when it is not form encoded."""
    kind = request.mimetype
    return request.form if kind == "application/x-www-form-urlencoded" else None
