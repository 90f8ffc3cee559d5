"""POST, PUT and DELETE routes."""

from collections.abc import Callable
from typing import Any

from sandbox.core import ControlError

from . import writes
from .context import Context
from .errors import bad_input, not_found
from .reads import Answer, check_query, require

Change = Callable[[Context], Answer]


def put_order(ctx: Context) -> Answer:
    """Change an order's statuses, memo or flags (reference 4.10)."""
    check_query(ctx)
    order = require(ctx, "orders", ctx.ids[0])
    values = dict(writes.read_body(ctx.environ, "order", writes.ORDER))
    custom = values.get("customStatusId")
    if custom and ctx.shop["customStatuses"].get(custom) is None:
        raise bad_input("customStatusId")
    status = values.pop("status", None)
    payment = values.pop("paymentStatus", None)
    shipment = values.pop("shipmentStatus", None)
    order["fields"].update(values)
    ctx.desk.set_status(order, status, payment, shipment, channel="api")
    return 200, {"order": ctx.render.order(order, single=True)}


def credit(ctx: Context) -> Answer:
    """Make a credit note. The real answer is unknown (5): this one tells nothing."""
    check_query(ctx)
    order = require(ctx, "orders", ctx.ids[0])
    values = writes.read_body(ctx.environ, "credit", writes.CREDIT, ("orderProducts",))
    try:
        ctx.desk.credit(
            order,
            values["orderProducts"],
            values.get("creditShipment", False),
            values.get("creditPayment", False),
        )
    except ControlError as error:
        raise bad_input(str(error)) from error
    return 201, {"credit": values}


def put_invoice(ctx: Context) -> Answer:
    check_query(ctx)
    invoice = require(ctx, "invoices", ctx.ids[0])
    invoice.update(writes.read_body(ctx.environ, "invoice", writes.INVOICE))
    _save(ctx, "invoices", invoice)
    return 200, {"invoice": ctx.render.invoice(invoice)}


def _save(ctx: Context, table: str, row: dict[str, Any]) -> None:
    row["updated"] = ctx.world.now()
    ctx.shop[table].put(row)
    ctx.world.emit(ctx.shop, table, "updated", row["id"])


def _new(ctx: Context, table: str, kind: str, values: dict[str, Any]) -> dict:
    now = ctx.world.now()
    row = {"id": ctx.world.new_id(kind), "created": now, "updated": now, **values}
    ctx.shop[table].put(row)
    return row


def delete_route(table: str) -> Change:
    """Return the route that deletes one object: 204, empty (reference 3.1)."""

    def change(ctx: Context) -> Answer:
        check_query(ctx)
        row = require(ctx, table, ctx.ids[0])
        ctx.shop[table].delete(row["id"])
        ctx.world.emit(ctx.shop, table, "deleted", row["id"], row)
        return 204, None

    return change


def metafield_routes(owner: str) -> tuple[Change, Change, Change]:
    """Return create, update and delete of metafields (reference 8).

    :param owner: "order" or "invoice"
    """
    table, envelope = f"{owner}Metafields", f"{owner}Metafield"

    def bump(ctx: Context) -> None:
        if owner == "order" and ctx.shop.options.metafields_bump:
            ctx.desk.save(require(ctx, "orders", ctx.ids[0]), None)

    def find(ctx: Context) -> dict[str, Any]:
        row = require(ctx, table, ctx.ids[1])
        if row[owner] != ctx.ids[0]:
            raise not_found()
        return row

    def create(ctx: Context) -> Answer:
        check_query(ctx)
        require(ctx, f"{owner}s", ctx.ids[0])
        values = writes.read_body(
            ctx.environ, envelope, writes.METAFIELD, ("key", "value")
        )
        row = _new(ctx, table, "metafield", {owner: ctx.ids[0], **values})
        bump(ctx)
        return 201, {envelope: ctx.render.metafield(row)}

    def update(ctx: Context) -> Answer:
        check_query(ctx)
        row = find(ctx)
        row.update(writes.read_body(ctx.environ, envelope, writes.METAFIELD))
        row["updated"] = ctx.world.now()
        ctx.shop[table].put(row)
        bump(ctx)
        return 200, {envelope: ctx.render.metafield(row)}

    def delete(ctx: Context) -> Answer:
        check_query(ctx)
        ctx.shop[table].delete(find(ctx)["id"])
        bump(ctx)
        return 204, None

    return create, update, delete


def post_custom_status(ctx: Context) -> Answer:
    check_query(ctx)
    values = writes.read_body(
        ctx.environ, "customStatus", writes.CUSTOM_STATUS, ("title", "color")
    )
    row = _new(ctx, "customStatuses", "customStatus", values)
    return 201, {"customStatus": ctx.render.custom_status(row)}


def put_custom_status(ctx: Context) -> Answer:
    check_query(ctx)
    row = require(ctx, "customStatuses", ctx.ids[0])
    row.update(writes.read_body(ctx.environ, "customStatus", writes.CUSTOM_STATUS))
    _save(ctx, "customStatuses", row)
    return 200, {"customStatus": ctx.render.custom_status(row)}


def put_return(ctx: Context) -> Answer:
    check_query(ctx)
    row = require(ctx, "returns", ctx.ids[0])
    row["fields"].update(writes.read_body(ctx.environ, "return", writes.RETURN))
    _save(ctx, "returns", row)
    return 200, {"return": ctx.render.return_(row)}


def _check_webhook(ctx: Context, values: dict[str, Any]) -> None:
    """Check what depends on the shop or on another property (reference 7.1)."""
    if values["language"] not in ctx.shop.languages:
        raise bad_input("language")
    only = {"paid": "orders", "shipped": "orders", "answered": "tickets"}
    group = only.get(values["itemAction"])
    if group is not None and values["itemGroup"] != group:
        raise bad_input("itemAction")


def post_webhook(ctx: Context) -> Answer:
    """Subscribe; duplicates are accepted, and each fires (reference 7.1)."""
    check_query(ctx)
    values = writes.read_body(
        ctx.environ, "webhook", writes.WEBHOOK, tuple(writes.WEBHOOK)
    )
    _check_webhook(ctx, values)
    if len(ctx.shop["webhooks"]) >= ctx.shop.options.max_webhooks:
        raise bad_input("maxWebhooks")
    owner = {"credential": ctx.credential.id}
    row = _new(ctx, "webhooks", "webhook", {**values, **owner})
    return 201, {"webhook": ctx.render.webhook(row)}


def put_webhook(ctx: Context) -> Answer:
    check_query(ctx)
    row = require(ctx, "webhooks", ctx.ids[0])
    row.update(writes.read_body(ctx.environ, "webhook", writes.WEBHOOK))
    _check_webhook(ctx, row)
    row["updated"] = ctx.world.now()
    ctx.shop["webhooks"].put(row)
    return 200, {"webhook": ctx.render.webhook(row)}
