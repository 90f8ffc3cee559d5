"""What must stand in the books, worked out from the law and nothing else.

Plain integers of cents and fractions; nothing is imported from the addon.  The order
of the questions is that of a bookkeeper: does it concern us, is it whole, where is it
taxed, who taxes it, which account.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.books import law
from tests.books.orders import Line, Order
from tests.books.worlds import INVOICE_CODE, World, ledger

#: Net in cents that may be sold to consumers in other member states from home (59c).
THRESHOLD = 1_000_000
#: Cents that a rounding line may take.
ROUNDING_LIMIT = 5

BOOKED, HELD, SKIPPED = "booked", "held", "skipped"


@dataclass
class Expected:
    """The outcome of one order.

    :ivar reason: family of reasons of what is held or skipped; see ``test_cases``
    :ivar treatment: of the order
    :ivar country: where the goods go, a member state for all that counts as part of it
    :ivar lines: (kind, treatment, rate, account, code) -> [net, VAT] in cents
    :ivar counted: cents that count for the threshold of distance sales
    :ivar customer: ``email:...``, ``vat:...`` or ``collective:...``
    """

    outcome: str
    reason: str = ""
    treatment: str = ""
    country: str = ""
    gross: int = 0
    lines: dict = field(default_factory=dict)
    counted: int = 0
    oss_period: str = ""
    asks_vies: bool = False
    customer: str = ""
    day: date | None = None

    def per_code(self) -> dict:
        """Return VAT code -> [net, VAT]."""
        return _sum(self.lines, 4)

    def per_account(self) -> dict:
        """Return G/L account -> [net, VAT]."""
        return _sum(self.lines, 3)


def on_invoice(expected: Expected) -> Expected:
    """Return the same outcome where the document is a sales invoice.

    Its lines all have a VAT code: one without VAT where an entry has none.
    """
    lines = {}
    for (*where, code), (net, vat) in expected.lines.items():
        pair = lines.setdefault((*where, code or INVOICE_CODE), [0, 0])
        pair[0] += net
        pair[1] += vat
    return replace(expected, lines=lines)


def _sum(lines: dict, place: int) -> dict:
    sums = {}
    for key, (net, vat) in lines.items():
        pair = sums.setdefault(key[place], [0, 0])
        pair[0] += net
        pair[1] += vat
    return sums


class Held(Exception):
    """A person must look; the argument is the family of reasons."""


def expect(order: Order, world: World, sold: int = 0) -> Expected:
    """Return what must happen to an order.

    :param sold: cents sold to consumers in other member states this year before it
    """
    if order.status == "cancelled":
        return Expected(SKIPPED, "cancelled")
    try:
        return _book(order, world, sold)
    except Held as held:
        return Expected(HELD, str(held))


def _book(order: Order, world: World, sold: int) -> Expected:
    _refuse(order, world)
    net, gross = order.totals(world.incl)
    amounts = {id(line): line.amounts(world.incl) for line in order.charged()}
    difference = _difference(order, net, gross, amounts)
    if not gross:
        if any(any(pair) for pair in amounts.values()):
            raise Held("zero_total")
        return Expected(SKIPPED, "zero_total")
    _check_special(order)
    day = order.moment.astimezone(ZoneInfo(world.timezone)).date()
    found = Expected(BOOKED, gross=gross, day=day)
    found.customer = _customer(order, world)
    _treat(order, world, sold, amounts, found)
    if found.treatment == "reverse_charge":
        found.customer = f"vat:{_number(order.buyer)}"
    for line in order.charged():
        if not any(amounts[id(line)]):
            continue
        # Gross and net are rounded each: a cent is let pass (reference 4.5).
        if abs(line.vat_off) > 1:
            raise Held("vat_of_line")
        _enter(found, world, line, *amounts[id(line)])
    if difference:
        row = ledger(world, "rounding", found.treatment, Fraction(0), found.country)
        if row is None:
            raise Held("no_rounding_rule")
        _add(found, ("rounding", found.treatment, Fraction(0), *row), difference, 0)
    return found


# === IS IT WHOLE === #


def _refuse(order: Order, world: World) -> None:
    if not order.lines:
        raise Held("no_lines")
    if order.currency != world.currency:
        raise Held("currency")
    if order.gift_cards:
        raise Held("gift_card_payment")
    if not order.buyer.email and world.customers == "email":
        raise Held("no_email")


def _difference(order: Order, net: int, gross: int, amounts: dict) -> int:
    """Return the cents between the order's total and its lines (reference 4.5)."""
    lines_net = sum(pair[0] for pair in amounts.values())
    lines_gross = sum(pair[1] for pair in amounts.values())
    if abs(gross - lines_gross) > ROUNDING_LIMIT:
        raise Held("total")
    if gross != lines_gross and not any(any(pair) for pair in amounts.values()):
        # Nothing but rounding.
        raise Held("total")
    if abs(net - lines_net) > ROUNDING_LIMIT + len(amounts):
        raise Held("total")
    return gross - lines_gross


def _check_special(order: Order) -> None:
    """Vouchers for several purposes and margin goods never show VAT (30b, 325)."""
    for line in order.lines:
        if line.special == "multi_purpose" and line.rate:
            raise Held("gift_card_with_vat")
        if line.special == "margin" and line.rate:
            raise Held("margin_with_vat")


# === WHERE AND BY WHOM IT IS TAXED === #


