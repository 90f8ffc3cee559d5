import copy
import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Booking,
    Hold,
    Skip,
)
from odoo.addons.lightspeed_exact_connector.accounting.customer import relation
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.holds import HOLDS, PROBLEMS
from odoo.addons.lightspeed_exact_connector.accounting.listing import list_row
from odoo.addons.lightspeed_exact_connector.accounting.money import dumps
from odoo.addons.lightspeed_exact_connector.accounting.parse import (
    embedded_products_complete,
    parse_order,
)
from odoo.addons.lightspeed_exact_connector.accounting.render import (
    expected_total,
    sales_entry,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import (
    Address,
    LineKind,
    Party,
    Tax,
)

from tests.accounting.samples import (
    CUSTOMER,
    NOW,
    SAMPLE,
    country,
    dutch_rules,
    payload,
    policy,
    product,
    products,
    rule,
    sale,
    simple,
)

UNSET = [None, False, "", []]


def held(order, **arguments):
    with pytest.raises(Hold) as caught:
        parse_order(order, currency="EUR", **arguments)
    assert caught.value.code == "unreadable_order"
    assert caught.value.params["problem"] in PROBLEMS
    return caught.value.params["field"], caught.value.params["problem"]


# === THE SAMPLE === #


def test_the_sample_order():
    found = sale()
    assert found.remote_id == "315967958"
    assert found.number == "ORD00412"
    assert (found.gross, found.net) == (Decimal("62.16"), Decimal("52.36"))
    assert found.created_at == datetime(2026, 6, 2, 22, 56, 12, tzinfo=timezone.utc)
    assert found.updated_at == datetime(2026, 6, 2, 23, 2, 40, tzinfo=timezone.utc)
    assert found.customer == Party(
        email="klant@example.com",
        firstname="Anna",
        lastname="Voorbeeld",
        language="nl",
        remote_id="226983112",
    )
    assert found.billing == Address(
        name="Anna Voorbeeld",
        street="Dorpsstraat",
        number="1",
        postcode="1234 AB",
        city="Utrecht",
        country="NL",
    )
    assert found.discount_code == "ZOMER10"
    assert (found.payment_method, found.payment_title) == ("mollie", "iDEAL")
    assert [invoice.number for invoice in found.invoices] == ["INV00401"]
    assert [event.message for event in found.events] == ["new"]
    assert found.gift_cards == ()
    amounts = [
        (line.kind.value, str(line.gross), str(line.net), str(line.vat), str(line.rate))
        for line in found.lines
    ]
    assert amounts == [
        ("product", "44.91", "37.12", "7.79", "0.21"),
        ("product", "10.80", "9.91", "0.89", "0.09"),
        ("shipping", "5.95", "4.92", "1.03", "0.21"),
        ("payment", "0.50", "0.41", "0.09", "0.21"),
    ]
    assert embedded_products_complete(payload())


def test_floats_and_texts_read_as_the_same_sale():
    floats = json.loads(SAMPLE)
    assert sale(floats) == sale()
    texts = json.loads(SAMPLE, parse_float=str, parse_int=str)
    assert sale(texts) == sale()


def test_float_noise_is_cleared():
    noisy = payload(priceIncl=62.160000000000004, priceExcl=52.359999999999999)
    assert sale(noisy).gross == Decimal("62.16")
    assert sale(noisy).net == Decimal("52.36")
    assert held(payload(priceIncl=62.165)) == ("priceIncl", "not_whole_cents")


# === UNSET AND LEGACY === #

OPTIONAL = sorted(
    set(json.loads(SAMPLE))
    - {"id", "number", "createdAt", "priceIncl", "priceExcl", "products"}
    - {f"{name}Price{side}" for name in ("shipment", "payment") for side in
       ("Incl", "Excl")}
)  # fmt: skip


@pytest.mark.parametrize("value", UNSET, ids=repr)
@pytest.mark.parametrize("field", OPTIONAL)
def test_any_other_field_may_be_unset(field, value):
    assert sale(payload(**{field: value})).gross == Decimal("62.16")


@pytest.mark.parametrize("field", OPTIONAL)
def test_any_other_field_may_be_missing(field):
    order = payload()
    del order[field]
    assert sale(order).gross == Decimal("62.16")


@pytest.mark.parametrize("value", UNSET, ids=repr)
@pytest.mark.parametrize(
    "field", ["id", "number", "createdAt", "priceIncl", "priceExcl"]
)
def test_what_an_order_cannot_do_without(field, value):
    assert held(payload(**{field: value})) == (field, "missing")


def test_shipping_and_payment_may_be_unset():
    for value in UNSET:
        order = payload(
            shipmentPriceIncl=value,
            shipmentPriceExcl=value,
            paymentPriceIncl=value,
            paymentPriceExcl=value,
        )
        assert [line.kind for line in sale(order).lines] == [LineKind.PRODUCT] * 2
    assert held(payload(shipmentPriceExcl=None)) == ("shipmentPriceExcl", "missing")


def test_zero_costs_give_no_line():
    order = payload(shipmentPriceIncl=0, shipmentPriceExcl="0.00", paymentPriceIncl=0)
    order["paymentPriceExcl"] = False
    assert len(sale(order).lines) == 2


def test_without_tax_rates_the_sum_counts():
    row = product(121, 100)
    del row["taxRates"]
    assert sale(simple(row)).lines[0].rate == Decimal("0.21")
    del row["taxRate"]
    assert held(simple(row)) == ("products[0].taxRate", "missing")
    row["priceExcl"] = row["priceIncl"]
    assert sale(simple(row)).lines[0].rate == 0


def test_several_taxes_and_their_noise():
    row = product("114.98", 100)
    row["taxRates"] = [
        {"name": "GST", "rate": 0.05, "amount": 5.0},
        {"name": "QST", "rate": 0.09974999999999999, "amount": 9.974999999999},
    ]
    line = sale(simple(row)).lines[0]
    assert line.rate == Decimal("0.14975")
    assert line.taxes == (
        Tax("GST", Decimal("0.05")),
        Tax("QST", Decimal("0.09975")),
    )


# === LINES === #


@pytest.mark.parametrize(
    ("title", "variant", "expected"),
    [
        ("Mok", "", "Mok"),
        ("Mok", "Default", "Mok"),
        ("Mok", " default ", "Mok"),
        ("Mok", "Mok", "Mok"),
        ("Mok", "groot", "Mok - groot"),
        ("", "groot", "groot"),
        (False, None, ""),
        ("Mok\n\tblauw\x00", "", "Mok blauw"),
    ],
)
def test_title(title, variant, expected):
    row = product(121, 100, productTitle=title, variantTitle=variant)
    assert sale(simple(row)).lines[0].title == expected


def test_lines_may_be_given_separately():
    rows = [product(121, 100), product(109, 100, "0.09")]
    order = payload(products={"resource": {"id": False}})
    assert held(order) == ("products", "missing")
    assert held(payload(products=False)) == ("products", "missing")
    found = parse_order(order, currency="eur", products=rows)
    assert [line.gross for line in found.lines[:2]] == [121, 109]
    assert found.currency == "EUR"
    assert parse_order(order, currency="EUR", products=[]).lines[0].kind == "shipping"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"priceIncl": None}, ("products[0].priceIncl", "missing")),
        ({"priceExcl": "x"}, ("products[0].priceExcl", "not_a_number")),
        ({"priceExcl": 1e12}, ("products[0].priceExcl", "out_of_range")),
        ({"priceExcl": True}, ("products[0].priceExcl", "not_a_number")),
        ({"quantityOrdered": False}, ("products[0].quantityOrdered", "missing")),
        ({"taxRates": {"a": 1}}, ("products[0].taxRates", "not_a_list")),
        ({"taxRates": ["x"]}, ("products[0].taxRates", "not_an_object")),
        ({"taxRates": [{"rate": 21}]}, ("products[0].taxRates.rate", "out_of_range")),
        ({"taxRates": [{"rate": -1}]}, ("products[0].taxRates.rate", "out_of_range")),
    ],
)
def test_a_line_that_cannot_be_read(changes, problem):
    assert held(simple(product(121, 100)) | {"products": products(
        product(121, 100) | changes)}) == problem  # fmt: skip


