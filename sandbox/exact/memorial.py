"""General journal entries: checks, ledger lines, open items (reference 7.5).

Where the reference is silent, stricter: an entry sums to zero with its VAT; lines on
debtors and creditors name a relation; VAT accounts take no VAT code.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from .booking import (
    ZERO,
    cents,
    check_gl,
    check_relation,
    refuse_unknown,
    resolve_vat,
)
from .division import Division
from .errors import Problems
from .posting import OPEN, first_audit
from .store import Row, new_guid

GENERAL_JOURNAL = 90
ENTRY_TYPE = 90
DEBTORS, CREDITORS, VAT = 20, 22, 24
#: Ledger account types whose lines carry no VAT.
_WITHOUT_VAT = {DEBTORS, CREDITORS, VAT}
_UNKNOWN = ("Asset", "OffsetID", "Project", "ProjectWBS")


# --- checks -----------------------------------------------------------------


def build_line(
    division: Division,
    line: Row,
    journal: Row | None,
    moment: datetime,
    problems: Problems,
) -> Row:
    """Return a line ready to be stored: VAT code, base and VAT resolved.

    `AmountFC` stays as it was sent: with an including code it includes the VAT (5.4).

    :param moment: the line's date
    """
    if line.get("AmountFC") is None:
        problems.add("mandatory", "AmountFC")
    account = check_gl(division, line, problems, frozenset()) or {}
    refuse_unknown(line, _UNKNOWN, problems)
    _check_account(division, line, account, moment, problems)
    document = line.get("Document")
    if document and division["Documents"].get(document) is None:
        problems.add("reference", "Document")
    code = _vat_code(line, account, journal, problems)
    vat_code, percentage, net, vat = resolve_vat(
        division, line, code, moment, problems, "AmountVATFC"
    )
    return {
        **line,
        "Date": moment,
        "VATCode": vat_code["Code"] if vat_code else None,
        "VATPercentage": percentage,
        "VATBaseAmountFC": net,
        "AmountVATFC": vat,
    }


def _vat_code(
    line: Row, account: Row, journal: Row | None, problems: Problems
) -> str | None:
    """Return the VAT code that counts; none on a journal without `AllowVAT`."""
    given = line.get("VATCode")
    if journal is not None and not journal.get("AllowVAT"):
        if given:
            problems.add("not_allowed", "VATCode")
        return None
    if account.get("Type") in _WITHOUT_VAT:
        if given:
            problems.add("not_allowed", "VATCode")
        return None
    return given or account.get("VATCode")


def _check_account(
    division: Division, line: Row, gl: Row, moment: datetime, problems: Problems
) -> None:
    """Check the relation of a line; debtors and creditors need one."""
    kind = gl.get("Type")
    key = line.get("Account")
    if key is None:
        if kind in {DEBTORS, CREDITORS}:
            problems.add("mandatory", "Account")
        return
    account = division["Accounts"].get(key)
    if account is None:
        problems.add("reference", "Account")
    elif kind == DEBTORS:
        check_relation(account, "Account", moment, problems)
    elif account.get("Blocked"):
        problems.add("blocked", "Account")


def check_balance(lines: Iterable[Row], problems: Problems) -> None:
    """Refuse lines that do not sum to zero, VAT included."""
    total = sum((line["VATBaseAmountFC"] + line["AmountVATFC"] for line in lines), ZERO)
    if total:
        problems.add("unbalanced", f"{cents(total):f}")


# --- ledger -----------------------------------------------------------------


def ledger_lines(division: Division, entry: Row, lines: list[Row]) -> list[Row]:
    """Return the transaction lines of journal lines, debit positive.

    They sum to zero in both currencies: a difference that the exchange rate leaves
    goes to the largest line that is nobody's debt.
    """
    rate = entry["ExchangeRate"]
    made: list[Row] = []
    for line in lines:
        net, vat = line["VATBaseAmountFC"], line["AmountVATFC"]
        shared = {
            "Account": line.get("Account"),
            "Date": line["Date"],
            "Description": line.get("Description"),
            "Document": line.get("Document"),
            "InvoiceNumber": line.get("OurRef"),
            "VATCode": line.get("VATCode"),
            "VATPercentage": line["VATPercentage"],
        }
        base: Row = {
            **shared,
            "GLAccount": line["GLAccount"],
            "AmountFC": net,
            "CostCenter": line.get("CostCenter"),
            "CostUnit": line.get("CostUnit"),
            "Notes": line.get("Notes"),
            "Quantity": line.get("Quantity"),
        }
        base["VATType"] = vat_type(division, line)
        if base["VATType"]:
            base["AmountVATFC"], base["AmountVATBaseFC"] = vat, net
        made.append(base)
        if vat:
            vat_code = division.by_code("VATCodes", line["VATCode"])
            account = vat_code["GLToPay"] if vat_code else None
            kind = "A" if vat < 0 else "Z"
            row = {**shared, "GLAccount": account, "AmountFC": vat, "VATType": kind}
            made.append(row)
    for row in made:
        row["AmountDC"] = cents(row["AmountFC"] * rate)
    _balance(division, made)
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in made
    ]


def vat_type(division: Division, line: Row) -> str | None:
    """Return V for a credit line that a VAT return counts, X for a debit one (5.6)."""
    code = division.by_code("VATCodes", line.get("VATCode"))
    if code is None or code["Type"] == "N":
        return None
    return "V" if line["VATBaseAmountFC"] < 0 else "X"


def _balance(division: Division, made: list[Row]) -> None:
    difference = sum((row["AmountDC"] for row in made), ZERO)
    if difference:
        free = [row for row in made if not is_debt(division, row)] or made
        largest = max(free, key=lambda row: abs(row["AmountDC"]))
        largest["AmountDC"] -= difference


def is_debt(division: Division, line: Row) -> bool:
    """Say whether a line is on a debtors account, and so makes an open item."""
    account = division["GLAccounts"].get(line["GLAccount"])
    return account is not None and account.get("Type") == DEBTORS


def post(division: Division, entry: Row, lines: list[Row], audit: Row) -> None:
    """Book lines that sum to zero: ledger lines, and an open item per debtor line.

    :param audit: `Modified` and `Modifier`
    """
    table = division["TransactionLines"]
    number = len(table.all("EntryID", entry["EntryID"]))
    for values in ledger_lines(division, entry, lines):
        number += 1
        keys = {"ID": new_guid(), "EntryID": entry["EntryID"], "LineNumber": number}
        row = table.insert({**keys, **values, **first_audit(audit)})
        if row["AmountFC"] and is_debt(division, row):
            _open_item(division, row, audit)


def _open_item(division: Division, line: Row, audit: Row) -> None:
    """Add what a debtor line leaves open: negative for a credit (7.4)."""
    values = {
        "ID": new_guid(),
        "HID": division.count("receivable"),
        "Status": OPEN,
        "IsFullyPaid": False,
        "Account": line["Account"],
        "AmountFC": line["AmountFC"],
        "AmountDC": line["AmountDC"],
        "TransactionEntryID": line["EntryID"],
        "TransactionID": line["ID"],
        "Description": line.get("Description"),
        "Document": line.get("Document"),
        "EntryDate": line["Date"],
        "DueDate": line["Date"],
        "InvoiceNumber": line.get("InvoiceNumber"),
        "PaymentMethod": "B",
        **first_audit(audit),
    }
    present = {name: value for name, value in values.items() if value is not None}
    division["Receivables"].insert(present)


# --- reading ----------------------------------------------------------------


def journal_lines(division: Division, entry: Row) -> list[Row]:
    """Return a journal entry's own lines in order."""
    rows = division["GeneralJournalEntryLines"].all("EntryID", entry["EntryID"])
    return sorted(rows, key=lambda row: row["LineNumber"])


def in_own_currency(entry: Row, line: Row) -> dict[str, Any]:
    """Return a line's amounts in the division's currency."""
    rate = entry.get("ExchangeRate") or Decimal(1)
    return {
        "AmountDC": cents(line["AmountFC"] * rate),
        "AmountVATDC": cents(line["AmountVATFC"] * rate),
        "VATBaseAmountDC": cents(line["VATBaseAmountFC"] * rate),
    }
