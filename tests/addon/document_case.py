"""A case for documents: a link that attaches a booking summary to what it books."""

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import OnceCase

DOCUMENT = "documents/Documents"
FILE = "documents/DocumentAttachments"


class DocumentCase(OnceCase):
    def make_link(self, **values):
        return super().make_link(**{"attachment": "summary", **values})

    def documents(self):
        """Return all documents in Exact."""
        return self.box.exact.control_documents(exact_demo.MAIN)

    def assert_attached(self, number, total="49.90"):
        """Assert that an order is booked with one document, and nothing is left over.

        :return: the booking
        """
        order = self.assert_booked(number, total)
        entry = self.entries()[number]
        (document,) = self.documents()
        self.assertEqual(entry["Document"], document["ID"])
        self.assertEqual(document["FinancialTransactionEntryID"], entry["EntryID"])
        (file,) = document["Attachments"]
        self.assertEqual(file["FileName"], f"{number}.pdf")
        self.assertGreater(file["FileSize"], 1000)
        booking = order.booking_ids
        self.assertEqual(booking.document_id, document["ID"])
        self.assertEqual(booking.document_number, str(document["HID"]))
        self.assertFalse(booking.document_text)
        self.assertFalse(order.document_missing)
        self.assert_tidy()
        return booking

    def assert_without(self, number, pattern, total="49.90"):
        """Assert that an order is booked without a document, and says why."""
        order = self.assert_booked(number, total)
        self.assertFalse(self.entries()[number]["Document"])
        self.assertRegex(order.document_missing, pattern)
        self.assertFalse(order.booking_ids.document_id)
        self.assertEqual(self.documents(), [])
        self.assert_tidy()
        return order

    def assert_tidy(self):
        """Assert that nothing is left to look after."""
        open_documents = self.env["lightspeed.exact.operation"].search(
            [("tidy_at", "!=", False)]
        )
        self.assertFalse(open_documents)

    def posted(self, path):
        return self.calls("POST", path)
