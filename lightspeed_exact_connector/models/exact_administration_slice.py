import logging
import time
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..clients.errors import (
    AccessDenied,
    AuthenticationError,
    ConnectorError,
    RateLimited,
)
from ..clients.exact import any_of
from ..clients.quota import CLIENT_ERRORS_AN_HOUR, DAY
from ..const import DUE_MARGIN_SECONDS
from .service_errors import database_is_away, problem_of

_logger = logging.getLogger(__name__)

# Orders looked at together: their unknown customers are asked for in one call.
BATCH = 40

# Percentage of the day's calls that history leaves for the orders of today.
HISTORY_RESERVE = 10

# How often one slice looks at the same order, when that keeps having work.
MOST_LOOKS = 5

# After so many technical failures in a row the administration rests for a while.
FAILURES_TO_PARK = 3


class Work:
    """What one slice of work carries from order to order, in memory only.

    :ivar client: the client of the administration
    :ivar absent: e-mail keys that Exact said it does not have, during this slice
    :ivar absent_items: keys of items that Exact said it does not have, likewise
    :ivar item_holds: why an item that Exact has cannot be used, by key, likewise
    :ivar item_waits: until when the outcome of making an item is not known, likewise
    :ivar shops: clients of the shops, by shop id
    :ivar closed: why a shop cannot be asked any more during this slice, by shop id
    :ivar closed_countries: why VIES gave no answer about a country, by its prefix; by
        ``""`` about any
    :ivar unnumbered: orders whose invoice this slice finalised and that wait for its
        number: their ids, each with what its documents have in common
    :ivar invoices: invoices that were read together, by their id, each used once;
        ``None`` for one that is gone
    :ivar looks: how often this slice looked at an order, by its id
    :ivar orders: raw orders that this slice has read, by shop id and order id
    :ivar hinted: raw orders that were read because of a webhook, likewise; each used
        once
    """

    def __init__(self, client):
        self.client = client
        self.absent = set()
        self.absent_items = set()
        self.item_holds = {}
        self.item_waits = {}
        self.shops = {}
        self.closed = {}
        self.closed_countries = {}
        self.orders = {}
        self.hinted = {}
        self.unnumbered = {}
        self.invoices = {}
        self.looks = Counter()
        self._policies = {}

    def shop_client(self, shop):
        """Return the client of a shop, one for the whole slice.

        :raise ConnectorError: the shop has no credentials, or cannot be asked any more
        """
        if shop.id in self.closed:
            raise self.closed[shop.id]
        if shop.id not in self.shops:
            self.shops[shop.id] = shop._tested_client()
        return self.shops[shop.id]

    def order(self, shop, remote_id):
        """Return a raw order, asked for once for all its documents in this slice.

        :raise ConnectorError: the shop cannot be asked
        """
        key = (shop.id, remote_id)
        if key not in self.orders:
            order = self.shop_client(shop).order(remote_id)
            self.keep_order(shop, remote_id, order)
        return self.orders[key]

    def keep_order(self, shop, remote_id, order):
        """Keep a raw order for its other documents; only a batch of them."""
        if len(self.orders) >= BATCH:
            self.orders.clear()
        self.orders[shop.id, remote_id] = order

    def close(self):
        """Close the connections to the vendors."""
        for client in (self.client, *self.shops.values()):
            client.close()

    def policy(self, link):
        """Return the choices of a link, read once for the whole slice."""
        if link.id not in self._policies:
            self._policies[link.id] = link._policy()
        return self._policies[link.id]

    def find(self, path, select, field, value):
        """Return the rows of Exact that have a value.

        :rtype: list(dict)
        """
        return list(
            self.client.list(path, select=select, filter=any_of(field, [value]))
        )


