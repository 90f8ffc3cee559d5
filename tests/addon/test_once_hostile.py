"""Promise 1 against what should never happen: odd states, clocks, twins, late rows."""

from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.once_case import (
    ENTRY,
    RELATION,
    SETTLED,
    SPACED,
    Killed,
    OnceCase,
    OnceMoreCase,
    die,
)

PROCESS = "odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_order_process"
HOME = exact_demo.MAIN
AN_HOUR = 3600


def nothing_there():
    """An empty list, as of a copy of Exact's data that is not up to date yet."""
    return {
        "status": 200,
        "body": '{"d": {"results": []}}',
        "content_type": "application/json",
    }


class HostileCase(OnceMoreCase):
    def force(self, order, **values):
        """Let an order look as if it were to be booked, past every rule."""
        self.env.flush_all()
        values = {"state": "ready", "has_work": True, **values}
        columns = ", ".join(f"{name} = %({name})s" for name in values)
        self.env.cr.execute(
            f"UPDATE lightspeed_exact_order SET {columns} WHERE id = %(id)s",
            {**values, "id": order.id},
        )
        self.env.invalidate_all()

    def assert_stands(self, link, order, entries):
        for values in ({}, {"state": "booked"}, {"force": True, "attempts": 3}):
            self.force(order, **values)
            with mute_logger(PROCESS):
                self.run_link(link)
            self.assertEqual(order.state, "booked", order.reason)
            self.assertFalse(order.has_work)
            self.assertEqual(len(self.posted_entries()), entries)


@tagged("post_install", "-at_install")
class TestWhatStands(HostileCase):
    def test_a_sale_that_stands_is_not_booked_again_whatever_says_so(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.assert_stands(link, self.order(number), 1)
        self.assert_booked(number, "49.90")

    def test_a_credit_note_that_stands_is_not_booked_again_whatever_says_so(self):
        placed = self.add_order(("Mok", 4, "12.10", "0.21"))["number"]
        link = self.make_link()
        self.run_link(link)
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, placed, lines=[{"index": 0, "quantity": 1}]
        )
        self.run_link(link)
        self.assert_stands(link, self.order(note["number"]), 2)
        self.assertEqual(sum(self.family(placed).values()), Decimal("36.30"))

    def test_what_was_booked_again_after_it_was_deleted_stands_as_well(self):
        number = self.add_order()["number"]
        link = self.make_link()
        link.administration_id.change_days = 30
        self.run_link(link)
        order = self.order(number)
        self.box.exact.control_delete_entry(HOME, order.booking_ids.entry_id)
        self.come_back(link, 24 * AN_HOUR + 60)
        self.press(order, "action_retry")
        self.assert_stands(link, order, 2)
        self.assertEqual(self.family(number), {f"{number}-R1": Decimal("49.90")})

    def test_a_change_of_what_stands_is_put_before_a_person(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        order = self.order(number)
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            number,
            [{"title": "Mok", "quantity": 1, "unit_incl": "24.95", "rate": "0.21"}],
        )
        self.force(order)
        with mute_logger(PROCESS):
            self.run_link(link)
        self.run_link(link)
        self.assertEqual(order.state, "booked")
        self.assertEqual(order.proposal, "edited")
        self.assert_booked(number, "49.90")

    def test_what_was_deleted_and_is_there_after_all_is_not_booked_beside(self):
        placed = self.add_order(("Mok", 4, "12.10", "0.21"))["number"]
        link = self.make_link()
        link.administration_id.change_days = 30
        self.run_link(link)
        order = self.order(placed)
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            placed,
            [{"title": "Mok", "quantity": 5, "unit_incl": "12.10", "rate": "0.21"}],
        )
        self.run_link(link)
        self.press(order, "action_book_difference")
        self.assertEqual(sum(self.family(placed).values()), Decimal("60.50"))
        before = self.family(placed)
        # One look in which Exact shows nothing of what it has.
        self.fault("status", ENTRY, method="GET", params=nothing_there())
        self.come_back(link, 24 * AN_HOUR + 60)
        self.assertEqual(set(order.booking_ids.mapped("state")), {"gone"})
        self.press(order, "action_retry")
        self.assertEqual((order.state, order.reason_code), ("held", "entry_other"))
        self.assertEqual(self.family(placed), before)


