"""From the shop to the books: the main job."""

from tests.addon.connector_case import ConnectorCase


class TestBooking(ConnectorCase):
    def test_an_order_is_booked_to_the_cent(self):
        placed = self.add_order(
            ("Mok blauw", 2, "24.95", "0.21"),
            ("Kookboek", 1, "12.00", "0.09"),
            shipping={"title": "PostNL", "incl": "5.95"},
            payment={"title": "iDEAL", "incl": "0.50"},
        )
        link = self.make_link()
        self.run_link(link)
        self.assert_booked(placed["number"], "68.35")
