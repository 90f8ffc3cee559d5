"""Bad input: a clear sentence, nothing lost, and the other orders go on."""

from datetime import datetime, timezone
from decimal import Decimal

from odoo.tools import mute_logger

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

POLL = "odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_link_poll"


class BadInputCase(ConnectorCase):
    def retry(self, order):
        with self.enter_registry_test_mode():
            order.action_retry()

    def assert_state(self, number, state, *words):
        """Assert that an order has a state whose sentence says what matters."""
        order = self.order(number)
        self.assertEqual(len(order), 1)
        self.assertEqual(order.state, state, (order.reason_code, order.reason))
        for word in words:
            self.assertIn(word, order.reason)
        self.assertTrue(order.advice)
        self.assertNotIn("?", order.reason + order.advice)
        return order


class TestBadOrders(BadInputCase):
    """What is wrong with one order in the shop."""

    def assert_bad(self, number, state, *words, good_before=(), link=None):
        """Assert that an order gets its sentence, and those around it are booked."""
        good = self.add_order(customer={"email": "goed@example.com"})
        self.run_link(link or self.make_link())
        for placed in (*good_before, good):
            self.assert_booked(placed["number"], "49.90")
        return self.assert_state(number, state, *words)

    def assert_held(self, placed, *words):
        return self.assert_bad(placed["number"], "held", *words)

    def corrupt(self, **changes):
        """Return an order whose own answer has other raw fields."""
        placed = self.add_order()
        payload = self.box.lightspeed.control_order(self.shop_number, placed["number"])
        payload = {**payload, **changes}
        self.box.lightspeed.control_corrupt(
            self.shop_number, placed["number"], payload=payload
        )
        return placed

    def test_an_order_without_lines(self):
        placed = self.add_order()
        self.box.lightspeed.control_rebuild_order(
            self.shop_number, placed["number"], lines=[]
        )
        self.assert_held(placed, "The order has no lines.")

    def test_totals_that_do_not_add_up(self):
        placed = self.add_order(overrides={"priceIncl": 60.00})
        self.assert_held(placed, "49.90", "60.00", "10.10")

    def test_a_net_total_that_does_not_add_up(self):
        placed = self.add_order(overrides={"priceExcl": 30.00})
        self.assert_held(placed, "Without VAT", "41.24", "30.00")

    def test_vat_of_a_line_that_is_not_that_of_its_rate(self):
        placed = self.add_order(
            {
                "title": "Mok",
                "quantity": 1,
                "unit_incl": "121.00",
                "rate": "0.21",
                "overrides": {"priceExcl": 111.00},
            },
            overrides={"priceExcl": 111.00},
        )
        self.assert_held(placed, "“Mok” is 10.00", "21 %", "21.00")

    def test_an_unknown_vat_rate(self):
        placed = self.add_order(("Mok", 1, "10.00", "0.13"))
        self.assert_held(placed, "13 %", "not a VAT rate of NL")

    def test_an_unknown_status(self):
        placed = self.add_order(status="onder_de_kerstboom", any_status=True)
        self.assert_bad(placed["number"], "waiting", "Onder de kerstboom")

    def test_a_missing_address_is_booked(self):
        placed = self.add_order(
            customer={"email": "kaal@example.com"},
            overrides={
                f"address{kind}{part}": False
                for kind in ("Billing", "Shipping")
                for part in ("Street", "Number", "Zipcode", "City", "Country", "Name")
            },
        )
        self.run_link(self.make_link())
        self.assert_booked(placed["number"], "49.90")

    def test_a_missing_e_mail_address(self):
        placed = self.add_order(customer={"firstname": "Anna", "guest": True})
        self.assert_held(placed, "no e-mail address")

    def test_an_e_mail_address_that_is_none(self):
        placed = self.add_order(customer={"email": "anna(at)example.com"})
        self.assert_held(placed, "anna(at)example.com", "cannot be used")

    def test_a_gift_card(self):
        placed = self.add_order(gift_cards=[{"amount": 10}])
        self.assert_held(placed, "gift card")

    def test_another_currency_of_the_shop(self):
        link = self.make_link()
        placed = self.add_order()
        link.shop_id.sudo().currency_code = "GBP"
        self.run_link(link)
        self.assert_state(placed["number"], "held", "GBP", "EUR")

    def test_an_order_that_is_html(self):
        placed = self.add_order()
        self.box.lightspeed.control_corrupt(
            self.shop_number,
            placed["number"],
            body="<html>Onderhoud</html>",
            content_type="text/html",
        )
        order = self.assert_bad(
            placed["number"], "failed", "Lightspeed", "a web page instead of JSON"
        )
        self.assertTrue(order.next_attempt_at)
        self.box.lightspeed.control_repair(self.shop_number, placed["number"])
        self.retry(order)
        self.assert_booked(placed["number"], "49.90")

    def test_an_order_that_is_truncated(self):
        placed = self.add_order()
        self.box.lightspeed.control_corrupt(
            self.shop_number, placed["number"], body='{"order": {"id": 1, "number'
        )
        self.assert_bad(
            placed["number"], "failed", "Lightspeed", "something unreadable"
        )

    def test_an_order_that_is_gone_when_it_is_fetched(self):
        placed = self.add_order()
        good = self.add_order(customer={"email": "goed@example.com"})
        link = self.make_link()
        self.box.faults.add(
            "not_found_once",
            "lightspeed",
            path=f"orders/{placed['id']}.json",
            times=None,
        )
        self.run_link(link)
        self.assert_state(placed["number"], "failed", "Lightspeed does not know")
        self.assert_booked(good["number"], "49.90")

    def test_every_corrupt_shape_is_held_and_says_which_field(self):
        shapes = {
            "priceIncl": ({}, "priceIncl"),
            "createdAt": ("gisteren", "createdAt"),
            "number": ([], "number"),
            "invoices": ({"resource": {"embedded": "x"}}, "invoices"),
            "events": ({"resource": {"embedded": [1]}}, "events"),
            "shipmentPriceIncl": ("veel", "shipmentPriceIncl"),
        }
        orders = {
            field: (self.corrupt(**{field: value}), word)
            for field, (value, word) in shapes.items()
        }
        good = self.add_order(customer={"email": "goed@example.com"})
        self.run_link(self.make_link())
        self.assert_booked(good["number"], "49.90")
        for field, (placed, word) in orders.items():
            with self.subTest(field=field):
                order = self.assert_state(placed["number"], "held", word)
                self.assertEqual(order.reason_code, "unreadable_order")
                self.assertTrue(order.payload)

    def test_lines_that_are_not_embedded_are_fetched(self):
        placed = self.corrupt(products=False)
        self.run_link(self.make_link())
        self.assert_booked(placed["number"], "49.90")

    def test_the_answer_of_another_order_is_not_booked(self):
        other = self.add_order(customer={"email": "ander@example.com"})
        wrong = self.box.lightspeed.control_order(self.shop_number, other["number"])
        placed = self.add_order()
        self.box.lightspeed.control_corrupt(
            self.shop_number, placed["number"], payload=wrong
        )
        self.assert_bad(
            placed["number"], "held", "that of another order", good_before=[other]
        )

    def test_an_order_that_is_no_object_is_tried_again(self):
        for payload in ([], "niets", 7, None):
            placed = self.add_order()
            self.box.lightspeed.control_corrupt(
                self.shop_number, placed["number"], payload=payload
            )
        good = self.add_order(customer={"email": "goed@example.com"})
        link = self.make_link()
        self.run_link(link)
        self.assert_booked(good["number"], "49.90")
        bad = link.order_ids.filtered(lambda order: order.state != "booked")
        self.assertEqual(len(bad), 4)
        for order in bad:
            self.assertIn(order.state, ("failed", "held"))
            self.assertIn("Lightspeed", order.reason)

    def test_characters_that_a_database_cannot_keep(self):
        placed = self.add_order()
        number = placed["number"]
        payload = self.box.lightspeed.control_order(self.shop_number, number)
        payload |= {"email": "x\u0000@example.com", "lastname": "A\u0000B"}
        self.box.lightspeed.control_corrupt(
            self.shop_number, number, payload=payload, in_list=True
        )
        lone = self.add_order()
        self.box.lightspeed.control_edit_order(
            self.shop_number, lone["number"], {"lastname": "LONE"}
        )
        good = self.add_order(customer={"email": "goed@example.com"})
        link = self.make_link()
        text = '{"order": {"id": %s, "number": "\\ud800", "lastname": "\\u0000"}}'
        self.box.lightspeed.control_corrupt(
            self.shop_number, lone["number"], body=text % lone["id"]
        )
        self.run_link(link)
        self.assert_booked(good["number"], "49.90")
        self.assertEqual(self.order(number).customer_name, "Anna AB")
        self.assert_state(lone["number"], "held", "could not be read")

    def test_amounts_beyond_all_reason(self):
        orders = [
            self.corrupt(priceIncl=value)
            for value in (1e300, "1" * 50, -5, "NaN", "Infinity", 49.901)
        ]
        good = self.add_order(customer={"email": "goed@example.com"})
        self.run_link(self.make_link())
        self.assert_booked(good["number"], "49.90")
        for placed in orders:
            order = self.order(placed["number"])
            self.assertEqual(order.state, "held", order.reason)

    def test_an_order_nested_beyond_all_reason(self):
        placed = self.add_order()
        deep = "[" * 300 + "]" * 300
        self.box.lightspeed.control_corrupt(
            self.shop_number,
            placed["number"],
            body=f'{{"order": {{"id": {placed["id"]}, "memo": {deep}}}}}',
        )
        self.assert_bad(placed["number"], "held", "could not be read", "out of range")

    def test_a_fault_of_our_own_stops_no_other_order(self):
        placed = self.add_order()
        good = self.add_order(customer={"email": "goed@example.com"})
        link = self.make_link()
        process = type(self.env["lightspeed.exact.order"])._sale

        def broken(order, work):
            if order.number == placed["number"]:
                raise ZeroDivisionError
            return process(order, work)

        self.patch(type(self.env["lightspeed.exact.order"]), "_sale", broken)
        slice_log = (
            "odoo.addons.lightspeed_exact_connector.models.exact_administration_slice"
        )
        with mute_logger(slice_log):
            self.run_link(link)
        self.assert_booked(good["number"], "49.90")
        self.assert_state(placed["number"], "failed", "ZeroDivisionError")

    def test_a_list_that_is_no_list_is_said_on_the_link(self):
        self.add_order()
        link = self.make_link()
        for kind in ("html_200", "truncated", "error_200"):
            with self.subTest(kind=kind):
                self.box.faults.clear()
                self.box.faults.add(kind, "lightspeed", path=r"/orders\.json")
                self.run_link(link)
                self.assertIn("Lightspeed", link.problem_text)
                self.assertTrue(link.problem_advice)
        self.box.faults.clear()
        self.run_link(link)
        self.assertFalse(link.problem_text)
        self.assertEqual(link.booked_count, 1)

    # === VAT === #
    def foreign(self, country, **values):
        zipcode, city = {"be": ("9000", "Gent"), "ch": ("8002", "Zürich")}[country]
        return {
            "email": f"{country}@example.com",
            "firstname": "Urs",
            "lastname": "Peeters",
            "street": "Korenlei",
            "number": "14",
            "zipcode": zipcode,
            "city": city,
            "country": country,
            **values,
        }

    def test_sales_abroad_without_a_rule_are_held_and_released_by_the_rule(self):
        business = {"company": "Gent NV", "vat_number": "BE0000000097"}
        sales = {
            "oss": ("0.21", "BE1", "8050", self.foreign("be")),
            "reverse_charge": ("0", "7", "8030", self.foreign("be", **business)),
            "export": ("0", "6", "8040", self.foreign("ch")),
        }
        words = {
            "oss": ("distance sale (OSS)", "21 %", "BE"),
            "reverse_charge": ("reverse charge", "0 %", "BE"),
            "export": ("export", "0 %", "CH"),
        }
        orders = {
            kind: [
                self.add_order(("Mok", 1, "12.10", rate), customer=customer)["number"]
                for _twice in range(2)
            ]
            for kind, (rate, _code, _account, customer) in sales.items()
        }
        link = self.make_link()
        self.register_for_oss(link)
        link.rule_ids.filtered(lambda rule: rule.treatment in sales).unlink()
        self.run_link(link)
        for kind, numbers in orders.items():
            for number in numbers:
                order = self.assert_state(number, "held", *words[kind])
                self.assertEqual(order.reason_code, "rule_missing")
        administration = link.administration_id
        for kind, (rate, code, account, _customer) in sales.items():
            self.env["lightspeed.exact.ledger.rule"].create(
                {
                    "link_id": link.id,
                    "treatment": kind,
                    "rate": float(rate),
                    "country_id": self.env.ref("base.be").id if kind == "oss" else 0,
                    "gl_account_id": administration.gl_account_ids.filtered(
                        lambda row, account=account: row.code == account
                    ).id,
                    "vat_code_id": administration.vat_code_ids.filtered(
                        lambda row, code=code: row.code == code
                    ).id,
                }
            )
            states = {self.order(number).state for number in orders[kind]}
            self.assertEqual(states, {"ready"})
        self.run_link(link)
        for kind, numbers in orders.items():
            for number in numbers:
                self.assert_booked(number, "12.10")
                [line] = self.entries()[number]["Lines"]
                self.assertEqual((line["VATCode"], line["GLAccount"]), sales[kind][1:3])

    def test_no_vat_inside_the_country_needs_a_rule_of_its_own(self):
        placed = self.add_order(("Postzegel", 1, "1.00", "0"))
        link = self.make_link()
        self.run_link(link)
        order = self.assert_state(placed["number"], "held", "No VAT", "NL", "products")
        self.assertEqual(order.reason_code, "exempt_rule_missing")

    def test_no_vat_for_a_foreign_consumer_is_suspicious(self):
        placed = self.add_order(("Mok", 1, "10.00", "0"), customer=self.foreign("be"))
        self.assert_held(placed, "BE", "there is no VAT number")


