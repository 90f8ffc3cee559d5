"""Invoices to the cent: an independent little Exact computes what is sent."""

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Article,
    Hold,
    InvoicePolicy,
)
from odoo.addons.lightspeed_exact_connector.accounting.invoice import sales_invoice
from odoo.addons.lightspeed_exact_connector.accounting.invoice_proof import (
    exact_totals,
)
from odoo.addons.lightspeed_exact_connector.accounting.texts import width

from . import exact_arithmetic as exact
from .invoice_booking_samples import booking, guids, invoice_lines, line
from .samples import CUSTOMER, GL_COSTS, GL_PRODUCT

EU_RATES = [
    Decimal(rate) / 1000
    for rate in (
        *(20, 21, 25, 27, 30, 40, 48, 50, 55, 60, 70, 80, 90, 95, 100, 110, 120),
        *(130, 135, 140, 150, 160, 170, 180, 190, 200, 210, 220, 230, 240, 250, 255),
        *(270, 81, 26),
    )
]
ACCOUNTS = (GL_PRODUCT, GL_COSTS)


def code_of(kind, rate):
    return f"{kind}{rate}"


def codes_of(lines):
    return {each.vat_code: (each.vat_type, each.rate) for each in lines}


def shop_line(price, quantity, rate, kind, *, including, account=GL_PRODUCT, sign=1):
    gross, net = exact.shop_line(price, quantity, rate, including=including)
    return line(
        net=sign * net,
        vat=sign * (gross - net),
        rate=rate,
        vat_type=kind,
        vat_code=code_of(kind, rate),
        quantity=sign * quantity,
        gl_account=account,
        article=Article(code="A", title="Ding " * 20),
    )


def assert_to_the_cent(lines, policy):
    booked = booking(*lines)
    payload = sales_invoice(booked, CUSTOMER, guids(booked, policy), policy)
    codes, wanted = codes_of(lines), exact.wanted(lines)
    ways = (True, False) if policy.vat_amounts == "split" else (True,)
    for honoured in ways:
        found = exact.books(payload, codes, honoured)
        assert exact.per_code(found) == exact.per_code(wanted)
        assert exact.per_account(found) == exact.per_account(wanted)
    for each in payload["SalesInvoiceLines"]:
        assert each["NetPrice"] == each["UnitPrice"] >= 0
        assert -each["NetPrice"].as_tuple().exponent <= max(policy.price_decimals, 2)
        assert each["Quantity"] == each["Quantity"].to_integral_value()
        assert each["Quantity"]
        assert 0 < width(each["Description"]) <= 60
    return payload


prices = st.integers(1, 99_999).map(lambda cents: Decimal(cents) / 100)
quantities = st.one_of(
    st.integers(1, 12).map(Decimal),
    st.sampled_from([Decimal("0.5"), Decimal("1.25"), Decimal(144), Decimal(1000)]),
)


@st.composite
def shop_lines(draw, including, kinds=("E", "I")):
    rates = draw(st.lists(st.sampled_from(EU_RATES), min_size=1, max_size=2))
    kind = draw(st.sampled_from(kinds))
    return [
        shop_line(
            draw(prices),
            draw(quantities),
            draw(st.sampled_from(rates)),
            kind,
            including=including,
            account=draw(st.sampled_from(ACCOUNTS)),
            sign=draw(st.sampled_from([1, 1, 1, -1])),
        )
        for _index in range(draw(st.integers(1, 6)))
    ]


@settings(max_examples=800, deadline=None)
@given(st.booleans().flatmap(shop_lines), st.integers(2, 6))
def test_exact_comes_to_the_shops_amounts_whether_it_keeps_the_vat_or_not(
    lines, decimals
):
    assert_to_the_cent(lines, InvoicePolicy(price_decimals=decimals))


@settings(max_examples=150, deadline=None)
@given(st.booleans().flatmap(shop_lines))
def test_sent_vat_amounts_alone_come_to_the_cent(lines):
    payload = assert_to_the_cent(lines, InvoicePolicy(vat_amounts="send"))
    assert len(payload["SalesInvoiceLines"]) == len(lines)


@settings(max_examples=150, deadline=None)
@given(shop_lines(including=True))
def test_a_credit_is_the_mirror_of_its_sale(lines):
    policy = InvoicePolicy()
    sale = assert_to_the_cent(lines, policy)
    mirrored = [
        line(
            net=-each.net,
            vat=-each.vat,
            rate=each.rate,
            vat_type=each.vat_type,
            vat_code=each.vat_code,
            quantity=-each.quantity,
            gl_account=each.gl_account,
            article=each.article,
        )
        for each in lines
    ]
    credit = assert_to_the_cent(mirrored, policy)
    pairs = zip(sale["SalesInvoiceLines"], credit["SalesInvoiceLines"], strict=True)
    for there, back in pairs:
        assert back["Quantity"] == -there["Quantity"]
        assert back["NetPrice"] == there["NetPrice"]


