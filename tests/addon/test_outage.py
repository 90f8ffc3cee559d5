"""An outage of an hour or a week: everything goes on by itself, once and in order."""

import time
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.clients import transport

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

HOUR = 3600
WEEK = 7 * 24 * HOUR
CLOCK = "odoo.addons.lightspeed_exact_connector.models.exact_administration_clock"

#: What a service that is down answers, or does not.
DOWN = ("html_503", "empty_500", "lost_before", "html_200")
#: Most calls that reach a service in an hour while it is down: see `_backoff`.
MOST_CALLS_AN_HOUR = 8


class OutageCase(ConnectorCase):
    def down(self, service, kind="html_503"):
        return self.box.faults.add(kind, service, path=r".*", times=None)

    def due(self, link):
        """Work as the lanes do: only what is due, as often as it is."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            lane = env["lightspeed.exact.lane"]
            administration = env["exact.administration"].browse(
                link.administration_id.id
            )
            for _again in range(10):
                if administration.id not in lane._due_administrations():
                    break
                lane._serve(administration, lane_deadline())
        self.env.invalidate_all()

    def pass_time(self, link, seconds, step=300):
        """Let time pass as the lanes see it: a look every five minutes."""
        for _step in range(int(seconds / step)):
            self.due(link)
            self.later(step)

    def booked_in_order(self):
        """Return the references in Exact, as they were booked one after the other."""
        entries = self.box.exact.control_entries(exact_demo.MAIN)
        entries = sorted(entries, key=lambda entry: entry["EntryNumber"])
        return [entry["YourRef"] for entry in entries]

    def assert_all_booked_once(self, numbers):
        self.assertEqual(sorted(self.booked_in_order()), sorted(numbers))
        for number in numbers:
            self.assertEqual(self.order(number).state, "booked")


def lane_deadline():
    return time.monotonic() + 60


class TestOutageOfTheShop(OutageCase):
    def test_calls_are_bounded_while_the_shop_is_down_for_a_day(self):
        for kind in DOWN:
            with self.subTest(kind=kind):
                link = self.env["lightspeed.exact.link"].search([]) or self.make_link()
                self.due(link)
                self.down("lightspeed", kind)
                self.pass_time(link, 2 * HOUR)
                since = self.box.calls.last
                self.pass_time(link, 6 * HOUR)
                calls = self.calls(service="lightspeed", since=since)
                self.assertLessEqual(len(calls), 6 * MOST_CALLS_AN_HOUR)
                self.assertGreaterEqual(len(calls), 5)
                self.box.faults.clear()
                self.pass_time(link, 2 * HOUR)
                self.assertFalse(link.problem_text)

    def test_after_a_week_all_is_read_and_the_next_look_is_not_a_week_later(self):
        link = self.make_link()
        self.due(link)
        self.down("lightspeed")
        self.pass_time(link, 4 * HOUR)
        placed = [self.add_order()["number"] for _order in range(3)]
        self.later(WEEK)
        self.due(link)
        wait = link.next_poll_at - fields.Datetime.now()
        self.assertLess(wait, timedelta(minutes=65))
        self.box.faults.clear()
        self.later(HOUR + 300)
        self.due(link)
        self.assert_all_booked_once(placed)
        self.assertLess(
            link.next_poll_at - fields.Datetime.now(), timedelta(minutes=16)
        )

    def test_more_than_a_page_with_edits_and_deletions_meanwhile(self):
        link = self.make_link(start_at="2000-01-01 00:00:00")
        before = [self.add_order()["number"] for _order in range(3)]
        self.due(link)
        self.patch(type(link), "_page_size", lambda _link: 50)
        self.down("lightspeed")
        self.later(HOUR)
        self.due(link)
        now = datetime.now(timezone.utc)
        self.box.lightspeed.control_add_orders(
            self.shop_number,
            120,
            profile="plain",
            start=now.isoformat(timespec="seconds"),
            end=(now + timedelta(hours=1)).isoformat(timespec="seconds"),
        )
        numbers = [f"ORD{number:05}" for number in range(4, 124)]
        self.box.lightspeed.control_edit_order(
            self.shop_number, before[0], {"comment": "Graag snel"}
        )
        self.box.lightspeed.control_delete_order(self.shop_number, numbers.pop(60))
        self.later(WEEK)
        self.box.faults.clear()
        # The second page fails once more, and an order is deleted before it is read.
        self.box.faults.add(
            "empty_500", "lightspeed", path=r"orders\.json", after=1, times=1
        )
        self.due(link)
        self.box.lightspeed.control_delete_order(self.shop_number, numbers.pop(3))
        self.later(2 * HOUR)
        self.due(link)
        stored = set(link.order_ids.mapped("number"))
        self.assertFalse(set(numbers) - stored)
        self.assertFalse(link.sweep_started_at)
        references = self.booked_in_order()
        self.assertEqual(len(references), len(set(references)))


class TestOutageOfExact(OutageCase):
    def test_calls_are_bounded_while_exact_is_down(self):
        for kind in DOWN:
            with self.subTest(kind=kind):
                link = self.env["lightspeed.exact.link"].search([]) or self.make_link()
                for number in range(5):
                    self.add_order(customer={"email": f"{kind}{number}@example.com"})
                self.down("exact", kind)
                self.pass_time(link, 2 * HOUR)
                since = self.box.calls.last
                self.pass_time(link, 6 * HOUR)
                calls = self.calls(service="exact", since=since)
                self.assertLessEqual(len(calls), 6 * MOST_CALLS_AN_HOUR)
                self.assertGreaterEqual(len(calls), 4)
                self.box.faults.clear()
                self.pass_time(link, 3 * HOUR)
                self.assertEqual(link.failed_count + link.ready_count, 0)
                self.assertEqual(link.held_count, 0)

    def test_after_a_week_the_work_is_done_in_order_and_once(self):
        link = self.make_link()
        link.start_at = "2026-01-01 00:00:00"
        # The customer is known: it is the booking itself that fails.
        first = self.add_order()["number"]
        self.due(link)
        self.down("exact")
        old = [
            self.add_order(
                created_at=f"2026-01-0{day}T10:00:00+01:00",
                updated_at=f"2026-01-0{day}T11:00:00+01:00",
            )["number"]
            for day in (3, 2)
        ]
        link._look_again_from_start()
        now = datetime.now(timezone.utc)
        new = []
        for hours in (5, 9, 7):
            moment = (now - timedelta(hours=hours)).isoformat(timespec="seconds")
            placed = self.add_order(
                created_at=moment,
                updated_at=(now + timedelta(hours=1)).isoformat(timespec="seconds"),
            )
            new.append((moment, placed["number"]))
        for _day in range(7):
            self.later(24 * HOUR - 2 * HOUR)
            self.pass_time(link, 2 * HOUR, step=1200)
        self.assertEqual(self.booked_in_order(), [first])
        self.box.faults.clear()
        self.later(2 * HOUR)
        self.pass_time(link, 3 * HOUR, step=1200)
        wanted = [first, *(number for _moment, number in sorted(new)), *old[::-1]]
        self.assertEqual(self.booked_in_order(), wanted)

    def test_an_answer_lost_at_the_start_of_an_outage_is_not_sent_twice(self):
        link = self.make_link()
        placed = self.add_order()["number"]
        self.fault("lost_after", "salesentry/SalesEntries")
        self.due(link)
        self.down("exact")
        self.later(WEEK)
        self.pass_time(link, 2 * HOUR, step=1200)
        self.box.faults.clear()
        self.later(2 * HOUR)
        self.pass_time(link, HOUR, step=600)
        self.assert_all_booked_once([placed])
        self.assertEqual(len(self.posted_entries()), 1)


class TestOurOwnClock(OutageCase):
    def lane(self):
        """Run a lane's cron."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            cron = type(env["ir.cron"])
            with patch.object(cron, "_commit_progress", lambda *_a, **_k: 0):
                env["lightspeed.exact.lane"]._cron_run()
        self.env.invalidate_all()

    def test_a_server_that_was_down_for_a_week_goes_on(self):
        self.make_link()
        self.lane()
        placed = [self.add_order()["number"] for _order in range(2)]
        self.later(WEEK)
        self.lane()
        self.assert_all_booked_once(placed)

    def was_ahead(self, link, seconds):
        """Let the clock have been ahead: what is stored lies in the future."""
        self.env.flush_all()
        for table, columns in {
            "lightspeed_exact_link": ("next_poll_at", "cursor_at", "last_success_at"),
            "exact_administration": ("served_at", "parked_until"),
            "lightspeed_exact_order": ("next_attempt_at", "seen_at"),
            "lightspeed_exact_operation": ("sent_at", "looked_up_at"),
            "lightspeed_exact_invoice_sweep": ("cursor_at",),
        }.items():
            moved = ", ".join(
                f"{column} = {column} + make_interval(secs => %(seconds)s)"
                for column in columns
            )
            self.env.cr.execute(f"UPDATE {table} SET {moved}", {"seconds": seconds})
        self.env.invalidate_all()

    def test_a_clock_that_was_a_week_ahead_heals_and_loses_nothing(self):
        link = self.make_link()
        first = self.add_order()["number"]
        self.lane()
        self.was_ahead(link, WEEK)
        self.assertGreater(link.next_poll_at, fields.Datetime.now())
        second = self.add_order()["number"]
        with mute_logger(CLOCK):
            self.lane()
        self.assert_all_booked_once([first, second])
        self.assertLess(
            link.next_poll_at, fields.Datetime.now() + timedelta(minutes=16)
        )
        self.assertLessEqual(link.cursor_at, fields.Datetime.now())
        self.assertFalse(self.env["exact.administration"]._heal_clock())

    def test_a_mark_is_never_later_than_the_shop_says_it_is(self):
        """While our clock is ahead a mark of it would hide what changes until then."""
        link = self.make_link()
        ahead = timedelta(days=7)
        now = transport.utc_now
        client = type(link.shop_id)._client

        def fast(shop):
            made = client(shop)
            made._transport._clock = lambda: now() + ahead
            return made

        self.patch(type(link.shop_id), "_client", fast)
        later_now = fields.Datetime.now() + ahead
        with patch.object(fields.Datetime, "now", lambda *_args: later_now):
            link.write({"sweep_started_at": False})
            with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                env = self.env(cr=cr, user=1, su=True)
                env["lightspeed.exact.link"].browse(link.id)._poll(lane_deadline())
        self.env.invalidate_all()
        self.assertTrue(link.cursor_at)
        self.assertLess(link.cursor_at, fields.Datetime.now() + timedelta(minutes=2))

    def test_a_send_time_in_the_future_neither_blocks_nor_sends_again(self):
        link = self.make_link()
        placed = self.add_order()["number"]
        self.fault("lost_before", "salesentry/SalesEntries")
        self.run_link(link)
        order = self.order(placed)
        operation = order.operation_ids.filtered(lambda row: row.state == "sending")
        self.assertEqual(len(operation), 1)
        self.was_ahead(link, WEEK)
        with mute_logger(CLOCK):
            self.lane()
        self.assertLessEqual(operation.sent_at, fields.Datetime.now())
        # Nothing is sent before the call can no longer land, counted from now.
        self.assertEqual(len(self.posted_entries()), 1)
        for _look in range(8):
            self.later(100)
            self.run_link(link)
        self.assert_all_booked_once([placed])
        self.assertEqual(len(self.posted_entries()), 2)

    def test_a_clock_that_went_back_reads_again_and_books_nothing_twice(self):
        link = self.make_link()
        placed = [self.add_order()["number"] for _order in range(2)]
        self.run_link(link)
        link.cursor_at -= timedelta(days=7)
        self.run_link(link)
        self.assert_all_booked_once(placed)
        self.assertEqual(len(self.posted_entries()), 2)
