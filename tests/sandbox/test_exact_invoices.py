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


# --- what is filled in ------------------------------------------------------


def test_without_a_journal_the_first_sales_journal_is_taken(exact):
    assert exact.draft(Journal=None)["Journal"] == "70"
    exact.service.control_block_journal(demo.MAIN, "70")
    assert exact.draft(Journal=None)["Journal"] == "71"


def test_without_a_sales_journal_it_must_be_named(exact):
    for code in ("70", "71"):
        exact.service.control_block_journal(demo.MAIN, code)
    assert exact.refused_invoice(Journal=None) == "Verplicht: Dagboek"


def test_dates_condition_and_currency_are_filled_in(exact):
    draft = exact.draft(OrderDate=None)
    assert draft["OrderDate"] == "/Date(1780444800000)/"  # today
    assert draft["DueDate"] == "/Date(1783036800000)/"  # 30 days later
    assert draft["Currency"] == "EUR"
    assert exact.draft(PaymentCondition="14")["PaymentCondition"] == "14"


def test_a_negative_total_makes_a_credit_note_unless_the_type_is_given(exact):
    credit = exact.invoice_line(quantity=-2)
    assert exact.draft(credit)["Type"] == 8021
    assert exact.draft(credit, Type=8020)["Type"] == 8020
    draft = exact.draft(Type=8021)
    assert (draft["Type"], draft["TypeDescription"]) == (8021, "Verkoopcreditnota")


def test_a_relation_may_have_its_sales_invoiced_to_another(exact):
    other = exact.customer(Name="Hoofdkantoor")
    branch = exact.customer(Name="Filiaal", InvoiceAccount=other)
    draft = exact.draft(OrderedBy=branch)
    assert draft["InvoiceTo"] == other
    assert draft["DeliverTo"] == branch
    assert exact.draft(OrderedBy=branch, InvoiceTo=branch)["InvoiceTo"] == branch


def test_own_amounts_in_another_currency(exact):
    draft = exact.draft(Currency="USD")
    assert amounts(draft, "AmountFC", "AmountDC", "VATAmountDC") == (
        121,
        Decimal("111.32"),
        Decimal("19.32"),
    )


# --- order numbers ----------------------------------------------------------


def test_an_own_order_number_is_kept_and_must_be_unique(exact):
    assert exact.draft(OrderNumber=100045)["OrderNumber"] == 100045
    text = "Verkoopordernummer: Bestaat reeds"
    assert exact.refused_invoice(OrderNumber=100045) == text
    text = "Ongeldig: Verkoopordernummer"
    assert exact.refused_invoice(OrderNumber=0) == text


def test_an_order_number_may_repeat_where_exact_takes_that(exact):
    exact.option(order_number_unique=False)
    assert exact.draft(OrderNumber=7)["OrderNumber"] == 7
    assert exact.draft(OrderNumber=7)["OrderNumber"] == 7


def test_order_numbers_that_are_left_out_avoid_the_ones_in_use(exact):
    exact.draft(OrderNumber=2)
    numbers = [exact.draft()["OrderNumber"] for _number in range(2)]
    assert numbers == [1, 3]


# --- refusals ---------------------------------------------------------------