def _treat(order, world, sold, amounts, found) -> None:
    """Decide treatment, country, threshold and period of the order."""
    home, home_rates = law.place(world.country, world.postcode)
    buyer = order.buyer
    if order.pickup:
        there, there_rates = home, home_rates
    else:
        there, there_rates = law.place(buyer.country, buyer.postcode)
    plain = [line for line in order.charged() if _is_plain(line)]
    plain = [line for line in plain if any(amounts[id(line)])]
    taxed = [line for line in plain if line.rate]
    found.country = there or buyer.country
    if order.pickup:
        found.country = world.country
    if not plain:
        found.treatment = "domestic"
    elif order.pickup or _is_at_home(world, home, there, buyer):
        _at_home(world, home_rates, taxed, found)
    elif home and there:
        _in_the_union(order, world, sold, plain, taxed, there_rates, found)
        found.counted = found.counted and sum(amounts[id(line)][0] for line in plain)
    elif taxed:
        raise Held("charged_outside")
    else:
        found.treatment = "export"


def _is_plain(line: Line) -> bool:
    return line.special not in ("multi_purpose", "margin")


def _is_at_home(world, home, there, buyer) -> bool:
    if home:
        return home == there
    return world.country == buyer.country


def _at_home(world, rates, taxed, found) -> None:
    if world.small:
        if taxed:
            raise Held("small_charged")
        found.treatment = "small_business"
        return
    if rates and not all(law.has_rate(rates, line.rate) for line in taxed):
        raise Held("rate")
    found.treatment = "domestic" if taxed else "exempt"


def _in_the_union(order, world, sold, plain, taxed, rates, found) -> None:
    """Goods that go from one member state to another."""
    buyer = order.buyer
    there = found.country
    state = law.number_state(buyer.number, buyer.billing or buyer.country)
    if there == "XI" and not state:
        state = law.number_state(buyer.number, "XI")
    if world.small:
        _small_business_abroad(world, sold, plain, taxed, state, found)
    elif not taxed:
        _without_vat(buyer, world, there, state)
        found.treatment, found.asks_vies = "reverse_charge", True
    elif state:
        _company(world, plain, taxed, rates, found)
    else:
        _consumer(world, sold, plain, taxed, rates, found)


def _company(world, plain, taxed, rates, found) -> None:
    """A company that was charged: no exempt supply, whatever its number.

    It bought as one does in a shop, at home's rates; a registered seller whose shop
    charged the destination's VAT, which is not home's, took it for a consumer.
    """
    if len(taxed) < len(plain):
        raise Held("partly")
    if _all_of(law.RATES[world.country], taxed):
        found.treatment = "domestic"
    elif world.has_oss(found.day) and _all_of(rates, taxed):
        found.treatment, found.oss_period = "oss", law.quarter(found.day)
        found.counted = 1
    else:
        raise Held("company_charged")


def _without_vat(buyer, world, there, state) -> None:
    """Exempt only with a valid number of another member state (138)."""
    if not buyer.number:
        raise Held("zero_without_number")
    if not state:
        raise Held("zero_bad_number")
    if state == world.country:
        raise Held("zero_own_number")
    if state != there:
        raise Held("zero_other_number")


def _small_business_abroad(world, sold, plain, taxed, state, found) -> None:
    """The scheme is the home state's: sales taxed elsewhere are outside it (284)."""
    if taxed:
        raise Held("small_charged")
    if not state:
        if _taxed_there(found.day, world, sold, plain):
            raise Held("small_zero_abroad")
        found.counted = 1
    found.treatment = "small_business"


def _taxed_there(day, world, sold, plain) -> bool:
    """Say whether a consumer's goods are taxed where they go (33, 59c, 369a)."""
    net = sum(line.amounts(world.incl)[0] for line in plain)
    return (
        world.has_oss(day) or world.previous_net > THRESHOLD or sold + net > THRESHOLD
    )


def _consumer(world, sold, plain, taxed, rates, found) -> None:
    there = found.country
    found.counted = 1
    if not _taxed_there(found.day, world, sold, plain):
        if not _all_of(law.RATES[world.country], taxed):
            raise Held("rate")
        found.treatment = "domestic"
        return
    if world.has_oss(found.day):
        found.treatment, found.oss_period = "oss", law.quarter(found.day)
    elif there in world.registrations:
        found.treatment = "local"
    else:
        raise Held("no_registration")
    if len(taxed) < len(plain) and there in law.NEVER_ZERO:
        raise Held("partly")
    if not _all_of(rates, taxed):
        raise Held("rate")


def _all_of(rates, taxed) -> bool:
    return all(law.has_rate(rates, line.rate) for line in taxed)


# === WHICH ACCOUNT === #


def _enter(found, world, line, net, gross) -> None:
    kind, treatment = line.kind, found.treatment
    if line.special == "multi_purpose":
        kind, treatment = "gift_card", "out_of_scope"
    elif line.special == "margin":
        treatment = "margin"
    elif treatment == "domestic" and not line.rate:
        treatment = "exempt"
    row = ledger(world, kind, treatment, line.rate, found.country)
    if row is None:
        raise Held("no_rule")
    _add(found, (kind, treatment, line.rate, *row), net, gross - net)


def _add(found, key, net, vat) -> None:
    pair = found.lines.setdefault(key, [0, 0])
    pair[0] += net
    pair[1] += vat


# === WHO === #


def _customer(order: Order, world: World) -> str:
    """Return who owes: the ICP listing is made from the VAT number of the relation."""
    buyer = order.buyer
    if world.customers == "collective" and not (buyer.company or buyer.number):
        return "collective"
    return f"email:{''.join(buyer.email.split()).casefold()}"


def _number(buyer) -> str:
    """Return the VAT number with its prefix and nothing between."""
    found = "".join(each for each in buyer.number.upper() if each.isalnum())
    country = buyer.billing or buyer.country
    prefix = "XI" if (country, buyer.postcode[:2]) == ("GB", "BT") else country
    prefix = law.prefix_of(prefix)
    return found if found.startswith(prefix) else prefix + found
