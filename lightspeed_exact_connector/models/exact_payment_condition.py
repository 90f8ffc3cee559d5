from odoo import api, fields, models

from ..accounting.exact_values import integer, trim


class ExactPaymentCondition(models.Model):
    _name = "exact.payment.condition"
    _description = "Exact Online Payment Condition"
    _inherit = "exact.reference.mixin"

    payment_days = fields.Integer(string="Payment days", readonly=True, aggregator=None)
    payment_method = fields.Char(string="Payment method", readonly=True)

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A payment condition is kept once."
    )

    @api.model
    def _exact_path(self):
        return "cashflow/PaymentConditions"

    @api.model
    def _exact_select(self):
        return ["ID", "Code", "Description", "PaymentDays", "PaymentMethod"]

    @api.model
    def _exact_values(self, row):
        return {
            "payment_days": integer(row.get("PaymentDays")),
            "payment_method": trim(row.get("PaymentMethod")) or False,
        }
