import logging
import re
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..clients.errors import ConnectorError
from ..clients.lightspeed import app_password
from .groups import check_manager

_logger = logging.getLogger(__name__)

# What the path of our address ends with: never anything else reaches the database.
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")


class LightspeedShop(models.Model):
    """Webhooks: the shop says what changed, so that it is looked at sooner."""

    # A room of its own, beside the connection.
    _inherit = "lightspeed.shop"  # pylint: disable=consider-merging-classes-inherited

    use_webhooks = fields.Boolean(
        string="Webhooks",
        tracking=True,
        copy=False,
        help="The shop tells at once that an order or invoice changed, so that it is "
        "booked within a minute; without it, changes are found at each look. The "
        "connector makes, checks and removes the webhooks in the shop by itself; the "
        "API key must be allowed to change them. Needed is an address of this Odoo "
        "that the internet reaches, with https. Where several databases share a "
        "server, its dbfilter must leave only this one for that host name, or the "
        "proxy in front must name it in X-Odoo-Database.",
    )
    webhook_key = fields.Char(readonly=True, copy=False, groups="base.group_system")
    webhook_address = fields.Char(
        string="Webhook address",
        compute="_compute_webhook_address",
        groups="base.group_system",
        help="To where the shop posts. Whoever knows it can do nothing with it without "
        "the secret of the shop.",
    )
    webhook_ids = fields.One2many("lightspeed.shop.webhook", "shop_id")
    webhook_state = fields.Selection(
        [("off", "Off"), ("new", "Not made yet"), ("active", "Active")]
        + [("problem", "Not working")],
        compute="_compute_webhook_state",
    )
    webhook_problem = fields.Char(compute="_compute_webhook_state")
    webhook_advice = fields.Char(compute="_compute_webhook_state")
    webhook_received_at = fields.Datetime(
        string="Last webhook", compute="_compute_webhook_state"
    )
    webhook_checked_at = fields.Datetime(
        string="Webhooks checked", compute="_compute_webhook_state"
    )

    _webhook_key_uniq = models.UniqueIndex(
        "(webhook_key) WHERE webhook_key IS NOT NULL", "Each shop has its own key."
    )

    # === COMPUTE === #
    @api.depends("webhook_key")
    def _compute_webhook_address(self):
        for shop in self:
            shop.webhook_address = shop.webhook_key and shop._webhook_address()

    @api.depends("webhook_ids", "webhook_ids.state", "webhook_ids.problem_code")
    @api.depends_context("lang")
    def _compute_webhook_state(self):
        for shop in self:
            row = shop.webhook_ids[:1]
            shop.webhook_state = row.state or "off"
            shop.webhook_problem = row.problem_text
            shop.webhook_advice = row.problem_advice
            shop.webhook_received_at = row.received_at
            shop.webhook_checked_at = row.checked_at

    def _webhook_address(self):
        """Return to where the shop posts.

        :rtype: str
        """
        return self.env["lightspeed.exact.webhook"]._address(
            "lightspeed", self.sudo().webhook_key or ""
        )

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        shops = super().create(vals_list)
        shops.filtered("use_webhooks")._plan_webhooks()
        return shops

    def write(self, vals):
        result = super().write(vals)
        if {"use_webhooks", "active", "state", "language"} & set(vals):
            self._plan_webhooks()
        return result

    def unlink(self):
        self.sudo().webhook_ids._remove_now()
        return super().unlink()

    # === ACTIONS === #
    def action_check_webhooks(self):
        """Make and check the shop's webhooks now.

        :raise UserError: what is wrong
        """
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        self._plan_webhooks()
        row = self.sudo().webhook_ids
        if not row:
            raise UserError(self.env._("Switch webhooks on first."))
        row._check()
        row = row.exists()
        problem = row.problem_text and f"{row.problem_text} {row.problem_advice}"
        done = self.env._("The webhooks of the shop are in order.")
        if row and row.state == "new":
            done = self.env._("They are made once the shop has a link.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if problem else "success",
                "message": problem or done,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS === #
    def _plan_webhooks(self):
        """Let the webhooks be checked soon."""
        for shop in self.sudo().filtered("use_webhooks"):
            if not shop.webhook_key:
                shop.webhook_key = secrets.token_urlsafe(32)
        self.env["lightspeed.shop.webhook"]._plan(self)

    @api.model
    def _of_webhook(self, key):
        """Return the shop that has a key in the address of its webhooks.

        :param str key: as it stands in the path of a request: anything
        :rtype: lightspeed.shop
        """
        if not _KEY.fullmatch(key or ""):
            return self.browse()
        return self.with_context(active_test=False).search(
            [("webhook_key", "=", key)], limit=1
        )

    def _webhook_secrets(self):
        """Return what may sign this shop's webhooks: always two, maybe empty.

        Which one signs for an installed app is not documented (Lightspeed reference,
        7.2).

        :rtype: list(str)
        """
        try:
            if self.auth_kind == "key":
                return [self._secret("api_secret").strip(), ""]
            secret = self.app_id and self.app_id._secret("app_secret")
            token = self._secret("app_token")
        except ConnectorError as error:
            _logger.info("Webhooks of shop %s are refused: %s", self.id, error.code)
            return ["", ""]
        if not (secret and token):
            return ["", ""]
        return [secret, app_password(token, secret)]

    def _takes_webhooks(self):
        return bool(self) and self.active and self.use_webhooks


class LightspeedExactLink(models.Model):
    """What a link reads decides which webhooks its shop has."""

    # A room of its own, beside polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        links.shop_id._plan_webhooks()
        return links

    def write(self, vals):
        shops = self.shop_id
        result = super().write(vals)
        if {"active", "credits", "source", "shop_id"} & set(vals):
            (shops | self.shop_id)._plan_webhooks()
        return result
