"""The shop's own invoice as attachment, where somebody gives its address."""

import base64

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.document_case import DOCUMENT, FILE, DocumentCase
from tests.addon.invoice_case import INVOICE, InvoiceCase
from tests.addon.once_case import SETTLED
from tests.file_server import serving

PDF = b"%PDF-1.7\n\xff\xfe\x00 the invoice"


class TestInvoiceOfTheShop(DocumentCase):
    def setUp(self):
        super().setUp()
        context = serving()
        self.files = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def make_link(self, address="/{order}.pdf", **values):
        shop = self.make_shop(invoice_pdf_url=self.files.url + address)
        return super().make_link(shop=shop, **{"attachment": "invoice", **values})

    def attached(self):
        table = self.box.exact.state.division(exact_demo.MAIN)["DocumentAttachments"]
        return [base64.b64decode(row["Attachment"]) for row in table]

    def test_the_invoice_is_attached(self):
        number = self.add_order()["number"]
        self.files.give(f"/{number}.pdf", PDF)
        link = self.make_link()
        self.run_link(link)
        order = self.assert_booked(number, "49.90")
        (document,) = self.documents()
        self.assertEqual(self.entries()[number]["Document"], document["ID"])
        self.assertEqual(self.attached(), [PDF])
        self.assertIn(number, document["Subject"])
        self.assertFalse(order.document_missing)
        self.assert_tidy()

    def test_it_is_asked_for_by_the_number_of_the_invoice(self):
        number = self.add_order(payment_status="paid")["number"]
        link = self.make_link("/{number}")
        self.run_link(link)
        order = self.order(number)
        values = order._invoice_file_values(order.booking_ids._content())
        self.assertTrue(values["number"])
        self.assertEqual(
            {path for path, _headers in self.files.asked}, {f"/{values['number']}"}
        )

    def test_without_the_invoice_the_order_is_booked_without(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.assert_without(number, "nothing to attach: Answered 404")
        self.assertEqual(self.posted(DOCUMENT), [])

    def test_by_choice_the_order_waits_for_its_invoice(self):
        number = self.add_order()["number"]
        link = self.make_link(attachment_failure="hold")
        self.files.give(f"/{number}.pdf", b"<html>")
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(order.reason_code, "attachment_unavailable")
        self.assertIn("not a PDF", order.reason)
        self.files.give(f"/{number}.pdf", PDF)
        with self.enter_registry_test_mode():
            order.action_retry()
        self.env.invalidate_all()
        self.assert_booked(number, "49.90")
        self.assertEqual(self.attached(), [PDF])

    def test_on_a_retry_it_is_neither_asked_for_nor_attached_again(self):
        number = self.add_order()["number"]
        self.files.give(f"/{number}.pdf", PDF)
        link = self.make_link()
        self.fault("rate_minute", "salesentry/SalesEntries")
        self.run_link(link)
        self.files.give(f"/{number}.pdf", PDF + b" at another moment")
        self.come_back(link, 120)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.files.asked), 1)
        self.assertEqual(len(self.posted(FILE)), 1)
        self.assertEqual(self.attached(), [PDF])

    def test_the_reversal_of_an_order_gets_a_summary(self):
        number = self.add_order()["number"]
        self.files.give(f"/{number}.pdf", PDF)
        link = self.make_link(cancelled_after="credit")
        self.run_link(link)
        self.box.lightspeed.control_cancel_order(self.shop_number, number)
        self.later(60)
        self.run_link(link)
        self.assertEqual(len(self.entries()), 2)
        self.assertEqual(len(self.attached()), 2)
        self.assertEqual(sum(content == PDF for content in self.attached()), 1)
        self.assert_tidy()


class TestAddress(DocumentCase):
    def test_without_an_address_the_invoice_cannot_be_chosen(self):
        link = self.make_link(attachment="none")
        with self.assert_refuses(ValidationError, "Fill in on the shop"):
            link.attachment = "invoice"

    def test_the_address_is_https_with_something_that_tells_invoices_apart(self):
        shop = self.make_shop()
        for address in (
            "http://shop.example/{number}",
            "https://shop.example/all.pdf",
            "https://{number}.example/",
        ):
            with self.assert_refuses(ValidationError, "must be https"):
                shop.invoice_pdf_url = address

    def test_the_address_is_for_system_administrators(self):
        shop = self.make_shop()
        manager = new_test_user(self.env, "chief", groups=f"{GROUPS}manager")
        with self.assertRaises(AccessError):
            shop.with_user(manager).invoice_pdf_url = "https://shop.example/{number}"


class TestOnSalesInvoices(DocumentCase, InvoiceCase):
    def test_a_summary_hangs_on_a_sales_invoice_too(self):
        link = self.make_invoice_link()
        order = self.booked_invoice(link)
        (document,) = self.documents()
        self.assertEqual(self.invoice(order.number)["Document"], document["ID"])
        self.assertEqual(order.booking_ids.document_id, document["ID"])
        self.assertEqual(len(document["Attachments"]), 1)
        self.assert_tidy()
        # Exact names no entry of a draft: it is used all the same.
        self.run_link(link)
        self.assertEqual(len(self.documents()), 1)

    def test_an_invoice_that_is_finalised_at_once_keeps_its_document(self):
        link = self.make_printing_link(send_by="none")
        order = self.booked_invoice(link)
        self.run_link(link)
        # Finalising makes a document of Exact's own beside it.
        ours = [row for row in self.documents() if row["Attachments"]]
        self.assertIn(order.booking_ids.document_id, [row["ID"] for row in ours])
        self.assertEqual(self.calls("DELETE"), [])
        self.assert_tidy()

    def test_a_lost_answer_of_the_invoice_leaves_one_of_each(self):
        link = self.make_invoice_link()
        number = self.add_order()["number"]
        self.fault("lost_after", INVOICE)
        self.run_link(link)
        self.come_back(link, SETTLED)
        (document,) = self.documents()
        self.assertEqual(self.invoice(number)["Document"], document["ID"])
        self.assertEqual(self.order(number).booking_ids.document_id, document["ID"])
        self.assertEqual(len(self.posted_invoices()), 1)
        self.assert_tidy()

    def test_a_refused_invoice_that_is_skipped_leaves_nothing(self):
        link = self.make_invoice_link()
        self.run_link(link)
        number = self.add_order()["number"]
        refusal = '{"error": {"code": "", "message": {"lang": "", "value": "Nee"}}}'
        self.fault(
            "status",
            INVOICE,
            times=None,
            params={
                "status": 500,
                "body": refusal,
                "content_type": "application/json",
            },
        )
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(order.state, "held")
        self.assertEqual(len(self.documents()), 1)
        order.skip_reason = "By hand"
        order.action_skip()
        self.run_link(link)
        self.assertEqual(self.documents(), [])
        self.assert_tidy()
