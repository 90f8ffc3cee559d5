"""One administration ("division"): its tables, counters and settings."""

from datetime import datetime
from functools import partial
from typing import Any

from .metadata import endpoints
from .store import Row, Table, decode, encode

#: Indexed properties per table; the key has an index of its own.
INDEXES = {
    "Accounts": ("Code", "Email", "Name", "SearchCode", "VATNumber"),
    "Addresses": ("Account",),
    "BankAccounts": ("Account",),
    "Contacts": ("Account", "Email"),
    "DocumentAttachments": ("Document",),
    "Documents": ("FinancialTransactionEntryID", "HID", "SalesInvoiceNumber"),
    "GLAccounts": ("Code",),
    "GeneralJournalEntries": ("EntryNumber",),
    "GeneralJournalEntryLines": ("EntryID", "GLAccount", "Account", "OurRef"),
    "ItemGroups": ("Code",),
    "Items": ("Code", "FoldedCode"),
    "Journals": ("Code",),
    "PaymentConditions": ("Code",),
    "Receivables": ("TransactionEntryID", "Account", "HID", "InvoiceNumber"),
    "SalesEntries": ("Customer", "EntryNumber", "InvoiceNumber", "YourRef"),
    "SalesEntryLines": ("EntryID", "GLAccount"),
    "SalesInvoiceLines": ("InvoiceID", "Item"),
    "SalesInvoices": (
        "InvoiceNumber",
        "InvoiceTo",
        "OrderNumber",
        "OrderedBy",
        "YourRef",
    ),
    "SalesItemPrices": ("Item",),
    "SalesOrderLines": ("Item",),
    "SalesOrders": ("OrderNumber", "YourRef"),
    "TransactionLines": ("EntryID", "GLAccount", "Account", "InvoiceNumber"),
    "Units": ("Code",),
    "VATCodes": ("Code",),
    "VatPercentages": ("VATCodeID",),
    "WebhookSubscriptions": ("Topic",),
}

#: Endpoints that read another endpoint's table.
SHARED_TABLES = {
    "PaymentTerms": "Receivables",
    "ReceivablesList": "Receivables",
}


def table_name(path: str) -> str:
    """Return the table behind an endpoint (`sync/CRM/Accounts` -> `Accounts`)."""
    name = path.rsplit("/", 1)[-1]
    return SHARED_TABLES.get(name, name)


def _keys() -> dict[str, str]:
    """Return the key property of each table."""
    keys: dict[str, str] = {}
    for path, endpoint in endpoints().items():
        name = table_name(path)
        if endpoint.kind == "normal" and not path.startswith("read/"):
            keys[name] = endpoint.key
        else:
            keys.setdefault(name, endpoint.key)
    keys["Deleted"] = "ID"
    # Not served by an endpoint: what went out by mail.
    keys["Outbox"] = "ID"
    return keys


#: What a division may be given through `profile`, with defaults.
PROFILE = {
    "Description": "",
    "CustomerCode": "1",
    "CustomerName": "Voorbeeldgroep B.V.",
    "Country": "NL",
    "Currency": "EUR",
    "Legislation": "1",
    "BlockingStatus": 0,
    "Status": 1,
    "IsMainDivision": False,
    "VATNumber": None,
    "ChamberOfCommerceNumber": None,
    "Email": None,
    "StartDate": None,
    "ArchiveDate": None,
    "DivisionMoveDate": None,
}


#: Modules of a division unless it is told otherwise; see `handlers.base.MODULES`.
DEFAULT_MODULES = ("invoicing", "items", "webhooks")

#: Tables whose changes webhooks tell; the topic has the table's name (7.7).
WATCHED = ("Accounts", "Documents", "Items", "SalesEntries", "SalesInvoices")


