"""After a run in which everything goes wrong, no secret is found anywhere."""

import base64
import logging
import traceback
from urllib.parse import quote

from psycopg2 import IntegrityError
from psycopg2.errors import CheckViolation, NotNullViolation, UniqueViolation

from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.lightspeed_exact_connector.clients.errors import ConnectorError
from odoo.addons.lightspeed_exact_connector.clients.lightspeed import app_password

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import KEY, SECRET
from tests.addon.secret_case import VALUES, SecretCase

REFUSED = "a refused secret"
BROKEN = "too short a secret"
FAULTS = (
    ("lost_before", {}),
    ("lost_after", {}),
    ("html_200", {}),
    ("html_503", {}),
    ("unauthorized", {}),
    ("truncated", {}),
    ("status", {"params": {"status": 418, "body": {"error": "teapot"}}}),
    ("status", {"params": {"status": 500, "body": "oops"}}),
)


class TestSecretsInLogs(SecretCase):
    def setUp(self):
        super().setUp()
        self.told = []

    def tell(self, error):
        """Keep all that anybody could print of an error and its causes."""
        trace = traceback.TracebackException.from_exception(error)
        self.told += trace.format()
        while error is not None:
            self.told += [repr(error), str(error), repr(vars(error)), repr(error.args)]
            error = error.__cause__ or error.__context__

    def secrets(self):
        """Return every secret there was, and how it goes over the wire."""
        plain = {
            *VALUES.values(),
            REFUSED,
            BROKEN,
            exact_demo.CLIENT_SECRET,
            app_password(VALUES["app_token"], VALUES["app_secret"]),
            *self.issued,
        }
        self.assertGreaterEqual(len(self.issued), 4)
        pairs = {f"{KEY}:{SECRET}", f"{KEY}:{REFUSED}"}
        encoded = {base64.b64encode(pair.encode()).decode() for pair in pairs}
        return plain | encoded | {quote(text, safe="") for text in plain}

    # === THE RUN === #
    def run_into_everything(self):
        self.make_holders()
        link = self.make_link(shop=self.env["lightspeed.shop"].search([], limit=1))
        administration = link.administration_id
        connection = administration.connection_id
        self.add_order()
        self.run_link(link)
        for kind, options in FAULTS:
            for service in ("lightspeed", "exact"):
                self.box.faults.clear()
                self.box.faults.add(kind, service, times=4, **options)
                self.later(3700)
                self.add_order()
                self.run_link(link)
                for button in (
                    link.shop_id.action_test_connection,
                    administration.action_refresh,
                ):
                    try:
                        with self.enter_registry_test_mode():
                            button()
                    except UserError as error:
                        self.tell(error)
                self.told += [str(link.problem_text), str(administration.problem_text)]
        self.box.faults.clear()
        self.refuse_credentials(link, connection)
        self.break_constraints(link.shop_id, connection)
        self.env.invalidate_all()
        self.told += [str(connection.problem_text), repr(connection.read())]

    def refuse_credentials(self, link, connection):
        shop = link.shop_id
        try:
            shop.api_secret = REFUSED
            shop.action_test_connection()
        except UserError as error:
            self.tell(error)
        shop.api_secret = SECRET
        connection.app_id.client_secret = REFUSED
        self.later(3700)
        with self.enter_registry_test_mode():
            try:
                connection._access_token()
            except ConnectorError as error:
                self.tell(error)
        self.assertEqual(connection.state, "reconnect")
        with self.enter_registry_test_mode():
            try:
                connection._finish_consent("a code that is none")
            except ConnectorError as error:
                self.tell(error)

    def break_constraints(self, shop, connection):
        """Let the database refuse rows of and beside secrets."""
        rows = self.env["lightspeed.exact.secret"]
        token = self.env["exact.token"].search([("connection_id", "=", connection.id)])
        # The text of this statement is not what is looked for.
        self.env.cr._obj.execute(
            "ALTER TABLE exact_token ADD CONSTRAINT test_check CHECK (failures < 99);"
            "ALTER TABLE lightspeed_exact_secret"
            " ADD CONSTRAINT test_check CHECK (value <> 'too short a secret')"
        )
        attempts = (
            (NotNullViolation, lambda: token.write({"connection_id": False})),
            (CheckViolation, lambda: token.write({"failures": 99})),
            (UniqueViolation, lambda: token.copy()),
            (CheckViolation, lambda: rows._set(shop._name, shop.ids, {"x": BROKEN})),
            (NotNullViolation, lambda: shop.write({"name": False})),
            (
                NotNullViolation,
                lambda: shop.create({"name": False, "api_secret": BROKEN}),
            ),
        )
        for kind, attempt in attempts:
            with self.assertRaises(kind) as caught, self.cr.savepoint():
                attempt()
                self.env.flush_all()
            self.env.invalidate_all()
            self.tell(caught.exception)
            # What the dialog says.
            model = rows if "secret" in str(caught.exception) else shop
            if isinstance(caught.exception, IntegrityError):
                self.told.append(model._sql_error_to_message(caught.exception))

    # === WHERE IS IT FOUND === #
    def test_no_secret_is_found_after_a_run_into_everything(self):
        loggers = [logging.getLogger()]
        loggers += map(logging.getLogger, logging.root.manager.loggerDict)
        levels = {logger: logger.level for logger in loggers}
        with self.assertLogs(level=logging.DEBUG) as logs:
            for logger in loggers:
                logger.setLevel(logging.DEBUG)
            try:
                self.run_into_everything()
            finally:
                for logger, level in levels.items():
                    logger.setLevel(level)
        log = "\n".join(logs.output)
        for part in ("odoo.sql_db", "/oauth2/token", "lightspeed_exact_connector"):
            self.assertIn(part, log)
        self.assertGreater(len(self.told), 100)
        secrets = self.secrets()
        self.assert_no_secret(log, secrets)
        self.assert_no_secret("\n".join(self.told), secrets)
        for table, text in self.tables():
            with self.subTest(table=table):
                self.assert_no_secret(text, secrets)

    def tables(self):
        """Yield each table of the database as text, but for the rooms of secrets."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
            " AND table_name NOT IN ('exact_token', 'lightspeed_exact_secret')"
        )
        for (table,) in self.env.cr.fetchall():
            self.env.cr.execute(
                SQL("SELECT row_to_json(t)::text FROM %s t", SQL.identifier(table))
            )
            yield table, "\n".join(row[0] for row in self.env.cr.fetchall())
