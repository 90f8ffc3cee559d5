"""Every menu, view, filter, form and tab is opened in a real browser, by each role."""

import pytest

from odoo.tests import new_test_user

from tests.addon.browser_case import BrowserCase
from tests.addon.connector_case import GROUPS

MENU = "lightspeed_exact_connector.lightspeed_exact_connector_menu"
# Odoo's own robot: it opens every menu, switches every view and presses every filter.
ROBOT = (
    "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
    f".startClickEverywhere('{MENU}');"
)
ROLES = ("user", "bookkeeper", "manager")
# Opens each tab of the form in turn, and returns their names.
TABS = """(async () => {
    const names = [];
    for (const tab of document.querySelectorAll(".o_notebook .nav-link")) {
        tab.click();
        await person.settled();
        names.push(tab.textContent.trim());
    }
    const dialog = document.querySelector(".o_error_dialog");
    if (dialog) {
        throw new Error(dialog.textContent);
    }
    return names;
})()"""


@pytest.mark.browser
@pytest.mark.timeout(900)
class TestBrowserEverywhere(BrowserCase):
    """What there is to see must open, with something in it."""

    def fill(self):
        """Let a link book, hold and wait; return it."""
        self.add_order()
        self.add_order(("Zonder regel", 1, "15.00", "0"))
        self.add_order(status="processing_awaiting_payment")
        link = self.make_link()
        self.run_link(link)
        states = set(link.order_ids.mapped("state"))
        self.assertIn("booked", states)
        self.assertGreater(len(states), 1)
        return link

    def test_every_menu_view_and_filter_opens_for_each_role(self):
        self.fill()
        for role in ROLES:
            new_test_user(self.env, role, groups=GROUPS + role)
            with self.subTest(role=role):
                self.browser_js(
                    "/odoo",
                    ROBOT,
                    "odoo.isReady === true",
                    login=role,
                    timeout=300,
                    success_signal="clickbot test succeeded",
                )

    def test_every_form_and_tab_opens_for_each_role(self):
        self.fill()
        for role in ROLES:
            user = new_test_user(self.env, role, groups=GROUPS + role)
            paths = self.forms(user)
            self.assertGreater(len(paths), 8)
            with self.subTest(role=role), self.chromium(role) as page:
                opened = 0
                for path, name in paths:
                    page.open(path)
                    page.see(name)
                    opened += len(page._evaluate(TABS))
                self.assertGreater(opened, 5)

    def forms(self, user):
        """Return a record of each model that has a form and that a user may read.

        :return: its address and its name
        :rtype: list(tuple(str, str))
        """
        views = self.env["ir.model.data"].search(
            [
                ("module", "=", "lightspeed_exact_connector"),
                ("model", "=", "ir.ui.view"),
            ]
        )
        forms = (
            self.env["ir.ui.view"]
            .browse(views.mapped("res_id"))
            .filtered(lambda view: view.type == "form" and not view.inherit_id)
        )
        found = []
        for model in sorted(set(forms.mapped("model"))):
            records = self.env[model].with_user(user)
            if records._transient or not records.has_access("read"):
                continue
            record = records.search([], limit=1)
            if record:
                found.append((f"/odoo/{model}/{record.id}", record.display_name))
        return found
