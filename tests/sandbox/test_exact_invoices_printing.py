"""Printing sales invoices (exact-online-api 6.3)."""

from decimal import Decimal

import pytest

from sandbox.exact import demo
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import NOBODY, business
from tests.sandbox.invoice_kit import INVOICES, LINES, PRINTED, Invoicing

ENTRIES = "salesentry/SalesEntries"
MAIN = demo.MAIN


@pytest.fixture
def exact(box):
    exact_kit.start(box)
    return Invoicing(box)


def entry_of(exact, number):
    found = exact.service.control_entries(MAIN)
    return next(entry for entry in found if entry["EntryNumber"] == number)


def balances(exact):
    rows = exact.service.control_trial_balance(MAIN)
    return {row["Code"]: row["Balance"] for row in rows}


# --- what printing does -----------------------------------------------------


def test_a_printed_invoice_has_a_number_and_is_processed(exact):
    draft = exact.draft()
    exact.print(draft)
    invoice = exact.read(draft)
    assert (invoice["Status"], invoice["StatusDescription"]) == (50, "Verwerkt")
    assert invoice["InvoiceNumber"] == 26700001
    assert invoice["InvoiceDate"] == draft["OrderDate"]


def test_the_entry_has_the_invoices_number_and_amounts(exact):
    draft = exact.draft(YourRef="WEB-1", PaymentReference="tr_1", Description="Order")
    exact.print(draft)
    (entry,) = exact.rows(ENTRIES, filter="EntryNumber eq 26700001", top=1)
    assert entry["InvoiceNumber"] == 26700001
    assert entry["AmountFC"] == 121
    assert entry["Customer"] == draft["InvoiceTo"]
    assert entry["OrderNumber"] == draft["OrderNumber"]
    for name in ("YourRef", "PaymentReference", "Description", "DueDate", "Journal"):
        assert entry[name] == draft[name]
    (item,) = exact.rows("cashflow/Receivables", filter="YourRef eq 'WEB-1'", top=1)
    assert (item["AmountFC"], item["InvoiceNumber"]) == (121, 26700001)
    assert balances(exact) == {"1300": 121, "8000": -100, "1500": -21}
    assert exact.service.control_ledger_check(MAIN) == {
        "ok": True,
        "entries": 1,
        "problems": [],
    }


def test_the_vat_return_and_the_eu_listing_count_printed_invoices(exact):
    customer = exact.customer(VATNumber="DE129273398", Country="DE")
    draft = exact.draft(
        exact.invoice_line(vat="7", GLAccount=exact.gl("8030")),
        exact.invoice_line("9.00", 1, "1"),
        OrderedBy=customer,
    )
    assert exact.service.control_icp(MAIN, 2026) == []
    exact.print(draft)
    found = exact.service.control_vat_return(MAIN, 2026, 6, 6)
    assert [(row["Code"], row["Base"], row["VAT"]) for row in found] == [
        ("1", 9, Decimal("0.81")),
        ("7", 100, 0),
    ]
    (row,) = exact.service.control_icp(MAIN, 2026)
    assert (row["VATNumber"], row["Listing"], row["Amount"]) == (
        "DE129273398",
        "L",
        100,
    )


def test_a_credit_note_is_a_credit_entry(exact):
    draft = exact.draft(exact.invoice_line(quantity=-2))
    exact.print(draft)
    entry = entry_of(exact, 26700001)
    assert (entry["Type"], entry["AmountFC"]) == (21, -121)
    assert balances(exact) == {"1300": -121, "8000": 100, "1500": 21}
    (row,) = exact.service.control_vat_return(MAIN, 2026)
    assert (row["CreditBase"], row["CreditVAT"]) == (-100, -21)


def test_an_including_code_is_booked_net(exact):
    exact.print(exact.draft(exact.invoice_line("12.10", 1, "4")))
    assert balances(exact) == {
        "1300": Decimal("12.1"),
        "8000": -10,
        "1500": Decimal("-2.1"),
    }


def test_a_total_of_nought_leaves_nothing_open(exact):
    draft = exact.draft(exact.invoice_line(), exact.invoice_line(quantity=-2))
    exact.print(draft)
    assert exact.read(draft)["InvoiceNumber"] == 26700001
    assert exact.service.control_open_items(MAIN, everything=True) == []
    assert exact.service.control_ledger_check(MAIN)["ok"]


# --- numbers ----------------------------------------------------------------


