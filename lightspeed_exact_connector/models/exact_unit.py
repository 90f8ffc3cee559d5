from odoo import api, fields, models


class ExactUnit(models.Model):
    """Units of items; what Exact does not let be read stays empty."""

    _name = "exact.unit"
    _description = "Exact Online Unit"
    _inherit = "exact.reference.mixin"

    is_main = fields.Boolean(string="Default", readonly=True)

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A unit is kept once."
    )

    @api.model
    def _exact_path(self):
        return "logistics/Units"

    @api.model
    def _exact_select(self):
        return ["ID", "Code", "Description", "Active", "Main"]

    @api.model
    def _is_optional(self):
        return True

    @api.model
    def _exact_values(self, row):
        return {
            "active": row.get("Active") is not False,
            "is_main": bool(row.get("Main")),
        }
