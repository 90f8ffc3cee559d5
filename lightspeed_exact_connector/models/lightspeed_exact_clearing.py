from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..accounting import clearings, reference
from ..accounting.booking import Hold, Skip
from ..accounting.money import dumps, loads
from ..accounting.payments import PAID
from ..clients.errors import AccessDenied, BadAnswer, ConnectorError
from ..clients.odata import guid_literal
from .lightspeed_exact_operation import Pending
from .lightspeed_exact_order_process import SHOP_CLOSED
from .reasons import describe
from .service_errors import problem_of

ENTRIES = "generaljournalentry/GeneralJournalEntries"
LINES = "generaljournalentry/GeneralJournalEntryLines"
ENTRY_FIELDS = ["EntryID", "EntryNumber", "JournalCode", "Currency"]
LINE_FIELDS = [
    "EntryID",
    "EntryNumber",
    "GLAccount",
    "Account",
    "AmountFC",
    "Date",
    "Description",
]


class LightspeedExactClearing(models.Model):
    """A general journal entry that clears a paid document against an account.

    Beside the booking and after it: whatever becomes of a clearing, the sale stays
    booked.  Matching both in Exact has no call; ``matching`` is what Exact says of it.
    """

    _name = "lightspeed.exact.clearing"
    _description = "Clearing Entry in Exact Online"
    _order = "id desc"
    _rec_name = "reference"
    _rec_names_search = ["reference", "entry_number"]
    _check_company_auto = True

    booking_id = fields.Many2one(
        "lightspeed.exact.booking", required=True, index=True, ondelete="restrict"
    )
    order_id = fields.Many2one(
        "lightspeed.exact.order", required=True, index=True, ondelete="restrict"
    )
    customer_id = fields.Many2one(related="order_id.customer_id", string="Relation")
    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, index=True, ondelete="restrict"
    )
    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    operation_id = fields.Many2one(
        "lightspeed.exact.operation",
        index="btree_not_null",
        ondelete="restrict",
        groups="lightspeed_exact_connector.lightspeed_exact_connector_group_manager",
    )
    kind = fields.Selection(
        [("payment", "Payment"), ("gift_card", "Gift card")], required=True
    )
    state = fields.Selection(
        [
            ("waiting", "Not paid yet"),
            ("planned", "Ready"),
            ("posted", "Booked"),
            ("held", "Held"),
            ("failed", "Tried again later"),
            ("skipped", "Skipped"),
        ],
        required=True,
        index=True,
    )
    reason_code = fields.Char(string="Reason code", index=True)
    reason_params = fields.Json()
    reason = fields.Char(compute="_compute_reason")
    advice = fields.Char(string="What to do", compute="_compute_reason")
    attempts = fields.Integer()
    next_attempt_at = fields.Datetime(string="Next attempt")
    force = fields.Boolean(
        help="A person asked to send it again although it was refused."
    )
    reference = fields.Char(required=True)
    currency_id = fields.Many2one("res.currency", required=True)
    amount = fields.Char(help="To the cent, as it was sent.")
    amount_shown = fields.Monetary(string="Amount cleared")
    account_id = fields.Many2one(
        "exact.gl.account", string="Clearing account", ondelete="restrict"
    )
    entry_date = fields.Date(
        string="Entry date",
    )
    description = fields.Char()
    entry_id = fields.Char(string="Exact ID", index="btree_not_null")
    entry_number = fields.Char(
        string="Clearing entry", index="btree_not_null", help="Entry number in Exact."
    )
    sale_entry_number = fields.Char(
        string="Sales entry", related="booking_id.entry_number"
    )
    posted_at = fields.Datetime(string="Booked at")
    matching = fields.Selection(
        [
            ("unknown", "Not looked up yet"),
            ("open", "Not matched"),
            ("matched", "Matched"),
        ],
        required=True,
        default="unknown",
        index=True,
        help="Whether Exact Online has matched the sales entry, as far as was read.",
    )
    receivable_checked_at = fields.Datetime(
        string="Looked up at", related="booking_id.receivable_checked_at"
    )

    _kind_uniq = models.Constraint(
        "UNIQUE(booking_id, kind)", "A booking is cleared once by each kind."
    )
    _todo_idx = models.Index(
        "(link_id, next_attempt_at) WHERE state IN ('planned', 'failed')"
    )

    @api.depends("reason_code", "reason_params")
    @api.depends_context("lang")
    def _compute_reason(self):
        for clearing in self:
            values = {
                "payment_status": clearing.order_id.payment_status_name or "-",
                **(clearing.reason_params or {}),
            }
            clearing.reason, clearing.advice = describe(
                self.env, clearing.reason_code, values
            )

    # === ACTIONS === #
    def action_retry(self):
        """Book at once, also what was refused or skipped before.

        :raise UserError: it is booked already, not paid yet, or the link does not run
        """
        self.order_id._check_operable()
        if self.filtered(lambda clearing: clearing.state == "posted"):
            raise UserError(self.env._("This clearing entry is booked already."))
        if self.link_id.filtered(lambda link: link.state != "running"):
            raise UserError(self.env._("Start the link first."))
        ids, done = self.ids, True
        for administration in self.administration_id:
            orders = self.order_id.filtered(
                lambda order, administration=administration: (
                    order.administration_id == administration
                )
            )
            done &= self.env["lightspeed.exact.lane"]._run_now(
                administration,
                orders=orders,
                prepare=lambda orders: orders.clearing_ids.filtered(
                    lambda clearing: clearing.id in ids
                )._prepare_retry(),
            )
        if not done:
            message = self.env._("The administration is busy; this goes next.")
            return self.link_id[:1]._notify(message, "info")
        return None

    def action_by_hand(self):
        """Leave clearing to a person, in Exact Online itself.

        :raise UserError: it is booked already, or on its way
        """
        self.order_id._check_operable()
        for clearing in self:
            if clearing.state == "posted":
                raise UserError(self.env._("This clearing entry is booked already."))
            # In sudo mode: operations are not for every user.
            if clearing.sudo().operation_id.state in ("sending", "done"):
                raise UserError(
                    self.env._(
                        "A document is under way to Exact Online; wait for its outcome."
                    )
                )
            # In sudo mode: people may not write the state themselves.
            clearing.sudo()._set_state(
                "skipped", "clearing_by_hand", {"user": self.env.user.name}
            )

    def action_open_in_exact(self):
        """Open the clearing entry in Exact Online."""
        self.ensure_one()
        self.check_access("read")
        url = self.administration_id._page_url(self.entry_id, self.entry_number)
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}

    # === STATE === #
    def _set_state(self, state, code=False, params=None, **values):
        """Move clearings to a state; the only place that does."""
        self.write(
            {
                "state": state,
                "reason_code": code,
                "reason_params": params or False,
                "next_attempt_at": False,
                **values,
            }
        )

    def _fail(self, code, params=None):
        """A technical failure: try again later, ever less often, for ever."""
        for clearing in self:
            attempts = clearing.attempts + 1
            wait = clearing.administration_id._backoff(attempts)
            clearing._set_state(
                "failed",
                code,
                params,
                attempts=attempts,
                next_attempt_at=fields.Datetime.now() + wait,
            )

    def _prepare_retry(self):
        self.filtered(lambda clearing: clearing.state != "posted")._set_state(
            "planned", force=True
        )

    @api.model
    def _plan(self, booking, kind):
        """Make the clearing of a posted booking, once for each kind.

        :param booking: a ``lightspeed.exact.booking``
        :param str kind: ``payment`` or ``gift_card``
        :rtype: lightspeed.exact.clearing
        """
        known = booking.clearing_ids.filtered(lambda clearing: clearing.kind == kind)
        if known:
            return known
        is_paid = booking.order_id.remote_payment_status == PAID
        return self.create(
            {
                "booking_id": booking.id,
                "order_id": booking.order_id.id,
                "link_id": booking.link_id.id,
                "administration_id": booking.administration_id.id,
                "company_id": booking.company_id.id,
                "currency_id": booking.currency_id.id,
                "kind": kind,
                "reference": clearings.clearing_reference(booking.reference, kind),
                "state": "planned" if is_paid else "waiting",
                "reason_code": False if is_paid else "clearing_not_paid",
            }
        )

    # === PROCESSING === #
    def _process(self, work):
        """Book one clearing, or say why not; running it again is harmless.

        The caller holds the lock of the administration.

        :param Work work: what the slice carries
        :raise ConnectorError: Exact or its quota is the trouble
        """
        self.ensure_one()
        if self.state not in ("planned", "failed") or self.link_id.state != "running":
            return
        try:
            self._settle_or_post(work)
        except Hold as hold:
            self._set_state("held", hold.code, hold.params, force=False)
        except AccessDenied as error:
            # A right that the user lacks must not stop the sales.
            self.administration_id._rest_clearings()
            self._fail(*problem_of(error, self.administration_id))
        except Pending as pending:
            self._set_state("failed", pending.code, next_attempt_at=pending.until)

    def _settle_or_post(self, work):
        operation = self.operation_id
        if operation.state == "sending":
            self._recover(work, operation)
        if operation.state == "done":
            self._finish(work, operation)
            return
        if self.booking_id.state == "gone":
            self._set_state("held", "clearing_gone")
            return
        if self.booking_id.invoice_state in ("draft", "gone"):
            self._set_state("waiting", "clearing_draft")
            return
        sale = self._sale(work)
        if sale is None:
            return
        if not self._is_paid(sale):
            self._set_state("waiting", "clearing_not_paid")
            return
        decided = clearings.decide_clearing(
            self.kind,
            sale,
            work.policy(self.link_id),
            self.booking_id._content(),
            self.booking_id.entry_number or "",
        )
        if isinstance(decided, Skip):
            self._set_state("skipped", decided.code, decided.params)
            return
        self._post(work, decided)

    def _is_paid(self, sale):
        """Return whether the shop says that the document is paid."""
        if self.order_id.source_kind == "order":
            return sale.payment_status == PAID
        return self.order_id.remote_payment_status == PAID

    def _sale(self, work):
        """Return the order as it is now; the record of the order stays as it is.

        :return: ``None`` when the shop cannot be asked now; the clearing waits then
        :raise Hold: it cannot be read
        """
        order = self.order_id
        try:
            payload = self._payload(work, order)
        except ConnectorError as error:
            if isinstance(error, SHOP_CLOSED):
                work.closed[order.shop_id.id] = error
            self._fail(*problem_of(error, order.shop_id))
            return None
        return order._parsed(payload)

    def _payload(self, work, order):
        """Return the raw document: no call when it has not changed since."""
        if order.payload and order.fetched_digest == order.digest:
            return loads(order.payload)
        if order.source_kind != "order":
            return order._fetched(work)
        return order._read_order(work)

    def _post(self, work, decided):
        """Send the entry, and finish when Exact has it.

        :raise Hold: refused, or the reference is taken
        :raise ConnectorError: technical trouble; the outcome may be unknown
        """
        operation = self.env["lightspeed.exact.operation"]._intend(
            self.administration_id,
            "clearing",
            decided.reference,
            reference.uniqueness_key(decided.reference),
            order=self.order_id,
        )
        payload = clearings.journal_entry(decided, self._debtor_guid())
        operation._look_before(work, dumps(payload), self.force)
        if operation.state == "done":
            self.operation_id = operation
            self._finish(work, operation)
            return
        operation._set_payload(dumps(payload), force=self.force)
        self.write(
            {
                "operation_id": operation.id,
                "force": False,
                "amount": str(decided.amount),
                # Shown only; the exact amount is the text.
                "amount_shown": float(decided.amount),
                "account_id": self._account(decided.account).id,
                "entry_date": decided.entry_date,
                "description": decided.description,
            }
        )
        operation._send(work.client)
        self._finish(work, operation)

    def _debtor_guid(self):
        """Return the relation that owes the money: the one that was booked on.

        What is remembered of it may be forgotten, or another one by now.
        """
        intended = self.booking_id.operation_id._intended()
        names = ("Customer", "InvoiceTo", "OrderedBy")
        return next(intended[name] for name in names if intended.get(name))

    def _account(self, remote_id):
        return self.administration_id.gl_account_ids.filtered(
            lambda account: account.remote_id == remote_id
        )[:1]

    def _recover(self, work, operation):
        """Settle an entry whose answer was lost."""
        operation._recover(work.client, *operation._questions(work))

    @api.model
    def _entries_in_exact(self, work, intended):
        """Return the entries of Exact with the text of an intended one.

        Text, relation and amount are in the lines only, the journal in the header only.
        """
        text = clearings.entry_text(intended)
        entries = {}
        for line in work.find(LINES, LINE_FIELDS, "Description", text):
            entries.setdefault(line["EntryID"], []).append(line)
        return [
            {
                **work.client.get(f"{ENTRIES}({guid_literal(key)})", ENTRY_FIELDS),
                "lines": lines,
            }
            for key, lines in entries.items()
        ]

    def _finish(self, work, operation):
        """Remember what Exact has made of it.

        :raise ConnectorError: its number is not known yet; it goes on later
        """
        if operation._is_sparse():
            # An answer may hold the identity only (Exact reference, 8.5).
            key = guid_literal(operation.remote_id)
            row = work.client.get(f"{ENTRIES}({key})", ENTRY_FIELDS)
            operation.write(operation._remote_values(row))
        if not operation.remote_number:
            raise BadAnswer("The entry has no number.")
        self._set_state(
            "posted",
            entry_id=operation.remote_id,
            entry_number=operation.remote_number,
            posted_at=operation.finished_at or fields.Datetime.now(),
            attempts=0,
            # What was read before knew nothing of this entry.
            matching="unknown",
        )
        self.administration_id._check_clearing_sides(work, self)

    def _was_refused(self):
        """Return whether Exact refused the entry, or the call failed."""
        self.ensure_one()
        return self.state in ("held", "failed") and bool(self.operation_id.error_code)

    def _is_debit(self):
        """Return whether the clearing account is debited: not by a credit note."""
        self.ensure_one()
        return Decimal(self.amount) > 0
