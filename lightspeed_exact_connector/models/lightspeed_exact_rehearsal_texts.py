from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_amount, format_date

from .reasons import as_percentage, describe

TEMPLATES = "lightspeed_exact_connector.lightspeed_exact_rehearsal_"

# How many orders the printed page shows with their lines.
SAMPLES = 10

# How many numbers stand with a cause before the rest is only counted.
NUMBERS = 20


class LightspeedExactRehearsal(models.Model):
    """What a rehearsal says, in tables: the same on the screen and on paper."""

    # A room of its own, beside the work itself.
    _inherit = "lightspeed.exact.rehearsal"  # pylint: disable=consider-merging-classes-inherited

    totals_html = fields.Html(
        string="Totals", compute="_compute_tables", sanitize=False
    )
    vat_html = fields.Html(
        string="As the VAT return would look",
        compute="_compute_tables",
        sanitize=False,
    )
    holds_html = fields.Html(
        string="Why orders would not be booked",
        compute="_compute_tables",
        sanitize=False,
    )

    @api.depends("summary")
    @api.depends_context("lang")
    def _compute_tables(self):
        for rehearsal in self:
            for name in ("totals", "vat", "holds"):
                rehearsal[f"{name}_html"] = rehearsal.summary and rehearsal._rendered(
                    name
                )

    def _rendered(self, name):
        """Return a table as HTML.

        :param str name: ``totals``, ``vat`` or ``holds``
        :rtype: Markup
        """
        return self.env["ir.qweb"]._render(TEMPLATES + name, {"doc": self})

    # === VALUES OF THE TEMPLATES === #
    def _currencies(self):
        """Return what each currency comes to; see ``accounting.rehearsal``.

        :rtype: list(dict)
        """
        self.ensure_one()
        return (self.summary or {}).get("currencies", [])

    def _shown(self, amount, currency):
        """Return an exact amount as the user's language writes it.

        :param str amount: to the cent
        :param str currency: ISO 4217
        """
        found = self.env["res.currency"].with_context(active_test=False)
        record = found.search([("name", "=", currency)], limit=1)
        if not record:
            return f"{amount} {currency}"
        return format_amount(self.env, float(amount), record)

    def _is_zero(self, *amounts):
        return not any(map(Decimal, amounts))

    def _rate_text(self, rate):
        return as_percentage(rate)

    def _code_text(self, code):
        """Return a VAT code of Exact with its description."""
        if not code:
            return self.env._("Without a VAT code")
        return self._vat_code(code).display_name or code

    def _code_kind(self, code, vat_type):
        """Return what kind of VAT code it is, in words."""
        kinds = dict(
            self.env["exact.vat.code"]
            ._fields["vat_type"]
            ._description_selection(self.env)
        )
        words = [kinds.get(vat_type) or ""] if code else []
        if self._vat_code(code).is_charged:
            words.append(self.env._("reverse charge"))
        return ", ".join(filter(None, words))

    def _vat_code(self, code):
        codes = self.administration_id.with_context(active_test=False).vat_code_ids
        return codes.filtered(lambda row: row.code == code)[:1]

    def _treatment_text(self, treatment):
        field = self.env["lightspeed.exact.booking"]._fields["treatment"]
        return dict(field._description_selection(self.env)).get(treatment, treatment)

    def _country_text(self, code):
        country = self.env["res.country"].search([("code", "=", code or "")], limit=1)
        return country.name or code or "-"

    def _causes(self, name):
        """Return causes in words.

        :param str name: ``holds`` or ``skips``
        :return: sentence, advice, how many orders, and their numbers as text
        :rtype: list(tuple)
        """
        found = []
        for code, params, numbers in (self.summary or {}).get(name, []):
            text, advice = describe(self.env, code, params)
            listed = ", ".join(numbers[:NUMBERS])
            if len(numbers) > NUMBERS:
                listed = self.env._(
                    "%(numbers)s and %(count)s more",
                    numbers=listed,
                    count=len(numbers) - NUMBERS,
                )
            found.append((text, advice, len(numbers), listed))
        return found

    def _period_text(self):
        """Return from when to when the orders are."""
        moments = [moment for moment in self.order_ids.mapped("order_date") if moment]
        if not moments:
            return "-"
        zone = self.shop_id.timezone or "UTC"
        first, last = (
            format_date(
                self.env,
                fields.Datetime.context_timestamp(
                    self.with_context(tz=zone), moment
                ).date(),
            )
            for moment in (min(moments), max(moments))
        )
        return self.env._("%(first)s to %(last)s", first=first, last=last)

    def _samples(self):
        """Return orders for the printed page: of every VAT treatment and country one.

        :rtype: lightspeed.exact.rehearsal.order
        """
        booked = self.order_ids.filtered(lambda order: order.outcome == "booked")
        met, first = set(), booked.browse()
        for order in booked:
            key = (order.treatment, order.vat_country)
            if key not in met:
                met.add(key)
                first |= order
        return (first | booked)[:SAMPLES]

    def _choices(self):
        """Return the choices of the link in words, for the printed page.

        :rtype: list(tuple(str, str))
        """
        link = self.link_id
        names = ["source", "document_kind"]
        names.append("journal_id" if link._books_entries() else "invoice_profile_id")
        if link.source == "order":
            names += ["order_status_ids", "payment_status_ids"]
        else:
            names.append("invoice_trigger")
        names += ["date_source", "grouping", "customer_policy", "payment_condition_id"]
        names += ["zero_total", "reference_prefix"]
        labels = link.fields_get(names, ["string"])
        rows = [(labels[name]["string"], link._choice_text(name)) for name in names]
        return [(label, text or "-") for label, text in rows]

    def _rules(self):
        """Return the ledger rules of the link in words: what, G/L account, VAT code.

        :rtype: list(tuple(str, str, str))
        """
        return [
            (
                rule.display_name,
                rule.gl_account_id.display_name or "-",
                rule.vat_code_id.display_name or self.env._("by country and rate"),
            )
            for rule in self.link_id.rule_ids
        ]


class LightspeedExactLink(models.Model):
    """A choice in words."""

    # A room of its own, beside what is chosen.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    def _choice_text(self, name):
        """Return what was chosen, as a form shows it.

        :rtype: str
        """
        field, value = self._fields[name], self[name]
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if isinstance(value, models.BaseModel):
            return ", ".join(value.mapped("display_name"))
        return str(value or "")


class LightspeedExactRehearsalOrder(models.Model):
    """The lines of a booking that is not made, in a table."""

    # A room of its own, beside deciding.
    _inherit = "lightspeed.exact.rehearsal.order"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _lines_table(self, booking):
        """Return the lines as they would be booked, as HTML.

        :param Booking booking: what was decided
        :rtype: Markup
        """
        currency = booking.currency

        def shown(amount):
            return self.env["lightspeed.exact.rehearsal"]._shown(amount, currency)

        lines = [
            (
                line.description,
                line.gl_code,
                line.vat_code,
                as_percentage(line.rate),
                shown(line.net),
                shown(line.vat),
                shown(line.gross),
            )
            for line in booking.lines
        ]
        return self.env["ir.qweb"]._render(
            f"{TEMPLATES}lines", {"lines": lines, "total": shown(booking.gross)}
        )
