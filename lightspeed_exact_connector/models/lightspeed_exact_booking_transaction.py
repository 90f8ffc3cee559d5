from odoo import models

from ..accounting.exact_values import guid_or_empty, trim
from ..accounting.reference import uniqueness_key
from ..clients.exact import any_of
from ..clients.odata import MAX_TERMS

ENTRIES = "salesentry/SalesEntries"
TRANSACTION_FIELDS = [
    "EntryID",
    "EntryNumber",
    "InvoiceNumber",
    "Journal",
    "YourRef",
]


class LightspeedExactBooking(models.Model):
    """The sales entry that finalising an invoice made: what is owed hangs on it.

    It has the number of the invoice (Exact reference, 6.3), and is looked up only when
    something needs it.
    """

    # A room of its own, beside what every booking is.
    _inherit = "lightspeed.exact.booking"  # pylint: disable=consider-merging-classes-inherited

    def _transaction_key(self):
        """Return Exact's id of the entry in the ledger, ``""`` when it is not known.

        :rtype: str
        """
        self.ensure_one()
        remote_id = self.entry_id
        if self.document_kind == "sales_invoice":
            remote_id = self.transaction_entry_id
        return (remote_id or "").lower()

    def _find_transactions(self, work):
        """Look up the entries of invoices that are in the books; some in each call.

        :raise ConnectorError: Exact could not be asked
        """
        wanted = self.filtered(
            lambda booking: (
                booking.document_kind == "sales_invoice"
                and booking.invoice_state == "processed"
                and not booking.transaction_entry_id
                and (booking.entry_number or "").isdigit()
            )
        )
        # Two terms for each number, see below.
        size = MAX_TERMS // 2
        for start in range(0, len(wanted), size):
            wanted[start : start + size]._find_some_transactions(work)

    def _find_some_transactions(self, work):
        numbers = sorted({int(booking.entry_number) for booking in self})
        # Which of its numbers is that of the invoice is not told beyond doubt.
        terms = [any_of(name, numbers) for name in ("EntryNumber", "InvoiceNumber")]
        rows = list(
            work.client.list(
                ENTRIES, select=TRANSACTION_FIELDS, filter=f"({' or '.join(terms)})"
            )
        )
        for booking in self:
            found = [row for row in rows if booking._is_transaction(row)]
            # The same number in another journal is of somebody else.
            if len({row["EntryID"] for row in found}) == 1:
                booking.transaction_entry_id = guid_or_empty(found[0]["EntryID"])

    def _is_transaction(self, row):
        """Return whether an entry is that of this invoice.

        :param dict row: of ``salesentry/SalesEntries``
        """
        numbers = [trim(row.get(name)) for name in ("EntryNumber", "InvoiceNumber")]
        if self.entry_number not in numbers:
            return False
        pairs = (
            (trim(row.get("Journal")), self.journal_code),
            (uniqueness_key(trim(row.get("YourRef"))), uniqueness_key(self.reference)),
        )
        return all(not there or there == here for there, here in pairs)
