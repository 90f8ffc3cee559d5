"""Orders: fields, amounts and how they are broken on purpose."""

from decimal import Decimal

import pytest

from sandbox.core import ControlError, loads

SAMPLE = {
    "lines": [
        {
            "title": "Mok blauw",
            "unit_incl": "24.95",
            "quantity": 2,
            "discount_incl": "4.99",
        },
        {
            "title": "Kookboek",
            "unit_incl": 12,
            "rate": "0.09",
            "discount_incl": "1.20",
        },
    ],
    "shipping": {"incl": "5.95", "rate": "0.21"},
    "payment": {"incl": "0.50", "rate": "0.21"},
    "coupon": "ZOMER10",
}

#: Types of reference 4.1; "f" stands for the literal false.
FIELDS = {
    "id": int,
    "createdAt": str,
    "updatedAt": str,
    "number": str,
    "status": str,
    "customStatusId": None,
    "channel": str,
    "remoteIp": str,
    "userAgent": str,
    "referralId": "f",
    "priceCost": Decimal,
    "priceExcl": Decimal,
    "priceIncl": Decimal,
    "weight": Decimal,
    "volume": Decimal,
    "colli": Decimal,
    "gender": "f",
    "birthDate": "f",
    "nationalId": str,
    "email": str,
    "firstname": str,
    "middlename": str,
    "lastname": str,
    "phone": str,
    "mobile": str,
    "newsletterSubscribed": bool,
    "isCompany": bool,
    "companyName": str,
    "companyCoCNumber": str,
    "companyVatNumber": str,
    "addressShippingCompany": "f",
    "paymentId": str,
    "paymentStatus": str,
    "paymentIsPost": bool,
    "paymentIsInvoiceExternal": bool,
    "paymentTaxRate": Decimal,
    "paymentTaxRates": list,
    "paymentBasePriceExcl": Decimal,
    "paymentBasePriceIncl": Decimal,
    "paymentPriceExcl": Decimal,
    "paymentPriceIncl": Decimal,
    "paymentTitle": str,
    "paymentData": dict,
    "shipmentId": str,
    "shipmentStatus": str,
    "shipmentIsCashOnDelivery": bool,
    "shipmentIsPickup": bool,
    "shipmentTaxRate": Decimal,
    "shipmentTaxRates": list,
    "shipmentBasePriceExcl": Decimal,
    "shipmentBasePriceIncl": Decimal,
    "shipmentPriceExcl": Decimal,
    "shipmentPriceIncl": Decimal,
    "shipmentDiscountExcl": Decimal,
    "shipmentDiscountIncl": Decimal,
    "shipmentTitle": str,
    "shipmentData": dict,
    "shippingDate": None,
    "deliveryDate": None,
    "isDiscounted": bool,
    "discountType": str,
    "discountAmount": Decimal,
    "discountPercentage": Decimal,
    "discountCouponCode": str,
    "taxRates": list,
    "isNewCustomer": bool,
    "comment": str,
    "memo": str,
    "allowNotifications": bool,
    "doNotifyNew": bool,
    "doNotifyReminder": bool,
    "doNotifyCancelled": bool,
    "language": dict,
    "customer": dict,
    "quote": dict,
    "invoices": dict,
    "shipments": dict,
    "products": dict,
    "metafields": dict,
    "events": dict,
    "giftCardsPayment": list,
}
for _kind in ("Billing", "Shipping"):
    for _part in ("Name", "Street", "Street2", "Number", "Extension", "Zipcode"):
        FIELDS[f"address{_kind}{_part}"] = str
    FIELDS[f"address{_kind}City"] = FIELDS[f"address{_kind}Region"] = str
    FIELDS[f"address{_kind}Country"] = dict
    FIELDS[f"address{_kind}RegionData"] = "f"


def fits(value, kind):
    if kind is None:
        return value is None
    if kind == "f":
        return value is False
    if kind is Decimal:
        return type(value) in {int, Decimal}
    return type(value) is kind


@pytest.fixture
def get(api):
    """Return an order as a client reads it, with exact numbers."""

    def read(order, tail=""):
        answer = api(f"orders/{order['id']}{tail}.json")
        assert answer.status_code == 200
        (value,) = loads(answer.text).values()
        return value

    return read