# === SINGLE CASES === #


def sent(*lines, **changes):
    return [
        (str(each["Quantity"]), str(each["NetPrice"]), str(each["VATAmountFC"]))
        for each in invoice_lines(*lines, **changes)
    ]


def test_a_total_that_divides_has_a_price_of_two_decimals():
    assert sent(line("10.00", "2.10", quantity=Decimal(4))) == [("4", "2.50", "2.10")]


def test_a_total_that_does_not_divide_has_as_few_decimals_as_give_the_cent():
    assert sent(line("10.00", "2.10", quantity=Decimal(3))) == [("3", "3.333", "2.10")]
    assert sent(line("10.00", "2.10", quantity=Decimal(7))) == [("7", "1.429", "2.10")]
    assert sent(line("9.99", "2.10", quantity=Decimal(200))) == [("1", "9.99", "2.10")]


def test_a_total_that_no_price_gives_goes_as_one_piece_with_the_count_in_the_text():
    (found,) = invoice_lines(
        line("100.00", "21.00", quantity=Decimal(30_000)),
    )
    assert found["Quantity"] == 1
    assert found["NetPrice"] == Decimal("100.00")
    assert found["Description"] == "30000 x Mok"


def test_a_quantity_with_a_fraction_is_one_piece():
    (found,) = invoice_lines(line("10.00", "2.10", quantity=Decimal("-1.50")))
    assert found["Quantity"] == 1
    assert found["Description"] == "1.5 x Mok"


def test_a_negative_amount_has_a_negative_quantity():
    assert sent(line("-10.00", "-2.10", quantity=Decimal(-2))) == [
        ("-2", "5.00", "-2.10")
    ]
    assert sent(line("-10.00", "-2.10", quantity=Decimal(2))) == [
        ("-2", "5.00", "-2.10")
    ]


def test_a_line_without_a_quantity_is_one_piece():
    assert sent(line("10.00", "2.10", quantity=None)) == [("1", "10.00", "2.10")]


def test_a_line_of_nothing_costs_nothing():
    assert sent(line("0.00", "0.00", quantity=Decimal(3))) == [("3", "0.00", "0.00")]
    assert sent(line("0.00", "0.00", quantity=Decimal(0))) == [("1", "0.00", "0.00")]


def test_lines_whose_cents_make_up_for_each_other_are_not_split():
    # 0.50 and 0.52 of 21% are 0.105 and 0.1092: Exact has 0.11 twice.
    lines = (line("0.50", "0.10"), line("0.52", "0.12"))
    assert len(invoice_lines(*lines)) == 2


def test_a_missing_cent_of_vat_is_taken_off_the_largest_line():
    # Exact makes 2.10 of 10.00 and 0.21 of 1.00, the shop has a cent more.
    found = invoice_lines(line("10.20", "2.14"), line("100.20", "21.05"))
    first, main, small = found
    assert first["NetPrice"] == Decimal("10.20")
    assert main["NetPrice"] + small["NetPrice"] == Decimal("100.20")
    assert main["VATAmountFC"] + small["VATAmountFC"] == Decimal("21.05")
    assert small["Description"] == "Rounding: Mok"
    assert small["Item"] == main["Item"]
    assert small["GLAccount"] == main["GLAccount"]


def test_an_including_code_splits_on_the_account_whose_vat_differs():
    other = line("100.00", "21.00", vat_type="I", gl_account=GL_COSTS)
    off = line("9.99", "2.11", vat_type="I")
    first, *others = invoice_lines(other, off)
    assert first["GLAccount"] == GL_COSTS
    assert first["NetPrice"] == Decimal("121.00")
    assert len(others) > 1
    assert {each["GLAccount"] for each in others} == {GL_PRODUCT}
    assert sum(each["NetPrice"] for each in others) == Decimal("12.10")


def test_several_cents_take_a_few_pieces():
    found = invoice_lines(line("100.00", "21.03"))
    assert 3 <= len(found) <= 7
    assert sum(each["NetPrice"] * each["Quantity"] for each in found) == 100
    assert_to_the_cent([line("100.00", "21.03")], InvoicePolicy())


def test_the_roundings_of_many_grouped_lines_come_to_the_cent():
    # A line per account, of an order with some hundreds of lines.
    for vat in ("21.09", "20.91"):
        assert_to_the_cent([line("100.00", vat)], InvoicePolicy())


