"""GET routes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .context import Context, Literal
from .errors import bad_input, not_found
from .limits import WINDOWS
from .listing import DEFAULT_LIMIT, PAGING, Listing, ListSpec, positive, trim
from .places import COUNTRY_CODES, LANGUAGE_CODES, country, language

Answer = tuple[int, Any]
Read = Callable[[Context], Answer]

#: Filters as documented (reference 3.2).
SPECS = {
    "orders": ListSpec("orders", "orders", "order", ("customer", "number", "status")),
    "invoices": ListSpec(
        "invoices", "invoices", "invoice", ("customer", "order", "number")
    ),
    "shipments": ListSpec(
        "shipments", "shipments", "shipment", ("customer", "order", "number")
    ),
    "customers": ListSpec("customers", "customers", "customer"),
    "products": ListSpec("products", "products", "product", ("brand",)),
    "variants": ListSpec("variants", "variants", "variant", ("product",)),
    "returns": ListSpec("returns", "returns", "return_"),
    "webhooks": ListSpec("webhooks", "webhooks", "webhook"),
    "taxes": ListSpec("taxes", "taxes", "tax", dated=False),
    "customstatuses": ListSpec("customStatuses", "customStatuses", "custom_status"),
    "paymentmethods": ListSpec(
        "paymentmethods", "paymentmethods", "plain", dated=False
    ),
    "shippingmethods": ListSpec(
        "shippingmethods", "shippingmethods", "plain", dated=False
    ),
    "brands": ListSpec("brands", "brands", "brand", dated=False),
    "groups": ListSpec("groups", "groups", "plain", dated=False),
    "groups/customers": ListSpec(
        "groupsCustomers",
        "groupsCustomers",
        "plain",
        ("customer", "group"),
        dated=False,
    ),
    "orders/events": ListSpec(
        "events", "ordersEvents", "event", ("order", "invoice", "shipment")
    ),
    "orders/metafields": ListSpec("orderMetafields", "orderMetafields", "metafield"),
    "invoices/metafields": ListSpec(
        "invoiceMetafields", "invoiceMetafields", "metafield"
    ),
    "taxes/overrides": ListSpec(
        "taxOverrides", "taxOverrides", "tax_override", dated=False
    ),
}
_SINGULARS = {
    "taxes": "tax",
    "customStatuses": "customStatus",
}


def singular(spec: ListSpec) -> str:
    return _SINGULARS.get(spec.plural, spec.plural[:-1])


def check_query(ctx: Context, *known: str) -> None:
    unknown = ctx.query.keys() - set(known)
    if unknown:
        raise bad_input(", ".join(sorted(unknown)))


def _plural(ctx: Context, spec: ListSpec) -> str:
    """Name a list's envelope; that of order events is uncertain (3.1)."""
    if spec.table == "events":
        return ctx.shop.options.events_envelope + "s"
    return spec.plural


def list_route(spec: ListSpec) -> Read:
    """Return the route of a list."""

    def read(ctx: Context) -> Answer:
        listing = Listing(spec, ctx.query, ctx.shop.options)
        rows = listing.cut(listing.select(ctx.shop[spec.table]))
        form = getattr(ctx.render, spec.form)
        shown = [form(row.data) for row in rows]
        return 200, {_plural(ctx, spec): trim(shown, ctx.query, form)}

    return read


def count_route(spec: ListSpec) -> Read:
    """Return the route of a count."""

    def read(ctx: Context) -> Answer:
        listing = Listing(spec, ctx.query, ctx.shop.options, counting=True)
        return 200, {"count": len(listing.select(ctx.shop[spec.table]))}

    return read


def single_route(spec: ListSpec) -> Read:
    """Return the route of a single object."""

    def read(ctx: Context) -> Answer:
        check_query(ctx, "fields")
        row = ctx.shop[spec.table].get(ctx.ids[-1])
        if row is None:
            raise not_found()
        form = getattr(ctx.render, spec.form)
        (shown,) = trim([form(row)], ctx.query, form)
        return 200, {
            _plural(ctx, spec)[:-1] if spec.table == "events" else singular(spec): shown
        }

    return read


def sub_spec(spec: ListSpec, parent: str, key: str, ctx: Context) -> ListSpec:
    """Narrow a list to the parent in the path, which must exist."""
    require(ctx, parent, ctx.ids[0])
    return replace(spec, fixed=(key, ctx.ids[0]))


def sub_route(
    spec: ListSpec, parent: str, key: str, make: Callable[[ListSpec], Read]
) -> Read:
    """Return the route of a sub-list or its count."""

    def read(ctx: Context) -> Answer:
        return make(sub_spec(spec, parent, key, ctx))(ctx)

    return read


def sub_single_route(spec: ListSpec, key: str) -> Read:
    """Return the route of one object of a sub-list."""

    def read(ctx: Context) -> Answer:
        row = ctx.shop[spec.table].get(ctx.ids[1])
        if row is None or row[key] != ctx.ids[0]:
            raise not_found()
        return single_route(spec)(ctx)

    return read


def require(ctx: Context, table: str, row_id: int) -> dict[str, Any]:
    row = ctx.shop[table].get(row_id)
    if row is None:
        raise not_found()
    return row


def order(ctx: Context) -> Answer:
    """Return a single order, with `embedded`."""
    check_query(ctx, "fields")
    row = require(ctx, "orders", ctx.ids[0])
    corrupt = row.get("corrupt")
    if corrupt and corrupt["body"] is not None:
        return 200, Literal(corrupt["body"], corrupt["content_type"])
    shown = ctx.render.order(row, single=True)
    (shown,) = trim([shown], ctx.query, order)
    return 200, {"order": shown}


