"""Vouchers and margin goods: marked by rules, guessed never."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold, ProductRule
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.holds import HOLDS
from odoo.addons.lightspeed_exact_connector.accounting.products import mark_lines
from odoo.addons.lightspeed_exact_connector.accounting.render import sales_entry
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind, Scheme

from tests.accounting.samples import (
    CUSTOMER,
    NOW,
    policy,
    product,
    rule,
    sale,
    simple,
)

GL_CARDS = "cccccccc-1f44-4b57-a0b8-7c0f9be0e444"
NOTHING = {"vat_percentage": Decimal(0), "vat_type": "N"}
CARDS = rule(20, LineKind.GIFT_CARD, None, None, "", gl_account=GL_CARDS, **NOTHING)
MARGIN = rule(21, None, "margin", None, "M", **NOTHING)
AT_HOME = rule(22, None, "domestic", "0.21")


def article(incl, excl, rate="0", code="", title="Ding", **changes):
    return product(incl, excl, rate, articleCode=code, productTitle=title, **changes)


def link(product_id):
    return {"resource": {"id": product_id}}


def marked(row, *rules, **changes):
    return mark_lines(sale(simple(row)), policy(product_rules=rules, **changes)).lines[
        0
    ]


def held(row, *rules):
    with pytest.raises(Hold) as caught:
        marked(row, *rules)
    hold = caught.value
    assert sorted(hold.params) == sorted(HOLDS[hold.code])
    return hold


def book(*rows, **changes):
    return decide(
        sale(simple(*rows)), policy(**changes), status_reached_at=None, now=NOW
    )


@pytest.mark.parametrize(
    ("found", "code", "fits"),
    [
        ({"article": "GIFT-25"}, "GIFT-25", True),
        ({"article": "gift-25"}, "Gift-25", True),
        ({"article": "GIFT-25"}, "GIFT-250", False),
        ({"article": "GIFT-*"}, "gift-250", True),
        ({"article": "GIFT-*"}, "XGIFT-250", False),
        ({"article": "*"}, "anything", True),
        ({"article": "*"}, "", False),
        ({"brand": "merk"}, "GIFT-25", True),
        ({"brand": "ander"}, "GIFT-25", False),
        ({"category": "BONNEN"}, "GIFT-25", True),
        ({"category": "boeken"}, "GIFT-25", False),
        ({"article": "GIFT-*", "brand": "ander"}, "GIFT-25", False),
        ({}, "", True),
    ],
)
def test_a_product_rule_fits_by_article_brand_and_category(found, code, fits):
    row = article(25, 25, code=code, brandTitle="Merk", product=link(61))
    line = marked(
        row,
        ProductRule("multi_purpose", **found),
        categories={"61": frozenset({"bonnen"})},
    )
    assert (line.kind == LineKind.GIFT_CARD) == fits


def test_the_stock_number_is_an_article_code_as_well():
    row = article(25, 25, code="X", sku="GIFT-25")
    line = marked(row, ProductRule("multi_purpose", article="gift-25"))
    assert line.kind == LineKind.GIFT_CARD


def test_the_first_rule_that_fits_counts():
    rules = (
        ProductRule("single_purpose", article="GIFT-25"),
        ProductRule("multi_purpose", article="GIFT-*"),
    )
    assert marked(article(25, 25, code="GIFT-25"), *rules).kind == LineKind.PRODUCT
    assert marked(article(25, 25, code="GIFT-50"), *rules).kind == LineKind.GIFT_CARD


def test_margin_goods_are_marked():
    line = marked(article(80, 80, code="2H-1"), ProductRule("margin", article="2H-*"))
    assert (line.kind, line.scheme) == (LineKind.PRODUCT, Scheme.MARGIN)


@pytest.mark.parametrize(
    ("kind", "code"),
    [("multi_purpose", "gift_card_sold_with_vat"), ("margin", "margin_sold_with_vat")],
)
def test_what_carries_no_vat_may_have_none(kind, code):
    hold = held(article(121, 100, "0.21"), ProductRule(kind))
    assert (hold.code, hold.params) == (code, {"line": "Ding"})


@pytest.mark.parametrize(
    ("title", "code", "asks"),
    [
        ("Cadeaubon 25 euro", "", True),
        ("Luxe KADOBON", "", True),
        ("Gift card", "", True),
        ("E-Giftcard", "", True),
        ("gift-card", "", True),
        ("Cadeaukaart", "", True),
        ("Waardebon", "", True),
        ("Geschenkgutschein 50 €", "", True),
        ("Bon cadeau", "", True),
        ("Mok", "GIFTCARD-25", True),
        ("Mok", "", False),
        ("Jambon cadeau", "", False),
        ("Cadeaukaartje met lint", "", False),
        ("Cadeaupapier", "", False),
    ],
)
def test_what_looks_like_a_gift_card_without_vat_asks_a_person(title, code, asks):
    row = article(25, 25, title=title, code=code)
    if asks:
        hold = held(row)
        assert hold.code == "gift_card_sold_rule_missing"
        assert hold.params == {"line": title}
        assert marked(row, ProductRule("single_purpose")).kind == LineKind.PRODUCT
    else:
        assert marked(row).kind == LineKind.PRODUCT


def test_a_gift_card_with_vat_or_for_nothing_is_a_product():
    assert marked(article(121, 100, "0.21", title="Cadeaubon"))
    assert marked(article(0, 0, title="Cadeaubon"))


def test_costs_are_never_marked():
    found = mark_lines(sale(), policy(product_rules=(ProductRule("single_purpose"),)))
    assert found == sale()


# === BOOKED === #


def test_a_voucher_goes_to_a_liability_beside_goods_with_vat():
    rows = (article(25, 25, code="GIFT-25"), article(121, 100, "0.21"))
    booking = book(
        *rows,
        rules=(CARDS, AT_HOME),
        product_rules=(ProductRule("multi_purpose", article="GIFT-*"),),
    )
    card, goods = booking.lines
    assert (card.kind, card.treatment) == (LineKind.GIFT_CARD, "out_of_scope")
    assert (card.gl_account, card.vat_code) == (GL_CARDS, "")
    assert (card.net, card.vat) == (Decimal("25.00"), 0)
    assert (goods.treatment, booking.treatment) == ("domestic", "domestic")
    assert booking.proof.per_treatment == (
        ("domestic", Decimal("0.21"), Decimal("100.00"), Decimal("21.00")),
        ("out_of_scope", Decimal(0), Decimal("25.00"), Decimal("0.00")),
    )
    line = sales_entry(booking, CUSTOMER)["SalesEntryLines"][0]
    assert "VATCode" not in line
    assert (line["AmountFC"], line["VATAmountFC"]) == (25, 0)


def test_a_voucher_takes_no_general_rule_and_no_including_code():
    rules = (ProductRule("multi_purpose"),)
    for ledger, code in (
        ((rule(1, None, None, "0", "0", **NOTHING),), "rule_missing"),
        ((rule(1, None, "out_of_scope", "0", "0", **NOTHING),), "rule_missing"),
        ((replace(CARDS, vat_code="4", vat_type="I"),), "vat_code_type"),
        ((replace(CARDS, vat_code="0", vat_type="N"),), None),
    ):
        if code is None:
            booked = book(article(25, 25), rules=ledger, product_rules=rules)
            assert booked.lines[0].vat_code == "0"
            continue
        with pytest.raises(Hold) as caught:
            book(article(25, 25), rules=ledger, product_rules=rules)
        assert caught.value.code == code


def test_margin_goods_take_a_rule_for_margin():
    rules = (ProductRule("margin"),)
    zero = rule(1, None, "domestic", "0", "0", **NOTHING)
    booking = book(article(80, 80), rules=(zero, MARGIN), product_rules=rules)
    assert booking.lines[0].treatment == "margin"
    assert booking.lines[0].rule_key == 21
    with pytest.raises(Hold) as caught:
        book(article(80, 80), rules=(zero,), product_rules=rules)
    assert caught.value.code == "rule_missing"
    assert caught.value.params["treatment"] == "margin"


BASKET = st.lists(
    st.tuples(st.sampled_from("GMP"), st.integers(1, 100_000)), min_size=1, max_size=12
)


@given(BASKET, st.sampled_from(["product", "account"]))
def test_any_mix_is_proved_per_treatment(basket, grouping):
    rows, sums = [], {}
    for letter, cents in basket:
        net = Decimal(cents) / 100
        vat = Decimal(0)
        if letter == "P":
            vat = (net * Decimal("0.21")).quantize(Decimal("0.01"))
        key = {"G": "out_of_scope", "M": "margin", "P": "domestic"}[letter]
        before = sums.get(key, (Decimal(0), Decimal(0)))
        sums[key] = (before[0] + net, before[1] + vat)
        rows.append(article(net + vat, net, "0.21" if letter == "P" else "0", letter))
    booking = book(
        *rows,
        rules=(CARDS, MARGIN, AT_HOME),
        grouping=grouping,
        product_rules=(
            ProductRule("multi_purpose", article="G"),
            ProductRule("margin", article="M"),
        ),
    )
    found = {name: (net, vat) for name, _, net, vat in booking.proof.per_treatment}
    assert found == sums