class ExactAdministration(models.Model):
    """A slice of work: poll the links that are due, then post what is ready."""

    _inherit = "exact.administration"

    def _run_slice(self, deadline, links=None, orders=None):
        """Poll and post until nothing is left or the time is up.

        The caller holds the lock of the administration, on another cursor.

        :param float deadline: ``time.monotonic()`` at which to stop
        :param links: poll these links now, due or not
        :param orders: post only these orders, and poll nothing
        :return: whether work is left
        :rtype: bool
        """
        self.ensure_one()
        # First of all: when this worker is killed, others go before this one.
        self.served_at = fields.Datetime.now()
        self._commit()
        if not self._has_consent():
            return False
        left_over, read = False, {}
        if orders is None:
            # Reading takes half of the time at most: what is known is posted meanwhile.
            middle = time.monotonic() + max(deadline - time.monotonic(), 0) / 2
            left_over |= self._look_at_hints(middle, read)
            for link in links or self._links_to_poll():
                if time.monotonic() >= middle:
                    left_over = True
                    break
                left_over |= self._poll_one(link, middle)
        left_over |= self._post(deadline, orders, read)
        self._commit()
        return left_over

    def _look_at_hints(self, deadline, read):
        """Look first at what webhooks said has changed; each room adds its own.

        :param float deadline: ``time.monotonic()`` at which to stop
        :param dict read: raw orders that were read are put here, by id of the shop and
            id of the order
        :return: whether hints are left
        :rtype: bool
        """
        return False

    def _commit(self):
        self.env["lightspeed.exact.lane"]._commit()

    def _poll_one(self, link, deadline):
        """Poll one link; whatever happens to it stays with it.

        :return: whether pages are left
        :rtype: bool
        """
        try:
            return link._poll(deadline)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            if database_is_away(error):
                raise
            # A bug of ours on one shop must stop neither the others nor the posting.
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception("Link %s could not be polled", link.id)
            link._poll_failed(ConnectorError(type(error).__name__, code="internal"))
            self._commit()
            return False

    def _links_to_poll(self):
        margin = fields.Datetime.now() + timedelta(seconds=DUE_MARGIN_SECONDS)
        return self.env["lightspeed.exact.link"].search(
            [
                ("administration_id", "=", self.id),
                ("state", "=", "running"),
                ("next_poll_at", "<=", margin),
            ],
            order="next_poll_at, id",
        )

    # === POSTING === #
    def _post(self, deadline, orders=None, read=None):
        """Post what is ready, oldest first, new orders before history.

        :param dict read: raw orders that this slice has read, see ``_look_at_hints``
        :return: whether work is left
        :rtype: bool
        """
        if orders is None and self._is_parked():
            return False
        batch = self._next_batch(orders)
        if not batch and not self._has_other_work(orders):
            return False
        try:
            work = Work(self._client())
            work.client.prepare()
        except ConnectorError as error:
            self._stopped(error)
            return False
        work.hinted = read or {}
        with closing(work):
            left_over = self._post_batches(work, batch, orders, deadline)
            left_over |= self._do_other_work(work, deadline, orders)
        return left_over

    def _has_other_work(self, orders=None):
        """Return whether there is work for this slice beside posting orders.

        :param orders: only what belongs to these orders
        :rtype: bool
        """
        return False

    def _do_other_work(self, work, deadline, orders=None):
        """Do what comes after the orders; each room adds its own.

        :param Work work: what the slice carries
        :param float deadline: ``time.monotonic()`` at which to stop
        :param orders: only what belongs to these orders
        :return: whether work is left
        :rtype: bool
        """
        return False

    def _post_batches(self, work, batch, orders, deadline):
        while batch:
            if not self._look_up_customers(work, batch):
                return False
            if not self._look_up_numbers(work, batch):
                return False
            for order in batch:
                if time.monotonic() >= deadline:
                    return True
                if orders is None and not self._may_go_today(work, order):
                    break
                if not self._post_one(work, order):
                    return False
                if orders is None and self._is_parked():
                    return False
                self._rest_when_stuck(work, order)
            if not self._finish_unnumbered(work) or orders is not None:
                return False
            if self._is_parked():
                return False
            # Memory does not grow with the number of orders.
            self.env.invalidate_all()
            batch = self._next_batch()
        return False

    def _rest_when_stuck(self, work, order):
        """Let an order rest that comes back again and again: the others go on."""
        work.looks[order.id] += 1
        if work.looks[order.id] >= MOST_LOOKS and order.has_work:
            _logger.error("Order %s does not get on in %s looks", order.id, MOST_LOOKS)
            detail = self.env._("it comes back again and again, and gets no further")
            order._fail("internal", {"detail": detail})
            self._commit()

    def _may_go_today(self, work, order):
        """Return whether an order may use the day's quota.

        History leaves a share of the day's calls for the orders of today.
        """
        if not order.is_history:
            return True
        clients = [work.client, work.shops.get(order.shop_id.id)]
        now = datetime.now(timezone.utc)
        for client in filter(None, clients):
            day = client.quota.windows.get(DAY)
            if day is None or not day.limit or day.reset_at <= now:
                continue
            if day.remaining * 100 <= day.limit * HISTORY_RESERVE:
                self.history_parked_until = day.reset_at.replace(tzinfo=None)
                return False
        return True

    def _is_parked(self):
        return bool(self.parked_until and self.parked_until > self._now())

    def _now(self):
        return fields.Datetime.now()

    def _next_batch(self, orders=None):
        """Return the next orders to post, in the order in which they are booked."""
        domain = [
            ("administration_id", "=", self.id),
            ("link_id.state", "=", "running"),
            ("link_id.active", "=", True),
            ("has_work", "=", True),
            "|",
            ("next_attempt_at", "=", False),
            ("next_attempt_at", "<=", self._now()),
        ]
        if orders is not None:
            domain.append(("id", "in", orders.ids))
        elif self.history_parked_until and self.history_parked_until > self._now():
            domain.append(("is_history", "=", False))
        return self.env["lightspeed.exact.order"].search(
            domain, order="is_history, order_date, id", limit=BATCH
        )

    def _post_one(self, work, order):
        """Post one order or other document; whatever happens to it stays with it.

        :return: whether the next order may go
        :rtype: bool
        """
        try:
            order._process(work)
            self._commit()
        except (RateLimited, AuthenticationError, AccessDenied) as error:
            self.env.cr.rollback()
            self.env.invalidate_all()
            self._stopped(error)
            return False
        except ConnectorError as error:
            self.env.cr.rollback()
            self.env.invalidate_all()
            return self._failed(order, error)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            if database_is_away(error):
                raise
            # A bug of ours on one order must not stop the others.
            self.env.cr.rollback()
            self.env.invalidate_all()
            _logger.exception("%s could not be processed", order)
            order._fail("internal", {"detail": type(error).__name__})
            self._commit()
            return True
        if (self.failures or self.problem_code) and not self._is_parked():
            self.write({"failures": 0, "parked_until": False})
            self._clear_problem()
        return True

    def _failed(self, order, error):
        """Remember a technical failure; too many in a row park the administration."""
        order._fail(*problem_of(error, self))
        self.failures += 1
        if self.failures >= FAILURES_TO_PARK:
            if not self._answers():
                self._not_to_blame(error)
            self._stopped(error)
            return False
        self._commit()
        return True

    def _answers(self):
        """Return whether Exact Online answers at all; one call that is not counted.

        :rtype: bool
        """
        try:
            with closing(self._client()) as client:
                client.me()
        except ConnectorError:
            return False
        return True

    def _not_to_blame(self, error):
        """Let orders that failed in an outage keep their turn: they go on in order.

        Where Exact Online answers otherwise, it is the orders: they rest, each for
        itself, and the others go before them.
        """
        code, params = problem_of(error, self)
        failed = self.env["lightspeed.exact.order"].search(
            [
                ("administration_id", "=", self.id),
                ("state", "=", "failed"),
                ("reason_code", "=", code),
                ("next_attempt_at", "!=", False),
            ],
            order="next_attempt_at desc",
            limit=BATCH,
        )
        failed.filtered(
            lambda order: (
                (order.reason_params or {}).get("service") == params["service"]
            )
        ).write({"next_attempt_at": False})

    def _stopped(self, error):
        """Park the administration: no order of it can be posted now."""
        code, params = problem_of(error, self)
        until = None
        if isinstance(error, RateLimited):
            until = error.retry_at.replace(tzinfo=None)
        if not isinstance(error, RateLimited) or not error.window:
            # A refusal that does not say which window may be the block after too many
            # errors (Exact reference, 2.4): wait longer every time.
            self.failures += 1
            backoff = self._now() + self._backoff(self.failures)
            until = max(until or backoff, backoff)
        _logger.info("Administration %s parked: %s", self.id, code)
        self._park(until, code, params)
        self._commit()

    def _count_refusal(self, error):
        """Rest before Exact blocks the connector for too many refused calls.

        Of a business refusal as a 500 there may be any number (Exact reference, 2.4).
        """
        if error.status not in (400, 401, 403, 404):
            return
        now = self._now()
        hour = timedelta(hours=1)
        if not self.refusals_since or self.refusals_since < now - hour:
            self.write({"refusals_since": now, "refusals": 0})
        self.refusals += 1
        if self.refusals >= CLIENT_ERRORS_AN_HOUR:
            self._park(
                self.refusals_since + hour, "client_errors", {"count": self.refusals}
            )

    @api.model
    def _backoff(self, failures):
        """Return how long to wait after so many failures in a row."""
        return timedelta(minutes=min(2 ** min(failures, 6), 60))
