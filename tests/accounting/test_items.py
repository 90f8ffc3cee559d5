"""Items: codes of the shop as Exact takes them, clashes, and what is sent."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Article,
    Hold,
    InvoicePolicy,
)
from odoo.addons.lightspeed_exact_connector.accounting.invoice import (
    item_need,
    item_needs,
)
from odoo.addons.lightspeed_exact_connector.accounting.items import (
    ItemNeed,
    item_payload,
    need_of_article,
    price_payload,
    sales_price,
)
from odoo.addons.lightspeed_exact_connector.accounting.reference import uniqueness_key
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind
from odoo.addons.lightspeed_exact_connector.accounting.texts import width

from .invoice_booking_samples import MUG, POLICY, booking, line
from .samples import GL_COSTS, GL_PRODUCT

ITEM = "918004e1-0000-4000-8000-a1b2c3d4e5f6"


def need(policy=POLICY, **article):
    return need_of_article(Article(**article), policy, "2", GL_PRODUCT)


def held(function, *arguments, **values):
    with pytest.raises(Hold) as caught:
        function(*arguments, **values)
    return caught.value.code, caught.value.params


# === CODES === #


def test_an_article_is_the_item_of_its_code():
    assert item_need(line(), POLICY) == ItemNeed(
        key="mok-b",
        code="MOK-B",
        name="Mok",
        kind="article",
        vat_code="2",
        gl_account=GL_PRODUCT,
        barcode="8712345678906",
        source="MOK-B",
        variant_id="7",
    )


@pytest.mark.parametrize(
    ("choice", "code", "sku", "expected"),
    [
        ("article", "A1", "S1", "A1"),
        ("article", "", "S1", "S1"),
        ("article", " \t", "S1", "S1"),
        ("sku", "A1", "S1", "S1"),
        ("sku", "A1", "", "A1"),
    ],
)
def test_the_policy_says_which_code_and_the_other_one_helps_out(
    choice, code, sku, expected
):
    assert need(InvoicePolicy(item_code=choice), code=code, sku=sku).code == expected


def test_a_code_is_cleaned_and_a_long_one_is_told_apart():
    assert need(code=" A\x00  1\t").code == "A 1"
    first, second = need(code="x" * 31), need(code="x" * 32)
    assert first.code != second.code
    assert width(first.code) == 30
    # Blanks around it make no other item of a long one.
    assert need(code="  " + "x" * 31).code == first.code


def test_a_name_is_cut_and_never_empty():
    assert width(need(code="A", title="Mok " * 40).name) <= 60
    assert need(code="A", title="").name == "A"


def test_an_ean_that_is_no_barcode_is_left_out():
    assert need(code="A", ean="8" * 64).barcode == "8" * 64
    assert need(code="A", ean="8" * 65).barcode == ""


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text(), st.text(), st.text())
def test_whatever_the_shop_calls_it_exact_takes_it(code, sku, ean, title):
    article = Article(code=code, sku=sku, ean=ean, title=title)
    # Codes of the profile are no codes of articles; they are tested below.
    assume("WEB-" not in f"{code}{sku}".upper())
    found = item_need(line(article=article), POLICY)
    assert 0 < width(found.code) <= 30
    assert 0 < width(found.name) <= 60
    assert width(found.barcode) <= 64
    assert found.key == uniqueness_key(found.code)


# === GENERAL AND FIXED ITEMS === #


def test_a_product_without_a_code_is_a_general_item_or_held():
    bare = line(article=Article(title="Ding"))
    found = item_need(bare, POLICY)
    assert (found.code, found.kind) == ("WEB-21", "general")
    assert (found.name, found.source) == ("Products 21%", "")
    code, params = held(item_need, bare, InvoicePolicy(missing_code="hold"))
    assert (code, params) == ("item_code_missing", {"line": "Ding"})


@pytest.mark.parametrize(
    ("rate", "code"),
    [("0.21", "WEB-21"), ("0.09", "WEB-9"), ("0.055", "WEB-5.5"), ("0", "WEB-0")],
)
def test_with_general_items_each_rate_has_one(rate, code):
    policy = InvoicePolicy(item_strategy="general")
    lines = [line(rate=Decimal(rate), vat_code=vat) for vat in ("2", "4")]
    found = item_needs(booking(*lines), policy)
    assert [each.code for each in found.values()] == [code]


def test_a_line_of_several_articles_is_a_general_item():
    assert item_need(line(article=None), InvoicePolicy(missing_code="hold")).code == (
        "WEB-21"
    )


@pytest.mark.parametrize(
    ("kind", "code", "name"),
    [
        (LineKind.SHIPPING, "WEB-SHIPPING", "Verzending"),
        (LineKind.PAYMENT, "WEB-PAYMENT", "Payment costs"),
        (LineKind.GIFT_CARD, "WEB-GIFTCARD", "Gift card"),
        (LineKind.ROUNDING, "WEB-ROUNDING", "Rounding"),
    ],
)
def test_costs_have_items_of_their_own(kind, code, name):
    policy = InvoicePolicy(labels={"shipping": "Verzending"}, item_strategy="general")
    found = item_need(line(kind=kind), policy)
    assert (found.code, found.name, found.kind) == (code, name, kind.value)
    assert found.gl_account == GL_COSTS


# === CLASHES === #


def lines_of(*articles):
    return booking(*(line(article=article) for article in articles))


def test_the_same_code_twice_is_one_item():
    found = item_needs(lines_of(MUG, MUG, Article(code=" MOK-B ")), POLICY)
    assert list(found) == ["mok-b"]


def test_capitals_make_no_other_item_of_the_same_variant():
    same = Article(code="mok-b", variant_id="7")
    assert list(item_needs(lines_of(MUG, same), POLICY)) == ["mok-b"]


@pytest.mark.parametrize("variant", ["8", ""])
def test_codes_of_two_variants_that_exact_takes_for_one_are_held(variant):
    other = Article(code="mok-b", variant_id=variant)
    code, params = held(item_needs, lines_of(MUG, other), POLICY)
    assert code == "item_code_clash"
    assert params == {"code": "mok-b", "first": "MOK-B", "second": "mok-b"}


def test_an_unknown_variant_is_not_the_same_as_another_unknown_one():
    both = lines_of(Article(code="a"), Article(code="A"))
    assert held(item_needs, both, POLICY)[0] == "item_code_clash"


@pytest.mark.parametrize(
    ("article", "own"),
    [
        ("web-shipping", "WEB-SHIPPING"),
        ("WEB-ROUNDING", "WEB-ROUNDING"),
        ("web-21", "WEB-{rate}"),
        ("WEB-5.5", "WEB-{rate}"),
    ],
)
def test_an_article_with_a_code_of_the_profile_is_held(article, own):
    code, params = held(need, code=article)
    assert code == "item_code_clash"
    assert params == {"code": article, "first": article, "second": own}


def test_an_article_that_only_begins_like_a_general_item_is_none():
    assert need(code="WEB-21-B").code == "WEB-21-B"
    assert need(code="WEB-XL").code == "WEB-XL"


def test_costs_may_share_an_item():
    policy = InvoicePolicy(shipping_code="COSTS", payment_code="costs")
    lines = (line(kind=LineKind.SHIPPING), line(kind=LineKind.PAYMENT))
    assert list(item_needs(booking(*lines), policy)) == ["costs"]


# === PAYLOADS === #


def test_what_is_sent_for_an_item():
    wanted = item_need(line(), POLICY)
    assert item_payload(wanted, start=date(2020, 1, 1)) == {
        "Code": "MOK-B",
        "Description": "Mok",
        "IsSalesItem": True,
        "IsStockItem": False,
        "StartDate": "2020-01-01T00:00:00",
        "SalesVatCode": "2",
        "GLRevenue": GL_PRODUCT,
        "Barcode": "8712345678906",
    }
    more = item_payload(wanted, unit="pc", item_group=ITEM.upper(), stock=True)
    assert (more["Unit"], more["ItemGroup"]) == ("pc", ITEM)
    assert more["IsStockItem"] is True
    assert more["StartDate"] == "2000-01-01T00:00:00"


def test_costs_have_no_stock():
    wanted = item_need(line(kind=LineKind.SHIPPING), POLICY)
    assert item_payload(wanted, stock=True)["IsStockItem"] is False


def test_what_exact_can_find_by_itself_is_left_out():
    assert item_payload(ItemNeed("a", "A", "Ding")) == {
        "Code": "A",
        "Description": "Ding",
        "IsSalesItem": True,
        "IsStockItem": False,
        "StartDate": "2000-01-01T00:00:00",
    }


def test_what_is_sent_for_a_price():
    assert price_payload(ITEM.upper(), Decimal("12.50"), currency="EUR") == {
        "Item": ITEM,
        "Price": Decimal("12.50"),
        "Currency": "EUR",
        "StartDate": "2000-01-01T00:00:00",
    }
    assert price_payload(ITEM, Decimal(1), currency="EUR", unit="pc")["Unit"] == "pc"
    with pytest.raises(ValueError, match="GUID"):
        price_payload("12", Decimal(1), currency="EUR")


@pytest.mark.parametrize(
    ("vat_type", "decimals", "expected"),
    [
        ("E", 4, "20.6198"),
        ("B", 4, "20.6198"),
        ("N", 2, "20.62"),
        ("E", 3, "20.62"),
        ("I", 4, "24.95"),
    ],
)
def test_a_sales_price_is_with_vat_for_an_including_code_only(
    vat_type, decimals, expected
):
    price = sales_price(Decimal("20.6198"), Decimal("24.95"), vat_type, decimals)
    assert str(price) == expected


@pytest.mark.parametrize("value", [None, "", "-1", Decimal("-0.01")])
def test_what_is_no_price_is_refused(value):
    with pytest.raises(ValueError, match="number|price"):
        sales_price(value, Decimal(1), "E")
