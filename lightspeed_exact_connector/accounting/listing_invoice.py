"""Rows of the invoice list: invoices and credit notes, and whether they changed."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from . import payload as read
from .listing import digest_of, figure_of, gross_of

_MONEY = ("priceExcl", "priceIncl")


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice or credit note as the list gives it (Lightspeed reference 5).

    :ivar status: ``paid``, ``not_paid`` or ``cancelled``
    :ivar gross: the total, never negative; ``None`` when it cannot be read
    :ivar original_id: of a credit note: the invoice that it credits, ``""`` if unknown
    :ivar order_id: the order that it belongs to, ``""`` if unknown
    :ivar digest: hexadecimal; changes with money, number, status or what it belongs to
    :ivar content_digest: the same without the status
    """

    remote_id: str
    number: str
    status: str
    created_at: datetime | None
    updated_at: datetime | None
    gross: Decimal | None
    is_credit_note: bool
    original_id: str
    order_id: str
    digest: str
    content_digest: str


def invoice_row(payload: dict) -> InvoiceRow:
    """Return a row of ``invoices.json``; a single invoice's object gives the same.

    The sign of a credit note's amounts is not documented (Lightspeed reference 5): the
    total is taken as it is without its sign.

    :raise Hold: ``unreadable_order`` when the row has no id
    """
    if not isinstance(payload, dict):
        raise read.unreadable("invoice", "not_an_object")
    gross = gross_of(payload.get("priceIncl"))
    status = read.text(payload.get("status"))
    row = {
        "number": read.text(payload.get("number")),
        "is_credit_note": is_credit_note(payload),
        "original_id": read.linked_id(payload.get("invoice")),
        "order_id": read.linked_id(payload.get("order")),
    }
    content = [*row.values(), [figure_of(payload.get(name)) for name in _MONEY]]
    return InvoiceRow(
        remote_id=read.required_text(payload.get("id"), "id"),
        status=status,
        created_at=read.moment(payload.get("createdAt")),
        updated_at=read.moment(payload.get("updatedAt")),
        gross=None if gross is None else abs(gross),
        digest=digest_of([content, status]),
        content_digest=digest_of(content),
        **row,
    )


def is_credit_note(row: dict) -> bool:
    """Say whether a row of the invoice list is a credit note (reference 5).

    ``invoice`` on a credit note is its original, ``false`` elsewhere.
    """
    if read.is_set_flag(row.get("isCreditNote")):
        return True
    original = row.get("invoice")
    resource = read.section(original).get("resource")
    # A link without an id leads to no invoice (reference 3.3).
    if isinstance(resource, dict) and read.is_unset(resource.get("id")):
        return False
    return not read.is_unset(original)
