"""What the bookkeeping refuses on sales entries (exact-online-api 5, 8.6)."""

from decimal import Decimal

import pytest

from sandbox.exact import demo
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import NOBODY, business

ENTRIES = "salesentry/SalesEntries"
LINES = "salesentry/SalesEntryLines"


@pytest.fixture
def english(box):
    exact_kit.start(box)
    return exact_kit.Exact(box, demo.USER_EN)


HEADERS = [
    ({"Customer": None}, "Verplicht: Klant", "Mandatory: Customer"),
    ({"Journal": None}, "Verplicht: Dagboek", "Mandatory: Journal"),
    ({"Journal": " "}, "Verplicht: Dagboek", "Mandatory: Journal"),
    ({"SalesEntryLines": []}, "Verplicht: Regels", "Mandatory: Lines"),
    ({"SalesEntryLines": None}, "Verplicht: Regels", "Mandatory: Lines"),
    (
        {"Customer": NOBODY},
        "Ongeldige referentie: Klant",
        "Invalid reference: Customer",
    ),
    (
        {"Journal": "99"},
        "Ongeldige referentie: Journals",
        "Invalid reference: Journals",
    ),
    ({"Journal": "20"}, "Ongeldig: Dagboek (type)", "Invalid: Journal (type)"),
    ({"Journal": "90"}, "Ongeldig: Dagboek (type)", "Invalid: Journal (type)"),
    ({"Journal": "79"}, "Geblokkeerd: Dagboek", "Blocked: Journal"),
    (
        {"PaymentCondition": "99"},
        "Ongeldige referentie: Betalingsconditie",
        "Invalid reference: Payment condition",
    ),
    ({"Currency": "CHF"}, "Ongeldig: Valuta", "Invalid: Currency"),
    ({"Currency": "eur"}, "Ongeldig: Valuta", "Invalid: Currency"),
    ({"Currency": "USD", "Journal": "71"}, "Ongeldig: Valuta", "Invalid: Currency"),
    ({"Rate": 1.1}, "Ongeldig: Koers", "Invalid: Exchange rate"),
    (
        {"Currency": "USD", "Rate": 0},
        "Ongeldig: Koers",
        "Invalid: Exchange rate",
    ),
    ({"EntryNumber": 0}, "Ongeldig: Boekstuknummer", "Invalid: Entry number"),
    (
        {"Document": NOBODY},
        "Ongeldige referentie: Document",
        "Invalid reference: Document",
    ),
    (
        {"EntryDate": "2031-01-01"},
        "Onbekend: Boekjaar (Periode – datumtabel)",
        "Unknown: Fiscal year (Period - date table)",
    ),
    (
        {"ReportingYear": 2026, "ReportingPeriod": 13},
        "Onbekend: Boekjaar (Periode – datumtabel)",
        "Unknown: Fiscal year (Period - date table)",
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
    (
        {"PaymentReference": "x" * 26},
        "Ongeldig: PaymentReference (maximaal 25 tekens)",
        "Invalid: PaymentReference (maximum 25 characters)",
    ),
]


def refused(exact, data, expected):
    """Check a refusal, and that it changed nothing."""
    service, division = exact.service, exact.division
    before = (service.control_entries(division), service.control_accounts(division))
    text = exact.refused(ENTRIES, data)
    assert text == expected
    assert before == (
        service.control_entries(division),
        service.control_accounts(division),
    )


def with_condition(exact, **fields):
    """Return a payload whose only flaw is in `fields`."""
    return {**exact.entry(), "PaymentCondition": "30", **fields}


@pytest.mark.parametrize(("fields", "dutch", "_english"), HEADERS)
def test_headers_in_dutch(shared, fields, dutch, _english):
    refused(shared, with_condition(shared, **fields), dutch)


@pytest.fixture(scope="module")
def shared_english():
    with exact_kit.running(demo.USER_EN) as client:
        yield client


@pytest.mark.parametrize(("fields", "_dutch", "text"), HEADERS)
def test_headers_in_english(shared_english, fields, _dutch, text):
    refused(shared_english, with_condition(shared_english, **fields), text)


LINES_REFUSED = [
    ({"GLAccount": None}, "Verplicht: Grootboekrekening"),
    ({"AmountFC": None}, "Verplicht: Bedrag"),
    ({"GLAccount": NOBODY}, "Ongeldige referentie: Grootboekrekening"),
    ({"gl": "1300"}, "Ongeldig: Grootboekrekeningtype"),
    ({"gl": "1500"}, "Ongeldig: Grootboekrekeningtype"),
    ({"gl": "8900"}, "Geblokkeerd: Grootboekrekening"),
    ({"gl": "4900"}, "Verplicht: Kostenplaats"),
    ({"CostCenter": "A"}, "Ongeldige referentie: Kostenplaats"),
    ({"CostUnit": "A"}, "Ongeldige referentie: Kostendrager"),
    ({"Project": NOBODY}, "Ongeldige referentie: Project"),
    ({"VATCode": "99"}, "Ongeldige referentie: Btw-code"),
    ({"VATCode": "5"}, "Ongeldig: Btw-code"),
    ({"VATCode": "19"}, "Geblokkeerd: Btw-code"),
    ({"VATPercentage": 0.19}, "Ongeldig: Btw-percentage []"),
    ({"VATPercentage": 21}, "Ongeldig: Btw-percentage []"),
    ({"VATCode": "6", "VATPercentage": 0.21}, "Ongeldig: Btw-percentage []"),
    ({"VATCode": "6", "VATAmountFC": 21}, "Ongeldig: Btw-bedrag"),
    ({"VATCode": "0", "VATAmountFC": 0.01}, "Ongeldig: Btw-bedrag"),
    ({"AmountFC": 100.005}, "Ongeldig: Bedrag (maximaal 2 decimalen)"),
    ({"AmountFC": "0.001"}, "Ongeldig: Bedrag (maximaal 2 decimalen)"),
    ({"VATAmountFC": 21.001}, "Ongeldig: Btw-bedrag (maximaal 2 decimalen)"),
    ({"Description": "x" * 61}, "Ongeldig: Omschrijving (maximaal 60 tekens)"),
]


@pytest.mark.parametrize(("fields", "text"), LINES_REFUSED)
def test_lines(shared, fields, text):
    fields = dict(fields)
    line = {**shared.line(gl=fields.pop("gl", "8000")), **fields}
    data = shared.entry(shared.line(), line, shared.line())
    refused(shared, data, text)


def test_several_messages_come_together(exact):
    data = {**exact.entry(exact.line(vat="99"), exact.line(vat="5")), "Journal": "99"}
    refused(
        exact,
        {**data, "YourRef": "x" * 31},
        "Ongeldig: Uw ref. (maximaal 30 tekens)\r\n"
        "Ongeldige referentie: Journals\r\n"
        "Ongeldige referentie: Btw-code\r\n"
        "Ongeldig: Btw-code",
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Status": "A"}, "Ongeldig: Klant (Type)"),
        ({"Status": "P"}, "Ongeldig: Klant (Type)"),
        ({"Status": "S"}, "Ongeldig: Klant (Type)"),
        ({"Blocked": True}, "Geblokkeerd: Klant"),
        (
            {"StartDate": "2026-06-04"},
            "Ongeldig: Klant (Startdatum - Einddatum)",
        ),
        ({"EndDate": "2026-06-02"}, "Ongeldig: Klant (Startdatum - Einddatum)"),
    ],
)
def test_customers(exact, fields, text):
    refused(exact, exact.entry(Customer=exact.customer(**fields)), text)


