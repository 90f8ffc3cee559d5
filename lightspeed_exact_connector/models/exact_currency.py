import logging

from odoo import api, fields, models

from ..clients.errors import AccessDenied, NotFound

_logger = logging.getLogger(__name__)


class ExactCurrency(models.Model):
    """A currency that is active in an administration; Exact knows it by its code."""

    _name = "exact.currency"
    _description = "Exact Online Currency"
    _inherit = "exact.reference.mixin"

    amount_precision = fields.Float(
        digits=(16, 6),
        readonly=True,
        aggregator=None,
        help="The smallest amount in Exact Online, for instance 0.01.",
    )

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A currency is kept once."
    )

    @api.model
    def _exact_path(self):
        return "general/Currencies"

    @api.model
    def _exact_key(self):
        return "Code"

    @api.model
    def _exact_select(self):
        return ["Code", "Description", "AmountPrecision"]

    @api.model
    def _exact_values(self, row):
        # Shown only: nothing is rounded with it.
        return {"amount_precision": float(row.get("AmountPrecision") or 0)}

    @api.model
    def _refresh(self, administration, client):
        """Read the currencies; a user who may not see them needs none of them.

        :raise ConnectorError: see the mixin
        """
        try:
            return super()._refresh(administration, client)
        except (AccessDenied, NotFound) as error:
            _logger.info(
                "Currencies of administration %s unknown: %s",
                administration.id,
                error.code,
            )
            return None
