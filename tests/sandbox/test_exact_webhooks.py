"""Webhooks as the stand-in Exact Online delivers them (reference 7.7)."""

import hashlib
import hmac
import re

import pytest

from sandbox import Sandbox
from sandbox.core import ControlError, loads
from sandbox.exact import demo
from tests.sandbox.exact_kit import REDIRECT, Exact, start

PATH = "webhooks/WebhookSubscriptions"
SECRET = "whsec-of-the-demo-app"


@pytest.fixture
def hooked(exact):
    exact.service.control_set_webhook_secret(demo.CLIENT_ID, SECRET)
    return exact


@pytest.fixture
def subscribe(hooked, receiver):
    def subscribe(topic="SalesEntries", **fields):
        data = {"CallbackURL": receiver.url, "Topic": topic, **fields}
        made = hooked.created(PATH, data)
        receiver.take()
        return made

    return subscribe


@pytest.fixture
def come(hooked, receiver):
    def come(**options):
        hooked.service.control_webhooks_drain(**options)
        return receiver.take()

    return come


def content_text(request):
    """Return the raw text of `Content`, and the hash that came with it."""
    text = request.body.decode()
    match = re.fullmatch(r'\{"Content":(\{.*\}),"HashCode":"(.*)"\}', text, re.DOTALL)
    assert match, text
    return match[1], match[2]


def hash_of(text, secret=SECRET):
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


# === SUBSCRIBING === #


def test_the_receiver_is_asked_before_the_answer(hooked, receiver):
    made = hooked.created(PATH, {"CallbackURL": receiver.url, "Topic": "SalesEntries"})
    (request,) = receiver.take()
    assert request.method == "POST"
    assert request.body == b""
    assert request.headers["Content-Length"] == "0"
    assert not {"Content-Type", "Authorization"} & request.headers.keys()
    assert made["ClientID"] == demo.CLIENT_ID
    assert made["Division"] == hooked.division
    rows = hooked.rows(PATH, select="ID,Topic,CallbackURL")
    assert [row["Topic"] for row in rows] == ["SalesEntries"]


def test_a_receiver_that_refuses_gets_no_subscription(hooked, receiver):
    receiver.status = 404
    text = hooked.refused(PATH, {"CallbackURL": receiver.url, "Topic": "Accounts"})
    assert "404" in text
    assert hooked.rows(PATH, select="ID") == []


# === DELIVERIES === #


def test_a_booked_entry_is_told(hooked, subscribe, come):
    subscribe()
    entry = hooked.book()
    (request,) = come()
    text, code = content_text(request)
    assert code == hash_of(text)
    content = loads(text)
    key = entry["EntryID"]
    base = hooked.box.exact_url
    moment = content.pop("EventCreatedOn")
    assert re.fullmatch(r"2026-06-03T12:31:00\.\d{3}", moment)
    assert content == {
        "Topic": "SalesEntries",
        "ClientId": demo.CLIENT_ID,
        "Division": hooked.division,
        "Action": "Create",
        "Key": key,
        "ExactOnlineEndpoint": (
            f"{base}/api/v1/{hooked.division}/salesentry/SalesEntries(guid'{key}')"
        ),
    }


def contents(requests):
    return [loads(content_text(request)[0]) for request in requests]


def told(requests):
    """Return (topic, action) of what came, sorted."""
    return sorted((c["Topic"], c["Action"]) for c in contents(requests))


def test_the_secret_signs_the_raw_text(hooked, subscribe, come):
    subscribe()
    hooked.book()
    (request,) = come()
    text, code = content_text(request)
    assert code == hash_of(text) == code.upper()
    hooked.service.control_set_webhook_secret(demo.CLIENT_ID, "another")
    hooked.book()
    (request,) = come()
    text, code = content_text(request)
    assert code == hash_of(text, "another")


def test_a_change_and_a_deletion_by_the_api(hooked, subscribe, come):
    subscribe()
    entry = hooked.book()
    come()
    hooked.put("salesentry/SalesEntries", entry["EntryID"], {"Description": "Anders"})
    assert told(come()) == [("SalesEntries", "Update")]
    hooked.delete("salesentry/SalesEntries", entry["EntryID"])
    (gone,) = contents(come())
    assert (gone["Action"], gone["Key"]) == ("Delete", entry["EntryID"])


