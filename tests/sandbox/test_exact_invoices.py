"""Sales invoices as drafts (exact-online-api 6.1, 6.2)."""

import re
from decimal import Decimal

import pytest

from sandbox.exact import demo
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import NOBODY
from tests.sandbox.invoice_kit import INVOICES, Invoicing


@pytest.fixture
def exact(box):
    exact_kit.start(box)
    return Invoicing(box)


def amounts(row, *names):
    return tuple(Decimal(str(row[name])) for name in names)


def test_a_draft_is_answered_in_full_and_open(exact):
    draft = exact.draft(exact.invoice_line(Description="Blauwe mok"), YourRef="WEB-1")
    assert re.fullmatch(exact_kit.GUID, draft["InvoiceID"])
    assert draft["Status"] == 20
    assert draft["StatusDescription"] == "Open"
    assert draft["Type"] == 8020
    assert draft["YourRef"] == "WEB-1"
    assert draft["InvoiceTo"] == draft["DeliverTo"] == draft["OrderedBy"]
    assert draft["OrderedByName"] == "Jan Jansen"
    assert draft["PaymentCondition"] == "30"
    assert "__deferred" in draft["SalesInvoiceLines"]
    assert amounts(draft, "AmountFC", "AmountFCExclVat", "VATAmountFC") == (
        121,
        100,
        21,
    )
    (line,) = exact.draft_lines(draft)
    assert line["Description"] == "Blauwe mok"
    assert line["ItemCode"] == "MOK"
    assert line["VATCode"] == "2  "
    assert amounts(line, "AmountFC", "VATAmountFC", "VATPercentage") == (
        100,
        21,
        Decimal("0.21"),
    )


def test_a_draft_has_no_number_and_shows_its_order_date(exact):
    draft = exact.draft(OrderDate="2026-05-30T13:45:00")
    assert draft["InvoiceNumber"] is None
    assert draft["InvoiceDate"] == draft["OrderDate"] == "/Date(1780099200000)/"


def test_a_draft_books_nothing(exact):
    exact.draft()
    assert exact.service.control_trial_balance(demo.MAIN) == []
    assert exact.service.control_entries(demo.MAIN) == []
    assert exact.service.control_vat_return(demo.MAIN, 2026) == []


def test_a_posted_status_number_and_total_are_ignored(exact):
    draft = exact.draft(
        Status=50, InvoiceNumber=9, InvoiceDate="2020-01-01", AmountFC=1
    )
    assert draft["Status"] == 20
    assert draft["InvoiceNumber"] is None
    assert draft["InvoiceDate"] == draft["OrderDate"]
    assert draft["AmountFC"] == 121


def test_an_invoice_is_found_by_its_reference(exact):
    draft = exact.draft(YourRef="WEB-7")
    exact.draft(YourRef="WEB-8")
    found = exact.rows(INVOICES, filter="YourRef eq 'WEB-7'", select="InvoiceID")
    assert [row["InvoiceID"] for row in found] == [draft["InvoiceID"]]


def test_lines_come_along_when_they_are_expanded(exact):
    draft = exact.draft(exact.invoice_line(), exact.invoice_line("1.00", 1))
    shown = exact.read(draft, expand="SalesInvoiceLines", select="SalesInvoiceLines")
    prices = [line["NetPrice"] for line in shown["SalesInvoiceLines"]["results"]]
    assert prices == [50, 1]


def test_an_unknown_invoice_is_404(exact):
    url = exact.url(f"{INVOICES}(guid'{NOBODY}')")
    assert exact.call("GET", url).status_code == 404
    assert exact.draft_lines({"InvoiceID": NOBODY}) == []
