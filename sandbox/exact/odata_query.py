"""Query options, paging and shapes of lists (exact-online-api 8.1, 8.2)."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from .context import Context
from .edm import comparable
from .errors import (
    FILTER_UNSUPPORTED,
    MANDATORY_FILTER,
    SELECT_DEMANDED,
    ApiError,
    syntax_error,
)
from .handlers.base import Handler
from .metadata import Endpoint, Prop
from .odata_filter import (
    Both,
    Compare,
    Node,
    candidates,
    parse_filter,
    parse_literals,
    predicate,
    properties,
)
from .store import Row

_OPTIONS = {
    "$select",
    "$filter",
    "$expand",
    "$orderby",
    "$top",
    "$skip",
    "$inlinecount",
    "$skiptoken",
}
#: Options that make sense on a single row.
_SINGLE = {"$select", "$expand"}
#: Options that a count understands.
_COUNT = {"$filter"}
#: Options that sync/ refuses: only Timestamp counts there (7.8).
_NOT_IN_SYNC = {"$orderby", "$skip", "$inlinecount"}


@dataclass
class Query:
    """The options of one GET, checked."""

    options: list[tuple[str, str]] = field(default_factory=list)
    select: frozenset[str] | None = None
    expand: frozenset[str] = frozenset()
    node: Node | None = None
    orderby: list[tuple[Prop, bool]] = field(default_factory=list)
    top: int | None = None
    skip: int = 0
    count: bool = False
    token: list[Any] | None = None


@dataclass
class Page:
    """What one GET of a list gives."""

    rows: list[dict[str, Any]]
    next_url: str | None
    count: int | None


def _names(text: str) -> list[str]:
    names = text.split(",")
    if not all(names):
        raise syntax_error()
    return names


def _select(endpoint: Endpoint, text: str) -> frozenset[str]:
    names = _names(text)
    if any(name not in endpoint.props for name in names):
        raise syntax_error()
    return frozenset(names)


def _expand(endpoint: Endpoint, text: str) -> frozenset[str]:
    names = _select(endpoint, text)
    if any(endpoint.props[name].type != "Collection" for name in names):
        raise syntax_error()
    return names


def _orderby(endpoint: Endpoint, text: str) -> list[tuple[Prop, bool]]:
    order = []
    for part in _names(text):
        name, _blank, direction = part.strip().partition(" ")
        prop = endpoint.props.get(name)
        if prop is None or prop.type == "Collection":
            raise syntax_error()
        if direction not in {"", "asc", "desc"}:
            raise syntax_error()
        order.append((prop, direction == "desc"))
    return order


def _natural(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise syntax_error()
    return int(text)


def parse_query(
    endpoint: Endpoint, options: list[tuple[str, str]], allowed: Iterable[str]
) -> Query:
    """Check the options of a GET.

    Unknown and repeated options are refused, names are case-sensitive.

    :raises ApiError: 400
    """
    names = [name for name, _value in options]
    if len(set(names)) != len(names) or set(names) - set(allowed):
        raise syntax_error()
    given = dict(options)
    query = Query(options)
    readers: dict[str, Callable[[str], Any]] = {
        "$select": lambda text: _select(endpoint, text),
        "$expand": lambda text: _expand(endpoint, text),
        "$filter": lambda text: parse_filter(text, endpoint.props),
        "$orderby": lambda text: _orderby(endpoint, text),
        "$top": _natural,
        "$skip": _natural,
        "$skiptoken": parse_literals,
    }
    targets = {"$filter": "node", "$skiptoken": "token"}
    for name, reader in readers.items():
        if name in given:
            setattr(query, targets.get(name, name[1:]), reader(given[name]))
    if given.get("$inlinecount", "none") not in {"none", "allpages"}:
        raise syntax_error()
    query.count = given.get("$inlinecount") == "allpages"
    return query


def single_query(endpoint: Endpoint, options: list[tuple[str, str]]) -> Query:
    """Check the options of a GET on one row: `$select` is not demanded."""
    return parse_query(endpoint, options, _SINGLE)


def list_query(handler: Handler, ctx: Context, options: list) -> Query:
    """Check the options of a GET on a list.

    A list needs `$select` or `$top=1` (sync and bulk: `$select`); `$expand` needs a
    `$select` that names the collection (8.1, 8.4).

    :raises ApiError: 400
    """
    endpoint = handler.endpoint
    allowed = _OPTIONS - _NOT_IN_SYNC if endpoint.kind == "sync" else _OPTIONS
    query = parse_query(endpoint, options, allowed)
    only_one = query.top == 1 and endpoint.kind == "normal" and not query.expand
    if query.select is None and not only_one:
        raise ApiError(400, SELECT_DEMANDED)
    if query.select is not None and not query.expand <= query.select:
        raise syntax_error()
    _check_filter(handler, ctx, query.node)
    return query


def count_query(handler: Handler, ctx: Context, options: list) -> Query:
    """Check the options of a `/$count`."""
    query = parse_query(handler.endpoint, options, _COUNT)
    _check_filter(handler, ctx, query.node)
    return query


def _check_filter(handler: Handler, ctx: Context, node: Node | None) -> None:
    used = properties(node) if node is not None else set()
    endpoint = handler.endpoint
    if endpoint.kind == "sync" and used - {"Timestamp"}:
        raise ApiError(400, FILTER_UNSUPPORTED)
    approved = handler.approved if endpoint.kind == "normal" else ()
    if approved and ctx.state.options["approved_filter"] and not used & set(approved):
        raise ApiError(400, MANDATORY_FILTER.format(", ".join(approved)))


# --- order ------------------------------------------------------------------


class _Descending:
    """Turns the order of a value around."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: "_Descending") -> bool:
        return other.value < self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and other.value == self.value

    __hash__ = None  # type: ignore[assignment]


