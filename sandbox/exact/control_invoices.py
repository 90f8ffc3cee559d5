"""Control commands about sales invoices: what a person does and sees in Exact."""

from collections.abc import Iterable
from typing import Any

from ..core import ControlError
from .context import Context
from .control_books import BooksMixin, as_control_errors, show_day, texts
from .division import Division
from .handlers.items import item_by_code
from .handlers.registry import handler
from .handlers.sales_invoices import INVOICES, LINES, remove_invoice
from .invoicing import PROCESSED, invoice_lines
from .store import Row

PRINTED = "salesinvoice/PrintedSalesInvoices"

_INVOICE_FIELDS = (
    "InvoiceID",
    "InvoiceNumber",
    "OrderNumber",
    "Journal",
    "Type",
    "Status",
    "YourRef",
    "Description",
    "Remarks",
    "Currency",
    "PaymentCondition",
    "PaymentReference",
    "AmountFC",
    "AmountFCExclVat",
    "VATAmountFC",
    "OrderedBy",
    "InvoiceTo",
    "DeliverTo",
    "Document",
)
_LINE_FIELDS = (
    "ID",
    "LineNumber",
    "Description",
    "Quantity",
    "NetPrice",
    "UnitPrice",
    "Discount",
    "UnitCode",
    "AmountFC",
    "VATAmountFC",
    "VATCode",
    "VATPercentage",
    "CostCenter",
    "CostUnit",
    "Item",
)


