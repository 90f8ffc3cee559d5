"""Credit notes of orders that somebody else invoiced in Exact."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import InvoiceCase

HOME = exact_demo.MAIN


class TestAdopted(InvoiceCase):
    def setUp(self):
        super().setUp()
        now = fields.Datetime.now()
        self.link = self.make_invoice_link(unbooked_credits="adopt")
        self.link.write({"start_basis": "order", "start_at": now - timedelta(days=5)})
        moment = f"{(now - timedelta(days=20)).isoformat()}+00:00"
        placed = self.add_order(("Mok", 4, "12.10", "0.21"), created_at=moment)
        self.old = placed["number"]

    def invoice_by_hand(self, finalised=True):
        """Make an invoice of the old order in Exact, with an item of its own."""
        relation = self.box.exact.control_add_account(
            HOME, Name="Anna", Email="anna@example.com"
        )
        self.box.exact.control_add_item(HOME, "HAND", "Mok", StartDate="2020-01-01")
        draft = self.box.exact.control_add_sales_invoice(
            HOME,
            OrderedBy=relation["ID"],
            Journal=exact_demo.JOURNAL,
            OrderDate=fields.Date.today().isoformat(),
            YourRef=self.old,
            PaymentCondition="00",
            SalesInvoiceLines=[
                {
                    "Item": "HAND",
                    "GLAccount": "8020",
                    "VATCode": "2",
                    "Quantity": "4",
                    "NetPrice": "10.00",
                }
            ],
        )
        if finalised:
            self.box.exact.control_print_invoice(HOME, draft["InvoiceID"])
        return relation

    def credit(self):
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, self.old, lines=[{"index": 0, "quantity": 1}]
        )
        self.run_link(self.link)
        return self.order(note["number"])

    def test_the_credit_is_an_invoice_on_the_accounts_of_the_invoice(self):
        relation = self.invoice_by_hand()
        note = self.credit()
        self.assertEqual(note.state, "booked", note.reason)
        self.assertEqual(note.booking_ids.document_kind, "sales_invoice")
        made = self.invoice(f"{self.old}-R1")
        self.assertEqual(Decimal(str(made["AmountFC"])), Decimal("-12.10"))
        self.assertEqual({line["GLAccount"] for line in made["Lines"]}, {"8020"})
        self.assertEqual(made["OrderedBy"], relation["ID"])

    def test_an_invoice_that_is_still_open_is_not_credited(self):
        self.invoice_by_hand(finalised=False)
        note = self.credit()
        self.assertEqual(
            (note.state, note.reason_code), ("held", "credit_original_draft")
        )
        self.box.exact.control_print_invoice(HOME, self.invoice(self.old)["InvoiceID"])
        self.press(note, "action_retry")
        self.assertEqual(note.state, "booked", note.reason)

    def test_a_mere_entry_is_credited_by_an_entry(self):
        relation = self.box.exact.control_add_account(
            HOME, Name="Anna", Email="anna@example.com"
        )
        self.box.exact.control_add_entry(
            HOME,
            Customer=relation["ID"],
            Journal=exact_demo.JOURNAL,
            YourRef=self.old,
            EntryDate=fields.Date.today().isoformat(),
            PaymentCondition="00",
            SalesEntryLines=[
                {"GLAccount": "8020", "VATCode": "2", "AmountFC": "40.00"}
            ],
        )
        note = self.credit()
        self.assertEqual(note.state, "booked", note.reason)
        self.assertEqual(note.booking_ids.document_kind, "sales_entry")
        self.assertFalse(self.invoices())
