from dataclasses import replace

from odoo import api, fields, models


class LightspeedExactLink(models.Model):
    """Sales invoices instead of sales entries, by an invoice profile."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    document_kind = fields.Selection(
        selection_add=[("sales_invoice", "Sales invoice")],
        ondelete={"sales_invoice": "set default"},
        tracking=True,
        help="Sales entry: the shop makes the invoices, Exact Online keeps the books. "
        "Sales invoice: Exact Online makes the invoice for the customer.",
    )
    invoice_profile_id = fields.Many2one(
        "exact.invoice.profile",
        string="Invoice profile",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
        tracking=True,
    )

    @api.model
    def _deciding_fields(self):
        return super()._deciding_fields() | {"document_kind", "invoice_profile_id"}

    def _policy_values(self):
        values = super()._policy_values()
        profile = self.invoice_profile_id
        if profile:
            # Also for what credits an invoice after a switch back to entries.
            values["invoice"] = replace(
                profile._to_policy(), labels=values.get("labels") or {}
            )
        if self.document_kind == "sales_invoice":
            values["document_kind"] = "sales_invoice"
            if profile:
                values["journal"] = profile.journal_id.code
            if profile.payment_condition_id:
                values["payment_condition"] = profile.payment_condition_id.code
        return values
