import logging
from uuid import UUID

from odoo import fields, models

from ..clients.odata import guid_literal
from .lightspeed_exact_operation import digest_of

_logger = logging.getLogger(__name__)

DOCUMENTS = "documents/Documents"
ATTACHMENTS = "documents/DocumentAttachments"
DOCUMENT_FIELDS = ["ID", "HID", "Subject", "Account", "FinancialTransactionEntryID"]

# They hang on what is booked, and are no booking themselves.
ATTACHING = ("document", "attachment")


class LightspeedExactOperation(models.Model):
    """Documents and their files in Exact: found again, used again, taken away again."""

    # A room of its own, beside the writes of every kind.
    _inherit = "lightspeed.exact.operation"  # pylint: disable=consider-merging-classes-inherited

    tidy_at = fields.Datetime(
        string="Tidied at",
        help="When to look whether the document is used; empty once it is, or is gone.",
    )

    _tidy_idx = models.Index("(administration_id, tidy_at) WHERE tidy_at IS NOT NULL")

    def _answer_values(self, answer, sent):
        values = super()._answer_values(answer, sent)
        if sent.kind == "attachment":
            # The file is in Exact now; its digest is enough to know it again.
            values["payload"] = False
        return values

    def _is_done_with(self, text):
        """Return whether this very payload was sent and Exact has it.

        :param str text: JSON
        """
        return self.state == "done" and self.payload_digest == digest_of(text)

    def _is_about_type(self):
        """Return whether Exact refused the type of the document, in its own words."""
        return (
            self.state == "refused" and "type" in (self.error_detail or "").casefold()
        )

    # === RECOVERY === #
    def _recover_attached(self, work):
        """Settle a document whose answer was lost; raises as ``_recover`` does."""
        intended = self._intended()
        self._recover(
            work.client,
            lambda: self._loose_documents(work, intended),
            # Its subject has our reference, and its relation was compared.
            lambda row: [],
        )

    def _loose_documents(self, work, intended):
        """Return the documents in Exact with subject and relation of an intended one.

        :rtype: list(dict)
        """
        account = UUID(intended["Account"])
        return [
            row
            for row in work.find(
                DOCUMENTS, DOCUMENT_FIELDS, "Subject", intended["Subject"]
            )
            if row.get("Account") and UUID(row["Account"]) == account
        ]

    def _recover_attachment(self, work, document):
        """Settle a file whose answer was lost; raises as ``_recover`` does.

        :param document: the operation of the document that it hangs on
        """
        name = self._intended()["FileName"]
        self._recover(
            work.client,
            lambda: [
                row
                for row in work.find(
                    ATTACHMENTS,
                    ["ID", "FileName"],
                    "Document",
                    UUID(document.remote_id),
                )
                if row.get("FileName") == name
            ],
            lambda row: [],
        )

    # === TAKING AWAY === #
    def _document_in_exact(self, work):
        """Return the document of Exact, ``None`` when it is gone.

        A list, as a single row that is gone may be answered as a missing right
        (Exact reference, 8.7).
        """
        rows = work.find(DOCUMENTS, DOCUMENT_FIELDS, "ID", UUID(self.remote_id))
        return rows[0] if rows else None

    def _take_away(self, work):
        """Delete a document that nothing in Exact uses; harmless to do again.

        :return: whether it is gone; ``False`` when it is used after all
        :rtype: bool
        :raise Pending: the outcome of making it is not known yet
        :raise Hold: several documents have its subject
        :raise ConnectorError: it may be there still
        """
        self.ensure_one()
        if self.state == "sending":
            self._recover_attached(work)
        if self.state == "done":
            if self._is_used():
                self.tidy_at = False
                return False
            row = self._document_in_exact(work)
            if row and row.get("FinancialTransactionEntryID"):
                _logger.info("Document %s is used in Exact; it stays", self.remote_id)
                self.tidy_at = False
                return False
            if row:
                work.client.delete(f"{DOCUMENTS}({guid_literal(self.remote_id)})")
                _logger.info("Document %s was used by nothing; deleted", self.remote_id)
        (self | self._file())._forget_made()
        return True

    def _is_used(self):
        """Return whether what was posted for the order names the document.

        A draft of an invoice has no entry yet that Exact could name.
        """
        posted = self.search(
            [
                ("order_id", "=", self.order_id.id),
                ("kind", "in", ("sales_entry", "sales_invoice")),
                "|",
                ("state", "=", "done"),
                "&",
                ("state", "=", "sending"),
                ("kind", "=", "sales_invoice"),
            ]
        )
        return any(self.remote_id in (operation.payload or "") for operation in posted)

    def _file(self):
        """Return the operation of the file that hangs on this document."""
        return self.search(
            [
                ("administration_id", "=", self.administration_id.id),
                ("kind", "=", "attachment"),
                ("reference_key", "=", self.reference_key),
            ],
            limit=1,
        )

    def _forget_made(self):
        """Forget what was made: it is not in Exact any more."""
        self.write(
            {
                "state": "ready",
                "attempts": 0,
                "remote_id": False,
                "remote_number": False,
                "payload": False,
                "payload_digest": False,
                "finished_at": False,
                "tidy_at": False,
            }
        )
        self._commit()
