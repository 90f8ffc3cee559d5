"""A booking as a sales invoice in Exact, and the comparison with what Exact has."""

from dataclasses import replace
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting import credit, stored
from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Article,
    Hold,
    InvoicePolicy,
)
from odoo.addons.lightspeed_exact_connector.accounting.day import day_entry
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.invoice import (
    order_number,
    print_payload,
    sales_invoice,
    same_invoice,
)
from odoo.addons.lightspeed_exact_connector.accounting.invoice_proof import (
    exact_totals,
)
from odoo.addons.lightspeed_exact_connector.accounting.parse_invoice import (
    parse_invoice,
)
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind

from .invoice_booking_samples import (
    MUG,
    POLICY,
    booking,
    guids,
    invoice,
    invoice_lines,
    line,
)
from .samples import (
    CUSTOMER,
    GL_PRODUCT,
    NOW,
    payload,
    policy,
    product,
    products,
    sale,
    simple,
)

INVOICE = "a07b5588-0000-4000-8000-b1b2b3b4b5b6"
WAREHOUSE = "b17b5588-0000-4000-8000-b1b2b3b4b5b6"


def decided(order=None, **changes):
    found = sale(order or payload())
    return decide(found, policy(**changes), status_reached_at=None, now=NOW)


def held(*lines, **changes):
    with pytest.raises(Hold) as caught:
        invoice(*lines, **changes)
    return caught.value.code, caught.value.params


# === PAYLOAD === #


def test_what_is_sent():
    found = invoice(
        line("37.12", "7.80", quantity=Decimal(2), cost_center="W", cost_unit="X"),
        payment_condition="00",
    )
    assert found == {
        "OrderedBy": CUSTOMER,
        "Journal": "70",
        "OrderDate": "2026-06-03T00:00:00",
        "YourRef": "ORD00412",
        "Description": "Webshop order ORD00412",
        "Currency": "EUR",
        "PaymentCondition": "00",
        "Type": 8020,
        "SalesInvoiceLines": [
            {
                "Item": "00000000-0000-4000-8000-000000000000",
                "Description": "Mok",
                "Quantity": Decimal(2),
                "UnitPrice": Decimal("18.56"),
                "NetPrice": Decimal("18.56"),
                "VATCode": "2",
                "GLAccount": GL_PRODUCT,
                "VATAmountFC": Decimal("7.80"),
                "CostCenter": "W",
                "CostUnit": "X",
            }
        ],
    }


def test_costs_and_lines_without_a_title_keep_their_description():
    shipping = line(kind=LineKind.SHIPPING, description="PostNL")
    (found,) = invoice_lines(shipping)
    assert found["Description"] == "PostNL"
    (found,) = invoice_lines(line(article=None, description="Products 21%"))
    assert found["Description"] == "Products 21%"
    (found,) = invoice_lines(line(article=Article(sku="S1")))
    assert found["Description"] == "S1"


@pytest.mark.parametrize(
    ("amounts", "direct", "kind", "expected"),
    [
        (("10.00", "2.10"), False, "sale", 8020),
        (("-10.00", "-2.10"), False, "credit", 8021),
        (("-10.00", "-2.10"), False, "correction", 8021),
        (("10.00", "2.10"), False, "correction", 8020),
        (("0.00", "0.00"), False, "sale", 8020),
        (("0.00", "0.00"), False, "credit", 8021),
        (("10.00", "2.10"), True, "sale", 8023),
        (("-10.00", "-2.10"), True, "credit", 8024),
    ],
)
def test_a_document_that_gives_money_back_is_a_credit_note(
    amounts, direct, kind, expected
):
    profile = InvoicePolicy(direct=direct, warehouse=WAREHOUSE if direct else "")
    found = invoice(line(*amounts), kind=kind, policy=profile)
    assert found["Type"] == expected
    assert found.get("Warehouse") == (WAREHOUSE if direct else None)


def test_an_invoice_takes_no_exchange_rate():
    code, params = held(line(), exchange_rate=Decimal("0.86"), currency="USD")
    assert (code, params) == ("invoice_exchange_rate", {"currency": "USD"})


def test_each_line_needs_a_vat_code():
    rounding = line(
        "0.01", "0.00", kind=LineKind.ROUNDING, vat_code="", description="Afronding"
    )
    code, params = held(line(), rounding)
    assert (code, params) == ("invoice_vat_code_missing", {"line": "Afronding"})


