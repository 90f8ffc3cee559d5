"""The suite of cases through Odoo into the ledger: every difference must be 0.00."""

import zlib
from dataclasses import replace

from sandbox.exact import demo as exact_demo
from tests.addon.books_case import BooksCase
from tests.books import vendor
from tests.books.oracle import BOOKED
from tests.books.worlds import WORLDS

_MANY = (
    "-random-",
    "-company",
    "-consumer",
    "-charged",
    "-no-vat",
    "-lines",
    "-amount-",
    "-total-off",
    "below-",
)


def share(order, parts):
    """Say whether a case is in the share that goes through Odoo; always the same."""
    if not any(part in order.name for part in _MANY):
        return True
    return zlib.crc32(order.name.encode()) % parts == 0


class TestBooks(BooksCase):
    def fill(self, keys, division, parts=8, **values):
        """Book a share of the cases of some sellers in one administration.

        :return: what they put into the books
        """
        movements = []
        for key in keys:
            self.make_seller(key, division, **values)
            movements += self.book(key, parts)
        return movements

    def is_taken(self, order, parts):
        """Say whether a case is booked here."""
        return share(order, parts)

    def book(self, key, parts):
        """Book a share of a seller's cases; return what they put into the books."""
        link = self.sellers[key][2]
        link.action_start()
        chosen = self.choose(key, lambda order, _found: self.is_taken(order, parts))
        self.place_orders(key, chosen)
        self.run_link(link)
        self.assert_outcomes(key, chosen)
        return self.movements(chosen)

    def test_dutch_shops_that_share_an_administration(self):
        movements = self.fill(("nl", "nl_excl"), exact_demo.MAIN)
        self.assert_books("nl", movements)
        self.assert_listing("nl", movements)

    def test_a_belgian_shop(self):
        movements = self.fill(("be",), exact_demo.BELGIAN, journal="VER")
        self.assert_books("be", movements)
        self.assert_listing("be", movements)

    def test_a_german_shop(self):
        self.make_divisions({"de": 200_001})
        # With one line for each account and VAT code it comes to the same.
        movements = self.fill(("de",), 200_001, grouping="account")
        self.assert_books("de", movements)
        self.assert_listing("de", movements)

    def test_sellers_without_a_registration_for_the_whole_year(self):
        # Below the threshold, crossing it, registered from and until a day in it.
        keys = ("nl_below", "nl_crossing", "nl_at_limit", "nl_late", "nl_left")
        keys += ("nl_previous",)
        divisions = {key: 200_010 + place for place, key in enumerate(keys)}
        self.make_divisions(divisions)
        for key, division in divisions.items():
            movements = self.fill((key,), division)
            self.assertTrue(movements, key)
            self.assert_books(key, movements)
            self.assert_threshold(key)

    def test_a_small_business(self):
        self.make_divisions({"nl_small": 200_020})
        movements = self.fill(("nl_small",), 200_020)
        self.assert_books("nl_small", movements)
        self.assertEqual({code for _who, _gl, code, *_rest in movements}, {"0", "6"})
        self.assertFalse(self.box.exact.control_icp(200_020, 2026))

    def test_consumers_on_one_debtor(self):
        divisions = {"nl_collective": 200_040}
        self.make_divisions(divisions)
        movements = self.fill(divisions, 200_040, customer_policy="collective")
        self.assert_books("nl_collective", movements)

    def test_consumers_in_one_entry_a_day(self):
        divisions = {"nl_collective": 200_041}
        self.make_divisions(divisions)
        key = "nl_collective"
        link = self.make_seller(
            key, 200_041, customer_policy="collective", grouping="day"
        )
        link.action_start()
        chosen = self.choose(key)
        self.place_orders(key, chosen)
        self.run_link(link)
        movements = self.movements(chosen)
        self.assert_ledger(key, movements)
        self.assertEqual(set(link.order_ids.mapped("state")), {"booked"})
        consumers = [row for row in chosen if row[2].customer.startswith("collective")]
        self.assertGreater(len(consumers), 5)
        entries = self.entries(200_041)
        self.assertEqual(len(entries), len(chosen) - len(consumers) + 1)

    def test_a_canadian_shop_with_two_taxes_on_a_line(self):
        self.make_divisions({"ca": 200_030})
        movements = self.fill(("ca",), 200_030)
        self.assertGreater(len(movements), 30)
        self.assert_books("ca", movements)


