"""Promise 1 for documents: whatever goes wrong, one document and one entry."""

from unittest.mock import patch

from tests.addon.document_case import DOCUMENT, FILE, DocumentCase
from tests.addon.once_case import ENTRY, SETTLED, SPACED, Killed, die


class TestLost(DocumentCase):
    def lost(self, kind, path, **options):
        number = self.add_order()["number"]
        link = self.make_link()
        self.fault(kind, path, **options)
        self.run_link(link)
        return link, number

    def test_an_answer_that_was_lost_is_found_at_each_step(self):
        link = self.make_link()
        for path in (DOCUMENT, FILE, ENTRY):
            for kind in ("lost_after", "truncated", "reset_after"):
                with self.subTest(path=path, kind=kind):
                    number = self.add_order()["number"]
                    before = len(self.posted(path))
                    self.fault(kind, path)
                    self.run_link(link)
                    self.assertEqual(self.order(number).state, "failed")
                    self.come_back(link, SETTLED)
                    self.assert_booked(number, "49.90")
                    self.assertEqual(len(self.posted(path)) - before, 1)
                    self.assert_all_used()

    def assert_all_used(self):
        used = sorted(entry["Document"] for entry in self.entries().values())
        self.assertEqual(used, sorted(row["ID"] for row in self.documents()))
        self.assertTrue(all(len(row["Attachments"]) == 1 for row in self.documents()))
        self.assert_tidy()

    def test_what_did_not_land_is_sent_again_after_two_look_ups(self):
        for path in (DOCUMENT, FILE):
            with self.subTest(path=path):
                number = self.add_order()["number"]
                link = self.env["lightspeed.exact.link"].search([]) or self.make_link()
                before = len(self.posted(path))
                self.fault("lost_before", path)
                self.run_link(link)
                self.assertEqual(self.order(number).state, "failed")
                self.come_back(link, SETTLED)
                self.assertEqual(len(self.posted(path)) - before, 1)
                self.come_back(link, SPACED)
                self.assert_booked(number, "49.90")
                self.assertEqual(len(self.posted(path)) - before, 2)
                self.assert_all_used()

    def test_an_order_that_is_skipped_while_the_outcome_is_unknown(self):
        link, number = self.lost("lost_after", DOCUMENT)
        self.order(number).skip_reason = "By hand"
        self.order(number).action_skip()
        self.come_back(link, SETTLED)
        self.assertEqual(self.order(number).state, "skipped")
        self.assertEqual(self.documents(), [])
        self.assert_tidy()

    def test_an_order_that_is_skipped_while_its_document_never_landed(self):
        link, number = self.lost("lost_before", DOCUMENT)
        self.order(number).skip_reason = "By hand"
        self.order(number).action_skip()
        self.come_back(link, SETTLED, SPACED, SPACED)
        self.assertEqual(self.documents(), [])
        self.assertEqual(len(self.posted(DOCUMENT)), 1)
        self.assert_tidy()

    def test_killed_between_the_entry_and_its_memory(self):
        number = self.add_order()["number"]
        link = self.make_link()
        with patch.object(self.registry["lightspeed.exact.order"], "_finish", die):
            self.run_and_die(link)
        self.run_link(link)
        self.assert_attached(number)


class TestKilled(DocumentCase):
    def test_killed_at_any_moment_one_document_and_one_entry(self):
        """Each commit and each call of one order, one after the other."""
        link = self.make_link()
        self.add_order()
        self.run_link(link)
        for number in range(1, 100):
            placed = self.add_order()
            with self.killed_at(number) as points:
                if not self.is_killed(link):
                    break
            with self.subTest(point=points[-1], number=number):
                self.come_back(link, SETTLED, SPACED, SPACED)
                self.assert_booked(placed["number"], "49.90")
        self.assertGreater(number, 20)
        entries = self.entries()
        self.assertEqual(
            sorted(entry["Document"] for entry in entries.values()),
            sorted(row["ID"] for row in self.documents()),
        )
        self.assertTrue(all(len(row["Attachments"]) == 1 for row in self.documents()))
        self.assert_tidy()

    def is_killed(self, link):
        try:
            self.run_link(link)
        except Killed:
            self.env.invalidate_all()
            return True
        return False
