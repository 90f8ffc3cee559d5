"""Incidents: one alert when trouble has lasted, one word when it is over."""

from datetime import datetime, timedelta, timezone

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.lightspeed_exact_connector.clients.errors import RateLimited
from odoo.addons.lightspeed_exact_connector.clients.quota import DAY

from tests.addon.connector_case import GROUPS, ConnectorCase

MINUTE = 60


class IncidentCase(ConnectorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.responsible = new_test_user(
            cls.env, "responsible", groups=f"{GROUPS}user", email="r@example.com"
        )

    def linked(self, **values):
        return self.make_link(user_id=self.responsible.id, **values)

    def incidents(self, record, topic=None):
        domain = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        if topic:
            domain.append(("topic", "=", topic))
        return self.env["lightspeed.exact.incident"].search(domain)

    def look(self):
        """Let the lanes look after the incidents."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr, user=1, su=True)["lightspeed.exact.incident"]._look_after()
        self.env.invalidate_all()

    def open(self, record, code="temporary", topic="shop", **params):
        incidents = self.env["lightspeed.exact.incident"]
        return incidents._open(record, topic, code, params)

    def close(self, record, topic="shop"):
        self.env["lightspeed.exact.incident"]._close(record, topic)

    def alerts(self, user=None):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "lightspeed.exact.incident"),
                ("user_id", "=", (user or self.responsible).id),
            ]
        )


class TestIncidents(IncidentCase):
    """What `_open`, `_close` and `_look_after` promise."""

    def test_opening_again_is_the_same_incident(self):
        link = self.linked()
        first = self.open(link, detail="weg")
        self.assertEqual(self.open(link, detail="weg"), first)
        self.assertEqual(first.state, "open")
        self.assertIn("weg", first.problem_text)

    def test_each_topic_and_record_has_an_incident_of_its_own(self):
        link = self.linked()
        incidents = self.open(link) | self.open(link, topic="rows")
        incidents |= self.open(link.administration_id)
        self.assertEqual(len(incidents), 3)

    def test_the_database_keeps_one_open_incident(self):
        incident = self.open(self.linked())
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            self.env["lightspeed.exact.incident"].create(
                {
                    "res_model": incident.res_model,
                    "res_id": incident.res_id,
                    "record_name": "x",
                    "topic": incident.topic,
                    "started_at": fields.Datetime.now(),
                }
            )

    def test_two_processes_at_once_make_one(self):
        """What `_find` cannot see yet is refused by the index, and taken for known."""
        link = self.linked()
        incidents = self.env["lightspeed.exact.incident"]
        first = self.open(link)
        again = incidents.sudo()._add(link, "shop", "temporary", {})
        self.assertFalse(again)
        self.assertEqual(self.incidents(link), first)

    def test_a_short_hiccup_is_told_to_nobody(self):
        link = self.linked()
        self.open(link)
        self.later(20 * MINUTE)
        self.look()
        self.close(link)
        self.later(31 * MINUTE)
        self.look()
        incident = self.incidents(link)
        self.assertEqual(incident.state, "ended")
        self.assertFalse(incident.alerted_at)
        self.assertFalse(self.alerts())
        self.assertFalse(incident.message_ids)
        self.assertFalse(self.env["mail.mail"].search([]))

    def test_what_lasts_is_told_once(self):
        link = self.linked()
        incident = self.open(link, detail="geen antwoord", service="Lightspeed")
        self.later(61 * MINUTE)
        for _again in range(3):
            self.look()
            self.open(link, detail="geen antwoord", service="Lightspeed")
            self.later(60 * MINUTE)
        alert = self.alerts()
        self.assertEqual(len(alert), 1)
        self.assertIn("geen antwoord", alert.note)
        self.assertIn("tried again by itself", alert.note)
        self.assertEqual(alert.summary, link.name)
        # Nothing goes by e-mail unless that is chosen: also not what Odoo would send.
        self.assertFalse(self.env["mail.mail"].search([]))
        self.assertEqual(self.incidents(link), incident)

    def test_what_a_vendor_says_is_text_in_an_alert(self):
        self.open(self.linked(), "authentication", service="<script>x</script>")
        self.look()
        self.assertIn("&lt;script&gt;", self.alerts().note)

    def test_recovery_is_said_once_and_the_activity_is_done(self):
        link = self.linked()
        incident = self.open(link)
        self.later(61 * MINUTE)
        self.look()
        self.close(link)
        self.look()
        self.assertEqual(len(self.alerts()), 1)
        self.later(31 * MINUTE)
        for _again in range(2):
            self.look()
        self.assertFalse(self.alerts())
        self.assertEqual(incident.state, "ended")
        said = incident.message_ids.filtered(lambda m: "works again" in (m.body or ""))
        self.assertEqual(len(said), 1)

    def test_flapping_stays_one_incident_and_is_told_once(self):
        link = self.linked()
        for _again in range(6):
            self.open(link)
            self.later(10 * MINUTE)
            self.look()
            self.close(link)
            self.later(10 * MINUTE)
            self.look()
        incident = self.incidents(link)
        self.assertEqual(len(incident), 1)
        self.assertEqual(incident.returns, 5)
        self.assertEqual(len(self.alerts()), 1)

    def test_trouble_after_the_quiet_time_is_another_incident(self):
        link = self.linked()
        self.open(link)
        self.close(link)
        self.later(31 * MINUTE)
        self.look()
        self.open(link)
        self.assertEqual(len(self.incidents(link)), 2)

    def test_what_only_a_person_can_repair_is_told_at_once_and_ends_at_once(self):
        link = self.linked()
        incident = self.open(link, "authentication", service="Lightspeed")
        self.look()
        self.assertEqual(len(self.alerts()), 1)
        self.close(link)
        self.assertEqual(incident.state, "ended")
        self.assertFalse(self.alerts())

    def test_an_outage_that_turns_out_to_need_a_person_is_told_at_once(self):
        link = self.linked()
        incident = self.open(link)
        self.look()
        self.assertFalse(self.alerts())
        self.assertEqual(self.open(link, "authentication"), incident)
        self.look()
        self.assertEqual(len(self.alerts()), 1)

    def test_a_copy_and_a_missing_consent_are_no_incident(self):
        link = self.linked()
        for code in ("neutralized", "reconnect"):
            self.assertFalse(self.open(link, code))
        self.assertFalse(self.incidents(link))

    def test_how_long_it_must_last_is_a_choice(self):
        link = self.linked(alert_minutes=10)
        self.open(link)
        self.later(11 * MINUTE)
        self.look()
        self.assertEqual(len(self.alerts()), 1)

    def test_e_mail_is_a_choice_and_comes_once_at_each_end(self):
        link = self.linked(alert_email=True)
        self.open(link)
        self.later(61 * MINUTE)
        for _again in range(2):
            self.look()
        mails = self.env["mail.mail"].search(
            [("model", "=", "lightspeed.exact.incident")]
        )
        self.assertEqual(mails.recipient_ids, self.responsible.partner_id)
        self.assertEqual(len(mails), 1)
        self.close(link)
        self.later(31 * MINUTE)
        for _again in range(2):
            self.look()
        mails = self.env["mail.mail"].search(
            [("model", "=", "lightspeed.exact.incident")], order="id"
        )
        self.assertEqual(len(mails), 2)
        self.assertIn("works again", mails[1].subject)

    def test_without_a_responsible_user_the_managers_are_told(self):
        link = self.linked()
        manager = new_test_user(self.env, "boss", groups=f"{GROUPS}manager")
        self.responsible.active = False
        self.open(link, "authentication")
        self.look()
        self.assertFalse(self.alerts())
        self.assertEqual(len(self.alerts(manager)), 1)

    def test_a_user_without_rights_is_not_told(self):
        stranger = new_test_user(self.env, "stranger", groups="base.group_user")
        link = self.make_link(user_id=stranger.id)
        self.open(link, "authentication")
        self.look()
        self.assertFalse(self.alerts(stranger))

    def test_pausing_ends_it_without_a_word(self):
        link = self.linked()
        incidents = self.open(link, "authentication")
        incidents |= self.open(link.administration_id, topic="exact")
        self.later(61 * MINUTE)
        self.look()
        link.action_pause()
        self.assertEqual(set(incidents.mapped("state")), {"ended"})
        self.assertFalse(self.alerts())

    def test_a_deleted_record_ends_its_incident(self):
        link = self.linked()
        incident = self.open(link)
        link.unlink()
        self.later(61 * MINUTE)
        self.look()
        self.assertEqual(incident.state, "ended")
        self.assertFalse(self.alerts())

    def test_a_clock_that_was_ahead_does_not_hide_an_incident(self):
        incident = self.open(self.linked())
        ahead = fields.Datetime.now() + timedelta(days=365)
        incident.write({"started_at": ahead, "alert_at": ahead})
        self.look()
        self.assertEqual(len(self.alerts()), 1)

    def test_a_mailbox_that_fails_stops_nothing(self):
        link = self.linked()
        first = self.open(link, "authentication")
        second = self.open(link.administration_id, "authentication", "exact")
        schedule = type(first)._alert

        def broken(incident):
            if incident == first:
                raise ZeroDivisionError
            return schedule(incident)

        self.patch(type(first), "_alert", broken)
        with mute_logger(
            "odoo.addons.lightspeed_exact_connector.models.lightspeed_exact_incident"
        ):
            self.look()
        self.assertFalse(first.alerted_at)
        self.assertTrue(second.alerted_at)

    def test_the_link_shows_what_is_open(self):
        link = self.linked()
        self.assertEqual(link.incident_count, 0)
        incidents = self.open(link) | self.open(link.administration_id, topic="exact")
        link.invalidate_recordset()
        self.assertEqual(link.incident_count, 2)
        action = link.action_view_incidents()
        found = self.env["lightspeed.exact.incident"].search(action["domain"])
        self.assertEqual(found, incidents)
        action = incidents[0].action_open_record()
        self.assertEqual(action["res_model"], incidents[0].res_model)


class TestWired(IncidentCase):
    """Where the engine opens and closes them."""

    def lane(self):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, user=1, su=True)
            self.patch(
                type(env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 0
            )
            env["lightspeed.exact.lane"]._cron_run()
        self.env.invalidate_all()

    def test_the_lane_tells_of_a_shop_that_refuses_the_key(self):
        link = self.linked()
        self.fault("unauthorized", r".*", method=None, service="lightspeed", times=None)
        self.lane()
        incident = self.incidents(link, "shop")
        self.assertEqual(incident.problem_code, "authentication")
        self.assertEqual(len(self.alerts()), 1)
        self.box.faults.clear()
        self.later(3700)
        self.lane()
        self.assertEqual(incident.state, "ended")
        self.assertFalse(self.alerts())

    def test_an_outage_of_exact_is_told_after_an_hour_and_recovers(self):
        link = self.linked()
        placed = self.add_order()
        self.fault("html_503", r".*", method=None, times=None)
        for _again in range(8):
            self.run_link(link)
            self.look()
            self.later(20 * MINUTE)
        incident = self.incidents(link.administration_id, "exact")
        self.assertEqual(len(incident), 1)
        self.assertEqual(len(self.alerts()), 1)
        self.box.faults.clear()
        self.later(3700)
        self.run_link(link)
        self.assert_booked(placed["number"], "49.90")
        self.assertEqual(incident.state, "settling")
        self.later(31 * MINUTE)
        self.look()
        self.assertEqual(incident.state, "ended")
        self.assertFalse(self.alerts())

    def test_a_backlog_that_grows_day_after_day_is_told(self):
        link = self.linked()
        administration = link.administration_id
        self.fault("html_503", r".*", method=None, times=None)
        for day in range(1, 4):
            self.add_order(customer={"email": f"dag{day}@example.com"})
            self.later(3700)
            self.run_link(link)
            administration._count_backlog()
            administration.backlog_on -= timedelta(days=1)
            self.assertEqual(administration.backlog_days, day)
        incident = self.incidents(administration, "backlog")
        self.assertEqual(incident.state, "open")
        self.assertIn("3 days", incident.problem_text)
        self.look()
        self.assertEqual(len(incident.activity_ids), 1)
        self.box.faults.clear()
        self.later(3700)
        self.run_link(link)
        self.assertEqual(link.booked_count, 3)
        self.assertEqual(incident.state, "ended")
        self.assertFalse(administration.backlog_on)

    def test_a_backlog_that_shrinks_is_not_told(self):
        administration = self.linked().administration_id
        yesterday = fields.Date.today() - timedelta(days=1)
        administration.write(
            {"backlog_on": yesterday, "backlog_count": 9, "backlog_days": 2}
        )
        administration._count_backlog()
        self.assertEqual(administration.backlog_days, 1)
        self.assertFalse(self.incidents(administration))

    def test_a_used_up_day_by_itself_is_no_incident(self):
        link = self.linked()
        self.add_order()
        retry_at = datetime.now(timezone.utc) + timedelta(hours=8)
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            link.with_env(self.env(cr=cr)).administration_id._stopped(
                RateLimited(retry_at=retry_at, window=DAY)
            )
        self.env.invalidate_all()
        link._poll_failed(RateLimited(retry_at=retry_at, window=DAY))
        self.assertFalse(self.incidents(link.administration_id))
        self.assertFalse(self.incidents(link))
        link.last_success_at = fields.Datetime.now() - timedelta(days=4)
        link._poll_failed(RateLimited(retry_at=retry_at, window=DAY))
        self.assertEqual(self.incidents(link).problem_code, "backlog_reading")

    def test_credit_notes_that_cannot_be_read_are_told_once_and_end(self):
        link = self.linked()
        self.fault(
            "empty_500",
            r"invoices\.json",
            method=None,
            service="lightspeed",
            times=None,
        )
        for _again in range(2):
            self.run_link(link)
            self.later(3700)
        incident = self.incidents(link)
        self.assertEqual(incident.problem_code, "invoices_unread")
        self.assertEqual(incident.returns, 0)
        self.box.faults.clear()
        self.run_link(link)
        self.assertEqual(incident.state, "ended")

    def test_another_total_in_exact_is_told_at_once(self):
        link = self.linked()
        link._set_problem("amount_differs", {"booked": "1.00", "expected": "2.00"})
        incident = self.incidents(link, "stopped")
        self.assertTrue(incident.problem_text)
        link.action_start()
        self.assertEqual(incident.state, "ended")
