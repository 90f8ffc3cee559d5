from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting import payload as read
from ..accounting.money import loads
from .groups import check_bookkeeper, check_manager

# So many of the last orders tell whether the shop makes invoices.
LAST_ORDERS = 20


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
    invoicing_text = fields.Text(
        string="In the way of sales invoices", compute="_compute_invoicing_text"
    )
    second_invoice_text = fields.Text(
        string="Second invoice", compute="_compute_second_invoice_text"
    )

    # === COMPUTE === #
    @api.depends("document_kind", "administration_id.invoicing_text")
    @api.depends_context("lang")
    def _compute_invoicing_text(self):
        for link in self:
            wanted = link.document_kind == "sales_invoice" and link.administration_id
            problems = link.administration_id._invoicing_problems() if wanted else []
            link.invoicing_text = "\n".join(problems)

    @api.depends(
        "document_kind",
        "source",
        "invoice_profile_id.finalise",
        "invoice_profile_id.send_by",
    )
    @api.depends_context("lang")
    def _compute_second_invoice_text(self):
        for link in self:
            link.second_invoice_text = link._second_invoice_text()

    @api.depends(
        "document_kind",
        "invoice_profile_id.active",
        "invoice_profile_id.finalise",
        "invoice_profile_id.journal_id.is_blocked",
        "invoice_profile_id.journal_id.active",
        "invoice_profile_id.layout_id.active",
        "invoice_profile_id.email_layout_id.active",
        "administration_id.invoicing_asked_at",
        "administration_id.has_invoicing",
        "administration_id.may_invoice",
        "administration_id.may_print",
        "administration_id.may_make_items",
        "rule_ids.vat_code_id",
        "rule_ids.vat_code_source",
    )
    def _compute_missing_text(self):
        return super()._compute_missing_text()

    def _second_invoice_text(self):
        """Return a warning when the customer may get two invoices for one sale.

        :rtype: str
        """
        self.ensure_one()
        if self.document_kind != "sales_invoice":
            return ""
        looked, invoiced = self._shop_invoices()
        if self.source == "invoice":
            found = self.env._(
                "The link books the invoices of the shop: the customer has one already."
            )
        elif invoiced:
            found = self.env._(
                "%(invoiced)s of the last %(looked)s orders came with an invoice of "
                "the shop.",
                looked=looked,
                invoiced=invoiced,
            )
        else:
            return ""
        if self.invoice_profile_id._issues():
            advice = self.env._(
                "The invoice profile makes final invoices: two invoices for one sale "
                "make the VAT due twice (art. 37 Wet OB). Switch the shop's invoices "
                "off, or book sales entries."
            )
        else:
            advice = self.env._(
                "When the bookkeeper sends the invoice of Exact Online to the customer "
                "as well, the VAT is due twice (art. 37 Wet OB)."
            )
        return f"{found}\n{advice}"

    def _shop_invoices(self):
        """Return how many of the last orders were looked at, and have a shop's invoice.

        :rtype: tuple(int, int)
        """
        # In sudo mode: users may not read the payload; only a count leaves here.
        orders = (
            self.env["lightspeed.exact.order"]
            .sudo()
            .search(
                [
                    ("link_id", "in", self.ids),
                    ("source_kind", "=", "order"),
                    ("payload", "!=", False),
                ],
                order="id desc",
                limit=LAST_ORDERS,
            )
        )
        return len(orders), sum(_has_invoice(order.payload) for order in orders)

    # === CONSTRAINTS === #
    @api.constrains("administration_id", "invoice_profile_id")
    def _check_invoice_profile(self):
        for link in self.filtered("invoice_profile_id"):
            if link.invoice_profile_id.administration_id != link.administration_id:
                raise ValidationError(
                    self.env._("The invoice profile is of another administration.")
                )

    @api.constrains("state", "document_kind", "invoice_profile_id", "source")
    def _check_running_invoices(self):
        """A running link is not switched to what it could not be started with."""
        for link in self.filtered(lambda link: link.state == "running"):
            missing = link._missing_invoices()
            if missing:
                raise ValidationError(
                    self.env._("The link cannot make sales invoices yet:")
                    + "\n"
                    + "\n".join(f"• {line}" for line in missing)
                )

    # === CRUD AND HOOKS === #
    def write(self, vals):
        if vals.get("administration_id") and "invoice_profile_id" not in vals:
            moved = self.filtered(
                lambda link: link.administration_id.id != vals["administration_id"]
            )
            if moved:
                administration = self.env["exact.administration"].browse(
                    vals["administration_id"]
                )
                profile = administration._proposed_invoice_profile()
                vals = {**vals, "invoice_profile_id": profile.id}
        if vals.get("document_kind") == "sales_invoice":
            for administration in self.administration_id:
                administration._ask_invoicing_once()
        return super().write(vals)

    @api.model
    def _deciding_fields(self):
        return super()._deciding_fields() | {"document_kind", "invoice_profile_id"}

    def _fill_in_proposals(self):
        """Propose the only invoice profile of the administration."""
        result = super()._fill_in_proposals()
        wanted = self.document_kind == "sales_invoice"
        if wanted and not self.invoice_profile_id and self.administration_id:
            self.invoice_profile_id = self.administration_id._proposed_invoice_profile()
        return result

    def _missing(self):
        return super()._missing() + self._missing_invoices()

    def _missing_invoices(self):
        """Return what sales invoices still need, nothing for sales entries.

        :rtype: list(str)
        """
        self.ensure_one()
        if self.document_kind != "sales_invoice":
            return []
        profile = self.invoice_profile_id
        missing = []
        if profile:
            missing += profile._missing()
        else:
            missing.append(self.env._("Choose an invoice profile."))
            if self.administration_id:
                missing += self.administration_id._invoicing_problems()
        if self.source == "invoice" and profile._issues():
            missing.append(
                self.env._(
                    "The link books invoices that the shop made: Exact Online "
                    "cannot make final ones as well. Book orders, or leave the "
                    "invoices open."
                )
            )
        return missing + self._rules_without_code()

    def _rules_without_code(self):
        """Return a sentence for each rule that leaves an invoice line without VAT code.

        Exact would take the customer's or the item's (Exact reference, 6.2).
        """
        rules = self.rule_ids.filtered(
            lambda rule: rule.vat_code_source == "chosen" and not rule.vat_code_id
        )
        return [
            self.env._(
                "On a sales invoice every line has a VAT code: choose one for ledger "
                "rule “%(rule)s”.",
                rule=rule.display_name,
            )
            for rule in rules
        ]

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

    # === ACTIONS === #
    @api.onchange("administration_id")
    def _onchange_administration_id(self):
        result = super()._onchange_administration_id()
        administration = self.administration_id
        if self.invoice_profile_id.administration_id != administration:
            self.invoice_profile_id = administration._proposed_invoice_profile()
        return result

    @api.onchange("document_kind", "invoice_profile_id")
    def _onchange_document_kind(self):
        """Say at once when the administration cannot make invoices."""
        if self.document_kind != "sales_invoice" or not self.administration_id:
            return None
        administration = self.administration_id._origin
        if not self.invoice_profile_id:
            self.invoice_profile_id = administration._proposed_invoice_profile()
        problem = administration._ask_invoicing_once()
        problems = [problem] if problem else administration._invoicing_problems()
        if not problems:
            return None
        return {
            "warning": {
                "title": self.env._("Sales invoices cannot be made"),
                "message": "\n".join(problems),
            }
        }

    def action_start(self):
        """Ask Exact first where it was never asked whether invoices can be made."""
        check_manager(self)
        for link in self:
            if link.document_kind == "sales_invoice":
                link.administration_id._ask_invoicing_once()
        return super().action_start()

    def action_check_invoicing(self):
        """Ask Exact again whether the administration can make sales invoices."""
        check_bookkeeper(self)
        return self.administration_id.action_check_invoicing()


def _has_invoice(payload):
    """Return whether an order came with an invoice of the shop.

    :param str payload: the order as the shop gave it
    :rtype: bool
    """
    try:
        answer = loads(payload)
    except ValueError:
        return False
    found = read.embedded(read.section(read.section(answer).get("order")), "invoices")
    rows = found if isinstance(found, list) else []
    return any(
        isinstance(row, dict) and row.get("isCreditNote") is not True for row in rows
    )
