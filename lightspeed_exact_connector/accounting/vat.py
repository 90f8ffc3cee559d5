"""The VAT treatment of a sale: what VAT law makes of it, and whether the shop agrees.

Where the goods go and how the seller stands decide (registration, threshold, scheme);
the VAT that the shop charged only confirms it, since several countries share a rate.
Where it does not fit, the sale is suspicious and a person must look (Lightspeed
reference 4.7).
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from . import vat_numbers, vat_rates
from .money import CENT, ZERO, normal, plain
from .sale import LineKind, Sale, SaleLine, Scheme
from .vat_areas import EU_COUNTRIES, NORTHERN_IRELAND, Area, normal_country
from .vat_position import DESTINATION, VatPosition
from .vat_sale import (
    counting_lines,
    destination,
    is_charged,
    net_of_supplies,
    vat_area,
    vat_number,
)

__all__ = [
    "EU_COUNTRIES",
    "NORTHERN_IRELAND",
    "REASONS",
    "SUSPICIONS",
    "Treatment",
    "VatDecision",
    "cross_border_net",
    "destination",
    "explain",
    "is_charged",
    "line_treatment",
    "treatment",
    "vat_area",
    "vat_number",
]

#: Why a sale is suspicious; the ``reason`` of the hold ``vat_suspicious``.
SUSPICIONS = (
    "shop_country_unknown",
    "margin_charged",
    "gift_card_charged",
    "rate_unknown_at_home",
    "charged_outside_eu",
    "small_business_charged",
    "small_business_zero_abroad",
    "eu_zero_without_number",
    "eu_zero_number_malformed",
    "eu_zero_number_domestic",
    "eu_zero_number_prefix",
    "eu_partly_charged",
    "eu_business_charged_destination",
    "rate_not_of_home",
    "rate_of_destination_below_threshold",
    "rate_not_of_destination",
    "oss_registration_missing",
)
#: Why a sale is treated as it is; each has a sentence in the addon's catalogue.
REASONS = (
    "domestic",
    "domestic_pickup",
    "domestic_zero",
    "only_special_lines",
    "small_business",
    "small_business_eu_business",
    "outside_eu",
    "eu_business",
    "eu_business_other_prefix",
    "eu_business_charged_home",
    "eu_business_as_consumer",
    "eu_consumer",
    "eu_consumer_local",
    "eu_consumer_below_threshold",
    "eu_consumer_small_business",
)
#: Sales to consumers in other member states: they count for the threshold.
_CROSS_BORDER = frozenset(
    code
    for code in REASONS
    if code.startswith("eu_consumer") or code == "eu_business_as_consumer"
)


#: Reasons that depend on the threshold: their sentences give the figures.
_BELOW_THRESHOLD = (
    "eu_consumer_below_threshold",
    "eu_consumer_small_business",
    "rate_not_of_home",
    "rate_of_destination_below_threshold",
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


@dataclass(frozen=True)
class VatDecision:
    """How a sale is treated, and why.

    :ivar reason: one of :data:`REASONS`, of :data:`SUSPICIONS` when suspicious
    :ivar params: values for the reason's sentence, all text: always ``area``,
        ``country``, ``shop_country``, ``vat_number``, ``rate`` (fraction),
        ``threshold``, ``total`` and ``year``; ``""`` where they have no meaning
    :ivar area: code of the :class:`vat_areas.Area` of destination
    :ivar country: ISO alpha-2 of the country whose VAT the destination has: FR for
        Monaco, GB for Northern Ireland; the country itself outside the EU
    :ivar number: the customer's VAT number, normalised
    :ivar needs_vies: right only if the tax office knows the number
    :ivar unverified: a rate was charged that the table of rates does not know, on a
        day for which the table is too old to call it wrong
    """

    treatment: Treatment
    reason: str
    params: dict = field(default_factory=dict)
    area: str = ""
    country: str = ""
    number: str = ""
    needs_vies: bool = False
    unverified: bool = False


@dataclass(frozen=True)
class _Case:
    """A sale with what every rule asks of it."""

    sale: Sale
    position: VatPosition
    day: date
    home: Area
    area: Area
    number: str
    lines: tuple[SaleLine, ...]

    @property
    def charged(self) -> tuple[SaleLine, ...]:
        return tuple(line for line in self.lines if line.rate or line.vat)

    @property
    def is_partly(self) -> bool:
        return 0 < len(self.charged) < len(self.lines)

    @property
    def has_business_number(self) -> bool:
        return vat_numbers.is_valid(self.number)

    @property
    def may_be_zero(self) -> bool:
        """Say whether the destination may tax some goods at zero."""
        since = self.sale.created_at.date()
        return not vat_rates.is_trusted(self.day) or vat_rates.has_zero_rate(
            self.area.code, self.day, since
        )

    def strange_rates(self, *codes: str) -> list[Decimal]:
        """Return the rates charged that none of the areas has; ascending.

        Rates of all days from the order to the booking count: an order keeps the rate
        of its own day when it is booked later.
        """
        since = self.sale.created_at.date()
        known = [vat_rates.rates(code, self.day, since) for code in codes]
        if None in known:
            return []
        fitting = frozenset().union(*known)
        # A line of a cent or so may have VAT of zero at a rate, never the reverse.
        return sorted({line.rate for line in self.charged} - fitting)


def treatment(sale: Sale, position: VatPosition, day: date) -> Treatment:
    """Return how the sale is treated; see :func:`explain`."""
    return explain(sale, position, day).treatment


def explain(sale: Sale, position: VatPosition, day: date) -> VatDecision:
    """Return how the sale is treated and why.  Never raises.

    Goods picked up are delivered in the shop.  Lines under the margin scheme and gift
    cards say nothing about whether VAT was charged: they never carry any.

    :param position: the seller's
    :param day: the date of the booking; registrations, threshold and rates are those
        of this day
    """
    home = position.home
    found = vat_area(sale, position)
    case = _Case(
        sale=sale,
        position=position,
        day=day,
        home=home,
        area=found,
        number=vat_number(sale, found),
        lines=counting_lines(sale),
    )
    return _decide(case)


def _decide(case: _Case) -> VatDecision:
    if not case.home.code:
        return _suspicious(case, "shop_country_unknown")
    for line in case.sale.lines:
        special = line_treatment(line, Treatment.DOMESTIC)
        if special == Treatment.MARGIN and (line.rate or line.vat):
            return _suspicious(case, "margin_charged", rate=line.rate)
        if special == Treatment.OUT_OF_SCOPE and (line.rate or line.vat):
            return _suspicious(case, "gift_card_charged", rate=line.rate)
    if case.sale.lines and not case.lines:
        return _decided(case, Treatment.DOMESTIC, "only_special_lines")
    if case.area.territory == case.home.territory:
        return _domestic(case)
    if case.home.inside and case.area.inside:
        return _other_member_state(case)
    return _outside(case)


# === AT HOME, OUTSIDE === #


def _domestic(case: _Case) -> VatDecision:
    if case.position.has_small_business(case.day):
        if case.charged:
            return _suspicious(case, "small_business_charged", rate=_a_rate(case))
        return _decided(case, Treatment.SMALL_BUSINESS, "small_business")
    if not case.charged:
        return _decided(case, Treatment.EXEMPT, "domestic_zero")
    # Parts of a country with other rates: where the tax is due depends on the goods.
    strange = case.strange_rates(case.home.code, case.area.code)
    reason = "domestic_pickup" if case.sale.is_pickup else "domestic"
    return _by_rates(case, strange, Treatment.DOMESTIC, reason, "rate_unknown_at_home")


def _outside(case: _Case) -> VatDecision:
    if not case.charged:
        return _decided(case, Treatment.EXPORT, "outside_eu")
    if case.position.has_small_business(case.day):
        return _suspicious(case, "small_business_charged", rate=_a_rate(case))
    return _suspicious(case, "charged_outside_eu", rate=_a_rate(case))


# === OTHER MEMBER STATES === #


def _other_member_state(case: _Case) -> VatDecision:
    if case.position.has_small_business(case.day):
        return _small_business_abroad(case)
    if not case.charged:
        return _supply_without_vat(case)
    if case.has_business_number:
        return _charged_business(case)
    return _charged_consumer(case)


def _supply_without_vat(case: _Case) -> VatDecision:
    """Judge an intra-Community supply: all depends on the customer's number."""
    number = case.number
    if not number:
        return _suspicious(case, "eu_zero_without_number")
    if vat_numbers.has_form(number) and not vat_numbers.is_eu(number):
        return _suspicious(case, "eu_zero_number_prefix")
    if not case.has_business_number:
        return _suspicious(case, "eu_zero_number_malformed")
    country = vat_numbers.country_of(number)
    if country == case.home.member:
        # Reverse charge needs a number of another member state.
        return _suspicious(case, "eu_zero_number_domestic")
    if country == case.area.member:
        return _decided(case, Treatment.REVERSE_CHARGE, "eu_business", needs_vies=True)
    if case.position.other_prefixes and case.area.member != NORTHERN_IRELAND:
        return _decided(
            case,
            Treatment.REVERSE_CHARGE,
            "eu_business_other_prefix",
            needs_vies=True,
        )
    return _suspicious(case, "eu_zero_number_prefix")


