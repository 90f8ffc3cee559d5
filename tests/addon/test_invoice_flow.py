"""Sales invoices: made as a draft, compared, finalised where the profile says so."""

from decimal import Decimal
from unittest.mock import patch

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import INVOICE, PRINT, UNEVEN, InvoiceCase
from tests.addon.once_case import SETTLED, SPACED

WRONG, CHANGED = "invoice_total_wrong", "invoice_changed"


class TestOpen(InvoiceCase):
    def test_an_order_becomes_an_invoice_that_is_left_open(self):
        link = self.make_invoice_link()
        number = self.add_order()["number"]
        self.run_link(link)
        order = self.assert_invoiced(number, "49.90")
        self.assertEqual(order.invoice_state, "draft")
        self.assertFalse(self.posted_prints() or self.posted_entries())

    def test_open_invoices_are_counted_and_told(self):
        link = self.make_invoice_link()
        self.assertEqual((link.draft_count, link.draft_text), (0, False))
        for _each in range(2):
            self.add_order()
        self.run_link(link)
        for record in (link, link.administration_id):
            self.assertEqual(record.draft_count, 2)
            self.assertIn("99.80", record.draft_text)
            self.assertIn("not turnover", record.draft_text)

    def test_a_known_customer_and_article_cost_one_call(self):
        link = self.make_invoice_link()
        self.booked_invoice(link)
        number = self.add_order()["number"]
        link.next_poll_at = fields.Datetime.now()
        since = self.box.calls.last
        self.run_link(link)
        self.assert_invoiced(number, "49.90")
        paths = [call["path"] for call in self.calls(path="/api/v1/", since=since)]
        self.assertEqual(len(paths), 1, paths)


class TestPrint(InvoiceCase):
    def test_an_invoice_is_finalised_numbered_and_mailed_once(self):
        link = self.make_printing_link()
        number = self.add_order()["number"]
        self.run_link(link)
        order = self.assert_invoiced(number, "49.90", printed=True, mails=1)
        booking = order.booking_ids
        self.assertFalse(booking.output_failed or booking.output_unknown)
        self.assertIn("E-mail", booking.output_text)
        self.assertNotIn("failed", booking.output_text)
        self.assertEqual(self.invoice(number)["InvoiceDate"], str(booking.entry_date))

    def test_a_finalised_invoice_costs_a_call_for_each_step_and_one_for_its_number(
        self,
    ):
        link = self.make_printing_link()
        self.booked_invoice(link)
        number = self.add_order()["number"]
        link.next_poll_at = fields.Datetime.now()
        since = self.box.calls.last
        self.run_link(link)
        self.assert_invoiced(number, "49.90", printed=True, mails=1)
        calls = self.calls(path="/api/v1/", since=since)
        self.assertEqual(
            [(call["method"], call["path"].split("/", 4)[4]) for call in calls],
            [("POST", INVOICE), ("POST", PRINT), ("GET", INVOICE)],
        )

    def test_what_went_wrong_with_sending_is_shown_and_the_order_is_booked(self):
        link = self.make_printing_link()
        self.box.exact.control_set_option(print_email_error="Mailbox is full")
        number = self.add_order()["number"]
        self.run_link(link)
        order = self.assert_invoiced(number, "49.90", printed=True, mails=0)
        booking = order.booking_ids
        self.assertTrue(booking.output_failed)
        self.assertIn("Mailbox is full", booking.output_text)
        failed = [("booking_ids.output_failed", "=", True)]
        self.assertIn(order, self.env["lightspeed.exact.order"].search(failed))

    def test_what_was_not_sent_is_counted_until_a_person_settles_it(self):
        link = self.make_printing_link()
        self.box.exact.control_set_option(print_email_error="Mailbox is full")
        order = self.booked_invoice(link)
        self.assertEqual(link.unsent_count, 1)
        self.assertIn(f"{order.number}: ", order.unsent_text)
        self.assertIn("Mailbox is full", order.unsent_text)
        action = link.action_view_unsent()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(found, order.booking_ids)
        order.booking_ids.action_settle_sending()
        link.invalidate_recordset(["unsent_count"])
        self.assertEqual(link.unsent_count, 0)
        self.assertFalse(order.unsent_text)
        self.assertIn("Mailbox is full", order.booking_ids.output_text)
        self.assertIn("seen to in Exact Online", order.message_ids[0].body)

    def test_a_document_that_was_not_made_is_shown(self):
        link = self.make_printing_link(send_by="none")
        self.box.exact.control_set_option(print_document_error="No layout")
        order = self.booked_invoice(link)
        self.assertTrue(order.booking_ids.output_failed)
        text = order.booking_ids.output_text
        self.assertIn("Invoice document failed: No layout", text)

    def test_an_invoice_that_exact_takes_no_number_for_is_read_again(self):
        link = self.make_printing_link()
        administrations = type(self.env["lightspeed.exact.operation"])
        read = administrations._invoice_in_exact

        def blind(operation, work):
            row = read(operation, work)
            return {**row, "Status": 20, "InvoiceNumber": None}

        number = self.add_order()["number"]
        with patch.object(administrations, "_invoice_in_exact", blind):
            self.run_link(link)
            order = self.order(number)
            self.assertEqual(order.reason_code, "outcome_unknown")
            self.come_back(link, SPACED, SPACED)
            self.assertEqual(order.reason_code, "invoice_not_processed")
            self.assertEqual(order.state, "held")
        self.press(order, "action_retry")
        self.assert_invoiced(number, "49.90", printed=True, mails=1)
        self.assertEqual(len(self.posted_prints()), 1)


