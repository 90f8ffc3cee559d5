"""What bookkeeping depends on: gift cards, double taxes, partial credits, brands."""

from decimal import Decimal
from random import Random

import pytest

from sandbox.core import ControlError, loads


def read(api, path):
    """Return the value in an answer's envelope, numbers as decimals."""
    answer = api(path)
    assert answer.status_code == 200, answer.text
    (value,) = loads(answer.text).values()
    return value


def documents(api, order):
    """Return an order's invoices and credit notes, oldest first."""
    return read(api, f"invoices.json?order={order['id']}")[::-1]


def items(api, invoice):
    return read(api, f"invoices/{invoice['id']}/items.json?limit=250")


def total(rows, name):
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


# === GIFT CARDS === #


@pytest.mark.parametrize(
    "cards",
    [
        [{"amount": "10.00"}],
        [{"code": "KADO", "amountIncl": 10}, {"id": 1, "price": "2.10"}],
        ["12.10"],
    ],
)
def test_a_gift_card_is_a_payment_and_lowers_nothing(api, cards):
    plain = api.add(shipping={"incl": "5.95", "rate": "0.21"})
    made = api.add(shipping={"incl": "5.95", "rate": "0.21"}, gift_cards=cards)
    for name in ("gross", "net", "vat", "rates", "lines"):
        assert made[name] == plain[name]
    order, other = (read(api, f"orders/{one['id']}.json") for one in (made, plain))
    assert order["giftCardsPayment"] == loads(str(cards).replace("'", '"'))
    assert other["giftCardsPayment"] == []
    for name in ("priceIncl", "priceExcl", "taxRates", "isDiscounted"):
        assert order[name] == other[name]
    (invoice,) = documents(api, made)
    assert invoice["priceIncl"] == Decimal("18.05")
    assert total(items(api, invoice), "priceIncl") == Decimal("18.05")


# === TWO TAXES, NOISE, OLD ORDERS === #


CANADA = [
    {"name": "GST", "rate": "0.05"},
    {"name": "QST", "rate": 0.09974999999999999},
]


def test_two_taxes_show_on_lines_costs_and_invoices(make_shop):
    api = make_shop("Canada", prices="excl", country="ca", currency="CAD")
    made = api.add(
        lines=[
            {"unit_excl": "1.95", "quantity": 1, "rates": CANADA},
            {"unit_excl": "9.99", "quantity": 3, "rates": CANADA},
        ],
        shipping={"excl": "10.00", "rates": CANADA},
    )
    order = read(api, f"orders/{made['id']}.json")
    assert order["shipmentTaxRate"] == Decimal("0.14975")
    assert [entry["name"] for entry in order["shipmentTaxRates"]] == ["GST", "QST"]
    assert [entry["name"] for entry in order["taxRates"]] == ["GST", "QST"]
    # Unrounded: they need not equal the rounded difference.
    noise = total(order["taxRates"], "amount")
    vat = order["priceIncl"] - order["priceExcl"]
    vat -= order["shipmentPriceIncl"] - order["shipmentPriceExcl"]
    assert noise != vat
    assert abs(noise - vat) < Decimal("0.04")
    (invoice,) = documents(api, made)
    rows = items(api, invoice)
    assert {row["taxRate"] for row in rows if row["priceIncl"]} == {Decimal("0.14975")}
    assert all("taxRates" not in row for row in rows)
    assert total(rows, "priceIncl") == invoice["priceIncl"] == order["priceIncl"]
    assert made["rates"][0]["rate"] == "0.14975"


def test_one_name_may_stand_twice_on_a_line(make_shop):
    api = make_shop("Canada", prices="excl", country="ca", currency="CAD")
    rates = [{"name": "Tax", "rate": "0.05"}, {"name": "Tax", "rate": "0.07"}]
    made = api.add(
        lines=[
            {"unit_excl": 100, "rates": rates},
            {"unit_excl": 100, "rates": [{"name": "Tax", "rate": 0}]},
        ]
    )
    order = read(api, f"orders/{made['id']}.json")
    shown = [(entry["name"], entry["rate"]) for entry in order["taxRates"]]
    assert shown == [
        ("Tax", Decimal("0.05")),
        ("Tax", Decimal("0.07")),
        ("Tax", 0),
    ]
    assert [rate["rate"] for rate in made["rates"]] == ["0", "0.12"]
    assert made["gross"] == "212.00"


