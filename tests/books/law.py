"""EU VAT law in tables, as far as a webshop meets it: written for the oracle alone.

Rates are those of 2026 as they were known when this was written, fractions as text;
the first of each is the standard rate.  Sources: Directive 2006/112/EC (articles 5 to
8 on territory, 33 and 59c on distance sales, 98 to 129a on rates), the protocol on
Northern Ireland, and the member states' own announcements.
"""

from datetime import date
from fractions import Fraction

from stdnum.eu import vat as eu_vat

#: Member state -> rates in 2026.
RATES = {
    "AT": ("0.20", "0.10", "0.13"),
    "BE": ("0.21", "0.06", "0.12"),
    "BG": ("0.20", "0.09"),
    "CY": ("0.19", "0.09", "0.05"),
    "CZ": ("0.21", "0.12"),
    "DE": ("0.19", "0.07"),
    "DK": ("0.25",),
    "EE": ("0.24", "0.13", "0.09"),
    "ES": ("0.21", "0.10", "0.04"),
    "FI": ("0.255", "0.135", "0.10"),
    "FR": ("0.20", "0.055", "0.10", "0.021"),
    "GR": ("0.24", "0.13", "0.06"),
    "HR": ("0.25", "0.13", "0.05"),
    "HU": ("0.27", "0.18", "0.05"),
    "IE": ("0.23", "0.135", "0.09"),
    "IT": ("0.22", "0.10", "0.05", "0.04"),
    "LT": ("0.21", "0.12", "0.05"),
    "LU": ("0.17", "0.14", "0.08", "0.03"),
    "LV": ("0.21", "0.12", "0.05"),
    "MT": ("0.18", "0.12", "0.07", "0.05"),
    "NL": ("0.21", "0.09"),
    "PL": ("0.23", "0.08", "0.05"),
    "PT": ("0.23", "0.13", "0.06"),
    "RO": ("0.21", "0.11"),
    "SE": ("0.25", "0.12", "0.06"),
    "SI": ("0.22", "0.095", "0.05"),
    "SK": ("0.23", "0.19", "0.05"),
    # Northern Ireland: the United Kingdom's rates, the Union's rules for goods.
    "XI": ("0.20", "0.05"),
}
MEMBERS = tuple(code for code in RATES if code != "XI")
#: Where some goods are sold at zero (not only exempt); enough for the cases.
ZERO_RATED = {"IE", "XI"}
#: Where no goods that a webshop sells are taxed at zero in 2026.
NEVER_ZERO = {"BG", "GR", "LU"}

#: Parts of member states with rates of their own: name -> (country, rates).
OWN_RATES = {
    "Azores": ("PT", ("0.16", "0.09", "0.04")),
    "Madeira": ("PT", ("0.22", "0.12", "0.04")),
    "Jungholz": ("AT", ("0.19", "0.10")),
    "Mittelberg": ("AT", ("0.19", "0.13")),
    "Corsica": ("FR", ("0.20", "0.055", "0.021", "0.009")),
}

