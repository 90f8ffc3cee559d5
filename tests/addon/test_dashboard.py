"""Reports: what was booked and what is held, counted; and what leaves as a list."""

from ast import literal_eval
from decimal import Decimal

from lxml import etree

from odoo.exceptions import AccessError

from odoo.addons.lightspeed_exact_connector.models.reasons import (
    REASONS,
    describe,
    short_label,
)

from tests.addon.cockpit_case import CockpitCase

BOOKING, ORDER = "lightspeed.exact.booking", "lightspeed.exact.order"
ADDON = "lightspeed_exact_connector"

# What the connector keeps as a vendor sent it or as it was sent: for no list.
RAW = {
    ORDER: ("payload",),
    BOOKING: ("content", "output"),
    "lightspeed.exact.operation": ("payload", "output"),
    "lightspeed.shop": ("api_key", "api_secret", "app_token"),
    "exact.app": ("client_secret", "webhook_secret"),
    "lightspeed.app": ("app_secret",),
}


class DashboardCase(CockpitCase):
    def reports(self):
        """Return the actions of the menu *Reports*."""
        menus = self.env.ref(f"{ADDON}.lightspeed_exact_reports_menu").child_id
        self.assertEqual(len(menus), 5)
        return [menu.action for menu in menus]


class TestReports(DashboardCase):
    def test_every_report_counts_what_its_first_look_asks_for(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        self.add_record(link, "held")
        for action in self.reports():
            context = literal_eval(action.context)
            model = self.env[action.res_model].with_user(self.person)
            for groups, measures in (
                (context["graph_groupbys"], [context["graph_measure"]]),
                (
                    context["pivot_row_groupby"] + context["pivot_column_groupby"],
                    context["pivot_measures"],
                ),
            ):
                aggregates = [
                    name if name == "__count" else f"{name}:sum" for name in measures
                ]
                with self.subTest(action=action.name, groups=groups):
                    rows = model.formatted_read_group(
                        [], groups, [*aggregates, "__count"]
                    )
                    self.assertGreaterEqual(sum(row["__count"] for row in rows), 1)

    def test_every_report_begins_with_filters_that_are_there(self):
        for action in self.reports():
            model = self.env[action.res_model].with_user(self.person)
            kinds = [(False, kind) for kind in action.view_mode.split(",")]
            views = model.get_views([*kinds, (False, "search")])["views"]
            filters = {
                f"search_default_{node.get('name')}"
                for node in etree.fromstring(views["search"]["arch"]).iter("filter")
            }
            wanted = {
                key for key in literal_eval(action.context) if key.startswith("search_")
            }
            with self.subTest(action=action.name):
                self.assertTrue(wanted)
                self.assertLessEqual(wanted, filters)

    def test_sums_come_to_what_was_proved_credits_counted_off(self):
        self.add_order()
        second = self.add_order(("Theepot", 3, "33.33", "0.21"))
        link = self.make_link(cancelled_after="credit")
        self.run_link(link)
        self.box.lightspeed.control_cancel_order(self.shop_number, second["number"])
        self.run_link(link)
        bookings = self.env[BOOKING].search([("state", "=", "posted")])
        proved = sum(Decimal(booking.gross) for booking in bookings)
        rows = self.env[BOOKING].formatted_read_group(
            [("state", "=", "posted")],
            [],
            ["amount_net:sum", "amount_vat:sum", "amount_total:sum"],
        )
        self.assertEqual(f"{rows[0]['amount_total:sum']:.2f}", str(proved))
        parts = rows[0]["amount_net:sum"] + rows[0]["amount_vat:sum"]
        self.assertEqual(f"{parts:.2f}", str(proved))
        self.assertEqual(len(bookings), 3)
        self.assertEqual(str(proved), "49.90")


class TestHoldsByCause(DashboardCase):
    def test_a_pivot_groups_by_the_cause_and_the_state_at_once(self):
        link = self.make_link()
        self.add_record(link, "held", reason_code="rule_missing")
        self.add_record(link, "failed", reason_code="temporary")
        sets = [[], ["reason_kind"], ["state"], ["reason_kind", "state"]]
        found = self.env[ORDER].formatted_read_grouping_sets([], sets, ["__count"])
        counts = [sum(row["__count"] for row in rows) for rows in found]
        self.assertEqual(counts, [2] * 4)

    def test_holds_are_counted_by_what_their_reason_means(self):
        link = self.make_link()
        for code in ("rule_missing", "rule_missing", "refused.blocked", "refused.new"):
            self.add_record(link, "held", reason_code=code)
        self.add_record(link, "held", reason_code="nobody_knows_this")
        self.add_record(link, "waiting")
        rows = self.env[ORDER]._read_group([], ["reason_kind"], ["__count"])
        self.assertEqual(
            dict(rows),
            {
                "rule_missing": 2,
                "refused.blocked": 1,
                "rejected": 1,
                "internal": 1,
                False: 1,
            },
        )
        for kind, count in rows:
            found = self.env[ORDER].search([("reason_kind", "=", kind)])
            self.assertEqual(len(found), count)
            self.assertEqual(set(found.mapped("reason_kind")), {kind})
            self.assertEqual(found.filtered_domain([("reason_kind", "=", kind)]), found)

    def test_a_cause_is_searched_without_the_others(self):
        link = self.make_link()
        held = self.add_record(link, "held", reason_code="rule_missing")
        other = self.add_record(link, "held", reason_code="currency")
        none = self.add_record(link, "waiting")
        orders = self.env[ORDER]
        found = orders.search([("reason_kind", "!=", "rule_missing")])
        self.assertEqual(found, other + none)
        found = orders.search([("reason_kind", "in", ["rule_missing", False])])
        self.assertEqual(found, held + none)

    def test_every_reason_has_a_short_label_in_both_languages(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        for lang in ("en_US", "nl_NL"):
            env = self.env(context={**self.env.context, "lang": lang})
            for code in REASONS:
                with self.subTest(code=code, lang=lang):
                    label = short_label(env, code)
                    self.assertGreater(len(label), 5)
                    self.assertNotIn("%", label.replace(" %", ""))
                    self.assertNotIn("?", label)
                    self.assertNotIn("\n", label)

    def test_a_short_label_says_nothing_of_one_order(self):
        label = short_label(self.env, "temporary")
        self.assertEqual(label, "… could not be reached")
        text = describe(self.env, "temporary", {"service": "X", "detail": "y"})[0]
        self.assertEqual(text, "X could not be reached: y")

    def test_the_graph_shows_the_words_of_the_reader(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        orders = self.env[ORDER].with_user(self.person).with_context(lang="nl_NL")
        described = orders.fields_get(["reason_kind"])["reason_kind"]
        self.assertTrue(described["groupable"])
        self.assertEqual(
            {code for code, _label in described["selection"]}, set(REASONS)
        )


class TestExport(DashboardCase):
    def setUp(self):
        super().setUp()
        # Odoo's own right: who exports lists at all.
        (self.person + self.bookkeeper).group_ids += self.env.ref(
            "base.group_allow_export"
        )

    def test_lists_of_bookings_and_links_are_exported(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        booking = self.env[BOOKING].search([]).with_user(self.person)
        names = ["reference", "entry_date", "treatment", "vat_country", "amount_total"]
        (row,) = booking.export_data(names)["datas"]
        self.assertEqual(row[0], booking.reference)
        self.assertAlmostEqual(row[-1], float(booking.gross))
        names = ["name", "status", "held_count", "exact_quota", "connection_days_left"]
        (row,) = link.with_user(self.person).export_data(names)["datas"]
        self.assertEqual(row[:3], [link.name, "Running", 0])

    def test_secrets_and_raw_data_are_offered_to_no_list(self):
        for name, columns in RAW.items():
            described = self.env[name].sudo().fields_get(columns)
            for column in columns:
                with self.subTest(model=name, field=column):
                    self.assertFalse(described[column]["exportable"])

    def test_raw_data_is_exported_by_nobody_who_may_not_read_it(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        for person in (self.person, self.bookkeeper):
            order = link.order_ids.with_user(person)
            self.assertNotIn("payload", order.fields_get())
            with self.assertRaises(AccessError):
                order.export_data(["payload"])
