"""The demo data is believable and consistent."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest

from sandbox import Sandbox, demo, demo_invoices, demo_settings
from sandbox.core import loads

from .conftest import NOW, Api


@pytest.fixture(scope="module")
def box():
    with Sandbox(demo=True, now=NOW) as sandbox:
        sandbox.clock.freeze()
        limits = [100_000, 100_000, 100_000]
        for shop in (demo_settings.SHOP_NAME, demo_settings.INVOICE_SHOP_NAME):
            sandbox.lightspeed.control_set_rate_limits(shop, limits=limits)
        yield sandbox


@pytest.fixture(scope="module")
def api(box):
    shop = {
        "shop": demo_settings.SHOP_NAME,
        "key": demo_settings.SHOP_KEY,
        "secret": demo_settings.SHOP_SECRET,
        "language": demo_settings.SHOP_LANGUAGE,
    }
    return Api(box, shop)


@pytest.fixture(scope="module")
def invoice_api(box):
    shop = {
        "shop": demo_settings.INVOICE_SHOP_NAME,
        "key": demo_settings.INVOICE_SHOP_KEY,
        "secret": demo_settings.INVOICE_SHOP_SECRET,
        "language": demo_settings.SHOP_LANGUAGE,
    }
    return Api(box, shop)


def read_orders(api):
    """Return all orders as a client gets them, oldest first."""
    found = []
    for listed in api.get("orders.json?limit=250")[::-1]:
        found.append(loads(api(f"orders/{listed['id']}.json").text)["order"])
    return found


@pytest.fixture(scope="module")
def orders(api):
    return read_orders(api)


@pytest.fixture(scope="module")
def invoice_orders(invoice_api):
    return read_orders(invoice_api)


def placed(order):
    return datetime.fromisoformat(order["createdAt"])


def test_sixty_orders_in_the_order_of_time(box, orders):
    assert len(orders) == 60
    assert orders[0]["number"] == "ORD00001"
    moments = [placed(order) for order in orders]
    assert moments == sorted(moments)
    now = box.clock.now()
    assert now - timedelta(days=21) < moments[0] < now - timedelta(days=19)
    assert now - timedelta(hours=1) < moments[-1] < now
    assert (
        max(order["updatedAt"] for order in orders)
        <= now.astimezone(moments[0].tzinfo).isoformat()
    )


def test_some_are_before_and_some_after_the_start(orders):
    start = datetime.fromisoformat(
        demo_settings.start_at(datetime.fromisoformat(NOW))
    ).replace(tzinfo=timezone.utc)
    assert start == datetime.fromisoformat(NOW) - timedelta(days=14)
    before = [order for order in orders if placed(order) < start]
    assert len(before) == 18
    # None is so near that the minutes of a set-up decide about it.
    near = timedelta(hours=2)
    assert not [order for order in orders if abs(placed(order) - start) < near]


def test_same_data_at_every_start(box):
    other = Sandbox(demo=True, now=NOW)
    first = box.lightspeed.control_oracle(demo_settings.SHOP_NAME)
    second = other.lightspeed.control_oracle(demo_settings.SHOP_NAME)
    keys = ("number", "gross", "net", "rates", "status", "invoices", "credits")
    assert [{k: o[k] for k in keys} for o in first] == [
        {k: o[k] for k in keys} for o in second
    ]


def test_totals_add_up_but_for_one(orders):
    wrong = []
    for order in orders:
        lines = order["products"]["resource"]["embedded"]
        total = sum(line["priceIncl"] for line in lines)
        total += order["shipmentPriceIncl"] + order["paymentPriceIncl"]
        if total != order["priceIncl"]:
            wrong.append(order["number"])
    assert wrong == ["ORD00044"]


def test_all_cases_are_there(orders):
    statuses = {order["status"] for order in orders}
    assert statuses >= {
        "completed_shipped",
        "completed_picked_up",
        "processing_awaiting_payment",
        "processing_awaiting_shipment",
        "processing_awaiting_pickup",
        "on_hold",
    }
    assert [o["number"] for o in orders if o["status"] == "cancelled"] == ["ORD00048"]
    rates = [{str(r["rate"]) for r in order["taxRates"]} for order in orders]
    assert {"0.21", "0.09"} in rates
    assert {"0.21"} in rates
    codes = {order["discountCouponCode"] for order in orders if order["isDiscounted"]}
    assert codes >= {"ZOMER10", "WELKOM5", "GRATISPOST", "", "PERSGRATIS"}
    assert {order["priceIncl"] for order in orders} >= {0}
    assert any(order["paymentPriceIncl"] for order in orders)
    assert any(order["shipmentDiscountIncl"] for order in orders)
    assert any(order["shipmentIsPickup"] for order in orders)
    assert any(order["customer"] is False for order in orders)
    countries = {order["addressShippingCountry"]["code"] for order in orders}
    assert countries == {"nl", "be", "ch", "de"}
    companies = [order for order in orders if order["isCompany"]]
    countries = [order["companyVatNumber"][:2] for order in companies]
    assert countries == ["NL", "DE"]
    emails = {order["email"] for order in orders}
    assert len(emails) > len({email.lower() for email in emails})


def test_belgian_orders_with_belgian_and_with_dutch_vat(orders):
    belgian = [o for o in orders if o["addressShippingCountry"]["code"] == "be"]
    rates = [{str(rate["rate"]) for rate in order["taxRates"]} for order in belgian]
    assert rates == [{"0.21", "0.09"}, {"0.21", "0.06"}]


def test_a_gift_card_is_sold_and_one_is_used(orders):
    sold = [
        line["priceIncl"]
        for order in orders
        for line in order["products"]["resource"]["embedded"]
        if line["articleCode"] == demo_settings.GIFT_CARD_CODE
    ]
    assert sold == [25]
    used = [order for order in orders if order["giftCardsPayment"]]
    assert len(used) == 1
    assert used[0]["priceIncl"] > 25


def test_what_happens_after_booking(box):
    sandbox = Sandbox(demo=True, now=NOW)
    commands = dict(demo.after_booking())
    before = {
        row["number"]: row
        for row in sandbox.lightspeed.control_oracle(demo_settings.SHOP_NAME)
    }
    cancelled = commands["lightspeed/cancel_order"]
    edited = commands["lightspeed/rebuild_order"]
    for values in (cancelled, edited):
        assert before[values["order"]]["status"] == "completed_shipped"
    now = sandbox.lightspeed.control_cancel_order(**cancelled)
    assert now["status"] == "cancelled"
    now = sandbox.lightspeed.control_rebuild_order(**edited)
    more = Decimal(now["gross"]) - Decimal(before[edited["order"]]["gross"])
    assert more == Decimal("12.95")


def test_customers_products_and_documents_fit(api, orders):
    variants = {v["id"]: v for v in api.get("variants.json?limit=250")}
    assert len(variants) == len(api.get("products.json")) == 15
    for order in orders:
        for line in order["products"]["resource"]["embedded"]:
            variant = variants[line["variant"]["resource"]["id"]]
            assert variant["articleCode"] == line["articleCode"]
            product = variant["product"]["resource"]["id"]
            assert product == line["product"]["resource"]["id"]
        documents = order["invoices"]["resource"]["embedded"]
        invoice = documents[0]
        if order["number"] != "ORD00044":
            assert invoice["priceIncl"] == order["priceIncl"]
        paid = order["paymentStatus"] == "paid"
        assert (invoice["status"] == "paid") == paid
    credits = [
        document
        for order in orders
        for document in order["invoices"]["resource"]["embedded"]
        if document["isCreditNote"]
    ]
    assert len(credits) == 2


def test_truth_is_in_whole_cents(box):
    for order in box.lightspeed.control_oracle(demo_settings.SHOP_NAME):
        rates = order["rates"]
        assert sum(Decimal(r["gross"]) for r in rates) == Decimal(order["gross"])


def test_demo_app_can_be_installed(box, api):
    made = box.lightspeed.control_install(
        demo_settings.SHOP_APP_KEY, demo_settings.SHOP_NAME
    )
    auth = (demo_settings.SHOP_APP_KEY, made["password"])
    assert api("account.json", auth=auth).status_code == 200


def test_exact_knows_the_demo_app_and_administration(box):
    uri = "https://odoo.example.com/callback"
    box.exact.control_add_redirect_uri(demo_settings.CLIENT_ID, uri)
    consent = box.exact.control_consent(
        client_id=demo_settings.CLIENT_ID,
        user=demo_settings.USER,
        redirect_uri=uri,
        state="x",
    )
    assert consent["redirect"].startswith(uri)
    assert box.exact.control_entries(demo_settings.DIVISION) == []


# === THE SHOP THAT GETS INVOICES === #


def test_the_second_shop_has_other_prices_and_no_invoices(box, invoice_orders):
    shops = {shop["name"]: shop for shop in box.lightspeed.control_shops()}
    prices = [shop["options"]["prices"] for shop in shops.values()]
    assert prices == ["incl", "excl"]
    assert len(invoice_orders) == len(demo_invoices.specs())
    for order in invoice_orders:
        assert order["number"].startswith("ZAK")
        assert order["invoices"]["resource"]["embedded"] == []


def test_orders_for_invoices_lie_after_the_start_and_before_now(box, invoice_orders):
    moments = [placed(order) for order in invoice_orders]
    assert moments == sorted(moments)
    assert box.clock.now() - timedelta(days=7) < moments[0]
    assert moments[-1] < box.clock.now()


def test_totals_of_orders_for_invoices_add_up(invoice_orders):
    for order in invoice_orders:
        lines = order["products"]["resource"]["embedded"]
        for kind in ("priceIncl", "priceExcl"):
            total = sum(line[kind] for line in lines)
            total += order["shipment" + kind[0].upper() + kind[1:]]
            total += order["payment" + kind[0].upper() + kind[1:]]
            assert total == order[kind], (order["number"], kind)


def test_all_cases_of_invoices_are_there(invoice_orders):
    lines = [
        (order, line)
        for order in invoice_orders
        for line in order["products"]["resource"]["embedded"]
    ]
    uneven = [
        line
        for _order, line in lines
        if line["quantityOrdered"] > 1
        and Decimal(line["priceExcl"]) / line["quantityOrdered"] % Decimal("0.01")
    ]
    assert len(uneven) >= 5
    assert {line["articleCode"] for _order, line in lines} >= {
        "",
        "SCHORT-L",
        demo_settings.GIFT_CARD_CODE,
        demo_invoices.KNOWN_ITEM,
    }
    codes = {o["discountCouponCode"] for o in invoice_orders if o["isDiscounted"]}
    assert codes == {"HORECA7", "WELKOM10", ""}
    assert any(order["giftCardsPayment"] for order in invoice_orders)
    assert any(order["paymentPriceIncl"] for order in invoice_orders)
    countries = [order["addressShippingCountry"]["code"] for order in invoice_orders]
    assert {"nl", "de", "ch"} == set(countries)


def test_one_code_is_there_twice_and_one_is_missing(invoice_api):
    variants = invoice_api.get("variants.json?limit=250")
    codes = [variant["articleCode"] for variant in variants]
    assert codes.count("") == 1
    assert {code for code in codes if codes.count(code) > 1} == {"SCHORT-L"}


def test_the_bookkeeper_made_one_item(box):
    [item] = box.exact.control_items(demo_settings.INVOICE_DIVISION)
    assert item["Code"] == demo_invoices.KNOWN_ITEM
    assert item["Prices"][0]["Price"] == Decimal("17.95")
    subjects = {
        row["Subject"]
        for row in box.exact.control_layouts(demo_settings.INVOICE_DIVISION)
    }
    assert {demo_settings.INVOICE_LAYOUT, demo_settings.INVOICE_MAIL_TEXT} <= subjects


def test_what_happens_to_orders_with_an_invoice():
    lightspeed = Sandbox(demo=True, now=NOW).lightspeed
    shop = demo_settings.INVOICE_SHOP_NAME
    commands = dict(demo_invoices.after_booking())
    cancelled = lightspeed.control_cancel_order(**commands["lightspeed/cancel_order"])
    assert cancelled["status"] == "cancelled"
    before = {row["number"]: row for row in lightspeed.control_oracle(shop)}
    edited = lightspeed.control_rebuild_order(**commands["lightspeed/rebuild_order"])
    assert edited["gross"] != before[edited["number"]]["gross"]
    command, parameters = demo_invoices.for_the_bookkeeper()
    assert command == "lightspeed/add_order"
    placed_order = lightspeed.control_add_order(**parameters)
    assert placed_order["number"] not in before
