"""A case for rehearsals: orders in the shop, a link that need not run."""

import time

from tests.addon.connector_case import ConnectorCase

GERMAN = {
    "email": "urs@example.com",
    "lastname": "Beispiel",
    "street": "Hauptstraße",
    "number": "1",
    "zipcode": "50667",
    "city": "Köln",
    "country": "de",
}
COSTS = {
    "shipping": {"title": "PostNL", "incl": "5.95"},
    "payment": {"title": "iDEAL", "incl": "0.50"},
}
# What a rehearsal must leave as it was.
KEPT = (
    "exact.customer",
    "exact.item",
    "lightspeed.exact.booking",
    "lightspeed.exact.clearing",
    "lightspeed.exact.day.entry",
    "lightspeed.exact.operation",
    "lightspeed.exact.order",
    "vies.check",
)


class RehearsalCase(ConnectorCase):
    def begin(self, link, count=50):
        """Start a rehearsal; the engine has not worked on it yet."""
        rehearsal = self.env["lightspeed.exact.rehearsal"].browse(
            link.action_rehearse()["res_id"]
        )
        rehearsal.wanted_count = count
        rehearsal.action_start()
        return rehearsal

    def rehearse(self, link, count=50):
        rehearsal = self.begin(link, count)
        self.work(link)
        return rehearsal

    def work(self, link, seconds=60):
        """Work as the cron does on what is due; no link is polled before its time."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            administration = env["exact.administration"].browse(
                link.administration_id.id
            )
            for _again in range(20):
                if not env["lightspeed.exact.lane"]._serve(
                    administration, time.monotonic() + seconds
                ):
                    break
        self.env.invalidate_all()

    def rehearsed(self, rehearsal, number):
        return rehearsal.order_ids.filtered(lambda order: order.number == number)

    def kept(self):
        """Return how many rows there are of all that posting makes."""
        counts = {name: self.env[name].search_count([]) for name in KEPT}
        return counts, len(self.entries())

    def assert_done(self, rehearsal, booked, held=0, skipped=0):
        reasons = rehearsal.order_ids.mapped("reason")
        self.assertEqual(rehearsal.state, "done", rehearsal.problem_text)
        self.assertEqual(
            (rehearsal.booked_count, rehearsal.held_count, rehearsal.skipped_count),
            (booked, held, skipped),
            reasons,
        )

    def assert_nothing_sent(self, since):
        """Assert that Exact was not called at all, and the shop only read."""
        self.assertEqual(self.calls(since=since), [])
        shop = self.calls(service="lightspeed", since=since)
        self.assertEqual({call["method"] for call in shop}, {"GET"})
