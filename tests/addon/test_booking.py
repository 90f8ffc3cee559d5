"""From the shop to the books: the main job."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import fields
from odoo.exceptions import AccessError, UserError

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class BookingCase(ConnectorCase):
    def book(self, *lines, link=None, **values):
        """Book one order; returns its sync record and its entry in Exact."""
        placed = self.add_order(*lines, **values)
        self.run_link(link or self.make_link())
        order = self.order(placed["number"])
        self.assertEqual(order.state, "booked", order.reason)
        return order, self.entries()[placed["number"]]

    def priced(self, *, excl=False):
        """Replace the shop by one whose prices are without VAT."""
        self.shop_number = self.box.lightspeed.control_add_shop(
            "exclusief", prices="excl", key="5" * 32, secret="6" * 32
        )["shop"]
        return self.make_shop(api_key="5" * 32, api_secret="6" * 32)

    def line_texts(self, entry):
        return [line["Description"] for line in entry["Lines"]]

    def amounts(self, entry):
        return [
            (line["GLAccount"], line["VATCode"], line["AmountFC"], line["VATAmountFC"])
            for line in entry["Lines"]
        ]


class TestBooking(BookingCase):
    # === LINES === #
    def test_an_order_is_booked_to_the_cent(self):
        placed = self.add_order(
            ("Mok blauw", 2, "24.95", "0.21"),
            ("Kookboek", 1, "12.00", "0.09"),
            shipping={"title": "PostNL", "incl": "5.95"},
            payment={"title": "iDEAL", "incl": "0.50"},
        )
        link = self.make_link()
        self.run_link(link)
        self.assert_booked(placed["number"], "68.35")

    def test_each_line_has_its_account_code_amount_quantity_and_name(self):
        _order, entry = self.book(
            ("Mok blauw", 2, "24.95", "0.21"),
            ("Kookboek", 1, "12.00", "0.09"),
            shipping={"title": "PostNL", "incl": "5.95"},
            payment={"title": "iDEAL", "incl": "0.50"},
        )
        self.assertEqual(
            self.amounts(entry),
            [
                ("8000", "2", Decimal("41.24"), Decimal("8.66")),
                ("8010", "1", Decimal("11.01"), Decimal("0.99")),
                ("8100", "2", Decimal("4.92"), Decimal("1.03")),
                ("8110", "2", Decimal("0.41"), Decimal("0.09")),
            ],
        )
        self.assertEqual(
            self.line_texts(entry), ["2 x Mok blauw", "1 x Kookboek", "PostNL", "iDEAL"]
        )
        self.assertEqual([line["Quantity"] for line in entry["Lines"]], [2, 1, 1, 1])

    def test_the_booking_keeps_what_was_sent_and_its_proof(self):
        order, entry = self.book(shipping={"title": "PostNL", "incl": "5.95"})
        booking = order.booking_ids
        self.assertEqual(
            (booking.entry_id, booking.entry_number),
            (entry["EntryID"], str(entry["EntryNumber"])),
        )
        self.assertEqual(order.entry_number, booking.entry_number)
        self.assertEqual(booking.state, "posted")
        self.assertEqual(booking.line_ids.mapped("name"), ["2 x Mok blauw", "PostNL"])
        self.assertEqual(booking.line_ids.mapped("gl_account"), ["8000", "8100"])
        self.assertEqual(booking.line_ids[0].rule_id.gl_account_id.code, "8000")
        self.assertEqual(booking.proof["order"], "55.85")
        self.assertEqual(Decimal(booking.remote_total), Decimal("55.85"))
        for words in ("21 %: net 46.16, VAT 9.69", "Booked 55.85 = order 55.85"):
            self.assertIn(words, booking.proof_text.replace("\N{NO-BREAK SPACE}€", ""))
        self.assertIn(str(exact_demo.MAIN), order.action_open_in_exact()["url"])

    def test_a_discount_is_inside_the_lines_and_taken_off_once(self):
        discounts = {
            "coupon": {"coupon": {"code": "ZOMER10", "percentage": "0.1"}},
            "cart": {"coupon": {"code": "", "amount": "5.00"}},
            "free shipping, net": {
                "shipping": {"incl": "5.95", "discount_incl": "5.95", "style": "net"}
            },
            "free shipping, gross": {
                "shipping": {"incl": "5.95", "discount_incl": "5.95", "style": "gross"}
            },
            "half of the shipping": {
                "shipping": {"incl": "5.95", "discount_incl": "3.00", "style": "gross"}
            },
        }
        placed = {
            name: self.add_order(
                ("Mok blauw", 3, "24.95", "0.21"),
                ("Kookboek", 1, "12.33", "0.09"),
                **values,
            )
            for name, values in discounts.items()
        }
        placed["line"] = self.add_order(
            {
                "title": "Mok",
                "quantity": 3,
                "unit_incl": "9.99",
                "rate": "0.21",
                "discount_incl": "2.50",
            }
        )
        link = self.make_link()
        self.run_link(link)
        for name, oracle in placed.items():
            with self.subTest(discount=name):
                self.assert_booked(oracle["number"], oracle["gross"])
                lines = self.entries()[oracle["number"]]["Lines"]
                self.assertTrue(all(line["AmountFC"] > 0 for line in lines))

    def test_a_shop_with_prices_without_vat_is_booked_to_the_cent(self):
        shop = self.priced(excl=True)
        placed = [
            self.add_order(
                {
                    "title": "Mok",
                    "quantity": quantity,
                    "unit_excl": price,
                    "rate": rate,
                },
                shipping={"excl": "4.13", "rate": "0.21"},
            )
            for quantity, price, rate in (
                (3, "9.99", "0.21"),
                (7, "0.33", "0.09"),
                (1, "1000.01", "0.21"),
            )
        ]
        self.run_link(self.make_link(shop=shop))
        for oracle in placed:
            self.assert_booked(oracle["number"], oracle["gross"])
            net = sum(
                line["AmountFC"] for line in self.entries()[oracle["number"]]["Lines"]
            )
            self.assertEqual(net, Decimal(oracle["net"]))

    def test_lines_of_zero_are_left_out_or_booked_by_rule(self):
        lines = (("Mok blauw", 1, "24.95", "0.21"), ("Kaartje", 1, "0.00", "0.21"))
        link = self.make_link()
        _order, entry = self.book(*lines, link=link)
        self.assertEqual(self.line_texts(entry), ["1 x Mok blauw"])
        link.zero_lines = "book"
        _order, entry = self.book(*lines, link=link)
        self.assertEqual(self.line_texts(entry), ["1 x Mok blauw", "1 x Kaartje"])

    def test_an_order_of_zero_is_skipped_or_held_by_rule(self):
        placed = self.add_order(("Proefje", 1, "0.00", "0.21"))
        link = self.make_link()
        self.run_link(link)
        order = self.order(placed["number"])
        self.assertEqual((order.state, order.reason_code), ("skipped", "zero_total"))
        link.zero_total = "hold"
        self.run_link(link)
        self.assertEqual((order.state, order.reason_code), ("held", "zero_total"))
        self.assertEqual(order.reason, "The order total is zero.")
        self.assertFalse(self.entries())

    def test_a_few_cents_go_on_a_rounding_line_and_more_is_held(self):
        small = self.add_order(overrides={"priceIncl": 49.93})
        large = self.add_order(overrides={"priceIncl": 49.97})
        link = self.make_link(rounding_limit=0.05)
        self.run_link(link)
        self.assert_booked(small["number"], "49.93")
        self.assertEqual(
            self.amounts(self.entries()[small["number"]])[-1],
            ("4990", "0", Decimal("0.03"), Decimal("0.00")),
        )
        order = self.order(large["number"])
        self.assertEqual((order.state, order.reason_code), ("held", "total_mismatch"))
        for words in ("49.90", "49.97", "0.07"):
            self.assertIn(words, order.reason)
        link.rounding_limit = 0.10
        self.run_link(link)
        self.assert_booked(large["number"], "49.97")

    def test_grouping_makes_a_line_for_each_account_and_code(self):
        lines = [(f"Mok {number}", 1, "9.99", "0.21") for number in range(5)]
        lines += [("Kookboek", 1, "12.34", "0.09"), ("Tuinboek", 2, "0.95", "0.09")]
        link = self.make_link(grouping="account")
        order, entry = self.book(
            *lines, link=link, shipping={"incl": "5.95"}, payment={"incl": "0.50"}
        )
        self.assertEqual(
            [(row[0], row[1]) for row in self.amounts(entry)],
            [("8000", "2"), ("8010", "1"), ("8100", "2"), ("8110", "2")],
        )
        self.assertEqual(entry["AmountFC"], Decimal("70.64"))
        self.assertEqual(order.booking_ids.line_count, 4)

    def test_three_hundred_lines_are_all_booked(self):
        self.box.lightspeed.control_set_options(
            self.shop_number, embedded_products_cap=50
        )
        lines = [
            (f"Artikel {number}", 1 + number % 3, f"{number % 7}.{number % 90:02d}", r)
            for number in range(300)
            for r in (("0.21", "0.09")[number % 2],)
        ]
        placed = self.add_order(*lines)
        link = self.make_link(zero_lines="book")
        self.run_link(link)
        self.assert_booked(placed["number"], placed["gross"])
        self.assertEqual(len(self.entries()[placed["number"]]["Lines"]), 300)

    def test_long_and_odd_texts_are_cut_where_exact_cuts(self):
        title = "Theepot “Oma's” 🫖 <b>&amp;</b> " + "zeer lang " * 20
        _order, entry = self.book(
            (title, 1, "24.95", "0.21"),
            ("👩‍👩‍👧‍👦" * 12, 1, "1.00", "0.21"),
            customer={
                "email": "oma@example.com",
                "firstname": "Ömer 🌷",
                "lastname": 'd\'Hondt "de" Vries ' * 6,
                "street": "Burgemeester van den Heuvel-Rijnbendestraat " * 2,
                "number": "1234",
                "extension": "bis",
                "city": "Sint-Oedenrode " * 5,
                "zipcode": "1234 AB",
            },
        )
        for text in self.line_texts(entry):
            self.assertLessEqual(len(text.encode("utf-16-le")) // 2, 60)
        self.assertIn("Theepot “Oma's” 🫖 <b>&amp;</b>", self.line_texts(entry)[0])
        self.assertTrue(self.line_texts(entry)[1].endswith("👩‍👩‍👧‍👦"))
        self.assertTrue(entry["CustomerName"].startswith("Ömer 🌷 d'Hondt"))
        account = self.account("oma@example.com")
        self.assertTrue(account["AddressLine1"].endswith("1234 bis"))

    def account(self, email):
        return next(
            row
            for row in self.box.exact.control_accounts(exact_demo.MAIN)
            if row["Email"] == email
        )

    # === REFERENCE, DESCRIPTION, DATE === #
    def test_your_reference_is_the_plain_order_number(self):
        order, entry = self.book()
        self.assertEqual(entry["YourRef"], order.number)
        self.assertEqual(order.booking_ids.reference, order.number)

    def test_two_shops_in_an_administration_are_told_apart_by_their_prefix(self):
        first = self.make_link()
        placed = self.add_order()
        self.shop_number = self.box.lightspeed.control_add_shop(
            "tweede", key="5" * 32, secret="6" * 32
        )["shop"]
        other = self.add_order()
        self.assertEqual(placed["number"], other["number"])
        shop = self.make_shop(api_key="5" * 32, api_secret="6" * 32)
        second = self.make_link(
            shop=shop, administration=first.administration_id, reference_prefix="W2-"
        )
        self.run_link(first)
        self.run_link(second)
        self.assertEqual(
            set(self.entries()), {placed["number"], f"W2-{other['number']}"}
        )

    def test_the_description_has_the_number_of_the_order_and_of_the_invoice(self):
        link = self.make_link()
        order, entry = self.book(link=link)
        invoice = self.box.lightspeed.control_oracle(self.shop_number, order.number)
        number = invoice["invoices"][0]["number"]
        self.assertEqual(
            entry["Description"], f"Webshop order {order.number} / {number}"
        )
        _order, entry = self.book(link=link, invoice="manual")
        self.assertEqual(entry["Description"], f"Webshop order {entry['YourRef']}")
        link.description_template = "Factuur {invoice} van {number}"
        order, entry = self.book(link=link)
        self.assertIn(f" van {order.number}", entry["Description"])

    def test_the_date_is_that_of_the_chosen_moment(self):
        year = datetime.now(timezone.utc).year - 1
        placed = self.add_order(
            status="processing_awaiting_shipment",
            shipment_status="not_shipped",
            created_at=f"{year}-03-10T10:00:00Z",
            paid_at=f"{year}-03-12T10:00:00Z",
            invoice="manual",
        )
        number = placed["number"]
        self.box.lightspeed.control_add_invoice(
            self.shop_number, number, status="paid", at=f"{year}-03-14T10:00:00Z"
        )
        self.box.lightspeed.control_set_status(
            self.shop_number,
            number,
            status="completed_shipped",
            shipment_status="shipped",
            at=f"{year}-03-16T10:00:00Z",
        )
        link = self.make_link(start_at=datetime(year, 1, 1), start=False)
        expected = {
            "order": f"{year}-03-10",
            "payment": f"{year}-03-12",
            "invoice": f"{year}-03-14",
            "status": f"{year}-03-16",
        }
        for source, day in expected.items():
            with self.subTest(source=source):
                link.date_source = source
                self.assertEqual(self.planned_date(link, number), (day, source))

    def planned_date(self, link, number):
        """Book an order, tell its date, and forget all of it."""
        link.action_start()
        with self.env.cr.savepoint() as savepoint:
            self.run_link(link)
            booking = self.order(number).booking_ids
            found = str(booking.entry_date), booking.date_source
            self.assertEqual(self.entries()[number]["EntryDate"], found[0])
            entry = self.entries()[number]["EntryID"]
            self.box.exact.control_delete_entry(exact_demo.MAIN, entry)
            savepoint.rollback()
        self.env.invalidate_all()
        return found

    def test_the_date_of_booking_is_today_in_the_shop(self):
        link = self.make_link(date_source="sync")
        before = datetime.now(AMSTERDAM).date()
        order, _entry = self.book(
            link=link, created_at=self.moment(days=20), updated_at=self.moment(days=19)
        )
        self.assertIn(
            order.booking_ids.entry_date, {before, datetime.now(AMSTERDAM).date()}
        )

    def moment(self, **delta):
        return (datetime.now(timezone.utc) - timedelta(**delta)).isoformat()

    def test_half_past_midnight_on_new_years_day_is_the_new_year(self):
        year = datetime.now(timezone.utc).year
        moment = f"{year - 1}-12-31T23:30:00Z"
        link = self.make_link(start_at=datetime(year - 2, 12, 1))
        values = {"created_at": moment, "updated_at": self.moment(minutes=1)}
        _order, entry = self.book(link=link, **values)
        self.assertEqual(entry["EntryDate"], f"{year}-01-01")
        self.assertEqual((entry["ReportingYear"], entry["ReportingPeriod"]), (year, 1))
        link.shop_id.timezone = "Europe/London"
        _order, entry = self.book(link=link, **values)
        self.assertEqual(entry["EntryDate"], f"{year - 1}-12-31")

    # === CONDITIONS OF THE ENTRY === #
    def test_the_journal_and_the_payment_condition_are_the_chosen_ones(self):
        link = self.make_link()
        administration = link.administration_id
        link.journal_id = administration.journal_ids.filtered(
            lambda journal: journal.code == "71"
        )
        link.payment_condition_id = administration.payment_condition_ids.filtered(
            lambda condition: condition.code == "14"
        )
        _order, entry = self.book(link=link)
        self.assertEqual(
            (entry["Journal"].strip(), entry["PaymentCondition"]), ("71", "14")
        )

    # === PEOPLE === #
    def test_people_cannot_change_what_the_connector_keeps(self):
        order, _entry = self.book()
        user = self.env["res.users"].create(
            {
                "name": "Bea",
                "login": "bea",
                "group_ids": [
                    (
                        4,
                        self.env.ref(
                            "lightspeed_exact_connector."
                            "lightspeed_exact_connector_group_manager"
                        ).id,
                    )
                ],
            }
        )
        with self.assertRaises(AccessError):
            order.with_user(user).write({"state": "ready"})
        with self.assertRaises(UserError):
            order.unlink()

    def test_skipping_needs_a_reason_and_lasts(self):
        placed = self.add_order(("Mok", 1, "1.00", "0.13"))
        link = self.make_link()
        self.run_link(link)
        order = self.order(placed["number"])
        with self.assert_refuses(UserError, "Fill in why"):
            order.action_skip()
        order.skip_reason = "Met de hand geboekt"
        order.action_skip()
        self.assertEqual(order.state, "skipped")
        self.assertIn("Met de hand geboekt", order.reason)
        self.box.lightspeed.control_edit_order(
            self.shop_number, placed["number"], {"addressShippingCity": "Zwolle"}
        )
        link.rounding_limit = 0.02
        self.run_link(link)
        self.assertEqual(order.state, "skipped")

    def test_a_skipped_order_is_booked_after_all_by_retry(self):
        placed = self.add_order()
        link = self.make_link()
        link.action_pause()
        self.run_link(link)
        order = self.order(placed["number"])
        order.skip_reason = "Vergissing"
        order.action_skip()
        link.action_start()
        self.run_link(link)
        self.assertEqual(order.state, "skipped")
        with self.enter_registry_test_mode():
            order.action_retry()
        self.assert_booked(placed["number"], "49.90")
        with self.assert_refuses(UserError, "booked already"):
            order.action_retry()


class TestLedger(BookingCase):
    """What stands in the ledger of Exact when all is done."""

    def book_mixed_orders(self, shop=None, count=60):
        """Book generated orders; returns what they must come to."""
        self.box.exact.control_set_limits(minute=1000)
        self.box.lightspeed.control_add_orders(self.shop_number, count, seed=7)
        link = self.make_link(shop=shop)
        # Consumers in other EU countries pay Dutch VAT, as the orders have it.
        link.entity_id.threshold = 1_000_000
        self.run_link(link)
        held = link.order_ids.filtered(lambda order: order.state in ("held", "failed"))
        self.assertFalse(held.mapped("reason"))
        oracles = self.box.lightspeed.control_oracle(self.shop_number)
        done = [row for row in oracles if row["status"].startswith("completed")]
        self.assertEqual(link.booked_count, len(done))
        self.assertGreater(len(done), count * 3 // 4)
        return {row["number"]: row for row in done}

    def assert_ledger_agrees(self, oracles):
        box = self.box.exact
        check = box.control_ledger_check(exact_demo.MAIN)
        self.assertEqual((check["ok"], check["problems"]), (True, []))
        self.assertEqual(check["entries"], len(oracles))
        balance = box.control_trial_balance(exact_demo.MAIN)
        self.assertEqual(sum(row["Balance"] for row in balance), 0)
        gross = sum(Decimal(row["gross"]) for row in oracles.values())
        debtors = next(row for row in balance if row["Code"] == exact_demo.DEBTORS)
        self.assertEqual(debtors["Balance"], gross)
        for number, entry in self.entries().items():
            self.assertEqual(entry["AmountFC"], Decimal(oracles[number]["gross"]))
        self.assert_vat_agrees(oracles)

    def assert_vat_agrees(self, oracles):
        """Assert that base and VAT per code are the shop's own, to the cent."""
        expected = {}
        for row in oracles.values():
            for rate in row["rates"]:
                code = {"0.21": "2", "0.09": "1"}[f"{Decimal(rate['rate']):.2f}"]
                sums = expected.setdefault(code, [Decimal(0), Decimal(0)])
                sums[0] += Decimal(rate["net"])
                sums[1] += Decimal(rate["vat"])
        report = {
            row["Code"]: [row["Base"], row["VAT"]]
            for row in self.box.exact.control_vat_report(exact_demo.MAIN)
            if row["Base"] or row["VAT"]
        }
        self.assertEqual(report, expected)

    def test_sixty_mixed_orders_agree_with_the_shop_to_the_cent(self):
        self.assert_ledger_agrees(self.book_mixed_orders())

    def test_sixty_mixed_orders_of_a_shop_without_vat_in_its_prices_agree(self):
        self.assert_ledger_agrees(self.book_mixed_orders(shop=self.priced(excl=True)))

    # === CALLS === #
    def calls_of(self, link):
        mark = self.box.calls.last
        self.run_link(link)
        calls = self.box.calls.list(since=mark)
        return [
            (call["service"], call["method"], call["path"].rpartition("/")[2])
            for call in calls
            if "oauth2" not in call["path"]
        ]

    def test_a_returning_customer_costs_one_call_at_each_side(self):
        link = self.make_link()
        self.add_order()
        self.run_link(link)
        for _number in range(10):
            self.add_order()
        calls = self.calls_of(link)
        shop = [call for call in calls if call[0] == "lightspeed"]
        exact = [call for call in calls if call[0] == "exact"]
        # The look itself: orders and invoices.
        self.assertEqual(len(shop), 2 + 10, shop)
        self.assertEqual(exact, [("exact", "POST", "SalesEntries")] * 10)

    def test_new_customers_are_looked_up_together(self):
        link = self.make_link()
        for number in range(10):
            self.add_order(customer={"email": f"klant{number}@example.com"})
        calls = [call for call in self.calls_of(link) if call[0] == "exact"]
        self.assertEqual(calls.count(("exact", "GET", "Accounts")), 1, calls)
        self.assertEqual(calls.count(("exact", "POST", "Accounts")), 10)
        self.assertEqual(calls.count(("exact", "POST", "SalesEntries")), 10)
        self.assertEqual(len(calls), 21)

    def test_a_look_without_news_costs_two_calls_and_one_without_credit_notes(self):
        link = self.make_link()
        self.add_order()
        self.run_link(link)
        orders, invoices = (
            ("lightspeed", "GET", f"{name}.json") for name in ("orders", "invoices")
        )
        self.assertEqual(self.calls_of(link), [orders, invoices])
        link.credits = "off"
        self.assertEqual(self.calls_of(link), [orders])

    # === CAPS === #
    def test_lines_are_counted_and_grouping_is_proposed_before_the_cap(self):
        link = self.make_link()
        administration = link.administration_id
        for _number in range(3):
            self.add_order(("Mok", 1, "1.00", "0.21"), ("Boek", 1, "1.00", "0.09"))
        self.add_order(status="on_hold")
        self.run_link(link)
        self.assertEqual(administration.lines_this_month, 6)
        today = fields.Date.today()
        self.assertGreaterEqual(administration.lines_forecast, 6)
        self.assertLessEqual(administration.lines_forecast, 6 * 31 // today.day)
        self.assertFalse(administration.line_cap_warning)
        administration.line_cap = 5
        self.assertTrue(administration.line_cap_warning)
        self.assertTrue(link.line_cap_warning)
        administration.line_cap = 0
        self.assertFalse(administration.line_cap_warning)

    def test_lines_of_an_earlier_month_do_not_count(self):
        link = self.make_link()
        self.add_order()
        self.run_link(link)
        link.order_ids.booking_ids.sudo().posted_at = fields.Datetime.now() - timedelta(
            days=40
        )
        administration = link.administration_id
        administration.invalidate_recordset()
        self.assertEqual(administration.lines_this_month, 0)
