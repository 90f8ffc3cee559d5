"""Polling: which orders are taken, when, and that none is lost on the way."""

from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.clients.lightspeed import LightspeedClient

from tests.addon.connector_case import ConnectorCase

POLL = "odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_link_poll"
SWEEP = "odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_sweep_mixin"


class PollCase(ConnectorCase):
    def poll(self, link):
        """Read the shop as the cron does, and book nothing."""
        with patch.object(type(link.administration_id), "_post", return_value=False):
            self.run_link(link)

    def ago(self, **delta):
        moment = datetime.now(timezone.utc) - timedelta(**delta)
        return moment.replace(microsecond=0).isoformat()

    def small_pages(self, size=5):
        patcher = patch(f"{SWEEP}.PAGE_SIZE", size)
        patcher.start()
        self.addCleanup(patcher.stop)

    def shop_calls(self, path, since=0):
        return self.box.calls.list(service="lightspeed", path=path, since=since)

    def state_of(self, number):
        order = self.order(number)
        return order.state, order.reason_code or ""


class TestTrigger(PollCase):
    """Which orders may be booked: statuses and the start."""

    def status(self, kind, code):
        return self.env["lightspeed.status"].search(
            [("kind", "=", kind), ("code", "=", code)]
        )

    # === STATUSES === #
    def test_an_order_is_booked_once_it_has_one_of_the_order_statuses(self):
        shipped = self.add_order(status="completed_shipped")
        picked_up = self.add_order(status="completed_picked_up")
        waiting = self.add_order(status="processing_awaiting_shipment")
        link = self.make_link()
        self.poll(link)
        self.assertEqual(self.state_of(shipped["number"])[0], "ready")
        self.assertEqual(self.state_of(picked_up["number"])[0], "ready")
        self.assertEqual(
            self.state_of(waiting["number"]), ("waiting", "status_not_reached")
        )
        self.assertIn(
            "Awaiting shipment, payment Paid",
            self.order(waiting["number"]).reason,
        )

    def test_the_payment_status_alone_can_decide(self):
        paid = self.add_order(status="processing_awaiting_shipment")
        unpaid = self.add_order(payment_status="not_paid")
        link = self.make_link(
            order_status_ids=[], payment_status_ids=self.status("payment", "paid").ids
        )
        self.poll(link)
        self.assertEqual(self.state_of(paid["number"])[0], "ready")
        self.assertEqual(self.state_of(unpaid["number"])[0], "waiting")

    def test_both_statuses_must_be_reached_when_both_are_chosen(self):
        orders = {
            (status, payment): self.add_order(status=status, payment_status=payment)
            for status in ("completed", "on_hold")
            for payment in ("paid", "partially_paid", "not_paid")
        }
        payments = self.status("payment", "paid") | self.status(
            "payment", "partially_paid"
        )
        link = self.make_link(payment_status_ids=payments.ids)
        self.poll(link)
        ready = {
            statuses
            for statuses, placed in orders.items()
            if self.order(placed["number"]).state == "ready"
        }
        self.assertEqual(
            ready, {("completed", "paid"), ("completed", "partially_paid")}
        )

    def test_a_waiting_order_is_booked_when_it_gets_the_status(self):
        placed = self.add_order(
            status="processing_awaiting_shipment", shipment_status="not_shipped"
        )
        link = self.make_link()
        self.run_link(link)
        self.assertFalse(self.entries())
        self.box.lightspeed.control_set_status(
            self.shop_number,
            placed["number"],
            status="completed_shipped",
            shipment_status="shipped",
        )
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")

    def test_choosing_another_status_takes_waiting_orders_along_at_once(self):
        placed = self.add_order(status="processing_awaiting_shipment")
        link = self.make_link()
        self.poll(link)
        link.order_status_ids |= self.status("order", "processing_awaiting_shipment")
        self.assertEqual(self.state_of(placed["number"])[0], "ready")

    def test_unknown_statuses_are_learned_and_can_be_chosen(self):
        placed = self.add_order(
            status="wrapped_as_gift", payment_status="in_bitcoin", any_status=True
        )
        link = self.make_link()
        self.poll(link)
        self.assertEqual(
            self.state_of(placed["number"]), ("waiting", "status_not_reached")
        )
        status = self.status("order", "wrapped_as_gift")
        self.assertEqual(status.name, "Wrapped as gift")
        self.assertEqual(self.status("payment", "in_bitcoin").name, "In bitcoin")
        link.write({"order_status_ids": status.ids})
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")

    def test_a_status_is_learned_once(self):
        for _again in range(2):
            self.add_order(status="wrapped_as_gift", any_status=True)
            self.env["lightspeed.status"]._learn("order", {"wrapped_as_gift", "new"})
        self.assertEqual(len(self.status("order", "wrapped_as_gift")), 1)

    def test_a_cancelled_order_is_skipped_and_says_so(self):
        placed = self.add_order(status="processing_awaiting_shipment")
        gone = self.add_order()
        link = self.make_link()
        self.poll(link)
        for number in (placed["number"], gone["number"]):
            self.box.lightspeed.control_cancel_order(self.shop_number, number)
        self.run_link(link)
        for number in (placed["number"], gone["number"]):
            self.assertEqual(self.state_of(number), ("skipped", "cancelled"))
        self.assertFalse(self.entries())

    def test_an_order_that_was_cancelled_after_the_list_was_read_is_skipped(self):
        placed = self.add_order()
        link = self.make_link()
        self.poll(link)
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        with patch.object(type(link), "_poll", return_value=False):
            self.run_link(link)
        self.assertEqual(self.state_of(placed["number"]), ("skipped", "cancelled"))

    # === START === #
    def completed_and_touched(self):
        """Return an order that was completed long ago and changed two days ago."""
        placed = self.add_order(
            status="processing_awaiting_shipment",
            shipment_status="not_shipped",
            created_at=self.ago(days=41),
        )
        self.box.lightspeed.control_set_status(
            self.shop_number,
            placed["number"],
            status="completed_shipped",
            shipment_status="shipped",
            at=self.ago(days=40),
        )
        self.box.lightspeed.control_edit_order(
            self.shop_number,
            placed["number"],
            {"comment": "Bel aan"},
            at=self.ago(days=2),
        )
        return placed

    def test_an_order_placed_before_and_completed_after_the_start_is_booked(self):
        placed = self.add_order(
            status="processing_awaiting_shipment",
            shipment_status="not_shipped",
            created_at=self.ago(days=40),
        )
        self.box.lightspeed.control_set_status(
            self.shop_number,
            placed["number"],
            status="completed_shipped",
            shipment_status="shipped",
            at=self.ago(days=2),
        )
        link = self.make_link(start_at=fields.Datetime.now() - timedelta(days=10))
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")

    def test_an_order_completed_before_and_touched_after_the_start_is_skipped(self):
        placed = self.completed_and_touched()
        start = fields.Datetime.now() - timedelta(days=10)
        link = self.make_link(start_at=start)
        self.run_link(link)
        self.assertEqual(self.state_of(placed["number"]), ("skipped", "before_start"))
        self.assertIn(f"{start:%Y-%m-%d}", self.order(placed["number"]).reason)
        self.assertFalse(self.entries())

    def test_the_date_of_the_order_can_decide(self):
        placed = self.add_order(
            created_at=self.ago(days=40), updated_at=self.ago(days=2)
        )
        later = self.add_order(created_at=self.ago(days=3))
        link = self.make_link(
            start_at=fields.Datetime.now() - timedelta(days=10), start_basis="order"
        )
        self.poll(link)
        self.assertEqual(self.state_of(placed["number"]), ("skipped", "before_start"))
        self.assertEqual(self.state_of(later["number"])[0], "ready")
        self.assertFalse(self.shop_calls(f"orders/{placed['id']}.json"))

    def test_the_moment_of_payment_decides_when_that_is_the_choice(self):
        values = {"status": "on_hold", "created_at": self.ago(days=40)}
        early = self.add_order(
            paid_at=self.ago(days=39), updated_at=self.ago(days=1), **values
        )
        late = self.add_order(paid_at=self.ago(days=2), **values)
        link = self.make_link(
            start_at=fields.Datetime.now() - timedelta(days=10),
            order_status_ids=[],
            payment_status_ids=self.status("payment", "paid").ids,
        )
        self.run_link(link)
        self.assertEqual(self.state_of(early["number"]), ("skipped", "before_start"))
        self.assert_booked(late["number"], "49.90")

    def test_an_earlier_start_brings_existing_orders_along(self):
        old = self.add_order(created_at=self.ago(days=40))
        touched = self.completed_and_touched()
        new = self.add_order(created_at=self.ago(days=5))
        link = self.make_link(start_at=fields.Datetime.now() - timedelta(days=10))
        self.run_link(link)
        self.assertFalse(self.order(old["number"]))
        self.assertEqual(self.order(touched["number"]).state, "skipped")
        link.start_at = fields.Datetime.now() - timedelta(days=60)
        self.run_link(link)
        for placed in (old, touched, new):
            self.assert_booked(placed["number"], "49.90")
        self.assertEqual(len(self.entries()), 3)

    def test_an_earlier_start_during_the_first_reading_counts_too(self):
        self.small_pages()
        for _number in range(7):
            self.add_order(created_at=self.ago(days=5))
        old = self.add_order(created_at=self.ago(days=40))
        link = self.make_link(start_at=fields.Datetime.now() - timedelta(days=10))
        self.box.faults.add("html_503", "lightspeed", query="page=2", times=None)
        self.poll(link)
        self.assertFalse(link.cursor_at)
        link.start_at = fields.Datetime.now() - timedelta(days=60)
        self.box.faults.clear()
        self.poll(link)
        self.assertEqual(self.state_of(old["number"])[0], "ready")

    def test_a_later_start_takes_what_lies_before_it_out(self):
        placed = self.add_order(created_at=self.ago(days=5))
        link = self.make_link()
        self.poll(link)
        link.start_at = fields.Datetime.now() - timedelta(days=1)
        self.run_link(link)
        self.assertEqual(self.state_of(placed["number"]), ("skipped", "before_start"))
        self.assertFalse(self.entries())

    def test_new_orders_go_before_history(self):
        old = self.add_order(created_at=self.ago(days=20))
        link = self.make_link()
        self.poll(link)
        new = self.add_order(updated_at=self.ago(seconds=-5))
        self.run_link(link)
        booked = sorted(self.entries().values(), key=lambda entry: entry["EntryNumber"])
        self.assertEqual(
            [entry["YourRef"] for entry in booked], [new["number"], old["number"]]
        )


