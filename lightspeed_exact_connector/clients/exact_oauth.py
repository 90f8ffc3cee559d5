"""Exact Online's OAuth 2: consent, first tokens, rotation (Exact reference 1).

Every refresh gives a new refresh token and kills the old one.  Callers serialise
refreshes with a lock that spans processes, store a new pair durably before they use
it, and reread the store after taking the lock: nothing of that is done here.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from oauthlib.oauth2 import OAuth2Error, WebApplicationClient

from .errors import (
    AccessDenied,
    BadAnswer,
    OldRefreshToken,
    RateLimited,
    ReconnectNeeded,
    TemporaryError,
    TooEarly,
)
from .quota import exact_windows
from .wire import checked_url, json_body, sentence

HOSTS = {
    "nl": "https://start.exactonline.nl",
    "be": "https://start.exactonline.be",
    "de": "https://start.exactonline.de",
    "uk": "https://start.exactonline.co.uk",
    "fr": "https://start.exactonline.fr",
    "us": "https://start.exactonline.com",
    "es": "https://start.exactonline.es",
}
"""Country to address; an app and its tokens belong to one of them (1.1)."""

ACCESS_SECONDS = 600
"""How long an access token lives, unless the answer says otherwise (1.4)."""
REFRESH_AFTER = timedelta(seconds=570)
"""No new token before so long after the last one (1.4)."""
REFRESH_LIFETIME = timedelta(days=30)
"""How long a refresh token lives (1.4)."""

CALLS_A_DAY = 200
"""Token calls a day, of one app and user (1.4, 2.1)."""

_EARLY_MARGIN = timedelta(seconds=2)
_WHOLE_SECOND = timedelta(seconds=1)
_UNKNOWN_WAIT = timedelta(minutes=15)

# Some versions of oauthlib log whole messages at DEBUG, with their tokens.
logging.getLogger("oauthlib").setLevel(logging.INFO)


@dataclass(frozen=True)
class TokenPair:
    """An access token and the refresh token that replaces it.

    All times are aware UTC on our clock, each on its careful side of the call.

    :ivar issued_at: the pair is at most as old as this tells: + ``REFRESH_AFTER`` is
        the first moment for a refresh
    :ivar expires_at: the access token is good until then
    :ivar refresh_expires_at: the refresh token is good until then
    :ivar issued_date: when Exact made the pair, aware UTC on *Exact's* clock; or
        ``None``
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    refresh_expires_at: datetime
    issued_date: datetime | None = None


def renewal_moment(issued_at, expires_at, before):
    """When to ask for a new pair: late in the life of the last one, never too early.

    After a slow answer nobody knows whether Exact counts from its beginning or its
    end.  Then the later moment counts: a token that is over costs one refused call and
    can be renewed at once, a renewal too early is refused and gives nothing (1.4).

    :param datetime issued_at: the latest moment at which the pair can be made
    :param datetime expires_at: the earliest moment at which its token can end
    :param timedelta before: how long before its end a token is renewed
    :rtype: datetime
    """
    return max(expires_at - before, issued_at + REFRESH_AFTER + _EARLY_MARGIN)


def corrected_times(now, date, issued_date):
    """When a pair was made and ends, as Exact's own clock says.

    For after a :exc:`.TooEarly`: our clock was moved since the pair was stored.

    :param datetime now: our clock, at the answer
    :param datetime date: the answer's ``Date`` header, aware UTC, or ``None``
    :param datetime issued_date: :attr:`TokenPair.issued_date`, or ``None``
    :return: issued and expired on our clock, each on its careful side; ``None`` when
        Exact's clock does not say so, or contradicts its own refusal
    :rtype: tuple(datetime, datetime) | None
    """
    if date is None or issued_date is None:
        return None
    age = date - issued_date
    if not -_WHOLE_SECOND <= age < REFRESH_AFTER:
        return None
    # Both headers count in whole seconds.
    youngest, oldest = age - _WHOLE_SECOND, age + _WHOLE_SECOND
    return now - youngest, now - oldest + timedelta(seconds=ACCESS_SECONDS)


