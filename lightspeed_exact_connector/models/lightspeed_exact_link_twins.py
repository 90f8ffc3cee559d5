from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LightspeedExactLink(models.Model):
    """One administration in Exact is worked on by one record of it only.

    References, relations and the lock are kept by record: two of them, found by two
    apps, would number and make the same things beside each other.
    """

    # A room of its own, beside setting up.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    @api.constrains("administration_id", "active")
    def _check_administration_once(self):
        for link in self.filtered("active"):
            # In sudo mode: the other one may be of another company.
            twins = link.administration_id.sudo()._twins()
            if twins.link_ids.filtered("active"):
                raise ValidationError(
                    self.env._(
                        "This administration is in use already, through another Exact "
                        "Online app: choose that one, or archive its links first."
                    )
                )


class ExactAdministration(models.Model):
    """The same administration: found by another app, or known to an older database."""

    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    restored_at = fields.Datetime(
        string="Restored or moved at",
        readonly=True,
        copy=False,
        help="When a person confirmed that this is the real database, or connected it "
        "again. A restored backup does not know all that is in Exact Online: what is "
        "from before this moment is looked for there before it is sent.",
    )

    def _note_restored(self):
        """Documents may be in Exact that this database does not know any more."""
        self.write({"restored_at": fields.Datetime.now()})

    def _twins(self):
        """Return the other records of the same administration in Exact.

        :rtype: exact.administration
        """
        self.ensure_one()
        same = self.with_context(active_test=False).search(
            [("division", "=", self.division), ("id", "!=", self.id)]
        )
        host = self.app_id._host()
        return same.filtered(lambda twin: twin.app_id._host() == host)
