from decimal import Decimal

from odoo import api, fields, models

from ..accounting.exact_values import date_or_none
from .groups import check_bookkeeper
from .lightspeed_exact_operation_invoice import OUTPUTS, is_processed

# What a vendor may write for yes and no where a text is documented.
YES = ("true", "1", "yes", "ja")
NO = ("false", "0", "no", "nee")


class LightspeedExactBooking(models.Model):
    """A booking that is a sales invoice: made as a draft, final once it is printed."""

    # A room of its own, beside what every booking is.
    _inherit = "lightspeed.exact.booking"  # pylint: disable=consider-merging-classes-inherited

    document_kind = fields.Selection(
        [("sales_entry", "Sales entry"), ("sales_invoice", "Sales invoice")],
        string="Document kind",
        required=True,
        default="sales_entry",
        index=True,
    )
    invoice_state = fields.Selection(
        [
            ("draft", "Open in Exact Online"),
            ("processed", "Processed"),
            ("gone", "Deleted in Exact Online"),
        ],
        string="Invoice",
        index="btree_not_null",
        help="An invoice that is open is not turnover yet.",
    )
    print_operation_id = fields.Many2one(
        "lightspeed.exact.operation", index="btree_not_null", ondelete="restrict"
    )
    output = fields.Json(
        exportable=False,
        help="What Exact Online said of the document and of sending.",
    )
    output_text = fields.Char(
        string="Sending",
        compute="_compute_output_text",
        help="What Exact Online said of the document and of sending it.",
    )
    output_failed = fields.Boolean(
        string="Sending failed",
        index="btree_not_null",
        help="The invoice is final, but its document or e-mail went wrong.",
    )
    output_unknown = fields.Boolean(
        string="Sending not known",
        index="btree_not_null",
        help="The answer to the finalising of this invoice was lost, or somebody else "
        "finalised it: Exact Online does not tell afterwards whether it was sent.",
    )
    total_changed = fields.Boolean(
        string="Total changed in Exact",
        index="btree_not_null",
        help="Somebody changed the invoice in Exact Online: its total is not that of "
        "the order any more.",
    )
    transaction_entry_id = fields.Char(
        string="Exact ID of the entry",
        help="Of the sales entry that finalising made, with the number of the invoice.",
    )
    invoice_checked_at = fields.Datetime(string="Looked up at")

    # === COMPUTE === #
    @api.depends("output", "output_unknown")
    @api.depends_context("lang")
    def _compute_output_text(self):
        for booking in self:
            booking.output_text = " · ".join(booking._output_sentences())

    def _output_sentences(self):
        """Return what became of the document and of each way of sending, in words."""
        if self.output_unknown:
            return [
                self.env._(
                    "Not known whether the invoice was sent: look in Exact Online."
                )
            ]
        sentences = []
        for name in OUTPUTS:
            good, detail = _outcome(self.output or {}, name)
            if good is not None:
                sentences.append(self._output_sentence(name, good, detail))
        return sentences

    def _output_sentence(self, name, good, detail):
        label = {
            "Document": self.env._("Invoice document"),
            "Email": self.env._("E-mail"),
            "PostboxMessage": self.env._("Postbox"),
            "Peppol": self.env._("Peppol"),
        }[name]
        if good:
            done = self.env._("done")
            return self.env._("%(what)s: %(detail)s", what=label, detail=detail or done)
        unsaid = self.env._("Exact Online gave no reason")
        return self.env._(
            "%(what)s failed: %(detail)s", what=label, detail=detail or unsaid
        )

    # === ACTIONS === #
    def action_settle_sending(self):
        """Take invoices for sent: a person saw to it in Exact Online.

        :raise AccessError: these orders are not for this person to change
        """
        check_bookkeeper(self)
        self.order_id._check_operable()
        # In sudo mode: people do not write bookings.
        for booking in self.sudo():
            booking.write({"output_failed": False, "output_unknown": False})
            booking.order_id.message_post(
                body=self.env._(
                    "Sending of %(reference)s was seen to in Exact Online.",
                    reference=booking.reference,
                )
            )

    # === BUSINESS === #
    @api.model
    def _values_of(self, order, booking):
        values = {
            **super()._values_of(order, booking),
            "document_kind": booking.document_kind,
        }
        # What is planned anew is no document of Exact yet, whatever it was before.
        for name in ("invoice_state", "print_operation_id", "entry_id", "remote_total"):
            values[name] = False
        return {**values, "total_changed": False}

    def _is_invoice(self):
        """Return whether it was, or is being, made as a sales invoice."""
        return self.operation_id.kind == "sales_invoice"

    def _has_draft(self):
        """Return whether Exact has it as an invoice that is not in the books yet."""
        self.ensure_one()
        return self.invoice_state == "draft"

    @api.model
    def _output_values(self, operation):
        """Return what finalising an invoice tells of its document and its sending.

        :param operation: of kind ``print``, done
        :rtype: dict
        """
        output = operation.output or {}
        return {
            "output": output or False,
            "output_unknown": operation.adopted,
            "output_failed": any(
                _outcome(output, name)[0] is False for name in OUTPUTS
            ),
        }

    def _take_row(self, row):
        """Remember how an invoice stands in Exact.

        :param dict row: of ``salesinvoice/SalesInvoices``
        """
        self.ensure_one()
        self.operation_id.write(self.operation_id._remote_values(row))
        self.write(self._seen_values(row))

    def _seen_values(self, row):
        """Return the field values that a look at an invoice in Exact gives.

        :param dict row: of ``salesinvoice/SalesInvoices``
        :rtype: dict
        :raise ValueError: its total is no number
        """
        self.ensure_one()
        total = self.operation_id._remote_values(row)["remote_total"]
        if row.get("AmountFC") is not None and not total:
            raise ValueError("AmountFC")
        # What a draft shows as date of the invoice is none before it is finalised.
        names = ("InvoiceDate", "OrderDate") if is_processed(row) else ("OrderDate",)
        day = next(filter(None, (date_or_none(row.get(name)) for name in names)), None)
        return {
            "remote_total": total,
            "total_changed": bool(total) and Decimal(total) != Decimal(self.gross),
            # A bookkeeper may have moved it to another day.
            "entry_date": day or self.entry_date,
            "invoice_checked_at": fields.Datetime.now(),
        }


def _outcome(output, name):
    """Return how one way of sending ended, by what finalising answered.

    :param dict output: see ``lightspeed.exact.operation.output``
    :param str name: one of ``OUTPUTS``
    :return: whether it went well, ``None`` when nothing is said; and what Exact said
    :rtype: tuple(bool | None, str)
    """
    error = (output.get(f"{name}CreationError") or "").strip()
    good = (output.get(f"{name}CreationSuccess") or "").strip()
    if error and error.lower() not in NO:
        return False, error
    if not good:
        return None, ""
    if good.lower() in NO:
        return False, ""
    return True, "" if good.lower() in YES else good
