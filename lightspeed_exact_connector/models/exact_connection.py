from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone

from psycopg2 import InterfaceError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import hash_sign, verify_hash_signed

from ..clients.errors import ConnectorError
from ..clients.exact import ExactClient
from ..clients.exact_oauth import ExactOAuth
from ..clients.quota import Quota
from ..clients.sealing import is_current, seal
from ..clients.transport import Transport
from ..const import OAUTH_STATE_HOURS
from .exact_token import SECRETS
from .groups import check_manager
from .reasons import describe
from .service_errors import problem_of

OAUTH_SCOPE = "lightspeed_exact_connector.exact_oauth"

# First key of the advisory lock that serialises renewals of one connection.
TOKEN_LOCK = 0x4C45_0001

# The columns of a token pair that are secret.
TOKENS = ("access_token", "refresh_token")

# What the responsible user is reminded of: a new consent is wanted, or will be.
REMINDERS = [
    "lightspeed_exact_connector.mail_activity_type_reconnect",
    "lightspeed_exact_connector.mail_activity_type_consent_ends",
]


class TokenSource:
    """Gives a client its access token; reads the store only when it has to.

    Within a slice of work the token is kept in memory, so that no SQL runs between a
    committed intention and the answer of its call.
    """

    def __init__(self, connection):
        self.connection = connection
        self.token = None
        self.until = None

    def __call__(self):
        now = datetime.now(timezone.utc)
        if self.token is None or now >= self.until:
            self.token, self.until = self.connection._access_token()
        return self.token

    def renewed(self):
        """Return another token: the one in use was answered with 401."""
        self.token, self.until = self.connection._access_token(refused=self.token)
        return self.token


