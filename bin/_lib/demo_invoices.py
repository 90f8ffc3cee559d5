"""Setting up the second shop: sales invoices by a profile, items, its products."""

import sys
import time
from datetime import datetime, timezone

from demo_browser import control
from demo_host import TIMEOUT, say
from demo_setup import (
    choose_payments,
    connect_shop,
    finder,
    match,
    read_administration,
    running_link,
    synchronise,
)

from sandbox import demo_invoices as demo_data
from sandbox import demo_settings as demo

LINK = "lightspeed.exact.link"
TRANSFER = "lightspeed.exact.product.transfer"


def configure(odoo, services):
    """Connect and start the link that makes sales invoices.

    :return: the link, and whether it was made now
    """
    link = running_link(odoo, demo.INVOICE_SHOP_NAME)
    if link:
        return link, False
    say("Connecting the second shop, with an invoice profile ...")
    shop = connect_shop(
        odoo,
        services,
        demo.INVOICE_SHOP_NAME,
        demo.INVOICE_SHOP_KEY,
        demo.INVOICE_SHOP_SECRET,
    )
    administration = read_administration(odoo, demo.INVOICE_DIVISION)
    link = odoo.make(
        LINK,
        {
            "shop_id": shop,
            "administration_id": administration,
            # The products come first, the orders once they are there.
            "start_at": f"{datetime.now(timezone.utc):%Y-%m-%d %H:%M:%S}",
            "document_kind": "sales_invoice",
            "grouping": "product",
            "invoice_profile_id": make_profiles(odoo, administration),
            "attachment": "summary",
            "products": "all",
            "new_products": "nightly",
            "cancelled_after": "credit",
        },
    )
    choose_payments(odoo, link, administration)
    odoo.call(LINK, "action_start", [link])
    return link, True


def make_profiles(odoo, administration):
    """Make a profile that finalises and mails, and one that leaves invoices open.

    :return: the first one
    """
    found = finder(odoo, administration)
    odoo.make(
        "exact.invoice.profile",
        {"name": "Leave open", "administration_id": administration},
    )
    return odoo.make(
        "exact.invoice.profile",
        {
            "name": "Finalise and mail",
            "administration_id": administration,
            "finalise": "print",
            "shop_makes_no_invoices": True,
            "layout_id": found("exact.layout", name=demo.INVOICE_LAYOUT),
            "send_by": "email",
            "email_layout_id": found("exact.layout", name=demo.INVOICE_MAIL_TEXT),
        },
    )


def has_products(odoo, link):
    """Return whether the products of the shop were transferred."""
    return bool(odoo.ids(TRANSFER, [("link_id", "=", link), ("state", "=", "done")]))


def transfer_products(odoo, link):
    """Read the shop's products, make them items of Exact Online; then let orders in."""
    say("Transferring products ...")
    transfer = odoo.call(LINK, "action_transfer_products", [link])["res_id"]
    odoo.call(TRANSFER, "action_read", [transfer])
    _work_until(odoo, transfer, "ready")
    odoo.call(TRANSFER, "action_start", [transfer])
    _work_until(odoo, transfer, "done")
    odoo.call(LINK, "write", [link], {"start_at": demo.START_AT})


def _work_until(odoo, transfer, wanted):
    """Press *Go on now* until a transfer is so far."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        [row] = odoo.call(TRANSFER, "read", [transfer], ["state"])
        if row["state"] == wanted:
            return
        if row["state"] in ("reading", "running"):
            # The cron may have been first, and be done when this arrives.
            odoo.call(LINK, "action_sync_now", [_link_of(odoo, transfer)])
        else:
            break
        time.sleep(0.2)
    sys.exit("error: the products are not transferred; see the transfer in Odoo")


def _link_of(odoo, transfer):
    [row] = odoo.call(TRANSFER, "read", [transfer], ["link_id"])
    return row["link_id"][0]


def live_on(odoo, link, services):
    """Let time pass: orders change, and one invoice is for the bookkeeper to finish."""
    say("Changing orders in the shop, leaving an invoice open ...")
    for command, parameters in demo_data.after_booking():
        control(services, command, **parameters)
    synchronise(odoo, link)
    [row] = odoo.call(LINK, "read", [link], ["invoice_profile_id"])
    profile = row["invoice_profile_id"][0]
    [other] = odoo.ids("exact.invoice.profile", [("id", "!=", profile)])
    odoo.call(LINK, "write", [link], {"invoice_profile_id": other})
    command, parameters = demo_data.for_the_bookkeeper()
    control(services, command, **parameters)
    synchronise(odoo, link)
    odoo.call(LINK, "write", [link], {"invoice_profile_id": profile})
    match(odoo, link, services, demo.INVOICE_DIVISION)
