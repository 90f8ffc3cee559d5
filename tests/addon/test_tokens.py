"""Tokens: renewed once and in time, kept when in doubt, and never shown.

All cursors of these tests share one transaction.  That a renewal is durable though the
caller rolls back, and that only one of many processes renews, is shown with real
processes in ``test_processes.py``.
"""

import json
import logging
import traceback
from datetime import timedelta

from psycopg2 import errors

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.clients.errors import (
    ConnectorError,
    OldRefreshToken,
    RateLimited,
    ReconnectNeeded,
    TemporaryError,
)
from odoo.addons.lightspeed_exact_connector.clients.exact_oauth import ExactOAuth
from odoo.addons.lightspeed_exact_connector.models.exact_connection import TokenSource

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS, KEY, SECRET
from tests.addon.token_case import TOKEN_PATH, TokenCase

REFUSAL = {"error": "access_denied", "error_description": "Not allowed."}


class TestRenewal(TokenCase):
    def test_a_fresh_token_is_used_without_a_call(self):
        first = self.take()
        self.later(500)
        self.assertEqual(self.take(), first)
        self.assertEqual(self.call(), "Bram Boekhouder")
        self.assertEqual(self.token_calls(), 0)

    def test_a_token_is_renewed_once_when_it_is_about_to_end(self):
        first = self.stored()
        old = first.access_token, first.refresh_token
        self.later(580)
        second = self.take()
        self.assertEqual(self.take(), second)
        token = self.stored()
        self.assertEqual(token.access_token, second)
        self.assertNotIn(token.access_token, old)
        self.assertNotIn(token.refresh_token, old)
        self.assertEqual(len(token), 1)
        self.assertEqual(self.token_calls(), 1)
        self.assertGreater(
            token.refresh_expires_at, fields.Datetime.now() + timedelta(days=29)
        )

    def test_a_token_is_never_asked_for_before_exact_gives_one(self):
        self.later(569)
        self.take()
        self.assertEqual(self.token_calls(), 0)

    def test_a_source_asks_the_store_only_when_it_has_to(self):
        source = TokenSource(self.connection)
        with self.enter_registry_test_mode():
            first = source()
            with self.assertQueryCount(0):
                self.assertEqual(source(), first)

    def test_a_renewal_does_not_touch_the_transaction_of_the_caller(self):
        self.later(580)
        source = TokenSource(self.connection)
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            connection = self.connection.with_env(self.env(cr=cr))
            source = TokenSource(connection)
            statements = []
            execute = cr.execute
            cr.execute = lambda *args, **kw: (
                statements.append(args),
                execute(*args, **kw),
            )
            source.renewed()
        self.assertEqual(self.token_calls(), 1)
        self.assertFalse(statements)

    def test_a_token_that_was_refused_is_renewed(self):
        self.box.exact.control_expire_tokens()
        first = self.take()
        self.assertNotEqual(self.take(refused=first), first)
        self.assertEqual(self.token_calls(), 1)

    def test_a_token_that_another_worker_renewed_is_taken_without_a_call(self):
        first = self.take()
        self.box.exact.control_expire_tokens()
        second = self.take(refused=first)
        self.assertEqual(self.take(refused=first), second)
        self.assertEqual(self.token_calls(), 1)

    def test_a_renewal_that_exact_finds_too_early_keeps_the_stored_token(self):
        # Our clock runs fast: for us the token is over, for Exact it is young.
        token = self.stored()
        pair = token.access_token, token.refresh_token
        self.jump(620)
        self.assertEqual(self.take(), pair[0])
        token = self.stored()
        self.assertEqual((token.access_token, token.refresh_token), pair)
        self.assertEqual(self.connection.state, "connected")
        self.assertFalse(self.activities())
        self.assertEqual(self.call(), "Bram Boekhouder")

    def test_a_renewal_that_is_too_early_is_not_asked_for_at_every_call(self):
        placed = self.add_order()
        link = self.make_link(administration=self.make_administration(self.connection))
        self.jump(620)
        before = self.token_calls()
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
        self.assertEqual(self.token_calls() - before, 1)

    def test_a_refused_token_that_is_too_young_for_another_is_temporary(self):
        first = self.take()
        error = self.trouble(refused=first)
        self.assertIsInstance(error, TemporaryError)
        self.assertEqual(error.code, "exact.oauth.too_early")
        self.assertEqual(self.connection.state, "connected")

    def test_exact_being_down_leaves_the_stored_pair_alone(self):
        token = self.stored()
        pair = token.access_token, token.refresh_token
        self.later(600)
        for kind in ("lost_before", "html_503", "empty_500", "html_200"):
            with self.subTest(kind=kind):
                self.fault(kind, TOKEN_PATH)
                self.assertIsInstance(self.trouble(), TemporaryError)
                token = self.stored()
                self.assertEqual((token.access_token, token.refresh_token), pair)
                self.assertEqual(self.connection.state, "connected")
                # It is not tried again at once.
                calls = self.token_calls()
                self.assertIsInstance(self.trouble(), RateLimited)
                self.assertEqual(self.token_calls(), calls)
                self.later(3600)
        self.assertNotEqual(self.take(), pair[0])

    def test_an_old_refresh_token_means_that_the_store_is_read_again(self):
        self.later(600)
        winner = {
            "access_token": "of the winner",
            "refresh_token": "of the winner, too",
            "expires_at": fields.Datetime.now() + timedelta(seconds=600),
        }

        def too_late(_oauth, _refresh_token):
            self.stored().write(winner)
            self.env.flush_all()
            raise OldRefreshToken("Old refresh token used.")

        self.patch(ExactOAuth, "refresh", too_late)
        self.assertEqual(self.take(), "of the winner")
        self.assertEqual(self.connection.state, "connected")


