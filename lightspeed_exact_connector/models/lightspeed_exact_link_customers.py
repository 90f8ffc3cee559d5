from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.customer import CustomerPolicy

# Choices that decide which relation a customer is.
CHOICES = {
    "customer_policy",
    "collective_ids",
    "match_vat_number",
    "empty_email",
    "guest_policy",
}

# Holds that another one of these choices may solve, and nothing else here: looking
# again costs a call for each order.
RELEASED_BY_CHOICE = (
    "customer_email_invalid",
    "relation_blocked",
    "relation_not_customer",
)


class LightspeedExactLink(models.Model):
    """Customers: which relation in Exact Online the customer of an order is."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    customer_policy = fields.Selection(
        [
            ("email", "One relation for each e-mail address"),
            ("collective", "Companies their own, consumers a collective debtor"),
        ],
        string="Relations",
        required=True,
        default="email",
        tracking=True,
    )
    collective_ids = fields.One2many(
        "exact.collective.customer", "link_id", string="Collective debtors"
    )
    match_vat_number = fields.Boolean(
        string="Know companies by VAT number",
        default=True,
        tracking=True,
        help="A company is looked for by its VAT number first, then by its e-mail "
        "address. A sale under reverse charge always goes by VAT number.",
    )
    empty_email = fields.Selection(
        [("hold", "Hold for a person"), ("collective", "Collective debtor")],
        string="Without e-mail address",
        required=True,
        default="hold",
        tracking=True,
    )
    guest_policy = fields.Selection(
        [("customer", "As any customer"), ("collective", "Collective debtor")],
        string="Guests",
        required=True,
        default="customer",
        tracking=True,
        help="Consumers who order without an account in the shop. A company has a "
        "relation of its own all the same.",
    )
    default_payment_condition_id = fields.Many2one(
        "exact.payment.condition",
        string="Payment condition of new relations",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
    )
    default_vat_code_id = fields.Many2one(
        "exact.vat.code",
        string="VAT code of new relations",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('is_blocked', '=', False), ('transaction_type', '!=', 'P')]",
        help="Exact Online proposes it when a sale is entered by hand. It is left out "
        "for companies with reverse charge.",
    )
    default_language = fields.Char(
        string="Language of new relations",
        size=2,
        help="Two letters, e.g. NL; used where the language of the order is unknown.",
    )

    # === COMPUTE === #
    @api.depends(
        "customer_policy",
        "empty_email",
        "guest_policy",
        "collective_ids.country_id",
        "default_vat_code_id.is_blocked",
        "default_vat_code_id.active",
        "default_payment_condition_id.active",
    )
    def _compute_missing_text(self):
        return super()._compute_missing_text()

    # === CONSTRAINTS === #
    @api.constrains(
        "administration_id", "default_payment_condition_id", "default_vat_code_id"
    )
    def _check_customer_defaults(self):
        """Refuse defaults with which Exact would refuse every new relation."""
        for link in self:
            administration = link.administration_id
            condition, code = (
                link.default_payment_condition_id,
                link.default_vat_code_id,
            )
            if condition and condition.administration_id != administration:
                raise ValidationError(
                    self.env._("The payment condition is of another administration.")
                )
            if code and code.administration_id != administration:
                raise ValidationError(
                    self.env._("The VAT code belongs to another administration.")
                )
            if code and (code.is_blocked or code.transaction_type == "P"):
                raise ValidationError(
                    self.env._(
                        "VAT code %(code)s is blocked or for purchases only.",
                        code=code.display_name,
                    )
                )

    @api.constrains("default_language")
    def _check_default_language(self):
        for link in self.filtered("default_language"):
            code = link.default_language
            if len(code) != 2 or not (code.isascii() and code.isalpha()):
                raise ValidationError(
                    self.env._(
                        "The language of new relations is a code of two letters."
                    )
                )

    # === HOOKS === #
    def write(self, vals):
        if "administration_id" in vals:
            moved = self.filtered(
                lambda link: link.administration_id.id != vals["administration_id"]
            )
            moved._forget_customer_choices(vals)
        result = super().write(vals)
        if set(vals) & CHOICES:
            self._release_held(RELEASED_BY_CHOICE)
        return result

    def _forget_customer_choices(self, vals):
        """Drop what belongs to the administration that a link leaves."""
        self.collective_ids.unlink()
        for name in ("default_payment_condition_id", "default_vat_code_id"):
            if name not in vals:
                self.write({name: False})

    def _missing(self):
        return super()._missing() + self._missing_customers()

    def _missing_customers(self):
        """Return what the choices about customers still need.

        :rtype: list(str)
        """
        self.ensure_one()
        collective = "collective" in (
            self.customer_policy,
            self.empty_email,
            self.guest_policy,
        )
        general = self.collective_ids.filtered(lambda row: not row.country_id)
        code, condition = self.default_vat_code_id, self.default_payment_condition_id
        checks = [
            (
                collective and not general,
                self.env._("Choose a collective debtor for all other countries."),
            ),
            (
                code and (code.is_blocked or not code.active),
                self.env._(
                    "VAT code %(code)s of new relations is blocked in Exact Online.",
                    code=code.display_name,
                ),
            ),
            (
                condition and not condition.active,
                self.env._(
                    "Exact Online has no payment condition %(condition)s any more.",
                    condition=condition.display_name,
                ),
            ),
        ]
        return [text for wrong, text in checks if wrong]

    @api.model
    def _deciding_fields(self):
        defaults = {"default_payment_condition_id", "default_vat_code_id"}
        return super()._deciding_fields() | CHOICES | defaults

    def _policy_values(self):
        return {**super()._policy_values(), "customers": self._customer_policy()}

    def _customer_policy(self):
        """Return the choices about customers as ``accounting`` needs them.

        :rtype: CustomerPolicy
        """
        self.ensure_one()
        shop, administration = self.shop_id, self.administration_id
        return CustomerPolicy(
            kind=self.customer_policy,
            collectives={
                row.country_id.code or "": row.code for row in self.collective_ids
            },
            match_vat_number=self.match_vat_number,
            empty_email=self.empty_email,
            guests=self.guest_policy,
            country=shop.country_id.code or administration.country_code or "",
            payment_condition=self.default_payment_condition_id.code or "",
            vat_code=self.default_vat_code_id.code or "",
            language=self.default_language or "",
        )
