"""Promise 1 for sales invoices: made once, finalised once, mailed once."""

from unittest.mock import patch

from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import INVOICE, PRINT, UNEVEN, InvoiceCase
from tests.addon.once_case import SETTLED, SPACED, Killed, die

EVERY_WAIT = (SETTLED, SPACED, SPACED, SETTLED, SPACED, SPACED)

HANDLED = {"params": {"handled": True}}
# Each leaves the sender without the outcome; whether it was carried out.
LOST = (
    ("lost_after", {}),
    ("reset_after", {}),
    ("truncated", {}),
    ("truncated_length", {}),
    ("empty_500", HANDLED),
    ("html_503", HANDLED),
    ("html_200", HANDLED),
    ("status", {"params": {"handled": True, "status": 201, "body": "{}"}}),
    ("status", {"params": {"handled": True, "status": 201, "body": '{"d":{}}'}}),
)
NOT_DONE = ("lost_before", "reset_before", "empty_500", "html_503", "html_200")


class TestLostDraft(InvoiceCase):
    def test_every_lost_answer_to_the_invoice_leads_to_one(self):
        link = self.make_printing_link()
        for kind, options in LOST:
            with self.subTest(kind=kind, **options):
                number = self.add_order()["number"]
                self.fault(kind, INVOICE, **options)
                before = len(self.posted_invoices())
                self.run_link(link)
                operation = self.operation(self.order(number), "sales_invoice")
                self.assertEqual(operation.state, "sending")
                self.assertFalse(self.outbox_of(number))
                self.come_back(link, SETTLED)
                self.assert_invoiced(number, "49.90", printed=True, mails=1)
                self.assertEqual(len(self.posted_invoices()) - before, 1)

    def outbox_of(self, number):
        ids = {invoice["InvoiceID"] for invoice in self.invoices(number)}
        return [mail for mail in self.outbox() if mail["InvoiceID"] in ids]

    def test_every_failure_before_the_invoice_leads_to_one(self):
        link = self.make_printing_link()
        for kind in NOT_DONE:
            with self.subTest(kind=kind):
                number = self.add_order()["number"]
                self.fault(kind, INVOICE)
                self.run_link(link)
                self.assertFalse(self.invoices(number))
                self.come_back(link, SETTLED, SPACED)
                self.assert_invoiced(number, "49.90", printed=True, mails=1)

    def test_a_found_invoice_of_another_total_is_held(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        self.fault("lost_after", INVOICE)
        self.run_link(link)
        draft = self.invoice(number)
        self.box.exact.control_edit_invoice(
            exact_demo.MAIN, draft["InvoiceID"], [{"LineNumber": 1, "Quantity": "9"}]
        )
        self.come_back(link, SETTLED)
        order = self.order(number)
        self.assertEqual(
            (order.state, order.reason_code), ("held", "document_conflict")
        )
        self.assertIn("total", order.reason_params["differences"])
        self.assertFalse(self.posted_prints())


class TestLostPrint(InvoiceCase):
    def test_every_lost_answer_to_the_finalising_prints_and_mails_once(self):
        link = self.make_printing_link()
        for kind, options in LOST:
            with self.subTest(kind=kind, **options):
                number = self.add_order()["number"]
                self.fault(kind, PRINT, **options)
                before = len(self.posted_prints())
                self.run_link(link)
                order = self.order(number)
                self.assertEqual(self.operation(order, "print").state, "sending")
                self.come_back(link, SETTLED)
                self.assert_invoiced(number, "49.90", printed=True, mails=1)
                self.assertEqual(len(self.posted_prints()) - before, 1)
                booking = order.booking_ids
                self.assertTrue(booking.output_unknown)
                self.assertIn("Not known", booking.output_text)

    def test_every_failure_before_the_finalising_prints_and_mails_once(self):
        link = self.make_printing_link()
        for kind in NOT_DONE:
            with self.subTest(kind=kind):
                number = self.add_order()["number"]
                self.fault(kind, PRINT)
                self.run_link(link)
                self.assertFalse(self.invoice(number)["InvoiceNumber"])
                self.come_back(link, SETTLED, SPACED)
                order = self.assert_invoiced(number, "49.90", printed=True, mails=1)
                self.assertFalse(order.booking_ids.output_unknown)
                self.assertEqual(len(self.invoices(number)), 1)

    def test_nothing_is_printed_before_the_call_can_no_longer_land(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        self.fault("lost_before", PRINT)
        self.run_link(link)
        for _again in range(4):
            self.later(50)
            self.press(self.order(number), "action_retry")
        self.assertEqual(len(self.posted_prints()), 1)
        self.assertFalse(self.outbox())
        self.assertEqual(len(self.invoices(number)), 1)

    def test_a_print_that_lands_late_is_found(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        self.fault("lost_before", PRINT)
        self.run_link(link)
        self.come_back(link, SETTLED)
        draft = self.invoice(number)
        self.box.exact.control_print_invoice(
            exact_demo.MAIN, draft["InvoiceID"], SendEmailToCustomer=True
        )
        self.come_back(link, SPACED)
        self.assert_invoiced(number, "49.90", printed=True, mails=1)
        self.assertEqual(len(self.posted_prints()), 1)

    def test_an_invoice_that_is_gone_while_printing_is_held_and_made_again(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        self.fault("lost_before", PRINT)
        self.run_link(link)
        self.box.exact.control_delete_invoice(
            exact_demo.MAIN, self.invoice(number)["InvoiceID"]
        )
        self.come_back(link, SETTLED, SPACED)
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("held", "invoice_gone"))
        self.press(order, "action_retry")
        self.assert_invoiced(number, "49.90", printed=True, mails=1)

    def test_a_lost_number_is_asked_for_again(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        self.fault("lost_before", INVOICE, method="GET", times=2)
        self.run_link(link)
        self.assertEqual(self.order(number).state, "failed")
        self.come_back(link, SETTLED)
        self.assert_invoiced(number, "49.90", printed=True, mails=1)
        self.assertEqual(len(self.posted_prints()), 1)


class TestKilled(InvoiceCase):
    def test_killed_at_any_instruction_it_is_made_printed_and_mailed_once(self):
        link = self.make_printing_link()
        self.booked_invoice(link)
        for number in range(1, 100):
            email = f"{number}@example.com"
            placed = self.add_order(customer={"email": email, "lastname": "Voorbeeld"})
            try:
                with self.killed_at(number) as points:
                    self.run_link(link)
            except Killed:
                self.env.invalidate_all()
            else:
                break
            for wait in EVERY_WAIT:
                if self.order(placed["number"]).state != "booked":
                    self.come_back(link, wait)
            with self.subTest(points=points):
                self.assert_invoiced(placed["number"], "49.90", printed=True, mails=1)
                self.assertEqual(len(self.relations(email)), 1)
        self.assertGreater(number, 15)
        self.assertEqual(len(self.outbox()), number + 1)
        self.assertTrue(self.box.exact.control_ledger_check(exact_demo.MAIN)["ok"])

    def test_killed_at_any_instruction_of_making_it_again_it_is_made_once(self):
        link = self.make_printing_link()
        self.booked_invoice(link)
        for number in range(1, 60):
            placed = self.add_order(UNEVEN)["number"]
            self.box.exact.control_set_option(invoice_price_decimals=2)
            self.run_link(link)
            self.box.exact.control_set_option(invoice_price_decimals=4)
            order = self.order(placed)
            self.assertEqual(order.state, "held")
            draft = self.invoice(placed)
            self.box.exact.control_delete_invoice(exact_demo.MAIN, draft["InvoiceID"])
            order._prepare_retry()
            try:
                with self.killed_at(number) as points:
                    self.run_link(link)
            except Killed:
                self.env.invalidate_all()
            else:
                break
            for wait in EVERY_WAIT:
                if self.order(placed).state != "booked":
                    self.come_back(link, wait)
            with self.subTest(points=points):
                self.assert_invoiced(placed, "30.04", printed=True, mails=1)
        self.assertGreater(number, 10)

    def dying_before(self, path):
        request = Transport.request

        def dying(transport, method, url, **options):
            if method == "POST" and path in url:
                raise Killed
            return request(transport, method, url, **options)

        return patch.object(Transport, "request", dying)

    def test_killed_between_the_invoice_and_its_print_it_goes_on(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        orders = self.registry["lightspeed.exact.order"]
        with patch.object(orders, "_print", die):
            self.run_and_die(link)
        self.assertEqual(len(self.posted_invoices()), 1)
        since = self.box.calls.last
        self.run_link(link)
        self.assert_invoiced(number, "49.90", printed=True, mails=1)
        self.assertFalse(self.posted_invoices(since))
        self.assertEqual(len(self.posted_prints()), 1)

    def test_an_intention_to_print_without_a_call_is_sent_after_the_look_ups(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        with self.dying_before(PRINT):
            self.run_and_die(link)
        self.assertEqual(self.operation(self.order(number), "print").state, "sending")
        self.assertFalse(self.posted_prints())
        self.come_back(link, SETTLED, SPACED)
        self.assert_invoiced(number, "49.90", printed=True, mails=1)
        self.assertEqual(len(self.posted_prints()), 1)

    def test_a_print_whose_answer_is_stored_is_finished_without_another(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        orders = self.registry["lightspeed.exact.order"]
        with patch.object(orders, "_finish_print", die):
            self.run_and_die(link)
        self.assertEqual(self.operation(self.order(number), "print").state, "done")
        self.run_link(link)
        order = self.assert_invoiced(number, "49.90", printed=True, mails=1)
        self.assertEqual(len(self.posted_prints()), 1)
        self.assertFalse(order.booking_ids.output_unknown)
        self.assertIn("E-mail", order.booking_ids.output_text)