@tagged("post_install", "-at_install")
class TestRefused(HostileCase):
    def refused(self, **params):
        number = self.add_order()["number"]
        link = self.make_link()
        self.fault("business", ENTRY, params={"text": "Onbekend probleem", **params})
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(order.state, "held")
        return link, order

    def test_a_refusal_that_landed_all_the_same_is_found_before_it_is_sent_again(self):
        _link, order = self.refused(handled=True)
        self.assertEqual(len(self.family(order.number)), 1)
        self.press(order, "action_retry")
        self.assert_booked(order.number, "49.90")
        self.assertTrue(self.operation(order).adopted)
        self.assertEqual(len(self.posted_entries()), 1)

    def test_what_a_person_booked_by_hand_after_a_refusal_is_not_booked_beside(self):
        _link, order = self.refused()
        by_hand = self.box.exact.control_add_entry(
            HOME,
            Customer=order.customer_id.remote_id,
            Journal=order.booking_ids.journal_code,
            EntryDate=str(order.booking_ids.entry_date),
            YourRef=order.number,
            PaymentCondition="00",
            SalesEntryLines=[{"GLAccount": "8000", "AmountFC": 10, "VATCode": "2"}],
        )
        for _again in range(2):
            self.press(order, "action_retry")
            self.assertEqual(order.reason_code, "document_conflict")
        self.assertEqual(len(self.posted_entries()), 1)
        self.box.exact.control_delete_entry(HOME, by_hand["EntryID"])
        self.press(order, "action_retry")
        self.assert_booked(order.number, "49.90")

    def test_without_an_answer_to_that_look_nothing_is_sent(self):
        _link, order = self.refused()
        for kind in ("empty_500", "html_200", "truncated", "lost_after"):
            self.fault(kind, ENTRY, method="GET", times=2)
            self.press(order, "action_retry")
            self.box.faults.clear()
            self.assertEqual(len(self.posted_entries()), 1, kind)
            self.later(AN_HOUR)
        self.press(order, "action_retry")
        self.assert_booked(order.number, "49.90")


@tagged("post_install", "-at_install")
class TestClock(HostileCase):
    def set_forward(self, seconds):
        """Set our clock forward: what is stored lies further back; Exact's stays."""
        self.env.flush_all()
        for table, columns in {
            "lightspeed_exact_operation": ("sent_at", "looked_up_at", "finished_at"),
            "lightspeed_exact_order": ("next_attempt_at",),
            "exact_administration": ("parked_until",),
        }.items():
            moved = ", ".join(
                f"{column} = {column} - make_interval(secs => %(seconds)s)"
                for column in columns
            )
            self.env.cr.execute(f"UPDATE {table} SET {moved}", {"seconds": seconds})
        self.env.invalidate_all()

    def assert_waits(self, link, number):
        """Jump again and again; it lands in the middle of that, late."""
        for _jump in range(4):
            self.set_forward(AN_HOUR)
            self.run_link(link)
            self.assertEqual(len(self.posted_entries()), self.sent)
        self.assertNotIn(number, self.entries())
        self.box.exact.control_add_entry(HOME, **self.late)
        self.set_forward(AN_HOUR)
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), self.sent)

    def lost(self, link):
        """Lose a call on its way, and remember what would land later."""
        number = self.add_order()["number"]
        self.fault("lost_before", ENTRY)
        self.run_link(link)
        operation = self.operation(self.order(number))
        self.assertEqual(operation.state, "sending")
        self.late = operation._intended()
        self.sent = len(self.posted_entries())
        return number, operation

    def test_set_forward_it_sends_nothing_while_a_call_may_land(self):
        link = self.make_link()
        number, operation = self.lost(link)
        self.assertTrue(operation.sent_vendor_at)
        self.assert_waits(link, number)

    def test_what_never_landed_is_sent_again_when_exacts_clock_says_so(self):
        link = self.make_link()
        number, _operation = self.lost(link)
        self.set_forward(AN_HOUR)
        self.run_link(link)
        self.box.clock.advance(SETTLED)
        for _look in range(3):
            self.set_forward(AN_HOUR)
            self.run_link(link)
            self.box.clock.advance(SPACED)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), self.sent + 1)


