from odoo import api, fields, models

from .lightspeed_exact_ledger_rule import TREATMENTS


class LightspeedExactBookingLine(models.Model):
    """A line as it was booked, and which rule decided it."""

    _name = "lightspeed.exact.booking.line"
    _description = "Booking Line"
    _order = "booking_id, id"

    booking_id = fields.Many2one(
        "lightspeed.exact.booking", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="booking_id.company_id", store=True)
    currency_id = fields.Many2one(related="booking_id.currency_id")
    kind = fields.Selection(
        [
            ("product", "Product"),
            ("shipping", "Shipping costs"),
            ("payment", "Payment costs"),
            ("gift_card", "Gift card"),
            ("rounding", "Rounding"),
        ],
        required=True,
    )
    name = fields.Char(string="Description", required=True)
    quantity = fields.Float(digits=(16, 4))
    net = fields.Monetary()
    vat = fields.Monetary(string="VAT")
    gross = fields.Monetary()
    rate = fields.Float(string="VAT rate", digits=(8, 6), aggregator=None)
    treatment = fields.Selection(TREATMENTS, string="VAT treatment")
    country_code = fields.Char(string="Country")
    gl_account = fields.Char(string="G/L account")
    vat_code = fields.Char(string="VAT code")
    cost_center = fields.Char(string="Cost centre")
    cost_unit = fields.Char(string="Cost unit")
    rule_key = fields.Integer(string="Rule number")
    rule_id = fields.Many2one(
        "lightspeed.exact.ledger.rule", compute="_compute_rule_id"
    )

    @api.depends("rule_key")
    def _compute_rule_id(self):
        rules = self.env["lightspeed.exact.ledger.rule"]
        existing = rules.browse({line.rule_key for line in self} - {0}).exists()
        for line in self:
            rule = rules.browse(line.rule_key or [])
            line.rule_id = rule if rule in existing else rules
