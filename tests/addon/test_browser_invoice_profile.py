"""Setting up sales invoices, as a manager sees it in a real browser."""

import pytest

from odoo.tests import new_test_user
from odoo.tools import mute_logger

from sandbox.exact import demo as exact_demo
from tests.addon.browser_case import BrowserCase
from tests.addon.connector_case import GROUPS

PROFILES = "lightspeed_exact_connector.exact_invoice_profile_action"


@pytest.mark.browser
class TestBrowserInvoiceProfile(BrowserCase):
    def switch_invoicing(self, on):
        self.box.exact.control_set_module(exact_demo.MAIN, "invoicing", on)

    def test_a_manager_makes_a_profile_and_starts_a_link_that_makes_invoices(self):
        new_test_user(self.env, "beheerder", groups=f"{GROUPS}manager")
        self.switch_invoicing(False)
        link = self.make_link(start=False)
        with self.chromium("beheerder") as page:
            self.choose_invoices(page, link)
            self.switch_invoicing(True)
            self.check_again(page)
            self.make_profile(page)
            self.start(page)
            self.read_reference_data(page, link.administration_id.id)
        profile = link.invoice_profile_id
        self.assertEqual(profile.name, "Facturen per e-mail")
        self.assertEqual(profile.journal_id.code, "70")
        self.assertEqual(profile.layout_id.name, "Factuur standaard")
        self.assertEqual((profile.finalise, profile.send_by), ("print", "email"))
        self.assertTrue(profile.shop_makes_no_invoices)
        self.assertEqual(link.document_kind, "sales_invoice")
        self.assertEqual(link.state, "running")

    def choose_invoices(self, page, link):
        """Choose sales invoices where the administration has no invoicing."""
        page.open(f"/odoo/lightspeed.exact.link/{link.id}")
        page.click("How it is booked")
        page.see("The shop makes the invoices, Exact Online keeps the books")
        page.picture("01-link-entries")
        page.click("Sales invoice")
        page.see(
            "Sales invoices cannot be made",
            "Administration Voorbeeldwinkel B.V. cannot make sales invoices",
        )
        page.picture("02-link-warning")
        page.click("Close", within=".modal-footer")
        page.see("two invoices for one sale make the VAT due twice")
        page.click("Save manually")
        page.see("Choose an invoice profile.", "Its package has no invoicing")
        with mute_logger("odoo.http"):
            page.click("Start")
            page.see("The link cannot start yet")
        page.picture("03-link-refused")
        page.click("Close", within=".modal-footer")

    def check_again(self, page):
        page.click("Check again")
        page.see("Nothing is in the way of sales invoices.")

    def make_profile(self, page):
        """Make a profile from the field of the link."""
        page.click("How it is booked")
        page.make("Invoice profile", "Facturen per e-mail")
        page.read("Journal", until="70 Verkoopboek".__eq__)
        page.picture("04-profile-new")
        page.click("Finalise at once")
        page.see("Switch the shop's own invoices off first.")
        page.tick("The shop issues no invoices itself")
        page.pick("Layout", "Factuur standaard")
        page.click("E-mail to the customer")
        page.picture("05-profile")
        page.click("Save")
        page.read("Invoice profile", until="Facturen per e-mail".__eq__)
        page.picture("06-link-profile")

    def start(self, page):
        page.click("Save manually")
        page.click("Start")
        page.see("Running", "Sync now")
        page.picture("07-link-running")

    def read_reference_data(self, page, administration_id):
        """Look at what the profile chooses from."""
        page.open(f"/odoo/exact.administration/{administration_id}")
        page.see("Has invoicing", "May finalise sales invoices")
        page.click("More")
        page.see("Layouts", "Units", "Item groups", "Invoice profiles")
        page.picture("08-administration")
        page.click("Layouts")
        page.rows(3)
        page.picture("09-layouts")
        page.resize(1400, 1500)
        page.open(f"/odoo/action-{PROFILES}")
        page.click("Facturen per e-mail")
        page.see("Codes of items".upper(), "WEB-{rate} at 21 % is WEB-21")
        page.picture("10-profile-page")
