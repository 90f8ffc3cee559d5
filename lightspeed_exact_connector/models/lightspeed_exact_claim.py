import hashlib
import logging
from contextlib import closing
from datetime import timedelta

import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..accounting import payload as read
from ..clients.errors import ConnectorError
from ..clients.lightspeed import HOSTS, LightspeedClient, app_password
from ..clients.transport import CONNECT_SECONDS, Transport
from ..const import CLAIM_DAYS, LIGHTSPEED_SECONDS
from .groups import check_manager
from .moments import naive
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

ACTIVITY = "lightspeed_exact_connector.mail_activity_type_claim"

# States that somebody chose.
DECIDED = ("confirmed", "declined")

# So long a claim is kept that nothing can be done with any more.
KEPT_DAYS = 90

# Tried in this order where the language of an install is not active in the shop.
LANGUAGES = ("nl", "en", "us", "de", "fr")


class LightspeedExactClaim(models.Model):
    """A shop that installed the app, before somebody says that it is the right one.

    An install carries nothing that says for whom it was made (Lightspeed reference,
    1.3): who installs the app in a shop of their own could otherwise slip it in.  So it
    opens nothing until a manager has seen which shop it is and confirmed that one.
    """

    _name = "lightspeed.exact.claim"
    _description = "Installed Shop to Confirm"
    _inherit = [
        "lightspeed.exact.secret.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "lightspeed.exact.problem.mixin",
    ]
    _order = "received_at desc, id desc"
    _rec_name = "remote_id"

    # === FIELDS === #
    app_id = fields.Many2one(
        "lightspeed.app", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        readonly=True,
        help="For which company the shop is. Empty where the app is shared and nobody "
        "was logged in: then a system administrator confirms it, for the company that "
        "is chosen at the top of the screen.",
    )
    remote_id = fields.Char(string="Shop number", required=True, readonly=True)
    cluster = fields.Selection(
        [("eu1", "Europe (eu1)"), ("us1", "United States (us1)")],
        required=True,
        readonly=True,
    )
    language = fields.Char(required=True, readonly=True)
    api_url = fields.Char(
        string="API address",
        readonly=True,
        groups="base.group_system",
        help="Only in a test environment: replaces the address of the cluster.",
    )
    app_token = fields.Char(
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups="base.group_system",
    )
    app_token_hint = fields.Char(
        compute="_compute_secret_hints", groups="base.group_system"
    )
    digest = fields.Char(
        required=True,
        readonly=True,
        groups="base.group_system",
        help="What an install is known by when it comes once more.",
    )
    installed_at = fields.Datetime(
        string="Installed at", required=True, readonly=True, help="As Lightspeed says."
    )
    received_at = fields.Datetime(required=True, readonly=True)
    expires_at = fields.Datetime(
        string="To confirm until",
        required=True,
        readonly=True,
        help="Afterwards the app has to be installed again.",
    )
    state = fields.Selection(
        [
            ("pending", "To confirm"),
            ("confirmed", "Confirmed"),
            ("declined", "Declined"),
            ("replaced", "Installed again"),
            ("expired", "Expired"),
        ],
        required=True,
        readonly=True,
        default="pending",
        tracking=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open")
    # Facts that the shop itself tells
    domain = fields.Char(readonly=True)
    city = fields.Char(readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    vat_number = fields.Char(string="VAT number", readonly=True)
    read_at = fields.Datetime(string="Shop asked at", readonly=True)
    known_shop_id = fields.Many2one(
        "lightspeed.shop",
        string="Known here as",
        compute="_compute_known_shop_id",
        help="This shop is here already. It stays the same one, with its links and "
        "orders, and gets this new access.",
    )
    shop_id = fields.Many2one("lightspeed.shop", readonly=True, ondelete="set null")
    ended_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    ended_at = fields.Datetime(string="Decided at", readonly=True)

    _pending_uniq = models.UniqueIndex(
        "(app_id, remote_id) WHERE state = 'pending'",
        "This shop waits to be confirmed already.",
    )
    _digest_uniq = models.UniqueIndex("(app_id, digest)", "An install counts once.")

    # === COMPUTE === #
    @api.depends("domain", "remote_id")
    def _compute_display_name(self):
        for claim in self:
            claim.display_name = claim.domain or self.env._(
                "Shop %(number)s", number=claim.remote_id
            )

    @api.depends("state", "expires_at")
    def _compute_is_open(self):
        now = fields.Datetime.now()
        for claim in self:
            claim.is_open = claim.state == "pending" and claim.expires_at > now

    @api.depends("remote_id", "cluster", "app_id", "company_id")
    @api.depends_context("company")
    def _compute_known_shop_id(self):
        for claim in self:
            shop = claim._shop_here()
            mine = shop.company_id == claim._company()
            claim.known_shop_id = shop.sudo(False) if mine else False

    @api.model
    def _secret_fields(self):
        return ["app_token"]

    def _company(self):
        """Return the company for which the shop is confirmed.

        :rtype: res.company
        """
        return self.company_id or self.env.company

    def _shop_here(self):
        """Return the shop as it is here already, in sudo mode: of whatever company.

        :rtype: lightspeed.shop
        """
        self.ensure_one()
        # In sudo mode: a shop is connected once, see its index.
        shops = self.env["lightspeed.shop"].sudo().with_context(active_test=False)
        return shops.search(
            [
                ("remote_id", "=", self.remote_id),
                ("cluster", "=", self.cluster),
                ("api_url", "=", self.sudo().api_url),
            ],
            limit=1,
        )

    # === ACTIONS === #
    def action_read(self):
        """Ask the shop who it is, with the access that the install gave.

        What goes wrong is shown on the claim.
        """
        self.ensure_one()
        check_manager(self)
        self._check_open()
        self._read_shop()
        return True

    def action_confirm(self):
        """Connect the shop: this very one, which the manager has seen by name.

        :return: opens the shop
        :raise UserError: it was not asked who it is, is of another company, or does
            not let us in
        """
        self.ensure_one()
        check_manager(self)
        self._check_open()
        if not self.read_at:
            raise UserError(
                self.env._("Press Show the shop first, and see which it is.")
            )
        shop = self._connect_shop()
        shop.action_test_connection()
        # In sudo mode: nobody writes a claim by hand.
        self.sudo()._end("confirmed", shop_id=shop.id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "lightspeed.shop",
            "res_id": shop.id,
            "views": [(False, "form")],
        }

    def action_decline(self):
        """Forget the access that the install gave: this shop is not to be connected."""
        check_manager(self)
        for claim in self:
            claim._check_open()
        # In sudo mode: nobody writes a claim by hand.
        self.sudo()._end("declined")
        return True

    def _check_open(self):
        """Refuse what can not be confirmed any more.

        :raise UserError: it was decided already, or is too old
        """
        if not self.is_open:
            raise UserError(
                self.env._(
                    "This was decided on already, or is too old. Let the merchant give "
                    "access again."
                )
            )

    # === THE SHOP === #
    def _connect_shop(self):
        """Make the shop, or give the one that is here the access of the app.

        :rtype: lightspeed.shop
        :raise UserError: it is connected in another company
        """
        # In sudo mode: the connector itself reads what opens the shop.
        access = self.sudo()._access()
        known = self._shop_here()
        if known:
            if known.company_id != self._company():
                raise UserError(
                    self.env._("This shop is connected in another company already.")
                )
            shop = known.sudo(False)
            shop.write({**access, "active": True})
            return shop
        self.env["lightspeed.shop"].check_access("create")
        values = {
            **access,
            "name": self.domain or self.display_name,
            "company_id": self._company().id,
            "cluster": self.cluster,
            "language": self.language,
            # The test then reads this very shop, or is refused.
            "remote_id": self.remote_id,
            "api_url": self.sudo().api_url,
        }
        # In sudo mode: which shop it is, and where, nobody fills in by hand.
        shop = self.env["lightspeed.shop"].sudo().create(values).sudo(False)
        shop.check_access("create")
        return shop

    def _access(self):
        """Return the field values of a shop that let it in.

        :rtype: dict
        """
        return {
            "auth_kind": "app",
            "app_id": self.app_id.id,
            "app_token": self._secret("app_token"),
        }

    def _read_shop(self):
        """Read the shop's facts, or remember why they cannot be read."""
        self.ensure_one()
        # In sudo mode: nobody writes a claim by hand.
        claim = self.sudo()
        try:
            values = claim._facts()
        except ConnectorError as error:
            claim._set_problem(*problem_of(error, claim))
        else:
            claim._clear_problem()
            claim.write({**values, "read_at": fields.Datetime.now()})

    def _facts(self):
        """Return the field values of what the shop tells of itself.

        :rtype: dict
        :raise ConnectorError: see ``_ask_shop``; or it is another shop
        """
        facts = self._ask_shop(self._client, self.language)
        if facts["remote_id"] != self.remote_id:
            raise ConnectorError(code="lightspeed.other_shop")
        return facts

    @api.model
    def _ask_shop(self, client_of, language):
        """Ask a shop who it is, in a language that it has.

        :param client_of: returns a client for a language
        :param str language: is tried first
        :return: field values of a claim
        :rtype: dict
        :raise ConnectorError: it does not let us in, or may not be read
        """
        for code in dict.fromkeys((language, *LANGUAGES)):
            try:
                with closing(client_of(code)) as client:
                    facts = client.shop()
                    missing = self.env["lightspeed.shop"]._missing_permissions(client)
            except ConnectorError as error:
                if error.code != "lightspeed.language":
                    raise
                continue
            if missing:
                raise ConnectorError(", ".join(missing), code="lightspeed.permissions")
            return {**self._facts_of(facts), "language": code}
        raise ConnectorError(code="lightspeed.language")

    @api.model
    def _facts_of(self, facts):
        code = read.country(facts.get("country"))
        country = self.env["res.country"].search([("code", "=", code)], limit=1)
        return {
            "remote_id": read.text(facts.get("id")).lstrip("0"),
            "domain": read.text(facts.get("mainDomain")) or False,
            "city": read.text(facts.get("city")) or False,
            "country_id": country.id,
            "vat_number": read.text(facts.get("vatNumber")) or False,
        }

    def _client(self, language):
        """Return a client for the shop, with the quota that it will have as a shop.

        :raise ConnectorError: a secret is missing, or this is a copy of a database
        """
        app = self.app_id
        token, secret = self._secret("app_token"), app._secret("app_secret")
        return self._client_with(
            (app.app_key or "").strip(),
            app_password(token, secret) if token and secret else "",
            f"{app.id} {self.remote_id}",
            language,
        )

    def _client_with(self, key, secret, own, language):
        """Return a client with these credentials.

        :param str own: what the quota is known by, see ``_quota_key`` of a shop
        :raise ConnectorError: one is missing, or this is a copy of a database
        """
        self.env["lightspeed.exact.identity"]._check_live()
        if not (key and secret):
            raise ConnectorError(code="not_configured")
        host = self.api_url or HOSTS[self.cluster]
        quotas = self.env["lightspeed.exact.quota"]
        return LightspeedClient(
            host,
            language,
            key,
            secret,
            transport=Transport(timeout=(CONNECT_SECONDS, LIGHTSPEED_SECONDS)),
            quota=quotas._of("lightspeed", quotas._digest(host, own)),
        )

    # === FOR THE CONNECTOR ITSELF === #
    @api.model
    def _receive(self, app, install, company=None):
        """Keep a verified install until somebody decides; each counts once.

        Of the installs of a shop the latest is open: Lightspeed ends the access of
        those before it.

        :param app: which was installed
        :param Install install: what was signed
        :param company: for whom it is, where the app does not say
        :return: the claim; empty when another process keeps the same install just now
        :rtype: lightspeed.exact.claim
        """
        digest = self._digest_of(app, install.token)
        known = self.search(
            [("app_id", "=", app.id), ("remote_id", "=", install.shop_number)],
            order="installed_at desc, id desc",
        )
        seen = known.filtered(lambda claim: claim.digest == digest)
        moment = naive(install.moment)
        if seen or (known and known[0].installed_at > moment):
            return seen or known[0]
        now = fields.Datetime.now()
        values = {
            "app_id": app.id,
            "company_id": (app.company_id or company or self.env["res.company"]).id,
            "remote_id": install.shop_number,
            "cluster": install.cluster,
            "language": install.language,
            "api_url": app.api_url,
            "app_token": install.token,
            "digest": digest,
            "installed_at": moment,
            "received_at": now,
            "expires_at": now + timedelta(days=CLAIM_DAYS),
        }
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                known.filtered(lambda claim: claim.state == "pending")._end("replaced")
                return self.create(values)
        except psycopg2.errors.UniqueViolation:
            _logger.info("App %s: the same install at the same time", app.id)
            return self.browse()

    @api.model
    def _digest_of(self, app, token):
        return hashlib.sha256(f"{app.id} {token}".encode()).hexdigest()

    def _tell_responsible(self):
        """Tell whoever is responsible, once, that a shop waits."""
        for claim in self:
            user = claim._responsible()
            if not user.active or claim.activity_search([ACTIVITY]):
                continue
            if claim.with_user(user).sudo(False).has_access("read"):
                claim.activity_schedule(ACTIVITY, user_id=user.id)

    def _responsible(self):
        """Return who confirms the shop.

        :rtype: res.users
        """
        return self.app_id.user_id

    def _end(self, state, **values):
        """End claims, and forget the access that they gave.

        :param str state: value of the field ``state``
        """
        if not self:
            return
        self.write(
            {
                **values,
                "state": state,
                **dict.fromkeys(self._secret_fields(), False),
                "ended_at": fields.Datetime.now(),
                "ended_by_id": self.env.uid if state in DECIDED else False,
            }
        )
        self.activity_unlink([ACTIVITY])

    @api.autovacuum
    def _gc_claims(self):
        """Let what nobody confirmed expire, and forget what is long over."""
        now = fields.Datetime.now()
        # In sudo mode: of all companies.
        claims = self.sudo()
        claims.search([("state", "=", "pending"), ("expires_at", "<=", now)])._end(
            "expired"
        )
        limit = now - timedelta(days=KEPT_DAYS)
        claims.search([("state", "!=", "pending"), ("ended_at", "<", limit)]).unlink()
