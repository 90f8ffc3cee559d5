"""Ledger rules: what cannot work is refused when the rule is made."""

from decimal import Decimal

from odoo.exceptions import ValidationError

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase


class TestLedgerRule(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link(start=False)
        self.administration = self.link.administration_id

    def account(self, code):
        found = self.administration.gl_account_ids.filtered(
            lambda account: account.code == code
        )
        self.assertTrue(found, code)
        return found

    def vat_code(self, code):
        found = self.administration.vat_code_ids.filtered(lambda row: row.code == code)
        self.assertTrue(found, code)
        return found

    def make_rule(self, account="8000", vat_code="2", **values):
        return self.env["lightspeed.exact.ledger.rule"].create(
            {
                "link_id": self.link.id,
                "line_kind": "product",
                "treatment": "oss",
                "rate": 0.21,
                "gl_account_id": self.account(account).id,
                "vat_code_id": self.vat_code(vat_code).id,
                **values,
            }
        )

    def test_cost_centre_and_unit_of_the_rule_go_along(self):
        self.box.exact.control_add_cost(exact_demo.MAIN, "WEB")
        self.box.exact.control_add_cost(exact_demo.MAIN, "NL", kind="CostUnit")
        rule = self.link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and rule._rate() > Decimal("0.1")
        )
        rule.write({"cost_center": "WEB", "cost_unit": "NL"})
        placed = self.add_order(shipping={"title": "PostNL", "incl": "5.95"})
        self.link.action_start()
        self.run_link(self.link)
        order = self.assert_booked(placed["number"], "55.85")
        lines = self.entries()[placed["number"]]["Lines"]
        costs = [(line.get("CostCenter"), line.get("CostUnit")) for line in lines]
        self.assertEqual(costs, [("WEB", "NL"), (None, None)])
        self.assertEqual(order.booking_line_ids[0].cost_center, "WEB")

    def test_a_cost_centre_that_exact_does_not_know_holds_the_order(self):
        self.link.rule_ids.cost_center = "WEB"
        placed = self.add_order()
        self.link.action_start()
        self.run_link(self.link)
        self.assertEqual(
            self.order(placed["number"]).reason_code, "refused.reference_invalid"
        )

    def assert_refused(self, text, **values):
        with self.assert_refuses(ValidationError, text):
            self.make_rule(**values)

    def test_a_fitting_rule_is_accepted(self):
        self.assertTrue(self.make_rule())
        self.assertTrue(self.make_rule(vat_code="BE1", account="8050"))

    def test_a_blocked_vat_code_is_refused(self):
        self.assert_refused("19 BTW hoog tarief oud.* is blocked", vat_code="19")

    def test_a_vat_code_for_purchases_is_refused(self):
        self.assert_refused("5 .* is for purchases only", vat_code="5")

    def test_a_vat_code_that_includes_vat_is_accepted_at_its_own_rate(self):
        self.assertTrue(self.make_rule(vat_code="4"))
        self.assert_refused("does not have the rate", vat_code="3")
        rounding = {"line_kind": "rounding", "any_rate": True, "treatment": False}
        self.assert_refused("does not fit", vat_code="4", **rounding)

    def test_a_vat_code_of_another_rate_is_refused(self):
        self.assert_refused("does not have the rate", vat_code="1")
        self.assert_refused("does not have the rate", vat_code="1", any_rate=False)

    def test_a_vat_code_without_vat_is_refused_for_a_rate(self):
        for code in ("0", "6"):
            self.assert_refused("does not fit", vat_code=code)

    def test_a_vat_code_without_vat_fits_a_rate_of_zero(self):
        for code in ("0", "6"):
            self.assertTrue(self.make_rule(vat_code=code, rate=0, account="8020"))

    def test_rounding_takes_a_vat_code_without_vat_only(self):
        rounding = {"line_kind": "rounding", "any_rate": True, "treatment": False}
        self.assertTrue(self.make_rule(vat_code="0", account="4990", **rounding))
        self.assert_refused("does not fit", vat_code="2", **rounding)

    def test_debtor_creditor_and_vat_accounts_are_refused(self):
        for code in ("1300", "1600", "1500"):
            self.assert_refused(
                f"{code} .* debtor, creditor or VAT account", account=code
            )

    def test_a_blocked_account_is_refused(self):
        self.assert_refused("8900 .* is blocked", account="8900")

    def test_an_account_of_another_administration_is_refused(self):
        mine = self.administration
        other = self.make_administration(mine.connection_id, exact_demo.SECOND)
        foreign = other.gl_account_ids.filtered(lambda row: row.code == "8000")
        self.assert_refused("another administration", gl_account_id=foreign.id)
        foreign = other.vat_code_ids.filtered(lambda row: row.code == "2")
        self.assert_refused("another administration", vat_code_id=foreign.id)

    def test_a_rule_that_is_changed_is_checked_as_well(self):
        rule = self.make_rule()
        with self.assert_refuses(ValidationError, "rate"):
            rule.rate = 0.09
        with self.assert_refuses(ValidationError, "blocked"):
            rule.gl_account_id = self.account("8900")

    def test_a_rate_is_exact_whatever_the_number_of_digits(self):
        rule = self.make_rule(vat_code="FR2", rate=0.055, account="8050")
        self.assertEqual(str(rule._rate().normalize()), "0.055")
        self.assertIn("5.5 %", rule.display_name)

    # === THE TREATMENT AND THE CODE === #
    def test_a_treatment_without_vat_needs_a_rate_of_zero(self):
        for treatment in ("reverse_charge", "export", "margin", "out_of_scope"):
            with self.subTest(treatment=treatment):
                self.assert_refused(
                    "the rate must be 0 %", vat_code="7", treatment=treatment
                )
                self.assert_refused("charges VAT", any_rate=True, treatment=treatment)

    def test_an_intra_community_supply_needs_a_code_of_the_sales_listing(self):
        supply = {"treatment": "reverse_charge", "rate": 0, "account": "8030"}
        self.assertTrue(self.make_rule(vat_code="7", **supply))
        for code in ("0", "6", "8"):
            self.assert_refused(f"{code} .* EU sales listing", vat_code=code, **supply)

    def test_a_distance_sale_takes_the_code_of_its_country(self):
        germany, belgium = self.env.ref("base.de"), self.env.ref("base.be")
        sale = {"account": "8050", "rate": 0.19, "vat_code": "DE1"}
        self.assertTrue(self.make_rule(country_id=germany.id, **sale))
        self.assertTrue(self.make_rule(country_id=False, **sale))
        self.assert_refused(
            r"DE1 .* distance sales \(OSS\) to DE", country_id=belgium.id, **sale
        )

    def test_a_sale_at_home_takes_no_code_of_another_country(self):
        self.assert_refused("to BE", vat_code="BE1", treatment="domestic")
        self.box.exact.control_add_vat_code(
            exact_demo.MAIN, "BE0", "0", "B", oss_country="BE "
        )
        with self.enter_registry_test_mode():
            self.link.administration_id.action_refresh()
        for treatment in ("exempt", "small_business", "export", "margin"):
            with self.subTest(treatment=treatment):
                pattern = "margin scheme" if treatment == "margin" else "to BE"
                self.assert_refused(
                    pattern, vat_code="BE0", treatment=treatment, rate=0
                )

    def test_a_code_of_the_sales_listing_is_for_supplies_only(self):
        free = {"vat_code": "7", "rate": 0, "account": "8030"}
        for treatment in ("export", "exempt", "small_business", "domestic", False):
            with self.subTest(treatment=treatment):
                self.assert_refused("ICP", treatment=treatment, **free)

    def test_a_treatment_without_vat_takes_no_code_with_vat(self):
        for treatment in ("export", "exempt", "small_business"):
            with self.subTest(treatment=treatment):
                values = {"treatment": treatment, "vat_code": "2"}
                self.assert_refused("must be 0 %", rate=0.21, **values)
                self.assert_refused("charges VAT", any_rate=True, **values)

    def test_a_code_of_the_margin_scheme_is_for_nothing_else(self):
        self.box.exact.control_add_vat_code(
            exact_demo.MAIN, "M", "0", "B", vat_margin=1
        )
        with self.enter_registry_test_mode():
            self.link.administration_id.action_refresh()
        free = {"vat_code": "M", "rate": 0, "account": "8030"}
        self.assertTrue(self.make_rule(treatment="margin", **free))
        for treatment in ("export", "exempt", "domestic", False):
            with self.subTest(treatment=treatment):
                self.assert_refused("margin scheme only", treatment=treatment, **free)

    def test_the_margin_scheme_takes_its_own_codes_only(self):
        self.assert_refused(
            "not one of the margin scheme", vat_code="0", rate=0, treatment="margin"
        )

    def test_a_gift_card_is_a_debt_without_vat(self):
        card = {"line_kind": "gift_card", "treatment": False, "rate": 0}
        self.assertTrue(self.make_rule("2300", vat_code_id=False, **card))
        self.assertTrue(self.make_rule("2300", "0", **card))
        self.assert_refused("8000 .* revenue account", vat_code_id=False, **card)
        self.assert_refused("does not fit", account="2300", **card)
        self.assert_refused(
            "does not fit", account="2300", vat_code="4", **{**card, "any_rate": True}
        )
        self.assert_refused(
            "the rate must be 0 %",
            account="2300",
            vat_code_id=False,
            **{**card, "rate": 0.21},
        )
        self.assert_refused(
            "leave the VAT treatment empty",
            account="2300",
            vat_code_id=False,
            **{**card, "treatment": "domestic"},
        )

    def test_only_gift_cards_and_rounding_go_without_a_code(self):
        self.assert_refused("Choose a VAT code", vat_code_id=False)
        rounding = {"line_kind": "rounding", "any_rate": True, "treatment": False}
        self.assertTrue(self.make_rule("4990", vat_code_id=False, **rounding))

    def test_a_code_that_is_found_by_itself_is_for_distance_sales(self):
        found = {"vat_code_source": "oss", "account": "8050", "any_rate": True}
        rule = self.make_rule(vat_code_id=False, **found)
        self.assertTrue(rule._to_rule().oss_auto)
        self.assert_refused("Leave the VAT code empty", **found)
        self.assert_refused(
            "Only for distance sales",
            vat_code_id=False,
            **{**found, "treatment": "domestic"},
        )

    def test_the_form_fills_in_what_belongs_to_a_found_code(self):
        rule = self.env["lightspeed.exact.ledger.rule"].new(
            {"link_id": self.link.id, "vat_code_id": self.vat_code("2").id}
        )
        rule.vat_code_source = "oss"
        rule._onchange_vat_code_source()
        self.assertEqual((rule.treatment, rule.any_rate), ("oss", True))
        self.assertFalse(rule.vat_code_id)

    def test_the_name_says_for_which_products_a_rule_is(self):
        rule = self.make_rule(article_code="MOK-*", brand="Merk")
        self.assertEqual(rule.display_name, "Products 21 % MOK-* Merk 8000")

    def test_a_rule_that_is_deleted_lets_a_more_general_one_book(self):
        rule = self.make_rule("8020", treatment="domestic", article_code="MOK")
        self.box.exact.control_block_gl_account(exact_demo.MAIN, "8020")
        placed = self.add_order(
            {"title": "Mok", "article_code": "MOK", "unit_incl": "12.10", "quantity": 1}
        )
        self.link.action_start()
        self.run_link(self.link)
        self.assertEqual(self.order(placed["number"]).state, "held")
        rule.unlink()
        self.assertEqual(self.order(placed["number"]).state, "ready")
        self.run_link(self.link)
        self.assert_booked(placed["number"], "12.10")
