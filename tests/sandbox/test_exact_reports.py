"""VAT return, EU sales listing and the chart behind them."""

from decimal import Decimal

import pytest

from sandbox.exact import demo
from tests.sandbox import exact_kit

MAIN = demo.MAIN
JOURNAL = "generaljournalentry/GeneralJournalEntries"


def money(text):
    return Decimal(text)


def vat_return(exact, *periods):
    rows = exact.service.control_vat_return(MAIN, 2026, *periods)
    return {(row["Code"], row["Percentage"]): row for row in rows}


def test_a_vat_return_per_code_with_credits(exact):
    exact.book(exact.line("100.00"), exact.line("50.00", "8010", "1"))
    exact.book(exact.line("-30.00"))
    exact.book(exact.line("10.00", "8050", "BE2", VATAmountFC=money("0.59")))
    exact.book(exact.line("80.00", "8040", "6"))
    found = vat_return(exact)
    high = found["2", money("0.21")]
    assert (high["Base"], high["VAT"], high["Lines"]) == (70, money("14.70"), 2)
    assert (high["SalesBase"], high["SalesVAT"]) == (100, 21)
    assert (high["CreditBase"], high["CreditVAT"]) == (-30, money("-6.30"))
    low = found["1", money("0.09")]
    assert (low["Base"], low["VAT"], low["CreditBase"]) == (50, money("4.50"), 0)
    oss = found["BE2", money("0.06")]
    assert (oss["OssCountry"], oss["Base"], oss["VAT"]) == ("BE", 10, money("0.59"))
    assert (found["6", 0]["Base"], found["6", 0]["VAT"]) == (80, 0)
    total = sum(row["VAT"] for row in found.values())
    accounts = {
        row["Code"]: row["Balance"]
        for row in exact.service.control_trial_balance(MAIN)
        if row["Code"].startswith("15")
    }
    assert -sum(accounts.values()) == total == money("19.79")


def test_a_vat_return_is_of_some_periods(exact):
    exact.book(EntryDate="2026-03-31")
    exact.book(exact.line("10.00"), EntryDate="2026-04-01")
    exact.book(exact.line("1.00"), EntryDate="2026-04-01", ReportingPeriod=7)
    exact.book(exact.line("5.00"), EntryDate="2025-12-31")
    key = ("2", money("0.21"))
    assert vat_return(exact, 1, 3)[key]["Base"] == 100
    assert vat_return(exact, 4, 6)[key]["Base"] == 10
    assert vat_return(exact, 7, 9)[key]["Base"] == 1
    assert vat_return(exact)[key]["Base"] == 111
    assert vat_return(exact, 10, 12) == {}
    (row,) = exact.service.control_vat_report(MAIN, 2025)
    assert row["Base"] == 5


def test_a_code_with_two_percentages_has_two_rows(exact):
    exact.service.control_add_year(MAIN, 2018)
    exact.book(exact.line("100.00", "8010", "1"), EntryDate="2018-12-31")
    exact.book(exact.line("100.00", "8010", "1"))
    rows = exact.service.control_vat_return(MAIN, 2018)
    assert [(row["Percentage"], row["VAT"]) for row in rows] == [(money("0.06"), 6)]
    assert set(vat_return(exact)) == {("1", money("0.09"))}


def test_foreign_amounts_count_as_the_ledger_has_them(exact):
    exact.book(exact.line("0.55"), exact.line("0.55"), Currency="USD")
    # Twice 0.506, each rounded.
    row = vat_return(exact)["2", money("0.21")]
    assert (row["Base"], row["VAT"]) == (money("1.02"), money("0.22"))
    (report,) = exact.service.control_vat_report(MAIN)
    assert (report["Base"], report["VAT"]) == (row["Base"], row["VAT"])


def test_journal_entries_count_too(exact):
    lines = [
        {"GLAccount": exact.gl("8000"), "AmountFC": -100, "VATCode": "2"},
        {"GLAccount": exact.gl("1210"), "AmountFC": 121},
        # No VAT is not part of a return.
        {"GLAccount": exact.gl("4990"), "AmountFC": 0, "VATCode": "0"},
    ]
    data = {"JournalCode": "90", "GeneralJournalEntryLines": lines}
    exact.created(JOURNAL, data)
    assert list(vat_return(exact)) == [("2", money("0.21"))]
    assert vat_return(exact)["2", money("0.21")]["VAT"] == 21


# --- supplies within the EU ---------------------------------------------------


def icp(exact, *periods):
    return exact.service.control_icp(MAIN, 2026, *periods)


