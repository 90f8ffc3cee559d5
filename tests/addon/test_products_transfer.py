"""Products become items: made or found once, priced, and each refusal explained."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.lightspeed_exact_connector.models import (
    lightspeed_exact_product_transfer_run as run,
)

from sandbox.exact import demo as exact_demo
from tests.addon.products_case import ITEM, PRICE, ProductsCase

LIGHTSPEED = "lightspeed"


class TestTransfer(ProductsCase):
    def test_every_product_becomes_an_item_with_its_price(self):
        report = self.add_catalogue(45)
        transfer = self.transferred(self.make_link())
        self.assertEqual(transfer.made_count, report["variants"])
        self.assertEqual(transfer.progress, 100)
        self.assertFalse(transfer.pending_count)
        self.assert_each_once(self.variants().mapped("article_code"))

    def test_an_item_has_vat_code_account_name_and_barcode(self):
        self.add_product(
            "Mok blauw", article_code="MOK", ean="8712345678906", price_incl="24.95"
        )
        link = self.make_link()
        self.transferred(link)
        item = self.items()["MOK"]
        rule = link.rule_ids.filtered(
            lambda rule: (
                rule.line_kind == "product"
                and rule.treatment == "domestic"
                and rule.rate == 0.21
            )
        )
        self.assertEqual(item["Description"], "Mok blauw")
        self.assertEqual(item["Barcode"], "8712345678906")
        self.assertEqual(item["SalesVatCode"].strip(), rule.vat_code_id.code)
        self.assertEqual(item["GLRevenue"], rule.gl_account_id.code)
        self.assertTrue(item["IsSalesItem"])

    def test_the_price_is_without_vat_for_an_excluding_code(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        self.transferred(self.make_link())
        self.assertEqual(self.prices("MOK"), ["20.62"])

    def test_the_price_is_with_vat_for_an_including_code(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        link = self.make_link()
        including = link.administration_id.vat_code_ids.filtered(
            lambda code: code.vat_type == "I" and code._rate() == Decimal("0.21")
        )
        link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and rule.rate == 0.21
        ).write({"vat_code_id": including[0].id})
        self.transferred(link)
        self.assertEqual(self.prices("MOK"), ["24.95"])

    def test_a_rule_of_the_article_decides(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        link = self.make_link()
        rule = link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and rule.treatment == "domestic"
        )[0]
        other = link.administration_id.gl_account_ids.filtered(
            lambda account: (
                account.account_type == 110 and account != rule.gl_account_id
            )
        )[0]
        rule.copy({"article_code": "MOK", "gl_account_id": other.id})
        self.transferred(link)
        self.assertEqual(self.items()["MOK"]["GLRevenue"], other.code)

    def test_an_item_that_is_there_is_left_as_it_is(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        self.box.exact.control_add_item(
            exact_demo.MAIN, "MOK", "Van de boekhouder", price="11.11"
        )
        transfer = self.transferred(self.make_link())
        self.assertEqual(transfer.found_count, 1)
        self.assertEqual(self.variant("MOK").transfer_state, "found")
        item = self.items()["MOK"]
        self.assertEqual(item["Description"], "Van de boekhouder")
        self.assertEqual([str(row["Price"]) for row in item["Prices"]], ["11.11"])
        self.assertFalse(self.calls("POST", ITEM))
        self.assertFalse(self.calls("POST", PRICE))

    def test_an_item_in_other_letters_is_found_as_well(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        self.box.exact.control_add_item(exact_demo.MAIN, "mok", price="11.11")
        transfer = self.transferred(self.make_link())
        self.assertEqual(transfer.found_count, 1)
        self.assertEqual(self.prices("mok"), ["11.11"])
        self.assertFalse(self.calls("POST", PRICE))

    def test_a_second_transfer_costs_exact_nothing(self):
        self.add_catalogue(5)
        link = self.make_link()
        self.transferred(link)
        since = self.box.calls.last
        transfer = self.read(link)
        self.assertEqual(transfer.found_count, 5)
        self.assertEqual(transfer.exact_calls, 0)
        with self.assert_refuses(UserError, "nothing to transfer"):
            transfer.action_start()
        self.assertFalse(self.calls(path="logistics", since=since))

    def test_an_open_transfer_follows_its_link_to_another_administration(self):
        self.add_catalogue(2)
        link = self.make_link()
        transfer = self.read(link)
        other = self.make_administration(
            link.administration_id.connection_id, exact_demo.SECOND
        )
        link.administration_id = other
        self.assertEqual(transfer.administration_id, other)
        self.run_link(link)
        self.assertEqual(transfer.state, "ready")
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.made_count, 2)
        self.assertFalse(self.items())
        self.assertEqual(len(self.box.exact.control_items(exact_demo.SECOND)), 2)

    def test_only_visible_products_come_along(self):
        report = self.add_catalogue(10, hidden=4)
        transfer = self.transferred(self.make_link(), "visible")
        self.assertEqual(transfer.total_count, 6)
        self.assertEqual(len(self.items()), 6)
        self.assertEqual(len(self.variants(is_visible=False)), len(report["hidden"]))

    def test_only_a_selection_comes_along(self):
        self.add_catalogue(10)
        link = self.make_link()
        transfer = self.read(link, "selection")
        self.assertEqual(transfer.total_count, 0)
        chosen = self.variants()[2:5]
        chosen.action_select()
        self.run_link(link)
        self.assertEqual(transfer.state, "ready")
        self.assertEqual(transfer.exact_calls, 1 + 3 + 3)
        chosen[0].action_deselect()
        self.run_link(link)
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.state, "done")
        self.assert_each_once(chosen[1:].mapped("article_code"))

    def test_a_product_without_a_code_and_one_with_anothers_are_reported(self):
        report = self.add_catalogue(20, without_code=2, duplicates=2, other_case=1)
        transfer = self.transferred(self.make_link())
        self.assertEqual(transfer.no_code_count, 2)
        # Both sides of each pair; an original may be repeated more than once.
        pairs = report["duplicates"] + report["other_case"]
        involved = {variant for pair in pairs for variant in pair[:2]}
        self.assertEqual(transfer.duplicate_count, len(involved))
        self.assertEqual(transfer.made_count, 20 - 2 - len(involved))
        [one, other, _code] = report["other_case"][0]
        variant = self.variants(remote_id=str(one))
        twin = self.variants(remote_id=str(other))
        self.assertEqual(variant.transfer_state, "duplicate")
        self.assertIn(twin.display_name, variant.reason)
        missing = self.variants(remote_id=str(report["without_code"][0]))
        self.assertEqual(missing.transfer_state, "no_code")
        self.assertTrue(missing.reason)
        self.assertEqual(len(self.items()), transfer.made_count)

    def test_the_sku_is_the_code_where_the_profile_says_so(self):
        self.add_product("Mok", article_code="MOK", sku="S-1", price_incl="24.95")
        link = self.make_link()
        self.env["exact.invoice.profile"].create(
            {
                "name": "Facturen",
                "administration_id": link.administration_id.id,
                "journal_id": link.journal_id.id,
                "item_code": "sku",
                "link_ids": [Command.link(link.id)],
            }
        )
        self.transferred(link)
        self.assertEqual(list(self.items()), ["S-1"])

    def test_a_product_without_a_rule_is_refused_with_the_reason(self):
        self.add_product("Mok", article_code="MOK", price_incl="24.95")
        self.add_product("Boek", article_code="BOEK", price_incl="10.90", rate="0.09")
        link = self.make_link()
        link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and rule.rate == 0.09
        ).unlink()
        transfer = self.transferred(link)
        self.assertEqual((transfer.made_count, transfer.refused_count), (1, 1))
        refused = self.variant("BOEK")
        self.assertEqual(refused.reason_code, "rule_missing")
        self.assertIn("9 %", refused.reason)

    def test_a_voucher_is_no_article(self):
        self.add_product("Cadeaubon", article_code="BON", price_incl="25", rate="0")
        link = self.make_link()
        link.product_rule_ids = [
            Command.create({"kind": "multi_purpose", "article_code": "BON"})
        ]
        self.read(link)
        self.assertEqual(self.variant("BON").reason_code, "product_is_voucher")

    def test_a_product_without_a_price_gets_none(self):
        self.add_product("Gratis", article_code="GRATIS", price_incl="0")
        link = self.make_link()
        transfer = self.read(link)
        self.assertEqual(transfer.exact_calls, 2)
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.state, "done")
        self.assertEqual(self.items()["GRATIS"]["Prices"], [])
        self.assertFalse(self.variant("GRATIS").price_state)


class TestRefusals(ProductsCase):
    def test_a_refused_item_is_reported_and_the_others_go_on(self):
        self.add_catalogue(5)
        link = self.make_link()
        transfer = self.read(link)
        self.refuse(ITEM, "Ongeldige referentie: Btw-code")
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.state, "done")
        self.assertEqual((transfer.made_count, transfer.refused_count), (4, 1))
        refused = self.variants(transfer_state="refused")
        self.assertIn("Btw-code", refused.reason)
        self.assertFalse(refused.price_state)

    def test_a_refused_price_is_reported_and_the_item_stays(self):
        self.add_catalogue(3)
        link = self.make_link()
        transfer = self.read(link)
        self.refuse(PRICE, "Ongeldig: Eenheid")
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.state, "done")
        self.assertEqual((transfer.made_count, transfer.price_refused_count), (3, 1))
        refused = self.variants(price_state="refused")
        self.assertEqual(refused.transfer_state, "made")
        self.assertIn("Eenheid", refused.reason)

    def test_prices_in_a_currency_that_is_not_in_use_are_not_sent(self):
        self.add_catalogue(2)
        link = self.make_link()
        transfer = self.read(link)
        link.administration_id.currency_ids.filtered(
            lambda currency: currency.code == "EUR"
        ).code = "XXX"
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.price_refused_count, 2)
        self.assertFalse(self.calls("POST", PRICE))

    def test_what_is_refused_again_and_again_holds_the_transfer(self):
        self.add_catalogue(30)
        link = self.make_link()
        transfer = self.read(link)
        self.refuse(ITEM, "Ongeldige referentie: Artikelgroep", times=100)
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.state, "held")
        self.assertEqual(transfer.problem_code, "products_refused")
        self.assertEqual(len(self.calls("POST", ITEM)), run.REFUSED_TO_HOLD)
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_refused_calls_never_come_near_the_block_and_orders_go_on(self):
        self.add_catalogue(30)
        link = self.make_link()
        transfer = self.read(link)
        self.refuse(ITEM, "Ongeldige referentie: Btw-code", status=400, times=100)
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.state, "running")
        self.assertGreater(
            transfer.next_at, fields.Datetime.now() + timedelta(minutes=50)
        )
        self.assertLessEqual(len(self.calls("POST", ITEM)), 3)
        self.assertFalse(link.administration_id.parked_until)
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_a_right_that_is_taken_away_holds_the_transfer_and_orders_go_on(self):
        self.add_catalogue(5)
        link = self.make_link()
        transfer = self.read(link)
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, ITEM, ["GET"]
        )
        transfer.action_start()
        number = self.add_order()["number"]
        self.run_link(link)
        self.assertEqual(transfer.state, "held")
        self.assertEqual(len(self.calls("POST", ITEM)), 1)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, ITEM, None
        )
        transfer.action_resume()
        self.run_link(link)
        self.assertEqual(transfer.made_count, 5)

    def test_technical_trouble_lets_it_rest_and_go_on_by_itself(self):
        self.add_catalogue(3)
        link = self.make_link()
        transfer = self.read(link)
        self.fault("html_503", ITEM, method="GET")
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.state, "running")
        self.assertTrue(transfer.problem_text)
        self.assertTrue(transfer.next_at)
        self.assertFalse(link.administration_id.parked_until)
        self.later(180)
        self.run_link(link)
        self.assertEqual(transfer.state, "done")
        self.assertFalse(transfer.problem_text)


class TestCost(ProductsCase):
    def test_the_estimate_is_told_after_the_counts_and_exact_after_reading(self):
        self.add_catalogue(270, without_code=3, duplicates=2)
        link = self.make_link()
        since = self.box.calls.last
        transfer = self.new_transfer(link)
        # The rights of the key, and two counts.
        self.assertEqual(len(self.calls(service=LIGHTSPEED, since=since)), 3)
        self.assertEqual(transfer.variant_count, 270)
        # VAT rates, two pages of variants, two of products.
        self.assertEqual(transfer.lightspeed_calls, 5)
        self.assertEqual(transfer.exact_calls, 7 + 2 * 270)
        self.assertTrue(transfer.duration_text)
        self.assertFalse(self.variants())

    def test_as_many_calls_are_made_as_were_told(self):
        self.add_catalogue(270, hidden=210, without_code=3)
        link = self.make_link()
        transfer = self.new_transfer(link, "visible")
        since = self.box.calls.last
        transfer.action_read()
        self.run_due(link)
        self.assertEqual(transfer.state, "ready")
        shop = len(self.calls(service=LIGHTSPEED, since=since))
        self.assertEqual(shop, transfer.lightspeed_calls)
        told = transfer.exact_calls
        self.assertEqual(told, 2 + 2 * transfer.pending_count)
        since = self.box.calls.last
        transfer.action_start()
        self.run_due(link)
        self.assertEqual(transfer.state, "done")
        self.assertEqual(len(self.calls(path="/api/v1/", since=since)), told)
        self.assertFalse(self.calls(service=LIGHTSPEED, since=since))

    def test_what_exact_has_costs_its_look_up_only(self):
        self.add_catalogue(50)
        link = self.make_link()
        transfer = self.read(link)
        for variant in self.variants()[:20]:
            self.box.exact.control_add_item(exact_demo.MAIN, variant.article_code)
        since = self.box.calls.last
        transfer.action_start()
        self.run_due(link)
        self.assertEqual((transfer.made_count, transfer.found_count), (30, 20))
        made = len(self.calls(path="/api/v1/", since=since))
        self.assertEqual(made, transfer.exact_calls - 2 * 20)

    def test_calls_are_left_for_orders(self):
        self.add_catalogue(50)
        link = self.make_link()
        transfer = self.read(link)
        self.allow_calls(day=50)
        self.env["lightspeed.exact.quota"].sudo().search([]).unlink()
        since = self.box.calls.last
        transfer.action_start()
        self.run_due(link)
        self.assertEqual(transfer.state, "running")
        self.assertGreater(transfer.next_at, fields.Datetime.now())
        self.assertEqual(len(self.calls(path="/api/v1/", since=since)), 45)
        self.assertFalse(link.administration_id.parked_until)
        self.assertGreater(transfer.progress, 0)
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.allow_calls()
        self.env["lightspeed.exact.quota"].sudo().search([]).unlink()
        transfer.next_at = False
        self.run_due(link)
        self.assertEqual(transfer.state, "done")
        made = self.calls(path="/logistics/", since=since)
        self.assertEqual(len(made), transfer.exact_calls)
        self.assert_each_once(self.variants().mapped("article_code"))

    def test_orders_go_first(self):
        self.add_catalogue(10)
        link = self.make_link()
        transfer = self.read(link)
        number = self.add_order()["number"]
        transfer.action_start()
        since = self.box.calls.last
        self.run_link(link)
        self.assert_booked(number, "49.90")
        paths = [call["path"] for call in self.calls("POST", since=since)]
        items = [place for place, path in enumerate(paths) if ITEM in path]
        entries = [place for place, path in enumerate(paths) if "SalesEntries" in path]
        self.assertLess(max(entries), min(items))
