"""Control commands that tell what the books say: an independent check.

The VAT reports are made from the ledger, not from the entries.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from .booking import ZERO
from .control_books import BooksMixin
from .countries import EU_VAT_PREFIXES
from .division import Division
from .invoicing import invoice_lines
from .memorial import journal_lines
from .posting import entry_lines, entry_of
from .store import Row

#: `VATType` of a ledger line: base or VAT of a sale, or of a credit (5.6).
_BASE, _VAT = {"V", "X"}, {"A", "Z"}


class ReportsMixin(BooksMixin):
    """Trial balance, VAT return, listing of supplies within the EU."""

    def control_trial_balance(self, division: int) -> list[dict[str, Any]]:
        """Return debit, credit and balance per ledger account, in the own currency."""
        with self.lock:
            found = self.state.division(division)
            sums: dict[str, list[Decimal]] = {}
            for line in found["TransactionLines"]:
                pair = sums.setdefault(line["GLAccount"], [ZERO, ZERO])
                pair[line["AmountDC"] < 0] += abs(line["AmountDC"])
            rows = [
                {
                    "Code": found["GLAccounts"].rows[key]["Code"],
                    "Description": found["GLAccounts"].rows[key]["Description"],
                    "Debit": debit,
                    "Credit": credit,
                    "Balance": debit - credit,
                }
                for key, (debit, credit) in sums.items()
            ]
            return sorted(rows, key=lambda row: row["Code"])

    def control_vat_report(
        self, division: int, year: int | None = None, period: int | None = None
    ) -> list[dict[str, Any]]:
        """Return base and VAT per VAT code (sales positive), for a year and period.

        Code "" is what a sales entry booked without a VAT code.
        """
        with self.lock:
            found = self.state.division(division)
            sums: dict[str, list[Decimal]] = {}
            for line in _vat_lines(found, year, period, period):
                pair = sums.setdefault(line.get("VATCode") or "", [ZERO, ZERO])
                pair[line["VATType"] in _VAT] -= line["AmountDC"]
            return [_vat_row(found, code, *sums[code]) for code in sorted(sums)]

    def control_vat_return(
        self, division: int, year: int, period_from: int = 1, period_to: int = 12
    ) -> list[dict[str, Any]]:
        """Return base and VAT per VAT code and percentage, credits included.

        `Base` and `VAT` are what counts (sales positive); `SalesBase`/`SalesVAT` and
        `CreditBase`/`CreditVAT` are its parts by sign, `Lines` the ledger lines
        with a base.
        """
        with self.lock:
            found = self.state.division(division)
            sums: dict[tuple[str, Decimal], Row] = {}
            for line in _vat_lines(found, year, period_from, period_to):
                key = (line.get("VATCode") or "", line["VATPercentage"])
                row = sums.setdefault(key, dict.fromkeys(_PARTS, ZERO) | {"Lines": 0})
                name = "VAT" if line["VATType"] in _VAT else "Base"
                amount = -line["AmountDC"]
                row[name] += amount
                row[f"{'Credit' if amount < 0 else 'Sales'}{name}"] += amount
                row["Lines"] += name == "Base"
            return [
                {**_vat_row(found, code, ZERO, ZERO), "Percentage": percentage, **row}
                for (code, percentage), row in sorted(sums.items())
            ]

    def control_icp(
        self, division: int, year: int, period_from: int = 1, period_to: int = 12
    ) -> list[dict[str, Any]]:
        """Return the EU sales listing: an amount per VAT number and kind.

        `Listing` is the code's `EUSalesListing` (L goods, S services, T
        triangulation); `Problem` says why a row cannot be reported, else null.
        """
        with self.lock:
            found = self.state.division(division)
            sums: dict[tuple[str, str, str], list[Any]] = {}
            for line in _vat_lines(found, year, period_from, period_to):
                code = found.by_code("VATCodes", line.get("VATCode")) or {}
                listing = code.get("EUSalesListing") or "N"
                if listing == "N" or line["VATType"] in _VAT:
                    continue
                account = found["Accounts"].get(entry_of(found, line)["Customer"]) or {}
                number = account.get("VATNumber") or ""
                # Without a number each relation stands by itself.
                key = (number, listing, "" if number else account.get("Code", ""))
                pair = sums.setdefault(key, [ZERO, {}])
                pair[0] -= line["AmountDC"]
                pair[1][account.get("Code")] = account.get("Name")
            return [
                {
                    "VATNumber": number or None,
                    "Listing": listing,
                    "Amount": amount,
                    "Accounts": sorted(filter(None, names)),
                    "Names": sorted(filter(None, names.values())),
                    "Problem": _icp_problem(found, number),
                }
                for (number, listing, _code), (amount, names) in sorted(sums.items())
            ]

    def control_ledger_check(self, division: int) -> dict[str, Any]:
        """Check every entry: ledger sums to zero, totals and open items agree.

        A printed sales invoice has one entry, with its number and amounts.
        """
        with self.lock:
            found = self.state.division(division)
            problems = [
                problem
                for entry in found["SalesEntries"]
                for problem in _check_entry(found, entry)
            ] + [
                problem
                for entry in found["GeneralJournalEntries"]
                for problem in _check_journal_entry(found, entry)
            ]
            problems += [
                problem
                for invoice in found["SalesInvoices"]
                for problem in _check_invoice(found, invoice)
            ]
            return {
                "ok": not problems,
                "entries": len(found["SalesEntries"]),
                "problems": problems,
            }


_PARTS = ("Base", "VAT", "SalesBase", "SalesVAT", "CreditBase", "CreditVAT")


def _vat_lines(
    division: Division, year: int | None, first: int | None, last: int | None
) -> Iterator[Row]:
    """Yield the ledger lines that a VAT return counts, of a year and periods."""
    for line in division["TransactionLines"]:
        if "VATType" not in line or line["VATType"] not in _BASE | _VAT:
            continue
        entry = entry_of(division, line)
        if year not in {None, entry["ReportingYear"]}:
            continue
        period = entry["ReportingPeriod"]
        if (first is None or period >= first) and (last is None or period <= last):
            yield line


def _vat_row(
    division: Division, code: str, base: Decimal, vat: Decimal
) -> dict[str, Any]:
    row = division.by_code("VATCodes", code) or {}
    return {
        "Code": code,
        "Description": row.get("Description"),
        "Percentage": row.get("Percentage"),
        "OssCountry": row.get("OssCountry"),
        "EUSalesListing": row.get("EUSalesListing"),
        "Base": base,
        "VAT": vat,
    }


def _icp_problem(division: Division, number: str) -> str | None:
    """Return why a number cannot be in the listing; None when it can."""
    own = EU_VAT_PREFIXES.get(division.profile["Country"])
    if not number:
        return "no VAT number"
    if number[:2] == own:
        return "VAT number of the own country"
    if number[:2] not in {*EU_VAT_PREFIXES.values(), "XI"}:
        return "VAT number outside the EU"
    return None


def _zero(ledger: list[Row], name: Any) -> list[str]:
    return [
        f"{name}: {field} of the ledger does not sum to zero"
        for field in ("AmountDC", "AmountFC")
        if sum((line[field] for line in ledger), ZERO) != 0
    ]


def _owed(division: Division, entry: Row) -> Decimal:
    items = division["Receivables"].all("TransactionEntryID", entry["EntryID"])
    return sum((item["AmountFC"] for item in items), ZERO)


def _check_entry(division: Division, entry: Row) -> list[str]:
    name = entry["EntryNumber"]
    ledger = division["TransactionLines"].all("EntryID", entry["EntryID"])
    problems = _zero(ledger, name)
    lines = entry_lines(division, entry)
    total = sum((line["AmountFC"] + line["VATAmountFC"] for line in lines), ZERO)
    if total != entry["AmountFC"]:
        problems.append(f"{name}: total {entry['AmountFC']}, lines {total}")
    owed = _owed(division, entry)
    if owed != entry["AmountFC"]:
        problems.append(f"{name}: open items {owed}, total {entry['AmountFC']}")
    return problems


def _check_journal_entry(division: Division, entry: Row) -> list[str]:
    name = entry["EntryNumber"]
    ledger = division["TransactionLines"].all("EntryID", entry["EntryID"])
    problems = _zero(ledger, name)
    lines = journal_lines(division, entry)
    total = sum((row["VATBaseAmountFC"] + row["AmountVATFC"] for row in lines), ZERO)
    if total:
        problems.append(f"{name}: lines leave {total}")
    debts = [
        line["AmountFC"]
        for line in ledger
        if division["GLAccounts"].rows[line["GLAccount"]].get("Type") == 20
    ]
    owed = _owed(division, entry)
    if owed != sum(debts, ZERO):
        problems.append(f"{name}: open items {owed}, debts {sum(debts, ZERO)}")
    return problems


def _check_invoice(division: Division, invoice: Row) -> list[str]:
    number = invoice.get("InvoiceNumber")
    name = f"invoice {number or invoice['InvoiceID']}"
    lines = invoice_lines(division, invoice)
    total = sum((line["AmountFC"] + line["VATAmountFC"] for line in lines), ZERO)
    problems = []
    if total != invoice["AmountFC"]:
        problems.append(f"{name}: total {invoice['AmountFC']}, lines {total}")
    if number is None:
        return problems
    entry = division["SalesEntries"].first("EntryNumber", number)
    if entry is None:
        return [*problems, f"{name}: no entry"]
    for field in ("AmountFC", "VATAmountFC"):
        if entry[field] != invoice[field]:
            problems.append(f"{name}: {field} {invoice[field]}, entry {entry[field]}")
    return problems