def _place(value: Any, descending: bool) -> Any:
    """Return a sort key; rows without a value come first."""
    key = (value is not None, value) if value is not None else (False,)
    return _Descending(key) if descending else key


class Reader:
    """Runs a query on a handler."""

    def __init__(self, handler: Handler, ctx: Context, query: Query) -> None:
        self.handler = handler
        self.ctx = ctx
        self.query = query
        self.sync = handler.endpoint.kind == "sync"
        node = query.node
        self._test = predicate(node, self._get) if node is not None else None

    def _get(self, row: Row, name: str) -> Any:
        return self.handler.value(self.ctx, row, name)

    def _passes(self, row: Row | None) -> bool:
        if row is None or not self.handler.visible(self.ctx, row):
            return False
        return self._test is None or self._test(row)

    # --- rows in order ------------------------------------------------------

    def _keys(self, after: Any | None) -> Iterable[Any]:
        if self.sync:
            return self._changed_keys(after)
        if self.query.node is not None:
            found = candidates(
                self.query.node,
                lambda name, value: self.handler.lookup(self.ctx, name, value),
            )
            if found is not None:
                keys = sorted(found)
                return [key for key in keys if after is None or key > after]
        return self.handler.keys(self.ctx, after)

    def _changed_keys(self, after: Any | None) -> Iterator[Any]:
        start = max(_timestamp_floor(self.query.node), after or 0)
        return self.handler.table(self.ctx).changed_from(start)

    def _matching(self, after: Any | None) -> Iterator[tuple[Any, Row]]:
        for key in self._keys(after):
            row = self.handler.row(self.ctx, key)
            if row is not None and self._passes(row):
                yield key, row

    def _sort_key(self, key: Any, row: Row) -> tuple[Any, ...]:
        places = [
            _place(comparable(prop, self._get(row, prop.name)), descending)
            for prop, descending in self.query.orderby
        ]
        return (*places, key)

    def _ordered(self, limit: int) -> list[tuple[Any, Row]]:
        """Return the first rows after the token, at most `limit`."""
        query = self.query
        if not query.orderby:
            after = self._single_token() if query.token else None
            result = []
            for pair in self._matching(after):
                result.append(pair)
                if len(result) == limit:
                    break
            return result
        keyed = (
            (self._sort_key(key, row), number, (key, row))
            for number, (key, row) in enumerate(self._matching(None))
        )
        if query.token:
            start = self._token_key(query.token)
            keyed = (item for item in keyed if start < item[0])
        return [pair for _key, _number, pair in heapq.nsmallest(limit, keyed)]

    def _single_token(self) -> Any:
        if self.query.token is None or len(self.query.token) != 1:
            raise syntax_error()
        (token,) = self.query.token
        if not isinstance(token, int if self.sync else self.handler.token_type):
            raise syntax_error()
        return token

    def _token_key(self, token: list[Any]) -> tuple[Any, ...]:
        if len(token) != len(self.query.orderby) + 1:
            raise syntax_error()
        places = [
            _place(value, descending)
            for value, (_prop, descending) in zip(
                token, self.query.orderby, strict=False
            )
        ]
        return (*places, token[-1])

    # --- pages --------------------------------------------------------------

    def count(self) -> int:
        """Return how many rows match, paging aside."""
        return sum(1 for _pair in self._matching(None))

    def page(self, base: str) -> Page:
        """Return one page.

        :param base: the request's URL without its query
        """
        query, size = self.query, self.handler.endpoint.page_size
        limit = size if query.top is None else min(query.top, size)
        try:
            found = self._ordered(query.skip + limit + 1)[query.skip :]
        except TypeError as error:
            # A $skiptoken of another type than the rows' order.
            raise syntax_error() from error
        rows, more = found[:limit], len(found) > limit
        next_url = None
        left = None if query.top is None else query.top - limit
        full = len(rows) == size and self.ctx.state.options["empty_last_page"]
        if rows and (more or full) and left != 0:
            next_url = self._next_url(base, rows[-1], left)
        shown = [
            self.handler.present(self.ctx, row, query.select, query.expand)
            for _key, row in rows
        ]
        return Page(shown, next_url, self.count() if query.count else None)

    def _next_url(self, base: str, last: tuple[Any, Row], left: int | None) -> str:
        key, row = last
        if self.sync:
            literals = [f"{row['Timestamp']}L"]
        else:
            literals = [
                _literal(prop, comparable(prop, self._get(row, prop.name)))
                for prop, _descending in self.query.orderby
            ]
            literals.append(self.handler.key_token(key))
        kept = [
            (name, str(left) if name == "$top" else value)
            for name, value in self.query.options
            if name not in {"$skip", "$skiptoken"}
        ]
        kept.append(("$skiptoken", ",".join(literals)))
        return f"{base}?" + "&".join(
            f"{name}={quote(value, safe=chr(39) + ',')}" for name, value in kept
        )


def _timestamp_floor(node: Node | None) -> int:
    """Return the version below which no row can match a sync filter."""
    if isinstance(node, Compare) and node.op in {"gt", "ge"} and node.value is not None:
        return int(node.value) - (node.op == "ge")
    if isinstance(node, Both) and node.every:
        return max(_timestamp_floor(term) for term in node.terms)
    return 0


def _literal(prop: Prop, value: Any) -> str:
    """Write a value as an OData literal."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        text = value.isoformat(timespec="milliseconds" if value.microsecond else "auto")
        return f"datetime'{text}'"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return f"{value}L" if prop.type == "Int64" else str(value)
    if prop.type == "Guid":
        return f"guid'{value}'"
    return "'{}'".format(str(value).replace("'", "''"))