def test_a_customer_within_its_dates(exact):
    key = exact.customer(StartDate="2026-06-03", EndDate="2026-06-03")
    assert exact.book(Customer=key)["Customer"] == key


# --- payment conditions -----------------------------------------------------


def test_no_payment_condition_at_all(exact):
    key = exact.customer(PaymentConditionSales=None)
    refused(exact, exact.entry(Customer=key), "Verplicht: Betalingsconditie")


def test_where_the_payment_condition_comes_from(exact):
    key = exact.customer(PaymentConditionSales="14")
    entry = exact.book(Customer=key)
    assert entry["PaymentCondition"] == "14"
    entry = exact.book(Customer=key, PaymentCondition="00")
    assert entry["PaymentCondition"] == "00"
    assert entry["PaymentConditionDescription"] == "Contant"
    exact.division = demo.SECOND
    key = exact.customer(PaymentConditionSales=None)
    assert exact.book(Customer=key)["PaymentCondition"] == "30"


@pytest.mark.parametrize(
    ("condition", "day"),
    [("00", "2026-06-03"), ("30", "2026-07-03"), ("60E", "2026-08-31")],
)
def test_the_due_date_follows_from_it(exact, condition, day):
    exact.book(PaymentCondition=condition)
    (entry,) = exact.service.control_entries(exact.division)
    assert (entry["EntryDate"], entry["DueDate"]) == ("2026-06-03", day)
    exact.book(PaymentCondition=condition, DueDate="2026-06-10", YourRef="own")
    (entry,) = exact.service.control_entries(exact.division, your_ref="own")
    assert entry["DueDate"] == "2026-06-10"


