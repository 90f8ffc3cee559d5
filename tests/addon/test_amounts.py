"""Amounts and codes: including codes, OSS, vouchers, margin, products, currencies."""

from decimal import Decimal

from odoo.exceptions import ValidationError

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

GERMAN = {
    "email": "urs@example.com",
    "firstname": "Urs",
    "lastname": "Muster",
    "street": "Hauptstrasse",
    "number": "1",
    "zipcode": "10115",
    "city": "Berlin",
    "country": "de",
}


class AmountsCase(ConnectorCase):
    """A link whose ledger rules each test makes as it needs them."""

    def setUp(self):
        super().setUp()
        self.add_codes()
        self.link = self.make_link()
        self.administration = self.link.administration_id

    def add_codes(self):
        """Add what the administration has more, before it is read."""

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

    def add_rule(self, account, vat_code=None, **values):
        return self.env["lightspeed.exact.ledger.rule"].create(
            {
                "link_id": self.link.id,
                "gl_account_id": self.account(account).id,
                "vat_code_id": self.vat_code(vat_code).id if vat_code else False,
                **values,
            }
        )

    def add_product_rule(self, kind, **values):
        return self.env["lightspeed.exact.product.rule"].create(
            {"link_id": self.link.id, "kind": kind, **values}
        )

    def assert_held(self, number, code, *words):
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("held", code), order.reason)
        for word in words:
            self.assertIn(word, order.reason)
        return order

    def assert_released(self, number):
        """Assert that what was changed let the order go, and book it."""
        self.assertEqual(self.order(number).state, "ready")
        self.run_link(self.link)

    def lines(self, number):
        """Return (account, VAT code, net, VAT) of the lines in Exact."""
        return [
            (
                line["GLAccount"],
                (line["VATCode"] or "").strip(),
                Decimal(str(line["AmountFC"])),
                Decimal(str(line["VATAmountFC"])),
            )
            for line in self.entries()[number]["Lines"]
        ]

    def assert_ledger_is_sound(self):
        check = self.box.exact.control_ledger_check(exact_demo.MAIN)
        self.assertEqual((check["ok"], check["problems"]), (True, []))


class TestIncludingCode(AmountsCase):
    def setUp(self):
        super().setUp()
        high = self.link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and rule._rate() > Decimal("0.2")
        )
        high.vat_code_id = self.vat_code("4")

    def test_a_code_that_includes_vat_books_to_the_cent(self):
        placed = self.add_order(
            ("Mok", 3, "24.95", "0.21"),
            ("Boek", 1, "12.00", "0.09"),
            shipping={"title": "PostNL", "incl": "5.95"},
        )
        self.run_link(self.link)
        self.assert_booked(placed["number"], placed["gross"])
        high = self.lines(placed["number"])[0]
        self.assertEqual(high[1], "4")
        self.assertEqual(high[2:], (Decimal("61.86"), Decimal("12.99")))
        self.assert_ledger_is_sound()

    def test_a_lost_answer_with_such_a_code_is_found_again(self):
        placed = self.add_order(("Mok", 3, "24.95", "0.21"))
        self.fault("lost_after", "salesentry/SalesEntries")
        self.run_link(self.link)
        for _again in range(4):
            self.later(600)
            self.run_link(self.link)
        self.assert_booked(placed["number"], placed["gross"])
        self.assertEqual(len(self.posted_entries()), 1)

    def test_an_exact_that_reads_it_otherwise_is_noticed_at_the_first_entry(self):
        self.box.exact.control_set_option(including_as_net=True)
        for _again in range(3):
            self.add_order(("Mok", 3, "24.95", "0.21"))
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 1)
        self.assertEqual(self.link.state, "paused")
        self.assertEqual(self.link.problem_code, "amount_differs")
        # 74.85 with VAT was sent; read as net, 12.99 VAT come on top.
        first = self.link.order_ids.filtered(lambda order: order.state == "booked")
        self.assertEqual(first.booking_ids.remote_total, "87.84")
        self.assertEqual(first.booking_ids.gross, "74.85")
        self.assertIn("87.84", first.reason)
        self.assertIn("74.85", first.reason)
        self.later(3600)
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 1)
        self.assertEqual(set((self.link.order_ids - first).mapped("state")), {"ready"})


