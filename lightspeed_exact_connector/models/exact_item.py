from odoo import fields, models


class ExactItem(models.Model):
    """An item (artikel) in Exact that the connector knows: found or made, once."""

    _name = "exact.item"
    _description = "Exact Online Item"
    _order = "code, id"
    _rec_names_search = ["code", "name"]

    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        related="administration_id.company_id", store=True, index=True
    )
    key = fields.Char(
        required=True, readonly=True, help="The code as Exact Online compares it."
    )
    remote_id = fields.Char(string="Exact ID", required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(readonly=True)
    kind = fields.Selection(
        [
            ("article", "Product"),
            ("general", "General item"),
            ("shipping", "Shipping costs"),
            ("payment", "Payment costs"),
            ("gift_card", "Gift card"),
            ("rounding", "Rounding"),
        ],
        required=True,
        default="article",
        readonly=True,
    )
    origin = fields.Selection(
        [("found", "Found"), ("created", "Made here")], required=True, readonly=True
    )
    source = fields.Char(
        string="Code in the shop", readonly=True, help="As the shop has it."
    )
    variant_id = fields.Char(string="Variant in the shop", readonly=True)

    _key_uniq = models.Constraint(
        "UNIQUE(administration_id, key)", "An item is known once."
    )
