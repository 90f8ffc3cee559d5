"""Reading the shop's invoices: every page once, and no order waits for them."""

import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.lightspeed_exact_connector.clients.lightspeed import LightspeedClient

from tests.addon.test_invoices import InvoiceCase
from tests.addon.test_poll import SWEEP


class TestReading(InvoiceCase):
    """Each list has a mark of its own, which moves after its last page only."""

    def small_pages(self):
        self.enterContext(patch(f"{SWEEP}.PAGE_SIZE", 5))

    def poll(self, link):
        with patch.object(type(link.administration_id), "_post", return_value=False):
            self.run_link(link)

    def fail_invoices(self, page):
        self.box.faults.add(
            "html_503",
            "lightspeed",
            path="invoices.json",
            query=f"page={page}",
            times=None,
        )

    def test_the_mark_of_the_invoices_moves_after_their_last_page(self):
        self.small_pages()
        numbers = {
            self.invoices_of(self.add_order()["number"])[0]["number"]
            for _number in range(12)
        }
        link = self.make_invoice_link()
        self.fail_invoices(3)
        self.poll(link)
        self.assertEqual(link.order_count, 10)
        self.assertFalse(link.invoice_cursor_at)
        self.assertEqual(link.failures, 1)
        self.box.faults.clear()
        mark = self.box.calls.last
        self.poll(link)
        self.assertEqual(set(link.order_ids.mapped("number")), numbers)
        self.assertTrue(link.invoice_cursor_at)
        self.assertEqual(len(self.shop_calls("/invoices.json", since=mark)), 1)

    def test_invoices_that_cannot_be_read_keep_no_order_back(self):
        self.small_pages()
        for _number in range(7):
            self.add_order()
        link = self.make_link()
        self.fail_invoices(2)
        self.poll(link)
        self.assertTrue(link.cursor_at)
        self.assertFalse(link.invoice_cursor_at)
        self.assertEqual(link.order_count, 7)
        self.assertIn("cannot be read", link.problem_text)
        late = self.add_order()
        self.poll(link)
        self.assertTrue(self.order(late["number"]))
        self.box.faults.clear()
        self.poll(link)
        self.assertTrue(link.invoice_cursor_at)
        self.assertFalse(link.problem_text)

    def test_invoices_that_take_several_slices_do_not_read_the_orders_again(self):
        self.small_pages()
        for _number in range(12):
            self.add_order()
        link = self.make_link()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            polled = self.env(cr=cr, user=1, su=True)[link._name].browse(link.id)
            for _slice in range(12):
                # The time of each slice is up at once: one page of each list.
                if not polled._poll(time.monotonic()):
                    break
        self.env.invalidate_all()
        for name in ("orders", "invoices"):
            self.assertEqual(len(self.shop_calls(f"/{name}.json")), 3)
        self.assertTrue(link.cursor_at)
        self.assertTrue(link.invoice_cursor_at)

    def assert_no_credit_note_slips(self, sort):
        """A row that moves while the pages are read takes no other one out of sight."""
        self.small_pages()
        self.set_options(sort=sort)
        placed = [
            self.add_order(created_at=self.ago(hours=40 - hour)) for hour in range(12)
        ]
        notes = {
            self.box.lightspeed.control_credit_order(
                self.shop_number, row["number"], at=self.ago(hours=20 - hour)
            )["number"]
            for hour, row in enumerate(placed[::2])
        }
        # Three of the first page move: a credit note of the second comes on the first.
        moving = [
            self.invoices_of(placed[index]["number"])[0]["id"] for index in (1, 3, 5)
        ]
        read, done = LightspeedClient.invoices, []

        def invoices(client, page, **options):
            rows = read(client, page, **options)
            if page == 1 and not done:
                done.append(True)
                for invoice in moving:
                    self.box.lightspeed.control_edit_invoice(
                        self.shop_number, invoice, {}
                    )
            return rows

        link = self.make_link()
        with patch.object(LightspeedClient, "invoices", invoices):
            self.poll(link)
        found = link.order_ids.filtered(lambda row: row.source_kind == "credit_note")
        self.assertEqual(set(found.mapped("number")), notes)
        self.assertTrue(link.invoice_cursor_at)

    def test_no_credit_note_slips_through_when_the_list_is_newest_first(self):
        self.assert_no_credit_note_slips("newest")

    def test_no_credit_note_slips_through_when_the_last_change_comes_first(self):
        self.assert_no_credit_note_slips("updated_desc")

    def test_no_credit_note_slips_through_when_the_last_change_comes_last(self):
        self.assert_no_credit_note_slips("updated_asc")

    def test_without_news_several_pages_are_read_once(self):
        self.small_pages()
        for _number in range(7):
            self.add_order()
        link = self.make_link()
        self.poll(link)
        self.assertEqual(len(self.shop_calls("/invoices.json")), 2)

    def test_invoices_that_cannot_be_read_delay_no_order(self):
        for fault in ("html_503", "status"):
            params = {"params": {"status": 403}} if fault == "status" else {}
            with self.subTest(fault=fault):
                placed = self.add_order()
                note = self.box.lightspeed.control_credit_order(
                    self.shop_number, placed["number"]
                )
                link = self.env["lightspeed.exact.link"].search([]) or self.make_link()
                self.box.faults.add(
                    fault, "lightspeed", path="/invoices.json", times=None, **params
                )
                for _look in range(2):
                    self.run_link(link)
                self.assert_booked(placed["number"], "49.90")
                self.assertEqual(link.problem_code, "invoices_unread")
                self.assertEqual(link.failures, 0)
                self.assertLessEqual(
                    link.next_poll_at - fields.Datetime.now(), timedelta(minutes=15)
                )
                self.box.faults.clear()
                self.run_link(link)
                self.assertFalse(link.problem_code)
                self.assertEqual(self.order(note["number"]).state, "booked")

    def test_a_list_of_invoices_that_breaks_in_the_middle_delays_no_order(self):
        self.small_pages()
        for _number in range(5):
            self.add_order()
        link = self.make_link()
        self.box.faults.add(
            "html_503", "lightspeed", path="/invoices.json", query="page=2", times=None
        )
        self.run_link(link)
        placed = self.add_order()
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
