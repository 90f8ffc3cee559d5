from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import groupby

from ..accounting import catalogue
from ..accounting.booking import Hold
from ..accounting.money import normal
from ..accounting.parse import title_of
from .groups import check_manager
from .moments import naive
from .reasons import as_percentage, describe

# What is written only when it changed.
VARIANT_FIELDS = (
    "product_remote_id",
    "variant_title",
    "article_code",
    "sku",
    "ean",
    "price_excl",
    "price_incl",
    "tax_rate",
    "remote_created_at",
)


class LightspeedProductVariant(models.Model):
    """A variant of the shop, as it was read last, and what became of it in Exact."""

    _name = "lightspeed.product.variant"
    _description = "Product Variant of a Lightspeed Shop"
    _order = "shop_id, id"
    _rec_names_search = ["name", "article_code", "sku", "ean"]
    _check_company_auto = True

    # === FIELDS === #
    shop_id = fields.Many2one(
        "lightspeed.shop",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        readonly=True,
    )
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    remote_id = fields.Char(string="Variant ID", required=True, readonly=True)
    product_remote_id = fields.Char(string="Product ID", index=True, readonly=True)
    product_title = fields.Char(string="Product", readonly=True)
    product_known = fields.Boolean(
        readonly=True, help="Whether the product of this variant was read."
    )
    variant_title = fields.Char(string="Variant", readonly=True)
    name = fields.Char(compute="_compute_name", store=True)
    article_code = fields.Char(string="Article code", readonly=True)
    sku = fields.Char(string="SKU", readonly=True)
    ean = fields.Char(string="EAN", readonly=True)
    key = fields.Char(
        readonly=True, help="The code of its item as Exact Online compares it."
    )
    currency_id = fields.Many2one(related="shop_id.currency_id")
    price_excl = fields.Char(string="Price excluding VAT", readonly=True)
    price_incl = fields.Char(string="Price including VAT", readonly=True)
    price_shown = fields.Monetary(
        string="Price",
        compute="_compute_shown",
        help="Including VAT, rounded to cents.",
    )
    tax_rate = fields.Char(readonly=True, help="A fraction; empty when unknown.")
    tax_shown = fields.Char(string="VAT", compute="_compute_shown")
    brand = fields.Char(readonly=True)
    is_visible = fields.Boolean(string="Visible in the shop", readonly=True)
    is_gone = fields.Boolean(string="No longer in the shop", readonly=True)
    remote_created_at = fields.Datetime(string="Made in the shop", readonly=True)
    seen_at = fields.Datetime(string="Last read", readonly=True)
    seen_reading = fields.Integer(
        readonly=True, help="In which reading of the shop it was met last."
    )
    selected = fields.Boolean(string="Taken along", readonly=True)
    # What became of it
    transfer_id = fields.Many2one(
        "lightspeed.exact.product.transfer",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    transfer_state = fields.Selection(
        [
            ("pending", "To be done"),
            ("made", "Made"),
            ("found", "Found"),
            ("refused", "Refused"),
            ("no_code", "No code"),
            ("duplicate", "Code used twice"),
        ],
        string="Result",
        readonly=True,
        index="btree_not_null",
    )
    price_state = fields.Selection(
        [("pending", "To be done"), ("done", "Set"), ("refused", "Refused")],
        string="Sales price",
        readonly=True,
    )
    item_id = fields.Many2one("exact.item", readonly=True, ondelete="set null")
    item_code = fields.Char(string="Item in Exact", related="item_id.code")
    reason_code = fields.Char(readonly=True, index="btree_not_null")
    reason_params = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    advice = fields.Char(string="What to do", compute="_compute_reason")
    absent_at = fields.Datetime(
        readonly=True, help="When Exact Online was asked, and had no such item."
    )
    next_attempt_at = fields.Datetime(string="Next attempt", readonly=True)

    _remote_id_uniq = models.Constraint(
        "UNIQUE(shop_id, remote_id)", "A variant is known once."
    )
    _key_idx = models.Index("(shop_id, key) WHERE key IS NOT NULL")
    _todo_idx = models.Index(
        "(transfer_id, id) WHERE transfer_state = 'pending' OR price_state = 'pending'"
    )

    # === COMPUTE === #
    @api.depends("product_title", "variant_title")
    def _compute_name(self):
        for variant in self:
            variant.name = title_of(
                variant.product_title or "", variant.variant_title or ""
            )

    @api.depends("name", "article_code", "sku", "remote_id")
    def _compute_display_name(self):
        for variant in self:
            code = variant.article_code or variant.sku or f"#{variant.remote_id}"
            variant.display_name = f"[{code}] {variant.name or ''}".strip()

    @api.depends("price_incl", "tax_rate")
    def _compute_shown(self):
        for variant in self:
            # Shown only; the exact price is the text.
            variant.price_shown = float(variant.price_incl or 0)
            variant.tax_shown = variant.tax_rate and as_percentage(variant.tax_rate)

    @api.depends("reason_code", "reason_params")
    @api.depends_context("lang")
    def _compute_reason(self):
        for variant in self:
            variant.reason, variant.advice = describe(
                self.env, variant.reason_code, variant.reason_params
            )

    # === ACTIONS === #
    def action_select(self):
        """Take these variants along in a transfer of a selection."""
        self._choose(selected=True)

    def action_deselect(self):
        """Leave these variants out of a transfer of a selection."""
        self._choose(selected=False)

    def _choose(self, *, selected):
        check_manager(self)
        self.shop_id.check_access("write")
        self.check_access("read")
        # In sudo mode: nobody writes what was read from the shop.
        self.sudo().write({"selected": selected})
        self.env["lightspeed.exact.product.transfer"].sudo()._selection_changed(
            self.shop_id
        )

    # === READING === #
    @api.model
    def _store_variants(self, shop, rows, rates, reading):
        """Store a page of variants.

        :param list rows: of :class:`catalogue.VariantRow`
        :param dict rates: see :func:`catalogue.tax_rates`
        :param int reading: number of the reading of this shop
        :return: how many this reading had not met yet
        :rtype: int
        """
        by_id = {row.remote_id: row for row in rows}
        known = self.search(
            [("shop_id", "=", shop.id), ("remote_id", "in", list(by_id))]
        )
        fresh = known.filtered(lambda variant: variant.seen_reading != reading)
        seen = {"seen_at": fields.Datetime.now(), "seen_reading": reading}
        for variant in known:
            row = by_id.pop(variant.remote_id)
            values = self._row_values(row, rates)
            changed = {
                name: value for name, value in values.items() if variant[name] != value
            }
            if "product_remote_id" in changed:
                changed["product_known"] = False
            if changed:
                variant.write(changed)
        fresh.write({**seen, "is_gone": False})
        self.create(
            [
                {
                    "shop_id": shop.id,
                    "remote_id": row.remote_id,
                    **seen,
                    **self._row_values(row, rates),
                }
                for row in by_id.values()
            ]
        )
        return len(fresh) + len(by_id)

    @api.model
    def _row_values(self, row, rates):
        rate = catalogue.rate_of(row, rates)
        return {
            "product_remote_id": row.product_id or False,
            "variant_title": row.title or False,
            "article_code": row.article_code or False,
            "sku": row.sku or False,
            "ean": row.ean or False,
            "price_excl": _text(row.price_excl),
            "price_incl": _text(row.price_incl),
            "tax_rate": _text(rate),
            "remote_created_at": row.created_at and naive(row.created_at),
        }

    @api.model
    def _store_products(self, shop, rows, brands):
        """Give the variants of a page of products title, visibility and brand.

        :param list rows: of :class:`catalogue.ProductRow`
        :param dict brands: titles by id; empty when nothing depends on them
        """
        by_id = {row.remote_id: row for row in rows}
        variants = self.search(
            [("shop_id", "=", shop.id), ("product_remote_id", "in", list(by_id))]
        )
        for variant in variants:
            row = by_id[variant.product_remote_id]
            values = {
                "product_title": row.title or False,
                "is_visible": row.is_visible,
                "product_known": True,
            }
            if brands:
                values["brand"] = brands.get(row.brand_id, False)
            changed = {
                name: value for name, value in values.items() if variant[name] != value
            }
            if changed:
                variant.write(changed)

    @api.model
    def _fill_in_siblings(self, variants):
        """Give new variants of a product that is known what its others have."""
        ids = [key for key in variants.mapped("product_remote_id") if key]
        siblings = self.search(
            [
                ("shop_id", "in", variants.shop_id.ids),
                ("product_remote_id", "in", ids),
                ("product_known", "=", True),
            ]
        )
        by_product = dict(groupby(siblings, lambda row: row.product_remote_id))
        for variant in variants:
            others = by_product.get(variant.product_remote_id)
            if others:
                variant.write(
                    {
                        "product_title": others[0].product_title,
                        "is_visible": others[0].is_visible,
                        "brand": others[0].brand,
                        "product_known": True,
                    }
                )

    # === FOR THE TRANSFER === #
    def _to_product(self):
        """Return the variant as ``accounting`` looks at it.

        :rtype: catalogue.Product
        """
        self.ensure_one()
        return catalogue.Product(
            variant_id=self.remote_id,
            product_id=self.product_remote_id or "",
            name=self.name or "",
            article_code=self.article_code or "",
            sku=self.sku or "",
            ean=self.ean or "",
            price_excl=_number(self.price_excl),
            price_incl=_number(self.price_incl),
            rate=_number(self.tax_rate),
            brand=self.brand or "",
        )

    def _set_result(self, state, hold=None, **values):
        """Move variants to a result; the only place that does.

        :param Hold hold: why
        """
        self.write(
            {
                "transfer_state": state,
                "reason_code": hold.code if hold else False,
                "reason_params": (hold and hold.params) or False,
                "next_attempt_at": False,
                **values,
            }
        )

    def _duplicates(self, others):
        """Return the hold of a code that several variants have.

        :param others: the other variants
        :rtype: Hold
        """
        names = [variant.display_name for variant in others[:5]]
        if len(others) > 5:
            names.append("…")
        return Hold("product_code_twice", others="; ".join(names), count=len(others))


def _text(number):
    """Return a Decimal as the text that is stored."""
    return False if number is None else normal(number)


def _number(text):
    return Decimal(text) if text else None