def test_numbers_follow_the_order_of_printing_per_journal_and_year(exact):
    exact.service.control_add_year(MAIN, 2025)
    first, second = exact.draft(), exact.draft()
    other = exact.draft(Journal="71")
    older = exact.draft(OrderDate="2025-12-31")
    for draft in (second, first, other, older):
        exact.print(draft)
    numbers = [exact.read(d)["InvoiceNumber"] for d in (first, second, other, older)]
    assert numbers == [26700002, 26700001, 26710001, 25700001]


def test_a_number_is_free_for_invoice_and_entry(exact):
    exact.book(InvoiceNumber=26700001, EntryNumber=26700002)
    draft = exact.draft()
    exact.print(draft)
    assert exact.read(draft)["InvoiceNumber"] == 26700003
    entry = exact.book()
    assert entry["EntryNumber"] == entry["InvoiceNumber"] == 26700004


# --- dates and periods ------------------------------------------------------


def test_the_invoice_date_may_be_given(exact):
    draft = exact.draft(OrderDate="2026-05-30")
    exact.print(draft, InvoiceDate="2026-06-02T10:00:00")
    assert exact.read(draft)["InvoiceDate"] == "/Date(1780358400000)/"
    entry = entry_of(exact, 26700001)
    assert (entry["EntryDate"], entry["ReportingPeriod"]) == ("2026-06-02", 6)


def test_the_period_may_be_given(exact):
    exact.print(exact.draft(), ReportingYear=2026, ReportingPeriod=5)
    assert entry_of(exact, 26700001)["ReportingPeriod"] == 5


def test_a_closed_or_unknown_period_is_refused_and_leaves_the_draft(exact):
    exact.service.control_close_period(MAIN, 2026, 6)
    draft = exact.draft()
    assert exact.refused_print(draft) == "Periode is afgesloten: 2026 – 6"
    text = "Onbekend: Boekjaar (Periode – datumtabel)"
    assert exact.refused_print(draft, InvoiceDate="2031-01-01") == text
    assert exact.read(draft)["Status"] == 20
    assert exact.service.control_entries(MAIN) == []
    exact.print(draft, InvoiceDate="2026-05-31")
    # No number was lost.
    assert exact.read(draft)["InvoiceNumber"] == 26700001


# --- refusals ---------------------------------------------------------------


def test_printing_twice_is_refused(exact):
    draft = exact.draft()
    exact.print(draft, SendEmailToCustomer=False)
    assert exact.refused_print(draft) == "Reeds verwerkt"
    assert len(exact.service.control_entries(MAIN)) == 1


def test_printing_twice_is_refused_in_english(box):
    exact_kit.start(box)
    exact = Invoicing(box, demo.USER_EN)
    draft = exact.draft()
    exact.print(draft)
    assert exact.refused_print(draft) == "Already processed"


def test_an_invoice_must_be_named_and_known(exact):
    assert exact.refused(PRINTED, {}) == "Verplicht: Verkoopfactuur"
    text = "Ongeldige referentie: Verkoopfactuur"
    assert exact.refused(PRINTED, {"InvoiceID": NOBODY}) == text
    answer = exact.post(PRINTED, {"InvoiceID": "26700001"})
    assert answer.status_code == 400
    assert "'InvoiceID' to type 'Guid'" in exact_kit.error_text(answer)


def test_layouts_must_be_of_their_own_type(exact):
    draft, layout, mail = exact.draft(), exact.layout(1), exact.layout(2)
    for fields, name in (
        ({"DocumentLayout": NOBODY}, "Documentlay-out"),
        ({"DocumentLayout": mail}, "Documentlay-out"),
        ({"EmailLayout": NOBODY}, "E-maillay-out"),
        ({"EmailLayout": layout}, "E-maillay-out"),
    ):
        text = f"Ongeldige referentie: {name}"
        assert exact.refused_print(draft, **fields) == text
    exact.print(draft, DocumentLayout=layout, EmailLayout=mail)


def test_a_layout_that_was_deleted_is_refused(exact):
    layout = exact.service.control_add_layout(MAIN, "Webshop")["ID"]
    exact.service.control_delete_layout(MAIN, layout)
    text = "Ongeldige referentie: Documentlay-out"
    assert exact.refused_print(exact.draft(), DocumentLayout=layout) == text


def test_layouts_are_listed_with_subject_and_type(exact):
    rows = exact.rows("salesinvoice/Layouts", select="ID,Subject,Type")
    shown = {(row["Subject"], row["Type"]) for row in rows}
    assert shown == {
        ("Factuur standaard", 1),
        ("Factuur Engels", 1),
        ("Begeleidende e-mail", 2),
    }


