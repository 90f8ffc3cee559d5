from odoo import api, fields, models
from odoo.exceptions import UserError

from ..accounting import causes
from ..accounting.booking import Hold
from .groups import check_bookkeeper
from .reasons import describe


class LightspeedExactCause(models.Model):
    """Why Exact refuses documents: learned from one, known for all like it.

    A document with the same settings as one that was refused is held before it is
    sent.  When something relevant has changed, or a person asks for it, one of them is
    sent as a probe; when Exact takes it, the others follow.
    """

    _name = "lightspeed.exact.cause"
    _description = "Cause of Refusals"
    _order = "state, last_seen desc, id desc"
    _rec_name = "subject"

    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    kind = fields.Selection(
        selection="_selection_kind", string="What", required=True, readonly=True
    )
    code = fields.Char(string="Reason code", required=True, readonly=True)
    subject = fields.Char(readonly=True)
    detail = fields.Char(string="What Exact Online said", readonly=True)
    shapes = fields.Json(readonly=True)
    documents = fields.Integer(
        string="Refused in a row",
        readonly=True,
        help="How many documents were refused for it in a row.",
    )
    state = fields.Selection(
        [
            ("open", "Open"),
            ("retry", "Is tried again next"),
            ("probing", "One is tried"),
            ("noticed", "Seen once"),
            ("solved", "Solved"),
        ],
        required=True,
        readonly=True,
        default="noticed",
    )
    first_seen = fields.Datetime(string="First refused", readonly=True)
    last_seen = fields.Datetime(string="Last refused", readonly=True)
    probe_id = fields.Many2one(
        "lightspeed.exact.operation", readonly=True, ondelete="set null"
    )
    last_operation_id = fields.Many2one(
        "lightspeed.exact.operation", readonly=True, ondelete="set null"
    )
    order_ids = fields.One2many("lightspeed.exact.order", "cause_id", readonly=True)
    order_count = fields.Integer(string="Orders wait", compute="_compute_order_count")
    reason = fields.Char(compute="_compute_reason")
    advice = fields.Char(string="What to do", compute="_compute_reason")

    _cause_uniq = models.Constraint(
        "UNIQUE(administration_id, kind, code, subject)", "A cause is kept once."
    )

    # === COMPUTE === #
    @api.model
    def _selection_kind(self):
        operations = self.env["lightspeed.exact.operation"]
        return operations._fields["kind"]._description_selection(self.env)

    @api.depends("order_ids.state")
    def _compute_order_count(self):
        groups = self.env["lightspeed.exact.order"]._read_group(
            [("cause_id", "in", self.ids)], ["cause_id"], ["__count"]
        )
        counts = {cause.id: count for cause, count in groups}
        for cause in self:
            cause.order_count = counts.get(cause.id, 0)

    @api.depends("code", "detail")
    @api.depends_context("lang")
    def _compute_reason(self):
        for cause in self:
            cause.reason, cause.advice = describe(
                self.env, cause.code, cause._hold_values()
            )

    # === ACTIONS === #
    def action_try_again(self):
        """Send one of the orders that wait; the others follow when Exact takes it.

        :raise UserError: nothing waits for it
        """
        check_bookkeeper(self)
        # In sudo mode: only the connector itself changes causes and orders.
        for cause in self.sudo():
            order = cause._order_to_probe()
            if not order:
                raise UserError(self.env._("No order waits for this."))
            cause._prepare_probe()
            order._prepare_retry_once()
        self.env["lightspeed.exact.lane"]._wake(self.administration_id)

    def action_view_orders(self):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_order_action"
        )
        return {**action, "domain": [("cause_id", "=", self.id)], "context": {}}

    # === LEARNING === #
    @api.model
    def _learn(self, operation, code, detail):
        """Remember why Exact refused a document.

        :param operation: what was refused
        :param str code: key of the reason catalogue
        :param str detail: Exact's sentence
        :rtype: lightspeed.exact.cause
        """
        administration = operation.administration_id
        subject = causes.subject(detail)
        cause = self.search(
            [
                ("administration_id", "=", administration.id),
                ("kind", "=", operation.kind),
                ("code", "=", code),
                ("subject", "=", subject),
            ]
        )
        now = fields.Datetime.now()
        if not cause:
            cause = self.create(
                {
                    "administration_id": administration.id,
                    "company_id": administration.company_id.id,
                    "kind": operation.kind,
                    "code": code,
                    "subject": subject,
                    "first_seen": now,
                }
            )
        documents = 0 if cause.state == "solved" else cause.documents
        if not documents or cause.last_operation_id != operation:
            documents += 1
        was_open = cause.state in ("open", "retry", "probing")
        is_open = was_open or causes.is_shared(code, documents)
        shapes = [] if cause.state == "solved" else cause.shapes or []
        cause.write(
            {
                "detail": detail or False,
                "documents": documents,
                "last_operation_id": operation.id,
                "last_seen": now,
                "probe_id": False,
                "shapes": sorted({*shapes, operation._shape_of_settings()}),
                "state": "open" if is_open else "noticed",
            }
        )
        operation.cause_id = cause
        administration._update_causes()
        return cause

    def _of_shape(self, administration, shape):
        """Return the causes that a document with these settings would meet."""
        rows = self.search(
            [
                ("administration_id", "=", administration.id),
                ("state", "!=", "solved"),
            ]
        )
        return rows.filtered(lambda cause: shape in (cause.shapes or []))

    def _stops(self, operation):
        """Return whether a document is held because of this before it is sent."""
        self.ensure_one()
        if self.state == "open":
            return True
        if self.state != "probing" or self.probe_id == operation:
            return False
        # A probe whose order was skipped meanwhile is none any more.
        return self.probe_id.state in ("ready", "sending")

    def _hold_values(self):
        """Return the values of its sentence."""
        values = {"what": dict(self._selection_kind()).get(self.kind, self.kind)}
        if self.detail:
            values["detail"] = self.detail
        return values

    def _hold(self):
        """Return the hold of a document that meets this cause.

        :rtype: Hold
        """
        self.ensure_one()
        hold = Hold(self.code, **self._hold_values())
        hold.cause_id = self.id
        return hold

    # === RELEASING === #
    def _order_to_probe(self):
        """Return the order to try: rather one that was never sent, else the oldest."""
        self.ensure_one()
        orders = self.order_ids.filtered(lambda order: order.state == "held")
        orders = orders.sorted(lambda order: (order.order_date, order.id))
        fresh = orders.filtered(
            lambda order: "refused" not in order.operation_ids.mapped("state")
        )
        return (fresh or orders)[:1]

    def _prepare_probe(self):
        """Let the next document that meets this be sent."""
        self.filtered(lambda cause: cause.state in ("open", "probing")).write(
            {"state": "retry", "probe_id": False}
        )

    def _solve(self):
        """Exact takes such a document: the others may go, also what it refused."""
        stopped = self.filtered(lambda cause: cause.state != "noticed")
        orders = stopped.order_ids.filtered(lambda order: order.state == "held")
        operations = self.env["lightspeed.exact.operation"].search(
            [("cause_id", "in", stopped.ids), ("state", "=", "refused")]
        )
        operations.write({"payload_digest": False})
        self.write({"state": "solved", "probe_id": False, "documents": 0})
        self.administration_id._update_causes()
        if orders:
            orders._set_state("ready")
            self.env["lightspeed.exact.lane"]._wake(orders.administration_id)
