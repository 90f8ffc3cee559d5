"""Edm types: JSON to Python, Python to JSON, local time (exact-online-api 8.3).

Inside the sandbox a DateTime is a naive datetime. For audit times that is
Amsterdam's wall clock, which the API then writes as if it were UTC.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from ..core import AMSTERDAM, Clock
from .errors import CONVERT, payload_error
from .metadata import Prop

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_DATETIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,7})?Z?)?\Z")
_NUMERIC_TEXT = re.compile(r"-?\d{1,15}(\.\d{1,15})?\Z")
_EPOCH = datetime(1970, 1, 1)
_MILLISECOND = timedelta(milliseconds=1)

_RANGES = {
    "Byte": (0, 255),
    "Int16": (-(2**15), 2**15 - 1),
    "Int32": (-(2**31), 2**31 - 1),
    "Int64": (-(2**63), 2**63 - 1),
}
#: Names of types in the convert message of 8.6.
_CLR_NAMES = {"Binary": "Byte[]"}


def local_time(clock: Clock) -> datetime:
    """Return Amsterdam's wall clock, naive, in whole milliseconds."""
    now = clock.now().astimezone(AMSTERDAM).replace(tzinfo=None)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def utc_offset(clock: Clock) -> int:
    """Return `ServerUtcOffset` in seconds."""
    offset = clock.now().astimezone(AMSTERDAM).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def today(clock: Clock) -> datetime:
    """Return local midnight of the current day."""
    return local_time(clock).replace(hour=0, minute=0, second=0, microsecond=0)


def json_date(value: datetime) -> str:
    """Write `/Date(ms)/`."""
    return f"/Date({(value - _EPOCH) // _MILLISECOND})/"


def parse_datetime(text: str) -> datetime | None:
    """Read `2026-11-23`, `2026-11-23T00:00:00` or that with `Z`; None = no date.

    The digits are taken as they stand: `Z` does not move the day.
    """
    if not _DATETIME.match(text):
        return None
    text = text.rstrip("Z")
    head, _dot, fraction = text.partition(".")
    try:
        value = datetime.fromisoformat(head)
    except ValueError:
        return None
    return value + timedelta(microseconds=int(fraction[:6].ljust(6, "0") or 0))


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def load_json(body: bytes) -> Any:
    """Read JSON with exact numbers.

    :raises ValueError: for anything that is not JSON, NaN and Infinity included
    """
    return json.loads(
        body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse_constant
    )


def _string(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _guid(value: Any) -> str | None:
    if isinstance(value, str) and GUID.match(value):
        return value.lower()
    return None


def _double(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and not _NUMERIC_TEXT.match(value):
        return None
    if not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:  # pragma: no cover - the expression lets none pass
        return None
    exponent = number.as_tuple().exponent
    return number if abs(number) < 10**15 and int(exponent) > -30 else None


def _boolean(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _datetime(value: Any) -> datetime | None:
    return parse_datetime(value) if isinstance(value, str) else None


def _binary(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value


def _integer(kind: str) -> Callable[[Any], int | None]:
    low, high = _RANGES[kind]

    def convert(value: Any) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return None
        return value if low <= value <= high else None

    return convert


_READERS: dict[str, Callable[[Any], Any]] = {
    "String": _string,
    "Guid": _guid,
    "Double": _double,
    "Boolean": _boolean,
    "DateTime": _datetime,
    "Binary": _binary,
    **{kind: _integer(kind) for kind in _RANGES},
}


def from_json(prop: Prop, value: Any) -> Any:
    """Turn a JSON value of a payload into a Python value.

    Numbers may be posted as numeric strings for Double only (5.4). Text for a
    Boolean, which some saw working, is refused (stricter).

    :raises ApiError: 400 with the convert message of 8.6
    """
    if value is None:
        return None
    reader = _READERS.get(prop.type)
    result = reader(value) if reader else None
    if result is None:
        name = _CLR_NAMES.get(prop.type, prop.type)
        raise payload_error(CONVERT, prop.name, name)
    return result


def pad(prop: Prop, value: str) -> str:
    """Widen a code to the width of answers."""
    if prop.pad < 0:
        return value.rjust(-prop.pad)
    return value.ljust(prop.pad)


def to_json(prop: Prop, value: Any) -> Any:
    """Turn a Python value into what an answer carries (8.3)."""
    if value is None:
        return 0 if prop.type == "Byte" else None
    if isinstance(value, datetime):
        return json_date(value)
    if prop.type == "Int64":
        return str(value)
    if prop.pad and isinstance(value, str):
        return pad(prop, value)
    if prop.type == "Byte":
        return int(value)
    return value


def comparable(prop: Prop, value: Any) -> Any:
    """Return the value that `$filter` and `$orderby` look at.

    A left-padded code counts with its blanks; blanks on the right never count,
    in line with the production filter on SearchCode (4.1).
    """
    if prop.pad < 0 and isinstance(value, str):
        return pad(prop, value)
    return value
