from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .groups import check_manager

# What the engine works on.
WORKING = ("reading", "running")

# What a stored count counts: the state of variants.
COUNTED = {
    "pending": "pending_count",
    "made": "made_count",
    "found": "found_count",
    "refused": "refused_count",
    "no_code": "no_code_count",
    "duplicate": "duplicate_count",
}


class LightspeedExactProductTransfer(models.Model):
    """One transfer of products: read the shop, say what it costs, make the items.

    The work is done by the engine, in the slices of the administration and after its
    orders; every page and every item is committed, so a transfer goes on where it was
    after a stop, a crash or a restart.
    """

    _name = "lightspeed.exact.product.transfer"
    _description = "Transfer of Products to Exact Online"
    _inherit = ["mail.thread", "lightspeed.exact.problem.mixin"]
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
    shop_id = fields.Many2one(related="link_id.shop_id", store=True, index=True)
    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True, index=True)
    scope = fields.Selection(
        [
            ("all", "All products"),
            ("visible", "Visible products"),
            ("selection", "A selection"),
            ("new", "New products"),
        ],
        string="Which products",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("draft", "New"),
            ("reading", "Reading the shop"),
            ("ready", "Ready to start"),
            ("running", "Running"),
            ("paused", "Paused"),
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
        [("reading", "Reading the shop"), ("running", "Running")],
        readonly=True,
        copy=False,
        help="What goes on after a stop.",
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
    refused_in_a_row = fields.Integer(readonly=True, copy=False)
    # The report
    variant_ids = fields.One2many("lightspeed.product.variant", "transfer_id")
    total_count = fields.Integer(string="Variants", readonly=True, copy=False)
    pending_count = fields.Integer(string="To be done", readonly=True, copy=False)
    made_count = fields.Integer(string="Made", readonly=True, copy=False)
    found_count = fields.Integer(string="Found", readonly=True, copy=False)
    refused_count = fields.Integer(string="Refused", readonly=True, copy=False)
    no_code_count = fields.Integer(string="No code", readonly=True, copy=False)
    duplicate_count = fields.Integer(
        string="Code used twice", readonly=True, copy=False
    )
    price_pending_count = fields.Integer(
        string="Prices to be set", readonly=True, copy=False
    )
    open_count = fields.Integer(
        readonly=True, copy=False, help="Variants that still want an item or a price."
    )
    price_refused_count = fields.Integer(
        string="Prices refused", readonly=True, copy=False
    )
    progress = fields.Float(compute="_compute_progress", help="In per cent.")
    progress_text = fields.Char(string="Done so far", compute="_compute_progress")

    _one_open = models.UniqueIndex(
        "(link_id) WHERE state != 'done'",
        "This shop has a transfer of products already: finish or delete that one.",
    )

    # === COMPUTE === #
    @api.depends("link_id", "scope", "create_date")
    @api.depends_context("lang")
    def _compute_name(self):
        scopes = dict(self._fields["scope"]._description_selection(self.env))
        for transfer in self:
            day = fields.Datetime.context_timestamp(
                transfer, transfer.create_date or fields.Datetime.now()
            )
            transfer.name = self.env._(
                "%(shop)s: %(scope)s, %(day)s",
                shop=transfer.shop_id.name or "",
                scope=scopes.get(transfer.scope, ""),
                day=format_date(self.env, day.date()),
            )

    @api.depends(
        "state",
        "stopped_state",
        "read_done",
        "read_total",
        "total_count",
        "no_code_count",
        "duplicate_count",
        "open_count",
    )
    @api.depends_context("lang")
    def _compute_progress(self):
        for transfer in self:
            state = transfer.state
            if state in ("paused", "held"):
                state = transfer.stopped_state
            if state == "done":
                done, total = 1, 1
            elif state == "running":
                # What has no code of its own is reported, and no work.
                total = transfer.total_count - transfer.no_code_count
                total -= transfer.duplicate_count
                done = total - transfer.open_count
            elif state == "reading":
                done, total = transfer.read_done, transfer.read_total
            else:
                done, total = 0, 0
            done = min(done, total)
            transfer.progress = 100 * done / total if total else 0
            transfer.progress_text = (
                self.env._("%(done)s of %(total)s", done=done, total=total)
                if state in WORKING
                else False
            )

    # === CRUD === #
    @api.ondelete(at_uninstall=False)
    def _unlink_except_working(self):
        if self.filtered(lambda transfer: transfer.state in WORKING):
            raise UserError(self.env._("Stop the transfer before you delete it."))

    # === ACTIONS === #
    def action_read(self):
        """Read the products of the shop, or read them again.

        :raise UserError: the link does not run, or the work is under way
        """
        self.ensure_one()
        self._check_operable("draft", "ready")
        # The counts of a new one were asked for when it was made.
        self._begin_reading("taxes" if self.state == "draft" else "counts")
        self._wake()

    def action_start(self):
        """Make the items: what is read is ready.

        :raise UserError: nothing was read yet, or the link does not run
        """
        self.ensure_one()
        self._check_operable("ready")
        if not self._open_variants(limit=1):
            raise UserError(
                self.env._(
                    "There is nothing to transfer: see the variants for the reasons."
                )
            )
        self._run()
        self._wake()

    def action_pause(self):
        """Stop after the call that is under way.

        :raise UserError: nothing is under way
        """
        for transfer in self:
            transfer._check_operable(*WORKING, running=False)
            transfer.sudo().write({"state": "paused", "stopped_state": transfer.state})

    def action_resume(self):
        """Go on where it was stopped.

        :raise UserError: it was not stopped, or the link does not run
        """
        for transfer in self:
            transfer._check_operable("paused", "held")
            values = {
                "state": transfer.stopped_state,
                "stopped_state": False,
                "next_at": False,
                "failures": 0,
                "refused_in_a_row": 0,
            }
            # In sudo mode: people do not write the state themselves.
            transfer.sudo().write(values)
            transfer.sudo()._clear_problem()
        self._wake()

    def action_work_now(self):
        """Work for one slice of time at once, with the code of the cron."""
        self.ensure_one()
        self._check_operable(*WORKING)
        lane = self.env["lightspeed.exact.lane"]
        if not lane._run_now(self.administration_id):
            message = self.env._("The administration is busy; this goes next.")
            return self.link_id._notify(message, "info")
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_view_variants(self):
        """Open the report: what became of each variant."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_product_variant_action"
        )
        state = self.env.context.get("transfer_state")
        domain = [("shop_id", "=", self.shop_id.id)]
        if self.scope != "selection" or self.state not in ("draft", "ready"):
            domain.append(("transfer_id", "=", self.id))
        if state == "price_refused":
            domain.append(("price_state", "=", "refused"))
        elif state:
            domain.append(("transfer_state", "=", state))
        return {**action, "domain": domain, "context": {}}

    def _check_operable(self, *states, running=True):
        """Refuse what this state, or this person, may not.

        :param bool running: the link must run
        :raise UserError: why not
        """
        # Who may set up the link may transfer its products.
        check_manager(self)
        self.link_id.check_access("write")
        if self.state not in states:
            raise UserError(
                self.env._("The transfer is in another state by now: reload the page.")
            )
        if running and self.link_id.state != "running":
            raise UserError(self.env._("Start the link first."))

    def _wake(self):
        self.env["lightspeed.exact.lane"]._wake(self.administration_id)

    @api.model
    def _selection_changed(self, shop):
        """Say anew what a transfer costs that takes a selection along."""
        for transfer in self.search(
            [
                ("shop_id", "=", shop.id),
                ("scope", "=", "selection"),
                ("state", "=", "ready"),
            ]
        ):
            transfer._begin_sorting()
            transfer._wake()

    # === STATE === #
    def _run(self):
        # In sudo mode: people do not write the state themselves.
        self.sudo().write(
            {
                "state": "running",
                "started_at": self.started_at or fields.Datetime.now(),
                "next_at": False,
                "failures": 0,
                "refused_in_a_row": 0,
            }
        )
        self.sudo()._clear_problem()

    def _hold(self, code, params=None):
        """Stop until a person has looked."""
        self._set_problem(code, params)
        self.write({"state": "held", "stopped_state": self.state, "next_at": False})

    def _rest(self, until):
        """Let others use the vendors until a moment (naive UTC)."""
        self.next_at = until

    def _count(self):
        """Count the results again."""
        groups = self.env["lightspeed.product.variant"]._read_group(
            [("transfer_id", "=", self.id)],
            ["transfer_state", "price_state"],
            ["__count"],
        )
        names = ["price_pending_count", "price_refused_count"]
        names += ["total_count", "open_count"]
        values = dict.fromkeys([*COUNTED.values(), *names], 0)
        for state, price, count in groups:
            values["total_count"] += count
            if state in COUNTED:
                values[COUNTED[state]] += count
            if "pending" in (state, price):
                values["open_count"] += count
            if price in ("pending", "refused"):
                values[f"price_{price}_count"] += count
        self.write(
            {name: value for name, value in values.items() if self[name] != value}
        )
