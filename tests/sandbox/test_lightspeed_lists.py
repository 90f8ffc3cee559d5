"""Lists, counts and their parameters (reference 3.1, 3.2)."""

import pytest


@pytest.fixture
def orders(box, api):
    """Ids of five orders, oldest first, made at ten o'clock on five days."""
    made = []
    for day in range(1, 6):
        box.clock.freeze(f"2026-06-0{day}T10:00:00+00:00")
        moment = f"2026-06-0{day}T10:00:00+00:00"
        made.append(api.add(created_at=moment, updated_at=moment)["id"])
    return made


def ids(entries):
    return [entry["id"] for entry in entries]


def test_newest_come_first_in_a_bare_envelope(api, orders):
    answer = api("orders.json").json()
    assert list(answer) == ["orders"]
    assert ids(answer["orders"]) == orders[::-1]


def test_empty_list_is_an_empty_array(api):
    for name in ("orders", "invoices", "customers", "returns", "webhooks"):
        assert api(f"{name}.json").json() == {name: []}
        assert api(f"{name}/count.json").json() == {"count": 0}


def test_fifty_by_default_and_at_most_250(box, api):
    box.lightspeed.control_add_orders(api.shop, 260)
    assert len(api.get("orders.json")) == 50
    assert len(api.get("orders.json?limit=250")) == 250
    assert len(api.get("orders.json?limit=1000")) == 250
    assert len(api.get("orders.json?limit=250&page=2")) == 10
    assert api.get("orders.json?limit=250&page=3") == []
    assert api.get("orders/count.json") == 260
    box.lightspeed.control_set_options(api.shop, limit_over_max="error")
    api.refused("orders.json?limit=251", 400)
    assert len(api.get("orders.json?limit=250")) == 250


def test_pages_follow_each_other(api, orders):
    assert ids(api.get("orders.json?limit=2&page=1")) == orders[:2:-1]
    assert ids(api.get("orders.json?limit=2&page=2")) == [orders[2], orders[1]]
    assert ids(api.get("orders.json?limit=2&page=3")) == [orders[0]]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1.5",
        "page=0",
        "page=x",
        "since_id=x",
        "since_id=-1",
        "offset=5",
        "sort=id",
        "order=1",
        "email=a@example.com",
        "paymentStatus=paid",
        "updated_min=2026-06-01",
        "limit=5&limit=6",
        "Limit=5",
    ],
)
def test_unknown_or_malformed_parameters_are_refused(api, query):
    message = api.refused(f"orders.json?{query}", 400)
    assert message.startswith("Invalid data input.")


@pytest.mark.parametrize("query", ["limit=5", "page=1", "fields=id", "x=1"])
def test_count_takes_filters_only(api, query):
    api.refused(f"orders/count.json?{query}", 400)


@pytest.mark.parametrize("query", ["limit=5", "since_id=1", "order=1"])
def test_single_takes_fields_only(api, orders, query):
    api.refused(f"orders/{orders[0]}.json?{query}", 400)
    for path in ("shop.json", "account.json", "shop/company.json", "time.json"):
        api.refused(f"{path}?{query}", 400)


def test_since_id_is_exclusive(box, api, orders):
    assert ids(api.get(f"orders.json?since_id={orders[2]}")) == [orders[4], orders[3]]
    assert api.get(f"orders/count.json?since_id={orders[2]}") == 2
    assert len(api.get("orders.json?since_id=0")) == 5
    box.lightspeed.control_set_options(api.shop, sort="ascending_since_id")
    assert ids(api.get(f"orders.json?since_id={orders[2]}")) == orders[3:]
    assert ids(api.get("orders.json")) == orders[::-1]


