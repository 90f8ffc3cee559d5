from odoo import models

from ..accounting.booking import Hold

# Refusals that an item may be the cause of; the last one for the texts of other
# languages, which nobody recognises.
ITEM_REFUSALS = (
    "refused.reference_invalid",
    "refused.item_invalid",
    "refused.blocked",
    "rejected",
)


class LightspeedExactOrder(models.Model):
    """An invoice that Exact refused: do its items still exist there?"""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    def _book(self, work, booking, customer, generation=0, takes_back=False):
        arguments = (work, booking, customer, generation, takes_back)
        try:
            return super()._book(*arguments)
        except Hold:
            if not self.administration_id._recheck_items(work, self._refused_items()):
                raise
        # With an item that is found or made anew it is another document.
        return super()._book(*arguments)

    def _refused_items(self):
        """Return the items of the invoice that Exact refused, empty for other holds.

        :rtype: exact.item
        """
        items = self.env["exact.item"]
        operation = self._planned().operation_id
        if (
            operation.kind != "sales_invoice"
            or operation.state != "refused"
            or operation.error_code not in ITEM_REFUSALS
        ):
            return items
        lines = operation._intended().get("SalesInvoiceLines", [])
        return items.search(
            [
                ("administration_id", "=", self.administration_id.id),
                ("remote_id", "in", [line["Item"] for line in lines]),
            ]
        )