class TestReconnect(TokenCase):
    def broken(self):
        """Let somebody withdraw the consent in Exact."""
        self.later(600)
        self.box.exact.control_revoke()

    def test_an_old_refresh_token_asks_for_a_new_consent(self):
        self.later(600)
        self.fault(
            "status",
            TOKEN_PATH,
            params={
                "status": 401,
                "body": {
                    "error": "unauthorized_client",
                    "error_description": "Old refresh token used.",
                },
            },
        )
        self.assertIsInstance(self.trouble(), ReconnectNeeded)
        self.assertEqual(self.connection.state, "reconnect")
        self.assertIn("Old refresh token", self.connection.problem_text)
        self.assertIn("Connect", self.connection.problem_advice)

    def test_a_withdrawn_consent_is_told_to_one_person_once(self):
        self.connection.user_id = new_test_user(
            self.env, "bookkeeper", groups=f"{GROUPS}manager"
        )
        self.broken()
        for _again in range(3):
            self.assertIsInstance(self.trouble(), ReconnectNeeded)
        self.assertEqual(self.connection.state, "reconnect")
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(self.activities().user_id.login, "bookkeeper")
        # No call after the first refusal: it counts against the error limit.
        self.assertEqual(self.token_calls(), 1)

    def test_a_connection_is_found_by_its_state(self):
        other = self.env["exact.connection"].create(
            {"name": "Nieuw", "app_id": self.connection.app_id.id}
        )
        connections = self.env["exact.connection"]
        found = {
            state: connections.search([("state", "=", state)])
            for state in ("draft", "connected", "reconnect")
        }
        self.assertEqual(found["connected"], self.connection)
        self.assertIn(other, found["draft"])
        self.assertNotIn(self.connection, found["draft"])
        self.assertFalse(found["reconnect"])
        self.assertEqual(connections.search([("state", "!=", "connected")]), other)

    def test_orders_wait_for_a_new_consent_and_go_on(self):
        link = self.make_link(administration=self.make_administration(self.connection))
        number = self.add_order()["number"]
        self.broken()
        self.run_link(link)
        order = self.order(number)
        self.assertEqual((order.state, order.attempts), ("ready", 0))
        administration = link.administration_id
        self.assertEqual(administration.problem_code, "reconnect")
        since = self.box.calls.last
        self.run_link(link)
        self.later(7200)
        self.run_link(link)
        self.assertEqual(self.box.calls.last, since)
        self.assertEqual(len(self.activities()), 1)
        self.consent(self.connection)
        self.assertFalse(self.activities())
        self.assertFalse(administration.parked_until)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertFalse(administration.problem_code)

    def test_a_disconnected_connection_lets_orders_wait(self):
        link = self.make_link(administration=self.make_administration(self.connection))
        number = self.add_order()["number"]
        self.connection.action_disconnect()
        self.assertEqual(self.connection.state, "draft")
        since = self.box.calls.last
        self.run_link(link)
        # The order waits in the shop: nobody is asked anything.
        self.assertEqual(self.box.calls.last, since)
        self.assertEqual(link.administration_id.problem_code, "reconnect")
        self.consent(self.connection)
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_a_second_consent_by_the_same_person_asks_the_first_to_reconnect(self):
        other = self.env["exact.connection"].create(
            {"name": "Tweede", "app_id": self.connection.app_id.id}
        )
        self.consent(other)
        self.later(600)
        self.assertIsInstance(self.trouble(), ReconnectNeeded)
        self.assertEqual(self.connection.state, "reconnect")
        self.assertEqual(other.state, "connected")

    def test_an_administration_moves_to_another_consent_without_losing_anything(self):
        link = self.make_link(administration=self.make_administration(self.connection))
        first = self.add_order()["number"]
        self.run_link(link)
        other = self.env["exact.connection"].create(
            {"name": "Tweede", "app_id": self.connection.app_id.id}
        )
        self.consent(other, exact_demo.USER_EN)
        link.administration_id.connection_id = other
        self.connection.action_disconnect()
        second = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(first, "49.90")
        self.assert_booked(second, "49.90")
        self.assertEqual(len(self.relations("anna@example.com")), 1)


