"""Items (artikelen) of invoices: known, found in Exact, or made there."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from odoo.addons.lightspeed_exact_connector.accounting.booking import Hold

from sandbox.exact import demo as exact_demo
from sandbox.exact.handlers import base
from sandbox.exact.store import new_guid
from tests.addon.connector_case import GROUPS
from tests.addon.item_case import ITEMS, ItemCase


class TestItems(ItemCase):
    def held(self, *needs, **options):
        """Want items that need a person; returns the hold."""
        try:
            found = self.want(*needs, **options)
        except Hold as hold:
            return hold
        return self.fail(f"nothing was held: {found}")

    # === FOUND, MADE, KNOWN === #
    def test_an_item_that_exact_has_is_found_by_its_code(self):
        made = self.add_item("MOK-1")
        since = self.box.calls.last
        self.assertEqual(self.want("MOK-1"), {"mok-1": made["ID"]})
        self.assertEqual(self.cost(since), (1, 0))
        item = self.known()["MOK-1"]
        self.assertEqual((item.origin, item.kind), ("found", "article"))
        self.assertEqual((item.name, item.source), ("Artikel MOK-1", "MOK-1"))
        self.assertEqual(item.display_name, "MOK-1 Artikel MOK-1")

    def test_an_item_that_exact_does_not_have_is_made_with_what_it_needs(self):
        profile = self.make_profile()
        since = self.box.calls.last
        self.want(self.need("MOK-1", variant_id="77", barcode="8710000000001"))
        self.assertEqual(self.cost(since), (1, 1))
        (row,) = self.in_exact("MOK-1")
        self.assertEqual(row["Description"], "Artikel MOK-1")
        self.assertEqual(row["GLRevenue"], exact_demo.REVENUE_HIGH)
        self.assertEqual(row["SalesVatCode"], exact_demo.VAT_HIGH)
        self.assertEqual(row["Unit"].strip(), profile.unit_id.code)
        self.assertEqual(row["ItemGroup"], profile.item_group_id.code)
        self.assertEqual(row["Barcode"], "8710000000001")
        self.assertTrue(row["IsSalesItem"])
        item = self.known()["MOK-1"]
        self.assertEqual((item.origin, item.variant_id), ("created", "77"))
        self.assertEqual(item.remote_id, row["ID"])

    def test_an_item_has_no_account_that_is_none_of_revenue(self):
        accounts = {
            row.code: row.remote_id for row in self.administration.gl_account_ids
        }
        # Gift cards are owed, differences are costs.
        for code, name in (("1800", "CARDS"), ("4990", "CENTS")):
            self.want(self.need(name, gl_account=accounts[code]))
            (row,) = self.in_exact(name)
            self.assertNotEqual(row["GLRevenue"], code)

    def make_profile(self):
        unit = self.administration.env["exact.unit"].search(
            [("administration_id", "=", self.administration.id)], limit=1
        )
        group = self.env["exact.item.group"].search(
            [("administration_id", "=", self.administration.id)], limit=1
        )
        self.assertTrue(unit and group)
        journal = self.administration.journal_ids.filtered(
            lambda row: row.code == exact_demo.JOURNAL
        )
        return self.env["exact.invoice.profile"].create(
            {
                "name": "Facturen",
                "administration_id": self.administration.id,
                "journal_id": journal.id,
                "unit_id": unit.id,
                "item_group_id": group.id,
            }
        )

    def test_without_a_profile_unit_and_group_are_exacts_own(self):
        self.want("MOK-1")
        (row,) = self.in_exact("MOK-1")
        self.assertTrue(row["Unit"])
        self.assertTrue(row["ItemGroup"])

    def test_an_item_that_is_made_may_be_on_an_older_invoice(self):
        self.want("MOK-1")
        self.assertLess(self.in_exact("MOK-1")[0]["StartDate"], "2001")

    def test_a_known_item_costs_no_call(self):
        self.want("MOK-1")
        self.add_item("MOK-2")
        self.want("MOK-2")
        since = self.box.calls.last
        self.want("MOK-1", "MOK-2")
        self.assertFalse(self.calls(since=since))

    def test_no_needs_cost_no_call(self):
        since = self.box.calls.last
        with self.work() as (administration, work):
            self.assertEqual(administration._items(work, {}), {})
        self.assertFalse(self.calls(since=since))

    def test_forty_unknown_codes_are_looked_up_in_one_call(self):
        codes = [f"MOK-{number}" for number in range(40)]
        for code in codes:
            self.add_item(code)
        since = self.box.calls.last
        self.assertEqual(len(self.want(*codes)), 40)
        self.assertEqual(self.cost(since), (1, 0))

    def test_forty_one_codes_take_two_calls(self):
        codes = [f"MOK-{number}" for number in range(41)]
        for code in codes:
            self.add_item(code)
        since = self.box.calls.last
        self.assertEqual(len(self.want(*codes)), 41)
        self.assertEqual(self.cost(since), (2, 0))

    def test_an_invoice_with_known_found_and_new_items_costs_a_call_for_each_new_one(
        self,
    ):
        self.want("MOK-1")
        self.add_item("MOK-2")
        since = self.box.calls.last
        self.want("MOK-1", "MOK-2", "MOK-3", "MOK-4")
        self.assertEqual(self.cost(since), (1, 2))

    def test_a_code_that_exact_does_not_have_is_asked_for_once_in_a_slice(self):
        since = self.box.calls.last
        needs = {"mok-1": self.need("MOK-1")}
        with self.work() as (administration, work):
            self.assertFalse(administration._find_items(work, needs))
            self.assertFalse(administration._find_items(work, needs))
            self.assertEqual(self.cost(since), (1, 0))
            made = administration._items(work, needs)
            self.assertEqual(self.cost(since), (1, 1))
            self.assertFalse(work.absent_items)
            self.assertEqual(made["mok-1"].code, "MOK-1")

    def test_a_code_with_blanks_and_in_another_case_is_the_same(self):
        made = self.add_item("Mok-1")
        self.want("MOK-1")
        self.assertEqual(self.known()["Mok-1"].remote_id, made["ID"])
        with self.padded_codes():
            other = self.add_item("MOK-2")
            self.want("MOK-2")
        self.assertEqual(self.known()["MOK-2"].remote_id, other["ID"])
        self.assertEqual(len(self.in_exact()), 2)

    def padded_codes(self):
        """Let Exact fill codes up with blanks, as it does with others."""
        written = base.to_json

        def padded(prop, value):
            text = written(prop, value)
            return text.ljust(30) if prop.name == "Code" else text

        return patch.object(base, "to_json", padded)

    def test_codes_with_quotes_and_ampersands_are_found(self):
        for code in ("O'NEIL", "A&B+C", "50% KORTING", "#1/2"):
            with self.subTest(code=code):
                made = self.add_item(code)
                self.assertEqual(list(self.want(code).values()), [made["ID"]])

    def test_items_of_two_administrations_are_separate(self):
        connection = self.administration.connection_id
        other = self.make_administration(connection, exact_demo.SECOND)
        one = self.want("MOK-1")
        revenue = other.gl_account_ids.filtered(
            lambda account: account.code == exact_demo.REVENUE_HIGH
        )
        need = self.need("MOK-1", gl_account=revenue.remote_id)
        two = self.want(need, administration=other)
        self.assertNotEqual(one, two)
        self.assertEqual(len(self.in_exact("MOK-1")), 1)
        self.assertEqual(len(self.in_exact("MOK-1", exact_demo.SECOND)), 1)
        self.assertEqual(len(self.known()), len(self.known(other)))

    def test_an_account_that_is_no_revenue_stays_on_the_lines_of_the_invoice(self):
        profile = self.make_profile()
        for code in (exact_demo.GIFT_CARDS, exact_demo.ROUNDING):
            with self.subTest(account=code):
                account = self.administration.gl_account_ids.filtered(
                    lambda account, code=code: account.code == code
                )
                self.want(self.need(f"WEB-{code}", gl_account=account.remote_id))
                (row,) = self.in_exact(f"WEB-{code}")
                self.assertEqual(row["ItemGroup"], profile.item_group_id.code)
                self.assertEqual(row["GLRevenue"], exact_demo.REVENUE_HIGH)

    def test_fixed_items_are_found_or_made_the_same_way(self):
        self.add_item("WEB-SHIPPING", Description="Bezorging")
        needs = [
            self.need("WEB-SHIPPING", kind="shipping", source=""),
            self.need("WEB-PAYMENT", kind="payment", source=""),
            self.need("WEB-21", kind="general", source=""),
        ]
        since = self.box.calls.last
        self.want(*needs)
        self.assertEqual(self.cost(since), (1, 2))
        known = self.known()
        self.assertEqual(known["WEB-SHIPPING"].origin, "found")
        self.assertEqual(known["WEB-21"].kind, "general")
        self.want(*needs)
        self.assertEqual(self.cost(since), (1, 2))

    # === WHAT A PERSON MUST LOOK AT === #
    def test_an_item_that_is_not_sold_holds_the_invoice_with_its_code(self):
        self.add_item("MOK-1", IsSalesItem=False)
        hold = self.held("MOK-1")
        self.assertEqual(hold.code, "item_unusable")
        self.assertEqual(hold.params, {"code": "MOK-1", "problem": "no_sales_item"})
        self.assertFalse(self.known())
        self.assertFalse(self.calls("POST", ITEMS))

    def test_an_item_that_has_ended_or_not_begun_holds_the_invoice(self):
        self.add_item("MOK-1")
        self.box.exact.control_end_item(exact_demo.MAIN, "MOK-1")
        self.assertEqual(self.held("MOK-1").params["problem"], "ended")
        soon = datetime.now(timezone.utc) + timedelta(days=3)
        self.add_item("MOK-2", StartDate=soon.strftime("%Y-%m-%d"))
        self.assertEqual(self.held("MOK-2").params["problem"], "not_started")

    def test_an_item_that_ends_later_is_used(self):
        later = datetime.now(timezone.utc) + timedelta(days=3)
        self.add_item("MOK-1", EndDate=later.strftime("%Y-%m-%d"))
        self.assertTrue(self.want("MOK-1"))

    def test_what_is_found_beside_one_that_is_not_sold_is_remembered(self):
        self.add_item("MOK-1", IsSalesItem=False)
        self.add_item("MOK-2")
        self.held("MOK-1", "MOK-2")
        self.assertEqual(list(self.known()), ["MOK-2"])

    def test_a_look_up_can_give_its_holds_by_key(self):
        self.add_item("MOK-1", IsSalesItem=False)
        self.add_item("MOK-2")
        needs = {code.lower(): self.need(code) for code in ("MOK-1", "MOK-2")}
        holds = {}
        with self.work() as (administration, work):
            found = administration._find_items(work, needs, holds)
            self.assertEqual(list(found), ["mok-2"])
        self.assertEqual(holds["mok-1"].code, "item_unusable")

    def test_an_item_that_is_not_sold_is_asked_for_once_in_a_slice(self):
        self.add_item("MOK-1", IsSalesItem=False)
        needs = {"mok-1": self.need("MOK-1")}
        since = self.box.calls.last
        with self.work() as (administration, work):
            for _again in range(2):
                holds = {}
                self.assertFalse(administration._find_items(work, needs, holds))
                self.assertEqual(holds["mok-1"].code, "item_unusable")
        self.assertEqual(self.cost(since), (1, 0))

    def test_several_items_with_one_code_hold_the_invoice(self):
        self.add_item("MOK-1")
        items = self.box.exact.state.division(exact_demo.MAIN)["Items"]
        items.insert({**items.first("FoldedCode", "mok-1"), "ID": new_guid()})
        hold = self.held("MOK-1")
        self.assertEqual(hold.code, "item_several")
        self.assertEqual(hold.params, {"code": "MOK-1", "count": 2})

    def test_the_same_code_of_two_variants_is_one_item(self):
        one = self.want(self.need("MOK-1", variant_id="1"))
        two = self.want(self.need("MOK-1", variant_id="2"))
        self.assertEqual(one, two)

    def test_another_article_whose_code_exact_takes_for_the_same_is_a_clash(self):
        self.want(self.need("MOK-1", variant_id="1"))
        since = self.box.calls.last
        other = replace(self.need("mok-1", variant_id="2"), key="mok-1")
        hold = self.held(other)
        self.assertEqual(hold.code, "item_code_clash")
        self.assertEqual(
            hold.params, {"code": "mok-1", "first": "MOK-1", "second": "mok-1"}
        )
        self.assertFalse(self.calls(since=since))

    def test_an_article_whose_code_changed_its_case_stays_the_same_item(self):
        one = self.want(self.need("MOK-1", variant_id="1"))
        self.assertEqual(self.want(self.need("mok-1", variant_id="1")), one)

    def test_an_article_with_the_code_of_shipping_is_a_clash(self):
        self.want(self.need("WEB-SHIPPING", kind="shipping", source=""))
        self.assertEqual(self.held("WEB-SHIPPING").code, "item_code_clash")

    # === REFUSED === #
    def test_a_refused_item_holds_with_its_code_and_is_not_sent_again_unchanged(self):
        need = self.need("MOK-1", vat_code="99")
        hold = self.held(need)
        self.assertEqual(hold.code, "item_refused")
        self.assertEqual(hold.params["code"], "MOK-1")
        self.assertIn("Ongeldige referentie", hold.params["detail"])
        self.assertEqual(self.held(need).params, hold.params)
        self.assertEqual(len(self.calls("POST", ITEMS)), 1)
        self.held(need, force=True)
        self.assertEqual(len(self.calls("POST", ITEMS)), 2)
        self.want("MOK-1")
        self.assertEqual(len(self.in_exact("MOK-1")), 1)

    def test_an_item_that_somebody_makes_meanwhile_is_taken(self):
        administrations = type(self.administration)
        find, added = administrations._find_items, []

        def late(administration, *arguments):
            found = find(administration, *arguments)
            if not added:
                added.append(self.add_item("MOK-1"))
            return found

        with patch.object(administrations, "_find_items", late):
            found = self.want("MOK-1")
        self.assertEqual(found, {"mok-1": added[0]["ID"]})
        self.assertEqual(self.known()["MOK-1"].origin, "found")
        self.assertEqual(len(self.in_exact("MOK-1")), 1)
        # Deleted and forgotten, it can be made, although that was refused once.
        self.box.exact.control_delete_item(exact_demo.MAIN, "MOK-1")
        self.known()["MOK-1"].action_forget()
        self.want("MOK-1")
        self.assertEqual(self.known()["MOK-1"].origin, "created")

    def test_what_is_there_already_but_cannot_be_found_is_held_and_ends(self):
        self.fault(
            "business", ITEMS, params={"text": "Gegeven bestaat reeds."}, times=2
        )
        for _again in range(3):
            self.assertEqual(self.held("MOK-1").code, "item_hidden")
        self.assertEqual(len(self.calls("POST", ITEMS)), 1)

    def test_an_exact_in_english_is_understood_as_well(self):
        self.consent(self.administration.connection_id, exact_demo.USER_EN)
        self.test_an_item_that_somebody_makes_meanwhile_is_taken()

    # === GONE === #
    def test_a_remembered_item_that_is_gone_is_forgotten_when_it_is_checked(self):
        self.want("MOK-1", "MOK-2", "MOK-3")
        self.box.exact.control_delete_item(exact_demo.MAIN, "MOK-1")
        self.box.exact.control_end_item(exact_demo.MAIN, "MOK-2")
        since = self.box.calls.last
        with self.work() as (administration, work):
            items = self.env["exact.item"].search([]).with_env(administration.env)
            self.assertTrue(administration._recheck_items(work, items))
        self.assertEqual(self.cost(since), (1, 0))
        self.assertEqual(list(self.known()), ["MOK-3"])
        # Only what was made a moment ago may be there without being shown.
        self.later(150)
        self.want("MOK-1")
        self.assertEqual(len(self.in_exact("MOK-1")), 1)
        self.assertEqual(self.held("MOK-2").code, "item_unusable")

    def test_items_that_are_all_right_stay_when_they_are_checked(self):
        self.want("MOK-1")
        self.box.exact.control_rename_item(exact_demo.MAIN, "MOK-1", "MOK-9")
        with self.work() as (administration, work):
            items = self.env["exact.item"].search([]).with_env(administration.env)
            self.assertFalse(administration._recheck_items(work, items))
            self.assertFalse(administration._recheck_items(work, items.browse()))
        self.assertEqual(len(self.known()), 1)

    def test_a_forgotten_item_is_looked_up_again(self):
        one = self.want("MOK-1")
        self.known()["MOK-1"].action_forget()
        since = self.box.calls.last
        self.assertEqual(self.want("MOK-1"), one)
        self.assertEqual(self.cost(since), (1, 0))
        self.assertEqual(self.known()["MOK-1"].origin, "created")

    def test_only_managers_forget_items(self):
        self.want("MOK-1")
        item = self.known()["MOK-1"]
        user = new_test_user(self.env, "user", groups=f"{GROUPS}user")
        manager = new_test_user(self.env, "manager", groups=f"{GROUPS}manager")
        self.assertEqual(item.with_user(user).code, "MOK-1")
        with self.assertRaises(AccessError):
            item.with_user(user).action_forget()
        action = item.with_user(manager).action_open_operations()
        operations = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(operations.mapped("remote_id"), [item.remote_id])
        item.with_user(manager).action_forget()
        self.assertFalse(self.known())
