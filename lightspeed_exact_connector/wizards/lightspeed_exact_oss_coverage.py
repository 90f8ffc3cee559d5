from odoo import fields, models


class LightspeedExactOssCoverage(models.TransientModel):
    """A country and a rate of distance sales, and the VAT code that would book them."""

    _name = "lightspeed.exact.oss.coverage"
    _description = "Coverage of Distance Sales"
    _order = "country_id, rate desc, id"

    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True)
    country_id = fields.Many2one("res.country", required=True, readonly=True)
    rate = fields.Float(
        string="VAT rate", digits=(8, 6), readonly=True, aggregator=None
    )
    origin = fields.Selection(
        [
            ("country", "The shop's rate for the country"),
            ("shop", "The shop's own rate"),
            ("order", "Seen on orders"),
        ],
        readonly=True,
        help="The shop's own rate: the shop has no rate for this country, so it "
        "charges the one of home.",
    )
    vat_code = fields.Char(string="VAT code", readonly=True)
    other_codes = fields.Char(
        string="Other codes",
        readonly=True,
        help="VAT codes of the same country and rate that are not used.",
    )
    is_gap = fields.Boolean(string="Gap", readonly=True)
    problem = fields.Char(readonly=True)
