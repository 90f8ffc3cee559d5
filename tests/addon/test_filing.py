"""Filed VAT returns and refused periods, through to Exact."""

from datetime import date, datetime, timedelta, timezone
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS, ConnectorCase

ENTRIES = "salesentry/SalesEntries"


class FilingCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.year = datetime.now(timezone.utc).year - 1
        self.link = self.make_link()
        self.link.start_at = datetime(self.year - 4, 1, 1)
        self.entity = self.link.entity_id
        self.administration = self.link.administration_id

    def add(self, day, *lines, year=None, email=None, **values):
        """Add an order of a day (month, day) of last year."""
        month, number = day
        if email:
            values["customer"] = {"email": email}
        return self.add_order(
            *lines,
            created_at=f"{year or self.year}-{month:02}-{number:02}T10:00:00Z",
            **values,
        )["number"]

    def assert_held(self, number, code, *words):
        order = self.order(number)
        self.assertEqual((order.state, order.reason_code), ("held", code), order.reason)
        for word in words:
            self.assertIn(word, order.reason)
        return order

    def entry_date(self, number):
        return self.entries()[number]["EntryDate"]


class TestFiled(FilingCase):
    def setUp(self):
        super().setUp()
        self.entity.vat_filed_through = date(self.year, 3, 31)

    def test_an_older_order_is_held_and_a_later_one_booked(self):
        old, new = self.add((3, 31)), self.add((4, 1))
        self.run_link(self.link)
        self.assert_held(old, "period_filed", f"{self.year}-03-31")
        self.assert_booked(new, "49.90")
        self.assertEqual(len(self.posted_entries()), 1)

    def test_an_older_order_is_booked_on_the_first_day_after_with_its_true_date(self):
        self.entity.late_policy = "shift"
        number = self.add((2, 15))
        self.run_link(self.link)
        order = self.assert_booked(number, "49.90")
        booking = order.booking_ids
        self.assertEqual(booking.entry_date, date(self.year, 4, 1))
        self.assertEqual(booking.shifted_from, date(self.year, 2, 15))
        entry = self.entries()[number]
        self.assertTrue(str(entry["EntryDate"]).startswith(f"{self.year}-04-01"))
        self.assertTrue(entry["Description"].endswith(f"(15-02-{self.year})"))
        self.assertEqual(booking._content().shifted_from, booking.shifted_from)

    def test_filing_later_leaves_what_is_booked_alone(self):
        number = self.add((4, 2))
        self.run_link(self.link)
        self.entity.vat_filed_through = date(self.year, 6, 30)
        self.run_link(self.link)
        order = self.assert_booked(number, "49.90")
        self.assertFalse(order.booking_ids.shifted_from)

    def test_moving_it_back_releases_what_is_held(self):
        number = self.add((3, 31))
        self.run_link(self.link)
        self.assert_held(number, "period_filed")
        self.entity.vat_filed_through = date(self.year, 2, 28)
        self.run_link(self.link)
        self.assert_booked(number, "49.90")

    def test_choosing_to_move_releases_what_is_held(self):
        number = self.add((3, 31))
        self.run_link(self.link)
        self.entity.late_policy = "shift"
        self.assertEqual(self.order(number).state, "ready")
        self.run_link(self.link)
        self.assert_booked(number, "49.90")

    def test_a_period_that_is_not_over_cannot_be_filed(self):
        today = fields.Date.context_today(self.entity)
        with self.assert_refuses(ValidationError, "not over yet"):
            self.entity.vat_filed_through = today + timedelta(days=1)
        self.entity.vat_filed_through = today

    def test_every_change_is_told(self):
        entity = self.entity.with_context(tracking_disable=False)
        self.env.flush_all()
        self.cr.precommit.run()
        entity.vat_filed_through = date(self.year, 1, 31)
        self.env.flush_all()
        self.cr.precommit.run()
        tracked = entity.message_ids.tracking_value_ids.field_id.mapped("name")
        self.assertIn("vat_filed_through", tracked)


class TestShiftedVat(FilingCase):
    def setUp(self):
        super().setUp()
        self.entity.write(
            {"vat_filed_through": date(self.year, 3, 31), "late_policy": "shift"}
        )

    def test_the_vat_that_moved_is_totalled_by_year(self):
        self.add((2, 15))
        self.add((2, 16), ("Kookboek", 1, "10.90", "0.09"))
        self.add((4, 1))
        self.run_link(self.link)
        year, count, vat = self.entity._shifted_sums()[0]
        self.assertEqual((year, count, str(vat)), (self.year, 2, "9.56"))
        self.assertFalse(self.entity.shifted_warning)
        self.assertIn(f"{self.year}: ", self.entity.shifted_text)
        action = self.entity.action_view_shifted()
        found = self.env["lightspeed.exact.booking"].search(action["domain"])
        self.assertEqual(len(found), 2)

    def test_more_than_the_limit_is_a_warning(self):
        self.add((2, 15), ("Kast", 1, "5762.05", "0.21"))
        self.run_link(self.link)
        self.assertEqual(self.entity.shifted_vat, 1000.03)
        self.assertTrue(self.entity.shifted_warning)
        self.entity.correction_limit = 1000.03
        self.assertFalse(self.entity.shifted_warning)

    def test_vat_of_another_countrys_return_does_not_count(self):
        number = self.add((2, 15))
        self.run_link(self.link)
        self.order(number).booking_ids.treatment = "oss"
        self.assertEqual(self.entity._shifted_sums(), [])


