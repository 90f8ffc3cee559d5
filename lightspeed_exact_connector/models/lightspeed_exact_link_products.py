from contextlib import closing
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..clients.errors import AccessDenied, BadAnswer, ConnectorError, NotFound, Rejected
from .groups import check_manager
from .moments import aware, naive
from .service_errors import problem_of

# The shop's own time at which it is asked for new products.
NIGHT = time(2, 30)

ITEMS = "logistics/Items"
PRICES = "logistics/SalesItemPrices"


class LightspeedExactLink(models.Model):
    """Whether products come along as items, existing ones and new ones."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    products = fields.Selection(
        [
            ("none", "No existing products"),
            ("all", "All products"),
            ("visible", "Products that are visible in the shop"),
            ("selection", "A selection that you make"),
        ],
        string="Existing products",
        required=True,
        default="none",
        tracking=True,
        help="Which products of the shop become items in Exact Online, with their "
        "sales price, VAT code and revenue account.",
    )
    new_products = fields.Selection(
        [
            ("never", "Never"),
            ("sale", "On their first sale"),
            ("nightly", "Every night"),
        ],
        string="New products",
        required=True,
        default="sale",
        tracking=True,
        help="On their first sale: a sales invoice makes the items that it needs.",
    )
    new_products_note = fields.Char(compute="_compute_new_products_note")
    new_products_since = fields.Datetime(readonly=True, copy=False)
    products_at = fields.Datetime(
        string="Next look for new products", readonly=True, copy=False, index=True
    )
    products_read_at = fields.Datetime(
        string="Products read at", readonly=True, copy=False
    )
    transfer_ids = fields.One2many("lightspeed.exact.product.transfer", "link_id")
    transfer_count = fields.Integer(compute="_compute_transfer_count")
    open_transfer_id = fields.Many2one(
        "lightspeed.exact.product.transfer", compute="_compute_transfer_count"
    )

    # === COMPUTE === #
    @api.depends("new_products", "document_kind")
    @api.depends_context("lang")
    def _compute_new_products_note(self):
        for link in self:
            entries = link.document_kind == "sales_entry"
            if entries and link.new_products == "sale":
                note = self.env._(
                    "Sales entries need no items: nothing is made on a sale."
                )
            elif not entries and link.new_products == "never":
                note = self.env._(
                    "A sales invoice still makes the items that it needs itself."
                )
            else:
                note = False
            link.new_products_note = note

    @api.depends("transfer_ids.state")
    def _compute_transfer_count(self):
        groups = self.env["lightspeed.exact.product.transfer"]._read_group(
            [("link_id", "in", self.ids)], ["link_id"], ["__count"]
        )
        counts = {link.id: count for link, count in groups}
        for link in self:
            link.transfer_count = counts.get(link._origin.id, 0)
            link.open_transfer_id = link.transfer_ids.filtered(
                lambda transfer: transfer.state != "done"
            )[:1]

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        links._plan_nightly()
        return links

    def write(self, vals):
        result = super().write(vals)
        if "new_products" in vals:
            self._plan_nightly()
        if vals.get("administration_id"):
            self._take_transfers_along()
        return result

    def _take_transfers_along(self):
        """Let open transfers follow to another administration, sorted out anew."""
        # In sudo mode: people do not write transfers themselves.
        for transfer in self.sudo().transfer_ids:
            administration = transfer.link_id.administration_id
            if transfer.state == "done" or transfer.administration_id == administration:
                continue
            transfer.administration_id = administration
            if transfer.state not in ("draft", "reading"):
                transfer._begin_sorting()

    def _plan_nightly(self):
        """Look for new products from now on, or not any more."""
        for link in self:
            nightly = link.new_products == "nightly"
            if nightly != bool(link.products_at):
                link.write(
                    {
                        "products_at": nightly and link._next_night(),
                        "new_products_since": nightly and fields.Datetime.now(),
                    }
                )

    def _next_night(self):
        """Return the next night in the shop's time zone (naive UTC)."""
        zone = ZoneInfo(self.shop_id.timezone or "UTC")
        now = aware(fields.Datetime.now()).astimezone(zone)
        night = datetime.combine(now.date(), NIGHT, zone)
        if night <= now:
            night = datetime.combine(now.date() + timedelta(days=1), NIGHT, zone)
        return naive(night)

    # === ACTIONS === #
    def action_transfer_products(self):
        """Open the transfer of existing products, made with what it will cost.

        Two or three calls to the shop, and a few that ask for the rights.

        :raise UserError: nothing is chosen, or a right is missing
        """
        self.ensure_one()
        check_manager(self)
        if self.products == "none":
            raise UserError(
                self.env._("Choose first which existing products come along.")
            )
        transfer = self.open_transfer_id or self._new_transfer()
        return {
            "type": "ir.actions.act_window",
            "res_model": transfer._name,
            "res_id": transfer.id,
            "view_mode": "form",
        }

    def action_view_transfers(self):
        """Open all transfers of products of this link."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_product_transfer_action"
        )
        return {**action, "domain": [("link_id", "=", self.id)], "context": {}}

    def _new_transfer(self):
        """Return a new transfer of existing products, counted and with its rights.

        :raise UserError: why not
        """
        # In sudo mode: people do not write transfers themselves.
        transfer = (
            self.env["lightspeed.exact.product.transfer"]
            .sudo()
            .create(self._transfer_values(self.products))
        )
        try:
            with closing(self.shop_id._tested_client()) as client:
                self._check_product_rights(client)
                transfer._ask_counts(client)
        except ConnectorError as error:
            raise UserError(
                self._problem_sentence(*problem_of(error, self.shop_id))
            ) from error
        transfer._estimate_reading()
        self._check_item_rights()
        return transfer.sudo(False)

    def _transfer_values(self, scope):
        return {
            "link_id": self.id,
            "administration_id": self.administration_id.id,
            "scope": scope,
        }

    def _check_product_rights(self, client):
        """Refuse a key that may not read products (Lightspeed reference 1.4).

        :raise ConnectorError: it may not, or the shop cannot be asked
        """
        if self.shop_id._lacks_area(client, "products"):
            raise ConnectorError("products", code="lightspeed.permissions")

    def _check_item_rights(self):
        """Refuse a user of Exact that may not make items and prices.

        Where Exact does not tell, the first item will.

        :raise UserError: it may not, or Exact cannot be asked
        """
        administration = self.administration_id
        try:
            with closing(administration._client()) as client:
                lacking = [
                    path
                    for path in (ITEMS, PRICES)
                    if not client.has_right(path, "POST")
                ]
        except (AccessDenied, NotFound, Rejected, BadAnswer):
            return
        except ConnectorError as error:
            raise UserError(
                self._problem_sentence(*problem_of(error, administration))
            ) from error
        if lacking:
            raise UserError(self._problem_sentence("products_rights"))

    # === NEW PRODUCTS === #
    def _look_for_new_products(self):
        """Begin tonight's look for new products; the slice goes on with it."""
        self.ensure_one()
        self.products_at = self._next_night()
        transfers = self.env["lightspeed.exact.product.transfer"]
        transfer = transfers.search(
            [("link_id", "=", self.id), ("state", "!=", "done")], limit=1
        )
        if transfer and not (transfer.scope == "new" and transfer.state == "held"):
            # A transfer of a person takes new ones along, or goes first.
            return
        if not transfer:
            transfer = transfers.create(self._transfer_values("new"))
        transfer.read_since = transfer._read_from()
        transfer._begin_reading("counts")
