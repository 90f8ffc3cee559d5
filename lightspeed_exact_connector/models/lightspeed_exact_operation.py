import hashlib
import logging
from collections import namedtuple
from datetime import datetime, timedelta, timezone
from decimal import Decimal

from odoo import api, fields, models

from ..accounting.booking import Hold
from ..accounting.exact_values import trim
from ..accounting.render import amount_text
from ..clients.errors import BadAnswer, ConnectorError, Rejected
from ..clients.exact_webhooks import SUBSCRIPTIONS
from ..clients.refusals import classify
from ..const import (
    SEND_WITHIN_SECONDS,
    SETTLE_MARGIN_SECONDS,
)
from .moments import naive

_logger = logging.getLogger(__name__)

# Kind of operation -> where it is posted to, and which properties of Exact's answer
# are its identity, its number and its total; and whether it may be made once more when
# it is gone in Exact: a relation may, a document never.
Kind = namedtuple("Kind", "path identity number total remakable", defaults=(False,))
KINDS = {
    "relation": Kind("crm/Accounts", "ID", "Code", None, remakable=True),
    "sales_entry": Kind(
        "salesentry/SalesEntries", "EntryID", "EntryNumber", "AmountFC"
    ),
    # It has no number before it is printed (Exact reference, 6.1).
    "sales_invoice": Kind(
        "salesinvoice/SalesInvoices", "InvoiceID", "InvoiceNumber", "AmountFC"
    ),
    # Its answer has no number by the reference (6.3); where it has one it is taken.
    "print": Kind(
        "salesinvoice/PrintedSalesInvoices", "InvoiceID", "InvoiceNumber", None
    ),
    "item": Kind("logistics/Items", "ID", "Code", None, remakable=True),
    "item_price": Kind("logistics/SalesItemPrices", "ID", None, None, remakable=True),
    "document": Kind("documents/Documents", "ID", "HID", None, remakable=True),
    "attachment": Kind(
        "documents/DocumentAttachments", "ID", None, None, remakable=True
    ),
    "webhook": Kind(SUBSCRIPTIONS, "ID", None, None, remakable=True),
    # The entry has no total of its own: its lines sum to zero.
    "clearing": Kind(
        "generaljournalentry/GeneralJournalEntries", "EntryID", "EntryNumber", None
    ),
}

# What is sent, as it was read before the call.
Sent = namedtuple("Sent", "kind payload")

# The two forms of the document of an order: a reference exists once over both.
DOCUMENTS = ("sales_entry", "sales_invoice")

ENTRY_FIELDS = [
    "EntryID",
    "EntryNumber",
    "AmountFC",
    "Customer",
    "Journal",
    "EntryDate",
    "YourRef",
    "Currency",
]

# How often Exact is asked after an unknown outcome before anything is sent again.
LOOKUPS = 2


def digest_of(text):
    """Return by what a payload is known again.

    :param str text: JSON
    :rtype: str
    """
    return hashlib.sha256(text.encode()).hexdigest()


class Pending(Exception):
    """The outcome of a write is not known yet: look again at ``until`` (naive UTC).

    :ivar str code: why, a key of the reason catalogue
    """

    def __init__(self, until, code="outcome_unknown"):
        super().__init__(until)
        self.until, self.code = until, code


