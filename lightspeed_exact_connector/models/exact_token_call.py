from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# How long a call counts: nobody knows when Exact's day begins, so any 24 hours.
DAY = timedelta(hours=24)

# How long calls are kept.
KEPT = timedelta(days=2)


class ExactTokenCall(models.Model):
    """One call of the token endpoint, counted before it is made.

    Exact allows so many a day to an app and a user (Exact reference, 2.1).  Rows stay
    when a connection is disconnected: they count all the same.
    """

    _name = "exact.token.call"
    _description = "Exact Online Token Call"
    _rec_name = "called_at"
    _log_access = False

    app_id = fields.Many2one("exact.app", required=True, ondelete="cascade")
    connection_id = fields.Many2one(
        "exact.connection", required=True, ondelete="cascade", index=True
    )
    called_at = fields.Datetime(required=True)

    _app_idx = models.Index("(app_id, called_at)")

    @api.model
    def _free_at(self, connection, limit, now):
        """Return when the next call may go: ``None`` for now.

        Calls of all connections count that the same user gave with the same app.

        :param int limit: most calls in any 24 hours
        :param datetime now: naive UTC, the clock of the database
        :rtype: datetime | None
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT called_at FROM exact_token_call
                 WHERE app_id = %(app)s AND called_at > %(since)s
                   AND connection_id IN (
                       SELECT other.id FROM exact_connection other
                         JOIN exact_connection own ON own.id = %(connection)s
                        WHERE other.id = own.id
                           OR (other.app_id = own.app_id
                               AND other.exact_user_guid = own.exact_user_guid))
                 ORDER BY called_at DESC OFFSET %(others)s LIMIT 1
                """,
                app=connection.app_id.id,
                since=now - DAY,
                connection=connection.id,
                others=limit - 1,
            )
        )
        return rows[0][0] + DAY if rows else None

    @api.model
    def _count_today(self, connections, now):
        """Return the calls of connections in the last 24 hours, by connection id.

        :rtype: dict(int, int)
        """
        groups = self._read_group(
            [("connection_id", "in", connections.ids), ("called_at", ">", now - DAY)],
            ["connection_id"],
            ["__count"],
        )
        return {connection.id: count for connection, count in groups}

    @api.autovacuum
    def _gc_calls(self):
        """Forget the calls that no longer count."""
        self.search([("called_at", "<", fields.Datetime.now() - KEPT)]).unlink()
