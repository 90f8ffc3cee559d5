from odoo import api, models


class LightspeedExactLink(models.Model):
    """The nightly pruning runs while there is a link, and never without one."""

    # A room of its own, beside the link.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        links = super().create(vals_list)
        for company in links.company_id:
            self.env["lightspeed.exact.retention"]._of(company)
        self.env["lightspeed.exact.retention"]._toggle_prune()
        return links

    def unlink(self):
        result = super().unlink()
        self.env["lightspeed.exact.retention"]._toggle_prune()
        return result
