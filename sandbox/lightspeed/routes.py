"""Which path does what, and which right it takes.

Rights (areas) per resource are a choice of this sandbox: the reference only tells
the areas' names (1.4).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from . import changes, reads
from .context import Context
from .reads import SPECS, Answer, count_route, list_route, single_route

Handler = Callable[[Context], Answer]
Path = tuple[str, ...]


@dataclass
class Route:
    """The methods of one path; `area` None needs no right."""

    area: str | None
    methods: dict[str, Handler] = field(default_factory=dict)


ROUTES: dict[Path, Route] = {}


def _add(path: str, area: str | None, **methods: Handler) -> None:
    route = ROUTES.setdefault(tuple(path.split("/")), Route(area))
    route.methods.update(methods)


def _add_resource(path: str, area: str) -> None:
    spec = SPECS[path]
    _add(path, area, GET=list_route(spec))
    _add(f"{path}/count", area, GET=count_route(spec))
    _add(f"{path}/#", area, GET=single_route(spec))


def _add_parts(path: str, area: str, routes: tuple) -> None:
    _add(path, area, GET=routes[0])
    _add(f"{path}/count", area, GET=routes[1])


def _add_metafields(owner: str) -> None:
    path, spec = f"{owner}s/#/metafields", SPECS[f"{owner}s/metafields"]
    create, update, delete = changes.metafield_routes(owner)
    read = [
        reads.sub_route(spec, f"{owner}s", owner, make)
        for make in (list_route, count_route)
    ]
    _add_parts(path, "orders", tuple(read))
    _add(path, "orders", POST=create)
    single = reads.sub_single_route(spec, owner)
    _add(f"{path}/#", "orders", GET=single, PUT=update, DELETE=delete)


def _build() -> None:
    for path, area in {
        "orders": "orders",
        "orders/events": "orders",
        "invoices": "orders",
        "shipments": "orders",
        "returns": "orders",
        "customers": "customers",
        "groups": "customers",
        "groups/customers": "customers",
        "products": "products",
        "variants": "products",
        "brands": "products",
        "taxes": "settings",
        "paymentmethods": "settings",
        "shippingmethods": "settings",
        "webhooks": "settings",
    }.items():
        _add_resource(path, area)
    # Custom statuses and events share the "orders/…" prefix with ids.
    statuses = SPECS["customstatuses"]
    _add("orders/customstatuses", "orders", GET=list_route(statuses))
    _add("orders/customstatuses/count", "orders", GET=count_route(statuses))
    _add("orders/customstatuses", "orders", POST=changes.post_custom_status)
    _add(
        "orders/customstatuses/#",
        "orders",
        GET=single_route(statuses),
        PUT=changes.put_custom_status,
        DELETE=changes.delete_route("customStatuses"),
    )
    _add("orders/#", "orders", GET=reads.order, PUT=changes.put_order)
    _add("orders/#/credit", "orders", POST=changes.credit)
    _add_parts("orders/#/products", "orders", reads.order_products)
    _add("orders/#/products/#", "orders", GET=reads.order_product)
    _add_metafields("order")
    _add("invoices/#", "orders", PUT=changes.put_invoice)
    _add_parts("invoices/#/items", "orders", reads.invoice_items)
    _add_metafields("invoice")
    _add_parts("shipments/#/products", "orders", reads.shipment_products)
    _add("returns/#", "orders", PUT=changes.put_return)
    _add("returns/#", "orders", DELETE=changes.delete_route("returns"))
    overrides = SPECS["taxes/overrides"]
    for tail, make in (("", list_route), ("/count", count_route)):
        route = reads.sub_route(overrides, "taxes", "tax", make)
        _add(f"taxes/#/overrides{tail}", "settings", GET=route)
    single = reads.sub_single_route(overrides, "tax")
    _add("taxes/#/overrides/#", "settings", GET=single)
    _add("webhooks", "settings", POST=changes.post_webhook)
    _add("webhooks/#", "settings", PUT=changes.put_webhook)
    _add("webhooks/#", "settings", DELETE=changes.delete_route("webhooks"))
    for name in ("languages", "countries"):
        read, count, one = getattr(reads, name)
        _add(name, "settings", GET=read)
        _add(f"{name}/count", "settings", GET=count)
        _add(f"{name}/#", "settings", GET=one)
    _add("account", None, GET=reads.account)
    _add("account/permissions", None, GET=reads.account_permissions)
    _add("account/ratelimit", None, GET=reads.account_ratelimit)
    _add("time", None, GET=reads.time)
    _add("shop", "settings", GET=reads.shop)
    _add("shop/company", "settings", GET=reads.shop_company)
    _add("shop/limits", "settings", GET=reads.shop_limits)


_build()


def find_route(parts: list[str]) -> tuple[Route | None, tuple[int, ...]]:
    """Find the route of a path, and the ids in it."""
    ids = tuple(int(part) for part in parts if part.isdecimal())
    path = tuple("#" if part.isdecimal() else part for part in parts)
    return ROUTES.get(path), ids
