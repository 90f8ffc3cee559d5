"""Divisions, rights, quotas, error velocity, parallel calls (reference 2, 3, 8.7)."""

import threading

import pytest

from sandbox.core import ControlError, loads
from sandbox.exact import demo
from tests.sandbox import exact_kit
from tests.sandbox.exact_kit import error_text

GL = "financial/GLAccounts"
ENTRIES = "salesentry/SalesEntries"
WINDOWS = {
    "day": {"X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"},
    "minute": {
        "X-RateLimit-Minutely-Limit",
        "X-RateLimit-Minutely-Remaining",
        "X-RateLimit-Minutely-Reset",
    },
}


def forbidden(exact, path, reason=None, text="Forbidden", **options):
    answer = exact.call("GET", exact.url(path, **{"select": "ID", **options}))
    assert answer.status_code == 403, (answer.status_code, answer.text)
    assert error_text(answer) == text
    assert answer.headers.get("Reason") == reason


# --- divisions --------------------------------------------------------------


def test_me(exact):
    fields = "UserName,FullName,Language,LanguageCode,CurrentDivision,Legislation"
    row = exact.rows("current/Me", select=fields)[0]
    del row["__metadata"]
    assert row == {
        "UserName": demo.USER_NL,
        "FullName": "Bram Boekhouder",
        "Language": "NL",
        "LanguageCode": "nl-NL",
        # The last choice in the browser, not the division in use.
        "CurrentDivision": demo.SECOND,
        "Legislation": "1",
    }


def test_the_current_division_may_be_outside_the_consent(exact):
    exact.tokens = exact.connect([demo.MAIN])
    row = exact.rows("current/Me", select="CurrentDivision")[0]
    assert row["CurrentDivision"] == demo.SECOND


def test_the_divisions_of_user_and_consent(exact, box):
    fields = "Code,Description,Country,Currency,BlockingStatus,IsMainDivision,Hid"
    rows = exact.rows("system/Divisions", select=fields)
    assert [row["Code"] for row in rows] == [
        demo.MAIN,
        demo.SECOND,
        demo.BELGIAN,
        demo.BLOCKED,
        demo.NO_SALES,
    ]
    assert rows[0]["Description"] == "Voorbeeldwinkel B.V."
    assert rows[0]["IsMainDivision"] is True
    assert isinstance(rows[0]["Hid"], str)
    assert rows[2]["Country"] == "BE "
    assert rows[3]["BlockingStatus"] == 2
    exact.tokens = exact.connect([demo.SECOND, demo.MAIN])
    for path, name in (
        ("system/Divisions", "Code"),
        ("system/AllDivisions", "Code"),
        ("hrm/Divisions", "Code"),
    ):
        codes = [row["Code"] for row in exact.rows(path, select=name)]
        assert codes == [demo.MAIN, demo.SECOND]
    assert exact.rows("hrm/Divisions", select="HID,Main")[0]["Main"] is True
    english = exact_kit.Exact(box, demo.USER_EN)
    assert len(english.rows("system/Divisions", select="Code")) == 3


def test_one_division_by_its_number(exact):
    row = exact.get(f"system/Divisions({demo.MAIN})")
    assert row["VATNumber"] == "NL000099998B57"
    assert exact.call("GET", exact.url("system/Divisions(1)")).status_code == 404


def test_the_number_in_the_path_of_divisions_is_not_checked(exact):
    exact.tokens = exact.connect([demo.MAIN])
    for number in (1, demo.SECOND, demo.BLOCKED):
        exact.division = number
        assert len(exact.rows("system/Divisions", select="Code")) == 1
        forbidden(exact, GL, "NoDivisionAccess")
    forbidden(exact, "system/AllDivisions", "NoDivisionAccess", select="Code")


def test_a_division_of_somebody_else(exact, box):
    english = exact_kit.Exact(box, demo.USER_EN, demo.SECOND)
    forbidden(english, GL, "NoDivisionAccess")


def test_a_blocked_division(exact):
    exact.division = demo.BLOCKED
    forbidden(exact, GL, "DivisionBlocked")
    exact.service.control_edit_division(demo.BLOCKED, BlockingStatus=0)
    assert exact.rows(GL, top=1)


@pytest.mark.parametrize(
    "reason", ["BlockedUser", "InactiveUser", "BlockedCustomer", "LicenseExpired"]
)
def test_a_blocked_user(exact, reason):
    exact.service.control_edit_user(demo.USER_NL, blocked=reason)
    forbidden(exact, GL, reason)
    forbidden(exact, "current/Me", reason, select="UserID")


