"""What people change or delete in Exact of what was booked."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.tests import tagged

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase
from tests.addon.exact_webhook_case import HOME, ExactWebhookCase
from tests.addon.invoice_case import InvoiceCase
from tests.addon.once_case import OnceCase, OnceMoreCase

A_DAY = 24 * 3600 + 60


@tagged("post_install", "-at_install")
class TestSooner(ExactWebhookCase):
    def test_a_deleted_entry_is_noticed_at_once_for_one_call(self):
        number = self.add_order()["number"]
        link = self.hooked_link()
        self.run_link(link)
        self.deliver()
        order = self.assert_booked(number, "49.90")
        self.box.exact.control_delete_entry(HOME, order.booking_ids.entry_id)
        self.deliver()
        self.assertEqual(self.hints().action, "delete")
        self.assertEqual(len(self.work(link)), 1)
        self.assertEqual((order.state, order.reason_code), ("held", "entry_gone"))
        self.assertFalse(self.hints())

    def test_so_many_that_all_are_looked_at_together(self):
        number = self.add_order()["number"]
        link = self.hooked_link()
        self.run_link(link)
        self.deliver()
        order = self.assert_booked(number, "49.90")
        hints = self.env["lightspeed.exact.hint"]
        self.box.exact.control_delete_entry(HOME, order.booking_ids.entry_id)
        self.box.exact.control_webhooks_clear()
        hints._receive("exact", "all", administration_id=link.administration_id.id)
        self.assertEqual(len(self.work(link)), 1)
        self.assertEqual(order.reason_code, "entry_gone")


@tagged("post_install", "-at_install")
class TestInvoicesSooner(InvoiceCase, ExactWebhookCase):
    def invoice_link(self, **profile):
        administration = self.make_administration()
        administration.app_id.webhook_secret = exact_demo.WEBHOOK_SECRET
        administration.use_webhooks = True
        link = self.make_invoice_link(profile, administration=administration)
        self.run_link(link)
        self.assertEqual(
            administration.webhook_ids.mapped("topic"),
            ["SalesEntries", "SalesInvoices"],
        )
        return link

    def test_a_draft_that_a_bookkeeper_processes_is_known_at_once(self):
        link = self.invoice_link()
        order = self.booked_invoice(link)
        self.deliver()
        self.assertFalse(self.hints())
        self.box.exact.control_print_invoice(HOME, order.booking_ids.entry_id)
        self.deliver()
        self.assertEqual(self.named(), [("SalesInvoices", order.booking_ids.entry_id)])
        self.assertEqual(len(self.work(link)), 1)
        self.assert_invoiced(order.number, "49.90", printed=True)

    def test_the_own_finalising_comes_back_and_costs_nothing(self):
        link = self.invoice_link(finalise="print")
        order = self.booked_invoice(link)
        self.deliver()
        self.assertFalse(self.hints())
        self.assertFalse(self.work(link))
        self.assert_invoiced(order.number, "49.90", printed=True)


class ChangeCase(OnceMoreCase):
    def setUp(self):
        super().setUp()
        self.number = self.add_order()["number"]
        self.link = self.make_link()
        self.link.administration_id.change_days = 30
        self.run_link(self.link)
        self.sale = self.assert_booked(self.number, "49.90")

    def delete(self, booking):
        self.box.exact.control_delete_entry(HOME, booking.entry_id)

    def look(self):
        """Look as the cron does, a day later."""
        since = self.box.calls.last
        self.come_back(self.link, A_DAY)
        return self.calls("GET", "salesentry/SalesEntries", since=since)


class TestDeleted(ChangeCase):
    def test_nothing_is_booked_again_by_itself(self):
        self.delete(self.sale.booking_ids)
        self.assertEqual(len(self.look()), 1)
        self.assertEqual(self.sale.state, "held")
        self.assertEqual(self.sale.reason_code, "entry_gone")
        self.assertEqual(self.sale.booking_ids.state, "gone")
        self.look()
        self.assertFalse(self.family(self.number))

    def test_a_person_has_it_booked_again_by_a_reference_of_its_own(self):
        self.delete(self.sale.booking_ids)
        self.look()
        self.press(self.sale, "action_retry")
        self.assertEqual(self.sale.state, "booked", self.sale.reason)
        self.assertEqual(
            self.family(self.number), {f"{self.number}-R1": Decimal("49.90")}
        )
        self.assertEqual(
            self.sale.booking_ids.sorted("id").mapped("state"), ["gone", "posted"]
        )
        self.look()
        self.assertEqual(len(self.family(self.number)), 1)

    def test_what_somebody_booked_by_hand_meanwhile_is_not_booked_twice(self):
        booking = self.sale.booking_ids
        self.delete(booking)
        self.look()
        self.box.exact.control_add_entry(
            HOME,
            Customer=booking.order_id.customer_id.remote_id,
            Journal=booking.journal_code,
            EntryDate=str(booking.entry_date),
            YourRef=self.number,
            PaymentCondition="00",
            SalesEntryLines=[{"GLAccount": "8000", "AmountFC": 10, "VATCode": "2"}],
        )
        self.press(self.sale, "action_retry")
        self.assertEqual(
            (self.sale.state, self.sale.reason_code), ("held", "entry_other")
        )
        self.assertEqual(len(self.family(self.number)), 1)

    def test_it_can_be_left_out_of_the_books(self):
        self.delete(self.sale.booking_ids)
        self.look()
        self.assertFalse(self.sale._is_under_way())
        self.assertFalse(self.sale._posted())

    def test_a_credit_that_was_deleted_is_proposed_again(self):
        self.press(self.sale, "action_credit_in_full")
        credit = self.sale.booking_ids.filtered("takes_back")
        self.delete(credit)
        self.look()
        self.assertEqual(self.sale.state, "booked")
        self.assertEqual(self.sale._posted().mapped("kind"), ["sale"])
        self.press(self.sale, "action_credit_in_full")
        self.assertEqual(len(self.family(self.number)), 2)


class TestChanged(ChangeCase):
    def change(self, **values):
        self.box.exact.control_edit_entry(
            HOME, self.sale.booking_ids.entry_id, **values
        )

    def test_what_is_as_it_was_raises_nothing(self):
        self.assertEqual(len(self.look()), 1)
        self.assertFalse(self.sale.changed_in_exact)
        self.assertFalse(self.sale.booking_ids.exact_change)

    def test_old_and_new_stand_side_by_side_until_a_person_accepts(self):
        day = self.sale.booking_ids.entry_date.replace(day=1)
        self.change(EntryDate=str(day), YourRef="Anders")
        self.look()
        self.assertTrue(self.sale.changed_in_exact)
        self.assertEqual(self.sale.state, "booked")
        names = [row[0] for row in self.sale.booking_ids.exact_change]
        self.assertIn("reference", names)
        self.assertIn("ANDERS", self.sale.booking_ids.exact_change_text.upper())
        self.press(self.sale, "action_accept_exact_change")
        self.assertFalse(self.sale.changed_in_exact)
        self.look()
        self.assertFalse(self.sale.changed_in_exact)

    def test_a_change_that_was_undone_is_none(self):
        self.change(YourRef="Anders")
        self.look()
        self.assertTrue(self.sale.changed_in_exact)
        self.change(YourRef=self.number)
        self.look()
        self.assertFalse(self.sale.changed_in_exact)


class TestOfADay(OnceCase):
    def day_link(self):
        link = self.make_link(start=False, customer_policy="collective", grouping="day")
        self.box.exact.control_add_account(HOME, Name="Webwinkel", Code="9000")
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": link.id, "code": "9000"}
            )
        link.action_start()
        return link

    def test_the_entry_of_a_day_that_is_deleted_is_booked_again_when_asked(self):
        moment = (fields.Datetime.now() - timedelta(days=2)).isoformat() + "+00:00"
        placed = [self.add_order(created_at=moment) for _each in range(3)]
        link = self.day_link()
        link.administration_id.change_days = 30
        self.run_link(link)
        [entry] = self.entries().values()
        self.box.exact.control_delete_entry(HOME, entry["EntryID"])
        since = self.box.calls.last
        self.come_back(link, A_DAY)
        self.assertEqual(
            len(self.calls("GET", "salesentry/SalesEntries", since=since)), 1
        )
        orders = self.env["lightspeed.exact.order"].search([])
        self.assertEqual(len(orders), len(placed))
        self.assertEqual(set(orders.mapped("reason_code")), {"entry_gone"})
        self.assertFalse(self.entries())
        with self.enter_registry_test_mode():
            orders.action_retry()
        self.run_link(link)
        [again] = self.entries().values()
        self.assertEqual(again["AmountFC"], entry["AmountFC"])
        self.assertNotEqual(again["YourRef"], entry["YourRef"])


class TestByChoice(ConnectorCase):
    def test_nobody_looks_unless_it_is_chosen(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        self.later(A_DAY)
        since = self.box.calls.last
        self.run_link(link)
        self.assertFalse(self.calls("GET", "salesentry/SalesEntries", since=since))
