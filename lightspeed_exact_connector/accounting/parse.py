"""From Lightspeed's JSON to a :class:`~.sale.Sale`.

Every function takes parsed JSON as the API gave it and raises nothing but
``Hold("unreadable_order", field=..., problem=...)``.
"""

from decimal import Decimal

from . import payload as read
from .booking import Hold
from .listing import ListRow, list_row
from .listing_invoice import is_credit_note
from .money import ZERO
from .sale import Address, Event, Invoice, LineKind, Party, Sale, SaleLine, Tax

__all__ = ["ListRow", "embedded_products_complete", "list_row", "parse_order"]

#: Lists of the API come in pages of 50, or 250 (Lightspeed reference 3.2): a list of
#: exactly such a length may have been cut.
_PAGE = 50
#: A product without variants has one of this name (Lightspeed reference 6).
_NO_VARIANT = "default"
#: A gift card of nothing is none.
_NOTHING = (0, "0", "0.00")


def parse_order(
    payload: dict,
    *,
    currency: str,
    products: list | None = None,
    invoices: list | None = None,
) -> Sale:
    """Return the sale that an order is.

    :param payload: the ``order`` object of ``GET orders/{id}.json``, with its
        ``embedded`` parts (Lightspeed reference 4.1 and 4.9)
    :param currency: the shop's; orders have none (4.6)
    :param products: the rows of ``orders/{id}/products.json``, when the embedded
        ones are not complete
    :param invoices: the rows of ``invoices.json?order=…``, instead of the embedded
    :raise Hold: ``unreadable_order``
    """
    order = _object(payload)
    gross = read.total(order.get("priceIncl"), "priceIncl")
    created_at = read.required_moment(order.get("createdAt"), "createdAt")
    lines = _product_lines(order, products)
    lines += _cost_lines(order, lines, gross)
    return Sale(
        remote_id=read.required_text(order.get("id"), "id"),
        number=read.required_text(order.get("number"), "number"),
        status=read.text(order.get("status")),
        payment_status=read.text(order.get("paymentStatus")),
        created_at=created_at,
        updated_at=read.moment(order.get("updatedAt")) or created_at,
        currency=read.text(currency).upper(),
        gross=gross,
        net=read.amount(order.get("priceExcl"), "priceExcl"),
        customer=_party(order),
        billing=_address(order, "Billing", order.get("companyName")),
        shipping=_address(order, "Shipping", order.get("addressShippingCompany")),
        lines=tuple(lines),
        shipment_status=read.text(order.get("shipmentStatus")),
        custom_status_id=_custom_status(order.get("customStatusId")),
        payment_method=read.text(order.get("paymentId")),
        payment_title=read.text(order.get("paymentTitle")),
        payment_option=read.text(read.section(order.get("paymentData")).get("method")),
        is_cash_on_delivery=read.is_set_flag(order.get("shipmentIsCashOnDelivery")),
        discount_code=read.text(order.get("discountCouponCode")),
        is_pickup=read.is_set_flag(order.get("shipmentIsPickup")),
        invoices=_invoices(order, invoices),
        events=_events(order),
        gift_cards=_gift_cards(order.get("giftCardsPayment")),
        comment=read.text(order.get("comment")),
        order_number=read.required_text(order.get("number"), "number"),
    )


def embedded_products_complete(payload: dict) -> bool:
    """Say whether the embedded lines are all there are.

    Whether the vendor cuts the embedded list is unknown (Lightspeed reference 4.3).
    ``False`` asks for ``orders/{id}/products.json``: when the lines, shipping and
    payment costs do not add up to the total, when there are no lines, or when their
    number is a full page.  Never raises.
    """
    try:
        order = _object(payload)
        gross = read.total(order.get("priceIncl"), "priceIncl")
        lines = _product_lines(order, None)
        costs = _cost_lines(order, lines, gross)
    except Hold:
        return False
    if not lines or len(lines) % _PAGE == 0:
        return False
    return _sum(lines + costs) == gross


