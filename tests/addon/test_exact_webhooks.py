"""Webhooks of Exact over real HTTP: subscriptions, and what is taken."""

import contextlib
import json
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.lightspeed_exact_connector.controllers import exact_webhook

from sandbox.exact import demo as exact_demo
from tests.addon.exact_webhook_case import HOME, HOOKS, ExactWebhookCase
from tests.addon.once_case import Killed, OnceCase


@tagged("post_install", "-at_install")
class TestSubscribing(ExactWebhookCase):
    def test_a_subscription_is_made_and_costs_nothing_afterwards(self):
        link = self.hooked_link()
        administration = link.administration_id
        rows = administration.webhook_ids
        self.assertEqual(rows.mapped("state"), ["active"], rows.problem_text)
        self.assertEqual(
            [(row["Topic"], row["CallbackURL"]) for row in self.remote_hooks()],
            [("SalesEntries", administration.webhook_address)],
        )
        self.assertFalse([call for call in self.work(link) if HOOKS in call[1]])

    def test_the_empty_post_is_answered_while_ours_is_under_way(self):
        """Exact asks before it answers us: all that is needed is committed by then."""
        seen = []
        answer = exact_webhook.answer

        def watched(status=200):
            env = self.env
            env.invalidate_all()
            operation = env["lightspeed.exact.operation"].search(
                [("kind", "=", "webhook")]
            )
            # Whose turn it was: none of its cursors has anything left to commit.
            pending = (
                [
                    cursor
                    for cursor in type(env.cr)._cursors_stack[:-1]
                    if cursor._savepoint
                ]
                if hasattr(type(env.cr), "_cursors_stack")
                else []
            )
            seen.append((status, operation.state, operation.remote_id, pending))
            return answer(status)

        with patch.object(exact_webhook, "answer", watched):
            link = self.hooked_link()
        self.assertEqual(seen, [(200, "sending", False, [])])
        self.assertEqual(link.administration_id.webhook_ids.state, "active")

    def test_without_the_secret_of_the_app_nothing_is_made(self):
        link = self.make_link()
        link.administration_id.use_webhooks = True
        self.run_link(link)
        row = link.administration_id.webhook_ids
        self.assertEqual(row.problem_code, "exact_webhooks.no_secret")
        self.assertFalse(self.calls("POST", HOOKS))

    def test_an_old_address_of_ours_is_replaced(self):
        link = self.hooked_link()
        old = self.remote_hooks()[0]["CallbackURL"]
        base = self.base_url().replace("127.0.0.1", "localhost")
        self.assertNotEqual(base, self.base_url())
        self.env["ir.config_parameter"].set_param("web.base.url", base)
        link.administration_id._plan_webhooks()
        self.run_link(link)
        hooks = self.remote_hooks()
        self.assertEqual(len(hooks), 1)
        self.assertNotEqual(hooks[0]["CallbackURL"], old)
        self.assertEqual(link.administration_id.webhook_ids.state, "active")

    def test_that_of_another_address_stays_until_a_person_takes_over(self):
        link = self.hooked_link()
        administration = link.administration_id
        administration.webhook_key = "a" * 43
        administration._plan_webhooks()
        self.run_link(link)
        self.assertEqual(
            administration.webhook_ids.problem_code, "exact_webhooks.taken"
        )
        self.assertTrue(administration.webhook_taken)
        self.press(administration, "action_take_over_webhooks")
        self.assertEqual(administration.webhook_ids.state, "active")
        self.assertIn("a" * 43, self.remote_hooks()[0]["CallbackURL"])

    def press(self, records, action):
        with self.enter_registry_test_mode():
            getattr(records, action)()
        self.env.invalidate_all()

    def test_one_that_vanished_is_made_again_the_next_day(self):
        link = self.hooked_link()
        self.box.exact.control_drop_webhook_subscription(HOME, "SalesEntries")
        self.come_back(link, 24 * 3600 + 60)
        self.assertEqual(len(self.remote_hooks()), 1)

    def test_switching_off_removes_it(self):
        link = self.hooked_link()
        link.administration_id.use_webhooks = False
        self.run_link(link)
        self.assertFalse(self.remote_hooks())
        self.assertFalse(link.administration_id.webhook_ids)
        self.assertFalse(link.administration_id.webhooks_at)

    def test_disconnecting_removes_it(self):
        link = self.hooked_link()
        link.administration_id.connection_id.action_disconnect()
        self.assertFalse(self.remote_hooks())

    def test_invoices_are_asked_for_where_any_are_made(self):
        link = self.hooked_link()
        link.administration_id._plan_webhooks()
        self.assertEqual(link.administration_id._webhook_topics(), ["SalesEntries"])

    def test_a_refusal_is_told_and_not_sent_again_at_once(self):
        link = self.make_link()
        administration = link.administration_id
        administration.app_id.webhook_secret = "x"
        administration.use_webhooks = True
        answer = exact_webhook.answer
        with patch.object(exact_webhook, "answer", lambda _status=200: answer(403)):
            self.run_link(link)
        self.assertEqual(
            administration.webhook_ids.problem_code, "exact_webhooks.refused"
        )
        self.run_link(link)
        self.assertEqual(len(self.calls("POST", HOOKS)), 1)


