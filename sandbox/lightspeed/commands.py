"""Control commands about orders and customers."""

from typing import Any

from sandbox.core import ControlError, Service
from sandbox.core.clock import parse_instant

from .generator import generate
from .money import dec
from .orders import (
    PAYMENT_STATUSES,
    SHIPMENT_STATUSES,
    STATUSES,
    OrderDesk,
    moment_text,
)
from .render import Renderer
from .spec import person_fields
from .world import World


def _check_status(name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        text = f"{name}: {value!r} is not one of {known}"
        raise ControlError(text)


class OrderCommands(Service):
    """An order is named by its id (a number) or its number (a text)."""

    world: World

    def _desk(self, shop: Any) -> OrderDesk:
        return OrderDesk(self.world, self.world.shop(shop))

    def control_add_order(
        self,
        shop: Any,
        lines: list[dict[str, Any]],
        shipping: dict[str, Any] | None = None,
        payment: dict[str, Any] | None = None,
        coupon: Any = None,
        customer: dict[str, Any] | None = None,
        status: str = "completed_shipped",
        payment_status: str = "paid",
        shipment_status: str = "shipped",
        custom_status: int | None = None,
        created_at: str | None = None,
        paid_at: str | None = None,
        updated_at: str | None = None,
        invoice: str | None = None,
        shipment: bool = True,
        language: str | None = None,
        gift_cards: list[Any] | None = None,
        number: str | None = None,
        comment: str | None = None,
        memo: str | None = None,
        legacy: bool = False,
        overrides: dict[str, Any] | None = None,
        remove: list[str] | None = None,
        any_status: bool = False,
    ) -> dict[str, Any]:
        """Add an order, with customer, invoice, shipment and events.

        lines: [{title, variant, article_code, ean, sku, brand, supplier, quantity,
        unit_incl | unit_excl, rate | rates [{name, rate}], tax_name, discount_incl |
        discount_excl, cost, weight, custom_fields, product_id, variant_id, overrides,
        remove}]. rate is 0.21 unless told.
        shipping: {title, id, incl | excl, rate | rates, discount_incl |
        discount_excl, pickup, style ("net" | "gross": see 4.4), data}.
        payment: {title, id, incl | excl, rate | rates, post, data}.
        coupon: a code, or {code, amount | percentage} spread over the lines; an
        empty code is a cart discount.
        customer: {id | guest, email, firstname, middlename, lastname, company,
        is_company, vat_number, coc_number, phone, mobile, gender, birth_date, name,
        street, street2, number, extension, zipcode, city, region, country, shipping
        {the address fields, company}}; without id the customer with exactly this
        e-mail is taken.
        gift_cards: giftCardsPayment, given as it is: the shape of its elements is not
        known, and a card is a payment that lowers no total (4.8).
        invoice: "direct" | "paid" | "manual", else the shop's option. legacy: no
        taxRates. overrides: raw fields on top; remove: fields left out. any_status:
        allow unknown statuses.
        Returns id, number and the oracle.
        """
        if not any_status:
            _check_status("status", status, STATUSES)
            _check_status("payment_status", payment_status, PAYMENT_STATUSES)
            _check_status("shipment_status", shipment_status, SHIPMENT_STATUSES)
        spec = {k: v for k, v in locals().items() if k not in {"self", "shop"}}
        with self.lock:
            desk = self._desk(shop)
            order = desk.add(spec)
            self.touch()
            return desk.oracle(order)

    def control_add_orders(
        self,
        shop: Any,
        count: int,
        seed: int = 1,
        start: str | None = None,
        end: str | None = None,
        profile: str = "mixed",
        customers: int | None = None,
    ) -> dict[str, Any]:
        """Add `count` varied orders, the same ones for the same seed and shop.

        start, end: the orders are spread over this time (default: the last 30 days).
        profile: "mixed" (rates, discounts, countries, statuses) or "plain" (domestic,
        paid and completed). customers: how many different ones (default: a third).
        Returns count, first and last (ids), gross (the sum).
        """
        with self.lock:
            self.touch()
            return generate(
                self._desk(shop),
                count=count,
                seed=seed,
                start=start,
                end=end,
                profile=profile,
                customers=customers,
            )

    def control_edit_order(
        self,
        shop: Any,
        order: Any,
        changes: dict[str, Any] | None = None,
        lines: list[dict[str, Any]] | None = None,
        at: str | None = None,
        bump: bool = True,
    ) -> dict[str, Any]:
        """Change raw fields by their API names, and move updatedAt.

        lines: [{index, <API field>: value}]. at: the new updatedAt (default: now).
        bump: false leaves updatedAt alone.
        """
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            moment = moment_text(at, self.world.now()) if bump else ""
            desk.edit(found, changes or {}, lines or [], moment)
            self.touch()
            return desk.oracle(found)

    def control_rebuild_order(
        self,
        shop: Any,
        order: Any,
        lines: list[dict[str, Any]],
        shipping: dict[str, Any] | None = None,
        payment: dict[str, Any] | None = None,
        coupon: Any = None,
        at: str | None = None,
    ) -> dict[str, Any]:
        """Give an order other lines and costs (as in add_order); totals follow.

        Invoices made before stay as they are. at: the new updatedAt.
        """
        spec = {
            "lines": lines,
            "shipping": shipping,
            "payment": payment,
            "coupon": coupon,
        }
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            desk.rebuild(found, spec, moment_text(at, self.world.now()))
            self.touch()
            return desk.oracle(found)

    def control_set_status(
        self,
        shop: Any,
        order: Any,
        status: str | None = None,
        payment_status: str | None = None,
        shipment_status: str | None = None,
        custom_status: Any = "unchanged",
        at: str | None = None,
        event: bool = True,
    ) -> dict[str, Any]:
        """Move an order on; its invoices, shipments and history follow.

        custom_status: a custom status' id, null or 0. event: false writes no history.
        """
        _check_status("status", status, STATUSES)
        _check_status("payment_status", payment_status, PAYMENT_STATUSES)
        _check_status("shipment_status", shipment_status, SHIPMENT_STATUSES)
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            desk.set_status(
                found,
                status,
                payment_status,
                shipment_status,
                ... if custom_status == "unchanged" else custom_status,
                moment_text(at, self.world.now()),
                event,
            )
            self.touch()
            return desk.oracle(found)

    def control_cancel_order(
        self, shop: Any, order: Any, at: str | None = None
    ) -> dict[str, Any]:
        """Cancel an order; invoices go by the option cancel_invoices."""
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            desk.cancel(found, moment_text(at, self.world.now()))
            self.touch()
            return desk.oracle(found)

    def control_credit_order(
        self,
        shop: Any,
        order: Any,
        lines: list[dict[str, Any]] | None = None,
        shipping: bool | None = None,
        payment: bool | None = None,
        status: str = "not_paid",
        at: str | None = None,
    ) -> dict[str, Any]:
        """Make a credit note.

        lines: [{index | id, quantity}]; without it everything that is left, with
        shipping and payment costs. The sign of the amounts is the option credit_sign.
        Returns the credit note's id, number, status and oracle (amounts positive).
        """
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            whole = lines is None
            note = desk.credit(
                found,
                lines,
                whole if shipping is None else shipping,
                whole if payment is None else payment,
                moment_text(at, self.world.now()),
                status,
            )
            self.touch()
            return {
                "id": note["id"],
                "number": note["number"],
                "status": note["status"],
                **note["oracle"],
            }

    def control_add_invoice(
        self,
        shop: Any,
        order: Any,
        lines: list[dict[str, Any]] | None = None,
        shipping: bool | None = None,
        payment: bool | None = None,
        status: str = "not_paid",
        at: str | None = None,
    ) -> dict[str, Any]:
        """Invoice an order by hand, or a part: lines [{index, quantity}].

        Costs go on the first invoice unless told otherwise. Returns id, number.
        """
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            moment = moment_text(at, self.world.now())
            row = desk.add_invoice(found, moment, status, lines, shipping, payment)
            desk.save(found, moment)
            self.touch()
            return {"id": row["id"], "number": row["number"], **row["oracle"]}

    def control_edit_invoice(
        self, shop: Any, invoice: int, changes: dict[str, Any], at: str | None = None
    ) -> dict[str, Any]:
        """Change raw fields of an invoice (by id) and move its updatedAt."""
        with self.lock:
            found = self.world.shop(shop)
            table = found["invoices"]
            row = table.get(invoice)
            if row is None:
                text = f"no invoice {invoice}"
                raise ControlError(text)
            for name, value in changes.items():
                if name in {"number", "status"}:
                    row[name] = value
                else:
                    row.setdefault("overrides", {})[name] = value
            row["updated"] = moment_text(at, self.world.now())
            table.put(row)
            self.world.emit(found, "invoices", "updated", row["id"])
            self.touch()
            return {"id": row["id"], "number": row["number"]}

    def control_corrupt(
        self,
        shop: Any,
        order: Any,
        payload: Any = None,
        body: str | None = None,
        in_list: bool = False,
        content_type: str = "application/json",
    ) -> dict[str, Any]:
        """Let a payload stand in for an order in GET orders/<id>.json.

        payload: any JSON value, put in the envelope; body: a text sent as the whole
        answer instead. in_list: the payload also stands in lists. updatedAt moves.
        """
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            desk.corrupt(found, payload, body, in_list, content_type)
            self.touch()
            return {"id": found["id"], "number": found["number"]}

    def control_repair(self, shop: Any, order: Any) -> dict[str, Any]:
        """Undo corrupt, overrides and removed fields of an order."""
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            found.pop("corrupt", None)
            for part in (found, *found["lines"]):
                part["overrides"], part["removed"] = {}, []
            desk.save(found, None)
            self.touch()
            return desk.oracle(found)

    def control_delete_order(self, shop: Any, order: Any) -> dict[str, Any]:
        """Remove an order and its documents, as if it never was."""
        with self.lock:
            desk = self._desk(shop)
            desk.delete(desk.find(order))
            self.touch()
            return {}

    def control_order(self, shop: Any, order: Any) -> Any:
        """Return an order as GET orders/<id>.json would (links to a made-up host)."""
        with self.lock:
            desk = self._desk(shop)
            base = "http://lightspeed.example"
            render = Renderer(desk.shop, base, desk.shop.default_language)
            return render.order(desk.find(order), single=True)

    def control_oracle(self, shop: Any, order: Any = None) -> Any:
        """Return the truth about one order, or about all of a shop (oldest first).

        id, number, created_at, status, payment_status, shipment_status, tampered (the
        payload no longer says what the builder computed), gross, net, vat, rates
        [{rate, net, vat, gross}], lines [{kind, title, rate, net, vat, gross}],
        invoices and credits [{id, number, status, gross, net, vat, rates}]. Amounts
        are texts; those of credits are positive.
        """
        with self.lock:
            desk = self._desk(shop)
            if order is not None:
                return desk.oracle(desk.find(order))
            return [desk.oracle(row) for row in desk.shop["orders"].all()]

    def control_add_customer(self, shop: Any, **customer: Any) -> dict[str, Any]:
        """Add a customer without an order (fields as in add_order). Returns id."""
        with self.lock:
            desk = self._desk(shop)
            customer_id = desk.add_customer(person_fields(customer), self.world.now())
            self.touch()
            return {"id": customer_id}

    def control_add_custom_status(
        self, shop: Any, title: str, color: str = "#f00095"
    ) -> dict[str, Any]:
        """Add a custom order status. Returns id."""
        with self.lock:
            now = self.world.now()
            row = {
                "id": self.world.new_id("customStatus"),
                "created": now,
                "updated": now,
                "title": title,
                "color": color,
            }
            self.world.shop(shop)["customStatuses"].put(row)
            self.touch()
            return {"id": row["id"]}

    def control_add_return(
        self,
        shop: Any,
        order: Any,
        lines: list[dict[str, Any]],
        status: str = "authorized",
        at: str | None = None,
        reason: str = "",
    ) -> dict[str, Any]:
        """Add a return: lines [{index, quantity}]. It moves no money. Returns id."""
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            moment = moment_text(at, self.world.now())
            excl = incl = dec(0)
            parts = []
            for entry in lines:
                line = found["lines"][entry["index"]]
                quantity, fields = dec(entry["quantity"]), line["fields"]
                excl += fields["priceExcl"] * quantity / fields["quantityOrdered"]
                incl += fields["priceIncl"] * quantity / fields["quantityOrdered"]
                parts.append({"id": line["id"], "quantity": quantity})
                done = dec(fields.get("quantityReturned", 0))
                fields["quantityReturned"] = done + quantity
            row = {
                "id": self.world.new_id("return"),
                "created": moment,
                "updated": moment,
                "fields": {
                    "customerId": found["customer"],
                    "orderId": found["id"],
                    "status": status,
                    "numProducts": sum(part["quantity"] for part in parts),
                    "priceExcl": f"{excl:.2f}",
                    "priceIncl": f"{incl:.2f}",
                    "isStockAdjusted": True,
                    "returnReason": reason,
                    "returnAction": "",
                    "customerComment": "",
                    "staffNote": "",
                    "mailMessage": "",
                    "notifyStatus": False,
                    "orderProducts": parts,
                },
            }
            desk.shop["returns"].put(row)
            self.world.emit(desk.shop, "returns", "created", row["id"])
            desk.save(found, moment)
            self.touch()
            return {"id": row["id"]}

    def control_metafields(self, shop: Any, order: Any) -> list[dict[str, Any]]:
        """Return an order's metafields: id, key, value."""
        with self.lock:
            desk = self._desk(shop)
            found = desk.find(order)
            rows = desk.shop["orderMetafields"].find("order", found["id"])
            return [{k: row[k] for k in ("id", "key", "value")} for row in rows]

    def control_find_orders(
        self, shop: Any, since: str | None = None, until: str | None = None
    ) -> list[dict[str, Any]]:
        """List orders made in a period: id, number, created_at."""
        with self.lock:
            found = self.world.shop(shop)
            first = parse_instant(since) if since else None
            last = parse_instant(until) if until else None
            return [
                {
                    "id": row.id,
                    "number": row.data["number"],
                    "created_at": found.stamp(row.created.isoformat()),
                }
                for row in found["orders"].rows.values()
                if (first is None or row.created >= first)
                and (last is None or row.created <= last)
            ]
