"""The legal entity: registrations, the threshold of distance sales, what follows."""

from datetime import date, timedelta
from decimal import Decimal

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.accounting.vat_position import Period

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase


class EntityCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.today = fields.Date.context_today(self.env["lightspeed.exact.entity"])
        self.year = self.today.year

    def make_entity(self, **values):
        return self.env["lightspeed.exact.entity"].create(
            {
                "name": "Voorbeeld B.V.",
                "country_id": self.env.ref("base.nl").id,
                **values,
            }
        )

    def add_period(self, entity, kind="oss", start=None, end=None, country=None):
        return self.env["lightspeed.exact.entity.period"].create(
            {
                "entity_id": entity.id,
                "kind": kind,
                "date_from": start,
                "date_to": end,
                "country_id": country and self.env.ref(f"base.{country}").id,
            }
        )

    def add_booking(self, link, net, day=None, state="posted", kind="sale", **values):
        """Add a booking as the engine would keep it."""
        order = self.env["lightspeed.exact.order"].create(
            {
                "link_id": link.id,
                "shop_id": link.shop_id.id,
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "remote_id": str(
                    self.env["lightspeed.exact.order"].search_count([]) + 9000
                ),
                "state": values.pop("order_state", "ready"),
            }
        )
        return self.env["lightspeed.exact.booking"].create(
            {
                "order_id": order.id,
                "link_id": link.id,
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "reference": order.remote_id,
                "entry_date": day or self.today,
                "currency_id": link.company_id.currency_id.id,
                "threshold_net": net,
                "state": state,
                "kind": kind,
                **values,
            }
        )


class TestEntityOfAnAdministration(EntityCase):
    def test_it_is_made_from_the_administration(self):
        administration = self.make_administration()
        entity = administration.entity_id
        self.assertEqual(entity.name, "Voorbeeldwinkel B.V.")
        self.assertEqual(entity.vat_number, "NL000099998B57")
        self.assertEqual(entity.country_id.code, "NL")
        self.assertEqual(entity.currency_id.name, "EUR")
        self.assertEqual(entity.company_id, administration.company_id)
        self.assertEqual(entity.administration_ids, administration)

    def test_administrations_of_one_vat_number_share_it(self):
        connection = self.make_connection()
        number = "NL000099998B57"
        self.box.exact.control_edit_division(exact_demo.SECOND, VATNumber=number)
        with self.enter_registry_test_mode():
            connection.action_fetch_administrations()
        rows = self.env["exact.administration"].search([("vat_number", "=", number)])
        self.assertEqual(len(rows), 2)
        self.assertEqual(len(rows.entity_id), 1)
        others = self.env["exact.administration"].search(
            [("id", "not in", rows.ids), ("app_id", "=", connection.app_id.id)]
        )
        self.assertNotIn(rows.entity_id, others.entity_id)

    def test_a_choice_is_kept_when_the_administration_is_read_again(self):
        administration = self.make_administration()
        entity = self.make_entity(name="Holding")
        administration.entity_id = entity
        self.box.exact.control_edit_division(
            exact_demo.MAIN, VATNumber="NL000099986B46"
        )
        with self.enter_registry_test_mode():
            administration.action_refresh()
        self.assertEqual(administration.vat_number, "NL000099986B46")
        self.assertEqual(administration.entity_id, entity)

    def test_a_number_that_cannot_be_right_stops_nobody(self):
        self.box.exact.control_edit_division(exact_demo.MAIN, VATNumber="NL123")
        administration = self.make_administration()
        self.assertFalse(administration.entity_id.vat_number)

    def test_an_entity_stays_in_its_company(self):
        administration = self.make_administration()
        other = self.env["res.company"].create({"name": "Ander"})
        with self.assert_refuses(ValidationError, "stays in its company"):
            administration.entity_id.company_id = other
        with self.assertRaises(UserError), self.cr.savepoint():
            administration.entity_id = self.make_entity(company_id=other.id)

    def test_an_entity_with_administrations_is_not_deleted(self):
        administration = self.make_administration()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            administration.entity_id.unlink()
            self.env.flush_all()


