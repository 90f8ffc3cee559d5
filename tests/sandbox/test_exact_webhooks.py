"""Webhooks as the stand-in Exact Online delivers them (reference 7.7)."""

import hashlib
import hmac
import re

import pytest

from sandbox.core import loads
from sandbox.exact import demo

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
