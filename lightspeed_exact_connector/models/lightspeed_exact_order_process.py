import logging
from dataclasses import replace
from datetime import datetime, timezone

from odoo import fields, models

from ..accounting import credit, decide, parse, reference, render
from ..accounting.booking import Hold, Skip
from ..accounting.dates import entry_date, status_reached_at
from ..accounting.money import dumps, loads
from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectorError,
    NotSentError,
    RateLimited,
)
from .lightspeed_exact_operation import Pending
from .lightspeed_exact_order_store import UNREADABLE, kept_text
from .moments import naive
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

# What is wrong with a shop, and not with one order of it.
SHOP_CLOSED = (AccessDenied, AuthenticationError, NotSentError, RateLimited)

# Crediting and booking again, and a look whether there is more.
MOST_STEPS = 3


class LightspeedExactOrder(models.Model):
    """Processing: fetch, decide, relation, document, proof; each step resumable."""

    _inherit = "lightspeed.exact.order"

    def _process(self, work):
        """Bring one order into the books, or say why not.

        Running it again at any moment is harmless.  The caller holds the lock of the
        administration.

        :param Work work: what the slice carries
        :raise ConnectorError: Exact or its quota is the trouble
        """
        self.ensure_one()
        try:
            # Crediting and booking again are two documents: two steps at most.
            for _step in range(MOST_STEPS):
                if not self.has_work or self.link_id.state != "running":
                    # Paused meanwhile: by a person, or as Exact has another total.
                    return
                if not self._settle_or_step(work):
                    return
        except Hold as hold:
            self._hold(hold)
        except Pending as pending:
            self._pend(pending)

    def _settle_or_step(self, work):
        """Finish the document that is under way, or take the next step.

        :return: whether a further step may follow at once
        :rtype: bool
        """
        booking = self._planned()
        operation = booking.operation_id
        if booking.day_entry_id and operation.state in ("sending", "done"):
            # It is part of a document of several orders, and settled with them.
            booking.day_entry_id._settle(work, self)
            return False
        if operation.state == "sending":
            operation._recover_booking(work)
        if operation.state == "done":
            self._finish(work, booking)
            return True
        return self._step(work)

    def _step(self, work):
        """Take the next step: by what there is to do with the order.

        :return: whether a further step may follow at once
        :rtype: bool
        """
        if self.follow_up:
            return self._follow_up_step(work)
        if self._stands():
            self._keep_standing()
            return False
        if self.source_kind == "credit_note":
            return self._credit_step(work)
        return self._sale_step(work)

    def _sale_step(self, work):
        """Book the order, or the invoice, as a sale."""
        sale = self._sale(work)
        booking = sale and self._decided(work, sale)
        if not booking or not self._vat_number_is_proved(work, booking):
            return False
        customer = self._relation(work, sale, booking)
        # What was moved out of a filed period stands by itself, with its true date.
        if not booking.shifted_from and self.link_id._goes_by_day(customer):
            self._join_day(booking, customer)
            return False
        self._book(work, booking, customer)
        return True

    # === FETCHING === #
    def _sale(self, work):
        """Return the order as a ``Sale``, fetched when the list shows a change.

        :return: ``None`` when the shop cannot be asked now; the order waits then
        :raise Hold: it cannot be read
        """
        try:
            payload = self._fetched(work)
        except ConnectorError as error:
            if isinstance(error, SHOP_CLOSED):
                work.closed[self.shop_id.id] = error
            self._fail(*problem_of(error, self.shop_id))
            return None
        return self._parsed(payload)

    def _parsed(self, payload):
        """Return what the shop gave as a ``Sale``.

        :raise Hold: it cannot be read
        """
        return parse.parse_order(
            payload["order"],
            currency=self.shop_id.currency_code or "",
            products=payload.get("products"),
        )

    def _fetched(self, work):
        """Return the raw order: one call, and none when it has not changed since."""
        if self.payload and self.fetched_digest == self.digest:
            return loads(self.payload)
        payload = self._read_order(work)
        try:
            row = parse.list_row(payload["order"])
            if row.remote_id != self.remote_id:
                raise Hold("unreadable_order", field="id", problem="another_order")
            values = {
                **self._row_values(row, payload["order"]),
                **self._fetched_values(row, payload),
            }
        except Hold:
            self._keep_unreadable(payload)
            raise
        self.write(values)
        return payload

    def _keep_unreadable(self, payload):
        """Keep what the shop gave although it cannot be read, for a person to see.

        It is never read again: a retry asks the shop.
        """
        if not self.payload:
            self.write({"payload": kept_text(payload), "fetched_digest": False})

    def _read_order(self, work):
        """Return the raw order of the shop, with all its products.

        :rtype: dict
        :raise ConnectorError: the shop cannot be asked
        """
        if self.remote_id.startswith(UNREADABLE):
            raise Hold("unreadable_order", field="id", problem="missing")
        client = work.shop_client(self.shop_id)
        order = work.hinted.pop((self.shop_id.id, self.remote_id), None)
        if not order or parse.list_row(order).digest != self.digest:
            order = client.order(self.remote_id)
        payload = {"order": order}
        if not parse.embedded_products_complete(order):
            payload["products"] = list(client.iter_order_products(self.remote_id))
        return payload

    def _fetched_values(self, row, payload):
        """Return the field values of a document that was read singly.

        :param row: what a row of the list would say of it
        :param dict payload: what was read
        :raise Hold: it cannot be kept
        """
        return {
            # Without one it keeps the number that the list gave.
            "number": row.number or self.number,
            # The digests stay those of the list: only lists are compared.
            "digest": self.digest,
            "content_digest": self.content_digest,
            "payload": self._payload_text(payload),
            "fetched_digest": self.digest,
            "fetched_content": row.content_digest,
        }

    def _payload_text(self, payload):
        """Return a payload as text.

        :raise Hold: it is nested or numbered beyond all reason
        """
        try:
            return dumps(payload)
        except ValueError as error:
            raise Hold(
                "unreadable_order", field="order", problem="out_of_range"
            ) from error

    # === DECIDING === #
    def _decided(self, work, sale):
        """Return the booking, ``None`` when the order is not to be booked now.

        :raise Hold: a person must look
        """
        link = self.link_id
        verdict = self._verdict(link, *link._trigger_codes())
        if verdict[0] != "ready":
            # The order moved on between the list and now.
            self._apply_verdict(link, *verdict)
            return None
        reached_at = self._reached_at(sale)
        self.status_reached_at = naive(reached_at)
        if self._before_start(sale, reached_at):
            self._set_state("skipped", "before_start", link._start_values())
            return None
        decision = self._decide(work, sale)
        if isinstance(decision, Skip):
            self._set_state("skipped", decision.code, decision.params)
            return None
        return decision

    def _decide(self, work, sale, filing=None):
        """Return what ``accounting`` decides of a sale by the link's choices.

        :param FilingPolicy filing: other closed days than the link's, to compare only
        :rtype: Booking | Skip
        :raise Hold: a person must look
        """
        moments = {
            "status_reached_at": self._reached_at(sale),
            "now": datetime.now(timezone.utc),
        }
        link = self.link_id
        policy = work.policy(link)
        day, _source = entry_date(sale, policy, **moments)
        policy = link._policy_for(policy, self, day)
        if filing:
            policy = replace(policy, filing=filing)
        return decide.decide(sale, policy, **moments)

    def _reached_at(self, sale):
        """Return when the chosen statuses were reached, aware UTC.

        :return: from the events of the order, ``None`` where those say nothing
        """
        statuses, payment_statuses = self.link_id._trigger_codes()
        return status_reached_at(sale, statuses, payment_statuses)

    def _before_start(self, sale, reached_at):
        link = self.link_id
        start = link.start_at.replace(tzinfo=timezone.utc)
        if link.start_basis == "order" or sale.created_at >= start:
            return sale.created_at < start
        # Without an event the order's last change is the best that is known.
        return (reached_at or sale.updated_at) < start

    # === DOCUMENT === #
    def _book(self, work, booking, customer, generation=0, takes_back=False):
        """Send the document, and finish when Exact has it.

        :param int generation: which document of the order it is; the reference of the
            booking has it already
        :param bool takes_back: it takes back what was booked for this order before
        :raise Hold: refused, or the reference is taken
        :raise ConnectorError: technical trouble; the outcome may be unknown
        """
        if not takes_back and booking.kind != "correction" and self._stands():
            self._keep_standing()
            return
        operation = self.env["lightspeed.exact.operation"]._intend(
            self.administration_id,
            booking.document_kind,
            booking.reference,
            reference.uniqueness_key(booking.reference),
            order=self,
        )
        planned = self._plan(booking, operation, generation, takes_back)
        payload = {
            **self._document_payload(work, booking, customer),
            **self._attached(work, booking, customer),
        }
        operation._look_before(work, dumps(payload), self.force)
        if operation.state == "done":
            self._finish(work, planned)
            return
        operation._set_payload(dumps(payload), force=self.force)
        self.write({"customer_id": customer.id, "force": False})
        operation._send(work.client)
        self._finish(work, planned)

    def _document_payload(self, work, booking, customer):
        """Return what is posted for a booking; rooms add other kinds of documents.

        :param Booking booking: what was decided
        :param customer: the relation
        :rtype: dict
        :raise Hold: it cannot be made
        :raise ConnectorError: what it needs of Exact could not be had
        """
        return render.sales_entry(booking, customer.remote_id)

    def _attached(self, work, booking, customer):
        """Return the properties that hang a document on what is posted.

        :param Booking booking: what was decided
        :param customer: the relation
        :rtype: dict
        :raise ConnectorError: the document could not be made
        """
        return {}

    def _planned(self):
        """Return the document that is planned or under way, empty without one.

        :rtype: lightspeed.exact.booking
        """
        return self.booking_ids.filtered(lambda row: row.state == "planned")[:1]

    def _may_be_sent(self):
        """Return whether Exact may have the planned document, or part of it.

        :rtype: bool
        """
        return self._planned().operation_id.state in ("sending", "done")

    def _plan(self, booking, operation, generation=0, takes_back=False):
        """Keep what is going to be booked.

        :rtype: lightspeed.exact.booking
        """
        bookings = self.env["lightspeed.exact.booking"]
        values = {
            **bookings._values_of(self, booking),
            "operation_id": operation.id,
            "generation": generation,
            "takes_back": takes_back,
            # The order may change in the shop while the document is under way.
            "source_digest": self.content_digest,
            "source_content": self.fetched_content,
            "day_entry_id": False,
        }
        planned = self._planned()
        if planned:
            planned.write(values)
            return planned
        return bookings.create(values)

    def _join_day(self, booking, customer):
        """Keep what was decided for the entry of its day, until the day is over."""
        entry = self.env["lightspeed.exact.day.entry"]._of(
            self.link_id, booking, customer
        )
        entry._reopen()
        planned = self._plan(booking, entry.operation_id)
        planned.day_entry_id = entry
        self.customer_id = customer
        self._wait_for_day(entry)

    def _wait_for_day(self, entry):
        self._set_state("waiting", "waits_for_day", {"day": str(entry.day)})

    def _waits_for_day(self):
        """Return whether the order is part of the entry of its day, not posted yet."""
        self.ensure_one()
        return self.state == "waiting" and self.reason_code == "waits_for_day"

    def _posted(self):
        """Return what of these orders stands in the books, oldest first.

        :rtype: lightspeed.exact.booking
        """
        return self.booking_ids.filtered(lambda row: row.state == "posted").sorted("id")

    def _stands(self):
        """Return whether anything of this order stands in the books, not taken back.

        :rtype: bool
        """
        return credit.reversal(self._booked()) is not None

    def _keep_standing(self):
        """What stands in the books is never booked again: a change of it is examined.

        Whatever made the order look as if it were to be booked.
        """
        _logger.error("Order %s is in the books already; it stays so", self.id)
        self._set_state("booked", follow_up="examine", force=False)

    def _next_generation(self):
        """Return the number of the next document of this order and its credit notes.

        An order that is booked for the first time has 0; a credit note never has.
        """
        planned = self._planned()
        if planned:
            return planned.generation
        first = 0 if self.source_kind == "credit_note" else -1
        numbers = self._family().booking_ids.mapped("generation")
        return max([first, *numbers]) + 1

    def _family_key(self):
        """Return what all records about the same order of the shop have in common.

        :rtype: tuple(int, str)
        """
        self.ensure_one()
        return self.shop_id.id, self.order_remote_id or self.remote_id

    def _family(self):
        """Return all records that are about the same order of the shop."""
        shop_id, order = self._family_key()
        return self.search(
            [
                ("shop_id", "=", shop_id),
                "|",
                ("order_remote_id", "=", order),
                "&",
                ("source_kind", "=", "order"),
                ("remote_id", "=", order),
            ]
        )

    def _finish(self, work, booking):
        """Remember what Exact has made of it, and compare its total with ours.

        :raise ConnectorError: Exact's total is not known yet; the order goes on later
        """
        operation = booking.operation_id
        operation._complete(work)
        posted_at = operation.finished_at or fields.Datetime.now()
        booking.write(
            {
                "state": "posted",
                "entry_id": operation.remote_id,
                "entry_number": operation.remote_number,
                # An entry of several orders is compared as a whole.
                "remote_total": not booking.day_entry_id and operation.remote_total,
                "posted_at": posted_at,
            }
        )
        self._set_state("booked", **self._posted_values(booking))
        if booking._differs_from_exact():
            self._differs(booking)

    def _differs(self, booking):
        """Exact's total of what was booked just now is another one than was proved."""
        self._stop_posting(booking.remote_total, booking.gross)

    def _posted_values(self, booking):
        """Return the field values of an order whose document Exact has."""
        values = {"attempts": 0, **self._followed_values(booking)}
        if booking.takes_back:
            # The order itself is still the one that was booked first.
            return values
        return {
            **values,
            "entry_number": booking.entry_number,
            "booked_at": booking.posted_at,
        }

    def _stop_posting(self, booked, expected):
        """Exact's total is another one than was proved: post nothing more.

        :param str booked: the total in Exact
        :param str expected: the total that was proved
        """
        params = {"booked": booked, "expected": expected}
        self.write({"reason_code": "amount_differs", "reason_params": params})
        self.link_id._set_problem("amount_differs", params)
        self.link_id.write({"state": "paused"})