def test_a_missing_item_is_a_fault_and_never_sent():
    booked = booking(line())
    with pytest.raises(KeyError):
        sales_invoice(booked, CUSTOMER, {}, POLICY)
    with pytest.raises(ValueError, match="GUID"):
        sales_invoice(booked, "12", guids(booked), POLICY)


# === ORDER NUMBER === #


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("ORD00412", 412),
        ("412", 412),
        ("WEB-2147483647", 2147483647),
        ("WEB-2147483648", None),
        ("9" * 5000, None),
        ("ORD0", None),
        ("ORD", None),
        ("ORD12-3", None),
        ("ORD²", None),
        ("", None),
    ],
)
def test_the_digits_of_the_shops_number(number, expected):
    assert order_number(booking(line(), number=number)) == expected
    found = invoice(line(), number=number, policy=InvoicePolicy(own_number=True))
    assert found.get("OrderNumber") == expected
    assert "OrderNumber" not in invoice(line(), number=number)


def test_only_the_first_booking_of_a_sale_has_the_number():
    first = decided()
    assert first.number == "ORD00412"
    again = credit.described(
        first, "Again", reference="ORD00412-R1", entry_date=first.entry_date
    )
    same = credit.described(
        first, "Same", reference="ORD00412", entry_date=first.entry_date
    )
    assert (again.number, same.number) == ("", "ORD00412")
    others = (
        credit.negative(first),
        credit.reversal([first]),
        credit.difference([first], replace(first, lines=(), parts=first.parts[1:])),
        day_entry([first], policy(), reference="DAY1"),
    )
    assert [each.number for each in others] == ["", "", "", ""]
    assert order_number(replace(first, kind="credit")) is None


# === ARTICLES OF A BOOKING === #


def order_of_mugs(**changes):
    row = product("12.10", "10.00", articleCode="MOK-B", sku="S1", ean="871", id=501)
    link = {"resource": {"id": 71, "url": "variants/71"}}
    return simple({**row, "variant": link, **changes})


def test_a_booking_keeps_what_was_sold():
    (found,) = decided(order_of_mugs()).lines
    assert found.article == Article("MOK-B", "S1", "871", "Ding", "71")


@pytest.mark.parametrize(
    "link", [False, None, {}, {"resource": False}, {"resource": {"id": False}}, []]
)
def test_a_variant_that_is_gone_has_no_id(link):
    (found,) = decided(order_of_mugs(variant=link)).lines
    assert found.article.variant_id == ""
    assert found.article.code == "MOK-B"


def test_costs_have_no_article():
    found = {each.kind: each.article for each in decided().lines}
    assert found[LineKind.PRODUCT]
    assert found[LineKind.SHIPPING] is None
    assert found[LineKind.PAYMENT] is None


def test_a_line_of_a_group_has_no_article_but_its_parts_do():
    found = decided(grouping="account")
    assert not any(each.article for each in found.lines)
    assert any(each.article for each in found.parts)


def test_an_invoice_of_the_shop_takes_the_variant_of_its_order_line():
    order = order_of_mugs()
    shop_invoice = {
        "id": 9,
        "number": "INV1",
        "status": "paid",
        "createdAt": "2026-06-03T01:00:00+02:00",
        "priceIncl": Decimal("12.10"),
        "priceExcl": Decimal("10.00"),
        "isCreditNote": False,
        "order": {"resource": {"id": 315967958}},
    }
    item = {
        "type": "product",
        "title": "Ding",
        "orderProductId": 501,
        "articleCode": "MOK-B",
        "taxRate": Decimal("0.21"),
        "priceIncl": Decimal("12.10"),
        "priceExcl": Decimal("10.00"),
        "quantity": 1,
    }
    found = parse_invoice(shop_invoice, [item], order, currency="EUR")
    assert [each.variant_id for each in found.lines] == ["71"]


def test_a_reversal_and_a_negative_keep_the_article():
    first = decided(order_of_mugs())
    for taken in (credit.negative(first), credit.reversal([first])):
        assert [each.article for each in taken.lines] == [first.lines[0].article]


