"""Webhooks in the shop: made, checked and removed; and the address they go to."""

import socket
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector import uninstall_hook

from tests.addon.test_lane import ADDON
from tests.addon.webhook_case import WebhookCase

ROOM = f"{ADDON}.models.lightspeed_shop_webhook"


class TestSubscriptions(WebhookCase):
    def groups(self):
        return sorted(row["itemGroup"] for row in self.subscriptions())

    def writes(self):
        return [
            call["method"]
            for call in self.calls(path="webhooks", service="lightspeed")
            if call["method"] != "GET"
        ]

    def foreign(self, **values):
        """Let somebody else subscribe with the same key."""
        client = self.env["lightspeed.shop"].search([], limit=1)._client()
        row = {
            "isActive": True,
            "itemGroup": "orders",
            "itemAction": "*",
            "language": "nl",
            "format": "json",
            "address": "https://elders.example.com/hook",
        }
        return client.create_webhook({**row, **values})

    def daily(self, shop):
        """Let the daily check come."""
        self.later(25 * 3600)
        with self.open_to_all():
            self.env["lightspeed.shop.webhook"].search([])._check()
        self.assertEqual(shop.webhook_state, "active", shop.webhook_problem)

    def test_off_is_the_default_and_then_nothing_is_asked(self):
        link = self.quiet_link()
        self.assertFalse(link.shop_id.use_webhooks)
        self.assertEqual(link.shop_id.webhook_state, "off")
        self.assertFalse(self.env["lightspeed.shop.webhook"].search([]))
        with self.assertRaises(UserError):
            link.shop_id.action_check_webhooks()
        self.assertFalse(self.calls(service="lightspeed"))

    def test_switched_on_they_are_made_for_what_the_link_reads(self):
        link = self.make_webhooks()
        shop = link.shop_id
        self.assertEqual(self.groups(), ["invoices", "orders"])
        for row in self.subscriptions():
            self.assertEqual(row["address"], shop.webhook_address)
            self.assertEqual((row["itemAction"], row["format"]), ("*", "json"))
            self.assertTrue(row["isActive"])
        self.assertEqual(shop.webhook_state, "active")
        self.assertFalse(shop.webhook_problem)
        link.credits = "off"
        self.check(shop)
        self.assertEqual(self.groups(), ["orders"])
        link.write({"credits": "book", "source": "invoice"})
        self.check(shop)
        self.assertEqual(self.groups(), ["invoices"])

    def test_a_shop_without_a_link_waits(self):
        shop = self.make_shop()
        shop.use_webhooks = True
        self.assertIn("once the shop has a link", self.check(shop)["message"])
        self.assertEqual(shop.webhook_state, "new")
        self.assertFalse(self.subscriptions())

    def test_checked_again_nothing_is_written(self):
        link = self.make_webhooks()
        self.box.calls.clear()
        self.daily(link.shop_id)
        self.assertEqual(self.writes(), [])
        self.assertEqual(len(self.calls("GET", "webhooks", "lightspeed")), 1)

    def test_what_is_missing_inactive_moved_or_double_is_mended(self):
        link = self.make_webhooks()
        shop = link.shop_id
        client = shop._client()
        first, second = self.subscriptions()
        # Missing.
        client.delete_webhook(first["id"])
        self.daily(shop)
        self.assertEqual(self.groups(), ["invoices", "orders"])
        # Inactive, as a vendor may do after failures.
        client.update_webhook(second["id"], {"isActive": False})
        self.daily(shop)
        self.assertTrue(all(row["isActive"] for row in self.subscriptions()))
        # Double.
        client.create_webhook(
            {
                **{"isActive": True, "itemGroup": "orders", "itemAction": "*"},
                **{"language": "nl", "format": "json"},
                "address": shop.webhook_address,
            }
        )
        self.assertEqual(len(self.subscriptions()), 3)
        self.daily(shop)
        self.assertEqual(self.groups(), ["invoices", "orders"])
        # Moved: the address of this Odoo changed.
        ids = {row["id"] for row in self.subscriptions()}
        other = self.base_url().replace("127.0.0.1", "localhost")
        self.env["ir.config_parameter"].set_param("web.base.url", other)
        self.daily(shop)
        rows = self.subscriptions()
        self.assertEqual({row["id"] for row in rows}, ids)
        self.assertEqual({row["address"] for row in rows}, {shop.webhook_address})
        self.assertTrue(shop.webhook_address.startswith(other))

    def test_those_of_others_are_never_touched(self):
        link = self.quiet_link()
        kept = [
            self.foreign(),
            self.foreign(address="https://elders.example.com/lightspeed_exact/hooks"),
            # Another Odoo with this connector, for the same shop.
            self.foreign(address=link.shop_id._webhook_address() + "A" * 43),
            self.foreign(itemGroup="products", isActive=False),
        ]
        link.shop_id.use_webhooks = True
        self.check(link.shop_id)
        self.assertEqual(len(self.subscriptions()), 6)
        link.shop_id.use_webhooks = False
        self.check(link.shop_id)
        self.assertEqual(
            [row["id"] for row in self.subscriptions()], [row["id"] for row in kept]
        )

    def test_switched_off_or_archived_they_are_removed(self):
        link = self.make_webhooks()
        shop = link.shop_id
        shop.use_webhooks = False
        self.check(shop)
        self.assertFalse(self.subscriptions())
        self.assertEqual(shop.webhook_state, "off")
        shop.use_webhooks = True
        self.check(shop)
        self.assertEqual(len(self.subscriptions()), 2)
        shop.active = False
        self.check(shop)
        self.assertFalse(self.subscriptions())

    def test_a_shop_that_is_deleted_takes_them_along(self):
        shop = self.make_shop()
        shop.use_webhooks = True
        self.foreign()
        self.foreign(address=shop.webhook_address)
        shop.unlink()
        self.assertEqual(len(self.subscriptions()), 1)

    def test_a_shop_that_cannot_be_asked_is_deleted_all_the_same(self):
        shop = self.make_shop()
        shop.use_webhooks = True
        self.fault("empty_500", "webhooks", method="GET", service="lightspeed")
        with self.assertLogs(level="WARNING"):
            shop.unlink()
        self.assertFalse(shop.exists())

    def test_uninstalling_takes_them_away(self):
        self.make_webhooks()
        uninstall_hook(self.env)
        self.assertFalse(self.subscriptions())

    def test_a_lost_answer_leaves_no_second_one(self):
        link = self.quiet_link()
        shop = link.shop_id
        shop.use_webhooks = True
        self.fault("lost_after", "webhooks", service="lightspeed")
        self.assertEqual(self.check(shop)["type"], "warning")
        self.assertEqual(len(self.subscriptions()), 1)
        self.assertEqual(shop.webhook_state, "problem")
        self.check(shop)
        self.assertEqual(self.groups(), ["invoices", "orders"])
        self.assertEqual(shop.webhook_state, "active")
        # Three were sent: the one whose answer was lost was not sent again.
        self.assertEqual(self.writes(), ["POST", "POST"])

    def test_a_key_without_the_right_is_said(self):
        link = self.quiet_link()
        shop = link.shop_id
        shop.use_webhooks = True
        self.fault(
            "status",
            "webhooks",
            method="GET",
            service="lightspeed",
            params={"status": 403},
        )
        answer = self.check(shop)
        self.assertEqual(answer["type"], "warning")
        self.assertIn("may not read or change the webhooks", answer["message"])
        self.assertEqual(shop.webhook_state, "problem")

    def test_a_shop_that_takes_no_more_is_said(self):
        link = self.quiet_link()
        for _number in range(9):
            self.foreign()
        link.shop_id.use_webhooks = True
        self.assertIn("takes no more than 10", self.check(link.shop_id)["message"])
        self.assertEqual(len(self.subscriptions()), 9)

    def test_a_key_that_was_withdrawn_is_not_asked_again_once_switched_off(self):
        link = self.make_webhooks()
        shop = link.shop_id
        self.fault("unauthorized", "webhooks", method="GET", service="lightspeed")
        shop.use_webhooks = False
        self.check(shop)
        self.assertFalse(self.env["lightspeed.shop.webhook"].search([]))

    def test_a_copy_of_the_database_changes_nothing_in_the_shop(self):
        link = self.make_webhooks()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", "1")
        link.shop_id.use_webhooks = False
        self.assertIn("copy of a database", self.check(link.shop_id)["message"])
        self.assertEqual(len(self.subscriptions()), 2)

    def test_the_cron_makes_them_and_sleeps_when_there_is_nothing_left(self):
        link = self.quiet_link()
        cron = self.env.ref("lightspeed_exact_connector.ir_cron_webhooks")
        self.assertFalse(cron.active)
        link.shop_id.use_webhooks = True
        self.assertTrue(cron.active)
        self.run_check(cron)
        self.assertEqual(self.groups(), ["invoices", "orders"])
        self.assertTrue(cron.active)
        link.shop_id.use_webhooks = False
        self.check(link.shop_id)
        self.assertFalse(self.subscriptions())
        self.assertFalse(cron.active)
        link.shop_id.use_webhooks = True
        self.run_check(cron)
        link.shop_id.use_webhooks = False
        self.run_check(cron)
        self.assertFalse(self.subscriptions())
        self.assertFalse(self.env["lightspeed.shop.webhook"].search([]))

    def test_a_bug_with_one_shop_stops_no_other(self):
        link = self.make_webhooks()
        self.second_link(link).shop_id.use_webhooks = True
        self.later(25 * 3600)
        rows = self.env["lightspeed.shop.webhook"].search([])
        settle = type(rows)._settle

        def broken(row, *args):
            if row.shop_id == link.shop_id:
                raise KeyError("a bug")
            return settle(row, *args)

        cron = self.env.ref("lightspeed_exact_connector.ir_cron_webhooks")
        with patch.object(type(rows), "_settle", broken), mute_logger(ROOM):
            self.run_check(cron)
        self.assertEqual(link.shop_id.webhook_state, "problem")
        other = rows.shop_id - link.shop_id
        self.assertEqual(other.webhook_state, "active", other.webhook_problem)

    def run_check(self, cron):
        with self.open_to_all():
            cron.method_direct_trigger()


