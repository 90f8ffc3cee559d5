"""OSS countries: the gaps are seen before the first order runs into one."""

from decimal import Decimal

from odoo.tests import new_test_user

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS, ConnectorCase
from tests.addon.test_amounts import GERMAN


class TestOssCoverage(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.box.lightspeed.control_add_tax(
            self.shop_number,
            "0.21",
            overrides=[{"country": "de", "rate": "0.19"}],
        )
        self.link = self.make_link(start=False)
        self.register_for_oss(self.link)

    def coverage(self):
        """Return country -> rate -> row of the screen."""
        action = self.link.action_oss_coverage()
        rows = self.env[action["res_model"]].search(action["domain"])
        found = {}
        for row in rows:
            rate = str(Decimal(repr(row.rate)).normalize())
            found.setdefault(row.country_id.code, {})[rate] = row
        return found

    def test_every_member_state_but_the_own_one_is_shown(self):
        found = self.coverage()
        self.assertEqual(len(found), 26)
        self.assertNotIn("NL", found)
        self.assertEqual(set(found["AT"]), {"0.21", "0.09"})
        self.assertEqual(found["AT"]["0.21"].origin, "shop")

    def test_the_rates_of_a_country_replace_those_of_the_shop(self):
        shop = self.link.shop_id
        self.assertEqual(shop.tax_overrides, {"DE": ["0.09", "0.19", "0.21"]})
        row = self.coverage()["DE"]["0.19"]
        self.assertEqual(
            (row.origin, row.vat_code, row.is_gap), ("country", "DE1", False)
        )

    def test_a_gap_says_what_is_missing(self):
        row = self.coverage()["AT"]["0.21"]
        self.assertTrue(row.is_gap)
        self.assertFalse(row.vat_code)
        self.assertIn("AT", row.problem)
        self.assertIn("21 %", row.problem)
        covered = self.coverage()["BE"]["0.21"]
        self.assertEqual((covered.is_gap, covered.vat_code), (False, "BE1"))
        self.assertFalse(covered.problem)

    def test_without_a_rule_for_distance_sales_all_are_gaps(self):
        self.link.rule_ids.filtered(lambda rule: rule.treatment == "oss").unlink()
        row = self.coverage()["DE"]["0.19"]
        self.assertTrue(row.is_gap)
        self.assertIn("no ledger rule", row.problem)

    def test_several_codes_of_one_country_and_rate_are_told(self):
        add = self.box.exact.control_add_vat_code
        add(exact_demo.MAIN, "DEX", "0.19", oss_country="DE")
        add(exact_demo.MAIN, "DE0", "0.19", "I", oss_country="DE")
        with self.enter_registry_test_mode():
            self.link.administration_id.action_refresh()
        row = self.coverage()["DE"]["0.19"]
        self.assertEqual((row.vat_code, row.other_codes), ("DE1", "DEX, DE0"))

    def test_rates_of_orders_are_shown_booked_or_held(self):
        booked = self.add_order(("Buch", 1, "10.70", "0.07"), customer=GERMAN)
        held = self.add_order(
            ("Mug", 1, "12.50", "0.25"), customer={**GERMAN, "country": "se"}
        )
        self.link.action_start()
        self.run_link(self.link)
        self.assert_booked(booked["number"], "10.70")
        self.assertEqual(self.order(held["number"]).reason_code, "oss_code_missing")
        found = self.coverage()
        self.assertEqual(found["DE"]["0.07"].origin, "order")
        self.assertEqual(found["DE"]["0.07"].vat_code, "DE2")
        self.assertTrue(found["SE"]["0.25"].is_gap)

    def test_a_key_that_may_not_read_the_rates_of_countries(self):
        shop = self.link.shop_id
        for status in (400, 403, 404):
            self.fault(
                "status", "overrides", "GET", "lightspeed", params={"status": status}
            )
            shop.action_test_connection()
            self.assertFalse(shop.tax_overrides)
            self.assertEqual(shop.state, "connected")
        shop.action_test_connection()
        self.assertTrue(shop.tax_overrides)

    def test_everybody_who_reads_orders_sees_the_gaps(self):
        user = new_test_user(self.env, "lezer", groups=f"{GROUPS}user")
        action = self.link.with_user(user).action_oss_coverage()
        rows = self.env[action["res_model"]].with_user(user).search(action["domain"])
        self.assertEqual(len(rows.country_id), 26)
        self.assertEqual(action["context"], "{}")
