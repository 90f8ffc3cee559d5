from odoo import models

from ..accounting import periods
from ..accounting.booking import Hold


class LightspeedExactDayEntry(models.Model):
    """Filed and refused periods, also for the entry of a day planned before."""

    _inherit = "lightspeed.exact.day.entry"

    def _post(self, work):
        """Decide the orders again when their day is closed meanwhile."""
        waiting = self.booking_ids.order_id.filtered(
            lambda order: order._waits_for_day()
        )
        if waiting and not self._may_stand():
            waiting._set_state("ready")
            return None
        return super()._post(work)

    def _may_stand(self):
        """Return whether documents of this day can be booked on it."""
        try:
            entry_date, _from = periods.place(self.day, self.link_id._filing_policy())
        except Hold:
            return False
        return entry_date == self.day
