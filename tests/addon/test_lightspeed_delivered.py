"""Webhooks that the stand-in posts by itself: sooner, and nothing else."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.webhook_case import WebhookCase


class DeliveredCase(WebhookCase):
    def happen(self):
        """Let things happen in the shop, each with its webhooks; return its orders."""
        box = self.box.lightspeed
        made = [self.add_order() for _number in range(3)]
        unpaid = self.add_order(status="processing_awaiting_shipment")
        box.control_edit_order(
            self.shop_number, made[0]["number"], {"memo": "Graag inpakken"}
        )
        box.control_credit_order(
            self.shop_number,
            made[1]["number"],
            lines=[{"index": 0, "quantity": 1}],
        )
        box.control_cancel_order(self.shop_number, unpaid["number"])
        gone = self.add_order(status="processing_awaiting_shipment")
        box.control_delete_order(self.shop_number, gone["number"])

    def with_webhooks(self, **options):
        """Let it happen while webhooks come; return how many came."""
        link = self.make_webhooks()
        self.box.lightspeed.control_set_options(self.shop_number, **options)
        with self.open_to_all():
            self.happen()
            drained = self.box.lightspeed.postman.drain(delayed=True)
        self.look(link)
        return drained["states"].get("delivered", 0)

    def look(self, link):
        for _again in range(3):
            link.next_poll_at = fields.Datetime.now() + timedelta(days=1)
            self.run_cron()

    def books(self):
        """Return what is in the books and how each document of the shop stands."""
        entries = sorted(
            (entry["YourRef"], Decimal(str(entry["AmountFC"])))
            for entry in self.box.exact.control_entries(exact_demo.MAIN)
        )
        orders = self.env["lightspeed.exact.order"].search([])
        return entries, sorted(
            (order.number, order.source_kind, order.state, order.remote_status)
            for order in orders
            if order.state == "booked"
        )


class TestDelivered(DeliveredCase):
    def test_an_order_is_booked_by_its_webhook_long_before_it_would_be_polled(self):
        self.make_webhooks()
        with self.open_to_all():
            made = self.add_order()
            drained = self.box.lightspeed.postman.drain()
        self.assertEqual(set(drained["states"]), {"delivered"})
        self.run_cron()
        self.assert_booked(made["number"], "49.90")
        self.assertFalse(self.lists())
        self.assertFalse(self.hints())

    def test_the_books_are_the_same_with_webhooks_alone_as_with_polling_alone(self):
        count = self.with_webhooks()
        self.assertGreater(count, 10)
        self.assertFalse(self.lists())
        self.assertFalse(self.hints())
        entries, documents = self.books()
        self.assertEqual(len(entries), 4)
        # Then polling comes, and finds nothing to do.
        link = self.env["lightspeed.exact.link"].search([])
        self.later(3600)
        self.run_link(link)
        self.assertEqual(len(self.lists()), 2)
        self.assertEqual(self.books(), (entries, documents))

    def test_without_any_webhook_polling_finds_the_same(self):
        link = self.quiet_link()
        self.happen()
        self.later(3600)
        self.run_link(link)
        entries, documents = self.books()
        self.assertEqual([amount for _ref, amount in entries], self.amounts())
        self.assertEqual(len(documents), 4)

    def amounts(self):
        whole, half = Decimal("49.90"), Decimal("-24.95")
        return [whole, whole, half, whole]

    def test_doubled_and_shuffled_ones_book_the_same(self):
        self.with_webhooks(webhook_duplicates=1.0, webhook_order="shuffled")
        entries, documents = self.books()
        self.assertEqual([amount for _ref, amount in entries], self.amounts())
        self.assertEqual(len(documents), 4)
        self.assertFalse(self.lists())

    def test_lost_ones_are_found_by_polling(self):
        self.with_webhooks(webhook_lost=0.5)
        self.later(3600)
        self.run_link(self.env["lightspeed.exact.link"].search([]))
        entries, documents = self.books()
        self.assertEqual([amount for _ref, amount in entries], self.amounts())
        self.assertEqual(len(documents), 4)

    def test_wrongly_signed_ones_change_nothing(self):
        for how in ("bad", "absent"):
            with self.subTest(signature=how):
                self.assertEqual(self.refused(how), {403})
        self.assertFalse(self.hints())
        self.assertFalse(self.entries())

    def refused(self, how):
        """Let an order be made whose webhooks are signed like this."""
        if not self.subscriptions():
            self.make_webhooks()
        self.box.lightspeed.control_set_options(self.shop_number, webhook_signature=how)
        postman = self.box.lightspeed.postman
        postman.clear()
        with self.open_to_all():
            self.add_order()
            postman.drain()
        self.run_cron()
        return {row["status"] for row in postman.list()}
