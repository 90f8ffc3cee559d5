from odoo import api, fields, models


class ExactAdministration(models.Model):
    """Whose books they are, and which periods are closed in them."""

    # A room of its own, beside what Exact tells.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    entity_id = fields.Many2one(
        "lightspeed.exact.entity",
        string="Legal entity",
        compute="_compute_entity_id",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        help="Who is liable for the VAT. Administrations of the same legal entity "
        "share its OSS registration, its threshold and its filed VAT returns.",
    )
    refused_period_ids = fields.One2many(
        "exact.period",
        "administration_id",
        domain=[("refused_at", "!=", False)],
        string="Refused periods",
    )

    @api.depends("company_id", "vat_number")
    def _compute_entity_id(self):
        """Find or make the legal entity once; afterwards it is a person's choice."""
        entities = self.env["lightspeed.exact.entity"]
        for administration in self:
            administration.entity_id = (
                administration.entity_id or entities._for_administration(administration)
            )

    def write(self, vals):
        result = super().write(vals)
        if "entity_id" in vals:
            self.link_ids._release_held()
        return result

    def _refused_periods(self):
        """Return the periods in which Exact refused a document.

        :rtype: tuple(RefusedPeriod)
        """
        return tuple(period._to_refused() for period in self.refused_period_ids)