class TestDistanceSales(AmountsCase):
    def setUp(self):
        super().setUp()
        self.register_for_oss(self.link)

    def test_the_vat_code_is_found_without_a_choice(self):
        placed = self.add_order(
            ("Mok", 1, "23.80", "0.19"),
            ("Buch", 1, "10.70", "0.07"),
            shipping={"title": "DHL", "incl": "5.95", "rate": "0.19"},
            customer=GERMAN,
        )
        self.run_link(self.link)
        order = self.assert_booked(placed["number"], placed["gross"])
        self.assertEqual(
            [line[:2] for line in self.lines(placed["number"])],
            [("8050", "DE1"), ("8050", "DE2"), ("8100", "DE1")],
        )
        self.assertEqual(set(order.booking_line_ids.mapped("country_code")), {"DE"})
        rules = order.booking_line_ids.rule_id
        self.assertEqual(set(rules.mapped("vat_code_source")), {"oss"})
        self.assert_ledger_is_sound()

    def test_a_missing_code_holds_until_exact_has_it(self):
        placed = self.add_order(
            ("Mug", 1, "12.20", "0.22"), customer={**GERMAN, "country": "si"}
        )
        self.run_link(self.link)
        self.assert_held(placed["number"], "oss_code_missing", "SI", "22 %")
        self.box.exact.control_add_vat_code(
            exact_demo.MAIN, "SI9", "0.22", oss_country="SI"
        )
        with self.enter_registry_test_mode():
            self.administration.action_refresh()
        self.assert_released(placed["number"])
        self.assert_booked(placed["number"], "12.20")

    def test_greece_is_greece_by_either_name(self):
        self.box.exact.control_add_vat_code(
            exact_demo.MAIN, "GR1", "0.24", oss_country="EL"
        )
        with self.enter_registry_test_mode():
            self.administration.action_refresh()
        placed = self.add_order(
            ("Mug", 1, "12.40", "0.24"), customer={**GERMAN, "country": "gr"}
        )
        self.run_link(self.link)
        self.assert_booked(placed["number"], "12.40")
        self.assertEqual(self.lines(placed["number"])[0][1], "GR1")


class TestGiftCards(AmountsCase):
    def card(self, rate="0"):
        return {
            "title": "Cadeaubon",
            "article_code": "GIFT-25",
            "quantity": 1,
            "unit_incl": "25.00",
            "rate": rate,
        }

    def test_a_voucher_is_a_debt_until_it_is_used(self):
        placed = self.add_order(self.card(), ("Mok", 1, "12.10", "0.21"))
        self.run_link(self.link)
        self.assert_held(placed["number"], "gift_card_sold_rule_missing", "Cadeaubon")
        self.add_product_rule("multi_purpose", article_code="gift-*")
        self.assert_released(placed["number"])
        self.assert_held(placed["number"], "rule_missing", "gift cards")
        self.add_rule("2300", line_kind="gift_card", any_rate=True)
        self.assert_released(placed["number"])
        order = self.assert_booked(placed["number"], "37.10")
        self.assertEqual(
            self.lines(placed["number"]),
            [
                ("2300", "", Decimal("25.00"), Decimal(0)),
                ("8000", "2", Decimal("10.00"), Decimal("2.10")),
            ],
        )
        self.assertEqual(order.booking_line_ids[0].treatment, "out_of_scope")
        proof = order.booking_ids.proof_text
        self.assertIn("No supply (gift card), 0 %", proof)
        self.assertIn("Domestic, 21 %", proof)
        self.assert_ledger_is_sound()

    def test_a_voucher_with_vat_is_held_until_the_rule_is_right(self):
        rule = self.add_product_rule("multi_purpose", article_code="GIFT-25")
        placed = self.add_order(self.card("0.21"))
        self.run_link(self.link)
        self.assert_held(placed["number"], "gift_card_sold_with_vat", "Cadeaubon")
        rule.kind = "single_purpose"
        self.assert_released(placed["number"])
        self.assert_booked(placed["number"], "25.00")
        self.assertEqual(self.lines(placed["number"])[0][:2], ("8000", "2"))