# === FORM === #


def test_all_fields_are_there_in_their_types(api, get):
    order = get(api.add(**SAMPLE))
    assert order.keys() == FIELDS.keys()
    wrong = [n for n, kind in FIELDS.items() if not fits(order[n], kind)]
    assert wrong == []


def test_all_fields_of_a_line_are_there(api, get):
    line = get(api.add(**SAMPLE), "/products")[0]
    assert set(line) == {
        *("id", "supplierTitle", "brandTitle", "productTitle", "variantTitle"),
        *("taxRate", "taxRates", "quantityOrdered", "quantityInvoiced"),
        *("quantityShipped", "quantityRefunded", "quantityReturned"),
        *("articleCode", "ean", "sku", "weight", "volume", "colli"),
        *("sizeX", "sizeY", "sizeZ", "priceCost", "customExcl", "customIncl"),
        *("basePriceExcl", "basePriceIncl", "priceExcl", "priceIncl"),
        *("discountExcl", "discountIncl", "customFields", "product", "variant"),
    }
    assert line["weight"] is None
    assert line["customFields"] is line["product"] is line["variant"] is False


def test_list_has_the_same_fields(api, get):
    single = get(api.add(**SAMPLE))
    (listed,) = loads(api("orders.json").text)["orders"]
    assert listed.keys() == single.keys()
    for name in ("customer", "quote", "products", "invoices", "events"):
        single[name]["resource"].pop("embedded")
    for name in ("shipments", "metafields"):
        single[name]["resource"].pop("embedded")
    assert listed == single


def test_numbers_are_written_as_the_vendor_does(api):
    order = api.add(lines=[{"unit_incl": "99.00"}], payment={"data": []})
    text = api(f"orders/{order['id']}.json").text
    assert '"priceIncl":99,' in text
    assert '"basePriceExcl":81.8182,' in text
    assert '"paymentData":[]' in text
    assert '"discountAmount":0,' in text


def test_links_and_embedded_go_one_level(box, api, get):
    made = api.add(**SAMPLE)
    order = get(made)
    base = f"{box.lightspeed_url}/nl"
    customer = order["customer"]["resource"]
    assert customer["url"] == f"customers/{customer['id']}"
    assert customer["link"] == f"{base}/customers/{customer['id']}.json"
    assert customer["embedded"]["email"] == "klant@example.com"
    products = order["products"]["resource"]
    assert products["id"] is False
    assert products["link"] == f"{base}/orders/{made['id']}/products.json"
    assert products["embedded"] == get(made, "/products")
    invoices = order["invoices"]["resource"]
    assert invoices["link"] == f"{base}/invoices.json?order={made['id']}"
    (invoice,) = invoices["embedded"]
    assert invoice == loads(api(f"invoices/{invoice['id']}.json").text)["invoice"]
    assert "embedded" not in invoice["items"]["resource"]
    (shipment,) = order["shipments"]["resource"]["embedded"]
    assert shipment["number"] == "SHIP00001"
    assert order["metafields"]["resource"]["embedded"] == []
    assert order["quote"]["resource"]["embedded"]["additionalCostIncl"] == "0.0000"
    events = order["events"]["resource"]["embedded"]
    assert [(e["type"], e["message"]) for e in events] == [
        ("order", "new"),
        ("invoice", "new"),
        ("invoice", "paid"),
    ]
    assert events[0]["invoice"] is False
    assert events[2]["invoice"]["resource"]["id"] == invoice["id"]


def test_embedded_products_may_be_capped(box, api, get):
    lines = [{"title": f"Regel {n}", "unit_incl": 1} for n in range(60)]
    made = api.add(lines=lines)
    assert len(get(made)["products"]["resource"]["embedded"]) == 60
    box.lightspeed.control_set_options(api.shop, embedded_products_cap=50)
    assert len(get(made)["products"]["resource"]["embedded"]) == 50
    assert (
        len(
            loads(api(f"orders/{made['id']}/products.json?limit=250").text)[
                "orderProducts"
            ]
        )
        == 60
    )


