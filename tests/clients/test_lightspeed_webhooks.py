"""Signatures of webhooks, and subscriptions against the stand-in."""

import pytest

from odoo.addons.lightspeed_exact_connector.clients.errors import (
    AccessDenied,
    NotFound,
    TemporaryError,
)
from odoo.addons.lightspeed_exact_connector.clients.lightspeed import LightspeedClient
from odoo.addons.lightspeed_exact_connector.clients.lightspeed_webhooks import (
    verify_webhook,
)
from odoo.addons.lightspeed_exact_connector.clients.quota import Quota
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from sandbox import Sandbox

KEY, SECRET = "1" * 32, "2" * 32

# Lightspeed reference, 7.2: made-up values of its own.
BODY = b'{"order":{"id":1}}'
VECTOR_SECRET = "fedcba9876543210fedcba9876543210"
SIGNATURE = "b7652a133914378d7b63ac5aebce73c8"

VALUES = {
    "isActive": True,
    "itemGroup": "orders",
    "itemAction": "*",
    "language": "nl",
    "format": "json",
    "address": "https://koppeling.example.com/hooks",
}


def test_the_vector_of_the_reference_is_accepted():
    assert verify_webhook(BODY, SIGNATURE, [VECTOR_SECRET])
    assert verify_webhook(BODY, SIGNATURE, ["x" * 32, VECTOR_SECRET])
    assert verify_webhook(BODY, SIGNATURE, [VECTOR_SECRET, ""])


@pytest.mark.parametrize(
    ("body", "signature", "secrets"),
    [
        (BODY + b"\n", SIGNATURE, [VECTOR_SECRET]),
        (b'{"order": {"id": 1}}', SIGNATURE, [VECTOR_SECRET]),
        (b"", SIGNATURE, [VECTOR_SECRET]),
        (BODY, SIGNATURE, ["x" * 32, ""]),
        (BODY, SIGNATURE, []),
        (BODY, SIGNATURE.upper(), [VECTOR_SECRET]),
        (BODY, SIGNATURE[:-1], [VECTOR_SECRET]),
        (BODY, SIGNATURE + "0", [VECTOR_SECRET]),
        (BODY, SIGNATURE + "\n", [VECTOR_SECRET]),
        (BODY, "é" * 32, [VECTOR_SECRET]),
        (BODY, "", [VECTOR_SECRET]),
        (BODY, None, [VECTOR_SECRET]),
        # What anybody can compute: the body with an empty secret.
        (b"", "d41d8cd98f00b204e9800998ecf8427e", ["", None]),
    ],
)
def test_anything_else_is_not(body, signature, secrets):
    assert not verify_webhook(body, signature, secrets)


@pytest.fixture
def box():
    with Sandbox() as box:
        box.shop = box.lightspeed.control_add_shop("winkel", key=KEY, secret=SECRET)[
            "shop"
        ]
        yield box


@pytest.fixture
def client(box):
    client = LightspeedClient(
        box.lightspeed_url, "nl", KEY, SECRET, transport=Transport(), quota=Quota()
    )
    yield client
    client.close()


def test_a_subscription_is_made_listed_changed_and_ended(box, client):
    assert client.webhooks() == []
    made = client.create_webhook(VALUES)
    # A language goes in as a text and comes out as an object (7.1).
    assert made["language"]["code"] == "nl"
    assert [row["id"] for row in client.webhooks()] == [made["id"]]
    changed = client.update_webhook(made["id"], {"isActive": False})
    assert changed["isActive"] is False
    assert changed["address"] == VALUES["address"]
    assert client.delete_webhook(made["id"]) is None
    assert client.webhooks() == []
    with pytest.raises(NotFound):
        client.delete_webhook(made["id"])


def test_more_than_a_page_is_listed(box, client):
    box.lightspeed.control_set_options(box.shop, max_webhooks=120)
    for _number in range(60):
        client.create_webhook(VALUES)
    assert len(client.webhooks()) == 60
    assert client.webhook_limit() == 120


def test_a_lost_answer_is_not_sent_again(box, client):
    box.faults.add("lost_after", "lightspeed", method="POST", path="webhooks")
    with pytest.raises(TemporaryError) as caught:
        client.create_webhook(VALUES)
    assert caught.value.landed is None
    assert len(client.webhooks()) == 1


def test_a_key_that_may_not_is_told_the_area(box, client):
    box.faults.add(
        "status",
        "lightspeed",
        method="POST",
        path="webhooks",
        params={"status": 403, "body": ""},
    )
    with pytest.raises(AccessDenied) as caught:
        client.create_webhook(VALUES)
    assert caught.value.reason == "webhooks"
