"""VAT arithmetic, numbers, the ledger, open items (exact-online-api 5.4, 5.6)."""

from decimal import Decimal

import pytest

from sandbox.exact import demo

ENTRIES = "salesentry/SalesEntries"
LINES = "salesentry/SalesEntryLines"
LEDGER = "financialtransaction/TransactionLines"


def money(text):
    return Decimal(text)


# --- VAT --------------------------------------------------------------------


def test_the_sample_of_the_reference(exact):
    entry = exact.book(
        exact.line("100.00", "8000", "2"),
        exact.line("50.00", "8010", "1"),
        exact.line("4.95", "8100", "2", VATAmountFC=Decimal("1.04")),
        YourRef="WEB-100045",
    )
    assert entry["AmountFC"] == entry["AmountDC"] == money("181.49")
    assert entry["VATAmountFC"] == entry["VATAmountDC"] == money("26.54")
    assert (entry["Type"], entry["Status"]) == (20, 20)
    assert entry["CustomerName"] == "Jan Jansen"
    assert entry["JournalDescription"] == "Verkoopboek"


@pytest.mark.parametrize(
    ("vat", "amount", "given", "net", "tax"),
    [
        # Excluding: VAT is added.
        ("2", "826.45", None, "826.45", "173.55"),
        ("1", "50.00", None, "50.00", "4.50"),
        # Half a cent goes away from zero.
        ("1", "0.50", None, "0.50", "0.05"),
        ("2", "2.50", None, "2.50", "0.53"),
        ("2", "-2.50", None, "-2.50", "-0.53"),
        ("FR2", "10.00", None, "10.00", "0.55"),
        ("FR2", "1.00", None, "1.00", "0.06"),
        # The line's own VAT amount wins.
        ("2", "100.00", "20.99", "100.00", "20.99"),
        ("2", "100.00", "0", "100.00", "0"),
        ("2", "-100.00", "-21.00", "-100.00", "-21.00"),
        # Including: VAT is taken out.
        ("4", "121.00", None, "100.00", "21.00"),
        ("4", "10.00", None, "8.26", "1.74"),
        ("3", "10.90", None, "10.00", "0.90"),
        ("4", "10.00", "1.73", "8.27", "1.73"),
        # Without VAT.
        ("6", "100.00", None, "100.00", "0"),
        ("7", "100.00", None, "100.00", "0"),
        ("0", "100.00", None, "100.00", "0"),
        ("0", "100.00", "0", "100.00", "0"),
    ],
)
def test_vat_of_a_line(exact, vat, amount, given, net, tax):
    extra = {"VATAmountFC": money(given)} if given is not None else {}
    gl = "8050" if vat == "FR2" else "8000"
    entry = exact.book(exact.line(amount, gl, vat, **extra))
    text = f"EntryID eq guid'{entry['EntryID']}'"
    row = exact.rows(LINES, select="AmountFC,VATAmountFC", filter=text)[0]
    assert (row["AmountFC"], row["VATAmountFC"]) == (money(net), money(tax))
    assert entry["AmountFC"] == money(net) + money(tax)
    assert entry["VATAmountFC"] == money(tax)


def test_the_vat_code_of_the_account_is_the_default(exact):
    entry = exact.book(exact.line(vat=None))
    assert entry["VATAmountFC"] == 21
    entry = exact.book(exact.line(gl="8010", VATCode=None, vat=None))
    assert entry["VATAmountFC"] == 9
    entry = exact.book(exact.line(gl="8050", vat=None))
    assert entry["VATAmountFC"] == 0


def test_the_vat_amount_of_the_header_has_no_effect(exact):
    assert exact.book(VATAmountFC=5)["VATAmountFC"] == 21


def test_rounding_is_per_line(exact):
    entry = exact.book(*[exact.line("0.03") for _ in range(10)])
    assert entry["VATAmountFC"] == money("0.10")
    assert exact.book(exact.line("0.30"))["VATAmountFC"] == money("0.06")


def test_a_negative_total_is_a_credit_note(exact):
    entry = exact.book(exact.line("-100.00", VATAmountFC=-21))
    assert (entry["AmountFC"], entry["Type"]) == (-121, 21)
    assert entry["TypeDescription"] == "Verkoopcreditnota"
    entry = exact.book(exact.line("100.00"), exact.line("-40.00"))
    assert (entry["Type"], entry["AmountFC"]) == (20, money("72.60"))


