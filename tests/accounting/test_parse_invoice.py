"""Invoices and credit notes: what they come to, whatever form their items have."""

import copy
from datetime import date, datetime, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold, Skip
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.money import cents
from odoo.addons.lightspeed_exact_connector.accounting.parse_invoice import (
    lacks_products,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind, Tax

from tests.accounting.invoice_samples import (
    credit_note,
    invoice,
    item,
    items,
    parsed,
    totals,
)
from tests.accounting.samples import NOW, payload, policy, product, products, sale

ZERO = Decimal(0)


def held(*args, **kwargs):
    with pytest.raises(Hold) as caught:
        parsed(*args, **kwargs)
    return caught.value


def amounts(found):
    return [(line.gross, line.net) for line in found.lines]


def booked(found, **changes):
    return decide(found, policy(**changes), status_reached_at=None, now=NOW)


def per_unit(rows):
    """The same items with prices of one unit, to four decimals."""
    rows = copy.deepcopy(rows)
    for row in rows:
        for name in ("priceIncl", "priceExcl"):
            each = Decimal(row[name]) / row["quantity"]
            row[name] = each.quantize(Decimal("0.0001"))
    return rows


# === THE SAMPLE === #


def test_the_sample_invoice():
    found = parsed()
    assert (found.remote_id, found.number) == ("332615050", "INV00401")
    assert (found.order_number, found.is_credit) == ("ORD00412", False)
    assert (found.gross, found.net) == (Decimal("62.16"), Decimal("52.36"))
    assert found.created_at == datetime(2026, 6, 2, 22, 56, 14, tzinfo=timezone.utc)
    assert found.ordered_at == datetime(2026, 6, 2, 22, 56, 12, tzinfo=timezone.utc)
    assert [line.kind.value for line in found.lines] == [
        "product",
        "product",
        "shipping",
        "payment",
    ]
    assert [line.title for line in found.lines] == [
        "Mok blauw",
        "Kookboek",
        "PostNL",
        "iDEAL",
    ]
    assert [line.remote_id for line in found.lines] == ["501", "502", "", ""]
    assert [line.quantity for line in found.lines] == [2, 1, 1, 1]


def test_an_invoice_of_a_whole_order_is_booked_like_the_order():
    order = sale()
    found = parsed()
    assert amounts(found) == amounts(order)
    assert [line.taxes for line in found.lines] == [line.taxes for line in order.lines]
    for name in ("customer", "billing", "shipping", "payment_method", "currency"):
        assert getattr(found, name) == getattr(order, name)
    mine, its = booked(found), booked(order)
    assert (mine.lines, mine.proof) == (its.lines, its.proof)
    assert mine.reference == "INV00401"
    assert mine.description == "Webshop order ORD00412 / INV00401"
    assert its.reference == order.order_number == "ORD00412"


def test_a_description_knows_both_numbers():
    found = booked(parsed(), description="{reference}: {number}, {invoice}")
    assert found.description == "INV00401: ORD00412, INV00401"


def test_what_the_order_knows_of_a_product_goes_along():
    row = product("12.10", "10.00", brandTitle="Merk", id=7)
    row["product"] = {"resource": {"id": 61}}
    order = payload(products=products(row))
    found = parsed(
        totals("12.10", "10.00"), [item("12.10", "10.00", orderProductId=7)], order
    )
    assert (found.lines[0].brand, found.lines[0].product_id) == ("Merk", "61")


# === DATES === #


@pytest.mark.parametrize(
    ("source", "day", "says"),
    [
        ("order", date(2026, 6, 1), "order"),
        ("invoice", date(2026, 6, 3), "invoice"),
        ("payment", date(2026, 6, 4), "payment"),
        ("status", date(2026, 6, 3), "invoice"),
    ],
)
def test_the_date_is_of_the_moment_that_is_chosen(source, day, says):
    events = {"id": 1, "createdAt": "2026-06-04T09:00:00+02:00", "message": "paid"}
    order = payload(createdAt="2026-06-01T09:00:00+02:00")
    order["events"]["resource"]["embedded"] = [{**events, "type": "invoice"}]
    found = booked(parsed(order=order), date_source=source)
    assert (found.entry_date, found.date_source) == (day, says)


def test_the_payment_of_another_invoice_is_not_its_own():
    def event(invoice_id, day):
        return {
            "id": day,
            "createdAt": f"2026-06-{day:02}T09:00:00+02:00",
            "type": "invoice",
            "message": "paid",
            "invoice": {"resource": {"id": invoice_id}},
        }

    order = payload()
    order["events"]["resource"]["embedded"] = [
        event(332615050, 5),
        event(332615051, 9),
    ]
    found = booked(parsed(order=order), date_source="payment")
    assert found.entry_date == date(2026, 6, 5)


# === UNIT OR LINE === #


def test_prices_of_a_unit_come_to_the_same():
    assert amounts(parsed(rows=per_unit(items()))) == amounts(parsed())


@given(
    st.lists(
        st.tuples(
            st.integers(1, 99),
            st.decimals("0.01", "5000", places=2),
            st.sampled_from(["0.21", "0.09", "0"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([1, -1]),
)
def test_both_forms_and_both_signs_give_the_same_amounts(lines, sign):
    """Line totals, prices of a unit and negative amounts are told apart by the sum."""
    rows = [
        item(gross, cents(gross / (1 + Decimal(rate))), quantity, rate)
        for quantity, gross, rate in lines
    ]
    gross = sum(row["priceIncl"] for row in rows)
    net = sum(row["priceExcl"] for row in rows)
    expected = [(row["priceIncl"], row["priceExcl"]) for row in rows]
    note = credit_note(gross * sign, net * sign)
    for form in (rows, per_unit(rows)):
        signed = [
            {**row, **{name: row[name] * sign for name in ("priceIncl", "priceExcl")}}
            for row in form
        ]
        found = parsed(note, signed)
        assert found.gross == gross
        assert sum(line.gross for line in found.lines) == gross
        assert amounts(found) == expected
        assert found.is_credit


@given(
    st.lists(
        st.tuples(st.integers(1, 9), st.decimals("-99", "99", places=2)), min_size=1
    ),
    st.decimals("-500", "500", places=2),
)
def test_what_comes_out_adds_up_or_is_held(lines, total):
    """No items are booked that miss the total by more than some cents.

    Where both readings are the same there was nothing to tell apart; the check of the
    totals holds what does not add up then.
    """
    rows = [item(price, price, quantity, "0") for quantity, price in lines]
    try:
        found = parsed(totals(total, total), rows)
    except Hold as hold:
        assert hold.code == "invoice_items_ambiguous"
        return
    off = abs(sum(line.gross for line in found.lines) - total)
    same = all(quantity == 1 or not price for quantity, price in lines) or not sum(
        abs(price * (quantity - 1)) for quantity, price in lines
    )
    assert off <= Decimal("0.05") or same


def test_items_that_miss_the_total_in_both_forms_are_held():
    rows = [item("10.00", "8.26", 3), item("5.00", "4.13", 2)]
    hold = held(totals("33.00", "27.27"), rows)
    assert hold.code == "invoice_items_ambiguous"
    assert hold.params == {
        "lines_total": "15.00",
        "units_total": "40.00",
        "total": "33.00",
    }


def test_prices_of_a_unit_in_whole_cents_may_miss_some():
    found = parsed(totals("25.00", "20.66"), [item("8.33", "6.89", 3)])
    assert amounts(found) == [(Decimal("24.99"), Decimal("20.67"))]


def test_two_forms_that_are_both_nearly_right_are_held():
    rows = [item("0.02", "0.02", 2, "0"), item("10.00", "10.00", 1, "0")]
    assert held(totals("10.03", "10.03"), rows).code == "invoice_items_ambiguous"


def test_the_net_decides_where_both_forms_come_to_the_total():
    rows = [
        item("10.00", "8.26", 2, "0.21"),
        item("-10.00", "-9.17", 2, "0.09"),
        item("5.00", "4.13", 1, "0.21"),
    ]
    assert amounts(parsed(totals("5.00", "3.22"), rows))[0] == (
        Decimal("10.00"),
        Decimal("8.26"),
    )
    assert amounts(parsed(totals("5.00", "2.31"), rows))[0] == (
        Decimal("20.00"),
        Decimal("16.52"),
    )


def test_single_units_that_miss_the_total_are_left_to_the_check_of_totals():
    found = parsed(totals("11.00", "9.09"), [item("10.00", "8.26")])
    with pytest.raises(Hold) as caught:
        booked(found)
    assert caught.value.code == "total_mismatch"


def test_three_hundred_items():
    rows = [item("1.21", "1.00", 1 + index % 7) for index in range(300)]
    document = totals("363.00", "300.00")
    assert len(parsed(document, rows).lines) == 300
    units = sum(row["quantity"] for row in rows)
    whole = totals(Decimal("1.21") * units, units)
    found = parsed(whole, rows)
    assert sum(line.gross for line in found.lines) == Decimal("1.21") * units
    assert booked(found).proof.booked_gross == whole["priceIncl"]


# === PARTS === #


def test_an_invoice_of_a_part_is_booked_for_that_part():
    rows = items()[1:2]
    found = booked(parsed(totals("10.80", "9.91"), rows))
    assert [(line.net, line.vat) for line in found.lines] == [
        (Decimal("9.91"), Decimal("0.89"))
    ]


def test_costs_of_nothing_are_left_out():
    rows = items()[:2] + [
        item(0, 0, type="shipment", title="_shippingcosts_"),
        item(0, 0, type="payment", title="_paymentcosts_", quantity=0),
    ]
    found = parsed(totals("55.71", "47.03"), rows)
    assert [line.kind for line in found.lines] == [LineKind.PRODUCT] * 2


def test_a_kind_that_nobody_knows_is_booked_like_a_product():
    rows = [item("12.10", "10.00", type="discount", title="Korting")]
    found = parsed(totals("12.10", "10.00"), rows)
    assert (found.lines[0].kind, found.lines[0].title) == (LineKind.PRODUCT, "Korting")


def test_an_invoice_of_nothing_is_skipped_like_an_order():
    found = booked(parsed(totals(0, 0, status="paid"), [item(0, 0)]))
    assert isinstance(found, Skip)


def test_a_cancelled_invoice_is_never_booked():
    assert isinstance(booked(parsed(invoice(status="cancelled"))), Skip)


@pytest.mark.parametrize(
    ("title", "variant", "kind", "expected"),
    [
        ("_paymentcosts_", "Op rekening", "payment", "Op rekening"),
        ("_shippingcosts_", "PostNL", "shipment", "PostNL"),
        ("Verzending", "PostNL", "shipment", "Verzending"),
        ("Mok", "blauw", "product", "Mok - blauw"),
        ("Mok", "Default", "product", "Mok"),
        ("_shippingcosts_", None, "shipment", ""),
    ],
)
def test_titles(title, variant, kind, expected):
    row = item("12.10", "10.00", type=kind, title=title, variant=variant)
    assert parsed(totals("12.10", "10.00"), [row]).lines[0].title == expected


# === RATES === #


def test_the_rate_of_an_item_without_one_is_that_of_the_order_line():
    rows = items()
    for row in rows:
        row["taxRate"] = None
    found = parsed(rows=rows)
    order = sale()
    assert [(line.rate, line.taxes) for line in found.lines] == [
        (line.rate, line.taxes) for line in order.lines
    ]


def test_the_components_of_a_rate_are_those_of_the_order_line():
    taxes = [{"name": "GST", "rate": "0.05"}, {"name": "PST", "rate": "0.07"}]
    order = payload(products=products(product(112, 100, "0.12", id=7, taxRates=taxes)))
    row = item(112, 100, rate="0.12", orderProductId=7)
    found = parsed(totals(112, 100), [row], order)
    assert found.lines[0].taxes == (
        Tax("GST", Decimal("0.05")),
        Tax("PST", Decimal("0.07")),
    )
    other = parsed(totals(121, 100), [item(121, 100, orderProductId=7)], order)
    assert (other.lines[0].rate, other.lines[0].taxes) == (Decimal("0.21"), ())


@pytest.mark.parametrize(
    ("incl", "excl", "rate"),
    [
        ("5.95", "4.92", "0.21"),
        ("10.80", "9.91", "0.09"),
        ("105.50", "100.00", "0.055"),
        ("117.00", "100.00", "0.17"),
        ("10.00", "10.00", "0"),
        ("-5.95", "-4.92", "0.21"),
    ],
)
def test_a_rate_that_nobody_gives_is_worked_out_from_the_prices(incl, excl, rate):
    rows = [item(incl, excl, rate=None), item(50, 50, rate="0")]
    document = totals(Decimal(incl) + 50, Decimal(excl) + 50)
    assert parsed(document, rows).lines[0].rate == Decimal(rate)


def test_prices_that_fit_no_rate_are_held():
    rows = [item("112.3456", "100", rate=None)]
    hold = held(totals("112.35", "100"), rows)
    assert (hold.code, hold.params["problem"]) == ("unreadable_order", "missing")


# === CREDIT NOTES === #


def test_a_line_that_goes_the_other_way_stays_so():
    rows = [item("-12.10", "-10.00"), item("2.42", "2.00", title="Inhouding")]
    found = parsed(credit_note("-9.68", "-8.00"), rows)
    assert (found.gross, found.net) == (Decimal("9.68"), Decimal("8.00"))
    assert [line.gross for line in found.lines] == [Decimal("12.10"), Decimal("-2.42")]


def test_a_negative_number_of_units_is_a_number_of_units():
    found = parsed(credit_note("-24.20", "-20.00"), [item("12.10", "10.00", -2)])
    assert [(line.gross, line.quantity) for line in found.lines] == [
        (Decimal("24.20"), Decimal(2))
    ]


def test_the_items_may_have_another_sign_than_the_total():
    found = parsed(credit_note("12.10", "10.00"), [item("-12.10", "-10.00")])
    assert amounts(found) == [(Decimal("12.10"), Decimal("10.00"))]


def test_an_invoice_with_a_deduction_keeps_its_signs():
    rows = [item("12.10", "10.00"), item("-2.42", "-2.00")]
    found = parsed(totals("9.68", "8.00"), rows)
    assert [line.gross for line in found.lines] == [Decimal("12.10"), Decimal("-2.42")]


# === WHAT CANNOT BE READ === #


@pytest.mark.parametrize(
    ("document", "field"),
    [
        (invoice(id=False), "id"),
        (invoice(number=""), "number"),
        (invoice(createdAt=None), "createdAt"),
        (invoice(priceIncl="x"), "priceIncl"),
        (invoice(priceExcl=None), "priceExcl"),
        (invoice(order={"resource": {"id": 1}}), "order"),
        ([], "invoice"),
    ],
)
def test_an_invoice_that_cannot_be_read_is_held(document, field):
    hold = held(document)
    assert (hold.code, hold.params["field"]) == ("unreadable_order", field)


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ({"a": 1}, "items"),
        ([1], "items"),
        ([item(1, 1, "x")], "items[0].quantity"),
        ([item(1, 1) | {"priceIncl": None}], "items[0].priceIncl"),
        ([item(1, 1, rate="7")], "items[0].taxRate"),
        ([item("99999999999", 1, 99999999999)], "items[0]"),
    ],
)
def test_items_that_cannot_be_read_are_held(rows, field):
    hold = held(totals(1, 1), rows)
    assert (hold.code, hold.params["field"]) == ("unreadable_order", field)


def test_an_invoice_without_items_is_held():
    assert held(rows=[]).code == "no_lines"


# === PRODUCTS OF THE ORDER === #


def test_products_are_asked_for_only_when_an_item_needs_one():
    assert not lacks_products(items(), payload())
    assert lacks_products([*items(), item(1, 1, orderProductId=503)], payload())
    assert lacks_products(items(), payload(products=False))
    assert not lacks_products([item(1, 1)], payload())
    for odd in (None, "x", [None, 1]):
        assert lacks_products(odd, None)


def test_products_that_were_asked_for_are_used():
    row = product("12.10", "10.00", id=503, brandTitle="Merk")
    found = parsed(
        totals("12.10", "10.00"),
        [item("12.10", "10.00", orderProductId=503)],
        products=[row],
    )
    assert found.lines[0].brand == "Merk"
    assert found.gross - found.net != ZERO
