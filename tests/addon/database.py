"""Databases of their own, for tests with real processes."""

import contextlib
import os
import shutil

import psycopg2
from psycopg2 import sql

import odoo.sql_db
import odoo.tests.common
import odoo.tools


def _execute(statement, *names):
    """Run one statement on the server itself: outside of a transaction."""
    connection = psycopg2.connect(dbname="postgres")
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    finally:
        connection.close()


def rename_database(name, new_name):
    """Rename a database that nobody uses."""
    _execute("ALTER DATABASE {} RENAME TO {}", name, new_name)


@contextlib.contextmanager
def copied_database(suffix, original=None):
    """Yield the name of a copy of a database, which is dropped afterwards.

    :param str original: the test database unless another one is named

    For tests outside of a test case only: while it is copied, nobody may use it.
    """
    original = original or odoo.tests.common.get_db_name()
    name = f"{original}_{suffix}_{os.getpid()}"
    odoo.sql_db.close_db(original)
    _execute("CREATE DATABASE {} TEMPLATE {}", name, original)
    try:
        yield name
    finally:
        odoo.sql_db.close_db(name)
        _execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        shutil.rmtree(odoo.tools.config.filestore(name), ignore_errors=True)
