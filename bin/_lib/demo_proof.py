"""The demo's proof: each booking beside the books of the stand-in Exact Online."""

from decimal import Decimal

from demo_browser import control
from demo_host import say

from sandbox import demo_settings as demo

ROW = "{:<10} {:<26} {:>9}  {:<34} {:<10} {}"


def print_proof(odoo, link, services):
    """Print what was booked, and compare it with the books of the stand-in.

    :param odoo: browser session of the administrator
    :param link: id of the demo link
    :param services: addresses of the stand-ins
    :return: whether orders, bookings and books agree to the cent
    :rtype: bool
    """
    orders = odoo.call(
        "lightspeed.exact.order",
        "search_read",
        [("link_id", "=", link)],
        ["number", "customer_name", "state", "reason", "proposal", "amount_total"],
        order="number",
    )
    bookings = odoo.call(
        "lightspeed.exact.booking",
        "search_read",
        [("link_id", "=", link), ("state", "=", "posted")],
        ["order_id", "entry_number", "entry_id", "proof", "gross"],
        order="id",
    )
    entries = {
        str(entry["EntryID"]): Decimal(str(entry["AmountFC"]))
        for entry in control(services, "exact/entries", division=demo.DIVISION)
    }
    by_order = {}
    for booking in bookings:
        by_order.setdefault(booking["order_id"][0], []).append(booking)
    say()
    say(ROW.format("document", "customer", "gross", "VAT per rate", "entry", "proof"))
    wrong = 0
    for order in orders:
        for booking in by_order.get(order["id"], []):
            problem = _problem(booking, entries)
            wrong += bool(problem)
            say(_row(order, booking, problem))
    say()
    print_rest(orders)
    total = sum((Decimal(row["gross"]) for row in bookings), Decimal(0))
    say()
    say(
        f"{len(by_order)} orders and credit notes booked, {total} in all;"
        f" {len(entries)} entries in Exact, {sum(entries.values(), Decimal(0))} in all;"
        f" {wrong} differences."
    )
    cleared = print_clearings(odoo, link, services, demo.DIVISION)
    return (
        not wrong
        and cleared
        and len(entries) == len(bookings)
        and len(by_order) == sum(order["state"] == "booked" for order in orders)
    )


def _problem(booking, entries):
    """Return what differs between the order, its booking and the books, or ``""``."""
    gross, proof = Decimal(booking["gross"]), booking["proof"]
    if not Decimal(proof["order"]) == Decimal(proof["booked"]) == gross:
        return f"DIFFERS: the order says {proof['order']}"
    in_exact = entries.get(booking["entry_id"])
    return "" if in_exact == gross else f"DIFFERS: Exact has {in_exact}"


def _row(order, booking, problem):
    vat = ", ".join(
        f"{Decimal(rate) * 100:.0f} %: {vat}"
        for rate, _net, vat in booking["proof"]["per_rate"]
    )
    return ROW.format(
        order["number"],
        (order["customer_name"] or "")[:26],
        booking["gross"],
        vat[:34],
        booking["entry_number"],
        problem or "equal",
    )


def print_rest(orders):
    """Print what is not booked, and what changed after it was."""
    for order in orders:
        if order["proposal"]:
            text = f"{order['proposal']} in the shop after booking: a person decides."
            say(f"{order['number']:<10} {'changed':<9} {text}")
    for order in orders:
        if order["state"] != "booked":
            say(f"{order['number']:<10} {order['state']:<9} {order['reason'] or ''}")


def print_clearings(odoo, link, services, division):
    """Print what was cleared; return whether the books have the same."""
    rows = odoo.call(
        "lightspeed.exact.clearing",
        "search_read",
        [("link_id", "=", link), ("state", "=", "posted")],
        ["amount", "matching"],
    )
    ours = sum((Decimal(row["amount"]) for row in rows), Decimal(0))
    journal = control(services, "exact/journal_entries", division=division)
    theirs = sum(
        (Decimal(str(entry["Lines"][0]["AmountFC"])) for entry in journal), Decimal(0)
    )
    left = sum(row["matching"] == "open" for row in rows)
    say(
        f"{len(rows)} clearing entries, {ours} in all; {len(journal)} in Exact,"
        f" {theirs} in all; {left} not matched there yet."
    )
    return len(rows) == len(journal) and ours == theirs
