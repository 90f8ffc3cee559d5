"""Switching a running link from entries to invoices, or back, books nothing twice."""

import json
from decimal import Decimal

from odoo.exceptions import ValidationError

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import INVOICE, PRINT, UNEVEN, InvoiceCase
from tests.addon.once_case import ENTRY, SETTLED, SPACED, Killed
from tests.addon.test_changes import ChangeCase

HOME = exact_demo.MAIN


class SwitchCase(InvoiceCase):
    def make_switching_link(self, kind, finalise="print", **values):
        """Make a link that makes one kind of document, and can make the other one."""
        administration = self.make_administration()
        profile = self.make_profile(administration, finalise=finalise)
        return self.make_link(
            administration=administration,
            document_kind=kind,
            invoice_profile_id=profile.id,
            **values,
        )

    def switch(self, link):
        kinds = ("sales_entry", "sales_invoice")
        link.document_kind = kinds[link.document_kind == kinds[0]]
        self.run_link(link)

    def documents(self, number):
        """Return what Exact has of an order: entries and open invoices, by reference.

        A finalised invoice has an entry of its own.
        """
        found = [
            (entry["YourRef"], Decimal(str(entry["AmountFC"])))
            for entry in self.box.exact.control_entries(HOME)
            if entry["YourRef"].startswith(number)
        ]
        found += [
            (invoice["YourRef"], Decimal(str(invoice["AmountFC"])))
            for invoice in self.invoices()
            if invoice["YourRef"].startswith(number) and invoice["Status"] != 50
        ]
        return sorted(found)

    def assert_once(self, number, kind=None, total="49.90"):
        order = self.order(number)
        self.assertEqual(order.state, "booked", order.reason)
        self.assertEqual(self.documents(number), [(number, Decimal(total))])
        if kind:
            self.assertEqual(order.booking_ids.document_kind, kind)
        return order

    def both_ways(self):
        """Yield a link of each kind, with the path that its documents go to."""
        for kind, path in (("sales_entry", ENTRY), ("sales_invoice", INVOICE)):
            with self.subTest(kind=kind):
                link = self.env["lightspeed.exact.link"].search([])
                if link:
                    link.document_kind = kind
                yield link or self.make_switching_link(kind), path


