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


# === WHICH EVENTS === #


def test_one_action_fires_several_events(api, subscribe, come):
    for group in ("orders", "invoices", "customers", "shipments"):
        subscribe(group)
    api.add(payment_status="paid", shipment_status="shipped", status="completed")
    assert events(come()) == [
        "customers/created",
        "invoices/created",
        "orders/created",
        "orders/paid",
        "orders/shipped",
        "orders/updated",
        "shipments/created",
    ]


def test_only_what_was_asked_for_fires(box, api, subscribe, come):
    subscribe("orders", "paid")
    order = add(api)
    assert come() == []
    box.lightspeed.control_set_status(api.shop, order["id"], payment_status="paid")
    assert events(come()) == ["orders/paid"]


def test_changes_over_the_api_fire_too(api, subscribe, come):
    subscribe("orders")
    order = add(api)
    come()
    body = {"order": {"paymentStatus": "paid", "shipmentStatus": "shipped"}}
    api(f"orders/{order['id']}.json", "PUT", json=body)
    assert events(come()) == ["orders/paid", "orders/shipped", "orders/updated"]


def test_invoices_their_credit_notes_and_returns(box, api, subscribe, come):
    subscribe("invoices")
    subscribe("returns")
    order = add(api)
    (request,) = come()
    invoice = order["invoices"][0]["id"]
    assert request.headers["X-Invoice-Id"] == str(invoice)
    assert "X-Order-Id" not in request.headers
    assert json.loads(request.body)["invoice"]["id"] == invoice
    box.lightspeed.control_edit_invoice(api.shop, invoice, {"status": "paid"})
    assert events(come()) == ["invoices/updated"]
    box.lightspeed.control_credit_order(api.shop, order["id"])
    assert events(come()) == ["invoices/created", "invoices/updated"]
    box.lightspeed.control_add_return(
        api.shop, order["id"], [{"index": 0, "quantity": 1}]
    )
    assert events(come()) == ["returns/created"]


def test_cancelling_changes_the_invoice_when_the_shop_does_so(
    box, api, subscribe, come
):
    box.lightspeed.control_set_options(api.shop, cancel_invoices="cancel")
    subscribe("invoices")
    order = add(api)
    come()
    box.lightspeed.control_cancel_order(api.shop, order["id"])
    assert set(events(come())) == {"invoices/updated"}


def test_products_and_variants(box, api, subscribe, come):
    subscribe("products")
    subscribe("variants")
    made = box.lightspeed.control_add_product(api.shop, "Mok")
    (variant,) = made["variants"]
    assert events(come()) == ["products/created", "variants/created"]
    box.lightspeed.control_edit_variant(api.shop, variant, title="Groot")
    assert events(come()) == ["products/updated", "variants/updated"]
    box.lightspeed.control_delete_product(api.shop, made["product"])
    assert events(come()) == ["products/deleted", "variants/deleted"]


def test_a_deleted_order_takes_its_documents_along(box, api, subscribe, come):
    subscribe("orders")
    subscribe("invoices")
    order = add(api)
    come()
    box.lightspeed.control_delete_order(api.shop, order["id"])
    got = come()
    assert events(got) == ["invoices/deleted", "orders/deleted"]
    assert [request.body for request in got] == [b"", b""]
    (gone,) = (r for r in got if r.headers["X-Event"] == "orders/deleted")
    assert gone.headers["X-Order-Id"] == str(order["id"])
    assert gone.headers["X-Signature"] == md5(api.auth[1].encode())


def test_a_deleted_order_may_come_with_its_body(box, api, subscribe, come):
    box.lightspeed.control_set_options(api.shop, webhook_deleted="object")
    subscribe("orders", "deleted")
    order = add(api)
    box.lightspeed.control_delete_order(api.shop, order["id"])
    (request,) = come()
    assert json.loads(request.body)["order"]["id"] == order["id"]


def test_a_merchant_of_another_shop_hears_nothing(api, make_shop, subscribe, come):
    subscribe("orders")
    add(make_shop("Ander"))
    assert come() == []


