"""An order as Lightspeed writes it, and as the stand-in shop is asked to make it.

The shape is that of the Lightspeed reference, 4.9: ``false`` for unset, whole numbers
without decimals, line totals after discount, and float noise where the vendor has it:
in the amounts of taxes, and in rates where the case says so.
"""

import json
from fractions import Fraction

from tests.books.orders import Line, Order

_FIRST_ID = 400_000_000
_NOISE = 1e-17


def number_of(order: Order, place: int) -> str:
    """Return the order's number: its own, or one by its place in the suite."""
    return order.number or f"ORD{place:05d}"


def payload(order: Order, place: int, incl: bool) -> str:
    """Return the JSON text of ``GET orders/{id}.json``, without its envelope.

    :param place: of the order in the suite: gives ids and number
    :param incl: the shop's prices include VAT
    """
    return json.dumps(_order(order, place, incl), ensure_ascii=False)


def _order(order: Order, place: int, incl: bool) -> dict:
    net, gross = order.totals(incl)
    buyer = order.buyer
    found = {
        "id": _FIRST_ID + place,
        "createdAt": order.moment.isoformat(),
        "updatedAt": order.moment.isoformat(),
        "number": number_of(order, place),
        "status": order.status,
        "customStatusId": None,
        "channel": "main",
        "priceCost": 0,
        "priceExcl": _money(net),
        "priceIncl": _money(gross),
        "gender": False,
        "birthDate": False,
        "email": buyer.email,
        "firstname": "Anna",
        "middlename": "",
        "lastname": "Voorbeeld",
        "phone": "",
        "mobile": "",
        "isCompany": bool(buyer.company),
        "companyName": buyer.company,
        "companyCoCNumber": "",
        "companyVatNumber": buyer.number,
        **_address("Billing", buyer, buyer.billing or buyer.country),
        "addressShippingCompany": buyer.company or False,
        **_address("Shipping", buyer, buyer.country),
        "paymentId": order.payment_id,
        "paymentStatus": "paid",
        **_cost("payment", order.payment, incl, False),
        "paymentTitle": "iDEAL",
        "paymentData": {"method": "ideal"} if place % 2 else [],
        "shipmentId": "core|747283|3298308",
        "shipmentStatus": "not_shipped",
        "shipmentIsCashOnDelivery": order.cash_on_delivery,
        "shipmentIsPickup": order.pickup,
        **_cost("shipment", order.shipping, incl, order.shipping_style == "gross"),
        "shipmentTitle": "Afhalen" if order.pickup else "PostNL",
        "shipmentData": [],
        "isDiscounted": any(line.discount for line in order.lines),
        "discountType": "percentage" if order.percentage else "amount",
        "discountAmount": _money(sum(line.discount for line in order.lines)),
        "discountPercentage": 0,
        "discountCouponCode": order.coupon,
        "taxRates": _taxes(order.lines, incl),
        "comment": "",
        "memo": "",
        "language": {"id": 1, "code": "nl", "locale": "nl_NL", "title": "Nederlands"},
        "customer": False if buyer.guest else _link("customers", 7000 + place),
        "invoices": _links("invoices", []),
        "shipments": _links("shipments", []),
        "products": _links(
            "products",
            [
                _product(line, 1000 * place + index, incl, order.noise)
                for index, line in enumerate(order.lines)
            ],
        ),
        "metafields": _links("metafields", []),
        "events": _links("events", []),
        "giftCardsPayment": list(order.gift_cards),
    }
    return _legacy(found) if order.legacy else found


def _legacy(found: dict) -> dict:
    """Take away what older payloads do not have (reference 9.9)."""
    gone = ("taxRates", "paymentTaxRates", "shipmentTaxRates", "giftCardsPayment")
    for row in found["products"]["resource"]["embedded"]:
        del row["taxRates"]
    return {name: value for name, value in found.items() if name not in gone}


def _money(cents: int) -> int | float:
    """Return an amount as the vendor writes it: 99, not 99.0 (reference 9.2)."""
    return cents // 100 if cents % 100 == 0 else cents / 100


def _noisy(rate: str, noise: bool) -> float:
    """Return a rate; with noise the last bits are off: 0.09974999999999999."""
    value = float(rate)
    return value - max(value, 1.0) * 10 * _NOISE if noise and value else value


def _taxes(lines, incl: bool, noise: bool = False) -> list[dict]:
    """Return ``taxRates``: an unrounded float for each name and rate (0.7)."""
    sums = {}
    for line in lines:
        net, _gross = line.amounts(incl)
        for name, rate in line.taxes:
            sums[name, rate] = sums.get((name, rate), 0.0) + net / 100 * float(rate)
    return [
        {"name": name, "rate": _noisy(rate, noise), "amount": amount}
        for (name, rate), amount in sums.items()
    ]


def _unit(line: Line, incl: bool) -> tuple[float, float]:
    """Return the base prices without and with VAT, four decimals."""
    own = Fraction(line.unit)
    other = own / (1 + line.rate) if incl else own * (1 + line.rate)
    pair = (other, own) if incl else (own, other)
    return tuple(float(round(each, 4)) for each in pair)


