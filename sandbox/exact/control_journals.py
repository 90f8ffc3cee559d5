"""Control commands about journal entries and matching (reference 7.4, 7.5)."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from ..core import ControlError
from .booking import ZERO
from .context import Context
from .control_books import BooksMixin, show_day
from .division import Division
from .handlers.journal_entries import ENTRIES, remove_entry
from .memorial import journal_lines
from .posting import OPEN, PROCESSED, entry_of
from .store import Row

PATH = f"generaljournalentry/{ENTRIES}"

_ENTRY_FIELDS = (
    "EntryID",
    "EntryNumber",
    "JournalCode",
    "Currency",
    "ExchangeRate",
    "FinancialYear",
    "FinancialPeriod",
    "Status",
    "Type",
)
_LINE_FIELDS = (
    "ID",
    "LineNumber",
    "Description",
    "AmountFC",
    "AmountVATFC",
    "VATCode",
    "VATPercentage",
    "OurRef",
    "Notes",
    "CostCenter",
    "CostUnit",
)
_ITEM_FIELDS = (
    "ID",
    "TransactionEntryID",
    "AmountFC",
    "AmountDC",
    "IsFullyPaid",
    "Status",
    "Description",
)


class JournalsMixin(BooksMixin):
    """Commands on general journal entries and on open items."""

    # --- journal entries ----------------------------------------------------

    def control_add_journal_entry(self, division: int, **fields: Any) -> dict[str, Any]:
        """Book a general journal entry by hand; fields as in the API.

        `GLAccount` and `Account` of a line may be codes here.
        """
        with self.lock:
            ctx = self._in_exact(division)
            lines = []
            for given in fields.get("GeneralJournalEntryLines", ()):
                line = self.by_code(ctx, given)
                if line.get("Account") is not None:
                    line = {
                        **line,
                        "Account": self._account(ctx, line["Account"])["ID"],
                    }
                lines.append(line)
            row = self._create(ctx, PATH, {**fields, "GeneralJournalEntryLines": lines})
            return show_journal_entry(ctx.division, row)

    def control_journal_entries(self, division: int) -> list[dict[str, Any]]:
        """Return all general journal entries with their lines, by entry number."""
        with self.lock:
            found = self.state.division(division)
            rows = sorted(found[ENTRIES], key=lambda row: row["EntryNumber"])
            return [show_journal_entry(found, row) for row in rows]

    def control_delete_journal_entry(self, division: int, entry: Any) -> dict[str, Any]:
        """Delete a journal entry (by EntryID or entry number), whatever its status."""
        with self.lock:
            ctx = self._in_exact(division)
            row = _find(ctx.division, ENTRIES, entry)
            if row is None:
                text = f"unknown entry {entry}"
                raise ControlError(text)
            remove_entry(ctx, row)
            self.touch()
            return {"EntryID": row["EntryID"], "EntryNumber": row["EntryNumber"]}

    # --- open items ---------------------------------------------------------

    def control_open_items(
        self, division: int, everything: bool = False
    ) -> list[dict[str, Any]]:
        """Return what is open, in order of making; `everything`: also what is not."""
        with self.lock:
            found = self.state.division(division)
            rows = [
                row
                for row in found["Receivables"]
                if everything or not row.get("IsFullyPaid")
            ]
            rows.sort(key=lambda row: row["HID"])
            return [_show_item(found, row) for row in rows]

    def control_match_entry(self, division: int, entry: Any) -> dict[str, Any]:
        """Match an entry with a bank line: paid, and closed to changes."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._any_entry(ctx, entry)
            _settle(ctx, _items(ctx.division, row))
            self.touch()
            return {"EntryID": row["EntryID"]}

    def control_match(self, division: int, entries: Iterable[Any]) -> dict[str, Any]:
        """Match the open items of entries with each other, as a person does.

        `entries` are EntryIDs or entry numbers of sales and journal entries. Per
        relation and currency their open items must sum to 0; nothing is matched
        otherwise. Exact does this by itself for bank lines only (7.5).
        """
        with self.lock:
            ctx = self._in_exact(division)
            keys = {self._any_entry(ctx, entry)["EntryID"] for entry in entries}
            items = [
                item
                for key in sorted(keys)
                for item in _items(ctx.division, {"EntryID": key})
            ]
            _check_match(ctx.division, items)
            _settle(ctx, items)
            self.touch()
            return {"matched": len(items)}

    def control_unmatch(self, division: int, entries: Iterable[Any]) -> dict[str, Any]:
        """Open the items of entries again, as a person does who matched wrongly."""
        with self.lock:
            ctx = self._in_exact(division)
            table = ctx.division["Receivables"]
            empty = {"LastPaymentDate": None, "EndDate": None}
            count = 0
            for entry in entries:
                for item in _items(ctx.division, self._any_entry(ctx, entry)):
                    state = {"IsFullyPaid": False, "Status": OPEN}
                    table.update(item, {**state, **empty, "Modified": ctx.now})
                    count += 1
            self.touch()
            return {"opened": count}

    def _any_entry(self, ctx: Context, entry: Any) -> Row:
        return _find(ctx.division, ENTRIES, entry) or self._entry(ctx, entry)


