"""Once, with real processes: they race, lock each other out and are killed.

The tests have a database of their own, a sandbox in this process, and workers with
registries of their own (``worker.py``) or whole Odoo servers.  Nothing waits for time
to pass: only for something to be seen.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import psycopg2
import pytest

from odoo.addons.lightspeed_exact_connector.const import OAUTH_CALLBACK_ROUTE

from sandbox import Sandbox
from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import KEY, SECRET
from tests.addon.database import copied_database, rename_database

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENTRY = "salesentry/SalesEntries"
INVOICE = "salesinvoice/SalesInvoices"
PRINT = "salesinvoice/PrintedSalesInvoices"
BASE_URL = "http://127.0.0.1:8069"
PATIENCE = 60


class Place:
    """A database, a sandbox, and processes between them."""

    def __init__(self, database, box, folder):
        self.database = database
        self.box = box
        self.folder = folder
        self.configuration = folder / "odoo.conf"
        self.configuration.write_text("[options]\n")

    # --- processes --- #
    def start(self, role, **arguments):
        """Start a worker in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, HERE / "worker.py", self.database, role]
            + [json.dumps(arguments)],
            env={**os.environ, "ODOO_RC": str(self.configuration)},
            stdout=subprocess.PIPE,
            stderr=self.log(role).open("ab"),
            start_new_session=True,
        )

    def log(self, role):
        return self.folder / f"{role}.log"

    def run(self, role, **arguments):
        """Run a worker and return its answer."""
        worker = self.start(role, **arguments)
        try:
            output, _errors = worker.communicate(timeout=PATIENCE)
        finally:
            self.kill(worker)
        log = self.log(role).read_text()
        assert worker.returncode == 0, log
        assert " ERROR " not in log, log
        return json.loads(output.splitlines()[-1])

    def kill(self, worker):
        """Kill a worker with its children, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(PATIENCE)

    @contextlib.contextmanager
    def server(self, number):
        """A real Odoo server that runs crons."""
        log = self.folder / f"server{number}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [ROOT / "bin" / "odoo", "-d", self.database, "--no-http"]
                + ["--max-cron-threads", "2", "--workers", "0"],
                env={**os.environ, "ODOO_RC": str(self.configuration)},
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            try:
                yield log
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(15)
                self.kill(process)

    # --- the database --- #
    def sql(self, statement, database=None):
        connection = psycopg2.connect(dbname=database or self.database)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def states(self):
        rows = self.sql("SELECT state FROM lightspeed_exact_order")
        return sorted(row[0] for row in rows)

    def settle(self):
        """Let the time pass that a call could be under way."""
        self.sql(
            "UPDATE lightspeed_exact_operation SET"
            " sent_at = sent_at - interval '1 hour',"
            " sent_vendor_at = sent_vendor_at - interval '1 hour',"
            " looked_up_at = looked_up_at - interval '1 hour'"
        )
        self.sql("UPDATE lightspeed_exact_order SET next_attempt_at = NULL")
        self.sql("UPDATE exact_administration SET parked_until = NULL")

    # --- the shop and the books --- #
    def clear(self):
        """Remove what a test before has left."""
        self.box.faults.clear()
        self.box.calls.clear()
        for order in self.box.lightspeed.control_oracle(self.shop):
            self.box.lightspeed.control_delete_order(self.shop, order["id"])
        for entry in self.entries():
            self.box.exact.control_delete_entry(exact_demo.MAIN, entry["EntryID"])
        self.sql(
            "TRUNCATE lightspeed_exact_order, lightspeed_exact_operation,"
            " lightspeed_exact_booking, lightspeed_exact_hint, exact_customer CASCADE"
        )
        self.sql("UPDATE lightspeed_exact_link SET next_poll_at = create_date")
        self.box.exact.control_set_limits(minute=100_000)
        self.box.lightspeed.control_set_rate_limits(
            self.shop, limits=[100_000] * 3, used=[0] * 3
        )
        self.sql("DELETE FROM lightspeed_exact_quota")
        self.box.exact.control_set_option(latency=0.02)
        self.box.exact.control_parallel_peak(forget=True)

    def add_order(self, number):
        return self.make_order(number)["number"]

    def make_order(self, number):
        return self.box.lightspeed.control_add_order(
            self.shop,
            lines=[{"title": "Mok", "quantity": 2, "unit_incl": "24.95"}],
            customer={"email": f"klant{number}@example.com", "lastname": "Voorbeeld"},
        )

    def entries(self):
        return self.box.exact.control_entries(exact_demo.MAIN)

    def calls(self, method, path):
        return self.box.calls.list(service="exact", method=method, path=path)


def wait_until(condition, *, nudge=None):
    """Wait until something is seen."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        if nudge:
            nudge()
        time.sleep(0.05)


