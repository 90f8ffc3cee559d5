"""Choices about customers: VAT numbers, collective debtors, guests, defaults."""

from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from sandbox.exact import demo as exact_demo
from tests.addon import test_once
from tests.addon.connector_case import ConnectorCase
from tests.addon.once_case import RELATION, SETTLED, SPACED, Killed, OnceCase, die

EMAIL = "bakker@example.com"
NUMBER = "BE0123456749"
KEY = f"vat:{NUMBER}"
DUTCH = "NL000099995B84"


class CustomerCase(ConnectorCase):
    def add_relation(self, **values):
        return self.box.exact.control_add_account(
            exact_demo.MAIN, **{"Name": "Relatie", **values}
        )

    def edit_relation(self, relation, **values):
        self.box.exact.control_edit_account(exact_demo.MAIN, relation["ID"], **values)

    def block(self, relation, blocked=True):
        table = self.box.exact.state.division(exact_demo.MAIN)["Accounts"]
        table.update(table.get(relation["ID"]), {"Blocked": blocked})

    def accounts(self, **values):
        """Return the relations in Exact with these values."""
        return [
            row
            for row in self.box.exact.control_accounts(exact_demo.MAIN)
            if all(row[name] == value for name, value in values.items())
        ]

    def add_collective(self, link, code="9000", country=None, **values):
        """Make a relation in Exact and choose it as collective debtor."""
        made = self.add_relation(Code=code, Name=f"Webwinkel {code}", **values)
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {
                    "link_id": link.id,
                    "code": code,
                    "country_id": country and self.env.ref(f"base.{country}").id,
                }
            )
        return made

    def collective_link(self, **values):
        link = self.make_link(start=False, customer_policy="collective", **values)
        self.add_collective(link)
        return link

    def reverse_charge_link(self, **values):
        """Return a link that can book intra-Community supplies."""
        link = self.make_link(start=False, **values)
        administration = link.administration_id
        account = administration.gl_account_ids.filtered(lambda row: row.code == "8020")
        code = administration.vat_code_ids.filtered(lambda row: row.code == "7")
        self.env["lightspeed.exact.ledger.rule"].create(
            {
                "link_id": link.id,
                "treatment": "reverse_charge",
                "any_rate": True,
                "gl_account_id": account.id,
                "vat_code_id": code.id,
            }
        )
        link.action_start()
        return link

    def add_company_order(self, **customer):
        """Place an order of a Belgian company under reverse charge."""
        values = {
            "email": EMAIL,
            "company": "Bakkerij BV",
            "vat_number": NUMBER,
            "street": "Kade",
            "number": "2",
            "zipcode": "2000",
            "city": "Antwerpen",
            "country": "be",
            **customer,
        }
        return self.add_order(("Oven", 1, "100.00", "0"), customer=values)["number"]

    def add_dutch_order(self, **customer):
        values = {
            "email": EMAIL,
            "company": "Bakkerij BV",
            "vat_number": DUTCH,
            "city": "Utrecht",
            "country": "nl",
            **customer,
        }
        return self.add_order(customer=values)["number"]

    def add_consumer_order(self, country="nl", **customer):
        return self.add_order(
            customer={
                "email": EMAIL,
                "lastname": "Bakker",
                "country": country,
                **customer,
            }
        )["number"]

    def debtor(self, number, total="49.90"):
        """Return the ID of the relation on which an order is booked."""
        self.assert_booked(number, total)
        return self.entries()[number]["Customer"]

    def assert_held(self, number, code):
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("held", code), order.reason)
        self.assertNotIn("?", order.reason)
        self.assertNotIn(number, self.entries())
        return order

    def retry(self, number):
        with self.enter_registry_test_mode():
            self.order(number).action_retry()

    def remembered(self, key=KEY):
        return self.env["exact.customer"].search([("identity", "=", key)])


