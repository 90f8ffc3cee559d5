"""The engine: what the crons do, in which order, for how long, and when again."""

import contextlib
import time
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import RecordCapturer
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.const import LANES
from odoo.addons.lightspeed_exact_connector.models import (
    exact_administration_slice as engine,
)
from odoo.addons.lightspeed_exact_connector.models import lightspeed_exact_lane as lane

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import SECRET, ConnectorCase

ADDON = "odoo.addons.lightspeed_exact_connector"
ENTRY = "salesentry/SalesEntries"


class LaneCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.lane = self.env["lightspeed.exact.lane"]
        self.crons = self.lane._crons()

    def run_cron(self, number=1):
        """Run a lane as Odoo's scheduler does; return its triggers made meanwhile."""
        cron = self.crons[number - 1]
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            triggers = env["ir.cron.trigger"]
            with RecordCapturer(triggers, [("cron_id", "=", cron.id)]) as capturer:
                outcome = cron.with_env(env).method_direct_trigger()
            moments = capturer.records.mapped("call_at")
            cr.commit()
        self.env.invalidate_all()
        self.assertIs(outcome, True)
        return moments

    def second_link(self, link):
        """A second shop, booked into a second administration."""
        self.second_shop = self.box.lightspeed.control_add_shop(
            "tweede", key="3" * 32, secret=SECRET
        )["shop"]
        shop = self.make_shop(name="Tweede", api_key="3" * 32)
        administration = self.make_administration(
            link.administration_id.connection_id, exact_demo.SECOND
        )
        return self.make_link(shop=shop, administration=administration)

    def add_second_order(self):
        return self.box.lightspeed.control_add_order(
            self.second_shop,
            lines=[{"title": "Mok", "quantity": 1, "unit_incl": "9.95"}],
            customer={"email": "bert@example.com", "lastname": "Voorbeeld"},
            number="B1",
        )["number"]

    def assert_soon(self, moments):
        self.assertTrue(
            [moment for moment in moments if moment <= fields.Datetime.now()]
        )


