"""Reverse charge on orders: proof by VIES on the booking, and the listing in Exact."""

from decimal import Decimal

from sandbox.exact import demo as exact_demo
from tests.addon.customer_case import NUMBER, CustomerCase

GERMAN = "DE100000008"
OWN = "NL000099998B57"
BELFAST = {"country": "gb", "zipcode": "BT1 5GS", "city": "Belfast"}
DAY = 86400


class ReverseChargeCase(CustomerCase):
    def setUp(self):
        super().setUp()
        self.link = self.reverse_charge_link()

    def add_german_order(self):
        return self.add_company_order(
            email="urs@example.com",
            company="Beispiel Handels GmbH",
            vat_number=GERMAN,
            zipcode="50667",
            city="Köln",
            country="de",
        )

    def asked(self):
        """Return which numbers VIES was asked for, and in whose name."""
        return [
            (row["number"], row["requester"])
            for row in self.box.vies.control_consultations()
        ]

    def listing(self):
        """Return the EU sales listing in Exact: amount per VAT number."""
        rows = [
            row
            for year in {entry.year for entry in self.link_days()}
            for row in self.box.exact.control_icp(exact_demo.MAIN, year)
        ]
        self.assertFalse([row for row in rows if row["Problem"]])
        sums = {}
        for row in rows:
            self.assertEqual(row["Listing"], "L")
            number = row["VATNumber"]
            sums[number] = sums.get(number, 0) + row["Amount"]
        return sums

    def link_days(self):
        return self.bookings().mapped("entry_date")

    def bookings(self):
        return self.env["lightspeed.exact.booking"].search(
            [("link_id", "=", self.link.id), ("treatment", "=", "reverse_charge")]
        )


class TestEvidence(ReverseChargeCase):
    def test_the_booking_keeps_the_consultation(self):
        number = self.add_company_order()
        self.run_link(self.link)
        booking = self.assert_booked(number, "100.00").booking_ids
        check = booking.vies_check_id
        self.assertEqual((check.number, check.requester), (NUMBER, OWN))
        [consultation] = self.box.vies.control_consultations()
        self.assertEqual(check.consultation_number, consultation["consultation_number"])
        self.assertEqual(booking.treatment_reason, "eu_business")
        self.assertEqual(booking.vat_number, NUMBER)
        relation = self.entries()[number]["Customer"]
        self.assertEqual(
            [row["VATNumber"] for row in self.accounts(ID=relation)], [NUMBER]
        )

    def test_a_number_that_vies_does_not_know_is_held_and_nothing_is_made(self):
        self.box.vies.control_add_number(NUMBER, valid=False)
        number = self.add_company_order()
        self.run_link(self.link)
        order = self.assert_held(number, "vies_invalid")
        self.assertIn(NUMBER, order.reason)
        self.assertFalse(self.accounts(VATNumber=NUMBER))
        self.assertFalse(self.posted_entries())
        # The answer is kept although it is a no.
        self.assertFalse(self.env["vies.check"].search([]).valid)

    def test_the_choice_to_ask_nobody_releases_what_was_held(self):
        self.box.vies.control_add_number(NUMBER, valid=False)
        number = self.add_company_order()
        self.run_link(self.link)
        self.assert_held(number, "vies_invalid")
        # Another setting does not ask again within the hour.
        self.link.zero_lines = "book"
        self.run_link(self.link)
        self.assert_held(number, "vies_invalid")
        self.assertEqual(len(self.calls(service="vies")), 1)
        self.link.check_vies = False
        self.run_link(self.link)
        booking = self.assert_booked(number, "100.00").booking_ids
        self.assertFalse(booking.vies_check_id)

    def test_a_sale_with_vat_to_a_company_at_home_needs_no_proof(self):
        number = self.add_dutch_order()
        self.run_link(self.link)
        self.assert_booked(number, "49.90")
        self.assertFalse(self.calls(service="vies"))

    def test_goods_fetched_in_the_shop_are_sold_at_home(self):
        number = self.add_order(
            customer={
                "email": "luc@example.com",
                "company": "Bakkerij BV",
                "vat_number": NUMBER,
                "country": "be",
            },
            shipping={"incl": "0", "pickup": True},
        )["number"]
        free = self.add_order(
            ("Oven", 1, "100.00", "0"),
            customer={
                "email": "luc@example.com",
                "company": "Bakkerij BV",
                "vat_number": NUMBER,
                "country": "be",
            },
            shipping={"incl": "0", "rate": "0", "pickup": True},
        )["number"]
        self.run_link(self.link)
        booking = self.assert_booked(number, "49.90").booking_ids
        self.assertEqual(
            (booking.treatment, booking.treatment_reason),
            ("domestic", "domestic_pickup"),
        )
        # Without VAT it is no supply to Belgium, but one that a person must judge.
        self.assert_held(free, "exempt_rule_missing")
        self.assertFalse(self.calls(service="vies"))

    def test_by_choice_nobody_is_asked(self):
        self.link.check_vies = False
        number = self.add_company_order()
        self.run_link(self.link)
        booking = self.assert_booked(number, "100.00").booking_ids
        self.assertFalse(booking.vies_check_id)
        self.assertFalse(self.calls(service="vies"))


