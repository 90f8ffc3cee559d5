import logging
import time
from datetime import timedelta

from odoo import fields, models

from ..accounting.booking import Hold
from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
)
from .exact_administration_slice import BATCH
from .lightspeed_exact_operation import Pending

_logger = logging.getLogger(__name__)

TYPES = "documents/DocumentTypes"

# Exact's own type for sales invoices (Exact reference, 7.6), and how it is named.
SALES_INVOICE = 10
SALES_INVOICE_NAMES = ("sales invoice", "verkoopfactuur")

# How long no document is made once Exact did not let the user make one.
DOCUMENT_REST = timedelta(hours=1)
# When a document that could not be deleted is tried again.
TIDY_PAUSE = timedelta(minutes=15)
TIDY_REST = timedelta(days=1)


class ExactAdministration(models.Model):
    """After the orders: documents that nothing uses are taken away again."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    document_type = fields.Integer(
        string="Type of documents", readonly=True, copy=False, default=SALES_INVOICE
    )
    documents_parked_until = fields.Datetime(
        string="No documents until", readonly=True, copy=False
    )
    documents_reason_code = fields.Char(readonly=True, copy=False)
    documents_reason_detail = fields.Char(readonly=True, copy=False)

    # === MAY DOCUMENTS BE MADE? === #
    def _check_documents(self):
        """Refuse without a call what Exact refuses anyway.

        More refused calls could block the connector (Exact reference, 2.4).

        :raise Hold: Exact did not let the user make documents a short while ago
        """
        until = self.documents_parked_until
        if until and until > self._now():
            raise Hold(
                self.documents_reason_code or "attachment_denied",
                detail=self.documents_reason_detail or "-",
            )

    def _rest_documents(self, code, detail=""):
        """Make no documents for a while; the booking goes on.

        :param str code: key of the reason catalogue
        :param str detail: what Exact said
        """
        self.write(
            {
                "documents_parked_until": self._now() + DOCUMENT_REST,
                "documents_reason_code": code,
                "documents_reason_detail": detail or False,
            }
        )

    def _refresh_reference_data(self):
        """Make documents again: the user may have got the right."""
        result = super()._refresh_reference_data()
        self.sudo().documents_parked_until = False
        return result

    def _document_type(self):
        return self.document_type or SALES_INVOICE

    def _learn_document_type(self, work, refused):
        """Look the type of sales invoices up by its name; one call.

        :param int refused: the type that Exact does not take
        :return: whether another one was found
        :rtype: bool
        """
        select = ["ID", "Description", "DocumentIsCreatable"]
        try:
            rows = list(work.client.list(TYPES, select=select))
        except (AccessDenied, NotFound, Rejected) as error:
            _logger.info("Administration %s: no types: %s", self.id, error.code)
            return False
        for row in rows:
            name = str(row.get("Description") or "").strip().casefold()
            may_be_made = row.get("DocumentIsCreatable") is not False
            if may_be_made and name in SALES_INVOICE_NAMES and row["ID"] != refused:
                self.document_type = row["ID"]
                return True
        return False

    # === TIDYING === #
    def _has_other_work(self, orders=None):
        return super()._has_other_work(orders) or bool(self._left_documents(orders))

    def _do_other_work(self, work, deadline, orders=None):
        left_over = super()._do_other_work(work, deadline, orders)
        return self._tidy_documents(work, deadline, orders) or left_over

    def _left_documents(self, orders=None):
        """Return the documents of orders that are settled without having used them.

        :param orders: only those of these orders
        :rtype: lightspeed.exact.operation
        """
        domain = [
            ("administration_id", "=", self.id),
            ("kind", "=", "document"),
            ("tidy_at", "<=", self._now()),
            ("order_id.state", "in", ("booked", "skipped", "waiting")),
            ("order_id.has_work", "=", False),
        ]
        if orders is not None:
            domain.append(("order_id", "in", orders.ids))
        return self.env["lightspeed.exact.operation"].search(
            domain, order="tidy_at, id", limit=BATCH
        )

    def _tidy_documents(self, work, deadline, orders=None):
        """Delete in Exact the documents that nothing uses.

        :return: whether work is left
        :rtype: bool
        """
        if self._is_parked():
            return False
        for document in self._left_documents(orders):
            if time.monotonic() >= deadline:
                return True
            if not self._tidy_one(work, document):
                return False
        return False

    def _tidy_one(self, work, document):
        """Take one document away; what goes wrong is tried again later.

        :return: whether the next one may go
        :rtype: bool
        """
        try:
            document._take_away(work)
        except Pending as pending:
            document.tidy_at = pending.until
        except (RateLimited, AuthenticationError) as error:
            self._stopped(error)
            return False
        except (AccessDenied, Rejected, Hold) as error:
            _logger.warning("Document %s is left over: %s", document.id, error.code)
            document.write({"tidy_at": self._now() + TIDY_REST})
        except ConnectorError as error:
            _logger.info("Document %s is left over: %s", document.id, error.code)
            document.tidy_at = self._now() + TIDY_PAUSE
        self._commit()
        return True
