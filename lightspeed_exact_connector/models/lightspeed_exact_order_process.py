from datetime import datetime, timezone
from decimal import Decimal

from odoo import fields, models

from ..accounting import decide, parse, reference, render
from ..accounting.booking import Hold, Skip
from ..accounting.dates import status_reached_at
from ..accounting.money import dumps, loads
from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    BadAnswer,
    ConnectorError,
    NotSentError,
    RateLimited,
)
from ..clients.odata import guid_literal
from .lightspeed_exact_operation import Pending
from .moments import naive
from .service_errors import problem_of

# What is wrong with a shop, and not with one order of it.
SHOP_CLOSED = (AccessDenied, AuthenticationError, NotSentError, RateLimited)

ENTRY_FIELDS = [
    "EntryID",
    "EntryNumber",
    "AmountFC",
    "Customer",
    "Journal",
    "EntryDate",
    "YourRef",
    "Currency",
]


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
        if self.state not in ("ready", "failed") or self.link_id.state != "running":
            # Paused meanwhile: by a person, or because Exact has another total.
            return
        try:
            self._settle_or_book(work)
        except Hold as hold:
            self._hold(hold)
        except Pending as pending:
            self._pend(pending.until)

    def _settle_or_book(self, work):
        operation = self.operation_ids.filtered(
            lambda operation: operation.kind == "sales_entry"
        )[:1]
        if operation.state == "sending":
            self._recover_entry(work, operation)
        if operation.state == "done":
            self._finish(work, operation)
            return
        sale = self._sale(work)
        if sale is None:
            return
        booking = self._decided(work, sale)
        if booking is None:
            return
        customer = self._relation(work, sale, booking)
        self._book(work, booking, customer)

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
        return parse.parse_order(
            payload["order"],
            currency=self.shop_id.currency_code or "",
            products=payload.get("products"),
        )

    def _fetched(self, work):
        """Return the raw order: one call, and none when it has not changed since."""
        if self.payload and self.fetched_digest == self.digest:
            return loads(self.payload)
        client = work.shop_client(self.shop_id)
        order = client.order(self.remote_id)
        payload = {"order": order}
        if not parse.embedded_products_complete(order):
            payload["products"] = list(client.iter_order_products(self.remote_id))
        row = parse.list_row(order)
        if row.remote_id != self.remote_id:
            raise Hold("unreadable_order", field="id", problem="another_order")
        self.write(
            {
                **self._row_values(row, order),
                # Without one the order keeps the number that the list gave.
                "number": row.number or self.number,
                # The digests stay those of the list: only lists are compared.
                "digest": self.digest,
                "content_digest": self.content_digest,
                "payload": self._payload_text(payload),
                "fetched_digest": self.digest,
                "fetched_content": row.content_digest,
            }
        )
        return payload

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
        decision = decide.decide(
            sale,
            work.policy(link),
            status_reached_at=reached_at,
            now=datetime.now(timezone.utc),
        )
        if isinstance(decision, Skip):
            self._set_state("skipped", decision.code, decision.params)
            return None
        return decision

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
    def _book(self, work, booking, customer):
        """Send the document, and finish when Exact has it.

        :raise Hold: refused, or the reference is taken
        :raise ConnectorError: technical trouble; the outcome may be unknown
        """
        operation = self.env["lightspeed.exact.operation"]._intend(
            self.administration_id,
            "sales_entry",
            booking.reference,
            reference.uniqueness_key(booking.reference),
            order=self,
        )
        values = self.env["lightspeed.exact.booking"]._values_of(self, booking)
        values["operation_id"] = operation.id
        planned = self.booking_ids.filtered(lambda row: row.state == "planned")[:1]
        if planned:
            planned.write(values)
        else:
            self.env["lightspeed.exact.booking"].create(values)
        payload = render.sales_entry(booking, customer.remote_id)
        operation._set_payload(dumps(payload), force=self.force)
        self.write({"customer_id": customer.id, "force": False})
        operation._send(work.client)
        self._finish(work, operation)

    def _recover_entry(self, work, operation):
        """Settle a document whose answer was lost."""
        intended = operation._intended()
        booking = self.booking_ids.filtered(lambda row: row.operation_id == operation)
        # The payload does not tell which of its VAT codes include the VAT.
        total = Decimal(booking[0].gross) if booking else None
        operation._recover(
            lambda: self._entries_in_exact(work, operation),
            lambda row: render.same_document(row, intended, total=total),
        )

    def _entries_in_exact(self, work, operation):
        """Return the entries of Exact that carry the reference of an operation."""
        intended = operation._intended()
        rows = work.find(
            "salesentry/SalesEntries", ENTRY_FIELDS, "YourRef", intended["YourRef"]
        )
        return [row for row in rows if row.get("YourRef")]

    def _finish(self, work, operation):
        """Remember what Exact has made of it, and compare its total with ours.

        :raise ConnectorError: Exact's total is not known yet; the order goes on later
        """
        if operation._is_sparse():
            # An answer may hold the identity only (Exact reference, 8.5).
            key = guid_literal(operation.remote_id)
            row = work.client.get(f"salesentry/SalesEntries({key})", ENTRY_FIELDS)
            operation.write(operation._remote_values(row))
        if not operation.remote_total:
            raise BadAnswer("The entry has no total.")
        booking = self.booking_ids.filtered(lambda row: row.operation_id == operation)[
            :1
        ]
        now = fields.Datetime.now()
        booking.write(
            {
                "state": "posted",
                "entry_id": operation.remote_id,
                "entry_number": operation.remote_number,
                "remote_total": operation.remote_total,
                "posted_at": operation.finished_at or now,
            }
        )
        self._set_state(
            "booked",
            entry_number=operation.remote_number,
            booked_at=operation.finished_at or now,
            booked_digest=self.content_digest,
            attempts=0,
        )
        if booking._differs_from_exact():
            self._stop_on_difference(booking)

    def _stop_on_difference(self, booking):
        """Exact's total is another one than was proved: post nothing more."""
        params = {"booked": booking.remote_total, "expected": booking.gross}
        self.write({"reason_code": "amount_differs", "reason_params": params})
        self.link_id._set_problem("amount_differs", params)
        self.link_id.write({"state": "paused"})
