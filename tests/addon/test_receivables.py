"""What Exact says is paid: read once a day, and by a button."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.addons.lightspeed_exact_connector.clients.quota import DAY
from odoo.addons.lightspeed_exact_connector.models import exact_administration_payments

from sandbox.exact import demo as exact_demo
from tests.addon.payment_case import A_DAY, RECEIVABLES, PaymentCase

TOMORROW = datetime.now(timezone.utc) + timedelta(days=1)


class TestReceivables(PaymentCase):
    def reads(self, since=0):
        return self.calls("GET", RECEIVABLES, since=since)

    def next_day(self, link):
        self.later(A_DAY)
        self.run_link(link)

    def match(self, *numbers):
        """Match the sales entry of an order with its clearing, as a person does."""
        for number in numbers:
            order = self.order(number)
            self.box.exact.control_match(
                exact_demo.MAIN, [order.entry_number, order.clearing_ids.entry_number]
            )

    def unmatched(self):
        action = self.env.ref(
            "lightspeed_exact_connector.lightspeed_exact_clearing_action_unmatched"
        )
        clearings = self.env[action.res_model]
        return clearings.search([("state", "=", "posted"), ("matching", "=", "open")])

    def test_the_pairs_that_exact_has_not_matched_are_shown(self):
        numbers = [self.add_order()["number"] for _again in range(2)]
        link = self.make_clearing_link()
        self.run_link(link)
        self.assertFalse(self.unmatched())
        self.assertFalse(self.reads())
        self.match(numbers[0])
        self.next_day(link)
        self.assertEqual(len(self.reads()), 1)
        matched, left = map(self.order, numbers)
        self.assertTrue(matched.booking_ids.is_paid)
        self.assertTrue(matched.booking_ids.paid_on)
        self.assertEqual(matched.clearing_ids.matching, "matched")
        self.assertEqual(self.unmatched(), left.clearing_ids)
        self.assertEqual(left.clearing_ids.sale_entry_number, left.entry_number)
        self.assertFalse(left.booking_ids.is_paid)
        self.assertEqual(link.unmatched_count, 1)
        self.match(numbers[1])
        self.next_day(link)
        self.assertFalse(self.unmatched())

    def test_what_is_paid_is_not_asked_for_again(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.box.exact.control_match_entry(
            exact_demo.MAIN, self.order(number).entry_number
        )
        self.next_day(link)
        self.assertTrue(self.order(number).booking_ids.is_paid)
        since = self.box.calls.last
        self.assertFalse(link.administration_id.receivables_at)
        self.next_day(link)
        self.assertFalse(self.reads(since))

    def test_forty_documents_cost_one_call_and_a_reading_goes_on_later(self):
        numbers = [self.add_order()["number"] for _again in range(5)]
        link = self.make_link()
        self.run_link(link)
        module = exact_administration_payments
        with patch.object(module, "MAX_TERMS", 2):
            with patch.object(module, "RECEIVABLE_CALLS", 1):
                self.later(A_DAY)
                self.run_link(link)
                self.assertEqual(len(self.reads()), 1)
                self.run_link(link)
                self.assertEqual(len(self.reads()), 1)
            self.later(1000)
            self.run_link(link)
        self.assertEqual(len(self.reads()), 3)
        bookings = self.env["lightspeed.exact.booking"].search([])
        self.assertEqual(len(bookings), len(numbers))
        self.assertTrue(all(booking.receivable_checked_at for booking in bookings))

    def test_the_reserve_of_the_day_is_left_for_new_orders(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        administrations = type(link.administration_id)
        work = administrations._do_other_work

        def used_up(administration, work_, deadline, orders=None):
            windows = work_.client.quota.windows
            windows[DAY] = replace(windows[DAY], remaining=400, reset_at=TOMORROW)
            return work(administration, work_, deadline, orders)

        self.later(A_DAY)
        with patch.object(administrations, "_do_other_work", used_up):
            self.run_link(link)
        self.assertFalse(self.reads())
        self.assertTrue(link.administration_id.receivables_at)

    def test_a_missing_right_is_told_once_and_asked_again_after_a_refresh(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, RECEIVABLES, []
        )
        self.next_day(link)
        self.next_day(link)
        self.assertEqual(len(self.reads()), 1)
        administration = link.administration_id
        self.assertTrue(link.receivables_refused)
        self.assertFalse(administration.parked_until)
        self.assertFalse(administration.problem_code)
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, RECEIVABLES, None
        )
        with self.enter_registry_test_mode():
            administration.action_refresh()
        self.run_link(link)
        self.assertEqual(len(self.reads()), 2)
        self.assertFalse(link.receivables_refused)

    def test_a_failure_is_tried_again_and_does_not_stop_the_sales(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        self.fault("html_503", RECEIVABLES, "GET", times=9)
        number = self.add_order()["number"]
        self.next_day(link)
        self.assert_booked(number, "49.90")
        self.assertFalse(link.administration_id.parked_until)
        self.box.faults.clear()
        self.later(1000)
        self.run_link(link)
        self.assertTrue(
            self.order(number).booking_ids.receivable_checked_at, "read again"
        )

    def test_the_button_reads_at_once(self):
        number = self.add_order()["number"]
        link = self.make_clearing_link()
        self.run_link(link)
        self.match(number)
        with self.enter_registry_test_mode():
            answer = link.action_read_receivables()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertTrue(self.order(number).booking_ids.is_paid)
        self.assertEqual(self.order(number).clearing_ids.matching, "matched")

    def test_a_document_without_open_items_is_neither_paid_nor_unpaid(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.box.exact.control_delete_entry(
            exact_demo.MAIN, self.order(number).entry_number
        )
        self.next_day(link)
        booking = self.order(number).booking_ids
        self.assertTrue(booking.receivable_checked_at)
        self.assertFalse(booking.is_paid)

    def test_rows_with_nothing_in_them_are_read_as_far_as_they_can_be(self):
        numbers = [self.add_order()["number"] for _again in range(2)]
        link = self.make_link()
        self.run_link(link)
        first, second = (self.order(number).booking_ids for number in numbers)
        rows = [
            {"TransactionEntryID": None, "Status": 50},
            {"Status": 50},
            {"TransactionEntryID": first.entry_id.upper(), "IsFullyPaid": True},
            {
                "TransactionEntryID": second.entry_id,
                "IsFullyPaid": None,
                "Status": None,
                "LastPaymentDate": "soon",
            },
        ]
        self.fault(
            "status",
            RECEIVABLES,
            "GET",
            params={"handled": True, "status": 200, "body": {"d": {"results": rows}}},
        )
        self.next_day(link)
        self.assertTrue(first.is_paid)
        self.assertFalse(first.paid_on)
        self.assertFalse(second.is_paid)
        self.assertTrue(second.receivable_checked_at)

    def test_what_is_older_than_a_year_and_a_half_is_left_alone(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.order(number).booking_ids.entry_date = "2024-01-01"
        self.next_day(link)
        self.assertFalse(self.reads())

    def test_the_lists_open_with_their_filters(self):
        link = self.make_clearing_link()
        action = link.with_context(clearing_filter="held").action_view_clearings()
        self.assertEqual(action["context"], {"search_default_held": 1})
        self.assertEqual(action["domain"], [("link_id", "=", link.id)])
        self.assertEqual(link.action_view_clearings()["context"], {})
