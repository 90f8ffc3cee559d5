from odoo import fields, models

from ..clients.errors import ReconnectNeeded


class ExactAdministration(models.Model):
    """The consent that opens an administration: there, gone, or replaced."""

    # A room of its own, beside what Exact tells.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    not_opened = fields.Boolean(
        string="Not opened by the consent",
        readonly=True,
        copy=False,
        help="The Exact Online user of the connection may not open this "
        "administration, or did not choose it when consenting.",
    )

    def write(self, vals):
        if "connection_id" not in vals:
            return super().write(vals)
        moved = self.filtered(lambda row: row.connection_id.id != vals["connection_id"])
        result = super().write(vals)
        # Another consent may open it: what waits goes on at once.
        moved.sudo().write({"parked_until": False, "failures": 0})
        moved.sudo()._clear_problem()
        if moved:
            self.env["lightspeed.exact.lane"]._wake(moved)
        return result

    def _clear_problem(self):
        self.filtered("not_opened").write({"not_opened": False})
        return super()._clear_problem()

    def _note_opened(self, opened):
        """Remember which administrations a consent opens.

        Nothing is booked anywhere else: a call names its division.

        :param set(int) opened: numbers of the divisions
        """
        for administration in self:
            if administration.division not in opened:
                user = administration.connection_id.exact_user
                administration.not_opened = True
                administration._set_problem("not_opened", {"user": user or "?"})
            elif administration.not_opened:
                administration._clear_problem()

    def _has_consent(self):
        """Return whether there is a consent to work with; why not is remembered.

        Without one nothing is asked of the shop either: its orders wait there, and are
        found and booked in their order afterwards.
        """
        self.ensure_one()
        # In sudo mode: token rows are closed to everybody.
        token = (
            self.env["exact.token"]
            .sudo()
            .search([("connection_id", "=", self.connection_id.id)])
        )
        if token.state == "connected":
            return True
        self._stopped(ReconnectNeeded(token.problem_detail or "", code="reconnect"))
        return False