class TestSwitch(SwitchCase):
    def test_what_is_booked_stays_as_it_is(self):
        for link, _path in self.both_ways():
            kind = link.document_kind
            number = self.booked_order(link)
            self.switch(link)
            self.come_back(link, SETTLED)
            self.assert_once(number, kind)

    def booked_order(self, link):
        number = self.add_order()["number"]
        self.run_link(link)
        self.assertEqual(self.order(number).state, "booked", self.order(number).reason)
        return number

    def test_what_is_ready_goes_in_the_new_form(self):
        for link, _path in self.both_ways():
            kind = link.document_kind
            link.action_pause()
            number = self.add_order()["number"]
            self.run_link(link)
            link.action_start()
            self.switch(link)
            order = self.assert_once(number)
            self.assertNotEqual(order.booking_ids.document_kind, kind)

    def test_what_was_sent_and_lost_stays_in_the_old_form(self):
        for link, path in self.both_ways():
            kind = link.document_kind
            number = self.add_order()["number"]
            self.fault("lost_after", path)
            self.run_link(link)
            self.switch(link)
            self.assertEqual(self.order(number).state, "failed")
            self.come_back(link, SETTLED, SPACED)
            self.assert_once(number, kind)

    def test_what_did_not_land_goes_in_the_new_form_after_the_look_ups(self):
        for link, path in self.both_ways():
            kind = link.document_kind
            number = self.add_order()["number"]
            self.fault("lost_before", path)
            self.run_link(link)
            self.switch(link)
            self.come_back(link, SETTLED, SPACED)
            order = self.assert_once(number)
            self.assertNotEqual(order.booking_ids.document_kind, kind)

    def test_what_lands_late_stays_in_the_old_form(self):
        link = self.make_switching_link("sales_invoice")
        number = self.add_order()["number"]
        self.fault("lost_before", INVOICE)
        self.run_link(link)
        self.switch(link)
        self.come_back(link, SETTLED)
        operation = self.operation(self.order(number), "sales_invoice")
        self.assertEqual(operation.lookups, 1)
        intended = json.loads(operation.payload, parse_float=str)
        self.box.exact.control_add_sales_invoice(HOME, **intended)
        self.come_back(link, SPACED)
        self.assert_once(number, "sales_invoice")

    def test_what_failed_before_sending_goes_in_the_new_form(self):
        for link, path in self.both_ways():
            number = self.add_order()["number"]
            self.fault("unauthorized", path)
            self.run_link(link)
            self.assertEqual(self.order(number).state, "failed")
            self.switch(link)
            self.come_back(link, SETTLED)
            self.assert_once(number)

    def test_what_was_refused_goes_in_the_new_form(self):
        for link, _path in self.both_ways():
            self.box.exact.control_block_gl_account(HOME, "8000", True)
            number = self.add_order()["number"]
            self.run_link(link)
            self.assertEqual(self.order(number).reason_code, "refused.blocked")
            self.box.exact.control_block_gl_account(HOME, "8000", False)
            self.switch(link)
            self.assert_once(number)

    def test_a_draft_with_a_wrong_total_stays_one(self):
        link = self.make_switching_link("sales_invoice")
        self.box.exact.control_set_option(invoice_price_decimals=2)
        number = self.add_order(UNEVEN)["number"]
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(order.reason_code, "invoice_total_wrong")
        self.switch(link)
        self.press(order, "action_retry")
        self.assertEqual(order.reason_code, "invoice_total_wrong")
        self.assertEqual(len(self.documents(number)), 1)
        # Deleted, it is made again, as the link makes documents now.
        self.box.exact.control_delete_invoice(HOME, self.invoice(number)["InvoiceID"])
        self.press(order, "action_retry")
        self.assert_once(number, "sales_entry", "30.04")

    def test_a_print_that_was_lost_is_settled_after_the_switch(self):
        for kind in ("lost_after", "lost_before"):
            with self.subTest(kind=kind):
                link = self.env["lightspeed.exact.link"].search([])
                link = link or self.make_switching_link("sales_invoice")
                link.document_kind = "sales_invoice"
                number = self.add_order()["number"]
                self.fault(kind, PRINT)
                self.run_link(link)
                self.switch(link)
                self.come_back(link, SETTLED, SPACED)
                self.assert_once(number, "sales_invoice")
                self.assert_invoiced(number, "49.90", printed=True)

    def test_the_reference_of_another_order_in_the_other_form_is_held(self):
        link = self.make_switching_link("sales_entry")
        number = self.booked_order(link)
        operations = self.env["lightspeed.exact.operation"]
        order = self.order(number)
        other = self.add_order()["number"]
        self.run_link(link)
        for asking in (order, self.order(other)):
            with self.assertRaises(Exception) as caught:
                operations._intend(
                    link.administration_id,
                    "sales_invoice",
                    number,
                    operations.search([("order_id", "=", order.id)]).reference_key,
                    order=asking,
                )
            self.assertEqual(caught.exception.code, "reference_in_use")

    def test_killed_at_any_instruction_after_the_switch_it_is_booked_once(self):
        link = self.make_switching_link("sales_entry")
        number = self.add_order()["number"]
        self.run_link(link)
        for place in range(1, 40):
            with self.subTest(place=place):
                number = self.add_order()["number"]
                self.fault("lost_before", path=ENTRY if place % 2 else INVOICE)
                self.run_link(link)
                link.document_kind = "sales_invoice" if place % 2 else "sales_entry"
                died = self.come_back_and_die(link, place)
                for wait in (SETTLED, SPACED, SPACED) * 2:
                    if self.order(number).state != "booked":
                        self.come_back(link, wait)
                self.assert_once(number)
                if not died:
                    break

    def come_back_and_die(self, link, place):
        self.come_back(link, SETTLED)
        self.later(SPACED)
        try:
            with self.killed_at(place):
                self.run_link(link)
        except Killed:
            self.env.invalidate_all()
            return True
        return False