REFUSED = [
    (
        {"OrderedBy": None},
        "Verplicht: Factuur voor\r\nVerplicht: Besteld door",
        "Mandatory: Invoice to\r\nMandatory: Ordered by",
    ),
    ({"SalesInvoiceLines": []}, "Verplicht: Regels", "Mandatory: Lines"),
    ({"SalesInvoiceLines": None}, "Verplicht: Regels", "Mandatory: Lines"),
    (
        {"OrderedBy": NOBODY},
        "Ongeldige referentie: Besteld door",
        "Invalid reference: Ordered by",
    ),
    (
        {"InvoiceTo": NOBODY},
        "Ongeldige referentie: Factuur voor",
        "Invalid reference: Invoice to",
    ),
    (
        {"DeliverTo": NOBODY},
        "Ongeldige referentie: Leveren aan",
        "Invalid reference: Deliver to",
    ),
    (
        {"Journal": "99"},
        "Ongeldige referentie: Journals",
        "Invalid reference: Journals",
    ),
    ({"Journal": "90"}, "Ongeldig: Dagboek (type)", "Invalid: Journal (type)"),
    ({"Journal": "79"}, "Geblokkeerd: Dagboek", "Blocked: Journal"),
    (
        {"PaymentCondition": "99"},
        "Ongeldige referentie: Betalingsconditie",
        "Invalid reference: Payment condition",
    ),
    ({"Currency": "CHF"}, "Ongeldig: Valuta", "Invalid: Currency"),
    ({"Currency": "USD", "Journal": "71"}, "Ongeldig: Valuta", "Invalid: Currency"),
    (
        {"Document": NOBODY},
        "Ongeldige referentie: Document",
        "Invalid reference: Document",
    ),
    (
        {"Salesperson": NOBODY},
        "Ongeldige referentie: Salesperson",
        "Invalid reference: Salesperson",
    ),
    ({"Discount": 10}, "Niet toegestaan: Korting", "Not allowed: Discount"),
    ({"Type": 8022}, "Ongeldig: Type", "Invalid: Type"),
    ({"Type": 8023}, "Ongeldig: Type", "Invalid: Type"),
    ({"Type": 8024}, "Ongeldig: Type", "Invalid: Type"),
    ({"Warehouse": NOBODY}, "Niet toegestaan: Magazijn", "Not allowed: Warehouse"),
    (
        {"SalesInvoiceOrderChargeLines": [{"AmountFCExclVAT": 5}]},
        "Niet toegestaan: Orderkosten",
        "Not allowed: Order charges",
    ),
    (
        {"YourRef": "x" * 31},
        "Ongeldig: Uw ref. (maximaal 30 tekens)",
        "Invalid: Your ref. (maximum 30 characters)",
    ),
    (
        {"Description": "x" * 61},
        "Ongeldig: Omschrijving (maximaal 60 tekens)",
        "Invalid: Description (maximum 60 characters)",
    ),
]


@pytest.fixture(scope="module")
def dutch():
    with exact_kit.running() as client:
        yield Invoicing(client.box)


@pytest.fixture(scope="module")
def english():
    with exact_kit.running(demo.USER_EN) as client:
        yield Invoicing(client.box, demo.USER_EN)


@pytest.mark.parametrize(("fields", "text", "_english"), REFUSED)
def test_what_is_refused_on_a_header_in_dutch(dutch, fields, text, _english):
    assert dutch.refused(INVOICES, {**dutch.invoice(), **fields}) == text
    assert dutch.service.control_invoices(demo.MAIN) == []


@pytest.mark.parametrize(("fields", "_dutch", "text"), REFUSED)
def test_what_is_refused_on_a_header_in_english(english, fields, _dutch, text):
    assert english.refused(INVOICES, {**english.invoice(), **fields}) == text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Status": "P"}, "Ongeldig: Klant (Type)"),
        ({"Blocked": True}, "Geblokkeerd: Besteld door"),
        ({"EndDate": "2026-06-02"}, "Ongeldig: Klant (Startdatum - Einddatum)"),
        ({"StartDate": "2026-06-04"}, "Ongeldig: Klant (Startdatum - Einddatum)"),
        ({"PaymentConditionSales": None}, "Verplicht: Betalingsconditie"),
    ],
)
def test_the_customer_must_be_one_and_free(dutch, fields, text):
    assert dutch.refused_invoice(OrderedBy=dutch.customer(**fields)) == text


def test_who_gets_the_invoice_must_be_a_customer_too(dutch):
    prospect = dutch.customer(Status="P")
    text = "Ongeldig: Factuur voor (Type)"
    assert dutch.refused_invoice(InvoiceTo=prospect) == text
    blocked = dutch.customer(Blocked=True)
    assert dutch.refused_invoice(InvoiceTo=blocked) == "Geblokkeerd: Factuur voor"
    # The payment condition is that of who pays.
    payer = dutch.customer(PaymentConditionSales=None)
    text = "Verplicht: Betalingsconditie"
    assert dutch.refused_invoice(InvoiceTo=payer) == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"Nonsense": 1}, "The property name 'Nonsense' specified for type"),
        ({"Journal": 70}, "'Journal' to type 'String'"),
        ({"OrderedBy": "1000"}, "'OrderedBy' to type 'Guid'"),
        ({"SalesInvoiceLines": {}}, "valid top-level resource object"),
        ({"SalesInvoiceLines": [1]}, "valid top-level resource object"),
        ({"SalesInvoiceLines": [{"SalesVatCode": "2"}]}, "'SalesVatCode'"),
        ({"SalesInvoiceLines": [{"Item": "MOK"}]}, "'Item' to type 'Guid'"),
    ],
)
def test_a_bad_payload_is_400(dutch, data, message):
    answer = dutch.post(INVOICES, {**dutch.invoice(), **data})
    assert answer.status_code == 400
    assert message in exact_kit.error_text(answer)


