import logging
import time

from odoo import models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..clients.errors import ConnectorError
from .lightspeed_exact_product_transfer import WORKING

_logger = logging.getLogger(__name__)


class ExactAdministration(models.Model):
    """Products: last in every slice, so that they never delay an order."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _has_other_work(self, orders=None):
        return super()._has_other_work(orders) or (
            orders is None and bool(self._due_transfers() or self._nightly_links())
        )

    def _do_other_work(self, work, deadline, orders=None):
        left_over = super()._do_other_work(work, deadline, orders)
        if orders is None and not self._is_parked():
            for link in self._nightly_links():
                link._look_for_new_products()
            self._commit()
            left_over |= self._transfer_products(work, deadline)
        return left_over

    def _nightly_links(self):
        """Return the links whose shop is to be asked for new products now."""
        return self.env["lightspeed.exact.link"].search(
            [
                ("administration_id", "=", self.id),
                ("state", "=", "running"),
                ("products_at", "<=", self._now()),
            ]
        )

    def _due_transfers(self):
        """Return the transfers of products that may go on now, oldest first."""
        return self.env["lightspeed.exact.product.transfer"].search(
            [
                ("administration_id", "=", self.id),
                ("link_id.state", "=", "running"),
                ("link_id.active", "=", True),
                ("state", "in", list(WORKING)),
                "|",
                ("next_at", "=", False),
                ("next_at", "<=", self._now()),
            ],
            order="id",
        )

    def _transfer_products(self, work, deadline):
        """Go on with the transfers of products.

        :return: whether work is left
        :rtype: bool
        """
        left_over = False
        for transfer in self._due_transfers():
            if time.monotonic() >= deadline:
                return True
            left_over |= self._transfer_some(work, transfer, deadline)
            if self._is_parked():
                return False
        return left_over

    def _transfer_some(self, work, transfer, deadline):
        """Go on with one transfer; whatever happens to it stays with it.

        :return: whether it has work left
        :rtype: bool
        """
        try:
            left_over = transfer._work(work, deadline)
            self._commit()
        except ConnectorError as error:
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.info("Transfer %s rests: %s", transfer.id, error.code)
            transfer._trouble(error)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            # A bug of ours on products must not stop the orders.
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception("Transfer %s stopped", transfer.id)
            transfer._hold("internal", {"detail": type(error).__name__})
        else:
            return left_over
        self._commit()
        return False