class TestReverseCharge(CustomerCase):
    def book(self, link, **customer):
        number = self.add_company_order(**customer)
        self.run_link(link)
        return self.debtor(number, "100.00")

    def test_an_unknown_company_is_made_with_its_vat_number(self):
        debtor = self.book(self.reverse_charge_link())
        [account] = self.accounts(VATNumber=NUMBER)
        self.assertEqual(account["ID"], debtor)
        self.assertEqual(account["Name"], "Bakkerij BV")
        remembered = self.remembered()
        self.assertEqual(
            (remembered.remote_id, remembered.vat_number, remembered.origin),
            (debtor, NUMBER, "created"),
        )
        self.assertEqual(remembered.display_name, "Bakkerij BV")
        self.assertEqual(remembered.known_by, f"VAT number {NUMBER}")

    def test_the_relation_of_a_consumer_with_the_same_address_is_never_used(self):
        consumer = self.add_relation(Email=EMAIL)
        link = self.reverse_charge_link()
        debtor = self.book(link)
        self.assertNotEqual(debtor, consumer["ID"])
        self.assertEqual(self.accounts(VATNumber=NUMBER)[0]["ID"], debtor)
        # The consumer keeps the relation of before.
        number = self.add_consumer_order()
        self.run_link(link)
        self.assertEqual(self.debtor(number), consumer["ID"])

    def test_a_consumer_who_was_met_here_first_keeps_a_relation_apart(self):
        link = self.reverse_charge_link()
        number = self.add_consumer_order()
        self.run_link(link)
        consumer = self.debtor(number)
        self.assertNotEqual(self.book(link), consumer)
        self.assertEqual(len(self.relations(EMAIL)), 2)

    def test_a_relation_with_the_number_is_used_whatever_its_address(self):
        made = self.add_relation(
            VATNumber=NUMBER, Country="BE", Email="boekhouding@example.com"
        )
        self.assertEqual(self.book(self.reverse_charge_link()), made["ID"])
        self.assertFalse(self.relations(EMAIL))

    def test_a_number_that_the_customer_writes_otherwise_is_the_same_one(self):
        made = self.add_relation(VATNumber=NUMBER, Country="BE")
        link = self.reverse_charge_link()
        for written in ("BE 0123.456.749", "be0123456749", "0123456749", "BE123456749"):
            with self.subTest(written=written):
                self.assertEqual(self.book(link, vat_number=written), made["ID"])
        self.assertEqual(len(self.remembered()), 1)

    def test_a_number_that_the_bookkeeper_wrote_otherwise_is_found_by_address(self):
        made = self.add_relation(Email=EMAIL, Country="BE")
        table = self.box.exact.state.division(exact_demo.MAIN)["Accounts"]
        table.update(table.get(made["ID"]), {"VATNumber": "BE 0123.456.749"})
        self.assertEqual(self.book(self.reverse_charge_link()), made["ID"])

    def test_of_several_relations_the_customer_with_the_lowest_number_is_used(self):
        belgian = {"VATNumber": NUMBER, "Country": "BE"}
        self.add_relation(Code="50", Status="P", **belgian)
        self.add_relation(Code="200", **belgian)
        wanted = self.add_relation(Code="90", **belgian)
        self.assertEqual(self.book(self.reverse_charge_link()), wanted["ID"])

    def test_a_blocked_relation_is_held_and_no_other_one_made(self):
        made = self.add_relation(VATNumber=NUMBER, Country="BE")
        self.block(made)
        link = self.reverse_charge_link()
        number = self.add_company_order()
        self.run_link(link)
        self.assert_held(number, "relation_blocked")
        self.assertFalse(self.calls("POST", RELATION))
        self.block(made, False)
        self.retry(number)
        self.assertEqual(self.debtor(number, "100.00"), made["ID"])

    def test_a_prospect_is_held(self):
        self.add_relation(VATNumber=NUMBER, Country="BE", Status="P")
        link = self.reverse_charge_link()
        number = self.add_company_order()
        self.run_link(link)
        self.assert_held(number, "relation_not_customer")

    def test_a_number_that_was_changed_in_exact_is_noticed_within_a_day(self):
        made = self.add_relation(VATNumber=NUMBER, Country="BE")
        link = self.reverse_charge_link()
        self.assertEqual(self.book(link), made["ID"])
        first = self.remembered()
        self.edit_relation(made, VATNumber="BE0999999922")
        self.forget_the_time(first)
        debtor = self.book(link)
        self.assertNotEqual(debtor, made["ID"])
        self.assertEqual(self.accounts(VATNumber=NUMBER)[0]["ID"], debtor)
        # The order of before still names the relation on which it is booked.
        self.assertEqual(first.order_ids.mapped("state"), ["booked"])
        self.assertEqual(first.remote_id, made["ID"])
        self.assertEqual(self.remembered().remote_id, debtor)

    def forget_the_time(self, customer):
        customer.checked_at -= timedelta(hours=25)
        self.env.flush_all()

    def test_a_relation_that_was_blocked_since_is_noticed_within_a_day(self):
        made = self.add_relation(VATNumber=NUMBER, Country="BE")
        link = self.reverse_charge_link()
        self.book(link)
        self.block(made)
        self.forget_the_time(self.remembered())
        number = self.add_company_order()
        self.run_link(link)
        self.assert_held(number, "relation_blocked")

    def test_a_relation_that_was_deleted_is_made_again(self):
        link = self.reverse_charge_link()
        number = self.add_company_order()
        self.run_link(link)
        entry = self.entries()[number]
        self.box.exact.control_delete_entry(exact_demo.MAIN, entry["EntryID"])
        self.box.exact.control_delete_account(exact_demo.MAIN, entry["Customer"])
        self.forget_the_time(self.remembered())
        debtor = self.book(link)
        self.assertNotEqual(debtor, entry["Customer"])
        self.assertEqual(
            [row["ID"] for row in self.accounts(VATNumber=NUMBER)], [debtor]
        )

    def test_a_number_is_read_once_a_day(self):
        self.add_relation(VATNumber=NUMBER, Country="BE")
        link = self.reverse_charge_link()
        self.book(link)
        for expected in (0, 0):
            since = self.box.calls.last
            self.book(link)
            self.assertEqual(len(self.calls(path=RELATION, since=since)), expected)
        self.forget_the_time(self.remembered())
        for expected in (1, 0):
            since = self.box.calls.last
            self.book(link)
            self.assertEqual(len(self.calls(path=RELATION, since=since)), expected)

    def test_a_new_company_costs_one_look_up(self):
        link = self.reverse_charge_link()
        since = self.box.calls.last
        self.book(link)
        calls = [call["method"] for call in self.calls(since=since)]
        self.assertEqual(calls, ["GET", "POST", "POST"])

    def test_the_relation_of_a_company_at_home_is_not_used_without_its_number(self):
        """Charged VAT, the relation by e-mail address will do; not so afterwards."""
        link = self.reverse_charge_link(match_vat_number=True)
        made = self.add_relation(Email=EMAIL, Country="BE")
        account = link.administration_id.gl_account_ids.filtered(
            lambda row: row.code == "8050"
        )
        code = link.administration_id.vat_code_ids.filtered(
            lambda row: row.code == "BE1"
        )
        self.env["lightspeed.exact.ledger.rule"].create(
            {
                "link_id": link.id,
                "treatment": "oss",
                "rate": 0.21,
                "gl_account_id": account.id,
                "vat_code_id": code.id,
            }
        )
        values = {"vat_number": NUMBER, "company": "Bakkerij BV"}
        number = self.add_consumer_order(country="be", **values)
        self.run_link(link)
        self.assertEqual(self.debtor(number), made["ID"])
        debtor = self.book(link)
        self.assertNotEqual(debtor, made["ID"])
        # From now on the number has a relation of its own.
        number = self.add_consumer_order(country="be", **values)
        self.run_link(link)
        self.assertEqual(self.debtor(number), debtor)

    def test_a_company_needs_no_e_mail_address(self):
        debtor = self.book(self.reverse_charge_link(), email="")
        self.assertEqual(self.accounts(VATNumber=NUMBER)[0]["ID"], debtor)


