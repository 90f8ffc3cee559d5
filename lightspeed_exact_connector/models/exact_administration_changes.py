import logging
import time
from datetime import timedelta
from uuid import UUID

from odoo import api, fields, models

from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectorError,
    RateLimited,
)
from ..clients.exact import any_of
from ..clients.odata import MAX_TERMS
from .lightspeed_exact_operation import ENTRY_FIELDS

_logger = logging.getLogger(__name__)

ENTRIES = "salesentry/SalesEntries"
# Their collection is nested only where it is named in both (Exact reference, 8.1).
LINES = "SalesEntryLines"

# Calls of one slice; a reading that is not finished goes on after a pause.
CHANGE_CALLS = 20
CHANGE_PAUSE = timedelta(minutes=15)
CHANGE_INTERVAL = timedelta(days=1)


class ExactAdministration(models.Model):
    """After the orders: what people changed or deleted in Exact of what was booked.

    A webhook says about which document; without one, and where it never came, all
    documents of the last days are read once a day, by choice.  Either way it is what
    Exact answers now that counts.
    """

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    change_days = fields.Integer(
        string="Look for changes (days)",
        tracking=True,
        aggregator=None,
        help="Once a day the documents that were booked in so many days are read "
        "again, to find what somebody changed or deleted in Exact Online. It costs "
        "one call for 40 documents. 0 for not at all.",
    )
    changes_at = fields.Datetime(
        string="Changes next looked for", readonly=True, copy=False
    )
    changes_from = fields.Datetime(
        readonly=True, copy=False, help="Start of the reading that is under way."
    )

    _change_days_check = models.Constraint(
        "CHECK(change_days BETWEEN 0 AND 400)", "Choose 0 to 400 days."
    )

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        administrations = super().create(vals_list)
        administrations.filtered("change_days")._ask_changes()
        return administrations

    def write(self, vals):
        result = super().write(vals)
        if "change_days" in vals:
            looking = self.filtered("change_days")
            looking._ask_changes()
            (self - looking).write({"changes_at": False, "changes_from": False})
        return result

    # === WORK === #
    def _has_other_work(self, orders=None):
        return super()._has_other_work(orders) or bool(
            orders is None and (self._changes_are_due() or self._exact_hints(1))
        )

    def _do_other_work(self, work, deadline, orders=None):
        left_over = super()._do_other_work(work, deadline, orders)
        if orders is None:
            left_over |= self._look_at_exact_hints(work, deadline)
            left_over |= self._read_changes(work, deadline)
        return left_over

    def _exact_hints(self, limit):
        return self.env["lightspeed.exact.hint"]._due(self, "exact", limit=limit)

    def _ask_changes(self):
        """Look at all documents of the last days, from the start."""
        self.write({"changes_at": self._now(), "changes_from": False})

    def _changes_are_due(self):
        return bool(self.changes_at and self.changes_at <= self._now())

    # === WHAT WEBHOOKS SAID === #
    def _look_at_exact_hints(self, work, deadline):
        """Read the documents again that webhooks named: one call for 40 of a kind.

        :return: whether hints are left
        :rtype: bool
        """
        while time.monotonic() < deadline:
            if self._is_parked():
                return False
            hints = self._exact_hints(MAX_TERMS)
            if not hints:
                return False
            hints.mapped("generation")
            if hints.filtered(lambda hint: hint.kind == "all"):
                # So much changed that looking at everything costs less.
                self._ask_changes()
            bookings = self._bookings_of_documents(
                [hint.remote_id for hint in hints if hint.remote_id]
            )
            if not self._read_some_bookings(work, bookings):
                hints._again(self._hints_again_at())
                return False
            hints._done()
        return bool(self._exact_hints(1))

    def _hints_again_at(self):
        """Return when to look again after Exact could not be asked."""
        pause = self._now() + timedelta(minutes=5)
        return max(pause, self.parked_until or pause)

    def _bookings_of_documents(self, remote_ids):
        """Return what was booked as these documents of Exact.

        :param list(str) remote_ids: in lower case
        :rtype: lightspeed.exact.booking
        """
        spelled = [each for key in remote_ids for each in (key, key.upper())]
        return self.env["lightspeed.exact.booking"].search(
            [
                ("administration_id", "=", self.id),
                ("entry_id", "in", spelled),
                *self.env["lightspeed.exact.booking"]._in_exact_domain(),
            ]
        )

    # === ONCE A DAY === #
    def _read_changes(self, work, deadline):
        """Read the documents of the last days again: a limited number of calls.

        :return: whether work is left for this very moment
        :rtype: bool
        """
        if not self._changes_are_due() or self._is_parked():
            return False
        if not self.changes_from:
            self.changes_from = self._now()
        for _call in range(CHANGE_CALLS):
            if time.monotonic() >= deadline:
                return True
            reset_at = self._reserve_reached(work)
            if reset_at:
                self.changes_at = reset_at
                return False
            bookings = self._documents_to_compare()
            if not bookings:
                self._changes_are_read()
                return False
            if not self._read_some_bookings(work, bookings):
                self.changes_at = self._now() + CHANGE_PAUSE
                return False
        self.changes_at = self._now() + CHANGE_PAUSE
        return False

    def _documents_to_compare(self):
        """Return the next documents that this reading has not seen yet.

        Open invoices are looked at by themselves, see ``_read_drafts``.

        :rtype: lightspeed.exact.booking
        """
        days = timedelta(days=self.change_days or 1)
        return self.env["lightspeed.exact.booking"].search(
            [
                ("administration_id", "=", self.id),
                ("state", "=", "posted"),
                ("entry_id", "!=", False),
                ("posted_at", ">=", self.changes_from - days),
                ("posted_at", "<", self.changes_from),
                ("invoice_state", "not in", ("draft", "gone")),
                "|",
                ("exact_checked_at", "=", False),
                ("exact_checked_at", "<", self.changes_from),
            ],
            order="document_kind, id",
            limit=MAX_TERMS,
        )

    def _changes_are_read(self):
        """A reading is complete: the next one is a day after its start."""
        following = self.changes_from + CHANGE_INTERVAL
        self.write(
            {
                "changes_at": following if self.change_days else False,
                "changes_from": False,
            }
        )

    # === READING === #
    def _read_some_bookings(self, work, bookings):
        """Read some documents again: one call for each kind.

        :return: whether reading may go on
        :rtype: bool
        """
        try:
            self._read_bookings(work, bookings)
        except (RateLimited, AuthenticationError) as error:
            self._stopped(error)
            return False
        except ConnectorError as error:
            _logger.info("Administration %s: not read: %s", self.id, error.code)
            if isinstance(error, AccessDenied):
                self._count_refusal(error)
            self._commit()
            return False
        self._commit()
        return True

    def _read_bookings(self, work, bookings):
        """Compare documents with what Exact has now.

        :param bookings: at most ``MAX_TERMS`` documents
        :raise ConnectorError: Exact could not be asked
        """
        drafts = bookings.filtered(lambda booking: booking.invoice_state == "draft")
        if drafts:
            self._read_drafts_of(work, drafts)
        rest = bookings - drafts
        for kind, some in rest.grouped(lambda row: row._is_invoice()).items():
            find = self._invoices_by_id if kind else self._entries_by_id
            rows = find(work, sorted(set(some.mapped("entry_id"))))
            for booking in some:
                row = rows.get(booking.entry_id.lower())
                booking.exact_checked_at = self._now()
                try:
                    booking.order_id._take_exact(booking, row)
                except ValueError:
                    # One row that nobody can read keeps no other from being read.
                    _logger.exception("Document %s: unreadable", booking.entry_id)

    def _entries_by_id(self, work, remote_ids):
        """Return sales entries with their lines as Exact has them now; one call.

        :param list(str) remote_ids: at most ``MAX_TERMS``
        :return: their rows by id in lower case, without those that are deleted
        :rtype: dict(str, dict)
        :raise ConnectorError: Exact could not be asked
        """
        return {
            row["EntryID"].lower(): row
            for row in work.client.list(
                ENTRIES,
                select=[*ENTRY_FIELDS, LINES],
                filter=any_of("EntryID", map(UUID, remote_ids)),
                expand=[LINES],
            )
        }
