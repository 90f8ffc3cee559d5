"""Tables with indexes, row versions and a sorted key list.

Rows are dicts that hold only what is set. A change goes through `insert`, `update`
and `delete`, which keep the indexes right.
"""

import bisect
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


def new_guid() -> str:
    """Return a random GUID."""
    return str(uuid.uuid4())


class Index:
    """Keys by value; a single key is held bare, to save memory."""

    def __init__(self) -> None:
        self._keys: dict[Any, Any] = {}

    def add(self, value: Any, key: Any) -> None:
        found = self._keys.get(value)
        if found is None:
            self._keys[value] = key
        elif isinstance(found, set):
            found.add(key)
        else:
            self._keys[value] = {found, key}

    def remove(self, value: Any, key: Any) -> None:
        found = self._keys.get(value)
        if isinstance(found, set):
            found.discard(key)
            if not found:
                del self._keys[value]
        elif found == key:
            del self._keys[value]

    def get(self, value: Any) -> "Iterable[Any]":
        found = self._keys.get(value)
        if found is None:
            return ()
        return found if isinstance(found, set) else (found,)


class Table:
    """The rows of one entity in one division.

    :param indexes: properties with an index
    :param version: gives the next row version (`Timestamp`, exact-online-api 7.8)
    """

    def __init__(
        self, key: str, indexes: Iterable[str], version: Callable[[], int]
    ) -> None:
        self.key = key
        self.rows: dict[Any, Row] = {}
        self._version = version
        #: Told ("Create", "Update" or "Delete", row) after each change.
        self.watch: Callable[[str, Row], None] | None = None
        self._indexes = {name: Index() for name in indexes}
        self._sorted: list[Any] = []
        self._unsorted = False
        self._versions: list[int] = []
        self._version_keys: list[Any] = []

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def get(self, key: Any) -> Row | None:
        return self.rows.get(key)

    def indexed(self, name: str) -> bool:
        return name == self.key or name in self._indexes

    def find(self, name: str, value: Any) -> Iterable[Any]:
        """Return the keys of the rows with a value in an indexed property."""
        if name == self.key:
            return (value,) if value in self.rows else ()
        return self._indexes[name].get(value)

    def first(self, name: str, value: Any) -> Row | None:
        """Return a row with a value in an indexed property."""
        for key in self.find(name, value):
            return self.rows[key]
        return None

    def all(self, name: str, value: Any) -> list[Row]:
        """Return the rows with a value in an indexed property."""
        return [self.rows[key] for key in self.find(name, value)]

    def insert(self, row: Row) -> Row:
        """Add a row; the key is made when it is missing."""
        key = row.setdefault(self.key, new_guid())
        self.rows[key] = row
        self._sorted.append(key)
        self._unsorted = True
        self._index(row)
        self._stamp(row)
        self._tell("Create", row)
        return row

    def update(self, row: Row, changes: Row) -> None:
        """Change properties of a row."""
        key = row[self.key]
        for name, index in self._indexes.items():
            if name in changes and changes[name] != row.get(name):
                if row.get(name) is not None:
                    index.remove(row[name], key)
                if changes[name] is not None:
                    index.add(changes[name], key)
        row.update(changes)
        self._stamp(row)
        self._tell("Update", row)

    def delete(self, row: Row) -> None:
        key = row[self.key]
        del self.rows[key]
        for name, index in self._indexes.items():
            if row.get(name) is not None:
                index.remove(row[name], key)
        if len(self._sorted) > 2 * len(self.rows) + 100:
            self._sorted = list(self.rows)
            self._unsorted = True
        self._tell("Delete", row)

    def _tell(self, action: str, row: Row) -> None:
        if self.watch is not None:
            self.watch(action, row)

    def _index(self, row: Row) -> None:
        for name, index in self._indexes.items():
            if row.get(name) is not None:
                index.add(row[name], row[self.key])

    def _stamp(self, row: Row) -> None:
        row["Timestamp"] = self._version()
        self._versions.append(row["Timestamp"])
        self._version_keys.append(row[self.key])

    def sorted_keys(self) -> list[Any]:
        """Return all keys in order (deleted ones may still be among them)."""
        if self._unsorted:
            self._sorted.sort()
            self._unsorted = False
        return self._sorted

    def keys_from(self, after: Any | None) -> Iterator[Any]:
        """Yield the keys that follow another one, in order."""
        keys = self.sorted_keys()
        start = 0 if after is None else bisect.bisect_right(keys, after)
        for position in range(start, len(keys)):
            if keys[position] in self.rows:
                yield keys[position]

    def changed_from(self, version: int) -> Iterator[Any]:
        """Yield the keys of rows changed after a version, oldest change first."""
        start = bisect.bisect_right(self._versions, version)
        for position in range(start, len(self._versions)):
            row = self.rows.get(self._version_keys[position])
            if row is not None and row["Timestamp"] == self._versions[position]:
                yield row[self.key]

    def dump(self) -> list[Any]:
        return [encode(row) for row in self.rows.values()]

    def load(self, rows: Iterable[Any]) -> None:
        """Put dumped rows in an empty table, versions included."""
        for data in sorted(
            (decode(item) for item in rows), key=lambda row: row["Timestamp"]
        ):
            key = data[self.key]
            self.rows[key] = data
            self._sorted.append(key)
            self._index(data)
            self._versions.append(data["Timestamp"])
            self._version_keys.append(key)
        self._unsorted = True


# --- persistence ------------------------------------------------------------


def encode(value: Any) -> Any:
    """Turn a value into JSON; `decode` turns it back."""
    if isinstance(value, dict):
        return {name: encode(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    return value


def decode(value: Any) -> Any:
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$decimal" in value:
        return Decimal(value["$decimal"])
    if "$datetime" in value:
        return datetime.fromisoformat(value["$datetime"])
    return {name: decode(item) for name, item in value.items()}
