"""One entry a day for what goes to a collective debtor."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.tests import new_test_user

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.once_case import ENTRY, SETTLED, SPACED, OnceCase


class TestDayEntries(OnceCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link(
            start=False, customer_policy="collective", grouping="day"
        )
        relation = self.box.exact.control_add_account(
            exact_demo.MAIN, Name="Webwinkel", Code="9000"
        )
        self.debtor = relation["ID"]
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": self.link.id, "code": "9000"}
            )
        self.link.action_start()

    def day(self, days):
        moment = fields.Datetime.now() - timedelta(days=days)
        return moment.replace(hour=11).isoformat() + "+00:00"

    def orders(self, count=3, days=2, **values):
        return [
            self.add_order(
                ("Mok", 1 + n, "3.33", "0.21"),
                ("Boek", 1, "9.99", "0.09"),
                created_at=self.day(days),
                updated_at=f"{fields.Datetime.now().isoformat()}+00:00",
                **values,
            )
            for n in range(count)
        ]

    def test_the_orders_of_a_day_are_one_entry_each_proved(self):
        placed = self.orders()
        self.run_link(self.link)
        entries = self.entries()
        [(reference, entry)] = entries.items()
        total = sum(Decimal(each["gross"]) for each in placed)
        self.assertEqual(entry["AmountFC"], total)
        self.assertEqual(entry["Customer"], self.debtor)
        self.assertEqual(
            [(line["GLAccount"], line["VATCode"]) for line in entry["Lines"]],
            [("8000", "2"), ("8010", "1")],
        )
        day = self.env["lightspeed.exact.day.entry"].search([])
        self.assertEqual(
            (day.reference, day.state, day.order_count), (reference, "posted", 3)
        )
        for each in placed:
            order = self.order(each["number"])
            self.assertEqual(order.state, "booked")
            self.assertEqual(order.booking_ids.gross, each["gross"])
            self.assertEqual(order.entry_number, str(entry["EntryNumber"]))
        self.run_link(self.link)
        self.assertEqual(len(self.entries()), 1)

    def test_a_day_that_is_not_over_waits(self):
        placed = self.add_order(("Mok", 1, "3.33", "0.21"))
        self.run_link(self.link)
        order = self.order(placed["number"])
        self.assertEqual((order.state, order.reason_code), ("waiting", "waits_for_day"))
        self.assertFalse(self.entries())

    def test_an_order_that_leaves_its_day_is_not_booked(self):
        placed = self.add_order(("Mok", 1, "3.33", "0.21"))
        other = self.add_order(("Mok", 2, "3.33", "0.21"))
        self.run_link(self.link)
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.run_link(self.link)
        self.env["lightspeed.exact.day.entry"].search([]).due_at = fields.Datetime.now()
        self.run_link(self.link)
        [entry] = self.entries().values()
        self.assertEqual(entry["AmountFC"], Decimal(other["gross"]))
        self.assertEqual(self.order(placed["number"]).reason_code, "cancelled")

    def test_everybody_may_skip_an_order_that_waits_for_its_day(self):
        placed = self.add_order(("Mok", 1, "3.33", "0.21"))
        self.run_link(self.link)
        order = self.order(placed["number"])
        # Refused once: the entry has an operation, which only managers may read.
        self.fault("business", ENTRY)
        order.booking_ids.day_entry_id.due_at = fields.Datetime.now()
        self.run_link(self.link)
        self.assertTrue(order.booking_ids.day_entry_id.operation_id)
        user = new_test_user(self.env, "lezer", groups=f"{GROUPS}user")
        order.skip_reason = "Met de hand geboekt"
        order.with_user(user).action_skip()
        self.assertEqual((order.state, order.reason_code), ("skipped", "by_user"))

    def test_an_order_that_left_a_refused_day_is_not_booked_with_it(self):
        left, stays = self.orders(2)
        self.fault("business", ENTRY)
        self.run_link(self.link)
        order, other = self.order(left["number"]), self.order(stays["number"])
        self.assertEqual((order.state, other.state), ("held", "held"))
        order.skip_reason = "Met de hand geboekt"
        order.action_skip()
        with self.enter_registry_test_mode():
            other.action_retry()
        self.env.invalidate_all()
        # The answer is lost: what Exact has is compared with what was sent.
        self.fault("lost_after", ENTRY)
        self.run_link(self.link)
        self.come_back(self.link, SETTLED, SPACED)
        self.later(3600)
        self.run_link(self.link)
        self.assertEqual(other.state, "booked", other.reason)
        self.assertEqual(order.state, "skipped")
        with self.enter_registry_test_mode():
            order.action_retry()
        self.env.invalidate_all()
        self.run_link(self.link)
        self.assertEqual(order.state, "booked", order.reason)
        self.assertEqual(
            sorted(entry["AmountFC"] for entry in self.entries().values()),
            sorted(Decimal(each["gross"]) for each in (left, stays)),
        )

    def test_a_day_under_way_is_asked_for_once_whatever_its_orders_do(self):
        placed = self.orders()
        self.fault("lost_before", ENTRY)
        self.run_link(self.link)
        orders = self.link.order_ids
        for each in placed:
            order = self.order(each["number"])
            self.assertEqual(order.reason_code, "waits_for_day")
        orders._judge()
        self.assertEqual(set(orders.mapped("state")), {"ready"})
        since = self.box.calls.last
        self.run_link(self.link)
        self.assertEqual(set(orders.mapped("reason_code")), {"waits_for_day"})
        self.assertLessEqual(len(self.calls("GET", ENTRY, since=since)), 1)
        self.come_back(self.link, SETTLED, SPACED)
        self.later(3600)
        self.run_link(self.link)
        self.assertEqual(set(orders.mapped("state")), {"booked"})
        self.assertEqual(len(self.entries()), 1)

    def test_a_day_that_differs_in_exact_holds_all_its_orders_at_each_look(self):
        placed = self.orders()
        self.fault("lost_after", ENTRY)
        self.run_link(self.link)
        [entry] = self.entries().values()
        relation = self.box.exact.control_add_account(exact_demo.MAIN, Name="Ander")
        self.box.exact.control_edit_entry(
            exact_demo.MAIN, entry["EntryID"], Customer=relation["ID"]
        )
        self.come_back(self.link, 3600)
        orders = self.link.order_ids
        self.assertEqual(
            set(orders.mapped("reason_code")), {"document_conflict"}, orders[:1].reason
        )
        since = self.box.calls.last
        with self.enter_registry_test_mode():
            self.order(placed[0]["number"]).action_retry()
        self.env.invalidate_all()
        self.run_link(self.link)
        self.assertEqual(set(orders.mapped("state")), {"held"})
        self.assertEqual(set(orders.mapped("reason_code")), {"document_conflict"})
        self.assertEqual(len(self.calls("GET", ENTRY, since=since)), 1)
        self.box.exact.control_edit_entry(
            exact_demo.MAIN, entry["EntryID"], Customer=self.debtor
        )
        with self.enter_registry_test_mode():
            self.order(placed[0]["number"]).action_retry()
        self.env.invalidate_all()
        self.assertEqual(set(orders.mapped("state")), {"booked"})
        self.assertEqual(len(self.entries()), 1)

    def test_late_orders_of_a_day_are_a_second_entry(self):
        self.orders(1)
        self.run_link(self.link)
        self.orders(2)
        self.run_link(self.link)
        references = sorted(self.entries())
        self.assertEqual(len(references), 2)
        self.assertTrue(references[1].endswith("-R1"))

    def test_companies_are_booked_by_themselves(self):
        company = {
            "email": "bv@example.com",
            "company": "Bakkerij BV",
            "is_company": True,
            "country": "nl",
        }
        self.orders(2)
        placed = self.orders(1, customer=company)[0]
        self.run_link(self.link)
        self.assertEqual(len(self.entries()), 2)
        self.assertEqual(
            self.entries()[placed["number"]]["AmountFC"], Decimal(placed["gross"])
        )

    def test_a_lost_answer_books_the_day_once(self):
        placed = self.orders()
        self.fault("lost_after", ENTRY)
        self.run_link(self.link)
        self.come_back(self.link, SETTLED, SPACED)
        self.later(3600)
        self.run_link(self.link)
        self.assertEqual(len(self.entries()), 1)
        for each in placed:
            self.assertEqual(self.order(each["number"]).state, "booked")

    def test_a_refusal_holds_all_orders_and_one_retry_releases_them(self):
        placed = self.orders()
        account = self.link.administration_id.gl_account_ids.filtered(
            lambda row: row.code == "8010"
        )
        self.box.exact.control_block_gl_account(exact_demo.MAIN, account.code)
        self.run_link(self.link)
        orders = self.link.order_ids
        self.assertEqual(set(orders.mapped("state")), {"held"})
        self.box.exact.control_block_gl_account(exact_demo.MAIN, account.code, False)
        with self.enter_registry_test_mode():
            self.order(placed[0]["number"]).action_retry()
        self.env.invalidate_all()
        self.run_link(self.link)
        self.assertEqual(set(orders.mapped("state")), {"booked"})
        self.assertEqual(len(self.entries()), 1)

    def test_a_credit_note_of_the_day_goes_to_the_same_debtor(self):
        placed = self.orders(2)[0]
        self.run_link(self.link)
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, placed["number"]
        )
        self.run_link(self.link)
        entry = self.entries()[f"{placed['number']}-R1"]
        self.assertEqual(entry["AmountFC"], -Decimal(note["gross"]))
        self.assertEqual(entry["Customer"], self.debtor)

    def test_another_total_in_exact_stops_the_link_and_later_days(self):
        rules = self.link.rule_ids.filtered(
            lambda rule: rule.vat_code_id.code == "2" and rule.line_kind == "product"
        )
        codes = self.link.administration_id.vat_code_ids
        rules.vat_code_id = codes.filtered(lambda code: code.code == "4")
        self.box.exact.control_set_option(including_as_net=True)
        self.orders(2, days=3)
        self.orders(1, days=2)
        self.run_link(self.link)
        self.assertEqual(
            (self.link.state, self.link.problem_code), ("paused", "amount_differs")
        )
        self.later(3600)
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 1)

    def test_another_rate_of_exchange_is_that_of_the_whole_day(self):
        self.box.lightspeed.control_set_shop(self.shop_number, currency="USD")
        self.link.shop_id.action_test_connection()
        self.link.write({"foreign_currency": "fixed_rate", "fixed_rate": 0.9})
        self.orders(2, days=0)
        self.run_link(self.link)
        self.link.fixed_rate = 0.8
        self.orders(1, days=0)
        self.run_link(self.link)
        self.assertFalse(self.entries())
        self.later(2 * 86400)
        self.run_link(self.link)
        [entry] = self.entries().values()
        self.assertEqual(entry["Rate"], Decimal("0.8"))
        self.assertEqual(set(self.link.order_ids.mapped("state")), {"booked"})
        booked = self.link.order_ids.booking_ids.mapped("gross")
        self.assertEqual(entry["AmountFC"], sum(map(Decimal, booked)))
        self.assertEqual(len(booked), 3)

    def test_an_edited_order_of_a_day_is_corrected_by_itself(self):
        placed = self.orders(2)[0]
        self.run_link(self.link)
        oracle = self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            placed["number"],
            [{"title": "Mok", "quantity": 1, "unit_incl": "10.00", "rate": "0.21"}],
        )
        self.run_link(self.link)
        order = self.order(placed["number"])
        self.assertEqual(order.proposal, "edited")
        with self.enter_registry_test_mode():
            order.action_book_difference()
        self.env.invalidate_all()
        difference = Decimal(oracle["gross"]) - Decimal(placed["gross"])
        self.assertEqual(
            self.entries()[f"{placed['number']}-R1"]["AmountFC"], difference
        )
