"""The shop changes an order while nobody knows whether its invoice was finalised."""

from decimal import Decimal

from tests.addon.invoice_case import A_DAY, PRINT
from tests.addon.once_case import SETTLED, SPACED
from tests.addon.test_once_invoices import HOME, BetweenCase

# The answer to finalising is lost; whether it landed.
LANDED = {"lost_before": False, "lost_after": True}
ANSWERS = ("action_credit_in_full", "action_rebook", "action_accept_change")


class UnknownCase(BetweenCase):
    def unknown(self, kind):
        """Place an order whose invoice may be finalised, or not."""
        number = self.add_order()["number"]
        self.fault(kind, PRINT)
        self.run_link(self.link)
        order = self.order(number)
        self.assertEqual(self.operation(order, "print").state, "sending")
        self.since = self.box.calls.last
        return order

    def cancel(self, order):
        self.box.lightspeed.control_cancel_order(self.shop_number, order.number)
        # Seen while the call may still land.
        self.run_link(self.link)
        self.assertEqual(order.remote_status, "cancelled")

    def edit(self, order):
        rows = [
            {"title": "Theepot", "quantity": 1, "unit_incl": "60.00", "rate": "0.21"}
        ]
        self.box.lightspeed.control_rebuild_order(self.shop_number, order.number, rows)
        self.run_link(self.link)

    def delete_draft(self, order):
        self.box.exact.control_delete_invoice(
            HOME, self.invoice(order.number)["InvoiceID"]
        )

    def unsettled(self):
        return self.env["lightspeed.exact.operation"].search(
            [("state", "=", "sending")]
        )

    def assert_at_rest(self):
        self.assertFalse(self.unsettled())
        orders = self.env["lightspeed.exact.order"]
        self.assertFalse(orders.search([("has_work", "=", True)]))
        self.assertTrue(self.box.exact.control_ledger_check(HOME)["ok"])

    def charged(self, order):
        """Return what the books have of an order, by reference."""
        return {
            row["YourRef"]: Decimal(str(row["AmountFC"]))
            for row in self.invoices()
            if row["YourRef"].startswith(order.number) and row["InvoiceNumber"]
        }


class TestCancelled(UnknownCase):
    def test_what_did_not_land_is_left_open_and_asks_once(self):
        for choice in ("propose", "credit"):
            with self.subTest(choice=choice):
                self.link.cancelled_after = choice
                order = self.unknown("lost_before")
                self.cancel(order)
                self.assertFalse(order.proposal)
                self.go_on()
                self.assert_at_rest()
                self.assertEqual((order.state, order.proposal), ("booked", "cancelled"))
                self.assert_open(order)
                self.press(order, "action_credit_in_full")
                self.assert_at_rest()
                self.assertEqual(order.reason_code, "draft_open")
                self.assertFalse(self.posted_prints(self.since))

    def test_what_landed_is_credited(self):
        for choice in ("propose", "credit"):
            for late in (False, True):
                with self.subTest(choice=choice, late=late):
                    self.link.cancelled_after = choice
                    order = self.unknown("lost_before" if late else "lost_after")
                    self.cancel(order)
                    if late:
                        self.process(order)
                    self.go_on()
                    self.assert_at_rest()
                    if choice == "propose":
                        self.assertEqual(order.proposal, "cancelled")
                        self.press(order, "action_credit_in_full")
                    self.assert_at_rest()
                    self.assertFalse(order.proposal)
                    self.assertEqual(
                        self.charged(order),
                        {
                            order.number: Decimal("49.90"),
                            f"{order.number}-R1": Decimal("-49.90"),
                        },
                    )

    def test_a_draft_that_is_deleted_leaves_nothing(self):
        for choice in ("propose", "credit"):
            with self.subTest(choice=choice):
                self.link.cancelled_after = choice
                order = self.unknown("lost_before")
                self.cancel(order)
                self.delete_draft(order)
                self.go_on()
                self.assert_at_rest()
                self.assertFalse(self.invoices(order.number))
                self.assertFalse(self.posted_prints(self.since))
                self.assertEqual(
                    (order.state, order.reason_code), ("skipped", "cancelled")
                )


