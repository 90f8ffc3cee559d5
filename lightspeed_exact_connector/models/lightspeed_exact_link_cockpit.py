from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_datetime

from ..clients.quota import DAY
from .groups import check_bookkeeper

# Orders that do not go on by themselves as they should.
STUCK = ("held", "failed")


class LightspeedExactLink(models.Model):
    """The cockpit: what there is to know of every link on one page.

    Each fact is asked for once for all links that are shown: there may be hundreds.
    """

    # A room of its own, beside the word for it all.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    stuck_order_id = fields.Many2one(
        "lightspeed.exact.order",
        string="Oldest stuck order",
        compute="_compute_stuck_order_id",
        help="The oldest order that is held or tried again.",
    )
    stuck_since = fields.Datetime(
        string="Stuck since",
        compute="_compute_stuck_order_id",
        help="Date of the oldest order that is held or tried again.",
    )
    stuck_text = fields.Char(compute="_compute_stuck_order_id")
    connection_days_left = fields.Integer(
        string="Connection, days left",
        related="administration_id.connection_id.days_left",
    )
    lightspeed_quota = fields.Char(
        string="Lightspeed, left today",
        compute="_compute_quotas",
        help="Calls that the shop still allows today. Empty while no answer has told.",
    )
    exact_quota = fields.Char(
        string="Exact Online, left today",
        compute="_compute_quotas",
        help="Calls that the administration still allows today. Empty while no answer "
        "has told.",
    )

    # === COMPUTE === #
    @api.depends_context("lang", "tz")
    def _compute_stuck_order_id(self):
        orders = self.env["lightspeed.exact.order"]
        found = {order.link_id.id: order for order in orders.browse(self._stuck_ids())}
        for link in self:
            order = found.get(link._origin.id, orders)
            link.stuck_order_id = order
            link.stuck_since = order.order_date
            link.stuck_text = link._stuck_text(order)

    def _stuck_text(self, order):
        """Return number and day of the oldest stuck order, ``False`` without one."""
        if not order:
            return False
        day = order.order_date and format_datetime(
            self.env, order.order_date, dt_format="d MMM y"
        )
        return " · ".join(filter(None, (order.number, day)))

    def _stuck_ids(self):
        """Return the id of the oldest stuck order of each link that has one.

        :rtype: list(int)
        """
        if not self._origin.ids:
            return []
        orders = self.env["lightspeed.exact.order"]
        # What one may not see is not shown: the rules are in the query.
        query = orders._search(
            [("link_id", "in", self._origin.ids), ("state", "in", STUCK)]
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT ON (link_id) id FROM lightspeed_exact_order"
                " WHERE id IN %s ORDER BY link_id, order_date NULLS LAST, id",
                query.subselect(),
            )
        )
        return [row[0] for row in rows]

    @api.depends_context("lang")
    def _compute_quotas(self):
        # In sudo mode: what a quota is known by is made of what people may not read.
        links = self.sudo()
        shops = links.shop_id._quota_keys()
        administrations = {
            row.id: row._quota_key() for row in links.administration_id if row.app_id
        }
        keys = [*shops.values(), *administrations.values()]
        known = self.env["lightspeed.exact.quota"]._known_all(keys)
        for link, row in zip(self, links, strict=True):
            shop = known.get(shops.get(row.shop_id.id))
            link.lightspeed_quota = link._quota_text(shop)
            exact = known.get(administrations.get(row.administration_id.id))
            link.exact_quota = link._quota_text(exact)

    def _quota_text(self, quota):
        """Return what is left of a day's calls, ``False`` when that is not known.

        :param Quota quota: or ``None``
        """
        day = quota and quota.windows.get(DAY)
        if not day:
            return False
        left = max(day.remaining, 0)
        if day.limit is None:
            return str(left)
        return self.env._("%(left)s of %(limit)s", left=left, limit=day.limit)

    # === ACTIONS === #
    def action_sync_selected(self):
        """Let the lanes look at these links at once, in turn; nobody waits for it.

        :return: a notification that says how many
        :raise UserError: none of them runs
        """
        check_bookkeeper(self)
        running = self.filtered(lambda link: link.state == "running")
        if not running:
            raise UserError(self.env._("Start the link first."))
        # In sudo mode: only the connector itself says when it looks.
        running.sudo().next_poll_at = fields.Datetime.now()
        self.env["lightspeed.exact.lane"]._wake(running.administration_id)
        message = self.env._(
            "Links that are synchronised now, in turn: %(count)s.", count=len(running)
        )
        stopped = len(self) - len(running)
        if stopped:
            message += " " + self.env._("Not running: %(count)s.", count=stopped)
        return self._notify(message, "warning" if stopped else "success")

    def action_view_stuck_order(self):
        """Open the oldest order that is held or tried again.

        :raise UserError: there is none
        """
        self.ensure_one()
        self.check_access("read")
        order = self.stuck_order_id
        if not order:
            raise UserError(self.env._("No order is stuck."))
        return {
            "type": "ir.actions.act_window",
            "res_model": order._name,
            "res_id": order.id,
            "view_mode": "form",
        }
