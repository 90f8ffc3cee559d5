"""Many varied orders from a seed, for measurements and long tests."""

import random
from datetime import datetime, timedelta
from typing import Any

from sandbox.core import ControlError
from sandbox.core.clock import parse_instant

from .money import ZERO, dec
from .orders import OrderDesk

_FIRST = ("Anna", "Bram", "Chloë", "Daan", "Eva", "Finn", "Ghislaine", "Jan", "Zoë")
_LAST = ("Voorbeeld", "de Vries", "Jansen", "d'Hondt", "Çelik", "O'Brien", "Müller")
_STREETS = ("Dorpsstraat", "Kerkweg", "Laan van Meerdervoort", "'t Hof", "Brink")
_CITIES = (("1234 AB", "Utrecht"), ("9712 CD", "Groningen"), ("6211 EF", "Maastricht"))
_TITLES = ("Mok blauw", "Theepot", "Kaars", "Schaal groot", "Vaas", "Dienblad")
_BOOKS = ("Kookboek", "Tuinboek", "Prentenboek", "Thee (los)", "Jam van aardbei")
_FOREIGN = (("be", "1000", "Brussel"), ("de", "10115", "Berlin"), ("fr", "75001", "P"))


class _Maker:
    """Makes specs; only the seed and the parameters decide."""

    def __init__(self, seed: int, profile: str, customers: int, incl: bool) -> None:
        self.random = random.Random(seed)
        self.mixed = profile == "mixed"
        self.customers = customers
        self.unit = "unit_incl" if incl else "unit_excl"
        self.cost = "incl" if incl else "excl"
        self.discount = "discount_incl" if incl else "discount_excl"

    def chance(self, share: float) -> bool:
        return self.mixed and self.random.random() < share

    def amount(self, low: int, high: int) -> str:
        """Return an awkward price, in cents between the two."""
        value = self.random.randint(low, high)
        return f"{value // 100}.{value % 100:02d}"

    def customer(self) -> dict[str, Any]:
        number = self.random.randrange(self.customers)
        person = random.Random(number)
        zipcode, city = person.choice(_CITIES)
        customer = {
            "email": f"klant{number}@example.com",
            "firstname": person.choice(_FIRST),
            "lastname": person.choice(_LAST),
            "street": person.choice(_STREETS),
            "number": str(person.randint(1, 400)),
            "zipcode": zipcode,
            "city": city,
            "country": "nl",
        }
        if self.mixed and number % 13 == 0:
            country, zipcode, city = person.choice(_FOREIGN)
            customer |= {"country": country, "zipcode": zipcode, "city": city}
        if self.mixed and number % 17 == 0:
            customer |= {"company": f"Bedrijf {number} B.V.", "coc_number": "00000000"}
        return customer

    def line(self) -> dict[str, Any]:
        low_rate = self.chance(0.3)
        quantity = self.random.choice((1, 1, 1, 2, 3, 5))
        position = self.random.randrange(5)
        line = {
            "title": (_BOOKS if low_rate else _TITLES)[position],
            "article_code": f"{'B' if low_rate else 'A'}-{position}",
            "quantity": quantity,
            self.unit: self.amount(95, 8999),
            "rate": "0.09" if low_rate else "0.21",
        }
        if self.chance(0.1):
            part = dec(line[self.unit]) * quantity / 10
            line[self.discount] = f"{part:.2f}"
        return line

    def spec(self) -> dict[str, Any]:
        count = self.random.choice((1, 1, 2, 3, 6)) if self.mixed else 2
        spec = {
            "lines": [self.line() for _ in range(count)],
            "customer": self.customer(),
            "status": "completed_shipped",
            "payment_status": "paid",
            "shipment_status": "shipped",
            "shipping": {self.cost: "5.95", "rate": "0.21"},
        }
        if self.chance(0.2):
            spec["shipping"] = None
        if self.chance(0.15):
            spec["payment"] = {self.cost: "0.50", "rate": "0.21"}
        if self.chance(0.1):
            spec["coupon"] = {"code": "ZOMER10", "percentage": "0.1"}
        elif self.chance(0.05):
            spec["coupon"] = {"code": "", "amount": "0.33"}
        if self.chance(0.1):
            spec |= {
                "status": "processing_awaiting_payment",
                "payment_status": "not_paid",
                "shipment_status": "not_shipped",
            }
        return spec


def _period(
    desk: OrderDesk, start: str | None, end: str | None
) -> tuple[datetime, datetime]:
    last = parse_instant(end) if end else desk.world.clock.now()
    first = parse_instant(start) if start else last - timedelta(days=30)
    if first > last:
        text = "start is after end"
        raise ControlError(text)
    return first, last


def generate(
    desk: OrderDesk,
    *,
    count: int,
    seed: int,
    start: str | None,
    end: str | None,
    profile: str,
    customers: int | None,
) -> dict[str, Any]:
    """Add the orders, oldest first; see `control_add_orders`."""
    if profile not in {"mixed", "plain"}:
        text = "profile is mixed or plain"
        raise ControlError(text)
    maker = _Maker(seed, profile, customers or max(1, count // 3), desk.shop.incl)
    first, last = _period(desk, start, end)
    step = (last - first) / max(1, count)
    gross, ids = ZERO, []
    for position in range(count):
        spec = maker.spec()
        order = desk.add({**spec, "created_at": first + step * position})
        ids.append(order["id"])
        gross += dec(order["oracle"]["gross"])
    return {
        "count": count,
        "first": ids[0] if ids else None,
        "last": ids[-1] if ids else None,
        "gross": f"{gross:.2f}",
    }
