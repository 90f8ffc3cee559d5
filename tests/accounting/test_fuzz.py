"""Whatever comes, an order is booked with proof, held or skipped; nothing else."""

import os
import random
import time
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting import (
    catalogue,
    listing,
    listing_invoice,
    parse,
    parse_invoice,
    payload,
    render,
    stored,
    texts,
)
from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Booking,
    Hold,
    Skip,
)
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.invoice import (
    item_needs,
    sales_invoice,
)
from odoo.addons.lightspeed_exact_connector.accounting.money import (
    dumps,
    loads,
    to_decimal,
)

from tests.accounting import anything
from tests.accounting.invoice_samples import invoice, items
from tests.accounting.samples import payload as order
from tests.accounting.test_cases import CUSTOMER
from tests.books import cases, policies, vendor
from tests.books.worlds import WORLDS

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.utc)
ORDERS = cases.orders()
#: ``LEC_FUZZ=20`` tries twenty times as much.
TIMES = int(os.environ.get("LEC_FUZZ", "1"))
EXAMPLES = 30 * TIMES
#: Of each field's mutations every fifth one, with each field another fifth.
STEP = max(1, 5 // TIMES)
#: Sellers and orders of every kind.
SEED = 20261125
SAMPLES = 30
MUTATIONS_EACH = 30 * TIMES


def _held(function, *args, **kwargs):
    """Return what a parser gives, ``None`` for a hold; anything else is a fault."""
    try:
        return function(*args, **kwargs)
    except Hold as hold:
        assert hold.code
        # What is shown of it can be kept: a record has its values as JSON.
        assert "\\u0000" not in dumps(hold.params)
        dumps(hold.params).encode()
        return None


# === ANY VALUE AT ALL === #

PARSERS = [
    listing.list_row,
    listing_invoice.invoice_row,
    parse.embedded_products_complete,
    catalogue.variant_row,
    catalogue.product_row,
    catalogue.brand_row,
    lambda value: parse.parse_order(value, currency="EUR"),
    lambda value: parse.parse_order(order(), currency=value),
    lambda value: parse.parse_order(order(), currency="EUR", products=value),
    lambda value: parse.parse_order(order(), currency="EUR", invoices=value),
    lambda value: parse_invoice.parse_invoice(value, items(), order(), currency="EUR"),
    lambda value: parse_invoice.parse_invoice(
        invoice(), value, order(), currency="EUR"
    ),
    lambda value: parse_invoice.parse_invoice(
        invoice(), items(), value, currency="EUR"
    ),
]
FIELDS = [
    payload.required_text,
    payload.rows,
    payload.number,
    payload.amount,
    payload.optional_amount,
    payload.total,
    payload.fraction,
    payload.required_moment,
]
PLAIN = [
    payload.text,
    payload.section,
    payload.linked_id,
    payload.moment,
    payload.country,
    payload.is_unset,
    payload.is_set_flag,
    listing.figure_of,
    listing.gross_of,
    catalogue.decimals_of,
    render.amount_text,
    render.reference_key,
]


@pytest.mark.parametrize("place", range(len(PARSERS)))
@settings(max_examples=EXAMPLES, deadline=None)
@given(anything.ANYTHING)
def test_a_parser_reads_or_holds(place, value):
    _held(PARSERS[place], value)


@pytest.mark.parametrize("read", FIELDS, ids=lambda read: read.__name__)
@settings(max_examples=EXAMPLES, deadline=None)
@given(anything.ANYTHING)
def test_a_field_is_read_or_held(read, value):
    _held(read, value, "field")


@pytest.mark.parametrize("read", PLAIN, ids=lambda read: read.__name__)
@settings(max_examples=EXAMPLES, deadline=None)
@given(anything.ANYTHING)
def test_a_field_that_may_be_anything_never_fails(read, value):
    read(value)


@pytest.mark.parametrize("value", anything.NASTY, ids=range(len(anything.NASTY)))
def test_every_nasty_value_is_read_or_held(value):
    for parser in PARSERS:
        _held(parser, value)
    for read in FIELDS:
        _held(read, value, "field")
    for read in PLAIN:
        read(value)


@pytest.mark.parametrize("depth", [50, 99, 150, 900, 100_000])
def test_nesting_is_read_or_held(depth):
    value = anything.nested(depth)
    for parser in PARSERS:
        _held(parser, value)
    for read in PLAIN:
        read(value)
    _held(parse.parse_order, {**order(), "giftCardsPayment": value}, currency="EUR")


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(st.one_of(st.text(), st.binary(), anything.TEXTS))
def test_any_text_is_json_or_a_value_error(text):
    try:
        value = loads(text)
    except ValueError:
        return
    try:
        again = dumps(value)
    except ValueError:
        return  # numbers and nesting beyond all reason
    assert dumps(loads(again)) == again


@settings(max_examples=2 * EXAMPLES, deadline=None)
@given(anything.ANYTHING)
def test_a_number_is_exact_or_a_value_error(value):
    try:
        found = to_decimal(value)
    except ValueError:
        return
    assert isinstance(found, Decimal)
    assert found.is_finite()


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.text(st.characters(), max_size=60), st.integers(1, 40))
def test_a_text_for_the_books_can_be_kept_and_is_not_too_long(text, limit):
    found = texts.cut(text, limit)
    found.encode("utf-8")
    assert "\x00" not in found
    assert texts.width(found) <= limit


