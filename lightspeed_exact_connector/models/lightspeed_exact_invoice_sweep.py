from odoo import fields, models

from ..accounting.listing_invoice import invoice_row

KINDS = ["invoice", "credit_note"]


class LightspeedExactInvoiceSweep(models.Model):
    """How far the invoices and credit notes of a shop are read, one row for a link."""

    _name = "lightspeed.exact.invoice.sweep"
    _description = "Reading Invoices of a Shop"
    _inherit = ["lightspeed.exact.sweep.mixin"]
    _rec_name = "link_id"

    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True, index=True)
    # Rows that are not kept: how many different ones this reading has passed.
    sweep_passed = fields.Integer(readonly=True)
    sweep_lowest = fields.Char(readonly=True)
    sweep_is_repeat = fields.Boolean(readonly=True)

    _link_uniq = models.Constraint(
        "UNIQUE(link_id)", "A link reads its invoices in one place."
    )

    def _sweep_link(self):
        return self.link_id

    def _sweep_rows(self, client, page, since):
        return client.invoices(page=page, limit=self._page_size(), updated_at_min=since)

    def _sweep_total(self, client, since):
        return client.invoice_count(updated_at_min=since)

    def _sweep_row(self, raw):
        return invoice_row(raw)

    def _sweep_kind(self, row):
        return "credit_note" if row.is_credit_note else "invoice"

    def _sweep_store(self, rows, mark):
        orders = self.env["lightspeed.exact.order"]
        kept, passed = [], []
        for raw in rows:
            row = self._readable(raw)
            if row and self._keeps(row):
                kept.append((row, raw))
            elif row:
                passed.append(row.remote_id)
        return orders._store_rows(self, kept, mark=mark) + self._pass(passed)

    def _keeps(self, row):
        """Return whether a row becomes a record.

        Invoices do where they are what is booked; credit notes, unless nobody wants
        to see them.
        """
        if row.is_credit_note:
            return self.link_id.credits != "off"
        return self.link_id.source == "invoice"

    def _pass(self, remote_ids):
        """Count the rows that are not kept: newest first, each id is a lower one.

        A row that comes twice is not counted twice.  In a list of another order some
        are not counted at all; the pages are then read once more than needed.

        :return: how many count as not met before
        :rtype: int
        """
        lowest, passed = self.sweep_lowest, 0
        for remote_id in remote_ids:
            if not lowest or _position(remote_id) < _position(lowest):
                lowest = remote_id
                passed += 1
        self.write({"sweep_passed": self.sweep_passed + passed, "sweep_lowest": lowest})
        return 0 if self.sweep_is_repeat else len(remote_ids)

    def _sweep_met(self):
        return self._stored_in_sweep(KINDS) + self.sweep_passed

    def _start_sweep(self):
        self._count_from_zero(is_repeat=False)
        return super()._start_sweep()

    def _sweep_again(self):
        self._count_from_zero(is_repeat=True)
        return super()._sweep_again()

    def _count_from_zero(self, is_repeat):
        self.write(
            {"sweep_passed": 0, "sweep_lowest": False, "sweep_is_repeat": is_repeat}
        )


def _position(remote_id):
    """Return what two ids are compared by: they are numbers, written as text."""
    return len(remote_id), remote_id
