"""The catalogue of a shop: what it sells, as an item in Exact would have it.

Rows come as the lists of the API gave them (Lightspeed reference 6); nothing in one
of them makes reading fail but a missing id.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from . import items
from . import payload as read
from .booking import Article, Hold, Policy, Rule
from .lines import checked, find_rule, names_exempt
from .money import CENT, ZERO, normal, to_decimal
from .parse import title_of
from .products import MARGIN, MULTI_PURPOSE, rule_kind
from .sale import LineKind
from .vat import Treatment

#: Four decimals at most are meant; the rest is float noise (Lightspeed reference 6).
_PRICE_STEP = Decimal("0.0001")
#: How far a price with and one without VAT may be from their rate: both are rounded.
_TOLERANCE = CENT
_USUAL_DECIMALS = 2


@dataclass(frozen=True)
class VariantRow:
    """A variant of the shop; what it does not tell is ``""`` or ``None``.

    :ivar price_excl: excluding VAT, at most 4 decimals; ``price_incl`` including it
    :ivar tax_id: the shop's id of its tax
    :ivar title: of the variant alone, ``""`` for the only one of a product
    """

    remote_id: str
    product_id: str
    title: str
    article_code: str
    sku: str
    ean: str
    price_excl: Decimal | None
    price_incl: Decimal | None
    tax_id: str
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True)
class ProductRow:
    """A product of the shop; prices and codes are those of its variants.

    :ivar brand_id: the shop's id of its brand, ``""`` for none
    """

    remote_id: str
    title: str
    is_visible: bool
    brand_id: str


@dataclass(frozen=True)
class Product:
    """A variant with its product, as rules and items look at it.

    :ivar name: of product and variant
    :ivar rate: of its VAT, a fraction; ``None`` when nobody can tell
    :ivar brand: title of the brand
    """

    variant_id: str
    product_id: str
    name: str
    article_code: str = ""
    sku: str = ""
    ean: str = ""
    price_excl: Decimal | None = None
    price_incl: Decimal | None = None
    rate: Decimal | None = None
    brand: str = ""

    @property
    def article(self) -> Article:
        """Return what an item in Exact is found by."""
        return Article(
            code=self.article_code,
            sku=self.sku,
            ean=self.ean,
            title=self.name,
            variant_id=self.variant_id,
        )


def variant_row(raw) -> VariantRow:
    """Return a row of ``variants.json``.

    :raise Hold: ``unreadable_order`` when it has no id
    """
    if not isinstance(raw, dict):
        raise read.unreadable("variant", "not_an_object")
    return VariantRow(
        remote_id=read.required_text(raw.get("id"), "variant.id"),
        product_id=read.linked_id(raw.get("product")),
        title=title_of("", raw.get("title")),
        article_code=read.text(raw.get("articleCode")),
        sku=read.text(raw.get("sku")),
        ean=read.text(raw.get("ean")),
        price_excl=_price(raw.get("priceExcl")),
        price_incl=_price(raw.get("priceIncl")),
        tax_id=read.linked_id(raw.get("tax")),
        created_at=read.moment(raw.get("createdAt")),
        updated_at=read.moment(raw.get("updatedAt")),
    )


def product_row(raw) -> ProductRow:
    """Return a row of ``products.json``, or a single product.

    :raise Hold: ``unreadable_order`` when it has no id
    """
    if not isinstance(raw, dict):
        raise read.unreadable("product", "not_an_object")
    return ProductRow(
        remote_id=read.required_text(raw.get("id"), "product.id"),
        title=read.text(raw.get("title")) or read.text(raw.get("fulltitle")),
        is_visible=_is_visible(raw),
        brand_id=read.linked_id(raw.get("brand")),
    )


def brand_row(raw) -> tuple[str, str]:
    """Return id and title of a row of ``brands.json``.

    :raise Hold: ``unreadable_order`` when it has no id
    """
    row = read.section(raw)
    return read.required_text(row.get("id"), "brand.id"), read.text(row.get("title"))


def tax_rates(taxes: Iterable) -> dict[str, Decimal]:
    """Return the rates of ``taxes.json`` by id, as fractions; odd rows are left out."""
    rates = {}
    for raw in taxes:
        row = read.section(raw)
        try:
            key = read.required_text(row.get("id"), "tax.id")
            rates[key] = read.fraction(row.get("rate"), "tax.rate")
        except Hold:
            continue
    return rates


def rate_of(row: VariantRow, rates: dict[str, Decimal]) -> Decimal | None:
    """Return the VAT rate of a variant as a fraction.

    A variant may name no tax (``false``, or ``taxType`` "auto", of which the meaning
    is not documented; Lightspeed reference 6).  Then its two prices tell it, where
    exactly one rate of the shop, or none at all, leads from one to the other.

    :param rates: of the shop, see :func:`tax_rates`
    :return: ``None`` when nobody can tell
    """
    if row.tax_id in rates:
        return rates[row.tax_id]
    if not row.price_excl or not row.price_incl:
        return None
    fitting = {
        rate
        for rate in {ZERO, *rates.values()}
        if abs(row.price_excl * (1 + rate) - row.price_incl) <= _TOLERANCE
    }
    return fitting.pop() if len(fitting) == 1 else None


def item_rule(product: Product, policy: Policy, day: date) -> Rule:
    """Return the ledger rule by which a product is sold at home.

    It gives the item its VAT code and its revenue account.  As on an order, a product
    without VAT takes only a rule that names the treatment or the rate.

    :param date day: on which; says whether the small-business scheme applies
    :raise Hold: ``product_rate_unknown``, ``product_is_voucher``, ``rule_missing``,
        ``exempt_rule_missing``, ``vat_code_type``, ``vat_code_rate``,
        ``oss_code_missing``
    """
    if product.rate is None:
        raise Hold("product_rate_unknown")
    kind = rule_kind(product, policy)
    if kind == MULTI_PURPOSE:
        raise Hold("product_is_voucher")
    country = policy.vat.country
    treatments = _treatments(product, policy, kind, day)
    exempt = treatments[0] == Treatment.EXEMPT
    for treatment in treatments:
        rule = find_rule(
            policy,
            line_kind=LineKind.PRODUCT,
            treatment=treatment,
            rate=product.rate,
            country=country,
            line=product,
        )
        if rule is not None and (not exempt or names_exempt(rule)):
            return checked(rule, policy, LineKind.PRODUCT, product.rate, country)
    if exempt:
        raise Hold(
            "exempt_rule_missing", line_kind=LineKind.PRODUCT.value, country=country
        )
    raise Hold(
        "rule_missing",
        line_kind=LineKind.PRODUCT.value,
        treatment=treatments[0].value,
        rate=normal(product.rate),
        country=country,
    )


def _treatments(product: Product, policy: Policy, kind: str, day: date) -> list:
    """Return the treatments whose rules a product may take, the first one first."""
    if policy.vat.has_small_business(day):
        return [Treatment.SMALL_BUSINESS]
    if kind == MARGIN:
        return [Treatment.MARGIN]
    if product.rate:
        return [Treatment.DOMESTIC]
    return [Treatment.EXEMPT, Treatment.DOMESTIC]


def item_price(product: Product, rule: Rule, decimals: int) -> Decimal | None:
    """Return the sales price of an item: including VAT where its code does.

    :param rule: see :func:`item_rule`
    :param decimals: most decimals of a price
    :return: ``None`` when the shop has none, or it is zero
    """
    if product.price_excl is None or product.price_incl is None:
        return None
    vat_type = (rule.vat_type or "").strip().upper()
    excl, incl = product.price_excl, product.price_incl
    if excl < 0 or incl < 0:
        return None
    return items.sales_price(excl, incl, vat_type, decimals) or None


def decimals_of(precision) -> int:
    """Return how many decimals prices of a currency have (Exact reference 7.4).

    :param precision: the smallest difference, such as ``"0.001"``, a number of any make
    :return: at least 2, also where nobody told
    """
    try:
        step = to_decimal(precision or 0).normalize()
    except ValueError:
        return _USUAL_DECIMALS
    return max(-step.as_tuple().exponent, _USUAL_DECIMALS)


def _price(value) -> Decimal | None:
    """Return a price without float noise, ``None`` for what is none."""
    if read.is_unset(value):
        return None
    try:
        exact = read.number(value, "price")
    except Hold:
        return None
    return Decimal(normal(exact.quantize(_PRICE_STEP)))


def _is_visible(raw: dict) -> bool:
    """Read whether a product is shown; ``visibility`` where the flag is missing."""
    if raw.get("isVisible") is not None:
        return read.is_set_flag(raw.get("isVisible"))
    return read.text(raw.get("visibility")).lower() not in ("hidden", "invisible")
