from decimal import Decimal, InvalidOperation

from odoo import models

from ..accounting.oss import coverage, other_member_states
from .reasons import describe

# Holds that name a country and a rate of a distance sale.
GAPS = ("oss_code_missing", "rule_missing")
STEP = Decimal("0.000001")


class LightspeedExactLink(models.Model):
    """The countries of distance sales and the VAT codes for them."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    def action_oss_coverage(self):
        """Show for each country and rate which VAT code a distance sale would get."""
        self.ensure_one()
        self.check_access("read")
        # In sudo mode: people read these rows, and make none of their own.
        coverage_model = self.env["lightspeed.exact.oss.coverage"].sudo()
        rows = coverage_model.create(self._oss_coverage())
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_oss_coverage_action"
        )
        return {**action, "domain": [("id", "in", rows.ids)]}

    def _oss_coverage(self):
        """Return the values of the rows of the coverage screen.

        :rtype: list(dict)
        """
        self.ensure_one()
        policy, codes = self._policy(), self._oss_codes()
        countries = {
            country.code: country for country in self.env["res.country"].search([])
        }
        values = []
        for code, rate, origin in self._oss_rates():
            if code not in countries:
                continue
            found = coverage(policy, code, rate)
            others = [
                other.code
                for other in codes.get((code, rate), ())
                if other.code != found.code
            ]
            values.append(
                {
                    "link_id": self.id,
                    "country_id": countries[code].id,
                    # Shown only: the rate is a fraction of six decimals.
                    "rate": float(rate),
                    "origin": origin,
                    "vat_code": found.code or False,
                    "other_codes": ", ".join(others) or False,
                    "is_gap": bool(found.problem),
                    "problem": found.problem
                    and describe(self.env, found.problem, found.params)[0],
                }
            )
        return values

    def _oss_rates(self):
        """Return country, rate and where it is known from, for every distance sale.

        :rtype: list(tuple(str, Decimal, str))
        """
        known = self.shop_id.tax_overrides or {}
        seen = self._oss_rates_of_orders()
        rows = []
        for country in other_member_states(self._home_country()):
            found = {}
            for rate in seen.get(country, ()):
                found[rate] = "order"
            if country in known:
                found |= dict.fromkeys(map(_rate, known[country]), "country")
            else:
                found |= dict.fromkeys(self._shop_rates(), "shop")
            rows += [(country, rate, found[rate]) for rate in sorted(found) if rate]
        return rows

    def _oss_rates_of_orders(self):
        """Return the rates of distance sales on this link's orders, per country.

        :rtype: dict(str, set(Decimal))
        """
        # In sudo mode: the coverage counts all orders, whoever may see them.
        orders = self.env["lightspeed.exact.order"].sudo()
        held = orders.search(
            [
                ("link_id", "=", self.id),
                ("state", "=", "held"),
                ("reason_code", "in", GAPS),
            ]
        )
        seen = {}
        for params in held.mapped("reason_params"):
            if params.get("treatment", "oss") != "oss":
                continue
            try:
                rate = _rate(params.get("rate"))
            except (InvalidOperation, TypeError, ValueError):
                continue
            seen.setdefault(params.get("country"), set()).add(rate)
        for country, rate in self._oss_rates_booked():
            seen.setdefault(country, set()).add(rate)
        return seen

    def _oss_rates_booked(self):
        """Yield country and rate of what was booked as a distance sale on this link."""
        # In sudo mode: the coverage counts all bookings, whoever may see them.
        groups = (
            self.env["lightspeed.exact.booking.line"]
            .sudo()
            ._read_group(
                [
                    ("booking_id.link_id", "=", self.id),
                    ("treatment", "=", "oss"),
                    ("country_code", "!=", False),
                ],
                ["country_code", "rate"],
            )
        )
        for country, rate in groups:
            yield country, _rate(repr(rate))


def _rate(text):
    return Decimal(text).quantize(STEP)
