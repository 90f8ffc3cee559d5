"""Hints of webhooks: they make it sooner, and never change what is booked."""

from datetime import timedelta

from odoo import fields

from odoo.addons.lightspeed_exact_connector.models import lightspeed_exact_hint as room

from sandbox.exact import demo as exact_demo
from tests.addon.test_lane import LaneCase


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
