"""How long a webhook of a shop takes to be answered, by a real Odoo with two workers.

Copies the database of the last `bin/test`, connects it to stand-ins, and posts.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg2
from psycopg2 import sql

from sandbox import Sandbox
from sandbox.exact import demo as exact_demo
from sandbox.lightspeed.webhooks import sign

ROOT = Path(__file__).resolve().parent.parent
KEY, SECRET = "k" * 43, "2" * 32
BASE_URL = "http://127.0.0.1:8069"
POSTS = 500
THREADS = 4
PATH = "/lightspeed_exact/hooks/lightspeed/"


def execute(statement, database="postgres"):
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def database():
    """Yield a copy with one shop and one running link, and the number of the shop."""
    original = os.environ.get("LEC_TEST_DB", "lec_test")
    name = f"{original}_bench_{os.getpid()}"
    names = sql.Identifier(name), sql.Identifier(original)
    execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
    try:
        with Sandbox() as box:
            shop = connect(name, box)
        execute(
            "UPDATE ir_cron SET active = false WHERE cron_name NOT LIKE '%lane%'", name
        )
        execute("DELETE FROM ir_cron_trigger", name)
        execute(
            f"UPDATE lightspeed_shop SET use_webhooks = true, webhook_key = '{KEY}'",
            name,
        )
        execute(
            "INSERT INTO lightspeed_shop_webhook (shop_id, company_id, state)"
            " SELECT id, company_id, 'active' FROM lightspeed_shop",
            name,
        )
        yield name, shop
    finally:
        execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))


def connect(name, box):
    """Make shop, connection and link as a person would, at the stand-ins."""
    exact_demo.seed(box.exact)
    shop = box.lightspeed.control_add_shop("winkel", key="1" * 32, secret=SECRET)[
        "shop"
    ]
    uri = BASE_URL + "/lightspeed_exact/exact/callback"
    box.exact.control_add_redirect_uri(exact_demo.CLIENT_ID, uri)
    consent = box.exact.control_consent(exact_demo.CLIENT_ID, exact_demo.USER_NL, uri)
    arguments = {
        "lightspeed_url": box.lightspeed_url,
        "exact_url": box.exact_url,
        "key": "1" * 32,
        "secret": SECRET,
        "client_id": exact_demo.CLIENT_ID,
        "client_secret": exact_demo.CLIENT_SECRET,
        "base_url": BASE_URL,
        "code": consent["code"],
        "division": exact_demo.MAIN,
        "start_at": "2026-01-01 00:00:00",
    }
    worker = ROOT / "tests" / "addon" / "worker.py"
    subprocess.run(
        [sys.executable, worker, name, "setup", json.dumps(arguments)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return str(shop)


@contextlib.contextmanager
def server(name, shop):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        configuration = Path(folder) / "odoo.conf"
        configuration.write_text("[options]\n")
        process = subprocess.Popen(
            [ROOT / "bin" / "odoo", "-d", name, "--http-port", str(port)]
            + ["--http-interface", "127.0.0.1", "--workers", "2"]
            + ["--max-cron-threads", "0", "--log-level", "warn", "--gevent-port"]
            + [str(port + 1)],
            env={**os.environ, "ODOO_RC": str(configuration)},
            start_new_session=True,
        )
        try:
            until = time.monotonic() + 60
            while post(port, shop, KEY, b"{}", "")[1] != 403:
                if time.monotonic() > until:
                    raise SystemExit("the server does not answer")
                time.sleep(0.5)
            yield port
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def post(port, shop, key, body, signature):
    """Post once, as a vendor does: on a connection of its own.

    :return: milliseconds, and the status
    """
    headers = {
        "X-Shop-Id": shop,
        "X-Event": "orders/updated",
        "X-Signature": signature,
        "Content-Type": "application/json",
    }
    started = time.perf_counter()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", PATH + key, body, headers)
        response = connection.getresponse()
        response.read()
        connection.close()
    except OSError:
        return 0, 0
    return 1000 * (time.perf_counter() - started), response.status


def measure(port, shop, title, make, status):
    """Post from several threads and print how long the answers took."""
    taken, lock, numbers = [], threading.Lock(), iter(range(POSTS))

    def work():
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            seconds, found = post(port, shop, *make(number))
            assert found == status, found
            with lock:
                taken.append(seconds)

    for _warm in range(20):
        post(port, shop, *make(0))
    threads = [threading.Thread(target=work) for _number in range(THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = len(taken) / (time.perf_counter() - started)
    cuts = statistics.quantiles(taken, n=100)
    print(
        f"{title:38} median {cuts[49]:6.1f} ms   p95 {cuts[94]:6.1f} ms"
        f"   p99 {cuts[98]:6.1f} ms   {rate:5.0f}/s"
    )


def body(number, size=30_000):
    return b'{"order":{"id":%d,"note":"%s"}}' % (number + 1, b"x" * size)


def main():
    with database() as (name, shop), server(name, shop) as port:

        def signed(number):
            content = body(number)
            return KEY, content, sign(content, SECRET)

        print(f"{POSTS} posts of 30 kB each, {THREADS} at once, two workers")
        measure(port, shop, "signed, the same order", lambda _n: signed(0), 200)
        measure(port, shop, "signed, one order each", signed, 200)
        measure(port, shop, "wrong signature", lambda n: (KEY, body(n), "0" * 32), 403)
        measure(
            port, shop, "unknown shop", lambda n: ("A" * 43, body(n), "0" * 32), 403
        )
        rows = execute("SELECT COUNT(*) FROM lightspeed_exact_hint", name)
        triggers = execute("SELECT COUNT(*) FROM ir_cron_trigger", name)
        print(f"left: {rows[0][0]} hints, {triggers[0][0]} triggers")


if __name__ == "__main__":
    main()
