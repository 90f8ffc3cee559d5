from decimal import Decimal

from odoo import api, fields, models


class LightspeedExactEntityYear(models.Model):
    """What a legal entity sold outside this connector, for the threshold."""

    _name = "lightspeed.exact.entity.year"
    _description = "Sales Outside the Connector"
    _order = "entity_id, year desc"
    _rec_name = "year"

    entity_id = fields.Many2one(
        "lightspeed.exact.entity", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="entity_id.company_id", store=True, index=True)
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

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        years = super().create(vals_list)
        years.entity_id._reconsider()
        return years

    def write(self, vals):
        result = super().write(vals)
        self.entity_id._reconsider()
        return result

    def unlink(self):
        entities = self.entity_id
        result = super().unlink()
        entities._reconsider()
        return result

    def _amount(self):
        """Return the amount, exactly.

        :rtype: Decimal
        """
        self.ensure_one()
        return Decimal(repr(self.amount or 0)).quantize(Decimal("0.01"))