class TestOutage(ReverseChargeCase):
    def test_an_order_waits_for_vies_and_the_others_go(self):
        self.box.vies.control_set_member_state("BE", available=False)
        belgian = [self.add_company_order() for _again in range(2)]
        german = self.add_german_order()
        home = self.add_consumer_order()
        self.run_link(self.link)
        self.assert_booked(german, "100.00")
        self.assert_booked(home, "49.90")
        for number in belgian:
            order = self.order(number)
            self.assertEqual(
                (order.state, order.reason_code), ("failed", "vies.unavailable")
            )
            self.assertTrue(order.next_attempt_at)
            self.assertNotIn(number, self.entries())
        # One question showed it; and nobody but these orders suffers.
        self.assertEqual(len(self.calls(service="vies")), 2)
        administration = self.link.administration_id
        self.assertFalse(administration.problem_code or administration.failures)
        self.assertEqual(self.link.state, "running")
        self.box.vies.control_set_member_state("BE", available=True)
        self.later(3600)
        self.run_link(self.link)
        for number in belgian:
            self.assert_booked(number, "100.00")
        # The same evidence counts for a day.
        self.assertEqual(self.asked(), [(GERMAN, OWN), (NUMBER, OWN)])

    def test_yesterdays_proof_is_none_while_vies_is_down(self):
        first = self.add_company_order()
        self.run_link(self.link)
        self.assert_booked(first, "100.00")
        self.later(DAY + 60)
        self.box.vies.control_set_member_state("BE", available=False)
        second = self.add_company_order()
        self.run_link(self.link)
        self.assertEqual(self.order(second).state, "failed")
        self.assertNotIn(second, self.entries())

    def test_every_way_to_fail_keeps_the_order_waiting(self):
        number = self.add_company_order()
        for kind in ("lost_before", "lost_after", "html_503", "html_200", "truncated"):
            with self.subTest(kind=kind):
                self.fault(kind, "check-vat-number", service="vies")
                self.run_link(self.link)
                self.assertEqual(self.order(number).reason_code, "vies.unavailable")
                self.assertFalse(self.posted_entries())
                self.later(7200)
        self.run_link(self.link)
        self.assert_booked(number, "100.00")


