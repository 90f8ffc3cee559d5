"""Invoices of the shop as what is booked: each once, to the cent, under its number."""

from contextlib import closing
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from odoo import fields
from odoo.exceptions import ValidationError

from odoo.addons.lightspeed_exact_connector.models.exact_administration_slice import (
    Work,
)

from tests.addon.connector_case import ConnectorCase

LINES = (
    ("Mok blauw", 3, "24.95", "0.21"),
    ("Kookboek", 2, "12.00", "0.09"),
)
COSTS = {
    "shipping": {"title": "PostNL", "incl": "5.95"},
    "payment": {"title": "iDEAL", "incl": "0.50"},
}


class InvoiceCase(ConnectorCase):
    def invoices_of(self, number):
        return self.box.lightspeed.control_oracle(self.shop_number, number)["invoices"]

    def make_invoice_link(self, **values):
        return self.make_link(**{"source": "invoice", **values})

    def set_options(self, **options):
        self.box.lightspeed.control_set_options(self.shop_number, **options)

    def invoice(self, number, **values):
        return self.box.lightspeed.control_add_invoice(
            self.shop_number, number, **values
        )

    def shop_calls(self, path, since=0):
        return self.box.calls.list(service="lightspeed", path=path, since=since)

    def ago(self, **delta):
        moment = datetime.now(timezone.utc) - timedelta(**delta)
        return moment.replace(microsecond=0).isoformat()

    def work(self, link):
        """Return what a slice of work carries; closed when the test ends."""
        with self.enter_registry_test_mode():
            work = Work(link.administration_id.sudo()._client())
        self.enterContext(closing(work))
        return work


