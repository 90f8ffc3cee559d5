"""Writes that nobody waits for any more are settled, and no SQL disturbs a call."""

from unittest.mock import patch

from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from tests.addon.invoice_case import PRINT, InvoiceCase
from tests.addon.item_case import ITEMS
from tests.addon.once_case import ENTRY, RELATION, SETTLED, SPACED, OnceMoreCase

TABLE = "lightspeed_exact_operation"


class UnneededCase(InvoiceCase):
    def unneeded(self, link, kind, path):
        """Let the answer to making something be lost, and cancel who needed it."""
        number = self.add_order()["number"]
        self.fault(kind, path)
        self.run_link(link)
        self.box.lightspeed.control_cancel_order(self.shop_number, number)
        self.run_link(link)
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("skipped", "cancelled"))
        return self.unsettled()

    def unsettled(self):
        return self.env[TABLE.replace("_", ".")].search([("state", "=", "sending")])

    def go_on(self, link):
        self.come_back(link, SETTLED, SPACED, SPACED)


class TestWithoutAnOrder(UnneededCase):
    def test_a_relation_that_landed_is_known_from_then_on(self):
        link = self.make_link()
        operation = self.unneeded(link, "lost_after", RELATION)
        self.assertEqual(operation.kind, "relation")
        self.go_on(link)
        self.assertEqual((operation.state, operation.adopted), ("done", True))
        known = self.env["exact.customer"].search(
            [("identity", "=", operation.reference)]
        )
        self.assertEqual(known.remote_id, operation.remote_id)
        self.assertEqual(known.origin, "created")
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.calls("POST", RELATION)), 1)

    def test_a_relation_that_did_not_land_may_be_made_again(self):
        link = self.make_link()
        operation = self.unneeded(link, "lost_before", RELATION)
        self.come_back(link, SETTLED)
        self.assertEqual((operation.state, operation.lookups), ("sending", 1))
        self.come_back(link, SPACED)
        self.assertEqual(operation.state, "ready")
        self.assertEqual(len(self.calls("POST", RELATION)), 1)
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.calls("POST", RELATION)), 2)

    def assert_item_is_settled(self, kind, state):
        link = self.make_invoice_link()
        operation = self.unneeded(link, kind, ITEMS)
        self.assertEqual(operation.kind, "item")
        self.go_on(link)
        self.assertEqual(operation.state, state)
        number = self.add_order()["number"]
        self.run_link(link)
        self.assertEqual(self.order(number).state, "booked")
        item = self.env["exact.item"].search([("key", "=", operation.reference_key)])
        self.assertEqual(item.origin, "created")
        self.assertEqual(item.remote_id, operation.remote_id)

    def test_an_item_that_landed_is_taken_by_who_needs_it_next(self):
        self.assert_item_is_settled("lost_after", "done")
        self.assertEqual(len(self.calls("POST", ITEMS)), 1)

    def test_an_item_that_did_not_land_may_be_made_again(self):
        self.assert_item_is_settled("lost_before", "ready")

    def test_nothing_is_asked_before_the_call_can_no_longer_land(self):
        link = self.make_link()
        operation = self.unneeded(link, "lost_before", RELATION)
        since = self.box.calls.last
        self.come_back(link, 60, 60)
        self.assertFalse(self.calls("GET", RELATION, since=since))
        self.assertEqual(operation.state, "sending")

    def test_where_nothing_is_unknown_nothing_is_asked(self):
        link = self.make_link()
        self.add_order()
        self.run_link(link)
        since = self.box.calls.last
        self.go_on(link)
        self.assertFalse(self.calls("GET", RELATION, since=since))


class TestNoStatementBetween(OnceMoreCase):
    """From the intention to the outcome the row of the write is not read."""

    def statements(self, path, run):
        """Return the statements about writes after a call, up to its outcome."""
        found, watching = [], []
        cursor = type(self.env.cr)
        execute, request = cursor.execute, Transport.request

        def watched(cr, query, *args, **kwargs):
            text = str(getattr(query, "code", query))
            if watching and TABLE in text:
                found.append(text)
                if text.lstrip().startswith("UPDATE"):
                    watching.clear()
            return execute(cr, query, *args, **kwargs)

        def requested(transport, method, url, **options):
            if method == "POST" and path in url:
                watching.append(url)
            return request(transport, method, url, **options)

        with (
            patch.object(cursor, "execute", watched),
            patch.object(Transport, "request", requested),
        ):
            run()
        return found

    def assert_recorded_first(self, path, run):
        found = self.statements(path, run)
        self.assertTrue(found)
        for text in found:
            self.assertTrue(text.lstrip().startswith("UPDATE"), text)

    def test_of_an_entry_and_its_relation(self):
        link = self.make_link()
        for path in (RELATION, ENTRY):
            for fault in (None, "lost_after"):
                with self.subTest(path=path, fault=fault):
                    email = f"{path[:3]}{fault}@example.com".lower()
                    self.add_order(customer={"email": email, "lastname": "Voorbeeld"})
                    if fault:
                        self.fault(fault, path)
                    self.assert_recorded_first(path, lambda: self.run_link(link))


class TestNoStatementBetweenInvoices(InvoiceCase, TestNoStatementBetween):
    def test_of_an_entry_and_its_relation(self):
        link = self.make_printing_link()
        for path in (ITEMS, "salesinvoice/SalesInvoices", PRINT):
            with self.subTest(path=path):
                self.add_order((path[-8:], 1, "12.10", "0.21"))
                self.assert_recorded_first(path, lambda: self.run_link(link))
