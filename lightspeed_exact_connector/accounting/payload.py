"""Reading single fields of Lightspeed's JSON: tolerant of every kind of "not set".

Unset is ``false``, ``null``, ``""`` or ``[]`` (Lightspeed reference 0.5 and 9.1);
numbers come as int, number or text (9.2, 9.5).  A field that holds something which
cannot be meant raises ``Hold("unreadable_order")`` with the vendor's field name.
"""

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from .booking import Hold
from .money import cents, normal, to_decimal
from .texts import clean

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)", re.ASCII
)
#: Far below the limit of ``money``, so that any sum of lines stays below it.
_MAX_NUMBER = Decimal(10) ** 11
#: Integers beyond this are no identifier.
_MAX_BITS = 128
_YEARS = range(1990, 2200)
#: So near to a whole cent, the rest is float noise.
_NOISE = Decimal("0.000001")
_RATE_STEP = Decimal("0.000001")
#: The vendor writes some countries' everyday codes; ISO has these.
_COUNTRY_ALIASES = {"UK": "GB", "EL": "GR"}


def unreadable(field: str, problem: str) -> Hold:
    """Return the hold for a field that cannot be understood."""
    return Hold("unreadable_order", field=field, problem=problem)


def is_unset(value) -> bool:
    """Say whether a value is one of the vendor's ways to say nothing."""
    return value is None or value is False or value in ("", [], {})


def is_set_flag(value) -> bool:
    """Read a yes/no field: ``true``, 1 and their texts are yes."""
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1")
    return value is True or (isinstance(value, int) and value == 1)


def text(value) -> str:
    """Return a cosmetic text: one clean line, ``""`` for what is no text."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _MAX_BITS else ""
    if isinstance(value, (Decimal, float)):
        try:
            return normal(to_decimal(value))
        except ValueError:
            return ""
    return ""


def required_text(value, field: str) -> str:
    """Return an identifying text or number as text.

    :raise Hold: when it is unset or no text
    """
    if is_unset(value):
        raise unreadable(field, "missing")
    found = text(value)
    if not found:
        raise unreadable(field, "not_a_text")
    return found


def section(value) -> dict:
    """Return an object, ``{}`` for unset or for what is none (``paymentData: []``)."""
    return value if isinstance(value, dict) else {}


def embedded(order: dict, name: str):
    """Return what is embedded under a link, ``None`` when nothing is (3.3)."""
    return section(section(order.get(name)).get("resource")).get("embedded")


def linked_id(link) -> str:
    """Return the id that a link names, ``""`` for none (Lightspeed reference 3.3).

    Some resources name a plain id instead (5.1).
    """
    if isinstance(link, dict):
        return text(section(link.get("resource")).get("id"))
    return text(link) if text(link).isdecimal() else ""


def rows(value, field: str) -> list[dict]:
    """Return a list of objects, ``[]`` for unset.

    :raise Hold: when it is no list of objects
    """
    if is_unset(value):
        return []
    if not isinstance(value, list):
        raise unreadable(field, "not_a_list")
    if not all(isinstance(row, dict) for row in value):
        raise unreadable(field, "not_an_object")
    return value


def number(value, field: str) -> Decimal:
    """Return a number that must be there.

    :raise Hold: when it is unset, no number, or larger than any order
    """
    if is_unset(value):
        raise unreadable(field, "missing")
    try:
        found = to_decimal(value)
    except ValueError as error:
        raise unreadable(field, "not_a_number") from error
    if abs(found) >= _MAX_NUMBER:
        raise unreadable(field, "out_of_range")
    return found


def amount(value, field: str) -> Decimal:
    """Return an amount of a line, rounded half up to cents.

    Line totals have two decimals (Lightspeed reference 0.1); more can only be noise
    or an unrounded derived amount, which the check against the total judges.
    """
    return cents(number(value, field))


def optional_amount(value, field: str) -> Decimal | None:
    """Return an amount, ``None`` when it is unset."""
    return None if is_unset(value) else amount(value, field)


def total(value, field: str) -> Decimal:
    """Return a total somebody pays: whole cents but for float noise.

    :raise Hold: when it is not
    """
    exact = number(value, field)
    rounded = cents(exact)
    if abs(exact - rounded) > _NOISE:
        raise unreadable(field, "not_whole_cents")
    return rounded


def fraction(value, field: str) -> Decimal:
    """Return a tax rate as a fraction of six decimals (Lightspeed reference 4.5).

    :raise Hold: when it is no number from 0 up to but not including 1
    """
    found = number(value, field)
    if not -_NOISE < found < 1:
        raise unreadable(field, "out_of_range")
    return found.quantize(_RATE_STEP).copy_abs().normalize()


def moment(value) -> datetime | None:
    """Return a moment in UTC; ``None`` when unset or without a time zone.

    Objects carry ISO-8601 with an offset (Lightspeed reference 3.2).
    """
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        return None
    offset = _offset(found[3])
    try:
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}")
    except ValueError:
        return None
    if offset is None or local.year not in _YEARS:
        return None
    return (local - offset).replace(tzinfo=timezone.utc)


def _offset(written: str) -> timedelta | None:
    if written == "Z":
        return timedelta()
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 14 or minutes > 59:
        return None
    distance = timedelta(hours=hours, minutes=minutes)
    return -distance if written[0] == "-" else distance


def required_moment(value, field: str) -> datetime:
    """Return a moment in UTC that must be there.

    :raise Hold: when it is unset or cannot be read
    """
    if is_unset(value):
        raise unreadable(field, "missing")
    found = moment(value)
    if found is None:
        raise unreadable(field, "not_a_moment")
    return found


def country(value) -> str:
    """Return an ISO alpha-2 code in capitals, ``""`` when the shop gave none.

    The vendor sends ``{"code": "nl", ...}`` in small letters (reference 9.3).
    """
    code = value.get("code") if isinstance(value, dict) else value
    code = text(code).upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        return ""
    return _COUNTRY_ALIASES.get(code, code)
