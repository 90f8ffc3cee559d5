from odoo import api, models
from odoo.tools import format_amount


class LightspeedExactBooking(models.Model):
    """How many invoices are left open in Exact, and what they come to."""

    # A room of its own, beside what every booking is.
    _inherit = "lightspeed.exact.booking"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _draft_sums(self, field, records):
        """Return how many open invoices there are, and a sentence that tells it.

        :param str field: ``link_id`` or ``administration_id``
        :param records: for which of them
        :rtype: dict(int, tuple(int, str))
        """
        groups = self._read_group(
            [(field, "in", records.ids), ("invoice_state", "=", "draft")],
            [field, "currency_id"],
            ["__count", "amount_total:sum"],
        )
        rows = {}
        for record, currency, count, amount in groups:
            shown = format_amount(self.env, amount, currency)
            rows.setdefault(record.id, []).append((count, shown))
        found = {}
        for key, parts in rows.items():
            count = sum(part[0] for part in parts)
            found[key] = (
                count,
                self.env._(
                    "Open invoices in Exact Online: %(count)s, together %(amount)s. "
                    "What is open is not turnover until it is processed there.",
                    count=count,
                    amount=" + ".join(part[1] for part in parts),
                ),
            )
        return found

    @api.model
    def _drafts_action(self, domain):
        """Return the action that shows the open invoices of a domain."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_booking_action"
        )
        context = {"search_default_drafts": 1}
        return {**action, "domain": domain, "context": context}
