import logging
from contextlib import closing

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..accounting.exact_values import integer
from ..clients.errors import BadAnswer, ConnectorError, NotSentError, RateLimited
from ..clients.exact_oauth import CALLS_A_DAY
from .exact_connection import REMINDERS
from .exact_connection_tokens import LIMIT
from .groups import check_manager
from .moments import aware

_logger = logging.getLogger(__name__)

# How often what a consent means for the rest is tried, when others write the same rows.
TRIES = 3


class ExactConnection(models.Model):
    """A consent: the first tokens, who gave it, and what it opens."""

    # A room of its own, beside what people see and do.
    _inherit = "exact.connection"  # pylint: disable=consider-merging-classes-inherited

    same_user_text = fields.Char(compute="_compute_same_user_text")
    missing_text = fields.Char(
        string="Not opened by this consent", compute="_compute_missing_text"
    )

    # === COMPUTE === #
    @api.depends("app_id", "exact_user_guid")
    def _compute_same_user_text(self):
        for connection in self:
            others = connection._of_same_user().filtered(
                lambda other: other.state == "connected"
            )
            connection.same_user_text = ", ".join(connection._names_of(others))

    @api.depends("administration_ids.not_opened")
    def _compute_missing_text(self):
        for connection in self:
            missing = connection.administration_ids.filtered("not_opened")
            connection.missing_text = ", ".join(missing.mapped("display_name"))

    def _of_same_user(self):
        """Return the other connections of the same Exact user with the same app.

        Of all companies: Exact does not know them.
        """
        self.ensure_one()
        # In sudo mode: see _names_of for what is shown of them.
        connections = self.sudo().with_context(active_test=False)
        if not (self.exact_user_guid and self.ids):
            return connections.browse()
        return connections.search(
            [
                ("app_id", "=", self.app_id.id),
                ("exact_user_guid", "=", self.exact_user_guid),
                ("id", "not in", self.ids),
            ],
            order="consented_at desc, id desc",
        )

    def _names_of(self, others):
        """Return names to show; those of another company are not told.

        :rtype: list(str)
        """
        own = self.company_id
        return [
            other.name
            if not other.company_id or other.company_id == own
            else self.env._("a connection of another company")
            for other in others
        ]

    # === CONSENT === #
    def _finish_consent(self, code):
        """Exchange the code of a consent and store the pair.

        Under the lock from before the exchange: of two consents the one that Exact gave
        last is stored last.

        :raise ConnectorError: Exact refused the code
        """
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        oauth = self._oauth()
        if self.state == "reconnect":
            self._note_restored()
        with self._token_lock() as connection:
            now = connection._database_now()
            shift = now - fields.Datetime.now()
            free_at = self.env["exact.token.call"]._free_at(
                connection, CALLS_A_DAY, now
            )
            if free_at and free_at > now:
                raise RateLimited(
                    retry_at=aware(free_at - shift), window="token", code=LIMIT
                )
            connection._check_can_store()
            connection._count_token_call(now)
            pair = oauth.exchange(code)
            connection._store_pair(self._pair_values(pair, shift), create=True)
        self.invalidate_recordset()
        values, opened = self._learn_consent()
        self._go_on({**values, "consented_at": now.replace(microsecond=0)}, opened)

    def _note_restored(self):
        """Let what is not sent be looked for first, before the tokens can be used.

        As after a backup was restored, whose tokens were renewed long ago.  In a
        transaction of its own, as in ``_go_on``; harmless when no consent follows.

        :raise NotSentError: the engine writes them again and again
        """
        for _again in range(TRIES):
            try:
                with self.env.registry.cursor() as cr:
                    # In sudo mode: of the administrations of all companies.
                    connection = self.with_env(self.env(cr=cr, su=True))
                    connection.administration_ids._note_restored()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                _logger.info("Connection %s: once more", self.id)
            else:
                break
        else:
            raise NotSentError
        self.administration_ids.invalidate_recordset(["restored_at"])

    def _database_now(self):
        """Return the time on the clock of the database, naive UTC."""
        self.env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        return self.env.cr.fetchone()[0]

    def _learn_consent(self):
        """Ask Exact who consented, and to what; a consent counts without it, too.

        :return: values of this connection; the divisions that are opened, ``None``
            when that is not known or nobody has to know
        :rtype: tuple(dict, set(int) | None)
        """
        values, opened = {"exact_user": False, "exact_user_guid": False}, None
        try:
            with closing(self._client()) as client:
                me = client.me()
                values = self._user_values(me)
                if self.sudo().administration_ids:
                    opened = self._codes(client.divisions())
        except ConnectorError as error:
            _logger.info("Connection %s: user not known: %s", self.id, error.code)
        return values, opened

    @api.model
    def _user_values(self, me):
        """Return who consented, of an answer of ``current/Me``."""
        name = me.get("FullName") or me.get("UserName")
        guid = me.get("UserID")
        return {
            "exact_user": name if isinstance(name, str) else False,
            "exact_user_guid": guid.strip().lower() if isinstance(guid, str) else False,
        }

    @api.model
    def _codes(self, divisions):
        """Return the numbers of divisions.

        :rtype: set(int)
        """
        return {integer(row.get("Code")) for row in divisions}

    def _go_on(self, values, opened):
        """Remember a consent, and let waiting work go on.

        In a transaction of its own: the engine writes the same administrations, and
        a conflict must not repeat the whole request, as the code is spent.

        :param dict values: of this connection
        :param opened: see ``_learn_consent``
        """
        for _again in range(TRIES):
            try:
                with self.env.registry.cursor() as cr:
                    # In sudo mode: the activity may belong to somebody else.
                    connection = self.with_env(self.env(cr=cr, su=True))
                    connection.write(values)
                    connection.activity_unlink(REMINDERS)
                    links = connection.env["lightspeed.exact.link"]
                    links._connection_restored(connection)
                    if opened is not None:
                        connection.administration_ids._note_opened(opened)
                    connection._toggle_keep_alive()
                    connection.env["lightspeed.exact.identity"]._connected()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                _logger.info("Connection %s: waiting work goes on by itself", self.id)
            else:
                break
        self.invalidate_recordset()

    def _fetch_administrations(self):
        """Read the divisions of this grant and keep them as administrations.

        :rtype: exact.administration
        """
        self.ensure_one()
        with closing(self._client()) as client:
            me = client.me()
        division = integer(me.get("CurrentDivision"))
        if division <= 0:
            raise BadAnswer("The answer names no administration.")
        with closing(self._client(division)) as client:
            divisions = client.divisions()
        self.write(self._user_values(me))
        found = self.env["exact.administration"]._update_from(self, divisions)
        # In sudo mode: administrations of other companies use the same consent.
        self.sudo().administration_ids._note_opened(self._codes(divisions))
        return found

    # === WHY A CONSENT ENDED === #
    def _later_consent(self):
        """Return the connection on which the same Exact user consented later.

        Exact may end the earlier one then (Exact reference, 1.5).
        """
        since = self.consented_at or self.create_date
        return self._of_same_user().filtered(
            lambda other: other.consented_at and other.consented_at > since
        )[:1]
