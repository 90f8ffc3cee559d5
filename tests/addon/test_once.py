"""Promise 1: each order becomes at most one entry, each customer one relation."""

from decimal import Decimal
from unittest.mock import patch

from odoo import fields

from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import (
    ENTRY,
    RELATION,
    SETTLED,
    SPACED,
    Killed,
    OnceCase,
    die,
)


class TestLostAnswer(OnceCase):
    def test_an_entry_whose_answer_was_lost_is_found_and_adopted(self):
        link, number = self.lose("lost_after")
        self.assertEqual(self.order(number).state, "failed")
        self.assertEqual(self.operation(self.order(number)).state, "sending")
        self.come_back(link, SETTLED)
        order = self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 1)
        self.assertTrue(self.operation(order).adopted)
        entry = self.entries()[number]
        self.assertEqual(order.entry_number, str(entry["EntryNumber"]))
        self.assertEqual(order.booking_ids.remote_total, "49.90")

    def test_a_landed_entry_is_adopted_before_the_settle_time_is_over(self):
        link, number = self.lose("lost_after")
        self.later(121)
        settled_at = self.operation(self.order(number))._settled_at()
        self.assertGreater(settled_at, fields.Datetime.now())
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 1)

    def test_an_entry_that_did_not_land_is_sent_again_after_two_spaced_look_ups(self):
        link, number = self.lose("lost_before")
        self.come_back(link, 121)
        self.assertEqual(self.order(number).reason_code, "outcome_unknown")
        self.assertEqual(self.operation(self.order(number)).lookups, 0)
        self.come_back(link, SETTLED)
        self.assertEqual(self.operation(self.order(number)).lookups, 1)
        self.run_link(link)  # not spaced: this does not count
        self.assertEqual(self.operation(self.order(number)).lookups, 1)
        self.assertEqual(len(self.posted_entries()), 1)
        self.come_back(link, SPACED)
        order = self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 2)
        self.assertFalse(self.operation(order).adopted)
        self.assertEqual(self.operation(order).attempts, 2)

    def test_nothing_is_sent_before_the_call_can_no_longer_land(self):
        link, number = self.lose("lost_before")
        order = self.order(number)
        for _again in range(4):
            self.later(50)
            self.env["lightspeed.exact.order"].browse(order.id)._prepare_retry()
            self.run_link(link)
        self.assertEqual(len(self.posted_entries()), 1)
        self.assertEqual(self.operation(order).lookups, 0)

    def test_the_retry_button_does_not_send_while_the_outcome_is_unknown(self):
        _link, number = self.lose("lost_before")
        for _again in range(3):
            with self.enter_registry_test_mode():
                self.order(number).action_retry()
        self.assertEqual(len(self.posted_entries()), 1)
        self.assertEqual(self.order(number).reason_code, "outcome_unknown")

    def test_an_entry_that_lands_late_is_found_by_the_second_look_up(self):
        link, number = self.lose("lost_before")
        self.come_back(link, SETTLED)
        self.assertEqual(self.operation(self.order(number)).lookups, 1)
        intended = self.operation(self.order(number))._intended()
        self.box.exact.control_add_entry(exact_demo.MAIN, **self.texts(intended))
        self.come_back(link, SPACED)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 1)

    def texts(self, value):
        if isinstance(value, dict):
            return {key: self.texts(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.texts(part) for part in value]
        return str(value) if isinstance(value, Decimal) else value

    def test_every_kind_of_lost_answer_leads_to_one_entry(self):
        link = self.make_link()
        handled = {"params": {"handled": True}}
        faults = (
            ("reset_after", {}),
            ("truncated", {}),
            ("truncated_length", {}),
            ("empty_500", handled),
            ("html_503", handled),
            ("html_200", handled),
            ("status", {"params": {"handled": True, "status": 500, "body": "<html>"}}),
            ("status", {"params": {"handled": True, "status": 502, "body": ""}}),
            ("status", {"params": {"handled": True, "status": 201, "body": "{}"}}),
        )
        for kind, options in faults:
            with self.subTest(kind=kind, **options):
                number = self.add_order()["number"]
                self.fault(kind, ENTRY, **options)
                before = len(self.posted_entries())
                self.run_link(link)
                self.come_back(link, SETTLED)
                self.assert_booked(number, "49.90")
                self.assertEqual(len(self.posted_entries()) - before, 1)

    def test_every_failure_before_the_entry_leads_to_one_entry(self):
        link = self.make_link()
        for kind in ("reset_before", "empty_500", "html_503", "html_200"):
            with self.subTest(kind=kind):
                number = self.add_order()["number"]
                self.fault(kind, ENTRY)
                self.run_link(link)
                self.assertFalse(number in self.entries())
                self.come_back(link, SETTLED, SPACED)
                self.assert_booked(number, "49.90")

    def test_what_certainly_did_not_land_is_sent_again_without_a_look_up(self):
        # 401, and Exact gives no other token yet: refused, so not carried out.
        link, number = self.lose("unauthorized")
        self.assertEqual(self.operation(self.order(number)).state, "ready")
        self.assertEqual(self.order(number).reason_code, "exact.oauth.too_early")
        looked_up = len(self.calls("GET", ENTRY))
        self.come_back(link, 121)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.calls("GET", ENTRY)), looked_up)

    def test_a_relation_whose_answer_was_lost_is_made_once(self):
        for kind in ("lost_after", "truncated", "lost_before"):
            with self.subTest(kind=kind):
                email = f"{kind}@example.com"
                placed = self.add_order(
                    customer={"email": email, "lastname": "Voorbeeld"}
                )
                link = self.env["lightspeed.exact.link"].search([])
                link = link or self.make_link()
                self.fault(kind, RELATION)
                self.run_link(link)
                self.assertFalse(placed["number"] in self.entries())
                self.come_back(link, SETTLED, SPACED)
                self.assert_booked(placed["number"], "49.90")
                self.assertEqual(len(self.relations(email)), 1)

    def test_a_relation_that_landed_is_adopted_as_our_own(self):
        link, number = self.lose("lost_after", RELATION)
        self.come_back(link, SETTLED)
        self.assert_booked(number, "49.90")
        operation = self.env["lightspeed.exact.operation"].search(
            [("kind", "=", "relation")]
        )
        self.assertEqual((operation.state, operation.adopted), ("done", True))
        self.assertEqual(self.order(number).customer_id.origin, "created")

    def test_two_orders_of_one_new_customer_make_one_relation(self):
        numbers = [self.add_order()["number"] for _again in range(2)]
        link = self.make_link()
        self.fault("lost_after", RELATION)
        self.run_link(link)
        self.come_back(link, SETTLED)
        for number in numbers:
            self.assert_booked(number, "49.90")
        self.assertEqual(len(self.relations("anna@example.com")), 1)


