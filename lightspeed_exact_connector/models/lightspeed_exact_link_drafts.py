from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .groups import check_bookkeeper
from .lightspeed_exact_operation import DOCUMENTS


class LightspeedExactLink(models.Model):
    """Invoices that are left open in Exact; what does not go with invoices."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    draft_count = fields.Integer(string="Open invoices", compute="_compute_draft_count")
    draft_text = fields.Char(compute="_compute_draft_count")
    unsent_count = fields.Integer(
        string="Invoices not sent", compute="_compute_unsent_count"
    )

    # === COMPUTE === #
    @api.depends_context("lang")
    def _compute_draft_count(self):
        drafts = self.env["lightspeed.exact.booking"]._draft_sums("link_id", self)
        for link in self:
            link.draft_count, link.draft_text = drafts.get(link._origin.id, (0, False))

    def _compute_unsent_count(self):
        groups = self.env["lightspeed.exact.booking"]._read_group(
            [
                ("link_id", "in", self.ids),
                "|",
                ("output_failed", "=", True),
                ("output_unknown", "=", True),
            ],
            ["link_id"],
            ["__count"],
        )
        counts = {link.id: count for link, count in groups}
        for link in self:
            link.unsent_count = counts.get(link._origin.id, 0)

    # === CONSTRAINTS === #
    @api.constrains("document_kind", "grouping", "foreign_currency")
    def _check_invoice_choices(self):
        """An invoice is for one customer, line by line, at the rate of Exact."""
        for link in self.filtered(lambda link: link.document_kind == DOCUMENTS[1]):
            if link.grouping != "product":
                raise ValidationError(
                    self.env._(
                        "A sales invoice has a line for each product: lines cannot be "
                        "taken together, and orders cannot share an invoice."
                    )
                )
            if link.foreign_currency == "fixed_rate":
                raise ValidationError(
                    self.env._(
                        "Exact Online applies its own exchange rate to a sales "
                        "invoice: a fixed rate goes with sales entries only."
                    )
                )

    @api.onchange("document_kind")
    def _onchange_invoice_choices(self):
        """Let go what does not go with invoices."""
        if self.document_kind == DOCUMENTS[1]:
            self.grouping = "product"
            if self.foreign_currency == "fixed_rate":
                self.foreign_currency = "hold"

    # === BUSINESS === #
    def _journal_of(self, kind):
        """Return the code of the journal that a kind of document goes to.

        :param str kind: ``sales_entry`` or ``sales_invoice``
        :return: ``""`` when none is chosen
        :rtype: str
        """
        self.ensure_one()
        journal = self.journal_id
        if kind == DOCUMENTS[1]:
            journal = self.invoice_profile_id.journal_id
        return journal.code or ""

    # === ACTIONS === #
    def action_read_drafts(self):
        """Ask Exact at once what became of the open invoices.

        :return: a notification that says what happened
        """
        self.ensure_one()
        check_bookkeeper(self)
        if self.state != "running":
            raise UserError(self.env._("Start the link first."))
        # On a cursor of its own, like the work itself.
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr, su=True)).administration_id._ask_drafts()
        done = self.env["lightspeed.exact.lane"]._run_now(self.administration_id, self)
        if not done:
            message = self.env._("This administration is being synchronised right now.")
            return self._notify(message, "info")
        message = self.env._("The open invoices were looked up in Exact Online.")
        return self._notify(message, "success")

    def action_view_drafts(self):
        """Open the invoices of this link that are open in Exact."""
        self.ensure_one()
        self.check_access("read")
        return self.env["lightspeed.exact.booking"]._drafts_action(
            [("link_id", "=", self.id)]
        )

    def action_view_unsent(self):
        """Open the invoices whose sending went wrong, or is not known."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_booking_action"
        )
        context = {
            "search_default_sending_failed": 1,
            "search_default_sending_unknown": 1,
        }
        return {**action, "domain": [("link_id", "=", self.id)], "context": context}