class AllLogs(logging.Handler):
    """Keeps everything that is logged, by everybody, with its traceback."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.name} {self.format(record)}")


class TestSecrets(TokenCase):
    def setUp(self):
        super().setUp()
        self.manager = new_test_user(
            self.env, "manager", groups=f"{GROUPS}manager,base.group_allow_export"
        )

    def secrets(self):
        token = self.stored()
        return {
            KEY,
            SECRET,
            exact_demo.CLIENT_SECRET,
            *(token.mapped("access_token") + token.mapped("refresh_token")),
        }

    def listen(self):
        """Listen to every logger at DEBUG.

        But for ``odoo.sql_db``: who switches that on wants to see every value.
        """
        handler = AllLogs()
        names = [None, *logging.root.manager.loggerDict]
        loggers = [logging.getLogger(name) for name in names]
        levels = {logger: logger.level for logger in loggers}
        for logger in loggers:
            sql = logger.name.startswith("odoo.sql_db")
            logger.setLevel(logging.INFO if sql else logging.DEBUG)
        logging.getLogger().addHandler(handler)

        def restore():
            logging.getLogger().removeHandler(handler)
            for logger, level in levels.items():
                logger.setLevel(level)

        self.addCleanup(restore)
        return handler

    def assert_not_in(self, secrets, text):
        for secret in secrets:
            self.assertTrue(secret)
            self.assertNotIn(secret, text)

    def test_secrets_are_in_no_log_line(self):
        handler = self.listen()
        link = self.make_link(administration=self.make_administration(self.connection))
        secrets = self.secrets()
        self.add_order()
        self.run_link(link)
        self.later(600)
        self.add_order()
        self.fault("lost_after", "salesentry")
        self.run_link(link)
        secrets |= self.secrets()
        self.box.lightspeed.control_revoke_credentials(self.shop_number, KEY)
        self.box.exact.control_revoke()
        self.later(600)
        self.run_link(link)
        text = "\n".join(handler.lines)
        self.assertIn("/oauth2/token", text)  # the transport was heard
        self.assertIn("lightspeed_exact_connector", text)
        self.assert_not_in(secrets, text)

    def test_secrets_are_in_no_error(self):
        administration = self.make_administration(self.connection)
        shop = self.make_shop()
        secrets = self.secrets()
        faults = (
            ("lost_before", {}),
            ("html_200", {}),
            ("unauthorized", {}),
            ("truncated", {}),
            ("status", {"params": {"status": 418, "body": {"error": "teapot"}}}),
        )
        seen = []
        for service in ("lightspeed", "exact"):
            for kind, options in faults:
                self.box.faults.clear()
                self.box.faults.add(kind, service, times=None, **options)
                record = shop if service == "lightspeed" else administration
                with self.enter_registry_test_mode():
                    try:
                        if service == "lightspeed":
                            record._client().shop()
                        else:
                            record._refresh_reference_data()
                    except ConnectorError as error:
                        seen.append(self.everything(error))
        self.assertGreaterEqual(len(seen), 8)
        self.assert_not_in(secrets, "\n".join(seen))

    def everything(self, error):
        """Return all that anybody could print of an error and its causes."""
        parts = []
        while error is not None:
            trace = traceback.TracebackException.from_exception(
                error, capture_locals=False
            )
            parts += [*trace.format(), repr(error), repr(vars(error)), str(error.args)]
            error = error.__cause__ or error.__context__
        return "\n".join(parts)

    def test_secrets_are_in_no_message_and_no_problem(self):
        link = self.make_link(administration=self.make_administration(self.connection))
        self.add_order()
        self.run_link(link)
        secrets = self.secrets()
        self.box.lightspeed.control_revoke_credentials(self.shop_number, KEY)
        self.later(600)
        secrets |= self.secrets()
        self.box.exact.control_revoke()
        self.add_order()
        self.order(self.add_order()["number"])
        self.run_link(link)
        link.shop_id.with_context(tracking_disable=False).write(
            {"api_secret": "another", "name": "Andere naam"}
        )
        self.env.flush_all()
        for table in ("mail_message", "mail_tracking_value", "mail_activity"):
            self.env.cr.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            text = "\n".join(row[0] for row in self.env.cr.fetchall())
            self.assert_not_in({*secrets, "another"}, text)
        texts = [
            json.dumps([record.problem_text, record.problem_advice])
            for record in (link, link.administration_id, self.connection)
        ]
        self.assert_not_in(secrets, "\n".join(texts))

    def test_a_manager_reads_everything_but_secrets(self):
        self.make_link(administration=self.make_administration(self.connection))
        secrets = self.secrets()
        for model in ("lightspeed.shop", "exact.app", "exact.connection"):
            records = self.env[model].with_user(self.manager).search([])
            self.assertTrue(records)
            text = repr(records.read()) + repr(records.export_data(["id", "name"]))
            self.assert_not_in(secrets, text)

    def test_a_manager_reads_no_credential_by_name(self):
        closed = {
            "lightspeed.shop": ("api_url",),
            "lightspeed.app": ("app_key", "app_secret"),
            "exact.app": ("client_id", "client_secret", "webhook_secret", "host_url"),
        }
        self.make_shop()
        self.env["lightspeed.app"].create(
            {"name": "App", "app_key": "k", "app_secret": "s"}
        )
        for model, names in closed.items():
            records = self.env[model].with_user(self.manager).search([], limit=1)
            self.assertTrue(records)
            for name in names:
                with self.subTest(model=model, name=name):
                    with self.assertRaises(AccessError):
                        records.read([name])
                    with self.assertRaises(AccessError):
                        records.export_data([name])
                    with self.assertRaises(AccessError):
                        records.search([(name, "like", "1")])
                    self.assertNotIn(name, records.fields_get())

    def test_copies_of_records_have_no_credentials(self):
        copies = [
            self.make_shop().copy(),
            self.connection.copy(),
        ]
        for name in ("api_key", "api_secret"):
            self.assertFalse(copies[0]._secret(name))
        self.assertEqual(copies[1].state, "draft")

    def test_the_consent_needs_the_manager_of_its_company(self):
        other = self.env["res.company"].create({"name": "Ander"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=f"{GROUPS}manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        answer = self.box.exact.control_consent(
            exact_demo.CLIENT_ID,
            exact_demo.USER_NL,
            self.connection.app_id.redirect_uri,
        )
        before = self.stored().access_token
        with (
            self.enter_registry_test_mode(),
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
        ):
            self.connection.with_user(stranger)._finish_consent(answer["code"])
        self.assertEqual(self.stored().access_token, before)

    def test_a_connection_has_one_pair_only(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(errors.UniqueViolation):
            self.env["exact.token"].create({"connection_id": self.connection.id})

    def test_a_refused_permission_is_explained_without_the_token(self):
        self.fault(
            "status",
            "current/Me",
            method="GET",
            params={"status": 403, "body": REFUSAL},
        )
        with (
            self.enter_registry_test_mode(),
            self.assertRaises(UserError) as refusal,
        ):
            self.connection.action_fetch_administrations()
        self.assert_not_in(self.secrets(), str(refusal.exception))
