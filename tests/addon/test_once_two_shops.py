"""Promise 1 where two shops share an administration: items, prices, references."""

from tests.addon.invoice_case import INVOICE, InvoiceCase
from tests.addon.once_case import SETTLED, SPACED
from tests.addon.products_case import ITEM, PRICE, ProductsCase

KEY = "3" * 32
SECRET = "4" * 32


class SecondShop:
    def second_shop(self):
        """Return a second shop, and its number in the sandbox."""
        number = self.box.lightspeed.control_add_shop(
            "tweedewinkel", key=KEY, secret=SECRET
        )["shop"]
        shop = self.make_shop(name="Tweede winkel", api_key=KEY, api_secret=SECRET)
        return shop, number


class TestTransfersOfTwoShops(SecondShop, ProductsCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link()
        shop, self.second_number = self.second_shop()
        self.second = self.make_link(
            shop=shop, administration=self.link.administration_id, reference_prefix="B-"
        )
        for number in (self.shop_number, self.second_number):
            for code in ("MOK-1", "MOK-2", "MOK-3"):
                self.box.lightspeed.control_add_product(
                    number, f"Mok {code}", article_code=code, price_incl="12.10"
                )

    def run_both(self):
        for link in (self.link, self.second):
            transfer = self.new_transfer(link)
            transfer.action_read()
        self.run_due(self.link)
        transfers = self.link.transfer_ids | self.second.transfer_ids
        for transfer in transfers:
            self.assertEqual(transfer.state, "ready", transfer.problem_text)
            transfer.action_start()
        self.run_due(self.link)
        return transfers

    def test_each_item_and_price_is_made_once_whatever_is_lost(self):
        for kind, path in (("lost_after", ITEM), ("lost_before", PRICE)):
            self.fault(kind, path)
        transfers = self.run_both()
        for wait in (SETTLED, SPACED, SPACED, SETTLED, SPACED, SPACED):
            self.later(wait)
            self.run_due(self.link)
        self.assertEqual(transfers.mapped("state"), ["done", "done"])
        self.assert_each_once(["MOK-1", "MOK-2", "MOK-3"])
        self.assertEqual(len(self.calls("POST", ITEM)), 3)
        self.assertEqual(len(self.calls("POST", PRICE)), 4)
        self.assertFalse(sum(transfers.mapped("refused_count")))


class TestReferencesOfTwoShops(SecondShop, InvoiceCase):
    def test_an_entry_never_takes_the_reference_of_an_invoice_of_another_shop(self):
        link = self.make_invoice_link()
        shop, number = self.second_shop()
        second = self.make_link(
            shop=shop, administration=link.administration_id, reference_prefix="B-"
        )
        first = self.add_order()["number"]
        self.fault("lost_after", INVOICE)
        self.run_link(link)
        # The prefixes change while the answer to the invoice is missing.
        link.reference_prefix = "A-"
        second.reference_prefix = False
        self.shop_number = number
        self.assertEqual(self.add_order()["number"], first)
        self.run_link(second)
        orders = self.env["lightspeed.exact.order"].search([("number", "=", first)])
        mine, theirs = (
            orders.filtered(lambda order, link=link: order.link_id == link)
            for link in (link, second)
        )
        self.assertEqual(
            (theirs.state, theirs.reason_code), ("held", "reference_in_use")
        )
        self.come_back(link, SETTLED)
        self.assertEqual(mine.state, "booked", mine.reason)
        self.assertEqual(len(self.invoices(first)), 1)
        self.assertFalse(self.entries().get(first))
        second.reference_prefix = "B-"
        second._release_held()
        self.run_link(second)
        self.assertEqual(theirs.state, "booked", theirs.reason)
        self.assertEqual(set(self.entries()), {f"B-{first}"})
