"""The shops of the run: what is ordered and changed, and what must come of it.

Orders and outcomes are those of ``tests.books``, drawn anew from the run's seed.
"""

import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from sandbox.exact import demo as exact_demo
from sandbox.vies import demo as vies_demo
from tests.books import cases_amounts, cases_places, chart, numbers, vendor
from tests.books.oracle import BOOKED, Expected, expect, on_invoice
from tests.books.orders import Order
from tests.books.worlds import WORLDS, World

SECOND = 200_001


def euros(cents) -> Decimal:
    """Return whole cents as an amount."""
    return Decimal(cents).scaleb(-2)


@dataclass
class Placed:
    """An order in a shop, and what must stand in the books for it now.

    :ivar movements: (customer, account, VAT code, net, VAT) for each line, in cents
    :ivar change: ``""``, ``"edited"``, ``"cancelled"`` or ``"credited"``
    """

    number: str
    order: Order
    expected: Expected
    movements: list = field(default_factory=list)
    change: str = ""

    @property
    def gross(self) -> int:
        """What all its documents together must come to, in cents."""
        return sum(net + vat for *_where, net, vat in self.movements)

    @property
    def is_booked(self) -> bool:
        return self.expected.outcome == BOOKED


@dataclass
class Seller:
    """A shop that is booked in an administration.

    :ivar invoices: by sales invoices, with items, printed and mailed at once
    :ivar clears: with a clearing entry for what is paid
    """

    name: str
    division: int
    invoices: bool = False
    clears: bool = False
    journal: str = exact_demo.JOURNAL
    shop: int = 0
    key: str = ""
    secret: str = ""
    waiting: list = field(default_factory=list)
    placed: dict = field(default_factory=dict)

    @property
    def world(self) -> World:
        return WORLDS[self.name]

    @property
    def prefix(self) -> str:
        return f"{self.name.removeprefix('nl_')[:7]}-"

    def as_told(self, start_at) -> dict:
        """Return what the worker is told of it."""
        return {
            "world": self.name,
            "division": self.division,
            "invoices": self.invoices,
            "clears": self.clears,
            "journal": self.journal,
            "key": self.key,
            "secret": self.secret,
            "prefix": self.prefix,
            "start_at": start_at.strftime("%Y-%m-%d %H:%M:%S"),
            "clearing_journal": exact_demo.GENERAL_JOURNAL,
            "clearing_account": exact_demo.CLEARING,
        }


def sellers() -> list[Seller]:
    """Return two sellers with an administration each: entries, and invoices."""
    return [
        Seller("nl", exact_demo.MAIN, clears=True),
        Seller("nl_excl", SECOND, invoices=True),
    ]