def test_a_changed_line_changes_its_entry(hooked, subscribe, come):
    subscribe()
    entry = hooked.book()
    come()
    (line,) = hooked.rows(
        "salesentry/SalesEntryLines",
        select="ID",
        filter=f"EntryID eq guid'{entry['EntryID']}'",
    )
    answer = hooked.put("salesentry/SalesEntryLines", line["ID"], {"AmountFC": 50})
    assert answer.status_code == 204
    (changed,) = contents(come())
    assert (changed["Action"], changed["Key"]) == ("Update", entry["EntryID"])


def test_a_person_changes_and_deletes_an_entry(hooked, subscribe, come):
    subscribe()
    entry = hooked.book()
    come()
    service, division = hooked.service, hooked.division
    service.control_edit_entry(
        division,
        entry["EntryID"],
        Description="Met de hand",
        EntryDate="2026-06-02T00:00:00",
        lines=[{"GLAccount": "8000", "AmountFC": "80.00", "VATCode": "2"}],
    )
    assert told(come()) == [("SalesEntries", "Update")]
    assert service.control_ledger_check(division)["problems"] == []
    service.control_delete_entry(division, entry["EntryID"])
    assert told(come()) == [("SalesEntries", "Delete")]
    assert service.control_ledger_check(division)["problems"] == []


def test_relations(hooked, subscribe, come):
    subscribe("Accounts")
    key = hooked.customer()
    assert told(come()) == [("Accounts", "Create")]
    hooked.service.control_edit_account(hooked.division, key, Name="Anders")
    assert told(come()) == [("Accounts", "Update")]
    hooked.service.control_delete_account(hooked.division, key)
    assert told(come()) == [("Accounts", "Delete")]


def test_items(hooked, subscribe, come):
    subscribe("Items")
    service, division = hooked.service, hooked.division
    service.control_add_item(division, "MOK", "Mok")
    assert told(come()) == [("Items", "Create")]
    service.control_rename_item(division, "MOK", "BEKER")
    assert told(come()) == [("Items", "Update")]
    service.control_delete_item(division, "BEKER")
    assert told(come()) == [("Items", "Delete")]


def test_documents(hooked, subscribe, come):
    subscribe("Documents")
    data = {"Subject": "Factuur", "Type": 10}
    made = hooked.created("documents/Documents", data)
    assert told(come()) == [("Documents", "Create")]
    hooked.put("documents/Documents", made["ID"], {"Subject": "Anders"})
    assert told(come()) == [("Documents", "Update")]
    hooked.delete("documents/Documents", made["ID"])
    assert told(come()) == [("Documents", "Delete")]


def test_a_person_changes_and_deletes_a_document(hooked, subscribe, come):
    subscribe("Documents")
    entry = hooked.book()
    data = {"Subject": "Factuur", "Type": 10}
    link = {"FinancialTransactionEntryID": entry["EntryID"]}
    made = hooked.created("documents/Documents", {**data, **link})
    come()
    service, division = hooked.service, hooked.division
    service.control_edit_document(division, made["ID"], Subject="Anders")
    assert told(come()) == [("Documents", "Update")]
    service.control_delete_document(division, made["HID"])
    (gone,) = contents(come())
    assert (gone["Action"], gone["Key"]) == ("Delete", made["ID"])
    (entry,) = service.control_entries(division)
    assert entry["Document"] is None
    with pytest.raises(ControlError):
        service.control_delete_document(division, made["ID"])


def test_printing_an_invoice_tells_of_invoice_entry_and_document(
    hooked, subscribe, come
):
    for topic in ("SalesInvoices", "SalesEntries", "Documents"):
        subscribe(topic)
    service, division = hooked.service, hooked.division
    service.control_add_item(division, "MOK", "Mok", price="10.00", IsSalesItem=True)
    made = service.control_add_sales_invoice(
        division,
        OrderedBy=hooked.customer(),
        SalesInvoiceLines=[{"Item": "MOK", "Quantity": 1, "NetPrice": "10.00"}],
    )
    assert told(come()) == [("SalesInvoices", "Create")]
    service.control_print_invoice(division, made["InvoiceID"])
    assert told(come()) == [
        ("Documents", "Create"),
        ("SalesEntries", "Create"),
        ("SalesInvoices", "Update"),
    ]