def test_customer_company_and_addresses(api, get):
    customer = {
        "email": "Inkoop@Example.org",
        "firstname": "Zoë",
        "middlename": "van 't",
        "lastname": "Hof",
        "company": "Hof & Zn. B.V.",
        "vat_number": "nl 8001.23.456.B01",
        "coc_number": "12345678",
        "street": "Kerkweg",
        "number": "5",
        "extension": "a",
        "zipcode": "1000",
        "city": "Brussel",
        "country": "be",
        "gender": "female",
        "shipping": {"name": "Magazijn", "country": "de", "company": "Depot"},
    }
    order = get(api.add(customer=customer))
    assert order["addressBillingName"] == "Zoë van 't Hof"
    assert order["addressBillingCountry"]["code"] == "be"
    assert order["addressShippingName"] == "Magazijn"
    assert order["addressShippingCountry"]["code"] == "de"
    assert order["addressShippingCity"] == "Brussel"
    assert order["addressShippingCompany"] == "Depot"
    assert order["isCompany"] is True
    assert order["companyVatNumber"] == "nl 8001.23.456.B01"
    assert order["gender"] == "female"
    record = order["customer"]["resource"]["embedded"]
    assert record["companyName"] == "Hof & Zn. B.V."
    assert record["lastOnlineAt"] is None
    assert record["birthDate"] is False


def test_same_email_is_the_same_customer(api, get):
    first = get(api.add(customer={"email": "a@example.com"}))
    second = get(api.add(customer={"email": "a@example.com"}))
    third = get(api.add(customer={"email": "A@Example.com"}))
    number = first["customer"]["resource"]["id"]
    assert second["customer"]["resource"]["id"] == number
    assert third["customer"]["resource"]["id"] != number
    assert [o["isNewCustomer"] for o in (first, second, third)] == [True, False, True]
    fourth = get(api.add(customer={"id": number, "email": "A@Example.com"}))
    assert fourth["customer"]["resource"]["id"] == number
    assert fourth["email"] == "A@Example.com"


def test_guest_has_no_customer(api, get):
    order = get(api.add(customer={"guest": True, "email": "gast@example.com"}))
    assert order["customer"] is False
    (invoice,) = order["invoices"]["resource"]["embedded"]
    assert invoice["customer"] is False
    assert api.get("customers.json") == []


def test_lines_link_to_the_catalogue(box, api, get):
    made = box.lightspeed.control_add_product(api.shop, "Mok", "MOK-B", "24.95")
    lines = [
        {"article_code": "MOK-B", "unit_incl": 1},
        {"article_code": "weg", "unit_incl": 1, "product_id": 5, "variant_id": 6},
        {"unit_incl": 1},
    ]
    first, second, third = get(api.add(lines=lines), "/products")
    assert first["product"]["resource"]["id"] == made["product"]
    assert first["variant"]["resource"]["id"] == made["variants"][0]
    assert second["variant"]["resource"]["id"] == 6
    api.refused("variants/6.json", 404)
    assert third["product"] is third["variant"] is False


@pytest.mark.parametrize("value", [None, 0, 2201])
def test_three_kinds_of_custom_status(box, api, get, value):
    box.lightspeed.control_add_custom_status(api.shop, "Op maat")
    assert get(api.add(custom_status=value))["customStatusId"] == value


def test_language_comment_and_gift_cards(box, api, get):
    order = get(
        api.add(language="de", comment="Bel aan ☕", memo="x", gift_cards=[{"a": 1}])
    )
    assert order["language"]["locale"] == "de_DE"
    assert order["comment"] == "Bel aan ☕"
    assert order["giftCardsPayment"] == [{"a": 1}]


def test_moments_are_in_the_shop_zone(api, get):
    order = get(api.add(created_at="2025-12-31T23:30:00Z"))
    assert order["createdAt"] == "2026-01-01T00:30:00+01:00"
    assert order["updatedAt"] == "2026-01-01T00:31:00+01:00"


def test_nothing_is_in_the_future(box, api, get):
    order = get(api.add())
    assert order["createdAt"] == order["updatedAt"] == "2026-06-03T12:31:00+02:00"


