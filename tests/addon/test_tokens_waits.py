"""Renewals that fail, wait, or meet another clock; and consents that end meanwhile."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo import fields
from odoo.tests import new_test_user

from odoo.addons.lightspeed_exact_connector.clients.errors import (
    RateLimited,
    ReconnectNeeded,
    TemporaryError,
)
from odoo.addons.lightspeed_exact_connector.clients.exact_oauth import CALLS_A_DAY
from odoo.addons.lightspeed_exact_connector.models import exact_connection_tokens

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.token_case import TOKEN_PATH, TokenCase

HOUR = 3600
DAY = 24 * HOUR


class TestClock(TokenCase):
    def statuses(self):
        """Return the answers of the token endpoint after the consent."""
        return [call["status"] for call in self.calls("POST", TOKEN_PATH)[1:]]

    def test_a_clock_that_is_wrong_all_the_time_does_not_matter(self):
        for offset in (-300, 300, DAY, -DAY):
            with self.subTest(offset=offset):
                self.box.clock.advance(offset)
                self.consent(self.connection)
                before = len(self.statuses())
                first = self.take()
                self.later(570)
                self.assertEqual(self.take(), first)
                self.assertEqual(self.call(), "Bram Boekhouder")
                self.assertEqual(len(self.statuses()), before)
                self.later(10)
                self.assertNotEqual(self.take(), first)
                self.assertEqual(self.statuses()[before:], [200])

    def test_a_clock_that_jumps_ahead_costs_one_refusal_and_is_known_then(self):
        first = self.take()
        self.later(100)
        self.jump(700)
        self.assertEqual(self.take(), first)
        self.assertEqual(self.statuses(), [400])
        # Now 100 s old, whatever our clock says: no further call before its time.
        self.later(465)
        self.assertEqual(self.take(), first)
        self.assertEqual(self.call(), "Bram Boekhouder")
        self.assertEqual(self.statuses(), [400])
        self.later(15)
        self.assertNotEqual(self.take(), first)
        self.assertEqual(self.statuses(), [400, 200])

    def test_a_clock_that_jumps_back_costs_one_refused_call(self):
        first = self.take()
        self.later(500)
        self.jump(-400)
        self.box.clock.advance(-500)
        self.later(500)
        self.assertEqual(self.take(), first)
        self.box.clock.advance(500)
        since = self.box.calls.last
        self.assertEqual(self.call(), "Bram Boekhouder")
        statuses = [call["status"] for call in self.calls(since=since)]
        self.assertEqual(statuses, [401, 200, 200])
        self.assertNotEqual(self.take(), first)

    def test_a_refused_token_rests_and_is_replaced_as_soon_as_exact_does_that(self):
        first = self.take()
        self.later(300)
        self.assertIsInstance(self.trouble(refused=first), TemporaryError)
        self.assertIn("no new token yet", self.connection.problem_text)
        for pause in (60, 120):
            self.assertIsInstance(self.trouble(), RateLimited)
            self.later(pause + 2)
            # Exact said that it is good: it is tried once more, without a call.
            before = self.statuses()
            self.assertEqual(self.take(), first)
            self.assertEqual(self.statuses(), before)
            self.assertIsInstance(self.trouble(refused=first), TemporaryError)
        self.later(100)
        self.assertNotEqual(self.take(), first)
        self.assertEqual(self.statuses(), [400, 400, 400, 200])
        self.assertFalse(self.connection.problem_text)

    def test_a_refusal_by_mistake_delays_an_order_by_a_minute(self):
        link = self.make_link(administration=self.make_administration(self.connection))
        number = self.add_order()["number"]
        self.fault("unauthorized", "salesentry/SalesEntries")
        self.run_link(link)
        self.assertEqual(len(self.entries()), 0)
        self.later(300)
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_an_answer_without_a_date_is_waited_out(self):
        self.stored().issued_date = False
        first = self.take()
        self.jump(620)
        self.assertEqual(self.take(), first)
        self.assertEqual(self.take(), first)
        self.assertEqual(self.statuses(), [400])


class TestWaits(TokenCase):
    def test_failures_are_tried_again_ever_more_seldom(self):
        self.later(600)
        self.fault("empty_500", TOKEN_PATH, times=None)
        for _minute in range(60):
            self.trouble()
            self.later(60)
        self.assertEqual(self.token_calls(), 6)
        self.assertEqual(self.connection.state, "connected")
        self.assertIn("500", self.connection.problem_text)
        self.box.faults.clear()
        self.later(HOUR)
        self.take()
        self.assertEqual(self.token_calls(), 7)
        self.assertFalse(self.connection.problem_text)

    def test_orders_go_on_when_exact_renews_again(self):
        link = self.make_link(administration=self.make_administration(self.connection))
        number = self.add_order()["number"]
        self.later(600)
        self.fault("html_503", TOKEN_PATH)
        self.run_link(link)
        self.run_link(link)
        self.assertEqual(self.token_calls(), 1)
        self.assertEqual(self.order(number).state, "ready")
        self.later(HOUR)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertFalse(link.administration_id.problem_code)

    def test_nothing_is_sent_while_a_lost_call_may_be_under_way(self):
        self.later(600)
        self.fault("lost_before", TOKEN_PATH)
        self.assertIsInstance(self.trouble(), TemporaryError)
        self.later(120)
        error = self.trouble()
        self.assertEqual((type(error), error.code), (RateLimited, "exact.oauth.unsure"))
        self.assertIn("Nobody knows yet", self.connection.problem_text)
        self.assertEqual(self.token_calls(), 1)
        self.later(100)
        self.take()
        self.assertEqual(self.token_calls(), 2)
        self.assertFalse(self.stored().unsure_since)

    def test_a_lost_answer_after_the_rotation_is_recognised(self):
        self.later(600)
        self.fault("lost_after", TOKEN_PATH)
        self.assertIsInstance(self.trouble(), TemporaryError)
        self.later(HOUR)
        self.assertIsInstance(self.trouble(), ReconnectNeeded)
        self.assertEqual(self.stored().problem_code, "reconnect_lost")
        self.assertIn("was lost", self.connection.problem_text)
        self.assertIn("Old refresh token used", self.connection.problem_text)
        self.assertEqual(len(self.activities()), 1)
        self.assertIn("was lost", self.activities().note)
        self.later(HOUR)
        self.assertIsInstance(self.trouble(), ReconnectNeeded)
        self.assertEqual(self.token_calls(), 2)
        self.consent(self.connection)
        self.assertFalse(self.activities())
        self.assertEqual(self.connection.state, "connected")
        self.assertFalse(self.connection.problem_text)

    def test_a_refusal_that_rotated_all_the_same_is_recognised(self):
        self.later(600)
        self.fault("refresh_rotated", TOKEN_PATH, params={"handled": True})
        token = self.take()
        self.assertIsInstance(self.trouble(refused=token), ReconnectNeeded)
        self.assertEqual(self.stored().problem_code, "reconnect_lost")

    def test_a_token_that_was_renewed_elsewhere_is_told_apart(self):
        self.later(600)
        self.refuse_tokens("unauthorized_client", "Old refresh token used.", status=401)
        self.trouble()
        self.assertEqual(self.stored().problem_code, "reconnect_elsewhere")
        self.assertIn("copy of this database", self.connection.problem_text)

    def test_every_other_refusal_is_explained_as_it_is(self):
        refusals = (
            ("invalid_request", None, "reconnect_client", "client ID"),
            ("invalid_grant", None, "reconnect", "new consent"),
            ("something_new", "Sorry.", "reconnect", "Sorry."),
            (
                "invalid_request",
                "The refresh token expired at 11/3/2021 2:50:46 PM and it is now",
                "reconnect_expired",
                "30 days",
            ),
            ("invalid_grant", "because of empty chainId", "reconnect_chain", "elsewh"),
        )
        for error, description, code, words in refusals:
            with self.subTest(code=code, words=words):
                self.consent(self.connection)
                self.later(600)
                self.refuse_tokens(error, description)
                self.assertIsInstance(self.trouble(), ReconnectNeeded)
                self.assertEqual(self.stored().problem_code, code)
                self.assertIn(words, self.connection.problem_text)
                self.assertIn("Connect", self.connection.problem_advice)
                self.assertEqual(len(self.activities()), 1)

    def test_a_new_pair_is_stored_though_the_database_was_away(self):
        self.later(600)
        write = type(self.connection)._write_token
        failing = [OperationalError("away"), OperationalError("away")]

        def away(connection, values, create=False):
            if "refresh_token" in values and failing:
                raise failing.pop()
            return write(connection, values, create)

        self.patch(type(self.connection), "_write_token", away)
        pauses = []
        with (
            patch.object(exact_connection_tokens.time, "sleep", pauses.append),
            self.assertLogs(exact_connection_tokens.__name__, "WARNING"),
        ):
            token = self.take()
        self.assertEqual(pauses, [1, 2])
        self.assertEqual(self.stored().access_token, token)
        self.assertEqual(self.token_calls(), 1)

    def test_a_renewal_does_not_bring_back_what_was_disconnected_meanwhile(self):
        self.later(600)
        connection = self.connection

        def given_up(_connection, _now):
            connection.action_disconnect()

        self.patch(type(connection), "_count_token_call", given_up)
        self.assertIsInstance(self.trouble(), ReconnectNeeded)
        self.assertFalse(self.stored())
        self.assertEqual(connection.state, "draft")


class TestLimit(TokenCase):
    def used(self, count, connection=None, hours=1):
        """Let so many token calls have been made."""
        connection = connection or self.connection
        called_at = fields.Datetime.now() - timedelta(hours=hours)
        self.env["exact.token.call"].create(
            [
                {
                    "app_id": connection.app_id.id,
                    "connection_id": connection.id,
                    "called_at": called_at,
                }
                for _call in range(count)
            ]
        )

    def test_consents_and_renewals_are_counted(self):
        self.assertEqual(self.connection.calls_today, 1)
        self.later(600)
        self.take()
        self.env.invalidate_all()
        self.assertEqual(self.connection.calls_today, 2)
        self.later(DAY)
        self.assertEqual(self.connection.calls_today, 0)

    def test_no_renewal_is_sent_beyond_the_limit_and_it_is_said_until_when(self):
        self.used(CALLS_A_DAY - 11)
        self.later(600)
        error = self.trouble()
        self.assertIsInstance(error, RateLimited)
        self.assertEqual(error.code, "exact.oauth.limit")
        waits = error.retry_at.replace(tzinfo=None) - fields.Datetime.now()
        self.assertAlmostEqual(waits.total_seconds(), 23 * HOUR - 600, delta=60)
        self.assertEqual(self.token_calls(), 0)
        self.assertEqual(self.connection.state, "connected")
        self.assertIn("200 renewals", self.connection.problem_text)
        self.assertFalse(self.activities())
        self.later(23 * HOUR)
        self.take()
        self.assertEqual(self.token_calls(), 1)

    def test_a_person_can_consent_in_what_is_left_and_not_beyond(self):
        self.used(CALLS_A_DAY - 2)
        self.consent(self.connection)
        since = self.box.calls.last
        with self.assertRaises(RateLimited):
            self.consent(self.connection)
        self.assertFalse(self.calls("POST", TOKEN_PATH, since=since))

    def test_calls_count_for_the_user_on_all_connections_of_an_app(self):
        other = self.second_connection()
        self.used(CALLS_A_DAY, other)
        self.later(600)
        self.take()
        other.exact_user_guid = self.connection.exact_user_guid
        self.later(600)
        self.assertEqual(self.trouble().code, "exact.oauth.limit")

    def test_the_administration_waits_until_the_limit_opens(self):
        link = self.make_link(administration=self.make_administration(self.connection))
        number = self.add_order()["number"]
        self.used(CALLS_A_DAY)
        self.later(600)
        self.run_link(link)
        administration = link.administration_id
        self.assertEqual(administration.problem_code, "exact.oauth.limit")
        self.assertFalse(administration.failures)
        waits = administration.parked_until - fields.Datetime.now()
        self.assertGreater(waits, timedelta(hours=22))
        self.later(DAY)
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_a_refusal_by_exact_for_too_many_is_waited_out(self):
        self.later(600)
        self.box.exact.control_set_limits(token_day=1)
        self.assertIsInstance(self.trouble(), RateLimited)
        self.later(600)
        self.assertEqual(self.trouble().code, "exact.oauth.limit")
        self.assertEqual(self.token_calls(), 1)
        self.later(DAY)
        self.take()
        self.assertEqual(self.token_calls(), 2)

    def test_old_calls_are_forgotten(self):
        self.used(3, hours=49)
        self.env["exact.token.call"]._gc_calls()
        self.assertEqual(len(self.env["exact.token.call"].search([])), 1)


class TestOne(TokenCase):
    def test_a_renewal_in_doubt_is_told_once_and_only_as_what_it_came_to(self):
        link = self.make_link(administration=self.make_administration(self.connection))
        self.add_order()
        self.later(600)
        self.fault("lost_after", TOKEN_PATH)
        self.run_link(link)
        incidents = self.env["lightspeed.exact.incident"]
        (incident,) = incidents._find(link.administration_id)
        self.assertFalse(incident.recovered_at)
        self.later(HOUR)
        self.run_link(link)
        self.assertEqual(self.connection.state, "reconnect")
        self.assertEqual(len(self.activities()), 1)
        self.assertTrue(incident.recovered_at)
        self.assertFalse(incident.alerted_at)

    def test_a_reminder_goes_to_one_person_once(self):
        self.connection.user_id = new_test_user(
            self.env, "bookkeeper", groups=f"{GROUPS}manager"
        )
        link = self.make_link(administration=self.make_administration(self.connection))
        self.make_administration(self.connection, exact_demo.SECOND)
        self.withdraw()
        for _again in range(3):
            self.add_order()
            self.run_link(link)
            self.later(HOUR)
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(self.activities().user_id.login, "bookkeeper")
        self.assertEqual(self.token_calls(), 1)
