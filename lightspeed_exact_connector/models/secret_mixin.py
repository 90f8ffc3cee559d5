from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from ..clients.errors import ConnectorError
from .reasons import describe


class LightspeedExactSecretMixin(models.AbstractModel):
    """Fields that are written and never read.

    A secret is a field without a column that is always empty, whoever reads it, also in
    sudo mode: what is written to it goes to ``lightspeed.exact.secret``.  The connector
    itself reads it with ``_secret``.  Each has a field ``<name>_hint`` beside it, which
    tells since when it is filled in.
    """

    _name = "lightspeed.exact.secret.mixin"
    _description = "Write-only Secrets"

    # === OVERRIDABLE === #
    @api.model
    def _secret_fields(self):
        """Return the names of the fields that are written and never read.

        :rtype: list(str)
        """
        return []

    # === FIELDS === #
    def _compute_secret(self):
        for record in self:
            for name in self._secret_fields():
                record[name] = False

    @api.depends_context("lang", "tz")
    def _compute_secret_hints(self):
        """Tell which secrets are filled in; the form shows it in their place."""
        names = self._secret_fields()
        # In sudo mode: the rows are closed to everybody; no value is shown.
        secrets = self.env["lightspeed.exact.secret"].sudo()
        stored = secrets._stored(self._name, self._origin.ids, names)
        for record in self:
            for name in names:
                _text, at = stored.get((record._origin.id, name), (None, None))
                record[f"{name}_hint"] = _text and record._secret_hint(at)

    def _secret_hint(self, written_at):
        """Return what the form shows in the place of a secret that is filled in.

        :param datetime written_at: naive UTC, or ``None`` when it is not known
        :rtype: str
        """
        if not written_at:
            return self.env._("Filled in")
        local = fields.Datetime.context_timestamp(self, written_at).date()
        return self.env._("Filled in on %(date)s", date=format_date(self.env, local))

    @api.model
    def _search_secret(self, operator, value):
        """Refuse: whether a guess fits is a part of the secret."""
        raise AccessError(self.env._("Nobody can search in secrets."))

    # === FOR THE CONNECTOR ITSELF === #
    def _secret(self, name):
        """Return a secret without blanks around it, ``""`` when it is not filled in.

        :param str name: one of ``_secret_fields``
        :rtype: str
        :raise ConnectorError: it is encrypted, and the server has not the key
        """
        self.ensure_one()
        # In sudo mode: the rows are closed to everybody.
        secrets = self.env["lightspeed.exact.secret"].sudo()
        return secrets._get(self._name, self._origin.id, name).strip()

    def _secrets(self, name):
        """Return a secret of several records, of those where it can be read.

        :param str name: one of ``_secret_fields``
        :rtype: dict(int, str)
        """
        # In sudo mode: the rows are closed to everybody.
        secrets = self.env["lightspeed.exact.secret"].sudo()
        return secrets._get_all(self._name, self._origin.ids, name)

    # === WRITING === #
    @api.model_create_multi
    def create(self, vals_list):
        taken = [self._take_secrets(vals) for vals in vals_list]
        records = super().create([rest for rest, _secrets in taken])
        for record, (_rest, secrets) in zip(records, taken, strict=True):
            record._store_secrets(secrets)
        return records

    def write(self, vals):
        rest, secrets = self._take_secrets(vals)
        if secrets:
            self.check_access("write")
        done = super().write(rest)
        self._store_secrets(secrets)
        return done

    def unlink(self):
        ids = self.ids
        done = super().unlink()
        # In sudo mode: the rows are closed to everybody.
        rows = self.env["lightspeed.exact.secret"].sudo()
        rows._forget(self._name, ids)
        rows._toggle_seal()
        return done

    @api.model
    def _take_secrets(self, vals):
        """Return values without secrets, and the secrets: the cache never has them.

        :raise AccessError: the user may not write one of them
        """
        names = set(self._secret_fields())
        secrets = {name: value for name, value in vals.items() if name in names}
        for name in secrets:
            self._check_field_access(self._fields[name], "write")
        rest = {name: value for name, value in vals.items() if name not in names}
        return rest, secrets

    def _store_secrets(self, secrets):
        """Store what was written.

        :raise UserError: it cannot be encrypted
        """
        if not secrets:
            return
        for name, value in secrets.items():
            if value and not isinstance(value, str):
                raise UserError(self.env._("A secret is a text: %(name)s.", name=name))
        # In sudo mode: the rows are closed to everybody.
        rows = self.env["lightspeed.exact.secret"].sudo()
        try:
            rows._set(self._name, self.ids, secrets)
        except ConnectorError as error:
            raise UserError("\n".join(describe(self.env, error.code))) from None
        self.invalidate_recordset([f"{name}_hint" for name in secrets])