@pytest.fixture(scope="module")
def connected(tmp_path_factory):
    """A shop, a connection, an administration and a link that runs."""
    with copied_database("processes") as database, Sandbox() as box:
        exact_demo.seed(box.exact)
        place = Place(database, box, tmp_path_factory.mktemp("processes"))
        place.shop = box.lightspeed.control_add_shop(
            "voorbeeldwinkel", key=KEY, secret=SECRET
        )["shop"]
        uri = BASE_URL + OAUTH_CALLBACK_ROUTE
        box.exact.control_add_redirect_uri(exact_demo.CLIENT_ID, uri)
        consent = box.exact.control_consent(
            exact_demo.CLIENT_ID, exact_demo.USER_NL, uri
        )
        start_at = datetime.now(timezone.utc) - timedelta(days=30)
        place.run(
            "setup",
            lightspeed_url=box.lightspeed_url,
            exact_url=box.exact_url,
            key=KEY,
            secret=SECRET,
            client_id=exact_demo.CLIENT_ID,
            client_secret=exact_demo.CLIENT_SECRET,
            base_url=BASE_URL,
            code=consent["code"],
            division=exact_demo.MAIN,
            start_at=start_at.strftime("%Y-%m-%d %H:%M:%S"),
        )
        yield place


@pytest.fixture
def place(connected):
    """The same, without orders and entries."""
    connected.clear()
    return connected


def test_of_eight_processes_one_renews_the_token_and_it_is_durable(place):
    place.box.exact.control_expire_tokens()
    place.sql(
        "UPDATE exact_token SET expires_at = now() AT TIME ZONE 'UTC',"
        " issued_at = issued_at - interval '10 minutes'"
    )
    before = len(place.calls("POST", "oauth2/token"))
    given = place.run("tokens", count=8)
    assert len(given) == 8
    assert len(set(given)) == 1
    assert len(place.calls("POST", "oauth2/token")) - before == 1
    # Every caller rolled back; the pair is stored all the same, and it is the live one.
    (access, refresh, state), *others = place.sql(
        "SELECT access_token, refresh_token, state FROM exact_token"
    )
    assert not others
    assert (access, state) == (given[0], "connected")
    assert not place.box.exact.state.refresh[refresh].rotated
    assert access in place.box.exact.state.access


def test_processes_that_work_on_one_administration_take_turns(place):
    numbers = [place.add_order(number) for number in range(8)]
    busy = place.run("lane", count=3)
    assert sum(busy) > 0, "they never met"
    assert_booked_once(place, numbers)


def assert_booked_once(place, numbers):
    assert place.states() == ["booked"] * len(numbers)
    entries = place.entries()
    assert sorted(entry["YourRef"] for entry in entries) == sorted(numbers)
    assert {Decimal(entry["AmountFC"]) for entry in entries} == {Decimal("49.90")}
    assert len(place.calls("POST", ENTRY)) == len(numbers)
    assert place.box.exact.control_parallel_peak()["peak"] == 1
    assert place.box.exact.control_ledger_check(exact_demo.MAIN)["ok"]


def test_two_odoo_servers_book_each_order_once_one_call_at_a_time(place):
    numbers = [place.add_order(number) for number in range(12)]
    place.sql("UPDATE ir_cron SET active = false WHERE cron_name NOT LIKE '%lane%'")

    def notify():
        place.sql(f"SELECT pg_notify('cron_trigger', '{place.database}')", "postgres")

    def booked():
        return place.states() == ["booked"] * len(numbers)

    def loaded(log):
        return "Registry loaded" in log.read_text()

    with place.server(1) as first, place.server(2) as second:
        wait_until(lambda: loaded(first) and loaded(second))
        wait_until(booked, nudge=notify)
        logs = first.read_text() + second.read_text()
    for word in (" WARNING ", " ERROR ", " CRITICAL "):
        assert word not in logs, logs
    assert_booked_once(place, numbers)


def test_workers_a_button_and_a_webhook_on_the_same_orders_book_each_once(place):
    made = [place.make_order(number) for number in range(5)]
    numbers = [order["number"] for order in made]
    busy = place.run("race", count=4, remote_ids=[str(order["id"]) for order in made])
    assert sum(busy) > 0, "they never met"
    assert_booked_once(place, numbers)
    assert place.sql("SELECT id FROM lightspeed_exact_hint") == []


def test_a_webhook_alone_books_while_nothing_is_polled(place):
    place.sql("UPDATE lightspeed_exact_link SET next_poll_at = '2100-01-01'")
    made = place.make_order(1)
    place.run("race", count=1, remote_ids=[str(made["id"])])
    assert_booked_once(place, [made["number"]])
    assert place.box.calls.list(service="lightspeed", path="orders.json") == []


def test_hints_of_the_same_moment_are_all_counted_and_none_fails(place):
    place.sql("DELETE FROM ir_cron_trigger")
    named = place.run("receive", count=8, each=25)
    assert named == 200
    assert place.sql("SELECT generation FROM lightspeed_exact_hint") == [(named,)]
    # One for each process at most, where they looked at the same moment.
    assert 1 <= place.sql("SELECT COUNT(*) FROM ir_cron_trigger")[0][0] <= 8


