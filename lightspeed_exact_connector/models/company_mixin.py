from odoo import models


class LightspeedExactCompanyMixin(models.AbstractModel):
    """Records that nobody moves to a company, or to a parent, of somebody else.

    Odoo looks at a record before it is written: what is given away is not looked at
    any more afterwards.
    """

    _name = "lightspeed.exact.company.mixin"
    _description = "Kept Within Companies"

    def write(self, vals):
        """Write, and see that the records are still within the user's companies.

        :raise AccessError: they were given to another company
        """
        result = super().write(vals)
        if not self.env.su and self._company_drivers() & set(vals):
            own = self.env.user.company_ids.ids
            self.with_context(allowed_company_ids=own).check_access("write")
        return result

    def _company_drivers(self):
        """Return the fields that say of which company a record is.

        :rtype: set(str)
        """
        related = self._fields["company_id"].related or ""
        return {"company_id", related.partition(".")[0]}
