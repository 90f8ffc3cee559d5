"""An import of history leaves a share of the day's calls for today's orders."""

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

OLD = {
    "created_at": "2026-01-02T10:00:00+01:00",
    "updated_at": "2026-01-02T11:00:00+01:00",
}


class TestHistory(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link()
        self.link.start_at = "2026-01-01 00:00:00"
        self.old = self.add_order(**OLD)["number"]

    def leave_calls(self, used, left):
        """Let so many calls be left once so many have been made."""
        self.box.exact.control_set_limits(
            day=used + left,
            client_id=exact_demo.CLIENT_ID,
            division=exact_demo.MAIN,
            forget=True,
        )

    def test_new_orders_are_booked_before_history(self):
        new = self.add_order()["number"]
        self.run_link(self.link)
        numbers = {
            number: self.order(number).entry_number for number in (new, self.old)
        }
        self.assertLess(numbers[new], numbers[self.old])

    def test_history_waits_when_the_calls_of_the_day_run_low_and_today_goes_on(self):
        for number in range(16):
            self.add_order(customer={"email": f"klant{number}@example.com"})
        # One look-up, sixteen relations, sixteen entries; a tenth of 36 is reserved.
        self.leave_calls(used=33, left=3)
        self.run_link(self.link)
        administration = self.link.administration_id
        self.assertEqual(len(self.entries()), 16)
        self.assertEqual(self.order(self.old).state, "ready")
        self.assertTrue(administration.history_parked_until)
        self.assertFalse(administration.parked_until)
        today = self.add_order(customer={"email": "klant1@example.com"})["number"]
        self.run_link(self.link)
        self.assert_booked(today, "49.90")
        administration.history_parked_until = False
        self.leave_calls(used=3, left=1000)
        # What is known of the quota is as old as the last answer.
        self.env["lightspeed.exact.quota"].sudo().search([]).unlink()
        self.run_link(self.link)
        self.assert_booked(self.old, "49.90")