# --- periods ----------------------------------------------------------------


def test_a_closed_period(exact):
    exact.service.control_close_period(exact.division, 2026, 5)
    data = exact.entry(EntryDate="2026-05-31")
    refused(exact, data, "Periode is afgesloten: 2026 – 5")
    assert exact.book(EntryDate="2026-06-01")["ReportingPeriod"] == 6
    # Booked in an open period with an older date.
    entry = exact.created(ENTRIES, {**data, "ReportingPeriod": 6})
    assert (entry["ReportingYear"], entry["ReportingPeriod"]) == (2026, 6)
    exact.service.control_open_period(exact.division, 2026, 5)
    assert exact.post(ENTRIES, data).status_code == 201


def test_a_closed_period_in_english(english):
    english.service.control_close_period(english.division, 2025, 12)
    data = english.entry(EntryDate="2025-12-31")
    refused(english, data, "Period is closed: 2025 – 12")


def test_a_new_year_has_to_be_set_up(exact):
    data = exact.entry(EntryDate="2027-01-01")
    refused(exact, data, "Onbekend: Boekjaar (Periode – datumtabel)")
    exact.service.control_add_year(exact.division, 2027)
    assert exact.created(ENTRIES, data)["EntryNumber"] == 27700001
    rows = exact.rows("financial/FinancialPeriods", select="FinYear,FinPeriod")
    assert sum(row["FinYear"] == 2027 for row in rows) <= 12


def test_the_date_is_today_by_default(exact, box):
    # 00:30 on 1 June in Amsterdam is still May in UTC.
    box.clock.set("2026-05-31T22:30:00+00:00")
    exact.tokens = exact.connect()
    data = exact.entry()
    del data["EntryDate"]
    entry = exact.created(ENTRIES, data)
    assert entry["ReportingPeriod"] == 6


# --- blocking ---------------------------------------------------------------


def test_master_data_can_be_blocked_later(exact):
    service, division = exact.service, exact.division
    service.control_block_vat_code(division, "2")
    refused(exact, exact.entry(), "Geblokkeerd: Btw-code")
    service.control_block_vat_code(division, "2", blocked=False)
    service.control_block_gl_account(division, "8000")
    refused(exact, exact.entry(), "Geblokkeerd: Grootboekrekening")
    service.control_block_gl_account(division, "8000", blocked=False)
    service.control_block_journal(division, "70")
    refused(exact, exact.entry(), "Geblokkeerd: Dagboek")
    service.control_block_journal(division, "70", blocked=False)
    exact.book()


def test_a_percentage_that_ended(exact):
    # The low rate was 6% until the end of 2018.
    exact.service.control_add_year(exact.division, 2018)
    low = exact.line(gl="8010", vat="1")
    entry = exact.book(low, EntryDate="2018-12-31")
    assert entry["VATAmountFC"] == 6
    assert exact.book(low)["VATAmountFC"] == 9
    asked = {**low, "VATPercentage": 0.06}
    refused(exact, exact.entry(asked), "Ongeldig: Btw-percentage []")
    assert exact.book({**low, "VATPercentage": 0.09})["VATAmountFC"] == 9
    # A percentage of 0 has no effect.
    assert exact.book({**low, "VATPercentage": 0})["VATAmountFC"] == 9


