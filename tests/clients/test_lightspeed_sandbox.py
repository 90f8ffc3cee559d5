"""The Lightspeed client against the stand-in shop, over real HTTP."""

from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.lightspeed_exact_connector.clients import errors
from odoo.addons.lightspeed_exact_connector.clients.lightspeed import (
    LightspeedClient,
    app_password,
    verify_install,
)
from odoo.addons.lightspeed_exact_connector.clients.quota import Quota
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from sandbox import Sandbox

LINES = [{"title": "Mok", "quantity": 2, "unit_incl": "24.95"}]


@pytest.fixture(scope="module")
def box():
    with Sandbox() as running:
        yield running


@pytest.fixture
def shop(box):
    box.reset()
    return box.lightspeed.control_add_shop(name="Voorbeeldwinkel")


@pytest.fixture
def transport(box):
    with Transport(clock=box.clock.now, sleep=lambda _seconds: None) as made:
        yield made


@pytest.fixture
def make(box, shop, transport):
    def client_of(quota=None, language="nl", **credentials):
        return LightspeedClient(
            box.lightspeed_url,
            language,
            credentials.get("key", shop["key"]),
            credentials.get("secret", shop["secret"]),
            transport=transport,
            quota=Quota() if quota is None else quota,
        )

    return client_of


def fails(box, kind, **options):
    box.faults.add(kind, "lightspeed", **options)


def test_the_shop_is_read(make):
    client = make()
    assert client.account()["id"]
    assert client.permissions()["orders"]["read"]
    assert client.shop()["currency"]["shortcode"] == "EUR"
    assert client.company()["name"]
    assert {str(tax["rate"]) for tax in client.taxes()} == {"0.21", "0.09"}
    assert [one["code"] for one in client.languages() if one["isDefault"]] == ["nl"]
    assert client.customstatuses() == []


def test_the_rates_of_a_tax_in_other_countries_are_read(box, shop, make):
    tax = box.lightspeed.control_add_tax(
        shop["shop"], "0.21", overrides=[{"country": "de", "rate": "0.19"}]
    )["tax"]
    [row] = make().tax_overrides(tax)
    assert (row["country"]["code"], str(row["rate"])) == ("de", "0.19")


