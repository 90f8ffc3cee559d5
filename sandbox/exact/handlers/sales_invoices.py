"""Sales invoices and their lines, until they are printed (reference 6.1, 6.2)."""

from typing import Any, ClassVar

from ..booking import (
    check_condition,
    check_currency,
    check_journal,
    due_date,
    refuse_unknown,
)
from ..context import Context
from ..division import Division
from ..errors import Problems, refuse
from ..invoicing import (
    CREDIT_NOTE,
    INVOICE,
    OPEN,
    PROCESSED,
    Rules,
    build_line,
    check_party,
    check_type,
    default_journal,
    invoice_lines,
    totals,
)
from ..store import Row
from ..texts import description
from .base import DELETED_TYPES, Computed, Handler, via, via_code

INVOICES = "salesinvoice/SalesInvoices"
LINES = "salesinvoice/SalesInvoiceLines"

_DATES = ("OrderDate", "DueDate")
#: References to rows that a division here may have: property -> table.
_REFERENCES = {
    "Document": "Documents",
    "DeliverToAddress": "Addresses",
    "DeliverToContactPerson": "Contacts",
    "InvoiceToContactPerson": "Contacts",
    "OrderedByContactPerson": "Contacts",
}
#: References to things that it never has.
_NEVER = (
    "SalesChannel",
    "Salesperson",
    "SelectionCode",
    "ShippingMethod",
    "TaxSchedule",
)
#: Discounts on a whole invoice are not modelled: 6.1 leaves open how they count.
_DISCOUNTS = ("Discount", "AmountDiscount", "AmountDiscountExclVat")
#: What a change may not name; clients drop these first (6.1).
_FIXED = ("Journal", "OrderedBy", "SalesInvoiceLines", "SalesInvoiceOrderChargeLines")
#: A change of one of these computes a line anew.
_PRICES = ("Quantity", "NetPrice", "UnitPrice", "Discount")
_PRICED = frozenset({*_PRICES, "Item", "VATCode", "VATPercentage"})


def _midnight(values: Row) -> None:
    """Drop the time of day: these properties are dates (8.3)."""
    for name in _DATES:
        if values.get(name) is not None:
            values[name] = values[name].replace(
                hour=0, minute=0, second=0, microsecond=0
            )


def check_open(invoice: Row) -> None:
    """Refuse to touch an invoice that was printed.

    :raises BusinessError: "Reeds verwerkt"
    """
    if invoice["Status"] == PROCESSED:
        raise refuse("processed")


def _check_references(division: Division, header: Row, problems: Problems) -> None:
    for name, table in _REFERENCES.items():
        if header.get(name) and division[table].get(header[name]) is None:
            problems.add("reference", name)
    refuse_unknown(header, _NEVER, problems)
    for name in _DISCOUNTS:
        if header.get(name):
            problems.add("not_allowed", name)


def recompute(ctx: Context, invoice: Row) -> None:
    """Bring an invoice's totals in line with its lines."""
    rules = Rules.of(ctx.state.options)
    amounts = totals(invoice, invoice_lines(ctx.division, invoice), rules)
    touch_invoice(ctx, invoice, amounts)


def touch_invoice(ctx: Context, invoice: Row, changes: Row) -> None:
    """Change an invoice; `sync/` shows its lines as changed too (7.8)."""
    audit = {"Modified": ctx.now, "Modifier": ctx.user.id}
    ctx.division["SalesInvoices"].update(invoice, {**changes, **audit})
    for line in invoice_lines(ctx.division, invoice):
        ctx.division["SalesInvoiceLines"].update(line, {})


def remove_invoice(ctx: Context, invoice: Row) -> None:
    """Take an invoice out with its lines."""
    for line in invoice_lines(ctx.division, invoice):
        ctx.division["SalesInvoiceLines"].delete(line)
    ctx.division["SalesInvoices"].delete(invoice)
    ctx.division["Deleted"].insert(
        {
            "EntityKey": invoice["InvoiceID"],
            "EntityType": DELETED_TYPES["SalesInvoices"],
            "DeletedBy": ctx.user.id,
            "DeletedDate": ctx.now,
        }
    )