def test_negative_lines_and_broken_quantities():
    row = product("-12.10", "-10.00", quantity="1.250")
    line = sale(simple(row)).lines[0]
    assert (line.gross, line.vat) == (Decimal("-12.10"), Decimal("-2.10"))
    assert line.quantity == Decimal("1.25")


# === SHIPPING === #


@pytest.mark.parametrize(
    ("price", "discount", "total", "expected"),
    [
        # The price is what was charged.
        (("5.95", "4.92"), (0, 0), "126.95", "5.95"),
        (("0", "0"), ("5.95", "4.92"), "121.00", None),
        (("2.95", "2.44"), ("3.00", "2.48"), "123.95", "2.95"),
        # The price is before the discount.
        (("5.95", "4.92"), ("5.95", "4.92"), "121.00", None),
        (("5.95", "4.92"), ("3.00", "2.48"), "123.95", "2.95"),
        (("5.95", "4.92"), ("-3.00", "-2.48"), "123.95", "2.95"),
        # Neither adds up: the nearer one.
        (("5.95", "4.92"), ("5.95", "4.92"), "121.01", None),
        (("5.95", "4.92"), ("5.95", "4.92"), "126.94", "5.95"),
    ],
)
def test_free_shipping_is_what_makes_the_total_add_up(price, discount, total, expected):
    order = simple(
        product(121, 100),
        shipmentPriceIncl=Decimal(price[0]),
        shipmentPriceExcl=Decimal(price[1]),
        shipmentDiscountIncl=Decimal(discount[0]),
        shipmentDiscountExcl=Decimal(discount[1]),
        priceIncl=Decimal(total),
    )
    lines = [line for line in sale(order).lines if line.kind == LineKind.SHIPPING]
    assert [str(line.gross) for line in lines] == ([expected] if expected else [])


# === COMPLETENESS === #


