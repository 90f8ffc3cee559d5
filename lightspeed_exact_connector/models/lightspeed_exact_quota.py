import json

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.tools import mute_logger

from ..clients.quota import Quota


class LightspeedExactQuota(models.Model):
    """What is left of a vendor's quota, so that all workers know.

    A row of its own, written by the engine only: people never edit it.
    """

    _name = "lightspeed.exact.quota"
    _description = "Vendor Quota"
    _rec_name = "service"

    service = fields.Selection(
        [("lightspeed", "Lightspeed"), ("exact", "Exact Online")], required=True
    )
    res_id = fields.Many2oneReference(
        string="Record", model_field="res_model", required=True, index=True
    )
    res_model = fields.Char(compute="_compute_res_model")
    windows = fields.Text(readonly=True)

    _res_uniq = models.Constraint(
        "UNIQUE(service, res_id)", "One quota for each shop and administration."
    )

    @api.depends("service")
    def _compute_res_model(self):
        names = {"lightspeed": "lightspeed.shop", "exact": "exact.administration"}
        for quota in self:
            quota.res_model = names.get(quota.service)

    @api.model
    def _load(self, service, res_id):
        """Return the remembered quota of a shop or administration.

        :rtype: Quota
        """
        row = self.sudo().search(
            [("service", "=", service), ("res_id", "=", res_id)], limit=1
        )
        return Quota.from_json(json.loads(row.windows) if row.windows else {})

    @api.model
    def _store(self, service, res_id, quota):
        """Remember a quota after a slice of work."""
        windows = json.dumps(quota.to_json())
        row = self.sudo().search(
            [("service", "=", service), ("res_id", "=", res_id)], limit=1
        )
        if not row:
            self._add({"service": service, "res_id": res_id, "windows": windows})
        elif row.windows != windows:
            row.windows = windows

    @api.model
    def _add(self, values):
        """Remember the first quota of a shop or administration.

        A person and the engine may both be the first: what the other one has stored at
        this very moment is as good.
        """
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.sudo().create(values)
        except UniqueViolation:
            return
