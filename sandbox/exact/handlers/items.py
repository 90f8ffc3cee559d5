"""Items, their sales prices and units (reference 6.4)."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from ..context import Context
from ..division import Division
from ..errors import Problems, refuse
from ..store import Row
from .base import Computed, Handler, has_fraction, is_empty, via, via_code

REVENUE = 110
ONE = Decimal(1)

#: Ledger accounts of an item; the one of sales must be of type 110.
_LEDGER = (
    "GLCosts",
    "GLCostsWorkInProgress",
    "GLRevenue",
    "GLRevenueWorkInProgress",
    "GLStock",
)
#: Tables with lines that keep an item from being deleted.
_USERS = ("SalesInvoiceLines", "SalesOrderLines")
#: Doubles of an item that are amounts of money.
_COSTS = ("AverageCost", "CostPriceNew", "CostPriceStandard")


def fold(code: str) -> str:
    """Return what makes an item's code unique: without outer blanks and case.

    Stricter than what is known: the reference has "unique" only.
    """
    return code.strip().casefold()


def item_by_code(division: Division, code: str) -> Row | None:
    """Find an item by its code, case and outer blanks ignored."""
    return division["Items"].first("FoldedCode", fold(code))


def in_use(division: Division, item: str) -> bool:
    """Say whether a line of an invoice or order has the item."""
    return any(True for name in _USERS for _key in division[name].find("Item", item))


def sales_price(division: Division, item: Row, day: datetime) -> Decimal | None:
    """Return the price that holds for everybody on a day: without relation, in the
    division's currency and the item's unit, for the smallest quantity."""
    prices = [
        row
        for row in division["SalesItemPrices"].all("Item", item["ID"])
        if row.get("Account") is None
        and row["Currency"] == division.currency
        and row["Unit"] == item.get("Unit")
        and row["StartDate"] <= day
        and (row.get("EndDate") is None or day <= row["EndDate"])
    ]
    if not prices:
        return None
    least = min(row["Quantity"] for row in prices)
    of_one = [row for row in prices if row["Quantity"] == least]
    return max(of_one, key=lambda row: row["StartDate"])["Price"]


def _ledger_columns() -> dict[str, Computed]:
    columns: dict[str, Computed] = {}
    for name in _LEDGER:
        for target in ("Code", "Description"):
            columns[f"{name}{target}"] = via(name, "GLAccounts", target)
    return columns


def _check_dates(merged: Row, problems: Problems) -> None:
    start, end = merged.get("StartDate"), merged.get("EndDate")
    if start is not None and end is not None and end < start:
        problems.add("invalid", "EndDate")


def _check_unit(ctx: Context, code: str | None, problems: Problems) -> None:
    if code is None:
        return
    unit = ctx.division.by_code("Units", code)
    if unit is None or not unit.get("Active"):
        problems.add("reference", "Unit")


def _check_currency(
    ctx: Context, code: str | None, name: str, problems: Problems
) -> None:
    if code is not None and ctx.division["Currencies"].get(code) is None:
        problems.add("reference", name)


class ItemHandler(Handler):
    """`logistics/Items`, and its twins under `sync/` and `bulk/`."""

    sparse = True
    approved = ("Code", "ID", "Modified")
    computed: ClassVar[dict[str, Computed]] = {
        **_ledger_columns(),
        "ItemGroupCode": via("ItemGroup", "ItemGroups", "Code"),
        "ItemGroupDescription": via("ItemGroup", "ItemGroups", "Description"),
        "SalesVatCodeDescription": via_code("SalesVatCode", "VATCodes", "Description"),
        "UnitDescription": via_code("Unit", "Units", "Description"),
        "UnitType": via_code("Unit", "Units", "Type"),
        "StandardSalesPrice": lambda ctx, row: sales_price(
            ctx.division, row, ctx.today
        ),
    }

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        values = {name: value for name, value in data.items() if value is not None}
        values.setdefault("StartDate", ctx.today)
        self._check(ctx, values, values, problems, None)
        problems.check()
        self._trim(values)
        self._complete(ctx, values)
        return self.insert(ctx, values)

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self.check_not_emptied(data, problems)
        self._check(ctx, data, {**row, **data}, problems, row)
        problems.check()
        self._trim(data)
        emptied = {name for name, value in data.items() if value is None}
        merged = {**row, **data}
        self._complete(ctx, merged)
        data.update({name: merged.get(name) for name in emptied})
        self.change(ctx, row, data)

    def delete(self, ctx: Context, row: Row) -> None:
        if in_use(ctx.division, row["ID"]):
            raise refuse("in_use", "Item")
        prices = price_handler()
        for price in ctx.division["SalesItemPrices"].all("Item", row["ID"]):
            prices.remove(ctx, price)
        self.remove(ctx, row)

    # --- checks -------------------------------------------------------------

    def check_values(self, data: Row, problems: Problems) -> None:
        texts = {
            name: value
            for name, value in data.items()
            if self.endpoint.props[name].type == "String"
        }
        # Blanks around a code are not part of it.
        if isinstance(texts.get("Code"), str):
            texts["Code"] = texts["Code"].strip()
        super().check_values(texts, problems)
        for name in _COSTS:
            if data.get(name) is not None and has_fraction(data[name]):
                problems.add("decimals", name)

    def _check(
        self,
        ctx: Context,
        data: Row,
        merged: Row,
        problems: Problems,
        own: Row | None,
    ) -> None:
        self.check_values(data, problems)
        if not is_empty(data.get("Code")):
            other = item_by_code(ctx.division, data["Code"])
            if other is not None and other is not own:
                problems.add("exists")
        _check_unit(ctx, data.get("Unit"), problems)
        _check_currency(ctx, data.get("CostPriceCurrency"), "Currency", problems)
        _check_dates(merged, problems)
        group = data.get("ItemGroup")
        if group is not None and ctx.division["ItemGroups"].get(group) is None:
            problems.add("reference", "ItemGroup")
        self._check_vat_code(ctx, data.get("SalesVatCode"), problems)
        self._check_ledger(ctx, data, problems)
        if data.get("IsStockItem") and "stock" not in ctx.division.modules:
            problems.add("not_allowed", "IsStockItem")

    @staticmethod
    def _check_vat_code(ctx: Context, code: str | None, problems: Problems) -> None:
        if code is None:
            return
        found = ctx.division.by_code("VATCodes", code)
        if found is None:
            problems.add("reference", "SalesVatCode")
        elif found.get("IsBlocked"):
            problems.add("blocked", "SalesVatCode")
        elif found.get("VATTransactionType") == "P":
            problems.add("invalid", "SalesVatCode")

    @staticmethod
    def _check_ledger(ctx: Context, data: Row, problems: Problems) -> None:
        for name in _LEDGER:
            if data.get(name) is None:
                continue
            account = ctx.division["GLAccounts"].get(data[name])
            if account is None:
                problems.add("reference", "GLAccount")
            elif name == "GLRevenue" and account.get("Type") != REVENUE:
                problems.add("gl_type")
            elif account.get("IsBlocked"):
                problems.add("gl_blocked")

    # --- values -------------------------------------------------------------

    @staticmethod
    def _trim(values: Row) -> None:
        """Keep codes without blanks, and the folded one for look-ups."""
        for name in ("Code", "Unit", "SalesVatCode"):
            if isinstance(values.get(name), str):
                values[name] = values[name].strip()
        if "Code" in values:
            values["FoldedCode"] = fold(values["Code"])

    @staticmethod
    def _complete(ctx: Context, values: Row) -> None:
        """Fill what an item always has: unit, group and the group's account."""
        division = ctx.division
        if values.get("Unit") is None:
            main = next((row for row in division["Units"] if row.get("Main")), {})
            values["Unit"] = main.get("Code")
        if values.get("ItemGroup") is None:
            groups = division["ItemGroups"]
            default = next((row for row in groups if row.get("IsDefault")), {})
            values["ItemGroup"] = default.get("ID")
        if values.get("GLRevenue") is None:
            group = division["ItemGroups"].get(values["ItemGroup"]) or {}
            values["GLRevenue"] = group.get("GLRevenue")


