import logging
import time
from datetime import datetime, timedelta, timezone

from psycopg2 import InterfaceError, OperationalError

from odoo import api, fields, models

from ..clients.errors import (
    ConnectorError,
    OldRefreshToken,
    RateLimited,
    ReconnectNeeded,
    TemporaryError,
    TooEarly,
)
from ..clients.exact_oauth import CALLS_A_DAY, corrected_times, renewal_moment
from ..clients.transport import CALL_LIMIT
from ..const import SETTLE_MARGIN_SECONDS
from .moments import aware, naive

_logger = logging.getLogger(__name__)

# Exact gives a new token from 570 s after the last one, which lives 600 s (Exact
# reference, 1.4): a token is renewed in its last seconds only.
RENEW_BEFORE = timedelta(seconds=25)

# A token that Exact finds too young to be replaced lives at least so much longer.
TOO_EARLY_REST = timedelta(seconds=30)

# After a renewal without an answer nothing is sent before it can no longer land.
SETTLE = CALL_LIMIT + timedelta(seconds=SETTLE_MARGIN_SECONDS)

# Calls a day that the engine leaves to people, who may have to consent again.
CALLS_FOR_PEOPLE = 10

# Longest wait, in minutes, after failures in a row: their calls count against the error
# limit (Exact reference, 2.4), and this way there are at most seven in an hour.
LONGEST_WAIT = 60

# Seconds between tries to store a new pair: it exists nowhere else.
STORE_PAUSES = (1, 2, 4, 8, 15)

TOO_EARLY = "exact.oauth.too_early"
UNAVAILABLE = "exact.oauth.unavailable"
UNSURE = "exact.oauth.unsure"
LIMIT = "exact.oauth.limit"


def moment_text(moment):
    """Return a naive UTC moment as the values of a reason have it.

    :rtype: str
    """
    return f"{moment:%Y-%m-%d %H:%M} UTC"