def test_orders_are_listed_a_page_at_a_time(box, shop, make):
    box.lightspeed.control_add_orders(shop["shop"], 7, profile="plain")
    client = make()
    assert client.order_count() == 7
    pages = [client.orders(page, limit=3) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert len({row["id"] for page in pages for row in page}) == 7
    assert client.orders(1, created_at_min=box.clock.now() + timedelta(days=2)) == []


def test_a_filter_is_a_moment_in_any_zone(box, shop, make):
    box.lightspeed.control_add_order(
        shop["shop"], LINES, created_at="2026-11-20T10:00:00+00:00"
    )
    client = make()
    zone = timezone(timedelta(hours=5))
    day_before = datetime(2026, 11, 19, 12, tzinfo=zone)
    assert len(client.orders(1, created_at_min=day_before)) == 1
    assert client.orders(1, created_at_max=day_before) == []


def test_one_order_with_its_lines_and_invoices(box, shop, make):
    box.lightspeed.control_add_order(shop["shop"], LINES)
    client = make()
    (row,) = client.orders(1)
    order = client.order(row["id"])
    embedded = order["products"]["resource"]["embedded"]
    assert list(client.iter_order_products(row["id"])) == client.order_products(
        row["id"]
    )
    assert [line["id"] for line in client.iter_order_products(row["id"])] == [
        line["id"] for line in embedded
    ]
    (invoice,) = client.invoices(order=row["id"])
    assert client.invoice_count(order=row["id"]) == 1
    assert client.invoice(invoice["id"]) == invoice
    found = client.invoice_items(invoice["id"])
    assert found
    assert list(client.iter_invoice_items(invoice["id"])) == found


def test_invoices_and_credit_notes_are_read_as_a_source(box, shop, make):
    first = box.lightspeed.control_add_order(
        shop["shop"], LINES, created_at="2026-11-20T10:00:00+00:00"
    )
    box.lightspeed.control_add_order(shop["shop"], LINES)
    box.lightspeed.control_credit_order(
        shop["shop"], first["id"], [{"index": 0, "quantity": 1}]
    )
    client = make()
    assert client.invoice_count() == 3
    assert client.invoice_count(order=first["id"]) == 2
    assert len(client.invoices()) == 3
    rows = client.invoices(order=first["id"])
    note = next(row for row in rows if row["isCreditNote"])
    assert client.invoice(note["id"])["number"] == note["number"]
    (item, *_costs) = client.iter_invoice_items(note["id"])
    assert (item["quantity"], str(item["priceIncl"])) == (1, "24.95")
    changed = client.invoices(updated_at_min=box.clock.now())
    assert {row["id"] for row in changed} <= {row["id"] for row in client.invoices()}
    late = box.clock.now() + timedelta(hours=1)
    assert client.invoice_count(updated_at_min=late) == 0
    with pytest.raises(errors.NotFound):
        client.invoice(1)


def test_three_hundred_items_of_an_invoice_are_read_whole(box, shop, make):
    lines = [{"title": f"Mok {number}", "unit_incl": "1.00"} for number in range(300)]
    made = box.lightspeed.control_add_order(shop["shop"], lines)
    client = make()
    ids = {
        item["id"]
        for item in client.iter_invoice_items(made["invoices"][0]["id"])
        if item["type"] == "product"
    }
    assert len(ids) == 300


def test_taxes_of_other_countries(box, shop, make):
    client = make()
    tax = next(row for row in client.taxes() if row["isDefault"])
    assert client.tax_overrides(tax["id"]) == []
    for country, rate in (("de", "0.19"), ("be", "0.21")):
        box.lightspeed.control_add_tax_override(shop["shop"], tax["id"], country, rate)
    found = {
        row["country"]["code"]: str(row["rate"])
        for row in client.tax_overrides(tax["id"])
    }
    assert found == {"de": "0.19", "be": "0.21"}


def test_an_order_of_three_hundred_lines_is_read_whole(box, shop, make):
    lines = [{"title": f"Mok {number}", "unit_incl": "1.00"} for number in range(300)]
    box.lightspeed.control_add_order(shop["shop"], lines)
    client = make()
    (row,) = client.orders(1)
    ids = {line["id"] for line in client.iter_order_products(row["id"])}
    assert len(ids) == 300


def test_an_installed_app_gets_in(box, shop, make):
    app = box.lightspeed.control_add_app("https://odoo.example.com/install")
    installed = box.lightspeed.control_install(app["key"], shop["shop"])
    params = installed["params"]
    assert verify_install(params, app["secret"])
    assert not verify_install(params, app["secret"][::-1])
    password = app_password(params["token"], app["secret"])
    assert make(key=app["key"], secret=password).account()["id"]


def test_wrong_credentials_are_refused(make):
    with pytest.raises(errors.AuthenticationError) as caught:
        make(secret="x" * 32).account()
    assert caught.value.code == "lightspeed.unauthorized"


def test_a_missing_permission_is_named(box, shop, make):
    box.lightspeed.control_set_permissions(
        shop["shop"], permissions={"orders": {"read": False}}
    )
    with pytest.raises(errors.AccessDenied) as caught:
        make().orders(1)
    assert caught.value.reason == "orders"


def test_an_inactive_language_is_told_from_an_unknown_id(make):
    with pytest.raises(errors.NotFound) as caught:
        make(language="fr").orders(1)
    assert caught.value.code == "lightspeed.language"
    with pytest.raises(errors.NotFound) as caught:
        make().order(999999999)
    assert caught.value.code == "lightspeed.not_found"


def test_the_quota_stops_us_before_the_vendor_does(box, shop, make):
    box.clock.freeze()
    box.lightspeed.control_set_rate_limits(shop["shop"], limits=[3, 3000, 12000])
    box.calls.clear()
    client = make()
    calls = 0
    with pytest.raises(errors.RateLimited) as caught:
        while True:
            client.shop()
            calls += 1
    assert calls == 3
    assert caught.value.window == "5min"
    box.clock.set(caught.value.retry_at)
    assert client.shop()


@pytest.mark.parametrize(
    ("kind", "window"),
    [("rate_5min", "5min"), ("rate_hour", "hour"), ("rate_day", "day")],
)
def test_a_429_waits_for_its_own_window(box, make, kind, window):
    box.clock.freeze()
    fails(box, kind)
    client = make()
    with pytest.raises(errors.RateLimited) as caught:
        client.shop()
    assert caught.value.window == window
    assert caught.value.retry_at > box.clock.now()


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("lost_before", errors.TemporaryError),
        ("reset_after", errors.TemporaryError),
        ("empty_500", errors.TemporaryError),
        ("html_503", errors.TemporaryError),
        ("html_200", errors.BadAnswer),
        ("truncated", errors.BadAnswer),
        ("truncated_length", errors.TemporaryError),
        ("error_200", errors.ConnectorError),
        ("unauthorized", errors.AuthenticationError),
    ],
)
def test_trouble_is_typed_and_passes(box, make, kind, error):
    client = make()
    fails(box, kind)
    with pytest.raises(error):
        client.shop()
    assert client.shop()["id"]


@pytest.mark.parametrize("kind", ["lost_before", "reset_before"])
def test_one_dead_connection_is_not_even_noticed(box, make, kind):
    client = make()
    client.shop()
    fails(box, kind)
    assert client.shop()["id"]


def test_an_order_that_is_not_there_yet(box, shop, make):
    box.lightspeed.control_add_order(shop["shop"], LINES)
    client = make()
    (row,) = client.orders(1)
    fails(box, "not_found_once")
    with pytest.raises(errors.NotFound):
        client.order(row["id"])
    assert client.order(row["id"])["id"] == row["id"]
