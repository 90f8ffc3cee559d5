"""What is left of a quota, stored by several at once."""

from unittest.mock import patch

from odoo.tests import TransactionCase, tagged

from odoo.addons.lightspeed_exact_connector.clients.quota import Quota


@tagged("-at_install", "post_install")
class TestStore(TransactionCase):
    def test_two_that_are_the_first_at_once_leave_one_row_and_no_error(self):
        quotas = self.env["lightspeed.exact.quota"]
        quotas._store("exact", 7, Quota())
        # The row of the other one is not seen yet by this transaction.
        with patch.object(type(quotas), "search", return_value=quotas.browse()):
            quotas._store("exact", 7, Quota())
        self.env.flush_all()
        self.assertEqual(quotas.search_count([("res_id", "=", 7)]), 1)
