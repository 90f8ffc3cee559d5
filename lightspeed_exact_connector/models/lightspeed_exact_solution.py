from collections import namedtuple
from decimal import Decimal, InvalidOperation

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from .service_errors import SERVICES

_lt = LazyTranslate(__name__)

EXACT = "exact.connection"

# What waits: the link, why (code and values), and the refusal of Exact if it is one.
Case = namedtuple("Case", "link code params cause")

# The one screen that solves it, by code; what has none is solved in the shop, in Exact
# Online or by itself.
SCREENS = {
    # A rule that is missing, or one that does not fit.
    "rule_missing": "rule",
    "exempt_rule_missing": "rule",
    "rounding_rule_missing": "rule",
    "oss_code_missing": "rule",
    "vat_code_type": "rules",
    "vat_code_rate": "rules",
    "invoice_vat_code_missing": "rules",
    "refused.gl_account_type": "rules",
    "refused.vat_percentage": "rules",
    "refused.reference_invalid": "administration",
    # What some products are.
    "gift_card_sold_rule_missing": "product_rule",
    "gift_card_sold_with_vat": "product_rules",
    "margin_sold_with_vat": "product_rules",
    # The customer.
    "collective_missing": "collective",
    "customer_without_email": "link",
    "relation_blocked": "customers",
    "relation_not_customer": "customers",
    "refused.customer_type": "customers",
    "vies_requester_missing": "entity",
    "vies.requester": "entity",
    # How the link books.
    "currency": "link",
    "currency_rate_missing": "link",
    "gift_card": "link",
    "gift_card_unreadable": "link",
    "gift_card_amount": "link",
    "zero_total": "link",
    "total_mismatch": "link",
    "reference_in_use": "link",
    "invoice_profile_missing": "link",
    "invoice_exchange_rate": "link",
    "credit_by_choice": "link",
    "credit_without_origin": "link",
    "attachment_denied": "link",
    "attachment_refused": "link",
    "attachment_type": "link",
    "attachment_unavailable": "link",
    "refused.journal_type": "link",
    # What the administration has, or lets.
    "currency_missing": "administration",
    "currency_journal": "administration",
    "invoice_print_denied": "administration",
    "period_filed": "entity",
    "period_refused": "periods",
    "refused.period_closed": "periods",
    "refused.unknown_year": "periods",
    # Invoices and items.
    "invoice_vat_differs": "profile",
    "item_code_missing": "profile",
    "item_code_clash": "items",
    # Repaired in Exact Online, then its reference data is read again.
    "item_several": "administration",
    "item_unusable": "administration",
    "item_hidden": "administration",
    "item_refused": "administration",
    # The shop and the connection.
    "timezone_unknown": "shop",
    "access_denied": "shop",
    "authentication": "shop",
    "lightspeed.language": "shop",
    "lightspeed.permissions": "shop",
    "not_configured": "shop",
    "not_tested": "shop",
    "reconnect": "connection",
    "not_opened": "connection",
}

# Why VAT is suspicious, where it is a choice here and no mistake in the shop.
SCREENS_OF_SUSPICIONS = {
    "gift_card_charged": "product_rules",
    "margin_charged": "product_rules",
    "eu_business_charged_destination": "entity",
    "oss_registration_missing": "entity",
    "rate_of_destination_below_threshold": "entity",
    "small_business_charged": "entity",
    "small_business_zero_abroad": "entity",
    "shop_country_unknown": "shop",
}

NAMES = {
    "administration": _lt("Administration"),
    "cause": _lt("Refusal by Exact Online"),
    "collective": _lt("Collective debtor"),
    "connection": _lt("Connection"),
    "customers": _lt("Relations"),
    "entity": _lt("Legal entity"),
    "items": _lt("Items"),
    "link": _lt("Link"),
    "periods": _lt("Periods"),
    "product_rule": _lt("Product rule"),
    "product_rules": _lt("Product rules"),
    "profile": _lt("Invoice profile"),
    "rule": _lt("Ledger rule"),
    "rules": _lt("Ledger rules"),
    "shop": _lt("Shop"),
}

# Where the country says which VAT it is: elsewhere one rule is for all countries.
TAXED_ABROAD = ("oss", "local")