def test_legacy_order_has_no_tax_rates(api, get):
    made = api.add(legacy=True, **SAMPLE)
    order = get(made)
    for name in ("taxRates", "shipmentTaxRates", "paymentTaxRates"):
        assert name not in order
    assert order["shipmentTaxRate"] == Decimal("0.21")
    line = order["products"]["resource"]["embedded"][1]
    assert "taxRates" not in line
    assert line["taxRate"] == Decimal("0.09")
    assert "giftCardsPayment" not in order
    assert made["tampered"] is True


def test_pickup(api, get):
    order = get(api.add(shipping={"pickup": True, "incl": 0, "rate": "0.21"}))
    assert order["shipmentIsPickup"] is True
    assert order["shipmentTitle"] == "Afhalen"
    assert order["shipmentTaxRates"] == [
        {"name": "BTW", "rate": Decimal("0.21"), "amount": 0}
    ]


# === AMOUNTS === #


def test_reference_sample_is_reproduced(api, get):
    order = get(api.add(**SAMPLE))
    expected = {
        "priceExcl": "52.36",
        "priceIncl": "62.16",
        "paymentBasePriceExcl": "0.4132",
        "paymentPriceExcl": "0.41",
        "shipmentBasePriceExcl": "4.9174",
        "shipmentPriceExcl": "4.92",
        "shipmentPriceIncl": "5.95",
        "discountAmount": "6.19",
        "discountPercentage": "0.1",
    }
    assert {n: order[n] for n in expected} == {
        n: Decimal(value) for n, value in expected.items()
    }
    assert order["discountCouponCode"] == "ZOMER10"
    assert order["isDiscounted"] is True
    assert order["taxRates"] == [
        {
            "name": "BTW",
            "rate": Decimal("0.21"),
            "amount": Decimal("7.794297520661157"),
        },
        {
            "name": "BTW",
            "rate": Decimal("0.09"),
            "amount": Decimal("0.891743119266055"),
        },
    ]
    first, second = order["products"]["resource"]["embedded"]
    assert (first["basePriceExcl"], first["basePriceIncl"]) == (
        Decimal("20.6198"),
        Decimal("24.95"),
    )
    assert (first["priceExcl"], first["priceIncl"]) == (
        Decimal("37.12"),
        Decimal("44.91"),
    )
    assert (first["discountExcl"], first["discountIncl"]) == (
        Decimal("4.12"),
        Decimal("4.99"),
    )
    assert (second["priceExcl"], second["priceIncl"]) == (
        Decimal("9.91"),
        Decimal("10.8"),
    )


def test_oracle_adds_up_per_rate(api):
    order = api.add(**SAMPLE)
    assert (order["gross"], order["net"], order["vat"]) == ("62.16", "52.36", "9.80")
    assert order["rates"] == [
        {"rate": "0.09", "net": "9.91", "vat": "0.89", "gross": "10.80"},
        {"rate": "0.21", "net": "42.45", "vat": "8.91", "gross": "51.36"},
    ]
    assert [line["kind"] for line in order["lines"]] == [
        "product",
        "product",
        "shipping",
        "payment",
    ]
    assert order["tampered"] is False


