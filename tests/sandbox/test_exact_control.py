"""The control interface, faults, persistence and speed of the Exact stand-in."""

import json
from decimal import Decimal

import pytest
import requests

from sandbox import Sandbox
from sandbox.core import ControlError
from sandbox.exact import demo
from sandbox.exact.odata_query import Reader
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import business

ENTRIES = "salesentry/SalesEntries"
ACCOUNTS = "crm/Accounts"
MAIN = demo.MAIN


COMMANDS = (
    "consent add_app add_redirect_uri add_user edit_user add_division "
    "edit_division set_rights set_app_scope close_period open_period add_year "
    "block_vat_code block_gl_account block_journal add_vat_code add_account "
    "edit_account delete_account set_limits expire_tokens revoke set_option "
    "entries accounts documents trial_balance vat_report ledger_check add_entry "
    "edit_entry delete_entry match_entry stats parallel_peak"
)


# --- over HTTP --------------------------------------------------------------


def command(box, name, **params):
    return requests.post(f"{box.control_url}/exact/{name}", json=params, timeout=10)


def test_commands_describe_themselves(box):
    commands = requests.get(f"{box.control_url}/exact", timeout=10).json()
    for name in COMMANDS.split():
        assert commands[name]["text"], name


def test_commands_over_http(exact, box):
    exact.book(YourRef="W1")
    (entry,) = command(box, "entries", division=MAIN).json()
    assert entry["AmountFC"] == 121
    assert entry["Lines"][0]["GLAccount"] == "8000"
    assert entry["EntryDate"] == "2026-06-03"
    answer = command(box, "entries", division=1)
    assert (answer.status_code, answer.json()) == (400, {"error": "unknown division 1"})
    assert command(box, "entries").status_code == 400
    assert command(box, "nothing").status_code == 400


def test_a_stage_is_set_with_commands_alone(box):
    exact = box.exact
    app = exact.control_add_app(redirect_uris=[exact_kit.REDIRECT])
    exact.control_add_user("jan@example.com", language="EN")
    exact.control_add_division(
        500,
        users=["jan@example.com"],
        payment_condition="30",
        Description="Nieuw B.V.",
        StartDate="2026-01-01",
    )
    exact.control_edit_user("jan@example.com", current_division=500)
    code = exact.control_consent(
        app["client_id"], "jan@example.com", exact_kit.REDIRECT
    )["code"]
    form = {"grant_type": "authorization_code", "code": code, **app}
    form["redirect_uri"] = exact_kit.REDIRECT
    url = f"{box.exact_url}/api/oauth2/token"
    token = requests.post(url, data=form, timeout=10).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    url = f"{box.exact_url}/api/v1/500/system/Divisions?$select=Code,Description"
    data = requests.get(url, headers=headers, timeout=10).json()["d"]["results"]
    assert data[0]["Description"] == "Nieuw B.V."
    for wrong in (
        lambda: exact.control_add_division(500),
        lambda: exact.control_add_division(501, Nonsense=1),
        lambda: exact.control_edit_division(500, Nonsense=1),
        lambda: exact.control_edit_division(500, modules=["nonsense"]),
        lambda: exact.control_edit_user("jan@example.com", nonsense=1),
        lambda: exact.control_edit_user("nobody"),
        lambda: exact.control_add_user("x", divisions=[1]),
        lambda: exact.control_set_option(nonsense=1),
        lambda: exact.control_block_vat_code(500, "nonsense"),
        lambda: exact.control_add_vat_code(500, "2", 0.21),
        lambda: exact.control_add_account(500, Name="x", Status="nonsense"),
        lambda: exact.control_add_account(500, Nonsense="x"),
        lambda: exact.control_edit_account(500, "4711", Name="x"),
        lambda: exact.control_delete_entry(500, 1),
    ):
        with pytest.raises(ControlError):
            wrong()


# --- the books --------------------------------------------------------------


