from odoo import models

from ..accounting import summary
from ..accounting.booking import Hold
from ..accounting.money import loads
from ..clients.errors import ConnectorError
from .lightspeed_exact_order_attachment import Attachment


class LightspeedExactOrder(models.Model):
    """The shop's own invoice as what is attached."""

    # A room of its own, beside the attachment.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    def _attachment(self, booking):
        """Attach the shop's invoice, where that was chosen.

        What the shop has no invoice of, a reversal or a difference, gets the summary.
        """
        if self.link_id.attachment != "invoice":
            return super()._attachment(booking)
        values = self._invoice_file_values(booking)
        if not values:
            return super()._attachment(booking)
        env = self.link_id._books_env()
        return Attachment(
            title=env._("Invoice"),
            name=summary.file_name(f"{booking.reference}-{values['number']}"),
            read=lambda: self._invoice_file(values),
            # Each time it is asked for, it may have another moment of making in it.
            is_fixed=False,
        )

    def _invoice_file(self, values):
        """Return the bytes of the shop's invoice.

        :raise Hold: there is none, or it could not be had
        """
        try:
            return self.shop_id._invoice_pdf(**values)
        except ConnectorError as error:
            raise Hold(
                "attachment_unavailable", detail=error.detail or error.code
            ) from error

    def _invoice_file_values(self, booking):
        """Return number and id of the shop's invoice and the number of its order.

        :return: empty for what the shop makes no invoice of
        :rtype: dict
        """
        if self.source_kind != "order":
            if (booking.kind == "credit") != (self.source_kind == "credit_note"):
                return {}
        elif booking.kind != "sale":
            return {}
        # Read just now for the booking, also where it was removed by retention.
        sale = self._parsed(loads(self.payload or "{}"))
        if self.source_kind != "order":
            return {
                "number": self.number,
                "id": self.remote_id,
                "order": sale.order_number,
            }
        invoice = next(iter(sale.invoices), None)
        return {
            "number": invoice.number if invoice else "",
            "id": invoice.remote_id if invoice else "",
            "order": sale.order_number or sale.number,
        }
