from odoo import api, fields, models


class ExactCustomer(models.Model):
    """A relation in Exact Online, remembered so that it is never asked for again."""

    _name = "exact.customer"
    _description = "Exact Online Relation"
    _order = "id desc"
    _rec_names_search = ["email_key", "name", "code"]
    _check_company_auto = True

    administration_id = fields.Many2one(
        "exact.administration", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="administration_id.company_id", store=True, index=True
    )
    email_key = fields.Char(string="E-mail", required=True, readonly=True)
    remote_id = fields.Char(string="Exact ID", required=True, readonly=True)
    code = fields.Char(readonly=True)
    name = fields.Char(readonly=True)
    origin = fields.Selection(
        [("found", "Found in Exact Online"), ("created", "Made by the connector")],
        required=True,
        readonly=True,
    )
    order_ids = fields.One2many("lightspeed.exact.order", "customer_id")

    _email_uniq = models.Constraint(
        "UNIQUE(administration_id, email_key)",
        "An e-mail address is one relation in an administration.",
    )

    def _compute_display_name(self):
        for customer in self:
            customer.display_name = customer.name or customer.email_key

    def _is_collective(self):
        """Return whether the relation stands for many customers."""
        self.ensure_one()
        return False

    def action_forget(self):
        """Forget the relation: the next order looks it up in Exact Online again."""
        self.unlink()
        return {
            "type": "ir.actions.act_window_close",
        }

    @api.model
    def _remember(self, administration, key, row, origin):
        """Keep which relation a customer is.

        :param administration: the administration
        :param str key: folded e-mail address
        :param dict row: ``ID``, and ``Code`` and ``Name`` when they are known
        :param str origin: ``found`` or ``created``
        :rtype: exact.customer
        """
        return self.create(
            {
                "administration_id": administration.id,
                "email_key": key,
                "remote_id": row["ID"],
                "code": (row.get("Code") or "").strip() or False,
                "name": (row.get("Name") or "").strip() or False,
                "origin": origin,
            }
        )
