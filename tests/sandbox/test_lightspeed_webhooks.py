"""Webhooks as the stand-in Lightspeed delivers them (reference 7)."""

import hashlib
import json

import pytest


def md5(text):
    return hashlib.md5(text).hexdigest()


@pytest.fixture
def subscribe(api, receiver):
    def subscribe(group="orders", action="*", **fields):
        auth = fields.pop("auth", api.auth)
        hook = {
            "isActive": True,
            "itemGroup": group,
            "itemAction": action,
            "language": "nl",
            "format": "json",
            "address": receiver.url,
            **fields,
        }
        answer = api("webhooks.json", "POST", json={"webhook": hook}, auth=auth)
        assert answer.status_code == 201, answer.text
        return answer.json()["webhook"]["id"]

    return subscribe


@pytest.fixture
def come(box, receiver):
    """Return what came once everything was delivered."""

    def come(**options):
        box.lightspeed.control_webhooks_drain(**options)
        return receiver.take()

    return come


def events(requests):
    return sorted(request.headers["X-Event"] for request in requests)


def add(api, **options):
    return api.add(
        status="processing_awaiting_payment",
        payment_status="not_paid",
        shipment_status="not_shipped",
        **options,
    )


# === WHAT IS SENT === #


def test_an_order_comes_as_its_single_get_shows_it(api, subscribe, come):
    subscribe("orders", "created")
    order = add(api)
    (request,) = come()
    assert request.path == "/hooks"
    shown = api.get(f"orders/{order['id']}.json")
    body = json.loads(request.body)["order"]
    assert set(json.loads(request.body)) == {"order"}
    assert set(body) == set(shown)
    assert body["priceIncl"] == shown["priceIncl"]
    embedded = body["products"]["resource"]["embedded"]
    assert embedded == shown["products"]["resource"]["embedded"]


def test_links_are_http_with_escaped_slashes(api, subscribe, come):
    subscribe("orders", "created")
    order = add(api)
    (request,) = come()
    text = request.body.decode()
    assert "/" not in text.replace("\\/", "")
    link = (
        f"http:\\/\\/api.webshopapp.com\\/nl\\/orders\\/{order['id']}\\/products.json"
    )
    assert link in text


def test_headers_tell_shop_event_and_object(api, subscribe, come):
    subscribe("orders", "created")
    order = add(api)
    (request,) = come()
    expected = {
        "Content-Type": "application/json",
        "X-Shop-Id": str(api.shop),
        "X-Cluster-Id": "eu1",
        "X-Event": "orders/created",
        "X-Language": "nl",
        "X-Format": "json",
        "X-Order-Id": str(order["id"]),
        "X-RateLimit-Limit": "300/3000/12000",
    }
    assert expected.items() <= request.headers.items()
    assert {"X-RateLimit-Remaining", "X-RateLimit-Reset"} <= request.headers.keys()
    assert len(request.headers["X-Request-Id"]) == 32


def test_a_shops_own_key_signs_with_its_secret(api, subscribe, come):
    subscribe("orders", "created")
    add(api)
    (request,) = come()
    expected = md5(request.body + api.auth[1].encode())
    assert request.headers["X-Signature"] == expected


def test_the_vector_of_the_reference():
    from sandbox.lightspeed.webhooks import sign

    secret = "fedcba9876543210fedcba9876543210"
    expected = "b7652a133914378d7b63ac5aebce73c8"
    assert sign(b'{"order":{"id":1}}', secret) == expected
