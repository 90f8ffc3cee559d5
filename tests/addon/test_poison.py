"""Poison orders: kept raw, held or tried again with a reason, and in nobody's way."""

import json
import random
from unittest.mock import patch

from odoo.addons.lightspeed_exact_connector.accounting.money import dumps, loads
from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from tests.accounting import anything
from tests.addon.connector_case import ConnectorCase
from tests.clients.test_fuzz import EXAMPLES

#: What a row of the list may be instead of an order, as raw JSON.
NO_ORDERS = (
    "null",
    "7",
    '"x"',
    "[]",
    "{}",
    '{"id": null}',
    '{"id": -0.5e999999999999999999999}',
    '{"id": NaN}',
    '{"id": [1]}',
    '{"id": {"id": 1}}',
    '{"id": true}',
    '{"id": ""}',
    '{"id": "\\u0000"}',
    '{"id": "\\ud800"}',
    '{"id": ' + "9" * 5000 + "}",
    '{"id": false, "number": "\\u0000\\ud83d", "email": "\\u0000"}',
    '{"number": "ORD9", "createdAt": "0000-00-00", "priceIncl": Infinity}',
    '{"id": ' + "[" * 200 + "1" + "]" * 200 + "}",
)
#: What an order that has an id may have beside it, as raw JSON.
ODD_VALUES = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "1e9999999999999999999",
    "9" * 5000,
    '"\\u0000"',
    '"\\ud800"',
    '"\\u202e"',
    "null",
    "true",
    "-5",
    "1e-400",
    "[]",
    "{}",
    "[" * 90 + "]" * 90,
    "[" * 300 + "]" * 300,
    '"0000-00-00T00:00:00+00:00"',
    '"9999-12-31T23:59:59-14:00"',
    '"XXX"',
    '"' + "x" * 100_000 + '"',
)
FIELDS = ("number", "priceIncl", "createdAt", "status", "email", "customer", "products")


class PoisonCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.tried = 0

    def good(self, name):
        return self.add_order(customer={"email": f"{name}@example.com"})["number"]

    def run_to_the_end(self, link):
        """Work until nothing is left, over the quota of some minutes."""
        for _minute in range(30):
            self.run_link(link)
            if not link.ready_count:
                break
            self.later(61)

    def assert_good_ones_booked(self, numbers):
        for number in numbers:
            self.assert_booked(number, "49.90")

    def assert_accounted_for(self, link):
        """Assert that every order has a state, and one that is not booked a reason."""
        for order in link.order_ids:
            self.assertIn(
                order.state, ("booked", "held", "failed", "waiting", "skipped")
            )
            if order.state in ("held", "failed"):
                self.assertTrue(order.reason_code)
                self.assertTrue(order.reason)
                self.assertTrue(order.advice)
        link.order_ids.read()


class TestPoisonRows(PoisonCase):
    def answers(self, path, text):
        """Let the body of an answer be another text on its way to the addon."""
        request = Transport.request

        def bending(transport, method, url, **kwargs):
            answer = request(transport, method, url, **kwargs)
            if path in url and answer.status < 300:
                object.__setattr__(answer, "text", text(answer.text))
            return answer

        return patch.object(Transport, "request", bending)

    def test_rows_that_are_no_orders_are_kept_once_and_stop_nothing(self):
        numbers = [self.good("eerste"), self.good("tweede")]
        link = self.make_link()

        def spoil(text):
            rows = json.loads(text)["orders"]
            written = [json.dumps(row) for row in rows]
            return '{"orders": [' + ", ".join([*NO_ORDERS, *written]) + "]}"

        with self.answers("/orders.json", spoil):
            for _twice in range(2):
                self.run_link(link)
                link.next_poll_at = False
        self.assert_good_ones_booked(numbers)
        self.assert_accounted_for(link)
        kept = link.order_ids.filtered(lambda order: order.remote_id.startswith("?"))
        # Those that are the same to the letter are one.
        self.assertGreaterEqual(len(kept), len(NO_ORDERS) - 3)
        self.assertEqual(set(kept.mapped("state")), {"held"})
        self.assertTrue(all(kept.mapped("payload")))
        self.assertEqual(link.problem_code, "unreadable_rows")
        # A person who retries learns the same; one who skips has done with it.
        with self.enter_registry_test_mode():
            kept[0].action_retry()
        self.assertEqual(kept[0].state, "held")
        kept[0].skip_reason = "Bestaat niet"
        kept[0].action_skip()
        self.assertEqual(kept[0].state, "skipped")
        self.run_link(link)
        self.assertFalse(link.problem_code)

    def test_odd_values_in_the_list_and_in_the_order_stop_nothing(self):
        placed = [
            (field, value, self.good(f"klant{place}"))
            for place, (field, value) in enumerate(
                (field, value) for field in FIELDS for value in ODD_VALUES
            )
        ]
        numbers = [self.good("eerste"), self.good("laatste")]
        spoiled = {number: (field, value) for field, value, number in placed}
        link = self.make_link()

        def spoil(text):
            data = json.loads(text)
            rows = data.get("orders", [data.get("order")])
            for row in rows:
                if isinstance(row, dict) and row.get("number") in spoiled:
                    field, _value = spoiled[row["number"]]
                    row[field] = f"@@{row['number']}@@"
            written = json.dumps(data)
            for number, (_field, value) in spoiled.items():
                written = written.replace(f'"@@{number}@@"', value)
            return written

        with self.answers("/orders", spoil):
            self.run_to_the_end(link)
        self.assert_good_ones_booked(numbers)
        self.assert_accounted_for(link)
        self.assertEqual(len(link.order_ids), len(placed) + len(numbers))
        self.assertGreater(link.held_count, 50)
        # Repaired in the shop and retried by a person: booked.
        bad = link.order_ids.filtered(lambda order: order.state in ("held", "failed"))
        with self.enter_registry_test_mode():
            bad[:5].action_retry()
        self.assertEqual(set(bad[:5].mapped("state")), {"booked"})


