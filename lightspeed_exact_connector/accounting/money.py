"""Money and JSON: every amount is a :class:`decimal.Decimal`, on the way in and out.

Binary floating point never touches an amount: texts are parsed to ``Decimal`` and
``Decimal`` is written to JSON digit by digit.
"""

import json
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

CENT = Decimal("0.01")
ZERO = Decimal(0)
#: Numbers of ten to this power or more are refused: no webshop order is near it,
#: and sums and products of what is left are exact in the default context.
MAX_MAGNITUDE = 15
#: Decimals that are kept; the vendor's float noise ends before (``8.025000000000002``).
MAX_DECIMALS = 20
#: How deep :func:`dumps` follows lists and dicts (cycles end here, too).
MAX_DEPTH = 100
#: The longest digit string that is still read as a number.
_MAX_TEXT = 60
#: Longest number that :func:`plain` writes out.
_MAX_DIGITS = 100
#: Wide enough for every rounding here, and independent of the caller's context.
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)


def to_decimal(value) -> Decimal:
    """Return a number of any JSON make as an exact ``Decimal``.

    Floats go through their shortest text (``0.1`` stays 0.1), texts such as
    ``"29.00"`` occur in returns and quotes (Lightspeed reference 5.1, 9).

    :param value: int, ``Decimal``, float or a numeric text
    :return: the number, finite, smaller than 10 ** 15 and with at most 20 decimals
    :raise ValueError: for ``None``, bool, ``""``, NaN, infinity and everything else
    """
    if isinstance(value, bool):
        raise ValueError("a boolean is not a number")
    if isinstance(value, float):
        value = repr(value)
    if isinstance(value, str):
        value = _from_text(value)
    elif isinstance(value, int):
        if value.bit_length() > 4 * MAX_MAGNITUDE:
            raise ValueError("number out of range")
        value = Decimal(value)
    if not isinstance(value, Decimal):
        raise ValueError(f"not a number: {type(value).__name__}")
    return _in_range(value)


def _from_text(text: str) -> Decimal:
    text = text.strip()
    if not text or len(text) > _MAX_TEXT or not text.isascii() or "_" in text:
        raise ValueError("not a number")
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError("not a number") from error


def _in_range(value: Decimal) -> Decimal:
    """Refuse what cannot be an amount: arithmetic on it would lose digits."""
    if not value.is_finite():
        raise ValueError("not a finite number")
    if not value:
        return ZERO
    if value.adjusted() >= MAX_MAGNITUDE:
        raise ValueError("number out of range")
    if value.adjusted() < -MAX_DECIMALS - 1:
        return ZERO
    if value.as_tuple().exponent < -MAX_DECIMALS:
        return value.quantize(Decimal(1).scaleb(-MAX_DECIMALS), context=_CONTEXT)
    return value


def cents(value) -> Decimal:
    """Return ``value`` rounded to two decimals, halves away from zero.

    :param value: whatever :func:`to_decimal` takes
    :raise ValueError: when it is not a number
    """
    rounded = to_decimal(value).quantize(CENT, context=_CONTEXT)
    return rounded if rounded else rounded.copy_abs()


def plain(value: Decimal) -> str:
    """Return a ``Decimal`` as plain digits: no exponent, no negative zero.

    :raise ValueError: for NaN, infinity and numbers of more than 100 digits
    """
    if not value.is_finite():
        raise ValueError("not a finite number")
    if value.adjusted() >= _MAX_DIGITS or value.as_tuple().exponent < -_MAX_DIGITS:
        raise ValueError("number out of range")
    text = format(value, "f")
    return text.removeprefix("-") if not value else text


def normal(value: Decimal) -> str:
    """Return the one text of a number: 99, 99.0 and 99.00 all give ``"99"``."""
    text = plain(value)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _refuse_constant(name):
    raise ValueError(f"{name} is not JSON")


def loads(text: str | bytes):
    """Parse JSON with every broken number as an exact ``Decimal``.

    :param text: a JSON document
    :raise ValueError: when it is not JSON, or holds NaN or Infinity, or nests so
        deep that it cannot be read
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
    except (RecursionError, InvalidOperation) as error:
        raise ValueError("not readable as JSON") from error


def loads_any(text: str | bytes):
    """Parse JSON as :func:`loads`, also around numbers that are none.

    One of them must not hide all the others of a page: NaN, infinity and numbers
    beyond all reason become a ``Decimal`` that :func:`to_decimal` refuses.

    :param text: a JSON document
    :raise ValueError: when it is not JSON, or nests so deep that it cannot be read
    """
    try:
        return json.loads(
            text, parse_float=_broken, parse_int=_whole, parse_constant=Decimal
        )
    except RecursionError as error:
        raise ValueError("not readable as JSON") from error


def _broken(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("NaN")


def _whole(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= _MAX_DIGITS else Decimal("NaN")


def dumps(obj) -> str:
    """Write JSON with every ``Decimal`` as a plain JSON number, digit for digit.

    :param obj: None, bool, int, str, Decimal, date, aware or naive datetime, and
        lists, tuples and dicts (with text keys) of those
    :return: the JSON text, compact, non-ASCII characters as they are
    :raise TypeError: for a float, which cannot be an exact amount, and for any
        other type
    :raise ValueError: for NaN, infinity, and nesting beyond :data:`MAX_DEPTH`
    """
    return "".join(_write(obj, 0))


def _write(obj, depth):
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    if isinstance(obj, dict):
        return _write_dict(obj, depth)
    if isinstance(obj, (list, tuple)):
        return _write_list(obj, depth)
    return [_scalar(obj)]


def _write_dict(obj, depth):
    parts = ["{"]
    for key, value in obj.items():
        if not isinstance(key, str):
            raise TypeError(f"a JSON key must be text, not {type(key).__name__}")
        if len(parts) > 1:
            parts.append(",")
        parts.append(_text(key) + ":")
        parts.extend(_write(value, depth + 1))
    parts.append("}")
    return parts


def _write_list(obj, depth):
    parts = ["["]
    for value in obj:
        if len(parts) > 1:
            parts.append(",")
        parts.extend(_write(value, depth + 1))
    parts.append("]")
    return parts


def _scalar(obj) -> str:
    if obj is None or isinstance(obj, bool):
        return json.dumps(obj)
    if isinstance(obj, str):
        # Members of a text enumeration are written as their value.
        return _text(str.__str__(obj))
    if isinstance(obj, int):
        return int.__repr__(obj)
    if isinstance(obj, Decimal):
        return plain(obj)
    if isinstance(obj, (datetime, date)):
        return _text(obj.isoformat())
    if isinstance(obj, float):
        raise TypeError("a float is never exact: use Decimal")
    raise TypeError(f"{type(obj).__name__} cannot be written as JSON")


def _text(text: str) -> str:
    encoded = json.dumps(text, ensure_ascii=False)
    # A lone surrogate cannot be encoded as UTF-8: escape that text whole.
    return json.dumps(text) if not _encodable(encoded) else encoded


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
