"""Companies: known by VAT number, under reverse charge by nothing else, made once."""

from datetime import timedelta
from unittest.mock import patch

from sandbox.exact import demo as exact_demo
from tests.addon import test_once
from tests.addon.customer_case import DUTCH, EMAIL, NUMBER, CustomerCase
from tests.addon.once_case import RELATION, SETTLED, SPACED, Killed, OnceCase, die


class TestReverseCharge(CustomerCase):
    def book(self, link, **customer):
        number = self.add_company_order(**customer)
        self.run_link(link)
        return self.debtor(number, "100.00")

    def test_an_unknown_company_is_made_with_its_vat_number(self):
        debtor = self.book(self.reverse_charge_link())
        [account] = self.accounts(VATNumber=NUMBER)
        self.assertEqual(account["ID"], debtor)
        self.assertEqual(account["Name"], "Bakkerij BV")
        remembered = self.remembered()
        self.assertEqual(
            (remembered.remote_id, remembered.vat_number, remembered.origin),
            (debtor, NUMBER, "created"),
        )
        self.assertEqual(remembered.display_name, "Bakkerij BV")
        self.assertEqual(remembered.known_by, f"VAT number {NUMBER}")

    def test_the_relation_of_a_consumer_with_the_same_address_is_never_used(self):
        consumer = self.add_relation(Email=EMAIL)
        link = self.reverse_charge_link()
        debtor = self.book(link)
        self.assertNotEqual(debtor, consumer["ID"])
        self.assertEqual(self.accounts(VATNumber=NUMBER)[0]["ID"], debtor)
        # The consumer keeps the relation of before.
        number = self.add_consumer_order()
        self.run_link(link)
        self.assertEqual(self.debtor(number), consumer["ID"])

    def test_a_consumer_who_was_met_here_first_keeps_a_relation_apart(self):
        link = self.reverse_charge_link()
        number = self.add_consumer_order()
        self.run_link(link)
        consumer = self.debtor(number)
        self.assertNotEqual(self.book(link), consumer)
        self.assertEqual(len(self.relations(EMAIL)), 2)

    def test_a_relation_with_the_number_is_used_whatever_its_address(self):
        made = self.add_relation(
            VATNumber=NUMBER, Country="BE", Email="boekhouding@example.com"
        )
        self.assertEqual(self.book(self.reverse_charge_link()), made["ID"])
        self.assertFalse(self.relations(EMAIL))

    def test_a_number_that_the_customer_writes_otherwise_is_the_same_one(self):
        made = self.add_relation(VATNumber=NUMBER, Country="BE")
        link = self.reverse_charge_link()
        for written in ("BE 0123.456.749", "be0123456749", "0123456749", "BE123456749"):
            with self.subTest(written=written):
                self.assertEqual(self.book(link, vat_number=written), made["ID"])
        self.assertEqual(len(self.remembered()), 1)

    def test_a_number_that_the_bookkeeper_wrote_otherwise_is_found_by_address(self):
        made = self.add_relation(Email=EMAIL, Country="BE")
        table = self.box.exact.state.division(exact_demo.MAIN)["Accounts"]
        table.update(table.get(made["ID"]), {"VATNumber": "BE 0123.456.749"})
        self.assertEqual(self.book(self.reverse_charge_link()), made["ID"])

    def test_of_several_relations_the_customer_with_the_lowest_number_is_used(self):
        belgian = {"VATNumber": NUMBER, "Country": "BE"}
        self.add_relation(Code="50", Status="P", **belgian)
        self.add_relation(Code="200", **belgian)
        wanted = self.add_relation(Code="90", **belgian)
        self.assertEqual(self.book(self.reverse_charge_link()), wanted["ID"])

    def test_a_blocked_relation_is_held_and_no_other_one_made(self):
        made = self.add_relation(VATNumber=NUMBER, Country="BE")
        self.block(made)
        link = self.reverse_charge_link()
        number = self.add_company_order()
        self.run_link(link)
        self.assert_held(number, "relation_blocked")
        self.assertFalse(self.calls("POST", RELATION))
        self.block(made, False)
        self.retry(number)
        self.assertEqual(self.debtor(number, "100.00"), made["ID"])

    def test_a_prospect_is_held(self):
        self.add_relation(VATNumber=NUMBER, Country="BE", Status="P")
        link = self.reverse_charge_link()
        number = self.add_company_order()
        self.run_link(link)
        self.assert_held(number, "relation_not_customer")

    def test_a_number_that_was_changed_in_exact_is_noticed_within_a_day(self):
        made = self.add_relation(VATNumber=NUMBER, Country="BE")
        link = self.reverse_charge_link()
        self.assertEqual(self.book(link), made["ID"])
        first = self.remembered()
        self.edit_relation(made, VATNumber="BE0999999922")
        self.forget_the_time(first)
        debtor = self.book(link)
        self.assertNotEqual(debtor, made["ID"])
        self.assertEqual(self.accounts(VATNumber=NUMBER)[0]["ID"], debtor)
        # The order of before still names the relation on which it is booked.
        self.assertEqual(first.order_ids.mapped("state"), ["booked"])
        self.assertEqual(first.remote_id, made["ID"])
        self.assertEqual(self.remembered().remote_id, debtor)

    def forget_the_time(self, customer):
        customer.checked_at -= timedelta(hours=25)
        self.env.flush_all()

    def test_a_relation_that_was_blocked_since_is_noticed_within_a_day(self):
        made = self.add_relation(VATNumber=NUMBER, Country="BE")
        link = self.reverse_charge_link()
        self.book(link)
        self.block(made)
        self.forget_the_time(self.remembered())
        number = self.add_company_order()
        self.run_link(link)
        self.assert_held(number, "relation_blocked")

    def test_a_relation_that_was_deleted_is_made_again(self):
        link = self.reverse_charge_link()
        number = self.add_company_order()
        self.run_link(link)
        entry = self.entries()[number]
        self.box.exact.control_delete_entry(exact_demo.MAIN, entry["EntryID"])
        self.box.exact.control_delete_account(exact_demo.MAIN, entry["Customer"])
        self.forget_the_time(self.remembered())
        # What was made a moment ago may only not be shown yet.
        self.later(SETTLED)
        debtor = self.book(link)
        self.assertNotEqual(debtor, entry["Customer"])
        self.assertEqual(
            [row["ID"] for row in self.accounts(VATNumber=NUMBER)], [debtor]
        )

    def test_a_number_is_read_once_a_day(self):
        self.add_relation(VATNumber=NUMBER, Country="BE")
        link = self.reverse_charge_link()
        self.book(link)
        for expected in (0, 0):
            since = self.box.calls.last
            self.book(link)
            self.assertEqual(len(self.calls(path=RELATION, since=since)), expected)
        self.forget_the_time(self.remembered())
        for expected in (1, 0):
            since = self.box.calls.last
            self.book(link)
            self.assertEqual(len(self.calls(path=RELATION, since=since)), expected)

    def test_a_new_company_costs_one_look_up(self):
        link = self.reverse_charge_link()
        since = self.box.calls.last
        self.book(link)
        calls = [call["method"] for call in self.calls(since=since)]
        self.assertEqual(calls, ["GET", "POST", "POST"])

    def test_the_relation_of_a_company_at_home_is_not_used_without_its_number(self):
        """Charged VAT, the relation by e-mail address will do; not so afterwards."""
        link = self.reverse_charge_link(match_vat_number=True)
        made = self.add_relation(Email=EMAIL, Country="BE")
        account = link.administration_id.gl_account_ids.filtered(
            lambda row: row.code == "8050"
        )
        code = link.administration_id.vat_code_ids.filtered(
            lambda row: row.code == "BE1"
        )
        self.env["lightspeed.exact.ledger.rule"].create(
            {
                "link_id": link.id,
                "treatment": "oss",
                "rate": 0.21,
                "gl_account_id": account.id,
                "vat_code_id": code.id,
            }
        )
        values = {"vat_number": NUMBER, "company": "Bakkerij BV"}
        number = self.add_consumer_order(country="be", **values)
        self.run_link(link)
        self.assertEqual(self.debtor(number), made["ID"])
        debtor = self.book(link)
        self.assertNotEqual(debtor, made["ID"])
        # From now on the number has a relation of its own.
        number = self.add_consumer_order(country="be", **values)
        self.run_link(link)
        self.assertEqual(self.debtor(number), debtor)

    def test_a_company_needs_no_e_mail_address(self):
        debtor = self.book(self.reverse_charge_link(), email="")
        self.assertEqual(self.accounts(VATNumber=NUMBER)[0]["ID"], debtor)


