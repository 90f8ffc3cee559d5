"""The transfer of products as a person sees it, in a real browser."""

import pytest

from sandbox.exact import demo as exact_demo
from tests.addon.browser_case import BrowserCase
from tests.addon.products_case import ProductsCase


@pytest.mark.browser
class TestProductsBrowser(BrowserCase, ProductsCase):
    def test_products_are_estimated_transferred_and_reported(self):
        self.add_product("Mok blauw", article_code="MOK", price_incl="24.95")
        self.add_product("Kookboek", article_code="BOEK", price_incl="12.00")
        self.add_product("Beker", article_code="BEKER", price_incl="9.95")
        self.add_product("Beker groot", article_code="beker", price_incl="14.95")
        self.add_product("Zonder code", price_incl="5.95")
        self.box.exact.control_add_item(exact_demo.MAIN, "BOEK", "Van de boekhouder")
        link = self.make_link()
        with self.chromium() as page:
            self.choose(page, link)
            self.read_products(page)
            self.transfer(page)
            self.read_report(page)
        self.assertEqual(sorted(self.items()), ["BOEK", "MOK"])
        self.assertEqual(self.prices("MOK"), ["20.62"])

    def choose(self, page, link):
        page.open(f"/odoo/lightspeed.exact.link/{link.id}")
        page.click("Products", within=".o_notebook_headers")
        page.see("No existing products", "Each variant becomes an item")
        page.click("All products")
        page.picture("01-link-products")
        page.click("Transfer products")

    def read_products(self, page):
        page.see("Nothing has been read yet", "about a minute")
        page.read("Calls to Lightspeed", until="3".__eq__)
        # One look-up, and at most an item and a price for each of five.
        page.read("Calls to Exact Online, at most", until="11".__eq__)
        page.picture("02-estimate")
        page.click("Read products")
        page.click("Go on now")
        page.see("All products have been read and sorted")
        # The two that have a code of their own.
        page.read("Calls to Exact Online, at most", until="5".__eq__)
        page.read("Items to make", until="2".__eq__)
        page.picture("03-ready")

    def transfer(self, page):
        page.click("Start")
        page.see("Running", "0 of 2")
        page.picture("04-running")
        page.click("Go on now")
        page.see("Done")
        page.read("Finished")
        page.picture("05-done")

    def read_report(self, page):
        page.click("5 Variants")
        rows = page.rows(5)
        self.assertEqual(
            {row["Product"]: row["Result"] for row in rows},
            {
                "Mok blauw": "Made",
                "Kookboek": "Found",
                "Beker": "Code used twice",
                "Beker groot": "Code used twice",
                "Zonder code": "No code",
            },
        )
        reasons = {row["Product"]: row["Reason"] for row in rows}
        self.assertIn("[beker] Beker groot", reasons["Beker"])
        self.assertTrue(reasons["Zonder code"])
        page.picture("06-report")
