from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.customer import collective_key
from .groups import check_bookkeeper


class ExactCollectiveCustomer(models.Model):
    """A collective debtor (verzameldebiteur) of a link: one relation for many people.

    The bookkeeper gives its code; it is looked up in Exact at once, so that one that
    cannot be used is refused when it is chosen, not when an order meets it.
    """

    _name = "exact.collective.customer"
    _description = "Collective Debtor"
    _inherit = ["lightspeed.exact.company.mixin"]
    _order = "link_id, country_id, id"
    _rec_name = "code"
    _check_company_auto = True

    link_id = fields.Many2one(
        "lightspeed.exact.link", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="link_id.company_id", store=True, index=True)
    country_id = fields.Many2one(
        "res.country",
        help="Country of delivery; leave empty for all countries without one of "
        "their own.",
    )
    code = fields.Char(
        string="Code in Exact Online",
        required=True,
        help="The number of the relation in Exact Online; it must be a customer.",
    )
    customer_id = fields.Many2one(
        "exact.customer",
        string="Relation",
        readonly=True,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )

    _country_uniq = models.UniqueIndex(
        "(link_id, COALESCE(country_id, 0))",
        "A link has one collective debtor for a country.",
    )

    @api.constrains("code")
    def _check_code(self):
        for collective in self:
            code = collective.code or ""
            if not (code.isascii() and code.isdigit() and len(code) <= 18):
                raise ValidationError(
                    self.env._(
                        "The code of a relation in Exact Online is a number of at most "
                        "18 digits."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        collectives = super().create([self._trimmed(vals) for vals in vals_list])
        collectives._choose()
        collectives.link_id._release_held()
        return collectives

    def write(self, vals):
        result = super().write(self._trimmed(vals))
        if {"code", "link_id"} & set(vals):
            self._choose()
        self.link_id._release_held()
        return result

    @api.model
    def _trimmed(self, vals):
        """Return values with the code as it is compared: people paste blanks."""
        if vals.get("code"):
            return {**vals, "code": vals["code"].strip()}
        return vals

    def action_check(self):
        """Look the relation up in Exact Online again, and check that it can be used."""
        check_bookkeeper(self)
        self.check_access("write")
        self._choose()

    # === BUSINESS === #
    def _choose(self):
        """Look the relations up in Exact Online and remember them.

        :raise ValidationError: there is none, or no sale can be booked on it
        :raise UserError: Exact could not be asked
        """
        for collective in self:
            administration = collective.link_id.administration_id
            code = collective.code
            row = administration._relation_by_code(code)
            collective._check_row(row)
            # In sudo mode: people never write the relations themselves.
            customers = self.env["exact.customer"].sudo()
            customer = customers._known(administration, collective_key(code))
            if customer:
                customer.write(customers._row_values(row))
            else:
                customer = customers._remember(
                    administration, collective_key(code), row, "chosen"
                )
            collective.customer_id = customer

    def _check_row(self, row):
        """Refuse a relation that Exact would refuse on a sale."""
        code = self.code
        if row is None:
            raise ValidationError(
                self.env._("Exact Online has no relation %(code)s.", code=code)
            )
        if row.get("Blocked"):
            raise ValidationError(
                self.env._("Relation %(code)s is blocked in Exact Online.", code=code)
            )
        if row.get("Status") != "C":
            raise ValidationError(
                self.env._(
                    "Relation %(code)s in Exact Online is not a customer.", code=code
                )
            )
