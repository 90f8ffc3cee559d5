"""A link that makes sales invoices, and what Exact has of them."""

from decimal import Decimal

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import OnceMoreCase

INVOICE = "salesinvoice/SalesInvoices"
PRINT = "salesinvoice/PrintedSalesInvoices"
A_DAY = 86400 + 60
# Its price has four decimals: Exact makes another total of it where it keeps two.
UNEVEN = ("Mok", 4, "7.51", "0.21")


class InvoiceCase(OnceMoreCase):
    def make_profile(self, administration, **values):
        """Make an invoice profile; it leaves invoices open unless told otherwise."""
        journal = administration.journal_ids.filtered(
            lambda journal: journal.code == exact_demo.JOURNAL
        )
        if values.get("finalise") == "print":
            values.setdefault("shop_makes_no_invoices", True)
            values.setdefault("layout_id", self.layout(administration, "document").id)
        if values.get("send_by", "none") != "none":
            values.setdefault(
                "email_layout_id", self.layout(administration, "email").id
            )
        return self.env["exact.invoice.profile"].create(
            {
                "name": "Webwinkel",
                "administration_id": administration.id,
                "journal_id": journal.id,
                **values,
            }
        )

    def layout(self, administration, kind):
        return self.env["exact.layout"].search(
            [("administration_id", "=", administration.id), ("kind", "=", kind)],
            limit=1,
        )

    def make_invoice_link(self, profile=None, **values):
        """Make a link that makes invoices, by a profile with these choices."""
        administration = values.pop("administration", None)
        administration = administration or self.make_administration()
        profile = self.make_profile(administration, **(profile or {}))
        return self.make_link(
            administration=administration,
            document_kind="sales_invoice",
            invoice_profile_id=profile.id,
            **values,
        )

    def make_printing_link(self, send_by="email", **values):
        """Make a link whose invoices are finalised at once, and mailed."""
        profile = {"finalise": "print", "send_by": send_by}
        return self.make_invoice_link(profile, **values)

    def booked_invoice(self, link, *lines, **values):
        """Place an order and book it; returns its record."""
        placed = self.add_order(*lines, **values)
        self.run_link(link)
        order = self.order(placed["number"])
        self.assertEqual(order.state, "booked", order.reason)
        return order

    # === WHAT EXACT HAS === #
    def invoices(self, reference=None):
        """Return the sales invoices in Exact, with a reference or all."""
        return self.box.exact.control_invoices(exact_demo.MAIN, reference)

    def invoice(self, reference):
        """Return the only sales invoice with a reference."""
        found = self.invoices(reference)
        self.assertEqual(len(found), 1)
        return found[0]

    def outbox(self):
        return self.box.exact.control_outbox(exact_demo.MAIN)

    def posted_invoices(self, since=0):
        """Return the calls that wanted to make an invoice."""
        return self.calls("POST", INVOICE, since=since)

    def posted_prints(self, since=0):
        """Return the calls that wanted to finalise an invoice."""
        return self.calls("POST", PRINT, since=since)

    def assert_invoiced(self, number, total, *, printed=False, mails=0):
        """Assert that an order is one invoice in Exact, and nothing else."""
        order = self.order(number)
        self.assertEqual(order.state, "booked", order.reason)
        found = self.invoice(number)
        self.assertEqual(Decimal(str(found["AmountFC"])), Decimal(total))
        booking = order.booking_ids
        self.assertEqual(booking.document_kind, "sales_invoice")
        self.assertEqual(booking.gross, total)
        self.assertEqual(booking.entry_id, found["InvoiceID"])
        entries = [
            entry
            for entry in self.box.exact.control_entries(exact_demo.MAIN)
            if entry["YourRef"] == number
        ]
        self.assertEqual(len(entries), int(printed))
        if printed:
            self.assertEqual(found["Status"], 50)
            self.assertEqual(booking.invoice_state, "processed")
            self.assertEqual(booking.entry_number, str(found["InvoiceNumber"]))
            self.assertEqual(order.entry_number, booking.entry_number)
        else:
            self.assertNotEqual(found["Status"], 50)
            self.assertEqual(booking.invoice_state, "draft")
            self.assertFalse(booking.entry_number or order.entry_number)
        sent = [
            mail for mail in self.outbox() if mail["InvoiceID"] == found["InvoiceID"]
        ]
        self.assertEqual(len(sent), mails)
        return order
