"""Reading what a shop sells: every variant once, whatever happens meanwhile."""

from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.lightspeed_exact_connector.clients.lightspeed import LightspeedClient

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.products_case import ITEM, ProductsCase

LIGHTSPEED = "lightspeed"


class TestReading(ProductsCase):
    def test_a_variant_has_the_name_the_codes_and_the_prices_of_the_shop(self):
        brand = self.box.lightspeed.control_add_brand(self.shop_number, "Merk")
        self.add_product(
            "Mok",
            brand=brand["brand"],
            variants=[
                {
                    "title": "Blauw",
                    "article_code": "MOK-B",
                    "sku": "SKU-B",
                    "ean": "8712345678906",
                    "price_incl": "24.95",
                }
            ],
        )
        link = self.make_link()
        link.rule_ids[0].copy({"brand": "Merk"})
        self.read(link)
        variant = self.variant("MOK-B")
        self.assertEqual(variant.name, "Mok - Blauw")
        self.assertEqual(variant.sku, "SKU-B")
        self.assertEqual(variant.ean, "8712345678906")
        self.assertEqual(variant.price_incl, "24.95")
        self.assertEqual(variant.price_excl, "20.6198")
        self.assertEqual(variant.tax_rate, "0.21")
        self.assertEqual(variant.tax_shown, "21 %")
        self.assertEqual(variant.brand, "Merk")
        self.assertTrue(variant.is_visible)
        self.assertEqual(variant.transfer_state, "pending")

    def test_brands_are_read_only_where_a_rule_names_one(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        link = self.make_link()
        since = self.box.calls.last
        self.read(link)
        self.assertFalse(self.calls(path="brands", service=LIGHTSPEED, since=since))

    def test_many_pages_bring_every_variant_once(self):
        self.add_catalogue(260, variants=2)
        link = self.make_link()
        transfer = self.read(link)
        self.assertEqual(len(self.variants()), 520)
        self.assertEqual(transfer.total_count, 520)
        self.assertEqual(transfer.variant_count, 520)
        self.assertEqual(transfer.product_count, 260)
        self.assertFalse(self.variants(product_known=False))

    def test_a_shop_that_gives_smaller_pages_is_read_whole(self):
        self.add_catalogue(120)
        link = self.make_link()
        page = LightspeedClient._paging

        def clamped(client, number, _limit, filters):
            return page(client, number, 50, filters)

        with patch.object(LightspeedClient, "_paging", clamped):
            transfer = self.read(link)
        self.assertEqual(transfer.total_count, 120)

    def test_an_empty_shop_is_read_and_has_nothing_to_transfer(self):
        transfer = self.read(self.make_link())
        self.assertEqual(transfer.total_count, 0)
        with self.assert_refuses(UserError, "nothing to transfer"):
            transfer.action_start()

    def test_what_is_deleted_while_the_pages_are_read_hides_no_other(self):
        report = self.add_catalogue(300)
        link = self.make_link()
        variants = LightspeedClient.variants
        read = []

        def deleting(client, page, limit, **filters):
            rows = variants(client, page, limit, **filters)
            read.append(page)
            if len(read) == 1:
                # Newest first: the next page begins one row later than it did.
                self.box.lightspeed.control_delete_product(
                    self.shop_number, report["products"][-1]
                )
            return rows

        with patch.object(LightspeedClient, "variants", deleting):
            transfer = self.read(link)
        self.assertEqual(read, [1, 2, 1, 2])
        self.assertEqual(transfer.variant_count, 299)
        found = {int(variant.remote_id) for variant in self.variants()}
        self.assertEqual(len(found), 300)

    def test_what_the_shop_no_longer_has_does_not_go_along(self):
        report = self.add_catalogue(3)
        link = self.make_link()
        transfer = self.read(link)
        self.box.lightspeed.control_delete_product(
            self.shop_number, report["products"][0]
        )
        transfer.action_read()
        self.run_link(link)
        self.assertEqual(transfer.total_count, 2)
        self.assertEqual(len(self.variants(is_gone=True)), 1)

    def test_a_product_that_changes_is_read_anew(self):
        report = self.add_product("Mok", article_code="MOK", price_incl="24.95")
        link = self.make_link()
        transfer = self.read(link)
        self.box.lightspeed.control_edit_product(
            self.shop_number, report["product"], title="Beker", isVisible=False
        )
        self.box.lightspeed.control_edit_variant(
            self.shop_number, report["variants"][0], articleCode="BEKER"
        )
        transfer.action_read()
        self.run_link(link)
        variant = self.variant("BEKER")
        self.assertEqual(variant.name, "Beker")
        self.assertFalse(variant.is_visible)
        self.assertEqual(variant.key, "beker")

    def test_a_rate_that_no_link_names_is_told_by_the_prices(self):
        self.add_product(
            "Mok",
            variants=[{"article_code": "A", "price_incl": "12.10", "tax": None}],
        )
        self.add_product(
            "Dop", variants=[{"article_code": "B", "price_incl": "0", "tax": None}]
        )
        self.read(self.make_link())
        self.assertEqual(self.variant("A").tax_rate, "0.21")
        unknown = self.variant("B")
        self.assertFalse(unknown.tax_rate)
        self.assertEqual(unknown.transfer_state, "refused")
        self.assertEqual(unknown.reason_code, "product_rate_unknown")
        self.assertTrue(unknown.reason)

    def test_reading_sends_nothing_to_exact(self):
        self.add_catalogue(30)
        link = self.make_link()
        transfer = self.new_transfer(link)
        since = self.box.calls.last
        transfer.action_read()
        self.run_link(link)
        self.assertFalse(self.calls(path="logistics", since=since))

    def test_a_key_without_the_right_is_told_in_advance(self):
        self.add_catalogue(3)
        link = self.make_link()
        self.box.lightspeed.control_set_permissions(self.shop_number, {"products": ""})
        with self.assert_refuses(UserError, "may not read: products"):
            self.new_transfer(link)

    def test_a_right_that_is_taken_away_later_holds_the_transfer(self):
        self.add_catalogue(3)
        link = self.make_link()
        transfer = self.new_transfer(link)
        self.box.lightspeed.control_set_permissions(self.shop_number, {"products": ""})
        transfer.action_read()
        self.run_link(link)
        self.assertEqual(transfer.state, "held")
        self.assertTrue(transfer.problem_text)
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.box.lightspeed.control_set_permissions(self.shop_number, {"products": "r"})
        transfer.action_resume()
        self.run_link(link)
        self.assertEqual(transfer.state, "ready")
        self.assertFalse(transfer.problem_text)

    def test_a_user_of_exact_without_the_right_is_told_in_advance(self):
        self.add_catalogue(3)
        link = self.make_link()
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, ITEM, ["GET"]
        )
        with self.assert_refuses(UserError, "may not make items"):
            self.new_transfer(link)

    def test_nothing_happens_before_the_link_runs_and_something_is_chosen(self):
        self.add_catalogue(3)
        link = self.make_link(start=False)
        with self.assert_refuses(UserError, "Choose first"):
            link.action_transfer_products()
        transfer = self.new_transfer(link)
        with self.assert_refuses(UserError, "Start the link first"):
            transfer.action_read()

    def test_there_is_one_transfer_at_a_time(self):
        self.add_catalogue(3)
        link = self.make_link()
        transfer = self.new_transfer(link)
        self.assertEqual(self.new_transfer(link, "visible"), transfer)


