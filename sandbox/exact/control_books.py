"""Control commands about the books: what somebody does or sees in Exact itself."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from ..core import Clock, ControlError
from .booking import build_line
from .chart import add_vat_code, add_year
from .context import Context
from .division import Division
from .edm import from_json
from .errors import ApiError, BusinessError, Problems
from .handlers.registry import handler
from .handlers.sales_entries import remove_entry, repost
from .posting import entry_lines
from .state import App, Chain, State, User
from .store import Row

ENTRIES = "salesentry/SalesEntries"
LINES = "salesentry/SalesEntryLines"
ACCOUNTS = "crm/Accounts"
DOCUMENTS = "documents/Documents"

_ENTRY_FIELDS = (
    "EntryID",
    "EntryNumber",
    "InvoiceNumber",
    "OrderNumber",
    "Journal",
    "YourRef",
    "Description",
    "Currency",
    "Rate",
    "PaymentCondition",
    "PaymentReference",
    "AmountFC",
    "AmountDC",
    "VATAmountFC",
    "VATAmountDC",
    "Type",
    "Status",
    "ReportingYear",
    "ReportingPeriod",
    "Customer",
    "Document",
)
_LINE_FIELDS = (
    "ID",
    "LineNumber",
    "Description",
    "AmountFC",
    "VATAmountFC",
    "VATCode",
    "VATPercentage",
    "Quantity",
    "CostCenter",
    "CostUnit",
)


class BooksMixin:
    """Commands on one division's books."""

    state: State
    clock: Clock
    lock: Any
    touch: Any

    def _in_exact(self, division: int) -> Context:
        """Return a context for something a person does in Exact's own screens."""
        found = self.state.division(division)
        users = [
            user for user in self.state.users.values() if division in user.divisions
        ]
        person = users[0] if users else User("exact", "", "Exact Online")
        return Context(
            state=self.state,
            clock=self.clock,
            app=App("", "", ""),
            user=person,
            chain=Chain("", "", person.username, [division]),
            division=found,
            base="",
        )

    # --- settings -----------------------------------------------------------

    def control_add_year(self, division: int, year: int) -> dict[str, Any]:
        """Set up a financial year of twelve periods."""
        with self.lock:
            add_year(self.state.division(division), year)
            self.touch()
            return {"year": year}

    def control_add_cost(
        self, division: int, code: str, kind: str = "CostCenter"
    ) -> dict[str, Any]:
        """Add a cost centre, or a cost unit with kind "CostUnit" (5.2)."""
        with self.lock:
            costs = self.state.division(division).costs
            if kind not in costs:
                text = f"kind: one of {sorted(costs)}"
                raise ControlError(text)
            costs[kind].add(code)
            self.touch()
            return {kind: sorted(costs[kind])}

    def control_close_period(
        self, division: int, year: int, period: int
    ) -> dict[str, Any]:
        """Close a period: "Periode is afgesloten: 2025 – 12"."""
        with self.lock:
            found = self.state.division(division)
            found.closed.add((year, period))
            self.touch()
            return {"closed": sorted(found.closed)}

    def control_open_period(
        self, division: int, year: int, period: int
    ) -> dict[str, Any]:
        """Open a closed period again."""
        with self.lock:
            found = self.state.division(division)
            found.closed.discard((year, period))
            self.touch()
            return {"closed": sorted(found.closed)}

    def _set_blocked(
        self, division: int, table: str, code: str, blocked: bool
    ) -> dict[str, Any]:
        with self.lock:
            found = self.state.division(division)
            row = found.by_code(table, code)
            if row is None:
                text = f"{table} has no {code}"
                raise ControlError(text)
            found[table].update(row, {"IsBlocked": blocked})
            self.touch()
            return {"ID": row["ID"], "Code": row["Code"], "IsBlocked": blocked}

    def control_block_vat_code(
        self, division: int, code: str, blocked: bool = True
    ) -> dict[str, Any]:
        """Block a VAT code, or free it."""
        return self._set_blocked(division, "VATCodes", code, blocked)

    def control_block_gl_account(
        self, division: int, code: str, blocked: bool = True
    ) -> dict[str, Any]:
        """Block a ledger account by its code, or free it."""
        return self._set_blocked(division, "GLAccounts", code, blocked)

    def control_block_journal(
        self, division: int, code: str, blocked: bool = True
    ) -> dict[str, Any]:
        """Block a journal, or free it."""
        return self._set_blocked(division, "Journals", code, blocked)

    def control_add_vat_code(
        self,
        division: int,
        code: str,
        percentage: Any,
        type: str = "E",
        description: str = "",
        transaction_type: str = "S",
        gl_to_pay: str | None = None,
        oss_country: str | None = None,
        eu_sales_listing: str = "N",
        charged: bool = False,
        vat_margin: int = 0,
    ) -> dict[str, Any]:
        """Add a VAT code; `percentage` is a fraction, `gl_to_pay` an account code.

        `charged` is reverse charge, `vat_margin` 1 the margin scheme.
        """
        with self.lock:
            found = self.state.division(division)
            if found.by_code("VATCodes", code) is not None:
                text = f"VAT code {code} exists"
                raise ControlError(text)
            if gl_to_pay is None and type in {"E", "I"}:
                payable = [r for r in found["GLAccounts"] if r.get("Type") == 24]
                gl_to_pay = min(payable, key=lambda row: row["Code"])["Code"]
            row = add_vat_code(
                found,
                Code=code,
                Description=description or f"Btw {code}",
                Type=type,
                VATTransactionType=transaction_type,
                Percentage=Decimal(str(percentage)),
                GLToPay=found.gl_account(gl_to_pay)["ID"] if gl_to_pay else None,
                EUSalesListing=eu_sales_listing,
                OssCountry=oss_country,
                Country=oss_country or found.profile["Country"],
                Charged=charged or None,
                VatMargin=vat_margin or None,
            )
            self.touch()
            return {"ID": row["ID"], "Code": code}

    # --- relations ----------------------------------------------------------

    def control_add_account(self, division: int, **fields: Any) -> dict[str, Any]:
        """Add a relation as in Exact's screen; fields as in crm/Accounts.

        `Status` is "C" unless given.
        """
        with self.lock:
            ctx = self._in_exact(division)
            row = self._create(ctx, ACCOUNTS, {"Status": "C", **fields})
            return {"ID": row["ID"], "Code": row["Code"], "Name": row["Name"]}

    def control_edit_account(
        self, division: int, account: str, **changes: Any
    ) -> dict[str, Any]:
        """Change a relation (by ID or code); fields as in crm/Accounts."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._account(ctx, account)
            found = handler(ACCOUNTS)
            assert found is not None
            with as_control_errors():
                found.update(ctx, row, found.read(texts(changes), update=True))
            self.touch()
            return {"ID": row["ID"], "Code": row["Code"]}

    def control_delete_account(self, division: int, account: str) -> dict[str, Any]:
        """Delete a relation (by ID or code)."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._account(ctx, account)
            found = handler(ACCOUNTS)
            assert found is not None
            with as_control_errors():
                found.delete(ctx, row)
            self.touch()
            return {"ID": row["ID"]}

    @staticmethod
    def _account(ctx: Context, account: str) -> Row:
        table = ctx.division["Accounts"]
        row = table.get(account) or table.first("Code", str(account).strip())
        if row is None:
            text = f"unknown account {account}"
            raise ControlError(text)
        return row

    def _create(self, ctx: Context, path: str, fields: dict[str, Any]) -> Row:
        found = handler(path)
        assert found is not None
        with as_control_errors():
            row = found.create(ctx, found.read(texts(fields)))
        self.touch()
        return row

    def control_accounts(self, division: int) -> list[dict[str, Any]]:
        """Return all relations: ID, Code, Name, Status, Email, VATNumber, …"""
        names = (
            "ID",
            "Code",
            "Name",
            "Status",
            "Email",
            "Phone",
            "AddressLine1",
            "Postcode",
            "City",
            "Country",
            "VATNumber",
            "ChamberOfCommerce",
            "SearchCode",
            "Language",
        )
        with self.lock:
            rows = sorted(
                self.state.division(division)["Accounts"],
                key=lambda row: row["Code"].rjust(18),
            )
            return [{name: row.get(name) for name in names} for row in rows]

    # --- entries ------------------------------------------------------------

    def control_add_entry(self, division: int, **fields: Any) -> dict[str, Any]:
        """Book a sales entry by hand; fields as in salesentry/SalesEntries.

        `GLAccount` of a line and `Customer` may be codes here.
        """
        with self.lock:
            ctx = self._in_exact(division)
            if "Customer" in fields:
                fields["Customer"] = self._account(ctx, fields["Customer"])["ID"]
            lines = [self.by_code(ctx, line) for line in fields["SalesEntryLines"]]
            row = self._create(ctx, ENTRIES, {**fields, "SalesEntryLines": lines})
            return show_entry(ctx.division, row)

    @staticmethod
    def by_code(ctx: Context, line: dict[str, Any]) -> dict[str, Any]:
        account = ctx.division.by_code("GLAccounts", line.get("GLAccount"))
        return {**line, "GLAccount": account["ID"]} if account else line

    def _entry(self, ctx: Context, entry: Any) -> Row:
        table = ctx.division["SalesEntries"]
        row = table.get(entry)
        if row is None and str(entry).isdigit():
            row = table.first("EntryNumber", int(entry))
        if row is None:
            text = f"unknown entry {entry}"
            raise ControlError(text)
        return row

    def control_entries(
        self, division: int, your_ref: str | None = None
    ) -> list[dict[str, Any]]:
        """Return all sales entries with their lines, by entry number."""
        with self.lock:
            found = self.state.division(division)
            table = found["SalesEntries"]
            rows = list(table) if your_ref is None else table.all("YourRef", your_ref)
            rows.sort(key=lambda row: row["EntryNumber"])
            return [show_entry(found, row) for row in rows]

    def control_edit_entry(
        self,
        division: int,
        entry: Any,
        lines: Iterable[dict[str, Any]] | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """Change an entry as somebody in Exact could, without the API's refusals.

        `entry` is an EntryID or entry number; `changes` are header properties
        (also `Status`; `Customer` may be a code), `lines` replaces all lines
        (GLAccount may be a code). Another `EntryDate` moves the period along.
        """
        with self.lock:
            ctx = self._in_exact(division)
            row = self._entry(ctx, entry)
            found = handler(ENTRIES)
            assert found is not None
            values: Row = {}
            if changes.get("Customer"):
                changes["Customer"] = self._account(ctx, changes["Customer"])["ID"]
            with as_control_errors():
                for name, value in changes.items():
                    if name not in found.endpoint.props:
                        text = f"unknown: {name}"
                        raise ControlError(text)
                    values[name] = from_json(found.endpoint.props[name], _text(value))
                found.change(ctx, row, _with_period(ctx, values))
                if lines is not None:
                    self._replace_lines(ctx, row, lines)
            repost(ctx, row)
            self.touch()
            return show_entry(ctx.division, row)

    def _replace_lines(
        self, ctx: Context, entry: Row, lines: Iterable[dict[str, Any]]
    ) -> None:
        found = handler(LINES)
        assert found is not None
        problems = Problems()
        made = [
            build_line(
                ctx.division,
                found.read(texts(self.by_code(ctx, line))),
                entry["EntryDate"],
                problems,
            )
            for line in lines
        ]
        problems.check()
        for old in entry_lines(ctx.division, entry):
            ctx.division["SalesEntryLines"].delete(old)
        for number, line in enumerate(made, 1):
            link = {"EntryID": entry["EntryID"], "LineNumber": number}
            found.insert(ctx, {**line, **link})

    def control_delete_entry(self, division: int, entry: Any) -> dict[str, Any]:
        """Delete an entry (by EntryID or entry number), whatever its status."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._entry(ctx, entry)
            remove_entry(ctx, row)
            self.touch()
            return {"EntryID": row["EntryID"], "EntryNumber": row["EntryNumber"]}

    def control_documents(self, division: int) -> list[dict[str, Any]]:
        """Return all documents with their attachments (name and size)."""
        with self.lock:
            found = self.state.division(division)
            names = ("ID", "HID", "Type", "Subject", "Account")
            link = "FinancialTransactionEntryID"
            return [
                {
                    **{name: row.get(name) for name in (*names, link)},
                    "Attachments": [
                        {"FileName": a["FileName"], "FileSize": a["FileSize"]}
                        for a in found["DocumentAttachments"].all("Document", row["ID"])
                    ],
                }
                for row in sorted(found["Documents"], key=lambda row: row["HID"])
            ]

    def _document(self, ctx: Context, document: Any) -> Row:
        table = ctx.division["Documents"]
        row = table.get(document)
        if row is None and str(document).isdigit():
            row = table.first("HID", int(document))
        if row is None:
            text = f"unknown document {document}"
            raise ControlError(text)
        return row

    def control_edit_document(
        self, division: int, document: Any, **changes: Any
    ) -> dict[str, Any]:
        """Change a document (by ID or HID); fields as in documents/Documents."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._document(ctx, document)
            found = handler(DOCUMENTS)
            assert found is not None
            with as_control_errors():
                found.update(ctx, row, found.read(texts(changes), update=True))
            self.touch()
            return {"ID": row["ID"], "HID": row["HID"]}

    def control_delete_document(self, division: int, document: Any) -> dict[str, Any]:
        """Delete a document (by ID or HID) with its attachments."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._document(ctx, document)
            found = handler(DOCUMENTS)
            assert found is not None
            found.delete(ctx, row)
            self.touch()
            return {"ID": row["ID"], "HID": row["HID"]}


class as_control_errors:
    """Turns refusals of the API into refusals of a control command."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, BusinessError | ApiError):
            raise ControlError(str(error)) from error


def _with_period(ctx: Context, values: Row) -> Row:
    """Add the period of a changed date, unless it was given."""
    date = values.get("EntryDate")
    period = ctx.division.period_of(date) if date else None
    if period is None or "ReportingPeriod" in values:
        return values
    return {**values, "ReportingYear": period[0], "ReportingPeriod": period[1]}


def _text(value: Any) -> Any:
    """Take floats of in-process callers as exact numbers."""
    return Decimal(str(value)) if isinstance(value, float) else value


def texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: texts(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [texts(item) for item in value]
    return _text(value)


def show_day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None


def show_entry(division: Division, entry: Row) -> dict[str, Any]:
    """Return an entry with its lines, codes instead of GUIDs where there are."""
    customer = division["Accounts"].get(entry["Customer"]) or {}
    return {
        **{name: entry.get(name) for name in _ENTRY_FIELDS},
        "EntryDate": show_day(entry.get("EntryDate")),
        "DueDate": show_day(entry.get("DueDate")),
        "CustomerCode": customer.get("Code"),
        "CustomerName": customer.get("Name"),
        "CustomerEmail": customer.get("Email"),
        "Lines": [_show_line(division, line) for line in entry_lines(division, entry)],
    }


def _show_line(division: Division, line: Row) -> dict[str, Any]:
    return {
        **{name: line.get(name) for name in _LINE_FIELDS},
        "GLAccount": division["GLAccounts"].rows[line["GLAccount"]]["Code"],
        "GLAccountID": line["GLAccount"],
    }
