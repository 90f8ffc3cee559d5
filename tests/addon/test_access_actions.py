"""Who may press what: every action asks for itself, also when it comes from outside."""

from lxml import etree
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import SQL, mute_logger

from tests.addon.test_security import ADDON, SecurityCase

# Lowest group that may call an action: a new one fails until it stands here.
ACTIONS = {
    "exact.administration": {
        "action_check_invoicing": "bookkeeper",
        "action_check_webhooks": "manager",
        "action_refresh": "bookkeeper",
        "action_take_over_webhooks": "manager",
        "action_view_drafts": "user",
    },
    "exact.collective.customer": {"action_check": "bookkeeper"},
    "exact.connection": {
        "action_connect": "manager",
        "action_disconnect": "manager",
        "action_fetch_administrations": "manager",
    },
    "exact.customer": {"action_forget": "bookkeeper"},
    "exact.invoice.profile": {"action_check_invoicing": "bookkeeper"},
    "exact.item": {
        "action_forget": "bookkeeper",
        "action_open_operations": "manager",
    },
    "exact.period": {"action_reopen": "bookkeeper"},
    "lightspeed.exact.booking": {
        "action_open_in_exact": "user",
        "action_settle_sending": "bookkeeper",
    },
    "lightspeed.exact.cause": {
        "action_try_again": "bookkeeper",
        "action_view_orders": "user",
    },
    "lightspeed.exact.claim": {
        "action_confirm": "manager",
        "action_decline": "manager",
        "action_read": "manager",
    },
    "lightspeed.exact.clearing": {
        "action_by_hand": "user",
        "action_open_in_exact": "user",
        "action_retry": "user",
    },
    "lightspeed.exact.day.entry": {"action_open_in_exact": "user"},
    "lightspeed.exact.entity": {
        "action_view_links": "user",
        "action_view_shifted": "user",
    },
    "lightspeed.exact.history": {
        "action_apply": "manager",
        "action_count": "manager",
    },
    "lightspeed.exact.identity.choice": {
        "action_clear": "system",
        "action_confirm": "manager",
    },
    "lightspeed.exact.incident": {"action_open_record": "user"},
    "lightspeed.exact.invitation": {
        "action_close": "manager",
        "action_confirm_exact": "manager",
        "action_make_link": "manager",
        "action_send": "manager",
    },
    "lightspeed.exact.link": {
        "action_approve_proposals": "bookkeeper",
        "action_check_invoicing": "bookkeeper",
        "action_oss_coverage": "user",
        "action_pause": "manager",
        "action_propose": "bookkeeper",
        "action_read_drafts": "bookkeeper",
        "action_read_receivables": "bookkeeper",
        "action_rehearse": "bookkeeper",
        "action_start": "manager",
        "action_stop_observing": "manager",
        "action_sync_now": "bookkeeper",
        "action_sync_selected": "bookkeeper",
        "action_transfer_products": "manager",
        "action_view_causes": "user",
        "action_view_clearings": "user",
        "action_view_drafts": "user",
        "action_view_exact_changes": "user",
        "action_view_incidents": "user",
        "action_view_observed": "user",
        "action_view_orders": "user",
        "action_view_proposals": "user",
        "action_view_rehearsals": "user",
        "action_view_shifted": "user",
        "action_view_stuck_order": "user",
        "action_view_transfers": "user",
        "action_view_unsent": "user",
    },
    "lightspeed.exact.order": {
        "action_accept_change": "bookkeeper",
        "action_accept_exact_change": "bookkeeper",
        "action_book_difference": "bookkeeper",
        "action_book_without_document": "bookkeeper",
        "action_credit_in_full": "bookkeeper",
        "action_open_in_exact": "user",
        "action_open_in_lightspeed": "user",
        "action_rebook": "bookkeeper",
        "action_retry": "user",
        "action_skip": "user",
        "action_skip_together": "user",
        "action_solve": "bookkeeper",
        "action_view_cause": "user",
    },
    "lightspeed.exact.person": {
        "action_erase": "manager",
        "action_export": "manager",
        "action_search": "manager",
    },
    "lightspeed.exact.person.line": {"action_open": "manager"},
    "lightspeed.exact.product.transfer": {
        "action_pause": "manager",
        "action_read": "manager",
        "action_resume": "manager",
        "action_start": "manager",
        "action_view_variants": "user",
        "action_work_now": "manager",
    },
    "lightspeed.exact.queue": {
        "action_release": "bookkeeper",
        "action_retry": "user",
        "action_skip": "user",
        "action_solve": "bookkeeper",
        "action_view_orders": "user",
    },
    "lightspeed.exact.rehearsal": {
        "action_approve": "bookkeeper",
        "action_pause": "bookkeeper",
        "action_resume": "bookkeeper",
        "action_start": "bookkeeper",
        "action_view_orders": "user",
        "action_work_now": "bookkeeper",
    },
    "lightspeed.exact.retention": {
        "action_count": "manager",
        "action_view_log": "manager",
    },
    "lightspeed.exact.secret": {"action_seal_all": "system"},
    "lightspeed.exact.skip": {"action_confirm": "user"},
    "lightspeed.exact.where.is": {
        "action_fetch": "user",
        "action_look": "user",
        "action_view_orders": "user",
    },
    "lightspeed.product.variant": {
        "action_deselect": "manager",
        "action_select": "manager",
    },
    "lightspeed.shop": {
        "action_check_webhooks": "manager",
        "action_open_backoffice": "user",
        "action_test_connection": "manager",
        "action_view_variants": "user",
    },
}
ROLES = ("employee", "user", "bookkeeper", "manager", "system")


