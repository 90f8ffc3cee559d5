"""Who may see and do what: nobody across companies, secrets nobody."""

from contextlib import contextmanager
from datetime import datetime, timezone

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.accounting.items import ItemNeed
from odoo.addons.lightspeed_exact_connector.clients.lightspeed_install import Install

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS, ConnectorCase

ADDON = "lightspeed_exact_connector"

# Models without a company, and why.
WITHOUT_COMPANY = {
    "exact.token": "closed to everybody",
    "exact.token.call": "closed to everybody",
    "lightspeed.exact.identity": "closed to everybody",
    "lightspeed.exact.identity.choice": "about the database, for all companies",
    "lightspeed.exact.hint": "closed to everybody",
    "lightspeed.exact.invitation.link": "shows a link once and keeps nothing",
    "lightspeed.exact.quota": "closed to everybody",
    "lightspeed.exact.secret": "closed to everybody",
    "lightspeed.status": "a vocabulary of Lightspeed itself, without anybody's data",
}
CLOSED = (
    "exact.token",
    "exact.token.call",
    "lightspeed.exact.hint",
    "lightspeed.exact.identity",
    "lightspeed.exact.quota",
    "lightspeed.exact.secret",
)
# For managers only: which shop is connected and which orders come along, the log of
# writes, what they say of the database, and what they do with the data of a person.
MANAGERS_ONLY = (
    "lightspeed.exact.claim",
    "lightspeed.exact.history",
    "lightspeed.exact.identity.choice",
    "lightspeed.exact.invitation",
    "lightspeed.exact.invitation.link",
    "lightspeed.exact.operation",
    "lightspeed.exact.person",
    "lightspeed.exact.person.line",
    "lightspeed.exact.privacy.log",
)
# Answers and choices of a person: nobody else's business.
OF_THEIR_MAKER = ("lightspeed.exact.skip", "lightspeed.exact.where.is")
# Everybody's: a record without a company is shared on purpose.
SHARED = (
    "exact.app",
    "exact.connection",
    "lightspeed.app",
    # Of a shared app; its rule shows such a one to system administrators only.
    "lightspeed.exact.claim",
    "lightspeed.exact.incident",
)


