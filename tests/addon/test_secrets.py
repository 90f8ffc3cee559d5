"""Secrets are written and never read, and encrypted when the server has a key."""

import base64
import logging
import os
from unittest.mock import patch

from cryptography.fernet import Fernet
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.clients.sealing import MARK

from tests.addon.connector_case import KEY, SECRET, ConnectorCase

GROUPS = "lightspeed_exact_connector.lightspeed_exact_connector_group_"
SETTING = "LIGHTSPEED_EXACT_SECRET_KEYS"
FIELDS = {
    "lightspeed.shop": ("api_key", "api_secret", "app_token"),
    "lightspeed.app": ("app_secret",),
    "exact.app": ("client_secret", "webhook_secret"),
}


class Everything(logging.Handler):
    """Keeps whatever is logged, with its tracebacks."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


class SecretsCase(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "manager", groups=f"{GROUPS}manager")
        cls.user = new_test_user(cls.env, "user", groups=f"{GROUPS}user")
        cls.system = new_test_user(
            cls.env, "system", groups=f"{GROUPS}manager,base.group_system"
        )

    def keys(self, *keys):
        return patch.dict(os.environ, {SETTING: ",".join(keys)})

    def rows(self):
        self.env.cr.execute("SELECT value FROM lightspeed_exact_secret")
        return [row[0] for row in self.env.cr.fetchall()]


class TestWriteOnly(SecretsCase):
    def setUp(self):
        super().setUp()
        self.records = [
            self.make_shop(app_token="the shop's token"),
            self.env["lightspeed.app"].create(
                {"name": "App", "app_key": "key", "app_secret": "the app's secret"}
            ),
            self.env["exact.app"].create(
                {
                    "name": "Exact",
                    "client_id": "an id",
                    "client_secret": "the client's secret",
                    "webhook_secret": "the webhook's secret",
                }
            ),
        ]

    def test_nobody_reads_one_in_any_way(self):
        secrets = (KEY, SECRET, "the shop's", "the app's", "the client's", "webhook's")
        for record in self.records:
            for name in FIELDS[record._name]:
                self.assertTrue(record._secret(name))
                for env in (
                    self.env(user=self.system),
                    self.env(user=self.system, su=True),
                ):
                    with self.subTest(model=record._name, name=name, su=env.su):
                        own = record.with_env(env)
                        found = [
                            own.read([name]),
                            own.search_read([("id", "=", own.id)], [name]),
                            own.web_read({name: {}, f"{name}_hint": {}}),
                            own.export_data([name]),
                            own.copy_data(),
                            own.fields_get([name]),
                            own.default_get([name]),
                        ]
                        for secret in secrets:
                            self.assertNotIn(secret, repr(found))

    def test_no_search_order_or_group_is_answered(self):
        for record in self.records:
            model = record.with_user(self.system)
            for name in FIELDS[record._name]:
                with self.subTest(model=record._name, name=name):
                    self.assert_unanswered(model.search, [(name, "ilike", "a")])
                    self.assert_unanswered(model.search, [(name, "!=", False)])
                    self.assert_unanswered(model.search, [], order=name)
                    self.assert_unanswered(model._read_group, [], [name])

    def assert_unanswered(self, method, *args, **kwargs):
        with mute_logger("odoo.domains", "odoo.models", "odoo.fields"):
            try:
                method(*args, **kwargs)
            except (ValueError, UserError, NotImplementedError):
                return
        self.fail(f"{args} {kwargs} is answered")

    def test_a_form_shows_that_one_is_filled_in_and_keeps_it(self):
        shop = self.records[0].with_user(self.manager)
        with Form(shop) as form:
            self.assertEqual(form.api_secret_hint, "Filled in")
            self.assertFalse(form.api_secret)
            form.name = "Another name"
        self.assertEqual(shop._secret("api_secret"), SECRET)
        self.assertEqual(shop.state, "connected")

    def test_what_is_saved_does_not_come_back(self):
        shop = self.records[0].with_user(self.manager)
        answer = shop.web_save({"api_secret": "brand new"}, {"api_secret": {}})
        self.assertNotIn("brand new", repr(answer))
        self.assertEqual(shop._secret("api_secret"), "brand new")
        self.assertEqual(shop.state, "draft")

    def test_a_manager_writes_those_of_shops_only(self):
        shop, _app, exact = self.records
        shop.with_user(self.manager).write({"api_key": "another"})
        self.assertEqual(shop._secret("api_key"), "another")
        for name in FIELDS["exact.app"]:
            with self.assertRaises(AccessError):
                exact.with_user(self.manager).write({name: "mine"})
        with self.assertRaises(AccessError):
            shop.with_user(self.user).write({"api_key": "mine"})
        self.assertEqual(shop._secret("api_key"), "another")

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
            self.records[0].with_user(stranger).write({"api_key": "mine"})
        self.assertEqual(self.records[0]._secret("api_key"), KEY)

    def test_an_empty_one_is_forgotten_and_a_deleted_record_leaves_none(self):
        shop, app, _exact = self.records
        shop.api_key = False
        self.assertEqual(shop._secret("api_key"), "")
        self.assertFalse(shop.api_key_hint)
        app.unlink()
        self.assertNotIn("the app's secret", self.rows())


class TestAtRest(SecretsCase):
    def test_with_a_key_nothing_plain_is_stored(self):
        key = Fernet.generate_key().decode()
        with self.keys(key):
            link = self.make_link()
            self.assertTrue(all(value.startswith(MARK) for value in self.rows()))
            token = self.env["exact.token"].search([])
            self.assertTrue(token.access_token.startswith(MARK))
            self.assertTrue(token.refresh_token.startswith(MARK))
            number = self.add_order()["number"]
            self.run_link(link)
            self.assertEqual(self.order(number).state, "booked")

    def test_a_missing_or_wrong_key_is_told_and_changes_nothing(self):
        with self.keys(Fernet.generate_key().decode()):
            link = self.make_link()
        stored = self.rows()
        token = self.env["exact.token"].search([])
        pair = token.access_token
        for keys, words in (
            ((), "is missing"),
            ((Fernet.generate_key().decode(),), "another key"),
            (("no key",), "is not valid"),
        ):
            with self.subTest(words=words), self.keys(*keys):
                since = self.box.calls.last
                with self.assertRaises(UserError) as caught:
                    link.shop_id.action_test_connection()
                self.assertIn(words, str(caught.exception))
                with (
                    self.enter_registry_test_mode(),
                    self.assertRaises(UserError) as caught,
                ):
                    link.administration_id.action_refresh()
                self.assertIn(words, str(caught.exception))
                self.assertEqual(self.box.calls.last, since)
        with self.keys(), self.assertRaises(UserError):
            link.shop_id.api_secret = "plain"
        self.assertEqual(self.rows(), stored)
        token.invalidate_recordset()
        self.assertEqual(token.access_token, pair)

    def test_a_key_that_comes_later_encrypts_all_and_can_be_replaced(self):
        link = self.make_link()
        old, new = (Fernet.generate_key().decode() for _key in range(2))
        secrets = self.env["lightspeed.exact.secret"]
        with self.keys(old):
            self.assertEqual(link.shop_id._secret("api_secret"), SECRET)
            secrets.with_user(self.system).action_seal_all()
            self.assertTrue(all(value.startswith(MARK) for value in self.rows()))
        with self.keys(new, old):
            secrets._seal_all()
        with self.keys(new):
            self.assertEqual(link.shop_id._secret("api_secret"), SECRET)
            link.shop_id.action_test_connection()
        with self.assertRaises(AccessError):
            secrets.with_user(self.manager).action_seal_all()


class TestNotLogged(SecretsCase):
    def test_no_secret_in_logs_errors_and_texts_of_a_run_with_failures(self):
        logger, handler = logging.getLogger(), Everything()
        levels = {
            name: logging.getLogger(name).level
            for name in ("", "odoo", "odoo.sql_db", "odoo.http", "urllib3", "requests")
        }
        logger.addHandler(handler)
        for name in levels:
            logging.getLogger(name).setLevel(logging.DEBUG)
        texts = []
        try:
            link = self.make_link()
            texts += self.provoke(link)
        finally:
            logger.removeHandler(handler)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)
        token = self.env["exact.token"].search([])
        self.assertGreater(len(handler.lines), 100)
        secrets = {SECRET, "a refused secret", token.access_token, token.refresh_token}
        secrets |= {base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()}
        for text in (*handler.lines, *texts, *self.tables()):
            for secret in secrets:
                self.assertFalse(secret in text, text.replace(secret, "<SECRET>")[:500])

    def provoke(self, link):
        """Let calls, statements and buttons fail; return what people are told."""
        texts = []
        self.fault("status", ".*", method="GET", params={"status": 500, "body": "oops"})
        self.run_link(link)
        shop = link.shop_id
        with self.assertRaises(UserError) as caught:
            shop.api_secret = "a refused secret"
            shop.action_test_connection()
        texts.append(str(caught.exception))
        with (
            self.assertLogs("odoo.sql_db", "ERROR") as logged,
            self.assertRaises(IntegrityError) as failed,
            self.cr.savepoint(),
        ):
            self.env.cr.execute(
                "UPDATE lightspeed_shop SET name = NULL WHERE id = %s", [shop.id]
            )
        texts += [str(failed.exception), *logged.output]
        secrets = self.env["lightspeed.exact.secret"]
        with self.assertRaises(IntegrityError) as failed, self.cr.savepoint():
            secrets._set("lightspeed.shop", [None], {"api_key": "a refused secret"})
        texts.append(str(failed.exception))
        link.invalidate_recordset()
        texts += [str(link.problem_text), *map(str, shop.message_ids.mapped("body"))]
        return texts

    def tables(self):
        """Return what is stored, but for the two rooms of secrets."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema()"
            " AND table_name ~ '^(exact|lightspeed|mail|ir_(config|attach|logging))'"
            " AND table_name NOT IN ('exact_token', 'lightspeed_exact_secret')"
        )
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            yield from (row[0] for row in self.env.cr.fetchall())
