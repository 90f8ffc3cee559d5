"""The work queue in a real browser: one line, one screen, all orders booked."""

import pytest

from tests.addon.browser_case import PHONE, BrowserCase


@pytest.mark.browser
class TestBrowserQueue(BrowserCase):
    def test_one_screen_releases_all_that_wait_for_it(self):
        numbers = [
            self.add_order(("Les", 1, "10.00", "0"))["number"] for _each in range(3)
        ]
        link = self.make_link()
        self.run_link(link)
        with self.chromium() as page:
            action = "lightspeed_exact_connector.lightspeed_exact_queue_action"
            page.open(f"/odoo/action-{self.env.ref(action).id}")
            page.see("No VAT was charged on a sale inside NL", "The bookkeeper")
            page.picture("40-queue")
            page.click("No VAT was charged on a sale inside NL (products).")
            page.see(*numbers, "Skip with a reason")
            page.picture("41-queue-orders")
            page.click("Solve")
            page.pick("VAT code", "Geen btw")
            page.picture("42-queue-solve")
            page.click("Save")
            page.open(f"/odoo/action-{self.env.ref(action).id}")
            page.see("No order waits for you")
        self.run_link(link)
        for number in numbers:
            self.assert_booked(number, "10.00")

    def test_where_an_order_is_and_what_messages_mean_fit_on_a_phone(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.run_link(link)
        name = "lightspeed_exact_connector.lightspeed_exact_{}_action"
        with self.chromium() as page:
            page.resize(*PHONE)
            page.open(f"/odoo/action-{self.env.ref(name.format('reason')).id}")
            page.see("There is no ledger rule for")
            page.picture("43-catalogue")
            self.assertLessEqual(page.overflow(), 0)
            page.open(f"/odoo/action-{self.env.ref(name.format('where_is')).id}")
            page.fill("Order number", number)
            page.click("Look")
            page.see("Booked in administration")
            page.picture("44-where-is")
