"""Size: what a page and a batch cost does not depend on how many there are.

Twenty thousand variants take too long for every run: ``tests/books/catalogue.py``
measures them.
"""

import tracemalloc

from tests.addon.products_case import ProductsCase

# Bytes that one more thousand of variants may leave behind.
GROWTH = 2_000_000


class TestSize(ProductsCase):
    def statements(self, action):
        before = self.cr.sql_log_count
        action()
        return self.cr.sql_log_count - before

    def test_statements_grow_with_pages_not_with_variants(self):
        link = self.make_link()
        costs = []
        for count in (500, 1500):
            self.add_catalogue(count, prefix=f"C{count}")
            transfer = self.new_transfer(link)
            transfer.action_read()
            costs.append(self.statements(lambda: self.run_due(link)))
            self.assertEqual(transfer.state, "ready")
            transfer.sudo().unlink()
        pages = (2000 - 500) / 250
        self.assertLess((costs[1] - costs[0]) / pages, 60)

    def test_memory_does_not_grow_with_the_variants(self):
        link = self.make_link()
        used = []
        for count in (250, 1000):
            self.add_catalogue(count, prefix=f"C{count}")
            transfer = self.new_transfer(link)
            transfer.action_read()
            self.run_due(link)
            self.assertEqual(transfer.state, "ready")
            transfer.action_read()
            tracemalloc.start()
            self.run_due(link)
            used.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            self.assertEqual(transfer.state, "ready")
            transfer.sudo().unlink()
        self.assertLess(used[1] - used[0], GROWTH)