@pytest.mark.parametrize("prices", ["incl", "excl"])
@pytest.mark.parametrize("seed", range(5))
def test_totals_are_sums_of_rounded_parts(box, make_shop, prices, seed):
    shop = make_shop("Prijzen", prices=prices)
    box.lightspeed.control_add_orders(shop.shop, 40, seed=seed)
    box.lightspeed.control_set_rate_limits(shop.shop, limits=[9999, 9999, 9999])
    for listed in shop.get("orders.json"):
        text = shop(f"orders/{listed['id']}.json").text
        order = loads(text)["order"]
        lines = order["products"]["resource"]["embedded"]
        truth = box.lightspeed.control_oracle(shop.shop, order["id"])
        for name, key in (("Excl", "net"), ("Incl", "gross")):
            total = sum(line[f"price{name}"] for line in lines)
            total += order[f"shipmentPrice{name}"] + order[f"paymentPrice{name}"]
            assert total == order[f"price{name}"] == Decimal(truth[key])
        for line in lines:
            for kind in ("Excl", "Incl"):
                before = line[f"basePrice{kind}"] * line["quantityOrdered"]
                after = before - line[f"discount{kind}"]
                # The kind of price the merchant enters is the exact one.
                slack = "0" if kind.lower() == prices else "0.02"
                assert abs(after - line[f"price{kind}"]) <= Decimal(slack)
            charged = line["priceIncl"] - line["priceExcl"]
            exact = sum(entry["amount"] for entry in line["taxRates"])
            assert abs(charged - exact) <= Decimal("0.0051")
        vat = sum(Decimal(rate["vat"]) for rate in truth["rates"])
        assert vat == order["priceIncl"] - order["priceExcl"]
        tax = sum(entry["amount"] for entry in order["taxRates"])
        products = sum(line["priceIncl"] - line["priceExcl"] for line in lines)
        assert abs(tax - products) <= Decimal("0.0051") * len(lines)


def test_excluding_shop_derives_the_other_price(make_shop):
    shop = make_shop("Ex", prices="excl")
    order = shop.add(lines=[{"unit_excl": "1.95", "rate": "0.14975"}])
    assert (order["net"], order["gross"]) == ("1.95", "2.24")
    line = shop.get(f"orders/{order['id']}/products.json")[0]
    assert line["basePriceIncl"] == 2.242


def test_unit_price_may_be_given_the_other_way(api, make_shop):
    shop = make_shop("Ex", prices="excl")
    assert shop.add(lines=[{"unit_incl": "12.10"}])["net"] == "10.00"
    assert api.add(lines=[{"unit_excl": "10"}])["gross"] == "12.10"


def test_two_taxes_on_a_line(make_shop):
    shop = make_shop("Canada", prices="excl", country="ca", currency="CAD")
    rates = [
        {"name": "GST", "rate": "0.05"},
        {"name": "QST", "rate": 0.09974999999999999},
    ]
    made = shop.add(lines=[{"unit_excl": 10, "quantity": 3, "rates": rates}])
    order = loads(shop(f"orders/{made['id']}.json").text)["order"]
    (line,) = order["products"]["resource"]["embedded"]
    assert [entry["name"] for entry in line["taxRates"]] == ["GST", "QST"]
    assert str(line["taxRates"][1]["rate"]) == "0.09974999999999999"
    assert (order["priceExcl"], order["priceIncl"]) == (30, Decimal("34.49"))
    assert made["rates"] == [
        {"rate": "0.14975", "net": "30.00", "vat": "4.49", "gross": "34.49"}
    ]


def test_same_name_with_several_rates(api, get):
    lines = [
        {"unit_incl": 1, "rate": "0.21"},
        {"unit_incl": 1, "rate": "0.09"},
        {"unit_incl": 1, "rate": 0},
        {"unit_incl": 1, "rate": "0.21"},
    ]
    rates = get(api.add(lines=lines))["taxRates"]
    assert [(r["name"], str(r["rate"])) for r in rates] == [
        ("BTW", "0.21"),
        ("BTW", "0.09"),
        ("BTW", "0"),
    ]


def test_percentage_coupon_goes_over_every_line(api, get):
    lines = [{"unit_incl": "3.33", "quantity": 3}, {"unit_incl": "0.05"}]
    coupon = {"code": "TIEN", "percentage": "0.1"}
    order = get(api.add(lines=lines, coupon=coupon))
    first, second = order["products"]["resource"]["embedded"]
    assert (first["discountIncl"], first["priceIncl"]) == (1, Decimal("8.99"))
    assert (second["discountIncl"], second["priceIncl"]) == (
        Decimal("0.01"),
        Decimal("0.04"),
    )
    assert order["discountType"] == "percentage"
    assert order["discountPercentage"] == Decimal("0.1")


