"""How an order was paid: its payment condition, and what gift cards paid of it.

A gift card is a means of payment and no discount: the sale is booked in full, and the
card's amount is cleared by an entry of its own, see :mod:`clearings`.
"""

from decimal import Decimal

from .booking import Hold, PaymentRule, Policy
from .money import ZERO, cents, plain, to_decimal
from .sale import Sale
from .texts import cut

PAID = "paid"
#: So many names of fields are told when a gift card cannot be read.
_FIELDS_TOLD = 12
_NAME_LIMIT = 40


def choose(sale: Sale, policy: Policy) -> PaymentRule | None:
    """Return the payment rule of a sale, ``None`` when none fits.

    A rule fits when each of its set fields does.  Of several the one with the most
    set fields wins; among equals the one that names the method, then the title, then
    cash on delivery; then the lowest key.
    """
    fitting = [rule for rule in policy.payment_rules if _fits(rule, sale)]
    return min(fitting, key=_order, default=None)


def _fits(rule: PaymentRule, sale: Sale) -> bool:
    method, title, cash = _fields(rule)
    if method and method != sale.payment_method.strip().casefold():
        return False
    if title and not _is_called(sale, title):
        return False
    return cash is None or cash == sale.is_cash_on_delivery


def _is_called(sale: Sale, title: str) -> bool:
    """One provider serves several methods: title and key tell (reference 4.1)."""
    names = (sale.payment_title, sale.payment_option)
    return any(title in name.casefold() for name in names)


def _fields(rule: PaymentRule) -> tuple:
    return (
        rule.payment_method.strip().casefold() or None,
        rule.payment_title.strip().casefold() or None,
        rule.cash_on_delivery,
    )


def _order(rule: PaymentRule) -> tuple:
    unset = [field is None for field in _fields(rule)]
    return (sum(unset), unset, rule.key)


def payment_condition(sale: Sale, policy: Policy) -> str:
    """Return the code of the payment condition: the rule's, else the link's.

    :return: ``""`` leaves the choice to Exact: the relation's or the administration's
    """
    rule = choose(sale, policy)
    return (rule and rule.payment_condition) or policy.payment_condition


# === GIFT CARDS === #


def gift_card_amount(sale: Sale, policy: Policy) -> Decimal:
    """Return what was paid with gift cards, 0 for nearly every order.

    The shape of the shop's data is unknown (Lightspeed reference 4.8), so the link
    names the field that holds the amount; anything else is held, never guessed.

    :raise Hold: ``gift_card`` when nothing is chosen, ``gift_card_unreadable``,
        ``gift_card_amount``
    """
    if not sale.gift_cards:
        return ZERO
    if policy.gift_card_payment != "clear" or not all(
        (policy.gift_card_account, policy.clearing_journal, policy.debtor_account)
    ):
        raise Hold("gift_card")
    amounts = [_card_amount(row, policy.gift_card_field) for row in sale.gift_cards]
    amount = sum(amounts, ZERO)
    if not 0 < amount <= sale.gross:
        raise Hold("gift_card_amount", amount=plain(amount), total=plain(sale.gross))
    return amount


def _card_amount(row, field: str) -> Decimal:
    """Return the amount of one card, without its sign.

    :param field: name in the row; dots lead into nested objects
    :raise Hold: ``gift_card_unreadable``
    """
    value = row
    for name in field.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    try:
        exact = to_decimal(value)
    except ValueError as error:
        raise _unreadable(row, field) from error
    if exact != cents(exact):
        raise _unreadable(row, field)
    return abs(cents(exact))


def _unreadable(row, field: str) -> Hold:
    """Tell which fields there are, so that the right one can be chosen."""
    names = sorted(row)[:_FIELDS_TOLD] if isinstance(row, dict) else []
    told = ", ".join(cut(name, _NAME_LIMIT) for name in names) or "-"
    return Hold("gift_card_unreadable", field=field, fields=told)
