from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .reasons import REASONS, short_label


class LightspeedExactOrder(models.Model):
    """Why orders are where they are, to count them by."""

    # A room of its own, beside the reason of one order.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    reason_kind = fields.Selection(
        "_selection_reason_kind",
        string="Why",
        compute="_compute_reason_kind",
        search="_search_reason_kind",
        help="What the reason means, without the values of this order: to count orders "
        "by their cause.",
    )

    @api.model
    def _selection_reason_kind(self):
        return [(code, short_label(self.env, code)) for code in REASONS]

    @api.depends("reason_code")
    def _compute_reason_kind(self):
        for order in self:
            order.reason_kind = self._known_reason(order.reason_code)

    @api.model
    def _known_reason(self, code):
        """Return the entry of the reason catalogue that a code is shown with.

        The same as ``_field_to_sql`` does in the database.
        """
        if not code or code in REASONS:
            return code
        return "rejected" if code.startswith("refused.") else "internal"

    @api.model
    def _search_reason_kind(self, operator, value):
        if operator != "in":
            # Odoo turns the others around.
            return NotImplemented
        codes = [code for code in value if code]
        domain = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s = ANY(%s)", model._field_to_sql(alias, "reason_kind", query), codes
            ),
            predicate=lambda order: order.reason_kind in codes,
        )
        if False in value:
            domain |= Domain("reason_code", "=", False)
        return domain

    @api.model
    def _field_to_sql(self, alias, field_expr, query=None):
        """Let orders be grouped by what their reason means as by a column."""
        if field_expr != "reason_kind":
            return super()._field_to_sql(alias, field_expr, query)
        code = super()._field_to_sql(alias, "reason_code", query)
        return SQL(
            "CASE WHEN %(code)s IN %(known)s THEN %(code)s"
            " WHEN %(code)s LIKE 'refused.%%' THEN 'rejected'"
            " WHEN %(code)s <> '' THEN 'internal' END",
            code=code,
            # A pivot asks whether two groupings are the same: no list.
            known=tuple(REASONS),
        )
