"""Objects as the API shows them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from . import forms
from .money import cents, dec, unit
from .places import country, language
from .shop import Shop

#: Link fields of a customer that are always there (reference 6).
_CUSTOMER_LINKS = {
    "groups": "groups/customers?customer={id}",
    "invoices": "invoices?customer={id}",
    "orders": "orders?customer={id}",
    "reviews": "reviews?customer={id}",
    "shipments": "shipments?customer={id}",
    "tickets": "tickets?customer={id}",
    "metafields": "customers/{id}/metafields",
    "login": "customers/{id}/login",
}
_PRODUCT_LINKS = {
    "categories": "categories/products?product={id}",
    "relations": "products/{id}/relations",
    "metafields": "products/{id}/metafields",
    "reviews": "reviews?product={id}",
    "attributes": "products/{id}/attributes",
    "tags": "tags/products?product={id}",
    "variants": "variants?product={id}",
    "movements": "variants/movements?product={id}",
}
_ITEM_FIELDS = (
    "id",
    "type",
    "title",
    "variant",
    "orderProductId",
    "articleCode",
    "ean",
    "sku",
    "taxRate",
    "basePriceExcl",
    "basePriceIncl",
    "priceExcl",
    "priceIncl",
    "discountExcl",
    "discountIncl",
    "quantity",
)
_ITEM_AMOUNTS = frozenset(name for name in _ITEM_FIELDS if name.endswith("cl"))


def error_body(environ: dict, status: int, message: str) -> dict[str, Any]:
    """Return the error envelope (reference 3.4)."""
    return {
        "error": {
            "code": status,
            "method": environ["REQUEST_METHOD"],
            "request": environ["PATH_INFO"].encode("latin1").decode("utf-8", "replace"),
            "message": message,
        }
    }


class Renderer:
    """Writes one shop's objects for one request.

    :param base: scheme and host that links begin with
    :param language_code: the language of the request's path
    """

    def __init__(self, shop: Shop, base: str, language_code: str) -> None:
        self.shop = shop
        self.base = base
        self.language = language_code

    # Links (reference 3.3)

    def link(self, url: str, row_id: int | bool = False) -> dict[str, Any]:
        """Return a link; a to-many link has the id `false`."""
        path, _, query = url.partition("?")
        tail = f"?{query}" if query else ""
        return {
            "resource": {
                "id": row_id,
                "url": url,
                "link": f"{self.base}/{self.language}/{path}.json{tail}",
            }
        }

    def to_one(self, resource: str, row_id: Any) -> dict[str, Any] | bool:
        """Return a link to one object, or `false` when there is none."""
        return self.link(f"{resource}/{row_id}", row_id) if row_id else False

    def _links(self, templates: dict[str, str], row_id: int) -> dict[str, Any]:
        return {
            name: self.link(url.format(id=row_id)) for name, url in templates.items()
        }

    def _head(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": row["id"],
            "createdAt": self.shop.stamp(row["created"]),
            "updatedAt": self.shop.stamp(row["updated"]),
        }

    def _form(self, form: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        shown = {name: fields.get(name, default) for name, default in form.items()}
        for name in ("addressBillingCountry", "addressShippingCountry", "country"):
            if isinstance(shown.get(name), str):
                shown[name] = country(shown[name], self.language)
        return shown

    # Orders

    def order(self, row: dict[str, Any], *, single: bool = False) -> Any:
        """Return an order; only a single one has `embedded` (reference 0.4)."""
        corrupt = row.get("corrupt")
        if corrupt and corrupt["body"] is None and (single or corrupt["in_list"]):
            return corrupt["payload"]
        order_id = row["id"]
        shown = self._head(row)
        shown["number"] = row["number"]
        shown.update(self._form(forms.ORDER, row["fields"]))
        if isinstance(shown["language"], str):
            shown["language"] = language(shown["language"])
        shown["customer"] = self.to_one("customers", row["customer"])
        for name, url in (
            ("invoices", f"invoices?order={order_id}"),
            ("shipments", f"shipments?order={order_id}"),
            ("products", f"orders/{order_id}/products"),
            ("metafields", f"orders/{order_id}/metafields"),
        ):
            shown[name] = self.link(url)
        shown["quote"] = self.to_one("quotes", row["quote"])
        shown["events"] = self.link(f"orders/events?order={order_id}")
        shown["giftCardsPayment"] = row["fields"].get("giftCardsPayment", [])
        if single:
            self._embed(row, shown)
        return _tamper(shown, row)

    def _embed(self, row: dict[str, Any], shown: dict[str, Any]) -> None:
        tables, order_id = self.shop.tables, row["id"]
        cap = self.shop.options.embedded_products_cap
        many: dict[str, Any] = {
            "invoices": [
                self.invoice(r) for r in tables["invoices"].find("order", order_id)
            ],
            "shipments": [
                self.shipment(r) for r in tables["shipments"].find("order", order_id)
            ],
            "products": [self.order_product(line) for line in row["lines"][:cap]],
            "metafields": [
                self.metafield(r)
                for r in tables["orderMetafields"].find("order", order_id)
            ],
            "events": [self.event(r) for r in tables["events"].find("order", order_id)],
        }
        many["quote"] = self.quote(row)
        if row["customer"]:
            customer = tables["customers"].get(row["customer"])
            many["customer"] = self.customer(customer) if customer else False
        for name, embedded in many.items():
            shown[name]["resource"]["embedded"] = embedded

    def order_product(self, line: dict[str, Any]) -> dict[str, Any]:
        shown = {"id": line["id"], **self._form(forms.ORDER_PRODUCT, line["fields"])}
        shown["product"] = self.to_one("products", line["product"])
        shown["variant"] = self.to_one("variants", line["variant"])
        return _tamper(shown, line)

    def quote(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return the basket an order came from (reference 5.2)."""
        fields = row["fields"]
        return {
            "id": row["quote"],
            "createdAt": self.shop.stamp(row["created"]),
            "updatedAt": self.shop.stamp(row["created"]),
            "channel": fields.get("channel", "main"),
            "recoveryHash": "",
            "discountId": None,
            "discountIsSet": bool(fields.get("discountAmount")),
            "discountShipment": "default",
            "discountMinimumAmount": "0.00",
            "additionalCostExcl": "0.0000",
            "additionalCostIncl": "0.0000",
            "paymentData": '{"method":"ideal"}',
            "comment": None,
        }

    def event(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a line of history (reference 8)."""
        return {
            "id": row["id"],
            "createdAt": self.shop.stamp(row["created"]),
            "channel": row["channel"],
            "type": row["type"],
            "message": row["message"],
            "comment": row["comment"],
            "order": self.to_one("orders", row["order"]),
            "invoice": self.to_one("invoices", row["invoice"]),
            "shipment": self.to_one("shipments", row["shipment"]),
        }

    def metafield(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**self._head(row), "key": row["key"], "value": row["value"]}

    def custom_status(self, row: dict[str, Any]) -> dict[str, Any]:
        return {**self._head(row), "title": row["title"], "color": row["color"]}

    # Documents

    def invoice(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return an invoice or credit note (reference 5)."""
        invoice_id = row["id"]
        return {
            **self._head(row),
            "number": row["number"],
            "status": row["status"],
            "isVatShifted": row["isVatShifted"],
            "priceExcl": self._signed(row, row["priceExcl"]),
            "priceIncl": self._signed(row, row["priceIncl"]),
            "doNotifyNew": row.get("doNotifyNew", False),
            "doNotifyPaid": row.get("doNotifyPaid", False),
            "invoice": self.to_one("invoices", row["invoice"]),
            "isCreditNote": row["isCreditNote"],
            "creditNote": self.to_one("invoices", row["creditNote"]),
            "order": self.to_one("orders", row["order"]),
            "customer": self.to_one("customers", row["customer"]),
            "items": self.link(f"invoices/{invoice_id}/items"),
            "metafields": self.link(f"invoices/{invoice_id}/metafields"),
            "events": self.link(f"orders/events?invoice={invoice_id}"),
            **row.get("overrides", {}),
        }

    def _signed(self, row: dict[str, Any], value: Any) -> Any:
        if row["isCreditNote"] and self.shop.options.credit_sign == "negative":
            return -dec(value)
        return value

    def invoice_items(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        per_unit = self.shop.options.invoice_item_prices == "unit"
        shown = []
        for item in row["items"]:
            copy = {name: item[name] for name in _ITEM_FIELDS}
            for name in _ITEM_AMOUNTS:
                value = dec(copy[name])
                if per_unit and not name.startswith("base"):
                    value = _per_unit(value, dec(item["quantity"]))
                copy[name] = self._signed(row, value)
            shown.append(copy)
        return shown

    def shipment(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a shipment; it has no prices (reference 5.2)."""
        return {
            **self._head(row),
            "number": row["number"],
            "status": row["status"],
            "trackingCode": row.get("trackingCode", ""),
            "doNotifyShipped": False,
            "doNotifyReadyForPickup": False,
            "doNotifyTrackingCode": False,
            "totalWeight": 0,
            "totalSizeX": 0,
            "totalSizeY": 0,
            "totalSizeZ": 0,
            "customer": self.to_one("customers", row["customer"]),
            "order": self.to_one("orders", row["order"]),
            "products": self.link(f"shipments/{row['id']}/products"),
            "metafields": self.link(f"shipments/{row['id']}/metafields"),
            "events": self.link(f"orders/events?shipment={row['id']}"),
        }

    def return_(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a return: plain ids, money as texts (reference 5.1)."""
        return {**self._head(row), **row["fields"]}

    # Catalogue and customers

    def customer(self, row: dict[str, Any]) -> dict[str, Any]:
        shown = {**self._head(row), **self._form(forms.CUSTOMER, row["fields"])}
        shown.update(self._links(_CUSTOMER_LINKS, row["id"]))
        return shown

    def product(self, row: dict[str, Any]) -> dict[str, Any]:
        shown = {**self._head(row), **self._form(forms.PRODUCT, row["fields"])}
        shown["brand"] = self.to_one("brands", row.get("brand"))
        shown.update(self._links(_PRODUCT_LINKS, row["id"]))
        return shown

    def brand(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a brand (reference 6)."""
        return {
            **self._head(row),
            **self._form(forms.BRAND, row["fields"]),
            "products": self.link(f"products?brand={row['id']}"),
        }

    def variant(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            **self._head(row),
            **self._form(forms.VARIANT, row["fields"]),
            "tax": self.to_one("taxes", row.get("tax")),
            "additionalcost": False,
            "options": [],
            "product": self.to_one("products", row["product"]),
            "movements": self.link(f"variants/movements?variant={row['id']}"),
            "metafields": self.link(f"variants/{row['id']}/metafields"),
        }

    def tax(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in ("id", "isDefault", "rate", "title")}

    def tax_override(self, row: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": row["id"],
            "rate": row["rate"],
            "country": country(row["country"], self.language),
            "tax": self.to_one("taxes", row["tax"]),
        }

    def plain(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return an object that is stored as it is shown."""
        return row["fields"] | {"id": row["id"]}

    def webhook(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return a subscription: its language comes out as an object (7.1)."""
        return {
            **self._head(row),
            "isActive": row["isActive"],
            "itemGroup": row["itemGroup"],
            "itemAction": row["itemAction"],
            "language": language(row["language"]),
            "format": row["format"],
            "address": row["address"],
        }

    # Shop and account

    def shop_object(self) -> dict[str, Any]:
        """Return shop.json; the only place of the currency (reference 0.6)."""
        shop, s = self.shop, self.shop.settings
        return {
            "id": f"{shop.id:06d}" if shop.options.shop_id_text else shop.id,
            "createdAt": shop.stamp(s["created"]),
            "status": s["status"],
            "isB2b": False,
            "isRetail": False,
            "subDomain": s["subdomain"],
            "mainDomain": s["domain"],
            "email": s["email"],
            "phone": "",
            "fax": "",
            "street": s["street"],
            "street2": "",
            "zipcode": s["zipcode"],
            "city": s["city"],
            "region": "",
            "country": country(s["country"], self.language),
            "vatNumber": s["vat_number"],
            "cocNumber": s["coc_number"],
            "industry": "",
            "currency": s["currency"],
            "company": self.link("shop/company"),
            "limits": self.link("shop/limits"),
        }

    def shop_company(self) -> dict[str, Any]:
        s = self.shop.settings
        known = {
            "name": s["title"],
            "cocNumber": s["coc_number"],
            "vatNumber": s["vat_number"],
            "email": s["email"],
            "street": s["street"],
            "zipcode": s["zipcode"],
            "city": s["city"],
            "country": s["country"],
        }
        return self._form(forms.SHOP_COMPANY, known)


def _per_unit(value: Decimal, quantity: Decimal) -> Decimal:
    each = unit(value / quantity)
    return cents(each) if cents(each) == each else each


def _tamper(shown: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """Apply what a test broke on purpose."""
    shown.update(row.get("overrides") or {})
    for name in row.get("removed") or ():
        shown.pop(name, None)
    return shown


Form = Callable[[dict[str, Any]], Any]
