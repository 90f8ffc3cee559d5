from odoo import api, fields, models
from odoo.exceptions import ValidationError


class LightspeedExactLink(models.Model):
    """After the order: which documents of the shop are booked, and its credit notes."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    source = fields.Selection(
        [
            ("order", "Orders: the reference is the order number"),
            (
                "invoice",
                "Invoices of the shop, credit notes included: the reference is the "
                "invoice number",
            ),
        ],
        string="What is booked",
        required=True,
        default="order",
        tracking=True,
        help="Invoices: for shops whose own invoices are leading. An order without an "
        "invoice is then not booked. Cannot be changed once something is booked.",
    )
    invoice_trigger = fields.Selection(
        [
            ("paid", "Once it is paid"),
            ("all", "As soon as it is there"),
        ],
        string="Book an invoice",
        required=True,
        default="paid",
        tracking=True,
        help="In a shop that makes invoices with the order, some are never paid.",
    )
    credits = fields.Selection(
        [
            ("book", "Book"),
            ("hold", "Hold for a person"),
            ("off", "Do not look at credit notes"),
        ],
        string="Credit notes",
        required=True,
        default="book",
        tracking=True,
        help="Looking at credit notes costs one more call for each look at the shop.",
    )
    unbooked_credits = fields.Selection(
        [
            ("hold", "Hold for a person"),
            ("own", "Book on their own"),
            ("adopt", "Find the original in Exact Online"),
        ],
        string="Credit notes of what was not booked here",
        required=True,
        default="hold",
        tracking=True,
    )
    invoice_sweep_ids = fields.One2many(
        "lightspeed.exact.invoice.sweep", "link_id", readonly=True, copy=False
    )
    invoice_cursor_at = fields.Datetime(
        string="Invoices complete until", related="invoice_sweep_ids.cursor_at"
    )

    # === CONSTRAINTS === #
    @api.constrains("source")
    def _check_source(self):
        """What is booked as an order is never booked as an invoice, too."""
        for link in self:
            kind = "order" if link.source == "invoice" else "invoice"
            if self.env["lightspeed.exact.booking"].search_count(
                [("link_id", "=", link.id), ("order_id.source_kind", "=", kind)],
                limit=1,
            ):
                raise ValidationError(
                    self.env._(
                        "This link has bookings: whether orders or invoices are booked "
                        "cannot be changed any more."
                    )
                )

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("source") == "invoice":
                vals.setdefault("date_source", "invoice")
        return super().create(vals_list)

    def write(self, vals):
        switched = self.browse()
        if vals.get("source"):
            switched = self.filtered(lambda link: link.source != vals["source"])
        if vals.get("credits", "off") != "off":
            # The list of invoices was read meanwhile, and credit notes passed over.
            switched |= self.filtered(
                lambda link: link.credits == "off" and link.source == "invoice"
            )
        result = super().write(vals)
        if switched:
            # What was passed over until now is read from the start.
            switched._look_again_from_start()
        return result

    @api.model
    def _deciding_fields(self):
        return super()._deciding_fields() | {
            "source",
            "invoice_trigger",
            "credits",
            "unbooked_credits",
        }

    # === ACTIONS === #
    @api.onchange("source")
    def _onchange_source(self):
        """Propose the date that goes with the document."""
        self.date_source = "invoice" if self.source == "invoice" else "order"

    # === READING THE SHOP === #
    def _reads_invoices(self):
        self.ensure_one()
        return self.source == "invoice" or self.credits != "off"

    def _invoice_sweep(self):
        """Return how far the invoices are read, nothing when they are not."""
        if not self._reads_invoices():
            return self.env["lightspeed.exact.invoice.sweep"]
        return self.invoice_sweep_ids or self.invoice_sweep_ids.create(
            {"link_id": self.id}
        )

    def _has_looked(self):
        """Return whether reading the shop has begun."""
        self.ensure_one()
        return any(
            sweep.cursor_at or sweep.sweep_started_at
            for sweep in (self, *self.invoice_sweep_ids)
        )
