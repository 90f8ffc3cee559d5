from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .reasons import describe

# Held because of a document in Exact that a person has to judge: when that is the
# right one, the order is skipped.
FOUND_DIFFERENT = ("document_conflict", "document_several")


class LightspeedExactOrder(models.Model):
    """The sync record: where one order of a shop stands, and why."""

    _name = "lightspeed.exact.order"
    _description = "Shop Order"
    _inherit = ["mail.thread"]
    _order = "order_date desc, id desc"
    _rec_name = "number"
    _rec_names_search = ["number", "email", "customer_name"]
    _check_company_auto = True

    # === FIELDS === #
    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, index=True, ondelete="restrict"
    )
    shop_id = fields.Many2one("lightspeed.shop", required=True, ondelete="restrict")
    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("ready", "Ready"),
            ("booked", "Booked"),
            ("held", "Held"),
            ("failed", "Tried again later"),
            ("skipped", "Skipped"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
        help="Waiting: the chosen status is not reached. Ready: is booked next. Held: "
        "a person must look. Tried again later: a technical failure. Skipped: by a "
        "person or a rule.",
    )
    follow_up = fields.Selection(
        [
            ("examine", "Compare with what was booked"),
            ("reverse", "Credit the order"),
            ("rebook", "Credit and book again"),
            ("difference", "Book only the difference"),
        ],
        readonly=True,
        copy=False,
        help="What is done next to an order that is booked already.",
    )
    has_work = fields.Boolean(
        compute="_compute_has_work", store=True, help="Whether something is to be done."
    )
    reason_code = fields.Char(string="Reason code", readonly=True, index=True)
    reason_params = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    advice = fields.Char(string="What to do", compute="_compute_reason")
    attempts = fields.Integer(readonly=True)
    next_attempt_at = fields.Datetime(string="Next attempt", readonly=True)
    force = fields.Boolean(
        readonly=True, help="A person asked to send it again although it was refused."
    )
    # Which document of the shop
    source_kind = fields.Selection(
        [("order", "Order"), ("invoice", "Invoice"), ("credit_note", "Credit note")],
        string="Document",
        required=True,
        default="order",
        readonly=True,
        index=True,
    )
    origin_id = fields.Many2one(
        "lightspeed.exact.order",
        string="Belongs to",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Of a credit note: the order or invoice that it credits.",
    )
    credit_ids = fields.One2many(
        "lightspeed.exact.order", "origin_id", string="Credit notes", readonly=True
    )
    order_remote_id = fields.Char(
        string="Shop ID of the order", readonly=True, index="btree_not_null"
    )
    original_remote_id = fields.Char(
        string="Shop ID of the original invoice", readonly=True
    )
    # From the shop's list
    remote_id = fields.Char(string="Shop ID", required=True, readonly=True)
    number = fields.Char(readonly=True, index=True)
    order_date = fields.Datetime(string="Order date", readonly=True)
    remote_updated_at = fields.Datetime(string="Changed in the shop", readonly=True)
    remote_status = fields.Char(string="Order status code", readonly=True)
    remote_payment_status = fields.Char(string="Payment status code", readonly=True)
    email = fields.Char(readonly=True)
    email_key = fields.Char(readonly=True, index="btree_not_null")
    customer_name = fields.Char(string="Customer", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    digest = fields.Char(readonly=True)
    content_digest = fields.Char(readonly=True)
    booked_digest = fields.Char(readonly=True)
    changed_after_booking = fields.Boolean(
        string="Changed after booking",
        readonly=True,
        help="Money or address changed in the shop after booking, or the order was "
        "cancelled.",
    )
    seen_at = fields.Datetime(string="Last seen in the shop", readonly=True)
    is_history = fields.Boolean(
        readonly=True, help="From before the link was started; new orders go first."
    )
    status_name = fields.Char(string="Order status", compute="_compute_status_names")
    payment_status_name = fields.Char(
        string="Payment status", compute="_compute_status_names"
    )
    # From the single order
    payload = fields.Text(
        string="Raw data",
        readonly=True,
        prefetch=False,
        exportable=False,
        groups="lightspeed_exact_connector.lightspeed_exact_connector_group_manager",
    )
    fetched_digest = fields.Char(readonly=True)
    fetched_content = fields.Char(readonly=True)
    status_reached_at = fields.Datetime(string="Status reached at", readonly=True)
    customer_id = fields.Many2one(
        "exact.customer", string="Relation", readonly=True, index="btree_not_null"
    )
    booking_ids = fields.One2many("lightspeed.exact.booking", "order_id", readonly=True)
    operation_ids = fields.One2many(
        "lightspeed.exact.operation",
        "order_id",
        readonly=True,
        groups="lightspeed_exact_connector.lightspeed_exact_connector_group_manager",
    )
    booking_line_ids = fields.Many2many(
        "lightspeed.exact.booking.line",
        string="Lines as booked",
        compute="_compute_booking_line_ids",
    )
    entry_number = fields.Char(
        string="Entry number", readonly=True, index="btree_not_null"
    )
    booked_at = fields.Datetime(string="Booked at", readonly=True)
    skip_reason = fields.Char(
        string="Reason to skip",
        help="Why this order is not booked; needed before it can be skipped.",
    )

    _shop_remote_uniq = models.Constraint(
        "UNIQUE(shop_id, source_kind, remote_id)",
        "A document of a shop is kept once.",
    )
    _work_idx = models.Index("(link_id, next_attempt_at) WHERE has_work")

    # === COMPUTE === #
    @api.depends("state", "follow_up")
    def _compute_has_work(self):
        for order in self:
            order.has_work = bool(order.state in ("ready", "failed") or order.follow_up)

    @api.depends("remote_status", "remote_payment_status")
    @api.depends_context("lang")
    def _compute_status_names(self):
        names = self.env["lightspeed.status"]._names()
        for order in self:
            for field, kind, code in (
                ("status_name", "order", order.remote_status),
                ("payment_status_name", "payment", order.remote_payment_status),
            ):
                order[field] = names.get((kind, code), code)

    @api.depends("booking_ids.line_ids")
    def _compute_booking_line_ids(self):
        for order in self:
            order.booking_line_ids = order.booking_ids.line_ids

    @api.depends("reason_code", "reason_params", "status_name", "payment_status_name")
    @api.depends_context("lang")
    def _compute_reason(self):
        for order in self:
            values = {
                "status": order.status_name or "-",
                "payment_status": order.payment_status_name or "-",
                **(order.reason_params or {}),
            }
            order.reason, order.advice = describe(self.env, order.reason_code, values)

    # === CRUD === #
    def write(self, vals):
        """Let people write the reason for skipping, and nothing else.

        :raise AccessError: somebody writes what the connector keeps
        """
        if not self.env.su and set(vals) - {"skip_reason", *self._mail_fields()}:
            raise AccessError(
                self.env._("Only the connector itself changes a shop order.")
            )
        return super().write(vals)

    @api.model
    def _mail_fields(self):
        return set(self.env["mail.thread"]._fields)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        if self.filtered(lambda order: order.state == "booked"):
            raise UserError(self.env._("A booked order cannot be deleted."))

    # === ACTIONS === #
    def action_retry(self):
        """Book at once, also what was refused or skipped before.

        :raise UserError: an order is booked already, or its link does not run
        """
        self._check_operable()
        if self.filtered(lambda order: order.state == "booked"):
            raise UserError(self.env._("This order is booked already."))
        return self._run_now(lambda orders: orders._prepare_retry())

    def _run_now(self, prepare):
        """Work on these orders at once, as the cron would.

        :param prepare: called with the orders in the environment of the work
        :return: a notification where another worker is busy with them
        """
        if self.link_id.filtered(lambda link: link.state != "running"):
            raise UserError(self.env._("Start the link first."))
        done = True
        for administration in self.administration_id:
            orders = self.filtered(
                lambda order, administration=administration: (
                    order.administration_id == administration
                )
            )
            done &= self.env["lightspeed.exact.lane"]._run_now(
                administration, orders=orders, prepare=prepare
            )
        if not done:
            message = self.env._("The administration is busy; the order goes next.")
            return self.link_id[:1]._notify(message, "info")
        return None

    def action_skip(self):
        """Leave orders out of the books, with a reason.

        :raise UserError: without a reason, or booked already
        """
        self._check_operable()
        for order in self:
            if order.state == "booked":
                raise UserError(self.env._("This order is booked already."))
            # In sudo mode: operations are not for every user.
            if order.sudo()._is_under_way():
                raise UserError(
                    self.env._(
                        "A document is under way to Exact Online; wait for its outcome."
                    )
                )
            if not (order.skip_reason or "").strip():
                raise UserError(self.env._("Fill in why the order is skipped."))
            # In sudo mode: people may not write the state themselves.
            order.sudo()._set_state(
                "skipped",
                "by_user",
                {"user": self.env.user.name, "words": order.skip_reason},
            )
            order.sudo().message_post(
                body=self.env._("Skipped: %(reason)s", reason=order.skip_reason)
            )

    def _check_operable(self):
        self.check_access("write")

    def action_open_in_exact(self):
        self.ensure_one()
        self.check_access("read")
        booking = self.booking_ids.filtered("entry_id")[:1]
        if not booking:
            raise UserError(self.env._("This order is not in Exact Online."))
        return booking.action_open_in_exact()

    def action_open_in_lightspeed(self):
        """Open the order in the back office of the shop."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": self.shop_id._backoffice_url(self.order_remote_id or self.remote_id),
            "target": "new",
        }

    # === STATE === #
    def _set_state(self, state, code=False, params=None, **values):
        """Move orders to a state; the only place that does.

        An order that is booked stays booked whatever becomes of a later step: what
        is wrong with that step stands in the reason.

        :param str state: the new state
        :param str code: key of the reason catalogue
        :param dict params: values for its sentence
        """
        changed = {
            "state": state,
            "reason_code": code,
            "reason_params": params or False,
            "next_attempt_at": False,
            **values,
        }
        booked = self.filtered(lambda order: order.state == "booked")
        (self - booked).write(changed)
        if not booked:
            return
        if state == "held":
            # Nothing happens by itself any more: a person chooses again.
            changed["follow_up"] = False
        booked.write({**changed, "state": "booked"})

    def _hold(self, hold):
        """A person must look: nothing more happens by itself."""
        self._set_state("held", hold.code, hold.params, force=False)

    def _fail(self, code, params=None):
        """A technical failure: try again later, ever less often, for ever."""
        for order in self:
            attempts = order.attempts + 1
            wait = order.administration_id._backoff(attempts)
            order._set_state(
                "failed",
                code,
                params,
                attempts=attempts,
                next_attempt_at=fields.Datetime.now() + wait,
            )

    def _pend(self, pending):
        """The outcome of a call is unknown: look again at a moment."""
        self._set_state("failed", pending.code, next_attempt_at=pending.until)

    def _prepare_retry(self):
        """Make orders ready because a person asked for it."""
        self._set_state("ready", force=True, fetched_digest=False)

    def _has_open_write(self):
        """Return whether a document may be on its way to Exact."""
        self.ensure_one()
        # In sudo mode: operations are not for every user.
        order = self.sudo()
        operations = order.env["lightspeed.exact.operation"]
        return bool(operations.search_count(order._open_write_domain(), 1))

    def _open_write_domain(self):
        """Return which operations may have brought the order into the books."""
        return [
            ("state", "in", ("sending", "done")),
            "|",
            ("order_id", "=", self.id),
            ("id", "in", self.booking_ids.day_entry_id.operation_id.ids),
        ]

    def _is_under_way(self):
        """Return whether its document may be in Exact, and nobody has judged it yet."""
        return self._has_open_write() and self.reason_code not in FOUND_DIFFERENT

    # === JUDGING: MAY IT BE BOOKED? === #
    def _judge(self):
        """Decide from the list's figures which orders are due; costs no call."""
        for link in self.link_id:
            statuses, payments = link._trigger_codes()
            outcomes = {}
            for order in self.filtered(
                lambda order, link=link: (
                    order.link_id == link and order._may_be_judged()
                )
            ):
                outcome = order._verdict(link, statuses, payments)
                outcomes.setdefault(outcome, self.browse())
                outcomes[outcome] |= order
            for (state, code), orders in outcomes.items():
                orders._apply_verdict(link, state, code)

    def _may_be_judged(self):
        """Return whether the shop's figures decide about this order."""
        self.ensure_one()
        if self.state == "booked":
            return False
        return not (self.state == "skipped" and self.reason_code == "by_user")

    def _verdict(self, link, statuses, payments):
        """Return state and reason of an order, as far as the list tells.

        :rtype: tuple(str, str)
        """
        if self._has_open_write_cached():
            return "ready", ""
        if self.source_kind != "order":
            return self._document_verdict(link)
        if link.source != "order":
            return "skipped", "not_the_source"
        if self.remote_status == "cancelled" and "cancelled" not in statuses:
            return "skipped", "cancelled"
        if not statuses and not payments:
            return "waiting", "status_not_reached"
        if statuses and self.remote_status not in statuses:
            return "waiting", "status_not_reached"
        if payments and self.remote_payment_status not in payments:
            return "waiting", "status_not_reached"
        if self._surely_before_start(link):
            return "skipped", "before_start"
        return "ready", ""

    def _has_open_write_cached(self):
        """Only an order that was tried before can have a write under way."""
        return bool(self.attempts or self.booking_ids) and self._has_open_write()

    def _surely_before_start(self, link):
        """Return whether the list alone shows that the order lies before the start."""
        if self.order_date and self.order_date >= link.start_at:
            return False
        if link.start_basis == "order":
            return True
        return bool(self.remote_updated_at and self.remote_updated_at < link.start_at)

    def _apply_verdict(self, link, state, code):
        """Move orders to the state that was found; most come in one statement."""
        if state == "ready":
            self._set_state("ready")
        elif code == "before_start":
            self._set_state(state, code, link._start_values())
        elif state == "held":
            self._set_state(state, code, force=False)
        else:
            self._set_state(state, code)
