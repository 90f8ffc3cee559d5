from odoo import api, fields, models

from ..accounting.exact_values import integer, trim


class ExactJournal(models.Model):
    _name = "exact.journal"
    _description = "Exact Online Journal"
    _inherit = "exact.reference.mixin"

    journal_type = fields.Integer(
        string="Journal type",
        readonly=True,
        aggregator=None,
        help="Type in Exact Online; 20 is a sales journal.",
    )
    currency_code = fields.Char(string="Currency code", readonly=True)
    allow_variable_currency = fields.Boolean(
        string="Takes other currencies", readonly=True
    )
    is_blocked = fields.Boolean(string="Blocked", readonly=True)

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A journal is kept once."
    )

    @api.model
    def _exact_path(self):
        return "financial/Journals"

    @api.model
    def _exact_select(self):
        return [
            "ID",
            "Code",
            "Description",
            "Type",
            "Currency",
            "AllowVariableCurrency",
            "IsBlocked",
        ]

    @api.model
    def _exact_values(self, row):
        return {
            "journal_type": integer(row.get("Type")),
            "is_blocked": bool(row.get("IsBlocked")),
            "currency_code": trim(row.get("Currency")) or False,
            "allow_variable_currency": bool(row.get("AllowVariableCurrency")),
        }