def test_vat_codes(exact):
    rows = exact.rows(
        "vat/VATCodes",
        select="Code,Type,Percentage,VATTransactionType,OssCountry,EUSalesListing,"
        "IsBlocked,GLToPayCode",
    )
    found = {row["Code"].strip(): row for row in rows}
    shown = {
        code: (row["Type"], row["Percentage"], row["VATTransactionType"])
        for code, row in found.items()
    }
    assert shown["0"] == ("N", 0, "B")
    assert shown["1"] == ("E", money("0.09"), "S")
    assert shown["2"] == ("E", money("0.21"), "S")
    assert shown["3"] == ("I", money("0.09"), "S")
    assert shown["4"] == ("I", money("0.21"), "S")
    assert shown["5"] == ("E", money("0.21"), "P")
    assert shown["6"] == ("B", 0, "S")
    assert found["7"]["EUSalesListing"] == "L"
    assert found["DE1"]["OssCountry"].strip() == "DE"
    assert found["FR2"]["Percentage"] == money("0.055")
    assert [code for code, row in found.items() if row["IsBlocked"]] == ["19"]
    assert found["2"]["GLToPayCode"] == "1500"
    key = exact.rows("vat/VATCodes", select="ID", filter="Code eq '1'")[0]["ID"]
    row = exact.get(f"vat/VATCodes(guid'{key}')", expand="VATPercentages")
    assert [item["Percentage"] for item in row["VATPercentages"]["results"]] == [
        money("0.06"),
        money("0.09"),
    ]


# --- currencies -------------------------------------------------------------


def test_a_foreign_currency(exact):
    entry = exact.book(exact.line("100.00"), exact.line("0.55"), Currency="USD")
    assert entry["Rate"] == money("0.92")
    assert entry["AmountFC"] == money("121.67")
    # Each amount is converted by itself: 92 + 19.32 + 0.51 + 0.11.
    assert entry["AmountDC"] == money("111.94")
    entry = exact.book(Currency="USD", Rate=Decimal("0.5"))
    assert entry["AmountDC"] == money("60.50")
    assert exact.service.control_ledger_check(exact.division)["ok"]


def test_exchange_rates(exact):
    path = "financial/ExchangeRates"
    data = {"SourceCurrency": "USD", "Rate": 0.95, "StartDate": "2026-06-01"}
    row = exact.created(path, data)
    assert row["TargetCurrency"] == "EUR"
    assert exact.book(Currency="USD")["Rate"] == money("0.95")
    assert exact.put(path, row["ID"], {"Rate": 0.96}).status_code == 204
    assert exact.delete(path, row["ID"]).status_code == 204
    assert exact.refused(path, {"Rate": 1}) == "Verplicht: SourceCurrency"
    assert exact.refused(path, {"SourceCurrency": "CHF"}) == (
        "Ongeldige referentie: Valuta"
    )
    codes = [row["Code"] for row in exact.rows("general/Currencies", select="Code")]
    assert codes == ["EUR", "GBP", "USD"]


def test_a_currency_without_a_rate(exact):
    for row in exact.rows("financial/ExchangeRates", select="ID"):
        exact.delete("financial/ExchangeRates", row["ID"])
    assert exact.refused_entry(Currency="USD") == "Verplicht: Koers"
    assert exact.post(ENTRIES, exact.entry(Currency="USD", Rate=0.9)).ok


# --- numbers ----------------------------------------------------------------


def numbers(entry):
    return entry["EntryNumber"], entry["InvoiceNumber"]


def test_numbers_are_year_journal_sequence(exact):
    assert numbers(exact.book()) == (26700001, 26700001)
    assert numbers(exact.book()) == (26700002, 26700002)
    assert numbers(exact.book(Journal="71")) == (26710001, 26710001)
    assert numbers(exact.book(EntryDate="2025-12-31")) == (25700001, 25700001)


def test_a_journal_with_letters_has_digits_of_its_own(exact):
    exact.division = demo.BELGIAN
    entry = exact.book(exact.line(gl="700000", vat="1"), Journal="VER")
    assert str(entry["EntryNumber"]).startswith("26")
    assert len(str(entry["EntryNumber"])) == 8
    again = exact.book(exact.line(gl="700000", vat="1"), Journal="VER")
    assert again["EntryNumber"] == entry["EntryNumber"] + 1


def test_an_own_entry_number(exact):
    assert numbers(exact.book(EntryNumber=26700010)) == (26700010, 26700001)
    assert exact.book()["EntryNumber"] == 26700011
    assert exact.book(EntryNumber=5)["EntryNumber"] == 5
    assert exact.book()["EntryNumber"] == 26700012
    exact.book(EntryNumber=26700014)
    exact.book(EntryNumber=26700013)
    assert exact.book()["EntryNumber"] == 26700015


