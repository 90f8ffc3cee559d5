"""Relations: accounts, contacts, addresses, bank accounts (reference 4)."""

from collections.abc import Callable
from typing import Any, ClassVar

from ..context import Context
from ..countries import (
    COUNTRIES,
    LANGUAGES,
    valid_email,
    valid_state,
    valid_vat_number,
)
from ..division import Division
from ..errors import Problems, refuse
from ..store import Row
from .base import Computed, Handler, via, via_code

ADDRESS_FIELDS = (
    "AddressLine1",
    "AddressLine2",
    "AddressLine3",
    "Postcode",
    "City",
    "State",
    "Country",
)
VISIT = 1


class AccountHandler(Handler):
    """`crm/Accounts` (4.1), and its twins under `sync/` and `bulk/`."""

    sparse = True
    approved = (
        "Code",
        "Email",
        "ID",
        "Modified",
        "Name",
        "SearchCode",
        "VATNumber",
    )
    computed: ClassVar[dict[str, Computed]] = {
        "Type": lambda ctx, row: "A",
        "IsSales": lambda ctx, row: row.get("Status") == "C",
        # Real answers show true even where false was sent: it is read-only.
        "IsPurchase": lambda ctx, row: True,
        "InvoiceAccountName": via("InvoiceAccount", "Accounts", "Name"),
        "InvoiceAccountCode": via("InvoiceAccount", "Accounts", "Code"),
        "PaymentConditionSalesDescription": via_code(
            "PaymentConditionSales", "PaymentConditions", "Description"
        ),
        "SalesVATCodeDescription": via_code("SalesVATCode", "VATCodes", "Description"),
    }

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        values = {"Status": "A", **data}
        self._check(ctx, values, values, problems, None)
        problems.check()
        code = values.get("Code")
        values["Code"] = code.strip() if code else next_code(ctx.division)
        note_code(ctx.division, values["Code"])
        self._empty_inactive_currency(ctx, values)
        values["Country"] = values.get("Country") or ctx.division.profile["Country"]
        values["StatusSince"] = ctx.today
        row = self.insert(ctx, values)
        write_visit_address(ctx, row, data)
        return row

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self.check_not_emptied(data, problems)
        merged = {**row, **data}
        self._check(ctx, data, merged, problems, row)
        problems.check()
        if data.get("Code"):
            data["Code"] = data["Code"].strip()
        elif "Code" in data:
            del data["Code"]
        self._empty_inactive_currency(ctx, data)
        self.change(ctx, row, data)
        write_visit_address(ctx, row, data)

    def delete(self, ctx: Context, row: Row) -> None:
        key = row["ID"]
        for table, field in (
            ("SalesEntries", "Customer"),
            ("SalesInvoices", "OrderedBy"),
            ("SalesInvoices", "InvoiceTo"),
            ("Receivables", "Account"),
            ("TransactionLines", "Account"),
        ):
            if any(True for _key in ctx.division[table].find(field, key)):
                raise refuse("in_use", "Account")
        for table in ("Contacts", "Addresses", "BankAccounts"):
            for other in ctx.division[table].all("Account", key):
                ctx.division[table].delete(other)
        self.remove(ctx, row)

    @staticmethod
    def _empty_inactive_currency(ctx: Context, values: Row) -> None:
        """Empty `SalesCurrency` silently when it is not active (4.1)."""
        currency = values.get("SalesCurrency")
        if currency and ctx.division["Currencies"].get(currency) is None:
            values["SalesCurrency"] = None

    def _check(
        self,
        ctx: Context,
        data: Row,
        merged: Row,
        problems: Problems,
        own: Row | None,
    ) -> None:
        self.check_values(data, problems)
        self._check_code(ctx, data.get("Code"), problems, own)
        if data.get("Status") not in {None, "A", "S", "P", "C"}:
            problems.add("invalid", "Status")
        email = data.get("Email")
        if email and not valid_email(email):
            problems.add("email")
        self._check_place(ctx, data, merged, problems)
        self._check_references(ctx, data, problems)
        if data.get("InvoicingMethod") not in {None, 1, 2, 4, 8}:
            problems.add("invalid", "InvoicingMethod")

    @staticmethod
    def _check_code(
        ctx: Context, code: str | None, problems: Problems, own: Row | None
    ) -> None:
        if not code:
            return
        if not (code.strip().isascii() and code.strip().isdigit()):
            problems.add("invalid", "AccountCode")
            return
        other = ctx.division.by_code("Accounts", code)
        if other is not None and other is not own:
            problems.add("exists")

    @staticmethod
    def _check_place(ctx: Context, data: Row, merged: Row, problems: Problems) -> None:
        country = merged.get("Country") or ctx.division.profile["Country"]
        if country not in COUNTRIES:
            problems.add("reference", "Country")
            return
        if data.get("State") and not valid_state(data["State"], country):
            problems.add("reference", "State")
        number = data.get("VATNumber")
        northern_ireland = ctx.state.options["xi_vat_numbers"]
        if number and not valid_vat_number(
            number, country, northern_ireland=northern_ireland
        ):
            problems.add("invalid", "VATNumber")
        if data.get("Language") and data["Language"] not in LANGUAGES:
            problems.add("reference", "Language")

    @staticmethod
    def _check_references(ctx: Context, data: Row, problems: Problems) -> None:
        division = ctx.division
        for field, table, label in (
            ("SalesVATCode", "VATCodes", "VATCode"),
            ("PurchaseVATCode", "VATCodes", "VATCode"),
            ("PaymentConditionSales", "PaymentConditions", "PaymentCondition"),
            ("PaymentConditionPurchase", "PaymentConditions", "PaymentCondition"),
        ):
            if data.get(field) and division.by_code(table, data[field]) is None:
                problems.add("reference", label)
        for field, table, label in (
            ("GLAccountSales", "GLAccounts", "GLAccount"),
            ("GLAR", "GLAccounts", "GLAccount"),
            ("InvoiceAccount", "Accounts", "Account"),
            ("MainContact", "Contacts", "Contact"),
        ):
            if data.get(field) and division[table].get(data[field]) is None:
                problems.add("reference", label)
        debtors = division["GLAccounts"].get(data.get("GLAR"))
        if debtors is not None and debtors.get("Type") != 20:
            problems.add("gl_type")


