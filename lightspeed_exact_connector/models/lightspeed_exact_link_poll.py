import logging
from contextlib import closing
from datetime import timedelta

from odoo import fields, models

from ..accounting.parse import list_row
from ..clients.errors import AuthenticationError, ConnectorError, RateLimited
from ..const import POLL_OVERLAP_HOURS
from .moments import naive
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

# Problem of a link that reads orders and cannot read invoices.
UNREAD = "invoices_unread"


class LightspeedExactLink(models.Model):
    """Polling: read what changed in the shop, orders first, then its invoices."""

    _inherit = "lightspeed.exact.link"

    def _poll(self, deadline):
        """Look for changed orders and invoices of the shop.

        :param float deadline: ``time.monotonic()`` at which to stop
        :return: whether pages are left
        :rtype: bool
        """
        self.ensure_one()
        try:
            client = self.shop_id._tested_client()
        except ConnectorError as error:
            self._poll_failed(error)
            self._commit_poll()
            return False
        with closing(client):
            try:
                finished = self._read_lists(client, deadline)
            except ConnectorError as error:
                self.env.cr.rollback()
                self.env.invalidate_all()
                self._poll_failed(error)
                finished = True
        self._commit_poll()
        return not finished

    def _read_lists(self, client, deadline):
        """Read the lists one after the other; returns whether all are finished."""
        sweeps = self._sweeps()
        trouble = None
        for sweep in sweeps:
            try:
                finished = sweep._sweep(client, deadline)
            except ConnectorError as error:
                if not self._can_do_without(sweep, error):
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all()
                finished, trouble = True, error
            # What was read stands, whatever becomes of the next list.
            self._commit_poll()
            if not finished:
                return False
        self._poll_done(sweeps)
        self._lists_read(trouble)
        return True

    def _lists_read(self, trouble):
        """Remember why a list without which orders go on could not be read.

        :param ConnectorError trouble: ``None`` when all lists were read
        """
        if trouble:
            self._set_problem(UNREAD, {"detail": trouble.detail or trouble.code})

    def _can_do_without(self, sweep, error):
        """Return whether orders go on although a list could not be read.

        Credit notes that the shop does not give now must not delay its orders.
        """
        everything = isinstance(error, (RateLimited, AuthenticationError))
        return not everything and self.source == "order" and sweep != self

    def _sweeps(self):
        """Return what is to be read: each list has a mark of its own.

        An order is stored before the credit note that belongs to it.  Invoices that
        did not finish in the slice before go on without the orders being read again,
        unless the shop failed meanwhile.
        """
        invoices = self._invoice_sweep()
        if self.source == "invoice":
            return [invoices]
        if not invoices:
            return [self]
        troubled = self.failures or self.problem_code == UNREAD
        resumed = self.cursor_at and not (self.sweep_started_at or troubled)
        if resumed and invoices.sweep_started_at:
            return [invoices]
        return [self, invoices]

    def _poll_done(self, sweeps):
        """Remember that all lists are read, and when to look again."""
        now = fields.Datetime.now()
        interval = timedelta(minutes=self.poll_minutes)
        next_poll_at = now + interval
        if self.source == "order" and self not in sweeps and self.cursor_at:
            # The orders were read when this began: they are due earlier.
            next_poll_at = min(next_poll_at, self.cursor_at + interval)
        self.write(
            {
                "next_poll_at": next_poll_at,
                "last_success_at": now,
                "failures": 0,
            }
        )
        unreadable = sum(sweep.sweep_unreadable for sweep in sweeps)
        if unreadable:
            self._set_problem("unreadable_rows", {"count": unreadable})
        else:
            self._clear_problem()

    def _poll_failed(self, error):
        """Remember why the shop could not be read, and when to try again."""
        code, params = problem_of(error, self.shop_id)
        failures = self.failures + 1
        if isinstance(error, RateLimited):
            next_poll_at = error.retry_at.replace(tzinfo=None)
        else:
            next_poll_at = fields.Datetime.now() + self.administration_id._backoff(
                failures
            )
        _logger.info("Link %s could not read its shop: %s", self.id, code)
        self._set_problem(code, params)
        self.write({"failures": failures, "next_poll_at": next_poll_at})

    def _is_before_start(self, row):
        """Return whether polling would never have brought a row.

        :param row: of a list, with ``updated_at``
        :rtype: bool
        """
        since = self.start_at - timedelta(hours=POLL_OVERLAP_HOURS)
        return bool(row.updated_at) and naive(row.updated_at) < since

    # === THE LIST OF ORDERS === #
    def _sweep_link(self):
        return self

    def _sweep_rows(self, client, page, since):
        return client.orders(page=page, limit=self._page_size(), updated_at_min=since)

    def _sweep_total(self, client, since):
        return client.order_count(updated_at_min=since)

    def _sweep_row(self, raw):
        return list_row(raw)

    def _sweep_kind(self, row):
        return "order"

    def _sweep_store(self, rows, mark):
        return self.env["lightspeed.exact.order"]._store_page(self, rows, mark=mark)

    def _sweep_met(self):
        return self._stored_in_sweep(["order"])
