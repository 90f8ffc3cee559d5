"""Sales invoices: rights, faults, other addresses, and what a person does."""

from decimal import Decimal

import pytest
import requests

from sandbox.core import ControlError, loads
from sandbox.exact import demo
from sandbox.exact.service import ExactService
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import error_text
from tests.sandbox.invoice_kit import INVOICES, LINES, PRINTED, Invoicing

MAIN = demo.MAIN


@pytest.fixture
def exact(box):
    exact_kit.start(box)
    return Invoicing(box)


# --- rights and modules -----------------------------------------------------


def has_right(exact, path, action="POST"):
    url = exact.url("users/UserHasRights")
    answer = exact.call("GET", f"{url}?endpoint='{path}'&action='{action}'")
    assert answer.status_code == 200
    return loads(answer.text)["d"]["UserHasRights"]


def test_without_the_module_nothing_of_invoices_is_allowed(exact):
    draft = exact.draft()
    exact.service.control_set_module(MAIN, "invoicing", on=False)
    for path, data in (
        (INVOICES, exact.invoice()),
        (LINES, exact.invoice_line(InvoiceID=draft["InvoiceID"])),
        (PRINTED, {"InvoiceID": draft["InvoiceID"]}),
    ):
        answer = exact.post(path, data)
        assert answer.status_code == 403
        assert error_text(answer) == "Forbidden"
        assert not has_right(exact, path)
    url = exact.url("salesinvoice/Layouts", select="ID")
    assert exact.call("GET", url).status_code == 403
    exact.service.control_set_module(MAIN, "invoicing")
    assert has_right(exact, INVOICES)
    assert has_right(exact, PRINTED)
    exact.print(draft)


def test_a_user_without_the_right_may_make_drafts_but_not_print(exact):
    exact.service.control_set_rights(demo.USER_NL, MAIN, PRINTED, ["GET"])
    draft = exact.draft()
    answer = exact.post(PRINTED, {"InvoiceID": draft["InvoiceID"]})
    assert answer.status_code == 403
    assert has_right(exact, INVOICES)
    assert not has_right(exact, PRINTED)
    assert exact.read(draft)["Status"] == 20


def test_the_administration_without_rights_to_sell_makes_no_invoices(box):
    exact_kit.start(box)
    exact = Invoicing(box, division=demo.NO_SALES)
    assert not has_right(exact, INVOICES)
    assert exact.post(INVOICES, {}).status_code == 403


def test_printing_is_no_reading(exact):
    assert not has_right(exact, PRINTED, "GET")


# --- faults -----------------------------------------------------------------


def test_a_lost_answer_to_a_post_left_a_draft(exact):
    data = exact.invoice(YourRef="W1")
    exact.box.faults.add("lost_after", "exact", method="POST", path="SalesInvoices$")
    with pytest.raises(requests.ConnectionError):
        exact.post(INVOICES, data)
    rows = exact.rows(INVOICES, filter="YourRef eq 'W1'", select="InvoiceID,Status")
    assert [row["Status"] for row in rows] == [20]


@pytest.mark.parametrize("kind", ["lost_after", "reset_after"])
def test_a_lost_answer_to_printing_left_one_number_and_one_email(exact, kind):
    draft = exact.draft(OrderedBy=exact.customer(Email="jan@example.com"))
    exact.box.faults.add(kind, "exact", path="PrintedSalesInvoices")
    data = {"InvoiceID": draft["InvoiceID"], "SendEmailToCustomer": True}
    with pytest.raises(requests.ConnectionError):
        exact.post(PRINTED, data)
    assert exact.refused(PRINTED, data) == "Reeds verwerkt"
    assert exact.read(draft)["InvoiceNumber"] == 26700001
    assert len(exact.service.control_outbox(MAIN)) == 1
    assert len(exact.service.control_entries(MAIN)) == 1


