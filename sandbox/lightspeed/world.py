"""All shops, apps and keys of the stand-in Lightspeed."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.core import Clock, ControlError

from .shop import Credential, Shop

#: Where the ids of each kind begin; they are unique over all shops.
FIRST_IDS = {
    "shop": 356890,
    "order": 315967957,
    "orderProduct": 500,
    "invoice": 332615049,
    "invoiceItem": 7041124,
    "shipment": 298110000,
    "shipmentProduct": 410220000,
    "customer": 226983111,
    "quote": 1501464655,
    "event": 880500000,
    "product": 60,
    "variant": 70,
    "tax": 26997,
    "taxOverride": 4567,
    "return": 17791,
    "metafield": 5763867,
    "customStatus": 2200,
    "webhook": 4745100,
    "paymentmethod": 310,
    "shippingmethod": 747282,
    "brand": 9100,
    "group": 7100,
    "groupsCustomer": 65000,
    "credential": 118000,
}

Listener = Callable[[Shop, str, str, int], None]


@dataclass
class App:
    """An app registration of an agency (1.2, 1.3)."""

    key: str
    secret: str
    install_url: str


@dataclass
class Event:
    """Something that happened to an object of a shop.

    :param row: the object, when it is no longer in its table
    """

    shop: Shop
    group: str
    action: str
    row_id: int
    row: dict[str, Any] | None = None


class World:
    """The state of the service, with its indexes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ids = dict(FIRST_IDS)
        self.shops: dict[int, Shop] = {}
        self.apps: dict[str, App] = {}
        self.credentials: dict[tuple[str, str], Credential] = {}
        #: Told (shop, item group, action, id) after each change.
        self.listeners: list[Listener] = []
        #: What happened in this action, for the webhooks of shops that have any.
        self.events: list[Event] = []

    def new_id(self, kind: str) -> int:
        self.ids[kind] += 1
        return self.ids[kind]

    def now(self) -> str:
        """Return the sandbox's time as rows store it."""
        return self.clock.now().isoformat()

    def emit(
        self,
        shop: Shop,
        group: str,
        action: str,
        row_id: int,
        row: dict[str, Any] | None = None,
    ) -> None:
        """Tell of a change: to the listeners, and to the shop's webhooks.

        :param row: the object, when it is no longer in its table
        """
        for listener in self.listeners:
            listener(shop, group, action, row_id)
        if len(shop["webhooks"]):
            self.events.append(Event(shop, group, action, row_id, row))

    def shop(self, reference: Any) -> Shop:
        """Find a shop by id or by name."""
        if isinstance(reference, Shop):
            return reference
        if isinstance(reference, int) and reference in self.shops:
            return self.shops[reference]
        for shop in self.shops.values():
            if reference in {str(shop.id), shop.settings["name"]}:
                return shop
        text = f"no shop {reference!r}"
        raise ControlError(text)

    def app(self, key: str) -> App:
        if key not in self.apps:
            text = f"no app {key!r}"
            raise ControlError(text)
        return self.apps[key]

    def add_credential(
        self, shop: Shop, username: str, password: str, **options: Any
    ) -> Credential:
        found = Credential(
            self.new_id("credential"), username, password, shop.id, **options
        )
        self.credentials[(username, password)] = found
        return found

    def credentials_of(
        self, shop: Any = None, username: str | None = None
    ) -> list[Credential]:
        """Find credentials by shop, by username, or both."""
        if shop is None and username is None:
            text = "name a shop, a username, or both"
            raise ControlError(text)
        shop_id = self.shop(shop).id if shop is not None else None
        found = [
            c
            for c in self.credentials.values()
            if shop_id in {None, c.shop} and username in {None, c.username}
        ]
        if not found:
            text = "no such credentials"
            raise ControlError(text)
        return found

    def revoke(self, credential: Credential) -> None:
        """Withdraw a key; an uninstalled app loses its webhooks (1.3)."""
        self.credentials.pop((credential.username, credential.password), None)
        webhooks = self.shops[credential.shop]["webhooks"]
        for row in webhooks.all():
            if row["credential"] == credential.id and credential.app:
                webhooks.delete(row["id"])

    def dump(self) -> dict[str, Any]:
        return {
            "ids": self.ids,
            "shops": [shop.dump() for shop in self.shops.values()],
            "apps": [vars(app) for app in self.apps.values()],
            "credentials": [c.dump() for c in self.credentials.values()],
        }

    def load(self, data: dict[str, Any]) -> None:
        self.ids = {**FIRST_IDS, **data["ids"]}
        self.shops = {d["id"]: Shop.restore(d) for d in data["shops"]}
        self.events = []
        self.apps = {d["key"]: App(**d) for d in data["apps"]}
        restored = [Credential.restore(d) for d in data["credentials"]]
        self.credentials = {(c.username, c.password): c for c in restored}


def new_secret() -> str:
    """Return 32 hexadecimal digits, the form of every key (1.1)."""
    return secrets.token_hex(16)
