"""Exact's JSON for a booking, and the comparison with what Exact says it has."""

import hashlib
from decimal import Decimal

from .booking import Booking, BookingLine
from .exact_values import date_or_none, guid, guid_or_empty, trim
from .money import ZERO, cents, dumps, normal
from .reference import uniqueness_key

#: Type of VAT codes whose amounts include the VAT (Exact reference 7.3).
_INCLUDING = "I"


def sales_entry(booking: Booking, customer_guid: str) -> dict:
    """Return the payload of ``POST salesentry/SalesEntries``, ready for ``dumps``.

    Line amounts are net, gross with an including VAT code, with the shop's own VAT
    beside them, which overrides what Exact would compute (Exact reference 5.4).  The
    VAT amount is always sent, also as 0: a line without a VAT code would else get the
    G/L account's default code and its VAT (5.2).  The header's VAT amount is never
    sent.

    :param customer_guid: the relation's ``ID``
    :raise ValueError: when that is no GUID
    """
    payload = {
        "Customer": guid(customer_guid),
        "Journal": booking.journal,
        "EntryDate": f"{booking.entry_date.isoformat()}T00:00:00",
        "YourRef": booking.reference,
        "Description": booking.description,
        "Currency": booking.currency,
    }
    if booking.exchange_rate is not None:
        payload["Rate"] = booking.exchange_rate
    if booking.payment_condition:
        payload["PaymentCondition"] = booking.payment_condition
    payload["SalesEntryLines"] = [_line(line) for line in booking.lines]
    return payload


def _line(line: BookingLine) -> dict:
    payload = {
        "GLAccount": line.gl_account,
        "Description": line.description,
        "AmountFC": cents(line.gross if line.vat_type == _INCLUDING else line.net),
        "VATAmountFC": cents(line.vat),
    }
    if line.vat_code:
        payload["VATCode"] = line.vat_code
    if line.cost_center:
        payload["CostCenter"] = line.cost_center
    if line.cost_unit:
        payload["CostUnit"] = line.cost_unit
    if line.quantity is not None:
        payload["Quantity"] = line.quantity
    return payload


def expected_total(booking: Booking) -> Decimal:
    """Return what Exact must say the document's total is, VAT included."""
    return sum((cents(line.net) + cents(line.vat) for line in booking.lines), ZERO)


def digest(payload: dict) -> str:
    """Return a hexadecimal digest: the same for the same content, however written."""
    return hashlib.sha256(dumps(_canonical(payload)).encode()).hexdigest()


def _canonical(value):
    if isinstance(value, dict):
        return {key: _canonical(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    if isinstance(value, Decimal):
        return {"number": normal(value)}
    if isinstance(value, int) and not isinstance(value, bool):
        return {"number": str(value)}
    return value


# === COMPARISON === #


def same_document(
    found: dict,
    intended: dict | Booking,
    customer_guid: str = "",
    *,
    total: Decimal | None = None,
) -> list[str]:
    """Return in what a document of Exact differs from the intended one.

    Before a document that was found is adopted, customer, journal, date and total
    must agree; a property that the row does not have counts as a difference.
    Currency and reference are compared where the row has them.

    :param found: a row of ``salesentry/SalesEntries``; needs ``Customer``,
        ``Journal``, ``EntryDate``, ``AmountFC``
    :param intended: a payload of :func:`sales_entry`, or a booking
    :param customer_guid: needed with a booking only
    :param total: what the document comes to, VAT included.  A payload does not tell
        which of its VAT codes are including ones: without a total its amounts are
        taken to be net.  A booking knows
    :return: names of the differences: ``customer``, ``journal``, ``date``,
        ``total``, ``currency``, ``reference``; empty when it may be adopted
    """
    if isinstance(intended, Booking):
        total = expected_total(intended)
        intended = sales_entry(intended, customer_guid)
    pairs = {
        "customer": (
            guid_or_empty(found.get("Customer")),
            guid_or_empty(intended["Customer"]),
        ),
        "journal": (trim(found.get("Journal")), trim(intended["Journal"])),
        "date": (
            date_or_none(found.get("EntryDate")),
            date_or_none(intended["EntryDate"]),
        ),
        "total": (
            amount_text(found.get("AmountFC")),
            _total(intended) if total is None else amount_text(total),
        ),
    }
    if trim(found.get("Currency")):
        pairs["currency"] = (trim(found["Currency"]), trim(intended.get("Currency")))
    if "YourRef" in found:
        pairs["reference"] = (
            reference_key(found["YourRef"]),
            reference_key(intended.get("YourRef")),
        )
    return differences(pairs)


def differences(pairs: dict[str, tuple]) -> list[str]:
    """Return the names of what Exact has not, or has otherwise than was intended.

    :param pairs: name -> (as found, as intended)
    """
    return [name for name, (there, here) in pairs.items() if not there or there != here]


def _total(payload: dict) -> str:
    """Return what net lines come to: header ``AmountFC`` includes VAT (5.1)."""
    lines = payload["SalesEntryLines"]
    parts = [
        cents(line["AmountFC"]) + cents(line.get("VATAmountFC", 0)) for line in lines
    ]
    return amount_text(sum(parts, ZERO))


def amount_text(value) -> str:
    """Return an amount to the cent as text, ``""`` for what is no amount."""
    try:
        return str(cents(value))
    except ValueError:
        return ""


def reference_key(value) -> str:
    """Return a reference as two of them are compared."""
    return uniqueness_key(trim(value))
