from odoo import fields, models

from .lightspeed_exact_link_held import RELEASABLE

OPEN = ("open", "retry", "probing")


class ExactAdministration(models.Model):
    """Whether Exact refuses something, so that nobody looks in vain."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    has_causes = fields.Boolean(readonly=True, copy=False)

    def _update_causes(self):
        """Remember whether there are causes that are not solved."""
        for administration in self:
            has_causes = bool(
                self.env["lightspeed.exact.cause"].search_count(
                    [
                        ("administration_id", "=", administration.id),
                        ("state", "!=", "solved"),
                    ],
                    limit=1,
                )
            )
            if administration.has_causes != has_causes:
                administration.has_causes = has_causes


class LightspeedExactLink(models.Model):
    """Causes of refusals: counted on the link, tried again after a change."""

    # A room of its own, beside releasing.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    cause_count = fields.Integer(compute="_compute_cause_count")

    def _compute_cause_count(self):
        groups = self.env["lightspeed.exact.order"]._read_group(
            [("link_id", "in", self.ids), ("cause_id.state", "in", OPEN)],
            ["link_id"],
            ["cause_id:count_distinct"],
        )
        counts = {link.id: count for link, count in groups}
        for link in self:
            link.cause_count = counts.get(link.id, 0)

    def action_view_causes(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_cause_action"
        )
        return {**action, "domain": [("order_ids.link_id", "=", self.id)]}

    def _release_held(self, codes=RELEASABLE):
        """Try one document of each cause that the change may have solved."""
        # In sudo mode: only the connector itself changes causes.
        self.env["lightspeed.exact.cause"].sudo().search(
            [
                ("administration_id", "in", self.administration_id.ids),
                ("state", "=", "open"),
                ("code", "in", codes),
            ]
        )._prepare_probe()
        return super()._release_held(codes)
