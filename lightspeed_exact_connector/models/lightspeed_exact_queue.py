from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .groups import check_bookkeeper
from .lightspeed_exact_order_queue import STUCK
from .lightspeed_exact_solution import Case
from .reasons import REASONS, WHO, describe, describe_all, who_can


class LightspeedExactQueue(models.Model):
    """What orders wait for: one row for all that wait for the same thing.

    Made of the orders that are held or tried again later, whenever it is looked at;
    the key of a row stays the same for as long as an order waits for it.
    """

    _name = "lightspeed.exact.queue"
    _description = "Work Queue"
    _auto = False
    _order = "order_count desc, oldest, id"
    _rec_name = "reason_code"
    _depends = {
        "lightspeed.exact.order": [
            "administration_id",
            "amount_total",
            "cause_id",
            "company_id",
            "currency_id",
            "link_id",
            "next_attempt_at",
            "order_date",
            "reason_code",
            "reason_params",
            "shop_id",
            "state",
        ]
    }

    link_id = fields.Many2one("lightspeed.exact.link", readonly=True)
    shop_id = fields.Many2one("lightspeed.shop", readonly=True)
    administration_id = fields.Many2one("exact.administration", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    state = fields.Selection(
        [("held", "Held"), ("failed", "Tried again later")], readonly=True
    )
    reason_code = fields.Char(string="Reason code", readonly=True)
    params = fields.Json(readonly=True)
    cause_id = fields.Many2one("lightspeed.exact.cause", readonly=True)
    order_id = fields.Many2one("lightspeed.exact.order", readonly=True)
    who = fields.Selection(WHO, readonly=True, help="Who can do something about it.")
    order_count = fields.Integer(string="Orders", readonly=True)
    oldest = fields.Datetime(
        readonly=True, help="Date of the oldest order that waits for it."
    )
    next_attempt_at = fields.Datetime(string="Next attempt", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    reason = fields.Char(
        string="What they wait for", compute="_compute_reason", search="_search_reason"
    )
    advice = fields.Char(string="What to do", compute="_compute_reason")
    solution = fields.Char(
        string="Solved at",
        compute="_compute_solution",
        help="The screen that the button Solve opens.",
    )

    @property
    def _table_query(self):
        """Return one row for each cause, by the index of what is stuck."""
        orders = self.env["lightspeed.exact.order"]
        return SQL(
            """
            SELECT %(key)s AS id, g.*, COALESCE(w.who, %(other)s) AS who
              FROM (
                SELECT o.link_id, o.shop_id, o.administration_id, o.company_id, o.state,
                       o.reason_code, o.cause_id, %(values)s AS params,
                       MIN(o.id) AS order_id, COUNT(*) AS order_count,
                       MIN(o.order_date) AS oldest,
                       MIN(o.next_attempt_at) AS next_attempt_at,
                       MIN(o.currency_id) AS currency_id,
                       SUM(o.amount_total) AS amount_total
                  FROM lightspeed_exact_order o
                 WHERE o.state IN %(stuck)s
                 GROUP BY o.link_id, o.shop_id, o.administration_id, o.company_id,
                          o.state, o.reason_code, o.cause_id, params) g
              LEFT JOIN (VALUES %(who)s) AS w (code, who) ON w.code = g.reason_code
            """,
            key=orders._queue_key_sql("g", SQL.identifier("g", "params")),
            values=orders._queue_values_sql("o"),
            stuck=STUCK,
            other=who_can("internal"),
            who=SQL(", ").join(
                SQL("(%s, %s)", code, reason.who) for code, reason in REASONS.items()
            ),
        )

    # === COMPUTE === #
    @api.depends("reason_code", "params", "cause_id", "order_id", "order_count")
    @api.depends_context("lang")
    def _compute_reason(self):
        for group in self:
            # In sudo mode: the words of a refusal, of an order that one may see.
            values = {**(group.params or {}), **group.sudo()._values_of_cause()}
            if group.order_count == 1:
                values = {**(group.order_id.reason_params or {}), **values}
                words = describe(self.env, group.reason_code, values)
            else:
                words = describe_all(self.env, group.reason_code, values)
            group.reason, group.advice = words

    def _values_of_cause(self):
        return self.cause_id._hold_values() if self.cause_id else {}

    @api.model
    def _search_reason(self, operator, value):
        """Search in the sentences as the user reads them."""
        if operator != "ilike" or not value:
            return NotImplemented
        wanted = str(value).casefold()
        codes = [
            code
            for code in REASONS
            if any(wanted in text.casefold() for text in describe_all(self.env, code))
        ]
        return Domain("reason_code", "in", codes) | Domain(
            "cause_id.detail", "ilike", value
        )

    @api.depends("reason_code", "cause_id")
    @api.depends_context("lang")
    def _compute_solution(self):
        solutions = self.env["lightspeed.exact.solution"]
        for group in self:
            group.solution = solutions._name_of(group._case())

    def _case(self):
        """Return what the solution depends on.

        :rtype: Case
        """
        self.ensure_one()
        return Case(self.link_id, self.reason_code, self.params or {}, self.cause_id)

    # === ACTIONS === #
    def action_solve(self):
        """Open the one screen that solves it, filled in as far as is known."""
        self.ensure_one()
        check_bookkeeper(self)
        return self.env["lightspeed.exact.solution"]._open(self._case())

    def action_view_orders(self):
        """Open the orders that wait for it."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_order_action_queue"
        )
        return {
            **action,
            "display_name": self.reason,
            "domain": [("queue_key", "=", self.id)],
            "context": {"queue_key": self.id},
        }

    def action_retry(self):
        """Let all orders be booked again as soon as their turn comes."""
        orders = self._orders()
        orders._retry_together()
        return self._told(orders)

    def action_release(self):
        """Judge all orders again; of what Exact refused one is tried first."""
        check_bookkeeper(self)
        orders = self._orders()
        orders._release_together()
        return self._told(orders)

    def action_skip(self):
        """Ask why all these orders are left out of the books."""
        return self._orders().action_skip_together()

    def _orders(self):
        """Return the orders that wait for these causes.

        :raise UserError: none does any more
        """
        self.check_access("read")
        orders = self.env["lightspeed.exact.order"].search(
            [("queue_key", "in", self.ids)]
        )
        if not orders:
            raise UserError(self.env._("No order waits for this any more."))
        return orders

    def _told(self, orders):
        message = self.env._(
            "Orders that go on as soon as their turn comes: %(count)s.",
            count=len(orders),
        )
        return orders.link_id[:1]._notify(message, "success")