class TestWrongTotal(InvoiceCase):
    """A wrong total is never finalised, and never mailed."""

    def wrong(self, **values):
        """Let Exact make another total of an order than was proved."""
        link = self.make_printing_link(**values)
        self.box.exact.control_set_option(invoice_price_decimals=2)
        number = self.add_order(UNEVEN)["number"]
        self.run_link(link)
        self.box.exact.control_set_option(invoice_price_decimals=4)
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("held", WRONG))
        return link, order

    def correct(self, order):
        """Give the draft in Exact the right amount, as a bookkeeper would."""
        draft = self.invoice(order.number)
        net, vat = Decimal("24.83"), Decimal("5.21")
        line = {"LineNumber": 1, "Quantity": "1", "NetPrice": str(net)}
        rest = [
            {"LineNumber": each["LineNumber"], "delete": True}
            for each in draft["Lines"][1:]
        ]
        self.box.exact.control_edit_invoice(
            exact_demo.MAIN,
            draft["InvoiceID"],
            [{**line, "VATAmountFC": str(vat)}, *rest],
        )
        total = Decimal(str(self.invoice(order.number)["AmountFC"]))
        self.assertEqual(total, net + vat)

    def test_it_is_held_and_its_draft_stays(self):
        link, order = self.wrong()
        self.assertFalse(self.posted_prints() or self.outbox())
        self.assertEqual(order.reason_params["expected"], "30.04")
        booked = Decimal(order.reason_params["booked"])
        self.assertEqual(booked, Decimal(str(self.invoice(order.number)["AmountFC"])))
        self.assertEqual(link.state, "running")
        self.assertEqual(link.draft_count, 1)
        self.assertTrue(order.booking_ids.entry_id)

    def test_others_go_on(self):
        link, _order = self.wrong()
        other = self.booked_invoice(link, UNEVEN)
        self.assert_invoiced(other.number, "30.04", printed=True, mails=1)

    def test_looking_again_without_a_person_changes_nothing(self):
        link, order = self.wrong()
        since = self.box.calls.last
        self.come_back(link, SETTLED, SETTLED)
        order._set_state("ready")
        self.run_link(link)
        self.assertEqual((order.state, order.reason_code), ("held", WRONG))
        self.assertFalse(self.calls(path="salesinvoice", since=since))

    def test_a_draft_that_was_corrected_goes_on_when_a_person_retries(self):
        _link, order = self.wrong()
        self.correct(order)
        self.press(order, "action_retry")
        self.assert_invoiced(order.number, "30.04", printed=True, mails=1)
        self.assertEqual(len(self.posted_invoices()), 1)

    def test_a_draft_that_is_still_wrong_is_still_held(self):
        _link, order = self.wrong()
        for _again in range(2):
            self.press(order, "action_retry")
            self.assertEqual((order.state, order.reason_code), ("held", WRONG))
        self.assertEqual(len(self.posted_invoices()), 1)
        self.assertFalse(self.posted_prints())

    def test_a_draft_that_was_deleted_is_made_again_once(self):
        link, order = self.wrong()
        draft = self.invoice(order.number)
        self.box.exact.control_delete_invoice(exact_demo.MAIN, draft["InvoiceID"])
        self.run_link(link)
        self.assertEqual(len(self.posted_invoices()), 1)
        self.press(order, "action_retry")
        self.assert_invoiced(order.number, "30.04", printed=True, mails=1)
        self.assertEqual(len(self.posted_invoices()), 2)

    def test_a_draft_made_again_whose_answer_is_lost_is_made_once(self):
        for kind in ("lost_after", "lost_before"):
            with self.subTest(kind=kind):
                link = self.env["lightspeed.exact.link"].search([])
                if link:
                    self.box.exact.control_set_option(invoice_price_decimals=2)
                    number = self.add_order(UNEVEN)["number"]
                    self.run_link(link)
                    self.box.exact.control_set_option(invoice_price_decimals=4)
                    order = self.order(number)
                else:
                    link, order = self.wrong()
                draft = self.invoice(order.number)
                self.box.exact.control_delete_invoice(
                    exact_demo.MAIN, draft["InvoiceID"]
                )
                self.fault(kind, INVOICE)
                self.press(order, "action_retry")
                self.assertEqual(order.state, "failed")
                if kind == "lost_before":
                    for _again in range(2):
                        self.press(order, "action_retry")
                self.come_back(link, SETTLED, SPACED)
                self.assert_invoiced(order.number, "30.04", printed=True, mails=1)

    def test_another_invoice_with_its_reference_keeps_it_from_being_made_again(self):
        _link, order = self.wrong()
        draft = self.invoice(order.number)
        self.box.exact.control_delete_invoice(exact_demo.MAIN, draft["InvoiceID"])
        self.box.exact.control_add_sales_invoice(
            exact_demo.MAIN,
            OrderedBy=draft["OrderedBy"],
            Journal=exact_demo.JOURNAL,
            YourRef=order.number,
            PaymentCondition=draft["PaymentCondition"],
            SalesInvoiceLines=[
                {"Item": draft["Lines"][0]["ItemCode"], "NetPrice": 1, "VATCode": "2"}
            ],
        )
        self.press(order, "action_retry")
        self.assertEqual((order.state, order.reason_code), ("held", "invoice_other"))
        self.assertEqual(len(self.posted_invoices()), 1)

    def test_it_can_be_skipped_with_a_reason(self):
        _link, order = self.wrong()
        order.skip_reason = "Booked by hand"
        order.action_skip()
        self.assertEqual(order.state, "skipped")

    def test_a_draft_that_was_processed_as_it_was_is_booked_and_told(self):
        link, order = self.wrong()
        draft = self.invoice(order.number)
        self.box.exact.control_print_invoice(exact_demo.MAIN, draft["InvoiceID"])
        self.press(order, "action_retry")
        self.assertEqual((order.state, order.reason_code), ("booked", CHANGED))
        self.assertTrue(order.booking_ids.total_changed)
        self.assertTrue(order.entry_number)
        self.assertFalse(self.posted_prints() or self.outbox())
        self.assertEqual(link.state, "running")


