import time

from odoo import SUPERUSER_ID, api, models

from ..const import LANE_SECONDS


class LightspeedExactLane(models.AbstractModel):
    """Fetching one document of the shop at once, for a person who waits."""

    # A room of its own, beside the buttons.
    _inherit = "lightspeed.exact.lane"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _fetch_now(self, link, kind, remote_id):
        """Read one document of the shop and book it, as after a webhook about it.

        On a cursor of its own, because every document is committed.

        :param link: the link that reads the shop
        :param str kind: ``order`` or ``invoice``
        :param str remote_id: its id in the shop
        :return: whether the administration was free; else a lane reads it next
        :rtype: bool
        """
        administration = link.administration_id
        with self.env.registry.cursor() as cr:
            env = api.Environment(
                cr, SUPERUSER_ID, {"lang": self.env.context.get("lang")}
            )
            lane = env[self._name]
            env["lightspeed.exact.hint"]._receive(
                "lightspeed", kind, remote_id, "updated", shop_id=link.shop_id.id
            )
            lane._commit()
            outcome = lane._serve(
                administration.with_env(env), time.monotonic() + LANE_SECONDS
            )
            if outcome is not False:
                lane._wake(administration)
        self.env.invalidate_all()
        return outcome is not None
