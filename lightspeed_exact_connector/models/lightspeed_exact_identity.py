import logging
from collections import namedtuple

from psycopg2 import Error as DatabaseError

from odoo import api, fields, models
from odoo.tools import SQL, file_open, mute_logger, ormcache

from ..clients.errors import ConnectorError
from ..server_settings import server_setting
from .groups import check_is_manager, check_system

_logger = logging.getLogger(__name__)

# What tells one database from its copies; `""` for what cannot be told.
Facts = namedtuple("Facts", ("uuid", "cluster", "oid", "name", "host"))

TOPIC = "identity"
COPY = "database_copy"


class LightspeedExactIdentity(models.Model):
    """Which database this is: only the one that was connected talks to the vendors.

    A copy of a database has the same credentials, and would book every order a second
    time.  So what the database was when it was connected is kept here, and compared
    before every client is made.  A row is added by each connection of a database that
    has none, and by each person who confirms a move; the last one counts.

    A database that is renamed keeps its number (oid) in its cluster, and a replica that
    takes over keeps all: both go on by themselves.  A dump that is restored, a
    duplicate and another cluster differ.  Only a copy of the whole machine has all in
    common with its original: the setting ``host`` of the server's configuration tells
    those apart.
    """

    _name = "lightspeed.exact.identity"
    _description = "Identity of the Database"
    _order = "id desc"
    _rec_name = "name"

    uuid = fields.Char(string="Odoo's number")
    cluster = fields.Char(string="PostgreSQL cluster")
    oid = fields.Char(string="Number in the cluster")
    name = fields.Char(string="Database")
    host = fields.Char(string="Marker of the server")
    how = fields.Selection(
        [
            ("connected", "Connected here"),
            ("moved", "Confirmed after a move"),
            ("cleared", "Made a copy without credentials"),
        ],
        required=True,
    )

    # === CHECK === #
    @api.model
    def _check_live(self):
        """Refuse to talk to a vendor from a copy of a database.

        Costs no statement as a rule: each run of a lane looks afresh (``_look``).

        :raise ConnectorError: this database is neutralized, or not the one that was
            connected
        """
        # In sudo mode: the parameter is for system administrators only.
        parameters = self.env["ir.config_parameter"].sudo()
        if parameters.get_param("database.is_neutralized"):
            raise ConnectorError(code="neutralized")
        if self._differences():
            raise ConnectorError(code=COPY)

    @api.model
    def _is_live(self):
        """Return whether calls are allowed.

        :rtype: bool
        """
        try:
            self._check_live()
        except ConnectorError:
            return False
        return True

    @api.model
    def _differences(self):
        """Return in what this database differs from the one that was connected.

        Nothing while none was connected yet.

        :return: names of :class:`Facts`
        :rtype: list(str)
        """
        known = self._known()
        if not known:
            return []
        here = self._facts()
        differing = [
            name
            for name in ("uuid", "cluster", "oid")
            # What cannot be told here or there tells nothing.
            if getattr(known, name)
            and getattr(here, name)
            and getattr(known, name) != getattr(here, name)
        ]
        if known.host and known.host != here.host:
            # Also a marker that is missing now: the copy may run elsewhere.
            differing.append("host")
        return differing

    @api.model
    def _look(self):
        """Look afresh: a dump may have been restored under a process that goes on."""
        fresh = (self._read_known(), self._read_facts())
        if fresh != (self._known(), self._facts()):
            self.env.registry.clear_cache()

    @api.model
    @ormcache()
    def _known(self):
        """Return what the database was when it was connected, as remembered.

        :rtype: Facts
        """
        return self._read_known()

    @api.model
    @ormcache()
    def _facts(self):
        """Return what this database is, as remembered.

        :rtype: Facts
        """
        return self._read_facts()

    @api.model
    def _read_known(self):
        """Return what the database was when it was connected, ``None`` for never.

        :rtype: Facts
        """
        # In sudo mode: the rows are closed to everybody.
        row = self.sudo().search([], limit=1)
        return row and Facts(*(row[name] or "" for name in Facts._fields)) or None

    @api.model
    def _read_facts(self):
        """Return what this database is.

        :rtype: Facts
        """
        # In sudo mode: the parameter is for system administrators only.
        parameters = self.env["ir.config_parameter"].sudo()
        rows = self.env.execute_query(
            SQL(
                "SELECT oid::text, datname FROM pg_database"
                " WHERE datname = current_database()"
            )
        )
        return Facts(
            parameters.get_param("database.uuid") or "",
            self._cluster(),
            *rows[0],
            server_setting("host"),
        )

    @api.model
    def _cluster(self):
        """Return the number of the PostgreSQL cluster, ``""`` where it is not told."""
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint(flush=False):
                rows = self.env.execute_query(
                    SQL("SELECT system_identifier::text FROM pg_control_system()")
                )
        except DatabaseError as error:
            _logger.info("The number of the cluster is not told: %s", error.pgcode)
            return ""
        return rows[0][0]

    @api.model
    def _remember(self, how="connected"):
        """Keep what this database is.

        :param str how: value of the field ``how``
        """
        values = self._facts()._asdict()
        # In sudo mode: the rows are closed to everybody.
        self.sudo().create({**values, "how": how})
        self.env.registry.clear_cache()

    @api.model
    def _connected(self):
        """Keep what this database is when something is connected for the first time.

        A marker that the server's configuration has got meanwhile is kept as well.
        """
        known, host = self._known(), self._facts().host
        if known is None or (host and not known.host and not self._differences()):
            self._remember()

    # === BUSINESS === #
    @api.model
    def _tell(self):
        """Tell the responsible users that nothing is sent any more; once for each.

        A neutralized database is meant to be silent.
        """
        if not self._differences():
            return
        incidents = self.env["lightspeed.exact.incident"]
        for connection in self._running():
            incidents._open(connection, TOPIC, COPY)

    @api.model
    def _running(self):
        """Return the connections whose links are switched on.

        :rtype: exact.connection
        """
        # In sudo mode: whoever confirms does so for all companies.
        links = self.env["lightspeed.exact.link"].sudo()
        return links.search([("state", "=", "running")]).administration_id.connection_id

    @api.model
    def _confirm(self):
        """Take this database for the real one: everything goes on.

        :raise AccessError: for managers only
        """
        check_is_manager(self.env)
        _logger.info("User %s confirmed that the database was moved", self.env.uid)
        self._remember("moved")
        # In sudo mode: it counts for all companies.
        administrations = self.env["exact.administration"].sudo()
        administrations.with_context(active_test=False).search(
            [("connection_id", "!=", False)]
        )._note_restored()
        self._go_on()

    @api.model
    def _clear(self):
        """Take this database for a copy: credentials go, links stop.

        :raise AccessError: for system administrators only
        """
        check_system(self)
        _logger.info("User %s removed the credentials of a copy", self.env.uid)
        self.env.flush_all()
        with file_open("lightspeed_exact_connector/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self._remember("cleared")
        self.env["lightspeed.exact.lane"].sudo()._toggle()
        self._end_incidents()

    @api.model
    def _go_on(self):
        """Let everything that waits for the confirmation go on."""
        self._end_incidents()
        # In sudo mode: it counts for the links of all companies.
        links = self.env["lightspeed.exact.link"].sudo()
        running = links.search([("state", "=", "running")])
        running.filtered(lambda link: link.problem_code == COPY)._clear_problem()
        running.write({"next_poll_at": fields.Datetime.now()})
        self.env["lightspeed.exact.lane"]._wake(running.administration_id)

    @api.model
    def _end_incidents(self):
        # In sudo mode: it counts for all companies.
        incidents = self.env["lightspeed.exact.incident"].sudo()
        for incident in incidents.search(
            [("topic", "=", TOPIC), ("ended_at", "=", False)]
        ):
            incidents._close(incident._record(), TOPIC)