class TestCompanies(CustomerCase):
    def test_a_company_is_known_by_its_vat_number_first(self):
        by_number = self.add_relation(VATNumber=DUTCH, Email="ander@example.com")
        self.add_relation(Email=EMAIL)
        number = self.add_dutch_order()
        self.run_link(self.make_link())
        self.assertEqual(self.debtor(number), by_number["ID"])

    def test_without_the_choice_a_company_is_known_by_e_mail_address(self):
        self.add_relation(VATNumber=DUTCH, Email="ander@example.com")
        by_email = self.add_relation(Email=EMAIL)
        number = self.add_dutch_order()
        self.run_link(self.make_link(match_vat_number=False))
        self.assertEqual(self.debtor(number), by_email["ID"])

    def test_a_company_whose_number_exact_does_not_have_is_known_by_address(self):
        by_email = self.add_relation(Email=EMAIL)
        link = self.make_link()
        numbers = [self.add_dutch_order() for _again in range(2)]
        since = self.box.calls.last
        self.run_link(link)
        for number in numbers:
            self.assertEqual(self.debtor(number), by_email["ID"])
        self.assertEqual(len(self.calls("GET", RELATION, since=since)), 1)

    def test_a_company_known_here_by_address_stays_that_relation(self):
        link = self.make_link(match_vat_number=False)
        number = self.add_dutch_order(vat_number="")
        self.run_link(link)
        debtor = self.debtor(number)
        self.box.exact.control_edit_account(
            exact_demo.MAIN, debtor, Email="anders@example.com"
        )
        link.match_vat_number = True
        number = self.add_dutch_order()
        self.run_link(link)
        self.assertEqual(self.debtor(number), debtor)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)

    def test_another_company_with_the_same_address_has_its_own_relation(self):
        other = self.add_relation(Email=EMAIL, VATNumber="NL123456782B90")
        number = self.add_dutch_order()
        self.run_link(self.make_link())
        self.assertNotEqual(self.debtor(number), other["ID"])

    def test_a_returning_company_costs_one_call_at_each_side(self):
        link = self.make_link()
        self.add_dutch_order()
        self.run_link(link)
        since = self.box.calls.last
        self.debtor(self.add_and_run(link))
        self.assertEqual(
            [(call["method"], call["path"].rpartition("/")[2]) for call in
             self.calls(since=since)],
            [("POST", "SalesEntries")],
        )  # fmt: skip

    def add_and_run(self, link):
        number = self.add_dutch_order()
        self.run_link(link)
        return number

    def test_companies_of_two_links_share_their_relation(self):
        link = self.make_link(reference_prefix="A-")
        self.add_dutch_order()
        self.run_link(link)
        self.shop_number = self.box.lightspeed.control_add_shop(
            "tweede", key="5" * 32, secret="6" * 32
        )["shop"]
        self.add_dutch_order()
        other = self.make_link(
            shop=self.make_shop(api_key="5" * 32, api_secret="6" * 32),
            administration=link.administration_id,
            reference_prefix="B-",
        )
        self.run_link(other)
        self.assertEqual(len(self.entries()), 2)
        self.assertEqual(len({e["Customer"] for e in self.entries().values()}), 1)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)


