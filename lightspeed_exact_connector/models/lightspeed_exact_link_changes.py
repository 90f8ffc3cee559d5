from odoo import api, fields, models


class LightspeedExactLink(models.Model):
    """What is done about orders that change after they were booked."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    cancelled_after = fields.Selection(
        [("propose", "Propose a credit"), ("credit", "Credit it by itself")],
        string="Cancelled after booking",
        required=True,
        default="propose",
        tracking=True,
        help="An order that is cancelled before it is booked is never booked.",
    )
    check_vies = fields.Boolean(
        string="Check VAT numbers with VIES",
        default=True,
        tracking=True,
        help="A sale without VAT to a company in another member state is booked only "
        "when the tax office of its country confirms the VAT number; the consultation "
        "number is kept as evidence. Without an answer the order waits.",
    )
    proposal_count = fields.Integer(compute="_compute_proposal_count")
    exact_change_count = fields.Integer(compute="_compute_exact_change_count")

    @api.model
    def _deciding_fields(self):
        return super()._deciding_fields() | {"check_vies"}

    def _own_vat_number(self):
        """Return the VAT number on whose behalf VIES is asked."""
        self.ensure_one()
        return self.entity_id.vat_number or self.administration_id.vat_number

    def _goes_by_day(self, customer):
        """Return whether sales to a relation are booked in one entry a day."""
        self.ensure_one()
        return self.grouping == "day" and customer._is_collective()

    def _compute_proposal_count(self):
        groups = self.env["lightspeed.exact.order"]._read_group(
            [("link_id", "in", self.ids), ("proposal", "!=", False)],
            ["link_id"],
            ["__count"],
        )
        counts = {link.id: count for link, count in groups}
        for link in self:
            link.proposal_count = counts.get(link.id, 0)

    def _compute_exact_change_count(self):
        groups = self.env["lightspeed.exact.order"]._read_group(
            [("link_id", "in", self.ids), ("changed_in_exact", "=", True)],
            ["link_id"],
            ["__count"],
        )
        counts = {link.id: count for link, count in groups}
        for link in self:
            link.exact_change_count = counts.get(link.id, 0)

    def action_view_exact_changes(self):
        """Open the orders of which somebody changed the booking in Exact Online."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_order_action"
        )
        domain = [("link_id", "=", self.id), ("changed_in_exact", "=", True)]
        return {**action, "domain": domain, "context": {}}

    def action_view_proposals(self):
        """Open the orders that changed after booking and wait for an answer."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_order_action"
        )
        domain = [("link_id", "=", self.id), ("proposal", "!=", False)]
        return {**action, "domain": domain, "context": {}}
