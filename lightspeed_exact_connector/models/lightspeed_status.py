from psycopg2.errors import UniqueViolation

from odoo import api, fields, models


class LightspeedStatus(models.Model):
    """A status that an order of a shop can have; unknown ones are added when met."""

    _name = "lightspeed.status"
    _description = "Lightspeed Order Status"
    _order = "kind, sequence, code"

    kind = fields.Selection(
        [("order", "Order status"), ("payment", "Payment status")], required=True
    )
    code = fields.Char(required=True)
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=100)

    _code_uniq = models.Constraint(
        "UNIQUE(kind, code)", "This status is in the list already."
    )

    @api.model
    def _learn(self, kind, codes):
        """Add the codes that are not in the list yet, so that they can be chosen.

        :param str kind: ``order`` or ``payment``
        :param set codes: codes as the shop gave them
        """
        codes = {code for code in codes if code}
        if not codes:
            return
        known = set(
            self.search([("kind", "=", kind), ("code", "in", list(codes))]).mapped(
                "code"
            )
        )
        for code in sorted(codes - known):
            try:
                with self.env.cr.savepoint():
                    self.create({"kind": kind, "code": code, "name": self._spell(code)})
            except UniqueViolation:
                continue  # another worker met it at the same moment

    @api.model
    def _spell(self, code):
        """Return a readable name for a code: ``on_hold`` is ``On hold``."""
        return code.replace("_", " ").capitalize()

    @api.model
    def _names(self):
        """Return the name of each status, by kind and code.

        :rtype: dict(tuple(str, str), str)
        """
        statuses = self.search([("code", "!=", False)])
        return {(status.kind, status.code): status.name for status in statuses}
