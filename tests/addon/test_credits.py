"""Credit notes of the shop in the books: negative, on the original's accounts."""

from datetime import timedelta
from decimal import Decimal

from odoo import fields

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import ENTRY, SETTLED, SPACED, OnceCase
from tests.addon.test_invoices import COSTS, LINES


class CreditCase(OnceCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link()

    def placed(self, *lines, **values):
        """Place and book an order; returns what it must come to."""
        placed = self.add_order(*(lines or LINES), **{**COSTS, **values})
        self.run_link(self.link)
        self.assert_booked(placed["number"], placed["gross"])
        return placed

    def credit(self, placed, **values):
        """Make a credit note in the shop and book it; returns its truth."""
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, placed["number"], **values
        )
        self.run_link(self.link)
        return note

    def options(self, **options):
        self.box.lightspeed.control_set_options(self.shop_number, **options)

    def entry(self, reference):
        return self.entries()[reference]

    def family(self, placed):
        """Return reference -> total of all entries of an order."""
        return {
            reference: entry["AmountFC"]
            for reference, entry in self.entries().items()
            if reference.startswith(placed["number"])
        }

    def sides(self, reference, sign=1):
        return [
            (line["GLAccount"], line["VATCode"], sign * line["AmountFC"])
            for line in self.entry(reference)["Lines"]
        ]

    def assert_credit(self, note, reference):
        """Assert that a credit note is booked to the cent, per rate."""
        record = self.order(note["number"])
        self.assertEqual(record.state, "booked", record.reason)
        entry = self.entry(reference)
        self.assertEqual(entry["AmountFC"], -Decimal(note["gross"]))
        self.assertEqual(entry["VATAmountFC"], -Decimal(note["vat"]))
        self.assertEqual(entry["Type"], 21)
        self.assertEqual(record.booking_ids.kind, "credit")
        return record


