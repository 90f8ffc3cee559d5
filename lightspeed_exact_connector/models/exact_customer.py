from odoo import api, fields, models
from odoo.exceptions import UserError

from ..accounting import customer as relations
from .groups import check_bookkeeper


class ExactCustomer(models.Model):
    """A relation in Exact Online, remembered so that it is never asked for again."""

    _name = "exact.customer"
    _description = "Exact Online Relation"
    _order = "id desc"
    _rec_names_search = ["identity", "name", "code"]
    _check_company_auto = True

    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="administration_id.company_id", store=True, index=True
    )
    identity = fields.Char(
        required=True,
        readonly=True,
        help="The folded e-mail address, “vat:” and the VAT number of a company, or "
        "“collective:” and the code of a collective debtor.",
    )
    known_by = fields.Char(string="Known by", compute="_compute_known_by")
    remote_id = fields.Char(string="Exact ID", required=True, readonly=True)
    code = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    vat_number = fields.Char(
        string="VAT number", readonly=True, help="As it stands on the relation."
    )
    checked_at = fields.Datetime(
        string="Read in Exact Online",
        readonly=True,
        help="A sale under reverse charge reads the VAT number again after a day.",
    )
    origin = fields.Selection(
        [
            ("found", "Found in Exact Online"),
            ("created", "Made by the connector"),
            ("chosen", "Chosen as collective debtor"),
        ],
        required=True,
        readonly=True,
    )
    order_ids = fields.One2many("lightspeed.exact.order", "customer_id")
    collective_ids = fields.One2many("exact.collective.customer", "customer_id")

    _identity_uniq = models.Constraint(
        "UNIQUE(administration_id, identity)",
        "A customer is one relation in an administration.",
    )

    @api.depends("name", "known_by")
    def _compute_display_name(self):
        for customer in self:
            customer.display_name = customer.name or customer.known_by

    @api.depends("identity")
    @api.depends_context("lang")
    def _compute_known_by(self):
        for customer in self:
            kind, _colon, value = (customer.identity or "").partition(":")
            if kind == "vat":
                value = self.env._(
                    "VAT number %(number)s", number=value.partition("#")[0]
                )
            elif kind == "collective":
                value = self.env._("Collective debtor %(code)s", code=value)
            elif kind == "relation":
                value = customer.code
            customer.known_by = value or customer.identity

    @api.ondelete(at_uninstall=False)
    def _unlink_except_chosen(self):
        if self.sudo().collective_ids:
            raise UserError(
                self.env._(
                    "This relation is the collective debtor of a link; remove it there "
                    "first."
                )
            )

    def _is_collective(self):
        """Return whether the relation stands for many customers."""
        self.ensure_one()
        return self.identity.startswith("collective:")

    def action_forget(self):
        """Forget the relation: the next order looks it up in Exact Online again."""
        check_bookkeeper(self)
        self.unlink()
        return {
            "type": "ir.actions.act_window_close",
        }

    # === BUSINESS === #
    @api.model
    def _known(self, administration, key):
        """Return the relation that a customer is, empty when nobody met it yet.

        :param administration: the administration
        :param str key: see ``accounting.customer.Identity``
        :rtype: exact.customer
        """
        return self.search(
            [("administration_id", "=", administration.id), ("identity", "=", key)]
        )

    @api.model
    def _known_keys(self, administration, keys):
        """Return which of some customers were met already.

        :param administration: the administration
        :param keys: see ``accounting.customer.Identity``
        :rtype: list(str)
        """
        known = self.search(
            [
                ("administration_id", "=", administration.id),
                ("identity", "in", list(keys)),
            ]
        )
        return known.mapped("identity")

    @api.model
    def _remember(self, administration, key, row, origin):
        """Keep which relation a customer is.

        :param administration: the administration
        :param str key: see ``accounting.customer.Identity``
        :param dict row: ``ID``, and ``Code``, ``Name``, ``VATNumber`` and ``Country``
            when they are known
        :param str origin: ``found``, ``created`` or ``chosen``
        :rtype: exact.customer
        """
        return self.create(
            {
                "administration_id": administration.id,
                "identity": key,
                "origin": origin,
                **self._row_values(row),
            }
        )

    @api.model
    def _row_values(self, row):
        """Return the field values of a row of ``crm/Accounts``, read just now."""
        return {
            "remote_id": row["ID"],
            "code": (row.get("Code") or "").strip() or False,
            "name": (row.get("Name") or "").strip() or False,
            "vat_number": relations.number_of(row) or False,
            "checked_at": fields.Datetime.now(),
        }

    def _retire(self):
        """Stand for nobody any more; what was booked on the relation still names it."""
        for customer in self:
            customer.identity = f"{customer.identity}#{customer.id}"
