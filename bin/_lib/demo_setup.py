"""Setting up as a manager does it in the forms: the connections, and the first link."""

import sys
import time
from datetime import date
from urllib.parse import parse_qs, urlsplit

from demo_browser import control
from demo_host import ADDON, TIMEOUT, say

from sandbox import demo as demo_data
from sandbox import demo_settings as demo


def connect(odoo, services):
    """Connect Exact Online, or tell Odoo where the stand-ins are by now."""
    moved = {
        "lightspeed.shop": {"api_url": services["lightspeed_url"]},
        "exact.app": {"host_url": services["exact_url"]},
    }
    for model, values in moved.items():
        for row in odoo.call(model, "search_read", [], list(values)):
            if row | values != row:
                odoo.call(model, "write", [row["id"]], values)
    odoo.call(
        "ir.config_parameter",
        "set_param",
        f"{ADDON}.vies_url",
        services["vies_url"],
    )
    if odoo.ids("exact.connection"):
        return
    euro = odoo.call(
        "res.currency", "search", [("name", "=", "EUR")], context={"active_test": False}
    )
    odoo.call("res.currency", "write", euro, {"active": True})
    odoo.call("res.company", "write", odoo.ids("res.company"), {"currency_id": euro[0]})
    say("Connecting Exact Online ...")
    # The real one allows 60 calls a minute: nobody who looks at a demo waits for that.
    control(services, "exact/set_limits", minute=demo.CALLS_A_MINUTE)
    connect_exact(odoo, services)


def configure(odoo, services):
    """Connect and start the link of the first shop.

    :return: the link, and whether it was made now
    """
    link = running_link(odoo, demo.SHOP_NAME)
    if link:
        return link, False
    say("Connecting the demo shop ...")
    shop = connect_shop(odoo, services, demo.SHOP_NAME, demo.SHOP_KEY, demo.SHOP_SECRET)
    administration = read_administration(odoo, demo.DIVISION)
    say("Making the link from the proposals ...")
    link = odoo.make(
        "lightspeed.exact.link",
        {
            "shop_id": shop,
            "administration_id": administration,
            "start_at": demo.START_AT,
        },
    )
    register_for_oss(odoo, administration)
    choose_payments(odoo, link, administration)
    odoo.call("lightspeed.exact.link", "action_start", [link])
    return link, True


def running_link(odoo, shop_name):
    """Return the running link of a shop, whose connection is tested if it must be."""
    shops = odoo.call(
        "lightspeed.shop", "search_read", [("name", "=", shop_name)], ["state"]
    )
    for shop in shops:
        links = odoo.ids(
            "lightspeed.exact.link",
            [("state", "=", "running"), ("shop_id", "=", shop["id"])],
        )
        if links:
            if shop["state"] == "draft":
                odoo.call("lightspeed.shop", "action_test_connection", [shop["id"]])
            return links[0]
    return None


def connect_shop(odoo, services, name, key, secret):
    """Make a shop with a key of its own, and test it."""
    shop = odoo.make(
        "lightspeed.shop",
        {
            "name": name,
            "api_key": key,
            "api_secret": secret,
            "api_url": services["lightspeed_url"],
        },
    )
    odoo.call("lightspeed.shop", "action_test_connection", [shop])
    return shop


def read_administration(odoo, division):
    """Return an administration whose reference data was read."""
    [administration] = odoo.ids("exact.administration", [("division", "=", division)])
    odoo.call("exact.administration", "action_refresh", [administration])
    return administration


def register_for_oss(odoo, administration):
    """Say that the legal entity pays VAT of other member states through OSS."""
    [row] = odoo.call("exact.administration", "read", [administration], ["entity_id"])
    odoo.make(
        "lightspeed.exact.entity.period",
        {
            "entity_id": row["entity_id"][0],
            "kind": "oss",
            "date_from": f"{date.today().year - 1}-01-01",
        },
    )


def finder(odoo, administration):
    """Return a function that finds reference data of an administration."""

    def found(model, **values):
        domain = [("administration_id", "=", administration)]
        domain += [(name, "=", value) for name, value in values.items()]
        return odoo.ids(model, domain)[0]

    return found


