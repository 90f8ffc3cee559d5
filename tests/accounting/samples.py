"""Orders and settings for the tests of the accounting package."""

import copy
from datetime import datetime, timezone
from decimal import Decimal

from odoo.addons.lightspeed_exact_connector.accounting.booking import Policy, Rule
from odoo.addons.lightspeed_exact_connector.accounting.money import loads
from odoo.addons.lightspeed_exact_connector.accounting.parse import parse_order
from odoo.addons.lightspeed_exact_connector.accounting.sale import LineKind
from odoo.addons.lightspeed_exact_connector.accounting.vat_position import (
    Period,
    VatPosition,
)

NOW = datetime(2026, 6, 10, 12, 0, tzinfo=timezone.utc)
GL_PRODUCT = "0b7b7f0e-8a2c-4d83-8f1a-5f2f8c6d1a11"
GL_COSTS = "5d9d3c2a-1f44-4b57-a0b8-7c0f9be0e222"
GL_ROUNDING = "77777777-1f44-4b57-a0b8-7c0f9be0e333"
CUSTOMER = "6f6a0c9e-0c3c-4d2e-9a2f-0f1d1f0a7c01"

#: The order of the Lightspeed reference, section 4.9 (fields of no use left out).
SAMPLE = """{
"id":315967958,"createdAt":"2026-06-03T00:56:12+02:00",
"updatedAt":"2026-06-03T01:02:40+02:00","number":"ORD00412",
"status":"processing_awaiting_shipment","customStatusId":null,"channel":"main",
"priceCost":18.5,"priceExcl":52.36,"priceIncl":62.16,"gender":false,
"email":"klant@example.com","firstname":"Anna","middlename":"",
"lastname":"Voorbeeld","phone":"","mobile":"","isCompany":false,"companyName":"",
"companyCoCNumber":"","companyVatNumber":"",
"addressBillingName":"Anna Voorbeeld","addressBillingStreet":"Dorpsstraat",
"addressBillingStreet2":"","addressBillingNumber":"1","addressBillingExtension":"",
"addressBillingZipcode":"1234 AB","addressBillingCity":"Utrecht",
"addressBillingRegion":"","addressBillingCountry":{"id":150,"code":"nl",
"code3":"nld","title":"Netherlands, The"},"addressBillingRegionData":false,
"addressShippingCompany":false,"addressShippingName":"Anna Voorbeeld",
"addressShippingStreet":"Dorpsstraat","addressShippingStreet2":"",
"addressShippingNumber":"1","addressShippingExtension":"",
"addressShippingZipcode":"1234 AB","addressShippingCity":"Utrecht",
"addressShippingRegion":"","addressShippingCountry":{"id":150,"code":"nl",
"code3":"nld","title":"Netherlands, The"},"addressShippingRegionData":false,
"paymentId":"mollie","paymentStatus":"paid","paymentTaxRate":0.21,
"paymentTaxRates":[{"name":"BTW","rate":0.21,"amount":0.08677685950413223}],
"paymentBasePriceExcl":0.4132,"paymentBasePriceIncl":0.5,"paymentPriceExcl":0.41,
"paymentPriceIncl":0.5,"paymentTitle":"iDEAL","paymentData":{"method":"ideal"},
"shipmentId":"core|747283|3298308","shipmentStatus":"not_shipped",
"shipmentIsPickup":false,"shipmentTaxRate":0.21,
"shipmentTaxRates":[{"name":"BTW","rate":0.21,"amount":1.0326446280991737}],
"shipmentBasePriceExcl":4.9174,"shipmentBasePriceIncl":5.95,
"shipmentPriceExcl":4.92,"shipmentPriceIncl":5.95,"shipmentDiscountExcl":0,
"shipmentDiscountIncl":0,"shipmentTitle":"PostNL","shipmentData":[],
"isDiscounted":true,"discountType":"amount","discountAmount":6.19,
"discountPercentage":0.1,"discountCouponCode":"ZOMER10",
"taxRates":[{"name":"BTW","rate":0.21,"amount":7.794297520661157},
{"name":"BTW","rate":0.09,"amount":0.891743119266055}],
"comment":"","memo":"",
"language":{"id":1,"code":"nl","locale":"nl_NL","title":"Nederlands"},
"customer":{"resource":{"id":226983112,"embedded":{"id":226983112}}},
"invoices":{"resource":{"id":false,"embedded":[{"id":332615050,
"number":"INV00401","status":"paid","isVatShifted":false,"priceExcl":52.36,
"priceIncl":62.16,"isCreditNote":false}]}},
"products":{"resource":{"id":false,"embedded":[
{"id":501,"productTitle":"Mok blauw","variantTitle":"","taxRate":0.21,
"taxRates":[{"name":"BTW","rate":0.21,"amount":7.794297520661157}],
"quantityOrdered":2,"articleCode":"MOK-B","ean":"","sku":"MOK-B","weight":null,
"basePriceExcl":20.6198,"basePriceIncl":24.95,"priceExcl":37.12,"priceIncl":44.91,
"discountExcl":4.12,"discountIncl":4.99,"customFields":false},
{"id":502,"productTitle":"Kookboek","variantTitle":"","taxRate":0.09,
"taxRates":[{"name":"BTW","rate":0.09,"amount":0.891743119266055}],
"quantityOrdered":1,"articleCode":"BOEK-1","ean":"","sku":"",
"basePriceExcl":11.0092,"basePriceIncl":12,"priceExcl":9.91,"priceIncl":10.8,
"discountExcl":1.1,"discountIncl":1.2,"customFields":false}]}},
"events":{"resource":{"id":false,"embedded":[{"id":1,
"createdAt":"2026-06-03T00:56:12+02:00","channel":"auto","type":"order",
"message":"new","comment":null,"invoice":false,"shipment":false}]}},
"giftCardsPayment":[]}"""


