import time
from datetime import datetime, timedelta, timezone
from uuid import UUID

from odoo import fields, models
from odoo.fields import Domain

from ..accounting import items
from ..accounting.booking import Hold
from ..accounting.money import dumps, to_decimal
from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    BadRequest,
    NotFound,
    RateLimited,
    Rejected,
)
from ..clients.exact import MAX_TERMS, any_of
from ..clients.quota import CLIENT_ERRORS_AN_HOUR, ERRORS
from .lightspeed_exact_operation import Pending
from .moments import naive
from .service_errors import problem_of

PRICES = "logistics/SalesItemPrices"
PRICE_FIELDS = ["ID", "Item", "Price", "Currency", "StartDate", "Unit"]

# After so many refusals in a row what is wrong is wrong for all: a person must look.
REFUSED_TO_HOLD = 10

# How long an answer counts that Exact has no such item.
ABSENT_FOR = timedelta(hours=1)


class LightspeedExactProductTransfer(models.Model):
    """The work itself: items that are not there yet, and their sales prices.

    Each item and each price is an operation of its own, so nothing is made twice.
    """

    # A room of its own, beside sorting out.
    _inherit = "lightspeed.exact.product.transfer"  # pylint: disable=consider-merging-classes-inherited

    def _work(self, work, deadline):
        """Go on with this transfer; running it again is harmless.

        The caller holds the lock of the administration.

        :param Work work: what the slice carries
        :param float deadline: ``time.monotonic()`` at which to stop
        :return: whether more can be done at once
        :rtype: bool
        :raise ConnectorError: a vendor or its quota is the trouble
        """
        self.ensure_one()
        if self.state == "reading" and self._read(work, deadline) is not True:
            return False
        if self._is_still("running"):
            return self._run_batches(work, deadline)
        return self._is_still("reading")

    def _run_batches(self, work, deadline):
        while self._is_still("running"):
            if time.monotonic() >= deadline:
                return True
            batch = self._next_variants()
            if not batch:
                self._wait_or_finish()
                self._commit_step()
                return False
            on = self._run_batch(work, batch, deadline)
            self._count()
            self._commit_step()
            if not on:
                return self._is_still("running") and not self._is_resting()
        return False

    def _next_variants(self):
        """Return the next variants: as many as one look-up takes.

        First those that were looked up already, when a batch was not finished.
        """
        batch = self._open_variants(limit=MAX_TERMS, due=True)
        looked_up = batch.filtered(
            lambda variant: variant.absent_at or variant.transfer_state != "pending"
        )
        return looked_up or batch

    def _open_variants(self, limit=None, *, due=False):
        """Return the variants that still want an item or a price.

        :param bool due: only those whose time has come
        """
        domain = Domain("transfer_id", "=", self.id) & (
            Domain("transfer_state", "=", "pending")
            | Domain("price_state", "=", "pending")
        )
        if due:
            domain &= Domain("next_attempt_at", "=", False) | Domain(
                "next_attempt_at", "<=", fields.Datetime.now()
            )
        return self.env["lightspeed.product.variant"].search(
            domain, order="id", limit=limit
        )

    def _wait_or_finish(self):
        """Nothing is due: wait for what has its moment, or finish."""
        waiting = self._open_variants().filtered("next_attempt_at")
        self._count()
        if waiting:
            self._rest(min(waiting.mapped("next_attempt_at")))
        else:
            self._finish()

    def _finish(self):
        """Everything is done; a look that found nothing new leaves no trace."""
        self.write({"state": "done", "finished_at": fields.Datetime.now()})
        self._clear_problem()
        if self.scope == "new" and not self.total_count:
            self.unlink()

    def _is_resting(self):
        return bool(self.next_at and self.next_at > fields.Datetime.now())

    # === A BATCH === #
    def _run_batch(self, work, batch, deadline):
        """Look up what is not known, then make what is not there.

        :return: whether the next batch may go
        :rtype: bool
        """
        policy = work.policy(self.link_id)
        wanted = self._wanted(batch, policy)
        if not self._may_go_on(work):
            return False
        self._look_up(work, wanted)
        self._commit()
        for variant, (need, rule) in wanted.items():
            if not self._is_still("running"):
                return False
            if time.monotonic() >= deadline or not self._may_go_on(work):
                return False
            self._run_one(work, variant, need, rule, policy)
            self._succeeded()
            self._commit()
            if self.refused_in_a_row >= REFUSED_TO_HOLD:
                self._hold("products_refused", {"count": self.refused_in_a_row})
                return False
        return True

    def _commit(self):
        self.env["lightspeed.exact.lane"]._commit()

    def _may_go_on(self, work):
        """Return whether the calls that are left are not for orders."""
        return not (
            self._leaves_to_orders(work.client.quota) or self._rests_after_refusals()
        )

    def _rests_after_refusals(self):
        """Rest before refused calls would stop the orders of the administration.

        Half of what the administration may be refused in an hour is for them.
        """
        administration = self.administration_id
        since = administration.refusals_since
        if not since or administration.refusals < CLIENT_ERRORS_AN_HOUR // 2:
            return False
        until = since + timedelta(hours=1)
        if until <= fields.Datetime.now():
            return False
        self._rest(until)
        return True

    def _wanted(self, batch, policy):
        """Return what each variant wants; those that may not have it are refused.

        :return: variant -> ``ItemNeed`` and ledger rule
        :rtype: dict
        """
        wanted = {}
        for variant in batch:
            try:
                wanted[variant] = self._decided(variant, policy)
            except Hold as hold:
                self._refuse(variant, hold)
        return wanted

    def _look_up(self, work, wanted):
        """Let Exact tell which of the unknown items it has: one call for 40 codes."""
        pending = {
            need.key: variant
            for variant, (need, _rule) in wanted.items()
            if variant.transfer_state == "pending"
        }
        known = self.administration_id._known_items(pending)
        now = fields.Datetime.now()
        needs = {}
        for variant, (need, _rule) in wanted.items():
            if need.key not in pending or need.key in known:
                continue
            if variant.absent_at and variant.absent_at > now - ABSENT_FOR:
                # A slice before this one has asked.
                work.absent_items.add(need.key)
            needs[need.key] = need
        holds = {}
        self.administration_id._find_items(work, needs, holds)
        for key, hold in holds.items():
            self._refuse(pending[key], hold)
        for key, variant in pending.items():
            if key in work.absent_items and not variant.absent_at:
                variant.absent_at = now

    def _run_one(self, work, variant, need, rule, policy):
        """Make one item and set its price, or say why not."""
        if variant.transfer_state == "refused":
            return
        if variant.transfer_state == "pending" and not self._run_item(
            work, variant, need
        ):
            return
        if variant.price_state == "pending" and self._may_go_on(work):
            self._run_price(work, variant, rule, policy)

    def _run_item(self, work, variant, need):
        """Find or make the item of a variant.

        :return: whether it is in Exact now
        :rtype: bool
        """
        administration = self.administration_id
        item = administration._known_items([need.key]).get(need.key)
        try:
            if item:
                item._check_same(need)
            else:
                item = administration._make_item(
                    work, need, self._is_forced(), self._profile()
                )
        except Hold as hold:
            self._refuse(variant, hold)
            return False
        except Pending as pending:
            variant.next_attempt_at = pending.until
            return False
        made = item.origin == "created"
        values = {"item_id": item.id}
        if not made:
            # An item that was there stays as it is, its price as well.
            values["price_state"] = False
        variant._set_result("made" if made else "found", **values)
        self.refused_in_a_row = 0
        return True

    def _profile(self):
        """Return the invoice profile that says with which unit an item is made."""
        return self.link_id.invoice_profile_id or self.administration_id._item_profile()

    def _is_forced(self):
        """Return whether a person asks for what was refused before."""
        return self.scope != "new"

    def _refuse(self, variant, hold):
        variant._set_result("refused", hold, price_state=False)
        if hold.code == "item_refused":
            self.refused_in_a_row += 1

    # === PRICES === #
    def _price_reference(self, item):
        """Return what makes it one price: the item and the currency.

        Each is set once from a first day on that never changes, for one piece and in
        the item's own unit (Exact reference, 6.4).
        """
        return f"{item.remote_id}:{self.shop_id.currency_code}".lower()

    def _run_price(self, work, variant, rule, policy):
        """Set the sales price of an item that was made here, once."""
        item = variant.item_id
        reference = self._price_reference(item)
        operation = self.env["lightspeed.exact.operation"]._intend(
            self.administration_id, "item_price", reference, reference
        )
        try:
            if operation.state == "sending":
                self._recover_price(work, operation)
            if operation.state != "done":
                self._send_price(work, operation, variant, rule, policy)
        except Hold as hold:
            variant.write(
                {
                    "price_state": "refused",
                    "reason_code": hold.code,
                    "reason_params": hold.params or False,
                }
            )
            if operation.state == "refused":
                self.refused_in_a_row += 1
            return
        except Pending as pending:
            variant.next_attempt_at = pending.until
            return
        variant.write({"price_state": "done", "next_attempt_at": False})
        self.refused_in_a_row = 0

    def _send_price(self, work, operation, variant, rule, policy):
        """Send the price as the VAT code of the item wants it.

        :raise Hold: the currency is not in use, or Exact refuses it
        """
        self._check_currency()
        payload = items.price_payload(
            variant.item_id.remote_id,
            self._price(variant, rule, policy),
            currency=self.shop_id.currency_code,
            unit=self._profile().unit_id.code or "",
        )
        operation._set_payload(dumps(payload), force=self._is_forced())
        operation._send(work.client)

    def _check_currency(self):
        """Refuse prices in a currency that the administration does not use.

        :raise Hold: ``product_price_currency``
        """
        if self.administration_id.currency_ids and not self._currency():
            raise Hold(
                "product_price_currency", currency=self.shop_id.currency_code or ""
            )

    def _recover_price(self, work, operation):
        """Settle a price whose answer was lost, by the prices that the item has."""
        intended = operation._intended()
        operation._recover(
            work.client,
            lambda: self._prices_in_exact(work, intended),
            lambda row: (
                []
                if to_decimal(row.get("Price") or 0) == to_decimal(intended["Price"])
                else ["total"]
            ),
        )

    def _prices_in_exact(self, work, intended):
        """Return the prices of an item in a currency.

        :rtype: list(dict)
        """
        rows = work.client.list(
            PRICES, select=PRICE_FIELDS, filter=any_of("Item", [UUID(intended["Item"])])
        )
        return [
            row
            for row in rows
            if (row.get("Currency") or "").strip() == intended["Currency"]
        ]

    # === TROUBLE === #
    def _succeeded(self):
        if self.failures or self.problem_code:
            self.failures = 0
            self._clear_problem()

    def _trouble(self, error):
        """Remember a technical failure, and when it is tried again.

        What only a person can repair holds the transfer; orders go on meanwhile.

        :param ConnectorError error: of the shop while reading, else of Exact
        """
        reading = self.state == "reading"
        record = self.shop_id if reading else self.administration_id
        code, params = problem_of(error, record)
        self._count()
        if isinstance(error, (AccessDenied, BadRequest, NotFound, Rejected)):
            self._hold(code, params)
            return
        self._set_problem(code, params)
        everybody = isinstance(error, AuthenticationError) or (
            isinstance(error, RateLimited) and error.window in ("", ERRORS)
        )
        if not reading and everybody:
            self.administration_id._stopped(error)
        self.failures += 1
        until = fields.Datetime.now() + self.administration_id._backoff(self.failures)
        if isinstance(error, RateLimited):
            now = datetime.now(timezone.utc)
            until = naive(max(error.retry_at, now) + timedelta(seconds=1))
        self._rest(until)
