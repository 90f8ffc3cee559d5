from contextlib import closing
from decimal import Decimal
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..accounting import payload as read
from ..accounting.money import normal, to_decimal
from ..clients.errors import (
    AccessDenied,
    BadAnswer,
    BadRequest,
    ConnectorError,
    NotFound,
    Rejected,
)
from ..clients.lightspeed import HOSTS, LightspeedClient, app_password
from ..clients.transport import CONNECT_SECONDS, Transport
from ..clients.wire import checked_url
from ..const import BACKOFFICES, LIGHTSPEED_SECONDS
from .groups import check_manager
from .service_errors import problem_of

# The shop gives its rates with float noise behind this.
RATE_STEP = Decimal("0.000001")

# What the connector reads; `account/permissions.json` names these areas.
NEEDED_AREAS = ("orders", "settings")

# Who fills in the credentials; nobody reads them.
SECRET_GROUPS = (
    "base.group_system,"
    "lightspeed_exact_connector.lightspeed_exact_connector_group_manager"
)


class LightspeedShop(models.Model):
    """A webshop of Lightspeed eCom and its credentials."""

    _name = "lightspeed.shop"
    _description = "Lightspeed Shop"
    _inherit = [
        "lightspeed.exact.secret.mixin",
        "mail.thread",
        "lightspeed.exact.problem.mixin",
        "lightspeed.exact.company.mixin",
    ]
    _order = "name, id"
    _check_company_auto = True

    # === FIELDS === #
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self._default_company_id(),
    )
    auth_kind = fields.Selection(
        [("key", "Own API key"), ("app", "Installed app")],
        string="Access",
        required=True,
        default="key",
        help="Own API key: made in the shop under Settings, Developers. Installed "
        "app: the shop installed the agency's app.",
    )
    api_key = fields.Char(
        string="API key",
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups=SECRET_GROUPS,
    )
    api_key_hint = fields.Char(compute="_compute_secret_hints", groups=SECRET_GROUPS)
    api_secret = fields.Char(
        string="API secret",
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups=SECRET_GROUPS,
    )
    api_secret_hint = fields.Char(compute="_compute_secret_hints", groups=SECRET_GROUPS)
    app_id = fields.Many2one("lightspeed.app", ondelete="restrict")
    app_token = fields.Char(
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups=SECRET_GROUPS,
    )
    app_token_hint = fields.Char(compute="_compute_secret_hints", groups=SECRET_GROUPS)
    cluster = fields.Selection(
        [("eu1", "Europe (eu1)"), ("us1", "United States (us1)")],
        required=True,
        default="eu1",
    )
    language = fields.Char(
        required=True,
        default="nl",
        size=2,
        help="Two-letter code of an active language of the shop. It decides in which "
        "language product names appear in the books.",
    )
    api_url = fields.Char(
        string="API address",
        groups="base.group_system",
        help="Only for a test environment: replaces the address of the cluster.",
    )
    timezone = fields.Selection(
        _tz_get,
        required=True,
        default="Europe/Amsterdam",
        help="A booking's date is the date in this time zone.",
    )
    # Facts read from the shop
    remote_id = fields.Char(string="Shop number", readonly=True, copy=False)
    domain = fields.Char(readonly=True, copy=False)
    currency_code = fields.Char(string="Currency code", readonly=True, copy=False)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    country_id = fields.Many2one("res.country", copy=False)
    vat_number = fields.Char(string="VAT number", readonly=True, copy=False)
    tax_rates = fields.Json(readonly=True, copy=False)
    tax_overrides = fields.Json(
        readonly=True,
        copy=False,
        help="Rates of the shop's taxes in countries that have rates of their own.",
    )
    state = fields.Selection(
        [("draft", "Not tested"), ("connected", "Connected")],
        default="draft",
        readonly=True,
        required=True,
        copy=False,
        tracking=True,
    )
    tested_at = fields.Datetime(string="Last tested", readonly=True, copy=False)
    link_ids = fields.One2many("lightspeed.exact.link", "shop_id")

    _remote_id_uniq = models.UniqueIndex(
        "(cluster, (COALESCE(api_url, '')), remote_id) WHERE remote_id IS NOT NULL",
        "This shop is connected already, maybe archived: use that one. Its orders "
        "would be booked twice otherwise.",
    )

    # === COMPUTE AND CONSTRAINTS === #
    def _default_company_id(self):
        return self.env.company

    @api.depends("currency_code")
    def _compute_currency_id(self):
        codes = self.mapped("currency_code")
        by_code = {
            currency.name: currency
            for currency in self.env["res.currency"]
            .with_context(active_test=False)
            .search([("name", "in", [code for code in codes if code])])
        }
        for shop in self:
            shop.currency_id = by_code.get(shop.currency_code)

    @api.constrains("api_url")
    def _check_api_url(self):
        for shop in self.filtered("api_url"):
            try:
                checked_url(shop.api_url)
            except BadRequest as error:
                raise ValidationError(
                    self.env._("The API address must be https.")
                ) from error

    @api.constrains("language")
    def _check_language(self):
        for shop in self:
            if len(shop.language) != 2 or not shop.language.isalpha():
                raise ValidationError(
                    self.env._("The language is a code of two letters, such as nl.")
                )

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_facts(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_facts(vals)
        if self._credential_fields() & set(vals):
            vals = {"state": "draft", **vals}
        result = super().write(vals)
        if "timezone" in vals:
            # In sudo mode: whoever may see the links, their orders have a date now.
            self.sudo().link_ids._release_held(("timezone_unknown",))
        return result

    @api.model
    def _check_facts(self, vals):
        """Which shop it is, only its own answer says: else one would be read twice.

        :raise AccessError: somebody fills in what the test of the connection finds out
        """
        if not self.env.su and {"state", "remote_id"} & set(vals):
            raise AccessError(
                self.env._("Only the test of the connection says which shop it is.")
            )

    @api.model
    def _secret_fields(self):
        return ["api_key", "api_secret", "app_token"]

    @api.model
    def _credential_fields(self):
        return {
            "auth_kind",
            "api_key",
            "api_secret",
            "app_id",
            "app_token",
            "cluster",
            "language",
            "api_url",
        }

    # === ACTIONS === #
    def action_test_connection(self):
        """Ask the shop who it is; say exactly what is missing.

        :raise UserError: wrong credentials, missing permission, inactive language,
            host not reachable
        """
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        try:
            self._read_facts()
        except ConnectorError as error:
            raise UserError(self._problem_sentence(*problem_of(error, self))) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("The shop is connected"),
                "message": self.domain or self.name,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_backoffice(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": self._backoffice_url(),
            "target": "new",
        }

    def _backoffice_url(self, remote_id=None):
        """Return the address in the browser of the back office, or of an order in it.

        :rtype: str
        """
        self.ensure_one()
        base = BACKOFFICES[self.cluster]
        return f"{base}/sales-orders/edit?id={quote(remote_id)}" if remote_id else base

    # === BUSINESS === #
    def _tested_client(self):
        """Return a client, when the connection was tested as it is now.

        Other credentials may be those of another shop, whose orders would be booked.

        :raise ConnectorError: not tested, or see ``_client``
        """
        self.ensure_one()
        if self.state != "connected":
            raise ConnectorError(code="not_tested")
        return self._client()

    def _client(self):
        """Return a client for this shop.

        :raise ConnectorError: the shop has no credentials, or this is a copy of a
            database
        """
        self.ensure_one()
        self.env["lightspeed.exact.identity"]._check_live()
        shop = self.sudo()  # the credentials are for system administrators only
        key, secret = shop._credentials()
        return LightspeedClient(
            shop.api_url or HOSTS[shop.cluster],
            shop.language.lower(),
            key,
            secret,
            transport=Transport(timeout=(CONNECT_SECONDS, LIGHTSPEED_SECONDS)),
            quota=self.env["lightspeed.exact.quota"]._of(
                "lightspeed", shop._quota_key()
            ),
        )

    def _quota_key(self):
        """Return what the quota of this shop's key is known by.

        The quota is per key (Lightspeed reference 2): two records with one key share
        it.  An installed app has one key for all shops; what its quota covers is not
        documented, so each shop counts by itself and the answers tell.

        :rtype: str
        """
        self.ensure_one()
        return self._quota_keys()[self.id]

    def _quota_keys(self):
        """Return what the quota of each shop's key is known by, see ``_quota_key``.

        :rtype: dict(int, str)
        """
        digest = self.env["lightspeed.exact.quota"]._digest
        own_keys = self._secrets("api_key")
        keys = {}
        for shop in self.sudo():  # the key is for system administrators only
            # Without a key that can be read no call is made either.
            own = own_keys.get(shop._origin.id, "")
            if shop.auth_kind == "app":
                own = f"{shop.app_id.id} {shop.remote_id or f'record {shop.id}'}"
            keys[shop.id] = digest(shop.api_url or HOSTS[shop.cluster], own)
        return keys

    def _credentials(self):
        """Return the user name and password of the Basic authentication.

        :raise ConnectorError: something is not filled in, or cannot be decrypted
        """
        self.ensure_one()
        if self.auth_kind == "app":
            user = (self.app_id.app_key or "").strip()
            password = self._app_password()
        else:
            user, password = self._secret("api_key"), self._secret("api_secret")
        if not (user and password):
            raise ConnectorError(code="not_configured")
        return user, password

    def _app_password(self):
        """Return the password of the installed app, ``""`` when something is missing.

        :rtype: str
        :raise ConnectorError: it cannot be decrypted
        """
        token = self._secret("app_token")
        secret = self.app_id._secret("app_secret") if self.app_id else ""
        return app_password(token, secret) if token and secret else ""

    def _read_facts(self):
        """Read and store the shop's facts; the connection test.

        :raise ConnectorError: what is wrong, in its type and code
        """
        self.ensure_one()
        with closing(self._client()) as client:
            client.account()
            missing = self._missing_permissions(client)
            if missing:
                raise ConnectorError(", ".join(missing), code="lightspeed.permissions")
            taxes = client.taxes()
            facts = self._facts(client.shop(), taxes)
            facts["tax_overrides"] = self._tax_overrides(client, taxes)
        self._check_same_shop(facts["remote_id"])
        self.sudo().write(facts)
        self.env["lightspeed.exact.identity"]._connected()

    def _check_same_shop(self, remote_id):
        """Refuse the credentials of another shop than the one whose orders are here.

        :raise ConnectorError: it is another shop
        """
        if not self.remote_id or remote_id == self.remote_id:
            return
        # In sudo mode: only the connector itself reads all orders.
        if (
            self.env["lightspeed.exact.order"]
            .sudo()
            .search_count([("shop_id", "=", self.id)], limit=1)
        ):
            raise ConnectorError(code="lightspeed.other_shop")

    @api.model
    def _missing_permissions(self, client):
        """Return the areas that the key may not read, in the vendor's words."""
        try:
            permissions = client.permissions()
        except (AccessDenied, NotFound):
            # A key that may not ask, or has no such page: the calls themselves tell.
            return []
        return [
            area
            for area in NEEDED_AREAS
            if isinstance(permissions.get(area), dict)
            and not permissions[area].get("read")
        ]

    def _facts(self, facts, taxes):
        """Return the field values of the shop's facts; what makes no sense is unset."""
        currency = read.section(facts.get("currency"))
        code = read.country(facts.get("country"))
        country = self.env["res.country"].search([("code", "=", code)], limit=1)
        return {
            "remote_id": read.text(facts.get("id")) or False,
            "domain": read.text(facts.get("mainDomain")) or False,
            "currency_code": read.text(currency.get("shortcode")).upper() or False,
            "vat_number": read.text(facts.get("vatNumber")) or False,
            "country_id": country.id or self.country_id.id,
            "tax_rates": sorted(self._tax_rates(taxes)),
            "state": "connected",
            "tested_at": fields.Datetime.now(),
        }

    @api.model
    def _tax_overrides(self, client, taxes):
        """Return what the shop charges in countries that have rates of their own.

        A tax without a rate for such a country has its own rate there, too.

        :return: ISO code of the country and rates as fractions; empty when they cannot
            be read
        :rtype: dict(str, list(str))
        """
        by_tax = []
        try:
            for tax in taxes:
                key = read.text(tax.get("id"))
                rows = client.tax_overrides(key) if key.isdigit() else []
                by_tax.append((self._tax_rates([tax]), self._overrides_of(rows)))
        except (AccessDenied, NotFound, Rejected, BadAnswer):
            return {}
        countries = {country for _own, found in by_tax for country in found}
        return {
            country: sorted(
                set().union(*(found.get(country, own) for own, found in by_tax))
            )
            for country in sorted(countries)
        }

    @api.model
    def _overrides_of(self, rows):
        """Return the rates of one tax per country; what makes no sense is left out."""
        found = {}
        for row in rows:
            country = read.country(row.get("country"))
            if country:
                found.setdefault(country, set()).update(self._tax_rates([row]))
        return found

    @api.model
    def _tax_rates(self, taxes):
        """Return the rates of the shop's taxes as fractions, without float noise.

        :rtype: set(str)
        """
        rates = set()
        for tax in taxes:
            try:
                rates.add(normal(to_decimal(tax.get("rate")).quantize(RATE_STEP)))
            except ValueError:  # a tax that is not finished yet
                continue
        return rates
