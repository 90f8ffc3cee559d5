"""Webhooks that the stand-in posts by itself: sooner, and nothing else."""

from tests.addon.webhook_case import WebhookCase


class TestDelivered(WebhookCase):
    """The stand-in posts by itself; the addon is what it posts to."""

    def test_an_order_is_booked_by_its_webhook_long_before_it_would_be_polled(self):
        self.make_webhooks()
        with self.open_to_all():
            made = self.add_order()
            self.box.lightspeed.postman.drain()
        self.run_cron()
        self.assert_booked(made["number"], "49.90")
        self.assertFalse(self.lists())
        self.assertFalse(self.hints())