#: What only one price of an item may have.
_UNIQUE = ("Item", "Account", "Currency", "Unit", "Quantity", "StartDate")


class SalesItemPriceHandler(Handler):
    """`logistics/SalesItemPrices`: with `Account` a price agreement."""

    computed: ClassVar[dict[str, Computed]] = {
        "AccountName": via("Account", "Accounts", "Name"),
        "Barcode": via("Item", "Items", "Barcode"),
        "DefaultItemUnit": via("Item", "Items", "Unit"),
        "DefaultItemUnitDescription": lambda ctx, row: via_code(
            "Unit", "Units", "Description"
        )(ctx, ctx.division["Items"].get(row["Item"]) or {}),
        "ItemCode": via("Item", "Items", "Code"),
        "ItemDescription": via("Item", "Items", "Description"),
        "UnitDescription": via_code("Unit", "Units", "Description"),
    }

    def create(self, ctx: Context, data: Row) -> Row:
        values = self._values(ctx, data)
        self._check(ctx, values, None)
        return self.insert(ctx, values)

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        values = self._values(ctx, {**row, **data})
        self._check(ctx, values, row)
        emptied = dict.fromkeys(data)
        self.change(ctx, row, {**emptied, **values})

    def delete(self, ctx: Context, row: Row) -> None:
        self.remove(ctx, row)

    @staticmethod
    def _values(ctx: Context, data: Row) -> Row:
        """Return what is given with what a price always has."""
        values = {name: value for name, value in data.items() if value is not None}
        item = ctx.division["Items"].get(values.get("Item")) or {}
        values.setdefault("Currency", ctx.division.currency)
        values["Unit"] = values.get("Unit", item.get("Unit") or "").strip()
        values.setdefault("Quantity", ONE)
        values.setdefault("NumberOfItemsPerUnit", ONE)
        values.setdefault("StartDate", ctx.today)
        return values

    def _check(self, ctx: Context, values: Row, own: Row | None) -> None:
        """Refuse a price that cannot be, or is there already.

        A price without `Item` or `Price` is refused, which the metadata does not
        ask for (stricter).

        :raises BusinessError: refused
        """
        problems = Problems()
        for name in ("Item", "Price"):
            if values.get(name) is None:
                problems.add("mandatory", name)
        item = values.get("Item")
        known = item is None or ctx.division["Items"].get(item) is not None
        if not known:
            problems.add("reference", "Item")
        self._check_references(ctx, values, problems, unit=item is not None and known)
        _check_dates(values, problems)
        for name in ("Quantity", "NumberOfItemsPerUnit"):
            if values[name] <= 0:
                problems.add("invalid", name)
        self._check_price(ctx, values, problems)
        problems.check()
        for other in self.table(ctx).all("Item", item):
            if other is not own and _same(other, values):
                raise refuse("exists")

    @staticmethod
    def _check_references(
        ctx: Context, values: Row, problems: Problems, *, unit: bool
    ) -> None:
        account = values.get("Account")
        if account is not None and ctx.division["Accounts"].get(account) is None:
            problems.add("reference", "Account")
        _check_currency(ctx, values["Currency"], "Currency", problems)
        if unit:
            _check_unit(ctx, values["Unit"], problems)
        # There are no projects and employees here.
        for name in ("Project", "Employee"):
            if values.get(name) is not None:
                problems.add("reference", name)

    @staticmethod
    def _check_price(ctx: Context, values: Row, problems: Problems) -> None:
        """Refuse a negative price, and more decimals than the currency has (7.4)."""
        price = values.get("Price")
        currency = ctx.division["Currencies"].get(values["Currency"])
        if price is None or currency is None:
            return
        step = Decimal(currency["PricePrecision"])
        if price < 0:
            problems.add("invalid", "Price")
        elif price % step:
            problems.add("price_decimals", "Price", -int(step.as_tuple().exponent))


def _same(one: Row, other: Row) -> bool:
    return all(one.get(name) == other.get(name) for name in _UNIQUE)


def price_handler() -> SalesItemPriceHandler:
    """Return the handler of sales prices."""
    return SalesItemPriceHandler("logistics/SalesItemPrices")