class TestPages(PollCase):
    """The mark, the pages, and what happens between them."""

    def test_all_pages_are_read_and_the_mark_moves_after_the_last(self):
        self.box.lightspeed.control_add_orders(
            self.shop_number, 260, profile="plain", start=self.ago(days=20)
        )
        link = self.make_link()
        self.poll(link)
        self.assertEqual(link.order_count, 260)
        pages = [call["query"] for call in self.shop_calls("/orders.json")]
        self.assertEqual(len(pages), 2)
        self.assertTrue(link.cursor_at)
        self.assertFalse(link.sweep_started_at)

    def test_a_failure_on_the_second_page_loses_nothing_and_reads_no_page_twice(self):
        self.small_pages()
        numbers = {self.add_order()["number"] for _number in range(12)}
        link = self.make_link()
        self.box.faults.add("html_503", "lightspeed", query="page=2", times=None)
        self.poll(link)
        self.assertFalse(link.cursor_at)
        self.assertEqual(link.order_count, 5)
        self.assertEqual(link.failures, 1)
        self.assertIn("Lightspeed could not be reached", link.problem_text)
        self.assertGreater(link.next_poll_at, fields.Datetime.now())
        self.box.faults.clear()
        mark = self.box.calls.last
        self.poll(link)
        self.assertEqual(set(link.order_ids.mapped("number")), numbers)
        self.assertTrue(link.cursor_at)
        self.assertFalse(link.problem_text)
        self.assertEqual(link.failures, 0)
        self.assertEqual(len(self.shop_calls("/orders.json", since=mark)), 2)

    def test_the_mark_is_the_moment_the_reading_began(self):
        self.small_pages()
        for _number in range(6):
            self.add_order()
        link = self.make_link()
        self.box.faults.add("html_503", "lightspeed", query="page=2", times=None)
        self.poll(link)
        began = fields.Datetime.now() - timedelta(hours=5)
        link.sweep_started_at = began
        self.box.faults.clear()
        self.poll(link)
        self.assertEqual(link.cursor_at, began)

    def change_after_page(self, number, change):
        """Let something happen in the shop between a page and the next."""
        read = LightspeedClient.orders
        done = []

        def orders(client, page, **options):
            rows = read(client, page, **options)
            if page == number and not done:
                done.append(True)
                change()
            return rows

        patcher = patch.object(LightspeedClient, "orders", orders)
        patcher.start()
        self.addCleanup(patcher.stop)

    def assert_nothing_slips(self, sort, change=None):
        self.small_pages()
        self.box.lightspeed.control_set_options(self.shop_number, sort=sort)
        placed = [
            self.add_order(created_at=self.ago(hours=40 - hour))["number"]
            for hour in range(12)
        ]
        self.change_after_page(
            1,
            change
            or (
                lambda: self.box.lightspeed.control_edit_order(
                    self.shop_number, placed[0], {"comment": "Bel aan"}
                )
            ),
        )
        link = self.make_link()
        self.poll(link)
        self.assertEqual(set(link.order_ids.mapped("number")), set(placed))
        self.assertTrue(link.cursor_at)

    def test_nothing_slips_through_when_the_list_is_newest_first(self):
        self.assert_nothing_slips("newest")

    def test_nothing_slips_through_when_the_last_change_comes_first(self):
        self.assert_nothing_slips("updated_desc")

    def test_nothing_slips_through_when_the_last_change_comes_last(self):
        self.assert_nothing_slips("updated_asc")

    def test_nothing_slips_through_when_an_order_is_added_meanwhile(self):
        self.assert_nothing_slips("newest", self.add_unseen)

    def add_unseen(self):
        """Add an order and let the test expect the others only."""
        placed = self.add_order(created_at=self.ago(days=50))
        self.box.lightspeed.control_edit_order(
            self.shop_number, placed["number"], {}, at=self.ago(days=49)
        )

    def test_nothing_slips_through_when_an_order_is_deleted_meanwhile(self):
        self.small_pages()
        placed = [
            self.add_order(created_at=self.ago(hours=40 - hour))["number"]
            for hour in range(12)
        ]
        self.change_after_page(
            2,
            lambda: self.box.lightspeed.control_delete_order(
                self.shop_number, placed[-1]
            ),
        )
        link = self.make_link()
        self.poll(link)
        self.assertEqual(set(link.order_ids.mapped("number")), set(placed))

    def test_a_change_of_a_known_order_that_slipped_is_found(self):
        self.small_pages()
        self.box.lightspeed.control_set_options(self.shop_number, sort="updated_asc")
        placed = [self.add_order(status="on_hold")["number"] for _number in range(12)]
        link = self.make_link()
        self.poll(link)
        long_ago = fields.Datetime.now() - timedelta(days=1)
        link.order_ids.sudo().write({"seen_at": long_ago})
        link.write({"cursor_at": long_ago})
        for hour, number in enumerate(placed):
            self.box.lightspeed.control_set_status(
                self.shop_number,
                number,
                status="completed_shipped",
                at=self.ago(hours=23 - hour),
            )
        self.change_after_page(
            1,
            lambda: self.box.lightspeed.control_edit_order(
                self.shop_number, placed[0], {"comment": "Bel aan"}
            ),
        )
        self.poll(link)
        self.assertEqual(set(link.order_ids.mapped("state")), {"ready"})

    def test_reading_again_ends_when_it_brings_nothing(self):
        self.small_pages()
        for _number in range(7):
            self.add_order()
        link = self.make_link()
        with patch.object(LightspeedClient, "order_count", return_value=99):
            self.poll(link)
        self.assertTrue(link.cursor_at)
        self.assertEqual(link.order_count, 7)
        self.assertEqual(len(self.shop_calls("/orders.json")), 4)

    def test_a_page_that_is_exactly_full_is_followed_by_an_empty_one(self):
        self.small_pages()
        for _number in range(10):
            self.add_order()
        link = self.make_link()
        self.poll(link)
        self.assertEqual(link.order_count, 10)
        self.assertTrue(link.cursor_at)

    # === OVERLAP AND CHANGES === #
    def test_the_pull_overlaps_whatever_zone_the_shop_reads_times_in(self):
        for zone in ("utc", "amsterdam"):
            with self.subTest(zone=zone):
                self.box.lightspeed.control_set_options(
                    self.shop_number, date_zone=zone
                )
                if zone == "utc":
                    link = self.make_link()
                self.poll(link)
                placed = self.add_order(updated_at=self.ago(minutes=50))
                self.poll(link)
                self.assertEqual(self.order(placed["number"]).state, "ready")

    def test_an_unchanged_order_is_not_fetched_again(self):
        placed = self.add_order()
        held = self.add_order(("Mok", 1, "1.00", "0.13"))
        link = self.make_link()
        self.run_link(link)
        self.assertEqual(self.order(held["number"]).state, "held")
        mark = self.box.calls.last
        for number in (placed["number"], held["number"]):
            self.box.lightspeed.control_edit_order(
                self.shop_number, number, {"comment": "Bel aan", "memo": "Intern"}
            )
        self.run_link(link)
        self.assertFalse(self.shop_calls("orders/", since=mark))
        self.assertEqual(len(self.shop_calls("/orders.json", since=mark)), 1)
        self.assertEqual(self.order(held["number"]).state, "held")

    def test_each_kind_of_change_is_looked_at_again(self):
        changes = {
            "money": lambda number: self.box.lightspeed.control_rebuild_order(
                self.shop_number, number, lines=[self.line("11.00", "0.13")]
            ),
            "address": lambda number: self.box.lightspeed.control_edit_order(
                self.shop_number, number, {"addressShippingCity": "Zwolle"}
            ),
            "status": lambda number: self.box.lightspeed.control_set_status(
                self.shop_number, number, status="completed"
            ),
        }
        orders = {
            kind: self.add_order(("Mok", 1, "1.00", "0.13"))["number"]
            for kind in changes
        }
        link = self.make_link()
        self.run_link(link)
        for kind, change in changes.items():
            with self.subTest(kind=kind):
                order = self.order(orders[kind])
                self.assertEqual(order.state, "held")
                mark = self.box.calls.last
                change(orders[kind])
                self.run_link(link)
                single = self.shop_calls(f"orders/{order.remote_id}.json", since=mark)
                self.assertEqual(len(single), 1)

    def line(self, unit, rate="0.21", title="Mok blauw", quantity=1):
        return {
            "title": title,
            "quantity": quantity,
            "unit_incl": unit,
            "rate": rate,
        }

    def test_an_order_that_is_corrected_in_the_shop_is_booked_as_corrected(self):
        placed = self.add_order(("Mok", 1, "1.00", "0.13"))
        link = self.make_link()
        self.run_link(link)
        self.assertEqual(self.order(placed["number"]).state, "held")
        self.box.lightspeed.control_rebuild_order(
            self.shop_number, placed["number"], lines=[self.line("12.34")]
        )
        self.run_link(link)
        self.assert_booked(placed["number"], "12.34")

    def test_a_booked_order_that_changes_is_marked_and_not_booked_again(self):
        placed = self.add_order()
        touched = self.add_order()
        link = self.make_link()
        self.run_link(link)
        self.box.lightspeed.control_rebuild_order(
            self.shop_number, placed["number"], lines=[self.line("99.00")]
        )
        self.box.lightspeed.control_edit_order(
            self.shop_number, touched["number"], {"comment": "Bel aan"}
        )
        self.run_link(link)
        order = self.assert_booked(placed["number"], "49.90")
        self.assertTrue(order.changed_after_booking)
        self.assertFalse(self.order(touched["number"]).changed_after_booking)
        self.assertEqual(len(self.entries()), 2)

    def test_a_mark_of_a_change_goes_when_the_change_is_undone(self):
        placed = self.add_order()
        link = self.make_link()
        self.run_link(link)
        for price, changed in (("99.00", True), ("24.95", False)):
            quantity = 1 if changed else 2
            lines = [{**self.line(price), "title": "Mok blauw", "quantity": quantity}]
            self.box.lightspeed.control_rebuild_order(
                self.shop_number, placed["number"], lines=lines
            )
            self.run_link(link)
            order = self.order(placed["number"])
            self.assertEqual(order.changed_after_booking, changed, order.payload)
            self.assertEqual(order.proposal, "edited" if changed else False)

    def test_a_change_that_moves_nothing_in_the_books_raises_nothing(self):
        placed = self.add_order()
        link = self.make_link()
        self.run_link(link)
        for changes in (
            {"addressShippingCity": "Zwolle"},
            {"email": "anders@example.com"},
            {"memo": "Bel aan"},
            {"shipmentStatus": "not_shipped"},
        ):
            self.box.lightspeed.control_edit_order(
                self.shop_number, placed["number"], changes
            )
            self.run_link(link)
            order = self.order(placed["number"])
            self.assertFalse(order.changed_after_booking, changes)
            self.assertFalse(order.follow_up)

    def test_a_row_without_an_identity_stops_nothing(self):
        bad = self.add_order()
        good = self.add_order()
        self.box.lightspeed.control_corrupt(
            self.shop_number, bad["number"], payload={"number": "?"}, in_list=True
        )
        link = self.make_link()
        with mute_logger(POLL):
            self.run_link(link)
        self.assert_booked(good["number"], "49.90")

    # === THE SHOP IS THE TROUBLE === #
    def test_a_shop_out_of_order_is_tried_ever_less_often(self):
        link = self.make_link()
        self.box.faults.add("html_503", "lightspeed", times=None)
        waits = []
        for _again in range(4):
            self.poll(link)
            waits.append(link.next_poll_at - fields.Datetime.now())
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(waits[-1], timedelta(minutes=10))
        self.assertIn("could not be reached", link.problem_text)

    def test_a_revoked_key_is_said_on_the_link_and_costs_no_other_call(self):
        for _number in range(4):
            self.add_order()
        link = self.make_link()
        self.poll(link)
        self.box.lightspeed.control_revoke_credentials(self.shop_number)
        mark = self.box.calls.last
        self.run_link(link)
        self.assertIn("Lightspeed refuses the credentials", link.problem_text)
        self.assertLessEqual(
            len(self.box.calls.list(service="lightspeed", since=mark)), 2
        )
        reasons = set(link.order_ids.mapped("reason"))
        self.assertEqual(reasons, {"Lightspeed refuses the credentials."})

    def test_an_exhausted_quota_is_waited_for(self):
        link = self.make_link()
        self.box.faults.add("rate_5min", "lightspeed")
        self.poll(link)
        self.assertIn("The quota of Lightspeed is used up until", link.problem_text)
        self.assertGreater(link.next_poll_at, fields.Datetime.now())
