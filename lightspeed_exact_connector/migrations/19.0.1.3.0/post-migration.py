from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """What is connected at the upgrade was connected in this database."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    shops = env["lightspeed.shop"].with_context(active_test=False)
    if env["exact.token"].search_count([], limit=1) or shops.search_count(
        [("state", "=", "connected")], limit=1
    ):
        env["lightspeed.exact.identity"]._connected()
