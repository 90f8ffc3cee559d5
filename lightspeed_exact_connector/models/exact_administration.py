import logging
from contextlib import closing
from datetime import timedelta
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..accounting.exact_values import integer, trim
from ..clients.errors import (
    AccessDenied,
    BadAnswer,
    ConnectorError,
    NotFound,
    Rejected,
)
from .groups import check_bookkeeper
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

REFERENCE_MODELS = (
    "exact.journal",
    "exact.gl.account",
    "exact.vat.code",
    "exact.payment.condition",
    "exact.period",
    "exact.currency",
    "exact.layout",
    "exact.unit",
    "exact.item.group",
)


class ExactAdministration(models.Model):
    """One division of Exact Online: the unit of work and of quota."""

    _name = "exact.administration"
    _description = "Exact Online Administration"
    _inherit = [
        "mail.thread",
        "lightspeed.exact.problem.mixin",
        "lightspeed.exact.company.mixin",
    ]
    _order = "name, id"
    _check_company_auto = True

    # === FIELDS === #
    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self._default_company_id(),
    )
    app_id = fields.Many2one(
        "exact.app", required=True, check_company=True, ondelete="restrict"
    )
    connection_id = fields.Many2one(
        "exact.connection",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('app_id', '=', app_id), ('company_id', 'in', (company_id, False))]",
        help="The consent that is used; it can be replaced by another one of the same "
        "app without losing anything.",
    )
    connection_state = fields.Selection(related="connection_id.state")
    division = fields.Integer(
        string="Number", required=True, readonly=True, index=True, aggregator=None
    )
    customer_name = fields.Char(string="Licence holder", readonly=True)
    currency_code = fields.Char(string="Currency code", readonly=True)
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    country_code = fields.Char(string="Country", readonly=True)
    vat_number = fields.Char(string="VAT number", readonly=True)
    blocking_status = fields.Integer(readonly=True)
    may_book = fields.Boolean(
        string="May book sales entries",
        readonly=True,
        help="Whether the Exact Online user of the connection has the right.",
    )
    refreshed_at = fields.Datetime(string="Reference data of", readonly=True)
    journal_ids = fields.One2many("exact.journal", "administration_id")
    gl_account_ids = fields.One2many("exact.gl.account", "administration_id")
    vat_code_ids = fields.One2many("exact.vat.code", "administration_id")
    payment_condition_ids = fields.One2many(
        "exact.payment.condition", "administration_id"
    )
    period_ids = fields.One2many("exact.period", "administration_id")
    currency_ids = fields.One2many(
        "exact.currency", "administration_id", string="Currencies"
    )
    link_ids = fields.One2many("lightspeed.exact.link", "administration_id")
    # Caps of the Exact package
    line_cap = fields.Integer(
        string="Booking lines a month",
        default=10000,
        aggregator=None,
        help="How many booking lines a month the Exact Online package allows; 0 for no "
        "limit.",
    )
    lines_this_month = fields.Integer(
        string="Lines this month", compute="_compute_lines"
    )
    lines_forecast = fields.Integer(
        string="Lines expected this month",
        compute="_compute_lines",
        help="At the present pace, by the end of the month.",
    )
    line_cap_warning = fields.Boolean(compute="_compute_lines")
    journal_count = fields.Integer(compute="_compute_reference_counts")
    gl_account_count = fields.Integer(compute="_compute_reference_counts")
    vat_code_count = fields.Integer(compute="_compute_reference_counts")
    payment_condition_count = fields.Integer(compute="_compute_reference_counts")
    period_count = fields.Integer(compute="_compute_reference_counts")
    currency_count = fields.Integer(compute="_compute_reference_counts")
    layout_count = fields.Integer(compute="_compute_reference_counts")
    unit_count = fields.Integer(compute="_compute_reference_counts")
    item_group_count = fields.Integer(compute="_compute_reference_counts")
    # Written by the engine
    parked_until = fields.Datetime(string="Rests until", readonly=True, copy=False)
    history_parked_until = fields.Datetime(readonly=True, copy=False)
    refusals = fields.Integer(readonly=True, copy=False)
    refusals_since = fields.Datetime(readonly=True, copy=False)
    failures = fields.Integer(readonly=True, copy=False)
    served_at = fields.Datetime(readonly=True, copy=False)

    _division_uniq = models.Constraint(
        "UNIQUE(app_id, division)", "This administration is known already."
    )

    # === COMPUTE === #
    def _default_company_id(self):
        return self.env.company

    @api.depends("name", "division")
    def _compute_display_name(self):
        for administration in self:
            administration.display_name = (
                f"{administration.name} ({administration.division})"
                if administration.division
                else administration.name
            )

    @api.depends("currency_code")
    def _compute_currency_id(self):
        currencies = self.env["res.currency"].with_context(active_test=False)
        codes = [code for code in self.mapped("currency_code") if code]
        by_code = {
            currency.name: currency
            for currency in currencies.search([("name", "in", codes)])
        }
        for administration in self:
            administration.currency_id = by_code.get(administration.currency_code)

    def _compute_reference_counts(self):
        for model in REFERENCE_MODELS:
            groups = self.env[model]._read_group(
                [("administration_id", "in", self.ids)],
                ["administration_id"],
                ["__count"],
            )
            counts = {administration.id: count for administration, count in groups}
            field = f"{model.removeprefix('exact.').replace('.', '_')}_count"
            for administration in self:
                administration[field] = counts.get(administration.id, 0)

    @api.depends("line_cap")
    def _compute_lines(self):
        today = fields.Date.context_today(self)
        start = today.replace(day=1)
        days = ((start + timedelta(days=32)).replace(day=1) - start).days
        counts = self._count_lines(start)
        for administration in self:
            lines = counts.get(administration.id, 0)
            administration.lines_this_month = lines
            administration.lines_forecast = lines * days // today.day
            cap = administration.line_cap
            administration.line_cap_warning = bool(
                cap and administration.lines_forecast > cap
            )

    def _count_lines(self, start):
        """Return the number of lines booked since a date per administration.

        :param date start: first day
        :rtype: dict(int, int)
        """
        # In sudo mode: the package counts all lines, whoever may see them here.
        groups = (
            self.env["lightspeed.exact.booking"]
            .sudo()
            ._read_group(
                [
                    ("administration_id", "in", self.ids),
                    ("state", "=", "posted"),
                    ("posted_at", ">=", start),
                ],
                ["administration_id"],
                ["line_count:sum"],
            )
        )
        return {administration.id: lines for administration, lines in groups}

    # === CONSTRAINTS === #
    @api.constrains("app_id", "connection_id")
    def _check_connection(self):
        for administration in self:
            if administration.connection_id.app_id != administration.app_id:
                raise ValidationError(
                    self.env._("The connection belongs to another Exact app.")
                )

    @api.constrains("company_id")
    def _check_company_kept(self):
        for administration in self:
            links = administration.sudo().with_context(active_test=False).link_ids
            if links.filtered(
                lambda link, company=administration.company_id: (
                    link.company_id != company
                )
            ):
                raise ValidationError(
                    self.env._("An administration with links stays in its company.")
                )

    # === ACTIONS === #
    def action_refresh(self):
        """Read all reference data again: journals, accounts, codes, currencies."""
        check_bookkeeper(self)
        for administration in self:
            try:
                administration._refresh_reference_data()
            except ConnectorError as error:
                raise UserError(
                    administration._problem_sentence(*problem_of(error, administration))
                ) from error
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The reference data is up to date."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS === #
    @api.model
    def _update_from(self, connection, divisions):
        """Keep the divisions of a grant as administrations.

        :param connection: the connection that opened them
        :param list divisions: rows of ``system/Divisions``
        :return: the administrations of this grant
        :rtype: exact.administration
        """
        # In sudo mode: another company may have fetched a division of the same consent.
        known = {
            administration.division: administration.sudo(False)
            for administration in self.sudo()
            .with_context(active_test=False)
            .search([("app_id", "=", connection.app_id.id)])
        }
        found = self.browse()
        for row in divisions:
            values = self._division_values(row)
            if values["division"] <= 0:
                continue  # what has no number cannot be asked for
            administration = known.get(values["division"])
            if administration and not administration.has_access("write"):
                continue  # it belongs to another company
            if administration:
                administration.write(values)
            else:
                administration = self.create(
                    {
                        **values,
                        "app_id": connection.app_id.id,
                        "connection_id": connection.id,
                        "company_id": (connection.company_id or self.env.company).id,
                    }
                )
            found |= administration
        return found

    @api.model
    def _division_values(self, row):
        return {
            "division": integer(row.get("Code")),
            "name": trim(row.get("Description")) or trim(row.get("Code")),
            "customer_name": trim(row.get("CustomerName")) or False,
            "currency_code": trim(row.get("Currency")) or False,
            "country_code": trim(row.get("Country")) or False,
            "vat_number": trim(row.get("VATNumber")) or False,
            "blocking_status": integer(row.get("BlockingStatus")),
        }

    def _client(self):
        """Return a client for this division.

        :rtype: ExactClient
        """
        self.ensure_one()
        # In sudo mode: the consent may belong to another company of the agency.
        return self.sudo().connection_id._client(self.division)

    def _quota_key(self):
        """Return what the quota of this division is known by.

        :rtype: str
        """
        self.ensure_one()
        # In sudo mode: people who read administrations need not read the app.
        return self.sudo().app_id._quota_key(self.division)

    def _refresh_reference_data(self):
        """Read the reference data again and let waiting orders try once more.

        :raise ConnectorError: what went wrong on the wire
        """
        self.ensure_one()
        with closing(self._client()) as client:
            for model in REFERENCE_MODELS:
                # In sudo mode: reference data is read-only for people.
                self.env[model].sudo()._refresh(self, client)
            values = self._rights_values(client)
        self.sudo().write({**values, "refreshed_at": fields.Datetime.now()})
        self.link_ids._release_held()

    def _rights_values(self, client):
        """Return what the user may do in the division, and whether it is blocked now.

        Where Exact does not tell, the first booking will.
        """
        values = {"may_book": True}
        try:
            values["may_book"] = client.has_right("salesentry/SalesEntries", "POST")
        except (AccessDenied, NotFound, Rejected, BadAnswer) as error:
            _logger.info("Rights of administration %s unknown: %s", self.id, error.code)
        for row in client.divisions():
            if integer(row.get("Code")) == self.division:
                values.update(self._division_values(row))
        return values

    def _park(self, until, code, params=None):
        """Post nothing until a moment; waiting orders stay where they are."""
        self._set_problem(code, params)
        self.parked_until = until

    def _vat_rates(self):
        """Return type and rate (a fraction) of the VAT codes, by code.

        :rtype: dict(str, tuple(str, Decimal))
        """
        self.ensure_one()
        codes = self.with_context(active_test=False).vat_code_ids
        return {code.code: (code.vat_type or "N", code._rate()) for code in codes}

    def _proposed_journal(self):
        """Return the sales journal to propose: the first by code."""
        self.ensure_one()
        return self.journal_ids.filtered(
            lambda journal: journal.journal_type == 20 and not journal.is_blocked
        )[:1]

    def _proposed_payment_condition(self):
        """Return the payment condition to propose: the one with the fewest days.

        Orders of a webshop are mostly paid already; and an entry is refused where
        neither the relation nor the administration has a condition.
        """
        self.ensure_one()
        return self.payment_condition_ids.sorted(
            lambda condition: (condition.payment_days, condition.code)
        )[:1]

    def _page_url(self, entry_id, entry_number):
        """Return the address in the browser of an entry of this administration.

        :rtype: str
        """
        self.ensure_one()
        # In sudo mode: people who read bookings need not read the app.
        app = self.app_id.sudo()
        page = app.entry_page.format(
            division=self.division,
            entry_id=quote(entry_id or "", safe=""),
            entry_number=quote(entry_number or "", safe=""),
        )
        return f"{app._host()}/{page.lstrip('/')}"