def test_cart_discount_without_code_is_spread_exactly(api, get):
    lines = [{"unit_incl": "10"}, {"unit_incl": "10"}, {"unit_incl": "10"}]
    order = get(api.add(lines=lines, coupon={"code": "", "amount": "10"}))
    embedded = order["products"]["resource"]["embedded"]
    discounts = [line["discountIncl"] for line in embedded]
    assert sum(discounts) == 10
    assert sorted(discounts) == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]
    assert order["isDiscounted"] is True
    assert order["discountCouponCode"] == ""
    assert order["discountType"] == "amount"
    assert order["priceIncl"] == 20


@pytest.mark.parametrize("style", ["net", "gross"])
def test_free_shipping_in_both_styles(api, get, style):
    shipping = {"incl": "5.95", "rate": "0.21", "discount_incl": "5.95", "style": style}
    made = api.add(lines=[{"unit_incl": 10}], shipping=shipping)
    order = get(made)
    assert order["shipmentDiscountIncl"] == Decimal("5.95")
    assert order["shipmentBasePriceIncl"] == Decimal("5.95")
    shown = Decimal(0) if style == "net" else Decimal("5.95")
    assert order["shipmentPriceIncl"] == shown
    assert order["priceIncl"] == 10
    assert made["gross"] == "10.00"
    items = api.get(f"invoices/{made['invoices'][0]['id']}/items.json")
    assert [item["priceIncl"] for item in items] == [10, 0, 0]


def test_zero_total(api, get):
    made = api.add(lines=[{"unit_incl": 5}], coupon={"code": "GRATIS", "amount": 5})
    order = get(made)
    assert order["priceIncl"] == order["priceExcl"] == 0
    assert order["taxRates"][0]["amount"] == 0
    assert made["rates"] == []
    # It only says that no VAT was charged.
    assert order["invoices"]["resource"]["embedded"][0]["isVatShifted"] is True


# === BROKEN ON PURPOSE === #


def test_overrides_and_removed_fields(box, api, get):
    made = api.add(
        lines=[{"unit_incl": 10, "overrides": {"priceIncl": "x"}, "remove": ["id"]}],
        overrides={"priceIncl": 9.5, "onbekend": 1},
        remove=["email"],
    )
    order = get(made)
    assert order["priceIncl"] == Decimal("9.5")
    assert order["onbekend"] == 1
    assert "email" not in order
    (line,) = order["products"]["resource"]["embedded"]
    assert line["priceIncl"] == "x"
    assert "id" not in line
    assert made["gross"] == "10.00"
    assert made["tampered"] is True
    box.lightspeed.control_repair(api.shop, made["id"])
    assert get(made)["priceIncl"] == 10


def test_edit_moves_updated_at_unless_told_not_to(box, api, get):
    made = api.add()
    box.clock.advance(60)
    box.lightspeed.control_edit_order(
        api.shop,
        made["number"],
        {"memo": "nieuw", "addressShippingCountry": {"code": "be"}, "extra": [1]},
        lines=[{"index": 0, "productTitle": "Anders"}],
    )
    order = get(made)
    assert order["memo"] == "nieuw"
    assert order["extra"] == [1]
    assert order["addressShippingCountry"]["title"] == "België"
    assert get(made, "/products")[0]["productTitle"] == "Anders"
    assert order["updatedAt"] == "2026-06-03T12:32:00+02:00"
    box.clock.advance(60)
    edit = box.lightspeed.control_edit_order
    edit(api.shop, made["id"], {"priceIncl": 1}, bump=False)
    assert get(made)["updatedAt"] == "2026-06-03T12:32:00+02:00"
    assert box.lightspeed.control_oracle(api.shop, made["id"])["tampered"] is True
    edit(api.shop, made["id"], at="2026-06-03T09:00:00Z")
    assert get(made)["updatedAt"] == "2026-06-03T11:00:00+02:00"


def test_rebuilt_order_has_new_totals_and_truth(box, api, get):
    made = api.add()
    truth = box.lightspeed.control_rebuild_order(
        api.shop, made["id"], [{"unit_incl": "3.33", "quantity": 3}]
    )
    assert truth["gross"] == "9.99"
    assert truth["tampered"] is False
    assert get(made)["priceIncl"] == Decimal("9.99")
    assert truth["invoices"][0]["gross"] == "12.10"


