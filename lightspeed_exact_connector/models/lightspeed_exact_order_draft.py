from odoo import api, fields, models

from ..accounting.booking import Hold
from .lightspeed_exact_operation_invoice import invoice_number, is_processed
from .lightspeed_exact_order_changes import BUSY


class LightspeedExactOrder(models.Model):
    """Invoices that a bookkeeper processes: what became of them, and what waits for it.

    A credit is a document of its own: it would be in the books while the draft that it
    credits is not.  So an open draft is not credited: it waits until the draft is
    processed, or is deleted in Exact, which takes the place of crediting.
    """

    # A room of its own, beside making invoices.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    invoice_state = fields.Selection(
        [
            ("draft", "Open in Exact Online"),
            ("processed", "Processed"),
            ("gone", "Deleted in Exact Online"),
        ],
        string="Invoice",
        compute="_compute_invoice_state",
        help="An invoice that is open is not turnover yet; it has no number either.",
    )

    unsent_text = fields.Char(
        string="Not sent",
        compute="_compute_unsent_text",
        help="What Exact Online said of sending, where it went wrong or is not known.",
    )

    @api.depends(
        "booking_ids.output_failed",
        "booking_ids.output_unknown",
        "booking_ids.output_text",
    )
    @api.depends_context("lang")
    def _compute_unsent_text(self):
        for order in self:
            order.unsent_text = " · ".join(
                f"{booking.reference}: {booking.output_text}"
                for booking in order.booking_ids
                if booking.output_failed or booking.output_unknown
            )

    @api.depends("booking_ids.invoice_state")
    def _compute_invoice_state(self):
        for order in self:
            states = order.booking_ids.mapped("invoice_state")
            order.invoice_state = next(
                (state for state in ("draft", "gone", "processed") if state in states),
                False,
            )

    # === WHAT STANDS IN THE BOOKS === #
    def _posted(self):
        """Leave out what a bookkeeper deleted in Exact."""
        return (
            super()._posted().filtered(lambda booking: booking.invoice_state != "gone")
        )

    def _may_be_sent(self):
        """What was deleted in Exact keeps nothing waiting."""
        return self._planned().invoice_state != "gone" and super()._may_be_sent()

    def _open_write_domain(self):
        """Leave out what was deleted in Exact: the shop's figures decide again."""
        gone = self.booking_ids.filtered(
            lambda booking: booking.invoice_state == "gone"
        )
        return [
            *super()._open_write_domain(),
            ("id", "not in", (gone.operation_id | gone.print_operation_id).ids),
        ]

    def _drafts(self):
        """Return the documents of these orders that are open invoices, to be credited.

        One that takes another one back is credited by nothing.

        :rtype: lightspeed.exact.booking
        """
        return self._posted().filtered(
            lambda booking: booking._has_draft() and not booking.takes_back
        )

    # === WHAT WAITS FOR A DRAFT === #
    def _credit_verdict(self, link):
        verdict = super()._credit_verdict(link)
        if verdict[0] == "ready" and self.origin_id._drafts():
            return "waiting", "origin_draft"
        return verdict

    def _follow_up_step(self, work):
        """Correct no invoice that is still open: ask Exact what became of it first.

        :raise Hold: ``draft_open``
        """
        drafts = self._drafts() if self.follow_up in BUSY else self.booking_ids[:0]
        if drafts:
            self.administration_id._read_drafts_of(work, drafts)
            if self.state != "booked":
                return True
            if self._drafts():
                raise Hold("draft_open", reference=self._drafts()[0].reference)
        return super()._follow_up_step(work)

    # === WHAT BECAME OF A DRAFT === #
    def _take_draft(self, booking, row):
        """Remember what Exact says of an invoice that was open.

        :param dict row: of ``salesinvoice/SalesInvoices``; ``None`` when it is gone
        """
        self.ensure_one()
        if row is None:
            if self.has_work and booking.print_operation_id.state == "sending":
                # Who settles that finds it out as well, and asks more than once.
                booking.invoice_checked_at = fields.Datetime.now()
                return
            self._draft_gone(booking)
            return
        booking._take_row(row)
        if is_processed(row):
            self._draft_processed(booking, row)
        if booking.total_changed and booking.state == "posted":
            self._tell_changed(booking)

    def _draft_processed(self, booking, row):
        """Somebody processed an invoice in Exact: it is in the books, with a number."""
        number = invoice_number(row) or False
        booking.write({"invoice_state": "processed", "entry_number": number})
        if booking.state != "posted":
            # It was held or left out here: what is in the books is booked.
            self._adopt_print(booking, row)
            if self.state in ("held", "skipped"):
                self._set_state("ready")
            elif self.state == "booked" and not self.follow_up:
                # A correction that was held: finish it, and look what is left to do.
                self.write({"follow_up": "examine", "next_attempt_at": False})
            return
        if not booking.takes_back:
            self.entry_number = number
        if self.reason_code in ("draft_open", "invoice_gone"):
            self.write({"reason_code": False, "reason_params": False})
        booking.clearing_ids.filtered(
            lambda clearing: clearing.reason_code == "clearing_draft"
        )._set_state("planned")
        self.administration_id._expect_receivables()
        self._judge_credits()
        if self.proposal == "cancelled" and self.link_id.cancelled_after == "credit":
            self.follow_up = "reverse"

    def _draft_gone(self, booking):
        """Somebody deleted an open invoice in Exact: only a person makes it again.

        An order of which nothing else is in the books is not booked any more.
        """
        booking.write(
            {"invoice_state": "gone", "invoice_checked_at": fields.Datetime.now()}
        )
        if booking.print_operation_id.state == "sending":
            # What is deleted is finalised by no call any more.
            booking.print_operation_id.state = "ready"
        params = {"reference": booking.reference}
        if booking.state != "posted":
            if self.state == "held":
                self._set_unbooked("invoice_gone", params)
            elif self.state == "booked" and not self.follow_up:
                self._propose_again(params)
            return
        if self._posted():
            self._propose_again(params)
            return
        booking.state = "planned"
        self._set_unbooked("invoice_gone", params)

    def _hold(self, hold):
        """An order whose invoice is gone is not booked; a cancelled one is done."""
        result = super()._hold(hold)
        gone = self._planned().invoice_state == "gone"
        if hold.code == "invoice_gone" and gone:
            if self.state == "held":
                self._set_unbooked(hold.code, hold.params)
            elif self.remote_status == "cancelled" and not self.proposal:
                self._propose_again(hold.params)
        return result

    def _propose_again(self, params):
        """A credit or a correction was deleted: a person chooses once more."""
        if self.remote_status == "cancelled":
            self._propose("cancelled")
        else:
            self.write({"follow_up": "examine", "next_attempt_at": False})
        self.write({"reason_code": "invoice_gone", "reason_params": params})

    def _set_unbooked(self, code, params):
        """What was booked is not in Exact any more: a person must look.

        Also of an order whose invoice never came further than a draft.  The only way
        back from *booked*; a cancelled order needs nothing more.
        """
        values = {
            "state": "held",
            "reason_code": code,
            "reason_params": params,
            **self._unbooked_values(),
        }
        trigger = self.link_id._trigger_codes()[0]
        if self.remote_status == "cancelled" and "cancelled" not in trigger:
            values.update(state="skipped", reason_code="cancelled", reason_params=False)
        self.write(values)
        self._judge_credits()

    def _unbooked_values(self):
        """Return the field values of an order of which nothing is in the books."""
        return {
            "follow_up": False,
            "proposal": False,
            "change": False,
            "changed_after_booking": False,
            "booked_digest": False,
            "booked_content": False,
            "booked_at": False,
            "entry_number": False,
            "force": False,
            "next_attempt_at": False,
        }
