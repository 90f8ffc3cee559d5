"""Promise 1 for products: each item and each price once, whatever happens."""

from unittest.mock import patch

from tests.addon.once_case import SETTLED, SPACED, die
from tests.addon.products_case import ITEM, PRICE, ProductsCase


class TestOnce(ProductsCase):
    def running(self, count=3):
        self.add_catalogue(count)
        link = self.make_link()
        transfer = self.read(link)
        transfer.action_start()
        return link, transfer

    def assert_done(self, transfer, count):
        self.assertEqual(transfer.state, "done", transfer.problem_text)
        self.assertEqual(transfer.made_count, count)
        self.assertFalse(self.variants(price_state="pending"))
        self.assert_each_once(self.variants().mapped("article_code"))

    def test_a_lost_answer_of_an_item_makes_it_once(self):
        link, transfer = self.running()
        self.fault("lost_after", ITEM)
        self.run_link(link)
        self.assertEqual(len(self.items()), 1)
        self.come_back(link, SETTLED, SPACED, SPACED)
        self.assert_done(transfer, 3)

    def test_a_lost_call_for_an_item_is_made_again_once_that_is_certain(self):
        link, transfer = self.running()
        self.fault("lost_before", ITEM)
        self.run_link(link)
        self.come_back(link, SETTLED, SPACED, SPACED, SPACED)
        self.assert_done(transfer, 3)

    def test_a_lost_answer_of_a_price_sets_it_once(self):
        link, transfer = self.running()
        self.fault("lost_after", PRICE)
        self.run_link(link)
        self.come_back(link, SETTLED, SPACED, SPACED)
        self.assert_done(transfer, 3)

    def test_a_lost_call_for_a_price_is_made_again_once_that_is_certain(self):
        link, transfer = self.running()
        self.fault("lost_before", PRICE)
        self.run_link(link)
        self.come_back(link, SETTLED, SPACED, SPACED, SPACED)
        self.assert_done(transfer, 3)

    def test_an_unknown_outcome_stops_no_other_variant(self):
        link, transfer = self.running()
        self.fault("hang_after", PRICE, params={"seconds": 0.1})
        self.run_link(link)
        self.come_back(link, SETTLED, SPACED)
        self.assert_done(transfer, 3)

    def test_killed_at_any_moment_it_makes_each_item_once(self):
        link, transfer = self.running(2)
        number = 0
        while transfer.state == "running":
            number += 1
            with self.killed_at(5 + number % 7):
                self.run_killed(link)
            self.come_back(link, SETTLED, SPACED)
            self.assertLess(number, 30)
        self.assert_done(transfer, 2)

    def run_killed(self, link):
        try:
            self.run_due(link)
        except BaseException as error:
            if type(error).__name__ != "Killed":
                raise
        self.env.invalidate_all()

    def test_killed_at_each_single_moment(self):
        self.add_catalogue(1)
        link = self.make_link()
        transfer = self.read(link)
        transfer.action_start()
        with self.killed_at(10_000) as points:
            self.run_due(link)
        self.assert_done(transfer, 1)
        self.assertGreater(len(points), 8)
        self.assertIn("after POST", points)

    def test_killed_while_reading_it_goes_on_at_its_page(self):
        self.add_catalogue(600)
        link = self.make_link()
        transfer = self.new_transfer(link)
        transfer.action_read()
        variants = self.registry["lightspeed.product.variant"]
        store = variants._store_variants
        stored = []

        def dying(model, *values):
            fresh = store(model, *values)
            stored.append(fresh)
            if len(stored) == 2:
                die(model)
            return fresh

        with patch.object(variants, "_store_variants", dying):
            self.run_and_die(link)
        self.assertEqual(len(self.variants()), 250)
        self.assertEqual((transfer.step, transfer.step_page), ("variants", 2))
        since = self.box.calls.last
        self.run_due(link)
        self.assertEqual(transfer.state, "ready")
        self.assertEqual(transfer.total_count, 600)
        # Two pages of variants and three of products.
        self.assertEqual(len(self.calls(service="lightspeed", since=since)), 5)

    def test_killed_while_sorting_out_it_goes_on(self):
        self.add_catalogue(20, duplicates=1)
        link = self.make_link()
        transfer = self.new_transfer(link)
        transfer.action_read()
        sort = type(transfer)._sort_one
        sorted_out = []

        def dying(record, *values):
            sort(record, *values)
            sorted_out.append(1)
            if len(sorted_out) == 5:
                die(record)

        with patch.object(self.registry[transfer._name], "_sort_one", dying):
            self.run_and_die(link)
        self.assertEqual(transfer.state, "reading")
        self.run_due(link)
        self.assertEqual(transfer.state, "ready")
        self.assertEqual(transfer.duplicate_count, 2)
        self.assertEqual(transfer.pending_count, 18)

    def test_a_person_stops_and_resumes(self):
        self.add_catalogue(30)
        link = self.make_link()
        transfer = self.read(link)
        transfer.action_start()
        run_one = type(transfer)._run_one
        done = []

        def stopping(record, *values):
            run_one(record, *values)
            done.append(1)
            if len(done) == 3:
                record.browse(record.id).action_pause()

        with patch.object(self.registry[transfer._name], "_run_one", stopping):
            self.run_due(link)
        self.assertEqual(transfer.state, "paused")
        self.assertEqual(len(self.items()), 3)
        self.assertEqual(transfer.made_count, 3)
        self.assertEqual(transfer.progress, 10)
        since = self.box.calls.last
        self.run_due(link)
        self.assertEqual(self.box.calls.last, since)
        transfer.action_resume()
        self.assertEqual(transfer.state, "running")
        self.run_due(link)
        self.assert_done(transfer, 30)
        self.assertEqual(len(self.calls("GET", ITEM)), 1)

    def test_a_link_that_is_paused_pauses_its_transfer(self):
        link, transfer = self.running()
        link.action_pause()
        since = self.box.calls.last
        self.run_due(link)
        self.assertEqual(self.box.calls.last, since)
        link.action_start()
        self.run_due(link)
        self.assert_done(transfer, 3)

    def test_the_cron_takes_it_up_by_itself(self):
        link, transfer = self.running()
        administration = link.administration_id
        lane = self.env["lightspeed.exact.lane"]
        self.run_link(link)
        self.assertNotIn(administration.id, lane._due_administrations())
        self.assert_done(transfer, 3)
        transfer.write({"state": "running", "stopped_state": False})
        self.assertIn(administration.id, lane._due_administrations())
