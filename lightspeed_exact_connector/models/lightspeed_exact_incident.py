import logging
from datetime import timedelta

from markupsafe import Markup
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import mute_logger

from ..const import ALERT_MINUTES, INCIDENT_SETTLE_MINUTES

_logger = logging.getLogger(__name__)

ACTIVITY = "lightspeed_exact_connector.mail_activity_type_incident"

# What only a person can repair: they are told at once, and it ends at once.
FOR_PEOPLE = (
    "access_denied",
    "amount_differs",
    "authentication",
    "backlog",
    "backlog_reading",
    "database_copy",
    "invoices_unread",
    "lightspeed.language",
    "lightspeed.other_shop",
    "lightspeed.permissions",
    "not_configured",
    "not_tested",
    "secret_key_bad",
    "secret_key_missing",
    "secret_key_wrong",
    "unreadable_rows",
)

# What is no incident: a copy of a database is meant to be silent, and the connection
# itself tells its responsible user that a new consent is needed.
NO_INCIDENT = ("neutralized", "reconnect")


class LightspeedExactIncident(models.Model):
    """What is wrong with a shop, a link or an administration: since when, until when.

    One row from the first failure until things stayed well for a while: what fails,
    works and fails again meanwhile is one incident.  People are told at most once that
    it is there, when it has lasted, and once that it is over.
    """

    _name = "lightspeed.exact.incident"
    _description = "Incident of the Connector"
    _inherit = ["mail.thread", "mail.activity.mixin", "lightspeed.exact.problem.mixin"]
    _order = "started_at desc, id desc"
    _rec_name = "record_name"

    # === FIELDS === #
    res_model = fields.Char(string="Kind of record", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record number", model_field="res_model", required=True, readonly=True
    )
    record_name = fields.Char(string="Concerns", required=True, readonly=True)
    company_id = fields.Many2one("res.company", index=True, readonly=True)
    topic = fields.Char(
        required=True,
        readonly=True,
        help="What it is about; a record has one open incident of each at most.",
    )
    started_at = fields.Datetime(string="Since", required=True, readonly=True)
    recovered_at = fields.Datetime(
        string="Works again since",
        readonly=True,
        help="When it stays so for a while, the incident is over.",
    )
    ended_at = fields.Datetime(string="Over since", readonly=True)
    returns = fields.Integer(
        string="Came back",
        readonly=True,
        help="How often it seemed to be over and was not.",
    )
    alert_at = fields.Datetime(
        string="Is told at",
        readonly=True,
        help="What is over before this moment is told to nobody.",
    )
    alerted_at = fields.Datetime(string="Told at", readonly=True)
    mailed = fields.Boolean(string="Told by e-mail", readonly=True)
    state = fields.Selection(
        [("open", "Going on"), ("settling", "Works again"), ("ended", "Over")],
        compute="_compute_state",
    )

    _open_uniq = models.UniqueIndex(
        "(res_model, res_id, topic) WHERE ended_at IS NULL",
        "This incident is open already.",
    )

    # === COMPUTE === #
    @api.depends("ended_at", "recovered_at")
    def _compute_state(self):
        for incident in self:
            going_on = "settling" if incident.recovered_at else "open"
            incident.state = "ended" if incident.ended_at else going_on

    # === ACTIONS === #
    def action_open_record(self):
        """Open what the incident is of."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }

    # === OPENING AND CLOSING === #
    @api.model
    def _open(self, record, topic, code, params=None):
        """Remember that something is wrong; does nothing while that is known.

        In the transaction of the caller, who commits.  Nobody is told here: the lanes
        do that, when it has lasted (``_look_after``).

        :param record: the link, shop, administration or connection that is in trouble
        :param str topic: what it is about; one open incident of a record for each
        :param str code: key of the reason catalogue
        :param dict params: values for its sentence
        :return: the incident, empty for what is none or when another process writes it
            at this moment
        :rtype: lightspeed.exact.incident
        """
        record.ensure_one()
        incidents = self.sudo()
        if code in self._no_incident():
            return incidents.browse()
        incident = incidents._find(record, topic)
        if not incident:
            return incidents._add(record, topic, code, params)
        values = incident._values_of_return(record, code, params)
        if values:
            incident._write_alone(values)
        return incident

    @api.model
    def _close(self, record, topic=None):
        """Remember that it works again; ends what only a person could repair.

        What a person could not repair ends when it stayed away for a while, see
        ``_look_after``.

        :param record: as for ``_open``
        :param str topic: ``None`` for all of the record
        """
        open_ones = self.sudo()._find(record, topic)
        for incident in open_ones.filtered(lambda incident: not incident.recovered_at):
            incident._write_alone({"recovered_at": fields.Datetime.now()})
            if incident.problem_code in FOR_PEOPLE and incident.recovered_at:
                incident._end()

    @api.model
    def _forget(self, record):
        """End all incidents of a record without a word: a person stopped the work."""
        incidents = self.sudo()._find(record)
        incidents.activity_unlink([ACTIVITY])
        incidents.write({"ended_at": fields.Datetime.now()})

    @api.model
    def _no_incident(self):
        """Return the codes of the reason catalogue that open no incident.

        :rtype: tuple(str)
        """
        return NO_INCIDENT

    @api.model
    def _find(self, record, topic=None):
        """Return the open incidents of a record.

        :rtype: lightspeed.exact.incident
        """
        domain = [
            ("res_model", "=", record._name),
            ("res_id", "=", record.id),
            ("ended_at", "=", False),
        ]
        if topic:
            domain.append(("topic", "=", topic))
        return self.search(domain)

    @api.model
    def _add(self, record, topic, code, params):
        """Make the incident, unless another process does so at this very moment."""
        now = fields.Datetime.now()
        values = {
            "res_model": record._name,
            "res_id": record.id,
            "record_name": record.display_name or record._description,
            "company_id": record.company_id.id,
            "topic": topic,
            "problem_code": code,
            "problem_params": params or False,
            "problem_since": now,
            "started_at": now,
            "alert_at": now + self._delay(record, code),
        }
        # What waits to be written is not ours: its conflict ends the caller's work.
        self.env.flush_all()
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                return self.create(values)
        except (UniqueViolation, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            return self.browse()

    def _values_of_return(self, record, code, params):
        """Return what changes in an open incident that is met once more.

        :rtype: dict
        """
        values = {}
        if self.recovered_at:
            values |= {"recovered_at": False, "returns": self.returns + 1}
        if self.problem_code != code:
            due_at = fields.Datetime.now() + self._delay(record, code)
            values |= {
                "problem_code": code,
                "problem_params": params or False,
                "alert_at": min(self.alert_at, due_at),
            }
        return values

    def _write_alone(self, values):
        """Write, unless another process does: what is said here is said again later."""
        # What waits to be written is not ours: its conflict ends the caller's work.
        self.env.flush_all()
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.write(values)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self.invalidate_recordset()

    @api.model
    def _delay(self, record, code):
        """Return how long trouble must last before somebody is told.

        :rtype: timedelta
        """
        if code in FOR_PEOPLE:
            return timedelta()
        minutes = self._links_of(record).mapped("alert_minutes")
        return timedelta(minutes=min(minutes, default=ALERT_MINUTES))

    # === WHO IS CONCERNED === #
    @api.model
    def _links_of(self, record):
        """Return the links whose work an incident of a record concerns.

        :rtype: lightspeed.exact.link
        """
        if record._name == "lightspeed.exact.link":
            return record
        if record._name == "exact.connection":
            record = record.administration_ids
        return record.link_ids.filtered(lambda link: link.state == "running")

    def _record(self):
        """Return what the incident is of, empty when it is deleted."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    def _people(self):
        """Return who is told: the responsible users, else the managers.

        :rtype: res.users
        """
        self.ensure_one()
        record = self._record()
        links = self._links_of(record)
        responsible = links.user_id
        if "user_id" in record._fields:
            responsible |= record.user_id
        users = responsible.filtered(self._may_be_told)
        if users:
            return users
        managers = self.env.ref(
            "lightspeed_exact_connector.lightspeed_exact_connector_group_manager"
        )
        return managers.all_user_ids.filtered(self._may_be_told)

    def _may_be_told(self, user):
        """Return whether a user is there and may see the incident."""
        mine = not self.company_id or self.company_id in user.company_ids
        return (
            user.active
            and mine
            and user.has_group(
                "lightspeed_exact_connector.lightspeed_exact_connector_group_user"
            )
        )

    # === TELLING === #
    @api.model
    def _look_after(self):
        """Tell of what has lasted, and end what stayed away; called by the lanes.

        Each incident by itself and under a lock, so that it is told once; one that
        cannot be told is tried at the next look and stops nothing.
        """
        now = fields.Datetime.now()
        settled = now - timedelta(minutes=INCIDENT_SETTLE_MINUTES)
        incidents = self.sudo().search(
            [
                ("ended_at", "=", False),
                "|",
                ("recovered_at", "<=", settled),
                "&",
                "&",
                ("alerted_at", "=", False),
                ("recovered_at", "=", False),
                # Also one that a clock gone wrong has put in the future.
                "|",
                ("alert_at", "<=", now),
                ("started_at", ">", now),
            ],
            order="id",
        )
        for incident_id in incidents.ids:
            self.env["lightspeed.exact.lane"]._commit()
            self.env.invalidate_all()
            try:
                self.sudo().browse(incident_id)._tell(settled)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.env.cr.rollback()
            except Exception:
                # The work goes on, whatever is wrong with a mailbox.
                self.env.cr.rollback()
                _logger.exception("Incident %s could not be told", incident_id)
        self.env["lightspeed.exact.lane"]._commit()

    def _tell(self, settled):
        """Tell or end one incident, unless another process does so now.

        :param datetime settled: what works again since then is over
        """
        incident = self.exists().try_lock_for_update()
        if not incident or incident.ended_at:
            return
        if not incident._record():
            incident._end()
        elif incident.recovered_at:
            if incident.recovered_at <= settled:
                incident._end()
        elif not incident.alerted_at:
            incident._alert()

    def _alert(self):
        """Tell the responsible users, each by one activity and by choice an e-mail."""
        self.ensure_one()
        record = self._record()
        self.alerted_at = fields.Datetime.now()
        self.mailed = any(self._links_of(record).mapped("alert_email"))
        for user in self._people():
            # Odoo would send an e-mail of its own for each activity.
            incident = self.with_context(
                lang=user.lang, mail_activity_quick_update=True
            )
            incident.activity_schedule(
                ACTIVITY,
                user_id=user.id,
                summary=incident.record_name[:200],
                note=incident._html(*incident._alert_lines()),
            )
            if self.mailed:
                incident._mail(user, incident.env._("Lightspeed to Exact: trouble"))

    def _end(self):
        """End the incident; who was told that it began is told that it is over."""
        self.ensure_one()
        now = fields.Datetime.now()
        # A clock that went back must not end it before it began.
        self.ended_at = max(self.recovered_at or now, self.started_at)
        if not self.alerted_at:
            return
        if self.mailed:
            for user in self._people():
                incident = self.with_context(lang=user.lang)
                subject = incident.env._("Lightspeed to Exact: works again")
                incident._mail(user, subject)
        self._close_activities()

    def _close_activities(self):
        """Mark the activities done, with what happened; say so where none is left."""
        activities = self.activity_search([ACTIVITY])
        if activities:
            activities[:1].action_feedback(feedback=self._recovery_line())
            activities[1:].action_feedback()
        else:
            self.message_post(body=self._recovery_line())

    def _alert_lines(self):
        """Return the lines of an alert, in the language of the environment.

        :rtype: list(str)
        """
        since = self.env._(
            "Since %(moment)s UTC.", moment=f"{self.started_at:%Y-%m-%d %H:%M}"
        )
        return [
            line for line in (self.problem_text, self.problem_advice, since) if line
        ]

    def _recovery_line(self):
        """Return the line that says that it is over.

        :rtype: str
        """
        return self.env._(
            "It works again: the trouble was there from %(start)s to %(end)s UTC.",
            start=f"{self.started_at:%Y-%m-%d %H:%M}",
            end=f"{self.ended_at:%Y-%m-%d %H:%M}",
        )

    @api.model
    def _html(self, *lines):
        """Return lines as HTML; what a vendor said is text in it."""
        return Markup("<br/>").join(lines)

    def _mail(self, user, subject):
        """Put an e-mail to a user in the queue."""
        lines = [self._recovery_line()] if self.ended_at else self._alert_lines()
        self.env["mail.mail"].create(
            {
                "subject": f"{subject}: {self.record_name}"[:200],
                "body_html": self._html(self.record_name, *lines),
                "recipient_ids": [fields.Command.link(user.partner_id.id)],
                "auto_delete": True,
                "model": self._name,
                "res_id": self.id,
            }
        )
