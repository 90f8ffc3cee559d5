"""The suite of cases as sales invoices into the ledger: every difference 0.00."""

import zlib
from collections import Counter

from sandbox.exact import demo as exact_demo
from tests.addon import test_books
from tests.addon.invoice_case import A_DAY
from tests.books import policies
from tests.books.oracle import BOOKED, on_invoice
from tests.books.worlds import INVOICE_CODE, WORLDS

DRAFT, PROCESSED = 20, 50
ITEMS = "logistics/Items"
REVERSE = "reverse_charge"


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
        link.write(
            {"document_kind": "sales_invoice", "invoice_profile_id": profile.id}
        )
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
        super().assert_books(key, movements)


class TestBooksInvoices(InvoicesMixin, test_books.TestBooks):
    """The sellers of ``test_books``, a smaller share of their cases."""

    def is_taken(self, order, parts):
        many = test_books.share(order, parts * 3)
        return many and zlib.crc32(order.name.encode()) % 2 == 0

    def fill(self, keys, division, parts=8, **values):
        movements = super().fill(keys, division, parts, **values)
        wanted = set()
        for key in keys:
            wanted |= self.items_of(key, self.placed[key])
        self.assert_items(division, wanted)
        return movements

    # A line for each day is no invoice: a link refuses that.
    test_consumers_in_one_entry_a_day = None
