"""Sales entries and their lines (reference 5)."""

from typing import Any, ClassVar

from ..booking import (
    build_line,
    check_condition,
    check_currency,
    check_customer,
    check_journal,
    check_period,
    due_date,
    split_vat,
)
from ..context import Context
from ..errors import TOP_LEVEL, Problems, payload_error, refuse
from ..posting import (
    OPEN,
    Sequence,
    entry_lines,
    is_settled,
    line_amounts_dc,
    post,
    totals,
    unpost,
)
from ..store import Row
from ..texts import description
from .base import DELETED_TYPES, Computed, Handler, via, via_code

#: Header properties that only show what the entry stands for.
_DATES = ("EntryDate", "DueDate")


def _as_gross(ctx: Context, line: Row) -> Row:
    """Return a line as `build_line` reads it, with the option `including_as_net`."""
    code = ctx.division.by_code("VATCodes", line.get("VATCode"))
    if not ctx.state.options["including_as_net"] or not code or code["Type"] != "I":
        return line
    net, vat = split_vat(
        "E", code["Percentage"], line["AmountFC"], line.get("VATAmountFC")
    )
    return {**line, "AmountFC": net + vat, "VATAmountFC": vat}


def _midnight(values: Row) -> None:
    """Drop the time of day: these properties are dates (8.3)."""
    for name in _DATES:
        if values.get(name) is not None:
            values[name] = values[name].replace(
                hour=0, minute=0, second=0, microsecond=0
            )


def check_changeable(ctx: Context, entry: Row) -> None:
    """Refuse to touch an entry that is processed, matched or in a closed period.

    :raises BusinessError: "Reeds verwerkt", "Periode is afgesloten: 2025 – 12"
    """
    if is_settled(ctx.division, entry):
        raise refuse("processed")
    pair = (entry["ReportingYear"], entry["ReportingPeriod"])
    if pair in ctx.division.closed:
        raise refuse("period_closed", *pair)


def repost(ctx: Context, entry: Row) -> None:
    """Bring totals, ledger and open item in line with the entry's lines."""
    division = ctx.division
    lines = entry_lines(division, entry)
    audit = {"Modified": ctx.now, "Modifier": ctx.user.id}
    division["SalesEntries"].update(entry, {**totals(entry, lines), **audit})
    post(division, entry, lines, audit)


def remove_entry(ctx: Context, entry: Row) -> None:
    """Take an entry out with everything that belongs to it."""
    division = ctx.division
    gone = unpost(division, entry)
    for line in entry_lines(division, entry):
        division["SalesEntryLines"].delete(line)
    division["SalesEntries"].delete(entry)
    documents = division["Documents"]
    for document in documents.all("FinancialTransactionEntryID", entry["EntryID"]):
        documents.update(document, {"FinancialTransactionEntryID": None})
    note_deleted(ctx, gone)


def note_deleted(ctx: Context, gone: list[tuple[str, Row]]) -> None:
    """Tell `sync/Deleted` what went, as `unpost` returned it (7.8)."""
    for table, row in gone:
        ctx.division["Deleted"].insert(
            {
                "EntityKey": row["ID"],
                "EntityType": DELETED_TYPES[table],
                "DeletedBy": ctx.user.id,
                "DeletedDate": ctx.now,
            }
        )


