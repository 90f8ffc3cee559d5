"""The customer as a relation (relatie) in Exact: identity, payload, choice.

Lengths are those of the published metadata, most of them guesses of other clients
(Exact reference 12): texts are cut below them, identifiers are left out instead.
"""

import re
from dataclasses import dataclass

from . import payload as read
from . import vat_numbers
from .booking import Hold
from .customer_policy import CustomerPolicy
from .exact_values import trim
from .sale import Address, Sale
from .texts import clean, cut, width
from .vat import Treatment

__all__ = [
    "CustomerPolicy",
    "Identity",
    "address_line",
    "choose_company",
    "choose_relation",
    "collective_key",
    "email_key",
    "identify",
    "listed",
    "needs_email",
    "number_of",
    "relation",
    "same_number",
    "spellings",
    "valid_email",
]

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
#: Longest spelling of a VAT number that is worth looking for.
_MAX_SPELLING = 30


# === IDENTITY === #


@dataclass(frozen=True)
class Identity:
    """Who a customer is in the books: what the relation in Exact is found by.

    :ivar kind: ``email``, ``vat_number`` or ``collective``
    :ivar key: one relation in an administration: the folded e-mail address,
        ``vat:BE0123456789`` or ``collective:1000``
    :ivar vat_number: normalised; ``""`` unless it is the identity
    :ivar email: as typed, may be ``""``
    :ivar strict: the relation must have exactly this VAT number: the listing of
        intra-Community supplies (ICP) is made from it
    """

    kind: str
    key: str
    vat_number: str = ""
    email: str = ""
    strict: bool = False


def identify(
    sale: Sale, treatment: str, number: str, policy: CustomerPolicy
) -> Identity:
    """Return by what the relation of a sale is found.

    A sale under reverse charge goes by the VAT number and nothing else.  A company has
    a relation of its own, known by its VAT number or its e-mail address.  A consumer
    has one by e-mail address, or is booked on a collective debtor.

    :param treatment: see :class:`vat.Treatment`
    :param number: the customer's VAT number, normalised; ``""`` for none
    :raise Hold: ``reverse_charge_without_number``, ``customer_without_email``,
        ``collective_missing``
    """
    party = sale.customer
    if treatment == Treatment.REVERSE_CHARGE:
        if not vat_numbers.has_form(number):
            raise Hold("reverse_charge_without_number", vat_number=number)
        return _by_number(number, party.email, strict=True)
    if _is_company(party.is_company, party.company, number):
        if policy.match_vat_number and _fits(number, _address(sale).country):
            return _by_number(number, party.email)
    elif _is_collective(policy, is_guest=not party.remote_id):
        return _collective(sale, policy)
    key = email_key(party.email)
    if key:
        return Identity("email", key, email=party.email)
    if policy.empty_email == "collective":
        return _collective(sale, policy)
    raise Hold("customer_without_email")


def _by_number(number: str, email: str, *, strict: bool = False) -> Identity:
    return Identity("vat_number", f"vat:{number}", number, email, strict)


def identity_of(key: str, payload: dict) -> Identity:
    """Return for whom a relation was to be made, by what was sent to make it.

    :param key: of the identity, see :class:`Identity`
    :param payload: see :func:`relation`
    """
    email = payload.get("Email", "")
    kind, _colon, number = key.partition(":")
    if kind == "vat":
        return _by_number(number, email)
    return Identity("email", key, email=email or key)


def _is_company(is_company: bool, company: str, number: str) -> bool:
    """A company says so, has a name, or a VAT number; "none" is no VAT number."""
    return bool(is_company or company or vat_numbers.has_form(number))


def _is_collective(policy: CustomerPolicy, *, is_guest: bool) -> bool:
    """Say whether a consumer goes to a collective debtor."""
    return policy.kind == "collective" or (is_guest and policy.guests == "collective")


def _collective(sale: Sale, policy: CustomerPolicy) -> Identity:
    """Return the collective debtor of the country of delivery, or the general one."""
    country = sale.shipping.country or sale.billing.country or policy.country
    if sale.is_pickup:
        country = policy.country
    code = policy.collectives.get(country) or policy.collectives.get("")
    if not code:
        raise Hold("collective_missing", country=country or "-")
    return Identity("collective", collective_key(code))


def collective_key(code: str) -> str:
    """Return the key of a collective debtor by its code in Exact."""
    return f"collective:{trim(code)}"


def listed(payload: dict) -> tuple[bool, str, bool]:
    """Return what a row of the order list tells about its customer.

    :return: whether it is a company, its VAT number when that can identify it, and
        whether the customer is a guest (Lightspeed reference 4.1)
    """
    country = read.country(payload.get("addressBillingCountry"))
    country = country or read.country(payload.get("addressShippingCountry"))
    number = read.text(payload.get("companyVatNumber"))
    number = vat_numbers.normalise(number, country)
    link = read.section(read.section(payload.get("customer")).get("resource"))
    flag = read.is_set_flag(payload.get("isCompany"))
    return (
        _is_company(flag, read.text(payload.get("companyName")), number),
        number if _fits(number, country) else "",
        not read.text(link.get("id")),
    )


