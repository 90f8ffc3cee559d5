from odoo import api, fields, models

from ..accounting.booking import ProductRule


class LightspeedExactProductRule(models.Model):
    """What some products are for VAT: vouchers, goods under the margin scheme."""

    _name = "lightspeed.exact.product.rule"
    _description = "Product Rule"
    _inherit = ["lightspeed.exact.company.mixin"]
    _order = "link_id, sequence, id"
    _check_company_auto = True

    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True, index=True)
    sequence = fields.Integer(
        default=10, help="Of several rules that fit a product the first counts."
    )
    article_code = fields.Char(
        string="Article code",
        help="Article code or SKU; a * at the end stands for any rest: GIFT-* is every "
        "code that begins with GIFT-. Leave empty for every article.",
    )
    category = fields.Char(
        help="Title of a category, see Configuration, Product categories. Leave empty "
        "for every category."
    )
    brand = fields.Char(help="Leave empty for every brand.")
    kind = fields.Selection(
        [
            ("single_purpose", "Gift card, VAT when it is sold"),
            ("multi_purpose", "Gift card, VAT when it is used"),
            ("margin", "Margin scheme"),
        ],
        string="Is",
        required=True,
        help="Gift card, VAT when it is sold: the country and the rate of what it buys "
        "are known (single-purpose voucher); it is booked as any product. Gift card, "
        "VAT when it is used: no sale yet but a debt to the holder (multi-purpose "
        "voucher); it needs a ledger rule for gift cards. Margin scheme: second-hand "
        "goods, taxed on the margin; they need a ledger rule for the margin scheme.",
    )

    @api.depends("article_code", "category", "brand", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for rule in self:
            parts = [rule.article_code, rule.category, rule.brand]
            parts.append(kinds.get(rule.kind))
            rule.display_name = " ".join(filter(None, parts))

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.link_id._release_held()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.link_id._release_held()
        return result

    def unlink(self):
        links = self.link_id
        result = super().unlink()
        links._release_held()
        return result

    def _to_product_rule(self):
        """Return what ``accounting`` needs of this rule.

        :rtype: ProductRule
        """
        self.ensure_one()
        return ProductRule(
            kind=self.kind,
            key=self.id,
            article=(self.article_code or "").strip() or None,
            category=(self.category or "").strip() or None,
            brand=(self.brand or "").strip() or None,
        )
