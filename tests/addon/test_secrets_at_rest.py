"""With a key in the server's configuration secrets and tokens are encrypted at rest."""

import logging
import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.tools import config

from odoo.addons.lightspeed_exact_connector.clients.errors import ConnectorError
from odoo.addons.lightspeed_exact_connector.clients.sealing import MARK
from odoo.addons.lightspeed_exact_connector.server_settings import server_setting

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import SECRET
from tests.addon.secret_case import SETTING, VALUES, SecretCase

LOGGER = "odoo.addons.lightspeed_exact_connector"


def new_key():
    return Fernet.generate_key().decode()


class TestAtRest(SecretCase):
    def token(self):
        self.env.invalidate_all()
        return self.env["exact.token"].search([])

    def pair(self):
        token = self.token()
        return [token.access_token, token.refresh_token]

    def assert_sealed(self):
        texts = [*self.stored(), *self.pair()]
        self.assertGreaterEqual(len(texts), 4)
        for text in texts:
            self.assertTrue(text.startswith(MARK))

    def seal_all(self):
        with self.enter_registry_test_mode():
            rows = self.env["lightspeed.exact.secret"].with_user(self.people["system"])
            return rows.action_seal_all()

    # === WITH A KEY === #
    def test_everything_works_and_nothing_plain_is_stored(self):
        with self.keys(new_key()):
            link = self.make_link()
            self.assert_sealed()
            first = self.pair()
            self.later(600)
            number = self.add_order()["number"]
            self.run_link(link)
            self.assert_booked(number, "49.90")
            self.assertNotEqual(self.pair(), first)
            self.assert_sealed()
            self.env.cr.execute("SELECT row_to_json(t)::text FROM exact_token t")
            rows = "".join(row[0] for row in self.env.cr.fetchall())
            self.assertGreaterEqual(len(self.issued), 4)
            self.assert_no_secret(rows, self.issued)

    def test_the_key_stands_in_the_configuration_file_too(self):
        key = new_key()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "odoo.conf"
            path.write_text(
                f"[options]\n[lightspeed_exact_connector]\nsecret_keys = {key}\n"
            )
            environ = {k: v for k, v in os.environ.items() if k != SETTING}
            with (
                patch.dict(os.environ, environ, clear=True),
                patch.dict(config._runtime_options, {"config": str(path)}),
            ):
                self.assertEqual(server_setting("secret_keys"), key)
                self.make_shop()
        self.assertTrue(all(text.startswith(MARK) for text in self.stored()))

    # === A KEY THAT COMES LATER, OR IS REPLACED === #
    def test_a_key_that_comes_later_encrypts_what_is_there(self):
        link = self.make_link()
        plain = self.pair()
        self.assertIn(SECRET, self.stored())
        with self.keys(new_key()):
            self.assertEqual(link.shop_id._secret("api_secret"), SECRET)
            answer = self.seal_all()
            self.assertIn("5 were encrypted", answer["params"]["message"])
            self.assert_sealed()
            self.assertNotIn(plain[0], self.pair())
            stored = self.stored()
            self.assertIn("0 were encrypted", self.seal_all()["params"]["message"])
            self.assertEqual(self.stored(), stored)
            number = self.add_order()["number"]
            self.run_link(link)
            self.assert_booked(number, "49.90")

    def test_a_key_is_replaced_without_a_gap(self):
        old, new = new_key(), new_key()
        with self.keys(old):
            link = self.make_link()
        with self.keys(new, old):
            link.shop_id.action_test_connection()
            self.seal_all()
        with self.keys(new):
            number = self.add_order()["number"]
            self.later(600)
            self.run_link(link)
            self.assert_booked(number, "49.90")
            self.assert_sealed()

    def test_it_is_done_each_night_by_itself(self):
        self.make_link()
        with self.keys(new_key()), self.enter_registry_test_mode():
            self.env.ref(
                "lightspeed_exact_connector.ir_cron_seal"
            ).method_direct_trigger()
        self.assert_sealed()

    def test_no_night_is_spent_on_a_connector_without_secrets(self):
        cron = self.env.ref("lightspeed_exact_connector.ir_cron_seal")
        self.assertFalse(cron.active)
        shop = self.make_shop_without_test(api_key="a key of a shop")
        self.assertTrue(cron.active)
        shop.api_key = False
        self.assertFalse(cron.active)

    def test_without_a_key_a_night_changes_nothing(self):
        self.make_link()
        before = self.stored(), self.pair()
        with self.enter_registry_test_mode():
            self.env["lightspeed.exact.secret"]._cron_seal()
        self.assertEqual((self.stored(), self.pair()), before)

    def test_a_night_with_a_wrong_key_is_told_in_the_log_without_a_traceback(self):
        with self.keys(new_key()):
            self.make_link()
        before = self.stored(), self.pair()
        for keys in ((), (new_key(),), ("no key",)):
            with (
                self.keys(*keys),
                self.enter_registry_test_mode(),
                self.assertLogs(LOGGER, logging.WARNING) as logs,
            ):
                self.env["lightspeed.exact.secret"]._cron_seal()
            self.assertIn("Secrets are not encrypted: secret_key_", logs.output[0])
            self.assertNotIn("Traceback", logs.output[0])
        self.assertEqual((self.stored(), self.pair()), before)

    def test_what_is_lost_keeps_the_rest_from_no_encryption(self):
        with self.keys(new_key()):
            shop = self.make_shop()
        lost = self.stored()
        other = self.make_shop_without_test(api_key="another key of a shop")
        with self.keys(new_key()), self.enter_registry_test_mode():
            with self.assertLogs(LOGGER, logging.WARNING):
                self.env["lightspeed.exact.secret"]._cron_seal()
            self.assertEqual(other._secret("api_key"), "another key of a shop")
            with self.assertRaises(ConnectorError):
                shop._secret("api_key")
        self.assertEqual(self.stored()[:2], lost)
        self.assertTrue(self.stored()[2].startswith(MARK))

    def make_shop_without_test(self, **values):
        return self.env["lightspeed.shop"].create({"name": "Nieuw", **values})

    def test_only_a_system_administrator_has_the_button(self):
        for login in ("user", "manager"):
            rows = self.env["lightspeed.exact.secret"].with_user(self.people[login])
            with self.keys(new_key()), self.assertRaises(AccessError):
                rows.action_seal_all()
        with self.assertRaises(UserError) as caught:
            self.seal_all()
        self.assertIn("has no key to encrypt with", str(caught.exception))

    def test_the_button_is_in_the_menu(self):
        action = self.env.ref(
            "lightspeed_exact_connector.lightspeed_exact_secret_action_seal"
        )
        self.make_shop()
        with self.keys(new_key()), self.enter_registry_test_mode():
            answer = action.with_user(self.people["system"]).run()
            self.assertEqual(answer["tag"], "display_notification")
            with self.assertRaises(AccessError):
                action.with_user(self.people["manager"]).run()
        self.assertTrue(all(text.startswith(MARK) for text in self.stored()))

    # === A KEY THAT IS MISSING === #
    def test_a_missing_wrong_or_bad_key_is_told_and_changes_nothing(self):
        with self.keys(new_key()):
            link = self.make_link()
            number = self.add_order()["number"]
        before = self.stored(), self.pair()
        connection = link.administration_id.connection_id
        for keys, words in (
            ((), "is missing"),
            ((new_key(),), "another key"),
            (("no key",), "is not valid"),
        ):
            since = self.box.calls.last
            with self.subTest(words=words), self.keys(*keys):
                for button in (
                    link.shop_id.action_test_connection,
                    link.administration_id.action_refresh,
                    connection.action_connect,
                    connection.action_fetch_administrations,
                ):
                    with (
                        self.enter_registry_test_mode(),
                        self.assertRaises(UserError) as caught,
                    ):
                        button()
                    self.assertIn(words, str(caught.exception))
                self.later(3600)
                self.run_link(link)
                self.assertIn(words, link.problem_text)
                self.assertFalse(self.order(number))
                self.assertEqual(self.box.calls.last, since)
        self.assertEqual((self.stored(), self.pair()), before)

    def test_work_goes_on_by_itself_when_the_key_is_back(self):
        key = new_key()
        with self.keys(key):
            link = self.make_link()
            number = self.add_order()["number"]
        self.later(3600)
        self.run_link(link)
        self.assertEqual(link.problem_code, "secret_key_missing")
        self.later(3600)
        with self.keys(key):
            self.run_link(link)
            self.assert_booked(number, "49.90")
        self.assertFalse(link.problem_code)

    def test_nothing_plain_replaces_what_is_encrypted(self):
        with self.keys(new_key()):
            link = self.make_link()
        before = self.stored(), self.pair()
        with self.assertRaises(UserError) as caught:
            link.shop_id.api_secret = "plain"
        self.assertIn("is missing", str(caught.exception))
        connection = link.administration_id.connection_id
        with (
            self.enter_registry_test_mode(),
            self.assertRaises(ConnectorError),
        ):
            connection._write_token({"access_token": "plain"})
        self.assertEqual((self.stored(), self.pair()), before)

    def test_a_consent_that_could_not_be_stored_is_not_spent(self):
        key = new_key()
        with self.keys(key):
            connection = self.make_connection()
            connection.app_id.client_secret = False
        connection.app_id.client_secret = exact_demo.CLIENT_SECRET
        answer = self.box.exact.control_consent(
            exact_demo.CLIENT_ID, exact_demo.USER_NL, connection.app_id.redirect_uri
        )
        since = self.box.calls.last
        with (
            self.enter_registry_test_mode(),
            self.assertRaises(ConnectorError) as caught,
        ):
            connection._finish_consent(answer["code"])
        self.assertEqual(caught.exception.code, "secret_key_missing")
        self.assertEqual(self.box.calls.last, since)
        with self.keys(key), self.enter_registry_test_mode():
            connection._finish_consent(answer["code"])
        self.assertEqual(connection.state, "connected")

    def test_a_lost_key_is_repaired_by_filling_in_and_connecting_again(self):
        with self.keys(new_key()):
            link = self.make_link()
        connection = link.administration_id.connection_id
        with self.keys(new_key()):
            link.shop_id.write(
                {"api_key": VALUES["api_key"], "api_secret": VALUES["api_secret"]}
            )
            link.shop_id.action_test_connection()
            connection.app_id.client_secret = exact_demo.CLIENT_SECRET
            self.consent(connection)
            number = self.add_order()["number"]
            self.run_link(link)
            self.assert_booked(number, "49.90")
