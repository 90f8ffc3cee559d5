from odoo import fields, models

from ..clients.errors import AccessDenied, NotFound


class LightspeedShop(models.Model):
    """What the shop sells, as far as it was read."""

    # A room of its own, beside the connection.
    _inherit = "lightspeed.shop"  # pylint: disable=consider-merging-classes-inherited

    variant_count = fields.Integer(string="Variants", compute="_compute_variant_count")

    def _compute_variant_count(self):
        groups = self.env["lightspeed.product.variant"]._read_group(
            [("shop_id", "in", self.ids), ("is_gone", "=", False)],
            ["shop_id"],
            ["__count"],
        )
        counts = {shop.id: count for shop, count in groups}
        for shop in self:
            shop.variant_count = counts.get(shop.id, 0)

    def action_view_variants(self):
        """Open the variants of this shop."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_product_variant_action"
        )
        return {**action, "domain": [("shop_id", "=", self.id)], "context": {}}

    def _lacks_area(self, client, area):
        """Return whether the key may not read an area (Lightspeed reference 1.4).

        Where the shop does not tell, reading will.

        :raise ConnectorError: the shop cannot be asked
        """
        try:
            permissions = client.permissions()
        except (AccessDenied, NotFound):
            return False
        found = permissions.get(area)
        return isinstance(found, dict) and not found.get("read")
