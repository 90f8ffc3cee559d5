from odoo import fields, models

from ..clients.errors import AccessDenied


class LightspeedExactOrder(models.Model):
    """Orders that wait for the same cause."""

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    cause_id = fields.Many2one(
        "lightspeed.exact.cause",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    # === ACTIONS === #
    def action_view_cause(self):
        """Open why Exact refuses this document and all like it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "lightspeed.exact.cause",
            "res_id": self.cause_id.id,
            "view_mode": "form",
        }

    # === CAUSES === #
    def _set_state(self, state, code=False, params=None, **values):
        """Forget the cause with the state that it explained."""
        return super()._set_state(state, code, params, **{"cause_id": False, **values})

    def _hold(self, hold):
        result = super()._hold(hold)
        cause_id = getattr(hold, "cause_id", False)
        if cause_id:
            self.write({"cause_id": cause_id})
        return result

    def _process(self, work):
        """Hold an order for a right that only its kind of document needs."""
        try:
            return super()._process(work)
        except AccessDenied as error:
            cause = getattr(error, "cause", None)
            if not cause:
                raise
            return self._hold(cause._hold())

    def _prepare_retry_once(self):
        """Make orders ready for a probe: what was refused may go as it is."""
        operations = self.operation_ids | self.booking_ids.operation_id
        operations.filtered(lambda row: row.state == "refused").write(
            {"payload_digest": False}
        )
        self._set_state("ready")
