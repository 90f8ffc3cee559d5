import logging
import time
from contextlib import closing
from datetime import timedelta, timezone

from odoo import fields, models

from ..accounting.booking import Hold
from ..accounting.parse import list_row
from ..clients.errors import ConnectorError, RateLimited
from ..clients.lightspeed import DEFAULT_LIMIT as SMALLEST_PAGE
from ..clients.lightspeed import MAX_LIMIT as PAGE_SIZE
from ..const import POLL_OVERLAP_HOURS
from .service_errors import problem_of

_logger = logging.getLogger(__name__)


class LightspeedExactLink(models.Model):
    """Polling: read the shop's changed orders, page by page, and store them.

    The mark moves only after the last page is stored.  A sweep that does not finish
    in one slice goes on at its page later: rows only move to later pages meanwhile
    (newest first), so a page read again brings some twice and none too few; and the
    count of the shop is compared at the end.
    """

    _inherit = "lightspeed.exact.link"

    def _poll(self, deadline):
        """Look for changed orders of the shop.

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
                finished = self._sweep(client, deadline)
            except ConnectorError as error:
                self.env.cr.rollback()
                self.env.invalidate_all()
                self._poll_failed(error)
                finished = True
        self.env["lightspeed.exact.quota"]._store(
            "lightspeed", self.shop_id.id, client.quota
        )
        self._commit_poll()
        return not finished

    def _commit_poll(self):
        self.env["lightspeed.exact.lane"]._commit()

    def _sweep(self, client, deadline):
        """Read pages until the last one; returns whether the sweep is finished."""
        if not self.sweep_started_at:
            self._start_sweep()
        since = self._sweep_since()
        while True:
            rows = client.orders(
                page=self.sweep_page, limit=PAGE_SIZE, updated_at_min=since
            )
            more = self._has_more(client, since, rows)
            self.sweep_fresh += self.env["lightspeed.exact.order"]._store_page(
                self, rows, mark=more or self.sweep_page > 1
            )
            if not more:
                break
            self.sweep_page += 1
            self._commit_poll()
            # Memory does not grow with the number of pages.
            self.env.invalidate_all()
            if time.monotonic() >= deadline:
                return False
        return self._finish_sweep(client, since)

    def _has_more(self, client, since, rows):
        """Return whether another page must be read.

        A page may hold fewer rows than were asked for: the shop's own count tells
        after the first page, and only a page below the smallest size is surely the
        last.
        """
        if len(rows) < min(SMALLEST_PAGE, PAGE_SIZE):
            return False
        if self.sweep_page == 1:
            self.sweep_count = client.order_count(updated_at_min=since)
            return self.sweep_count > len(rows)
        return True

    def _start_sweep(self):
        self.write(
            {
                "sweep_started_at": fields.Datetime.now(),
                "sweep_page": 1,
                "sweep_fresh": 0,
                "sweep_unreadable": 0,
                "sweep_since": self._poll_from(),
            }
        )

    def _poll_from(self):
        """Return the moment from which changes are asked for, with its overlap."""
        mark = self.cursor_at or self.start_at
        return mark - timedelta(hours=POLL_OVERLAP_HOURS)

    def _sweep_since(self):
        return self.sweep_since.replace(tzinfo=timezone.utc)

    def _finish_sweep(self, client, since):
        """Move the mark, unless rows may have slipped between two pages.

        When the order of the pages changed while they were read, or an order was
        deleted, a row can slip to a page already read.  So after several pages the
        shop's own count is asked for: when it is higher than what was read, or lower
        than at the start, the pages are read once more, until a reading brings nothing
        that this sweep had not met.
        """
        if self.sweep_page > 1 and self.sweep_fresh:
            met = self.env["lightspeed.exact.order"].search_count(
                [
                    ("shop_id", "=", self.shop_id.id),
                    ("seen_at", ">=", self.sweep_started_at),
                ]
            )
            count = client.order_count(updated_at_min=since)
            if count > met or count < self.sweep_count:
                self._commit_poll()
                self.write({"sweep_page": 1, "sweep_fresh": 0, "sweep_unreadable": 0})
                return False
        now = fields.Datetime.now()
        self.write(
            {
                "cursor_at": self.sweep_started_at,
                "sweep_started_at": False,
                "sweep_page": 1,
                "sweep_fresh": 0,
                "next_poll_at": now + timedelta(minutes=self.poll_minutes),
                "last_success_at": now,
                "failures": 0,
            }
        )
        if self.sweep_unreadable:
            self._set_problem("unreadable_rows", {"count": self.sweep_unreadable})
        else:
            self._clear_problem()
        return True

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

    def _readable(self, row):
        """Return a list row in a known form, ``None`` when it has no identity."""
        try:
            return list_row(row)
        except Hold:
            self.sweep_unreadable += 1
            return None
