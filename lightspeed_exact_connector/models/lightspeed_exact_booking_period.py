from odoo import api, fields, models


class LightspeedExactBooking(models.Model):
    """What a booking means for periods and for the threshold of distance sales."""

    _inherit = "lightspeed.exact.booking"

    shifted_from = fields.Date(
        string="True date",
        index="btree_not_null",
        help="The document's own date; its VAT return was filed already, so it is "
        "booked on the first day after that.",
    )
    threshold_net = fields.Monetary(
        string="Counts for the OSS threshold",
        help="Net sold to a consumer in another member state; negative on credit "
        "notes.",
    )

    @api.model
    def _values_of(self, order, booking):
        return {
            **super()._values_of(order, booking),
            "shifted_from": booking.shifted_from or False,
            # Whole cents: exact in the numeric column.
            "threshold_net": float(booking.threshold_net),
        }
