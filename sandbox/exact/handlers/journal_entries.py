"""General journal entries and their lines (reference 7.5)."""

from datetime import datetime
from typing import Any, ClassVar

from ..booking import check_currency, check_journal, check_period
from ..context import Context
from ..errors import Problems, refuse
from ..memorial import (
    ENTRY_TYPE,
    GENERAL_JOURNAL,
    build_line,
    check_balance,
    in_own_currency,
    journal_lines,
    post,
    vat_type,
)
from ..posting import ENTRY_TABLES, OPEN, Sequence, is_settled, unpost
from ..store import Row
from ..texts import description
from .base import Computed, Handler, via, via_code
from .sales_entries import note_deleted

ENTRIES, LINES = "GeneralJournalEntries", "GeneralJournalEntryLines"


def check_changeable(ctx: Context, entry: Row) -> None:
    """Refuse to touch an entry that is processed, matched or in a closed period.

    :raises BusinessError: "Reeds verwerkt", "Periode is afgesloten: 2025 – 12"
    """
    if is_settled(ctx.division, entry):
        raise refuse("processed")
    pair = (entry["FinancialYear"], entry["FinancialPeriod"])
    if pair in ctx.division.closed:
        raise refuse("period_closed", *pair)


def remove_entry(ctx: Context, entry: Row) -> None:
    """Take a journal entry out with its lines, ledger lines and open items."""
    division = ctx.division
    gone = unpost(division, entry)
    for line in journal_lines(division, entry):
        division[LINES].delete(line)
    division[ENTRIES].delete(entry)
    note_deleted(ctx, gone)


def _audit(ctx: Context) -> Row:
    return {"Modified": ctx.now, "Modifier": ctx.user.id}


def _day(ctx: Context, line: Row) -> datetime:
    """Return a line's date without the time of day; today when it has none."""
    moment = line.get("Date") or ctx.today
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class JournalEntryHandler(Handler):
    """`generaljournalentry/GeneralJournalEntries`: no PUT."""

    computed: ClassVar[dict[str, Computed]] = {
        "JournalDescription": via_code("JournalCode", "Journals", "Description"),
        "StatusDescription": lambda ctx, row: description(
            f"status_{row['Status']}", ctx.language
        ),
        "TypeDescription": lambda ctx, row: description(
            f"entry_{row['Type']}", ctx.language
        ),
    }

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.lines = JournalEntryLineHandler(f"generaljournalentry/{LINES}")

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        lines = data.pop(LINES, None) or []
        self.check_mandatory({**data, LINES: lines}, problems)
        self.check_values(data, problems)
        division = ctx.division
        journal = check_journal(
            division, data.get("JournalCode"), problems, GENERAL_JOURNAL
        )
        header = {**data, **self._resolve(ctx, data, lines, journal, problems)}
        self._check_number(ctx, header, problems)
        made = [self._line(ctx, line, journal, problems) for line in lines]
        check_balance(made, problems)
        problems.check()
        assert journal is not None
        return self._store(ctx, header, journal, made)

    def _resolve(
        self,
        ctx: Context,
        data: Row,
        lines: list[Row],
        journal: Row | None,
        problems: Problems,
    ) -> Row:
        """Return the currency, rate and period; the first line's date counts."""
        division = ctx.division
        as_sale = {
            "EntryDate": _day(ctx, lines[0] if lines else {}),
            "Currency": data.get("Currency"),
            "Rate": data.get("ExchangeRate"),
            "ReportingYear": data.get("FinancialYear"),
            "ReportingPeriod": data.get("FinancialPeriod"),
        }
        currency, rate = check_currency(division, as_sale, journal, problems)
        found: Row = {"Currency": currency, "ExchangeRate": rate}
        period = check_period(division, as_sale, problems)
        if period is not None:
            found["FinancialYear"], found["FinancialPeriod"] = period
        return found

    def _check_number(self, ctx: Context, header: Row, problems: Problems) -> None:
        number = header.get("EntryNumber")
        if number is None:
            return
        if number <= 0:
            problems.add("invalid", "EntryNumber")
        for table in ENTRY_TABLES:
            if ctx.division[table].first("EntryNumber", number) is not None:
                problems.add("in_use", "EntryNumber")

    def _line(
        self, ctx: Context, line: Row, journal: Row | None, problems: Problems
    ) -> Row:
        self.lines.check_mandatory(line, problems, standalone=False)
        self.lines.check_values(line, problems)
        return build_line(ctx.division, line, journal, _day(ctx, line), problems)

    def _store(self, ctx: Context, header: Row, journal: Row, lines: list[Row]) -> Row:
        division = ctx.division
        sequence = Sequence.of(
            division, journal, header["FinancialYear"], "EntryNumber", ENTRIES
        )
        if header.get("EntryNumber") is None:
            header["EntryNumber"] = sequence.take_next()
        else:
            sequence.note(header["EntryNumber"])
        fixed = {"Status": OPEN, "Type": ENTRY_TYPE, "JournalCode": journal["Code"]}
        entry = self.insert(ctx, {**header, **fixed})
        for number, line in enumerate(lines, 1):
            self.lines.add(ctx, entry, line, number)
        post(division, entry, journal_lines(division, entry), _audit(ctx))
        return entry

    def delete(self, ctx: Context, row: Row) -> None:
        check_changeable(ctx, row)
        remove_entry(ctx, row)


def _dc(field: str) -> Computed:
    def look_up(ctx: Context, row: Row) -> Any:
        entry = ctx.division[ENTRIES].rows[row["EntryID"]]
        return in_own_currency(entry, row)[field]

    return look_up


class JournalEntryLineHandler(Handler):
    """`generaljournalentry/GeneralJournalEntryLines`: GET and POST only.

    A line added later must leave the entry in balance, so only one of 0 passes.
    """

    computed: ClassVar[dict[str, Computed]] = {
        "AccountCode": via("Account", "Accounts", "Code"),
        "AccountName": via("Account", "Accounts", "Name"),
        "AmountDC": _dc("AmountDC"),
        "AmountVATDC": _dc("AmountVATDC"),
        "VATBaseAmountDC": _dc("VATBaseAmountDC"),
        "DocumentNumber": via("Document", "Documents", "HID"),
        "DocumentSubject": via("Document", "Documents", "Subject"),
        "EntryNumber": via("EntryID", ENTRIES, "EntryNumber"),
        "GLAccountCode": via("GLAccount", "GLAccounts", "Code"),
        "GLAccountDescription": via("GLAccount", "GLAccounts", "Description"),
        "VATCodeDescription": via_code("VATCode", "VATCodes", "Description"),
        "VATType": lambda ctx, row: vat_type(ctx.division, row),
    }

    def add(self, ctx: Context, entry: Row, line: Row, number: int) -> Row:
        """Store a checked line of an entry."""
        link = {"EntryID": entry["EntryID"], "LineNumber": number}
        return self.insert(ctx, {**line, **link})

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self.check_values(data, problems)
        problems.check()
        division = ctx.division
        entry = division[ENTRIES].get(data["EntryID"])
        if entry is None:
            raise refuse("reference", "EntryID")
        check_changeable(ctx, entry)
        journal = division.by_code("Journals", entry["JournalCode"])
        line = build_line(division, data, journal, _day(ctx, data), problems)
        check_balance([line], problems)
        problems.check()
        number = journal_lines(division, entry)[-1]["LineNumber"] + 1
        row = self.add(ctx, entry, line, number)
        post(division, entry, [row], _audit(ctx))
        return row
