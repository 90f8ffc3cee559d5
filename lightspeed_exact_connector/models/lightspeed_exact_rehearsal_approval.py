from odoo import api, fields, models
from odoo.exceptions import UserError

from .groups import check_bookkeeper

APPROVALS = [
    ("none", "Not approved"),
    ("approved", "Approved"),
    ("other", "Approved for other choices"),
]


class LightspeedExactRehearsal(models.Model):
    """The approval of a bookkeeper: by whom, when, and of which choices of the link."""

    # A room of its own, beside the work itself.
    _inherit = "lightspeed.exact.rehearsal"  # pylint: disable=consider-merging-classes-inherited

    choices_digest = fields.Char(
        readonly=True, copy=False, help="What the link's choices were."
    )
    choices_mixed = fields.Boolean(
        string="Choices changed meanwhile",
        readonly=True,
        copy=False,
        help="A choice of the link was changed while the orders were decided.",
    )
    choices_changed = fields.Boolean(compute="_compute_approval")
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, copy=False, tracking=True
    )
    approved_at = fields.Datetime(string="Approved on", readonly=True, copy=False)
    approval = fields.Selection(
        APPROVALS,
        compute="_compute_approval",
        help="An approval is of the choices with which the orders were decided. When "
        "one of them is changed, rehearse and approve again.",
    )

    @api.depends("state", "approved_at", "choices_digest", "choices_mixed")
    def _compute_approval(self):
        digests = {link: link._choices_digest() for link in self.link_id}
        for rehearsal in self:
            changed = rehearsal.choices_mixed or (
                bool(rehearsal.choices_digest)
                and rehearsal.choices_digest != digests.get(rehearsal.link_id)
            )
            rehearsal.choices_changed = changed
            if not rehearsal.approved_at:
                rehearsal.approval = "none"
            else:
                rehearsal.approval = "other" if changed else "approved"

    # === ACTIONS === #
    def action_approve(self):
        """Approve what this rehearsal shows, for the link's choices as they are.

        :raise UserError: it is not done, or the choices are other ones by now
        """
        self.ensure_one()
        check_bookkeeper(self)
        if self.state != "done":
            raise UserError(
                self.env._(
                    "The rehearsal is not done yet: there is nothing to approve."
                )
            )
        if self.choices_changed:
            raise UserError(
                self.env._(
                    "The choices of the link were changed since this rehearsal. "
                    "Rehearse again and approve that one."
                )
            )
        now = fields.Datetime.now()
        # In sudo mode: people write none of this themselves.
        rehearsal = self.sudo()
        rehearsal.write({"approved_by_id": self.env.user.id, "approved_at": now})
        rehearsal.link_id.write(
            {
                "approved_by_id": self.env.user.id,
                "approved_at": now,
                "approved_digest": rehearsal.choices_digest,
            }
        )
        rehearsal.link_id.message_post(
            body=self.env._(
                "Rehearsal of %(count)s orders approved by %(user)s.",
                count=rehearsal.total_count,
                user=self.env.user.name,
            )
        )

    # === WORK === #
    def _begin_values(self):
        return {
            **super()._begin_values(),
            "choices_digest": self.link_id._choices_digest(),
            "choices_mixed": False,
        }

    def _work(self, work, deadline):
        if self.choices_digest != self.link_id._choices_digest():
            self.choices_mixed = True
        return super()._work(work, deadline)
