"""Requests, payloads, statuses and error bodies (exact-online-api 8)."""

import json

import pytest

from sandbox.core import loads
from sandbox.exact import demo
from sandbox.exact.metadata import endpoints
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import NOBODY, error_text

ENTRIES = "salesentry/SalesEntries"
ACCOUNTS = "crm/Accounts"
GL = "financial/GLAccounts"
TOP_LEVEL = (
    "Error processing request stream. The request should be a valid top-level "
    "resource object."
)


def convert(name, kind):
    return (
        f"Error encountered in converting the value from request payload for property "
        f"'{name}' to type '{kind}', which is the property's expected type. See inner "
        "exception for more detail."
    )


def bad_payload(exact, path, data):
    answer = exact.post(path, data)
    assert answer.status_code == 400, (answer.status_code, answer.text)
    return error_text(answer)


# --- headers, paths, methods ------------------------------------------------


@pytest.mark.parametrize(
    "accept", [None, "*/*", "application/xml", "application/atom+xml", "text/json"]
)
def test_json_must_be_accepted(exact, accept):
    url = exact.url("current/Me", select="UserID")
    answer = exact.call("GET", url, headers={"Accept": accept})
    assert answer.status_code == 406
    assert answer.headers["Content-Type"].startswith("application/xml")
    assert exact.post(ACCOUNTS, {"Name": "A"}, Accept=accept).status_code == 406
    assert len(exact.service.control_accounts(exact.division)) == 1


def test_accepting_json_among_others(exact):
    url = exact.url("current/Me", select="UserID")
    accept = {"Accept": "text/html, application/json;odata=verbose"}
    answer = exact.call("GET", url, headers=accept)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize("kind", [None, "text/plain", "application/xml"])
def test_a_write_says_what_it_sends(exact, kind):
    answer = exact.post(ACCOUNTS, {"Name": "A"}, **{"Content-Type": kind})
    assert answer.status_code == 415
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert exact.post(ACCOUNTS, {"Name": "A"}, **headers).status_code == 201


@pytest.mark.parametrize(
    "path",
    [
        "crm/accounts",
        "CRM/Accounts",
        "crm/Accounts/",
        "crm",
        "Accounts",
        "crm/Nothing",
        "current/Me",
        "$batch",
        "crm/Accounts/Nothing",
        "sync/crm/Accounts",
    ],
)
def test_unknown_paths(shared, path):
    url = f"{shared.box.exact_url}/api/v1/{shared.division}/{path}?$select=ID"
    assert shared.call("GET", url).status_code == 404


def test_a_path_without_or_with_a_bad_division(exact):
    for path in ("crm/Accounts", "x/crm/Accounts", "12.5/crm/Accounts", ""):
        url = f"{exact.box.exact_url}/api/v1/{path}?$select=ID"
        assert exact.call("GET", url).status_code == 404
    url = f"{exact.box.exact_url}/api/v2/{exact.division}/crm/Accounts"
    assert exact.call("GET", url).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "system/Divisions", 405),
        ("POST", "financial/FinancialPeriods", 405),
        ("POST", "cashflow/Receivables", 405),
        ("DELETE", "cashflow/Receivables({})", 405),
        ("POST", "crm/Accounts({})", 405),
        ("PATCH", "crm/Accounts({})", 405),
        ("MERGE", "crm/Accounts({})", 405),
        ("PUT", "crm/Accounts", 400),
        ("DELETE", "crm/Accounts", 400),
        ("PUT", "crm/Accounts({})", 404),
        ("DELETE", "crm/Accounts({})", 404),
        ("PUT", "documents/DocumentAttachments({})", 405),
        ("POST", "bulk/CRM/Accounts", 405),
        ("GET", "salesinvoice/PrintedSalesInvoices", 405),
        ("PUT", "salesinvoice/Layouts({})", 405),
        # A licence is missing, or writing is not offered here.
        ("POST", "logistics/ItemGroups", 405),
        ("PUT", "logistics/Units({})", 405),
        ("DELETE", "logistics/Units({})", 405),
        ("POST", "salesorder/SalesOrders", 403),
        ("POST", "vat/VATCodes", 403),
        ("POST", "webhooks/WebhookSubscriptions", 400),
    ],
)
def test_methods(shared, method, path, status):
    url = shared.url(path.format(f"guid'{NOBODY}'"))
    data = None if method in {"GET", "DELETE"} else {"Name": "A"}
    assert shared.call(method, url, data).status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "salesinvoice/SalesInvoices",
        "salesinvoice/Layouts",
        "salesorder/SalesOrders",
        "logistics/SalesItemPrices",
        "logistics/ItemGroups",
        "financialtransaction/BankEntries",
        "generaljournalentry/GeneralJournalEntries",
        "webhooks/WebhookSubscriptions",
        "sync/SalesInvoice/SalesInvoices",
        "bulk/Logistics/Items",
        "sync/Logistics/Items",
    ],
)
def test_what_comes_later_can_be_read(shared, path):
    key = endpoints()[path].key
    assert isinstance(shared.rows(path, select=key), list)


