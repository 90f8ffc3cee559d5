"""The Exact clients against the stand-in, over real HTTP."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from odoo.addons.lightspeed_exact_connector.clients import errors
from odoo.addons.lightspeed_exact_connector.clients.exact import (
    ExactClient,
    any_of,
    chunks,
    guid_literal,
    quote,
)
from odoo.addons.lightspeed_exact_connector.clients.exact_oauth import ExactOAuth
from odoo.addons.lightspeed_exact_connector.clients.quota import Quota
from odoo.addons.lightspeed_exact_connector.clients.refusals import classify
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from sandbox import Sandbox

REDIRECT = "https://odoo.example.com/exact/callback"
USER, DIVISION, OTHER = "boekhouder", 123456, 654321
ENTRIES = "salesentry/SalesEntries"


@pytest.fixture(scope="module")
def running():
    with Sandbox() as box:
        yield box


@pytest.fixture
def box(running):
    running.reset()
    running.clock.freeze()
    running.exact.control_add_user(USER)
    for division in (DIVISION, OTHER):
        running.exact.control_add_division(division, users=[USER])
    running.exact.control_edit_user(USER, current_division=OTHER)
    return running


@pytest.fixture
def app(box):
    return box.exact.control_add_app(redirect_uris=[REDIRECT])


@pytest.fixture
def transport(box):
    with Transport(clock=box.clock.now, sleep=lambda _seconds: None) as made:
        yield made


@pytest.fixture
def oauth(box, app, transport):
    return ExactOAuth(
        box.exact_url,
        app["client_id"],
        app["client_secret"],
        REDIRECT,
        transport=transport,
    )


@pytest.fixture
def code(box, app):
    def consent(divisions=(DIVISION,)):
        granted = box.exact.control_consent(
            app["client_id"], USER, REDIRECT, divisions=list(divisions)
        )
        return granted["code"]

    return consent


@pytest.fixture
def client(box, oauth, code, transport):
    client_of = make_client(box, oauth, code, transport)
    return client_of()


def make_client(box, oauth, code, transport):
    pair = oauth.exchange(code())

    def client_of(division=DIVISION, **kwargs):
        return ExactClient(
            box.exact_url,
            division,
            lambda: pair.access_token,
            transport=transport,
            quota=Quota(),
            **kwargs,
        )

    return client_of


def fails(box, kind, **options):
    box.faults.add(kind, "exact", **options)


def one(client, path, select, **kwargs):
    return next(iter(client.list(path, select, **kwargs)))


@pytest.fixture
def entry(box, client):
    """A sales entry that Exact accepts, as a payload."""
    customer = client.post("crm/Accounts", {"Name": "Jan Jansen", "Status": "C"})
    revenue = one(client, "financial/GLAccounts", "ID,Code", filter="Code eq '8000'")
    today = box.clock.now().date()
    return {
        "Customer": customer["ID"],
        "Journal": "70",
        "EntryDate": f"{today:%Y-%m-%d}T00:00:00",
        "YourRef": "WEB-100045",
        "Description": "Webshop order",
        "PaymentCondition": "30",
        "SalesEntryLines": [
            {
                "GLAccount": revenue["ID"],
                "Description": "Mok blauw",
                "AmountFC": Decimal("100.10"),
                "VATCode": "2",
                "VATAmountFC": Decimal("21.02"),
            }
        ],
    }


# === TOKENS === #


def test_a_consent_becomes_tokens_once(oauth, code):
    granted = code()
    pair = oauth.exchange(granted)
    assert pair.access_token != pair.refresh_token
    assert pair.expires_at - pair.issued_at == timedelta(seconds=600)
    with pytest.raises(errors.ReconnectNeeded) as caught:
        oauth.exchange(granted)
    assert caught.value.code == "exact.oauth.grant"


def test_tokens_rotate(box, oauth, code):
    first = oauth.exchange(code())
    with pytest.raises(errors.TooEarly):
        oauth.refresh(first.refresh_token)
    box.clock.advance(570)
    second = oauth.refresh(first.refresh_token)
    assert second.refresh_token != first.refresh_token
    with pytest.raises(errors.OldRefreshToken):
        oauth.refresh(first.refresh_token)


def test_a_consent_that_expired(box, oauth, code):
    pair = oauth.exchange(code())
    box.clock.advance(31 * 86400)
    with pytest.raises(errors.ReconnectNeeded) as caught:
        oauth.refresh(pair.refresh_token)
    assert caught.value.code == "exact.oauth.expired"


def test_a_wrong_secret(box, app, transport, code):
    oauth = ExactOAuth(
        box.exact_url, app["client_id"], "wrong", REDIRECT, transport=transport
    )
    with pytest.raises(errors.ReconnectNeeded) as caught:
        oauth.exchange(code())
    assert caught.value.code == "exact.oauth.client"


def test_a_refusal_that_rotated_all_the_same(box, oauth, code):
    pair = oauth.exchange(code())
    box.clock.advance(570)
    fails(box, "refresh_rotated", params={"handled": True})
    with pytest.raises(errors.ConnectorError):
        oauth.refresh(pair.refresh_token)
    with pytest.raises(errors.OldRefreshToken):
        oauth.refresh(pair.refresh_token)


def test_a_lost_refresh_is_known_to_be_unknown(box, oauth, code):
    pair = oauth.exchange(code())
    box.clock.advance(570)
    fails(box, "lost_after")
    with pytest.raises(errors.TemporaryError) as caught:
        oauth.refresh(pair.refresh_token)
    assert caught.value.landed is None


# === READ === #


def test_who_and_which_divisions(client):
    assert client.me()["CurrentDivision"] == OTHER
    assert [row["Code"] for row in client.divisions()] == [DIVISION]


def test_divisions_before_one_is_chosen(box, oauth, code, transport):
    client = make_client(box, oauth, code, transport)(division=None)
    assert [row["Code"] for row in client.divisions()] == [DIVISION]


def test_rights(box, client):
    assert client.has_right(ENTRIES, "POST") is True
    box.exact.control_set_rights(USER, DIVISION, ENTRIES, ["GET"])
    assert client.has_right(ENTRIES, "POST") is False


def test_reference_data_is_read(client):
    assert one(client, "financial/Journals", "Code", filter="Code eq '70'")
    rates = {row["Percentage"] for row in client.list("vat/VATCodes", "Percentage")}
    assert Decimal("0.21") in rates


def test_all_pages_of_a_list_are_read(box, client):
    box.exact.control_set_limits(minute=1000, forget=True)
    names = [f"Klant {number:03}" for number in range(62)]
    for name in names:
        client.post("crm/Accounts", {"Name": name})
    ours = "startswith(Name,'Klant') eq true"
    rows = client.list("crm/Accounts", "Name", filter=ours)
    assert sorted(row["Name"] for row in rows) == names
    assert len(list(client.list("crm/Accounts", "Name", filter=ours, top=61))) == 61
    found = []
    for chunk in chunks("Name", names):
        found += client.list("crm/Accounts", "Name", filter=any_of("Name", chunk))
    assert len(found) == 62


def test_a_name_with_a_quote_is_found(client):
    name = "Bakkerij 't Hoekje & Zn + 1%"
    client.post("crm/Accounts", {"Name": name})
    assert one(client, "crm/Accounts", "Name", filter=f"Name eq {quote(name)}")


def test_a_row_that_is_not_there(client):
    path = f"crm/Accounts({guid_literal('6f6a0c9e-0c3c-4d2e-9a2f-0f1d1f0a7c01')})"
    with pytest.raises((errors.NotFound, errors.AccessDenied)):
        client.get(path, "ID")


def test_a_misspelled_property_is_our_own_fault(client):
    with pytest.raises(errors.BadRequest) as caught:
        list(client.list("crm/Accounts", "Naam", filter="Name eq 'x'"))
    assert type(caught.value) is errors.BadRequest


def test_a_division_outside_the_consent(box, oauth, code, transport):
    client = make_client(box, oauth, code, transport)(division=OTHER)
    with pytest.raises(errors.AccessDenied) as caught:
        list(client.list("crm/Accounts", "ID", filter="Name eq 'x'"))
    assert caught.value.reason == "NoDivisionAccess"


# === WRITE === #


def test_an_entry_is_booked_to_the_cent(box, client, entry):
    made = client.post(ENTRIES, entry)
    assert made["AmountFC"] == Decimal("121.12")
    path = f"{ENTRIES}({guid_literal(made['EntryID'])})"
    read = client.get(path, ["EntryID", "AmountFC", "YourRef"])
    assert read["YourRef"] == "WEB-100045"
    found = one(
        client, ENTRIES, "EntryID,AmountFC", filter="YourRef eq 'WEB-100045'", top=5
    )
    assert found["EntryID"] == made["EntryID"]


def test_a_created_relation_comes_back_whole(client):
    made = client.post("crm/Accounts", {"Name": "Zoë & Co", "Status": "C"})
    assert made["Name"] == "Zoë & Co"
    assert made["Code"].strip().isdigit()


def test_a_relation_is_changed(client):
    made = client.post("crm/Accounts", {"Name": "Oud"})
    path = f"crm/Accounts({guid_literal(made['ID'])})"
    client.put(path, {"Name": "Nieuw"})
    assert client.get(path, "Name")["Name"] == "Nieuw"


@pytest.mark.parametrize("language", ["NL", "EN"])
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"Journal": "99"}, "reference_invalid"),
        ({"EntryDate": f"{date(1999, 1, 1)}T00:00:00"}, "unknown_year"),
        ({"Customer": None}, "mandatory"),
    ],
)
def test_a_business_refusal_is_recognised(box, client, entry, language, change, reason):
    box.exact.control_edit_user(USER, language=language)
    with pytest.raises(errors.Rejected) as caught:
        client.post(ENTRIES, {**entry, **change})
    assert caught.value.landed is False
    assert classify(caught.value.messages).split(":")[0] == reason
    assert list(client.list(ENTRIES, "EntryID")) == []


def test_an_unknown_property_is_our_own_fault(client, entry):
    with pytest.raises(errors.BadRequest) as caught:
        client.post(ENTRIES, {**entry, "Klant": "x"})
    assert type(caught.value) is errors.BadRequest


@pytest.mark.parametrize(
    ("kind", "landed", "booked"),
    [
        ("lost_before", None, 0),
        ("lost_after", None, 1),
        ("reset_before", None, 0),
        ("reset_after", None, 1),
        ("empty_500", None, 0),
        ("html_503", None, 0),
        ("html_200", None, 0),
        ("truncated", None, 1),
        ("truncated_length", None, 1),
        ("rate_minute", False, 0),
        ("unauthorized", False, 0),
        ("no_division_access", False, 0),
    ],
)
def test_what_is_said_of_a_failed_post_is_true(
    box, client, entry, kind, landed, booked
):
    fails(box, kind, method="POST")
    with pytest.raises(errors.ConnectorError) as caught:
        client.post(ENTRIES, entry)
    assert caught.value.landed is landed
    box.clock.advance(61)
    assert len(list(client.list(ENTRIES, "EntryID"))) == booked


@pytest.mark.parametrize(
    "kind", ["empty_500", "html_503", "html_200"], ids=lambda kind: f"{kind}_handled"
)
def test_a_technical_answer_may_hide_a_booking(box, client, entry, kind):
    fails(box, kind, method="POST", params={"handled": True})
    with pytest.raises(errors.TemporaryError) as caught:
        client.post(ENTRIES, entry)
    assert caught.value.landed is None
    assert len(list(client.list(ENTRIES, "EntryID"))) == 1


def test_an_entry_that_is_too_late_never_arrives(box, client, entry):
    with pytest.raises(errors.NotSentError):
        client.post(ENTRIES, entry, deadline=box.clock.now())
    assert list(client.list(ENTRIES, "EntryID")) == []


# === TOKENS AND QUOTAS IN USE === #


def test_an_expired_token_is_renewed_under_way(box, oauth, code, transport, entry):
    pairs = [oauth.exchange(code())]

    def renew():
        pairs.append(oauth.refresh(pairs[-1].refresh_token))
        return pairs[-1].access_token

    client = ExactClient(
        box.exact_url,
        DIVISION,
        lambda: pairs[-1].access_token,
        transport=transport,
        quota=Quota(),
        on_unauthorized=renew,
    )
    box.clock.advance(601)
    client.post(ENTRIES, entry)
    assert len(pairs) == 2
    assert len(list(client.list(ENTRIES, "EntryID"))) == 1


def test_the_quota_stops_us_before_the_vendor_does(box, client):
    box.exact.control_set_limits(minute=3, forget=True)
    calls = 0
    with pytest.raises(errors.RateLimited) as caught:
        while True:
            list(client.list("financial/Journals", "Code", top=1))
            calls += 1
    assert calls == 3
    assert caught.value.window == "minute"
    assert caught.value.status is None, "our own refusal, not a 429"
    box.clock.set(caught.value.retry_at)
    assert list(client.list("financial/Journals", "Code", top=1))


@pytest.mark.parametrize(
    ("kind", "window"), [("rate_minute", "minute"), ("rate_day", "day")]
)
def test_a_429_waits_for_its_own_window(box, client, kind, window):
    fails(box, kind)
    with pytest.raises(errors.RateLimited) as caught:
        list(client.list("financial/Journals", "Code"))
    assert caught.value.window == window
    assert caught.value.status == 429
    assert caught.value.retry_at > box.clock.now()


def test_a_blocked_key_waits_at_least_a_minute(box, client):
    fails(box, "error_velocity")
    with pytest.raises(errors.RateLimited) as caught:
        list(client.list("financial/Journals", "Code"))
    assert caught.value.window == ""
    assert caught.value.retry_at > box.clock.now()


# === JOURNAL ENTRIES, OPEN ITEMS === #

JOURNAL = "generaljournalentry/GeneralJournalEntries"


def test_a_debtor_is_cleared_and_the_match_is_read_back(box, client, entry):
    sale = client.post(ENTRIES, entry)
    clearing = {
        "JournalCode": "90",
        "GeneralJournalEntryLines": [
            {"GLAccount": account(client, "1210"), "AmountFC": Decimal("121.12")},
            {
                "GLAccount": account(client, "1300"),
                "Account": entry["Customer"],
                "AmountFC": Decimal("-121.12"),
                "OurRef": sale["InvoiceNumber"],
            },
        ],
    }
    with pytest.raises(errors.AccessDenied):
        client.post(JOURNAL, clearing)
    box.exact.control_edit_division(DIVISION, modules=["journal"])
    made = client.post(JOURNAL, clearing)
    assert made["EntryNumber"] > 0
    keys = [sale["EntryID"], made["EntryID"]]
    assert open_amounts(client, keys) == [
        (Decimal("-121.12"), False),
        (Decimal("121.12"), False),
    ]
    box.exact.control_match(DIVISION, keys)
    assert [paid for _amount, paid in open_amounts(client, keys)] == [True, True]
    nested = client.get(
        f"{JOURNAL}({guid_literal(made['EntryID'])})",
        "EntryID,GeneralJournalEntryLines",
        expand="GeneralJournalEntryLines",
    )
    lines = nested["GeneralJournalEntryLines"]["results"]
    assert [line["AmountFC"] for line in lines] == [
        Decimal("121.12"),
        Decimal("-121.12"),
    ]
    clearing["GeneralJournalEntryLines"][0]["AmountFC"] = Decimal("121.11")
    with pytest.raises(errors.Rejected) as caught:
        client.post(JOURNAL, clearing)
    assert caught.value.messages == ("Boekstuk is niet in evenwicht: -0.01",)


def account(client, code):
    return one(client, "financial/GLAccounts", "ID", filter=f"Code eq '{code}'")["ID"]


def open_amounts(client, keys):
    rows = []
    for chunk in chunks("TransactionEntryID", [UUID(key) for key in keys]):
        rows += client.list(
            "cashflow/Receivables",
            "AmountFC,IsFullyPaid,LastPaymentDate",
            filter=any_of("TransactionEntryID", chunk),
        )
    return sorted((row["AmountFC"], row["IsFullyPaid"]) for row in rows)


def test_what_vat_rules_need_is_listed(client):
    codes = {
        row["Code"].strip(): row
        for row in client.list(
            "vat/VATCodes",
            "Code,Type,Percentage,OssCountry,EUSalesListing,Charged,VatMargin,IsBlocked",
        )
    }
    assert codes["DE2"]["OssCountry"].strip() == "DE"
    assert codes["7"]["EUSalesListing"] == "L"
    assert codes["M1"]["VatMargin"] == 1
    assert codes["19"]["IsBlocked"] is True
    dated = list(client.list("vat/VatPercentages", "VATCodeID,Percentage,EndDate"))
    assert len(dated) > len(codes)
    periods = list(client.list("financial/FinancialPeriods", "FinYear,FinPeriod"))
    assert len(periods) % 12 == 0
    rates = {
        row["SourceCurrency"]: row["Rate"]
        for row in client.list("financial/ExchangeRates", "SourceCurrency,Rate")
    }
    assert rates["USD"] == Decimal("0.92")
    currencies = {row["Code"] for row in client.list("general/Currencies", "Code")}
    assert currencies == {"EUR", "GBP", "USD"}
