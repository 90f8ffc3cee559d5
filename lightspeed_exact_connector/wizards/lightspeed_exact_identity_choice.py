from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.groups import check_manager, check_system


class LightspeedExactIdentityChoice(models.TransientModel):
    """What a person says of a database that is not the one that was connected."""

    _name = "lightspeed.exact.identity.choice"
    _description = "This Database"

    state = fields.Selection(
        [
            ("live", "Talks to Lightspeed and Exact Online"),
            ("copy", "Not the database that was connected"),
            ("neutralized", "Neutralized copy"),
        ],
        compute="_compute_state",
    )
    differences = fields.Text(
        compute="_compute_state",
        help="What it was when it was connected, and what it is now.",
    )
    running_count = fields.Integer(
        string="Links that are switched on", compute="_compute_state"
    )

    @api.depends_context("lang")
    def _compute_state(self):
        identity = self.env["lightspeed.exact.identity"]
        identity._look()
        # In sudo mode: it counts for the links of all companies.
        running = (
            self.env["lightspeed.exact.link"]
            .sudo()
            .search_count([("state", "=", "running")])
        )
        for choice in self:
            choice.state = self._state()
            choice.differences = "\n".join(self._lines())
            choice.running_count = running

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("This database")

    @api.model
    def _state(self):
        identity = self.env["lightspeed.exact.identity"]
        if identity._is_live():
            return "live"
        return "copy" if identity._differences() else "neutralized"

    @api.model
    def _lines(self):
        """Return a line for each thing in which the database differs, old and new."""
        identity = self.env["lightspeed.exact.identity"]
        known, here = identity._known(), identity._facts()
        names = {
            "uuid": self.env._("Odoo's number of the database"),
            "cluster": self.env._("Number of the PostgreSQL cluster"),
            "oid": self.env._("Number of the database in the cluster"),
            "host": self.env._("Marker in the server's configuration"),
        }
        return [
            self.env._(
                "%(name)s: %(now)s, and %(before)s when it was connected",
                name=names[name],
                now=getattr(here, name) or self.env._("none"),
                before=getattr(known, name),
            )
            for name in identity._differences()
        ]

    def action_confirm(self):
        """Take this database for the real one: everything goes on."""
        check_manager(self)
        self._check_copy()
        self.env["lightspeed.exact.identity"]._confirm()
        return self._reload()

    def action_clear(self):
        """Take this database for a copy: credentials go, links stop."""
        check_system(self)
        self._check_copy()
        self.env["lightspeed.exact.identity"]._clear()
        return self._reload()

    @api.model
    def _check_copy(self):
        if not self.env["lightspeed.exact.identity"]._differences():
            raise UserError(
                self.env._("There is nothing to decide: this database is known.")
            )

    @api.model
    def _reload(self):
        # The whole page: the banner above it goes as well.
        return {"type": "ir.actions.client", "tag": "reload"}
