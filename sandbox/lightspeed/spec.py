"""Reads the order builder's parameters into API fields (reference 4.1, 4.3)."""

from decimal import Decimal
from typing import Any

from sandbox.core import ControlError

from .arithmetic import Priced, Totals
from .money import ZERO, dec

LINE_KEYS = frozenset(
    {
        "title",
        "variant",
        "article_code",
        "ean",
        "sku",
        "brand",
        "supplier",
        "quantity",
        "unit_incl",
        "unit_excl",
        "rate",
        "rates",
        "tax_name",
        "discount_incl",
        "discount_excl",
        "cost",
        "weight",
        "custom_fields",
        "product_id",
        "variant_id",
        "overrides",
        "remove",
    }
)
COST_KEYS = frozenset(
    {
        "title",
        "id",
        "incl",
        "excl",
        "rate",
        "rates",
        "tax_name",
        "discount_incl",
        "discount_excl",
        "data",
    }
)
SHIPPING_KEYS = COST_KEYS | {"pickup", "style"}
PAYMENT_KEYS = COST_KEYS | {"post"}
ADDRESS_KEYS = frozenset(
    {
        "name",
        "company",
        "street",
        "street2",
        "number",
        "extension",
        "zipcode",
        "city",
        "region",
        "country",
    }
)
CUSTOMER_KEYS = ADDRESS_KEYS | {
    "id",
    "guest",
    "email",
    "firstname",
    "middlename",
    "lastname",
    "vat_number",
    "coc_number",
    "is_company",
    "phone",
    "mobile",
    "gender",
    "birth_date",
    "shipping",
}

#: The customer's fields as the API names them, by our parameter.
_PERSON = {
    "email": "email",
    "firstname": "firstname",
    "middlename": "middlename",
    "lastname": "lastname",
    "phone": "phone",
    "mobile": "mobile",
    "gender": "gender",
    "birth_date": "birthDate",
    "company": "companyName",
    "coc_number": "companyCoCNumber",
    "vat_number": "companyVatNumber",
}
_ADDRESS = {
    "name": "Name",
    "street": "Street",
    "street2": "Street2",
    "number": "Number",
    "extension": "Extension",
    "zipcode": "Zipcode",
    "city": "City",
    "region": "Region",
    "country": "Country",
}

DEFAULT_CUSTOMER = {
    "email": "klant@example.com",
    "firstname": "Anna",
    "lastname": "Voorbeeld",
    "street": "Dorpsstraat",
    "number": "1",
    "zipcode": "1234 AB",
    "city": "Utrecht",
    "country": "nl",
}


def check_keys(what: str, given: Any, known: frozenset[str]) -> None:
    """Refuse misspelled parameters: a test must not pass by accident."""
    if given is None:
        return
    if not isinstance(given, dict):
        text = f"{what}: not an object"
        raise ControlError(text)
    unknown = given.keys() - known
    if unknown:
        text = f"{what}: unknown {sorted(unknown)}; there are {sorted(known)}"
        raise ControlError(text)