def _find(division: Division, table: str, entry: Any) -> Row | None:
    row = division[table].get(entry)
    if row is None and str(entry).isdigit():
        row = division[table].first("EntryNumber", int(entry))
    return row


def _items(division: Division, entry: Row) -> list[Row]:
    rows = division["Receivables"].all("TransactionEntryID", entry["EntryID"])
    return sorted(rows, key=lambda row: row["HID"])


def _check_match(division: Division, items: list[Row]) -> None:
    """Refuse items that are matched already or do not sum to 0 per relation."""
    sums: dict[tuple[str, str], Decimal] = {}
    for item in items:
        shown = _show_item(division, item)
        if item.get("IsFullyPaid"):
            text = f"{shown['EntryNumber']} is matched already"
            raise ControlError(text)
        key = (shown["AccountCode"], shown["Currency"])
        sums[key] = sums.get(key, ZERO) + item["AmountFC"]
    if not items:
        text = "these entries have no open items"
        raise ControlError(text)
    for (account, currency), total in sums.items():
        if total:
            text = f"the open items of {account} leave {total} {currency}"
            raise ControlError(text)


def _settle(ctx: Context, items: Iterable[Row]) -> None:
    paid = {"IsFullyPaid": True, "Status": PROCESSED}
    dates = {"LastPaymentDate": ctx.today, "EndDate": ctx.today}
    for item in items:
        changes = {**paid, **dates, "Modified": ctx.now}
        ctx.division["Receivables"].update(item, changes)


def _show_item(division: Division, item: Row) -> dict[str, Any]:
    entry = entry_of(division, item)
    account = division["Accounts"].get(item["Account"]) or {}
    return {
        **{name: item.get(name) for name in _ITEM_FIELDS},
        "AccountCode": account.get("Code"),
        "EntryNumber": entry.get("EntryNumber"),
        "InvoiceNumber": entry.get("InvoiceNumber"),
        "YourRef": entry.get("YourRef"),
        "Currency": entry.get("Currency"),
        "LastPaymentDate": show_day(item.get("LastPaymentDate")),
    }


def show_journal_entry(division: Division, entry: Row) -> dict[str, Any]:
    """Return a journal entry with its lines, codes instead of GUIDs."""
    return {
        **{name: entry.get(name) for name in _ENTRY_FIELDS},
        "Lines": [_show_line(division, row) for row in journal_lines(division, entry)],
    }


def _show_line(division: Division, line: Row) -> dict[str, Any]:
    account = division["Accounts"].get(line.get("Account")) or {}
    return {
        **{name: line.get(name) for name in _LINE_FIELDS},
        "Date": show_day(line["Date"]),
        "GLAccount": division["GLAccounts"].rows[line["GLAccount"]]["Code"],
        "AccountCode": account.get("Code"),
        "AccountName": account.get("Name"),
    }