@pytest.mark.parametrize("kind", ["lost_before", "empty_500", "html_503"])
def test_a_failure_before_printing_printed_nothing(exact, kind):
    draft = exact.draft()
    exact.box.faults.add(kind, "exact", path="PrintedSalesInvoices")
    try:
        answer = exact.post(PRINTED, {"InvoiceID": draft["InvoiceID"]})
        assert answer.status_code >= 500
    except requests.ConnectionError:
        assert kind == "lost_before"
    assert exact.read(draft)["Status"] == 20
    exact.print(draft)


def test_a_failure_after_printing_did_print(exact):
    draft = exact.draft()
    exact.box.faults.add(
        "empty_500", "exact", path="PrintedSalesInvoices", params={"handled": True}
    )
    answer = exact.post(PRINTED, {"InvoiceID": draft["InvoiceID"]})
    assert (answer.status_code, answer.content) == (500, b"")
    assert exact.read(draft)["Status"] == 50


def test_an_option_has_one_of_its_values(exact):
    with pytest.raises(ControlError, match="invoice_half: one of"):
        exact.option(invoice_half="odd")
    with pytest.raises(ControlError, match="invoice_price_decimals: one of"):
        exact.option(invoice_price_decimals=7)


# --- bulk and sync ----------------------------------------------------------


def test_bulk_reads_the_same_invoices(exact):
    draft = exact.draft()
    path = "bulk/SalesInvoice/SalesInvoices"
    (row,) = exact.rows(path, select="InvoiceID,Status,AmountFC")
    assert (row["InvoiceID"], row["Status"]) == (draft["InvoiceID"], 20)
    (row,) = exact.rows(path, select="SalesInvoiceLines", expand="SalesInvoiceLines")
    (line,) = row["SalesInvoiceLines"]["results"]
    assert line["AmountFC"] == 100


def test_sync_has_a_row_per_line_with_its_invoices_fields(exact):
    draft = exact.draft(
        exact.invoice_line(), exact.invoice_line("1.00", 1), YourRef="W1"
    )
    path = "sync/SalesInvoice/SalesInvoices"
    fields = (
        "Timestamp,InvoiceID,InvoiceNumber,Status,YourRef,LineNumber,AmountFC,ItemCode"
    )

    def rows(after):
        return exact.rows(path, filter=f"Timestamp gt {after}L", select=fields)

    first, second = rows(0)
    assert (first["LineNumber"], second["LineNumber"]) == (1, 2)
    assert (first["AmountFC"], second["AmountFC"]) == (100, 1)
    assert first["InvoiceID"] == draft["InvoiceID"]
    assert (first["YourRef"], first["ItemCode"]) == ("W1", "MOK")
    assert rows(second["Timestamp"]) == []
    exact.print(draft)
    changed = rows(second["Timestamp"])
    shown = [(row["Status"], row["InvoiceNumber"]) for row in changed]
    assert shown == [(50, 26700001)] * 2


# --- what a person does -----------------------------------------------------


def test_a_person_processes_a_draft_from_the_screen(exact):
    draft = exact.draft(YourRef="W1")
    printed = exact.service.control_print_invoice(MAIN, draft["InvoiceID"])
    assert (printed["InvoiceNumber"], printed["Entry"]) == (26700001, 26700001)
    assert printed["Printed"]["DocumentCreationSuccess"] == "Document aangemaakt: 1"
    assert exact.refused_print(draft) == "Reeds verwerkt"
    with pytest.raises(ControlError, match="Already processed"):
        exact.service.control_print_invoice(MAIN, 26700001)


def test_a_person_changes_a_draft_and_its_lines(exact):
    draft = exact.draft(exact.invoice_line(), exact.invoice_line("1.00", 1))
    shown = exact.service.control_edit_invoice(
        MAIN,
        draft["InvoiceID"],
        lines=[
            {"LineNumber": 1, "Quantity": 1},
            {"LineNumber": 2, "delete": True},
            {"Item": "MOK", "NetPrice": "2.00", "VATCode": "1", "GLAccount": "8010"},
        ],
        Description="Aangepast",
    )
    assert shown["Description"] == "Aangepast"
    lines = [(row["LineNumber"], row["AmountFC"]) for row in shown["Lines"]]
    assert lines == [(1, 50), (2, 2)]
    assert shown["Lines"][1]["GLAccount"] == "8010"
    assert exact.read(draft)["AmountFC"] == Decimal("62.68")


