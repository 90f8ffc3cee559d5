"""A case for promise 1: lost answers, killed workers, coming back later."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.lightspeed_exact_connector.clients.transport import Transport

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import ConnectorCase

ENTRY = "salesentry/SalesEntries"
RELATION = "crm/Accounts"

# Longer than a call can be under way, see `_settled_at`.
SETTLED = 300
SPACED = 61

# More often than this no run looks at orders in these tests.
MOST_LOOKS = 40


class Killed(BaseException):
    """The process is gone: nobody catches this."""


def die(record, *_args, **_values):
    """Die in a method of a model: nothing is written any more."""
    record.env.cr.rollback()
    raise Killed


class OnceCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        # Dying at every instruction takes more calls than a minute allows.
        self.box.exact.control_set_limits(minute=100_000, day=1_000_000)

    def operation(self, order, kind="sales_entry"):
        return self.env["lightspeed.exact.operation"].search(
            [("order_id", "=", order.id), ("kind", "=", kind)]
        )

    def lose(self, kind, path=ENTRY, **options):
        """Place an order, and let one of its calls go wrong."""
        placed = self.add_order()
        link = self.make_link()
        self.fault(kind, path, **options)
        self.run_link(link)
        return link, placed["number"]

    def run_and_die(self, link):
        """Run until it dies; ``assertRaises`` would undo what it committed."""
        died = False
        try:
            self.run_link(link)
        except Killed:
            died = True
        self.assertTrue(died)
        self.env.invalidate_all()

    def come_back(self, link, *waits):
        for seconds in waits:
            self.later(seconds)
            self.run_link(link)

    @contextmanager
    def killed_at(self, number):
        """Die at the n-th moment at which something becomes durable or is called."""
        lane = type(self.env["lightspeed.exact.lane"])
        commit, request = lane._commit, Transport.request
        points, cursors = [], []

        def point(name):
            points.append(name)
            if len(points) == number:
                # Who dies writes nothing any more.
                for cursor in cursors[-1:]:
                    cursor.rollback()
                raise Killed(name)

        def dying_commit(model):
            cursors.append(model.env.cr)
            point("before commit")
            commit(model)
            point("after commit")

        def dying_request(transport, method, url, **options):
            point(f"before {method}")
            answer = request(transport, method, url, **options)
            point(f"after {method}")
            return answer

        with (
            patch.object(lane, "_commit", dying_commit),
            patch.object(Transport, "request", dying_request),
        ):
            yield points


class Stuck(BaseException):
    """The same order is looked at for ever."""


class OnceMoreCase(OnceCase):
    def run_link(self, link):
        orders = self.registry["lightspeed.exact.order"]
        process, looks = orders._process, []

        def counted(order, work):
            looks.append(order.id)
            if len(looks) > MOST_LOOKS:
                order.env.cr.rollback()
                raise Stuck
            return process(order, work)

        with patch.object(orders, "_process", counted):
            super().run_link(link)

    def press(self, records, action):
        with self.enter_registry_test_mode():
            getattr(records, action)()
        self.env.invalidate_all()

    def family(self, number):
        """Return reference -> total of all entries of an order."""
        return {
            entry["YourRef"]: entry["AmountFC"]
            for entry in self.box.exact.control_entries(exact_demo.MAIN)
            if entry["YourRef"].startswith(number)
        }
