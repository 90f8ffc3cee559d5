import logging
import re
import secrets
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..accounting.booking import Hold
from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectorError,
    RateLimited,
)
from ..clients.exact_webhooks import SUBSCRIPTION_FIELDS, SUBSCRIPTIONS
from .exact_administration_slice import Work
from .exact_webhook import of_app
from .groups import check_manager
from .lightspeed_exact_operation import Pending
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

# What the path of our address ends with: never anything else reaches the database.
_KEY = re.compile(r"[A-Za-z0-9_-]{43}")

CHECK_INTERVAL = timedelta(days=1)
RETRY_INTERVAL = timedelta(hours=1)

# With these, webhooks may arrive all the same.
_WARNINGS = ("webhooks.unreachable",)


class ExactAdministration(models.Model):
    """Subscriptions to changes in Exact: made, checked once a day, and removed."""

    # A room of its own, beside the slice of work.
    _inherit = "exact.administration"  # pylint: disable=consider-merging-classes-inherited

    use_webhooks = fields.Boolean(
        string="Webhooks",
        tracking=True,
        copy=False,
        help="Exact Online tells at once that somebody changed or deleted a document "
        "that the connector booked. The connector makes, checks and removes the "
        "subscriptions by itself. Needed are the webhook secret of the Exact app and "
        "an address of this Odoo that the internet reaches, with https. Where several "
        "databases share a server, its dbfilter must leave only this one for that "
        "host name, or the proxy in front must name it in X-Odoo-Database.",
    )
    webhook_key = fields.Char(readonly=True, copy=False, groups="base.group_system")
    webhook_address = fields.Char(
        string="Webhook address",
        compute="_compute_webhook_address",
        groups="base.group_system",
        help="To where Exact Online posts. Whoever knows it can do nothing with it "
        "without the webhook secret of the app.",
    )
    webhook_ids = fields.One2many("exact.webhook", "administration_id")
    webhooks_at = fields.Datetime(
        string="Webhooks next checked", readonly=True, copy=False
    )
    webhook_problem = fields.Char(compute="_compute_webhook_problem")
    webhook_advice = fields.Char(compute="_compute_webhook_problem")
    webhook_taken = fields.Boolean(compute="_compute_webhook_taken")

    _webhook_key_uniq = models.UniqueIndex(
        "(webhook_key) WHERE webhook_key IS NOT NULL",
        "Each administration has its own key.",
    )

    # === COMPUTE === #
    @api.depends("webhook_key")
    def _compute_webhook_address(self):
        for administration in self:
            administration.webhook_address = (
                administration.webhook_key and administration._webhook_address()
            )

    @api.depends("webhook_ids.problem_code", "webhook_ids.problem_params")
    @api.depends_context("lang")
    def _compute_webhook_problem(self):
        for administration in self:
            # One is enough: what is wrong is nearly always wrong with both.
            row = administration.webhook_ids.filtered("problem_code")[:1]
            administration.webhook_problem = row.problem_text
            administration.webhook_advice = row.problem_advice

    @api.depends("webhook_ids.problem_code")
    def _compute_webhook_taken(self):
        for administration in self:
            codes = administration.webhook_ids.mapped("problem_code")
            administration.webhook_taken = "exact_webhooks.taken" in codes

    # === CRUD === #
    @api.model_create_multi
    def create(self, vals_list):
        administrations = super().create(vals_list)
        administrations.filtered("use_webhooks")._plan_webhooks()
        return administrations

    def write(self, vals):
        if vals.get("active") is False:
            # No lane comes here any more.
            self._remove_webhooks_now()
        result = super().write(vals)
        if {"use_webhooks", "active"} & set(vals):
            self._plan_webhooks()
        return result

    def unlink(self):
        self._remove_webhooks_now()
        return super().unlink()

    # === ACTIONS === #
    def action_check_webhooks(self):
        """Make and check the subscriptions now.

        :raise UserError: webhooks are off
        """
        return self._check_webhooks_now(take_over=False)

    def action_take_over_webhooks(self):
        """End the subscriptions of another address of the same app, and make ours.

        :raise UserError: webhooks are off
        """
        return self._check_webhooks_now(take_over=True)

    def _check_webhooks_now(self, take_over):
        self.ensure_one()
        check_manager(self)
        self.check_access("write")
        if not self.use_webhooks:
            raise UserError(self.env._("Switch webhooks on first."))
        # On a cursor of its own: every write to Exact is committed.
        with self.env.registry.cursor() as cr:
            administration = self.with_env(self.env(cr=cr, su=True))
            administration._plan_webhooks()
            if not administration._with_exact(
                lambda work: administration._check_webhooks(work, take_over=take_over)
            ):
                raise UserError(
                    self.env._("This administration is being synchronised right now.")
                )
            return administration._webhooks_notification()

    def _webhooks_notification(self):
        """Return the action that says how the check went."""
        rows = self.webhook_ids
        problems = [
            f"{row.problem_text} {row.problem_advice or ''}".strip()
            for row in rows.filtered("problem_code")
        ]
        message = self.env._("The webhooks in Exact Online are in order.")
        if problems:
            message = "\n".join(dict.fromkeys(problems))
        elif rows.filtered(lambda row: row.state == "new"):
            message = self.env._("They are made within some minutes.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if problems else "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === BUSINESS === #
    def _webhook_address(self):
        """Return to where Exact posts.

        :rtype: str
        """
        return self.env["lightspeed.exact.webhook"]._address(
            "exact", self.sudo().webhook_key or ""
        )

    @api.model
    def _of_webhook(self, key):
        """Return the administration that has a key in the address of its webhooks.

        :param str key: as it stands in the path of a request: anything
        :rtype: exact.administration
        """
        if not _KEY.fullmatch(key or ""):
            return self.browse()
        return self.with_context(active_test=False).search(
            [("webhook_key", "=", key)], limit=1
        )

    def _takes_webhooks(self):
        return bool(self) and self.active and self.use_webhooks

    def _plan_webhooks(self):
        """Let the subscriptions be checked soon."""
        # In sudo mode: the key is for system administrators, rows are the engine's.
        for administration in self.sudo():
            if administration.use_webhooks and not administration.webhook_key:
                administration.webhook_key = secrets.token_urlsafe(32)
            if administration.use_webhooks or administration.webhook_ids:
                administration.webhooks_at = fields.Datetime.now()
        planned = self.sudo().filtered("webhooks_at")
        if planned:
            self.env["lightspeed.exact.lane"]._wake(planned)

    def _with_exact(self, do):
        """Do something with Exact under the lock of the administration.

        :param do: gets a :class:`Work`
        :return: whether the lock was free
        :rtype: bool
        :raise UserError: there is no client to be had
        """
        self.ensure_one()
        self._commit()
        with self.env["lightspeed.exact.lane"]._lock(self) as locked:
            if not locked:
                return False
            try:
                work = Work(self._client())
            except ConnectorError as error:
                sentence = self._problem_sentence(*problem_of(error, self))
                raise UserError(sentence) from error
            with closing(work):
                do(work)
        return True

    # === WORK === #
    def _has_other_work(self, orders=None):
        return super()._has_other_work(orders) or bool(
            orders is None and self._webhooks_are_due()
        )

    def _do_other_work(self, work, deadline, orders=None):
        left_over = super()._do_other_work(work, deadline, orders)
        if orders is None and self._webhooks_are_due() and not self._is_parked():
            self._check_webhooks(work)
        return left_over

    def _webhooks_are_due(self):
        return bool(self.webhooks_at and self.webhooks_at <= self._now())

    def _check_webhooks(self, work, take_over=False):
        """Make the subscriptions what they should be; remember how that went.

        :param Work work: its client calls Exact
        :param bool take_over: end those of another address of the same app
        """
        self.ensure_one()
        rows = self._webhook_rows()
        try:
            self._settle_webhooks(work, rows, take_over)
            rows = rows.exists()
            wrong = rows.filtered(lambda row: row.state == "problem")
            pause = RETRY_INTERVAL if self._may_mend(wrong) else CHECK_INTERVAL
            self.webhooks_at = bool(rows) and self._now() + pause
        except Pending as pending:
            self.webhooks_at = pending.until
        except Hold as hold:
            rows.exists()._has_trouble(hold.code, hold.params)
            self.webhooks_at = self._now() + CHECK_INTERVAL
        except (RateLimited, AuthenticationError) as error:
            self.webhooks_at = self._now() + RETRY_INTERVAL
            self._stopped(error)
        except AccessDenied as error:
            detail = problem_of(error, self)[1].get("detail") or ""
            rows.exists()._has_trouble("exact_webhooks.denied", {"detail": detail})
            self.webhooks_at = self._now() + CHECK_INTERVAL
        except ConnectorError as error:
            if error.landed is not None:
                rows.exists()._has_trouble(*problem_of(error, self))
            # What was lost is looked up as soon as it can be known.
            lost = rows.exists().operation_id.filtered(
                lambda operation: operation.state == "sending"
            )
            self.webhooks_at = min(
                [self._now() + RETRY_INTERVAL]
                + [operation._settled_at() for operation in lost]
            )
        self._commit()

    @api.model
    def _may_mend(self, rows):
        """Return whether what is wrong may be over soon, without Exact being asked."""
        codes = {"webhooks.other_database", "webhooks.unreachable"}
        return bool(codes & set(rows.mapped("problem_code")))

    def _webhook_topics(self):
        """Return about what the administration should tell.

        What the connector makes and people change: its entries, and its invoices where
        it makes any.  Relations and items change all day by other hands, and what the
        connector needs of them it finds out when it uses them.

        :rtype: list(str)
        """
        if not self._takes_webhooks():
            return []
        links = self.link_ids.filtered("active")
        invoices = self.env["lightspeed.exact.booking"].search_count(
            [
                ("administration_id", "=", self.id),
                ("document_kind", "=", "sales_invoice"),
            ],
            limit=1,
        )
        topics = ["SalesEntries"]
        if invoices or "sales_invoice" in links.mapped("document_kind"):
            topics.append("SalesInvoices")
        return topics

    def _webhook_rows(self):
        """Return the subscriptions, made where one is wanted.

        :rtype: exact.webhook
        """
        missing = set(self._webhook_topics()) - set(self.webhook_ids.mapped("topic"))
        self.env["exact.webhook"].create(
            [
                {"administration_id": self.id, "topic": topic}
                for topic in sorted(missing)
            ]
        )
        # Exact asks for our answer before it gives its own: the key is durable by now.
        self._commit()
        return self.webhook_ids

    def _webhook_trouble(self):
        """Return what is wrong at our side.

        :return: code of the reason catalogue and its values, or ``None``
        :rtype: tuple | None
        """
        app = self.app_id.sudo()
        if not app._webhook_secret():
            return "exact_webhooks.no_secret", {"app": app.name}
        webhook = self.env["lightspeed.exact.webhook"]
        trouble = webhook._address_problem(app._host()) or webhook._ping()
        return None if trouble and trouble[0] in _WARNINGS else trouble

    def _settle_webhooks(self, work, rows, take_over):
        """List what Exact has, then end, keep and make subscriptions.

        :raise Pending: the outcome of making one is not known yet
        :raise Hold: several were found
        :raise ConnectorError: Exact refuses, or cannot be asked
        """
        for row in rows:
            row._settle_lost(work)
        listed = list(work.client.list(SUBSCRIPTIONS, SUBSCRIPTION_FIELDS))
        wanted = self._webhook_topics()
        trouble = self._webhook_trouble() if wanted else None
        address = self._webhook_address()
        for row in rows:
            same = [each for each in listed if each.get("Topic") == row.topic]
            ours = [each for each in same if self._is_our_webhook(each)]
            right = [each for each in ours if each["CallbackURL"] == address]
            keep = right[:1] if row.topic in wanted else []
            for each in ours:
                if each not in keep:
                    row._end(work.client, each)
            if row.topic not in wanted:
                row._forget()
            elif trouble:
                row._has_trouble(*trouble)
            elif keep:
                row._is_active(keep[0]["ID"])
            elif self._make_room(work, row, same, ours, take_over):
                row._try(work, address)
            self._commit()

    def _make_room(self, work, row, same, ours, take_over):
        """Return whether a subscription may be made: one of an app is all there may be.

        :param list same: what Exact has of this topic
        :param list ours: those of them that are ours
        """
        client_id = self.app_id.sudo().client_id or ""
        others = [each for each in same if each not in ours and of_app(each, client_id)]
        if others and not take_over:
            host = urlsplit(str(others[0].get("CallbackURL") or "")).hostname
            row._has_trouble("exact_webhooks.taken", {"address": host or "-"})
            return False
        for each in others:
            row._end(work.client, each)
        return True

    def _is_our_webhook(self, row):
        """Return whether a subscription of Exact is this administration's own here."""
        try:
            path = urlsplit(str(row.get("CallbackURL") or "")).path
        except ValueError:
            return False
        key = self.sudo().webhook_key
        return bool(key) and path == urlsplit(self._webhook_address()).path

    # === REMOVING === #
    def _remove_webhooks_now(self):
        """End the subscriptions at once, if Exact can be asked; for what goes."""
        for administration in self.sudo().filtered("webhook_ids"):
            try:
                with closing(administration._client()) as client:
                    for row in client.list(SUBSCRIPTIONS, SUBSCRIPTION_FIELDS):
                        if administration._is_our_webhook(row):
                            self.env["exact.webhook"]._end(client, row)
                administration.webhook_ids.write({"state": "new", "remote_id": False})
                administration.webhooks_at = fields.Datetime.now()
            except (ConnectorError, UserError) as error:
                _logger.warning(
                    "Webhooks of administration %s may be left in Exact: %s",
                    administration.id,
                    getattr(error, "code", "refused"),
                )
