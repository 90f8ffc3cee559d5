"""A case for products: a catalogue in the shop, a link that runs, and its transfer."""

import json
import time
from datetime import timedelta

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import OnceCase

ITEM = "logistics/Items"
PRICE = "logistics/SalesItemPrices"


class ProductsCase(OnceCase):
    def add_catalogue(self, count, **values):
        return self.box.lightspeed.control_add_catalogue(
            self.shop_number, count, **values
        )

    def add_product(self, title, **values):
        return self.box.lightspeed.control_add_product(
            self.shop_number, title, **values
        )

    def allow_calls(self, minute=100_000, day=1_000_000):
        """Let Exact allow so many calls: tests do not wait for the next minute."""
        self.box.exact.control_set_limits(
            minute=minute,
            day=day,
            client_id=exact_demo.CLIENT_ID,
            division=exact_demo.MAIN,
            forget=True,
        )

    def make_link(self, *args, **values):
        link = super().make_link(*args, **values)
        self.allow_calls()
        # What is known of the quota is as old as the last answer.
        self.env["lightspeed.exact.quota"].sudo().search([]).unlink()
        if link.state == "running":
            self.run_link(link)
        return link

    def run_due(self, link):
        """Work as the cron does on what is due; the shop is not asked for orders."""
        link.next_poll_at = fields.Datetime.now() + timedelta(days=1)
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            administration = env["exact.administration"].browse(
                link.administration_id.id
            )
            for _again in range(20):
                if not env["lightspeed.exact.lane"]._serve(
                    administration, time.monotonic() + 60
                ):
                    break
        self.env.invalidate_all()

    def refuse(self, path, text, *, status=500, times=1):
        """Let Exact refuse calls for reasons of its own."""
        body = {"error": {"code": "", "message": {"lang": "", "value": text}}}
        params = {
            "status": status,
            "body": json.dumps(body),
            "content_type": "application/json",
        }
        self.fault("status", path, times=times, params=params)

    def new_transfer(self, link, scope="all"):
        """Choose what comes along, and open the transfer."""
        link.products = scope
        with self.enter_registry_test_mode():
            action = link.action_transfer_products()
        return self.env[action["res_model"]].browse(action["res_id"])

    def read(self, link, scope="all"):
        """Return a transfer whose shop was read and sorted out."""
        transfer = self.new_transfer(link, scope)
        transfer.action_read()
        self.run_link(link)
        self.assertEqual(transfer.state, "ready", transfer.problem_text)
        return transfer

    def transferred(self, link, scope="all"):
        """Return a transfer that is done."""
        transfer = self.read(link, scope)
        transfer.action_start()
        self.run_link(link)
        self.assertEqual(transfer.state, "done", transfer.problem_text)
        return transfer

    def variants(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["lightspeed.product.variant"].search(domain, order="id")

    def variant(self, code):
        return self.variants(article_code=code)

    def items(self):
        """Return the items in Exact by their code."""
        return {
            item["Code"]: item for item in self.box.exact.control_items(exact_demo.MAIN)
        }

    def prices(self, code):
        """Return the prices of an item in Exact, as texts."""
        return [str(price["Price"]) for price in self.items()[code]["Prices"]]

    def assert_each_once(self, codes):
        """Assert that Exact has just these items, each with one price."""
        found = self.box.exact.control_items(exact_demo.MAIN)
        self.assertEqual(sorted(item["Code"] for item in found), sorted(codes))
        for item in found:
            self.assertEqual(len(item["Prices"]), 1, item["Code"])