class TestBadBooks(BadInputCase):
    """What is wrong in Exact Online."""

    def assert_refused_then_booked(self, placed, *words, repair):
        """Assert that Exact's refusal is told, sent once, and solved by the repair."""
        good = self.add_order(
            ("Kookboek", 1, "12.00", "0.09"), customer={"email": "goed@example.com"}
        )
        link = self.link
        self.run_link(link)
        order = self.assert_state(placed["number"], "held", *words)
        self.assert_booked(good["number"], "12.00")
        posts = len(self.posted_entries())
        self.run_link(link)
        self.assertEqual(len(self.posted_entries()), posts)
        repair(order)
        self.run_link(link)
        self.assert_booked(placed["number"], placed["gross"])
        return order

    def setUp(self):
        super().setUp()
        self.link = self.make_link()

    def refresh(self):
        with self.enter_registry_test_mode():
            self.link.administration_id.action_refresh()

    def test_a_vat_code_that_was_blocked_after_the_mapping(self):
        self.box.exact.control_block_vat_code(exact_demo.MAIN, "2")

        def unblock(order):
            self.box.exact.control_block_vat_code(exact_demo.MAIN, "2", False)
            self.retry(order)

        self.assert_refused_then_booked(
            self.add_order(), "Geblokkeerd: Btw-code", repair=unblock
        )

    def test_a_blocked_vat_code_is_solved_by_another_one_in_the_rule(self):
        self.box.exact.control_block_vat_code(exact_demo.MAIN, "2")
        self.box.exact.control_add_vat_code(exact_demo.MAIN, "22", "0.21")

        def choose_another(_order):
            self.refresh()
            codes = self.link.administration_id.vat_code_ids
            new = codes.filtered(lambda code: code.code == "22")
            rules = self.link.rule_ids.filtered(lambda rule: rule.rate == 0.21)
            rules.vat_code_id = new

        self.assert_refused_then_booked(
            self.add_order(), "Geblokkeerd: Btw-code", repair=choose_another
        )

    def test_a_blocked_account(self):
        self.box.exact.control_block_gl_account(exact_demo.MAIN, "8000")

        def unblock(order):
            self.box.exact.control_block_gl_account(exact_demo.MAIN, "8000", False)
            self.retry(order)

        self.assert_refused_then_booked(
            self.add_order(),
            "blocked in Exact Online",
            "Grootboekrekening",
            repair=unblock,
        )

    def test_a_closed_period(self):
        year = datetime.now(timezone.utc).year - 1
        self.link.start_at = datetime(year, 1, 1)
        placed = self.add_order(created_at=f"{year}-05-10T10:00:00Z")
        self.box.exact.control_close_period(exact_demo.MAIN, year, 5)

        def open_again(order):
            self.box.exact.control_open_period(exact_demo.MAIN, year, 5)
            self.retry(order)

        order = self.assert_refused_then_booked(
            placed, "The period is closed", f"{year} – 5", repair=open_again
        )
        self.assertEqual(order.booking_ids.entry_date.month, 5)

    def test_a_year_that_is_not_set_up(self):
        year = datetime.now(timezone.utc).year - 4
        self.link.start_at = datetime(year, 1, 1)
        placed = self.add_order(created_at=f"{year}-05-10T10:00:00Z")

        def set_up(order):
            self.box.exact.control_add_year(exact_demo.MAIN, year)
            self.retry(order)

        self.assert_refused_then_booked(placed, "financial year", repair=set_up)

    def test_a_missing_payment_condition_is_released_by_choosing_one(self):
        condition = self.link.payment_condition_id
        self.link.payment_condition_id = False

        def choose(_order):
            self.link.payment_condition_id = condition

        placed = self.add_order()
        self.run_link(self.link)
        self.assert_state(placed["number"], "held", "Betalingsconditie")
        choose(None)
        self.run_link(self.link)
        self.assert_booked(placed["number"], "49.90")

    def test_a_journal_that_was_blocked(self):
        self.box.exact.control_block_journal(exact_demo.MAIN, "70")
        placed = self.add_order()
        self.run_link(self.link)
        self.assert_state(placed["number"], "held", "Geblokkeerd: Dagboek")
        journals = self.link.administration_id.journal_ids
        self.link.journal_id = journals.filtered(lambda journal: journal.code == "71")
        self.run_link(self.link)
        self.assert_booked(placed["number"], "49.90")

    def test_an_account_that_is_gone(self):
        table = self.box.exact.state.division(exact_demo.MAIN)["GLAccounts"]
        table.delete(table.first("Code", "8000"))
        placed = self.add_order()
        self.run_link(self.link)
        self.assert_state(placed["number"], "held", "Grootboekrekening")

    def test_a_technical_failure_of_exact_is_tried_again(self):
        placed = self.add_order()
        self.fault("empty_500", "SalesEntries", times=1)
        self.run_link(self.link)
        order = self.assert_state(placed["number"], "failed")
        self.assertTrue(order.next_attempt_at)
        for _again in range(4):
            self.later(600)
            self.run_link(self.link)
        self.assert_booked(placed["number"], "49.90")

    def test_missing_rights_park_the_administration_and_keep_the_orders(self):
        placed = [self.add_order() for _number in range(3)]
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, "salesentry/SalesEntries", ["GET"]
        )
        self.run_link(self.link)
        administration = self.link.administration_id
        self.assertIn("Exact Online refuses access", administration.problem_text)
        self.assertTrue(administration.problem_advice)
        self.assertTrue(administration.parked_until)
        self.assertLessEqual(len(self.posted_entries()), 1)
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, "salesentry/SalesEntries", None
        )
        self.later(3700)
        self.run_link(self.link)
        for oracle in placed:
            self.assert_booked(oracle["number"], "49.90")
        self.assertFalse(administration.problem_text)

    def test_html_of_exact_is_told_and_tried_again(self):
        placed = self.add_order()
        self.box.faults.add("html_200", "exact", path="crm/Accounts", times=None)
        self.run_link(self.link)
        administration = self.link.administration_id
        self.assertIn("Exact Online", administration.problem_text)
        self.box.faults.clear()
        self.later(3700)
        self.run_link(self.link)
        self.assert_booked(placed["number"], "49.90")

    def test_another_total_in_exact_stops_the_link(self):
        placed = self.add_order()
        other = self.add_order(customer={"email": "ander@example.com"})
        booked = type(self.env["lightspeed.exact.operation"])._remote_values

        def differs(operation, row, sent=None):
            values = booked(operation, row, sent)
            if (sent or operation).kind == "sales_entry":
                values["remote_total"] = "49.91"
            return values

        self.patch(
            type(self.env["lightspeed.exact.operation"]), "_remote_values", differs
        )
        self.run_link(self.link)
        self.assertEqual(self.link.state, "paused")
        self.assertIn("49.91", self.link.problem_text)
        self.assertIn("49.90", self.link.problem_text)
        orders = self.order(placed["number"]) | self.order(other["number"])
        self.assertEqual(sorted(orders.mapped("state")), ["booked", "ready"])
        self.assertEqual(
            sum(Decimal(str(e["AmountFC"])) for e in self.entries().values()),
            Decimal("49.90"),
        )
