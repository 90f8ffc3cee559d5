"""What is asked of an Odoo process of its own: to set up, and to look.

usage: worker.py DATABASE ROLE [JSON]

Prints one line of JSON.
"""

import json
import os
import sys
from types import SimpleNamespace

import odoo.tools
from odoo.modules.module import initialize_sys_path
from odoo.modules.registry import Registry

from tests.addon.worker import environment

# Only then are addons found.
odoo.tools.config.parse_config(["--database", sys.argv[1], "--no-http"])
initialize_sys_path()

from odoo.addons.lightspeed_exact_connector.const import (  # noqa: E402
    VIES_URL_PARAMETER,
)

from tests.addon.books_case import BooksCase  # noqa: E402
from tests.books.worlds import INVOICE_CODE, WORLDS  # noqa: E402


def setup(database, *, urls, app, base_url, code, sellers):
    """Make app, connection, and a link for each seller; finish the consent.

    :param dict urls: of ``lightspeed``, ``exact`` and ``vies``
    :param dict app: client id and secret
    :param str code: of the consent
    :param list sellers: see ``shops.Seller.as_told``
    """
    with environment(database) as env:
        env.company.currency_id = env.ref("base.EUR")
        parameters = env["ir.config_parameter"]
        parameters.set_param("web.base.url", base_url)
        # Else the next login of an administrator writes another one.
        parameters.set_param("web.base.url.freeze", "True")
        parameters.set_param(VIES_URL_PARAMETER, urls["vies"])
        app = env["exact.app"].create(
            {"name": "App", "host_url": urls["exact"], **app},
        )
        connection = env["exact.connection"].create(
            {"name": "Boekhouder", "app_id": app.id}
        )
        # The tokens are stored by another transaction.
        env.cr.commit()
        connection._finish_consent(code)
        env.cr.commit()
        connection.action_fetch_administrations()
        links = [_link(env, urls["lightspeed"], seller) for seller in sellers]
        for link in links:
            link.action_start()
        return [link.id for link in links]


def _link(env, url, seller):
    world = WORLDS[seller["world"]]
    shop = env["lightspeed.shop"].create(
        {
            "name": seller["world"],
            "api_key": seller["key"],
            "api_secret": seller["secret"],
            "api_url": url,
        }
    )
    shop.action_test_connection()
    administration = env["exact.administration"].search(
        [("division", "=", seller["division"])]
    )
    administration.action_refresh()
    maker = SimpleNamespace(env=env)
    BooksCase.make_entity(maker, administration, world)
    link = env["lightspeed.exact.link"].create(
        {
            "shop_id": shop.id,
            "administration_id": administration.id,
            "start_at": seller["start_at"],
            "reference_prefix": seller["prefix"],
            "cancelled_after": "credit",
            # Seconds here, see hooks/lec_chaos/times.py.
            "poll_minutes": 6,
        }
    )
    link.journal_id = _first(administration.journal_ids, seller["journal"])
    BooksCase.make_rules(maker, link, world)
    BooksCase.make_product_rules(maker, link)
    if seller["invoices"]:
        _make_invoices(env, link)
    if seller["clears"]:
        _make_clearings(env, link, seller)
    return link


def _first(records, code):
    return records.filtered(lambda row: row.code == code)[:1]


def _make_invoices(env, link):
    """Let a link make invoices with items, finalised and mailed at once."""
    layouts = link.administration_id.layout_ids
    profile = env["exact.invoice.profile"].create(
        {
            "name": "Webwinkel",
            "administration_id": link.administration_id.id,
            "journal_id": link.journal_id.id,
            "finalise": "print",
            "shop_makes_no_invoices": True,
            "send_by": "email",
            **{
                name: layouts.filtered(lambda row, kind=kind: row.kind == kind)[:1].id
                for name, kind in (
                    ("layout_id", "document"),
                    ("email_layout_id", "email"),
                )
            },
        }
    )
    link.rule_ids.filtered(
        lambda rule: not rule.vat_code_id and rule.vat_code_source == "chosen"
    ).vat_code_id = _first(link.administration_id.vat_code_ids, INVOICE_CODE)
    link.write({"document_kind": "sales_invoice", "invoice_profile_id": profile.id})


def _make_clearings(env, link, seller):
    """Let a link clear what is paid."""
    administration = link.administration_id
    link.write(
        {
            "clearing": "journal_entry",
            "clearing_journal_id": _first(
                administration.journal_ids, seller["clearing_journal"]
            ).id,
        }
    )
    env["lightspeed.exact.payment.rule"].create(
        {
            "link_id": link.id,
            "clearing_account_id": _first(
                administration.gl_account_ids, seller["clearing_account"]
            ).id,
        }
    )


def reconnect(database, *, code):
    """Give the consent that a person gives after Exact refused the old one."""
    with environment(database) as env:
        connection = env["exact.connection"].search([])
        connection._finish_consent(code)
        env.cr.commit()
        return connection.id


def reasons(database):
    """Return state and reason of every order, as a person reads them."""
    with environment(database) as env:
        return [
            [order.link_id.id, order.number, order.state, order.reason or ""]
            for order in env["lightspeed.exact.order"].search([])
        ]


def main():
    database, role = sys.argv[1:3]
    arguments = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    Registry(database)
    answer = globals()[role](database, **arguments)
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    # Does not wait for threads that Odoo may have started.
    os._exit(0)


if __name__ == "__main__":
    main()
