import logging
from contextlib import closing

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..accounting.exact_values import trim
from ..clients.errors import (
    AccessDenied,
    BadAnswer,
    ConnectorError,
    NotFound,
    Rejected,
)
from .groups import BOOKKEEPER, check_bookkeeper, has_group
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

# What sales invoices take, by the field that remembers whether the user may.
INVOICING_RIGHTS = {
    "may_invoice": "salesinvoice/SalesInvoices",
    "may_print": "salesinvoice/PrintedSalesInvoices",
    "may_make_items": "logistics/Items",
}

# Reference data that Exact may open together with the rights.
INVOICING_MODELS = ("exact.layout", "exact.unit", "exact.item.group")


class ExactAdministration(models.Model):
    """Sales invoices: whether the administration and its user can make them."""

    # A room of its own, beside reference data and work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    has_invoicing = fields.Boolean(
        string="Has invoicing",
        readonly=True,
        copy=False,
        help="Whether Exact Online opens the layouts of sales invoices: only with "
        "invoicing in the package.",
    )
    may_invoice = fields.Boolean(
        string="May make sales invoices",
        readonly=True,
        copy=False,
        help="Whether the Exact Online user of the connection has the right.",
    )
    may_print = fields.Boolean(
        string="May finalise sales invoices", readonly=True, copy=False
    )
    may_make_items = fields.Boolean(string="May make items", readonly=True, copy=False)
    stock = fields.Selection(
        [("yes", "Yes"), ("no", "No")],
        readonly=True,
        copy=False,
        help="Whether Exact Online opens the warehouses: direct sales invoices need "
        "one. Empty where it does not tell.",
    )
    warehouses = fields.Json(readonly=True, copy=False)
    invoicing_asked_at = fields.Datetime(
        string="Rights to invoice asked at",
        readonly=True,
        copy=False,
        help="Empty while it is not known whether sales invoices can be made.",
    )
    invoicing_refusal = fields.Char(
        readonly=True, copy=False, help="Exact Online's own words."
    )
    layout_ids = fields.One2many("exact.layout", "administration_id")
    unit_ids = fields.One2many("exact.unit", "administration_id")
    item_group_ids = fields.One2many("exact.item.group", "administration_id")
    invoice_profile_ids = fields.One2many("exact.invoice.profile", "administration_id")
    invoicing_text = fields.Text(
        string="Sales invoices",
        compute="_compute_invoicing_text",
        help="What is in the way of sales invoices; empty when nothing is.",
    )

    # === COMPUTE === #
    @api.depends(
        "has_invoicing",
        "may_invoice",
        "may_print",
        "may_make_items",
        "invoicing_asked_at",
        "invoicing_refusal",
    )
    @api.depends_context("lang")
    def _compute_invoicing_text(self):
        for administration in self:
            sentences = administration._invoicing_problems()
            if administration.invoicing_asked_at and not sentences:
                sentences = administration._invoicing_limits()
            administration.invoicing_text = "\n".join(sentences)

    def _invoicing_problems(self):
        """Return a sentence for each thing without which no sales invoice can be made.

        What Exact did not tell is no problem: the first invoice will.

        :rtype: list(str)
        """
        self.ensure_one()
        if not self.invoicing_asked_at:
            return [
                self.env._(
                    "It is not known yet whether sales invoices can be made in "
                    "administration %(name)s: refresh its reference data.",
                    name=self.name,
                )
            ]
        problems = []
        if not self.has_invoicing:
            problems.append(
                self.env._(
                    "Administration %(name)s cannot make sales invoices: Exact Online "
                    "does not open them (“%(detail)s”). Its package has no invoicing, "
                    "or the user of the connection may not use it.",
                    name=self.name,
                    detail=self.invoicing_refusal or "403",
                )
            )
        elif not self.may_invoice:
            problems.append(
                self.env._(
                    "The Exact Online user of the connection has no right to make "
                    "sales invoices in administration %(name)s; connect another user "
                    "or have the right given.",
                    name=self.name,
                )
            )
        return problems

    def _invoicing_limits(self):
        """Return a sentence for what is not allowed of what invoices may need.

        :rtype: list(str)
        """
        self.ensure_one()
        checks = [
            (
                not self.may_print,
                self.env._(
                    "The Exact Online user of the connection has no right to finalise "
                    "sales invoices in administration %(name)s.",
                    name=self.name,
                ),
            ),
            (
                not self.may_make_items,
                self.env._(
                    "The Exact Online user of the connection has no right to make "
                    "items in administration %(name)s.",
                    name=self.name,
                ),
            ),
        ]
        return [text for wrong, text in checks if wrong]

    # === ACTIONS === #
    def action_check_invoicing(self):
        """Ask Exact again whether sales invoices can be made.

        :raise UserError: it could not be asked
        """
        check_bookkeeper(self)
        for administration in self:
            problem = administration._ask_invoicing()
            if problem:
                raise UserError(problem)
        texts = list(filter(None, self.mapped("invoicing_text")))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if texts else "success",
                "message": "\n".join(texts)
                or self.env._("Nothing is in the way of sales invoices."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS === #
    def _rights_values(self, client):
        return {**super()._rights_values(client), **self._invoicing_values(client)}

    def _invoicing_values(self, client):
        """Return what Exact says of sales invoices; five calls.

        Without the module it answers 403 (Exact reference, 8.7), and so it does where
        the user or the app may not read them.

        :raise ConnectorError: the calls did not go through, or all of the division is
            closed
        :rtype: dict
        """
        values = {
            "has_invoicing": True,
            "invoicing_refusal": False,
            "invoicing_asked_at": fields.Datetime.now(),
        }
        try:
            for _row in client.list("salesinvoice/Layouts", select=["ID"], top=1):
                break
        except AccessDenied as error:
            if error.reason:
                # Not of invoices only: blocked, or no access to the division.
                raise
            values["has_invoicing"] = False
            values["invoicing_refusal"] = (error.detail or "")[:200]
        except (NotFound, Rejected) as error:
            _logger.info("Layouts of administration %s unknown: %s", self.id, error)
        for name, endpoint in INVOICING_RIGHTS.items():
            values[name] = self._has_right(client, endpoint)
        return {**values, **self._stock_values(client)}

    def _stock_values(self, client):
        """Return the warehouses, as far as Exact lets them be read.

        :rtype: dict
        """
        try:
            rows = list(
                client.list(
                    "inventory/Warehouses", select=["ID", "Code", "Description", "Main"]
                )
            )
        except AccessDenied:
            return {"stock": "no", "warehouses": False}
        except (NotFound, Rejected) as error:
            _logger.info("Warehouses of administration %s unknown: %s", self.id, error)
            return {"stock": False, "warehouses": False}
        found = [
            {
                "id": trim(row.get("ID")),
                "name": f"{trim(row.get('Code'))} {trim(row.get('Description'))}",
                "main": str(row.get("Main")) in ("1", "True"),
            }
            for row in rows
            if trim(row.get("ID"))
        ]
        return {"stock": "yes" if found else "no", "warehouses": found or False}

    def _proposed_warehouse(self):
        """Return the Exact ID of the main warehouse, or of the only one.

        :rtype: str
        """
        found = self.warehouses or []
        chosen = [row for row in found if row["main"]] or found
        return chosen[0]["id"] if len(chosen) == 1 else ""

    def _has_right(self, client, endpoint):
        """Return whether the user may post somewhere, true where Exact does not tell.

        :rtype: bool
        """
        try:
            return client.has_right(endpoint, "POST")
        except (AccessDenied, NotFound, Rejected, BadAnswer) as error:
            _logger.info(
                "Right to %s of administration %s unknown: %s",
                endpoint,
                self.id,
                error.code,
            )
            return True

    def _ask_invoicing(self):
        """Ask Exact whether sales invoices can be made, and what they can choose from.

        :return: a sentence when it could not be asked, else nothing
        :rtype: str
        """
        self.ensure_one()
        try:
            with closing(self._client()) as client:
                values = self._invoicing_values(client)
                for model in INVOICING_MODELS:
                    # In sudo mode: reference data is read-only for people.
                    self.env[model].sudo()._refresh(self, client)
        except ConnectorError as error:
            return self._problem_sentence(*problem_of(error, self))
        # In sudo mode: what Exact says is read-only for people.
        self.sudo().write(values)
        if self.may_print:
            self.sudo().link_ids._release_held(("invoice_print_denied",))
        return ""

    def _ask_invoicing_once(self):
        """Ask Exact where it was never asked: the reference data is older than that.

        :return: a sentence when it could not be asked, else nothing
        :rtype: str
        """
        self.ensure_one()
        connected = self.connection_state == "connected"
        if self.invoicing_asked_at or not connected:
            return ""
        if not has_group(self.env, BOOKKEEPER):
            return ""
        return self._ask_invoicing()

    def _proposed_invoice_profile(self):
        """Return the invoice profile to propose: the only one there is."""
        profiles = self.invoice_profile_ids
        return profiles if len(profiles) == 1 else profiles.browse()