class SecurityCase(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(cls.env, "user", groups=f"{GROUPS}user")
        cls.bookkeeper = new_test_user(
            cls.env, "bookkeeper", groups=f"{GROUPS}bookkeeper"
        )
        cls.manager = new_test_user(cls.env, "manager", groups=f"{GROUPS}manager")
        cls.system = new_test_user(
            cls.env, "system", groups=f"{GROUPS}manager,base.group_system"
        )
        cls.employee = new_test_user(cls.env, "employee", groups="base.group_user")
        cls.other = cls.env["res.company"].create(
            {"name": "Ander", "currency_id": cls.env.ref("base.EUR").id}
        )
        company = {
            "company_id": cls.other.id,
            "company_ids": [Command.set(cls.other.ids)],
        }
        cls.strangers = [
            new_test_user(cls.env, f"other {group}", groups=GROUPS + group, **company)
            for group in ("user", "bookkeeper", "manager")
        ]

    def models(self):
        """Return the models of the addon that have a table."""
        data = self.env["ir.model.data"].search(
            [("module", "=", ADDON), ("model", "=", "ir.model")]
        )
        names = self.env["ir.model"].browse(data.mapped("res_id")).mapped("model")
        own = [
            name
            for name in names
            if self.registry[name]._original_module == ADDON
            and self.registry[name]._auto
            and not self.registry[name]._abstract
        ]
        self.assertGreater(len(own), 15)
        return own

    @contextmanager
    def refused(self):
        """Expect a refusal of either kind, and undo what was done."""
        try:
            with mute_logger("odoo.addons.base.models.ir_rule"), self.cr.savepoint():
                yield
        except (AccessError, UserError):
            self.env.invalidate_all()
        else:
            self.fail("it was not refused")

    def booked(self):
        """Return a link with a booked order: a row in nearly every model."""
        app = self.env["lightspeed.app"].create(
            {"name": "App", "app_key": "k", "app_secret": "s"}
        )
        moment = datetime.now(timezone.utc)
        install = Install("999", "eu1", "nl", moment, "0" * 32)
        self.env["lightspeed.exact.claim"]._receive(app, install)
        self.number = self.add_order()["number"]
        link = self.make_link(start=False)
        made = self.box.exact.control_add_account(exact_demo.MAIN, Name="Webwinkel")
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": link.id, "code": made["Code"].strip()}
            )
        link.entity_id.write(
            {
                "period_ids": [Command.create({"kind": "oss"})],
                "year_ids": [Command.create({"year": 2025, "amount": 1})],
            }
        )
        self.clear_payments(link)
        link.action_start()
        self.run_link(link)
        self.assert_booked(self.number, "49.90")
        self.env["vies.check"]._require(
            self.env.company, "DE100000008", "NL000099998B57"
        )
        self.make_day_entry(link)
        self.env["lightspeed.product.category"].create(
            {"shop_id": link.shop_id.id, "product_remote_id": "1", "name": "Mokken"}
        )
        link.product_rule_ids = [Command.create({"kind": "margin", "brand": "Oud"})]
        link.action_oss_coverage()
        self.env["lightspeed.exact.history"].create({"link_id": link.id})
        self.read_products(link)
        self.make_invoice_profile(link)
        self.env["lightspeed.exact.cause"].create(
            {
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "kind": "sales_entry",
                "code": "refused.blocked",
                "subject": "8000",
            }
        )
        self.make_rehearsal(link)
        link.shop_id.use_webhooks = True
        self.env["exact.webhook"].create(
            {"administration_id": link.administration_id.id, "topic": "SalesEntries"}
        )
        self.env["lightspeed.exact.hint"]._receive(
            "lightspeed", "order", "1", shop_id=link.shop_id.id
        )
        self.env["lightspeed.exact.incident"]._open(link, "shop", "temporary")
        self.hold_an_order(link)
        self.env["lightspeed.exact.where.is"].create({"number": self.number})
        self.env["lightspeed.exact.identity.choice"].create({})
        self.env["lightspeed.exact.invitation"].create({"name": "Voorbeeld"})
        self.env["lightspeed.exact.invitation.link"].create({})
        self.env["lightspeed.exact.person"].create(
            {"email": "anna@example.com"}
        ).action_search()
        return link

    def hold_an_order(self, link):
        """Let an order wait, older than all others, and ask why to skip it."""
        order = self.env["lightspeed.exact.order"].create(
            {
                "link_id": link.id,
                "shop_id": link.shop_id.id,
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "remote_id": "999999",
                "number": "OUD1",
                "order_date": "2000-01-01",
                "state": "held",
                "reason_code": "zero_total",
            }
        )
        order.action_skip_together()

    def read_products(self, link):
        """Let the shop's products be read for a transfer."""
        self.box.lightspeed.control_add_catalogue(self.shop_number, 1)
        link.products = "all"
        with self.enter_registry_test_mode():
            link.action_transfer_products()
        link.open_transfer_id.action_read()
        self.run_link(link)

    def make_rehearsal(self, link):
        self.env["lightspeed.exact.rehearsal"].create(
            {
                "link_id": link.id,
                "administration_id": link.administration_id.id,
                "order_ids": [
                    Command.create({"source_kind": "order", "remote_id": "1"})
                ],
            }
        )

    def make_invoice_profile(self, link):
        """Make an invoice profile, and an item as its invoices have them."""
        administration = link.administration_id
        if not self.env["exact.invoice.profile"].search([]):
            self.env["exact.invoice.profile"].create(
                {
                    "name": "Webwinkel",
                    "administration_id": administration.id,
                    "journal_id": link.journal_id.id,
                }
            )
        need = ItemNeed(key="mok-1", code="MOK-1", name="Mok")
        row = {"ID": "00000000-0000-4000-8000-000000000001"}
        self.env["exact.item"]._remember(administration, need, row, "found")

    def make_day_entry(self, link):
        booking = self.order(self.number).booking_ids
        return self.env["lightspeed.exact.day.entry"]._of(
            link, booking._content(), booking.order_id.customer_id
        )

    def clear_payments(self, link):
        """Let the link make a clearing entry for each paid order."""
        administration = link.administration_id
        link.write(
            {
                "clearing": "journal_entry",
                "clearing_journal_id": administration.journal_ids.filtered(
                    lambda journal: journal.journal_type == 90
                )[0].id,
            }
        )
        account = administration.gl_account_ids.filtered(
            lambda account: account.account_type == 16
        )[0]
        self.env["lightspeed.exact.payment.rule"].create(
            {"link_id": link.id, "clearing_account_id": account.id}
        )


