from odoo import api, fields, models

from ..accounting.booking import InvoicePolicy
from .groups import check_bookkeeper


class ExactInvoiceProfile(models.Model):
    """How sales invoices (verkoopfacturen) are made in an administration."""

    _name = "exact.invoice.profile"
    _description = "Invoice Profile"
    _inherit = ["mail.thread", "lightspeed.exact.company.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True)
    administration_id = fields.Many2one(
        "exact.administration",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self._default_administration_id(),
    )
    company_id = fields.Many2one(
        related="administration_id.company_id", store=True, index=True
    )
    link_ids = fields.One2many("lightspeed.exact.link", "invoice_profile_id")
    invoicing_text = fields.Text(related="administration_id.invoicing_text")
    missing_text = fields.Text(
        string="In the way of invoices", compute="_compute_missing_text"
    )
    # The invoice
    journal_id = fields.Many2one(
        "exact.journal",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('journal_type', '=', 20), ('is_blocked', '=', False)]",
        tracking=True,
    )
    payment_condition_id = fields.Many2one(
        "exact.payment.condition",
        string="Payment condition",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
        tracking=True,
    )
    invoice_type = fields.Selection(
        [
            ("invoice", "Sales invoice (8020, credit note 8021)"),
            ("direct", "Direct sales invoice (8023, credit note 8024)"),
        ],
        string="Type of invoice",
        required=True,
        default="invoice",
        tracking=True,
        help="A direct sales invoice takes the goods out of stock; only where the "
        "administration has stock and a warehouse.",
    )
    warehouse = fields.Char(
        help="Exact ID of the warehouse, for direct sales invoices only."
    )
    warehouse_name = fields.Char(compute="_compute_warehouse_name")
    own_number = fields.Boolean(
        string="Own order number",
        help="Send the digits of the order number as the order number of the invoice.",
    )
    # Finalising
    finalise = fields.Selection(
        [
            ("open", "Leave it open for the bookkeeper"),
            ("print", "Finalise at once"),
        ],
        string="After making it",
        required=True,
        default="open",
        tracking=True,
        help="An invoice that is left open is not turnover yet: somebody has to "
        "process it in Exact Online.",
    )
    shop_makes_no_invoices = fields.Boolean(
        string="The shop issues no invoices itself",
        tracking=True,
        help="Two invoices for one sale make the VAT due twice (art. 37 Wet OB).",
    )
    layout_id = fields.Many2one(
        "exact.layout",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('kind', '=', 'document')]",
    )
    send_by = fields.Selection(
        [
            ("none", "Do not send"),
            ("email", "E-mail to the customer"),
            ("account", "As the relation in Exact Online says"),
        ],
        string="Sending",
        required=True,
        default="none",
        tracking=True,
    )
    email_layout_id = fields.Many2one(
        "exact.layout",
        string="Text of the e-mail",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('kind', '=', 'email')]",
    )
    sender_email = fields.Char(string="Sender of the e-mail")
    send_peppol = fields.Boolean(string="Send by Peppol")
    send_postbox = fields.Boolean(string="Send to the customer's postbox")
    # Items
    item_strategy = fields.Selection(
        [
            ("article", "An item for each article code"),
            ("general", "One general item for each VAT rate"),
        ],
        string="Items",
        required=True,
        default="article",
        tracking=True,
    )
    item_code = fields.Selection(
        [("article", "Article code"), ("sku", "SKU")],
        string="Code of an item",
        required=True,
        default="article",
        help="Where it is empty, the other one is used.",
    )
    missing_code = fields.Selection(
        [("general", "Use the general item"), ("hold", "Hold for a person")],
        string="Products without a code",
        required=True,
        default="general",
    )
    general_code = fields.Char(
        string="General items",
        required=True,
        default="WEB-{rate}",
        help="Code of the general items; {rate} becomes the percentage.",
    )
    shipping_code = fields.Char(
        string="Item of shipping costs", required=True, default="WEB-SHIPPING"
    )
    payment_code = fields.Char(
        string="Item of payment costs", required=True, default="WEB-PAYMENT"
    )
    gift_card_code = fields.Char(
        string="Item of gift cards", required=True, default="WEB-GIFTCARD"
    )
    rounding_code = fields.Char(
        string="Item of rounding", required=True, default="WEB-ROUNDING"
    )
    unit_id = fields.Many2one(
        "exact.unit",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
    )
    item_group_id = fields.Many2one(
        "exact.item.group",
        string="Item group",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
    )
    # Amounts
    price_decimals = fields.Integer(
        string="Decimals of a price",
        required=True,
        default=4,
        help="Most decimals of a price that Exact Online keeps. A total that does not "
        "divide into such a price goes as one piece with the count in the text.",
    )
    vat_amounts = fields.Selection(
        [
            ("split", "Split the line"),
            ("send", "Send the VAT amount along"),
        ],
        string="VAT that rounds to another cent",
        required=True,
        default="split",
        help="Exact Online computes the VAT of an invoice line itself. Where the "
        "prices of the shop include VAT, ledger rules with VAT codes that include it "
        "hardly ever need this.",
    )

    # === DEFAULTS AND PROPOSALS === #
    def _default_administration_id(self):
        """Return the only administration whose reference data was read."""
        administrations = self.env["exact.administration"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("refreshed_at", "!=", False),
            ],
            limit=2,
        )
        return administrations if len(administrations) == 1 else False

    @api.model
    def _proposals(self, administration):
        """Return what is proposed for a new profile of an administration.

        :rtype: dict
        """
        documents = administration.layout_ids.filtered(
            lambda layout: layout.kind == "document"
        )
        emails = administration.layout_ids.filtered(
            lambda layout: layout.kind == "email"
        )
        return {
            "name": self.env._("Invoices of %(name)s", name=administration.name),
            "journal_id": administration._proposed_journal().id,
            "payment_condition_id": administration._proposed_payment_condition().id,
            "layout_id": documents.id if len(documents) == 1 else False,
            "email_layout_id": emails.id if len(emails) == 1 else False,
            "unit_id": administration.unit_ids.filtered("is_main")[:1].id,
            "item_group_id": administration.item_group_ids.filtered("is_default")[
                :1
            ].id,
        }

    # === COMPUTE === #
    @api.depends(
        "active",
        "finalise",
        "invoice_type",
        "administration_id.stock",
        "journal_id.is_blocked",
        "journal_id.active",
        "payment_condition_id.active",
        "layout_id.active",
        "email_layout_id.active",
        "unit_id.active",
        "item_group_id.active",
        "administration_id.invoicing_text",
    )
    @api.depends_context("lang")
    def _compute_missing_text(self):
        for profile in self:
            profile.missing_text = "\n".join(f"• {line}" for line in profile._missing())

    @api.depends("warehouse", "administration_id.warehouses")
    def _compute_warehouse_name(self):
        for profile in self:
            names = {
                row["id"].lower(): row["name"]
                for row in profile.administration_id.warehouses or []
            }
            profile.warehouse_name = names.get((profile.warehouse or "").lower())

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        """Ask Exact whether invoices can be made, and fill in what is not said."""
        values = []
        for vals in vals_list:
            administration = self.env["exact.administration"].browse(
                vals.get("administration_id")
                or self.default_get(["administration_id"]).get("administration_id")
            )
            if administration:
                # Where it cannot be asked now, the profile and the link say so.
                administration._ask_invoicing_once()
                vals = {**self._proposals(administration), **vals}
            values.append(vals)
        return super().create(values)

    def write(self, vals):
        """Let orders go again that another choice may have solved."""
        result = super().write(vals)
        # In sudo mode: also the links of people who may not see this profile.
        self.sudo().link_ids._release_held()
        return result

    # === ACTIONS === #
    @api.onchange("administration_id")
    def _onchange_administration_id(self):
        """Propose what the administration has, and say when it makes no invoices."""
        administration = self.administration_id._origin
        if not administration:
            return None
        problem = administration._ask_invoicing_once()
        for name, value in self._proposals(administration).items():
            foreign = name != "name" and (
                self[name].administration_id._origin != administration
            )
            if foreign or not self[name]:
                self[name] = value
        problems = [problem] if problem else administration._invoicing_problems()
        if not problems:
            return None
        return {
            "warning": {
                "title": self.env._("Sales invoices cannot be made"),
                "message": "\n".join(problems),
            }
        }

    @api.onchange("finalise")
    def _onchange_finalise(self):
        """What is left open is not sent."""
        if self.finalise == "open":
            self.send_by = "none"
            self.send_peppol = self.send_postbox = False

    @api.onchange("invoice_type")
    def _onchange_invoice_type(self):
        if self.invoice_type == "direct" and not self.warehouse:
            self.warehouse = self.administration_id._origin._proposed_warehouse()

    def action_check_invoicing(self):
        """Ask Exact again whether the administration can make sales invoices."""
        check_bookkeeper(self)
        return self.administration_id.action_check_invoicing()

    # === BUSINESS === #
    def _to_policy(self):
        """Return the profile as ``accounting`` needs it.

        :rtype: InvoicePolicy
        """
        self.ensure_one()
        return InvoicePolicy(
            item_strategy=self.item_strategy,
            item_code=self.item_code,
            missing_code=self.missing_code,
            general_code=self.general_code,
            shipping_code=self.shipping_code,
            payment_code=self.payment_code,
            gift_card_code=self.gift_card_code,
            rounding_code=self.rounding_code,
            price_decimals=self.price_decimals,
            vat_amounts=self.vat_amounts,
            own_number=self.own_number,
            direct=self.invoice_type == "direct",
            warehouse=self.warehouse or "",
            unit=self.unit_id.code or "",
        )

    def _print_values(self):
        """Return what finalising an invoice takes, beside which one.

        :return: properties of ``salesinvoice/PrintedSalesInvoices`` (Exact reference,
            6.3)
        :rtype: dict
        """
        self.ensure_one()
        values = {"SendEmailToCustomer": self.send_by == "email"}
        if self.layout_id:
            values["DocumentLayout"] = self.layout_id.remote_id
        if self.send_by == "account":
            values["SendOutputBasedOnAccount"] = True
        if self.send_by != "none" and self.email_layout_id:
            values["EmailLayout"] = self.email_layout_id.remote_id
        if self.send_by != "none" and self.sender_email:
            values["SenderEmailAddress"] = self.sender_email
        if self.send_peppol:
            values["SendInvoiceViaPeppol"] = True
        if self.send_postbox:
            values["SendInvoiceToCustomerPostbox"] = True
        return values
