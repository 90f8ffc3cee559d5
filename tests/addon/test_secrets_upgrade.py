"""Secrets of an older version are moved to where nobody reads them."""

import importlib.util
from pathlib import Path

from cryptography.fernet import Fernet

from odoo.tools.sql import column_exists

from odoo.addons.lightspeed_exact_connector.clients.sealing import MARK

from tests.addon.secret_case import FIELDS, VALUES, SecretCase

SCRIPT = (
    Path(__file__).parents[2]
    / "lightspeed_exact_connector/migrations/19.0.1.3.0/post-secrets.py"
)


class TestSecretsUpgrade(SecretCase):
    def setUp(self):
        super().setUp()
        self.holders = self.make_holders()
        self.env.flush_all()
        self.env.cr.execute("DELETE FROM lightspeed_exact_secret")
        for record, name in self.each():
            self.env.cr.execute(
                f"ALTER TABLE {record._table} ADD COLUMN {name} varchar"
            )
            self.env.cr.execute(
                f"UPDATE {record._table} SET {name} = %s WHERE id = %s",
                [VALUES[name], record.id],
            )
        self.env.invalidate_all()

    def each(self):
        for record in self.holders.values():
            for name in FIELDS[record._name]:
                yield record, name

    def upgrade(self):
        spec = importlib.util.spec_from_file_location("post_secrets", SCRIPT)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()

    def assert_moved(self):
        for record, name in self.each():
            with self.subTest(name=name):
                self.assertEqual(record._secret(name), VALUES[name])
                self.assertFalse(column_exists(self.env.cr, record._table, name))

    def test_they_are_moved_and_their_columns_go(self):
        self.upgrade()
        self.assert_moved()
        self.assertEqual(self.holders["lightspeed.shop"].state, "connected")

    def test_with_a_key_they_are_encrypted_at_once(self):
        with self.keys(Fernet.generate_key().decode()):
            self.upgrade()
            self.assert_moved()
        self.assertTrue(all(text.startswith(MARK) for text in self.stored()))

    def test_a_second_upgrade_changes_nothing(self):
        self.upgrade()
        before = self.stored()
        self.upgrade()
        self.assertEqual(self.stored(), before)
        self.assert_moved()

    def test_what_was_empty_stays_empty(self):
        self.env.cr.execute("UPDATE lightspeed_shop SET app_token = '', api_key = NULL")
        self.upgrade()
        shop = self.holders["lightspeed.shop"]
        self.assertEqual(shop._secret("app_token"), "")
        self.assertEqual(shop._secret("api_key"), "")
        self.assertFalse(shop.api_key_hint)
