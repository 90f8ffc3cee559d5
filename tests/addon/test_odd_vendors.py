"""Vendors that answer within their documents, but not as the sandbox does."""

import json
from contextlib import contextmanager
from unittest.mock import patch

from psycopg2.errors import ForeignKeyViolation, UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from tests.addon.connector_case import GROUPS, ConnectorCase


class TestOddVendors(ConnectorCase):
    @contextmanager
    def bent(self, path, bend):
        """Let the answers on a path be bent on their way to the addon."""
        request = Transport.request

        def bending(transport, method, url, **kwargs):
            answer = request(transport, method, url, **kwargs)
            if path in url and answer.status < 300:
                text = json.dumps(bend(method, json.loads(answer.text)))
                object.__setattr__(answer, "text", text)
            return answer

        with patch.object(Transport, "request", bending):
            yield

    def only(self, *keys):
        """Cut the answer of a POST down to some properties."""

        def cut(method, data):
            if method == "POST":
                return {"d": {key: data["d"][key] for key in keys}}
            return data

        return cut

    # === LIGHTSPEED === #
    def test_a_shop_that_gives_smaller_pages_than_asked_loses_nothing(self):
        self.box.lightspeed.control_add_orders(self.shop_number, 60, profile="plain")
        link = self.make_link(start_at="2000-01-01 00:00:00")
        request = Transport.request

        def clamped(transport, method, url, **kwargs):
            if kwargs.get("params") and "limit" in str(kwargs["params"]):
                kwargs["params"] = [
                    (key, 50 if key == "limit" else value)
                    for key, value in dict(kwargs["params"]).items()
                ]
            url = url.replace("limit=250", "limit=50")
            return request(transport, method, url, **kwargs)

        with patch.object(Transport, "request", clamped):
            self.run_link(link)
        self.assertEqual(link.order_count, 60)

    def test_the_key_of_another_shop_is_refused(self):
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        other = self.box.lightspeed.control_add_shop("andere")
        link.shop_id.write({"api_key": other["key"], "api_secret": other["secret"]})
        self.box.lightspeed.control_add_order(
            other["shop"], lines=[{"title": "Vreemd", "quantity": 1, "unit_incl": 9}]
        )
        self.run_link(link)
        self.assertEqual(link.problem_code, "not_tested")
        self.assertEqual(len(self.entries()), 1)
        with self.assertRaisesRegex(UserError, "another shop"):
            link.shop_id.action_test_connection()

    def test_a_shop_is_one_record_also_when_it_is_archived(self):
        shop = self.make_shop()
        shop.action_archive()
        with (
            mute_logger("odoo.sql_db"),
            self.assert_refuses(UniqueViolation, "lightspeed_shop_remote_id_uniq"),
        ):
            self.make_shop()
            self.env.flush_all()

    def test_a_key_that_may_not_read_its_rights_can_be_used(self):
        shop = self.make_shop()
        self.box.faults.add(
            "status",
            service="lightspeed",
            path="permissions",
            params={
                "status": 403,
                "body": '{"error": {"code": 403, "message": "Forbidden"}}',
                "content_type": "application/json",
            },
        )
        shop.state = "draft"
        shop.action_test_connection()
        self.assertEqual(shop.state, "connected")

    def test_a_row_without_a_number_is_told_and_stops_nothing(self):
        placed = self.add_order()
        link = self.make_link()

        def spoil(_method, data):
            if "orders" in data:
                data["orders"] += [{"status": "new"}, "nonsense"]
            return data

        with self.bent("/orders.json", spoil):
            self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
        self.assertEqual(link.problem_code, "unreadable_rows")
        self.assertEqual(link.problem_params, {"count": 2})
        self.run_link(link)
        self.assertFalse(link.problem_code)

    def test_a_status_that_a_link_uses_cannot_be_deleted(self):
        link = self.make_link()
        with (
            mute_logger("odoo.sql_db"),
            self.assert_refuses(ForeignKeyViolation, "lightspeed_status"),
        ):
            link.order_status_ids.sudo().unlink()
            self.env.flush_all()

    # === EXACT === #
    def test_a_sparse_answer_is_completed_before_it_is_compared(self):
        placed = self.add_order()
        link = self.make_link()
        with self.bent("/salesentry/SalesEntries", self.only("EntryID")):
            self.run_link(link)
        order = self.assert_booked(placed["number"], "49.90")
        self.assertEqual(order.booking_ids.remote_total, "49.90")
        self.assertTrue(order.entry_number)

    def test_zeros_in_a_sparse_answer_are_not_taken_for_a_total(self):
        placed = self.add_order()
        link = self.make_link()

        def zeros(method, data):
            if method == "POST":
                entry = data["d"]["EntryID"]
                return {"d": {"EntryID": entry, "AmountFC": 0, "EntryNumber": 0}}
            return data

        with self.bent("/salesentry/SalesEntries", zeros):
            self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
        self.assertEqual(link.state, "running")

    def test_an_entry_whose_total_is_not_told_is_not_called_booked(self):
        placed = self.add_order()
        link = self.make_link()

        def without_total(_method, data):
            data["d"].pop("AmountFC", None)
            return data

        with self.bent("/salesentry/SalesEntries", without_total):
            self.run_link(link)
        order = self.order(placed["number"])
        self.assertEqual(order.state, "failed")
        order.next_attempt_at = False
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")

    def test_an_answer_without_identity_is_looked_up(self):
        placed = self.add_order()
        link = self.make_link()
        with self.bent("/salesentry/SalesEntries", self.only("Journal")):
            self.run_link(link)
        order = self.order(placed["number"])
        self.assertEqual(order.sudo().operation_ids.state, "sending")
        order.next_attempt_at = False
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")

    def test_rights_that_exact_does_not_tell_do_not_stop_anything(self):
        self.box.faults.add(
            "status", service="exact", path="UserHasRights", params={"status": 404}
        )
        administration = self.make_administration()
        self.assertTrue(administration.may_book)
        self.assertTrue(administration.refreshed_at)

    def test_a_block_that_is_over_is_seen_at_a_refresh(self):
        administration = self.make_administration()
        administration.blocking_status = 2
        with self.enter_registry_test_mode():
            administration.action_refresh()
        self.assertFalse(administration.blocking_status)

    def refuse_entries(self, *subjects):
        """Let Exact refuse entries, each because of another account."""
        body = '{"error": {"code": "", "message": {"lang": "", "value": "%s"}}}'
        for subject in subjects:
            self.box.faults.add(
                "status",
                service="exact",
                method="POST",
                path="SalesEntries",
                params={
                    "status": 400,
                    "body": body % f"Geblokkeerd: {subject}",
                    "content_type": "application/json",
                },
            )

    def test_refused_calls_rest_before_exact_blocks_the_connector(self):
        link = self.make_link()
        for number in range(12):
            self.add_order(customer={"email": f"klant{number}@example.com"})
        self.refuse_entries(*(f"Grootboekrekening {number}" for number in range(12)))
        self.run_link(link)
        self.assertEqual(link.administration_id.problem_code, "client_errors")
        refused = self.box.calls.list(
            service="exact", method="POST", path="SalesEntries"
        )
        self.assertEqual(len(refused), 6)
        self.assertEqual(link.held_count, 6)

    def test_a_consent_that_ended_unused_says_so(self):
        connection = self.make_connection()
        token = self.env["exact.token"].sudo().search([])
        token.refresh_expires_at = "2020-01-01 00:00:00"
        connection.invalidate_recordset(["state"])
        self.assertEqual(connection.state, "reconnect")

    # === COMPANIES === #
    def test_a_division_of_another_company_is_left_out_of_a_shared_consent(self):
        connection = self.make_connection()
        connection.app_id.company_id = False
        connection.company_id = False
        mine = self.make_administration(connection)
        other = self.env["res.company"].create({"name": "Ander"})
        manager = new_test_user(
            self.env,
            "ander",
            f"{GROUPS}manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        with self.enter_registry_test_mode():
            found = connection.with_user(manager)._fetch_administrations()
        self.assertNotIn(mine, found)

    def test_an_administration_takes_connections_of_its_own_app_only(self):
        administration = self.make_administration()
        app = self.env["exact.app"].create(
            {"name": "Other", "client_id": "x", "client_secret": "y"}
        )
        connection = self.env["exact.connection"].create(
            {"name": "Other", "app_id": app.id}
        )
        with self.assert_refuses(ValidationError, "another Exact app"):
            administration.connection_id = connection

    def test_an_administration_with_links_stays_in_its_company(self):
        link = self.make_link()
        other = self.env["res.company"].create({"name": "Ander"})
        with self.assert_refuses(Exception, "compan"):
            link.administration_id.company_id = other