class TestActions(SecurityCase):
    def own_methods(self, name):
        """Return the public names that the addon gives a model, of the core as well."""
        return {
            method
            for cls in self.registry[name].__mro__
            if cls.__module__.startswith(f"odoo.addons.{ADDON}.")
            for method, value in vars(cls).items()
            if callable(value) and not method.startswith("_")
        }

    def test_every_action_of_every_model_has_its_group(self):
        found = {}
        for name in self.registry:
            actions = {
                method
                for method in self.own_methods(name)
                if method.startswith("action_")
            }
            if actions:
                found[name] = actions
        self.assertEqual(found, {name: set(rows) for name, rows in ACTIONS.items()})

    def test_no_other_method_can_be_called_on_any_model(self):
        """Also of what the core has: additions to it come with our names only."""
        allowed = {"create", "write", "unlink", "copy", "copy_data"}
        for name in self.registry:
            with self.subTest(model=name):
                own = self.own_methods(name) - allowed
                self.assertEqual(own - set(ACTIONS.get(name, ())), set())

    def test_what_people_write_cannot_be_given_to_another_company(self):
        lines = self.env["ir.model.access"].search([("perm_write", "=", True)])
        written = set(lines.model_id.mapped("model")) & set(self.models())
        # Of an order only the reason to skip is written, see its own tests.
        for name in sorted(written - {"lightspeed.exact.order", "lightspeed.status"}):
            with self.subTest(model=name):
                drivers = self.env[name]._company_drivers()
                self.assertIn("company_id", drivers)

    def test_every_action_asks_for_its_group(self):
        self.booked()
        refused = 0
        for name, rows in ACTIONS.items():
            record = self.env[name].search([], limit=1)
            self.assertTrue(record, name)
            for action, lowest in rows.items():
                for role in ROLES[: ROLES.index(lowest)]:
                    with self.subTest(model=name, action=action, role=role):
                        since = self.box.calls.last
                        with (
                            self.assertRaises(AccessError),
                            mute_logger("odoo.addons.base.models.ir_rule"),
                            self.cr.savepoint(),
                        ):
                            getattr(record.with_user(self[role]), action)()
                        self.assertEqual(self.box.calls.last, since)
                        refused += 1
                    self.env.invalidate_all()
        self.assertGreater(refused, 100)

    def test_every_action_works_for_its_group(self):
        """What is refused for another reason is not refused for the person."""
        self.booked()
        for name, rows in ACTIONS.items():
            record = self.env[name].search([], limit=1)
            for action, lowest in rows.items():
                person = self[lowest]
                subject = record.with_user(person)
                self.give_wizards_to(person)
                with self.subTest(model=name, action=action, role=lowest):
                    self.assert_not_refused(subject, action)

    def give_wizards_to(self, person):
        """A wizard is of whom has opened it."""
        self.env.flush_all()
        for name in ACTIONS:
            if self.env[name]._transient:
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET create_uid = %s",
                        SQL.identifier(self.env[name]._table),
                        person.id,
                    )
                )
        self.env.invalidate_all()

    def assert_not_refused(self, subject, action):
        self.env.flush_all()
        undo = self.cr.savepoint()
        try:
            # What is still in use is kept by the database.
            with self.enter_registry_test_mode(), mute_logger("odoo.sql_db"):
                getattr(subject, action)()
        except AccessError as error:
            self.fail(error)
        except (UserError, IntegrityError):
            pass
        finally:
            self.env.cr.precommit.clear()
            undo.close(rollback=True)
            self.env.invalidate_all()

    def __getitem__(self, role):
        return getattr(self, role)


