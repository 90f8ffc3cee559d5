"""What both vendors share on the wire: addresses, JSON bodies, vendor sentences."""

import ipaddress
import re
import unicodedata
from urllib.parse import urlsplit

from ..accounting.money import loads_any
from .errors import BadAnswer, BadRequest

DETAIL_LENGTH = 300
"""Longest vendor sentence that is kept, in characters."""


def checked_url(url):
    """Check the address of a vendor and return it without a closing slash.

    Plain http is for stand-ins on this machine only (127.0.0.0/8, ::1, localhost).

    :param str url: scheme and host, perhaps a port and a path
    :rtype: str
    :raise BadRequest: (``transport.insecure_url``, ``transport.bad_url``) not https,
        or not an address without user, query and fragment
    """
    text = (url or "").strip()
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
    except ValueError:
        host = None
    extras = host and (parts.query or parts.fragment or "@" in parts.netloc)
    # Libraries do not agree about the host of an address with these.
    odd = any(char <= " " or char in "\\\x7f" for char in text)
    if not host or extras or odd or parts.scheme not in ("http", "https"):
        raise BadRequest("This is not a web address.", code="transport.bad_url")
    if parts.scheme != "https" and not is_loopback(host):
        raise BadRequest(
            "The address must begin with https.", code="transport.insecure_url"
        )
    return text.rstrip("/")


def is_loopback(host):
    """Whether a host name is this machine: localhost, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def same_origin(one, other):
    """Whether two absolute URLs have the same scheme, host and port.

    :rtype: bool
    """
    try:
        return _origin(one) == _origin(other)
    except ValueError:
        return False


def _origin(url):
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default


def json_body(answer):
    """The parsed JSON of an answer, or ``None`` when it holds no (whole) JSON.

    A vendor's content type is no proof (Exact reference 8.7), so the text decides.

    :param Answer answer: what the transport returned
    """
    if not answer.intact:
        return None
    return json_text(answer.text)


def json_text(text):
    """The parsed JSON of a text, or ``None`` when it is no (whole) JSON.

    :param text: text, or bytes in UTF-8
    """
    try:
        text = text.decode() if isinstance(text, bytes) else text
        return loads_any(text) if text.strip() else None
    except (ValueError, RecursionError):
        return None


def unreadable(answer, vendor):
    """The error for an answer that should have held JSON.

    :param str vendor: ``"lightspeed"`` or ``"exact"``, the first part of the code
    :rtype: BadAnswer
    """
    kind = "a web page" if "html" in answer.content_type else "something unreadable"
    return BadAnswer(
        f"Answered {answer.status} with {kind} instead of JSON.",
        code=f"{vendor}.bad_answer",
        status=answer.status,
    )


def sentence(value, limit=DETAIL_LENGTH):
    """One readable line out of a vendor's text: no control characters, cut.

    :param value: the text; anything that is not a text gives ``""``
    :rtype: str
    """
    if not isinstance(value, str):
        return ""
    cleaned = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cs") else character
        for character in value[: 4 * limit]
    )
    cleaned = re.sub(r"\s+", " ", cleaned).strip()
    return cleaned if len(cleaned) <= limit else cleaned[: limit - 1].rstrip() + "…"


def plain_text(answer):
    """The text of an answer when it is a short plain sentence, else ``""``."""
    text = answer.text.strip()
    if not answer.intact or "<" in text or "{" in text:
        return ""
    return sentence(text)
