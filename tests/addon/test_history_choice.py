"""Existing orders: how many, what they cost, and from when the link books then."""

from datetime import datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from tests.addon.connector_case import GROUPS, ConnectorCase

OLD = "2026-01-05T10:00:00+00:00"


class TestHistoryChoice(ConnectorCase):
    def setUp(self):
        super().setUp()
        for place in range(3):
            self.add_order(
                created_at=OLD,
                updated_at=OLD,
                customer={"email": f"oud{place}@example.com"},
            )
        self.add_order()
        self.link = self.make_link(start=False, start_at=datetime.now())

    def choose(self, choice, date_from=False):
        return self.env["lightspeed.exact.history"].create(
            {"link_id": self.link.id, "choice": choice, "date_from": date_from}
        )

    def test_all_existing_orders_are_counted_by_the_shop(self):
        history = self.choose("all")
        since = self.box.calls.last
        action = history.action_count()
        self.assertEqual(action["res_id"], history.id)
        self.assertTrue(history.is_counted)
        self.assertEqual(history.order_count, 4)
        # A page, and each order by itself; a document, a relation, one look-up.
        self.assertEqual(history.lightspeed_calls, 5)
        self.assertEqual(history.exact_calls, 9)
        self.assertEqual(history.duration_text, "about a minute")
        self.assertIn("a minute", history.exact_allowance)
        # One question to the shop, none to Exact, and nothing changed.
        self.assertEqual(len(self.calls(service="lightspeed", since=since)), 1)
        self.assertFalse(self.calls(service="exact", since=since))
        self.assertFalse(self.link.order_ids)

    def test_another_choice_has_to_be_counted_anew(self):
        history = self.choose("all")
        history.action_count()
        history.write({"choice": "date", "date_from": datetime(2026, 2, 1)})
        self.assertFalse(history.is_counted)
        history.action_count()
        self.assertTrue(history.is_counted)
        self.assertLess(history.order_count, 4)

    def test_invoices_and_attachments_cost_more(self):
        history = self.choose("all")
        history.action_count()
        before = history.exact_calls
        self.link.attachment = "summary"
        history.action_count()
        self.assertEqual(history.exact_calls, before + 2 * history.order_count)

    def test_the_choice_is_what_the_link_books_from(self):
        moment = datetime(2026, 1, 1)
        self.choose("date", moment).action_apply()
        self.assertEqual(self.link.start_at, moment)
        self.choose("all").action_apply()
        self.assertEqual(self.link.start_at, datetime(2000, 1, 1))
        self.choose("none").action_apply()
        self.assertLess(datetime.now() - self.link.start_at, timedelta(minutes=5))

    def test_existing_orders_are_booked_after_the_choice(self):
        self.link.action_start()
        self.run_link(self.link)
        self.assertFalse(self.link.order_ids.filtered(lambda o: o.state == "booked"))
        self.choose("all").action_apply()
        self.run_link(self.link)
        self.assertEqual(set(self.link.order_ids.mapped("state")), {"booked"})
        self.assertEqual(len(self.entries()), 4)

    def test_what_is_begun_cannot_be_taken_back_here(self):
        self.link.action_start()
        self.run_link(self.link)
        with self.assertRaisesRegex(UserError, "looks for orders already"):
            self.choose("none").action_apply()

    def test_a_date_is_needed_and_a_shop_that_answers(self):
        with self.assertRaisesRegex(UserError, "from when"):
            self.choose("date").action_count()
        self.fault(
            "status",
            "orders/count",
            "GET",
            service="lightspeed",
            params={"status": 503},
        )
        with self.assertRaisesRegex(UserError, "could not be reached"):
            self.choose("all").action_count()

    def test_only_a_manager_chooses(self):
        history = self.choose("all")
        bookkeeper = new_test_user(self.env, "boek", groups=f"{GROUPS}bookkeeper")
        for action in ("action_count", "action_apply"):
            with self.assertRaises(AccessError):
                getattr(history.with_user(bookkeeper), action)()
