import logging
import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..accounting.terms import BOOKS_YEARS, OSS_YEARS, free_through
from .groups import check_manager

_logger = logging.getLogger(__name__)

# One run of the nightly pruning; what is left goes on after a pause.
PRUNE_SECONDS = 60
PRUNE_PAUSE = timedelta(minutes=10)

# Records of one transaction.
PRUNE_BATCH = 100

# Shorter and an order would lose its raw data while it can still be edited or credited.
LEAST_DAYS = 30

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class LightspeedExactRetention(models.Model):
    """How long a company keeps what the connector holds, and what was removed.

    What proves a booking stays for the legal time; open work, and what keeps an order
    from being booked twice, stays for ever, without anything about a person.
    """

    _name = "lightspeed.exact.retention"
    _description = "Retention and Privacy"
    _inherit = ["lightspeed.exact.company.mixin"]
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    raw_days = fields.Integer(
        string="Raw data of the shop",
        required=True,
        default=180,
        help="Days after an order was booked or skipped, and last changed in the shop. "
        "Names, addresses and everything else that the shop gave is removed then; "
        "where it is needed again, it is read again in the shop.",
    )
    order_days = fields.Integer(
        string="Orders that were never booked",
        required=True,
        default=730,
        help="Days after the last change in the shop. Name, e-mail address and "
        "messages are removed; the number stays.",
    )
    log_days = fields.Integer(
        string="Technical records",
        required=True,
        default=365,
        help="Days after they ended: incidents, solved causes of refusals, answers of "
        "Exact Online and VAT number checks that no booking needs.",
    )
    books_years = fields.Integer(
        string="Bookings",
        required=True,
        default=BOOKS_YEARS,
        help="Years from the end of the book year. The law asks for seven (art. 52 "
        "AWR).",
    )
    oss_years = fields.Integer(
        string="Distance sales under OSS",
        required=True,
        default=OSS_YEARS,
        help="Years from the end of the calendar year. The law asks for ten (art. 63c "
        "Implementing Regulation (EU) 282/2011).",
    )
    year_end_month = fields.Selection(
        MONTHS,
        string="Book year ends with",
        required=True,
        default="12",
    )
    last_run_at = fields.Datetime(string="Last run", readonly=True)
    last_counts = fields.Json(readonly=True)
    last_text = fields.Text(string="Removed then", compute="_compute_last_text")
    total_removed = fields.Integer(string="Removed in all", readonly=True)
    due_counts = fields.Json(readonly=True)
    due_at = fields.Datetime(string="Counted on", readonly=True)
    due_text = fields.Text(string="Would be removed", compute="_compute_due_text")

    _company_uniq = models.Constraint(
        "UNIQUE(company_id)", "A company has one set of terms."
    )

    # === COMPUTE === #
    @api.depends("last_counts")
    @api.depends_context("lang")
    def _compute_last_text(self):
        for row in self:
            row.last_text = row._told(row.last_counts)

    @api.depends("due_counts")
    @api.depends_context("lang")
    def _compute_due_text(self):
        for row in self:
            row.due_text = row._told(row.due_counts)

    def _told(self, counts):
        """Return counts as lines of text.

        :param dict counts: kind to how many
        """
        labels = self._labels()
        lines = [
            f"{labels.get(name, name)}: {count}"
            for name, count in (counts or {}).items()
            if count
        ]
        return "\n".join(lines) or self.env._("Nothing")

    # === CONSTRAINTS === #
    @api.constrains("raw_days", "order_days", "log_days")
    def _check_days(self):
        for row in self:
            if min(row.raw_days, row.order_days, row.log_days) < LEAST_DAYS:
                raise ValidationError(
                    self.env._(
                        "Keep everything for %(days)s days at least: until then an "
                        "order is often still edited or credited.",
                        days=LEAST_DAYS,
                    )
                )

    @api.constrains("books_years", "oss_years")
    def _check_legal(self):
        for row in self:
            if row.books_years >= BOOKS_YEARS and row.oss_years >= OSS_YEARS:
                continue
            if min(row.books_years, row.oss_years) < 0 or row._has_booked():
                raise ValidationError(
                    self.env._(
                        "Bookings are kept for %(books)s years and distance sales "
                        "under OSS for %(oss)s years by law; longer is possible.",
                        books=BOOKS_YEARS,
                        oss=OSS_YEARS,
                    )
                )

    def _has_booked(self):
        """Return whether anything was ever booked for the company."""
        domain = [("company_id", "=", self.company_id.id)]
        # In sudo mode: whatever the person may see.
        bookings = self.env["lightspeed.exact.booking"].sudo()
        return bool(bookings.search_count(domain, limit=1))

    # === ACTIONS === #
    def action_count(self):
        """Count what the next run would remove, and remove nothing."""
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        self.sudo().write(
            {"due_counts": self._count(), "due_at": fields.Datetime.now()}
        )

    def action_view_log(self):
        """Show who handed over or removed personal data."""
        self.ensure_one()
        check_manager(self)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "lightspeed_exact_connector.lightspeed_exact_privacy_log_action"
            ),
            "domain": [("company_id", "=", self.company_id.id)],
        }

    # === SETTINGS === #
    @api.model
    def _of(self, company):
        """Return the terms of a company, made with the usual ones when it has none.

        :rtype: lightspeed.exact.retention
        """
        # In sudo mode: whoever makes the first link of a company.
        rows = self.sudo()
        return rows.search([("company_id", "=", company.id)]) or rows.create(
            {"company_id": company.id}
        )

    @api.model
    def _toggle_prune(self):
        """Let the nightly pruning run while there is a link, and only then."""
        cron = self.env.ref(
            "lightspeed_exact_connector.ir_cron_prune", raise_if_not_found=False
        )
        if not cron:
            return
        # In sudo mode: scheduled actions are closed to people.
        links = self.env["lightspeed.exact.link"].sudo().with_context(active_test=False)
        for (company,) in links._read_group([], ["company_id"]):
            self._of(company)
        if cron.sudo().active != bool(links.search_count([], limit=1)):
            cron.sudo().with_context(active_test=False).toggle(links._name, [])

    def _free_through(self):
        """Return the last entry date whose legal time is over, without and with OSS.

        A term that was set too short while nothing was booked counts for nothing.

        :rtype: tuple(date, date)
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        books = max(self.books_years, BOOKS_YEARS)
        oss = max(self.oss_years, OSS_YEARS, books)
        month = int(self.year_end_month)
        # The later end of both years: no term may come out too short.
        return (
            free_through(today, books, month),
            min(free_through(today, oss), free_through(today, oss, month)),
        )

    # === PRUNING === #
    @api.model
    def _cron_prune(self):
        """Remove what is kept long enough; in slices, each batch by itself."""
        deadline = time.monotonic() + PRUNE_SECONDS
        left_over = False
        rows = self.search([("company_id", "!=", False)])
        for row in rows.sorted(lambda row: (str(row.last_run_at or ""), row.id)):
            left_over |= row._prune(deadline)
        self.env["ir.cron"]._commit_progress(remaining=0)
        if left_over:
            cron = self.env["ir.cron"].browse(self.env.context.get("cron_id"))
            cron._trigger(at=fields.Datetime.now() + PRUNE_PAUSE)
            self.env["ir.cron"]._commit_progress(remaining=0)

    def _prune(self, deadline):
        """Remove what is over for one company.

        :param float deadline: ``time.monotonic()`` at which to stop
        :return: whether something is left for a later run
        :rtype: bool
        """
        self.ensure_one()
        counts, left_over = {}, False
        for kind in self._kinds():
            for administration in self._administrations(kind):
                count, left = self._prune_kind(kind, administration, deadline)
                counts[kind.name] = counts.get(kind.name, 0) + count
                left_over |= left
        self._tell(counts)
        return left_over

    def _tell(self, counts):
        """Keep what a run removed."""
        counts = {name: count for name, count in counts.items() if count}
        self.write(
            {
                "last_run_at": fields.Datetime.now(),
                "last_counts": counts,
                "total_removed": self.total_removed + sum(counts.values()),
            }
        )
        if counts:
            self.env["lightspeed.exact.privacy.log"]._note(
                self.company_id, "retention", counts
            )
        self.env["ir.cron"]._commit_progress(1)

    def _administrations(self, kind):
        """Return for which administrations a kind is removed, each under its lock.

        :return: ``[None]`` for a kind that no worker writes
        """
        if "administration_id" not in self.env[kind.model]._fields:
            return [None]
        return self.env["exact.administration"].search(
            [("company_id", "=", self.company_id.id)]
        )

    def _prune_kind(self, kind, administration, deadline):
        """Remove one kind, batch by batch, while no worker has the administration.

        :return: how many, and whether some are left
        :rtype: tuple(int, bool)
        """
        last_id, removed = 0, 0
        try:
            while time.monotonic() < deadline:
                count, last_id = self._locked_batch(kind, administration, last_id)
                if count is None:
                    return removed, True
                removed += count
                self.env["ir.cron"]._commit_progress(count)
                self.env.invalidate_all()
                if count < PRUNE_BATCH:
                    return removed, False
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # Somebody changes the same record now: it is no old one any more, perhaps.
            self.env.cr.rollback()
            self.env.invalidate_all()
        except Exception:
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception("Retention %s stopped at %s", self.id, kind.name)
            return removed, False
        return removed, True

    def _locked_batch(self, kind, administration, last_id):
        """Remove one batch under the lock of the administration.

        :return: how many and the last id; ``(None, last_id)`` when a worker is busy
        :rtype: tuple(int | None, int)
        """
        if administration is None:
            return self._batch(kind, administration, last_id)
        # What is read from here on is not older than the lock.
        self.env["ir.cron"]._commit_progress(0)
        with self.env["lightspeed.exact.lane"]._lock(administration) as locked:
            if not locked:
                return None, last_id
            count, last_id = self._batch(kind, administration, last_id)
            # Before the lock is given back.
            self.env["ir.cron"]._commit_progress(0)
            return count, last_id

    def _batch(self, kind, administration, last_id):
        domain = [*self._domain(kind, administration), ("id", ">", last_id)]
        model = self.env[kind.model].with_context(
            active_test=False, tracking_disable=True
        )
        records = model.search(domain, order="id", limit=PRUNE_BATCH)
        ids = records.ids
        if ids:
            kind.remove(records)
            self.env.flush_all()
        return len(ids), ids[-1] if ids else last_id

    def _domain(self, kind, administration=None):
        """Return what of a kind is over.

        :param Kind kind: which
        :param administration: only of this one
        :rtype: list
        """
        domain = kind.domain(self)
        if administration is not None:
            return [("administration_id", "=", administration.id), *domain]
        return domain

    def _count(self):
        """Return how much of each kind the next run would remove.

        :rtype: dict(str, int)
        """
        self.ensure_one()
        counts = {}
        for kind in self._kinds():
            # In sudo mode: as the nightly run sees it.
            model = self.env[kind.model].sudo().with_context(active_test=False)
            domain = [("company_id", "=", self.company_id.id), *self._domain(kind)]
            counts[kind.name] = model.search_count(domain)
        return counts
