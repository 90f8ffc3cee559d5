"""Who consented to what: a second consent, another user, another connection."""

from odoo.addons.lightspeed_exact_connector.clients.errors import ReconnectNeeded

from sandbox.exact import demo as exact_demo
from tests.addon.token_case import TokenCase


class TestSameUser(TokenCase):
    def test_who_consented_is_known_at_once(self):
        self.assertEqual(self.connection.exact_user, "Bram Boekhouder")
        self.assertTrue(self.connection.exact_user_guid)
        self.assertTrue(self.connection.consented_at)
        self.assertFalse(self.connection.same_user_text)

    def test_a_consent_counts_though_nobody_can_say_whose_it_is(self):
        self.fault("html_503", "current/Me", method="GET")
        other = self.second_connection(exact_demo.USER_EN)
        self.assertEqual(other.state, "connected")
        self.assertFalse(other.exact_user)
        with self.enter_registry_test_mode():
            other.action_fetch_administrations()
        self.assertEqual(other.exact_user, "Bea Bookkeeper")

    def test_the_same_user_on_two_connections_is_warned_about_and_not_forbidden(self):
        other = self.second_connection(exact_demo.USER_NL)
        self.env.invalidate_all()
        self.assertEqual(other.same_user_text, "Boekhouder")
        self.assertEqual(self.connection.same_user_text, "Tweede")
        self.assertEqual(other.state, "connected")
        other.action_disconnect()
        self.env.invalidate_all()
        self.assertFalse(self.connection.same_user_text)

    def test_another_user_is_no_matter(self):
        other = self.second_connection(exact_demo.USER_EN)
        self.assertFalse(other.same_user_text)

    def test_a_connection_of_another_company_is_not_named(self):
        company = self.env["res.company"].create({"name": "Ander"})
        self.connection.app_id.company_id = False
        other = self.second_connection(name="Geheim", company_id=company.id)
        self.later(60)
        self.consent(other)
        self.env.invalidate_all()
        self.assertIn("another company", self.connection.same_user_text)
        self.later(600)
        self.trouble()
        self.assertNotIn("Geheim", self.connection.problem_text)
        self.assertIn("another company", self.connection.problem_text)

    def test_a_chain_that_a_later_consent_broke_names_that_consent(self):
        other = self.second_connection()
        self.later(60)
        self.consent(other)
        self.later(600)
        self.assertIsInstance(self.trouble(), ReconnectNeeded)
        self.assertEqual(self.stored()[0].problem_code, "reconnect_other_consent")
        self.assertIn("“Tweede”", self.connection.problem_text)
        self.assertIn("Bram Boekhouder", self.connection.problem_text)
        self.assertIn("share one connection", self.connection.problem_advice)
        self.assertIn("Tweede", self.activities().note)

    def test_an_earlier_consent_is_not_blamed(self):
        other = self.second_connection(exact_demo.USER_NL)
        self.later(60)
        self.consent(self.connection)
        self.withdraw()
        self.assertIsInstance(self.trouble(), ReconnectNeeded)
        self.assertNotIn(other.name, self.connection.problem_text)

    def test_the_newest_consent_wins(self):
        first = self.stored().refresh_token
        self.consent(self.connection)
        self.assertNotEqual(self.stored().refresh_token, first)
        self.later(600)
        self.take()
        self.assertEqual(self.connection.state, "connected")


class TestOpened(TokenCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link(
            administration=self.make_administration(self.connection)
        )
        self.administration = self.link.administration_id

    def consent_to(self, divisions, user=exact_demo.USER_NL):
        answer = self.box.exact.control_consent(
            exact_demo.CLIENT_ID,
            user,
            self.connection.app_id.redirect_uri,
            "state",
            divisions=divisions,
        )
        with self.enter_registry_test_mode():
            self.connection._finish_consent(answer["code"])
        self.env.invalidate_all()

    def add_orders(self, count):
        """Add orders, a minute apart."""
        numbers = []
        for _number in range(count):
            self.later(60)
            numbers.append(self.add_order()["number"])
        return numbers

    def test_administrations_that_a_consent_does_not_open_are_listed(self):
        self.consent_to([exact_demo.SECOND])
        self.assertIn(str(exact_demo.MAIN), self.connection.missing_text)
        self.assertNotIn(str(exact_demo.SECOND), self.connection.missing_text)
        self.assertEqual(self.administration.problem_code, "not_opened")
        self.assertIn("Bram Boekhouder", self.administration.problem_text)

    def test_orders_go_nowhere_else_and_on_when_it_is_opened_again(self):
        number = self.add_order()["number"]
        self.consent_to([exact_demo.SECOND])
        self.run_link(self.link)
        self.assertEqual(self.order(number).state, "ready")
        self.assertFalse(self.box.exact.control_entries(exact_demo.SECOND))
        self.assertTrue(self.connection.missing_text)
        self.consent_to([exact_demo.MAIN])
        self.assertNotIn(str(exact_demo.MAIN), self.connection.missing_text)
        self.assertFalse(self.administration.problem_code)
        self.run_link(self.link)
        self.assert_booked(number, "49.90")

    def test_another_connection_opens_it_and_nothing_is_lost(self):
        first = self.add_order()["number"]
        self.run_link(self.link)
        self.withdraw()
        second = self.add_order()["number"]
        self.run_link(self.link)
        self.assertTrue(self.administration.parked_until)
        other = self.second_connection(exact_demo.USER_EN)
        self.administration.connection_id = other
        self.assertFalse(self.administration.parked_until)
        self.assertFalse(self.administration.problem_code)
        self.run_link(self.link)
        self.assert_booked(first, "49.90")
        self.assert_booked(second, "49.90")
        self.assertEqual(len(self.relations("anna@example.com")), 1)

    def test_without_a_consent_no_lane_takes_it_and_the_shop_is_not_asked(self):
        lane = self.env["lightspeed.exact.lane"]
        self.assertIn(self.administration.id, lane._due_administrations())
        self.withdraw()
        self.trouble()
        self.assertNotIn(self.administration.id, lane._due_administrations())
        self.assertFalse(lane._next_moment())
        self.consent(self.connection)
        self.assertIn(self.administration.id, lane._due_administrations())

    def test_what_waited_is_booked_in_its_order(self):
        self.add_order()
        self.run_link(self.link)
        self.withdraw()
        numbers = self.add_orders(2)
        self.run_link(self.link)
        self.assertEqual(self.order(numbers[0]).state, "ready")
        numbers += self.add_orders(2)
        self.run_link(self.link)
        self.assertFalse(self.order(numbers[2]))
        self.consent(self.connection)
        since = self.box.calls.last
        self.run_link(self.link)
        posted = self.calls("POST", "salesentry/SalesEntries", since=since)
        self.assertEqual(len(posted), 4)
        entries = list(self.entries())
        self.assertEqual(entries[-4:], numbers)
