"""The cockpit: every link on one page, in a word, with what there is to do."""

from ast import literal_eval
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError

from tests.addon.cockpit_case import CockpitCase

LINK = "lightspeed.exact.link"


class TestWord(CockpitCase):
    """One word, from facts that exist; searched and grouped by like any other."""

    def assert_word(self, link, word):
        """Assert the word: as it is read, as it is searched, as links are grouped."""
        self.env.invalidate_all()
        self.assertEqual(link.status, word)
        links = self.env[LINK]
        self.assertIn(link, links.search([("status", "=", word)]))
        self.assertNotIn(link, links.search([("status", "!=", word)]))
        self.assertEqual(link.filtered_domain([("status", "=", word)]), link)
        groups = dict(links._read_group([], ["status"], ["id:recordset"]))
        self.assertIn(link, groups[word])
        self.assertEqual(sum(link in found for found in groups.values()), 1)

    def test_a_link_that_never_ran_is_not_set_up(self):
        self.assert_word(self.make_link(start=False), "setup")

    def test_a_link_runs_or_is_paused(self):
        link = self.make_link()
        self.assert_word(link, "running")
        link.action_pause()
        self.assert_word(link, "paused")

    def test_a_problem_of_the_shop_or_the_administration_is_trouble(self):
        link = self.make_link()
        for record in (link, link.administration_id):
            with self.subTest(model=record._name):
                record._set_problem("temporary", {"service": "x"})
                self.assert_word(link, "trouble")
                record._clear_problem()
                self.assert_word(link, "running")

    def test_an_incident_that_goes_on_is_trouble_until_it_works_again(self):
        link = self.make_link()
        incidents = self.env["lightspeed.exact.incident"]
        connection = link.administration_id.connection_id
        for record in (link, link.administration_id, connection):
            with self.subTest(model=record._name):
                incidents._open(record, "rows", "temporary")
                self.assert_word(link, "trouble")
                incidents._close(record, "rows")
                self.assert_word(link, "running")

    def test_calls_that_are_used_up_are_no_trouble(self):
        link = self.make_link()
        for record in (link, link.administration_id):
            with self.subTest(model=record._name):
                record._set_problem("rate_limited", {"service": "x"})
                self.assert_word(link, "quota")
                record._clear_problem()

    def test_orders_that_are_held_or_tried_again_need_attention(self):
        link = self.make_link()
        for state, word in (
            ("waiting", "running"),
            ("ready", "running"),
            ("skipped", "running"),
            ("failed", "attention"),
            ("held", "attention"),
        ):
            with self.subTest(state=state):
                order = self.add_record(link, state)
                self.assert_word(link, word)
                order.sudo().unlink()

    def test_a_consent_that_ended_asks_to_reconnect(self):
        link = self.make_link()
        connection = link.administration_id.connection_id
        link._set_problem("temporary", {"service": "x"})
        for values in (
            {"state": "reconnect"},
            {
                "state": "connected",
                "refresh_expires_at": fields.Datetime.now() - timedelta(days=1),
            },
        ):
            with self.subTest(values=list(values)):
                self.set_token(connection, **values)
                self.assert_word(link, "reconnect")
        connection.action_disconnect()
        self.assert_word(link, "reconnect")

    def test_what_a_person_must_do_goes_before_what_ends_by_itself(self):
        link = self.make_link()
        link.administration_id._set_problem("rate_limited", {"service": "x"})
        self.add_record(link, "held")
        self.assert_word(link, "attention")
        link._set_problem("authentication", {"service": "x"})
        self.assert_word(link, "trouble")
        link.action_pause()
        self.assert_word(link, "paused")

    def test_the_trouble_of_one_link_is_not_that_of_another(self):
        link = self.make_link()
        other = self.many_links(1, link)
        self.add_record(other, "held")
        self.env["lightspeed.exact.incident"]._open(link, "shop", "temporary")
        self.assert_word(link, "trouble")
        self.assert_word(other, "attention")

    def test_what_needs_somebody_is_sorted_first(self):
        link = self.make_link()
        other, paused = self.many_links(2, link)
        self.add_record(other, "held")
        paused.action_pause()
        links = self.env[LINK].with_user(self.person)
        ordered = other + link + paused
        self.assertEqual(links.search([], order="status, id"), ordered)
        backwards = links.search([], order="status desc, id")
        self.assertEqual(backwards.ids, ordered.ids[::-1])

    def test_people_see_the_word_and_what_the_browser_may_do_with_it(self):
        link = self.make_link()
        links = self.env[LINK].with_user(self.person)
        self.assertEqual(links.browse(link.id).status, "running")
        described = links.fields_get(["status"])["status"]
        for able in ("groupable", "searchable", "sortable"):
            self.assertTrue(described[able])

    def test_several_words_are_searched_at_once(self):
        link = self.make_link()
        paused, held = self.many_links(2, link)
        paused.action_pause()
        self.add_record(held, "held")
        links = self.env[LINK]
        found = links.search([("status", "in", ["paused", "attention"])])
        self.assertEqual(found, paused + held)
        self.assertEqual(links.search([("status", "not in", ["paused"])]), held + link)


