"""Which ledger rule decides a line: the most specific one that fits."""

from decimal import Decimal

from .booking import Rule
from .sale import LineKind


def match(
    rules,
    *,
    line_kind: LineKind,
    treatment: str,
    rate: Decimal | None,
    country: str,
    payment_method: str,
) -> Rule | None:
    """Return the rule for a line, ``None`` when none fits.

    A rule fits when each of its set fields equals the line's.  Of several the one
    with the most set fields wins; among equals the one that names the kind, then the
    treatment, the rate, the country, the payment method; then the lowest key.

    A rounding line takes only a rule that names rounding: it must never end in a
    revenue account by way of a general rule.

    :param rate: fraction
    :param country: delivery country, ISO alpha-2
    """
    wanted = (
        line_kind,
        treatment,
        rate,
        country.upper(),
        payment_method.casefold(),
    )
    fitting = [rule for rule in rules if _fits(rule, wanted)]
    return min(fitting, key=_order, default=None)


def _fields(rule: Rule) -> tuple:
    """Return the rule's fields in the order of their weight; ``None`` is "any"."""
    return (
        rule.line_kind or None,
        rule.treatment or None,
        rule.rate,
        (rule.country or "").upper() or None,
        (rule.payment_method or "").casefold() or None,
    )


def _fits(rule: Rule, wanted: tuple) -> bool:
    if wanted[0] == LineKind.ROUNDING and rule.line_kind != LineKind.ROUNDING:
        return False
    return all(
        field is None or field == value
        for field, value in zip(_fields(rule), wanted, strict=True)
    )


def _order(rule: Rule) -> tuple:
    unset = [field is None for field in _fields(rule)]
    return (sum(unset), unset, rule.key)