def _charged_business(case: _Case) -> VatDecision:
    """Judge a sale with VAT to a customer with a number: no distance sale.

    Who gives a number is a taxable person (Implementing Regulation 282/2011, article
    18): the supply has the VAT of home, also where the destination has the same rate.
    A seller in OSS whose shop charged the destination's own VAT took the customer for
    a consumer: then it is a distance sale.
    """
    if case.is_partly:
        return _suspicious(case, "eu_partly_charged", rate=ZERO)
    at_home = case.strange_rates(case.home.code)
    abroad = case.strange_rates(case.area.code)
    if at_home and not abroad and case.position.has_oss(case.day):
        return _decided(case, Treatment.OSS, "eu_business_as_consumer")
    code = "rate_not_of_home" if abroad else "eu_business_charged_destination"
    return _by_rates(
        case, at_home, Treatment.DOMESTIC, "eu_business_charged_home", code
    )


def _charged_consumer(case: _Case) -> VatDecision:
    """Judge a distance sale: the place of supply decides, the rate confirms."""
    place, why = case.position.place_of_supply(net_of_supplies(case.sale), case.day)
    if place != DESTINATION:
        strange = case.strange_rates(case.home.code)
        fits_abroad = strange and not case.strange_rates(case.area.code)
        return _by_rates(
            case,
            strange,
            Treatment.DOMESTIC,
            "eu_consumer_below_threshold",
            "rate_of_destination_below_threshold"
            if fits_abroad
            else "rate_not_of_home",
        )
    if why == "oss":
        found = Treatment.OSS, "eu_consumer"
    elif case.position.is_registered_in(case.area.member):
        found = Treatment.LOCAL, "eu_consumer_local"
    else:
        return _suspicious(case, "oss_registration_missing", exceeded=why)
    if case.is_partly and not case.may_be_zero:
        return _suspicious(case, "eu_partly_charged", rate=ZERO)
    strange = case.strange_rates(case.area.code)
    return _by_rates(case, strange, *found, "rate_not_of_destination")


