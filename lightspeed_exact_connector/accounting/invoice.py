"""Exact's JSON for a booking as a sales invoice, and the comparison with Exact."""

import re
from collections.abc import Mapping
from decimal import Decimal

from .booking import Booking, BookingLine, Hold, InvoicePolicy
from .descriptions import DEFAULT_LABELS, DESCRIPTION_LIMIT
from .exact_values import date_or_none, guid, guid_or_empty, trim
from .invoice_amounts import (
    CHARGING,
    Piece,
    is_hidden,
    pieces_of,
    quantity_and_price,
)
from .invoice_proof import exact_totals
from .items import ItemNeed, by_key, fixed_need, general_need, need_of_article
from .items import source_code as _source_code
from .money import ZERO, cents, normal
from .render import amount_text, differences, expected_total, reference_key
from .sale import LineKind
from .texts import cut
from .totals import money_text

#: ``Type`` of an invoice (Exact reference 6.1): (invoice, credit note).
_TYPES = (8020, 8021)
_DIRECT_TYPES = (8023, 8024)
#: The largest ``OrderNumber``, an Int32.
_MOST = 2**31 - 1
_NUMBER = re.compile(r"\D*(\d+)", re.ASCII)
_GENERAL = "general"
_SPLIT = "split"


# === ITEMS === #


def item_need(line: BookingLine, policy: InvoicePolicy) -> ItemNeed:
    """Return the item of a booking's line.

    A line of several articles (grouped, or a correction) has the general item of its
    rate, as every product has with the strategy ``general``.

    :raise Hold: ``item_code_missing``, ``item_code_clash``
    """
    made_with = (line.vat_code, line.gl_account)
    if line.kind != LineKind.PRODUCT:
        return fixed_need(line.kind, policy, *made_with)
    article = line.article
    if policy.item_strategy == _GENERAL or article is None:
        return general_need(line.rate, policy, *made_with)
    if policy.missing_code == _GENERAL and not _source_code(article, policy):
        return general_need(line.rate, policy, *made_with)
    return need_of_article(article, policy, *made_with)


def item_needs(booking: Booking, policy: InvoicePolicy) -> dict[str, ItemNeed]:
    """Return the items that an invoice wants, by their key, in the order of its lines.

    :raise Hold: ``item_code_missing``, ``item_code_clash``
    """
    return by_key(item_need(line, policy) for line in booking.lines)


# === PAYLOAD === #


def sales_invoice(
    booking: Booking,
    customer_guid: str,
    items: Mapping[str, str],
    policy: InvoicePolicy,
) -> dict:
    """Return the payload of ``POST salesinvoice/SalesInvoices``, ready for ``dumps``.

    Exact's own arithmetic comes to the booking's amounts to the cent, whether or not
    it keeps the VAT amounts that are sent along (Exact reference 6.2 leaves that
    open); with ``policy.vat_amounts`` as ``send`` only where it keeps them, or the
    total of the invoice would not show that it does not.  Exact
    halves of a cent are taken to be rounded away from zero (5.4).

    :param customer_guid: the relation's ``ID``
    :param items: key of an :class:`items.ItemNeed` -> the item's ``ID``
    :raise Hold: ``invoice_exchange_rate``, ``invoice_vat_code_missing``,
        ``invoice_vat_differs``, ``invoice_total_differs``, ``item_code_missing``,
        ``item_code_clash``
    :raise ValueError: when an ID is no GUID
    :raise KeyError: when an item is missing
    """
    if booking.exchange_rate is not None:
        # Invoices have no rate of their own (metadata of ``SalesInvoices``).
        raise Hold("invoice_exchange_rate", currency=booking.currency)
    for line in booking.lines:
        if not line.vat_code:
            raise Hold("invoice_vat_code_missing", line=line.description)
    needs = item_needs(booking, policy)
    guids = {key: guid(items[key]) for key in needs}
    payload = _header(booking, customer_guid)
    payload["Type"] = _type(booking, policy)
    if policy.direct and policy.warehouse:
        payload["Warehouse"] = guid(policy.warehouse)
    number = order_number(booking) if policy.own_number else None
    if number is not None:
        payload["OrderNumber"] = number
    split = policy.vat_amounts == _SPLIT or is_hidden(booking.lines)
    payload["SalesInvoiceLines"] = [
        _line(piece, guids[item_need(piece.line, policy).key], policy)
        for piece in pieces_of(booking.lines, split=split)
    ]
    _prove(payload, booking, split=split)
    return payload


def _header(booking: Booking, customer_guid: str) -> dict:
    payload = {
        "OrderedBy": guid(customer_guid),
        "Journal": booking.journal,
        "OrderDate": f"{booking.entry_date.isoformat()}T00:00:00",
        "YourRef": booking.reference,
        "Description": booking.description,
        "Currency": booking.currency,
    }
    if booking.payment_condition:
        payload["PaymentCondition"] = booking.payment_condition
    return payload


