"""An invitation: a merchant without a user gives the consent at Exact Online."""

from urllib.parse import urlsplit

from odoo.exceptions import UserError

from odoo.addons.lightspeed_exact_connector.const import INVITATION_ROUTE
from odoo.addons.lightspeed_exact_connector.models import lightspeed_exact_invitation

from sandbox.exact import demo as exact_demo
from tests.addon.invitation_case import CSRF, InvitationCase


class TestExactStep(InvitationCase):
    def test_a_consent_waits_to_be_confirmed(self):
        self.enter()
        answer = self.come_back(self.state())
        self.assertEqual(answer.status_code, 303, answer.text)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, INVITATION_ROUTE)
        connection = self.invitation.connection_id
        self.assertEqual(self.tokens().connection_id, connection)
        self.assertEqual(connection.company_id, self.env.company)
        self.assertFalse(connection.active)
        self.assertEqual(self.invitation.exact_state, "pending")
        self.assertEqual(self.invitation.exact_user, "Bram Boekhouder")
        self.assertIn("Bram Boekhouder", self.get(INVITATION_ROUTE).text)
        message = self.invitation.message_ids[0]
        self.assertIn("gave a consent", message.body)
        self.assertIn(self.manager.partner_id, message.partner_ids)

    def test_a_manager_confirms_it_and_goes_on(self):
        with self.assertRaisesRegex(UserError, "Nobody gave"):
            self.invitation.action_confirm_exact()
        self.enter()
        self.come_back(self.state())
        action = self.invitation.action_confirm_exact()
        connection = self.invitation.connection_id
        self.assertEqual(action["res_id"], connection.id)
        self.assertTrue(connection.active)
        connection.with_user(self.manager).action_fetch_administrations()
        self.assertIn(exact_demo.MAIN, connection.administration_ids.mapped("division"))

    def test_a_confirmed_consent_is_not_replaced_with_the_link(self):
        self.enter()
        state = self.state()
        self.come_back(state)
        later = self.state()
        self.invitation.action_confirm_exact()
        before = self.tokens().refresh_token
        self.assert_gone(self.come_back(later))
        csrf = CSRF.search(self.get(INVITATION_ROUTE).text)[1]
        answer = self.post("exact", csrf=csrf)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("connected already", answer.text)
        self.assertEqual(self.tokens().refresh_token, before)

    def test_a_state_is_good_for_one_consent(self):
        self.enter()
        state = self.state()
        self.come_back(state)
        before = self.tokens().refresh_token
        since = self.box.calls.last
        self.assert_gone(self.come_back(state, self.code()))
        self.assertFalse(self.calls("POST", "oauth2/token", since=since))
        self.assertEqual(self.tokens().refresh_token, before)

    def test_of_two_states_only_the_last_counts(self):
        self.enter()
        first, second = self.state(), self.state()
        self.assert_gone(self.come_back(first))
        self.assertFalse(self.tokens())
        self.assertEqual(self.come_back(second).status_code, 303)

    def test_a_state_belongs_to_the_browser_that_asked_for_it(self):
        path = self.link()
        self.enter(path)
        state = self.state()
        # Another browser, without and with the link.
        self.authenticate(None, None)
        self.assert_gone(self.come_back(state))
        self.enter(path)
        self.assert_gone(self.come_back(state))
        # And a manager's own.
        self.authenticate("manager", "manager")
        self.assert_gone(self.come_back(state))
        self.assertFalse(self.tokens())
        self.assertFalse(self.calls("POST", "oauth2/token"))

    def test_a_state_of_one_invitation_is_none_of_another(self):
        self.enter()
        state = self.state()
        other = self.make_invitation(name="Tweede")
        path = self.link(other)
        self.assertEqual(self.get(path).status_code, 303)
        self.assert_gone(self.come_back(state))
        self.assertFalse(self.tokens())

    def test_a_state_ends_with_the_link(self):
        self.enter()
        state = self.state()
        self.invitation.action_close()
        self.assert_gone(self.come_back(state))
        self.assertFalse(self.tokens())

    def test_a_state_expires(self):
        self.patch(lightspeed_exact_invitation, "OAUTH_STATE_HOURS", -1)
        self.enter()
        state = self.state()
        # It is none of ours any more: as for anybody, one must be logged in.
        answer = self.come_back(state)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/web/login")
        self.assertFalse(self.tokens())

    def test_a_state_of_a_manager_is_none_of_an_invitation(self):
        connection = self.env["exact.connection"].create(
            {"name": "Live", "app_id": self.exact_app.id}
        )
        state = connection.with_user(self.manager)._sign_state()
        self.enter()
        answer = self.come_back(state)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/web/login")
        self.assertFalse(self.tokens())

    def test_a_forged_state_stores_nothing(self):
        self.enter()
        state = self.state()
        for forged in (state[:-2], f"{state}x", state.swapcase(), "x", ""):
            with self.subTest(state=forged[:10]):
                answer = self.come_back(forged)
                self.assertEqual(
                    urlsplit(answer.headers["Location"]).path, "/web/login"
                )
        self.assertFalse(self.tokens())
        self.assertFalse(self.calls("POST", "oauth2/token"))

    def test_a_merchant_who_refuses_may_try_again(self):
        self.enter()
        answer = self.come_back(self.state(), "", error="access_denied")
        self.assertEqual(answer.status_code, 303)
        self.assertFalse(self.tokens())
        self.assertEqual(self.come_back(self.state()).status_code, 303)
        self.assertEqual(self.invitation.exact_state, "pending")

    def test_a_code_that_exact_refuses_is_explained(self):
        self.enter()
        answer = self.come_back(self.state(), "nonsense")
        self.assertEqual(answer.status_code, 400)
        self.assertIn("invalid_grant", answer.text)
        self.assertFalse(self.tokens())

    def test_without_an_app_there_is_no_such_step(self):
        invitation = self.make_invitation(exact_app_id=False)
        page = self.enter(self.link(invitation))
        self.assertNotIn('id="exact"', page.text)
        csrf = CSRF.search(page.text)[1]
        self.assertEqual(self.post("exact", csrf=csrf).status_code, 400)

    def test_a_consent_that_nobody_confirmed_goes_with_its_invitation(self):
        self.enter()
        self.come_back(self.state())
        connection = self.invitation.connection_id
        self.invitation.unlink()
        self.assertFalse(connection.exists())
        self.assertFalse(self.tokens())

    def test_a_copy_of_a_database_asks_for_nothing(self):
        self.enter()
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        answer = self.post("exact")
        self.assertEqual(answer.status_code, 400)
        self.assertIn("copy of a database", answer.text)
