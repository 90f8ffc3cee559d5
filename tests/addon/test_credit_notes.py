"""Credit notes of the shop: found, kept beside what they credit, and judged."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from odoo import fields

from tests.addon.test_invoices import COSTS, LINES, InvoiceCase


class CreditCase(InvoiceCase):
    def credit(self, number, **values):
        return self.box.lightspeed.control_credit_order(
            self.shop_number, number, **values
        )

    def state_of(self, number):
        record = self.order(number)
        return record.state, record.reason_code or ""

    def assert_credited(self, note, placed, total):
        """Assert that a credit note is one negative entry in Exact, after its order."""
        record, order = self.order(note["number"]), self.order(placed["number"])
        self.assertEqual(record.state, "booked", record.reason)
        booking = record.booking_ids
        self.assertEqual(
            (booking.kind, booking.state, booking.gross), ("credit", "posted", total)
        )
        self.assertEqual(booking.reference, f"{placed['number']}-R1")
        self.assertEqual(booking.original_reference, placed["number"])
        sale, credit = (
            self.entries()[each]
            for each in (order.booking_ids.reference, booking.reference)
        )
        self.assertEqual(Decimal(str(credit["AmountFC"])), Decimal(total))
        self.assertEqual(credit["Customer"], sale["Customer"])
        self.assertEqual(
            {(line["GLAccount"], line["VATCode"]) for line in credit["Lines"]},
            {(line["GLAccount"], line["VATCode"]) for line in sale["Lines"]},
        )
        self.assertGreater(int(credit["EntryNumber"]), int(sale["EntryNumber"]))
        return record

    def credit_sale(self, link, number):
        work = self.work(link)
        with self.enter_registry_test_mode():
            return self.order(number).sudo()._credit_sale(work)


class TestKeeping(CreditCase):
    def test_a_credit_note_is_kept_beside_its_order(self):
        placed = self.add_order()
        note = self.credit(placed["number"])
        link = self.make_link()
        self.run_link(link)
        record = self.order(note["number"])
        self.assertEqual(record.source_kind, "credit_note")
        self.assertEqual(record.origin_id, self.order(placed["number"]))
        self.assertEqual(record.origin_id.credit_ids, record)
        self.assertEqual(record.amount_total, -49.9)
        # The invoice itself is not what is booked here.
        self.assertEqual(link.order_count, 2)
        self.assert_booked(placed["number"], "49.90")

    def test_a_credit_note_is_kept_beside_its_invoice(self):
        placed = self.add_order()
        note = self.credit(placed["number"])
        (truth,) = self.invoices_of(placed["number"])
        link = self.make_invoice_link()
        self.run_link(link)
        record = self.order(note["number"])
        self.assertEqual(record.origin_id, self.order(truth["number"]))
        self.assertEqual(record.original_remote_id, str(truth["id"]))
        self.assertEqual(link.order_count, 2)

    def test_the_original_invoice_is_chosen_of_several(self):
        self.set_options(invoice_moment="manual")
        placed = self.add_order(*LINES)
        first, _second = (
            self.invoice(
                placed["number"], lines=[{"index": index, "quantity": 2}], status="paid"
            )
            for index in (0, 1)
        )
        note = self.credit(placed["number"], lines=[{"index": 0, "quantity": 1}])
        link = self.make_invoice_link()
        self.run_link(link)
        self.assertEqual(
            self.order(note["number"]).origin_id, self.order(first["number"])
        )

    def test_several_credit_notes_of_an_order_are_kept(self):
        placed = self.add_order(*LINES, **COSTS)
        notes = [
            self.credit(placed["number"], lines=[{"index": 0, "quantity": 1}]),
            self.credit(placed["number"], lines=[], shipping=True),
            self.credit(placed["number"]),
        ]
        link = self.make_link()
        self.run_link(link)
        self.assertEqual(
            set(self.order(placed["number"]).credit_ids.mapped("number")),
            {note["number"] for note in notes},
        )

    def test_no_credit_note_is_looked_at_when_nobody_wants_it(self):
        placed = self.add_order()
        self.credit(placed["number"])
        link = self.make_link(credits="off")
        self.run_link(link)
        self.assertEqual(link.order_count, 1)
        self.assertFalse(self.shop_calls("/invoices.json"))
        link.credits = "book"
        self.run_link(link)
        self.assertEqual(link.order_count, 2)

    def test_an_origin_that_comes_later_is_found(self):
        placed = self.add_order()
        note = self.credit(placed["number"])
        link = self.make_link()
        with patch.object(type(link), "_sweeps", lambda link: [link._invoice_sweep()]):
            self.run_link(link)
        record = self.order(note["number"])
        self.assertFalse(record.origin_id)
        self.assertEqual(
            (record.state, record.reason_code), ("held", "credit_without_origin")
        )
        self.run_link(link)
        self.assertEqual(record.origin_id, self.order(placed["number"]))
        self.assert_booked(placed["number"], "49.90")
        self.assertNotEqual(record.reason_code, "credit_without_origin")


class TestSale(CreditCase):
    def assert_sale(self, link, note):
        """Assert that a credit note reads as what the shop says, with no sign."""
        sale = self.credit_sale(link, note["number"])
        self.assertTrue(sale.is_credit)
        self.assertEqual(sale.number, note["number"])
        self.assertEqual((sale.gross, sale.net), (Decimal(note["gross"]), sale.net))
        self.assertEqual(sale.net, Decimal(note["net"]))
        self.assertEqual(sum(line.gross for line in sale.lines), sale.gross)
        rates = {}
        for line in sale.lines:
            sums = rates.setdefault(line.rate, [Decimal(0), Decimal(0)])
            sums[0] += line.net
            sums[1] += line.vat
        self.assertEqual(
            {rate: tuple(sums) for rate, sums in rates.items()},
            {
                Decimal(row["rate"]): (Decimal(row["net"]), Decimal(row["vat"]))
                for row in note["rates"]
            },
        )
        return sale

    def test_every_form_of_a_credit_note_reads_the_same(self):
        link = self.make_link()
        for sign in ("positive", "negative"):
            for prices in ("line", "unit"):
                with self.subTest(sign=sign, prices=prices):
                    self.set_options(credit_sign=sign, invoice_item_prices=prices)
                    placed = self.add_order(*LINES, coupon="3.33", **COSTS)
                    part = self.credit(
                        placed["number"], lines=[{"index": 0, "quantity": 2}]
                    )
                    costs = self.credit(placed["number"], lines=[], shipping=True)
                    rest = self.credit(placed["number"])
                    self.run_link(link)
                    self.assert_sale(link, part)
                    self.assert_sale(link, costs)
                    sale = self.assert_sale(link, rest)
                    self.assertEqual(sale.order_number, placed["number"])

    def test_its_lines_name_the_lines_of_the_order(self):
        placed = self.add_order(*LINES)
        note = self.credit(placed["number"], lines=[{"index": 1, "quantity": 1}])
        link = self.make_link()
        self.run_link(link)
        sale = self.credit_sale(link, note["number"])
        order = self.box.lightspeed.control_order(self.shop_number, placed["number"])
        second = order["products"]["resource"]["embedded"][1]
        self.assertEqual([line.remote_id for line in sale.lines], [str(second["id"])])
        record = self.order(note["number"])
        self.assertEqual(record.email, "anna@example.com")
        self.assertTrue(record.fetched_digest)


class TestJudging(CreditCase):
    def test_a_credit_note_waits_for_its_order_and_goes_on_with_it(self):
        placed = self.add_order(status="on_hold")
        note = self.credit(placed["number"])
        link = self.make_link(credits="hold")
        self.run_link(link)
        self.assertEqual(
            self.state_of(note["number"]), ("waiting", "origin_not_booked")
        )
        self.box.lightspeed.control_set_status(
            self.shop_number, placed["number"], status="completed_shipped"
        )
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
        self.assertEqual(self.state_of(note["number"]), ("held", "credit_by_choice"))

    def test_a_credit_note_is_due_once_its_order_is_booked(self):
        placed = self.add_order()
        note = self.credit(placed["number"])
        link = self.make_link()
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
        self.assert_credited(note, placed, "-49.90")
        self.assertEqual(len(self.posted_entries()), 2)
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), 2)

    def test_a_person_can_book_what_is_held_by_choice(self):
        placed = self.add_order()
        note = self.credit(placed["number"])
        link = self.make_link(credits="hold")
        self.run_link(link)
        record = self.order(note["number"])
        self.assertEqual(record.reason_code, "credit_by_choice")
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), 1)
        with self.enter_registry_test_mode():
            record.action_retry()
        self.env.invalidate_all()
        self.assert_credited(note, placed, "-49.90")

    def test_what_was_not_booked_here_goes_by_the_choice(self):
        placed = self.add_order(created_at=self.ago(days=20))
        note = self.credit(placed["number"])
        link = self.make_link(
            start_at=fields.Datetime.now() - timedelta(days=10), start_basis="order"
        )
        self.run_link(link)
        self.assertEqual(self.state_of(placed["number"]), ("skipped", "before_start"))
        self.assertEqual(
            self.state_of(note["number"]), ("held", "credit_without_origin")
        )
        link.action_pause()
        link.unbooked_credits = "own"
        self.assertEqual(self.state_of(note["number"]), ("ready", ""))

    def test_a_credit_note_from_before_the_start_is_skipped(self):
        placed = self.add_order(created_at=self.ago(days=20))
        note = self.credit(placed["number"], at=self.ago(days=15))
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, note["id"], {}, at=self.ago(days=1)
        )
        link = self.make_link(start_at=fields.Datetime.now() - timedelta(days=10))
        self.run_link(link)
        self.assertEqual(self.state_of(note["number"]), ("skipped", "before_start"))

    def test_a_cancelled_credit_note_is_skipped(self):
        placed = self.add_order()
        note = self.credit(placed["number"])
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, note["id"], {"status": "cancelled"}
        )
        link = self.make_link()
        self.run_link(link)
        self.assertEqual(
            self.state_of(note["number"]), ("skipped", "invoice_cancelled")
        )

    def test_credit_notes_that_are_known_go_out_when_nobody_wants_them(self):
        placed = self.add_order(status="on_hold")
        note = self.credit(placed["number"])
        link = self.make_link()
        self.run_link(link)
        link.credits = "off"
        self.assertEqual(self.state_of(note["number"]), ("skipped", "credits_off"))

    def test_the_credit_note_of_an_order_that_was_cancelled_unbooked_is_skipped(self):
        self.set_options(cancel_invoices="credit")
        placed = self.add_order(status="processing_awaiting_shipment")
        link = self.make_link()
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.run_link(link)
        self.run_link(link)
        notes = link.order_ids.filtered(lambda row: row.source_kind == "credit_note")
        self.assertEqual(
            (notes.state, notes.reason_code), ("skipped", "credit_of_cancelled")
        )
        self.assertFalse(self.entries())
        self.assertEqual(link.held_count, 0)

    def test_the_credit_note_of_an_older_order_that_was_cancelled_is_held(self):
        # It may have been booked before there was a link.
        placed = self.add_order(
            status="processing_awaiting_shipment", created_at=self.ago(days=2)
        )
        link = self.make_link(start=False)
        link.start_at = fields.Datetime.now()
        link.action_start()
        self.later(60)
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        note = self.credit(placed["number"])
        self.run_link(link)
        self.assertEqual(
            self.state_of(note["number"]), ("held", "credit_without_origin")
        )

    def test_a_skipped_order_lets_its_credit_note_go_by_the_choice(self):
        placed = self.add_order(status="on_hold")
        note = self.credit(placed["number"])
        link = self.make_link()
        self.run_link(link)
        order = self.order(placed["number"])
        order.skip_reason = "Met de hand geboekt"
        order.action_skip()
        self.assertEqual(
            self.state_of(note["number"]), ("held", "credit_without_origin")
        )
