from odoo import fields, models

from ..accounting import payload as read
from ..accounting.money import loads
from ..accounting.payments import PAID


class LightspeedExactOrder(models.Model):
    """Clearing: planned when an order is booked, ready when the shop says paid."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    clearing_ids = fields.One2many(
        "lightspeed.exact.clearing", "order_id", string="Clearing entries"
    )

    def _finish(self, work, booking):
        result = super()._finish(work, booking)
        self._plan_clearings(booking)
        return result

    def _plan_clearings(self, booking):
        """Plan what clears the document that was booked just now; costs no call."""
        self.administration_id._expect_receivables()
        if not self._is_paid_by_itself(booking):
            return
        clearing, link = self.env["lightspeed.exact.clearing"], self.link_id
        if link.clearing == "journal_entry":
            clearing._plan(booking, "payment")
        if (
            link.gift_card_payment == "clear"
            and booking.kind == "sale"
            and self._has_gift_cards()
        ):
            clearing._plan(booking, "gift_card")

    def _is_paid_by_itself(self, booking):
        """Return whether money goes with a document: with each one of the shop's own.

        A reversal and what is booked in its place move no money: what was paid is
        cleared already.
        """
        if booking.kind == "credit":
            return self.source_kind == "credit_note"
        return booking.kind == "sale" and not booking.generation

    def _has_gift_cards(self):
        """Return whether the order as it was booked was paid with a gift card."""
        raw = read.section(loads(self.payload or "{}")).get("order")
        return not read.is_unset(read.section(raw).get("giftCardsPayment"))

    def _take_change(self, link, row, raw):
        result = super()._take_change(link, row, raw)
        # A later link of the shop took it over: what clears it comes along.
        self.clearing_ids.filtered(
            lambda clearing: (
                clearing.state != "posted"
                and clearing.link_id != self.link_id
                and clearing.administration_id == self.administration_id
            )
        ).link_id = self.link_id
        if self.state == "booked" and self.remote_payment_status == PAID:
            self.clearing_ids.filtered(
                lambda clearing: clearing.state == "waiting"
            )._set_state("planned")
        return result