class SalesEntryHandler(Handler):
    """`salesentry/SalesEntries`."""

    computed: ClassVar[dict[str, Computed]] = {
        "CustomerName": via("Customer", "Accounts", "Name"),
        "DocumentNumber": via("Document", "Documents", "HID"),
        "DocumentSubject": via("Document", "Documents", "Subject"),
        "JournalDescription": via_code("Journal", "Journals", "Description"),
        "PaymentConditionDescription": via_code(
            "PaymentCondition", "PaymentConditions", "Description"
        ),
        "PaymentConditionPaymentMethod": via_code(
            "PaymentCondition", "PaymentConditions", "PaymentMethod"
        ),
        "StatusDescription": lambda ctx, row: description(
            f"status_{row['Status']}", ctx.language
        ),
        "TypeDescription": lambda ctx, row: description(
            f"entry_{row['Type']}", ctx.language
        ),
    }

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.lines = SalesEntryLineHandler("salesentry/SalesEntryLines")

    # --- POST ---------------------------------------------------------------

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        lines = data.pop("SalesEntryLines", None) or []
        header = {**data, "EntryDate": data.get("EntryDate") or ctx.today}
        # The total is computed; a header VAT amount has no effect (5.4).
        header.pop("VATAmountFC", None)
        _midnight(header)
        self.check_mandatory({**data, "SalesEntryLines": lines}, problems)
        self.check_values(data, problems)
        header = {**header, **self._resolve(ctx, header, problems)}
        self._check_numbers(ctx, header, problems, None)
        made = [self._line(ctx, line, header, problems) for line in lines]
        problems.check()
        return self._store(ctx, header, made)

    def _line(self, ctx: Context, line: Row, header: Row, problems: Problems) -> Row:
        self.lines.check_mandatory(line, problems, standalone=False)
        self.lines.check_values(line, problems)
        line = _as_gross(ctx, line)
        return build_line(ctx.division, line, header["EntryDate"], problems)

    def _resolve(self, ctx: Context, header: Row, problems: Problems) -> Row:
        """Check what the header refers to and fill in defaults."""
        division, moment = ctx.division, header["EntryDate"]
        journal = check_journal(division, header.get("Journal"), problems)
        customer = check_customer(division, header, moment, problems)
        condition = check_condition(division, header, customer, problems)
        currency, rate = check_currency(division, header, journal, problems)
        period = check_period(division, header, problems)
        document = header.get("Document")
        if document and division["Documents"].get(document) is None:
            problems.add("reference", "Document")
        found: Row = {"Currency": currency, "Rate": rate}
        if journal is not None:
            found["Journal"] = journal["Code"]
        if condition is not None:
            found["PaymentCondition"] = condition["Code"]
            found["DueDate"] = header.get("DueDate") or due_date(condition, moment)
        if period is not None:
            found["ReportingYear"], found["ReportingPeriod"] = period
        return found

    def _check_numbers(
        self, ctx: Context, header: Row, problems: Problems, own: Row | None
    ) -> None:
        number = header.get("EntryNumber")
        if number is not None:
            other = self.table(ctx).first("EntryNumber", number)
            other = other or ctx.division["GeneralJournalEntries"].first(
                "EntryNumber", number
            )
            if number <= 0:
                problems.add("invalid", "EntryNumber")
            elif other is not None and other is not own:
                problems.add("in_use", "EntryNumber")
        self._check_invoice_number(ctx, header, problems, own)

    def _check_invoice_number(
        self, ctx: Context, header: Row, problems: Problems, own: Row | None
    ) -> None:
        number = header.get("InvoiceNumber")
        mode = ctx.state.options["duplicate_invoice_number"]
        if number is None or mode != "refuse":
            return
        other = self.table(ctx).first("InvoiceNumber", number)
        if other is not None and other is not own:
            problems.add("in_use", "InvoiceNumber")

    def _store(self, ctx: Context, header: Row, lines: list[Row]) -> Row:
        division = ctx.division
        journal = division.by_code("Journals", header["Journal"])
        assert journal is not None
        year = header["ReportingYear"]
        self._number(header, Sequence.of(division, journal, year, "EntryNumber"))
        self._invoice_number(
            header, Sequence.of(division, journal, year, "InvoiceNumber")
        )
        entry = self.insert(ctx, {"Status": OPEN, **header, **totals(header, lines)})
        for number, line in enumerate(lines, 1):
            values = {**line, "EntryID": entry["EntryID"], "LineNumber": number}
            self.lines.insert(ctx, values)
        audit = {"Modified": ctx.now, "Modifier": ctx.user.id}
        post(division, entry, entry_lines(division, entry), audit)
        self._link_document(ctx, entry)
        return entry

    @staticmethod
    def _number(header: Row, sequence: Sequence) -> None:
        if header.get("EntryNumber") is None:
            header["EntryNumber"] = sequence.take_next()
        else:
            sequence.note(header["EntryNumber"])

    @staticmethod
    def _invoice_number(header: Row, sequence: Sequence) -> None:
        """Honour an own invoice number when it fits; replace it silently (5.1)."""
        number = header.get("InvoiceNumber")
        if number is not None and sequence.fits(number):
            sequence.note(number)
        else:
            header["InvoiceNumber"] = sequence.take_next()

    def _link_document(self, ctx: Context, entry: Row) -> None:
        """Let the document know its entry; make one when Exact does so (5.7)."""
        documents = ctx.division["Documents"]
        key = entry.get("Document")
        if key is None and ctx.state.options["auto_document"]:
            row = documents.insert(
                {
                    "Type": 10,
                    "Subject": entry.get("Description") or "",
                    "Account": entry["Customer"],
                    "HID": ctx.division.count("document"),
                    "Created": ctx.now,
                    "Modified": ctx.now,
                }
            )
            key = row["ID"]
            self.table(ctx).update(entry, {"Document": key})
        if key is not None:
            link = {"FinancialTransactionEntryID": entry["EntryID"]}
            documents.update(documents.rows[key], link)

    # --- PUT, DELETE --------------------------------------------------------

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        """Change header fields; lines are changed at their own endpoint (5.5)."""
        if "SalesEntryLines" in data:
            raise payload_error(TOP_LEVEL)
        data.pop("VATAmountFC", None)
        check_changeable(ctx, row)
        problems = Problems()
        self.check_not_emptied(data, problems)
        self.check_values(data, problems)
        if "Document" in data and not ctx.state.options["document_put"]:
            problems.add("not_allowed", "Document")
        _midnight(data)
        header = {**row, **data}
        if data.get("EntryDate") and not {"ReportingYear", "ReportingPeriod"} & set(
            data
        ):
            header.update(ReportingYear=None, ReportingPeriod=None)
        header["EntryDate"] = header["EntryDate"] or row["EntryDate"]
        changes = {**data, **self._resolve(ctx, header, problems)}
        self._check_numbers(ctx, changes, problems, row)
        problems.check()
        for name in ("EntryNumber", "InvoiceNumber", "EntryDate"):
            if name in changes and changes[name] is None:
                del changes[name]
        if self._invoice_number_taken(ctx, changes, row):
            del changes["InvoiceNumber"]
        self.change(ctx, row, changes)
        if data.get("Document"):
            self._link_document(ctx, row)
        repost(ctx, row)

    def _invoice_number_taken(self, ctx: Context, changes: Row, row: Row) -> bool:
        number = changes.get("InvoiceNumber")
        other = self.table(ctx).first("InvoiceNumber", number) if number else None
        return other is not None and other is not row

    def delete(self, ctx: Context, row: Row) -> None:
        check_changeable(ctx, row)
        remove_entry(ctx, row)


