"""The engine at rest: a lane that may do nothing does not wake itself."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_cron import CompletionStatus

from sandbox.exact import demo as exact_demo
from tests.addon.test_lane import LaneCase

ADDON = "odoo.addons.lightspeed_exact_connector.models"
BASE_CRON = "odoo.addons.base.models.ir_cron"

# What a run of a lane that finds nothing to do may cost: Odoo's own part is most of it.
STATEMENTS = 90


class TestRest(LaneCase):
    def rest(self, link):
        """Run a lane that may do nothing; assert that it leaves nothing for now."""
        self.run_cron()
        since = self.box.calls.last
        before = self.cr.sql_log_count
        moments = self.run_cron()
        cost = self.cr.sql_log_count - before
        now = fields.Datetime.now()
        self.assertFalse([moment for moment in moments if moment <= now])
        self.assertEqual(self.box.calls.last, since)
        self.assertLess(cost, STATEMENTS)
        # Whatever happens, the first lane looks again within five minutes.
        self.assertTrue(self.crons[0].active)
        self.assertLessEqual(
            self.crons[0].nextcall, fields.Datetime.now() + timedelta(minutes=5)
        )
        self.assertEqual(self.crons[0].failure_count, 0)

    def link_with_order(self):
        self.number = self.add_order()["number"]
        return self.make_link()

    def test_with_nothing_due(self):
        link = self.link_with_order()
        self.run_cron()
        self.rest(link)

    def test_while_the_minute_of_exact_is_used_up(self):
        link = self.link_with_order()
        self.later(61)
        self.box.exact.control_set_limits(minute=1)
        self.rest(link)
        self.assertGreater(link.administration_id.parked_until, fields.Datetime.now())

    def test_while_the_day_of_exact_is_used_up_it_says_until_when(self):
        link = self.link_with_order()
        self.fault("rate_day", f"/{exact_demo.MAIN}/", method=None, times=None)
        self.rest(link)
        administration = link.administration_id
        self.assertGreater(administration.parked_until, fields.Datetime.now())
        self.assertIn("Europe/Amsterdam", administration.problem_text)
        self.assertIn("used up until", administration.problem_text)
        self.box.faults.clear()
        wait = administration.parked_until - fields.Datetime.now()
        self.later(wait.total_seconds() + 60)
        self.run_cron()
        self.assert_booked(self.number, "49.90")

    def test_while_a_link_is_due_and_its_administration_parked(self):
        link = self.link_with_order()
        self.run_cron()
        self.add_order()
        link.administration_id.parked_until = fields.Datetime.now() + timedelta(hours=1)
        link.next_poll_at = fields.Datetime.now() - timedelta(hours=1)
        self.rest(link)

    def test_while_the_quota_of_a_due_shop_is_used_up(self):
        link = self.link_with_order()
        self.run_cron()
        self.later(301)
        self.box.lightspeed.control_set_rate_limits(
            self.shop_number, limits=[300, 3000, 12000], used=[300, 300, 300]
        )
        link.next_poll_at = fields.Datetime.now() - timedelta(hours=1)
        self.rest(link)
        self.assertGreater(link.next_poll_at, fields.Datetime.now())

    def test_while_history_waits_for_the_next_day(self):
        link = self.link_with_order()
        link.next_poll_at = fields.Datetime.now() + timedelta(hours=1)
        self.run_link(link)
        order = self.order(self.number)
        order._set_state("ready")
        order.is_history = True
        administration = link.administration_id
        administration.history_parked_until = fields.Datetime.now() + timedelta(hours=5)
        self.rest(link)

    def test_while_the_connection_asks_for_a_person(self):
        link = self.link_with_order()
        self.fault(
            "status",
            f"/{exact_demo.MAIN}/",
            method=None,
            times=None,
            params={"status": 401, "body": ""},
        )
        self.rest(link)

    def test_while_another_worker_has_the_administration(self):
        link = self.link_with_order()
        with patch.object(
            self.registry["lightspeed.exact.lane"], "_serve", return_value=None
        ):
            self.rest(link)


class TestFailures(LaneCase):
    def test_a_run_never_fails(self):
        self.make_link()
        lanes = self.registry["lightspeed.exact.lane"]
        for error in (SerializationFailure("x"), ValueError("x")):
            with (
                patch.object(lanes, "_due_administrations", side_effect=error),
                mute_logger(f"{ADDON}.lightspeed_exact_lane"),
            ):
                self.run_cron()
            self.assertEqual(self.crons[0].failure_count, 0)

    def test_a_run_that_is_killed_before_any_work_is_no_failure(self):
        self.make_link()
        progress = []

        def served(lane, *_values):
            progress.append(
                lane.env["ir.cron.progress"]
                .browse(lane.env.context["ir_cron_progress_id"])
                .done
            )
            return False

        with patch.object(self.registry["lightspeed.exact.lane"], "_serve", served):
            self.run_cron()
        # As Odoo counts a time-out as a failure only where nothing was done.
        self.assertEqual(progress, [1])

    def fail(self, cron):
        """Let a job fail for the fifth time in eight days."""
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM ir_cron WHERE id = %s", [cron.id])
        job = {
            **self.env.cr.dictfetchone(),
            "failure_count": 4,
            "first_failure_date": fields.Datetime.now() - timedelta(days=8),
        }
        with mute_logger(f"{ADDON}.ir_cron", BASE_CRON):
            self.env["ir.cron"]._update_failure_count(job, CompletionStatus.FAILED)
        self.env.invalidate_all()

    def test_a_lane_that_fails_for_a_week_stays_switched_on(self):
        self.make_link()
        self.fail(self.crons[0])
        self.assertTrue(self.crons[0].active)
        self.assertEqual(self.crons[0].failure_count, 4)
        other = self.env["ir.cron"].search(
            [("id", "not in", self.crons.ids), ("active", "=", True)], limit=1
        )
        self.fail(other)
        self.assertFalse(other.active)

    def test_a_lane_that_a_person_switched_off_stays_off(self):
        self.make_link()
        self.crons[1].active = False
        self.fail(self.crons[1])
        self.assertFalse(self.crons[1].active)
