"""What Exact makes of a sales invoice: the oracle's own arithmetic.

Whole cents and fractions, from the JSON text that is sent (Exact reference 5.4, 6.2);
nothing is imported from the addon.  What is not known of Exact is an argument.
"""

import json
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

from tests.books import law
from tests.books.orders import half_up
from tests.books.worlds import CODES, World, is_including, oss_code, oss_rates

INVOICE, CREDIT_NOTE = 8020, 8021
_TEXT = 100


@dataclass
class Ledger:
    """What an invoice puts into the books, in cents.

    :ivar gross: what the customer owes
    :ivar nets: (account, VAT code) -> net
    :ivar vats: VAT code -> VAT
    :ivar account_vats: (account, VAT code) -> VAT
    :ivar items: GUIDs of the items on it
    :ivar lines: how many there are
    :ivar kind: of document, ``INVOICE`` or ``CREDIT_NOTE``
    """

    kind: int
    gross: int = 0
    nets: dict = field(default_factory=dict)
    vats: dict = field(default_factory=dict)
    account_vats: dict = field(default_factory=dict)
    items: set = field(default_factory=set)
    lines: int = 0


@cache
def codes_of(world: World) -> dict[str, Fraction]:
    """Return the rate of each VAT code of a seller's administration."""
    found = {code: Fraction(0) for code in CODES.values()}
    for country in law.RATES:
        for rate in oss_rates(country):
            found[oss_code(country, Fraction(rate))] = Fraction(rate)
    for rate, _account, code in world.home_rates:
        found[code] = Fraction(rate)
    return found


def ledger_of(
    text: str,
    world: World,
    accounts: dict[str, str],
    *,
    honoured: bool,
    decimals: int = 4,
    half: str = "up",
) -> Ledger:
    """Return what the invoice of a payload's text puts into the books.

    :param accounts: GUID -> code of G/L accounts
    :param honoured: whether a line's own VAT amount replaces the computed one
    :param decimals: how many decimals of a price Exact keeps
    :param half: where half a cent of VAT goes: ``up`` (away from zero), ``even`` or
        ``down``
    """
    payload = json.loads(text, parse_float=Fraction, parse_int=Fraction)
    rates = codes_of(world)
    found = Ledger(kind=int(payload["Type"]))
    for line in payload["SalesInvoiceLines"]:
        assert 0 < len(line["Description"]) <= _TEXT
        code, account = line["VATCode"], accounts[line["GLAccount"]]
        including = is_including(world, code)
        amount = _amount(line, decimals)
        vat = _vat(line, amount, rates[code], including, honoured, half)
        net = amount - vat if including else amount
        _add(found.nets, (account, code), net)
        _add(found.account_vats, (account, code), vat)
        _add(found.vats, code, vat)
        found.items.add(line["Item"])
        found.gross += net + vat
        found.lines += 1
    return found


def _amount(line: dict, decimals: int) -> int:
    """Return quantity times price, in cents."""
    price = line["NetPrice"]
    # A negative price is refused; the net price leads.
    assert price >= 0
    assert line["UnitPrice"] == price
    scale = 10**decimals
    kept = Fraction(half_up(price * scale / 100), scale)
    return half_up(line["Quantity"] * kept)


def _vat(line, amount, rate, including, honoured, half) -> int:
    """Return the VAT on top of a line's amount or in it, in cents."""
    own = line.get("VATAmountFC")
    if not rate:
        assert not own, line
        return 0
    if honoured and own is not None:
        return half_up(own)
    exact = amount * (rate / (1 + rate) if including else rate)
    vat = half_up(exact / 100)
    if half != "up" and abs(vat - exact) == Fraction(1, 2):
        towards_zero = vat - (1 if exact > 0 else -1)
        return towards_zero if half == "down" or vat % 2 else vat
    return vat


def _add(sums: dict, key, cents: int) -> None:
    sums[key] = sums.get(key, 0) + cents