class TestCompanies(CustomerCase):
    def test_a_company_is_known_by_its_vat_number_first(self):
        by_number = self.add_relation(VATNumber=DUTCH, Email="ander@example.com")
        self.add_relation(Email=EMAIL)
        number = self.add_dutch_order()
        self.run_link(self.make_link())
        self.assertEqual(self.debtor(number), by_number["ID"])

    def test_without_the_choice_a_company_is_known_by_e_mail_address(self):
        self.add_relation(VATNumber=DUTCH, Email="ander@example.com")
        by_email = self.add_relation(Email=EMAIL)
        number = self.add_dutch_order()
        self.run_link(self.make_link(match_vat_number=False))
        self.assertEqual(self.debtor(number), by_email["ID"])

    def test_a_company_whose_number_exact_does_not_have_is_known_by_address(self):
        by_email = self.add_relation(Email=EMAIL)
        link = self.make_link()
        numbers = [self.add_dutch_order() for _again in range(2)]
        since = self.box.calls.last
        self.run_link(link)
        for number in numbers:
            self.assertEqual(self.debtor(number), by_email["ID"])
        self.assertEqual(len(self.calls("GET", RELATION, since=since)), 1)

    def test_a_company_known_here_by_address_stays_that_relation(self):
        link = self.make_link(match_vat_number=False)
        number = self.add_dutch_order(vat_number="")
        self.run_link(link)
        debtor = self.debtor(number)
        self.box.exact.control_edit_account(
            exact_demo.MAIN, debtor, Email="anders@example.com"
        )
        link.match_vat_number = True
        number = self.add_dutch_order()
        self.run_link(link)
        self.assertEqual(self.debtor(number), debtor)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)

    def test_another_company_with_the_same_address_has_its_own_relation(self):
        other = self.add_relation(Email=EMAIL, VATNumber="NL123456782B90")
        number = self.add_dutch_order()
        self.run_link(self.make_link())
        self.assertNotEqual(self.debtor(number), other["ID"])

    def test_a_returning_company_costs_one_call_at_each_side(self):
        link = self.make_link()
        self.add_dutch_order()
        self.run_link(link)
        since = self.box.calls.last
        self.debtor(self.add_and_run(link))
        self.assertEqual(
            [(call["method"], call["path"].rpartition("/")[2]) for call in
             self.calls(since=since)],
            [("POST", "SalesEntries")],
        )  # fmt: skip

    def add_and_run(self, link):
        number = self.add_dutch_order()
        self.run_link(link)
        return number

    def test_companies_of_two_links_share_their_relation(self):
        link = self.make_link(reference_prefix="A-")
        self.add_dutch_order()
        self.run_link(link)
        self.shop_number = self.box.lightspeed.control_add_shop(
            "tweede", key="5" * 32, secret="6" * 32
        )["shop"]
        self.add_dutch_order()
        other = self.make_link(
            shop=self.make_shop(api_key="5" * 32, api_secret="6" * 32),
            administration=link.administration_id,
            reference_prefix="B-",
        )
        self.run_link(other)
        self.assertEqual(len(self.entries()), 2)
        self.assertEqual(len({e["Customer"] for e in self.entries().values()}), 1)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)


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


