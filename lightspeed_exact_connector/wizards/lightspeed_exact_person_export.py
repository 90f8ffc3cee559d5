import io
import json
import re
import zipfile
from base64 import b64encode

from odoo import fields, models

# Kinds of fields that are handed over as they are.
PLAIN = (
    "boolean",
    "char",
    "date",
    "datetime",
    "float",
    "html",
    "integer",
    "json",
    "monetary",
    "selection",
    "text",
)
# Our own means, about nobody.
LEFT_OUT = ("digest", "fetched_", "attempts", "access_", "message_", "rating_", "has_")


class LightspeedExactPerson(models.TransientModel):
    """The file that is handed over, to be read by machines, too (GDPR, art. 20)."""

    # A room of its own, beside the search.
    _inherit = "lightspeed.exact.person"  # pylint: disable=consider-merging-classes-inherited

    def _archive(self):
        """Return a zip with everything that was found, as base64.

        :rtype: bytes
        """
        found = {"made_on": fields.Datetime.to_string(fields.Datetime.now())}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for line in self.line_ids:
                record = line._record()
                if not record:
                    continue
                values = self._values(record)
                if line.kind == "order":
                    values.update(self._order_parts(record))
                    self._add_files(archive, record)
                values["stays"] = {
                    "what": line.why or "",
                    "until": str(line.until or ""),
                }
                found.setdefault(line.kind, []).append(values)
            text = json.dumps(found, indent=2, ensure_ascii=False, default=str)
            archive.writestr("personal-data.json", text)
            archive.writestr("read-me.txt", self._read_me())
        return b64encode(buffer.getvalue())

    def _values(self, record):
        """Return the plain stored values of a record."""
        values = {}
        for name, field in record._fields.items():
            if field.type not in PLAIN or not field.store:
                continue
            if name.endswith("digest") or name.startswith(LEFT_OUT):
                continue
            value = record[name]
            if value or value == 0:
                values[name] = value
        for name in ("payload",):
            if isinstance(values.get(name), str):
                values[name] = _parsed(values[name])
        return values

    def _order_parts(self, order):
        """Return what belongs to an order: bookings, messages, files."""
        bookings = []
        for booking in order.booking_ids:
            values = self._values(booking)
            values["lines"] = [self._values(line) for line in booking.line_ids]
            bookings.append(values)
        return {
            "bookings": bookings,
            "messages": [
                {"date": str(message.date), "text": str(message.body or "")}
                for message in order.message_ids
            ],
            "files": [file.name for file in self._files(order)],
        }

    def _files(self, order):
        return (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", order._name), ("res_id", "=", order.id)])
        )

    def _add_files(self, archive, order):
        for file in self._files(order):
            name = re.sub(r"[^\w.-]", "_", file.name or "file")
            archive.writestr(f"files/{file.id}-{name}", file.raw or b"")

    def _read_me(self):
        """Return what the file is, and what lies outside."""
        return self.env._(
            "This is what the connector between the webshop (Lightspeed eCom) and the "
            "books (Exact Online) holds about you: orders, bookings, what was sent to "
            "the books, and checks of a VAT number.\n\n"
            "Why: to book what you bought (art. 6(1)(b) and (c) GDPR). How long: under "
            "“stays” with each record. What the law wants kept is kept for seven years "
            "(art. 52 AWR), distance sales for ten (art. 63c Implementing Regulation "
            "(EU) 282/2011).\n\n"
            "The webshop itself and Exact Online hold data of their own, which is not "
            "in this file.\n"
        )


def _parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return text
