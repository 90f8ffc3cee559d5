"""Entries: VAT arithmetic and the checks of references (reference 5).

Everything is checked before anything is stored; `posting.py` stores. Amounts are
Decimals; a share of a cent is rounded half away from zero, per line (5.4).
"""

from calendar import monthrange
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from .division import Division
from .errors import Problems
from .store import Row

CENT = Decimal("0.01")
ZERO = Decimal(0)
SALES_JOURNAL = 20
#: Ledger account types that a line of a sales entry may not book on (8.6).
REFUSED_GL_TYPES = frozenset({20, 24})


def cents(amount: Decimal) -> Decimal:
    """Round to whole cents, half away from zero."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def split_vat(
    kind: str, percentage: Decimal, amount: Decimal, given_vat: Decimal | None
) -> tuple[Decimal, Decimal]:
    """Return (net, VAT) of an amount (5.4).

    :param kind: type of the VAT code: E excluding, I including, B or N without VAT
    :param percentage: a fraction such as 0.21
    :param given_vat: the line's own `VATAmountFC`, which wins
    """
    if kind not in {"E", "I"}:
        return cents(amount), ZERO
    if kind == "E":
        vat = cents(amount * percentage) if given_vat is None else cents(given_vat)
        return cents(amount), vat
    if given_vat is None:
        vat = cents(amount * percentage / (1 + percentage))
    else:
        vat = cents(given_vat)
    return cents(amount) - vat, vat


# --- lines ------------------------------------------------------------------


def check_gl(
    division: Division,
    line: Row,
    problems: Problems,
    refused: frozenset[int] = REFUSED_GL_TYPES,
) -> Row | None:
    """Return a line's ledger account; free, of a type that is not refused (8.6)."""
    account = division["GLAccounts"].get(line.get("GLAccount"))
    if account is None:
        if line.get("GLAccount") is not None:
            problems.add("reference", "GLAccount")
        return None
    if account.get("IsBlocked"):
        problems.add("gl_blocked")
    if account.get("Type") in refused:
        problems.add("gl_type")
    for field, use in (("CostCenter", "UseCostcenter"), ("CostUnit", "UseCostunit")):
        if line.get(field) is not None:
            if line[field] not in division.costs[field]:
                problems.add("reference", field)
        elif account.get(use) == 1:
            problems.add("mandatory", field)
    return account


def check_vat_code(
    division: Division, code: str | None, problems: Problems
) -> Row | None:
    if code is None:
        return None
    row = division.by_code("VATCodes", code)
    if row is None:
        problems.add("reference", "VATCode")
        return None
    if row.get("IsBlocked"):
        problems.add("blocked", "VATCode")
    elif row.get("VATTransactionType") == "P":
        problems.add("invalid", "VATCode")
    return row


def percentage_of(
    division: Division,
    vat_code: Row | None,
    asked: Decimal | None,
    moment: datetime,
    problems: Problems,
) -> Decimal:
    """Return the percentage of a line; one that is asked for must exist."""
    charged = vat_code is not None and vat_code["Type"] in {"E", "I"}
    rows = division.percentages(vat_code, moment) if charged and vat_code else []
    known = [row["Percentage"] for row in rows if row.get("Type", 0) == 0]
    if asked is not None and asked > 0:
        if asked not in known:
            problems.add("vat_percentage")
        return asked
    if not charged:
        return ZERO
    if not known:
        problems.add("vat_percentage")
        return ZERO
    return known[-1]


def resolve_vat(
    division: Division,
    line: Row,
    code: str | None,
    moment: datetime,
    problems: Problems,
    given: str = "VATAmountFC",
) -> tuple[Row | None, Decimal, Decimal, Decimal]:
    """Return a line's VAT code, percentage, net and VAT (5.4).

    :param code: the VAT code that counts: the line's or its account's
    :param given: property with the line's own VAT amount
    """
    vat_code = check_vat_code(division, code, problems)
    percentage = percentage_of(
        division, vat_code, line.get("VATPercentage"), moment, problems
    )
    kind = vat_code["Type"] if vat_code else "N"
    if kind not in {"E", "I"} and line.get(given):
        problems.add("invalid", given)
    amount = line.get("AmountFC")
    net, vat = split_vat(
        kind, percentage, ZERO if amount is None else amount, line.get(given)
    )
    if vat and vat_code and not vat_code.get("GLToPay"):
        problems.add("invalid", "VATCode")
    return vat_code, percentage, net, vat


def refuse_unknown(line: Row, fields: tuple[str, ...], problems: Problems) -> None:
    """Refuse references to things that a division here never has."""
    for field in fields:
        if line.get(field) is not None:
            problems.add("reference", field)