class LightspeedExactSolution(models.AbstractModel):
    """Which screen solves what orders wait for, filled in as far as is known."""

    _name = "lightspeed.exact.solution"
    _description = "Solution of a Problem"

    def _screen(self, case):
        """Return the key of the screen that solves a case, empty for none.

        :param Case case: what waits
        :rtype: str
        """
        if case.code == "vat_suspicious":
            return SCREENS_OF_SUSPICIONS.get(case.params.get("reason"), "")
        screen = SCREENS.get(case.code) or ("cause" if case.cause else "")
        if screen == "shop" and case.params.get("service") == SERVICES[EXACT]:
            return "connection"
        return screen

    def _name_of(self, case):
        """Return the name of the screen in the language of the user.

        :rtype: str
        """
        screen = self._screen(case)
        return self.env._(NAMES[screen]) if screen else ""

    def _open(self, case):
        """Return the action that opens the screen.

        :raise UserError: nothing here solves it
        """
        screen = self._screen(case)
        if not screen:
            raise UserError(
                self.env._(
                    "Nothing in this system solves it: read what to do, then retry or "
                    "skip the orders."
                )
            )
        return getattr(self, f"_open_{screen}")(case)

    # === SCREENS === #
    def _open_rule(self, case):
        return self._new("lightspeed.exact.ledger.rule", case, self._rule_values(case))

    def _rule_values(self, case):
        """Return what is known of the ledger rule that is missing.

        :rtype: dict
        """
        params = case.params
        if case.code == "rounding_rule_missing":
            return {"line_kind": "rounding", "any_rate": True}
        if case.code == "exempt_rule_missing":
            values = {"treatment": "exempt", "rate": 0.0}
        else:
            values = {
                "treatment": params.get("treatment") or "oss",
                "rate": _rate(params.get("rate")),
            }
        kind = params.get("line_kind")
        values["line_kind"] = kind
        if kind == "gift_card":
            # A gift card with VAT when it is used is no sale.
            values["treatment"] = False
        if values["treatment"] in TAXED_ABROAD:
            values["country_id"] = self._country(params.get("country")).id
        values["gl_account_id"] = self._account(case, values).id
        return values

    def _account(self, case, values):
        """Return the account to propose: that of the rule that is most alike."""
        rules = case.link.rule_ids.filtered(
            lambda rule: (
                rule.line_kind in (False, values["line_kind"])
                and not (rule.article_code or rule.category or rule.brand)
            )
        )
        if values["line_kind"] in ("gift_card", "rounding"):
            rules = rules.filtered("line_kind")
        alike = rules.filtered(lambda rule: rule.treatment == values["treatment"])
        return (alike or rules)[:1].gl_account_id

    def _open_rules(self, case):
        code = case.params.get("vat_code")
        domain = [("link_id", "=", case.link.id)]
        if code:
            domain.append(("vat_code_id.code", "=", code))
        context = {"default_link_id": case.link.id}
        return self._list("lightspeed_exact_ledger_rule_action", domain, context)

    def _open_product_rule(self, case):
        return self._new(
            "lightspeed.exact.product.rule", case, {"kind": "multi_purpose"}
        )

    def _open_product_rules(self, case):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Product rules"),
            "res_model": "lightspeed.exact.product.rule",
            "view_mode": "list,form",
            "domain": [("link_id", "=", case.link.id)],
            "context": {"default_link_id": case.link.id},
        }

    def _open_collective(self, case):
        country = self._country(case.params.get("country"))
        return self._new("exact.collective.customer", case, {"country_id": country.id})

    def _open_customers(self, case):
        domain = [("administration_id", "=", case.link.administration_id.id)]
        if case.params.get("code"):
            domain.append(("code", "ilike", case.params["code"].strip()))
        return self._list("exact_customer_action", domain)

    def _open_items(self, case):
        domain = [("administration_id", "=", case.link.administration_id.id)]
        if case.params.get("code"):
            domain.append(("code", "ilike", case.params["code"].strip()))
        return self._list("exact_item_action", domain)

    def _open_periods(self, case):
        domain = [
            ("administration_id", "=", case.link.administration_id.id),
            "|",
            ("refused_at", "!=", False),
            ("is_missing", "=", True),
        ]
        return self._list("exact_period_action", domain)

    def _open_link(self, case):
        return self._form(case.link)

    def _open_administration(self, case):
        return self._form(case.link.administration_id)

    def _open_connection(self, case):
        return self._form(case.link.administration_id.connection_id)

    def _open_entity(self, case):
        return self._form(case.link.entity_id)

    def _open_shop(self, case):
        return self._form(case.link.shop_id)

    def _open_profile(self, case):
        return self._form(case.link.invoice_profile_id or case.link)

    def _open_cause(self, case):
        return self._form(case.cause)

    # === HELPERS === #
    def _country(self, code):
        return self.env["res.country"].search([("code", "=", code or "")], limit=1)

    def _new(self, model, case, values):
        """Return the action that makes a record, filled in as far as is known."""
        values = {"link_id": case.link.id, **values}
        return {
            "type": "ir.actions.act_window",
            "name": self._name_of(case),
            "res_model": model,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {f"default_{name}": value for name, value in values.items()},
        }

    def _form(self, record):
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _list(self, name, domain, context=None):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"lightspeed_exact_connector.{name}"
        )
        return {**action, "domain": domain, "context": context or {}}


def _rate(text):
    """Return a rate as a fraction for a form.

    :rtype: float
    """
    try:
        return float(Decimal(text or 0))
    except (InvalidOperation, TypeError, ValueError):
        return 0.0
