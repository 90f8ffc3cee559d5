"""The rooms of a model go on with each other, in whatever order they are loaded."""

import inspect

from odoo.tests import tagged

from tests.addon.connector_case import ConnectorCase

ADDON = "odoo.addons.lightspeed_exact_connector"


@tagged("post_install", "-at_install")
class TestRooms(ConnectorCase):
    def test_no_room_hides_a_method_of_another(self):
        """Imports say which room comes first: a hidden method is a silent bug."""
        hidden = []
        for name in sorted(self.registry.models):
            rooms = [
                cls
                for cls in self.registry[name].__mro__
                if cls.__module__.startswith(ADDON)
                # What a mixin leaves open is answered without asking it.
                and cls._name == name
            ]
            for place, room in enumerate(rooms):
                below = set().union(*(vars(each) for each in rooms[place + 1 :]))
                for method, value in vars(room).items():
                    function = getattr(value, "__func__", value)
                    if method not in below or not inspect.isfunction(function):
                        continue
                    if "super(" not in inspect.getsource(function):
                        hidden.append(f"{name}: {method} of {room.__module__}")
        self.assertEqual(hidden, [])
