"""The run: everything breaks for a while, then it comes to rest.

What the driver does, to whom and in which order, is drawn from the seed; so is what
strikes the calls (``weather.py``), and at which writes processes die
(``hooks/lec_chaos/steps.py``).  When which process comes to a call is not: that is the
machine's, and no outcome may depend on it.
"""

import contextlib
import random
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone

import psycopg2
import requests

from sandbox import Sandbox
from sandbox.core.errors import ControlError
from sandbox.exact import demo as exact_demo
from tests.chaos import quotas
from tests.chaos.servers import Servers
from tests.chaos.shops import Shops
from tests.chaos.weather import Weather

BASE_URL = "http://127.0.0.1:8069"
CALLBACK = f"{BASE_URL}/lightspeed_exact/exact/callback"
#: Of 10,000 for each named step of each write.
DEATHS = 250
TICK = 0.2
#: Part of the orders that comes to an end while everything breaks.
DONE = 0.8
#: Seconds after which a run is given up in which nothing comes to an end any more.
PATIENCE = 300


class Run:
    """One run of so many orders.

    :param Cluster cluster: with the database, whose addon is installed
    :param Path folder: for logs
    :param int orders: how many
    :param int seed: reproduces the choices
    :param float seconds: how long everything breaks at least; else until most orders
        came to an end
    :param tell: called with a line of text now and then
    """

    def __init__(self, cluster, database, folder, orders, seed, seconds, tell):
        self.cluster, self.database, self.folder = cluster, database, folder
        self.count, self.seed, self.seconds, self.tell = orders, seed, seconds, tell
        self.random = random.Random(f"{seed}/driver")
        self.figures = Counter()
        self.problems = []
        self.secrets = set()

    @contextlib.contextmanager
    def ready(self):
        """Make sandbox, shops and servers, and take them away."""
        with quotas.short_windows(), Sandbox() as self.box:
            self.box.exact.control_set_limits(
                **quotas.EXACT_CALLS, token_day=200 + self.count
            )
            self.box.exact.control_set_option(latency=0.01)
            self.shops = Shops(self.box, self.seed)
            self.shops.open(self.count)
            for seller in self.shops.sellers:
                self.box.lightspeed.control_set_rate_limits(
                    seller.shop, limits=quotas.LIGHTSPEED_CALLS
                )
                self.secrets |= {seller.key, seller.secret}
            self.secrets.add(exact_demo.CLIENT_SECRET)
            self.box.exact.control_add_redirect_uri(exact_demo.CLIENT_ID, CALLBACK)
            self.weather = Weather(self.box, self.seed)
            self.servers = Servers(
                self.database, self.cluster.environment, self.folder, self.seed, DEATHS
            )
            self.secrets.add(self.servers.secret_key)
            self._set_up()
            try:
                yield
            finally:
                self.servers.stop()

    def _set_up(self):
        start_at = datetime.now(timezone.utc) - timedelta(days=30)
        self.servers.ask(
            "setup",
            urls={
                "lightspeed": self.box.lightspeed_url,
                "exact": self.box.exact_url,
                "vies": self.box.vies_url,
            },
            app={
                "client_id": exact_demo.CLIENT_ID,
                "client_secret": exact_demo.CLIENT_SECRET,
            },
            base_url=BASE_URL,
            code=self._consent(),
            sellers=[seller.as_told(start_at) for seller in self.shops.sellers],
        )
        lanes = "cron_name LIKE '%lane%'"
        self.sql(f"UPDATE ir_cron SET active = false WHERE NOT {lanes}")
        self.lanes = [row[0] for row in self.sql("SELECT id FROM ir_cron WHERE active")]
        self.box.exact.control_parallel_peak(forget=True)
        self.servers.start(http=True)
        self.servers.start(http=False)
        self.servers.wait_until_ready()

    def _consent(self):
        exact = self.box.exact
        consent = exact.control_consent(
            exact_demo.CLIENT_ID, exact_demo.USER_NL, CALLBACK
        )
        return consent["code"]

    # === THE DATABASE === #
    def sql(self, statement, *arguments, database=None):
        connection = psycopg2.connect(
            dbname=database or self.database,
            host=str(self.cluster.socket),
            user="odoo",
            port=5432,
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, arguments or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def number(self, statement):
        return self.sql(statement)[0][0]

    def wake(self):
        """Let the cron workers look now, as a trigger of Odoo's own does."""
        with contextlib.suppress(psycopg2.Error):
            self.sql(
                "INSERT INTO ir_cron_trigger (cron_id, call_at)"
                " SELECT id, now() AT TIME ZONE 'UTC' FROM ir_cron c"
                " WHERE active AND NOT EXISTS (SELECT 1 FROM ir_cron_trigger t"
                "  WHERE t.cron_id = c.id AND t.call_at <= now() AT TIME ZONE 'UTC')"
            )
            self.sql(
                "SELECT pg_notify('cron_trigger', %s)",
                self.database,
                database="postgres",
            )

    # === THE STORM === #
    def storm(self):
        """Let orders come in and change while everything breaks."""
        self.weather.storm()
        self.storm_from = self.box.calls.last
        people = Person(self)
        self.person = Person(self)
        people.start()
        began = time.monotonic()
        # What happens once or twice, at which part of the orders.
        scenes = [
            (0.15, self._expire_tokens),
            (0.3, lambda: self._restart("fast")),
            (0.45, self._break_consent),
            (0.6, lambda: self._restart("kill")),
            (0.7, self._expire_tokens),
            (0.8, lambda: self._restart("immediate")),
        ]
        part, patience = 0, Patience()
        try:
            while part < 1 or time.monotonic() - began < self.seconds:
                assert part == 1 or patience.lasts(-part), "the orders are not done"
                while scenes and scenes[0][0] <= part:
                    scenes.pop(0)[1]()
                self._orders_come(part)
                self._something_changes()
                self._somebody_dies()
                self.figures["servers started again"] += self.servers.supervise()
                self.wake()
                self._remember_tokens()
                time.sleep(TICK)
                part = self._part()
        finally:
            people.stop()
        self.figures["seconds of storm"] = round(time.monotonic() - began)

    def _part(self):
        """Return how far it is: 1 when most orders came to an end, for now."""
        done = 0
        with contextlib.suppress(psycopg2.Error):
            done = self.number(
                "SELECT count(*) FROM lightspeed_exact_order"
                " WHERE source_kind = 'order' AND NOT has_work"
            )
        return min(1, done / (DONE * self.count))

    def _orders_come(self, part):
        """Some are there at once; the others come until the end."""
        for seller in self.shops.sellers:
            total = len(seller.waiting) + len(seller.placed)
            due = total * min(1.0, 0.3 + part)
            while seller.waiting and len(seller.placed) < due:
                self.shops.place(seller)
                self.figures["orders"] += 1

    def _something_changes(self):
        """A tenth of the orders is edited, cancelled or credited in the end."""
        for seller in self.shops.sellers:
            if not seller.placed or self.random.random() > 0.25:
                continue
            placed = self.random.choice(list(seller.placed.values()))
            what = self.random.choice(("edit", "cancel", "credit", "touch", "touch"))
            changed = sum(1 for other in seller.placed.values() if other.change)
            if what != "touch" and (
                placed.change
                or not placed.is_booked
                or not _has_plain_line(placed, seller)
                or changed > self.count / 8
            ):
                what = "touch"
            if what == "touch" and placed.change == "cancelled":
                continue
            getattr(self.shops, what)(seller, placed)
            self.figures[f"{what} in the shop"] += 1

    def _somebody_dies(self):
        if self.random.random() > 0.04:
            return
        workers = sorted(self.servers.workers())
        if workers:
            self.servers.kill(self.random.choice(workers))
            self.figures["killed at random"] += 1

    # === SCENES === #
    def _restart(self, mode):
        self.cluster.restart(mode)
        self.figures[f"PostgreSQL: {mode}"] += 1
        self.tell(f"PostgreSQL restarted: {mode}")

    def _expire_tokens(self):
        """Let ten minutes pass for the tokens, at both sides."""
        self.box.exact.control_expire_tokens()
        self.sql(
            "UPDATE exact_token SET expires_at = now() AT TIME ZONE 'UTC',"
            " issued_at = issued_at - interval '10 minutes'"
        )
        self.figures["tokens expired"] += 1

    def _break_consent(self):
        """Lose the answer to a refresh; then a person connects again."""
        since = self.box.calls.last
        self.box.faults.clear()
        self.box.faults.add("lost_after", "exact", path="oauth2/token", times=1)
        self._expire_tokens()
        until = time.monotonic() + 60
        while self.number("SELECT state FROM exact_token") == "connected":
            assert time.monotonic() < until, "the lost refresh was not noticed"
            self.wake()
            time.sleep(TICK)
        calls = self.box.calls.list("exact", since, path="oauth2/token")
        self.figures["consents lost"] += 1
        self.figures["token calls of a lost consent"] += len(calls)
        self.servers.ask("reconnect", code=self._consent())
        self.weather.storm()
        self.tell("a consent was lost and given again")

    def _remember_tokens(self):
        state = self.box.exact.state
        with self.box.exact.lock:
            self.secrets |= set(state.access) | set(state.refresh)

    # === REST === #
    def calm(self):
        """Let nothing break any more, and wait until nothing is left to be done.

        :return: whether it came to rest
        """
        self.weather.clear()
        self.storm_until = self.box.calls.last
        self.servers.be_calm()
        since = datetime.now(timezone.utc).replace(tzinfo=None)
        self.tell("calm")
        began, patience = time.monotonic(), Patience()
        while left := self._left(since):
            if not patience.lasts(sum(left.values())):
                self.problems.append(f"does not come to rest: {left}")
                return False
            self.figures["servers started again"] += self.servers.supervise()
            self._answer_proposals()
            self.wake()
            time.sleep(TICK * 2)
        self.figures["seconds to rest"] = round(time.monotonic() - began)
        self._remember_tokens()
        return True

    def _left(self, since):
        """Return what is still to be done, by kind."""
        questions = {
            "links not read since": "SELECT count(*) FROM lightspeed_exact_link"
            f" WHERE last_success_at IS NULL OR last_success_at < '{since}'"
            f" OR (cursor_at IS NULL OR cursor_at < '{since}')",
            "orders with work": "SELECT count(*) FROM lightspeed_exact_order"
            " WHERE has_work",
            "unknown outcomes": "SELECT count(*) FROM lightspeed_exact_operation"
            " WHERE state = 'sending'",
            "clearings to be made": "SELECT count(*) FROM lightspeed_exact_clearing"
            " WHERE state IN ('planned', 'failed')",
            "proposals": "SELECT count(*) FROM lightspeed_exact_order"
            " WHERE proposal IS NOT NULL",
            "invoices to be made again": "SELECT count(*) FROM lightspeed_exact_order"
            " WHERE state = 'held' AND reason_code = 'invoice_gone'",
        }
        found = {name: self.number(question) for name, question in questions.items()}
        return {name: count for name, count in found.items() if count}

    def _answer_proposals(self):
        """Answer as a person does: credit what was booked and book it again.

        An invoice that is still open is no turnover: a bookkeeper deletes it in Exact.
        """
        self._delete_drafts()
        rows = self.sql(
            "SELECT id, proposal FROM lightspeed_exact_order"
            " WHERE proposal IS NOT NULL AND follow_up IS NULL"
        )
        for order, proposal in rows:
            action = {"edited": "action_rebook"}.get(proposal, "action_credit_in_full")
            self.person.press("lightspeed.exact.order", order, action)
            self.figures["proposals answered"] += 1

    def _delete_drafts(self):
        """Delete the invoices that nobody wants finalised, as a bookkeeper does."""
        rows = self.sql(
            "SELECT a.division, b.entry_id FROM lightspeed_exact_booking b"
            " JOIN lightspeed_exact_order o ON o.id = b.order_id"
            " JOIN exact_administration a ON a.id = b.administration_id"
            " WHERE b.invoice_state = 'draft' AND b.state = 'posted'"
            " AND o.reason_code = 'draft_open'"
        )
        for division, invoice in rows:
            with contextlib.suppress(ControlError):
                self.box.exact.control_delete_invoice(division, invoice)
                self.figures["open invoices deleted in Exact"] += 1
        gone = self.sql(
            "SELECT id FROM lightspeed_exact_order"
            " WHERE state = 'held' AND reason_code = 'invoice_gone'"
        )
        for (order,) in gone:
            # Edited meanwhile: it is made again, as it is now.
            self.person.press("lightspeed.exact.order", order, "action_retry")


def _has_plain_line(placed, seller):
    """Say whether one unit of an order's first line can be credited and edited."""
    line = placed.order.lines[0]
    return (
        not line.special
        and line.quantity > 1
        and not line.discount
        and line.amounts(seller.world.incl)[1]
        and sum(
            kind == "product" and rate == line.rate
            for kind, _treatment, rate, _account, _code in placed.expected.lines
        )
        == 1
    )


class Patience:
    """Ends when what is left has not become less for a while."""

    def __init__(self):
        self.least, self.since = None, time.monotonic()

    def lasts(self, left):
        """Return whether to go on.

        :param float left: what is left to do, in any unit
        """
        now = time.monotonic()
        if self.least is None or left < self.least:
            self.least, self.since = left, now
        return now - self.since < PATIENCE


class Person(threading.Thread):
    """Somebody who presses buttons and saves orders while the connector works."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_ = run
        self.random = random.Random(f"{run.seed}/person")
        self.session = requests.Session()
        self._stopped = threading.Event()

    def stop(self):
        self._stopped.set()
        self.join(60)

    def run(self):
        while not self._stopped.wait(0.5):
            with contextlib.suppress(psycopg2.Error):
                self._do_something()

    def _do_something(self):
        rows = self.run_.sql("SELECT id, state FROM lightspeed_exact_order ORDER BY id")
        what = self.random.choice(("retry", "save", "look", "save"))
        if what == "look" or not rows:
            links = self.run_.sql("SELECT id FROM lightspeed_exact_link ORDER BY id")
            link = self.random.choice(links)[0]
            self.press("lightspeed.exact.link", link, "action_sync_now")
            return
        busy = [row for row in rows if row[1] in ("ready", "failed")] or rows
        order = self.random.choice(busy)[0]
        if what == "retry":
            self.press("lightspeed.exact.order", order, "action_retry")
        else:
            note = f"gezien {self.random.random()}"
            self.call("lightspeed.exact.order", "write", order, {"skip_reason": note})

    def press(self, model, record, button):
        self.call(model, button, record)

    def call(self, model, method, record, *arguments):
        """Call a method by RPC, as the web client does; whatever comes of it."""
        self.run_.figures[f"a person: {method}"] += 1
        try:
            error = self._ask(
                f"call_kw/{model}/{method}",
                model=model,
                method=method,
                args=[[record], *arguments],
                kwargs={},
            )
        except requests.RequestException:
            self.run_.figures["a person got no answer"] += 1
        else:
            # E.g. as the order is booked already.
            self.run_.figures["a person was refused"] += bool(error)

    def _ask(self, path, **params):
        """Send a JSON-RPC request; logs in first."""
        url = f"http://127.0.0.1:{self.run_.servers.ports[0]}/web"
        if not self.session.cookies:
            who = {"db": self.run_.database, "login": "admin", "password": "admin"}
            self._post(f"{url}/session/authenticate", who)
        return self._post(f"{url}/dataset/{path}", params).get("error")

    def _post(self, url, params):
        body = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        answer = self.session.post(url, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()
