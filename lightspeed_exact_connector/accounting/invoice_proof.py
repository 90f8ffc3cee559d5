"""What Exact makes of an invoice by its own arithmetic: the proof before it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from .invoice_amounts import CHARGING, INCLUDING
from .money import ZERO, cents


@dataclass(frozen=True)
class ExactTotals:
    """What an invoice comes to in Exact.

    :ivar net: without VAT, ``vat`` the VAT; 2 decimals
    :ivar per_code: VAT code -> (net, VAT)
    """

    net: Decimal
    vat: Decimal
    per_code: Mapping[str, tuple[Decimal, Decimal]]

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def exact_totals(
    payload: dict, codes: Mapping[str, tuple[str, Decimal]], *, honoured: bool
) -> ExactTotals:
    """Return what Exact makes of a payload of :func:`invoice.sales_invoice`.

    Each line is quantity times price, rounded to cents; its VAT is rounded to cents,
    on top with an excluding code, within with an including one (Exact reference 5.4
    and 6.2).  Halves are rounded away from zero.

    :param codes: VAT code -> (type, rate as a fraction)
    :param honoured: whether a line's ``VATAmountFC`` replaces what is computed
    """
    per_code = {}
    for line in payload["SalesInvoiceLines"]:
        vat_type, rate = codes[line["VATCode"]]
        amount = cents(line["Quantity"] * line["NetPrice"])
        vat = _vat(line, amount, vat_type, rate, honoured)
        net = amount - vat if vat_type == INCLUDING else amount
        nets, vats = per_code.get(line["VATCode"], (ZERO, ZERO))
        per_code[line["VATCode"]] = (nets + net, vats + vat)
    return ExactTotals(
        net=sum((net for net, _vat in per_code.values()), ZERO),
        vat=sum((vat for _net, vat in per_code.values()), ZERO),
        per_code=per_code,
    )


def _vat(line, amount, vat_type, rate, honoured) -> Decimal:
    if vat_type not in CHARGING:
        return cents(ZERO)
    if honoured and "VATAmountFC" in line:
        return cents(line["VATAmountFC"])
    whole = 1 + rate if vat_type == INCLUDING else 1
    return cents(amount * rate / whole)