class TestCron(LaneCase):
    def test_a_due_link_is_polled_and_booked(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_cron()
        self.assert_booked(number, "49.90")
        self.assertTrue(link.last_success_at)
        self.assertLessEqual(link.cursor_at, link.last_success_at)
        self.assertGreater(
            link.next_poll_at, fields.Datetime.now() + timedelta(minutes=14)
        )

    def test_every_lane_can_do_the_work(self):
        link = self.make_link()
        for number in range(1, LANES + 1):
            order = self.add_order()["number"]
            link.next_poll_at = fields.Datetime.now()
            self.run_cron(number)
            self.assert_booked(order, "49.90")

    def test_nothing_due_costs_no_call(self):
        self.add_order()
        self.make_link()
        self.run_cron()
        self.add_order()
        since = self.box.calls.last
        moments = self.run_cron()
        self.assertEqual(self.box.calls.last, since)
        self.assertFalse(moments)

    def test_a_look_that_is_due_within_a_minute_is_taken_now(self):
        link = self.make_link()
        self.run_cron()
        link.next_poll_at = fields.Datetime.now() + timedelta(seconds=50)
        number = self.add_order()["number"]
        self.run_cron()
        self.assert_booked(number, "49.90")

    def test_a_paused_link_is_left_alone(self):
        self.add_order()
        link = self.make_link()
        link.action_pause()
        since = self.box.calls.last
        self.run_cron()
        self.assertEqual(self.box.calls.last, since)

    def test_an_archived_link_is_left_alone(self):
        self.add_order()
        link = self.make_link()
        link.active = False
        since = self.box.calls.last
        self.run_cron()
        self.assertEqual(self.box.calls.last, since)

    def test_a_blocked_administration_does_not_delay_another(self):
        self.add_order()
        link = self.make_link()
        other = self.second_link(link)
        number = self.add_second_order()
        self.fault("rate_day", f"/{exact_demo.MAIN}/", method=None, times=None)
        self.run_cron()
        self.assertEqual(link.administration_id.problem_code, "rate_limited")
        self.assertEqual(self.order(number).state, "booked")
        self.assertFalse(other.administration_id.problem_code)

    def test_an_unreachable_shop_does_not_delay_another(self):
        link = self.make_link()
        other = self.second_link(link)
        number = self.add_second_order()
        link.shop_id.api_url = "http://127.0.0.1:9"
        link.shop_id.state = "connected"
        self.run_cron()
        self.assertEqual(link.problem_code, "temporary")
        self.assertFalse(other.problem_code)
        self.assertEqual(self.order(number).state, "booked")

    def test_an_administration_of_another_worker_is_left_to_it(self):
        self.add_order()
        link = self.make_link()
        other = self.second_link(link)
        number = self.add_second_order()
        lanes = type(self.lane)
        free = lanes._lock

        @contextlib.contextmanager
        def busy(model, administration):
            if administration == link.administration_id:
                yield False
                return
            with free(model, administration) as locked:
                yield locked

        with patch.object(lanes, "_lock", busy):
            moments = self.run_cron()
        self.assertFalse(self.calls(path=f"/{exact_demo.MAIN}/{ENTRY}"))
        self.assertFalse(link.last_success_at)
        self.assertEqual(self.order(number).state, "booked")
        self.assertTrue(other.last_success_at)
        self.assertFalse([moment for moment in moments if moment > self.cr.now()])

    def test_a_button_says_when_another_worker_is_busy(self):
        number = self.add_order()["number"]
        link = self.make_link()
        lanes = type(self.lane)
        busy = contextlib.nullcontext(False)
        with (
            patch.object(lanes, "_lock", lambda *_args: busy),
            self.enter_registry_test_mode(),
        ):
            notice = link.action_sync_now()
        self.assertEqual(notice["params"]["type"], "info")
        self.assertIn("right now", notice["params"]["message"])
        self.assertFalse(self.order(number))

    def test_an_unexpected_error_rests_one_administration_only(self):
        self.add_order()
        link = self.make_link()
        self.second_link(link)
        number = self.add_second_order()
        administrations = type(link.administration_id)
        run = administrations._run_slice

        def exploding(administration, *args):
            if administration == link.administration_id:
                raise ZeroDivisionError
            return run(administration, *args)

        with (
            patch.object(administrations, "_run_slice", exploding),
            self.assertLogs(ADDON, "ERROR") as logged,
        ):
            self.run_cron()
        self.assertIn("stopped", logged.output[0])
        self.assertEqual(link.administration_id.problem_code, "internal")
        self.assertGreater(link.administration_id.parked_until, fields.Datetime.now())
        self.assertEqual(self.order(number).state, "booked")


class TestOrderOfWork(LaneCase):
    def test_the_administration_that_was_served_longest_ago_comes_first(self):
        link = self.make_link()
        other = self.second_link(link)
        first, second = link.administration_id, other.administration_id
        first.served_at = fields.Datetime.now() - timedelta(minutes=1)
        second.served_at = fields.Datetime.now() - timedelta(minutes=2)
        self.assertEqual(self.lane._due_administrations(), [second.id, first.id])
        first.served_at = False
        self.assertEqual(self.lane._due_administrations(), [first.id, second.id])

    def test_a_second_due_administration_calls_the_next_lane(self):
        link = self.make_link()
        self.second_link(link)
        second = self.crons[1]
        with RecordCapturer(
            self.env["ir.cron.trigger"].sudo(), [("cron_id", "=", second.id)]
        ) as capturer:
            self.run_cron()
        self.assertTrue(capturer.records)

    def test_one_due_administration_calls_nobody(self):
        self.make_link()
        second = self.crons[1]
        with RecordCapturer(
            self.env["ir.cron.trigger"].sudo(), [("cron_id", "=", second.id)]
        ) as capturer:
            self.run_cron()
        self.assertFalse(capturer.records)

    def test_the_last_lane_has_nobody_to_call(self):
        link = self.make_link()
        self.second_link(link)
        self.run_cron(LANES)
        self.assertTrue(link.last_success_at)

    def test_new_orders_go_before_history(self):
        old = self.add_order(
            created_at=(self.box.clock.now() - timedelta(days=9)).isoformat(),
            updated_at=(self.box.clock.now() - timedelta(days=8)).isoformat(),
        )["number"]
        link = self.make_link()
        new = self.add_order()["number"]
        self.run_cron()
        self.assertTrue(self.order(old).is_history)
        self.assertFalse(self.order(new).is_history)
        booked = [call["request_body"]["YourRef"] for call in self.posted_entries()]
        self.assertEqual(booked, [new, old])
        self.assertTrue(link.last_success_at)


class TestTime(LaneCase):
    def clock(self, seconds_an_order):
        """Let every order take so long, on the clock of the slice."""
        clock = SimpleNamespace(seconds=time.monotonic())
        orders = type(self.env["lightspeed.exact.order"])
        process = orders._process

        def slow(order, work):
            process(order, work)
            clock.seconds += seconds_an_order

        self.patch(orders, "_process", slow)
        for module in (engine, lane):
            self.patch(module, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
        return clock

    def test_a_slice_stops_at_its_deadline_and_says_that_work_is_left(self):
        for _again in range(4):
            self.add_order()
        link = self.make_link()
        clock = self.clock(7)
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            left = env["lightspeed.exact.lane"]._serve(
                link.administration_id.with_env(env), clock.seconds + 10
            )
        self.assertIs(left, True)
        self.assertEqual(len(self.posted_entries()), 2)

    def test_work_that_is_left_is_taken_up_at_once(self):
        for _again in range(4):
            self.add_order()
        self.make_link()
        self.clock(11)
        self.assert_soon(self.run_cron())
        self.assertEqual(len(self.posted_entries()), 2)
        self.run_cron()
        self.assertEqual(len(self.posted_entries()), 4)
        self.assertFalse(self.run_cron())
        self.assertEqual(len(self.entries()), 4)

    def test_a_slice_without_time_does_nothing(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        number = self.add_order()["number"]
        self.fault("html_503", ENTRY)
        self.run_link(link)
        self.order(number)._prepare_retry()
        since = len(self.posted_entries())
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            left = env["lightspeed.exact.lane"]._serve(
                link.administration_id.with_env(env), time.monotonic() - 1
            )
        self.assertIs(left, True)
        self.assertEqual(len(self.posted_entries()), since)

    def test_an_order_that_waits_for_its_moment_wakes_the_lane_then(self):
        number = self.add_order()["number"]
        self.make_link()
        self.fault("lost_before", ENTRY)
        moments = self.run_cron()
        due = self.order(number).next_attempt_at
        self.assertGreater(due, fields.Datetime.now())
        self.assertEqual(
            [moment for moment in moments if moment > self.cr.now()], [due]
        )
        since = len(self.posted_entries())
        self.run_cron()
        self.assertEqual(len(self.posted_entries()), since)

    def test_a_parked_administration_wakes_the_lane_when_it_may_go_on(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.fault("rate_minute", ENTRY)
        moments = self.run_cron()
        until = link.administration_id.parked_until
        self.assertIn(until, moments)
        self.later(62)
        self.run_cron()
        self.assert_booked(number, "49.90")


class TestSwitch(LaneCase):
    def active(self):
        self.env.invalidate_all()
        return self.crons.filtered("active")

    def test_the_crons_sleep_until_a_link_runs(self):
        link = self.make_link(start=False)
        self.assertEqual(len(self.crons), LANES)
        self.assertFalse(self.active())
        link.action_start()
        self.assertEqual(self.active(), self.crons)
        link.action_pause()
        self.assertFalse(self.active())

    def test_a_link_that_goes_takes_the_crons_with_it(self):
        link = self.make_link()
        link.active = False
        self.assertFalse(self.active())
        link.active = True
        self.assertTrue(self.active())
        link.unlink()
        self.assertFalse(self.active())

    def test_the_crons_stay_on_for_the_links_that_still_run(self):
        link = self.make_link()
        other = self.second_link(link)
        link.action_pause()
        self.assertEqual(self.active(), self.crons)
        other.action_pause()
        self.assertFalse(self.active())

    def test_starting_a_link_wakes_a_lane_at_once(self):
        link = self.make_link(start=False)
        with RecordCapturer(
            self.env["ir.cron.trigger"].sudo(), [("cron_id", "=", self.crons[0].id)]
        ) as capturer:
            link.action_start()
        self.assert_soon(capturer.records.mapped("call_at"))

    def test_a_link_that_misses_something_does_not_start(self):
        link = self.make_link(start=False)
        link.journal_id = False
        with self.assertRaises(UserError):
            link.action_start()
        self.assertFalse(self.active())

    def test_a_cron_that_was_deleted_does_not_matter(self):
        with mute_logger("odoo.models.unlink"):
            self.crons[2].unlink()
        number = self.add_order()["number"]
        self.make_link()
        self.assertEqual(len(self.lane._crons()), LANES - 1)
        self.crons = self.lane._crons()
        self.run_cron()
        self.assert_booked(number, "49.90")
