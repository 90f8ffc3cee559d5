from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_amount

from ..accounting import stored
from .lightspeed_exact_ledger_rule import TREATMENTS
from .lightspeed_exact_link import DATE_SOURCES
from .reasons import as_percentage, explain_treatment


class LightspeedExactBooking(models.Model):
    """One document in Exact Online: what is booked, line by line, with its proof."""

    _name = "lightspeed.exact.booking"
    _description = "Booking in Exact Online"
    _order = "id desc"
    _rec_name = "reference"
    _rec_names_search = ["reference", "entry_number"]

    order_id = fields.Many2one(
        "lightspeed.exact.order", required=True, index=True, ondelete="restrict"
    )
    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, index=True, ondelete="restrict"
    )
    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    operation_id = fields.Many2one(
        "lightspeed.exact.operation", index="btree_not_null", ondelete="restrict"
    )
    day_entry_id = fields.Many2one(
        "lightspeed.exact.day.entry",
        string="Entry of the day",
        index="btree_not_null",
        ondelete="restrict",
    )
    kind = fields.Selection(
        [("sale", "Sale"), ("credit", "Credit note"), ("correction", "Correction")],
        required=True,
        default="sale",
    )
    generation = fields.Integer(default=0)
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("posted", "Posted"),
            ("gone", "Deleted in Exact Online"),
        ],
        required=True,
        default="planned",
        index=True,
    )
    reference = fields.Char(required=True, help="“Your reference” in Exact Online.")
    journal_code = fields.Char(string="Journal")
    entry_date = fields.Date(string="Entry date", required=True)
    date_source = fields.Selection(
        DATE_SOURCES, help="Which moment gave the entry date."
    )
    description = fields.Char()
    treatment = fields.Selection(TREATMENTS, string="VAT treatment")
    treatment_reason = fields.Char()
    treatment_params = fields.Json()
    treatment_text = fields.Char(
        string="Why this VAT treatment", compute="_compute_treatment_text"
    )
    vat_country = fields.Char(
        string="Country of destination", help="The country whose VAT it has."
    )
    vat_number = fields.Char(string="VAT number of the customer")
    oss_period = fields.Char(
        string="OSS period",
        index="btree_not_null",
        help="Quarter of the OSS return; a credit keeps that of its sale.",
    )
    vies_check_id = fields.Many2one(
        "vies.check", string="VAT number check", ondelete="restrict"
    )
    consultation_number = fields.Char(related="vies_check_id.consultation_number")
    takes_back = fields.Boolean(
        help="Takes back what was booked for the same order before."
    )
    source_digest = fields.Char(
        help="Digest of the order in the shop's list when this was decided."
    )
    source_content = fields.Char(
        help="Digest of the order itself, as it was read when this was decided."
    )
    original_reference = fields.Char(
        string="Belongs to", help="The document that this one credits or corrects."
    )
    currency_id = fields.Many2one("res.currency", required=True)
    # For lists, sums and graphs only; the exact figures are text: ``gross``, ``proof``.
    amount_net = fields.Monetary(string="Net")
    amount_vat = fields.Monetary(string="VAT")
    amount_total = fields.Monetary(string="Total")
    gross = fields.Char(
        string="Proved total", help="The total to the cent, as it was proved."
    )
    proof = fields.Json(help="Net and VAT for each rate, the order's total beside it.")
    proof_text = fields.Text(compute="_compute_proof_text")
    line_ids = fields.One2many("lightspeed.exact.booking.line", "booking_id")
    line_count = fields.Integer()
    content = fields.Json(
        exportable=False,
        help="The booking as it was decided, to the cent; see accounting/stored.py.",
    )
    entry_id = fields.Char(string="Exact ID", index="btree_not_null")
    entry_number = fields.Char(string="Entry number", index="btree_not_null")
    remote_total = fields.Char(string="Total in Exact")
    posted_at = fields.Datetime(
        string="Booked at",
    )

    _generation_uniq = models.Constraint(
        "UNIQUE(order_id, kind, generation)",
        "An order has one booking of a kind and generation.",
    )

    @api.depends("treatment_reason", "treatment_params")
    @api.depends_context("lang")
    def _compute_treatment_text(self):
        for booking in self:
            booking.treatment_text = booking.treatment_reason and explain_treatment(
                booking.env, booking.treatment_reason, booking.treatment_params or {}
            )

    @api.depends("proof", "remote_total")
    @api.depends_context("lang")
    def _compute_proof_text(self):
        for booking in self:
            booking.proof_text = "\n".join(booking._proof_sentences())

    def _proof_sentences(self):
        """Return the proof in sentences: per rate, the sum, the order, Exact."""
        proof = self.proof or {}
        if not proof:
            return []
        sentences = self._proof_of_rates(proof)
        if Decimal(proof["rounding"]):
            sentences.append(
                self.env._(
                    "Rounding: %(amount)s", amount=self._shown(proof["rounding"])
                )
            )
        sentences.append(
            self.env._(
                "Booked %(booked)s = order %(order)s",
                booked=self._shown(proof["booked"]),
                order=self._shown(proof["order"]),
            )
        )
        if self.remote_total:
            sentences.append(
                self.env._(
                    "Exact Online says %(total)s", total=self._shown(self.remote_total)
                )
            )
        return sentences

    def _proof_of_rates(self, proof):
        """Return a sentence per rate, per treatment where there are several."""
        rows = proof.get("per_treatment") or []
        if len({row[0] for row in rows}) > 1:
            treatments = dict(
                self._fields["treatment"]._description_selection(self.env)
            )
            return [
                self.env._(
                    "%(treatment)s, %(rate)s: net %(net)s, VAT %(vat)s",
                    treatment=treatments.get(treatment, treatment),
                    rate=as_percentage(rate),
                    net=self._shown(net),
                    vat=self._shown(vat),
                )
                for treatment, rate, net, vat in rows
            ]
        return [
            self.env._(
                "%(rate)s: net %(net)s, VAT %(vat)s",
                rate=as_percentage(rate),
                net=self._shown(net),
                vat=self._shown(vat),
            )
            for rate, net, vat in proof["per_rate"]
        ]

    def _shown(self, amount, currency=None):
        """Return an exact amount as the user's language writes it."""
        return format_amount(self.env, float(amount), currency or self.currency_id)

    # === BUSINESS === #
    @api.model
    def _values_of(self, order, booking):
        """Return the field values of a booking that ``accounting`` decided.

        :param order: the sync record
        :param Booking booking: from ``decide``
        :rtype: dict
        """
        link = order.link_id
        lines = [self._line_values(line) for line in booking.lines]
        proof = booking.proof
        net = sum((line.net for line in booking.lines), Decimal(0))
        return {
            "order_id": order.id,
            "link_id": link.id,
            "administration_id": link.administration_id.id,
            "company_id": link.company_id.id,
            "reference": booking.reference,
            "journal_code": booking.journal,
            "entry_date": booking.entry_date,
            "date_source": booking.date_source,
            "description": booking.description,
            "treatment": booking.treatment,
            "currency_id": order.currency_id.id,
            # Shown only; the exact figures are text in the proof.
            "amount_net": float(net),
            "amount_vat": float(booking.gross - net),
            "amount_total": float(booking.gross),
            "gross": str(booking.gross),
            "proof": {
                "order": str(proof.order_gross),
                "booked": str(proof.booked_gross),
                "rounding": str(proof.rounding),
                "per_rate": [[str(part) for part in row] for row in proof.per_rate],
                "per_treatment": [
                    [str(part) for part in row] for row in proof.per_treatment
                ],
            },
            "line_count": len(lines),
            "kind": booking.kind,
            "original_reference": booking.original or False,
            "treatment_reason": booking.treatment_reason or False,
            "treatment_params": booking.treatment_params or False,
            "vat_country": booking.country or False,
            "vat_number": booking.vat_number or False,
            "oss_period": booking.oss_period or False,
            "vies_check_id": booking.needs_vies
            # Not that of another number that the order had before.
            and order.vies_check_id.filtered(
                lambda check: check.number == booking.vat_number
            ).id,
            "content": stored.dump(booking),
            "line_ids": [fields.Command.clear()]
            + [fields.Command.create(values) for values in lines],
        }

    @api.model
    def _line_values(self, line):
        return {
            "kind": line.kind.value,
            "name": line.description,
            "quantity": float(line.quantity) if line.quantity is not None else 0,
            "net": float(line.net),
            "vat": float(line.vat),
            "gross": float(line.gross),
            "rate": float(line.rate),
            "treatment": line.treatment,
            "country_code": line.country or False,
            "gl_account": line.gl_code,
            "vat_code": line.vat_code,
            "cost_center": line.cost_center,
            "cost_unit": line.cost_unit,
            "rule_key": line.rule_key,
        }

    def _content(self):
        """Return what was booked, exactly.

        :rtype: Booking
        """
        self.ensure_one()
        return stored.load(self.content or self._content_of_lines())

    def _content_of_lines(self):
        """Return the content of a booking from before contents were kept.

        :rtype: dict
        """
        administration = self.administration_id.with_context(active_test=False)
        accounts = {row.code: row.remote_id for row in administration.gl_account_ids}
        rates = administration._vat_rates()
        return {
            "reference": self.reference,
            "journal": self.journal_code,
            "entry_date": self.entry_date.isoformat(),
            "date_source": self.date_source,
            "currency": self.currency_id.name,
            "description": self.description or "",
            "treatment": self.treatment,
            "payment_condition": self.link_id.payment_condition_id.code or "",
            "kind": self.kind,
            "lines": [line._content(accounts, rates) for line in self.line_ids],
            "proof": {
                "order_gross": self.proof["order"],
                "booked_gross": self.proof["booked"],
                "rounding": self.proof["rounding"],
                "per_rate": self.proof["per_rate"],
            },
        }

    def _differs_from_exact(self):
        """Return whether Exact's own total is another one than was proved."""
        self.ensure_one()
        if not self.remote_total:
            return False
        return Decimal(self.remote_total) != Decimal(self.gross)

    def action_open_in_exact(self):
        """Open the entry in Exact Online."""
        self.ensure_one()
        url = self.administration_id._page_url(self.entry_id, self.entry_number)
        return {"type": "ir.actions.act_url", "url": url, "target": "new"}
