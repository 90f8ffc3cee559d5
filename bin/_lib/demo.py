#!/usr/bin/env python3
"""The demo: stand-ins, Odoo, set-up as a manager would do it, and the proof.

Everything is done through Odoo's own web interface calls, as a browser does.  Called
by bin/demo with PostgreSQL running; keeps its state in .local/demo.
"""

import argparse
import contextlib
import hashlib
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests
from demo_proof import print_proof

from sandbox import demo as demo_data
from sandbox import demo_settings as demo

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = ROOT / ".local" / "demo"
LOGS = ROOT / ".local" / "logs"
ADDON = "lightspeed_exact_connector"
DATABASE = os.environ.get("LEC_DEMO_DB", "lec_demo")
LOGIN = PASSWORD = "admin"
TIMEOUT = 120


def say(text=""):
    print(text, flush=True)


# === PROCESSES === #


def free_port(wanted=0):
    """Return a port that is free now: the wanted one when it is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    sys.exit("error: no free port on 127.0.0.1")


def ports():
    """Return the ports of the demo, the same at every start where possible."""
    file = HOME / "ports.json"
    wanted = json.loads(file.read_text()) if file.exists() else {"odoo": 8069}
    names = ("odoo", "gevent", "lightspeed", "exact", "vies", "control")
    found = {name: free_port(wanted.get(name, 0)) for name in names}
    file.write_text(json.dumps(found))
    return found


@contextlib.contextmanager
def process(name, command):
    """Run a command in the background; it ends with the block."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(LOGS / f"demo-{name}.log", "w") as log:
        child = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            stop(child)


def stop(child):
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_for(url, child, name):
    """Wait until an address answers."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        if child.poll() is not None:
            sys.exit(f"error: {name} stopped; see .local/logs/demo-{name}.log")
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=10).status_code < 500:
                return
        time.sleep(0.2)
    sys.exit(f"error: {name} does not answer; see .local/logs/demo-{name}.log")


def odoo(*arguments):
    return [sys.executable, str(ROOT / "bin" / "_lib" / "odoo"), *arguments]


# === DATABASE === #


def sources_digest():
    """Return a digest of the addon: another one means an upgrade is due."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / ADDON).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(ROOT)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def database_exists():
    command = ["psql", "-AtX", "-c", "SELECT datname FROM pg_database", "postgres"]
    names = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return DATABASE in names.split()


def prepare_database():
    """Install or upgrade the addon in the demo database, when that is due."""
    stamp = HOME / "installed"
    digest = sources_digest()
    exists = database_exists()
    if exists and stamp.exists() and stamp.read_text() == digest:
        return
    say("Upgrading the addon ..." if exists else "Installing Odoo and the addon ...")
    action = "-u" if exists else "-i"
    log = LOGS / "demo-install.log"
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(log, "w") as stream:
        done = subprocess.run(
            odoo("-d", DATABASE, action, ADDON, "--stop-after-init", "--no-http"),
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    if done.returncode:
        sys.exit(f"error: it failed; see {log.relative_to(ROOT)}")
    stamp.write_text(digest)


# === ODOO, AS A BROWSER TALKS TO IT === #


class Odoo:
    """A browser session of the administrator."""

    def __init__(self, url):
        self.url = url
        self.session = requests.Session()
        self.numbers = itertools.count(1)
        self._rpc(
            "/web/session/authenticate",
            {"db": DATABASE, "login": LOGIN, "password": PASSWORD},
        )

    def _rpc(self, route, params):
        body = {"jsonrpc": "2.0", "id": next(self.numbers), "params": params}
        answer = self.session.post(self.url + route, json=body, timeout=TIMEOUT).json()
        if "error" in answer:
            data = answer["error"].get("data", {})
            sys.exit(f"error: {data.get('message') or answer['error']['message']}")
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        return self._rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def ids(self, model, domain=()):
        return self.call(model, "search", list(domain))

    def make(self, model, values):
        return self.call(model, "create", [values])[0]


def configure(odoo, services):
    """Connect and start the demo link, the way a manager does it in the forms.

    :return: the link, and whether it was made now
    """
    moved = {
        "lightspeed.shop": {"api_url": services["lightspeed_url"]},
        "exact.app": {"host_url": services["exact_url"]},
    }
    for model, values in moved.items():
        found = odoo.ids(model)
        if (
            found
            and odoo.call(model, "read", found, list(values))[0] | values
            != (odoo.call(model, "read", found, list(values))[0])
        ):
            odoo.call(model, "write", found, values)
    odoo.call(
        "ir.config_parameter",
        "set_param",
        f"{ADDON}.vies_url",
        services["vies_url"],
    )
    links = odoo.ids("lightspeed.exact.link", [("state", "=", "running")])
    if links:
        shops = odoo.ids("lightspeed.shop", [("state", "=", "draft")])
        if shops:
            odoo.call("lightspeed.shop", "action_test_connection", shops)
        return links[0], False
    euro = odoo.call(
        "res.currency", "search", [("name", "=", "EUR")], context={"active_test": False}
    )
    odoo.call("res.currency", "write", euro, {"active": True})
    odoo.call("res.company", "write", odoo.ids("res.company"), {"currency_id": euro[0]})
    say("Connecting the demo shop ...")
    shop = odoo.make(
        "lightspeed.shop",
        {
            "name": demo.SHOP_NAME,
            "api_key": demo.SHOP_KEY,
            "api_secret": demo.SHOP_SECRET,
            "api_url": services["lightspeed_url"],
        },
    )
    odoo.call("lightspeed.shop", "action_test_connection", [shop])
    say("Connecting Exact Online ...")
    # The real one allows 60 calls a minute: nobody who looks at a demo waits for that.
    control(services, "exact/set_limits", minute=demo.CALLS_A_MINUTE)
    administration = connect_exact(odoo, services)
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


def choose_payments(odoo, link, administration):
    """Clear what the payment service paid out, and gift cards."""

    def found(model, **values):
        domain = [("administration_id", "=", administration)]
        domain += [(name, "=", value) for name, value in values.items()]
        return odoo.ids(model, domain)[0]

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
        },
    )


