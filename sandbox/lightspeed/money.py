"""Money, apart from everything else so that it can be checked by eye."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.core import ControlError

CENT = Decimal("0.01")
FOUR = Decimal("0.0001")
ZERO = Decimal(0)


def dec(value: Any) -> Decimal:
    """Read a number or a numeric text exactly as written."""
    if isinstance(value, Decimal):
        return value
    try:
        return Decimal(str(value))
    except ArithmeticError as error:
        text = f"not a number: {value!r}"
        raise ControlError(text) from error


def cents(value: Decimal) -> Decimal:
    """Round to two decimals, halves away from zero."""
    return value.quantize(CENT, ROUND_HALF_UP)


def unit(value: Decimal) -> Decimal:
    """Round to four decimals, as the base prices are (reference 4.3)."""
    return value.quantize(FOUR, ROUND_HALF_UP)


def share(total: Decimal, weights: list[Decimal]) -> list[Decimal]:
    """Split an amount in cents by weight; the parts add up to it exactly."""
    whole = sum(weights, ZERO)
    parts, given, weight_given = [], ZERO, ZERO
    for weight in weights:
        weight_given += weight
        upto = cents(total * weight_given / whole) if whole else ZERO
        parts.append(upto - given)
        given = upto
    return parts
