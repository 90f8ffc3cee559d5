from datetime import datetime
from zoneinfo import ZoneInfo

from odoo import api, fields, models

from ..accounting.booking import Hold
from ..accounting.exact_values import date_or_none, trim
from ..accounting.items import ItemNeed, same_item
from .groups import check_bookkeeper, check_manager

# Where Exact Online's days begin (Exact reference, 8.3).
EXACT_TIME = ZoneInfo("Europe/Amsterdam")

ITEM_FIELDS = [
    "ID",
    "Code",
    "Description",
    "IsSalesItem",
    "SalesVatCode",
    "StartDate",
    "EndDate",
]


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

    @api.depends("code", "name")
    def _compute_display_name(self):
        for item in self:
            item.display_name = " ".join(filter(None, (item.code, item.name)))

    def action_forget(self):
        """Forget the items: they are looked up in Exact Online again when needed.

        Orders whose code clashed with one of them go again.
        """
        check_bookkeeper(self)
        links = self.administration_id.sudo().link_ids
        self.unlink()
        links._release_held(("item_code_clash",))
        return {"type": "ir.actions.act_window_close"}

    def action_open_operations(self):
        """Open the writes to Exact Online that were about this item."""
        self.ensure_one()
        check_manager(self)
        domain = [
            ("administration_id", "=", self.administration_id.id),
            ("kind", "in", ["item", "item_price"]),
            ("reference_key", "=", self.key),
        ]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Writes to Exact Online"),
            "res_model": "lightspeed.exact.operation",
            "view_mode": "list,form",
            "domain": domain,
        }

    # === BUSINESS === #
    @api.model
    def _remember(self, administration, need, row, origin):
        """Keep which item in Exact a need is.

        :param administration: the administration
        :param ItemNeed need: what wanted it
        :param dict row: of ``logistics/Items``: ``ID``, ``Code`` and ``Description``
        :param str origin: ``found`` or ``created``
        :rtype: exact.item
        """
        return self.create(
            {
                "administration_id": administration.id,
                "key": need.key,
                "remote_id": row["ID"],
                "code": trim(row.get("Code")) or need.code,
                "name": trim(row.get("Description")) or False,
                "kind": need.kind,
                "origin": origin,
                "source": need.source or False,
                "variant_id": need.variant_id or False,
            }
        )

    @api.model
    def _problem(self, row):
        """Return why no sale can be invoiced with an item of Exact.

        :param dict row: of ``logistics/Items``, ``None`` when it is gone
        :return: ``gone``, ``no_sales_item``, ``ended`` or ``not_started``; ``None``
            when nothing is wrong
        :rtype: str
        """
        if row is None:
            return "gone"
        if row.get("IsSalesItem") is False:
            return "no_sales_item"
        today = datetime.now(EXACT_TIME).date()
        start, end = (date_or_none(row.get(name)) for name in ("StartDate", "EndDate"))
        if end and end < today:
            return "ended"
        if start and start > today:
            return "not_started"
        return None

    def _check_same(self, need):
        """Refuse that two articles of the shop become one item.

        The same code on several variants is the same item.

        :param ItemNeed need: with the same key
        :raise Hold: ``item_code_clash``
        """
        self.ensure_one()
        known = ItemNeed(
            key=self.key,
            code=self.code,
            name=self.name or "",
            kind=self.kind,
            source=self.source or "",
            variant_id=self.variant_id or "",
        )
        if not same_item(known, need):
            raise Hold(
                "item_code_clash",
                code=need.code,
                first=self.source or self.code,
                second=need.source or need.code,
            )
