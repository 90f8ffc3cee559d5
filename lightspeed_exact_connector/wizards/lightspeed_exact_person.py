from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..accounting.customer import email_key
from ..accounting.exact_values import pad_account_code
from ..accounting.vat_numbers import normalise

# Shorter texts would be found in everything.
LEAST_LENGTH = 4


class LightspeedExactPerson(models.TransientModel):
    """What the connector holds about a person: to hand over, or to erase.

    The law gives a person both (GDPR, art. 15, 17 and 20).
    """

    _name = "lightspeed.exact.person"
    _description = "Personal Data of a Customer"
    _inherit = ["lightspeed.exact.company.mixin"]

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    email = fields.Char(string="E-mail address")
    name = fields.Char(help="In full, as it stands on the order.")
    vat_number = fields.Char(string="VAT number")
    code = fields.Char(string="Customer code in Exact Online")
    state = fields.Selection(
        [("search", "Search"), ("found", "Found"), ("erased", "Erased")],
        default="search",
        required=True,
        readonly=True,
    )
    line_ids = fields.One2many("lightspeed.exact.person.line", "person_id")
    found_count = fields.Integer(string="Records", readonly=True)
    erased_count = fields.Integer(string="Erased", readonly=True)
    kept_count = fields.Integer(string="Stay", readonly=True)
    file = fields.Binary(attachment=False, readonly=True)
    file_name = fields.Char(readonly=True)

    # === COMPUTE === #
    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Data of a person")

    # === ACTIONS === #
    def action_search(self):
        """Look up everything about the person in the companies that are switched on.

        :raise UserError: nothing to search by, or too little
        """
        self.ensure_one()
        self._check_manager()
        self._check_terms()
        values = [
            {
                "company_id": record.company_id.id,
                "res_model": record._name,
                "res_id": record.id,
                "kind": kind,
                "name": record.display_name,
                "is_sure": is_sure,
                "selected": is_sure,
            }
            for kind, is_sure, records in self._find()
            for record in records
        ]
        # In sudo mode: nobody makes up lines himself.
        person = self.sudo()
        person.write(
            {
                "line_ids": [Command.clear()]
                + [Command.create(each) for each in values],
                "state": "found",
                "found_count": len(values),
                "file": False,
            }
        )
        # So that they are the user's own.
        person.line_ids._judge()
        self._note("search", {"found": len(values)})
        return self._reopen()

    def action_export(self):
        """Make a file of everything that was found, to be handed over."""
        self.ensure_one()
        self._check_manager()
        # In sudo mode: also what only the connector writes.
        person = self.sudo()
        person.write({"file": person._archive(), "file_name": "personal-data.zip"})
        self._note("export", {"found": len(self.line_ids)})
        return self._reopen()

    def action_erase(self):
        """Erase what is selected, as far as the law lets it go.

        :raise UserError: nothing is selected
        """
        self.ensure_one()
        self._check_manager()
        # In sudo mode: people may not write what the connector keeps.
        lines = self.sudo().line_ids.filtered("selected")
        if not lines:
            raise UserError(self.env._("Select what is to be erased."))
        count = lines._erase()
        kept = len(lines.filtered(lambda line: line.verdict != "erased"))
        self._note("erasure", {"found": len(lines), "erased": count, "kept": kept})
        gone = lines.filtered(lambda line: not line._record())
        gone.write({"name": "-", "verdict": "erased", "until": False})
        (lines - gone)._judge()
        for line in lines - gone:
            line.name = line._record().display_name
        self.sudo().write(
            {
                "state": "erased",
                "erased_count": count,
                "kept_count": kept,
                # What was asked for is about the person, too.
                **dict.fromkeys(("email", "name", "vat_number", "code"), False),
                "file": False,
            }
        )
        return self._reopen()

    def _check_manager(self):
        """Refuse whoever may not see the raw data of the shop."""
        self.check_access("write")
        self.line_ids.check_access("read")

    def _check_terms(self):
        terms = [self.email, self.name, self.vat_number]
        terms = [term.strip() for term in terms if (term or "").strip()]
        if not terms and not (self.code or "").strip():
            raise UserError(self.env._("Fill in what to search by."))
        if any(len(term) < LEAST_LENGTH for term in terms):
            raise UserError(
                self.env._(
                    "Fill in %(length)s characters at least: less is found in "
                    "everything.",
                    length=LEAST_LENGTH,
                )
            )

    def _note(self, kind, counts):
        """Keep that it was done, for each company that it was done in."""
        companies = self.sudo().line_ids.company_id | self.company_id
        for company in companies:
            self.env["lightspeed.exact.privacy.log"]._note(company, kind, counts)

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "current",
        }

    # === SEARCHING === #
    def _find(self):
        """Return what there is: kind, whether it is surely this person's, records.

        :rtype: list(tuple(str, bool, recordset))
        """
        customers = self._customers()
        orders = self._orders(customers)
        mentions = self._mentions() - orders
        return [
            ("order", True, orders),
            ("order", False, mentions),
            ("customer", True, customers),
            ("operation", True, self._operations()),
            ("check", True, self._checks()),
        ]

    @api.model
    def _model(self, name):
        """Return a model as the connector sees it, for the companies switched on."""
        # In sudo mode: raw data and writes; the companies are filtered here.
        return self.env[name].sudo().with_context(active_test=False)

    def _in_companies(self, domain):
        return Domain("company_id", "in", self.env.companies.ids) & Domain(domain)

    def _keys(self):
        """Return the identities of the person, plain and hashed.

        :rtype: list(str)
        """
        plain = [email_key(self.email or "")]
        number = normalise(self.vat_number or "")
        if number:
            plain.append(f"vat:{number}")
        plain = [key for key in plain if key]
        customers = self.env["exact.customer"]
        if not customers._has_pseudonyms():
            return plain
        return plain + [customers._pseudonym(key) for key in plain]

    def _customers(self):
        domains = [Domain("identity", "in", self._keys())]
        if self.vat_number:
            domains.append(Domain("vat_number", "=", normalise(self.vat_number)))
        if self.name:
            domains.append(Domain("name", "=ilike", _escaped(self.name)))
        if self.code:
            padded = pad_account_code(self.code.strip())
            domains.append(Domain("code", "in", [self.code.strip(), padded.strip()]))
        found = self._model("exact.customer").search(
            self._in_companies(Domain.OR(domains))
        )
        return found.filtered(lambda customer: not customer._is_collective())

    def _orders(self, customers):
        domains = [Domain("customer_id", "in", customers.ids)]
        key = email_key(self.email or "")
        if key:
            domains.append(Domain("email_key", "=", key))
        if self.vat_number:
            number = normalise(self.vat_number)
            domains.append(Domain("vat_number", "=", number))
            domains.append(Domain("booking_ids.vat_number", "=", number))
        if self.name:
            domains.append(Domain("customer_name", "=ilike", _escaped(self.name)))
        return self._model("lightspeed.exact.order").search(
            self._in_companies(Domain.OR(domains))
        )

    def _mentions(self):
        """Return orders whose raw data or messages name the person.

        Also what could not be read, and gifts that were sent to somebody.
        """
        orders = self._model("lightspeed.exact.order")
        terms = [self.email, self.name, self.vat_number]
        domains = [
            Domain(field, "ilike", term.strip())
            for term in terms
            if (term or "").strip()
            for field in ("payload", "message_ids.body", "skip_reason")
        ]
        if not domains:
            return orders
        return orders.search(self._in_companies(Domain.OR(domains)))

    def _operations(self):
        """Return what was sent to make the person a customer in Exact."""
        keys = self._keys()
        domains = [Domain("reference_key", "in", keys)]
        if self.email:
            domains.append(Domain("payload", "ilike", self.email.strip()))
        domain = Domain("kind", "=", "relation") & Domain.OR(domains)
        return self._model("lightspeed.exact.operation").search(
            self._in_companies(domain)
        )

    def _checks(self):
        checks = self._model("vies.check")
        number = normalise(self.vat_number or "")
        if not number:
            return checks
        return checks.search(self._in_companies([("number", "=", number)]))


def _escaped(text):
    """Return a text that ``=ilike`` takes literally."""
    text = text.strip().replace("\\", "\\\\")
    return text.replace("%", "\\%").replace("_", "\\_")
