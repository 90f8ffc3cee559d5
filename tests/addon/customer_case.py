"""A case with relations, companies and collective debtors."""

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

EMAIL = "bakker@example.com"
NUMBER = "BE0123456749"
KEY = f"vat:{NUMBER}"
DUTCH = "NL000099995B84"


class CustomerCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.box.vies.control_add_number(NUMBER, "Bakkerij BV", "Gent")

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
