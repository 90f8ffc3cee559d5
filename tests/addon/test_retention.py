"""Retention: what is removed when, and that nothing is booked twice for it."""

import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError

from tests.addon.connector_case import ConnectorCase

OLD = 8 * 366


class RetentionCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.number = self.add_order()["number"]

    def booked(self, **values):
        link = self.make_link(**values)
        self.run_link(link)
        return link, self.assert_booked(self.number, "49.90")

    def age(self, days, *tables):
        """Let everything stored be so many days older."""
        self.env.flush_all()
        columns = {
            "lightspeed_exact_order": (
                "booked_at",
                "create_date",
                "order_date",
                "remote_updated_at",
                "write_date",
            ),
            "lightspeed_exact_booking": ("entry_date", "posted_at"),
            "lightspeed_exact_operation": ("write_date", "finished_at"),
            "lightspeed_exact_incident": ("started_at", "ended_at"),
            "exact_customer": ("create_date",),
            "vies_check": ("checked_at",),
        }
        for table in tables or columns:
            moved = ", ".join(
                f"{column} = {column} - make_interval(days => {int(days)})"
                for column in columns[table]
            )
            self.env.cr.execute(f"UPDATE {table} SET {moved}")
        self.env.invalidate_all()

    def prune(self):
        """Remove as the nightly run does; returns what was removed."""
        company = self.env.company
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            terms = env["lightspeed.exact.retention"]._of(company)
            left = terms._prune(time.monotonic() + 60)
            self.assertFalse(left)
        self.env.invalidate_all()
        return self.terms().last_counts

    def edit(self, link, order):
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            order.number,
            [{"title": "Theepot", "quantity": 1, "unit_incl": "60.00", "rate": "0.21"}],
        )
        self.run_link(link)

    def credit(self, link, order):
        self.box.lightspeed.control_credit_order(
            self.shop_number, order.number, lines=[{"index": 0, "quantity": 1}]
        )
        self.run_link(link)

    def terms(self):
        return self.env["lightspeed.exact.retention"]._of(self.env.company)


class TestTerms(RetentionCase):
    def test_a_company_has_its_terms_with_its_first_link(self):
        cron = self.env.ref("lightspeed_exact_connector.ir_cron_prune")
        self.assertFalse(cron.active)
        link = self.make_link(start=False)
        terms = self.env["lightspeed.exact.retention"].search(
            [("company_id", "=", link.company_id.id)]
        )
        self.assertEqual((terms.books_years, terms.oss_years), (7, 10))
        self.assertTrue(cron.active)
        link.unlink()
        self.assertFalse(cron.active)

    def test_what_was_booked_is_kept_for_the_legal_time(self):
        self.make_link(start=False)
        terms = self.terms()
        # Nothing was booked yet.
        terms.books_years = 2
        terms.books_years = 7
        self.run_link_of(terms)
        for name, years in (("books_years", 6), ("oss_years", 9)):
            with self.subTest(name), self.assert_refuses(ValidationError, "by law"):
                terms[name] = years
        terms.write({"books_years": 8, "oss_years": 12})

    def run_link_of(self, terms):
        link = self.env["lightspeed.exact.link"].search(
            [("company_id", "=", terms.company_id.id)]
        )
        link.action_start()
        self.run_link(link)
        self.assert_booked(self.number, "49.90")

    def test_a_term_that_is_too_short_for_the_work_is_refused(self):
        with self.assert_refuses(ValidationError, "30 days"):
            self.terms().raw_days = 3