def test_reports(exact):
    exact.book(exact.line("100.00"), exact.line("50.00", "8010", "1"))
    exact.book(exact.line("-10.00"), EntryDate="2026-05-31")
    rows = exact.service.control_trial_balance(MAIN)
    balance = {row["Code"]: row["Balance"] for row in rows}
    assert balance == {
        "1300": Decimal("163.40"),
        "1500": Decimal("-18.90"),
        "1501": Decimal("-4.50"),
        "8000": Decimal("-90.00"),
        "8010": Decimal("-50.00"),
    }
    assert sum(balance.values()) == 0
    report = exact.service.control_vat_report(MAIN)
    shown = [(row["Code"], row["Base"], row["VAT"]) for row in report]
    assert shown == [
        ("1", Decimal("50.00"), Decimal("4.50")),
        ("2", Decimal("90.00"), Decimal("18.90")),
    ]
    (row,) = exact.service.control_vat_report(MAIN, 2026, 5)
    assert (row["Base"], row["VAT"]) == (-10, Decimal("-2.10"))
    assert exact.service.control_vat_report(MAIN, 2025) == []
    check = exact.service.control_ledger_check(MAIN)
    assert check == {"ok": True, "entries": 2, "problems": []}


def test_the_ledger_check_finds_what_is_wrong(exact):
    key = exact.book()["EntryID"]
    table = exact.service.state.divisions[MAIN]["TransactionLines"]
    table.all("EntryID", key)[0]["AmountDC"] += 1
    check = exact.service.control_ledger_check(MAIN)
    assert not check["ok"]
    assert check["problems"] == [
        "26700001: AmountDC of the ledger does not sum to zero"
    ]


def test_somebody_edits_an_entry(exact):
    key = exact.book(YourRef="W1")["EntryID"]
    edit = exact.service.control_edit_entry
    edited = edit(MAIN, key, YourRef="W2", Status=50, EntryDate="2026-06-02")
    assert (edited["YourRef"], edited["Status"]) == ("W2", 50)
    assert edited["EntryDate"] == "2026-06-02"
    lines = [{"GLAccount": "8010", "AmountFC": 10.5, "VATCode": "1"}]
    edited = edit(MAIN, edited["EntryNumber"], lines=lines)
    assert edited["AmountFC"] == Decimal("11.45")
    row = exact.get(f"{ENTRIES}(guid'{key}')", expand="SalesEntryLines")
    assert len(row["SalesEntryLines"]["results"]) == 1
    assert exact.service.control_ledger_check(MAIN)["ok"]
    for wrong in ({"Nonsense": 1}, {"lines": [{"GLAccount": "1300"}]}):
        with pytest.raises(ControlError):
            edit(MAIN, key, **wrong)


def test_somebody_moves_an_entry_to_another_customer_and_month(exact):
    entry = exact.book()
    other = exact.service.control_add_account(MAIN, Name="Ander")
    edited = exact.service.control_edit_entry(
        MAIN, entry["EntryID"], Customer=other["Code"], EntryDate="2026-05-31"
    )
    assert (edited["ReportingYear"], edited["ReportingPeriod"]) == (2026, 5)
    assert edited["Customer"] == other["ID"]
    (item,) = exact.service.control_open_items(MAIN)
    assert item["AccountCode"] == other["Code"].strip()
    assert exact.service.control_ledger_check(MAIN)["ok"]


def test_somebody_deletes_an_entry(exact):
    key = exact.book()["EntryID"]
    exact.service.control_edit_entry(MAIN, key, Status=50)
    assert exact.service.control_delete_entry(MAIN, key)["EntryNumber"] == 26700001
    assert exact.call("GET", exact.url(f"{ENTRIES}(guid'{key}')")).status_code == 404


