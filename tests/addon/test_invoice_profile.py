"""The invoice profile: what is proposed, what it refuses, and who can make invoices."""

from uuid import uuid4

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS, ConnectorCase

INVOICES = "salesinvoice/SalesInvoices"
PRINTING = "salesinvoice/PrintedSalesInvoices"
ITEMS = "logistics/Items"
LAYOUTS = "salesinvoice/Layouts"


class ProfileCase(ConnectorCase):
    """An administration, and what may be wrong with it."""

    def make_profile(self, administration, **values):
        with self.enter_registry_test_mode():
            return self.env["exact.invoice.profile"].create(
                {"administration_id": administration.id, **values}
            )

    def without_module(self, module="invoicing", on=False):
        self.box.exact.control_set_module(exact_demo.MAIN, module, on)

    def without_right(self, endpoint, methods=("GET",)):
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, endpoint, list(methods)
        )

    def check_again(self, record):
        """Press the button that asks Exact again."""
        with self.enter_registry_test_mode():
            return record.action_check_invoicing()

    def forget(self, administration):
        """Let the reference data be of before rights to invoice were asked."""
        administration.write(
            {
                "invoicing_asked_at": False,
                "has_invoicing": False,
                "may_invoice": False,
                "may_print": False,
                "may_make_items": False,
            }
        )
        self.env.flush_all()

    def called(self, path=LAYOUTS):
        return len(self.calls("GET", path))


