from odoo import api, fields, models

from .groups import MANAGER, has_group


class LightspeedExactLink(models.Model):
    """Which choices of a link are a bookkeeper's, and which a manager's."""

    # A room of its own, beside what is chosen.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    may_set_up = fields.Boolean(compute="_compute_may_set_up")

    @api.depends_context("uid")
    def _compute_may_set_up(self):
        self.may_set_up = has_group(self.env, MANAGER)

    @api.model
    def _bookkeeper_fields(self):
        """Return what a bookkeeper may write: how it is booked.

        What is connected to what, whether it runs, since when and whom it tells is for
        managers, as is whatever is added without being named here.

        :rtype: set(str)
        """
        return {
            # When an order is booked, and what of it
            "source",
            "invoice_trigger",
            "order_status_ids",
            "payment_status_ids",
            # How
            "document_kind",
            "invoice_profile_id",
            "journal_id",
            "payment_condition_id",
            "date_source",
            "grouping",
            "zero_lines",
            "zero_total",
            "rounding_limit",
            "reference_prefix",
            "description_template",
            "foreign_currency",
            "fixed_rate",
            "rule_ids",
            "product_rule_ids",
            # Customers
            "customer_policy",
            "guest_policy",
            "empty_email",
            "match_vat_number",
            "check_vies",
            "default_language",
            "default_payment_condition_id",
            "default_vat_code_id",
            "collective_ids",
            # Payments
            "clearing",
            "clearing_journal_id",
            "debtor_account_id",
            "gift_card_account_id",
            "gift_card_amount_field",
            "gift_card_payment",
            "payment_rule_ids",
            # After the order
            "cancelled_after",
            "credits",
            "unbooked_credits",
            "attachment",
            "attachment_failure",
        }

    @api.model
    def _has_field_access(self, field, operation):
        """Let bookkeepers write what is theirs to choose; forms show the rest."""
        if not super()._has_field_access(field, operation):
            return False
        if operation == "read" or has_group(self.env, MANAGER):
            return True
        mail_fields = self.env["mail.thread"]._fields
        return field.name in self._bookkeeper_fields() or field.name in mail_fields
