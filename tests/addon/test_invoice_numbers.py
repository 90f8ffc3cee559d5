"""The numbers of invoices that were finalised: read together, after their batch."""

from unittest.mock import patch

from sandbox.exact import demo as exact_demo
from tests.addon.invoice_case import INVOICE, PRINT, InvoiceCase
from tests.addon.once_case import SETTLED, SPACED, die

TEN = 10
TOO_MANY = {"params": {"status": 429, "body": ""}}


class NumbersCase(InvoiceCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_printing_link()
        # Customer and article are known from here on.
        self.booked_invoice(self.link)
        self.since = self.box.calls.last

    def add_ten(self):
        return [self.add_order()["number"] for _each in range(TEN)]

    def orders(self, numbers):
        return self.env["lightspeed.exact.order"].search([("number", "in", numbers)])

    def posts(self):
        """Return the calls to Exact that wrote something, as method and path."""
        calls = self.calls("POST", "/api/v1/", since=self.since)
        return sorted(call["path"].split("/", 4)[4] for call in calls)

    def reads(self):
        return self.calls("GET", "/api/v1/", since=self.since)

    def run_without_numbers(self, numbers):
        """Run, and assert that all was finalised, and no number is known."""
        self.run_link(self.link)
        self.assert_posted_once()
        for order in self.orders(numbers):
            self.assertNotEqual(order.state, "booked")
            self.assertTrue(self.invoice(order.number)["InvoiceNumber"])
            self.assertFalse(order.entry_number)

    def assert_posted_once(self):
        self.assertEqual(self.posts(), [PRINT] * TEN + [INVOICE] * TEN)

    def assert_numbered(self, numbers):
        for number in numbers:
            order = self.assert_invoiced(number, "49.90", printed=True, mails=1)
            self.assertFalse(order.booking_ids.output_unknown)
        self.assert_posted_once()


class TestTogether(NumbersCase):
    def test_ten_invoices_cost_two_calls_each_and_one_for_all_numbers(self):
        numbers = self.add_ten()
        self.run_link(self.link)
        self.assertEqual(len(self.reads()), 1)
        self.assert_numbered(numbers)
        self.assertEqual(len(set(self.orders(numbers).mapped("entry_number"))), TEN)

    def test_a_credit_note_that_came_with_its_order_does_not_wait(self):
        number = self.add_order()["number"]
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, number, lines=[{"index": 0, "quantity": 1}]
        )["number"]
        self.run_link(self.link)
        for record in self.orders([number, note]):
            self.assertEqual(record.state, "booked", record.reason)
            self.assertTrue(record.entry_number)
        self.assertEqual(len(self.posts()), 4)

    def test_one_that_stays_open_in_exact_stops_no_other_and_is_held(self):
        numbers = self.add_ten()
        administrations = self.registry["exact.administration"]
        read = administrations._invoices_by_id

        def blind(administration, work, remote_ids):
            rows = read(administration, work, remote_ids)
            for key, row in rows.items():
                if row["YourRef"] == numbers[3]:
                    rows[key] = {**row, "Status": 20, "InvoiceNumber": None}
            return rows

        with patch.object(administrations, "_invoices_by_id", blind):
            self.run_link(self.link)
            order = self.orders(numbers[3:4])
            self.assertEqual(order.reason_code, "outcome_unknown")
            others = self.orders(numbers) - order
            self.assertEqual(set(others.mapped("state")), {"booked"})
            # Asked again when its time has come, and not before.
            self.run_link(self.link)
            self.assertEqual(len(self.reads()), 1)
            self.come_back(self.link, SPACED, SPACED)
            self.assertEqual(len(self.reads()), 3)
        self.assertEqual(
            (order.state, order.reason_code), ("held", "invoice_not_processed")
        )
        self.press(order, "action_retry")
        self.assert_numbered(numbers)

    def test_one_that_is_gone_in_exact_is_held(self):
        numbers = self.add_ten()
        administrations = self.registry["exact.administration"]
        read = administrations._invoices_by_id

        def without(administration, work, remote_ids):
            rows = read(administration, work, remote_ids)
            return {k: row for k, row in rows.items() if row["YourRef"] != numbers[3]}

        with patch.object(administrations, "_invoices_by_id", without):
            self.run_link(self.link)
        order = self.orders(numbers[3:4])
        self.assertEqual((order.state, order.reason_code), ("held", "invoice_gone"))
        self.assertEqual(len(self.reads()), 1)
        self.assert_numbered(numbers[:3] + numbers[4:])


