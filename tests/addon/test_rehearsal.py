"""A rehearsal: real orders, the real decisions, and nothing sent or kept to be sent."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.accounting import stored
from odoo.addons.lightspeed_exact_connector.models import (
    lightspeed_exact_order_rehearsal as room,
)

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.customer_case import CustomerCase
from tests.addon.invoice_case import InvoiceCase
from tests.addon.rehearsal_case import COSTS, GERMAN, RehearsalCase

MIXED = (("Mok blauw", 3, "24.95", "0.21"), ("Kookboek", 2, "12.00", "0.09"))


class TestNothingIsSent(RehearsalCase):
    def test_a_link_that_never_started_is_rehearsed_without_a_call_to_exact(self):
        placed = [self.add_order(*MIXED, **COSTS)["number"] for _each in range(3)]
        link = self.make_link(start=False)
        before, since = self.kept(), self.box.calls.last
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=3)
        self.assertEqual(set(rehearsal.order_ids.mapped("number")), set(placed))
        self.assert_nothing_sent(since)
        self.assertEqual(self.kept(), before)
        self.assertEqual(link.state, "draft")

    def test_it_costs_one_call_for_the_list_and_one_for_each_order(self):
        for _each in range(4):
            self.add_order()
        link = self.make_link(start=False)
        since = self.box.calls.last
        self.rehearse(link)
        self.assertEqual(len(self.calls(service="lightspeed", since=since)), 1 + 4)

    def test_a_running_link_keeps_its_orders_as_they_are(self):
        number = self.add_order()["number"]
        waiting = self.add_order(status="processing_awaiting_shipment")["number"]
        link = self.make_link()
        self.run_link(link)
        self.assert_booked(number, "49.90")
        link.next_poll_at = fields.Datetime.now() + timedelta(days=1)
        before, since = self.kept(), self.box.calls.last
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=1)
        self.assertEqual(rehearsal.order_ids.number, number)
        self.assert_nothing_sent(since)
        self.assertEqual(self.kept(), before)
        self.assert_booked(number, "49.90")
        self.assertEqual(self.order(waiting).state, "waiting")

    def test_a_paused_link_is_rehearsed_as_well(self):
        link = self.make_link()
        self.run_link(link)
        link.action_pause()
        self.add_order()
        self.assert_done(self.rehearse(link), booked=1)
        self.assertFalse(self.entries())

    def test_the_work_of_a_rehearsal_cannot_reach_exact(self):
        with closing(room.RehearsalWork()) as work:
            self.assertIsNone(work.client)
            with self.assertRaises(AttributeError):
                work.find("crm/Accounts", ["ID"], "ID", "x")

    def test_the_lanes_work_for_a_link_that_does_not_run(self):
        self.add_order()
        link = self.make_link(start=False)
        lane = self.env["lightspeed.exact.lane"]
        self.assertFalse(any(lane._crons().mapped("active")))
        self.assertNotIn(link.administration_id.id, lane._due_administrations())
        rehearsal = self.begin(link)
        self.assertTrue(all(lane._crons().mapped("active")))
        self.assertIn(link.administration_id.id, lane._due_administrations())
        self.work(link)
        self.assert_done(rehearsal, booked=1)
        self.assertNotIn(link.administration_id.id, lane._due_administrations())
        self.assertFalse(any(lane._crons().mapped("active")))


class TestWhatIsShown(RehearsalCase):
    def test_what_is_shown_is_what_is_booked_afterwards(self):
        placed = [
            self.add_order(*MIXED, **COSTS),
            self.add_order(("Theepot", 1, "60.00", "0.21")),
            self.add_order(("Mok", 1, "23.80", "0.19"), customer=GERMAN),
        ]
        link = self.make_link(start=False)
        self.register_for_oss(link)
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=3)
        link.action_start()
        self.run_link(link)
        for order in placed:
            record = self.assert_booked(order["number"], order["gross"])
            shown = self.rehearsed(rehearsal, order["number"])._booking()
            booked = record.booking_ids._content()
            self.assertEqual(shown, replace(booked, description="", parts=()))

    def test_each_line_has_account_vat_code_and_amounts(self):
        number = self.add_order(*MIXED, **COSTS)["number"]
        link = self.make_link(start=False)
        order = self.rehearsed(self.rehearse(link), number)
        lines = order._booking().lines
        self.assertEqual(
            sum((line.gross for line in lines), Decimal(0)), Decimal("105.30")
        )
        self.assertTrue(all(line.gl_code and line.vat_code for line in lines))
        self.assertEqual(order.document_kind, "sales_entry")
        self.assertEqual(order.journal_code, exact_demo.JOURNAL)
        self.assertEqual(order.treatment, "domestic")
        self.assertTrue(order.treatment_text)
        for text in (lines[0].gl_code, "Mok blauw", "105.30"):
            self.assertIn(text, order.lines_html)

    def test_the_totals_are_the_shops_to_the_cent(self):
        placed = [self.add_order(*MIXED, **COSTS) for _each in range(3)]
        link = self.make_link(start=False)
        (totals,) = self.rehearse(link).summary["currencies"]
        gross = sum(Decimal(order["gross"]) for order in placed)
        self.assertEqual(Decimal(totals["shop"]["gross"]), gross)
        self.assertEqual(Decimal(totals["booked"]["gross"]), gross)
        self.assertEqual(totals["difference"]["gross"], "0.00")
        self.assertEqual(
            [(row[0], row[5], row[6]) for row in totals["rates"]],
            [("0.09", "0.00", "0.00"), ("0.21", "0.00", "0.00")],
        )

    def test_the_vat_is_shown_per_code_and_per_country(self):
        self.add_order(*MIXED)
        self.add_order(("Mok", 1, "23.80", "0.19"), customer=GERMAN)
        link = self.make_link(start=False)
        self.register_for_oss(link)
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=2)
        (totals,) = rehearsal.summary["currencies"]
        codes = {row[0]: row for row in totals["codes"]}
        self.assertEqual(codes["DE1"][2:4], ["20.00", "3.80"])
        self.assertIn(["oss", "DE", "0.19", "20.00", "3.80", 1], totals["places"])
        self.assertIn(["domestic", "NL", "0.09"], [row[:3] for row in totals["places"]])
        for text in ("Germany", "Distance sale (OSS)", "19 %", "DE1"):
            self.assertIn(text, rehearsal.vat_html)

    def test_holds_are_grouped_by_their_cause(self):
        numbers = [
            self.add_order(("Mug", 1, "12.20", "0.22"), customer=GERMAN)["number"]
            for _each in range(2)
        ]
        self.add_order()
        link = self.make_link(start=False)
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=1, held=2)
        ((_code, _params, held),) = rehearsal.summary["holds"]
        self.assertEqual(set(held), set(numbers))
        order = self.rehearsed(rehearsal, numbers[0])
        self.assertTrue(order.reason and order.advice)
        self.assertIn("2 ×", rehearsal.holds_html)
        self.assertIn(numbers[0], rehearsal.holds_html)
        (totals,) = rehearsal.summary["currencies"]
        self.assertEqual(totals["held"]["gross"], "24.40")
        self.assertEqual(totals["shop"]["count"], 3)

    def test_a_missing_ledger_rule_is_shown_and_stops_no_rehearsal(self):
        self.add_order(*MIXED)
        link = self.make_link(start=False)
        link.rule_ids.filtered(lambda rule: rule.rate == 0.09).unlink()
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=0, held=1)
        self.assertEqual(rehearsal.order_ids.reason_code, "rule_missing")

    def test_nothing_of_the_customer_is_kept(self):
        self.add_order()
        link = self.make_link(start=False, description_template="{number} {customer}")
        order = self.rehearse(link).order_ids
        kept = str(order.read())
        for text in ("Anna", "anna@example.com", "Voorbeeld "):
            self.assertNotIn(text, kept)
        self.assertEqual(stored.load(order.content).description, "")

    def test_an_order_of_zero_is_skipped_with_its_rule(self):
        number = self.add_order(("Gratis", 1, "0.00", "0.21"))["number"]
        rehearsal = self.rehearse(self.make_link(start=False))
        self.assert_done(rehearsal, booked=0, skipped=1)
        self.assertEqual(rehearsal.summary["skips"][0][2], [number])


class TestWhichOrders(RehearsalCase):
    def test_only_orders_that_reached_the_status_are_taken(self):
        number = self.add_order()["number"]
        self.add_order(status="processing_awaiting_shipment")
        self.add_order(status="cancelled")
        rehearsal = self.rehearse(self.make_link(start=False))
        self.assert_done(rehearsal, booked=1)
        self.assertEqual(rehearsal.order_ids.number, number)

    def test_the_newest_are_taken_and_no_more_than_was_asked_for(self):
        numbers = [self.add_order()["number"] for _each in range(5)]
        rehearsal = self.rehearse(self.make_link(start=False), count=3)
        self.assert_done(rehearsal, booked=3)
        self.assertEqual(set(rehearsal.order_ids.mapped("number")), set(numbers[2:]))

    def test_orders_from_before_the_start_of_the_link_are_taken(self):
        self.add_order()
        link = self.make_link(
            start=False, start_at=fields.Datetime.now() + timedelta(days=1)
        )
        self.assert_done(self.rehearse(link), booked=1)

    def test_a_shop_without_orders_is_rehearsed_with_nothing(self):
        rehearsal = self.rehearse(self.make_link(start=False))
        self.assert_done(rehearsal, booked=0)
        self.assertIn("no totals", rehearsal.totals_html)

    def test_where_invoices_are_booked_the_invoices_are_taken(self):
        placed = self.add_order(*MIXED)
        (truth,) = self.box.lightspeed.control_oracle(
            self.shop_number, placed["number"]
        )["invoices"]
        link = self.make_link(start=False, source="invoice")
        before, since = self.kept(), self.box.calls.last
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=1)
        self.assertEqual(rehearsal.order_ids.number, truth["number"])
        self.assert_nothing_sent(since)
        self.assertEqual(self.kept(), before)

    def test_500_at_most(self):
        link = self.make_link(start=False)
        rehearsal = self.env["lightspeed.exact.rehearsal"].browse(
            link.action_rehearse()["res_id"]
        )
        for count in (0, 501):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                rehearsal.wanted_count = count
                self.env.flush_all()


class TestGoingOn(RehearsalCase):
    def halfway(self, link, count):
        """Start a rehearsal and decide so many orders of it."""
        rehearsal = self.begin(link)
        engine = rehearsal.sudo()
        with closing(room.RehearsalWork()) as work:
            engine._select_page(work.shop_client(link.shop_id))
            for _each in range(count):
                engine._look_at_one(work)
        return rehearsal

    def test_it_stops_and_goes_on_where_it_was(self):
        for _each in range(5):
            self.add_order()
        link = self.make_link(start=False)
        since = self.box.calls.last
        rehearsal = self.halfway(link, 2)
        self.assertEqual(rehearsal.progress_text, "2 of 5")
        self.assertEqual(rehearsal.progress, 40)
        self.assertTrue(rehearsal.duration_text)
        rehearsal.action_pause()
        self.work(link)
        self.assertEqual((rehearsal.state, rehearsal.pending_count), ("paused", 3))
        rehearsal.action_resume()
        self.work(link)
        self.assert_done(rehearsal, booked=5)
        self.assertEqual(rehearsal.progress, 100)
        self.assertEqual(len(self.calls(service="lightspeed", since=since)), 1 + 5)

    def test_a_slice_without_time_leaves_the_rest_for_the_next(self):
        self.add_order()
        link = self.make_link(start=False)
        rehearsal = self.begin(link)
        self.work(link, seconds=-1)
        self.assertEqual(rehearsal.state, "selecting")
        self.work(link)
        self.assert_done(rehearsal, booked=1)

    def test_a_tenth_of_the_shops_calls_is_left_for_orders(self):
        for _each in range(5):
            self.add_order()
        link = self.make_link(start=False)
        self.box.lightspeed.control_set_rate_limits(self.shop_number, used=[268, 0, 0])
        self.env["lightspeed.exact.quota"].sudo().search([]).unlink()
        rehearsal = self.rehearse(link)
        self.assertEqual(rehearsal.state, "running")
        self.assertTrue(rehearsal.next_at)
        self.assertTrue(rehearsal.pending_count)
        self.later(301)
        self.work(link)
        self.assert_done(rehearsal, booked=5)

    def test_an_outage_of_the_shop_is_waited_out(self):
        self.add_order()
        link = self.make_link(start=False)
        self.fault("html_503", "orders", "GET", "lightspeed", times=9)
        rehearsal = self.rehearse(link)
        self.assertEqual(rehearsal.state, "selecting")
        self.assertTrue(rehearsal.problem_text)
        self.assertTrue(rehearsal.next_at)
        self.box.faults.clear()
        self.later(3600)
        self.work(link)
        self.assert_done(rehearsal, booked=1)
        self.assertFalse(rehearsal.problem_text)

    def test_one_order_that_the_shop_does_not_give_stops_no_other(self):
        numbers = [self.add_order() for _each in range(3)]
        link = self.make_link(start=False)
        path = f"orders/{numbers[1]['id']}.json"
        self.fault("html_503", path, "GET", "lightspeed", times=None)
        rehearsal = self.begin(link)
        for _again in range(4):
            self.work(link)
            self.later(3600)
        self.assert_done(rehearsal, booked=2, held=1)
        self.assertEqual(
            rehearsal.order_ids.filtered("attempts").number, numbers[1]["number"]
        )

    def test_an_unreadable_order_is_held_and_the_others_go_on(self):
        odd = self.add_order(overrides={"priceIncl": "veel"})["number"]
        self.add_order()
        rehearsal = self.rehearse(self.make_link(start=False))
        self.assert_done(rehearsal, booked=1, held=1)
        self.assertEqual(self.rehearsed(rehearsal, odd).reason_code, "unreadable_order")
        self.assertEqual(rehearsal.summary["unread"], 1)

    def test_a_link_has_one_rehearsal_under_way(self):
        link = self.make_link(start=False)
        first = link.action_rehearse()["res_id"]
        self.assertEqual(link.action_rehearse()["res_id"], first)
        self.work(link)
        self.env["lightspeed.exact.rehearsal"].browse(first).action_start()
        self.work(link)
        self.assertNotEqual(link.action_rehearse()["res_id"], first)

    def test_without_reference_data_nothing_starts(self):
        link = self.make_link(start=False)
        link.administration_id.refreshed_at = False
        with self.assert_refuses(UserError, "reference data"):
            self.begin(link)


class TestDocumentKinds(RehearsalCase, InvoiceCase):
    def test_invoices_are_rehearsed_without_making_an_item(self):
        self.add_order(
            {
                "title": "Mok",
                "quantity": 1,
                "unit_incl": "12.10",
                "rate": "0.21",
                "article_code": "MOK",
            }
        )
        link = self.make_invoice_link(start=False)
        before, since = self.kept(), self.box.calls.last
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=1)
        self.assertEqual(rehearsal.order_ids.document_kind, "sales_invoice")
        self.assert_nothing_sent(since)
        self.assertEqual(self.kept(), before)


class TestCustomers(RehearsalCase, CustomerCase):
    def test_a_collective_debtor_that_is_not_chosen_holds(self):
        self.add_order()
        link = self.make_link(start=False, customer_policy="collective")
        rehearsal = self.rehearse(link)
        self.assert_done(rehearsal, booked=0, held=1)
        self.assertEqual(rehearsal.order_ids.reason_code, "collective_missing")

    def test_one_that_is_chosen_does(self):
        self.add_order()
        link = self.collective_link()
        self.assert_done(self.rehearse(link), booked=1)


class TestApproval(RehearsalCase):
    def setUp(self):
        super().setUp()
        self.number = self.add_order(*MIXED)["number"]
        self.link = self.make_link(start=False)
        self.rehearsal = self.rehearse(self.link)
        self.bookkeeper = new_test_user(
            self.env, "boekhouder", groups=f"{GROUPS}bookkeeper"
        )

    def approve(self, user=None):
        self.rehearsal.with_user(user or self.bookkeeper).action_approve()
        self.env.invalidate_all()

    def test_a_bookkeeper_approves_and_the_link_says_so(self):
        self.assertEqual(self.link.approval, "none")
        self.approve()
        for record in (self.link, self.rehearsal):
            self.assertEqual(record.approval, "approved")
            self.assertEqual(record.approved_by_id, self.bookkeeper)
            self.assertTrue(record.approved_at)

    def test_another_choice_makes_it_an_approval_of_other_choices(self):
        self.approve()
        for values in ({"grouping": "account"}, {"zero_total": "hold"}):
            self.link.write(values)
            self.env.invalidate_all()
            self.assertEqual(self.link.approval, "other")
            self.assertEqual(self.rehearsal.approval, "other")
        self.link.write({"grouping": "product", "zero_total": "skip"})
        self.env.invalidate_all()
        self.assertEqual(self.link.approval, "approved")

    def test_another_ledger_rule_makes_it_an_approval_of_other_choices(self):
        self.approve()
        rule = self.link.rule_ids.filtered(lambda rule: rule.line_kind == "product")[0]
        rule.gl_account_id = self.link.administration_id.gl_account_ids.filtered(
            lambda account: (
                account.account_type == rule.gl_account_id.account_type
                and account != rule.gl_account_id
            )
        )[0]
        self.env.invalidate_all()
        self.assertEqual(self.link.approval, "other")

    def test_what_is_booked_meanwhile_changes_no_approval(self):
        self.approve()
        self.link.action_start()
        self.run_link(self.link)
        self.assertTrue(self.order(self.number).booking_ids)
        self.env.invalidate_all()
        self.assertEqual(self.link.approval, "approved")

    def test_nobody_approves_what_was_rehearsed_with_other_choices(self):
        self.link.grouping = "account"
        self.env.invalidate_all()
        self.assertTrue(self.rehearsal.choices_changed)
        with self.assert_refuses(UserError, "Rehearse again"):
            self.approve()

    def test_nobody_approves_what_is_not_done(self):
        self.rehearsal = self.env["lightspeed.exact.rehearsal"].browse(
            self.link.action_rehearse()["res_id"]
        )
        with self.assert_refuses(UserError, "not done yet"):
            self.approve()

    def test_choices_that_changed_meanwhile_are_never_approved(self):
        rehearsal = self.begin(self.link)
        self.work(self.link, seconds=-1)
        self.link.grouping = "account"
        self.work(self.link)
        self.link.grouping = "product"
        self.env.invalidate_all()
        self.assertEqual(rehearsal.state, "done")
        self.assertTrue(rehearsal.choices_mixed)
        self.assertTrue(rehearsal.choices_changed)

    def test_a_user_sees_it_and_does_not_approve(self):
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        self.assertTrue(self.rehearsal.with_user(user).totals_html)
        self.assertEqual(self.rehearsal.with_user(user).approval, "none")
        with self.assert_refuses(AccessError, "bookkeeper"):
            self.approve(user)

    def test_nobody_writes_a_result_or_an_approval(self):
        mine = self.rehearsal.with_user(self.bookkeeper)
        for values in (
            {"approved_by_id": self.bookkeeper.id},
            {"summary": {}},
            {"state": "draft"},
        ):
            with self.assert_refuses(AccessError, "Only the connector"):
                mine.write(values)
        with self.assert_refuses(UserError, "before it is started"):
            mine.write({"wanted_count": 3})

    def test_the_page_for_the_bookkeeper_has_all_that_is_to_be_approved(self):
        html = self.page()
        for text in (
            "Rehearsal: what would be booked",
            self.link.administration_id.name,
            self.link.shop_id.name,
            self.link.journal_id.display_name,
            "As the VAT return would look",
            "No order would be held.",
            "Mok blauw",
            self.number,
            "Signature",
        ):
            self.assertIn(text, html)

    def test_the_page_says_who_approved_it(self):
        self.approve()
        html = self.page()
        self.assertIn("Approved by", html)
        self.assertIn(self.bookkeeper.name, html)
        self.assertNotIn("Signature", html)

    def page(self):
        reports = self.env["ir.actions.report"].with_user(self.bookkeeper)
        html, kind = reports._render_qweb_html(
            "lightspeed_exact_connector.lightspeed_exact_rehearsal_document",
            self.rehearsal.ids,
        )
        self.assertEqual(kind, "html")
        return html.decode()

    def test_it_goes_with_its_link_and_after_ninety_days(self):
        self.approve()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lightspeed_exact_rehearsal"
            " SET create_date = create_date - interval '91 days'"
        )
        self.env.invalidate_all()
        terms = self.env["lightspeed.exact.retention"]._of(self.env.company)
        kind = next(kind for kind in terms._kinds() if kind.name == "rehearsals")
        old = self.env[kind.model].search(terms._domain(kind))
        self.assertEqual(old, self.rehearsal)
        kind.remove(old)
        self.assertFalse(self.rehearsal.exists())
        self.assertEqual(self.link.approval, "approved")
        other = self.rehearse(self.link)
        self.link.unlink()
        self.assertFalse(other.exists())
