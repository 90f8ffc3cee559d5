"""What can differ from shop to shop, or is not known of the real thing."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from sandbox.core import ControlError

_CHOICES = {
    "prices": ("incl", "excl"),
    "date_zone": ("utc", "amsterdam"),
    "sort": ("newest", "ascending_since_id", "updated_desc", "updated_asc"),
    "limit_over_max": ("clamp", "error"),
    "retry_after": ("absent", "seconds", "date"),
    "invoice_moment": ("direct", "paid", "manual"),
    "invoice_item_prices": ("line", "unit"),
    "credit_sign": ("positive", "negative"),
    "cancel_invoices": ("keep", "cancel", "credit"),
    "events_envelope": ("ordersEvent", "orderEvent"),
    "webhook_secret": ("app_secret", "derived"),
    "webhook_signature": ("good", "bad", "absent"),
    "webhook_order": ("kept", "shuffled", "reversed"),
    "webhook_deleted": ("empty", "object"),
}


@dataclass
class Options:
    """One shop's switches; the text after each says where the doubt is."""

    #: Whether the merchant enters prices with or without tax.
    prices: str = "incl"
    #: Zone of a date filter without offset (3.2: unknown).
    date_zone: str = "utc"
    #: Order of lists. Newest first, unless: ascending when `since_id` is given, or
    #: by `updatedAt` when an `updated_at_*` filter is given (3.2: unknown).
    sort: str = "newest"
    #: `limit` above 250 (3.2: unknown).
    limit_over_max: str = "clamp"
    #: Whether a 429 carries Retry-After, and in which form (2: unknown).
    retry_after: str = "absent"
    #: At most so many products embedded in an order; None = all (4.3: unknown).
    embedded_products_cap: int | None = None
    #: When invoices are made (5): with the order, when paid, or by hand.
    invoice_moment: str = "direct"
    #: Whether prices of invoice items are of the line or per unit (5: unclear).
    invoice_item_prices: str = "line"
    #: Sign of amounts on credit notes (5: one sample, positive).
    credit_sign: str = "positive"
    #: What cancelling an order does to its invoices (5: unknown).
    cancel_invoices: str = "keep"
    #: Envelope of order events, without its plural s (3.1: docs against live).
    events_envelope: str = "ordersEvent"
    #: Whether writing an order's metafield moves its `updatedAt` (8: recalled).
    metafields_bump: bool = True
    #: `shop.id` as a text (9.15).
    shop_id_text: bool = False
    #: shopLimits.maxWebhooks (1.4).
    max_webhooks: int = 10
    #: What signs the webhooks of an app: its secret, or the password derived from the
    #: install (7.2: unknown). A key of the shop's own signs with its own secret.
    webhook_secret: str = "app_secret"
    webhook_signature: str = "good"
    #: Order of the events of one action (7.1: none is guaranteed).
    webhook_order: str = "shuffled"
    #: Body of a `deleted` event (7.2: unknown).
    webhook_deleted: str = "empty"
    #: Share of the deliveries that come twice, or never (0 to 1).
    webhook_duplicates: float = 0
    webhook_lost: float = 0
    #: Seconds of the sandbox's clock between an event and its delivery.
    webhook_delay: float = 0
    #: How often a delivery that is not answered 2xx is tried again, and how many
    #: seconds later (7.2: no retry policy is known).
    webhook_retries: int = 0
    webhook_retry_after: float = 60

    def update(self, changes: dict[str, Any]) -> None:
        """Change options by name."""
        known = {f.name for f in fields(self)}
        for name, value in changes.items():
            if name not in known:
                text = f"unknown option {name}; there are {sorted(known)}"
                raise ControlError(text)
            if name in _CHOICES and value not in _CHOICES[name]:
                text = f"{name} is one of {_CHOICES[name]}"
                raise ControlError(text)
            setattr(self, name, value)

    def dump(self) -> dict[str, Any]:
        return asdict(self)
