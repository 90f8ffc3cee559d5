from datetime import timedelta

from odoo import fields, models

from ..clients.quota import DAY
from ..const import BACKLOG_DAYS
from .exact_administration_slice import FAILURES_TO_PARK


class ExactAdministration(models.Model):
    """Incidents: what keeps Exact Online from taking orders, and who is told."""

    # A room of its own, beside the slice.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    backlog_on = fields.Date(readonly=True, copy=False)
    backlog_count = fields.Integer(readonly=True, copy=False)
    backlog_days = fields.Integer(readonly=True, copy=False)

    def _park(self, until, code, params=None):
        result = super()._park(until, code, params)
        # A quota that is used up ends by itself; one that never says until when and
        # comes back again and again may be a block.
        if code != "rate_limited" or self.failures >= FAILURES_TO_PARK:
            self.env["lightspeed.exact.incident"]._open(self, "exact", code, params)
        return result

    def _clear_problem(self):
        result = super()._clear_problem()
        for administration in self:
            self.env["lightspeed.exact.incident"]._close(administration, "exact")
        return result

    def _stopped(self, error):
        if getattr(error, "window", None) == DAY:
            self._count_backlog()
        return super()._stopped(error)

    def _count_backlog(self):
        """Remember how much is left when a day's calls are used up.

        Counted once a day.  When it grew several days in a row somebody is told; one
        day with less ends that.
        """
        today = fields.Date.today()
        if self.backlog_on == today:
            return
        count = self.env["lightspeed.exact.order"].search_count(
            [("administration_id", "=", self.id), ("has_work", "=", True)]
        )
        in_a_row = self.backlog_on == today - timedelta(days=1)
        grows = in_a_row and count > self.backlog_count
        days = self.backlog_days + 1 if grows else 1
        self.write({"backlog_on": today, "backlog_count": count, "backlog_days": days})
        incidents = self.env["lightspeed.exact.incident"]
        if days >= BACKLOG_DAYS:
            params = {"days": days, "count": count}
            incidents._open(self, "backlog", "backlog", params)
        else:
            incidents._close(self, "backlog")

    def _post(self, deadline, orders=None, read=None):
        left_over = super()._post(deadline, orders, read)
        if orders is None and self.backlog_on and not left_over:
            self._backlog_done()
        return left_over

    def _backlog_done(self):
        """Forget the backlog when all of it is done."""
        if self._is_parked() or self._next_batch():
            return
        self.write({"backlog_on": False, "backlog_count": 0, "backlog_days": 0})
        self.env["lightspeed.exact.incident"]._close(self, "backlog")