def _of_entry(field: str) -> Computed:
    def look_up(ctx: Context, row: Row) -> Any:
        return ctx.division["SalesEntries"].rows[row["EntryID"]].get(field)

    return look_up


def _dc(field: str) -> Computed:
    def look_up(ctx: Context, row: Row) -> Any:
        entry = ctx.division["SalesEntries"].rows[row["EntryID"]]
        return line_amounts_dc(entry, row)[field]

    return look_up


class SalesEntryLineHandler(Handler):
    """`salesentry/SalesEntryLines`: deleting the last one deletes the entry."""

    computed: ClassVar[dict[str, Computed]] = {
        "AmountDC": _dc("AmountDC"),
        "VATAmountDC": _dc("VATAmountDC"),
        "VATBaseAmountDC": _dc("VATBaseAmountDC"),
        "GLAccountCode": via("GLAccount", "GLAccounts", "Code"),
        "GLAccountDescription": via("GLAccount", "GLAccounts", "Description"),
        "Type": _of_entry("Type"),
        "VATCodeDescription": via_code("VATCode", "VATCodes", "Description"),
    }

    def _entry(self, ctx: Context, key: str | None) -> Row:
        entry = ctx.division["SalesEntries"].get(key)
        if entry is None:
            raise refuse("reference", "EntryID")
        check_changeable(ctx, entry)
        return entry

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self.check_values(data, problems)
        problems.check()
        entry = self._entry(ctx, data["EntryID"])
        line = build_line(ctx.division, data, entry["EntryDate"], problems)
        problems.check()
        lines = entry_lines(ctx.division, entry)
        number = lines[-1]["LineNumber"] + 1 if lines else 1
        row = self.insert(ctx, {**line, "LineNumber": number})
        repost(ctx, entry)
        return row

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        # A line stays with its entry.
        data.pop("EntryID", None)
        entry = self._entry(ctx, row["EntryID"])
        problems = Problems()
        self.check_not_emptied(data, problems)
        self.check_values(data, problems)
        merged = {**self._as_posted(ctx, row, data), **data}
        line = build_line(ctx.division, merged, entry["EntryDate"], problems)
        problems.check()
        self.change(ctx, row, line)
        repost(ctx, entry)

    @staticmethod
    def _as_posted(ctx: Context, row: Row, data: Row) -> Row:
        """Return a stored line as it would be posted (gross for type I)."""
        names = ("GLAccount", "VATCode", "Description", "Notes", "Quantity", "From")
        line = {name: row.get(name) for name in (*names, "To", "EntryID")}
        code = ctx.division.by_code("VATCodes", row.get("VATCode"))
        including = code is not None and code["Type"] == "I"
        gross = row["AmountFC"] + row["VATAmountFC"]
        line["AmountFC"] = gross if including else row["AmountFC"]
        if not {"AmountFC", "VATCode", "GLAccount", "VATPercentage"} & set(data):
            line["VATAmountFC"] = row["VATAmountFC"]
        return line

    def delete(self, ctx: Context, row: Row) -> None:
        entry = self._entry(ctx, row["EntryID"])
        self.remove(ctx, row)
        if entry_lines(ctx.division, entry):
            repost(ctx, entry)
        else:
            remove_entry(ctx, entry)
