"""Test cases with a shop, an administration and a link against the sandbox.

The sandbox runs in this process as real HTTP servers on 127.0.0.1; the addon talks to
it as it would to the vendors.
"""

import json
import time
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.tests import TransactionCase, common, tagged

from odoo.addons.lightspeed_exact_connector.const import VIES_URL_PARAMETER

from sandbox import Sandbox
from sandbox.exact import demo as exact_demo
from sandbox.vies import demo as vies_demo

KEY = "1" * 32
SECRET = "2" * 32
GROUPS = "lightspeed_exact_connector.lightspeed_exact_connector_group_"

# What `later` moves: all that says when something may happen.
MOMENTS = {
    "exact_administration": (
        "changes_at",
        "changes_from",
        "webhooks_at",
        "clearings_parked_until",
        "documents_parked_until",
        "drafts_at",
        "drafts_from",
        "parked_until",
        "receivables_at",
        "receivables_from",
        "served_at",
    ),
    "exact_connection": ("consented_at",),
    "exact_token": (
        "issued_at",
        "expires_at",
        "refresh_expires_at",
        "renewing_since",
        "unsure_since",
        "retry_at",
    ),
    "exact_token_call": ("called_at",),
    "exact_webhook": ("checked_at", "received_at"),
    "lightspeed_exact_booking": (
        "exact_checked_at",
        "invoice_checked_at",
        "posted_at",
        "receivable_checked_at",
    ),
    "lightspeed_exact_claim": (
        "ended_at",
        "expires_at",
        "installed_at",
        "read_at",
        "received_at",
    ),
    "lightspeed_exact_clearing": ("next_attempt_at",),
    "lightspeed_exact_day_entry": ("due_at",),
    "lightspeed_exact_hint": ("received_at", "next_at"),
    "lightspeed_exact_incident": (
        "alert_at",
        "alerted_at",
        "recovered_at",
        "started_at",
    ),
    "lightspeed_exact_invitation": ("expires_at", "opened_at"),
    "lightspeed_exact_link": ("digest_at", "next_poll_at", "products_at"),
    "lightspeed_exact_order": ("next_attempt_at",),
    "lightspeed_exact_operation": (
        "sent_at",
        "looked_up_at",
        "finished_at",
        "tidy_at",
    ),
    "lightspeed_exact_product_transfer": ("next_at",),
    "lightspeed_exact_rehearsal": ("next_at",),
    "lightspeed_product_variant": ("absent_at", "next_attempt_at"),
    "lightspeed_shop_webhook": ("check_at", "checked_at", "received_at"),
    "vies_check": ("checked_at",),
}


