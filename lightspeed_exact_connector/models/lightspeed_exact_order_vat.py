from odoo import fields, models

from ..clients.errors import ConnectorError
from .service_errors import problem_of


class LightspeedExactOrder(models.Model):
    """Reverse charge: only with proof that the customer's VAT number is valid."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    vies_check_id = fields.Many2one(
        "vies.check", string="VAT number check", readonly=True, ondelete="restrict"
    )

    def _vat_number_is_proved(self, work, booking):
        """Return whether the VAT number of a reverse-charge sale is proved valid.

        Fails closed: without an answer of VIES the order waits and is tried again.

        :param Work work: what the slice carries
        :param Booking booking: what was decided
        :rtype: bool
        :raise Hold: VIES does not know the number, or cannot be asked
        """
        if not booking.needs_vies or not self.link_id.check_vies:
            return True
        country = booking.vat_number[:2]
        checks = self.env["vies.check"]
        try:
            closed = work.closed_countries
            if country in closed or "" in closed:
                # It gave no answer just now: not every order waits for it.
                raise closed.get(country) or closed[""]
            self.vies_check_id = checks._require(
                self.company_id, booking.vat_number, self.link_id._own_vat_number()
            )
        except ConnectorError as error:
            # Without a status nobody answered: VIES itself, not the tax office.
            work.closed_countries[country if error.status else ""] = error
            self._fail(*problem_of(error, checks))
            return False
        return True
