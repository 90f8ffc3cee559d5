from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import UUID

from odoo import fields, models

from ..accounting import credit, decide, parse, reference
from ..accounting.booking import Hold, Skip
from ..accounting.dates import local_date
from ..accounting.exact_values import trim
from ..accounting.money import cents
from ..clients.exact import any_of
from .exact_administration_customers import RELATION_FIELDS
from .lightspeed_exact_operation import ENTRY_FIELDS
from .lightspeed_exact_order_changes import BUSY

# How long a credit waits for another document of its order that is under way.
FAMILY_PAUSE = timedelta(minutes=2)

LINE_FIELDS = [
    "ID",
    "GLAccount",
    "GLAccountCode",
    "VATCode",
    "AmountFC",
    "VATAmountFC",
    "CostCenter",
    "CostUnit",
]


class LightspeedExactOrder(models.Model):
    """Credit notes of the shop: negative entries with the original's accounts."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    def _credit_step(self, work):
        """Book a credit note of the shop.

        :return: whether a further step may follow at once
        :rtype: bool
        :raise Hold: a person must look
        """
        link = self.link_id
        if self._waits_for_family(busy=True):
            return False
        verdict = self._verdict(link, *link._trigger_codes())
        if verdict[0] != "ready":
            # Its order or the link moved on since it was judged.
            self._apply_verdict(link, *verdict)
            return False
        decision = self._decided_credit(work)
        if decision is None:
            return False
        if isinstance(decision, Skip):
            self._set_state("skipped", decision.code, decision.params)
            return False
        self._book(work, decision, self.customer_id, self._next_generation())
        return True

    def _waits_for_family(self, busy=False):
        """Wait while another document of the same order is under way.

        What is left to be credited is known only when that has an outcome.

        :param bool busy: wait as well while one of them is being corrected
        :return: whether this one waits now
        :rtype: bool
        """
        others = (self._family() - self).filtered(
            lambda order: order.administration_id == self.administration_id
        )
        under_way = others.filtered(
            lambda order: order._may_be_sent() or (busy and order.follow_up in BUSY)
        )
        if not under_way:
            return False
        self._set_state(
            "failed",
            "family_under_way",
            {"number": under_way[0].number or "-"},
            next_attempt_at=fields.Datetime.now() + FAMILY_PAUSE,
        )
        return True

    def _decided_credit(self, work):
        """Return the booking of a credit note, ``None`` when it cannot be made now.

        :rtype: Booking | Skip | None
        :raise Hold: a person must look
        """
        note = self._credit_sale(work)
        if note is None:
            return None
        if not note.gross and not any(line.gross for line in note.lines):
            return Skip("zero_total", {"number": note.number})
        origin = self._find_origin().filtered(
            # A shop that moved: what another administration booked is not ours.
            lambda order: order.administration_id == self.administration_id
        )
        sales = origin._posted().filtered(lambda row: row.kind != "credit")
        if sales:
            booking = self._credit_of_origin(work, note, origin)
        else:
            booking = self._credit_without_origin(work, note)
        return self._finished_credit(work, note, booking)

    def _credit_of_origin(self, work, note, origin):
        """Return the credit of a document that the connector booked.

        :raise Hold: more is credited than was booked, or something of it is unknown
        """
        booked = origin._booked()
        others = [each._content() for each in (origin.credit_ids - self)._posted()]
        left = credit.gross_of(booked) + credit.gross_of(others)
        if left == 0 and note.gross > 0:
            raise Hold("credited_already", number=origin.number)
        original = credit.standing(booked)
        if not self.customer_id:
            # A relation may have been forgotten meanwhile.
            self.customer_id = origin.customer_id or self._relation(
                work, note, original
            )
        return credit.credit_note(note, original, work.policy(self.link_id), left=left)

    def _credit_without_origin(self, work, note):
        """Return the credit of an order that was not booked here, by choice.

        :raise Hold: the choice is that a person looks
        """
        choice = self.link_id.unbooked_credits
        if choice == "own":
            decision = self._decide(work, note)
            if isinstance(decision, Skip):
                raise Hold("credit_without_origin")
            if not self.customer_id:
                self.customer_id = self._relation(work, note, decision)
            return credit.negative(decision, original=note.order_number)
        if choice == "adopt":
            return self._credit_of_adopted(work, note)
        raise Hold("credit_without_origin")

    def _credit_of_adopted(self, work, note):
        """Return the credit of an entry that somebody else made in Exact.

        :raise Hold: it is not there, more than once, or cannot be read
        :raise ConnectorError: Exact could not be asked
        """
        entry = self._original_in_exact(work, note)
        policy = work.policy(self.link_id)
        if (trim(entry.get("Currency")) or policy.currency) != note.currency:
            raise Hold("credit_original_unreadable", reference=entry["YourRef"])
        rows = list(
            work.client.list(
                "salesentry/SalesEntryLines",
                select=LINE_FIELDS,
                filter=any_of("EntryID", [UUID(entry["EntryID"])]),
            )
        )
        try:
            original = credit.adopted(
                entry, rows, self.administration_id._vat_rates(), self._like(work, note)
            )
            # It is credited as what it is, whatever the link makes today.
            kind = entry.get("document_kind", "sales_entry")
            original = replace(original, document_kind=kind)
            total = cents(entry.get("AmountFC"))
        except ValueError as error:
            raise Hold(
                "credit_original_unreadable", reference=entry["YourRef"]
            ) from error
        others = [each._content() for each in (self._family() - self)._posted()]
        if not self.customer_id:
            self.customer_id = self._adopted_customer(work, entry)
        return credit.credit_note(
            note,
            original,
            policy,
            left=total + credit.gross_of(others),
            any_kind=True,
        )

    def _like(self, work, note):
        """Return what the original would have been, without its lines.

        :rtype: Booking
        """
        link = self.link_id
        policy = link._policy_for(work.policy(link), self)
        day = local_date(note.ordered_at or note.created_at, policy.timezone)
        decision = decide.decide_treatment(note, policy, day)
        return decide.header(note, policy, decision, day)

    def _original_in_exact(self, work, note):
        """Return the entry in Exact of the order that a credit note belongs to.

        It is looked for by the numbers of the order and of its invoices.

        :raise Hold: ``credit_original_not_found``, ``document_several``
        """
        prefix = (self.link_id.reference_prefix or "").strip()
        numbers = [note.order_number, *self._invoice_numbers(work)]
        wanted = list(
            dict.fromkeys(
                reference.fold(text)
                for number in numbers
                for text in (prefix + number, number)
            )
        )
        rows = self._originals_in_exact(work, wanted)
        if not rows:
            raise Hold("credit_original_not_found", references=", ".join(wanted))
        if len(rows) > 1:
            raise Hold(
                "document_several", reference=rows[0]["YourRef"], count=len(rows)
            )
        return rows[0]

    def _originals_in_exact(self, work, wanted):
        """Return the entries in Exact that carry one of some references.

        :param list(str) wanted: references, as Exact keeps them
        :rtype: list(dict)
        :raise Hold: an original is there that cannot be credited yet
        """
        return [
            row
            for row in work.client.list(
                "salesentry/SalesEntries",
                select=ENTRY_FIELDS,
                filter=any_of("YourRef", wanted),
            )
            if cents(row.get("AmountFC") or 0) > 0
        ]

    def _invoice_numbers(self, work):
        """Return the numbers of the invoices of the order, as it was read."""
        order = self._fetched(work)["order"]
        sale = parse.parse_order(order, currency=self.shop_id.currency_code or "")
        return [invoice.number for invoice in sale.invoices if invoice.number]

    def _adopted_customer(self, work, entry):
        """Return the relation on which the adopted entry stands.

        :raise Hold: it cannot be used
        """
        customers = self.env["exact.customer"]
        remote_id = entry["Customer"]
        known = customers.search(
            [
                ("administration_id", "=", self.administration_id.id),
                ("remote_id", "=", remote_id),
            ],
            limit=1,
        )
        if known:
            return known
        rows = work.find("crm/Accounts", RELATION_FIELDS, "ID", UUID(remote_id))
        if not rows:
            raise Hold("credit_original_unreadable", reference=entry["YourRef"])
        return self._usable_relation(
            customers, f"relation:{remote_id}", rows[0], "found"
        )

    def _finished_credit(self, work, note, booking):
        """Return a credit with its own reference, date and description."""
        link = self.link_id
        policy = work.policy(link)
        label = policy.labels.get("credit") or "Credit"
        words = f"{label} {note.number}"
        if note.order_number and note.order_number != note.number:
            words += f" / {note.order_number}"
        moment = note.created_at
        if policy.date_source == "sync":
            moment = datetime.now(timezone.utc)
        booking = replace(
            booking,
            date_source="sync" if policy.date_source == "sync" else "invoice",
            journal=policy.journal,
        )
        return credit.described(
            booking,
            words,
            reference=self._credit_reference(note),
            entry_date=local_date(moment, policy.timezone),
        )

    def _credit_reference(self, note):
        """Return the reference: the order's with a generation, or the note's own."""
        prefix = (self.link_id.reference_prefix or "").strip()
        if self.link_id.source == "invoice":
            return reference.your_ref(prefix, note.number)
        return reference.your_ref(prefix, note.order_number, self._next_generation())