def _part_route(
    parent: str, envelope: str, parts: Callable[[Context, dict], list]
) -> tuple[Read, Read]:
    """Return list and count routes of parts that live inside their parent."""

    def read(ctx: Context) -> Answer:
        check_query(ctx, *PAGING, "since_id")
        # One reading of limit, page and since_id for all lists.
        spec = ListSpec("", envelope, "", dated=False)
        listing = Listing(spec, ctx.query, ctx.shop.options)
        shown = parts(ctx, require(ctx, parent, ctx.ids[0]))
        if listing.since is not None:
            shown = [entry for entry in shown if entry["id"] > listing.since]
        return 200, {envelope: trim(listing.cut(shown), ctx.query, read)}

    def count(ctx: Context) -> Answer:
        check_query(ctx)
        return 200, {"count": len(parts(ctx, require(ctx, parent, ctx.ids[0])))}

    return read, count


order_products = _part_route(
    "orders",
    "orderProducts",
    lambda ctx, row: [ctx.render.order_product(line) for line in row["lines"]],
)
invoice_items = _part_route(
    "invoices", "invoiceItems", lambda ctx, row: ctx.render.invoice_items(row)
)
shipment_products = _part_route(
    "shipments", "shipmentProducts", lambda ctx, row: row["products"]
)


def order_product(ctx: Context) -> Answer:
    """Return one line of an order."""
    check_query(ctx, "fields")
    for line in require(ctx, "orders", ctx.ids[0])["lines"]:
        if line["id"] == ctx.ids[1]:
            shown = ctx.render.order_product(line)
            return 200, {"orderProduct": trim([shown], ctx.query, order_product)[0]}
    raise not_found()


def account(ctx: Context) -> Answer:
    """Return the key in use (reference 1.4)."""
    check_query(ctx)
    credential, link = ctx.credential, ctx.render.link
    shown = {
        "id": credential.id,
        "appId": int(credential.app[:6], 16) if credential.app else False,
        "apiKey": credential.username,
        "signout": link("account/signout"),
        "permissions": link("account/permissions"),
        "ratelimit": link("account/ratelimit"),
        "metafields": link("account/metafields"),
    }
    return 200, {"account": shown}


def account_permissions(ctx: Context) -> Answer:
    check_query(ctx)
    return 200, {"accountPermissions": ctx.credential.permissions}


def account_ratelimit(ctx: Context) -> Answer:
    check_query(ctx)
    now = ctx.world.clock.now()
    limit = ctx.credential.limit
    values = zip(
        ("limit5Min", "limitHour", "limitDay"),
        limit.limits,
        limit.remaining(),
        limit.resets(now),
        WINDOWS,
        strict=True,
    )
    shown = {
        name: {
            "limit": maximum,
            "remaining": left,
            "reset": reset,
            "resetTime": _reset_time(ctx, window),
        }
        for name, maximum, left, reset, window in values
    }
    return 200, {"accountRatelimit": shown}


def _reset_time(ctx: Context, window: int) -> str:
    now = ctx.world.clock.now()
    end = (int(now.timestamp()) // window + 1) * window
    return now.fromtimestamp(end, ctx.shop.zone).isoformat()


def shop(ctx: Context) -> Answer:
    check_query(ctx)
    return 200, {"shop": ctx.render.shop_object()}


def shop_company(ctx: Context) -> Answer:
    check_query(ctx)
    return 200, {"shopCompany": ctx.render.shop_company()}


def shop_limits(ctx: Context) -> Answer:
    check_query(ctx)
    shown = {
        "maxWebhooks": ctx.shop.options.max_webhooks,
        "maxTaxes": 10,
        "maxCurrencies": 10,
        "hasB2b": False,
    }
    return 200, {"shopLimits": shown}


def time(ctx: Context) -> Answer:
    """Return the server's time (the body is not known, reference 1.4)."""
    check_query(ctx)
    return 200, {"time": {"current": ctx.shop.stamp(ctx.world.now())}}


def _static_route(plural: str, entries: Callable[[Context], list]) -> tuple:
    """Return list, count and single routes of objects that nobody changes."""

    def read(ctx: Context) -> Answer:
        check_query(ctx, *PAGING)
        page = positive("page", ctx.query.get("page", "1"))
        limit = positive("limit", ctx.query.get("limit", str(DEFAULT_LIMIT)))
        shown = entries(ctx)[(page - 1) * min(limit, 250) :][: min(limit, 250)]
        return 200, {plural: trim(shown, ctx.query, read)}

    def count(ctx: Context) -> Answer:
        check_query(ctx)
        return 200, {"count": len(entries(ctx))}

    def single(ctx: Context) -> Answer:
        check_query(ctx, "fields")
        for entry in entries(ctx):
            if entry["id"] == ctx.ids[0]:
                name = "country" if plural == "countries" else plural[:-1]
                return 200, {name: trim([entry], ctx.query, single)[0]}
        raise not_found()

    return read, count, single


def _languages(ctx: Context) -> list[dict[str, Any]]:
    return [
        {
            "id": language(code)["id"],
            "isActive": code in ctx.shop.languages,
            "isDefault": code == ctx.shop.default_language,
            "code": code,
            "locale": language(code)["locale"],
            "title": language(code)["title"],
        }
        for code in LANGUAGE_CODES
    ]


languages = _static_route("languages", _languages)
countries = _static_route(
    "countries",
    lambda ctx: [country(code, ctx.render.language) for code in COUNTRY_CODES],
)
