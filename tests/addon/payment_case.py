"""A link that clears payments and gift cards, and what the ledger says of it."""

from decimal import Decimal

from sandbox.exact import demo as exact_demo
from tests.addon.once_case import OnceCase

CLEARING_ENTRY = "generaljournalentry/GeneralJournalEntries"
CLEARING_LINES = "generaljournalentry/GeneralJournalEntryLines"
RECEIVABLES = "cashflow/Receivables"
A_DAY = 86400 + 60


class PaymentCase(OnceCase):
    def account(self, link, code):
        found = link.administration_id.gl_account_ids.filtered(
            lambda account: account.code == code
        )
        self.assertTrue(found, code)
        return found

    def make_rule(self, link, account=exact_demo.CLEARING, condition=None, **values):
        conditions = link.administration_id.payment_condition_ids
        return self.env["lightspeed.exact.payment.rule"].create(
            {
                "link_id": link.id,
                "clearing_account_id": account and self.account(link, account).id,
                "payment_condition_id": condition
                and conditions.filtered(lambda row: row.code == condition).id,
                **values,
            }
        )

    def make_clearing_link(self, rule=True, start=True, **values):
        """Make a link that books a clearing entry for each paid order."""
        link = self.make_link(start=False)
        journal = link.administration_id.journal_ids.filtered(
            lambda journal: journal.code == exact_demo.GENERAL_JOURNAL
        )
        link.write(
            {
                "clearing": "journal_entry",
                "clearing_journal_id": journal.id,
                **values,
            }
        )
        if rule:
            self.make_rule(link)
        if start:
            link.action_start()
        return link

    def make_card_link(self, **values):
        """Make a link that clears gift cards as well as payments."""
        link = self.make_clearing_link(start=False)
        link.write(
            {
                "gift_card_payment": "clear",
                "gift_card_account_id": self.account(link, exact_demo.GIFT_CARDS).id,
                **values,
            }
        )
        link.action_start()
        return link

    # === WHAT EXACT HAS === #
    def clearing_entries(self):
        return self.box.exact.control_journal_entries(exact_demo.MAIN)

    def posted_clearings(self, since=0):
        """Return the calls that wanted to book a clearing entry."""
        return self.calls("POST", CLEARING_ENTRY, since=since)

    def balances(self):
        """Return balance by account code; debit and credit of all must be equal."""
        rows = self.box.exact.control_trial_balance(exact_demo.MAIN)
        self.assertEqual(sum(row["Balance"] for row in rows), 0)
        return {row["Code"]: row["Balance"] for row in rows}

    def assert_cleared(self, number, total, kind="payment"):
        """Assert that an order is booked once and cleared once, to the cent."""
        order = self.order(number)
        self.assertEqual(order.state, "booked", order.reason)
        clearing = order.clearing_ids.filtered(lambda row: row.kind == kind)
        self.assertEqual(clearing.state, "posted", clearing.reason)
        found = [
            entry
            for entry in self.clearing_entries()
            if any(
                line["Description"].endswith(f" {clearing.reference}")
                for line in entry["Lines"]
            )
        ]
        self.assertEqual(len(found), 1)
        self.assertEqual(str(found[0]["EntryNumber"]), clearing.entry_number)
        amounts = [Decimal(str(line["AmountFC"])) for line in found[0]["Lines"]]
        self.assertEqual(amounts, [Decimal(total), -Decimal(total)])
        self.assertEqual(clearing.amount, total)
        return clearing
