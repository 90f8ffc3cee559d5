"""What is left of a quota, kept for all processes."""

from contextlib import closing
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from psycopg2 import OperationalError

from odoo.addons.lightspeed_exact_connector.clients.errors import (
    NotSentError,
    RateLimited,
)
from odoo.addons.lightspeed_exact_connector.clients.quota import Window

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import KEY, ConnectorCase


class TestStore(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.quotas = self.env["lightspeed.exact.quota"]

    def row(self, key):
        row = self.quotas.search([("key", "=", key)])
        row.invalidate_recordset()
        return row

    def test_two_records_with_one_key_share_its_quota(self):
        shop = self.make_shop()
        copy = self.env["lightspeed.shop"].create(
            {
                "name": "Kopie",
                "api_key": f" {KEY}",
                "api_secret": "x",
                "api_url": self.box.lightspeed_url,
            }
        )
        self.assertEqual(copy._quota_key(), shop._quota_key())
        other = self.env["lightspeed.shop"].create(
            {"name": "Ander", "api_key": "9" * 32, "api_secret": "x"}
        )
        self.assertNotEqual(other._quota_key(), shop._quota_key())
        row = self.row(shop._quota_key())
        self.assertEqual(len(row), 1)
        self.assertNotIn(KEY, f"{row.key} {row.windows} {row.leases}")

    def test_calls_that_were_not_made_are_given_back(self):
        shop = self.make_shop()
        before = self.quotas._known(shop._quota_key()).windows["5min"].remaining
        with closing(shop._client()) as client:
            client.account()
            self.assertNotEqual(self.row(shop._quota_key()).leases, "{}")
        self.assertEqual(self.row(shop._quota_key()).leases, "{}")
        known = self.quotas._known(shop._quota_key())
        self.assertEqual(known.windows["5min"].remaining, before - 1)

    def test_a_person_and_the_engine_see_each_others_calls(self):
        administration = self.make_administration()
        self.later(61)
        self.box.exact.control_set_limits(minute=5)
        with (
            self.enter_registry_test_mode(),
            closing(administration._client()) as one,
            closing(administration._client()) as other,
        ):
            made = 0
            for client in (one, other) * 6:
                try:
                    client.has_right("salesentry/SalesEntries", "POST")
                except RateLimited as error:
                    self.assertEqual(error.code, "rate_limited")
                else:
                    made += 1
        self.assertGreaterEqual(made, 3)
        self.assertFalse([call for call in self.calls() if call["status"] == 429])

    def test_me_and_the_token_calls_use_no_quota_of_a_division(self):
        connection = self.make_connection()
        rows = self.quotas.search_count([])
        with self.enter_registry_test_mode(), closing(connection._client()) as client:
            client.me()
        self.assertEqual(self.quotas.search_count([]), rows)

    def test_what_cannot_be_read_is_begun_anew(self):
        key = self.quotas._digest("a")
        self.quotas.create({"service": "exact", "key": key, "windows": "[1]"})
        self.env.flush_all()
        quota = self.quotas._of("exact", key)
        now = datetime.now(timezone.utc)
        with self.assertLogs(level="WARNING"):
            quota.check(now)
        quota._learn([Window("minute", 60, 59, now + timedelta(seconds=30))])
        quota.close()
        self.assertEqual(self.quotas._known(key).windows["minute"].remaining, 59)

    def test_without_the_database_nothing_is_sent(self):
        administration = self.make_administration()
        since = self.box.calls.last
        broken = patch.object(
            self.registry["lightspeed.exact.quota"],
            "_own_cursor",
            side_effect=OperationalError("gone"),
        )
        with (
            self.enter_registry_test_mode(),
            closing(administration._client()) as client,
            broken,
            self.assertLogs(level="WARNING"),
            self.assertRaises(NotSentError) as caught,
        ):
            client.has_right("salesentry/SalesEntries", "POST")
        self.assertIs(caught.exception.landed, False)
        self.assertFalse(self.calls(path=str(exact_demo.MAIN), since=since))