@pytest.mark.parametrize("payload", [{}, [], None, "x", {"id": 1}])
def test_corrupt_payload_takes_the_place(box, api, payload):
    made = api.add()
    box.lightspeed.control_corrupt(api.shop, made["id"], payload)
    assert api(f"orders/{made['id']}.json").json() == {"order": payload}
    assert api.get("orders.json")[0]["id"] == made["id"]
    box.lightspeed.control_corrupt(api.shop, made["id"], payload, in_list=True)
    assert api("orders.json").json() == {"orders": [payload]}
    box.lightspeed.control_repair(api.shop, made["id"])
    assert api.get(f"orders/{made['id']}.json")["id"] == made["id"]


def test_corrupt_body_is_sent_as_it_is(box, api):
    made = api.add()
    box.lightspeed.control_corrupt(
        api.shop, made["id"], body='{"order":', content_type="text/html"
    )
    answer = api(f"orders/{made['id']}.json")
    assert (answer.status_code, answer.text) == (200, '{"order":')
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "X-RateLimit-Limit" in answer.headers


def test_deleted_order_is_gone_with_its_documents(box, api):
    made = api.add()
    box.lightspeed.control_delete_order(api.shop, made["id"])
    api.refused(f"orders/{made['id']}.json", 404)
    for name in ("orders", "invoices", "shipments", "orders/events"):
        assert api.get(f"{name}.json") == []


@pytest.mark.parametrize(
    "options",
    [
        {"lines": [{"unit_inc": 1}]},
        {"lines": [{"unit_incl": "veel"}]},
        {"shipping": {"price": 1}},
        {"payment": {"incl": 1, "pickup": True}},
        {"customer": {"mail": "x"}},
        {"customer": {"id": 1}},
        {"customer": {"shipping": {"zip": "x"}}},
        {"coupon": {"kode": "x"}},
        {"status": "betaald"},
        {"payment_status": "payed"},
        {"shipment_status": "sent"},
        {"invoice": "soon"},
    ],
)
def test_builder_refuses_what_it_does_not_know(api, options):
    with pytest.raises(ControlError):
        api.add(**options)
    assert api.get("orders.json") == []


def test_unknown_statuses_can_be_forced(api, get):
    assert get(api.add(status="nieuw", any_status=True))["status"] == "nieuw"


# === MANY === #


def test_generator_is_deterministic(box, make_shop):
    def strip(truth):
        return {k: truth[k] for k in ("gross", "net", "rates", "status", "created_at")}

    results = []
    for name in ("A", "B"):
        shop = make_shop(name).shop
        box.lightspeed.control_add_orders(
            shop, 30, seed=7, start="2026-05-01T00:00:00Z", end="2026-05-31T00:00:00Z"
        )
        results.append([strip(t) for t in box.lightspeed.control_oracle(shop)])
    assert results[0] == results[1]
    assert results[0][0]["created_at"] == "2026-05-01T02:00:00+02:00"
    other = make_shop("C").shop
    made = box.lightspeed.control_add_orders(other, 30, seed=8)
    assert made["count"] == 30
    truths = box.lightspeed.control_oracle(other)
    assert [strip(t) for t in truths] != results[0]
    assert Decimal(made["gross"]) == sum(Decimal(t["gross"]) for t in truths)
    assert len({t["status"] for t in truths}) > 1


def test_plain_profile_is_all_bookable(box, api):
    box.lightspeed.control_add_orders(api.shop, 20, profile="plain", customers=2)
    truths = box.lightspeed.control_oracle(api.shop)
    assert {(t["status"], t["payment_status"]) for t in truths} == {
        ("completed_shipped", "paid")
    }
    assert {rate["rate"] for t in truths for rate in t["rates"]} == {"0.21"}
    assert len(api.get("customers.json")) == 2


def test_orders_are_found_by_period(box, api):
    first = api.add(created_at="2026-05-01T10:00:00Z")
    api.add(created_at="2026-05-02T10:00:00Z")
    found = box.lightspeed.control_find_orders(api.shop, until="2026-05-01T23:00:00Z")
    assert [entry["id"] for entry in found] == [first["id"]]
    assert box.lightspeed.control_shops()[0]["orders"] == 2
