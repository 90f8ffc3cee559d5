"""Test cases with an app at Lightspeed that shops install, over real HTTP."""

import contextlib

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from tests.addon.connector_case import GROUPS, ConnectorCase


@tagged("post_install", "-at_install")
class InstallCase(ConnectorCase, HttpCase):
    @contextlib.contextmanager
    def enter_registry_test_mode(self):
        # An HttpCase is in it all the time.
        self.env.flush_all()
        yield
        self.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())
        self.manager = self.make_user("manager")
        self.app = self.make_app("App")

    def make_user(self, group, login=None, **values):
        return new_test_user(
            self.env, login or group, groups=f"{GROUPS}{group}", **values
        )

    def make_company(self, name="Ander"):
        return self.env["res.company"].create(
            {"name": name, "currency_id": self.env.ref("base.EUR").id}
        )

    def make_stranger(self, login="stranger"):
        """Make a manager of another company."""
        other = self.make_company()
        return self.make_user(
            "manager",
            login,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )

    def make_app(self, name, **values):
        """Register an app on both sides."""
        made = self.box.lightspeed.control_add_app("https://odoo.example")
        app = self.env["lightspeed.app"].create(
            {
                "name": name,
                "app_key": made["key"],
                "app_secret": made["secret"],
                "api_url": self.box.lightspeed_url,
                "user_id": self.manager.id,
                **values,
            }
        )
        self.box.lightspeed.control_add_app(
            app.install_url, made["key"], made["secret"]
        )
        return app

    def install(self, app=None, shop=None, **options):
        """Install the app in a shop; nobody's browser has come here yet."""
        return self.box.lightspeed.control_install(
            (app or self.app).app_key, shop or self.shop_number, **options
        )

    def come(self, installed, user=None, **options):
        """Let a browser come with an install.

        :param user: whose session it has, nobody's without
        """
        self.env.flush_all()
        self.authenticate(user and user.login, user and user.login)
        answer = self.url_open(installed["url"], allow_redirects=False, **options)
        self.env.invalidate_all()
        return answer

    def claims(self, *states):
        domain = [("state", "in", states)] if states else []
        return self.env["lightspeed.exact.claim"].search(domain, order="id")

    def shops(self):
        return self.env["lightspeed.shop"].with_context(active_test=False).search([])
