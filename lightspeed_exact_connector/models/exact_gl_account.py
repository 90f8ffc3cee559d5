from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.exact_values import integer, trim

# Debtors, creditors and VAT: Exact keeps those itself.
KEPT_BY_EXACT = (20, 22, 24)
DEBTORS = 20

# Where money comes in or a gift card is owed: cash, bank, credit card, payment service,
# other assets, accrued expenses, general.
CLEARING_TYPES = (10, 12, 14, 16, 27, 32, 90)
CLEARING_DOMAIN = (
    "[('administration_id', '=', administration_id), ('is_blocked', '=', False),"
    f" ('account_type', 'in', {CLEARING_TYPES})]"
)


class ExactGlAccount(models.Model):
    _name = "exact.gl.account"
    _description = "Exact Online G/L Account"
    _inherit = "exact.reference.mixin"

    account_type = fields.Integer(
        string="Account type",
        readonly=True,
        aggregator=None,
        help="Type in Exact Online; 110 is revenue.",
    )
    is_blocked = fields.Boolean(string="Blocked", readonly=True)
    vat_code = fields.Char(string="Default VAT code", readonly=True)

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A G/L account is kept once."
    )

    @api.model
    def _exact_path(self):
        return "financial/GLAccounts"

    @api.model
    def _exact_select(self):
        return ["ID", "Code", "Description", "Type", "IsBlocked", "VATCode"]

    @api.model
    def _exact_values(self, row):
        return {
            "account_type": integer(row.get("Type")),
            "is_blocked": bool(row.get("IsBlocked")),
            "vat_code": trim(row.get("VATCode")) or False,
        }

    def _fits_sales_line(self):
        """Return whether Exact lets a sales line use the account."""
        self.ensure_one()
        return self.account_type not in KEPT_BY_EXACT

    def _check_clearing(self, administration):
        """Check that money that came in can be booked on the account.

        :raise ValidationError: it cannot
        """
        self.ensure_one()
        if self.administration_id != administration:
            raise ValidationError(
                self.env._("The G/L account belongs to another administration.")
            )
        if self.account_type not in CLEARING_TYPES:
            raise ValidationError(
                self.env._(
                    "G/L account %(account)s cannot take payments: choose one of a "
                    "bank, of a payment service, or another balance account.",
                    account=self.display_name,
                )
            )
        if self.is_blocked:
            raise ValidationError(
                self.env._(
                    "G/L account %(account)s is blocked.", account=self.display_name
                )
            )
        if self._adds_vat():
            raise ValidationError(
                self.env._(
                    "G/L account %(account)s has a default VAT code: Exact Online "
                    "would take VAT out of the payment. Choose another account.",
                    account=self.display_name,
                )
            )

    def _adds_vat(self):
        """Return whether Exact books VAT by itself on a line of this account."""
        self.ensure_one()
        codes = self.administration_id.vat_code_ids
        return any(code.code == self.vat_code and code.percentage for code in codes)
