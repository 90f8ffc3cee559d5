"""Choices about customers: collective debtors, guests, defaults."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from sandbox.exact import demo as exact_demo
from tests.addon.customer_case import DUTCH, EMAIL, CustomerCase
from tests.addon.once_case import RELATION


class TestCollective(CustomerCase):
    def test_consumers_go_to_the_collective_debtor_without_any_look_up(self):
        link = self.collective_link()
        link.action_start()
        numbers = [self.add_consumer_order(email=f"k{n}@example.com") for n in range(5)]
        since = self.box.calls.last
        self.run_link(link)
        [collective] = self.accounts(Name="Webwinkel 9000")
        for number in numbers:
            self.assertEqual(self.debtor(number), collective["ID"])
        self.assertFalse(self.calls(path=RELATION, since=since))
        self.assertEqual(len(self.calls(since=since)), 5)
        remembered = self.order(numbers[0]).customer_id
        self.assertEqual(
            (remembered.identity, remembered.origin, remembered.code),
            ("collective:9000", "chosen", "9000"),
        )

    def test_companies_have_a_relation_of_their_own(self):
        link = self.collective_link()
        link.action_start()
        by_number = self.add_dutch_order()
        by_email = self.add_dutch_order(email="slager@example.com", vat_number="")
        self.run_link(link)
        [company] = self.accounts(VATNumber=DUTCH)
        self.assertEqual(self.debtor(by_number), company["ID"])
        [other] = self.accounts(Email="slager@example.com")
        self.assertEqual(self.debtor(by_email), other["ID"])

    def test_only_those_are_asked_for_who_are_known_by_address(self):
        link = self.collective_link()
        link.action_start()
        self.add_consumer_order(email="k1@example.com")
        self.add_dutch_order(email="k2@example.com")
        for number in (3, 4):
            self.add_dutch_order(email=f"k{number}@example.com", vat_number="")
        since = self.box.calls.last
        self.run_link(link)
        asked = [call["query"] for call in self.calls("GET", RELATION, since=since)]
        self.assertEqual(len(asked), 2)
        self.assertIn("k3", str(asked[0]))
        self.assertIn("k4", str(asked[0]))
        self.assertNotIn("k1", str(asked))
        self.assertNotIn("k2", str(asked[0]))

    def test_the_country_of_delivery_decides(self):
        link = self.collective_link()
        belgian = self.add_collective(link, "9001", "be")
        link.action_start()
        self.add_oss_rule(link)
        number = self.add_consumer_order(country="be")
        at_home = self.add_consumer_order()
        self.run_link(link)
        self.assertEqual(self.debtor(number), belgian["ID"])
        self.assertNotEqual(self.debtor(at_home), belgian["ID"])

    def add_oss_rule(self, link):
        administration = link.administration_id
        self.env["lightspeed.exact.ledger.rule"].create(
            {
                "link_id": link.id,
                "treatment": "oss",
                "rate": 0.21,
                "gl_account_id": administration.gl_account_ids.filtered(
                    lambda row: row.code == "8050"
                ).id,
                "vat_code_id": administration.vat_code_ids.filtered(
                    lambda row: row.code == "BE1"
                ).id,
            }
        )

    def test_without_a_fitting_debtor_the_order_waits_until_there_is_one(self):
        link = self.make_link()
        link.customer_policy = "collective"
        self.assertIn("collective debtor", link.missing_text)
        number = self.add_consumer_order()
        self.run_link(link)
        order = self.assert_held(number, "collective_missing")
        self.assertIn("deliveries to NL", order.reason)
        made = self.add_collective(link)
        self.assertEqual(link.missing_text, "")
        self.run_link(link)
        self.assertEqual(self.debtor(number), made["ID"])

    def test_a_link_does_not_start_without_the_general_debtor(self):
        link = self.make_link(start=False)
        for choice in (
            {"customer_policy": "collective"},
            {"empty_email": "collective"},
            {"guest_policy": "collective"},
        ):
            with self.subTest(**choice):
                link.write(choice)
                with self.assert_refuses(UserError, "for all other countries"):
                    link.action_start()
                link.write(
                    {
                        "customer_policy": "email",
                        "empty_email": "hold",
                        "guest_policy": "customer",
                    }
                )
        link.customer_policy = "collective"
        self.add_collective(link, "9001", "be")
        with self.assert_refuses(UserError, "for all other countries"):
            link.action_start()
        self.add_collective(link)
        link.action_start()
        self.assertEqual(link.state, "running")

    def test_guests_go_to_the_collective_debtor_by_choice(self):
        link = self.make_link(start=False, guest_policy="collective")
        made = self.add_collective(link)
        link.action_start()
        guest = self.add_consumer_order(guest=True)
        other = self.add_consumer_order(email="anna@example.com")
        self.run_link(link)
        self.assertTrue(self.order(guest).is_guest)
        self.assertEqual(self.debtor(guest), made["ID"])
        self.assertNotEqual(self.debtor(other), made["ID"])
        self.assertFalse(self.relations(EMAIL))

    def test_a_guest_is_a_customer_as_any_other_without_that_choice(self):
        number = self.add_consumer_order(guest=True)
        self.run_link(self.make_link())
        self.assertEqual(self.debtor(number), self.relations(EMAIL)[0]["ID"])

    def test_an_order_without_address_is_held_until_the_choice_is_made(self):
        link = self.make_link()
        number = self.add_consumer_order(email="")
        self.run_link(link)
        self.assert_held(number, "customer_without_email")
        made = self.add_collective(link)
        link.empty_email = "collective"
        self.run_link(link)
        self.assertEqual(self.debtor(number), made["ID"])

    def test_a_choice_releases_what_was_held_for_the_relation_it_replaces(self):
        self.block(self.add_relation(Email=EMAIL))
        self.add_relation(Email="p@example.com", Status="P")
        link = self.make_link()
        made = self.add_collective(link)
        held = {
            "relation_blocked": self.add_consumer_order(),
            "relation_not_customer": self.add_consumer_order(email="p@example.com"),
            "customer_email_invalid": self.add_consumer_order(email="klant@voorbeeld"),
        }
        self.run_link(link)
        for code, number in held.items():
            self.assert_held(number, code)
        link.customer_policy = "collective"
        self.run_link(link)
        for number in held.values():
            self.assertEqual(self.debtor(number), made["ID"])

    def test_changing_the_choice_changes_what_is_not_booked_yet_only(self):
        link = self.make_link()
        first = self.add_consumer_order()
        self.run_link(link)
        made = self.add_collective(link)
        link.customer_policy = "collective"
        second = self.add_consumer_order()
        self.run_link(link)
        self.assertNotEqual(self.debtor(first), made["ID"])
        self.assertEqual(self.debtor(second), made["ID"])


class TestChoosing(CustomerCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link(start=False, customer_policy="collective")

    def choose(self, code, **values):
        with self.enter_registry_test_mode():
            return self.env["exact.collective.customer"].create(
                {"link_id": self.link.id, "code": code, **values}
            )

    def assert_refused(self, text, code, **values):
        with self.assert_refuses(ValidationError, text):
            self.choose(code, **values)

    def test_the_relation_is_found_by_its_code(self):
        made = self.add_relation(Code="9000", Name="Webwinkel")
        chosen = self.choose(" 9000 ")
        self.assertEqual(chosen.code, "9000")
        self.assertEqual(chosen.customer_id.remote_id, made["ID"])
        self.assertEqual(chosen.customer_id.display_name, "Webwinkel")

    def test_a_code_that_exact_does_not_have_is_refused(self):
        self.assert_refused("has no relation 9000", "9000")
        for code in ("WEB", "9000'", "9" * 19, "9 000"):
            with self.subTest(code=code):
                self.assert_refused("at most 18 digits", code)

    def test_a_blocked_relation_and_a_prospect_are_refused(self):
        self.block(self.add_relation(Code="9000"))
        self.add_relation(Code="9001", Status="P")
        self.assert_refused("9000 is blocked", "9000")
        self.assert_refused("9001 .* is not a customer", "9001")

    def test_another_code_is_looked_up_as_well(self):
        self.add_relation(Code="9000")
        second = self.add_relation(Code="9001")
        chosen = self.choose("9000")
        with self.enter_registry_test_mode():
            with self.assert_refuses(ValidationError, "no relation 9002"):
                chosen.code = "9002"
            chosen.code = "9001"
        self.assertEqual(chosen.customer_id.remote_id, second["ID"])

    def test_the_check_button_says_what_became_of_the_relation(self):
        made = self.add_relation(Code="9000", Name="Webwinkel")
        chosen = self.choose("9000")
        self.edit_relation(made, Name="Consumenten")
        with self.enter_registry_test_mode():
            chosen.action_check()
            self.assertEqual(chosen.customer_id.name, "Consumenten")
            self.block(made)
            with self.assert_refuses(ValidationError, "is blocked"):
                chosen.action_check()

    def test_one_debtor_for_a_country(self):
        belgium = self.env.ref("base.be").id
        self.add_relation(Code="9000")
        self.choose("9000")
        self.choose("9000", country_id=belgium)
        self.assertEqual(len(self.link.collective_ids.customer_id), 1)
        for values in ({}, {"country_id": belgium}):
            with (
                self.subTest(**values),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
            ):
                self.choose("9000", **values)

    def test_when_exact_cannot_be_asked_the_choice_is_refused(self):
        self.box.exact.control_revoke(exact_demo.USER_NL)
        with self.assertRaises(UserError):
            self.choose("9000")

    def test_a_chosen_debtor_cannot_be_forgotten(self):
        self.add_relation(Code="9000")
        chosen = self.choose("9000")
        with self.assert_refuses(UserError, "collective debtor of a link"):
            chosen.customer_id.action_forget()
        customer = chosen.customer_id
        chosen.unlink()
        customer.action_forget()
        self.assertFalse(customer.exists())

    def test_it_is_chosen_in_the_form(self):
        made = self.add_relation(Code="9000")
        with self.enter_registry_test_mode():
            with Form(self.link) as form, form.collective_ids.new() as line:
                line.code = "9000"
            self.assertEqual(self.link.collective_ids.customer_id.remote_id, made["ID"])

    def test_choices_of_another_administration_are_left_behind(self):
        self.add_relation(Code="9000")
        self.choose("9000")
        administration = self.link.administration_id
        self.link.default_payment_condition_id = administration.payment_condition_ids[0]
        self.link.default_vat_code_id = administration.vat_code_ids.filtered(
            lambda row: row.code == "2"
        )
        self.link.administration_id = self.make_administration(
            administration.connection_id, exact_demo.SECOND
        )
        self.assertFalse(self.link.collective_ids)
        self.assertFalse(self.link.default_payment_condition_id)
        self.assertFalse(self.link.default_vat_code_id)


class TestDefaults(CustomerCase):
    def test_a_new_relation_gets_the_defaults(self):
        link = self.make_link(start=False)
        administration = link.administration_id
        condition = administration.payment_condition_ids[-1]
        code = administration.vat_code_ids.filtered(lambda row: row.code == "2")
        link.write(
            {
                "default_payment_condition_id": condition.id,
                "default_vat_code_id": code.id,
                "default_language": "FR",
            }
        )
        link.action_start()
        number = self.add_consumer_order()
        self.run_link(link)
        self.debtor(number)
        [account] = self.relations(EMAIL)
        table = self.box.exact.state.division(exact_demo.MAIN)["Accounts"]
        account = table.get(account["ID"])
        self.assertEqual(account["PaymentConditionSales"], condition.code)
        self.assertEqual(account["SalesVATCode"].strip(), "2")
        self.assertEqual(account["Language"], "NL")
        policy = link._customer_policy()
        self.assertEqual(policy.language, "FR")

    def test_defaults_that_exact_would_refuse_are_refused_here(self):
        link = self.make_link(start=False)
        codes = link.administration_id.vat_code_ids
        for code in ("19", "5"):
            with self.assert_refuses(ValidationError, "blocked or for purchases"):
                link.default_vat_code_id = codes.filtered(
                    lambda row, code=code: row.code == code
                )
        for language in ("n1", "x", "é!"):
            with self.assert_refuses(ValidationError, "two letters"):
                link.default_language = language

    def test_a_default_that_exact_blocked_since_is_missing(self):
        link = self.make_link(start=False)
        code = link.administration_id.vat_code_ids.filtered(lambda row: row.code == "6")
        link.default_vat_code_id = code
        self.assertEqual(link.missing_text, "")
        self.box.exact.control_block_vat_code(exact_demo.MAIN, "6")
        with self.enter_registry_test_mode():
            link.administration_id.action_refresh()
        self.assertIn("of new relations is blocked", link.missing_text)

    def test_a_copy_of_a_link_has_no_collective_debtors_of_its_own_yet(self):
        link = self.collective_link()
        link.active = False
        copied = link.copy({"state": "draft"})
        self.assertEqual(copied.customer_policy, "collective")
        self.assertFalse(copied.collective_ids)
        self.assertEqual(link.collective_ids.code, "9000")
