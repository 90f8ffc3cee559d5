"""A process with a registry of its own: what the tests with real processes start.

usage: worker.py DATABASE ROLE [JSON]

Prints one line of JSON.
"""

import contextlib
import json
import multiprocessing
import os
import sys
import time

import psycopg2

import odoo.sql_db
import odoo.tools
from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.modules.registry import Registry

PATIENCE = 60


@contextlib.contextmanager
def environment(database):
    with Registry(database).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})


def forked(count, work):
    """Do the same at the same moment in so many processes; return what each gives."""
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(count), context.Queue()
    # Connections to the database are not shared with children.
    odoo.sql_db.close_all()
    children = [
        context.Process(target=lambda: answers.put(work(barrier))) for _ in range(count)
    ]
    for child in children:
        child.start()
    found = [answers.get(timeout=PATIENCE) for _child in children]
    for child in children:
        child.join(PATIENCE)
    return found


# === ROLES === #
def setup(
    database,
    *,
    lightspeed_url,
    exact_url,
    key,
    secret,
    client_id,
    client_secret,
    base_url,
    code,
    division,
    start_at,
):
    """Make shop, app and connection; finish the consent and start a link."""
    with environment(database) as env:
        env.company.currency_id = env.ref("base.EUR")
        env["ir.config_parameter"].set_param("web.base.url", base_url)
        shop = env["lightspeed.shop"].create(
            {
                "name": "Voorbeeldwinkel",
                "api_key": key,
                "api_secret": secret,
                "api_url": lightspeed_url,
            }
        )
        shop.action_test_connection()
        app = env["exact.app"].create(
            {
                "name": "App",
                "host_url": exact_url,
                "client_id": client_id,
                "client_secret": client_secret,
            }
        )
        connection = env["exact.connection"].create(
            {"name": "Boekhouder", "app_id": app.id}
        )
        # The tokens are stored by another transaction.
        env.cr.commit()
        connection._finish_consent(code)
        env.cr.commit()
        connection.action_fetch_administrations()
        administration = env["exact.administration"].search(
            [("division", "=", division)]
        )
        administration.action_refresh()
        link = env["lightspeed.exact.link"].create(
            {
                "shop_id": shop.id,
                "administration_id": administration.id,
                "start_at": start_at,
            }
        )
        link.action_start()
        return {"link": link.id}


def invoices(database):
    """Let the link make invoices, which are finalised and mailed at once."""
    with environment(database) as env:
        link = env["lightspeed.exact.link"].search([])
        layouts = link.administration_id.layout_ids
        profile = env["exact.invoice.profile"].create(
            {
                "name": "Webwinkel",
                "administration_id": link.administration_id.id,
                "journal_id": link.journal_id.id,
                "finalise": "print",
                "shop_makes_no_invoices": True,
                "send_by": "email",
                "layout_id": layouts.filtered(lambda row: row.kind == "document")[0].id,
                "email_layout_id": layouts.filtered(lambda row: row.kind == "email")[
                    0
                ].id,
            }
        )
        link.write({"document_kind": "sales_invoice", "invoice_profile_id": profile.id})
        return {"profile": profile.id}


def tokens(database, count):
    """Ask for a token in so many processes, and roll everything back."""

    def ask(barrier):
        with environment(database) as env:
            connection = env["exact.connection"].search([])
            barrier.wait(PATIENCE)
            token, _until = connection._access_token()
            env.cr.rollback()
            return token

    return forked(count, ask)


def renew(database, count):
    """Ask for a token in so many processes; return the code of the error of each."""
    # Known from when the path of the addons is.
    from odoo.addons.lightspeed_exact_connector.clients.errors import ConnectorError

    def ask(barrier):
        with environment(database) as env:
            connection = env["exact.connection"].search([])
            barrier.wait(PATIENCE)
            try:
                connection._access_token()
            except ConnectorError as error:
                return error.code
            return ""

    return forked(count, ask)


def consent(database, code):
    """Consent again."""
    with environment(database) as env:
        env["exact.connection"].search([])._finish_consent(code)


def disconnect(database):
    with environment(database) as env:
        env["exact.connection"].search([]).action_disconnect()


def keep_alive(database):
    with environment(database) as env:
        env["exact.connection"]._cron_keep_alive()


def lane(database, count):
    """Work in so many processes until nothing is due any more."""

    def work(barrier):
        barrier.wait(PATIENCE)
        with environment(database) as env:
            return serve(env)

    return forked(count, work)


def crons(database):
    """Run the first lane as its scheduled action does, once."""
    with environment(database) as env:
        env["lightspeed.exact.lane"]._cron_run()
        env.cr.commit()
        return env["lightspeed.exact.incident"].search([]).mapped("problem_code")


def confirm(database):
    """Say that the database was moved, as a manager does."""
    with environment(database) as env:
        env["lightspeed.exact.identity.choice"].create({}).action_confirm()
        env.cr.commit()
        return True


def quota(database, count, killed=0):
    """Call both vendors in so many processes until the quotas allow no more.

    :param int killed: so many of them give nothing back, as if killed
    :return: for each process how often Exact and the shop were called
    """
    # Known to Python only when the registry is loaded.
    from odoo.addons.lightspeed_exact_connector.clients.errors import (  # noqa: PLC0415
        RateLimited,
    )

    def call_while_possible(call):
        made = 0
        while True:
            try:
                call()
            except RateLimited:
                return made
            made += 1

    def work(barrier):
        place = barrier.wait(PATIENCE)
        with environment(database) as env:
            link = env["lightspeed.exact.link"].search([])
            exact, shop = link.administration_id._client(), link.shop_id._client()
            made = [
                call_while_possible(
                    lambda: exact.has_right("salesentry/SalesEntries", "POST")
                ),
                call_while_possible(shop.account),
            ]
            if place >= killed:
                exact.close()
                shop.close()
        return made

    return forked(count, work)


