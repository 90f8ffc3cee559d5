import logging

from odoo import api, models

from odoo.addons.base.models.ir_cron import (
    MIN_FAILURE_COUNT_BEFORE_DEACTIVATION,
    CompletionStatus,
)

_logger = logging.getLogger(__name__)


class IrCron(models.Model):
    """The lanes stay switched on, whatever fails.

    Odoo switches a job off after five failures in a row over seven days.  For a lane
    that would mean that nothing is booked any more, and that nobody is told.  Who
    switches a lane off himself, or neutralizes the database, is not overruled.
    """

    _inherit = "ir.cron"

    @api.model
    def _update_failure_count(self, job, status):
        if (
            status == CompletionStatus.FAILED
            and job["id"] in self.env["lightspeed.exact.lane"]._crons().ids
        ):
            most = MIN_FAILURE_COUNT_BEFORE_DEACTIVATION - 2
            if job["failure_count"] > most:
                _logger.error("%s failed again; it stays switched on", job["cron_name"])
            job = {**job, "failure_count": min(job["failure_count"], most)}
        return super()._update_failure_count(job, status)
