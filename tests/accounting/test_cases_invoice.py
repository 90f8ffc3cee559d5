"""Every case of the suite that is booked, as a sales invoice: Exact's sums = oracle's.

Exact's arithmetic is that of ``tests.books.ledger_of_invoice``, whether or not it
keeps the VAT amounts that are sent along.
"""

import uuid
from collections import Counter
from functools import cache

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.credit import (
    difference,
    reversal,
)
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.invoice import (
    item_needs,
    sales_invoice,
)
from odoo.addons.lightspeed_exact_connector.accounting.money import dumps, loads
from odoo.addons.lightspeed_exact_connector.accounting.parse import parse_order
from odoo.addons.lightspeed_exact_connector.accounting.stored import dump, load

from tests.accounting.test_cases import CUSTOMER, NOW
from tests.books import cases, policies, vendor
from tests.books.ledger_of_invoice import CREDIT_NOTE, INVOICE, ledger_of
from tests.books.oracle import BOOKED, on_invoice
from tests.books.worlds import ACCOUNTS, WORLDS

ORDERS = cases.orders()
PLACES = [
    place
    for place, (_sold, expected) in enumerate(cases.expectations())
    if expected.outcome == BOOKED
]
IDS = [ORDERS[place].name for place in PLACES]
#: How VAT amounts are made right -> does Exact keep the VAT amounts that are sent?
WAYS = {"split": (True, False), "send": (True,)}
STRATEGIES = ("article", "general")


def _policy(place, **choices):
    order = ORDERS[place]
    sold, _expected = cases.expectations()[place]
    policy = policies.policy(WORLDS[order.world], order.moment.year, sold)
    return policies.invoicing(policy, **choices)


@cache
def _booking(place):
    """Return the booking of a case, as it comes back from the database."""
    order = ORDERS[place]
    text = vendor.payload(order, place, WORLDS[order.world].incl)
    sale = parse_order(loads(text), currency=order.currency)
    found = decide(sale, _policy(place), status_reached_at=None, now=NOW)
    return load(loads(dumps(dump(found))))


def _expected(place):
    return on_invoice(cases.expectations()[place][1])


@cache
def _accounts(world):
    """Return GUID -> code of every G/L account of a seller."""
    codes = {code for code in ACCOUNTS[world.accounts].values()}
    codes |= {account for _rate, account, _code in world.home_rates}
    return {policies.gl_id(world, code): code for code in codes}


def _item_id(code):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, code))


def _text(booking, policy):
    """Return what is posted of a booking."""
    needs = item_needs(booking, policy.invoice)
    items = {key: _item_id(need.code) for key, need in needs.items()}
    return dumps(sales_invoice(booking, CUSTOMER, items, policy.invoice))


def _assert_books(found, lines, *, honoured):
    """Assert what an invoice puts into the books.

    :param lines: (account, VAT code, net, VAT) in cents
    """
    nets, vats, account_vats = {}, {}, {}
    for account, code, net, vat in lines:
        for sums, key, cents in (
            (nets, (account, code), net),
            (vats, code, vat),
            (account_vats, (account, code), vat),
        ):
            sums[key] = sums.get(key, 0) + cents
    gross = sum(nets.values()) + sum(vats.values())
    assert _real(found.nets) == _real(nets)
    assert _real(found.vats) == _real(vats)
    if honoured:
        assert _real(found.account_vats) == _real(account_vats)
    assert found.gross == gross
    if gross:
        assert found.kind == (INVOICE if gross > 0 else CREDIT_NOTE)


def _real(sums):
    return {key: cents for key, cents in sums.items() if cents}


def _lines(expected, sign=1):
    return [
        (account, code, sign * net, sign * vat)
        for (_k, _t, _r, account, code), (net, vat) in expected.lines.items()
    ]


