"""The suite of cases as sales invoices into the ledger: every difference 0.00."""

import zlib
from collections import Counter

from sandbox.exact import demo as exact_demo
from tests.addon import test_books
from tests.addon.books_case import BooksCase
from tests.addon.invoice_case import A_DAY
from tests.books import policies
from tests.books.oracle import BOOKED, on_invoice
from tests.books.worlds import INVOICE_CODE, WORLDS

DRAFT, PROCESSED = 20, 50
INVOICE, CREDIT = 8020, 8021
ITEMS = "logistics/Items"


class InvoicesMixin:
    """Sellers whose links make sales invoices, finalised at once unless told otherwise.

    What is not known of Exact's arithmetic is set as it makes most trouble: four
    decimals of a price, and VAT amounts of lines that are not kept.
    """

    def setUp(self):
        super().setUp()
        self.box.exact.control_set_option(invoice_price_decimals=4)
        self.profile = {}

    # === SELLERS === #
    def make_seller(self, key, division, journal="70", **values):
        known = self.articles(division)
        link = super().make_seller(key, division, journal, **values)
        administration = link.administration_id
        layouts = administration.layout_ids
        profile = self.env["exact.invoice.profile"].create(
            {
                "name": key,
                "administration_id": administration.id,
                "journal_id": link.journal_id.id,
                "finalise": "print",
                "shop_makes_no_invoices": True,
                "layout_id": layouts.filtered(lambda row: row.kind == "document")[
                    :1
                ].id,
                **self.profile,
            }
        )
        self.give_codes(link)
        link.write({"document_kind": "sales_invoice", "invoice_profile_id": profile.id})
        self.known_items = getattr(self, "known_items", {})
        self.known_items.setdefault(division, known)
        return link

    def give_codes(self, link):
        """Give rules a VAT code where an entry needs none."""
        code = link.administration_id.vat_code_ids.filtered(
            lambda row: row.code == INVOICE_CODE
        )
        link.rule_ids.filtered(
            lambda rule: not rule.vat_code_id and rule.vat_code_source == "chosen"
        ).vat_code_id = code

    # === ORDERS === #
    def choose(self, *arguments):
        return [
            (place, order, on_invoice(expected))
            for place, order, expected in super().choose(*arguments)
        ]

    # === WHAT CAME OF THEM === #
    def articles(self, division):
        """Return the codes of the items in Exact."""
        return [row["Code"] for row in self.box.exact.control_items(division)]

    def items_of(self, key, chosen):
        """Return the codes of the items that the booked orders need."""
        world = WORLDS[key]
        strategy = self.profile.get("item_strategy", "article")
        found = set()
        for _place, order, expected in chosen:
            if expected.outcome != BOOKED:
                continue
            found |= {
                policies.item_code(kind, rate, "", strategy)
                for kind, _treatment, rate, _account, _code in expected.lines
                if kind != "product"
            }
            found |= {
                policies.item_code("product", line.rate, line.article, strategy)
                for line in order.lines
                if line.special != "multi_purpose" and any(line.amounts(world.incl))
            }
        return found

    def assert_items(self, division, wanted):
        """Assert that each item was made once, and none that no invoice needs."""
        made = Counter(self.articles(division))
        made.subtract(self.known_items[division])
        found = {code: count for code, count in made.items() if count}
        self.assertEqual(found, dict.fromkeys(wanted, 1))
        calls = [
            call
            for call in self.calls("POST", ITEMS)
            if f"/{division}/" in call["path"]
        ]
        self.assertEqual(len(calls), len(wanted))

    def assert_books(self, key, movements):
        """Assert that the books are right, and each document once."""
        division = self.sellers[key][0]
        invoices = self.box.exact.control_invoices(division)
        references = Counter(row["YourRef"] for row in invoices)
        self.assertEqual(set(references.values()), {1})
        self.assertEqual({row["Status"] for row in invoices}, {PROCESSED})
        self.assertEqual(
            {row["Entry"] for row in invoices},
            {row["EntryNumber"] for row in self.box.exact.control_entries(division)},
        )
        for row in invoices:
            self.assertEqual(row["Type"], CREDIT if row["AmountFC"] < 0 else INVOICE)
            prices = [line["NetPrice"] for line in row["Lines"]]
            self.assertGreaterEqual(min(prices), 0)
        super().assert_books(key, movements)


