from datetime import datetime, timezone

from odoo import api, fields, models

from ..clients import forecast
from ..clients.lightspeed import MAX_LIMIT as PAGE_SIZE
from ..clients.odata import MAX_TERMS, chunks


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
        forecasts = self.env["lightspeed.exact.forecast"]
        now = datetime.now(timezone.utc)
        for transfer in self:
            shop, exact = forecasts._allowances(
                transfer.shop_id, transfer.administration_id
            )
            transfer.lightspeed_allowance = forecasts._allowance_text(shop)
            transfer.exact_allowance = forecasts._allowance_text(exact)
            # One after the other: nothing is made before everything is read.
            length = forecast.duration(transfer.lightspeed_left, shop, now)
            length += forecast.duration(transfer.exact_left, exact, now + length)
            transfer.duration_text = (
                False if transfer.state == "done" else forecasts._duration_text(length)
            )


def _pages(count, size):
    """Return how many pages of a size hold so many."""
    return -(-count // size)
