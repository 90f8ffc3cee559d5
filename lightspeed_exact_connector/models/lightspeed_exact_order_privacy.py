import json

from odoo import api, fields, models

from ..accounting.booking import Hold
from ..accounting.money import dumps, loads
from ..accounting.personal import without_person

# What a record of an order holds of a person, beside what was read.
PERSONAL = ("email", "email_key", "customer_name", "vat_number")

# Areas whose VAT the postal code decides about: it stays as evidence.
DOMESTIC = ("domestic", "small_business", "margin", "out_of_scope")


class LightspeedExactOrder(models.Model):
    """What is forgotten of an order, and what must stay of it.

    A record is never deleted by retention or erasure: the shop may list the order again
    at any time, and its record is what says that it was booked, or skipped, before.
    It stays without anything about a person; its references, numbers and digests are
    what keeps it from being booked a second time.
    """

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    payload_removed_at = fields.Datetime(
        string="Raw data removed on",
        readonly=True,
        copy=False,
        help="When the time was over for which the raw data of the shop is kept. "
        "Where it is needed again, it is read again in the shop.",
    )
    forgotten_at = fields.Datetime(
        string="Personal data removed on",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    forgotten_why = fields.Selection(
        [
            ("retention", "The time for which it is kept was over"),
            ("person", "The person asked for it"),
        ],
        string="Removed because",
        readonly=True,
        copy=False,
    )
    books_removed_at = fields.Datetime(
        string="Bookings removed on",
        readonly=True,
        copy=False,
        help="When the legal time was over for which its bookings are kept. What "
        "stays is that it was booked: it is never booked again.",
    )

    # === CRUD === #
    def write(self, vals):
        """Take nothing about a person into an order that was forgotten."""
        if vals.get("payload"):
            vals = {**vals, "payload_removed_at": False}
        if not vals.keys() & {*PERSONAL, "payload", "fetched_digest"}:
            return super().write(vals)
        forgotten = self.filtered("forgotten_at")
        result = super(LightspeedExactOrder, self - forgotten).write(vals)
        for order in forgotten:
            kept = order._without_person(vals)
            super(LightspeedExactOrder, order).write(kept)
        return result

    def _without_person(self, vals):
        """Return what may be written to an order that was forgotten.

        What was read is kept without the person, and is never taken for what the shop
        says: whatever needs it reads it again.
        """
        kept = {key: value for key, value in vals.items() if key not in PERSONAL}
        if kept.get("payload"):
            kept["payload"] = self._text_without_person(kept["payload"])
        if "fetched_digest" in kept:
            kept["fetched_digest"] = False
        return kept

    def _text_without_person(self, text):
        """Return a raw document as text without the person, ``False`` if unreadable."""
        try:
            payload = loads(text)
        except ValueError:
            return False
        treatments = set(self.booking_ids.mapped("treatment")) - {False}
        keep_zipcode = bool(treatments - set(DOMESTIC))
        return dumps(without_person(payload, keep_zipcode))

    # === FORGETTING === #
    def _remove_payload(self):
        """Remove the raw data of settled documents; how they were booked stays."""
        self.write(
            {
                "payload": False,
                "fetched_digest": False,
                "payload_removed_at": fields.Datetime.now(),
            }
        )

    def _forget(self, why):
        """Remove what these orders hold about a person, and let nothing of it back.

        :param str why: ``retention`` or ``person``
        """
        for order in self.filtered(lambda order: not order.forgotten_at):
            payload = order.payload if why == "person" else False
            order.booking_ids._forget_name(order.customer_name)
            order.write(
                {
                    **dict.fromkeys(PERSONAL, False),
                    "payload": payload and order._text_without_person(payload),
                    "fetched_digest": False,
                    "change": False,
                    "reason_params": order._params_without_person(),
                    "skip_reason": False,
                    "forgotten_why": why,
                    "forgotten_at": fields.Datetime.now(),
                }
            )
            if not payload and not order.payload_removed_at:
                order.payload_removed_at = fields.Datetime.now()
        self._forget_messages()
        self.operation_ids._forget_details()

    def _params_without_person(self):
        """Return the values of the reason; texts that were typed by people go."""
        params = self.reason_params or {}
        # Whatever is in it was known of this order: only words of our own stay.
        kept = ("day", "start", "basis", "status", "line_kind", "problem", "field")
        return {
            key: value if key in kept or not isinstance(value, str) else "-"
            for key, value in params.items()
        } or False

    def _forget_messages(self):
        """Remove messages and attachments that hang on these orders."""
        for model, domain in (
            ("mail.message", [("model", "=", self._name), ("res_id", "in", self.ids)]),
            (
                "ir.attachment",
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
            ),
        ):
            # In sudo mode: whoever wrote them.
            self.env[model].sudo().search(domain).unlink()

    def _remove_books(self):
        """Remove the bookings of orders whose legal time is over, and forget them."""
        self._forget("retention")
        bookings = self.booking_ids
        clearings = self.clearing_ids | bookings.clearing_ids
        operations = (
            self.operation_ids
            | bookings.operation_id
            | clearings.operation_id
            | bookings.day_entry_id.operation_id
        )
        entries = bookings.day_entry_id
        clearings.unlink()
        bookings.unlink()
        entries.filtered(lambda entry: not entry.booking_ids).unlink()
        # Their references stay: none of them is ever used a second time.
        operations.write({"payload": False, "error_detail": False})
        self.write(
            {
                "books_removed_at": fields.Datetime.now(),
                "payload": False,
                "vies_check_id": False,
                "proposal": False,
                "follow_up": False,
            }
        )

    # === WHAT COMES LATER === #
    def _after_storing(self):
        """Treat a later document of an order like the order: a person was erased."""
        result = super()._after_storing()
        keys = {order._family_key() for order in self}
        if not self._has_erased(keys):
            return result
        for order in self:
            family = order._family() - order
            if "person" in family.mapped("forgotten_why"):
                order._forget("person")
        return result

    @api.model
    def _has_erased(self, keys):
        """Return whether any document of some orders of shops was erased."""
        shop_ids = list({shop_id for shop_id, _order in keys})
        remote_ids = list({order for _shop, order in keys})
        if not remote_ids:
            return False
        return bool(
            self.search_count(
                [
                    ("forgotten_at", "!=", False),
                    ("forgotten_why", "=", "person"),
                    ("shop_id", "in", shop_ids),
                    "|",
                    ("remote_id", "in", remote_ids),
                    ("order_remote_id", "in", remote_ids),
                ],
                limit=1,
            )
        )

    def _change_values(self, row):
        """Compare nothing with bookings that are removed: say so instead."""
        if not self.books_removed_at:
            return super()._change_values(row)
        if row.digest == self.digest:
            return {}
        return {
            "changed_after_booking": True,
            "reason_code": "books_removed",
            "reason_params": {"number": row.number or self.number or "-"},
        }

    def _follow_up_step(self, work):
        if self.books_removed_at:
            raise Hold("books_removed", number=self.number or "-")
        return super()._follow_up_step(work)

    def _decided_credit(self, work):
        """Credit nothing whose bookings are removed: accounts and codes are unknown.

        :raise Hold: ``credit_of_removed``
        """
        origin = self._find_origin()
        if origin.books_removed_at:
            raise Hold("credit_of_removed", number=origin.number or "-")
        return super()._decided_credit(work)


class LightspeedExactBooking(models.Model):
    """The one place of a booking where a person may be named: its description."""

    # A room of its own, beside the booking.
    _inherit = "lightspeed.exact.booking"  # pylint: disable=consider-merging-classes-inherited

    def _forget_name(self, name):
        """Take the name of the customer out of descriptions; figures stay as they are.

        :param str name: as the connector put it there, may be empty
        """
        if len(name or "") < 2:
            return
        for booking in self:
            values = {}
            if name in (booking.description or ""):
                values["description"] = booking.description.replace(name, "-")
            text = json.dumps(booking.content or {})
            found = json.dumps(name)[1:-1]
            if found in text:
                values["content"] = json.loads(text.replace(found, "-"))
            if values:
                booking.write(values)
            lines = booking.line_ids.filtered(lambda line: name in (line.name or ""))
            for line in lines:
                line.name = line.name.replace(name, "-")


class LightspeedExactOperation(models.Model):
    """What is forgotten of a write: what it sent and was told, not that it was."""

    # A room of its own, beside sending.
    _inherit = "lightspeed.exact.operation"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _intend(self, administration, kind, reference, key, order=None):
        """Find the relation of a person who was erased by the hash that stayed."""
        customers = self.env["exact.customer"]
        if kind == "relation" and customers._has_pseudonyms():
            hidden = customers._pseudonym(key)
            domain = [
                ("administration_id", "=", administration.id),
                ("kind", "=", kind),
                ("reference_key", "=", hidden),
            ]
            if self.search_count(domain, limit=1):
                reference = key = hidden
        return super()._intend(administration, kind, reference, key, order=order)

    def _is_used(self):
        """A document may be used by what was sent too long ago to be known."""
        if super()._is_used():
            return True
        domain = [
            ("order_id", "=", self.order_id.id),
            ("kind", "in", ("sales_entry", "sales_invoice")),
            ("state", "=", "done"),
            ("payload", "=", False),
        ]
        return bool(self.search_count(domain, limit=1))

    def _forget_details(self):
        """Remove what settled writes sent and were answered, but for bookings."""
        settled = self.filtered(lambda row: row.state != "sending")
        settled.write({"error_detail": False})
        settled.filtered(
            lambda row: row.state != "done" or row.kind in ("document", "attachment")
        ).write({"payload": False})

    def _forget_relation(self):
        """Forget for whom relations were made; that they were made stays, by a hash."""
        customers = self.env["exact.customer"]
        for operation in self.filtered(lambda row: row.state != "sending"):
            hidden = customers._pseudonym(operation.reference_key)
            operation.write(
                {
                    "reference": hidden,
                    "reference_key": hidden,
                    "payload": False,
                    "error_detail": False,
                }
            )
