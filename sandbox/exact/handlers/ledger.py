"""Master data of the ledger, open items and transaction lines (reference 7)."""

from collections.abc import Iterable
from typing import Any, ClassVar

from ..context import Context
from ..errors import Problems, refuse
from ..posting import entry_of
from ..store import Row
from .base import CodedHandler, Computed, Handler, via, via_code

GL_TYPES = {
    10: "Cash",
    12: "Bank",
    16: "Payment services",
    20: "Accounts receivable",
    22: "Accounts payable",
    24: "VAT",
    90: "General",
    110: "Revenue",
    111: "Cost of goods",
    121: "Sales, general and administrative expenses",
}


class GLAccountHandler(CodedHandler):
    """`financial/GLAccounts`."""

    computed: ClassVar[dict[str, Computed]] = {
        "TypeDescription": lambda ctx, row: GL_TYPES.get(row.get("Type", 0)),
        "VATDescription": via_code("VATCode", "VATCodes", "Description"),
    }


class JournalHandler(CodedHandler):
    """`financial/Journals`."""

    computed: ClassVar[dict[str, Computed]] = {
        "GLAccountCode": via("GLAccount", "GLAccounts", "Code"),
        "GLAccountDescription": via("GLAccount", "GLAccounts", "Description"),
        "GLAccountType": via("GLAccount", "GLAccounts", "Type"),
        "CurrencyDescription": via("Currency", "Currencies", "Description"),
    }


class CurrencyHandler(Handler):
    """`general/Currencies`: the active ones; the key is the code."""


class ExchangeRateHandler(Handler):
    """`financial/ExchangeRates`: source currency to the division's currency."""

    computed: ClassVar[dict[str, Computed]] = {
        "TargetCurrency": lambda ctx, row: ctx.division.currency,
        "SourceCurrencyDescription": via("SourceCurrency", "Currencies", "Description"),
        "TargetCurrencyDescription": lambda ctx, row: ctx.division["Currencies"].rows[
            ctx.division.currency
        ]["Description"],
    }

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        problems.check()
        if ctx.division["Currencies"].get(data["SourceCurrency"]) is None:
            raise refuse("reference", "Currency")
        return self.insert(ctx, {"StartDate": ctx.today, **data})

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        self.change(ctx, row, data)

    def delete(self, ctx: Context, row: Row) -> None:
        self.remove(ctx, row)


class VatCodeHandler(Handler):
    """`vat/VATCodes`: may be read; writing is not modelled and answers 403."""

    computed: ClassVar[dict[str, Computed]] = {
        "GLToPayCode": via("GLToPay", "GLAccounts", "Code"),
        "GLToPayDescription": via("GLToPay", "GLAccounts", "Description"),
        "GLToClaimCode": via("GLToClaim", "GLAccounts", "Code"),
        "GLToClaimDescription": via("GLToClaim", "GLAccounts", "Description"),
    }


def _entry(ctx: Context, row: Row) -> Row:
    """Return the entry that a receivable or a transaction line belongs to."""
    return entry_of(ctx.division, row)


def _of_entry(field: str) -> Computed:
    return lambda ctx, row: _entry(ctx, row).get(field)


def _of_customer(field: str) -> Computed:
    def look_up(ctx: Context, row: Row) -> Any:
        customer = _entry(ctx, row).get("Customer")
        account = ctx.division["Accounts"].get(customer)
        return account.get(field) if account else None

    return look_up


def _journal(field: str) -> Computed:
    def look_up(ctx: Context, row: Row) -> Any:
        journal = ctx.division.by_code("Journals", _entry(ctx, row).get("Journal"))
        return journal.get(field) if journal else None

    return look_up


#: What a general journal entry has per line: name in a sales entry -> here.
_OF_LINE = {"Customer": "Account", "InvoiceNumber": "InvoiceNumber"}


class EntryJoin(Handler):
    """Rows that show much of the entry they belong to."""

    #: Property of the entry -> name here, for look-ups through the entry's index.
    joined: ClassVar[dict[str, str]] = {}
    link: ClassVar[str] = "EntryID"

    def lookup(self, ctx: Context, name: str, value: Any) -> Iterable[Any] | None:
        table = self.table(ctx)
        if name in {self.link, "EntryID"}:
            return table.find(self.link, value)
        field = self.joined.get(name)
        if field is None:
            return super().lookup(ctx, name, value)
        entries = list(ctx.division["SalesEntries"].find(field, value))
        if field == "EntryNumber":
            entries += ctx.division["GeneralJournalEntries"].find(field, value)
        found = [key for entry in entries for key in table.find(self.link, entry)]
        if field in _OF_LINE:
            found += table.find(_OF_LINE[field], value)
        return dict.fromkeys(found)