# --- numbers ----------------------------------------------------------------


def test_an_entry_number_is_used_once(exact):
    exact.book(EntryNumber=26700500)
    data = exact.entry(EntryNumber=26700500)
    refused(exact, data, "In gebruik: Boekstuknummer")
    refused(
        exact,
        exact.entry(EntryNumber=26700500, Journal="71"),
        "In gebruik: Boekstuknummer",
    )


def test_an_entry_number_in_use_in_english(english):
    english.book(EntryNumber=26700500)
    refused(english, english.entry(EntryNumber=26700500), "In use: Entry number")


def test_a_duplicate_invoice_number_can_be_refused(exact):
    exact.service.control_set_option(duplicate_invoice_number="refuse")
    exact.book(InvoiceNumber=26700001)
    refused(exact, exact.entry(InvoiceNumber=26700001), "In gebruik: Factuurnummer")


# --- changing and deleting --------------------------------------------------


def read(exact, key):
    return exact.get(f"{ENTRIES}(guid'{key}')")


def test_put_changes_what_is_named(exact):
    key = exact.book(YourRef="A", Description="first")["EntryID"]
    answer = exact.put(ENTRIES, key, {"YourRef": "B", "Status": 50})
    assert (answer.status_code, answer.content) == (204, b"")
    row = read(exact, key)
    assert (row["YourRef"], row["Description"]) == ("B", "first")
    assert (row["Status"], row["PaymentCondition"]) == (20, "30")
    assert exact.rows(ENTRIES, select="EntryID", filter="YourRef eq 'A'") == []
    assert len(exact.rows(ENTRIES, select="EntryID", filter="YourRef eq 'B'")) == 1


def test_put_is_checked_like_post(exact):
    key = exact.book()["EntryID"]
    for data, text in (
        ({"Customer": NOBODY}, "Ongeldige referentie: Klant"),
        ({"Customer": None}, "Verplicht: Klant"),
        ({"Journal": "20"}, "Ongeldig: Dagboek (type)"),
        ({"PaymentCondition": "99"}, "Ongeldige referentie: Betalingsconditie"),
        ({"YourRef": "x" * 31}, "Ongeldig: Uw ref. (maximaal 30 tekens)"),
        ({"EntryDate": "2031-01-01"}, "Onbekend: Boekjaar (Periode – datumtabel)"),
    ):
        assert business(exact.put(ENTRIES, key, data)) == text


def test_a_new_date_is_a_new_period(exact):
    key = exact.book()["EntryID"]
    exact.put(ENTRIES, key, {"EntryDate": "2026-05-31"})
    assert read(exact, key)["ReportingPeriod"] == 5


def test_lines_are_not_put_with_the_header(exact):
    key = exact.book()["EntryID"]
    data = {"SalesEntryLines": [exact.line()]}
    assert exact.put(ENTRIES, key, data).status_code == 400


def test_a_processed_entry_stays(exact):
    key = exact.book()["EntryID"]
    line = exact.rows(LINES, select="ID", filter=f"EntryID eq guid'{key}'")[0]["ID"]
    exact.service.control_edit_entry(exact.division, key, Status=50)
    answers = [
        exact.put(ENTRIES, key, {"YourRef": "B"}),
        exact.delete(ENTRIES, key),
        exact.put(LINES, line, {"AmountFC": 5}),
        exact.delete(LINES, line),
        exact.post(LINES, exact.line(EntryID=key)),
    ]
    assert [business(answer) for answer in answers] == ["Reeds verwerkt"] * 5


def test_a_matched_entry_stays(english):
    key = english.book()["EntryID"]
    english.service.control_match_entry(english.division, key)
    answer = english.put(ENTRIES, key, {"YourRef": "B"})
    assert business(answer) == "Already processed"


def test_an_entry_in_a_closed_period_stays(exact):
    key = exact.book()["EntryID"]
    exact.service.control_close_period(exact.division, 2026, 6)
    for answer in (
        exact.put(ENTRIES, key, {"YourRef": "B"}),
        exact.delete(ENTRIES, key),
    ):
        assert business(answer) == "Periode is afgesloten: 2026 – 6"


