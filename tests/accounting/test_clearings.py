"""Clearing entries: the debtor against the account that the money came in on."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Hold,
    PaymentRule,
    Skip,
)
from odoo.addons.lightspeed_exact_connector.accounting.clearings import (
    GIFT_CARD,
    PAYMENT,
    debits,
    decide_clearing,
    entry_text,
    journal_entry,
    same_entry,
)
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.money import dumps, loads

from .samples import CUSTOMER, NOW, sale
from .test_payments import DEBTORS, LIABILITY, clearing_policy

BANK = "0b7b7f0e-8a2c-4d83-8f1a-5f2f8c6d1a97"
RULE = PaymentRule(1, payment_method="mollie", clearing_account=BANK)


def paid(moment="2026-06-04T00:30:00+02:00", **changes):
    """Return the sample order with an event that says when it was paid."""
    event = {"id": 1, "createdAt": moment, "type": "order", "message": "paid"}
    return sale(
        events={"resource": {"id": False, "embedded": [event]}},
        **changes,
    )


def clear(kind=PAYMENT, order=None, number="26700001", change=None, **choices):
    choices.setdefault("payment_rules", (RULE,))
    policy = clearing_policy(**choices)
    order = order or paid()
    booking = decide(order, policy, status_reached_at=None, now=NOW)
    if change:
        booking = change(booking)
    return decide_clearing(kind, order, policy, booking, number)


# === WHAT IS CLEARED === #


def test_a_payment_clears_the_whole_order():
    found = clear()
    assert (found.amount, found.account) == (Decimal("62.16"), BANK)
    assert (found.journal, found.debtor) == ("90", DEBTORS)
    assert found.reference == "ORD00412-P1"
    assert found.description == "Payment iDEAL ORD00412-P1"
    assert found.our_ref == 26700001


def test_cards_and_the_rest_add_up_to_the_order():
    order = paid(giftCardsPayment=[{"amount": "20.00"}])
    card, rest = clear(GIFT_CARD, order), clear(PAYMENT, order)
    assert (card.amount, card.account) == (Decimal("20.00"), LIABILITY)
    assert card.description == "Gift card ORD00412-G1"
    assert rest.amount == Decimal("42.16")
    assert card.amount + rest.amount == Decimal("62.16")


def test_nothing_is_left_to_clear_when_cards_paid_everything():
    order = paid(giftCardsPayment=[{"amount": "62.16"}])
    assert clear(GIFT_CARD, order).amount == Decimal("62.16")
    assert clear(PAYMENT, order) == Skip("clearing_nothing", {})


def test_there_is_no_clearing_without_a_rule_with_an_account():
    expected = Skip("clearing_no_rule", {"method": "iDEAL"})
    assert clear(payment_rules=()) == expected
    assert clear(payment_rules=(PaymentRule(1),)) == expected
    nameless = paid(paymentTitle="", paymentData=[], paymentId="")
    assert clear(order=nameless, payment_rules=()).params == {"method": "-"}


def test_a_rule_that_says_no_wins_from_a_general_one_that_says_yes():
    general = PaymentRule(2, clearing_account=BANK)
    assert clear(payment_rules=(general,)).account == BANK
    no = PaymentRule(3, payment_method="mollie")
    assert clear(payment_rules=(general, no)).code == "clearing_no_rule"


@pytest.mark.parametrize("missing", ["clearing_journal", "debtor_account"])
def test_a_clearing_without_journal_or_debtors_is_held(missing):
    with pytest.raises(Hold) as caught:
        clear(**{missing: ""})
    assert caught.value.code == "clearing_settings"


def test_an_order_that_changed_after_booking_is_held():
    def other(booking):
        return replace(booking, proof=replace(booking.proof, booked_gross=Decimal(1)))

    with pytest.raises(Hold) as caught:
        clear(change=other)
    assert caught.value.code == "clearing_order_changed"
    assert caught.value.params == {"order_total": "62.16", "booked_total": "1"}


def test_what_a_credit_note_pays_back_has_the_other_sign():
    def credited(booking):
        proof = replace(booking.proof, booked_gross=-booking.proof.booked_gross)
        return replace(booking, kind="credit", proof=proof)

    assert clear(change=credited).amount == Decimal("-62.16")


def test_a_credit_note_of_an_order_with_a_card_is_held():
    def credited(booking):
        proof = replace(booking.proof, booked_gross=-booking.proof.booked_gross)
        return replace(booking, kind="credit", proof=proof)

    with pytest.raises(Hold) as caught:
        clear(order=paid(giftCardsPayment=[{"amount": 5}]), change=credited)
    assert caught.value.code == "clearing_card_credit"


# === WHEN AND HOW IT IS CALLED === #


def test_the_date_is_that_of_the_payment_in_the_shops_zone():
    assert clear().entry_date == date(2026, 6, 4)
    late = paid("2026-06-30T22:30:00+00:00")
    assert clear(order=late).entry_date == date(2026, 7, 1)


def test_the_date_is_never_before_the_documents():
    assert clear(order=paid("2026-05-01T12:00:00+02:00")).entry_date == date(2026, 6, 3)


def test_without_a_known_moment_the_date_is_the_documents():
    order = sale(invoices=False)
    assert clear(order=order).entry_date == date(2026, 6, 3)


def test_a_long_title_is_cut_and_the_reference_never():
    found = clear(order=paid(paymentTitle="Overboeking " * 20, number="X" * 60))
    assert len(found.description) <= 60
    assert found.description.endswith(f" {found.reference}")


def test_the_words_are_those_of_the_policy():
    words = {"clearing_payment": "Betaling"}
    assert clear(labels=words).description == "Betaling iDEAL ORD00412-P1"


@pytest.mark.parametrize("number", ["", "VER-1", "9999999999", "²"])
def test_a_number_that_is_none_for_exact_is_left_out(number):
    found = clear(number=number)
    assert found.our_ref is None
    lines = journal_entry(found, CUSTOMER)["GeneralJournalEntryLines"]
    assert not any("OurRef" in line for line in lines)


# === EXACT'S JSON === #


def test_the_entry_debits_the_account_and_credits_the_customer():
    payload = loads(dumps(journal_entry(clear(), CUSTOMER.upper())))
    shared = {
        "Date": "2026-06-04T00:00:00",
        "Description": "Payment iDEAL ORD00412-P1",
        "OurRef": 26700001,
    }
    assert payload == {
        "JournalCode": "90",
        "Currency": "EUR",
        "GeneralJournalEntryLines": [
            {"GLAccount": BANK, **shared, "AmountFC": Decimal("62.16")},
            {
                "GLAccount": DEBTORS,
                "Account": CUSTOMER,
                **shared,
                "AmountFC": Decimal("-62.16"),
            },
        ],
    }
    assert entry_text(payload) == "Payment iDEAL ORD00412-P1"


def test_the_rate_of_the_document_goes_along():
    rate = Decimal("0.9217")
    payload = journal_entry(replace(clear(), exchange_rate=rate), CUSTOMER)
    assert payload["ExchangeRate"] == rate
    assert "ExchangeRate" not in journal_entry(clear(), CUSTOMER)


def test_a_customer_that_is_no_guid_is_refused():
    with pytest.raises(ValueError, match="GUID"):
        journal_entry(clear(), "1001")


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [((10,), True), ((-10,), False), ((10, -10), None), ((), None), ((None,), None)],
)
def test_the_ledger_tells_which_side_an_account_is_on(amounts, expected):
    lines = [{"GLAccount": BANK.upper(), "AmountDC": amount} for amount in amounts]
    lines.append({"GLAccount": DEBTORS, "AmountDC": -10})
    assert debits(lines, BANK) is expected


def found_entry(**line_changes):
    """Return the entry as Exact gives it; the changes are the debtor line's."""
    payload = loads(dumps(journal_entry(clear(), CUSTOMER)))
    debit, credit = payload["GeneralJournalEntryLines"]
    day = {"Date": "/Date(1780531200000)/"}
    return {
        "JournalCode": "90",
        "Currency": "EUR",
        "lines": [{**debit, **day}, {**credit, **day, **line_changes}],
    }


def test_the_entry_as_exact_gives_it_is_the_same():
    assert same_entry(found_entry(), journal_entry(clear(), CUSTOMER)) == []


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"Account": BANK}, "customer"),
        ({"Account": None}, "customer"),
        ({"Date": "/Date(1780617600000)/"}, "date"),
        ({"Date": None}, "date"),
        ({"AmountFC": Decimal("-62.15")}, "total"),
        ({"AmountFC": Decimal("62.16")}, "total"),
        ({"AmountFC": None}, "total"),
        ({"GLAccount": LIABILITY}, "total"),
        ({"Description": "Payment iDEAL ORD00413-P1"}, "reference"),
    ],
)
def test_another_line_is_no_match(change, difference):
    entry = found_entry(**change)
    assert same_entry(entry, journal_entry(clear(), CUSTOMER)) == [difference]


def test_another_journal_or_currency_and_a_missing_line_are_no_match():
    intended = journal_entry(clear(), CUSTOMER)
    assert same_entry({**found_entry(), "JournalCode": "91"}, intended) == ["journal"]
    assert same_entry({**found_entry(), "Currency": "USD"}, intended) == ["currency"]
    half = found_entry()
    half["lines"] = half["lines"][1:]
    assert same_entry(half, intended) == ["total"]