class ExactOAuth:
    """The token calls of one app registration.

    :param str host: a value of :data:`HOSTS`, or a stand-in's address
    :param str client_id: GUID of the registration
    :param str client_secret: its secret
    :param str redirect_uri: exactly as registered
    :param Transport transport: makes the calls
    :raise BadRequest: (``transport.insecure_url``, ``transport.bad_url``) bad host
    """

    def __init__(self, host, client_id, client_secret, redirect_uri, *, transport):
        self._host = checked_url(host)
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._transport = transport

    def authorize_url(self, state, force_login=True):
        """Where to send the browser for a consent (1.2).

        :param str state: comes back unchanged
        :param bool force_login: let the merchant choose the user, whatever cookies say
        :rtype: str
        """
        # oauthlib wants https and is told so: the host was checked in our own way,
        # which also lets a stand-in on this machine through.
        host = urlsplit(self._host)
        secure = host._replace(scheme="https").geturl()
        url = WebApplicationClient(self._client_id).prepare_request_uri(
            f"{secure}/api/oauth2/auth",
            redirect_uri=self._redirect_uri,
            state=state,
            force_login="1" if force_login else "0",
        )
        return urlsplit(url)._replace(scheme=host.scheme).geturl()

    def exchange(self, code):
        """The first tokens for a consent; a code works once, for three minutes (1.2).

        :param str code: from the callback, decoded once
        :rtype: TokenPair
        :raise ConnectorError: see :meth:`refresh`
        """
        body = self._oauth().prepare_request_body(
            code=code,
            redirect_uri=self._redirect_uri,
            client_secret=self._client_secret,
        )
        return self._token(body)

    def refresh(self, refresh_token):
        """Rotate: a new pair for an old refresh token, which is dead from then on.

        :param str refresh_token: of the pair that was stored last
        :rtype: TokenPair
        :raise TooEarly: keep using the stored pair; with Exact's time as ``date``
        :raise OldRefreshToken: reread the store first
        :raise ReconnectNeeded: only a new consent helps (``exact.oauth.expired``,
            ``.chain``, ``.grant``, ``.client``, ``.refused``)
        :raise RateLimited: too many token calls; with ``landed`` None, as it may
            have rotated all the same (1.4)
        :raise TemporaryError: no usable answer; with ``landed`` None it may have
            rotated: the next try then tells by ``OldRefreshToken``
        """
        body = self._oauth().prepare_refresh_body(
            refresh_token=refresh_token,
            client_id=self._client_id,
            client_secret=self._client_secret,
        )
        return self._token(body)

    def _oauth(self):
        return WebApplicationClient(self._client_id)

    def _token(self, body):
        asked = self._transport.now()
        answer = self._transport.request(
            "POST",
            f"{self._host}/api/oauth2/token",
            data=body,
            headers={
                "Accept": "application/json",
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        answered = self._transport.now()
        data = json_body(answer)
        if answer.status >= 300 or (isinstance(data, dict) and "error" in data):
            raise _refusal(answer, data, answered)
        pair = _pair(answer, asked, answered) if isinstance(data, dict) else None
        if pair is None:
            raise BadAnswer(
                "The answer holds no tokens.",
                code="exact.oauth.bad_answer",
                status=answer.status,
            )
        return pair


def _pair(answer, asked, answered):
    """The tokens in an answer, or ``None``.

    :rtype: TokenPair | None
    """
    oauth = WebApplicationClient("")
    try:
        token = oauth.parse_request_body_response(answer.text)
    except (OAuth2Error, TypeError, ValueError, ArithmeticError):
        return None
    access, refresh = token.get("access_token"), token.get("refresh_token")
    if not (isinstance(access, str) and access):
        return None
    if not (isinstance(refresh, str) and refresh):
        return None
    seconds = token.get("expires_in")
    if not isinstance(seconds, int) or not 0 < seconds <= 86400:
        seconds = ACCESS_SECONDS
    return TokenPair(
        access_token=access,
        refresh_token=refresh,
        issued_at=answered,
        expires_at=asked + timedelta(seconds=seconds),
        refresh_expires_at=asked + REFRESH_LIFETIME,
        issued_date=answer.date,
    )


# ------------------------------------------------------------------------- refusals

_REFUSALS = (
    # In this order: (words in the description or reason, error class, last of code)
    ("access_token not expired", TooEarly, "too_early"),
    ("tooearlytorefreshtokens", TooEarly, "too_early"),
    ("old refresh token used", OldRefreshToken, "old_token"),
    ("chainid", ReconnectNeeded, "chain"),
    ("refresh token expired", ReconnectNeeded, "expired"),
)
_ERRORS = {
    "invalid_grant": "grant",
    "invalid_client": "client",
    "invalid_request": "client",
    "unauthorized_client": "client",
}


def _refusal(answer, data, now):
    """Our error for a refusal of the token endpoint (1.5).

    :rtype: ConnectorError
    """
    status = answer.status
    if status == 429:
        return _rate_limited(answer, now)
    error, description = "", ""
    if isinstance(data, dict):
        error = sentence(data.get("error")).lower()
        description = sentence(data.get("error_description"))
    reason = sentence(answer.headers.get("Reason"))
    readable = bool(error or reason or not answer.text.strip())
    if status < 300 or (status in (400, 401) and readable):
        words = f"{description} {reason}".lower()
        detail = description or reason or error
        for pattern, kind, code in _REFUSALS:
            if pattern in words:
                found = kind(detail, code=f"exact.oauth.{code}", status=status)
                if isinstance(found, TooEarly):
                    found.date = answer.date
                return found
        # 401 without a body: a secret with stray blanks (1.5).
        code = _ERRORS.get(error, "refused" if error else "client")
        return ReconnectNeeded(detail, code=f"exact.oauth.{code}", status=status)
    if status == 403:
        return AccessDenied(
            description, reason=reason, code="exact.oauth.forbidden", status=status
        )
    return TemporaryError(
        f"Answered {status} without saying why.",
        code="exact.oauth.unavailable",
        status=status,
    )


def _rate_limited(answer, now):
    windows = exact_windows(answer.headers, now, answer.date)
    last = max(windows, key=lambda window: window.reset_at, default=None)
    error = RateLimited(
        "Too many token calls.",
        retry_at=last.reset_at if last else now + _UNKNOWN_WAIT,
        window=last.name if last else "day",
        code="exact.oauth.rate_limited",
        status=429,
    )
    error.landed = None  # it may have rotated all the same (1.4)
    return error
