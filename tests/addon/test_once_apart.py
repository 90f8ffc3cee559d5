"""Promise 4: what goes wrong stays with the document, the shop or the service."""

from unittest.mock import patch

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold

from tests.addon.once_case import SETTLED, SPACED, Killed, OnceMoreCase

COMPANIES = (("BE0000000196", "be"), ("DE100000008", "de"), ("BE0000000196", "be"))


class TestApart(OnceMoreCase):
    def company_orders(self):
        return [
            self.add_order(
                ("Mok", 1, "10.00", "0"),
                customer={
                    "email": f"bv{place}@example.org",
                    "company": f"Voorbeeld {place} BV",
                    "is_company": True,
                    "country": country,
                    "vat_number": number,
                },
            )["number"]
            for place, (number, country) in enumerate(COMPANIES)
        ]

    def test_without_vies_all_other_orders_go_on(self):
        link = self.make_link()
        waiting = self.company_orders()
        number = self.add_order()["number"]
        self.fault("reset_before", "check-vat-number", service="vies", times=9)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual({self.order(each).state for each in waiting}, {"failed"})
        administration = link.administration_id
        self.assertFalse(administration.parked_until or administration.failures)
        self.assertFalse(administration.problem_code)
        # Nobody answered: not every country is asked in vain.
        self.assertEqual(len(self.calls(service="vies")), 1)

    def test_one_member_state_down_holds_up_its_own_companies_only(self):
        link = self.make_link()
        belgian, german, belgian_too = self.company_orders()
        self.fault(
            "status",
            "check-vat-number",
            service="vies",
            params={
                "status": 500,
                "body": '{"actionSucceed": false, '
                '"errorWrappers": [{"error": "MS_UNAVAILABLE"}]}',
            },
        )
        self.run_link(link)
        self.assertEqual(self.order(german).state, "booked", self.order(german).reason)
        for number in (belgian, belgian_too):
            self.assertEqual(self.order(number).state, "failed")
        self.come_back(link, 300)
        for number in (belgian, belgian_too):
            self.assertEqual(self.order(number).state, "booked")

    def test_an_order_that_does_not_get_on_rests(self):
        link = self.make_link()
        bad, good = (self.add_order()["number"] for _each in range(2))
        orders = self.registry["lightspeed.exact.order"]
        step = orders._settle_or_step

        def stands_still(order, work):
            return False if order.number == bad else step(order, work)

        with (
            patch.object(orders, "_settle_or_step", stands_still),
            self.assertLogs("odoo.addons.lightspeed_exact_connector", "ERROR"),
        ):
            self.run_link(link)
        self.assert_booked(good, "49.90")
        order = self.order(bad)
        self.assertEqual((order.state, order.reason_code), ("failed", "internal"))
        self.come_back(link, SETTLED)
        self.assert_booked(bad, "49.90")

    def test_what_exact_has_is_never_made_ready_again(self):
        link = self.make_link()
        number = self.add_order()["number"]
        self.run_link(link)
        operation = self.operation(self.order(number))
        held = None
        try:
            operation._set_payload(operation.payload)
        except Hold as hold:
            held = hold
        self.assertEqual(held and held.code, "reference_in_use")
        self.assertEqual(operation.state, "done")

    def test_credit_notes_passed_over_are_read_when_they_are_wanted(self):
        link = self.make_link(source="invoice", invoice_trigger="all", credits="off")
        placed = self.add_order(("Mok", 4, "12.10", "0.21"))
        self.run_link(link)
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, placed["number"], lines=[{"index": 0, "quantity": 1}]
        )
        self.run_link(link)
        self.assertFalse(self.order(note["number"]))
        link.credits = "book"
        self.run_link(link)
        self.assertEqual(self.order(note["number"]).state, "booked")

    def test_killed_at_any_instruction_a_credit_note_is_booked_once(self):
        link = self.make_link()
        for number in range(1, 60):
            placed = self.add_order(("Mok", 4, "12.10", "0.21"))["number"]
            self.run_link(link)
            self.box.lightspeed.control_credit_order(
                self.shop_number, placed, lines=[{"index": 0, "quantity": 1}]
            )
            with self.enter_registry_test_mode():
                link.administration_id.connection_id._access_token()
            try:
                with self.killed_at(number):
                    self.run_link(link)
            except Killed:
                self.env.invalidate_all()
            else:
                break
            self.come_back(link, SETTLED, SPACED, SETTLED)
            family = self.family(placed)
            self.assertEqual(len(family), 2, number)
            self.assertEqual(str(sum(family.values())), "36.30")
        self.assertGreater(number, 5)

    def test_a_cancelled_credit_note_is_put_before_a_person(self):
        link = self.make_link(cancelled_after="credit")
        placed = self.add_order(("Mok", 4, "12.10", "0.21"))["number"]
        self.run_link(link)
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, placed, lines=[{"index": 0, "quantity": 1}]
        )
        self.run_link(link)
        record = self.order(note["number"])
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, note["id"], {"status": "cancelled"}
        )
        self.run_link(link)
        self.assertEqual((record.state, record.proposal), ("booked", "cancelled"))
        self.press(record, "action_credit_in_full")
        self.assertFalse(record.proposal)
        self.run_link(link)
        totals = [entry["AmountFC"] for entry in self.entries().values()]
        self.assertEqual((len(totals), str(sum(totals))), (3, "48.40"))
