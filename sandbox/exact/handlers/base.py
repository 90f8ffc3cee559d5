"""How an endpoint reads and writes; a subclass adds what is special about it."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar

from ..context import Context
from ..division import Division, table_name
from ..edm import from_json, to_json
from ..errors import (
    TOP_LEVEL,
    UNKNOWN_PROPERTY,
    Problems,
    forbidden,
    payload_error,
    refuse,
)
from ..metadata import Endpoint, Prop, endpoints
from ..store import Row, Table, new_guid

Computed = Callable[[Context, Row], Any]

#: Module that a division must have licensed for an endpoint, by the first part of
#: its path (8.7: 403, "also a missing module").
MODULES = {
    "salesinvoice": "invoicing",
    "salesorder": "orders",
    "sales": "orders",
    "logistics": "items",
    "inventory": "stock",
    "financialtransaction": "cashflow",
    "generaljournalentry": "journal",
    "webhooks": "webhooks",
}
#: Without these not even reading is allowed; the others are needed to write only.
NEEDED_TO_READ = {"invoicing", "items", "stock"}


def module_of(path: str) -> str | None:
    """Return the module that an endpoint belongs to; `sync/` and `bulk/` have that
    of their twin."""
    parts = path.lower().split("/")
    return MODULES.get(parts[parts[0] in {"sync", "bulk", "read"}])


def licensed(division: Division, path: str, method: str) -> bool:
    """Say whether a division has the module that a call needs (8.7)."""
    module = module_of(path)
    if module is None or (method == "GET" and module not in NEEDED_TO_READ):
        return True
    return module in division.modules


def via(field: str, table: str, target: str) -> Computed:
    """Return a computed property: a field of the row that `field` refers to."""

    def look_up(ctx: Context, row: Row) -> Any:
        other = ctx.division[table].get(row.get(field))
        return other.get(target) if other else None

    return look_up


def via_code(field: str, table: str, target: str) -> Computed:
    """Return a computed property: a field of the row whose code `field` holds."""

    def look_up(ctx: Context, row: Row) -> Any:
        other = ctx.division.by_code(table, row.get(field))
        return other.get(target) if other else None

    return look_up


def _full_name(field: str) -> Computed:
    def look_up(ctx: Context, row: Row) -> Any:
        user = ctx.state.user_by_id(row.get(field))
        return user.full_name if user else None

    return look_up


COMMON: dict[str, Computed] = {
    "Division": lambda ctx, row: ctx.division.code,
    "CreatorFullName": _full_name("Creator"),
    "ModifierFullName": _full_name("Modifier"),
}

#: Which property of a nested row refers to its parent, where it is not the name
#: of the parent's key.
PARENTS = {"BankAccounts": "Account", "VATPercentages": "VATCodeID"}

#: Amounts a payload may carry with 2 decimals at most (stricter than documented).
_FREE_DOUBLES = ("Percentage", "Rate", "Quantity", "Weight", "tude")
#: Doubles by their whole name that may have more: prices, and a fraction (6.2).
_FREE_NAMES = frozenset({"NetPrice", "UnitPrice", "Discount"})


def is_amount(prop: Prop) -> bool:
    """Say whether a Double is money."""
    return (
        prop.type == "Double"
        and prop.name not in _FREE_NAMES
        and not any(mark in prop.name for mark in _FREE_DOUBLES)
    )


class Handler:
    """Reads and writes the rows of one endpoint.

    Without a subclass: reading works on the endpoint's table, writing is refused.
    """

    #: Properties that are not stored.
    computed: ClassVar[dict[str, Computed]] = {}
    #: POST answers only the key, unless the client asks for more (8.5).
    sparse: ClassVar[bool] = False
    #: Fields of which one must be in the filter of a list (8.4); switchable.
    approved: ClassVar[tuple[str, ...]] = ()
    #: Documented as mandatory, but taken from elsewhere when left out.
    derived: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, path: str) -> None:
        self.endpoint: Endpoint = endpoints()[path]
        self.path = path
        self.table_name = table_name(path)
        computed = {**COMMON, **self.computed}
        self._computed = {
            name: value
            for name, value in computed.items()
            if name in self.endpoint.props
        }

    # --- reading ------------------------------------------------------------

    def table(self, ctx: Context) -> Table:
        return ctx.division[self.table_name]

    def value(self, ctx: Context, row: Row, name: str) -> Any:
        """Return a property of a row; unset flags count as off."""
        compute = self._computed.get(name)
        value = compute(ctx, row) if compute else row.get(name)
        if value is None:
            kind = self.endpoint.props[name].type
            if kind == "Boolean":
                return False
            if kind == "Byte":
                return 0
        return value

    def lookup(self, ctx: Context, name: str, value: Any) -> Iterable[Any] | None:
        """Return the keys of rows with a value; None when there is no index."""
        table = self.table(ctx)
        if name in self._computed or not table.indexed(name):
            return None
        return table.find(name, value)

    def keys(self, ctx: Context, after: Any | None) -> Iterator[Any]:
        """Yield all keys after another one, in order."""
        return self.table(ctx).keys_from(after)

    def row(self, ctx: Context, key: Any) -> Row | None:
        return self.table(ctx).get(key)

    def visible(self, ctx: Context, row: Row) -> bool:
        """Say whether a row belongs to this endpoint at all."""
        return True

    def key_literal(self, value: Any) -> str:
        """Write a key as in `Accounts(guid'…')`."""
        kind = self.endpoint.key_prop.type
        if kind == "Guid":
            return f"guid'{value}'"
        if kind == "String":
            return "'{}'".format(str(value).replace("'", "''"))
        return f"{value}L" if kind == "Int64" else str(value)

    @property
    def token_type(self) -> type:
        """Return the type of the keys of `keys`."""
        return str if self.endpoint.key_prop.type in {"Guid", "String"} else int

    def key_token(self, key: Any) -> str:
        """Write a key of `keys` for `$skiptoken`."""
        return self.key_literal(key)

    def uri(self, ctx: Context, row: Row) -> str:
        key = self.key_literal(self.value(ctx, row, self.endpoint.key))
        return f"{ctx.base}/api/v1/{ctx.division.code}/{self.path}({key})"

    def present(
        self,
        ctx: Context,
        row: Row,
        select: frozenset[str] | None = None,
        expand: frozenset[str] = frozenset(),
    ) -> dict[str, Any]:
        """Return a row as in an answer, `__metadata` first (8.2)."""
        uri = self.uri(ctx, row)
        shown: dict[str, Any] = {
            "__metadata": {"uri": uri, "type": self.endpoint.entity_type}
        }
        for name, prop in self.endpoint.props.items():
            if select is not None and name not in select:
                continue
            if prop.type != "Collection":
                shown[name] = to_json(prop, self.value(ctx, row, name))
            elif name in expand:
                shown[name] = {"results": self.nested(ctx, row, prop)}
            else:
                shown[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
        return shown

    def sparse_answer(self, ctx: Context, row: Row) -> dict[str, Any]:
        """Return the answer of a POST with only the key filled (4.1)."""
        shown = self.present(ctx, row)
        for name, prop in self.endpoint.props.items():
            if name != self.endpoint.key and prop.type != "Collection":
                shown[name] = to_json(prop, None)
        return shown

    def nested(self, ctx: Context, row: Row, prop: Prop) -> list[dict[str, Any]]:
        """Return the presented rows of a collection."""
        from .registry import nested_handler

        child = nested_handler(self.path, prop)
        if child is None:
            return []
        link = PARENTS.get(prop.name, self.endpoint.key)
        rows = child.table(ctx).all(link, row[self.endpoint.key])
        rows.sort(key=lambda item: (item.get("LineNumber") or 0, str(item["ID"])))
        return [child.present(ctx, item) for item in rows]

    # --- writing ------------------------------------------------------------

    def check_modelled(self, ctx: Context) -> None:
        """Refuse to write where writing is not modelled.

        :raises ApiError: 403 Forbidden
        """
        kind = type(self)
        if kind.create is Handler.create and kind.update is Handler.update:
            raise forbidden()

    def create(self, ctx: Context, data: Row) -> Row:
        """Make a row from a checked payload.

        :raises BusinessError: refused by the bookkeeping
        """
        raise forbidden()

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        """Change the named properties of a row.

        :raises BusinessError: refused by the bookkeeping
        """
        raise forbidden()

    def delete(self, ctx: Context, row: Row) -> None:
        """Remove a row.

        :raises BusinessError: refused by the bookkeeping
        """
        raise forbidden()

    # --- payloads -----------------------------------------------------------

    def read(self, data: Any, *, update: bool = False) -> Row:
        """Check a payload's form and return the writable properties.

        Read-only properties are converted (a wrong type is refused) and dropped.

        :raises ApiError: 400 with the texts of 8.6
        """
        if not isinstance(data, dict):
            raise payload_error(TOP_LEVEL)
        result: Row = {}
        for name, value in data.items():
            prop = self.endpoint.props.get(name)
            if prop is None:
                raise payload_error(UNKNOWN_PROPERTY, name, self.endpoint.entity_type)
            flag = prop.put if update else prop.post
            converted = self._convert(prop, value)
            if flag not in {"no", "server", "url"}:
                result[name] = converted
        return result

    def _convert(self, prop: Prop, value: Any) -> Any:
        if prop.type != "Collection":
            return from_json(prop, value)
        from .registry import nested_handler

        if value is None:
            return None
        child = nested_handler(self.path, prop)
        if not isinstance(value, list) or child is None:
            raise payload_error(TOP_LEVEL)
        return [child.read(item) for item in value]

    def check_mandatory(
        self, data: Row, problems: Problems, *, standalone: bool = True
    ) -> None:
        """Note every mandatory property that is missing or empty."""
        for name, prop in self.endpoint.props.items():
            needed = prop.post == "mandatory" or (
                standalone and prop.post == "mandatory-standalone"
            )
            if needed and name not in self.derived and is_empty(data.get(name)):
                problems.add("mandatory", name)

    def check_not_emptied(self, data: Row, problems: Problems) -> None:
        """Note mandatory properties that a change would empty."""
        for name, value in data.items():
            flag = self.endpoint.props[name].post
            needed = flag.startswith("mandatory") and name not in self.derived
            if needed and is_empty(value):
                problems.add("mandatory", name)

    def check_values(self, data: Row, problems: Problems) -> None:
        """Note texts that are too long and amounts with too many decimals."""
        for name, value in data.items():
            prop = self.endpoint.props[name]
            if prop.max and isinstance(value, str) and len(value) > prop.max:
                problems.add("too_long", name, prop.max)
            elif value is not None and is_amount(prop) and has_fraction(value):
                problems.add("decimals", name)

    # --- storing ------------------------------------------------------------

    def insert(self, ctx: Context, values: Row) -> Row:
        """Store a new row with its audit fields."""
        audit = {
            self.endpoint.key: new_guid(),
            "Created": ctx.now,
            "Modified": ctx.now,
            "Creator": ctx.user.id,
            "Modifier": ctx.user.id,
        }
        present = {name: value for name, value in values.items() if value is not None}
        return self.table(ctx).insert({**audit, **present})

    def change(self, ctx: Context, row: Row, changes: Row) -> None:
        """Store a change with its audit fields."""
        audit = {"Modified": ctx.now, "Modifier": ctx.user.id}
        self.table(ctx).update(row, {**changes, **audit})

    def remove(self, ctx: Context, row: Row) -> None:
        """Take a row out, and tell `sync/Deleted` (7.8)."""
        self.table(ctx).delete(row)
        kind = DELETED_TYPES.get(self.table_name)
        if kind is not None:
            ctx.division["Deleted"].insert(
                {
                    "EntityKey": row[self.endpoint.key],
                    "EntityType": kind,
                    "DeletedBy": ctx.user.id,
                    "DeletedDate": ctx.now,
                }
            )


#: `EntityType` of sync/Deleted.
DELETED_TYPES = {
    "TransactionLines": 1,
    "Accounts": 2,
    "Addresses": 3,
    "DocumentAttachments": 4,
    "Contacts": 5,
    "Documents": 6,
    "GLAccounts": 7,
    "SalesItemPrices": 8,
    "Items": 9,
    "Receivables": 10,
    "SalesInvoices": 13,
}


def is_empty(value: Any) -> bool:
    """Say whether a mandatory property counts as missing."""
    return (
        value is None or value == [] or (isinstance(value, str) and not value.strip())
    )


def has_fraction(value: Any) -> bool:
    """Say whether an amount has more than 2 decimals."""
    return value != round(value, 2)


class CodedHandler(Handler):
    """Master data with a unique `Code` that may be written."""

    def create(self, ctx: Context, data: Row) -> Row:
        problems = Problems()
        self.check_mandatory(data, problems)
        self.check_values(data, problems)
        problems.check()
        if ctx.division.by_code(self.table_name, data["Code"]):
            raise refuse("exists")
        return self.insert(ctx, {**data, "Code": data["Code"].strip()})

    def update(self, ctx: Context, row: Row, data: Row) -> None:
        problems = Problems()
        self.check_not_emptied(data, problems)
        self.check_values(data, problems)
        problems.check()
        if "Code" in data:
            other = ctx.division.by_code(self.table_name, data["Code"])
            if other is not None and other is not row:
                raise refuse("exists")
        self.change(ctx, row, data)
