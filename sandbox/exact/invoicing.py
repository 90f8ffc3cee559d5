"""Sales invoices: prices, VAT and the checks of references (reference 6).

Everything is checked before anything is stored. What the reference leaves open is
a rule (`Rules`) that a test can set; the defaults are the strict ones.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Any

from .booking import (
    CENT,
    SALES_JOURNAL,
    ZERO,
    check_gl,
    check_relation,
    check_vat_code,
    percentage_of,
    refuse_unknown,
)
from .division import Division
from .errors import Problems
from .store import Row

INVOICE, CREDIT_NOTE, DIRECT, DIRECT_CREDIT = 8020, 8021, 8023, 8024
TYPES = frozenset({INVOICE, CREDIT_NOTE, DIRECT, DIRECT_CREDIT})
#: Types that move stock: for editions with stock only, and with a warehouse.
STOCK_TYPES = frozenset({DIRECT, DIRECT_CREDIT})
OPEN, PROCESSED = 20, 50

_HALVES = {"up": ROUND_HALF_UP, "even": ROUND_HALF_EVEN, "down": ROUND_HALF_DOWN}
#: Properties that refer to things that a division here never has.
_NEVER = ("Project", "ProjectWBS", "Employee", "Pricelist", "TaxSchedule")


@dataclass(frozen=True, slots=True)
class Rules:
    """What is not known of Exact's arithmetic on invoices.

    :param line_vat: a line's own `VATAmountFC` is honoured (6.2: not verified)
    :param decimals: how many decimals of a price are kept
    :param half: where half a cent goes: "up" (away from zero), "even" or "down"
    """

    line_vat: bool
    decimals: int
    half: str

    @classmethod
    def of(cls, options: dict[str, Any]) -> "Rules":
        """Return the rules that the service's options ask for."""
        return cls(
            options["invoice_line_vat"],
            options["invoice_price_decimals"],
            options["invoice_half"],
        )

    def cents(self, amount: Decimal) -> Decimal:
        return amount.quantize(CENT, _HALVES[self.half])

    def price(self, amount: Decimal) -> Decimal:
        """Return a price as it is kept."""
        exponent = amount.as_tuple().exponent
        if isinstance(exponent, int) and exponent < -self.decimals:
            return amount.quantize(Decimal(1).scaleb(-self.decimals), ROUND_HALF_UP)
        return amount

    def split(
        self, kind: str, percentage: Decimal, amount: Decimal, given: Decimal | None
    ) -> tuple[Decimal, Decimal]:
        """Return (net, VAT) of a line's amount, which is gross for type I (6.2).

        :param given: the line's own `VATAmountFC`, or None
        """
        if kind not in {"E", "I"}:
            return amount, ZERO
        if given is not None and self.line_vat:
            vat = self.cents(given)
        elif kind == "E":
            vat = self.cents(amount * percentage)
        else:
            vat = self.cents(amount * percentage / (1 + percentage))
        return (amount, vat) if kind == "E" else (amount - vat, vat)


# --- lines ------------------------------------------------------------------


def check_item(
    division: Division, line: Row, moment: datetime, problems: Problems
) -> Row | None:
    """Return a line's item: a sales item, in force on the day (6.4)."""
    key = line.get("Item")
    item = division["Items"].get(key)
    if item is None:
        if key is not None:
            problems.add("reference", "Item")
        return None
    if not item.get("IsSalesItem"):
        problems.add("item_type")
    start, end = item.get("StartDate"), item.get("EndDate")
    if (start and moment < start) or (end and moment > end):
        problems.add("item_dates")
    return item


def _prices(
    line: Row, rules: Rules, problems: Problems
) -> tuple[Decimal, Decimal, Decimal]:
    """Return (net price, unit price, discount); the net price leads (6.2).

    A net price alone leaves the unit price at 0. Without any price both are 0.
    """
    net, unit = line.get("NetPrice"), line.get("UnitPrice")
    discount = line.get("Discount") or ZERO
    if not ZERO <= discount <= 1:
        # A fraction: 10 is not ten percent.
        problems.add("invalid", "Discount")
    for name, value in (("NetPrice", net), ("UnitPrice", unit)):
        if value is not None and value < 0:
            problems.add("invalid", name)
    if net is None:
        net = (unit or ZERO) * (1 - discount)
    return rules.price(Decimal(net)), rules.price(Decimal(unit or ZERO)), discount


def _revenue_account(division: Division, line: Row, item: Row | None) -> str | None:
    """Return the ledger account: the line's, the item's, or the item group's."""
    if line.get("GLAccount") or item is None:
        return line.get("GLAccount")
    group = division["ItemGroups"].get(item.get("ItemGroup")) or {}
    return item.get("GLRevenue") or group.get("GLRevenue")


def _unit(
    division: Division, line: Row, item: Row | None, problems: Problems
) -> str | None:
    code = (line.get("UnitCode") or "").strip() or (item or {}).get("Unit")
    if code and division.by_code("Units", code) is None:
        problems.add("reference", "Unit")
    return code.strip() if code else None


