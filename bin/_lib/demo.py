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
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

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
    """Connect and start the demo link, the way a manager does it in the forms."""
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
        return links[0]
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
    odoo.call("lightspeed.exact.link", "action_start", [link])
    return link


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
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        odoo.call("lightspeed.exact.link", "action_sync_now", [link])
        todo = [("link_id", "=", link), ("state", "=", "ready")]
        state = odoo.call("lightspeed.exact.link", "read", [link], ["last_success_at"])[
            0
        ]
        if state["last_success_at"] and not odoo.ids("lightspeed.exact.order", todo):
            return
        time.sleep(1)


# === PROOF === #


def print_proof(odoo, link, services):
    """Print what was booked, and compare it with the books of the stand-in."""
    orders = odoo.call(
        "lightspeed.exact.order",
        "search_read",
        [("link_id", "=", link)],
        ["number", "customer_name", "state", "reason", "booking_ids", "amount_total"],
        order="number",
    )
    ids = [order["booking_ids"][0] for order in orders if order["booking_ids"]]
    rows = odoo.call(
        "lightspeed.exact.booking",
        "read",
        ids,
        ["entry_number", "entry_id", "proof", "gross", "state"],
    )
    bookings = {row["id"]: row for row in rows}
    entries = {
        str(entry["EntryID"]): Decimal(str(entry["AmountFC"]))
        for entry in control(services, "exact/entries", division=demo.DIVISION)
    }
    say()
    line = "{:<10} {:<26} {:>9}  {:<34} {:<10} {}"
    say(line.format("order", "customer", "gross", "VAT per rate", "entry", "proof"))
    wrong = 0
    for order in orders:
        if order["state"] != "booked":
            continue
        booking = bookings[order["booking_ids"][0]]
        vat = ", ".join(
            f"{Decimal(rate) * 100:.0f} %: {vat}"
            for rate, _net, vat in booking["proof"]["per_rate"]
        )
        in_exact = entries.get(booking["entry_id"])
        equal = in_exact == Decimal(booking["gross"])
        wrong += not equal
        say(
            line.format(
                order["number"],
                (order["customer_name"] or "")[:26],
                booking["gross"],
                vat[:34],
                booking["entry_number"],
                "equal" if equal else f"DIFFERS: Exact has {in_exact}",
            )
        )
    say()
    for order in orders:
        if order["state"] != "booked":
            say(f"{order['number']:<10} {order['state']:<9} {order['reason'] or ''}")
    booked = [order for order in orders if order["state"] == "booked"]
    total = sum((Decimal(row["gross"]) for row in rows), Decimal(0))
    say()
    say(
        f"{len(booked)} orders booked, {total} in all; {len(entries)} entries in Exact,"
        f" {sum(entries.values(), Decimal(0))} in all; {wrong} differences."
    )
    return not wrong and len(entries) == len(booked)


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
        link = configure(browser, services)
        synchronise(browser, link)
        proved = print_proof(browser, link, services)
        say()
        say(f"Odoo:   {url}/odoo  (login {LOGIN}, password {PASSWORD})")
        say(f"Ready in {time.monotonic() - started:.0f} s.")
        if not arguments.once:
            say("Press Ctrl-C to stop.")
            web.wait()
        return 0 if proved else 1


if __name__ == "__main__":
    sys.exit(main())
