"""The reason catalogue as a page: every code, in one's own language, and who can."""

from odoo.tests import new_test_user

from odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_reason import (
    AREAS,
)
from odoo.addons.lightspeed_exact_connector.models.reason import Reason, with_who
from odoo.addons.lightspeed_exact_connector.models.reasons import (
    REASONS,
    ROOMS,
    WHO,
    describe_all,
    who_can,
)

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS, ConnectorCase
from tests.addon.test_translations import DutchCase


class TestCatalogue(DutchCase, ConnectorCase):
    def entries(self, *domain):
        return self.env["lightspeed.exact.reason"].search(list(domain))

    def account_of(self, link):
        """Return the account of products at the high rate."""
        rules = link.rule_ids.filtered(
            lambda rule: rule.line_kind == "product" and abs(rule.rate - 0.21) < 0.0001
        )
        return rules[:1].gl_account_id

    # === WHO === #
    def test_every_code_says_who_can_do_something_about_it(self):
        known = {key for key, _label in WHO}
        for code, reason in REASONS.items():
            with self.subTest(code=code):
                self.assertIn(reason.who, known)
                self.assertEqual(who_can(code), reason.who)
        self.assertFalse(who_can(False))
        self.assertEqual(who_can("refused.unheard_of"), REASONS["rejected"].who)

    def test_what_nobody_has_to_do_says_so(self):
        """Where the advice is to do nothing, nobody is sent after it."""
        for code, reason in REASONS.items():
            if reason.advice._source == "Nothing to do.":
                with self.subTest(code=code):
                    self.assertEqual(reason.who, "nobody")

    def test_an_entry_without_a_person_has_that_of_its_module(self):
        rows = {"a": Reason("A.", "Do."), "b": Reason("B.", "Do.", "agency")}
        self.assertEqual(
            [row.who for row in with_who(rows, "merchant").values()],
            ["merchant", "agency"],
        )

    def test_every_module_is_in_the_catalogue(self):
        self.assertEqual({key for key, _label in AREAS}, set(ROOMS))
        codes = [code for room in ROOMS.values() for code in room.REASONS]
        self.assertEqual(len(codes), len(set(codes)))

    def test_an_incident_says_who(self):
        link = self.make_link(start=False)
        incident = self.env["lightspeed.exact.incident"]._open(
            link, "shop", "lightspeed.permissions", {"areas": "orders"}
        )
        self.assertEqual(incident.problem_who, "merchant")
        self.assertFalse(link.problem_who)

    # === THE PAGE === #
    def test_the_page_lists_every_code_once(self):
        entries = self.entries()
        self.assertEqual(entries.mapped("code"), list(REASONS))
        for entry in entries:
            with self.subTest(code=entry.code):
                self.assertTrue(entry.text and entry.advice and entry.who)
                self.assertNotIn("%(", entry.text + entry.advice)
                self.assertNotIn("%%", entry.text + entry.advice)

    def test_the_page_is_searched_by_words_and_by_who(self):
        found = self.entries(("text", "ilike", "ledger rule for"))
        self.assertIn("rule_missing", found.mapped("code"))
        self.assertLess(len(found), 10)
        found = self.entries(("who", "=", "nobody"))
        self.assertIn("temporary", found.mapped("code"))
        self.assertNotIn("rule_missing", found.mapped("code"))
        rule = self.entries(("code", "=", "rule_missing"))
        self.assertEqual((rule.screen, rule.area), ("Ledger rule", "sale"))

    def test_the_page_is_in_the_language_of_the_reader(self):
        self.load_dutch()
        entry = self.entries(("code", "=", "rule_missing"))
        english = entry.text
        dutch = self.dutch(entry).text
        self.assertNotEqual(dutch, english)
        self.assertIn("…", dutch)
        found = self.dutch(entry).search([("text", "ilike", dutch[:20])])
        self.assertIn(entry, found)
        self.assertEqual(entry.text, english)

    def test_everybody_of_the_connector_may_read_it(self):
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        entries = self.env["lightspeed.exact.reason"].with_user(user).search([])
        self.assertEqual(len(entries.read(["text", "advice"])), len(REASONS))

    # === WORDS === #
    def test_what_differs_is_left_open(self):
        for code in REASONS:
            with self.subTest(code=code):
                for text in describe_all(self.env, code):
                    self.assertNotIn("?", text)
                    self.assertNotIn("%(", text)

    def test_the_words_of_exact_are_kept_and_shown(self):
        number = self.add_order()["number"]
        link = self.make_link()
        account = self.account_of(link)
        self.box.exact.control_block_gl_account(exact_demo.MAIN, account.code)
        self.run_link(link)
        order = self.order(number)
        operation = order.operation_ids.filtered(lambda row: row.state == "refused")
        self.assertTrue(operation.error_detail)
        user = new_test_user(self.env, "gebruiker", groups=f"{GROUPS}user")
        mine = order.with_user(user)
        self.assertEqual(mine.refusal_text, operation.error_detail)
        self.assertIn("Geblokkeerd", mine.refusal_text)
