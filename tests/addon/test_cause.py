"""Refusals by cause: one refused call, not one for each order."""

from odoo.exceptions import UserError

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import InvoiceCase
from tests.addon.once_case import OnceCase

ENTRY = "salesentry/SalesEntries"
INVOICE = "salesinvoice/SalesInvoices"


class TestCause(OnceCase):
    def setUp(self):
        super().setUp()
        # Reading the reference data again takes many calls of a minute.
        self.box.exact.control_set_limits(minute=100_000)
        self.numbers = [self.add_order()["number"] for _each in range(8)]
        self.link = self.make_link()
        rule = self.link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and abs(rule.rate - 0.21) < 0.0001
        )[:1]
        self.account = rule.gl_account_id
        self.block()
        self.run_link(self.link)
        self.cause = self.env["lightspeed.exact.cause"].search([])

    def block(self, **options):
        self.box.exact.control_block_gl_account(
            exact_demo.MAIN, self.account.code, **options
        )

    def orders(self):
        return self.env["lightspeed.exact.order"].search(
            [("number", "in", self.numbers)]
        )

    def try_again(self):
        self.cause.action_try_again()
        self.run_link(self.link)

    def test_a_refusal_of_settings_is_met_twice_and_holds_all_others(self):
        self.assertEqual(len(self.posted_entries()), 2)
        self.assertEqual(set(self.orders().mapped("state")), {"held"})
        self.assertEqual(set(self.orders().mapped("reason_code")), {"refused.blocked"})
        self.assertEqual(self.orders().cause_id, self.cause)
        self.assertEqual((self.cause.state, self.cause.order_count), ("open", 8))
        self.assertEqual(self.link.cause_count, 1)
        self.assertIn(self.cause.detail, self.orders()[0].reason)
        self.assertTrue(self.cause.advice)
        found = self.env["lightspeed.exact.cause"].search(
            self.link.action_view_causes()["domain"]
        )
        self.assertEqual(found, self.cause)
        shown = self.orders().search(self.cause.action_view_orders()["domain"])
        self.assertEqual(shown, self.orders())

    def test_new_orders_of_the_cause_cost_no_call(self):
        self.numbers.append(self.add_order()["number"])
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 2)
        self.assertEqual(self.cause.order_count, 9)

    def test_an_order_with_other_settings_goes(self):
        number = self.add_order(("Boek", 1, "10.90", "0.09"))["number"]
        self.run_link(self.link)
        self.assert_booked(number, "10.90")
        self.assertEqual(self.cause.state, "open")

    def test_trying_again_sends_one_and_the_others_follow(self):
        self.try_again()
        self.assertEqual(len(self.posted_entries()), 3)
        self.assertEqual((self.cause.state, self.cause.order_count), ("open", 8))
        self.block(blocked=False)
        self.try_again()
        for number in self.numbers:
            self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 3 + 8)
        self.assertEqual((self.cause.state, self.cause.order_count), ("solved", 0))
        self.assertFalse(self.link.administration_id.has_causes)
        self.assertEqual(self.link.cause_count, 0)
        with self.assert_refuses(UserError, "No order waits"):
            self.cause.action_try_again()

    def test_a_change_tries_one_and_the_others_follow(self):
        with self.enter_registry_test_mode():
            self.link.administration_id.action_refresh()
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 3)
        self.block(blocked=False)
        with self.enter_registry_test_mode():
            self.link.administration_id.action_refresh()
        self.run_link(self.link)
        for number in self.numbers:
            self.assert_booked(number, "49.90")
        self.assertEqual(self.cause.state, "solved")

    def test_a_person_who_retries_one_order_lets_all_go(self):
        self.block(blocked=False)
        order = self.order(self.numbers[4])
        with self.enter_registry_test_mode():
            order.action_retry()
        self.run_link(self.link)
        for number in self.numbers:
            self.assert_booked(number, "49.90")

    def test_a_cause_that_comes_back_is_the_same_one(self):
        self.block(blocked=False)
        self.try_again()
        self.block()
        self.numbers += [self.add_order()["number"] for _each in range(4)]
        self.run_link(self.link)
        self.assertEqual(self.env["lightspeed.exact.cause"].search([]), self.cause)
        self.assertEqual((self.cause.state, self.cause.order_count), ("open", 4))

    def test_a_skipped_probe_makes_room_for_another(self):
        self.cause.action_try_again()
        probe = self.orders().filtered(lambda order: order.state == "ready")
        self.assertEqual(len(probe), 1)
        probe.skip_reason = "Proef"
        probe.action_skip()
        self.numbers.remove(probe.number)
        self.block(blocked=False)
        self.numbers.append(self.add_order()["number"])
        self.run_link(self.link)
        self.assert_booked(self.numbers[-1], "49.90")
        self.assertEqual(self.cause.state, "solved")


class TestRight(InvoiceCase):
    def test_a_missing_right_for_invoices_lets_entries_of_another_link_go(self):
        link = self.make_invoice_link()
        numbers = [self.add_order()["number"] for _each in range(4)]
        self.fault("status", INVOICE, times=None, params={"status": 403, "body": ""})
        self.run_link(link)
        administration = link.administration_id
        self.assertEqual(len(self.calls("POST", INVOICE)), 1)
        self.assertFalse(administration.parked_until)
        for number in numbers:
            self.assertEqual(self.order(number).state, "held")
            self.assertEqual(self.order(number).reason_code, "no_right")
        other = self.box.lightspeed.control_add_shop(
            "tweede", key="3" * 32, secret="2" * 32
        )["shop"]
        shop = self.make_shop(name="Tweede", api_key="3" * 32)
        second = self.make_link(
            shop=shop, administration=administration, reference_prefix="B-"
        )
        entry = self.box.lightspeed.control_add_order(
            other,
            lines=[{"title": "Mok", "quantity": 1, "unit_incl": "9.95"}],
            customer={"email": "bert@example.com", "lastname": "Voorbeeld"},
            number="B1",
        )["number"]
        self.run_link(second)
        self.assertEqual(self.order(entry).state, "booked", self.order(entry).reason)
        self.box.faults.clear()
        self.order(numbers[0]).cause_id.action_try_again()
        self.run_link(link)
        self.assertEqual({self.order(number).state for number in numbers}, {"booked"})
