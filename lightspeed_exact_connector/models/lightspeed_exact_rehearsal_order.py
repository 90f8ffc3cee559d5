from dataclasses import replace

from odoo import api, fields, models

from ..accounting import rehearsal, stored
from ..accounting.booking import Hold, Skip
from ..clients.errors import NotFound
from .lightspeed_exact_ledger_rule import TREATMENTS
from .reasons import describe, explain_treatment
from .service_errors import problem_of


class LightspeedExactRehearsalOrder(models.Model):
    """What one document of the shop would become; never anything that is posted."""

    _name = "lightspeed.exact.rehearsal.order"
    _description = "Rehearsed Order"
    _order = "rehearsal_id desc, order_date desc, id"
    _rec_name = "number"

    rehearsal_id = fields.Many2one(
        "lightspeed.exact.rehearsal",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="rehearsal_id.company_id", store=True)
    source_kind = fields.Selection(
        [("order", "Order"), ("invoice", "Invoice")],
        string="Document",
        required=True,
        readonly=True,
    )
    remote_id = fields.Char(string="Shop ID", required=True, readonly=True)
    number = fields.Char(readonly=True)
    order_date = fields.Datetime(string="Date", readonly=True)
    outcome = fields.Selection(
        [
            ("pending", "Not looked at yet"),
            ("booked", "Would be booked"),
            ("held", "Would be held"),
            ("skipped", "Would be skipped"),
        ],
        required=True,
        default="pending",
        readonly=True,
        index=True,
        help="Held: a person would have to look. Skipped: left out by a rule.",
    )
    reason_code = fields.Char(string="Reason code", readonly=True)
    reason_params = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")
    advice = fields.Char(string="What to do", compute="_compute_reason")
    attempts = fields.Integer(readonly=True)
    # What the shop says
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_total = fields.Monetary(string="Total in the shop", readonly=True)
    figures = fields.Json(
        readonly=True, help="The shop's own totals to the cent, amounts as text."
    )
    # What would stand in Exact
    document_kind = fields.Selection(
        [("sales_entry", "Sales entry"), ("sales_invoice", "Sales invoice")],
        string="Would become",
        readonly=True,
    )
    reference = fields.Char(readonly=True, help="“Your reference” in Exact Online.")
    entry_date = fields.Date(string="Entry date", readonly=True)
    journal_code = fields.Char(string="Journal", readonly=True)
    treatment = fields.Selection(TREATMENTS, string="VAT treatment", readonly=True)
    treatment_text = fields.Char(
        string="Why this VAT treatment", compute="_compute_treatment_text"
    )
    vat_country = fields.Char(string="Country of destination", readonly=True)
    needs_vies = fields.Boolean(
        string="VAT number to be proved",
        readonly=True,
        help="Before it is booked, VIES is asked whether the number is valid.",
    )
    content = fields.Json(
        readonly=True,
        help="What would be booked, to the cent; see accounting/stored.py.",
    )
    lines_html = fields.Html(
        string="Lines as they would be booked",
        compute="_compute_lines_html",
        sanitize=False,
    )

    _document_uniq = models.Constraint(
        "UNIQUE(rehearsal_id, source_kind, remote_id)",
        "A document of the shop is rehearsed once.",
    )

    # === COMPUTE === #
    @api.depends("reason_code", "reason_params")
    @api.depends_context("lang")
    def _compute_reason(self):
        for order in self:
            order.reason, order.advice = describe(
                self.env, order.reason_code, order.reason_params
            )

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_treatment_text(self):
        for order in self:
            content = order.content or {}
            order.treatment_text = explain_treatment(
                self.env,
                content.get("treatment_reason") or "",
                content.get("treatment_params"),
            )

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_lines_html(self):
        for order in self:
            booking = order._booking()
            order.lines_html = booking and self._lines_table(booking)

    # === BUSINESS === #
    def _booking(self):
        """Return what would be booked, exactly; ``None`` when nothing would.

        :rtype: Booking
        """
        self.ensure_one()
        return stored.load(self.content) if self.content else None

    def _result(self):
        """Return what the summary is made from.

        :rtype: accounting.rehearsal.Result
        """
        self.ensure_one()
        return rehearsal.Result(
            number=self.number or "?",
            figures=rehearsal.load(self.figures) if self.figures else None,
            booking=self._booking(),
            code=self.reason_code or "",
            params=self.reason_params or {},
            skipped=self.outcome == "skipped",
        )

    def _look(self, work):
        """Read the document and decide it as posting does.

        :param RehearsalWork work: what the slice carries
        :raise ConnectorError: the shop cannot be asked
        """
        self.ensure_one()
        document = self.env["lightspeed.exact.order"]._unsaved(
            self.rehearsal_id.link_id, self.source_kind, self.remote_id
        )
        try:
            sale = document._parsed(document._read_again(work))
            self.write(self._sale_values(sale))
            self.write(self._decision_values(document._rehearse(work, sale)))
        except Hold as hold:
            self._keep_held(hold.code, hold.params)
        except NotFound as error:
            self._keep_held(*problem_of(error, document.shop_id))

    def _keep_held(self, code, params=None):
        self.write(
            {"outcome": "held", "reason_code": code, "reason_params": params or False}
        )

    def _sale_values(self, sale):
        """Return the field values of what the shop says itself."""
        currency = self.env["res.currency"].with_context(active_test=False)
        return {
            "number": sale.number,
            "figures": rehearsal.dump(rehearsal.figures(sale)),
            "currency_id": currency.search([("name", "=", sale.currency)], limit=1).id
            or self.currency_id.id,
            # Shown only; the exact figures are text.
            "amount_total": float(sale.gross),
        }

    def _decision_values(self, decision):
        """Return the field values of what was decided."""
        if isinstance(decision, Skip):
            return {
                "outcome": "skipped",
                "reason_code": decision.code,
                "reason_params": decision.params or False,
            }
        # The description may name the customer, and nobody needs that here.
        kept = replace(decision, description="", parts=())
        return {
            "outcome": "booked",
            "document_kind": decision.document_kind,
            "reference": decision.reference,
            "entry_date": decision.entry_date,
            "journal_code": decision.journal or False,
            "treatment": decision.treatment,
            "vat_country": decision.country or False,
            "needs_vies": bool(
                decision.needs_vies and self.rehearsal_id.link_id.check_vies
            ),
            "content": stored.dump(kept),
        }
