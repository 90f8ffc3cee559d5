"""POST, PUT and DELETE (reference 3.1, 4.10, 7.1, 8)."""

import pytest

HOOK = {
    "isActive": True,
    "itemGroup": "orders",
    "itemAction": "paid",
    "language": "nl",
    "format": "json",
    "address": "https://koppeling.example.com/hooks/lightspeed",
}


@pytest.fixture
def order(api):
    return api.add(
        status="processing_awaiting_payment",
        payment_status="not_paid",
        shipment_status="not_shipped",
    )


# === BODIES === #


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"[]",
        b'{"memo": "x"}',
        b'{"orders": {"memo": "x"}}',
        b'{"order": [], "x": 1}',
        b'{"order": "x"}',
        b'{"order": {"memmo": "x"}}',
        b'{"order": {"priceIncl": 1}}',
        b'{"order": {"memo": 1}}',
        b'{"order": {"memo": null}}',
        b'{"order": {"paymentStatus": "payed"}}',
        b'{"order": {"paymentStatus": true}}',
        b'{"order": {"status": ["completed"]}}',
        b'{"order": {"customStatusId": "1"}}',
        b'{"order": {"customStatusId": true}}',
        b'{"order": {"customStatusId": 99}}',
        b'{"order": {"doNotifyNew": 1}}',
    ],
)
def test_bad_bodies_are_refused_and_change_nothing(api, order, body):
    path = f"orders/{order['id']}.json"
    before = api(path).json()
    headers = {"Content-Type": "application/json"}
    message = api.refused(path, 400, "PUT", data=body, headers=headers)
    assert message.startswith("Invalid data input.")
    assert api(path).json() == before


def test_body_must_be_announced_as_json(api, order):
    path = f"orders/{order['id']}.json"
    data = b'{"order": {"memo": "x"}}'
    api.refused(path, 400, "PUT", data=data, headers={"Content-Type": "text/plain"})
    api.refused(path, 400, "PUT", data=data)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert api(path, "PUT", data=data, headers=headers).status_code == 200


def test_writes_take_no_query(api, order):
    path = f"orders/{order['id']}.json?fields=id"
    api.refused(path, 400, "PUT", json={"order": {"memo": "x"}})


# === ORDERS AND INVOICES === #


def test_order_is_updated_in_part(box, api, order):
    box.clock.advance(10)
    path = f"orders/{order['id']}.json"
    before = api.get(path)
    body = {"order": {"memo": "é", "paymentStatus": "paid"}}
    answer = api(path, "PUT", json=body)
    assert answer.status_code == 200
    after = api.get(path)
    assert answer.json()["order"] == after
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"memo", "paymentStatus", "updatedAt", "invoices", "events"}
    assert after["updatedAt"] == "2026-06-03T12:31:10+02:00"
    event = after["events"]["resource"]["embedded"][-1]
    assert (event["channel"], event["message"]) == ("api", "paid")
    api.refused("orders/1.json", 404, "PUT", json=body)


def test_custom_statuses(api, order):
    body = {"customStatus": {"title": "Op maat", "color": "#f00095"}}
    made = api("orders/customstatuses.json", "POST", json=body)
    assert made.status_code == 201
    status = made.json()["customStatus"]
    path = f"orders/customstatuses/{status['id']}.json"
    assert api.get(path) == status
    put = {"order": {"customStatusId": status["id"]}}
    answer = api(f"orders/{order['id']}.json", "PUT", json=put)
    assert answer.json()["order"]["customStatusId"] == status["id"]
    answer = api(path, "PUT", json={"customStatus": {"title": "Anders"}})
    assert answer.json()["customStatus"]["title"] == "Anders"
    for wrong in ({"title": "x"}, {"title": "x", "color": "rood"}):
        body = {"customStatus": wrong}
        api.refused("orders/customstatuses.json", 400, "POST", json=body)
    answer = api(path, "DELETE")
    assert (answer.status_code, answer.content) == (204, b"")
    api.refused(path, 404)
    assert api.get("orders/customstatuses/count.json") == 0


def test_invoice_is_updated(api, order):
    path = f"invoices/{order['invoices'][0]['id']}.json"
    answer = api(path, "PUT", json={"invoice": {"status": "paid"}})
    assert answer.json()["invoice"]["status"] == "paid"
    for wrong in ({"status": "x"}, {"priceIncl": 1}, {"isVatShifted": True}):
        api.refused(path, 400, "PUT", json={"invoice": wrong})


# === METAFIELDS === #


def test_metafields_live_and_show_in_the_order(box, api, order):
    path = f"orders/{order['id']}/metafields"
    box.clock.advance(60)
    body = {"orderMetafield": {"key": "exact", "value": "26700001"}}
    answer = api(f"{path}.json", "POST", json=body)
    assert answer.status_code == 201
    field = answer.json()["orderMetafield"]
    assert field == {
        "id": field["id"],
        "createdAt": "2026-06-03T12:32:00+02:00",
        "updatedAt": "2026-06-03T12:32:00+02:00",
        "key": "exact",
        "value": "26700001",
    }
    shown = api.get(f"orders/{order['id']}.json")
    assert shown["metafields"]["resource"]["embedded"] == [field]
    assert shown["updatedAt"] == "2026-06-03T12:32:00+02:00"
    # Keys are not unique.
    assert api(f"{path}.json", "POST", json=body).status_code == 201
    assert api.get(f"{path}/count.json") == 2
    single = f"{path}/{field['id']}.json"
    body = {"orderMetafield": {"value": "26700002"}}
    assert api(single, "PUT", json=body).status_code == 200
    assert api.get(single)["value"] == "26700002"
    assert api(single, "DELETE").status_code == 204
    api.refused(single, 404)
    assert len(api.get(f"{path}.json")) == 1


