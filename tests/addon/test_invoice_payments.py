"""What follows from a payment, where the document is a sales invoice."""

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import A_DAY, InvoiceCase
from tests.addon.payment_case import RECEIVABLES, PaymentCase

ENTRIES = "salesentry/SalesEntries"


class PaidInvoiceCase(InvoiceCase, PaymentCase):
    def make_paid_link(self, **profile):
        """Make a link that makes invoices and clears what is paid."""
        link = self.make_clearing_link(start=False)
        made = self.make_profile(link.administration_id, **profile)
        link.write({"document_kind": "sales_invoice", "invoice_profile_id": made.id})
        link.action_start()
        return link

    def process(self, order):
        draft = self.invoice(order.number)
        self.box.exact.control_print_invoice(exact_demo.MAIN, draft["InvoiceID"])


class TestClearing(PaidInvoiceCase):
    def test_a_clearing_entry_waits_for_the_invoice_to_be_processed(self):
        link = self.make_paid_link()
        order = self.booked_invoice(link)
        clearing = order.clearing_ids
        self.assertEqual(
            (clearing.state, clearing.reason_code), ("waiting", "clearing_draft")
        )
        self.come_back(link, 3600)
        self.assertFalse(self.posted_clearings())
        self.process(order)
        self.come_back(link, A_DAY)
        self.run_link(link)
        self.assert_cleared(order.number, "49.90")
        self.assertEqual(clearing.sale_entry_number, order.entry_number)

    def test_a_finalised_invoice_is_cleared_at_once(self):
        link = self.make_paid_link(finalise="print")
        order = self.booked_invoice(link)
        self.assert_cleared(order.number, "49.90")
        self.assertFalse(
            [
                amount
                for code, amount in self.balances().items()
                if code == "1300" and amount
            ]
        )


class TestReceivables(PaidInvoiceCase):
    def test_what_is_paid_is_found_by_the_entry_of_the_invoice(self):
        link = self.make_printing_link()
        order = self.booked_invoice(link)
        self.box.exact.control_match_entry(exact_demo.MAIN, order.entry_number)
        since = self.box.calls.last
        self.come_back(link, A_DAY)
        booking = order.booking_ids
        entry = self.entries()[order.number]
        self.assertEqual(booking.transaction_entry_id, entry["EntryID"])
        self.assertTrue(booking.is_paid)
        self.assertEqual(len(self.calls("GET", ENTRIES, since=since)), 1)
        self.assertEqual(len(self.calls("GET", RECEIVABLES, since=since)), 1)

    def test_an_open_invoice_is_not_asked_for(self):
        link = self.make_invoice_link()
        self.booked_invoice(link)
        since = self.box.calls.last
        self.come_back(link, A_DAY)
        self.assertFalse(self.calls("GET", RECEIVABLES, since=since))
        self.assertFalse(self.calls("GET", ENTRIES, since=since))

    def test_the_entries_of_many_invoices_are_looked_up_together(self):
        link = self.make_printing_link(send_by="none")
        for _each in range(5):
            self.add_order()
        self.run_link(link)
        since = self.box.calls.last
        self.come_back(link, A_DAY)
        self.assertEqual(len(self.calls("GET", ENTRIES, since=since)), 1)
        bookings = self.env["lightspeed.exact.booking"].search([])
        self.assertEqual(len(set(bookings.mapped("transaction_entry_id"))), 5)
        self.assertTrue(all(bookings.mapped("receivable_checked_at")))
        self.come_back(link, A_DAY)
        self.assertEqual(len(self.calls("GET", ENTRIES, since=since)), 1)
