"""Query parameters of lists and counts (reference 3.2). Unknown ones are refused."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl

from sandbox.core import AMSTERDAM

from .errors import bad_input
from .options import Options
from .store import Row, Table

DEFAULT_LIMIT = 50
MAX_LIMIT = 250
PAGING = frozenset({"limit", "page", "fields"})
DATES = frozenset(
    {"created_at_min", "created_at_max", "updated_at_min", "updated_at_max"}
)
_PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")


def parse_query(text: str) -> dict[str, str]:
    """Read a query string; a repeated parameter is refused."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in found:
            raise bad_input(name)
        found[name] = value
    return found


@dataclass(frozen=True)
class ListSpec:
    """How one resource is listed.

    :param filters: filter parameter to table index; these hold ids, except those in
        `texts`
    :param dated: whether date filters apply
    """

    table: str
    plural: str
    form: str
    filters: tuple[str, ...] = ()
    texts: frozenset[str] = frozenset({"number", "status"})
    dated: bool = True
    #: The filter that a path fixes, for sub-lists.
    fixed: tuple[str, int] | None = field(default=None)

    def known(self) -> set[str]:
        return {"since_id", *self.filters, *(DATES if self.dated else ())}


def positive(name: str, value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", value) or int(value) < 1:
        raise bad_input(name)
    return int(value)


def read_date(name: str, value: str, options: Options) -> datetime:
    """Read a date filter: "YYYY-MM-DD HH:MM:SS" or ISO 8601 with an offset."""
    try:
        if _PLAIN_DATE.fullmatch(value):
            zone = AMSTERDAM if options.date_zone == "amsterdam" else timezone.utc
            return datetime.fromisoformat(value).replace(tzinfo=zone)
        if _ISO_DATE.fullmatch(value):
            return datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError as error:
        raise bad_input(name) from error
    raise bad_input(name)


class Listing:
    """One list or count request, checked.

    :param counting: a count takes the filters only
    """

    def __init__(
        self,
        spec: ListSpec,
        query: dict[str, str],
        options: Options,
        counting: bool = False,
    ) -> None:
        self.spec = spec
        self.query = query
        self.options = options
        known = spec.known() | (set() if counting else PAGING)
        unknown = query.keys() - known
        if unknown:
            raise bad_input(", ".join(sorted(unknown)))
        self.page = positive("page", query.get("page", "1"))
        self.limit = self._limit()
        self.since = self._since()
        self.dates = {n: read_date(n, query[n], options) for n in DATES & query.keys()}

    def _limit(self) -> int:
        limit = positive("limit", self.query.get("limit", str(DEFAULT_LIMIT)))
        if limit > MAX_LIMIT and self.options.limit_over_max == "error":
            raise bad_input("limit")
        return min(limit, MAX_LIMIT)

    def _since(self) -> int | None:
        if "since_id" not in self.query:
            return None
        value = self.query["since_id"]
        return 0 if value == "0" else positive("since_id", value)

    def _candidates(self, table: Table) -> Iterable[Row]:
        wanted: list[tuple[str, Any]] = []
        if self.spec.fixed:
            wanted.append(self.spec.fixed)
        for name in self.spec.filters:
            if name in self.query:
                value = self.query[name]
                is_text = name in self.spec.texts
                wanted.append((name, value if is_text else positive(name, value)))
        if not wanted:
            return list(table.rows.values())
        ids = set(table.ids(*wanted[0]))
        for name, value in wanted[1:]:
            ids &= set(table.ids(name, value))
        return [table.rows[row_id] for row_id in sorted(ids)]

    def select(self, table: Table) -> list[Row]:
        """Return every matching row, in the order of the list."""
        rows = [row for row in self._candidates(table) if self._fits(row)]
        sort = self.options.sort
        by_update = any(name.startswith("updated") for name in self.dates)
        if by_update and sort in {"updated_asc", "updated_desc"}:
            rows.sort(
                key=lambda row: (row.updated, row.id), reverse=sort == "updated_desc"
            )
        elif not (sort == "ascending_since_id" and self.since is not None):
            rows.reverse()
        return rows

    def _fits(self, row: Row) -> bool:
        if self.since is not None and row.id <= self.since:
            return False
        for name, moment in self.dates.items():
            value = row.created if name.startswith("created") else row.updated
            # Payloads show whole seconds, and so does the filter compare.
            value = value.replace(microsecond=0)
            if value < moment if name.endswith("min") else value > moment:
                return False
        return True

    def cut(self, rows: list[Any]) -> list[Any]:
        """Return the page asked for; a page past the end is empty."""
        start = (self.page - 1) * self.limit
        return rows[start : start + self.limit]


def trim(objects: list[Any], query: dict[str, str], form: Callable) -> list[Any]:
    """Apply `fields` (reference 3.2); an unknown field name is refused."""
    if "fields" not in query:
        return objects
    names = query["fields"].split(",")
    shown = []
    for entry in objects:
        if not isinstance(entry, dict):
            shown.append(entry)
            continue
        unknown = [name for name in names if name not in entry]
        if unknown:
            raise bad_input("fields", *unknown)
        shown.append({name: entry[name] for name in names})
    return shown