class TestInvoiceProfile(ProfileCase):
    def setUp(self):
        super().setUp()
        self.administration = self.make_administration()

    def refresh(self):
        with self.enter_registry_test_mode():
            self.administration.action_refresh()

    def assert_refuses_values(self, pattern, **values):
        with self.assert_refuses(ValidationError, pattern):
            self.make_profile(self.administration, **values)

    # === PROPOSALS === #
    def test_a_new_profile_is_filled_in_from_the_administration(self):
        profile = self.make_profile(self.administration)
        self.assertEqual(profile.name, "Invoices of Voorbeeldwinkel B.V.")
        self.assertEqual(profile.journal_id.code, "70")
        self.assertEqual(profile.payment_condition_id.payment_days, 0)
        self.assertTrue(profile.unit_id.is_main)
        self.assertTrue(profile.item_group_id.is_default)
        self.assertEqual(profile.finalise, "open")
        self.assertEqual(profile.send_by, "none")
        self.assertEqual(profile.missing_text, "")

    def test_a_layout_is_proposed_only_where_there_is_just_one(self):
        profile = self.make_profile(self.administration)
        self.assertFalse(profile.layout_id)
        self.assertEqual(profile.email_layout_id.name, "Begeleidende e-mail")

    def test_the_form_proposes_the_same(self):
        profile = Form(self.env["exact.invoice.profile"]).save()
        self.assertEqual(profile.administration_id, self.administration)
        self.assertEqual(profile.name, "Invoices of Voorbeeldwinkel B.V.")
        self.assertEqual(profile.journal_id.code, "70")

    def test_what_somebody_chose_is_no_proposal(self):
        profile = self.make_profile(
            self.administration, name="Eigen", payment_condition_id=False
        )
        self.assertEqual(profile.name, "Eigen")
        self.assertFalse(profile.payment_condition_id)

    # === WHAT IS REFUSED === #
    def test_finalising_needs_the_confirmation_that_the_shop_makes_no_invoices(self):
        self.assert_refuses_values("art. 37 Wet OB", finalise="print")
        profile = self.make_profile(
            self.administration, finalise="print", shop_makes_no_invoices=True
        )
        with self.assert_refuses(ValidationError, "art. 37 Wet OB"):
            profile.shop_makes_no_invoices = False

    def test_only_what_is_finalised_is_sent(self):
        for values in (
            {"send_by": "email"},
            {"send_by": "account"},
            {"send_peppol": True},
            {"send_postbox": True},
        ):
            with self.subTest(values):
                self.assert_refuses_values(
                    "Only an invoice that is finalised can be sent",
                    shop_makes_no_invoices=True,
                    **values,
                )

    def test_leaving_it_open_again_sends_nothing(self):
        profile = self.make_profile(
            self.administration,
            finalise="print",
            shop_makes_no_invoices=True,
            send_by="email",
            send_peppol=True,
        )
        with Form(profile) as form:
            form.finalise = "open"
        self.assertEqual(profile.send_by, "none")
        self.assertFalse(profile.send_peppol)

    def test_a_direct_invoice_needs_a_warehouse_by_its_exact_id(self):
        self.assert_refuses_values("fill in the warehouse", invoice_type="direct")
        self.assert_refuses_values(
            "32 hexadecimal digits", invoice_type="direct", warehouse="1"
        )
        profile = self.make_profile(
            self.administration, invoice_type="direct", warehouse=str(uuid4())
        )
        self.assertTrue(profile._to_policy().direct)

    def test_a_price_has_two_to_six_decimals(self):
        self.assert_refuses_values("two to six decimals", price_decimals=1)
        self.assert_refuses_values("two to six decimals", price_decimals=7)
        self.make_profile(self.administration, price_decimals=2)
        self.make_profile(self.administration, price_decimals=6)

    def test_the_code_of_the_general_items_has_the_rate_in_it(self):
        for code in ("WEB", "{rate}{rate}", "{rate:5}", "{rate!r}", "{0}", "{", "{x}"):
            with self.subTest(code):
                self.assert_refuses_values(r"has \{rate\} in it", general_code=code)
        self.make_profile(self.administration, general_code="BTW{rate}%")

    def test_a_code_has_no_more_than_thirty_characters(self):
        self.assert_refuses_values("one to 30", shipping_code="S" * 31)
        self.assert_refuses_values("one to 30", rounding_code=" ")
        self.assert_refuses_values("one to 30", general_code="G" * 26 + "{rate}")
        self.make_profile(
            self.administration,
            shipping_code="S" * 30,
            general_code="G" * 25 + "{rate}",
        )

    def test_every_kind_of_line_has_an_item_of_its_own(self):
        self.assert_refuses_values(
            "Item of shipping costs and Item of rounding have the same code",
            rounding_code="web-shipping",
        )
        self.assert_refuses_values("code of a general item too", payment_code="Web-21")

    def test_the_sender_is_an_email_address(self):
        self.assert_refuses_values("no e-mail address", sender_email="winkel")
        self.make_profile(self.administration, sender_email="winkel@example.nl")

    def test_what_is_chosen_belongs_to_the_administration(self):
        other = self.make_administration(
            self.administration.connection_id, exact_demo.SECOND
        )
        for name, row in (
            ("journal_id", other.journal_ids[:1]),
            ("payment_condition_id", other.payment_condition_ids[:1]),
            ("layout_id", other.layout_ids[:1]),
            ("email_layout_id", other.layout_ids[:1]),
            ("unit_id", other.unit_ids[:1]),
            ("item_group_id", other.item_group_ids[:1]),
        ):
            with self.subTest(name):
                self.assert_refuses_values(
                    "belongs to another administration", **{name: row.id}
                )

    def test_the_journal_is_a_sales_journal(self):
        other = self.administration.journal_ids.filtered(
            lambda journal: journal.journal_type != 20
        )
        self.assert_refuses_values("is no sales journal", journal_id=other[0].id)

    def test_users_read_profiles_and_managers_make_them(self):
        profile = self.make_profile(self.administration)
        user = new_test_user(self.env, "lezer", groups=f"{GROUPS}user")
        self.assertEqual(profile.with_user(user).journal_id.code, "70")
        with self.assert_refuses(AccessError, "Invoice Profile"):
            profile.with_user(user).name = "Anders"
        manager = new_test_user(self.env, "beheerder", groups=f"{GROUPS}manager")
        profile.with_user(manager).name = "Anders"
        self.make_profile(self.administration.with_user(manager))

    # === RIGHTS AND MODULE === #
    def test_a_refresh_asks_whether_sales_invoices_can_be_made(self):
        self.assertTrue(self.administration.has_invoicing)
        self.assertTrue(self.administration.may_invoice)
        self.assertTrue(self.administration.may_print)
        self.assertTrue(self.administration.may_make_items)
        self.assertTrue(self.administration.invoicing_asked_at)
        self.assertEqual(self.administration.invoicing_text, "")

    def test_an_administration_without_invoicing_says_so(self):
        self.without_module()
        self.refresh()
        self.assertFalse(self.administration.has_invoicing)
        self.assertFalse(self.administration.may_invoice)
        self.assertEqual(
            self.administration.invoicing_text,
            "Administration Voorbeeldwinkel B.V. cannot make sales invoices: Exact "
            "Online does not open them (“Forbidden”). Its package has no invoicing, or "
            "the user of the connection may not use it.",
        )
        self.without_module(on=True)
        self.refresh()
        self.assertEqual(self.administration.invoicing_text, "")

    def test_an_app_without_the_scope_says_so_in_the_words_of_exact(self):
        self.box.exact.control_set_app_scope(exact_demo.CLIENT_ID, LAYOUTS, [])
        self.refresh()
        self.assertIn("Application Scope Violated", self.administration.invoicing_text)

    def test_a_user_without_the_right_is_named(self):
        self.without_right(INVOICES)
        self.refresh()
        self.assertTrue(self.administration.has_invoicing)
        self.assertIn(
            "has no right to make sales invoices", self.administration.invoicing_text
        )
        profile = self.make_profile(self.administration)
        self.assertIn("has no right to make sales invoices", profile.missing_text)

    def test_finalising_needs_the_right_only_where_it_is_done(self):
        self.without_right(PRINTING, [])
        self.refresh()
        profile = self.make_profile(self.administration)
        self.assertEqual(profile.missing_text, "")
        profile.write({"finalise": "print", "shop_makes_no_invoices": True})
        self.assertIn("no right to finalise sales invoices", profile.missing_text)

    def test_items_need_the_right_to_make_them(self):
        self.without_right(ITEMS)
        self.refresh()
        profile = self.make_profile(self.administration)
        self.assertIn("no right to make items", profile.missing_text)
        self.assertIn("no right to make items", self.administration.invoicing_text)

    def test_direct_invoices_need_stock(self):
        profile = self.make_profile(
            self.administration, invoice_type="direct", warehouse=str(uuid4())
        )
        self.assertIn("opens no warehouse", profile.missing_text)
        self.without_module("stock", on=True)
        self.refresh()
        self.assertIn("does not belong to the administration", profile.missing_text)
        form = Form(self.env["exact.invoice.profile"])
        form.invoice_type = "direct"
        profile = form.save()
        self.assertEqual(profile.warehouse_name, "1 Magazijn")
        self.assertEqual(profile.missing_text, "")

    def test_where_exact_does_not_tell_the_first_invoice_will(self):
        for path in (LAYOUTS, "users/UserHasRights", "inventory/Warehouses"):
            self.fault("status", path, "GET", times=9, params={"status": 404})
        self.refresh()
        self.assertTrue(self.administration.has_invoicing)
        self.assertTrue(self.administration.may_invoice)
        self.assertFalse(self.administration.stock)
        self.assertEqual(self.administration.invoicing_text, "")

    def test_what_was_never_asked_is_asked_when_a_profile_is_made(self):
        self.without_module()
        self.forget(self.administration)
        self.assertIn("not known yet", self.administration.invoicing_text)
        profile = self.make_profile(self.administration)
        self.assertTrue(self.administration.invoicing_asked_at)
        self.assertIn("cannot make sales invoices", profile.missing_text)
        before = self.called()
        self.make_profile(self.administration)
        self.assertEqual(self.called(), before)

    def test_a_profile_is_made_also_when_exact_cannot_be_asked(self):
        self.forget(self.administration)
        self.fault("html_503", LAYOUTS, "GET", times=9)
        profile = self.make_profile(self.administration)
        self.assertIn("not known yet", profile.missing_text)
        with self.assert_refuses(UserError, "Exact Online"):
            self.check_again(profile)

    def test_asking_again_takes_over_what_changed(self):
        self.without_module()
        self.refresh()
        profile = self.make_profile(self.administration)
        self.assertEqual(self.check_again(profile)["params"]["type"], "warning")
        self.without_module(on=True)
        self.assertEqual(self.check_again(profile)["params"]["type"], "success")
        self.assertEqual(profile.missing_text, "")

    def test_the_form_warns_as_soon_as_the_administration_is_chosen(self):
        self.without_module()
        self.refresh()
        profiles = self.env["exact.invoice.profile"]
        answer = profiles.onchange(
            {"administration_id": self.administration.id},
            ["administration_id"],
            {"administration_id": {}, "journal_id": {}},
        )
        self.assertIn("cannot make sales invoices", answer["warning"]["message"])

    # === WHAT GOES AWAY IN EXACT === #
    def test_a_blocked_journal_and_a_layout_that_is_gone_are_named(self):
        layout = self.administration.layout_ids.filtered(
            lambda row: row.name == "Factuur Engels"
        )
        profile = self.make_profile(self.administration, layout_id=layout.id)
        self.box.exact.control_delete_layout(exact_demo.MAIN, layout.remote_id)
        self.refresh()
        profile.journal_id.is_blocked = True
        self.assertIn(
            "“Factuur Engels” no longer exists in Exact Online", profile.missing_text
        )
        self.assertIn("is blocked in Exact Online", profile.missing_text)