class TestCredits(CreditCase):
    def test_a_full_credit_takes_everything_back(self):
        placed = self.placed()
        note = self.credit(placed, shipping=True, payment=True)
        self.assert_credit(note, f"{placed['number']}-R1")
        self.assertEqual(sum(self.family(placed).values()), 0)
        self.assertEqual(
            self.sides(f"{placed['number']}-R1", -1), self.sides(placed["number"])
        )
        balance = self.box.exact.control_trial_balance(exact_demo.MAIN)
        self.assertFalse([row for row in balance if row["Balance"]])

    def test_it_belongs_to_the_original_and_says_so(self):
        placed = self.placed()
        note = self.credit(placed)
        record = self.order(note["number"])
        booking = record.booking_ids
        self.assertEqual(record.origin_id, self.order(placed["number"]))
        self.assertEqual(booking.original_reference, placed["number"])
        self.assertIn(note["number"], booking.description)
        self.assertIn(placed["number"], booking.description)
        entry = self.entry(booking.reference)
        self.assertEqual(entry["Customer"], self.entry(placed["number"])["Customer"])

    def test_partial_credits_come_to_the_whole_in_the_end(self):
        placed = self.placed(("Mok", 7, "3.33", "0.21"), ("Boek", 3, "9.99", "0.09"))
        for lines in (
            [{"index": 0, "quantity": 1}],
            [{"index": 0, "quantity": 3}, {"index": 1, "quantity": 1}],
        ):
            self.credit(placed, lines=lines)
        self.credit(placed, lines=[], shipping=True)
        last = self.credit(placed, shipping=True, payment=True)
        self.assert_credit(last, f"{placed['number']}-R4")
        family = self.family(placed)
        self.assertEqual(len(family), 5)
        self.assertEqual(sum(family.values()), 0)
        report = self.box.exact.control_vat_report(exact_demo.MAIN)
        self.assertFalse([row for row in report if row["Base"] or row["VAT"]])

    def test_shipping_alone_is_credited_on_its_own_account(self):
        placed = self.placed()
        note = self.credit(placed, lines=[], shipping=True)
        self.assert_credit(note, f"{placed['number']}-R1")
        self.assertEqual(
            [row[0] for row in self.sides(f"{placed['number']}-R1")], ["8100"]
        )

    def test_both_signs_and_both_forms_of_prices_come_to_the_same(self):
        for sign in ("positive", "negative"):
            for prices in ("line", "unit"):
                with self.subTest(sign=sign, prices=prices):
                    self.options(credit_sign=sign, invoice_item_prices=prices)
                    placed = self.placed()
                    note = self.credit(placed, lines=[{"index": 0, "quantity": 2}])
                    self.assert_credit(note, f"{placed['number']}-R1")

    def test_todays_rules_play_no_part(self):
        placed = self.placed()
        other = self.link.administration_id.gl_account_ids.filtered(
            lambda account: account.code == "8020"
        )
        self.link.rule_ids.filtered(
            lambda rule: rule.gl_account_id.code in ("8000", "8010")
        ).write({"gl_account_id": other.id})
        note = self.credit(placed, shipping=True, payment=True)
        self.assert_credit(note, f"{placed['number']}-R1")
        self.assertEqual(
            self.sides(f"{placed['number']}-R1", -1), self.sides(placed["number"])
        )

    def test_a_grouped_original_is_credited_by_its_parts(self):
        self.link.grouping = "account"
        placed = self.placed(("Mok", 2, "9.99", "0.21"), ("Bord", 1, "4.44", "0.21"))
        note = self.credit(placed, lines=[{"index": 1, "quantity": 1}])
        self.assert_credit(note, f"{placed['number']}-R1")

    def test_more_than_was_booked_is_held(self):
        placed = self.placed()
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, placed["number"], shipping=True, payment=True
        )
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, note["id"], {"priceIncl": 500, "priceExcl": 400}
        )
        self.run_link(self.link)
        record = self.order(note["number"])
        self.assertEqual(record.state, "held")
        self.assertEqual(len(self.family(placed)), 1)

    def test_what_is_credited_because_it_was_cancelled_is_not_credited_again(self):
        self.link.cancelled_after = "credit"
        self.options(cancel_invoices="credit")
        placed = self.placed()
        self.box.lightspeed.control_cancel_order(self.shop_number, placed["number"])
        self.run_link(self.link)
        self.run_link(self.link)
        family = self.family(placed)
        self.assertEqual(sum(family.values()), 0)
        self.assertEqual(len(family), 2)

    def test_an_edited_credit_note_is_proposed(self):
        placed = self.placed()
        note = self.credit(placed, lines=[{"index": 0, "quantity": 1}])
        self.box.lightspeed.control_edit_invoice(
            self.shop_number, note["id"], {"priceIncl": 1, "priceExcl": 1}
        )
        self.run_link(self.link)
        self.assertEqual(self.order(note["number"]).proposal, "edited")

    def test_an_oss_credit_keeps_period_and_country(self):
        self.register_for_oss(self.link)
        customer = {"email": "gent@example.org", "country": "be", "zipcode": "9000"}
        placed = self.placed(("Mok", 2, "12.10", "0.21"), customer=customer)
        note = self.credit(placed, lines=[{"index": 0, "quantity": 1}])
        sale = self.order(placed["number"]).booking_ids
        back = self.order(note["number"]).booking_ids
        self.assertEqual(sale.treatment, "oss")
        self.assertEqual(
            (back.treatment, back.oss_period, back.vat_country),
            ("oss", sale.oss_period, "BE"),
        )
        self.assertEqual(back.threshold_net, -sale.line_ids[0].net / 2)

    def test_a_booking_from_before_contents_were_kept_is_credited_as_well(self):
        placed = self.placed()
        booking = self.order(placed["number"]).booking_ids
        kept = booking._content()
        booking.content = False
        rebuilt = booking._content()
        self.assertEqual(
            [(x.gl_account, x.vat_code, x.net, x.vat, x.rate) for x in rebuilt.lines],
            [(x.gl_account, x.vat_code, x.net, x.vat, x.rate) for x in kept.lines],
        )
        self.assertEqual(rebuilt.gross, kept.gross)
        note = self.credit(placed, shipping=True, payment=True)
        self.assert_credit(note, f"{placed['number']}-R1")

    def test_a_lost_answer_credits_once(self):
        placed = self.placed()
        self.fault("lost_after", ENTRY)
        note = self.credit(placed)
        self.come_back(self.link, SETTLED, SPACED)
        self.assertEqual(self.order(note["number"]).state, "booked")
        self.assertEqual(len(self.family(placed)), 2)


