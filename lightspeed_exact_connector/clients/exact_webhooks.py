"""Exact Online: what it posts when something changed (Exact reference, 7.7)."""

import hashlib
import hmac
import json
import re
from collections import namedtuple
from uuid import UUID

from .wire import json_text

SUBSCRIPTIONS = "webhooks/WebhookSubscriptions"
SUBSCRIPTION_FIELDS = ("ID", "Topic", "CallbackURL", "ClientID")

#: What a webhook says: topic, action and key as text, the number of the division, and
#: the app's id, ``""`` where it is not said.
Notice = namedtuple("Notice", "topic action key division client_id")

_BOM = b"\xef\xbb\xbf"
_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALAR = re.compile(rb'[^\s,:{}\[\]"]+')
# Brackets and whole strings; a quote alone is a string that does not end.
_NESTING = re.compile(rb'[{}\[\]]|"[^"\\]*(?:\\.[^"\\]*)*"|"', re.DOTALL)
_HASH = re.compile(r"[0-9A-Fa-f]{64}")

_NO_HASH = "-" * 64
_ACTIONS = ("Create", "Update", "Delete")


def verified(body, secret):
    """Return what a webhook says, if it is signed with the secret of the app (7.7).

    ``HashCode`` is the HMAC-SHA256, in upper-case hex, over the text of ``Content``
    exactly as it came.  That very text is what is read afterwards, so that nothing
    else of the body, such as a second ``Content``, can be taken for it.  As much is
    computed whatever is wrong.

    :param bytes body: as received
    :param str secret: the webhook secret of the app; an empty one never fits
    :return: ``None`` when it is not signed, or cannot be read
    :rtype: Notice | None
    """
    content, given = _parts(body)
    key = (secret or "").encode()
    digest = hmac.new(key, content or b"", hashlib.sha256).hexdigest().upper()
    known = content is not None and bool(_HASH.fullmatch(given))
    text = given.upper() if known else _NO_HASH
    fits = hmac.compare_digest(digest.encode(), text.encode())
    return _notice(content) if fits and known and key else None


def content_text(body):
    """Return the raw bytes of ``Content``, and the ``HashCode`` beside it.

    :param bytes body: as received
    :return: ``(None, "")`` when the body is no JSON object with exactly one
        ``Content`` that is an object, and at most one ``HashCode``
    :rtype: tuple(bytes | None, str)
    """
    return _parts(body)


def _parts(body):
    found = {}
    for name, value in _members(body):
        if name is None or (name in ("Content", "HashCode") and name in found):
            return None, ""
        found[name] = value
    content = found.get("Content", b"")
    if not content.startswith(b"{"):
        return None, ""
    return content, _text(found.get("HashCode", b"")) or ""


def _members(body):
    """Yield name and raw value of each member of an object; a name ``None`` ends it.

    Not recursive: however deep something is nested, it costs no stack.
    """
    at = _skip(body, len(_BOM) if body.startswith(_BOM) else 0)
    if body[at : at + 1] != b"{":
        yield None, b""
        return
    at = _skip(body, at + 1)
    while True:
        name = _STRING.match(body, at)
        colon = _skip(body, name.end()) if name else at
        if not name or body[colon : colon + 1] != b":":
            yield None, b""
            return
        start = _skip(body, colon + 1)
        end = _end_of(body, start)
        text = _text(name.group())
        if end is None or text is None:
            yield None, b""
            return
        yield text, body[start:end]
        at = _skip(body, end)
        mark = body[at : at + 1]
        if mark == b"}" and _skip(body, at + 1) == len(body):
            return
        if mark != b",":
            yield None, b""
            return
        at = _skip(body, at + 1)


def _skip(body, at):
    return _SPACE.match(body, at).end()


def _end_of(body, at):
    """Return where a value ends, ``None`` for one that does not."""
    first = body[at : at + 1]
    if first in (b"{", b"["):
        depth = 0
        for token in _NESTING.finditer(body, at):
            mark = token.group()
            if mark in (b"{", b"["):
                depth += 1
            elif mark in (b"}", b"]"):
                depth -= 1
                if not depth:
                    return token.end()
            elif mark == b'"':
                return None
        return None
    whole = (_STRING if first == b'"' else _SCALAR).match(body, at)
    return whole and whole.end()


def _text(raw):
    """Return the text of a JSON string, ``None`` for anything else."""
    try:
        text = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return text if isinstance(text, str) else None


def _notice(content):
    row = json_text(content)
    if not isinstance(row, dict):
        return None
    return Notice(
        topic=_word(row.get("Topic")),
        action=row.get("Action") if row.get("Action") in _ACTIONS else "",
        key=guid_text(row.get("Key")),
        division=_number(row.get("Division")),
        client_id=guid_text(row.get("ClientId")) or _word(row.get("ClientId")),
    )


def _word(value):
    return value.strip()[:64] if isinstance(value, str) else ""


def _number(value):
    """Return a number that may come as text; 0 for what is none."""
    text = "" if isinstance(value, bool) else str(value)
    return int(text) if re.fullmatch(r"[0-9]{1,10}", text) else 0


def guid_text(value):
    """Return a GUID in lower case and without braces, ``""`` for what is none.

    :param value: anything
    :rtype: str
    """
    text = value.strip().strip("{}") if isinstance(value, str) else ""
    try:
        return str(UUID(text)) if len(text) == 36 else ""
    except ValueError:
        return ""