def _vat_code(
    division: Division, line: Row, customer: Row | None, item: Row | None
) -> str | None:
    """Return the VAT code that counts: line, customer, item; or none (6.2)."""
    given = (line.get("VATCode") or "").strip()
    return (
        given
        or (customer or {}).get("SalesVATCode")
        or (item or {}).get("SalesVatCode")
        or None
    )


def build_line(
    division: Division,
    rules: Rules,
    line: Row,
    customer: Row | None,
    moment: datetime,
    problems: Problems,
) -> Row:
    """Return an invoice line ready to be stored: prices, account and VAT resolved.

    :param line: the payload's properties; a posted `AmountFC` has no effect
    :param customer: the account that ordered
    :param moment: the invoice's date, for the item and the VAT percentage
    """
    refuse_unknown(line, _NEVER, problems)
    item = check_item(division, line, moment, problems)
    account = _revenue_account(division, line, item)
    if account is None and item is not None:
        problems.add("mandatory", "GLAccount")
    check_gl(division, {**line, "GLAccount": account}, problems)
    unit = _unit(division, line, item, problems)
    quantity = line.get("Quantity")
    quantity = Decimal(1 if quantity is None else quantity)
    net_price, unit_price, discount = _prices(line, rules, problems)
    code = _vat_code(division, line, customer, item)
    vat_code = check_vat_code(division, code, problems)
    asked = line.get("VATPercentage")
    percentage = percentage_of(division, vat_code, asked, moment, problems)
    kind = vat_code["Type"] if vat_code else "N"
    given = line.get("VATAmountFC")
    if kind not in {"E", "I"} and given:
        problems.add("invalid", "VATAmountFC")
    net, vat = rules.split(kind, percentage, rules.cents(quantity * net_price), given)
    if vat and vat_code and not vat_code.get("GLToPay"):
        problems.add("invalid", "VATCode")
    return {
        **line,
        "GLAccount": account,
        "UnitCode": unit,
        "Description": line.get("Description") or (item or {}).get("Description"),
        "Quantity": quantity,
        "NetPrice": net_price,
        "UnitPrice": unit_price,
        "Discount": discount,
        "VATCode": vat_code["Code"] if vat_code else None,
        "VATPercentage": percentage,
        "AmountFC": net,
        "VATAmountFC": vat,
    }


# --- header -----------------------------------------------------------------


def default_journal(division: Division) -> str | None:
    """Return the code of the sales journal that counts when none is given (6.1)."""
    codes = [
        row["Code"]
        for row in division["Journals"]
        if row.get("Type") == SALES_JOURNAL and not row.get("IsBlocked")
    ]
    return min(codes, default=None)


def check_party(
    division: Division,
    key: str | None,
    name: str,
    moment: datetime,
    problems: Problems,
) -> Row | None:
    """Return the account of `OrderedBy`, `InvoiceTo` or `DeliverTo` (6.1).

    Who ordered and who gets the invoice must be customers; for delivery any free
    account will do.
    """
    if key is None:
        return None
    account = division["Accounts"].get(key)
    if account is None:
        problems.add("reference", name)
    elif name == "DeliverTo":
        if account.get("Blocked"):
            problems.add("blocked", name)
    elif name == "InvoiceTo" and account.get("Status") != "C":
        problems.add("invoice_to_type")
    else:
        check_relation(account, name, moment, problems)
    return account


def check_type(division: Division, header: Row, problems: Problems) -> None:
    """Refuse an unknown type, and one that moves stock where there is none (6.1)."""
    kind, warehouse = header.get("Type"), header.get("Warehouse")
    stock = kind in STOCK_TYPES
    if kind is not None and (
        kind not in TYPES or (stock and "stock" not in division.modules)
    ):
        problems.add("invalid", "Type")
    elif stock and warehouse is None:
        problems.add("mandatory", "Warehouse")
    elif stock and division["Warehouses"].get(warehouse) is None:
        problems.add("reference", "Warehouse")
    elif not stock and warehouse is not None:
        problems.add("not_allowed", "Warehouse")


def totals(header: Row, lines: list[Row], rules: Rules) -> Row:
    """Return the header's amounts; `AmountFC` is the total including VAT."""
    rate = header["Rate"]
    net = sum((line["AmountFC"] for line in lines), ZERO)
    vat = sum((line["VATAmountFC"] for line in lines), ZERO)
    net_dc = sum((rules.cents(line["AmountFC"] * rate) for line in lines), ZERO)
    vat_dc = sum((rules.cents(line["VATAmountFC"] * rate) for line in lines), ZERO)
    return {
        "AmountFC": net + vat,
        "AmountFCExclVat": net,
        "VATAmountFC": vat,
        "AmountDC": net_dc + vat_dc,
        "VATAmountDC": vat_dc,
    }


def invoice_lines(division: Division, invoice: Row) -> list[Row]:
    """Return an invoice's lines in order."""
    rows = division["SalesInvoiceLines"].all("InvoiceID", invoice["InvoiceID"])
    return sorted(rows, key=lambda row: row["LineNumber"])
