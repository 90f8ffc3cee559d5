"""Rows kept as JSON text: small in memory, and never shared by accident."""

import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sandbox.core import dumps, loads

Key = Callable[[dict], Any]
#: Longer texts are kept compressed: a hundred thousand orders fit in memory.
LARGE = 600


class Row:
    """One stored object; `keys` are the values the table is indexed by."""

    __slots__ = ("_packed", "_text", "created", "id", "keys", "updated")

    def __init__(self, data: dict, keys: tuple) -> None:
        self.id: int = data["id"]
        self.created = _instant(data.get("created"))
        self.updated = _instant(data.get("updated"))
        self.keys = keys
        text = dumps(data)
        large = len(text) > LARGE
        self._text = None if large else text
        self._packed = zlib.compress(text.encode(), 1) if large else None

    @property
    def data(self) -> dict:
        """Return the object, decoded afresh: changing it changes nothing."""
        if self._text is not None:
            return loads(self._text)
        return loads(zlib.decompress(self._packed))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


class Index:
    """Ids by value; a value with one id takes no collection of its own."""

    def __init__(self) -> None:
        self._found: dict[Any, int | dict[int, None]] = {}

    def add(self, value: Any, row_id: int) -> None:
        found = self._found.get(value)
        if found is None:
            self._found[value] = row_id
        elif isinstance(found, dict):
            found[row_id] = None
        else:
            self._found[value] = {found: None, row_id: None}

    def remove(self, value: Any, row_id: int) -> None:
        found = self._found[value]
        if isinstance(found, dict) and len(found) > 1:
            found.pop(row_id)
        else:
            del self._found[value]

    def ids(self, value: Any) -> Iterable[int]:
        found = self._found.get(value, ())
        return (found,) if isinstance(found, int) else found


class Table:
    """The rows of one kind in one shop, by id, with further indexes.

    Ids only grow, so the rows stand in ascending order of id.
    """

    def __init__(self, **keys: Key) -> None:
        self._key_functions = keys
        self.rows: dict[int, Row] = {}
        self._indexes = {name: Index() for name in keys}

    def __len__(self) -> int:
        return len(self.rows)

    def put(self, data: dict) -> None:
        """Store a new or changed object."""
        old = self.rows.get(data["id"])
        keys = tuple(function(data) for function in self._key_functions.values())
        if old is not None and old.keys != keys:
            self._unindex(old)
        if old is None or old.keys != keys:
            for index, value in zip(self._indexes.values(), keys, strict=True):
                index.add(value, data["id"])
        self.rows[data["id"]] = Row(data, keys)

    def _unindex(self, row: Row) -> None:
        for index, value in zip(self._indexes.values(), row.keys, strict=True):
            index.remove(value, row.id)

    def get(self, row_id: int) -> dict | None:
        row = self.rows.get(row_id)
        return row.data if row is not None else None

    def delete(self, row_id: int) -> None:
        self._unindex(self.rows.pop(row_id))

    def ids(self, key: str, value: Any) -> Iterable[int]:
        """Return the ids of the rows with this value of an index."""
        return self._indexes[key].ids(value)

    def find(self, key: str, value: Any) -> list[dict]:
        """Return the objects with this value, oldest first."""
        return [self.rows[row_id].data for row_id in sorted(self.ids(key, value))]

    def all(self) -> list[dict]:
        """Return every object, oldest first."""
        return [row.data for row in self.rows.values()]

    def dump(self) -> list[dict]:
        return self.all()

    def load(self, data: list[dict]) -> None:
        for row in data:
            self.put(row)
