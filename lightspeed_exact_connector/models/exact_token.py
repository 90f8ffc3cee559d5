from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..clients.sealing import seal, unseal

# The columns that are secret.
SECRETS = ("access_token", "refresh_token")


class ExactToken(models.Model):
    """The token pair of one connection, and how its renewals went.

    A row of its own that people never edit and no business transaction writes: it is
    read and written through cursors of its own (see ``exact.connection``).  Its moments
    are on the clock of the database, which all servers share.
    """

    _name = "exact.token"
    _description = "Exact Online Token"
    _rec_name = "connection_id"
    _log_access = False

    connection_id = fields.Many2one(
        "exact.connection", required=True, ondelete="cascade", index=True
    )
    access_token = fields.Text(copy=False)
    refresh_token = fields.Text(copy=False)
    issued_at = fields.Datetime()
    expires_at = fields.Datetime()
    refresh_expires_at = fields.Datetime()
    # On Exact's own clock: tells the age of a pair when ours was moved.
    issued_date = fields.Datetime()
    state = fields.Selection(
        [("connected", "Connected"), ("reconnect", "Reconnect needed")],
        required=True,
        default="connected",
    )
    problem_code = fields.Char()
    problem_detail = fields.Char()
    problem_params = fields.Json()
    # A renewal is under way since then: found by who holds the lock, it was cut short.
    renewing_since = fields.Datetime()
    # With this pair a renewal went out whose outcome nobody knows: when, and why not.
    unsure_since = fields.Datetime()
    unsure_code = fields.Char()
    # No renewal before; failures in a row
    retry_at = fields.Datetime()
    failures = fields.Integer()
    # Exact answered 401 to the access token.
    is_refused = fields.Boolean()
    # The responsible user was told that the consent is about to end.
    is_warned = fields.Boolean()

    _connection_uniq = models.Constraint(
        "UNIQUE(connection_id)", "A connection has one token pair."
    )

    def _check_access(self, operation):
        """Refuse everybody, whatever access rights somebody adds."""
        if self.env.su:
            return None
        return self, lambda: AccessError(self.env._("Tokens are read by nobody."))

    def _store_secrets(self, values):
        """Store the secret part of a pair, encrypted when the server has a key.

        In statements of their own that are not logged; the row is locked before.

        :param dict values: those of ``SECRETS`` that are new
        :raise ConnectorError: nothing can be encrypted
        """
        self.ensure_one()
        self.flush_recordset()
        rows = self.env["lightspeed.exact.secret"]
        keys = rows._keys()
        self.env.cr.execute(
            SQL(
                "SELECT access_token, refresh_token FROM exact_token WHERE id = %s"
                " FOR UPDATE",
                self.id,
            )
        )
        stored = dict(zip(SECRETS, self.env.cr.fetchone(), strict=True))
        for name, value in values.items():
            rows._execute_unlogged(
                SQL(
                    "UPDATE exact_token SET %s = %s WHERE id = %s",
                    SQL.identifier(name),
                    seal(value, keys, stored[name]),
                    self.id,
                )
            )
        self.invalidate_recordset(SECRETS)

    def _opened(self, row):
        """Return a row of the table with its secrets decrypted.

        :param dict row: by the name of the column
        :raise ConnectorError: it is encrypted, and the server has not the key
        """
        keys = self.env["lightspeed.exact.secret"]._keys()
        return {**row, **{name: unseal(row[name], keys) for name in SECRETS}}