class TestMargin(AmountsCase):
    def add_codes(self):
        self.box.exact.control_add_vat_code(
            exact_demo.MAIN, "M", "0", "B", "Margeregeling", vat_margin=1
        )

    def test_goods_under_the_margin_scheme(self):
        self.assertTrue(self.vat_code("M").is_margin)
        self.assertFalse(self.vat_code("2").is_margin)
        self.add_product_rule("margin", brand="Tweedehands")
        self.add_rule("8020", "M", treatment="margin", rate=0)
        used = {
            "title": "Oude camera",
            "brand": "Tweedehands",
            "quantity": 1,
            "unit_incl": "80.00",
        }
        placed = self.add_order({**used, "rate": "0"}, ("Mok", 1, "12.10", "0.21"))
        wrong = self.add_order({**used, "rate": "0.21"})
        self.run_link(self.link)
        order = self.assert_booked(placed["number"], "92.10")
        self.assertEqual(self.lines(placed["number"])[0][:2], ("8020", "M"))
        self.assertEqual(
            order.booking_line_ids.mapped("treatment"), ["margin", "domestic"]
        )
        self.assert_held(wrong["number"], "margin_sold_with_vat", "Oude camera")
        self.link.product_rule_ids.unlink()
        self.assert_released(wrong["number"])
        self.assert_booked(wrong["number"], "80.00")


class TestProducts(AmountsCase):
    def line(self, **values):
        return {
            "title": "Mok",
            "quantity": 1,
            "unit_incl": "12.10",
            "rate": "0.21",
            **values,
        }

    def test_brand_category_and_article_lead_to_accounts_of_their_own(self):
        general = {"line_kind": "product", "treatment": "domestic", "rate": 0.21}
        rules = {
            "8200": self.add_rule("8200", "2", brand="Merk", **general),
            "8020": self.add_rule("8020", "2", category="Mokken", **general),
            "8030": self.add_rule("8030", "2", article_code="MOK-*", **general),
        }
        product = self.box.lightspeed.control_add_product(
            self.shop_number, title="Mok", price_incl="12.10"
        )["product"]
        self.env["lightspeed.product.category"].create(
            {
                "shop_id": self.link.shop_id.id,
                "product_remote_id": str(product),
                "name": "mokken",
            }
        )
        placed = self.add_order(
            self.line(),
            self.line(brand="MERK"),
            self.line(brand="Merk", product_id=product),
            self.line(brand="Merk", product_id=product, article_code="mok-b"),
        )
        self.run_link(self.link)
        order = self.assert_booked(placed["number"], "48.40")
        accounts = [line[0] for line in self.lines(placed["number"])]
        self.assertEqual(accounts, ["8000", "8200", "8020", "8030"])
        decided = order.booking_line_ids.mapped("rule_id")
        self.assertEqual(
            list(decided[1:]), [rules["8200"], rules["8020"], rules["8030"]]
        )

    def test_payment_costs_go_by_the_method_of_payment(self):
        self.add_rule(
            "8200",
            "2",
            line_kind="payment",
            treatment="domestic",
            rate=0.21,
            payment_method="cashondelivery",
        )
        accounts = {}
        for method in ("cashondelivery", "mollie"):
            placed = self.add_order(
                payment={"id": method, "title": "Betaling", "incl": "7.50"},
                overrides={"shipmentIsCashOnDelivery": method != "mollie"},
            )
            self.run_link(self.link)
            self.assert_booked(placed["number"], placed["gross"])
            accounts[method] = self.lines(placed["number"])[-1][0]
        self.assertEqual(accounts["cashondelivery"], "8200")
        self.assertNotEqual(accounts["mollie"], "8200")

    def test_a_category_that_is_filled_in_releases_what_waits(self):
        product = self.box.lightspeed.control_add_product(
            self.shop_number, title="Boek", price_incl="10.00"
        )["product"]
        self.add_rule("8020", "0", treatment="exempt", rate=0, category="Vrijgesteld")
        placed = self.add_order(self.line(rate="0", product_id=product))
        self.run_link(self.link)
        self.assert_held(placed["number"], "exempt_rule_missing")
        self.env["lightspeed.product.category"].create(
            {
                "shop_id": self.link.shop_id.id,
                "product_remote_id": str(product),
                "name": " Vrijgesteld",
            }
        )
        self.assert_released(placed["number"])
        self.assert_booked(placed["number"], "12.10")

    def test_a_rule_for_some_products_does_not_cover_the_others(self):
        self.link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and rule._rate() > Decimal("0.2")
        ).brand = "Merk"
        self.assertIn("Products at 21 %", self.link.missing_text)