def build_line(
    division: Division, line: Row, moment: datetime, problems: Problems
) -> Row:
    """Return a line ready to be stored: VAT code, net and VAT resolved.

    :param line: the payload's properties
    :param moment: the entry's date, for the VAT percentage
    """
    account = check_gl(division, line, problems)
    unknown = ("Project", "ProjectWBS", "Asset", "Subscription", "TrackingNumber")
    refuse_unknown(line, unknown, problems)
    code = line.get("VATCode") or (account or {}).get("VATCode")
    vat_code, percentage, net, vat = resolve_vat(division, line, code, moment, problems)
    return {
        **line,
        "VATCode": vat_code["Code"] if vat_code else None,
        "VATPercentage": percentage,
        "AmountFC": net,
        "VATAmountFC": vat,
        "VATBaseAmountFC": net,
    }


# --- header -----------------------------------------------------------------


def check_customer(
    division: Division, header: Row, moment: datetime, problems: Problems
) -> Row | None:
    """Return the customer; it must be one, free, and in force on the day (4.1)."""
    account = division["Accounts"].get(header.get("Customer"))
    if account is None:
        if header.get("Customer") is not None:
            problems.add("reference", "Customer")
        return None
    check_relation(account, "Customer", moment, problems)
    return account


def check_relation(
    account: Row, label: str, moment: datetime, problems: Problems
) -> None:
    """Refuse a relation that is no customer, blocked, or not in force on the day."""
    if account.get("Status") != "C":
        problems.add("customer_type")
    if account.get("Blocked"):
        problems.add("blocked", label)
    start, end = account.get("StartDate"), account.get("EndDate")
    if (start and moment < start) or (end and moment > end):
        problems.add("customer_dates")


def check_journal(
    division: Division,
    code: str | None,
    problems: Problems,
    kind: int = SALES_JOURNAL,
) -> Row | None:
    """Return the journal; it must be a sales journal, or of another type (7.2)."""
    if not code or not code.strip():
        return None
    journal = division.by_code("Journals", code)
    if journal is None:
        problems.add("reference", "Journals")
        return None
    if journal.get("Type") != kind:
        problems.add("journal_type")
    elif journal.get("IsBlocked"):
        problems.add("blocked", "Journal")
    return journal


def check_condition(
    division: Division, header: Row, customer: Row | None, problems: Problems
) -> Row | None:
    """Return the payment condition: the entry's, the customer's or the company's."""
    code = header.get("PaymentCondition")
    if not code:
        code = (customer or {}).get("PaymentConditionSales")
    code = code or division.payment_condition
    if not code:
        problems.add("mandatory", "PaymentCondition")
        return None
    condition = division.by_code("PaymentConditions", code)
    if condition is None:
        problems.add("reference", "PaymentCondition")
    return condition


def due_date(condition: Row, moment: datetime) -> datetime:
    """Return the due date of a payment condition."""
    due = moment + timedelta(days=condition.get("PaymentDays") or 0)
    months = condition.get("PaymentEndOfMonths") or 0
    if months:
        month = due.month - 1 + months - 1
        year, month = due.year + month // 12, month % 12 + 1
        due = due.replace(year=year, month=month, day=monthrange(year, month)[1])
    return due


def check_currency(
    division: Division, header: Row, journal: Row | None, problems: Problems
) -> tuple[str, Decimal]:
    """Return the currency and the rate: `AmountDC = AmountFC × Rate` (5.1)."""
    own = division.currency
    currency = header.get("Currency") or own
    fixed = journal is not None and not journal.get("AllowVariableCurrency")
    wanted = (journal or {}).get("Currency") or own
    if division["Currencies"].get(currency) is None or (fixed and currency != wanted):
        problems.add("invalid", "Currency")
        return currency, Decimal(1)
    rate = header.get("Rate")
    if currency == own:
        if rate not in {None, 1}:
            problems.add("invalid", "Rate")
        return currency, Decimal(1)
    if rate is None:
        rate = _stored_rate(division, currency, header["EntryDate"])
    if rate is None:
        problems.add("mandatory", "Rate")
    elif rate <= 0:
        problems.add("invalid", "Rate")
    return currency, rate or Decimal(1)


def _stored_rate(division: Division, currency: str, moment: datetime) -> Decimal | None:
    rows = [
        row
        for row in division["ExchangeRates"]
        if row["SourceCurrency"] == currency and row["StartDate"] <= moment
    ]
    rows.sort(key=lambda row: row["StartDate"])
    return rows[-1]["Rate"] if rows else None


def check_period(
    division: Division, header: Row, problems: Problems
) -> tuple[int, int] | None:
    """Return (year, period); it must be set up and open."""
    found = division.period_of(header["EntryDate"])
    year, period = header.get("ReportingYear"), header.get("ReportingPeriod")
    if year is None and period is None:
        pair = found
    elif found is None and (year is None or period is None):
        pair = None
    else:
        default = found or (0, 0)
        pair = (
            default[0] if year is None else year,
            default[1] if period is None else period,
        )
    if pair is None or not division.has_period(*pair):
        problems.add("unknown_year")
        return None
    if pair in division.closed:
        problems.add("period_closed", *pair)
    return pair
