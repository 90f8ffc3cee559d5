"""Clearing entries: once, to the cent, and never in the way of the sale."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.lightspeed_exact_connector.accounting import clearings

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.once_case import ENTRY, SETTLED, SPACED, Killed, die
from tests.addon.payment_case import CLEARING_ENTRY, CLEARING_LINES, PaymentCase


class TestClearing(PaymentCase):
    def test_a_paid_order_is_cleared_and_the_debtor_is_left_at_zero(self):
        number = self.add_order(paid_at="2026-11-20T00:30:00+01:00")["number"]
        link = self.make_clearing_link()
        self.run_link(link)
        clearing = self.assert_cleared(number, "49.90")
        balances = self.balances()
        self.assertEqual(balances[exact_demo.DEBTORS], 0)
        self.assertEqual(balances[exact_demo.CLEARING], Decimal("49.90"))
        entry = self.clearing_entries()[0]
        order = self.order(number)
        customer = self.relations("anna@example.com")[0]
        debit, credit = entry["Lines"]
        self.assertEqual(entry["JournalCode"], exact_demo.GENERAL_JOURNAL)
        self.assertEqual(debit["GLAccount"], exact_demo.CLEARING)
        self.assertEqual(credit["GLAccount"], exact_demo.DEBTORS)
        self.assertEqual(credit["AccountCode"], customer["Code"])
        self.assertEqual(str(credit["OurRef"]), order.entry_number)
        self.assertEqual(debit["Description"], f"Payment iDEAL {number}-P1")
        expected = max(date(2026, 11, 20), order.booking_ids.entry_date)
        self.assertEqual(clearing.entry_date, expected)
        self.assertEqual(clearing.account_id.code, exact_demo.CLEARING)
        self.assertEqual(clearing.sale_entry_number, order.entry_number)

    def test_a_journal_without_vat_does_as_well(self):
        number = self.add_order()["number"]
        link = self.make_clearing_link(start=False)
        link.clearing_journal_id = link.administration_id.journal_ids.filtered(
            lambda journal: journal.code == exact_demo.GENERAL_JOURNAL_NO_VAT
        )
        link.action_start()
        self.run_link(link)
        self.assert_cleared(number, "49.90")

    def test_it_costs_exactly_one_call_more_and_the_calls_are_counted(self):
        self.add_order()
        link = self.make_clearing_link()
        self.run_link(link)
        self.add_order()
        since = self.box.calls.last
        self.run_link(link)
        calls = self.calls(since=since)
        self.assertEqual(
            [(call["method"], call["path"].split("/", 4)[-1]) for call in calls],
            [("POST", ENTRY), ("POST", CLEARING_ENTRY)],
        )
        # Two paid orders on the first day: thirty times as many in a month.
        self.assertEqual(link.clearing_calls_month, 60)

    def test_without_clearing_nothing_is_planned_and_the_calls_are_foretold(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.assertFalse(self.order(number).clearing_ids)
        self.assertFalse(self.clearing_entries())
        self.assertEqual(link.clearing_calls_month, 30)

    def test_a_method_without_an_account_is_skipped_with_its_reason(self):
        number = self.add_order(payment={"id": "invoice", "title": "Op rekening"})
        link = self.make_clearing_link(rule=False, start=False)
        self.make_rule(link, payment_method="mollie")
        link.action_start()
        self.run_link(link)
        clearing = self.order(number["number"]).clearing_ids
        self.assertEqual(clearing.state, "skipped")
        self.assertIn("“Op rekening”", clearing.reason)
        self.assertFalse(self.posted_clearings())

    def test_an_unpaid_order_is_cleared_once_the_shop_says_that_it_is_paid(self):
        placed = self.add_order(payment_status="not_paid", status="completed_shipped")
        link = self.make_clearing_link()
        self.run_link(link)
        order = self.assert_booked(placed["number"], "49.90")
        self.assertEqual(order.clearing_ids.state, "waiting")
        self.assertIn("not paid yet", order.clearing_ids.reason)
        self.assertFalse(self.posted_clearings())
        self.box.lightspeed.control_set_status(
            self.shop_number, placed["id"], payment_status="paid"
        )
        self.later(1000)
        self.run_link(link)
        self.assert_cleared(placed["number"], "49.90")
        self.assertFalse(order.changed_after_booking)

    def test_an_order_that_was_edited_after_booking_is_not_cleared(self):
        placed = self.add_order(payment_status="not_paid")
        link = self.make_clearing_link()
        self.run_link(link)
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            placed["id"],
            lines=[{"title": "Mok", "quantity": 1, "unit_incl": "10", "rate": "0.21"}],
        )
        self.box.lightspeed.control_set_status(
            self.shop_number, placed["id"], payment_status="paid"
        )
        self.later(1000)
        self.run_link(link)
        order = self.order(placed["number"])
        self.assertEqual(order.clearing_ids.reason_code, "clearing_order_changed")
        self.assertTrue(order.changed_after_booking)
        self.assertFalse(self.posted_clearings())


class TestSides(PaymentCase):
    """That debit is positive in journal entries is not documented: it is read back."""

    LEDGER = "financialtransaction/TransactionLines"

    def test_the_first_entry_is_read_back_and_no_other(self):
        numbers = [self.add_order()["number"] for _again in range(2)]
        link = self.make_clearing_link()
        self.run_link(link)
        for number in numbers:
            self.assert_cleared(number, "49.90")
        self.assertEqual(link.administration_id.clearing_sides, "right")
        self.assertEqual(len(self.calls("GET", self.LEDGER)), 1)

    def test_an_entry_the_other_way_round_stops_clearing_and_not_the_sales(self):
        numbers = [self.add_order()["number"] for _again in range(2)]
        link = self.make_clearing_link()
        intended = clearings.journal_entry

        def exchanged(clearing, customer):
            return intended(replace(clearing, amount=-clearing.amount), customer)

        with patch.object(clearings, "journal_entry", exchanged):
            self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")
        first, second = (self.order(number).clearing_ids for number in numbers)
        self.assertEqual((first.state, second.state), ("posted", "planned"))
        self.assertIn("the other way round", first.reason)
        self.assertEqual(link.clearing_sides, "wrong")
        link.next_poll_at = "2099-01-01 00:00:00"
        lane = self.env["lightspeed.exact.lane"]
        self.assertNotIn(link.administration_id.id, lane._due_administrations())
        with self.enter_registry_test_mode():
            link.administration_id.action_refresh()
        self.run_link(link)
        self.assert_cleared(numbers[1], "49.90")

    def test_where_the_ledger_may_not_be_read_clearing_goes_on(self):
        numbers = [self.add_order()["number"] for _again in range(2)]
        link = self.make_clearing_link()
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, self.LEDGER, []
        )
        self.run_link(link)
        for number in numbers:
            self.assert_cleared(number, "49.90")
        self.assertEqual(link.clearing_sides, "unknown")
        self.assertEqual(len(self.calls("GET", self.LEDGER)), 1)

    def test_a_failure_of_reading_back_leaves_it_to_the_next_entry(self):
        numbers = [self.add_order()["number"] for _again in range(2)]
        link = self.make_clearing_link()
        self.fault("html_503", self.LEDGER, "GET")
        self.run_link(link)
        for number in numbers:
            self.assert_cleared(number, "49.90")
        self.assertEqual(link.clearing_sides, "right")


class TestIsolation(PaymentCase):
    """Whatever becomes of a clearing, the sale stays booked."""

    def test_a_refusal_holds_the_clearing_only_and_is_not_repeated(self):
        number = self.add_order()["number"]
        link = self.make_clearing_link()
        self.box.exact.control_block_gl_account(exact_demo.MAIN, exact_demo.CLEARING)
        self.run_link(link)
        order = self.assert_booked(number, "49.90")
        self.assertFalse(order.reason_code)
        clearing = order.clearing_ids
        self.assertEqual(clearing.state, "held")
        self.assertEqual(clearing.reason_code, "refused.blocked")
        self.assertEqual(link.clearing_held_count, 1)
        self.assertFalse(link.problem_code)
        self.run_link(link)
        self.assertEqual(len(self.posted_clearings()), 1)
        self.box.exact.control_block_gl_account(
            exact_demo.MAIN, exact_demo.CLEARING, blocked=False
        )
        with self.enter_registry_test_mode():
            clearing.action_retry()
        self.assert_cleared(number, "49.90")

    def test_a_missing_right_rests_the_clearings_and_not_the_sales(self):
        numbers = [self.add_order()["number"] for _again in range(3)]
        link = self.make_clearing_link()
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, CLEARING_ENTRY, ["GET"]
        )
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_clearings()), 1)
        administration = link.administration_id
        self.assertFalse(administration.parked_until)
        self.assertTrue(administration.clearings_parked_until)
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, CLEARING_ENTRY, None
        )
        self.run_link(link)
        self.assertEqual(len(self.posted_clearings()), 1)
        self.later(3700)
        self.run_link(link)
        for number in numbers:
            self.assert_cleared(number, "49.90")

    def test_a_technical_failure_is_tried_again_by_itself(self):
        number = self.add_order()["number"]
        link = self.make_clearing_link()
        self.fault("reset_before", CLEARING_ENTRY)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.come_back(link, SETTLED, SPACED, SPACED)
        self.assert_cleared(number, "49.90")

    def test_a_shop_that_cannot_be_asked_lets_the_clearing_wait(self):
        placed = self.add_order(payment_status="not_paid")
        link = self.make_clearing_link()
        self.run_link(link)
        self.box.lightspeed.control_set_status(
            self.shop_number, placed["id"], payment_status="paid"
        )
        self.later(1000)
        self.fault("html_503", f"orders/{placed['id']}", "GET", "lightspeed", times=9)
        self.run_link(link)
        order = self.order(placed["number"])
        self.assertEqual(order.state, "booked")
        self.assertEqual(order.clearing_ids.state, "failed")
        self.assertIn("Lightspeed", order.clearing_ids.reason)

    def test_the_lane_sees_a_clearing_as_work(self):
        self.add_order()
        link = self.make_clearing_link()
        self.fault("reset_before", CLEARING_ENTRY)
        self.run_link(link)
        lane = self.env["lightspeed.exact.lane"]
        link.next_poll_at = "2099-01-01 00:00:00"
        self.assertNotIn(link.administration_id.id, lane._due_administrations())
        self.assertTrue(lane._next_moment())
        self.later(SETTLED)
        self.assertIn(link.administration_id.id, lane._due_administrations())

    def test_settings_that_are_completed_release_what_was_held(self):
        number = self.add_order()["number"]
        link = self.make_clearing_link()
        debtors, link.debtor_account_id = link.debtor_account_id, False
        self.run_link(link)
        self.assertEqual(
            self.order(number).clearing_ids.reason_code, "clearing_settings"
        )
        link.debtor_account_id = debtors
        self.run_link(link)
        self.assert_cleared(number, "49.90")

    def test_a_person_may_clear_by_hand_and_change_their_mind(self):
        number = self.add_order()["number"]
        link = self.make_clearing_link()
        self.box.exact.control_block_gl_account(exact_demo.MAIN, exact_demo.CLEARING)
        self.run_link(link)
        user = new_test_user(self.env, "user", name="Uma", groups=f"{GROUPS}user")
        clearing = self.order(number).clearing_ids.with_user(user)
        clearing.action_by_hand()
        self.assertEqual(clearing.state, "skipped")
        self.assertIn("Uma clears this by hand", clearing.reason)
        with self.assertRaises(AccessError):
            clearing.state = "planned"
        self.box.exact.control_block_gl_account(
            exact_demo.MAIN, exact_demo.CLEARING, blocked=False
        )
        with self.enter_registry_test_mode():
            clearing.action_retry()
        self.assert_cleared(number, "49.90")
        for action in (clearing.action_retry, clearing.action_by_hand):
            with self.assert_refuses(UserError, "booked already"):
                action()


class TestClearingOnce(PaymentCase):
    def lose_clearing(self, kind, path=CLEARING_ENTRY, **options):
        number = self.add_order()["number"]
        link = self.make_clearing_link()
        self.fault(kind, path, **options)
        self.run_link(link)
        return link, number

    def test_a_lost_answer_is_found_and_adopted(self):
        link, number = self.lose_clearing("lost_after")
        order = self.assert_booked(number, "49.90")
        self.assertEqual(order.clearing_ids.state, "failed")
        self.assertEqual(self.operation(order, "clearing").state, "sending")
        self.come_back(link, SETTLED)
        self.assert_cleared(number, "49.90")
        self.assertEqual(len(self.posted_clearings()), 1)
        operation = self.operation(order, "clearing")
        self.assertTrue(operation.adopted)
        self.assertEqual(len(self.calls("GET", CLEARING_LINES)), 1)

    def test_what_did_not_land_is_sent_again_after_two_spaced_look_ups(self):
        link, number = self.lose_clearing("lost_before")
        self.come_back(link, SETTLED)
        operation = self.operation(self.order(number), "clearing")
        self.assertEqual(operation.lookups, 1)
        self.assertEqual(len(self.posted_clearings()), 1)
        self.come_back(link, SPACED)
        self.assert_cleared(number, "49.90")
        self.assertEqual(len(self.posted_clearings()), 2)

    def test_every_kind_of_lost_answer_leads_to_one_entry(self):
        link = self.make_clearing_link()
        handled = {"params": {"handled": True}}
        faults = (
            ("reset_after", {}),
            ("truncated", {}),
            ("empty_500", handled),
            ("html_503", handled),
            ("html_200", handled),
            ("status", {"params": {"handled": True, "status": 201, "body": "{}"}}),
        )
        for kind, options in faults:
            with self.subTest(kind=kind, **options):
                number = self.add_order()["number"]
                self.fault(kind, CLEARING_ENTRY, **options)
                before = self.box.calls.last
                self.run_link(link)
                self.come_back(link, SETTLED)
                self.assert_cleared(number, "49.90")
                self.assertEqual(len(self.posted_clearings(since=before)), 1)

    def test_an_entry_that_differs_is_not_adopted(self):
        link, number = self.lose_clearing("lost_after")
        entry = self.clearing_entries()[0]
        self.box.exact.control_delete_journal_entry(
            exact_demo.MAIN, entry["EntryNumber"]
        )
        lines = [
            {
                "GLAccount": line["GLAccount"],
                "Account": line["AccountCode"],
                "Description": line["Description"],
                "Date": line["Date"],
                "AmountFC": amount,
            }
            for line, amount in zip(entry["Lines"], ("1.00", "-1.00"), strict=True)
        ]
        self.box.exact.control_add_journal_entry(
            exact_demo.MAIN, JournalCode="90", GeneralJournalEntryLines=lines
        )
        self.come_back(link, SETTLED)
        clearing = self.order(number).clearing_ids
        self.assertEqual(clearing.reason_code, "document_conflict")
        self.assertIn("total", clearing.reason)
        self.assertEqual(len(self.posted_clearings()), 1)

    def test_pressed_twice_it_is_booked_once(self):
        link, number = self.lose_clearing("lost_after")
        clearing = self.order(number).clearing_ids
        for _again in range(3):
            if clearing.state != "posted":
                with self.enter_registry_test_mode():
                    clearing.action_retry()
        self.come_back(link, SETTLED)
        self.assert_cleared(number, "49.90")
        self.assertEqual(len(self.posted_clearings()), 1)

    def test_killed_before_and_after_the_call_it_is_booked_once(self):
        link = self.make_clearing_link()
        operations = type(self.env["lightspeed.exact.operation"])
        model = type(self.env["lightspeed.exact.clearing"])
        record = operations._record

        def die_on_clearing(operation, values):
            if operation.kind == "clearing":
                die(operation)
            return record(operation, values)

        for owner, name, dying in (
            (operations, "_record", die_on_clearing),
            (model, "_finish", die),
            (model, "_post", die),
        ):
            with self.subTest(name=name):
                number = self.add_order()["number"]
                with patch.object(owner, name, dying):
                    self.run_and_die(link)
                self.come_back(link, SETTLED, SPACED, SPACED)
                self.assert_cleared(number, "49.90")
        self.assertEqual(len(self.clearing_entries()), 3)

    def test_a_process_killed_at_any_instruction_clears_once(self):
        link = self.make_clearing_link()
        seen = set()
        for number in range(1, 100):
            placed = self.add_order()["number"]
            try:
                with self.killed_at(number) as points:
                    self.run_link(link)
            except Killed as killed:
                seen.add(str(killed))
            else:
                break
            for wait in (SETTLED, SPACED, SPACED, SETTLED, SPACED, SPACED):
                if self.order(placed).clearing_ids.state != "posted":
                    self.come_back(link, wait)
            with self.subTest(points=points):
                self.assert_cleared(placed, "49.90")
        self.assertGreaterEqual(seen, {"after commit", "before POST", "after POST"})
        self.assertEqual(len(self.clearing_entries()), number)

    def test_an_answer_of_the_identity_only_is_completed(self):
        number = self.add_order()["number"]
        link = self.make_clearing_link()
        operations = type(self.env["lightspeed.exact.operation"])
        values = operations._remote_values

        def sparse(operation, row, sent=None):
            found = values(operation, row, sent)
            if operation.kind == "clearing" and not operation.remote_id:
                found["remote_number"] = False
            return found

        with patch.object(operations, "_remote_values", sparse):
            self.run_link(link)
        self.assert_cleared(number, "49.90")
        self.assertEqual(len(self.calls("GET", CLEARING_ENTRY)), 1)

    def test_a_clearing_is_planned_once_for_a_booking(self):
        number = self.add_order()["number"]
        link = self.make_clearing_link()
        self.run_link(link)
        booking = self.order(number).booking_ids
        clearing = self.env["lightspeed.exact.clearing"]._plan(booking, "payment")
        self.assertEqual(clearing, booking.clearing_ids)
        self.assertEqual(len(booking.clearing_ids), 1)


class TestGiftCard(PaymentCase):
    def test_a_card_and_the_rest_are_cleared_each_by_an_entry_of_its_own(self):
        number = self.add_order(gift_cards=[{"amount": "20.00", "code": "X"}])["number"]
        link = self.make_card_link()
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assert_cleared(number, "20.00", "gift_card")
        self.assert_cleared(number, "29.90")
        balances = self.balances()
        self.assertEqual(balances[exact_demo.DEBTORS], 0)
        self.assertEqual(balances[exact_demo.GIFT_CARDS], Decimal("20.00"))
        self.assertEqual(balances[exact_demo.CLEARING], Decimal("29.90"))

    def test_a_card_that_paid_everything_leaves_no_payment_to_clear(self):
        number = self.add_order(gift_cards=[{"amount": 49.9}])["number"]
        link = self.make_card_link()
        self.run_link(link)
        self.assert_cleared(number, "49.90", "gift_card")
        payment = self.order(number).clearing_ids.filtered(
            lambda clearing: clearing.kind == "payment"
        )
        self.assertEqual(payment.reason_code, "clearing_nothing")
        self.assertEqual(self.balances()[exact_demo.DEBTORS], 0)

    def test_cards_are_cleared_also_where_payments_are_not(self):
        number = self.add_order(gift_cards=[{"amount": 20}])["number"]
        link = self.make_card_link(clearing="none")
        self.run_link(link)
        self.assert_cleared(number, "20.00", "gift_card")
        self.assertEqual(len(self.order(number).clearing_ids), 1)
        self.assertEqual(self.balances()[exact_demo.DEBTORS], Decimal("29.90"))

    def test_a_shape_that_is_not_known_is_held_and_the_right_field_releases_it(self):
        number = self.add_order(gift_cards=[{"paid": {"value": "20"}, "code": "X"}])
        link = self.make_card_link()
        self.run_link(link)
        order = self.order(number["number"])
        self.assertEqual(order.state, "held")
        self.assertEqual(order.reason_code, "gift_card_unreadable")
        self.assertIn("The fields are: code, paid.", order.reason)
        link.gift_card_amount_field = "paid.value"
        self.run_link(link)
        self.assert_cleared(number["number"], "20.00", "gift_card")

    def test_without_a_choice_it_is_held_and_the_choice_releases_it(self):
        number = self.add_order(gift_cards=[{"amount": 20}])["number"]
        link = self.make_clearing_link()
        self.run_link(link)
        self.assertEqual(self.order(number).reason_code, "gift_card")
        link.write(
            {
                "gift_card_payment": "clear",
                "gift_card_account_id": self.account(link, exact_demo.GIFT_CARDS).id,
            }
        )
        self.run_link(link)
        self.assert_cleared(number, "20.00", "gift_card")

    def test_more_than_the_order_is_held(self):
        number = self.add_order(gift_cards=[{"amount": 50}])["number"]
        link = self.make_card_link()
        self.run_link(link)
        self.assertIn("50.00", self.order(number).reason)
        self.assertFalse(self.posted_entries())
