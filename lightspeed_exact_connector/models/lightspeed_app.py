from odoo import fields, models


class LightspeedApp(models.Model):
    """The agency's own app registration at Lightspeed."""

    _name = "lightspeed.app"
    _description = "Lightspeed App"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self._default_company_id(),
        help="Leave empty to share the app between all companies.",
    )
    app_key = fields.Char(
        string="App key", copy=False, groups="base.group_system", required=True
    )
    app_secret = fields.Char(copy=False, groups="base.group_system", required=True)

    _app_key_uniq = models.Constraint(
        "UNIQUE(app_key)", "This Lightspeed app is registered already."
    )

    def _default_company_id(self):
        return self.env.company