class TestEditedAfterBooking(ReverseChargeCase):
    """What is booked again is proved again, and on the relation of its own number."""

    def edit(self, number, **changes):
        self.box.lightspeed.control_edit_order(self.shop_number, number, changes)
        self.later(1000)
        self.run_link(self.link)
        return self.order(number)

    def answer(self, order, action):
        with self.enter_registry_test_mode():
            getattr(order, action)()
        self.env.invalidate_all()

    def booked_company(self):
        number = self.add_company_order()
        self.run_link(self.link)
        self.assert_booked(number, "100.00")
        return number

    def to_germany(self, number, **changes):
        country = {"id": 57, "code": "de", "code3": "deu", "title": "Germany"}
        return self.edit(
            number,
            companyVatNumber=GERMAN,
            addressShippingCountry=country,
            addressBillingCountry=country,
            addressShippingZipcode="50667",
            addressBillingZipcode="50667",
            **changes,
        )

    def test_another_number_goes_to_its_own_relation(self):
        number = self.booked_company()
        order = self.to_germany(number)
        self.assertEqual(order.proposal, "edited")
        self.answer(order, "action_rebook")
        self.assertEqual(order.state, "booked", order.reason)
        # One supply under the new number, none under the old one.
        self.assertEqual(
            {key: value for key, value in self.listing().items() if value},
            {GERMAN: Decimal(100)},
        )
        sale = order.booking_ids.filtered(lambda row: row.generation == 2)
        self.assertEqual(sale.vies_check_id.number, GERMAN)
        customers = [
            self.entries()[f"{number}{suffix}"]["Customer"]
            for suffix in ("", "-R1", "-R2")
        ]
        self.assertEqual(customers[0], customers[1])
        self.assertNotEqual(customers[1], customers[2])

    def test_without_proof_of_the_new_number_nothing_is_credited(self):
        number = self.booked_company()
        self.box.vies.control_set_member_state("DE", available=False)
        order = self.to_germany(number)
        self.answer(order, "action_rebook")
        self.assertEqual(order.reason_code, "vies.unavailable")
        self.assertEqual(list(self.entries()), [number])
        self.box.vies.control_set_member_state("DE", available=True)
        self.box.vies.control_add_number(GERMAN, valid=False)
        self.later(7200)
        self.run_link(self.link)
        # The order stays booked; what was asked for waits for a person.
        self.assertEqual((order.state, order.reason_code), ("booked", "vies_invalid"))
        self.assertEqual(list(self.entries()), [number])
        self.box.vies.control_add_number(GERMAN)
        self.later(7200)
        self.answer(order, "action_rebook")
        self.assertFalse(order.reason_code, order.reason)
        self.assertEqual(len(self.entries()), 3)

    def test_a_difference_never_mixes_two_numbers(self):
        number = self.booked_company()
        order = self.to_germany(number)
        self.answer(order, "action_book_difference")
        self.assertEqual(order.reason_code, "difference_other_number", order.reason)
        self.assertEqual(list(self.entries()), [number])

    def test_a_consumer_who_turns_out_to_be_a_company(self):
        self.link.entity_id.oss_period_ids = [(0, 0, {"kind": "oss"})]
        number = self.add_order(
            ("Oven", 1, "121.00", "0.21"),
            customer={
                "email": "bakker@example.com",
                "lastname": "Bakker",
                "zipcode": "2000",
                "country": "be",
            },
        )["number"]
        self.run_link(self.link)
        self.assert_booked(number, "121.00")
        consumer = self.entries()[number]["Customer"]
        self.box.lightspeed.control_rebuild_order(
            self.shop_number,
            number,
            [{"title": "Oven", "quantity": 1, "unit_incl": "100.00", "rate": "0"}],
        )
        order = self.edit(
            number,
            isCompany=True,
            companyName="Bakkerij BV",
            companyVatNumber=NUMBER,
        )
        self.assertEqual(order.proposal, "edited")
        self.answer(order, "action_rebook")
        self.assertEqual(order.state, "booked", order.reason)
        self.assertNotEqual(self.entries()[f"{number}-R2"]["Customer"], consumer)
        self.assertEqual(self.listing(), {NUMBER: Decimal(100)})


class TestListing(ReverseChargeCase):
    def test_the_listing_in_exact_is_what_was_booked(self):
        # The same person ordered as a consumer before: that relation has no number.
        consumer = self.add_consumer_order()
        self.run_link(self.link)
        companies = [self.add_company_order() for _again in range(2)]
        german = self.add_german_order()
        self.run_link(self.link)
        note = self.box.lightspeed.control_credit_order(self.shop_number, companies[1])
        self.run_link(self.link)
        self.assertEqual(self.order(note["number"]).state, "booked")
        sums = {}
        for booking in self.bookings():
            number = booking.vat_number
            sums[number] = sums.get(number, 0) + Decimal(booking.gross)
        self.assertEqual(sums, {NUMBER: Decimal(100), GERMAN: Decimal(100)})
        self.assertEqual(self.listing(), sums)
        relations = {
            number: self.entries()[number]["Customer"]
            for number in (consumer, *companies, german)
        }
        self.assertEqual(len(set(relations.values())), 3)
        self.assertNotEqual(relations[consumer], relations[companies[0]])

    def test_northern_ireland_is_a_member_state_for_goods(self):
        self.box.exact.control_set_option(xi_vat_numbers=True)
        irish = "XI110305010"
        self.box.vies.control_add_number(irish, "Example Ltd", "Belfast")
        number = self.add_company_order(vat_number="110305010", **BELFAST)
        london = self.add_company_order(
            vat_number="GB110305010", country="gb", zipcode="SW1A 1AA"
        )
        self.run_link(self.link)
        booking = self.assert_booked(number, "100.00").booking_ids
        self.assertEqual(
            (booking.treatment, booking.vat_number, booking.vat_country),
            ("reverse_charge", irish, "GB"),
        )
        self.assertEqual(self.listing(), {irish: Decimal(100)})
        # The rest of the United Kingdom is outside.
        booking = self.assert_booked(london, "100.00").booking_ids
        self.assertEqual((booking.treatment, booking.vat_country), ("export", "GB"))
        self.assertFalse(booking.vies_check_id)