def test_an_old_order_with_two_taxes_has_only_their_sum(make_shop):
    api = make_shop("Canada", prices="excl", country="ca", currency="CAD")
    made = api.add(
        lines=[{"unit_excl": 10, "rates": CANADA}],
        shipping={"excl": 5, "rates": CANADA},
        legacy=True,
    )
    order = read(api, f"orders/{made['id']}.json")
    (line,) = order["products"]["resource"]["embedded"]
    for thing in (order, line):
        assert "taxRates" not in thing
    assert "shipmentTaxRates" not in order
    assert line["taxRate"] == order["shipmentTaxRate"] == Decimal("0.14975")
    (listed,) = read(api, f"orders/{made['id']}/products.json")
    assert "taxRates" not in listed


# === CREDITS === #


def test_credits_of_shipping_only_and_of_everything_else(box, api):
    made = api.add(
        lines=[{"unit_incl": "3.33", "quantity": 3}],
        shipping={"incl": "5.95", "rate": "0.21"},
        payment={"incl": "0.50", "rate": "0.21"},
    )
    credit = box.lightspeed.control_credit_order
    shipping = credit(api.shop, made["id"], [], shipping=True)
    assert shipping["gross"] == "5.95"
    (_original, note) = documents(api, made)
    (item,) = items(api, note)
    assert (item["type"], item["orderProductId"]) == ("shipment", None)
    assert note["isCreditNote"] is True
    with pytest.raises(ControlError, match="credited before"):
        credit(api.shop, made["id"], [], shipping=True)
    with pytest.raises(ControlError, match="nothing to credit"):
        credit(api.shop, made["id"], [])
    rest = credit(api.shop, made["id"])
    assert rest["gross"] == "10.49"


def test_shipping_only_over_the_api(box, api):
    made = api.add(shipping={"incl": "5.95", "rate": "0.21"})
    body = {
        "credit": {
            "creditPayment": False,
            "creditShipment": True,
            "notifyNew": False,
            "updateStock": False,
            "orderProducts": [],
        }
    }
    answer = api(f"orders/{made['id']}/credit.json", "POST", json=body)
    assert answer.status_code == 201, answer.text
    note = documents(api, made)[1]
    assert note["priceIncl"] == Decimal("5.95")


@pytest.mark.parametrize("sign", ["positive", "negative"])
@pytest.mark.parametrize("per", ["line", "unit"])
@pytest.mark.parametrize("prices", ["incl", "excl"])
@pytest.mark.parametrize("seed", range(3))
def test_partial_credits_take_back_exactly_what_was_sold(
    box, make_shop, prices, per, sign, seed
):
    """Any split of any quantities adds up, per line, per rate and in all."""
    random = Random(seed)
    api = make_shop(
        "Winkel",
        prices=prices,
        credit_prefix="CRE",
        options={"credit_sign": sign, "invoice_item_prices": per},
    )
    lines = [
        {
            f"unit_{prices}": f"{random.randint(1, 9999) / 100:.2f}",
            "quantity": random.randint(1, 9),
            "rate": random.choice(["0.21", "0.09", "0"]),
            f"discount_{prices}": f"{random.randint(0, 1)}.{random.randint(0, 9)}7",
        }
        for _ in range(6)
    ]
    for line in lines:
        line[f"unit_{prices}"] = str(Decimal(line[f"unit_{prices}"]) + 2)
    made = api.add(lines=lines, shipping={prices: "4.95", "rate": "0.21"})
    left = {index: line["quantity"] for index, line in enumerate(lines)}
    credit = box.lightspeed.control_credit_order
    while left:
        part = []
        for index in random.sample(sorted(left), random.randint(1, len(left))):
            quantity = random.randint(1, left[index])
            part.append({"index": index, "quantity": quantity})
            left[index] -= quantity
            if not left[index]:
                del left[index]
        credit(api.shop, made["id"], part)
    credit(api.shop, made["id"], [], shipping=True)
    original, *notes = documents(api, made)
    direction = 1 if sign == "positive" else -1
    for name in ("priceIncl", "priceExcl"):
        assert direction * total(notes, name) == original[name]
    assert {note["number"][:3] for note in notes} == {"CRE"}
    sold, back = _per_line(items(api, original), per), {}
    for note in notes:
        rows = items(api, note)
        shown = sum(_per_line(rows, per).values(), Decimal(0))
        assert round(shown, 2) == note["priceIncl"]
        for key, amount in _per_line(rows, per).items():
            back[key] = back.get(key, Decimal(0)) + direction * amount
    for key, amount in sold.items():
        if amount:
            assert round(back[key], 2) == round(amount, 2)