@contextlib.contextmanager
def held_back(service, path=ENTRY):
    """Let Exact wait with a write, once, until the event that this yields is set."""
    arrived, released = threading.Event(), threading.Event()
    respond = service._respond

    def waiting(request):
        if request.method == "POST" and path in request.path and not arrived.is_set():
            arrived.set()
            released.wait(PATIENCE)
        return respond(request)

    service._respond = waiting
    try:
        yield arrived, released
    finally:
        released.set()
        del service._respond


def test_a_process_killed_while_its_entry_is_under_way_books_once(place):
    number = place.add_order(1)
    with held_back(place.box.exact) as (arrived, released):
        worker = place.start("lane", count=1)
        try:
            assert arrived.wait(PATIENCE)
        finally:
            place.kill(worker)
        assert place.sql(
            "SELECT state FROM lightspeed_exact_operation WHERE kind = 'sales_entry'"
        ) == [("sending",)]
        # Another process at once: nothing is sent while the first call may still land.
        place.run("lane", count=1)
        assert place.states() == ["failed"]
        assert len(place.calls("POST", ENTRY)) == 1
        assert not place.entries()
        released.set()
        # Exact carries it out, though nobody waits for the answer any more.
        wait_until(place.entries)
    place.settle()
    place.run("lane", count=1)
    assert_booked_once(place, [number])


def test_a_copy_of_the_database_makes_no_call_until_a_person_confirms_it(place):
    numbers = [place.add_order(number) for number in range(2)]
    original = place.database
    with copied_database("copy", original) as copy:
        try:
            place.database = copy
            place.box.calls.clear()
            assert place.run("crons") == ["database_copy"]
            # Its token is an old one, which a renewal would spend for the original.
            place.sql("UPDATE exact_token SET expires_at = issued_at")
            assert place.run("crons") == ["database_copy"]
            assert place.run("lane", count=2)
            assert not place.box.calls.list()
            assert not place.states()
            # The original goes on meanwhile.
            place.database = original
            assert place.run("crons") == []
            assert_booked_once(place, numbers)
            place.clear()
            numbers = [place.add_order(number) for number in range(2, 4)]
            place.database = copy
            assert place.run("confirm")
            place.run("lane", count=1)
            assert_booked_once(place, numbers)
        finally:
            place.database = original


def test_a_renamed_database_goes_on_by_itself(place):
    number = place.add_order(1)
    original = place.database
    try:
        rename_database(original, f"{original}_renamed")
        place.database = f"{original}_renamed"
        place.run("crons")
        assert_booked_once(place, [number])
    finally:
        rename_database(place.database, original)
        place.database = original


def assert_invoiced_once(place, numbers):
    exact = place.box.exact
    assert place.states() == ["booked"] * len(numbers)
    invoices = exact.control_invoices(exact_demo.MAIN)
    assert sorted(invoice["YourRef"] for invoice in invoices) == sorted(numbers)
    assert {invoice["Status"] for invoice in invoices} == {50}
    assert {Decimal(str(row["AmountFC"])) for row in invoices} == {Decimal("49.90")}
    mails = [mail["InvoiceID"] for mail in exact.control_outbox(exact_demo.MAIN)]
    assert sorted(mails) == sorted(invoice["InvoiceID"] for invoice in invoices)
    assert exact.control_parallel_peak()["peak"] == 1
    assert exact.control_ledger_check(exact_demo.MAIN)["ok"]


def killed_under_way(place, path):
    """Kill a process whose write is under way; Exact carries it out all the same."""
    before = len(place.calls("POST", path))
    with held_back(place.box.exact, path) as (arrived, released):
        worker = place.start("lane", count=1)
        try:
            assert arrived.wait(PATIENCE)
        finally:
            place.kill(worker)
        # Others that come at once send nothing.
        place.run("lane", count=3)
        assert len(place.calls("POST", path)) == before + 1
        released.set()
        wait_until(lambda: place.calls("POST", path)[-1]["done"])
    place.settle()


def test_invoices_of_racing_and_killed_processes_are_made_and_mailed_once(place):
    place.run("invoices")
    numbers = [place.add_order(number) for number in range(6)]
    place.run("lane", count=3)
    assert_invoiced_once(place, numbers)
    assert len(place.calls("POST", INVOICE)) == len(numbers)
    assert len(place.calls("POST", PRINT)) == len(numbers)
    for number, path in enumerate((INVOICE, PRINT), 7):
        numbers.append(place.add_order(number))
        place.sql("UPDATE lightspeed_exact_link SET next_poll_at = create_date")
        killed_under_way(place, path)
        place.run("lane", count=3)
        assert_invoiced_once(place, numbers)
    assert len(place.calls("POST", INVOICE)) == len(numbers)
    assert len(place.calls("POST", PRINT)) == len(numbers)
