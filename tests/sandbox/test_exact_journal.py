"""General journal entries (exact-online-api 7.5)."""

import json
from decimal import Decimal

import pytest

from sandbox.exact import demo
from tests.sandbox import exact_kit

ENTRIES = "generaljournalentry/GeneralJournalEntries"
LINES = "generaljournalentry/GeneralJournalEntryLines"
LEDGER = "financialtransaction/TransactionLines"
RECEIVABLES = "cashflow/Receivables"


def money(text):
    return Decimal(text)


def line(exact, gl, amount, **fields):
    values = {"GLAccount": exact.gl(gl), "Date": "2026-06-03T00:00:00", **fields}
    if amount is not None:
        values["AmountFC"] = money(amount)
    return values


def entry(*lines, **fields):
    values = {"JournalCode": "90", "GeneralJournalEntryLines": list(lines)}
    return {**values, **fields}


def clearing(exact, amount="121.00", customer=None, **fields):
    """Return the entry that clears a debtor against a payment service."""
    customer = customer or exact.customer()
    return entry(
        line(exact, demo.CLEARING, amount),
        line(exact, "1300", f"-{amount}", Account=customer, **fields),
    )


def ledger(exact, made):
    rows = exact.rows(
        LEDGER,
        select="LineNumber,GLAccountCode,AmountDC,AmountFC,VATType,VATCode,Account",
        filter=f"EntryID eq guid'{made['EntryID']}'",
    )
    rows.sort(key=lambda row: row["LineNumber"])
    return [(row["GLAccountCode"], row["AmountDC"], row["VATType"]) for row in rows]


# --- what it does -----------------------------------------------------------


def test_a_debtor_is_cleared_against_a_payment_service(exact):
    customer = exact.customer()
    data = clearing(exact, "121.00", customer, OurRef=26700001, Description="WEB-1")
    made = exact.created(ENTRIES, data)
    assert made["EntryNumber"] == 26900001
    assert (made["Status"], made["Type"]) == (20, 90)
    assert (made["FinancialYear"], made["FinancialPeriod"]) == (2026, 6)
    assert (made["Currency"], made["ExchangeRate"]) == ("EUR", 1)
    assert made["JournalDescription"] == "Memoriaal"
    assert made["TypeDescription"] == "Overige"
    assert ledger(exact, made) == [("1210", 121, None), ("1300", -121, None)]
    text = f"TransactionEntryID eq guid'{made['EntryID']}'"
    assert len(exact.rows(RECEIVABLES, select="ID", filter=text)) == 1
    item = exact.rows(RECEIVABLES, top=1, filter=text)
    assert (item[0]["AmountFC"], item[0]["AmountDC"]) == (-121, -121)
    assert (item[0]["IsFullyPaid"], item[0]["Status"]) == (False, 20)
    assert item[0]["Account"] == customer
    assert item[0]["InvoiceNumber"] == 26700001
    assert item[0]["EntryNumber"] == 26900001
    assert item[0]["Journal"] == "90"
    assert item[0]["Description"] == "WEB-1"
    assert item[0]["GLAccount"] == exact.gl("1300")
    assert exact.created(ENTRIES, clearing(exact))["EntryNumber"] == 26900002
    assert exact.service.control_ledger_check(demo.MAIN)["ok"]


def test_lines_are_read_with_their_entry_and_by_themselves(exact):
    made = exact.created(ENTRIES, clearing(exact))
    shown = exact.get(
        f"{ENTRIES}(guid'{made['EntryID']}')", expand="GeneralJournalEntryLines"
    )
    rows = shown["GeneralJournalEntryLines"]["results"]
    assert [row["LineNumber"] for row in rows] == [1, 2]
    assert [row["AmountFC"] for row in rows] == [121, -121]
    rows = exact.rows(
        LINES,
        select="GLAccountCode,AmountDC,AccountCode,AccountName,EntryNumber,Date",
        filter=f"EntryID eq guid'{made['EntryID']}' and AmountFC lt 0",
    )
    assert len(rows) == 1
    assert rows[0]["GLAccountCode"] == "1300"
    assert rows[0]["AmountDC"] == -121
    assert rows[0]["AccountName"] == "Jan Jansen"
    assert rows[0]["EntryNumber"] == 26900001
    assert rows[0]["Date"] == "/Date(1780444800000)/"


