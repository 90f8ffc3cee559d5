from odoo import fields, models


class LightspeedExactInvitationLink(models.TransientModel):
    """Shows the link of an invitation, this once.

    It is no column: whoever reads the database finds no link that works.
    """

    _name = "lightspeed.exact.invitation.link"
    _description = "Link of an Invitation"

    url = fields.Char(string="Link", store=False)