def test_only_the_topic_and_the_division_that_were_asked_for(hooked, subscribe, come):
    subscribe("Items")
    hooked.book()
    hooked.service.control_add_item(demo.SECOND, "MOK", "Mok")
    assert come() == []


def test_a_refused_booking_tells_nothing(hooked, subscribe, come):
    subscribe()
    hooked.refused_entry(hooked.line(gl="1300"))
    assert come() == []


def test_another_app_has_subscriptions_of_its_own(hooked, subscribe, come):
    subscribe()
    other = hooked.service.control_add_app(name="Another")["client_id"]
    body = hooked.service.control_webhook_body(
        other, hooked.division, "SalesEntries", "Delete", "x"
    )["body"]
    assert f'"ClientId":"{other}"' in body
    hooked.book()
    (content,) = contents(come())
    assert content["ClientId"] == demo.CLIENT_ID


# === WHAT IS REFUSED === #


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"CallbackURL": None}, "Verplicht: Callback-URL"),
        ({"CallbackURL": ""}, "Verplicht: Callback-URL"),
        ({"Topic": None}, "Verplicht: Onderwerp"),
        ({"Topic": "salesentries"}, "Ongeldig: Onderwerp"),
        ({"Topic": "SalesEntryLines"}, "Ongeldig: Onderwerp"),
        ({"CallbackURL": "http://odoo.example.com/hook"}, "Ongeldig: Callback-URL"),
        ({"CallbackURL": "odoo.example.com/hook"}, "Ongeldig: Callback-URL"),
        ({"CallbackURL": "https://u:p@odoo.example.com"}, "Ongeldig: Callback-URL"),
        ({"IsInstant": True}, "Ongeldig: IsInstant"),
        ({"IsInstant": False}, "Ongeldig: IsInstant"),
    ],
)
def test_strict_fields(hooked, receiver, change, text):
    data = {"CallbackURL": receiver.url, "Topic": "SalesEntries", **change}
    data = {name: value for name, value in data.items() if value is not None}
    assert hooked.refused(PATH, data) == text
    assert receiver.take() == []
    assert hooked.rows(PATH, select="ID") == []


@pytest.mark.parametrize(
    "extra", [{"Secret": "x"}, {"IsInstant": "yes"}, {"Topic": 5}, {"UserID": "me"}]
)
def test_unknown_properties_and_wrong_types(hooked, receiver, extra):
    data = {"CallbackURL": receiver.url, "Topic": "SalesEntries", **extra}
    assert hooked.post(PATH, data).status_code == 400
    assert receiver.take() == []


def test_instant_is_for_goods_deliveries(hooked, receiver):
    data = {"CallbackURL": receiver.url, "Topic": "GoodsDeliveries", "IsInstant": True}
    assert hooked.created(PATH, data)["IsInstant"] is True


def test_one_subscription_per_topic(hooked, subscribe, receiver):
    subscribe()
    data = {"CallbackURL": receiver.url + "/2", "Topic": "SalesEntries"}
    assert hooked.refused(PATH, data) == "Gegeven bestaat reeds."
    assert receiver.take() == []
    subscribe("Accounts")


def test_one_subscription_per_topic_and_division(hooked, subscribe, receiver):
    subscribe()
    hooked.division = demo.SECOND
    subscribe()


def test_rights_and_modules(hooked, receiver):
    data = {"CallbackURL": receiver.url, "Topic": "SalesEntries"}
    service, division = hooked.service, hooked.division
    service.control_set_module(division, "webhooks", False)
    assert hooked.post(PATH, data).status_code == 403
    service.control_set_module(division, "webhooks")
    service.control_set_rights(hooked.user, division, PATH, ["GET"])
    assert hooked.post(PATH, data).status_code == 403
    service.control_set_rights(hooked.user, division, PATH, None)
    service.control_set_app_scope(demo.CLIENT_ID, PATH, ["GET"])
    assert hooked.post(PATH, data).status_code == 403
    service.control_set_app_scope(demo.CLIENT_ID, PATH, None)
    assert receiver.take() == []
    hooked.created(PATH, data)


# === CHANGING, DELETING === #


def test_a_deleted_subscription_hears_nothing(hooked, subscribe, come):
    made = subscribe()
    assert hooked.delete(PATH, made["ID"]).status_code == 204
    hooked.book()
    assert come() == []
    assert hooked.rows(PATH, select="ID") == []
    subscribe()


