from datetime import timedelta

from odoo import fields, models

from ..clients.errors import RateLimited
from ..const import ALERT_MINUTES, BACKLOG_DAYS


class LightspeedExactLink(models.Model):
    """Incidents: what is wrong with the shop, who is told of it, and when."""

    # A room of its own, beside polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    alert_minutes = fields.Integer(
        string="Tell after (minutes)",
        required=True,
        default=ALERT_MINUTES,
        copy=True,
        help="How long a service must fail before the responsible user is told. What "
        "only a person can repair is told at once.",
    )
    alert_email = fields.Boolean(
        string="Tell by e-mail, too",
        copy=True,
        help="Beside the activity: one e-mail when the trouble has lasted, and one "
        "when it is over.",
    )
    incident_count = fields.Integer(compute="_compute_incident_count")

    _alert_minutes_positive = models.Constraint(
        "CHECK(alert_minutes >= 0)", "The minutes cannot be negative."
    )

    def _compute_incident_count(self):
        self.incident_count = 0
        incidents = self.env["lightspeed.exact.incident"]
        for link in self.filtered("id"):
            domain = [*link._incident_domain(), ("ended_at", "=", False)]
            link.incident_count = incidents.search_count(domain)

    def action_view_incidents(self):
        """Open the incidents of the link and of its administration."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_incident_action"
        )
        return {**action, "domain": self._incident_domain(), "context": {}}

    def action_start(self):
        result = super().action_start()
        for link in self:
            self.env["lightspeed.exact.incident"]._close(link)
        return result

    def action_pause(self):
        result = super().action_pause()
        incidents = self.env["lightspeed.exact.incident"]
        for link in self:
            incidents._forget(link)
            if not incidents._links_of(link.administration_id):
                incidents._forget(link.administration_id)
        return result

    def _incident_domain(self):
        """Return which incidents concern the link."""
        return [
            "|",
            "&",
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
            "&",
            ("res_model", "=", "exact.administration"),
            ("res_id", "in", self.administration_id.ids),
        ]

    def _poll_failed(self, error):
        result = super()._poll_failed(error)
        incidents = self.env["lightspeed.exact.incident"]
        if not isinstance(error, RateLimited):
            incidents._open(self, "shop", self.problem_code, self.problem_params)
        elif self._is_behind():
            incidents._open(self, "reading", "backlog_reading")
        return result

    def _is_behind(self):
        """Return whether the shop's lists were not read to the end for some days."""
        since = self.last_success_at or self.started_at
        limit = fields.Datetime.now() - timedelta(days=BACKLOG_DAYS)
        return bool(since and since < limit)

    def _poll_done(self, sweeps):
        result = super()._poll_done(sweeps)
        incidents = self.env["lightspeed.exact.incident"]
        for topic in ("shop", "reading"):
            incidents._close(self, topic)
        return result

    def _lists_read(self, trouble):
        result = super()._lists_read(trouble)
        self._tell_lists()
        return result

    def _tell_lists(self):
        """Open or close what is wrong with single lists of a shop that can be read."""
        incidents = self.env["lightspeed.exact.incident"]
        for topic, code in (
            ("invoices", "invoices_unread"),
            ("rows", "unreadable_rows"),
        ):
            if self.problem_code == code:
                incidents._open(self, topic, code, self.problem_params)
            else:
                incidents._close(self, topic)

    def _set_problem(self, code, params=None):
        result = super()._set_problem(code, params)
        if code == "amount_differs":
            for link in self:
                self.env["lightspeed.exact.incident"]._open(
                    link, "stopped", code, params
                )
        return result