def next_code(division: Division) -> str:
    """Return the next free relation number (4.1)."""
    highest = division.counters.get("account", 0)
    while True:
        highest += 1
        if division["Accounts"].first("Code", str(highest)) is None:
            division.counters["account"] = highest
            return str(highest)


def note_code(division: Division, code: str) -> None:
    """Let the own numbering go on after the highest number of normal size."""
    if len(code) <= 9:
        highest = max(division.counters.get("account", 0), int(code))
        division.counters["account"] = highest


def write_visit_address(ctx: Context, account: Row, data: Row) -> None:
    """Write an account's address fields to its main visit address (4.1)."""
    given = {name: data[name] for name in ADDRESS_FIELDS if name in data}
    if not given:
        return
    table = ctx.division["Addresses"]
    audit = {"Modified": ctx.now, "Modifier": ctx.user.id}
    for row in table.all("Account", account["ID"]):
        if row.get("Type") == VISIT and row.get("Main"):
            table.update(row, {**given, **audit})
            return
    present = {name: value for name, value in given.items() if value is not None}
    table.insert(
        {
            "Account": account["ID"],
            "Type": VISIT,
            "Main": True,
            "Country": account.get("Country"),
            **present,
            **audit,
            "Created": ctx.now,
            "Creator": ctx.user.id,
        }
    )


def _owner_exists(ctx: Context, data: Row, problems: Problems) -> None:
    owner = data.get("Account")
    if owner is not None and ctx.division["Accounts"].get(owner) is None:
        problems.add("reference", "Account")


