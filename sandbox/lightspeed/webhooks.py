"""What is sent to the receivers of a shop's webhooks (reference 7.2)."""

from typing import Any

from sandbox.core import Postman, dumps

from .limits import DEFAULT_LIMITS, RateLimit
from .render import Renderer
from .shop import Credential, Shop, md5
from .world import Event, World, new_secret

#: Host of the links in a body: the vendor's own, per cluster (1.1, 3.3), with http.
HOSTS = {"eu1": "http://api.webshopapp.com", "us1": "http://api.shoplightspeed.com"}

#: Item group -> (envelope of a single object, header with its id).
GROUPS = {
    "customers": ("customer", "X-Customer-Id"),
    "invoices": ("invoice", "X-Invoice-Id"),
    "orders": ("order", "X-Order-Id"),
    "products": ("product", "X-Product-Id"),
    "returns": ("return", "X-Return-Id"),
    "shipments": ("shipment", "X-Shipment-Id"),
    "variants": ("variant", "X-Variant-Id"),
}


class WebhookDesk:
    """Turns what happened in one action into deliveries."""

    def __init__(self, world: World, postman: Postman) -> None:
        self.world = world
        self.postman = postman

    def flush(self) -> None:
        """Queue the deliveries of the events of the action that ends."""
        events, self.world.events = self.world.events, []
        by_shop: dict[int, list[Event]] = {}
        for event in events:
            if event.group in GROUPS:
                by_shop.setdefault(event.shop.id, []).append(event)
        for own in by_shop.values():
            self._flush_shop(own[0].shop, own)

    def _flush_shop(self, shop: Shop, events: list[Event]) -> None:
        pairs = [
            (event, hook)
            for event in events
            for hook in shop["webhooks"].all()
            if hook["isActive"]
            and hook["itemGroup"] == event.group
            and hook["itemAction"] in {"*", event.action}
        ]
        if shop.options.webhook_order == "shuffled":
            self.postman.random.shuffle(pairs)
        elif shop.options.webhook_order == "reversed":
            pairs.reverse()
        for event, hook in pairs:
            copies = 1 + self._strikes(shop.options.webhook_duplicates)
            for _copy in range(copies):
                self._send(shop, event, hook)

    def _strikes(self, share: float) -> bool:
        return share > 0 and self.postman.random.random() < share

    def _send(self, shop: Shop, event: Event, hook: dict[str, Any]) -> None:
        credential = self._owner(hook)
        body = self._body(shop, event, hook).encode()
        state, reason = "waiting", None
        if hook["format"] == "xml":
            state, reason = "not_delivered", "XML is not modelled"
        elif credential is None:
            state, reason = "not_delivered", "its key was withdrawn"
        elif self._strikes(shop.options.webhook_lost):
            state = "lost"
        self.postman.post(
            f"{event.group}/{event.action}",
            hook["address"],
            self._headers(shop, event, hook, credential, body),
            body,
            delay=shop.options.webhook_delay,
            state=state,
            reason=reason,
            retries=shop.options.webhook_retries,
            retry_after=shop.options.webhook_retry_after,
            about={"shop": shop.id, "id": event.row_id, "webhook": hook["id"]},
        )

    def _owner(self, hook: dict[str, Any]) -> Credential | None:
        """Return the key or install that made a subscription."""
        for credential in self.world.credentials.values():
            if credential.id == hook["credential"]:
                return credential
        return None

    def _body(self, shop: Shop, event: Event, hook: dict[str, Any]) -> str:
        """Write the envelope of the single GET, slashes escaped (3.3)."""
        row = shop[event.group].get(event.row_id)
        gone = event.action == "deleted" or row is None
        if gone and shop.options.webhook_deleted == "empty":
            return ""
        row = row or event.row
        if row is None:
            return ""
        corrupt = row.get("corrupt")
        if corrupt and corrupt["body"] is not None:
            return corrupt["body"]
        host = HOSTS[shop.settings["cluster"]]
        render = Renderer(shop, host, hook["language"])
        shown = self._show(render, event.group, row)
        return dumps({GROUPS[event.group][0]: shown}).replace("/", "\\/")

    @staticmethod
    def _show(render: Renderer, group: str, row: dict[str, Any]) -> Any:
        if group == "orders":
            return render.order(row, single=True)
        name = GROUPS[group][0]
        return getattr(render, "return_" if name == "return" else name)(row)

    def _headers(
        self,
        shop: Shop,
        event: Event,
        hook: dict[str, Any],
        credential: Credential | None,
        body: bytes,
    ) -> dict[str, str]:
        limit = credential.limit if credential else RateLimit(DEFAULT_LIMITS)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Sandbox",
            "X-Shop-Id": str(shop.id),
            "X-Cluster-Id": shop.settings["cluster"],
            "X-Event": f"{event.group}/{event.action}",
            "X-Language": hook["language"],
            "X-Format": hook["format"],
            GROUPS[event.group][1]: str(event.row_id),
            "X-Request-Id": new_secret(),
            **limit.headers(self.world.clock.now()),
        }
        how = shop.options.webhook_signature
        if how != "absent" and credential is not None:
            secret = self._secret(shop, credential)
            headers["X-Signature"] = sign(body, secret if how == "good" else "wrong")
        return headers

    def _secret(self, shop: Shop, credential: Credential) -> str:
        if credential.app and shop.options.webhook_secret == "app_secret":
            return self.world.app(credential.app).secret
        return credential.password


def sign(body: bytes, secret: str) -> str:
    """Return the signature: MD5 of the body followed by the secret (7.2)."""
    return md5(body + secret.encode())
