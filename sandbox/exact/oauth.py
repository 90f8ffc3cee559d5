"""Tokens and consent: the rules of exact-online-api 1, without HTTP.

`pages.py` has the browser's side, `service.py` the routes.
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

from ..core import Clock, ControlError
from .limits import Limits
from .state import App, Chain, Grant, State, Token, User
from .store import new_guid

CODE_SECONDS = 180
ACCESS_SECONDS = 600
EARLIEST_REFRESH_SECONDS = 570
REFRESH_DAYS = 30

TOO_EARLY = "Rate limit exceeded: access_token not expired"
OLD_TOKEN = "Old refresh token used."
CHAIN_BROKEN = "Token is not allowed, because of invalid or empty chainId"

_ALPHABET = string.ascii_letters + string.digits
#: Codes hold characters that have to be percent-encoded (1.2).
_CODE_MARKS = "!+/="


@dataclass
class TokenAnswer:
    """What the token endpoint says; no body for `data` None."""

    status: int
    data: dict[str, Any] | None
    headers: dict[str, str] = field(default_factory=dict)
    changed: bool = False


def _opaque(length: int) -> str:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(length))
    return f"stampNL001.{body}"


def _new_code() -> str:
    parts = [secrets.token_urlsafe(40), secrets.token_urlsafe(40)]
    return f"stampNL001.{parts[0]}{_CODE_MARKS}{parts[1]}!"


def _refused(
    status: int, error: str, description: str | None = None, **headers: str
) -> TokenAnswer:
    data = {"error": error}
    if description is not None:
        data["error_description"] = description
    return TokenAnswer(status, data, headers)


def _us_time(moment: datetime) -> str:
    """Write a time as the expiry message does: `11/3/2021 2:50:46 PM`."""
    moment = moment.astimezone(timezone.utc)
    hour = moment.hour % 12 or 12
    half = "AM" if moment.hour < 12 else "PM"
    day = f"{moment.month}/{moment.day}/{moment.year}"
    return f"{day} {hour}:{moment:%M:%S} {half}"


class OAuth:
    """Issues codes and tokens."""

    def __init__(self, state: State, limits: Limits, clock: Clock) -> None:
        self.state = state
        self.limits = limits
        self.clock = clock

    # --- consent ------------------------------------------------------------

    def check_request(self, params: Mapping[str, str]) -> App | None:
        """Return the app of an authorization request; None when it is not valid.

        The redirect URI must be a registered one, character by character (1.2).
        """
        app = self.state.apps.get(params.get("client_id", ""))
        if app is None or params.get("redirect_uri") not in app.redirect_uris:
            return None
        return app if params.get("response_type") == "code" else None

    def grant(
        self, app: App, user: User, redirect_uri: str, divisions: list[int]
    ) -> Grant:
        """Make a code; it lives 3 minutes and works once.

        :raises ControlError: a division the user cannot open, or none at all
        """
        unknown = [code for code in divisions if code not in user.divisions]
        if unknown or not divisions:
            text = f"not divisions of {user.username}: {unknown or 'none chosen'}"
            raise ControlError(text)
        grant = Grant(
            code=_new_code(),
            client_id=app.client_id,
            user=user.username,
            redirect_uri=redirect_uri,
            divisions=sorted(divisions),
            issued_at=self.clock.now(),
        )
        self.state.grants[grant.code] = grant
        return grant

    @staticmethod
    def redirect(redirect_uri: str, **params: str | None) -> str:
        """Add parameters to a redirect URI, percent-encoded."""
        present = {name: value for name, value in params.items() if value is not None}
        mark = "&" if "?" in redirect_uri else "?"
        return f"{redirect_uri}{mark}{urlencode(present)}"

    # --- the token endpoint -------------------------------------------------

    def token(self, form: Mapping[str, str]) -> TokenAnswer:
        """Answer a token request; client credentials are in the form (1.3)."""
        app = self.state.apps.get(form.get("client_id", ""))
        secret = form.get("client_secret", "")
        if app is None:
            return _refused(400, "invalid_request")
        if secret != app.client_secret:
            if secret.strip() == app.client_secret:
                return TokenAnswer(401, None)
            return _refused(400, "invalid_request")
        if form.get("grant_type") == "authorization_code":
            return self._exchange(app, form)
        if form.get("grant_type") == "refresh_token":
            return self._refresh(app, form)
        return _refused(400, "unsupported_grant_type")

    def _counted(self, app: App, user: str) -> bool:
        self.limits.token_calls += 1
        return self.limits.take_token_call(app.client_id, user, self.clock.now())

    def _exchange(self, app: App, form: Mapping[str, str]) -> TokenAnswer:
        grant = self.state.grants.get(form.get("code", ""))
        if grant is None or grant.client_id != app.client_id:
            return _refused(400, "invalid_grant")
        if not self._counted(app, grant.user):
            return TokenAnswer(429, None)
        age = self.clock.now() - grant.issued_at
        late = age > timedelta(seconds=CODE_SECONDS)
        if grant.used or late or form.get("redirect_uri") != grant.redirect_uri:
            return _refused(400, "invalid_grant")
        grant.used = True
        self._break_earlier(grant)
        chain = Chain(new_guid(), app.client_id, grant.user, grant.divisions)
        self.state.chains[chain.id] = chain
        return self._issue(chain)

    def _break_earlier(self, grant: Grant) -> None:
        """Break the chains that a new consent takes the place of (1.5)."""
        how = self.state.options["chain_breaking"]
        if how:
            self.break_chains(grant.user, grant.client_id)
        if how == "company":
            for chain in self.state.chains.values():
                shared = set(chain.divisions) & set(grant.divisions)
                if chain.client_id == grant.client_id and shared:
                    chain.broken = True

    def break_chains(self, user: str, client_id: str | None = None) -> int:
        """Break a user's chains, for one app or all; return how many."""
        broken = 0
        for chain in self.state.chains.values():
            if chain.user == user and client_id in {None, chain.client_id}:
                broken += not chain.broken
                chain.broken = True
        return broken

    def _refresh(self, app: App, form: Mapping[str, str]) -> TokenAnswer:
        token = self.state.refresh.get(form.get("refresh_token", ""))
        chain = self.state.chains.get(token.chain) if token else None
        if token is None or chain is None or chain.client_id != app.client_id:
            return _refused(400, "invalid_grant", CHAIN_BROKEN)
        if not self._counted(app, chain.user):
            return TokenAnswer(429, None)
        if token.rotated:
            chain.broken |= self.state.options["reuse_breaks_chain"]
            return _refused(401, "unauthorized_client", OLD_TOKEN)
        if chain.broken:
            return _refused(400, "invalid_grant", CHAIN_BROKEN)
        now = self.clock.now()
        expires = token.issued_at + timedelta(days=REFRESH_DAYS)
        if now > expires:
            text = (
                f"The refresh token expired at {_us_time(expires)} "
                f"and it is now {_us_time(now)}."
            )
            return _refused(400, "invalid_request", text)
        if now - token.issued_at < timedelta(seconds=EARLIEST_REFRESH_SECONDS):
            reason = f"TooEarlyToRefreshTokens: {TOO_EARLY}"
            return _refused(400, "access_denied", TOO_EARLY, Reason=reason)
        token.rotated = True
        return self._issue(chain)

    def _issue(self, chain: Chain) -> TokenAnswer:
        now = self.clock.now()
        self._forget_old(now)
        access = Token(_opaque(1400), chain.id, now)
        refresh = Token(_opaque(2200), chain.id, now)
        self.state.access[access.value] = access
        self.state.refresh[refresh.value] = refresh
        data = {
            "access_token": access.value,
            "token_type": "bearer",
            "expires_in": str(ACCESS_SECONDS),
            "refresh_token": refresh.value,
        }
        return TokenAnswer(200, data, {"Cache-Control": "no-store"}, changed=True)

    def _forget_old(self, now: datetime) -> None:
        oldest = now - timedelta(days=1)
        for token in list(self.state.access.values()):
            if token.issued_at < oldest:
                del self.state.access[token.value]
        oldest = now - timedelta(days=3 * REFRESH_DAYS)
        for token in list(self.state.refresh.values()):
            if token.rotated and token.issued_at < oldest:
                del self.state.refresh[token.value]

    # --- the resource side --------------------------------------------------

    def authenticate(self, header: str | None) -> tuple[Chain | None, bool]:
        """Return the chain of a bearer token and whether the token is alive.

        An expired token still tells whose call it was, for the error counter.
        """
        scheme, _blank, value = (header or "").partition(" ")
        token = self.state.access.get(value) if scheme == "Bearer" else None
        if token is None:
            return None, False
        age = self.clock.now() - token.issued_at
        alive = age < timedelta(seconds=ACCESS_SECONDS)
        return self.state.chains.get(token.chain), alive