def test_date_filters_include_their_bounds(api, orders):
    def get(**query):
        return ids(api("orders.json", params=query).json()["orders"])

    third = "2026-06-03 10:00:00"
    assert get(created_at_min=third) == orders[:1:-1]
    assert get(created_at_max=third) == orders[2::-1]
    assert get(updated_at_min=third, updated_at_max=third) == [orders[2]]
    assert get(created_at_min="2026-06-03 10:00:01") == orders[:2:-1]
    assert get(created_at_min="2026-06-03T12:00:00+02:00") == orders[:1:-1]
    assert get(created_at_min="2026-06-03T10:00:01Z") == orders[:2:-1]
    assert get(created_at_min="2026-07-01 00:00:00") == []


@pytest.mark.parametrize(
    "value",
    [
        "2026-06-03",
        "2026-06-03T10:00:00",
        "2026-06-03%2010:00",
        "2026-13-03%2010:00:00",
        "2026-06-03%2010:00:00+02:00",
        # A bare plus sign is a space.
        "2026-06-03T10:00:00+02:00",
        "1780480800",
        "",
    ],
)
def test_other_date_forms_are_refused(api, value):
    api.refused(f"orders.json?updated_at_min={value}", 400)


def test_zone_of_plain_dates_is_a_switch(box, api, orders):
    query = {"updated_at_min": "2026-06-03 12:00:00"}
    found = api("orders.json", params=query).json()["orders"]
    assert ids(found) == orders[:2:-1]
    box.lightspeed.control_set_options(api.shop, date_zone="amsterdam")
    found = api("orders.json", params=query).json()["orders"]
    assert ids(found) == orders[:1:-1]


def test_order_by_update_is_a_switch(box, api, orders):
    box.clock.advance(60)
    box.lightspeed.control_edit_order(api.shop, orders[1], {"memo": "x"})
    query = {"updated_at_min": "2026-06-01 00:00:00"}
    newest = [orders[1], orders[4], orders[3], orders[2], orders[0]]

    def get():
        return ids(api("orders.json", params=query).json()["orders"])

    assert get() == orders[::-1]
    box.lightspeed.control_set_options(api.shop, sort="updated_desc")
    assert get() == newest
    assert ids(api.get("orders.json")) == orders[::-1]
    box.lightspeed.control_set_options(api.shop, sort="updated_asc")
    assert get() == newest[::-1]


def test_filters_of_orders(box, api):
    first = api.add(customer={"email": "a@example.com"}, status="on_hold")
    second = api.add(customer={"email": "b@example.com"})
    third = api.add(customer={"email": "a@example.com"}, number="ORD00001")
    customer = api.get(f"orders/{first['id']}.json")["customer"]["resource"]["id"]
    assert ids(api.get(f"orders.json?customer={customer}")) == [
        third["id"],
        first["id"],
    ]
    assert ids(api.get("orders.json?status=on_hold")) == [first["id"]]
    assert ids(api.get("orders.json?number=ORD00002")) == [second["id"]]
    assert ids(api.get("orders.json?number=ORD00001")) == [third["id"], first["id"]]
    both = f"orders.json?customer={customer}&status=completed_shipped"
    assert ids(api.get(both)) == [third["id"]]
    assert api.get(f"orders/count.json?customer={customer}") == 2
    assert api.get("orders.json?customer=1") == []
    api.refused("orders.json?customer=x", 400)
    box.lightspeed.control_set_status(api.shop, first["id"], "completed")
    assert api.get("orders.json?status=on_hold") == []
    assert ids(api.get("orders.json?status=completed")) == [first["id"]]


def test_filters_of_documents(api):
    first, second = api.add(), api.add()
    for name in ("invoices", "shipments"):
        (found,) = api.get(f"{name}.json?order={first['id']}")
        assert found["order"]["resource"]["id"] == first["id"]
        assert api.get(f"{name}.json?number={found['number']}") == [found]
        customer = found["customer"]["resource"]["id"]
        assert len(api.get(f"{name}.json?customer={customer}")) == 2
        assert api.get(f"{name}/count.json?order={second['id']}") == 1
        assert api.get(f"{name}/{found['id']}.json") == found
        api.refused(f"{name}.json?status=paid", 400)
    events = api.get(f"orders/events.json?order={first['id']}")
    assert [event["message"] for event in events] == ["paid", "new", "new"]
    invoice = events[0]["invoice"]["resource"]["id"]
    assert len(api.get(f"orders/events.json?invoice={invoice}")) == 2
    assert api.get("orders/events/count.json") == 6