def _per_line(rows, per):
    """Return the price of each item, whatever its prices are of."""
    return {
        row["orderProductId"]: row["priceIncl"]
        * (row["quantity"] if per == "unit" else 1)
        for row in rows
        if row["type"] != "payment"
    }


def test_lists_of_invoices_by_moment(box, api):
    first = api.add()
    box.clock.advance(3600)
    second = api.add()
    box.clock.advance(3600)
    box.lightspeed.control_credit_order(api.shop, first["id"])
    hour = "2026-06-03T11:00:00Z"
    changed = read(api, f"invoices.json?updated_at_min={hour}")
    orders = [row["order"]["resource"]["id"] for row in changed]
    # The credit note, the second order's invoice, and the original that was credited.
    assert sorted(orders) == sorted([first["id"], second["id"], first["id"]])
    made = read(api, f"invoices.json?created_at_min={hour}")
    assert len(made) == 2
    assert read(api, f"invoices/count.json?updated_at_max={hour}") == 0
    assert read(api, f"invoices/count.json?created_at_max={hour}") == 1
    newest = max(row["id"] for row in changed)
    assert read(api, f"invoices.json?since_id={newest}") == []


# === TAXES, PAYMENT METHODS, BRANDS === #


def test_rates_of_other_countries_are_added_later(box, api):
    tax = next(row for row in api.get("taxes.json") if row["isDefault"])
    add = box.lightspeed.control_add_tax_override
    made = add(api.shop, tax["id"], "de", "0.19")
    add(api.shop, tax["id"], "gr", "0.24")
    shown = read(api, f"taxes/{tax['id']}/overrides.json")
    rates = {row["country"]["code"]: row["rate"] for row in shown}
    assert rates == {"de": Decimal("0.19"), "gr": Decimal("0.24")}
    single = read(api, f"taxes/{tax['id']}/overrides/{made['taxOverride']}.json")
    assert set(single) == {"id", "rate", "country", "tax"}
    assert single["tax"]["resource"]["url"] == f"taxes/{tax['id']}"
    with pytest.raises(ControlError, match="no tax"):
        add(api.shop, 1, "de", "0.19")
    with pytest.raises(ControlError, match="two lower-case letters"):
        add(api.shop, tax["id"], "DE", "0.19")


def test_payment_methods(box, api):
    made = box.lightspeed.control_add_payment_method(api.shop, "paypal", "PayPal")
    rows = api.get("paymentmethods.json")
    assert {row["key"] for row in rows} == {"mollie", "invoice", "paypal"}
    key = made["paymentmethod"]
    wanted = {"id": key, "key": "paypal", "title": "PayPal"}
    assert api.get(f"paymentmethods/{key}.json") == wanted
    assert api.get("paymentmethods/count.json") == 3
    assert api("paymentmethods.json", "POST", json={}).status_code == 405


def test_a_line_takes_the_brand_of_its_product(box, api):
    brand = box.lightspeed.control_add_brand(api.shop, "Merk Noord")["brand"]
    made = box.lightspeed.control_add_product(
        api.shop, "Mok", "MOK", "24.95", brand=brand
    )
    product = api.get(f"products/{made['product']}.json")
    assert product["brand"]["resource"]["id"] == brand
    shown = api.get(f"brands/{brand}.json")
    assert set(shown) == {
        "id",
        "createdAt",
        "updatedAt",
        "url",
        "title",
        "content",
        "image",
        "products",
        "isVisible",
    }
    assert (shown["title"], shown["url"]) == ("Merk Noord", "merk-noord")
    assert shown["products"]["resource"]["url"] == f"products?brand={brand}"
    assert [row["id"] for row in api.get("brands.json")] == [brand]
    order = api.add(
        lines=[
            {"article_code": "MOK", "unit_incl": 1},
            {"article_code": "MOK", "unit_incl": 1, "brand": "Ander"},
            {"unit_incl": 1},
        ]
    )
    rows = api.get(f"orders/{order['id']}/products.json")
    brands = {row["id"]: row["brandTitle"] for row in rows}
    assert [brands[key] for key in sorted(brands)] == ["Merk Noord", "Ander", ""]
    # What is behind the categories of a product is not known.
    api.refused(f"categories/products.json?product={made['product']}", 404)
