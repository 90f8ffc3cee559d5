"""Invoices, credit notes, shipments and events of orders (reference 5, 8)."""

from decimal import Decimal
from typing import Any

from sandbox.core import ControlError

from .money import ZERO, cents, dec
from .shop import Shop
from .world import World

_AMOUNTS = ("priceExcl", "priceIncl", "discountExcl", "discountIncl")
_BASES = ("basePriceExcl", "basePriceIncl")


def _slice(total: Decimal, done: Decimal, more: Decimal, whole: Decimal) -> Decimal:
    """Return the part of a line for `more` units after `done`; all parts add up."""
    if not whole:
        return ZERO
    upto = cents(total * (done + more) / whole)
    return upto - cents(total * done / whole)


class InvoiceDesk:
    """Works on the documents of one shop."""

    def __init__(self, world: World, shop: Shop) -> None:
        self.world = world
        self.shop = shop

    def save(self, order: dict[str, Any], at: str | None) -> None:
        """Store a changed order; `updatedAt` moves unless `at` is empty text."""
        if at != "":
            order["updated"] = at or self.world.now()
        self.shop["orders"].put(order)
        self.world.emit(self.shop, "orders", "updated", order["id"])

    def add_event(
        self,
        order: dict[str, Any],
        kind: str,
        message: str,
        at: str,
        channel: str = "auto",
        invoice: int | None = None,
        shipment: int | None = None,
        comment: str | None = None,
    ) -> None:
        """Write a line in the order's history (reference 8)."""
        self.shop["events"].put(
            {
                "id": self.world.new_id("event"),
                "created": at,
                "channel": channel,
                "type": kind,
                "message": message,
                "comment": comment,
                "order": order["id"],
                "invoice": invoice,
                "shipment": shipment,
            }
        )

    def add_shipment(self, order: dict[str, Any], at: str) -> None:
        """Make the shipment document that every order has."""
        row = {
            "id": self.world.new_id("shipment"),
            "created": at,
            "updated": at,
            "number": self.shop.next_number("shipment"),
            "order": order["id"],
            "customer": order["customer"],
            "status": _shipment_status(order),
            "products": [
                {
                    "id": self.world.new_id("shipmentProduct"),
                    "quantity": line["fields"]["quantityOrdered"],
                    "title": line["fields"]["productTitle"],
                    "variant": line["fields"]["variantTitle"],
                    "articleCode": line["fields"]["articleCode"],
                    "ean": line["fields"]["ean"],
                    "sku": line["fields"]["sku"],
                    "customData": [],
                }
                for line in order["lines"]
            ],
        }
        self.shop["shipments"].put(row)
        self.world.emit(self.shop, "shipments", "created", row["id"])

    def ship(
        self, order: dict[str, Any], at: str, event: bool, channel: str = "manual"
    ) -> None:
        """Let the shipment documents follow the order."""
        for row in self.shop["shipments"].find("order", order["id"]):
            row["status"] = _shipment_status(order)
            row["updated"] = at
            self.shop["shipments"].put(row)
            self.world.emit(self.shop, "shipments", "updated", row["id"])
            if event:
                self.add_event(
                    order, "shipment", row["status"], at, channel, shipment=row["id"]
                )

    def add_invoice(
        self,
        order: dict[str, Any],
        at: str,
        status: str,
        lines: list[dict[str, Any]] | None = None,
        shipping: bool | None = None,
        payment: bool | None = None,
    ) -> dict[str, Any]:
        """Invoice an order, or a part of it; the caller saves the order.

        :param lines: [{index, quantity}]; None is all that is not invoiced yet
        """
        wanted = {e["index"]: dec(e["quantity"]) for e in lines} if lines else None
        items = []
        for index, line in enumerate(order["lines"]):
            fields = line["fields"]
            done, whole = dec(fields["quantityInvoiced"]), fields["quantityOrdered"]
            more = whole - done if wanted is None else wanted.get(index, ZERO)
            if more and more + done > whole:
                text = f"line {index} has only {whole - done} left to invoice"
                raise ControlError(text)
            if more:
                items.append(self._line_item(line, done, more))
                fields["quantityInvoiced"] = done + more
        earlier = bool(self.shop["invoices"].ids("order", order["id"]))
        if shipping if shipping is not None else not earlier:
            items.append(self._cost_item(order, "shipment"))
        if payment if payment is not None else not earlier:
            items.append(self._cost_item(order, "payment"))
        invoice = self._put_invoice(order, at, status, items)
        self.add_event(order, "invoice", "new", at, invoice=invoice["id"])
        return invoice

    def credit(
        self,
        order: dict[str, Any],
        lines: list[dict[str, Any]] | None,
        shipping: bool,
        payment: bool,
        at: str | None = None,
        status: str = "not_paid",
    ) -> dict[str, Any]:
        """Make a credit note (5): order lines keep their amounts.

        :param lines: [{id | index, quantity}]; None is all that is left
        """
        at = at or self.world.now()
        original = self._original(order)
        credited = order.setdefault("credited", {"shipment": False, "payment": False})
        items = [
            self._credit_line(order["lines"][index], quantity)
            for index, quantity in self._credit_lines(order, lines)
        ]
        for kind, asked in (("shipment", shipping), ("payment", payment)):
            if asked and credited[kind] and lines is not None:
                text = f"{kind} costs were credited before"
                raise ControlError(text)
            if asked and not credited[kind]:
                items.append(self._cost_item(order, kind))
                credited[kind] = True
        if not items:
            text = "nothing to credit"
            raise ControlError(text)
        note = self._put_invoice(order, at, status, items, original["id"])
        if not original["creditNote"]:
            original["creditNote"] = note["id"]
        original["updated"] = at
        self.shop["invoices"].put(original)
        self.world.emit(self.shop, "invoices", "updated", original["id"])
        self.add_event(order, "invoice", "new", at, invoice=note["id"])
        self.save(order, at)
        return note

    def _original(self, order: dict[str, Any]) -> dict[str, Any]:
        for invoice in self.shop["invoices"].find("order", order["id"]):
            if not invoice["isCreditNote"]:
                return invoice
        text = "the order has no invoice to credit"
        raise ControlError(text)

    def _credit_lines(
        self, order: dict[str, Any], lines: list[dict[str, Any]] | None
    ) -> list[tuple[int, Decimal]]:
        if lines is None:
            lines = [
                {"index": i, "quantity": self._creditable(line)}
                for i, line in enumerate(order["lines"])
                if self._creditable(line)
            ]
        positions = {line["id"]: i for i, line in enumerate(order["lines"])}
        found = []
        for entry in lines:
            index = entry.get("index", positions.get(entry.get("id")))
            if index is None or not 0 <= index < len(order["lines"]):
                text = f"no such line: {entry}"
                raise ControlError(text)
            quantity = dec(entry["quantity"])
            if not 0 < quantity <= self._creditable(order["lines"][index]):
                text = f"line {index}: quantity {quantity} cannot be credited"
                raise ControlError(text)
            if index in dict(found):
                text = f"line {index} stands there twice"
                raise ControlError(text)
            found.append((index, quantity))
        return found

    def _creditable(self, line: dict[str, Any]) -> Decimal:
        fields = line["fields"]
        return dec(fields["quantityOrdered"]) - dec(fields.get("quantityRefunded", 0))

    def _credit_line(self, line: dict[str, Any], quantity: Decimal) -> dict[str, Any]:
        done = dec(line["fields"].get("quantityRefunded", 0))
        item = self._line_item(line, done, quantity)
        line["fields"]["quantityRefunded"] = done + quantity
        return item

    def _line_item(
        self, line: dict[str, Any], done: Decimal, more: Decimal
    ) -> dict[str, Any]:
        fields = line["fields"]
        whole = dec(fields["quantityOrdered"])
        return {
            "type": "product",
            "title": fields["productTitle"],
            "variant": fields["variantTitle"],
            "orderProductId": line["id"],
            "articleCode": fields["articleCode"],
            "ean": fields["ean"],
            "sku": fields["sku"],
            "taxRate": fields["taxRate"],
            **{name: dec(fields[name]) for name in _BASES},
            **{name: _slice(dec(fields[name]), done, more, whole) for name in _AMOUNTS},
            "quantity": more,
        }

    def _cost_item(self, order: dict[str, Any], kind: str) -> dict[str, Any]:
        """Return the item of shipping or payment costs; also when it is zero."""
        fields = order["fields"]
        values = {
            name: dec(fields.get(f"{kind}{name[0].upper()}{name[1:]}", 0))
            for name in (*_BASES, *_AMOUNTS)
        }
        gross = values["priceIncl"] == values["basePriceIncl"]
        if kind == "shipment" and gross and values["discountIncl"]:
            values["priceIncl"] -= values["discountIncl"]
            values["priceExcl"] -= values["discountExcl"]
        placeholder = {"shipment": "_shippingcosts_", "payment": "_paymentcosts_"}
        return {
            "type": kind,
            "title": placeholder[kind],
            "variant": fields[f"{kind}Title"],
            "orderProductId": None,
            "articleCode": "",
            "ean": "",
            "sku": "",
            "taxRate": fields[f"{kind}TaxRate"],
            **values,
            "quantity": 1,
        }

    def _put_invoice(
        self,
        order: dict[str, Any],
        at: str,
        status: str,
        items: list[dict[str, Any]],
        original: int | None = None,
    ) -> dict[str, Any]:
        for item in items:
            item["id"] = self.world.new_id("invoiceItem")
        excl = sum((item["priceExcl"] for item in items), ZERO)
        incl = sum((item["priceIncl"] for item in items), ZERO)
        row = {
            "id": self.world.new_id("invoice"),
            "created": at,
            "updated": at,
            "number": self._invoice_number(original),
            "order": order["id"],
            "customer": order["customer"],
            "status": status,
            # It only says that no VAT was charged (0.8).
            "isVatShifted": excl == incl,
            "priceExcl": excl,
            "priceIncl": incl,
            "isCreditNote": original is not None,
            "invoice": original or False,
            "creditNote": False,
            "items": items,
            "oracle": _document_oracle(items),
        }
        self.shop["invoices"].put(row)
        self.world.emit(self.shop, "invoices", "created", row["id"])
        return row

    def _invoice_number(self, original: int | None) -> str:
        """Credit notes share the series, unless they have a prefix of their own."""
        own = self.shop.settings["prefixes"].get("credit")
        return self.shop.next_number("credit" if original and own else "invoice")


def _shipment_status(order: dict[str, Any]) -> str:
    status = order["fields"]["shipmentStatus"]
    return "not_shipped" if status == "partially_shipped" else status


def _document_oracle(items: list[dict[str, Any]]) -> dict[str, Any]:
    rates: dict[Decimal, list[Decimal]] = {}
    for item in items:
        if item["priceIncl"] or item["priceExcl"]:
            rate = round(dec(item["taxRate"]), 6).normalize()
            sums = rates.setdefault(rate, [ZERO, ZERO])
            sums[0] += item["priceExcl"]
            sums[1] += item["priceIncl"] - item["priceExcl"]
    net = sum((item["priceExcl"] for item in items), ZERO)
    gross = sum((item["priceIncl"] for item in items), ZERO)
    return {
        "gross": f"{gross:.2f}",
        "net": f"{net:.2f}",
        "vat": f"{gross - net:.2f}",
        "rates": [
            {"rate": f"{rate:f}", "net": f"{n:.2f}", "vat": f"{v:.2f}"}
            for rate, (n, v) in sorted(rates.items())
        ],
    }