class TestBookkeeper(SecurityCase):
    """Decides how things are booked, and nothing about what is connected."""

    def test_a_bookkeeper_decides_how_a_link_books(self):
        link = self.booked()
        mine = link.with_user(self.bookkeeper)
        names = link._bookkeeper_fields()
        self.assertLessEqual(names, set(link._fields))
        for name in sorted(names):
            field = link._fields[name]
            if field.type == "one2many":
                continue
            with self.subTest(field=name), self.cr.savepoint():
                value = field.convert_to_write(link[name], link)
                mine.write({name: value})
        mine.write({"grouping": "account", "rounding_limit": 0.02})
        self.assertEqual((link.grouping, link.rounding_limit), ("account", 0.02))

    def test_a_bookkeeper_writes_nothing_else_of_a_link(self):
        link = self.booked()
        names = set(link._fields) - link._bookkeeper_fields()
        names -= set(self.env["mail.thread"]._fields)
        self.assertLessEqual(
            {
                "active",
                "administration_id",
                "alert_email",
                "company_id",
                "cursor_at",
                "next_poll_at",
                "poll_minutes",
                "products",
                "shop_id",
                "start_at",
                "state",
                "user_id",
            },
            names,
        )
        for name in sorted(names):
            with self.subTest(field=name), self.assertRaises(AccessError):
                link.with_user(self.bookkeeper).write({name: False})
        for operation in ("create", "unlink"):
            self.assertFalse(link.with_user(self.bookkeeper).has_access(operation))
        with self.assertRaises(AccessError):
            link.with_user(self.bookkeeper).copy()

    def test_the_form_of_a_link_shows_a_bookkeeper_what_is_not_hers(self):
        link = self.booked()
        names = ["shop_id", "state", "start_at", "journal_id", "rule_ids"]
        info = link.with_user(self.bookkeeper).fields_get(names, ["readonly"])
        readonly = {name: row["readonly"] for name, row in info.items()}
        self.assertEqual(
            readonly,
            {
                "shop_id": True,
                "state": True,
                "start_at": True,
                "journal_id": False,
                "rule_ids": False,
            },
        )
        self.assertFalse(link.with_user(self.bookkeeper).may_set_up)
        self.assertTrue(link.with_user(self.manager).may_set_up)
        with Form(link.with_user(self.bookkeeper)) as form:
            form.reference_prefix = "W-"
        self.assertEqual(link.reference_prefix, "W-")

    def test_a_bookkeeper_decides_rules_debtors_profiles_and_entities(self):
        link = self.booked()
        for name in (
            "exact.collective.customer",
            "exact.invoice.profile",
            "lightspeed.exact.entity",
            "lightspeed.exact.entity.period",
            "lightspeed.exact.entity.year",
            "lightspeed.exact.ledger.rule",
            "lightspeed.exact.payment.rule",
            "lightspeed.exact.product.rule",
            "lightspeed.product.category",
        ):
            records = self.env[name].search([], limit=1).with_user(self.bookkeeper)
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(model=name, do=operation):
                    self.assertTrue(records.has_access(operation))
        link.rule_ids[:1].with_user(self.bookkeeper).write({"cost_center": "10"})
        self.assertEqual(link.rule_ids[:1].cost_center, "10")
        self.assert_connects_nothing(link)

    def assert_connects_nothing(self, link):
        administration = link.administration_id
        for record, values in (
            (link.shop_id, {"name": "Mijn"}),
            (link.shop_id, {"api_key": "3" * 32}),
            (administration, {"name": "Mijn"}),
            (administration.connection_id, {"name": "Mijn"}),
            (administration.app_id, {"name": "Mijn"}),
            # By way of what is hers.
            (
                link.entity_id,
                {"administration_ids": [(1, administration.id, {"name": "Mijn"})]},
            ),
        ):
            with (
                self.subTest(model=record._name, values=values),
                self.assertRaises(AccessError),
                self.cr.savepoint(),
            ):
                record.with_user(self.bookkeeper).write(values)
        for name in CONNECTED:
            records = self.env[name].search([], limit=1).with_user(self.bookkeeper)
            for operation in ("write", "create", "unlink"):
                with self.subTest(model=name, do=operation):
                    self.assertFalse(records.has_access(operation))