class TestWhoMay(ProductsCase):
    def test_a_user_reads_and_only_a_manager_transfers(self):
        self.add_catalogue(3)
        transfer = self.read(self.make_link(), "selection")
        user = new_test_user(self.env, "user", groups=f"{GROUPS}user")
        manager = new_test_user(self.env, "manager", groups=f"{GROUPS}manager")
        variants = self.variants()
        self.assertTrue(transfer.with_user(user).duration_text)
        self.assertEqual(len(variants.with_user(user).mapped("name")), 3)
        for name in ("action_read", "action_start", "action_pause", "action_resume"):
            with self.assert_refuses(AccessError, "."):
                getattr(transfer.with_user(user), name)()
        with self.assert_refuses(AccessError, "."):
            variants.with_user(user).action_select()
        with self.assert_refuses(AccessError, "."):
            transfer.with_user(manager).write({"state": "done"})
        with self.assert_refuses(AccessError, "."):
            variants.with_user(manager).write({"selected": True})
        variants[:2].with_user(manager).action_select()
        self.assertEqual(variants.filtered("selected"), variants[:2])
        self.assertEqual(transfer.state, "reading")
        self.run_link(transfer.link_id)
        self.assertEqual(transfer.total_count, 2)
        transfer.with_user(manager).action_start()
        self.assertEqual(transfer.state, "running")

    def test_the_price_that_is_shown_is_the_one_with_vat(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        self.read(self.make_link())
        shown = Decimal(str(self.variant("MOK").price_shown))
        self.assertEqual(shown, Decimal("24.95"))
