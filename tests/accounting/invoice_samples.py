"""Invoices and credit notes for the tests of the accounting package."""

import copy
from decimal import Decimal

from odoo.addons.lightspeed_exact_connector.accounting.money import loads
from odoo.addons.lightspeed_exact_connector.accounting.parse_invoice import (
    parse_invoice,
)

from tests.accounting.samples import payload

#: The invoice of the Lightspeed reference, section 5, and its items.
INVOICE = """{"id":332615050,"createdAt":"2026-06-03T00:56:14+02:00",
"updatedAt":"2026-06-03T01:02:40+02:00","number":"INV00401","status":"paid",
"isVatShifted":false,"priceExcl":52.36,"priceIncl":62.16,"invoice":false,
"isCreditNote":false,"creditNote":false,
"order":{"resource":{"id":315967958,"url":"orders/315967958"}},
"customer":{"resource":{"id":226983112,"url":"customers/226983112"}}}"""
ITEMS = """[
{"id":7041125,"type":"product","title":"Mok blauw","variant":"",
"orderProductId":501,"articleCode":"MOK-B","ean":"","sku":"MOK-B","taxRate":0.21,
"basePriceExcl":20.6198,"basePriceIncl":24.95,"priceExcl":37.12,"priceIncl":44.91,
"discountExcl":4.12,"discountIncl":4.99,"quantity":2},
{"id":7041126,"type":"product","title":"Kookboek","variant":"",
"orderProductId":502,"articleCode":"BOEK-1","ean":"","sku":"","taxRate":0.09,
"basePriceExcl":11.0092,"basePriceIncl":12,"priceExcl":9.91,"priceIncl":10.8,
"discountExcl":1.1,"discountIncl":1.2,"quantity":1},
{"id":7041127,"type":"shipment","title":"_shippingcosts_","variant":"PostNL",
"orderProductId":null,"articleCode":"","ean":"","sku":"","taxRate":0.21,
"basePriceExcl":4.9174,"basePriceIncl":5.95,"priceExcl":4.92,"priceIncl":5.95,
"discountExcl":0,"discountIncl":0,"quantity":1},
{"id":7041128,"type":"payment","title":"_paymentcosts_","variant":"iDEAL",
"orderProductId":null,"articleCode":"","ean":"","sku":"","taxRate":0.21,
"basePriceExcl":0.4132,"basePriceIncl":0.5,"priceExcl":0.41,"priceIncl":0.5,
"discountExcl":0,"discountIncl":0,"quantity":1}]"""
ORIGINAL = {"resource": {"id": 332615050, "url": "invoices/332615050"}}


def invoice(**changes):
    """The sample invoice with some of its fields changed."""
    return {**loads(INVOICE), **changes}


def items():
    return loads(ITEMS)


def item(incl, excl, quantity=1, rate="0.21", **changes):
    """An item of a product; ``rate=None`` gives none."""
    return {
        "id": 1,
        "type": "product",
        "title": "Ding",
        "variant": "",
        "orderProductId": None,
        "articleCode": "",
        "ean": "",
        "sku": "",
        "taxRate": None if rate is None else Decimal(rate),
        "priceIncl": Decimal(str(incl)),
        "priceExcl": Decimal(str(excl)),
        "discountIncl": 0,
        "discountExcl": 0,
        "quantity": quantity,
        **changes,
    }


def totals(incl, excl, **changes):
    """An invoice of these totals."""
    return invoice(
        priceIncl=Decimal(str(incl)), priceExcl=Decimal(str(excl)), **changes
    )


def credit_note(incl, excl, **changes):
    """A credit note of the sample invoice."""
    values = {"isCreditNote": True, "invoice": ORIGINAL, "number": "INV00402"}
    return totals(incl, excl, **{**values, **changes})


def parsed(document=None, rows=None, order=None, **arguments):
    """What ``parse_invoice`` makes of these, by default of the samples."""
    return parse_invoice(
        document if document is not None else invoice(),
        copy.deepcopy(rows if rows is not None else items()),
        order if order is not None else payload(),
        currency="EUR",
        **arguments,
    )
