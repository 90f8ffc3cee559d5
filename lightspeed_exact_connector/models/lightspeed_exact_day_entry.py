from decimal import Decimal

from odoo import api, fields, models

from ..accounting import day as days
from ..accounting import reference, render
from ..accounting.booking import Hold
from ..accounting.money import dumps
from .lightspeed_exact_operation import DOCUMENTS, Pending
from .reasons import describe


class LightspeedExactDayEntry(models.Model):
    """One entry in Exact Online for all consumer sales of a day.

    Orders join it while it is open; when the day is over it is posted as one document,
    exactly once, and its orders are booked together.
    """

    _name = "lightspeed.exact.day.entry"
    _description = "Entry of a Day"
    _order = "day desc, id desc"
    _rec_name = "reference"

    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, index=True, ondelete="restrict"
    )
    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    day = fields.Date(required=True)
    customer_id = fields.Many2one(
        "exact.customer", string="Collective debtor", required=True, ondelete="restrict"
    )
    payment_condition = fields.Char(
        string="Payment condition",
    )
    generation = fields.Integer()
    reference = fields.Char(required=True, help="“Your reference” in Exact Online.")
    state = fields.Selection(
        [("open", "Open"), ("posted", "Posted"), ("held", "Held")],
        required=True,
        default="open",
        index=True,
    )
    reason_code = fields.Char()
    reason_params = fields.Json()
    reason = fields.Char(compute="_compute_reason")
    due_at = fields.Datetime(string="Booked after", required=True)
    attempts = fields.Integer()
    operation_id = fields.Many2one(
        "lightspeed.exact.operation", index="btree_not_null", ondelete="restrict"
    )
    booking_ids = fields.One2many("lightspeed.exact.booking", "day_entry_id")
    order_count = fields.Integer(compute="_compute_order_count")
    entry_id = fields.Char(string="Exact ID")
    entry_number = fields.Char(string="Entry number", index="btree_not_null")
    currency_id = fields.Many2one("res.currency")
    amount_total = fields.Monetary(string="Total")
    gross = fields.Char(string="Proved total")
    remote_total = fields.Char(string="Total in Exact")
    line_count = fields.Integer()
    posted_at = fields.Datetime(
        string="Booked at",
    )

    _generation_uniq = models.Constraint(
        "UNIQUE(link_id, day, generation)",
        "A link has one entry for each day and generation.",
    )

    @api.depends("reason_code", "reason_params")
    @api.depends_context("lang")
    def _compute_reason(self):
        for entry in self:
            entry.reason = describe(entry.env, entry.reason_code, entry.reason_params)[
                0
            ]

    @api.depends("booking_ids")
    def _compute_order_count(self):
        for entry in self:
            entry.order_count = len(entry.booking_ids)

    # === JOINING === #
    @api.model
    def _of(self, link, booking, customer):
        """Return the entry that a booking goes into, made when there is none open.

        :param Booking booking: what was decided for an order
        :param customer: the collective debtor
        :rtype: lightspeed.exact.day.entry
        """
        entries = self.search(
            [("link_id", "=", link.id), ("day", "=", booking.entry_date)]
        )
        for entry in entries:
            if (
                entry.customer_id == customer
                and (entry.payment_condition or "") == booking.payment_condition
                and entry._is_open()
            ):
                return entry
        generation = max(entries.mapped("generation"), default=-1) + 1
        while self._is_taken(link, booking.entry_date, generation):
            generation += 1
        due_at = days.closes(booking.entry_date, link.shop_id.timezone)
        return self.create(
            {
                "link_id": link.id,
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "day": booking.entry_date,
                "customer_id": customer.id,
                "payment_condition": booking.payment_condition or False,
                "generation": generation,
                "reference": self._reference(link, booking.entry_date, generation),
                "due_at": due_at.replace(tzinfo=None),
            }
        )

    @api.model
    def _reference(self, link, day, generation):
        prefix = (link.reference_prefix or "").strip()
        return reference.your_ref(prefix, f"D{day:%Y%m%d}", generation)

    @api.model
    def _is_taken(self, link, day, generation):
        """Return whether another document has the reference: of an earlier link."""
        key = reference.uniqueness_key(self._reference(link, day, generation))
        return bool(
            self.env["lightspeed.exact.operation"].search_count(
                [
                    ("administration_id", "=", link.administration_id.id),
                    ("kind", "in", DOCUMENTS),
                    ("reference_key", "=", key),
                ],
                limit=1,
            )
        )

    def _is_open(self):
        """Return whether an order may still join: nothing of it may be in Exact."""
        return self.state != "posted" and self.operation_id.state in (
            False,
            "ready",
            "refused",
        )

    def _reopen(self):
        """Let an entry that was held go again, with all its orders."""
        self.ensure_one()
        if self.state == "held":
            self.write({"state": "open", "reason_code": False, "reason_params": False})
            held = self.booking_ids.order_id.filtered(
                lambda order: order.state == "held"
            )
            held._set_state("ready")

    # === POSTING === #
    def _settle(self, work, order):
        """Settle an entry that may be in Exact already, because of one of its orders.

        None of them can leave it before its outcome is known: they wait for it.

        :param order: the order that is looked at
        """
        self.ensure_one()
        if self.state == "held":
            self.write({"state": "open", "reason_code": False, "reason_params": False})
        waiting = self.booking_ids.order_id.filtered(
            lambda row: row.state not in ("booked", "skipped")
        )
        (waiting | order)._wait_for_day(self)
        if order.force or self.due_at <= fields.Datetime.now():
            self._process(work)

    def _process(self, work):
        """Post the entry of a day that is over.

        :param Work work: what the slice carries
        :raise ConnectorError: Exact or its quota is the trouble
        """
        self.ensure_one()
        if self.link_id.state != "running":
            # Paused meanwhile: by a person, or as Exact has another total.
            return
        try:
            operation = self.operation_id
            if operation.state == "sending":
                operation._recover_booking(work)
            if operation.state == "done":
                self._finish(work)
            elif self.link_id.state == "running":
                self._post(work)
            else:
                self._let_moved_go()
        except Hold as hold:
            self._hold(hold)
        except Pending as pending:
            self.due_at = pending.until

    def _post(self, work):
        """Send what has joined; nothing is sent for a day without orders."""
        bookings = self._gather()
        if not bookings:
            self.unlink()
            return
        force = any(bookings.order_id.mapped("force"))
        entry = days.day_entry(
            [booking._content() for booking in bookings],
            work.policy(self.link_id),
            reference=self.reference,
        )
        operation = self._own_operation()
        bookings.operation_id = operation
        self.write(
            {
                "operation_id": operation.id,
                "gross": str(entry.gross),
                # Shown only; the exact figure is the text beside it.
                "amount_total": float(entry.gross),
                "currency_id": bookings[0].currency_id.id,
                "line_count": len(entry.lines),
            }
        )
        payload = render.sales_entry(entry, self.customer_id.remote_id)
        operation._look_before(work, dumps(payload), force)
        if operation.state == "done":
            self._finish(work)
            return
        operation._set_payload(dumps(payload), force=force)
        bookings.order_id.force = False
        operation._send(work.client)
        self._finish(work)

    def _own_operation(self):
        """Return the operation of this entry, made when it is new.

        :raise Hold: its reference belongs to another document
        """
        operation = self.env["lightspeed.exact.operation"]._intend(
            self.administration_id,
            "sales_entry",
            self.reference,
            reference.uniqueness_key(self.reference),
        )
        others = [("operation_id", "=", operation.id), ("id", "!=", self.id)]
        if operation != self.operation_id and self.search_count(others, limit=1):
            raise Hold("reference_in_use", reference=self.reference)
        return operation

    def _gather(self):
        """Return the bookings that go along; what has left the day is let go.

        :rtype: lightspeed.exact.booking
        """
        if self.operation_id.attempts:
            self._let_changed_go()
        staying = self.booking_ids.filtered(
            lambda booking: booking.order_id._waits_for_day()
        )
        # Nothing that becomes of the entry is about them any more.
        (self.booking_ids - staying).write(
            {"day_entry_id": False, "operation_id": False}
        )
        return staying.sorted("id")

    def _let_moved_go(self):
        """Let the orders go that a later link of the shop took over."""
        self.booking_ids.order_id.filtered(
            lambda order: order._waits_for_day() and order.link_id != self.link_id
        )._set_state("ready")

    def _let_changed_go(self):
        """Decide again what changed in the shop while the entry was under way."""
        link = self.link_id
        codes = link._trigger_codes()
        for booking in self.booking_ids:
            order = booking.order_id
            if not order._waits_for_day():
                continue
            verdict = order._verdict(link, *codes)
            if verdict[0] != "ready" or booking.source_digest != order.content_digest:
                order._apply_verdict(link, *verdict)

    def _finish(self, work):
        """Book all orders of the entry, and compare Exact's total with theirs.

        :raise ConnectorError: Exact's total is not known yet
        """
        operation = self.operation_id
        operation._complete(work)
        self.write(
            {
                "state": "posted",
                "entry_id": operation.remote_id,
                "entry_number": operation.remote_number,
                "remote_total": operation.remote_total,
                "posted_at": operation.finished_at or fields.Datetime.now(),
                "reason_code": False,
                "reason_params": False,
            }
        )
        for booking in self.booking_ids:
            booking.order_id._finish(work, booking)
        # The first one counts for the lines of the whole entry.
        self.booking_ids.write({"line_count": 0})
        self.booking_ids[:1].line_count = self.line_count
        if Decimal(self.remote_total) != Decimal(self.gross):
            self.booking_ids.order_id[:1]._stop_posting(self.remote_total, self.gross)

    def _hold(self, hold):
        """A person must look: at the entry, and so at each of its orders."""
        self.write(
            {"state": "held", "reason_code": hold.code, "reason_params": hold.params}
        )
        self.booking_ids.order_id.filtered(lambda order: order._waits_for_day())._hold(
            hold
        )

    def _fail(self, code, params=None):
        """A technical failure: try again later, ever less often, for ever."""
        for entry in self:
            attempts = entry.attempts + 1
            wait = entry.administration_id._backoff(attempts)
            entry.write(
                {
                    "reason_code": code,
                    "reason_params": params or False,
                    "attempts": attempts,
                    "due_at": fields.Datetime.now() + wait,
                }
            )

    def action_open_in_exact(self):
        """Open the entry in Exact Online."""
        self.ensure_one()
        url = self.administration_id._page_url(self.entry_id, self.entry_number)
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}