class TestEveryModel(SecurityCase):
    def test_every_model_says_who_may_use_it(self):
        for name in self.models():
            with self.subTest(model=name):
                lines = self.env["ir.model.access"].search(
                    [("model_id.model", "=", name)]
                )
                self.assertTrue(lines)
                self.assertTrue(all(line.group_id for line in lines))

    def test_every_model_is_kept_within_its_company(self):
        for name in self.models():
            with self.subTest(model=name):
                rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
                if name in WITHOUT_COMPANY:
                    self.assertNotIn("company_id", self.env[name]._fields)
                    continue
                self.assertIn("company_id", self.env[name]._fields)
                self.assertEqual(len(rules), 1)
                self.assertFalse(rules.groups)
                self.assertIn("company_ids", rules.domain_force)
                self.assertEqual(
                    "False" in rules.domain_force, name in SHARED, rules.domain_force
                )
                if name not in SHARED:
                    field = self.env[name]._fields["company_id"]
                    self.assertTrue(field.required or field.related)

    def test_an_ordinary_employee_sees_nothing(self):
        self.booked()
        for name in self.models():
            with self.subTest(model=name), self.assertRaises(AccessError):
                self.env[name].with_user(self.employee).search([])

    def test_every_action_and_menu_of_the_connector_needs_its_groups(self):
        menus = self.env["ir.model.data"].search(
            [("module", "=", ADDON), ("model", "=", "ir.ui.menu")]
        )
        menus = self.env["ir.ui.menu"].browse(menus.mapped("res_id"))
        self.assertTrue(menus)
        visible = menus.with_user(self.employee)._filter_visible_menus()
        self.assertFalse(visible)