class Division:
    """An administration.

    :param profile: fields of `system/Divisions` (exact-online-api 3.2)
    """

    def __init__(self, code: int, hid: int, **profile: Any) -> None:
        self.code = code
        self.hid = hid
        self.profile = {**PROFILE, **profile}
        self.counters: dict[str, int] = {}
        #: (year, period) pairs that are closed.
        self.closed: set[tuple[int, int]] = set()
        #: Codes of cost centres and cost units, by the property that names one.
        self.costs: dict[str, set[str]] = {"CostCenter": set(), "CostUnit": set()}
        #: Licensed modules; see `handlers.base.MODULES`.
        self.modules: set[str] = set(DEFAULT_MODULES)
        #: Code of the payment condition when a customer has none (5.1).
        self.payment_condition: str | None = None
        self.tables = {
            name: Table(key, INDEXES.get(name, ()), self.next_version)
            for name, key in _keys().items()
        }
        #: (topic, action, row) of what happened in this action, for webhooks.
        self.changes: list[tuple[str, str, Row]] = []
        #: Webhook subscriptions whose receiver must be asked after this action.
        self.checks: list[Any] = []
        for name in WATCHED:
            self.tables[name].watch = partial(self._note, name)

    def _note(self, topic: str, action: str, row: Row) -> None:
        if self["WebhookSubscriptions"].first("Topic", topic) is not None:
            self.changes.append((topic, action, row))

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    @property
    def currency(self) -> str:
        return self.profile["Currency"]

    def count(self, counter: str, start: int = 0) -> int:
        """Raise a counter by one and return it."""
        self.counters[counter] = self.counters.get(counter, start) + 1
        return self.counters[counter]

    def next_version(self) -> int:
        """Return the next row version (`Timestamp`)."""
        return self.count("version", 10_000)

    # --- look-ups by code ---------------------------------------------------

    def by_code(self, table: str, code: str | None) -> Row | None:
        """Find a row by its code, blanks ignored."""
        if code is None:
            return None
        return self[table].first("Code", code.strip())

    def gl_account(self, code: str) -> Row:
        """Return a ledger account by code.

        :raises KeyError: unknown
        """
        row = self.by_code("GLAccounts", code)
        if row is None:
            raise KeyError(code)
        return row

    def percentages(self, vat_code: Row, moment: datetime) -> list[Row]:
        """Return a VAT code's percentages in force on a day."""
        rows = self["VatPercentages"].all("VATCodeID", vat_code["ID"])
        return [
            row
            for row in rows
            if (row.get("StartDate") is None or row["StartDate"] <= moment)
            and (row.get("EndDate") is None or moment <= row["EndDate"])
        ]

    def period_of(self, moment: datetime) -> tuple[int, int] | None:
        """Return the (year, period) a day falls in; None when not set up."""
        for row in self["FinancialPeriods"]:
            if row["StartDate"] <= moment <= row["EndDate"]:
                return row["FinYear"], row["FinPeriod"]
        return None

    def has_period(self, year: int, period: int) -> bool:
        return any(
            row["FinYear"] == year and row["FinPeriod"] == period
            for row in self["FinancialPeriods"]
        )

    # --- persistence --------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "hid": self.hid,
            "profile": encode(self.profile),
            "counters": self.counters,
            "closed": sorted(list(pair) for pair in self.closed),
            "costs": {name: sorted(codes) for name, codes in self.costs.items()},
            "modules": sorted(self.modules),
            "payment_condition": self.payment_condition,
            "tables": {
                name: table.dump() for name, table in self.tables.items() if table.rows
            },
        }

    @classmethod
    def load(cls, data: dict[str, Any]) -> "Division":
        division = cls(data["code"], data["hid"], **decode(data["profile"]))
        division.counters = dict(data["counters"])
        division.closed = {(year, period) for year, period in data["closed"]}
        division.costs.update(
            {name: set(codes) for name, codes in data.get("costs", {}).items()}
        )
        division.modules = set(data["modules"])
        division.payment_condition = data["payment_condition"]
        for name, rows in data["tables"].items():
            division[name].load(rows)
        return division
