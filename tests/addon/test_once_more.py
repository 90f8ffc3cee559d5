"""Promise 1, from the outside: found documents, repetition, refusals, trouble."""

from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.clients.transport import Transport
from odoo.addons.lightspeed_exact_connector.models import (
    lightspeed_exact_order_process as process,
)

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import SECRET
from tests.addon.once_case import (
    ENTRY,
    RELATION,
    SETTLED,
    SPACED,
    OnceCase,
)

TEN_EUROS = {
    "GLAccount": exact_demo.REVENUE_HIGH,
    "AmountFC": "10.00",
    "VATCode": exact_demo.VAT_HIGH,
}


class TestFoundDocument(OnceCase):
    def book_on_another_customer(self, number):
        """Somebody gives the entry in Exact another customer."""
        other = self.box.exact.control_add_account(exact_demo.MAIN, Name="Ander")
        self.box.exact.control_edit_entry(
            exact_demo.MAIN, self.entries()[number]["EntryID"], Customer=other["ID"]
        )

    def test_a_document_that_somebody_edited_is_held(self):
        link, number = self.lose("lost_after")
        entry = self.entries()[number]
        self.box.exact.control_edit_entry(
            exact_demo.MAIN,
            entry["EntryID"],
            lines=[TEN_EUROS],
        )
        self.come_back(link, SETTLED)
        order = self.order(number)
        self.assertEqual(order.state, "held")
        self.assertEqual(order.reason_code, "document_conflict")
        self.assertEqual(order.reason_params["differences"], "total")
        self.come_back(link, SETTLED, SPACED)
        self.assertEqual(len(self.posted_entries()), 1)

    def test_another_customer_on_the_found_document_is_held(self):
        link, number = self.lose("lost_after")
        self.book_on_another_customer(number)
        self.come_back(link, SETTLED)
        self.assertEqual(self.order(number).reason_code, "document_conflict")
        self.assertEqual(self.order(number).reason_params["differences"], "customer")

    def test_a_conflict_that_a_person_solved_is_adopted_on_retry(self):
        link, number = self.lose("lost_after")
        entry = self.entries()[number]["EntryID"]
        relation = self.relations("anna@example.com")[0]["ID"]
        other = self.box.exact.control_add_account(exact_demo.MAIN, Name="Ander")
        self.box.exact.control_edit_entry(exact_demo.MAIN, entry, Customer=other["ID"])
        self.come_back(link, SETTLED)
        self.assertEqual(self.order(number).state, "held")
        self.box.exact.control_edit_entry(exact_demo.MAIN, entry, Customer=relation)
        with self.enter_registry_test_mode():
            self.order(number).action_retry()
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 1)

    def test_a_conflict_can_be_skipped_by_a_person(self):
        link, number = self.lose("lost_after")
        self.book_on_another_customer(number)
        self.come_back(link, SETTLED)
        order = self.order(number)
        order.skip_reason = "The document in Exact is right"
        order.action_skip()
        self.assertEqual(order.state, "skipped")

    def test_several_found_documents_are_held(self):
        link, number = self.lose("lost_after")
        relation = self.relations("anna@example.com")[0]["ID"]
        self.box.exact.control_add_entry(
            exact_demo.MAIN,
            Customer=relation,
            Journal=exact_demo.JOURNAL,
            YourRef=number,
            PaymentCondition="PS",
            SalesEntryLines=[TEN_EUROS],
        )
        self.come_back(link, SETTLED)
        order = self.order(number)
        self.assertEqual(order.state, "held")
        self.assertEqual(order.reason_code, "document_several")
        self.assertEqual(order.reason_params["count"], 2)
        self.assertEqual(len(self.posted_entries()), 1)


