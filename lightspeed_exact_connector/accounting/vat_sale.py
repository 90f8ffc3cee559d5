"""What a sale says about its VAT: its lines, its destination, the customer's number."""

from decimal import Decimal

from . import vat_numbers
from .money import ZERO
from .sale import LineKind, Sale, SaleLine, Scheme
from .vat_areas import NORTHERN_IRELAND, Area, area, normal_country
from .vat_position import VatPosition

# === LINES === #


def is_charged(sale: Sale) -> bool:
    """Say whether any VAT was charged.

    A line of a cent may carry a rate and no VAT: the rate counts.  Lines that cost
    nothing count only when the whole sale costs nothing.
    """
    return any(line.rate or line.vat for line in counting_lines(sale))


def counting_lines(sale: Sale) -> tuple[SaleLine, ...]:
    """Return the lines that tell whether VAT was charged.

    Those that cost something; all ordinary ones when the whole sale costs nothing.
    """
    lines = ordinary_lines(sale)
    return tuple(line for line in lines if line.gross or line.net) or lines


def ordinary_lines(sale: Sale) -> tuple[SaleLine, ...]:
    """Return the lines that are neither gift cards nor under the margin scheme."""
    return tuple(
        line
        for line in sale.lines
        if line.kind != LineKind.GIFT_CARD and line.scheme == Scheme.NONE
    )


def net_of_supplies(sale: Sale) -> Decimal:
    """Return what the ordinary lines come to without VAT, costs included."""
    return sum((line.net for line in ordinary_lines(sale)), ZERO)


# === DESTINATION === #


def destination(sale: Sale, position: VatPosition) -> str:
    """Return the country whose VAT the destination has; ``""`` when nobody knows.

    The shipping country, else the billing country, else the shop's; the shop's for
    goods that are picked up.  Monaco is FR, Northern Ireland GB.

    :return: ISO alpha-2
    """
    country, _postcode, _city = _address(sale, position)
    found = vat_area(sale, position)
    if found.inside and found.code != NORTHERN_IRELAND:
        return found.member
    return "GB" if country == NORTHERN_IRELAND else country


def vat_area(sale: Sale, position: VatPosition) -> Area:
    """Return what the destination counts as for VAT."""
    if sale.is_pickup:
        return position.home
    country, postcode, city = _address(sale, position)
    if not (sale.shipping.country or sale.billing.country):
        return position.home
    return area(country, postcode, city, vat_number(sale))


def _address(sale: Sale, position: VatPosition) -> tuple[str, str, str]:
    """Return country, postcode and city of the address that gave the country."""
    if not sale.is_pickup:
        for address in (sale.shipping, sale.billing):
            if address.country:
                country = normal_country(address.country)
                return country, address.postcode, address.city
    return normal_country(position.country), position.postcode, ""


def vat_number(sale: Sale, area: Area | None = None) -> str:
    """Return the customer's VAT number, normalised; ``""`` when there is none.

    :param area: of destination; in Northern Ireland a number without prefix gets XI
    """
    country = normal_country(sale.billing.country or sale.shipping.country)
    if country == "GB" and area and area.code == NORTHERN_IRELAND:
        country = NORTHERN_IRELAND
    return vat_numbers.normalise(sale.customer.vat_number, country)
