import re
from string import Formatter
from uuid import UUID

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from ..accounting.reference import uniqueness_key

SALES = 20
# Places of an item code in Exact (its metadata of logistics/Items).
CODE_PLACES = 30
# The longest percentage that a general item is made for.
LONGEST_RATE = "25.75"
CODES = ("shipping_code", "payment_code", "gift_card_code", "rounding_code")


class ExactInvoiceProfile(models.Model):
    """What an invoice profile may not be, and what it still misses."""

    # A room of its own, beside the choices.
    _inherit = "exact.invoice.profile"  # pylint: disable=consider-merging-classes-inherited

    # === CONSTRAINTS === #
    @api.constrains(
        "administration_id",
        "journal_id",
        "payment_condition_id",
        "layout_id",
        "email_layout_id",
        "unit_id",
        "item_group_id",
    )
    def _check_administration(self):
        """Everything that is chosen belongs to the administration of the profile."""
        for profile in self:
            for name in self._reference_fields():
                row = profile[name]
                if row and row.administration_id != profile.administration_id:
                    raise ValidationError(
                        self.env._(
                            "%(field)s: “%(value)s” belongs to another administration.",
                            field=profile._label(name),
                            value=row.display_name,
                        )
                    )
            if profile.journal_id.journal_type != SALES:
                raise ValidationError(
                    self.env._(
                        "Journal %(journal)s is no sales journal.",
                        journal=profile.journal_id.display_name,
                    )
                )

    @api.constrains("administration_id")
    def _check_administration_kept(self):
        """A profile that a link uses stays where the link books."""
        for profile in self:
            # In sudo mode: also the links of other companies count.
            links = profile.sudo().with_context(active_test=False).link_ids
            if links.filtered(
                lambda link, own=profile.administration_id: (
                    link.administration_id != own
                )
            ):
                raise ValidationError(
                    self.env._(
                        "A link uses this invoice profile: it stays in its "
                        "administration."
                    )
                )

    @api.constrains(
        "finalise",
        "send_by",
        "send_peppol",
        "send_postbox",
        "shop_makes_no_invoices",
    )
    def _check_finalising(self):
        for profile in self:
            if profile.finalise != "print" and profile._sends():
                raise ValidationError(
                    self.env._(
                        "Only an invoice that is finalised can be sent: choose "
                        "“Finalise at once”, or do not send it."
                    )
                )
            if profile.finalise == "print" and not profile.shop_makes_no_invoices:
                raise ValidationError(
                    self.env._(
                        "Finalising makes an invoice for the customer. If the shop "
                        "makes one as well, there are two for one sale, and the VAT is "
                        "due twice (art. 37 Wet OB). Confirm that the shop issues no "
                        "invoices itself."
                    )
                )

    @api.constrains("invoice_type", "warehouse")
    def _check_warehouse(self):
        for profile in self:
            if profile.warehouse and not _is_guid(profile.warehouse):
                raise ValidationError(
                    self.env._(
                        "Fill in the Exact ID of the warehouse: 32 hexadecimal digits, "
                        "with dashes."
                    )
                )
            if profile.invoice_type == "direct" and not profile.warehouse:
                raise ValidationError(
                    self.env._(
                        "A direct sales invoice takes goods out of stock: fill in the "
                        "warehouse."
                    )
                )

    @api.constrains("price_decimals")
    def _check_price_decimals(self):
        for profile in self:
            if not 2 <= profile.price_decimals <= 6:
                raise ValidationError(self.env._("A price has two to six decimals."))

    @api.constrains("general_code", *CODES)
    def _check_codes(self):
        """Each kind of line finds its own item."""
        for profile in self:
            profile._check_general_code()
            seen = {}
            for name in CODES:
                code = profile[name]
                profile._check_length(name, code)
                key = uniqueness_key(code)
                if key in seen:
                    raise ValidationError(
                        self.env._(
                            "%(first)s and %(second)s have the same code.",
                            first=profile._label(seen[key]),
                            second=profile._label(name),
                        )
                    )
                seen[key] = name
                if profile._is_general(key):
                    raise ValidationError(
                        self.env._(
                            "%(field)s: “%(code)s” is the code of a general item too.",
                            field=profile._label(name),
                            code=code,
                        )
                    )

    @api.constrains("sender_email")
    def _check_sender_email(self):
        for profile in self.filtered("sender_email"):
            if not email_normalize(profile.sender_email):
                raise ValidationError(
                    self.env._(
                        "The sender “%(email)s” is no e-mail address.",
                        email=profile.sender_email,
                    )
                )

    # === WHAT CONSTRAINTS ASK === #
    @api.model
    def _reference_fields(self):
        """Return the fields that hold reference data of the administration."""
        return (
            "journal_id",
            "payment_condition_id",
            "layout_id",
            "email_layout_id",
            "unit_id",
            "item_group_id",
        )

    def _label(self, name):
        return self._fields[name]._description_string(self.env)

    def _sends(self):
        """Return whether an invoice goes to the customer by any way."""
        self.ensure_one()
        return self.send_by != "none" or self.send_peppol or self.send_postbox

    def _issues(self):
        """Return whether Exact issues invoices; not so without a profile."""
        return bool(self) and (self.finalise == "print" or self._sends())

    def _check_general_code(self):
        try:
            parts = list(Formatter().parse(self.general_code or ""))
        except ValueError:
            parts = []
        used = [part[1:] for part in parts if part[1] is not None]
        if used != [("rate", "", None)]:
            raise ValidationError(
                self.env._(
                    "The code of the general items has {rate} in it, once, and no "
                    "other word in braces."
                )
            )
        self._check_length("general_code", self._general_example())

    def _general_example(self):
        return self.general_code.format(rate=LONGEST_RATE)

    def _check_length(self, name, code):
        if not (code or "").strip() or len(code) > CODE_PLACES:
            raise ValidationError(
                self.env._(
                    "%(field)s: a code has one to %(places)s characters.",
                    field=self._label(name),
                    places=CODE_PLACES,
                )
            )

    def _is_general(self, key):
        """Return whether a code, as Exact compares it, can be that of a general item.

        :rtype: bool
        """
        self.ensure_one()
        head, _rate, tail = self.general_code.partition("{rate}")
        pattern = (
            re.escape(uniqueness_key(head))
            + r"\d+(?:[.,]\d+)?"
            + re.escape(uniqueness_key(tail))
        )
        return bool(re.fullmatch(pattern, key))

    # === WHAT IS MISSING === #
    def _missing(self):
        """Return what stops invoices from being made by this profile.

        :rtype: list(str)
        """
        self.ensure_one()
        administration = self.administration_id
        if not administration:
            return []
        return (
            administration._invoicing_problems()
            + self._missing_rights()
            + self._missing_rows()
        )

    def _missing_rights(self):
        """Return a sentence for what the user may not do and the profile needs."""
        administration = self.administration_id
        if not administration.invoicing_asked_at:
            return []
        is_direct = self.invoice_type == "direct"
        no_stock, has_stock = (
            administration.stock == "no",
            administration.stock == "yes",
        )
        checks = [
            (
                self.finalise == "print" and not administration.may_print,
                self.env._(
                    "The Exact Online user has no right to finalise sales invoices: "
                    "leave them open for the bookkeeper, or have the right given."
                ),
            ),
            (
                is_direct and no_stock,
                self.env._(
                    "Direct sales invoices take goods out of stock, and Exact Online "
                    "opens no warehouse of the administration: choose the ordinary "
                    "sales invoice."
                ),
            ),
            (
                is_direct and has_stock and not self.warehouse_name,
                self.env._("The warehouse does not belong to the administration."),
            ),
            (
                not administration.may_make_items,
                self.env._(
                    "The Exact Online user has no right to make items, and each line "
                    "of an invoice needs one; have the right given."
                ),
            ),
        ]
        return [text for wrong, text in checks if wrong]

    def _missing_rows(self):
        """Return a sentence for what is blocked or gone in Exact."""
        missing = []
        if not self.active:
            missing.append(
                self.env._("Invoice profile %(name)s is archived.", name=self.name)
            )
        if self.journal_id.is_blocked:
            missing.append(
                self.env._(
                    "Journal %(journal)s of the invoice profile is blocked in Exact "
                    "Online.",
                    journal=self.journal_id.display_name,
                )
            )
        for name in self._reference_fields():
            row = self[name]
            if row and not row.active:
                missing.append(
                    self.env._(
                        "%(field)s of the invoice profile: “%(value)s” no longer "
                        "exists in Exact Online.",
                        field=self._label(name),
                        value=row.display_name,
                    )
                )
        return missing


def _is_guid(text):
    try:
        return str(UUID(text)) == text.strip().strip("{}").lower()
    except ValueError:
        return False
