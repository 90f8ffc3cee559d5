"""Sales entries: numbers, ledger lines and open items (reference 5.1, 5.6)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .booking import ZERO, cents
from .division import Division
from .store import Row, new_guid

ENTRY, CREDIT_NOTE = 20, 21
OPEN, PROCESSED = 20, 50

ENTRY_TABLES = ("SalesEntries", "GeneralJournalEntries")

# --- numbers ----------------------------------------------------------------


def _journal_digits(division: Division, journal: Row) -> int:
    """Return the two digits of a journal in numbers; letters get one assigned."""
    code = journal["Code"]
    if code.isdigit():
        return int(code) % 100
    name = f"digits {code}"
    if name not in division.counters:
        division.counters[name] = 80 + division.count("lettered journals")
    return division.counters[name]


@dataclass(frozen=True, slots=True)
class Sequence:
    """The numbers `YYJJnnnn` of a journal and year (5.1)."""

    division: Division
    prefix: str
    name: str
    field: str
    table: str

    @classmethod
    def of(
        cls,
        division: Division,
        journal: Row,
        year: int,
        field: str,
        table: str = "SalesEntries",
    ) -> "Sequence":
        prefix = f"{year % 100:02d}{_journal_digits(division, journal):02d}"
        name = f"{field} {journal['Code']} {year}"
        return cls(division, prefix, name, field, table)

    def number(self, place: int) -> int:
        return int(f"{self.prefix}{place:04d}")

    def place(self, number: int) -> int | None:
        """Return the place of a number in the sequence; None when outside it."""
        text = str(number)
        if len(text) < 8 or not text.startswith(self.prefix):
            return None
        return int(text[4:]) or None

    def used(self, number: int) -> bool:
        # Entry numbers are unique over all kinds of entries.
        tables = ENTRY_TABLES if self.field == "EntryNumber" else (self.table,)
        return any(
            True
            for table in tables
            for _key in self.division[table].find(self.field, number)
        )

    @property
    def last(self) -> int:
        return self.division.counters.get(self.name, 0)

    def take_next(self) -> int:
        """Return the next free number."""
        while True:
            number = self.number(self.division.count(self.name))
            if not self.used(number):
                return number

    def note(self, number: int) -> None:
        """Go on after a number that somebody chose."""
        place = self.place(number)
        if place is not None:
            self.division.counters[self.name] = max(self.last, place)

    def fits(self, number: int) -> bool:
        """Say whether an own number is honoured: in the range, higher, free."""
        place = self.place(number)
        return place is not None and place > self.last and not self.used(number)


# --- ledger -----------------------------------------------------------------


def totals(header: Row, lines: list[Row]) -> Row:
    """Return the header's amounts; `AmountFC` is the total including VAT (5.1)."""
    rate = header["Rate"]
    net_dc = sum((cents(line["AmountFC"] * rate) for line in lines), ZERO)
    vat_dc = sum((cents(line["VATAmountFC"] * rate) for line in lines), ZERO)
    vat = sum((line["VATAmountFC"] for line in lines), ZERO)
    amount = sum((line["AmountFC"] for line in lines), ZERO) + vat
    return {
        "AmountFC": amount,
        "AmountDC": net_dc + vat_dc,
        "VATAmountFC": vat,
        "VATAmountDC": vat_dc,
        "Type": CREDIT_NOTE if amount < 0 else ENTRY,
    }


def debtors_account(division: Division, customer: Row) -> str:
    """Return the ledger account of a customer's debt: its own, or the first."""
    if customer.get("GLAR"):
        return customer["GLAR"]
    rows = [row for row in division["GLAccounts"] if row.get("Type") == 20]
    return min(rows, key=lambda row: row["Code"])["ID"]


def ledger_lines(division: Division, entry: Row, lines: list[Row]) -> list[Row]:
    """Return the transaction lines of an entry, debit positive (5.6).

    A VAT amount of 0.00 makes no line. The lines sum to zero.
    """
    credit = entry["Type"] == CREDIT_NOTE
    customer = division["Accounts"].rows[entry["Customer"]]
    rate = entry["Rate"]
    made = [
        {
            "GLAccount": debtors_account(division, customer),
            "AmountFC": entry["AmountFC"],
            "AmountDC": entry["AmountDC"],
            "Description": entry.get("Description"),
        }
    ]
    for line in lines:
        shared = {
            "VATCode": line.get("VATCode"),
            "VATPercentage": line["VATPercentage"],
            "Description": line.get("Description"),
        }
        made.append(
            {
                **shared,
                "GLAccount": line["GLAccount"],
                "AmountFC": -line["AmountFC"],
                "AmountDC": -cents(line["AmountFC"] * rate),
                "AmountVATFC": -line["VATAmountFC"],
                "AmountVATBaseFC": -line["AmountFC"],
                "Quantity": line.get("Quantity"),
                "VATType": "X" if credit else "V",
            }
        )
        if line["VATAmountFC"]:
            vat_code = division.by_code("VATCodes", line["VATCode"])
            made.append(
                {
                    **shared,
                    "GLAccount": vat_code["GLToPay"] if vat_code else None,
                    "AmountFC": -line["VATAmountFC"],
                    "AmountDC": -cents(line["VATAmountFC"] * rate),
                    "VATType": "Z" if credit else "A",
                }
            )
    return [
        {
            "EntryID": entry["EntryID"],
            "LineNumber": number,
            **{name: value for name, value in row.items() if value is not None},
        }
        for number, row in enumerate(made)
    ]