class Shops:
    """All shops of a run, in the stand-in.

    :param box: the sandbox
    :param int seed: of the orders, and of nothing else
    """

    def __init__(self, box, seed):
        self.box = box
        self.random = random.Random(f"{seed}/orders")
        self.sellers = sellers()

    # === THE START === #
    def open(self, count):
        """Make administrations and shops, and think of so many orders."""
        exact = self.box.exact
        exact_demo.seed(exact)
        vies_demo.seed(self.box.vies)
        exact.control_set_option(xi_vat_numbers=True, invoice_price_decimals=4)
        number = numbers.valid("NL", 100)
        exact.control_add_division(
            SECOND,
            chart="NL",
            users=[exact_demo.USER_NL],
            Description="Tweede winkel",
            Country="NL",
            Currency="EUR",
            VATNumber=number,
        )
        self.box.vies.control_add_number(number)
        for place, seller in enumerate(self.sellers):
            self._open_one(seller)
            share = len(range(place, count, len(self.sellers)))
            seller.waiting = list(self._orders(seller, share))

    def _open_one(self, seller):
        world = seller.world
        chart.add_vat_codes(self.box.exact, seller.division, world)
        made = self.box.lightspeed.control_add_shop(
            seller.name,
            prices=world.prices,
            country=world.country.lower(),
            currency=world.currency,
            taxes=[rate for rate, _account, _code in world.home_rates],
        )
        seller.shop, seller.key = made["shop"], made["key"]
        seller.secret = made["secret"]

    def _orders(self, seller, count):
        """Yield orders of every family that the stand-in shop can be asked for."""
        found = list(
            cases_amounts.random_orders(self.random, seller.name, 3 * count // 4)
        )
        found += cases_amounts.discounts(self.random, seller.name)
        found += cases_places.member_states(self.random, seller.name)
        found = [order for order in found if _is_expressible(order)]
        while len(found) < count:
            found += cases_amounts.random_orders(self.random, seller.name, count)
        ordinary = found[: 3 * count // 4]
        rest = found[len(ordinary) :]
        chosen = ordinary + self.random.sample(rest, count - len(ordinary))
        self.random.shuffle(chosen)
        yield from chosen

    # === WHAT HAPPENS IN A SHOP === #
    def place(self, seller):
        """Let the next order come in."""
        order = seller.waiting.pop()
        place = len(seller.placed) + 1
        now = datetime.now(timezone.utc)
        order = replace(
            order, moment=now - timedelta(minutes=self.random.randint(1, 60 * 30))
        )
        placed = Placed(f"{place:05d}", order, self._expect(seller, order))
        spec = vendor.specification(order, place, seller.world.incl)
        spec |= {"number": placed.number, "updated_at": now.isoformat()}
        truth = self.box.lightspeed.control_add_order(seller.shop, **spec)
        net, gross = order.totals(seller.world.incl)
        told = (Decimal(truth["net"]), Decimal(truth["gross"]))
        assert told == (euros(net), euros(gross)), order.name
        if placed.expected.asks_vies:
            number = placed.expected.customer.removeprefix("vat:")
            self.box.vies.control_add_number(number)
        placed.movements = _movements(placed.expected)
        seller.placed[placed.number] = placed
        return placed

    def _expect(self, seller, order):
        expected = expect(order, seller.world)
        return on_invoice(expected) if seller.invoices else expected

    def edit(self, seller, placed):
        """Let an order become another one of the same customer."""
        lines = placed.order.lines
        first = replace(lines[0], quantity=lines[0].quantity + 1)
        order = replace(placed.order, lines=(first, *lines[1:]))
        spec = vendor.specification(order, 0, seller.world.incl)
        self.box.lightspeed.control_rebuild_order(
            seller.shop,
            placed.number,
            **{name: spec.get(name) for name in ("lines", "shipping", "payment")},
        )
        placed.order, placed.expected = order, self._expect(seller, order)
        placed.movements = _movements(placed.expected)
        placed.change = "edited"

    def cancel(self, seller, placed):
        """Let an order be cancelled: nothing of it may be left in the books."""
        self.box.lightspeed.control_cancel_order(seller.shop, placed.number)
        placed.movements = []
        placed.change = "cancelled"

    def credit(self, seller, placed):
        """Let the shop credit one unit of an order's first line."""
        note = self.box.lightspeed.control_credit_order(
            seller.shop, placed.number, [{"index": 0, "quantity": 1}]
        )
        line = placed.order.lines[0]
        ((account, code),) = (
            (account, code)
            for kind, _treatment, rate, account, code in placed.expected.lines
            if kind == "product" and rate == line.rate
        )
        net, gross = (int(Decimal(note[name]) * 100) for name in ("net", "gross"))
        customer = placed.expected.customer
        placed.movements.append((customer, account, code, -net, net - gross))
        placed.change = "credited"

    def touch(self, seller, placed):
        """Let something be saved that changes no amount: it moves to the first page."""
        self.box.lightspeed.control_edit_order(
            seller.shop, placed.number, {"memo": f"gezien {self.random.random()}"}
        )


def _movements(expected):
    if expected.outcome != BOOKED:
        return []
    return [
        (expected.customer, account, code, net, vat)
        for (_k, _t, _r, account, code), (net, vat) in expected.lines.items()
    ]


def _is_expressible(order):
    """Say whether the stand-in shop, which makes no mistakes, can have an order."""
    return not (
        order.noise
        or order.net_off
        or order.total_off
        or any(line.vat_off for line in order.charged())
        or order.currency != WORLDS[order.world].currency
        or "XI" in (order.buyer.country, order.buyer.billing)
        or not order.lines
    )
