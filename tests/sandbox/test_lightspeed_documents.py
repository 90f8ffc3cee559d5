"""Statuses, invoices, credit notes, returns and history (reference 4.2, 5, 8)."""

from decimal import Decimal

import pytest

from sandbox.core import ControlError

LINES = [
    {"title": "Mok", "unit_incl": "3.33", "quantity": 3, "rate": "0.21"},
    {"title": "Boek", "unit_incl": "10.00", "rate": "0.09"},
]
COSTS = {
    "shipping": {"incl": "5.95", "rate": "0.21"},
    "payment": {"incl": "0.50", "rate": "0.21"},
}
WAITING = {
    "status": "processing_awaiting_payment",
    "payment_status": "not_paid",
    "shipment_status": "not_shipped",
}


def invoices(api, order):
    """Return an order's documents, oldest first."""
    return api.get(f"invoices.json?order={order['id']}")[::-1]


def history(api, order):
    events = api.get(f"orders/events.json?order={order['id']}")[::-1]
    return [(e["channel"], e["type"], e["message"]) for e in events]


# === INVOICES === #


def test_direct_invoice_comes_before_payment(box, api):
    order = api.add(**WAITING)
    (invoice,) = invoices(api, order)
    assert invoice["status"] == "not_paid"
    box.clock.advance(3600)
    box.lightspeed.control_set_status(
        api.shop,
        order["number"],
        status="processing_awaiting_shipment",
        payment_status="paid",
    )
    (invoice,) = invoices(api, order)
    assert invoice["status"] == "paid"
    assert invoice["createdAt"] == "2026-06-03T12:31:00+02:00"
    assert invoice["updatedAt"] == "2026-06-03T13:31:00+02:00"
    shown = api.get(f"orders/{order['id']}.json")
    assert shown["updatedAt"] == "2026-06-03T13:31:00+02:00"
    assert shown["paymentStatus"] == "paid"
    assert shown["shipmentStatus"] == "not_shipped"
    assert history(api, order)[-1] == ("manual", "invoice", "paid")


def test_invoice_on_payment(box, api):
    box.lightspeed.control_set_options(api.shop, invoice_moment="paid")
    order = api.add(**WAITING)
    assert invoices(api, order) == []
    box.lightspeed.control_set_status(api.shop, order["id"], payment_status="paid")
    (invoice,) = invoices(api, order)
    assert (invoice["status"], invoice["number"]) == ("paid", "INV00001")
    other = api.add()
    assert invoices(api, other)[0]["status"] == "paid"


def test_manual_shop_has_no_invoices(box, api):
    order = api.add(invoice="manual")
    assert invoices(api, order) == []
    assert history(api, order)[-1] == ("auto", "order", "paid")
    line = api.get(f"orders/{order['id']}/products.json")[0]
    assert line["quantityInvoiced"] == 0


def test_invoice_equals_the_order(api):
    order = api.add(lines=LINES, **COSTS)
    (invoice,) = invoices(api, order)
    shown = api.get(f"orders/{order['id']}.json")
    assert invoice["priceIncl"] == shown["priceIncl"] == 26.44
    assert invoice["priceExcl"] == shown["priceExcl"]
    assert invoice["isVatShifted"] is invoice["isCreditNote"] is False
    assert invoice["invoice"] is invoice["creditNote"] is False
    items = api.get(f"invoices/{invoice['id']}/items.json")
    assert [item["type"] for item in items] == [
        "product",
        "product",
        "shipment",
        "payment",
    ]
    assert [item["title"] for item in items][2:] == [
        "_shippingcosts_",
        "_paymentcosts_",
    ]
    assert [item["variant"] for item in items] == ["", "", "PostNL", "iDEAL"]
    assert items[3]["orderProductId"] is None
    assert sum(Decimal(str(item["priceIncl"])) for item in items) == Decimal("26.44")
    line = api.get(f"orders/{order['id']}/products.json")[0]
    assert items[0]["orderProductId"] == line["id"]
    assert line["quantityInvoiced"] == line["quantityShipped"] == 3


def test_item_prices_may_be_per_unit(box, api):
    order = api.add(lines=[*LINES, {"unit_incl": "1.00", "quantity": 2}])
    (invoice,) = invoices(api, order)
    items = f"invoices/{invoice['id']}/items.json"
    assert [item["priceIncl"] for item in api.get(items)][:3] == [9.99, 10, 2]
    box.lightspeed.control_set_options(api.shop, invoice_item_prices="unit")
    found = api.get(items)
    assert [item["priceIncl"] for item in found][:3] == [3.33, 10, 1]
    total = sum(Decimal(str(i["priceIncl"])) * i["quantity"] for i in found)
    assert total == Decimal(str(invoice["priceIncl"]))