def test_a_person_cannot_change_or_delete_what_was_printed(exact):
    draft = exact.draft()
    exact.print(draft)
    with pytest.raises(ControlError, match="Already processed"):
        exact.service.control_edit_invoice(MAIN, 26700001, Description="X")
    with pytest.raises(ControlError, match="26700001 was printed"):
        exact.service.control_delete_invoice(MAIN, 26700001)
    with pytest.raises(ControlError, match="unknown invoice"):
        exact.service.control_delete_invoice(MAIN, 26700002)


def test_a_person_deletes_a_draft(exact):
    draft = exact.draft()
    exact.service.control_delete_invoice(MAIN, draft["InvoiceID"])
    assert exact.service.control_invoices(MAIN) == []


def test_a_person_makes_a_draft_with_codes(exact):
    exact.item()
    made = exact.service.control_add_sales_invoice(
        MAIN,
        OrderedBy="1000",
        YourRef="HAND",
        SalesInvoiceLines=[{"Item": "mok", "NetPrice": "10.00", "VATCode": "2"}],
    )
    assert made["AmountFC"] == Decimal("12.1")
    assert made["CustomerCode"] == "1000"


def test_invoices_are_listed_with_lines_printed_ones_first(exact):
    exact.draft(YourRef="W1")
    second = exact.draft(YourRef="W2", OrderDate="2026-06-02")
    exact.print(second)
    shown = exact.service.control_invoices(MAIN)
    assert [row["YourRef"] for row in shown] == ["W2", "W1"]
    assert [row["Entry"] for row in shown] == [26700001, None]
    assert shown[0]["InvoiceDate"] == "2026-06-02"
    (line,) = shown[1]["Lines"]
    assert line["ItemCode"] == "MOK"
    assert (line["AmountFC"], line["VATAmountFC"], line["GLAccount"]) == (
        100,
        21,
        "8000",
    )
    (only,) = exact.service.control_invoices(MAIN, your_ref="W1")
    assert only["YourRef"] == "W1"


def test_the_outbox_tells_invoices_and_channels_apart(exact):
    customer = exact.customer(Email="jan@example.com", PeppolIdentifier="0106:1")
    first, second = exact.draft(OrderedBy=customer), exact.draft(OrderedBy=customer)
    asked = {"SendEmailToCustomer": True, "SendInvoiceViaPeppol": True}
    exact.print(first, **asked)
    exact.print(second, **asked)
    outbox = exact.service.control_outbox
    assert len(outbox(MAIN)) == 4
    assert len(outbox(MAIN, channel="email")) == 2
    (sent,) = outbox(MAIN, 26700002, "email")
    assert sent["InvoiceID"] == second["InvoiceID"]


def test_the_ledger_check_notices_an_invoice_without_its_entry(exact):
    exact.print(exact.draft())
    exact.service.control_delete_entry(MAIN, 26700001)
    check = exact.service.control_ledger_check(MAIN)
    assert check["problems"] == ["invoice 26700001: no entry"]


def test_invoices_and_outbox_survive_a_restart(exact, box):
    customer = exact.customer(Email="jan@example.com")
    first, second = exact.draft(OrderedBy=customer), exact.draft(OrderedBy=customer)
    exact.print(first, SendEmailToCustomer=True)
    before = exact.service.control_invoices(MAIN)
    again = ExactService(box.clock)
    again.load(loads(exact_kit.dumps(exact.service.dump())))
    assert again.control_invoices(MAIN) == before
    assert len(again.control_outbox(MAIN)) == 1
    printed = again.control_print_invoice(MAIN, second["InvoiceID"])
    assert printed["InvoiceNumber"] == 26700002
