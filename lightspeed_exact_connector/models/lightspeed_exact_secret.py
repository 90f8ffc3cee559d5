from psycopg2 import DataError, IntegrityError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..clients.errors import ConnectorError
from ..clients.sealing import is_current, parse_keys, seal, unseal
from ..server_settings import server_setting
from .reasons import describe


class LightspeedExactSecret(models.Model):
    """The secrets of other records: closed to everybody, read by the connector itself.

    Apart from the records they belong to, so that no refused statement on those shows
    them.  With the setting ``secret_keys`` in the server's configuration they are
    encrypted.
    """

    _name = "lightspeed.exact.secret"
    _description = "Secret"
    _log_access = False
    _rec_name = "name"

    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    name = fields.Char(required=True)
    value = fields.Text(copy=False)

    _name_uniq = models.Constraint(
        "UNIQUE(res_model, res_id, name)", "A record has one secret of a name."
    )

    @api.model
    def _keys(self):
        """Return the keys of the server's configuration, the one that encrypts first.

        :rtype: list(str)
        :raise ConnectorError: a key that is none
        """
        return parse_keys(server_setting("secret_keys"))

    @api.model
    def _stored(self, model, ids, names):
        """Return stored texts by record and name.

        :param str model: name of the model
        :rtype: dict(tuple(int, str), str)
        """
        self.env.cr.execute(
            SQL(
                "SELECT res_id, name, value FROM lightspeed_exact_secret"
                " WHERE res_model = %s AND res_id = ANY(%s) AND name = ANY(%s)",
                model,
                list(ids),
                list(names),
            )
        )
        return {(row[0], row[1]): row[2] for row in self.env.cr.fetchall()}

    @api.model
    def _set(self, model, ids, values):
        """Store secrets; an empty one is forgotten.

        :param dict values: secrets by name
        :raise ConnectorError: nothing can be encrypted
        """
        stored = self._stored(model, ids, values)
        keys = self._keys() if any(values.values()) else []
        for res_id in ids:
            for name, secret in values.items():
                if not secret:
                    self.env.cr.execute(
                        SQL(
                            "DELETE FROM lightspeed_exact_secret WHERE res_model = %s"
                            " AND res_id = %s AND name = %s",
                            model,
                            res_id,
                            name,
                        )
                    )
                    continue
                self._execute_unlogged(
                    SQL(
                        "INSERT INTO lightspeed_exact_secret"
                        " (res_model, res_id, name, value) VALUES (%s, %s, %s, %s)"
                        " ON CONFLICT (res_model, res_id, name)"
                        " DO UPDATE SET value = EXCLUDED.value",
                        model,
                        res_id,
                        name,
                        seal(secret, keys, stored.get((res_id, name))),
                    )
                )
        self.invalidate_model()

    @api.model
    def _execute_unlogged(self, query):
        """Execute a statement with secrets in it: Odoo would log it when it fails.

        :param SQL query: what to execute, after another statement of the transaction
        """
        try:
            # pylint: disable=protected-access
            self.env.cr._obj.execute(query.code, query.params)
        except (IntegrityError, DataError) as error:
            # The rest of its text shows the row.
            raise type(error)(str(error).split("\n", 1)[0]) from None

    @api.model
    def action_seal_all(self):
        """Encrypt whatever is stored with the key that comes first.

        :raise AccessError: for system administrators only
        :raise UserError: a key is missing or wrong
        """
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._("Only a system administrator may encrypt the secrets.")
            )
        try:
            self._seal_all()
        except ConnectorError as error:
            raise UserError("\n".join(describe(self.env, error.code))) from None

    @api.model
    def _seal_all(self):
        """Encrypt what is plain, or encrypted with another key than the first one.

        :raise ConnectorError: a key is missing or wrong; then nothing is changed
        """
        keys = self._keys()
        self.env.flush_all()
        for table, columns in (
            ("lightspeed_exact_secret", ("value",)),
            ("exact_token", ("access_token", "refresh_token")),
        ):
            for column in columns:
                self._seal_column(table, column, keys)
        self.env.invalidate_all()

    @api.model
    def _seal_column(self, table, column, keys):
        table, column = SQL.identifier(table), SQL.identifier(column)
        self.env.cr.execute(
            SQL("SELECT id, %s FROM %s ORDER BY id FOR UPDATE", column, table)
        )
        for row_id, stored in self.env.cr.fetchall():
            if not is_current(stored, keys):
                self._execute_unlogged(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id = %s",
                        table,
                        column,
                        seal(unseal(stored, keys), keys),
                        row_id,
                    )
                )
