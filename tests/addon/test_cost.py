"""What ordinary work costs: calls to the vendors first, then statements."""

from unittest.mock import patch

from odoo import fields

from tests.addon.connector_case import ConnectorCase

LIGHTSPEED = "lightspeed"

# What a further order of a known customer may cost: some more than it does today.
STATEMENTS = 45


class TestCost(ConnectorCase):
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
        costs = []
        for count in (5, 15):
            for _each in range(count):
                self.add_order()
            before = self.cr.sql_log_count
            self.look(link)
            costs.append(self.cr.sql_log_count - before)
        each = (costs[1] - costs[0]) / 10
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
