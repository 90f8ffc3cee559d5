"""The shop's catalogue as rows, rates, rules and prices."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Hold,
    ProductRule,
    Rule,
)
from odoo.addons.lightspeed_exact_connector.accounting.catalogue import (
    Product,
    brand_row,
    decimals_of,
    item_price,
    item_rule,
    product_row,
    rate_of,
    tax_rates,
    variant_row,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind
from odoo.addons.lightspeed_exact_connector.accounting.vat_position import Period

from tests.accounting.samples import policy as sample_policy

D = Decimal
TODAY = date(2026, 6, 1)
TAXES = [
    {"id": 26998, "rate": D("0.21"), "title": "BTW 21%"},
    {"id": 26999, "rate": D("0.09"), "title": "BTW 9%"},
]
RATES = tax_rates(TAXES)


def link(kind, row_id):
    return {"resource": {"id": row_id, "url": f"{kind}/{row_id}", "link": "x"}}


# The sample of Lightspeed reference 6.
VARIANT = {
    "id": 71,
    "createdAt": "2025-01-10T09:00:00+01:00",
    "updatedAt": "2026-05-01T09:00:00+02:00",
    "isDefault": True,
    "articleCode": "MOK-B",
    "ean": "",
    "sku": "SKU-B",
    "priceExcl": D("20.6198"),
    "priceIncl": D("24.95"),
    "title": "Default",
    "taxType": None,
    "tax": link("taxes", 26998),
    "product": link("products", 61),
}
PRODUCT = {
    "id": 61,
    "isVisible": True,
    "visibility": "visible",
    "title": "Mok blauw",
    "fulltitle": "Mok blauw",
    "brand": link("brands", 5),
}


def variant(**changes):
    return variant_row({**VARIANT, **changes})


def product(**changes):
    values = {
        "variant_id": "71",
        "product_id": "61",
        "name": "Mok blauw",
        "article_code": "MOK-B",
        "price_excl": D("20.6198"),
        "price_incl": D("24.95"),
        "rate": D("0.21"),
    }
    return Product(**{**values, **changes})


def rule(key=1, **changes):
    values = {
        "line_kind": LineKind.PRODUCT,
        "treatment": "domestic",
        "rate": D("0.21"),
        "gl_account": "g",
        "vat_code": "2",
        "vat_type": "E",
        "vat_percentage": D("0.21"),
    }
    return Rule(key=key, **{**values, **changes})


def policy(*rules, **changes):
    return replace(sample_policy(), rules=rules, product_rules=(), **changes)


# === ROWS === #


def test_a_variant():
    row = variant()
    assert (row.remote_id, row.product_id, row.tax_id) == ("71", "61", "26998")
    assert (row.article_code, row.sku, row.ean) == ("MOK-B", "SKU-B", "")
    assert (row.price_excl, row.price_incl) == (D("20.6198"), D("24.95"))
    assert row.title == ""
    assert row.created_at.isoformat() == "2025-01-10T08:00:00+00:00"
    assert variant(title="Maat L").title == "Maat L"


@pytest.mark.parametrize("nothing", [False, None, "", []])
def test_what_a_variant_does_not_tell(nothing):
    unset = {name: nothing for name in VARIANT if name != "id"}
    row = variant_row({"id": 71, **unset})
    bare = variant_row({"id": 71})
    assert row == bare
    assert (row.product_id, row.article_code, row.tax_id) == ("", "", "")
    assert (row.price_excl, row.price_incl, row.created_at) == (None, None, None)


@pytest.mark.parametrize("value", ["20.6198", D("20.6198"), D("20.61980000000000002")])
def test_a_price_of_any_make_without_noise(value):
    assert variant(priceExcl=value).price_excl == D("20.6198")


@pytest.mark.parametrize("value", ["x", {}, True, D("1e14")])
def test_a_price_that_makes_no_sense_is_none(value):
    assert variant(priceExcl=value).price_excl is None


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"id": False}])
def test_a_row_without_an_identity(raw):
    for reader in (variant_row, product_row, brand_row):
        with pytest.raises(Hold):
            reader(raw)


def test_a_product():
    row = product_row(PRODUCT)
    assert (row.remote_id, row.title, row.brand_id) == ("61", "Mok blauw", "5")
    assert row.is_visible
    bare = product_row({"id": "61", "brand": False, "fulltitle": "Mok"})
    assert (bare.title, bare.brand_id) == ("Mok", "")
    assert brand_row({"id": 5, "title": " Merk "}) == ("5", "Merk")


@pytest.mark.parametrize(
    ("values", "visible"),
    [
        ({"isVisible": True}, True),
        ({"isVisible": False}, False),
        ({"isVisible": 0}, False),
        ({"isVisible": "1", "visibility": "hidden"}, True),
        ({"isVisible": None, "visibility": "hidden"}, False),
        ({"isVisible": None, "visibility": "visible"}, True),
        ({}, True),
    ],
)
def test_what_is_visible(values, visible):
    assert product_row({"id": 1, **values}).is_visible is visible


# === RATES === #


def test_rates_by_the_id_of_a_tax():
    assert list(RATES.items()) == [("26998", D("0.21")), ("26999", D("0.09"))]
    assert tax_rates([{"id": 1}, {"rate": 1}, None, {"id": 2, "rate": "x"}]) == {}


def test_the_tax_of_a_variant_tells_its_rate():
    assert rate_of(variant(), RATES) == D("0.21")
    assert rate_of(variant(priceExcl=0, priceIncl=0), RATES) == D("0.21")


@pytest.mark.parametrize(
    ("excl", "incl", "rate"),
    [
        ("20.6198", "24.95", "0.21"),
        ("10.00", "10.90", "0.09"),
        ("10.00", "10.00", "0"),
        ("10.00", "11.50", None),
        ("0", "0", None),
        # So little money that several rates lead to it.
        ("0.02", "0.02", None),
    ],
)
@pytest.mark.parametrize("tax", [False, link("taxes", 4)])
def test_without_a_known_tax_the_prices_tell_it(excl, incl, rate, tax):
    row = variant(tax=tax, taxType="auto", priceExcl=D(excl), priceIncl=D(incl))
    assert rate_of(row, RATES) == (None if rate is None else D(rate))


# === RULES === #


def test_the_most_specific_rule_decides():
    rules = (
        rule(1),
        rule(2, article="MOK-*"),
        rule(3, rate=D("0.09"), vat_percentage=D("0.09")),
        rule(4, brand="Merk"),
    )
    assert item_rule(product(), policy(*rules), TODAY).key == 2
    other = product(article_code="X", rate=D("0.09"))
    assert item_rule(other, policy(*rules), TODAY).key == 3
    branded = product(article_code="X", brand="merk")
    assert item_rule(branded, policy(*rules), TODAY).key == 4


def test_a_category_counts_where_it_is_known():
    rules = (rule(1), rule(2, category="Mokken"))
    known = policy(*rules, categories={"61": frozenset({"mokken"})})
    assert item_rule(product(), known, TODAY).key == 2
    assert item_rule(product(product_id="62"), known, TODAY).key == 1


def test_without_a_rule_it_says_which_one_is_missing():
    with pytest.raises(Hold) as held:
        item_rule(product(rate=D("0.09")), policy(rule()), TODAY)
    assert held.value.code == "rule_missing"
    assert held.value.params["rate"] == "0.09"


def test_without_vat_a_rule_must_be_meant_for_it():
    general = rule(rate=None, treatment=None, vat_type="N", vat_percentage=D(0))
    with pytest.raises(Hold) as held:
        item_rule(product(rate=D(0)), policy(general), TODAY)
    assert held.value.code == "exempt_rule_missing"
    exempt = replace(general, treatment="exempt", key=2)
    assert item_rule(product(rate=D(0)), policy(general, exempt), TODAY).key == 2


def test_a_code_that_does_not_fit_is_refused():
    with pytest.raises(Hold) as held:
        item_rule(product(), policy(rule(vat_percentage=D("0.09"))), TODAY)
    assert held.value.code == "vat_code_rate"


def test_a_voucher_and_an_unknown_rate_are_no_items():
    voucher = policy(rule())
    voucher = replace(
        voucher, product_rules=(ProductRule("multi_purpose", article="MOK-B"),)
    )
    with pytest.raises(Hold) as held:
        item_rule(product(), voucher, TODAY)
    assert held.value.code == "product_is_voucher"
    with pytest.raises(Hold) as held:
        item_rule(product(rate=None), policy(rule()), TODAY)
    assert held.value.code == "product_rate_unknown"


def test_margin_goods_and_the_small_business_scheme_have_rules_of_their_own():
    margin = rule(2, treatment="margin", rate=D(0), vat_type="N", vat_percentage=D(0))
    second_hand = replace(
        policy(rule(), margin), product_rules=(ProductRule("margin"),)
    )
    assert item_rule(product(rate=D(0)), second_hand, TODAY).key == 2
    small = rule(
        3, treatment="small_business", rate=D(0), vat_type="N", vat_percentage=D(0)
    )
    exempted = policy(rule(), small)
    exempted = replace(exempted, vat=replace(exempted.vat, small_business=(Period(),)))
    assert item_rule(product(rate=D(0)), exempted, TODAY).key == 3


# === PRICES === #


def test_a_price_is_with_vat_only_for_an_including_code():
    assert item_price(product(), rule(), 4) == D("20.6198")
    assert item_price(product(), rule(), 3) == D("20.620")
    assert item_price(product(), rule(vat_type="I"), 4) == D("24.95")


@pytest.mark.parametrize("value", [None, D(0), D(-1)])
def test_what_costs_nothing_has_no_price(value):
    assert item_price(product(price_excl=value), rule(), 4) is None


@pytest.mark.parametrize(
    ("precision", "decimals"),
    [("0.001", 3), ("0.01", 2), ("1", 2), ("0.00001", 5), (None, 2), ("x", 2)],
)
def test_the_decimals_of_a_currency(precision, decimals):
    assert decimals_of(precision) == decimals
