"""The connector as people see it, in a real browser."""

import pytest

from sandbox.exact import demo as exact_demo
from tests.addon.browser_case import PHONE, BrowserCase
from tests.addon.connector_case import KEY, SECRET

APP = "Lightspeed to Exact"
RULES = "[name=rule_ids]"
LINK = "Voorbeeldwinkel → Voorbeeldwinkel B.V."
SWISS = {
    "email": "beat@example.ch",
    "firstname": "Beat",
    "lastname": "Beispiel",
    "country": "ch",
}

GERMAN_COMPANY = {
    "email": "einkauf@example.net",
    "firstname": "Klara",
    "lastname": "Beispiel",
    "company": "Beispiel Handels GmbH",
    "vat_number": "DE100000008",
    "street": "Hauptstraße",
    "number": "9",
    "zipcode": "50667",
    "city": "Köln",
    "country": "de",
}


@pytest.mark.browser
class TestBrowser(BrowserCase):
    def test_connects_configures_syncs_and_reads_a_booked_order(self):
        booked = self.add_order(
            ("Mok blauw", 2, "24.95", "0.21"),
            ("Kookboek", 1, "12.00", "0.09"),
            shipping={"title": "PostNL", "incl": "5.95"},
        )
        # Of two codes for exports none is proposed: a bookkeeper must choose.
        self.box.exact.control_add_vat_code(
            exact_demo.MAIN, "6D", "0", "B", "Export van diensten"
        )
        held = self.add_order(("Fietsbel", 1, "15.00", "0"), customer=SWISS)
        with self.chromium() as page:
            self.open_connector(page)
            self.make_app(page)
            self.connect(page)
            self.choose_administration(page)
            self.connect_shop(page)
            self.start_link(page)
            self.read_booked_order(page, booked["number"])
            self.repair_held_order(page, held["number"])
        self.assert_booked(booked["number"], "67.85")
        self.assert_booked(held["number"], "15.00")

    def test_a_booked_order_and_its_link_fit_on_a_phone(self):
        placed = self.add_order()
        link = self.make_link()
        self.run_link(link)
        order = self.order(placed["number"])
        with self.chromium() as page:
            page.resize(*PHONE)
            page.open(f"/odoo/lightspeed.exact.order/{order.id}")
            page.see(order.number, "49.90", order.entry_number)
            page.picture("01-order")
            self.assertLessEqual(page.overflow(), 0)
            page.open(f"/odoo/lightspeed.exact.link/{link.id}")
            page.see("Running", "Sync now")
            page.picture("02-link")
            self.assertLessEqual(page.overflow(), 0)

    def test_the_entity_the_link_a_changed_order_and_why_it_has_no_vat(self):
        link = self.make_link()
        self.register_for_oss(link)
        without_vat = self.add_order(
            ("Mok blauw", 24, "10.70", "0"), customer=GERMAN_COMPANY
        )
        changed = self.add_order(("Mok blauw", 2, "24.95", "0.21"))
        self.run_link(link)
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            changed["number"],
            [{"title": "Mok blauw", "quantity": 3, "unit_incl": "24.95"}],
        )
        self.run_link(link)
        order = self.order(changed["number"])
        [booking] = self.order(without_vat["number"]).booking_ids
        with self.chromium() as page:
            self.read_entity(page, link.entity_id)
            self.read_link_pages(page, link)
            self.answer_proposal(page, order)
            self.read_why_without_vat(page, booking)
        self.assertFalse(order.proposal)
        self.assertEqual(len(order.booking_ids), 3)

    # === WHAT A MANAGER DOES === #
    def open_connector(self, page):
        page.open("/odoo")
        page.click("Home Menu")
        page.click(APP)
        page.see("Link your first shop to Exact Online")
        page.picture("01-overview-empty")

    def go(self, page, menu):
        """Open a page from the menu Configuration."""
        page.click("Configuration", within=".o_main_navbar")
        page.click(menu)

    def make_app(self, page):
        """Register the app here, and its redirect URI at Exact."""
        self.go(page, "Exact apps")
        page.click("New")
        page.fill("App", "Our app")
        page.fill("Client ID", exact_demo.CLIENT_ID)
        page.fill("Client Secret", exact_demo.CLIENT_SECRET)
        # Another site than Odoo's for a browser, as Exact Online is.
        host = self.box.exact_url.replace("127.0.0.1", "localhost")
        page.fill("Own host", host)
        page.click("Save manually")
        redirect_uri = page.read("Redirect URI")
        page.picture("02-app")
        self.box.exact.control_add_redirect_uri(exact_demo.CLIENT_ID, redirect_uri)

    def connect(self, page):
        """Refuse the consent at Exact, then give it."""
        self.go(page, "Connections")
        page.click("New")
        page.fill("Connection", "Exact Online of the bookkeeper")
        page.pick("App", "Our app")
        page.picture("03-connection-new")
        page.click("Connect")
        page.see("Exact Online (sandbox)")
        page.picture("04-exact-login")
        page.fill("User name", exact_demo.USER_NL)
        page.fill("Password", exact_demo.PASSWORD)
        page.click("Log in")
        page.see("asks for access to your data")
        page.picture("05-exact-consent")
        page.click("Refuse")
        page.see("Press Connect. You log in at Exact Online")
        page.picture("06-connection-refused")
        page.click("Connect")
        page.fill("User name", exact_demo.USER_NL)
        page.fill("Password", exact_demo.PASSWORD)
        page.click("Log in")
        page.click("Grant")
        page.see("Connected. Press Fetch administrations")
        page.picture("07-connected")

    def choose_administration(self, page):
        page.click("Fetch administrations")
        page.see("Tweede Voorbeeld B.V.")
        page.picture("08-administrations")
        page.click("Voorbeeldwinkel B.V.")
        page.see("Press Refresh reference data")
        page.picture("09-administration-new")
        page.click("Refresh reference data")
        page.read("Reference data of")
        page.picture("10-administration")

    def connect_shop(self, page):
        self.go(page, "Shops")
        page.click("New")
        page.fill("Shop", "Voorbeeldwinkel")
        page.fill("API key", KEY)
        page.fill("API secret", SECRET)
        page.fill("API address", self.box.lightspeed_url)
        page.picture("11-shop-new")
        page.click("Test connection")
        page.see("The shop is connected.")
        page.picture("12-shop")

    def start_link(self, page):
        page.click("link it to an Exact Online administration")
        page.read("Shop", until="Voorbeeldwinkel".__eq__)
        page.read("Administration", until="Voorbeeldwinkel B.V. (123456)".__eq__)
        page.picture("13-link-new")
        page.fill("Book from", f"{self.start_at:%m/%d/%Y %H:%M:%S}")
        page.click("Save manually")
        page.picture("14-link")
        page.click("How it is booked")
        page.read("Journal", until="70 Verkoopboek".__eq__)
        page.picture("15-link-how")
        page.click("Ledger rules")
        rules = page.rows(11, within=RULES)
        self.assertIn(
            (
                "Products",
                "21%",
                "8000 Omzet hoog tarief",
                "2 BTW hoog tarief, exclusief",
            ),
            [
                (row["Line"], row["VAT rate"], row["G/L account"], row["VAT code"])
                for row in rules
            ],
        )
        page.picture("16-link-rules")
        page.click("Start")
        page.click("Sync now")
        page.see("Booked now: 1. Held: 1. Waiting: 0.")
        page.picture("17-link-synced")

    # === WHAT A BOOKKEEPER READS AND REPAIRS === #
    def read_booked_order(self, page, number):
        page.click("Orders", within=".o_main_navbar")
        page.rows(2)
        page.picture("18-orders")
        page.click(number)
        page.read("Total", until="67.85 €".__eq__)
        [entry] = self.box.exact.control_entries(exact_demo.MAIN)
        page.read("Entry in Exact", until=str(entry["EntryNumber"]).__eq__)
        page.picture("19-order-booked")
        page.click("Lines as booked")
        lines = page.rows(3)
        self.assertEqual(
            [
                (
                    line["Description"],
                    line["G/L account"],
                    line["VAT code"],
                    line["Gross"],
                )
                for line in lines
            ],
            [
                ("2 x Mok blauw", "8000", "2", "49.90 €"),
                ("1 x Kookboek", "8010", "1", "12.00 €"),
                ("PostNL", "8100", "2", "5.95 €"),
            ],
        )
        page.picture("20-order-lines")
        page.click("Proof")
        page.see(
            "9 %: net 11.01 €, VAT 0.99 €",
            "21 %: net 46.16 €, VAT 9.69 €",
            "Booked 67.85 € = order 67.85 €",
            "Exact Online says 67.85 €",
        )
        page.picture("21-order-proof")

    def repair_held_order(self, page, number):
        page.click("Orders", within=".o_main_navbar")
        page.click(number)
        page.see(
            "There is no ledger rule for",
            "Add the ledger rule on the link; it releases all orders that wait.",
        )
        page.picture("22-order-held")
        page.click(LINK)
        page.click("Ledger rules")
        page.click("Add a line", within=RULES)
        page.pick("VAT treatment", "Export")
        page.pick("G/L account", "8040")
        page.pick("VAT code", "Uitvoer")
        page.picture("23-link-rule-added")
        page.click("Save manually")
        page.rows(12, within=RULES)
        page.click(number, within=".o_breadcrumb")
        page.see("This document is booked as soon as its turn comes.")
        page.picture("24-order-released")
        page.click("Retry")
        page.read("Entry in Exact")
        page.picture("25-order-repaired")

    # === AFTER THE ORDER === #
    def read_entity(self, page, entity):
        page.open(f"/odoo/lightspeed.exact.entity/{entity.id}")
        page.see("Registered for OSS: sales to consumers in other member states")
        page.picture("01-entity-oss")
        page.click("Filing")
        page.see("VAT filed through", "Book on the first day after it", "suppletie")
        page.click("Small-business scheme")
        page.see("in the Netherlands KOR")

    def read_link_pages(self, page, link):
        page.open(f"/odoo/lightspeed.exact.link/{link.id}")
        page.see("Changed orders", "Orders: the reference is the order number")
        page.click("Customers")
        page.see("One relation for each e-mail address", "Check VAT numbers with VIES")
        page.picture("02-link-customers")
        page.click("Ledger rules")
        page.see("it is found by country and percentage")
        page.click("Payments")
        page.see("How an order was paid decides its payment condition")
        page.click("After the order")
        page.see("Find the original in Exact Online", "Propose a credit")
        page.picture("03-link-after-the-order")
        page.click("State")
        page.see("Complete until")
        page.click("Ledger rules")
        page.click("OSS countries")
        page.see("Belgium", "BE1", "Austria")
        page.picture("04-oss-countries")

    def answer_proposal(self, page, order):
        """Read both sides of an edited order, and let it be booked again."""
        page.open(f"/odoo/lightspeed.exact.order/{order.id}")
        page.see(
            "This document was edited in the shop after it was booked.",
            "In the books".upper(),
            "As the shop has it now".upper(),
            "2 x Mok blauw",
            "3 x Mok blauw",
        )
        page.picture("05-order-changed")
        page.click("Credit and book again")
        page.see("The booking is credited and the order is booked again")
        page.click("Ok")
        page.click("Booking")
        page.rows(3)
        page.see("Credit note")
        page.picture("06-order-booked-again")

    def read_why_without_vat(self, page, booking):
        page.open(f"/odoo/lightspeed.exact.booking/{booking.id}")
        page.see(
            "Intra-Community (reverse charge)",
            "to a company with VAT number DE100000008, and no VAT was charged",
        )
        page.read("Consultation number")
        page.click("Proof")
        page.see("Booked 256.80 € = order 256.80 €", "Exact Online says 256.80 €")
        page.picture("07-booking-without-vat")
