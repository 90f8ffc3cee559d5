import logging
import time
from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..const import DUE_MARGIN_SECONDS, LANE_SECONDS, LANES
from .service_errors import database_is_away

_logger = logging.getLogger(__name__)

# First key of the advisory lock under which one administration is worked on.
ADMINISTRATION_LOCK = 0x4C45_0002


class LightspeedExactLane(models.AbstractModel):
    """The engine: who works on which administration, when, and for how long.

    A few lane crons each take the administration that was served longest ago, in
    short slices.  The lock of an administration is held on a cursor of its own, so
    that it survives the commit after every document; it ends with its transaction,
    also when the process dies.
    """

    _name = "lightspeed.exact.lane"
    _description = "Lane of the Connector"

    # === CRON === #
    @api.model
    def _cron_run(self):
        """Work for one slice of time on whatever is due; entry point of the crons.

        It never fails: Odoo switches a job off whose runs fail for a week.
        """
        # Before any work: a run that Odoo's limits end is no failure then, however
        # often that happens in a row.
        self.env["ir.cron"]._commit_progress(1)
        try:
            self._run_lane()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            self._forget()
            _logger.info("Lane stopped by a conflict: %s", type(error).__name__)
        except Exception:
            self._forget()
            _logger.exception("Lane stopped; it goes on with its next run")
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _run_lane(self):
        """Serve what is due, each administration once, and say when to come back."""
        deadline = time.monotonic() + LANE_SECONDS
        cron = self.env["ir.cron"].browse(self.env.context.get("cron_id"))
        if not self._may_work():
            self.env["ir.cron"]._commit_progress(remaining=0)
            return
        tried, busy = set(), set()
        left_over = False
        self.env["exact.administration"]._heal_clock()
        while time.monotonic() < deadline:
            due = [row for row in self._due_administrations() if row not in tried]
            if not due:
                break
            if len(due) > 1:
                self._call_help(cron)
            tried.add(due[0])
            administration = self.env["exact.administration"].browse(due[0])
            outcome = self._serve(administration, deadline)
            if outcome is None:
                busy.add(due[0])
            left_over |= bool(outcome)
            self.env["ir.cron"]._commit_progress(1)
        self.env["lightspeed.exact.incident"]._look_after()
        left_over |= bool(set(self._due_administrations()) - tried)
        # Hints that arrived while their administration was served.
        left_over |= self.env["lightspeed.exact.hint"]._is_waiting(list(tried - busy))
        self._schedule_next(cron, left_over)

    @api.model
    def _forget(self):
        """Undo what was not committed."""
        self.env.cr.rollback()
        self.env.invalidate_all()

    @api.model
    def _may_work(self):
        """Return whether this is the database that was connected.

        In a copy of it nobody works: nothing is tried over and over again.
        """
        identity = self.env["lightspeed.exact.identity"]
        identity._look()
        if identity._is_live():
            return True
        identity._tell()
        self.env["lightspeed.exact.incident"]._look_after()
        return False

    @api.model
    def _serve(self, administration, deadline, links=None, orders=None):
        """Work on one administration under its lock.

        Expected errors are remembered on the records; an unexpected one is logged and
        ends this slice only.

        :param float deadline: ``time.monotonic()`` at which to stop
        :param links: only these links, at once
        :param orders: only these orders, at once
        :return: ``True`` when work is left, ``False`` when not, ``None`` when another
            worker has the administration
        """
        # What is read from here on is not older than the lock.
        self._commit()
        self.env.invalidate_all()
        with self._lock(administration) as locked:
            if not locked:
                return None
            administration = (
                administration.sudo()
                .with_company(administration.sudo().company_id)
                # Thousands of rows: no messages in their chatter.
                .with_context(tracking_disable=True)
            )
            try:
                return administration._run_slice(
                    deadline,
                    links and links.with_env(administration.env),
                    orders and orders.with_env(administration.env),
                )
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # Somebody saved the same row at this moment: once more, from the start.
                self._forget()
                return True
            except Exception as error:
                if database_is_away(error):
                    # PostgreSQL went away: nothing can be remembered, nothing is ours.
                    raise
                # Whatever it is, it must not stop the other administrations.
                self._forget()
                _logger.exception("Administration %s stopped", administration.id)
                administration._park(
                    fields.Datetime.now() + timedelta(minutes=5),
                    "internal",
                    {"detail": self.env._("see the log of the server")},
                )
                self._commit()
                return False

    @api.model
    @contextmanager
    def _lock(self, administration):
        """Hold the lock of an administration; yields whether it was free."""
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT pg_try_advisory_xact_lock(%s, %s)",
                    ADMINISTRATION_LOCK,
                    administration.id,
                )
            )
            locked = cr.fetchone()[0]
            try:
                yield locked
            finally:
                # Nothing was written here: this ends the lock.
                cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _due_administrations(self):
        """Return the ids of what is due, served longest ago first.

        :rtype: list(int)
        """
        now = fields.Datetime.now()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.id
                  FROM exact_administration a
                  JOIN lightspeed_exact_link l ON l.administration_id = a.id
                 WHERE a.active AND l.active
                   AND (EXISTS (
                SELECT 1 FROM lightspeed_exact_rehearsal r
                 WHERE r.link_id = l.id
                   AND r.state IN ('selecting', 'running')
                   AND (r.next_at IS NULL OR r.next_at <= %(now)s))
                    OR l.state = 'running'
                   AND EXISTS (
                SELECT 1 FROM exact_token k
                 WHERE k.connection_id = a.connection_id AND k.state = 'connected')
                   AND (l.next_poll_at <= %(poll)s
                        OR ((a.parked_until IS NULL OR a.parked_until <= %(now)s)
                            AND (a.receivables_at <= %(now)s
                                 OR a.drafts_at <= %(now)s
                                 OR a.changes_at <= %(now)s
                                 OR a.webhooks_at <= %(now)s
                                 OR l.products_at <= %(now)s
                                 OR EXISTS (
                                SELECT 1 FROM lightspeed_exact_hint h
                                 WHERE h.administration_id = a.id
                                   AND (h.link_id = l.id OR h.link_id IS NULL)
                                   AND h.next_at <= %(now)s)
                                 OR EXISTS (
                                SELECT 1 FROM lightspeed_exact_product_transfer t
                                 WHERE t.link_id = l.id
                                   AND t.state IN ('reading', 'running')
                                   AND (t.next_at IS NULL OR t.next_at <= %(now)s))
                                 OR EXISTS (
                                SELECT 1 FROM lightspeed_exact_order o
                                 WHERE o.link_id = l.id
                                   AND o.has_work
                                   AND (NOT o.is_history
                                        OR a.history_parked_until IS NULL
                                        OR a.history_parked_until <= %(now)s)
                                   AND (o.next_attempt_at IS NULL
                                        OR o.next_attempt_at <= %(now)s))
                                 OR EXISTS (
                                SELECT 1 FROM lightspeed_exact_clearing c
                                  JOIN lightspeed_exact_order o ON o.id = c.order_id
                                 WHERE c.link_id = l.id
                                   AND a.clearing_sides IS DISTINCT FROM 'wrong'
                                   AND (a.clearings_parked_until IS NULL
                                        OR a.clearings_parked_until <= %(now)s)
                                   AND c.state IN ('planned', 'failed')
                                   AND (NOT o.is_history
                                        OR a.history_parked_until IS NULL
                                        OR a.history_parked_until <= %(now)s)
                                   AND (c.next_attempt_at IS NULL
                                        OR c.next_attempt_at <= %(now)s))
                                 OR EXISTS (
                                SELECT 1 FROM lightspeed_exact_day_entry d
                                 WHERE d.link_id = l.id AND d.state = 'open'
                                   AND d.due_at <= %(now)s)))))
                 GROUP BY a.id
                 ORDER BY a.served_at NULLS FIRST, a.id
                """,
                poll=now + timedelta(seconds=DUE_MARGIN_SECONDS),
                now=now,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _next_moment(self):
        """Return when something that waits for its moment becomes due, or ``None``."""
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT MIN(GREATEST(w.due_at, a.parked_until))
                  FROM (SELECT link_id, next_attempt_at AS due_at
                          FROM lightspeed_exact_order WHERE has_work
                         UNION ALL
                        SELECT link_id, due_at
                          FROM lightspeed_exact_day_entry WHERE state = 'open'
                         UNION ALL
                        SELECT link_id, next_attempt_at
                          FROM lightspeed_exact_clearing
                         WHERE state IN ('planned', 'failed')
                         UNION ALL
                        SELECT link_id, next_at
                          FROM lightspeed_exact_product_transfer
                         WHERE state IN ('reading', 'running')
                         UNION ALL
                        SELECT i.id, h.next_at
                          FROM lightspeed_exact_hint h
                          JOIN lightspeed_exact_link i
                            ON i.id = h.link_id
                            OR (h.link_id IS NULL
                                AND i.administration_id = h.administration_id)
                         UNION ALL
                        SELECT id, products_at FROM lightspeed_exact_link) w
                  JOIN lightspeed_exact_link l ON l.id = w.link_id
                  JOIN exact_administration a ON a.id = l.administration_id
                  JOIN exact_token k ON k.connection_id = a.connection_id
                 WHERE l.state = 'running' AND l.active AND a.active
                   AND k.state = 'connected'
                   AND GREATEST(w.due_at, a.parked_until) > %s
                """,
                now,
            )
        )
        return rows[0][0]

    @api.model
    def _schedule_next(self, cron, left_over):
        """Come back at once for work left over, else when the next thing is due."""
        if not cron:
            return
        moment = self._next_moment()
        if left_over:
            cron._trigger()
        elif moment and moment < fields.Datetime.now() + timedelta(minutes=5):
            cron._trigger(at=moment)

    # === WAKING === #
    @api.model
    def _crons(self):
        """Return the lane crons, the first one first.

        :rtype: ir.cron
        """
        crons = self.env["ir.cron"].sudo()
        for number in range(1, LANES + 1):
            crons |= (
                self.env.ref(
                    f"lightspeed_exact_connector.ir_cron_lane_{number}",
                    raise_if_not_found=False,
                )
                or self.env["ir.cron"]
            )
        return crons

    @api.model
    def _wake(self, administrations):
        """Let the lanes look now, as many as there are administrations."""
        for cron in self._crons()[: max(len(administrations), 1)]:
            cron._trigger()

    @api.model
    def _call_help(self, cron):
        """Wake the next lane: there is more due than one lane can do."""
        crons = self._crons()
        place = crons.ids.index(cron.id) if cron in crons else -1
        for following in crons[place + 1 : place + 2]:
            following._trigger()

    @api.model
    def _toggle(self):
        """Switch the lanes on while a link runs: an unused connector never wakes."""
        for cron in self._crons():
            cron.toggle("lightspeed.exact.link", self._awake_domain())

    @api.model
    def _awake_domain(self):
        """Return the links that have work: those that run, or are rehearsed."""
        return [
            "|",
            ("state", "=", "running"),
            ("rehearsal_ids", "any", [("state", "in", ("selecting", "running"))]),
        ]

    # === BUTTONS === #
    @api.model
    def _run_now(self, administration, links=None, orders=None, prepare=None):
        """Do at once what the cron would do, for a person who waits.

        On a cursor of its own, because every document is committed.

        :param prepare: called with the orders in the environment of the work
        :return: whether the administration was free
        """
        with self.env.registry.cursor() as cr:
            env = api.Environment(
                cr, SUPERUSER_ID, {"lang": self.env.context.get("lang")}
            )
            lane = env[self._name]
            mine = orders and orders.with_env(env)
            if prepare:
                prepare(mine)
                lane._commit()
            outcome = lane._serve(
                administration.with_env(env),
                time.monotonic() + LANE_SECONDS,
                links and links.with_env(env),
                mine,
            )
            if outcome is not False:
                lane._wake(administration)
        self.env.invalidate_all()
        return outcome is not None

    @api.model
    def _commit(self):
        """Commit: each document and each outcome stands by itself.

        Design, promise 1: an intention is durable before its call, and an outcome
        before anything else can fail.
        """
        self.env.cr.commit()  # pylint: disable=invalid-commit
