"""Control commands about items: what somebody does or sees in Exact itself."""

from datetime import timedelta
from typing import Any

from ..core import ControlError
from .context import Context
from .control_books import BooksMixin, as_control_errors, show_day, texts
from .division import Division
from .edm import parse_datetime
from .handlers.items import item_by_code, sales_price
from .handlers.registry import handler
from .store import Row

ITEMS = "logistics/Items"
PRICES = "logistics/SalesItemPrices"
ONE_DAY = timedelta(days=1)

_FIELDS = (
    "ID",
    "Code",
    "Description",
    "Barcode",
    "IsSalesItem",
    "IsStockItem",
    "Unit",
    "SalesVatCode",
    "ExtraDescription",
    "Notes",
)
_PRICE_FIELDS = (
    "ID",
    "Price",
    "Currency",
    "Unit",
    "Quantity",
    "NumberOfItemsPerUnit",
    "Account",
)


class ItemsMixin(BooksMixin):
    """Commands on one division's items."""

    def control_items(
        self, division: int, code: str | None = None
    ) -> list[dict[str, Any]]:
        """Return all items (or the one with a code) with their prices, by code."""
        with self.lock:
            ctx = self._in_exact(division)
            rows = sorted(ctx.division["Items"], key=lambda row: row["Code"])
            if code is not None:
                found = item_by_code(ctx.division, code)
                rows = [found] if found else []
            return [show_item(ctx, row) for row in rows]

    def control_add_item(
        self,
        division: int,
        Code: str,
        Description: str = "",
        price: Any = None,
        **fields: Any,
    ) -> dict[str, Any]:
        """Add an item as in Exact's screen; fields as in logistics/Items.

        `IsSalesItem` is true unless given, `GLRevenue` and `ItemGroup` may be codes
        here; `price` is its sales price, in the division's currency.
        """
        with self.lock:
            ctx = self._in_exact(division)
            values = {"IsSalesItem": True, **_by_code(ctx.division, fields)}
            values.update(Code=Code, Description=Description or Code)
            row = self._create(ctx, ITEMS, values)
            if price is not None:
                self._price(ctx, row, price)
            return show_item(ctx, row)

    def _price(self, ctx: Context, item: Row, price: Any) -> None:
        """Give a new item its price, or do without the item, too."""
        try:
            self._create(ctx, PRICES, {"Item": item["ID"], "Price": price})
        except ControlError:
            ctx.division["Items"].delete(item)
            raise

    def control_add_item_price(
        self, division: int, code: str, price: Any, **fields: Any
    ) -> dict[str, Any]:
        """Give an item a price; fields as in logistics/SalesItemPrices."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._item(ctx, code)
            self._create(ctx, PRICES, {**fields, "Item": row["ID"], "Price": price})
            return show_item(ctx, row)

    def control_edit_item(
        self, division: int, code: str, **changes: Any
    ) -> dict[str, Any]:
        """Change an item (by ID or code); fields as in logistics/Items."""
        with self.lock:
            ctx = self._in_exact(division)
            return self._change_item(ctx, code, _by_code(ctx.division, changes))

    def control_rename_item(
        self, division: int, code: str, new_code: str
    ) -> dict[str, Any]:
        """Give an item (by ID or code) another code."""
        with self.lock:
            return self._change_item(self._in_exact(division), code, {"Code": new_code})

    def control_end_item(
        self, division: int, code: str, end_date: str | None = None
    ) -> dict[str, Any]:
        """Let an item end on a day (default: yesterday), so that it is blocked."""
        with self.lock:
            ctx = self._in_exact(division)
            if end_date is None:
                row = self._item(ctx, code)
                day = ctx.today - ONE_DAY
                start = row.get("StartDate")
                if start is not None and start > day:
                    ctx.division["Items"].update(row, {"StartDate": day})
                end_date = day.isoformat()
            elif parse_datetime(end_date) is None:
                text = f"no date: {end_date}"
                raise ControlError(text)
            return self._change_item(ctx, code, {"EndDate": end_date})

    def control_delete_item(self, division: int, code: str) -> dict[str, Any]:
        """Delete an item (by ID or code) with its prices, unless it is in use."""
        with self.lock:
            ctx = self._in_exact(division)
            row = self._item(ctx, code)
            found = handler(ITEMS)
            assert found is not None
            with as_control_errors():
                found.delete(ctx, row)
            self.touch()
            return {"ID": row["ID"], "Code": row["Code"]}

    @staticmethod
    def _item(ctx: Context, code: str) -> Row:
        row = ctx.division["Items"].get(code) or item_by_code(ctx.division, code)
        if row is None:
            text = f"unknown item {code}"
            raise ControlError(text)
        return row

    def _change_item(
        self, ctx: Context, code: str, changes: dict[str, Any]
    ) -> dict[str, Any]:
        row = self._item(ctx, code)
        found = handler(ITEMS)
        assert found is not None
        with as_control_errors():
            found.update(ctx, row, found.read(texts(changes), update=True))
        self.touch()
        return show_item(ctx, row)


def _by_code(division: Division, fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with GUIDs where a person gave a code."""
    result = dict(fields)
    for name, table in (("GLRevenue", "GLAccounts"), ("ItemGroup", "ItemGroups")):
        if name not in fields:
            continue
        rows = (row for row in division[table] if row["Code"] == fields[name])
        found = next(rows, None)
        if found is not None:
            result[name] = found["ID"]
    return result


def show_item(ctx: Context, item: Row) -> dict[str, Any]:
    """Return an item with its prices, codes instead of GUIDs."""
    division = ctx.division
    group = division["ItemGroups"].get(item.get("ItemGroup")) or {}
    revenue = division["GLAccounts"].get(item.get("GLRevenue")) or {}
    prices = division["SalesItemPrices"].all("Item", item["ID"])
    prices.sort(key=lambda row: (row["StartDate"], row["Quantity"], row["ID"]))
    return {
        **{name: item.get(name) for name in _FIELDS},
        "ItemGroup": group.get("Code"),
        "GLRevenue": revenue.get("Code"),
        "StartDate": show_day(item.get("StartDate")),
        "EndDate": show_day(item.get("EndDate")),
        "StandardSalesPrice": sales_price(division, item, ctx.today),
        "Prices": [_show_price(row) for row in prices],
    }


def _show_price(price: Row) -> dict[str, Any]:
    return {
        **{name: price.get(name) for name in _PRICE_FIELDS},
        "StartDate": show_day(price["StartDate"]),
        "EndDate": show_day(price.get("EndDate")),
    }
