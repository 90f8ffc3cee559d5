"""What happens to orders: made, paid, sent, cancelled, edited, corrupted."""

from datetime import datetime, timedelta
from typing import Any

from sandbox.core import ControlError
from sandbox.core.clock import parse_instant

from .arithmetic import Totals, compute, oracle_parts
from .invoices import InvoiceDesk
from .money import dec
from .places import COUNTRY_CODES
from .shop import Shop
from .spec import (
    DEFAULT_CUSTOMER,
    LINE_KEYS,
    PAYMENT_KEYS,
    SHIPPING_KEYS,
    check_keys,
    line_fields,
    person_fields,
    total_fields,
)
from .world import World

#: Reference 4.2, the current ones and those of older documentation.
STATUSES = (
    "on_hold",
    "processing_awaiting_payment",
    "processing_awaiting_shipment",
    "processing_awaiting_pickup",
    "processing_ready_for_pickup",
    "completed",
    "completed_shipped",
    "completed_picked_up",
    "cancelled",
    "new",
    "offer",
    "processing",
    "processing_partially_paid",
    "processing_partially_shipped",
    "processing_partially_picked_up",
)
PAYMENT_STATUSES = ("not_paid", "partially_paid", "paid", "cancelled")
SHIPMENT_STATUSES = ("not_shipped", "partially_shipped", "shipped", "cancelled")

#: Order fields that exist since about 2015-2020 only (4.1, 9.9).
_NOT_IN_LEGACY = (
    "taxRates",
    "paymentTaxRates",
    "shipmentTaxRates",
    "newsletterSubscribed",
    "giftCardsPayment",
    "addressBillingRegionData",
    "addressShippingRegionData",
)


def moment_text(value: "datetime | str | None", default: str) -> str:
    """Read a moment given to a command; naive means UTC."""
    return default if value is None else parse_instant(value).isoformat()


def later(text: str, seconds: float) -> str:
    return (datetime.fromisoformat(text) + timedelta(seconds=seconds)).isoformat()


