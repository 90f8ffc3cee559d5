from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.tools import SQL, mute_logger

# More hints than this for one link or administration, and one look at everything that
# changed is cheaper than a call for each.
MOST_HINTS = 100

# By then polling has found it long ago.
MAX_AGE_HOURS = 24

# A hint whose object cannot be read is left to polling after so many attempts.
MOST_ATTEMPTS = 5

# Odoo's transactions are REPEATABLE READ: of two hints about the same object at the
# same moment one fails.
_CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
)


class LightspeedExactHint(models.Model):
    """What a webhook said has changed: looked at sooner, never believed.

    One row for each object.  Another webhook about it updates the row and raises its
    *generation*, so that one which arrives while the object is being read is not lost:
    the row goes only when its generation is still the one that was looked at.
    A hint never moves a mark of polling, and polling finds everything without any.
    """

    _name = "lightspeed.exact.hint"
    _description = "Hint of a Webhook"
    _rec_name = "kind"
    _log_access = False

    service = fields.Selection(
        [("lightspeed", "Lightspeed"), ("exact", "Exact Online")], required=True
    )
    administration_id = fields.Many2one(
        "exact.administration", required=True, ondelete="cascade"
    )
    link_id = fields.Many2one(
        "lightspeed.exact.link",
        ondelete="cascade",
        help="The link that reads the shop; empty for a hint about the administration.",
    )
    kind = fields.Char(
        required=True,
        help="What changed: order or invoice of a shop, a topic of Exact Online, or "
        "*all* for everything that polling would find.",
    )
    # Not `required`: a hint about everything has none.
    remote_id = fields.Char(help="Its id; empty for a hint about everything.")
    action = fields.Char(help="What the last webhook said had happened to it.")
    received_at = fields.Datetime(required=True)
    next_at = fields.Datetime(required=True)
    generation = fields.Integer(required=True)
    attempts = fields.Integer(required=True)

    _object_uniq = models.UniqueIndex(
        "(administration_id, service, (COALESCE(link_id, 0)), kind, "
        "(COALESCE(remote_id, '')))",
        "One hint for each object.",
    )

    # === RECEIVING === #
    @api.model
    def _receive(
        self,
        service,
        kind,
        remote_id="",
        action="",
        shop_id=None,
        administration_id=None,
    ):
        """Store what a webhook said, for each running link, and wake a lane.

        Nothing is read from a vendor here, and the caller has written nothing: two of
        the same moment start again.  The values must be checked by the caller.

        :param str service: ``lightspeed`` or ``exact``
        :param str kind: see ``kind``; ``all`` for everything that changed
        :param str remote_id: id of the object, at most 64 characters
        :param str action: what happened to it, at most 32 characters
        :param int shop_id: for each running link of this shop
        :param int administration_id: or for this administration, when a link runs
        :return: for how many links or administrations it was stored
        :rtype: int
        """
        insert = self._insert_sql(
            service, kind, remote_id[:64], action[:32], shop_id, administration_id
        )
        try:
            with mute_logger("odoo.sql_db"):
                rows = self.env.execute_query(insert)
        except _CONFLICTS:
            # Now one that waits for the other and sees what it wrote.
            self.env.cr.rollback()
            self.env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            rows = self.env.execute_query(insert)
        if rows:
            self._wake_lane()
        return len(rows)

    def _insert_sql(self, service, kind, remote_id, action, shop_id, administration_id):
        """Return the one statement of receiving; it names what it stored."""
        if shop_id:
            targets = SQL("l.shop_id = %s", shop_id)
            link, group = SQL("l.id"), SQL("l.id, l.administration_id")
        else:
            targets = SQL("l.administration_id = %s", administration_id)
            link, group = SQL("NULL::int"), SQL("l.administration_id")
        return SQL(
            """
            INSERT INTO lightspeed_exact_hint AS h (
                service, administration_id, link_id, kind, remote_id, action,
                received_at, next_at, generation, attempts)
            SELECT %(service)s, t.administration_id, t.link_id,
                   CASE WHEN t.many THEN 'all' ELSE %(kind)s END,
                   CASE WHEN t.many THEN '' ELSE %(remote_id)s END,
                   %(action)s, %(now)s, %(now)s, 1, 0
              FROM (
                SELECT l.administration_id, %(link)s AS link_id,
                       (SELECT COUNT(*) FROM (
                            SELECT 1 FROM lightspeed_exact_hint o
                             WHERE o.administration_id = l.administration_id
                               AND o.service = %(service)s
                               AND o.link_id IS NOT DISTINCT FROM %(link)s
                             LIMIT %(most)s) few) >= %(most)s AS many
                  FROM lightspeed_exact_link l
                  JOIN exact_administration a ON a.id = l.administration_id
                 WHERE %(targets)s AND l.state = 'running' AND l.active AND a.active
                 GROUP BY %(group)s) t
             ORDER BY t.administration_id, t.link_id
            ON CONFLICT (administration_id, service, (COALESCE(link_id, 0)), kind,
                         (COALESCE(remote_id, '')))
            DO UPDATE SET action = EXCLUDED.action,
                          received_at = EXCLUDED.received_at,
                          next_at = EXCLUDED.next_at,
                          generation = h.generation + 1,
                          attempts = 0
            RETURNING h.id
            """,
            service=service,
            kind=kind,
            remote_id=remote_id,
            action=action,
            now=fields.Datetime.now(),
            link=link,
            group=group,
            targets=targets,
            most=MOST_HINTS,
        )

    @api.model
    def _wake_lane(self):
        """Wake the first lane, unless it was woken and has not begun yet.

        A trigger that a lane is using up at this moment is locked by it, and does not
        count: that lane may have looked already.
        """
        cron = self.env["lightspeed.exact.lane"]._crons()[:1]
        if not cron:
            return
        pending = self.env.execute_query(
            SQL(
                """
                SELECT id FROM ir_cron_trigger
                 WHERE cron_id = %s AND call_at <= %s
                 LIMIT 1 FOR KEY SHARE SKIP LOCKED
                """,
                cron.id,
                fields.Datetime.now(),
            )
        )
        if not pending:
            cron._trigger()

    # === LOOKING === #
    @api.model
    def _due(self, administration, service, limit=None):
        """Return the hints of an administration to look at now.

        Orders come before what belongs to them.

        :rtype: lightspeed.exact.hint
        """
        return self.sudo().search(
            [
                ("administration_id", "=", administration.id),
                ("service", "=", service),
                ("next_at", "<=", fields.Datetime.now()),
                "|",
                ("link_id", "=", False),
                "&",
                ("link_id.state", "=", "running"),
                ("link_id.active", "=", True),
            ],
            order="kind DESC, id",
            limit=limit,
        )

    def _done(self):
        """Remove a hint that was looked at, unless another one arrived meanwhile.

        What was found is committed before: when this meets the other one in the very
        same moment, only this is done again.
        """
        self._forget(self._seen())

    def _seen(self):
        """Return what these hints are now, for :meth:`_forget` after looking.

        :rtype: list(tuple(int, int))
        """
        return [(hint.id, hint.generation) for hint in self]

    @api.model
    def _forget(self, seen):
        """Remove hints that are still what they were, see :meth:`_seen`."""
        if not seen:
            return
        self.env["lightspeed.exact.lane"]._commit()
        self.env.execute_query(
            SQL(
                "DELETE FROM lightspeed_exact_hint WHERE (id, generation) IN %s"
                " RETURNING id",
                tuple(seen),
            )
        )
        self.invalidate_model()
        self.env["lightspeed.exact.lane"]._commit()

    def _again(self, at=None):
        """Look at a hint again later; polling has it after a few attempts.

        :param datetime at: naive UTC; else after a pause that grows
        """
        now = fields.Datetime.now()
        for hint in self.exists():
            if at is None and hint.attempts + 1 >= MOST_ATTEMPTS:
                hint._done()
                continue
            pause = timedelta(seconds=15 * 2**hint.attempts)
            self.env["lightspeed.exact.lane"]._commit()
            self.env.execute_query(
                SQL(
                    """
                    UPDATE lightspeed_exact_hint
                       SET next_at = %s, attempts = attempts + %s
                     WHERE id = %s AND generation = %s
                    RETURNING id
                    """,
                    at or now + pause,
                    0 if at else 1,
                    hint.id,
                    hint.generation,
                )
            )
            self.env["lightspeed.exact.lane"]._commit()
        self.invalidate_model()

    @api.model
    def _forget_read(self, link):
        """Remove the hints of a link that its last complete look came after."""
        marks = {"order": [link.cursor_at], "invoice": [link.cursor_at]}
        if sweeps := link.invoice_sweep_ids:
            marks["invoice"] = [link.cursor_at, sweeps.cursor_at]
            if link.source == "invoice":
                marks["invoice"] = [sweeps.cursor_at]
        for kind, moments in marks.items():
            if all(moments):
                self.sudo().search(
                    [
                        ("service", "=", "lightspeed"),
                        ("link_id", "=", link.id),
                        ("kind", "=", kind),
                        ("received_at", "<", min(moments)),
                    ]
                )._done()

    @api.model
    def _is_waiting(self, administrations):
        """Return whether hints wait to be looked at now, of these administrations.

        :param list administrations: ids
        :rtype: bool
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT h.id
                  FROM lightspeed_exact_hint h
                  JOIN exact_administration a ON a.id = h.administration_id
                  JOIN lightspeed_exact_link l
                    ON l.administration_id = a.id
                   AND (h.link_id = l.id OR h.link_id IS NULL)
                 WHERE a.id = ANY(%(administrations)s) AND h.next_at <= %(now)s
                   AND a.active AND l.active AND l.state = 'running'
                   AND (a.parked_until IS NULL OR a.parked_until <= %(now)s)
                 LIMIT 1
                """,
                administrations=administrations,
                now=fields.Datetime.now(),
            )
        )
        return bool(rows)

    @api.autovacuum
    def _gc_old(self):
        """Forget what nobody looked at, such as hints of a link that was paused."""
        limit = fields.Datetime.now() - timedelta(hours=MAX_AGE_HOURS)
        self.sudo().search([("received_at", "<", limit)]).unlink()
