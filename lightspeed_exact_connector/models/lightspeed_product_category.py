from odoo import api, fields, models


class LightspeedProductCategory(models.Model):
    """In which categories of the shop a product is: orders do not tell."""

    _name = "lightspeed.product.category"
    _description = "Category of a Lightspeed Product"
    _inherit = ["lightspeed.exact.company.mixin"]
    _order = "shop_id, name, product_remote_id, id"
    _rec_names_search = ["name", "product_remote_id"]
    _check_company_auto = True

    shop_id = fields.Many2one(
        "lightspeed.shop",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    product_remote_id = fields.Char(
        string="Product ID",
        required=True,
        index=True,
        help="The number of the product in the shop: it is in the address of the "
        "product's page in the back office.",
    )
    name = fields.Char(
        string="Category",
        required=True,
        help="The title of the category, as ledger rules and product rules name it. "
        "Fill in or import this list: the orders of the shop do not tell categories.",
    )
    name_key = fields.Char(compute="_compute_name_key", store=True, index=True)

    _category_uniq = models.Constraint(
        "UNIQUE(shop_id, product_remote_id, name)", "This is in the list already."
    )

    @api.depends("name", "product_remote_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.name} ({row.product_remote_id})"

    @api.depends("name")
    def _compute_name_key(self):
        for row in self:
            row.name_key = (row.name or "").strip().casefold()

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        rows._release_held()
        return rows

    def write(self, vals):
        result = super().write(vals)
        self._release_held()
        return result

    def _release_held(self):
        self.shop_id.link_ids._release_held()