class TestBooking(InvoiceCase):
    def test_an_invoice_is_booked_under_its_own_number_once(self):
        placed = self.add_order(*LINES, coupon={"code": "X", "amount": "6.19"}, **COSTS)
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link()
        for _again in range(2):
            self.run_link(link)
        record = self.assert_booked(truth["number"], truth["gross"])
        self.assertEqual(truth["gross"], placed["gross"])
        self.assertEqual(record.source_kind, "invoice")
        self.assertEqual(record.order_remote_id, str(placed["id"]))
        self.assertEqual(record.email, "anna@example.com")
        self.assertFalse(self.order(placed["number"]))
        self.assertIn(placed["number"], record.booking_ids.description)
        self.assertIn(truth["number"], record.booking_ids.description)
        self.assertEqual(set(self.entries()), {truth["number"]})

    def test_both_forms_of_item_prices_come_to_the_same_entry(self):
        booked = []
        link = self.make_invoice_link()
        for prices in ("line", "unit"):
            self.set_options(invoice_item_prices=prices)
            placed = self.add_order(
                *LINES, ("Pen", 7, "1.37", "0.21"), coupon="3.33", **COSTS
            )
            self.run_link(link)
            (truth,) = self.invoices_of(placed["number"])
            record = self.assert_booked(truth["number"], placed["gross"])
            booked.append(
                [(line.name, line.net, line.vat) for line in record.booking_line_ids]
            )
        self.assertEqual(*booked)

    def test_parts_of_an_order_are_booked_one_by_one_and_add_up(self):
        self.set_options(invoice_moment="manual")
        for prices in ("line", "unit"):
            with self.subTest(prices=prices):
                self.set_options(invoice_item_prices=prices)
                placed = self.add_order(*LINES, **COSTS)
                parts = [
                    self.invoice(
                        placed["number"],
                        lines=[{"index": 0, "quantity": 2}],
                        status="paid",
                    ),
                    self.invoice(
                        placed["number"],
                        lines=[
                            {"index": 0, "quantity": 1},
                            {"index": 1, "quantity": 2},
                        ],
                        status="paid",
                    ),
                ]
                if prices == "line":
                    link = self.make_invoice_link()
                mark = self.box.calls.last
                self.run_link(link)
                for part in parts:
                    self.assert_booked(part["number"], part["gross"])
                self.assertEqual(
                    sum(Decimal(part["gross"]) for part in parts),
                    Decimal(placed["gross"]),
                )
                # One order, however many invoices.
                path = f"orders/{placed['id']}.json"
                self.assertEqual(len(self.shop_calls(path, since=mark)), 1)

    def test_an_order_without_an_invoice_is_not_booked(self):
        self.set_options(invoice_moment="manual")
        self.add_order()
        link = self.make_invoice_link()
        self.run_link(link)
        self.assertFalse(self.entries())
        self.assertFalse(link.order_count)
        self.assertFalse(self.shop_calls("/orders.json"))

    def test_three_hundred_lines_are_read_page_by_page(self):
        lines = [(f"Ding {n}", 1 + n % 3, "1.21", "0.21") for n in range(300)]
        placed = self.add_order(*lines)
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link()
        self.run_link(link)
        self.assert_booked(truth["number"], placed["gross"])
        # The last page is full enough to be followed by another one.
        self.assertEqual(len(self.shop_calls(f"invoices/{truth['id']}/items.json")), 3)

    def test_an_order_that_embeds_too_few_products_is_completed(self):
        self.set_options(embedded_products_cap=1)
        placed = self.add_order(*LINES)
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link()
        self.run_link(link)
        self.assert_booked(truth["number"], placed["gross"])
        path = f"orders/{placed['id']}/products.json"
        self.assertEqual(len(self.shop_calls(path)), 1)

    def test_forty_mixed_orders_agree_with_the_shop_to_the_cent(self):
        self.box.exact.control_set_limits(minute=1000)
        self.box.lightspeed.control_add_orders(
            self.shop_number, 40, seed=5, profile="plain", start=self.ago(days=20)
        )
        self.set_options(invoice_item_prices="unit")
        link = self.make_invoice_link()
        self.run_link(link)
        truths = [
            row
            for order in self.box.lightspeed.control_oracle(self.shop_number)
            for row in order["invoices"]
        ]
        held = link.order_ids.filtered(lambda order: order.state != "booked")
        self.assertFalse(held.mapped("reason"))
        entries = self.entries()
        self.assertEqual(len(entries), len(truths))
        for truth in truths:
            entry = entries[truth["number"]]
            self.assertEqual(Decimal(str(entry["AmountFC"])), Decimal(truth["gross"]))
            proof = self.order(truth["number"]).booking_ids.proof
            self.assertEqual(
                [[Decimal(value) for value in row] for row in proof["per_rate"]],
                [
                    [Decimal(row[name]) for name in ("rate", "net", "vat")]
                    for row in truth["rates"]
                ],
            )

    def test_items_that_say_nothing_clear_are_held_with_the_sums(self):
        placed = self.add_order()
        (truth,) = self.invoices_of(placed["number"])
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, truth["id"], {"priceIncl": 77}
        )
        link = self.make_invoice_link()
        self.run_link(link)
        record = self.order(truth["number"])
        self.assertEqual(
            (record.state, record.reason_code), ("held", "invoice_items_ambiguous")
        )
        self.assertIn("49.90", record.reason)
        self.assertIn("99.80", record.reason)
        self.assertFalse(self.entries())

    def test_an_invoice_without_an_order_is_held_and_stops_no_other(self):
        placed = [self.add_order() for _number in range(2)]
        odd, good = (self.invoices_of(row["number"])[0] for row in placed)
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, odd["id"], {"order": False}
        )
        link = self.make_invoice_link()
        self.run_link(link)
        record = self.order(odd["number"])
        self.assertEqual(
            (record.state, record.reason_code), ("held", "unreadable_order")
        )
        self.assertIn("order (missing)", record.reason)
        self.assert_booked(good["number"], "49.90")

    def test_a_row_without_an_identity_stops_nothing_and_is_said(self):
        placed = [self.add_order() for _number in range(2)]
        odd, good = (self.invoices_of(row["number"])[0] for row in placed)
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, odd["id"], {"id": False}
        )
        link = self.make_invoice_link()
        self.run_link(link)
        self.assertEqual(link.problem_code, "unreadable_rows")
        self.assert_booked(good["number"], "49.90")

    # === CALLS === #
    def test_an_invoice_costs_two_calls_and_a_look_one(self):
        link = self.make_invoice_link()
        self.add_order()
        self.run_link(link)
        self.add_order()
        mark = self.box.calls.last
        self.run_link(link)
        calls = self.box.calls.list(service="lightspeed", since=mark)
        self.assertEqual(len(calls), 1 + 2, calls)
        self.assertEqual(len(self.entries()), 2)

    def test_a_retry_reads_the_invoice_again(self):
        placed = self.add_order(("Mok", 1, "1.00", "0.13"))
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link()
        self.run_link(link)
        record = self.order(truth["number"])
        self.assertEqual(record.state, "held")
        mark = self.box.calls.last
        with self.enter_registry_test_mode():
            record.action_retry()
        path = f"invoices/{truth['id']}.json"
        self.assertEqual(len(self.shop_calls(path, since=mark)), 1)


