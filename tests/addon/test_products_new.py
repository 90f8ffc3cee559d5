"""New products: every night, on their first sale, or not at all."""

from datetime import timedelta

from odoo import fields

from tests.addon.products_case import ITEM, ProductsCase

NIGHT = 25 * 3600


class TestNewProducts(ProductsCase):
    def nightly(self, **values):
        link = self.make_link(new_products="nightly", **values)
        self.assertGreater(link.products_at, fields.Datetime.now())
        return link

    def night(self, link):
        """Let a day pass; return the calls to the shop that were for products."""
        since = self.box.calls.last
        self.later(NIGHT)
        self.run_due(link)
        return [
            call["path"].rpartition("/nl/")[2]
            for call in self.calls(service="lightspeed", since=since)
        ]

    def transfers(self, link):
        return self.env["lightspeed.exact.product.transfer"].search(
            [("link_id", "=", link.id)]
        )

    def test_only_what_was_made_since_becomes_an_item(self):
        self.add_catalogue(3, prefix="OUD")
        self.box.clock.advance(2 * 24 * 3600)
        link = self.nightly()
        link.new_products_since = fields.Datetime.now() + timedelta(days=1)
        self.add_product("Nieuw", article_code="NIEUW", price_incl="24.95")
        self.night(link)
        self.assertEqual(list(self.items()), ["NIEUW"])
        self.assertEqual(self.prices("NIEUW"), ["20.62"])
        [transfer] = self.transfers(link)
        self.assertEqual((transfer.scope, transfer.state), ("new", "done"))
        self.assertEqual(transfer.made_count, 1)

    def test_a_night_without_news_costs_two_calls_and_leaves_nothing(self):
        link = self.nightly()
        calls = self.night(link)
        self.assertEqual(calls, ["variants/count.json", "products/count.json"])
        self.assertFalse(self.transfers(link))
        self.assertGreater(link.products_at, fields.Datetime.now())

    def test_only_changed_pages_are_read(self):
        self.add_catalogue(260, prefix="OUD")
        link = self.make_link()
        self.transferred(link)
        self.box.clock.advance(24 * 3600)
        link.products_read_at = fields.Datetime.now() + timedelta(hours=24)
        link.new_products = "nightly"
        self.add_product("Nieuw", article_code="NIEUW", price_incl="24.95")
        calls = self.night(link)
        self.assertEqual(calls.count("variants.json"), 1)
        self.assertEqual(calls.count("products.json"), 1)
        self.assertIn("NIEUW", self.items())
        self.assertEqual(len(self.variants(is_gone=True)), 0)
        # Those of the first transfer are still its own.
        self.assertEqual(self.transfers(link)[-1].made_count, 260)

    def test_what_has_the_code_of_an_older_one_is_reported(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        link = self.make_link()
        self.transferred(link)
        link.new_products = "nightly"
        self.add_product("Beker", article_code="mok", price_incl="9.95")
        self.night(link)
        twin = self.variant("mok")
        self.assertEqual(twin.transfer_state, "duplicate")
        self.assertIn("Mok", twin.reason)
        self.assertEqual(list(self.items()), ["MOK"])

    def test_one_that_becomes_visible_comes_along_where_that_counts(self):
        report = self.add_product(
            "Mok", article_code="MOK", price_incl="24.95", fields={"isVisible": False}
        )
        link = self.make_link()
        transfer = self.read(link, "visible")
        self.assertEqual(transfer.total_count, 0)
        transfer.sudo().unlink()
        link.new_products = "nightly"
        self.box.lightspeed.control_edit_product(
            self.shop_number, report["product"], isVisible=True
        )
        self.box.lightspeed.control_edit_variant(
            self.shop_number, report["variants"][0], sku="S"
        )
        self.night(link)
        self.assertEqual(list(self.items()), ["MOK"])

    def test_a_new_variant_of_an_older_product_has_its_name(self):
        link = self.nightly()
        report = self.add_product(
            "Mok",
            variants=[
                {"title": "Rood", "article_code": "MOK-R", "price_incl": "24.95"}
            ],
        )
        product = self.box.lightspeed.world.shop(self.shop_number)["products"]
        row = product.get(report["product"])
        row["updated"] = "2020" + row["updated"][4:]
        product.put(row)
        self.night(link)
        self.assertEqual(self.variant("MOK-R").name, "Mok - Rood")
        self.assertEqual(self.items()["MOK-R"]["Description"], "Mok - Rood")

    def test_a_transfer_of_a_person_goes_first(self):
        self.add_catalogue(3)
        link = self.nightly()
        transfer = self.new_transfer(link)
        self.assertFalse(self.night(link))
        self.assertEqual(self.transfers(link), transfer)

    def test_nobody_looks_unless_it_was_chosen(self):
        self.add_catalogue(3)
        link = self.make_link()
        for choice in ("never", "sale"):
            link.new_products = choice
            self.assertFalse(link.products_at)
            self.assertFalse(self.night(link))
        link.new_products = "nightly"
        self.assertTrue(link.products_at)
        link.new_products = "never"
        self.assertFalse(link.products_at)

    def test_a_right_that_is_missing_is_tried_again_the_next_night(self):
        link = self.nightly()
        self.add_product("Nieuw", article_code="NIEUW", price_incl="24.95")
        self.box.lightspeed.control_set_permissions(self.shop_number, {"products": ""})
        self.night(link)
        [transfer] = self.transfers(link)
        self.assertEqual(transfer.state, "held")
        self.box.lightspeed.control_set_permissions(self.shop_number, {"products": "r"})
        self.night(link)
        self.assertEqual(transfer.state, "done")
        self.assertEqual(list(self.items()), ["NIEUW"])

    def test_it_says_what_a_choice_means_with_entries_and_with_invoices(self):
        link = self.make_link(start=False)
        self.assertEqual(link.new_products, "sale")
        self.assertIn("need no items", link.new_products_note)
        link.new_products = "never"
        self.assertFalse(link.new_products_note)
        self.assertFalse(self.calls(path=ITEM))
