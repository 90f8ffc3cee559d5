"""VAT identification numbers: normalised, and whether they can be right.

Form (length, letters, digits) and check digits; whether the number exists is the tax
office's service to say.
"""

import re

from stdnum import get_cc_module

#: Prefix -> form of what follows it.  EU member states and Northern Ireland (XI), as
#: the European Commission's VIES service describes them; last looked at in 2026.
_FORMS = {
    "AT": r"U\d{8}",
    "BE": r"[01]?\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[0-9A-Z]\d{7}[0-9A-Z]",
    "FI": r"\d{8}",
    "FR": r"[0-9A-HJ-NP-Z]{2}\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[0-9A-Z+*]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"\d{9}|\d{12}",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"[0-9A-Z+*]{9}B\d{2}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"\d{9}|\d{12}|GD\d{3}|HA\d{3}",
}
#: Countries outside the EU whose form is known well enough to send the number on.
_OTHER_FORMS = {
    "GB": r"\d{9}|\d{12}|GD\d{3}|HA\d{3}",
    "CH": r"E\d{9}(?:MWST|TVA|IVA)?",
    "NO": r"\d{9}(?:MVA)?",
}
_PREFIX_OF_COUNTRY = {"GR": "EL", "MC": "FR"}
_COUNTRY_OF_PREFIX = {"EL": "GR"}
#: Whose check digits a prefix has, where that is not its own.
_CHECKED_AS = {"EL": "GR", "XI": "GB"}
_SEPARATORS = re.compile(r"[\s.\-/_,:]+")


def normalise(number: str, country: str = "") -> str:
    """Return the one way to write a VAT number: capitals, no separators, its prefix.

    Customers type numbers as they like (Lightspeed reference 4.1).  Belgian numbers of
    before 2007 lack the zero that all have now.

    :param country: ISO alpha-2 of the customer; gives the prefix when it is missing
    :return: e.g. ``NL123456789B01``; ``""`` for no number; not necessarily valid
    """
    found = _SEPARATORS.sub("", number).upper()
    if found.startswith("GR") and found[2:].isdigit():
        found = "EL" + found[2:]
    if not found or has_form(found):
        return _with_zero(found)
    prefixed = _PREFIX_OF_COUNTRY.get(country, country) + found
    return _with_zero(prefixed) if has_form(prefixed) else found


def _with_zero(number: str) -> str:
    if number.startswith("BE") and len(number) == len("BE123456789"):
        return f"BE0{number[2:]}"
    return number


def has_form(number: str) -> bool:
    """Say whether a normalised number has a form that its prefix allows."""
    form = _FORMS.get(number[:2]) or _OTHER_FORMS.get(number[:2])
    return bool(form and re.fullmatch(form, number[2:], re.ASCII))


def is_eu(number: str) -> bool:
    """Say whether a normalised number is of the EU's system (VIES) and well formed."""
    return number[:2] in _FORMS and has_form(number)


def is_valid(number: str) -> bool:
    """Say whether a normalised number is of the EU's system, in form and check digits.

    Where python-stdnum has no check for a country the form alone decides.
    """
    if not is_eu(number):
        return False
    prefix = number[:2]
    module = get_cc_module(_CHECKED_AS.get(prefix, prefix).lower(), "vat")
    return module is None or bool(module.is_valid(number[2:]))


def country_of(number: str) -> str:
    """Return the ISO code that a number's prefix stands for (``EL`` is GR)."""
    return _COUNTRY_OF_PREFIX.get(number[:2], number[:2])
