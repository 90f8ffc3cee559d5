from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.booking import Rule
from ..accounting.oss import iso_country
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
# Treatments in which no VAT is charged.
WITHOUT_VAT = (
    "reverse_charge",
    "export",
    "exempt",
    "small_business",
    "margin",
    "out_of_scope",
)
# Lines that need no VAT code.
NO_SUPPLY = ("gift_card", "rounding")
# EUSalesListing (Exact reference 7.3) of goods and of triangulation.
LISTED_GOODS = ("L", "T")
LISTED = (*LISTED_GOODS, "S")
# Treatments that no VAT code of a distance sale fits, whatever its country.
NO_DISTANCE_SALE = ("reverse_charge", "export", "margin", "out_of_scope")
REVENUE = 110


class LightspeedExactLedgerRule(models.Model):
    """Which G/L account and VAT code a line gets; the most specific rule wins."""

    _name = "lightspeed.exact.ledger.rule"
    _description = "Ledger Rule"
    _inherit = ["lightspeed.exact.company.mixin"]
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
            ("gift_card", "Gift cards"),
            ("rounding", "Rounding"),
        ],
        string="Line kind",
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
        string="Payment method",
        help="The shop's key of a payment method; leave empty for every method.",
    )
    article_code = fields.Char(
        string="Article code",
        help="Article code or SKU; a * at the end stands for any rest: BOOK-* is every "
        "code that begins with BOOK-. Leave empty for every article.",
    )
    category = fields.Char(
        help="Title of a category of the shop, see Configuration, Product categories. "
        "Leave empty for every category."
    )
    brand = fields.Char(
        help="Title of a brand of the shop; leave empty for every brand."
    )
    gl_account_id = fields.Many2one(
        "exact.gl.account",
        string="G/L account",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id)]",
    )
    vat_code_source = fields.Selection(
        [("chosen", "Chosen"), ("oss", "Found by country and percentage")],
        string="VAT code is",
        required=True,
        default="chosen",
        help="Found by country and percentage: for distance sales (OSS), the VAT code "
        "whose OSS country and percentage in Exact Online are those of the line.",
    )
    vat_code_id = fields.Many2one(
        "exact.vat.code",
        string="VAT code",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('vat_type', 'in', ('E', 'I', 'B', 'N'))]",
        help="Leave empty only for gift cards, for rounding and where it is found by "
        "country and percentage.",
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
    vat_type = fields.Selection(related="vat_code_id.vat_type")
    is_proposal = fields.Boolean(string="Proposal", readonly=True, copy=False)

    @api.depends(
        "line_kind",
        "rate",
        "any_rate",
        "article_code",
        "category",
        "brand",
        "gl_account_id",
    )
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["line_kind"]._description_selection(self.env))
        for rule in self:
            kind = kinds.get(rule.line_kind, "")
            rate = "" if rule.any_rate else as_percentage(rule._rate())
            product = [rule.article_code, rule.category, rule.brand]
            parts = [kind, rate, *product, rule.gl_account_id.code]
            rule.display_name = " ".join(filter(None, parts))

    @api.onchange("vat_code_source")
    def _onchange_vat_code_source(self):
        if self.vat_code_source == "oss":
            self.treatment = "oss"
            self.any_rate = True
            self.vat_code_id = False

    # === CHECKS === #
    @api.constrains(
        "line_kind",
        "treatment",
        "rate",
        "any_rate",
        "country_id",
        "gl_account_id",
        "vat_code_source",
        "vat_code_id",
        "link_id",
    )
    def _check_mapping(self):
        """Refuse a mapping that cannot work when it is made, not at an order."""
        for rule in self:
            rule._check_gl_account()
            rule._check_treatment()
            if rule.vat_code_source == "oss":
                rule._check_oss_source()
            elif rule.vat_code_id:
                rule._check_vat_code()
                rule._check_vat_code_treatment()
            elif rule.line_kind not in NO_SUPPLY:
                raise ValidationError(self.env._("Choose a VAT code."))

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

        if self.line_kind == "gift_card" and account.account_type == REVENUE:
            raise ValidationError(
                self.env._(
                    "G/L account %(account)s is a revenue account; a gift card that "
                    "was sold is a debt to its holder: choose a balance sheet account.",
                    account=account.display_name,
                )
            )

    def _check_treatment(self):
        """Refuse a treatment that such a line never has, or that has no VAT rate."""
        if self.line_kind == "gift_card" and self.treatment not in (
            False,
            "out_of_scope",
        ):
            raise ValidationError(
                self.env._(
                    "A gift card with VAT when it is used is no sale: leave the VAT "
                    "treatment empty."
                )
            )
        charged = self._rate() and not self.any_rate
        if charged and (self.treatment in WITHOUT_VAT or self.line_kind == "gift_card"):
            raise ValidationError(
                self.env._(
                    "No VAT is charged with this VAT treatment: the rate must be 0 %."
                )
            )

    def _check_oss_source(self):
        if self.treatment != "oss" or self.line_kind in NO_SUPPLY:
            raise ValidationError(
                self.env._(
                    "Only for distance sales (OSS) the VAT code is found by country "
                    "and percentage."
                )
            )
        if self.vat_code_id:
            raise ValidationError(
                self.env._(
                    "Leave the VAT code empty: it is found by country and percentage."
                )
            )

    def _check_vat_code_treatment(self):
        """Refuse a VAT code that ends in another box of the VAT return."""
        code, treatment = self.vat_code_id, self.treatment
        if treatment in WITHOUT_VAT and code._rate():
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s charges VAT; with this VAT treatment there is "
                    "none.",
                    code=code.display_name,
                )
            )
        if treatment == "reverse_charge" and code.eu_sales_listing not in LISTED_GOODS:
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s does not go into the EU sales listing (ICP) of "
                    "goods.",
                    code=code.display_name,
                )
            )
        if treatment != "reverse_charge" and code.eu_sales_listing in LISTED:
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s goes into the EU sales listing (ICP): it is for "
                    "intra-Community supplies only.",
                    code=code.display_name,
                )
            )
        if code.is_margin and treatment != "margin":
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s is for the margin scheme only.",
                    code=code.display_name,
                )
            )
        if treatment == "margin" and not code.is_margin:
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s is not one of the margin scheme.",
                    code=code.display_name,
                )
            )
        country = iso_country(code.oss_country)
        wanted = self._oss_country()
        is_wrong = wanted and country != wanted
        if country and (is_wrong or treatment in NO_DISTANCE_SALE):
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s is for distance sales (OSS) to %(country)s.",
                    code=code.display_name,
                    country=country,
                )
            )

    def _oss_country(self):
        """Return the only OSS country that a VAT code may have, empty for any."""
        if self.treatment == "oss":
            return self.country_id.code or ""
        if self.treatment in ("domestic", "exempt", "small_business"):
            return self.link_id._home_country()
        return ""

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
                    "VAT code %(code)s does not fit. Sales need a code with VAT (at "
                    "0 %% also one without VAT), gift cards and rounding need one "
                    "without VAT.",
                    code=code.display_name,
                )
            )
        if (
            code.vat_type in ("E", "I")
            and not self.any_rate
            and code._rate() != self._rate()
        ):
            raise ValidationError(
                self.env._(
                    "VAT code %(code)s does not have the rate of the rule.",
                    code=code.display_name,
                )
            )

    def _allowed_vat_types(self):
        """Return the kinds of VAT code that can work for this rule."""
        if self.line_kind in NO_SUPPLY:
            return ("B", "N")
        if self._rate() and not self.any_rate:
            return ("E", "I")
        return ("E", "I", "B", "N")

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

    def unlink(self):
        links = self.link_id
        result = super().unlink()
        # A more general rule may fit now.
        links._release_held()
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
            vat_code=code.code or "",
            vat_type=code.vat_type or "",
            vat_percentage=code._rate() if code else Decimal(0),
            cost_center=(self.cost_center or "").strip(),
            cost_unit=(self.cost_unit or "").strip(),
            article=(self.article_code or "").strip() or None,
            category=(self.category or "").strip() or None,
            brand=(self.brand or "").strip() or None,
            oss_auto=self.vat_code_source == "oss",
        )

    def _covers(self, kind, rate):
        """Return whether the rule can decide a domestic line of a kind and rate."""
        self.ensure_one()
        return (
            self.line_kind in (False, kind)
            and self.treatment in (False, "domestic")
            and not self.country_id
            and not self.payment_method
            and not (self.article_code or self.category or self.brand)
            and (self.any_rate or self._rate() == rate)
        )