def _small_business_abroad(case: _Case) -> VatDecision:
    """Judge a sale to another member state by a small business.

    Its supplies are exempt, also those to businesses: no reverse charge.  What is
    taxed at the destination is outside the scheme.
    """
    if case.has_business_number:
        if case.charged:
            return _suspicious(case, "small_business_charged", rate=_a_rate(case))
        return _decided(case, Treatment.SMALL_BUSINESS, "small_business_eu_business")
    place, _why = case.position.place_of_supply(net_of_supplies(case.sale), case.day)
    if place == DESTINATION:
        if case.charged:
            return _charged_consumer(case)
        return _suspicious(case, "small_business_zero_abroad")
    if case.charged:
        return _suspicious(case, "small_business_charged", rate=_a_rate(case))
    return _decided(case, Treatment.SMALL_BUSINESS, "eu_consumer_small_business")


# === WHAT IS FOUND === #


def _by_rates(case: _Case, strange: list, treatment: Treatment, reason, suspicion):
    """Return the treatment, or the suspicion when a rate is strange.

    What the table of rates cannot know any more is only noted.
    """
    if not strange:
        return _decided(case, treatment, reason)
    if not vat_rates.is_trusted(case.day):
        return _decided(case, treatment, reason, rate=strange[0], unverified=True)
    return _suspicious(case, suspicion, rate=strange[0])


def _suspicious(case: _Case, reason: str, **values) -> VatDecision:
    return _decided(case, Treatment.SUSPICIOUS, reason, **values)


def _decided(
    case: _Case,
    treatment: Treatment,
    reason: str,
    *,
    rate: Decimal | None = None,
    exceeded: str = "",
    needs_vies: bool = False,
    unverified: bool = False,
) -> VatDecision:
    return VatDecision(
        treatment=treatment,
        reason=reason,
        params=_params(case, reason, rate, exceeded),
        area=case.area.code,
        country=destination(case.sale, case.position),
        number=case.number,
        needs_vies=needs_vies,
        unverified=unverified,
    )


def _params(case: _Case, reason: str, rate: Decimal | None, exceeded: str) -> dict:
    position = case.position
    params = {
        "area": case.area.code,
        "country": destination(case.sale, position),
        "shop_country": normal_country(position.country),
        "vat_number": case.number,
        "rate": "" if rate is None else normal(rate),
        "threshold": "",
        "total": "",
        "year": "",
    }
    if exceeded or reason in _BELOW_THRESHOLD:
        before = exceeded == "previous_year"
        year = case.day.year - before
        total = position.net_of(year) + (ZERO if before else net_of_supplies(case.sale))
        params |= {
            "threshold": _money(position.threshold),
            "total": _money(total),
            "year": str(year),
        }
    return params


def _money(value: Decimal) -> str:
    return plain(value.quantize(CENT))


def _a_rate(case: _Case) -> Decimal:
    """Return the highest rate charged."""
    return max(line.rate for line in case.charged)


# === LINES === #


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


def cross_border_net(sale: Sale, decision: VatDecision) -> Decimal:
    """Return the net of a sale that counts for the threshold of distance sales.

    That of sales to consumers in other member states, wherever they are taxed, costs
    included.  Vouchers are no supply, and goods under the margin scheme are no
    distance sales (Directive 2006/112/EC, article 35).

    :return: zero for every other sale; negative for a negative sale
    """
    return net_of_supplies(sale) if decision.reason in _CROSS_BORDER else ZERO
