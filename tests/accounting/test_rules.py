from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.rules import match
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind
from odoo.addons.lightspeed_exact_connector.accounting.vat import Treatment

from tests.accounting.samples import rule

LINE = {
    "line_kind": LineKind.PRODUCT,
    "treatment": Treatment.OSS,
    "rate": Decimal("0.190"),
    "country": "DE",
    "payment_method": "mollie",
    "article_code": "MOK-B",
    "sku": "sku-9",
    "brand": "Merk",
    "categories": ["mokken", "keuken"],
}


def chosen(*rules, **changes):
    found = match(rules, **{**LINE, **changes})
    return found and found.key


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], None),
        ([rule(1)], 1),
        ([rule(1), rule(2, treatment="oss")], 2),
        ([rule(1, treatment="domestic")], None),
        ([rule(1, "product"), rule(2, None, "oss")], 1),
        ([rule(1, None, "oss"), rule(2, None, None, "0.19")], 1),
        ([rule(1, country="de"), rule(2, None, None, "0.19")], 2),
        ([rule(1, payment_method="Mollie"), rule(2, country="DE")], 2),
        ([rule(1, "product"), rule(2, None, "oss", "0.19")], 2),
        ([rule(1, "product", "oss"), rule(2, "product", None, "0.19")], 1),
        ([rule(9, "product"), rule(3, "product")], 3),
        ([rule(1, country="FR")], None),
        ([rule(1, payment_method="paypal")], None),
        ([rule(1, country="", payment_method="", treatment="")], 1),
        ([rule(1, None, None, "0.0")], None),
        ([rule(1, article="MOK-B")], 1),
        ([rule(1, article="mok-b")], 1),
        ([rule(1, article="SKU-9")], 1),
        ([rule(1, article="MOK")], None),
        ([rule(1, article="MOK*")], 1),
        ([rule(1, article="*")], 1),
        ([rule(1, brand="MERK")], 1),
        ([rule(1, brand="ander")], None),
        ([rule(1, category="Mokken")], 1),
        ([rule(1, category="Boeken")], None),
        ([rule(1, brand="Merk"), rule(2, category="Mokken")], 2),
        ([rule(1, category="Mokken"), rule(2, article="MOK*")], 2),
        ([rule(1, article="MOK-B"), rule(2, payment_method="mollie")], 2),
        ([rule(1, article="MOK-B"), rule(2, "product")], 2),
        ([rule(1, "product"), rule(2, brand="Merk", category="Mokken")], 2),
        ([rule(1, article="M*"), rule(2, article="MOK*")], 2),
        ([rule(1, article="MOK-*"), rule(2, article="MOK-B")], 2),
        ([rule(1, article="", brand="", category="")], 1),
    ],
)
def test_the_most_specific_rule_wins(rules, expected):
    assert chosen(*rules) == expected
    assert chosen(*reversed(rules)) == expected


def test_rounding_needs_a_rule_of_its_own():
    assert chosen(rule(1), line_kind=LineKind.ROUNDING) is None
    assert chosen(rule(1), rule(2, "rounding"), line_kind=LineKind.ROUNDING) == 2


def test_a_gift_card_needs_a_rule_of_its_own():
    assert chosen(rule(1), line_kind=LineKind.GIFT_CARD) is None
    assert chosen(rule(1), rule(2, "gift_card"), line_kind=LineKind.GIFT_CARD) == 2


def test_costs_have_no_product_and_fit_no_product_rule():
    line = {"article_code": "", "sku": "", "brand": "", "categories": ()}
    for found in (rule(1, article="*"), rule(1, brand="x"), rule(1, category="x")):
        assert chosen(found, line_kind=LineKind.SHIPPING, **line) is None


def test_a_rate_of_zero_is_a_set_field():
    assert chosen(rule(1), rule(2, None, None, "0"), rate=Decimal(0)) == 2
