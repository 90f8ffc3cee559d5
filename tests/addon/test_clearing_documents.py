"""Clearing entries of credit notes and of orders in an entry of their day."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import SETTLED, SPACED
from tests.addon.payment_case import A_DAY, CLEARING_ENTRY, PaymentCase


class TestCreditNotes(PaymentCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_clearing_link()
        self.placed = self.add_order(shipping={"incl": "5.95"})
        self.run_link(self.link)
        self.assert_cleared(self.placed["number"], "55.85")

    def credit(self, **values):
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, self.placed["number"], **values
        )
        self.run_link(self.link)
        order = self.order(note["number"])
        self.assertEqual(order.state, "booked", order.reason)
        return note

    def test_what_is_paid_back_leaves_debtor_and_account_at_zero(self):
        note = self.credit(status="paid")
        clearing = self.assert_cleared(note["number"], "-55.85")
        self.assertEqual(clearing.reference, f"{self.placed['number']}-R1-P1")
        balances = self.balances()
        self.assertEqual(balances[exact_demo.DEBTORS], 0)
        self.assertEqual(balances[exact_demo.CLEARING], 0)
        self.assertEqual(self.link.administration_id.clearing_sides, "right")

    def test_a_partial_credit_pays_back_its_own_amount(self):
        note = self.credit(lines=[{"index": 0, "quantity": 1}], status="paid")
        self.assert_cleared(note["number"], "-24.95")
        balances = self.balances()
        self.assertEqual(balances[exact_demo.DEBTORS], 0)
        self.assertEqual(balances[exact_demo.CLEARING], Decimal("30.90"))

    def test_a_credit_note_that_is_not_paid_back_waits(self):
        note = self.credit()
        order = self.order(note["number"])
        self.assertEqual(order.clearing_ids.state, "waiting")
        self.assertEqual(self.balances()[exact_demo.DEBTORS], Decimal("-55.85"))
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, note["id"], {"status": "paid"}
        )
        self.later(1000)
        self.run_link(self.link)
        self.assert_cleared(note["number"], "-55.85")
        self.assertEqual(self.balances()[exact_demo.DEBTORS], 0)

    def test_a_lost_answer_pays_back_once(self):
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, self.placed["number"], status="paid"
        )
        self.fault("lost_after", CLEARING_ENTRY)
        self.run_link(self.link)
        for seconds in (SETTLED, SPACED):
            self.later(seconds)
            self.run_link(self.link)
        self.assert_cleared(note["number"], "-55.85")
        self.assertEqual(len(self.posted_clearings()), 2)

    def test_a_correction_moves_no_money(self):
        # Cancelled after booking: taken back in the books, paid back by the shop only.
        self.box.lightspeed.control_set_status(
            self.shop_number, self.placed["id"], status="cancelled"
        )
        self.later(1000)
        self.run_link(self.link)
        order = self.order(self.placed["number"])
        self.assertEqual(order.proposal, "cancelled")
        with self.enter_registry_test_mode():
            order.action_credit_in_full()
        self.assertEqual(len(order.booking_ids), 2)
        self.assertEqual(len(order.clearing_ids), 1)
        self.assertEqual(len(self.posted_clearings()), 1)


class TestAnotherCurrency(PaymentCase):
    def foreign_link(self, **values):
        self.box.lightspeed.control_set_shop(self.shop_number, currency="USD")
        return self.make_clearing_link(**values)

    def assert_nothing_is_left(self, link, rate):
        """Book, clear, credit and pay back an order at one rate, to the cent."""
        placed = self.add_order(("Mug", 3, "33.33", "0.21"))
        self.run_link(link)
        self.assert_cleared(placed["number"], "99.99")
        own = Decimal("99.99") * Decimal(rate)
        balances = self.balances()
        self.assertEqual(balances[exact_demo.CLEARING], round(own, 2))
        self.assertEqual(balances[exact_demo.DEBTORS], 0)
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, placed["number"], status="paid"
        )
        self.run_link(link)
        self.assert_cleared(note["number"], "-99.99")
        self.assertFalse({code: each for code, each in self.balances().items() if each})
        self.assertEqual(
            {entry["Currency"] for entry in self.entries().values()}, {"USD"}
        )

    def test_at_a_fixed_rate(self):
        link = self.foreign_link(foreign_currency="fixed_rate", fixed_rate=0.915432)
        self.assert_nothing_is_left(link, "0.915432")

    def test_at_the_rate_of_exact(self):
        link = self.foreign_link(foreign_currency="exact_rate")
        self.assert_nothing_is_left(link, "0.92")

    def test_a_credit_keeps_the_rate_of_its_original(self):
        link = self.foreign_link(foreign_currency="fixed_rate", fixed_rate=0.9)
        placed = self.add_order()
        self.run_link(link)
        link.fixed_rate = 0.8
        self.box.lightspeed.control_credit_order(self.shop_number, placed["number"])
        self.run_link(link)
        rates = {Decimal(str(each["Rate"])) for each in self.entries().values()}
        self.assertEqual(rates, {Decimal("0.9")})


class TestDays(PaymentCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_clearing_link(
            start=False, customer_policy="collective", grouping="day"
        )
        self.box.exact.control_add_account(
            exact_demo.MAIN, Name="Webwinkel", Code="9000"
        )
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": self.link.id, "code": "9000"}
            )
        self.link.action_start()

    def add_orders(self, *statuses):
        moment = fields.Datetime.now() - timedelta(days=2)
        return [
            self.add_order(
                payment_status=status,
                created_at=f"{moment.replace(hour=11).isoformat()}+00:00",
                updated_at=f"{fields.Datetime.now().isoformat()}+00:00",
            )
            for status in statuses
        ]

    def test_each_paid_order_of_a_day_is_cleared_by_itself(self):
        paid, other, unpaid = self.add_orders("paid", "paid", "not_paid")
        self.run_link(self.link)
        self.assertEqual(len(self.entries()), 1)
        [entry] = self.entries().values()
        for placed in (paid, other):
            clearing = self.assert_cleared(placed["number"], "49.90")
            self.assertEqual(clearing.sale_entry_number, str(entry["EntryNumber"]))
        for posted in self.clearing_entries():
            _debit, credit = posted["Lines"]
            self.assertEqual(credit["AccountCode"].strip(), "9000")
            self.assertEqual(credit["OurRef"], entry["EntryNumber"])
        order = self.order(unpaid["number"])
        self.assertEqual(order.clearing_ids.state, "waiting")
        self.assertEqual(self.balances()[exact_demo.DEBTORS], Decimal("49.90"))
        self.box.lightspeed.control_set_status(
            self.shop_number, unpaid["id"], payment_status="paid"
        )
        self.later(1000)
        self.run_link(self.link)
        self.assert_cleared(unpaid["number"], "49.90")
        self.assertEqual(self.balances()[exact_demo.DEBTORS], 0)

    def test_the_paid_status_of_the_entry_is_that_of_its_orders(self):
        placed = self.add_orders("paid", "paid")
        self.run_link(self.link)
        bookings = [self.order(each["number"]).booking_ids for each in placed]
        self.later(A_DAY)
        self.run_link(self.link)
        self.assertEqual([booking.is_paid for booking in bookings], [False, False])
        clearings = bookings[0].clearing_ids + bookings[1].clearing_ids
        self.assertEqual(set(clearings.mapped("matching")), {"open"})
        self.assertEqual(self.link.unmatched_count, 2)
