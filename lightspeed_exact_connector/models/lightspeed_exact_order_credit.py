from dataclasses import replace
from datetime import datetime, timezone

from odoo import models

from ..accounting import credit, reference
from ..accounting.booking import Hold, Skip
from ..accounting.dates import local_date


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
