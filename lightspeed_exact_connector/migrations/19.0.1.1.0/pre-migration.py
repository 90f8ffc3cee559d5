from odoo.tools.sql import column_exists, rename_column


def migrate(cr, version):
    """A relation is known by more than an e-mail address: the keys stay as they are."""
    table = "exact_customer"
    if column_exists(cr, table, "email_key") and not column_exists(
        cr, table, "identity"
    ):
        rename_column(cr, table, "email_key", "identity")
        cr.execute(
            "ALTER TABLE exact_customer"
            " DROP CONSTRAINT IF EXISTS exact_customer_email_uniq"
        )
