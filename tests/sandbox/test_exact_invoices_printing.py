"""Printing sales invoices (exact-online-api 6.3)."""

from decimal import Decimal

import pytest

from sandbox.exact import demo
from tests.sandbox import exact_kit
from tests.sandbox.invoice_kit import Invoicing


@pytest.fixture
def exact(box):
    exact_kit.start(box)
    return Invoicing(box)


def test_a_printed_invoice_has_a_number_and_is_processed(exact):
    draft = exact.draft()
    exact.print(draft)
    invoice = exact.read(draft)
    assert invoice["Status"] == 50
    assert invoice["InvoiceNumber"] == 26700001
    assert invoice["InvoiceDate"] == draft["OrderDate"]


def test_the_entry_has_the_invoices_number_and_amounts(exact):
    draft = exact.draft(YourRef="WEB-1", PaymentReference="tr_1")
    exact.print(draft)
    (entry,) = exact.rows(
        "salesentry/SalesEntries", filter="EntryNumber eq 26700001", top=1
    )
    assert entry["InvoiceNumber"] == 26700001
    assert entry["AmountFC"] == 121
    assert entry["YourRef"] == "WEB-1"
    (item,) = exact.rows("cashflow/Receivables", filter="YourRef eq 'WEB-1'", top=1)
    assert item["AmountFC"] == 121
    balances = {
        row["Code"]: row["Balance"]
        for row in exact.service.control_trial_balance(demo.MAIN)
    }
    assert balances == {
        "1300": Decimal(121),
        "8000": Decimal(-100),
        "1500": Decimal(-21),
    }
    assert exact.service.control_ledger_check(demo.MAIN)["ok"]


def test_printing_twice_is_refused(exact):
    draft = exact.draft()
    exact.print(draft)
    assert exact.refused_print(draft) == "Reeds verwerkt"
