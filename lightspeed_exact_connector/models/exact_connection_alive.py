import logging
import time
from datetime import timedelta

from odoo import api, fields, models

from ..clients.errors import ConnectorError, OldRefreshToken
from ..const import CONSENT_WARNING_DAYS, KEEP_ALIVE_HOURS, LANE_SECONDS
from .exact_connection import REMINDERS
from .exact_connection_tokens import moment_text
from .reasons import describe

_logger = logging.getLogger(__name__)

# So many idle connections are renewed in one run, the next ones some minutes later:
# hundreds that come due together are spread over hours.
MOST_AT_ONCE = 20
REST = timedelta(minutes=5)

RECONNECT, CONSENT_ENDS = REMINDERS


class ExactConnection(models.Model):
    """Staying connected: idle consents are renewed, and what ends is told in time."""

    # A room of its own, beside what people see and do.
    _inherit = "exact.connection"  # pylint: disable=consider-merging-classes-inherited

    # === CRON === #
    @api.model
    def _cron_keep_alive(self):
        """Renew the tokens of connections that nothing used for a day.

        Without any renewal a consent ends after 30 days (Exact reference, 1.4); those
        that end first go first.
        """
        if not self.env["lightspeed.exact.lane"]._may_work():
            self.env["ir.cron"]._commit_progress(remaining=0)
            return
        deadline = time.monotonic() + LANE_SECONDS
        cron = self.env["ir.cron"].browse(self.env.context.get("cron_id"))
        now = fields.Datetime.now()
        tokens = self._idle_tokens()
        due = tokens.filtered(lambda token: not token.retry_at or token.retry_at <= now)
        left = due
        for token in due[:MOST_AT_ONCE]:
            if time.monotonic() >= deadline:
                break
            left -= token
            token.connection_id._keep_alive()
            self.env["ir.cron"]._commit_progress(1)
        tokens.invalidate_recordset()
        tokens.exists()._warn_of_end()
        if left and cron:
            cron._trigger(at=now + REST)
        self.env["ir.cron"]._commit_progress(remaining=0)

    @api.model
    def _idle_tokens(self):
        """Return the tokens that were not renewed for a day, the first to end first.

        :rtype: exact.token
        """
        idle_since = fields.Datetime.now() - timedelta(hours=KEEP_ALIVE_HOURS)
        # In sudo mode: token rows are closed to everybody.  Their secrets are not read.
        return (
            self.env["exact.token"]
            .sudo()
            .search_fetch(
                [("state", "=", "connected"), ("issued_at", "<", idle_since)],
                ["connection_id", "retry_at", "refresh_expires_at", "is_warned"],
                order="refresh_expires_at, id",
            )
        )

    def _keep_alive(self):
        """Renew the tokens of one connection; a failure stays with it."""
        try:
            self._access_token()
        except ConnectorError as error:
            # Reconnecting is asked for there; the rest is tried at the next run.
            _logger.info("Connection %s not renewed: %s", self.id, error.code)
        except Exception:
            self.env.cr.rollback()
            _logger.exception("Connection %s could not be renewed", self.id)

    @api.model
    def _toggle_keep_alive(self):
        """Let the renewals run while something is connected, and only then."""
        cron = self.env.ref(
            "lightspeed_exact_connector.ir_cron_keep_alive", raise_if_not_found=False
        )
        if not cron:
            return
        # In sudo mode: token rows and scheduled actions are closed to people.
        domain = [("state", "=", "connected")]
        wanted = self.env["exact.token"].sudo().search_count(domain, limit=1)
        if cron.sudo().active != bool(wanted):
            cron.sudo().toggle("exact.token", domain)

    def unlink(self):
        result = super().unlink()
        self._toggle_keep_alive()
        return result

    # === WHAT IS TOLD === #
    def _need_reconnect(self, error, token):
        """Remember that only a person can repair this, and tell them once.

        The caller holds the token lock.

        :param ReconnectNeeded error: what Exact answered to a renewal
        :param dict token: the pair that was sent, and what is known of its renewals
        """
        code, params = self._why_ended(error, token)
        _logger.info("Exact connection %s needs a new consent: %s", self.id, code)
        self._write_token(
            {
                "state": "reconnect",
                "renewing_since": None,
                "retry_at": None,
                "problem_code": code,
                "problem_detail": (error.detail or error.code)[:500],
                "problem_params": params,
            }
        )
        with self.env.registry.cursor() as cr:
            connection = self.with_env(self.env(cr=cr, su=True))
            connection.activity_unlink([CONSENT_ENDS])
            values = {**params, "detail": error.detail or error.code}
            connection._remind(RECONNECT, code, values)
            connection._close_incidents()

    def _close_incidents(self):
        """Whoever waited for a renewal waits for a person now, who is told already.

        On a cursor of its own: what the caller has written is not waited for.
        """
        self.env.cr.execute("SET LOCAL lock_timeout = '1s'")
        for administration in self.administration_ids:
            self.env["lightspeed.exact.incident"]._close(administration, "exact")

    def _why_ended(self, error, token):
        """Return why a consent ended, as precisely as it is known.

        :return: code of the reason catalogue and values for its sentence
        :rtype: tuple(str, dict)
        """
        unsure = {}
        if token["unsure_since"]:
            unsure = {"at": moment_text(token["unsure_since"])}
        if isinstance(error, OldRefreshToken):
            if unsure:
                return token["unsure_code"], unsure
            return "reconnect_elsewhere", {}
        if error.code == "exact.oauth.chain":
            other = self._later_consent()
            if other:
                return "reconnect_other_consent", {
                    "user": other.exact_user or "",
                    "other": self._names_of(other)[0],
                    "at": moment_text(other.consented_at),
                }
            if unsure:
                return token["unsure_code"], unsure
        code = f"reconnect_{error.code.rpartition('.')[2]}"
        known = ("reconnect_chain", "reconnect_expired", "reconnect_client")
        return (code if code in known else "reconnect"), {}

    def _remind(self, xmlid, code, values):
        """Schedule one activity for the responsible user, in their language."""
        self.ensure_one()
        if self.activity_search([xmlid]):
            return
        user = self.user_id or self.create_uid
        env = self.with_context(lang=user.lang).env
        text = describe(env, code, {"service": "Exact Online", **values})
        self.activity_schedule(xmlid, user_id=user.id, note=" ".join(text))

    def _warn_once(self):
        """Tell the responsible user that this consent is about to end."""
        with self._token_lock() as connection:
            if not connection._write_token({"is_warned": True}):
                return
        with self.env.registry.cursor() as cr:
            connection = self.with_env(self.env(cr=cr, su=True))
            values = {
                "until": moment_text(connection.valid_until),
                "detail": connection.problem_text or "",
            }
            connection._remind(CONSENT_ENDS, "consent_ends", values)

    def _take_warning_back(self):
        """A consent that was about to end is renewed after all."""
        with self.env.registry.cursor() as cr:
            connection = self.with_env(self.env(cr=cr, su=True))
            connection.activity_unlink([CONSENT_ENDS])


class ExactToken(models.Model):
    """The end of a consent, seen in time."""

    _inherit = "exact.token"  # pylint: disable=consider-merging-classes-inherited

    def _warn_of_end(self):
        """Tell once about each consent that ends soon, as its renewal keeps failing."""
        soon = fields.Datetime.now() + timedelta(days=CONSENT_WARNING_DAYS)
        for token in self:
            ending = token.state == "connected" and token.refresh_expires_at
            if ending and token.refresh_expires_at < soon and not token.is_warned:
                token.connection_id._warn_once()