def race(database, count, remote_ids):
    """Let a webhook, a button and lanes meet over the same orders, all at once.

    :return: of each process, how often another one was at work
    """

    def work(barrier):
        with environment(database) as env:
            place = barrier.wait(PATIENCE)
            link = env["lightspeed.exact.link"].search([])
            if place == 0:
                for remote_id in remote_ids:
                    env["lightspeed.exact.hint"]._receive(
                        "lightspeed", "order", remote_id, shop_id=link.shop_id.id
                    )
                    env.cr.commit()
            elif place == 1:
                link.action_sync_now()
                env.cr.commit()
            return serve(env)

    return forked(count, work)


def people(database, act):
    """Do what people do meanwhile, each thing as a request of its own.

    :param str act: save, pause, archive, forget, move or press
    :return: what was refused, in its own words
    """
    refused = []
    with environment(database) as env:
        env = env(context={})
        order = env["lightspeed.exact.order"].search([], limit=1)
        link, administration = order.link_id, order.administration_id
        order.skip_reason = "Dubbel"
        env.cr.commit()
        deeds = {
            "save": [
                lambda: (
                    env["lightspeed.exact.order"]
                    .search([])
                    .write({"skip_reason": "Allemaal"})
                ),
                lambda: order.message_post(body="Let op"),
                lambda: link.write({"rounding_limit": 0.03}),
                lambda: administration.write({"name": "Andere naam"}),
                lambda: administration.connection_id.write({"name": "Andere"}),
                lambda: order.shop_id.write({"name": "Andere naam"}),
            ],
            "pause": [link.action_pause],
            "archive": [
                lambda: link.write({"active": False}),
                lambda: administration.write({"active": False}),
                lambda: order.shop_id.write({"active": False}),
            ],
            "forget": [lambda: order.customer_id.action_forget()],
            "move": [
                lambda: link.write(
                    {
                        "administration_id": administration.copy(
                            {"division": administration.division + 1}
                        ).id
                    }
                ),
                order.unlink,
                link.unlink,
            ],
            "press": [
                order.action_skip,
                order.action_retry,
                order.action_rebook,
                link.action_sync_now,
            ],
        }
        for deed in deeds[act]:
            try:
                deed()
                env.flush_all()
                env.cr.commit()
            except (UserError, psycopg2.Error) as error:
                env.cr.rollback()
                env.invalidate_all()
                refused.append(f"{type(error).__name__}: {error}")
    return refused


def serve(env):
    """Work until nothing is due any more; return how often another one was at work."""
    busy = 0
    engine = env["lightspeed.exact.lane"]
    until = time.monotonic() + PATIENCE
    while (due := engine._due_administrations()) and time.monotonic() < until:
        administration = env["exact.administration"].browse(due[0])
        if engine._serve(administration, time.monotonic() + 20) is None:
            busy += 1
            time.sleep(0.01)
        env.cr.commit()
    return busy


def receive(database, count, each):
    """Name the same order in so many processes at once; return how often in all."""

    def work(barrier):
        with environment(database) as env:
            shop = env["lightspeed.shop"].search([])
            barrier.wait(PATIENCE)
            env.cr.commit()
            for _again in range(each):
                env["lightspeed.exact.hint"]._receive(
                    "lightspeed", "order", "17", shop_id=shop.id
                )
                env.cr.commit()
        return each

    return sum(forked(count, work))


def products(database, patience=PATIENCE):
    """Transfer all products of the shop, or go on where an earlier one was killed.

    :return: what became of it, and the memory in use after each slice, in MB
    """
    started = time.monotonic()
    memory, slices = {}, 0
    with environment(database) as env:
        link = env["lightspeed.exact.link"].search([])
        link.write({"products": "all", "next_poll_at": "2100-01-01"})
        link.action_transfer_products()
        transfer = link.transfer_ids[:1]
        engine = env["lightspeed.exact.lane"]
        while time.monotonic() - started < patience:
            if transfer.state == "draft":
                transfer.action_read()
            elif transfer.state == "ready":
                transfer.action_start()
            env.cr.commit()
            engine._serve(transfer.administration_id, time.monotonic() + 20)
            env.cr.commit()
            env.invalidate_all()
            slices += 1
            memory.setdefault(transfer.state, []).append(resident())
            if transfer.state == "done" or transfer.next_at:
                break
        names = ("state", "total_count", "made_count", "found_count", "exact_calls")
        names += ("lightspeed_calls", "problem_code", "duration_text")
        return {
            **{name: transfer[name] for name in names},
            "seconds": round(time.monotonic() - started, 1),
            "slices": slices,
            "memory": memory,
        }


def resident():
    """Return the memory of this process in use now, in MB."""
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def main():
    database, role = sys.argv[1:3]
    arguments = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    odoo.tools.config.parse_config(["--database", database, "--no-http"])
    Registry(database)
    answer = globals()[role](database, **arguments)
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    # Neither waits for threads that Odoo may have started.
    os._exit(0)


if __name__ == "__main__":
    main()
