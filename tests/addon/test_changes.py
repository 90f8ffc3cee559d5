"""Orders that are edited or cancelled after they were booked."""

from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import ENTRY, SETTLED, SPACED, OnceCase, die


class ChangeCase(OnceCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link()

    def booked(self, *lines, **values):
        placed = self.add_order(*lines, **values)
        self.run_link(self.link)
        return self.assert_booked(placed["number"], placed["gross"])

    def edit(self, order, *lines, **values):
        """Give an order other lines; returns what it must come to."""
        rows = [
            {"title": title, "quantity": quantity, "unit_incl": unit, "rate": rate}
            for title, quantity, unit, rate in lines
        ]
        oracle = self.box.lightspeed.control_rebuild_order(
            self.shop_number, order.number, rows, **values
        )
        self.run_link(self.link)
        return oracle

    def cancel(self, order):
        self.box.lightspeed.control_cancel_order(self.shop_number, order.number)
        self.run_link(self.link)

    def answer(self, order, action):
        with self.enter_registry_test_mode():
            getattr(order, action)()
        self.env.invalidate_all()

    def totals(self, order):
        """Return what stands in Exact for an order: reference -> total."""
        return {
            reference: entry["AmountFC"]
            for reference, entry in self.entries().items()
            if reference.startswith(order.number)
        }

    def balance(self):
        """Return the trial balance without accounts that come to nothing."""
        rows = self.box.exact.control_trial_balance(exact_demo.MAIN)
        rows = rows["accounts"] if isinstance(rows, dict) else rows
        return {row["Code"]: row["Balance"] for row in rows if row["Balance"]}


class TestEdited(ChangeCase):
    def test_an_edit_shows_both_sides_and_waits_for_an_answer(self):
        order = self.booked()
        self.edit(order, ("Theepot", 1, "60.00", "0.21"), ("Boek", 1, "10.90", "0.09"))
        self.assertEqual((order.state, order.proposal), ("booked", "edited"))
        self.assertIn("2 x Mok blauw", order.change_old)
        self.assertIn("1 x Theepot", order.change_new)
        self.assertIn("1 x Boek", order.change_new)
        self.assertEqual(self.link.proposal_count, 1)
        self.assertEqual(self.totals(order), {order.number: Decimal("49.90")})

    def test_credit_and_book_again(self):
        order = self.booked()
        oracle = self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.answer(order, "action_rebook")
        self.assertEqual(
            self.totals(order),
            {
                order.number: Decimal("49.90"),
                f"{order.number}-R1": Decimal("-49.90"),
                f"{order.number}-R2": Decimal(oracle["gross"]),
            },
        )
        self.assertEqual((order.state, order.proposal), ("booked", False))
        self.assertFalse(order.changed_after_booking)
        self.assertEqual(
            order.booking_ids.sorted("id").mapped("kind"), ["sale", "credit", "sale"]
        )
        self.run_link(self.link)
        self.assertEqual(len(self.totals(order)), 3)

    def test_the_credit_takes_back_every_line_on_its_own_account(self):
        order = self.booked(
            ("Mok blauw", 2, "24.95", "0.21"),
            ("Kookboek", 1, "12.00", "0.09"),
            shipping={"title": "PostNL", "incl": "5.95"},
        )
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.answer(order, "action_rebook")
        entries = self.entries()

        def sides(reference, sign):
            return [
                (line["GLAccount"], line["VATCode"], sign * line["AmountFC"])
                for line in entries[reference]["Lines"]
            ]

        first, taken = order.number, f"{order.number}-R1"
        self.assertEqual(sides(taken, -1), sides(first, 1))
        self.assertEqual(entries[taken]["Type"], 21)
        self.assertEqual(entries[taken]["EntryDate"], entries[first]["EntryDate"])

    def test_the_difference_is_one_entry_of_what_differs(self):
        order = self.booked(
            ("Mok blauw", 2, "24.95", "0.21"), ("Kookboek", 1, "12.00", "0.09")
        )
        oracle = self.edit(
            order, ("Mok blauw", 1, "24.95", "0.21"), ("Kookboek", 1, "12.00", "0.09")
        )
        self.answer(order, "action_book_difference")
        totals = self.totals(order)
        self.assertEqual(sum(totals.values()), Decimal(oracle["gross"]))
        self.assertEqual(totals[f"{order.number}-R1"], Decimal("-24.95"))
        lines = self.entries()[f"{order.number}-R1"]["Lines"]
        self.assertEqual([line["GLAccount"] for line in lines], ["8000"])
        self.assertEqual(order.booking_ids[:1].kind, "correction")

    def test_a_second_difference_counts_the_first_one(self):
        order = self.booked()
        for price in ("30.00", "10.00", "49.90"):
            oracle = self.edit(order, ("Mok blauw", 1, price, "0.21"))
            self.answer(order, "action_book_difference")
            self.assertEqual(sum(self.totals(order).values()), Decimal(oracle["gross"]))

    def test_accepting_leaves_the_books_as_they_are(self):
        order = self.booked()
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        order.action_accept_change()
        self.assertFalse(order.proposal)
        self.assertFalse(order.changed_after_booking)
        self.run_link(self.link)
        self.assertEqual(len(self.totals(order)), 1)
        # The next edit is another one.
        self.edit(order, ("Theepot", 1, "61.00", "0.21"))
        self.assertEqual(order.proposal, "edited")

    def test_an_edit_in_a_filed_period_is_shown_and_its_correction_held(self):
        order = self.booked()
        self.link.entity_id.vat_filed_through = fields.Date.today()
        self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.assertIn("1 x Theepot", order.change_new)
        self.answer(order, "action_rebook")
        self.assertEqual((order.state, order.reason_code), ("booked", "period_filed"))
        self.assertEqual(order.proposal, "edited")
        self.link.entity_id.late_policy = "shift"
        self.assertEqual(len(self.totals(order)), 1)
        self.answer(order, "action_book_difference")
        self.assertEqual(sum(self.totals(order).values()), Decimal("60.00"))
        self.assertEqual(
            order.booking_ids[:1].shifted_from, order.booking_ids[-1:].entry_date
        )

    def test_an_edit_that_cannot_be_booked_says_why(self):
        order = self.booked()
        self.edit(order, ("Theepot", 1, "60.00", "0.13"))
        self.assertEqual(order.proposal, "edited")
        self.assertIn("cannot be right", order.change_new)
        self.answer(order, "action_rebook")
        self.assertEqual((order.state, order.reason_code), ("booked", "vat_suspicious"))
        self.assertTrue(order.proposal)

    def test_only_what_is_booked_can_be_corrected(self):
        placed = self.add_order(("Mok", 1, "1.00", "0.13"))
        self.run_link(self.link)
        with self.assert_refuses(UserError, "booked"):
            self.order(placed["number"]).action_rebook()


class TestCancelled(ChangeCase):
    def test_a_cancelled_order_is_proposed_for_a_credit(self):
        order = self.booked()
        self.cancel(order)
        self.assertEqual((order.state, order.proposal), ("booked", "cancelled"))
        self.assertEqual(len(self.totals(order)), 1)
        self.answer(order, "action_credit_in_full")
        self.assertEqual(sum(self.totals(order).values()), 0)
        self.assertFalse(order.proposal)
        self.run_link(self.link)
        self.assertEqual(len(self.totals(order)), 2)

    def test_by_choice_it_is_credited_by_itself_and_once(self):
        self.link.cancelled_after = "credit"
        order = self.booked()
        self.cancel(order)
        self.assertEqual(sum(self.totals(order).values()), 0)
        self.assertFalse(order.changed_after_booking)
        self.box.lightspeed.control_edit_order(
            self.shop_number, order.number, {"memo": "Weg ermee"}
        )
        self.run_link(self.link)
        self.run_link(self.link)
        self.assertEqual(len(self.totals(order)), 2)

    def test_an_order_that_is_cancelled_before_it_is_booked_never_is(self):
        placed = self.add_order(status="processing_awaiting_shipment")
        self.run_link(self.link)
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.run_link(self.link)
        self.assertEqual(self.order(placed["number"]).reason_code, "cancelled")
        self.assertFalse(self.entries())


class TestOnceMore(ChangeCase):
    """Killed, or without an answer, in the middle of crediting and booking again."""

    def test_a_lost_answer_to_the_credit_books_nothing_twice(self):
        order = self.booked()
        oracle = self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        self.fault("lost_after", ENTRY)
        self.answer(order, "action_rebook")
        self.assertEqual((order.state, order.reason_code), ("booked", "temporary"))
        self.come_back(self.link, SETTLED, SPACED)
        totals = self.totals(order)
        self.assertEqual(len(totals), 3)
        self.assertEqual(sum(totals.values()), Decimal(oracle["gross"]))

    def test_killed_between_credit_and_rebooking_it_goes_on(self):
        order = self.booked()
        oracle = self.edit(order, ("Theepot", 1, "60.00", "0.21"))
        orders = self.registry["lightspeed.exact.order"]
        finish = orders._finish

        def die_after(record, *values):
            finish(record, *values)
            record.env["lightspeed.exact.lane"]._commit()
            die(record)

        order.follow_up = "rebook"
        with patch.object(orders, "_finish", die_after):
            self.run_and_die(self.link)
        self.assertEqual(len(self.totals(order)), 2)
        self.assertEqual(order.follow_up, "rebook")
        self.run_link(self.link)
        totals = self.totals(order)
        self.assertEqual(len(totals), 3)
        self.assertEqual(sum(totals.values()), Decimal(oracle["gross"]))

    def test_the_button_pressed_twice_credits_once(self):
        order = self.booked()
        self.cancel(order)
        self.answer(order, "action_credit_in_full")
        self.answer(order, "action_credit_in_full")
        self.assertEqual(len(self.totals(order)), 2)
        self.assertEqual(sum(self.totals(order).values()), 0)
