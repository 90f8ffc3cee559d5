"""How an order was paid: conditions by method, and what gift cards paid of it."""

from decimal import Decimal

import pytest

from odoo.addons.lightspeed_exact_connector.accounting.booking import (
    Hold,
    PaymentRule,
    Policy,
)
from odoo.addons.lightspeed_exact_connector.accounting.decide import decide
from odoo.addons.lightspeed_exact_connector.accounting.money import loads
from odoo.addons.lightspeed_exact_connector.accounting.payments import (
    choose,
    gift_card_amount,
    payment_condition,
)

from .samples import NOW, policy, sale

LIABILITY = "0b7b7f0e-8a2c-4d83-8f1a-5f2f8c6d1a99"
DEBTORS = "0b7b7f0e-8a2c-4d83-8f1a-5f2f8c6d1a98"


def clearing_policy(**changes) -> Policy:
    values = {
        "gift_card_payment": "clear",
        "gift_card_account": LIABILITY,
        "clearing_journal": "90",
        "debtor_account": DEBTORS,
        **changes,
    }
    return policy(**values)


def chosen(*rules, **order) -> int | None:
    found = choose(sale(**order), policy(payment_rules=rules))
    return found.key if found else None


def held(function, *arguments):
    with pytest.raises(Hold) as caught:
        function(*arguments)
    return caught.value


# === WHICH RULE === #


def test_without_a_rule_that_fits_there_is_none():
    assert chosen() is None
    assert chosen(PaymentRule(1, payment_method="paypal")) is None


def test_the_method_is_compared_whole_and_without_case():
    assert chosen(PaymentRule(1, payment_method=" Mollie ")) == 1
    assert chosen(PaymentRule(1, payment_method="moll")) is None


@pytest.mark.parametrize("title", ["ideal", "iDEAL", "DEA"])
def test_a_part_of_the_title_is_enough(title):
    assert chosen(PaymentRule(1, payment_title=title)) == 1


def test_the_key_that_the_provider_gives_counts_as_a_title():
    order = {"paymentTitle": "Betaal direct", "paymentData": {"method": "ideal"}}
    assert chosen(PaymentRule(1, payment_title="iDEAL"), **order) == 1
    order["paymentData"] = []
    assert chosen(PaymentRule(1, payment_title="iDEAL"), **order) is None


@pytest.mark.parametrize(
    ("wanted", "is_cash", "fits"),
    [(None, True, 1), (None, False, 1), (True, True, 1), (False, False, 1)]
    + [(True, False, None), (False, True, None)],
)
def test_cash_on_delivery_is_asked_for_refused_or_ignored(wanted, is_cash, fits):
    rule = PaymentRule(1, cash_on_delivery=wanted)
    assert chosen(rule, shipmentIsCashOnDelivery=is_cash) == fits


def test_the_most_specific_rule_wins_and_among_equals_the_method():
    rules = [
        PaymentRule(1),
        PaymentRule(2, cash_on_delivery=False),
        PaymentRule(3, payment_title="ideal"),
        PaymentRule(4, payment_method="mollie"),
        PaymentRule(5, payment_method="mollie", payment_title="ideal"),
        PaymentRule(6, payment_method="mollie", payment_title="ideal"),
    ]
    assert chosen(*rules) == 5
    assert chosen(*rules[:4]) == 4
    assert chosen(*rules[:3]) == 3
    assert chosen(*rules[:2]) == 2
    assert chosen(*rules[:1]) == 1


# === PAYMENT CONDITION === #


def test_the_condition_is_that_of_the_rule_else_of_the_link():
    rules = (
        PaymentRule(1, payment_method="mollie", payment_condition="00"),
        PaymentRule(2, payment_method="paypal"),
    )
    choices = policy(payment_rules=rules, payment_condition="30")
    assert payment_condition(sale(), choices) == "00"
    assert payment_condition(sale(paymentId="paypal"), choices) == "30"
    assert payment_condition(sale(paymentId="invoice"), choices) == "30"


def test_the_booking_has_the_condition_of_the_method():
    rules = (PaymentRule(1, payment_method="mollie", payment_condition="PP"),)
    choices = policy(payment_rules=rules, payment_condition="30")
    found = decide(sale(), choices, status_reached_at=None, now=NOW)
    assert found.payment_condition == "PP"


# === GIFT CARDS === #


def cards(*rows):
    return sale(giftCardsPayment=list(rows))


def test_an_order_without_a_card_costs_no_choice():
    assert gift_card_amount(sale(), policy()) == 0


@pytest.mark.parametrize(
    "missing",
    [
        {"gift_card_payment": "hold"},
        {"gift_card_account": ""},
        {"clearing_journal": ""},
        {"debtor_account": ""},
    ],
)
def test_without_a_rule_a_card_is_held(missing):
    hold = held(gift_card_amount, cards({"amount": 5}), clearing_policy(**missing))
    assert hold.code == "gift_card"


@pytest.mark.parametrize(
    "value", [10, -10, "10.00", "-10", Decimal("10.00"), loads("10.0")]
)
def test_the_amount_is_read_from_numbers_and_texts_whatever_its_sign(value):
    amount = gift_card_amount(cards({"amount": value}), clearing_policy())
    assert (amount, str(amount)) == (Decimal(10), "10.00")


def test_cards_add_up():
    found = cards({"amount": "12.16"}, {"amount": 50})
    assert gift_card_amount(found, clearing_policy()) == Decimal("62.16")


def test_the_field_can_be_named_also_inside_another():
    choices = clearing_policy(gift_card_field="card.paid")
    assert gift_card_amount(cards({"card": {"paid": 7}}), choices) == 7


@pytest.mark.parametrize(
    ("row", "fields"),
    [
        ({"value": 10, "code": "X"}, "code, value"),
        ({"amount": "tien", "code": "X"}, "amount, code"),
        ({"amount": None}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": [1]}, "amount"),
        ({"amount": "10.005"}, "amount"),
        ({}, "-"),
        ("10", "-"),
        (10, "-"),
    ],
)
def test_what_cannot_be_read_is_held_and_the_fields_are_told(row, fields):
    hold = held(gift_card_amount, cards({"amount": 1}, row), clearing_policy())
    assert hold.code == "gift_card_unreadable"
    assert hold.params == {"field": "amount", "fields": fields}


def test_many_long_names_of_fields_are_told_in_bounds():
    row = {f"{number:02}{'x' * 100}": 1 for number in range(50)}
    hold = held(gift_card_amount, cards(row), clearing_policy())
    assert len(hold.params["fields"]) < 600


@pytest.mark.parametrize("value", [0, "62.17", 1000])
def test_nothing_and_more_than_the_order_are_held(value):
    hold = held(gift_card_amount, cards({"amount": value}), clearing_policy())
    assert hold.code == "gift_card_amount"
    assert hold.params["total"] == "62.16"


def test_a_card_is_no_discount_the_sale_is_booked_in_full():
    found = decide(
        cards({"amount": 10}), clearing_policy(), status_reached_at=None, now=NOW
    )
    assert found.gross == Decimal("62.16")


def test_an_order_with_a_card_is_held_without_a_rule():
    hold = held(
        lambda: decide(cards({"amount": 10}), policy(), status_reached_at=None, now=NOW)
    )
    assert hold.code == "gift_card"