class TestMutatedOrders(PoisonCase):
    """Mutations of orders, a field or two at a time, among good ones."""

    def test_mutated_orders_are_accounted_for_and_the_good_ones_booked(self):
        dice = random.Random(20261125)
        numbers, placed = [self.good("eerste")], []
        for place in range(min(4 * EXAMPLES, 400)):
            order = self.add_order(customer={"email": f"klant{place}@example.com"})
            placed.append(order["number"])
            payload = self.box.lightspeed.control_order(
                self.shop_number, order["number"]
            )
            payload = loads(dumps(payload))
            path = dice.choice(list(anything.places(payload)))
            value = dice.choice(anything.NASTY)
            text = json.dumps(
                {"order": anything.changed(payload, path, value)}, default=str
            )
            self.box.lightspeed.control_corrupt(
                self.shop_number, order["number"], body=text
            )
            if place % 20 == 0:
                numbers.append(self.good(f"goed{place}"))
        link = self.make_link()
        self.run_to_the_end(link)
        self.assert_good_ones_booked(numbers)
        self.assert_accounted_for(link)
        self.assertEqual(len(link.order_ids), len(placed) + len(numbers))
        booked = link.order_ids.filtered(lambda order: order.state == "booked")
        entries = self.box.exact.control_entries(link.administration_id.division)
        self.assertEqual(len(entries), len(booked))
        self.assertGreater(len(booked), len(numbers))
        self.assertGreater(link.held_count, 5)

    def test_a_huge_order_stops_nothing(self):
        huge = self.add_order()
        payload = self.box.lightspeed.control_order(self.shop_number, huge["number"])
        row = payload["products"]["resource"]["embedded"][0]
        row["productTitle"] = "Mok " * 2_500_000
        self.box.lightspeed.control_corrupt(
            self.shop_number, huge["number"], body=dumps({"order": payload})
        )
        many = self.add_order(customer={"email": "veel@example.com"})
        payload = self.box.lightspeed.control_order(self.shop_number, many["number"])
        rows = payload["products"]["resource"]["embedded"]
        payload["products"]["resource"]["embedded"] = rows * 5_000
        self.box.lightspeed.control_corrupt(
            self.shop_number, many["number"], body=dumps({"order": payload})
        )
        endless = self.add_order(customer={"email": "eindeloos@example.com"})
        self.box.lightspeed.control_corrupt(
            self.shop_number,
            endless["number"],
            body='{"order": {"memo": "%s"}}' % ("x" * 34 * 1024 * 1024),
        )
        number = self.good("goed")
        link = self.make_link()
        self.run_link(link)
        self.assert_good_ones_booked([number])
        self.assert_accounted_for(link)
        self.assertEqual(self.order(huge["number"]).state, "booked")
        # More lines than come to the total: its own list of lines was asked for.
        self.assertEqual(self.order(many["number"]).state, "booked")
        self.assertIn("larger than", self.order(endless["number"]).reason)
        self.assertEqual(self.order(endless["number"]).state, "failed")