class TestRefusedPeriod(FilingCase):
    def close(self, month):
        self.box.exact.control_close_period(exact_demo.MAIN, self.year, month)

    def open(self, month):
        self.box.exact.control_open_period(exact_demo.MAIN, self.year, month)

    def period(self, code):
        return self.administration.period_ids.filtered(lambda row: row.code == code)

    def test_the_periods_of_the_administration_are_read(self):
        period = self.period(f"{self.year}-05")
        self.assertEqual(
            (period.start_date, period.end_date),
            (date(self.year, 5, 1), date(self.year, 5, 31)),
        )
        self.assertEqual((period.fin_year, period.fin_period), (self.year, 5))
        self.assertFalse(period.refused_at)

    def test_a_closed_period_is_learned_from_one_order(self):
        self.close(5)
        numbers = [
            self.add((5, day), email=f"klant{day}@example.com") for day in (10, 11, 31)
        ]
        free = self.add((6, 1), email="vrij@example.com")
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 2)
        self.assert_held(numbers[0], "refused.period_closed", f"{self.year} – 5")
        for number in numbers[1:]:
            self.assert_held(number, "period_refused", f"{self.year}-05", "afgesloten")
        self.assert_booked(free, "49.90")
        period = self.period(f"{self.year}-05")
        self.assertTrue(period.refused_at)
        self.assertIn("afgesloten", period.refusal)
        self.assertEqual(self.administration.refused_period_ids, period)
        # Nobody was made a relation for an order that cannot be booked.
        self.assertFalse(self.relations("klant11@example.com"))

    def test_trying_it_again_releases_all_that_wait_for_it(self):
        self.close(5)
        numbers = [self.add((5, day)) for day in (10, 11, 12)]
        self.run_link(self.link)
        self.open(5)
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 1)
        self.period(f"{self.year}-05").action_reopen()
        self.run_link(self.link)
        for number in numbers:
            self.assert_booked(number, "49.90")
        self.assertFalse(self.administration.refused_period_ids)

    def test_a_period_that_is_still_closed_costs_one_more_call(self):
        self.close(5)
        numbers = [self.add((5, day)) for day in (10, 11, 12)]
        self.run_link(self.link)
        self.period(f"{self.year}-05").action_reopen()
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 2)
        self.assertEqual({self.order(number).state for number in numbers}, {"held"})

    def test_a_retry_tries_the_period_again(self):
        self.close(5)
        numbers = [self.add((5, day)) for day in (10, 11)]
        self.run_link(self.link)
        self.open(5)
        with self.enter_registry_test_mode():
            self.order(numbers[1]).action_retry()
        self.assert_booked(numbers[1], "49.90")
        self.run_link(self.link)
        self.assert_booked(numbers[0], "49.90")

    def test_a_retry_of_many_meets_a_closed_period_once(self):
        self.close(5)
        numbers = [self.add((5, day)) for day in (10, 11, 12)]
        self.run_link(self.link)
        orders = self.env["lightspeed.exact.order"].search([("number", "in", numbers)])
        with self.enter_registry_test_mode():
            orders.action_retry()
        self.assertEqual(len(self.posted_entries()), 2)
        self.assertEqual(set(orders.mapped("state")), {"held"})

    def test_moving_out_of_a_filed_period_solves_a_closed_one(self):
        self.close(5)
        number = self.add((5, 10))
        self.run_link(self.link)
        self.assert_held(number, "refused.period_closed")
        self.entity.write(
            {"vat_filed_through": date(self.year, 6, 30), "late_policy": "shift"}
        )
        self.run_link(self.link)
        order = self.assert_booked(number, "49.90")
        self.assertEqual(order.booking_ids.entry_date, date(self.year, 7, 1))

    def test_a_year_that_is_not_set_up_is_learned_too(self):
        year = self.year - 3
        numbers = [self.add((month, 10), year=year) for month in (2, 8, 12)]
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 1)
        self.assert_held(numbers[0], "refused.unknown_year")
        for number in numbers[1:]:
            self.assert_held(number, "period_refused", str(year))
        missing = self.administration.refused_period_ids
        self.assertTrue(missing.is_missing)
        self.assertEqual(
            (missing.start_date, missing.end_date),
            (date(year, 1, 1), date(year, 12, 31)),
        )
        with self.enter_registry_test_mode():
            self.administration.action_refresh()
        self.assertTrue(missing.exists())
        self.assertTrue(missing.active)
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 1)

    def test_a_year_that_was_set_up_is_found_by_a_refresh(self):
        year = self.year - 3
        numbers = [self.add((month, 10), year=year) for month in (2, 8)]
        self.run_link(self.link)
        self.box.exact.control_add_year(exact_demo.MAIN, year)
        with self.enter_registry_test_mode():
            self.administration.action_refresh()
        self.assertFalse(self.administration.refused_period_ids)
        self.assertFalse(self.administration.period_ids.filtered("is_missing"))
        self.run_link(self.link)
        for number in numbers:
            self.assert_booked(number, "49.90")

    def test_a_period_of_another_administration_is_its_own(self):
        other = self.make_administration(
            self.administration.connection_id, exact_demo.SECOND
        )
        self.close(5)
        self.add((5, 10))
        self.run_link(self.link)
        self.assertTrue(self.administration.refused_period_ids)
        self.assertFalse(other.refused_period_ids)

    def test_a_manager_tries_a_period_again_and_a_user_does_not(self):
        self.close(5)
        number = self.add((5, 10))
        self.run_link(self.link)
        period = self.administration.refused_period_ids
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        manager = new_test_user(self.env, "beheerder", groups=f"{GROUPS}manager")
        with self.assertRaises(AccessError):
            period.with_user(user).action_reopen()
        with self.assertRaises(AccessError):
            period.with_user(manager).refusal = "Mijn"
        self.assertEqual(self.order(number).state, "held")
        period.with_user(manager).action_reopen()
        self.assertEqual(self.order(number).state, "ready")


