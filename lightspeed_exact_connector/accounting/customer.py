"""The customer as a relation (relatie) in Exact: identity, payload, choice.

Lengths are those of the published metadata, most of them guesses of other clients
(Exact reference 12): texts are cut below them, identifiers are left out instead.
"""

import re

from . import vat_numbers
from .booking import Hold
from .exact_values import trim
from .sale import Address, Sale
from .texts import clean, cut, width

_MAX_NAME = 50
_MAX_EMAIL = 100
_MAX_ADDRESS = 60
_MAX_POSTCODE = 20
_MAX_CITY = 40
_MAX_PHONE = 17
_MAX_COC = 40
_MAX_VAT_NUMBER = 20
#: Room that is always left for the street beside a house number.
_MIN_STREET = 10
_CUSTOMER = "C"
_LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
_EMAIL = re.compile(
    rf"[\w!#$%&'*+/=?^`{{|}}~-]+(?:\.[\w!#$%&'*+/=?^`{{|}}~-]+)*"
    rf"@{_LABEL}(?:\.{_LABEL})+"
)
#: Lightspeed's codes that are countries, not languages (Lightspeed reference 1.1).
_LANGUAGES = {"US": "EN"}


def email_key(email: str) -> str:
    """Return what identifies a customer: the address without blanks and case."""
    return "".join(clean(email).split()).casefold()


def valid_email(email: str) -> str:
    """Return an e-mail address fit for Exact.

    :raise Hold: ``customer_without_email`` or ``customer_email_invalid``
    """
    found = "".join(clean(email).split())
    if not found:
        raise Hold("customer_without_email")
    if width(found) > _MAX_EMAIL or not _EMAIL.fullmatch(found):
        raise Hold("customer_email_invalid", email=found)
    return found


def relation(sale: Sale) -> dict:
    """Return the payload of ``POST crm/Accounts`` (Exact reference 4.1).

    The status must be ``C``, else Exact refuses the sale.  Name and address are the
    billing ones of the order, never the later customer record's.  What is unset is
    left out, as is ``State``, which Exact checks against the country.

    :raise Hold: ``customer_without_email`` or ``customer_email_invalid``
    """
    party, address = sale.customer, _address(sale)
    email = valid_email(party.email)
    found = {
        "Name": _name(sale, email),
        "Status": _CUSTOMER,
        "Email": email,
        "Phone": _phone(party.phone),
        "AddressLine1": address_line(address),
        "AddressLine2": cut(address.street2, _MAX_ADDRESS),
        "Postcode": _whole(address.postcode, _MAX_POSTCODE),
        "City": cut(address.city, _MAX_CITY),
        "Country": address.country,
        "VATNumber": _vat_number(sale),
        "ChamberOfCommerce": _whole(party.coc_number, _MAX_COC),
        "Language": _language(party.language),
    }
    return {name: value for name, value in found.items() if value}


def choose_relation(rows, email: str) -> dict | None:
    """Return the relation to book on, of those Exact knows by this e-mail address.

    E-mail addresses are not unique there: a customer (status ``C``) goes first, then
    the lowest number (Exact reference 4.1); a blocked relation goes last, it cannot be
    used.  Codes are padded with blanks.

    :param rows: rows of ``crm/Accounts`` with ``Code``, ``Status``, ``Email``
    :return: one of the rows, ``None`` when none has this address
    """
    key = email_key(email)
    same = [row for row in rows if key and email_key(trim(row.get("Email"))) == key]
    return min(same, key=_preference, default=None)


def _preference(row: dict) -> tuple:
    code = trim(row.get("Code"))
    numeric = code.isascii() and code.isdigit()
    return (
        row.get("Blocked") is True,
        trim(row.get("Status")) != _CUSTOMER,
        not numeric,
        int(code) if numeric else 0,
        code,
    )


def _address(sale: Sale) -> Address:
    """Return the billing address; the shipping one where the shop has no other."""
    billing = sale.billing
    empty = not (billing.street or billing.city or billing.postcode)
    return sale.shipping if empty and sale.shipping.city else billing


def _name(sale: Sale, email: str) -> str:
    """Return the company's name, the person's, the address's, or the e-mail."""
    party = sale.customer
    names = []
    if party.is_company:
        names += [party.company, sale.billing.company]
    names += [
        " ".join(
            part for part in (party.firstname, party.middlename, party.lastname) if part
        ),
        party.company,
        sale.billing.name,
        email,
    ]
    return next(found for found in (cut(name, _MAX_NAME) for name in names) if found)


def _whole(text: str, limit: int) -> str:
    """Return a text that means nothing when it is cut: whole, or not at all."""
    text = clean(text)
    return text if width(text) <= limit else ""


def _phone(phone: str) -> str:
    """Return the number when it fits; digits and ``+ - /`` with single blanks."""
    text = clean(re.sub(r"[().]", " ", phone))
    if len(text) > 2 * _MAX_PHONE:
        return ""
    if not re.fullmatch(r"[0-9+\-/ ]*[0-9][0-9+\-/ ]*", text, re.ASCII):
        return ""
    if len(text) > _MAX_PHONE:
        text = re.sub(r"[^0-9+]", "", text)
    return text if len(text) <= _MAX_PHONE else ""


def _vat_number(sale: Sale) -> str:
    """Return the VAT number when its form is right: Exact checks it per country."""
    country = sale.billing.country or sale.shipping.country
    number = vat_numbers.normalise(sale.customer.vat_number, country)
    if vat_numbers.has_form(number) and len(number) <= _MAX_VAT_NUMBER:
        return number
    return ""


def _language(code: str) -> str:
    code = code.upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        return ""
    return _LANGUAGES.get(code, code)


# === ADDRESS === #


def address_line(address: Address) -> str:
    """Return street, number and extension as one line of at most 60.

    The number may stand in the street already (Lightspeed reference 4.1): it is not
    repeated.  When the line is too long the street is cut, the number stays.
    """
    street = clean(address.street)
    tail = _missing_tail(street, clean(address.number), clean(address.extension))
    room = max(_MAX_ADDRESS - width(tail) - 1, _MIN_STREET) if tail else _MAX_ADDRESS
    return cut(f"{cut(street, room)} {tail}", _MAX_ADDRESS)


def _missing_tail(street: str, number: str, extension: str) -> str:
    """Return the part of number and extension that the street does not have."""
    whole = _join(number, extension)
    if not whole or _has(street, number, extension):
        return ""
    if extension and number and _ends_with(street, number):
        return extension
    return whole


def _join(number: str, extension: str) -> str:
    """``12`` and ``A`` are ``12 A``; an extension like ``-2`` joins as it is."""
    blank = " " if number and extension and extension[0].isalnum() else ""
    return f"{number}{blank}{extension}"


def _has(street: str, number: str, extension: str) -> bool:
    """Say whether the street ends (or begins: ``12 rue X``) with all of the number."""
    if not number:
        return bool(extension) and _ends_with(street, extension)
    if extension:
        parts = rf"{re.escape(number)}[\s\-/]*{re.escape(extension)}"
        return bool(re.search(rf"(?<!\w){parts}$", street, re.IGNORECASE))
    # "Kerkstraat 12a" with number 12: the street knows more than the number field.
    at_end = rf"(?<!\w){re.escape(number)}(?:[\s\-/]?[a-z]{{1,3}})?$"
    at_start = rf"^{re.escape(number)}[\s,]"
    return bool(re.search(f"{at_end}|{at_start}", street, re.IGNORECASE))


def _ends_with(street: str, number: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(number)}$", street, re.IGNORECASE))
