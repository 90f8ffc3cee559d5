"""A copy of a database talks to nobody until a person says what it is.

With real copies: ``test_processes.py``.
"""

from unittest.mock import patch

from psycopg2.errors import InsufficientPrivilege

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import config

from odoo.addons.lightspeed_exact_connector.clients.errors import ConnectorError
from odoo.addons.lightspeed_exact_connector.models import lightspeed_exact_identity
from odoo.addons.lightspeed_exact_connector.server_settings import server_setting

from tests.addon.connector_case import GROUPS, ConnectorCase


class IdentityCase(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.identity = self.env["lightspeed.exact.identity"]
        self.number = self.add_order()["number"]
        self.link = self.make_link()

    def differ(self, **values):
        """Let this database be another one than the one that was connected."""
        self.identity.search([]).write(values or {"oid": "1"})
        self.registry.clear_all_caches()

    def lane(self):
        """Let a lane run as its scheduled action does."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr, user=1, su=True)["lightspeed.exact.lane"]._cron_run()
        self.env.invalidate_all()


class TestIdentity(IdentityCase):
    def test_the_database_is_remembered_when_the_first_thing_is_connected(self):
        row = self.identity.search([])
        self.assertEqual(row.how, "connected")
        self.assertEqual(row.name, self.env.cr.dbname)
        self.assertTrue(row.uuid and row.oid and row.cluster)
        self.assertEqual(self.identity._differences(), [])

    def test_the_check_costs_no_statement(self):
        self.identity._check_live()
        with self.assertQueryCount(0):
            self.identity._check_live()

    def test_each_sign_of_a_copy_stops_every_call(self):
        for sign in ("uuid", "cluster", "oid", "host"):
            with self.subTest(sign=sign), self.cr.savepoint() as savepoint:
                self.differ(**{sign: "another"})
                with self.assertRaises(ConnectorError) as caught:
                    self.identity._check_live()
                self.assertEqual(caught.exception.code, "database_copy")
                savepoint.rollback()
                self.registry.clear_all_caches()

    def test_a_renamed_database_goes_on(self):
        self.differ(name="another")
        self.identity._check_live()

    def test_what_cannot_be_told_tells_nothing(self):
        self.differ(cluster=False, uuid=False)
        self.identity._check_live()

    def test_a_cluster_that_does_not_tell_its_number_is_no_copy(self):
        with patch.object(
            type(self.env.cr), "execute", side_effect=self.refuse, autospec=True
        ):
            self.assertEqual(self.identity._cluster(), "")

    def refuse(self, cursor, query, *args, **options):
        if "pg_control_system" in str(query):
            raise InsufficientPrivilege

    def test_a_marker_that_comes_later_is_kept(self):
        with patch.object(
            lightspeed_exact_identity, "server_setting", return_value="server A"
        ):
            self.registry.clear_all_caches()
            self.identity._check_live()
            self.link.shop_id.action_test_connection()
            self.assertEqual(self.identity._known().host, "server A")
        # The copy of the whole machine has no marker, or another one.
        self.registry.clear_all_caches()
        self.assertEqual(self.identity._differences(), ["host"])

    def test_a_lane_of_a_copy_makes_no_call_and_tells_the_responsible_user_once(self):
        self.differ()
        since = self.box.calls.last
        for _run in range(3):
            self.lane()
        self.assertEqual(self.box.calls.last, since)
        incidents = self.env["lightspeed.exact.incident"].search([])
        self.assertEqual(incidents.problem_code, "database_copy")
        self.assertEqual(len(incidents.activity_ids), 1)
        self.assertFalse(self.order(self.number))
        # Nothing is tried again and again.
        self.assertFalse(self.link.problem_code)

    def test_every_button_of_a_copy_says_why_it_does_nothing(self):
        self.differ()
        administration = self.link.administration_id
        since = self.box.calls.last
        for button in (
            self.link.shop_id.action_test_connection,
            administration.action_refresh,
            administration.connection_id.action_connect,
            administration.connection_id.action_fetch_administrations,
        ):
            with (
                self.subTest(button=button.__name__),
                self.assertRaisesRegex(UserError, "not the one that was connected"),
            ):
                button()
        self.assertEqual(self.box.calls.last, since)

    def test_one_click_after_a_move_lets_everything_go_on(self):
        self.differ()
        self.lane()
        manager = new_test_user(self.env, "manager", groups=f"{GROUPS}manager")
        choice = self.env["lightspeed.exact.identity.choice"].with_user(manager)
        wizard = choice.create({})
        self.assertEqual(wizard.state, "copy")
        self.assertIn("in the cluster", wizard.differences)
        self.assertEqual(wizard.running_count, 1)
        wizard.action_confirm()
        self.assertEqual(self.identity.search([], limit=1).how, "moved")
        self.assertEqual(self.identity.search([], limit=1).create_uid, manager)
        self.assertTrue(self.env["lightspeed.exact.incident"].search([]).ended_at)
        self.lane()
        self.assert_booked(self.number, "49.90")
        self.assertEqual(choice.create({}).state, "live")
        with self.assertRaises(UserError):
            choice.create({}).action_confirm()

    def test_who_is_no_manager_decides_nothing(self):
        self.differ()
        for group in ("user", "bookkeeper"):
            user = new_test_user(self.env, group, groups=GROUPS + group)
            for decide in ("_confirm", "_clear"):
                with self.assertRaises(AccessError):
                    getattr(self.identity.with_user(user), decide)()
            with self.assertRaises(AccessError):
                self.env["lightspeed.exact.identity.choice"].with_user(user).create({})
        manager = new_test_user(self.env, "manager", groups=f"{GROUPS}manager")
        with self.assertRaises(AccessError):
            self.identity.with_user(manager)._clear()

    def test_a_copy_that_is_cleared_keeps_no_credentials_and_can_be_connected_anew(
        self,
    ):
        self.differ()
        self.env["lightspeed.exact.identity.choice"].create({}).action_clear()
        self.assertFalse(self.env["exact.token"].search([]))
        self.assertEqual(self.link.state, "paused")
        self.assertEqual(self.link.shop_id.state, "draft")
        self.assertEqual(self.identity.search([], limit=1).how, "cleared")
        self.assertFalse(self.env["lightspeed.exact.lane"]._crons().filtered("active"))
        self.identity._check_live()


def test_settings_of_the_server_come_from_its_environment_or_its_file(
    tmp_path, monkeypatch
):
    file = tmp_path / "odoo.conf"
    file.write_text("[options]\n[lightspeed_exact_connector]\nhost = server A \n")
    monkeypatch.setitem(config.options, "config", str(file))
    assert server_setting("host") == "server A"
    assert server_setting("other") == ""
    monkeypatch.setenv("LIGHTSPEED_EXACT_HOST", "server B")
    assert server_setting("host") == "server B"
    monkeypatch.delenv("LIGHTSPEED_EXACT_HOST")
    file.write_text("no section\n")
    assert server_setting("host") == ""
