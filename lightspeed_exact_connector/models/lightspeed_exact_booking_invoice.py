from odoo import api, fields, models


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
        help="An invoice that is open is no turnover yet.",
    )
    print_operation_id = fields.Many2one(
        "lightspeed.exact.operation", index="btree_not_null", ondelete="restrict"
    )
    output_text = fields.Char(
        string="Sending",
        help="What Exact Online said of the document and of sending it.",
    )
    output_failed = fields.Boolean(
        string="Sending failed",
        help="The invoice is final, but its document or e-mail went wrong.",
    )
    invoice_checked_at = fields.Datetime(string="Looked up at")

    @api.model
    def _values_of(self, order, booking):
        return {
            **super()._values_of(order, booking),
            "document_kind": booking.document_kind,
        }
