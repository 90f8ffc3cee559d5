from odoo import fields, models
from odoo.exceptions import AccessError

from ..accounting.terms import BOOKS_YEARS, OSS_YEARS, kept_until

# Orders that somebody or something still works on.
OPEN = ("ready", "failed", "held")


class LightspeedExactPersonLine(models.TransientModel):
    """One record about a person: what becomes of it, and why."""

    _name = "lightspeed.exact.person.line"
    _description = "Record about a Person"
    _inherit = ["lightspeed.exact.company.mixin"]
    _order = "id"

    person_id = fields.Many2one(
        "lightspeed.exact.person", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True
    )
    kind = fields.Selection(
        [
            ("order", "Order"),
            ("customer", "Customer in Exact Online"),
            ("operation", "What was sent to Exact Online"),
            ("check", "VAT number check"),
        ],
        required=True,
        readonly=True,
    )
    name = fields.Char(string="Record", readonly=True)
    is_sure = fields.Boolean(
        string="Is this person",
        readonly=True,
        help="Found by e-mail address, VAT number or customer. What only mentions the "
        "person may be somebody else's: look at it first.",
    )
    selected = fields.Boolean(string="Erase")
    verdict = fields.Selection(
        [
            ("erased", "Erased"),
            ("partly", "Erased in part"),
            ("stays", "Stays"),
        ],
        string="What becomes of it",
        readonly=True,
    )
    why = fields.Char(readonly=True)
    until = fields.Date(string="Stays until", readonly=True)

    def write(self, vals):
        """Let people select, and nothing else: a line tells what is erased.

        :raise AccessError: somebody writes which record it is
        """
        if not self.env.su and set(vals) - {"selected"}:
            raise AccessError(
                self.env._("Only the connector itself says what was found.")
            )
        return super().write(vals)

    def _record(self):
        """Return the record itself, as the connector sees it."""
        self.ensure_one()
        # In sudo mode: raw data and writes; the company was checked at the search.
        return self.env[self.res_model].sudo().browse(self.res_id).exists()

    # === WHAT BECOMES OF IT === #
    def _judge(self):
        """Say of each record what an erasure does to it, and what must stay."""
        for line in self:
            record = line._record()
            verdict, why, until = getattr(line, f"_judge_{line.kind}")(record)
            line.write({"verdict": verdict, "why": why, "until": until})

    def _judge_order(self, order):
        env = self.env
        if order.forgotten_at:
            return (
                "stays",
                env._(
                    "Nothing about the person is left; the number stays so that the "
                    "order is not booked again."
                ),
                False,
            )
        if self._is_open(order):
            return (
                "stays",
                env._(
                    "It is not settled: finish it or skip it first, then erase again."
                ),
                False,
            )
        until, by_oss = self._kept_until(order.booking_ids)
        if not until:
            return (
                "erased",
                env._(
                    "Never booked: everything about the person goes. The number stays "
                    "so that the shop cannot bring it back."
                ),
                False,
            )
        if by_oss:
            law = env._("ten years, art. 63c Implementing Regulation (EU) 282/2011")
        else:
            law = env._("seven years, art. 52 AWR")
        return (
            "partly",
            env._(
                "Name, addresses, e-mail address, phone and messages go. What was "
                "booked stays: amounts, VAT, country, VAT number and references "
                "(%(law)s; art. 17(3)(b) GDPR).",
                law=law,
            ),
            until,
        )

    def _is_open(self, order):
        """Return whether something is still to be done with an order."""
        return bool(
            order.state in OPEN
            or order.follow_up
            or order.proposal
            or order._waits_for_day()
            or "sending"
            in (order.operation_ids | order.booking_ids.operation_id).mapped("state")
        )

    def _kept_until(self, bookings):
        """Return until when bookings must stay, and whether because of OSS.

        :rtype: tuple(date | False, bool)
        """
        found = []
        for booking in bookings.filtered(lambda row: row.state != "planned"):
            terms = self.env["lightspeed.exact.retention"]._of(booking.company_id)
            month = int(terms.year_end_month)
            day = booking.entry_date
            is_oss = bool(booking.oss_period or booking.treatment == "oss")
            until = kept_until(day, max(terms.books_years, BOOKS_YEARS), month)
            if is_oss:
                years = max(terms.oss_years, OSS_YEARS, terms.books_years)
                until = max(kept_until(day, years), kept_until(day, years, month))
            found.append((until, is_oss))
        return max(found, default=(False, False))

    def _judge_customer(self, customer):
        env = self.env
        if customer.forgotten_at:
            return (
                "stays",
                env._("Only the code in Exact Online and a hash are left."),
                False,
            )
        return (
            "partly",
            env._(
                "Name, e-mail address and VAT number go. The code in Exact Online "
                "stays, and a hash of the e-mail address or VAT number made with a "
                "secret key: the next order of the same person finds the same "
                "customer. Such a hash is still personal data."
            ),
            False,
        )

    def _judge_operation(self, operation):
        env = self.env
        if operation.state == "sending":
            return ("stays", env._("Its outcome is not known yet."), False)
        return (
            "partly",
            env._("Name and address that were sent go; that something was sent stays."),
            False,
        )

    def _judge_check(self, check):
        env = self.env
        bookings = self.env["lightspeed.exact.booking"].sudo()
        used = bookings.search([("vies_check_id", "=", check.id)])
        until, _by_oss = self._kept_until(used)
        orders = self.env["lightspeed.exact.order"].sudo()
        if until:
            return (
                "stays",
                env._(
                    "It proves why no VAT was charged (seven years, art. 52 AWR; art. "
                    "17(3)(b) GDPR)."
                ),
                until,
            )
        if orders.search_count([("vies_check_id", "=", check.id)], limit=1):
            return ("stays", env._("An order still needs it."), False)
        return ("erased", env._("No booking needs it."), False)

    # === ERASING === #
    def _erase(self):
        """Erase what may be erased of these records.

        :return: how many were erased, also in part
        :rtype: int
        """
        count = 0
        # Customers last: what was sent for them is found by their identity.
        order = ("order", "operation", "check", "customer")
        for line in self.sorted(lambda line: order.index(line.kind)):
            record = line._record()
            if not record or line._judge_now(record) == "stays":
                continue
            if line.kind == "order":
                record._forget("person")
            elif line.kind == "customer":
                record._forget()
            elif line.kind == "operation":
                record._forget_relation()
            else:
                record.unlink()
            count += 1
        return count

    def _judge_now(self, record):
        """Return the verdict at this moment: it may have changed since the search."""
        return getattr(self, f"_judge_{self.kind}")(record)[0]

    def action_open(self):
        """Show the record."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