def test_a_new_callback_is_asked_too(hooked, subscribe, receiver, come):
    made = subscribe()
    url = receiver.url + "/new"
    answer = hooked.put(PATH, made["ID"], {"CallbackURL": url})
    assert answer.status_code == 204
    (request,) = receiver.take()
    assert (request.path, request.body) == ("/hooks/new", b"")
    hooked.book()
    (request,) = come()
    assert request.path == "/hooks/new"


def test_a_new_callback_that_refuses_changes_nothing(hooked, subscribe, receiver, come):
    made = subscribe()
    receiver.answer = lambda request: 500 if request.path.endswith("/new") else 200
    url = receiver.url + "/new"
    assert hooked.put(PATH, made["ID"], {"CallbackURL": url}).status_code == 500
    receiver.take()
    hooked.book()
    (request,) = come()
    assert request.path == "/hooks"


def test_exact_drops_a_subscription(hooked, subscribe, come):
    subscribe()
    hooked.service.control_drop_webhook_subscription(hooked.division, "SalesEntries")
    assert hooked.rows(PATH, select="ID") == []
    hooked.book()
    assert come() == []


# === WHEN THE RECEIVER IS ASKED === #


def test_the_receiver_may_call_the_api_while_it_is_asked(hooked, receiver):
    seen = []

    def answer(request):
        seen.append(len(hooked.rows(PATH, select="ID")))
        return 204

    receiver.answer = answer
    hooked.created(PATH, {"CallbackURL": receiver.url, "Topic": "SalesEntries"})
    assert seen == [1]


def test_the_receiver_is_asked_after_the_answer(hooked, box, receiver, come):
    hooked.service.control_set_option(webhook_check="after")
    hooked.created(PATH, {"CallbackURL": receiver.url, "Topic": "SalesEntries"})
    assert come() == []
    hooked.book()
    assert come() == []
    box.clock.advance(1)
    (request,) = come()
    assert request.body == b""
    (row,) = hooked.service.control_webhook_subscriptions(hooked.division)
    assert row["Checked"] is True
    hooked.book()
    assert told(come()) == [("SalesEntries", "Create")]


def test_a_late_refusal_is_silent(hooked, receiver, come):
    hooked.service.control_set_option(webhook_check="after")
    receiver.status = 302
    hooked.created(PATH, {"CallbackURL": receiver.url, "Topic": "SalesEntries"})
    (request,) = come(delayed=True)
    assert request.body == b""
    assert hooked.rows(PATH, select="ID") == []


def test_the_receiver_is_never_asked(hooked, receiver, come):
    hooked.service.control_set_option(webhook_check="never")
    hooked.created(PATH, {"CallbackURL": receiver.url, "Topic": "SalesEntries"})
    assert come() == []
    hooked.book()
    assert len(come()) == 1


def test_only_this_machine_is_asked(hooked):
    data = {"CallbackURL": "https://odoo.example.com/hook", "Topic": "SalesEntries"}
    assert "only 127.0.0.1" in hooked.refused(PATH, data)
    (row,) = hooked.service.control_webhook_deliveries(state="not_delivered")
    assert row["address"] == data["CallbackURL"]


def test_a_local_port_stands_in_for_a_host(hooked, receiver):
    hooked.service.control_webhooks_set(routes={"odoo.example.com": receiver.port})
    data = {"CallbackURL": "https://odoo.example.com/hook?x=1", "Topic": "Items"}
    hooked.created(PATH, data)
    (request,) = receiver.take()
    assert request.path == "/hook?x=1"
    assert request.headers["Host"] == "odoo.example.com"
    assert request.headers["X-Forwarded-Proto"] == "https"


# === HOW PAYLOADS MAY DIFFER === #


def test_without_client_id_and_with_further_keys(hooked, subscribe, come):
    hooked.service.control_set_option(
        webhook_client_id=False, webhook_extra={"EventAction": "x", "n": 1}
    )
    subscribe()
    hooked.book()
    (request,) = come()
    text, code = content_text(request)
    assert code == hash_of(text)
    content = loads(text)
    assert "ClientId" not in content
    assert (content["EventAction"], content["n"]) == ("x", 1)


