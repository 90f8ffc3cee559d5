"""The suite of cases through Odoo into the ledger: every difference must be 0.00."""

from sandbox.exact import demo as exact_demo
from tests.addon.books_case import BooksCase


class TestBooks(BooksCase):
    def test_dutch_shops_that_share_an_administration(self):
        chosen = []
        for key, every in (("nl", 5), ("nl_excl", 5)):
            self.make_seller(key, exact_demo.MAIN)
            self.sellers[key][2].action_start()
            mine = self.choose(key, every)
            self.place_orders(key, mine)
            chosen += mine
        for key in ("nl", "nl_excl"):
            self.run_link(self.sellers[key][2])
            self.assert_outcomes(key, [row for row in chosen if row[1].world == key])
        self.assert_books(("nl", "nl_excl"), chosen)