def test_two_invoices_for_one_order(box, api):
    order = api.add(lines=LINES, invoice="manual", **COSTS)
    add = box.lightspeed.control_add_invoice
    first = add(api.shop, order["id"], [{"index": 0, "quantity": 2}])
    second = add(api.shop, order["id"], status="paid")
    assert (first["gross"], second["gross"]) == ("13.11", "13.33")
    assert [i["status"] for i in invoices(api, order)] == ["not_paid", "paid"]
    with pytest.raises(ControlError):
        add(api.shop, order["id"], [{"index": 0, "quantity": 1}])
    truth = box.lightspeed.control_oracle(api.shop, order["id"])
    assert [i["number"] for i in truth["invoices"]] == ["INV00001", "INV00002"]


def test_invoice_can_be_edited_raw(box, api):
    order = api.add()
    box.clock.advance(5)
    box.lightspeed.control_edit_invoice(
        api.shop, order["invoices"][0]["id"], {"isVatShifted": True, "status": "x"}
    )
    (invoice,) = invoices(api, order)
    assert invoice["isVatShifted"] is True
    assert invoice["status"] == "x"
    assert invoice["updatedAt"] == "2026-06-03T12:31:05+02:00"


def test_no_vat_is_vat_shifted(api):
    order = api.add(lines=[{"unit_incl": 100, "rate": 0}])
    assert invoices(api, order)[0]["isVatShifted"] is True


# === CREDIT NOTES === #


def test_full_credit(box, api):
    order = api.add(lines=LINES, **COSTS)
    before = api.get(f"orders/{order['id']}.json")
    box.clock.advance(60)
    made = box.lightspeed.control_credit_order(api.shop, order["number"])
    original, note = invoices(api, order)
    assert note["number"] == made["number"] == "INV00002"
    assert note["isCreditNote"] is True
    assert note["priceIncl"] == original["priceIncl"] == 26.44
    assert note["status"] == "not_paid"
    assert note["invoice"]["resource"]["id"] == original["id"]
    assert original["creditNote"]["resource"]["id"] == note["id"]
    assert original["updatedAt"] == note["createdAt"]
    after = api.get(f"orders/{order['id']}.json")
    assert after["priceIncl"] == before["priceIncl"]
    assert after["updatedAt"] > before["updatedAt"]
    line = api.get(f"orders/{order['id']}/products.json")[0]
    assert line["quantityRefunded"] == 3
    assert line["priceIncl"] == 9.99
    with pytest.raises(ControlError):
        box.lightspeed.control_credit_order(api.shop, order["id"])


def test_partial_credits_add_up_to_the_cent(box, api):
    order = api.add(lines=LINES, **COSTS)
    credit = box.lightspeed.control_credit_order
    notes = [
        credit(api.shop, order["id"], [{"index": 0, "quantity": 1}]),
        credit(api.shop, order["id"], [{"index": 0, "quantity": 1}], shipping=True),
        credit(api.shop, order["id"]),
    ]
    assert [n["gross"] for n in notes] == ["3.33", "9.28", "13.83"]
    for key in ("gross", "net", "vat"):
        total = sum(Decimal(note[key]) for note in notes)
        assert total == Decimal(order[key])
    documents = invoices(api, order)
    assert [d["isCreditNote"] for d in documents] == [False, True, True, True]
    # Only one link back: the first.
    linked = documents[0]["creditNote"]["resource"]["id"]
    assert linked == documents[1]["id"]
    truth = box.lightspeed.control_oracle(api.shop, order["id"])
    assert [c["gross"] for c in truth["credits"]] == ["3.33", "9.28", "13.83"]


def test_sign_and_series_of_credit_notes_are_switches(box, make_shop):
    api = make_shop("Min", credit_prefix="CRE", options={"credit_sign": "negative"})
    order = api.add(lines=LINES, **COSTS)
    made = box.lightspeed.control_credit_order(api.shop, order["id"])
    assert made["gross"] == "26.44"
    _, note = invoices(api, order)
    assert note["number"] == "CRE00001"
    assert note["priceIncl"] == -26.44
    items = api.get(f"invoices/{note['id']}/items.json")
    assert items[0]["priceIncl"] == -9.99
    assert items[0]["quantity"] == 3


@pytest.mark.parametrize(
    "lines",
    [
        [{"index": 0, "quantity": 4}],
        [{"index": 0, "quantity": 0}],
        [{"index": 9, "quantity": 1}],
        [{"index": 0, "quantity": 2}, {"index": 0, "quantity": 2}],
        [{"id": 1, "quantity": 1}],
        [],
    ],
)
def test_impossible_credits_are_refused(box, api, lines):
    order = api.add(lines=LINES)
    with pytest.raises(ControlError):
        box.lightspeed.control_credit_order(api.shop, order["id"], lines)
    assert len(invoices(api, order)) == 1


