import logging
import re
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..clients.errors import BadRequest, ConnectorError
from ..clients.wire import checked_url
from ..const import INSTALL_ROUTE

_logger = logging.getLogger(__name__)

# What the path of an install address ends with: nothing else reaches the database.
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


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

    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        help="Is told when a shop installed the app and waits to be confirmed.",
    )
    api_url = fields.Char(
        string="API address",
        groups="base.group_system",
        help="Only for a test environment: replaces the address of the cluster for "
        "shops that install this app.",
    )
    listing_url = fields.Char(
        string="Page in the App Store",
        help="Where a merchant installs the app. An invitation then leads there.",
    )
    install_url = fields.Char(
        string="Install address",
        compute="_compute_install_url",
        help="Register exactly this address with the app at Lightspeed. The browser "
        "of a merchant who installs the app comes here.",
    )

    _app_key_uniq = models.Constraint(
        "UNIQUE(app_key)", "This Lightspeed app is registered already."
    )

    def _default_company_id(self):
        return self.env.company

    @api.model
    def _secret_fields(self):
        return ["app_secret"]

    def _compute_install_url(self):
        for app in self:
            number = app._origin.id
            base = app.get_base_url().rstrip("/")
            app.install_url = number and f"{base}{INSTALL_ROUTE}/{number}"

    @api.constrains("api_url")
    def _check_api_url(self):
        for app in self.filtered("api_url"):
            try:
                checked_url(app.api_url)
            except BadRequest as error:
                raise ValidationError(
                    self.env._("The API address must be https.")
                ) from error

    @api.constrains("listing_url")
    def _check_listing_url(self):
        for app in self.filtered("listing_url"):
            try:
                parts = urlsplit(app.listing_url)
                checked_url(f"{parts.scheme}://{parts.netloc}")
            except (BadRequest, ValueError) as error:
                raise ValidationError(
                    self.env._("The page in the App Store must be https.")
                ) from error

    @api.model
    def _of_install(self, number):
        """Return the app that has a number in its install address.

        :param str number: as it stands in the path of a request: anything
        :rtype: lightspeed.app
        """
        if not _NUMBER.fullmatch(number or ""):
            return self.browse()
        return self.search([("id", "=", int(number))])

    def _install_secret(self):
        """Return what signs the installs of this app, ``""`` when it is not known.

        :rtype: str
        """
        if not self:
            return ""
        try:
            return self._secret("app_secret")
        except ConnectorError as error:
            _logger.info("Installs of app %s are refused: %s", self.id, error.code)
            return ""
