"""Bodies of POST and PUT: an unknown property or a wrong type is refused."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.core import check_address, loads

from .errors import bad_input
from .orders import PAYMENT_STATUSES, SHIPMENT_STATUSES, STATUSES

Check = Callable[[Any], bool]


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_quantity(value: Any) -> bool:
    return is_int(value) and value > 0


def one_of(*values: str) -> Check:
    return lambda value: isinstance(value, str) and value in values


def filled(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _credit_lines(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(line, dict)
        and line.keys() == {"id", "quantity"}
        and is_int(line["id"])
        and is_quantity(line["quantity"])
        for line in value
    )


#: Reference 4.10.
ORDER = {
    "memo": is_text,
    "status": one_of(*STATUSES),
    "paymentStatus": one_of(*PAYMENT_STATUSES),
    "shipmentStatus": one_of(*SHIPMENT_STATUSES),
    "customStatusId": lambda value: value is None or is_int(value),
    "doNotifyNew": is_bool,
    "doNotifyReminder": is_bool,
    "doNotifyCancelled": is_bool,
}
#: Reference 5.
INVOICE = {
    "status": one_of("paid", "not_paid"),
    "doNotifyNew": is_bool,
    "doNotifyPaid": is_bool,
}
CREDIT = {
    "creditPayment": is_bool,
    "creditShipment": is_bool,
    "notifyNew": is_bool,
    "updateStock": is_bool,
    "orderProducts": _credit_lines,
}
#: Reference 8.
METAFIELD = {"key": filled, "value": is_text}
#: Reference 4.2.
CUSTOM_STATUS = {
    "title": filled,
    "color": lambda value: is_text(value) and bool(re.match(r"#[0-9a-f]{6}$", value)),
}
#: Reference 5.1.
RETURN = {
    "status": filled,
    "staffNote": is_text,
    "returnAction": is_text,
    "notifyStatus": is_bool,
}
#: Reference 7.1.
WEBHOOK = {
    "isActive": is_bool,
    "itemGroup": one_of(
        "customers",
        "invoices",
        "orders",
        "products",
        "quotes",
        "reviews",
        "shipments",
        "subscriptions",
        "tickets",
        "variants",
        "returns",
        "contacts",
    ),
    "itemAction": one_of(
        "created", "updated", "deleted", "*", "paid", "shipped", "answered"
    ),
    "language": is_text,
    "format": one_of("json", "xml"),
    "address": check_address,
}


def read_body(
    environ: dict[str, Any],
    envelope: str,
    checks: dict[str, Check],
    required: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Read and check the body `{envelope: {…}}`."""
    kind = environ.get("CONTENT_TYPE", "").split(";")[0].strip().lower()
    if kind != "application/json":
        raise bad_input("content-type", kind)
    try:
        body = loads(environ["wsgi.input"].read())
    except ValueError as error:
        raise bad_input("not-json") from error
    if not isinstance(body, dict) or body.keys() != {envelope}:
        raise bad_input("envelope", envelope)
    values = body[envelope]
    if not isinstance(values, dict):
        raise bad_input("not-an-object", envelope)
    for name, value in values.items():
        if name not in checks:
            raise bad_input("unknown-property", name)
        if not checks[name](value):
            raise bad_input("bad-value", name)
    missing = [name for name in required if name not in values]
    if missing:
        raise bad_input("missing", *missing)
    return values
