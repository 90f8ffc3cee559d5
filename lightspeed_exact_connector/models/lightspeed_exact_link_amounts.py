from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.booking import OssCode
from ..accounting.oss import by_country_and_rate


class LightspeedExactLink(models.Model):
    """Currencies, products and distance sales: what decides amounts and codes."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    product_rule_ids = fields.One2many(
        "lightspeed.exact.product.rule", "link_id", string="Product rules", copy=True
    )
    foreign_currency = fields.Selection(
        [
            ("hold", "Hold for a person"),
            ("exact_rate", "Book at the rate that Exact Online has"),
            ("fixed_rate", "Book at a fixed rate"),
        ],
        string="Another currency",
        required=True,
        default="hold",
        tracking=True,
        help="What happens when the shop sells in another currency than that of the "
        "administration.",
    )
    fixed_rate = fields.Float(
        string="Fixed rate",
        digits=(12, 6),
        aggregator=None,
        tracking=True,
        help="What one unit of the shop's currency is worth in the currency of the "
        "administration.",
    )
    is_foreign = fields.Boolean(compute="_compute_is_foreign")

    # === COMPUTE AND CONSTRAINTS === #
    @api.depends("shop_id.currency_code", "administration_id.currency_code")
    def _compute_is_foreign(self):
        for link in self:
            codes = (link.shop_id.currency_code, link.administration_id.currency_code)
            link.is_foreign = all(codes) and codes[0] != codes[1]

    @api.depends(
        "foreign_currency",
        "fixed_rate",
        "administration_id.currency_ids.active",
        "journal_id.allow_variable_currency",
    )
    def _compute_missing_text(self):
        return super()._compute_missing_text()

    @api.constrains("foreign_currency", "fixed_rate")
    def _check_fixed_rate(self):
        for link in self:
            if link.foreign_currency == "fixed_rate" and link._fixed_rate() <= 0:
                raise ValidationError(
                    self.env._("A fixed rate of exchange must be above zero.")
                )

    # === HOOKS === #
    @api.model
    def _deciding_fields(self):
        return super()._deciding_fields() | {"foreign_currency", "fixed_rate"}

    def _missing(self):
        return super()._missing() + self._missing_currency()

    def _missing_currency(self):
        """Return what is missing to book in the currency of the shop.

        :rtype: list(str)
        """
        self.ensure_one()
        if not self.is_foreign:
            return []
        code = self.shop_id.currency_code
        if self.foreign_currency == "hold":
            return [
                self.env._(
                    "The shop and the administration have different currencies: choose "
                    "how to book under “How it is booked”."
                )
            ]
        missing = []
        if self.administration_id.refreshed_at and code not in self._currencies():
            missing.append(
                self.env._(
                    "The administration has no currency %(currency)s: add it in Exact "
                    "Online and refresh the reference data.",
                    currency=code,
                )
            )
        if self.journal_id and self._journal_currency() not in ("", code):
            missing.append(
                self.env._(
                    "Journal %(journal)s takes one currency only: choose one that "
                    "takes other currencies.",
                    journal=self.journal_id.display_name,
                )
            )
        return missing

    def _policy_values(self):
        codes = self._oss_codes()
        return {
            **super()._policy_values(),
            "categories": self._categories(),
            "product_rules": tuple(
                rule._to_product_rule() for rule in self.product_rule_ids
            ),
            "oss_codes": {key: group[0] for key, group in codes.items()},
            "currency_rule": self.foreign_currency,
            "currency_rate": self._fixed_rate() or None,
            "currencies": self._currencies(),
            "journal_currency": self._journal_currency(),
        }

    # === BUSINESS === #
    def _fixed_rate(self):
        """Return the fixed rate, exactly.

        :rtype: Decimal
        """
        self.ensure_one()
        return Decimal(repr(self.fixed_rate)).quantize(Decimal("0.000001"))

    def _home_country(self):
        """Return the shop's country, ISO alpha-2."""
        self.ensure_one()
        return self.shop_id.country_id.code or self.administration_id.country_code or ""

    def _currencies(self):
        """Return the codes of the administration's currencies.

        :rtype: frozenset(str)
        """
        return frozenset(self.administration_id.currency_ids.mapped("code"))

    def _journal_currency(self):
        """Return the only currency of the journal, empty when it takes any."""
        journal = self.journal_id
        if journal.allow_variable_currency:
            return ""
        return journal.currency_code or self.administration_id.currency_code or ""

    def _oss_codes(self):
        """Return the VAT codes for distance sales, the best one first.

        :rtype: dict(tuple(str, Decimal), tuple(OssCode))
        """
        codes = self.administration_id.vat_code_ids.filtered(
            lambda code: code.oss_country and code._fits_sales()
        )
        return by_country_and_rate(
            (code.oss_country, OssCode(code.code, code.vat_type or "", code._rate()))
            for code in codes
        )

    def _categories(self):
        """Return the categories of products, as far as a rule names them.

        :return: the shop's product id and titles, casefolded
        :rtype: dict(str, frozenset(str))
        """
        names = self.rule_ids.mapped("category") + self.product_rule_ids.mapped(
            "category"
        )
        keys = {name.strip().casefold() for name in names if name}
        if not keys:
            return {}
        rows = self.env["lightspeed.product.category"].search_fetch(
            [("shop_id", "=", self.shop_id.id), ("name_key", "in", list(keys))],
            ["product_remote_id", "name_key"],
        )
        found = {}
        for row in rows:
            found.setdefault(row.product_remote_id.strip(), set()).add(row.name_key)
        return {product: frozenset(titles) for product, titles in found.items()}