class TestUnbooked(CreditCase):
    """Credit notes of orders that the connector did not book."""

    def setUp(self):
        super().setUp()
        now = fields.Datetime.now()
        self.link.write({"start_basis": "order", "start_at": now - timedelta(days=5)})
        moment = now - timedelta(days=20)
        self.old = self.add_order(
            ("Mok", 2, "12.10", "0.21"),
            created_at=f"{moment.isoformat()}+00:00",
            shipping={"title": "PostNL", "incl": "6.05"},
        )

    def test_by_default_a_person_looks(self):
        note = self.credit(self.old)
        self.assertEqual(
            self.order(note["number"]).reason_code, "credit_without_origin"
        )

    def test_on_its_own_it_is_booked_by_todays_rules(self):
        self.link.unbooked_credits = "own"
        note = self.credit(self.old, lines=[{"index": 0, "quantity": 1}])
        self.assert_credit(note, f"{self.old['number']}-R1")
        self.assertEqual(
            self.sides(f"{self.old['number']}-R1"),
            [("8000", "2", Decimal("-10.00"))],
        )

    def book_by_hand(self, reference, account="8020"):
        relation = self.box.exact.control_add_account(
            exact_demo.MAIN, Name="Anna", Email="anna@example.com"
        )
        return self.box.exact.control_add_entry(
            exact_demo.MAIN,
            Customer=relation["ID"],
            Journal=self.link.journal_id.code,
            YourRef=reference,
            EntryDate=fields.Date.today().isoformat(),
            PaymentCondition="00",
            SalesEntryLines=[
                {
                    "GLAccount": account,
                    "VATCode": "2",
                    "AmountFC": 20,
                    "VATAmountFC": 4.2,
                },
                {
                    "GLAccount": account,
                    "VATCode": "2",
                    "AmountFC": 5,
                    "VATAmountFC": 1.05,
                },
            ],
        )

    def test_adopted_it_stands_on_the_accounts_of_the_entry_in_exact(self):
        self.link.unbooked_credits = "adopt"
        entry = self.book_by_hand(self.old["number"])
        note = self.credit(self.old, lines=[{"index": 0, "quantity": 1}])
        record = self.assert_credit(note, f"{self.old['number']}-R1")
        self.assertEqual(
            self.sides(f"{self.old['number']}-R1"),
            [("8020", "2", Decimal("-10.00"))],
        )
        self.assertEqual(record.customer_id.remote_id, entry["Customer"])
        rest = self.credit(self.old, shipping=True, payment=True)
        self.assert_credit(rest, f"{self.old['number']}-R2")

    def test_the_number_of_the_invoice_finds_it_as_well(self):
        self.link.unbooked_credits = "adopt"
        oracle = self.box.lightspeed.control_oracle(
            self.shop_number, self.old["number"]
        )
        self.book_by_hand(oracle["invoices"][0]["number"])
        note = self.credit(self.old)
        self.assertEqual(self.order(note["number"]).state, "booked")

    def test_without_an_entry_it_is_held_and_says_what_was_looked_for(self):
        self.link.unbooked_credits = "adopt"
        note = self.credit(self.old)
        record = self.order(note["number"])
        self.assertEqual(record.reason_code, "credit_original_not_found")
        self.assertIn(self.old["number"], record.reason)

    def test_two_entries_are_one_too_many(self):
        self.link.unbooked_credits = "adopt"
        self.book_by_hand(self.old["number"])
        self.book_by_hand(self.old["number"])
        note = self.credit(self.old)
        self.assertEqual(self.order(note["number"]).reason_code, "document_several")


class TestInvoiceSource(OnceCase):
    def test_the_reference_is_the_number_of_the_credit_note(self):
        link = self.make_link(source="invoice")
        placed = self.add_order(*LINES, **COSTS)
        self.run_link(link)
        note = self.box.lightspeed.control_credit_order(
            self.shop_number, placed["number"], lines=[{"index": 0, "quantity": 2}]
        )
        self.run_link(link)
        entries = self.entries()
        self.assertEqual(len(entries), 2)
        self.assertEqual(entries[note["number"]]["AmountFC"], -Decimal(note["gross"]))
