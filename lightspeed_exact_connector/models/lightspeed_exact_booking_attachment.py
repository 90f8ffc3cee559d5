from odoo import api, fields, models

from .reasons import describe


class LightspeedExactBooking(models.Model):
    """The document that hangs on a booking, or why there is none."""

    # A room of its own, beside what was booked.
    _inherit = "lightspeed.exact.booking"  # pylint: disable=consider-merging-classes-inherited

    document_id = fields.Char(
        string="Exact ID of the document",
        help="The document in Exact Online that is attached to the booking.",
    )
    document_number = fields.Char(string="Document in Exact")
    document_reason_code = fields.Char(index="btree_not_null")
    document_reason_params = fields.Json()
    document_text = fields.Char(
        string="No attachment because",
        compute="_compute_document_text",
    )

    @api.depends("document_reason_code", "document_reason_params")
    @api.depends_context("lang")
    def _compute_document_text(self):
        for booking in self:
            booking.document_text = describe(
                booking.env,
                booking.document_reason_code,
                booking.document_reason_params,
            )[0]

    def _without_document(self):
        """Return the field values of a booking that has no document yet."""
        return {
            "document_id": False,
            "document_number": False,
            "document_reason_code": False,
            "document_reason_params": False,
        }

    def _keep_document(self):
        """Remember the document that was posted with the booking: it is used now."""
        self.ensure_one()
        operation = self.operation_id
        if not operation.payload or self.day_entry_id:
            return
        key = operation._intended().get("Document")
        if not key:
            return
        document = operation.search(
            [
                ("administration_id", "=", operation.administration_id.id),
                ("kind", "=", "document"),
                ("remote_id", "=", key),
            ],
            limit=1,
        )
        document.tidy_at = False
        self.write({"document_id": key, "document_number": document.remote_number})
