from datetime import timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from odoo import models

from ..accounting.booking import Policy
from .lightspeed_exact_link_proposals import propose_rules
from .reasons import as_percentage


class LightspeedExactLink(models.Model):
    """Setting up: what is missing, what is proposed, what the choices come to."""

    # One room each for setting up and for polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    # === VALIDATION AND PROPOSALS === #
    def _missing(self):
        """Return what is missing before the link can be switched on.

        :rtype: list(str)
        """
        self.ensure_one()
        shop, administration = self.shop_id, self.administration_id
        entries = self._books_entries()
        checks = [
            (not shop, self.env._("Choose a shop.")),
            (
                shop and shop.state != "connected",
                self.env._("Test the connection of the shop."),
            ),
            (not administration, self.env._("Choose an administration.")),
            (
                administration and administration.connection_state != "connected",
                self.env._("Connect the administration to Exact Online."),
            ),
            (
                administration and not administration.refreshed_at,
                self.env._("Read the reference data of the administration."),
            ),
            (
                entries and administration.refreshed_at and not administration.may_book,
                self.env._(
                    "The Exact Online user has no right to book sales entries in the "
                    "administration; connect another user or have the right given."
                ),
            ),
            (
                administration.blocking_status,
                self.env._("Exact Online has blocked the administration for now."),
            ),
            (
                self._lacks_statuses(),
                self.env._("Choose at least one order status or payment status."),
            ),
            (
                entries and not self.journal_id,
                self.env._("Choose a sales journal."),
            ),
        ]
        missing = [text for wrong, text in checks if wrong]
        return missing + self._missing_rules() + self._blocked_rules()

    def _missing_rules(self):
        """Return a sentence for each kind of line and rate of the shop without rule."""
        rates = self._shop_rates()
        kinds = dict(
            self.rule_ids._fields["line_kind"]._description_selection(self.env)
        )
        missing = []
        for kind in ("product", "shipping", "payment"):
            for rate in rates:
                if not any(rule._covers(kind, rate) for rule in self.rule_ids):
                    missing.append(
                        self.env._(
                            "Add a ledger rule for %(kind)s at %(rate)s.",
                            kind=kinds[kind],
                            rate=as_percentage(rate),
                        )
                    )
        return missing

    def _blocked_rules(self):
        """Return a sentence for what a rule uses and Exact blocked or has no more."""
        self.ensure_one()

        def is_unusable(row):
            return row.is_blocked or not row.active

        accounts = self.rule_ids.gl_account_id.filtered(is_unusable)
        codes = self.rule_ids.vat_code_id.filtered(is_unusable)
        return [
            self.env._(
                "G/L account %(account)s of a ledger rule is blocked in Exact Online.",
                account=account.display_name,
            )
            for account in accounts
        ] + [
            self.env._(
                "VAT code %(code)s of a ledger rule is blocked in Exact Online.",
                code=code.display_name,
            )
            for code in codes
        ]

    def _shop_rates(self):
        """Return the VAT rates of the shop above zero, as fractions.

        :rtype: list(Decimal)
        """
        rates = {
            Decimal(text).quantize(Decimal("0.000001"))
            for text in self.shop_id.tax_rates or []
        }
        return sorted(rate for rate in rates if rate)

    def _fill_in_proposals(self):
        """Fill in journal and ledger rules where they are still empty."""
        self.ensure_one()
        administration = self.administration_id
        if not administration:
            return
        if self.journal_id.administration_id != administration:
            self.journal_id = administration._proposed_journal()
        if self.payment_condition_id.administration_id != administration:
            self.payment_condition_id = administration._proposed_payment_condition()
        stale = self.rule_ids.filtered(
            lambda rule: rule.gl_account_id.administration_id != administration
        )
        stale.unlink()
        values = propose_rules(self)
        if values:
            self.env["lightspeed.exact.ledger.rule"].create(values)

    # === CHOICES === #
    def _books_entries(self):
        """Return whether the link books sales entries, by its own journal."""
        self.ensure_one()
        return self.document_kind == "sales_entry"

    def _lacks_statuses(self):
        """Return whether nothing says when an order is booked; invoices need none."""
        self.ensure_one()
        statuses = self.order_status_ids or self.payment_status_ids
        return self.source == "order" and not statuses

    def _trigger_codes(self):
        """Return the order statuses and payment statuses that let an order be booked.

        :rtype: tuple(set, set)
        """
        self.ensure_one()
        return (
            set(self.order_status_ids.mapped("code")),
            set(self.payment_status_ids.mapped("code")),
        )

    def _start_values(self):
        """Return the start of the link for a sentence, in the shop's own time."""
        self.ensure_one()
        start = self.start_at.replace(tzinfo=timezone.utc)
        local = start.astimezone(ZoneInfo(self.shop_id.timezone))
        return {"moment": f"{local:%Y-%m-%d %H:%M}"}

    def _policy(self):
        """Return all choices of this link as ``accounting`` needs them.

        :rtype: Policy
        """
        return Policy(**self._policy_values())

    def _policy_values(self):
        """Return the fields of the policy; each room of the link adds its own.

        :rtype: dict
        """
        self.ensure_one()
        shop = self.shop_id
        return dict(
            currency=self.administration_id.currency_code or shop.currency_code,
            timezone=shop.timezone,
            journal=self.journal_id.code,
            rules=tuple(rule._to_rule() for rule in self.rule_ids),
            date_source=self.date_source,
            payment_condition=self.payment_condition_id.code or "",
            reference_prefix=(self.reference_prefix or "").strip(),
            grouping=self.grouping,
            zero_lines=self.zero_lines,
            zero_total=self.zero_total,
            rounding_limit=Decimal(repr(self.rounding_limit)).quantize(Decimal("0.01")),
            description=self.description_template or "",
            labels=self._line_labels(),
        )

    def _line_labels(self):
        """Return the words for lines and documents, in the language of the shop."""
        language = self.shop_id.language.lower()
        lang = self.env["res.lang"].search([("iso_code", "=", language)], limit=1)
        env = self.with_context(lang=lang.code or self.env.lang).env
        return {
            "product": env._("Product"),
            "shipping": env._("Shipping costs"),
            "payment": env._("Payment costs"),
            "gift_card": env._("Gift card"),
            "rounding": env._("Rounding"),
            "credit": env._("Credit note"),
            "correction": env._("Correction"),
            "day": env._("Webshop sales"),
        }