def _assert_invoice(place, booking, lines, **choices):
    """Assert that a booking's invoice comes to these lines, in every way there is."""
    world = WORLDS[ORDERS[place].world]
    for vat_amounts, ways in WAYS.items():
        policy = _policy(place, vat_amounts=vat_amounts, **choices)
        text = _text(booking, policy)
        for honoured in ways:
            found = ledger_of(text, world, _accounts(world), honoured=honoured)
            _assert_books(found, lines, honoured=honoured)
    return found


def _items(place, strategy):
    """Return the codes of the items that a case needs."""
    world = WORLDS[ORDERS[place].world]
    found = {
        policies.item_code(kind, rate, "", strategy)
        for kind, _t, rate, _account, _code in _expected(place).lines
        if kind != "product"
    }
    for line in ORDERS[place].charged():
        special = line.special == "multi_purpose"
        if line.kind == "product" and not special and any(line.amounts(world.incl)):
            code = policies.item_code("product", line.rate, line.article, strategy)
            found.add(code)
    return found


@pytest.mark.parametrize("place", PLACES, ids=IDS)
def test_an_invoice_comes_to_the_oracles_books(place):
    expected = _expected(place)
    for strategy in STRATEGIES:
        found = _assert_invoice(
            place, _booking(place), _lines(expected), item_strategy=strategy
        )
        assert found.gross == expected.gross
        assert found.kind == INVOICE
        assert found.items == {_item_id(code) for code in _items(place, strategy)}


def test_a_reversal_takes_it_all_back():
    for place in PLACES:
        taken = reversal([_booking(place)])
        found = _assert_invoice(place, taken, _lines(_expected(place), sign=-1))
        assert found.kind == CREDIT_NOTE


def test_a_difference_turns_one_order_into_the_next():
    """An invoice of the difference, positive, negative or both."""
    made = Counter()
    for before, after in zip(PLACES, PLACES[1:], strict=False):
        if ORDERS[before].world != ORDERS[after].world:
            continue
        entry = difference([_booking(before)], _booking(after))
        wanted = _lines(_expected(after)) + _lines(_expected(before), sign=-1)
        if entry is not None:
            found = _assert_invoice(after, entry, wanted)
            made[found.gross > 0] += 1
    assert min(made.values()) > 400, made


def test_how_many_invoices_need_a_split_line():
    """None is held; most have a line for each line of the booking."""
    pieces = Counter()
    for place in PLACES:
        rows = loads(_text(_booking(place), _policy(place)))["SalesInvoiceLines"]
        pieces[len(rows) - len(_booking(place).lines)] += 1
    assert len(PLACES) == 1020
    assert pieces == {0: 813, 1: 181, 2: 21, 3: 3, 11: 1, 16: 1}


@pytest.mark.parametrize(("half", "wrong"), [("even", 17), ("down", 32)])
def test_halves_that_go_another_way_are_right_where_sent_amounts_are_kept(half, wrong):
    """Where they are not kept, some totals would differ: those are never finalised."""
    differing = []
    for place in PLACES:
        world = WORLDS[ORDERS[place].world]
        text = _text(_booking(place), _policy(place))
        for honoured in (True, False):
            found = ledger_of(
                text, world, _accounts(world), honoured=honoured, half=half
            )
            if found.gross != _expected(place).gross:
                assert not honoured
                differing.append(ORDERS[place].name)
            elif honoured:
                _assert_books(found, _lines(_expected(place)), honoured=True)
    assert len(differing) == wrong


def test_what_exact_does_not_keep_shows_in_the_total():
    """Sent and not kept: all is right, or the total is another one."""
    wrong = 0
    for place in PLACES:
        world = WORLDS[ORDERS[place].world]
        text = _text(_booking(place), _policy(place, vat_amounts="send"))
        found = ledger_of(text, world, _accounts(world), honoured=False)
        if found.gross == _expected(place).gross:
            _assert_books(found, _lines(_expected(place)), honoured=False)
        else:
            wrong += 1
    assert wrong == 197