def test_the_listing_is_per_vat_number(exact):
    german = exact.customer(Country="DE", VATNumber="DE123456789", Name="GmbH")
    twin = exact.customer(Country="DE", VATNumber="DE123456789", Name="Filiale")
    greek = exact.customer(Country="GR", VATNumber="EL123456789", Name="AE")
    goods = exact.line("100.00", "8030", "7")
    exact.book(goods, Customer=german, EntryDate="2026-04-02")
    exact.book(exact.line("-20.00", "8030", "7"), Customer=german)
    exact.book(exact.line("5.00", "8030", "7"), Customer=twin)
    exact.book(exact.line("40.00", "8030", "8"), goods, Customer=greek)
    # Not in the listing: other codes.
    exact.book(Customer=german)
    rows = icp(exact, 4, 6)
    shown = [(row["VATNumber"], row["Listing"], row["Amount"]) for row in rows]
    assert shown == [
        ("DE123456789", "L", 85),
        ("EL123456789", "L", 100),
        ("EL123456789", "S", 40),
    ]
    assert rows[0]["Names"] == ["Filiale", "GmbH"]
    assert len(rows[0]["Accounts"]) == 2
    assert {row["Problem"] for row in rows} == {None}
    assert icp(exact, 1, 3) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "no VAT number"),
        ({"VATNumber": "NL123456789B01"}, "VAT number of the own country"),
        (
            {"Country": "NO", "VATNumber": "NO123456789MVA"},
            "VAT number outside the EU",
        ),
        ({"Country": "FR", "VATNumber": "FRXX123456789"}, None),
    ],
)
def test_the_listing_tells_what_cannot_be_reported(exact, fields, problem):
    customer = exact.customer(**fields)
    exact.book(exact.line("10.00", "8030", "7"), Customer=customer)
    (row,) = icp(exact)
    assert (row["Amount"], row["Problem"]) == (10, problem)
    assert row["VATNumber"] == fields.get("VATNumber")


def test_relations_without_a_number_stand_by_themselves(exact):
    for _ in range(2):
        exact.book(exact.line("10.00", "8030", "7"))
    assert [row["Amount"] for row in icp(exact)] == [10, 10]


# --- VAT numbers of relations -------------------------------------------------


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("NL", "NL123456789"),
        ("NL", "NL 1234.56.789.B01"),
        ("NL", "nl123456789b01"),
        ("NL", "BE0123456789"),
        ("BE", "BE123456789"),
        ("BE", "BE2123456789"),
        ("GR", "GR123456789"),
        ("DE", "DE12345678"),
        ("FR", "FRIO123456789"),
        ("GB", "XI123456789"),
    ],
)
def test_a_vat_number_has_the_form_of_its_country(exact, country, number):
    data = {"Name": "A", "Country": country, "VATNumber": number}
    assert exact.refused("crm/Accounts", data) == "Ongeldig: Btw-nummer"


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("NL", "NL123456789B01"),
        ("BE", "BE0123456789"),
        ("GR", "EL123456789"),
        ("AT", "ATU12345678"),
        ("ES", "ESX1234567X"),
        ("GB", "GB123456789"),
    ],
)
def test_a_vat_number_is_stored_as_sent_and_found(exact, country, number):
    exact.customer(Country=country)
    key = exact.customer(Country=country, VATNumber=number)
    rows = exact.rows(
        "crm/Accounts", select="ID,VATNumber", filter=f"VATNumber eq '{number}'"
    )
    assert [(row["ID"], row["VATNumber"]) for row in rows] == [(key, number)]
    assert exact.put("crm/Accounts", key, {"VATNumber": None}).status_code == 204
    text = f"VATNumber eq '{number}'"
    assert exact.rows("crm/Accounts", select="ID", filter=text) == []


def test_northern_ireland_by_choice(exact):
    exact.service.control_set_option(xi_vat_numbers=True)
    data = {"Name": "A", "Country": "GB", "VATNumber": "XI123456789"}
    assert exact.post("crm/Accounts", data).status_code == 201
    data["VATNumber"] = "XI12345"
    assert exact.refused("crm/Accounts", data) == "Ongeldig: Btw-nummer"


# --- sales entries ------------------------------------------------------------


def test_the_period_of_an_entry_may_be_chosen(exact):
    made = exact.book(EntryDate="2026-03-31", ReportingPeriod=4)
    assert (made["ReportingYear"], made["ReportingPeriod"]) == (2026, 4)
    assert made["EntryDate"] == "/Date(1774915200000)/"
    made = exact.book(EntryDate="2025-12-31", ReportingYear=2026, ReportingPeriod=1)
    assert (made["ReportingYear"], made["EntryNumber"]) == (2026, 26700002)
    exact.service.control_close_period(MAIN, 2026, 4)
    text = "Periode is afgesloten: 2026 – 4"
    assert exact.refused_entry(EntryDate="2026-03-31", ReportingPeriod=4) == text
    unknown = "Onbekend: Boekjaar (Periode – datumtabel)"
    assert exact.refused_entry(ReportingPeriod=13) == unknown
    assert exact.refused_entry(EntryDate="2031-01-01") == unknown