def test_a_customer_or_journal_that_was_blocked_meanwhile_is_refused(exact):
    customer = exact.customer()
    draft = exact.draft(OrderedBy=customer)
    exact.service.control_edit_account(MAIN, customer, Blocked=True)
    assert exact.refused_print(draft) == "Geblokkeerd: Besteld door"
    exact.service.control_edit_account(MAIN, customer, Blocked=False)
    exact.service.control_block_journal(MAIN, "70")
    assert exact.refused_print(draft) == "Geblokkeerd: Dagboek"


def test_a_sender_must_be_an_address(exact):
    for sender in ("winkel", "a b@example.com", "@example.com"):
        text = "Ongeldig: E-mail []"
        assert exact.refused_print(exact.draft(), SenderEmailAddress=sender) == text


def test_a_printed_invoice_stays_as_it_is(exact):
    draft = exact.draft()
    exact.print(draft)
    key, (line,) = draft["InvoiceID"], exact.draft_lines(draft)
    for answer in (
        exact.put(INVOICES, key, {"Description": "X"}),
        exact.delete(INVOICES, key),
        exact.put(LINES, line["ID"], {"Quantity": 1}),
        exact.delete(LINES, line["ID"]),
        exact.post(LINES, exact.invoice_line(InvoiceID=key)),
    ):
        assert business(answer) == "Reeds verwerkt"
    assert exact.read(draft)["AmountFC"] == 121


def test_the_entry_of_an_invoice_stays_as_it_is(exact):
    exact.print(exact.draft())
    key = entry_of(exact, 26700001)["EntryID"]
    for answer in (
        exact.put(ENTRIES, key, {"Description": "X"}),
        exact.delete(ENTRIES, key),
    ):
        assert business(answer) == "Reeds verwerkt"


def test_a_printed_invoice_cannot_be_read_at_the_printing_address(exact):
    draft = exact.draft()
    url = exact.url(f"{PRINTED}(guid'{draft['InvoiceID']}')")
    assert exact.call("GET", url).status_code == 405


# --- the document -----------------------------------------------------------


def test_printing_makes_a_document_with_a_pdf(exact):
    draft = exact.draft()
    answer = exact.print(draft)
    assert answer["DocumentCreationSuccess"] == "Document aangemaakt: 1"
    assert answer["DocumentCreationError"] is None
    invoice = exact.read(draft)
    assert invoice["Document"] == answer["Document"]
    (document,) = exact.rows(
        "documents/Documents", filter="SalesInvoiceNumber eq 26700001", top=1
    )
    assert document["ID"] == answer["Document"]
    assert (document["Type"], document["Account"]) == (10, draft["InvoiceTo"])
    entry = entry_of(exact, 26700001)
    assert entry["Document"] == document["ID"]
    assert document["FinancialTransactionEntryID"] == entry["EntryID"]
    (attachment,) = exact.rows(
        "documents/DocumentAttachments",
        filter=f"Document eq guid'{document['ID']}'",
        top=1,
    )
    assert attachment["FileName"] == "26700001.pdf"
    content = exact.call("GET", attachment["Url"] + "&Download=1").content
    assert content.startswith(b"%PDF-1.4")
    assert b"Factuur 26700001" in content
    assert len(content) == attachment["FileSize"]


def test_a_document_that_the_draft_was_given_stays_with_the_invoice(exact):
    own = exact.created("documents/Documents", {"Type": 10, "Subject": "WEB-1"})["ID"]
    draft = exact.draft(Document=own)
    answer = exact.print(draft)
    assert exact.read(draft)["Document"] == own
    assert entry_of(exact, 26700001)["Document"] == answer["Document"] != own


def test_without_a_document_the_invoice_is_printed_and_nothing_is_sent(exact):
    exact.option(print_document_error="Fout bij aanmaken")
    draft = exact.draft(OrderedBy=exact.customer(Email="jan@example.com"))
    answer = exact.print(draft, SendEmailToCustomer=True)
    assert answer["DocumentCreationError"] == "Fout bij aanmaken"
    assert answer["DocumentCreationSuccess"] is answer["Document"] is None
    assert answer["EmailCreationError"] == "Niet verzonden: er is geen document"
    assert exact.read(draft)["Status"] == 50
    assert exact.service.control_documents(MAIN) == []
    assert exact.service.control_outbox(MAIN) == []


# --- e-mail, Peppol, postbox ------------------------------------------------