# === STORED BOOKINGS === #


def _booking():
    place = next(i for i, (_s, e) in enumerate(cases.expectations()) if e.lines)
    return _outcome(place, loads(_text(place)))


@settings(max_examples=EXAMPLES, deadline=None)
@given(anything.ANYTHING)
def test_what_is_no_stored_booking_is_a_value_error(value):
    try:
        stored.load(value)
    except ValueError:
        return
    pytest.fail("it was taken for a booking")


def test_a_mutated_stored_booking_is_read_or_a_value_error():
    kept = stored.dump(_booking())
    tried = 0
    for _path, mutation in anything.mutations(kept, STEP):
        tried += 1
        try:
            stored.load(mutation)
        except ValueError:
            continue
    assert tried > 2000 // STEP


# === ONE FIELD AT A TIME, THE WHOLE WAY === #


def _text(place):
    found = ORDERS[place]
    return vendor.payload(found, place, WORLDS[found.world].incl)


def _policy(place):
    found = ORDERS[place]
    sold, _expected = cases.expectations()[place]
    world = WORLDS[found.world]
    policy = policies.policy(world, found.moment.year, sold)
    return policies.invoicing(policy)


def _outcome(place, raw):
    """Return booking, skip or hold of an order as the addon makes them."""
    try:
        sale = parse.parse_order(raw, currency=ORDERS[place].currency)
        return decide(sale, _policy(place), status_reached_at=None, now=NOW)
    except Hold as hold:
        dumps(hold.params).encode()
        return hold


def _assert_proved(booking, raw):
    """Assert that what is sent comes to what the order says, to the cent."""
    total = payload.total(raw["priceIncl"], "priceIncl")
    assert booking.gross == total
    assert sum(line.gross for line in booking.lines) == total
    assert render.expected_total(booking) == total
    entry = dumps(render.sales_entry(booking, CUSTOMER))
    entry.encode("utf-8")
    assert "\\u0000" not in entry
    assert len(loads(entry)["YourRef"]) <= 30
    assert stored.load(loads(dumps(stored.dump(booking)))) == booking


def _mutated(place, raw, tally):
    found = _outcome(place, raw)
    tally[type(found).__name__] = tally.get(type(found).__name__, 0) + 1
    if isinstance(found, Booking):
        _assert_proved(found, raw)
        _held(_invoice, found, place)
    else:
        assert isinstance(found, (Hold, Skip))


def _invoice(booking, place):
    policy = _policy(place).invoice
    needs = item_needs(booking, policy)
    wanted = {key: CUSTOMER for key in needs}
    dumps(sales_invoice(booking, CUSTOMER, wanted, policy)).encode("utf-8")


def test_every_field_of_the_sample_order_is_booked_with_proof_or_held():
    place = next(
        i for i, found in enumerate(ORDERS) if cases.expectations()[i][1].lines
    )
    raw, tally = loads(_text(place)), {}
    for _path, mutation in anything.mutations(raw, STEP):
        _mutated(place, mutation, tally)
    assert sum(tally.values()) > 5000 // STEP
    assert tally["Booking"] > 500 // STEP
    assert tally["Hold"] > 500 // STEP


@pytest.mark.parametrize("sample", range(SAMPLES))
def test_mutated_orders_of_all_sellers_are_booked_with_proof_or_held(sample):
    dice = random.Random(SEED + sample)
    place = dice.randrange(len(ORDERS))
    raw, tally = loads(_text(place)), {}
    paths = list(anything.places(raw))
    for _try in range(MUTATIONS_EACH):
        mutation = raw
        for _field in range(dice.choice((1, 1, 1, 2))):
            path = dice.choice(paths)
            try:
                mutation = anything.changed(mutation, path, dice.choice(anything.NASTY))
            except (KeyError, IndexError, TypeError, AttributeError):
                continue  # what the first mutation replaced
        _mutated(place, mutation, tally)
    assert sum(tally.values()) == MUTATIONS_EACH


def test_every_field_of_an_invoice_and_its_items_is_read_or_held():
    tried = 0
    for _path, mutation in anything.mutations(invoice(), STEP):
        _held(parse_invoice.parse_invoice, mutation, items(), order(), currency="EUR")
        tried += 1
    for _path, mutation in anything.mutations(items(), STEP):
        _held(parse_invoice.parse_invoice, invoice(), mutation, order(), currency="EUR")
        tried += 1
    assert tried > 4000 // STEP


# === SIZE === #


def test_a_title_of_ten_megabytes_and_five_thousand_lines_take_seconds():
    raw = order()
    row = raw["products"]["resource"]["embedded"][0]
    row["productTitle"] = "Mok \u00e9" * 2_000_000
    started = time.process_time()
    _outcome_of_sample(raw)
    raw = order()
    row = raw["products"]["resource"]["embedded"][0]
    raw["products"]["resource"]["embedded"] = [row] * 5_000
    _outcome_of_sample(raw)
    assert time.process_time() - started < 60


def _outcome_of_sample(raw):
    place = next(
        i for i, found in enumerate(ORDERS) if cases.expectations()[i][1].lines
    )
    _outcome(place, raw)