class TestCreditUnknown(UnknownCase):
    """The same, of the credit that takes back what was finalised."""

    def credited(self, kind):
        order = self.booked_invoice(self.link)
        self.fault(kind, PRINT)
        self.cancel(order)
        if order.proposal and not order.follow_up:
            self.press(order, "action_credit_in_full")
        return order

    def test_it_is_finished_by_itself(self):
        for choice in ("propose", "credit"):
            for kind in LANDED:
                for presses in (0, 2):
                    with self.subTest(choice=choice, kind=kind, presses=presses):
                        self.link.cancelled_after = choice
                        order = self.credited(kind)
                        for _press in range(presses):
                            self.press(order, "action_credit_in_full")
                        self.go_on()
                        self.assert_at_rest()
                        self.assertFalse(order.proposal)
                        self.assertEqual(sum(self.charged(order).values()), 0)
                        self.assertEqual(len(self.charged(order)), 2)

    def test_a_credit_that_is_deleted_asks_again_and_is_made_by_one_press(self):
        for choice in ("propose", "credit"):
            for action in ANSWERS[::2]:
                with self.subTest(choice=choice, action=action):
                    self.link.cancelled_after = choice
                    order = self.credited("lost_before")
                    self.box.exact.control_delete_invoice(
                        HOME, self.invoice(f"{order.number}-R1")["InvoiceID"]
                    )
                    self.go_on()
                    self.assert_at_rest()
                    self.assertEqual(order.proposal, "cancelled")
                    self.press(order, action)
                    self.assert_at_rest()
                    self.assertFalse(order.proposal)
                    made = len(self.charged(order))
                    self.assertEqual(made, 1 if "accept" in action else 2)

    def test_pressed_while_it_is_unknown_it_is_not_made_again_by_one_look(self):
        order = self.credited("lost_before")
        reference = f"{order.number}-R1"
        self.box.exact.control_delete_invoice(
            HOME, self.invoice(reference)["InvoiceID"]
        )
        since = self.box.calls.last
        self.press(order, "action_credit_in_full")
        self.assertFalse(self.posted_invoices(since))
        self.go_on()
        self.assert_at_rest()
        self.assertFalse(self.posted_invoices(since))
        self.press(order, "action_credit_in_full")
        self.assert_at_rest()
        self.assertEqual(sum(self.charged(order).values()), 0)


class TestEdited(UnknownCase):
    def test_what_did_not_land_is_left_open(self):
        order = self.unknown("lost_before")
        self.edit(order)
        self.go_on()
        self.assert_at_rest()
        self.assertEqual((order.state, order.proposal), ("booked", "edited"))
        self.assert_open(order)
        for action in ("action_rebook", "action_book_difference"):
            self.press(order, action)
            self.assert_at_rest()
            self.assertEqual(order.reason_code, "draft_open")
        self.delete_draft(order)
        self.press(order, "action_rebook")
        self.come_back(self.link, A_DAY)
        self.assert_at_rest()

    def test_what_landed_is_booked_again_by_one_press(self):
        for late in (False, True):
            with self.subTest(late=late):
                order = self.unknown("lost_before" if late else "lost_after")
                self.edit(order)
                if late:
                    self.process(order)
                self.go_on()
                self.assertEqual(order.proposal, "edited")
                self.press(order, "action_rebook")
                self.assert_at_rest()
                self.assertEqual(sum(self.charged(order).values()), Decimal("60.00"))

    def test_edited_again_and_cancelled_while_the_next_one_is_unknown(self):
        for kind in LANDED:
            with self.subTest(kind=kind):
                order = self.booked_invoice(self.link)
                self.edit(order)
                self.fault(kind, PRINT, after=1)
                self.press(order, "action_rebook")
                self.assertEqual(self.unsettled().reference, f"{order.number}-R2")
                self.cancel(order)
                self.go_on()
                self.assert_at_rest()
                self.assertEqual(order.proposal, "cancelled")
                self.press(order, "action_credit_in_full")
                self.assert_at_rest()
                if LANDED[kind]:
                    self.assertFalse(order.proposal)
                    self.assertEqual(sum(self.charged(order).values()), 0)
                else:
                    self.assertEqual(order.reason_code, "draft_open")

    def test_a_draft_that_is_deleted_is_held(self):
        order = self.unknown("lost_before")
        self.edit(order)
        self.delete_draft(order)
        self.go_on()
        self.assert_at_rest()
        self.assertEqual((order.state, order.reason_code), ("held", "invoice_gone"))
        self.press(order, "action_retry")
        self.assert_at_rest()
        self.assertEqual(self.charged(order), {order.number: Decimal("60.00")})


class TestCreditNote(UnknownCase):
    def credit_note(self, order):
        note = self.box.lightspeed.control_credit_order(self.shop_number, order.number)
        self.run_link(self.link)
        return self.order(note["number"])

    def test_it_waits_and_follows(self):
        for kind in LANDED:
            with self.subTest(kind=kind):
                order = self.unknown(kind)
                note = self.credit_note(order)
                self.go_on()
                self.come_back(self.link, SPACED, SETTLED)
                self.assert_at_rest()
                self.assertEqual((order.state, note.state), ("booked", "booked"))
                self.assertEqual(sum(self.charged(order).values()), 0)

    def test_with_a_draft_that_is_deleted_nothing_is_left(self):
        order = self.unknown("lost_before")
        note = self.credit_note(order)
        self.delete_draft(order)
        self.go_on()
        self.come_back(self.link, SPACED, SETTLED)
        self.assert_at_rest()
        self.assertEqual(note.state, "waiting", note.reason)
        self.assertEqual((order.state, order.reason_code), ("held", "invoice_gone"))
        self.assertFalse(self.charged(order))
