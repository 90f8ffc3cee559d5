import logging
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..clients.errors import BadRequest, ConnectorError
from ..clients.exact_oauth import HOSTS
from ..clients.wire import checked_url
from ..const import ENTRY_PAGE, OAUTH_CALLBACK_ROUTE

_logger = logging.getLogger(__name__)


class ExactApp(models.Model):
    """The agency's own app registration at Exact Online, one per country host."""

    _name = "exact.app"
    _description = "Exact Online App"
    _inherit = ["lightspeed.exact.secret.mixin", "lightspeed.exact.company.mixin"]
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self._default_company_id(),
        help="Leave empty to share the app between all companies.",
    )
    country = fields.Selection(
        selection="_selection_country",
        required=True,
        default="nl",
        help="Country of Exact Online where the app is registered. An app and its "
        "tokens only work there.",
    )
    host_url = fields.Char(
        string="Own host",
        groups="base.group_system",
        help="Only for a test environment: replaces the host of the country.",
    )
    client_id = fields.Char(
        string="Client ID", copy=False, required=True, groups="base.group_system"
    )
    client_secret = fields.Char(
        string="Client secret",
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups="base.group_system",
    )
    client_secret_hint = fields.Char(
        compute="_compute_secret_hints", groups="base.group_system"
    )
    webhook_secret = fields.Char(
        string="Webhook secret",
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups="base.group_system",
    )
    webhook_secret_hint = fields.Char(
        compute="_compute_secret_hints", groups="base.group_system"
    )
    entry_page = fields.Char(
        string="Page of an entry",
        required=True,
        default=ENTRY_PAGE,
        help="What “Open in Exact” shows: a page below the host of Exact Online, in "
        "which {division}, {entry_id} and {entry_number} are filled in. Exact Online "
        "does not publish the address of an entry, so the start page of the "
        "administration is the default.",
    )
    redirect_uri = fields.Char(
        string="Redirect URI",
        compute="_compute_redirect_uri",
        help="Register exactly this address with the app at Exact Online.",
    )
    connection_ids = fields.One2many("exact.connection", "app_id")

    _client_id_uniq = models.Constraint(
        "UNIQUE(country, client_id)", "This Exact Online app is registered already."
    )

    def _default_company_id(self):
        return self.env.company

    @api.model
    def _secret_fields(self):
        return ["client_secret", "webhook_secret"]

    @api.model
    def _selection_country(self):
        return [
            ("nl", self.env._("Netherlands")),
            ("be", self.env._("Belgium")),
            ("de", self.env._("Germany")),
            ("uk", self.env._("United Kingdom")),
            ("fr", self.env._("France")),
            ("es", self.env._("Spain")),
            ("us", self.env._("United States")),
        ]

    def _compute_redirect_uri(self):
        for app in self:
            app.redirect_uri = f"{app.get_base_url()}{OAUTH_CALLBACK_ROUTE}"

    @api.constrains("entry_page")
    def _check_entry_page(self):
        for app in self:
            try:
                app.entry_page.format(division=1, entry_id="", entry_number="")
            except (KeyError, IndexError, ValueError, AttributeError) as error:
                raise ValidationError(
                    self.env._(
                        "The page of an entry knows {division}, {entry_id} and "
                        "{entry_number} only."
                    )
                ) from error

    @api.constrains("host_url")
    def _check_host_url(self):
        for app in self.filtered("host_url"):
            try:
                path = urlsplit(checked_url(app.host_url)).path
            except BadRequest:
                path = None
            if path != "":
                raise ValidationError(
                    self.env._("The host must be an https address without a path.")
                )

    def _host(self):
        """Return the address of this app's Exact Online, without a slash at the end."""
        self.ensure_one()
        # In sudo mode: a manager may connect without reading the override.
        return (self.sudo().host_url or HOSTS[self.country]).rstrip("/")

    def _quota_key(self, division):
        """Return what the quota of a division is known by (Exact reference, 2.1).

        :param int division: its number
        :rtype: str
        """
        self.ensure_one()
        # In sudo mode: whoever works for a division need not read the app.
        client_id = self.sudo().client_id
        quotas = self.env["lightspeed.exact.quota"]
        return quotas._digest(self._host(), client_id, division)

    def _webhook_secret(self):
        """Return what signs the webhooks of this app, ``""`` when it is not known.

        :rtype: str
        """
        if not self:
            return ""
        try:
            return self._secret("webhook_secret").strip()
        except ConnectorError as error:
            _logger.info("Webhooks of app %s are refused: %s", self.id, error.code)
            return ""
