"""Invoices that are left open: what a bookkeeper does with them in Exact."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import UserError

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import A_DAY, INVOICE, InvoiceCase
from tests.addon.once_case import SETTLED, SPACED

HOME = exact_demo.MAIN


class DraftCase(InvoiceCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_invoice_link()

    def draft_of(self, order):
        return self.invoice(order.number)["InvoiceID"]

    def process(self, order):
        """Process an open invoice in Exact, as a bookkeeper does."""
        return self.box.exact.control_print_invoice(HOME, self.draft_of(order))

    def delete(self, order):
        self.box.exact.control_delete_invoice(HOME, self.draft_of(order))

    def look(self):
        """Look at the open invoices as the cron does, a day later."""
        self.come_back(self.link, A_DAY)

    def cancel(self, order):
        self.box.lightspeed.control_cancel_order(self.shop_number, order.number)
        self.run_link(self.link)

    def edit(self, order, *lines):
        rows = [
            {"title": title, "quantity": quantity, "unit_incl": unit, "rate": rate}
            for title, quantity, unit, rate in lines
        ]
        self.box.lightspeed.control_rebuild_order(self.shop_number, order.number, rows)
        self.run_link(self.link)

    def credit(self, order, **values):
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, order.number, **values
        )
        self.run_link(self.link)
        return self.order(note["number"])


class TestFollowed(DraftCase):
    def test_one_that_was_processed_has_its_number_and_counts_no_more(self):
        order = self.booked_invoice(self.link)
        number = self.process(order)["InvoiceNumber"]
        self.look()
        self.assert_invoiced(order.number, "49.90", printed=True)
        self.assertEqual(order.entry_number, str(number))
        self.assertFalse(self.link.draft_count)
        self.assertFalse(self.link.administration_id.drafts_at)

    def test_they_are_read_together_and_once_a_day(self):
        for _each in range(3):
            self.add_order()
        self.run_link(self.link)
        since = self.box.calls.last
        self.run_link(self.link)
        self.assertFalse(self.calls("GET", INVOICE, since=since))
        self.look()
        self.run_link(self.link)
        self.assertEqual(len(self.calls("GET", INVOICE, since=since)), 1)

    def test_a_person_can_have_them_read_at_once(self):
        order = self.booked_invoice(self.link)
        self.process(order)
        self.press(self.link, "action_read_drafts")
        self.assertEqual(order.invoice_state, "processed")

    def test_calls_are_left_for_new_orders(self):
        order = self.booked_invoice(self.link)
        self.process(order)
        self.later(A_DAY)
        self.box.exact.control_set_limits(minute=10_000, day=12)
        self.run_link(self.link)
        before = len(self.calls("GET", INVOICE))
        self.add_order()
        self.run_link(self.link)
        self.press(self.link, "action_read_drafts")
        self.assertLessEqual(len(self.calls("GET", INVOICE)) - before, 1)

    def test_a_changed_total_is_told_and_stops_nothing(self):
        order = self.booked_invoice(self.link)
        self.box.exact.control_edit_invoice(
            HOME, self.draft_of(order), [{"LineNumber": 1, "Quantity": "1"}]
        )
        self.look()
        self.assertEqual(
            (order.state, order.reason_code), ("booked", "invoice_changed")
        )
        self.assertTrue(order.booking_ids.total_changed)
        self.assertEqual(self.link.state, "running")
        self.process(order)
        self.look()
        self.assertEqual(order.reason_code, "invoice_changed")
        self.assertEqual(order.invoice_state, "processed")

    def test_a_refusal_to_be_read_stops_nothing_else(self):
        self.booked_invoice(self.link)
        self.later(A_DAY)
        self.fault("status", INVOICE, method="GET", params={"status": 403, "body": ""})
        number = self.add_order()["number"]
        self.run_link(self.link)
        self.assert_invoiced(number, "49.90")
        self.assertGreater(
            self.link.administration_id.drafts_at,
            fields.Datetime.now() + timedelta(hours=20),
        )


class TestDeleted(DraftCase):
    def test_an_order_whose_invoice_was_deleted_is_held_for_a_person(self):
        order = self.booked_invoice(self.link)
        self.delete(order)
        self.look()
        self.assertEqual((order.state, order.reason_code), ("held", "invoice_gone"))
        self.assertEqual(order.invoice_state, "gone")
        for _again in range(3):
            self.come_back(self.link, A_DAY)
        self.assertEqual(len(self.posted_invoices()), 1)

    def test_a_person_has_it_made_again_once(self):
        for kind in (None, "lost_after", "lost_before"):
            with self.subTest(kind=kind):
                order = self.booked_invoice(self.link)
                self.delete(order)
                self.look()
                if kind:
                    self.fault(kind, INVOICE)
                self.press(order, "action_retry")
                self.come_back(self.link, SETTLED, SPACED)
                self.assert_invoiced(order.number, "49.90")

    def test_it_is_made_again_as_the_shop_has_it_now(self):
        order = self.booked_invoice(self.link)
        self.delete(order)
        self.look()
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.assertEqual(order.reason_code, "invoice_gone")
        self.press(order, "action_retry")
        self.assert_invoiced(order.number, "60.00")

    def test_it_can_be_left_out_with_a_reason(self):
        order = self.booked_invoice(self.link)
        self.delete(order)
        self.look()
        order.skip_reason = "Sold privately"
        order.action_skip()
        self.assertEqual(order.state, "skipped")
        self.come_back(self.link, A_DAY)
        self.assertEqual(len(self.posted_invoices()), 1)

    def test_of_a_cancelled_order_nothing_more_is_asked(self):
        order = self.booked_invoice(self.link)
        self.delete(order)
        self.cancel(order)
        self.look()
        self.assertEqual((order.state, order.reason_code), ("skipped", "cancelled"))

    def test_one_that_another_order_booked_meanwhile_is_not_its_own(self):
        order = self.booked_invoice(self.link)
        self.process(order)
        with self.assertRaisesRegex(UserError, "booked already"):
            order.action_retry()


class TestCredits(DraftCase):
    def test_a_credit_note_waits_for_its_invoice_to_be_processed(self):
        order = self.booked_invoice(self.link, ("Mok", 4, "12.10", "0.21"))
        note = self.credit(order, lines=[{"index": 0, "quantity": 1}])
        self.assertEqual((note.state, note.reason_code), ("waiting", "origin_draft"))
        self.process(order)
        self.look()
        self.run_link(self.link)
        self.assertEqual(note.state, "booked", note.reason)
        made = self.invoice(note.booking_ids.reference)
        self.assertEqual(Decimal(str(made["AmountFC"])), Decimal("-12.10"))
        self.assertEqual(made["Type"], 8021)

    def test_a_credit_note_of_a_deleted_invoice_waits_for_the_order(self):
        order = self.booked_invoice(self.link, ("Mok", 4, "12.10", "0.21"))
        note = self.credit(order, lines=[{"index": 0, "quantity": 1}])
        self.delete(order)
        self.look()
        self.assertEqual(note.reason_code, "origin_not_booked")
        self.assertEqual(len(self.posted_invoices()), 1)

    def test_an_open_invoice_is_not_corrected(self):
        order = self.booked_invoice(self.link)
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.assertEqual(order.proposal, "edited")
        for action in ("action_rebook", "action_book_difference"):
            self.press(order, action)
            self.assertEqual(order.reason_code, "draft_open")
            self.assertEqual((order.state, order.proposal), ("booked", "edited"))
        self.assertEqual(len(self.posted_invoices()), 1)

    def test_one_that_was_processed_meanwhile_is_corrected_at_once(self):
        order = self.booked_invoice(self.link)
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.process(order)
        self.press(order, "action_rebook")
        self.assertFalse(order.proposal, order.reason)
        self.assertEqual(
            order.booking_ids.sorted("id").mapped("invoice_state"),
            ["processed", "draft", "draft"],
        )

    def test_one_that_was_deleted_meanwhile_is_made_again_by_a_retry(self):
        order = self.booked_invoice(self.link)
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.delete(order)
        self.press(order, "action_rebook")
        self.assertEqual((order.state, order.reason_code), ("held", "invoice_gone"))
        self.press(order, "action_retry")
        self.assert_invoiced(order.number, "60.00")
        self.assertFalse(order.proposal)

    def test_a_cancelled_order_is_credited_by_itself_once_it_is_processed(self):
        self.link.cancelled_after = "credit"
        order = self.booked_invoice(self.link)
        self.cancel(order)
        self.assertEqual(order.reason_code, "draft_open")
        self.process(order)
        self.look()
        self.run_link(self.link)
        self.assertFalse(order.proposal, order.reason)
        credit = order.booking_ids.filtered("takes_back")
        self.assertEqual(credit.gross, "-49.90")
        self.assertEqual(credit.document_kind, "sales_invoice")

    def test_a_deleted_credit_is_proposed_again_and_not_made_by_itself(self):
        self.link.cancelled_after = "credit"
        order = self.booked_invoice(self.link)
        self.process(order)
        self.look()
        self.cancel(order)
        credit = order.booking_ids.filtered("takes_back")
        self.box.exact.control_delete_invoice(HOME, credit.entry_id)
        self.look()
        self.assertEqual((order.state, order.proposal), ("booked", "cancelled"))
        self.come_back(self.link, A_DAY)
        self.assertEqual(len(self.posted_invoices()), 2)
        self.press(order, "action_credit_in_full")
        self.assertEqual(len(self.posted_invoices()), 3)
        self.assertFalse(order.proposal, order.reason)
