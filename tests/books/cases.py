"""The suite: every case in its order, always the same from one seed."""

import random
from functools import cache

from tests.books import cases_amounts as amounts
from tests.books import cases_places as places
from tests.books.oracle import Expected, expect
from tests.books.orders import Order
from tests.books.worlds import WORLDS

SEED = 20260603


def _families():
    """Yield a generator of orders for each family of cases."""

    def rng(name):
        return random.Random(f"{SEED}/{name}")

    for world in ("nl", "de", "be"):
        yield places.member_states(rng(f"members-{world}"), world)
    yield places.odd_numbers(rng("numbers"))
    yield places.territories(rng("territories"))
    yield places.below_threshold(rng("below"))
    yield places.crossing(rng("crossing"))
    yield places.one_sale_over(rng("limit"))
    yield places.registrations(rng("registrations"))
    yield places.small_business(rng("small"))
    yield places.days(rng("days"))
    for world, count in (("nl", 80), ("nl_excl", 50), ("be", 30), ("de", 30)):
        yield amounts.random_orders(rng(f"random-{world}"), world, count)
    for world in ("nl", "nl_excl", "be", "de"):
        yield amounts.discounts(rng(f"discounts-{world}"), world)
        yield amounts.differences(rng(f"differences-{world}"), world)
        yield amounts.vouchers(rng(f"vouchers-{world}"), world)
    yield amounts.oddities(rng("oddities"))
    yield amounts.without_rules(rng("bare"))
    yield amounts.collective(rng("collective"))
    yield amounts.canada(rng("canada"))


@cache
def orders() -> tuple[Order, ...]:
    """Return all orders; the names of the cases are theirs, each once."""
    found = tuple(order for family in _families() for order in family)
    names = [order.name for order in found]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, twice
    return found


@cache
def expectations() -> tuple[tuple[int, Expected], ...]:
    """Return for each order what was sold abroad before it, and the outcome.

    Sellers share nothing; within a seller the orders count in their own order.
    """
    sold = {}
    found = []
    for order in orders():
        key = (order.world, order.moment.year)
        before = sold.get(key, 0)
        outcome = expect(order, WORLDS[order.world], before)
        sold[key] = before + outcome.counted
        found.append((before, outcome))
    return tuple(found)