class SalesInvoiceHandler(Handler):
    """`salesinvoice/SalesInvoices` and its twin under `bulk/`."""

    #: Documented as mandatory; the default journal is taken in practice (6.1).
    derived = frozenset({"Journal"})
    computed: ClassVar[dict[str, Computed]] = {
        "DeliverToName": via("DeliverTo", "Accounts", "Name"),
        "DocumentNumber": via("Document", "Documents", "HID"),
        "DocumentSubject": via("Document", "Documents", "Subject"),
        "InvoiceToName": via("InvoiceTo", "Accounts", "Name"),
        "JournalDescription": via_code("Journal", "Journals", "Description"),
        "OrderedByName": via("OrderedBy", "Accounts", "Name"),
        "PaymentConditionDescription": via_code(
            "PaymentCondition", "PaymentConditions", "Description"
        ),
        "StatusDescription": lambda ctx, row: description(
            f"status_{row['Status']}", ctx.language
        ),
        "TypeDescription": lambda ctx, row: description(
            f"invoice_{row['Type']}", ctx.language
        ),
    }

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.lines = SalesInvoiceLineHandler(LINES)

    def value(self, ctx: Context, row: Row, name: str) -> Any:
        """Return a property; before printing the order date stands in (6.1)."""
        if name == "InvoiceDate":
            return row.get("InvoiceDate") or row.get("OrderDate")
        return super().value(ctx, row, name)

    def read(self, data: Any, *, update: bool = False) -> Row:
        """Check a payload's form; a change may not name what is fixed (6.1).

        :raises BusinessError: journal, customer or lines in a PUT
        """
        result = super().read(data, update=update)
        problems = Problems()
        for name in _FIXED:
            if update and name in data:
                problems.add("not_allowed", name)
        problems.check()
        return result

    # --- POST ---------------------------------------------------------------

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        lines = data.pop("SalesInvoiceLines", None) or []
        if data.pop("SalesInvoiceOrderChargeLines", None):
            problems.add("not_allowed", "SalesInvoiceOrderChargeLines")
        if data.get("OrderedBy") is None and data.get("InvoiceTo") is None:
            # Literally so in a recorded refusal (8.6).
            problems.add("mandatory", "InvoiceTo")
        self.check_mandatory({**data, "SalesInvoiceLines": lines}, problems)
        self.check_values(data, problems)
        header = self._header(ctx, data, problems)
        self._check_order_number(ctx, header, problems, None)
        rules = Rules.of(ctx.state.options)
        made = [self._line(ctx, rules, line, header, problems) for line in lines]
        problems.check()
        return self._store(ctx, header, made, rules)

    def _header(self, ctx: Context, data: Row, problems: Problems) -> Row:
        """Return the header with what Exact fills in when it is left out."""
        header = {name: value for name, value in data.items() if value is not None}
        header.setdefault("OrderDate", ctx.today)
        _midnight(header)
        given = (header.get("Journal") or "").strip()
        header["Journal"] = given or default_journal(ctx.division)
        if header["Journal"] is None:
            problems.add("mandatory", "Journal")
        ordered_by = header.get("OrderedBy")
        customer = ctx.division["Accounts"].get(ordered_by) or {}
        # A relation may have its sales invoiced to another (4.1).
        payer = customer.get("InvoiceAccount") or ordered_by
        header = {"InvoiceTo": payer, "DeliverTo": ordered_by, **header}
        return {**header, **self._resolve(ctx, header, problems)}

    def _line(
        self, ctx: Context, rules: Rules, line: Row, header: Row, problems: Problems
    ) -> Row:
        self.lines.check_mandatory(line, problems, standalone=False)
        self.lines.check_values(line, problems)
        line.pop("InvoiceID", None)
        customer = ctx.division["Accounts"].get(header.get("OrderedBy"))
        moment = header["OrderDate"]
        return build_line(ctx.division, rules, line, customer, moment, problems)

    def _resolve(self, ctx: Context, header: Row, problems: Problems) -> Row:
        """Check what the header refers to and fill in defaults."""
        division, moment = ctx.division, header["OrderDate"]
        ordered_by = header.get("OrderedBy")
        payer = check_party(division, ordered_by, "OrderedBy", moment, problems)
        for name in ("DeliverTo", "InvoiceTo"):
            if header.get(name) != ordered_by:
                other = check_party(division, header.get(name), name, moment, problems)
                payer = other if name == "InvoiceTo" else payer
        journal = check_journal(division, header.get("Journal"), problems)
        asked = {"Currency": header.get("Currency"), "EntryDate": moment}
        currency, rate = check_currency(division, asked, journal, problems)
        check_type(division, header, problems)
        _check_references(division, header, problems)
        found: Row = {"Currency": currency, "Rate": rate}
        if journal is not None:
            found["Journal"] = journal["Code"]
        if payer is not None or header.get("PaymentCondition"):
            condition = check_condition(division, header, payer, problems)
            if condition is not None:
                found["PaymentCondition"] = condition["Code"]
                found["DueDate"] = header.get("DueDate") or due_date(condition, moment)
        return found

    def _check_order_number(
        self, ctx: Context, header: Row, problems: Problems, own: Row | None
    ) -> None:
        number = header.get("OrderNumber")
        if number is None:
            return
        if number <= 0:
            problems.add("invalid", "OrderNumber")
        other = self.table(ctx).first("OrderNumber", number)
        unique = ctx.state.options["order_number_unique"]
        if unique and other is not None and other is not own:
            problems.add("order_number_exists")

    def _store(self, ctx: Context, header: Row, lines: list[Row], rules: Rules) -> Row:
        amounts = totals(header, lines, rules)
        if header.get("Type") is None:
            header["Type"] = CREDIT_NOTE if amounts["AmountFC"] < 0 else INVOICE
        if header.get("OrderNumber") is None:
            header["OrderNumber"] = self._next_order_number(ctx)
        invoice = self.insert(ctx, {"Status": OPEN, **header, **amounts})
        for number, line in enumerate(lines, 1):
            link = {"InvoiceID": invoice["InvoiceID"], "LineNumber": number}
            self.lines.insert(ctx, {**line, **link})
        return invoice

    def _next_order_number(self, ctx: Context) -> int:
        while True:
            number = ctx.division.count("order number")
            if self.table(ctx).first("OrderNumber", number) is None:
                return number

    # --- PUT, DELETE --------------------------------------------------------

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        check_open(row)
        problems = Problems()
        self.check_not_emptied(data, problems)
        self.check_values(data, problems)
        _midnight(data)
        for name in ("OrderDate", "OrderNumber", "Type", "Currency"):
            if name in data and data[name] is None:
                del data[name]
        header = {**row, **data}
        if "DueDate" not in data and {"OrderDate", "PaymentCondition"} & set(data):
            header["DueDate"] = None
        changes = {**data, **self._resolve(ctx, header, problems)}
        self._check_order_number(ctx, data, problems, row)
        problems.check()
        touch_invoice(ctx, row, changes)
        recompute(ctx, row)

    def delete(self, ctx: Context, row: Row) -> None:
        check_open(row)
        remove_invoice(ctx, row)


