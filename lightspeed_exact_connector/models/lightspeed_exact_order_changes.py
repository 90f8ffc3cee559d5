from dataclasses import replace
from datetime import datetime, timezone
from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..accounting import credit, reference
from ..accounting.booking import FilingPolicy, Hold, Skip
from ..accounting.dates import local_date
from .groups import check_bookkeeper
from .reasons import as_percentage, describe

# Attributes of a cell with an amount.
_RIGHT = Markup(' class="text-end text-nowrap"')
# What is done in the end, and has begun perhaps.
BUSY = ("reverse", "rebook", "difference")


class LightspeedExactOrder(models.Model):
    """After the booking: what changed in the shop, and what is done about it.

    A change is compared with what was booked before anybody is asked: one that would
    put the same into the books raises nothing.  What remains is a proposal, which a
    person answers (or, for a cancelled order, the link's own choice).
    """

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    proposal = fields.Selection(
        [("edited", "Edited in the shop"), ("cancelled", "Cancelled in the shop")],
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What happened in the shop after the order was booked; choose what is to "
        "be done about it.",
    )
    change = fields.Json(readonly=True, copy=False)
    booked_content = fields.Char(readonly=True, copy=False)
    change_old = fields.Html(string="In the books", compute="_compute_change_texts")
    change_new = fields.Html(
        string="As the shop has it now", compute="_compute_change_texts"
    )

    # === COMPUTE === #
    @api.depends("change", "proposal")
    @api.depends_context("lang")
    def _compute_change_texts(self):
        for order in self:
            change = order.change or {}
            old, new = change.get("old") or [], change.get("new") or []
            order.change_old = order._side(old, new)
            order.change_new = order._side(new, old)
            if change.get("code"):
                reason, advice = describe(
                    order.env, change["code"], change.get("params")
                )
                order.change_new = Markup("<p>%s</p><p>%s</p>") % (reason, advice)

    def _side(self, rows, others):
        """Return one side of the comparison as a table; what differs stands out.

        :param rows: the lines of this side
        :param others: those of the other side
        :rtype: Markup
        """
        if not rows:
            return False
        env = self.env
        heads = [
            env._("Line"),
            env._("G/L account"),
            env._("VAT code"),
            env._("Net"),
            env._("VAT"),
        ]
        total = [sum(Decimal(row[name]) for row in rows) for name in ("net", "vat")]
        head = Markup("<tr>%s</tr>") % Markup("").join(
            Markup("<th%s>%s</th>") % (_RIGHT if place > 2 else "", text)
            for place, text in enumerate(heads)
        )
        body = Markup("").join(
            self._side_row(
                row["text"],
                row["account"],
                f"{row['code'] or '-'} ({as_percentage(row['rate'])})",
                row["net"],
                row["vat"],
                style="" if row in others else "table-warning",
            )
            for row in rows
        )
        foot = self._side_row(env._("Total"), "", "", *total, style="fw-bold")
        return Markup('<table class="table table-sm">%s%s%s</table>') % (
            Markup("<thead>%s</thead>") % head,
            Markup("<tbody>%s</tbody>") % body,
            Markup("<tfoot>%s</tfoot>") % foot,
        )

    def _side_row(self, text, account, code, net, vat, style):
        shown = self.env["lightspeed.exact.booking"]._shown
        return Markup(
            '<tr class="%s"><td>%s</td><td>%s</td><td>%s</td><td%s>%s</td>'
            "<td%s>%s</td></tr>"
        ) % (
            style,
            text,
            account,
            code,
            _RIGHT,
            shown(net, self.currency_id),
            _RIGHT,
            shown(vat, self.currency_id),
        )

    # === NOTICING === #
    def _change_values(self, row):
        """Return the field values of a booked order whose list row is another one."""
        known = (self.booked_digest, self.booked_content)
        if row.status != "cancelled" and row.content_digest in known:
            # As it was booked, perhaps again: only a memo, a shipment or a status.
            return self._settled_values()
        if self.follow_up:
            return {"changed_after_booking": True}
        return {"changed_after_booking": True, "follow_up": "examine"}

    def _settled_values(self):
        """Return the field values of an order whose change needs no answer."""
        busy = self.follow_up in BUSY
        return {
            "changed_after_booking": busy,
            "proposal": self.proposal if busy else False,
            "change": self.change if busy else False,
            "follow_up": self.follow_up if busy else False,
        }

    def _unchanged_values(self):
        """Return the field values of an order that stands in the books as it is."""
        return {
            "booked_digest": self.content_digest,
            "booked_content": self.fetched_content,
            "changed_after_booking": False,
            "proposal": False,
            "change": False,
        }

    # === STEPS === #
    def _follow_up_step(self, work):
        """Do what is due with an order that is booked.

        :return: whether a further step may follow at once
        :rtype: bool
        """
        if self.follow_up in BUSY and self._waits_for_family():
            return False
        return {
            "examine": self._examine,
            "reverse": self._reverse,
            "rebook": self._rebook,
            "difference": self._book_difference,
        }[self.follow_up](work)

    def _following(self, booking):
        """Return what is still to be done after a document was posted.

        A person may have chosen something else while it was under way.
        """
        if booking.takes_back:
            done = "reverse"
        else:
            done = "difference" if booking.kind == "correction" else "rebook"
        return False if self.follow_up == done else self.follow_up

    def _followed_values(self, booking):
        """Return what is known of changes in the shop after a document was posted."""
        follow_up = self._following(booking)
        if booking.takes_back and follow_up:
            # Nothing stands in the books: whatever the order is now differs from it.
            booked = {"booked_digest": False, "booked_content": False}
        else:
            booked = {
                "booked_digest": booking.source_digest or self.content_digest,
                "booked_content": booking.source_content or self.fetched_content,
            }
        if follow_up:
            return {**booked, "follow_up": follow_up}
        late = self._changed_under_way(booking)
        return {
            **self._unchanged_values(),
            **booked,
            "follow_up": "examine" if late else False,
            "changed_after_booking": late,
        }

    def _changed_under_way(self, booking):
        """Return whether the shop changed the order after its document was decided."""
        if booking.source_digest and booking.source_digest != self.content_digest:
            return True
        if self.remote_status != "cancelled" or booking.takes_back:
            return False
        if booking.kind == "correction":
            # Somebody saw it.
            return False
        return "cancelled" not in self.link_id._trigger_codes()[0]

    def _examine(self, work):
        """Compare the order as it is now with what was booked; propose what differs."""
        if self.remote_status == "cancelled":
            return self._examine_cancelled()
        try:
            # A filed period forbids nothing as long as it is only looked at.
            wanted = self._decide_again(work, FilingPolicy())
        except Hold as hold:
            self._propose("edited", code=hold.code, params=hold.params)
            return False
        if wanted is None:
            return False
        if isinstance(wanted, Skip):
            self._propose("edited", code=wanted.code, params=wanted.params)
            return False
        if credit.same_books(self._booked(), wanted):
            self._set_state("booked", follow_up=False, **self._unchanged_values())
            return False
        self._propose("edited", new=wanted)
        return False

    def _examine_cancelled(self):
        """A cancelled order is credited, as far as it was not credited already.

        A credit note that was cancelled together with its order goes with that one.
        """
        is_note = self.source_kind == "credit_note"
        settled = is_note and self.origin_id.remote_status == "cancelled"
        if settled or credit.reversal(self._booked(with_credits=True)) is None:
            self._set_state("booked", follow_up=False, **self._unchanged_values())
            return False
        self._propose("cancelled")
        if self.link_id.cancelled_after == "credit" and not is_note:
            self.follow_up = "reverse"
            return True
        return False

    def _propose(self, proposal, new=None, code=None, params=None):
        """Put a change before a person, old and new side by side."""
        old = [line for booking in self._booked() for line in _rows(booking)]
        change = {"old": old, "new": _rows(new) if new else []}
        if code:
            change.update(code=code, params=params or {})
        self._set_state(
            "booked",
            proposal=proposal,
            change=change,
            follow_up=False,
            changed_after_booking=True,
        )

    def _booked(self, with_credits=False):
        """Return what stands in the books for this order, oldest first.

        :rtype: list(Booking)
        """
        orders = self | self.credit_ids if with_credits else self
        return [booking._content() for booking in orders._posted()]

    def _decide_again(self, work, filing=None):
        """Return how the document would be booked as it is now.

        :param FilingPolicy filing: other closed days than the link's
        :return: ``None`` when the shop cannot be asked; it is tried again then
        :rtype: Booking | Skip | None
        :raise Hold: it could not be booked
        """
        if self.source_kind == "credit_note":
            return self._decided_credit(work)
        sale = self._sale(work)
        return sale and self._decide(work, sale, filing)

    def _reverse(self, work):
        """Take back what is left of the order: one credit."""
        left = credit.reversal(self._booked(with_credits=True))
        if left is None:
            self._set_state("booked", follow_up=False, **self._unchanged_values())
            return False
        day = self._today()
        self._book_again(work, self._dated(work, left, day), takes_back=True)
        return bool(self.follow_up)

    def _rebook(self, work):
        """Credit what was booked, then book the order as it is now.

        Nothing is credited before it is sure that the order can be booked again.
        """
        wanted = self._decide_again(work)
        if wanted is None:
            return False
        customer = self.customer_id
        if not isinstance(wanted, Skip):
            if credit.same_books(self._booked(), wanted):
                # Pressed twice: it was booked again already.
                self._set_state("booked", follow_up=False, **self._unchanged_values())
                return False
            customer = self._relation_now(work, wanted)
            if not customer:
                return False
        left = credit.reversal(self._booked())
        if left is not None:
            # The very day of what was wrong, as long as its VAT is not filed.
            dated = self._dated(work, left, left.entry_date)
            self._book_again(work, dated, takes_back=True)
            return True
        if isinstance(wanted, Skip):
            self._set_state("booked", follow_up=False, **self._unchanged_values())
            return False
        self._book_again(work, wanted, customer)
        return bool(self.follow_up)

    def _relation_now(self, work, wanted):
        """Return the relation of the document as it is now, its VAT number proved.

        The customer of an edited order may be another one, and the EU sales listing
        is made from the relation's VAT number.

        :param Booking wanted: what is booked now
        :return: nothing when VIES gives no answer; the order is tried again then
        :rtype: exact.customer
        :raise Hold: the number is not valid, or the relation cannot be used
        """
        customers = self.env["exact.customer"]
        if wanted.kind != "sale":
            # A credit note goes with what it credits.
            return self.customer_id or self._relation(work, self._sale(work), wanted)
        if not self._vat_number_is_proved(work, wanted):
            return customers
        sale = self._sale(work)
        return self._relation(work, sale, wanted) if sale else customers

    def _check_same_supply(self, wanted):
        """Refuse a difference between supplies to two VAT numbers.

        The EU sales listing would have both on one relation.

        :raise Hold: ``difference_other_number``
        """
        if not credit.same_supply(self._booked(), wanted):
            raise Hold("difference_other_number", number=self.number)

    def _book_difference(self, work):
        """Book what differs between the order as it is now and what was booked."""
        wanted = self._decide_again(work)
        if wanted is None:
            return False
        if isinstance(wanted, Skip):
            raise Hold("difference_not_possible", number=self.number)
        self._check_same_supply(wanted)
        if wanted.kind == "sale" and not self._vat_number_is_proved(work, wanted):
            return False
        entry = credit.difference(self._booked(), wanted)
        if entry is None:
            self._set_state("booked", follow_up=False, **self._unchanged_values())
            return False
        self._book_again(work, entry)
        return bool(self.follow_up)

    def _book_again(self, work, booking, customer=None, takes_back=False):
        """Post a further document of this order.

        :param customer: its relation; that of what was booked by default
        :param bool takes_back: whether it takes back what was booked before
        """
        generation = self._next_generation()
        words = booking.description
        if booking.kind != "sale":
            label = work.policy(self.link_id).labels.get(booking.kind) or "Credit"
            words = f"{label} {self.number}"
        booking = credit.described(
            booking,
            words,
            reference=reference.your_ref(
                (self.link_id.reference_prefix or "").strip(), self.number, generation
            ),
            entry_date=booking.entry_date,
        )
        customer = (
            customer
            or self.customer_id
            or self._relation(work, self._sale(work), booking)
        )
        self._book(work, booking, customer, generation, takes_back)

    def _dated(self, work, booking, day):
        """Return a booking on a day, as far as that day can still be booked on."""
        return replace(booking, entry_date=day, date_source="sync")

    def _today(self):
        """Return today's date in the shop."""
        return local_date(datetime.now(timezone.utc), self.shop_id.timezone)

    # === ACTIONS === #
    def action_credit_in_full(self):
        """Credit what is left of these orders in Exact Online."""
        return self._answer("reverse")

    def action_rebook(self):
        """Credit these orders and book them again as they are now."""
        return self._answer("rebook")

    def action_book_difference(self):
        """Book what differs between the orders as they are now and as booked."""
        return self._answer("difference")

    def action_accept_change(self):
        """Leave the books as they are: the change in the shop needs no entry."""
        check_bookkeeper(self)
        self._check_operable()
        for order in self.filtered("proposal"):
            order._check_acceptable()
            if order.follow_up:
                # It changed once more: what it is now was not seen yet.
                values = {"follow_up": order.follow_up, "proposal": False}
            else:
                values = {"follow_up": False, **order._unchanged_values()}
            # In sudo mode: people may not write the state themselves.
            order.sudo()._set_state("booked", **values)
            order.sudo().message_post(
                body=self.env._("The change in the shop was accepted as it is.")
            )

    def _check_acceptable(self):
        """Refuse to leave the books half way.

        :raise UserError: a correction has begun, or the order is only taken back
        """
        self.ensure_one()
        # In sudo mode: operations are not for every user.
        if self.follow_up in BUSY or self.sudo()._may_be_sent():
            raise UserError(
                self.env._(
                    "A document is under way to Exact Online; wait for its outcome."
                )
            )
        if not self.booked_digest:
            raise UserError(
                self.env._(
                    "This order was credited and is not booked again yet: choose "
                    "“Credit and book again”."
                )
            )

    def _answer(self, follow_up):
        """Let the connector do what a person chose, at once.

        :raise UserError: an order is not booked
        """
        check_bookkeeper(self)
        self._check_operable()
        if self.filtered(lambda order: order.state != "booked"):
            raise UserError(
                self.env._("Only an order that is booked can be corrected.")
            )
        return self._run_now(
            lambda orders: orders.write(
                {"follow_up": follow_up, "next_attempt_at": False, "force": True}
            )
        )


def _rows(booking):
    """Return the lines of a booking for the comparison; amounts as text."""
    return [
        {
            "text": line.description,
            "account": line.gl_code or line.gl_account,
            "code": line.vat_code,
            "rate": str(line.rate),
            "net": str(line.net),
            "vat": str(line.vat),
        }
        for line in booking.lines
    ]