def test_somebody_works_in_exact(exact):
    service = exact.service
    made = service.control_add_account(MAIN, Name="Piet", Email="piet@example.com")
    assert made["Code"] == "1001"
    service.control_edit_account(MAIN, "1001", Status="A", Blocked=True)
    row = exact.get(f"{ACCOUNTS}(guid'{made['ID']}')")
    assert (row["Status"], row["Blocked"]) == ("A", True)
    service.control_edit_account(MAIN, made["ID"], Status="C", Blocked=False)
    lines = [{"GLAccount": "8000", "AmountFC": 0.1, "VATCode": "2"}]
    entry = service.control_add_entry(
        MAIN,
        Customer="1001",
        Journal="70",
        PaymentCondition="30",
        SalesEntryLines=lines,
    )
    assert entry["AmountFC"] == Decimal("0.12")
    with pytest.raises(ControlError, match="In use: Account"):
        service.control_delete_account(MAIN, "1001")
    service.control_delete_entry(MAIN, entry["EntryID"])
    service.control_delete_account(MAIN, "1001")
    service.control_add_vat_code(MAIN, "AT1", "0.20", oss_country="AT")
    rows = exact.rows(
        "vat/VATCodes", select="Percentage,OssCountry", filter="Code eq 'AT1'"
    )
    assert (rows[0]["Percentage"], rows[0]["OssCountry"]) == (Decimal("0.2"), "AT ")


def test_statistics(exact):
    exact.book()
    stats = exact.service.control_stats()
    assert stats["token_calls"] == 1
    assert stats["entries"][MAIN] == 1
    assert stats["parallel_peak"] == 1
    (calls,) = stats["calls"]
    assert (calls["division"], calls["day"]) == (MAIN, 1)


# --- faults -----------------------------------------------------------------


def fault(exact, kind, **params):
    exact.box.faults.add(kind, "exact", params=params)


def test_quota_faults(exact):
    for kind, part in (("rate_minute", "Minutely-"), ("rate_day", "")):
        fault(exact, kind)
        answer = exact.post(ENTRIES, exact.entry())
        assert (answer.status_code, answer.content) == (429, b"")
        names = {n for n in answer.headers if n.startswith("X-RateLimit")}
        assert names == {
            f"X-RateLimit-{part}{name}" for name in ("Limit", "Remaining", "Reset")
        }
        assert answer.headers[f"X-RateLimit-{part}Remaining"] == "0"
    assert exact.service.control_entries(MAIN) == []


def test_other_faults(exact):
    url = exact.url(ENTRIES, top=1)
    fault(exact, "unauthorized")
    assert exact.call("GET", url).status_code == 401
    for kind, reason in (
        ("no_division_access", "NoDivisionAccess"),
        ("division_blocked", "DivisionBlocked"),
    ):
        fault(exact, kind)
        answer = exact.call("GET", url)
        assert (answer.status_code, answer.headers["Reason"]) == (403, reason)
    fault(exact, "business", text="Ongeldig: Klant (Type)")
    assert business(exact.post(ENTRIES, exact.entry())) == "Ongeldig: Klant (Type)"
    fault(exact, "error_velocity")
    assert exact.call("GET", url).status_code == 429
    assert exact.call("GET", url).status_code == 200


def test_a_refused_refresh_that_rotated(exact, box):
    box.clock.advance(600)
    box.faults.add("refresh_rotated", "exact", path="/token$", params={"handled": True})
    answer = exact.refresh()
    assert answer.status_code == 400
    assert answer.json()["error"] == "access_denied"
    assert answer.headers["Reason"].startswith("TooEarlyToRefreshTokens")
    again = exact.refresh()
    assert again.status_code == 401
    assert again.json()["error_description"] == "Old refresh token used."


def test_a_lost_answer_was_booked(exact):
    fault(exact, "lost_after")
    with pytest.raises(requests.ConnectionError):
        exact.post(ENTRIES, exact.entry(YourRef="W1"))
    rows = exact.rows(ENTRIES, select="EntryID", filter="YourRef eq 'W1'")
    assert len(rows) == 1


# --- persistence ------------------------------------------------------------


