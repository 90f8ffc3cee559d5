from odoo import api, fields, models

# Holds that another setting, rule or reference row may solve: they are looked at again
# by themselves.  A refusal of Exact is not sent twice unchanged, see the operation.
RELEASABLE = (
    "customer_without_email",
    "collective_missing",
    "rule_missing",
    "rounding_rule_missing",
    "exempt_rule_missing",
    "vat_suspicious",
    "vies_invalid",
    "vies_requester_missing",
    "vies.requester",
    "vat_code_type",
    "vat_code_rate",
    "currency",
    "currency_missing",
    "currency_journal",
    "currency_rate_missing",
    "oss_code_missing",
    "gift_card_sold_rule_missing",
    "gift_card_sold_with_vat",
    "margin_sold_with_vat",
    "zero_total",
    "timezone_unknown",
    "total_mismatch",
    "net_mismatch",
    "gift_card",
    "period_filed",
    "period_refused",
    "gift_card_unreadable",
    "gift_card_amount",
    "reference_in_use",
    "invoice_profile_missing",
    "invoice_print_denied",
    "invoice_exchange_rate",
    "invoice_vat_code_missing",
    "invoice_vat_differs",
    "item_code_missing",
    "item_code_clash",
    "item_several",
    "item_unusable",
    "item_refused",
    "item_hidden",
    "credit_by_choice",
    "credit_without_origin",
    "no_right",
    "rejected",
    "refused.period_closed",
    "refused.unknown_year",
    "refused.reference_invalid",
    "refused.journal_type",
    "refused.gl_account_type",
    "refused.vat_percentage",
    "refused.blocked",
    "refused.mandatory",
)


class LightspeedExactLink(models.Model):
    """Releasing: one cause solved lets all orders go that wait for it."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    def _release_held(self, codes=RELEASABLE):
        """Let orders go again whose hold another rule or setting may have solved.

        :param codes: keys of the reason catalogue
        """
        # In sudo mode: only the connector itself moves orders from state to state.
        orders = (
            self.env["lightspeed.exact.order"]
            .sudo()
            .search(
                [
                    ("link_id", "in", self.ids),
                    "|",
                    "&",
                    ("state", "=", "held"),
                    ("reason_code", "in", codes),
                    # Decided and not sent yet: decided anew, which costs no call.
                    "&",
                    ("state", "=", "waiting"),
                    ("reason_code", "=", "waits_for_day"),
                ]
            )
        )
        if orders:
            orders._set_state("ready")
            self.env["lightspeed.exact.lane"]._wake(self.administration_id)

    def _reconsider(self):
        """Judge again all orders that are not booked yet: a choice has changed."""
        self._release_held()
        # In sudo mode: only the connector itself moves orders from state to state.
        orders = (
            self.env["lightspeed.exact.order"]
            .sudo()
            .search(
                [("link_id", "in", self.ids), ("state", "in", ("waiting", "skipped"))]
            )
        )
        orders._judge()

    def _look_again_from_start(self):
        """Pull again from an earlier start: existing orders come along."""
        for link in self:
            for sweep in (link, *link.invoice_sweep_ids):
                # In sudo mode: only the connector itself moves the marks.
                sweep.sudo()._forget_mark()
            link.sudo().next_poll_at = fields.Datetime.now()

    @api.model
    def _connection_restored(self, connection):
        """Go on at once after a new consent."""
        administrations = connection.sudo().administration_ids
        administrations.write({"parked_until": False, "failures": 0})
        administrations._clear_problem()
        self.env["lightspeed.exact.lane"]._wake(administrations)
