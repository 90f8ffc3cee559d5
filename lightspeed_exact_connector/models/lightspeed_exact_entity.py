from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, format_amount

from ..accounting import vat_numbers
from ..accounting.vat_position import VatPosition
from .cross_border_net import CrossBorderNet

CENT = Decimal("0.01")
# Part of the threshold from which the bookkeeper is warned.
NEAR = Decimal("0.80")


class LightspeedExactEntity(models.Model):
    """Who sells and is liable for the VAT: registrations, threshold, filed returns."""

    _name = "lightspeed.exact.entity"
    _description = "Legal Entity"
    _inherit = ["mail.thread", "lightspeed.exact.company.mixin"]
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
    country_id = fields.Many2one(
        "res.country",
        tracking=True,
        help="Where the entity is established and the goods leave.",
    )
    postcode = fields.Char(
        help="Tells parts of a country that are outside the EU's VAT area, for "
        "instance the Canary Islands."
    )
    vat_number = fields.Char(
        string="VAT number",
        tracking=True,
        help="Its own number; customers' numbers are checked in its name.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self._default_currency_id(),
        help="Of the threshold and of all amounts here.",
    )
    administration_ids = fields.One2many("exact.administration", "entity_id")
    link_count = fields.Integer(compute="_compute_link_count")
    # OSS and threshold
    period_ids = fields.One2many("lightspeed.exact.entity.period", "entity_id")
    oss_period_ids = fields.One2many(
        "lightspeed.exact.entity.period",
        "entity_id",
        string="Registered for OSS",
        domain=[("kind", "=", "oss")],
    )
    registered_period_ids = fields.One2many(
        "lightspeed.exact.entity.period",
        "entity_id",
        string="Registered in other countries",
        domain=[("kind", "=", "registered")],
    )
    small_business_period_ids = fields.One2many(
        "lightspeed.exact.entity.period",
        "entity_id",
        string="Small-business scheme",
        domain=[("kind", "=", "small_business")],
    )
    year_ids = fields.One2many(
        "lightspeed.exact.entity.year", "entity_id", string="Sold elsewhere"
    )
    threshold = fields.Monetary(
        default=10000,
        required=True,
        tracking=True,
        help="Net in a calendar year up to which sales to consumers in other member "
        "states may be taxed at home: EUR 10,000.",
    )
    net_this_year = fields.Monetary(string="This year", compute="_compute_cross_border")
    net_last_year = fields.Monetary(string="Last year", compute="_compute_cross_border")
    threshold_used = fields.Float(
        string="Part of the threshold", compute="_compute_cross_border"
    )
    threshold_state = fields.Selection(
        [
            ("below", "Below the threshold"),
            ("near", "Near the threshold"),
            ("exceeded", "Threshold exceeded"),
        ],
        string="Against the threshold",
        compute="_compute_cross_border",
    )
    is_in_oss = fields.Boolean(compute="_compute_cross_border")
    uncounted_text = fields.Text(
        string="Not counted",
        compute="_compute_cross_border",
        help="In other currencies: add them in the currency of the entity under what "
        "is sold elsewhere.",
    )
    supply_text = fields.Text(
        string="Where sales are taxed now", compute="_compute_cross_border"
    )

    # === DEFAULTS === #
    def _default_company_id(self):
        return self.env.company

    def _default_currency_id(self):
        return self.env.company.currency_id

    # === COMPUTE === #
    def _compute_link_count(self):
        groups = self.env["lightspeed.exact.link"]._read_group(
            [("administration_id.entity_id", "in", self.ids)],
            ["administration_id"],
            ["__count"],
        )
        counts = {}
        for administration, count in groups:
            entity = administration.entity_id.id
            counts[entity] = counts.get(entity, 0) + count
        for entity in self:
            entity.link_count = counts.get(entity.id, 0)

    @api.depends(
        "threshold",
        "country_id",
        "currency_id",
        "administration_ids",
        "period_ids.kind",
        "period_ids.date_from",
        "period_ids.date_to",
        "year_ids.year",
        "year_ids.amount",
    )
    @api.depends_context("lang")
    def _compute_cross_border(self):
        today = fields.Date.context_today(self)
        for entity in self:
            sums = entity._cross_border_sums()
            this_year = sums.get(today.year, Decimal(0))
            last_year = sums.get(today.year - 1, Decimal(0))
            threshold = entity._threshold()
            highest = max(this_year, last_year)
            # Shown only; decisions are made from the exact sums.
            entity.net_this_year = float(this_year)
            entity.net_last_year = float(last_year)
            entity.threshold_used = (
                float(this_year * 100 / threshold) if threshold else 100
            )
            if highest > threshold:
                entity.threshold_state = "exceeded"
            else:
                near = this_year >= threshold * NEAR
                entity.threshold_state = "near" if near else "below"
            entity.is_in_oss = entity._applies("oss", today)
            entity.uncounted_text = entity._uncounted_sentences(today.year - 1)
            sentence = entity._supply_sentence(today, this_year, last_year)
            if entity._applies("small_business", today):
                scheme = self.env._(
                    "The small-business scheme (KOR) applies: no VAT is charged on "
                    "what is taxed at home."
                )
                sentence = f"{scheme} {sentence}"
            entity.supply_text = sentence

    def _supply_sentence(self, today, this_year, last_year):
        """Return in words where sales to consumers in other member states are taxed.

        :param date today: the day that is looked at
        :param Decimal this_year: net so far in its year
        :param Decimal last_year: net of the year before
        :rtype: str
        """
        self.ensure_one()
        threshold = self._threshold()
        values = {
            "country": self.country_id.display_name or self.env._("the own country"),
            "threshold": self._shown(threshold),
            "left": self._shown(max(threshold - this_year, Decimal(0))),
            "year": today.year,
            "before": today.year - 1,
        }
        if self._applies("oss", today):
            return self.env._(
                "Registered for OSS: sales to consumers in other member states are "
                "taxed in the country they go to."
            )
        if last_year > threshold:
            return self.env._(
                "In %(before)s more than %(threshold)s was sold to consumers in other "
                "member states: these sales are taxed in the country they go to. "
                "Register for OSS and fill in the registration here.",
                **values,
            )
        if this_year > threshold:
            return self.env._(
                "In %(year)s more than %(threshold)s was sold to consumers in other "
                "member states: from the sale that exceeded it on they are taxed in "
                "the country they go to. Register for OSS and fill in the "
                "registration here.",
                **values,
            )
        return self.env._(
            "Below the threshold and not registered for OSS: sales to consumers in "
            "other member states are taxed in %(country)s, as long as no more than "
            "%(left)s follows in %(year)s.",
            **values,
        )

    def _shown(self, amount):
        """Return an exact amount as the user's language writes it."""
        return format_amount(self.env, float(amount), self.currency_id)

    # === CONSTRAINTS === #
    @api.constrains("vat_number", "country_id")
    def _check_vat_number(self):
        for entity in self.filtered("vat_number"):
            if not entity._is_good_number(entity._own_number()):
                raise ValidationError(
                    self.env._(
                        "The VAT number %(number)s cannot be right.",
                        number=entity.vat_number,
                    )
                )

    @api.constrains("threshold")
    def _check_threshold(self):
        if self.filtered(lambda entity: entity.threshold < 0):
            raise ValidationError(self.env._("A threshold is not negative."))

    @api.constrains("company_id")
    def _check_company_kept(self):
        for entity in self:
            administrations = (
                entity.sudo().with_context(active_test=False).administration_ids
            )
            if administrations.company_id - entity.company_id:
                raise ValidationError(
                    self.env._(
                        "A legal entity with administrations stays in its company."
                    )
                )

    # === CRUD === #
    def write(self, vals):
        result = super().write(vals)
        if self._deciding_fields() & set(vals):
            self._reconsider()
        return result

    @api.model
    def _deciding_fields(self):
        """Return what decides about orders that are held."""
        return {"country_id", "postcode", "vat_number", "threshold"}

    # === ACTIONS === #
    def action_view_links(self):
        """Open the links that book for this legal entity."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_link_action_configuration"
        )
        domain = [("administration_id.entity_id", "=", self.id)]
        return {**action, "domain": domain, "context": {}}

    # === BUSINESS === #
    @api.model
    def _for_administration(self, administration):
        """Return the legal entity of an administration: found by VAT number, or made.

        :rtype: lightspeed.exact.entity
        """
        company = administration.company_id
        if not company:
            return self.browse()
        values = self._administration_values(administration)
        number = values["vat_number"]
        found = number and self.search(
            [("company_id", "=", company.id), ("vat_number", "=", number)], limit=1
        )
        return found or self.create(values)

    @api.model
    def _administration_values(self, administration):
        """Return what an administration tells about its legal entity."""
        code = (administration.country_code or "").upper()
        country = self.env["res.country"].search([("code", "=", code)], limit=1)
        number = vat_numbers.normalise(administration.vat_number or "", code)
        currency = administration.currency_id or administration.company_id.currency_id
        return {
            "name": administration.name,
            "company_id": administration.company_id.id,
            "country_id": country.id,
            # A number that cannot be right is for a person to correct.
            "vat_number": number if self._is_good_number(number) else False,
            "currency_id": currency.id,
        }

    @api.model
    def _is_good_number(self, number):
        """Return whether a normalised number can be right; of the EU by check digit."""
        if vat_numbers.is_eu(number):
            return vat_numbers.is_valid(number)
        return vat_numbers.has_form(number)

    def _own_number(self):
        """Return its VAT number, normalised, with prefix; ``""`` for none."""
        return vat_numbers.normalise(self.vat_number or "", self.country_id.code or "")

    def _reconsider(self):
        """Look again at what is held: how the entity stands has changed."""
        # In sudo mode: links of administrations that the user need not see.
        self.sudo().administration_ids.link_ids._release_held()

    def _threshold(self):
        """Return the threshold, exactly.

        :rtype: Decimal
        """
        return Decimal(repr(self.threshold or 0)).quantize(CENT)

    def _spans(self, kind):
        """Return the periods of a kind as ``accounting`` needs them.

        :rtype: tuple(Period)
        """
        return tuple(
            period._to_period() for period in self.period_ids if period.kind == kind
        )

    def _applies(self, kind, day):
        """Return whether a period of a kind covers a day."""
        return any(period.covers(day) for period in self._spans(kind))

    def _vat_position(self, day=None, exclude_order=None):
        """Return how the entity stands for VAT.

        :param date day: the day of the sale: what was sold until then counts for the
            threshold; today by default
        :param exclude_order: the order that is being decided; it does not count
        :rtype: VatPosition
        """
        self.ensure_one()
        day = day or fields.Date.context_today(self)
        registered = self.period_ids.filtered(
            lambda period: (
                period.kind == "registered" and period._to_period().covers(day)
            )
        )
        return VatPosition(
            country=self.country_id.code or "",
            postcode=self.postcode or "",
            vat_number=self._own_number(),
            oss=self._spans("oss"),
            small_business=self._spans("small_business"),
            threshold=self._threshold(),
            cross_border_net=CrossBorderNet(self, day, exclude_order),
            foreign_registrations=tuple(registered.country_id.mapped("code")),
        )

    def _cross_border_sums(self, through=None, exclude_order=None):
        """Return calendar year to net sold to consumers in other member states.

        Planned bookings count, since they go next, but not a correction that was
        refused; credit notes are negative.  A booking that was moved out of a filed
        period counts on its own day.

        :param date through: last day that counts, ``None`` for all
        :param exclude_order: whose bookings do not count
        :rtype: dict(int, Decimal)
        """
        sums = {}
        for row in self.year_ids:
            sums[row.year] = sums.get(row.year, Decimal(0)) + row._amount()
        for year, currency, net in self._booked_sums(through, exclude_order):
            if currency == self.currency_id.id:
                sums[year] = sums.get(year, Decimal(0)) + net
        return sums

    def _uncounted_sentences(self, since):
        """Return what is in other currencies, a line each; empty mostly.

        :param int since: first year
        :rtype: str
        """
        return "\n".join(
            self.env._(
                "%(year)s: %(amount)s is not counted",
                year=year,
                amount=format_amount(
                    self.env,
                    float(net),
                    self.env["res.currency"].browse(currency),
                ),
            )
            for year, currency, net in self._booked_sums()
            if currency != self.currency_id.id and year >= since
        )

    def _booked_sums(self, through=None, exclude_order=None):
        """Return year, currency id and net of the bookings of all its links.

        :rtype: list(tuple(int, int, Decimal))
        """
        ids = tuple(self.ids)
        if not ids:
            return []
        self.env["lightspeed.exact.booking"].flush_model()
        self.env["lightspeed.exact.order"].flush_model(["state", "follow_up"])
        self.env["exact.administration"].flush_model(["entity_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT EXTRACT(YEAR FROM COALESCE(b.shifted_from, b.entry_date))::int,
                       b.currency_id,
                       SUM(b.threshold_net)::text
                  FROM lightspeed_exact_booking b
                  JOIN exact_administration a ON a.id = b.administration_id
                  JOIN lightspeed_exact_order o ON o.id = b.order_id
                 WHERE a.entity_id IN %(entities)s
                   AND b.threshold_net <> 0
                   AND (b.state = 'posted'
                        OR o.state NOT IN ('booked', 'skipped')
                        OR (o.state = 'booked' AND o.follow_up IS NOT NULL))
                   AND b.order_id <> %(order)s
                   AND COALESCE(b.shifted_from, b.entry_date) <= %(through)s
                 GROUP BY 1, 2
                 ORDER BY 1, 2
                """,
                entities=ids,
                # One that is only rehearsed may be kept nowhere.
                order=(exclude_order and exclude_order._origin.id) or 0,
                through=through or fields.Date.to_date("9999-12-31"),
            )
        )
        # The column is numeric and its sum exact.  Odoo reads numeric as float, so it
        # is read as text.
        return [(year, currency, Decimal(net)) for year, currency, net in rows]
