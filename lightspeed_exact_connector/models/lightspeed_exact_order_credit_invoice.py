from dataclasses import replace

from odoo import models

from ..accounting.booking import Hold
from ..accounting.exact_values import trim
from ..accounting.money import cents
from ..clients.exact import any_of
from .lightspeed_exact_operation import ENTRY_FIELDS
from .lightspeed_exact_operation_invoice import (
    INVOICE_FIELDS,
    INVOICES,
    invoice_number,
    is_processed,
)


class LightspeedExactOrder(models.Model):
    """Credits of sales invoices: sales invoices as well, of negative quantity."""

    # A room of its own, beside the credits of entries.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    def _finished_credit(self, work, note, booking):
        """A credit has the kind of document of its original, and a journal for that."""
        finished = super()._finished_credit(work, note, booking)
        journal = self.link_id._journal_of(finished.document_kind)
        return replace(finished, journal=journal or booking.journal)

    def _originals_in_exact(self, work, wanted):
        """Find invoices as well, where the link makes some.

        One that is processed has its entry; that is credited, as an invoice.
        """
        entries = super()._originals_in_exact(work, wanted)
        if self.link_id.document_kind != "sales_invoice":
            return entries
        found = {entry["EntryID"]: entry for entry in entries}
        for row in work.client.list(
            INVOICES, select=INVOICE_FIELDS, filter=any_of("YourRef", wanted)
        ):
            if cents(row.get("AmountFC") or 0) <= 0:
                continue
            if not is_processed(row):
                raise Hold("credit_original_draft", reference=trim(row["YourRef"]))
            entry = self._entry_of_invoice(work, row, entries)
            found[entry["EntryID"]] = {**entry, "document_kind": "sales_invoice"}
        return list(found.values())

    def _entry_of_invoice(self, work, row, entries):
        """Return the entry that finalising an invoice made: it has the same number.

        :param dict row: an invoice, processed
        :param list entries: those that were found by their reference
        :rtype: dict
        :raise Hold: it cannot be found
        """
        number, reference = invoice_number(row), trim(row["YourRef"])
        fitting = [entry for entry in entries if _is_of(entry, row)]
        if not fitting and number.isdigit():
            rows = work.find(
                "salesentry/SalesEntries", ENTRY_FIELDS, "EntryNumber", int(number)
            )
            fitting = [entry for entry in rows if _is_of(entry, row)]
        if len(fitting) != 1:
            raise Hold("credit_original_unreadable", reference=reference)
        return {**fitting[0], "YourRef": reference}


def _is_of(entry, row):
    """Return whether an entry is that of an invoice: number and journal agree."""
    journals = {trim(entry.get("Journal")), trim(row.get("Journal"))} - {""}
    same_number = trim(entry.get("EntryNumber")) == invoice_number(row)
    return same_number and len(journals) < 2
