"""Links for what is shown of many at once, made without the vendors."""

import json
from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.tests import new_test_user

from tests.addon.connector_case import GROUPS, ConnectorCase


class CockpitCase(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person, cls.bookkeeper = (
            new_test_user(
                cls.env, name, groups=f"{GROUPS}{name}", email=f"{name}@example.com"
            )
            for name in ("user", "bookkeeper")
        )

    def many_links(self, count, like, number=100):
        """Return running links, each with a shop and an administration of its own."""
        links = like.browse()
        for place in range(number, number + count):
            shop = like.shop_id.copy({"name": f"Winkel {place}"})
            shop.write({"api_key": f"{place}" * 8, "api_secret": "s"})
            administration = like.administration_id.copy(
                {"name": f"Administratie {place}", "division": place}
            )
            links += like.create(
                {"shop_id": shop.id, "administration_id": administration.id}
            )
        # What starting asks for is not what is shown.
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lightspeed_exact_link SET state = 'running' WHERE id = ANY(%s)",
            [links.ids],
        )
        self.env.invalidate_all()
        return links

    def add_record(self, link, state="held", age_days=1, **values):
        """Add the sync record of an order that never went anywhere."""
        orders = self.env["lightspeed.exact.order"].sudo()
        number = f"ORD{orders.search_count([]) + 90001}"
        return orders.create(
            {
                "link_id": link.id,
                "shop_id": link.shop_id.id,
                "administration_id": link.administration_id.id,
                "company_id": link.company_id.id,
                "remote_id": number,
                "number": number,
                "state": state,
                "reason_code": "rule_missing" if state == "held" else False,
                "order_date": fields.Datetime.now() - timedelta(days=age_days),
                **values,
            }
        )

    def tell_quota(self, record, service, remaining, limit=5000):
        """Let a vendor have said how many calls are left today."""
        reset_at = datetime.now(timezone.utc) + timedelta(hours=5)
        windows = {"day": [limit, remaining, reset_at.isoformat()]}
        quotas = self.env["lightspeed.exact.quota"].sudo()
        key = record._quota_key()
        quotas.search([("key", "=", key)]).unlink()
        quotas.create({"service": service, "key": key, "windows": json.dumps(windows)})

    def set_token(self, connection, **values):
        """Change what is remembered of a token, as its own cursor would."""
        self.env["exact.token"].sudo().search(
            [("connection_id", "=", connection.id)]
        ).write(values)
        self.env.flush_all()
        self.env.invalidate_all()
