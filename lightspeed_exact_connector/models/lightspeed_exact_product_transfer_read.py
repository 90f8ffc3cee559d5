import logging
import time
from datetime import datetime, timedelta, timezone

from odoo import fields, models

from ..accounting import catalogue
from ..accounting.booking import Hold
from ..clients.errors import NotFound
from ..clients.forecast import resting_until
from ..clients.lightspeed import DEFAULT_LIMIT as SMALLEST_PAGE
from ..clients.lightspeed import MAX_LIMIT as PAGE_SIZE
from ..const import POLL_OVERLAP_HOURS
from .exact_administration_slice import HISTORY_RESERVE
from .moments import aware, naive

_logger = logging.getLogger(__name__)

# How often the pages of variants are read when the shop changes meanwhile.
MOST_PASSES = 3

# Products that are asked for one by one before the next commit.
SINGLES = 20


class LightspeedExactProductTransfer(models.Model):
    """Reading the catalogue of the shop, page by page."""

    # A room of its own, beside what people do with a transfer.
    _inherit = "lightspeed.exact.product.transfer"  # pylint: disable=consider-merging-classes-inherited

    step = fields.Selection(
        [
            ("counts", "Counts"),
            ("taxes", "VAT rates"),
            ("brands", "Brands"),
            ("variants", "Variants"),
            ("products", "Products"),
            ("singles", "Products that were not in the list"),
            ("sort", "Sorting out"),
        ],
        readonly=True,
        copy=False,
    )
    step_page = fields.Integer(readonly=True, copy=False, default=1)
    step_pass = fields.Integer(readonly=True, copy=False, default=1)
    step_rows = fields.Integer(readonly=True, copy=False)
    step_met = fields.Integer(
        readonly=True, copy=False, help="How many different ones were read."
    )
    reading = fields.Integer(
        readonly=True, copy=False, help="Number of this reading of the shop."
    )
    read_started_at = fields.Datetime(readonly=True, copy=False)
    read_since = fields.Datetime(
        string="Changed since",
        readonly=True,
        copy=False,
        help="Only what changed since then is read; empty for everything.",
    )
    read_done = fields.Integer(readonly=True, copy=False)
    read_total = fields.Integer(readonly=True, copy=False)
    unreadable = fields.Integer(
        string="Rows without an identity", readonly=True, copy=False
    )
    variant_count = fields.Integer(
        string="Variants in the shop", readonly=True, copy=False
    )
    product_count = fields.Integer(
        string="Products in the shop", readonly=True, copy=False
    )
    brand_count = fields.Integer(
        string="Brands in the shop",
        readonly=True,
        copy=False,
        help="Read only where a rule names a brand.",
    )
    tax_rates = fields.Json(readonly=True, copy=False)
    brands = fields.Json(readonly=True, copy=False)

    # === COUNTS === #
    def _ask_counts(self, client):
        """Ask the shop how much there is: two calls, three where brands matter.

        :raise ConnectorError: the shop cannot be asked
        """
        filters = self._read_filters()
        values = {
            "variant_count": client.variant_count(**filters),
            "product_count": client.product_count(**filters),
            "brand_count": client.brand_count() if self._needs_brands() else 0,
        }
        self.write({**values, "read_total": sum(values.values())})

    def _needs_brands(self):
        """Return whether a rule of the link depends on the brand of a product."""
        link = self.link_id
        return bool(
            link.rule_ids.filtered("brand") or link.product_rule_ids.filtered("brand")
        )

    def _read_filters(self):
        return {"updated_at_min": aware(self.read_since)} if self.read_since else {}

    # === READING === #
    def _begin_reading(self, step="taxes"):
        """Read from the first page on.

        :param str step: ``counts`` when they are not known, or not any more
        """
        # In sudo mode: people do not write the state themselves.
        transfer = self.sudo()
        last = (
            self.env["lightspeed.product.variant"]
            .sudo()
            ._read_group(
                [("shop_id", "=", transfer.shop_id.id)], [], ["seen_reading:max"]
            )[0][0]
        )
        transfer.write(
            {
                "state": "reading",
                "step": step,
                "step_page": 1,
                "step_pass": 1,
                "step_rows": 0,
                "step_met": 0,
                "reading": (last or 0) + 1,
                "read_started_at": fields.Datetime.now(),
                "read_done": 0,
                "unreadable": 0,
                "brands": False,
                "tax_rates": False,
                "next_at": False,
            }
        )
        transfer._clear_problem()

    def _read(self, work, deadline):
        """Read pages until all are read and sorted out.

        :param float deadline: ``time.monotonic()`` at which to stop
        :return: whether more can be done at once
        :rtype: bool
        """
        while self._is_still("reading"):
            if time.monotonic() >= deadline:
                return True
            if self.step == "sort":
                self._sort_some(work)
            else:
                client = work.shop_client(self.shop_id)
                if self._leaves_to_orders(client.quota):
                    return False
                getattr(self, f"_read_{self.step}")(client)
            self._commit_step()
        return self._is_still("running")

    def _is_still(self, state):
        """Return whether nobody stopped the transfer meanwhile."""
        self.invalidate_recordset(["state"])
        return bool(self.exists()) and self.state == state

    def _commit_step(self):
        self.env["lightspeed.exact.lane"]._commit()
        # Memory does not grow with the number of pages.
        self.env.invalidate_all()

    def _leaves_to_orders(self, quota):
        """Rest when the calls that are left in a window are for orders.

        :return: whether the transfer rests now
        :rtype: bool
        """
        until = resting_until(quota, datetime.now(timezone.utc), HISTORY_RESERVE)
        if until is None:
            return False
        self._rest(naive(until + timedelta(seconds=1)))
        self._commit_step()
        return True

    def _next_step(self, step):
        self.write(
            {
                "step": step,
                "step_page": 1,
                "step_pass": 1,
                "step_rows": 0,
                "step_met": 0,
            }
        )

    # === THE LISTS === #
    def _read_counts(self, client):
        self._ask_counts(client)
        if self.read_since and not self.variant_count:
            self._finish_reading()
        else:
            self._next_step("taxes")

    def _read_taxes(self, client):
        rates = catalogue.tax_rates(client.taxes())
        self.tax_rates = {key: str(rate) for key, rate in rates.items()}
        self._next_step("brands" if self.brand_count else "variants")

    def _read_brands(self, client):
        rows = client.brands(self.step_page, PAGE_SIZE)
        found = self._readable(rows, catalogue.brand_row)
        self.brands = {**(self.brands or {}), **dict(found)}
        self.step_met = len(self.brands)
        self._turn_page(rows, self.brand_count, "variants")

    def _read_variants(self, client):
        filters = self._read_filters()
        rows = client.variants(self.step_page, PAGE_SIZE, **filters)
        found = self._readable(rows, catalogue.variant_row)
        self.step_met += self.env["lightspeed.product.variant"]._store_variants(
            self.shop_id, found, self._rates(), self.reading
        )
        if self._is_last(rows, self.variant_count) and self._slipped(client):
            again = {"step_page": 1, "step_rows": 0, "step_pass": self.step_pass + 1}
            self.write(again)
            return
        self._turn_page(rows, self.variant_count, "products")

    def _read_products(self, client):
        filters = self._read_filters()
        rows = client.products(self.step_page, PAGE_SIZE, **filters)
        found = self._readable(rows, catalogue.product_row)
        self.env["lightspeed.product.variant"]._store_products(
            self.shop_id, found, self.brands or {}
        )
        # What slipped to a page already read is asked for by itself.
        self.step_met += len(found)
        self._turn_page(rows, self.product_count, "singles")

    def _read_singles(self, client):
        """Read products that no page had: of new variants of older products."""
        variants = self.env["lightspeed.product.variant"]
        unknown = variants.search(
            [
                ("shop_id", "=", self.shop_id.id),
                ("seen_reading", "=", self.reading),
                ("product_known", "=", False),
            ],
            limit=SINGLES,
        )
        if not unknown:
            self._finish_reading()
            return
        variants._fill_in_siblings(unknown)
        unknown = unknown.filtered(lambda variant: not variant.product_known)
        for key in sorted({variant.product_remote_id or "" for variant in unknown}):
            row = self._single(client, key)
            if row:
                variants._store_products(self.shop_id, [row], self.brands or {})
        # Of what is gone, or odd, nothing more can be known.
        unknown.filtered(lambda variant: not variant.product_known).write(
            {"product_known": True}
        )

    def _single(self, client, key):
        if not key.isdigit():
            return None
        try:
            return next(
                iter(self._readable([client.product(key)], catalogue.product_row)), None
            )
        except NotFound:
            return None

    def _rates(self):
        """Return the shop's VAT rates by the id of its tax.

        :rtype: dict(str, Decimal)
        """
        rows = [{"id": key, "rate": rate} for key, rate in self.tax_rates.items()]
        return catalogue.tax_rates(rows)

    def _readable(self, rows, reader):
        """Return the rows in a known form; those without an identity are counted."""
        found = []
        for row in rows:
            try:
                found.append(reader(row))
            except Hold:
                self.unreadable += 1
        return found

    # === PAGES === #
    def _is_last(self, rows, expected):
        """Return whether a page was the last one.

        A page may hold fewer rows than were asked for (Lightspeed reference 3.2):
        only one below the smallest size is surely the last, or when all are there.
        """
        met = self.step_met + self.unreadable
        read = self.step_rows + len(rows)
        return len(rows) < SMALLEST_PAGE or min(met, read) >= expected

    def _turn_page(self, rows, expected, following):
        self.read_done += len(rows)
        last = self._is_last(rows, expected)
        self.step_rows += len(rows)
        if last:
            self._next_step(following)
        else:
            self.step_page += 1

    def _slipped(self, client):
        """Return whether variants may have slipped between two pages.

        The list is newest first (Lightspeed reference 3.2): what is deleted while the
        pages are read moves a row to a page already read.  Then the shop's own count
        is another one, or more than was met, and the pages are read once more.
        """
        if self.step_met + self.unreadable == self.variant_count:
            return False
        if self.step_pass >= MOST_PASSES:
            _logger.info("Transfer %s: the shop keeps changing", self.id)
            return False
        count = client.variant_count(**self._read_filters())
        changed = count != self.variant_count
        self.variant_count = count
        return changed or self.step_met + self.unreadable < count

    def _finish_reading(self):
        """Everything is read: remember until when, and what the shop has no more."""
        if not self.read_since:
            gone = self.env["lightspeed.product.variant"].search(
                [
                    ("shop_id", "=", self.shop_id.id),
                    ("seen_reading", "!=", self.reading),
                    ("is_gone", "=", False),
                ]
            )
            gone.write({"is_gone": True})
        self.link_id.products_read_at = self.read_started_at
        self._begin_sorting()

    def _read_from(self):
        """Return the moment from which changes are asked for, with its overlap."""
        mark = self.link_id.products_read_at or self.link_id.new_products_since
        return mark and mark - timedelta(hours=POLL_OVERLAP_HOURS)
