import time
from datetime import timedelta, timezone

from odoo import fields, models

from ..accounting.booking import Hold
from ..clients.lightspeed import DEFAULT_LIMIT as SMALLEST_PAGE
from ..clients.lightspeed import MAX_LIMIT as PAGE_SIZE
from ..const import POLL_OVERLAP_HOURS


class LightspeedExactSweepMixin(models.AbstractModel):
    """A sweep: read what changed in a list of the shop, page by page, and store it.

    The mark moves only after the last page is stored.  A sweep that does not finish
    in one slice goes on at its page later: rows only move to later pages meanwhile
    (newest first), so a page read again brings some twice and none too few; and the
    count of the shop is compared at the end.
    """

    _name = "lightspeed.exact.sweep.mixin"
    _description = "Sweep Over a List of the Shop"

    cursor_at = fields.Datetime(string="Complete until", readonly=True, copy=False)
    sweep_started_at = fields.Datetime(readonly=True, copy=False)
    sweep_since = fields.Datetime(readonly=True, copy=False)
    sweep_page = fields.Integer(readonly=True, copy=False, default=1)
    sweep_fresh = fields.Integer(readonly=True, copy=False)
    sweep_unreadable = fields.Integer(readonly=True, copy=False)
    sweep_count = fields.Integer(readonly=True, copy=False)

    # === WHAT EACH LIST SAYS FOR ITSELF === #
    def _sweep_link(self):
        """Return the link for which the list is read."""
        raise NotImplementedError

    def _sweep_rows(self, client, page, since):
        """Return a page of the list.

        :param int page: from 1
        :param datetime since: aware; rows that changed since then
        :rtype: list
        """
        raise NotImplementedError

    def _sweep_total(self, client, since):
        """Return how many rows the shop says the whole list has.

        :rtype: int
        """
        raise NotImplementedError

    def _sweep_row(self, raw):
        """Return a row of the list in a known form.

        :raise Hold: it has no identity
        """
        raise NotImplementedError

    def _sweep_kind(self, row):
        """Return which document of the shop a row is, see ``source_kind``.

        :rtype: str
        """
        raise NotImplementedError

    def _sweep_store(self, rows, mark):
        """Store a page.

        :param bool mark: remember of unchanged ones, too, that this sweep has met them
        :return: how many this sweep had not met yet
        :rtype: int
        """
        raise NotImplementedError

    def _sweep_met(self):
        """Return how many different rows this sweep has met so far.

        :rtype: int
        """
        raise NotImplementedError

    # === THE SWEEP === #
    def _sweep(self, client, deadline):
        """Read pages until the last one.

        :param float deadline: ``time.monotonic()`` at which to stop
        :return: whether the sweep is finished
        :rtype: bool
        """
        self.ensure_one()
        if not self.sweep_started_at:
            self._start_sweep()
        since = self.sweep_since.replace(tzinfo=timezone.utc)
        while True:
            rows = self._sweep_rows(client, self.sweep_page, since)
            more = self._has_more(client, since, rows)
            self.sweep_fresh += self._sweep_store(
                rows, mark=more or self.sweep_page > 1
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

    def _page_size(self):
        return PAGE_SIZE

    def _commit_poll(self):
        self.env["lightspeed.exact.lane"]._commit()

    def _has_more(self, client, since, rows):
        """Return whether another page must be read.

        A page may hold fewer rows than were asked for: the shop's own count tells
        after the first page, and only a page below the smallest size is surely the
        last.
        """
        if len(rows) < min(SMALLEST_PAGE, self._page_size()):
            return False
        if self.sweep_page == 1:
            self.sweep_count = self._sweep_total(client, since)
            return self.sweep_count > len(rows)
        return True

    def _start_sweep(self):
        self.write(
            {
                "sweep_started_at": fields.Datetime.now(),
                "sweep_page": 1,
                "sweep_fresh": 0,
                "sweep_unreadable": 0,
                "sweep_since": self._sweep_from(),
            }
        )

    def _sweep_from(self):
        """Return the moment from which changes are asked for, with its overlap."""
        mark = self.cursor_at or self._sweep_link().start_at
        return mark - timedelta(hours=POLL_OVERLAP_HOURS)

    def _finish_sweep(self, client, since):
        """Move the mark, unless rows may have slipped between two pages.

        When the order of the pages changed while they were read, or a row was
        deleted, a row can slip to a page already read.  So after several pages the
        shop's own count is asked for: when it is higher than what was read, or lower
        than at the start, the pages are read once more, until a reading brings nothing
        that this sweep had not met.
        """
        if self.sweep_page > 1 and self.sweep_fresh:
            count = self._sweep_total(client, since)
            if count > self._sweep_met() or count < self.sweep_count:
                self._commit_poll()
                self._sweep_again()
                return False
        # Where our clock is ahead of the shop's, a mark of ours would hide what changes
        # until then.
        self.write(
            {
                "cursor_at": self.sweep_started_at - client.clock_ahead,
                "sweep_started_at": False,
                "sweep_page": 1,
                "sweep_fresh": 0,
            }
        )
        return True

    def _sweep_again(self):
        """Read all pages of the same sweep once more."""
        self.write({"sweep_page": 1, "sweep_fresh": 0, "sweep_unreadable": 0})

    def _heal_mark(self, now):
        """Read again from what is surely known, when the mark is in the future.

        What changed in the shop until the newest document that is stored was read by
        the time that was stored.

        :param datetime now: naive UTC
        """
        values = {}
        if self.sweep_started_at and self.sweep_started_at > now:
            values |= {"sweep_started_at": False, "sweep_page": 1}
        if self.cursor_at and self.cursor_at > now:
            newest = self.env["lightspeed.exact.order"].search(
                [
                    ("shop_id", "=", self._sweep_link().shop_id.id),
                    ("remote_updated_at", "<=", now),
                    ("seen_at", "!=", False),
                ],
                order="remote_updated_at desc",
                limit=1,
            )
            values["cursor_at"] = newest.remote_updated_at or False
        self.write(values)

    def _forget_mark(self):
        """Read everything since the start of the link at the next look."""
        self.write({"cursor_at": False, "sweep_started_at": False, "sweep_page": 1})

    def _readable(self, raw):
        """Return a list row in a known form, ``None`` when it has no identity."""
        try:
            return self._sweep_row(raw)
        except Hold:
            self.sweep_unreadable += 1
            return None

    def _stored_in_sweep(self, kinds):
        """Return how many documents of these kinds this sweep has met.

        Not what a webhook brought meanwhile of which the list does not tell, as it
        changed before: it would stand for a row that slipped.

        :rtype: int
        """
        told_from = self.sweep_since - timedelta(hours=POLL_OVERLAP_HOURS)
        return self.env["lightspeed.exact.order"].search_count(
            [
                ("shop_id", "=", self._sweep_link().shop_id.id),
                ("source_kind", "in", kinds),
                ("seen_at", ">=", self.sweep_started_at),
                "|",
                ("remote_updated_at", "=", False),
                ("remote_updated_at", ">=", told_from),
            ]
        )
