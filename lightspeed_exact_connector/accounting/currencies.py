"""Sales in another currency than that of the books."""

from decimal import Decimal

from .booking import Hold, Policy
from .sale import Sale


def exchange_rate(sale: Sale, policy: Policy) -> Decimal | None:
    """Return the rate to send along with a booking; ``None`` leaves it to Exact.

    Exact's reading (reference 5.1): the amount in the administration's currency is the
    sale's amount times the rate.

    :raise Hold: ``currency``, ``currency_missing``, ``currency_journal``,
        ``currency_rate_missing``
    """
    own = (policy.currency or "").upper()
    currency = (sale.currency or "").upper()
    if currency and currency == own:
        return None
    if not currency or not own or policy.currency_rule == "hold":
        raise Hold("currency", order_currency=currency, currency=own)
    if currency not in policy.currencies:
        raise Hold("currency_missing", order_currency=currency)
    if policy.journal_currency and policy.journal_currency.upper() != currency:
        raise Hold("currency_journal", journal=policy.journal, order_currency=currency)
    if policy.currency_rule != "fixed_rate":
        return None
    rate = policy.currency_rate
    if rate is None or rate <= 0:
        raise Hold("currency_rate_missing", order_currency=currency, currency=own)
    return rate
