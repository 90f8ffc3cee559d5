"""Items on sales invoices: healed when they are gone, and what they cost."""

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import INVOICE, InvoiceCase
from tests.addon.item_case import ITEMS

MUG = {
    "title": "Mok blauw",
    "quantity": 2,
    "unit_incl": "24.95",
    "rate": "0.21",
    "article_code": "MOK-1",
}
POT = {**MUG, "title": "Theepot", "article_code": "POT-1", "unit_incl": "10.00"}


class TestItemsOfInvoices(InvoiceCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_invoice_link()

    def again(self):
        self.link.next_poll_at = fields.Datetime.now()
        self.run_link(self.link)

    def lose_item(self, code):
        """Let a remembered item be gone in Exact, as one that was merged is.

        Some minutes after it was made: until then it may be there and not be shown.
        """
        self.later(150)
        items = self.box.exact.state.division(exact_demo.MAIN)["Items"]
        items.delete(next(row for row in items if row["Code"] == code))

    def item_codes(self):
        return [row["Code"] for row in self.box.exact.control_items(exact_demo.MAIN)]

    def test_articles_become_items_with_their_codes(self):
        self.booked_invoice(self.link, MUG, POT)
        self.assertLessEqual({"MOK-1", "POT-1"}, set(self.item_codes()))

    def test_an_item_that_is_deleted_in_exact_is_made_again_at_the_next_invoice(self):
        self.booked_invoice(self.link, MUG)
        self.lose_item("MOK-1")
        number = self.add_order(MUG)["number"]
        self.again()
        self.assert_invoiced(number, "49.90")
        self.assertEqual(self.item_codes().count("MOK-1"), 1)
        self.assertEqual(len(self.calls("POST", INVOICE)), 3)

    def test_an_item_that_has_ended_holds_the_order_until_it_is_valid_again(self):
        self.booked_invoice(self.link, MUG)
        self.box.exact.control_end_item(exact_demo.MAIN, "MOK-1", "2020-01-01")
        number = self.add_order(MUG)["number"]
        self.again()
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("held", "item_unusable"))
        self.assertIn("it has ended", order.reason)
        self.box.exact.control_edit_item(exact_demo.MAIN, "MOK-1", EndDate=None)
        self.press(order, "action_retry")
        self.assert_invoiced(number, "49.90")

    def test_a_refusal_that_is_not_about_items_forgets_none(self):
        self.booked_invoice(self.link, MUG)
        self.fault("business", INVOICE)
        number = self.add_order(MUG)["number"]
        since = self.box.calls.last
        self.again()
        self.assertEqual(self.order(number).state, "held")
        self.assertEqual(len(self.calls("GET", ITEMS, since=since)), 1)
        self.assertEqual(len(self.calls("POST", INVOICE, since=since)), 1)
        self.press(self.order(number), "action_retry")
        self.assert_invoiced(number, "49.90")

    def test_an_item_that_is_refused_holds_the_order_and_its_code_is_told(self):
        self.fault("business", ITEMS, params={"text": "Niet toegestaan: Iets"})
        number = self.add_order(MUG)["number"]
        self.again()
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("held", "item_refused"))
        self.assertIn("MOK-1", order.reason)
        self.assertIn("Niet toegestaan: Iets", order.reason)
        self.press(order, "action_retry")
        self.assert_invoiced(number, "49.90")

    def test_items_have_the_unit_and_group_of_the_links_own_profile(self):
        administration = self.link.administration_id
        group = self.env["exact.item.group"].search(
            [("administration_id", "=", administration.id)], order="id desc", limit=1
        )
        self.make_profile(administration)
        self.link.invoice_profile_id = self.make_profile(
            administration, item_group_id=group.id
        )
        self.booked_invoice(self.link, MUG)
        (row,) = self.box.exact.control_items(exact_demo.MAIN, "MOK-1")
        self.assertEqual(row["ItemGroup"], group.code)

    def test_an_order_whose_code_clashes_goes_on_when_the_item_is_forgotten(self):
        self.booked_invoice(self.link, MUG)
        number = self.add_order({**MUG, "article_code": "mok-1"})["number"]
        self.again()
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("held", "item_code_clash"))
        self.assertIn("“MOK-1”", order.reason)
        self.assertIn("“mok-1”", order.reason)
        self.env["exact.item"].search([("code", "=", "MOK-1")]).action_forget()
        self.again()
        self.assert_invoiced(number, "49.90")
        self.assertEqual(self.item_codes().count("MOK-1"), 1)

    def test_fixed_items_are_named_in_the_language_of_the_books(self):
        number = self.add_order(MUG, shipping={"title": "PostNL", "incl": "5.95"})
        self.again()
        self.assert_invoiced(number["number"], "55.85")
        (row,) = self.box.exact.control_items(exact_demo.MAIN, "WEB-SHIPPING")
        self.assertEqual(row["Description"], self.link._line_labels()["shipping"])
        item = self.env["exact.item"].search([("code", "=", "WEB-SHIPPING")])
        self.assertEqual((item.kind, item.source), ("shipping", False))

    def test_with_an_item_made_anew_the_document_is_attached_once(self):
        self.link.attachment = "summary"
        first = self.booked_invoice(self.link, MUG)
        self.lose_item("MOK-1")
        number = self.add_order(MUG)["number"]
        self.again()
        order = self.assert_invoiced(number, "49.90")
        documents = self.box.exact.control_documents(exact_demo.MAIN)
        self.assertEqual(
            {row["ID"] for row in documents},
            {(first | order).booking_ids[place].document_id for place in (0, 1)},
        )
        self.assertEqual(len(documents), 2)