class TestBooksInvoices(InvoicesMixin, test_books.TestBooks):
    """The sellers of ``test_books``, a smaller share of their cases."""

    #: Of these, a third of what ``test_books`` takes.
    LARGE = ("nl", "nl_excl", "be", "de")

    def is_taken(self, order, parts):
        if not test_books.share(order, parts):
            return False
        return order.world not in self.LARGE or zlib.crc32(order.name.encode()) % 16 < 5

    def fill(self, keys, division, parts=8, **values):
        movements = super().fill(keys, division, parts, **values)
        wanted = set()
        for key in keys:
            wanted |= self.items_of(key, self.placed[key])
        self.assert_items(division, wanted)
        return movements

    # An entry for each day is no invoice: a link refuses that.
    test_consumers_in_one_entry_a_day = None

    def test_a_german_shop(self):
        """One item for each rate, and VAT amounts of lines that are kept."""
        self.box.exact.control_set_option(invoice_line_vat=True)
        self.profile = {"item_strategy": "general"}
        self.make_divisions({"de": 200_001})
        movements = self.fill(("de",), 200_001)
        self.assert_books("de", movements)
        self.assert_listing("de", movements)

    def test_vat_amounts_that_are_sent_and_kept(self):
        self.box.exact.control_set_option(invoice_line_vat=True)
        self.profile = {"vat_amounts": "send"}
        movements = self.fill(("nl_excl",), exact_demo.MAIN, parts=4)
        self.assert_books("nl_excl", movements)

    def test_what_exact_computes_otherwise_is_never_finalised(self):
        """VAT amounts that are sent and not kept: held where they were needed."""
        self.profile = {"vat_amounts": "send"}
        key, division = "nl", exact_demo.MAIN
        link = self.make_seller(key, division)
        link.action_start()
        chosen = self.choose(key, self.is_random)[:30]
        self.place_orders(key, chosen)
        self.run_link(link)
        held = link.order_ids.filtered(lambda order: order.state == "held")
        self.assertEqual(set(held.mapped("reason_code")), {"invoice_total_wrong"})
        self.assertGreater(len(held), 2)
        numbers = set(held.mapped("number"))
        booked = [row for row in chosen if f"{row[0]:05d}" not in numbers]
        self.assert_outcomes(key, booked)
        self.assert_ledger(key, self.movements(booked))

    def is_random(self, order, expected):
        return "-random-" in order.name and expected.outcome == BOOKED


class TestCreditsInvoices(InvoicesMixin, test_books.TestCredits):
    """Credit notes of every kind as credit invoices."""

    PARTS, NOTES = 7, 15


class TestChangesInvoices(InvoicesMixin, test_books.TestChanges):
    """Edits and cancellations of orders that are invoices."""


class TestOpenInvoices(InvoicesMixin, BooksCase):
    def test_invoices_that_are_left_open_are_in_the_books_when_they_are_processed(
        self,
    ):
        self.profile = {"finalise": "open"}
        key, division = "nl", exact_demo.MAIN
        link = self.make_seller(key, division)
        link.action_start()

        def wanted(order, expected):
            return zlib.crc32(order.name.encode()) % 16 == 0

        chosen = self.choose(key, wanted)
        self.place_orders(key, chosen)
        self.run_link(link)
        exact = self.box.exact
        self.assertFalse(exact.control_entries(division))
        self.assertFalse(
            [row for row in exact.control_trial_balance(division) if row["Balance"]]
        )
        drafts = exact.control_invoices(division)
        booked = [row for row in chosen if row[2].outcome == BOOKED]
        self.assertGreater(len(booked), 20)
        self.assertEqual(len(drafts), len(booked))
        self.assertEqual({row["Status"] for row in drafts}, {DRAFT})
        self.assertEqual(link.draft_count, len(booked))
        for draft in drafts:
            exact.control_print_invoice(division, draft["InvoiceID"])
        self.assert_outcomes(key, chosen)
        self.assert_books(key, self.movements(chosen))
        self.assert_listing(key, self.movements(chosen))
        self.later(A_DAY)
        self.run_link(link)
        bookings = link.order_ids.booking_ids
        self.assertEqual(set(bookings.mapped("invoice_state")), {"processed"})
        self.assertEqual(link.draft_count, 0)
        self.assertEqual(
            {booking.reference: booking.entry_number for booking in bookings},
            {
                row["YourRef"]: str(row["InvoiceNumber"])
                for row in exact.control_invoices(division)
            },
        )


class TestSwitched(InvoicesMixin, BooksCase):
    KINDS = ("sales_entry", "sales_invoice", "sales_entry")

    def test_a_link_that_is_switched_and_back_books_everything_once(self):
        key, division = "nl", exact_demo.MAIN
        link = self.make_seller(key, division)
        link.document_kind = self.KINDS[0]
        link.action_start()

        def wanted(order, expected):
            return "-random-" in order.name and expected.outcome == BOOKED

        chosen = [
            row
            for row in self.choose(key, wanted)[:45]
            if all(line.amounts(WORLDS[key].incl)[1] for line in row[1].lines)
        ]
        third = len(chosen) // 3
        movements, credited = [], 0
        for turn, kind in enumerate(self.KINDS):
            link.document_kind = kind
            part = chosen[turn * third : (turn + 1) * third]
            self.place_orders(key, part, updated_at=self.box.clock.now().isoformat())
            # The orders of before are credited: as what they are.
            for place, _order, expected in chosen[(turn - 1) * third :][:4] * (
                turn > 0
            ):
                movements += self.credit(key, place, expected)
                credited += 1
            self.later(3600)
            self.run_link(link)
            self.assert_outcomes(key, part)
            movements += self.movements(part)
        self.assert_ledger(key, movements)
        kinds = Counter(link.order_ids.booking_ids.mapped("document_kind"))
        self.assertEqual(
            kinds, {"sales_entry": 2 * third + 4, "sales_invoice": third + 4}
        )
        self.assert_each_once(division, 3 * third + credited)

    def assert_each_once(self, division, count):
        """Assert that no reference is there twice, as an entry or as an invoice."""
        entries = self.box.exact.control_entries(division)
        invoices = self.box.exact.control_invoices(division)
        numbers = {row["Entry"] for row in invoices}
        references = Counter(row["YourRef"] for row in invoices)
        references.update(
            row["YourRef"] for row in entries if row["EntryNumber"] not in numbers
        )
        self.assertEqual(set(references.values()), {1})
        self.assertEqual((len(references), len(entries)), (count, count))
