from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from odoo import fields, models

from ..accounting import invoice
from ..accounting.booking import Hold
from ..accounting.exact_values import integer, trim
from ..accounting.money import loads
from ..clients.errors import BadAnswer
from ..const import LOOKUP_SPACING_SECONDS
from .lightspeed_exact_operation import LOOKUPS, Pending

INVOICES = "salesinvoice/SalesInvoices"
INVOICE_FIELDS = [
    "InvoiceID",
    "InvoiceNumber",
    "Status",
    "AmountFC",
    "OrderedBy",
    "Journal",
    "OrderDate",
    "InvoiceDate",
    "YourRef",
    "Currency",
]
# Status of an invoice that is in the books (Exact reference, 6.1).
PROCESSED = 50

# What the answer of finalising says of each way of sending (Exact reference, 6.3).
OUTPUTS = ("Document", "Email", "PostboxMessage", "Peppol")
OUTPUT_FIELDS = [
    f"{name}Creation{outcome}" for name in OUTPUTS for outcome in ("Success", "Error")
]


class NumberLater(Exception):
    """An invoice is finalised, and its number is asked for with that of others."""


class LightspeedExactOperation(models.Model):
    """Sales invoices and their finalising: two writes, each with its own memory.

    The number of an invoice comes with finalising only.
    """

    # A room of its own, beside what every operation is.
    _inherit = "lightspeed.exact.operation"  # pylint: disable=consider-merging-classes-inherited

    output = fields.Json(
        exportable=False,
        help="What Exact Online said of the document of an invoice and of sending it.",
    )

    # === CALL === #
    def _is_answer(self, answer, sent):
        if sent.kind == "print":
            # That the answer repeats which invoice it was is not documented.
            return any(
                answer.get(name) for name in ("InvoiceID", "Document", *OUTPUT_FIELDS)
            )
        return super()._is_answer(answer, sent)

    def _remote_values(self, row, sent=None):
        sent = sent or self._sent()
        if sent.kind != "print":
            return super()._remote_values(row, sent)
        return {
            "remote_id": row.get("InvoiceID") or loads(sent.payload)["InvoiceID"],
            "remote_number": str(row.get("InvoiceNumber") or "").strip() or False,
            "output": {name: str(row[name]) for name in OUTPUT_FIELDS if row.get(name)},
        }

    def _is_sparse(self):
        if self.kind == "sales_invoice":
            # It has no number before it is printed.
            return not Decimal(self.remote_total or 0)
        return super()._is_sparse()

    def _read_fields(self):
        if self.kind == "sales_invoice":
            return INVOICE_FIELDS
        return super()._read_fields()

    def _invoice_in_exact(self, work):
        """Return the invoice of this operation as Exact has it now.

        Asked for as a list: what is not in it was deleted, and nothing else it can be.
        One that was read just now, together with others, costs no call.

        :return: a row of ``salesinvoice/SalesInvoices``; ``None`` when it is gone
        :rtype: dict | None
        :raise ConnectorError: Exact could not be asked
        """
        remote_id = self.remote_id or self._intended()["InvoiceID"]
        if remote_id.lower() in work.invoices:
            return work.invoices.pop(remote_id.lower())
        rows = work.find(INVOICES, INVOICE_FIELDS, "InvoiceID", UUID(remote_id))
        return rows[0] if rows else None

    # === RECOVERY === #
    def _questions(self, work):
        if self.kind != "sales_invoice":
            return super()._questions(work)
        intended, total = self._intended(), self._intended_total()
        return (
            lambda: self._invoices_in_exact(work, intended["YourRef"]),
            lambda row: invoice.same_invoice(row, intended, total=total),
        )

    def _invoices_in_exact(self, work, your_ref):
        """Return the sales invoices of Exact that carry a reference.

        :rtype: list(dict)
        """
        rows = work.find(INVOICES, INVOICE_FIELDS, "YourRef", your_ref)
        return [row for row in rows if row.get("YourRef")]

    def _recover_print(self, work):
        """Settle a finalising whose answer was lost; raises as ``_recover`` does.

        What became of the e-mail cannot be asked: nothing is said of it.

        :return: the row of the invoice, as Exact has it now; ``None`` when it is gone
        :rtype: dict | None
        """
        row = self._invoice_in_exact(work)
        rows = [row] if row and is_processed(row) else []
        self._recover(work.client, lambda: rows, lambda _row: [])
        return row

    def _complete_print(self, work):
        """Ask for the number of an invoice that is finalised, when it is not known.

        :return: the row of the invoice, ``None`` when nothing had to be asked
        :rtype: dict | None
        :raise Pending: Exact does not show it as processed yet
        :raise Hold: Exact does not show it as processed, asked again and again
        :raise ConnectorError: its number is not known yet
        """
        if self.remote_number:
            return None
        row = self._invoice_in_exact(work)
        if row is None:
            raise Hold("invoice_gone", reference=self.reference)
        if not is_processed(row):
            now = fields.Datetime.now()
            self.write({"lookups": self.lookups + 1, "looked_up_at": now})
            if self.lookups <= LOOKUPS:
                raise Pending(now + timedelta(seconds=LOOKUP_SPACING_SECONDS))
            raise Hold("invoice_not_processed", reference=self.reference)
        number = invoice_number(row)
        if not number:
            raise BadAnswer("The invoice has no number.")
        self.remote_number = number
        return row

    def _forget_gone(self):
        """Let a document be made again that was deleted in Exact: a person wants it.

        Durable before anything is sent, so that it is made again once.
        """
        self.write(
            {
                "state": "ready",
                "remote_id": False,
                "remote_number": False,
                "remote_total": False,
                "payload_digest": False,
                "output": False,
                "adopted": False,
                "finished_at": False,
            }
        )


def is_processed(row):
    """Return whether an invoice is in the books: printed, so with a number.

    :param dict row: of ``salesinvoice/SalesInvoices``
    """
    return integer(row.get("Status")) >= PROCESSED or bool(invoice_number(row))


def invoice_number(row):
    """Return the number of an invoice as text, ``""`` before it is printed."""
    return trim(str(row.get("InvoiceNumber") or ""))