class TestDays(SwitchCase):
    def make_day_link(self):
        self.box.exact.control_add_account(HOME, Name="Webwinkel", Code="9999")
        link = self.make_switching_link(
            "sales_entry", start=False, grouping="day", customer_policy="collective"
        )
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": link.id, "code": "9999"}
            )
        link.action_start()
        return link

    def test_what_waits_for_its_day_goes_as_an_invoice_of_its_own(self):
        link = self.make_day_link()
        number = self.add_order()["number"]
        self.run_link(link)
        self.assertEqual(self.order(number).reason_code, "waits_for_day")
        link.write({"grouping": "product", "document_kind": "sales_invoice"})
        self.run_link(link)
        self.assert_once(number, "sales_invoice")
        self.come_back(link, 3 * 86400)
        self.assert_once(number, "sales_invoice")

    def test_an_entry_of_a_day_that_is_under_way_is_settled_as_it_is(self):
        link = self.make_day_link()
        number = self.add_order()["number"]
        self.run_link(link)
        self.later(2 * 86400)
        self.fault("lost_after", ENTRY)
        self.run_link(link)
        link.write({"grouping": "product", "document_kind": "sales_invoice"})
        self.come_back(link, SETTLED, SPACED)
        order = self.order(number)
        self.assertEqual(order.state, "booked", order.reason)
        self.assertEqual(order.booking_ids.document_kind, "sales_entry")
        self.assertFalse(self.invoices())

    def test_what_does_not_go_with_invoices_is_refused(self):
        link = self.make_switching_link("sales_invoice")
        for values in (
            {"grouping": "day"},
            {"grouping": "account"},
            {"foreign_currency": "fixed_rate"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                link.write(values)


class TestAfterTheSwitch(SwitchCase, ChangeCase):
    """Credits and corrections have the kind of what they credit."""

    def setUp(self):
        # Each test has a link of its own.
        super(ChangeCase, self).setUp()

    def start_with(self, kind, *lines):
        """Book an order in one form, and let the link make the other one."""
        self.link = self.make_switching_link(kind)
        number = self.add_order(*lines)["number"]
        self.run_link(self.link)
        order = self.order(number)
        self.assertEqual(order.state, "booked", order.reason)
        self.switch(self.link)
        return order

    def kinds(self, order):
        bookings = (order | order.credit_ids).booking_ids.sorted("id")
        return bookings.mapped("document_kind")

    def sum_of(self, order):
        return sum(total for _reference, total in self.documents(order.number))

    def test_a_credit_note_of_an_entry_is_an_entry(self):
        order = self.start_with("sales_entry", ("Mok", 4, "12.10", "0.21"))
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, order.number, lines=[{"index": 0, "quantity": 1}]
        )
        self.run_link(self.link)
        record = self.order(note["number"])
        self.assertEqual(record.state, "booked", record.reason)
        self.assertEqual(self.kinds(order), ["sales_entry"] * 2)
        self.assertEqual(self.sum_of(order), Decimal("36.30"))
        self.assertFalse(self.invoices())

    def test_a_credit_note_of_an_invoice_is_an_invoice(self):
        order = self.start_with("sales_invoice", ("Mok", 4, "12.10", "0.21"))
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, order.number, lines=[{"index": 0, "quantity": 1}]
        )
        self.run_link(self.link)
        record = self.order(note["number"])
        self.assertEqual(record.state, "booked", record.reason)
        self.assertEqual(self.kinds(order), ["sales_invoice"] * 2)
        self.assertEqual(self.sum_of(order), Decimal("36.30"))
        credit = self.invoice(record.booking_ids.reference)
        self.assertEqual(credit["Type"], 8021)
        self.assertTrue(all(line["Quantity"] < 0 for line in credit["Lines"]))
        self.assertTrue(all(line["NetPrice"] > 0 for line in credit["Lines"]))

    def test_a_cancelled_order_is_credited_in_its_own_form(self):
        order = self.start_with("sales_entry")
        self.cancel(order)
        self.answer(order, "action_credit_in_full")
        self.assertEqual(self.kinds(order), ["sales_entry"] * 2)
        self.assertEqual(self.sum_of(order), 0)

    def test_an_edited_order_is_credited_in_the_old_form_and_booked_in_the_new(self):
        order = self.start_with("sales_entry")
        oracle = self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.answer(order, "action_rebook")
        self.assertEqual(order.state, "booked", order.reason)
        self.assertFalse(order.proposal, order.reason)
        self.assertEqual(
            self.kinds(order), ["sales_entry", "sales_entry", "sales_invoice"]
        )
        self.assertEqual(self.sum_of(order), Decimal(oracle["gross"]))
        # And once more: now the invoice is what stands.
        oracle = self.edit(order, ("Theepot", 1, "61.00", "0.21"))
        self.answer(order, "action_rebook")
        self.assertEqual(self.kinds(order)[3:], ["sales_invoice"] * 2)
        self.assertEqual(self.sum_of(order), Decimal(oracle["gross"]))

    def test_a_difference_has_the_kind_of_what_it_corrects(self):
        for kind in ("sales_entry", "sales_invoice"):
            with self.subTest(kind=kind):
                if self.env["lightspeed.exact.link"].search_count([]):
                    self.link.document_kind = kind
                    number = self.add_order()["number"]
                    self.run_link(self.link)
                    order = self.order(number)
                    self.switch(self.link)
                else:
                    order = self.start_with(kind)
                oracle = self.edit(order, ("Theepot", 1, "60.00", "0.21"))
                self.answer(order, "action_book_difference")
                self.assertFalse(order.proposal, order.reason)
                self.assertEqual(self.kinds(order), [kind, kind])
                self.assertEqual(self.sum_of(order), Decimal(oracle["gross"]))
