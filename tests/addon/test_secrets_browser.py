"""Secrets in a real browser: typed in, kept, and never shown again."""

import pytest

from tests.addon.browser_case import PHONE, BrowserCase
from tests.addon.connector_case import SECRET

NEW = "a new secret from a phone"


@pytest.mark.browser
class TestSecretsBrowser(BrowserCase):
    def test_a_secret_is_replaced_on_a_phone_and_never_shown(self):
        shop = self.make_shop()
        with self.chromium() as page:
            page.resize(*PHONE)
            page.open(f"/odoo/lightspeed.shop/{shop.id}")
            page.see("Voorbeeldwinkel", "nobody can read it again")
            page.picture("01-shop")
            self.assertLessEqual(page.overflow(), 0)
            for name in ("api_key", "api_secret"):
                self.assertEqual(self.attribute(page, name, "type"), "password")
                self.assertEqual(self.attribute(page, name, "value"), "")
                self.assertIn(
                    "Filled in on ", self.attribute(page, name, "placeholder")
                )
            page.fill("Shop", "Winkel")
            page.click("Save manually")
            page.see("Winkel")
            self.env.invalidate_all()
            self.assertEqual(shop._secret("api_secret"), SECRET)
            page.fill("API secret", NEW)
            page.click("Save manually")
            page.see("Not tested")
            page.picture("02-shop-saved")
            self.assertEqual(self.attribute(page, "api_secret", "value"), "")
            self.assertNotIn(NEW, page._evaluate("document.documentElement.outerHTML"))
        self.env.invalidate_all()
        self.assertEqual(shop.name, "Winkel")
        self.assertEqual(shop._secret("api_secret"), NEW)

    def attribute(self, page, name, attribute):
        return page._evaluate(
            f"document.querySelector('[name={name}] input').{attribute}"
        )
