import logging
from contextlib import suppress

from psycopg2 import DataError, IntegrityError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ..clients.errors import ConnectorError
from ..clients.sealing import is_current, parse_keys, seal, unseal
from ..server_settings import server_setting
from .reasons import describe

_logger = logging.getLogger(__name__)

# The name of the setting of the server; see `server_setting` for where it stands.
SETTING = "secret_keys"


class LightspeedExactSecret(models.Model):
    """The secrets of other records: closed to everybody, read by the connector itself.

    Apart from the records they belong to, so that no refused statement on those shows
    them.  The secret itself is a column that is no field: no access right, related
    field or cache reaches it.  With the setting ``secret_keys`` in the server's
    configuration it is encrypted.
    """

    _name = "lightspeed.exact.secret"
    _description = "Stored Secret"
    _log_access = False
    _rec_name = "name"

    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    name = fields.Char(required=True)
    written_at = fields.Datetime()

    _name_uniq = models.Constraint(
        "UNIQUE(res_model, res_id, name)", "A record has one secret of a name."
    )

    def _auto_init(self):
        done = super()._auto_init()
        if not column_exists(self.env.cr, self._table, "value"):
            create_column(self.env.cr, self._table, "value", "text")
        return done

    def _check_access(self, operation):
        """Refuse everybody, whatever access rights somebody adds."""
        if self.env.su:
            return None
        return self, lambda: AccessError(
            self.env._("Secrets are written on their own record, and read by nobody.")
        )

    # === KEYS === #
    @api.model
    def _keys(self):
        """Return the keys of the server's configuration, the one that encrypts first.

        :rtype: list(str)
        :raise ConnectorError: a key that is none
        """
        return parse_keys(server_setting(SETTING))

    # === READ AND WRITE === #
    @api.model
    def _stored(self, model, ids, names):
        """Return what is stored, by record and name.

        :param str model: name of the model
        :return: of each the stored text and when it was written
        :rtype: dict(tuple(int, str), tuple(str, datetime))
        """
        self.env.cr.execute(
            SQL(
                "SELECT res_id, name, value, written_at FROM lightspeed_exact_secret"
                " WHERE res_model = %s AND res_id = ANY(%s) AND name = ANY(%s)"
                " AND value <> ''",
                model,
                list(ids),
                list(names),
            )
        )
        return {(row[0], row[1]): (row[2], row[3]) for row in self.env.cr.fetchall()}

    @api.model
    def _get(self, model, res_id, name):
        """Return a secret, ``""`` without one.

        :rtype: str
        :raise ConnectorError: it is encrypted, and the server has not the key
        """
        stored, _at = self._stored(model, [res_id], [name]).get((res_id, name), ("", 0))
        return unseal(stored, self._keys()) if stored else ""

    @api.model
    def _get_all(self, model, ids, name):
        """Return a secret of several records, of those where it can be read.

        :rtype: dict(int, str)
        """
        found = {}
        for (res_id, _name), (stored, _at) in self._stored(model, ids, [name]).items():
            with suppress(ConnectorError):
                found[res_id] = unseal(stored, self._keys()).strip()
        return found

    @api.model
    def _set(self, model, ids, values):
        """Store secrets; an empty one is forgotten.

        :param dict values: secrets by name
        :raise ConnectorError: nothing can be encrypted
        """
        keys = self._keys() if any(values.values()) else []
        for res_id in ids:
            for name, secret in values.items():
                if secret:
                    self._set_one(model, res_id, name, secret, keys)
                else:
                    self._forget(model, [res_id], [name])
        self.invalidate_model()
        self._toggle_seal()

    @api.model
    def _set_one(self, model, res_id, name, secret, keys):
        where = SQL("res_model = %s AND res_id = %s AND name = %s", model, res_id, name)
        # Conflicts with others show in statements without the secret.
        self.env.cr.execute(
            SQL(
                "INSERT INTO lightspeed_exact_secret (res_model, res_id, name)"
                " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                model,
                res_id,
                name,
            )
        )
        self.env.cr.execute(
            SQL("SELECT value FROM lightspeed_exact_secret WHERE %s FOR UPDATE", where)
        )
        row = self.env.cr.fetchone()
        self._execute_unlogged(
            SQL(
                "UPDATE lightspeed_exact_secret SET value = %s, written_at = %s"
                " WHERE %s",
                seal(secret, keys, row and row[0]),
                fields.Datetime.now(),
                where,
            )
        )

    @api.model
    def _forget(self, model, ids, names=None):
        """Delete the secrets of records.

        :param names: all without
        """
        self.env.cr.execute(
            SQL(
                "DELETE FROM lightspeed_exact_secret"
                " WHERE res_model = %s AND res_id = ANY(%s) AND (%s OR name = ANY(%s))",
                model,
                list(ids),
                names is None,
                list(names or ()),
            )
        )
        self.invalidate_model()

    @api.model
    def _execute_unlogged(self, query):
        """Execute a statement with secrets in it, past the log of Odoo.

        Odoo logs a statement that fails, at DEBUG every one.  A row that this
        transaction has locked before keeps it out of PostgreSQL's log of failed
        statements, too.

        :param SQL query: not the first statement of its transaction
        """
        problem = None
        try:
            # pylint: disable=protected-access
            self.env.cr._obj.execute(query.code, query.params)
        except (IntegrityError, DataError) as error:
            # The rest of its text shows the row.
            problem = type(error)(str(error).split("\n", 1)[0])
        # Out of that block: what PostgreSQL said must not hang on to this.
        if problem is not None:
            raise problem

    # === ENCRYPTION THAT COMES LATER === #
    @api.model
    def action_seal_all(self):
        """Encrypt all secrets and tokens with the first key of the configuration.

        :raise AccessError: for system administrators only
        :raise UserError: there is no key, or not the right one
        """
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._("Only a system administrator may encrypt the secrets.")
            )
        # In sudo mode: the rows are closed to everybody.
        rows = self.sudo()
        try:
            if not rows._keys():
                raise ConnectorError(code="secret_key_none")
            count = rows._seal_all()
        except ConnectorError as error:
            raise UserError("\n".join(describe(self.env, error.code))) from None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("All secrets are encrypted"),
                "message": self.env._(
                    "%(count)s were encrypted now with the first key of the server's "
                    "configuration.",
                    count=count,
                ),
            },
        }

    @api.model
    def _seal_all(self):
        """Encrypt what is plain, or encrypted with another key than the first one.

        What cannot be decrypted stays as it is; the rest is encrypted all the same.

        :return: how many texts were encrypted
        :rtype: int
        :raise ConnectorError: a key is missing or wrong
        """
        keys = self._keys()
        self.env.cr.execute(
            "SELECT id, value FROM lightspeed_exact_secret ORDER BY id FOR UPDATE"
        )
        count, problem = 0, None
        for row_id, stored in self.env.cr.fetchall():
            try:
                count += self._seal_one(row_id, stored, keys)
            except ConnectorError as error:
                problem = error
        # In sudo mode: token rows are closed to everybody.
        tokens = self.env["exact.token"].sudo().search([("access_token", "!=", False)])
        for connection in tokens.connection_id:
            try:
                count += connection._seal_tokens()
            except ConnectorError as error:
                problem = error
        if problem:
            raise problem
        return count

    @api.model
    def _seal_one(self, row_id, stored, keys):
        secret = unseal(stored, keys)
        if is_current(stored, keys):
            return 0
        self._execute_unlogged(
            SQL(
                "UPDATE lightspeed_exact_secret SET value = %s WHERE id = %s",
                seal(secret, keys),
                row_id,
            )
        )
        return 1

    @api.model
    def _toggle_seal(self):
        """Let secrets be encrypted each night while there are any, and only then."""
        cron = self.env.ref(
            "lightspeed_exact_connector.ir_cron_seal", raise_if_not_found=False
        )
        if not cron:
            return
        # In sudo mode: the rows and scheduled actions are closed to people.
        rows = self.sudo()
        if cron.sudo().active != bool(rows.search_count([], limit=1)):
            cron.sudo().toggle(self._name, [])

    @api.model
    def _cron_seal(self):
        """Encrypt each night what is not, or not with the key that comes first."""
        try:
            count = self._seal_all()
        except ConnectorError as error:
            _logger.warning("Secrets are not encrypted: %s", error.code)
            return
        if count:
            _logger.info("Secrets encrypted: %s", count)
