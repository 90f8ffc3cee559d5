"""The customer: one relation for each e-mail address, found or made once."""

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

EMAIL = "anna@example.com"


class TestCustomer(ConnectorCase):
    def accounts(self, email=EMAIL):
        return self.relations(email)

    def add_relation(self, **values):
        return self.box.exact.control_add_account(
            exact_demo.MAIN,
            **{"Name": "Anna Voorbeeld", "Email": EMAIL, **values},
        )

    def customer(self, **values):
        return {
            "email": EMAIL,
            "firstname": "Anna",
            "lastname": "Voorbeeld",
            "street": "Dorpsstraat",
            "number": "1",
            "extension": "b",
            "zipcode": "1234 AB",
            "city": "Utrecht",
            "country": "nl",
            **values,
        }

    def book(self, link=None, **customer):
        """Book an order of a customer; returns its entry in Exact."""
        placed = self.add_order(customer=self.customer(**customer))
        self.run_link(link or self.make_link())
        self.assert_booked(placed["number"], "49.90")
        return self.entries()[placed["number"]]

    # === MADE === #
    def test_an_unknown_customer_is_made_with_status_c(self):
        entry = self.book(phone="+31 (0)30-1234567")
        [account] = self.accounts()
        self.assertEqual(entry["Customer"], account["ID"])
        self.assertEqual(account["Status"], "C")
        self.assertEqual(account["Name"], "Anna Voorbeeld")
        self.assertEqual(account["AddressLine1"], "Dorpsstraat 1 b")
        self.assertEqual(
            (account["Postcode"], account["City"], account["Country"].strip()),
            ("1234 AB", "Utrecht", "NL"),
        )
        self.assertEqual(account["Language"], "NL")
        remembered = self.env["exact.customer"].search([("identity", "=", EMAIL)])
        self.assertEqual(
            (remembered.origin, remembered.remote_id), ("created", account["ID"])
        )
        self.assertEqual(remembered.code, account["Code"].strip())

    def test_a_company_is_made_under_its_own_name_with_its_numbers(self):
        self.book(
            company="Lunchroom “De Kroes” & Zn.",
            vat_number="NL 0000.99995.B84",
            coc_number="00000003",
        )
        [account] = self.accounts()
        self.assertEqual(account["Name"], "Lunchroom “De Kroes” & Zn.")
        self.assertEqual(account["VATNumber"], "NL000099995B84")
        self.assertEqual(account["ChamberOfCommerce"], "00000003")

    def test_a_vat_number_without_its_form_is_left_out(self):
        self.book(company="Lunchroom", vat_number="volgt nog")
        [account] = self.accounts()
        self.assertFalse(account["VATNumber"])

    def test_the_language_is_that_of_the_order(self):
        self.box.lightspeed.control_set_languages(self.shop_number, ["nl", "de"], "nl")
        self.add_order(customer=self.customer(), language="de")
        self.run_link(self.make_link())
        self.assertEqual(self.accounts()[0]["Language"], "DE")

    def test_a_customer_without_an_address_is_made_all_the_same(self):
        placed = self.add_order(
            customer={"email": EMAIL, "firstname": "Anna", "lastname": "Voorbeeld"}
        )
        self.run_link(self.make_link())
        self.assert_booked(placed["number"], "49.90")
        self.assertFalse(self.accounts()[0]["AddressLine1"])

    def test_a_customer_without_a_name_is_known_by_the_address(self):
        placed = self.add_order(customer={"email": EMAIL})
        self.run_link(self.make_link())
        self.assert_booked(placed["number"], "49.90")
        self.assertEqual(self.accounts()[0]["Name"], EMAIL)

    def test_one_relation_is_made_for_orders_that_write_the_address_otherwise(self):
        link = self.make_link()
        numbers = [
            self.add_order(customer=self.customer(email=email))["number"]
            for email in (EMAIL, "Anna@Example.COM", " anna@example.com ")
        ]
        self.run_link(link)
        self.assertEqual(len(self.accounts()), 1)
        self.assertEqual(
            {self.entries()[number]["Customer"] for number in numbers},
            {self.accounts()[0]["ID"]},
        )

    # === FOUND === #
    def test_a_relation_that_exact_has_is_used(self):
        made = self.add_relation()
        entry = self.book()
        self.assertEqual(entry["Customer"], made["ID"])
        self.assertEqual(len(self.accounts()), 1)
        remembered = self.env["exact.customer"].search([("identity", "=", EMAIL)])
        self.assertEqual(remembered.origin, "found")

    def test_the_address_is_looked_for_as_typed_and_folded(self):
        link = self.make_link()
        typed = "Anna@EXAMPLE.com"
        made = self.add_relation(Email=typed)
        entry = self.book(link=link, email=f" {typed}")
        self.assertEqual(entry["Customer"], made["ID"])
        made = self.add_relation(Email="bram@example.com")
        entry = self.book(link=link, email="Bram@Example.com")
        self.assertEqual(entry["Customer"], made["ID"])

    def test_of_several_relations_the_customer_with_the_lowest_number_is_used(self):
        self.add_relation(Code="50", Status="P")
        self.add_relation(Code="200")
        wanted = self.add_relation(Code="90")
        self.assertEqual(self.book()["Customer"], wanted["ID"])

    def test_another_address_that_only_looks_alike_is_not_used(self):
        self.add_relation(Email="anna@example.com.au")
        self.add_relation(Email="joanna@example.com")
        self.book()
        self.assertEqual(len(self.accounts()), 1)

    def test_a_quote_in_the_address_is_no_trouble(self):
        email = "o'brien+test%20@example.com"
        made = self.add_relation(Email=email)
        self.assertEqual(self.book(email=email)["Customer"], made["ID"])

    def test_a_prospect_is_held_until_somebody_makes_it_a_customer(self):
        made = self.add_relation(Status="P", Code="77")
        placed = self.add_order(customer=self.customer())
        other = self.add_order(customer=self.customer(email="bram@example.com"))
        link = self.make_link()
        self.run_link(link)
        order = self.order(placed["number"])
        self.assertEqual((order.state, order.reason_code), self.not_customer)
        self.assertIn("Relation 77", order.reason)
        self.assertIn("status P", order.reason)
        self.assertIn("Customer", order.advice)
        self.assert_booked(other["number"], "49.90")
        self.assertEqual(len(self.accounts()), 1)
        self.box.exact.control_edit_account(exact_demo.MAIN, made["ID"], Status="C")
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assert_booked(placed["number"], "49.90")

    not_customer = ("held", "relation_not_customer")

    def test_a_blocked_relation_is_held_with_a_reason(self):
        table = self.box.exact.state.division(exact_demo.MAIN)["Accounts"]
        made = self.add_relation()
        table.update(table.get(made["ID"]), {"Blocked": True})
        placed = self.add_order(customer=self.customer())
        link = self.make_link()
        self.run_link(link)
        order = self.order(placed["number"])
        self.assertEqual(order.state, "held")
        self.assertEqual(order.reason_code, "relation_blocked")
        self.assertFalse(self.entries())
        self.assertEqual(len(self.accounts()), 1)
        table.update(table.get(made["ID"]), {"Blocked": False})
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assert_booked(placed["number"], "49.90")

    # === REMEMBERED === #
    def test_later_changes_are_pushed_neither_way(self):
        link = self.make_link()
        self.book(link=link)
        made = self.accounts()[0]
        self.box.exact.control_edit_account(
            exact_demo.MAIN, made["ID"], Name="Naam van de boekhouder"
        )
        self.book(link=link, lastname="Getrouwd", city="Zwolle")
        [account] = self.accounts()
        self.assertEqual(account["Name"], "Naam van de boekhouder")
        self.assertEqual(account["City"], "Utrecht")
        self.assertFalse(self.calls("PUT"))

    def test_a_customer_who_changed_the_address_in_exact_is_still_known(self):
        link = self.make_link()
        self.book(link=link)
        made = self.accounts()[0]
        self.box.exact.control_edit_account(
            exact_demo.MAIN, made["ID"], Email="anders@example.com"
        )
        self.assertEqual(self.book(link=link)["Customer"], made["ID"])

    def test_a_relation_that_is_forgotten_is_looked_up_again(self):
        link = self.make_link()
        self.book(link=link)
        made = self.accounts()[0]
        self.env["exact.customer"].search([]).action_forget()
        self.assertEqual(self.book(link=link)["Customer"], made["ID"])
        self.assertEqual(len(self.accounts()), 1)

    def test_a_relation_that_was_deleted_in_exact_is_made_again_when_forgotten(self):
        link = self.make_link()
        placed = self.add_order(customer=self.customer())
        self.run_link(link)
        entry = self.entries()[placed["number"]]
        self.box.exact.control_delete_entry(exact_demo.MAIN, entry["EntryID"])
        self.box.exact.control_delete_account(exact_demo.MAIN, entry["Customer"])
        again = self.add_order(customer=self.customer())
        self.run_link(link)
        order = self.order(again["number"])
        self.assertEqual(order.state, "held")
        self.assertIn("Ongeldige referentie: Klant", order.reason)
        self.env["exact.customer"].search([]).action_forget()
        # Only what was made a moment ago may be there without being shown.
        self.later(150)
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assert_booked(again["number"], "49.90")
        self.assertEqual(len(self.accounts()), 1)

    def test_each_administration_has_its_own_relation(self):
        link = self.make_link()
        self.book(link=link)
        self.shop_number = self.box.lightspeed.control_add_shop(
            "tweede", key="5" * 32, secret="6" * 32
        )["shop"]
        second = self.make_administration(
            link.administration_id.connection_id, exact_demo.SECOND
        )
        placed = self.add_order(customer=self.customer())
        shop = self.make_shop(api_key="5" * 32, api_secret="6" * 32)
        other = self.make_link(shop=shop, administration=second)
        self.run_link(other)
        self.assertEqual(
            self.order(placed["number"])[-1:].link_id.shop_id, link.shop_id
        )
        self.assertIn(placed["number"], self.entries(exact_demo.SECOND))
        self.assertEqual(len(self.relations(EMAIL, exact_demo.SECOND)), 1)
        self.assertEqual(len(self.accounts()), 1)
