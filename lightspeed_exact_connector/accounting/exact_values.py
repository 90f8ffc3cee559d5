"""Reading the values of Exact Online: dates, padded codes, GUIDs."""

import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation

_MILLISECONDS = re.compile(r"/Date\((-?\d{1,16})(?:[+-]\d{4})?\)/", re.ASCII)
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00:00(?:\.0+)?Z?)?", re.ASCII)
_GUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Width of ``crm/Accounts.Code``; blanks stand on the left (Exact reference 4.1, 8.3).
ACCOUNT_CODE_WIDTH = 18


def exact_date(value) -> date:
    """Return the calendar date of a date-only property.

    Such values are midnight UTC in milliseconds (Exact reference 8.3); the ISO form
    that is sent (``2026-11-23T00:00:00``) is read as well.

    :param str value: ``/Date(1795392000000)/`` or an ISO date
    :raise ValueError: for everything else, ``None`` included
    """
    if isinstance(value, str):
        found = _MILLISECONDS.fullmatch(value.strip())
        if found:
            try:
                moment = _EPOCH + timedelta(milliseconds=int(found[1]))
            except OverflowError as error:
                raise ValueError("date out of range") from error
            return moment.date()
        found = _ISO.fullmatch(value.strip())
        if found:
            return date.fromisoformat(found[1])
    raise ValueError("not a date of Exact")


def date_or_none(value) -> date | None:
    """Return the date as :func:`exact_date` does, ``None`` for what is none."""
    try:
        return exact_date(value)
    except ValueError:
        return None


def trim(value) -> str:
    """Return a code without its padding; ``None`` gives ``""`` (reference 8.3)."""
    if value is None or isinstance(value, (bool, list, dict)):
        return ""
    # Neither can be stored: NUL, and what is no character at all.
    text = str(value).replace("\x00", "").encode("utf-8", "ignore").decode()
    return text.strip()


def integer(value) -> int:
    """Return a small whole number, 0 for what is none or no database keeps."""
    if isinstance(value, (bool, float)):
        return 0
    try:
        found = Decimal(trim(value))
    except InvalidOperation:
        return 0
    if not found.is_finite() or abs(found) >= 2**31 or found != int(found):
        return 0
    return int(found)


def guid(value) -> str:
    """Return a GUID in lower case, without braces.

    :raise ValueError: when it is none
    """
    text = trim(value).lower().removeprefix("{").removesuffix("}")
    if not _GUID.fullmatch(text):
        raise ValueError("not a GUID")
    return text


def guid_or_empty(value) -> str:
    """Return the GUID as :func:`guid` does, ``""`` for what is none."""
    try:
        return guid(value)
    except ValueError:
        return ""


def pad_account_code(code) -> str:
    """Return a relation's code as filters must write it (Exact reference 4.1)."""
    return trim(code).rjust(ACCOUNT_CODE_WIDTH)
