from dataclasses import replace
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.money import dumps, loads
from odoo.addons.lightspeed_exact_connector.accounting.render import (
    digest,
    expected_total,
    sales_entry,
    same_document,
)

from tests.accounting.samples import CUSTOMER, NOW, payload, policy, sale, simple

BOOKING = decide(sale(), policy(), status_reached_at=None, now=NOW)
ENTRY = sales_entry(BOOKING, CUSTOMER.upper())


def test_the_sample_entry():
    lines = ENTRY.pop("SalesEntryLines")
    header, ENTRY["SalesEntryLines"] = dict(ENTRY), lines
    assert header == {
        "Customer": CUSTOMER,
        "Journal": "70",
        "EntryDate": "2026-06-03T00:00:00",
        "YourRef": "ORD00412",
        "Description": "Webshop order ORD00412 / INV00401",
        "Currency": "EUR",
    }
    assert lines[0] == {
        "GLAccount": "0b7b7f0e-8a2c-4d83-8f1a-5f2f8c6d1a11",
        "Description": "2 x Mok blauw",
        "AmountFC": Decimal("37.12"),
        "VATAmountFC": Decimal("7.79"),
        "VATCode": "2",
        "Quantity": Decimal(2),
    }
    assert expected_total(BOOKING) == Decimal("62.16")
    text = dumps(ENTRY)
    assert '"AmountFC":37.12' in text
    assert loads(text) == ENTRY
    assert text.count("VATAmountFC") == len(lines)


def test_payment_condition_and_customer():
    entry = sales_entry(replace(BOOKING, payment_condition="30"), CUSTOMER)
    assert entry["PaymentCondition"] == "30"
    with pytest.raises(ValueError, match="GUID"):
        sales_entry(BOOKING, "1001")


def test_a_rounding_line_without_code_sends_no_vat():
    order = payload(priceIncl=Decimal("62.18"))
    booking = decide(sale(order), policy(), status_reached_at=None, now=NOW)
    line = sales_entry(booking, CUSTOMER)["SalesEntryLines"][-1]
    assert "VATCode" not in line
    assert "Quantity" not in line
    assert (line["AmountFC"], line["VATAmountFC"]) == (Decimal("0.02"), 0)
    assert expected_total(booking) == Decimal("62.18")


def test_digest_does_not_depend_on_order_or_zeros():
    turned = dict(reversed(ENTRY.items()))
    assert digest(turned) == digest(ENTRY) == digest(loads(dumps(ENTRY)))
    line = {"AmountFC": Decimal("1.10")}
    assert digest(line) == digest({"AmountFC": Decimal("1.1")})
    assert digest(line) != digest({"AmountFC": "1.1"})
    assert digest(line) != digest({"AmountFC": Decimal("1.11")})


FOUND = {
    "EntryID": "2f1c0a55-7a0e-4f5b-bb65-3f9d7f1a3c77",
    "Customer": CUSTOMER,
    "Journal": "70 ",
    "EntryDate": "/Date(1780444800000)/",
    "AmountFC": 62.16,
    "Currency": "EUR",
    "YourRef": "ord00412",
}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"AmountFC": "62.16"}, []),
        ({"AmountFC": Decimal("62.16000000001")}, []),
        ({"Customer": CUSTOMER.upper()}, []),
        ({"Customer": None}, ["customer"]),
        ({"Customer": CUSTOMER.replace("6", "7")}, ["customer"]),
        ({"Journal": "71"}, ["journal"]),
        ({"EntryDate": "/Date(1780531200000)/"}, ["date"]),
        ({"EntryDate": None}, ["date"]),
        ({"AmountFC": 62.17}, ["total"]),
        ({"AmountFC": -62.16}, ["total"]),
        ({"AmountFC": None}, ["total"]),
        ({"Currency": "USD"}, ["currency"]),
        ({"Currency": None}, []),
        ({"YourRef": "ORD00413"}, ["reference"]),
        ({"YourRef": None}, ["reference"]),
        ({"Journal": "71", "AmountFC": 1}, ["journal", "total"]),
    ],
)
def test_same_document(changes, expected):
    found = {**FOUND, **changes}
    assert same_document(found, ENTRY) == expected
    assert same_document(found, BOOKING, CUSTOMER) == expected
    assert same_document(found, loads(dumps(ENTRY))) == expected


def test_an_including_code_is_sent_gross_and_compared_right():
    lines = tuple(replace(line, vat_type="I") for line in BOOKING.lines)
    booking = replace(BOOKING, lines=lines)
    entry = sales_entry(booking, CUSTOMER)
    amounts = [(line["AmountFC"], line["VATAmountFC"]) for line in
               entry["SalesEntryLines"]]  # fmt: skip
    assert amounts[0] == (Decimal("44.91"), Decimal("7.79"))
    assert sum(amount for amount, _ in amounts) == expected_total(booking)
    assert same_document(FOUND, booking, CUSTOMER) == []
    total = Decimal("62.16")
    assert same_document(FOUND, entry, total=total) == []
    assert same_document({**FOUND, "AmountFC": 71.96}, entry, total=total) == ["total"]


def test_a_missing_property_is_a_difference():
    assert same_document({}, ENTRY) == ["customer", "journal", "date", "total"]


def test_a_document_of_zero_may_be_adopted():
    order = simple(*[])
    assert order["priceIncl"] == 0
    nothing = replace(BOOKING, lines=())
    found = {**FOUND, "AmountFC": 0}
    assert same_document(found, nothing, CUSTOMER) == []