class TestOnceSubscribed(OnceCase):
    """Never two subscriptions, and one in the end."""

    def setUp(self):
        super().setUp()
        # Nobody answers there, and the stand-in does not ask.
        self.env["ir.config_parameter"].set_param("web.base.url", "http://127.0.0.1:9")
        self.box.exact.control_set_option(webhook_check="never")

    def remote_hooks(self):
        return self.box.exact.control_webhook_subscriptions(HOME)

    def wanting_link(self):
        link = self.make_link()
        link.administration_id.app_id.webhook_secret = exact_demo.WEBHOOK_SECRET
        link.administration_id.use_webhooks = True
        return link

    def test_a_lost_answer_is_looked_up(self):
        link = self.wanting_link()
        self.fault("lost_after", HOOKS)
        self.run_link(link)
        self.come_back(link, 310, 70)
        self.assertEqual(len(self.remote_hooks()), 1)
        self.assertEqual(len(self.calls("POST", HOOKS)), 1)
        row = link.administration_id.webhook_ids
        self.assertEqual(row.state, "active")
        self.assertTrue(row.operation_id.adopted)

    def test_what_never_landed_is_sent_again_after_two_looks(self):
        link = self.wanting_link()
        self.fault("lost_before", HOOKS)
        self.run_link(link)
        self.run_link(link)
        self.assertEqual(len(self.calls("POST", HOOKS)), 1)
        self.come_back(link, 310, 70, 70)
        self.assertEqual(len(self.remote_hooks()), 1)

    def test_killed_at_every_moment_there_is_one_in_the_end(self):
        link = self.wanting_link()
        administration = link.administration_id
        number, ended = 0, False
        while not ended:
            number += 1
            with contextlib.suppress(Killed), self.killed_at(number) as points:
                self.run_link(link)
            ended = len(points) < number
            self.env.invalidate_all()
            self.come_back(link, 400, 70, 3600)
            self.assertEqual(len(self.remote_hooks()), 1, points[-1:])
            self.assertEqual(administration.webhook_ids.state, "active")
            administration.use_webhooks = False
            self.run_link(link)
            self.assertFalse(self.remote_hooks())
            administration.use_webhooks = True
            self.env.flush_all()
        self.assertGreater(number, 8)


