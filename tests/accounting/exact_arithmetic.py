"""A little Exact: what it makes of a sales invoice, written from its documentation.

Nothing of the addon is used here, so that a mistake there does not show here as well.
"""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def to_cents(value):
    """Whole cents of an exact amount, halves away from zero."""
    scaled = abs(value) * 100
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return whole if value >= 0 else -whole


def books(payload, codes, honoured):
    """Return (VAT code, G/L account) -> [net, VAT] in cents.

    :param codes: VAT code -> (type, rate)
    :param honoured: whether the line's own VAT amount is kept
    """
    found = defaultdict(lambda: [0, 0])
    for line in payload["SalesInvoiceLines"]:
        assert line["NetPrice"] >= 0, "Exact refuses negative prices"
        assert isinstance(line["NetPrice"], Decimal)
        kind, rate = codes[line["VATCode"]]
        rate = Fraction(rate)
        amount = to_cents(Fraction(line["Quantity"]) * Fraction(line["NetPrice"]))
        vat = 0
        if kind == "E":
            vat = to_cents(Fraction(amount, 100) * rate)
        elif kind == "I":
            vat = to_cents(Fraction(amount, 100) * rate / (1 + rate))
        if honoured and "VATAmountFC" in line:
            vat = to_cents(Fraction(line["VATAmountFC"]))
        sums = found[line["VATCode"], line["GLAccount"]]
        sums[0] += amount - vat if kind == "I" else amount
        sums[1] += vat
    return dict(found)


def wanted(lines):
    """Return the same of a booking's lines."""
    found = defaultdict(lambda: [0, 0])
    for line in lines:
        sums = found[line.vat_code, line.gl_account]
        sums[0] += to_cents(Fraction(line.net))
        sums[1] += to_cents(Fraction(line.vat))
    return dict(found)


def per_code(sums):
    """Return VAT code -> (net, VAT) in cents."""
    found = defaultdict(lambda: [0, 0])
    for (code, _account), (net, vat) in sums.items():
        found[code][0] += net
        found[code][1] += vat
    return dict(found)


def per_account(sums):
    """Return G/L account -> net in cents; accounts of nothing are left out."""
    found = defaultdict(int)
    for (_code, account), (net, _vat) in sums.items():
        found[account] += net
    return {account: net for account, net in found.items() if net}


def shop_line(price, quantity, rate, *, including):
    """Return (gross, net) of a line of a shop with such prices."""
    cent = Decimal("0.01")
    total = (price * quantity).quantize(cent, ROUND_HALF_UP)
    if including:
        return total, (total / (1 + rate)).quantize(cent, ROUND_HALF_UP)
    return (total * (1 + rate)).quantize(cent, ROUND_HALF_UP), total
