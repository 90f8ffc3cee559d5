"""JSON with exact money: Decimal in, Decimal out."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        # Up to 15 significant digits the shortest text of the nearest double is
        # the decimal's own text, so no noise can appear here.
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    name = type(value).__name__
    raise TypeError(name)


def dumps(value: Any, *, indent: int | None = None) -> str:
    """Write JSON; a Decimal becomes a number without float noise.

    A whole Decimal becomes an integer (`99`, not `99.0`), as both vendors do.
    """
    separators = (",", ":") if indent is None else None
    return json.dumps(
        value,
        default=_default,
        ensure_ascii=False,
        separators=separators,
        indent=indent,
    )


def loads(text: "str | bytes") -> Any:
    """Read JSON; every number with a decimal point becomes a Decimal."""
    return json.loads(text, parse_float=Decimal)
