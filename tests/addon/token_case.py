"""Test cases about the tokens of one connection.

All cursors of these tests share one transaction.
"""

from odoo.addons.lightspeed_exact_connector.clients.errors import ConnectorError

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

TOKEN_PATH = "oauth2/token"
ADDON = "lightspeed_exact_connector"


class TokenCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.connection = self.make_connection()

    def stored(self):
        self.env.invalidate_all()
        return self.env["exact.token"].search([])

    def token_calls(self):
        """Return how many token calls came after the consent."""
        return len(self.calls("POST", TOKEN_PATH)) - 1

    def take(self, **options):
        with self.enter_registry_test_mode():
            return self.connection._access_token(**options)[0]

    def trouble(self, **options):
        """Return what asking for a token raises; ``assertRaises`` would undo writes."""
        with self.enter_registry_test_mode():
            try:
                self.connection._access_token(**options)
            except ConnectorError as error:
                return error
        return self.fail("a token was given")

    def call(self):
        with self.enter_registry_test_mode():
            return self.connection._client().me()["FullName"]

    def jump(self, seconds):
        """Let our own clock jump ahead: Exact's does not."""
        self.later(seconds)
        self.box.clock.advance(-seconds)

    def activities(self, kind="reconnect"):
        return self.connection.activity_search([f"{ADDON}.mail_activity_type_{kind}"])

    def second_connection(self, user=None, **values):
        """Make another connection of the same app; with a user, consent to it."""
        other = self.env["exact.connection"].create(
            {"name": "Tweede", "app_id": self.connection.app_id.id, **values}
        )
        if user:
            self.consent(other, user)
        return other

    def refuse_tokens(self, error, description=None, status=400):
        """Let Exact refuse the next renewal with these words."""
        body = {"error": error}
        if description:
            body["error_description"] = description
        self.fault("status", TOKEN_PATH, params={"status": status, "body": body})

    def withdraw(self):
        """Let somebody withdraw the consent in Exact, and a token run out."""
        self.later(600)
        self.box.exact.control_revoke(exact_demo.USER_NL)
