"""Shops that install the app: nothing is connected before a manager says so."""

import logging
import time
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.const import CLAIM_DAYS

from tests.addon.connector_case import KEY
from tests.addon.install_case import InstallCase

DAY = 24 * 3600


class TestInstall(InstallCase):
    def test_an_install_waits_and_connects_nothing(self):
        answer = self.come(self.install())
        self.assertEqual(answer.status_code, 200)
        self.assertIn("The app is installed", answer.text)
        claim = self.claims()
        self.assertEqual((claim.state, claim.is_open), ("pending", True))
        self.assertEqual(claim.remote_id, str(self.shop_number))
        self.assertEqual(claim.company_id, self.env.company)
        self.assertFalse(self.shops())
        # Nothing is asked of the shop before somebody wants to see it.
        self.assertFalse(self.calls(service="lightspeed"))

    def test_the_page_tells_nothing_and_is_kept_nowhere(self):
        installed = self.install()
        answer = self.come(installed)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("frame-ancestors 'none'", str(answer.headers))
        self.assertNotIn("Set-Cookie", answer.headers)
        for value in (installed["password"], *installed["params"].values()):
            if len(value) > 2:
                self.assertNotIn(value, answer.text)

    def test_the_page_is_in_the_language_of_the_shop(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        answer = self.come(self.install(language="nl"))
        self.assertIn('lang="nl-NL"', answer.text)
        answer = self.come(self.install(language="en"))
        self.assertIn('lang="en-US"', answer.text)

    def test_whoever_is_responsible_is_told_once(self):
        installed = self.install()
        self.come(installed)
        self.come(installed)
        activity = self.claims().activity_ids
        self.assertEqual(activity.user_id, self.manager)
        self.claims().with_user(self.manager).action_decline()
        self.assertFalse(self.claims().activity_ids)

    def test_nobody_is_told_of_what_is_not_theirs(self):
        self.app.user_id = self.make_stranger()
        self.come(self.install())
        self.assertFalse(self.claims().activity_ids)

    def test_the_access_is_kept_as_a_secret_and_read_by_nobody(self):
        installed = self.install()
        self.come(installed)
        claim = self.claims()
        token = installed["params"]["token"]
        self.assertEqual(claim._secret("app_token"), token)
        for person in (self.manager, self.env.ref("base.user_admin")):
            self.assertNotIn(token, str(claim.with_user(person).read()))
        self.assertFalse(claim.app_token)
        self.env.cr.execute("SELECT row_to_json(c)::text FROM lightspeed_exact_claim c")
        self.assertNotIn(token, self.env.cr.fetchone()[0])

    def test_the_log_of_requests_tells_no_access(self):
        installed = self.install()
        place = urlsplit(installed["url"])
        line = f"GET {place.path}?{place.query} HTTP/1.1"
        # As the server writes it; the one of the tests writes nothing.
        record = logging.LogRecord(
            "werkzeug", logging.INFO, "", 0, '"%s" %s %s', (line, "200", "-"), None
        )
        self.assertTrue(logging.getLogger("werkzeug").filter(record))
        text = record.getMessage()
        self.assertIn("GET /lightspeed_exact/lightspeed/install/… HTTP", text)
        self.assertNotIn(installed["params"]["token"], text)
        self.assertNotIn(installed["params"]["signature"], text)

    # === WHAT IS NOT BELIEVED === #
    def assert_refused(self, answer, *words):
        self.assertEqual(answer.status_code, 400)
        self.assertIn("was not connected", answer.text)
        for word in words:
            self.assertIn(word, answer.text)
        self.assertFalse(self.claims())

    def test_a_forged_install_leaves_nothing(self):
        installed = self.install()
        signature = installed["params"]["signature"]
        forged = installed["url"].replace(signature, signature[::-1])
        self.assert_refused(self.come({"url": forged}), "not signed")
        other = installed["url"].replace(
            f"shop_id={self.shop_number}", f"shop_id={self.shop_number + 1}"
        )
        self.assert_refused(self.come({"url": other}), "not signed")

    def test_the_install_of_one_app_is_none_of_another(self):
        other = self.make_app("Other")
        url = self.install()["url"]
        url = url.replace(self.app.install_url, other.install_url)
        self.assert_refused(self.come({"url": url}), "not signed")

    def test_an_app_that_is_not_here_any_more_takes_none(self):
        installed = self.install()
        self.app.active = False
        self.assert_refused(self.come(installed))
        for number in ("0", "999999", "9" * 40, "-1", "x", "1%00", "%E2%91%A0"):
            url = self.app.install_url.rpartition("/")[0]
            query = installed["url"].partition("?")[2]
            self.assert_refused(self.come({"url": f"{url}/{number}?{query}"}))

    def test_an_app_without_a_secret_takes_none(self):
        installed = self.install()
        self.app.app_secret = False
        self.assert_refused(self.come(installed), "not signed")

    def test_an_old_install_and_one_of_the_future_are_refused(self):
        now = int(time.time())
        for age in (600, -300, 10**8):
            with self.subTest(age=age):
                installed = self.install(timestamp=now - age)
                self.assert_refused(self.come(installed), "last minutes")

    def test_the_moment_cannot_be_made_younger(self):
        moment = int(time.time()) - 600
        url = self.install(timestamp=moment)["url"]
        url = url.replace(str(moment), str(moment + 590))
        self.assert_refused(self.come({"url": url}), "not signed")

    def test_a_copy_of_a_database_takes_none(self):
        self.env["ir.config_parameter"].set_param("database.is_neutralized", True)
        self.assert_refused(self.come(self.install()), "copy of a database")

    # === ONCE MORE === #
    def test_an_install_that_comes_again_makes_no_second_claim(self):
        installed = self.install()
        for user in (None, None, self.manager, self.manager):
            self.come(installed, user)
        self.assertEqual(len(self.claims()), 1)
        # Also after it was decided on.
        self.claims().with_user(self.manager).action_decline()
        self.come(installed)
        self.assertEqual(self.claims().mapped("state"), ["declined"])
        # Another cluster is not signed, and makes it no other install.
        self.come({"url": installed["url"].replace("eu1", "us1")})
        self.assertEqual(len(self.claims()), 1)

    def test_of_several_installs_of_a_shop_the_latest_waits(self):
        now = int(time.time())
        first = self.install(timestamp=now - 20)
        second = self.install(timestamp=now - 10)
        self.come(first)
        self.come(second)
        replaced, waiting = self.claims()
        self.assertEqual((replaced.state, waiting.state), ("replaced", "pending"))
        self.assertEqual(replaced._secret("app_token"), "")
        self.assertEqual(waiting._secret("app_token"), second["params"]["token"])
        # An earlier one that is late opens nothing.
        third = self.install(timestamp=now - 15)
        self.come(third)
        self.assertEqual(self.claims("pending"), waiting)
        self.assertEqual(len(self.claims()), 2)

    def test_two_apps_and_two_shops_wait_side_by_side(self):
        number = self.box.lightspeed.control_add_shop("tweede")["shop"]
        other = self.make_app("Other")
        for app, shop in ((self.app, number), (other, number), (self.app, None)):
            self.come(self.install(app, shop))
        self.assertEqual(len(self.claims("pending")), 3)

    def test_the_same_install_at_the_same_moment_counts_once(self):
        installed = self.install()
        self.come(installed)
        claims = type(self.env["lightspeed.exact.claim"])
        nothing = self.env["lightspeed.exact.claim"].browse()
        # As another process sees it that began before the first one was stored.
        with patch.object(claims, "search", lambda *_args, **_kwargs: nothing):
            answer = self.come(installed)
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(len(self.claims()), 1)


class TestConfirm(InstallCase):
    def claim(self, user=None, **options):
        """Return a claim as the manager sees it."""
        self.come(self.install(**options), user)
        return self.claims("pending").with_user(self.manager)

    def test_a_manager_who_installs_it_goes_straight_to_the_shop(self):
        self.box.lightspeed.control_set_shop(
            self.shop_number, domain="www.winkel.example", city="Utrecht"
        )
        answer = self.come(self.install(), self.manager)
        claim = self.claims()
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(
            answer.headers["Location"].endswith(
                f"/odoo/lightspeed.exact.claim/{claim.id}"
            )
        )
        self.assertEqual(claim.display_name, "www.winkel.example")
        self.assertEqual((claim.city, claim.country_id.code), ("Utrecht", "NL"))
        self.assertTrue(claim.read_at)
        # Seen, and not connected.
        self.assertFalse(self.shops())
        self.assertFalse(claim.activity_ids)

    def test_a_confirmed_shop_is_connected_with_the_app(self):
        claim = self.claim(self.manager)
        action = claim.action_confirm()
        shop = self.shops()
        self.assertEqual((action["res_model"], action["res_id"]), (shop._name, shop.id))
        self.assertEqual((shop.auth_kind, shop.app_id), ("app", self.app))
        self.assertEqual(shop.state, "connected")
        self.assertEqual(shop.remote_id, str(self.shop_number))
        self.assertEqual(shop.company_id, self.env.company)
        self.assertEqual((claim.state, claim.shop_id), ("confirmed", shop))
        self.assertEqual(claim.ended_by_id, self.manager)
        self.assertEqual(self.claims()._secret("app_token"), "")
        # And it works from now on.
        shop.with_user(self.manager).action_test_connection()

    def test_an_order_of_such_a_shop_is_booked(self):
        number = self.add_order()["number"]
        self.claim(self.manager).action_confirm()
        link = self.make_link(shop=self.shops())
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_nobody_confirms_a_shop_that_was_not_shown(self):
        claim = self.claim()
        with self.assertRaisesRegex(UserError, "Show the shop"):
            claim.action_confirm()
        self.assertFalse(self.shops())
        claim.action_read()
        claim.action_confirm()
        self.assertEqual(self.shops().state, "connected")

    def test_the_form_shows_a_manager_what_to_do(self):
        claim = self.claim(self.manager)
        with Form(claim) as form:
            self.assertEqual(form.remote_id, str(self.shop_number))
            self.assertTrue(form.is_open)
            self.assertFalse(form.known_shop_id)

    def test_a_shop_that_does_not_let_us_in_says_so(self):
        claim = self.claim()
        self.box.lightspeed.control_uninstall(self.app.app_key, self.shop_number)
        claim.action_read()
        self.assertIn("refuses the credentials", claim.problem_text)
        self.assertFalse(claim.read_at)
        with self.assertRaises(UserError):
            claim.action_confirm()

    def test_access_that_ends_between_seeing_and_confirming_connects_nothing(self):
        claim = self.claim(self.manager)
        self.box.lightspeed.control_uninstall(self.app.app_key, self.shop_number)
        with self.assertRaises(UserError), self.cr.savepoint():
            claim.action_confirm()
        self.env.invalidate_all()
        self.assertFalse(self.shops())
        self.assertEqual(claim.state, "pending")

    def test_a_language_that_the_shop_has_not_is_no_problem(self):
        claim = self.claim(self.manager, language="fi")
        self.assertFalse(claim.problem_text)
        self.assertEqual(claim.language, "nl")
        claim.action_confirm()
        self.assertEqual(self.shops().language, "nl")

    def test_a_declined_shop_gives_no_access(self):
        claim = self.claim(self.manager)
        claim.action_decline()
        self.assertEqual(claim.state, "declined")
        self.assertEqual(self.claims()._secret("app_token"), "")
        for button in ("action_read", "action_confirm", "action_decline"):
            with self.subTest(button=button), self.assertRaises(UserError):
                getattr(claim, button)()
        self.assertFalse(self.shops())

    # === TIME === #
    def test_a_claim_ends_by_itself(self):
        claim = self.claim(self.manager)
        self.later(CLAIM_DAYS * DAY + 1)
        self.assertFalse(claim.is_open)
        with self.assertRaisesRegex(UserError, "too old"):
            claim.action_confirm()
        self.claims()._gc_claims()
        self.assertEqual(claim.state, "expired")
        self.assertFalse(claim.ended_by_id)
        self.assertEqual(self.claims()._secret("app_token"), "")
        self.later(91 * DAY)
        self.claims()._gc_claims()
        self.assertFalse(self.claims())

    def test_a_claim_that_waits_is_kept(self):
        self.claim()
        self.later((CLAIM_DAYS - 1) * DAY)
        self.claims()._gc_claims()
        self.assertEqual(self.claims().mapped("state"), ["pending"])

    # === THE SHOP IS HERE ALREADY === #
    def test_a_shop_that_is_here_stays_the_same_one(self):
        self.claim(self.manager).action_confirm()
        shop = self.shops()
        shop.active = False
        self.box.lightspeed.control_uninstall(self.app.app_key, self.shop_number)
        self.later(60)
        claim = self.claim(self.manager, timestamp=int(time.time()))
        self.assertEqual(claim.known_shop_id, shop)
        claim.action_confirm()
        self.assertEqual(self.shops(), shop)
        self.assertEqual((shop.active, shop.state), (True, "connected"))

    def test_a_shop_with_a_key_of_its_own_gets_the_access_of_the_app(self):
        shop = self.make_shop()
        claim = self.claim(self.manager)
        self.assertEqual(claim.known_shop_id, shop)
        claim.action_confirm()
        self.assertEqual(self.shops(), shop)
        self.assertEqual((shop.auth_kind, shop.app_id), ("app", self.app))
        self.assertEqual(shop.state, "connected")
        self.assertEqual(shop._secret("api_key"), KEY)

    def test_a_shop_of_another_company_is_not_taken_over(self):
        other = self.make_company()
        shop = self.make_shop(company_id=other.id)
        claim = self.claim(self.manager)
        self.assertFalse(claim.known_shop_id)
        with self.assertRaisesRegex(UserError, "another company"):
            claim.action_confirm()
        self.assertEqual(shop.auth_kind, "key")

    # === WHO === #
    def test_others_neither_see_nor_decide(self):
        claim = self.claim()
        people = [self.make_user("user"), self.make_user("bookkeeper")]
        for person in (*people, self.make_stranger()):
            mine = self.claims().with_user(person)
            for button in ("action_read", "action_confirm", "action_decline"):
                with (
                    self.subTest(person=person.login, button=button),
                    mute_logger("odoo.addons.base.models.ir_rule"),
                    self.assertRaises(AccessError),
                ):
                    getattr(mine, button)()
        self.assertEqual(claim.state, "pending")
        self.assertFalse(self.shops())

    def test_who_is_no_manager_of_the_company_sees_the_page_only(self):
        for person in (self.make_user("bookkeeper"), self.make_stranger()):
            answer = self.come(self.install(), person)
            self.assertEqual(answer.status_code, 200)
            self.assertIn("The app is installed", answer.text)
            self.assertFalse(self.claims("pending").read_at)

    def test_nobody_writes_a_claim_by_hand(self):
        claim = self.claim(self.manager)
        for values in ({"state": "confirmed"}, {"remote_id": "1"}, {"app_token": "x"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                claim.write(values)
        with self.assertRaises(AccessError):
            claim.copy()

    def test_a_shared_app_is_for_the_company_of_the_manager_who_came(self):
        self.app.company_id = False
        stranger = self.make_stranger()
        answer = self.come(self.install(), stranger)
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self.claims().company_id, stranger.company_id)
        self.assertFalse(self.claims().with_user(self.manager).has_access("read"))
        self.claims().with_user(stranger).action_confirm()
        self.assertEqual(self.shops().company_id, stranger.company_id)

    def test_a_shared_app_that_nobody_came_for_is_given_to_a_company(self):
        self.app.company_id = False
        self.come(self.install())
        claim = self.claims()
        self.assertFalse(claim.company_id)
        self.assertFalse(claim.with_user(self.manager).has_access("read"))
        system = self.make_user("manager", "system")
        system.group_ids |= self.env.ref("base.group_system")
        mine = claim.with_user(system)
        mine.action_read()
        mine.action_confirm()
        self.assertEqual(self.shops().company_id, system.company_id)


class TestInstallAddress(InstallCase):
    def test_the_form_of_the_app_shows_the_address_to_register(self):
        system = self.make_user("manager", "system")
        system.group_ids |= self.env.ref("base.group_system")
        with Form(self.env["lightspeed.app"].with_user(system)) as form:
            self.assertFalse(form.install_url)
            form.name = "New"
            form.app_key = "k"
            form.app_secret = "s"
        app = form.record
        self.assertEqual(
            app.install_url,
            f"{self.base_url()}/lightspeed_exact/lightspeed/install/{app.id}",
        )
        arch = app.get_view(view_type="form")["arch"]
        self.assertIn('name="install_url" widget="CopyClipboardChar"', arch)
