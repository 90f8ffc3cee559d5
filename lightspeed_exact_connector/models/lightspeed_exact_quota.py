import hashlib
import json
import logging
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from ..clients.errors import NotSentError
from ..clients.quota import Quota
from ..clients.quota_ledger import Ledger
from ..clients.quota_shared import SharedQuota

_logger = logging.getLogger(__name__)


class LightspeedExactQuota(models.Model):
    """What is left of a vendor's quota: the ledger of all workers of all processes.

    A row for each key (Lightspeed), or app and division (Exact).  It is written
    through a cursor of its own, committed at once, with the table locked: never in the
    transaction of the work.  People never edit it.
    """

    _name = "lightspeed.exact.quota"
    _description = "Vendor Quota"
    _rec_name = "service"

    service = fields.Selection(
        [("lightspeed", "Lightspeed"), ("exact", "Exact Online")], required=True
    )
    key = fields.Char(
        required=True, readonly=True, help="A digest; not the key itself."
    )
    windows = fields.Text(readonly=True)
    leases = fields.Text(readonly=True, help="Calls that processes have taken.")
    errors = fields.Text(readonly=True, help="Client errors of the last hour.")
    last = fields.Char(readonly=True, help="The process that reported last.")

    _key_uniq = models.Constraint("UNIQUE(key)", "One quota for each key.")

    @api.model
    def _digest(self, *parts):
        """Return what a quota is known by, without showing what it is made of.

        :rtype: str
        """
        return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()

    @api.model
    def _of(self, service, key):
        """Return this process's part of a quota; it takes calls as it needs them.

        :param str service: ``"lightspeed"`` or ``"exact"``
        :param str key: see :meth:`_digest`
        :rtype: SharedQuota
        """
        return SharedQuota(lambda report: self._exchange(service, key, report))

    @api.model
    def _known(self, key):
        """Return what is left of a quota by now, to estimate with.

        :rtype: Quota
        """
        return self._known_all([key]).get(key) or Quota()

    @api.model
    def _known_all(self, keys):
        """Return what is left of quotas by now, those that are known at all.

        :param keys: see :meth:`_digest`
        :rtype: dict(str, Quota)
        """
        rows = self.sudo().search([("key", "in", list(keys))])
        # Written apart, maybe since this transaction has read them.
        rows.invalidate_recordset()
        now = datetime.now(timezone.utc)
        known = {}
        for row in rows:
            ledger = self._ledger(row.windows, row.leases, row.errors, row.last)
            ledger.roll(now)
            known[row.key] = Quota(ledger.windows.values())
        return known

    @api.model
    def _exchange(self, service, key, report):
        """Settle what this process had taken, and take more.

        The moments of the ledger are on the clock of the database: the hosts that
        share it need not agree.

        :raise NotSentError: the database cannot be asked now
        :rtype: Grant
        """
        try:
            with self._own_cursor() as cr:
                return self._settle(cr, service, key, report)
        except psycopg2.Error as error:
            if report.wants:
                _logger.warning("A quota could not be asked: %s", type(error).__name__)
                raise NotSentError(type(error).__name__) from error
            # What was not given back is free again when its window ends.
            _logger.info("Calls not given back: %s", type(error).__name__)
            return None

    @api.model
    def _settle(self, cr, service, key, report):
        # Before anything is read: what is read then is what the one before has left.
        cr.execute(
            "LOCK TABLE lightspeed_exact_quota IN SHARE ROW EXCLUSIVE MODE",
            log_exceptions=False,
        )
        cr.execute(
            SQL(
                "SELECT clock_timestamp(), q.id, q.windows, q.leases, q.errors, q.last"
                " FROM (VALUES (1)) one"
                " LEFT JOIN lightspeed_exact_quota q ON q.key = %s",
                key,
            )
        )
        now, row_id, *state = cr.fetchone()
        ahead = now - datetime.now(timezone.utc)
        ledger = self._ledger(*state)
        grant = ledger.exchange(_moved_report(report, ahead), now)
        windows, leases, errors = map(json.dumps, ledger.to_json())
        values = (windows, leases, errors, ledger.last)
        if row_id:
            cr.execute(
                SQL(
                    "UPDATE lightspeed_exact_quota"
                    " SET windows = %s, leases = %s, errors = %s, last = %s"
                    " WHERE id = %s",
                    *values,
                    row_id,
                )
            )
        else:
            cr.execute(
                SQL(
                    "INSERT INTO lightspeed_exact_quota"
                    " (service, key, windows, leases, errors, last)"
                    " VALUES (%s, %s, %s, %s, %s, %s)",
                    service,
                    key,
                    *values,
                )
            )
        return _moved_grant(grant, -ahead)

    @api.model
    def _forget(self, keys):
        """Forget what is left of quotas: the next answer tells it anew.

        :param list keys: see :meth:`_digest`
        """
        with self._own_cursor() as cr:
            cr.execute(
                SQL("DELETE FROM lightspeed_exact_quota WHERE key = ANY(%s)", keys)
            )

    @api.model
    def _ledger(self, windows, leases, errors, last):
        """Return the stored ledger; one that cannot be read is begun anew.

        :rtype: Ledger
        """
        try:
            stored = [json.loads(text or "{}") for text in (windows, leases, errors)]
            return Ledger.from_json(*stored, last or "")
        except (ValueError, TypeError, AttributeError):
            _logger.warning("A stored quota cannot be read and is begun anew")
            return Ledger()

    @api.model
    @contextmanager
    def _own_cursor(self):
        """Give a cursor that commits at its end, whatever becomes of the work."""
        with self.env.registry.cursor() as cr:
            yield cr


def _moved_report(report, ahead):
    """Return a report with its moments on another clock."""
    return replace(
        report,
        seen=tuple(replace(row, reset_at=row.reset_at + ahead) for row in report.seen),
        errors=tuple((name, moment + ahead) for name, moment in report.errors),
    )


def _moved_grant(grant, ahead):
    """Return a grant with its moments on another clock."""
    return replace(
        grant,
        until=grant.until + ahead,
        windows=tuple(
            replace(row, reset_at=row.reset_at + ahead) for row in grant.windows
        ),
        errors={
            name: [moment + ahead for moment in moments]
            for name, moments in grant.errors.items()
        },
    )