class TestOtherCompany(SecurityCase):
    def test_nobody_reads_across_companies(self):
        self.booked()
        for stranger in self.strangers:
            for name in self.models():
                if name in WITHOUT_COMPANY:
                    continue
                with self.subTest(model=name, user=stranger.login):
                    model = self.env[name].with_context(active_test=False)
                    records = model.search([("company_id", "=", self.env.company.id)])
                    self.assertTrue(records)
                    try:
                        visible = model.with_user(stranger)
                        self.assertFalse(visible.search([]) & records)
                        self.assertFalse(
                            visible.search_count([("id", "in", records.ids)])
                        )
                    except AccessError:
                        self.assertIn(name, MANAGERS_ONLY)
                    with (
                        mute_logger("odoo.addons.base.models.ir_rule"),
                        self.assertRaises(AccessError),
                    ):
                        records[:1].with_user(stranger).read(["display_name"])

    def test_nobody_writes_across_companies(self):
        link = self.booked()
        order = self.order(self.number)
        writes = (
            (link, {"name": "Mijn"}),
            (link.shop_id, {"name": "Mijn"}),
            (link.administration_id, {"name": "Mijn"}),
            (link.administration_id.connection_id, {"name": "Mijn"}),
            (link.rule_ids[0], {"sequence": 1}),
            (link.entity_id, {"vat_filed_through": "2020-01-01"}),
            (link.entity_id.period_ids, {"date_to": "2030-01-01"}),
            (link.entity_id.year_ids, {"amount": 2}),
            (link.product_rule_ids, {"sequence": 1}),
            (order, {"skip_reason": "Mijn"}),
        )
        for stranger in self.strangers:
            for record, values in writes:
                with (
                    self.subTest(model=record._name, user=stranger.login),
                    mute_logger("odoo.addons.base.models.ir_rule"),
                    self.assertRaises(AccessError),
                ):
                    record.with_user(stranger).write(values)

    def test_no_button_works_across_companies(self):
        link = self.booked()
        order = self.order(self.number)
        buttons = (
            (link, "action_sync_now"),
            (link, "action_start"),
            (link, "action_pause"),
            (link, "action_propose"),
            (link, "action_oss_coverage"),
            (order, "action_retry"),
            (order, "action_skip"),
            (order, "action_open_in_exact"),
            (order, "action_open_in_lightspeed"),
            (link.shop_id, "action_test_connection"),
            (link.administration_id, "action_refresh"),
            (link.administration_id.period_ids[0], "action_reopen"),
            (link.entity_id, "action_view_links"),
            (link.entity_id, "action_view_shifted"),
            (link.administration_id.connection_id, "action_connect"),
            (link.administration_id.connection_id, "action_disconnect"),
            (link.administration_id.connection_id, "action_fetch_administrations"),
        )
        since = self.box.calls.last
        for stranger in self.strangers:
            for record, button in buttons:
                with (
                    self.subTest(button=button, user=stranger.login),
                    mute_logger("odoo.addons.base.models.ir_rule"),
                    self.assertRaises(AccessError),
                ):
                    getattr(record.with_user(stranger), button)()
        self.assertEqual(self.box.calls.last, since)
        self.assertEqual(link.state, "running")
        self.assertEqual(link.administration_id.connection_id.state, "connected")

    def test_a_manager_uses_no_consent_of_another_company(self):
        """Ids can be guessed: what a record points to is checked as well."""
        link = self.booked()
        stranger = self.strangers[-1]
        connection = link.administration_id.connection_id
        app = connection.app_id
        with self.refused():
            self.env["exact.connection"].with_user(stranger).create(
                {"name": "Mijn", "app_id": app.id}
            )
        shared = app.sudo().copy(
            {"company_id": False, "client_id": "x", "client_secret": "y"}
        )
        mine = (
            self.env["exact.connection"]
            .with_user(stranger)
            .create({"name": "Mijn", "app_id": shared.id})
        )
        with self.refused():
            self.env["exact.administration"].with_user(stranger).create(
                {
                    "name": "Mijn",
                    "division": 1,
                    "app_id": app.id,
                    "connection_id": connection.id,
                }
            )
        administration = (
            self.env["exact.administration"]
            .with_user(stranger)
            .create(
                {
                    "name": "Mijn",
                    "division": 1,
                    "app_id": shared.id,
                    "connection_id": mine.id,
                }
            )
        )
        with self.refused():
            administration.connection_id = connection

    def test_a_link_joins_records_of_one_company(self):
        link = self.booked()
        stranger = self.strangers[-1]
        shop = self.env["lightspeed.shop"].with_user(stranger).create({"name": "Mijn"})
        with self.refused():
            self.env["lightspeed.exact.link"].with_user(stranger).create(
                {"shop_id": shop.id, "administration_id": link.administration_id.id}
            )