@tagged("post_install", "-at_install")
class TestNotShownYet(HostileCase):
    def test_a_relation_that_exact_does_not_show_yet_is_not_made_again(self):
        self.add_order()
        link = self.make_link()
        with patch.object(self.registry["exact.customer"], "_remember", die):
            self.run_and_die(link)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)
        self.fault("status", RELATION, method="GET", params=nothing_there(), times=9)
        self.later(30)
        self.run_link(link)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)
        self.box.faults.clear()
        self.come_back(link, SETTLED)
        self.assertEqual(len(self.relations("anna@example.com")), 1)
        self.assertEqual(len(self.posted_entries()), 1)

    def test_looks_that_fail_in_every_way_count_for_nothing(self):
        link, number = self.lose("lost_before")
        self.later(SETTLED)
        for kind in ("empty_500", "html_503", "html_200", "truncated", "lost_after"):
            self.fault(kind, ENTRY, method="GET", times=2)
            self.run_link(link)
            self.box.faults.clear()
            self.later(AN_HOUR)
            self.assertEqual(self.operation(self.order(number)).lookups, 0, kind)
            self.assertEqual(len(self.posted_entries()), 1, kind)
        self.come_back(link, SETTLED, SPACED, SETTLED)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 2)


@tagged("post_install", "-at_install")
class TestTwice(HostileCase):
    """The same shop, or the same administration, twice by mistake."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "beheerder", groups=f"base.group_user,{GROUPS}manager"
        )

    @contextmanager
    def assert_doubled(self, constraint):
        """Assert that PostgreSQL itself refuses it, by a constraint."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation) as caught,
            self.env.cr.savepoint(),
        ):
            yield
        self.assertEqual(caught.exception.diag.constraint_name, constraint)

    def test_nobody_says_which_shop_it_is_but_the_shop(self):
        shop = self.make_shop()
        as_manager = shop.with_user(self.manager)
        for values in ({"remote_id": "1"}, {"state": "connected"}):
            with self.assert_refuses(AccessError, "test of the connection"):
                as_manager.write(values)
            with self.assert_refuses(AccessError, "test of the connection"):
                as_manager.create({"name": "Tweede", "cluster": "eu1", **values})

    def test_a_second_record_of_a_shop_is_refused_however_it_is_made(self):
        shop = self.make_shop()
        for archived in (False, True):
            shop.active = not archived
            with self.assert_doubled("lightspeed_shop_remote_id_uniq"):
                self.make_shop()
        shop.active = True
        twin = shop.copy()
        self.assertEqual((twin.state, twin.remote_id), ("draft", False))

    def test_the_key_of_another_shop_reads_nothing_into_this_one(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        other = self.box.lightspeed.control_add_shop(
            "andere", key="3" * 32, secret="4" * 32
        )["shop"]
        self.box.lightspeed.control_add_order(
            other,
            lines=[{"title": "Mok", "quantity": 1, "unit_incl": "24.95"}],
            customer={"email": "anna@example.com", "lastname": "Voorbeeld"},
        )
        link.shop_id.with_user(self.manager).write(
            {"api_key": "3" * 32, "api_secret": "4" * 32}
        )
        self.assertEqual(link.shop_id.state, "draft")
        with self.assert_refuses(UserError, "another shop"):
            link.shop_id.action_test_connection()
        self.run_link(link)
        self.assertEqual(list(self.entries()), [number])

    def test_a_shop_has_one_link_however_it_is_made(self):
        link = self.make_link()
        values = {
            "shop_id": link.shop_id.id,
            "administration_id": link.administration_id.id,
            "start_at": link.start_at,
            "reference_prefix": "B",
        }
        for make in (
            lambda: self.env["lightspeed.exact.link"].create(values),
            lambda: link.copy({"reference_prefix": "B"}),
            lambda: (
                self.env["lightspeed.exact.link"]
                .create({**values, "active": False})
                .write({"active": True})
            ),
        ):
            with self.assert_doubled("lightspeed_exact_link_shop_uniq"):
                make()
                self.env.flush_all()

    def test_an_administration_is_used_through_one_app_only(self):
        link = self.make_link()
        administration = link.administration_id
        app = administration.app_id.create(
            {
                "name": "Tweede app",
                "host_url": self.box.exact_url + "/",
                "client_id": "another",
                "client_secret": "another",
            }
        )
        connection = self.env["exact.connection"].create(
            {"name": "Ander", "app_id": app.id}
        )
        twin = administration.create(
            {
                "name": "Dezelfde",
                "app_id": app.id,
                "connection_id": connection.id,
                "division": administration.division,
            }
        )
        shop = link.shop_id.copy()
        values = {
            "shop_id": shop.id,
            "administration_id": twin.id,
            "start_at": fields.Datetime.now(),
            "reference_prefix": "B",
        }
        with self.assert_refuses(ValidationError, "in use already"):
            self.env["lightspeed.exact.link"].create(values)
        link.active = False
        self.env["lightspeed.exact.link"].create(values)
        with self.assert_refuses(ValidationError, "in use already"):
            link.active = True


@tagged("post_install", "-at_install")
class TestGone(OnceCase):
    def test_killed_at_any_instruction_what_was_deleted_is_booked_again_once(self):
        link = self.make_link()
        link.administration_id.change_days = 30
        for number in range(1, 60):
            placed = self.add_order()["number"]
            self.run_link(link)
            order = self.order(placed)
            self.box.exact.control_delete_entry(HOME, order.booking_ids.entry_id)
            self.come_back(link, 24 * AN_HOUR + 60)
            self.assertEqual(order.reason_code, "entry_gone")
            with self.enter_registry_test_mode():
                link.administration_id.connection_id._access_token()
            order._prepare_retry()
            died = False
            try:
                with self.killed_at(number):
                    self.run_link(link)
            except Killed:
                died = True
                self.env.invalidate_all()
            self.come_back(link, SETTLED, SPACED, SETTLED)
            found = [
                entry["YourRef"]
                for entry in self.box.exact.control_entries(HOME)
                if entry["YourRef"].startswith(placed)
            ]
            self.assertEqual(found, [f"{placed}-R1"], number)
            self.assertEqual(order.state, "booked", number)
            if not died:
                break
        self.assertGreater(number, 5)


@tagged("post_install", "-at_install")
class TestRestored(HostileCase):
    """A backup does not know what was booked after it."""

    def restore(self, link):
        """Forget all that was booked, as a backup of before it, and confirm that."""
        self.env.flush_all()
        for table in ("clearing", "booking", "operation", "order"):
            self.env.cr.execute(f"DELETE FROM lightspeed_exact_{table}")
        self.env.cr.execute("DELETE FROM exact_customer")
        self.env.invalidate_all()
        link.cursor_at = False
        link.next_poll_at = fields.Datetime.now()
        manager = new_test_user(self.env, "beheerder", groups=f"{GROUPS}manager")
        self.env["lightspeed.exact.identity"].with_user(manager)._confirm()
        self.env.invalidate_all()

    def test_what_was_booked_after_the_backup_is_found_and_not_booked_again(self):
        placed = [self.add_order()["number"] for _order in range(3)]
        link = self.make_link()
        self.run_link(link)
        self.restore(link)
        self.run_link(link)
        for number in placed:
            self.assert_booked(number, "49.90")
        self.assertEqual(len(self.posted_entries()), 3)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)
        self.assertTrue(all(self.operation(self.order(placed[0])).mapped("adopted")))
        # What is new costs no look.
        self.later(60)
        self.box.clock.advance(60)
        since = self.box.calls.last
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertFalse(self.calls("GET", ENTRY, since=since))

    def test_what_is_there_otherwise_is_held(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        self.restore(link)
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            number,
            [{"title": "Mok", "quantity": 1, "unit_incl": "24.95", "rate": "0.21"}],
        )
        self.run_link(link)
        self.assertEqual(self.order(number).reason_code, "document_conflict")
        self.press(self.order(number), "action_retry")
        self.assertEqual(self.order(number).reason_code, "document_conflict")
        self.assertEqual(len(self.posted_entries()), 1)


@tagged("post_install", "-at_install")
class TestSlipped(HostileCase):
    def test_what_a_webhook_brings_stands_for_no_row_that_slipped(self):
        link = self.make_link()
        numbers = [self.add_order()["number"] for _order in range(2)]
        self.run_link(link)
        now = fields.Datetime.now()
        link.write({"sweep_started_at": now, "sweep_since": now})
        # One as the list has it; the other one changed a day before that.
        for number, days in zip(numbers, (0, 1), strict=True):
            self.order(number).write(
                {"seen_at": now, "remote_updated_at": now - timedelta(days=days)}
            )
        self.assertEqual(link._sweep_met(), 1)
