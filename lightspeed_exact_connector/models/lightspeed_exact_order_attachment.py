import base64
from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..accounting import reference, summary
from ..accounting.booking import Hold
from ..accounting.money import dumps
from ..clients.errors import AccessDenied
from ..documents.summary_pdf import render
from .groups import check_bookkeeper
from .lightspeed_exact_operation_document import ATTACHING
from .reasons import explain_treatment
from .reasons_attachment import HELD_FOR_A_DOCUMENT

# What is attached: the words before the reference in the document's subject, the name
# of the file, what gives its bytes, and whether those are the same each time.
Attachment = namedtuple("Attachment", "title name read is_fixed")

# So often a call for an attachment may go wrong before the booking goes without it.
MOST_ATTEMPTS = 3


class LightspeedExactOrder(models.Model):
    """The document that is attached to what is booked: first it, then the booking."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    document_missing = fields.Char(
        string="Attachment missing",
        compute="_compute_document_missing",
        help="Why something was booked without its attachment.",
    )

    without_document = fields.Boolean(
        string="Book without attachment",
        readonly=True,
        copy=False,
        help="A person chose to book this one without its attachment.",
    )
    held_for_document = fields.Boolean(compute="_compute_held_for_document")

    @api.depends("state", "reason_code")
    def _compute_held_for_document(self):
        for order in self:
            order.held_for_document = (
                order.state == "held" and order.reason_code in HELD_FOR_A_DOCUMENT
            )

    @api.depends("booking_ids.document_text", "booking_ids.state")
    @api.depends_context("lang")
    def _compute_document_missing(self):
        for order in self:
            texts = order._posted().mapped("document_text")
            order.document_missing = " ".join(filter(None, texts)) or False

    def _open_write_domain(self):
        # A document is no booking: without one it is taken away again.
        return [*super()._open_write_domain(), ("kind", "not in", ATTACHING)]

    def action_book_without_document(self):
        """Book at once what is held for its attachment, without it.

        :raise UserError: an order is held for another reason, or its link does not run
        """
        check_bookkeeper(self)
        self._check_operable()
        if not all(self.mapped("held_for_document")):
            raise UserError(self.env._("This order is not held for its attachment."))
        return self._run_now(lambda orders: orders._prepare_without_document())

    def _prepare_without_document(self):
        self.write({"without_document": True})
        self._set_state("ready")

    def _prepare_retry(self):
        """Try documents again, too: the person who retries may have given the right."""
        self.administration_id.documents_parked_until = False
        return super()._prepare_retry()

    # === MAKING === #
    def _attached(self, work, booking, customer):
        """Return the document to attach, made first when there is none yet.

        What cannot be attached does not stop a booking, unless that was chosen.

        :raise Pending: whether it was made is not known yet
        :raise Hold: it cannot be attached, and the link says to hold then
        """
        values = super()._attached(work, booking, customer)
        planned = self._planned()
        planned.write(planned._without_document())
        if not self._wants_document(booking):
            return values
        try:
            if self.without_document:
                raise Hold("attachment_by_choice")
            document = self._made_document(work, booking, customer)
        except Hold as hold:
            if self.link_id.attachment_failure == "hold" and not self.without_document:
                raise
            planned.write(
                {
                    "document_reason_code": hold.code,
                    "document_reason_params": hold.params or False,
                }
            )
            return values
        return {**values, "Document": document.remote_id}

    def _wants_document(self, booking):
        """Return whether something is attached to a booking.

        :param Booking booking: what was decided
        """
        return self.link_id.attachment != "none"

    def _made_document(self, work, booking, customer):
        """Return the operation of the document, made and with its file.

        A document that was made before is used again when it is still the same, so
        that a booking that was refused stays the very same.

        :rtype: lightspeed.exact.operation
        :raise Hold: it cannot be made
        :raise Pending: whether it was made is not known yet
        :raise ConnectorError: technical trouble
        """
        administration = self.administration_id
        administration._check_documents()
        attachment = self._attachment(booking)
        document = self._attaching("document", booking)
        file = self._attaching("attachment", booking)
        intended = self._document_values(booking, customer, attachment)
        try:
            if document.state == "sending":
                document._recover_attached(work)
            if document.state == "done" and file.state == "sending":
                file._recover_attachment(work, document)
            content = self._content_to_attach(file, attachment)
            if self._is_stale(work, document, file, intended, attachment, content):
                document._take_away(work)
                content = content or attachment.read()
            if document.state != "done":
                self._post_document(work, document, intended)
            if file.state != "done":
                values = self._file_values(document, attachment.name, content)
                self._post_attaching(work, file, values)
        except AccessDenied as error:
            administration._rest_documents("attachment_denied", error.detail)
            raise Hold("attachment_denied", detail=error.detail or "-") from error
        return document

    def _attaching(self, kind, booking):
        """Return the operation of a document or file, one for each reference."""
        return self.env["lightspeed.exact.operation"]._intend(
            self.administration_id,
            kind,
            booking.reference,
            reference.uniqueness_key(booking.reference),
            order=self,
        )

    def _document_values(self, booking, customer, attachment):
        """Return what is posted as the document (Exact reference, 5.7).

        :rtype: dict
        """
        return {
            "Type": self.administration_id._document_type(),
            # Found again by this text, so it has the reference.
            "Subject": f"{attachment.title} {booking.reference}",
            "Account": customer.remote_id,
            "DocumentDate": f"{booking.entry_date.isoformat()}T00:00:00",
        }

    def _file_values(self, document, name, content):
        return {
            "Document": document.remote_id,
            "FileName": name,
            "Attachment": base64.b64encode(content).decode(),
        }

    def _content_to_attach(self, file, attachment):
        """Return the file's content, ``None`` when it is attached and needs no look."""
        if file.state == "done" and not attachment.is_fixed:
            return None
        return attachment.read()

    def _is_stale(self, work, document, file, intended, attachment, content):
        """Return whether what was made is of the booking as it was before, or gone.

        :param Attachment attachment: what is to be attached
        :param content: what is to be attached; ``None``: what is attached is right
        """
        if document.state != "done":
            return False
        if not document._is_done_with(dumps(intended)):
            return True
        if file.state == "done" and content is not None:
            values = self._file_values(document, attachment.name, content)
            if not file._is_done_with(dumps(values)):
                return True
        # A person who retries may have deleted it.
        return self.force and not document._document_in_exact(work)

    def _post_document(self, work, document, intended):
        """Make the document; by another type when Exact does not take the usual one.

        :raise Hold: refused
        """
        # Known before the call, so that nothing is left over whatever happens.
        document.tidy_at = fields.Datetime.now()
        try:
            self._post_attaching(work, document, intended)
        except Hold as hold:
            if not document._is_about_type():
                raise
            administration = self.administration_id
            if not administration._learn_document_type(work, intended["Type"]):
                administration._rest_documents(
                    "attachment_type", document.error_detail or ""
                )
                raise Hold(
                    "attachment_type", detail=document.error_detail or "-"
                ) from hold
            intended = {**intended, "Type": administration._document_type()}
            self._post_attaching(work, document, intended)

    def _post_attaching(self, work, operation, values):
        """Send a document or file.

        :raise Hold: ``attachment_refused``, or ``attachment_unavailable`` when it went
            wrong too often
        """
        if operation.attempts >= MOST_ATTEMPTS and not self.force:
            raise Hold("attachment_unavailable", detail=operation.error_detail or "-")
        try:
            operation._set_payload(dumps(values), force=self.force)
            operation._send(work.client)
        except Hold as hold:
            raise Hold(
                "attachment_refused", detail=operation.error_detail or "-"
            ) from hold

    # === WHAT IS ATTACHED === #
    def _attachment(self, booking):
        """Return what is attached to a booking.

        :param Booking booking: what was decided
        :rtype: Attachment
        :raise Hold: there is none
        """
        link = self.link_id
        return Attachment(
            title=link._summary_texts(link._books_env())["title"],
            name=summary.file_name(booking.reference),
            read=lambda: self._summary_pdf(booking),
            is_fixed=True,
        )

    def _summary_pdf(self, booking):
        """Return the booking summary, in the language of the shop.

        :rtype: bytes
        """
        link = self.link_id
        env = link._books_env()
        treatments = dict(
            env["lightspeed.exact.booking"]
            ._fields["treatment"]
            ._description_selection(env)
        )
        told = {
            "number": self.number or "",
            "customer": self.customer_name or "",
            "date": format_date(env, booking.entry_date, lang_code=env.lang),
            "treatment": treatments.get(booking.treatment, booking.treatment),
            "reason": explain_treatment(
                env, booking.treatment_reason, booking.treatment_params
            ),
        }
        return render(summary.summary(booking, link._summary_words(), told))

    # === AFTERWARDS === #
    def _finish(self, work, booking):
        result = super()._finish(work, booking)
        booking._keep_document()
        self.without_document = False
        return result
