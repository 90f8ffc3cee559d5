from odoo import fields, models

from ..accounting.exact_values import exact_date

# Status of a receivable that is matched (Exact reference, 7.4).
MATCHED = 50


class LightspeedExactBooking(models.Model):
    """What Exact says about the receivable of a document."""

    # A room of its own, beside what was booked.
    _inherit = "lightspeed.exact.booking"  # pylint: disable=consider-merging-classes-inherited

    clearing_ids = fields.One2many("lightspeed.exact.clearing", "booking_id")
    is_paid = fields.Boolean(
        string="Paid in Exact",
        index=True,
        help="Exact Online says that the receivable is paid or matched in full.",
    )
    paid_on = fields.Date(string="Last payment")
    receivable_checked_at = fields.Datetime(string="Payment looked up at")

    def _take_receivables(self, rows, now):
        """Remember what Exact says of the open items of this document.

        :param list rows: its rows of ``cashflow/Receivables``, one for each term
        :param datetime now: naive UTC
        """
        self.ensure_one()
        values = {"receivable_checked_at": now}
        if rows:
            values["is_paid"] = all(map(self._is_settled, rows))
            values["paid_on"] = max(
                filter(None, map(self._payment_date, rows)), default=False
            )
            self.clearing_ids.filtered(
                lambda clearing: clearing.state == "posted"
            ).write({"matching": "matched" if values["is_paid"] else "open"})
        self.write(values)

    def _is_settled(self, row):
        """The sign of the amounts is not known (Exact reference, 12)."""
        return bool(row.get("IsFullyPaid")) or row.get("Status") == MATCHED

    def _payment_date(self, row):
        try:
            return exact_date(row.get("LastPaymentDate"))
        except ValueError:
            return None
