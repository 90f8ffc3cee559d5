"""What a product is for VAT: vouchers and goods under the margin scheme.

A voucher for one purpose is taxed when it is sold, as any product; one for several
purposes is a means of payment and no supply until it is used (Directive 2006/112/EC,
articles 30a and 30b).  Which a shop sells, no field of an order says (Lightspeed
reference 4.8): product rules do.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from .booking import Hold, Policy, ProductRule
from .sale import LineKind, Sale, SaleLine, Scheme

__all__ = [
    "ProductRule",
    "fits_product",
    "looks_like_gift_card",
    "mark_lines",
    "rule_kind",
]

MULTI_PURPOSE = "multi_purpose"
MARGIN = "margin"

#: How gift cards are called in Dutch, English, German and French shops.
_GIFT_CARD = re.compile(
    r"(?:cadeau|kado)[\s_-]*(?:bon|kaart)(?!je)|waarde[\s_-]*bon"
    r"|gift[\s_-]*card|geschenk[\s_-]*gutschein"
    r"|(?<!\w)(?:bon|carte)[\s_-]*cadeau",
    re.IGNORECASE,
)


def mark_lines(sale: Sale, policy: Policy) -> Sale:
    """Return the sale with its vouchers and margin goods marked by the product rules.

    Of several rules that fit a line the first counts.  Costs are never marked.

    :raise Hold: ``gift_card_sold_with_vat``, ``margin_sold_with_vat``,
        ``gift_card_sold_rule_missing``
    """
    lines = tuple(_marked(line, policy) for line in sale.lines)
    return sale if lines == sale.lines else replace(sale, lines=lines)


def _marked(line: SaleLine, policy: Policy) -> SaleLine:
    if line.kind != LineKind.PRODUCT:
        return line
    kind = rule_kind(line, policy)
    if kind == MULTI_PURPOSE:
        if line.rate or line.vat:
            raise Hold("gift_card_sold_with_vat", line=_name(line))
        return replace(line, kind=LineKind.GIFT_CARD)
    if kind == MARGIN:
        if line.rate or line.vat:
            raise Hold("margin_sold_with_vat", line=_name(line))
        return replace(line, scheme=Scheme.MARGIN)
    if not kind and line.gross and not line.rate and looks_like_gift_card(line):
        raise Hold("gift_card_sold_rule_missing", line=_name(line))
    return line


def rule_kind(line, policy: Policy) -> str:
    """Return what the first product rule that fits says, ``""`` for none.

    :param line: a :class:`sale.SaleLine`, or a :class:`catalogue.Product`
    """
    categories = policy.categories.get(line.product_id, frozenset())
    for rule in policy.product_rules:
        if fits_product(rule, line.article_code, line.sku, line.brand, categories):
            return rule.kind
    return ""


def fits_product(
    rule, article_code: str, sku: str, brand: str, categories: Iterable[str]
) -> bool:
    """Say whether article, category and brand of a rule fit a product.

    Capitals do not count.  What the rule leaves empty fits everything.

    :param rule: a :class:`ProductRule` or a :class:`booking.Rule`
    :param categories: titles, casefolded
    """
    brand_fits = not rule.brand or rule.brand.casefold() == brand.casefold()
    category_fits = not rule.category or rule.category.casefold() in categories
    codes = (article_code, sku)
    article_fits = not rule.article or any(
        code and _fits_article(rule.article, code) for code in codes
    )
    return brand_fits and category_fits and article_fits


def _fits_article(pattern: str, code: str) -> bool:
    pattern, code = pattern.casefold(), code.casefold()
    if pattern.endswith("*"):
        return code.startswith(pattern[:-1])
    return code == pattern


def looks_like_gift_card(line: SaleLine) -> bool:
    """Say whether a line is named as gift cards are; a guess that asks a person."""
    return any(map(_GIFT_CARD.search, (line.title, line.article_code, line.sku)))


def _name(line: SaleLine) -> str:
    return line.title or line.article_code or line.sku or line.kind.value
