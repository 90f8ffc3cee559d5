from odoo import api, fields, models


class LightspeedApp(models.Model):
    """The agency's own app registration at Lightspeed."""

    _name = "lightspeed.app"
    _description = "Lightspeed App"
    _inherit = ["lightspeed.exact.secret.mixin", "lightspeed.exact.company.mixin"]
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
    app_secret = fields.Char(
        string="App secret",
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups="base.group_system",
    )
    app_secret_hint = fields.Char(
        compute="_compute_secret_hints", groups="base.group_system"
    )

    _app_key_uniq = models.Constraint(
        "UNIQUE(app_key)", "This Lightspeed app is registered already."
    )

    def _default_company_id(self):
        return self.env.company

    @api.model
    def _secret_fields(self):
        return ["app_secret"]