class TestFacts(CockpitCase):
    def test_the_oldest_stuck_order_is_shown_and_opened(self):
        link = self.make_link()
        self.assertFalse(link.stuck_order_id)
        with self.assert_refuses(UserError, "No order is stuck"):
            link.action_view_stuck_order()
        self.add_record(link, "waiting", age_days=30)
        self.add_record(link, "failed", age_days=2)
        oldest = self.add_record(link, "held", age_days=9)
        self.add_record(self.many_links(1, link), "held", age_days=20)
        self.env.invalidate_all()
        self.assertEqual(link.stuck_order_id, oldest)
        self.assertEqual(link.stuck_since, oldest.order_date)
        self.assertIn(oldest.number, link.stuck_text)
        action = link.with_user(self.person).action_view_stuck_order()
        self.assertEqual(action["res_model"], "lightspeed.exact.order")
        self.assertEqual(action["res_id"], oldest.id)

    def test_what_is_left_of_both_quotas_is_told(self):
        link = self.make_link()
        self.tell_quota(link.shop_id, "lightspeed", 11990, 12000)
        self.tell_quota(link.administration_id, "exact", -3)
        self.env.invalidate_all()
        seen = link.with_user(self.person)
        self.assertEqual(seen.lightspeed_quota, "11990 of 12000")
        self.assertEqual(seen.exact_quota, "0 of 5000")
        other = self.many_links(1, link)
        self.assertFalse(other.lightspeed_quota)
        self.assertFalse(other.exact_quota)

    def test_the_quota_is_full_again_when_its_day_is_over(self):
        link = self.make_link()
        self.tell_quota(link.administration_id, "exact", 12)
        self.later(6 * 3600)
        self.assertEqual(link.exact_quota, "5000 of 5000")

    def test_the_days_that_the_connection_lasts_are_told(self):
        link = self.make_link()
        ends_at = fields.Datetime.now() + timedelta(days=12, hours=1)
        connection = link.administration_id.connection_id
        self.set_token(connection, refresh_expires_at=ends_at)
        self.assertEqual(link.with_user(self.person).connection_days_left, 12)


class TestManyLinks(CockpitCase):
    """A page of links costs the same, however many there are."""

    def show(self, kind, links, user):
        """Read what a view of links shows, as the browser does; count the queries."""
        model = self.env[LINK].with_user(user)
        arch = etree.fromstring(model.get_views([(False, kind)])["views"][kind]["arch"])
        shown = {node.get("name") for node in arch.iter("field")}
        specification = {
            name: {"fields": {"display_name": {}}}
            if model._fields[name].type == "many2one"
            else {}
            for name in shown
        }
        self.assertLessEqual(
            {"status", "last_success_at", "waiting_count", "held_count"}, shown
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        found = model.web_search_read([("id", "in", links.ids)], specification)
        self.assertEqual(found["length"], len(links))
        return self.cr.sql_log_count - before

    def test_thirty_links_cost_no_more_queries_than_one(self):
        link = self.make_link()
        links = self.many_links(29, link)
        for each in links:
            self.add_record(each, "held")
            self.tell_quota(each.shop_id, "lightspeed", 9000, 12000)
            self.tell_quota(each.administration_id, "exact", 4000)
        self.add_record(link, "held")
        for kind in ("kanban", "list"):
            for user in (self.person, self.bookkeeper):
                with self.subTest(view=kind, user=user.login):
                    self.show(kind, link, user)
                    one = self.show(kind, link, user)
                    self.assertEqual(self.show(kind, link + links, user), one)

    def test_the_filters_of_the_page_work(self):
        link = self.make_link()
        held = self.many_links(1, link)
        self.add_record(held, "held")
        model = self.env[LINK].with_user(self.person)
        view = model.get_views([(False, "search")])["views"]["search"]["arch"]
        for node in etree.fromstring(view).iter("filter"):
            with self.subTest(filter=node.get("name")):
                if node.get("domain"):
                    domain = node.get("domain").replace("uid", str(self.person.id))
                    found = model.search(literal_eval(domain))
                    self.assertLessEqual(set(found.ids), {link.id, held.id})
                elif "group_by" in (node.get("context") or ""):
                    group = literal_eval(node.get("context"))["group_by"]
                    rows = model.formatted_read_group([], [group], ["__count"])
                    self.assertEqual(sum(row["__count"] for row in rows), 2)
        trouble = model.search(
            [("status", "in", ("reconnect", "trouble", "attention"))]
        )
        self.assertEqual(trouble, held.with_user(self.person))


class TestSyncSelected(CockpitCase):
    def test_links_that_run_are_looked_at_at_once(self):
        link = self.make_link()
        others = self.many_links(3, link)
        others[0].action_pause()
        links = link + others
        links.sudo().next_poll_at = fields.Datetime.now() + timedelta(hours=9)
        answer = links.with_user(self.bookkeeper).action_sync_selected()
        self.assertIn("3", answer["params"]["message"])
        self.assertIn("Not running: 1", answer["params"]["message"])
        now = fields.Datetime.now()
        for each in links - others[0]:
            self.assertLessEqual(each.next_poll_at, now)
        self.assertGreater(others[0].next_poll_at, now)

    def test_the_order_of_the_shop_is_booked_by_the_next_run_of_a_lane(self):
        link = self.make_link()
        self.run_link(link)
        number = self.add_order()["number"]
        link.action_sync_selected()
        self.run_link(link)
        self.assert_booked(number, "49.90")

    def test_nothing_to_do_is_said(self):
        link = self.make_link(start=False)
        with self.assert_refuses(UserError, "Start the link first"):
            link.with_user(self.bookkeeper).action_sync_selected()

    def test_a_user_does_not_ask_for_it(self):
        link = self.make_link()
        with self.assertRaises(AccessError):
            link.with_user(self.person).action_sync_selected()
