"""A case for items: needs of an invoice, and a slice of work that wants them."""

from contextlib import closing, contextmanager

from odoo.addons.lightspeed_exact_connector.accounting.items import ItemNeed
from odoo.addons.lightspeed_exact_connector.accounting.reference import uniqueness_key
from odoo.addons.lightspeed_exact_connector.clients.errors import ConnectorError
from odoo.addons.lightspeed_exact_connector.models.exact_administration_slice import (
    Work,
)
from odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_operation import (
    Pending,
)

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import OnceCase

ITEMS = "logistics/Items"


class ItemCase(OnceCase):
    def setUp(self):
        super().setUp()
        self.administration = self.make_administration()

    def need(self, code, **values):
        """Return what a line of an invoice wants."""
        accounts = self.administration.gl_account_ids
        revenue = accounts.filtered(
            lambda account: account.code == exact_demo.REVENUE_HIGH
        )
        values = {
            "name": f"Artikel {code}",
            "vat_code": exact_demo.VAT_HIGH,
            "gl_account": revenue.remote_id,
            "source": code,
            **values,
        }
        return ItemNeed(key=uniqueness_key(code), code=code, **values)

    @contextmanager
    def work(self, administration=None):
        """A slice of work of an administration, on a cursor of its own."""
        with (
            self.enter_registry_test_mode(),
            self.slice(administration or self.administration) as place,
        ):
            yield place
        self.env.invalidate_all()

    @contextmanager
    def slice(self, administration):
        with self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            mine = env["exact.administration"].browse(administration.id)
            with closing(Work(mine._client())) as work:
                yield mine, work

    def want(self, *needs, administration=None, **options):
        """Ask for items in a slice of their own; returns Exact's codes by key."""
        if isinstance(needs[0], str):
            needs = [self.need(code) for code in needs]
        with self.work(administration) as (mine, work):
            items = mine._items(work, {need.key: need for need in needs}, **options)
            return {key: item.remote_id for key, item in items.items()}

    def try_to_want(self, *needs, **options):
        """Ask for items as a slice does that goes on whatever happens."""
        try:
            return self.want(*needs, **options)
        except (ConnectorError, Pending) as error:
            return error

    def known(self, administration=None):
        """Return what is remembered, by code."""
        administration = administration or self.administration
        items = self.env["exact.item"].search(
            [("administration_id", "=", administration.id)]
        )
        return {item.code: item for item in items}

    def in_exact(self, code=None, division=exact_demo.MAIN):
        return self.box.exact.control_items(division, code)

    def add_item(self, code, division=exact_demo.MAIN, **values):
        values.setdefault("Description", f"Artikel {code}")
        values.setdefault("IsSalesItem", True)
        return self.box.exact.control_add_item(division, Code=code, **values)

    def cost(self, since):
        """Return how often items were asked for, and how often posted."""
        return (
            len(self.calls("GET", ITEMS, since=since)),
            len(self.calls("POST", ITEMS, since=since)),
        )