@pytest.mark.parametrize(
    "number",
    [
        26700001,  # in use
        26700009,  # lower than the last
        25700020,  # another year
        26710020,  # another journal
        100045,  # no number of the sequence
        267,
    ],
)
def test_an_invoice_number_that_does_not_fit_is_replaced(exact, number):
    exact.book()
    exact.book(InvoiceNumber=26700010)
    entry = exact.book(InvoiceNumber=number)
    assert entry["InvoiceNumber"] == 26700011
    assert entry["EntryNumber"] == 26700003


def test_an_invoice_number_that_fits_is_kept(exact):
    assert exact.book(InvoiceNumber=26700100)["InvoiceNumber"] == 26700100
    assert exact.book()["InvoiceNumber"] == 26700101
    assert exact.book(OrderNumber=7)["OrderNumber"] == 7
    assert exact.book(OrderNumber=7)["OrderNumber"] == 7


def test_a_sequence_goes_on_after_9999(exact):
    exact.book(EntryNumber=26709999, InvoiceNumber=26709999)
    assert numbers(exact.book()) == (267010000, 267010000)
    assert numbers(exact.book()) == (267010001, 267010001)


# --- the ledger -------------------------------------------------------------


def ledger(exact, entry):
    fields = "LineNumber,GLAccountCode,AmountDC,VATType,AmountFC,VATCode"
    rows = exact.rows(
        LEDGER, select=fields, filter=f"EntryID eq guid'{entry['EntryID']}'"
    )
    rows.sort(key=lambda row: row["LineNumber"])
    return [(r["GLAccountCode"], r["AmountDC"], r["VATType"]) for r in rows]


def test_what_an_entry_does_in_the_ledger(exact):
    entry = exact.book(exact.line("100.00"), exact.line("50.00", "8010", "1"))
    assert ledger(exact, entry) == [
        ("1300", money("175.50"), None),
        ("8000", -100, "V"),
        ("1500", -21, "A"),
        ("8010", -50, "V"),
        ("1501", money("-4.50"), "A"),
    ]


def test_what_a_credit_note_does_in_the_ledger(exact):
    entry = exact.book(exact.line("-100.00"))
    assert ledger(exact, entry) == [
        ("1300", -121, None),
        ("8000", 100, "X"),
        ("1500", 21, "Z"),
    ]


def test_vat_of_zero_makes_no_line(exact):
    entry = exact.book(exact.line("0.01"))
    assert ledger(exact, entry) == [
        ("1300", money("0.01"), None),
        ("8000", money("-0.01"), "V"),
    ]
    entry = exact.book(exact.line("10.00", "8040", "6"))
    assert len(ledger(exact, entry)) == 2


def test_the_debtors_account_of_the_customer(exact):
    division = exact.service.state.divisions[exact.division]
    other = division["GLAccounts"].insert(
        {"Code": "1310", "Description": "Debiteuren webshop", "Type": 20}
    )
    entry = exact.book(Customer=exact.customer(GLAR=other["ID"]))
    assert ledger(exact, entry)[0][0] == "1310"


def test_transaction_lines_show_their_entry(exact):
    entry = exact.book(YourRef="W1", Description="Order 1")
    row = exact.rows(
        LEDGER,
        select="EntryNumber,InvoiceNumber,YourRef,JournalCode,AccountName,AccountCode,"
        "FinancialYear,FinancialPeriod,Type,Currency,Date,Description",
        filter="YourRef eq 'W1' and LineNumber eq 0",
    )[0]
    assert row["EntryNumber"] == entry["EntryNumber"]
    assert row["Date"] == entry["EntryDate"]
    assert (row["FinancialYear"], row["FinancialPeriod"]) == (2026, 6)
    assert (row["JournalCode"], row["AccountName"]) == ("70", "Jan Jansen")
    assert row["AccountCode"] == "1001".rjust(18)
    text = f"EntryNumber eq {entry['EntryNumber']}"
    assert len(exact.rows(LEDGER, select="ID", filter=text)) == 3


def test_a_receivable_for_each_entry(exact):
    entry = exact.book(YourRef="W1", PaymentReference="P1")
    fields = "AmountFC,AmountDC,DueDate,IsFullyPaid,Status,PaymentMethod,YourRef,"
    fields += "InvoiceNumber,TransactionEntryID,TransactionID,PaymentReference,Journal"
    path, text = "cashflow/Receivables", "YourRef eq 'W1'"
    row = exact.rows(path, select=fields, filter=text)[0]
    assert row["AmountFC"] == row["AmountDC"] == 121
    assert (row["IsFullyPaid"], row["Status"]) == (False, 20)
    assert row["PaymentMethod"] == "B"
    assert row["TransactionEntryID"] == entry["EntryID"]
    assert row["DueDate"] == entry["DueDate"]
    line = exact.get(f"{LEDGER}(guid'{row['TransactionID']}')")
    assert line["GLAccountCode"] == "1300"
    assert exact.book(exact.line("0.00"), YourRef="W2")["AmountFC"] == 0
    assert exact.rows(path, select="ID", filter="YourRef eq 'W2'") == []


