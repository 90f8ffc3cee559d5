from odoo import api, fields, models


class ExactItemGroup(models.Model):
    """Item groups; what Exact does not let be read stays empty."""

    _name = "exact.item.group"
    _description = "Exact Online Item Group"
    _inherit = "exact.reference.mixin"

    is_default = fields.Boolean(string="Default", readonly=True)

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "An item group is kept once."
    )

    @api.model
    def _exact_path(self):
        return "logistics/ItemGroups"

    @api.model
    def _exact_select(self):
        return ["ID", "Code", "Description", "IsDefault"]

    @api.model
    def _is_optional(self):
        return True

    @api.model
    def _exact_values(self, row):
        return {"is_default": bool(row.get("IsDefault"))}