#: Territories with the country that an order names, a postcode and a town.
OUTSIDE_VAT = {
    "Canary Islands (Las Palmas)": ("ES", "35001", "Las Palmas"),
    "Canary Islands (Tenerife)": ("ES", "38001", "Santa Cruz de Tenerife"),
    "Ceuta": ("ES", "51001", "Ceuta"),
    "Melilla": ("ES", "52001", "Melilla"),
    "Åland as Finland": ("FI", "22100", "Mariehamn"),
    "Åland": ("AX", "22100", "Mariehamn"),
    "Büsingen": ("DE", "78266", "Büsingen am Hochrhein"),
    "Heligoland": ("DE", "27498", "Helgoland"),
    "Livigno": ("IT", "23041", "Livigno"),
    "Campione": ("IT", "22061", "Campione d'Italia"),
    "Mount Athos": ("GR", "630 86", "Karyes"),
    "Guadeloupe": ("GP", "97110", "Pointe-à-Pitre"),
    "Guadeloupe as France": ("FR", "97110", "Pointe-à-Pitre"),
    "Martinique": ("MQ", "97200", "Fort-de-France"),
    "Martinique as France": ("FR", "97200", "Fort-de-France"),
    "French Guiana": ("GF", "97300", "Cayenne"),
    "Réunion": ("RE", "97400", "Saint-Denis"),
    "Réunion as France": ("FR", "97400", "Saint-Denis"),
    "Mayotte": ("YT", "97600", "Mamoudzou"),
    "Great Britain": ("GB", "SW1A 1AA", "London"),
    "Isle of Man": ("IM", "IM1 1AA", "Douglas"),
    "Jersey": ("JE", "JE2 3AB", "Saint Helier"),
    "Guernsey": ("GG", "GY1 1AA", "Saint Peter Port"),
    "Switzerland": ("CH", "8001", "Zürich"),
    "Norway": ("NO", "0150", "Oslo"),
    "United States": ("US", "10001", "New York"),
    "San Marino": ("SM", "47890", "San Marino"),
    "Vatican": ("VA", "00120", "Città del Vaticano"),
    "Andorra": ("AD", "AD500", "Andorra la Vella"),
    "Gibraltar": ("GI", "GX11 1AA", "Gibraltar"),
    "Greenland": ("GL", "3900", "Nuuk"),
    "Faroe Islands": ("FO", "100", "Tórshavn"),
    "Aruba": ("AW", "", "Oranjestad"),
    "Japan": ("JP", "100-0001", "Tokyo"),
}
#: What is inside: country, postcode, town, member state, name in OWN_RATES.
INSIDE_VAT = {
    "Azores": ("PT", "9500-150", "Ponta Delgada", "PT", "Azores"),
    "Madeira": ("PT", "9000-100", "Funchal", "PT", "Madeira"),
    "Jungholz": ("AT", "6691", "Jungholz", "AT", "Jungholz"),
    "Mittelberg": ("AT", "6993", "Mittelberg", "AT", "Mittelberg"),
    "Corsica": ("FR", "20000", "Ajaccio", "FR", "Corsica"),
    "Monaco": ("MC", "98000", "Monaco", "FR", ""),
    "Northern Ireland": ("GB", "BT1 1AA", "Belfast", "XI", ""),
    "Northern Ireland as XI": ("XI", "BT2 8AA", "Belfast", "XI", ""),
}
_PLACES = {
    (country, postcode): (member, own)
    for country, postcode, _town, member, own in INSIDE_VAT.values()
}
_OUTSIDE = {(country, postcode) for country, postcode, _town in OUTSIDE_VAT.values()}


def place(country: str, postcode: str) -> tuple[str, tuple[str, ...] | None]:
    """Return the member state that taxes goods delivered there, with its rates.

    :return: ``("", None)`` outside the Union's VAT area
    """
    if (country, postcode) in _OUTSIDE:
        return "", None
    if (country, postcode) in _PLACES:
        member, own = _PLACES[country, postcode]
        return member, OWN_RATES[own][1] if own else RATES[member]
    if country in RATES:
        return country, RATES[country]
    return "", None


def prefix_of(country: str) -> str:
    """Return the prefix of VAT numbers of a member state."""
    return {"GR": "EL", "MC": "FR"}.get(country, country)


def number_state(typed: str, country: str) -> str:
    """Return the member state of a valid VAT number; ``""`` for no valid one.

    :param typed: blanks, dots, dashes and small letters do not count; the prefix may
        be missing, the customer's country then gives it
    """
    found = "".join(each for each in typed.upper() if each.isalnum())
    for candidate in (found, prefix_of(country) + found):
        prefix = candidate[:2]
        state = {"EL": "GR", "MC": "FR"}.get(prefix, prefix)
        if state in RATES and eu_vat.is_valid(candidate):
            return state
    return ""


def has_rate(rates: tuple[str, ...], rate: Fraction) -> bool:
    """Say whether a rate is one of those; zero is not asked here."""
    return any(Fraction(text) == rate for text in rates)


def quarter(day: date) -> str:
    """Return the period of an OSS return."""
    return f"{day.year}Q{1 + (day.month - 1) // 3}"