def test_a_subscription_that_is_off_or_gone(api, subscribe, come):
    hook = subscribe("orders", "created")
    api(f"webhooks/{hook}.json", "PUT", json={"webhook": {"isActive": False}})
    add(api)
    assert come() == []
    api(f"webhooks/{hook}.json", "PUT", json={"webhook": {"isActive": True}})
    add(api)
    assert len(come()) == 1
    api(f"webhooks/{hook}.json", "DELETE")
    add(api)
    assert come() == []


def test_each_duplicate_subscription_fires(api, subscribe, come):
    subscribe("orders", "created")
    subscribe("orders", "*")
    add(api)
    assert events(come()) == ["orders/created", "orders/created"]


def test_the_language_of_the_subscription(box, api, subscribe, come):
    box.lightspeed.control_set_languages(api.shop, ["nl", "en"])
    subscribe("orders", "created", language="en")
    add(api, customer={"country": "de"})
    (request,) = come()
    assert request.headers["X-Language"] == "en"
    order = json.loads(request.body)["order"]
    assert order["addressBillingCountry"]["title"] == "Germany"
    assert "webshopapp.com/en/" in order["products"]["resource"]["link"]


def test_a_refused_change_fires_nothing(api, subscribe, come):
    order = add(api)
    subscribe("orders")
    api.refused(
        f"orders/{order['id']}.json", 400, "PUT", json={"order": {"status": "x"}}
    )
    assert come() == []


# === WHO SIGNS === #


@pytest.fixture
def installed(box, api):
    """An app installed in the shop: (app secret, HTTP credentials)."""
    app = box.lightspeed.control_add_app("https://agency.example.com/install")
    made = box.lightspeed.control_install(app["key"], api.shop)
    return app, (made["username"], made["password"])


@pytest.mark.parametrize("which", ["app_secret", "derived"])
def test_an_app_signs_with_its_secret_or_the_derived_one(
    box, api, installed, subscribe, come, which
):
    app, auth = installed
    box.lightspeed.control_set_options(api.shop, webhook_secret=which)
    subscribe("orders", "created", auth=auth)
    add(api)
    (request,) = come()
    secret = app["secret"] if which == "app_secret" else auth[1]
    expected = md5(request.body + secret.encode())
    assert request.headers["X-Signature"] == expected


def test_an_uninstalled_app_hears_nothing(box, api, installed, subscribe, come):
    app, auth = installed
    subscribe("orders", auth=auth)
    box.lightspeed.control_uninstall(app["key"], api.shop)
    add(api)
    assert come() == []


def test_a_withdrawn_key_is_written_down(box, api, make_shop, subscribe, come):
    subscribe("orders", "created")
    box.lightspeed.control_revoke_credentials(api.shop)
    box.lightspeed.control_add_order(api.shop, lines=[{"unit_incl": "1.21"}])
    assert come() == []
    (row,) = box.lightspeed.control_webhook_deliveries()
    assert (row["state"], row["reason"]) == ("not_delivered", "its key was withdrawn")


def test_a_bad_signature_and_none(box, api, subscribe, come):
    subscribe("orders", "created")
    box.lightspeed.control_set_options(api.shop, webhook_signature="bad")
    add(api)
    (request,) = come()
    signature = request.headers["X-Signature"]
    assert len(signature) == 32
    assert signature != md5(request.body + api.auth[1].encode())
    box.lightspeed.control_set_options(api.shop, webhook_signature="absent")
    add(api)
    (request,) = come()
    assert "X-Signature" not in request.headers


# === ORDER, DOUBLES, LOSSES, DELAYS === #


def test_the_order_is_shuffled_the_same_for_the_same_seed(
    box, api, receiver, subscribe, come
):
    subscribe("orders")
    subscribe("invoices")
    subscribe("shipments")

    def names(seed):
        box.lightspeed.control_webhooks_set(seed=seed)
        api.add(payment_status="paid", shipment_status="shipped", status="completed")
        return [request.headers["X-Event"] for request in come()]

    assert names(3) == names(3)
    assert len({tuple(names(seed)) for seed in range(6)}) > 1


def test_the_order_can_be_kept_or_turned(box, api, subscribe, come):
    subscribe("orders")
    found = []
    for how in ("kept", "reversed"):
        box.lightspeed.control_set_options(api.shop, webhook_order=how)
        api.add(payment_status="paid", shipment_status="shipped", status="completed")
        found.append([request.headers["X-Event"] for request in come()])
    kept = ["orders/created", "orders/updated", "orders/paid", "orders/shipped"]
    assert found == [kept, kept[::-1]]


