"""Documents: a booking summary is attached to what is booked."""

import base64
import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.lightspeed_exact_connector.clients.odata import guid_literal

from sandbox.exact import demo as exact_demo
from tests.addon.document_case import DOCUMENT, FILE, DocumentCase
from tests.addon.once_case import ENTRY


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase):
    def test_without_the_choice_nothing_is_attached(self):
        number = self.add_order()["number"]
        link = self.make_link(attachment="none")
        self.run_link(link)
        order = self.assert_booked(number, "49.90")
        self.assertEqual(self.documents(), [])
        self.assertFalse(order.document_missing)
        self.assertEqual(self.posted(DOCUMENT), [])

    def test_a_summary_is_attached_to_the_entry(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        booking = self.assert_attached(number)
        (document,) = self.documents()
        self.assertEqual(document["Type"], 10)
        self.assertIn(number, document["Subject"])
        self.assertEqual(document["Account"], booking.order_id.customer_id.remote_id)
        # The file is in Exact only.
        self.assertFalse(self.operation(booking.order_id, "attachment").payload)

    def test_the_file_is_a_page_in_the_language_of_the_shop(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        number = self.add_order()["number"]
        link = self.make_link()
        words = link._summary_words()
        self.assertEqual(words.decimal_point, ",")
        self.run_link(link)
        self.assert_attached(number)
        (row,) = self.box.exact.state.division(exact_demo.MAIN)["DocumentAttachments"]
        page = base64.b64decode(row["Attachment"])
        self.assertTrue(page.startswith(b"%PDF-"))
        self.assertEqual(page, self.order(number)._summary_pdf(self.decided(number)))

    def decided(self, number):
        return self.order(number).booking_ids._content()

    def test_an_order_costs_two_calls_more(self):
        link = self.make_link()
        self.add_order()
        self.run_link(link)
        number = self.add_order()["number"]
        since = self.box.calls.last
        self.run_link(link)
        self.assert_booked(number, "49.90")
        calls = self.calls(since=since)
        self.assertEqual(len(calls), 3, [call["path"] for call in calls])

    def test_a_credit_has_a_document_of_its_own(self):
        link = self.make_link(cancelled_after="credit")
        placed = self.add_order()
        self.run_link(link)
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.later(60)
        self.run_link(link)
        entries = self.entries()
        self.assertEqual(len(entries), 2)
        used = {entry["Document"] for entry in entries.values()}
        self.assertEqual(used, {row["ID"] for row in self.documents()})
        self.assertEqual(len(used), 2)
        self.assert_tidy()

    def test_an_entry_of_a_day_has_none(self):
        self.box.exact.control_add_account(
            exact_demo.MAIN, Code="9000", Name="Consumenten"
        )
        link = self.make_link(start=False, customer_policy="collective", grouping="day")
        with self.enter_registry_test_mode():
            self.env["exact.collective.customer"].create(
                {"link_id": link.id, "code": "9000"}
            )
        link.action_start()
        moment = (fields.Datetime.now() - timedelta(days=2)).isoformat() + "+00:00"
        self.add_order(created_at=moment, updated_at=moment)
        self.run_link(link)
        self.assertEqual(len(self.entries()), 1)
        self.assertEqual(self.documents(), [])
        self.assertEqual(self.posted(DOCUMENT), [])


class TestRefused(DocumentCase):
    def refuse_entries(self):
        return self.fault(
            "status",
            ENTRY,
            times=None,
            params={
                "status": 500,
                "body": json.dumps(
                    {
                        "error": {
                            "code": "",
                            "message": {"lang": "", "value": "Geblokkeerd: Dagboek"},
                        }
                    }
                ),
                "content_type": "application/json",
            },
        )

    def refused_order(self, **values):
        number = self.add_order()["number"]
        link = self.make_link(**values)
        fault = self.refuse_entries()
        self.run_link(link)
        self.assertEqual(self.order(number).state, "held")
        self.assertEqual(len(self.documents()), 1)
        return link, number, fault

    def retry(self, number):
        with self.enter_registry_test_mode():
            self.order(number).action_retry()
        self.env.invalidate_all()

    def allow(self, fault):
        self.assertTrue(fault.fired)
        self.box.faults.clear()

    def test_the_document_of_a_refused_entry_is_used_on_the_retry(self):
        _link, number, fault = self.refused_order()
        (document,) = self.documents()
        self.allow(fault)
        self.retry(number)
        booking = self.assert_attached(number)
        self.assertEqual(booking.document_id, document["ID"])
        self.assertEqual(len(self.posted(DOCUMENT)), 1)
        self.assertEqual(len(self.posted(FILE)), 1)

    def test_the_very_same_is_not_sent_twice(self):
        link, number, _fault = self.refused_order()
        before = len(self.calls("POST"))
        self.order(number)._set_state("ready")
        self.run_link(link)
        self.assertEqual(self.order(number).state, "held")
        self.assertEqual(len(self.calls("POST")), before)

    def test_the_document_of_a_skipped_order_is_deleted(self):
        link, number, _fault = self.refused_order()
        order = self.order(number)
        order.skip_reason = "By hand"
        order.action_skip()
        self.run_link(link)
        self.assertEqual(self.documents(), [])
        self.assert_tidy()
        self.assertEqual(self.operation(order, "document").state, "ready")

    def test_a_skipped_order_that_is_retried_gets_a_new_document(self):
        link, number, fault = self.refused_order()
        self.order(number).skip_reason = "By hand"
        self.order(number).action_skip()
        self.run_link(link)
        self.assertEqual(self.documents(), [])
        self.allow(fault)
        self.retry(number)
        self.assert_attached(number)

    def test_the_document_of_an_order_that_the_shop_cancels_is_deleted(self):
        placed = self.add_order()
        link = self.make_link()
        self.refuse_entries()
        self.run_link(link)
        self.assertEqual(len(self.documents()), 1)
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.later(60)
        self.run_link(link)
        self.assertEqual(self.order(placed["number"]).state, "skipped")
        self.assertEqual(self.documents(), [])
        self.assert_tidy()

    def test_without_attachments_any_more_the_document_is_deleted(self):
        link, number, fault = self.refused_order()
        link.attachment = "none"
        self.allow(fault)
        self.retry(number)
        self.run_link(link)
        order = self.assert_booked(number, "49.90")
        self.assertFalse(order.booking_ids.document_id)
        self.assertEqual(self.documents(), [])
        self.assert_tidy()

    def test_a_document_of_an_order_that_changed_is_made_anew(self):
        placed = self.add_order()
        number = placed["number"]
        link = self.make_link()
        fault = self.refuse_entries()
        self.run_link(link)
        (first,) = self.documents()
        self.order(number).sudo().customer_name = "Anders"
        self.allow(fault)
        self.order(number)._set_state("ready", force=True)
        self.run_link(link)
        booking = self.assert_attached(number)
        self.assertNotEqual(booking.document_id, first["ID"])

    def test_a_document_that_somebody_deleted_is_made_again_on_a_retry(self):
        _link, number, fault = self.refused_order()
        (first,) = self.documents()
        self.delete_in_exact(first["ID"])
        self.allow(fault)
        self.retry(number)
        booking = self.assert_attached(number)
        self.assertNotEqual(booking.document_id, first["ID"])

    def delete_in_exact(self, key):
        administration = (
            self.env["lightspeed.exact.operation"]
            .search([("remote_id", "=", key)])
            .administration_id
        )
        with self.enter_registry_test_mode():
            administration._client().delete(f"{DOCUMENT}({guid_literal(key)})")

    def test_a_document_that_somebody_deleted_needs_no_tidying(self):
        link, number, _fault = self.refused_order()
        self.delete_in_exact(self.documents()[0]["ID"])
        self.order(number).skip_reason = "By hand"
        self.order(number).action_skip()
        self.run_link(link)
        self.assert_tidy()
        self.assertEqual(self.order(number).state, "skipped")

    def test_a_document_that_an_entry_uses_is_never_deleted(self):
        link, number, fault = self.refused_order()
        (document,) = self.documents()
        self.allow(fault)
        entry = self.box.exact.control_add_entry(
            exact_demo.MAIN,
            **self.texts(self.operation(self.order(number))._intended()),
        )
        self.order(number).skip_reason = "By hand"
        self.order(number).action_skip()
        self.run_link(link)
        (kept,) = self.documents()
        self.assertEqual(kept["ID"], document["ID"])
        self.assertEqual(kept["FinancialTransactionEntryID"], entry["EntryID"])
        self.assert_tidy()

    def texts(self, value):
        if isinstance(value, dict):
            return {key: self.texts(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.texts(part) for part in value]
        return value if isinstance(value, int) else str(value)

    def test_a_document_that_cannot_be_deleted_now_is_deleted_later(self):
        link, number, _fault = self.refused_order()
        self.order(number).skip_reason = "By hand"
        self.order(number).action_skip()
        for kind in ("lost_before", "lost_after"):
            self.fault(kind, DOCUMENT, method="DELETE")
        self.run_link(link)
        self.assertEqual(len(self.documents()), 1)
        self.come_back(link, 901)
        self.assertEqual(self.documents(), [])
        self.come_back(link, 901)
        self.assert_tidy()
        self.assertEqual(len(self.calls("DELETE")), 2)
