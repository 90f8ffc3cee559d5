"""What can go wrong on the wire.  The *type* decides what happens next.

No message in here ever holds a credential, a header or a whole body; ``detail`` is
the vendor's own sentence, cut to a readable length.
"""

from datetime import datetime


class ConnectorError(Exception):
    """Base of all errors of the clients.

    :ivar code: stable key of the reason catalogue (``"exact.rejected"``, ...)
    :ivar detail: the vendor's own words, for a person to read
    :ivar status: HTTP status, or ``None`` when there was no answer
    :ivar landed: ``False`` when the vendor certainly did not carry out the call,
        ``None`` when nobody can know (answer lost, technical failure)
    """

    code = "error"
    landed: bool | None = False

    def __init__(self, detail="", *, code=None, status=None, landed=None):
        super().__init__(detail)
        self.detail = detail
        self.status = status
        if code is not None:
            self.code = code
        if landed is not None:
            self.landed = landed


class TemporaryError(ConnectorError):
    """Network trouble, time-out, technical 5xx, HTML instead of JSON: try later.

    ``landed`` is ``None`` once bytes of the request may have been sent.
    """

    code = "temporary"
    landed = None


class NotSentError(TemporaryError):
    """The request never left: no connection, or our own deadline had passed."""

    code = "not_sent"
    landed = False


class RateLimited(ConnectorError):
    """A quota window is used up (429, or known beforehand from the headers).

    :ivar retry_at: aware UTC moment at which the window opens again, on *our* clock
    :ivar window: ``"minute"``, ``"5min"``, ``"hour"``, ``"day"`` or ``"errors"``; or
        ``""`` when the answer did not tell
    """

    code = "rate_limited"

    def __init__(self, detail="", *, retry_at: datetime, window="", **kwargs):
        super().__init__(detail, **kwargs)
        self.retry_at = retry_at
        self.window = window


class AuthenticationError(ConnectorError):
    """401: the credentials (or the access token) are refused."""

    code = "authentication"


class ReconnectNeeded(AuthenticationError):
    """Only a new consent in the browser can repair this connection."""

    code = "reconnect"


class AccessDenied(ConnectorError):
    """403: known to the vendor, but without the right, module or division.

    :ivar reason: the vendor's reason word (Exact's ``Reason`` header) or area
    """

    code = "access_denied"

    def __init__(self, detail="", *, reason="", **kwargs):
        super().__init__(detail, **kwargs)
        self.reason = reason


class NotFound(ConnectorError):
    """404: no such path, row or language."""

    code = "not_found"


class Rejected(ConnectorError):
    """A business refusal (Exact's 500 with JSON) or a refused payload (400, 422).

    Never send the same again before something relevant has changed.

    :ivar messages: the vendor's sentences, one each
    """

    code = "rejected"

    def __init__(self, detail="", *, messages=(), **kwargs):
        super().__init__(detail, **kwargs)
        self.messages = tuple(messages) or ((detail,) if detail else ())


class BadRequest(Rejected):
    """400: our own fault (query syntax, unknown property), not the merchant's."""

    code = "bad_request"


class BadAnswer(TemporaryError):
    """An answer that is not what the vendor documents: HTML, truncated JSON."""

    code = "bad_answer"


class TooEarly(ConnectorError):
    """A token was asked for less than 570 s after the last one (Exact 1.4, 1.5).

    The stored access token is still good: keep using it.  Even this refusal may have
    rotated the refresh token (1.4), hence ``landed`` is ``None``.

    :ivar date: when Exact said so, aware UTC on *Exact's* clock; or ``None``
    """

    code = "exact.oauth.too_early"
    landed = None
    date: datetime | None = None


class OldRefreshToken(ReconnectNeeded):
    """The refresh token was rotated before (Exact 1.5): reread the store first.

    When the stored pair differs from the one just sent, another worker won.
    """

    code = "exact.oauth.old_token"