class TestCurrency(AmountsCase):
    def setUp(self):
        super().setUp()
        self.box.lightspeed.control_set_shop(self.shop_number, currency="USD")
        self.link.shop_id.action_test_connection()

    def order_in_dollars(self):
        placed = self.add_order(("Mug", 1, "12.10", "0.21"))
        self.run_link(self.link)
        return placed["number"]

    def in_exact(self, number):
        entry = self.entries()[number]
        names = ("AmountFC", "AmountDC", "Rate")
        return (
            entry["Currency"],
            *(Decimal(str(entry[name])).normalize() for name in names),
        )

    def test_held_until_a_choice_is_made_then_at_the_rate_of_exact(self):
        number = self.order_in_dollars()
        self.assert_held(number, "currency", "USD", "EUR")
        self.assertIn("different currencies", self.link.missing_text)
        self.link.foreign_currency = "exact_rate"
        self.assertEqual(self.link.missing_text, "")
        self.assert_released(number)
        order = self.assert_booked(number, "12.10")
        self.assertEqual(order.booking_ids.currency_id.name, "USD")
        self.assertEqual(
            self.in_exact(number),
            ("USD", Decimal("12.1"), Decimal("11.13"), Decimal("0.92")),
        )
        self.assert_ledger_is_sound()

    def test_at_a_fixed_rate(self):
        with self.assert_refuses(ValidationError, "above zero"):
            self.link.foreign_currency = "fixed_rate"
        self.link.write({"foreign_currency": "fixed_rate", "fixed_rate": 0.915432})
        number = self.order_in_dollars()
        self.assert_booked(number, "12.10")
        self.assertEqual(
            self.in_exact(number),
            ("USD", Decimal("12.1"), Decimal("11.07"), Decimal("0.915432")),
        )

    def test_a_currency_that_exact_does_not_have(self):
        self.box.lightspeed.control_set_shop(self.shop_number, currency="CHF")
        self.link.shop_id.action_test_connection()
        self.link.foreign_currency = "exact_rate"
        self.assertIn("no currency CHF", self.link.missing_text)
        number = self.order_in_dollars()
        self.assert_held(number, "currency_missing", "CHF")

    def test_a_journal_that_takes_one_currency_only(self):
        journal = self.administration.journal_ids.filtered(lambda row: row.code == "71")
        self.assertFalse(journal.allow_variable_currency)
        self.link.write({"foreign_currency": "exact_rate", "journal_id": journal.id})
        self.assertIn("takes one currency only", self.link.missing_text)
        number = self.order_in_dollars()
        self.assert_held(number, "currency_journal", "71", "USD")
        self.link.journal_id = self.administration.journal_ids.filtered(
            lambda row: row.code == "70"
        )
        self.assert_released(number)
        self.assert_booked(number, "12.10")

    def test_a_user_who_may_not_see_currencies_reads_all_the_rest(self):
        self.fault("status", "general/Currencies", "GET", params={"status": 403})
        codes = self.administration.currency_ids.mapped("code")
        with self.enter_registry_test_mode():
            self.administration.action_refresh()
        self.assertEqual(self.administration.currency_ids.mapped("code"), codes)
        self.assertEqual(set(codes), {"EUR", "GBP", "USD"})