class TestRights(SecurityCase):
    def test_a_user_reads_what_there_is_to_see(self):
        self.booked()
        for name in self.models():
            if name in CLOSED + MANAGERS_ONLY:
                continue
            with self.subTest(model=name):
                records = self.env[name].with_user(self.user).search([])
                if name in OF_THEIR_MAKER:
                    self.assertFalse(records)
                    continue
                self.assertTrue(records)
                records.read()

    def test_a_user_configures_nothing(self):
        self.booked()
        for name in self.models():
            records = self.env[name].search([], limit=1).with_user(self.user)
            self.assertTrue(records)
            with self.subTest(model=name):
                self.assertFalse(records.has_access("create"))
                self.assertFalse(records.has_access("unlink"))
                if name != "lightspeed.exact.order":
                    self.assertFalse(records.has_access("write"))

    def test_people_do_not_write_what_the_connector_keeps(self):
        self.booked()
        order = self.order(self.number)
        for person in (self.user, self.bookkeeper, self.manager, self.system):
            for name, value in (
                ("state", "ready"),
                ("reason_code", False),
                ("remote_id", "9"),
                ("payload", "{}"),
                ("link_id", order.link_id.id),
                ("company_id", self.other.id),
                ("entry_number", "1"),
                ("booking_ids", [Command.clear()]),
            ):
                with (
                    self.subTest(field=name, user=person.login),
                    self.assertRaises(AccessError),
                ):
                    order.with_user(person).write({name: value})
            with self.assertRaises(AccessError):
                order.with_user(person).copy()
            with self.refused():
                order.with_user(person).unlink()
        order.with_user(self.user).skip_reason = "Dubbel"
        self.assertEqual(order.skip_reason, "Dubbel")

    def test_people_do_not_touch_bookings_and_operations(self):
        self.booked()
        for name in (
            "lightspeed.exact.booking",
            "lightspeed.exact.booking.line",
            "lightspeed.exact.operation",
            "lightspeed.exact.incident",
            "lightspeed.exact.privacy.log",
            "vies.check",
        ):
            records = self.env[name].search([], limit=1)
            for person in (self.user, self.bookkeeper, self.manager, self.system):
                for operation in ("write", "create", "unlink"):
                    with self.subTest(model=name, user=person.login, do=operation):
                        self.assertFalse(
                            records.with_user(person).has_access(operation)
                        )

    def test_the_raw_payload_is_for_managers(self):
        self.booked()
        order = self.order(self.number)
        self.assertIn("anna@example.com", order.with_user(self.manager).payload)
        for person in (self.user, self.bookkeeper):
            with self.assertRaises(AccessError):
                order.with_user(person).read(["payload"])
            self.assertNotIn("payload", order.with_user(person).read()[0])
            with self.assertRaises(AccessError):
                order.with_user(person).search([("payload", "like", "anna")])
        operation = order.operation_ids.with_user(self.manager).filtered(
            lambda operation: operation.kind == "sales_entry"
        )
        self.assertIn("SalesEntryLines", operation.payload)

    def test_a_user_retries_and_skips(self):
        self.add_order()
        link = self.make_link()
        self.fault("business", "salesentry/SalesEntries")
        self.run_link(link)
        order = self.env["lightspeed.exact.order"].search([])
        self.assertEqual(order.state, "held")
        order.with_user(self.user).skip_reason = "Met de hand geboekt"
        order.with_user(self.user).action_skip()
        self.assertEqual(order.state, "skipped")
        with self.enter_registry_test_mode():
            order.with_user(self.user).action_retry()
        self.assertEqual(order.state, "booked")

    def test_a_user_does_not_start_or_sync_a_link(self):
        link = self.booked()
        for button in ("action_start", "action_pause", "action_sync_now"):
            with self.subTest(button=button), self.assertRaises(AccessError):
                getattr(link.with_user(self.user), button)()

    def test_the_token_store_is_closed_to_everybody(self):
        self.booked()
        for person in (
            self.user,
            self.bookkeeper,
            self.manager,
            self.system,
            self.env.ref("base.user_admin"),
        ):
            for name in CLOSED:
                rows = self.env[name].search([])
                self.assertTrue(rows)
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(model=name, user=person.login, do=operation):
                        self.assertFalse(rows.with_user(person).has_access(operation))
                with self.assertRaises(AccessError):
                    self.env[name].with_user(person).search([])
                with self.assertRaises(AccessError):
                    self.env[name].with_user(person)._read_group([], ["id"])

    def test_nobody_reads_credentials(self):
        shop = self.make_shop()
        for person in (self.system, self.manager):
            self.assertFalse(shop.with_user(person).api_key)
        with self.assertRaises(AccessError):
            shop.with_user(self.user).read(["api_key"])

    def test_a_manager_works_without_credentials(self):
        link = self.booked()
        link.shop_id.with_user(self.manager).action_test_connection()
        with self.enter_registry_test_mode():
            link.administration_id.with_user(self.manager).action_refresh()
            link.with_user(self.manager).action_sync_now()
        self.assertFalse(link.problem_text)

    def test_no_method_of_the_engine_can_be_called_from_outside(self):
        """Odoo refuses names with an underscore; what has none is meant for people."""
        for name in [*self.models(), "lightspeed.exact.lane"]:
            own = {
                method
                for cls in self.registry[name].__mro__
                if cls.__module__.startswith(f"odoo.addons.{ADDON}")
                for method, value in vars(cls).items()
                if callable(value) and not method.startswith("_")
            }
            with self.subTest(model=name):
                allowed = {"create", "write", "unlink", "copy", "copy_data"}
                self.assertFalse(
                    [
                        method
                        for method in own - allowed
                        if not method.startswith("action_")
                    ]
                )
