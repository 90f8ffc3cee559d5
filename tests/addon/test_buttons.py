"""Who sees a button may press it."""

from lxml import etree

from odoo.exceptions import AccessError, RedirectWarning, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.lightspeed_exact_connector.clients.errors import ConnectorError

from tests.addon.connector_case import GROUPS, ConnectorCase

MODULE = "lightspeed_exact_connector"
# What a person may be told instead.
ANSWERS = (UserError, RedirectWarning, ValidationError)


class TestButtons(ConnectorCase):
    def views(self):
        """Return the form, list and kanban views of the addon.

        :rtype: ir.ui.view
        """
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].browse(data.mapped("res_id"))
        return views.filtered(
            lambda view: view.model and view.type in ("form", "list", "kanban")
        )

    def buttons(self, view, user):
        """Return the methods that a user finds as buttons in a view.

        :rtype: set(str)
        """
        records = self.env[view.model].with_user(user)
        if not records.has_access("read"):
            return set()
        arch = etree.fromstring(records.get_view(view.id, view.type)["arch"])
        # Lists inside a form are of another model.
        own = arch.xpath("//*[@type='object'][not(ancestor::field)]")
        # A cell or card that opens the record has no name.
        return {node.get("name") for node in own if node.get("name")}

    def test_no_button_that_a_role_sees_is_refused_to_it(self):
        self.add_order()
        self.add_order(("Zonder regel", 1, "15.00", "0"))
        link = self.make_link()
        self.run_link(link)
        for role in ("user", "bookkeeper", "manager"):
            user = new_test_user(self.env, role, groups=GROUPS + role)
            pressed = 0
            for view in self.views():
                for name in sorted(self.buttons(view, user)):
                    with self.subTest(role=role, model=view.model, button=name):
                        pressed += self.press(view.model, name, user)
            self.assertGreater(pressed, 15)

    def press(self, model, name, user):
        """Press a button of a record, and take back what it did.

        :return: whether there was a record
        """
        records = self.env[model].with_user(user)
        record = records.search([], limit=1)
        if records._transient and not record and self.can_be_made(records):
            record = records.create({})
        if not record:
            return False
        try:
            with self.enter_registry_test_mode(), self.env.cr.savepoint() as savepoint:
                getattr(record, name)()
                self.env.flush_all()
                savepoint.rollback()
        except AccessError as error:
            self.fail(f"{user.login} sees it, and is refused: {error}")
        except ANSWERS:
            pass
        except ConnectorError as error:
            self.fail(f"an error without words: {error.code}")
        self.env.invalidate_all()
        return True

    def can_be_made(self, records):
        """Return whether a wizard can be opened from nothing.

        :rtype: bool
        """
        needed = [
            name
            for name, field in records._fields.items()
            if field.required and field.store
        ]
        return set(needed) <= set(records.default_get(needed))
