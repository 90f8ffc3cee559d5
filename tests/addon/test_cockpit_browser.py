"""The cockpit and the reports as a person sees them, in a real browser."""

import pytest

from odoo import fields

from tests.addon.browser_case import PHONE, BrowserCase
from tests.addon.cockpit_case import CockpitCase

ACTION = "/odoo/action-lightspeed_exact_connector."


@pytest.mark.browser
class TestCockpitBrowser(BrowserCase, CockpitCase):
    def links(self):
        """Make links, one of each word that there is to see.

        :return: the oldest order that is stuck
        """
        self.add_order()
        link = self.make_link()
        self.run_link(link)
        held, trouble, paused, quota = self.many_links(4, link)
        self.add_record(held, "held", age_days=9)
        self.add_record(held, "failed", reason_code="temporary")
        trouble._set_problem("authentication", {"service": "Lightspeed"})
        quota.administration_id._set_problem("rate_limited", {"service": "Exact"})
        paused.action_pause()
        for each in (link, held, trouble):
            self.tell_quota(each.shop_id, "lightspeed", 11240, 12000)
            self.tell_quota(each.administration_id, "exact", 4812)
            each.sudo().last_success_at = fields.Datetime.now()
        return held.stuck_text

    def test_every_link_is_on_one_page_also_on_a_phone(self):
        stuck = f"Oldest stuck order: {self.links()}"
        with self.chromium() as page:
            page.open(f"{ACTION}lightspeed_exact_link_action")
            page.see("Needs attention", "Trouble", "Waiting for quota", "Paused")
            page.see(stuck, "4812 of 5000", "11240 of 12000")
            page.picture("01-cards")
            page.open(f"{ACTION}lightspeed_exact_link_action?view_type=list")
            rows = page.rows(5)
            self.assertEqual(
                [row["How it goes"] for row in rows],
                [
                    "Trouble",
                    "Needs attention",
                    "Waiting for quota",
                    "Running",
                    "Paused",
                ],
            )
            page.picture("02-list")
            page.resize(*PHONE)
            page.open(f"{ACTION}lightspeed_exact_link_action")
            page.see("Needs attention", stuck, "4812 of 5000")
            self.assertLessEqual(page.overflow(), 0)
            page.picture("03-phone")
            page.click(stuck)
            page.see("Held")

    def test_the_reports_are_drawn(self):
        self.links()
        with self.chromium() as page:
            for number, (name, text) in enumerate(
                (
                    ("day", "Booked per day"),
                    ("treatment", "Domestic"),
                    ("country", "By country"),
                    ("link", "Voorbeeldwinkel"),
                    ("holds", "Holds by cause"),
                )
            ):
                page.open(f"{ACTION}lightspeed_exact_report_action_{name}")
                page.see("Measures", text)
                page.picture(f"{number:02}-{name}")