# --- direct invoices --------------------------------------------------------


def test_direct_invoices_exist_with_stock_only_and_need_a_warehouse(exact):
    exact.service.control_set_module(demo.MAIN, "stock")
    assert exact.refused_invoice(Type=8023) == "Verplicht: Magazijn"
    text = "Ongeldige referentie: Magazijn"
    assert exact.refused_invoice(Type=8023, Warehouse=NOBODY) == text
    (row,) = exact.rows("inventory/Warehouses", select="ID")
    warehouse = row["ID"]
    for kind in (8023, 8024):
        draft = exact.draft(Type=kind, Warehouse=warehouse)
        assert (draft["Type"], draft["Warehouse"]) == (kind, warehouse)


# --- change and delete ------------------------------------------------------


def changed(exact, draft, **data):
    answer = exact.put(INVOICES, draft["InvoiceID"], data)
    assert (answer.status_code, answer.content) == (204, b"")
    return exact.read(draft)


def test_a_change_touches_what_it_names_only(exact):
    draft = exact.draft(YourRef="WEB-1", Description="Bestelling")
    row = changed(exact, draft, Description="Anders", OrderDate="2026-06-01")
    assert (row["YourRef"], row["Description"]) == ("WEB-1", "Anders")
    assert row["InvoiceDate"] == row["OrderDate"] == "/Date(1780272000000)/"
    assert row["DueDate"] == "/Date(1782864000000)/"
    assert row["AmountFC"] == 121


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"Journal": "71"}, "Niet toegestaan: Dagboek"),
        ({"OrderedBy": NOBODY}, "Niet toegestaan: Besteld door"),
        ({"SalesInvoiceLines": []}, "Niet toegestaan: Regels"),
        ({"PaymentCondition": "99"}, "Ongeldige referentie: Betalingsconditie"),
        ({"Type": 8023}, "Ongeldig: Type"),
    ],
)
def test_journal_customer_and_lines_cannot_be_put(exact, data, text):
    draft = exact.draft()
    answer = exact.put(INVOICES, draft["InvoiceID"], {"YourRef": "N", **data})
    assert exact_kit.business(answer) == text
    assert exact.read(draft)["YourRef"] is None


def test_who_gets_the_invoice_cannot_be_changed_either(exact):
    draft = exact.draft()
    row = changed(exact, draft, InvoiceTo=exact.customer(), Status=50)
    assert row["InvoiceTo"] == draft["InvoiceTo"]
    assert row["Status"] == 20


def test_an_order_number_in_use_cannot_be_put(exact):
    exact.draft(OrderNumber=5)
    draft = exact.draft(OrderNumber=6)
    answer = exact.put(INVOICES, draft["InvoiceID"], {"OrderNumber": 5})
    assert exact_kit.business(answer) == "Verkoopordernummer: Bestaat reeds"
    assert changed(exact, draft, OrderNumber=6)["OrderNumber"] == 6


def test_a_deleted_draft_is_gone_with_its_lines(exact):
    draft = exact.draft()
    assert exact.delete(INVOICES, draft["InvoiceID"]).status_code == 204
    assert exact.draft_lines(draft) == []
    assert exact.delete(INVOICES, draft["InvoiceID"]).status_code == 404
    (gone,) = exact.rows(
        "sync/Deleted", filter="Timestamp gt 0L", select="EntityType,EntityKey"
    )
    assert (gone["EntityType"], gone["EntityKey"]) == (13, draft["InvoiceID"])


def test_customers_and_items_of_a_draft_cannot_be_deleted(exact):
    customer = exact.customer()
    exact.draft(OrderedBy=customer)
    answer = exact.delete("crm/Accounts", customer)
    assert exact_kit.business(answer) == "In gebruik: Relatie"
    answer = exact.delete("logistics/Items", exact.item())
    assert exact_kit.business(answer) == "In gebruik: Artikel"