def _object(payload) -> dict:
    if not isinstance(payload, dict):
        raise read.unreadable("order", "not_an_object")
    return payload


def _sum(lines) -> Decimal:
    return sum((line.gross for line in lines), ZERO)


# === LINES === #


def _product_lines(order: dict, products) -> list[SaleLine]:
    if products is None:
        products = read.embedded(order, "products")
        if not isinstance(products, list):
            raise read.unreadable("products", "missing")
    found = read.rows(products, "products")
    return [_product_line(row, f"products[{index}]") for index, row in enumerate(found)]


def _product_line(row: dict, field: str) -> SaleLine:
    gross = read.amount(row.get("priceIncl"), f"{field}.priceIncl")
    net = read.amount(row.get("priceExcl"), f"{field}.priceExcl")
    rate, taxes = taxes_of(row, "tax", f"{field}.", untaxed=gross == net)
    return SaleLine(
        kind=LineKind.PRODUCT,
        title=title_of(row.get("productTitle"), row.get("variantTitle")),
        quantity=read.number(row.get("quantityOrdered"), f"{field}.quantityOrdered"),
        gross=gross,
        net=net,
        rate=rate,
        taxes=taxes,
        discount=read.optional_amount(row.get("discountIncl"), f"{field}.discountIncl")
        or ZERO,
        article_code=read.text(row.get("articleCode")),
        sku=read.text(row.get("sku")),
        ean=read.text(row.get("ean")),
        remote_id=read.text(row.get("id")),
        brand=read.text(row.get("brandTitle")),
        product_id=read.linked_id(row.get("product")),
        variant_id=read.linked_id(row.get("variant")),
    )


def title_of(title, variant) -> str:
    """Return the name of a product with its variant, where it has one."""
    title, variant = read.text(title), read.text(variant)
    if not variant or variant.lower() == _NO_VARIANT or variant == title:
        return title
    return f"{title} - {variant}" if title else variant


def taxes_of(row: dict, key: str, field: str, *, untaxed: bool):
    """Return the rate of a line and its components.

    Older payloads have no ``taxRates``, only their sum ``taxRate`` (Lightspeed
    reference 9.9).  Without either, a line whose two prices are equal has rate 0.

    :param key: ``tax``, ``shipmentTax`` or ``paymentTax``
    :param field: where the row stands, for the hold
    """
    plural, single = f"{key}Rates", f"{key}Rate"
    taxes = tuple(
        Tax(
            name=read.text(component.get("name")),
            rate=read.fraction(component.get("rate"), f"{field}{plural}.rate"),
        )
        for component in read.rows(row.get(plural), f"{field}{plural}")
    )
    if taxes:
        rate = sum((tax.rate for tax in taxes), ZERO)
        return read.fraction(rate, f"{field}{plural}"), taxes
    if read.is_unset(row.get(single)) and untaxed:
        return ZERO, ()
    return read.fraction(row.get(single), f"{field}{single}"), ()


def _cost_lines(order: dict, lines: list[SaleLine], gross: Decimal) -> list[SaleLine]:
    """Return shipping and payment costs, each only when it is not zero."""
    payment = _cost_line(order, LineKind.PAYMENT, "payment", ZERO, ZERO)
    rest = gross - _sum(lines) - _sum(payment)
    return _shipping_line(order, rest) + payment


def _shipping_line(order: dict, rest: Decimal) -> list[SaleLine]:
    """Return the shipping costs, with or without the shipping discount taken off.

    Whether ``shipmentPrice`` is before or after ``shipmentDiscount`` is not known:
    the variant that makes the total add up is right (Lightspeed reference 4.4); when
    neither does, the nearer one, and when both are as near, the price as it stands.
    """
    as_stated = _cost_line(order, LineKind.SHIPPING, "shipment", ZERO, ZERO)
    off_gross = _discount(order, "shipmentDiscountIncl")
    off_net = _discount(order, "shipmentDiscountExcl")
    if not off_gross and not off_net:
        return as_stated
    reduced = _cost_line(order, LineKind.SHIPPING, "shipment", off_gross, off_net)
    if abs(rest - _sum(reduced)) < abs(rest - _sum(as_stated)):
        return reduced
    return as_stated