class TestRawData(RetentionCase):
    def test_fresh_orders_lose_nothing(self):
        _link, order = self.booked()
        payload = order.payload
        self.assertFalse(self.prune())
        self.assertEqual(order.payload, payload)

    def test_raw_data_goes_after_its_time_and_the_booking_stays(self):
        _link, order = self.booked()
        self.age(200)
        terms = self.terms()
        terms.action_count()
        self.assertEqual(terms.due_counts["payloads"], 1)
        self.assertTrue(order.payload)
        counts = self.prune()
        self.assertEqual((counts["payloads"], counts["sent"]), (1, 1))
        self.assertFalse(order.payload)
        self.assertTrue(order.payload_removed_at)
        self.assertEqual(order.email, "anna@example.com")
        self.assertEqual(order.booking_ids.gross, "49.90")
        relation = self.env["lightspeed.exact.operation"].search(
            [("kind", "=", "relation")]
        )
        self.assertFalse(relation.payload)
        # What was booked stays as it was sent.
        self.assertIn("SalesEntryLines", order.booking_ids.operation_id.payload)
        # Only once.
        self.assertFalse(self.prune())
        self.assertEqual(self.terms().total_removed, sum(counts.values()))

    def test_an_order_that_changes_afterwards_is_read_again_and_compared(self):
        link, order = self.booked()
        self.age(200)
        self.prune()
        self.edit(link, order)
        self.assertEqual(order.proposal, "edited")
        self.assertTrue(order.payload)
        self.assertFalse(order.payload_removed_at)
        self.assertEqual(len(self.posted_entries()), 1)

    def test_a_credit_note_works_from_the_lines_that_were_kept(self):
        link, order = self.booked()
        self.age(200)
        self.prune()
        self.assertFalse(order.payload)
        self.credit(link, order)
        note = order.credit_ids
        self.assertEqual(note.state, "booked", note.reason)
        self.assertEqual(note.booking_ids.gross, "-24.95")

    def test_open_work_keeps_its_raw_data(self):
        self.fault("business", "salesentry/SalesEntries")
        link = self.make_link()
        self.run_link(link)
        order = self.order(self.number)
        self.assertEqual(order.state, "held")
        self.age(9 * 366)
        self.assertNotIn("payloads", self.prune())
        self.assertTrue(order.payload)
        self.assertEqual(order.email, "anna@example.com")
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assertEqual(order.state, "booked")


class TestOrders(RetentionCase):
    def test_an_order_that_was_never_booked_is_forgotten_and_stays_skipped(self):
        link = self.make_link(start=False)
        order = self.held_and_skipped(link)
        self.age(800)
        self.assertEqual(self.prune()["orders"], 1)
        self.assertFalse(order.email or order.customer_name or order.payload)
        self.assertFalse(order.skip_reason)
        self.assertFalse(order.message_ids)
        self.assertNotIn("Anna", order.reason)
        self.assertEqual((order.state, order.number), ("skipped", self.number))
        # The shop lists it again: it is the same one still, and nobody again.
        self.edit(link, order)
        self.assertEqual(self.order(self.number), order)
        self.assertEqual(order.state, "skipped")
        self.assertFalse(order.email or order.customer_name or order.payload)
        self.assertFalse(self.entries())

    def held_and_skipped(self, link):
        self.fault("business", "salesentry/SalesEntries")
        link.action_start()
        self.run_link(link)
        order = self.order(self.number)
        self.assertEqual(order.state, "held")
        order.skip_reason = "Anna heeft contant betaald"
        order.action_skip()
        return order


