import hashlib
import hmac
import re
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import hash_sign, verify_hash_signed

from ..clients.errors import BadRequest
from ..clients.wire import checked_url
from ..const import INVITATION_DAYS, INVITATION_ROUTE, OAUTH_STATE_HOURS
from .groups import check_manager

STATE_SCOPE = "lightspeed_exact_connector.invitation_oauth"

TEMPLATE = "lightspeed_exact_connector.mail_template_invitation"

# So many keys somebody with the link may try.
MOST_TRIES = 20

# What a link ends with, and what a browser that opened it has.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")

# Written by the connector itself.
_KEPT = {
    "state",
    "digest",
    "exact_nonce",
    "connection_id",
    "opened_at",
    "tries",
    "claim_ids",
}


def digest_of(token):
    """Return what a token is known by: the token itself is stored nowhere.

    :rtype: str
    """
    return hashlib.sha256(token.encode()).hexdigest()


class LightspeedExactInvitation(models.Model):
    """A link with which a merchant without a user connects a shop and Exact Online.

    It opens a page where access is given, and nothing else: nothing can be read there,
    and what was given is used only when a manager has confirmed it.
    """

    _name = "lightspeed.exact.invitation"
    _description = "Invitation of a Merchant"
    _inherit = ["mail.thread", "lightspeed.exact.company.mixin"]
    _order = "id desc"
    _check_company_auto = True

    # === FIELDS === #
    name = fields.Char(string="Merchant", required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: self.env.user,
        help="Is told when the shop waits to be confirmed, and sends the e-mail.",
    )
    email = fields.Char(help="Only needed to send the link by e-mail from here.")
    lang = fields.Selection(
        selection="_selection_lang",
        string="Language",
        required=True,
        default=lambda self: self.env.user.lang or "en_US",
        help="In which the page and the e-mail are.",
    )
    app_id = fields.Many2one(
        "lightspeed.app",
        string="Lightspeed app",
        check_company=True,
        ondelete="restrict",
        help="The merchant can install this app, where the app has a page in the App "
        "Store. Without it the merchant fills in an API key.",
    )
    exact_app_id = fields.Many2one(
        "exact.app",
        string="Exact app",
        check_company=True,
        ondelete="restrict",
        help="With this app the merchant gives the consent at Exact Online. Leave "
        "empty when the bookkeeper does that.",
    )
    api_url = fields.Char(
        string="API address",
        groups="base.group_system",
        help="Only for a test environment: replaces the address of the cluster.",
    )
    expires_at = fields.Datetime(
        string="Valid until",
        required=True,
        default=lambda self: fields.Datetime.now() + timedelta(days=INVITATION_DAYS),
    )
    state = fields.Selection(
        [("draft", "No link yet"), ("open", "Link given out"), ("closed", "Closed")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open")
    opened_at = fields.Datetime(string="Opened first at", readonly=True, copy=False)
    digest = fields.Char(readonly=True, copy=False, groups="base.group_system")
    exact_nonce = fields.Char(readonly=True, copy=False, groups="base.group_system")
    tries = fields.Integer(readonly=True, copy=False, groups="base.group_system")
    claim_ids = fields.One2many(
        "lightspeed.exact.claim", "invitation_id", string="Shops", readonly=True
    )
    connection_id = fields.Many2one(
        "exact.connection", readonly=True, copy=False, ondelete="set null"
    )
    exact_user = fields.Char(related="connection_id.exact_user")
    consented_at = fields.Datetime(related="connection_id.consented_at")
    exact_state = fields.Selection(
        [("none", "Not yet"), ("pending", "To confirm"), ("confirmed", "Confirmed")],
        string="Exact Online",
        compute="_compute_exact_state",
    )

    _digest_uniq = models.UniqueIndex(
        "(digest) WHERE digest IS NOT NULL", "Each link is another one."
    )

    # === COMPUTE AND CONSTRAINTS === #
    @api.model
    def _selection_lang(self):
        return self.env["res.lang"].get_installed()

    @api.depends("state", "expires_at")
    def _compute_is_open(self):
        now = fields.Datetime.now()
        for invitation in self:
            invitation.is_open = (
                invitation.state == "open" and invitation.expires_at > now
            )

    @api.depends("connection_id.active", "connection_id.consented_at")
    def _compute_exact_state(self):
        for invitation in self:
            connection = invitation.connection_id
            invitation.exact_state = "none"
            if connection.consented_at:
                invitation.exact_state = "confirmed" if connection.active else "pending"

    @api.constrains("api_url")
    def _check_api_url(self):
        for invitation in self.filtered("api_url"):
            try:
                checked_url(invitation.api_url)
            except BadRequest as error:
                raise ValidationError(
                    self.env._("The API address must be https.")
                ) from error

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_kept(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_kept(vals)
        return super().write(vals)

    @api.model
    def _check_kept(self, vals):
        """What was opened and connected, only the link itself says.

        :raise AccessError: somebody fills it in
        """
        if not self.env.su and _KEPT & set(vals):
            raise AccessError(self.env._("Nobody fills in what an invitation did."))

    def unlink(self):
        """Forget a consent that nobody confirmed along with its invitation."""
        # In sudo mode: of a pending connection nothing else is.
        pending = self.sudo().connection_id.filtered(lambda one: not one.active)
        done = super().unlink()
        pending.unlink()
        return done

    # === ACTIONS === #
    def action_make_link(self):
        """Make a new link and show it, this once; an earlier one ends."""
        self.ensure_one()
        url = self._new_link()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Link for %(name)s", name=self.name),
            "res_model": "lightspeed.exact.invitation.link",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_url": url},
        }

    def action_send(self):
        """Send the merchant a new link by e-mail; an earlier one ends.

        :raise UserError: there is no e-mail address, or it could not be sent
        """
        self.ensure_one()
        check_manager(self)
        if not self.email:
            raise UserError(self.env._("Fill in the e-mail address of the merchant."))
        template = self.env.ref(TEMPLATE).sudo()
        template.with_context(invitation_url=self._new_link()).send_mail(
            self.id, force_send=True, raise_exception=True
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The link was sent to %(to)s.", to=self.email),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_close(self):
        """End the link at once; what was connected with it stays to be confirmed."""
        check_manager(self)
        self.check_access("write")
        self.sudo().write({"state": "closed", "digest": False, "exact_nonce": False})
        return True

    def action_confirm_exact(self):
        """Let the connector use the consent that the merchant gave.

        :return: opens the connection
        :raise UserError: nobody gave one
        """
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        if self.exact_state == "none":
            raise UserError(self.env._("Nobody gave a consent at Exact Online yet."))
        self.connection_id.check_access("write")
        self.connection_id.active = True
        # In sudo mode: nobody writes by hand what an invitation did.
        self.sudo().exact_nonce = False
        return {
            "type": "ir.actions.act_window",
            "res_model": "exact.connection",
            "res_id": self.connection_id.id,
            "views": [(False, "form")],
        }

    def _new_link(self):
        """Return the address of a new link; only what it is known by is stored.

        :rtype: str
        :raise UserError: its end has passed
        """
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        if self.expires_at <= fields.Datetime.now():
            raise UserError(self.env._("Choose a later end of the invitation first."))
        token = secrets.token_urlsafe(32)
        # In sudo mode: nobody writes by hand what an invitation did.
        self.sudo().write(
            {
                "state": "open",
                "digest": digest_of(token),
                "exact_nonce": False,
                "tries": 0,
            }
        )
        return f"{self.get_base_url().rstrip('/')}{INVITATION_ROUTE}/{token}"

    # === WHO HAS THE LINK === #
    @api.model
    def _of_token(self, token):
        """Return the open invitation of a link.

        :param str token: as it stands in the path of a request: anything
        :rtype: lightspeed.exact.invitation
        """
        if not _TOKEN.fullmatch(token or ""):
            return self.browse()
        found = self.search([("digest", "=", digest_of(token))], limit=1)
        return found.filtered("is_open")

    @api.model
    def _of_browser(self, kept):
        """Return the open invitation that a browser has opened.

        :param kept: what its session keeps, see ``_for_browser``; or ``None``
        :rtype: lightspeed.exact.invitation
        """
        if not isinstance(kept, dict):
            return self.browse()
        found = self.browse(kept.get("id")).exists()
        same = hmac.compare_digest(found.digest or "", kept.get("digest") or "-")
        return found.filtered("is_open") if same else self.browse()

    def _for_browser(self):
        """Return what the session of a browser keeps that opened the link.

        :rtype: dict
        """
        self.ensure_one()
        if not self.opened_at:
            self.opened_at = fields.Datetime.now()
        return {
            "id": self.id,
            "digest": self.digest,
            "browser": secrets.token_urlsafe(32),
        }

    # === EXACT ONLINE === #
    def _consent_url(self, kept):
        """Return where the browser goes for a consent, and comes back from once.

        :param dict kept: see ``_for_browser``
        :rtype: str
        :raise UserError: it was confirmed already
        :raise ConnectorError: the app has no secret, or this is a copy of a database
        """
        self.ensure_one()
        if not self.exact_app_id or self.exact_state == "confirmed":
            raise UserError(self.env._("Exact Online is connected already."))
        if not self.connection_id:
            self.connection_id = self.env["exact.connection"].create(
                {
                    "name": self.name,
                    "company_id": self.company_id.id,
                    "app_id": self.exact_app_id.id,
                    "user_id": self.user_id.id,
                    "active": False,
                }
            )
        oauth = self.connection_id._oauth()
        nonce = secrets.token_urlsafe(32)
        self.exact_nonce = digest_of(nonce)
        state = hash_sign(
            self.env(su=True),
            STATE_SCOPE,
            [self.id, nonce, digest_of(kept["browser"])],
            expiration_hours=OAUTH_STATE_HOURS,
        )
        return oauth.authorize_url(state, force_login=True)

    @api.model
    def _state_values(self, state):
        """Return the content of a state that was signed for an invitation.

        :param str state: what came back from Exact
        :return: ``None`` for any other one, also when it has expired
        :rtype: list | None
        """
        try:
            values = verify_hash_signed(self.env(su=True), STATE_SCOPE, state or "")
        except (ValueError, IndexError, OverflowError, UnicodeError):
            return None
        return values if isinstance(values, list) and len(values) == 3 else None

    @api.model
    def _of_state(self, values, kept):
        """Return the invitation that a returning browser belongs to, once.

        :param list values: see ``_state_values``
        :param kept: what the session of this browser keeps, or ``None``
        :return: empty when the link has ended, the state was used, or another browser
            opened it
        :rtype: lightspeed.exact.invitation
        """
        record_id, nonce, browser = values
        found = self._of_browser(kept)
        if found.id != record_id or digest_of(kept.get("browser") or "") != browser:
            return self.browse()
        if (found.exact_nonce or "-") != digest_of(nonce):
            return self.browse()
        found.exact_nonce = False
        return found.filtered(lambda one: one.exact_state != "confirmed")

    def _tell_consent(self):
        """Tell whoever is responsible that a consent waits to be confirmed."""
        self.ensure_one()
        env = self.with_context(lang=self.user_id.lang).env
        self.message_post(
            body=env._(
                "%(user)s gave a consent at Exact Online. Confirm it on the "
                "invitation, if you know this user.",
                user=self.exact_user or env._("Somebody with the link"),
            ),
            author_id=self.env.ref("base.partner_root").id,
            partner_ids=self.user_id.partner_id.ids,
        )

    # === THE SHOP === #
    def _count_try(self):
        """Count a key that is tried.

        :raise BadRequest: (``invitation.tries``) too many were
        """
        self.ensure_one()
        if self.tries >= MOST_TRIES:
            raise BadRequest("Too many keys were tried.", code="invitation.tries")
        self.tries += 1

    def _shop_claim(self):
        """Return the shop that was connected with this invitation and counts.

        :rtype: lightspeed.exact.claim
        """
        return self.claim_ids.filtered(
            lambda claim: claim.is_open or claim.state == "confirmed"
        )[:1]

    @api.autovacuum
    def _gc_invitations(self):
        """Close links whose end has passed."""
        # In sudo mode: of all companies.
        self.sudo().search(
            [("state", "=", "open"), ("expires_at", "<=", fields.Datetime.now())]
        ).write({"state": "closed", "digest": False, "exact_nonce": False})