class InvoicesMixin(BooksMixin):
    """Commands on a division's sales invoices and layouts."""

    # --- settings -----------------------------------------------------------

    def control_layouts(self, division: int) -> list[dict[str, Any]]:
        """Return the layouts (type 1) and mail texts (type 2) with their GUIDs."""
        with self.lock:
            rows = [
                {name: row.get(name) for name in ("ID", "Subject", "Type")}
                for row in self.state.division(division)["Layouts"]
            ]
            return sorted(rows, key=lambda row: (row["Type"], row["Subject"]))

    def control_add_layout(
        self, division: int, subject: str, type: int = 1
    ) -> dict[str, Any]:
        """Add a layout (type 1) or a mail text (type 2)."""
        with self.lock:
            ctx = self._in_exact(division)
            stamp = {"Created": ctx.now, "Modified": ctx.now}
            values = {"Subject": subject, "Type": type, **stamp}
            row = ctx.division["Layouts"].insert(values)
            self.touch()
            return {"ID": row["ID"], "Subject": subject, "Type": type}

    def control_delete_layout(self, division: int, layout: str) -> dict[str, Any]:
        """Delete a layout or mail text by its GUID."""
        with self.lock:
            table = self.state.division(division)["Layouts"]
            row = table.get(layout)
            if row is None:
                text = f"unknown layout {layout}"
                raise ControlError(text)
            table.delete(row)
            self.touch()
            return {"ID": layout}

    # --- invoices -----------------------------------------------------------

    def _invoice(self, ctx: Context, invoice: Any) -> Row:
        table = ctx.division["SalesInvoices"]
        row = table.get(invoice)
        if row is None and str(invoice).isdigit():
            row = table.first("InvoiceNumber", int(invoice))
        if row is None:
            text = f"unknown invoice {invoice}"
            raise ControlError(text)
        return row

    def control_invoices(
        self, division: int, your_ref: str | None = None
    ) -> list[dict[str, Any]]:
        """Return all sales invoices with their lines, drafts last.

        `Entry` is the number of the entry that printing made, null for a draft.
        """
        with self.lock:
            found = self.state.division(division)
            table = found["SalesInvoices"]
            rows = list(table) if your_ref is None else table.all("YourRef", your_ref)
            rows.sort(
                key=lambda row: (row.get("InvoiceNumber") or 10**9, row["OrderNumber"])
            )
            return [show_invoice(found, row) for row in rows]

    def control_add_sales_invoice(self, division: int, **fields: Any) -> dict[str, Any]:
        """Make a draft by hand; fields as in salesinvoice/SalesInvoices.

        `OrderedBy`, and `Item` and `GLAccount` of a line, may be codes here.
        """
        with self.lock:
            ctx = self._in_exact(division)
            if "OrderedBy" in fields:
                fields["OrderedBy"] = self._account(ctx, fields["OrderedBy"])["ID"]
            lines = [
                self._line_by_code(ctx, line) for line in fields["SalesInvoiceLines"]
            ]
            row = self._create(ctx, INVOICES, {**fields, "SalesInvoiceLines": lines})
            return show_invoice(ctx.division, row)

    def _line_by_code(self, ctx: Context, line: dict[str, Any]) -> dict[str, Any]:
        line = self.by_code(ctx, line)
        code = line.get("Item")
        item = item_by_code(ctx.division, code) if code else None
        return {**line, "Item": item["ID"]} if item else line

    def control_print_invoice(
        self, division: int, invoice: Any, **fields: Any
    ) -> dict[str, Any]:
        """Process a draft (by InvoiceID) from Exact's screen.

        `fields` as in salesinvoice/PrintedSalesInvoices; answers the invoice, with
        the outcome of printing as `Printed`.
        """
        with self.lock:
            ctx = self._in_exact(division)
            row = self._invoice(ctx, invoice)
            answer = self._create(
                ctx, PRINTED, {**fields, "InvoiceID": row["InvoiceID"]}
            )
            outcome = {
                name: value
                for name, value in answer.items()
                if name == "Document" or name.endswith(("Success", "Error"))
            }
            return {**show_invoice(ctx.division, row), "Printed": outcome}

    def control_edit_invoice(
        self,
        division: int,
        invoice: Any,
        lines: Iterable[dict[str, Any]] | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """Change a draft (by InvoiceID) as a person can; refused once printed.

        `changes` are header properties, `lines` changes of lines: each has a
        `LineNumber` (or none: a new line) and the properties that change, or
        `"delete": true`.
        """
        with self.lock:
            ctx = self._in_exact(division)
            row = self._invoice(ctx, invoice)
            found = handler(INVOICES)
            assert found is not None
            with as_control_errors():
                found.update(ctx, row, found.read(texts(changes), update=True))
                for change in lines or ():
                    self._edit_line(ctx, row, dict(change))
            self.touch()
            return show_invoice(ctx.division, row)

    def _edit_line(self, ctx: Context, invoice: Row, change: dict[str, Any]) -> None:
        found = handler(LINES)
        assert found is not None
        number, delete = change.pop("LineNumber", None), change.pop("delete", False)
        values = texts(self._line_by_code(ctx, change))
        if number is None:
            link = {"InvoiceID": invoice["InvoiceID"]}
            found.create(ctx, found.read({**values, **link}))
            return
        lines = invoice_lines(ctx.division, invoice)
        line = next((row for row in lines if row["LineNumber"] == number), None)
        if line is None:
            text = f"no line {number}"
            raise ControlError(text)
        if delete:
            found.delete(ctx, line)
        else:
            found.update(ctx, line, found.read(values, update=True))

    def control_delete_invoice(self, division: int, invoice: Any) -> dict[str, Any]:
        """Delete a draft (by InvoiceID); one that was printed stays."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._invoice(ctx, invoice)
            if row["Status"] == PROCESSED:
                text = f"{row['InvoiceNumber']} was printed"
                raise ControlError(text)
            remove_invoice(ctx, row)
            self.touch()
            return {"InvoiceID": row["InvoiceID"]}

    def control_outbox(
        self, division: int, invoice: Any = None, channel: str | None = None
    ) -> list[dict[str, Any]]:
        """Return what was sent, oldest first: of one invoice, by one channel, or all.

        `Channel` is "email", "peppol" or "postbox".
        """
        with self.lock:
            ctx = self._in_exact(division)
            key = None if invoice is None else self._invoice(ctx, invoice)["InvoiceID"]
            rows = sorted(ctx.division["Outbox"], key=lambda row: row["Timestamp"])
            return [
                {
                    **{name: row.get(name) for name in _SENT_FIELDS},
                    "InvoiceNumber": ctx.division["SalesInvoices"]
                    .rows[row["InvoiceID"]]
                    .get("InvoiceNumber"),
                    "Sent": row["Sent"].isoformat(),
                }
                for row in rows
                if key in {None, row["InvoiceID"]} and channel in {None, row["Channel"]}
            ]


_SENT_FIELDS = ("Channel", "To", "From", "InvoiceID", "EmailLayout", "ExtraText")


def show_invoice(division: Division, invoice: Row) -> dict[str, Any]:
    """Return an invoice with its lines, codes instead of GUIDs where there are."""
    customer = division["Accounts"].get(invoice["OrderedBy"]) or {}
    number = invoice.get("InvoiceNumber")
    entry = division["SalesEntries"].first("EntryNumber", number) if number else None
    date = invoice.get("InvoiceDate")
    return {
        **{name: invoice.get(name) for name in _INVOICE_FIELDS},
        "OrderDate": show_day(invoice["OrderDate"]),
        "InvoiceDate": show_day(date or invoice["OrderDate"]),
        "DueDate": show_day(invoice.get("DueDate")),
        "CustomerCode": customer.get("Code"),
        "CustomerName": customer.get("Name"),
        "CustomerEmail": customer.get("Email"),
        "Entry": entry["EntryNumber"] if entry else None,
        "Lines": [
            _show_line(division, row) for row in invoice_lines(division, invoice)
        ],
    }


def _show_line(division: Division, line: Row) -> dict[str, Any]:
    item = division["Items"].get(line["Item"]) or {}
    return {
        **{name: line.get(name) for name in _LINE_FIELDS},
        "ItemCode": item.get("Code"),
        "GLAccount": division["GLAccounts"].rows[line["GLAccount"]]["Code"],
    }