def test_ledger_lines_and_open_items_are_found_by_what_they_show(exact):
    customer = exact.customer()
    sale = exact.book(Customer=customer)
    made = exact.created(ENTRIES, clearing(exact, "121.00", customer, OurRef=7))

    def entries(path, text, field="EntryID"):
        return [row[field] for row in exact.rows(path, select=field, filter=text)]

    mine = made["EntryID"]
    assert entries(LEDGER, "EntryNumber eq 26900001") == [mine, mine]
    assert entries(LEDGER, "InvoiceNumber eq 7") == [mine]
    account = f"Account eq guid'{customer}'"
    assert entries(LEDGER, account).count(mine) == 1
    assert entries(LEDGER, account).count(sale["EntryID"]) == 3
    assert sorted(entries(RECEIVABLES, account)) == sorted([mine, sale["EntryID"]])
    assert entries(RECEIVABLES, "EntryNumber eq 26900001") == [mine]
    assert entries(RECEIVABLES, "InvoiceNumber eq 7") == [mine]
    open_items = "read/financial/ReceivablesList"
    text = f"AccountId eq guid'{customer}'"
    assert sorted(entries(open_items, text, "Amount")) == [-121, 121]
    assert entries(open_items, "InvoiceNumber eq 26900001", "Amount") == [-121]


def test_gift_cards_go_from_the_liability_to_the_debtor(exact):
    customer = exact.customer()
    made = exact.created(
        ENTRIES,
        entry(
            line(exact, demo.GIFT_CARDS, "25.00"),
            line(exact, "1300", "-25.00", Account=customer),
        ),
    )
    assert ledger(exact, made) == [("1800", 25, None), ("1300", -25, None)]
    balance = {
        row["Code"]: row["Balance"]
        for row in exact.service.control_trial_balance(demo.MAIN)
    }
    assert balance == {"1800": 25, "1300": -25}


def test_every_debtor_line_makes_an_open_item(exact):
    first, second = exact.customer(), exact.customer(Name="Piet")
    made = exact.created(
        ENTRIES,
        entry(
            line(exact, demo.CLEARING_PSP, "30.00"),
            line(exact, "1300", "-10.00", Account=first),
            line(exact, "1300", "-20.00", Account=second),
            line(exact, "1300", "0", Account=second),
        ),
    )
    rows = exact.rows(
        RECEIVABLES,
        select="AmountFC,AccountName",
        filter=f"TransactionEntryID eq guid'{made['EntryID']}'",
    )
    shown = {row["AccountName"]: row["AmountFC"] for row in rows}
    assert shown == {"Jan Jansen": -10, "Piet": -20}


def test_the_language_of_the_user(box):
    exact_kit.start(box)
    exact = exact_kit.Exact(box, user=demo.USER_EN)
    data = entry(
        line(exact, "1210", "1.00"), line(exact, "1300", "-0.99"), JournalCode="70"
    )
    assert exact.refused(ENTRIES, data).split("\r\n") == [
        "Invalid: Journal (type)",
        "Mandatory: Account",
        "Entry is not balanced: 0.01",
    ]


# --- VAT --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "revenue", "bank", "given", "base", "vat"),
    [
        ("2", "-100.00", "121.00", None, -100, -21),
        ("2", "-100.00", "120.99", "-20.99", -100, "-20.99"),
        ("4", "-121.00", "121.00", None, -100, -21),
        ("2", "100.00", "-121.00", None, 100, 21),
        ("6", "-100.00", "100.00", None, -100, 0),
    ],
)
def test_vat_on_a_general_journal(exact, code, revenue, bank, given, base, vat):
    extra = {"AmountVATFC": money(given)} if given else {}
    made = exact.created(
        ENTRIES,
        entry(
            line(exact, "8000", revenue, VATCode=code, **extra),
            line(exact, "1210", bank),
        ),
    )
    rows = exact.rows(
        LINES,
        select="AmountFC,AmountVATFC,VATBaseAmountFC,VATType,VATCode",
        filter=f"EntryID eq guid'{made['EntryID']}' and LineNumber eq 1",
    )
    (row,) = rows
    # With an including code the amount includes the VAT (5.4).
    assert row["AmountFC"] == money(revenue)
    assert (row["VATBaseAmountFC"], row["AmountVATFC"]) == (base, money(str(vat)))
    assert row["VATType"] == ("X" if base > 0 else "V")
    wanted = [("8000", base, "X" if base > 0 else "V")]
    if vat:
        wanted.append(("1500", money(str(vat)), "Z" if base > 0 else "A"))
    assert ledger(exact, made) == [*wanted, ("1210", money(bank), None)]
    (report,) = exact.service.control_vat_report(demo.MAIN)
    assert (report["Code"], report["Base"], report["VAT"]) == (
        code,
        -base,
        -money(str(vat)),
    )


