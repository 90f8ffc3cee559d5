from odoo import api, fields, models


class LightspeedExactEntityPartMixin(models.AbstractModel):
    """A part of a legal entity that decides about VAT: a change is reconsidered."""

    _name = "lightspeed.exact.entity.part.mixin"
    _description = "Part of a Legal Entity"
    _inherit = ["lightspeed.exact.company.mixin"]

    entity_id = fields.Many2one(
        "lightspeed.exact.entity", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="entity_id.company_id", store=True, index=True)

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.entity_id._reconsider()
        return parts

    def write(self, vals):
        result = super().write(vals)
        self.entity_id._reconsider()
        return result

    def unlink(self):
        entities = self.entity_id
        result = super().unlink()
        entities._reconsider()
        return result