# --- rights -----------------------------------------------------------------


def has_right(exact, endpoint, action):
    url = exact.url("users/UserHasRights")
    answer = exact.call("GET", f"{url}?endpoint='{endpoint}'&action='{action}'")
    assert answer.status_code == 200
    data = loads(answer.text)
    assert set(data) == {"d"}
    return data["d"]["UserHasRights"]


def test_user_has_rights(exact):
    assert has_right(exact, ENTRIES, "POST") is True
    assert has_right(exact, "financial/FinancialPeriods", "POST") is False
    assert has_right(exact, "nothing/Nothing", "GET") is False
    exact.division = demo.NO_SALES
    assert has_right(exact, ENTRIES, "GET") is True
    assert has_right(exact, ENTRIES, "POST") is False
    url = exact.url("users/UserHasRights")
    for query in ("", "?endpoint='x'", "?endpoint=x&action=y", "?a='x'&action='y'"):
        assert exact.call("GET", url + query).status_code == 400


def test_a_missing_right(exact):
    exact.division = demo.NO_SALES
    customer = exact.customer()
    data = exact.entry(Customer=customer)
    answer = exact.post(ENTRIES, data)
    assert answer.status_code == 403
    assert error_text(answer) == "Forbidden"
    assert exact.rows(ENTRIES, select="EntryID") == []
    exact.service.control_set_rights(demo.USER_NL, demo.NO_SALES, ENTRIES)
    assert exact.post(ENTRIES, data).status_code == 201


def test_no_right_to_read(exact):
    exact.service.control_set_rights(demo.USER_NL, demo.MAIN, "*", [])
    forbidden(exact, GL)
    assert exact.rows("system/Divisions", select="Code")
    with pytest.raises(ControlError):
        exact.service.control_set_rights(demo.USER_NL, demo.MAIN, "gl", [])


def test_the_scope_of_an_app(exact):
    scope = "Forbidden - Application Scope Violated. Cannot {}"
    exact.service.control_set_app_scope(demo.CLIENT_ID, GL, [])
    forbidden(exact, GL, text=scope.format("read"))
    exact.service.control_set_app_scope(demo.CLIENT_ID, ENTRIES, ["GET"])
    answer = exact.post(ENTRIES, exact.entry())
    assert answer.status_code == 403
    assert error_text(answer) == scope.format("write")


# --- quotas -----------------------------------------------------------------


def rates(answer):
    return {name for name in answer.headers if name.startswith("X-RateLimit")}


def probe(exact):
    return exact.call("GET", exact.url(GL, top=1))


def test_the_six_headers(exact, box):
    box.clock.set("2026-06-03T08:18:25+00:00")
    exact.tokens = exact.connect()
    exact.service.control_set_limits(minute=60, day=5000, forget=True)
    probe(exact)
    answer = probe(exact)
    found = {name: answer.headers[name] for name in rates(answer)}
    assert found == {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "4998",
        # Epoch milliseconds: the next 00:00 UTC, and the next whole minute.
        "X-RateLimit-Reset": "1780531200000",
        "X-RateLimit-Minutely-Limit": "60",
        "X-RateLimit-Minutely-Remaining": "58",
        "X-RateLimit-Minutely-Reset": "1780474740000",
    }


def test_errors_carry_the_headers_too(exact):
    for path in (GL, "crm/Nothing"):
        answer = exact.call("GET", exact.url(path))
        assert answer.status_code in {400, 404}
        assert rates(answer) == WINDOWS["day"] | WINDOWS["minute"]


def test_me_and_tokens_have_no_quota(exact):
    exact.service.control_set_limits(minute=0, day=0)
    url = exact.url("current/Me", select="UserID")
    answer = exact.call("GET", url)
    assert answer.status_code == 200
    assert rates(answer) == set()


def test_60_calls_in_a_minute_of_the_clock(exact, box):
    exact.service.control_set_limits(minute=60, forget=True)
    box.clock.set("2026-06-03T10:31:59+00:00")
    assert [probe(exact).status_code for _ in range(61)] == [200] * 60 + [429]
    answer = probe(exact)
    assert answer.content == b""
    assert rates(answer) == WINDOWS["minute"]
    assert answer.headers["X-RateLimit-Minutely-Remaining"] == "0"
    assert "Retry-After" not in answer.headers
    # The window is fixed, not sliding.
    box.clock.advance(1)
    assert probe(exact).status_code == 200