def test_the_account_gives_the_vat_code_where_the_journal_allows_vat(exact):
    lines = (line(exact, "8000", "-100.00"), line(exact, "1210", "121.00"))
    made = exact.created(ENTRIES, entry(*lines))
    assert len(ledger(exact, made)) == 3
    data = entry(*lines, JournalCode=demo.GENERAL_JOURNAL_NO_VAT)
    assert exact.refused(ENTRIES, data) == "Boekstuk is niet in evenwicht: 21.00"
    lines = (line(exact, "8000", "-100.00"), line(exact, "1210", "100.00"))
    made = exact.created(ENTRIES, entry(*lines, JournalCode="91"))
    assert ledger(exact, made) == [("8000", -100, None), ("1210", 100, None)]
    assert made["EntryNumber"] == 26910001


def test_vat_accounts_are_booked_by_hand_without_a_code(exact):
    lines = (line(exact, "1500", "21.00"), line(exact, "1100", "-21.00"))
    made = exact.created(ENTRIES, entry(*lines))
    assert ledger(exact, made) == [("1500", 21, None), ("1100", -21, None)]
    assert exact.service.control_vat_report(demo.MAIN) == []


# --- currencies -------------------------------------------------------------


def test_a_foreign_currency_sums_to_zero_twice(exact):
    made = exact.created(
        ENTRIES,
        entry(
            line(exact, "1210", "0.03"),
            line(exact, "4990", "-0.01"),
            line(exact, "4990", "-0.01"),
            line(exact, "4990", "-0.01"),
            Currency="USD",
            ExchangeRate=money("0.5"),
        ),
    )
    assert made["ExchangeRate"] == money("0.5")
    amounts = [amount for _code, amount, _kind in ledger(exact, made)]
    assert amounts[1:] == [money("-0.01")] * 3
    assert sum(amounts) == 0
    data = entry(line(exact, "1210", "0"), Currency="JPY")
    assert exact.refused(ENTRIES, data) == "Ongeldig: Valuta"
    made = exact.created(ENTRIES, {**clearing(exact), "Currency": "USD"})
    assert made["ExchangeRate"] == money("0.92")
    assert exact.service.control_ledger_check(demo.MAIN)["ok"]


# --- refusals ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"JournalCode": None}, "Verplicht: Dagboek"),
        ({"JournalCode": "70"}, "Ongeldig: Dagboek (type)"),
        ({"JournalCode": "20"}, "Ongeldig: Dagboek (type)"),
        ({"JournalCode": "XX"}, "Ongeldige referentie: Journals"),
        ({"GeneralJournalEntryLines": []}, "Verplicht: Regels"),
        ({"FinancialPeriod": 13}, "Onbekend: Boekjaar (Periode – datumtabel)"),
        ({"FinancialYear": 2031}, "Onbekend: Boekjaar (Periode – datumtabel)"),
        ({"EntryNumber": -1}, "Ongeldig: Boekstuknummer"),
        ({"ExchangeRate": 2}, "Ongeldig: Koers"),
    ],
)
def test_a_header_that_is_refused(exact, change, text):
    assert exact.refused(ENTRIES, {**clearing(exact), **change}) == text
    assert exact.service.control_journal_entries(demo.MAIN) == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"GLAccount": None}, "Verplicht: Grootboekrekening"),
        ({"GLAccount": exact_kit.NOBODY}, "Ongeldige referentie: Grootboekrekening"),
        ({"AmountFC": None}, "Verplicht: Bedrag"),
        ({"AmountFC": money("0.001")}, "Ongeldig: Bedrag (maximaal 2 decimalen)"),
        ({"Account": exact_kit.NOBODY}, "Ongeldige referentie: Relatie"),
        ({"Document": exact_kit.NOBODY}, "Ongeldige referentie: Document"),
        ({"Project": exact_kit.NOBODY}, "Ongeldige referentie: Project"),
        ({"OffsetID": exact_kit.NOBODY}, "Ongeldige referentie: OffsetID"),
        ({"CostCenter": "K1"}, "Ongeldige referentie: Kostenplaats"),
        ({"VATCode": "XX"}, "Ongeldige referentie: Btw-code"),
        ({"VATCode": "5"}, "Ongeldig: Btw-code"),
        ({"VATCode": "19"}, "Geblokkeerd: Btw-code"),
        ({"AmountVATFC": 1}, "Ongeldig: Btw-bedrag"),
        (
            {"Description": "x" * 61},
            "Ongeldig: Omschrijving (maximaal 60 tekens)",
        ),
    ],
)
def test_a_line_that_is_refused(exact, change, text):
    data = entry({**line(exact, "4990", "0"), **change})
    found = exact.refused(ENTRIES, data).split("\r\n")
    assert found[0] == text