def _product(line: Line, row_id: int, incl: bool, noise: bool) -> dict:
    net, gross = line.amounts(incl)
    off_net, off_gross = line.discounts(incl)
    base_excl, base_incl = _unit(line, incl)
    return {
        "id": row_id,
        "supplierTitle": "",
        "brandTitle": "",
        "productTitle": line.title,
        "variantTitle": "",
        "taxRate": _noisy(str(float(line.rate)), noise),
        "taxRates": _taxes((line,), incl, noise),
        "quantityOrdered": line.quantity,
        "quantityInvoiced": 0,
        "quantityShipped": line.quantity,
        "quantityRefunded": 0,
        "quantityReturned": 0,
        "articleCode": line.article,
        "ean": "",
        "sku": line.article,
        "weight": None,
        "priceCost": 0,
        "basePriceExcl": base_excl,
        "basePriceIncl": base_incl,
        "priceExcl": _money(net),
        "priceIncl": _money(gross),
        "discountExcl": _money(off_net),
        "discountIncl": _money(off_gross),
        "customFields": False,
        "product": False,
        "variant": False,
    }


def _cost(prefix: str, line: Line | None, incl: bool, before: bool) -> dict:
    """Return the fields of shipping or payment costs.

    :param before: the price is told before its discount
    """
    net, gross = line.amounts(incl) if line else (0, 0)
    off_net, off_gross = line.discounts(incl) if line else (0, 0)
    base_excl, base_incl = _unit(line, incl) if line else (0, 0)
    found = {
        f"{prefix}TaxRate": float(line.rate) if line else 0,
        f"{prefix}TaxRates": _taxes((line,), incl) if line else [],
        f"{prefix}BasePriceExcl": base_excl,
        f"{prefix}BasePriceIncl": base_incl,
        f"{prefix}PriceExcl": _money(net + (off_net if before else 0)),
        f"{prefix}PriceIncl": _money(gross + (off_gross if before else 0)),
    }
    if prefix == "shipment":
        found["shipmentDiscountExcl"] = _money(off_net)
        found["shipmentDiscountIncl"] = _money(off_gross)
    return found


def _address(kind: str, buyer, country: str) -> dict:
    postcode = buyer.postcode
    if kind == "Billing" and buyer.billing:
        postcode = buyer.billing_postcode
    values = {
        "Name": "Anna Voorbeeld",
        "Street": "Dorpsstraat",
        "Street2": "",
        "Number": "1",
        "Extension": "",
        "Zipcode": postcode,
        "City": buyer.city,
        "Region": "",
        "Country": {
            "id": 1,
            "code": country.lower(),
            "code3": f"{country.lower()}x",
            "title": country,
        },
        "RegionData": False,
    }
    return {f"address{kind}{name}": value for name, value in values.items()}


def _link(what: str, row_id: int) -> dict:
    return {"resource": {"id": row_id, "url": f"{what}/{row_id}"}}


def _links(what: str, rows: list) -> dict:
    return {"resource": {"id": False, "url": what, "embedded": rows}}


# === THE SAME FOR THE STAND-IN SHOP === #


def specification(order: Order, place: int, incl: bool) -> dict:
    """Return the parameters of ``control_add_order`` for the same order.

    Only for orders without made-up differences: the stand-in does its own arithmetic,
    and its totals always add up.
    """
    own = "incl" if incl else "excl"
    buyer = order.buyer
    customer = {
        "email": buyer.email,
        "firstname": "Anna",
        "lastname": "Voorbeeld",
        "street": "Dorpsstraat",
        "number": "1",
        "zipcode": buyer.billing_postcode if buyer.billing else buyer.postcode,
        "city": buyer.city,
        "country": (buyer.billing or buyer.country).lower(),
        "shipping": {
            "zipcode": buyer.postcode,
            "country": buyer.country.lower(),
        },
        "guest": buyer.guest,
    }
    if buyer.company:
        customer |= {"company": buyer.company, "is_company": True}
    if buyer.number:
        customer["vat_number"] = buyer.number
    found = {
        "number": number_of(order, place),
        "created_at": order.moment.isoformat(),
        "customer": customer,
        "status": order.status,
        "payment_status": "paid",
        "lines": [_spec_line(line, own) for line in order.lines],
        "coupon": order.coupon or None,
        "legacy": order.legacy,
        "gift_cards": list(order.gift_cards),
        "overrides": {"shipmentIsCashOnDelivery": order.cash_on_delivery},
    }
    if order.shipping or order.pickup:
        cost = order.shipping or Line(unit="0", kind="shipping")
        found["shipping"] = _spec_cost(cost, own) | {"style": order.shipping_style}
        found["shipping"]["pickup"] = order.pickup
    found["payment"] = {"id": order.payment_id, "title": "iDEAL"}
    if order.payment:
        found["payment"] |= _spec_cost(order.payment, own)
    return found


def _spec_taxes(line: Line) -> list[dict]:
    return [{"name": name, "rate": rate} for name, rate in line.taxes]


def _discount(line: Line, own: str) -> dict:
    cents = line.discount
    return {f"discount_{own}": f"{cents // 100}.{cents % 100:02d}"} if cents else {}


def _spec_line(line: Line, own: str) -> dict:
    return {
        "title": line.title,
        "article_code": line.article,
        "sku": line.article,
        "quantity": line.quantity,
        f"unit_{own}": line.unit,
        "rates": _spec_taxes(line),
        **_discount(line, own),
    }


def _spec_cost(line: Line, own: str) -> dict:
    return {own: line.unit, "rates": _spec_taxes(line), **_discount(line, own)}
