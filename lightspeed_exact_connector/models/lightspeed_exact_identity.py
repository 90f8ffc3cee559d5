from odoo import api, models

from ..clients.errors import ConnectorError


class LightspeedExactIdentity(models.AbstractModel):
    """Which database this is: only the one that was connected talks to the vendors."""

    _name = "lightspeed.exact.identity"
    _description = "Identity of the Database"

    @api.model
    def _check_live(self):
        """Refuse to talk to a vendor from a copy of a database.

        :raise ConnectorError: this database is neutralized
        """
        # In sudo mode: the parameter is for system administrators only.
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param("database.is_neutralized"):
            raise ConnectorError(code="neutralized")