class TestOnce(CustomerCase, OnceCase):
    """A relation by VAT number is made once, whatever happens on the way."""

    def test_a_relation_whose_answer_was_lost_is_made_once(self):
        for kind, total in (("lost_after", 1), ("truncated", 1), ("lost_before", 2)):
            with self.subTest(kind=kind):
                link = self.env["lightspeed.exact.link"].search([])
                link = link or self.reverse_charge_link()
                number = self.add_company_order(**self.next_company())
                since = self.box.calls.last
                self.fault(kind, RELATION)
                self.run_link(link)
                self.assertNotIn(number, self.entries())
                self.come_back(link, SETTLED, SPACED)
                self.assert_booked(number, "100.00")
                self.assertEqual(len(self.accounts(VATNumber=self.vat_number)), 1)
                posted = self.calls("POST", RELATION, since=since)
                self.assertEqual(len(posted), total)

    def next_company(self):
        """Return another company, with the e-mail address of the one before."""
        base = int(getattr(self, "vat_number", "BE0123456600")[2:-2]) + 1
        self.vat_number = f"BE{base:08d}{97 - base % 97:02d}"
        return {"vat_number": self.vat_number}

    def test_a_relation_of_a_consumer_is_never_taken_for_the_lost_one(self):
        link = self.reverse_charge_link()
        self.add_relation(Email=EMAIL)
        number = self.add_company_order()
        self.fault("lost_before", RELATION)
        self.run_link(link)
        self.come_back(link, SETTLED, SPACED)
        self.assert_booked(number, "100.00")
        self.assertEqual(len(self.accounts(VATNumber=NUMBER)), 1)

    def test_the_relation_of_a_company_is_never_taken_for_a_lost_consumer(self):
        link = self.reverse_charge_link()
        consumer = self.add_consumer_order()
        self.fault("lost_before", RELATION)
        self.run_link(link)
        company = self.add_company_order()
        self.run_link(link)
        self.assert_booked(company, "100.00")
        self.come_back(link, SETTLED, SPACED)
        self.assert_booked(consumer, "49.90")
        # It did not land: by then Exact knows the address, and one relation has it.
        operation = self.env["lightspeed.exact.operation"].search(
            [("kind", "=", "relation"), ("reference", "=", EMAIL)]
        )
        self.assertEqual((operation.state, operation.adopted), ("ready", False))
        self.assertEqual(self.order(consumer).customer_id.origin, "found")
        self.assertEqual(len(self.relations(EMAIL)), 1)

    def test_a_lost_consumer_is_told_from_the_company_with_the_same_address(self):
        link = self.reverse_charge_link()
        consumer = self.add_consumer_order()
        self.fault("lost_after", RELATION)
        self.run_link(link)
        company = self.add_company_order()
        self.run_link(link)
        self.assert_booked(company, "100.00")
        self.come_back(link, SETTLED)
        self.assert_booked(consumer, "49.90")
        entries = self.entries()
        self.assertNotEqual(entries[consumer]["Customer"], entries[company]["Customer"])
        self.assertEqual(self.order(consumer).customer_id.origin, "created")
        self.assertEqual(len(self.relations(EMAIL)), 2)

    def test_a_process_killed_at_any_instruction_makes_one_relation(self):
        """A company whose remembered relation got another number in Exact meanwhile."""
        link = self.reverse_charge_link()
        points = 0
        for point in range(1, 100):
            other = self.next_company()["vat_number"]
            made = self.add_relation(VATNumber=other, Country="BE")
            first = self.add_company_order(vat_number=other)
            self.run_link(link)
            self.assert_booked(first, "100.00")
            self.edit_relation(made, VATNumber=f"BE0{made['Code'].strip():0>9}")
            self.remembered(f"vat:{other}").checked_at -= timedelta(hours=25)
            self.env.flush_all()
            number = self.add_company_order(vat_number=other)
            try:
                with test_once.TestKilled.killed_at(self, point):
                    self.run_link(link)
            except Killed:
                points += 1
            else:
                break
            for wait in (SETTLED, SPACED, SPACED):
                if self.order(number).state != "booked":
                    self.come_back(link, wait)
            with self.subTest(point=point):
                self.assert_booked(number, "100.00")
                [account] = self.accounts(VATNumber=other)
                self.assertEqual(self.entries()[number]["Customer"], account["ID"])
        self.assertGreater(points, 15)

    def test_a_relation_that_was_made_but_not_remembered_is_not_made_again(self):
        number = self.add_company_order()
        link = self.reverse_charge_link()
        customers = type(self.env["exact.customer"])
        with patch.object(customers, "_remember", die):
            self.run_and_die(link)
        self.run_link(link)
        self.assert_booked(number, "100.00")
        self.assertEqual(len(self.calls("POST", RELATION)), 1)

    def test_two_orders_of_one_new_company_make_one_relation(self):
        numbers = [self.add_company_order() for _again in range(2)]
        link = self.reverse_charge_link()
        self.fault("lost_after", RELATION)
        self.run_link(link)
        self.come_back(link, SETTLED)
        for number in numbers:
            self.assert_booked(number, "100.00")
        self.assertEqual(len(self.accounts(VATNumber=NUMBER)), 1)

    def test_the_retry_button_makes_no_second_relation(self):
        link = self.reverse_charge_link()
        number = self.add_company_order()
        self.fault("lost_after", RELATION)
        self.run_link(link)
        self.retry(number)
        self.assert_booked(number, "100.00")
        self.assertEqual(len(self.accounts(VATNumber=NUMBER)), 1)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)
