import hashlib
from datetime import timedelta

from odoo import api, fields, models

from ..const import CLAIM_DAYS


class LightspeedExactClaim(models.Model):
    """A shop whose merchant filled in a key of its own, through an invitation."""

    # A room of its own, beside the install of an app.
    _inherit = "lightspeed.exact.claim"  # pylint: disable=consider-merging-classes-inherited

    app_id = fields.Many2one(required=False)
    auth_kind = fields.Selection(
        [("key", "Own API key"), ("app", "Installed app")],
        string="Access",
        required=True,
        readonly=True,
        default="app",
    )
    invitation_id = fields.Many2one(
        "lightspeed.exact.invitation",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="Who connected the shop had this invitation.",
    )
    api_key = fields.Char(
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups="base.group_system",
    )
    api_key_hint = fields.Char(
        compute="_compute_secret_hints", groups="base.group_system"
    )
    api_secret = fields.Char(
        compute="_compute_secret",
        search="_search_secret",
        readonly=False,
        copy=False,
        exportable=False,
        groups="base.group_system",
    )
    api_secret_hint = fields.Char(
        compute="_compute_secret_hints", groups="base.group_system"
    )

    @api.model
    def _secret_fields(self):
        return [*super()._secret_fields(), "api_key", "api_secret"]

    def _responsible(self):
        return self.invitation_id.user_id or super()._responsible()

    def _access(self):
        if self.auth_kind == "app":
            return super()._access()
        return {
            "auth_kind": "key",
            "api_key": self._secret("api_key"),
            "api_secret": self._secret("api_secret"),
        }

    def _client(self, language):
        if self.auth_kind == "app":
            return super()._client(language)
        key = self._secret("api_key")
        return self._client_with(key, self._secret("api_secret"), key, language)

    def _take_invitation(self, invitation):
        """Note with which invitation an install came.

        :param invitation: an open one
        :return: whether it belongs to that one
        :rtype: bool
        """
        if not self or self.company_id != invitation.company_id:
            return False
        if self.is_open and not self.invitation_id:
            self.invitation_id = invitation
        return self.invitation_id == invitation

    @api.model
    def _receive_key(self, invitation, cluster, key, secret):
        """Keep a key that a merchant filled in, when it opens a shop.

        Of the keys of an invitation the last one waits.

        :param str cluster: a key of ``HOSTS``
        :param str key: API key
        :param str secret: API secret
        :rtype: lightspeed.exact.claim
        :raise ConnectorError: what is wrong with it, or missing
        """
        language = (invitation.lang or "nl")[:2]
        draft = self.new({"cluster": cluster, "api_url": invitation.api_url})
        facts = self._ask_shop(
            lambda code: draft._client_with(key, secret, key, code), language
        )
        now = fields.Datetime.now()
        self.search(
            [
                ("invitation_id", "=", invitation.id),
                ("auth_kind", "=", "key"),
                ("state", "=", "pending"),
            ]
        )._end("replaced")
        digest = hashlib.sha256(f"{invitation.id} {key} {secret}".encode())
        return self.create(
            {
                **facts,
                "auth_kind": "key",
                "invitation_id": invitation.id,
                "company_id": invitation.company_id.id,
                "cluster": cluster,
                "api_url": invitation.api_url,
                "api_key": key,
                "api_secret": secret,
                "digest": digest.hexdigest(),
                "installed_at": now,
                "received_at": now,
                "read_at": now,
                "expires_at": now + timedelta(days=CLAIM_DAYS),
            }
        )