@tagged("post_install", "-at_install")
class TestTakingExact(ExactWebhookCase):
    def setUp(self):
        super().setUp()
        self.number = self.add_order()["number"]
        self.link = self.hooked_link()
        self.run_link(self.link)
        self.deliver()
        self.administration = self.link.administration_id
        self.booking = self.assert_booked(self.number, "49.90").booking_ids
        self.key = self.booking.entry_id

    def assert_taken(self, body):
        self.assertEqual(self.send(self.administration, body).status_code, 200)
        self.assertEqual(self.named(), [("SalesEntries", self.key)])
        self.hints().unlink()

    def assert_ignored(self, body, status=200, **options):
        response = self.send(self.administration, body, **options)
        self.assertEqual((response.status_code, response.content), (status, b""))
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertFalse(self.hints())

    def test_every_way_of_writing_it_is_taken(self):
        forms = ("plain", "spaced", "reordered", "escaped")
        for form in forms:
            self.assert_taken(self.body(key=self.key, webhook_form=form))
        self.assert_taken(b"\xef\xbb\xbf" + self.body(key=self.key))
        self.assert_taken(self.body(key=self.key, webhook_client_id=False))
        self.assert_taken(self.body(key=self.key, webhook_extra={"Extra": {"a": [1]}}))
        self.assertTrue(self.administration.webhook_ids.received_at)

    def test_a_replay_costs_no_second_row(self):
        body = self.body(key=self.key)
        for _again in range(3):
            self.assertEqual(self.send(self.administration, body).status_code, 200)
        self.assertEqual(self.named(), [("SalesEntries", self.key)])

    def test_only_what_is_signed_for_this_administration_does_anything(self):
        good = self.body(key=self.key)
        bad = [
            good.replace(b"Update", b"Delete"),
            good.replace(b'"Content":{', b'"Content":{ '),
            good[:-1],
            good.replace(b"HashCode", b"Hash"),
            good[:-1] + b',"Content":{}}',
            b'{"Content":{"Key":"1"},' + good[1:],
            b"{}",
            b"[]",
            b"null",
            b"\x00",
            b"\xff\xfe" + "{}".encode("utf-16-le"),
            b"[" * 50_000,
            b'{"Content":' + b"{" * 50_000,
            self.body(key=self.key, webhook_hash="wrong"),
            self.body(key=self.key, webhook_hash="absent"),
        ]
        for body in bad:
            self.assert_ignored(body, 403)
        self.box.exact.control_set_option(webhook_hash="good")
        self.assert_ignored(good, 403, key="b" * 43)
        self.assert_ignored(b"", 403, key="b" * 43)
        self.assert_ignored(b"", 200)
        self.administration.app_id.webhook_secret = False
        self.assert_ignored(good, 403)

    def test_another_division_or_app_is_not_believed(self):
        other = self.box.exact.control_webhook_body(
            exact_demo.CLIENT_ID, exact_demo.SECOND, "SalesEntries", "Update", self.key
        )["body"].encode()
        self.assert_ignored(other, 403)
        extra = {"ClientId": "99999999-2222-3333-4444-555555555555"}
        self.assert_ignored(self.body(key=self.key, webhook_extra=extra), 403)

    def test_what_is_of_no_use_is_answered_and_forgotten(self):
        strange = "2f1c0a55-7a0e-4f5b-bb65-3f9d7f1a3c77"
        self.assert_ignored(self.body(key=strange))
        self.assert_ignored(self.body(key="no guid"))
        self.assert_ignored(self.body("Accounts", key=self.key))
        self.assert_ignored(self.body("SalesInvoices", key=self.key))
        self.assert_ignored(self.body(action="Create", key=self.key))
        self.administration.use_webhooks = False
        self.assert_ignored(self.body(key=self.key))

    def test_a_copy_of_the_database_ignores_them(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.assert_ignored(self.body(key=self.key))

    def test_the_address_in_it_is_not_followed(self):
        evil = {"ExactOnlineEndpoint": "http://127.0.0.1:9/evil"}
        body = self.body(key=self.key, webhook_extra=evil)
        self.assertIn(b"evil", body)
        self.assert_ignored_but_looked_at(body)

    def assert_ignored_but_looked_at(self, body):
        self.send(self.administration, body)
        calls = self.work(self.link)
        self.assertEqual(len(calls), 1)
        self.assertIn(f"/{HOME}/salesentry/SalesEntries", calls[0][1])

    def test_an_own_write_comes_back_and_costs_nothing(self):
        placed = self.add_order()
        self.run_link(self.link)
        self.assert_booked(placed["number"], "49.90")
        self.deliver()
        self.assertFalse(self.hints())
        told = self.box.exact.control_webhook_deliveries(event="SalesEntries/Create")
        self.assertTrue(all(row["status"] == 200 for row in told))
        self.assertTrue(json.loads(told[-1]["body"])["HashCode"])
        self.assertFalse(self.work(self.link))
