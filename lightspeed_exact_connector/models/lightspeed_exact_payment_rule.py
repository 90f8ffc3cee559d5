from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.booking import PaymentRule
from .exact_gl_account import CLEARING_DOMAIN

CASH_ON_DELIVERY = {"yes": True, "no": False}


class LightspeedExactPaymentRule(models.Model):
    """What follows from how an order was paid; the most specific rule wins."""

    _name = "lightspeed.exact.payment.rule"
    _description = "Payment Rule"
    _inherit = ["lightspeed.exact.company.mixin"]
    _order = "link_id, sequence, id"
    _check_company_auto = True

    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True, index=True)
    administration_id = fields.Many2one(related="link_id.administration_id")
    sequence = fields.Integer(default=10)
    payment_method = fields.Char(
        string="Payment method",
        help="The shop's key of a payment method, for instance mollie or paypal; leave "
        "empty for every method.",
    )
    payment_title = fields.Char(
        string="Name contains",
        help="For a provider of several methods: part of the name or of the key that "
        "the order has, for instance iDEAL. Leave empty for every name.",
    )
    cash_on_delivery = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        string="Cash on delivery",
        help="Whether the customer pays the carrier; leave empty for both.",
    )
    payment_condition_id = fields.Many2one(
        "exact.payment.condition",
        string="Payment condition",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
        help="Leave empty for the one of the link.",
    )
    clearing_account_id = fields.Many2one(
        "exact.gl.account",
        string="Clearing account",
        check_company=True,
        ondelete="restrict",
        domain=CLEARING_DOMAIN,
        help="Once the shop says that the order is paid, its amount is booked on this "
        "account against the debtor, if the link makes clearing entries. Leave empty "
        "for none.",
    )

    @api.depends(
        "payment_method", "payment_title", "cash_on_delivery", "clearing_account_id"
    )
    @api.depends_context("lang")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = " ".join(rule._criteria()) or self.env._("Every method")

    def _criteria(self):
        """Return what the rule asks for, in words.

        :rtype: list(str)
        """
        self.ensure_one()
        words = {
            "yes": self.env._("cash on delivery"),
            "no": self.env._("not cash on delivery"),
        }
        found = [self.payment_method, self.payment_title]
        found.append(words.get(self.cash_on_delivery))
        return [word for word in found if word]

    @api.constrains("clearing_account_id", "payment_condition_id", "link_id")
    def _check_mapping(self):
        """Refuse a mapping that cannot work when it is made, not at an order."""
        for rule in self:
            administration = rule.link_id.administration_id
            condition = rule.payment_condition_id
            if condition and condition.administration_id != administration:
                raise ValidationError(
                    self.env._(
                        "The payment condition belongs to another administration."
                    )
                )
            if rule.clearing_account_id:
                rule.clearing_account_id._check_clearing(administration)

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.link_id._release_held()
        rules.link_id._release_clearings()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.link_id._release_held()
        self.link_id._release_clearings()
        return result

    def unlink(self):
        links = self.link_id
        result = super().unlink()
        links._release_held()
        links._release_clearings()
        return result

    def _to_rule(self):
        """Return what ``accounting`` needs of this rule.

        :rtype: PaymentRule
        """
        self.ensure_one()
        return PaymentRule(
            key=self.id,
            payment_method=(self.payment_method or "").strip(),
            payment_title=(self.payment_title or "").strip(),
            cash_on_delivery=CASH_ON_DELIVERY.get(self.cash_on_delivery),
            payment_condition=self.payment_condition_id.code or "",
            clearing_account=self.clearing_account_id.remote_id or "",
        )
