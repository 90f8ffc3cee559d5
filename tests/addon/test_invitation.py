"""An invitation: a merchant without a user opens a link and connects a shop."""

import logging
import re
from urllib.parse import urlsplit

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.const import (
    INVITATION_DAYS,
    INVITATION_ROUTE,
)
from odoo.addons.lightspeed_exact_connector.models import lightspeed_exact_invitation

from tests.addon.connector_case import KEY, SECRET
from tests.addon.invitation_case import CSRF, InvitationCase

DAY = 24 * 3600


class TestLink(InvitationCase):
    def test_a_link_is_shown_once_and_stored_nowhere(self):
        action = self.invitation.action_make_link()
        url = action["context"]["default_url"]
        token = url.rpartition("/")[2]
        self.assertGreaterEqual(len(token), 43)
        wizard = self.env[action["res_model"]].with_user(self.manager)
        shown = wizard.with_context(**action["context"]).default_get(["url"])
        self.assertEqual(shown["url"], url)
        wizard.create({"url": url})
        self.env.flush_all()
        for table in (
            "lightspeed_exact_invitation",
            "lightspeed_exact_invitation_link",
            "mail_message",
        ):
            self.env.cr.execute(f"SELECT row_to_json(t)::text FROM {table} t")
            self.assertNotIn(token, str(self.env.cr.fetchall()))

    def test_a_link_opens_its_page_and_nothing_else(self):
        answer = self.enter()
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Connect your shop to Exact Online", answer.text)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertTrue(self.invitation.opened_at)
        answer = self.get("/odoo")
        self.assertEqual(urlsplit(answer.headers["Location"]).path, "/web/login")

    def test_each_link_is_another_one_and_the_last_counts(self):
        first, second = self.link(), self.link()
        self.assertNotEqual(first, second)
        self.authenticate(None, None)
        self.assert_gone(self.get(first))
        self.assertEqual(self.get(second).status_code, 303)

    def test_who_opened_an_earlier_link_is_out(self):
        self.enter()
        self.link()
        self.assert_gone(self.get(INVITATION_ROUTE))

    def test_a_link_that_was_ended_opens_nothing(self):
        path = self.link()
        self.enter(path)
        self.invitation.action_close()
        self.assert_gone(self.get(INVITATION_ROUTE))
        self.assert_gone(self.get(path))
        self.assertFalse(self.claims())

    def test_a_link_expires(self):
        path = self.link()
        self.enter(path)
        csrf = CSRF.search(self.get(INVITATION_ROUTE).text)[1]
        self.later(INVITATION_DAYS * DAY + 1)
        self.assert_gone(self.get(INVITATION_ROUTE))
        self.assert_gone(self.get(path))
        self.assert_gone(self.fill_in(csrf=csrf))
        self.assert_gone(self.post("exact", csrf=csrf))
        with self.assertRaisesRegex(UserError, "later end"):
            self.invitation.action_make_link()
        self.env["lightspeed.exact.invitation"]._gc_invitations()
        self.assertEqual(self.invitation.state, "closed")
        self.assertFalse(self.invitation.sudo().digest)

    def test_nobody_guesses_a_link(self):
        path = self.link()
        self.authenticate(None, None)
        for wrong in (path[:-1], path[:-1] + "_", path + "x", path.swapcase()):
            with self.subTest(path=wrong[-8:]):
                if wrong == path:
                    continue
                answer = self.get(wrong)
                self.assertEqual(answer.status_code, 404)
                self.assertNotIn("Set-Cookie", answer.headers)
        self.assert_gone(self.get(INVITATION_ROUTE))

    def test_the_log_of_requests_tells_no_link(self):
        path = self.link()
        line = f"GET {path} HTTP/1.1"
        record = logging.LogRecord(
            "werkzeug", logging.INFO, "", 0, '"%s" %s %s', (line, "303", "-"), None
        )
        self.assertTrue(logging.getLogger("werkzeug").filter(record))
        self.assertIn(f"GET {INVITATION_ROUTE}/… HTTP", record.getMessage())

    def test_a_link_is_sent_by_e_mail(self):
        with self.assertRaisesRegex(UserError, "e-mail address"):
            self.invitation.action_send()
        self.invitation.email = "anna@example.com"
        sent = []
        mails = type(self.env["mail.mail"])

        def send(mail, *_args, **_kwargs):
            sent.append((mail.email_to, mail.body_html))

        self.patch(mails, "send", send)
        self.invitation.action_send()
        ((to, body),) = sent
        self.assertIn("anna@example.com", to)
        path = re.search(rf"{INVITATION_ROUTE}/[\w-]{{43}}", body)[0]
        self.assertEqual(self.enter(path).status_code, 200)

    def test_only_a_manager_of_the_company_invites(self):
        people = [self.make_user("user"), self.make_user("bookkeeper")]
        for person in (*people, self.make_stranger()):
            mine = self.invitation.with_user(person)
            for action in (
                "action_make_link",
                "action_send",
                "action_close",
                "action_confirm_exact",
            ):
                with (
                    self.subTest(person=person.login, action=action),
                    mute_logger("odoo.addons.base.models.ir_rule"),
                    self.assertRaises(AccessError),
                ):
                    getattr(mine, action)()

    def test_nobody_fills_in_what_a_link_did(self):
        connection = self.env["exact.connection"].create(
            {"name": "Live", "app_id": self.exact_app.id}
        )
        for values in (
            {"state": "open"},
            {"digest": "0" * 64},
            {"connection_id": connection.id},
            {"opened_at": "2026-01-01"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.invitation.write(values)

    def test_a_page_in_the_app_store_is_https(self):
        for url in ("javascript:alert(1)", "http://evil.example/x", "x"):
            with self.subTest(url=url), self.assertRaises(ValidationError):
                self.app.listing_url = url


class TestShopStep(InvitationCase):
    def test_a_key_is_checked_and_waits_to_be_confirmed(self):
        self.enter()
        answer = self.fill_in()
        self.assertEqual(answer.status_code, 303, answer.text)
        claim = self.claims()
        self.assertEqual((claim.state, claim.auth_kind), ("pending", "key"))
        self.assertEqual(claim.remote_id, str(self.shop_number))
        self.assertEqual(claim.invitation_id, self.invitation.sudo())
        self.assertEqual(claim.company_id, self.env.company)
        self.assertEqual(claim.activity_ids.user_id, self.manager)
        self.assertFalse(self.shops())
        page = self.get(INVITATION_ROUTE)
        self.assertIn("Your agency confirms it", page.text)
        for secret in (KEY, SECRET):
            self.assertNotIn(secret, page.text)
            self.assertNotIn(secret, str(claim.read()))

    def test_a_manager_confirms_it(self):
        self.enter()
        self.fill_in()
        self.claims().with_user(self.manager).action_confirm()
        shop = self.shops()
        self.assertEqual((shop.auth_kind, shop.state), ("key", "connected"))
        self.assertEqual(shop.remote_id, str(self.shop_number))
        self.assertEqual(shop._secret("api_key"), KEY)
        for name in ("api_key", "api_secret"):
            self.assertEqual(self.claims()._secret(name), "")
        self.assertIn("is connected", self.get(INVITATION_ROUTE).text)

    def test_of_two_keys_the_last_one_waits(self):
        self.enter()
        self.fill_in()
        self.fill_in()
        self.assertEqual(self.claims().mapped("state"), ["replaced", "pending"])

    def test_what_is_wrong_with_a_key_is_said(self):
        self.enter()
        answer = self.fill_in(secret="3" * 32)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("refuses the credentials", answer.text)
        self.assertNotIn("3" * 32, answer.text)
        self.assertNotIn(KEY, answer.text)
        self.assertFalse(self.claims())

    def test_what_is_missing_is_named(self):
        key, secret = "4" * 32, "5" * 32
        self.box.lightspeed.control_add_shop(
            "beperkt", key=key, secret=secret, permissions={"orders": ""}
        )
        self.enter()
        answer = self.fill_in(key, secret)
        self.assertEqual(answer.status_code, 400)
        self.assertIn("may not read: orders", answer.text)
        self.assertFalse(self.claims())

    def test_what_is_no_key_is_not_sent_anywhere(self):
        self.enter()
        since = self.box.calls.last
        for key, secret, cluster in (
            ("", "", "eu1"),
            ("x" * 31, SECRET, "eu1"),
            (KEY, "é" * 32, "eu1"),
            (KEY, "x" * 3000, "eu1"),
            (KEY, SECRET, "xx1"),
            (KEY, SECRET, "https://evil.example"),
            ("<script>alert(1)</script>", SECRET, "eu1"),
        ):
            with self.subTest(key=key[:20], cluster=cluster):
                answer = self.fill_in(key, secret, cluster)
                self.assertEqual(answer.status_code, 400)
                self.assertIn("32 letters and digits", answer.text)
                self.assertNotIn("<script>alert(1)", answer.text)
        self.assertEqual(self.box.calls.last, since)

    def test_what_is_too_long_is_not_read(self):
        self.enter()
        with mute_logger("odoo.http", "werkzeug"):
            answer = self.fill_in("x" * 20_000)
        self.assertIn(answer.status_code, (400, 413))
        self.assertFalse(self.claims())

    def test_a_form_of_another_site_does_nothing(self):
        self.enter()
        for csrf in ("", "x", "0" * 40 + "o99999999999"):
            with self.subTest(csrf=csrf), mute_logger("odoo.http"):
                self.assertEqual(self.fill_in(csrf=csrf).status_code, 400)
                self.assertEqual(self.post("exact", csrf=csrf).status_code, 400)
        self.assertFalse(self.claims())
        self.assertFalse(self.invitation.connection_id)

    def test_a_link_tries_only_so_many_keys(self):
        self.patch(lightspeed_exact_invitation, "MOST_TRIES", 2)
        self.enter()
        for _again in range(2):
            self.fill_in(secret="3" * 32)
        since = self.box.calls.last
        answer = self.fill_in()
        self.assertIn("Too many keys", answer.text)
        self.assertEqual(self.box.calls.last, since)
        self.assertFalse(self.claims())

    def test_an_installed_app_comes_back_to_the_invitation(self):
        self.app.listing_url = "https://www.example.com/apps/1?a=b"
        page = self.enter()
        self.assertIn('href="https://www.example.com/apps/1?a=b"', page.text)
        answer = self.get(self.install()["url"])
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(urlsplit(answer.headers["Location"]).path, INVITATION_ROUTE)
        claim = self.claims()
        self.assertEqual((claim.auth_kind, claim.state), ("app", "pending"))
        self.assertEqual(claim.invitation_id, self.invitation.sudo())
        self.assertIn("Your agency confirms it", self.get(INVITATION_ROUTE).text)

    def test_a_shared_app_is_for_the_company_that_invited(self):
        self.app.company_id = False
        stranger = self.make_stranger()
        self.exact_app.company_id = False
        invitation = self.make_invitation(
            company_id=stranger.company_id.id, user_id=stranger.id
        )
        self.enter(self.link(invitation.with_user(stranger)))
        self.get(self.install()["url"])
        self.assertEqual(self.claims().company_id, stranger.company_id)
        self.assertFalse(self.claims().with_user(self.manager).has_access("read"))