def _discount(order: dict, field: str) -> Decimal:
    return abs(read.optional_amount(order.get(field), field) or ZERO)


def _cost_line(
    order: dict, kind: LineKind, prefix: str, off_gross: Decimal, off_net: Decimal
) -> list[SaleLine]:
    incl, excl = f"{prefix}PriceIncl", f"{prefix}PriceExcl"
    if not any(read.optional_amount(order.get(name), name) for name in (incl, excl)):
        return []
    gross = read.amount(order.get(incl), incl) - off_gross
    net = read.amount(order.get(excl), excl) - off_net
    if not gross and not net:
        return []
    rate, taxes = taxes_of(order, f"{prefix}Tax", "", untaxed=gross == net)
    return [
        SaleLine(
            kind=kind,
            title=read.text(order.get(f"{prefix}Title")),
            quantity=Decimal(1),
            gross=gross,
            net=net,
            rate=rate,
            taxes=taxes,
            discount=off_gross,
        )
    ]


# === CUSTOMER === #


def _party(order: dict) -> Party:
    return Party(
        email=read.text(order.get("email")),
        firstname=read.text(order.get("firstname")),
        middlename=read.text(order.get("middlename")),
        lastname=read.text(order.get("lastname")),
        phone=read.text(order.get("phone")) or read.text(order.get("mobile")),
        is_company=read.is_set_flag(order.get("isCompany")),
        company=read.text(order.get("companyName")),
        coc_number=read.text(order.get("companyCoCNumber")),
        vat_number=read.text(order.get("companyVatNumber")),
        language=_language(order.get("language")),
        remote_id=read.linked_id(order.get("customer")),
    )


def _language(value) -> str:
    code = value.get("code") if isinstance(value, dict) else value
    return read.text(code).lower()


def _address(order: dict, kind: str, company) -> Address:
    def part(name):
        return read.text(order.get(f"address{kind}{name}"))

    return Address(
        name=part("Name"),
        company=read.text(company),
        street=part("Street"),
        street2=part("Street2"),
        number=part("Number"),
        extension=part("Extension"),
        postcode=part("Zipcode"),
        city=part("City"),
        region=part("Region"),
        country=read.country(order.get(f"address{kind}Country")),
    )


# === REST === #


def _custom_status(value) -> str:
    """Return the custom status; null and 0 both mean none (reference 4.1, 9.8)."""
    found = read.text(value)
    return "" if found == "0" else found


def _invoices(order: dict, invoices) -> tuple[Invoice, ...]:
    """Return the order's invoices; credit notes share their list (reference 5)."""
    if invoices is None:
        invoices = read.embedded(order, "invoices")
    return tuple(
        Invoice(
            number=read.text(row.get("number")),
            created_at=read.moment(row.get("createdAt")),
            updated_at=read.moment(row.get("updatedAt")),
            status=read.text(row.get("status")),
            remote_id=read.text(row.get("id")),
        )
        for row in read.rows(invoices, "invoices")
        if not is_credit_note(row)
    )


def _events(order: dict) -> tuple[Event, ...]:
    return events(read.rows(read.embedded(order, "events"), "events"))


def events(rows: list[dict]) -> tuple[Event, ...]:
    """Return what happened to an order (Lightspeed reference 4.1 and 8)."""
    return tuple(
        Event(
            created_at=read.moment(row.get("createdAt")),
            type=read.text(row.get("type")),
            message=read.text(row.get("message")),
        )
        for row in rows
    )


def _gift_cards(value) -> tuple:
    """Return whatever is there: its shape is unknown (Lightspeed reference 4.8)."""
    if read.is_unset(value):
        return ()
    rows = value if isinstance(value, list) else [value]
    return tuple(row for row in rows if row == {} or not _is_nothing(row))


def _is_nothing(card) -> bool:
    if isinstance(card, Decimal) and not card.is_finite():
        return False
    return read.is_unset(card) or card in _NOTHING
