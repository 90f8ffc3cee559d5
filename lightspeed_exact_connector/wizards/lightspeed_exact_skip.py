from odoo import api, fields, models
from odoo.exceptions import UserError


class LightspeedExactSkip(models.TransientModel):
    """Why several orders are left out of the books."""

    _name = "lightspeed.exact.skip"
    _description = "Skip Orders"
    _inherit = ["lightspeed.exact.company.mixin"]
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self._default_company_id(),
    )
    order_ids = fields.Many2many("lightspeed.exact.order", readonly=True)
    order_count = fields.Integer(string="Orders", compute="_compute_order_count")
    reason = fields.Char(
        string="Reason to skip", help="Stands on each of the orders from now on."
    )

    def _default_company_id(self):
        return self.env.company

    @api.depends("order_ids")
    def _compute_order_count(self):
        for skip in self:
            skip.order_count = len(skip.order_ids)

    def action_confirm(self):
        """Skip the orders, except those of which a document is under way.

        :raise UserError: without a reason
        """
        self.ensure_one()
        self.check_access("write")
        words = (self.reason or "").strip()
        if not words:
            raise UserError(self.env._("Fill in why the orders are skipped."))
        orders = self.order_ids
        left = orders._skip_together(words)
        message = self.env._(
            "Skipped: %(count)s. Not skipped, as they are booked or under way to Exact "
            "Online: %(left)s.",
            count=len(orders) - len(left),
            left=len(left),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