class ExactConnection(models.Model):
    """One OAuth grant of one Exact Online user, and what it may open."""

    _name = "exact.connection"
    _description = "Exact Online Connection"
    _inherit = ["mail.thread", "mail.activity.mixin", "lightspeed.exact.company.mixin"]
    _order = "name, id"
    _check_company_auto = True

    # === FIELDS === #
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self._default_company_id(),
        help="Leave empty when the connection serves administrations of several "
        "companies.",
    )
    app_id = fields.Many2one(
        "exact.app", required=True, check_company=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        help="Is told when Exact Online wants a new consent.",
    )
    exact_user = fields.Char(string="Exact Online user", readonly=True, copy=False)
    exact_user_guid = fields.Char(readonly=True, copy=False)
    consented_at = fields.Datetime(string="Consent given at", readonly=True, copy=False)
    state = fields.Selection(
        [
            ("draft", "Not connected"),
            ("connected", "Connected"),
            ("reconnect", "Reconnect needed"),
        ],
        compute="_compute_state",
        search="_search_state",
    )
    valid_until = fields.Datetime(
        string="Valid until",
        compute="_compute_state",
        help="Without any renewal the connection ends at this moment. It is renewed "
        "as long as the connector runs.",
    )
    days_left = fields.Integer(
        string="Days left",
        compute="_compute_state",
        help="So many days the consent lasts without any renewal.",
    )
    renewed_at = fields.Datetime(string="Last renewal", compute="_compute_state")
    calls_today = fields.Integer(
        string="Renewals in 24 hours",
        compute="_compute_calls_today",
        help="Consents are counted, too. Exact Online allows 200 a day to one user of "
        "an app.",
    )
    problem_text = fields.Char(string="Problem", compute="_compute_state")
    problem_advice = fields.Char(string="What to do", compute="_compute_state")
    administration_ids = fields.One2many("exact.administration", "connection_id")
    administration_count = fields.Integer(compute="_compute_administration_count")

    # === COMPUTE === #
    def _default_company_id(self):
        return self.env.company

    @api.depends_context("lang")
    def _compute_state(self):
        # In sudo mode: token rows are closed to everybody; only the state is shown.
        tokens = {
            token.connection_id.id: token
            for token in self.env["exact.token"]
            .sudo()
            .search([("connection_id", "in", self.ids)])
        }
        for connection in self:
            token = tokens.get(connection.id)
            connection.state = self._state_of(token)
            ends_at = token.refresh_expires_at if token else False
            connection.valid_until = ends_at
            left = ends_at - fields.Datetime.now() if ends_at else timedelta(0)
            connection.days_left = max(left.days, 0)
            connection.renewed_at = token.issued_at if token else False
            code = token.problem_code if token else False
            if connection.state == "reconnect" and token.state == "connected":
                code = "reconnect_expired"
            values = {"service": self.env._("Exact Online")}
            if token and token.problem_detail:
                values["detail"] = token.problem_detail
            if token and token.problem_params:
                values.update(token.problem_params)
            connection.problem_text, connection.problem_advice = describe(
                self.env, code, values
            )

    def _compute_calls_today(self):
        # In sudo mode: what is counted is closed to everybody.
        calls = self.env["exact.token.call"].sudo()
        counts = calls._count_today(self, fields.Datetime.now())
        for connection in self:
            connection.calls_today = counts.get(connection.id, 0)

    @api.model
    def _state_of(self, token):
        """Return the state of a connection with a token pair, or with ``None``."""
        if not token:
            return "draft"
        ended = token.refresh_expires_at and (
            token.refresh_expires_at < fields.Datetime.now()
        )
        return "reconnect" if ended else token.state

    def _search_state(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        states = [state for state in value if state != "draft"]
        tokens = self.env["exact.token"].sudo()
        ids = set(tokens.search([("state", "in", states)]).connection_id.ids)
        if "draft" in value:
            with_token = tokens.search([("state", "!=", False)]).connection_id.ids
            ids |= set(self.sudo().search([("id", "not in", with_token)]).ids)
        return [("id", operator, list(ids))]

    @api.depends("administration_ids")
    def _compute_administration_count(self):
        for connection in self:
            connection.administration_count = len(connection.administration_ids)

    # === ACTIONS === #
    def action_connect(self):
        """Send the browser to Exact Online to ask for consent."""
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        try:
            oauth = self._oauth()
        except ConnectorError as error:
            text = describe(self.env, *problem_of(error, self))
            raise UserError("\n".join(text)) from error
        return {
            "type": "ir.actions.act_url",
            "url": oauth.authorize_url(self._sign_state(), force_login=True),
            "target": "self",
        }

    def action_disconnect(self):
        """Forget the tokens; orders wait until somebody connects again."""
        check_manager(self)
        self.check_access("write")
        # In sudo mode: administrations of other companies may use the consent.
        self.env["exact.administration"].sudo().search(
            [("connection_id", "in", self.ids)]
        )._remove_webhooks_now()
        for connection in self.sorted("id"):
            # Until this is committed; a renewal that is under way is stored first.
            connection._take_token_lock(self.env.cr)
        # In sudo mode: token rows are closed to everybody.
        self.env["exact.token"].sudo().search(
            [("connection_id", "in", self.ids)]
        ).unlink()
        self.invalidate_recordset()
        # In sudo mode: the reminders may be of somebody else.
        self.sudo().activity_unlink(REMINDERS)
        self._toggle_keep_alive()

    def action_fetch_administrations(self):
        """List the administrations that this consent opens, to choose from."""
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        try:
            found = self._fetch_administrations()
        except ConnectorError as error:
            text = describe(self.env, *problem_of(error, self))
            raise UserError("\n".join(text)) from error
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.exact_administration_action"
        )
        return {**action, "domain": [("id", "in", found.ids)], "context": {}}

    # === OAUTH === #
    def _oauth(self):
        """Return the OAuth messages and calls of this connection's app.

        :raise ConnectorError: this is a copy of a database; the app has no secret, or
            it cannot be decrypted
        """
        self.ensure_one()
        self.env["lightspeed.exact.identity"]._check_live()
        # In sudo mode: the app's registration is for system administrators only.
        app = self.app_id.sudo()
        secret = app._secret("client_secret")
        if not secret:
            raise ConnectorError(code="not_configured")
        return ExactOAuth(
            app._host(),
            (app.client_id or "").strip(),
            secret,
            app.redirect_uri,
            transport=Transport(),
        )

    def _sign_state(self):
        """Return a signed, expiring ``state`` bound to this record and this user.

        It is good for one consent: the next one finds another last consent.
        """
        self.ensure_one()
        return hash_sign(
            self.env(su=True),
            OAUTH_SCOPE,
            [self.id, self.env.uid, self._last_consent()],
            expiration_hours=OAUTH_STATE_HOURS,
        )

    def _last_consent(self):
        """Return the moment of the last consent as text, ``""`` before the first."""
        return fields.Datetime.to_string(self.sudo().consented_at) or ""

    @api.model
    def _verify_state(self, state):
        """Return the connection that a returning browser belongs to.

        :param str state: what came back from Exact
        :return: the connection, empty when the state is forged, expired, used or of
            another user
        """
        try:
            values = verify_hash_signed(self.env(su=True), OAUTH_SCOPE, state or "")
        except (ValueError, IndexError, OverflowError, UnicodeError):
            values = None
        if not isinstance(values, list) or len(values) != 3:
            return self.browse()
        record_id, user_id, last_consent = values
        if user_id != self.env.uid:
            return self.browse()
        connection = self.browse(record_id).exists()
        if connection and connection._last_consent() != last_consent:
            return self.browse()
        return connection

    # === TOKEN STORE: CURSORS OF ITS OWN === #
    @contextmanager
    def _token_lock(self):
        """Hold this connection's renewal lock on a cursor of its own.

        An advisory lock, because the caller may hold row locks of its own; released
        with the cursor, also when the process dies.  Yields the connection on that
        cursor: the caller's own transaction is not touched by a renewal, which may
        fall between an intention and the answer of its call.
        """
        self.ensure_one()
        with self.env.registry.cursor() as cr:
            self._take_token_lock(cr)
            try:
                yield self.with_env(self.env(cr=cr, su=True))
            finally:
                # Nothing was written here: this ends the lock.  A database that was
                # restarted meanwhile has ended it already.
                with suppress(OperationalError, InterfaceError):
                    cr.commit()  # pylint: disable=invalid-commit

    def _take_token_lock(self, cr):
        """Wait for this connection's renewal lock; it ends with the transaction."""
        cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", TOKEN_LOCK, self.id))

    def _read_token(self):
        """Return the stored pair as others committed it, ``None`` without one.

        Through a cursor of its own: the caller's snapshot may be older.  With the
        clock of the database as ``now``: all servers share it.

        :rtype: dict
        :raise ConnectorError: it is encrypted, and the server has not the key
        """
        self.ensure_one()
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT access_token, refresh_token, issued_date, state,"
                    " COALESCE(issued_at, 'epoch') AS issued_at,"
                    " COALESCE(expires_at, 'epoch') AS expires_at,"
                    " problem_code, problem_detail,"
                    " renewing_since, unsure_since, unsure_code, retry_at,"
                    " COALESCE(failures, 0) AS failures,"
                    " COALESCE(is_refused, false) AS is_refused,"
                    " COALESCE(is_warned, false) AS is_warned,"
                    " clock_timestamp() AT TIME ZONE 'UTC' AS now"
                    " FROM exact_token WHERE connection_id = %s",
                    self.id,
                )
            )
            rows = cr.dictfetchall()
        # In sudo mode: token rows are closed to everybody.
        tokens = self.env["exact.token"].sudo()
        return tokens._opened(rows[0]) if rows else None

    def _write_token(self, values, create=False):
        """Write the pair durably, at once; the caller holds the token lock.

        :param bool create: a consent may make the row; a renewal never, as somebody
            may have disconnected meanwhile
        :return: whether there was a row to write
        :rtype: bool
        :raise ConnectorError: nothing can be encrypted
        """
        secrets = {name: values[name] for name in SECRETS if name in values}
        rest = {name: value for name, value in values.items() if name not in secrets}
        self.ensure_one()
        with self.env.registry.cursor() as cr:
            tokens = self.env(cr=cr, su=True)["exact.token"]
            row = tokens.search([("connection_id", "=", self.id)])
            rest = {key: value for key, value in values.items() if key not in TOKENS}
            if row:
                row.write(rest)
            elif create:
                row = tokens.create({"connection_id": self.id, **rest})
            if row and secrets:
                row._store_secrets(secrets)
            found = bool(row)
        self.env["exact.token"].invalidate_model()
        return found

    def _check_can_store(self):
        """Refuse before a call what could not be stored after it.

        :raise ConnectorError: the key that the stored pair is encrypted with was taken
            away, or a key is none
        """
        # In sudo mode: token rows are closed to everybody.
        stored = self.env["exact.token"].sudo()
        stored = stored.search([("connection_id", "=", self.id)])
        keys = self.env["lightspeed.exact.secret"].sudo()._keys()
        for name in SECRETS:
            seal("token", keys, stored[name])

    def _seal_tokens(self):
        """Encrypt the stored pairs with the key that comes first, one by one.

        :return: how many texts were encrypted
        :rtype: int
        :raise ConnectorError: a key is missing or wrong; the pair stays as it is
        """
        # In sudo mode: token rows are closed to everybody.
        tokens = self.env["exact.token"].sudo()
        keys = self.env["lightspeed.exact.secret"].sudo()._keys()
        count = 0
        for row in tokens.search([("connection_id", "in", self.ids)]):
            if all(is_current(row[name], keys) for name in SECRETS):
                continue
            with row.connection_id._token_lock() as connection:
                pair = connection._read_token()
                if pair:
                    secrets = {name: pair[name] for name in SECRETS}
                    connection._write_token(secrets)
                    count += len(secrets)
        return count

    # === BUSINESS === #
    def _client(self, division=None):
        """Return a client for a division (``None``: only ``current/Me``).

        ``current/Me`` and the token calls have no quota of a division (Exact reference,
        2.2).
        """
        self.ensure_one()
        quota = Quota()
        if division:
            quota = self.env["lightspeed.exact.quota"]._of(
                "exact", self.app_id._quota_key(division)
            )
        self.env["lightspeed.exact.identity"]._check_live()
        tokens = TokenSource(self)
        return ExactClient(
            self.app_id._host(),
            division,
            tokens,
            transport=Transport(),
            quota=quota,
            on_unauthorized=tokens.renewed,
        )
