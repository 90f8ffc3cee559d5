"""Items: which item in Exact a line of a sales invoice wants, and how one is made.

An item is known by its code.  The shop's codes are folded to what Exact takes; two
things that Exact would take for one are a clash that a person must solve.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from .booking import Article, Hold, InvoicePolicy
from .descriptions import DEFAULT_LABELS, DESCRIPTION_LIMIT
from .exact_values import guid
from .money import normal, to_decimal
from .reference import fold, uniqueness_key
from .sale import LineKind
from .texts import clean, cut, width

#: Longest code of an item (metadata of ``logistics/Items``, in UTF-16 units).
CODE_LIMIT = 30
#: Longest barcode (the same source); a longer EAN is none.
BARCODE_LIMIT = 64
#: The day from which items that are made exist: before any order that is booked.
FIRST_DAY = date(2000, 1, 1)
ARTICLE = "article"
GENERAL = "general"
_RATE = "{rate}"
_INCLUDING = "I"
#: Kinds of line that have an item of their own -> field of the policy with its code.
_FIXED = {
    LineKind.SHIPPING: "shipping_code",
    LineKind.PAYMENT: "payment_code",
    LineKind.GIFT_CARD: "gift_card_code",
    LineKind.ROUNDING: "rounding_code",
}


@dataclass(frozen=True)
class ItemNeed:
    """An item that a sales invoice or the transfer of products wants in Exact.

    :ivar key: what makes it one item in an administration: its code as Exact compares
        it, see :func:`reference.uniqueness_key`
    :ivar code: the item's code, as Exact takes it
    :ivar name: its description, as Exact takes it
    :ivar kind: ``article``, ``general``, ``shipping``, ``payment``, ``gift_card`` or
        ``rounding``
    :ivar vat_code: VAT code for sales, for an item that is made
    :ivar gl_account: GUID of its revenue account, for an item that is made
    :ivar barcode: EAN, ``""`` for none
    :ivar source: the shop's own code as it is there; ``""`` when it is no article
    :ivar variant_id: the shop's id of the variant, ``""`` for none
    """

    key: str
    code: str
    name: str
    kind: str = "article"
    vat_code: str = ""
    gl_account: str = ""
    barcode: str = ""
    source: str = ""
    variant_id: str = ""


# === NEEDS === #


def source_code(article: Article, policy: InvoicePolicy) -> str:
    """Return the shop's code that an article's item has, ``""`` when it has none.

    The policy says whether article code or SKU; the other one where it is empty.
    """
    codes = (article.code, article.sku)
    if policy.item_code == "sku":
        codes = codes[::-1]
    return next((code for code in codes if clean(code)), "")


def need_of_article(
    article: Article, policy: InvoicePolicy, vat_code: str, gl_account: str
) -> ItemNeed:
    """Return the item of an article, whatever the policy's strategy is.

    :param vat_code: trimmed code in Exact, for an item that is made
    :param gl_account: GUID of the revenue account, for an item that is made
    :raise Hold: ``item_code_missing``; ``item_code_clash`` when the policy has that
        code for something else
    """
    source = source_code(article, policy)
    if not source:
        raise Hold("item_code_missing", line=article.title)
    code = fold(clean(source), CODE_LIMIT)
    key = uniqueness_key(code)
    taken = _taken_by(key, policy)
    if taken:
        raise _clash(code, clean(source), taken)
    return ItemNeed(
        key=key,
        code=code,
        name=cut(article.title, DESCRIPTION_LIMIT) or code,
        kind=ARTICLE,
        vat_code=vat_code,
        gl_account=gl_account,
        barcode=_barcode(article.ean),
        source=source,
        variant_id=article.variant_id,
    )


def general_need(
    rate: Decimal, policy: InvoicePolicy, vat_code: str, gl_account: str
) -> ItemNeed:
    """Return the general item of a VAT rate; different VAT codes of a rate share it.

    :param rate: fraction
    """
    percentage = normal(rate * 100)
    name = f"{_label(LineKind.PRODUCT, policy)} {percentage}%"
    code = policy.general_code.replace(_RATE, percentage)
    return _own_need(code, name, GENERAL, vat_code, gl_account)


def fixed_need(
    kind: LineKind, policy: InvoicePolicy, vat_code: str, gl_account: str
) -> ItemNeed:
    """Return the item of shipping, payment costs, gift cards or rounding."""
    code = getattr(policy, _FIXED[kind])
    name = _label(kind, policy)
    return _own_need(code, name, kind.value, vat_code, gl_account)


def _own_need(code, name, kind, vat_code, gl_account) -> ItemNeed:
    code = fold(code, CODE_LIMIT)
    return ItemNeed(
        key=uniqueness_key(code),
        code=code,
        name=cut(name, DESCRIPTION_LIMIT),
        kind=kind,
        vat_code=vat_code,
        gl_account=gl_account,
    )


def _label(kind: LineKind, policy: InvoicePolicy) -> str:
    return policy.labels.get(kind.value) or DEFAULT_LABELS[kind]


def _barcode(ean: str) -> str:
    ean = clean(ean)
    return ean if width(ean) <= BARCODE_LIMIT else ""


# === CLASHES === #


def by_key(needs: Iterable[ItemNeed]) -> dict[str, ItemNeed]:
    """Return needs by their key, the first of each.

    The same code twice is one item.  Codes that differ in capitals or forms of
    letters only are one for Exact: they are one item when they are of the same
    variant of the shop, else a clash.  What the policy has codes for may share one.

    :raise Hold: ``item_code_clash``
    """
    found = {}
    for need in needs:
        other = found.setdefault(need.key, need)
        if not same_item(other, need):
            raise _clash(need.code, _origin(other), _origin(need))
    return found


def same_item(one: ItemNeed, other: ItemNeed) -> bool:
    """Say whether two needs with the same key are for the same thing."""
    if (one.kind == ARTICLE) != (other.kind == ARTICLE):
        return False
    if clean(one.source) == clean(other.source):
        return True
    return one.variant_id == other.variant_id != ""


def _taken_by(key: str, policy: InvoicePolicy) -> str:
    """Return the policy's own code that an article's key is, ``""`` for none."""
    for name in _FIXED.values():
        code = fold(getattr(policy, name), CODE_LIMIT)
        if uniqueness_key(code) == key:
            return code
    general = fold(policy.general_code, CODE_LIMIT)
    pattern = r"\d+(\.\d+)?".join(
        re.escape(part) for part in uniqueness_key(general).split(_RATE)
    )
    return general if re.fullmatch(pattern, key, re.ASCII) else ""


def _origin(need: ItemNeed) -> str:
    return clean(need.source) or need.code


def _clash(code: str, first: str, second: str) -> Hold:
    return Hold("item_code_clash", code=code, first=first, second=second)


# === PAYLOADS === #


def item_payload(
    need: ItemNeed,
    *,
    unit: str = "",
    item_group: str = "",
    start: date = FIRST_DAY,
    stock: bool = False,
) -> dict:
    """Return the payload of ``POST logistics/Items`` (Exact reference 6.4).

    :param unit: code of the unit, ``""`` for Exact's own
    :param item_group: GUID, ``""`` for Exact's own
    :param start: first day on which it can be invoiced; not after any booking's date
    :param stock: whether it has stock, for direct invoices
    :raise ValueError: an account or group is no GUID
    """
    payload = {
        "Code": need.code,
        "Description": need.name,
        "IsSalesItem": True,
        "IsStockItem": stock and need.kind == ARTICLE,
        "StartDate": f"{start.isoformat()}T00:00:00",
    }
    if need.vat_code:
        payload["SalesVatCode"] = need.vat_code
    if need.gl_account:
        payload["GLRevenue"] = guid(need.gl_account)
    if unit:
        payload["Unit"] = unit
    if item_group:
        payload["ItemGroup"] = guid(item_group)
    if need.barcode:
        payload["Barcode"] = need.barcode
    return payload


def price_payload(
    item_guid: str,
    price: Decimal,
    *,
    currency: str,
    unit: str = "",
    start: date = FIRST_DAY,
) -> dict:
    """Return the payload of ``POST logistics/SalesItemPrices`` (Exact reference 6.4).

    :param item_guid: the item's ``ID``
    :param price: see :func:`sales_price`
    :param currency: ISO 4217
    :param unit: code of the item's unit, ``""`` for Exact's own
    :raise ValueError: when that is no GUID
    """
    payload = {
        "Item": guid(item_guid),
        "Price": price,
        "Currency": currency,
        "StartDate": f"{start.isoformat()}T00:00:00",
    }
    if unit:
        payload["Unit"] = unit
    return payload


def sales_price(excl, incl, vat_type: str, decimals: int = 4) -> Decimal:
    """Return an item's sales price: with VAT for an including code, else without.

    :param excl: price of one without VAT, a number of any make
    :param incl: the same with VAT
    :param vat_type: type of the VAT code, see :class:`booking.Rule`
    :param decimals: most decimals of a price; at least two are kept
    :raise ValueError: when it is no number, or negative
    """
    value = to_decimal(incl if vat_type == _INCLUDING else excl)
    if value < 0:
        raise ValueError("a negative price")
    step = Decimal(1).scaleb(-max(decimals, 2))
    price = value.quantize(step, rounding=ROUND_HALF_UP)
    while price.as_tuple().exponent < -2 and price.as_tuple().digits[-1] == 0:
        price = price.quantize(Decimal(1).scaleb(price.as_tuple().exponent + 1))
    return price
