"""The consent in the browser: the address, and the way back."""

import contextlib
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import psycopg2.errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.const import OAUTH_CALLBACK_ROUTE

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS, ConnectorCase

MODEL = "odoo.addons.lightspeed_exact_connector.models.exact_connection"


@tagged("post_install", "-at_install")
class TestOAuth(ConnectorCase, HttpCase):
    @contextlib.contextmanager
    def enter_registry_test_mode(self):
        # An HttpCase is in it all the time.
        self.env.flush_all()
        yield
        self.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.manager = self.make_user("manager")
        self.app = self.env["exact.app"].create(
            {
                "name": "App",
                "host_url": self.box.exact_url,
                "client_id": exact_demo.CLIENT_ID,
                "client_secret": exact_demo.CLIENT_SECRET,
            }
        )
        self.box.exact.control_add_redirect_uri(
            exact_demo.CLIENT_ID, self.app.redirect_uri
        )
        self.connection = self.env["exact.connection"].create(
            {"name": "Boekhouder", "app_id": self.app.id}
        )

    def make_user(self, *groups, login=None):
        return new_test_user(
            self.env,
            login or "-".join(groups),
            groups=",".join(GROUPS + group for group in groups) or "base.group_user",
        )

    def as_manager(self, user=None):
        return self.connection.with_user(user or self.manager)

    def code(self):
        answer = self.box.exact.control_consent(
            exact_demo.CLIENT_ID, exact_demo.USER_NL, self.app.redirect_uri
        )
        return answer["code"]

    def come_back(self, user="manager", **params):
        """Let the browser of a user come back from Exact."""
        if user:
            self.authenticate(user, user)
        return self.url_open(
            f"{self.base_url()}{OAUTH_CALLBACK_ROUTE}",
            params=params,
            allow_redirects=False,
        )

    def tokens(self):
        self.env.invalidate_all()
        return self.env["exact.token"].search([])

    def assert_refused(self, answer, *words):
        self.assertEqual(answer.status_code, 400)
        for word in words:
            self.assertIn(word, answer.text)
        self.assertFalse(self.tokens())

    # === THE ADDRESS === #
    def test_connect_sends_the_browser_to_the_consent_page(self):
        action = self.as_manager().action_connect()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertEqual(action["target"], "self")
        address = urlsplit(action["url"])
        self.assertEqual(f"{address.scheme}://{address.netloc}", self.box.exact_url)
        self.assertEqual(address.path, "/api/oauth2/auth")
        query = parse_qs(address.query, strict_parsing=True)
        self.assertEqual(query["force_login"], ["1"])
        self.assertEqual(query["response_type"], ["code"])
        self.assertEqual(query["client_id"], [exact_demo.CLIENT_ID])
        self.assertEqual(query["redirect_uri"], [self.app.redirect_uri])
        self.assertEqual(
            self.app.redirect_uri, self.connection.get_base_url() + OAUTH_CALLBACK_ROUTE
        )
        self.assertNotIn(exact_demo.CLIENT_SECRET, action["url"])
        connections = self.env["exact.connection"].with_user(self.manager)
        self.assertEqual(connections._verify_state(query["state"][0]), self.connection)

    def test_every_country_has_a_host_of_its_own(self):
        self.app.host_url = False
        hosts = set()
        for country in ("nl", "be", "de", "uk", "fr", "es", "us"):
            self.app.country = country
            address = urlsplit(self.as_manager().action_connect()["url"])
            self.assertEqual(address.scheme, "https")
            hosts.add(address.netloc)
        self.assertEqual(len(hosts), 7)
        self.assertIn("start.exactonline.co.uk", hosts)

    def test_only_a_manager_connects(self):
        user = self.make_user("user")
        with self.assertRaises(AccessError):
            self.as_manager(user).action_connect()
        with self.assertRaises(AccessError):
            self.as_manager(user).action_disconnect()
        with self.assertRaises(AccessError):
            self.as_manager(user).action_fetch_administrations()

    def test_a_copy_of_a_database_does_not_connect(self):
        state = self.as_manager()._sign_state()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        with self.assertRaisesRegex(UserError, "copy of a database"):
            self.as_manager().action_connect()
        answer = self.come_back(state=state, code=self.code())
        self.assert_refused(answer, "copy of a database")
        self.assertFalse(self.calls())

    # === THE WAY BACK === #
    def test_a_consent_stores_the_tokens_and_goes_back_to_the_connection(self):
        state = self.as_manager()._sign_state()
        answer = self.come_back(state=state, code=self.code())
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(
            urlsplit(answer.headers["Location"]).path,
            f"/odoo/exact.connection/{self.connection.id}",
        )
        self.assertEqual(self.tokens().connection_id, self.connection)
        self.assertEqual(self.connection.state, "connected")
        self.assertTrue(self.connection.valid_until)

    def test_the_tokens_of_a_consent_work(self):
        state = self.as_manager()._sign_state()
        self.come_back(state=state, code=self.code())
        self.as_manager().action_fetch_administrations()
        self.assertIn(
            exact_demo.MAIN, self.connection.administration_ids.mapped("division")
        )
        self.assertEqual(self.connection.exact_user, "Bram Boekhouder")

    def test_a_forged_state_stores_nothing(self):
        code = self.code()
        state = self.as_manager()._sign_state()
        for forged in ("", "forged", state[:-2], f"{state}x", "é", "0" * 300):
            with self.subTest(state=forged):
                answer = self.come_back(state=forged, code=code)
                self.assert_refused(answer, "not valid (any more)")
        self.assert_refused(self.come_back(code=code), "not valid (any more)")
        self.assertFalse(self.calls("POST"))

    def test_an_expired_state_stores_nothing(self):
        with patch(f"{MODEL}.OAUTH_STATE_HOURS", -1):
            state = self.as_manager()._sign_state()
        answer = self.come_back(state=state, code=self.code())
        self.assert_refused(answer, "not valid (any more)", "Go back")
        self.assertFalse(self.calls("POST"))

    def test_the_state_of_another_user_stores_nothing(self):
        other = self.make_user("manager", login="other")
        state = self.as_manager(other)._sign_state()
        answer = self.come_back(state=state, code=self.code())
        self.assert_refused(answer, "not valid (any more)")
        self.assertFalse(self.calls("POST"))

    def test_a_state_for_something_else_stores_nothing(self):
        with patch(f"{MODEL}.OAUTH_SCOPE", "something else"):
            state = self.as_manager()._sign_state()
        self.assert_refused(self.come_back(state=state, code=self.code()))

    def test_the_state_of_a_connection_that_is_gone_stores_nothing(self):
        state = self.as_manager()._sign_state()
        self.connection.unlink()
        answer = self.come_back(state=state, code=self.code())
        self.assertEqual(answer.status_code, 400)
        self.assertFalse(self.calls("POST"))

    def test_a_refusal_by_the_user_is_no_error(self):
        state = self.as_manager()._sign_state()
        answer = self.come_back(state=state, error="access_denied")
        self.assertEqual(answer.status_code, 303)
        self.assertIn(
            f"/odoo/exact.connection/{self.connection.id}", answer.headers["Location"]
        )
        self.assertFalse(self.tokens())
        self.assertFalse(self.calls("POST"))

    def test_a_code_that_exact_refuses_is_explained(self):
        state = self.as_manager()._sign_state()
        answer = self.come_back(state=state, code="nonsense")
        self.assert_refused(
            answer,
            "new consent",
            "invalid_grant",
            f"/odoo/exact.connection/{self.connection.id}",
        )

    def test_a_code_that_was_used_is_explained_and_the_tokens_stay(self):
        state, code = self.as_manager()._sign_state(), self.code()
        self.come_back(state=state, code=code)
        before = self.tokens().access_token
        answer = self.come_back(state=state, code=code)
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self.tokens().access_token, before)
        self.assertEqual(self.connection.state, "connected")

    def test_a_message_of_exact_is_never_taken_as_html(self):
        self.fault(
            "status",
            "oauth2/token",
            params={
                "status": 400,
                "body": {
                    "error": "invalid_grant",
                    "error_description": "<script>alert(1)</script>",
                },
            },
        )
        state = self.as_manager()._sign_state()
        answer = self.come_back(state=state, code=self.code())
        self.assertEqual(answer.status_code, 400)
        self.assertNotIn("<script>alert(1)", answer.text)

    def test_a_vendor_that_is_down_is_explained(self):
        self.fault("lost_before", "oauth2/token")
        state = self.as_manager()._sign_state()
        answer = self.come_back(state=state, code=self.code())
        self.assert_refused(answer, "could not be reached")

    def test_a_user_who_is_no_manager_is_refused(self):
        user = self.make_user("user")
        state = self.as_manager(user)._sign_state()
        answer = self.come_back("user", state=state, code=self.code())
        self.assert_refused(answer, "manager")
        self.assertFalse(self.calls("POST"))

    def test_a_manager_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Ander"})
        self.manager.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        state = self.as_manager()._sign_state()
        with mute_logger("odoo.addons.base.models.ir_rule"):
            answer = self.come_back(state=state, code=self.code())
        self.assert_refused(answer)
        self.assertFalse(self.calls("POST"))

    def test_nobody_comes_back_without_logging_in(self):
        state = self.as_manager()._sign_state()
        answer = self.come_back(None, state=state, code=self.code())
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/web/login")
        self.assertFalse(self.tokens())

    def test_a_conflict_with_the_engine_does_not_lose_the_consent(self):
        links = type(self.env["lightspeed.exact.link"])
        conflict = psycopg2.errors.SerializationFailure
        state = self.as_manager()._sign_state()
        with patch.object(links, "_connection_restored", side_effect=conflict):
            answer = self.come_back(state=state, code=self.code())
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self.connection.state, "connected")
        self.assertEqual(len(self.calls("POST", "oauth2/token")), 1)
