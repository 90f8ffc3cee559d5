from odoo import api, fields, models

from ..accounting.exact_values import trim


class ExactLayout(models.Model):
    """Layouts of sales invoices and of the e-mails that go with them."""

    _name = "exact.layout"
    _description = "Exact Online Layout"
    _inherit = "exact.reference.mixin"
    _order = "name, id"

    kind = fields.Selection(
        [("document", "Invoice document"), ("email", "E-mail")], readonly=True
    )

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A layout is kept once."
    )

    @api.depends("name")
    def _compute_display_name(self):
        for layout in self:
            layout.display_name = layout.name

    @api.model
    def _exact_path(self):
        return "salesinvoice/Layouts"

    @api.model
    def _exact_select(self):
        return ["ID", "Subject", "Type"]

    @api.model
    def _is_optional(self):
        return True

    @api.model
    def _exact_values(self, row):
        kinds = {"1": "document", "2": "email"}
        subject = trim(row.get("Subject")) or trim(row["ID"])
        return {
            "code": subject,
            "name": subject,
            "kind": kinds.get(str(row.get("Type")), False),
        }
