import logging
import time
from contextlib import closing

from odoo import models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..clients.errors import ConnectorError
from .lightspeed_exact_order_rehearsal import RehearsalWork
from .lightspeed_exact_rehearsal import WORKING
from .service_errors import database_is_away

_logger = logging.getLogger(__name__)


class ExactAdministration(models.Model):
    """Rehearsals: after everything else in a slice, also of links that do not run."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    def _run_slice(self, deadline, links=None, orders=None):
        left_over = super()._run_slice(deadline, links, orders)
        if orders is None:
            left_over |= self._rehearse(deadline)
            # Nothing is open when the lock ends.
            self._commit()
        return left_over

    def _due_rehearsals(self):
        """Return the rehearsals that may go on now, oldest first."""
        return self.env["lightspeed.exact.rehearsal"].search(
            [
                ("link_id.administration_id", "=", self.id),
                ("link_id.active", "=", True),
                ("state", "in", list(WORKING)),
                "|",
                ("next_at", "=", False),
                ("next_at", "<=", self._now()),
            ],
            order="id",
        )

    def _rehearse(self, deadline):
        """Go on with the rehearsals; Exact is not called for them.

        :param float deadline: ``time.monotonic()`` at which to stop
        :return: whether work is left
        :rtype: bool
        """
        due = self._due_rehearsals()
        if not due:
            return False
        left_over = False
        with closing(RehearsalWork()) as work:
            for rehearsal in due:
                if time.monotonic() >= deadline:
                    return True
                left_over |= self._rehearse_some(work, rehearsal, deadline)
        return left_over

    def _rehearse_some(self, work, rehearsal, deadline):
        """Go on with one rehearsal; whatever happens to it stays with it.

        :return: whether it has work left
        :rtype: bool
        """
        left_over = False
        try:
            left_over = rehearsal._work(work, deadline)
        except ConnectorError as error:
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.info("Rehearsal %s rests: %s", rehearsal.id, error.code)
            # Nothing is left of it where its link was deleted meanwhile.
            rehearsal.exists()._trouble(error)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            if database_is_away(error):
                raise
            # A bug of ours on one order must stop neither the others nor the posting.
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception("Rehearsal %s met an error", rehearsal.id)
            rehearsal.exists()._blame(error)
            left_over = True
        if not rehearsal._is_still(*WORKING):
            self.env["lightspeed.exact.lane"]._toggle()
        self._commit()
        return left_over
