import logging
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL
from odoo.tools.misc import hash_sign, verify_hash_signed

from ..clients.errors import (
    ConnectorError,
    OldRefreshToken,
    ReconnectNeeded,
    TemporaryError,
    TooEarly,
)
from ..clients.exact import ExactClient
from ..clients.exact_oauth import ExactOAuth
from ..clients.quota import Quota
from ..clients.transport import Transport
from ..const import KEEP_ALIVE_HOURS, OAUTH_STATE_HOURS
from .moments import aware, naive
from .reasons import describe
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

OAUTH_SCOPE = "lightspeed_exact_connector.exact_oauth"

# Exact gives a new token from 570 s after the last one, which lives 600 s (Exact
# reference, 1.4): a token is renewed in its last seconds only.
RENEW_BEFORE = timedelta(seconds=25)

# A token that Exact finds too young to be replaced lives at least so much longer.
TOO_EARLY_REST = timedelta(seconds=30)

# First key of the advisory lock that serialises renewals of one connection.
TOKEN_LOCK = 0x4C45_0001


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
    _inherit = ["mail.thread", "mail.activity.mixin"]
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
            connection.valid_until = token.refresh_expires_at if token else False
            code = token.problem_code if token else False
            values = {"service": self.env._("Exact Online")}
            if token and token.problem_detail:
                values["detail"] = token.problem_detail
            connection.problem_text, connection.problem_advice = describe(
                self.env, code, values
            )

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
        self._check_manager()
        self.check_access("write")
        try:
            oauth = self._oauth()
        except ConnectorError as error:
            raise UserError("\n".join(describe(self.env, error.code))) from error
        return {
            "type": "ir.actions.act_url",
            "url": oauth.authorize_url(self._sign_state(), force_login=True),
            "target": "self",
        }

    def action_disconnect(self):
        """Forget the tokens; orders wait until somebody connects again."""
        self._check_manager()
        self.check_access("write")
        # In sudo mode: token rows are closed to everybody.
        self.env["exact.token"].sudo().search(
            [("connection_id", "in", self.ids)]
        ).unlink()
        self.invalidate_recordset(["state"])

    def action_fetch_administrations(self):
        """List the administrations that this consent opens, to choose from."""
        self.ensure_one()
        self._check_manager()
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

    def _check_manager(self):
        if not self.env.user.has_group(
            "lightspeed_exact_connector.lightspeed_exact_connector_group_manager"
        ):
            raise AccessError(
                self.env._("Only a manager of the connector may do this.")
            )

    # === OAUTH === #
    def _oauth(self):
        """Return the OAuth messages and calls of this connection's app.

        :raise ConnectorError: this is a copy of a database
        """
        self.ensure_one()
        self.env["lightspeed.exact.identity"]._check_live()
        # In sudo mode: the app's secrets are for system administrators only.
        app = self.app_id.sudo()
        return ExactOAuth(
            app._host(),
            (app.client_id or "").strip(),
            (app.client_secret or "").strip(),
            app.redirect_uri,
            transport=Transport(),
        )

    def _sign_state(self):
        """Return a signed, expiring ``state`` bound to this record and this user."""
        self.ensure_one()
        return hash_sign(
            self.env(su=True),
            OAUTH_SCOPE,
            [self.id, self.env.uid],
            expiration_hours=OAUTH_STATE_HOURS,
        )

    @api.model
    def _verify_state(self, state):
        """Return the connection that a returning browser belongs to.

        :param str state: what came back from Exact
        :return: the connection, empty when the state is forged, expired or of another
            user
        """
        try:
            values = verify_hash_signed(self.env(su=True), OAUTH_SCOPE, state or "")
        except (ValueError, IndexError, OverflowError, UnicodeError):
            values = None
        if not isinstance(values, list) or len(values) != 2:
            return self.browse()
        record_id, user_id = values
        if user_id != self.env.uid:
            return self.browse()
        return self.browse(record_id).exists()

    def _finish_consent(self, code):
        """Exchange the code of a consent and store the pair.

        :raise ConnectorError: Exact refused the code
        """
        self.ensure_one()
        self._check_manager()
        self.check_access("write")
        pair = self._oauth().exchange(code)
        with self._token_lock():
            self._write_token(self._pair_values(pair))
        self.invalidate_recordset()
        self._go_on()

    def _go_on(self):
        """Let waiting work go on after a new consent.

        In a transaction of its own: the engine writes the same administrations, and
        a conflict must not repeat the whole request, as the code is spent.
        """
        try:
            with self.env.registry.cursor() as cr:
                # In sudo mode: the activity may belong to somebody else.
                connection = self.with_env(self.env(cr=cr, su=True))
                connection.activity_unlink(
                    ["lightspeed_exact_connector.mail_activity_type_reconnect"]
                )
                connection.env["lightspeed.exact.link"]._connection_restored(connection)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.info("Connection %s: waiting work goes on by itself", self.id)

    def _access_token(self, refused=None):
        """Return an access token that works, renewing it when it is about to end.

        Renewal happens under a lock that spans processes, in a transaction of its
        own, and is durable before the token is used.

        :param str refused: a token that Exact just answered 401 to
        :return: the token, and until when (aware UTC) nobody has to ask again
        :rtype: tuple(str, datetime)
        :raise ReconnectNeeded: only a new consent helps
        :raise TemporaryError: Exact cannot be reached now
        """
        self.ensure_one()
        token = self._read_token()
        if self._usable(token, refused):
            return token["access_token"], self._renew_at(token)
        with self._token_lock() as connection:
            # Another worker may have renewed it.
            token = connection._read_token()
            if connection._usable(token, refused):
                return token["access_token"], connection._renew_at(token)
            return connection._renew(token, refused)

    @api.model
    def _renew_at(self, token):
        """Return from when on a stored token has to be renewed, aware UTC."""
        return aware(token["expires_at"]) - RENEW_BEFORE

    def _is_idle(self):
        """Return whether the tokens were not renewed for a day.

        :rtype: bool
        """
        self.ensure_one()
        # In sudo mode: token rows are closed to everybody.
        token = (
            self.env["exact.token"]
            .sudo()
            .search([("connection_id", "=", self.id), ("state", "=", "connected")])
        )
        idle_since = fields.Datetime.now() - timedelta(hours=KEEP_ALIVE_HOURS)
        return bool(token.issued_at and token.issued_at < idle_since)

    def _usable(self, token, refused):
        """Return whether a stored token can be used without asking Exact.

        :raise ReconnectNeeded: there is none, or it is known to be dead
        """
        if not token:
            raise ReconnectNeeded(code="reconnect")
        if token["state"] != "connected":
            raise ReconnectNeeded(token["problem_detail"] or "", code="reconnect")
        fresh = self._renew_at(token) > datetime.now(timezone.utc)
        return fresh and token["access_token"] != refused

    def _renew(self, token, refused):
        """Ask Exact for a new pair; the caller holds the token lock.

        :return: as ``_access_token``
        """
        try:
            pair = self._oauth().refresh(token["refresh_token"])
        except TooEarly as error:
            # Somebody else renewed, or our clock is off: the stored one still works.
            if token["access_token"] != refused:
                until = datetime.now(timezone.utc) + TOO_EARLY_REST
                return token["access_token"], until
            raise TemporaryError(error.detail, code="exact.oauth.too_early") from error
        except OldRefreshToken as error:
            stored = self._read_token()
            if stored and stored["refresh_token"] != token["refresh_token"]:
                return stored["access_token"], self._renew_at(stored)
            self._need_reconnect(error)
            raise
        except ReconnectNeeded as error:
            self._need_reconnect(error)
            raise
        values = self._pair_values(pair)
        self._write_token(values)
        return pair.access_token, self._renew_at(values)

    def _pair_values(self, pair):
        return {
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "issued_at": naive(pair.issued_at),
            "expires_at": naive(pair.expires_at),
            "refresh_expires_at": naive(pair.refresh_expires_at),
            "state": "connected",
            "problem_code": None,
            "problem_detail": None,
        }

    def _need_reconnect(self, error):
        """Remember that only a person can repair this, and tell them once."""
        _logger.info("Exact connection %s needs a new consent: %s", self.id, error.code)
        self._write_token(
            {
                "state": "reconnect",
                "problem_code": "reconnect",
                "problem_detail": (error.detail or error.code)[:500],
            }
        )
        with self.env.registry.cursor() as cr:
            connection = self.with_env(self.env(cr=cr, su=True))
            connection._notify_reconnect()

    def _notify_reconnect(self):
        """Schedule one activity for the responsible user."""
        self.ensure_one()
        xmlid = "lightspeed_exact_connector.mail_activity_type_reconnect"
        if self.activity_search([xmlid]):
            return
        self.activity_schedule(
            xmlid,
            user_id=(self.user_id or self.create_uid).id,
            note=self.env._(
                "Exact Online wants a new consent. Orders wait; press Connect."
            ),
        )

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
            cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", TOKEN_LOCK, self.id))
            try:
                yield self.with_env(self.env(cr=cr, su=True))
            finally:
                # Nothing was written here: this ends the lock.
                cr.commit()  # pylint: disable=invalid-commit

    def _read_token(self):
        """Return the stored pair as others committed it, ``None`` without one.

        Through a cursor of its own: the caller's snapshot may be older.

        :rtype: dict
        """
        self.ensure_one()
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT access_token, refresh_token, expires_at, state,"
                    " problem_detail FROM exact_token WHERE connection_id = %s",
                    self.id,
                )
            )
            rows = cr.dictfetchall()
        return rows[0] if rows else None

    def _write_token(self, values):
        """Write the pair durably, at once; the caller holds the token lock."""
        self.ensure_one()
        with self.env.registry.cursor() as cr:
            tokens = self.env(cr=cr, su=True)["exact.token"]
            row = tokens.search([("connection_id", "=", self.id)])
            if row:
                row.write(values)
            else:
                tokens.create({"connection_id": self.id, **values})
        self.env["exact.token"].invalidate_model()

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

    def _fetch_administrations(self):
        """Read the divisions of this grant and keep them as administrations.

        :rtype: exact.administration
        """
        self.ensure_one()
        with closing(self._client()) as client:
            me = client.me()
        with closing(self._client(int(me["CurrentDivision"]))) as client:
            divisions = client.divisions()
        self.exact_user = me.get("FullName") or me.get("UserName") or False
        return self.env["exact.administration"]._update_from(self, divisions)