class TestTwice(OnceCase):
    def test_an_order_that_is_pulled_twice_is_booked_once(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.order(number)), 1)
        self.assertEqual(len(self.posted_entries()), 1)

    def test_an_order_that_changes_after_booking_is_not_booked_again(self):
        placed = self.add_order()
        link = self.make_link()
        self.run_link(link)
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            placed["number"],
            [{"title": "Mok", "quantity": 1, "unit_incl": "10.00", "rate": "0.21"}],
        )
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
        self.assertTrue(self.order(placed["number"]).changed_after_booking)

    def test_the_sync_button_pressed_twice_books_once(self):
        number = self.add_order()["number"]
        link = self.make_link()
        for _again in range(2):
            with self.enter_registry_test_mode():
                link.action_sync_now()
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 1)

    def test_a_booked_order_cannot_be_retried_or_skipped(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        order = self.order(number)
        with self.assertRaisesRegex(UserError, "booked already"):
            order.action_retry()
        order.skip_reason = "No"
        with self.assertRaisesRegex(UserError, "booked already"):
            order.action_skip()
        self.assertEqual(len(self.posted_entries()), 1)

    def test_an_order_under_way_cannot_be_skipped(self):
        _link, number = self.lose("lost_after")
        order = self.order(number)
        order.skip_reason = "No"
        with self.assertRaisesRegex(UserError, "under way"):
            order.action_skip()

    def test_an_order_under_way_is_settled_though_it_was_cancelled(self):
        link, number = self.lose("lost_after")
        self.box.lightspeed.control_cancel_order(self.shop_number, number)
        self.come_back(link, SETTLED)
        self.assert_booked(number, "49.90")


class TestReferences(OnceCase):
    def second_shop(self, name="tweede", **values):
        number = self.box.lightspeed.control_add_shop(
            name, key="3" * 32, secret=SECRET, **values
        )["shop"]
        shop = self.make_shop(name=name, api_key="3" * 32)
        return number, shop

    def test_two_links_of_one_administration_need_prefixes_of_their_own(self):
        link = self.make_link()
        _number, shop = self.second_shop()
        with self.assertRaises(ValidationError) as refusal:
            self.make_link(shop=shop, administration=link.administration_id)
        self.assertIn("prefix", str(refusal.exception))
        other = self.make_link(
            shop=shop, administration=link.administration_id, reference_prefix="B-"
        )
        with self.assertRaises(ValidationError):
            link.reference_prefix = " b- "
        self.assertEqual(other.reference_prefix, "B-")

    def test_two_shops_with_the_same_numbers_are_booked_beside_each_other(self):
        first = self.add_order(number="ORD1")["number"]
        link = self.make_link()
        number, shop = self.second_shop()
        self.box.lightspeed.control_add_order(
            number,
            lines=[{"title": "Mok", "quantity": 1, "unit_incl": "9.95"}],
            customer={"email": "anna@example.com", "lastname": "Voorbeeld"},
            number="ORD1",
        )
        other = self.make_link(
            shop=shop, administration=link.administration_id, reference_prefix="B-"
        )
        self.run_link(link)
        self.run_link(other)
        entries = self.entries()
        self.assertEqual(Decimal(entries[first]["AmountFC"]), Decimal("49.90"))
        self.assertEqual(Decimal(entries["B-ORD1"]["AmountFC"]), Decimal("9.95"))

    def test_a_reference_of_another_order_is_held_and_released_by_a_prefix(self):
        self.add_order(number="b-1")
        link = self.make_link()
        self.run_link(link)
        number, shop = self.second_shop()
        self.box.lightspeed.control_add_order(
            number,
            lines=[{"title": "Mok", "quantity": 1, "unit_incl": "9.95"}],
            customer={"email": "anna@example.com", "lastname": "Voorbeeld"},
            number="1",
        )
        other = self.make_link(
            shop=shop, administration=link.administration_id, reference_prefix="B-"
        )
        self.run_link(other)
        held = self.order("1")
        self.assertEqual((held.state, held.reason_code), ("held", "reference_in_use"))
        self.assertEqual(len(self.posted_entries()), 1)
        other.reference_prefix = "C-"
        self.run_link(other)
        self.assertEqual(self.order("1").state, "booked")
        self.assertEqual(set(self.entries()), {"b-1", "C-1"})


class TestRefusals(OnceCase):
    def close_this_month(self):
        today = self.box.clock.now()
        self.box.exact.control_close_period(exact_demo.MAIN, today.year, today.month)
        return today.year, today.month

    def refused(self):
        self.period = self.close_this_month()
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(
            (order.state, order.reason_code), ("held", "refused.period_closed")
        )
        return link, order

    def look_again(self, link, order):
        """Let an order be decided again although nothing relevant has changed."""
        self.box.lightspeed.control_edit_order(
            self.shop_number, order.number, {"comment": "Bel even"}
        )
        self.run_link(link)
        link.write({"rounding_limit": 0.04})
        order._set_state("ready")
        self.run_link(link)
        self.assertEqual(order.state, "held")
        self.assertEqual(len(self.posted_entries()), 1)

    def test_a_refusal_is_not_sent_again_unchanged(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.box.exact.control_block_vat_code(exact_demo.MAIN, "2")
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(order.reason_code, "refused.blocked")
        self.look_again(link, order)
        self.assertEqual(order.reason_code, "refused.blocked")

    def test_a_refused_period_is_not_tried_again(self):
        link, order = self.refused()
        self.look_again(link, order)
        self.assertEqual(order.reason_code, "period_refused")

    def test_retry_sends_a_refusal_again(self):
        _link, order = self.refused()
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assertEqual(len(self.posted_entries()), 2)
        self.assertEqual(order.state, "held")
        self.box.exact.control_open_period(exact_demo.MAIN, *self.period)
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assert_booked(order.number, "49.90")

    def test_retry_sends_a_refusal_again_once_only(self):
        link, order = self.refused()
        with self.enter_registry_test_mode():
            order.action_retry()
        order._set_state("ready")
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), 2)

    def test_another_ledger_rule_sends_a_refusal_again(self):
        number = self.add_order()["number"]
        link = self.make_link()
        rule = link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and abs(rule.rate - 0.21) < 0.0001
        )[:1]
        self.box.exact.control_block_gl_account(
            exact_demo.MAIN, rule.gl_account_id.code
        )
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(order.state, "held")
        posts = len(self.posted_entries())
        rule.sequence = 11
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), posts)
        rule.gl_account_id = link.administration_id.gl_account_ids.filtered(
            lambda account: account.code == exact_demo.REVENUE_EXPORT
        )
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_a_refused_relation_is_not_sent_again_unchanged(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.fault("business", RELATION, params={"text": "Verplicht: Naam"})
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(
            (order.state, order.reason_code), ("held", "refused.mandatory")
        )
        order._set_state("ready")
        self.run_link(link)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.relations("anna@example.com")), 1)

    def test_a_refused_order_does_not_stop_the_others(self):
        number = self.add_order()["number"]
        other = self.add_order()["number"]
        link = self.make_link()
        self.fault("business", ENTRY)
        self.run_link(link)
        states = {self.order(number).state, self.order(other).state}
        self.assertEqual(states, {"held", "booked"})


