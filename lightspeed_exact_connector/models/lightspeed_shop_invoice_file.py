from contextlib import closing

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..clients import invoice_file
from ..clients.errors import BadRequest
from ..clients.transport import Transport

# Seconds to connect, and for the whole file.
TIMEOUT = (5, 20)


class LightspeedShop(models.Model):
    """Where the shop's own invoices are to be had as PDF."""

    # A room of its own, beside the connection.
    _inherit = "lightspeed.shop"  # pylint: disable=consider-merging-classes-inherited

    invoice_pdf_url = fields.Char(
        string="Address of invoices as PDF",
        groups="base.group_system",
        copy=False,
        help="Lightspeed itself has no call for them. Where an app or a server of your "
        "own gives them, its https address, with {number} (of the invoice), {id} (of "
        "the invoice in the shop) or {order} (number of the order) in it. No "
        "credentials are sent to it.",
    )

    @api.constrains("invoice_pdf_url")
    def _check_invoice_pdf_url(self):
        for shop in self.filtered("invoice_pdf_url"):
            try:
                invoice_file.checked_template(shop.invoice_pdf_url)
            except BadRequest as error:
                raise ValidationError(
                    shop.env._(
                        "The address of invoices must be https, with {number}, {id} or "
                        "{order} behind the name of the server."
                    )
                ) from error

    def _invoice_pdf(self, **values):
        """Return the PDF of an invoice.

        :param values: ``number``, ``id`` and ``order``, see the field
        :rtype: bytes
        :raise ConnectorError: there is none, or it could not be had
        """
        self.ensure_one()
        self.env["lightspeed.exact.identity"]._check_live()
        # In sudo mode: the address is for system administrators only.
        url = invoice_file.filled(self.sudo().invoice_pdf_url, **values)
        with closing(Transport(timeout=TIMEOUT)) as transport:
            return invoice_file.fetch(transport, url)