class TestRegistrations(EntityCase):
    def test_the_vat_number_is_checked_to_its_check_digit(self):
        entity = self.make_entity(vat_number="NL000099998B57")
        entity.vat_number = "nl 0000.99998.b57"
        for number in ("NL000099997B57", "NL12", "onbekend"):
            with (
                self.subTest(number=number),
                self.assert_refuses(ValidationError, "cannot be right"),
            ):
                entity.vat_number = number

    def test_periods_of_a_kind_do_not_overlap(self):
        entity = self.make_entity()
        self.add_period(entity, start="2025-01-01", end="2025-12-31")
        self.add_period(entity, start="2026-07-01")
        self.add_period(entity, "small_business", "2025-06-01", "2025-06-30")
        for start, end in (
            ("2025-12-31", "2026-01-31"),
            ("2024-01-01", "2025-01-01"),
            ("2026-01-01", None),
            (None, None),
            (None, "2025-01-01"),
        ):
            with (
                self.subTest(start=start, end=end),
                self.assert_refuses(ValidationError, "overlaps"),
            ):
                self.add_period(entity, start=start, end=end)
        self.add_period(entity, start="2026-01-01", end="2026-06-30")

    def test_registrations_overlap_between_countries_only(self):
        entity = self.make_entity()
        self.add_period(entity, "registered", country="de")
        self.add_period(entity, "registered", country="fr")
        with self.assert_refuses(ValidationError, "overlaps"):
            self.add_period(entity, "registered", country="de")

    def test_a_period_must_make_sense(self):
        entity = self.make_entity()
        for values in (
            {"start": "2026-02-01", "end": "2026-01-01"},
            {"kind": "registered"},
        ):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                self.add_period(entity, **values)

    def test_the_position_tells_all_that_is_known(self):
        entity = self.make_entity(
            vat_number="NL000099998B57", postcode="1234 AB", threshold=5000.1
        )
        self.add_period(entity, start="2025-07-01", end="2025-12-31")
        self.add_period(entity, "small_business", end="2024-12-31")
        self.add_period(entity, "registered", start="2026-01-01", country="de")
        found = entity._vat_position(date(2026, 1, 1))
        self.assertEqual(
            (found.country, found.postcode, found.vat_number),
            ("NL", "1234 AB", "NL000099998B57"),
        )
        self.assertEqual(found.oss, (Period(date(2025, 7, 1), date(2025, 12, 31)),))
        self.assertEqual(found.small_business, (Period(None, date(2024, 12, 31)),))
        self.assertEqual(found.foreign_registrations, ("DE",))
        self.assertEqual(found.threshold, Decimal("5000.10"))
        earlier = entity._vat_position(date(2025, 12, 31))
        self.assertEqual(earlier.foreign_registrations, ())


