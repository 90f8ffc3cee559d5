from contextlib import closing

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..accounting.booking import Hold
from ..accounting.listing import ListRow
from ..accounting.listing_invoice import invoice_row
from ..accounting.parse import list_row
from ..clients.errors import ConnectorError
from ..models.reasons import describe
from ..models.service_errors import problem_of

# More documents with one number are no answer any more.
MOST_FOUND = 20


class LightspeedExactWhereIs(models.TransientModel):
    """Why an order is not there: what is known here, else what the shop says now."""

    _name = "lightspeed.exact.where.is"
    _description = "Where Is My Order"
    _inherit = ["lightspeed.exact.company.mixin"]
    _rec_name = "number"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self._default_company_id(),
    )
    number = fields.Char(
        string="Order number", help="As it stands in the shop, for instance ORD00001."
    )
    shop_id = fields.Many2one(
        "lightspeed.shop",
        default=lambda self: self._default_shop_id(),
        help="Needed where you have several shops and the order is not known here.",
    )
    order_ids = fields.Many2many(
        "lightspeed.exact.order", string="Documents", compute="_compute_order_ids"
    )
    answer = fields.Text(compute="_compute_answer")
    shop_answer = fields.Text(string="What the shop says", readonly=True)
    asked = fields.Boolean(readonly=True)
    remote_kind = fields.Char(readonly=True)
    remote_id = fields.Char(string="Shop ID", readonly=True)

    # === DEFAULTS === #
    def _default_company_id(self):
        return self.env.company

    def _default_shop_id(self):
        shops = self.env["lightspeed.shop"].search([], limit=2)
        return shops if len(shops) == 1 else False

    # === COMPUTE === #
    @api.depends("number", "shop_id", "asked")
    def _compute_order_ids(self):
        for wizard in self:
            wizard.order_ids = wizard._known() if wizard.asked else False

    @api.depends("order_ids", "shop_answer", "asked")
    @api.depends_context("lang")
    def _compute_answer(self):
        for wizard in self:
            known = [wizard._sentences(order) for order in wizard.order_ids]
            live = [wizard.shop_answer] if wizard.shop_answer else []
            wizard.answer = "\n\n".join(known or live)

    # === ACTIONS === #
    def action_look(self):
        """Look here first, and ask the shop only when nothing is known here.

        :raise UserError: no number, or several shops and none is chosen
        """
        self.ensure_one()
        self.check_access("write")
        number = self._number()
        if not number:
            raise UserError(self.env._("Fill in the number of the order."))
        self._write_answer(number=number, asked=True)
        if not self._known():
            if not self.shop_id:
                raise UserError(
                    self.env._("This number is not known here: choose the shop.")
                )
            self._ask_shop()
        return self._reopen()

    def action_fetch(self):
        """Read the document in the shop now, as a look at the shop would.

        :raise UserError: the shop has none, or the link does not run
        """
        self.ensure_one()
        self.check_access("write")
        link = self._link()
        # Filled in by the answer of the shop; what somebody else wrote is not followed.
        remote_id, kind = self.remote_id or "", self.remote_kind
        if not link or not remote_id.isdecimal() or kind not in ("order", "invoice"):
            raise UserError(self.env._("Look the number up first."))
        if link.state != "running":
            raise UserError(self.env._("Start the link first."))
        free = self.env["lightspeed.exact.lane"]._fetch_now(link, kind, remote_id)
        self._write_answer(
            shop_answer=self.env._(
                "The shop was asked. Where the order is not here now, the link says "
                "what is in the way; look again in a minute."
            )
            if free
            else self.env._(
                "Other work is going on for this administration; it is read within a "
                "minute. Look again then."
            ),
            asked=True,
        )
        return self._reopen()

    def action_view_orders(self):
        """Open the document that was found, or the list of them."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_order_action"
        )
        if len(self.order_ids) == 1:
            form = {"views": [(False, "form")], "res_id": self.order_ids.id}
            return {**action, **form, "target": "current"}
        domain = [("id", "in", self.order_ids.ids)]
        return {**action, "domain": domain, "context": {}, "target": "current"}

    def _write_answer(self, **values):
        """Remember an answer, and forget the one before."""
        empty = {"shop_answer": False, "remote_kind": False, "remote_id": False}
        # In sudo mode: nobody makes up what the shop says.
        self.sudo().write({**empty, **values})

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Where is my order?"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    # === WHAT IS KNOWN HERE === #
    def _number(self):
        return (self.number or "").strip().lstrip("#").strip()

    def _known(self):
        """Return the documents with the number that one may see.

        :rtype: lightspeed.exact.order
        """
        number = self._number()
        domain = [("number", "in", list({number, number.upper()}))]
        if self.shop_id:
            domain.append(("shop_id", "=", self.shop_id.id))
        return self.env["lightspeed.exact.order"].search(domain, limit=MOST_FOUND)

    def _sentences(self, order):
        """Return where a document stands, in plain sentences.

        :rtype: str
        """
        kinds = dict(order._fields["source_kind"]._description_selection(self.env))
        title = self.env._(
            "%(kind)s %(number)s of %(shop)s (link %(link)s):",
            kind=kinds[order.source_kind],
            number=order.number,
            shop=order.shop_id.name,
            link=order.link_id.name,
        )
        lines = [title, self._sentence_of_state(order), order.reason, order.advice]
        if order.state == "ready" or (order.state == "failed"):
            lines += self._sentences_of_link(order.link_id)
        return "\n".join(line for line in lines if line)

    def _sentence_of_state(self, order):
        """Return what the state of a document means for whoever looks for it."""
        booking = order.booking_ids.filtered(lambda row: row.state == "posted")[:1]
        if order.state == "booked" and booking.day_entry_id:
            return self.env._(
                "Booked in administration %(administration)s, with other orders in the "
                "entry of one day, %(entry)s.",
                administration=order.administration_id.name,
                entry=order.entry_number or booking.reference,
            )
        if order.state == "booked":
            return self.env._(
                "Booked in administration %(administration)s, as %(entry)s.",
                administration=order.administration_id.name,
                entry=order.entry_number or booking.reference or "?",
            )
        return {
            "waiting": self.env._("Not booked yet; it waits."),
            "ready": self.env._("It is booked as soon as its turn comes."),
            "held": self.env._("Not booked: a person must look."),
            "failed": self.env._("Not booked yet; it is tried again by itself."),
            "skipped": self.env._("It is not booked, and stays out of the books."),
        }.get(order.state, "")

    def _sentences_of_link(self, link):
        """Return what is in the way of everything on a link.

        :rtype: list(str)
        """
        lines = []
        if link.state != "running":
            lines.append(self.env._("The link does not run: nothing is booked."))
        administration = link.administration_id
        if administration.problem_text:
            lines.append(administration.problem_text)
        return lines

    # === WHAT THE SHOP SAYS === #
    def _link(self):
        """Return the link that reads the shop, that of a running one first."""
        links = self.shop_id.link_ids.filtered("active")
        return (links.filtered(lambda link: link.state == "running") or links)[:1]

    def _ask_shop(self):
        """Ask the shop for the number: one call, two for what may be an invoice."""
        shop = self.shop_id
        shop.check_access("read")
        try:
            # In sudo mode: the quota of the shop is kept for whoever asks.
            with closing(shop.sudo()._tested_client()) as client:
                kind, raw = self._find(client)
        except ConnectorError as error:
            words = describe(self.env, *problem_of(error, shop))
            title = self.env._("The shop cannot be asked now:")
            self._write_answer(shop_answer="\n".join([title, *words]), asked=True)
            return
        if raw is None:
            self._write_answer(
                shop_answer=self.env._(
                    "%(shop)s has no order or invoice with number %(number)s. Check "
                    "the number, and whether it is of another shop.",
                    shop=shop.name,
                    number=self._number(),
                ),
                asked=True,
            )
            return
        self._explain(kind, raw)

    def _find(self, client):
        """Return what the shop has under the number, and which kind it is.

        Filters by number: Lightspeed reference 3.2; a row with another number is not
        believed.

        :raise ConnectorError: the shop cannot be asked
        :rtype: tuple(str, dict)
        """
        number = self._number()
        for kind, read in (("order", client.orders), ("invoice", client.invoices)):
            for raw in read(page=1, limit=MOST_FOUND, number=number):
                found = isinstance(raw, dict) and str(raw.get("number") or "")
                if found and found.casefold() == number.casefold():
                    return kind, raw
        return "", None

    def _explain(self, kind, raw):
        """Say why a document of the shop is not here, and offer to fetch it."""
        try:
            row = list_row(raw) if kind == "order" else invoice_row(raw)
        except Hold as hold:
            words = describe(self.env, hold.code, hold.params)
            self._write_answer(shop_answer="\n".join(words), asked=True)
            return
        link = self._link()
        lines = [self._sentence_of_row(row)]
        if not link:
            lines.append(self.env._("The shop has no link: nothing of it is booked."))
        elif link._is_before_start(row):
            lines += describe(self.env, "before_start", link._start_values())
        else:
            lines += self._sentences_of_row(link, row)
        may_come = link and not link._is_before_start(row)
        self._write_answer(
            shop_answer="\n".join(line for line in lines if line),
            remote_kind=kind if may_come else False,
            remote_id=row.remote_id if may_come else False,
            asked=True,
        )

    def _sentence_of_row(self, row):
        """Return which document the shop has, and in what status."""
        names = self.env["lightspeed.status"]._names()
        if not isinstance(row, ListRow):
            return self.env._(
                "%(shop)s has an invoice or credit note %(number)s with status "
                "%(status)s. It was not read yet.",
                shop=self.shop_id.name,
                number=row.number,
                status=names.get(("payment", row.status), row.status),
            )
        return self.env._(
            "%(shop)s has order %(number)s with status %(status)s, payment "
            "%(payment_status)s. It was not read yet.",
            shop=self.shop_id.name,
            number=row.number,
            status=names.get(("order", row.status), row.status),
            payment_status=names.get(("payment", row.payment_status), "-"),
        )

    def _sentences_of_row(self, link, row):
        """Return what becomes of a document that the link has not read yet.

        :rtype: list(str)
        """
        if link.state != "running":
            return [self.env._("The link does not run: nothing is read.")]
        lines = []
        if isinstance(row, ListRow):
            code, values = self._verdict_of_row(link, row)
            if code:
                lines += describe(self.env, code, values)
            else:
                lines.append(self.env._("It is due: it is booked once it is read."))
        if link.shop_id.problem_text:
            lines.append(link.shop_id.problem_text)
        if link.next_poll_at:
            moment = fields.Datetime.context_timestamp(self, link.next_poll_at)
            lines.append(
                self.env._(
                    "The shop is looked at again at %(moment)s; press Fetch now to "
                    "read it at once.",
                    moment=f"{moment:%Y-%m-%d %H:%M}",
                )
            )
        return lines

    def _verdict_of_row(self, link, row):
        """Return why an order would not be booked yet, by the rules of judging.

        :rtype: tuple(str, dict)
        """
        # In sudo mode: an order that is not stored, which people never make.
        orders = self.env["lightspeed.exact.order"].sudo()
        order = orders.new(
            {
                **orders._identity_values(link, "order", row),
                **orders._row_values(row, {}),
            }
        )
        _state, code = order._verdict(link, *link._trigger_codes())
        names = self.env["lightspeed.status"]._names()
        return code, {
            "status": names.get(("order", row.status), row.status),
            "payment_status": names.get(("payment", row.payment_status), "-"),
            **link._start_values(),
        }