def post(division: Division, entry: Row, lines: list[Row], audit: Row) -> None:
    """Bring the ledger and the open item in line with an entry.

    Lines keep their ID where the number of the line stays.

    :param audit: `Modified` and `Modifier`
    """
    table = division["TransactionLines"]
    old = {row["LineNumber"]: row for row in table.all("EntryID", entry["EntryID"])}
    debtor: Row | None = None
    for values in ledger_lines(division, entry, lines):
        row = old.pop(values["LineNumber"], None)
        if row is None:
            row = table.insert({"ID": new_guid(), **values, **first_audit(audit)})
        else:
            empty = dict.fromkeys(set(row) - _KEPT)
            table.update(row, {**empty, **values, **audit})
        debtor = debtor or row
    for row in old.values():
        table.delete(row)
    if debtor is not None:
        _post_receivable(division, entry, debtor, audit)


def first_audit(audit: Row) -> Row:
    """Return the audit fields of a new row."""
    return {**audit, "Created": audit["Modified"], "Creator": audit["Modifier"]}


_KEPT = {"ID", "Created", "Creator", "Timestamp", "EntryID", "LineNumber"}


def _post_receivable(division: Division, entry: Row, debtor: Row, audit: Row) -> None:
    table = division["Receivables"]
    row = table.first("TransactionEntryID", entry["EntryID"])
    condition = division.by_code("PaymentConditions", entry["PaymentCondition"])
    values = {
        "Account": entry["Customer"],
        "AmountFC": entry["AmountFC"],
        "AmountDC": entry["AmountDC"],
        "TransactionEntryID": entry["EntryID"],
        "TransactionID": debtor["ID"],
        "Description": entry.get("Description"),
        "PaymentMethod": (condition or {}).get("PaymentMethod", "B"),
        "PaymentReference": entry.get("PaymentReference"),
        **audit,
    }
    if not entry["AmountFC"]:
        if row is not None:
            table.delete(row)
    elif row is None:
        table.insert(
            {
                "ID": new_guid(),
                "HID": division.count("receivable"),
                "Status": OPEN,
                "IsFullyPaid": False,
                **first_audit(audit),
                **values,
            }
        )
    else:
        table.update(row, values)


def unpost(division: Division, entry: Row) -> list[tuple[str, Row]]:
    """Take an entry's ledger lines and open item out; return what went."""
    gone: list[tuple[str, Row]] = []
    for name, field in (
        ("TransactionLines", "EntryID"),
        ("Receivables", "TransactionEntryID"),
    ):
        for row in division[name].all(field, entry["EntryID"]):
            division[name].delete(row)
            gone.append((name, row))
    return gone


def is_settled(division: Division, entry: Row) -> bool:
    """Say whether an entry is processed or matched, and so cannot be changed."""
    if entry.get("Status") == PROCESSED:
        return True
    rows = division["Receivables"].all("TransactionEntryID", entry["EntryID"])
    return any(row.get("IsFullyPaid") or row.get("Status") == PROCESSED for row in rows)


def entry_of(division: Division, row: Row) -> Row:
    """Return the entry of a ledger line or open item, named as a sales entry is.

    A general journal entry has no date, relation or invoice number of its own:
    those are the line's, which its ledger lines and open items repeat.
    """
    key = row.get("TransactionEntryID") or row.get("EntryID")
    sale = division["SalesEntries"].get(key)
    if sale is not None:
        return sale
    entry = division["GeneralJournalEntries"].get(key)
    if entry is None:
        return {}
    return {
        "EntryID": entry["EntryID"],
        "EntryNumber": entry["EntryNumber"],
        "Journal": entry["JournalCode"],
        "Currency": entry["Currency"],
        "Rate": entry["ExchangeRate"],
        "ReportingYear": entry["FinancialYear"],
        "ReportingPeriod": entry["FinancialPeriod"],
        "Status": entry["Status"],
        "Type": entry["Type"],
        "Customer": row.get("Account"),
        "EntryDate": row.get("Date") or row.get("EntryDate"),
        "DueDate": row.get("DueDate"),
        "InvoiceNumber": row.get("InvoiceNumber"),
        "Document": row.get("Document"),
        "AmountFC": row["AmountFC"],
        "AmountDC": row["AmountDC"],
    }


def entry_lines(division: Division, entry: Row) -> list[Row]:
    """Return an entry's lines in order."""
    rows = division["SalesEntryLines"].all("EntryID", entry["EntryID"])
    return sorted(rows, key=lambda row: row["LineNumber"])


def line_amounts_dc(entry: Row, line: Row) -> dict[str, Any]:
    """Return a line's amounts in the division's currency."""
    rate = entry.get("Rate") or Decimal(1)
    return {
        "AmountDC": cents(line["AmountFC"] * rate),
        "VATAmountDC": cents(line["VATAmountFC"] * rate),
        "VATBaseAmountDC": cents(line["VATBaseAmountFC"] * rate),
    }
