from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .groups import check_bookkeeper

# What the engine works on.
WORKING = ("selecting", "running")

DEFAULT_COUNT = 50


class LightspeedExactRehearsal(models.Model):
    """The last orders of a shop, decided as they would be booked, and nothing sent.

    The work is done by the engine, in slices; every order is committed, so a rehearsal
    goes on where it was after a stop, a crash or a restart.
    """

    _name = "lightspeed.exact.rehearsal"
    _description = "Rehearsal of a Link"
    _inherit = [
        "mail.thread",
        "lightspeed.exact.problem.mixin",
        "lightspeed.exact.company.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    # === FIELDS === #
    name = fields.Char(compute="_compute_name")
    link_id = fields.Many2one(
        "lightspeed.exact.link",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        readonly=True,
    )
    shop_id = fields.Many2one(related="link_id.shop_id", store=True)
    administration_id = fields.Many2one(
        "exact.administration", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("draft", "New"),
            ("selecting", "Looking for orders"),
            ("running", "Deciding"),
            ("paused", "Stopped"),
            ("held", "Held"),
            ("done", "Done"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    stopped_state = fields.Selection(
        [("selecting", "Looking for orders"), ("running", "Deciding")],
        readonly=True,
        copy=False,
        help="What goes on after a stop.",
    )
    wanted_count = fields.Integer(
        string="How many orders",
        required=True,
        default=DEFAULT_COUNT,
        help="The newest ones that have reached the status in which they are booked; "
        "500 at most. Each costs about one call to the shop.",
    )
    started_at = fields.Datetime(string="Started", readonly=True, copy=False)
    finished_at = fields.Datetime(string="Finished", readonly=True, copy=False)
    next_at = fields.Datetime(
        string="Goes on at",
        readonly=True,
        copy=False,
        help="Until then the calls that are left are for orders.",
    )
    failures = fields.Integer(readonly=True, copy=False)
    step_page = fields.Integer(readonly=True, copy=False, default=1)
    # The result
    order_ids = fields.One2many("lightspeed.exact.rehearsal.order", "rehearsal_id")
    summary = fields.Json(readonly=True, copy=False)
    total_count = fields.Integer(string="Orders", compute="_compute_counts")
    pending_count = fields.Integer(string="To be done", compute="_compute_counts")
    booked_count = fields.Integer(string="Would be booked", compute="_compute_counts")
    held_count = fields.Integer(string="Would be held", compute="_compute_counts")
    skipped_count = fields.Integer(string="Would be skipped", compute="_compute_counts")
    progress = fields.Float(compute="_compute_progress", help="In per cent.")
    progress_text = fields.Char(string="Done so far", compute="_compute_progress")

    _wanted_count_range = models.Constraint(
        "CHECK(wanted_count BETWEEN 1 AND 500)", "Rehearse 1 to 500 orders."
    )
    _one_open = models.UniqueIndex(
        "(link_id) WHERE state != 'done'",
        "This link has a rehearsal already: finish or delete that one.",
    )

    # === COMPUTE === #
    @api.depends("link_id", "create_date")
    @api.depends_context("lang")
    def _compute_name(self):
        for rehearsal in self:
            day = fields.Datetime.context_timestamp(
                rehearsal, rehearsal.create_date or fields.Datetime.now()
            )
            rehearsal.name = self.env._(
                "%(link)s, %(day)s",
                link=rehearsal.link_id.name or "",
                day=format_date(self.env, day.date()),
            )

    @api.depends("order_ids.outcome")
    def _compute_counts(self):
        groups = self.env["lightspeed.exact.rehearsal.order"]._read_group(
            [("rehearsal_id", "in", self.ids)], ["rehearsal_id", "outcome"], ["__count"]
        )
        counts = {(found.id, outcome): count for found, outcome, count in groups}
        outcomes = ("pending", "booked", "held", "skipped")
        for rehearsal in self:
            for outcome in outcomes:
                key = (rehearsal._origin.id, outcome)
                rehearsal[f"{outcome}_count"] = counts.get(key, 0)
            rehearsal.total_count = sum(
                rehearsal[f"{outcome}_count"] for outcome in outcomes
            )

    @api.depends("state", "stopped_state", "wanted_count", "order_ids.outcome")
    @api.depends_context("lang")
    def _compute_progress(self):
        for rehearsal in self:
            state = rehearsal.state
            if state in ("paused", "held"):
                state = rehearsal.stopped_state
            # Until all are found, finding them is the work.
            total = rehearsal.total_count
            done = total - rehearsal.pending_count
            if state == "selecting":
                total = max(rehearsal.wanted_count, total)
            if state == "done":
                rehearsal.progress = 100
            else:
                rehearsal.progress = 100 * done / total if total else 0
            rehearsal.progress_text = rehearsal.state in WORKING and self.env._(
                "%(done)s of %(total)s", done=done, total=total
            )

    # === CRUD === #
    def write(self, vals):
        """Let people choose how many orders, before it begins, and nothing else.

        :raise AccessError: somebody writes what the connector keeps
        """
        if not self.env.su:
            own = {"wanted_count", *self.env["mail.thread"]._fields}
            if set(vals) - own:
                raise AccessError(
                    self.env._("Only the connector itself changes a rehearsal.")
                )
            if "wanted_count" in vals and any(row.state != "draft" for row in self):
                raise UserError(
                    self.env._("How many orders is chosen before it is started.")
                )
        return super().write(vals)

    def unlink(self):
        result = super().unlink()
        self.env["lightspeed.exact.lane"]._toggle()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_working(self):
        if self.filtered(lambda rehearsal: rehearsal.state in WORKING):
            raise UserError(self.env._("Stop the rehearsal before you delete it."))

    # === ACTIONS === #
    def action_start(self):
        """Look for the last orders and decide them; the engine goes on with it.

        :raise UserError: something without which nothing can be decided is missing
        """
        self.ensure_one()
        self._check_operable("draft")
        missing = self.link_id._missing_to_rehearse()
        if missing:
            raise UserError(
                self.env._("The rehearsal cannot start yet:")
                + "\n"
                + "\n".join(f"• {line}" for line in missing)
            )
        # In sudo mode: people do not write the state themselves.
        self.sudo()._begin()
        self._wake()

    def action_pause(self):
        """Stop after the order that is under way.

        :raise UserError: nothing is under way
        """
        for rehearsal in self:
            rehearsal._check_operable(*WORKING)
            # In sudo mode: people do not write the state themselves.
            rehearsal.sudo().write(
                {"state": "paused", "stopped_state": rehearsal.state}
            )
        self.env["lightspeed.exact.lane"]._toggle()

    def action_resume(self):
        """Go on where it was stopped.

        :raise UserError: it was not stopped
        """
        for rehearsal in self:
            rehearsal._check_operable("paused", "held")
            # In sudo mode: people do not write the state themselves.
            rehearsal.sudo().write(
                {
                    "state": rehearsal.stopped_state,
                    "stopped_state": False,
                    "next_at": False,
                    "failures": 0,
                }
            )
            rehearsal.sudo()._clear_problem()
        self._wake()

    def action_work_now(self):
        """Work for one slice of time at once, with the code of the cron."""
        self.ensure_one()
        self._check_operable(*WORKING)
        lane = self.env["lightspeed.exact.lane"]
        if not lane._run_now(self.link_id.administration_id):
            message = self.env._("The administration is busy; this goes next.")
            return self.link_id._notify(message, "info")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_orders(self):
        """Open the rehearsed orders, with the outcome of the context if given."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_rehearsal_order_action"
        )
        outcome = self.env.context.get("rehearsal_outcome")
        domain = [("rehearsal_id", "=", self.id)]
        if outcome:
            domain.append(("outcome", "=", outcome))
        return {**action, "domain": domain, "context": {}}

    def _check_operable(self, *states):
        """Refuse what this state, or this person, may not.

        :raise UserError: why not
        """
        check_bookkeeper(self)
        self.link_id.check_access("read")
        if self.state not in states:
            raise UserError(
                self.env._("The rehearsal is in another state by now: reload the page.")
            )

    def _wake(self):
        lane = self.env["lightspeed.exact.lane"]
        lane._toggle()
        lane._wake(self.link_id.administration_id)