def test_few_fields_of_a_receivable_can_be_put(exact):
    exact.book(YourRef="W1")
    path = "cashflow/Receivables"
    key = exact.rows(path, select="ID", filter="YourRef eq 'W1'")[0]["ID"]
    data = {
        "Description": "D",
        "PaymentMethod": "I",
        "AmountFC": 5,
        "IsFullyPaid": True,
    }
    assert exact.put(path, key, data).status_code == 204
    row = exact.get(f"{path}(guid'{key}')")
    assert (row["Description"], row["PaymentMethod"]) == ("D", "I")
    assert (row["AmountFC"], row["IsFullyPaid"]) == (121, False)


def test_open_items_go_when_they_are_paid(exact):
    entry = exact.book(YourRef="W1")
    path = "read/financial/ReceivablesList"
    options = {"select": "HID,Amount,InvoiceNumber,YourRef,AccountCode,DueDate"}
    row = exact.rows(path, **options, filter="YourRef eq 'W1'")[0]
    assert row["Amount"] == 121
    assert row["InvoiceNumber"] == entry["EntryNumber"]
    assert isinstance(row["HID"], str)
    assert exact.get(f"{path}({row['HID']}L)")["Amount"] == 121
    exact.service.control_match_entry(exact.division, entry["EntryNumber"])
    assert exact.rows(path, **options, filter="YourRef eq 'W1'") == []
    assert exact.call("GET", exact.url(f"{path}({row['HID']}L)")).status_code == 404
    paid = exact.rows(
        "cashflow/Receivables",
        select="IsFullyPaid,Status,LastPaymentDate",
        filter="YourRef eq 'W1'",
    )[0]
    assert (paid["IsFullyPaid"], paid["Status"]) == (True, 50)
    assert paid["LastPaymentDate"] is not None


def test_open_items_have_pages(exact):
    customer = exact.customer()
    for number in range(70):
        exact.service.control_add_entry(
            exact.division,
            Customer=customer,
            Journal="70",
            YourRef=f"R{number}",
            SalesEntryLines=[{"GLAccount": "8000", "AmountFC": 1}],
        )
    path = "read/financial/ReceivablesList"
    data = exact.get(path, select="YourRef")
    answer = exact.call("GET", data["__next"])
    more = answer.json()["d"]["results"]
    assert len({row["YourRef"] for row in data["results"] + more}) == 70


# --- master data ------------------------------------------------------------


def test_the_chart(exact):
    rows = exact.rows(
        "financial/GLAccounts", select="Code,Type,BalanceType,BalanceSide"
    )
    types = {row["Code"]: row["Type"] for row in rows}
    for code, kind in (
        ("1300", 20),
        ("1100", 12),
        ("1220", 16),
        ("1500", 24),
        ("1600", 22),
        ("8000", 110),
        ("8100", 110),
        ("4990", 121),
    ):
        assert types[code] == kind
    rows = exact.rows("financial/Journals", select="Code,Type,GLAccountCode")
    types = {row["Code"]: row["Type"] for row in rows}
    for code, kind in (("10", 10), ("20", 12), ("70", 20), ("60", 22), ("90", 90)):
        assert types[code] == kind
    rows = exact.rows("cashflow/PaymentConditions", select="Code,PaymentDays")
    assert {row["Code"]: row["PaymentDays"] for row in rows}["30"] == 30
    for path in ("salesinvoice/Layouts", "logistics/ItemGroups", "logistics/Units"):
        assert exact.rows(path, select="ID")
    row = exact.rows(
        "documents/DocumentTypes", select="ID", filter="Description eq 'Sales invoice'"
    )[0]
    assert row["ID"] == 10


def test_master_data_with_codes_can_be_written(exact):
    path = "financial/GLAccounts"
    assert exact.refused(path, {"Code": "9000"}) == "Verplicht: Omschrijving"
    data = {"Code": "9000", "Description": "Test", "Type": 110}
    row = exact.created(path, data)
    assert row["TypeDescription"] == "Revenue"
    assert exact.refused(path, data) == "Gegeven bestaat reeds."
    assert exact.put(path, row["ID"], {"Description": "T2"}).status_code == 204
    condition = {"Code": "7D", "Description": "7 dagen", "PaymentDays": 7}
    exact.created("cashflow/PaymentConditions", condition)
    assert exact.book(PaymentCondition="7D")["PaymentCondition"] == "7D"
