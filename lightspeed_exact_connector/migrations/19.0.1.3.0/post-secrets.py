from odoo import SUPERUSER_ID, api
from odoo.tools import SQL
from odoo.tools.sql import column_exists

COLUMNS = {
    "lightspeed.shop": ("api_key", "api_secret", "app_token"),
    "lightspeed.app": ("app_secret",),
    "exact.app": ("client_secret", "webhook_secret"),
}


def migrate(cr, version):
    """Secrets move to a room of their own; their old columns are emptied and go."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    secrets = env["lightspeed.exact.secret"]
    for model, names in COLUMNS.items():
        table = SQL.identifier(env[model]._table)
        for name in names:
            if not column_exists(cr, env[model]._table, name):
                continue
            column = SQL.identifier(name)
            cr.execute(
                SQL("SELECT id, %s FROM %s WHERE %s <> ''", column, table, column)
            )
            for res_id, value in cr.fetchall():
                secrets._set(model, [res_id], {name: value})
            cr.execute(SQL("UPDATE %s SET %s = NULL", table, column))
            cr.execute(SQL("ALTER TABLE %s DROP COLUMN %s", table, column))