def _of_invoice(field: str) -> Computed:
    def look_up(ctx: Context, row: Row) -> Any:
        return ctx.division["SalesInvoices"].rows[row["InvoiceID"]].get(field)

    return look_up


def _dc(field: str) -> Computed:
    rate = _of_invoice("Rate")

    def look_up(ctx: Context, row: Row) -> Any:
        return Rules.of(ctx.state.options).cents(row[field] * rate(ctx, row))

    return look_up


_LINE_COMPUTED: dict[str, Computed] = {
    "AmountDC": _dc("AmountFC"),
    "GLAccountDescription": via("GLAccount", "GLAccounts", "Description"),
    "ItemCode": via("Item", "Items", "Code"),
    "ItemDescription": via("Item", "Items", "Description"),
    "UnitDescription": via_code("UnitCode", "Units", "Description"),
    "VATAmountDC": _dc("VATAmountFC"),
    "VATCodeDescription": via_code("VATCode", "VATCodes", "Description"),
}


class SalesInvoiceLineHandler(Handler):
    """`salesinvoice/SalesInvoiceLines`: for invoices that were not printed."""

    #: Documented as mandatory; taken from the item when left out (6.2).
    derived = frozenset({"GLAccount"})
    computed: ClassVar[dict[str, Computed]] = _LINE_COMPUTED

    def _invoice(self, ctx: Context, key: str | None) -> Row:
        invoice = ctx.division["SalesInvoices"].get(key)
        if invoice is None:
            raise refuse("reference", "InvoiceID")
        check_open(invoice)
        return invoice

    def _build(self, ctx: Context, invoice: Row, line: Row, problems: Problems) -> Row:
        made = build_line(
            ctx.division,
            Rules.of(ctx.state.options),
            line,
            ctx.division["Accounts"].get(invoice["OrderedBy"]),
            invoice["OrderDate"],
            problems,
        )
        problems.check()
        return made

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self.check_values(data, problems)
        problems.check()
        invoice = self._invoice(ctx, data["InvoiceID"])
        line = self._build(ctx, invoice, data, problems)
        lines = invoice_lines(ctx.division, invoice)
        number = lines[-1]["LineNumber"] + 1 if lines else 1
        row = self.insert(ctx, {**line, "LineNumber": number})
        recompute(ctx, invoice)
        return row

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        invoice = self._invoice(ctx, row["InvoiceID"])
        problems = Problems()
        self.check_not_emptied(data, problems)
        self.check_values(data, problems)
        merged = {**self._as_posted(row, data), **data}
        self.change(ctx, row, self._build(ctx, invoice, merged, problems))
        recompute(ctx, invoice)

    @staticmethod
    def _as_posted(row: Row, data: Row) -> Row:
        """Return a stored line as it would be posted, without what a change ends."""
        kept = dict(row)
        if {"UnitPrice", "Discount"} & set(data) and "NetPrice" not in data:
            kept["NetPrice"] = None
            if not row["UnitPrice"]:
                kept["UnitPrice"] = row["NetPrice"]
        if data.get("Item") not in {None, row["Item"]}:
            kept.update(GLAccount=None, Description=None, UnitCode=None)
        if _PRICED & set(data):
            kept["VATAmountFC"] = None
        if "VATCode" in data:
            kept["VATPercentage"] = None
        return kept

    def delete(self, ctx: Context, row: Row) -> None:
        invoice = self._invoice(ctx, row["InvoiceID"])
        if len(invoice_lines(ctx.division, invoice)) == 1:
            # An invoice keeps a line.
            raise refuse("mandatory", "SalesInvoiceLines")
        self.remove(ctx, row)
        recompute(ctx, invoice)


_SYNC_OWN = {"ID", "Timestamp", "Created", "Creator", "LineNumber", "InvoiceID"}


class SalesInvoiceSyncHandler(Handler):
    """`sync/SalesInvoice/SalesInvoices`: a row per line, with its invoice's fields."""

    computed: ClassVar[dict[str, Computed]] = _LINE_COMPUTED

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.table_name = "SalesInvoiceLines"
        self.headers = SalesInvoiceHandler(INVOICES)
        self.line_props = frozenset(SalesInvoiceLineHandler(LINES).endpoint.props)

    def value(self, ctx: Context, row: Row, name: str) -> Any:
        # What both have (amounts, description) is the line's.
        own = name in self.line_props or name in _SYNC_OWN
        if own and name not in {"Division", "Modified", "Modifier"}:
            return super().value(ctx, row, name)
        if name in self.headers.endpoint.props:
            invoice = ctx.division["SalesInvoices"].rows[row["InvoiceID"]]
            return self.headers.value(ctx, invoice, name)
        return super().value(ctx, row, name)