@pytest.mark.parametrize(
    ("gl", "change", "text"),
    [
        ("1300", {}, "Verplicht: Relatie"),
        ("1600", {}, "Verplicht: Relatie"),
        ("1300", {"VATCode": "2"}, "Niet toegestaan: Btw-code"),
        ("1500", {"VATCode": "2"}, "Niet toegestaan: Btw-code"),
        ("8900", {"VATCode": "0"}, "Geblokkeerd: Grootboekrekening"),
        ("4900", {}, "Verplicht: Kostenplaats"),
    ],
)
def test_accounts_that_need_or_refuse_something(exact, gl, change, text):
    data = entry(line(exact, gl, "0", **change))
    assert text in exact.refused(ENTRIES, data).split("\r\n")


def test_a_vat_code_on_a_journal_without_vat(exact):
    data = entry(line(exact, "8000", "0", VATCode="0"), JournalCode="91")
    assert exact.refused(ENTRIES, data) == "Niet toegestaan: Btw-code"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"Status": "P"}, "Ongeldig: Klant (Type)"),
        ({"Blocked": True}, "Geblokkeerd: Relatie"),
        ({"EndDate": "2026-01-01"}, "Ongeldig: Klant (Startdatum - Einddatum)"),
    ],
)
def test_a_debtor_that_cannot_be_used(exact, fields, text):
    customer = exact.customer(**fields)
    assert exact.refused(ENTRIES, clearing(exact, customer=customer)) == text


def test_an_entry_sums_to_zero(exact):
    data = entry(line(exact, "1210", "10.00"), line(exact, "4990", "-9.99"))
    assert exact.refused(ENTRIES, data) == "Boekstuk is niet in evenwicht: 0.01"
    assert exact.rows(LEDGER, select="ID") == []


def test_own_entry_numbers_are_unique_over_all_entries(exact):
    made = exact.created(ENTRIES, {**clearing(exact), "EntryNumber": 26900010})
    assert made["EntryNumber"] == 26900010
    assert exact.created(ENTRIES, clearing(exact))["EntryNumber"] == 26900011
    text = "In gebruik: Boekstuknummer"
    again = {**clearing(exact), "EntryNumber": 26900010}
    assert exact.refused(ENTRIES, again) == text
    assert exact.refused_entry(EntryNumber=26900010) == text
    sale = exact.book()
    used = {**clearing(exact), "EntryNumber": sale["EntryNumber"]}
    assert exact.refused(ENTRIES, used) == text
    # A number that a sales entry took is left out.
    exact.book(EntryNumber=26900012)
    assert exact.created(ENTRIES, clearing(exact))["EntryNumber"] == 26900013


def test_closed_periods(exact):
    made = exact.created(ENTRIES, clearing(exact))
    exact.service.control_close_period(demo.MAIN, 2026, 6)
    text = "Periode is afgesloten: 2026 – 6"
    assert exact.refused(ENTRIES, clearing(exact)) == text
    answer = exact.delete(ENTRIES, made["EntryID"])
    assert exact_kit.business(answer) == text
    data = {**clearing(exact), "FinancialPeriod": 7}
    assert exact.created(ENTRIES, data)["FinancialPeriod"] == 7


def test_the_date_is_today_where_a_line_has_none(exact):
    data = clearing(exact)
    for row in data["GeneralJournalEntryLines"]:
        del row["Date"]
    made = exact.created(ENTRIES, data)
    assert (made["FinancialYear"], made["FinancialPeriod"]) == (2026, 6)


def test_the_form_of_a_payload(exact):
    good = clearing(exact)
    for change in (
        {"EntryDate": "2026-06-03"},
        {"GeneralJournalEntryLines": {}},
        {"GeneralJournalEntryLines": [{"GLAccount": "1210"}]},
    ):
        assert exact.post(ENTRIES, {**good, **change}).status_code == 400
    # Read-only properties are ignored.
    made = exact.created(ENTRIES, {**good, "Status": 50, "Type": 10})
    assert (made["Status"], made["Type"]) == (20, 90)