@pytest.mark.parametrize(
    ("form", "mark"),
    [
        ("spaced", '{\r\n  "Topic": "SalesEntries",'),
        ("reordered", '{"EventCreatedOn":'),
        ("escaped", "http:\\/\\/127.0.0.1"),
    ],
)
def test_the_hash_is_over_the_text_as_it_is_written(
    hooked, subscribe, come, form, mark
):
    hooked.service.control_set_option(webhook_form=form)
    subscribe()
    hooked.book()
    (request,) = come()
    text, code = content_text(request)
    assert mark in text
    assert code == hash_of(text)


def test_a_wrong_hash_and_none(hooked, subscribe, come):
    subscribe()
    hooked.service.control_set_option(webhook_hash="wrong")
    hooked.book()
    (request,) = come()
    text, code = content_text(request)
    assert re.fullmatch("[0-9A-F]{64}", code)
    assert code != hash_of(text)
    hooked.service.control_set_option(webhook_hash="absent")
    hooked.book()
    (request,) = come()
    assert set(loads(request.body)) == {"Content"}


def test_doubles_losses_and_delays(hooked, box, subscribe, come):
    subscribe()
    service = hooked.service
    service.control_set_option(webhook_duplicates=1)
    hooked.book()
    first, second = come()
    assert first.body == second.body
    service.control_set_option(webhook_duplicates=0, webhook_lost=1)
    hooked.book()
    assert come() == []
    service.control_set_option(webhook_lost=0, webhook_delay=30)
    hooked.book()
    assert come() == []
    box.clock.advance(30)
    assert len(come()) == 1


def test_retries_when_they_are_asked_for(hooked, box, subscribe, receiver, come):
    subscribe()
    receiver.status = 503
    hooked.book()
    assert len(come()) == 1
    box.clock.advance(300)
    assert come() == []
    hooked.service.control_set_option(webhook_retries=2)
    hooked.book()
    assert len(come()) == 1
    for _ in range(2):
        box.clock.advance(60)
        assert len(come()) == 1
    box.clock.advance(60)
    assert come() == []


def test_a_forged_payload(hooked, receiver, come):
    body = hooked.service.control_webhook_body(
        demo.CLIENT_ID, hooked.division, "SalesEntries", "Delete", "abc"
    )["body"]
    hooked.service.control_webhook_forge(receiver.url, body, {"X-Odd": "1"})
    (request,) = come()
    text, code = content_text(request)
    assert code == hash_of(text)
    assert request.headers["X-Odd"] == "1"


def test_options_are_checked(hooked):
    for change in (
        {"webhook_check": "x"},
        {"webhook_form": "x"},
        {"webhook_hash": "x"},
        {"webhook_order": "x"},
        {"webhook_unique": "x"},
    ):
        with pytest.raises(ControlError):
            hooked.service.control_set_option(**change)


def test_subscriptions_and_secret_are_kept(hooked, subscribe, come):
    subscribe()
    hooked.service.load(hooked.service.dump())
    hooked.book()
    (request,) = come()
    text, code = content_text(request)
    assert code == hash_of(text)


def test_a_late_answer_reaches_the_state_file(tmp_path, receiver):
    state = tmp_path / "state.json"
    with Sandbox(state=state) as box:
        start(box)
        client = Exact(box)
        client.service.control_set_option(webhook_check="after", webhook_check_delay=0)
        client.created(PATH, {"CallbackURL": receiver.url, "Topic": "SalesEntries"})
        client.service.control_webhooks_drain()
    with Sandbox(state=state) as box:
        (row,) = box.exact.control_webhook_subscriptions(demo.MAIN)
        assert row["Checked"] is True


def test_a_stranger_on_the_same_division(hooked, subscribe):
    made = subscribe()
    other = hooked.service.control_add_app(redirect_uris=[REDIRECT])
    answer = hooked.service.control_consent(
        other["client_id"], hooked.user, REDIRECT, "state"
    )
    stranger = Exact(hooked.box)
    stranger.tokens = stranger.exchange(
        answer["code"],
        client_id=other["client_id"],
        client_secret=other["client_secret"],
    ).json()
    assert stranger.rows(PATH, select="ID") == []
    assert stranger.delete(PATH, made["ID"]).status_code == 404
    data = {"CallbackURL": made["CallbackURL"], "Topic": "SalesEntries"}
    hooked.service.control_set_option(webhook_unique="division")
    assert stranger.refused(PATH, data) == "Gegeven bestaat reeds."
    hooked.service.control_set_option(webhook_unique="app")
    stranger.created(PATH, data)