def outcomes(answer):
    names = ("EmailCreation", "PeppolCreation", "PostboxMessageCreation")
    return [(answer[f"{n}Success"], answer[f"{n}Error"]) for n in names]


def test_nothing_is_sent_unless_asked_for(exact):
    customer = exact.customer(Email="jan@example.com", InvoicingMethod=2)
    answer = exact.print(exact.draft(OrderedBy=customer))
    assert outcomes(answer) == [(None, None)] * 3
    assert exact.service.control_outbox(MAIN) == []


def test_an_email_goes_to_the_customer_once(exact):
    draft = exact.draft(OrderedBy=exact.customer(Email="jan@example.com"))
    mail = exact.layout(2)
    answer = exact.print(
        draft,
        SendEmailToCustomer=True,
        SenderEmailAddress="winkel@example.com",
        EmailLayout=mail,
        ExtraText="Dank",
    )
    text = "E-mail verzonden naar jan@example.com"
    assert outcomes(answer)[0] == (text, None)
    assert exact.refused_print(draft, SendEmailToCustomer=True) == "Reeds verwerkt"
    (sent,) = exact.service.control_outbox(MAIN, draft["InvoiceID"])
    assert sent.pop("Sent")
    assert sent == {
        "Channel": "email",
        "To": "jan@example.com",
        "From": "winkel@example.com",
        "InvoiceID": draft["InvoiceID"],
        "InvoiceNumber": 26700001,
        "EmailLayout": mail,
        "ExtraText": "Dank",
    }


def test_a_customer_without_an_address_gets_none_and_the_answer_is_201(exact):
    draft = exact.draft()
    answer = exact.print(draft, SendEmailToCustomer=True)
    text = "E-mail niet verzonden: klant heeft geen e-mailadres"
    assert outcomes(answer)[0] == (None, text)
    assert answer["DocumentCreationSuccess"]
    assert exact.read(draft)["Status"] == 50
    assert exact.service.control_outbox(MAIN) == []


def test_the_email_goes_to_who_gets_the_invoice(exact):
    payer = exact.customer(Email="boekhouding@example.com")
    buyer = exact.customer(Email="inkoop@example.com")
    draft = exact.draft(OrderedBy=buyer, InvoiceTo=payer)
    exact.print(draft, SendEmailToCustomer=True)
    (sent,) = exact.service.control_outbox(MAIN)
    assert sent["To"] == "boekhouding@example.com"
    assert sent["From"] == "administratie@example.nl"


def test_a_mail_that_fails_by_option_is_told_in_the_answer(exact):
    exact.option(print_email_error="SMTP: weg")
    draft = exact.draft(OrderedBy=exact.customer(Email="jan@example.com"))
    answer = exact.print(draft, SendEmailToCustomer=True)
    assert outcomes(answer)[0] == (None, "SMTP: weg")
    assert exact.service.control_outbox(MAIN) == []


@pytest.mark.parametrize(
    ("method", "channels"),
    [(None, []), (1, []), (2, ["email"]), (4, ["postbox"]), (8, ["email"])],
)
def test_the_customers_own_way_of_sending_can_be_followed(exact, method, channels):
    customer = exact.customer(Email="jan@example.com", InvoicingMethod=method)
    exact.print(exact.draft(OrderedBy=customer), SendOutputBasedOnAccount=True)
    sent = exact.service.control_outbox(MAIN)
    assert [row["Channel"] for row in sent] == channels


def test_peppol_and_postbox_need_a_customer_who_has_them(exact):
    asked = {"SendInvoiceViaPeppol": True, "SendInvoiceToCustomerPostbox": True}
    answer = exact.print(exact.draft(), **asked)
    assert outcomes(answer)[1:] == [
        (None, "Niet via Peppol verzonden: klant heeft geen Peppol-ID"),
        (None, "Niet naar postvak verzonden: klant heeft geen postvak"),
    ]
    customer = exact.customer(PeppolIdentifier="0106:1", InvoicingMethod=4)
    answer = exact.print(exact.draft(OrderedBy=customer), **asked)
    assert outcomes(answer)[1:] == [
        ("Via Peppol verzonden naar 0106:1", None),
        ("Naar postvak verzonden van Jan Jansen", None),
    ]
    exact.option(print_peppol_error="Peppol: weg", print_postbox_error="Postvak: weg")
    answer = exact.print(exact.draft(OrderedBy=customer), **asked)
    assert outcomes(answer)[1:] == [(None, "Peppol: weg"), (None, "Postvak: weg")]
    assert len(exact.service.control_outbox(MAIN)) == 2
