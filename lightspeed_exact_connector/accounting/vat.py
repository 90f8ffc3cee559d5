"""The VAT treatment of a sale, as the shop has charged it.

The shop decides what VAT it charges; this module only names what that must have
been (Lightspeed reference 4.7) and says when it cannot be right.
"""

import re
from enum import Enum

from . import vat_numbers
from .sale import Address, LineKind, Sale, SaleLine, Scheme

#: Member states of the European Union by ISO code, since 1 February 2020.
# fmt: off
EU_COUNTRIES = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))
# fmt: on
#: Northern Ireland: goods follow EU VAT (Windsor Framework), numbers start with XI.
NORTHERN_IRELAND = "XI"
#: Countries that count as another one for VAT (Directive 2006/112/EC, article 7).
_SAME_AS = {"MC": "FR"}
#: Parts of member states outside the EU's VAT area (article 6), by postcode: Canary
#: Islands, Ceuta, Melilla; Livigno; Heligoland, Büsingen; Åland; Mount Athos; the
#: French overseas departments and territories.
_OUTSIDE = {
    "ES": re.compile(r"(?:35|38|51|52)\d{3}", re.ASCII),
    "IT": re.compile(r"23041", re.ASCII),
    "DE": re.compile(r"27498|78266", re.ASCII),
    "FI": re.compile(r"22\d{3}", re.ASCII),
    "GR": re.compile(r"63086", re.ASCII),
    "FR": re.compile(r"97\d{3}|98[4678]\d{2}", re.ASCII),
}
#: Why a sale is suspicious; the ``reason`` of the hold ``vat_suspicious``.
SUSPICIONS = (
    "eu_zero_without_number",
    "eu_zero_number_malformed",
    "eu_zero_number_domestic",
    "charged_outside_eu",
    "shop_country_unknown",
)


class Treatment(str, Enum):
    """How a sale stands in the VAT return; values are stored, never translate them.

    ``MARGIN`` and ``OUT_OF_SCOPE`` are treatments of single lines, never of a sale.
    """

    DOMESTIC = "domestic"
    OSS = "oss"
    LOCAL = "local"
    REVERSE_CHARGE = "reverse_charge"
    EXPORT = "export"
    EXEMPT = "exempt"
    SMALL_BUSINESS = "small_business"
    MARGIN = "margin"
    OUT_OF_SCOPE = "out_of_scope"
    SUSPICIOUS = "suspicious"


def treatment(sale: Sale, shop_country: str) -> Treatment:
    """Return how the sale is treated; see :func:`explain`."""
    return explain(sale, shop_country)[0]


def explain(sale: Sale, shop_country: str) -> tuple[Treatment, str, dict]:
    """Return how the sale is treated, why, and the values for that sentence.

    Decided by where the goods go, whether any VAT was charged and the customer's VAT
    number (Lightspeed reference 4.7).  Goods picked up are delivered in the shop.

    :param shop_country: ISO alpha-2
    :return: the treatment, a code (one of :data:`SUSPICIONS` when it is suspicious)
        and params: ``country``, ``shop_country``, ``vat_number`` (normalised)
    """
    shop_country = (shop_country or "").strip().upper()
    home = _SAME_AS.get(shop_country, shop_country)
    number = vat_number(sale)
    area = vat_area(sale, shop_country)
    params = {
        "country": destination(sale, shop_country),
        "shop_country": shop_country,
        "vat_number": number,
    }
    charged = is_charged(sale)
    if not home:
        found = Treatment.SUSPICIOUS, "shop_country_unknown"
    elif area == home or (home == "GB" and area == NORTHERN_IRELAND):
        found = _domestic(charged)
    elif home in EU_COUNTRIES and (area in EU_COUNTRIES or area == NORTHERN_IRELAND):
        found = _other_member_state(charged, number, home)
    else:
        found = _outside(charged)
    return (*found, params)


def _domestic(charged):
    if charged:
        return Treatment.DOMESTIC, "domestic"
    return Treatment.EXEMPT, "domestic_zero"


def _other_member_state(charged, number, home):
    if charged:
        return Treatment.OSS, "eu_business_charged" if number else "eu_consumer"
    if not number:
        return Treatment.SUSPICIOUS, "eu_zero_without_number"
    if not vat_numbers.is_eu(number):
        return Treatment.SUSPICIOUS, "eu_zero_number_malformed"
    if vat_numbers.country_of(number) == home:
        # Reverse charge needs a number of another member state.
        return Treatment.SUSPICIOUS, "eu_zero_number_domestic"
    return Treatment.REVERSE_CHARGE, "eu_business"


def _outside(charged):
    if charged:
        return Treatment.SUSPICIOUS, "charged_outside_eu"
    return Treatment.EXPORT, "outside_eu"


def line_treatment(line: SaleLine, treatment: Treatment) -> Treatment:
    """Return the treatment of one line of a sale that is treated so.

    A multi-purpose voucher is no supply (Directive 2006/112/EC, article 30b); goods
    under the margin scheme are taxed on the margin, not on the line; a line without
    VAT in a sale at home is exempt.
    """
    if line.kind == LineKind.GIFT_CARD:
        return Treatment.OUT_OF_SCOPE
    if line.scheme == Scheme.MARGIN:
        return Treatment.MARGIN
    if treatment in (Treatment.DOMESTIC, Treatment.EXEMPT) and not line.rate:
        return Treatment.EXEMPT
    return treatment


def is_charged(sale: Sale) -> bool:
    """Say whether any VAT was charged.

    A line of a cent may carry a rate and no VAT: the rate counts.  Lines that cost
    nothing count only when the whole sale costs nothing.
    """
    priced = [line for line in sale.lines if line.gross or line.net]
    return any(line.rate or line.vat for line in priced or sale.lines)


def destination(sale: Sale, shop_country: str) -> str:
    """Return where the goods go, as an ISO code; ``""`` when nobody knows.

    The shipping country, else the billing country, else the shop's; the shop's for
    goods that are picked up.
    """
    if sale.is_pickup:
        return shop_country
    return sale.shipping.country or sale.billing.country or shop_country


def vat_area(sale: Sale, shop_country: str) -> str:
    """Return the country the destination counts as for VAT.

    ``XI`` for Northern Ireland; ``""`` for a part of a member state that is outside
    the EU's VAT area.
    """
    if sale.is_pickup:
        return _SAME_AS.get(shop_country, shop_country)
    country = destination(sale, shop_country)
    country = _SAME_AS.get(country, country)
    postcode = _postcode(sale)
    if country == "GB":
        return NORTHERN_IRELAND if _is_northern(postcode, vat_number(sale)) else "GB"
    outside = _OUTSIDE.get(country)
    if outside and outside.fullmatch(postcode):
        return ""
    return country


def _is_northern(postcode: str, number: str) -> bool:
    if postcode:
        return postcode.startswith("BT")
    return number.startswith(NORTHERN_IRELAND)


def _postcode(sale: Sale) -> str:
    """Return the destination's postcode: of the address that gave the country."""
    address: Address = sale.shipping if sale.shipping.country else sale.billing
    return re.sub(r"[\s\-]", "", address.postcode).upper()


def vat_number(sale: Sale) -> str:
    """Return the customer's VAT number, normalised; ``""`` when there is none."""
    country = sale.billing.country or sale.shipping.country
    return vat_numbers.normalise(sale.customer.vat_number, country)
