import logging
import time
from datetime import timedelta

from odoo import models

from ..accounting import customer as relations
from ..accounting.booking import Hold
from ..accounting.items import ItemNeed
from ..clients.errors import AuthenticationError, ConnectorError, RateLimited
from ..const import LOOKUP_SPACING_SECONDS
from .lightspeed_exact_operation import Pending

_logger = logging.getLogger(__name__)

# Writes that are looked up in one slice; a call each.
UNSETTLED_CALLS = 10


class ExactAdministration(models.Model):
    """After the orders: what became of relations and items that nobody waits for.

    Who needs one settles it himself.  But an order may be cancelled while the answer is
    lost; then the write is settled here, by the same rules, when there is time.
    """

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _has_other_work(self, orders=None):
        return super()._has_other_work(orders) or bool(
            orders is None and self._unsettled(1)
        )

    def _do_other_work(self, work, deadline, orders=None):
        left_over = super()._do_other_work(work, deadline, orders)
        if orders is None:
            self._settle_the_rest(work, deadline)
        return left_over

    def _unsettled(self, limit):
        """Return writes whose outcome is unknown, and may be asked for by now.

        :rtype: lightspeed.exact.operation
        """
        operations = self.env["lightspeed.exact.operation"]
        now = self._now()
        return operations.search(
            [
                ("administration_id", "=", self.id),
                ("state", "=", "sending"),
                ("kind", "in", ("relation", "item")),
                ("payload", "!=", False),
                ("sent_at", "<=", now - operations._settling()),
                "|",
                ("looked_up_at", "=", False),
                ("looked_up_at", "<=", now - timedelta(seconds=LOOKUP_SPACING_SECONDS)),
            ],
            order="looked_up_at NULLS FIRST, id",
            limit=limit,
        )

    def _settle_the_rest(self, work, deadline):
        """Ask Exact for the outcomes that are unknown still; a limited number."""
        if self._is_parked():
            return
        for operation in self._unsettled(UNSETTLED_CALLS):
            if time.monotonic() >= deadline or self._reserve_reached(work):
                return
            try:
                self._settle_one(work, operation)
            except Pending:
                continue
            except Hold as hold:
                # Who needs it in the end says so; the others go before it.
                _logger.info("Operation %s not settled: %s", operation.id, hold.code)
                operation.looked_up_at = self._now()
            except (RateLimited, AuthenticationError) as error:
                self._stopped(error)
                return
            except ConnectorError as error:
                _logger.info("Operation %s not asked: %s", operation.id, error.code)
                return
            self._commit()

    def _settle_one(self, work, operation):
        """Settle one write; raises as ``_recover`` of the operation does."""
        if operation.kind == "item":
            key, code = operation.reference_key, operation.reference
            need = ItemNeed(key=key, code=code, name=code)
            self._settled_item(work, need, operation)
            # As which article it is known the next order tells.
            return
        identity = relations.identity_of(operation.reference, operation._intended())
        rows = self._made_relations(work, identity, identity.vat_number, operation)
        operation._recover(work.client, lambda: rows, lambda _row: [])
        customers = self.env["exact.customer"]
        if operation.state != "done" or customers._known(self, identity.key):
            return
        if rows[0].get("Status") == "C" and not rows[0].get("Blocked"):
            customers._remember(self, identity.key, rows[0], "created")