def needs_email(
    policy: CustomerPolicy, *, is_company: bool, vat_number: str, is_guest: bool
) -> bool:
    """Say whether a customer may be known by e-mail address, as far as the list tells.

    :param vat_number: from :func:`listed`
    """
    if is_company:
        return not (policy.match_vat_number and vat_number)
    return not _is_collective(policy, is_guest=is_guest)


# === VAT NUMBERS === #


def number_of(row: dict) -> str:
    """Return the VAT number of a relation in Exact, ``""`` when it has no usable one.

    :param row: of ``crm/Accounts``, with ``VATNumber`` and ``Country``
    """
    text = clean(trim(row.get("VATNumber")))
    number = vat_numbers.normalise(text, trim(row.get("Country")))
    return number if vat_numbers.has_form(number) else ""


def same_number(first: str, second: str) -> bool:
    """Say whether two normalised VAT numbers are the same one; ``""`` is none."""
    return bool(first) and first == second


def spellings(number: str, typed: str) -> list[str]:
    """Return how a VAT number may have been written in Exact, a few ways only.

    :param number: normalised
    :param typed: as the customer typed it
    """
    found = [number, clean(typed), number[2:]]
    if number.startswith("BE0"):
        found += [f"BE{number[3:]}", number[3:]]
    if number.startswith("EL"):
        found.append(f"GR{number[2:]}")
    return [text for text in dict.fromkeys(found) if 0 < len(text) <= _MAX_SPELLING]


def _fits(number: str, country: str) -> bool:
    """Say whether Exact can take the number: it is checked per country (4.1)."""
    if not vat_numbers.has_form(number) or len(number) > _MAX_VAT_NUMBER:
        return False
    return vat_numbers.country_of(number) == country


# === RELATION === #


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


def relation(
    sale: Sale,
    policy: CustomerPolicy | None = None,
    identity: Identity | None = None,
) -> dict:
    """Return the payload of ``POST crm/Accounts`` (Exact reference 4.1).

    The status must be ``C``, else Exact refuses the sale.  Name and address are the
    billing ones of the order, never the later customer record's.  What is unset is
    left out, as is ``State``, which Exact checks against the country.

    :param identity: by e-mail address when it is left out; never a collective one
    :raise Hold: ``customer_without_email`` or ``customer_email_invalid``, unless the
        customer is known by VAT number
    """
    policy = policy or CustomerPolicy()
    number = identity.vat_number if identity else ""
    party, address = sale.customer, _address(sale)
    email = _email_or_nothing(party.email) if number else valid_email(party.email)
    found = {
        "Name": _name(sale, email or number, is_company=bool(number)),
        "Status": _CUSTOMER,
        "Email": email,
        "Phone": _phone(party.phone),
        "AddressLine1": address_line(address),
        "AddressLine2": cut(address.street2, _MAX_ADDRESS),
        "Postcode": _whole(address.postcode, _MAX_POSTCODE),
        "City": cut(address.city, _MAX_CITY),
        "Country": address.country,
        "VATNumber": number or _vat_number(sale),
        "ChamberOfCommerce": _whole(party.coc_number, _MAX_COC),
        "Language": _language(party.language) or _language(policy.language),
        "PaymentConditionSales": policy.payment_condition,
        # The code of sales at home would be wrong beside a reverse charge.
        "SalesVATCode": "" if identity and identity.strict else policy.vat_code,
    }
    return {name: value for name, value in found.items() if value}


def _email_or_nothing(email: str) -> str:
    """Return the address when Exact can take it: it identifies nobody here."""
    try:
        return valid_email(email)
    except Hold:
        return ""


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


def choose_company(rows, identity: Identity) -> dict | None:
    """Return the relation of a company, of those Exact knows by number or e-mail.

    One with its VAT number goes first.  Else the relation with its e-mail address will
    do, unless that has another VAT number, or reverse charge wants the number there.

    :param rows: rows of ``crm/Accounts`` with ``VATNumber`` and ``Country``, too
    :param identity: of kind ``vat_number``
    :return: one of the rows, ``None`` when none is this company
    """
    equal = [row for row in rows if same_number(number_of(row), identity.vat_number)]
    if equal or identity.strict:
        return min(equal, key=_preference, default=None)
    nobodys = [row for row in rows if not number_of(row)]
    return choose_relation(nobodys, identity.email)


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


def _name(sale: Sale, other: str, *, is_company: bool = False) -> str:
    """Return the company's name, the person's, the address's, or what else is known."""
    party = sale.customer
    names = []
    if is_company or party.is_company:
        names += [party.company, sale.billing.company]
    names += [
        " ".join(
            part for part in (party.firstname, party.middlename, party.lastname) if part
        ),
        party.company,
        sale.billing.name,
        other,
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
    return number if _fits(number, _address(sale).country) else ""


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