class TestAfterwards(FilingCase):
    """What is made after the booking keeps out of filed periods as well."""

    def edit(self, number):
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            number,
            [{"title": "Theepot", "quantity": 1, "unit_incl": "60.00", "rate": "0.21"}],
        )
        self.run_link(self.link)
        return self.order(number)

    def answer(self, order, action):
        with self.enter_registry_test_mode():
            getattr(order, action)()
        self.env.invalidate_all()

    def test_a_credit_of_a_filed_period_is_held(self):
        number = self.add((2, 15))
        self.run_link(self.link)
        order = self.edit(number)
        self.entity.vat_filed_through = date(self.year, 3, 31)
        self.answer(order, "action_rebook")
        self.assertEqual((order.state, order.reason_code), ("booked", "period_filed"))
        self.assertEqual(set(self.entries()), {number})

    def test_a_credit_of_a_filed_period_moves_with_what_is_booked_instead(self):
        number = self.add((2, 15))
        self.run_link(self.link)
        order = self.edit(number)
        self.entity.write(
            {"vat_filed_through": date(self.year, 3, 31), "late_policy": "shift"}
        )
        self.answer(order, "action_rebook")
        self.assertEqual(len(self.entries()), 3)
        moved = order.booking_ids.filtered("shifted_from")
        self.assertEqual(set(moved.mapped("kind")), {"credit", "sale"})
        self.assertEqual(set(moved.mapped("shifted_from")), {date(self.year, 2, 15)})
        self.assertEqual(set(moved.mapped("entry_date")), {date(self.year, 4, 1)})
        for booking in moved:
            text = self.entries()[booking.reference]["Description"]
            self.assertTrue(text.endswith(f"(15-02-{self.year})"), text)
        # VAT of 8.66 went out and 10.41 came in.
        self.assertEqual(str(self.entity._shifted_sums()[0][2]), "1.75")


class TestDayEntries(FilingCase):
    """One entry a day, planned before its period was filed."""

    def setUp(self):
        super().setUp()
        self.patch(
            type(self.env["exact.customer"]), "_is_collective", lambda customer: True
        )
        self.link.grouping = "day"

    def test_a_day_that_was_filed_meanwhile_is_decided_again(self):
        number = self.add((2, 15))
        entries = type(self.env["lightspeed.exact.day.entry"])
        with patch.object(entries, "_process", lambda entry, work: None):
            self.run_link(self.link)
        self.assertEqual(self.order(number).reason_code, "waits_for_day")
        self.entity.vat_filed_through = date(self.year, 3, 31)
        self.run_link(self.link)
        self.run_link(self.link)
        self.assert_held(number, "period_filed")
        self.assertFalse(self.posted_entries())

    def test_what_was_moved_stands_by_itself_with_its_true_date(self):
        self.entity.write(
            {"vat_filed_through": date(self.year, 3, 31), "late_policy": "shift"}
        )
        number, other = self.add((2, 15)), self.add((4, 1))
        self.run_link(self.link)
        self.run_link(self.link)
        self.assert_booked(number, "49.90")
        self.assertEqual(self.order(other).state, "booked")
        self.assertEqual(len(self.entries()), 2)

    def test_a_closed_period_is_learned_and_tried_again(self):
        self.box.exact.control_close_period(exact_demo.MAIN, self.year, 5)
        numbers = [self.add((5, 10)), self.add((5, 10)), self.add((5, 11))]
        self.run_link(self.link)
        self.run_link(self.link)
        self.assertEqual(len(self.posted_entries()), 1)
        self.assertEqual({self.order(number).state for number in numbers}, {"held"})
        self.box.exact.control_open_period(exact_demo.MAIN, self.year, 5)
        self.administration.refused_period_ids.action_reopen()
        self.run_link(self.link)
        self.run_link(self.link)
        self.assertEqual({self.order(number).state for number in numbers}, {"booked"})
        self.assertEqual(len(self.entries()), 2)
