from odoo import models

from ..accounting import credit, invoice, reference
from ..accounting.booking import FilingPolicy, Hold, Skip
from ..accounting.money import dumps
from ..clients.errors import AccessDenied
from .lightspeed_exact_operation_invoice import (
    NumberLater,
    invoice_number,
    is_processed,
)


class LightspeedExactOrder(models.Model):
    """Sales invoices: made as a draft, compared, finalised where the profile says so.

    Nothing is finalised whose total in Exact is another one than was proved.  Such a
    draft is not in the books: its order is held, and the others go on.
    """

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    def _process(self, work):
        try:
            return super()._process(work)
        except NumberLater:
            # Nothing but the number is missing: the slice goes on with this order.
            work.unnumbered[self.id] = self._family_key()

    # === THE DRAFT === #
    def _document_payload(self, work, booking, customer):
        if booking.document_kind != "sales_invoice":
            return super()._document_payload(work, booking, customer)
        # Also of a link that makes entries by now: a credit goes with its original.
        policy = work.policy(self.link_id).invoice
        if policy is None:
            raise Hold("invoice_profile_missing")
        needs = invoice.item_needs(booking, policy)
        items = self._document_items(work, needs)
        return invoice.sales_invoice(booking, customer.remote_id, items, policy)

    def _document_items(self, work, needs):
        """Return the items of an invoice by their key, found or made in Exact.

        :param dict needs: key -> ``ItemNeed``
        :rtype: dict(str, str)
        :raise Hold: an item cannot be used
        :raise ConnectorError: Exact could not be asked
        """
        items = self.administration_id._items(
            work, needs, force=self.force, profile=self.link_id.invoice_profile_id
        )
        return {key: item.remote_id for key, item in items.items()}

    def _settle_or_step(self, work):
        booking = self._planned()
        is_made = booking._is_invoice() and booking.operation_id.state == "done"
        if is_made and (self.force or self._is_to_be_finalised(booking)):
            # It was made before: what became of it in Exact meanwhile?
            self._look_again(work, booking)
        return super()._settle_or_step(work)

    def _is_to_be_finalised(self, booking):
        """Return whether a draft goes on by itself, as far as it is known.

        One whose total is known to be wrong waits for a person.
        """
        return (
            booking.print_operation_id.state not in ("sending", "done")
            and self._is_finalised_at_once()
            and not booking._differs_from_exact()
        )

    def _look_again(self, work, booking):
        """Read a draft that did not get on, before it is finalised or made again.

        It may have been changed, processed or deleted in Exact.

        :raise Hold: it was deleted, and nobody asked to make it again; or another one
            has its reference
        :raise ConnectorError: Exact could not be asked
        """
        row = booking.operation_id._invoice_in_exact(work)
        if row is None:
            if booking.print_operation_id.state == "sending":
                # That is settled first, and asks more than once.
                return
            if not self.force:
                self._draft_gone(booking)
                raise Hold("invoice_gone", reference=booking.reference)
            self._let_make_again(work, booking)
            return
        booking._take_row(row)
        booking.invoice_state = "draft"
        if is_processed(row):
            self._adopt_print(booking, row)

    def _let_make_again(self, work, booking):
        """Let an invoice be made once more that was deleted in Exact.

        :raise Hold: ``invoice_other``
        """
        operation = booking.operation_id
        rows = operation._invoices_in_exact(work, booking.reference)
        if rows:
            raise Hold("invoice_other", reference=booking.reference)
        (operation | booking.print_operation_id)._forget_gone()
        booking.write(
            {"invoice_state": False, "entry_id": False, "remote_total": False}
        )
        self.env["lightspeed.exact.lane"]._commit()

    def _finish(self, work, booking):
        if booking._is_invoice():
            self._finish_invoice(work, booking)
        return super()._finish(work, booking)

    def _finish_invoice(self, work, booking):
        """Compare the draft, and finalise it where the profile says so.

        :raise Hold: its total is wrong, it is gone, or Exact does not finalise it
        :raise Pending: the outcome of finalising is not known yet
        :raise NumberLater: it is finalised, and its number is asked for with others
        :raise ConnectorError: technical trouble
        """
        operation = booking.operation_id
        if booking.invoice_state == "gone":
            raise Hold("invoice_gone", reference=booking.reference)
        operation._complete(work)
        booking.write(
            {
                "invoice_state": "draft",
                "entry_id": operation.remote_id,
                "remote_total": operation.remote_total,
            }
        )
        printing = booking.print_operation_id
        if printing.state == "sending":
            row = printing._recover_print(work)
            if row is None:
                self._draft_gone(booking)
                raise Hold("invoice_gone", reference=booking.reference)
            # Not finalised after all, it may have been changed in Exact meanwhile.
            booking._take_row(row)
        if printing.state != "done":
            if booking._differs_from_exact():
                self.administration_id._expect_drafts()
                raise Hold(
                    "invoice_total_wrong",
                    booked=booking.remote_total,
                    expected=booking.gross,
                )
            if not self._is_finalised_at_once() or self._is_outdated(work, booking):
                self.force = False
                self.administration_id._expect_drafts()
                return
            self._print(work, booking)
            if not booking.print_operation_id.remote_number:
                raise NumberLater
        self._finish_print(work, booking)

    def _is_finalised_at_once(self):
        """Return whether the link's profile has invoices finalised by the connector."""
        self.ensure_one()
        return self.link_id.invoice_profile_id.finalise == "print"

    def _is_outdated(self, work, booking):
        """Return whether the shop has the document otherwise than it was decided.

        A draft of it is left open: finalised, the customer would get a wrong invoice,
        and the books a credit of it.  What is to be done about it is proposed.

        :rtype: bool
        """
        if booking.takes_back or booking.kind == "correction":
            return False
        if not self._changed_under_way(booking):
            return False
        if self.remote_status == "cancelled":
            return True
        if self.content_digest == booking.source_content:
            # The list is only as new by now as what was decided on.
            return False
        try:
            wanted = self._decide_again(work, FilingPolicy())
        except Hold:
            return True
        if not wanted or isinstance(wanted, Skip):
            return True
        return not credit.same_books([booking._content()], wanted)

    # === FINALISING === #
    def _print_operation(self, booking):
        """Return the operation that finalises an invoice, made when it is new.

        :rtype: lightspeed.exact.operation
        """
        operation = self.env["lightspeed.exact.operation"]._intend(
            self.administration_id,
            "print",
            booking.reference,
            reference.uniqueness_key(booking.reference),
            order=self,
        )
        booking.print_operation_id = operation
        return operation

    def _print(self, work, booking):
        """Finalise an invoice: it gets its number, and goes to the customer.

        A refusal is looked into, in whatever language it is: an invoice that is
        processed already needs nothing more.

        :raise Hold: refused; the draft stays in Exact
        """
        operation = self._print_operation(booking)
        payload = self._print_payload(booking)
        force, self.force = self.force, False
        administration = self.administration_id
        if not administration.may_print and not force:
            administration._expect_drafts()
            raise Hold("invoice_print_denied")
        try:
            operation._set_payload(dumps(payload), force=force)
            operation._send(work.client)
        except AccessDenied as error:
            if error.reason:
                # All of the division is closed, not finalising only.
                raise
            administration.may_print = False
            administration._expect_drafts()
            raise Hold("invoice_print_denied") from error
        except Hold:
            row = operation._invoice_in_exact(work)
            if row is None or not is_processed(row):
                administration._expect_drafts()
                raise
            booking._take_row(row)
            operation._adopt(row, [])

    def _print_payload(self, booking):
        """Return what is posted to finalise an invoice, on the day of its booking.

        :rtype: dict
        """
        return invoice.print_payload(
            booking.operation_id.remote_id,
            {
                "InvoiceDate": f"{booking.entry_date.isoformat()}T00:00:00",
                **self.link_id.invoice_profile_id._print_values(),
            },
        )

    def _adopt_print(self, booking, row):
        """Take an invoice for finalised that somebody processed in Exact.

        :param dict row: of ``salesinvoice/SalesInvoices``
        """
        operation = booking.print_operation_id or self._print_operation(booking)
        if operation.state != "done":
            if not operation.payload:
                # What was intended is all that recovery knows of.
                operation.payload = dumps({"InvoiceID": row["InvoiceID"]})
            operation._adopt(row, [])
        elif not operation.remote_number:
            operation.remote_number = invoice_number(row) or False

    def _finish_print(self, work, booking):
        """Remember number and outcome of an invoice that is finalised.

        :raise Pending: Exact does not show it as processed yet
        :raise Hold: it never does
        :raise ConnectorError: its number is not known yet
        """
        operation, printing = booking.operation_id, booking.print_operation_id
        row = printing._complete_print(work)
        if row:
            booking._take_row(row)
        operation.remote_number = printing.remote_number
        self.force = False
        booking.write(
            {"invoice_state": "processed", **booking._output_values(printing)}
        )

    def _differs(self, booking):
        """An invoice that was changed by hand stops nothing: somebody meant it."""
        if not booking._is_invoice():
            return super()._differs(booking)
        self._tell_changed(booking)
        return None

    def _tell_changed(self, booking):
        """Show that the total of an invoice was changed in Exact."""
        params = {"booked": booking.remote_total, "expected": booking.gross}
        booking.total_changed = True
        self.write({"reason_code": "invoice_changed", "reason_params": params})

    # === SKIPPING === #
    def _is_under_way(self):
        """A draft that is held is not in the books: a person may leave it out."""
        booking = self._planned()
        if (
            self.state == "held"
            and booking._is_invoice()
            and booking.operation_id.state == "done"
            and booking.print_operation_id.state not in ("sending", "done")
        ):
            return False
        return super()._is_under_way()
