import logging
from datetime import timedelta

from odoo import api, fields, models

from ..clients.errors import ConnectorError

_logger = logging.getLogger(__name__)

# Workers on several hosts may differ by so much.
TOLERANCE = timedelta(minutes=5)

# Moments at which work may go on, of the records of an administration.
MOMENTS = {
    "lightspeed.exact.order": ("next_attempt_at",),
    "lightspeed.exact.clearing": ("next_attempt_at",),
    "lightspeed.exact.operation": ("sent_at", "looked_up_at", "tidy_at"),
    "lightspeed.exact.rehearsal": ("next_at",),
}


class ExactAdministration(models.Model):
    """The server's clock: one that was ahead once must not stop the work for good."""

    # A room of its own, beside the slice.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _heal_clock(self):
        """Find what was served in the future, and let its work go on now.

        That happens when the clock of the server was ahead and is right again: all
        that was to wait for some minutes would wait for as long as it was ahead.
        """
        now = fields.Datetime.now()
        ahead = self.sudo().search([("served_at", ">", now + TOLERANCE)])
        for administration in ahead:
            _logger.warning(
                "Administration %s was served in the future: the clock was ahead",
                administration.id,
            )
            administration._heal(now)
        return ahead

    def _heal(self, now):
        """Bring every moment of the engine that lies in the future back to now."""
        links = self.with_context(active_test=False).link_ids
        self.write(
            {
                "served_at": now,
                "parked_until": False,
                "history_parked_until": False,
                "clearings_parked_until": False,
                "documents_parked_until": False,
                "refusals_since": False,
                "receivables_at": self.receivables_at and now,
                "drafts_at": self.drafts_at and now,
            }
        )
        for link in links:
            link._heal(now)
        for model, names in MOMENTS.items():
            for name in names:
                self.env[model].search(
                    [("administration_id", "=", self.id), (name, ">", now)]
                ).write({name: now})
        self._forget_quotas(links.shop_id)

    def _forget_quotas(self, shops):
        """Know nothing of the quotas: the first answer tells."""
        try:
            keys = [each._quota_key() for each in (self, *shops)]
        except ConnectorError as error:
            # Without its key a shop is not asked at all.
            _logger.info("Quotas of %s are kept: %s", self, error.code)
            return
        self.env["lightspeed.exact.quota"]._forget(keys)


class LightspeedExactLink(models.Model):
    """Reading the shop from where everything is surely known."""

    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    def _heal(self, now):
        """Look now, from a mark that is not in the future."""
        self.ensure_one()
        self.write(
            {
                "next_poll_at": self.next_poll_at and now,
                "products_at": self.products_at and min(self.products_at, now),
            }
        )
        for sweep in (self, *self.invoice_sweep_ids):
            sweep._heal_mark(now)
