from odoo import api, fields, models

from ..accounting import credit
from ..accounting.booking import Hold
from ..accounting.dates import status_reached_at
from ..accounting.listing_invoice import invoice_row
from ..accounting.money import dumps, loads
from ..accounting.parse_invoice import lacks_products, parse_invoice
from .lightspeed_exact_order_store import UNREADABLE
from .moments import naive

# A document whose own fate is not decided yet: its credit notes wait for it.
OPEN = ("waiting", "ready", "failed", "held")

# Why a document that was cancelled is skipped.
CANCELLED = ("cancelled", "invoice_cancelled")


class LightspeedExactOrder(models.Model):
    """Invoices and credit notes of the shop: stored, judged and read like orders."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    # === STORING === #
    @api.model
    def _invoice_row_values(self, row, raw):
        """Return the field values that the list of invoices gives."""
        amount = row.gross or 0
        values = {
            "number": row.number or row.remote_id,
            "order_date": naive(row.created_at),
            "remote_updated_at": naive(row.updated_at),
            # An invoice has one status, and it is about the payment.
            "remote_status": "cancelled" if row.status == "cancelled" else False,
            "remote_payment_status": row.status or False,
            "order_remote_id": row.order_id or False,
            "original_remote_id": row.original_id or False,
            # Shown only; the booking is proved against the exact figure.
            "amount_total": float(-amount if row.is_credit_note else amount),
            "digest": row.digest,
            "content_digest": row.content_digest,
            "seen_at": fields.Datetime.now(),
        }
        try:
            values["payload"] = dumps({"invoice": raw})
        except ValueError:
            # Nested beyond all reason: it is asked for singly, and held then.
            values["payload"] = False
        return values

    def _after_storing(self):
        """Let documents find what they belong to, and what belongs to them."""
        for order in self:
            if order.source_kind == "credit_note":
                order._find_origin()
        self._find_credits()

    def _find_origin(self):
        """Find the order or invoice that a credit note credits.

        Where invoices are booked it is the original invoice, else one of the same
        order, booked ones first; where orders are booked it is the order.  What was
        booked by the other choice counts as well.

        :return: the origin, empty when it is not known here
        """
        self.ensure_one()
        origin = self.origin_id
        if not origin or origin.state != "booked":
            found = self._possible_origins()
            booked = found.filtered(lambda order: order.state == "booked")
            kind = self.link_id.source
            origin = (
                booked[:1]
                or found.filtered(lambda order: order.source_kind == kind)[:1]
            )
            if origin != self.origin_id:
                self.origin_id = origin
        return origin

    def _possible_origins(self):
        """Return the documents that this one may credit, the most fitting first."""
        if not self.order_remote_id:
            return self.browse()
        shop = ("shop_id", "=", self.shop_id.id)
        order = self.search(
            [
                shop,
                ("source_kind", "=", "order"),
                ("remote_id", "=", self.order_remote_id),
            ]
        )
        invoices = self.search(
            [
                shop,
                ("source_kind", "=", "invoice"),
                ("order_remote_id", "=", self.order_remote_id),
            ],
            order="id",
        )
        original = invoices.filtered(
            lambda invoice: invoice.remote_id == self.original_remote_id
        )
        return original | invoices | order

    def _find_credits(self):
        """Let credit notes know that what they belong to has come in."""
        remote_ids = {
            order.remote_id if order.source_kind == "order" else order.order_remote_id
            for order in self
            if order.source_kind != "credit_note"
        }
        notes = self.search(
            [
                ("shop_id", "in", self.shop_id.ids),
                ("source_kind", "=", "credit_note"),
                ("order_remote_id", "in", list(remote_ids - {False})),
                ("state", "!=", "booked"),
            ]
        )
        for note in notes:
            before = note.origin_id
            if note._find_origin() != before:
                note._judge()

    # === JUDGING === #
    def _document_verdict(self, link):
        """Return state and reason of an invoice or credit note.

        :rtype: tuple(str, str)
        """
        if self.remote_status == "cancelled":
            return "skipped", "invoice_cancelled"
        if self.source_kind == "credit_note":
            return self._credit_verdict(link)
        if link.source != "invoice":
            return "skipped", "not_the_source"
        if link.invoice_trigger == "paid" and self.remote_payment_status != "paid":
            return "waiting", "invoice_not_paid"
        if self._surely_before_start(link):
            return "skipped", "before_start"
        return "ready", ""

    def _credit_verdict(self, link):
        origin = self._find_origin()
        if link.credits == "off":
            return "skipped", "credits_off"
        if origin.state != "booked":
            if self.order_date and self.order_date < link.start_at:
                return "skipped", "before_start"
            if origin._was_cancelled_unbooked(link):
                return "skipped", "credit_of_cancelled"
            if origin.state in OPEN:
                return "waiting", "origin_not_booked"
            if link.unbooked_credits == "hold":
                return "held", "credit_without_origin"
        if link.credits == "hold" and not self.force:
            return "held", "credit_by_choice"
        return "ready", ""

    def _was_cancelled_unbooked(self, link):
        """Return whether it was cancelled before anybody booked it.

        What is older than the link may have been booked by others.
        """
        return bool(
            self.state == "skipped"
            and self.reason_code in CANCELLED
            and self.order_date
            and self.order_date >= link.start_at
        )

    def _surely_before_start(self, link):
        if self.source_kind == "invoice" and link.invoice_trigger == "all":
            return bool(self.order_date and self.order_date < link.start_at)
        return super()._surely_before_start(link)

    def _set_state(self, state, code=False, params=None, **values):
        result = super()._set_state(state, code, params, **values)
        if state in ("ready", "booked", "skipped"):
            self._judge_credits()
        return result

    def _judge_credits(self):
        """Judge the credit notes again whose fate hangs on these documents."""
        origins = self.filtered(lambda order: order.source_kind != "credit_note")
        if origins:
            self.search(
                [("origin_id", "in", origins.ids), ("state", "!=", "booked")]
            )._judge()

    # === PROCESSING === #
    def _sale_step(self, work):
        """Never book as an invoice what is booked as an order, nor the other way.

        A link keeps its choice; a later link of the same shop may have another one.

        :raise Hold: ``booked_otherwise``
        """
        others = self._family().filtered(
            lambda order: order.source_kind not in (self.source_kind, "credit_note")
        )
        for other in others:
            booked = other.state == "booked" and credit.reversal(other._booked())
            if booked or (other.state != "booked" and other._has_open_write_cached()):
                raise Hold("booked_otherwise", number=other.number or "-")
        return super()._sale_step(work)

    def _credit_sale(self, work):
        """Return a credit note as a ``Sale``: ``is_credit``, with positive amounts.

        :return: ``None`` when the shop cannot be asked now; it goes on later then
        :raise Hold: it cannot be read
        """
        return self._sale(work)

    def _fetched(self, work):
        if self.source_kind != "order":
            return self._fetched_invoice(work)
        payload = super()._fetched(work)
        work.keep_order(self.shop_id, self.remote_id, payload["order"])
        return payload

    def _fetched_invoice(self, work):
        """Return the raw invoice with its items and its order.

        The list gives an invoice whole: only its items and its order are asked for,
        and the order once for all its documents in a slice.

        :rtype: dict
        """
        if self.remote_id.startswith(UNREADABLE):
            raise Hold("unreadable_order", field="id", problem="missing")
        stored = loads(self.payload) if self.payload else {}
        if "items" in stored and self.fetched_digest == self.digest:
            return stored
        payload = self._read_invoice(work, stored.get("invoice"))
        row = invoice_row(payload["invoice"])
        self.write(
            {
                **self._invoice_row_values(row, payload["invoice"]),
                **self._customer_values(payload["order"]),
                **self._fetched_values(row, payload),
            }
        )
        return payload

    def _read_invoice(self, work, invoice=None):
        """Return the raw invoice of the shop with its items and its order.

        :param dict invoice: as the list gave it; read again when that has changed
        :rtype: dict
        :raise Hold: it is another one, or belongs to no order
        :raise ConnectorError: the shop cannot be asked
        """
        client = work.shop_client(self.shop_id)
        if self.force or not invoice or invoice_row(invoice).digest != self.digest:
            invoice = client.invoice(self.remote_id)
        row = invoice_row(invoice)
        if row.remote_id != self.remote_id:
            raise Hold("unreadable_order", field="id", problem="another_order")
        if not row.order_id:
            raise Hold("unreadable_order", field="order", problem="missing")
        items = list(client.iter_invoice_items(self.remote_id))
        order = work.order(self.shop_id, row.order_id)
        payload = {"invoice": invoice, "items": items, "order": order}
        if lacks_products(items, order):
            payload["products"] = list(client.iter_order_products(row.order_id))
        return payload

    def _parsed(self, payload):
        if self.source_kind == "order":
            return super()._parsed(payload)
        return parse_invoice(
            payload["invoice"],
            payload["items"],
            payload["order"],
            currency=self.shop_id.currency_code or "",
            products=payload.get("products"),
        )

    def _reached_at(self, sale):
        if self.source_kind == "order":
            return super()._reached_at(sale)
        if self.link_id.invoice_trigger == "all":
            return sale.created_at
        return status_reached_at(sale, set(), {"paid"})
