"""From an invoice or credit note of Lightspeed to a :class:`~.sale.Sale`.

An invoice has amounts of its own; who bought, where it went and how it was paid
stands on its order only.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal

from . import parse
from . import payload as read
from .booking import Hold
from .listing_invoice import InvoiceRow, invoice_row
from .money import CENT, ZERO, cents, plain
from .sale import Invoice, LineKind, Sale, SaleLine, Tax

_KINDS = {"shipment": LineKind.SHIPPING, "payment": LineKind.PAYMENT}
_COSTS = tuple(_KINDS.values())
#: Titles such as ``_paymentcosts_`` are no words (Lightspeed reference 5).
_PLACEHOLDER = re.compile(r"_\w+_")
#: By so much the items may miss the total and still show what kind they are.
_NEAR = Decimal("0.05")
_STEPS = (CENT, Decimal("0.001"))


@dataclass(frozen=True)
class _Item:
    """One row of ``invoices/{id}/items.json``, its prices as they stand there."""

    row: dict
    field: str
    kind: LineKind
    quantity: Decimal
    gross: Decimal
    net: Decimal


@dataclass(frozen=True)
class _Reading:
    """What the items come to when their prices are read in one of the two ways."""

    amounts: tuple[tuple[Decimal, Decimal], ...]

    @property
    def gross(self) -> Decimal:
        return sum((gross for gross, _net in self.amounts), ZERO)

    @property
    def net(self) -> Decimal:
        return sum((net for _gross, net in self.amounts), ZERO)


def parse_invoice(
    invoice: dict,
    items: list,
    order: dict,
    *,
    currency: str,
    products: list | None = None,
) -> Sale:
    """Return the sale that an invoice is, or that a credit note gives back.

    The amounts of a credit note come out positive whatever sign the shop uses; a line
    that goes the other way within it stays negative.

    :param invoice: the ``invoice`` object, from the list or single (Lightspeed
        reference 5)
    :param items: all rows of ``invoices/{id}/items.json``
    :param order: the ``order`` object of ``GET orders/{id}.json``
    :param currency: the shop's; invoices have none (reference 0.6)
    :param products: the rows of ``orders/{id}/products.json``, when the embedded ones
        are not all there is, see :func:`lacks_products`
    :raise Hold: ``unreadable_order``, ``no_lines``, ``invoice_items_ambiguous``,
        ``gift_card_split``
    """
    row = invoice_row(invoice)
    bought = parse.parse_order(order, currency=currency, products=products)
    if row.order_id and row.order_id != bought.remote_id:
        raise read.unreadable("order", "another_order")
    created_at = read.required_moment(invoice.get("createdAt"), "createdAt")
    updated_at = row.updated_at or created_at
    gross = read.total(invoice.get("priceIncl"), "priceIncl")
    net = read.amount(invoice.get("priceExcl"), "priceExcl")
    if row.is_credit_note:
        gross, net = abs(gross), abs(net)
    if bought.gift_cards and not row.is_credit_note and gross != bought.gross:
        raise Hold("gift_card_split")
    number = read.required_text(invoice.get("number"), "number")
    lines = _lines(items, bought, gross, net, is_credit=row.is_credit_note)
    own = Invoice(number, created_at, updated_at, row.status, row.remote_id)
    return replace(
        bought,
        remote_id=row.remote_id,
        number=number,
        status="cancelled" if _is_void(invoice, row, bought) else row.status,
        payment_status=row.status,
        created_at=created_at,
        updated_at=updated_at,
        gross=gross,
        net=net,
        lines=lines,
        invoices=(own,),
        events=parse.events(_own_events(order, row.remote_id)),
        is_credit=row.is_credit_note,
        ordered_at=bought.created_at,
    )


def _is_void(invoice: dict, row: InvoiceRow, bought: Sale) -> bool:
    """Say whether nothing is to be paid or given back: its order was cancelled.

    What cancelling does to invoices is not documented (Lightspeed reference 5): one
    that was paid, or has a credit note, stands.
    """
    if row.is_credit_note or row.status == "paid" or bought.status != "cancelled":
        return False
    return read.is_unset(invoice.get("creditNote"))


def lacks_products(items: list, order: dict) -> bool:
    """Say whether an item is of an order line that is not embedded in the order.

    The vendor may cut the embedded list (Lightspeed reference 4.3).  Never raises.
    """
    embedded = read.embedded(read.section(order), "products")
    if not isinstance(embedded, list):
        return True
    known = {read.text(read.section(row).get("id")) for row in embedded}
    wanted = {
        read.text(read.section(item).get("orderProductId"))
        for item in (items if isinstance(items, list) else ())
    }
    return bool(wanted - known - {""})


def _own_events(order: dict, remote_id: str) -> list[dict]:
    """Return the events that are not of another invoice of the same order."""
    return [
        event
        for event in read.rows(read.embedded(order, "events"), "events")
        if read.linked_id(event.get("invoice")) in ("", remote_id)
    ]


# === LINES === #


def _lines(
    items, bought: Sale, gross: Decimal, net: Decimal, *, is_credit: bool
) -> tuple[SaleLine, ...]:
    rows = read.rows(items, "items")
    if not rows:
        raise Hold("no_lines")
    found = [_item(row, f"items[{index}]") for index, row in enumerate(rows)]
    reading = _resolve(found, gross, net, is_credit=is_credit)
    return tuple(
        _line(item, bought, *amounts, is_credit=is_credit)
        for item, amounts in zip(found, reading.amounts, strict=True)
        if any(amounts) or item.kind not in _COSTS
    )


def _item(row: dict, field: str) -> _Item:
    """Read a row; a kind that is not documented is booked like a product."""
    quantity = Decimal(1)
    if not read.is_unset(row.get("quantity")):
        quantity = read.number(row.get("quantity"), f"{field}.quantity")
    return _Item(
        row=row,
        field=field,
        kind=_KINDS.get(read.text(row.get("type")).lower(), LineKind.PRODUCT),
        quantity=quantity,
        gross=read.number(row.get("priceIncl"), f"{field}.priceIncl"),
        net=read.number(row.get("priceExcl"), f"{field}.priceExcl"),
    )


def _resolve(
    items: list[_Item], gross: Decimal, net: Decimal, *, is_credit: bool
) -> _Reading:
    """Tell line totals from prices of a unit by what they add up to.

    Which of the two the vendor means is not documented (Lightspeed reference 5).  The
    reading that comes to the total is right; when rounded prices hit neither exactly,
    the only one that is nearly there.  When both come to the total, the net amounts
    decide.

    :raise Hold: ``invoice_items_ambiguous``
    """
    lines = _reading([(item, Decimal(1)) for item in items], is_credit=is_credit)
    units = _reading([(item, item.quantity) for item in items], is_credit=is_credit)
    both = [lines] if lines == units else [lines, units]
    fitting = [each for each in both if each.gross == gross]
    if not fitting:
        fitting = [each for each in both if abs(each.gross - gross) <= _NEAR]
        if lines == units:
            # There is nothing to tell apart: the check of the totals judges.
            return lines
    elif len(fitting) > 1:
        off = [abs(each.net - net) for each in fitting]
        fitting = [
            each
            for each, distance in zip(fitting, off, strict=True)
            if distance == min(off)
        ]
    if len(fitting) != 1:
        raise Hold(
            "invoice_items_ambiguous",
            lines_total=plain(lines.gross),
            units_total=plain(units.gross),
            total=plain(gross),
        )
    return fitting[0]


def _reading(factors, *, is_credit: bool) -> _Reading:
    """Return the amounts in cents; those of a credit note turned to be positive."""
    amounts = tuple(
        (_cents(item, item.gross * factor), _cents(item, item.net * factor))
        for item, factor in factors
    )
    reading = _Reading(amounts)
    if is_credit and reading.gross < 0:
        return _Reading(tuple((ZERO - gross, ZERO - net) for gross, net in amounts))
    return reading


def _cents(item: _Item, value: Decimal) -> Decimal:
    try:
        return cents(value)
    except ValueError as error:
        raise read.unreadable(item.field, "out_of_range") from error


def _line(
    item: _Item, bought: Sale, gross: Decimal, net: Decimal, *, is_credit: bool
) -> SaleLine:
    row = item.row
    remote_id = read.text(row.get("orderProductId"))
    ordered = _ordered(item, remote_id, bought)
    rate, taxes = _taxes(item, ordered, bought, gross, net)
    discount = read.optional_amount(
        row.get("discountIncl"), f"{item.field}.discountIncl"
    )
    return SaleLine(
        kind=item.kind,
        title=_title(item),
        quantity=abs(item.quantity) if is_credit else item.quantity,
        gross=gross,
        net=net,
        rate=rate,
        taxes=taxes,
        discount=abs(discount or ZERO),
        article_code=read.text(row.get("articleCode")),
        sku=read.text(row.get("sku")),
        ean=read.text(row.get("ean")),
        remote_id=remote_id,
        brand=ordered.brand if ordered else "",
        product_id=ordered.product_id if ordered else "",
        variant_id=ordered.variant_id if ordered else "",
    )


def _title(item: _Item) -> str:
    """Return the readable name: behind a placeholder it is the variant (5)."""
    title, variant = item.row.get("title"), item.row.get("variant")
    if _PLACEHOLDER.fullmatch(read.text(title)):
        return read.text(variant)
    return parse.title_of(title, "" if item.kind in _COSTS else variant)


def _ordered(item: _Item, remote_id: str, bought: Sale) -> SaleLine | None:
    """Return the line of the order that an item is of, ``None`` when none is known."""
    if item.kind in _COSTS:
        lines = [line for line in bought.lines if line.kind == item.kind]
    else:
        lines = [line for line in bought.lines if remote_id == line.remote_id != ""]
    return lines[0] if lines else None


# === RATE === #


def _taxes(
    item: _Item, ordered: SaleLine | None, bought: Sale, gross: Decimal, net: Decimal
) -> tuple[Decimal, tuple[Tax, ...]]:
    """Return the rate of an item and its components.

    Items have a ``taxRate`` and no components (Lightspeed reference 5): those are the
    order line's, where their sum is the item's rate.  Without a rate it is the order
    line's, and without such a line it is worked out from the two prices.
    """
    given = ("taxRate", "taxRates")
    if all(read.is_unset(item.row.get(name)) for name in given):
        if ordered:
            return ordered.rate, ordered.taxes
        return _worked_out(item, bought, gross, net), ()
    untaxed = gross == net
    rate, taxes = parse.taxes_of(item.row, "tax", f"{item.field}.", untaxed=untaxed)
    if not taxes and ordered and ordered.rate == rate:
        taxes = ordered.taxes
    return rate, taxes


def _worked_out(item: _Item, bought: Sale, gross: Decimal, net: Decimal) -> Decimal:
    """Return the rate that two rounded prices show, preferably one of the order.

    :raise Hold: ``unreadable_order`` when no rate of a tenth of a percent fits
    """
    if gross == net:
        return ZERO
    vat = gross - net

    def off(rate):
        return abs(net * rate - vat)

    known = {line.rate for line in bought.lines if off(line.rate) <= CENT}
    if known:
        return min(known, key=lambda rate: (off(rate), rate))
    for step in _STEPS:
        rate = (vat / net).quantize(step).normalize() if net else ZERO
        if 0 < rate < 1 and off(rate) <= CENT:
            return rate
    raise read.unreadable(f"{item.field}.taxRate", "missing")