def test_5000_calls_in_a_utc_day(exact, box):
    exact.service.control_set_limits(day=3, forget=True)
    assert [probe(exact).status_code for _ in range(4)] == [200] * 3 + [429]
    answer = probe(exact)
    assert answer.content == b""
    assert rates(answer) == WINDOWS["day"]
    box.clock.set("2026-06-03T23:59:59+00:00")
    exact.tokens = exact.connect()
    assert probe(exact).status_code == 429
    box.clock.advance(1)
    assert probe(exact).status_code == 200


def test_quotas_are_per_app_and_division(exact, box):
    exact.service.control_set_limits(minute=1, forget=True)
    assert [probe(exact).status_code for _ in range(2)] == [200, 429]
    exact.division = demo.SECOND
    assert probe(exact).status_code == 200
    # Another user of the same app shares the quota.
    assert probe(exact_kit.Exact(box, demo.USER_EN)).status_code == 429
    exact.service.control_set_limits(
        minute=2, client_id=demo.CLIENT_ID, division=demo.MAIN
    )
    exact.division = demo.MAIN
    assert [probe(exact).status_code for _ in range(2)] == [200, 429]


def test_the_default_numbers(box):
    demo.seed(box.exact)
    assert box.exact.control_set_limits() == {
        "minute": 60,
        "day": 5000,
        "token_day": 200,
        "errors": 10,
    }


# --- error velocity ---------------------------------------------------------


@pytest.mark.parametrize("kind", ["400", "401", "403", "404"])
def test_ten_errors_in_an_hour_block_a_key(exact, box, kind):
    exact.service.control_set_limits(errors=10, forget=True)
    if kind == "400":
        url = exact.url(GL)
    elif kind == "404":
        url = exact.url(f"{GL}(guid'{exact_kit.NOBODY}')")
    elif kind == "403":
        exact.service.control_set_rights(demo.USER_NL, demo.MAIN, GL, [])
        url = exact.url(GL, top=1)
    else:
        box.clock.advance(600)
        url = exact.url(GL, top=1)
    statuses = [exact.call("GET", url).status_code for _ in range(11)]
    assert statuses == [int(kind)] * 10 + [429]
    answer = exact.call("GET", url)
    assert answer.content == b""
    assert rates(answer) == set()


def test_a_block_lasts_an_hour_and_holds_one_endpoint(exact, box):
    exact.service.control_set_limits(errors=10, forget=True)
    for _ in range(10):
        exact.call("GET", exact.url(GL))
    assert probe(exact).status_code == 429
    # Another endpoint, division and user go on.
    assert exact.rows("vat/VATCodes", top=1)
    exact.division = demo.SECOND
    assert probe(exact).status_code == 200
    exact.division = demo.MAIN
    assert probe(exact_kit.Exact(box, demo.USER_EN)).status_code == 200
    box.clock.advance(3599)
    exact.tokens = exact.connect()
    assert probe(exact).status_code == 429
    box.clock.advance(1)
    assert probe(exact).status_code == 200


def test_errors_fade_after_an_hour(exact, box):
    exact.service.control_set_limits(errors=10, forget=True)
    for _ in range(9):
        exact.call("GET", exact.url(GL))
    box.clock.advance(3600)
    exact.tokens = exact.connect()
    exact.call("GET", exact.url(GL))
    assert probe(exact).status_code == 200


def test_business_refusals_do_not_count(exact):
    exact.service.control_set_limits(errors=10, forget=True)
    for _ in range(12):
        exact.refused_entry(Journal="99")
    assert exact.post(ENTRIES, exact.entry()).status_code == 201


# --- parallel calls ---------------------------------------------------------


def test_parallel_calls_are_noticed(exact, box):
    for _ in range(3):
        probe(exact)
    assert exact.service.control_parallel_peak()["peak"] == 1
    exact.service.control_set_option(latency=0.2)
    clients = [exact_kit.Exact(box, demo.USER_EN) for _ in range(2)]
    clients[1].division = demo.BELGIAN
    clients.append(exact)
    threads = [threading.Thread(target=probe, args=(c,)) for c in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answer = exact.service.control_parallel_peak(forget=True)
    assert answer["peak"] == 2
    peaks = {row["division"]: row["peak"] for row in answer["peaks"]}
    assert peaks == {demo.MAIN: 2, demo.BELGIAN: 1}
    (overlap,) = answer["overlaps"]
    path = f"GET /api/v1/{demo.MAIN}/{GL}"
    assert overlap == {"division": demo.MAIN, "call": path, "during": [path]}
    assert exact.service.control_parallel_peak()["peak"] == 0
