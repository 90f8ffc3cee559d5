from odoo import fields, models

from ..accounting import causes
from ..accounting.money import loads
from ..clients.errors import AccessDenied

# What a missing right stops only for itself: sales entries go on.
OWN_RIGHT = ("sales_invoice", "item", "item_price")


class LightspeedExactOperation(models.Model):
    """Refusals that meet other documents, too."""

    # A room of its own, beside sending.
    _inherit = "lightspeed.exact.operation"  # pylint: disable=consider-merging-classes-inherited

    cause_id = fields.Many2one(
        "lightspeed.exact.cause", index="btree_not_null", ondelete="set null"
    )

    def _set_payload(self, text, force=False):
        """Hold what would meet a known cause, before it is sent."""
        found = self.env["lightspeed.exact.cause"]
        if self.administration_id.has_causes:
            shape = causes.shape(self.kind, loads(text))
            found = found._of_shape(self.administration_id, shape)
        if not force and self.state != "sending":
            for cause in found:
                if cause._stops(self):
                    raise cause._hold()
        result = super()._set_payload(text, force=force)
        found.filtered(lambda cause: cause.state == "retry").write(
            {"state": "probing", "probe_id": self.id}
        )
        return result

    def _send(self, client):
        """Learn from what Exact refuses, and from what it takes."""
        has_causes = self.administration_id.has_causes
        # Of a file nothing is left to tell it from, once Exact has it.
        shape = self._shape_of_settings() if has_causes else None
        try:
            result = super()._send(client)
        except AccessDenied as error:
            if self.kind in OWN_RIGHT and not error.reason:
                # Whoever wants it for an order makes a hold of it.
                error.cause = self.env["lightspeed.exact.cause"]._learn(
                    self, "no_right", error.detail
                )
                self._commit()
            raise
        if has_causes:
            self.env["lightspeed.exact.cause"]._of_shape(
                self.administration_id, shape
            )._solve()
        return result

    def _refusal(self):
        """Name the cause with the refusal."""
        hold = super()._refusal()
        hold.cause_id = self.cause_id.id
        return hold

    def _learn_refusal(self, error):
        """Remember why this was refused."""
        result = super()._learn_refusal(error)
        if self.error_code not in causes.OF_ONE:
            self.env["lightspeed.exact.cause"]._learn(
                self, self.error_code, self.error_detail
            )
        return result

    def _shape_of_settings(self):
        """Return what documents with the same settings have in common.

        :rtype: str
        """
        self.ensure_one()
        return causes.shape(self.kind, self._intended())
