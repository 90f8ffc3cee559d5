"""One webshop: its settings and its tables."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from sandbox.core import AMSTERDAM, ControlError

from .limits import DEFAULT_LIMITS, RateLimit
from .options import Options
from .places import LANGUAGE_CODES
from .store import Table

AREAS = ("content", "products", "customers", "orders", "settings", "tracking")


def md5(text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return hashlib.md5(data).hexdigest()


def all_permissions() -> dict[str, dict[str, bool]]:
    return {area: {"read": True, "write": True} for area in AREAS}


def read_permissions(changes: dict[str, Any]) -> dict[str, dict[str, bool]]:
    """Read {area: {read, write}}, {area: "rw" | "r" | ""} or {area: bool}."""
    found = {}
    for area, value in changes.items():
        if area not in AREAS:
            text = f"unknown area {area}; there are {AREAS}"
            raise ControlError(text)
        if isinstance(value, bool):
            value = {"read": value, "write": value}
        elif isinstance(value, str):
            value = {"read": "r" in value, "write": "w" in value}
        if not isinstance(value, dict) or value.keys() - {"read", "write"}:
            text = f"{area}: not permissions"
            raise ControlError(text)
        found[area] = {k: bool(value.get(k, False)) for k in ("read", "write")}
    return found


@dataclass
class Credential:
    """What opens one shop: its own key, or one install of an app (1.2)."""

    id: int
    username: str
    password: str
    shop: int
    app: str | None = None
    permissions: dict[str, dict[str, bool]] = field(default_factory=all_permissions)
    limit: RateLimit = field(default_factory=lambda: RateLimit(DEFAULT_LIMITS))

    def may(self, area: str | None, write: bool) -> bool:
        if area is None:
            return True
        return self.permissions[area]["write" if write else "read"]

    def dump(self) -> dict[str, Any]:
        return {**vars(self), "limit": self.limit.dump()}

    @classmethod
    def restore(cls, data: dict[str, Any]) -> "Credential":
        limit = RateLimit()
        limit.load(data["limit"])
        return cls(**{**data, "limit": limit})


def _owner(data: dict) -> Any:
    return data.get("order")


_TABLES: dict[str, dict[str, Any]] = {
    "orders": {
        "number": lambda d: d["number"],
        "customer": lambda d: d["customer"],
        "status": lambda d: d["fields"].get("status"),
    },
    "invoices": {
        "number": lambda d: d["number"],
        "customer": lambda d: d["customer"],
        "order": _owner,
    },
    "shipments": {
        "number": lambda d: d["number"],
        "customer": lambda d: d["customer"],
        "order": _owner,
    },
    "events": {
        "order": _owner,
        "invoice": lambda d: d.get("invoice"),
        "shipment": lambda d: d.get("shipment"),
    },
    "customers": {"email": lambda d: d["fields"].get("email")},
    "products": {"brand": lambda d: d.get("brand")},
    "variants": {
        "product": lambda d: d["product"],
        "article": lambda d: d["fields"].get("articleCode"),
    },
    "taxes": {},
    "taxOverrides": {"tax": lambda d: d["tax"]},
    "returns": {},
    "orderMetafields": {"order": _owner},
    "invoiceMetafields": {"invoice": lambda d: d["invoice"]},
    "customStatuses": {},
    "paymentmethods": {},
    "shippingmethods": {},
    "webhooks": {},
    "brands": {},
    "groups": {},
    "groupsCustomers": {
        "customer": lambda d: d["customer"],
        "group": lambda d: d["group"],
    },
}


class Shop:
    """A webshop; `tables` hold everything that has an id."""

    def __init__(self, shop_id: int, settings: dict[str, Any]) -> None:
        self.id = shop_id
        self.settings = settings
        self.options = Options()
        self.languages: list[str] = []
        self.default_language = "nl"
        self.counters: dict[str, int] = {}
        self.tables = {name: Table(**keys) for name, keys in _TABLES.items()}

    def __getitem__(self, table: str) -> Table:
        return self.tables[table]

    @property
    def incl(self) -> bool:
        return self.options.prices == "incl"

    @property
    def zone(self) -> Any:
        """Zone of the offsets in its payloads (reference 3.2)."""
        return AMSTERDAM if self.settings["cluster"] == "eu1" else timezone.utc

    def stamp(self, text: str) -> str:
        """Write a stored moment as the payloads do."""
        moment = datetime.fromisoformat(text).astimezone(self.zone)
        return moment.replace(microsecond=0).isoformat()

    def next_number(self, kind: str) -> str:
        """Return the next order, invoice, … number of this shop."""
        self.counters[kind] = self.counters.get(kind, 0) + 1
        prefix = self.settings["prefixes"].get(kind, "")
        return f"{prefix}{self.counters[kind]:0{self.settings['digits']}d}"

    def set_languages(self, active: list[str], default: str | None = None) -> None:
        unknown = [code for code in active if code not in LANGUAGE_CODES]
        if unknown or not active:
            text = f"languages are out of {LANGUAGE_CODES}"
            raise ControlError(text)
        self.languages = list(active)
        self.default_language = default or active[0]
        if self.default_language not in active:
            text = "the default language must be active"
            raise ControlError(text)

    def dump(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "settings": self.settings,
            "options": self.options.dump(),
            "languages": self.languages,
            "default_language": self.default_language,
            "counters": self.counters,
            "tables": {name: table.dump() for name, table in self.tables.items()},
        }

    @classmethod
    def restore(cls, data: dict[str, Any]) -> "Shop":
        shop = cls(data["id"], data["settings"])
        shop.options.update(data["options"])
        shop.languages = data["languages"]
        shop.default_language = data["default_language"]
        shop.counters = data["counters"]
        for name, rows in data["tables"].items():
            shop[name].load(rows)
        return shop