@tagged("post_install", "-at_install")
class ConnectorCase(TransactionCase):
    """A Dutch shop with prices including VAT, and a standard Dutch administration."""

    @classmethod
    def _request_handler(cls, s, r, /, **kw):
        # The sandbox is on this machine; everything else stays blocked.
        if urlsplit(r.url).hostname == "127.0.0.1":
            return common._super_send(s, r, **kw)
        return super()._request_handler(s, r, **kw)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.env.company.currency_id = cls.env.ref("base.EUR")

    def setUp(self):
        super().setUp()
        self.keep_quotas_in_this_transaction()
        self.box = Sandbox()
        self.box.start()
        self.addCleanup(self.box.stop)
        exact_demo.seed(self.box.exact)
        vies_demo.seed(self.box.vies)
        self.env["ir.config_parameter"].set_param(VIES_URL_PARAMETER, self.box.vies_url)
        self.shop_number = self.box.lightspeed.control_add_shop(
            "voorbeeldwinkel", key=KEY, secret=SECRET
        )["shop"]
        self.start_at = datetime.now(timezone.utc) - timedelta(days=30)

    def keep_quotas_in_this_transaction(self):
        """Undo with the test what is committed apart, also outside the test mode."""
        quotas = self.registry["lightspeed.exact.quota"]
        apart = quotas._own_cursor

        @contextmanager
        def own_cursor(model):
            if type(self)._registry_patched:
                with apart(model) as cr:
                    yield cr
            else:
                with self.env.cr.savepoint(flush=False):
                    yield self.env.cr

        patcher = patch.object(quotas, "_own_cursor", own_cursor)
        patcher.start()
        self.addCleanup(patcher.stop)

    # === RECORDS === #
    def make_shop(self, **values):
        shop = self.env["lightspeed.shop"].create(
            {
                "name": "Voorbeeldwinkel",
                "api_key": KEY,
                "api_secret": SECRET,
                "api_url": self.box.lightspeed_url,
                **values,
            }
        )
        shop.action_test_connection()
        return shop

    def make_connection(self, user=exact_demo.USER_NL):
        """Make an app and a connection, and consent to it."""
        app = self.env["exact.app"].create(
            {
                "name": "App",
                "host_url": self.box.exact_url,
                "client_id": exact_demo.CLIENT_ID,
                "client_secret": exact_demo.CLIENT_SECRET,
            }
        )
        self.box.exact.control_add_redirect_uri(exact_demo.CLIENT_ID, app.redirect_uri)
        connection = self.env["exact.connection"].create(
            {"name": "Boekhouder", "app_id": app.id}
        )
        self.consent(connection, user)
        return connection

    def consent(self, connection, user=exact_demo.USER_NL):
        answer = self.box.exact.control_consent(
            exact_demo.CLIENT_ID, user, connection.app_id.redirect_uri, "state"
        )
        with self.enter_registry_test_mode():
            connection._finish_consent(answer["code"])

    def make_administration(self, connection=None, division=exact_demo.MAIN):
        connection = connection or self.make_connection()
        with self.enter_registry_test_mode():
            connection.action_fetch_administrations()
            administration = self.env["exact.administration"].search(
                [("division", "=", division), ("app_id", "=", connection.app_id.id)]
            )
            administration.action_refresh()
        return administration

    def make_link(self, start=True, **values):
        shop = values.pop("shop", None) or self.make_shop()
        administration = values.pop("administration", None)
        administration = administration or self.make_administration()
        link = self.env["lightspeed.exact.link"].create(
            {
                "shop_id": shop.id,
                "administration_id": administration.id,
                "start_at": self.start_at.replace(tzinfo=None),
                **values,
            }
        )
        if start:
            link.action_start()
        return link

    def register_for_oss(self, link, date_from=False):
        """Let the legal entity of a link be registered for OSS."""
        self.env["lightspeed.exact.entity.period"].create(
            {"entity_id": link.entity_id.id, "kind": "oss", "date_from": date_from}
        )

    # === WORK === #
    def add_order(self, *lines, **values):
        """Add an order to the shop; a line is ``(title, quantity, unit_incl, rate)``.

        :return: number, and what it must come to
        """
        values.setdefault(
            "customer",
            {"email": "anna@example.com", "firstname": "Anna", "lastname": "Voorbeeld"},
        )
        rows = [
            {"title": title, "quantity": quantity, "unit_incl": unit, "rate": rate}
            if isinstance(line, tuple)
            else line
            for line in lines or (("Mok blauw", 2, "24.95", "0.21"),)
            for title, quantity, unit, rate in (
                [line] if isinstance(line, tuple) else [(None,) * 4]
            )
        ]
        return self.box.lightspeed.control_add_order(
            self.shop_number, lines=rows, **values
        )

    def run_link(self, link):
        """Poll and book as the cron does, whatever is due."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            lane = env["lightspeed.exact.lane"]
            administration = env["exact.administration"].browse(
                link.administration_id.id
            )
            links = env["lightspeed.exact.link"].browse(link.id)
            for _again in range(20):
                left = lane._serve(administration, time.monotonic() + 60, links)
                if not left:
                    break
        self.env.invalidate_all()

    def order(self, number):
        return self.env["lightspeed.exact.order"].search([("number", "=", number)])

    def entries(self, division=exact_demo.MAIN):
        """Return the entries in Exact by their reference."""
        return {
            entry["YourRef"]: entry
            for entry in self.box.exact.control_entries(division)
        }

    def assert_booked(self, number, total):
        """Assert that an order is booked once, at exactly this total."""
        order = self.order(number)
        self.assertEqual(order.state, "booked", order.reason)
        found = [
            entry
            for entry in self.box.exact.control_entries(exact_demo.MAIN)
            if entry["YourRef"] == number
        ]
        self.assertEqual(len(found), 1)
        self.assertEqual(Decimal(str(found[0]["AmountFC"])), Decimal(str(total)))
        self.assertEqual(order.booking_ids.gross, str(total))
        return order

    @contextmanager
    def assert_refuses(self, error, pattern):
        """Assert that this is refused with a text; what it wrote is undone.

        ``assertRaisesRegex`` has no savepoint in Odoo.
        """
        with self.assertRaises(error) as caught:
            yield
        self.assertRegex(str(caught.exception), pattern)

    # === TIME, FAULTS AND WHAT WAS CALLED === #
    def later(self, seconds):
        """Let time pass: every stored moment moves back, the vendors' clock on."""
        self.env.flush_all()
        for table, columns in MOMENTS.items():
            moved = ", ".join(
                f"{column} = {column} - make_interval(secs => %(seconds)s)"
                for column in columns
            )
            self.env.cr.execute(f"UPDATE {table} SET {moved}", {"seconds": seconds})
        self.quotas_later(seconds)
        self.env.flush_all()
        self.env.invalidate_all()
        self.box.clock.advance(seconds)

    def quotas_later(self, seconds):
        """Move the moments of the quotas back."""

        def moved(text):
            moment = datetime.fromisoformat(text) - timedelta(seconds=seconds)
            return moment.isoformat()

        cr = self.env.cr
        cr.execute("SELECT id, windows, leases, errors FROM lightspeed_exact_quota")
        for row_id, *texts in cr.fetchall():
            windows, leases, errors = (json.loads(text or "{}") for text in texts)
            windows = {name: [*row[:2], moved(row[2])] for name, row in windows.items()}
            leases = {
                token: [
                    count,
                    moved(until),
                    {name: moved(reset) for name, reset in resets.items()},
                ]
                for token, (count, until, resets) in leases.items()
            }
            errors = {name: list(map(moved, found)) for name, found in errors.items()}
            cr.execute(
                "UPDATE lightspeed_exact_quota SET windows = %s, leases = %s,"
                " errors = %s WHERE id = %s",
                [json.dumps(windows), json.dumps(leases), json.dumps(errors), row_id],
            )

    def fault(self, kind, path, method="POST", service="exact", **options):
        """Let the next call on a path go wrong, see ``sandbox/core/faults.py``."""
        return self.box.faults.add(kind, service, method=method, path=path, **options)

    def calls(self, method=None, path=None, service="exact", since=0):
        """Return the calls that reached a vendor."""
        return self.box.calls.list(
            service=service, method=method, path=path, since=since
        )

    def posted_entries(self):
        """Return the calls that wanted to book a sales entry."""
        return self.calls("POST", "salesentry/SalesEntries")

    def relations(self, email, division=exact_demo.MAIN):
        """Return the relations in Exact with an e-mail address."""
        return [
            row
            for row in self.box.exact.control_accounts(division)
            if (row["Email"] or "").casefold() == email.casefold()
        ]
