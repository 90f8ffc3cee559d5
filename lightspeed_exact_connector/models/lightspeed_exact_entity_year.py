from decimal import Decimal

from odoo import fields, models


class LightspeedExactEntityYear(models.Model):
    """What a legal entity sold outside this connector, for the threshold."""

    _name = "lightspeed.exact.entity.year"
    _inherit = "lightspeed.exact.entity.part.mixin"
    _description = "Sales Outside the Connector"
    _order = "entity_id, year desc"
    _rec_name = "year"

    currency_id = fields.Many2one(related="entity_id.currency_id")
    year = fields.Integer(
        required=True,
        aggregator=None,
        default=lambda self: fields.Date.context_today(self).year,
    )
    amount = fields.Monetary(
        string="Net",
        required=True,
        help="Sold to consumers in other member states, without VAT, and not booked by "
        "this connector: through marketplaces or shops elsewhere, or before the "
        "connector was used.",
    )

    _year_uniq = models.Constraint("UNIQUE(entity_id, year)", "A year is kept once.")
    _year_plausible = models.Constraint(
        "CHECK(year BETWEEN 2000 AND 2199)", "That is no year."
    )

    def _amount(self):
        """Return the amount, exactly.

        :rtype: Decimal
        """
        self.ensure_one()
        return Decimal(repr(self.amount or 0)).quantize(Decimal("0.01"))