def test_a_long_url(exact):
    def status(length):
        url = exact.url(GL, select="Code", filter="Code eq ''")
        path = url.removeprefix(exact.box.exact_url)
        padding = "x" * (length - len(path))
        return exact.call("GET", url[:-3] + padding + "%27").status_code

    assert status(5999) == 200
    assert status(6001) == 414


# --- payloads ---------------------------------------------------------------


def test_an_unknown_property(exact):
    text = "Error processing request stream. The property name '{}' specified for "
    text += "type 'Exact.Web.Api.Models.{}' is not valid."
    assert bad_payload(exact, ACCOUNTS, {"Name": "A", "Nonsense": 1}) == (
        text.format("Nonsense", "Account")
    )
    assert bad_payload(exact, ACCOUNTS, {"name": "A"}) == text.format("name", "Account")
    data = exact.entry(exact.line(SalesVatCode="2"))
    assert bad_payload(exact, ENTRIES, data) == (
        text.format("SalesVatCode", "SalesEntryLine")
    )
    row = exact.created(ACCOUNTS, {"Name": "A"})
    answer = exact.put(ACCOUNTS, row["ID"], {"Nonsense": 1})
    assert error_text(answer) == text.format("Nonsense", "Account")


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("Customer", "Guid", "1001"),
        ("Customer", "Guid", "{00000000-0000-4000-8000-000000000000}"),
        ("Customer", "Guid", 5),
        ("Journal", "String", 70),
        ("YourRef", "String", True),
        ("Description", "String", ["x"]),
        ("EntryNumber", "Int32", "26700001"),
        ("EntryNumber", "Int32", 1.5),
        ("EntryNumber", "Int32", 2**31),
        ("ReportingYear", "Int16", 40_000),
        ("Reversal", "Boolean", "true"),
        ("Reversal", "Boolean", 1),
        ("Rate", "Double", "1,10"),
        ("Rate", "Double", True),
        ("EntryDate", "DateTime", "03-06-2026"),
        ("EntryDate", "DateTime", "2026-02-30"),
        ("EntryDate", "DateTime", "2026-06-03T00:00:00+02:00"),
        ("EntryDate", "DateTime", "/Date(1780444800000)/"),
        ("EntryDate", "DateTime", 1780444800000),
        # Read-only, but of the wrong type.
        ("Status", "Int16", "open"),
    ],
)
def test_a_value_of_the_wrong_type(shared, name, kind, value):
    data = {**shared.entry(), name: value}
    assert bad_payload(shared, ENTRIES, data) == convert(name, kind)


@pytest.mark.parametrize(
    ("name", "kind", "value"),
    [
        ("GLAccount", "Guid", "8000"),
        ("AmountFC", "Double", "abc"),
        ("AmountFC", "Double", "1e5"),
        ("AmountFC", "Double", ""),
        ("AmountFC", "Double", None),
        ("VATCode", "String", 2),
        ("Quantity", "Double", [1]),
    ],
)
def test_a_value_of_the_wrong_type_on_a_line(shared, name, kind, value):
    data = shared.entry({**shared.line(), name: value})
    if value is None:
        assert shared.refused(ENTRIES, data) == "Verplicht: Bedrag"
    else:
        assert bad_payload(shared, ENTRIES, data) == convert(name, kind)


def test_values_that_are_taken(exact):
    entry = exact.book(
        exact.line("826.45", AmountFC="826.45"),
        EntryDate="2026-06-03",
        DueDate="2026-07-01T00:00:00Z",
    )
    assert entry["AmountFC"] == 1000
    entry = exact.book(EntryDate="2026-06-03T00:00:00.000")
    assert entry["ReportingPeriod"] == 6