def payload(**changes):
    """The sample order with some of its fields changed."""
    order = loads(SAMPLE)
    order.update(changes)
    return order


def country(code):
    return {"id": 1, "code": code, "code3": code + "x", "title": code}


def products(*rows):
    return {"resource": {"id": False, "embedded": list(rows)}}


def product(incl, excl, rate="0.21", quantity=1, **changes):
    row = {
        "id": 1,
        "productTitle": "Ding",
        "variantTitle": "",
        "taxRate": Decimal(rate),
        "taxRates": [{"name": "BTW", "rate": Decimal(rate), "amount": 0}],
        "quantityOrdered": quantity,
        "priceIncl": Decimal(str(incl)),
        "priceExcl": Decimal(str(excl)),
        "discountIncl": 0,
        "discountExcl": 0,
    }
    row.update(changes)
    return row


def simple(*rows, **changes):
    """An order of these lines alone, without shipping and payment costs."""
    order = payload(
        products=products(*rows),
        priceIncl=sum(row["priceIncl"] for row in rows),
        priceExcl=sum(row["priceExcl"] for row in rows),
        shipmentPriceIncl=0,
        shipmentPriceExcl=0,
        paymentPriceIncl=0,
        paymentPriceExcl=0,
    )
    order.update(changes)
    return copy.deepcopy(order)


def sale(order=None, **changes):
    return parse_order(order if order else payload(**changes), currency="EUR")


def rule(key=1, kind=None, treatment=None, rate=None, code="2", **changes):
    values = {
        "key": key,
        "line_kind": kind,
        "treatment": treatment,
        "rate": None if rate is None else Decimal(rate),
        "gl_account": GL_PRODUCT,
        "vat_code": code,
        "vat_type": "E",
        "vat_percentage": Decimal(rate or 0),
        "gl_code": "8000",
    }
    values.update(changes)
    return Rule(**values)


def dutch_rules():
    zero = {"vat_percentage": Decimal(0)}
    return (
        rule(1, None, "domestic", "0.21", "2"),
        rule(2, None, "domestic", "0.09", "1"),
        rule(3, LineKind.SHIPPING, "domestic", "0.21", "2", gl_account=GL_COSTS),
        rule(4, LineKind.PAYMENT, "domestic", "0.21", "2", gl_account=GL_COSTS),
        rule(5, None, "reverse_charge", None, "7", vat_type="B", **zero),
        rule(6, None, "export", None, "6", vat_type="B", **zero),
        rule(7, None, "oss", "0.19", "DE1", country="DE"),
        rule(8, LineKind.ROUNDING, None, None, "", gl_account=GL_ROUNDING, **zero),
    )


def position(country="NL", **changes):
    """A seller that is registered for OSS, as long as nothing else is said."""
    return VatPosition(country=country, **{"oss": (Period(),), **changes})


def policy(**changes):
    values = {
        "vat": position(),
        "currency": "EUR",
        "timezone": "Europe/Amsterdam",
        "journal": "70",
        "rules": dutch_rules(),
    }
    values.update(changes)
    return Policy(**values)
