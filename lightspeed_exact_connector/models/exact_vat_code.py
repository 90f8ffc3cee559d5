from decimal import Decimal, InvalidOperation

from odoo import api, fields, models

from ..accounting.exact_values import trim


class ExactVatCode(models.Model):
    _name = "exact.vat.code"
    _description = "Exact Online VAT Code"
    _inherit = "exact.reference.mixin"

    percentage = fields.Float(
        digits=(8, 6),
        readonly=True,
        aggregator=None,
        help="As a fraction: 0.21 is 21 %.",
    )
    vat_type = fields.Selection(
        [
            ("E", "Excluding VAT"),
            ("I", "Including VAT"),
            ("B", "0 %, base only"),
            ("N", "No VAT"),
        ],
        string="Kind",
        readonly=True,
    )
    transaction_type = fields.Selection(
        [("S", "Sales"), ("P", "Purchase"), ("B", "Both")],
        string="Transaction type",
        readonly=True,
    )
    is_blocked = fields.Boolean(string="Blocked", readonly=True)
    is_charged = fields.Boolean(string="Reverse charge", readonly=True)
    is_margin = fields.Boolean(string="Margin scheme", readonly=True)
    eu_sales_listing = fields.Char(string="EU sales listing", readonly=True)
    country_code = fields.Char(string="Country", readonly=True)
    oss_country = fields.Char(string="OSS country", readonly=True)

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A VAT code is kept once."
    )

    @api.model
    def _exact_path(self):
        return "vat/VATCodes"

    @api.model
    def _exact_select(self):
        return [
            "ID",
            "Code",
            "Description",
            "Percentage",
            "Type",
            "VATTransactionType",
            "IsBlocked",
            "Charged",
            "VatMargin",
            "EUSalesListing",
            "Country",
            "OssCountry",
        ]

    @api.model
    def _exact_values(self, row):
        types = dict(self._fields["vat_type"].selection)
        transactions = dict(self._fields["transaction_type"].selection)
        vat_type = trim(row.get("Type")).upper()
        transaction = trim(row.get("VATTransactionType")).upper()
        return {
            "percentage": self._fraction(row.get("Percentage")),
            "vat_type": vat_type if vat_type in types else False,
            "transaction_type": transaction if transaction in transactions else False,
            "is_blocked": bool(row.get("IsBlocked")),
            "is_charged": bool(row.get("Charged")),
            # A number in Exact's metadata.
            "is_margin": bool(row.get("VatMargin")),
            "eu_sales_listing": trim(row.get("EUSalesListing")).upper() or False,
            "country_code": trim(row.get("Country")) or False,
            "oss_country": trim(row.get("OssCountry")) or False,
        }

    @api.model
    def _fraction(self, value):
        """Return a percentage of Exact as a fraction: 0.21, also where it says 21.

        That it is a fraction is no more than recalled (Exact reference 7.3); no VAT is
        100 % or more.
        """
        try:
            rate = Decimal(str(value or 0))
        except InvalidOperation:
            return 0
        # No money: the field keeps six decimals.
        return float(rate / 100 if rate >= 1 else rate)

    def _fits_sales(self):
        """Return whether a sales line may use the code."""
        self.ensure_one()
        return not self.is_blocked and self.transaction_type != "P"

    def _rate(self):
        """Return the percentage as an exact fraction.

        :rtype: Decimal
        """
        self.ensure_one()
        return Decimal(repr(self.percentage)).quantize(Decimal("0.000001"))