class TestCredits(BooksCase):
    WAYS = ("whole", "one and the rest", "shipping", "line by line", "one")
    #: One of so many cases is taken, and more credit notes than these come of them.
    PARTS, NOTES = 3, 30

    def credits(self, way, key, place, order, expected):
        """Make the credit notes of an order in one of the ways."""

        def credit(**values):
            return self.credit(key, place, expected, **values)

        one = [{"index": 0, "quantity": 1}]
        if way == "shipping" and order.shipping:
            return credit(lines=[], shipping=True)
        if way == "one and the rest" and order.lines[0].quantity > 1:
            return credit(lines=one) + credit()
        if way == "line by line":
            found = []
            for index, line in enumerate(order.lines):
                rows = [{"index": index, "quantity": line.quantity}]
                found += credit(lines=rows)
            return found
        return credit(lines=one) if way == "one" else credit()

    def test_credit_notes_of_every_kind_take_back_what_was_booked(self):
        key = "nl"
        self.make_seller(key, exact_demo.MAIN).action_start()

        def wanted(order, expected):
            names = ("-random-", "-all-rates", "-company", "-own-rates", "shipping")
            return (
                expected.outcome == BOOKED
                and any(name in order.name for name in names)
                and all(line.amounts(WORLDS[key].incl)[1] for line in order.lines)
                and zlib.crc32(order.name.encode()) % self.PARTS == 0
            )

        chosen = self.choose(key, wanted)
        self.place_orders(key, chosen)
        link = self.sellers[key][2]
        self.run_link(link)
        movements = self.movements(chosen)
        self.assert_books(key, movements)
        for turn, (place, order, expected) in enumerate(chosen):
            way = self.WAYS[turn % len(self.WAYS)]
            movements += self.credits(way, key, place, order, expected)
        self.later(3600)
        self.run_link(link)
        notes = link.order_ids.filtered(lambda row: row.source_kind == "credit_note")
        self.assertGreater(len(notes), self.NOTES)
        # Half a cent of a unit may come to nothing.
        real = notes.filtered("amount_total")
        self.assertEqual(set(real.mapped("state")), {"booked"})
        self.assert_books(key, movements)
        self.assert_listing(key, movements)


class TestChanges(BooksCase):
    """Edits and cancellations: the books end where the shop does."""

    ANSWERS = ("action_rebook", "action_book_difference")

    def rebuild(self, key, place, order):
        """Let an order be what another case orders; the customer stays."""
        spec = vendor.specification(order, place, WORLDS[key].incl)
        self.box.lightspeed.control_rebuild_order(
            self.sellers[key][1],
            f"{place:05d}",
            spec["lines"],
            shipping=spec.get("shipping"),
            payment=spec.get("payment"),
            coupon=spec["coupon"],
        )

    def test_edited_and_cancelled_orders_end_in_the_books_as_they_are(self):
        key = "nl_excl"
        link = self.make_seller(key, exact_demo.MAIN)
        link.action_start()

        def wanted(order, expected):
            return "-random-" in order.name and expected.outcome == BOOKED

        chosen = self.choose(key, wanted)[:24]
        self.place_orders(key, chosen)
        self.run_link(link)
        before = self.movements(chosen)
        self.assert_books(key, before)
        after = []
        for turn, (place, _order, expected) in enumerate(chosen):
            if turn % 3 == 2:
                self.box.lightspeed.control_cancel_order(
                    self.sellers[key][1], f"{place:05d}"
                )
                continue
            _other, order, found = chosen[(turn + 1) % len(chosen)]
            self.rebuild(key, place, order)
            row = (place, order, replace(found, customer=expected.customer))
            after += self.movements([row])
        self.later(3600)
        self.run_link(link)
        records = {record.number: record for record in link.order_ids}
        for turn, (place, _order, _expected) in enumerate(chosen):
            record = records[f"{place:05d}"]
            cancelled = turn % 3 == 2
            self.assertEqual(record.proposal, "cancelled" if cancelled else "edited")
            answer = "action_credit_in_full" if cancelled else self.ANSWERS[turn % 3]
            with self.enter_registry_test_mode():
                getattr(record, answer)()
            self.env.invalidate_all()
        self.assert_books(key, after)