def test_filters_of_the_catalogue(box, api):
    one = box.lightspeed.control_add_product(api.shop, "Mok", "M", "24.95")
    two = box.lightspeed.control_add_product(
        api.shop,
        "Trui",
        price_incl="50",
        variants=[{"title": "S", "article_code": "S"}, {"title": "M"}],
        brand=9101,
    )
    assert ids(api.get("products.json")) == [two["product"], one["product"]]
    assert ids(api.get("products.json?brand=9101")) == [two["product"]]
    found = api.get(f"variants.json?product={two['product']}")
    assert ids(found) == two["variants"][::-1]
    (variant,) = api.get(f"variants.json?product={one['product']}")
    assert variant["articleCode"] == "M"
    assert (variant["priceIncl"], variant["priceExcl"]) == (24.95, 20.6198)
    assert "stockBuyMininum" in variant
    product = api.get(f"products/{one['product']}.json")
    assert "priceIncl" not in product
    assert product["variants"]["resource"]["url"] == (
        f"variants?product={one['product']}"
    )


def test_fields_trim_lists_and_singles(api, orders):
    found = api.get("orders.json?fields=id,priceIncl&limit=1")
    assert found == [{"id": orders[4], "priceIncl": 12.1}]
    single = api.get(f"orders/{orders[0]}.json?fields=number")
    assert single == {"number": "ORD00001"}
    for path in ("orders.json", f"orders/{orders[0]}.json"):
        api.refused(f"{path}?fields=id,price_incl", 400)
        api.refused(f"{path}?fields=", 400)


def test_lists_never_embed(api, orders):
    for name in ("orders", "invoices", "shipments", "customers", "products"):
        assert "embedded" not in api(f"{name}.json").text
    assert "embedded" in api(f"orders/{orders[0]}.json").text


def test_parts_are_paged(api):
    lines = [{"title": f"Regel {n}", "unit_incl": 1} for n in range(120)]
    order = api.add(lines=lines)
    path = f"orders/{order['id']}/products"
    assert len(api.get(f"{path}.json")) == 50
    assert api.get(f"{path}/count.json") == 120
    titles = [
        entry["productTitle"]
        for page in (1, 2, 3)
        for entry in api.get(f"{path}.json?limit=50&page={page}")
    ]
    assert titles == [f"Regel {n}" for n in range(120)]
    first = api.get(f"{path}.json?limit=1")[0]
    assert len(api.get(f"{path}.json?since_id={first['id']}&limit=250")) == 119
    assert api.get(f"{path}/{first['id']}.json") == first
    api.refused(f"{path}/1.json", 404)
    api.refused(f"{path}.json?order=1", 400)
    api.refused(f"{path}.json?created_at_min=2026-06-03%2010:00:00", 400)
    api.refused("orders/1/products.json", 404)
    (invoice,) = api.get(f"invoices.json?order={order['id']}")
    items = f"invoices/{invoice['id']}/items"
    assert api.get(f"{items}/count.json") == 122
    assert len(api.get(f"{items}.json?limit=100&page=2")) == 22
    (shipment,) = api.get(f"shipments.json?order={order['id']}")
    products = f"shipments/{shipment['id']}/products"
    assert api.get(f"{products}/count.json") == 120
    assert "priceIncl" not in api.get(f"{products}.json")[0]


def test_envelope_of_events_is_a_switch(box, api, orders):
    assert list(api("orders/events.json").json()) == ["ordersEvents"]
    (event,) = api("orders/events.json?limit=1").json()["ordersEvents"]
    path = f"orders/events/{event['id']}.json"
    assert api(path).json() == {"ordersEvent": event}
    box.lightspeed.control_set_options(api.shop, events_envelope="orderEvent")
    assert list(api("orders/events.json").json()) == ["orderEvents"]
    assert api(path).json() == {"orderEvent": event}
