"""A booking as it is kept: JSON that gives back exactly the same booking.

Credits, corrections and proofs are made from what was booked, not from the rules of
today; so everything a booking holds is kept, amounts as text.
"""

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from .booking import Booking
from .money import plain


def dump(booking: Booking) -> dict:
    """Return a booking as JSON-able values: texts, numbers, lists and dicts."""
    return _plain(booking)


def load(stored: dict) -> Booking:
    """Return the booking that :func:`dump` made this of.

    What an older version of this program did not keep yet has its default.

    :raise ValueError: when it is no booking
    """
    try:
        return _read(Booking, stored)
    except (TypeError, KeyError, AttributeError, ArithmeticError) as error:
        raise ValueError("not a stored booking") from error


def _plain(value):
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _read(kind, value):
    """Return a value as the type that a field of a dataclass is declared with."""
    if get_origin(kind) in (Union, UnionType):
        if value is None:
            return None
        kind = next(part for part in get_args(kind) if part is not type(None))
    if get_origin(kind) is tuple:
        parts = get_args(kind)
        if parts[-1] is Ellipsis:
            return tuple(_read(parts[0], item) for item in value)
        return tuple(_read(part, item) for part, item in zip(parts, value, strict=True))
    if kind is Any or get_origin(kind) is not None:
        return value
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        known = {each.name for each in fields(kind)} & value.keys()
        return kind(**{name: _read(hints[name], value[name]) for name in known})
    if kind is Decimal:
        return Decimal(value)
    if kind is date:
        return date.fromisoformat(value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return value
