"""Rows of the order list: what identifies an order, and whether it has changed."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from . import payload as read
from .money import cents, dumps, normal, to_decimal

_MONEY = (
    "priceExcl",
    "priceIncl",
    "paymentPriceExcl",
    "paymentPriceIncl",
    "shipmentPriceExcl",
    "shipmentPriceIncl",
    "shipmentDiscountExcl",
    "shipmentDiscountIncl",
    "paymentTaxRate",
    "shipmentTaxRate",
)
_TAXES = ("taxRates", "paymentTaxRates", "shipmentTaxRates")
_ADDRESS_PARTS = (
    "Name",
    "Street",
    "Street2",
    "Number",
    "Extension",
    "Zipcode",
    "City",
    "Region",
)
_ADDRESS = (
    "addressShippingCompany",
    *(f"addressBilling{part}" for part in _ADDRESS_PARTS),
    *(f"addressShipping{part}" for part in _ADDRESS_PARTS),
)
_COUNTRIES = ("addressBillingCountry", "addressShippingCountry")
#: Fields that decide how an order is booked; part of the content.
_DECIDING = ("number", "email", "companyName", "companyVatNumber", "paymentId")
_DECIDING_FLAGS = ("isCompany", "shipmentIsPickup")
#: Fields that only describe the customer.
_CUSTOMER = (
    "firstname",
    "middlename",
    "lastname",
    "phone",
    "mobile",
    "companyCoCNumber",
)
_STATUS = ("status", "paymentStatus", "customStatusId")


@dataclass(frozen=True)
class ListRow:
    """An order as the list call gives it (Lightspeed reference 3.3: bare links).

    :ivar gross: the total, ``None`` when it cannot be read
    :ivar digest: hexadecimal; changes with money, address, customer or status
    :ivar content_digest: hexadecimal; changes with money, address and what decides
        the booking, but not with a status
    """

    remote_id: str
    number: str
    status: str
    payment_status: str
    created_at: datetime | None
    updated_at: datetime | None
    gross: Decimal | None
    digest: str
    content_digest: str


def list_row(payload: dict) -> ListRow:
    """Return a row of ``orders.json``; a single order's object gives the same.

    ``updatedAt`` moves for reasons that are invisible in the fields (Lightspeed
    reference 3.2), hence the digests.

    :raise Hold: ``unreadable_order`` when the row has no id
    """
    if not isinstance(payload, dict):
        raise read.unreadable("order", "not_an_object")
    content = _content(payload)
    customer = [read.text(payload.get(name)) for name in _CUSTOMER]
    status = [_status(payload.get(name)) for name in _STATUS]
    return ListRow(
        remote_id=read.required_text(payload.get("id"), "id"),
        number=read.text(payload.get("number")),
        status=read.text(payload.get("status")),
        payment_status=read.text(payload.get("paymentStatus")),
        created_at=read.moment(payload.get("createdAt")),
        updated_at=read.moment(payload.get("updatedAt")),
        gross=gross_of(payload.get("priceIncl")),
        digest=digest_of([content, customer, status]),
        content_digest=digest_of(content),
    )


def _content(payload: dict) -> list:
    return [
        [figure_of(payload.get(name)) for name in _MONEY],
        [_tax_list(payload.get(name)) for name in _TAXES],
        [read.text(payload.get(name)) for name in _ADDRESS],
        [read.country(payload.get(name)) for name in _COUNTRIES],
        [read.text(payload.get(name)) for name in _DECIDING],
        [read.is_set_flag(payload.get(name)) for name in _DECIDING_FLAGS],
        read.is_unset(payload.get("giftCardsPayment")),
    ]


def figure_of(value) -> str:
    """Return one text per number, however it was written: noise ends at 6 decimals.

    Unset and zero are the same: legacy rows lack fields that later hold 0.
    """
    try:
        return normal(to_decimal(value).quantize(Decimal("0.000001")))
    except ValueError:
        return "0" if read.is_unset(value) else "?"


def _tax_list(value) -> list:
    entries = value if isinstance(value, list) else []
    found = [
        [
            read.text(row.get("name")),
            figure_of(row.get("rate")),
            figure_of(row.get("amount")),
        ]
        for row in entries
        if isinstance(row, dict)
    ]
    return sorted(found)


def _status(value) -> str:
    found = read.text(value)
    return "" if found == "0" else found


def gross_of(value) -> Decimal | None:
    """Return a total in cents, ``None`` when it cannot be read."""
    try:
        return cents(value)
    except ValueError:
        return None


def digest_of(content) -> str:
    """Return the SHA-256 of JSON-able values, in hexadecimal."""
    return hashlib.sha256(dumps(content).encode()).hexdigest()
