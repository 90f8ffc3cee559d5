import logging
from contextlib import closing
from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectorError,
    NotFound,
    RateLimited,
    Rejected,
)
from ..clients.lightspeed import HOSTS
from ..clients.lightspeed_webhooks import MOST_WEBHOOKS
from .service_errors import problem_of

_logger = logging.getLogger(__name__)

# First key of the advisory lock under which the webhooks of a shop are changed.
WEBHOOK_LOCK = 0x4C45_0003

CHECK_HOURS = 24
RETRY_MINUTES = 60

# With these, webhooks may arrive all the same.
_WARNINGS = ("webhooks.unreachable",)


class LightspeedShopWebhook(models.Model):
    """The webhooks of one shop: made, checked once a day and removed by the connector.

    A row of its own that people never edit.  A subscription is recognised by the path
    of its address, which has the shop's key in it: those of others, also of another
    Odoo, are never touched.

    A subscription whose answer was lost is not made twice: every check lists first
    what the shop has, under a lock, and what stands there under our address is taken
    for the answer.  Should a call land after that list was given, the next check finds
    two and ends one; until then each change is named twice, which costs a row update.
    """

    _name = "lightspeed.shop.webhook"
    _description = "Webhooks of a Shop"
    _inherit = ["lightspeed.exact.problem.mixin"]
    _rec_name = "shop_id"

    shop_id = fields.Many2one("lightspeed.shop", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="shop_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("new", "Not made yet"),
            ("active", "Active"),
            ("problem", "Not working"),
        ],
        required=True,
        default="new",
    )
    count = fields.Integer(string="Webhooks")
    check_at = fields.Datetime(index=True)
    checked_at = fields.Datetime(string="Last checked")
    received_at = fields.Datetime(string="Last received")

    _shop_uniq = models.Constraint(
        "UNIQUE(shop_id)", "A shop has its webhooks in one place."
    )

    # === CRON === #
    @api.model
    def _cron(self):
        return self.env.ref(
            "lightspeed_exact_connector.ir_cron_webhooks", raise_if_not_found=False
        )

    @api.model
    def _plan(self, shops):
        """Check the webhooks of these shops soon, where there are or should be any."""
        rows = self.sudo().search([("shop_id", "in", shops.ids)])
        wanting = shops.filtered("use_webhooks") - rows.shop_id
        rows |= rows.create([{"shop_id": shop.id} for shop in wanting])
        if not rows:
            return
        rows.write({"check_at": fields.Datetime.now()})
        self._toggle()
        if cron := self.sudo()._cron():
            cron._trigger()

    @api.model
    def _toggle(self):
        """Let the cron sleep while no shop has webhooks."""
        if cron := self.sudo()._cron():
            cron.toggle(self._name, [])

    @api.model
    def _cron_check(self):
        """Check what is due; entry point of the cron."""
        rows = self.search(
            [("check_at", "<=", fields.Datetime.now())], order="check_at, id"
        )
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(rows))
        for row in rows:
            try:
                row.exists()._check()
            except Exception:
                # A bug with one shop must not stop the others.
                self.env.cr.rollback()
                self.env.invalidate_all()
                _logger.exception("Webhooks of shop %s not checked", row.shop_id.id)
                row._remember(("internal", {}))
            if not progress(1):
                break

    def unlink(self):
        result = super().unlink()
        self._toggle()
        return result

    # === CHECKING === #
    def _check(self):
        """Make one shop's webhooks what they should be; remember how that went."""
        if not self or not self._is_free():
            return
        shop = self.shop_id
        wanted = self._wanted()
        trouble = None
        try:
            if wanted:
                trouble = self._own_trouble()
            if not trouble or trouble[0] in _WARNINGS or not wanted:
                with closing(self._shop_client(wanted)) as client:
                    self.count = self._settle(client, wanted)
        except AuthenticationError as error:
            # An app that was uninstalled: the shop removes its webhooks (1.3).
            if not self._should_be():
                self.unlink()
                return
            trouble = problem_of(error, shop)
        except AccessDenied as error:
            trouble = "webhooks.refused", problem_of(error, shop)[1]
        except WebhooksFull as error:
            trouble = "webhooks.full", {"count": error.count, "most": error.most}
        except ConnectorError as error:
            trouble = problem_of(error, shop)
            if isinstance(error, RateLimited):
                self._remember(trouble, error.retry_at.replace(tzinfo=None))
                return
        if not trouble and not self._should_be():
            self.unlink()
            return
        self._remember(trouble)

    def _remember(self, trouble, check_at=None):
        now = fields.Datetime.now()
        if trouble and trouble[0] in _WARNINGS and self._works():
            trouble = None
        self.write(
            {
                "state": self._state_of(trouble),
                "checked_at": now,
                "check_at": check_at
                or now
                + (
                    timedelta(minutes=RETRY_MINUTES)
                    if trouble
                    else timedelta(hours=CHECK_HOURS)
                ),
            }
        )
        if trouble:
            _logger.info("Webhooks of shop %s: %s", self.shop_id.id, trouble[0])
            self._set_problem(*trouble)
        else:
            self._clear_problem()

    def _state_of(self, trouble):
        if trouble:
            return "active" if trouble[0] in _WARNINGS and self.count else "problem"
        return "active" if self.count else "new"

    def _works(self):
        """Return whether webhooks arrived lately: nothing proves more."""
        since = fields.Datetime.now() - timedelta(hours=CHECK_HOURS)
        return bool(self.received_at and self.received_at >= since)

    def _is_free(self):
        """Take the lock of the shop's webhooks until the end of the transaction."""
        rows = self.env.execute_query(
            SQL(
                "SELECT pg_try_advisory_xact_lock(%s, %s)",
                WEBHOOK_LOCK,
                self.shop_id.id,
            )
        )
        return rows[0][0]

    def _should_be(self):
        return self.shop_id.active and self.shop_id.use_webhooks

    def _wanted(self):
        """Return the groups of what the shop should name changes of.

        :rtype: list(str)
        """
        links = self.shop_id.link_ids.filtered("active")
        if not self._should_be() or not links:
            return []
        groups = set()
        for link in links:
            if link.source == "order":
                groups.add("orders")
            if link._reads_invoices():
                groups.add("invoices")
        return sorted(groups)

    def _own_trouble(self):
        """Return why the shop could not reach us, if it could not."""
        webhook = self.env["lightspeed.exact.webhook"]
        shop = self.shop_id.sudo()
        vendor_url = shop.api_url or HOSTS[shop.cluster]
        return webhook._address_problem(vendor_url) or webhook._ping()

    def _shop_client(self, wanted):
        """Return a client; what is only removed needs no tested connection."""
        return self.shop_id._tested_client() if wanted else self.shop_id._client()

    # === THE SHOP'S OWN LIST === #
    def _settle(self, client, wanted):
        """Make, repair and remove subscriptions; list first, always.

        :param list wanted: groups
        :return: how many there are now
        :rtype: int
        :raise ConnectorError: the shop refuses, or cannot be asked
        """
        listed = client.webhooks()
        ours = sorted(filter(self._is_ours, listed), key=_id_of)
        kept, todo = [], []
        for group in wanted:
            values = self._values(group)
            same = [row for row in ours if _group_of(row) == (group, "*")]
            right = [row for row in same if self._is_right(row, values)]
            if right:
                kept.append(right[0])
            elif same:
                client.update_webhook(_id_of(same[0]), values)
                kept.append(same[0])
            else:
                todo.append(values)
        for row in ours:
            if row not in kept:
                self._end(client, row)
        if todo:
            foreign = len(listed) - len(ours)
            most = self._most(client)
            if foreign + len(kept) + len(todo) > most:
                raise WebhooksFull(foreign + len(kept), most)
        for values in todo:
            client.create_webhook(values)
        return len(kept) + len(todo)

    @api.model
    def _end(self, client, row):
        try:
            client.delete_webhook(_id_of(row))
        except NotFound:
            # Somebody else was faster.
            return

    @api.model
    def _most(self, client):
        try:
            return client.webhook_limit()
        except (AccessDenied, NotFound, Rejected):
            return MOST_WEBHOOKS

    def _is_ours(self, row):
        """Return whether a subscription is this shop's own in this database."""
        key = self.shop_id.sudo().webhook_key
        if not key or not _id_of(row):
            return False
        try:
            path = urlsplit(str(row.get("address") or "")).path
        except ValueError:
            return False
        return path == urlsplit(self.shop_id._webhook_address()).path

    def _values(self, group):
        return {
            "isActive": True,
            "itemGroup": group,
            "itemAction": "*",
            "language": self.shop_id.language.lower(),
            "format": "json",
            "address": self.shop_id._webhook_address(),
        }

    @api.model
    def _is_right(self, row, values):
        """Return whether a subscription is as it should be.

        Its language is a text going in and an object coming out (7.1); which one it is
        makes no difference to us.
        """
        names = ("isActive", "format", "address")
        return all(row.get(name) == values[name] for name in names)

    # === RECEIVING === #
    @api.model
    def _received(self, shop):
        """Remember that a webhook came; not more than once in a minute."""
        row = self.sudo().search([("shop_id", "=", shop.id)], limit=1)
        self.env["lightspeed.exact.webhook"]._note_received(row)

    # === REMOVING === #
    def _remove_now(self):
        """End the subscriptions at once, if the shop can be asked; for what goes."""
        for row in self:
            try:
                with closing(row.shop_id._client()) as client:
                    row._settle(client, [])
            except (ConnectorError, UserError) as error:
                _logger.warning(
                    "Webhooks of shop %s may be left there: %s",
                    row.shop_id.id,
                    getattr(error, "code", "refused"),
                )


class WebhooksFull(ConnectorError):
    """The shop takes no more subscriptions.

    :ivar int count: how many would stay
    :ivar int most: how many it takes
    """

    code = "webhooks.full"

    def __init__(self, count, most):
        super().__init__()
        self.count, self.most = count, most


def _id_of(row):
    """Return the id of a subscription, 0 for one that has none."""
    value = row.get("id")
    text = "" if isinstance(value, bool) else str(value)
    return int(text) if text.isascii() and text.isdigit() else 0


def _group_of(row):
    return row.get("itemGroup"), row.get("itemAction")
