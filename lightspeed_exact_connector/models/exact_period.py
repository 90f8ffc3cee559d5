from datetime import date

from odoo import api, fields, models

from ..accounting.booking import RefusedPeriod
from ..accounting.exact_values import exact_date, integer
from ..accounting.periods import gap
from .groups import check_bookkeeper


class ExactPeriod(models.Model):
    """A financial period, and whether Exact Online refused a document in it.

    Exact shows no open or closed flag (Exact reference 7.4): that a period is closed
    is learned from the first refusal, and kept until somebody wants it tried again.
    """

    _name = "exact.period"
    _description = "Exact Online Financial Period"
    _inherit = "exact.reference.mixin"
    _order = "start_date desc, id desc"

    fin_year = fields.Integer(string="Financial year", readonly=True, aggregator=None)
    fin_period = fields.Integer(string="Period", readonly=True, aggregator=None)
    start_date = fields.Date(string="From", readonly=True)
    end_date = fields.Date(string="Until", readonly=True)
    is_missing = fields.Boolean(
        string="Not in Exact Online",
        readonly=True,
        help="Exact Online has no financial period for these days: set up the "
        "financial year there and refresh the reference data.",
    )
    refused_at = fields.Datetime(
        string="Refused", readonly=True, index="btree_not_null"
    )
    refusal = fields.Text(
        string="What Exact Online said",
        readonly=True,
        help="Nothing is sent to this period until it is tried again.",
    )

    _remote_uniq = models.Constraint(
        "UNIQUE(administration_id, remote_id)", "A period is kept once."
    )

    # === REFERENCE DATA === #
    @api.model
    def _exact_path(self):
        return "financial/FinancialPeriods"

    @api.model
    def _exact_select(self):
        return ["ID", "FinYear", "FinPeriod", "StartDate", "EndDate"]

    @api.model
    def _exact_values(self, row):
        year, period = integer(row.get("FinYear")), integer(row.get("FinPeriod"))
        start, end = _day(row.get("StartDate")), _day(row.get("EndDate"))
        code = f"{year}-{period:02d}"
        return {
            "code": code,
            "name": f"{start} – {end}" if start and end else code,
            "fin_year": year,
            "fin_period": period,
            "start_date": start,
            "end_date": end,
        }

    @api.model
    def _is_optional(self):
        """A period that is closed is learned from the refusal just as well."""
        return True

    @api.model
    def _known(self, administration):
        """Leave out what Exact does not have: a refresh says nothing about it."""
        return super()._known(administration).filtered(lambda row: not row.is_missing)

    @api.model
    def _refresh(self, administration, client):
        """Forget what was missing and is there now."""
        result = super()._refresh(administration, client)
        for missing in self.search(
            [("administration_id", "=", administration.id), ("is_missing", "=", True)]
        ):
            if self.search_count(
                [
                    ("administration_id", "=", administration.id),
                    ("is_missing", "=", False),
                    ("start_date", "<=", missing.end_date),
                    ("end_date", ">=", missing.start_date),
                ],
                limit=1,
            ):
                missing._reopen()
        return result

    # === ACTIONS === #
    def action_reopen(self):
        """Try these periods again: what is held for them goes once more."""
        check_bookkeeper(self)
        # In sudo mode: reference data is read-only for people.
        self.sudo()._reopen()

    # === BUSINESS === #
    @api.model
    def _of(self, administration, day):
        """Return the period of an administration in which a day lies.

        :rtype: exact.period
        """
        return self.search(
            [
                ("administration_id", "=", administration.id),
                ("start_date", "<=", day),
                ("end_date", ">=", day),
            ],
            order="is_missing, id",
            limit=1,
        )

    @api.model
    def _learn(self, administration, day, detail):
        """Remember that Exact refused a document of a day.

        :param administration: the administration
        :param date day: the entry date
        :param str detail: what Exact said
        :return: the period that is refused from now on
        :rtype: exact.period
        """
        period = self._of(administration, day) or self._make_missing(
            administration, day
        )
        period.write({"refused_at": fields.Datetime.now(), "refusal": detail or False})
        administration.invalidate_recordset(["refused_period_ids"])
        return period

    @api.model
    def _make_missing(self, administration, day):
        """Make a row for the days of a calendar year that Exact does not know."""
        known = self.search(
            [
                ("administration_id", "=", administration.id),
                ("start_date", "!=", False),
                ("end_date", "!=", False),
            ]
        )
        start, end = gap(
            day,
            [(row.start_date, row.end_date) for row in known],
            (date(day.year, 1, 1), date(day.year, 12, 31)),
        )
        whole = (start.month, start.day, end.month, end.day) == (1, 1, 12, 31)
        return self.create(
            {
                "administration_id": administration.id,
                "remote_id": f"missing-{start}",
                "code": str(day.year) if whole else f"{start} – {end}",
                "name": f"{start} – {end}",
                "fin_year": day.year,
                "start_date": start,
                "end_date": end,
                "is_missing": True,
            }
        )

    def _reopen(self):
        """Forget the refusals, and release what is held for them."""
        administrations = self.administration_id
        self.write({"refused_at": False, "refusal": False})
        self.filtered("is_missing").unlink()
        administrations.invalidate_recordset(["refused_period_ids"])
        self.env["lightspeed.exact.order"]._release_refused_periods(administrations)

    def _to_refused(self):
        """Return a refused period as ``accounting`` needs it.

        :rtype: RefusedPeriod
        """
        self.ensure_one()
        return RefusedPeriod(
            self.start_date, self.end_date, self.code, self.refusal or ""
        )


def _day(value):
    """Return a date of Exact; ``False`` for what is none."""
    try:
        return exact_date(value)
    except ValueError:
        return False
