"""How the seller stands for VAT: its registrations, schemes and threshold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .money import ZERO
from .vat_areas import Area, area

#: Net in a calendar year up to which sales to consumers in other member states may be
#: taxed at home (Directive 2006/112/EC, article 59c); in euros.
THRESHOLD = Decimal(10_000)

ORIGIN = "origin"
DESTINATION = "destination"


@dataclass(frozen=True)
class Period:
    """A span of days, both ends included; ``None`` is open.

    :ivar start: first day
    :ivar end: last day
    """

    start: date | None = None
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Say whether a day lies in the period."""
        return (self.start is None or self.start <= day) and (
            self.end is None or day <= self.end
        )


@dataclass(frozen=True)
class VatPosition:
    """The legal entity that sells, as VAT law sees it.

    :ivar country: ISO alpha-2 of where it is established and goods leave; ``""`` when
        nobody knows
    :ivar postcode: of that place; tells the Canary Islands from Spain
    :ivar vat_number: its own, for asking VIES
    :ivar oss: when it is registered for the Union scheme of the one-stop shop
    :ivar small_business: when the small-business scheme (KOR) applies
    :ivar threshold: see :data:`THRESHOLD`; in the currency of the sales
    :ivar cross_border_net: calendar year -> net of goods sold to consumers in other
        member states so far, the sale at hand not included; in the same currency
    :ivar foreign_registrations: ISO codes of other member states where it is
        registered itself; without OSS, sales taxed there are in that country's return
    :ivar other_prefixes: whether a supply without VAT may go to another member state
        than that of the customer's number
    """

    country: str
    postcode: str = ""
    vat_number: str = ""
    oss: tuple[Period, ...] = ()
    small_business: tuple[Period, ...] = ()
    threshold: Decimal = THRESHOLD
    cross_border_net: Mapping[int, Decimal] = field(default_factory=dict)
    foreign_registrations: tuple[str, ...] = ()
    other_prefixes: bool = False

    @property
    def home(self) -> Area:
        """Return the VAT area where the entity is established."""
        return area(self.country, self.postcode, number=self.vat_number)

    def has_oss(self, day: date) -> bool:
        """Say whether it is registered for OSS on that day."""
        return any(period.covers(day) for period in self.oss)

    def has_small_business(self, day: date) -> bool:
        """Say whether the small-business scheme applies on that day."""
        return any(period.covers(day) for period in self.small_business)

    def is_registered_in(self, member: str) -> bool:
        """Say whether it has a registration of its own in a member state."""
        found = {area(country).code for country in self.foreign_registrations}
        return member in found

    def place_of_supply(self, net: Decimal, day: date) -> tuple[str, str]:
        """Return where goods for a consumer in another member state are taxed.

        Over the threshold counts from the very sale that exceeds it, and the whole
        next year.  A registration for OSS is the choice to tax at the destination.
        The calendar year is that of ``day``.

        :param net: of the sale at hand; a negative one never crosses the threshold
        :return: :data:`ORIGIN` or :data:`DESTINATION`, and why: ``oss``,
            ``previous_year``, ``this_year`` or ``below_threshold``
        """
        if self.has_oss(day):
            return DESTINATION, "oss"
        if self.net_of(day.year - 1) > self.threshold:
            return DESTINATION, "previous_year"
        if self.net_of(day.year) + max(net, ZERO) > self.threshold:
            return DESTINATION, "this_year"
        return ORIGIN, "below_threshold"

    def net_of(self, year: int) -> Decimal:
        """Return the cross-border net of a calendar year, zero when none is known."""
        return self.cross_border_net.get(year, ZERO)


def oss_period(day: date) -> str:
    """Return the quarter of an OSS return in which a day lies, e.g. ``2026Q3``."""
    return f"{day.year}Q{(day.month + 2) // 3}"