class TestTrigger(InvoiceCase):
    def state_of(self, number):
        record = self.order(number)
        return record.state, record.reason_code or ""

    def test_an_invoice_waits_until_it_is_paid(self):
        placed = self.add_order(payment_status="not_paid", status="on_hold")
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link()
        self.run_link(link)
        self.assertEqual(
            self.state_of(truth["number"]), ("waiting", "invoice_not_paid")
        )
        self.assertIn("Not paid", self.order(truth["number"]).reason)
        self.box.lightspeed.control_set_status(
            self.shop_number, placed["number"], payment_status="paid"
        )
        self.run_link(link)
        self.assert_booked(truth["number"], "49.90")

    def test_an_unpaid_invoice_is_booked_at_once_by_choice(self):
        placed = self.add_order(payment_status="not_paid", status="on_hold")
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link()
        self.run_link(link)
        link.invoice_trigger = "all"
        self.run_link(link)
        self.assert_booked(truth["number"], "49.90")

    def test_a_shop_that_invoices_what_is_paid_needs_no_waiting(self):
        self.set_options(invoice_moment="paid")
        placed = self.add_order()
        unpaid = self.add_order(payment_status="not_paid", status="on_hold")
        link = self.make_invoice_link()
        self.run_link(link)
        (truth,) = self.invoices_of(placed["number"])
        self.assert_booked(truth["number"], "49.90")
        self.assertFalse(self.invoices_of(unpaid["number"]))
        self.assertEqual(link.order_count, 1)

    def test_a_cancelled_invoice_is_skipped_and_says_so(self):
        self.set_options(cancel_invoices="cancel")
        placed = self.add_order(status="on_hold")
        (truth,) = self.invoices_of(placed["number"])
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        link = self.make_invoice_link()
        self.run_link(link)
        self.assertEqual(
            self.state_of(truth["number"]), ("skipped", "invoice_cancelled")
        )
        self.assertFalse(self.entries())

    def test_an_unpaid_invoice_of_a_cancelled_order_is_never_booked(self):
        placed = self.add_order(payment_status="not_paid")
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link(invoice_trigger="all")
        # The shop keeps the invoice as it was.
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.run_link(link)
        self.assertEqual(self.state_of(truth["number"]), ("skipped", "cancelled"))
        self.assertFalse(self.entries())

    def test_an_invoice_of_a_cancelled_order_that_is_credited_is_booked(self):
        self.set_options(cancel_invoices="credit")
        placed = self.add_order()
        link = self.make_invoice_link(invoice_trigger="all")
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.run_link(link)
        self.run_link(link)
        self.assertEqual(len(self.entries()), 2)
        self.assertEqual(sum(entry["AmountFC"] for entry in self.entries().values()), 0)

    def test_an_invoice_that_changes_after_it_was_booked_is_marked(self):
        placed = self.add_order()
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link()
        self.run_link(link)
        for changes, changed in (
            ({"doNotifyPaid": True}, False),
            ({"priceIncl": 50}, True),
        ):
            self.box.lightspeed.control_edit_invoice(
                self.shop_number, truth["id"], changes
            )
            self.run_link(link)
            record = self.assert_booked(truth["number"], "49.90")
            self.assertEqual(record.changed_after_booking, changed)
        self.assertEqual(record.proposal, "edited")
        self.assertEqual(record.booking_ids._content().gross, Decimal("49.90"))

    # === START AND DATES === #
    def test_an_invoice_from_before_the_start_is_skipped(self):
        placed = self.add_order(created_at=self.ago(days=20))
        (truth,) = self.invoices_of(placed["number"])
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, truth["id"], {}, at=self.ago(days=1)
        )
        link = self.make_invoice_link(
            start_at=fields.Datetime.now() - timedelta(days=10), invoice_trigger="all"
        )
        self.run_link(link)
        self.assertEqual(self.state_of(truth["number"]), ("skipped", "before_start"))
        link.start_at = fields.Datetime.now() - timedelta(days=30)
        self.run_link(link)
        self.assert_booked(truth["number"], "49.90")

    def test_an_invoice_from_before_and_paid_after_the_start_is_booked(self):
        placed = self.add_order(
            created_at=self.ago(days=20), payment_status="not_paid", status="on_hold"
        )
        early = self.add_order(created_at=self.ago(days=20))
        (truth,) = self.invoices_of(placed["number"])
        (before,) = self.invoices_of(early["number"])
        self.box.lightspeed.control_set_status(
            self.shop_number,
            placed["number"],
            payment_status="paid",
            at=self.ago(days=2),
        )
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, before["id"], {}, at=self.ago(days=1)
        )
        link = self.make_invoice_link(
            start_at=fields.Datetime.now() - timedelta(days=10)
        )
        self.run_link(link)
        self.assert_booked(truth["number"], "49.90")
        self.assertEqual(self.state_of(before["number"]), ("skipped", "before_start"))

    def test_the_entry_has_the_date_of_the_invoice_unless_told_otherwise(self):
        self.set_options(invoice_moment="manual")
        placed = self.add_order(created_at=self.ago(days=9))
        truth = self.invoice(placed["number"], status="paid", at=self.ago(days=4))
        link = self.make_invoice_link()
        self.assertEqual(link.date_source, "invoice")
        self.run_link(link)
        booking = self.assert_booked(truth["number"], "49.90").booking_ids
        self.assertEqual(booking.date_source, "invoice")
        self.assertAlmostEqual(
            booking.entry_date,
            fields.Date.today() - timedelta(days=4),
            delta=timedelta(days=1),
        )

    def test_the_form_proposes_the_date_that_goes_with_the_document(self):
        link = self.env["lightspeed.exact.link"].new({"source": "invoice"})
        link._onchange_source()
        self.assertEqual(link.date_source, "invoice")
        link.source = "order"
        link._onchange_source()
        self.assertEqual(link.date_source, "order")


class TestSource(InvoiceCase):
    def test_a_link_that_books_invoices_needs_no_order_status(self):
        link = self.make_invoice_link(order_status_ids=[], payment_status_ids=[])
        self.assertEqual(link.state, "running")
        with self.assert_refuses(ValidationError, "needs an order status"):
            link.source = "order"

    def test_the_source_changes_no_more_once_something_is_booked(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        with self.assert_refuses(ValidationError, "cannot be changed any more"):
            link.source = "invoice"

    def test_another_source_before_anything_is_booked_reads_the_shop_again(self):
        placed = self.add_order()
        waiting = self.add_order(status="on_hold")
        (truth,) = self.invoices_of(placed["number"])
        self.env["lightspeed.status"]._learn("order", {"never"})
        never = self.env["lightspeed.status"].search([("code", "=", "never")])
        link = self.make_link(order_status_ids=never.ids)
        self.run_link(link)
        self.assertEqual(self.order(waiting["number"]).state, "waiting")
        link.source = "invoice"
        for number in (placed["number"], waiting["number"]):
            self.assertEqual(self.order(number).reason_code, "not_the_source")
        self.run_link(link)
        self.assert_booked(truth["number"], "49.90")
        self.assertEqual(len(self.entries()), 2)
