"""A PostgreSQL that goes away is told from everything else that it may say."""

import contextlib

import psycopg2

from odoo.addons.lightspeed_exact_connector.models.service_errors import (
    database_is_away,
)

from tests.addon.connector_case import ConnectorCase


class TestDatabaseAway(ConnectorCase):
    def error_of(self, *statements, end=False):
        """Run statements on a connection of their own; return how they fail."""
        with contextlib.closing(
            psycopg2.connect(dbname=self.env.cr.dbname)
        ) as connection:
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    pid = cursor.fetchone()[0]
                    if end:
                        self.end(pid)
                    for statement in statements:
                        cursor.execute(statement)
            except psycopg2.Error as error:
                return error
        return None

    def end(self, pid):
        """End a connection as a server does that shuts down."""
        with (
            contextlib.closing(
                psycopg2.connect(dbname=self.env.cr.dbname)
            ) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

    def test_a_connection_that_ends_is_away(self):
        self.assertTrue(database_is_away(self.error_of("SELECT 1", end=True)))

    def test_a_server_that_is_not_there_is_away(self):
        with self.assertRaises(psycopg2.OperationalError) as caught:
            psycopg2.connect(dbname="postgres", host="/nonexistent")
        self.assertTrue(database_is_away(caught.exception))

    def test_what_a_server_refuses_is_not_away(self):
        for statement in (
            "SELECT 1 / 0",
            "SELECT nothing",
            "INSERT INTO exact_app (id) VALUES (NULL)",
            "SET statement_timeout = 1; SELECT pg_sleep(1)",
        ):
            error = self.error_of(statement)
            self.assertIsNotNone(error, statement)
            self.assertFalse(database_is_away(error), statement)

    def test_other_errors_are_not_about_the_database(self):
        self.assertFalse(database_is_away(ValueError()))
