import logging
import time
from datetime import datetime, timedelta, timezone
from uuid import UUID

from dateutil.relativedelta import relativedelta

from odoo import fields, models

from ..accounting import clearings
from ..accounting.exact_values import trim
from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
)
from ..clients.exact import any_of
from ..clients.odata import MAX_TERMS
from ..clients.quota import DAY
from .exact_administration_slice import BATCH, FAILURES_TO_PARK, HISTORY_RESERVE
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

RECEIVABLES = "cashflow/Receivables"
RECEIVABLE_FIELDS = ["TransactionEntryID", "IsFullyPaid", "Status", "LastPaymentDate"]

# How long clearing entries rest when the user may not book them.
CLEARING_REST = timedelta(hours=1)
# And when several in a row went wrong.
CLEARING_PAUSE = timedelta(minutes=10)

# How long after its date a document is still asked for.
RECEIVABLE_MONTHS = 18

# Calls of one slice; a reading that is not finished goes on after a pause.
RECEIVABLE_CALLS = 20
RECEIVABLE_PAUSE = timedelta(minutes=15)
RECEIVABLE_INTERVAL = timedelta(days=1)


class ExactAdministration(models.Model):
    """After the orders: clearing entries, and what Exact says is paid."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    clearings_parked_until = fields.Datetime(
        string="Clearing entries rest until", readonly=True, copy=False
    )
    clearing_sides = fields.Selection(
        [
            ("right", "As intended"),
            ("wrong", "The other way round"),
            ("unknown", "Could not be read"),
        ],
        string="Debit and credit of clearing entries",
        readonly=True,
        copy=False,
        help="The first clearing entry is read back from the ledger.",
    )
    receivables_at = fields.Datetime(
        string="Paid status next read at", readonly=True, copy=False
    )
    receivables_from = fields.Datetime(
        readonly=True, copy=False, help="Start of the reading that is under way."
    )
    receivables_refused = fields.Boolean(
        readonly=True,
        copy=False,
        help="Exact Online does not let the user of the connection read receivables.",
    )

    def _has_other_work(self, orders=None):
        return (
            super()._has_other_work(orders)
            or bool(self._next_clearings(orders))
            or (orders is None and self._receivables_are_due())
        )

    def _do_other_work(self, work, deadline, orders=None):
        left_over = super()._do_other_work(work, deadline, orders)
        left_over |= self._post_clearings(work, deadline, orders)
        if orders is None:
            left_over |= self._read_receivables(work, deadline)
        return left_over

    # === CLEARING ENTRIES === #
    def _rest_clearings(self, rest=CLEARING_REST):
        """Book no clearings for a while, and nothing else rests with them.

        Exact refuses them, or the user access: more refused calls could block the
        connector (Exact reference, 2.4).

        :param timedelta rest: how long
        """
        self.clearings_parked_until = self._now() + rest

    def _failed(self, record, error):
        """Let clearings fail by themselves: the sales go on."""
        if record._name != "lightspeed.exact.clearing":
            return super()._failed(record, error)
        record._fail(*problem_of(error, self))
        self._commit()
        return True

    def _clearings_rest(self):
        until = self.clearings_parked_until
        return bool(until and until > self._now())

    def _next_clearings(self, orders=None):
        """Return the next clearings to book, oldest first, new orders before history.

        :param orders: only those of these orders
        :rtype: lightspeed.exact.clearing
        """
        rests = orders is None and self._clearings_rest()
        if rests or self.clearing_sides == "wrong":
            return self.env["lightspeed.exact.clearing"]
        domain = [
            ("administration_id", "=", self.id),
            ("link_id.state", "=", "running"),
            ("link_id.active", "=", True),
            ("state", "in", ("planned", "failed")),
            "|",
            ("next_attempt_at", "=", False),
            ("next_attempt_at", "<=", self._now()),
        ]
        if orders is not None:
            domain.append(("order_id", "in", orders.ids))
        elif self.history_parked_until and self.history_parked_until > self._now():
            domain.append(("order_id.is_history", "=", False))
        return self.env["lightspeed.exact.clearing"].search(
            domain, order="order_id, id", limit=BATCH
        )

    def _post_clearings(self, work, deadline, orders=None):
        """Book the clearings that are due.

        :return: whether work is left
        :rtype: bool
        """
        in_a_row = 0
        while not self._is_parked():
            batch = self._next_clearings(orders)
            if not batch:
                return False
            for clearing in batch:
                if time.monotonic() >= deadline:
                    return True
                if orders is None and not self._may_go_today(work, clearing.order_id):
                    break
                if not self._post_one(work, clearing):
                    return False
                in_a_row = in_a_row + 1 if clearing._was_refused() else 0
                if in_a_row >= FAILURES_TO_PARK:
                    # What is wrong is wrong for all of them.
                    self._rest_clearings(CLEARING_PAUSE)
                    self._commit()
                if self._is_parked() or self._clearings_rest():
                    return False
                if self.clearing_sides == "wrong":
                    return False
            if orders is not None:
                return False
            # Memory does not grow with the number of entries.
            self.env.invalidate_all()
        return False

    def _check_clearing_sides(self, work, clearing):
        """Read the first clearing entry back: that debit is positive is not documented.

        One call for each administration.  The ledger's own lines have debit positive
        (Exact reference, 5.6); when the debtor is on the other side, no more clearing
        entries are booked.

        :param clearing: a clearing that was booked just now
        """
        if self.clearing_sides:
            return
        try:
            lines = work.find(
                "financialtransaction/TransactionLines",
                ["GLAccount", "AmountDC"],
                "EntryID",
                UUID(clearing.entry_id),
            )
        except (AccessDenied, NotFound, Rejected) as error:
            _logger.info("Administration %s: ledger unread: %s", self.id, error.code)
            self.clearing_sides = "unknown"
            return
        except ConnectorError as error:
            # The next clearing is read back instead.
            _logger.info("Administration %s: ledger unread: %s", self.id, error.code)
            return
        debits = clearings.debits(lines, clearing.account_id.remote_id)
        if debits is None:
            return
        self.clearing_sides = "right" if debits == clearing._is_debit() else "wrong"
        if self.clearing_sides == "wrong":
            clearing.reason_code = "clearing_sides"

    # === PAID STATUS === #
    def _expect_receivables(self):
        """Read the paid status a day after something was booked."""
        if not self.receivables_at and not self.receivables_refused:
            self.receivables_at = self._now() + RECEIVABLE_INTERVAL

    def _ask_receivables(self):
        """Read the paid status now, from the start: a person asked."""
        self.write(
            {
                "receivables_at": self._now(),
                "receivables_from": False,
                "receivables_refused": False,
            }
        )

    def _receivables_are_due(self):
        return bool(self.receivables_at and self.receivables_at <= self._now())

    def _read_receivables(self, work, deadline):
        """Ask Exact which documents are paid: newest first, a limited number of calls.

        :return: whether work is left for this very moment
        :rtype: bool
        """
        if not self._receivables_are_due() or self._is_parked():
            return False
        if not self.receivables_from:
            self.receivables_from = self._now()
        for _call in range(RECEIVABLE_CALLS):
            if time.monotonic() >= deadline:
                return True
            reset_at = self._reserve_reached(work)
            if reset_at:
                self.receivables_at = reset_at
                return False
            bookings = self._bookings_to_read()
            if not bookings:
                self._receivables_read()
                return False
            if not self._read_some_receivables(work, bookings):
                return False
        self.receivables_at = self._now() + RECEIVABLE_PAUSE
        return False

    def _reserve_reached(self, work):
        """Return when reading may go on, when the day's calls are for new orders."""
        day = work.client.quota.windows.get(DAY)
        if day is None or not day.limit or day.reset_at <= datetime.now(timezone.utc):
            return None
        if day.remaining * 100 > day.limit * HISTORY_RESERVE:
            return None
        return day.reset_at.replace(tzinfo=None)

    def _unpaid_domain(self):
        return [
            ("administration_id", "=", self.id),
            ("state", "=", "posted"),
            ("entry_id", "!=", False),
            # An invoice that is still open is owed by nobody yet.
            ("invoice_state", "not in", ("draft", "gone")),
            ("is_paid", "=", False),
            (
                "entry_date",
                ">=",
                self._now().date() - relativedelta(months=RECEIVABLE_MONTHS),
            ),
        ]

    def _bookings_to_read(self):
        """Return the next documents whose receivable this reading has not seen yet."""
        return self.env["lightspeed.exact.booking"].search(
            [
                *self._unpaid_domain(),
                "|",
                ("receivable_checked_at", "=", False),
                ("receivable_checked_at", "<", self.receivables_from),
            ],
            order="entry_date desc, id desc",
            limit=MAX_TERMS,
        )

    def _read_some_receivables(self, work, bookings):
        """Read the receivables of some documents; one call.

        :return: whether reading may go on
        :rtype: bool
        """
        try:
            bookings._find_transactions(work)
            found = self._receivables_of(work, bookings)
        except AccessDenied as error:
            _logger.info("Administration %s: no receivables: %s", self.id, error.code)
            self.write({"receivables_refused": True, "receivables_at": False})
            self._commit()
            return False
        except (RateLimited, AuthenticationError) as error:
            self._stopped(error)
            return False
        except ConnectorError as error:
            _logger.info("Administration %s: no receivables: %s", self.id, error.code)
            self.receivables_at = self._now() + RECEIVABLE_PAUSE
            self._commit()
            return False
        now = self._now()
        for booking in bookings:
            booking._take_receivables(found.get(booking._transaction_key(), []), now)
        self._commit()
        return True

    def _receivables_of(self, work, bookings):
        """Return the open items of documents, by the entry that they are of.

        :rtype: dict(str, list(dict))
        :raise ConnectorError: Exact could not be asked
        """
        keys = sorted({booking._transaction_key() for booking in bookings} - {""})
        found = {}
        if not keys:
            return found
        for row in work.client.list(
            RECEIVABLES,
            select=RECEIVABLE_FIELDS,
            filter=any_of("TransactionEntryID", map(UUID, keys)),
        ):
            key = trim(row.get("TransactionEntryID")).lower()
            found.setdefault(key, []).append(row)
        return found

    def _receivables_read(self):
        """A reading is complete: the next one is a day after its start, if needed."""
        unpaid = self.env["lightspeed.exact.booking"].search_count(
            self._unpaid_domain(), limit=1
        )
        following = self.receivables_from + RECEIVABLE_INTERVAL
        self.write(
            {
                "receivables_at": following if unpaid else False,
                "receivables_from": False,
            }
        )

    def _refresh_reference_data(self):
        """Ask for receivables again as well: the user may have got the right."""
        result = super()._refresh_reference_data()
        self.sudo().write({"clearing_sides": False, "clearings_parked_until": False})
        if self.receivables_refused:
            self.sudo().write(
                {"receivables_refused": False, "receivables_at": self._now()}
            )
        return result
