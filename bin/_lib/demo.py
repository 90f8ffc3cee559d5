#!/usr/bin/env python3
"""The demo: stand-ins, Odoo, set-up as a manager would do it, and the proof.

Everything is done through Odoo's own web interface calls, as a browser does.  Called
by bin/demo with PostgreSQL running; keeps its state in .local/demo.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import time

import demo_invoices
import demo_setup
from demo_browser import LOGIN, PASSWORD, Odoo
from demo_host import (
    DATABASE,
    HOME,
    database_exists,
    odoo,
    ports,
    prepare_database,
    process,
    say,
    wait_for,
)
from demo_proof import print_proof
from demo_proof_invoices import print_invoice_proof


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
        demo_setup.connect(browser, services)
        proved = show_entries(browser, services)
        proved &= show_invoices(browser, services)
        say()
        say(f"Odoo:   {url}/odoo  (login {LOGIN}, password {PASSWORD})")
        say(f"Ready in {time.monotonic() - started:.0f} s.")
        if not arguments.once:
            say("Press Ctrl-C to stop.")
            web.wait()
        return 0 if proved else 1


def show_entries(browser, services):
    """Show the shop whose orders become sales entries; return whether all agrees."""
    link, is_new = demo_setup.configure(browser, services)
    say("Synchronising ...")
    demo_setup.synchronise(browser, link)
    if is_new:
        demo_setup.live_on(browser, link, services)
    return print_proof(browser, link, services)


def show_invoices(browser, services):
    """Show the shop whose orders become sales invoices; return whether all agrees."""
    say()
    link, is_new = demo_invoices.configure(browser, services)
    if not demo_invoices.has_products(browser, link):
        demo_invoices.transfer_products(browser, link)
    say("Synchronising ...")
    demo_setup.synchronise(browser, link)
    if is_new:
        demo_invoices.live_on(browser, link, services)
    return print_invoice_proof(browser, link, services)


if __name__ == "__main__":
    sys.exit(main())
