"""What a customer ordered, in plain values: the one description behind both roads.

Amounts are whole cents (``int``), prices and rates are fractions; nothing here is
shared with the code under test.  From one :class:`Order` come the vendor's JSON
(:mod:`vendor`), the parameters of the stand-in shop (:mod:`vendor`, too) and what must
stand in the books (:mod:`oracle`).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fractions import Fraction

#: When the orders were placed, unless a case is about the day.
MOMENT = datetime(2026, 6, 3, 10, 15, tzinfo=timezone(timedelta(hours=2)))


def half_up(amount: Fraction) -> int:
    """Return whole cents, half a cent away from zero."""
    cents = abs(amount) * 100
    whole = (2 * cents.numerator + cents.denominator) // (2 * cents.denominator)
    return whole if amount >= 0 else -whole


@dataclass(frozen=True)
class Line:
    """Something that is charged.

    :ivar unit: price of one unit before discount, in the shop's own kind of price
    :ivar taxes: (name, rate) of each tax; rates as text, e.g. ``"0.21"``
    :ivar discount: cents for the whole line, in the shop's own kind of price
    :ivar kind: ``product``, ``shipping`` or ``payment``
    :ivar special: ``single_purpose``, ``multi_purpose`` or ``margin``: what the
        shop's product rules say of it
    :ivar vat_off: cents by which the shop's VAT is not that of the rate
    """

    unit: str
    quantity: int = 1
    taxes: tuple[tuple[str, str], ...] = (("BTW", "0.21"),)
    discount: int = 0
    title: str = "Mok blauw"
    article: str = "MOK-B"
    kind: str = "product"
    special: str = ""
    vat_off: int = 0

    @property
    def rate(self) -> Fraction:
        return sum((Fraction(rate) for _name, rate in self.taxes), Fraction(0))

    def amounts(self, incl: bool) -> tuple[int, int]:
        """Return net and gross in cents: one is entered, the other derived once.

        Lightspeed reference 4.3 and 4.5.
        """
        own = half_up(Fraction(self.unit) * self.quantity) - self.discount
        if incl:
            derived = half_up(Fraction(own, 100) / (1 + self.rate))
            return derived - self.vat_off, own
        return own, half_up(Fraction(own, 100) * (1 + self.rate)) + self.vat_off

    def discounts(self, incl: bool) -> tuple[int, int]:
        """Return the discount without and with VAT, in cents."""
        off = Fraction(self.discount, 100)
        if incl:
            return half_up(off / (1 + self.rate)), self.discount
        return self.discount, half_up(off * (1 + self.rate))


@dataclass(frozen=True)
class Buyer:
    """Who orders, and where the goods go.

    :ivar country: ISO alpha-2 of the address; ``billing`` when that is another one
    :ivar number: the VAT number as the customer typed it
    """

    country: str = "NL"
    postcode: str = "1234 AB"
    city: str = "Utrecht"
    email: str = "anna@example.com"
    company: str = ""
    number: str = ""
    billing: str = ""
    billing_postcode: str = ""
    guest: bool = False


@dataclass(frozen=True)
class Order:
    """An order of a shop.

    :ivar name: readable id of the case
    :ivar world: key of :data:`worlds.WORLDS`
    :ivar shipping_style: ``net``: the shipment's price has its discount off already;
        ``gross``: it has not, only the total has (reference 4.4)
    :ivar total_off: cents by which the stated total is not that of its lines
    :ivar net_off: the same for the total without VAT
    :ivar legacy: as payloads were before there were ``taxRates`` (reference 9.9)
    :ivar noise: rates with float noise (reference 4.5)
    """

    name: str
    world: str
    lines: tuple[Line, ...]
    buyer: Buyer = field(default_factory=Buyer)
    shipping: Line | None = None
    payment: Line | None = None
    moment: datetime = MOMENT
    number: str = ""
    status: str = "completed_shipped"
    pickup: bool = False
    cash_on_delivery: bool = False
    payment_id: str = "mollie"
    coupon: str = ""
    percentage: bool = False
    shipping_style: str = "net"
    gift_cards: tuple = ()
    currency: str = "EUR"
    total_off: int = 0
    net_off: int = 0
    legacy: bool = False
    noise: bool = False

    def charged(self) -> tuple[Line, ...]:
        """Return everything that is charged, costs included."""
        return (*self.lines, *(c for c in (self.shipping, self.payment) if c))

    def totals(self, incl: bool) -> tuple[int, int]:
        """Return what the order states: net and gross in cents."""
        parts = [line.amounts(incl) for line in self.charged()]
        net = sum(net for net, _gross in parts) + self.net_off
        return net, sum(gross for _net, gross in parts) + self.total_off
