"""The weekly digest: by choice, once a week, short, and nothing of customers."""

from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user

from tests.addon.cockpit_case import CockpitCase
from tests.addon.connector_case import GROUPS

DAY = 24 * 3600
CRON = "lightspeed_exact_connector.ir_cron_digest"


class DigestCase(CockpitCase):
    def linked(self, **values):
        values = {"user_id": self.person.id, "weekly_digest": True, **values}
        return self.make_link(**values)

    def send(self):
        """Let the scheduled action look; returns the e-mails that are new."""
        before = self.mails()
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr, user=1, su=True)["lightspeed.exact.link"]._cron_digest()
        self.env.invalidate_all()
        return self.mails() - before

    def mails(self):
        return self.env["mail.mail"].search([("model", "=", False)])

    def monday(self):
        """Let the next Monday come."""
        self.later(7 * DAY)


class TestChoice(DigestCase):
    def test_nobody_chose_it_and_nothing_runs(self):
        cron = self.env.ref(CRON)
        self.assertFalse(cron.active)
        link = self.linked(weekly_digest=False)
        self.assertFalse(cron.active)
        self.assertFalse(link.digest_at)
        self.monday()
        self.assertFalse(self.send())

    def test_the_action_runs_while_somebody_wants_it(self):
        cron = self.env.ref(CRON)
        link = self.linked()
        self.assertTrue(cron.active)
        link.weekly_digest = False
        self.assertFalse(cron.active)
        self.assertFalse(link.digest_at)
        link.weekly_digest = True
        self.assertTrue(cron.active)
        link.action_archive()
        self.assertFalse(cron.active)
        link.action_unarchive()
        self.assertTrue(cron.active)
        link.unlink()
        self.assertFalse(cron.active)

    def test_the_first_one_comes_on_the_next_monday(self):
        link = self.linked()
        self.assertEqual(link.digest_at.weekday(), 0)
        self.assertGreater(link.digest_at, fields.Datetime.now())
        self.assertLessEqual(link.digest_at, fields.Datetime.now() + timedelta(days=7))
        self.assertFalse(self.send())


class TestSending(DigestCase):
    def test_one_e_mail_a_week(self):
        link = self.linked()
        self.monday()
        mail = self.send()
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.recipient_ids, self.person.partner_id)
        self.assertGreater(link.digest_at, fields.Datetime.now())
        for _again in range(3):
            self.assertFalse(self.send())
        self.monday()
        self.assertEqual(len(self.send()), 1)

    def test_all_links_of_a_person_are_in_one(self):
        link = self.linked()
        others = self.many_links(2, link)
        others.write({"user_id": self.person.id, "weekly_digest": True})
        others[1].user_id = self.bookkeeper
        self.monday()
        mails = {mail.recipient_ids: mail.body_html for mail in self.send()}
        self.assertEqual(len(mails), 2)
        mine = mails[self.person.partner_id]
        self.assertIn(link.name, mine)
        self.assertIn(others[0].name, mine)
        self.assertNotIn(others[1].name, mine)

    def test_a_copy_of_the_database_sends_nothing(self):
        link = self.linked()
        self.monday()
        self.env["lightspeed.exact.identity"].sudo().search([]).write({"uuid": "other"})
        self.env.registry.clear_cache()
        due_at = link.digest_at
        self.assertFalse(self.send())
        self.assertEqual(link.digest_at, due_at)

    def test_who_may_not_see_a_link_is_told_nothing_of_it(self):
        link = self.linked()
        stranger = new_test_user(self.env, "stranger", email="s@example.com")
        gone = new_test_user(
            self.env, "gone", groups=f"{GROUPS}user", email="g@example.com"
        )
        elsewhere = new_test_user(
            self.env, "elsewhere", groups=f"{GROUPS}user", email="e@example.com"
        )
        company = self.env["res.company"].create({"name": "Elders"})
        elsewhere.write(
            {"company_ids": [(6, 0, company.ids)], "company_id": company.id}
        )
        gone.active = False
        for user in (stranger, gone, elsewhere):
            with self.subTest(user=user.login):
                link.user_id = user
                self.monday()
                self.assertFalse(self.send())

    def test_one_that_cannot_be_made_does_not_stop_the_others(self):
        link = self.linked()
        other = self.many_links(1, link)
        other.write({"user_id": self.bookkeeper.id, "weekly_digest": True})
        self.monday()
        links = self.registry["lightspeed.exact.link"]
        made = links._digest_subject

        def subject(records):
            if records.user_id == self.person:
                raise ValueError("broken")
            return made(records)

        self.patch(links, "_digest_subject", subject)
        with self.assertLogs(level="ERROR"):
            mails = self.send()
        self.assertEqual(mails.recipient_ids, self.bookkeeper.partner_id)