class TestLinkInvoices(ProfileCase):
    """The choice of sales invoices on a link."""

    def setUp(self):
        super().setUp()
        self.link = self.make_link(start=False)
        self.administration = self.link.administration_id
        self.profile = self.make_profile(self.administration)

    def give_codes(self, link=None):
        """Give every ledger rule a VAT code, as invoices need."""
        link = link or self.link
        link.rule_ids.filtered(
            lambda rule: rule.vat_code_source == "chosen" and not rule.vat_code_id
        ).unlink()

    def choose(self, **values):
        self.give_codes()
        self.link.write(
            {
                "document_kind": "sales_invoice",
                "invoice_profile_id": self.profile.id,
                **values,
            }
        )

    def onchange(self, **values):
        names = ("administration_id", "document_kind", "invoice_profile_id")
        with self.enter_registry_test_mode():
            return self.env["lightspeed.exact.link"].onchange(
                {
                    "administration_id": self.administration.id,
                    "document_kind": "sales_invoice",
                    **values,
                },
                ["document_kind"],
                dict.fromkeys(names, {}),
            )

    # === CHOOSING === #
    def test_sales_entries_are_the_default_and_need_no_profile(self):
        self.assertEqual(self.link.document_kind, "sales_entry")
        self.assertFalse(self.link.invoice_profile_id)
        self.assertEqual(self.link.missing_text, "")
        self.assertEqual(self.link._policy().document_kind, "sales_entry")

    def test_the_policy_is_that_of_the_profile(self):
        self.profile.journal_id = self.administration.journal_ids.filtered(
            lambda journal: journal.code == "71"
        )
        self.choose()
        policy = self.link._policy()
        self.assertEqual(policy.document_kind, "sales_invoice")
        self.assertEqual(policy.journal, "71")
        self.assertEqual(policy.invoice.general_code, "WEB-{rate}")

    def test_a_link_with_a_profile_starts(self):
        self.choose()
        self.assertEqual(self.link.missing_text, "")
        self.link.action_start()
        self.assertEqual(self.link.state, "running")

    def test_the_journal_of_entries_is_not_asked_of_invoices(self):
        self.choose(journal_id=False)
        self.assertEqual(self.link.missing_text, "")
        self.link.action_start()
        with self.assert_refuses(ValidationError, "needs a sales journal"):
            self.link.document_kind = "sales_entry"

    def test_without_a_profile_it_does_not_start(self):
        self.choose(invoice_profile_id=False)
        self.assertIn("Choose an invoice profile.", self.link.missing_text)
        with self.assert_refuses(UserError, "Choose an invoice profile"):
            self.link.action_start()

    def test_the_only_profile_is_proposed(self):
        with Form(self.link) as form:
            form.document_kind = "sales_invoice"
            self.assertEqual(form.invoice_profile_id, self.profile)

    def test_a_profile_of_another_administration_is_refused(self):
        other = self.make_administration(
            self.administration.connection_id, exact_demo.SECOND
        )
        profile = self.make_profile(other)
        with self.assert_refuses(ValidationError, "of another administration"):
            self.link.invoice_profile_id = profile
        with self.assert_refuses(ValidationError, "stays in its administration"):
            self.link.invoice_profile_id = self.profile
            self.profile.write(
                {"administration_id": other.id, **self.profile._proposals(other)}
            )

    def test_a_copy_makes_the_same_documents(self):
        self.choose()
        self.link.active = False
        copy = self.link.copy()
        self.assertEqual(copy.document_kind, "sales_invoice")
        self.assertEqual(copy.invoice_profile_id, self.profile)

    def test_in_another_administration_the_profile_is_another_one(self):
        self.choose()
        other = self.make_administration(
            self.administration.connection_id, exact_demo.SECOND
        )
        self.link.administration_id = other
        self.assertFalse(self.link.invoice_profile_id)
        self.link.administration_id = self.administration
        self.assertEqual(self.link.invoice_profile_id, self.profile)

    def test_one_entry_a_day_is_for_sales_entries(self):
        with self.assert_refuses(ValidationError, "a line for each product"):
            self.choose(grouping="day")

    def test_every_rule_needs_a_vat_code(self):
        self.choose()
        rule = self.env["lightspeed.exact.ledger.rule"].create(
            {
                "link_id": self.link.id,
                "line_kind": "gift_card",
                "any_rate": True,
                "gl_account_id": self.administration.gl_account_ids.filtered(
                    lambda account: account.account_type == 90
                )[0].id,
            }
        )
        self.assertIn(
            f"choose one for ledger rule “{rule.display_name}”", self.link.missing_text
        )
        with self.assert_refuses(UserError, "every line has a VAT code"):
            self.link.action_start()
        self.link.document_kind = "sales_entry"
        self.assertEqual(self.link.missing_text, "")

    # === AN ADMINISTRATION THAT MAKES NO INVOICES === #
    def test_choosing_invoices_says_at_once_that_there_is_no_module(self):
        self.without_module()
        self.check_again(self.administration)
        self.assertIn(
            "cannot make sales invoices", self.onchange()["warning"]["message"]
        )
        self.choose()
        self.assertIn("cannot make sales invoices", self.link.invoicing_text)
        with self.assert_refuses(UserError, "cannot make sales invoices"):
            self.link.action_start()
        self.assertEqual(self.link.state, "draft")

    def test_choosing_invoices_asks_what_was_never_asked(self):
        self.without_right(INVOICES)
        self.forget(self.administration)
        self.assertIn("has no right", self.onchange()["warning"]["message"])
        self.assertTrue(self.administration.invoicing_asked_at)

    def test_exact_out_of_reach_is_a_sentence(self):
        self.forget(self.administration)
        self.fault("html_503", LAYOUTS, "GET", times=9)
        self.assertIn("Exact Online", self.onchange()["warning"]["message"])

    def test_starting_asks_what_was_never_asked(self):
        self.choose()
        self.forget(self.administration)
        with self.enter_registry_test_mode():
            self.link.action_start()
        self.assertEqual(self.link.state, "running")

    def test_a_running_link_is_not_switched_to_what_cannot_be_made(self):
        self.link.action_start()
        self.without_module()
        self.check_again(self.administration)
        with self.assert_refuses(ValidationError, "cannot make sales invoices"):
            self.choose()
        self.assertEqual(self.link.document_kind, "sales_entry")

    def test_a_running_link_is_switched_and_back(self):
        self.link.action_start()
        self.choose()
        self.link.document_kind = "sales_entry"
        self.assertEqual(self.link.state, "running")
        # What was invoiced is credited by the same profile.
        self.assertTrue(self.link._policy().invoice)

    # === TWO INVOICES FOR ONE SALE === #
    def test_a_shop_that_makes_invoices_is_named(self):
        self.add_order()
        self.box.lightspeed.control_set_options(
            self.shop_number, invoice_moment="manual"
        )
        self.add_order()
        self.link.action_start()
        self.run_link(self.link)
        self.assertFalse(self.link.second_invoice_text)
        self.choose()
        self.assertEqual(
            self.link.second_invoice_text.splitlines()[0],
            "1 of the last 2 orders came with an invoice of the shop.",
        )
        self.assertIn("the bookkeeper sends", self.link.second_invoice_text)
        self.profile.write({"finalise": "print", "shop_makes_no_invoices": True})
        self.assertIn("Switch the shop's invoices off", self.link.second_invoice_text)

    def test_a_shop_without_invoices_is_not_warned(self):
        self.box.lightspeed.control_set_options(
            self.shop_number, invoice_moment="manual"
        )
        self.add_order()
        self.link.action_start()
        self.run_link(self.link)
        self.choose()
        self.assertFalse(self.link.second_invoice_text)

    def test_invoices_of_the_shop_are_not_invoiced_again_for_the_customer(self):
        self.choose(source="invoice")
        self.assertIn("the invoices of the shop", self.link.second_invoice_text)
        self.assertEqual(self.link.missing_text, "")
        self.profile.write({"finalise": "print", "shop_makes_no_invoices": True})
        self.assertIn("final ones as well", self.link.missing_text)
