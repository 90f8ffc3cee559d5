from odoo import models

from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectorError,
    NotSentError,
    RateLimited,
    TemporaryError,
)
from ..clients.odata import MAX_TERMS


class ExactAdministration(models.Model):
    """The numbers of invoices that were finalised: many in one call.

    Exact does not tell the number when it finalises (Exact reference, 6.3).  So an
    order whose invoice was finalised is put off, and finished after its batch, when
    one call has brought the numbers.  What is durable meanwhile is the finalising
    itself: whoever comes later asks for the number, and finalises nothing again.
    """

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _post_one(self, work, order):
        """Finish first what an order may wait for: another document of the same one."""
        if self._has_unnumbered(work, order) and not self._finish_unnumbered(work):
            return False
        return super()._post_one(work, order)

    def _has_unnumbered(self, work, order):
        """Return whether an invoice about the same order of the shop has no number.

        :param order: an order, or a clearing or the entry of a day: those have none
        """
        if not work.unnumbered or order._name != "lightspeed.exact.order":
            return False
        return order._family_key() in work.unnumbered.values()

    def _finish_unnumbered(self, work):
        """Finish the orders that were put off until their invoice has its number.

        :return: whether posting may go on
        :rtype: bool
        """
        # Once more where a correction finalised a further invoice.
        while work.unnumbered:
            orders = self.env["lightspeed.exact.order"].browse(list(work.unnumbered))
            work.unnumbered.clear()
            if not self._look_up_numbers(work, orders):
                return False
            for order in orders:
                if not self._post_one(work, order):
                    return False
                self._rest_when_stuck(work, order)
        return True

    def _look_up_numbers(self, work, orders):
        """Read the invoices of these orders that are finalised without a number yet.

        :param orders: not more than are asked for in one call
        :return: whether posting may go on
        :rtype: bool
        """
        work.invoices.clear()
        bookings = self.env["lightspeed.exact.booking"].search(
            [
                ("order_id", "in", orders.ids),
                ("state", "=", "planned"),
                ("print_operation_id.state", "=", "done"),
                ("print_operation_id.remote_number", "=", False),
            ],
            order="id",
            limit=MAX_TERMS,
        )
        if not bookings:
            return True
        keys = bookings.print_operation_id.mapped("remote_id")
        try:
            rows = self._invoices_by_id(work, keys)
        except (RateLimited, AuthenticationError, AccessDenied) as error:
            self._stopped(error)
            return False
        except (TemporaryError, NotSentError) as error:
            self._failed(bookings.order_id, error)
            return False
        except ConnectorError:
            # The orders meet the same refusal one by one, each with its own reason.
            return True
        work.invoices.update({key.lower(): rows.get(key.lower()) for key in keys})
        return True
