import logging
import time
from datetime import datetime, timedelta, timezone

from odoo import fields, models

from ..accounting import rehearsal as figures
from ..accounting.booking import Hold
from ..accounting.listing import digest_of
from ..clients.errors import ConnectorError, RateLimited
from ..clients.forecast import LIGHTSPEED_LIMITS, allowance, duration, resting_until
from ..clients.lightspeed import DEFAULT_LIMIT as SMALLEST_PAGE
from ..clients.lightspeed import MAX_LIMIT as PAGE_SIZE
from .exact_administration_slice import HISTORY_RESERVE
from .lightspeed_exact_order_process import SHOP_CLOSED
from .lightspeed_exact_order_store import UNREADABLE, kept_text
from .lightspeed_exact_rehearsal import WORKING
from .moments import naive
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

# Pages of the list in which orders are looked for that have reached their status.
MOST_PAGES = 40

# How often one order is tried while the shop answers others.
MOST_ATTEMPTS = 3

# Calls that a document costs at most, as a rule: an invoice has items and an order.
CALLS = {"order": 1, "invoice": 3}


class LightspeedExactRehearsal(models.Model):
    """The work itself: find the last orders, then decide them one by one."""

    # A room of its own, beside what people do with a rehearsal.
    _inherit = "lightspeed.exact.rehearsal"  # pylint: disable=consider-merging-classes-inherited

    duration_text = fields.Char(
        string="Expected duration",
        compute="_compute_duration_text",
        help="From the calls that the shop allows a minute and a day, less what was "
        "used today and a tenth that is left for orders.",
    )

    def _compute_duration_text(self):
        now = datetime.now(timezone.utc)
        for rehearsal in self:
            rehearsal.duration_text = False
            if rehearsal.state not in ("draft", *WORKING):
                continue
            # In sudo mode: quotas are nobody's to read.
            shop = rehearsal.sudo().shop_id
            try:
                quota = self.env["lightspeed.exact.quota"]._known(shop._quota_key())
            except ConnectorError:
                continue
            allowed = allowance(quota, LIGHTSPEED_LIMITS, now, HISTORY_RESERVE)
            length = duration(rehearsal._calls_left(), allowed, now)
            forecasts = self.env["lightspeed.exact.forecast"]
            rehearsal.duration_text = forecasts._duration_text(length)

    def _calls_left(self):
        """Return how many calls to the shop are left, about.

        :rtype: int
        """
        self.ensure_one()
        documents = self.pending_count
        pages = 0
        if self.state != "running":
            documents = self.wanted_count
            pages = -(-documents // PAGE_SIZE)
        return pages + documents * CALLS[self.link_id.source]

    # === WORK === #
    def _begin(self):
        self.ensure_one()
        self.write(
            {
                "state": "selecting",
                "step_page": 1,
                "administration_id": self.link_id.administration_id.id,
                "started_at": fields.Datetime.now(),
                "next_at": False,
                "failures": 0,
                **self._begin_values(),
            }
        )
        self._clear_problem()

    def _begin_values(self):
        """Return further field values of a rehearsal that begins; rooms add theirs."""
        return {}

    def _work(self, work, deadline):
        """Go on with this rehearsal; running it again is harmless.

        The caller holds the lock of the administration.

        :param RehearsalWork work: what the slice carries
        :param float deadline: ``time.monotonic()`` at which to stop
        :return: whether more can be done at once
        :rtype: bool
        :raise ConnectorError: the shop or its quota is the trouble
        """
        self.ensure_one()
        while self._is_still(*WORKING):
            if time.monotonic() >= deadline:
                return True
            client = work.shop_client(self.shop_id)
            if self._leaves_to_orders(client.quota):
                return False
            if self.state == "selecting":
                self._select_page(client)
            else:
                self._look_at_one(work)
            self._succeeded()
            self._commit_step()
        return False

    def _is_still(self, *states):
        """Return whether nobody stopped the rehearsal meanwhile."""
        self.invalidate_recordset(["state"])
        return bool(self.exists()) and self.state in states

    def _commit_step(self):
        self.env["lightspeed.exact.lane"]._commit()
        # Memory does not grow with the number of orders.
        self.env.invalidate_all()

    def _leaves_to_orders(self, quota):
        """Rest when the calls that are left in a window are for orders.

        :return: whether the rehearsal rests now
        :rtype: bool
        """
        until = resting_until(quota, datetime.now(timezone.utc), HISTORY_RESERVE)
        if until is None:
            return False
        self.next_at = naive(until + timedelta(seconds=1))
        self._commit_step()
        return True

    # === WHICH ORDERS === #
    def _select_page(self, client):
        """Read one page of the shop's list, newest first, and take what is reached."""
        link = self.link_id
        pages = client.orders if link.source == "order" else client.invoices
        rows = pages(page=self.step_page, limit=PAGE_SIZE)
        known = {(row.source_kind, row.remote_id) for row in self.order_ids}
        found = []
        for raw in rows:
            values = self._selected_values(link, raw)
            key = values and (values["source_kind"], values["remote_id"])
            # What is new in the shop moves rows to a page that comes later.
            if values and key not in known:
                known.add(key)
                found.append(values)
        room = self.wanted_count - len(self.order_ids)
        self.env["lightspeed.exact.rehearsal.order"].create(found[:room])
        last = len(rows) < SMALLEST_PAGE or self.step_page >= MOST_PAGES
        if last or len(found) >= room:
            self.state = "running"
        else:
            self.step_page += 1

    def _selected_values(self, link, raw):
        """Return the field values of a document to be rehearsed, ``None`` for others.

        :param raw: a row as the list call gave it
        """
        orders = self.env["lightspeed.exact.order"]
        try:
            reached = orders._reached_row(link, raw)
        except Hold as hold:
            return {
                "rehearsal_id": self.id,
                "source_kind": link.source,
                "remote_id": UNREADABLE + digest_of(kept_text(raw))[:24],
                "number": "?",
                "outcome": "held",
                "reason_code": hold.code,
                "reason_params": hold.params or False,
            }
        if not reached:
            return None
        kind, row = reached
        return {
            "rehearsal_id": self.id,
            "source_kind": kind,
            "remote_id": row.remote_id,
            "number": row.number or row.remote_id,
            "order_date": naive(row.created_at),
            "currency_id": link.shop_id.currency_id.id,
            "amount_total": float(row.gross) if row.gross is not None else 0,
        }

    # === ONE BY ONE === #
    def _next_order(self):
        """Return the next document that nobody looked at yet, empty at the end."""
        return self.env["lightspeed.exact.rehearsal.order"].search(
            [("rehearsal_id", "=", self.id), ("outcome", "=", "pending")],
            # One that the shop did not give is tried again after the others.
            order="attempts, order_date desc, id",
            limit=1,
        )

    def _look_at_one(self, work):
        """Decide the next document, or add all up when there is none.

        :raise ConnectorError: the shop cannot be asked, or does not give it now
        """
        order = self._next_order()
        if not order:
            self._finish()
            return
        try:
            order._look(work)
        except SHOP_CLOSED:
            raise
        except ConnectorError as error:
            order.attempts += 1
            if order.attempts < MOST_ATTEMPTS:
                self._commit_step()
                raise
            order._keep_held(*problem_of(error, self.shop_id))

    def _finish(self):
        """Everything is decided: add it up."""
        results = [order._result() for order in self.order_ids]
        self.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "next_at": False,
                "summary": figures.summary(results),
            }
        )

    # === TROUBLE === #
    def _succeeded(self):
        if self.failures or self.problem_code:
            self.failures = 0
            self._clear_problem()

    def _trouble(self, error):
        """Remember a technical failure, and when it is tried again.

        :param ConnectorError error: of the shop
        """
        if not self:
            return
        self._set_problem(*problem_of(error, self.shop_id))
        self.failures += 1
        until = fields.Datetime.now() + self.link_id.administration_id._backoff(
            self.failures
        )
        if isinstance(error, RateLimited):
            now = datetime.now(timezone.utc)
            until = naive(max(error.retry_at, now) + timedelta(seconds=1))
        self.next_at = until

    def _blame(self, error):
        """Hold what a bug of ours met: an order, so that the others go on, or all.

        :param Exception error: what was raised
        """
        if not self:
            return
        params = {"detail": type(error).__name__}
        order = self._next_order() if self.state == "running" else None
        if order:
            order._keep_held("internal", params)
            return
        self._set_problem("internal", params)
        self.write({"state": "held", "stopped_state": self.state, "next_at": False})