class TestThreshold(EntityCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link(start=False)
        self.entity = self.link.entity_id

    def sums(self, *args):
        return self.entity._cross_border_sums(*args)

    def test_cents_add_up_exactly(self):
        for _each in range(10):
            self.add_booking(self.link, 0.1)
        self.add_booking(self.link, 9999.99)
        found = self.sums()[self.year]
        self.assertIsInstance(found, Decimal)
        self.assertEqual(found, Decimal("10000.99"))

    def test_all_links_of_the_entity_count(self):
        belgian = self.make_administration(
            self.link.administration_id.connection_id, exact_demo.BELGIAN
        )
        shop = self.make_shop(name="Tweede")
        other = self.env["lightspeed.exact.link"].create(
            {
                "shop_id": shop.id,
                "administration_id": belgian.id,
                "reference_prefix": "B-",
            }
        )
        self.add_booking(self.link, 100)
        self.add_booking(other, 10)
        self.assertEqual(self.sums()[self.year], 100)
        belgian.entity_id = self.entity
        self.assertEqual(self.sums()[self.year], 110)
        self.assertEqual(self.entity.link_count, 2)

    def test_credits_and_planned_bookings_count_and_skipped_orders_do_not(self):
        self.add_booking(self.link, 100)
        self.add_booking(self.link, -30, kind="credit")
        self.add_booking(self.link, 5, state="planned", order_state="waiting")
        self.add_booking(self.link, 7, state="planned", order_state="skipped")
        # The correction of a booked order that Exact refused.
        self.add_booking(self.link, -9, state="planned", order_state="booked")
        self.assertEqual(self.sums()[self.year], 75)

    def test_each_year_has_its_own_sum_and_a_moved_booking_its_own_year(self):
        self.add_booking(self.link, 1, date(self.year - 1, 12, 31))
        self.add_booking(self.link, 2, date(self.year, 1, 1))
        self.add_booking(
            self.link,
            4,
            date(self.year, 1, 1),
            shifted_from=date(self.year - 1, 12, 15),
        )
        self.assertEqual(self.sums(), {self.year - 1: 5, self.year: 2})

    def test_the_order_at_hand_and_later_days_do_not_count(self):
        yesterday = self.today - timedelta(days=1)
        mine = self.add_booking(self.link, 1, yesterday)
        self.add_booking(self.link, 2, yesterday)
        self.add_booking(self.link, 4, self.today)
        found = self.entity._vat_position(yesterday, mine.order_id).cross_border_net
        self.assertEqual(found.get(yesterday.year), 2)
        self.assertEqual(found.get(1999, Decimal(0)), 0)

    def test_another_currency_is_not_counted_and_said_so(self):
        self.add_booking(self.link, 100)
        self.assertFalse(self.entity.uncounted_text)
        self.add_booking(self.link, 7, currency_id=self.env.ref("base.GBP").id)
        self.entity.invalidate_recordset()
        self.assertEqual(self.sums()[self.year], 100)
        self.assertIn("7.00", self.entity.uncounted_text)

    def test_what_is_sold_elsewhere_counts_too(self):
        self.add_booking(self.link, 100)
        self.env["lightspeed.exact.entity.year"].create(
            [
                {"entity_id": self.entity.id, "year": self.year, "amount": 0.1},
                {"entity_id": self.entity.id, "year": self.year - 1, "amount": 20},
            ]
        )
        self.assertEqual(
            self.sums(), {self.year: Decimal("100.10"), self.year - 1: Decimal("20.00")}
        )

    def test_it_costs_no_query_until_it_is_asked_for(self):
        self.add_booking(self.link, 100)
        position = self.entity._vat_position()
        self.env.flush_all()
        before = self.cr.sql_log_count
        position = self.entity._vat_position()
        self.assertEqual(self.cr.sql_log_count, before)
        self.assertEqual(position.cross_border_net[self.year], 100)
        asked = self.cr.sql_log_count
        self.assertEqual(position.cross_border_net.get(self.year - 1, 0), 0)
        self.assertEqual(self.cr.sql_log_count, asked)

    def test_the_running_count_is_shown_with_a_warning_before_it_is_too_late(self):
        self.add_booking(self.link, 7999.99)
        self.assertEqual(self.entity.threshold_state, "below")
        self.assertIn("taxed in Netherlands", self.entity.supply_text)
        self.assertIn("2,000.01", self.entity.supply_text)
        self.add_booking(self.link, 0.01)
        self.entity.invalidate_recordset()
        self.assertEqual(self.entity.threshold_state, "near")
        self.assertEqual(self.entity.threshold_used, 80)
        self.add_booking(self.link, 2000)
        self.entity.invalidate_recordset()
        self.assertEqual(self.entity.threshold_state, "near")
        self.add_booking(self.link, 0.01)
        self.entity.invalidate_recordset()
        self.assertEqual(self.entity.threshold_state, "exceeded")
        self.assertEqual(self.entity.net_this_year, 10000.01)
        self.assertIn(f"In {self.year} more than", self.entity.supply_text)

    def test_a_year_over_the_threshold_decides_the_next_one(self):
        self.add_booking(self.link, 10000.01, date(self.year - 1, 6, 1))
        self.assertEqual(self.entity.threshold_state, "exceeded")
        self.assertEqual(self.entity.net_last_year, 10000.01)
        self.assertIn(f"In {self.year - 1} more than", self.entity.supply_text)

    def test_a_registration_for_oss_decides_by_itself(self):
        self.add_booking(self.link, 20000)
        self.add_period(self.entity)
        self.assertIn("Registered for OSS", self.entity.supply_text)
        self.add_period(self.entity, "small_business")
        self.assertIn("small-business scheme", self.entity.supply_text)


class TestPolicy(EntityCase):
    def test_the_policy_of_a_link_has_the_position_of_its_entity(self):
        link = self.make_link(start=False)
        self.add_period(link.entity_id)
        self.assertEqual(link._policy().vat.oss, (Period(),))
        self.assertEqual(link._policy().vat.country, "NL")

    def test_without_a_country_of_the_entity_it_is_the_shops(self):
        link = self.make_link(start=False)
        link.entity_id.country_id = False
        self.assertEqual(
            link._policy().vat.country, link.shop_id.country_id.code or "NL"
        )

    def test_what_is_held_is_looked_at_again_when_the_entity_changes(self):
        self.fault("business", "salesentry/SalesEntries")
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        order = self.order(number)
        for change in (
            lambda entity: self.add_period(entity, end="2020-01-01"),
            lambda entity: entity.period_ids.write({"date_to": "2021-01-01"}),
            lambda entity: entity.period_ids.unlink(),
            lambda entity: entity.write(
                {"year_ids": [Command.create({"year": 2025, "amount": 1})]}
            ),
            lambda entity: entity.write({"threshold": 9000}),
        ):
            order._set_state("held", "vat_suspicious")
            change(link.entity_id)
            self.assertEqual(order.state, "ready")

    def test_foreign_rates_of_the_shop_without_a_registration_are_noticed(self):
        link = self.make_link(start=False)
        link.shop_id.tax_rates = ["0.21", "0.19"]
        self.assertIn("19 %", link.vat_notice)
        self.add_period(link.entity_id)
        self.assertFalse(link.vat_notice)

    def test_rules_for_distance_sales_without_a_registration_are_noticed(self):
        link = self.make_link(start=False)
        self.assertFalse(link.vat_notice)
        administration = link.administration_id
        self.env["lightspeed.exact.ledger.rule"].create(
            {
                "link_id": link.id,
                "treatment": "oss",
                "rate": 0.21,
                "country_id": self.env.ref("base.be").id,
                "gl_account_id": administration.gl_account_ids.filtered(
                    lambda row: row.code == "8050"
                ).id,
                "vat_code_id": administration.vat_code_ids.filtered(
                    lambda row: row.code == "BE1"
                ).id,
            }
        )
        self.assertIn("is not registered for OSS", link.vat_notice)
        self.add_period(link.entity_id)
        self.assertFalse(link.vat_notice)


class TestDistanceSales(EntityCase):
    """The threshold at work: from the sale that exceeds it on, taxed elsewhere."""

    def sell(self, title, amount, rate="0.21", country="be"):
        return self.add_order(
            (title, 1, amount, rate),
            customer={
                "email": "urs@example.com",
                "firstname": "Urs",
                "lastname": "Peeters",
                "street": "Korenlei",
                "number": "14",
                "zipcode": "9000",
                "city": "Gent",
                "country": country,
            },
        )["number"]

    def sold_elsewhere(self, link, amount):
        link.entity_id.year_ids = [
            Command.clear(),
            Command.create({"year": self.year, "amount": amount}),
        ]

    def test_below_the_threshold_a_sale_abroad_is_taxed_at_home_and_counts(self):
        number = self.sell("Mok", "121.00")
        link = self.make_link()
        self.run_link(link)
        booking = self.assert_booked(number, "121.00").booking_ids
        self.assertEqual(booking.treatment, "domestic")
        self.assertEqual(booking.threshold_net, 100)
        self.assertEqual(link.entity_id._cross_border_sums()[self.year], 100)

    def test_what_is_credited_or_corrected_counts_no_longer(self):
        placed = self.sell("Mok", "121.00"), self.sell("Bord", "242.00")
        link = self.make_link()
        self.run_link(link)
        entity = link.entity_id
        self.assertEqual(entity.net_this_year, 300)
        self.box.lightspeed.control_credit_order(self.shop_number, placed[0])
        self.run_link(link)
        self.assertEqual(entity._cross_border_sums()[self.year], 200)
        line = {"title": "Bord", "quantity": 1, "unit_incl": "60.50", "rate": "0.21"}
        self.box.lightspeed.control_rebuild_order(
            self.shop_number, placed[1], lines=[line]
        )
        self.later(1000)
        self.run_link(link)
        order = self.order(placed[1])
        self.assertEqual(order.proposal, "edited")
        self.assertEqual(entity._cross_border_sums()[self.year], 200)
        with self.enter_registry_test_mode():
            order.action_rebook()
        self.assertEqual(len(order.booking_ids), 3)
        self.assertEqual(entity._cross_border_sums()[self.year], 50)
        self.box.lightspeed.control_set_status(
            self.shop_number, placed[1], status="cancelled"
        )
        self.later(1000)
        self.run_link(link)
        with self.enter_registry_test_mode():
            order.action_credit_in_full()
        self.assertEqual(entity._cross_border_sums()[self.year], 0)
        self.assertEqual(entity.threshold_used, 0)

    def test_a_domestic_sale_does_not_count(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(link.entity_id._cross_border_sums(), {})

    def test_the_sale_that_exceeds_it_is_held_until_there_is_a_registration(self):
        first, second = self.sell("Mok", "121.00"), self.sell("Bord", "121.00")
        link = self.make_link()
        self.sold_elsewhere(link, 9800)
        self.run_link(link)
        self.assert_booked(first, "121.00")
        self.assert_booked(second, "121.00")
        third = self.sell("Vork", "0.02")
        self.run_link(link)
        order = self.order(third)
        self.assertEqual((order.state, order.reason_code), ("held", "vat_suspicious"))
        self.assertEqual(link.entity_id.threshold_state, "near")
        # The order that is held does not count itself when it is looked at again.
        self.sold_elsewhere(link, 9799)
        self.run_link(link)
        self.assert_booked(third, "0.02")

    def test_an_order_that_is_decided_again_does_not_count_itself(self):
        number = self.sell("Mok", "121.00")
        link = self.make_link()
        self.sold_elsewhere(link, 9900)
        self.fault("business", "salesentry/SalesEntries")
        self.run_link(link)
        order = self.order(number)
        self.assertEqual((order.state, order.booking_ids.state), ("held", "planned"))
        self.assertEqual(order.booking_ids.threshold_net, 100)
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assert_booked(number, "121.00")

    def test_a_registration_from_today_does_not_reach_back(self):
        link = self.make_link()
        self.register_for_oss(link, self.today + timedelta(days=2))
        number = self.sell("Mok", "121.00")
        self.run_link(link)
        self.assertEqual(self.order(number).booking_ids.treatment, "domestic")