def test_metafield_belongs_to_its_order(api, order):
    other = api.add()
    body = {"orderMetafield": {"key": "exact", "value": "1"}}
    made = api(f"orders/{order['id']}/metafields.json", "POST", json=body).json()
    wrong = f"orders/{other['id']}/metafields/{made['orderMetafield']['id']}.json"
    api.refused(wrong, 404)
    api.refused(wrong, 404, "PUT", json=body)
    api.refused(wrong, 404, "DELETE")
    api.refused("orders/1/metafields.json", 404, "POST", json=body)
    api.refused("orders/1/metafields.json", 404)


@pytest.mark.parametrize(
    "field",
    [
        {},
        {"key": "a"},
        {"key": "", "value": "x"},
        {"key": "a", "value": 1},
        {"key": "a", "value": "x", "id": 1},
    ],
)
def test_bad_metafields_are_refused(api, order, field):
    path = f"orders/{order['id']}/metafields.json"
    api.refused(path, 400, "POST", json={"orderMetafield": field})


def test_metafields_may_leave_updated_at(box, api, order):
    box.lightspeed.control_set_options(api.shop, metafields_bump=False)
    before = api.get(f"orders/{order['id']}.json")["updatedAt"]
    box.clock.advance(60)
    body = {"orderMetafield": {"key": "exact", "value": "1"}}
    api(f"orders/{order['id']}/metafields.json", "POST", json=body)
    assert api.get(f"orders/{order['id']}.json")["updatedAt"] == before


def test_invoice_metafields(api, order):
    path = f"invoices/{order['invoices'][0]['id']}/metafields.json"
    body = {"invoiceMetafield": {"key": "exact", "value": "1"}}
    assert api(path, "POST", json=body).status_code == 201
    (field,) = api.get(path)
    assert field["value"] == "1"
    body = {"orderMetafield": {"key": "exact", "value": "1"}}
    api.refused(path, 400, "POST", json=body)


# === WEBHOOKS === #


def test_webhook_goes_in_as_text_and_comes_out_as_object(box, api):
    answer = api("webhooks.json", "POST", json={"webhook": HOOK})
    assert answer.status_code == 201
    hook = answer.json()["webhook"]
    language = {"id": 1, "code": "nl", "locale": "nl_NL", "title": "Nederlands"}
    assert hook["language"] == language
    assert {**hook, "language": "nl"}.items() >= HOOK.items()
    path = f"webhooks/{hook['id']}.json"
    assert api.get(path) == hook
    assert api.get("webhooks.json") == [hook]
    answer = api(path, "PUT", json={"webhook": {"isActive": False}})
    assert answer.json()["webhook"]["isActive"] is False
    assert box.lightspeed.control_webhooks(api.shop)[0]["isActive"] is False
    assert api(path, "DELETE").status_code == 204
    assert api.get("webhooks/count.json") == 0


def test_duplicate_webhooks_are_accepted_up_to_the_limit(box, api):
    box.lightspeed.control_set_options(api.shop, max_webhooks=2)
    for _ in range(2):
        assert api("webhooks.json", "POST", json={"webhook": HOOK}).status_code == 201
    api.refused("webhooks.json", 400, "POST", json={"webhook": HOOK})


@pytest.mark.parametrize(
    "change",
    [
        {"itemGroup": "order"},
        {"itemAction": "removed"},
        {"itemGroup": "invoices", "itemAction": "paid"},
        {"itemAction": "answered"},
        {"language": "de"},
        {"language": {"code": "nl"}},
        {"format": "yaml"},
        {"address": "koppeling.example.com/hook"},
        {"address": "ftp://koppeling.example.com"},
        {"isActive": "true"},
        {"url": "https://koppeling.example.com"},
        {"secret": "x"},
    ],
)
def test_bad_webhooks_are_refused(api, change):
    body = {"webhook": {**HOOK, **change}}
    api.refused("webhooks.json", 400, "POST", json=body)
    assert api.get("webhooks.json") == []


@pytest.mark.parametrize("name", HOOK)
def test_every_property_of_a_webhook_is_needed(api, name):
    body = {"webhook": {k: v for k, v in HOOK.items() if k != name}}
    api.refused("webhooks.json", 400, "POST", json=body)


def test_changes_are_told_to_listeners(box, api):
    told = []
    box.lightspeed.world.listeners.append(
        lambda shop, group, action, row_id: told.append((group, action))
    )
    order = api.add(
        status="processing_awaiting_payment",
        payment_status="not_paid",
        shipment_status="not_shipped",
    )
    assert told == [
        ("customers", "created"),
        ("shipments", "created"),
        ("invoices", "created"),
        ("orders", "created"),
    ]
    told.clear()
    body = {"order": {"paymentStatus": "paid", "shipmentStatus": "shipped"}}
    api(f"orders/{order['id']}.json", "PUT", json=body)
    assert set(told) == {
        ("invoices", "updated"),
        ("shipments", "updated"),
        ("orders", "updated"),
        ("orders", "paid"),
        ("orders", "shipped"),
    }