class TestTrouble(OnceCase):
    def test_a_401_in_mid_run_renews_the_token_and_sends_once(self):
        number = self.add_order()["number"]
        link = self.make_link()
        request = Transport.request

        def expiring(transport, method, url, **options):
            if method == "POST" and ENTRY in url and not expired:
                expired.append(self.box.exact.control_expire_tokens())
            return request(transport, method, url, **options)

        expired = []
        with patch.object(Transport, "request", expiring):
            self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual([call["status"] for call in self.posted_entries()], [401, 201])
        self.assertEqual(len(self.calls("POST", "oauth2/token")), 2)

    def parked(self, kind):
        number = self.add_order()["number"]
        link = self.make_link()
        self.fault(kind, ENTRY)
        self.run_link(link)
        administration = link.administration_id
        self.assertEqual(administration.problem_code, "rate_limited")
        self.assertGreater(administration.parked_until, fields.Datetime.now())
        since = self.box.calls.last
        self.run_link(link)
        self.assertFalse(self.calls(since=since))
        self.assertEqual(self.order(number).state, "ready")
        return link, number

    def test_after_a_429_of_the_minute_nothing_is_called_until_it_is_over(self):
        link, number = self.parked("rate_minute")
        self.later(62)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 2)
        self.assertFalse(link.administration_id.problem_code)

    def test_after_a_429_of_the_day_nothing_is_called_until_tomorrow(self):
        link, number = self.parked("rate_day")
        wait = link.administration_id.parked_until - fields.Datetime.now()
        since = self.box.calls.last
        self.later(min(3600, wait.total_seconds() / 2))
        self.run_link(link)
        self.assertFalse(self.calls(since=since))
        self.later(wait.total_seconds())
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_the_quota_is_never_exceeded(self):
        numbers = [self.add_order()["number"] for _again in range(6)]
        link = self.make_link()
        self.later(61)
        self.box.exact.control_set_limits(minute=4)
        for _again in range(5):
            self.run_link(link)
            self.later(61)
        for number in numbers:
            self.assert_booked(number, "49.90")
        self.assertFalse([call for call in self.calls() if call["status"] == 429])

    def test_three_technical_failures_in_a_row_park_the_administration(self):
        numbers = [self.add_order()["number"] for _again in range(4)]
        link = self.make_link()
        self.fault("html_503", ENTRY, times=None)
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), 3)
        administration = link.administration_id
        self.assertEqual(administration.failures, 4)
        self.assertEqual(administration.problem_code, "temporary")
        self.assertGreater(administration.parked_until, fields.Datetime.now())
        since = self.box.calls.last
        self.run_link(link)
        self.assertFalse(self.calls(since=since))
        self.box.faults.clear()
        self.come_back(link, 3600, SPACED, SPACED)
        for number in numbers:
            self.assert_booked(number, "49.90")
        self.assertFalse(administration.parked_until)
        self.assertFalse(administration.problem_code)
        self.assertEqual(administration.failures, 0)

    def test_a_lost_right_parks_the_administration_and_says_so(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, ENTRY, ["GET"]
        )
        self.run_link(link)
        self.assertEqual(link.administration_id.problem_code, "access_denied")
        self.assertEqual(self.order(number).state, "ready")
        self.box.exact.control_set_rights(exact_demo.USER_NL, exact_demo.MAIN, ENTRY)
        self.come_back(link, 3700)
        self.assert_booked(number, "49.90")

    def other_total(self):
        """Let Exact say another total than was sent."""
        self.fault(
            "status",
            ENTRY,
            params={
                "handled": True,
                "status": 201,
                "body": {
                    "d": {
                        "EntryID": "00000000-0000-0000-0000-000000000001",
                        "EntryNumber": 26700099,
                        "AmountFC": 49.89,
                    }
                },
            },
        )

    def test_another_total_in_exact_pauses_the_link(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.other_total()
        self.run_link(link)
        self.assertEqual(link.state, "paused")
        self.assertEqual(link.problem_code, "amount_differs")
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("booked", "amount_differs"))
        self.assertEqual(order.booking_ids.remote_total, "49.89")

    def test_nothing_more_is_posted_after_another_total_in_exact(self):
        for _again in range(3):
            self.add_order()
        link = self.make_link()
        self.other_total()
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), 1)
        link.action_start()
        self.assertFalse(link.problem_code)
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), 3)
        self.assertEqual(len(self.entries()), 3)

    def test_an_order_that_fails_in_an_unexpected_way_does_not_stop_the_others(self):
        numbers = [self.add_order()["number"] for _again in range(3)]
        link = self.make_link()
        decide = process.decide.decide

        def exploding(sale, policy, **options):
            if sale.number == numbers[1]:
                raise ZeroDivisionError
            return decide(sale, policy, **options)

        with (
            patch.object(process.decide, "decide", exploding),
            self.assertLogs(
                "odoo.addons.lightspeed_exact_connector", "ERROR"
            ) as logged,
        ):
            self.run_link(link)
        self.assertIn("could not be processed", logged.output[0])
        order = self.order(numbers[1])
        self.assertEqual((order.state, order.reason_code), ("failed", "internal"))
        for number in (numbers[0], numbers[2]):
            self.assert_booked(number, "49.90")
        self.come_back(link, 121)
        self.assert_booked(numbers[1], "49.90")

    def test_a_shop_that_explodes_does_not_stop_the_booking(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        order = self.order(number)
        other = self.add_order()["number"]
        self.fault("html_503", ENTRY)
        self.run_link(link)
        self.later(SETTLED)
        orders = type(order)
        with (
            patch.object(orders, "_store_page", side_effect=ZeroDivisionError),
            self.assertLogs(
                "odoo.addons.lightspeed_exact_connector", "ERROR"
            ) as logged,
        ):
            self.run_link(link)
            self.come_back(link, SPACED)
        self.assertIn("could not be polled", logged.output[0])
        self.assert_booked(other, "49.90")
        self.assertEqual(link.problem_code, "internal")
        self.assertEqual(link.failures, 2)
        self.run_link(link)
        self.assertFalse(link.problem_code)

    def test_a_conflict_in_the_database_is_tried_again(self):
        number = self.add_order()["number"]
        link = self.make_link()
        orders = type(self.env["lightspeed.exact.order"])
        book, conflicts = orders._book, []

        def conflicting(order, *args):
            if not conflicts:
                conflicts.append(order.number)
                order.env.cr.execute(
                    "DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001';"
                    " END $$"
                )
            return book(order, *args)

        with (
            patch.object(orders, "_book", conflicting),
            mute_logger("odoo.sql_db"),
        ):
            self.run_link(link)
        self.assertEqual(conflicts, [number])
        self.assert_booked(number, "49.90")
        self.assertFalse(link.administration_id.problem_code)
