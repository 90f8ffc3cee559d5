from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..accounting.summary import TEXTS, Words
from .reasons_attachment import HELD_FOR_A_DOCUMENT


class LightspeedExactLink(models.Model):
    """What is attached in Exact Online to what is booked."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    attachment = fields.Selection(
        [
            ("none", "Nothing"),
            ("summary", "A booking summary (PDF)"),
            ("invoice", "The invoice of the shop (PDF)"),
        ],
        string="Attach in Exact Online",
        required=True,
        default="none",
        tracking=True,
        help="The invoice of the shop needs the address of its invoices on the shop. "
        "Costs two more calls to Exact Online for each document that is booked. "
        "Entries of a day stand for many orders and get none.",
    )
    attachment_failure = fields.Selection(
        [
            ("without", "Book without it, and show it"),
            ("hold", "Hold the order"),
        ],
        string="When it cannot be attached",
        required=True,
        default="without",
        tracking=True,
        help="The books are right without an attachment; a missing booking makes the "
        "VAT return wrong.",
    )

    @api.constrains("attachment", "shop_id")
    def _check_attachment(self):
        """Offer nothing that cannot work: Lightspeed has no call for its invoices."""
        for link in self:
            # In sudo mode: the address is for system administrators only.
            address = link.shop_id.sudo().invoice_pdf_url
            if link.attachment == "invoice" and not address:
                raise ValidationError(
                    link.env._(
                        "Fill in on the shop the address of its invoices as PDF: "
                        "Lightspeed itself has no call for them."
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if {"attachment", "attachment_failure"} & set(vals):
            self._release_held(HELD_FOR_A_DOCUMENT)
        return result

    def _books_env(self):
        """Return an environment in the language of the shop's books."""
        language = self.shop_id.language.lower()
        lang = self.env["res.lang"].search([("iso_code", "=", language)], limit=1)
        return self.with_context(lang=lang.code or "en_US").env

    def _summary_words(self):
        """Return how the language of the books writes a booking summary.

        :rtype: Words
        """
        env = self._books_env()
        lang = env["res.lang"]._lang_get(env.lang or "en_US")
        texts = self._summary_texts(env)
        return Words(
            {key: texts[key] for key in TEXTS},
            lang.decimal_point or ".",
            lang.thousands_sep or "",
        )

    @api.model
    def _summary_texts(self, env):
        return {
            "title": env._("Booking summary"),
            "reference": env._("Reference"),
            "number": env._("Number in the shop"),
            "customer": env._("Customer"),
            "date": env._("Entry date"),
            "journal": env._("Journal"),
            "original": env._("Belongs to"),
            "treatment": env._("VAT treatment"),
            "reason": env._("Why this VAT treatment"),
            "currency": env._("Currency"),
            "line": env._("Line"),
            "quantity": env._("Quantity"),
            "account": env._("Account"),
            "vat_code": env._("VAT code"),
            "net": env._("Net"),
            "vat": env._("VAT"),
            "gross": env._("Gross"),
            "rate": env._("VAT rate"),
            "total": env._("Total"),
        }