def test_credit_over_the_api(box, api):
    order = api.add(lines=LINES, **COSTS)
    line = api.get(f"orders/{order['id']}/products.json")[0]
    body = {
        "credit": {
            "creditPayment": True,
            "creditShipment": False,
            "notifyNew": False,
            "updateStock": True,
            "orderProducts": [{"id": line["id"], "quantity": 2}],
        }
    }
    path = f"orders/{order['id']}/credit.json"
    answer = api(path, "POST", json=body)
    assert answer.status_code == 201
    # What the real one answers is not known: nothing to rely on.
    assert "invoice" not in answer.text
    note = invoices(api, order)[1]
    assert note["priceIncl"] == 7.16
    api.refused(path, 400, "POST", json=body)
    body["credit"]["creditPayment"] = False
    api.refused(path, 400, "POST", json=body)
    body["credit"]["orderProducts"][0]["quantity"] = 1
    assert api(path, "POST", json=body).status_code == 201


def test_order_without_invoice_cannot_be_credited(box, api):
    order = api.add(invoice="manual")
    with pytest.raises(ControlError):
        box.lightspeed.control_credit_order(api.shop, order["id"])


# === STATUSES AND HISTORY === #


def test_shipping_moves_the_shipment(box, api):
    order = api.add(**WAITING)
    (shipment,) = api.get(f"shipments.json?order={order['id']}")
    assert shipment["status"] == "not_shipped"
    box.lightspeed.control_set_status(
        api.shop, order["id"], "completed_shipped", "paid", "shipped"
    )
    (shipment,) = api.get(f"shipments.json?order={order['id']}")
    assert shipment["status"] == "shipped"
    assert history(api, order) == [
        ("auto", "order", "new"),
        ("auto", "invoice", "new"),
        ("manual", "invoice", "paid"),
        ("manual", "shipment", "shipped"),
    ]


def test_status_can_move_without_history(box, api):
    order = api.add(**WAITING)
    box.lightspeed.control_set_status(
        api.shop, order["id"], payment_status="partially_paid", event=False
    )
    assert len(history(api, order)) == 2
    box.lightspeed.control_set_status(
        api.shop, order["id"], payment_status="not_paid", at="2026-06-03T08:00:00Z"
    )
    assert history(api, order)[-1] == ("manual", "order", "not_paid")
    shown = api.get(f"orders/{order['id']}.json")
    assert shown["updatedAt"] == "2026-06-03T10:00:00+02:00"


def test_custom_status_stands_next_to_the_status(box, api):
    order = api.add()
    made = box.lightspeed.control_add_custom_status(api.shop, "Op maat", "#00ff00")
    box.lightspeed.control_set_status(api.shop, order["id"], custom_status=made["id"])
    shown = api.get(f"orders/{order['id']}.json")
    assert shown["customStatusId"] == made["id"]
    assert shown["status"] == "completed_shipped"
    (listed,) = api.get("orders/customstatuses.json")
    assert (listed["title"], listed["color"]) == ("Op maat", "#00ff00")
    box.lightspeed.control_set_status(api.shop, order["id"], custom_status=None)
    assert api.get(f"orders/{order['id']}.json")["customStatusId"] is None


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("keep", [("paid", False)]),
        ("cancel", [("cancelled", False)]),
        ("credit", [("paid", False), ("not_paid", True)]),
    ],
)
def test_cancelling(box, api, how, expected):
    box.lightspeed.control_set_options(api.shop, cancel_invoices=how)
    order = api.add(lines=LINES, **COSTS)
    box.lightspeed.control_cancel_order(api.shop, order["id"])
    shown = api.get(f"orders/{order['id']}.json")
    for name in ("status", "paymentStatus", "shipmentStatus"):
        assert shown[name] == "cancelled"
    assert shown["priceIncl"] == 26.44
    found = [(i["status"], i["isCreditNote"]) for i in invoices(api, order)]
    assert found == expected
    assert ("manual", "order", "cancelled") in history(api, order)


# === RETURNS === #


def test_return_has_plain_ids_and_texts(box, api):
    order = api.add(lines=LINES)
    made = box.lightspeed.control_add_return(
        api.shop, order["id"], [{"index": 0, "quantity": 2}], reason="Te klein"
    )
    found = api.get(f"returns/{made['id']}.json")
    assert found["orderId"] == order["id"]
    assert found["priceIncl"] == "6.66"
    assert found["status"] == "authorized"
    assert found["returnReason"] == "Te klein"
    line = api.get(f"orders/{order['id']}/products.json")[0]
    assert found["orderProducts"] == [{"id": line["id"], "quantity": 2}]
    assert line["quantityReturned"] == 2
    # It moves no money.
    assert len(invoices(api, order)) == 1
    assert api.get(f"orders/{order['id']}.json")["priceIncl"] == 19.99
    body = {"return": {"status": "rejected"}}
    answer = api(f"returns/{made['id']}.json", "PUT", json=body)
    assert answer.json()["return"]["status"] == "rejected"
    assert api(f"returns/{made['id']}.json", "DELETE").status_code == 204
    assert api.get("returns/count.json") == 0
