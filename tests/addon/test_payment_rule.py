"""Payment rules and the settings of clearing: what cannot work is refused at once."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from sandbox.exact import demo as exact_demo
from tests.addon.connector_case import GROUPS
from tests.addon.payment_case import PaymentCase


class TestPaymentRule(PaymentCase):
    def setUp(self):
        super().setUp()
        self.link = self.make_link(start=False)
        self.administration = self.link.administration_id

    def condition_of(self, number):
        return self.entries()[number]["PaymentCondition"]

    def test_the_condition_follows_from_the_method(self):
        self.make_rule(self.link, None, "30", payment_method="invoice")
        self.make_rule(self.link, None, "14", payment_title="klarna")
        self.link.action_start()
        ideal = self.add_order()["number"]
        invoice = self.add_order(payment={"id": "invoice", "title": "Op rekening"})
        klarna = self.add_order(
            payment={"id": "mollie", "title": "Achteraf", "data": {"method": "klarna"}}
        )
        self.run_link(self.link)
        own = self.link.payment_condition_id.code
        self.assertNotIn(own, ("14", "30"))
        self.assertEqual(self.condition_of(ideal), own)
        self.assertEqual(self.condition_of(invoice["number"]), "30")
        self.assertEqual(self.condition_of(klarna["number"]), "14")
        self.assertFalse(self.clearing_entries())

    def test_cash_on_delivery_is_a_criterion(self):
        self.make_rule(self.link, None, "14", cash_on_delivery="yes")
        self.link.action_start()
        cash = self.add_order(overrides={"shipmentIsCashOnDelivery": True})["number"]
        other = self.add_order()["number"]
        self.run_link(self.link)
        self.assertEqual(self.condition_of(cash), "14")
        self.assertEqual(self.condition_of(other), self.link.payment_condition_id.code)

    def test_a_new_rule_releases_what_was_refused_for_want_of_a_condition(self):
        self.link.payment_condition_id = False
        self.box.exact.control_edit_division(exact_demo.MAIN, payment_condition=None)
        number = self.add_order()["number"]
        self.link.action_start()
        self.run_link(self.link)
        self.assertEqual(self.order(number).reason_code, "refused.mandatory")
        self.make_rule(self.link, None, "30", payment_method="mollie")
        self.run_link(self.link)
        self.assert_booked(number, "49.90")

    def test_an_account_that_cannot_take_payments_is_refused(self):
        for code in ("1300", "1600", "1500", "8000", "4400"):
            with self.assert_refuses(ValidationError, "cannot take payments"):
                self.make_rule(self.link, code)

    def test_a_blocked_account_is_refused(self):
        account = self.account(self.link, exact_demo.CLEARING)
        account.sudo().is_blocked = True
        with self.assert_refuses(ValidationError, "is blocked"):
            self.make_rule(self.link)

    def test_an_account_that_would_add_vat_is_refused(self):
        account = self.account(self.link, exact_demo.CLEARING)
        account.sudo().vat_code = "2"
        with self.assert_refuses(ValidationError, "default VAT code"):
            self.make_rule(self.link)
        account.sudo().vat_code = "0"
        self.make_rule(self.link)

    def test_what_belongs_to_another_administration_is_refused(self):
        other = self.make_administration(
            self.administration.connection_id, exact_demo.SECOND
        )
        account = other.gl_account_ids.filtered(lambda row: row.code == "1210")
        with self.assert_refuses(ValidationError, "another administration"):
            self.make_rule(self.link, None, clearing_account_id=account.id)
        condition = other.payment_condition_ids[:1]
        with self.assert_refuses(ValidationError, "another administration"):
            self.make_rule(self.link, None, payment_condition_id=condition.id)
        journal = other.journal_ids.filtered(lambda row: row.journal_type == 90)[:1]
        with self.assert_refuses(ValidationError, "general journal"):
            self.link.clearing_journal_id = journal
        debtors = other.gl_account_ids.filtered(lambda row: row.account_type == 20)
        with self.assert_refuses(ValidationError, "debtors account"):
            self.link.debtor_account_id = debtors

    def test_a_sales_journal_and_a_revenue_account_are_refused_for_clearing(self):
        with self.assert_refuses(ValidationError, "general journal"):
            self.link.clearing_journal_id = self.link.journal_id
        with self.assert_refuses(ValidationError, "debtors account"):
            self.link.debtor_account_id = self.account(self.link, "8000")
        with self.assert_refuses(ValidationError, "cannot take payments"):
            self.link.gift_card_account_id = self.account(self.link, "8000")

    def test_the_only_debtors_account_is_proposed_and_no_journal_of_two(self):
        self.assertEqual(self.link.debtor_account_id.code, exact_demo.DEBTORS)
        self.assertFalse(self.link.clearing_journal_id)
        self.assertEqual(self.link.clearing, "none")

    def test_what_clearing_needs_is_asked_before_the_start(self):
        self.assertFalse(self.link._missing())
        self.link.write(
            {
                "clearing": "journal_entry",
                "gift_card_payment": "clear",
                "debtor_account_id": False,
            }
        )
        missing = "\n".join(self.link._missing())
        for words in (
            "general journal",
            "debtors account",
            "gift cards are owed",
            "payment rule with a clearing account",
        ):
            self.assertIn(words, missing)
        with self.assert_refuses(UserError, "general journal"):
            self.link.action_start()

    def test_another_administration_forgets_the_accounts_of_the_old_one(self):
        self.make_rule(self.link)
        self.link.gift_card_account_id = self.account(self.link, exact_demo.GIFT_CARDS)
        other = self.make_administration(
            self.administration.connection_id, exact_demo.SECOND
        )
        self.link.administration_id = other
        self.assertFalse(self.link.payment_rule_ids)
        self.assertFalse(self.link.gift_card_account_id)
        self.assertEqual(self.link.debtor_account_id.administration_id, other)

    def test_a_rule_is_called_by_what_it_asks_for(self):
        rule = self.make_rule(self.link)
        self.assertEqual(rule.display_name, "Every method")
        rule.write({"payment_method": "mollie", "cash_on_delivery": "no"})
        self.assertEqual(rule.display_name, "mollie not cash on delivery")

    def test_a_user_reads_rules_and_a_manager_writes_them(self):
        rule = self.make_rule(self.link)
        user = new_test_user(self.env, "user", groups=f"{GROUPS}user")
        manager = new_test_user(self.env, "manager", groups=f"{GROUPS}manager")
        self.assertEqual(rule.with_user(user).payment_method, False)
        with self.assertRaises(AccessError):
            rule.with_user(user).payment_method = "x"
        rule.with_user(manager).payment_method = "x"
        self.assertEqual(rule.payment_method, "x")