class TestBooks(RetentionCase):
    def test_bookings_stay_until_the_end_of_the_year_seven_years_later(self):
        _link, order = self.booked()
        today = fields.Date.today()
        self.env.flush_all()
        self.age(OLD)
        first_kept = fields.Date.to_date(f"{today.year - 7}-01-01")
        self.set_entry_date(order, first_kept)
        self.assertNotIn("books", self.prune())
        self.assertTrue(order.booking_ids)
        self.set_entry_date(order, first_kept - timedelta(days=1))
        self.assertEqual(self.prune()["books"], 1)
        self.assertFalse(order.booking_ids)

    def set_entry_date(self, order, day):
        order.booking_ids.entry_date = day
        self.env.flush_all()

    def test_distance_sales_stay_for_ten_years(self):
        _link, order = self.booked()
        order.booking_ids.write({"treatment": "oss", "oss_period": "2018-Q1"})
        self.age(9 * 366)
        self.assertNotIn("books", self.prune())
        self.age(3 * 366)
        self.assertEqual(self.prune()["books"], 1)

    def test_what_was_pruned_is_never_booked_again(self):
        link, order = self.booked()
        self.age(OLD)
        self.assertEqual(self.prune()["books"], 1)
        self.assertEqual((order.state, order.number), ("booked", self.number))
        self.assertTrue(order.books_removed_at)
        self.assertFalse(order.booking_ids or order.email or order.payload)
        self.assertEqual(self.prune(), {"customers": 1} if self.customers() else {})
        self.edit(link, order)
        self.assertEqual(len(self.posted_entries()), 1)
        self.assertEqual(order.state, "booked")
        self.assertEqual(order.reason_code, "books_removed")
        self.assertIn(self.number, order.reason)
        self.assertFalse(order.email or order.customer_name or order.payload)
        # Nor when a person presses a button.
        for button in ("action_rebook", "action_book_difference"):
            with self.enter_registry_test_mode():
                getattr(order, button)()
            self.assertEqual(order.reason_code, "books_removed")
        self.assertEqual(len(self.posted_entries()), 1)

    def customers(self):
        return self.env["exact.customer"].search([("forgotten_at", "=", False)])

    def test_a_credit_note_of_what_was_pruned_is_held_with_the_reason(self):
        for choice in ("hold", "own"):
            with self.subTest(choice):
                link, order = self.booked_again(choice)
                self.credit(link, order)
                note = order.credit_ids
                self.assertEqual(note.reason_code, "credit_of_removed")
                self.assertIn(order.number, note.reason)

    def booked_again(self, choice):
        link = self.env["lightspeed.exact.link"].search([]) or self.make_link()
        link.unbooked_credits = choice
        self.number = self.add_order()["number"]
        self.run_link(link)
        order = self.assert_booked(self.number, "49.90")
        self.age(OLD)
        self.prune()
        self.assertTrue(order.books_removed_at)
        return link, order

    def test_references_stay_taken(self):
        _link, order = self.booked()
        self.age(OLD)
        operation = order.booking_ids.operation_id
        self.prune()
        self.assertEqual((operation.state, operation.reference), ("done", self.number))
        self.assertFalse(operation.payload)

    def test_the_next_order_of_a_forgotten_customer_finds_the_same_relation(self):
        link, order = self.booked()
        customer = order.customer_id
        self.age(OLD)
        self.assertEqual(self.prune()["customers"], 1)
        self.assertFalse(customer.name)
        self.assertNotIn("anna", customer.identity)
        again = self.add_order()["number"]
        self.run_link(link)
        self.assertEqual(self.assert_booked(again, "49.90").customer_id, customer)
        self.assertEqual(len(self.relations("anna@example.com")), 1)


class TestTechnicalRecords(RetentionCase):
    def test_incidents_that_are_over_go_and_open_ones_stay(self):
        link, _order = self.booked()
        incidents = self.env["lightspeed.exact.incident"]
        incidents._open(link, "shop", "temporary")
        incidents._open(link.administration_id, "exact", "temporary")
        ended = incidents.search([("res_model", "=", "lightspeed.exact.link")])
        ended.ended_at = fields.Datetime.now()
        self.age(400, "lightspeed_exact_incident")
        self.assertEqual(self.prune(), {"incidents": 1})
        self.assertFalse(ended.exists())
        self.assertTrue(incidents.search([]))

    def test_checks_that_prove_a_booking_stay(self):
        _link, order = self.booked()
        checks = self.env["vies.check"]
        unused, used = (
            checks._require(self.env.company, number, "NL000099998B57")
            for number in ("DE100000008", "BE0000000097")
        )
        order.booking_ids.vies_check_id = used
        self.age(400, "vies_check")
        self.assertEqual(self.prune(), {"checks": 1})
        self.assertFalse(unused.exists())
        self.assertTrue(used.consultation_number)

    def test_a_run_stops_for_a_worker_and_comes_back(self):
        _link, _order = self.booked()
        self.age(200)
        terms = self.terms()
        kind = terms._kinds()[0]
        self.assertEqual(terms._prune_kind(kind, None, time.monotonic() - 1)[1], True)
        self.assertEqual(terms._count()["payloads"], 1)