def choose_payments(odoo, link, administration):
    """Clear what the payment service paid out, and gift cards."""
    found = finder(odoo, administration)
    gift_cards = found("exact.gl.account", code=demo.GIFT_CARDS)
    odoo.call(
        "lightspeed.exact.link",
        "write",
        [link],
        {
            "clearing": "journal_entry",
            "clearing_journal_id": found("exact.journal", code=demo.CLEARING_JOURNAL),
            "debtor_account_id": found("exact.gl.account", code=demo.DEBTORS),
            "gift_card_payment": "clear",
            "gift_card_account_id": gift_cards,
        },
    )
    odoo.make(
        "lightspeed.exact.payment.rule",
        {
            "link_id": link,
            "payment_method": demo.PAYMENT_SERVICE,
            "clearing_account_id": found("exact.gl.account", code=demo.CLEARING),
            "payment_condition_id": found(
                "exact.payment.condition", code=demo.PAID_BY_SERVICE
            ),
        },
    )
    odoo.make(
        "lightspeed.exact.payment.rule",
        {
            "link_id": link,
            "payment_method": demo.ON_ACCOUNT,
            "payment_condition_id": found(
                "exact.payment.condition", code=demo.THIRTY_DAYS
            ),
        },
    )
    odoo.make(
        "lightspeed.exact.product.rule",
        {
            "link_id": link,
            "article_code": demo.GIFT_CARD_CODE,
            "kind": "multi_purpose",
        },
    )
    odoo.make(
        "lightspeed.exact.ledger.rule",
        {
            "link_id": link,
            "line_kind": "gift_card",
            "any_rate": True,
            "gl_account_id": gift_cards,
            "vat_code_id": found("exact.vat.code", code=demo.NO_VAT),
        },
    )


def connect_exact(odoo, services):
    """Do the OAuth round trip and fetch the administrations."""
    app = odoo.make(
        "exact.app",
        {
            "name": "Demo app",
            "host_url": services["exact_url"],
            "client_id": demo.CLIENT_ID,
            "client_secret": demo.CLIENT_SECRET,
        },
    )
    redirect_uri = odoo.call("exact.app", "read", [app], ["redirect_uri"])[0][
        "redirect_uri"
    ]
    control(
        services,
        "exact/add_redirect_uri",
        client_id=demo.CLIENT_ID,
        redirect_uri=redirect_uri,
    )
    connection = odoo.make("exact.connection", {"name": "Demo", "app_id": app})
    action = odoo.call("exact.connection", "action_connect", [connection])
    query = parse_qs(urlsplit(action["url"]).query)
    consent = control(
        services,
        "exact/consent",
        client_id=demo.CLIENT_ID,
        user=demo.USER,
        redirect_uri=query["redirect_uri"][0],
        state=query["state"][0],
    )
    odoo.session.get(consent["redirect"], timeout=TIMEOUT).raise_for_status()
    odoo.call("exact.connection", "action_fetch_administrations", [connection])


def synchronise(odoo, link):
    """Press *Sync now* until nothing is left to do."""
    mine = ("link_id", "=", link)
    todo = {
        "lightspeed.exact.order": [
            "|",
            ("state", "=", "ready"),
            ("follow_up", "!=", False),
        ],
        "lightspeed.exact.clearing": [("state", "=", "planned")],
    }
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        odoo.call("lightspeed.exact.link", "action_sync_now", [link])
        [state] = odoo.call(
            "lightspeed.exact.link", "read", [link], ["last_success_at"]
        )
        if state["last_success_at"] and not any(
            odoo.ids(model, [mine, *domain]) for model, domain in todo.items()
        ):
            return
        time.sleep(1)
    sys.exit("error: there is work left that does not get done; see the links in Odoo")


def live_on(odoo, link, services):
    """Let time pass: orders change after they are booked, a bookkeeper matches."""
    say("Changing orders in the shop, matching in Exact Online ...")
    for command, parameters in demo_data.after_booking():
        control(services, command, **parameters)
    synchronise(odoo, link)
    match(odoo, link, services, demo.DIVISION)


def match(odoo, link, services, division):
    """Let a bookkeeper match the sales with what clears them, all but a few."""
    cleared = odoo.call(
        "lightspeed.exact.clearing",
        "search_read",
        [("link_id", "=", link), ("state", "=", "posted")],
        ["sale_entry_number", "entry_number"],
        order="id",
    )
    entries = {}
    for row in cleared:
        entries.setdefault(row["sale_entry_number"], []).append(row["entry_number"])
    for sale, others in list(entries.items())[: -demo.LEFT_TO_MATCH]:
        control(services, "exact/match", division=division, entries=[sale, *others])
    odoo.call("lightspeed.exact.link", "action_read_receivables", [link])