def test_even_the_smallest_line_comes_to_its_cent():
    assert_to_the_cent([line("0.02", "0.01")], InvoicePolicy())
    assert_to_the_cent([line("0.01", "0.01")], InvoicePolicy())


def test_a_cent_of_vat_on_nothing_comes_to_the_cent():
    # A difference may move nothing but VAT; with an including code net moves, too.
    for vat in ("0.01", "-0.01", "0.02"):
        assert_to_the_cent([line("0.00", vat)], InvoicePolicy())
        net = str(-Decimal(vat))
        assert_to_the_cent([line(net, vat, vat_type="I")], InvoicePolicy())


def test_vat_that_a_few_pieces_do_not_give_holds():
    with pytest.raises(Hold) as caught:
        invoice_lines(line("100.00", "21.40"))
    assert caught.value.code == "invoice_vat_differs"
    assert caught.value.params == {
        "rate": "0.21",
        "vat": "21.40",
        "expected": "21.00",
    }
    found = invoice_lines(
        line("100.00", "21.40"), policy=InvoicePolicy(vat_amounts="send")
    )
    assert found[0]["VATAmountFC"] == Decimal("21.40")


def test_a_cent_that_no_total_shows_is_split_although_it_is_sent():
    policy = InvoicePolicy(vat_amounts="send")
    # A cent more of the high rate, one less of the low one.
    low = {"rate": Decimal("0.09"), "vat_code": "1"}
    pair = (line("100.00", "21.01"), line("100.00", "8.99", **low))
    found = invoice_lines(*pair, policy=policy)
    assert len(found) > 2
    # The total tells.
    assert len(invoice_lines(pair[0], policy=policy)) == 1
    # With an including code it never does.
    assert len(invoice_lines(line("9.99", "2.11", vat_type="I"), policy=policy)) > 1


def test_vat_under_a_code_without_vat_holds():
    for policy in (InvoicePolicy(), InvoicePolicy(vat_amounts="send")):
        with pytest.raises(Hold) as caught:
            invoice_lines(line("10.00", "0.01", vat_type="N"), policy=policy)
        assert caught.value.code in ("invoice_vat_differs", "invoice_total_differs")


def test_one_code_with_two_rates_holds():
    with pytest.raises(Hold) as caught:
        invoice_lines(line(), line("10.00", "0.90", rate=Decimal("0.09")))
    assert caught.value.code == "invoice_total_differs"
    assert caught.value.params["order_total"] == "23.00"


def test_codes_without_vat_send_no_vat_amount():
    for kind in ("B", "N"):
        (found,) = invoice_lines(line("10.00", "0.00", rate=Decimal(0), vat_type=kind))
        assert "VATAmountFC" not in found


def test_the_proof_computes_both_ways():
    payload = {
        "SalesInvoiceLines": [
            {
                "Quantity": Decimal(1),
                "NetPrice": Decimal("12.10"),
                "VATCode": "4",
                "VATAmountFC": Decimal("2.11"),
            },
            {"Quantity": Decimal(2), "NetPrice": Decimal("0.333"), "VATCode": "2"},
            {"Quantity": Decimal(1), "NetPrice": Decimal("5.00"), "VATCode": "0"},
        ]
    }
    codes = {
        "4": ("I", Decimal("0.21")),
        "2": ("E", Decimal("0.21")),
        "0": ("N", Decimal(0)),
    }
    computed = exact_totals(payload, codes, honoured=False)
    assert computed.per_code["4"] == (Decimal("10.00"), Decimal("2.10"))
    assert computed.per_code["2"] == (Decimal("0.67"), Decimal("0.14"))
    assert computed.gross == Decimal("17.91")
    kept = exact_totals(payload, codes, honoured=True)
    assert kept.per_code["4"] == (Decimal("9.99"), Decimal("2.11"))
    assert (kept.net, kept.vat) == (Decimal("15.66"), Decimal("2.25"))


# === HOW OFTEN === #


def share_of_splits(including, orders, lines_per_order):
    """Return which share of random orders needs a split, at 21%."""
    dice = random.Random(4)
    rate = Decimal("0.21")
    split = 0
    for _order in range(orders):
        lines = [
            shop_line(
                Decimal(dice.randint(1, 200)) - Decimal(dice.choice(("0.01", "0.05"))),
                Decimal(dice.choice((1, 1, 1, 2, 3))),
                rate,
                "E",
                including=including,
            )
            for _index in range(lines_per_order)
        ]
        split += len(invoice_lines(*lines)) > len(lines)
    return split / orders


def test_few_orders_need_a_split():
    assert share_of_splits(True, 200, 1) < 0.2
    assert share_of_splits(True, 200, 3) < 0.5
    assert share_of_splits(False, 200, 3) == 0