CONNECTED = (
    "exact.administration",
    "exact.app",
    "exact.connection",
    "lightspeed.app",
    "lightspeed.shop",
    "lightspeed.status",
    "lightspeed.exact.product.transfer",
)


class TestMenusAndButtons(SecurityCase):
    def buttons(self, person):
        """Return the buttons that a person gets to see, of all forms and lists."""
        views = self.env["ir.model.data"].search(
            [("module", "=", ADDON), ("model", "=", "ir.ui.view")]
        )
        found = set()
        for view in self.env["ir.ui.view"].browse(views.mapped("res_id")):
            if view.model not in ACTIONS or view.type not in ("form", "list", "kanban"):
                continue
            model = self.env[view.model].with_user(person)
            if not model.has_access("read"):
                continue
            arch = model.get_view(view.id, view.type)["arch"]
            for row in self.parsed(arch):
                found.add((view.model, row))
        return found

    def parsed(self, arch):
        tree = etree.fromstring(arch)
        return [
            node.get("name")
            for node in tree.iter("button")
            if node.get("type") == "object"
        ]

    def test_nobody_sees_a_button_that_is_refused(self):
        lowest = {
            action: group for rows in ACTIONS.values() for action, group in rows.items()
        }
        seen = {}
        for role in ROLES[1:]:
            seen[role] = self.buttons(getattr(self, role))
            for model, action in seen[role]:
                needed = ACTIONS[model].get(action, lowest.get(action))
                with self.subTest(model=model, action=action, role=role):
                    self.assertGreaterEqual(ROLES.index(role), ROLES.index(needed))
        self.assertGreater(len(seen["bookkeeper"] - seen["user"]), 10)
        self.assertGreater(len(seen["manager"] - seen["bookkeeper"]), 10)

    def test_everybody_has_the_menus_of_what_is_theirs(self):
        menus = {
            role: self.env["ir.ui.menu"]
            .with_user(getattr(self, role))
            .load_menus(False)
            for role in ROLES
        }

        def sees(role, name):
            return self.env.ref(f"{ADDON}.{name}").id in menus[role]

        expected = {
            "lightspeed_exact_order_menu": "user",
            "lightspeed_exact_configuration_menu": "bookkeeper",
            "lightspeed_exact_ledger_rule_menu": "bookkeeper",
            "lightspeed_exact_entity_menu": "bookkeeper",
            "lightspeed_exact_link_menu": "bookkeeper",
            "lightspeed_shop_menu": "manager",
            "exact_connection_menu": "manager",
            "lightspeed_exact_operation_menu": "manager",
            "lightspeed_exact_identity_choice_menu": "manager",
            "exact_app_menu": "system",
        }
        for name, lowest in expected.items():
            for role in ROLES:
                with self.subTest(menu=name, role=role):
                    self.assertEqual(
                        sees(role, name), ROLES.index(role) >= ROLES.index(lowest)
                    )
