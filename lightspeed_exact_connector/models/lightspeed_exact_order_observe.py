from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models

from ..accounting import stored
from ..accounting.booking import Skip
from ..accounting.money import plain
from .lightspeed_exact_order_rehearsal import RehearsalWork

# How often it is looked whether a correction may be made while a link observes.
OBSERVE_PAUSE = timedelta(days=1)


class LightspeedExactOrder(models.Model):
    """Observing: read and decided as ever, and then shown instead of booked.

    The only step that a link takes whose choice it is; whatever is chosen or changes in
    the shop has it taken again, and so has the end of observing.
    """

    # A room of its own, beside processing.
    _inherit = "lightspeed.exact.order"  # pylint: disable=consider-merging-classes-inherited

    observed = fields.Json(
        readonly=True,
        copy=False,
        prefetch=False,
        help="What would be booked, to the cent; see accounting/stored.py.",
    )
    observed_html = fields.Html(
        string="Lines as they would be booked",
        compute="_compute_observed_html",
        sanitize=False,
    )

    @api.depends("observed")
    @api.depends_context("lang")
    def _compute_observed_html(self):
        for order in self:
            order.observed_html = order.observed and self.env[
                "lightspeed.exact.rehearsal.order"
            ]._lines_table(stored.load(order.observed))

    def _step(self, work):
        """Book nothing while the link observes: here every document begins."""
        link = self.link_id
        # A person may have chosen it a moment ago.
        link.invalidate_recordset(["observe"])
        if link.observe:
            self._observe(work)
            return False
        if self.observed:
            self.observed = False
        return super()._step(work)

    def _observe(self, work):
        """Decide the document as posting does, and show what would be booked.

        :param Work work: what the slice carries
        :raise Hold: a person must look, whether it is booked or not
        """
        if self.follow_up or self._stands():
            self._set_state(
                self.state,
                "observed_correction",
                next_attempt_at=fields.Datetime.now() + OBSERVE_PAUSE,
            )
            return
        if self.source_kind == "credit_note":
            booking = self._observed_credit(work)
        else:
            booking = self._observed_sale(work)
        if booking:
            self._show_observed(booking)

    def _observed_sale(self, work):
        sale = self._sale(work)
        booking = sale and self._decided(work, sale)
        if booking:
            self._foresee(RehearsalWork.beside(work), sale, booking)
        return booking

    def _observed_credit(self, work):
        link = self.link_id
        verdict = self._verdict(link, *link._trigger_codes())
        if verdict[0] != "ready":
            self._apply_verdict(link, *verdict)
            return None
        decision = self._decided_credit(work)
        if isinstance(decision, Skip):
            self._set_state("skipped", decision.code, decision.params)
            return None
        return decision

    def _show_observed(self, booking):
        """Keep what would be booked, without what names the customer."""
        params = {
            "reference": booking.reference,
            "day": booking.entry_date.isoformat(),
            "total": f"{plain(booking.gross)} {booking.currency}",
        }
        kept = replace(booking, description="", parts=())
        self._set_state(
            "waiting",
            "observed",
            params,
            observed=stored.dump(kept),
            attempts=0,
            force=False,
        )

    def _forget(self, why):
        result = super()._forget(why)
        self.write({"observed": False})
        return result