def connect_exact(odoo, services):
    """Do the OAuth round trip and choose the demo administration."""
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
    administration = odoo.ids(
        "exact.administration", [("division", "=", demo.DIVISION)]
    )
    odoo.call("exact.administration", "action_refresh", administration)
    return administration[0]


def control(services, command, **parameters):
    answer = requests.post(
        f"{services['control_url']}/{command}", json=parameters, timeout=TIMEOUT
    )
    answer.raise_for_status()
    return answer.json()


def synchronise(odoo, link):
    """Press *Sync now* until nothing is left to do."""
    say("Synchronising ...")
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


def live_on(odoo, link, services):
    """Let time pass: orders change after they are booked, a bookkeeper matches."""
    say("Changing orders in the shop, matching in Exact Online ...")
    for command, parameters in demo_data.after_booking():
        control(services, command, **parameters)
    synchronise(odoo, link)
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
        control(
            services, "exact/match", division=demo.DIVISION, entries=[sale, *others]
        )
    odoo.call("lightspeed.exact.link", "action_read_receivables", [link])


def main():
    parser = argparse.ArgumentParser(prog="bin/demo")
    parser.add_argument("--once", action="store_true", help="stop after the proof")
    parser.add_argument("--reset", action="store_true", help="start from nothing")
    arguments = parser.parse_args()
    # SIGINT too: a shell that starts this in the background lets it be ignored.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    if arguments.reset:
        subprocess.run(["dropdb", "--if-exists", DATABASE], check=True)
        shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        return run(arguments, started)
    except KeyboardInterrupt:
        say("Stopped.")
        return 0


def run(arguments, started):
    if not database_exists():
        (HOME / "sandbox.json").unlink(missing_ok=True)
    prepare_database()
    port = ports()
    ready = HOME / "sandbox.ready"
    ready.unlink(missing_ok=True)
    sandbox = [
        sys.executable,
        "-m",
        "sandbox",
        "--demo",
        "--state",
        str(HOME / "sandbox.json"),
        "--ready-file",
        str(ready),
    ]
    for name in ("lightspeed", "exact", "vies", "control"):
        sandbox += [f"--{name}-port", str(port[name])]
    url = f"http://127.0.0.1:{port['odoo']}"
    server = odoo(
        "-d",
        DATABASE,
        "--db-filter",
        f"^{DATABASE}$",
        "--no-database-list",
        "--http-port",
        str(port["odoo"]),
        "--gevent-port",
        str(port["gevent"]),
    )
    say("Starting the stand-ins and Odoo ...")
    with process("sandbox", sandbox) as box, process("odoo", server) as web:
        wait_for(f"{url}/web/login", web, "odoo")
        while not ready.exists():
            if box.poll() is not None:
                sys.exit("error: sandbox stopped; see .local/logs/demo-sandbox.log")
            time.sleep(0.1)
        services = json.loads(ready.read_text())
        browser = Odoo(url)
        link, is_new = configure(browser, services)
        synchronise(browser, link)
        if is_new:
            live_on(browser, link, services)
        proved = print_proof(browser, link, services, control)
        say()
        say(f"Odoo:   {url}/odoo  (login {LOGIN}, password {PASSWORD})")
        say(f"Ready in {time.monotonic() - started:.0f} s.")
        if not arguments.once:
            say("Press Ctrl-C to stop.")
            web.wait()
        return 0 if proved else 1


if __name__ == "__main__":
    sys.exit(main())
