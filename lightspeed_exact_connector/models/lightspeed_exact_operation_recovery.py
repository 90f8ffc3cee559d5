import logging
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models

from ..accounting import clearings, render
from ..accounting.booking import Hold
from ..accounting.money import loads
from ..clients.errors import BadAnswer
from ..clients.odata import guid_literal
from ..clients.transport import MAX_CALL_SECONDS
from ..const import (
    LOOKUP_SPACING_SECONDS,
    SEND_WITHIN_SECONDS,
    SETTLE_MARGIN_SECONDS,
)
from .lightspeed_exact_operation import ENTRY_FIELDS, LOOKUPS, Pending
from .moments import naive

_logger = logging.getLogger(__name__)


class LightspeedExactOperation(models.Model):
    """After a lost answer: Exact is asked, and nothing is sent while it may land."""

    # A room of its own, beside sending.
    _inherit = "lightspeed.exact.operation"  # pylint: disable=consider-merging-classes-inherited

    sent_vendor_at = fields.Datetime(
        string="Sent at, by the clock of Exact Online",
        help="When it was sent by the clock of Exact Online, which no change of ours "
        "moves; empty where no answer had told it before.",
    )

    @api.model
    def _settling(self):
        """Return how long after its intention a call may still land.

        :rtype: timedelta
        """
        return timedelta(
            seconds=SEND_WITHIN_SECONDS + MAX_CALL_SECONDS + SETTLE_MARGIN_SECONDS
        )

    def _settled_at(self):
        """Return when the call can no longer land, naive UTC."""
        return self.sent_at + self._settling()

    def _heal_moments(self, now):
        """Count from now what a clock that was ahead has put in the future.

        The call can have been sent any time until now: it is waited for from now on.
        """
        for name in ("sent_at", "looked_up_at"):
            if self[name] and self[name] > now:
                self[name] = now

    def _settled_by_vendor(self, vendor_now):
        """Return when the call can no longer land, judged by Exact's clock; naive UTC.

        Were our clock set forward while a call is under way, it alone would say at once
        that the call cannot land any more.  Each look is a spacing later than the last.

        :param datetime vendor_now: as the answer to the look told it, naive UTC
        :return: on our clock; now or before when Exact's says that it is over
        """
        now = fields.Datetime.now()
        if not vendor_now or not self.sent_vendor_at:
            return now
        if self.sent_vendor_at > vendor_now:
            self.sent_vendor_at = vendor_now
        spaced = timedelta(seconds=self.lookups * LOOKUP_SPACING_SECONDS)
        return now + (self._settling() + spaced - (vendor_now - self.sent_vendor_at))

    def _take_found(self, find, differences):
        """Take over what Exact has with this reference, if it has; see ``_recover``.

        :return: whether it has
        :rtype: bool
        """
        rows = find()
        if len(rows) > 1:
            raise Hold("document_several", reference=self.reference, count=len(rows))
        if rows:
            self._adopt(rows[0], differences(rows[0]))
        return bool(rows)

    def _recover(self, client, find, differences):
        """Settle an unknown outcome, by asking Exact.

        :param ExactClient client: that ``find`` asks with
        :param find: returns the rows in Exact with this reference
        :param differences: returns in what a row differs from what was intended
        :raise Pending: it is too early to know
        :raise Hold: several rows, or one that differs
        :raise ConnectorError: Exact could not be asked
        """
        self.ensure_one()
        now = fields.Datetime.now()
        self._heal_moments(now)
        if self._take_found(find, differences):
            return
        by_vendor = self._settled_by_vendor(naive(client.vendor_now()))
        due = max(self._settled_at(), by_vendor)
        if self.looked_up_at:
            due = max(
                due, self.looked_up_at + timedelta(seconds=LOOKUP_SPACING_SECONDS)
            )
        if now < due:
            raise Pending(due)
        self.write({"lookups": self.lookups + 1, "looked_up_at": now})
        if self.lookups < LOOKUPS:
            self._commit()
            raise Pending(now + timedelta(seconds=LOOKUP_SPACING_SECONDS))
        _logger.info("Operation %s did not land; it may be sent again", self.id)
        self.write({"state": "ready"})
        self._commit()

    def _recover_booking(self, work):
        """Settle the document of an order, of whichever kind, whose answer was lost.

        :raise Pending: it is too early to know
        :raise Hold: several documents, or one that differs
        :raise ConnectorError: Exact could not be asked
        """
        self._recover(work.client, *self._questions(work))

    def _questions(self, work):
        """Return how a document is looked for and compared, see ``_recover``.

        :rtype: tuple
        """
        intended, total = self._intended(), self._intended_total()
        if self.kind == "clearing":
            clearings_of = self.env["lightspeed.exact.clearing"]
            return (
                lambda: clearings_of._entries_in_exact(work, intended),
                lambda row: clearings.same_entry(row, intended),
            )
        return (
            lambda: self._entries_in_exact(work, intended["YourRef"]),
            lambda row: render.same_document(row, intended, total=total),
        )

    def _intended_total(self):
        """Return what the document comes to, ``None`` when no booking tells it.

        The payload does not tell which of its VAT codes include the VAT.

        :rtype: Decimal | None
        """
        bookings = self.env["lightspeed.exact.booking"].search(
            [("operation_id", "=", self.id)]
        )
        if not bookings:
            return None
        return sum((Decimal(booking.gross) for booking in bookings), Decimal(0))

    def _look_before(self, work, text, force=False):
        """Take over what Exact has already of a document; no call where it cannot have.

        After a refusal: a person may have made it by hand, or it landed in spite of it.
        And where a backup was restored: what was booked after the backup is not known
        here any more.

        :param str text: what would be sent, JSON
        :param bool force: see ``_set_payload``, which comes after this
        :raise Hold: several documents, or one that differs
        :raise ConnectorError: Exact could not be asked
        """
        if self._may_be_there(text, force):
            # Its state stays, so that what differs is met again at the next attempt.
            self.payload = text
            self._take_found(*self._questions(work))

    def _may_be_there(self, text, force):
        """Return whether Exact may have a document that is about to be sent.

        :param str text: what would be sent, JSON
        :param bool force: whether a person insists on it after a refusal
        :rtype: bool
        """
        if self.state == "refused":
            return not self._is_refused_still(text, force)
        since = self.administration_id.restored_at
        if not since or self.state != "ready":
            return False
        known = self.sent_at or self.order_id.order_date
        return not known or known <= since

    @api.model
    def _entries_in_exact(self, work, your_ref):
        """Return the sales entries of Exact that carry a reference.

        :rtype: list(dict)
        """
        rows = work.find("salesentry/SalesEntries", ENTRY_FIELDS, "YourRef", your_ref)
        return [row for row in rows if row.get("YourRef")]

    def _complete(self, work):
        """Ask for number and total of a document, where Exact told its identity only.

        :raise ConnectorError: its total is not known yet
        """
        if self._is_sparse():
            # An answer may hold the identity only (Exact reference, 8.5).
            key = guid_literal(self.remote_id)
            row = work.client.get(f"{self._shape().path}({key})", self._read_fields())
            self.write(self._remote_values(row))
        if not self.remote_total:
            raise BadAnswer("The document has no total.")

    def _read_fields(self):
        """Return what is read back of a document.

        :rtype: list(str)
        """
        return ENTRY_FIELDS

    def _adopt(self, row, differences):
        """Take over what Exact turned out to have, when it is what was intended."""
        if differences:
            raise Hold(
                "document_conflict",
                reference=self.reference,
                differences=", ".join(differences),
            )
        _logger.info("Operation %s had landed; adopted", self.id)
        self._record({**self._answer_values(row, self._sent()), "adopted": True})

    def _intended(self):
        """Return what was sent, as parsed JSON.

        :rtype: dict
        """
        self.ensure_one()
        return loads(self.payload)
