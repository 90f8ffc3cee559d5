from contextlib import closing
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..clients import forecast
from ..clients.errors import ConnectorError
from ..clients.lightspeed import MAX_LIMIT as PAGE_SIZE
from ..clients.odata import MAX_TERMS
from ..models.groups import check_manager
from ..models.moments import aware
from ..models.service_errors import problem_of

# No shop of Lightspeed eCom is older.
FIRST = datetime(2000, 1, 1)


class LightspeedExactHistory(models.TransientModel):
    """Which existing orders come along: how many, what they cost, how long it takes.

    The shop counts them; nothing is read or booked before the choice is made.
    """

    _name = "lightspeed.exact.history"
    _description = "Existing Orders"
    _inherit = ["lightspeed.exact.company.mixin"]
    _rec_name = "link_id"

    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True, index=True)
    start_at = fields.Datetime(
        related="link_id.start_at", string="At present books from"
    )
    choice = fields.Selection(
        [
            ("none", "No, only what is completed from now on"),
            ("date", "Yes, from a date"),
            ("all", "Yes, all of them"),
        ],
        string="Existing orders come along",
        required=True,
        default="date",
    )
    date_from = fields.Datetime(
        string="From",
        help="Orders that reached the chosen status from then on are booked; which "
        "moment counts is a choice of the link.",
    )
    # What the shop counted
    counted_choice = fields.Char(readonly=True)
    order_count = fields.Integer(
        string="Orders at most",
        readonly=True,
        help="Orders that the shop changed since then. Those that did not reach the "
        "chosen status are read and not booked.",
    )
    lightspeed_calls = fields.Integer(string="Calls to Lightspeed", readonly=True)
    exact_calls = fields.Integer(
        string="Calls to Exact Online",
        readonly=True,
        help="At most: a document for each order, and a relation for each customer "
        "who is new to Exact Online.",
    )
    is_counted = fields.Boolean(compute="_compute_is_counted")
    lightspeed_allowance = fields.Char(
        string="Lightspeed allows", compute="_compute_duration"
    )
    exact_allowance = fields.Char(
        string="Exact Online allows", compute="_compute_duration"
    )
    duration_text = fields.Char(
        string="Expected duration",
        compute="_compute_duration",
        help="New orders go first: a tenth of each day's calls is left for them.",
    )

    # === COMPUTE === #
    @api.depends("choice", "date_from", "counted_choice")
    def _compute_is_counted(self):
        for history in self:
            history.is_counted = bool(
                history.counted_choice and history.counted_choice == history._key()
            )

    @api.depends("lightspeed_calls", "exact_calls")
    @api.depends_context("lang")
    def _compute_duration(self):
        forecasts = self.env["lightspeed.exact.forecast"]
        now = datetime.now(timezone.utc)
        for history in self:
            link = history.link_id
            shop, exact = forecasts._allowances(link.shop_id, link.administration_id)
            history.lightspeed_allowance = forecasts._allowance_text(shop)
            history.exact_allowance = forecasts._allowance_text(exact)
            # Reading and booking go on side by side: the slower one decides.
            history.duration_text = forecasts._duration_text(
                max(
                    forecast.duration(history.lightspeed_calls, shop, now),
                    forecast.duration(history.exact_calls, exact, now),
                )
            )

    # === ACTIONS === #
    def action_count(self):
        """Ask the shop how many orders that is.

        :raise UserError: no date is chosen, or the shop cannot be asked
        """
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        self._check_choice()
        self._count()
        return self._reopen()

    def action_apply(self):
        """Let the link book from the chosen moment on.

        :raise UserError: no date is chosen, or the link has begun to book already
        """
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        self._check_choice()
        self.link_id.start_at = self._start()
        return {"type": "ir.actions.act_window_close"}

    # === BUSINESS === #
    def _check_choice(self):
        if self.choice == "date" and not self.date_from:
            raise UserError(self.env._("Fill in from when."))
        if self.choice == "none" and self.link_id.cursor_at:
            raise UserError(
                self.env._(
                    "The link looks for orders already. To book less, set a later "
                    "moment on the link itself; what is booked stays booked."
                )
            )

    def _start(self):
        """Return from when the link is to book, naive UTC."""
        if self.choice == "all":
            return FIRST
        return self.date_from if self.choice == "date" else fields.Datetime.now()

    def _key(self):
        """Return what was counted for: another choice has to be counted anew."""
        return f"{self.choice} {self.date_from if self.choice == 'date' else ''}"

    def _count(self):
        """Count the orders at the shop, and the calls that they cost."""
        count = self._ask() if self.choice != "none" else 0
        # A relation for each, and a look-up of so many at once.
        customers = count + -(-count // MAX_TERMS)
        self.write(
            {
                "counted_choice": self._key(),
                "order_count": count,
                "lightspeed_calls": count + -(-count // PAGE_SIZE),
                "exact_calls": count * self._calls_of_document() + customers,
            }
        )

    def _calls_of_document(self):
        """Return how many calls a document costs beside its customer.

        Items that Exact does not have yet come on top: the transfer of products tells.
        """
        link, calls = self.link_id, 1
        if link.document_kind == "sales_invoice":
            calls += link.invoice_profile_id.finalise == "print"
        return calls + 2 * (link.attachment != "none")

    def _ask(self):
        """Return how many orders changed since the chosen moment, at the shop.

        :raise UserError: the shop cannot be asked
        """
        shop = self.link_id.shop_id
        filters = {}
        if self.choice == "date":
            filters["updated_at_min"] = aware(self.date_from)
        try:
            with closing(shop._tested_client()) as client:
                return client.order_count(**filters)
        except ConnectorError as error:
            raise UserError(shop._problem_sentence(*problem_of(error, shop))) from error

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Existing orders"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }
