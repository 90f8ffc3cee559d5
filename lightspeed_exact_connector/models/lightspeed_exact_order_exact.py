from dataclasses import replace

from odoo import api, fields, models

from ..accounting import reference
from ..accounting.booking import Hold
from .groups import check_bookkeeper
from .lightspeed_exact_order_changes import BUSY


class LightspeedExactOrder(models.Model):
    """What people did in Exact to what was booked: shown, accepted, booked again.

    A document that was changed stands in the books as it is there.  One that was
    deleted does not: its order is held, and only a person has it booked again, by a
    reference of its own.
    """

    # A room of its own, beside what changes in the shop.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    changed_in_exact = fields.Boolean(
        string="Changed in Exact",
        compute="_compute_changed_in_exact",
        store=True,
        index="btree_not_null",
        help="Somebody changed in Exact Online what was booked for the order.",
    )

    @api.depends("booking_ids.changed_in_exact", "booking_ids.state")
    def _compute_changed_in_exact(self):
        for order in self:
            order.changed_in_exact = any(
                booking.changed_in_exact and booking.state == "posted"
                for booking in order.booking_ids
            )

    # === NOTICING === #
    def _take_exact(self, booking, row):
        """Remember what Exact has of a document that was booked.

        :param dict row: of Exact; ``None`` when it is deleted there
        :raise ValueError: it cannot be read
        """
        self.ensure_one()
        if row is None:
            self._deleted_in_exact(booking)
            return
        changes = booking._changes_in(row)
        if changes == (booking.exact_change or []):
            return
        is_news = bool(changes) and changes != (booking.exact_accepted or [])
        booking.write({"exact_change": changes, "changed_in_exact": is_news})
        if is_news:
            self.message_post(
                body=self.env._(
                    "%(reference)s was changed in Exact Online after it was booked.",
                    reference=booking.reference,
                )
            )

    def _deleted_in_exact(self, booking):
        """Somebody deleted what was booked: only a person has it booked again."""
        booking.write(
            {"state": "gone", "changed_in_exact": False, "exact_change": False}
        )
        params = {"reference": booking.reference}
        self.message_post(
            body=self.env._(
                "%(reference)s was deleted in Exact Online after it was booked.",
                reference=booking.reference,
            )
        )
        if self._may_be_sent() or (self.follow_up in BUSY and self._posted()):
            # What is under way finds it out by itself.
            return
        if self._posted():
            # Of several documents one is missing: a person chooses what follows.
            if self.remote_status == "cancelled":
                self._propose("cancelled")
            else:
                self.write({"follow_up": "examine", "next_attempt_at": False})
            self.write({"reason_code": "entry_gone", "reason_params": params})
            return
        self._set_unbooked("entry_gone", params)

    def _gone_in_exact(self):
        """Return what was booked and then deleted in Exact.

        :rtype: lightspeed.exact.booking
        """
        return self.booking_ids.filtered(lambda booking: booking.state == "gone")

    def _open_write_domain(self):
        """Leave out what was deleted in Exact: it brought the order nowhere."""
        gone = self._gone_in_exact()
        writes = (
            gone.operation_id | gone.print_operation_id | gone.day_entry_id.operation_id
        )
        return [*super()._open_write_domain(), ("id", "not in", writes.ids)]

    # === BOOKING AGAIN === #
    def _book(self, work, booking, customer, generation=0, takes_back=False):
        """What was deleted keeps its reference for ever: this one gets another."""
        gone = self._gone_in_exact()
        # Also before a credit or a correction: it was counted as not in the books.
        self._check_still_gone(work, gone)
        if gone and not generation:
            generation = self._next_generation()
            prefix = (self.link_id.reference_prefix or "").strip()
            booking = replace(
                booking,
                reference=reference.your_ref(prefix, self.number, generation),
            )
        return super()._book(work, booking, customer, generation, takes_back)

    def _plan(self, booking, operation, generation=0, takes_back=False):
        """Also in the entry of a day: what was deleted stays remembered."""
        if not generation and self._gone_in_exact():
            generation = self._next_generation()
        return super()._plan(booking, operation, generation, takes_back)

    def _check_still_gone(self, work, gone):
        """Ask Exact once more before anything is booked again.

        :param gone: what was deleted
        :raise Hold: ``entry_other``
        :raise ConnectorError: Exact could not be asked
        """
        for booking in gone.filtered(lambda row: not row.day_entry_id):
            operation = booking.operation_id
            find = operation._entries_in_exact
            if booking._is_invoice():
                find = operation._invoices_in_exact
            if find(work, booking.reference):
                raise Hold("entry_other", reference=booking.reference)

    # === ACTIONS === #
    def action_accept_exact_change(self):
        """Leave what was changed in Exact Online as it is there.

        :raise AccessError: these orders are not for this person to change
        """
        check_bookkeeper(self)
        self._check_operable()
        # In sudo mode: people do not write bookings.
        for booking in self.sudo().booking_ids.filtered("changed_in_exact"):
            booking.write(
                {"exact_accepted": booking.exact_change, "changed_in_exact": False}
            )
            booking.order_id.message_post(
                body=self.env._(
                    "The change of %(reference)s in Exact Online was accepted.",
                    reference=booking.reference,
                )
            )
