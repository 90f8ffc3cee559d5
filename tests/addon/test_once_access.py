"""Every button by RPC: nobody presses one across companies, users press few."""

from sandbox.exact import demo as exact_demo
from tests.addon.test_security import SecurityCase

# Buttons of a user that only open something, or belong to daily work.
USERS_MAY = {
    # Proposing writes what is still empty, as the user: here nothing is.
    "lightspeed.exact.link": (
        "action_view",
        "action_open",
        "action_oss_coverage",
        "action_propose",
    ),
    "lightspeed.exact.product.transfer": ("action_view",),
    "exact.administration": ("action_view", "action_open"),
    "exact.item": ("action_open",),
    "lightspeed.product.variant": ("action_open", "action_view"),
}
# Odoo's own, of its parent models.
ODOO_S = ("action_archive", "action_unarchive", "action_reschedule_my_next")


class TestButtons(SecurityCase):
    def buttons(self, name):
        return sorted(
            method
            for method in dir(self.registry[name])
            if method.startswith("action_")
            and callable(getattr(self.registry[name], method))
            and not method.startswith(ODOO_S)
        )

    def test_nobody_presses_a_button_of_another_company(self):
        self.booked()
        since = self.box.calls.last
        pressed = 0
        for name in self.models():
            records = self.env[name].search([], limit=1)
            if "company_id" not in records._fields or not records.company_id:
                continue
            for method in self.buttons(name):
                if method.startswith(("action_view", "action_open")):
                    continue
                for user in self.strangers:
                    with self.subTest(model=name, method=method, user=user.login):
                        pressed += 1
                        with self.refused():
                            getattr(records.with_user(user), method)()
        self.assertGreater(pressed, 60)
        self.assertFalse(self.calls(since=since))

    def test_users_change_no_settings_and_start_no_work_of_a_manager(self):
        self.booked()
        since = self.box.calls.last
        for name, allowed in USERS_MAY.items():
            records = self.env[name].search([], limit=1)
            for method in self.buttons(name):
                if method.startswith(allowed):
                    continue
                with self.subTest(model=name, method=method), self.refused():
                    getattr(records.with_user(self.user), method)()
        self.assertFalse(self.calls(since=since))
        self.assertFalse(self.box.exact.control_items(exact_demo.MAIN))
