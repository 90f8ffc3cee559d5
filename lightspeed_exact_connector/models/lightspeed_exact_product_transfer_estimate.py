from datetime import datetime, timezone

from odoo import api, fields, models

from ..clients import forecast
from ..clients.lightspeed import MAX_LIMIT as PAGE_SIZE
from ..clients.odata import MAX_TERMS, chunks
from .exact_administration_slice import HISTORY_RESERVE


class LightspeedExactProductTransfer(models.Model):
    """What a transfer costs: calls at both sides, and how long they take.

    Told before it starts: at most, by the shop's own counts, before anything is read;
    to the call, once everything is read.  Items that Exact turns out to have cost no
    call beyond their look-up.
    """

    # A room of its own, beside the work itself.
    _inherit = "lightspeed.exact.product.transfer"  # pylint: disable=consider-merging-classes-inherited

    lookup_calls = fields.Integer(readonly=True, copy=False)
    lightspeed_calls = fields.Integer(
        string="Calls to Lightspeed",
        readonly=True,
        copy=False,
        help="Pages of variants, products and brands, and the VAT rates.",
    )
    exact_calls = fields.Integer(
        string="Calls to Exact Online",
        readonly=True,
        copy=False,
        help="One for each item and for each price, and one to look up 40 codes. "
        "Before the shop is read: at most.",
    )
    lightspeed_left = fields.Integer(compute="_compute_left")
    exact_left = fields.Integer(compute="_compute_left")
    lightspeed_allowance = fields.Char(
        string="Lightspeed allows", compute="_compute_duration"
    )
    exact_allowance = fields.Char(
        string="Exact Online allows", compute="_compute_duration"
    )
    duration_text = fields.Char(
        string="Expected duration",
        compute="_compute_duration",
        help="From the calls that both allow a minute and a day, less what was used "
        "today and a tenth that is left for orders.",
    )

    # === COUNTING CALLS === #
    def _estimate_reading(self):
        """Say how many calls reading takes, and making items at most."""
        counts = (self.variant_count, self.product_count)
        # The first page of a list is read even when it is empty.
        pages = sum(max(_pages(count, PAGE_SIZE), 1) for count in counts)
        variants = self.variant_count
        self.write(
            {
                "lightspeed_calls": 1 + pages + _pages(self.brand_count, PAGE_SIZE),
                "lookup_calls": _pages(variants, MAX_TERMS),
                "exact_calls": _pages(variants, MAX_TERMS) + 2 * variants,
            }
        )

    def _estimate(self, policy):
        """Say how many calls Exact gets: everything is read and sorted out."""
        lookups, last = 0, 0
        variants = self.env["lightspeed.product.variant"]
        while True:
            # As many as one look-up takes: the batches of the work itself.
            batch = variants.search(
                [
                    ("transfer_id", "=", self.id),
                    ("transfer_state", "=", "pending"),
                    ("id", ">", last),
                ],
                order="id",
                limit=MAX_TERMS,
            )
            if not batch:
                break
            codes = [self._need(variant, policy).code for variant in batch]
            lookups += len(list(chunks("Code", codes)))
            last = batch[-1].id
            batch.invalidate_recordset()
        self.write(
            {
                "lookup_calls": lookups,
                "exact_calls": lookups + self.pending_count + self.price_pending_count,
            }
        )

    # === COMPUTE === #
    @api.depends(
        "state",
        "stopped_state",
        "lightspeed_calls",
        "exact_calls",
        "lookup_calls",
        "read_done",
        "pending_count",
        "price_pending_count",
    )
    def _compute_left(self):
        for transfer in self:
            state = transfer.state
            if state in ("paused", "held"):
                state = transfer.stopped_state
            lightspeed, exact = 0, 0
            if state in ("draft", "reading"):
                lightspeed, exact = transfer.lightspeed_calls, transfer.exact_calls
            if state == "reading":
                lightspeed = max(lightspeed - transfer.read_done // PAGE_SIZE, 0)
            if state in ("ready", "running"):
                exact = transfer.pending_count + transfer.price_pending_count
                exact += _pages(transfer.pending_count, MAX_TERMS)
            if state == "ready":
                exact = transfer.exact_calls
            transfer.lightspeed_left, transfer.exact_left = lightspeed, exact

    @api.depends("lightspeed_left", "exact_left")
    @api.depends_context("lang")
    def _compute_duration(self):
        quotas = self.env["lightspeed.exact.quota"]
        now = datetime.now(timezone.utc)
        for transfer in self:
            shop = forecast.allowance(
                quotas._known(transfer.shop_id._quota_key()),
                forecast.LIGHTSPEED_LIMITS,
                now,
                HISTORY_RESERVE,
            )
            exact = forecast.allowance(
                quotas._known(transfer.administration_id._quota_key()),
                forecast.EXACT_LIMITS,
                now,
                HISTORY_RESERVE,
            )
            transfer.lightspeed_allowance = transfer._allowance_text(shop)
            transfer.exact_allowance = transfer._allowance_text(exact)
            # One after the other: nothing is made before everything is read.
            length = forecast.duration(transfer.lightspeed_left, shop, now)
            length += forecast.duration(transfer.exact_left, exact, now + length)
            transfer.duration_text = (
                False if transfer.state == "done" else transfer._duration_text(length)
            )

    def _allowance_text(self, allowed):
        return self.env._(
            "%(minute)s a minute, %(day)s a day, %(left)s left today",
            minute=int(allowed.per_minute),
            day=allowed.limits["day"],
            left=allowed.left,
        )

    def _duration_text(self, length):
        """Return a duration in words, rounded up to what matters.

        :param timedelta length: how long
        :rtype: str
        """
        minutes = -(-int(length.total_seconds()) // 60)
        if minutes <= 1:
            return self.env._("about a minute")
        if minutes < 120:
            return self.env._("about %(minutes)s minutes", minutes=minutes)
        hours = -(-minutes // 60)
        if hours < 48:
            return self.env._("about %(hours)s hours", hours=hours)
        return self.env._("about %(days)s days", days=-(-hours // 24))


def _pages(count, size):
    """Return how many pages of a size hold so many."""
    return -(-count // size)
