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
from .lightspeed_exact_operation_invoice import INVOICE_FIELDS, INVOICES

_logger = logging.getLogger(__name__)

# Calls of one slice; a reading that is not finished goes on after a pause.
DRAFT_CALLS = 20
DRAFT_PAUSE = timedelta(minutes=15)
DRAFT_INTERVAL = timedelta(days=1)


class ExactAdministration(models.Model):
    """After the orders: what became of the invoices that are left open."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    drafts_at = fields.Datetime(
        string="Open invoices next read at", readonly=True, copy=False
    )
    drafts_from = fields.Datetime(
        readonly=True, copy=False, help="Start of the reading that is under way."
    )

    draft_count = fields.Integer(string="Open invoices", compute="_compute_draft_count")
    draft_text = fields.Char(compute="_compute_draft_count")

    # === COMPUTE === #
    @api.depends_context("lang")
    def _compute_draft_count(self):
        bookings = self.env["lightspeed.exact.booking"]
        drafts = bookings._draft_sums("administration_id", self)
        for administration in self:
            administration.draft_count, administration.draft_text = drafts.get(
                administration._origin.id, (0, False)
            )

    def action_view_drafts(self):
        """Open the invoices of this administration that are open in Exact."""
        self.ensure_one()
        self.check_access("read")
        return self.env["lightspeed.exact.booking"]._drafts_action(
            [("administration_id", "=", self.id)]
        )

    # === WORK === #
    def _has_other_work(self, orders=None):
        return super()._has_other_work(orders) or bool(
            orders is None and self._drafts_are_due()
        )

    def _do_other_work(self, work, deadline, orders=None):
        left_over = orders is None and self._read_drafts(work, deadline)
        # What clears a payment, and what is paid, needs the number first.
        return super()._do_other_work(work, deadline, orders) or left_over

    def _expect_drafts(self):
        """Look at the open invoices a day after one was made."""
        if not self.drafts_at:
            self.drafts_at = self._now() + DRAFT_INTERVAL

    def _ask_drafts(self):
        """Look at the open invoices now, from the start: a person asked."""
        self.write({"drafts_at": self._now(), "drafts_from": False})

    def _drafts_are_due(self):
        return bool(self.drafts_at and self.drafts_at <= self._now())

    def _drafts_domain(self):
        return [
            ("administration_id", "=", self.id),
            ("invoice_state", "=", "draft"),
            ("entry_id", "!=", False),
        ]

    def _read_drafts(self, work, deadline):
        """Ask Exact what became of the open invoices: a limited number of calls.

        :return: whether work is left for this very moment
        :rtype: bool
        """
        if not self._drafts_are_due() or self._is_parked():
            return False
        if not self.drafts_from:
            self.drafts_from = self._now()
        for _call in range(DRAFT_CALLS):
            if time.monotonic() >= deadline:
                return True
            reset_at = self._reserve_reached(work)
            if reset_at:
                self.drafts_at = reset_at
                return False
            bookings = self._drafts_to_read()
            if not bookings:
                self._drafts_are_read()
                return False
            if not self._read_some_drafts(work, bookings):
                return False
        self.drafts_at = self._now() + DRAFT_PAUSE
        return False

    def _drafts_to_read(self):
        """Return the next open invoices that this reading has not seen yet.

        :rtype: lightspeed.exact.booking
        """
        return self.env["lightspeed.exact.booking"].search(
            [
                *self._drafts_domain(),
                "|",
                ("invoice_checked_at", "=", False),
                ("invoice_checked_at", "<", self.drafts_from),
            ],
            order="id",
            limit=MAX_TERMS,
        )

    def _read_some_drafts(self, work, bookings):
        """Read some open invoices; one call.

        :return: whether reading may go on
        :rtype: bool
        """
        try:
            self._read_drafts_of(work, bookings)
        except (RateLimited, AuthenticationError) as error:
            self._stopped(error)
            return False
        except ConnectorError as error:
            _logger.info("Administration %s: no invoices: %s", self.id, error.code)
            is_denied = isinstance(error, AccessDenied)
            self.drafts_at = self._now() + (
                DRAFT_INTERVAL if is_denied else DRAFT_PAUSE
            )
            self._commit()
            return False
        self._commit()
        return True

    def _read_drafts_of(self, work, bookings):
        """Read what became of these open invoices; one call.

        :param bookings: at most ``MAX_TERMS``
        :raise ConnectorError: Exact could not be asked
        """
        rows = self._invoices_by_id(work, bookings.mapped("entry_id"))
        for booking in bookings:
            row = rows.get(booking.entry_id.lower())
            try:
                booking.order_id._take_draft(booking, row)
            except ValueError:
                # One row that nobody can read keeps no other from being read.
                _logger.exception("Invoice %s could not be read", booking.entry_id)
                booking.invoice_checked_at = self._now()

    def _invoices_by_id(self, work, remote_ids):
        """Return sales invoices as Exact has them now; one call.

        :param list(str) remote_ids: at most ``MAX_TERMS``
        :return: their rows by id in lower case, without those that are gone
        :rtype: dict(str, dict)
        :raise ConnectorError: Exact could not be asked
        """
        return {
            row["InvoiceID"].lower(): row
            for row in work.client.list(
                INVOICES,
                select=INVOICE_FIELDS,
                filter=any_of("InvoiceID", map(UUID, remote_ids)),
            )
        }

    def _drafts_are_read(self):
        """A reading is complete: the next one is a day after its start, if needed."""
        left = self.env["lightspeed.exact.booking"].search_count(
            self._drafts_domain(), limit=1
        )
        following = self.drafts_from + DRAFT_INTERVAL
        self.write({"drafts_at": following if left else False, "drafts_from": False})
