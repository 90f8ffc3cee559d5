"""What Odoo logs of statements that fail holds no customer and no credential."""

import psycopg2

from odoo.tests import tagged

from odoo.addons.lightspeed_exact_connector.logs import without_values

from tests.addon.connector_case import ConnectorCase


@tagged("post_install", "-at_install")
class TestLogs(ConnectorCase):
    def failed(self, statement, *arguments):
        """Let a statement fail; return what was logged of it."""
        with (
            self.assertLogs("odoo.sql_db", "ERROR") as logs,
            self.assertRaises(psycopg2.Error),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(statement, arguments)
        return "\n".join(logs.output)

    def test_a_statement_about_our_tables_is_logged_without_its_values(self):
        text = self.failed(
            "UPDATE lightspeed_exact_order SET email = %s, payload = %s, nothing = %s",
            "anna@example.com",
            "it's a \\ secret\n'second line'",
            3,
        )
        self.assertIn("UPDATE lightspeed_exact_order SET email = '...'", text)
        self.assertIn('column "nothing"', text)
        for value in ("anna", "secret", "second line"):
            self.assertNotIn(value, text)

    def test_what_the_database_quotes_is_left_out(self):
        values = {"key": "anna@example.com", "number": 1}
        text = self.failed(
            "INSERT INTO exact_token (connection_id, access_token) VALUES (%s, %s)",
            0,
            values["key"],
        )
        self.assertIn("exact_token", text)
        self.assertNotIn("anna", text)

    def test_other_statements_are_logged_as_ever(self):
        text = self.failed("SELECT %s FROM res_nothing", "visible")
        self.assertIn("visible", text)

    def test_values_of_every_form_are_dots(self):
        query = "VALUES ('a', E'b\\'c', 'd''e', '', 4, NULL) -- \"f\""
        self.assertEqual(
            without_values(query),
            "VALUES ('...', '...', '...', '...', 4, NULL) -- \"f\"",
        )
