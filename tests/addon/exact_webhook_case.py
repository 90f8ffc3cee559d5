"""A case for webhooks of Exact: a real server that the stand-in calls back."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.tests import common

from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import OnceCase
from tests.addon.test_lightspeed_webhooks import WebhookCase

HOME = exact_demo.MAIN
HOOKS = "webhooks/WebhookSubscriptions"
ADDRESS = "/lightspeed_exact/hooks/exact/"


class ExactWebhookCase(OnceCase, WebhookCase):
    """Odoo answers requests while this test itself waits for one.

    In a test all cursors share one connection, and a lock says whose turn it is: it is
    given away for exactly as long as a call of ours is under way.
    """

    def setUp(self):
        super().setUp()
        self.http_request_allow_all = True
        request, lock = Transport.request, common._registry_test_lock

        def handing_over(transport, method, url, **options):
            count = lock.count if lock._is_owned() else 0
            for _each in range(count):
                lock.release()
            try:
                return request(transport, method, url, **options)
            finally:
                for _each in range(count):
                    lock.acquire()

        patcher = patch.object(Transport, "request", handing_over)
        patcher.start()
        self.addCleanup(patcher.stop)

    @contextmanager
    def turn_given_away(self):
        """Let Odoo answer what the stand-in sends meanwhile."""
        self.env.flush_all()
        lock = common._registry_test_lock
        lock.release()
        try:
            yield
        finally:
            lock.acquire()
        self.env.invalidate_all()

    def hooked_link(self, **values):
        """Return a link whose administration has webhooks, made and checked."""
        link = self.make_link(**values)
        administration = link.administration_id
        administration.app_id.webhook_secret = exact_demo.WEBHOOK_SECRET
        administration.use_webhooks = True
        self.run_link(link)
        return link

    def remote_hooks(self):
        return self.box.exact.control_webhook_subscriptions(HOME)

    def body(self, topic="SalesEntries", action="Update", key="", **options):
        """Return a payload as the stand-in signs it."""
        if options:
            self.box.exact.control_set_option(**options)
        return self.box.exact.control_webhook_body(
            exact_demo.CLIENT_ID, HOME, topic, action, key
        )["body"].encode()

    def send(self, administration, body, key=None):
        self.env.flush_all()
        return self.url_open(
            ADDRESS + (key or administration.webhook_key),
            data=body,
            method="POST",
            headers={"Content-Type": "application/json; charset=utf-8"},
            allow_redirects=False,
        )

    def deliver(self):
        """Let the stand-in send what it has to say."""
        with self.turn_given_away():
            self.box.exact.control_webhooks_drain()

    def work(self, link):
        """Run without polling, and return the calls to Exact that it took."""
        since = self.box.calls.last
        self.run_link(link)
        return [
            (call["method"], call["path"])
            for call in self.calls(since=since)
            if "oauth" not in call["path"]
        ]
