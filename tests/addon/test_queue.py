"""The work queue: one row for all that wait for one thing, one screen solves it."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user
from odoo.tools import SQL, mute_logger

from odoo.addons.lightspeed_exact_connector.models import lightspeed_exact_solution
from odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_link_held import (
    RELEASABLE,
)
from odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_solution import (
    NAMES,
    SCREENS,
    SCREENS_OF_SUSPICIONS,
    Case,
)
from odoo.addons.lightspeed_exact_connector.models.reasons import REASONS, SUSPICIONS

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS, ConnectorCase
from tests.addon.test_amounts import GERMAN

# Solved in the shop or in Exact Online only: then a person retries.
SOLVED_ELSEWHERE = {"net_mismatch", "vat_suspicious", "vies_invalid"}
# Exact's refusals have their cause as a screen, where nothing better is known.
SOLVED_AT_THEIR_CAUSE = {"no_right", "rejected", "refused.blocked", "refused.mandatory"}


class QueueCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.box.exact.control_set_limits(minute=100_000)

    def groups(self, **values):
        """Return the rows of the queue with these values."""
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["lightspeed.exact.queue"].search(domain)

    def group(self, code):
        found = self.groups(reason_code=code)
        self.assertEqual(len(found), 1, self.groups().mapped("reason"))
        return found

    def drop_rules(self, link, kind="product"):
        """Take the ledger rules of a kind of line away; returns their first account."""
        rules = link.rule_ids.filtered(lambda rule: rule.line_kind == kind)
        account, codes = rules[0].gl_account_id, rules.vat_code_id
        rules.unlink()
        return account, codes

    def account_of(self, link):
        """Return the account of products at the high rate."""
        rules = link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and abs(rule.rate - 0.21) < 0.0001
        )
        return rules[:1].gl_account_id

    def opened(self, action):
        """Return the form that an action opens, filled in as it says."""
        self.assertEqual(action["type"], "ir.actions.act_window")
        model = self.env[action["res_model"]].with_context(**action["context"])
        return Form(model)

    def vat_code(self, link, code):
        codes = link.administration_id.vat_code_ids
        found = codes.filtered(lambda row: row.code == code)
        self.assertTrue(found, codes.mapped("code"))
        return found

    def make_many(self, link, count, code="rule_missing", params=None, **values):
        """Store orders that wait, as many as are wanted, in one statement."""
        orders = self.env["lightspeed.exact.order"]
        first = len(orders.search([]))
        return orders.create(
            [
                {
                    "link_id": link.id,
                    "shop_id": link.shop_id.id,
                    "administration_id": link.administration_id.id,
                    "company_id": link.company_id.id,
                    "remote_id": f"9{first + place}",
                    "number": f"VEEL{first + place}",
                    "order_date": fields.Datetime.now() - timedelta(days=place),
                    "amount_total": 10,
                    "currency_id": link.company_id.currency_id.id,
                    "state": "held",
                    "reason_code": code,
                    "reason_params": params or False,
                    **values,
                }
                for place in range(count)
            ]
        )


class TestQueue(QueueCase):
    def test_orders_that_wait_for_the_same_thing_are_one_row(self):
        link = self.make_link(start=False)
        austria = {
            "line_kind": "product",
            "treatment": "oss",
            "rate": "0.2",
            "country": "AT",
        }
        orders = self.make_many(link, 37, params=austria)
        self.make_many(link, 2, params={**austria, "country": "BE"})
        self.make_many(link, 3, params={**austria, "rate": "0.1"})
        self.assertEqual(self.groups().mapped("order_count"), [37, 3, 2])
        group = self.groups()[0]
        self.assertIn("distance sale (OSS), 20 %, AT", group.reason)
        self.assertEqual(group.amount_total, 370)
        self.assertEqual(group.oldest, min(orders.mapped("order_date")))
        self.assertEqual((group.link_id, group.who), (link, "bookkeeper"))
        self.assertEqual(group.solution, "Ledger rule")
        shown = orders.search(group.action_view_orders()["domain"])
        self.assertEqual(shown, orders)
        self.assertEqual(set(orders.mapped("queue_key")), {group.id})

    def test_what_is_of_one_order_only_makes_no_row_of_its_own(self):
        link = self.make_link(start=False)
        for number in range(3):
            self.make_many(
                link,
                1,
                "total_mismatch",
                {
                    "lines_total": f"1{number}.00",
                    "order_total": "12.50",
                    "difference": "0.50",
                },
            )
        group = self.group("total_mismatch")
        self.assertEqual(group.order_count, 3)
        self.assertIn("add up to …, the order says …", group.reason)
        self.assertNotIn("?", group.reason)

    def test_a_row_of_one_order_says_its_own_figures(self):
        link = self.make_link(start=False)
        self.make_many(
            link,
            1,
            "total_mismatch",
            {"lines_total": "12.00", "order_total": "12.50", "difference": "0.50"},
        )
        self.assertIn("12.00", self.group("total_mismatch").reason)

    def test_a_product_is_named_where_it_is_the_cause(self):
        link = self.make_link(start=False)
        for line in ("Mok", "Mok", "Bord"):
            self.make_many(link, 1, "item_code_missing", {"line": line})
        self.assertEqual(self.groups().mapped("order_count"), [2, 1])
        self.assertIn("Mok", self.groups()[0].reason)

    def test_held_and_tried_again_are_two_rows(self):
        link = self.make_link(start=False)
        self.make_many(link, 2, "temporary", {"service": "Exact Online"})
        self.make_many(
            link, 1, "temporary", {"service": "Exact Online"}, state="failed"
        )
        self.assertEqual(
            [(row.state, row.order_count) for row in self.groups()],
            [("held", 2), ("failed", 1)],
        )

    def test_booked_waiting_and_skipped_orders_are_not_in_it(self):
        link = self.make_link(start=False)
        for state in ("booked", "waiting", "skipped", "ready"):
            self.make_many(link, 1, "rule_missing", state=state)
        self.assertFalse(self.groups())

    def test_the_sentences_are_searched_as_they_read(self):
        link = self.make_link(start=False)
        self.make_many(link, 1, "timezone_unknown", {"timezone": "Mars"})
        self.make_many(link, 1, "no_lines")
        found = self.env["lightspeed.exact.queue"].search(
            [("reason", "ilike", "time zone")]
        )
        self.assertEqual(found.reason_code, "timezone_unknown")
        found = self.env["lightspeed.exact.queue"].search([("who", "=", "merchant")])
        self.assertEqual(len(found), 2)

    def test_the_list_costs_the_same_whatever_waits(self):
        link = self.make_link(start=False)
        self.make_many(link, 3)

        def look():
            self.env.invalidate_all()
            rows = self.groups()
            rows.read(["reason", "advice", "solution", "order_count", "link_id"])

        look()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        look()
        few = self.env.cr.sql_log_count - before
        self.make_many(link, 300)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        look()
        self.assertEqual(self.env.cr.sql_log_count - before, few)

    def test_only_what_is_stuck_is_read(self):
        """Also of a million orders: by an index of what is held or failed."""
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname ="
            " 'lightspeed_exact_order_stuck_idx'"
        )
        (definition,) = self.env.cr.fetchone()
        self.assertIn("WHERE", definition)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.env["lightspeed.exact.queue"]._table_query
        rows = self.env.execute_query(SQL("EXPLAIN %s", query))
        self.assertIn("_idx", str(rows))

    def test_nobody_sees_what_waits_in_another_company(self):
        link = self.make_link(start=False)
        self.make_many(link, 2)
        other = self.env["res.company"].create({"name": "Ander"})
        stranger = new_test_user(
            self.env,
            "vreemde",
            groups=f"{GROUPS}bookkeeper",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        group = self.groups()
        self.assertFalse(group.with_user(stranger).search([]))
        foreign = group.with_user(stranger)
        for action in (
            "action_solve",
            "action_view_orders",
            "action_retry",
            "action_release",
            "action_skip",
        ):
            with (
                self.subTest(action=action),
                mute_logger("odoo.addons.base.models.ir_rule"),
                self.assertRaises(AccessError),
            ):
                getattr(foreign, action)()


class TestSolutions(QueueCase):
    """Hold many orders, open the screen that is offered, save: all are booked."""

    def test_every_hold_that_a_change_releases_has_its_screen(self):
        self.assertLessEqual(set(SCREENS), set(REASONS))
        self.assertLessEqual(set(SCREENS_OF_SUSPICIONS), set(SUSPICIONS))
        without = set(RELEASABLE) - set(SCREENS)
        self.assertEqual(without, SOLVED_ELSEWHERE | SOLVED_AT_THEIR_CAUSE)

    def test_every_screen_opens_for_a_bookkeeper(self):
        link = self.make_link(start=False)
        person = new_test_user(self.env, "boekhouder", groups=f"{GROUPS}bookkeeper")
        solutions = self.env["lightspeed.exact.solution"].with_user(person)
        screens = set(SCREENS.values()) | set(SCREENS_OF_SUSPICIONS.values())
        self.assertEqual(screens | {"cause"}, set(NAMES))
        for code in sorted(SCREENS):
            case = Case(
                link.with_user(person),
                code,
                {"line_kind": "product", "rate": "0.2", "country": "AT"},
                self.env["lightspeed.exact.cause"],
            )
            with self.subTest(code=code):
                self.assertTrue(solutions._name_of(case))
                action = solutions._open(case)
                self.assertIn(action["res_model"], self.env)
                if action.get("res_id"):
                    record = self.env[action["res_model"]].browse(action["res_id"])
                    self.assertTrue(record.exists())
                elif action.get("domain"):
                    self.env[action["res_model"]].search(action["domain"])

    def test_what_nothing_here_solves_says_so(self):
        link = self.make_link(start=False)
        self.make_many(link, 1, "no_lines")
        group = self.group("no_lines")
        self.assertFalse(group.solution)
        with self.assert_refuses(UserError, "Nothing in this system"):
            group.action_solve()

    def test_a_missing_rule_is_filled_in_and_releases_all(self):
        numbers = [self.add_order()["number"] for _each in range(5)]
        link = self.make_link()
        account, _codes = self.drop_rules(link)
        self.run_link(link)
        group = self.group("rule_missing")
        self.assertEqual(group.order_count, 5)
        action = group.action_solve()
        form = self.opened(action)
        self.assertEqual(form.link_id, link)
        self.assertEqual((form.line_kind, form.treatment), ("product", "domestic"))
        self.assertAlmostEqual(form.rate, 0.21)
        form.gl_account_id = account
        form.vat_code_id = self.vat_code(link, "2")
        form.save()
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")
        self.assertFalse(self.groups())

    def test_a_vat_code_for_a_country_is_chosen_once_for_all(self):
        self.box.exact.control_add_vat_code(exact_demo.MAIN, "ZW25", "0.25")
        link = self.make_link(start=False)
        self.register_for_oss(link)
        link.action_start()
        numbers = [
            self.add_order(
                ("Mug", 1, "12.50", "0.25"), customer={**GERMAN, "country": "se"}
            )["number"]
            for _each in range(4)
        ]
        self.run_link(link)
        group = self.group("oss_code_missing")
        self.assertEqual(group.order_count, 4)
        self.assertIn("SE", group.reason)
        form = self.opened(group.action_solve())
        self.assertEqual(form.country_id.code, "SE")
        self.assertEqual((form.line_kind, form.treatment), ("product", "oss"))
        self.assertAlmostEqual(form.rate, 0.25)
        # The account is that of the other distance sales.
        self.assertTrue(form.gl_account_id)
        form.vat_code_id = self.vat_code(link, "ZW25")
        form.save()
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "12.50")

    def test_a_sale_without_vat_gets_its_rule(self):
        numbers = [
            self.add_order(("Les", 1, "10.00", "0"))["number"] for _each in range(3)
        ]
        link = self.make_link()
        self.run_link(link)
        form = self.opened(self.group("exempt_rule_missing").action_solve())
        self.assertEqual((form.treatment, form.rate), ("exempt", 0))
        self.assertFalse(form.country_id)
        form.vat_code_id = self.vat_code(link, "0")
        form.save()
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "10.00")

    def test_a_collective_debtor_is_asked_for_the_country(self):
        link = self.make_link()
        link.customer_policy = "collective"
        numbers = [self.add_order()["number"] for _each in range(3)]
        self.run_link(link)
        made = self.box.exact.control_add_account(exact_demo.MAIN, Name="Webwinkel")
        form = self.opened(self.group("collective_missing").action_solve())
        self.assertEqual((form.link_id, form.country_id.code), (link, "NL"))
        form.code = made["Code"].strip()
        with self.enter_registry_test_mode():
            form.save()
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")

    def test_a_choice_of_the_link_releases_all(self):
        numbers = [
            self.add_order(customer={"firstname": "Anna", "email": ""})["number"]
            for _each in range(3)
        ]
        link = self.make_link()
        made = self.box.exact.control_add_account(exact_demo.MAIN, Name="Webwinkel")
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": link.id, "code": made["Code"].strip()}
            )
        self.run_link(link)
        action = self.group("customer_without_email").action_solve()
        self.assertEqual((action["res_model"], action["res_id"]), (link._name, link.id))
        with Form(link) as form:
            form.empty_email = "collective"
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")

    def test_a_closed_period_is_tried_again(self):
        numbers = [self.add_order()["number"] for _each in range(3)]
        link = self.make_link()
        today = fields.Date.today()
        for month in {today.month, (today - timedelta(days=1)).month}:
            self.box.exact.control_close_period(exact_demo.MAIN, today.year, month)
        self.run_link(link)
        self.assertEqual(sum(self.groups().mapped("order_count")), 3)
        action = self.groups()[0].action_solve()
        periods = self.env[action["res_model"]].search(action["domain"])
        self.assertTrue(periods.filtered("refused_at"))
        for month in {today.month, (today - timedelta(days=1)).month}:
            self.box.exact.control_open_period(exact_demo.MAIN, today.year, month)
        periods.action_reopen()
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")

    def test_what_exact_refuses_is_solved_at_its_cause(self):
        numbers = [self.add_order()["number"] for _each in range(5)]
        link = self.make_link()
        account = self.account_of(link)
        block = self.box.exact.control_block_gl_account
        block(exact_demo.MAIN, account.code)
        self.run_link(link)
        group = self.group("refused.blocked")
        self.assertEqual(group.order_count, 5)
        self.assertIn(group.cause_id.detail, group.reason)
        action = group.action_solve()
        cause = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(cause, group.cause_id)
        block(exact_demo.MAIN, account.code, blocked=False)
        cause.action_try_again()
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")

    def test_another_time_zone_of_the_shop_releases_all(self):
        link = self.make_link()
        orders = self.make_many(link, 3, "timezone_unknown", {"timezone": "Mars"})
        action = self.group("timezone_unknown").action_solve()
        shop = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(shop, link.shop_id)
        shop.timezone = "Europe/Brussels"
        self.assertEqual(set(orders.mapped("state")), {"ready"})

    def test_another_choice_of_the_invoice_profile_releases_all(self):
        link = self.make_link()
        link.invoice_profile_id = self.env["exact.invoice.profile"].create(
            {
                "name": "Webwinkel",
                "administration_id": link.administration_id.id,
                "journal_id": link.journal_id.id,
            }
        )
        orders = self.make_many(link, 3, "item_code_missing", {"line": "Mok"})
        action = self.group("item_code_missing").action_solve()
        profile = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(profile, link.invoice_profile_id)
        profile.name = "Facturen"
        self.assertEqual(set(orders.mapped("state")), {"ready"})

    def test_a_filed_period_is_solved_at_the_legal_entity(self):
        link = self.make_link()
        params = {"day": "2026-01-05", "filed_through": "2026-03-31"}
        orders = self.make_many(link, 3, "period_filed", params)
        group = self.group("period_filed")
        action = group.action_solve()
        entity = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(entity, link.entity_id)
        entity.vat_filed_through = "2025-12-31"
        self.assertEqual(set(orders.mapped("state")), {"ready"})

    def test_an_order_offers_the_same_screen_as_its_row(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.drop_rules(link)
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(order.solution, "Ledger rule")
        self.assertEqual(order.who, "bookkeeper")
        group = self.group("rule_missing")
        self.assertEqual(order.action_solve(), group.action_solve())
        shown = order.browse().with_context(queue_key=group.id)
        self.assertEqual(shown.action_solve(), group.action_solve())

    def test_orders_that_wait_for_several_things_have_no_one_screen(self):
        link = self.make_link(start=False)
        orders = self.make_many(link, 1) + self.make_many(link, 1, "zero_total")
        with self.assert_refuses(UserError, "several things"):
            orders.action_solve()

    def test_a_user_without_that_right_does_not_solve(self):
        link = self.make_link(start=False)
        self.make_many(link, 1)
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        with self.assertRaises(AccessError):
            self.group("rule_missing").with_user(user).action_solve()

    def test_every_name_of_a_screen_has_its_method(self):
        for screen in NAMES:
            self.assertTrue(
                hasattr(self.env["lightspeed.exact.solution"], f"_open_{screen}")
            )
        self.assertEqual(lightspeed_exact_solution._rate("x"), 0.0)


class TestTogether(QueueCase):
    def test_a_row_is_retried_as_a_whole(self):
        numbers = [self.add_order()["number"] for _each in range(4)]
        link = self.make_link()
        account = self.account_of(link)
        block = self.box.exact.control_block_gl_account
        block(exact_demo.MAIN, account.code)
        self.run_link(link)
        block(exact_demo.MAIN, account.code, blocked=False)
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        told = self.group("refused.blocked").with_user(user).action_retry()
        self.assertIn("4", told["params"]["message"])
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")

    def test_a_release_sends_one_of_what_exact_refused(self):
        numbers = [self.add_order()["number"] for _each in range(4)]
        link = self.make_link()
        account = self.account_of(link)
        block = self.box.exact.control_block_gl_account
        block(exact_demo.MAIN, account.code)
        self.run_link(link)
        sent = len(self.posted_entries())
        self.group("refused.blocked").action_release()
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), sent + 1)
        block(exact_demo.MAIN, account.code, blocked=False)
        self.group("refused.blocked").action_release()
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "49.90")

    def test_a_release_judges_all_again(self):
        link = self.make_link()
        orders = self.make_many(link, 3, "zero_total")
        self.group("zero_total").action_release()
        self.assertEqual(set(orders.mapped("state")), {"ready"})
        with self.assert_refuses(UserError, "No order waits"):
            self.env["lightspeed.exact.queue"].browse(1).action_retry()

    def test_a_link_that_does_not_run_retries_nothing(self):
        link = self.make_link(start=False)
        self.make_many(link, 1)
        for action in ("action_retry", "action_release"):
            with self.assert_refuses(UserError, "Start the link"):
                getattr(self.groups(), action)()

    def test_a_row_is_skipped_with_one_reason(self):
        link = self.make_link(start=False)
        orders = self.make_many(link, 5)
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        action = self.groups().with_user(user).action_skip()
        skip = self.env[action["res_model"]].with_user(user).browse(action["res_id"])
        self.assertEqual(skip.order_count, 5)
        with self.assert_refuses(UserError, "Fill in why"):
            skip.action_confirm()
        skip.reason = "Met de hand geboekt"
        skip.action_confirm()
        self.assertEqual(set(orders.mapped("state")), {"skipped"})
        self.assertIn("Met de hand geboekt", orders[0].reason)
        self.assertIn("gebruiker", orders[0].reason)
        for order in orders:
            self.assertIn("Met de hand", order.message_ids[0].body)
        self.assertFalse(self.groups())

    def test_what_is_under_way_to_exact_is_not_skipped(self):
        link = self.make_link(start=False)
        orders = self.make_many(link, 3)
        self.env["lightspeed.exact.operation"].create(
            {
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "order_id": orders[0].id,
                "kind": "sales_entry",
                "reference": orders[0].number,
                "reference_key": orders[0].number,
                "state": "sending",
            }
        )
        left = orders._skip_together("Dubbel")
        self.assertEqual(left, orders[0])
        self.assertEqual(orders.mapped("state"), ["held", "skipped", "skipped"])

    def test_nobody_skips_orders_of_another_company(self):
        link = self.make_link(start=False)
        orders = self.make_many(link, 1)
        other = self.env["res.company"].create({"name": "Ander"})
        stranger = new_test_user(
            self.env,
            "vreemde",
            groups=f"{GROUPS}user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        skips = self.env["lightspeed.exact.skip"].with_user(stranger)
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
        ):
            skips.create({"order_ids": [Command.set(orders.ids)], "reason": "Mijn"})
        skip = skips.create({"reason": "Mijn"})
        skip.sudo().order_ids = orders
        self.env.invalidate_all()
        skip.action_confirm()
        self.assertEqual(orders.state, "held")

    def test_the_reason_for_skipping_is_asked_of_what_is_chosen(self):
        link = self.make_link(start=False)
        orders = self.make_many(link, 3)
        action = orders[:2].action_skip_together()
        skip = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(skip.order_ids, orders[:2])
        with self.assert_refuses(UserError, "No order waits"):
            orders.browse().action_skip_together()
