from odoo import api, fields, models

# Debtors, creditors and VAT: Exact keeps those itself.
KEPT_BY_EXACT = (20, 22, 24)


class ExactGlAccount(models.Model):
    _name = "exact.gl.account"
    _description = "Exact Online G/L Account"
    _inherit = "exact.reference.mixin"

    account_type = fields.Integer(
        readonly=True, aggregator=None, help="Type in Exact Online; 110 is revenue."
    )
    is_blocked = fields.Boolean(string="Blocked", readonly=True)
    vat_code = fields.Char(string="Default VAT code", readonly=True)

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A G/L account is kept once."
    )

    @api.model
    def _exact_path(self):
        return "financial/GLAccounts"

    @api.model
    def _exact_select(self):
        return ["ID", "Code", "Description", "Type", "IsBlocked", "VATCode"]

    @api.model
    def _exact_values(self, row):
        return {
            "account_type": row.get("Type") or 0,
            "is_blocked": bool(row.get("IsBlocked")),
            "vat_code": (row.get("VATCode") or "").strip() or False,
        }

    def _fits_sales_line(self):
        """Return whether Exact lets a sales line use the account."""
        self.ensure_one()
        return self.account_type not in KEPT_BY_EXACT