def test_the_state_survives(exact, box):
    exact.service.control_close_period(MAIN, 2026, 5)
    exact.service.control_set_option(approved_filter=False)
    exact.service.control_set_limits(day=77)
    entry = exact.book(exact.line("0.10"), YourRef="W1")
    dumped = json.loads(json.dumps(box.exact.dump(), default=str))
    before = {
        "entries": exact.service.control_entries(MAIN),
        "accounts": exact.service.control_accounts(MAIN),
        "balance": exact.service.control_trial_balance(MAIN),
    }
    box.exact.reset()
    assert box.exact.state.divisions == {}
    box.exact.load(dumped)
    assert before == {
        "entries": exact.service.control_entries(MAIN),
        "accounts": exact.service.control_accounts(MAIN),
        "balance": exact.service.control_trial_balance(MAIN),
    }
    # Indexes, tokens, options, quotas, numbering and row versions too.
    rows = exact.rows(ENTRIES, select="EntryID,Created", filter="YourRef eq 'W1'")
    assert rows[0]["EntryID"] == entry["EntryID"]
    assert rows[0]["Created"] == entry["Created"]
    assert len(exact.rows(ACCOUNTS, select="ID")) == 2
    assert exact.service.control_set_limits()["day"] == 77
    assert exact.book()["EntryNumber"] == entry["EntryNumber"] + 1
    assert exact.refused_entry(EntryDate="2026-05-01") == (
        "Periode is afgesloten: 2026 – 5"
    )
    path, options = "sync/Financial/TransactionLines", {"select": "Timestamp"}
    stamps = [int(row["Timestamp"]) for row in exact.rows(path, **options)]
    assert stamps == sorted(set(stamps))


def test_a_state_file(tmp_path):
    path = tmp_path / "state.json"
    with Sandbox(state=path, now="2026-06-03T10:31:00+00:00") as box:
        exact_kit.start(box)
        exact_kit.Exact(box).book(YourRef="W1")
    with Sandbox(state=path) as box:
        (entry,) = box.exact.control_entries(MAIN)
        assert entry["YourRef"] == "W1"


def test_reading_changes_nothing(exact):
    exact.book()
    revision = exact.service.revision
    exact.rows(ENTRIES, select="EntryID")
    exact.refused_entry(Journal="99", Customer=exact_kit.NOBODY)
    assert exact.service.revision == revision
    exact.book()
    assert exact.service.revision > revision


# --- speed ------------------------------------------------------------------


def test_look_ups_do_not_scan(exact, monkeypatch):
    """What is looked at does not grow with the administration."""
    customer = ""
    for number in range(100):
        email = f"k{number}@example.com"
        fields = {
            "Email": email,
            "SearchCode": f"S{number}",
            "Code": str(5000 + number),
        }
        customer = exact.customer(**fields)
        line = {"GLAccount": "8000", "AmountFC": 10, "VATCode": "2"}
        exact.service.control_add_entry(
            MAIN,
            Customer=customer,
            Journal="70",
            YourRef=f"W{number}",
            SalesEntryLines=[line],
        )
    looked_at = []
    passes = Reader._passes
    monkeypatch.setattr(
        Reader, "_passes", lambda self, row: looked_at.append(row) or passes(self, row)
    )
    emails = " or ".join(f"Email eq 'k{n}@example.com'" for n in range(40))
    for path, text, expected in (
        (ENTRIES, "YourRef eq 'W50'", 1),
        (ENTRIES, f"YourRef eq 'W99' and Customer eq guid'{customer}'", 1),
        (ENTRIES, "YourRef eq 'W50' and (AmountFC gt 1 or Status eq 20)", 1),
        (ENTRIES, "EntryNumber eq 26700050", 1),
        (ENTRIES, "InvoiceNumber eq 26700050", 1),
        (ACCOUNTS, "Email eq 'k50@example.com'", 1),
        (ACCOUNTS, f"Code eq '{'5050'.rjust(18)}'", 1),
        (ACCOUNTS, "Code eq '5050'", 0),
        (ACCOUNTS, "SearchCode eq 'S50'", 1),
        (ACCOUNTS, f"ID eq guid'{customer}'", 1),
        (ACCOUNTS, emails, 40),
        ("cashflow/Receivables", "YourRef eq 'W50'", 1),
        ("read/financial/ReceivablesList", "YourRef eq 'W50'", 1),
        ("financialtransaction/TransactionLines", "YourRef eq 'W50'", 3),
    ):
        looked_at.clear()
        select = {"YourRef": "YourRef"}.get(text.split()[0], "Modified")
        assert len(exact.rows(path, select=select, filter=text)) == expected, text
        assert len(looked_at) == expected, text
