from datetime import timedelta
from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ..accounting import render
from ..accounting.exact_values import date_or_none, guid_or_empty, trim
from ..clients.exact_webhooks import Notice

# Topic of a webhook -> whether it is about sales invoices.
TOPICS = {"SalesEntries": False, "SalesInvoices": True}

# For so long after the connector finalised an invoice a change of it is its own.
ECHO = timedelta(minutes=2)


class LightspeedExactBooking(models.Model):
    """What people did in Exact to a document after it was booked."""

    # A room of its own, beside what was booked.
    _inherit = "lightspeed.exact.booking"  # pylint: disable=consider-merging-classes-inherited

    changed_in_exact = fields.Boolean(
        string="Changed in Exact",
        index="btree_not_null",
        help="Somebody changed the document in Exact Online after it was booked.",
    )
    exact_change = fields.Json(
        help="What differs: name, as it was booked, as Exact Online has it."
    )
    exact_accepted = fields.Json(help="What a person has accepted of it.")
    exact_checked_at = fields.Datetime(string="Compared with Exact at")
    exact_change_text = fields.Html(
        string="Change in Exact", compute="_compute_exact_change_text"
    )

    # === COMPUTE === #
    @api.depends("exact_change")
    @api.depends_context("lang")
    def _compute_exact_change_text(self):
        for booking in self:
            booking.exact_change_text = booking._exact_change_table()

    def _exact_change_table(self):
        """Return old and new side by side.

        :rtype: Markup
        """
        if not self.exact_change:
            return False
        heads = ("", self.env._("As booked"), self.env._("In Exact Online"))
        head = Markup("").join(Markup("<th>%s</th>") % text for text in heads)
        body = Markup("").join(
            Markup("<tr><td>%s</td><td>%s</td><td>%s</td></tr>")
            % (
                self._exact_label(name),
                self._exact_value(name, booked),
                self._exact_value(name, found),
            )
            for name, booked, found in self.exact_change
        )
        return Markup(
            '<table class="table table-sm"><thead><tr>%s</tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (head, body)

    def _exact_label(self, name):
        return {
            "total": self.env._("Total"),
            "date": self.env._("Entry date"),
            "journal": self.env._("Journal"),
            "customer": self.env._("Relation"),
            "currency": self.env._("Currency"),
            "reference": self.env._("Your reference"),
            "lines": self.env._("Accounts and VAT codes"),
        }[name]

    def _exact_value(self, name, text):
        """Return what a person recognises, instead of Exact's own numbers.

        :param str name: what differs
        :param str text: as it is compared
        :rtype: str
        """
        if not text:
            return "-"
        if name == "date":
            return format_date(self.env, text)
        if name == "customer":
            return self._of_exact_id("exact.customer", text)
        if name == "lines":
            parts = [part.partition(" / ") for part in text.split(", ")]
            return "; ".join(
                self._of_exact_id("exact.gl.account", account)
                + (f" / {code}" if code else "")
                for account, _separator, code in parts
            )
        return text

    def _of_exact_id(self, model, remote_id):
        """Return the name of a row of this administration, the ID when it is new.

        :rtype: str
        """
        row = self.env[model].search(
            [
                ("administration_id", "=", self.administration_id.id),
                ("remote_id", "=ilike", remote_id),
            ],
            limit=1,
        )
        return row.display_name or remote_id

    # === WEBHOOKS === #
    @api.model
    def _tells_something(self, administration, notice: Notice):
        """Return whether a webhook may tell something that is not known here.

        What was made is not news: it was the connector, or it is nobody's business
        here.  Neither is that an invoice changed which the connector finalised just
        now; were it changed by others at that very moment, the daily look finds it.

        :param administration: which one is told about
        :rtype: bool
        """
        if notice.topic not in TOPICS or not notice.key or notice.action == "Create":
            return False
        # In sudo mode: nobody is logged in.
        found = self.sudo().search(
            [
                ("administration_id", "=", administration.id),
                ("entry_id", "in", (notice.key, notice.key.upper())),
                *self._in_exact_domain(),
            ],
            limit=1,
        )
        if not found or found._is_invoice() != TOPICS[notice.topic]:
            return False
        return not (notice.action == "Update" and found._is_own_echo())

    def _is_own_echo(self):
        """Return whether the connector itself changes the document just now."""
        printing = self.print_operation_id
        if printing.state == "sending":
            return True
        since = fields.Datetime.now() - ECHO
        return bool(printing.finished_at and printing.finished_at >= since)

    @api.model
    def _in_exact_domain(self):
        """Return of which bookings Exact has a document, as far as it is known."""
        return ["|", ("state", "=", "posted"), ("invoice_state", "=", "draft")]

    # === COMPARING === #
    def _changes_in(self, row):
        """Return in what a document of Exact differs from what was booked.

        :param dict row: of ``SalesEntries`` or ``SalesInvoices``
        :return: name, as booked, as found
        :rtype: list(list(str))
        """
        self.ensure_one()
        pairs = self._booked_and_found(row)
        # What a row does not say, or nobody remembers, has not changed.
        return [
            [name, booked, found]
            for name, (booked, found) in pairs.items()
            if booked and found and self._is_changed(name, booked, found)
        ]

    @api.model
    def _is_changed(self, name, booked, found):
        if name == "reference":
            return render.reference_key(booked) != render.reference_key(found)
        return booked != found

    def _booked_and_found(self, row):
        """Return what can be compared: as booked and as found, by name."""
        booked = self._booked_values()
        day = date_or_none(row.get("InvoiceDate") or row.get("EntryDate"))
        return {
            "total": (booked["total"], render.amount_text(row.get("AmountFC"))),
            "date": (str(self.entry_date), str(day or "")),
            "journal": (trim(self.journal_code), trim(row.get("Journal"))),
            "customer": (
                booked["customer"],
                guid_or_empty(row.get("Customer") or row.get("OrderedBy")),
            ),
            "currency": (self.currency_id.name, trim(row.get("Currency"))),
            "reference": (
                trim(booked["reference"]),
                trim(row.get("YourRef")),
            ),
            "lines": (
                _line_text(booked["lines"]),
                _line_text(_rows_of(row.get("SalesEntryLines"))),
            ),
        }

    def _booked_values(self):
        """Return what Exact was given, and the total that it answered."""
        document = self.day_entry_id or self
        operation = document.operation_id
        # In sudo mode: what was sent is for managers only.
        sent = operation.sudo()._intended() if operation.sudo().payload else {}
        lines = sent.get("SalesEntryLines") or []
        # A line without a VAT code may have got the one of its account.
        complete = lines and all(line.get("VATCode") for line in lines)
        return {
            "total": render.amount_text(
                Decimal(document.remote_total or document.gross or self.gross)
            ),
            "customer": guid_or_empty(sent.get("Customer") or sent.get("OrderedBy")),
            "reference": document.reference,
            "lines": lines if complete else [],
        }


def _rows_of(value):
    """Return the rows of a nested collection, none where it is not nested."""
    rows = value.get("results") if isinstance(value, dict) else value
    return [row for row in rows or [] if isinstance(row, dict)]


def _line_text(lines):
    """Return which accounts and VAT codes lines have, in words that compare."""
    found = set()
    for line in lines:
        account = guid_or_empty(line.get("GLAccount"))
        if not account:
            return ""
        found.add((account, trim(line.get("VATCode"))))
    return ", ".join(f"{account} / {code or '-'}" for account, code in sorted(found))
