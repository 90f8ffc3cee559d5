from odoo import api, fields, models

from ..accounting import choices
from .groups import check_bookkeeper
from .lightspeed_exact_rehearsal_approval import APPROVALS


class LightspeedExactLink(models.Model):
    """Rehearsals of a link, and whether a bookkeeper approved how it books."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    rehearsal_ids = fields.One2many("lightspeed.exact.rehearsal", "link_id", copy=False)
    rehearsal_count = fields.Integer(compute="_compute_rehearsal_count")
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, copy=False
    )
    approved_at = fields.Datetime(string="Approved on", readonly=True, copy=False)
    approved_digest = fields.Char(readonly=True, copy=False)
    approval = fields.Selection(
        APPROVALS,
        compute="_compute_approval",
        help="Whether a bookkeeper approved a rehearsal with these choices.",
    )

    # === COMPUTE === #
    @api.depends("rehearsal_ids")
    def _compute_rehearsal_count(self):
        groups = self.env["lightspeed.exact.rehearsal"]._read_group(
            [("link_id", "in", self.ids)], ["link_id"], ["__count"]
        )
        counts = {link.id: count for link, count in groups}
        for link in self:
            link.rehearsal_count = counts.get(link._origin.id, 0)

    @api.depends("approved_at", "approved_digest")
    def _compute_approval(self):
        for link in self:
            if not link.approved_at:
                link.approval = "none"
            elif link.approved_digest == link._origin._choices_digest():
                link.approval = "approved"
            else:
                link.approval = "other"

    # === ACTIONS === #
    def action_rehearse(self):
        """Open the rehearsal that is under way, or a new one."""
        self.ensure_one()
        check_bookkeeper(self)
        rehearsals = self.env["lightspeed.exact.rehearsal"]
        rehearsal = rehearsals.search(
            [("link_id", "=", self.id), ("state", "!=", "done")], limit=1
        )
        if not rehearsal:
            # In sudo mode: people do not write rehearsals themselves.
            rehearsal = rehearsals.sudo().create(
                {"link_id": self.id, "administration_id": self.administration_id.id}
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": rehearsals._name,
            "res_id": rehearsal.id,
            "view_mode": "form",
        }

    def action_view_rehearsals(self):
        """Open all rehearsals of this link."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.actions"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_rehearsal_action"
        )
        return {**action, "domain": [("link_id", "=", self.id)], "context": {}}

    # === BUSINESS === #
    def _missing_to_rehearse(self):
        """Return what is missing before orders can be decided at all.

        A ledger rule that is missing is no reason to wait: the rehearsal shows it.

        :rtype: list(str)
        """
        self.ensure_one()
        shop, administration = self.shop_id, self.administration_id
        checks = [
            (
                shop.state != "connected",
                self.env._("Test the connection of the shop."),
            ),
            (
                not administration.refreshed_at,
                self.env._("Read the reference data of the administration."),
            ),
            (
                self._lacks_statuses(),
                self.env._("Choose at least one order status or payment status."),
            ),
            (
                self._books_entries() and not self.journal_id,
                self.env._("Choose a sales journal."),
            ),
            (
                not self._books_entries() and not self.invoice_profile_id,
                self.env._("Choose an invoice profile."),
            ),
        ]
        return [text for wrong, text in checks if wrong]

    def _choices_digest(self):
        """Return a digest of all that decides how this link books.

        :return: hexadecimal; another one after any change of a choice
        :rtype: str
        """
        self.ensure_one()
        # In sudo mode: whoever may see the link may know whether it was changed.
        link = self.sudo()
        statuses, payments = link._trigger_codes()
        return choices.digest(
            {
                "shop": link.shop_id.id,
                "administration": link.administration_id.id,
                "statuses": sorted(statuses),
                "payment_statuses": sorted(payments),
                "policy": link._policy(),
                "others": {
                    name: link._choice(name) for name in sorted(self._chosen_fields())
                },
            }
        )

    @api.model
    def _chosen_fields(self):
        """Return the choices of a bookkeeper that are no rows of their own.

        :rtype: set(str)
        """
        return {
            name
            for name in self._bookkeeper_fields()
            if self._fields[name].type not in ("one2many", "many2many")
        }

    def _choice(self, name):
        value = self[name]
        return value.id if isinstance(value, models.BaseModel) else str(value or "")
