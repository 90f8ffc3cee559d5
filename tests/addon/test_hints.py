"""Hints of webhooks: they make it sooner, and never change what is booked."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.models import lightspeed_exact_hint as room

from sandbox.exact import demo as exact_demo
from tests.addon.test_lane import ADDON, LaneCase

HINTS = f"{ADDON}.models.exact_administration_hints"


class HintCase(LaneCase):
    def hints(self):
        self.env.invalidate_all()
        return self.env["lightspeed.exact.hint"].search([])

    def receive(self, link, kind="order", remote_id="", action="created"):
        count = self.env["lightspeed.exact.hint"]._receive(
            "lightspeed", kind, remote_id, action, shop_id=link.shop_id.id
        )
        self.env.flush_all()
        return count

    def quiet_link(self, **values):
        """Return a link that has looked, and is not due for long."""
        link = self.make_link(**values)
        self.run_link(link)
        link.next_poll_at = fields.Datetime.now() + timedelta(days=1)
        self.box.calls.clear()
        return link

    def lists(self):
        """Return the calls that read a list of the shop."""
        return [
            call
            for call in self.calls("GET", service="lightspeed")
            if call["path"].endswith(("/orders.json", "/invoices.json"))
        ]


class TestReceiving(HintCase):
    def test_one_row_for_an_object_however_often_it_is_named(self):
        link = self.make_link()
        for _again in range(3):
            self.assertEqual(self.receive(link, remote_id="17"), 1)
        self.receive(link, remote_id="18")
        self.receive(link, "invoice", "17")
        hints = self.hints()
        self.assertEqual(
            sorted((hint.kind, hint.remote_id, hint.generation) for hint in hints),
            [("invoice", "17", 1), ("order", "17", 3), ("order", "18", 1)],
        )
        self.assertEqual(hints.administration_id, link.administration_id)

    def test_a_link_that_does_not_run_gets_none(self):
        link = self.make_link()
        link.action_pause()
        self.assertEqual(self.receive(link, remote_id="17"), 0)
        self.assertFalse(self.hints())

    def test_an_archived_link_gets_none_and_its_successor_does(self):
        link = self.make_link()
        link.active = False
        administration = self.make_administration(
            link.administration_id.connection_id, exact_demo.SECOND
        )
        other = self.make_link(shop=link.shop_id, administration=administration)
        self.assertEqual(self.receive(link, remote_id="17"), 1)
        self.assertEqual(self.hints().link_id, other)

    def test_a_flood_becomes_one_look_at_everything(self):
        link = self.make_link()
        for number in range(room.MOST_HINTS + 20):
            self.receive(link, remote_id=str(number + 1))
        hints = self.hints()
        self.assertEqual(len(hints), room.MOST_HINTS + 1)
        self.assertEqual(hints.filtered(lambda h: h.kind == "all").generation, 20)

    def test_a_thousand_hints_leave_one_trigger(self):
        link = self.make_link()
        triggers = self.env["ir.cron.trigger"]
        triggers.search([]).unlink()
        for number in range(1000):
            self.receive(link, remote_id=str(number % 7 + 1))
        self.assertEqual(len(triggers.search([])), 1)
        self.assertEqual(triggers.search([]).cron_id, self.crons[0])
        self.assertEqual(len(self.hints()), 7)


class TestLooking(HintCase):
    def test_an_order_is_booked_sooner_and_polling_is_not_moved(self):
        link = self.quiet_link()
        cursor, due = link.cursor_at, link.next_poll_at
        made = self.add_order()
        self.receive(link, remote_id=str(made["id"]))
        self.run_cron()
        self.assert_booked(made["number"], "49.90")
        self.assertFalse(self.hints())
        self.assertFalse(self.lists())
        self.assertEqual((link.cursor_at, link.next_poll_at), (cursor, due))
        # The order was read once, for the hint and for the booking.
        self.assertEqual(len(self.calls("GET", service="lightspeed")), 1)

    def test_an_order_that_changed_is_seen_sooner(self):
        made = self.add_order()
        link = self.quiet_link()
        order = self.assert_booked(made["number"], "49.90")
        self.edit(made, email="b@example.com")
        self.receive(link, remote_id=str(made["id"]), action="updated")
        self.run_cron()
        self.assertEqual(order.email, "b@example.com")
        self.assertFalse(self.hints())

    def test_a_credit_note_is_read_after_the_order_that_it_belongs_to(self):
        made = self.add_order()
        link = self.quiet_link()
        self.assert_booked(made["number"], "49.90")
        credit = self.credit(made)
        self.receive(link, "invoice", str(credit["id"]))
        self.run_cron()
        note = self.env["lightspeed.exact.order"].search(
            [("source_kind", "=", "credit_note")]
        )
        self.assertEqual(note.state, "booked", note.reason)
        self.assertFalse(self.lists())

    def test_a_credit_note_of_an_order_not_met_yet_brings_its_order(self):
        link = self.quiet_link()
        made = self.add_order()
        credit = self.credit(made)
        self.receive(link, "invoice", str(credit["id"]))
        self.run_cron()
        self.assert_booked(made["number"], "49.90")
        self.assertFalse(self.lists())

    def credit(self, made):
        """Let the shop credit an order wholly."""
        return self.box.lightspeed.control_credit_order(
            self.shop_number, made["number"]
        )

    def edit(self, made, **changes):
        self.box.lightspeed.control_edit_order(
            self.shop_number, made["number"], changes
        )

    def test_what_is_not_found_is_asked_for_a_few_times(self):
        link = self.quiet_link()
        self.receive(link, remote_id="999999")
        for attempt in range(room.MOST_ATTEMPTS):
            self.assertEqual(self.hints().attempts, attempt)
            self.run_cron()
            self.later(15 * 2**attempt)
            link.next_poll_at = fields.Datetime.now() + timedelta(days=1)
        self.assertFalse(self.hints())
        calls = self.calls("GET", "orders/999999.json", "lightspeed")
        self.assertEqual(len(calls), room.MOST_ATTEMPTS)

    def test_what_is_not_found_at_first_is_found_the_next_time(self):
        link = self.quiet_link()
        made = self.add_order()
        self.fault("not_found_once", f"orders/{made['id']}.json", "GET", "lightspeed")
        self.receive(link, remote_id=str(made["id"]))
        self.run_cron()
        self.assertFalse(self.order(made["number"]))
        self.later(15)
        link.next_poll_at = fields.Datetime.now() + timedelta(days=1)
        self.run_cron()
        self.assert_booked(made["number"], "49.90")

    def test_what_was_deleted_is_asked_for_once(self):
        link = self.quiet_link()
        self.receive(link, remote_id="999999", action="deleted")
        self.run_cron()
        self.assertFalse(self.hints())
        self.assertEqual(len(self.calls("GET", service="lightspeed")), 1)

    def test_a_deletion_is_not_believed(self):
        link = self.quiet_link()
        made = self.add_order()
        self.receive(link, remote_id=str(made["id"]), action="deleted")
        self.run_cron()
        self.assert_booked(made["number"], "49.90")

    def test_a_shop_that_cannot_be_asked_leaves_its_hints(self):
        link = self.quiet_link()
        made = self.add_order()
        faults = {"empty_500": 60, "unauthorized": 900, "html_200": 15}
        for kind, seconds in faults.items():
            with self.subTest(kind=kind):
                path = f"orders/{made['id']}.json"
                self.fault(kind, path, "GET", "lightspeed")
                self.receive(link, remote_id=str(made["id"]))
                self.run_cron()
                self.assertEqual(len(self.hints()), 1)
                self.assertFalse(
                    self.env["lightspeed.exact.hint"]._due(
                        link.administration_id, "lightspeed"
                    )
                )
                self.later(seconds)
        link.next_poll_at = fields.Datetime.now() + timedelta(days=1)
        self.run_cron()
        self.assert_booked(made["number"], "49.90")
        self.assertFalse(self.hints())

    def test_a_used_up_quota_is_waited_for(self):
        link = self.quiet_link()
        made = self.add_order()
        self.receive(link, remote_id=str(made["id"]))
        path = f"orders/{made['id']}.json"
        self.fault("rate_5min", path, "GET", "lightspeed")
        self.run_cron()
        hint = self.hints()
        self.assertEqual(hint.attempts, 0)
        self.assertGreater(hint.next_at, fields.Datetime.now())
        self.later(301)
        link.next_poll_at = fields.Datetime.now() + timedelta(days=1)
        self.run_cron()
        self.assert_booked(made["number"], "49.90")

    def test_a_parked_administration_waits_and_polling_goes_on(self):
        link = self.quiet_link()
        made = self.add_order()
        self.receive(link, remote_id=str(made["id"]))
        self.later(5)
        until = fields.Datetime.now() + timedelta(hours=1)
        link.administration_id.parked_until = until
        lane = self.env["lightspeed.exact.lane"]
        self.assertFalse(lane._due_administrations())
        link.next_poll_at = fields.Datetime.now()
        self.run_cron()
        self.assertEqual(len(self.lists()), 2)
        # Polling has read it: nothing is left to look at.
        self.assertFalse(self.hints())

    def test_so_many_hints_are_one_look_at_the_list(self):
        link = self.quiet_link()
        numbers = [self.add_order()["number"] for _number in range(3)]
        for number in range(room.MOST_HINTS + 1):
            self.receive(link, remote_id=str(900_000 + number))
        hints = self.hints().filtered(lambda hint: hint.kind == "order")
        hints[3:].unlink()
        self.later(5)
        self.run_cron()
        for number in numbers:
            self.assert_booked(number, "49.90")
        self.assertEqual(len(self.lists()), 2)
        self.assertFalse(self.hints())

    def test_a_hint_that_arrives_while_its_order_is_read_is_looked_at_again(self):
        link = self.quiet_link()
        made = self.add_order()
        self.receive(link, remote_id=str(made["id"]))
        answered = self.box.lightspeed._respond
        seen = []

        def respond(environ):
            answer = answered(environ)
            if "/orders/" in environ["PATH_INFO"] and not seen:
                # The answer is made, and on its way: the order changes only now.
                seen.append(environ["PATH_INFO"])
                self.edit(made, lastname="Nieuw")
                self.receive(link, remote_id=str(made["id"]))
            return answer

        with patch.object(self.box.lightspeed, "_respond", respond, create=True):
            moments = self.run_cron()
        self.assertEqual(self.hints().generation, 2)
        self.assert_soon(moments)
        self.run_cron()
        self.assertFalse(self.hints())
        self.assertIn("Nieuw", self.order(made["number"]).customer_name)

    def test_a_hint_of_before_the_start_brings_nothing(self):
        long_ago = f"{self.start_at - timedelta(days=9):%Y-%m-%dT%H:%M:%S+00:00}"
        made = self.add_order(created_at=long_ago)
        link = self.quiet_link()
        self.assertFalse(self.order(made["number"]))
        self.receive(link, remote_id=str(made["id"]))
        self.run_cron()
        self.assertFalse(self.hints())
        self.assertFalse(self.order(made["number"]))

    def test_a_bug_with_one_hint_stops_neither_the_others_nor_the_posting(self):
        link = self.quiet_link()
        first, second = self.add_order(), self.add_order()
        for made in (first, second):
            self.receive(link, remote_id=str(made["id"]))
        stored = type(self.env["lightspeed.exact.order"])._store_rows
        failed = []

        def store(orders, *args, **kwargs):
            if not failed:
                failed.append(True)
                raise KeyError("a bug")
            return stored(orders, *args, **kwargs)

        model = type(self.env["lightspeed.exact.order"])
        with patch.object(model, "_store_rows", store), mute_logger(HINTS):
            self.run_cron()
        self.assertFalse(self.order(first["number"]))
        self.assert_booked(second["number"], "49.90")
        self.assertFalse(self.hints())

    def test_old_hints_are_forgotten(self):
        link = self.make_link()
        self.receive(link, remote_id="17")
        link.action_pause()
        hints = self.env["lightspeed.exact.hint"]
        hints._gc_old()
        self.assertEqual(len(self.hints()), 1)
        self.later(room.MAX_AGE_HOURS * 3600 + 1)
        hints._gc_old()
        self.assertFalse(self.hints())
