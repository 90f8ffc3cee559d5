"""VAT numbers that nobody has, with the right check digits, or wrong ones."""

import random
import string
from functools import cache

from stdnum.eu import vat as eu_vat

from tests.books import law

#: What stands after the prefix: 9 is a digit, A a letter, anything else itself.
_FORMS = {
    "AT": "U99999999",
    "BE": "0999999999",
    "BG": "999999999",
    "CY": "99999999A",
    "CZ": "99999999",
    "DE": "999999999",
    "DK": "99999999",
    "EE": "999999999",
    "ES": "B99999999",
    "FI": "99999999",
    "FR": "99999999999",
    "GR": "999999999",
    "HR": "99999999999",
    "HU": "99999999",
    "IE": "9999999A",
    "IT": "99999999999",
    "LT": "999999999",
    "LU": "99999999",
    "LV": "40999999999",
    "MT": "99999999",
    "NL": "999999999B01",
    "PL": "9999999999",
    "PT": "599999999",
    "RO": "99999999",
    "SE": "999999999901",
    "SI": "99999999",
    "SK": "9999999999",
    "XI": "999999999",
}


@cache
def valid(state: str, salt: int = 0) -> str:
    """Return a number of a member state that passes its checksum."""
    return _find(state, salt, True)


@cache
def invalid(state: str) -> str:
    """Return a number of the right form whose check digits are wrong."""
    return _find(state, 0, False)


def _find(state: str, salt: int, wanted: bool) -> str:
    rng = random.Random(f"{state}/{salt}/{wanted}")
    prefix = law.prefix_of(state)
    for _attempt in range(100_000):
        found = prefix + "".join(_fill(each, rng) for each in _FORMS[state])
        if eu_vat.is_valid(found) == wanted:
            return found
    raise AssertionError(f"no number found for {state}")


def _fill(each: str, rng: random.Random) -> str:
    if each == "9":
        return rng.choice(string.digits)
    if each == "A":
        return rng.choice(string.ascii_uppercase[:23])
    return each


def typed(number: str, way: int) -> str:
    """Return a number as customers type it."""
    if way % 4 == 1:
        return f"{number[:2]} {number[2:5]}.{number[5:8]}.{number[8:]}".lower()
    if way % 4 == 2:
        return f"{number[:2]}-{number[2:]} "
    if way % 4 == 3:
        return number[2:]
    return number
