"""Promise 1 for sales invoices: what people do meanwhile."""

import json
from decimal import Decimal

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import A_DAY, INVOICE, PRINT, UNEVEN, InvoiceCase
from tests.addon.once_case import SETTLED, SPACED, Killed

HOME = exact_demo.MAIN
ITEMS = "logistics/Items"
EVERY_WAIT = (SETTLED, SPACED, SPACED, SETTLED, SPACED, SPACED)
# What keeps an invoice from being finalised at once: certainly not done, or unknown.
DELAYS = (
    ("status", {"params": {"status": 429, "body": ""}}),
    ("empty_500", {}),
    ("lost_before", {}),
)


class BetweenCase(InvoiceCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_printing_link()

    def stuck_draft(self, kind="lost_before", **options):
        """Place an order whose invoice is made and not finalised yet."""
        number = self.add_order()["number"]
        self.fault(kind, PRINT, **options)
        self.run_link(self.link)
        self.assertFalse(self.invoice(number)["InvoiceNumber"])
        return self.order(number)

    def go_on(self):
        self.come_back(self.link, SETTLED, SPACED, SPACED)

    def change_draft(self, order):
        """Change the total of an open invoice, as a bookkeeper does in Exact."""
        self.box.exact.control_edit_invoice(
            HOME,
            self.invoice(order.number)["InvoiceID"],
            [{"LineNumber": 1, "Quantity": "9"}],
        )

    def process(self, order):
        return self.box.exact.control_print_invoice(
            HOME, self.invoice(order.number)["InvoiceID"]
        )

    def assert_open(self, order):
        self.assertFalse(self.invoice(order.number)["InvoiceNumber"])
        self.assertFalse(self.outbox())


class TestBetweenMakingAndFinalising(BetweenCase):
    def test_a_draft_that_was_changed_in_exact_is_not_finalised(self):
        for kind, options in DELAYS:
            with self.subTest(kind=kind, **options):
                order = self.stuck_draft(kind, **options)
                since = self.box.calls.last
                self.change_draft(order)
                self.go_on()
                self.assertFalse(self.posted_prints(since))
                self.assert_open(order)
                self.assertEqual(
                    (order.state, order.reason_code), ("held", "invoice_total_wrong")
                )

    def test_the_invoice_of_an_order_that_was_cancelled_is_not_finalised(self):
        for kind, options in DELAYS:
            with self.subTest(kind=kind, **options):
                order = self.stuck_draft(kind, **options)
                since = self.box.calls.last
                self.box.lightspeed.control_cancel_order(self.shop_number, order.number)
                self.go_on()
                self.assertFalse(self.posted_prints(since))
                self.assert_open(order)
                self.assertEqual((order.state, order.proposal), ("booked", "cancelled"))
                self.assertEqual(order.invoice_state, "draft")
                # Deleted in Exact, it is out of the way for good.
                self.box.exact.control_delete_invoice(
                    HOME, self.invoice(order.number)["InvoiceID"]
                )
                self.come_back(self.link, A_DAY)
                self.assertEqual(
                    (order.state, order.reason_code), ("skipped", "cancelled")
                )

    def test_the_invoice_of_an_order_that_was_edited_is_not_finalised(self):
        for kind, options in DELAYS:
            with self.subTest(kind=kind, **options):
                order = self.stuck_draft(kind, **options)
                since = self.box.calls.last
                rows = [
                    {"title": "Theepot", "quantity": 1, "unit_incl": "60.00"}
                    | {"rate": "0.21"}
                ]
                self.box.lightspeed.control_rebuild_order(
                    self.shop_number, order.number, rows
                )
                self.go_on()
                self.assertFalse(self.posted_prints(since))
                self.assert_open(order)
                self.assertEqual((order.state, order.proposal), ("booked", "edited"))
                self.assertEqual(order.invoice_state, "draft")

    def test_a_print_that_went_out_for_an_order_cancelled_then_is_credited(self):
        self.link.cancelled_after = "credit"
        number = self.add_order()["number"]
        self.fault("lost_after", PRINT)
        self.run_link(self.link)
        self.box.lightspeed.control_cancel_order(self.shop_number, number)
        self.go_on()
        found = {
            invoice["YourRef"]: Decimal(str(invoice["AmountFC"]))
            for invoice in self.invoices()
        }
        self.assertEqual(
            found, {number: Decimal("49.90"), f"{number}-R1": Decimal("-49.90")}
        )

    def test_one_that_was_changed_and_processed_by_a_person_is_told(self):
        for kind, options in DELAYS:
            with self.subTest(kind=kind, **options):
                order = self.stuck_draft(kind, **options)
                self.change_draft(order)
                self.process(order)
                self.go_on()
                self.assertEqual(
                    (order.state, order.reason_code), ("booked", "invoice_changed")
                )
                booking = order.booking_ids
                self.assertTrue(booking.total_changed)
                self.assertEqual(
                    Decimal(booking.remote_total),
                    Decimal(str(self.invoice(order.number)["AmountFC"])),
                )
                self.assertFalse(self.outbox())

    def test_one_that_nobody_touched_is_finalised_and_mailed_once(self):
        for kind, options in DELAYS:
            with self.subTest(kind=kind, **options):
                order = self.stuck_draft(kind, **options)
                self.box.lightspeed.control_edit_order(
                    self.shop_number, order.number, {"memo": "Bellen"}
                )
                self.go_on()
                self.assert_invoiced(order.number, "49.90", printed=True, mails=1)

    def test_what_the_profile_says_now_is_done_with_a_draft(self):
        order = self.stuck_draft("empty_500")
        profile = self.link.invoice_profile_id
        profile.write({"send_by": "none", "finalise": "open"})
        self.go_on()
        self.assert_invoiced(order.number, "49.90")
        profile.write({"finalise": "print"})
        self.go_on()
        # It was left open for the bookkeeper: that stays so.
        self.assert_invoiced(order.number, "49.90")

    def test_mail_switched_off_between_is_not_sent(self):
        order = self.stuck_draft()
        self.link.invoice_profile_id.send_by = "none"
        self.go_on()
        self.assert_invoiced(order.number, "49.90", printed=True)

    def test_without_the_right_to_finalise_others_go_on_and_one_call_is_refused(self):
        denied = {"params": {"status": 403, "body": ""}, "times": 100}
        order = self.stuck_draft("status", **denied)
        self.assertEqual(
            (order.state, order.reason_code), ("held", "invoice_print_denied")
        )
        administration = self.link.administration_id
        self.assertFalse(administration.parked_until)
        other = self.add_order()["number"]
        self.run_link(self.link)
        self.assertEqual(len(self.invoices(other)), 1)
        self.assertEqual(len(self.posted_prints()), 1)
        self.box.faults.clear()
        with self.enter_registry_test_mode():
            administration.action_check_invoicing()
        self.run_link(self.link)
        for number in (order.number, other):
            self.assert_invoiced(number, "49.90", printed=True, mails=1)


class TestKilledAndCancelled(BetweenCase):
    def test_killed_at_any_instruction_and_cancelled_then_nothing_stays_charged(self):
        self.link.cancelled_after = "credit"
        self.booked_invoice(self.link)
        ends = set()
        for place in range(1, 100):
            number = self.add_order()["number"]
            with self.enter_registry_test_mode():
                # The token is renewed before, not by who is killed.
                self.link.administration_id.connection_id._access_token()
            try:
                with self.killed_at(place) as points:
                    self.run_link(self.link)
            except Killed:
                self.env.invalidate_all()
            else:
                break
            since = self.box.calls.last
            mails = len(self.outbox())
            self.box.lightspeed.control_cancel_order(self.shop_number, number)
            for wait in EVERY_WAIT:
                self.come_back(self.link, wait)
            with self.subTest(place=place, points=points):
                ends.add(self.end_of(number))
                charged = [
                    call
                    for call in self.posted_prints(since)
                    if call["request_body"]["InvoiceID"]
                    in [row["InvoiceID"] for row in self.invoices(number)]
                ]
                self.assertFalse(charged)
                self.assertLessEqual(len(self.outbox()) - mails, 1)
        self.assertEqual(ends, {"nothing", "open", "credited"})
        self.assertGreater(place, 15)

    def end_of(self, number):
        """Return how an order that was cancelled has ended, all of it right."""
        order = self.order(number)
        self.assertFalse(order.has_work, order.reason)
        made = {
            row["YourRef"]: row
            for row in self.invoices()
            if row["YourRef"] in (number, f"{number}-R1")
        }
        if not made:
            self.assertEqual((order.state, order.reason_code), ("skipped", "cancelled"))
            return "nothing"
        self.assertEqual(len(self.invoices(number)), 1)
        self.assertEqual(order.state, "booked")
        if len(made) == 1:
            self.assertFalse(made[number]["InvoiceNumber"])
            self.assertEqual(order.proposal, "cancelled")
            return "open"
        self.assertTrue(all(row["InvoiceNumber"] for row in made.values()))
        self.assertEqual(sum(Decimal(str(row["AmountFC"])) for row in made.values()), 0)
        return "credited"


class TestSkippedDrafts(BetweenCase):
    def skipped(self):
        """Place an order whose draft has a wrong total, and leave it out."""
        number = self.add_order(UNEVEN)["number"]
        self.box.exact.control_set_option(invoice_price_decimals=2)
        self.run_link(self.link)
        self.box.exact.control_set_option(invoice_price_decimals=4)
        order = self.order(number)
        self.assertEqual(order.reason_code, "invoice_total_wrong")
        order.skip_reason = "Met de hand"
        order.action_skip()
        return order

    def test_a_skipped_draft_that_is_processed_after_all_is_booked(self):
        order = self.skipped()
        self.process(order)
        self.link.administration_id._ask_drafts()
        self.run_link(self.link)
        self.run_link(self.link)
        self.assertEqual(order.state, "booked")
        self.assertEqual(order.invoice_state, "processed")
        self.assertTrue(order.booking_ids.total_changed)

    def test_a_skipped_draft_is_followed_by_itself(self):
        order = self.skipped()
        self.process(order)
        self.come_back(self.link, A_DAY, SPACED)
        self.assertEqual(order.state, "booked")

    def test_an_order_cancelled_after_its_draft_was_deleted_asks_nothing(self):
        self.link.invoice_profile_id.write({"send_by": "none", "finalise": "open"})
        order = self.booked_invoice(self.link)
        self.box.exact.control_delete_invoice(
            HOME, self.invoice(order.number)["InvoiceID"]
        )
        self.come_back(self.link, A_DAY)
        self.assertEqual((order.state, order.reason_code), ("held", "invoice_gone"))
        self.box.lightspeed.control_cancel_order(self.shop_number, order.number)
        self.run_link(self.link)
        self.assertEqual((order.state, order.reason_code), ("skipped", "cancelled"))


class TestHeldCredits(BetweenCase):
    def setUp(self):
        super().setUp()
        self.ordered = self.booked_invoice(self.link)
        self.box.lightspeed.control_cancel_order(self.shop_number, self.ordered.number)
        self.run_link(self.link)
        self.fault("status", PRINT, params={"status": 403, "body": ""})
        self.press(self.ordered, "action_credit_in_full")
        self.assertEqual(
            (self.ordered.state, self.ordered.reason_code),
            ("booked", "invoice_print_denied"),
        )
        self.credit = self.invoice(f"{self.ordered.number}-R1")
        self.assertFalse(self.credit["InvoiceNumber"])

    def test_one_that_is_processed_in_exact_is_finished_here(self):
        self.box.exact.control_print_invoice(HOME, self.credit["InvoiceID"])
        self.come_back(self.link, A_DAY, SPACED)
        self.assertEqual(set(self.ordered.booking_ids.mapped("state")), {"posted"})
        self.assertFalse(self.ordered.has_work or self.ordered.proposal)
        self.assertEqual(len(self.posted_prints()), 2)

    def deleted(self):
        self.box.exact.control_delete_invoice(HOME, self.credit["InvoiceID"])
        self.come_back(self.link, A_DAY, SPACED)
        self.assertEqual(self.ordered.proposal, "cancelled")
        self.assertFalse(self.invoices(self.credit["YourRef"]))
        self.link.administration_id.may_print = True

    def test_one_that_is_deleted_in_exact_is_made_again_by_a_person(self):
        self.deleted()
        self.press(self.ordered, "action_credit_in_full")
        self.assertFalse(self.ordered.proposal)
        self.assertTrue(self.invoice(self.credit["YourRef"])["InvoiceNumber"])

    def test_one_that_is_deleted_in_exact_can_be_left_out(self):
        self.deleted()
        self.press(self.ordered, "action_accept_change")
        self.assertFalse(self.ordered.proposal or self.ordered.has_work)
        self.assertFalse(self.invoices(self.credit["YourRef"]))

    def test_a_credit_note_does_not_wait_for_one_that_is_deleted(self):
        self.box.exact.control_delete_invoice(HOME, self.credit["InvoiceID"])
        self.come_back(self.link, A_DAY)
        self.link.administration_id.may_print = True
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, self.ordered.number
        )
        self.run_link(self.link)
        self.assertEqual(self.order(note["number"]).state, "booked")


