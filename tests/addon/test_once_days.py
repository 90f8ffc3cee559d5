"""Promise 1 for the entry of a day: orders that change, leave and come back."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import ENTRY, SETTLED, SPACED, Killed, OnceMoreCase


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