def person_fields(customer: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that an order and a customer have in common."""
    check_keys("customer", customer, CUSTOMER_KEYS)
    check_keys("customer.shipping", customer.get("shipping"), ADDRESS_KEYS)
    fields = {api: customer[own] for own, api in _PERSON.items() if customer.get(own)}
    fields["isCompany"] = bool(
        customer.get("is_company", bool(customer.get("company")))
    )
    names = (customer.get(k) for k in ("firstname", "middlename", "lastname"))
    name = " ".join(part for part in names if part)
    billing = {"name": name, "country": "nl", **_address(customer)}
    shipping = {**billing, **_address(customer.get("shipping") or {})}
    for own, api in _ADDRESS.items():
        fields[f"addressBilling{api}"] = billing.get(own, "")
        fields[f"addressShipping{api}"] = shipping.get(own, "")
    company = (customer.get("shipping") or {}).get("company", customer.get("company"))
    fields["addressShippingCompany"] = company or False
    return fields


def _address(spec: dict[str, Any]) -> dict[str, Any]:
    return {k: spec[k] for k in _ADDRESS if spec.get(k) is not None}


def line_fields(priced: Priced, quantity_done: Decimal | int) -> dict[str, Any]:
    """Return an order product's own fields."""
    spec = priced.spec
    return {
        "supplierTitle": spec.get("supplier", ""),
        "brandTitle": spec.get("brand", ""),
        "productTitle": spec.get("title", "Artikel"),
        "variantTitle": spec.get("variant", ""),
        "taxRate": priced.tax_rate(),
        "taxRates": priced.tax_rates(),
        "quantityOrdered": priced.quantity,
        "quantityInvoiced": quantity_done,
        "quantityShipped": priced.quantity,
        "articleCode": spec.get("article_code", ""),
        "ean": spec.get("ean", ""),
        "sku": spec.get("sku", ""),
        "weight": spec.get("weight"),
        "priceCost": dec(spec.get("cost", 0)),
        "basePriceExcl": priced.base_excl,
        "basePriceIncl": priced.base_incl,
        "priceExcl": priced.excl,
        "priceIncl": priced.incl,
        "discountExcl": priced.discount_excl,
        "discountIncl": priced.discount_incl,
        "customFields": spec.get("custom_fields") or False,
    }


def payment_fields(priced: Priced) -> dict[str, Any]:
    spec = priced.spec
    return {
        "paymentId": spec.get("id", "mollie"),
        "paymentIsPost": bool(spec.get("post", False)),
        "paymentTaxRate": priced.tax_rate(),
        "paymentTaxRates": priced.tax_rates(),
        "paymentBasePriceExcl": priced.base_excl,
        "paymentBasePriceIncl": priced.base_incl,
        "paymentPriceExcl": priced.excl,
        "paymentPriceIncl": priced.incl,
        "paymentTitle": spec.get("title", "iDEAL"),
        "paymentData": spec.get("data", {"method": "ideal"}),
    }


def shipping_fields(priced: Priced, style: str) -> dict[str, Any]:
    """Return the shipment fields.

    :param style: "gross" leaves the price before its discount, as free shipping by
        coupon may do (4.4); the order's total has the discount all the same
    """
    spec = priced.spec
    gross = style == "gross"
    pickup = bool(spec.get("pickup", False))
    return {
        "shipmentId": spec.get("id", "core|747283|3298308"),
        "shipmentIsPickup": pickup,
        "shipmentTaxRate": priced.tax_rate(),
        "shipmentTaxRates": priced.tax_rates(),
        "shipmentBasePriceExcl": priced.base_excl,
        "shipmentBasePriceIncl": priced.base_incl,
        "shipmentPriceExcl": priced.excl + (priced.discount_excl if gross else ZERO),
        "shipmentPriceIncl": priced.incl + (priced.discount_incl if gross else ZERO),
        "shipmentDiscountExcl": priced.discount_excl,
        "shipmentDiscountIncl": priced.discount_incl,
        "shipmentTitle": spec.get("title", "Afhalen" if pickup else "PostNL"),
        "shipmentData": spec.get("data", {"method": "default"}),
    }


def total_fields(totals: Totals) -> dict[str, Any]:
    """Return the order's header amounts."""
    discount = totals.discount
    return {
        "priceCost": sum(
            (dec(p.spec.get("cost", 0)) * p.quantity for p in totals.lines), ZERO
        ),
        "priceExcl": totals.excl,
        "priceIncl": totals.incl,
        "isDiscounted": bool(discount.amount) or bool(totals.shipping.discount_incl),
        "discountType": discount.kind,
        "discountAmount": discount.amount,
        "discountPercentage": discount.percentage,
        "discountCouponCode": discount.code,
        "taxRates": totals.tax_rates(),
        **payment_fields(totals.payment),
        **shipping_fields(totals.shipping, totals.shipping_style),
    }
