"""What ordinary work costs: calls to the vendors first, then statements."""

from unittest.mock import patch

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase
from tests.addon.invoice_case import InvoiceCase

LIGHTSPEED = "lightspeed"

# What a further order of a known customer may cost: some more than it does today.
STATEMENTS = 45
# The same as a sales invoice of two known articles, left open.
INVOICE_STATEMENTS = 55
# And finalised, which is a write of its own.
PRINT_STATEMENTS = 65


class CostCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        # What is counted here are calls, not how many of them fall in one minute.
        self.box.exact.control_set_limits(minute=100_000, day=1_000_000)

    def cost(self, link):
        """Run once; returns how often the shop and Exact were called."""
        since = self.box.calls.last
        self.run_link(link)
        return (
            len(self.calls(service=LIGHTSPEED, since=since)),
            len(self.calls(path="/api/v1/", since=since)),
        )

    def look(self, link):
        link.next_poll_at = fields.Datetime.now()
        return self.cost(link)

    def statements_each(self, link, add):
        """Return how many statements an order more takes."""
        costs = []
        for count in (5, 15):
            for _each in range(count):
                add()
            before = self.cr.sql_log_count
            self.look(link)
            costs.append(self.cr.sql_log_count - before)
            self.assertEqual(set(link.order_ids.mapped("state")), {"booked"})
        return (costs[1] - costs[0]) / 10


class TestCost(CostCase):
    def test_a_look_without_news_reads_both_lists(self):
        link = self.make_link()
        self.look(link)
        self.assertEqual(self.look(link), (2, 0))
        link.credits = "off"
        self.look(link)
        self.assertEqual(self.look(link), (1, 0))

    def test_an_order_of_a_known_customer_costs_a_call_on_each_side(self):
        link = self.make_link()
        self.add_order()
        self.look(link)
        looks, nothing = self.look(link)
        self.add_order()
        self.assertEqual(self.look(link), (looks + 1, nothing + 1))

    def test_ten_new_customers_cost_two_calls_each_and_one_together(self):
        link = self.make_link()
        self.look(link)
        looks, _nothing = self.look(link)
        for number in range(10):
            self.add_order(
                customer={"email": f"klant{number}@example.com", "lastname": "Klant"}
            )
        self.assertEqual(self.look(link), (looks + 10, 21))

    def test_statements_do_not_grow_with_the_orders(self):
        link = self.make_link()
        self.add_order()
        self.look(link)
        each = self.statements_each(link, self.add_order)
        self.assertLess(each, STATEMENTS)

    def test_how_vat_stands_is_added_up_only_where_it_matters(self):
        link = self.make_link()
        for _each in range(3):
            self.add_order()
        entities = self.registry["lightspeed.exact.entity"]
        sums = entities._booked_sums
        asked = []

        def counted(entity, *values, **options):
            asked.append(entity.ids)
            return sums(entity, *values, **options)

        with patch.object(entities, "_booked_sums", counted):
            self.look(link)
        self.assertFalse(asked)


class TestInvoiceCost(CostCase, InvoiceCase):
    """An order as a sales invoice: what it adds to the calls of the shop."""

    ARTICLE = {"title": "Mok", "quantity": 1, "unit_incl": "12.10", "rate": "0.21"}

    def order_of(self, *codes):
        return self.add_order(
            *[{**self.ARTICLE, "article_code": code} for code in codes]
        )

    def exact_cost(self, link):
        return self.look(link)[1]

    def test_known_articles_cost_one_call_and_finalising_two_more(self):
        link = self.make_invoice_link()
        printing = self.make_profile(
            link.administration_id, finalise="print", send_by="email"
        )
        self.order_of("MOK-1", "MOK-2")
        self.look(link)
        for profile, cost in ((link.invoice_profile_id, 1), (printing, 3)):
            link.invoice_profile_id = profile
            for _again in range(2):
                self.order_of("MOK-1", "MOK-2")
                self.assertEqual(self.exact_cost(link), cost)

    def test_new_articles_cost_a_look_up_together_and_a_call_each(self):
        link = self.make_invoice_link()
        self.order_of("MOK-1")
        self.look(link)
        self.order_of("MOK-1", *[f"NIEUW-{number}" for number in range(5)])
        self.assertEqual(self.exact_cost(link), 1 + 5 + 1)

    def test_articles_that_exact_has_cost_a_look_up_together(self):
        link = self.make_invoice_link()
        self.order_of("MOK-1")
        self.look(link)
        codes = [f"EXACT-{number}" for number in range(5)]
        for code in codes:
            self.box.exact.control_add_item(exact_demo.MAIN, Code=code)
        self.order_of(*codes)
        self.assertEqual(self.exact_cost(link), 1 + 1)

    def test_general_items_cost_calls_for_the_first_order_only(self):
        link = self.make_invoice_link({"item_strategy": "general"})
        self.order_of("MOK-1")
        self.look(link)
        self.order_of("NIEUW-1", "NIEUW-2")
        self.assertEqual(self.exact_cost(link), 1)

    def test_statements_do_not_grow_with_the_orders(self):
        link = self.make_invoice_link()
        self.order_of("MOK-1", "MOK-2")
        self.look(link)
        each = self.statements_each(link, lambda: self.order_of("MOK-1", "MOK-2"))
        self.assertLess(each, INVOICE_STATEMENTS)

    def test_statements_do_not_grow_with_the_invoices_that_are_finalised(self):
        link = self.make_invoice_link({"finalise": "print", "send_by": "email"})
        self.order_of("MOK-1", "MOK-2")
        self.look(link)
        each = self.statements_each(link, lambda: self.order_of("MOK-1", "MOK-2"))
        self.assertLess(each, PRINT_STATEMENTS)
