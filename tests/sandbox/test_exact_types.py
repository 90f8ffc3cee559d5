"""Types, padding and metadata in answers (exact-online-api 8.2, 8.3)."""

from datetime import datetime, timezone

import pytest

from sandbox.exact import demo
from tests.sandbox.exact_kit import NOBODY

GL = "financial/GLAccounts"
ENTRIES = "salesentry/SalesEntries"
ACCOUNTS = "crm/Accounts"


def codes(exact, path, **options):
    rows = exact.rows(path, **{"select": "Code", **options})
    return [row["Code"].strip() for row in rows]


def test_dates_are_midnight_utc(exact):
    entry = exact.book(EntryDate="2026-06-03T15:30:00", DueDate="2026-06-30")
    midnight = datetime(2026, 6, 3, tzinfo=timezone.utc)
    assert entry["EntryDate"] == f"/Date({int(midnight.timestamp() * 1000)})/"
    midnight = datetime(2026, 6, 30, tzinfo=timezone.utc)
    assert entry["DueDate"] == f"/Date({int(midnight.timestamp() * 1000)})/"


@pytest.mark.parametrize(
    ("moment", "hours"),
    [("2026-06-25T14:31:00.220+00:00", 2), ("2026-12-25T14:31:00.220+00:00", 1)],
)
def test_audit_times_are_local_dressed_as_utc(exact, box, moment, hours):
    box.clock.set(moment)
    exact.tokens = exact.connect()
    data = {"Name": "Jan"}
    row = exact.created(ACCOUNTS, data, Prefer="return=representation")
    real = int(datetime.fromisoformat(moment).timestamp() * 1000)
    assert row["Created"] == f"/Date({real + hours * 3_600_000})/"
    me = exact.rows("current/Me", select="ServerUtcOffset,ServerTime")[0]
    assert me["ServerUtcOffset"] == hours * 3600
    assert me["ServerTime"] == f"{moment[:11]}{14 + hours}:31:00"
    # A filter is written in that same local time.
    local = f"{moment[:11]}{14 + hours}:30:59"
    for text, count in (
        (f"Modified gt datetime'{local}'", 1),
        (f"Modified gt datetime'{moment[:11]}{14 + hours}:31:01'", 0),
    ):
        assert len(exact.rows(ACCOUNTS, select="ID", filter=text)) == count


def test_padding(exact):
    row = exact.created(
        ACCOUNTS,
        {
            "Name": "Jan",
            "Code": "1234",
            "Country": "NL",
            "State": "UT",
            "Language": "NL",
            "SearchCode": "W1",
            "SalesVATCode": "2",
        },
        Prefer="return=representation",
    )
    assert row["Code"] == "              1234"
    assert row["Country"] == "NL "
    assert row["State"] == "UT "
    assert row["Language"] == "NL        "
    assert row["SearchCode"] == "W1       "
    assert row["SalesVATCode"] == "2  "
    vat = exact.rows("vat/VATCodes", select="Code,OssCountry", filter="Code eq 'BE1'")
    assert (vat[0]["Code"], vat[0]["OssCountry"]) == ("BE1", "BE ")
    assert codes(exact, GL, filter="Code eq '8000'") == ["8000"]
    row = exact.rows("vat/VATCodes", select="Code", filter="Code eq '2'")[0]
    assert row["Code"] == "2  "
    row = exact.rows("financial/Journals", select="Code", filter="Code eq '70'")[0]
    assert row["Code"] == "70"


def test_numbers_flags_and_strings(exact):
    me = exact.rows("current/Me", select="Legislation,UserName,CustomerCode")[0]
    assert me["Legislation"] == "1"
    assert me["CustomerCode"] == "1".rjust(18)
    rows = exact.rows("vat/VATCodes", select="Code,Percentage,Charged,VatMargin,Type")
    assert {row["Charged"] for row in rows} == {False}
    margin = {row["Code"]: row["VatMargin"] for row in rows}
    assert (margin.pop("M1 "), set(margin.values())) == (1, {0})
    url = exact.url("vat/VATCodes", select="Percentage", filter="Code eq 'FR2'")
    assert '"Percentage":0.055}' in exact.call("GET", url).text
    exact.book(exact.line("0.10"), exact.line("0.20"))
    url = exact.url(ENTRIES, select="AmountFC,VATAmountFC")
    assert '"AmountFC":0.36,"VATAmountFC":0.06' in exact.call("GET", url).text


def test_a_row_tells_where_and_what_it_is(exact):
    row = exact.rows(GL, select="Code", filter="Code eq '8000'")[0]
    assert row["__metadata"] == {
        "uri": (
            f"{exact.box.exact_url}/api/v1/{demo.MAIN}/financial/GLAccounts"
            f"(guid'{exact.gl('8000')}')"
        ),
        "type": "Exact.Web.Api.Models.GLAccount",
    }
    assert exact.call("GET", row["__metadata"]["uri"]).status_code == 200
    row = exact.rows("system/Divisions", select="Code")[0]
    assert row["__metadata"]["uri"].endswith(f"/system/Divisions({demo.MAIN})")
    row = exact.rows("general/Currencies", select="Code")[0]
    assert row["__metadata"]["uri"].endswith("/general/Currencies('EUR')")
    assert exact.call("GET", row["__metadata"]["uri"]).status_code == 200


@pytest.mark.parametrize(
    ("key", "status"),
    [
        (f"guid'{NOBODY}'", 404),
        (f"'{NOBODY}'", 400),
        (NOBODY, 400),
        ("1", 400),
        (f"ID=guid'{NOBODY}'", 400),
        ("", 400),
        ("null", 400),
    ],
)
def test_keys(shared, key, status):
    assert shared.call("GET", shared.url(f"{GL}({key})")).status_code == status
