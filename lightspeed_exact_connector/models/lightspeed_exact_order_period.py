from odoo import api, fields, models

from ..accounting import periods

# Exact refuses a document because of its date, and every other one of that period.
REFUSED_BY_EXACT = ("refused.period_closed", "refused.unknown_year")
HELD_FOR_A_PERIOD = (*REFUSED_BY_EXACT, "period_refused")


class LightspeedExactOrder(models.Model):
    """Refused periods: learned from one order, known for all others."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    def _book(self, work, booking, customer, generation=0, takes_back=False):
        """Keep credits and corrections out of filed periods, as sales are."""
        booking = periods.placed(booking, self.link_id._filing_policy())
        return super()._book(work, booking, customer, generation, takes_back)

    def _hold(self, hold):
        """Remember the period that Exact refuses, so that no other order tries it."""
        result = super()._hold(hold)
        if hold.code in REFUSED_BY_EXACT:
            for order in self:
                day = order._planned_day()
                if day:
                    self.env["exact.period"]._learn(
                        order.administration_id, day, hold.params.get("detail", "")
                    )
        return result

    def _planned_day(self):
        """Return the entry date of what was refused, ``False`` when there is none."""
        self.ensure_one()
        return self.booking_ids.filtered(lambda row: row.state == "planned")[
            :1
        ].entry_date

    def _refused_day(self):
        """Return the day for whose period an order is held, ``False`` for none."""
        self.ensure_one()
        if self.reason_code == "period_refused":
            return fields.Date.to_date((self.reason_params or {}).get("day"))
        return self.reason_code in REFUSED_BY_EXACT and self._planned_day()

    def _prepare_retry(self):
        """Try the period again, too: the person who retries may have opened it."""
        refused = self.env["exact.period"]
        for order in self:
            day = order._refused_day()
            if day:
                refused |= refused._of(order.administration_id, day)
        refused.filtered("refused_at")._reopen()
        return super()._prepare_retry()

    @api.model
    def _release_refused_periods(self, administrations):
        """Let the orders go that are held for a period; others meet it again here.

        What Exact refused may be sent again as it is: the period has changed.
        """
        orders = self.sudo().search(
            [
                ("administration_id", "in", administrations.ids),
                ("state", "=", "held"),
                ("reason_code", "in", HELD_FOR_A_PERIOD),
            ]
        )
        if orders:
            # The document of a day is no operation of a single order.
            operations = orders.operation_ids | orders.booking_ids.operation_id
            operations._allow_again(REFUSED_BY_EXACT)
            orders._set_state("ready")
            self.env["lightspeed.exact.lane"]._wake(administrations)
