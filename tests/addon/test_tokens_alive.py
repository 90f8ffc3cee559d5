"""Connections that nothing uses stay connected, and what ends is told in time."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import RecordCapturer

from odoo.addons.lightspeed_exact_connector.models import exact_connection_alive

from sandbox.exact import demo as exact_demo
from tests.addon.token_case import ADDON, TOKEN_PATH, TokenCase

DAY = 24 * 3600


class TestKeepAlive(TokenCase):
    def setUp(self):
        super().setUp()
        self.cron = self.env.ref(f"{ADDON}.ir_cron_keep_alive")

    def run_cron(self):
        """Run the renewals as Odoo's scheduler does; return its triggers."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            triggers = env["ir.cron.trigger"]
            with RecordCapturer(triggers, [("cron_id", "=", self.cron.id)]) as capturer:
                self.assertIs(self.cron.with_env(env).method_direct_trigger(), True)
            moments = capturer.records.mapped("call_at")
            cr.commit()
        self.env.invalidate_all()
        return moments

    def test_it_runs_while_something_is_connected_and_only_then(self):
        self.assertTrue(self.cron.active)
        self.connection.action_disconnect()
        self.assertFalse(self.cron.active)
        self.consent(self.connection)
        self.assertTrue(self.cron.active)
        self.connection.unlink()
        self.assertFalse(self.cron.active)

    def test_an_idle_connection_without_any_link_is_kept_alive_for_months(self):
        before = self.stored().access_token
        for _day in range(45):
            self.later(DAY + 60)
            self.run_cron()
        self.assertEqual(self.token_calls(), 45)
        self.assertNotEqual(self.stored().access_token, before)
        self.assertEqual(self.connection.state, "connected")
        self.assertIn(self.connection.days_left, (29, 30))
        self.assertEqual(self.call(), "Bram Boekhouder")
        self.assertFalse(self.activities("consent_ends"))

    def test_nothing_idle_is_one_query_and_no_call(self):
        connections = self.env["exact.connection"]
        connections._idle_tokens()
        with self.assertQueryCount(1):
            self.assertFalse(connections._idle_tokens())
        self.run_cron()
        self.assertFalse(self.token_calls())

    def test_hundreds_that_come_due_together_are_spread(self):
        token = self.stored()
        values = token.copy_data()[0]
        for number in range(4):
            other = self.second_connection(name=f"Nummer {number}")
            # Each has a pair of its own, which Exact does not know.
            values.update(connection_id=other.id, access_token="a", refresh_token="r")
            values.update(issued_at=token.issued_at, expires_at=token.expires_at)
            token.create({**values, "refresh_expires_at": token.refresh_expires_at})
        self.later(DAY + 60)
        with patch.object(exact_connection_alive, "MOST_AT_ONCE", 2):
            moments = self.run_cron()
            self.assertEqual(self.token_calls(), 2)
            self.assertGreater(moments[0], fields.Datetime.now() + timedelta(minutes=4))
            self.run_cron()
            self.assertEqual(self.token_calls(), 4)
            self.assertFalse(self.run_cron())
        # Four were refused; that stopped neither the cron nor the good one.
        self.assertEqual(self.token_calls(), 5)
        self.assertEqual(self.connection.state, "connected")

    def test_a_failure_that_nobody_expects_stops_no_other_connection(self):
        other = self.second_connection(exact_demo.USER_EN)
        self.later(DAY + 60)
        oauth = type(self.connection)._oauth

        def broken(connection):
            if connection == self.connection:
                raise ZeroDivisionError
            return oauth(connection)

        self.patch(type(self.connection), "_oauth", broken)
        before = len(self.calls("POST", TOKEN_PATH))
        with self.assertLogs("odoo.addons", "ERROR") as logged:
            self.run_cron()
        self.assertIn("could not be renewed", logged.output[0])
        self.assertEqual(len(self.calls("POST", TOKEN_PATH)), before + 1)
        self.assertIn(other.days_left, (29, 30))

    def test_a_consent_that_cannot_be_renewed_is_told_once_before_it_ends(self):
        self.fault("html_503", TOKEN_PATH, times=None)
        for day in range(1, 29):
            self.later(DAY + 60)
            self.run_cron()
            self.assertEqual(bool(self.activities("consent_ends")), day > 22, day)
        self.assertEqual(len(self.activities("consent_ends")), 1)
        self.assertEqual(self.connection.days_left, 1)
        self.assertEqual(self.connection.state, "connected")
        self.assertIn("503", self.activities("consent_ends").note)
        self.assertEqual(self.token_calls(), 28)
        self.box.faults.clear()
        self.later(3700)
        self.run_cron()
        self.assertFalse(self.activities("consent_ends"))
        self.assertFalse(self.stored().is_warned)
        self.assertIn(self.connection.days_left, (29, 30))

    def test_a_server_that_was_off_for_long_renews_at_once(self):
        self.later(28 * DAY)
        self.run_cron()
        self.assertIn(self.connection.days_left, (29, 30))
        self.assertFalse(self.activities("consent_ends"))

    def test_a_server_that_was_off_too_long_says_that_30_days_passed(self):
        self.later(31 * DAY)
        self.run_cron()
        self.assertEqual(self.connection.state, "reconnect")
        self.assertIn("30 days", self.connection.problem_text)
        self.assertEqual(len(self.activities()), 1)
        self.run_cron()
        self.assertEqual(self.token_calls(), 1)

    def test_an_archived_connection_is_kept_alive_too(self):
        self.connection.active = False
        self.later(DAY + 60)
        self.run_cron()
        self.assertEqual(self.token_calls(), 1)