class TestContent(DigestCase):
    def digest(self):
        self.monday()
        mail = self.send()
        self.assertEqual(len(mail), 1)
        return mail

    def test_it_tells_what_was_booked_and_what_is_stuck_and_why(self):
        self.add_order()
        link = self.linked()
        self.run_link(link)
        for code in ("rule_missing", "currency", "rule_missing", "zero_total"):
            self.add_record(link, "held", reason_code=code)
        self.add_record(link, "held", reason_code="timezone_unknown", age_days=30)
        self.add_record(link, "failed", reason_code="temporary")
        self.monday()
        # `later` has moved it out of the week.
        booking = self.env["lightspeed.exact.booking"].search([])
        booking.sudo().posted_at = fields.Datetime.now() - timedelta(days=2)
        mail = self.send()
        self.assertIn("1 of 1 need somebody", mail.subject)
        self.assertIn("Booked this week: 1.", mail.body_html)
        self.assertIn("Held: 5. Tried again: 1.", mail.body_html)
        self.assertEqual(mail.body_html.count("<li>"), 3)
        self.assertIn("Oldest stuck order: ORD", mail.body_html)

    def test_what_was_booked_before_is_not_counted_again(self):
        self.add_order()
        link = self.linked()
        self.run_link(link)
        self.later(8 * DAY)
        mail = self.send()
        self.assertIn("Booked this week: 0.", mail.body_html)

    def test_it_says_nothing_of_customers(self):
        number = self.add_order(
            customer={
                "email": "geheim@example.com",
                "firstname": "Geheime",
                "lastname": "Klant",
            }
        )["number"]
        link = self.linked()
        link.rule_ids.unlink()
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(order.state, "held", order.reason)
        self.assertIn("geheim", order.email)
        mail = self.digest()
        self.assertIn(number, mail.body_html)
        for word in ("geheim", "Geheime", "Klant", "49.90", "49,90"):
            self.assertNotIn(word, f"{mail.subject} {mail.body_html}")

    def test_a_quiet_week_says_so(self):
        self.linked()
        mail = self.digest()
        self.assertIn("all well", mail.subject)
        self.assertNotIn("Held", mail.body_html)
        self.assertNotIn("<li>", mail.body_html)

    def test_it_is_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.person.lang = "nl_NL"
        link = self.linked()
        links = self.registry["lightspeed.exact.link"]
        seen = []
        made = links._digest_body

        def body(records):
            seen.append(records.env.lang)
            return made(records)

        self.patch(links, "_digest_body", body)
        self.add_record(link, "held")
        self.digest()
        self.assertEqual(seen, ["nl_NL"])

    def test_what_a_person_named_is_text_in_it(self):
        self.linked().name = "<script>x</script>"
        body = self.digest().body_html
        self.assertIn("&lt;script&gt;", body)
        self.assertNotIn("<script>", body)

    def test_what_needs_somebody_comes_first(self):
        link = self.linked(name="Aa")
        other = self.many_links(1, link)
        other.write({"user_id": self.person.id, "weekly_digest": True, "name": "Zz"})
        self.add_record(other, "held")
        body = self.digest().body_html
        self.assertLess(body.index("Zz"), body.index("Aa"))

    def test_thirty_links_cost_no_more_queries_than_one(self):
        link = self.linked()
        links = self.many_links(29, link)
        for each in link + links:
            self.add_record(each, "held")
        costs = []
        for shown in (link, link, link + links):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            shown.sudo()._digest_body()
            costs.append(self.cr.sql_log_count - before)
        self.assertEqual(costs[1], costs[2])
