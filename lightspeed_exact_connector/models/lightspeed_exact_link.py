from string import Formatter

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .groups import check_bookkeeper, check_manager

DATE_SOURCES = [
    ("order", "Date of the order"),
    ("invoice", "Date of the shop's invoice"),
    ("payment", "Date of the payment"),
    ("status", "Date the status was reached"),
    ("sync", "Date of booking"),
]

COMPLETED = ("completed", "completed_shipped", "completed_picked_up")


class LightspeedExactLink(models.Model):
    """The koppeling: one shop booked into one administration, and every choice."""

    _name = "lightspeed.exact.link"
    _description = "Lightspeed to Exact Link"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "lightspeed.exact.problem.mixin",
        "lightspeed.exact.sweep.mixin",
        "lightspeed.exact.company.mixin",
    ]
    _order = "name, id"
    _check_company_auto = True

    # === FIELDS === #
    name = fields.Char(
        compute="_compute_name",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self._default_company_id(),
    )
    state = fields.Selection(
        [("draft", "Not started"), ("running", "Running"), ("paused", "Paused")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    shop_id = fields.Many2one(
        "lightspeed.shop",
        required=True,
        check_company=True,
        ondelete="restrict",
        default=lambda self: self._default_only(
            "lightspeed.shop", [("link_ids", "=", False)]
        ),
        tracking=True,
    )
    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        # Of all that a consent opens, the one whose reference data was read.
        default=lambda self: self._default_only(
            "exact.administration", [("refreshed_at", "!=", False)]
        ),
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users", string="Responsible", default=lambda self: self.env.user
    )
    document_kind = fields.Selection(
        [("sales_entry", "Sales entry")],
        string="Document kind",
        required=True,
        default="sales_entry",
        help="Sales entry: the shop makes the invoices, Exact Online keeps the books.",
    )
    # When
    order_status_ids = fields.Many2many(
        "lightspeed.status",
        "lightspeed_exact_link_order_status_rel",
        ondelete="restrict",
        string="Order statuses",
        domain=[("kind", "=", "order")],
        default=lambda self: self._default_order_status_ids(),
        help="An order is booked once it has one of these statuses. Leave empty to "
        "look at the payment status only.",
    )
    payment_status_ids = fields.Many2many(
        "lightspeed.status",
        "lightspeed_exact_link_payment_status_rel",
        ondelete="restrict",
        string="Payment statuses",
        domain=[("kind", "=", "payment")],
        help="... and one of these payment statuses. Leave empty to look at the order "
        "status only.",
    )
    start_at = fields.Datetime(
        string="Book from",
        required=True,
        default=fields.Datetime.now,
        tracking=True,
        help="Set an earlier moment to bring existing orders along.",
    )
    start_basis = fields.Selection(
        [
            ("status", "The moment the status was reached"),
            ("order", "The date of the order"),
        ],
        required=True,
        default="status",
        help="What must lie after the start: with the first choice, orders placed "
        "earlier and completed after the start are booked too.",
    )
    poll_minutes = fields.Integer(
        string="Every (minutes)", required=True, default=15, copy=True
    )
    # How
    journal_id = fields.Many2one(
        "exact.journal",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('journal_type', '=', 20), ('is_blocked', '=', False)]",
        tracking=True,
    )
    payment_condition_id = fields.Many2one(
        "exact.payment.condition",
        string="Payment condition",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
        help="Leave empty to use the one of the relation or the administration; Exact "
        "Online refuses entries when those have none either.",
    )
    date_source = fields.Selection(
        DATE_SOURCES,
        string="Entry date",
        required=True,
        default="order",
        tracking=True,
        help="In the shop's time zone. Where the chosen moment is unknown, the date of "
        "the order is used, or that of the invoice where invoices are booked.",
    )
    grouping = fields.Selection(
        [
            ("product", "A line for each product"),
            ("account", "A line for each G/L account and VAT code"),
            ("day", "One entry a day for what goes to a collective debtor"),
        ],
        string="Lines",
        required=True,
        default="product",
        tracking=True,
        help="One entry a day: the orders of a day that go to a collective debtor are "
        "booked together after midnight; each is still proved by itself, and all other "
        "orders have a line for each G/L account and VAT code.",
    )
    zero_lines = fields.Selection(
        [("skip", "Leave out"), ("book", "Book")],
        string="Lines of zero",
        required=True,
        default="skip",
    )
    zero_total = fields.Selection(
        [("skip", "Skip"), ("hold", "Hold for a person")],
        string="Orders of zero",
        required=True,
        default="skip",
    )
    rounding_limit = fields.Float(
        string="Rounding limit",
        digits=(16, 2),
        default=0.05,
        help="A difference up to this amount between the lines and the total of an "
        "order is booked on a rounding line; a larger one is held.",
    )
    reference_prefix = fields.Char(
        string="Reference prefix",
        size=8,
        tracking=True,
        help="Goes before the order number in “Your reference”. Needed when several "
        "shops are booked into the same administration.",
    )
    description_template = fields.Char(
        string="Description",
        help="Text of the entry; {number}, {invoice}, {reference} and {customer} are "
        "filled in. Leave empty for “Webshop order {number}”.",
    )
    rule_ids = fields.One2many(
        "lightspeed.exact.ledger.rule", "link_id", string="Ledger rules", copy=True
    )
    has_proposals = fields.Boolean(compute="_compute_has_proposals")
    # Written by the engine
    started_at = fields.Datetime(readonly=True, copy=False)
    next_poll_at = fields.Datetime(string="Next look", readonly=True, copy=False)
    failures = fields.Integer(readonly=True, copy=False)
    last_success_at = fields.Datetime(readonly=True, copy=False)
    # Shown
    missing_text = fields.Text(string="Still missing", compute="_compute_missing_text")
    order_ids = fields.One2many("lightspeed.exact.order", "link_id")
    waiting_count = fields.Integer(compute="_compute_counts")
    ready_count = fields.Integer(compute="_compute_counts")
    held_count = fields.Integer(compute="_compute_counts")
    failed_count = fields.Integer(compute="_compute_counts")
    booked_count = fields.Integer(compute="_compute_counts")
    skipped_count = fields.Integer(compute="_compute_counts")
    order_count = fields.Integer(compute="_compute_counts")
    connection_state = fields.Selection(
        string="Connection", related="administration_id.connection_state"
    )
    administration_problem_text = fields.Char(
        string="Problem at Exact Online", related="administration_id.problem_text"
    )
    administration_problem_advice = fields.Char(
        string="What to do about it", related="administration_id.problem_advice"
    )
    line_cap_warning = fields.Boolean(related="administration_id.line_cap_warning")
    lines_forecast = fields.Integer(related="administration_id.lines_forecast")
    line_cap = fields.Integer(related="administration_id.line_cap")

    _shop_uniq = models.UniqueIndex(
        "(shop_id) WHERE active", "This shop has a link already."
    )
    _poll_minutes_positive = models.Constraint(
        "CHECK(poll_minutes >= 1)", "Look at least a minute apart."
    )

    # === DEFAULTS === #
    def _default_company_id(self):
        return self.env.company

    def _default_only(self, model, domain):
        """Return the only record of this company in a domain, if there is just one."""
        records = self.env[model].search(
            [("company_id", "=", self.env.company.id), *domain], limit=2
        )
        return records if len(records) == 1 else False

    def _default_order_status_ids(self):
        return self.env["lightspeed.status"].search(
            [("kind", "=", "order"), ("code", "in", COMPLETED)]
        )

    # === COMPUTE === #
    @api.depends("shop_id", "administration_id")
    def _compute_name(self):
        for link in self:
            names = [link.shop_id.name, link.administration_id.name]
            link.name = " → ".join(filter(None, names)) or link.name

    @api.depends(
        "shop_id.state",
        "shop_id.currency_code",
        "shop_id.tax_rates",
        "administration_id.connection_state",
        "administration_id.refreshed_at",
        "administration_id.blocking_status",
        "administration_id.currency_code",
        "journal_id",
        "order_status_ids",
        "payment_status_ids",
        "source",
        "reference_prefix",
        "rule_ids.line_kind",
        "rule_ids.rate",
        "rule_ids.treatment",
        "rule_ids.any_rate",
        "rule_ids.country_id",
        "rule_ids.payment_method",
        "rule_ids.gl_account_id.is_blocked",
        "rule_ids.gl_account_id.active",
        "rule_ids.vat_code_id.is_blocked",
        "rule_ids.vat_code_id.active",
    )
    @api.depends_context("lang")
    def _compute_missing_text(self):
        for link in self:
            link.missing_text = "\n".join(f"• {line}" for line in link._missing())

    @api.depends("rule_ids.is_proposal")
    def _compute_has_proposals(self):
        for link in self:
            link.has_proposals = any(link.rule_ids.mapped("is_proposal"))

    def _compute_counts(self):
        groups = self.env["lightspeed.exact.order"]._read_group(
            [("link_id", "in", self.ids)], ["link_id", "state"], ["__count"]
        )
        counts = {(link.id, state): count for link, state, count in groups}
        states = ("waiting", "ready", "held", "failed", "booked", "skipped")
        for link in self:
            for state in states:
                link[f"{state}_count"] = counts.get((link.id, state), 0)
            link.order_count = sum(link[f"{state}_count"] for state in states)

    # === CONSTRAINTS === #
    @api.constrains("description_template")
    def _check_description_template(self):
        for link in self.filtered("description_template"):
            try:
                parts = list(Formatter().parse(link.description_template))
            except ValueError:
                parts = [("", "", "", None)]
            # A part without a field has no name; one with a form has more than that.
            used = [part[1:] for part in parts if part[1] is not None]
            names = ("number", "invoice", "reference", "customer")
            known = [(name, "", None) for name in names]
            if any(field not in known for field in used):
                raise ValidationError(
                    self.env._(
                        "The description knows {number}, {invoice}, {reference} and "
                        "{customer} only."
                    )
                )

    @api.constrains("reference_prefix", "administration_id", "active")
    def _check_reference_prefix(self):
        """Two shops of one administration never share a prefix."""
        for link in self.filtered("active"):
            others = self.sudo().search(
                [
                    ("administration_id", "=", link.administration_id.id),
                    ("id", "!=", link.id),
                ]
            )
            mine = (link.reference_prefix or "").strip().casefold()
            for other in others:
                if (other.reference_prefix or "").strip().casefold() == mine:
                    raise ValidationError(
                        self.env._(
                            "Another shop is booked into this administration as well: "
                            "give this link a reference prefix of its own."
                        )
                    )

    @api.constrains("shop_id", "administration_id")
    def _check_not_moved(self):
        """A link that has booked cannot be pointed elsewhere."""
        for link in self:
            foreign = self.env["lightspeed.exact.booking"].search_count(
                [
                    ("link_id", "=", link.id),
                    "|",
                    ("administration_id", "!=", link.administration_id.id),
                    ("order_id.shop_id", "!=", link.shop_id.id),
                ],
                limit=1,
            )
            if foreign:
                raise ValidationError(
                    self.env._(
                        "This link has bookings. Archive it and make a new one for "
                        "another shop or administration."
                    )
                )
            if self.env["lightspeed.exact.order"].search_count(
                [("link_id", "=", link.id), ("shop_id", "!=", link.shop_id.id)], limit=1
            ):
                raise ValidationError(
                    self.env._(
                        "This link has orders of its shop. Archive it and make a new "
                        "one for another shop."
                    )
                )

    @api.constrains(
        "state",
        "document_kind",
        "journal_id",
        "order_status_ids",
        "payment_status_ids",
        "source",
    )
    def _check_running(self):
        """A running link keeps what it could not have started without."""
        for link in self.filtered(lambda link: link.state == "running"):
            if link._books_entries() and not link.journal_id:
                raise ValidationError(
                    self.env._("A running link needs a sales journal.")
                )
            if link._lacks_statuses():
                raise ValidationError(
                    self.env._(
                        "A running link needs an order status or a payment status."
                    )
                )

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        for link in links:
            link._fill_in_proposals()
        return links

    def write(self, vals):
        earlier = vals.get("start_at") and self.filtered(
            lambda link: (
                link._has_looked()
                and fields.Datetime.to_datetime(vals["start_at"]) < link.start_at
            )
        )
        result = super().write(vals)
        if vals.get("administration_id"):
            for link in self:
                link._fill_in_proposals()
                link._take_orders_along()
        if earlier:
            earlier._look_again_from_start()
        if self._deciding_fields() & set(vals):
            self._reconsider()
        if "state" in vals or "active" in vals:
            self.env["lightspeed.exact.lane"]._toggle()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["lightspeed.exact.lane"]._toggle()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        if self.env["lightspeed.exact.booking"].search_count(
            [("link_id", "in", self.ids)], limit=1
        ):
            raise UserError(
                self.env._("A link with bookings is archived, it cannot be deleted.")
            )

    @api.model
    def _deciding_fields(self):
        """Return the choices after which waiting orders are looked at again."""
        return {
            "order_status_ids",
            "payment_status_ids",
            "start_at",
            "start_basis",
            "journal_id",
            "payment_condition_id",
            "rounding_limit",
            "zero_total",
            "zero_lines",
            "date_source",
            "reference_prefix",
            "grouping",
        }

    # === ACTIONS === #
    @api.onchange("administration_id")
    def _onchange_administration_id(self):
        administration = self.administration_id
        if self.journal_id.administration_id != administration:
            self.journal_id = administration._proposed_journal() or False
        if self.payment_condition_id.administration_id != administration:
            self.payment_condition_id = (
                administration._proposed_payment_condition() or False
            )

    @api.onchange("date_source")
    def _onchange_date_source(self):
        if self.date_source == "sync":
            return {
                "warning": {
                    "title": self.env._("The VAT may move to another period"),
                    "message": self.env._(
                        "With the date of booking, an order of the end of a period "
                        "that is booked later ends up in the next VAT return."
                    ),
                }
            }
        return None

    def action_propose(self):
        """Fill in what is still empty with proposals from the administration."""
        check_bookkeeper(self)
        for link in self:
            link._fill_in_proposals()

    def action_approve_proposals(self):
        """Take the proposed ledger rules for the link's own: somebody checked them."""
        check_bookkeeper(self)
        self.rule_ids.filtered("is_proposal").write({"is_proposal": False})

    def action_start(self):
        """Switch the link on, when nothing is missing.

        :raise UserError: the list of what is missing
        """
        check_manager(self)
        for link in self:
            missing = link._missing()
            if missing:
                raise UserError(
                    self.env._("The link cannot start yet:")
                    + "\n"
                    + "\n".join(f"• {line}" for line in missing)
                )
            values = {"state": "running", "next_poll_at": fields.Datetime.now()}
            if not link.started_at:
                values["started_at"] = fields.Datetime.now()
            link._clear_problem()
            link.write(values)
        self.env["lightspeed.exact.lane"]._wake(self.administration_id)

    def action_pause(self):
        check_manager(self)
        self.write({"state": "paused"})

    def action_sync_now(self):
        """Poll and book at once, with the code of the cron.

        :return: a notification that says what happened
        """
        self.ensure_one()
        check_bookkeeper(self)
        if self.state != "running":
            raise UserError(self.env._("Start the link first."))
        before = self._state_counts()
        done = self.env["lightspeed.exact.lane"]._run_now(self.administration_id, self)
        if not done:
            message = self.env._("This administration is being synchronised right now.")
            return self._notify(message, "info")
        return self._notify_outcome(before)

    def _state_counts(self):
        with self.env.registry.cursor() as cr:
            orders = self.with_env(self.env(cr=cr, su=True)).env[
                "lightspeed.exact.order"
            ]
            groups = orders._read_group(
                [("link_id", "=", self.id)], ["state"], ["__count"]
            )
        return dict(groups)

    def _notify_outcome(self, before):
        after = self._state_counts()
        with self.env.registry.cursor() as cr:
            link = self.with_env(self.env(cr=cr, su=True))
            problem = link.problem_text or link.administration_id.problem_text
        if problem:
            return self._notify(problem, "warning")
        message = self.env._(
            "Booked now: %(booked)s. Held: %(held)s. Waiting: %(waiting)s.",
            booked=after.get("booked", 0) - before.get("booked", 0),
            held=after.get("held", 0),
            waiting=after.get("waiting", 0),
        )
        return self._notify(message, "warning" if after.get("held") else "success")

    def _notify(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": kind,
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_orders(self):
        """Open the orders of this link, in the state of the context if given."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_order_action"
        )
        state = self.env.context.get("order_state")
        domain = [("link_id", "=", self.id)]
        if state:
            domain.append(("state", "=", state))
        return {**action, "domain": domain, "context": {}}

    # === BUSINESS === #
    def _take_orders_along(self):
        """Let the orders follow to another administration: none is booked yet."""
        self.ensure_one()
        # In sudo mode: only the connector itself writes orders.
        orders = self.env["lightspeed.exact.order"].sudo()
        orders.search(
            [
                ("link_id", "=", self.id),
                ("administration_id", "!=", self.administration_id.id),
            ]
        ).write({"administration_id": self.administration_id.id, "customer_id": False})
