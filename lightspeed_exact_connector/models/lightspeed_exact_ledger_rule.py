from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.booking import Rule
from ..accounting.sale import LineKind
from .reasons import as_percentage

TREATMENTS = [
    ("domestic", "Domestic"),
    ("oss", "Distance sale (OSS)"),
    ("local", "VAT of another country (own registration)"),
    ("reverse_charge", "Intra-Community (reverse charge)"),
    ("export", "Export"),
    ("exempt", "No VAT inside the country"),
    ("small_business", "Small-business scheme"),
    ("margin", "Margin scheme"),
    ("out_of_scope", "No supply (gift card)"),
]


class LightspeedExactLedgerRule(models.Model):
    """Which G/L account and VAT code a line gets; the most specific rule wins."""

    _name = "lightspeed.exact.ledger.rule"
    _description = "Ledger Rule"
    _order = "link_id, sequence, id"
    _check_company_auto = True

    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True, index=True)
    administration_id = fields.Many2one(related="link_id.administration_id")
    sequence = fields.Integer(default=10)
    line_kind = fields.Selection(
        [
            ("product", "Products"),
            ("shipping", "Shipping costs"),
            ("payment", "Payment costs"),
            ("rounding", "Rounding"),
        ],
        help="Leave empty for every kind of line.",
    )
    treatment = fields.Selection(
        TREATMENTS,
        string="VAT treatment",
        help="Leave empty for every treatment.",
    )
    any_rate = fields.Boolean(string="Any rate")
    rate = fields.Float(
        string="VAT rate",
        digits=(8, 6),
        aggregator=None,
        help="As a fraction: 21 % is 0.21.",
    )
    country_id = fields.Many2one(
        "res.country", help="Country of delivery; leave empty for every country."
    )
    payment_method = fields.Char(
        help="The shop's key of a payment method; leave empty for every method."
    )
    gl_account_id = fields.Many2one(
        "exact.gl.account",
        string="G/L account",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
    )
    vat_code_id = fields.Many2one(
        "exact.vat.code",
        string="VAT code",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('vat_type', 'in', ('E', 'B', 'N'))]",
    )
    # Eight places each (Exact's metadata of sales entry lines).
    cost_center = fields.Char(
        string="Cost centre",
        size=8,
        help="Code in Exact Online; some G/L accounts demand one.",
    )
    cost_unit = fields.Char(
        string="Cost unit",
        size=8,
        help="Code in Exact Online; some G/L accounts demand one.",
    )
    is_proposal = fields.Boolean(readonly=True, copy=False)

    @api.depends("line_kind", "rate", "any_rate", "gl_account_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["line_kind"]._description_selection(self.env))
        for rule in self:
            kind = kinds.get(rule.line_kind, "")
            rate = "" if rule.any_rate else as_percentage(rule._rate())
            rule.display_name = " ".join(
                filter(None, [kind, rate, rule.gl_account_id.code])
            )

    @api.constrains(
        "line_kind", "rate", "any_rate", "gl_account_id", "vat_code_id", "link_id"
    )
    def _check_mapping(self):
        """Refuse a mapping that cannot work when it is made, not at an order."""
        for rule in self:
            rule._check_gl_account()
            rule._check_vat_code()

    def _check_gl_account(self):
        account = self.gl_account_id
        if account.administration_id != self.link_id.administration_id:
            raise ValidationError(
                self.env._("The G/L account belongs to another administration.")
            )
        if not account._fits_sales_line():
            raise ValidationError(
                self.env._(
                    "G/L account %(account)s cannot be used on a sales line: it is a "
                    "debtor, creditor or VAT account.",
                    account=account.display_name,
                )
            )
        if account.is_blocked:
            raise ValidationError(
                self.env._(
                    "G/L account %(account)s is blocked.", account=account.display_name
                )
            )

    def _check_vat_code(self):
        code = self.vat_code_id
        if code.administration_id != self.link_id.administration_id:
            raise ValidationError(
                self.env._("The VAT code belongs to another administration.")
            )
        if code.is_blocked:
            raise ValidationError(
                self.env._("VAT code %(code)s is blocked.", code=code.display_name)
            )
        if code.transaction_type == "P":
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s is for purchases only.", code=code.display_name
                )
            )
        if code.vat_type not in self._allowed_vat_types():
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s does not fit. Sales need a code that is "
                    "excluding VAT (at 0 %% also one without VAT), rounding needs one "
                    "without VAT.",
                    code=code.display_name,
                )
            )
        if code.vat_type == "E" and not self.any_rate and code._rate() != self._rate():
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s does not have the rate of the rule.",
                    code=code.display_name,
                )
            )

    def _allowed_vat_types(self):
        """Return the kinds of VAT code that can work for this rule."""
        if self.line_kind == "rounding":
            return ("B", "N")
        if self._rate() and not self.any_rate:
            return ("E",)
        return ("E", "B", "N")

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.link_id._release_held()
        return rules

    def write(self, vals):
        if set(vals) - {"sequence"}:
            # Somebody has looked at it: it is their choice from now on.
            vals = {"is_proposal": False, **vals}
        result = super().write(vals)
        self.link_id._release_held()
        return result

    def _rate(self):
        """Return the rate as an exact fraction.

        :rtype: Decimal
        """
        self.ensure_one()
        return Decimal(repr(self.rate)).quantize(Decimal("0.000001"))

    def _to_rule(self):
        """Return what ``accounting`` needs of this rule.

        :rtype: Rule
        """
        self.ensure_one()
        code = self.vat_code_id
        return Rule(
            key=self.id,
            line_kind=LineKind(self.line_kind) if self.line_kind else None,
            treatment=self.treatment or None,
            rate=None if self.any_rate else self._rate(),
            country=self.country_id.code or None,
            payment_method=self.payment_method or None,
            gl_account=self.gl_account_id.remote_id,
            gl_code=self.gl_account_id.code,
            vat_code=code.code,
            vat_type=code.vat_type,
            vat_percentage=code._rate(),
            cost_center=(self.cost_center or "").strip(),
            cost_unit=(self.cost_unit or "").strip(),
        )

    def _covers(self, kind, rate):
        """Return whether the rule can decide a domestic line of a kind and rate."""
        self.ensure_one()
        return (
            self.line_kind in (False, kind)
            and self.treatment in (False, "domestic")
            and not self.country_id
            and not self.payment_method
            and (self.any_rate or self._rate() == rate)
        )
