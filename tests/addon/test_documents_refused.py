"""Documents that Exact does not take: the order goes on, or waits, by choice."""

from odoo.exceptions import UserError

from sandbox.exact import demo as exact_demo
from tests.addon.document_case import DOCUMENT, FILE, DocumentCase


class TestNotAllowed(DocumentCase):
    def forbid(self, endpoint=DOCUMENT, methods=("GET",)):
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, endpoint, methods
        )

    def permit(self, endpoint=DOCUMENT):
        self.box.exact.control_set_rights(
            exact_demo.USER_NL, exact_demo.MAIN, endpoint, None
        )

    def test_without_the_right_an_order_is_booked_without_and_says_so(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.forbid()
        self.run_link(link)
        self.assert_without(number, "does not let the connector make documents")
        self.assertFalse(link.administration_id.parked_until)

    def test_without_the_right_one_call_is_refused_and_not_one_for_each_order(self):
        numbers = [self.add_order()["number"] for _order in range(4)]
        link = self.make_link()
        self.forbid()
        self.run_link(link)
        for number in numbers:
            self.assert_without(number, "does not let the connector")
        self.assertEqual(len(self.posted(DOCUMENT)), 1)

    def test_documents_are_made_again_after_a_rest(self):
        self.add_order()
        link = self.make_link()
        self.forbid()
        self.run_link(link)
        self.permit()
        self.come_back(link, 3601)
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_attached(number)

    def test_documents_are_made_again_after_refreshing_the_reference_data(self):
        self.add_order()
        link = self.make_link()
        self.forbid()
        self.run_link(link)
        self.permit()
        with self.enter_registry_test_mode():
            link.administration_id.action_refresh()
        self.env.invalidate_all()
        number = self.add_order()["number"]
        self.run_link(link)
        self.assert_attached(number)

    def test_by_choice_the_order_is_held_and_goes_on_when_a_person_retries(self):
        number = self.add_order()["number"]
        link = self.make_link(attachment_failure="hold")
        self.forbid()
        self.run_link(link)
        order = self.order(number)
        self.assertEqual(
            (order.state, order.reason_code), ("held", "attachment_denied")
        )
        self.assertEqual(self.entries(), {})
        self.permit()
        with self.enter_registry_test_mode():
            order.action_retry()
        self.env.invalidate_all()
        self.assert_attached(number)

    def test_held_orders_go_without_a_document_by_choice_of_the_link(self):
        number = self.add_order()["number"]
        link = self.make_link(attachment_failure="hold")
        self.forbid()
        self.run_link(link)
        self.assertEqual(self.order(number).state, "held")
        link.attachment_failure = "without"
        self.run_link(link)
        self.assert_without(number, "does not let the connector")

    def test_a_person_books_a_held_order_without_its_document(self):
        number = self.add_order()["number"]
        link = self.make_link(attachment_failure="hold")
        self.forbid()
        self.run_link(link)
        order = self.order(number)
        self.assertTrue(order.held_for_document)
        with self.enter_registry_test_mode():
            order.action_book_without_document()
        self.env.invalidate_all()
        self.assert_without(number, "A person chose")
        self.assertFalse(order.without_document)
        self.assertEqual(len(self.posted(DOCUMENT)), 1)
        with self.assert_refuses(UserError, "not held for its attachment"):
            order.action_book_without_document()

    def test_a_document_without_its_file_is_taken_away(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.forbid(FILE)
        self.run_link(link)
        self.assert_without(number, "does not let the connector")
        self.assertEqual(len(self.calls("DELETE")), 1)

    def test_a_document_that_may_not_be_deleted_is_tried_once_a_day(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.forbid(FILE)
        self.forbid(DOCUMENT, ("GET", "POST"))
        with self.assertLogs(level="WARNING"):
            self.run_link(link)
        self.assert_booked(number, "49.90")
        self.assertEqual(len(self.documents()), 1)
        self.run_link(link)
        self.assertEqual(len(self.calls("DELETE")), 1)
        self.permit()
        self.come_back(link, 86401)
        self.assertEqual(self.documents(), [])
        self.assert_tidy()


class TestType(DocumentCase):
    def test_a_type_that_is_refused_is_looked_up_by_its_name(self):
        table = self.box.exact.state.division(exact_demo.MAIN)["DocumentTypes"]
        table.update(table.get(10), {"Description": "Something else"})
        other = next(row["ID"] for row in table if row["ID"] != 10)
        table.update(table.get(other), {"Description": "Verkoopfactuur"})
        self.box.exact.control_set_option(document_types=[other])
        link = self.make_link()
        numbers = [self.add_order()["number"] for _order in range(2)]
        self.run_link(link)
        for number in numbers:
            self.assertTrue(self.entries()[number]["Document"], number)
        self.assertEqual({row["Type"] for row in self.documents()}, {other})
        self.assertEqual(link.administration_id.document_type, other)
        self.assertEqual(len(self.calls("GET", "documents/DocumentTypes")), 1)
        self.assert_tidy()

    def test_when_no_type_is_allowed_the_order_is_booked_without(self):
        self.box.exact.control_set_option(document_types=[])
        numbers = [self.add_order()["number"] for _order in range(3)]
        link = self.make_link()
        self.run_link(link)
        for number in numbers:
            self.assert_without(number, "Document Type not allowed")
        self.assertEqual(len(self.posted(DOCUMENT)), 1)

    def test_a_service_that_stays_away_does_not_stop_the_bookings(self):
        number = self.add_order()["number"]
        link = self.make_link()
        self.fault("html_503", DOCUMENT, times=None)
        self.run_link(link)
        for _again in range(12):
            self.come_back(link, 3700)
        self.assert_without(number, "nothing to attach|There was nothing")
        self.assertEqual(len(self.posted(DOCUMENT)), 3)