def test_including_codes_of_both_signs(exact):
    made = exact.book(
        exact.line("121.00", vat="4"), exact.line("-242.00", vat="4"), Currency="EUR"
    )
    assert (made["AmountFC"], made["VATAmountFC"]) == (-121, -21)
    assert (made["Type"], made["Rate"]) == (21, 1)


# --- master data --------------------------------------------------------------


def test_financial_periods(exact):
    rows = exact.rows(
        "financial/FinancialPeriods",
        select="FinYear,FinPeriod,StartDate,EndDate",
        filter="FinYear eq 2026",
    )
    assert sorted(row["FinPeriod"] for row in rows) == list(range(1, 13))
    june = next(row for row in rows if row["FinPeriod"] == 6)
    assert june["StartDate"] == "/Date(1780272000000)/"
    assert june["EndDate"] == "/Date(1782777600000)/"
    years = exact.rows("financial/FinancialPeriods", select="FinYear")
    assert {row["FinYear"] for row in years} == {2024, 2025, 2026}


def test_vat_percentages_with_their_dates(exact):
    (code,) = exact.rows("vat/VATCodes", select="ID", filter="Code eq '1'")
    rows = exact.rows(
        "vat/VatPercentages",
        select="Percentage,StartDate,EndDate,LineNumber,Type",
        filter=f"VATCodeID eq guid'{code['ID']}'",
    )
    rows.sort(key=lambda row: row["LineNumber"])
    assert [row["Percentage"] for row in rows] == [money("0.06"), money("0.09")]
    assert rows[0]["EndDate"] == "/Date(1546214400000)/"
    assert (rows[1]["StartDate"], rows[1]["EndDate"]) == ("/Date(1546300800000)/", None)
    answer = exact.post("vat/VatPercentages", {"Percentage": 0.2})
    assert answer.status_code == 405


def test_what_a_dutch_webshop_needs_is_in_the_chart(exact):
    rows = exact.rows("financial/GLAccounts", select="Code,Type,VATCode")
    accounts = {row["Code"]: row["Type"] for row in rows}
    for code, kind in (
        (demo.GIFT_CARDS, 90),
        (demo.CLEARING, 90),
        (demo.CLEARING_PSP, 16),
        (demo.REVENUE_MARGIN, 110),
        (demo.REVENUE_EU, 110),
        (demo.REVENUE_EXPORT, 110),
        (demo.REVENUE_OSS, 110),
    ):
        assert accounts[code] == kind
    rows = exact.rows("financial/Journals", select="Code,Type,AllowVAT")
    journals = {row["Code"]: (row["Type"], row["AllowVAT"]) for row in rows}
    assert journals[demo.GENERAL_JOURNAL] == (90, True)
    assert journals[demo.GENERAL_JOURNAL_NO_VAT] == (90, False)
    assert journals["70"] == (20, False)


def test_oss_codes_have_gaps_and_margin_is_marked(exact):
    rows = exact.rows(
        "vat/VATCodes", select="Code,OssCountry,Percentage,VatMargin,Type,Charged"
    )
    oss = {
        (row["OssCountry"].strip(), row["Percentage"])
        for row in rows
        if row["OssCountry"]
    }
    assert oss == {
        ("AT", money("0.20")),
        ("BE", money("0.21")),
        ("BE", money("0.06")),
        ("DE", money("0.19")),
        ("DE", money("0.07")),
        ("ES", money("0.21")),
        ("FR", money("0.20")),
        ("FR", money("0.055")),
    }
    margin = [row for row in rows if row["VatMargin"]]
    assert [(row["Code"], row["Type"]) for row in margin] == [("M1 ", "N")]
    service = exact.service
    service.control_add_vat_code(MAIN, "9", 0, "B", charged=True, vat_margin=0)
    (row,) = exact.rows("vat/VATCodes", select="Charged", filter="Code eq '9'")
    assert row["Charged"] is True


def test_a_belgian_administration_has_a_general_journal(box):
    exact_kit.start(box)
    exact = exact_kit.Exact(box, division=demo.BELGIAN)
    lines = [
        {"GLAccount": exact.gl("489000"), "AmountFC": 10},
        {"GLAccount": exact.gl("580000"), "AmountFC": -10},
    ]
    data = {"JournalCode": "DIV", "GeneralJournalEntryLines": lines}
    made = exact.created(JOURNAL, data)
    assert str(made["EntryNumber"]).startswith("26")
