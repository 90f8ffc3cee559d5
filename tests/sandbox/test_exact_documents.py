"""Documents and attachments (exact-online-api 5.7, 7.6)."""

import base64

import pytest
import requests

from sandbox.core import loads
from sandbox.exact import demo
from tests.sandbox.exact_kit import NOBODY, business, error_text

DOCUMENTS = "documents/Documents"
ATTACHMENTS = "documents/DocumentAttachments"
ENTRIES = "salesentry/SalesEntries"
PDF = b"%PDF-1.4\n"


def document(exact, **fields):
    data = {"Type": 10, "Subject": "Invoice WEB-1", **fields}
    return exact.created(DOCUMENTS, data)


def attachment(exact, key, **fields):
    content = base64.b64encode(PDF).decode()
    return {"Document": key, "FileName": "a.pdf", "Attachment": content, **fields}


def test_a_document_answers_in_full(exact):
    customer = exact.customer()
    row = document(exact, Account=customer, DocumentDate="2026-06-03T00:00:00", HID=99)
    assert row["Subject"] == "Invoice WEB-1"
    assert row["AccountName"] == "Jan Jansen"
    assert row["TypeDescription"] == "Sales invoice"
    assert row["DocumentDate"] == "/Date(1780444800000)/"
    # HID is a running number.
    assert document(exact)["HID"] == row["HID"] + 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Subject": None}, "Verplicht: Onderwerp"),
        ({"Type": None}, "Verplicht: Type"),
        ({"Type": 9}, "Ongeldige referentie: Type"),
        ({"Account": NOBODY}, "Ongeldige referentie: Relatie"),
        ({"FinancialTransactionEntryID": NOBODY}, "Ongeldige referentie: EntryID"),
    ],
)
def test_a_document_is_checked(exact, fields, text):
    data = {"Type": 10, "Subject": "Invoice", **fields}
    assert exact.refused(DOCUMENTS, data) == text
    assert exact.service.control_documents(exact.division) == []


def test_an_attachment_and_its_content(exact):
    key = document(exact)["ID"]
    row = exact.created(ATTACHMENTS, attachment(exact, key))
    assert row["Attachment"] is None
    assert row["FileSize"] == len(PDF)
    assert row["Url"] == (
        f"{exact.box.exact_url}/docs/SysAttachment.aspx?ID={row['ID']}"
        f"&_Division_={demo.MAIN}"
    )
    rows = exact.rows(
        ATTACHMENTS, select="Url,FileName", filter=f"Document eq guid'{key}'"
    )
    assert [r["FileName"] for r in rows] == ["a.pdf"]
    answer = exact.call("GET", row["Url"] + "&Download=1")
    assert (answer.status_code, answer.content) == (200, PDF)
    # Without that parameter there is a page.
    assert b"<html" in exact.call("GET", row["Url"]).content
    assert requests.get(row["Url"] + "&Download=1", timeout=10).status_code == 401
    exact.tokens = exact.connect([demo.SECOND])
    answer = exact.call("GET", row["Url"] + "&Download=1")
    assert answer.status_code == 403


def test_an_attachment_is_checked(exact):
    key = document(exact)["ID"]
    assert exact.refused(ATTACHMENTS, {}) == (
        "Verplicht: Bijlage\r\nVerplicht: Document\r\nVerplicht: Bestandsnaam"
    )
    data = attachment(exact, NOBODY)
    assert exact.refused(ATTACHMENTS, data) == "Ongeldige referentie: Document"
    for wrong in ("no base64!", "YQ", "YQ==\n", 5):
        answer = exact.post(ATTACHMENTS, attachment(exact, key, Attachment=wrong))
        assert answer.status_code == 400
        assert error_text(answer) == (
            "Error encountered in converting the value from request payload for "
            "property 'Attachment' to type 'Byte[]', which is the property's expected "
            "type. See inner exception for more detail."
        )


def test_a_document_first_and_then_the_entry(exact):
    key = document(exact)["ID"]
    entry = exact.book(Document=key)
    assert entry["Document"] == key
    assert entry["DocumentSubject"] == "Invoice WEB-1"
    row = exact.get(f"{DOCUMENTS}(guid'{key}')")
    assert row["FinancialTransactionEntryID"] == entry["EntryID"]
    text = f"FinancialTransactionEntryID eq guid'{entry['EntryID']}'"
    assert len(exact.rows(DOCUMENTS, select="ID", filter=text)) == 1


def test_a_document_can_be_linked_later(exact):
    entry, key = exact.book(), document(exact)["ID"]
    exact.put(ENTRIES, entry["EntryID"], {"Document": key})
    assert exact.get(f"{ENTRIES}(guid'{entry['EntryID']}')")["Document"] == key
    other = document(exact)["ID"]
    link = {"FinancialTransactionEntryID": entry["EntryID"]}
    exact.put(DOCUMENTS, other, link)
    assert exact.get(f"{ENTRIES}(guid'{entry['EntryID']}')")["Document"] == other


def test_some_companies_refuse_to_link_later(exact):
    exact.service.control_set_option(document_put=False)
    entry, key = exact.book(), document(exact)["ID"]
    answer = exact.put(ENTRIES, entry["EntryID"], {"Document": key})
    assert business(answer) == "Niet toegestaan: Document"
    assert exact.get(f"{ENTRIES}(guid'{entry['EntryID']}')")["Document"] is None


def test_exact_may_make_a_document_itself(exact):
    assert exact.book()["Document"] is None
    exact.service.control_set_option(auto_document=True)
    entry = exact.book(Description="Order 1")
    row = exact.get(f"{DOCUMENTS}(guid'{entry['Document']}')")
    assert row["Subject"] == "Order 1"


def test_an_orphan_document_stays_and_can_be_deleted(exact):
    key = document(exact)["ID"]
    exact.created(ATTACHMENTS, attachment(exact, key))
    exact.refused_entry(Document=key, Journal="99")
    (row,) = exact.service.control_documents(exact.division)
    assert row["ID"] == key
    assert row["FinancialTransactionEntryID"] is None
    assert row["Attachments"] == [{"FileName": "a.pdf", "FileSize": len(PDF)}]
    assert exact.put(DOCUMENTS, key, {"Subject": "New"}).status_code == 204
    assert exact.delete(DOCUMENTS, key).status_code == 204
    assert exact.rows(ATTACHMENTS, select="ID") == []


def test_a_type_that_the_user_may_not_make(exact):
    exact.service.control_set_option(document_types=[55])
    data = {"Type": 10, "Subject": "Invoice"}
    assert exact.refused(DOCUMENTS, data) == "Document Type not allowed"
    rows = exact.rows("documents/DocumentTypes", select="ID,DocumentIsCreatable")
    assert {row["ID"] for row in rows if row["DocumentIsCreatable"]} <= {55}
    exact.service.control_set_option(document_types=None)
    assert exact.created(DOCUMENTS, data)["Type"] == 10


def test_the_types_of_documents(exact):
    url = exact.url("documents/DocumentTypes(10)")
    assert loads(exact.call("GET", url).text)["d"]["Description"] == "Sales invoice"