class ContactHandler(Handler):
    """`crm/Contacts` (4.2)."""

    sparse = True
    computed: ClassVar[dict[str, Computed]] = {
        "AccountName": via("Account", "Accounts", "Name"),
        "AccountMainContact": via("Account", "Accounts", "MainContact"),
        "AccountIsCustomer": lambda ctx, row: (
            via("Account", "Accounts", "Status")(ctx, row) == "C"
        ),
        "FullName": lambda ctx, row: " ".join(
            part
            for part in (
                row.get("FirstName"),
                row.get("MiddleName"),
                row.get("LastName"),
            )
            if part
        ),
        "IsMainContact": lambda ctx, row: (
            via("Account", "Accounts", "MainContact")(ctx, row) == row["ID"]
        ),
    }

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self._check(ctx, data, problems)
        problems.check()
        row = self.insert(ctx, {"HID": ctx.division.count("contact"), **data})
        account = ctx.division["Accounts"].rows[row["Account"]]
        if account.get("MainContact") is None:
            ctx.division["Accounts"].update(account, {"MainContact": row["ID"]})
        return row

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self.check_not_emptied(data, problems)
        self._check(ctx, data, problems)
        problems.check()
        self.change(ctx, row, data)

    def delete(self, ctx: Context, row: Row) -> None:
        account = ctx.division["Accounts"].get(row["Account"])
        if account is not None and account.get("MainContact") == row["ID"]:
            ctx.division["Accounts"].update(account, {"MainContact": None})
        self.remove(ctx, row)

    def _check(self, ctx: Context, data: Row, problems: Problems) -> None:
        self.check_values(data, problems)
        _owner_exists(ctx, data, problems)
        if data.get("Email") and not valid_email(data["Email"]):
            problems.add("email")
        if data.get("Language") and data["Language"] not in LANGUAGES:
            problems.add("reference", "Language")


class AddressHandler(Handler):
    """`crm/Addresses`: POST of an address that exists returns that one (4.3)."""

    computed: ClassVar[dict[str, Computed]] = {
        "AccountName": via("Account", "Accounts", "Name"),
        "ContactName": via("Contact", "Contacts", "FirstName"),
    }

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        if data.get("Account") is None:
            problems.add("mandatory", "Account")
        values = {"Type": VISIT, **data}
        self._check(ctx, values, values, problems)
        problems.check()
        values["Country"] = values.get("Country") or ctx.division.profile["Country"]
        same = _same_address(values)
        for row in self.table(ctx).all("Account", values["Account"]):
            if same(row):
                return row
        return self.insert(ctx, values)

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self._check(ctx, data, {**row, **data}, problems)
        problems.check()
        self.change(ctx, row, data)
        account = ctx.division["Accounts"].get(row.get("Account"))
        if account is not None and row.get("Main") and row.get("Type") == VISIT:
            copy = {name: row.get(name) for name in ADDRESS_FIELDS}
            ctx.division["Accounts"].update(account, copy)

    def delete(self, ctx: Context, row: Row) -> None:
        self.remove(ctx, row)

    def _check(self, ctx: Context, data: Row, merged: Row, problems: Problems) -> None:
        self.check_values(data, problems)
        _owner_exists(ctx, data, problems)
        if data.get("Type") not in {None, 1, 2, 3, 4}:
            problems.add("invalid", "Type")
        country = merged.get("Country") or ctx.division.profile["Country"]
        if country not in COUNTRIES:
            problems.add("reference", "Country")
        elif data.get("State") and not valid_state(data["State"], country):
            problems.add("reference", "State")
        contact = data.get("Contact")
        if contact and ctx.division["Contacts"].get(contact) is None:
            problems.add("reference", "Contact")


def _same_address(values: Row) -> Callable[[Row], bool]:
    names = ("Type", *ADDRESS_FIELDS)
    wanted = [values.get(name) for name in names]

    def same(row: Row) -> bool:
        return [row.get(name) for name in names] == wanted

    return same


class BankAccountHandler(Handler):
    """`crm/BankAccounts`: the IBAN goes in `BankAccount` (4.4)."""

    computed: ClassVar[dict[str, Computed]] = {
        "AccountName": via("Account", "Accounts", "Name"),
        "IBAN": lambda ctx, row: iban(row.get("BankAccount")),
        "Type": lambda ctx, row: "A",
    }

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self.check_values(data, problems)
        _owner_exists(ctx, data, problems)
        problems.check()
        return self.insert(ctx, data)

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self.check_not_emptied(data, problems)
        self.check_values(data, problems)
        _owner_exists(ctx, data, problems)
        problems.check()
        self.change(ctx, row, data)

    def delete(self, ctx: Context, row: Row) -> None:
        self.remove(ctx, row)


def iban(value: Any) -> str | None:
    """Return an account number when it has the form of an IBAN."""
    text = str(value or "").replace(" ", "")
    letters = text[:2].isalpha() and text[2:4].isdigit() and text[4:].isalnum()
    return text if letters and 15 <= len(text) <= 34 else None