class OrderDesk(InvoiceDesk):
    """Works on the orders of one shop."""

    def __init__(self, world: World, shop: Shop) -> None:
        super().__init__(world, shop)

    def find(self, reference: Any) -> dict[str, Any]:
        """Find an order by id or number."""
        orders = self.shop["orders"]
        if isinstance(reference, int):
            found = orders.get(reference)
            if found is not None:
                return found
        matches = orders.find("number", reference)
        if not matches:
            text = f"no order {reference!r} in shop {self.shop.id}"
            raise ControlError(text)
        return matches[-1]

    def add(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Make an order, with its customer and documents."""
        if spec.get("invoice") not in {None, "direct", "paid", "manual"}:
            text = "invoice is direct, paid or manual"
            raise ControlError(text)
        totals = self._totals(spec)
        created = moment_text(spec.get("created_at"), self.world.now())
        customer = spec.get("customer") or DEFAULT_CUSTOMER
        person = person_fields(customer)
        customer_id, is_new = self._customer(customer, person, created)
        order = {
            "id": self.world.new_id("order"),
            "created": created,
            "updated": created,
            "number": spec.get("number") or self.shop.next_number("order"),
            "customer": customer_id,
            "quote": self.world.new_id("quote"),
            "fields": {
                **person,
                **total_fields(totals),
                "isNewCustomer": is_new,
                "status": spec["status"],
                "paymentStatus": spec["payment_status"],
                "shipmentStatus": spec["shipment_status"],
                "customStatusId": spec.get("custom_status"),
                "language": spec.get("language") or self.shop.default_language,
                "giftCardsPayment": spec.get("gift_cards") or [],
                "comment": spec.get("comment") or "",
                "memo": spec.get("memo") or "",
            },
            "lines": [self._line(p) for p in totals.lines],
            "oracle": oracle_parts(totals.parts),
        }
        self._finish(order, spec)
        return order

    def _finish(self, order: dict[str, Any], spec: dict[str, Any]) -> None:
        """Store a new order with its events and documents."""
        self.add_event(order, "order", "new", order["created"])
        if spec.get("shipment", True):
            self.add_shipment(order, order["created"])
        paid = spec["payment_status"] == "paid"
        paid_at = moment_text(spec.get("paid_at"), self._after(order, 60))
        moment = spec.get("invoice") or self.shop.options.invoice_moment
        if moment == "direct":
            status = "paid" if paid else "not_paid"
            self.add_invoice(order, at=self._after(order, 2), status=status)
        if moment == "paid" and paid:
            self.add_invoice(order, at=paid_at, status="paid")
        if paid:
            self.note_paid(order, paid_at)
            order["updated"] = max(order["updated"], paid_at)
        self._tamper(order, spec)
        order["updated"] = moment_text(spec.get("updated_at"), order["updated"])
        self.shop["orders"].put(order)
        self.world.emit(self.shop, "orders", "created", order["id"])
        if paid:
            # One action of a customer, several events (7.1).
            self.world.emit(self.shop, "orders", "updated", order["id"])
            self.world.emit(self.shop, "orders", "paid", order["id"])
        if spec["shipment_status"] == "shipped":
            self.world.emit(self.shop, "orders", "shipped", order["id"])

    def _after(self, order: dict[str, Any], seconds: float) -> str:
        """Return a moment shortly after the order's, but not in the future."""
        return max(
            order["created"], min(later(order["created"], seconds), self.world.now())
        )

    def rebuild(self, order: dict[str, Any], spec: dict[str, Any], at: str) -> None:
        """Give an order other lines and costs, as a merchant's edit does.

        The oracle follows; documents made before stay as they are.
        """
        totals = self._totals(spec)
        order["fields"].update(total_fields(totals))
        order["lines"] = [self._line(p) for p in totals.lines]
        order["oracle"] = oracle_parts(totals.parts)
        self.save(order, at)

    def _totals(self, spec: dict[str, Any]) -> Totals:
        for line in spec["lines"]:
            check_keys("line", line, LINE_KEYS)
        check_keys("shipping", spec.get("shipping"), SHIPPING_KEYS)
        check_keys("payment", spec.get("payment"), PAYMENT_KEYS)
        return compute(
            spec["lines"],
            spec.get("shipping"),
            spec.get("payment"),
            spec.get("coupon"),
            self.shop.incl,
        )

    def _tamper(self, order: dict[str, Any], spec: dict[str, Any]) -> None:
        order["overrides"] = dict(spec.get("overrides") or {})
        order["removed"] = list(spec.get("remove") or [])
        if spec.get("legacy"):
            order["removed"] += _NOT_IN_LEGACY
            for line in order["lines"]:
                line["removed"] = [*line["removed"], "taxRates"]

    def _line(self, priced: Any) -> dict[str, Any]:
        spec = priced.spec
        product, variant = spec.get("product_id", False), spec.get("variant_id", False)
        code = spec.get("article_code")
        if code and not variant:
            for row_id in self.shop["variants"].ids("article", code):
                variant = row_id
                found = self.shop["variants"].get(row_id)
                product = found["product"] if found else False
        fields = line_fields(priced, 0)
        if "brand" not in spec:
            # Titles are frozen at order time (4.3).
            fields["brandTitle"] = self._brand_title(product)
        return {
            "id": self.world.new_id("orderProduct"),
            "product": product,
            "variant": variant,
            "fields": fields,
            "overrides": spec.get("overrides") or {},
            "removed": spec.get("remove") or [],
        }

    def _brand_title(self, product: Any) -> str:
        found = self.shop["products"].get(product) if product else None
        brand = self.shop["brands"].get(found["brand"]) if found else None
        return brand["fields"]["title"] if brand else ""

    def _customer(
        self, spec: dict[str, Any], person: dict[str, Any], created: str
    ) -> tuple[int | bool, bool]:
        """Return the customer's id (False for a guest) and whether it is new.

        Without an `id` the customer with exactly this e-mail address is taken.
        """
        customers = self.shop["customers"]
        if spec.get("guest"):
            return False, True
        if spec.get("id") is not None:
            if customers.get(spec["id"]) is None:
                text = f"no customer {spec['id']}"
                raise ControlError(text)
            return spec["id"], False
        for row_id in customers.ids("email", person.get("email")):
            return row_id, False
        return self.add_customer(person, created), True

    def add_customer(self, fields: dict[str, Any], created: str) -> int:
        row = {
            "id": self.world.new_id("customer"),
            "created": created,
            "updated": created,
            "fields": fields,
        }
        self.shop["customers"].put(row)
        self.world.emit(self.shop, "customers", "created", row["id"])
        return row["id"]

    def edit(
        self,
        order: dict[str, Any],
        changes: dict[str, Any],
        lines: list[dict[str, Any]],
        at: str | None,
    ) -> None:
        """Change raw fields; the oracle keeps what the builder computed."""
        for name, value in changes.items():
            if name == "number":
                order["number"] = value
            elif name in order["fields"]:
                order["fields"][name] = _place(name, value)
            else:
                order["overrides"][name] = value
        for change in lines:
            change = dict(change)
            index = change.pop("index")
            order["lines"][index]["overrides"].update(change)
        self.save(order, at)

    def set_status(
        self,
        order: dict[str, Any],
        status: str | None = None,
        payment_status: str | None = None,
        shipment_status: str | None = None,
        custom_status: Any = ...,
        at: str | None = None,
        event: bool = True,
        channel: str = "manual",
    ) -> None:
        """Move an order on, with its documents and events."""
        fields = order["fields"]
        at = at or self.world.now()
        before = (fields["status"], fields["paymentStatus"], fields["shipmentStatus"])
        fields["status"] = status or before[0]
        fields["paymentStatus"] = payment_status or before[1]
        fields["shipmentStatus"] = shipment_status or before[2]
        if custom_status is not ...:
            fields["customStatusId"] = custom_status
        if fields["paymentStatus"] != before[1]:
            self._payment_moved(order, at, event, channel)
        if fields["shipmentStatus"] != before[2]:
            self.ship(order, at, event, channel)
        if event and fields["status"] == "cancelled" != before[0]:
            self.add_event(order, "order", "cancelled", at, channel=channel)
        self.save(order, at)
        if fields["paymentStatus"] == "paid" != before[1]:
            self.world.emit(self.shop, "orders", "paid", order["id"])
        if fields["shipmentStatus"] == "shipped" != before[2]:
            self.world.emit(self.shop, "orders", "shipped", order["id"])

    def _payment_moved(
        self, order: dict[str, Any], at: str, event: bool, channel: str
    ) -> None:
        status = order["fields"]["paymentStatus"]
        invoices = self.shop["invoices"]
        if status in {"paid", "not_paid"}:
            for invoice in invoices.find("order", order["id"]):
                if not invoice["isCreditNote"] and invoice["status"] != "cancelled":
                    invoice["status"] = status
                    invoice["updated"] = at
                    invoices.put(invoice)
                    self.world.emit(self.shop, "invoices", "updated", invoice["id"])
        if status != "paid":
            if event and status != "cancelled":
                self.add_event(order, "order", status, at, channel=channel)
            return
        made = any(True for _ in invoices.ids("order", order["id"]))
        if self.shop.options.invoice_moment == "paid" and not made:
            self.add_invoice(order, at=at, status="paid")
        if event:
            self.note_paid(order, at, channel)

    def note_paid(self, order: dict[str, Any], at: str, channel: str = "auto") -> None:
        """Add the event that tells when an order was paid (4.1)."""
        for invoice in self.shop["invoices"].ids("order", order["id"]):
            self.add_event(order, "invoice", "paid", at, channel, invoice=invoice)
            return
        self.add_event(order, "order", "paid", at, channel)

    def cancel(self, order: dict[str, Any], at: str | None) -> None:
        """Cancel: all three statuses; what happens to invoices is an option (5)."""
        at = at or self.world.now()
        self.set_status(order, "cancelled", "cancelled", "cancelled", at=at)
        how = self.shop.options.cancel_invoices
        invoices = self.shop["invoices"]
        for invoice in invoices.find("order", order["id"]):
            if invoice["isCreditNote"] or how == "keep":
                continue
            if how == "credit":
                self.credit(order, None, True, True, at)
                break
            invoice["status"] = "cancelled"
            invoice["updated"] = at
            invoices.put(invoice)
            self.world.emit(self.shop, "invoices", "updated", invoice["id"])

    def corrupt(
        self,
        order: dict[str, Any],
        payload: Any,
        body: str | None,
        in_list: bool,
        content_type: str,
    ) -> None:
        """Let something else stand in for an order."""
        order["corrupt"] = {
            "payload": payload,
            "body": body,
            "in_list": in_list,
            "content_type": content_type,
        }
        self.save(order, None)

    def delete(self, order: dict[str, Any]) -> None:
        """Remove an order with its documents: 404 from now on."""
        for name in ("invoices", "shipments", "events", "orderMetafields"):
            table = self.shop[name]
            for row in table.find("order", order["id"]):
                table.delete(row["id"])
                self.world.emit(self.shop, name, "deleted", row["id"], row)
        self.shop["orders"].delete(order["id"])
        self.world.emit(self.shop, "orders", "deleted", order["id"], order)

    def oracle(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return the truth about one order and its credit notes."""
        fields = order["fields"]
        documents = self.shop["invoices"].find("order", order["id"])
        return {
            "id": order["id"],
            "number": order["number"],
            "created_at": self.shop.stamp(order["created"]),
            "status": fields["status"],
            "payment_status": fields["paymentStatus"],
            "shipment_status": fields["shipmentStatus"],
            "tampered": self._tampered(order),
            **order["oracle"],
            "invoices": [_truth(d) for d in documents if not d["isCreditNote"]],
            "credits": [_truth(d) for d in documents if d["isCreditNote"]],
        }

    def _tampered(self, order: dict[str, Any]) -> bool:
        sum_now = dec(order["fields"].get("priceIncl", 0))
        return bool(
            order.get("corrupt")
            or order["overrides"]
            or order["removed"]
            or any(line["overrides"] or line["removed"] for line in order["lines"])
            or sum_now != dec(order["oracle"]["gross"])
        )


def _truth(document: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": document["id"],
        "number": document["number"],
        "status": document["status"],
        **document["oracle"],
    }


def _place(name: str, value: Any) -> Any:
    if name.endswith("Country") and isinstance(value, dict):
        code = value.get("code")
        return code if code in COUNTRY_CODES else value
    return value