def test_delete_takes_everything_along(exact):
    entry = exact.book(YourRef="gone")
    assert exact.delete(ENTRIES, entry["EntryID"]).status_code == 204
    for path, field in (
        (LINES, "EntryID"),
        ("financialtransaction/TransactionLines", "EntryID"),
        ("cashflow/Receivables", "TransactionEntryID"),
    ):
        text = f"{field} eq guid'{entry['EntryID']}'"
        assert exact.rows(path, select=field, filter=text) == []
    # The number is not given out again.
    assert exact.book()["EntryNumber"] == entry["EntryNumber"] + 1


# --- lines of their own -----------------------------------------------------


def test_a_line_can_be_added_changed_and_deleted(exact):
    key = exact.book()["EntryID"]
    line = exact.created(LINES, exact.line("50.00", "8010", "1", EntryID=key))
    assert line["LineNumber"] == 2
    assert read(exact, key)["AmountFC"] == Decimal("175.50")
    exact.put(LINES, line["ID"], {"AmountFC": 60})
    assert read(exact, key)["AmountFC"] == Decimal("186.40")
    exact.put(LINES, line["ID"], {"VATAmountFC": Decimal("5.41")})
    assert read(exact, key)["AmountFC"] == Decimal("186.41")
    exact.put(LINES, line["ID"], {"Description": "changed"})
    assert read(exact, key)["AmountFC"] == Decimal("186.41")
    assert exact.service.control_ledger_check(exact.division)["ok"]
    assert exact.delete(LINES, line["ID"]).status_code == 204
    assert read(exact, key)["AmountFC"] == 121
    assert exact.service.control_ledger_check(exact.division)["ok"]


def test_the_last_line_takes_the_entry_along(exact):
    key = exact.book()["EntryID"]
    line = exact.rows(LINES, select="ID", filter=f"EntryID eq guid'{key}'")[0]["ID"]
    assert exact.delete(LINES, line).status_code == 204
    assert exact.call("GET", exact.url(f"{ENTRIES}(guid'{key}')")).status_code == 404
    assert exact.service.control_entries(exact.division) == []


def test_a_line_of_its_own_is_checked(exact):
    key = exact.book()["EntryID"]
    assert exact.refused(LINES, exact.line()) == "Verplicht: EntryID"
    assert exact.refused(LINES, exact.line(EntryID=NOBODY)) == (
        "Ongeldige referentie: EntryID"
    )
    line = exact.line(vat="99", EntryID=key)
    assert exact.refused(LINES, line) == "Ongeldige referentie: Btw-code"


def test_an_amount_with_an_including_code_can_be_read_as_net(exact):
    exact.service.control_set_option(including_as_net=True)
    key = exact.book(exact.line("121.00", vat="4"))["EntryID"]
    assert read(exact, key)["AmountFC"] == Decimal("146.41")
    line = {**exact.line("121.00", vat="4"), "VATAmountFC": 21}
    key = exact.book(line, exact.line("10.00", vat="2"))["EntryID"]
    assert read(exact, key)["AmountFC"] == Decimal("154.10")


def test_an_including_line_stays_gross_when_changed(exact):
    key = exact.book(exact.line("121.00", vat="4"))["EntryID"]
    text = f"EntryID eq guid'{key}'"
    line = exact.rows(LINES, select="ID,AmountFC", filter=text)[0]
    assert line["AmountFC"] == 100
    exact.put(LINES, line["ID"], {"Description": "changed"})
    assert read(exact, key)["AmountFC"] == 121
    exact.put(LINES, line["ID"], {"VATAmountFC": Decimal("20.99")})
    row = exact.rows(LINES, select="AmountFC", filter=text)[0]
    assert row["AmountFC"] == Decimal("100.01")
    exact.put(LINES, line["ID"], {"AmountFC": 242})
    row = exact.rows(LINES, select="AmountFC,VATAmountFC", filter=text)[0]
    assert (row["AmountFC"], row["VATAmountFC"]) == (200, 42)