def _type(booking: Booking, policy: InvoicePolicy) -> int:
    """A document that gives money back is a credit note, whatever it is called here."""
    total = expected_total(booking)
    is_credit = total < 0 or (not total and booking.kind == "credit")
    return (_DIRECT_TYPES if policy.direct else _TYPES)[is_credit]


def order_number(booking: Booking) -> int | None:
    """Return the digits of the shop's number as an order number of Exact.

    Only of the first booking of a sale, and only where nothing but letters stands
    before them and they fit (Exact reference 6.1: ``OrderNumber`` is an Int32).
    """
    found = _NUMBER.fullmatch(booking.number) if booking.kind == "sale" else None
    number = int(found[1]) if found and len(found[1]) <= len(str(_MOST)) else 0
    return number if 0 < number <= _MOST else None


def _line(piece: Piece, item_guid: str, policy: InvoicePolicy) -> dict:
    """Return a line; ``NetPrice`` leads, ``UnitPrice`` would else read 0 (6.2)."""
    line = piece.line
    quantity, price, count = quantity_and_price(piece, policy.price_decimals)
    payload = {
        "Item": item_guid,
        "Description": _text(piece, count, policy),
        "Quantity": quantity,
        "UnitPrice": price,
        "NetPrice": price,
        "VATCode": line.vat_code,
        "GLAccount": line.gl_account,
    }
    if line.vat_type in CHARGING:
        payload["VATAmountFC"] = piece.vat
    if line.cost_center:
        payload["CostCenter"] = line.cost_center
    if line.cost_unit:
        payload["CostUnit"] = line.cost_unit
    return payload


def _text(piece: Piece, count: Decimal | None, policy: InvoicePolicy) -> str:
    """Return what a line is for; the count stands in it only where Quantity has none.

    The description of a booking's line begins with the count.
    """
    article = piece.line.article
    title = article and (article.title or article.code or article.sku)
    text = title or piece.line.description
    if piece.is_rounding:
        word = policy.labels.get(LineKind.ROUNDING.value)
        text = f"{word or DEFAULT_LABELS[LineKind.ROUNDING]}: {text}"
    elif title and count is not None:
        text = f"{normal(count)} x {title}"
    return cut(text, DESCRIPTION_LIMIT)


def _prove(payload: dict, booking: Booking, *, split: bool) -> None:
    """Compute what Exact will, and refuse what does not come to the booking's amounts.

    :raise Hold: ``invoice_total_differs``
    """
    codes = {line.vat_code: (line.vat_type, line.rate) for line in booking.lines}
    expected = {}
    for line in booking.lines:
        net, vat = expected.get(line.vat_code, (ZERO, ZERO))
        expected[line.vat_code] = (net + cents(line.net), vat + cents(line.vat))
    for honoured in (True, False) if split else (True,):
        found = exact_totals(payload, codes, honoured=honoured)
        if found.per_code != expected:
            raise Hold(
                "invoice_total_differs",
                order_total=money_text(expected_total(booking)),
                invoice_total=money_text(found.gross),
            )


# === COMPARISON === #


def same_invoice(
    found: dict,
    intended: dict | Booking,
    customer_guid: str = "",
    total: Decimal | None = None,
) -> list[str]:
    """Return in what an invoice of Exact differs from the intended one.

    Customer, date and total must agree; a property that the row does not have counts
    as a difference.  Journal, currency and reference are compared where the row has
    them.

    :param found: a row of ``salesinvoice/SalesInvoices``; needs ``OrderedBy``,
        ``OrderDate``, ``AmountFC``
    :param intended: a payload of :func:`sales_invoice`, or a booking
    :param customer_guid: needed with a booking only
    :param total: what the invoice comes to, VAT included; needed with a payload, a
        booking knows
    :return: names of the differences: ``customer``, ``journal``, ``date``,
        ``total``, ``currency``, ``reference``; empty when it may be adopted
    """
    if isinstance(intended, Booking):
        total = expected_total(intended) if total is None else total
        intended = _header(intended, customer_guid)
    pairs = {
        "customer": (
            guid_or_empty(found.get("OrderedBy")),
            guid_or_empty(intended["OrderedBy"]),
        ),
        "date": (
            date_or_none(found.get("OrderDate")),
            date_or_none(intended["OrderDate"]),
        ),
        "total": (amount_text(found.get("AmountFC")), amount_text(total)),
    }
    for name, field in (("journal", "Journal"), ("currency", "Currency")):
        if trim(found.get(field)):
            pairs[name] = (trim(found[field]), trim(intended.get(field)))
    if "YourRef" in found:
        pairs["reference"] = (
            reference_key(found["YourRef"]),
            reference_key(intended.get("YourRef")),
        )
    return differences(pairs)


# === FINALISING === #


def print_payload(invoice_id: str, values: Mapping) -> dict:
    """Return the payload of ``POST salesinvoice/PrintedSalesInvoices`` (reference 6.3).

    :param invoice_id: the invoice's ``InvoiceID``
    :param values: layouts and how it is sent; see the invoice profile
    :raise ValueError: when that is no GUID
    """
    return {"InvoiceID": guid(invoice_id), **values}