class TestOddRows(BetweenCase):
    def test_an_amount_that_cannot_be_read_keeps_no_other_from_being_read(self):
        self.link.invoice_profile_id.write({"send_by": "none", "finalise": "open"})
        orders = self.booked_invoice(self.link) | self.booked_invoice(self.link)
        rows = [
            {
                "InvoiceID": order.booking_ids.entry_id,
                "Status": 50,
                "InvoiceNumber": number,
                "AmountFC": amount,
                "InvoiceDate": None,
            }
            for number, (order, amount) in enumerate(
                zip(orders, ("veel", 49.9), strict=True), 1
            )
        ]
        body = json.dumps({"d": {"results": rows}})
        params = {"status": 200, "body": body, "content_type": "application/json"}
        self.fault("status", INVOICE, method="GET", params=params)
        with self.assertLogs(
            "odoo.addons.lightspeed_exact_connector.models.exact_administration_drafts"
        ):
            self.come_back(self.link, A_DAY)
        self.assertEqual(orders.mapped("invoice_state"), ["draft", "processed"])
        # As a text without its last zero it is the same amount.
        self.assertFalse(orders[1].booking_ids.total_changed)
        self.assertFalse(self.link.administration_id.parked_until)


class TestCost(BetweenCase):
    def test_orders_that_wait_for_the_same_item_ask_for_it_once_a_look(self):
        self.fault("lost_before", ITEMS)
        for _each in range(6):
            self.add_order()
        since = self.box.calls.last
        self.run_link(self.link)
        self.assertEqual(len(self.calls("POST", ITEMS, since=since)), 1)
        self.assertLessEqual(len(self.calls("GET", ITEMS, since=since)), 2)
        since = self.box.calls.last
        self.come_back(self.link, SETTLED)
        self.assertLessEqual(len(self.calls("GET", ITEMS, since=since)), 1)
        self.come_back(self.link, SPACED)
        orders = self.env["lightspeed.exact.order"].search([])
        self.assertEqual(set(orders.mapped("state")), {"booked"})
        self.assertEqual(len(self.invoices()), 6)

    def test_reading_drafts_takes_no_statement_for_each(self):
        self.link.invoice_profile_id.write({"send_by": "none", "finalise": "open"})
        counts = []
        for more in (5, 25):
            for _each in range(more):
                self.add_order()
            self.run_link(self.link)
            self.env.flush_all()
            administration = self.link.administration_id
            administration._ask_drafts()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            since = self.box.calls.last
            self.run_link(self.link)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(self.calls("GET", INVOICE, since=since)), 1)
        self.assertLess(counts[1] - counts[0], 40, counts)
