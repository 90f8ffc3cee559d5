from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .groups import check_manager


class LightspeedExactLink(models.Model):
    """Observing first: everything is read and decided, and nothing is booked."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    observe = fields.Boolean(
        string="Observe first",
        copy=False,
        tracking=True,
        help="The link reads its shop and shows for each order what would be booked, "
        "and books nothing in Exact Online. Only for a link that has booked nothing "
        "yet. When you switch it off, all that was observed is booked.",
    )
    observed_count = fields.Integer(compute="_compute_observed_count")

    def _compute_observed_count(self):
        groups = self.env["lightspeed.exact.order"]._read_group(
            [("link_id", "in", self.ids), ("reason_code", "=", "observed")],
            ["link_id"],
            ["__count"],
        )
        counts = {link.id: count for link, count in groups}
        for link in self:
            link.observed_count = counts.get(link._origin.id, 0)

    @api.constrains("observe")
    def _check_observe(self):
        """What has begun to book is paused, not observed."""
        for link in self.filtered("observe"):
            if self.env["lightspeed.exact.booking"].search_count(
                [("link_id", "=", link.id)], limit=1
            ):
                raise ValidationError(
                    self.env._(
                        "This link has booked already: pause it when nothing is to be "
                        "booked for now."
                    )
                )

    def write(self, vals):
        ending = self.browse()
        if "observe" in vals and not vals["observe"]:
            ending = self.filtered("observe")
        result = super().write(vals)
        if ending:
            ending._end_observing()
        return result

    @api.model
    def _deciding_fields(self):
        # Whatever was observed is judged again, and so is ready when that is over.
        return super()._deciding_fields() | {"observe"}

    def _end_observing(self):
        """Let the engine book at once; what waits for a correction goes on, too."""
        # In sudo mode: only the connector itself changes orders.
        self.env["lightspeed.exact.order"].sudo().search(
            [
                ("link_id", "in", self.ids),
                ("reason_code", "=", "observed_correction"),
            ]
        ).write({"next_attempt_at": False})
        self.env["lightspeed.exact.lane"]._wake(self.administration_id)

    def action_stop_observing(self):
        """Book from now on, and all that was observed.

        :raise UserError: the link does not observe
        """
        check_manager(self)
        if self.filtered(lambda link: not link.observe):
            raise UserError(self.env._("This link does not observe: it books."))
        self.write({"observe": False})

    def action_view_observed(self):
        """Open the orders that were observed, with what would be booked."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_order_action"
        )
        domain = [("link_id", "=", self.id), ("reason_code", "=", "observed")]
        return {**action, "domain": domain, "context": {}}


class ExactAdministration(models.Model):
    """While a link observes its products do not become items, either."""

    # A room of its own, beside products.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _due_transfers(self):
        transfers = super()._due_transfers()
        return transfers.filtered(lambda transfer: not transfer.link_id.observe)

    def _nightly_links(self):
        return super()._nightly_links().filtered(lambda link: not link.observe)
