"""The demo's proof of sales invoices: beside what the stand-in Exact Online has."""

from decimal import ROUND_HALF_UP, Decimal

from demo_browser import control
from demo_host import say
from demo_proof import print_clearings, print_rest

from sandbox import demo_settings as demo

ROW = "{:<11} {:<26} {:>9} {:>9}  {:<9} {:>5}  {}"
PROCESSED = 50
#: A price in euros has three decimals in Exact.
PRICE = Decimal("0.001")


def print_invoice_proof(odoo, link, services):
    """Print what was invoiced, and compare it with what the stand-in has.

    :param odoo: browser session of the administrator
    :param link: id of the link that makes sales invoices
    :param services: addresses of the stand-ins
    :return: whether orders, invoices, books, mails, documents and items agree
    :rtype: bool
    """
    domain = [("link_id", "=", link)]
    names = ["number", "customer_name", "state", "reason", "proposal"]
    orders = odoo.call(
        "lightspeed.exact.order", "search_read", domain, names, order="number"
    )
    names = ["order_id", "reference", "entry_id", "entry_number", "proof", "gross"]
    names += ["invoice_state", "output_text"]
    bookings = odoo.call(
        "lightspeed.exact.booking",
        "search_read",
        [*domain, ("state", "=", "posted")],
        names,
        order="id",
    )
    exact = _Exact(services)
    say()
    say(ROW.format("invoice", "customer", "order", "Exact", "number", "mails", ""))
    customers = {order["id"]: order["customer_name"] or "" for order in orders}
    wrong = 0
    for booking in bookings:
        problem = exact.problem(booking)
        wrong += bool(problem)
        say(exact.row(booking, customers[booking["order_id"][0]], problem))
    say()
    print_rest(orders)
    total = sum((Decimal(row["gross"]) for row in bookings), Decimal(0))
    open_ones = sum(row["invoice_state"] == "draft" for row in bookings)
    say()
    say(
        f"{len(bookings)} invoices and credit notes, {total} in all, {open_ones} of"
        f" them left open; {len(exact.invoices)} in Exact, {exact.total()} in all;"
        f" {len(exact.mails)} mails, {len(exact.documents)} summaries attached;"
        f" {wrong} differences."
    )
    agree = print_clearings(odoo, link, services, demo.INVOICE_DIVISION)
    agree &= _print_items(odoo, link, exact)
    return (
        agree
        and not wrong
        and len(exact.invoices) == len(bookings)
        and len(exact.entries) == len(exact.mails) == len(bookings) - open_ones
        and len(exact.documents) == len(bookings)
        and {row["order_id"][0] for row in bookings}
        == {order["id"] for order in orders if order["state"] == "booked"}
    )


class _Exact:
    """What the stand-in has, of the administration that gets the invoices."""

    def __init__(self, services):
        def rows(command):
            return control(services, f"exact/{command}", division=demo.INVOICE_DIVISION)

        self.invoices = {row["InvoiceID"]: row for row in rows("invoices")}
        self.entries = {row["EntryNumber"]: row for row in rows("entries")}
        self.mails = rows("outbox")
        self.items = {row["Code"]: row for row in rows("items")}
        # Printing adds a document of its own: these are ours.
        files = {f"{row['YourRef']}.pdf" for row in self.invoices.values()}
        self.documents = [
            row
            for row in rows("documents")
            if any(file["FileName"] in files for file in row["Attachments"])
        ]

    def total(self):
        amounts = (Decimal(str(row["AmountFC"])) for row in self.invoices.values())
        return sum(amounts, Decimal(0))

    def mails_of(self, booking):
        return sum(mail["InvoiceID"] == booking["entry_id"] for mail in self.mails)

    def problem(self, booking):
        """Return what differs between an order and its invoice, or ``""``."""
        gross, proof = Decimal(booking["gross"]), booking["proof"]
        if not Decimal(proof["order"]) == Decimal(proof["booked"]) == gross:
            return f"DIFFERS: the order says {proof['order']}"
        invoice = self.invoices.get(booking["entry_id"])
        if invoice is None:
            return "DIFFERS: Exact does not have it"
        if Decimal(str(invoice["AmountFC"])) != gross:
            return "DIFFERS"
        if booking["invoice_state"] == "draft":
            return "DIFFERS: not open" if invoice["Status"] == PROCESSED else ""
        number = invoice["InvoiceNumber"]
        if invoice["Status"] != PROCESSED or booking["entry_number"] != str(number):
            return f"DIFFERS: Exact has number {number}"
        if self.mails_of(booking) != 1:
            return f"DIFFERS: {self.mails_of(booking)} mails"
        entry = self.entries.get(number)
        return "" if entry and Decimal(str(entry["AmountFC"])) == gross else "NO ENTRY"

    def row(self, booking, customer, problem):
        invoice = self.invoices.get(booking["entry_id"]) or {}
        return ROW.format(
            booking["reference"],
            customer[:26],
            booking["gross"],
            f"{Decimal(str(invoice.get('AmountFC') or 0)):.2f}",
            booking["entry_number"] or "(open)",
            self.mails_of(booking),
            problem or "equal",
        )


def _print_items(odoo, link, exact):
    """Print what became of the products; return whether Exact has the same prices."""
    transfers = odoo.call(
        "lightspeed.exact.product.transfer",
        "search_read",
        [("link_id", "=", link)],
        ["made_count", "found_count", "refused_count", "shop_id"],
        order="id",
    )
    variants = odoo.call(
        "lightspeed.product.variant",
        "search_read",
        [("shop_id", "=", transfers[0]["shop_id"][0])],
        ["display_name", "transfer_state", "price_excl", "price_state", "item_code"]
        + ["reason"],
        order="id",
    )
    wrong = 0
    for variant in variants:
        if variant["transfer_state"] not in ("made", "found"):
            say(f"{variant['display_name']}: {variant['reason']}")
            continue
        item = exact.items.get(variant["item_code"]) or {"Prices": []}
        prices = {Decimal(str(price["Price"])) for price in item["Prices"]}
        wrong += prices != {
            Decimal(variant["price_excl"]).quantize(PRICE, ROUND_HALF_UP)
        }
    first = transfers[0]
    say(
        f"{len(variants)} variants of the shop: {first['made_count']} items made,"
        f" {first['found_count']} found, {first['refused_count']} refused;"
        f" {len(exact.items)} items in Exact; {wrong} prices differ."
    )
    return not wrong and bool(first["made_count"])
