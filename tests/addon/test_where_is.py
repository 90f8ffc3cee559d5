"""Why is my order not there: what is known here, else what the shop says now."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from tests.addon.connector_case import GROUPS, ConnectorCase


class TestWhereIs(ConnectorCase):
    def look(self, number, **values):
        """Return the wizard after looking for a number."""
        user = values.pop("user", self.env.user)
        wizard = (
            self.env["lightspeed.exact.where.is"]
            .with_user(user)
            .create({"number": number, **values})
        )
        with self.enter_registry_test_mode():
            wizard.action_look()
        self.env.invalidate_all()
        return wizard

    def quiet(self, link):
        """Let a link look again only much later."""
        link.next_poll_at = fields.Datetime.now() + timedelta(days=1)

    def lists(self):
        return self.calls("GET", service="lightspeed")

    # === KNOWN HERE === #
    def test_a_booked_order_is_told_with_its_entry(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        order = self.assert_booked(number, "49.90")
        self.box.calls.clear()
        wizard = self.look(f" #{number} ")
        self.assertIn("Booked in administration", wizard.answer)
        self.assertIn(order.entry_number, wizard.answer)
        self.assertEqual(wizard.order_ids, order)
        self.assertEqual(wizard.action_view_orders()["res_id"], order.id)
        self.assertFalse(self.lists())
        self.assertFalse(wizard.remote_id)

    def test_a_held_order_says_why_and_what_to_do(self):
        number = self.add_order(("Les", 1, "10.00", "0"))["number"]
        link = self.make_link()
        self.run_link(link)
        wizard = self.look(number)
        order = self.order(number)
        self.assertEqual(order.state, "held")
        self.assertIn("a person must look", wizard.answer)
        self.assertIn(order.reason, wizard.answer)
        self.assertIn(order.advice, wizard.answer)

    def test_an_order_that_waits_says_for_which_status(self):
        number = self.add_order(status="processing_awaiting_shipment")["number"]
        link = self.make_link()
        self.run_link(link)
        self.assertEqual(self.order(number).state, "waiting")
        wizard = self.look(number)
        self.assertIn("it waits", wizard.answer)
        self.assertIn(self.order(number).reason, wizard.answer)

    def test_a_skipped_order_says_who_skipped_it(self):
        number = self.add_order(("Les", 1, "10.00", "0"))["number"]
        link = self.make_link()
        self.run_link(link)
        order = self.order(number)
        order.skip_reason = "Met de hand geboekt"
        order.action_skip()
        wizard = self.look(number)
        self.assertIn("stays out of the books", wizard.answer)
        self.assertIn("Met de hand geboekt", wizard.answer)

    def test_an_order_in_a_day_entry_says_so(self):
        link = self.make_link(start=False)
        number = self.add_order()["number"]
        order = self.env["lightspeed.exact.order"].create(
            {
                "link_id": link.id,
                "shop_id": link.shop_id.id,
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "remote_id": "1",
                "number": number,
                "state": "waiting",
                "reason_code": "waits_for_day",
                "reason_params": {"day": "2026-01-05"},
            }
        )
        wizard = self.look(number)
        self.assertEqual(wizard.order_ids, order)
        self.assertIn("in one entry", wizard.answer)

    def test_a_ready_order_of_a_link_that_stands_still_says_so(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        order = self.order(number)
        order.state = "ready"
        link.action_pause()
        self.assertIn("does not run", self.look(number).answer)

    # === WHAT THE SHOP SAYS === #
    def test_an_order_that_does_not_exist_is_told_by_the_shop(self):
        link = self.make_link()
        self.box.calls.clear()
        wizard = self.look("ORD99999")
        self.assertIn("has no order or invoice with number ORD99999", wizard.answer)
        self.assertEqual(len(self.lists()), 2)
        self.assertFalse(wizard.remote_id)
        with self.assert_refuses(UserError, "Look the number up first"):
            wizard.action_fetch()
        self.assertEqual(link.order_count, 0)

    def test_an_order_that_was_not_read_yet_is_fetched_at_once(self):
        link = self.make_link()
        self.run_link(link)
        self.quiet(link)
        made = self.add_order()
        wizard = self.look(made["number"])
        self.assertIn("It was not read yet", wizard.answer)
        self.assertIn("it is booked once it is read", wizard.answer)
        self.assertEqual(wizard.remote_id, str(made["id"]))
        cursor, due = link.cursor_at, link.next_poll_at
        with self.enter_registry_test_mode():
            wizard.action_fetch()
        self.env.invalidate_all()
        self.assert_booked(made["number"], "49.90")
        self.assertIn("Booked in administration", wizard.answer)
        self.assertEqual((link.cursor_at, link.next_poll_at), (cursor, due))

    def test_an_order_that_is_not_due_says_why(self):
        link = self.make_link()
        self.run_link(link)
        self.quiet(link)
        made = self.add_order(status="processing_awaiting_shipment")
        wizard = self.look(made["number"])
        self.assertIn("when it reaches the statuses chosen", wizard.answer)
        with self.enter_registry_test_mode():
            wizard.action_fetch()
        self.env.invalidate_all()
        self.assertEqual(self.order(made["number"]).state, "waiting")

    def test_an_order_from_before_the_start_is_told_as_such(self):
        made = self.add_order()
        link = self.make_link(
            start=False, start_at=fields.Datetime.now() + timedelta(days=2)
        )
        link.action_start()
        wizard = self.look(made["number"])
        self.assertIn("before the start of the link", wizard.answer)
        self.assertFalse(wizard.remote_id)

    def test_a_paused_link_fetches_nothing(self):
        link = self.make_link()
        self.run_link(link)
        link.action_pause()
        made = self.add_order()
        wizard = self.look(made["number"])
        self.assertIn("nothing is read", wizard.answer)
        with self.assert_refuses(UserError, "Start the link"):
            wizard.action_fetch()

    def test_a_shop_without_a_link_says_so(self):
        self.make_shop()
        made = self.add_order()
        self.assertIn("has no link", self.look(made["number"]).answer)

    def test_trouble_of_the_shop_is_told_in_words(self):
        self.make_link()
        self.fault("status", "orders.json", "GET", "lightspeed", params={"status": 503})
        wizard = self.look("ORD99999")
        self.assertIn("The shop cannot be asked now", wizard.answer)
        self.assertIn("Lightspeed", wizard.answer)
        self.assertIn("tried again", wizard.answer)

    def test_a_copy_of_the_database_asks_nobody(self):
        link = self.make_link()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.box.calls.clear()
        wizard = self.look("ORD99999")
        self.assertFalse(self.lists())
        self.assertTrue(wizard.answer)
        self.assertEqual(link.order_count, 0)

    # === WHO ASKS === #
    def test_several_shops_want_a_choice_for_what_is_not_known(self):
        link = self.make_link()
        self.box.lightspeed.control_add_shop("tweede", key="3" * 32, secret="2" * 32)
        self.make_shop(name="Tweede", api_key="3" * 32)
        with self.assert_refuses(UserError, "choose the shop"):
            self.look("ORD99999")
        wizard = self.look("ORD99999", shop_id=link.shop_id.id)
        self.assertIn("has no order", wizard.answer)

    def test_without_a_number_nothing_is_asked(self):
        self.make_link()
        with self.assert_refuses(UserError, "Fill in the number"):
            self.look(" # ")

    def test_a_user_looks_and_a_stranger_finds_nothing(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        self.assertIn("Booked", self.look(number, user=user).answer)
        other = self.env["res.company"].create({"name": "Ander"})
        stranger = new_test_user(
            self.env,
            "vreemde",
            groups=f"{GROUPS}user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.box.calls.clear()
        with self.assert_refuses(UserError, "choose the shop"):
            self.look(number, user=stranger)
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
        ):
            self.look(number, user=stranger, shop_id=link.shop_id.id)
        self.assertFalse(self.lists())

    def test_nobody_makes_up_what_the_shop_says(self):
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        link = self.make_link()
        made = self.add_order()
        wizard = self.look("ORD99999", user=user)
        wizard.write({"remote_id": str(made["id"]), "remote_kind": "order"})
        with self.enter_registry_test_mode():
            wizard.action_fetch()
        self.env.invalidate_all()
        # It is an order of the user's own shop, read as any other.
        self.assertEqual(self.order(made["number"]).link_id, link)
