from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.vat_position import Period


class LightspeedExactEntityPeriod(models.Model):
    """From when until when a legal entity is registered, or a scheme applies."""

    _name = "lightspeed.exact.entity.period"
    _inherit = "lightspeed.exact.entity.part.mixin"
    _description = "Registration of a Legal Entity"
    _order = "entity_id, kind, date_from desc, id desc"

    kind = fields.Selection(
        [
            ("oss", "Registered for OSS"),
            ("small_business", "Small-business scheme"),
            ("registered", "Registered in another country"),
        ],
        required=True,
        default="oss",
    )
    country_id = fields.Many2one(
        "res.country", help="Where the entity has a VAT registration of its own."
    )
    date_from = fields.Date(
        string="From", help="First day; empty when it applied from the beginning."
    )
    date_to = fields.Date(string="Until", help="Last day; empty as long as it applies.")

    _country_needed = models.Constraint(
        "CHECK(kind != 'registered' OR country_id IS NOT NULL)",
        "A registration in another country needs the country.",
    )
    _dates_in_order = models.Constraint(
        "CHECK(date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "The last day lies before the first.",
    )

    @api.depends("kind", "country_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for period in self:
            parts = (
                kinds.get(period.kind),
                period.country_id.code,
                f"{period.date_from or '…'} – {period.date_to or '…'}",
            )
            period.display_name = " ".join(filter(None, parts))

    @api.constrains("entity_id", "kind", "country_id", "date_from", "date_to")
    def _check_no_overlap(self):
        for period in self:
            others = self.search(
                [
                    ("entity_id", "=", period.entity_id.id),
                    ("kind", "=", period.kind),
                    ("id", "!=", period.id),
                ]
            )
            if period.kind == "registered":
                others = others.filtered(
                    lambda other, country=period.country_id: other.country_id == country
                )
            if any(period._overlaps(other) for other in others):
                raise ValidationError(
                    self.env._(
                        "%(period)s overlaps another period.",
                        period=period.display_name,
                    )
                )

    # === BUSINESS === #
    def _overlaps(self, other):
        """Return whether two periods share a day."""
        mine, theirs = self._to_period(), other._to_period()
        starts_in_time = not (mine.start and theirs.end) or mine.start <= theirs.end
        ends_in_time = not (mine.end and theirs.start) or theirs.start <= mine.end
        return starts_in_time and ends_in_time

    def _to_period(self):
        """Return the days as ``accounting`` needs them.

        :rtype: Period
        """
        self.ensure_one()
        return Period(self.date_from or None, self.date_to or None)
