from decimal import Decimal

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

    def _content(self, accounts, rates):
        """Return the line as ``accounting.stored`` keeps lines.

        :param dict accounts: code of a G/L account to its identity in Exact
        :param dict rates: VAT code to its type and rate
        :rtype: dict
        """
        self.ensure_one()
        return {
            "kind": self.kind,
            "description": self.name,
            # Zero stood for none as well.
            "quantity": str(exact(self.quantity, 4)) if self.quantity else None,
            "net": str(exact(self.net, 2)),
            "vat": str(exact(self.vat, 2)),
            "rate": str(exact(self.rate, 6)),
            "treatment": self.treatment,
            "gl_account": accounts.get(self.gl_account, ""),
            "gl_code": self.gl_account or "",
            "vat_code": self.vat_code or "",
            "vat_type": rates.get(self.vat_code, ("E", 0))[0],
            "rule_key": self.rule_key,
            "cost_center": self.cost_center or "",
            "cost_unit": self.cost_unit or "",
        }


def exact(number, places):
    """Return a stored number, which is exact in its column, as ``Decimal``."""
    return Decimal(repr(number)).quantize(Decimal(1).scaleb(-places))
