"""The connection test of a shop: what it reads, and how it names what is wrong."""

import socket

from odoo.exceptions import UserError, ValidationError

from tests.addon.connector_case import KEY, SECRET, ConnectorCase


def closed_port():
    """Return a port of this machine at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TestShop(ConnectorCase):
    def untested_shop(self, **values):
        return self.env["lightspeed.shop"].create(
            {
                "name": "Voorbeeldwinkel",
                "api_key": KEY,
                "api_secret": SECRET,
                "api_url": self.box.lightspeed_url,
                **values,
            }
        )

    def assert_refused(self, shop, *words):
        """Assert that the connection test fails with a sentence that says this."""
        with self.assertRaises(UserError) as caught:
            shop.action_test_connection()
        for word in words:
            self.assertIn(word, str(caught.exception))
        self.assertEqual(shop.state, "draft")
        self.assertFalse(shop.remote_id)

    # === WHAT IT READS === #
    def test_the_facts_of_the_shop_are_read(self):
        self.box.lightspeed.control_set_shop(
            self.shop_number, vat_number="NL000099995B84", domain="www.winkel.example"
        )
        shop = self.make_shop()
        self.assertEqual(shop.state, "connected")
        self.assertEqual(shop.remote_id, str(self.shop_number))
        self.assertEqual(shop.domain, "www.winkel.example")
        self.assertEqual(shop.currency_code, "EUR")
        self.assertEqual(shop.currency_id.name, "EUR")
        self.assertEqual(shop.country_id.code, "NL")
        self.assertEqual(shop.vat_number, "NL000099995B84")
        self.assertEqual(shop.tax_rates, ["0.09", "0.21"])
        self.assertTrue(shop.tested_at)

    def test_another_currency_is_read_although_it_is_not_active_in_odoo(self):
        self.env.ref("base.GBP").active = False
        self.box.lightspeed.control_set_shop(self.shop_number, currency="GBP")
        shop = self.make_shop()
        self.assertEqual(shop.currency_code, "GBP")
        self.assertEqual(shop.currency_id, self.env.ref("base.GBP"))

    def test_float_noise_in_a_tax_is_no_other_rate(self):
        self.box.lightspeed.control_add_tax(self.shop_number, "0.20999999999999996")
        self.assertEqual(self.make_shop().tax_rates, ["0.09", "0.21"])

    def test_the_number_of_the_shop_as_a_text_is_the_same_shop(self):
        self.box.lightspeed.control_set_options(self.shop_number, shop_id_text=True)
        self.assertEqual(self.make_shop().remote_id, str(self.shop_number))

    def test_an_installed_app_opens_the_shop(self):
        registered = self.box.lightspeed.control_add_app("https://agency.example/in")
        installed = self.box.lightspeed.control_install(
            registered["key"], self.shop_number
        )
        app = self.env["lightspeed.app"].create(
            {
                "name": "App",
                "app_key": registered["key"],
                "app_secret": registered["secret"],
            }
        )
        shop = self.make_shop(
            auth_kind="app",
            app_id=app.id,
            app_token=installed["params"]["token"],
            api_key=False,
            api_secret=False,
        )
        self.assertEqual(shop.state, "connected")

    def test_blanks_around_a_pasted_key_do_not_matter(self):
        shop = self.make_shop(api_key=f" {KEY}\n", api_secret=f"{SECRET} ")
        self.assertEqual(shop.state, "connected")

    def test_facts_of_an_unknown_shape_are_left_out(self):
        self.box.faults.add(
            "status",
            "lightspeed",
            path=r"/shop\.json",
            params={
                "status": 200,
                "body": '{"shop": {"id": 7, "currency": "EUR", "country": "nl"}}',
                "content_type": "application/json",
            },
        )
        self.box.faults.add(
            "status",
            "lightspeed",
            path=r"/taxes\.json",
            params={
                "status": 200,
                "body": '{"taxes": [{"rate": "veel"}, {"rate": "0.21"}, {"id": 1}]}',
                "content_type": "application/json",
            },
        )
        shop = self.make_shop()
        self.assertEqual(shop.state, "connected")
        self.assertFalse(shop.currency_code)
        self.assertEqual(shop.tax_rates, ["0.21"])

    # === WHAT IS WRONG === #
    def test_a_wrong_key_is_named(self):
        self.assert_refused(
            self.untested_shop(api_secret="9" * 32),
            "Lightspeed refuses the credentials",
            "Check the key and the secret",
        )

    def test_a_revoked_key_is_named(self):
        self.box.lightspeed.control_revoke_credentials(self.shop_number)
        self.assert_refused(
            self.untested_shop(), "refuses the credentials", "revoked key"
        )

    def test_each_missing_permission_is_named(self):
        for area in ("orders", "settings"):
            with self.subTest(area=area):
                self.box.lightspeed.control_set_permissions(
                    self.shop_number, {area: ""}
                )
                self.assert_refused(self.untested_shop(), f"may not read: {area}.")
                self.box.lightspeed.control_set_permissions(
                    self.shop_number, {area: "rw"}
                )

    def test_rights_that_are_not_needed_are_not_asked_for(self):
        self.box.lightspeed.control_set_permissions(
            self.shop_number, {"customers": "", "products": ""}
        )
        self.assertEqual(self.make_shop().state, "connected")

    def test_several_missing_permissions_are_named_together(self):
        self.box.lightspeed.control_set_permissions(
            self.shop_number, {"orders": "", "settings": ""}
        )
        self.assert_refused(self.untested_shop(), "orders, settings")

    def test_rights_that_the_connector_does_not_use_may_be_missing(self):
        self.box.lightspeed.control_set_permissions(
            self.shop_number,
            {"content": "", "tracking": "", "orders": "r", "settings": "r"},
        )
        self.assertEqual(self.make_shop().state, "connected")

    def test_an_inactive_language_is_named(self):
        self.assert_refused(
            self.untested_shop(language="fr"), "Language “fr” is not active"
        )

    def test_missing_credentials_are_named(self):
        self.assert_refused(
            self.untested_shop(api_secret=False), "has no credentials yet"
        )

    def test_an_unreachable_host_is_named(self):
        self.assert_refused(
            self.untested_shop(api_url=f"http://127.0.0.1:{closed_port()}"),
            "Lightspeed could not be reached",
        )

    def test_a_web_page_instead_of_json_is_named(self):
        self.box.faults.add("html_200", "lightspeed", path="account", times=None)
        self.assert_refused(
            self.untested_shop(), "makes no sense", "web page instead of JSON"
        )

    def test_truncated_json_is_named(self):
        for kind in ("truncated", "truncated_length"):
            with self.subTest(kind=kind):
                self.box.faults.clear()
                self.box.faults.add(kind, "lightspeed", times=None)
                self.assert_refused(self.untested_shop(), "Lightspeed")

    def test_a_technical_failure_is_no_wrong_key(self):
        self.box.faults.add("html_503", "lightspeed", times=None)
        with self.assertRaises(UserError) as caught:
            self.untested_shop().action_test_connection()
        self.assertNotIn("credentials", str(caught.exception))

    # === WHAT MAY BE FILLED IN === #
    def test_changed_credentials_must_be_tested_again(self):
        shop = self.make_shop()
        shop.api_secret = "3" * 32
        self.assertEqual(shop.state, "draft")

    def test_an_address_without_encryption_is_refused(self):
        with self.assertRaises(ValidationError):
            self.untested_shop(api_url="http://api.example.com")

    def test_a_language_is_two_letters(self):
        for language in ("n", "1a", "n_"):
            with self.subTest(language=language), self.assertRaises(ValidationError):
                self.untested_shop(language=language)