class ExactConnection(models.Model):
    """Renewal: once over all processes, in time, durable before use, never hammered.

    A renewal is marked before it is sent.  Whoever finds the mark under the lock knows
    that its process is gone, and that Exact may have replaced the refresh token without
    anybody having the new one.
    """

    # A room of its own, beside what people see and do.
    _inherit = "exact.connection"  # pylint: disable=consider-merging-classes-inherited

    def _access_token(self, refused=None):
        """Return an access token that works, renewing it when it is about to end.

        Renewal happens under a lock that spans processes, in a transaction of its
        own, and is durable before the token is used.

        :param str refused: a token that Exact just answered 401 to
        :return: the token, and until when (aware UTC) nobody has to ask again
        :rtype: tuple(str, datetime)
        :raise ReconnectNeeded: only a new consent helps
        :raise RateLimited: no renewal may be asked for before a moment
        :raise TemporaryError: Exact cannot be reached now
        """
        self.ensure_one()
        token = self._read_token()
        if self._usable(token, refused):
            return self._given(token)
        with self._token_lock() as connection:
            # Another worker may have renewed it.
            token = connection._read_token()
            if connection._usable(token, refused):
                return connection._given(token)
            return connection._renew(token, refused)

    def _usable(self, token, refused):
        """Return whether a stored token can be used without asking Exact.

        :raise ReconnectNeeded: there is none, or it is known to be dead
        """
        if not token:
            raise ReconnectNeeded(code="reconnect")
        if token["state"] != "connected":
            raise ReconnectNeeded(token["problem_detail"] or "", code="reconnect")
        if token["access_token"] == refused:
            return False
        if (
            token["is_refused"]
            and token["retry_at"]
            and token["retry_at"] > token["now"]
        ):
            return False  # Exact says that it is good, and refuses it: after a pause
        return self._renew_at(token) > aware(token["now"])

    @api.model
    def _renew_at(self, token):
        """Return from when on a stored token has to be renewed, aware UTC."""
        return aware(
            renewal_moment(token["issued_at"], token["expires_at"], RENEW_BEFORE)
        )

    @api.model
    def _given(self, token):
        """Return a stored token, and until when by the clock of this server."""
        left = self._renew_at(token) - aware(token["now"])
        return token["access_token"], datetime.now(timezone.utc) + left

    # === RENEWAL: UNDER THE LOCK === #
    def _renew(self, token, refused):
        """Ask Exact for a new pair; the caller holds the token lock.

        :return: as ``_access_token``
        """
        oauth = self._oauth()
        self._check_may_renew(token)
        token = self._start_renewal(token, refused)
        # From the clock of this server to that of the database.
        shift = token["now"] - fields.Datetime.now()
        try:
            pair = oauth.refresh(token["refresh_token"])
        except TooEarly as error:
            return self._renewed_too_early(token, error, shift)
        except OldRefreshToken as error:
            stored = self._read_token()
            if stored and stored["refresh_token"] != token["refresh_token"]:
                return self._given(stored)
            self._need_reconnect(error, token)
            raise
        except ReconnectNeeded as error:
            self._need_reconnect(error, token)
            raise
        except ConnectorError as error:
            self._renewal_failed(token, error, fields.Datetime.now() + shift)
            raise
        values = self._pair_values(pair, shift)
        self._store_pair(values)
        if token["is_warned"]:
            self._take_warning_back()
        return pair.access_token, self._renew_at(values) - shift

    def _check_may_renew(self, token):
        """Refuse a renewal that has to wait, without a call.

        :raise RateLimited: what it waits for, and until when
        """
        now, code, until = token["now"], token["problem_code"], token["retry_at"]
        if token["renewing_since"]:
            # Its process is gone; the call may be under way all the same.
            settled = token["renewing_since"] + SETTLE
            if settled > now:
                code, until = UNSURE, settled
        if not until or until <= now:
            calls = self.env["exact.token.call"]
            until = calls._free_at(self, CALLS_A_DAY - CALLS_FOR_PEOPLE, now)
            if not until or until <= now:
                return
            code = LIMIT
            self._write_token({"retry_at": until, **self._wait_values(code, until)})
        raise self._wait(code, until, token)

    def _wait(self, code, until, token):
        here = datetime.now(timezone.utc) + (until - token["now"])
        detail = token["problem_detail"] or ""
        return RateLimited(detail, retry_at=here, window="token", code=code or UNSURE)

    @api.model
    def _wait_values(self, code, until, detail=""):
        return {
            "problem_code": code,
            "problem_detail": detail[:500] or None,
            "problem_params": {"until": moment_text(until)},
        }

    def _start_renewal(self, token, refused):
        """Mark a renewal and count its call, durably, before it is sent.

        :return: the token as it is stored then
        :rtype: dict
        """
        values = {
            "renewing_since": token["now"],
            "is_refused": token["access_token"] == refused,
        }
        if token["renewing_since"] and not token["unsure_since"]:
            values["unsure_since"] = token["renewing_since"]
            values["unsure_code"] = "reconnect_killed"
        self._write_token(values)
        self._count_token_call(token["now"])
        return {**token, **values}

    def _count_token_call(self, now):
        with self.env.registry.cursor() as cr:
            calls = self.env(cr=cr, su=True)["exact.token.call"]
            calls.create(
                {
                    "app_id": self.app_id.id,
                    "connection_id": self.id,
                    "called_at": now,
                }
            )

    def _store_pair(self, values, create=False):
        """Store a new pair, once more when the database is away: nobody else has it.

        Meanwhile nobody renews: the mark of this renewal is found.

        :param bool create: see ``_write_token``
        :raise ReconnectNeeded: the connection was given up meanwhile
        """
        for pause in (*STORE_PAUSES, None):
            try:
                stored = self._write_token(values, create)
            except (OperationalError, InterfaceError):
                if pause is None:
                    raise
                _logger.warning("Tokens of connection %s not stored yet", self.id)
                time.sleep(pause)
                continue
            if not stored:
                raise ReconnectNeeded(code="reconnect")
            return

    def _renewed_too_early(self, token, error, shift):
        """Keep the stored token, and set our idea of its age right.

        :return: as ``_access_token``
        :raise TemporaryError: the stored token is refused, too
        """
        now = fields.Datetime.now() + shift
        values = {"renewing_since": None, **self._doubt(token, now)}
        times = corrected_times(aware(now), error.date, aware(token["issued_date"]))
        if times:
            issued, expires = map(naive, times)
            values.update(issued_at=issued, expires_at=expires, failures=0)
            until = renewal_moment(issued, expires, RENEW_BEFORE)
        else:
            values["failures"] = token["failures"] + 1
            until = now + max(TOO_EARLY_REST, self._renewal_pause(token["failures"]))
        if not token["is_refused"]:
            # It works: it was made less than 570 s ago.
            if not times:
                values["expires_at"] = until + RENEW_BEFORE
                values["issued_at"] = until - timedelta(seconds=600)
            self._write_token({**values, **self._no_problem()})
            return token["access_token"], aware(until - shift)
        # After a pause it is tried once more, and replaced as soon as Exact does that.
        until = min(until, now + self._renewal_pause(token["failures"]))
        values.update(
            retry_at=until,
            failures=token["failures"] + 1,
            **self._wait_values(TOO_EARLY, until),
        )
        self._write_token(values)
        raise TemporaryError(error.detail, code=TOO_EARLY) from error

    def _renewal_failed(self, token, error, now):
        """Remember a renewal that gave nothing, and wait longer every time."""
        until = now + self._renewal_pause(token["failures"])
        values = {"renewing_since": None, "failures": token["failures"] + 1}
        code = UNAVAILABLE
        if isinstance(error, RateLimited):
            code = LIMIT
            until = max(until, naive(error.retry_at) + (now - fields.Datetime.now()))
        if error.landed is None:
            values |= self._doubt(token, now)
            if error.status is None:
                # It may be under way still.
                code, until = UNSURE, max(until, now + SETTLE)
        _logger.info("Exact connection %s not renewed: %s", self.id, error.code)
        detail = error.detail or error.code
        values.update(retry_at=until, **self._wait_values(code, until, detail))
        self._write_token(values)

    @api.model
    def _doubt(self, token, now):
        """Return that Exact may have replaced the pair without our having the new."""
        if token["unsure_since"]:
            return {}
        return {"unsure_since": now, "unsure_code": "reconnect_lost"}

    @api.model
    def _renewal_pause(self, failures):
        return timedelta(minutes=min(2 ** min(failures, 6), LONGEST_WAIT))

    @api.model
    def _no_problem(self):
        return {"problem_code": None, "problem_detail": None, "problem_params": None}

    @api.model
    def _pair_values(self, pair, shift):
        """Return a new pair as it is stored.

        :param timedelta shift: from the clock of this server to the database's
        """
        return {
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "issued_at": naive(pair.issued_at + shift),
            "expires_at": naive(pair.expires_at + shift),
            "refresh_expires_at": naive(pair.refresh_expires_at + shift),
            "issued_date": naive(pair.issued_date) or None,
            "state": "connected",
            "renewing_since": None,
            "unsure_since": None,
            "unsure_code": None,
            "retry_at": None,
            "failures": 0,
            "is_refused": False,
            "is_warned": False,
            **self._no_problem(),
        }
