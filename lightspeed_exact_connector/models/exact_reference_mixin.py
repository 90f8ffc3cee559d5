import logging

from odoo import api, fields, models

from ..accounting.exact_values import trim
from ..clients.errors import AccessDenied, NotFound, Rejected

_logger = logging.getLogger(__name__)


class ExactReferenceMixin(models.AbstractModel):
    """Reference data of an administration, cached from Exact Online.

    Rows that Exact no longer gives are archived, never deleted: bookings name them.
    """

    _name = "exact.reference.mixin"
    _description = "Exact Online Reference Data"
    _order = "code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="administration_id.company_id", store=True, index=True
    )
    remote_id = fields.Char(string="Exact ID", required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(required=True, readonly=True)
    active = fields.Boolean(default=True, readonly=True)

    @api.depends("code", "name")
    def _compute_display_name(self):
        for record in self:
            record.display_name = f"{record.code} {record.name}"

    # === HOOKS === #
    @api.model
    def _exact_path(self):
        """Return the endpoint, e.g. ``financial/Journals``."""
        raise NotImplementedError

    @api.model
    def _exact_key(self):
        """Return the property that identifies a row in its administration."""
        return "ID"

    @api.model
    def _exact_select(self):
        """Return the properties to ask for."""
        raise NotImplementedError

    @api.model
    def _exact_filter(self):
        return None

    @api.model
    def _is_optional(self):
        """Return whether all goes on when Exact does not let the user read it.

        :rtype: bool
        """
        return False

    @api.model
    def _exact_values(self, row):
        """Return the field values of a row of Exact, beside id, code and name."""
        raise NotImplementedError

    # === BUSINESS === #
    @api.model
    def _refresh(self, administration, client):
        """Replace the cache of one administration by what Exact has now.

        :param administration: the administration
        :param ExactClient client: a client for its division
        :raise ConnectorError: the first call that failed; nothing is changed then
        """
        try:
            found = list(
                client.list(
                    self._exact_path(),
                    select=self._exact_select(),
                    filter=self._exact_filter(),
                )
            )
        except (AccessDenied, NotFound, Rejected) as error:
            if not self._is_optional():
                raise
            _logger.info(
                "%s of administration %s unknown: %s",
                self._description,
                administration.id,
                error.code,
            )
            return
        rows = {
            # A row that moved while the pages were read comes twice.
            trim(row[self._exact_key()]): self._row_values(row)
            for row in found
            # What has no identity cannot be kept, nor used.
            if trim(row.get(self._exact_key()))
        }
        known = {record.remote_id: record for record in self._known(administration)}
        create = []
        for remote_id, values in rows.items():
            record = known.pop(remote_id, None)
            if record:
                record._write_changes(values)
            else:
                create.append({"administration_id": administration.id, **values})
        self.create(create)
        for record in known.values():
            record._write_changes({"active": False})

    @api.model
    def _known(self, administration):
        """Return the rows that a refresh is compared with, archived ones as well."""
        return self.with_context(active_test=False).search(
            [("administration_id", "=", administration.id)]
        )

    @api.model
    def _row_values(self, row):
        code = trim(row.get("Code"))
        return {
            "remote_id": trim(row[self._exact_key()]),
            "code": code,
            "name": trim(row.get("Description")) or code,
            "active": True,
            **self._exact_values(row),
        }

    def _write_changes(self, values):
        """Write only what differs: a refresh without news writes nothing."""
        self.ensure_one()
        changed = {key: value for key, value in values.items() if self[key] != value}
        if changed:
            self.write(changed)
