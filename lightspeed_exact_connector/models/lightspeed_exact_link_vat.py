from dataclasses import replace

from odoo import api, fields, models

from ..accounting import vat_rates
from ..accounting.booking import FilingPolicy
from .reasons import as_percentage


class LightspeedExactLink(models.Model):
    """VAT: how the legal entity stands, asked anew for each order."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    entity_id = fields.Many2one(
        related="administration_id.entity_id", string="Legal entity"
    )
    vat_notice = fields.Text(compute="_compute_vat_notice")
    shifted_count = fields.Integer(
        string="Moved out of filed periods", compute="_compute_shifted_count"
    )

    def _compute_shifted_count(self):
        groups = self.env["lightspeed.exact.booking"]._read_group(
            self._shifted_domain(), ["link_id"], ["__count"]
        )
        counts = {link.id: count for link, count in groups}
        for link in self:
            link.shifted_count = counts.get(link._origin.id, 0)

    def _shifted_domain(self):
        return [
            ("link_id", "in", self.ids),
            ("state", "=", "posted"),
            ("shifted_from", "!=", False),
        ]

    @api.depends(
        "rule_ids.treatment",
        "shop_id.tax_rates",
        "entity_id.supply_text",
        "entity_id.period_ids.kind",
        "entity_id.period_ids.date_from",
        "entity_id.period_ids.date_to",
    )
    @api.depends_context("lang")
    def _compute_vat_notice(self):
        today = fields.Date.context_today(self)
        for link in self:
            entity = link.entity_id
            link.vat_notice = False
            if not entity or entity._applies("oss", today):
                continue
            values = {"entity": entity.name, "supply": entity.supply_text}
            if link._chosen_oss_rules():
                link.vat_notice = self.env._(
                    "There are ledger rules for distance sales (OSS), but %(entity)s "
                    "is not registered for OSS. %(supply)s",
                    **values,
                )
            elif link._foreign_rates(today):
                link.vat_notice = self.env._(
                    "The shop charges %(rates)s, which no sale at home has, but "
                    "%(entity)s is not registered for OSS. %(supply)s",
                    rates=", ".join(map(as_percentage, link._foreign_rates(today))),
                    **values,
                )

    def _chosen_oss_rules(self):
        """Return the ledger rules that somebody made for distance sales.

        One that finds the VAT code by itself is proposed to every seller.

        :rtype: lightspeed.exact.ledger.rule
        """
        self.ensure_one()
        return self.rule_ids.filtered(
            lambda rule: rule.treatment == "oss" and rule.vat_code_source == "chosen"
        )

    def _foreign_rates(self, day):
        """Return the VAT rates of the shop that its legal entity's country has not.

        :rtype: list(Decimal)
        """
        self.ensure_one()
        if not self.shop_id:
            return []
        known = vat_rates.rates(self._vat_position(day).home.code, day)
        return [rate for rate in self._shop_rates() if known and rate not in known]

    # === ACTIONS === #
    def action_view_shifted(self):
        """Open the bookings of this link that were moved out of filed periods."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_booking_action"
        )
        return {**action, "domain": self._shifted_domain(), "context": {}}

    # === POLICY === #
    def _policy_values(self):
        return {
            **super()._policy_values(),
            "vat": self._vat_position(),
            "filing": self._filing_policy(),
        }

    def _vat_position(self, day=None, exclude_order=None):
        """Return how the seller stands for VAT.

        Where nobody filled in the country of the legal entity, it is the shop's.

        :param date day: the day of the sale
        :param exclude_order: the order that is being decided
        :rtype: VatPosition
        """
        self.ensure_one()
        entity = self.administration_id.entity_id
        position = entity._vat_position(day, exclude_order)
        if position.country:
            return position
        country = self.shop_id.country_id.code or self.administration_id.country_code
        return replace(position, country=country or "")

    def _own_vat_number(self):
        """Ask VIES in the name of the legal entity, as far as its number is known."""
        return (
            self.administration_id.entity_id._own_number() or super()._own_vat_number()
        )

    def _filing_policy(self):
        """Return which days are closed for new documents.

        :rtype: FilingPolicy
        """
        self.ensure_one()
        administration = self.administration_id
        entity = administration.entity_id
        return FilingPolicy(
            filed_through=entity.vat_filed_through or None,
            late=entity.late_policy or "hold",
            refused=administration._refused_periods(),
        )

    def _policy_for(self, policy, order, day=None):
        """Return the policy for one order: what other orders change is read anew.

        :param Policy policy: of the link, read once for a whole slice
        :param order: the order that is being decided
        :param date day: its own day: sales of later days do not count for the threshold
        :rtype: Policy
        """
        self.ensure_one()
        return replace(
            policy,
            vat=self._vat_position(day, order),
            filing=self._filing_policy(),
        )