class TestAddress(WebhookCase):
    def set_url(self, url):
        self.env["ir.config_parameter"].set_param("web.base.url", url)

    def problem(self, url, vendor="https://api.webshopapp.com"):
        self.set_url(url)
        found = self.env["lightspeed.exact.webhook"]._address_problem(vendor)
        return found and found[0]

    def test_an_address_that_no_vendor_reaches_is_said(self):
        for host in (
            *("localhost:8069", "127.0.0.1", "[::1]:8069", "10.0.0.8", "192.168.1.2"),
            *("[fd00::1]", "odoo", "odoo.local", "169.254.1.1", "0.0.0.0"),
        ):
            for scheme in ("http", "https"):
                with self.subTest(host=host, scheme=scheme):
                    found = self.problem(f"{scheme}://{host}")
                    self.assertEqual(found, "webhooks.private")
        self.assertEqual(self.problem("http://odoo.example.com"), "webhooks.insecure")
        self.assertIsNone(self.problem("https://odoo.example.com"))
        local = "http://127.0.0.1:9"
        self.assertIsNone(self.problem("http://localhost:8069", local))
        self.assertEqual(self.problem("http://10.0.0.8", local), "webhooks.private")

    def test_nothing_is_made_for_an_address_that_leads_nowhere(self):
        link = self.quiet_link()
        self.set_url("https://192.168.1.2")
        link.shop_id.use_webhooks = True
        message = self.check(link.shop_id)["message"]
        self.assertIn("inside your own network", message)
        self.assertFalse(self.subscriptions())
        self.assertFalse(self.calls(service="lightspeed"))

    def test_our_own_address_answers_with_what_only_this_database_knows(self):
        webhook = self.env["lightspeed.exact.webhook"]
        with self.open_to_all():
            self.assertIsNone(webhook._ping())
        nonce = "0" * 32
        answer = self.url_open(f"/lightspeed_exact/hooks/ping/{nonce}")
        self.assertEqual(answer.text, webhook._pong(nonce))
        self.env["ir.config_parameter"].set_param("database.secret", "another one")
        self.assertNotEqual(answer.text, webhook._pong(nonce))
        self.assertNotIn("Set-Cookie", answer.headers)

    def test_only_a_nonce_is_signed(self):
        for nonce in ("", "x", "0" * 31, "0" * 33, "G" * 32, "0" * 32 + "%0a", "%00"):
            with self.subTest(nonce=nonce):
                answer = self.url_open(f"/lightspeed_exact/hooks/ping/{nonce}")
                self.assertEqual(answer.status_code, 404)

    def test_another_database_at_our_address_is_said(self):
        link = self.quiet_link()
        shop = link.shop_id
        # A server that answers, and is not this one: the stand-in itself.
        self.set_url(self.box.lightspeed_url)
        shop.use_webhooks = True
        self.assertIn("another database answers", self.check(shop)["message"])
        self.assertFalse(self.subscriptions())

    def test_an_address_that_we_do_not_reach_is_a_warning_until_a_webhook_comes(self):
        link = self.quiet_link()
        shop = link.shop_id
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            self.set_url(f"http://127.0.0.1:{closed.getsockname()[1]}")
            shop.use_webhooks = True
            self.assertIn("does not reach its own", self.check(shop)["message"])
            self.assertEqual(shop.webhook_state, "active")
            self.assertEqual(len(self.subscriptions()), 2)
            self.assertEqual(self.post(shop).status_code, 200)
            self.assertEqual(self.check(shop)["type"], "success")
