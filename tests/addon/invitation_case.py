"""Test cases with an invitation, and the browser of a merchant who has no user."""

import re
from urllib.parse import parse_qs, quote, urlsplit

from odoo.addons.lightspeed_exact_connector.const import (
    INVITATION_ROUTE,
    OAUTH_CALLBACK_ROUTE,
)

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import KEY, SECRET
from tests.addon.install_case import InstallCase

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class InvitationCase(InstallCase):
    def setUp(self):
        super().setUp()
        self.exact_app = self.env["exact.app"].create(
            {
                "name": "App",
                "host_url": self.box.exact_url,
                "client_id": exact_demo.CLIENT_ID,
                "client_secret": exact_demo.CLIENT_SECRET,
            }
        )
        self.box.exact.control_add_redirect_uri(
            exact_demo.CLIENT_ID, self.exact_app.redirect_uri
        )
        self.invitation = self.make_invitation()

    def make_invitation(self, **values):
        invitation = self.env["lightspeed.exact.invitation"].create(
            {
                "name": "Voorbeeldwinkel",
                "app_id": self.app.id,
                "exact_app_id": self.exact_app.id,
                "api_url": self.box.lightspeed_url,
                "user_id": self.manager.id,
                "lang": "en_US",
                **values,
            }
        )
        return invitation.with_user(self.manager)

    def link(self, invitation=None):
        """Return the path of a new link."""
        action = (invitation or self.invitation).action_make_link()
        url = action["context"]["default_url"]
        self.assertTrue(url.startswith(f"{self.base_url()}{INVITATION_ROUTE}/"))
        return urlsplit(url).path

    def get(self, path, **options):
        self.env.flush_all()
        answer = self.url_open(path, allow_redirects=False, **options)
        self.env.invalidate_all()
        return answer

    def enter(self, path=None):
        """Open a link in a new browser, which nobody is logged in to."""
        self.authenticate(None, None)
        answer = self.get(path or self.link())
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, INVITATION_ROUTE)
        return self.get(INVITATION_ROUTE)

    def post(self, what, csrf=True, **data):
        if csrf is True:
            found = CSRF.search(self.get(INVITATION_ROUTE).text)
            csrf = found[1] if found else ""
        return self.get(f"{INVITATION_ROUTE}/{what}", data={"csrf_token": csrf, **data})

    def fill_in(self, key=KEY, secret=SECRET, cluster="eu1", **options):
        return self.post(
            "key", api_key=key, api_secret=secret, cluster=cluster, **options
        )

    def state(self):
        """Press *Log in at Exact Online* and return the state that goes along."""
        answer = self.post("exact")
        self.assertEqual(answer.status_code, 303, answer.text)
        url = answer.headers["Location"]
        self.assertTrue(url.startswith(self.box.exact_url))
        query = parse_qs(urlsplit(url).query)
        self.assertEqual(query["redirect_uri"], [self.exact_app.redirect_uri])
        self.assertEqual(query["force_login"], ["1"])
        return query["state"][0]

    def come_back(self, state, code=None, **params):
        code = self.code() if code is None else code
        params = {"state": state, "code": code, **params}
        query = "&".join(f"{name}={quote(value)}" for name, value in params.items())
        return self.get(f"{OAUTH_CALLBACK_ROUTE}?{query}")

    def code(self):
        return self.box.exact.control_consent(
            exact_demo.CLIENT_ID, exact_demo.USER_NL, self.exact_app.redirect_uri
        )["code"]

    def tokens(self):
        return self.env["exact.token"].search([])

    def assert_gone(self, answer):
        self.assertEqual(answer.status_code, 404)
        self.assertIn("does not work (any more)", answer.text)