class TestLater(NumbersCase):
    """The numbers could not be read: nothing is printed or mailed a second time."""

    def test_killed_before_the_numbers_they_come_at_the_next_slice(self):
        numbers = self.add_ten()
        administrations = self.registry["exact.administration"]
        with patch.object(administrations, "_finish_unnumbered", die):
            self.run_and_die(self.link)
        self.assert_posted_once()
        self.assertFalse(self.reads())
        due = self.env["lightspeed.exact.lane"]._due_administrations()
        self.assertIn(self.link.administration_id.id, due)
        self.run_link(self.link)
        self.assertEqual(len(self.reads()), 1)
        self.assert_numbered(numbers)

    def test_killed_while_they_are_kept_the_rest_comes_at_the_next_slice(self):
        numbers = self.add_ten()
        orders = self.registry["lightspeed.exact.order"]
        finish, done = orders._finish_print, []

        def dying(order, work, booking):
            done.append(order)
            if len(done) > TEN // 2:
                die(order)
            return finish(order, work, booking)

        with patch.object(orders, "_finish_print", dying):
            self.run_and_die(self.link)
        booked = self.orders(numbers).filtered("entry_number")
        self.assertEqual(len(booked), TEN // 2)
        self.run_link(self.link)
        self.assertEqual(len(self.reads()), 2)
        self.assert_numbered(numbers)

    def test_too_many_calls_park_the_administration_and_they_come_later(self):
        numbers = self.add_ten()
        self.fault("status", INVOICE, method="GET", times=1, **TOO_MANY)
        self.run_without_numbers(numbers)
        self.assertTrue(self.link.administration_id.parked_until)
        self.run_link(self.link)
        self.assertEqual(len(self.reads()), 1)
        self.come_back(self.link, SETTLED)
        self.assertEqual(len(self.reads()), 2)
        self.assert_numbered(numbers)

    def test_a_lost_answer_is_asked_for_again_for_all_of_them(self):
        numbers = self.add_ten()
        self.fault("lost_before", INVOICE, method="GET", times=2)
        self.run_without_numbers(numbers)
        tried = len(self.reads())
        self.run_link(self.link)
        self.assertEqual(len(self.reads()), tried)
        self.come_back(self.link, SETTLED)
        self.assertEqual(len(self.reads()), tried + 1)
        self.assert_numbered(numbers)

    def test_a_person_may_ask_for_them_at_once(self):
        numbers = self.add_ten()
        self.fault("lost_before", INVOICE, method="GET", times=2)
        self.run_without_numbers(numbers)
        tried = len(self.reads())
        self.press(self.orders(numbers), "action_retry")
        self.assertEqual(len(self.reads()), tried + 1)
        self.assert_numbered(numbers)

    def test_a_batch_that_exact_refuses_is_asked_for_one_by_one(self):
        numbers = self.add_ten()
        refused = {"params": {"status": 400, "body": ""}}
        self.fault("status", INVOICE, method="GET", times=1, **refused)
        self.run_link(self.link)
        self.assertEqual(len(self.reads()), 1 + TEN)
        self.assert_numbered(numbers)

    def test_without_time_left_the_next_slice_asks_for_them(self):
        numbers = self.add_ten()
        administrations = self.registry["exact.administration"]
        later = patch.object(
            administrations, "_finish_unnumbered", lambda administration, work: False
        )
        with later:
            self.run_without_numbers(numbers)
        self.run_link(self.link)
        self.assertEqual(len(self.reads()), 1)
        self.assert_numbered(numbers)
        self.assertTrue(self.box.exact.control_ledger_check(exact_demo.MAIN)["ok"])
