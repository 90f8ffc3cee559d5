"""Test cases over real HTTP: a shop that posts webhooks to the addon."""

import contextlib

from odoo.tests import HttpCase, tagged

from sandbox.lightspeed.webhooks import sign
from tests.addon.connector_case import SECRET
from tests.addon.test_hints import HintCase

BODY = b'{"order":{"id":17,"email":"anna@example.com","url":"orders\\/17"}}'


@tagged("post_install", "-at_install")
class WebhookCase(HintCase, HttpCase):
    @contextlib.contextmanager
    def enter_registry_test_mode(self):
        # An HttpCase is in it all the time.
        self.env.flush_all()
        yield
        self.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("web.base.url", self.base_url())

    @contextlib.contextmanager
    def open_to_all(self):
        """Let requests come that are not made by ``url_open``."""
        self.env.flush_all()
        try:
            with self.allow_requests(all_requests=True):
                yield
        finally:
            self.http_request_allow_all = False
            self.env.invalidate_all()

    def make_webhooks(self, **values):
        """Return a link that has looked, whose shop has webhooks."""
        link = self.quiet_link(**values)
        link.shop_id.use_webhooks = True
        self.check(link.shop_id)
        return link

    def check(self, shop):
        """Press *Check*."""
        with self.open_to_all():
            return shop.action_check_webhooks()["params"]

    def subscriptions(self):
        return self.box.lightspeed.control_webhooks(self.shop_number)

    def post(self, to, body=BODY, *, key=None, secret=SECRET, headers=(), **said):
        """Post as the vendor does; ``said`` replaces headers."""
        names = {
            "shop": "X-Shop-Id",
            "event": "X-Event",
            "order": "X-Order-Id",
            "invoice": "X-Invoice-Id",
            "signature": "X-Signature",
            "kind": "Content-Type",
        }
        sent = {
            "X-Shop-Id": to.remote_id,
            "X-Event": "orders/updated",
            "X-Order-Id": "17",
            "X-Signature": sign(body, secret),
            "Content-Type": "application/json",
            **{names[name]: value for name, value in said.items()},
        }
        sent = {name: value for name, value in sent.items() if value is not None}
        self.env.flush_all()
        return self.url_open(
            "/lightspeed_exact/hooks/lightspeed/" + (key or to.webhook_key),
            data=body,
            method="POST",
            headers=sent,
            allow_redirects=False,
        )

    def named(self):
        return [(hint.kind, hint.remote_id) for hint in self.hints()]

    def assert_refused(self, response, status=403):
        self.assertEqual(response.status_code, status)
        self.assertFalse(self.hints())
        if status == 403:
            self.assertEqual(response.content, b"")
        self.assertNotIn("Set-Cookie", response.headers)