def test_embedded_lines_are_complete_when_they_add_up():
    rows = [product("1.21", "1.00") for _ in range(51)]
    assert embedded_products_complete(simple(*rows))
    # A full page may have been cut.
    assert not embedded_products_complete(simple(*rows[:50]))
    assert not embedded_products_complete(simple(*rows, priceIncl=100))
    assert not embedded_products_complete(payload(products=products()))
    assert not embedded_products_complete(payload(products=False))
    assert not embedded_products_complete(None)


# === REST === #


def test_credit_notes_are_no_invoices():
    rows = [
        {"id": 1, "number": "INV1", "isCreditNote": False, "invoice": False},
        {"id": 2, "number": "INV2", "isCreditNote": True},
        {"id": 3, "number": "INV3", "invoice": {"resource": {"id": 1}}},
        {"id": "4", "number": 4, "createdAt": "2026-06-03T00:56:12Z"},
    ]
    found = parse_order(payload(), currency="EUR", invoices=rows).invoices
    assert [invoice.number for invoice in found] == ["INV1", "4"]
    assert found[1].created_at == datetime(2026, 6, 3, 0, 56, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-06-03T00:56:12+02:00", "2026-06-02T22:56:12+00:00"),
        ("2026-06-03T00:56:12.123-05:00", "2026-06-03T05:56:12+00:00"),
        ("2026-06-03 00:56:12+0000", "2026-06-03T00:56:12+00:00"),
    ],
)
def test_moments(value, expected):
    assert sale(createdAt=value).created_at.isoformat() == expected


@pytest.mark.parametrize(
    "value",
    [
        "2026-06-03T00:56:12",
        "2026-06-03",
        "2026-02-30T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-06-03T00:56:12+99:00",
        "٢٠٢٦-06-03T00:56:12Z",
        1795392000,
        {},
    ],
)
def test_a_creation_that_is_no_moment(value):
    field, problem = held(payload(createdAt=value))
    assert field == "createdAt"
    assert problem == ("missing" if value == {} else "not_a_moment")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (country("nl"), "NL"),
        ("de", "DE"),
        (country("uk"), "GB"),
        (country("el"), "GR"),
        (country("nld"), ""),
        (country("1a"), ""),
        ({"code": False}, ""),
        ([], ""),
    ],
)
def test_country(value, expected):
    assert sale(addressShippingCountry=value).shipping.country == expected


def test_flags_and_custom_status():
    assert sale(isCompany="true", customStatusId=0).customer.is_company
    assert sale(customStatusId=0).custom_status_id == ""
    assert sale(customStatusId=12).custom_status_id == "12"
    assert sale(shipmentIsPickup=1).is_pickup
    assert not sale(shipmentIsPickup="0").is_pickup
    assert sale(giftCardsPayment=[{"code": "X"}]).gift_cards == ({"code": "X"},)
    assert sale(giftCardsPayment={"code": "X"}).gift_cards == ({"code": "X"},)
    assert sale(giftCardsPayment=[10, {}]).gift_cards == (10, {})
    for nothing in ([], {}, None, False, "", 0, "0", [None], [False, 0, "0.00", []]):
        assert sale(giftCardsPayment=nothing).gift_cards == ()


# === FUZZ === #

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**400, max_value=10**401)
    | st.floats()
    | st.decimals()
    | st.text()
    | st.sampled_from(["1e999999999", "\ud800", "\x00", "-0", "0.1", "nl"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "code", "resource", "embedded", "rate", "name"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def parse_or_hold(order):
    try:
        found = parse_order(order, currency="EUR")
    except Hold as hold:
        assert hold.code == "unreadable_order"
        json.dumps(hold.params)
    else:
        book_or_hold(found)
    try:
        list_row(order)
    except Hold as hold:
        assert hold.code == "unreadable_order"
    assert embedded_products_complete(order) in (True, False)


def book_or_hold(found):
    """Whatever can be parsed can be decided, with a hold for an answer."""
    rules = (*dutch_rules(), rule(9, None, None, "0", "0", vat_type="N"))
    for step in (
        lambda: decide(found, policy(rules=rules), status_reached_at=None, now=NOW),
        lambda: relation(found),
    ):
        try:
            result = step()
        except Hold as hold:
            assert sorted(hold.params) == sorted(HOLDS[hold.code])
            continue
        if isinstance(result, Booking):
            assert result.gross == expected_total(result) == found.gross
            result = sales_entry(result, CUSTOMER)
        if not isinstance(result, Skip):
            dumps(result).encode()


@given(JSON)
def test_arbitrary_json_is_parsed_or_held(order):
    parse_or_hold(order)


@settings(max_examples=400)
@given(st.data())
def test_the_sample_with_anything_anywhere_is_parsed_or_held(data):
    order = payload()
    for _ in range(data.draw(st.integers(1, 4))):
        place = order
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(place[key], (dict, list)) or not place[key]:
                break
            if data.draw(st.booleans()):
                break
            place = place[key]
        place[key] = data.draw(JSON)
        if not isinstance(order, dict):
            break
    parse_or_hold(order)
    parse_or_hold(copy.deepcopy(order))
