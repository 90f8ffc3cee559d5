"""What an older version stored is kept, or learned anew, by an upgrade."""

import importlib.util
from pathlib import Path

from tests.addon.connector_case import ConnectorCase

SCRIPTS = Path(__file__).parents[2] / "lightspeed_exact_connector/migrations/19.0.1.3.0"


class TestMigration(ConnectorCase):
    def migrate(self, name):
        spec = importlib.util.spec_from_file_location("script", SCRIPTS / f"{name}.py")
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()

    def quotas(self):
        self.env.cr.execute("SELECT count(*) FROM lightspeed_exact_quota")
        return self.env.cr.fetchone()[0]

    def test_quotas_that_were_known_by_records_are_forgotten(self):
        self.make_shop()
        self.assertTrue(self.quotas())
        self.env.cr.execute("ALTER TABLE lightspeed_exact_quota DROP COLUMN key")
        self.migrate("pre-quota")
        self.assertEqual(self.quotas(), 0)

    def test_quotas_that_are_known_by_keys_are_kept(self):
        self.make_shop()
        before = self.quotas()
        self.migrate("pre-quota")
        self.assertEqual(self.quotas(), before)

    def test_what_is_connected_was_connected_in_this_database(self):
        identities = self.env["lightspeed.exact.identity"]
        self.make_shop()
        identities.search([]).unlink()
        self.env.registry.clear_cache()
        self.migrate("post-migration")
        self.assertEqual(identities.search([]).how, "connected")
        self.migrate("post-migration")
        self.assertEqual(len(identities.search([])), 1)
        self.assertFalse(identities._differences())

    def test_what_was_never_connected_is_nobodys(self):
        self.migrate("post-migration")
        self.assertFalse(self.env["lightspeed.exact.identity"].search([]))