class LightspeedExactOperation(models.Model):
    """One write to a vendor: intention, reference, attempts, outcome.

    Exactly-once lives here and nowhere else (design, promise 1):

    - ``_send`` commits the intention, makes the call with no SQL in between, and
      writes the outcome first, alone, to this row, which people never edit;
    - an operation in state *sending* whose process is gone is never sent again before
      the call can no longer land and Exact was asked twice (``_recover``);
    - a refusal is not sent again unchanged, unless a person asks for it.

    The caller holds the lock of the administration.
    """

    _name = "lightspeed.exact.operation"
    _description = "Write to Exact Online"
    _order = "id desc"
    _rec_name = "reference"

    # === FIELDS === #
    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    kind = fields.Selection(
        [
            ("relation", "Relation"),
            ("sales_entry", "Sales entry"),
            ("sales_invoice", "Sales invoice"),
            ("print", "Finalising a sales invoice"),
            ("item", "Item"),
            ("item_price", "Price of an item"),
            ("document", "Document in Exact"),
            ("attachment", "Attachment"),
            ("clearing", "Clearing entry"),
            ("webhook", "Subscription to changes"),
        ],
        required=True,
    )
    reference = fields.Char(required=True)
    reference_key = fields.Char(
        required=True, help="The reference as Exact Online would compare it."
    )
    order_id = fields.Many2one(
        "lightspeed.exact.order", index="btree_not_null", ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("ready", "Not sent"),
            ("sending", "Outcome unknown"),
            ("done", "Done"),
            ("refused", "Refused"),
        ],
        required=True,
        default="ready",
        index=True,
    )
    payload = fields.Text(
        exportable=False,
        groups="lightspeed_exact_connector.lightspeed_exact_connector_group_manager",
    )
    payload_digest = fields.Char()
    attempts = fields.Integer()
    sent_at = fields.Datetime(
        string="Sent at",
    )
    lookups = fields.Integer()
    looked_up_at = fields.Datetime(
        string="Looked up at",
    )
    finished_at = fields.Datetime(
        string="Finished at",
    )
    remote_id = fields.Char(string="Exact ID", index="btree_not_null")
    remote_number = fields.Char(string="Number")
    remote_total = fields.Char(string="Total in Exact")
    adopted = fields.Boolean(help="Found in Exact Online after a lost answer.")
    error_code = fields.Char(
        string="Error code",
    )
    error_detail = fields.Char(
        string="Error detail",
    )

    _reference_uniq = models.Constraint(
        "UNIQUE(administration_id, kind, reference_key)",
        "This reference belongs to another document of the administration.",
    )

    # === INTENTION === #
    @api.model
    def _intend(self, administration, kind, reference, key, order=None):
        """Return the operation of a reference, made when it is new.

        A document is a sales entry or a sales invoice, and never both: what may have
        left in the one form does not go in the other one.

        :raise Hold: the reference belongs to another order, or to a document of the
            other kind
        :rtype: lightspeed.exact.operation
        """
        found = self.search(
            [
                ("administration_id", "=", administration.id),
                ("kind", "in", DOCUMENTS if kind in DOCUMENTS else (kind,)),
                ("reference_key", "=", key),
            ]
        )
        operation = found.filtered(lambda row: row.kind == kind)
        if any(row._claims(order) for row in found - operation):
            raise Hold("reference_in_use", reference=reference)
        if not operation:
            return self.create(
                {
                    "administration_id": administration.id,
                    "company_id": administration.company_id.id,
                    "kind": kind,
                    "reference": reference,
                    "reference_key": key,
                    "order_id": order and order.id,
                }
            )
        if operation.order_id != (order or operation.order_id.browse()):
            raise Hold("reference_in_use", reference=reference)
        return operation

    def _claims(self, order):
        """Return whether a document of the other kind keeps an order from a reference.

        :param order: the order, or nothing
        """
        self.ensure_one()
        if self.order_id != (order or self.order_id.browse()):
            return True
        return self.state not in ("ready", "refused") or bool(self.remote_id)

    def _set_payload(self, text, force=False):
        """Give the operation what is to be sent.

        :param str text: JSON
        :param bool force: a person asked to send it again although it was refused
        :raise Hold: the very same was refused before, or Exact has the document
        :raise Pending: what became of an earlier call is unknown, or not shown yet
        """
        self.ensure_one()
        if self.state == "sending":
            raise Pending(self._settled_at())
        if self.state == "done" and not self._shape().remakable:
            raise Hold("reference_in_use", reference=self.reference)
        if self._is_refused_still(text, force):
            raise self._refusal()
        if self._was_made_just_now(text):
            raise Pending(self._shown_at(), "not_shown_yet")
        self.write(
            {
                "payload": text,
                "payload_digest": digest_of(text),
                "state": "ready",
                "error_code": False,
                "error_detail": False,
            }
        )

    def _is_refused_still(self, text, force):
        """Return whether Exact refused this very payload, and nobody insists."""
        same = digest_of(text) == self.payload_digest
        return self.state == "refused" and same and not force

    def _was_made_just_now(self, text):
        """Return whether Exact has what it may only not show yet: made a moment ago."""
        if self.state != "done" or digest_of(text) != self.payload_digest:
            return False
        return fields.Datetime.now() < self._shown_at()

    def _shown_at(self):
        """Return by when Exact surely shows what was made, naive UTC."""
        made_at = min(self.finished_at or self.sent_at, fields.Datetime.now())
        return made_at + timedelta(seconds=SETTLE_MARGIN_SECONDS)

    # === CALL === #
    def _send(self, client):
        """Send a *ready* operation once; afterwards its state tells the outcome.

        :param ExactClient client: of the administration
        :raise ConnectorError: everything but a business refusal
        :raise Hold: Exact refused the document
        """
        self.ensure_one()
        # Before the intention: the token is at hand, the quota allows the call.
        sent, path = self._sent(), self._shape().path
        client.prepare(path)
        deadline = datetime.now(timezone.utc) + timedelta(seconds=SEND_WITHIN_SECONDS)
        self.sent_vendor_at = naive(client.vendor_now())
        self._mark_sending()
        error, answer = None, None
        try:
            # From the intention to the outcome no SQL: the commit emptied the cache.
            answer = client.post(path, sent.payload, deadline=deadline)
        except ConnectorError as caught:
            error = caught
        if error is None and not self._is_answer(answer, sent):
            error = BadAnswer("The answer names no document.")
        if error is None:
            self._record(self._answer_values(answer, sent))
            return
        self._record(self._error_values(error))
        if isinstance(error, Rejected):
            self._learn_refusal(error)
            raise self._refusal() from error
        raise error

    def _learn_refusal(self, error):
        """Remember that Exact refused this."""
        self.administration_id._count_refusal(error)

    def _sent(self):
        """Return what is needed of this row to understand the answer to it.

        :rtype: Sent
        """
        return Sent(self.kind, self.payload)

    def _is_answer(self, answer, sent):
        """Return whether Exact's answer says what was made.

        :param Sent sent: what it is the answer to
        """
        return bool(trim(answer.get(KINDS[sent.kind].identity)))

    def _mark_sending(self):
        """Make the intention durable; refuse what somebody else is sending."""
        if self.state != "ready":
            raise Pending(self._settled_at())
        self.write(
            {
                "state": "sending",
                "attempts": self.attempts + 1,
                "sent_at": fields.Datetime.now(),
                "lookups": 0,
                "looked_up_at": False,
            }
        )
        self._commit()

    def _record(self, values):
        """Write the outcome: the first statement after the call, and alone."""
        self.write(values)
        self.flush_recordset()
        self._commit()

    def _commit(self):
        self.env["lightspeed.exact.lane"]._commit()

    def _answer_values(self, answer, sent):
        """Return what to remember of Exact's answer.

        :param Sent sent: what it is the answer to
        """
        values = {
            "state": "done",
            "finished_at": fields.Datetime.now(),
            "error_code": False,
            "error_detail": False,
        }
        return {**values, **self._remote_values(answer, sent)}

    def _shape(self):
        """Return where this kind is posted to and what its answer looks like.

        :rtype: Kind
        """
        return KINDS[self.kind]

    def _is_sparse(self):
        """Return whether Exact told only the identity of what it made."""
        if self._shape().total is None:
            return not self.remote_number
        return not (self.remote_number and Decimal(self.remote_total or 0))

    def _remote_values(self, row, sent=None):
        """Return identity, number and total of a row of Exact, by kind.

        :param Sent sent: read already; else it is read now
        """
        shape = KINDS[(sent or self._sent()).kind]
        number = row.get(shape.number)
        total = row.get(shape.total)
        return {
            "remote_id": trim(row[shape.identity]),
            "remote_number": trim(number or "") or False,
            "remote_total": amount_text(total) or False,
        }

    def _error_values(self, error):
        """Return the state after an error: refused, not sent, or unknown."""
        values = {
            "error_code": error.code,
            "error_detail": (error.detail or "")[:1000],
        }
        if isinstance(error, Rejected):
            return {
                **values,
                "state": "refused",
                "error_code": self._refusal_code(error),
            }
        if error.landed is False:
            return {**values, "state": "ready"}
        return values  # stays in *sending*

    @api.model
    def _refusal_code(self, error):
        code = classify(error.messages).partition(":")[0]
        return "rejected" if code == "unknown" else f"refused.{code}"

    def _allow_again(self, codes):
        """Let refused documents be sent unchanged: what they met has changed.

        :param codes: for which refusals
        """
        self.filtered(
            lambda operation: (
                operation.state == "refused" and operation.error_code in codes
            )
        ).write({"payload_digest": False})

    def _refusal(self):
        values = {"detail": self.error_detail} if self.error_detail else {}
        return Hold(self.error_code or "rejected", **values)