def test_a_difference_over_several_articles_has_none():
    rows = [
        product("12.10", "10.00", articleCode=code, id=place)
        for place, code in enumerate(("A", "B"), 1)
    ]
    first = decided(simple(*rows))
    wanted = replace(first, lines=(), parts=())
    (found,) = credit.difference([first], replace(wanted, lines=first.lines[:1])).lines
    assert found.article is None
    (found,) = credit.difference([booking(line(article=MUG))], wanted).lines
    assert found.article == MUG


def credited(order, note_order):
    """Return the lines of a credit note for an order."""
    first = decided(order)
    note = replace(sale(note_order), is_credit=True)
    return credit.credit_note(note, first, policy(), left=first.gross).lines


def test_a_credit_note_gives_back_the_article_of_its_order_line():
    renamed = order_of_mugs(articleCode="NEW", variant=False)
    (found,) = credited(order_of_mugs(), renamed)
    assert (found.article.code, found.article.variant_id) == ("MOK-B", "71")


def test_a_credit_line_of_no_order_line_has_its_own_article():
    (found,) = credited(order_of_mugs(), order_of_mugs(id=999, articleCode="OTHER"))
    assert found.article.code == "OTHER"


def test_a_stored_booking_keeps_its_articles_and_an_old_one_has_none():
    first = decided(order_of_mugs())
    kept = stored.dump(first)
    assert stored.load(kept) == first
    for each in (*kept["lines"], *kept["parts"]):
        del each["article"]
    del kept["number"]
    old = stored.load(kept)
    assert [each.article for each in old.lines] == [None]
    assert old.number == ""


def test_an_order_becomes_an_invoice_of_its_total():
    first = decided(document_kind="sales_invoice")
    found = sales_invoice(first, CUSTOMER, guids(first), POLICY)
    codes = {each.vat_code: (each.vat_type, each.rate) for each in first.lines}
    for honoured in (True, False):
        totals = exact_totals(found, codes, honoured=honoured)
        assert (totals.net, totals.gross) == (Decimal("52.36"), Decimal("62.16"))


def test_an_order_of_many_products_is_sent_line_by_line():
    rows = [
        product("12.10", "10.00", articleCode=f"A{place}", id=place)
        for place in range(200)
    ]
    order = simple(*rows)
    assert order["products"] == products(*rows)
    first = decided(order)
    found = sales_invoice(first, CUSTOMER, guids(first), POLICY)
    assert len({each["Item"] for each in found["SalesInvoiceLines"]}) == 200


# === COMPARISON === #


def row(**changes):
    found = {
        "OrderedBy": CUSTOMER.upper(),
        "Journal": "70",
        "OrderDate": "/Date(1780444800000)/",
        "YourRef": "ord00412 ",
        "AmountFC": 12.1,
        "Currency": "EUR",
    }
    return {**found, **changes}


def differences(found, **changes):
    return same_invoice(found, booking(line(), **changes), CUSTOMER)


def test_the_same_invoice_has_no_differences():
    assert differences(row()) == []
    assert same_invoice(row(), invoice(line()), total=Decimal("12.10")) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"OrderedBy": WAREHOUSE}, ["customer"]),
        ({"OrderedBy": None}, ["customer"]),
        ({"Journal": "71"}, ["journal"]),
        ({"OrderDate": "/Date(1780531200000)/"}, ["date"]),
        ({"OrderDate": None}, ["date"]),
        ({"AmountFC": Decimal("12.11")}, ["total"]),
        ({"AmountFC": None}, ["total"]),
        ({"Currency": "USD"}, ["currency"]),
        ({"YourRef": "ORD00413"}, ["reference"]),
        ({"YourRef": None}, ["reference"]),
    ],
)
def test_each_difference_is_named(change, expected):
    assert differences(row(**change)) == expected


def test_what_the_row_does_not_have_is_not_compared():
    found = row()
    for name in ("Journal", "Currency", "YourRef"):
        del found[name]
    assert differences(found) == []
    assert same_invoice(found, invoice(line())) == ["total"]


# === FINALISING === #


def test_what_is_sent_to_finalise():
    values = {"SendEmailToCustomer": False}
    assert print_payload(INVOICE.upper(), values) == {
        "InvoiceID": INVOICE,
        "SendEmailToCustomer": False,
    }
    with pytest.raises(ValueError, match="GUID"):
        print_payload("1", values)