class TestOnce(CustomerCase, OnceCase):
    """A relation by VAT number is made once, whatever happens on the way."""

    def test_a_relation_whose_answer_was_lost_is_made_once(self):
        for kind, total in (("lost_after", 1), ("truncated", 1), ("lost_before", 2)):
            with self.subTest(kind=kind):
                link = self.env["lightspeed.exact.link"].search([])
                link = link or self.reverse_charge_link()
                number = self.add_company_order(**self.next_company())
                since = self.box.calls.last
                self.fault(kind, RELATION)
                self.run_link(link)
                self.assertNotIn(number, self.entries())
                self.come_back(link, SETTLED, SPACED)
                self.assert_booked(number, "100.00")
                self.assertEqual(len(self.accounts(VATNumber=self.vat_number)), 1)
                posted = self.calls("POST", RELATION, since=since)
                self.assertEqual(len(posted), total)

    def next_company(self):
        """Return another company, with the e-mail address of the one before."""
        base = int(getattr(self, "vat_number", "BE0123456600")[2:-2]) + 1
        self.vat_number = f"BE{base:08d}{97 - base % 97:02d}"
        self.box.vies.control_add_number(self.vat_number, "Bakkerij BV", "Gent")
        return {"vat_number": self.vat_number}

    def test_a_relation_of_a_consumer_is_never_taken_for_the_lost_one(self):
        link = self.reverse_charge_link()
        self.add_relation(Email=EMAIL)
        number = self.add_company_order()
        self.fault("lost_before", RELATION)
        self.run_link(link)
        self.come_back(link, SETTLED, SPACED)
        self.assert_booked(number, "100.00")
        self.assertEqual(len(self.accounts(VATNumber=NUMBER)), 1)

    def test_the_relation_of_a_company_is_never_taken_for_a_lost_consumer(self):
        link = self.reverse_charge_link()
        consumer = self.add_consumer_order()
        self.fault("lost_before", RELATION)
        self.run_link(link)
        company = self.add_company_order()
        self.run_link(link)
        self.assert_booked(company, "100.00")
        self.come_back(link, SETTLED, SPACED)
        self.assert_booked(consumer, "49.90")
        # It did not land: by then Exact knows the address, and one relation has it.
        operation = self.env["lightspeed.exact.operation"].search(
            [("kind", "=", "relation"), ("reference", "=", EMAIL)]
        )
        self.assertEqual((operation.state, operation.adopted), ("ready", False))
        self.assertEqual(self.order(consumer).customer_id.origin, "found")
        self.assertEqual(len(self.relations(EMAIL)), 1)

    def test_a_lost_consumer_is_told_from_the_company_with_the_same_address(self):
        link = self.reverse_charge_link()
        consumer = self.add_consumer_order()
        self.fault("lost_after", RELATION)
        self.run_link(link)
        company = self.add_company_order()
        self.run_link(link)
        self.assert_booked(company, "100.00")
        self.come_back(link, SETTLED)
        self.assert_booked(consumer, "49.90")
        entries = self.entries()
        self.assertNotEqual(entries[consumer]["Customer"], entries[company]["Customer"])
        self.assertEqual(self.order(consumer).customer_id.origin, "created")
        self.assertEqual(len(self.relations(EMAIL)), 2)

    def test_a_process_killed_at_any_instruction_makes_one_relation(self):
        """A company whose remembered relation got another number in Exact meanwhile."""
        link = self.reverse_charge_link()
        points = 0
        for point in range(1, 100):
            other = self.next_company()["vat_number"]
            made = self.add_relation(VATNumber=other, Country="BE")
            first = self.add_company_order(vat_number=other)
            self.run_link(link)
            self.assert_booked(first, "100.00")
            self.edit_relation(made, VATNumber=f"BE0{made['Code'].strip():0>9}")
            self.remembered(f"vat:{other}").checked_at -= timedelta(hours=25)
            self.env.flush_all()
            number = self.add_company_order(vat_number=other)
            try:
                with test_once.TestKilled.killed_at(self, point):
                    self.run_link(link)
            except Killed:
                points += 1
            else:
                break
            for wait in (SETTLED, SPACED, SPACED):
                if self.order(number).state != "booked":
                    self.come_back(link, wait)
            with self.subTest(point=point):
                self.assert_booked(number, "100.00")
                [account] = self.accounts(VATNumber=other)
                self.assertEqual(self.entries()[number]["Customer"], account["ID"])
        self.assertGreater(points, 15)

    def test_a_relation_that_was_made_but_not_remembered_is_not_made_again(self):
        number = self.add_company_order()
        link = self.reverse_charge_link()
        customers = type(self.env["exact.customer"])
        with patch.object(customers, "_remember", die):
            self.run_and_die(link)
        self.run_link(link)
        self.assert_booked(number, "100.00")
        self.assertEqual(len(self.calls("POST", RELATION)), 1)

    def test_two_orders_of_one_new_company_make_one_relation(self):
        numbers = [self.add_company_order() for _again in range(2)]
        link = self.reverse_charge_link()
        self.fault("lost_after", RELATION)
        self.run_link(link)
        self.come_back(link, SETTLED)
        for number in numbers:
            self.assert_booked(number, "100.00")
        self.assertEqual(len(self.accounts(VATNumber=NUMBER)), 1)

    def test_the_retry_button_makes_no_second_relation(self):
        link = self.reverse_charge_link()
        number = self.add_company_order()
        self.fault("lost_after", RELATION)
        self.run_link(link)
        self.retry(number)
        self.assert_booked(number, "100.00")
        self.assertEqual(len(self.accounts(VATNumber=NUMBER)), 1)
        self.assertEqual(len(self.calls("POST", RELATION)), 1)
