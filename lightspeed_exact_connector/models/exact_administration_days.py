import time

from odoo import models


class ExactAdministration(models.Model):
    """After the orders: the entries of days that are over."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _has_other_work(self, orders=None):
        return super()._has_other_work(orders) or bool(
            orders is None and self._due_day_entries()
        )

    def _do_other_work(self, work, deadline, orders=None):
        left_over = orders is None and self._post_day_entries(work, deadline)
        # What clears a payment needs its entry first.
        return super()._do_other_work(work, deadline, orders) or left_over

    def _due_day_entries(self):
        """Return the entries of days that are over, oldest first.

        :rtype: lightspeed.exact.day.entry
        """
        return self.env["lightspeed.exact.day.entry"].search(
            [
                ("administration_id", "=", self.id),
                ("link_id.state", "=", "running"),
                ("link_id.active", "=", True),
                ("state", "=", "open"),
                ("due_at", "<=", self._now()),
            ],
            order="due_at, id",
        )

    def _post_day_entries(self, work, deadline):
        """Post the entries that are due.

        :return: whether work is left
        :rtype: bool
        """
        for entry in self._due_day_entries():
            if time.monotonic() >= deadline:
                return True
            if self._is_parked() or not self._post_one(work, entry):
                return False
        return False
