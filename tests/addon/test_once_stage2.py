"""Promise 1 for what comes after the order: credits, corrections, clearings."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_operation import (
    Pending,
)

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import (
    ENTRY,
    SETTLED,
    SPACED,
    Killed,
    OnceMoreCase,
    die,
)
from tests.addon.payment_case import CLEARING_ENTRY, PaymentCase
from tests.addon.test_changes import ChangeCase


class AfterCase(OnceMoreCase, ChangeCase):
    """An order that is booked, and what happens to it then."""


class TestCorrections(AfterCase):
    def test_an_edit_while_the_document_is_under_way_is_noticed_after_it(self):
        placed = self.add_order()
        self.fault("lost_after", ENTRY)
        self.run_link(self.link)
        order = self.order(placed["number"])
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.come_back(self.link, SETTLED, SPACED)
        self.assertEqual((order.state, order.proposal), ("booked", "edited"))
        self.assertEqual(self.totals(order), {order.number: Decimal("49.90")})

    def test_a_cancellation_while_the_document_is_under_way_is_noticed(self):
        placed = self.add_order()
        self.fault("lost_after", ENTRY)
        self.run_link(self.link)
        order = self.order(placed["number"])
        self.cancel(order)
        self.come_back(self.link, SETTLED, SPACED)
        self.assertEqual((order.state, order.proposal), ("booked", "cancelled"))

    def test_an_edited_credit_note_is_taken_back_and_booked_again_once(self):
        order = self.booked(("Mok", 4, "12.10", "0.21"))
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, order.number, lines=[{"index": 0, "quantity": 2}]
        )
        self.run_link(self.link)
        record = self.order(note["number"])
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, note["id"], {"priceIncl": 24.21, "priceExcl": 20}
        )
        self.run_link(self.link)
        self.assertEqual(record.proposal, "edited")
        self.answer(record, "action_rebook")
        for _again in range(3):
            self.run_link(self.link)
        self.assertLessEqual(len(self.totals(order)), 4)
        self.assertFalse(record.follow_up)

    def test_what_cannot_be_booked_again_is_not_taken_back(self):
        order = self.booked()
        self.edit(order, ("Theepot", 1, "60.00", "0.13"))
        self.answer(order, "action_rebook")
        self.assertEqual(order.reason_code, "vat_suspicious")
        self.assertEqual(self.totals(order), {order.number: Decimal("49.90")})

    def test_booking_again_twice_is_booking_again_once(self):
        order = self.booked()
        oracle = self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.answer(order, "action_rebook")
        self.answer(order, "action_rebook")
        self.assertEqual(len(self.totals(order)), 3)
        self.assertEqual(sum(self.totals(order).values()), Decimal(oracle["gross"]))

    def refuse_the_sale(self, order):
        """Let the credit of booking again go through, and the sale be refused."""
        orders = self.registry["lightspeed.exact.order"]
        finish = orders._finish

        def then_refuse(record, *values):
            result = finish(record, *values)
            self.box.exact.control_block_gl_account(exact_demo.MAIN, "8000", True)
            return result

        with patch.object(orders, "_finish", then_refuse):
            self.answer(order, "action_rebook")
        self.box.exact.control_block_gl_account(exact_demo.MAIN, "8000", False)

    def test_edited_back_after_the_credit_the_order_is_not_forgotten(self):
        order = self.booked()
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.refuse_the_sale(order)
        self.assertEqual(sum(self.totals(order).values()), 0)
        self.assertTrue(order.proposal)
        self.assertEqual(order.reason_code, "refused.blocked")
        # As it was booked at first: but that was taken back.
        self.edit(order, ("Mok blauw", 2, "24.95", "0.21"))
        self.assertTrue(order.proposal)
        self.answer(order, "action_rebook")
        self.assertEqual(sum(self.totals(order).values()), Decimal("49.90"))
        self.assertFalse(order.proposal)

    def test_what_was_only_taken_back_cannot_be_accepted_as_it_is(self):
        order = self.booked()
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.refuse_the_sale(order)
        with self.assert_refuses(UserError, "book"):
            order.action_accept_change()
        self.assertTrue(order.proposal)

    def test_accepting_does_not_accept_what_came_in_after_it_was_shown(self):
        order = self.booked()
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        orders = self.registry["lightspeed.exact.order"]
        in_an_hour = fields.Datetime.now() + timedelta(hours=1)

        def later(order, work):
            order._pend(Pending(in_an_hour))

        with patch.object(orders, "_process", later):
            self.edit(order, ("Theepot", 1, "61.00", "0.21"))
        self.assertEqual(order.follow_up, "examine")
        order.action_accept_change()
        self.later(3700)
        self.run_link(self.link)
        self.assertEqual(order.proposal, "edited")
        self.assertIn("50.41", order.change_new)

    def test_another_choice_while_booking_again_is_under_way_is_done_after_it(self):
        order = self.booked()
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.fault("lost_after", ENTRY)
        self.answer(order, "action_rebook")
        order.follow_up = "difference"
        self.come_back(self.link, SETTLED, SPACED)
        self.assertEqual(sum(self.totals(order).values()), Decimal("60.00"))
        self.assertFalse(order.follow_up)
        self.assertFalse(order.proposal)

    def test_a_lost_answer_to_a_credit_in_full_leaves_no_proposal(self):
        order = self.booked()
        self.cancel(order)
        self.fault("lost_after", ENTRY)
        self.answer(order, "action_credit_in_full")
        self.come_back(self.link, SETTLED, SPACED)
        self.assertEqual(sum(self.totals(order).values()), 0)
        self.assertFalse(order.proposal)

    def test_killed_at_any_instruction_an_order_is_booked_again_once(self):
        for number in range(1, 60):
            order = self.booked()
            oracle = self.edit(order, ("Theepot", 1, "60.00", "0.21"))
            order.follow_up = "rebook"
            try:
                with self.killed_at(number):
                    self.run_link(self.link)
            except Killed:
                self.env.invalidate_all()
            else:
                break
            self.come_back(self.link, SETTLED, SPACED, SPACED, SETTLED, SPACED)
            totals = self.totals(order)
            self.assertEqual(len(totals), 3, number)
            self.assertEqual(sum(totals.values()), Decimal(oracle["gross"]))
            self.assertFalse(order.follow_up or order.proposal, number)

    def test_a_company_that_gave_its_number_later_is_checked_and_its_own_relation(self):
        customer = {"email": "bv@example.org", "country": "be", "zipcode": "9000"}
        placed = self.add_order(("Mok", 1, "12.10", "0.21"), customer=customer)
        self.run_link(self.link)
        order = self.assert_booked(placed["number"], "12.10")
        consumer = order.customer_id
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            order.number,
            [{"title": "Mok", "quantity": 1, "unit_incl": "10.00", "rate": "0"}],
        )
        self.box.lightspeed.control_edit_order(
            self.shop_number,
            order.number,
            {
                "isCompany": True,
                "companyName": "Voorbeeld BV",
                "companyVatNumber": "BE0000000196",
            },
        )
        self.run_link(self.link)
        self.assertTrue(order.proposal)
        since = self.box.calls.last
        self.answer(order, "action_rebook")
        self.assertEqual(len(self.totals(order)), 3, order.reason)
        self.assertEqual(len(self.calls(service="vies", since=since)), 1)
        self.assertTrue(order.booking_ids[:1].vies_check_id)
        self.assertNotEqual(order.customer_id.remote_id, consumer.remote_id)
        self.assertEqual(order.customer_id.vat_number, "BE0000000196")


class TestFamily(AfterCase):
    """Credit notes and reversals of one order, each under way at any moment."""

    def credit(self, order, **values):
        return self.box.lightspeed.control_credit_order(
            self.shop_number, order.number, **values
        )

    def setUp(self):
        super().setUp()
        self.link.cancelled_after = "credit"

    def test_a_cancellation_waits_for_a_credit_note_under_way(self):
        order = self.booked(("Mok", 4, "12.10", "0.21"))
        self.credit(order, lines=[{"index": 0, "quantity": 1}])
        self.fault("lost_after", ENTRY)
        self.run_link(self.link)
        self.cancel(order)
        self.come_back(self.link, SETTLED, SPACED, SETTLED)
        self.assertEqual(sum(self.totals(order).values()), 0)
        self.assertEqual(len(self.totals(order)), 3)

    def test_a_credit_note_waits_for_a_cancellation_under_way(self):
        order = self.booked(("Mok", 4, "12.10", "0.21"))
        self.fault("lost_after", ENTRY)
        self.cancel(order)
        note = self.credit(order, lines=[{"index": 0, "quantity": 1}])
        self.run_link(self.link)
        self.come_back(self.link, SETTLED, SPACED, SETTLED)
        self.assertEqual(sum(self.totals(order).values()), 0)
        self.assertEqual(self.order(note["number"]).reason_code, "credited_already")

    def test_a_credit_note_waits_until_its_order_is_booked_again(self):
        order = self.booked(("Mok", 4, "12.10", "0.21"))
        self.edit(order, ("Mok", 3, "12.10", "0.21"))
        orders = self.registry["lightspeed.exact.order"]
        finish = orders._finish

        def die_after(record, *values):
            finish(record, *values)
            record.env["lightspeed.exact.lane"]._commit()
            die(record)

        order.follow_up = "rebook"
        with patch.object(orders, "_finish", die_after):
            self.run_and_die(self.link)
        order.next_attempt_at = fields.Datetime.now() + timedelta(hours=1)
        note = self.credit(order, lines=[{"index": 0, "quantity": 1}])
        self.run_link(self.link)
        self.assertEqual(self.order(note["number"]).reason_code, "family_under_way")
        self.come_back(self.link, 3700, SETTLED)
        self.assertEqual(self.order(note["number"]).state, "booked")
        self.assertEqual(sum(self.totals(order).values()), Decimal("24.20"))


class TestAnotherLink(OnceMoreCase):
    """The link of a shop is archived, and another one takes its place."""

    def another(self, link, **values):
        link.action_pause()
        link.active = False
        return self.make_link(
            shop=link.shop_id, administration=link.administration_id, **values
        )

    def test_it_takes_over_what_is_held_under_way_and_booked(self):
        link = self.make_link()
        booked = self.add_order()["number"]
        held = self.add_order(("Mok", 1, "10.00", "0.13"))["number"]
        self.run_link(link)
        lost = self.add_order()["number"]
        self.fault("lost_after", ENTRY)
        self.run_link(link)
        new = self.another(link)
        self.run_link(new)
        self.come_back(new, SETTLED, SPACED)
        self.assertEqual(new.order_ids, self.order([booked, held, lost]))
        self.assert_booked(booked, "49.90")
        self.assert_booked(lost, "49.90")
        self.assertEqual(len(self.posted_entries()), 2)
        self.box.lightspeed.control_cancel_order(self.shop_number, booked)
        self.run_link(new)
        self.assertEqual(self.order(booked).proposal, "cancelled")

    def order(self, number):
        numbers = [number] if isinstance(number, str) else number
        orders = self.env["lightspeed.exact.order"]
        return orders.search([("number", "in", numbers)])

    def test_what_is_booked_as_an_order_is_never_booked_as_an_invoice(self):
        link = self.make_link()
        placed = self.add_order(payment_status="paid")
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
        new = self.another(link, source="invoice", invoice_trigger="all")
        self.run_link(new)
        invoices = new.order_ids.filtered(lambda row: row.source_kind == "invoice")
        self.assertTrue(invoices)
        self.assertEqual(set(invoices.mapped("reason_code")), {"booked_otherwise"})
        self.assertEqual(len(self.entries()), 1)


class TestClearingsApart(PaymentCase, OnceMoreCase):
    def test_a_later_link_of_the_shop_clears_what_was_booked_before(self):
        link = self.make_clearing_link()
        number = self.add_order(status="completed_shipped", payment_status="not_paid")[
            "number"
        ]
        self.run_link(link)
        self.assert_booked(number, "49.90")
        link.action_pause()
        link.active = False
        new = self.make_link(
            start=False, shop=link.shop_id, administration=link.administration_id
        )
        new.write(
            {
                "clearing": "journal_entry",
                "clearing_journal_id": link.clearing_journal_id.id,
            }
        )
        self.make_rule(new)
        new.action_start()
        self.box.lightspeed.control_set_status(
            self.shop_number, number, payment_status="paid"
        )
        self.run_link(new)
        self.assert_cleared(number, "49.90")

    def test_clearings_that_fail_delay_no_sale(self):
        link = self.make_clearing_link()
        for kind in ("empty_500",) * 4:
            self.fault(kind, CLEARING_ENTRY)
        numbers = [
            self.add_order(payment_status="paid")["number"] for _each in range(4)
        ]
        self.run_link(link)
        administration = link.administration_id
        self.assertFalse(administration.parked_until)
        self.assertFalse(administration.problem_code)
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.come_back(link, 7200, 7200, 7200)
        for each in numbers:
            self.assert_cleared(each, "49.90")

    def test_a_relation_that_was_forgotten_owes_the_money_all_the_same(self):
        link = self.make_clearing_link()
        number = self.add_order(status="completed_shipped", payment_status="not_paid")[
            "number"
        ]
        self.run_link(link)
        order = self.assert_booked(number, "49.90")
        order.customer_id.action_forget()
        self.box.lightspeed.control_set_status(
            self.shop_number, number, payment_status="paid"
        )
        self.run_link(link)
        self.assert_cleared(number, "49.90")
