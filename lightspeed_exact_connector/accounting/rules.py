"""Which ledger rule decides a line: the most specific one that fits."""

from collections.abc import Iterable
from decimal import Decimal

from .booking import Rule
from .products import fits_product
from .sale import LineKind

#: Lines that take only a rule which names their kind: they must never end in a revenue
#: account by way of a general rule.
_NAMED_ONLY = (LineKind.ROUNDING, LineKind.GIFT_CARD)


def match(
    rules,
    *,
    line_kind: LineKind,
    treatment: str,
    rate: Decimal | None,
    country: str,
    payment_method: str,
    article_code: str = "",
    sku: str = "",
    brand: str = "",
    categories: Iterable[str] = (),
) -> Rule | None:
    """Return the rule for a line, ``None`` when none fits.

    A rule fits when each of its set fields equals the line's.  Of several the one
    with the most set fields wins; among equals the one that names the kind, then the
    treatment, the rate, the country, the payment method, the article, the category,
    the brand; then a whole article code before the beginning of one, a longer
    beginning before a shorter one; then the lowest key.

    A line of rounding or of a gift card takes only a rule that names that kind.

    :param rate: fraction
    :param country: delivery country, ISO alpha-2
    :param categories: titles of the product's categories, casefolded
    """
    wanted = (
        line_kind,
        treatment,
        rate,
        country.upper(),
        payment_method.casefold(),
    )
    product = (article_code, sku, brand, frozenset(categories))
    fitting = [
        rule for rule in rules if _fits(rule, wanted) and fits_product(rule, *product)
    ]
    return min(fitting, key=_order, default=None)


def _fields(rule: Rule) -> tuple:
    """Return what a rule says of the sale, by weight; ``None`` is "any"."""
    return (
        rule.line_kind or None,
        rule.treatment or None,
        rule.rate,
        (rule.country or "").upper() or None,
        (rule.payment_method or "").casefold() or None,
    )


def _fits(rule: Rule, wanted: tuple) -> bool:
    if wanted[0] in _NAMED_ONLY and rule.line_kind != wanted[0]:
        return False
    return all(
        field is None or field == value
        for field, value in zip(_fields(rule), wanted, strict=True)
    )


def _order(rule: Rule) -> tuple:
    product = (rule.article or None, rule.category or None, rule.brand or None)
    unset = [field is None for field in (*_fields(rule), *product)]
    article = rule.article or ""
    return (sum(unset), unset, article.endswith("*"), -len(article), rule.key)