class TransactionLineHandler(EntryJoin):
    """`financialtransaction/TransactionLines`: debit positive (5.6)."""

    joined: ClassVar[dict[str, str]] = {
        "YourRef": "YourRef",
        "EntryNumber": "EntryNumber",
        "InvoiceNumber": "InvoiceNumber",
        "Account": "Customer",
    }
    computed: ClassVar[dict[str, Computed]] = {
        "Account": _of_entry("Customer"),
        "AccountCode": _of_customer("Code"),
        "AccountName": _of_customer("Name"),
        "Currency": _of_entry("Currency"),
        "Date": _of_entry("EntryDate"),
        "Document": _of_entry("Document"),
        "DueDate": lambda ctx, row: (
            _entry(ctx, row).get("DueDate") if row["LineNumber"] == 0 else None
        ),
        "EntryNumber": _of_entry("EntryNumber"),
        "ExchangeRate": _of_entry("Rate"),
        "FinancialPeriod": _of_entry("ReportingPeriod"),
        "FinancialYear": _of_entry("ReportingYear"),
        "GLAccountCode": via("GLAccount", "GLAccounts", "Code"),
        "GLAccountDescription": via("GLAccount", "GLAccounts", "Description"),
        "InvoiceNumber": _of_entry("InvoiceNumber"),
        "JournalCode": _of_entry("Journal"),
        "JournalDescription": _journal("Description"),
        "OrderNumber": _of_entry("OrderNumber"),
        "PaymentReference": _of_entry("PaymentReference"),
        "Status": _of_entry("Status"),
        "Type": _of_entry("Type"),
        "VATCodeDescription": via_code("VATCode", "VATCodes", "Description"),
        "YourRef": _of_entry("YourRef"),
    }


class ReceivableHandler(EntryJoin):
    """`cashflow/Receivables`: one row per payment term; few fields can be put."""

    link: ClassVar[str] = "TransactionEntryID"
    joined: ClassVar[dict[str, str]] = {
        "YourRef": "YourRef",
        "EntryNumber": "EntryNumber",
        "InvoiceNumber": "InvoiceNumber",
    }
    computed: ClassVar[dict[str, Computed]] = {
        "AccountCode": via("Account", "Accounts", "Code"),
        "AccountCountry": via("Account", "Accounts", "Country"),
        "AccountName": via("Account", "Accounts", "Name"),
        "Currency": _of_entry("Currency"),
        "Document": _of_entry("Document"),
        "DueDate": _of_entry("DueDate"),
        "EntryDate": _of_entry("EntryDate"),
        "EntryID": _of_entry("EntryID"),
        "EntryNumber": _of_entry("EntryNumber"),
        "GLAccount": via("TransactionID", "TransactionLines", "GLAccount"),
        "InvoiceDate": _of_entry("EntryDate"),
        "InvoiceNumber": _of_entry("InvoiceNumber"),
        "Journal": _of_entry("Journal"),
        "JournalDescription": _journal("Description"),
        "OrderNumber": _of_entry("OrderNumber"),
        "PaymentCondition": _of_entry("PaymentCondition"),
        "RateFC": _of_entry("Rate"),
        "TransactionAmountDC": _of_entry("AmountDC"),
        "TransactionAmountFC": _of_entry("AmountFC"),
        "TransactionDueDate": _of_entry("DueDate"),
        "TransactionReportingPeriod": _of_entry("ReportingPeriod"),
        "TransactionReportingYear": _of_entry("ReportingYear"),
        "TransactionStatus": _of_entry("Status"),
        "TransactionType": _of_entry("Type"),
        "YourRef": _of_entry("YourRef"),
    }

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self.check_values(data, problems)
        problems.check()
        if data.get("PaymentMethod", "B") not in {"B", "I", "K", "V"}:
            raise refuse("invalid", "PaymentMethod")
        self.change(ctx, row, data)


class ReceivablesListHandler(ReceivableHandler):
    """`read/financial/ReceivablesList`: what is still open (7.4).

    An item that is gone is paid or matched. `InvoiceNumber` is the entry number.
    """

    joined: ClassVar[dict[str, str]] = {
        "YourRef": "YourRef",
        "EntryNumber": "EntryNumber",
        "InvoiceNumber": "EntryNumber",
        "AccountId": "Customer",
    }
    computed: ClassVar[dict[str, Computed]] = {
        **ReceivableHandler.computed,
        "AccountId": lambda ctx, row: row["Account"],
        "Amount": lambda ctx, row: row["AmountFC"],
        "AmountInTransit": lambda ctx, row: 0,
        "CurrencyCode": _of_entry("Currency"),
        "Id": lambda ctx, row: row["ID"],
        "InvoiceNumber": _of_entry("EntryNumber"),
        "JournalCode": _of_entry("Journal"),
    }

    def visible(self, ctx: Context, row: Row) -> bool:
        return not row.get("IsFullyPaid")

    token_type = str

    def key_token(self, key: Any) -> str:
        return f"guid'{key}'"

    def row(self, ctx: Context, key: Any) -> Row | None:
        """Find a row by `HID`, or by the table's own key while listing."""
        if isinstance(key, int):
            return self.table(ctx).first("HID", key)
        return super().row(ctx, key)
