from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# Their VAT is not in the return of the own country.
ELSEWHERE = ("oss", "local")


class LightspeedExactEntity(models.Model):
    """Filed VAT returns: what happens to older documents, and how much VAT moved."""

    _inherit = "lightspeed.exact.entity"

    vat_filed_through = fields.Date(
        string="VAT filed through",
        tracking=True,
        help="Last day of the last period whose VAT return is filed. Nothing is booked "
        "on this day or before any more.",
    )
    late_policy = fields.Selection(
        [
            ("hold", "Hold for a person"),
            (
                "shift",
                "Book on the first day after it, with the true date in the text",
            ),
        ],
        string="Older documents",
        required=True,
        default="hold",
        tracking=True,
    )
    correction_limit = fields.Monetary(
        string="Limit for a correction return",
        default=1000,
        required=True,
        help="Up to this amount a correction may go along in the next VAT return; "
        "above it a correction return (suppletie) must be filed. In the Netherlands "
        "EUR 1,000.",
    )
    shifted_text = fields.Text(
        string="VAT moved out of filed periods", compute="_compute_shifted"
    )
    shifted_vat = fields.Monetary(
        string="Largest in a year", compute="_compute_shifted"
    )
    shifted_warning = fields.Boolean(compute="_compute_shifted")

    # === COMPUTE === #
    @api.depends("correction_limit", "currency_id", "administration_ids")
    @api.depends_context("lang")
    def _compute_shifted(self):
        for entity in self:
            rows = entity._shifted_sums()
            limit = Decimal(repr(entity.correction_limit or 0))
            largest = max((abs(vat) for _year, _count, vat in rows), default=Decimal(0))
            # Shown only; the comparison is made with the exact sum.
            entity.shifted_vat = float(largest)
            entity.shifted_warning = largest > limit
            entity.shifted_text = "\n".join(
                self.env._(
                    "%(year)s: %(vat)s VAT, %(count)s bookings",
                    year=year,
                    vat=entity._shown(vat),
                    count=count,
                )
                for year, count, vat in rows
            )

    # === CONSTRAINTS === #
    @api.constrains("vat_filed_through")
    def _check_vat_filed_through(self):
        today = fields.Date.context_today(self)
        if self.filtered(
            lambda entity: entity.vat_filed_through and entity.vat_filed_through > today
        ):
            raise ValidationError(
                self.env._("A period that is not over yet cannot be filed.")
            )

    # === CRUD === #
    @api.model
    def _deciding_fields(self):
        return super()._deciding_fields() | {"vat_filed_through", "late_policy"}

    # === ACTIONS === #
    def action_view_shifted(self):
        """Open the bookings that were moved out of filed periods."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_booking_action"
        )
        domain = [
            ("administration_id.entity_id", "=", self.id),
            ("shifted_from", "!=", False),
        ]
        return {**action, "domain": domain, "context": {}}

    # === BUSINESS === #
    def _shifted_sums(self):
        """Return what was moved out of filed periods, by the year it belongs to.

        Only VAT of the own country's return: that of OSS and of registrations
        elsewhere is corrected in those returns.

        :return: year, number of bookings and VAT, latest year first
        :rtype: list(tuple(int, int, Decimal))
        """
        ids = tuple(self.ids)
        if not ids:
            return []
        self.env["lightspeed.exact.booking"].flush_model()
        self.env["exact.administration"].flush_model(["entity_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT EXTRACT(YEAR FROM b.shifted_from)::int, COUNT(*),
                       SUM(b.amount_vat)::text
                  FROM lightspeed_exact_booking b
                  JOIN exact_administration a ON a.id = b.administration_id
                 WHERE a.entity_id IN %(entities)s
                   AND b.shifted_from IS NOT NULL
                   AND b.state = 'posted'
                   AND (b.treatment IS NULL OR b.treatment NOT IN %(elsewhere)s)
                 GROUP BY 1
                 ORDER BY 1 DESC
                """,
                entities=ids,
                elsewhere=ELSEWHERE,
            )
        )
        # As text: Odoo reads numeric as float.
        return [(year, count, Decimal(vat)) for year, count, vat in rows]
