"""Documents of the shop in shapes that nobody documented: held or read, never lost."""

from tests.addon.connector_case import ConnectorCase

NO_LINK = {"resource": {"id": False, "url": "orders"}}


class OddCase(ConnectorCase):
    def edit(self, document, **changes):
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, document["id"], changes
        )

    def invoices(self, number):
        order = self.box.lightspeed.control_order(self.shop_number, number)
        return order["invoices"]["resource"]["embedded"]

    def answer(self, path, body):
        """Let the shop answer once with this body."""
        self.fault(
            "status",
            path,
            "GET",
            "lightspeed",
            params={"handled": True, "status": 200, "body": body},
        )

    def assert_reason(self, number, state, code):
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), (state, code), order.reason)
        self.assertNotIn("?", f"{order.reason} {order.advice}")
        return order


class TestCreditNotes(OddCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link()
        self.placed = self.add_order()
        self.run_link(self.link)
        self.assert_booked(self.placed["number"], "49.90")
        self.note = self.box.lightspeed.control_credit_order(
            self.shop_number, self.placed["number"]
        )

    def booked(self):
        self.run_link(self.link)
        order = self.order(self.note["number"])
        self.assertEqual(order.state, "booked", order.reason)
        self.assertEqual(order.booking_ids.gross, "-49.90")

    def test_without_its_original_it_is_known_by_its_order(self):
        self.edit(self.note, invoice=False)
        self.booked()

    def test_with_a_link_that_leads_nowhere(self):
        self.edit(self.note, invoice=NO_LINK)
        self.booked()

    def test_with_a_plain_id_of_its_order(self):
        self.edit(self.note, order=self.placed["id"])
        self.booked()

    def test_without_its_order_it_is_held_and_stops_no_other(self):
        for shape in (False, None, "", [], {}, NO_LINK):
            self.edit(self.note, order=shape)
            self.later(1000)
            other = self.add_order()["number"]
            self.run_link(self.link)
            self.assert_booked(other, "49.90")
            self.assert_reason(self.note["number"], "held", "credit_without_origin")

    def test_without_items_it_is_held(self):
        self.answer(f"invoices/{self.note['id']}/items.json", {"invoiceItems": []})
        self.run_link(self.link)
        self.assert_reason(self.note["number"], "held", "no_lines")
        with self.enter_registry_test_mode():
            self.order(self.note["number"]).action_retry()
        self.booked()

    def test_items_that_are_none_are_asked_for_again(self):
        self.answer(f"invoices/{self.note['id']}/items.json", {"invoiceItems": None})
        self.run_link(self.link)
        self.assert_reason(self.note["number"], "failed", "bad_answer")
        self.later(1000)
        self.booked()

    def test_items_without_a_rate_have_that_of_the_order(self):
        item = {
            "id": 1,
            "type": "product",
            "title": None,
            "variant": None,
            "orderProductId": None,
            "articleCode": None,
            "taxRate": None,
            "quantity": None,
            "priceExcl": 41.24,
            "priceIncl": 49.9,
            "discountIncl": None,
        }
        body = {"invoiceItems": [item]}
        self.answer(f"invoices/{self.note['id']}/items.json", body)
        self.booked()

    def test_an_ordinary_invoice_with_a_link_that_leads_nowhere_is_no_credit_note(self):
        second = self.add_order()
        [invoice] = self.invoices(second["number"])
        self.edit(invoice, invoice=NO_LINK)
        self.run_link(self.link)
        self.assert_booked(second["number"], "49.90")
        kinds = self.link.order_ids.mapped("source_kind")
        self.assertEqual(kinds.count("credit_note"), 1)


class TestOrders(OddCase):
    def test_nothing_is_said_in_many_ways(self):
        nothing = (None, False, "", [])
        numbers = []
        for value in nothing:
            placed = self.add_order(
                overrides={
                    "giftCardsPayment": [value],
                    "companyVatNumber": value,
                    "discountCouponCode": value,
                    "paymentTitle": value,
                    "shipmentIsPickup": value,
                    "addressShippingCompany": value,
                    "events": value,
                    "invoices": value,
                    "language": value,
                }
            )
            numbers.append(placed["number"])
        link = self.make_link()
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")

    def test_a_gift_card_in_any_shape_is_held_and_stops_no_other(self):
        shapes = ({"code": "X"}, "10.00", 10, [[10]], [{"amount": {"value": 1}}], True)
        numbers = [
            self.add_order(overrides={"giftCardsPayment": shape})["number"]
            for shape in shapes
        ]
        plain = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.assert_booked(plain, "49.90")
        for number in numbers:
            self.assert_reason(number, "held", "gift_card")
