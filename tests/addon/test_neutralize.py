"""A copy of a database never talks to live systems."""

import re

from odoo.exceptions import UserError
from odoo.modules.neutralize import neutralize_database
from odoo.tools import SQL, file_open

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import KEY, SECRET, ConnectorCase

# Words in the names of columns that hold a secret.
WORDS = ("secret", "token", "password", "_key")

# Columns of such names that hold none, and why.
PUBLIC = {
    "lightspeed_app.app_key": "public: whoever installs the app sees it",
    "lightspeed_exact_operation.reference_key": "what an entry is found by",
    "lightspeed_exact_order.email_key": "what a relation is found by",
    "lightspeed_product_category.name_key": "what a rule is found by",
}


class TestNeutralize(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.number = self.add_order()["number"]
        self.link = self.make_link()
        self.run_link(self.link)
        self.env["lightspeed.app"].create(
            {"name": "App", "app_key": "key", "app_secret": "the app's secret"}
        )
        self.link.shop_id.app_token = "the shop's token"
        self.link.shop_id.state = "connected"
        self.link.administration_id.app_id.webhook_secret = "the webhook's secret"
        token = self.env["exact.token"].search([])
        self.secrets = {
            KEY,
            SECRET,
            "the app's secret",
            "the shop's token",
            "the webhook's secret",
            exact_demo.CLIENT_SECRET,
            token.access_token,
            token.refresh_token,
        }

    def neutralize(self):
        self.env.flush_all()
        neutralize_database(self.env.cr)
        # Another process does it: this one would not have read anything before.
        self.registry.clear_all_caches()
        self.env.invalidate_all()

    def test_no_secret_is_left_in_any_table(self):
        self.assertTrue(self.found())
        self.neutralize()
        self.assertFalse(self.found())

    def found(self):
        """Return the tables of the connector that hold a secret."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema()"
            " AND table_name ~ '^(exact|lightspeed|mail|ir_(config|attach|logging))'"
        )
        tables = set()
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
            text = "\n".join(row[0] for row in self.env.cr.fetchall())
            if any(secret in text for secret in self.secrets):
                tables.add(table)
        return tables

    def test_every_column_that_may_hold_a_secret_is_emptied(self):
        """One that is added later is not forgotten."""
        with file_open("lightspeed_exact_connector/data/neutralize.sql") as script:
            sql = script.read()
        columns = self.secret_columns()
        self.assertIn("lightspeed_exact_secret.value", columns)
        self.assertIn("exact_token.refresh_token", columns)
        self.neutralize()
        for column in columns - set(PUBLIC):
            with self.subTest(column=column):
                table, name = column.split(".")
                emptied = re.search(rf"DELETE FROM {table};", sql)
                changed = re.search(rf"UPDATE {table}\s[^;]*\b{name} = NULL", sql)
                self.assertTrue(emptied or changed)
                self.env.cr.execute(
                    SQL(
                        "SELECT count(*) FROM %s WHERE %s IS NOT NULL",
                        SQL.identifier(table),
                        SQL.identifier(name),
                    )
                )
                self.assertEqual(self.env.cr.fetchone()[0], 0)
        self.assertLessEqual(set(PUBLIC), columns)

    def secret_columns(self):
        """Return the columns of the connector that may hold a secret, by their name."""
        self.env.cr.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns"
            " WHERE table_schema = current_schema()"
            " AND table_name ~ '^(exact|lightspeed|vies)'"
            " AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'bytea')"
            " AND (column_name ~ %s OR (table_name, column_name) ="
            " ('lightspeed_exact_secret', 'value'))",
            ["|".join(WORDS)],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def test_links_are_paused_and_shops_and_connections_are_as_new(self):
        self.neutralize()
        self.assertEqual(self.link.state, "paused")
        self.assertEqual(self.link.shop_id.state, "draft")
        self.assertEqual(self.link.administration_id.connection_id.state, "draft")
        with self.assertRaises(UserError):
            self.link.action_start()
        self.assertFalse(self.env["lightspeed.exact.lane"]._crons().filtered("active"))

    def test_what_was_booked_is_still_there(self):
        self.neutralize()
        self.assertEqual(self.order(self.number).state, "booked")
        self.assertTrue(self.order(self.number).booking_ids.proof_text)

    def test_an_idle_consent_of_a_copy_is_not_renewed(self):
        """Also when its tokens and its running link are still there."""
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "True")
        token = self.env["exact.token"].sudo().search([])
        token.write({"issued_at": "2020-01-01", "expires_at": "2020-01-01"})
        since = self.box.calls.last
        self.assertEqual(self.env["exact.connection"]._idle_tokens(), token)
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr, su=True)["exact.connection"]._cron_keep_alive()
        self.run_link(self.link)
        self.assertFalse(self.box.calls.list(since=since))

    def test_no_button_makes_a_call(self):
        self.neutralize()
        since = self.box.calls.last
        link = self.link
        buttons = (
            link.action_sync_now,
            link.action_start,
            link.shop_id.action_test_connection,
            link.administration_id.action_refresh,
            link.administration_id.connection_id.action_connect,
            link.administration_id.connection_id.action_fetch_administrations,
        )
        for button in buttons:
            with self.subTest(button=button.__name__), self.assertRaises(UserError):
                button()
        self.assertEqual(self.box.calls.last, since)

    def test_the_engine_makes_no_call_even_with_secrets_put_back(self):
        """Somebody fills in the secrets again: the copy stays silent all the same."""
        other = self.add_order()["number"]
        self.neutralize()
        link = self.link
        link.shop_id.write({"api_key": KEY, "api_secret": SECRET, "state": "connected"})
        self.env["exact.token"].create(
            {
                "connection_id": link.administration_id.connection_id.id,
                "access_token": "a",
                "refresh_token": "b",
                "expires_at": "2100-01-01",
                "refresh_expires_at": "2100-01-01",
            }
        )
        link.action_start()
        self.assertFalse(self.env["lightspeed.exact.lane"]._crons().filtered("active"))
        since = self.box.calls.last
        self.run_link(link)
        self.assertEqual(link.problem_code, "neutralized")
        self.assertIn("copy of a database", link.problem_text)
        self.order(self.number)._set_state("ready")
        self.run_link(link)
        self.assertEqual(self.box.calls.last, since)
        self.assertFalse(self.order(other))