def test_doubles_are_the_same_bytes(box, api, subscribe, come):
    subscribe("orders", "created")
    box.lightspeed.control_set_options(api.shop, webhook_duplicates=1)
    add(api)
    first, second = come()
    assert first.body == second.body


def test_lost_deliveries_are_written_down(box, api, subscribe, come):
    subscribe("orders", "created")
    box.lightspeed.control_set_options(api.shop, webhook_lost=1)
    add(api)
    assert come() == []
    (row,) = box.lightspeed.control_webhook_deliveries()
    assert row["state"] == "lost"


def test_a_delayed_one_waits_for_the_sandbox_clock(box, api, subscribe, come):
    subscribe("orders", "created")
    box.lightspeed.control_set_options(api.shop, webhook_delay=90)
    add(api)
    assert come() == []
    box.clock.advance(89)
    assert come() == []
    box.clock.advance(1)
    assert len(come()) == 1
    add(api)
    assert len(come(delayed=True)) == 1


def test_nothing_is_tried_again_unless_asked_for(box, api, receiver, subscribe, come):
    subscribe("orders", "created")
    receiver.status = 500
    add(api)
    assert len(come()) == 1
    box.clock.advance(172_800)
    assert come() == []
    box.lightspeed.control_set_options(
        api.shop, webhook_retries=2, webhook_retry_after=5
    )
    add(api)
    first = come()
    box.clock.advance(5)
    second = come()
    receiver.status = 200
    box.clock.advance(5)
    assert [r.body for r in come()] == [r.body for r in first]
    assert [r.body for r in second] == [r.body for r in first]
    box.clock.advance(5)
    assert come() == []


# === WHERE TO === #


def test_an_address_elsewhere_is_never_called(box, api, subscribe, come):
    subscribe("orders", "created", address="https://shop.example.com/hook")
    add(api)
    assert come() == []
    (row,) = box.lightspeed.control_webhook_deliveries(event="orders/created")
    assert row["state"] == "not_delivered"
    assert "only 127.0.0.1" in row["reason"]


def test_xml_is_not_modelled(box, api, subscribe, come):
    subscribe("orders", "created", format="xml")
    add(api)
    assert come() == []
    (row,) = box.lightspeed.control_webhook_deliveries()
    assert (row["state"], row["reason"]) == ("not_delivered", "XML is not modelled")


@pytest.mark.parametrize(
    "address",
    [
        "http://koppeling.example.com/hook",
        "http://127.0.0.1.example.com/hook",
        "https://",
        "https:///hook",
        "https://user:secret@koppeling.example.com/hook",
        "https://koppeling.example.com:99999/hook",
        "https://koppeling.example.com/hook#part",
        " https://koppeling.example.com/hook",
    ],
)
def test_addresses_that_are_refused(api, address):
    hook = {
        "isActive": True,
        "itemGroup": "orders",
        "itemAction": "created",
        "language": "nl",
        "format": "json",
        "address": address,
    }
    api.refused("webhooks.json", 400, "POST", json={"webhook": hook})


@pytest.mark.parametrize(
    "change",
    [
        {"itemGroup": "invoices"},
        {"itemAction": "answered"},
        {"language": "de"},
        {"address": "http://koppeling.example.com"},
        {"format": "yaml"},
        {"isActive": None},
    ],
)
def test_a_put_is_as_strict(api, subscribe, change):
    hook = subscribe("orders", "paid")
    path = f"webhooks/{hook}.json"
    before = api.get(path)
    api.refused(path, 400, "PUT", json={"webhook": change})
    assert api.get(path) == before


# === PERSISTENCE === #


def test_options_and_subscriptions_are_kept(box, api, subscribe, come):
    subscribe("orders", "created")
    box.lightspeed.control_set_options(api.shop, webhook_signature="absent")
    box.lightspeed.load(box.lightspeed.dump())
    add(api)
    (request,) = come()
    assert "X-Signature" not in request.headers


def test_without_subscriptions_nothing_is_kept(box, api):
    add(api)
    assert box.lightspeed.control_webhook_deliveries() == []
    assert box.lightspeed.world.events == []