class TestRefusedPrint(InvoiceCase):
    """What Exact does not finalise stays a draft, and its order is held."""

    def test_a_closed_period_is_learned_and_released(self):
        link = self.make_printing_link()
        self.box.exact.control_close_period(exact_demo.MAIN, *self.period())
        first = self.add_order()["number"]
        self.run_link(link)
        order = self.order(first)
        self.assertEqual(order.reason_code, "refused.period_closed")
        self.assertEqual(order.invoice_state, "draft")
        second = self.add_order()["number"]
        self.run_link(link)
        self.assertEqual(self.order(second).reason_code, "period_refused")
        self.assertEqual(len(self.posted_prints()), 1)
        self.assertEqual(len(self.posted_invoices()), 1)
        self.box.exact.control_open_period(exact_demo.MAIN, *self.period())
        link.administration_id.refused_period_ids.action_reopen()
        self.run_link(link)
        for number in (first, second):
            self.assert_invoiced(number, "49.90", printed=True, mails=1)

    def period(self):
        today = fields.Date.today()
        return today.year, today.month

    def test_one_that_is_processed_already_is_adopted_in_any_language(self):
        for language in ("NL", "EN"):
            with self.subTest(language=language):
                self.box.exact.control_set_option(language=language)
                link = self.env["lightspeed.exact.link"].search([])
                link = link or self.make_printing_link()
                orders = self.registry["lightspeed.exact.order"]
                send = orders._print

                def process_first(order, work, booking, send=send):
                    self.box.exact.control_print_invoice(
                        exact_demo.MAIN, booking.operation_id.remote_id
                    )
                    return send(order, work, booking)

                number = self.add_order()["number"]
                with patch.object(orders, "_print", process_first):
                    self.run_link(link)
                order = self.assert_invoiced(number, "49.90", printed=True)
                self.assertTrue(order.booking_ids.output_unknown)
                self.assertIn("Not known", order.booking_ids.output_text)
