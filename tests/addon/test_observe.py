"""Observing first: all is decided and shown, and nothing is booked until told."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.lightspeed_exact_connector.accounting import stored

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.customer_case import CustomerCase
from tests.addon.invoice_case import InvoiceCase
from tests.addon.rehearsal_case import COSTS, RehearsalCase

MIXED = (("Mok blauw", 3, "24.95", "0.21"), ("Kookboek", 2, "12.00", "0.09"))


class ObserveCase(RehearsalCase):
    def observing(self, **values):
        link = self.make_link(start=False, observe=True, **values)
        link.action_start()
        return link

    def look(self, link):
        """Read the shop and decide, as the cron does."""
        link.next_poll_at = fields.Datetime.now()
        self.run_link(link)

    def stop_observing(self, link):
        link.action_stop_observing()
        self.look(link)

    def written(self, since=0):
        """Return the calls that wanted to change something in Exact."""
        return [
            (call["method"], call["path"])
            for call in self.calls(path="/api/v1/", since=since)
            if call["method"] != "GET"
        ]

    def assert_observed(self, number, total):
        order = self.order(number)
        self.assertEqual(
            (order.state, order.reason_code), ("waiting", "observed"), order.reason
        )
        self.assertIn(number, order.reason)
        self.assertIn(str(total), order.reason)
        self.assertFalse(order.booking_ids or order.operation_ids)
        return order


class TestObserving(ObserveCase):
    def test_nothing_is_posted_and_each_order_says_what_would_be_booked(self):
        placed = [self.add_order(*MIXED, **COSTS) for _each in range(3)]
        since = self.box.calls.last
        link = self.observing()
        for _again in range(3):
            self.look(link)
        for order in placed:
            record = self.assert_observed(order["number"], order["gross"])
            self.assertIn("Mok blauw", record.observed_html)
        self.assertEqual(self.written(since), [])
        self.assertEqual(self.entries(), {})
        self.assertEqual(link.observed_count, 3)
        for name in ("lightspeed.exact.booking", "lightspeed.exact.operation"):
            self.assertFalse(self.env[name].search([]))

    def test_a_second_look_costs_no_call_for_what_is_observed(self):
        self.add_order()
        link = self.observing()
        self.look(link)
        since = self.box.calls.last
        self.look(link)
        paths = [call["path"] for call in self.calls(service="lightspeed", since=since)]
        self.assertFalse([path for path in paths if "/orders/" in path])
        self.assertEqual(self.calls(path="/api/v1/", since=since), [])

    def test_what_is_shown_is_what_is_booked(self):
        number = self.add_order(*MIXED, **COSTS)["number"]
        link = self.observing()
        self.look(link)
        shown = stored.load(self.order(number).observed)
        self.stop_observing(link)
        booked = self.order(number).booking_ids._content()
        self.assertEqual(shown, replace(booked, description="", parts=()))
        self.assertFalse(self.order(number).observed)

    def test_nothing_of_the_customer_is_kept_beside_the_order(self):
        number = self.add_order()["number"]
        link = self.observing(description_template="{number} {customer}")
        self.look(link)
        self.assertNotIn("Anna", str(self.order(number).observed))

    def test_what_is_held_is_held_while_observing_as_well(self):
        number = self.add_order(*MIXED)["number"]
        link = self.observing()
        rules = link.rule_ids.filtered(lambda rule: rule.rate == 0.09)
        kept = rules.copy_data()
        rules.unlink()
        self.look(link)
        self.assertEqual(self.order(number).state, "held")
        self.env["lightspeed.exact.ledger.rule"].create(kept)
        self.look(link)
        self.assert_observed(number, "98.85")

    def test_a_change_in_the_shop_is_shown_anew(self):
        placed = self.add_order(("Mok", 1, "12.10", "0.21"))
        link = self.observing()
        self.look(link)
        self.assert_observed(placed["number"], "12.10")
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            placed["number"],
            [{"title": "Theepot", "quantity": 1, "unit_incl": "60.00", "rate": "0.21"}],
        )
        self.look(link)
        self.assert_observed(placed["number"], "60.00")
        self.stop_observing(link)
        self.assert_booked(placed["number"], "60.00")

    def test_another_choice_is_shown_anew(self):
        number = self.add_order(*MIXED)["number"]
        link = self.observing()
        self.look(link)
        self.assertEqual(self.order(number).observed["reference"], number)
        link.reference_prefix = "W-"
        self.look(link)
        self.assertEqual(self.order(number).observed["reference"], f"W-{number}")
        self.assertEqual(self.written(), [])

    def test_a_button_of_a_person_books_nothing_either(self):
        number = self.add_order()["number"]
        link = self.observing()
        self.look(link)
        with self.enter_registry_test_mode():
            self.order(number).action_retry()
            link.action_sync_now()
        self.env.invalidate_all()
        self.assert_observed(number, "49.90")
        self.assertEqual(self.written(), [])

    def test_a_credit_note_waits_with_what_it_credits(self):
        placed = self.add_order(*MIXED)
        link = self.observing()
        self.look(link)
        self.box.lightspeed.control_credit_order(
            self.shop_number, placed["number"], lines=[{"index": 0, "quantity": 1}]
        )
        self.look(link)
        note = link.order_ids.filtered(lambda row: row.source_kind == "credit_note")
        self.assertEqual((note.state, len(note)), ("waiting", 1))
        self.assertEqual(self.written(), [])
        self.stop_observing(link)
        self.look(link)
        self.assertEqual(set(link.order_ids.mapped("state")), {"booked"})
        self.assertEqual(len(self.entries()), 2)

    def test_what_is_observed_long_is_never_forgotten(self):
        self.add_order()
        link = self.observing()
        self.look(link)
        terms = self.env["lightspeed.exact.retention"]._of(self.env.company)
        kind = next(kind for kind in terms._kinds() if kind.name == "orders")
        self.env.cr.execute(
            "UPDATE lightspeed_exact_order SET create_date = now() - interval"
            " '9 years', remote_updated_at = now() - interval '9 years'"
        )
        self.env.invalidate_all()
        self.assertFalse(self.env[kind.model].search(terms._domain(kind)))


class TestBookingAfterwards(ObserveCase):
    def test_all_are_booked_once_and_in_order(self):
        now = datetime.now(timezone.utc).replace(microsecond=0)
        placed = [
            self.add_order(created_at=(now - timedelta(hours=hours)).isoformat())
            for hours in (5, 9, 2, 7)
        ]
        link = self.observing()
        self.look(link)
        self.assertEqual(link.observed_count, 4)
        link.action_stop_observing()
        self.assertEqual(set(link.order_ids.mapped("state")), {"ready"})
        for _again in range(3):
            self.look(link)
        for order in placed:
            self.assert_booked(order["number"], order["gross"])
        self.assertEqual(len(self.posted_entries()), 4)
        self.assertEqual(len(self.entries()), 4)
        expected = [placed[place]["number"] for place in (1, 3, 0, 2)]
        booked = self.env["lightspeed.exact.booking"].search([], order="id")
        self.assertEqual(booked.mapped("reference"), expected)
        self.assertEqual(link.observed_count, 0)

    def test_orders_that_came_meanwhile_are_booked_with_them(self):
        first = self.add_order()
        link = self.observing()
        self.look(link)
        second = self.add_order()
        self.stop_observing(link)
        for order in (first, second):
            self.assert_booked(order["number"], order["gross"])

    def test_what_was_cancelled_meanwhile_is_never_booked(self):
        placed = self.add_order()
        link = self.observing()
        self.look(link)
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.stop_observing(link)
        self.assertEqual(self.order(placed["number"]).state, "skipped")
        self.assertEqual(self.entries(), {})

    def test_it_can_be_switched_on_again_until_something_is_booked(self):
        number = self.add_order()["number"]
        link = self.observing()
        self.look(link)
        link.action_stop_observing()
        link.observe = True
        self.look(link)
        self.assert_observed(number, "49.90")
        self.stop_observing(link)
        self.assert_booked(number, "49.90")
        with self.assert_refuses(ValidationError, "booked already"):
            link.observe = True

    def test_an_order_whose_answer_was_lost_is_booked_once(self):
        number = self.add_order()["number"]
        link = self.observing()
        self.look(link)
        self.fault("lost_after", "salesentry/SalesEntries")
        self.stop_observing(link)
        for _again in range(4):
            self.later(400)
            self.look(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 1)

    def test_only_a_manager_lets_it_book(self):
        link = self.observing()
        bookkeeper = new_test_user(self.env, "boekhouder", groups=f"{GROUPS}bookkeeper")
        with self.assert_refuses(AccessError, "manager"):
            link.with_user(bookkeeper).action_stop_observing()
        with self.assertRaises(AccessError), self.cr.savepoint():
            link.with_user(bookkeeper).observe = False
        link.action_stop_observing()
        with self.assert_refuses(UserError, "does not observe"):
            link.action_stop_observing()


class TestKinds(ObserveCase, InvoiceCase):
    def test_invoices_are_observed_without_making_an_item(self):
        placed = self.add_order(
            {
                "title": "Mok",
                "quantity": 1,
                "unit_incl": "12.10",
                "rate": "0.21",
                "article_code": "MOK",
            }
        )
        link = self.make_invoice_link(start=False, observe=True)
        link.action_start()
        self.look(link)
        self.assert_observed(placed["number"], "12.10")
        self.assertEqual(self.written(), [])
        self.stop_observing(link)
        self.assertEqual(len(self.invoices()), 1)
        self.assertEqual(self.order(placed["number"]).state, "booked")


class TestDays(ObserveCase, CustomerCase):
    def test_an_entry_of_the_day_is_made_only_afterwards(self):
        placed = [self.add_order() for _each in range(2)]
        link = self.collective_link(grouping="day", observe=True)
        link.action_start()
        self.look(link)
        for order in placed:
            self.assert_observed(order["number"], order["gross"])
        self.assertFalse(self.env["lightspeed.exact.day.entry"].search([]))
        self.later(2 * 86400)
        self.look(link)
        self.assertEqual(self.written(), [])
        self.stop_observing(link)
        self.later(2 * 86400)
        self.look(link)
        self.assertEqual(set(link.order_ids.mapped("state")), {"booked"})
        self.assertEqual(len(self.box.exact.control_entries(exact_demo.MAIN)), 1)
