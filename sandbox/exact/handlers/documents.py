"""Documents and their attachments (reference 5.7, 7.6)."""

import base64
from typing import Any, ClassVar

from ..context import Context
from ..errors import Problems
from ..store import Row
from .base import Computed, Handler, via


class DocumentTypeHandler(Handler):
    """`documents/DocumentTypes`: the key is a number; 10 is a sales invoice."""

    computed: ClassVar[dict[str, Computed]] = {
        "DocumentIsCreatable": lambda ctx, row: _may_be_made(ctx, row["ID"]),
    }


class DocumentHandler(Handler):
    """`documents/Documents`; answers are full."""

    computed: ClassVar[dict[str, Computed]] = {
        "AccountCode": via("Account", "Accounts", "Code"),
        "AccountName": via("Account", "Accounts", "Name"),
        "HasEmptyBody": lambda ctx, row: not row.get("Body"),
        "TypeDescription": via("Type", "DocumentTypes", "Description"),
    }

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self._check(ctx, data, problems)
        problems.check()
        values = {"DocumentDate": ctx.today, **data}
        values["HID"] = ctx.division.count("document")
        row = self.insert(ctx, values)
        self._link(ctx, row, data)
        return row

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self.check_not_emptied(data, problems)
        self._check(ctx, data, problems)
        problems.check()
        data.pop("HID", None)
        self.change(ctx, row, data)
        self._link(ctx, row, data)

    def delete(self, ctx: Context, row: Row) -> None:
        entry = ctx.division["SalesEntries"].get(row.get("FinancialTransactionEntryID"))
        if entry is not None and entry.get("Document") == row["ID"]:
            ctx.division["SalesEntries"].update(entry, {"Document": None})
        invoices = ctx.division["SalesInvoices"]
        for invoice in invoices.all("InvoiceNumber", row.get("SalesInvoiceNumber")):
            if invoice.get("Document") == row["ID"]:
                invoices.update(invoice, {"Document": None})
        for attachment in ctx.division["DocumentAttachments"].all(
            "Document", row["ID"]
        ):
            ctx.division["DocumentAttachments"].delete(attachment)
        self.remove(ctx, row)

    def _check(self, ctx: Context, data: Row, problems: Problems) -> None:
        self.check_values(data, problems)
        division = ctx.division
        for field, table, label in (
            ("Type", "DocumentTypes", "Type"),
            ("Account", "Accounts", "Account"),
            ("Contact", "Contacts", "Contact"),
            ("DocumentFolder", "DocumentFolders", "DocumentFolder"),
            ("FinancialTransactionEntryID", "SalesEntries", "EntryID"),
            ("Currency", "Currencies", "Currency"),
        ):
            value = data.get(field)
            if value is not None and division[table].get(value) is None:
                problems.add("reference", label)
        if "Type" in data and not _may_be_made(ctx, data["Type"]):
            problems.add("document_type")

    @staticmethod
    def _link(ctx: Context, row: Row, data: Row) -> None:
        """Show the document at the entry it was linked to (5.7)."""
        key = data.get("FinancialTransactionEntryID")
        if key is not None:
            entry = ctx.division["SalesEntries"].rows[key]
            ctx.division["SalesEntries"].update(entry, {"Document": row["ID"]})


class AttachmentHandler(Handler):
    """`documents/DocumentAttachments`: the content is only found at `Url`."""

    computed: ClassVar[dict[str, Computed]] = {
        "Attachment": lambda ctx, row: None,
        "Url": lambda ctx, row: (
            f"{ctx.base}/docs/SysAttachment.aspx?ID={row['ID']}"
            f"&_Division_={ctx.division.code}"
        ),
    }

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self.check_values(data, problems)
        document = data.get("Document")
        if document and ctx.division["Documents"].get(document) is None:
            problems.add("reference", "Document")
        problems.check()
        size = len(base64.b64decode(data["Attachment"]))
        return self.insert(ctx, {**data, "FileSize": size})

    def delete(self, ctx: Context, row: Row) -> None:
        self.remove(ctx, row)


def _may_be_made(ctx: Context, key: Any) -> bool:
    """Return whether documents of a type may be made."""
    allowed = ctx.state.options["document_types"]
    return allowed is None or key in allowed


def content(row: Row) -> Any:
    """Return the bytes of an attachment."""
    return base64.b64decode(row["Attachment"])
