from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .exact_gl_account import CLEARING_DOMAIN, DEBTORS
from .groups import check_bookkeeper
from .lightspeed_exact_link_held import RELEASABLE

GENERAL_JOURNAL = 90

# The pace is measured over so many days, and told for as many.
PACE_DAYS = 30


class LightspeedExactLink(models.Model):
    """Payments: conditions by method, clearing entries, gift cards, paid status."""

    # A room of its own, beside setting up and polling.
    _inherit = "lightspeed.exact.link"  # pylint: disable=consider-merging-classes-inherited

    payment_rule_ids = fields.One2many(
        "lightspeed.exact.payment.rule", "link_id", string="Payment rules", copy=True
    )
    clearing = fields.Selection(
        [("none", "None"), ("journal_entry", "A general journal entry")],
        string="Clearing entries",
        required=True,
        default="none",
        tracking=True,
        help="A general journal entry books each paid order off the debtor, on the "
        "account of its payment rule. It costs one call more for each order. Exact "
        "Online has no call for matching (afletteren): it matches by itself where it "
        "can, else a bookkeeper matches both entries.",
    )
    clearing_journal_id = fields.Many2one(
        "exact.journal",
        string="General journal",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('journal_type', '=', 90), ('is_blocked', '=', False)]",
        tracking=True,
    )
    debtor_account_id = fields.Many2one(
        "exact.gl.account",
        string="Debtors account",
        check_company=True,
        ondelete="restrict",
        domain="[('administration_id', '=', administration_id),"
        " ('account_type', '=', 20)]",
        tracking=True,
        help="The account that sales entries are owed on.",
    )
    gift_card_payment = fields.Selection(
        [("hold", "Hold for a person"), ("clear", "Clear as a payment")],
        string="Paid with a gift card",
        required=True,
        default="hold",
        tracking=True,
        help="A gift card is a payment and no discount: the sale is booked in full, "
        "and the card's amount is booked off the debtor by a general journal entry.",
    )
    gift_card_amount_field = fields.Char(
        string="Field of the amount",
        default="amount",
        help="Lightspeed does not document how it tells what was paid with a gift "
        "card. An order that has no such field is held, and tells which it has.",
    )
    gift_card_account_id = fields.Many2one(
        "exact.gl.account",
        string="Gift card account",
        check_company=True,
        ondelete="restrict",
        domain=CLEARING_DOMAIN,
        tracking=True,
        help="The account on which gift cards that were sold are owed.",
    )
    needs_clearing_settings = fields.Boolean(compute="_compute_needs_clearing_settings")
    clearing_calls_month = fields.Integer(
        string="Extra calls a month",
        compute="_compute_clearing_counts",
        help="Calls that clearing entries cost, or would cost, at the present pace.",
    )
    clearing_held_count = fields.Integer(compute="_compute_clearing_counts")
    unmatched_count = fields.Integer(compute="_compute_clearing_counts")
    clearing_sides = fields.Selection(related="administration_id.clearing_sides")
    receivables_refused = fields.Boolean(
        related="administration_id.receivables_refused"
    )

    # === COMPUTE === #
    @api.depends("clearing", "gift_card_payment")
    def _compute_needs_clearing_settings(self):
        for link in self:
            link.needs_clearing_settings = link._makes_clearings()

    @api.depends(
        "clearing",
        "clearing_journal_id",
        "debtor_account_id",
        "gift_card_payment",
        "gift_card_account_id",
        "payment_rule_ids.clearing_account_id",
    )
    def _compute_missing_text(self):
        return super()._compute_missing_text()

    def _makes_clearings(self):
        self.ensure_one()
        return self.clearing == "journal_entry" or self.gift_card_payment == "clear"

    def _compute_clearing_counts(self):
        groups = self.env["lightspeed.exact.clearing"]._read_group(
            [("link_id", "in", self.ids)], ["link_id", "state", "matching"], ["__count"]
        )
        for link in self:
            mine = [row[1:] for row in groups if row[0] == link._origin]
            link.clearing_held_count = sum(row[2] for row in mine if row[0] == "held")
            link.unmatched_count = sum(
                row[2] for row in mine if row[:2] == ("posted", "open")
            )
            link.clearing_calls_month = link._clearing_pace()

    def _clearing_pace(self):
        """Return how many paid orders are booked in a month, at the present pace.

        :rtype: int
        """
        self.ensure_one()
        now = fields.Datetime.now()
        start = now - timedelta(days=PACE_DAYS)
        orders = self.env["lightspeed.exact.order"]
        domain = [("link_id", "in", self.ids), ("state", "=", "booked")]
        count = orders.search_count(
            [
                *domain,
                ("remote_payment_status", "=", "paid"),
                ("booked_at", ">=", start),
            ]
        )
        first = orders.search(domain, order="booked_at", limit=1).booked_at or now
        days = max(min((now - first).days, PACE_DAYS), 1)
        return -(-count * PACE_DAYS // days)

    # === CONSTRAINTS === #
    @api.constrains("administration_id", "clearing_journal_id")
    def _check_clearing_journal(self):
        for link in self.filtered("clearing_journal_id"):
            journal = link.clearing_journal_id
            if (
                journal.administration_id != link.administration_id
                or journal.journal_type != GENERAL_JOURNAL
                or journal.is_blocked
            ):
                raise ValidationError(
                    self.env._(
                        "Clearing entries need a general journal of the administration "
                        "that is not blocked."
                    )
                )

    @api.constrains("administration_id", "debtor_account_id", "gift_card_account_id")
    def _check_clearing_accounts(self):
        for link in self:
            debtor = link.debtor_account_id
            if debtor and (
                debtor.administration_id != link.administration_id
                or debtor.account_type != DEBTORS
            ):
                raise ValidationError(
                    self.env._("Choose a debtors account of the administration.")
                )
            if link.gift_card_account_id:
                link.gift_card_account_id._check_clearing(link.administration_id)

    # === CRUD AND HOOKS === #
    def write(self, vals):
        if vals.get("administration_id"):
            self._forget_payment_settings(vals)
        result = super().write(vals)
        if self._clearing_fields() & set(vals):
            self._release_clearings()
        return result

    def _forget_payment_settings(self, vals):
        """Another administration: accounts and journals of the old one fit no more."""
        for link in self:
            if link.administration_id.id == vals["administration_id"]:
                continue
            for field in ("clearing_journal_id", "debtor_account_id"):
                vals.setdefault(field, False)
            vals.setdefault("gift_card_account_id", False)
            link.payment_rule_ids.unlink()

    @api.model
    def _clearing_fields(self):
        """Return the choices after which held clearings are tried again."""
        return {
            "clearing_journal_id",
            "debtor_account_id",
            "gift_card_payment",
            "gift_card_amount_field",
            "gift_card_account_id",
        }

    @api.model
    def _deciding_fields(self):
        return super()._deciding_fields() | self._clearing_fields()

    def _fill_in_proposals(self):
        """Propose the only general journal and the only debtors account."""
        result = super()._fill_in_proposals()
        administration = self.administration_id
        journals = administration.journal_ids.filtered(
            lambda journal: (
                journal.journal_type == GENERAL_JOURNAL and not journal.is_blocked
            )
        )
        debtors = administration.gl_account_ids.filtered(
            lambda account: account.account_type == DEBTORS and not account.is_blocked
        )
        if not self.clearing_journal_id and len(journals) == 1:
            self.clearing_journal_id = journals
        if not self.debtor_account_id and len(debtors) == 1:
            self.debtor_account_id = debtors
        return result

    def _missing(self):
        missing = super()._missing()
        if not self._makes_clearings():
            return missing
        # Words of a selection, kept out of the list: the export of translations would
        # take them for texts there.
        cards = self.gift_card_payment == "clear"
        entries = self.clearing == "journal_entry"
        checks = [
            (
                not self.clearing_journal_id,
                self.env._("Choose a general journal for clearing entries."),
            ),
            (
                not self.debtor_account_id,
                self.env._("Choose the debtors account for clearing entries."),
            ),
            (
                cards and not self.gift_card_account_id,
                self.env._("Choose the account on which gift cards are owed."),
            ),
            (
                entries and not self.payment_rule_ids.clearing_account_id,
                self.env._("Add a payment rule with a clearing account."),
            ),
        ]
        return missing + [text for wrong, text in checks if wrong]

    def _policy_values(self):
        return {
            **super()._policy_values(),
            "payment_rules": tuple(rule._to_rule() for rule in self.payment_rule_ids),
            "clearing_journal": self.clearing_journal_id.code or "",
            "debtor_account": self.debtor_account_id.remote_id or "",
            "gift_card_payment": self.gift_card_payment,
            "gift_card_field": (self.gift_card_amount_field or "").strip() or "amount",
            "gift_card_account": self.gift_card_account_id.remote_id or "",
        }

    def _line_labels(self):
        labels = super()._line_labels()
        language = self.shop_id.language.lower()
        lang = self.env["res.lang"].search([("iso_code", "=", language)], limit=1)
        env = self.with_context(lang=lang.code or self.env.lang).env
        return {
            **labels,
            "clearing_payment": env._("Payment"),
            "clearing_gift_card": env._("Gift card"),
        }

    def _release_clearings(self):
        """Let clearings go again whose hold another rule or setting may have solved."""
        # In sudo mode: only the connector itself moves them from state to state.
        held = (
            self.env["lightspeed.exact.clearing"]
            .sudo()
            .search(
                [
                    ("link_id", "in", self.ids),
                    ("state", "=", "held"),
                    ("reason_code", "in", (*RELEASABLE, "clearing_settings")),
                ]
            )
        )
        if held:
            held._set_state("planned")
            self.env["lightspeed.exact.lane"]._wake(self.administration_id)

    # === ACTIONS === #
    def action_read_receivables(self):
        """Ask Exact at once which documents are paid, with the code of the cron.

        :return: a notification that says what happened
        """
        self.ensure_one()
        check_bookkeeper(self)
        if self.state != "running":
            raise UserError(self.env._("Start the link first."))
        # On a cursor of its own, like the work itself.
        with self.env.registry.cursor() as cr:
            self.with_env(self.env(cr=cr, su=True)).administration_id._ask_receivables()
        done = self.env["lightspeed.exact.lane"]._run_now(self.administration_id, self)
        if not done:
            message = self.env._("This administration is being synchronised right now.")
            return self._notify(message, "info")
        if self.receivables_refused:
            message = self.env._("Exact Online does not let the receivables be read.")
            return self._notify(message, "warning")
        message = self.env._("The paid status was read from Exact Online.")
        return self._notify(message, "success")

    def action_view_clearings(self):
        """Open the clearing entries of this link, filtered as the context says."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "lightspeed_exact_connector.lightspeed_exact_clearing_action"
        )
        wanted = self.env.context.get("clearing_filter")
        action["domain"] = [("link_id", "=", self.id)]
        action["context"] = {f"search_default_{wanted}": 1} if wanted else {}
        return action
