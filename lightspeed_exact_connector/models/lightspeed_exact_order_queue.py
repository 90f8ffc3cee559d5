from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import SQL

from .groups import check_bookkeeper
from .lightspeed_exact_order import FOUND_DIFFERENT
from .lightspeed_exact_solution import Case
from .reasons import WHO, who_can

# What the queue is of.
STUCK = ("held", "failed")

# Values that several orders share when they wait for the same thing.
SHARED = (
    "area",
    "code",
    "country",
    "currency",
    "field",
    "filed_through",
    "journal",
    "line_kind",
    "method",
    "order_currency",
    "percentage",
    "period",
    "problem",
    "rate",
    "reason",
    "service",
    "shop_country",
    "timezone",
    "treatment",
    "vat_code",
    "vat_type",
)
# Codes of which a product is the cause: its title says for what orders wait.
OF_A_PRODUCT = (
    "gift_card_sold_rule_missing",
    "gift_card_sold_with_vat",
    "invoice_vat_code_missing",
    "item_code_missing",
    "margin_sold_with_vat",
)


class LightspeedExactOrder(models.Model):
    """The work queue: which orders wait for the same thing, and what solves it."""

    # A room of its own, beside the causes of refusals.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    who = fields.Selection(
        WHO, compute="_compute_who", help="Who can do something about it."
    )
    solution = fields.Char(
        string="Solved at",
        compute="_compute_solution",
        help="The screen that the button Solve opens.",
    )
    refusal_text = fields.Char(
        string="What Exact Online said",
        compute="_compute_refusal_text",
        help="In the very words of Exact Online, in the language of its user.",
    )
    queue_key = fields.Integer(
        string="Cause in the work queue",
        compute="_compute_queue_key",
        search="_search_queue_key",
    )

    _stuck_idx = models.Index(
        "(link_id, reason_code) WHERE state IN ('held', 'failed')"
    )

    # === COMPUTE === #
    @api.depends("reason_code")
    def _compute_who(self):
        for order in self:
            order.who = who_can(order.reason_code)

    @api.depends("reason_code", "cause_id", "state")
    @api.depends_context("lang")
    def _compute_solution(self):
        solutions = self.env["lightspeed.exact.solution"]
        for order in self:
            stuck = order.state in STUCK
            order.solution = stuck and solutions._name_of(order._case())

    @api.depends("state", "reason_code")
    def _compute_refusal_text(self):
        """Keep the vendor's own words beside ours, for whoever reads the order."""
        # In sudo mode: operations are not for every user.
        operations = self.env["lightspeed.exact.operation"].sudo()
        refused = operations.search(
            [
                ("order_id", "in", self.ids),
                ("state", "=", "refused"),
                ("error_detail", "!=", False),
            ],
            order="id",
        )
        texts = {row.order_id.id: row.error_detail for row in refused}
        for order in self:
            order.refusal_text = texts.get(order.id, False)

    @api.depends("state", "link_id", "reason_code", "reason_params", "cause_id")
    def _compute_queue_key(self):
        self.flush_recordset()
        keys = {}
        if self.ids:
            keys = dict(
                self.env.execute_query(
                    SQL(
                        "SELECT o.id, %s FROM lightspeed_exact_order o"
                        " WHERE o.id IN %s AND o.state IN %s",
                        self._queue_key_sql("o"),
                        tuple(self.ids),
                        STUCK,
                    )
                )
            )
        for order in self:
            order.queue_key = keys.get(order.id, 0)

    @api.model
    def _search_queue_key(self, operator, value):
        if operator not in ("=", "in"):
            return NotImplemented
        values = value if operator == "in" else [value]
        keys = tuple(int(key) for key in values if key)
        if not keys:
            return Domain.FALSE
        of_key = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN %s", self._queue_key_sql(alias), keys
            )
        )
        return Domain("state", "in", STUCK) & of_key

    # === SQL === #
    @api.model
    def _queue_values_sql(self, alias):
        """Return the values that orders with the same cause share.

        :param str alias: of the table of orders
        :rtype: SQL
        """
        params = self._queue_column(alias, "reason_params")
        pairs = [SQL("%s, %s->%s", name, params, name) for name in SHARED]
        code = self._queue_column(alias, "reason_code")
        pairs.append(
            SQL(
                "'line', CASE WHEN %s IN %s THEN %s->'line' END",
                code,
                OF_A_PRODUCT,
                params,
            )
        )
        return SQL("jsonb_strip_nulls(jsonb_build_object(%s))", SQL(", ").join(pairs))

    @api.model
    def _queue_key_sql(self, alias, values=None):
        """Return the number of the cause of an order: of equal causes the same one.

        48 bits, so that a browser keeps it exactly.

        :param str alias: of a table with link, state, code and cause
        :param SQL values: those that count, else as of the table of orders
        :rtype: SQL
        """
        parts = [
            SQL("%s::text", self._queue_column(alias, name))
            for name in ("link_id", "state", "reason_code", "cause_id")
        ]
        parts.append(SQL("%s::text", values or self._queue_values_sql(alias)))
        return SQL(
            "('x' || left(md5(concat_ws('|', %s)), 12))::bit(48)::bigint",
            SQL(", ").join(SQL("COALESCE(%s, '')", part) for part in parts),
        )

    @api.model
    def _queue_column(self, alias, name):
        """Return a column; what waits to be written to it is written before."""
        return SQL.identifier(alias, name, to_flush=self._fields[name])

    # === ACTIONS === #
    def action_solve(self):
        """Open the screen that solves what this order, or these, wait for.

        Without a choice of orders those of the work queue's group that is shown.

        :raise UserError: they wait for several things, or nothing here solves it
        """
        orders = self._or_of_queue()
        check_bookkeeper(orders)
        if not orders:
            raise UserError(self.env._("No order waits for this any more."))
        if len(set(orders.mapped("queue_key"))) > 1:
            raise UserError(
                self.env._("These orders wait for several things: choose one.")
            )
        return self.env["lightspeed.exact.solution"]._open(orders[0]._case())

    def action_skip_together(self):
        """Ask for the reason to skip these orders, all at once.

        :raise UserError: there are none
        """
        orders = self._or_of_queue()
        orders._check_operable()
        if not orders:
            raise UserError(self.env._("No order waits for this any more."))
        skip = self.env["lightspeed.exact.skip"].create(
            {"order_ids": [Command.set(orders.ids)]}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Skip with a reason"),
            "res_model": skip._name,
            "res_id": skip.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _or_of_queue(self):
        """Return these orders, or without a choice those of the group that is shown."""
        key = self.env.context.get("queue_key")
        if self or not key:
            return self
        return self.search([("queue_key", "=", int(key))])

    def _case(self):
        """Return what solves this order depends on.

        :rtype: Case
        """
        self.ensure_one()
        return Case(
            self.link_id, self.reason_code, self.reason_params or {}, self.cause_id
        )

    # === MANY AT ONCE === #
    def _retry_together(self):
        """Make orders ready as a person who retries each would; the lanes book them.

        :raise UserError: their link does not run
        """
        self._check_operable()
        self._check_links_run()
        # In sudo mode: only the connector itself moves orders from state to state.
        orders = self.sudo().filtered(lambda order: order.state in STUCK)
        orders.cause_id._prepare_probe()
        orders._prepare_retry()
        self.env["lightspeed.exact.lane"]._wake(orders.administration_id)

    def _release_together(self):
        """Judge orders again; what Exact refused is not sent unchanged, but one.

        :raise UserError: their link does not run
        """
        check_bookkeeper(self)
        self._check_links_run()
        # In sudo mode: only the connector itself moves orders from state to state.
        orders = self.sudo().filtered(lambda order: order.state in STUCK)
        for cause in orders.cause_id:
            probe = cause._order_to_probe()
            cause._prepare_probe()
            probe._prepare_retry_once()
            orders -= probe
        orders.filtered(lambda order: not order.cause_id)._set_state("ready")
        self.env["lightspeed.exact.lane"]._wake(self.sudo().administration_id)

    def _check_links_run(self):
        if self.link_id.filtered(lambda link: link.state != "running"):
            raise UserError(self.env._("Start the link first."))

    def _skip_together(self, words):
        """Leave orders out of the books, all with one reason.

        :param str words: why
        :return: those that are not skipped: a document is under way, or it is booked
        :rtype: lightspeed.exact.order
        """
        self._check_operable()
        # In sudo mode: people may not write the state themselves.
        orders = self.sudo().filtered(
            lambda order: order.state not in ("booked", "skipped")
        )
        orders -= orders._under_way()
        params = {"user": self.env.user.name, "words": words}
        orders.write({"skip_reason": words})
        orders._set_state("skipped", "by_user", params)
        text = self.env._("Skipped: %(reason)s", reason=words)
        orders._message_log_batch(bodies=dict.fromkeys(orders.ids, text))
        return self - orders.with_env(self.env)

    def _under_way(self):
        """Return those whose document may be in Exact, and nobody has judged it yet."""
        operations = self.env["lightspeed.exact.operation"]
        sent = ("sending", "done")
        found = operations.search(
            [("order_id", "in", self.ids), ("state", "in", sent)]
        ).order_id
        found |= (
            self.env["lightspeed.exact.booking"]
            .search(
                [
                    ("order_id", "in", self.ids),
                    ("day_entry_id.operation_id.state", "in", sent),
                ]
            )
            .order_id
        )
        return found.filtered(lambda order: order.reason_code not in FOUND_DIFFERENT)