class TestKilled(OnceCase):
    def test_a_process_killed_at_any_instruction_books_once(self):
        link = self.make_link()
        email = "{}@example.com"
        seen = set()
        for number in range(1, 100):
            placed = self.add_order(
                customer={"email": email.format(number), "lastname": "Voorbeeld"}
            )
            try:
                with self.killed_at(number) as points:
                    self.run_link(link)
            except Killed as killed:
                seen.add(str(killed))
            else:
                break
            for wait in (SETTLED, SPACED, SPACED):
                if self.order(placed["number"]).state != "booked":
                    self.come_back(link, wait)
            with self.subTest(points=points):
                self.assert_booked(placed["number"], "49.90")
                self.assertEqual(len(self.relations(email.format(number))), 1)
        self.assertEqual(
            seen,
            {
                "before commit",
                "after commit",
                "before GET",
                "after GET",
                "before POST",
                "after POST",
            },
        )
        entries = self.box.exact.control_entries(exact_demo.MAIN)
        self.assertEqual(len(entries), number)

    def test_an_intention_without_a_call_is_sent_after_the_look_ups(self):
        number = self.add_order()["number"]
        link = self.make_link()
        request = Transport.request

        def dying(transport, method, url, **options):
            if method == "POST" and ENTRY in url:
                raise Killed
            return request(transport, method, url, **options)

        with patch.object(Transport, "request", dying):
            self.run_and_die(link)
        self.assertEqual(self.operation(self.order(number)).state, "sending")
        self.assertFalse(self.posted_entries())
        self.come_back(link, SETTLED, SPACED, SPACED)
        self.assert_booked(number, "49.90")

    def test_an_answer_that_is_stored_is_finished_without_a_call(self):
        number = self.add_order()["number"]
        link = self.make_link()
        orders = type(self.env["lightspeed.exact.order"])
        with patch.object(orders, "_finish", die):
            self.run_and_die(link)
        order = self.order(number)
        self.assertEqual(self.operation(order).state, "done")
        self.assertEqual(order.state, "ready")
        since = self.box.calls.last
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertFalse(self.calls(path="SalesEntries", since=since))

    def test_a_relation_that_was_made_but_not_remembered_is_not_made_again(self):
        number = self.add_order()["number"]
        link = self.make_link()
        customers = type(self.env["exact.customer"])
        with patch.object(customers, "_remember", die):
            self.run_and_die(link)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.relations("anna@example.com")), 1)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)
