from odoo import api, fields, models

from ..accounting.catalogue import decimals_of


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
    price_precision = fields.Char(
        readonly=True, help="The smallest difference between prices in Exact Online."
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
        return ["Code", "Description", "AmountPrecision", "PricePrecision"]

    @api.model
    def _exact_values(self, row):
        return {
            # Shown only: nothing is rounded with it.
            "amount_precision": float(row.get("AmountPrecision") or 0),
            "price_precision": str(row.get("PricePrecision") or "") or False,
        }

    def _price_decimals(self):
        """Return how many decimals a price has; two where Exact did not tell.

        :rtype: int
        """
        return decimals_of(self.price_precision)

    @api.model
    def _is_optional(self):
        """A user who may not see currencies needs none of them."""
        return True