@pytest.mark.parametrize(
    "lines",
    [{}, {"results": []}, "x", 5, [5], ["x"], [[]], [None]],
)
def test_lines_that_are_no_array_of_objects(shared, lines):
    data = {**shared.entry(), "SalesEntryLines": lines}
    assert bad_payload(shared, ENTRIES, data) == TOP_LEVEL


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"{'Name': 'A'}",
        b'{"Name": NaN}',
        b'{"Name": "A"} x',
        b"\xff\xfe",
        b"Name=A",
        b"[" * 200_000,
    ],
)
def test_a_body_that_is_no_json_object(shared, body):
    assert bad_payload(shared, ACCOUNTS, body) == TOP_LEVEL


def test_read_only_properties_are_ignored(exact):
    entry = exact.book(Status=50, Type=21, AmountDC=5, EntryID=NOBODY)
    assert (entry["Status"], entry["Type"], entry["AmountDC"]) == (20, 20, 121)
    assert entry["EntryID"] != NOBODY


def test_nothing_is_stored_when_a_payload_is_refused(exact):
    data = exact.entry(exact.line(), exact.line(GLAccount="8000"))
    bad_payload(exact, ENTRIES, data)
    assert exact.service.control_entries(exact.division) == []


# --- answers ----------------------------------------------------------------


def test_accounts_and_contacts_answer_the_key_only(exact):
    row = exact.created(ACCOUNTS, {"Name": "Jan", "Email": "jan@example.com"})
    filled = {name for name, value in row.items() if value not in (None, 0)}
    assert filled == {"__metadata", "ID", "BankAccounts"}
    assert row["CostPaid"] == 0
    assert row["IsMailing"] == 0
    contact = {"Account": row["ID"], "FirstName": "Jan", "LastName": "Jansen"}
    row = exact.created("crm/Contacts", contact)
    assert row["FirstName"] is None


def test_prefer_fills_the_answer(exact):
    data = {"Name": "Jan", "Email": "jan@example.com"}
    row = exact.created(ACCOUNTS, data, Prefer="return=representation")
    assert row["Name"] == "Jan"
    assert row["Code"].strip() == "1001"
    assert row["Blocked"] is False


def test_other_answers_are_full(exact):
    answer = exact.post(ENTRIES, exact.entry(YourRef="W1"))
    assert answer.status_code == 201
    row = loads(answer.text)["d"]
    assert row["YourRef"] == "W1"
    assert row["EntryNumber"] == 26700001
    assert answer.headers["Location"] == row["__metadata"]["uri"]
    # All properties are there, and `__metadata`.
    assert len(row) == 51


def test_put_and_delete_answer_nothing(exact):
    key = exact.created(ACCOUNTS, {"Name": "Jan", "City": "Utrecht"})["ID"]
    answer = exact.put(ACCOUNTS, key, {"Name": "Piet"})
    assert (answer.status_code, answer.content) == (204, b"")
    # A PUT is partial.
    row = exact.get(f"{ACCOUNTS}(guid'{key}')")
    assert (row["Name"], row["City"]) == ("Piet", "Utrecht")
    answer = exact.delete(ACCOUNTS, key)
    assert (answer.status_code, answer.content) == (204, b"")
    assert exact.delete(ACCOUNTS, key).status_code == 404


def test_a_write_takes_no_query(exact):
    url = exact.url(ACCOUNTS, select="ID")
    assert exact.call("POST", url, {"Name": "A"}).status_code == 400


# --- errors -----------------------------------------------------------------


def test_the_error_body_to_the_character(exact):
    answer = exact.post(ENTRIES, {"SalesEntryLines": [exact.line()]})
    assert answer.status_code == 500
    assert answer.content.decode() == (
        '{\r\n"error": {\r\n"code": "", "message": {\r\n"lang": "", "value": '
        '"Verplicht: Klant\\r\\nVerplicht: Dagboek\\r\\n'
        'Verplicht: Betalingsconditie"\r\n}\r\n}\r\n}'
    )
    assert json.loads(answer.text)["error"]["message"]["value"].count("\r\n") == 2


def test_the_language_is_the_users(box):
    exact_kit.start(box)
    english = exact_kit.Exact(box, demo.USER_EN)
    assert english.refused_entry(Journal="99") == "Invalid reference: Journals"
    box.exact.control_set_option(language="NL")
    assert english.refused_entry(Journal="99") == "Ongeldige referentie: Journals"
    box.exact.control_set_option(language=None)
    dutch = exact_kit.Exact(box)
    assert dutch.refused_entry(Journal="99") == "Ongeldige referentie: Journals"


def test_special_characters_in_an_error(exact):
    exact.service.control_close_period(exact.division, 2025, 12)
    text = exact.refused_entry(EntryDate="2025-12-31")
    assert text == "Periode is afgesloten: 2025 – 12"
