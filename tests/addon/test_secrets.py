"""Secrets are written and never read, and kept apart from what people see."""

import ast
from pathlib import Path

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from tests.addon.connector_case import GROUPS, KEY, SECRET
from tests.addon.secret_case import FIELDS, VALUES, SecretCase

ADDON = Path(__file__).parents[2] / "lightspeed_exact_connector"


class TestSecrets(SecretCase):
    def setUp(self):
        super().setUp()
        self.holders = self.make_holders()
        self.shop = self.holders["lightspeed.shop"]

    def each(self):
        """Yield each record with the name of each secret of it."""
        for record in self.holders.values():
            for name in FIELDS[record._name]:
                with self.subTest(model=record._name, name=name):
                    yield record, name

    # === READING === #
    def test_the_connector_itself_reads_them(self):
        for record, name in self.each():
            self.assertEqual(record._secret(name), VALUES[name])
        self.assertEqual(self.shop.state, "connected")

    def test_nobody_reads_one_in_any_way_not_even_in_sudo_mode(self):
        system = self.people["system"]
        for record, name in self.each():
            for sudo in (False, True):
                own = record.with_user(system).sudo(sudo)
                found = [
                    own.read([name]),
                    own.read(),
                    own[name],
                    own.mapped(name),
                    own.search_read([("id", "=", own.id)], [name]),
                    own.web_read({name: {}, f"{name}_hint": {}}),
                    own.web_search_read([], {name: {}}),
                    own.export_data([name, f"{name}_hint"]),
                    own.copy_data(),
                    own.fields_get([name]),
                    own.default_get([name]),
                    own.name_search(VALUES[name]),
                    own.filtered_domain([(name, "=", False)]).ids,
                ]
                self.assertFalse(own[name])
                self.assert_no_secret(repr(found))

    def test_no_search_order_or_group_tells_a_part_of_one(self):
        for record, name in self.each():
            for sudo in (False, True):
                model = record.with_user(self.people["system"]).sudo(sudo)
                for operator in ("=", "!=", "ilike", "=like", "in", ">", "not ilike"):
                    value = [VALUES[name]] if operator == "in" else VALUES[name]
                    with self.assertRaises(UserError):
                        model.search([(name, operator, value)])
                    with self.assertRaises(UserError):
                        model.search_count([("id", ">", 0), (name, operator, value)])
                for attempt in (
                    lambda model=model, name=name: model.search([], order=name),
                    lambda model=model, name=name: model._read_group([], [name]),
                    lambda model=model, name=name: model.read_group([], [name], [name]),
                    lambda model=model, name=name: model._read_group(
                        [], [], [f"{name}:array_agg"]
                    ),
                ):
                    self.assert_closed(attempt, ValueError, UserError)

    def test_what_one_types_in_a_form_comes_back_from_no_onchange(self):
        for record, name in self.each():
            own = record.with_user(self.people["system"])
            spec = {name: {}, f"{name}_hint": {}, "name": {}}
            answers = [
                own.onchange({name: "typed in"}, [name], spec),
                own.onchange({}, [], spec),
                own.browse().onchange({name: "typed in"}, [name], spec),
                own.web_save({name: "typed in"}, spec),
            ]
            self.assert_no_secret(repr(answers), ("typed in", VALUES[name]))
            self.assertEqual(record._secret(name), "typed in")

    def test_nobody_reads_the_room_of_secrets_whatever_rights_somebody_adds(self):
        for model in ("lightspeed.exact.secret", "exact.token"):
            self.env["ir.model.access"].create(
                {
                    "name": "oh dear",
                    "model_id": self.env["ir.model"]._get_id(model),
                    "perm_read": True,
                    "perm_write": True,
                    "perm_create": True,
                    "perm_unlink": True,
                }
            )
            rows = self.env[model].with_user(self.people["system"])
            for attempt in (
                lambda rows=rows: rows.search([]),
                lambda rows=rows: rows.sudo().search([]).sudo(False).read(),
                lambda rows=rows: (
                    rows.sudo().search([]).sudo(False).export_data([rows._rec_name])
                ),
                lambda rows=rows: rows.create({}),
                lambda rows=rows: rows.sudo().search([]).sudo(False).unlink(),
            ):
                if model == "exact.token":
                    self.make_token()
                with self.subTest(model=model):
                    self.assert_closed(attempt)

    def make_token(self):
        connection = self.env["exact.connection"].create(
            {"name": "Een", "app_id": self.holders["exact.app"].id}
        )
        return self.env["exact.token"].create(
            {"connection_id": connection.id, "access_token": "a", "refresh_token": "b"}
        )

    def test_a_secret_is_a_column_that_is_no_field(self):
        """So no related field, export list or cache of Odoo reaches it."""
        self.assertNotIn("value", self.env["lightspeed.exact.secret"]._fields)
        for record, name in self.each():
            field = record._fields[name]
            self.assertFalse(field.store)
            self.assertFalse(field.copy)
            self.env.cr.execute(
                "SELECT 1 FROM information_schema.columns"
                " WHERE table_name = %s AND column_name = %s",
                [record._table, name],
            )
            self.assertFalse(self.env.cr.fetchall())
            described = self.env["ir.model.fields"]._get(record._name, name)
            self.assertFalse(described.store)

    def test_no_code_of_the_addon_reads_such_a_field(self):
        """It would find nothing: what another part of the addon needs, asks for it."""
        names = {name for fields in FIELDS.values() for name in fields}
        wrong = []
        for path in ADDON.rglob("*.py"):
            if path.parent.name in ("clients", "accounting"):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Attribute) and node.attr in names:
                    wrong.append(f"{path.name}:{node.lineno} {node.attr}")
        self.assertFalse(wrong)

    # === WRITING === #
    def test_a_form_tells_since_when_and_keeps_what_is_filled_in(self):
        self.env.cr.execute(
            "UPDATE lightspeed_exact_secret SET written_at = '2026-01-31 23:30'"
            " WHERE name = 'api_secret'"
        )
        manager = self.people["manager"]
        manager.tz = "Europe/Amsterdam"
        shop = self.shop.with_user(manager)
        with Form(shop.with_context(tz="Europe/Amsterdam")) as form:
            self.assertEqual(form.api_secret_hint, "Filled in on 02/01/2026")
            self.assertFalse(form.api_secret)
            form.name = "Another name"
        self.assertEqual(shop._secret("api_secret"), SECRET)
        self.assertEqual(shop.state, "connected")

    def test_a_form_wants_what_is_needed_and_takes_it(self):
        app = self.env["exact.app"].with_user(self.people["system"])
        with self.assertRaises(AssertionError), Form(app) as form:
            form.name = "Without"
            form.client_id = "other"
        with Form(app) as form:
            form.name = "With"
            form.client_id = "another"
            form.client_secret = "new"
        self.assertEqual(form.record._secret("client_secret"), "new")
        with self.assertRaises(AssertionError):
            Form(self.env["lightspeed.shop"].with_user(self.people["manager"])).save()

    def test_changed_credentials_are_tested_again(self):
        for name in FIELDS["lightspeed.shop"]:
            self.shop.state = "connected"
            self.shop.with_user(self.people["manager"]).write({name: "another"})
            self.assertEqual(self.shop.state, "draft")

    def test_a_manager_writes_those_of_shops_only(self):
        manager = self.people["manager"]
        for record, name in self.each():
            own = record.with_user(manager)
            if record == self.shop:
                own.write({name: "mine"})
                self.assertEqual(record._secret(name), "mine")
                continue
            with self.assertRaises(AccessError):
                own.write({name: "mine"})
            with self.assertRaises(AccessError):
                own.create({"name": "Mine", name: "mine"})
            self.assertEqual(record._secret(name), VALUES[name])

    def test_a_user_neither_reads_nor_writes_one(self):
        for record, name in self.each():
            own = record.with_user(self.people["user"])
            for attempt in (
                lambda own=own, name=name: own.read([name]),
                lambda own=own, name=name: own.read([f"{name}_hint"]),
                lambda own=own, name=name: own.export_data([name]),
                lambda own=own, name=name: own.write({name: "mine"}),
                lambda own=own, name=name: own.search([(name, "=", "mine")]),
            ):
                self.assert_closed(attempt, UserError)
            self.assertNotIn(name, own.fields_get())
            self.assertEqual(record._secret(name), VALUES[name])

    def test_nobody_writes_one_past_the_company_of_its_shop(self):
        other = self.env["res.company"].create({"name": "Ander"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=f"{GROUPS}manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(AccessError):
            self.shop.with_user(stranger).write({"api_key": "mine"})
        self.assertEqual(self.shop._secret("api_key"), KEY)

    def test_an_empty_one_is_forgotten(self):
        for record, name in self.each():
            record[name] = False
            self.assertEqual(record._secret(name), "")
            self.assertFalse(record[f"{name}_hint"])
        self.assertFalse(self.stored())
        with self.assertRaises(UserError) as caught:
            self.shop.action_test_connection()
        self.assertIn("has no credentials yet", str(caught.exception))

    def test_only_a_text_is_taken(self):
        for value in (5, ["a"], {"a": 1}):
            with self.assertRaises(UserError):
                self.shop.write({"api_key": value})
        self.assertEqual(self.shop._secret("api_key"), KEY)

    def test_a_copy_has_none_and_a_record_that_goes_leaves_none(self):
        copied = self.shop.copy()
        for name in FIELDS["lightspeed.shop"]:
            self.assertEqual(copied._secret(name), "")
        count = len(self.stored())
        for record in self.holders.values():
            record.unlink()
        self.assertEqual(count, 6)
        self.assertFalse(self.stored())

    def test_several_records_are_written_and_made_at_once(self):
        other = self.shop.copy()
        (self.shop | other).write({"api_key": "both"})
        self.assertEqual(self.shop._secret("api_key"), "both")
        self.assertEqual(other._secret("api_key"), "both")
        values = {"name": "Nieuw"}
        made = self.env["lightspeed.shop"].create(
            [{**values, "api_key": "one"}, values, {**values, "api_key": "three"}]
        )
        self.assertEqual(
            [shop._secret("api_key") for shop in made], ["one", "", "three"]
        )

    def test_no_change_of_a_secret_is_written_in_the_chatter(self):
        shop = self.shop.with_context(tracking_disable=False)
        shop.write({"api_secret": "brand new", "name": "Andere naam"})
        self.env.flush_all()
        for table in ("mail_message", "mail_tracking_value", "mail_mail"):
            self.env.cr.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            text = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assert_no_secret(text, (*VALUES.values(), "brand new"))

    def test_an_app_without_its_secret_says_so_without_a_call(self):
        connection = self.make_connection()
        connection.app_id.client_secret = False
        self.later(600)
        since = self.box.calls.last
        with self.enter_registry_test_mode(), self.assertRaises(UserError) as caught:
            connection.action_fetch_administrations()
        self.assertIn("has no credentials yet", str(caught.exception))
        with self.assertRaises(UserError) as caught:
            connection.action_connect()
        self.assertIn("Exact Online has no credentials yet", str(caught.exception))
        self.assertEqual(self.box.calls.last, since)
