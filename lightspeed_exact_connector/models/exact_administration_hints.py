import logging
import time
from contextlib import closing
from datetime import timedelta

from odoo import fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..accounting.booking import Hold
from ..accounting.listing_invoice import invoice_row
from ..accounting.parse import list_row
from ..clients.errors import (
    AccessDenied,
    BadAnswer,
    BadRequest,
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
    TemporaryError,
)

_logger = logging.getLogger(__name__)

# Hints looked at in one slice; the others have the next one.
MOST_LOOKED_AT = 40

# The object alone: the shop's next one may be readable.
_OF_THE_OBJECT = (AccessDenied, BadAnswer, BadRequest, NotFound, Rejected)


class ExactAdministration(models.Model):
    """Hints: what a webhook named is read again, before polling, and stored alike."""

    # A room of its own, beside the slice.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _look_at_hints(self, deadline, read):
        """Read what webhooks said has changed, as polling would have.

        :param float deadline: ``time.monotonic()`` at which to stop
        :param dict read: raw orders that were read are put here, by id of the shop and
            id of the order
        :return: whether hints are left
        :rtype: bool
        """
        left_over = super()._look_at_hints(deadline, read)
        if self._is_parked():
            # Nothing could be booked: polling brings it in time.
            return left_over
        hints = self.env["lightspeed.exact.hint"]._due(
            self, "lightspeed", limit=MOST_LOOKED_AT
        )
        # What was read is committed hint by hint, and the rows may go meanwhile.
        by_link = hints.filtered(lambda hint: hint.kind != "all").grouped("link_id")
        for link, found in by_link.items():
            if time.monotonic() >= deadline:
                return True
            self._look_at_hints_of(link, found, deadline, read)
        left_over |= len(hints) == MOST_LOOKED_AT or time.monotonic() >= deadline
        return left_over

    def _look_at_hints_of(self, link, hints, deadline, read):
        """Look at the hints of one link; whatever happens to it stays with it."""
        try:
            client = link.shop_id._tested_client()
        except ConnectorError as error:
            self._leave_hints(hints, error)
            return
        with closing(client):
            for place, hint in enumerate(hints):
                if time.monotonic() >= deadline:
                    break
                try:
                    self._look_at_hint(client, hint, read)
                except _OF_THE_OBJECT as error:
                    self._undo_hint(link, error)
                    hint._again()
                except ConnectorError as error:
                    self._undo_hint(link, error)
                    self._leave_hints(hints[place:], error)
                    break
                except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                    raise
                except Exception:
                    # Polling meets it as well, and says it where it is seen.
                    self._undo_hint(link, None)
                    _logger.exception("A hint of link %s could not be read", link.id)
                    hint._done()
        self._commit()

    def _undo_hint(self, link, error):
        self.env.cr.rollback()
        self.env.invalidate_all()
        if error:
            _logger.info("A hint of link %s waits: %s", link.id, error.code)

    def _leave_hints(self, hints, error):
        """Look again when the shop can be asked again."""
        if isinstance(error, RateLimited):
            at = error.retry_at.replace(tzinfo=None)
        else:
            minutes = 1 if isinstance(error, TemporaryError) else 15
            at = fields.Datetime.now() + timedelta(minutes=minutes)
        hints._again(at)

    def _look_at_hint(self, client, hint, read):
        """Read the object of a hint and store it through the door of polling.

        :raise ConnectorError: it cannot be read
        """
        hint = hint.exists()
        store = {
            "order": self._store_hinted_order,
            "invoice": self._store_hinted_invoice,
        }.get(hint.kind)
        try:
            # Never believed: what is stored is what the shop answers now.
            if store:
                store(client, hint.link_id, hint.remote_id, read)
        except NotFound:
            # A new one may be not found for a moment (Lightspeed reference, 3.4).
            if hint.action != "deleted":
                raise
        hint._done()

    def _store_hinted_order(self, client, link, remote_id, read):
        if link.source != "order":
            return
        raw = client.order(remote_id)
        try:
            row = list_row(raw)
        except Hold:
            return
        if row.remote_id != remote_id or link._is_before_start(row):
            return
        read[link.shop_id.id, remote_id] = raw
        self.env["lightspeed.exact.order"]._store_rows(link, [(row, raw)])

    def _store_hinted_invoice(self, client, link, remote_id, read):
        sweep = link._invoice_sweep()
        if not sweep:
            return
        raw = client.invoice(remote_id)
        try:
            row = invoice_row(raw)
        except Hold:
            return
        keeps = row.remote_id == remote_id and sweep._keeps(row)
        if not keeps or link._is_before_start(row):
            return
        orders = self.env["lightspeed.exact.order"]
        if row.is_credit_note and row.order_id:
            # An order is stored before the credit note that belongs to it.
            known = orders._known_documents(link, {("order", row.order_id)})
            if not known:
                self._store_hinted_order(client, link, row.order_id, read)
        orders._store_rows(sweep, [(row, raw)])

    def _links_to_poll(self):
        """Also those of which so much changed that webhooks said: look at all."""
        links = super()._links_to_poll()
        if self._is_parked():
            return links
        hints = self.env["lightspeed.exact.hint"]._due(self, "lightspeed")
        return links | hints.filtered(lambda hint: hint.kind == "all").link_id

    def _poll_one(self, link, deadline):
        hints = self.env["lightspeed.exact.hint"]
        wide = hints.sudo().search([("link_id", "=", link.id), ("kind", "=", "all")])
        seen = wide._seen()
        left_over = super()._poll_one(link, deadline)
        if not left_over:
            # Read or not: from here on it is polling that tries again.
            hints._forget(seen)
            hints._forget_read(link)
        return left_over
