"""Promise 1 for what comes after the order: days, credits, corrections, clearings."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import ENTRY, SETTLED, SPACED, Killed, OnceCase, die
from tests.addon.payment_case import CLEARING_ENTRY, PaymentCase
from tests.addon.test_changes import ChangeCase

# More often than this no slice looks at orders in these tests.
MOST_LOOKS = 40


class Stuck(BaseException):
    """The same order is looked at for ever."""


class OnceMoreCase(OnceCase):
    def run_link(self, link):
        orders = self.registry["lightspeed.exact.order"]
        process, looks = orders._process, []

        def counted(order, work):
            looks.append(order.id)
            if len(looks) > MOST_LOOKS:
                order.env.cr.rollback()
                raise Stuck
            return process(order, work)

        with patch.object(orders, "_process", counted):
            super().run_link(link)

    def press(self, records, action):
        with self.enter_registry_test_mode():
            getattr(records, action)()
        self.env.invalidate_all()

    def family(self, number):
        """Return reference -> total of all entries of an order."""
        return {
            entry["YourRef"]: entry["AmountFC"]
            for entry in self.box.exact.control_entries(exact_demo.MAIN)
            if entry["YourRef"].startswith(number)
        }


class DayCase(OnceMoreCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link(
            start=False, customer_policy="collective", grouping="day"
        )
        self.box.exact.control_add_account(
            exact_demo.MAIN, Name="Webwinkel", Code="9000"
        )
        with self.enter_registry_test_mode():
            self.collective = self.env["exact.collective.customer"].create(
                {"link_id": self.link.id, "code": "9000"}
            )
        self.link.action_start()

    def orders_of_a_day(self, count=2, days=2):
        moment = fields.Datetime.now() - timedelta(days=days)
        return [
            self.add_order(
                ("Mok", 1 + n, "3.33", "0.21"),
                created_at=f"{moment.replace(hour=11).isoformat()}+00:00",
                updated_at=f"{fields.Datetime.now().isoformat()}+00:00",
            )
            for n in range(count)
        ]

    def day(self):
        return self.env["lightspeed.exact.day.entry"].search([])

    def edit(self, placed, price="10.00"):
        return self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            placed["number"],
            [{"title": "Mok", "quantity": 1, "unit_incl": price, "rate": "0.21"}],
        )

    def refuse(self, blocked=True):
        self.box.exact.control_block_gl_account(exact_demo.MAIN, "8000", blocked)


class TestDayUnderWay(DayCase):
    def test_an_edit_while_the_day_is_under_way_is_noticed_after_it(self):
        placed = self.orders_of_a_day()
        self.fault("lost_after", ENTRY)
        self.run_link(self.link)
        self.edit(placed[0])
        looked_up = len(self.calls("GET", ENTRY))
        self.run_link(self.link)
        self.assertLessEqual(len(self.calls("GET", ENTRY)) - looked_up, 1)
        self.come_back(self.link, SETTLED, SPACED, 3600)
        order = self.order(placed[0]["number"])
        self.assertEqual((order.state, order.proposal), ("booked", "edited"))
        self.assertEqual(self.order(placed[1]["number"]).state, "booked")
        self.assertEqual(len(self.entries()), 1)

    def test_what_did_not_land_is_decided_again(self):
        placed = self.orders_of_a_day(3)
        self.fault("lost_before", ENTRY)
        self.run_link(self.link)
        edited = self.edit(placed[0])
        self.box.lightspeed.control_cancel_order(self.shop_number, placed[1]["number"])
        self.run_link(self.link)
        self.assertEqual(self.order(placed[0]["number"]).reason_code, "waits_for_day")
        self.come_back(self.link, SETTLED, SPACED, 3600, 3600)
        self.assertEqual(self.order(placed[1]["number"]).reason_code, "cancelled")
        totals = [entry["AmountFC"] for entry in self.entries().values()]
        self.assertEqual(
            sum(totals), Decimal(edited["gross"]) + Decimal(placed[2]["gross"])
        )
        for each in (placed[0], placed[2]):
            self.assertEqual(self.order(each["number"]).state, "booked")

    def test_an_order_that_left_a_refused_day_never_takes_its_document(self):
        placed = self.orders_of_a_day()
        self.refuse()
        self.run_link(self.link)
        first, second = (self.order(each["number"]) for each in placed)
        first.skip_reason = "Met de hand"
        first.action_skip()
        self.refuse(False)
        self.press(second, "action_retry")
        self.run_link(self.link)
        self.assertEqual((first.state, second.state), ("skipped", "booked"))
        self.press(first, "action_retry")
        self.run_link(self.link)
        self.assertEqual(self.link.state, "running")
        self.assertEqual(first.state, "booked")
        entries = self.entries()
        self.assertEqual(len(entries), 2)
        self.assertEqual(
            sum(entry["AmountFC"] for entry in entries.values()),
            sum(Decimal(each["gross"]) for each in placed),
        )

    def test_an_order_booked_by_itself_leaves_the_day(self):
        placed = self.add_order(("Mok", 1, "3.33", "0.21"))
        self.add_order(("Mok", 2, "3.33", "0.21"))
        self.run_link(self.link)
        order = self.order(placed["number"])
        entry = self.day()
        self.fault("lost_after", ENTRY)
        self.link.grouping = "account"
        self.run_link(self.link)
        self.assertFalse(order.booking_ids.day_entry_id)
        self.come_back(self.link, SETTLED, SPACED)
        self.assert_booked(placed["number"], placed["gross"])
        self.assertEqual(order.booking_ids.remote_total, placed["gross"])
        self.assertFalse(entry.exists().filtered("entry_id"))

    def test_another_document_found_in_exact_holds_the_day_and_asks_once(self):
        placed = self.orders_of_a_day()
        self.fault("lost_before", ENTRY)
        self.run_link(self.link)
        self.box.exact.control_add_entry(
            exact_demo.MAIN,
            Customer=self.collective.customer_id.remote_id,
            Journal=self.link.journal_id.code,
            YourRef=self.day().reference,
            EntryDate=fields.Date.today().isoformat(),
            PaymentCondition="00",
            SalesEntryLines=[
                {"GLAccount": "8000", "VATCode": "2", "AmountFC": 1, "VATAmountFC": 0}
            ],
        )
        self.come_back(self.link, SETTLED)
        orders = self.link.order_ids
        self.assertEqual(set(orders.mapped("reason_code")), {"document_conflict"})
        self.press(self.order(placed[0]["number"]), "action_retry")
        self.run_link(self.link)
        self.assertEqual(set(orders.mapped("state")), {"held"})
        found = self.entries()[self.day().reference]
        self.box.exact.control_delete_entry(exact_demo.MAIN, found["EntryID"])
        self.press(self.order(placed[0]["number"]), "action_retry")
        self.come_back(self.link, SETTLED, SPACED, 3600)
        self.assertEqual(set(orders.mapped("state")), {"booked"})
        self.assertEqual(len(self.entries()), 1)

    def test_killed_at_any_instruction_a_day_is_booked_once(self):
        for number in range(1, 60):
            placed = self.orders_of_a_day(2, days=2 + number % 20)
            # Whether the token has just run out is another test's business.
            with self.enter_registry_test_mode():
                self.link.administration_id.connection_id._access_token()
            try:
                with self.killed_at(number):
                    self.run_link(self.link)
            except Killed:
                self.env.invalidate_all()
            else:
                break
            self.come_back(self.link, SETTLED, SPACED, 3600)
            states = {self.order(each["number"]).state for each in placed}
            self.assertEqual(states, {"booked"}, number)
        total = sum(entry["AmountFC"] for entry in self.entries().values())
        booked = sum(Decimal(row.gross) for row in self.link.order_ids.booking_ids)
        self.assertEqual(total, booked)
        self.assertEqual(len(self.link.order_ids), 2 * number)

    def test_another_rule_counts_for_orders_that_wait_for_their_day(self):
        placed = self.add_order(("Mok", 1, "3.33", "0.21"))
        self.run_link(self.link)
        other = self.link.administration_id.gl_account_ids.filtered(
            lambda account: account.code == "8020"
        )
        self.link.rule_ids.filtered(
            lambda rule: rule.gl_account_id.code == "8000"
        ).write({"gl_account_id": other.id})
        self.run_link(self.link)
        self.day().due_at = fields.Datetime.now()
        self.run_link(self.link)
        [entry] = self.entries().values()
        self.assertEqual({line["GLAccount"] for line in entry["Lines"]}, {"8020"})
        self.assertEqual(self.order(placed["number"]).state, "booked")

    def test_a_new_link_of_the_shop_makes_a_document_of_its_own(self):
        placed = self.orders_of_a_day(1)
        self.run_link(self.link)
        first = self.day().operation_id
        self.link.action_pause()
        self.link.active = False
        link = self.make_link(
            start=False,
            shop=self.link.shop_id,
            administration=self.link.administration_id,
            customer_policy="collective",
            grouping="day",
        )
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": link.id, "code": "9000"}
            )
        link.action_start()
        placed += self.orders_of_a_day(1)
        self.run_link(link)
        self.assertEqual(first.attempts, 1)
        for each in placed:
            self.assertEqual(self.order(each["number"]).state, "booked")
        self.assertEqual(len(self.entries()), 2)


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
            order._pend(in_an_hour)

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


class TestClearingsApart(PaymentCase, OnceMoreCase):
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