def test_an_entry_is_found_again_by_its_lines(exact):
    """The header has no text or reference of its own: look at the lines."""
    customer = exact.customer()
    data = clearing(exact, "1.00", customer, OurRef=7, Description="WEB-1 clearing")
    made = exact.created(ENTRIES, data)
    exact.created(ENTRIES, clearing(exact, "1.00", customer))
    for text in (
        "Description eq 'WEB-1 clearing'",
        f"OurRef eq 7 and Account eq guid'{customer}'",
    ):
        rows = exact.rows(LINES, select="EntryID,AmountFC", filter=text)
        assert [(row["EntryID"], row["AmountFC"]) for row in rows] == [
            (made["EntryID"], -1)
        ]


def test_entries_survive_a_restart(exact):
    made = exact.created(ENTRIES, clearing(exact, OurRef=7))
    before = exact.service.control_journal_entries(demo.MAIN)
    items = exact.service.control_open_items(demo.MAIN)
    exact.service.load(json.loads(json.dumps(exact.service.dump(), default=str)))
    assert exact.service.control_journal_entries(demo.MAIN) == before
    assert exact.service.control_open_items(demo.MAIN) == items
    rows = exact.rows(LEDGER, select="EntryID", filter="InvoiceNumber eq 7")
    assert [row["EntryID"] for row in rows] == [made["EntryID"]]
    assert exact.created(ENTRIES, clearing(exact))["EntryNumber"] == 26900002


# --- change and delete ------------------------------------------------------


def test_an_entry_cannot_be_changed_but_deleted(exact):
    made = exact.created(ENTRIES, clearing(exact))
    key = made["EntryID"]
    assert exact.put(ENTRIES, key, {"ExchangeRate": 1}).status_code == 405
    assert exact.delete(LINES, key).status_code == 405
    assert exact.delete(ENTRIES, key).status_code == 204
    for path in (ENTRIES, LINES, LEDGER, RECEIVABLES):
        assert exact.rows(path, top=1) == []
    gone = exact.rows(
        "sync/Deleted", select="EntityType,EntityKey", filter="Timestamp gt 1L"
    )
    assert sorted(row["EntityType"] for row in gone) == [1, 1, 10]
    assert exact.delete(ENTRIES, key).status_code == 404


def test_a_line_by_itself_must_leave_the_balance(exact):
    made = exact.created(ENTRIES, clearing(exact))
    data = {**line(exact, "4990", "1.00"), "EntryID": made["EntryID"]}
    assert exact.refused(LINES, data) == "Boekstuk is niet in evenwicht: 1.00"
    row = exact.created(LINES, {**data, "AmountFC": 0, "Notes": "Kanttekening"})
    assert (row["LineNumber"], row["EntryNumber"]) == (3, 26900001)
    assert exact.refused(LINES, line(exact, "4990", "0")) == "Verplicht: EntryID"
    data["EntryID"] = exact_kit.NOBODY
    assert exact.refused(LINES, data) == "Ongeldige referentie: EntryID"
    assert ledger(exact, made)[2] == ("4990", 0, None)


def test_a_relation_with_a_journal_line_cannot_be_deleted(exact):
    customer = exact.customer()
    lines = (
        line(exact, "1210", "1.00", Account=customer),
        line(exact, "4990", "-1.00"),
    )
    exact.created(ENTRIES, entry(*lines))
    answer = exact.delete("crm/Accounts", customer)
    assert exact_kit.business(answer) == "In gebruik: Relatie"


def test_without_the_module_nothing_is_written(exact):
    made = exact.created(ENTRIES, clearing(exact))
    exact.service.control_edit_division(demo.MAIN, modules=[])
    assert exact.post(ENTRIES, clearing(exact)).status_code == 403
    assert exact.delete(ENTRIES, made["EntryID"]).status_code == 403
    assert len(exact.rows(ENTRIES, select="EntryID")) == 1


# --- by hand ----------------------------------------------------------------


def test_somebody_books_and_deletes_in_exact(exact):
    service = exact.service
    code = service.control_add_account(demo.MAIN, Name="Piet")["Code"]
    made = service.control_add_journal_entry(
        demo.MAIN,
        JournalCode="90",
        GeneralJournalEntryLines=[
            {"GLAccount": "1210", "AmountFC": 5},
            {"GLAccount": "1300", "AmountFC": -5, "Account": code},
        ],
    )
    assert service.control_journal_entries(demo.MAIN) == [made]
    assert [row["GLAccount"] for row in made["Lines"]] == ["1210", "1300"]
    assert made["Lines"][1]["AccountName"] == "Piet"
    service.control_delete_journal_entry(demo.MAIN, made["EntryNumber"])
    assert service.control_journal_entries(demo.MAIN) == []
    assert exact.rows(RECEIVABLES, top=1) == []
