"""Test cases with a secret in every place that takes one."""

import os
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from sandbox.exact import oauth
from tests.addon.connector_case import GROUPS, KEY, SECRET, ConnectorCase

SETTING = "LIGHTSPEED_EXACT_SECRET_KEYS"
FIELDS = {
    "lightspeed.shop": ("api_key", "api_secret", "app_token"),
    "lightspeed.app": ("app_secret",),
    "exact.app": ("client_secret", "webhook_secret"),
}
VALUES = {
    "api_key": KEY,
    "api_secret": SECRET,
    "app_token": "tokenofanapp",
    "app_secret": "secretofanapp",
    "client_secret": "secretofaclient",
    "webhook_secret": "secretofawebhook",
}


class SecretCase(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = {
            "user": f"{GROUPS}user",
            "manager": f"{GROUPS}manager",
            "system": f"{GROUPS}manager,base.group_system,base.group_no_one",
        }
        bookkeeper = f"{GROUPS}bookkeeper"
        if cls.env.ref(bookkeeper, raise_if_not_found=False):
            groups["bookkeeper"] = bookkeeper
        cls.people = {
            login: new_test_user(cls.env, login, groups=names)
            for login, names in groups.items()
        }

    def setUp(self):
        super().setUp()
        # Every code and token that Exact ever gives.
        self.issued = set()

        def remember(*args):
            value = opaque(*args)
            self.issued.add(value)
            return value

        opaque = oauth._opaque
        self.startPatcher(patch.object(oauth, "_opaque", remember))

    def make_holders(self):
        """Make a record of each kind that has secrets, all filled in.

        :return: the records by the name of their model
        """
        return {
            "lightspeed.shop": self.make_shop(app_token=VALUES["app_token"]),
            "lightspeed.app": self.env["lightspeed.app"].create(
                {
                    "name": "App",
                    "app_key": "key",
                    "app_secret": VALUES["app_secret"],
                }
            ),
            "exact.app": self.env["exact.app"].create(
                {
                    "name": "Exact",
                    "client_id": "an id",
                    "client_secret": VALUES["client_secret"],
                    "webhook_secret": VALUES["webhook_secret"],
                }
            ),
        }

    def keys(self, *keys):
        """Let the server's configuration have these keys."""
        return patch.dict(os.environ, {SETTING: ",".join(keys)})

    def stored(self):
        """Return all texts in the room of secrets."""
        self.env.flush_all()
        self.env.cr.execute("SELECT value FROM lightspeed_exact_secret ORDER BY id")
        return [row[0] for row in self.env.cr.fetchall()]

    def assert_no_secret(self, text, secrets=None):
        """Assert that none of these (those of ``VALUES``) stands in a text."""
        for secret in VALUES.values() if secrets is None else secrets:
            self.assertTrue(secret)
            if secret in text:
                at = text.index(secret)
                around = text[max(at - 300, 0) : at + 300]
                self.fail(f"a secret is shown: {around}")

    def assert_closed(self, attempt, *errors):
        """Assert that this fails in one of these ways, without with ``AccessError``."""
        refusals = errors or (AccessError,)
        try:
            with self.env.cr.savepoint():
                found = attempt()
        except refusals:
            self.env.invalidate_all()
        else:
            self.fail(f"it was answered: {found}")
