"""Demo data: a second shop, with prices excluding VAT and without invoices of its own.

It sells to lunchrooms and shops; Exact Online issues its sales invoices. Everything is
made up, and relative to the sandbox's clock.
"""

from datetime import datetime, timedelta
from typing import Any

from . import demo_settings as settings
from .demo import DONE, GERMAN_COMPANY, IDEAL, NL_COMPANY, SWISS, UNPAID, person

#: title, article code, price excluding VAT, rate
PRODUCTS = (
    ("Koffiekop porselein", "KOP-P", "3.35", "0.21"),
    ("Espressokop", "KOP-E", "2.89", "0.21"),
    ("Bord 27 cm", "BORD-27", "6.15", "0.21"),
    ("Dessertbord", "BORD-20", "4.45", "0.21"),
    ("Servet wit", "SERVET-W", "0.0425", "0.21"),
    ("Rietje papier", "RIET-P", "0.0173", "0.21"),
    ("Dienblad rond", "BLAD-R", "17.95", "0.21"),
    ("Koffiebonen 1 kg", "BOON-1", "14.33", "0.09"),
    ("Theezakjes 100 stuks", "THEE-Z", "7.77", "0.09"),
    ("Stroopwafel", "WAFEL", "0.38", "0.09"),
    ("Suikerstick", "SUIKER", "0.0196", "0.09"),
)
_BY_CODE = {product[1]: product for product in PRODUCTS}
#: One product in sizes; the last two have the very same article code.
APRON = ("Schort", "18.50", ("SCHORT-S", "SCHORT-M", "SCHORT-L", "SCHORT-L"))
#: Nobody gave this one an article code.
NO_CODE = ("Krijtbord", "", "21.75", "0.21")
GIFT_CARD = ("Cadeaubon 25 euro", settings.GIFT_CARD_CODE, "25.00", "0")
#: An item that the bookkeeper made in Exact Online already.
KNOWN_ITEM = "BLAD-R"

POST = {"title": "PostNL pakket", "excl": "6.57", "rate": "0.21"}
COURIER = {"title": "Koerier", "excl": "24.90", "rate": "0.21"}
ABROAD = {"title": "PostNL wereld", "excl": "18.50", "rate": 0}
ACCOUNT_COSTS = {
    "id": "invoice",
    "title": "Op rekening",
    "excl": "1.25",
    "rate": "0.21",
    "data": [],
}
SERVICE_COSTS = {**IDEAL, "excl": "0.29", "rate": "0.21"}

#: Places of the orders that are cancelled and edited once they have an invoice.
CANCELLED_LATER, EDITED_LATER = 9, 10


def line(code: str, quantity: int = 1, **changes: Any) -> dict[str, Any]:
    """Return an order line of a product."""
    title, _, price, rate = _BY_CODE[code]
    return {
        "title": title,
        "article_code": code,
        "unit_excl": price,
        "rate": rate,
        "quantity": quantity,
        **changes,
    }


def _without_code(quantity: int) -> dict[str, Any]:
    title, code, price, rate = NO_CODE
    return {
        "title": title,
        "article_code": code,
        "unit_excl": price,
        "rate": rate,
        "quantity": quantity,
    }


def _gift_card() -> dict[str, Any]:
    title, code, price, rate = GIFT_CARD
    return {
        "title": title,
        "article_code": code,
        "unit_excl": price,
        "rate": rate,
        "quantity": 1,
    }


def specs() -> list[dict[str, Any]]:
    """Return the orders, oldest first."""
    return [
        # Prices of a part of a cent.
        {
            "lines": [line("SERVET-W", 1250), line("RIET-P", 333)],
            "customer": NL_COMPANY,
            "payment": ACCOUNT_COSTS,
        },
        # Discounts that do not divide by the quantity.
        {
            "lines": [
                line("KOP-P", 7, discount_excl="1.00"),
                line("WAFEL", 13, discount_excl="0.05"),
            ],
            "customer": person(0),
        },
        # Both rates, a coupon in per cent, payment costs.
        {
            "lines": [line("BORD-27", 6), line("BOON-1", 3), line("SUIKER", 500)],
            "coupon": {"code": "HORECA7", "percentage": "0.07"},
            "customer": person(1),
            "payment": SERVICE_COSTS,
        },
        # A coupon for an amount.
        {
            "lines": [line("KOP-E", 3), line("THEE-Z", 2), line("WAFEL", 7)],
            "coupon": {"code": "WELKOM10", "amount": "10.00"},
            "customer": person(4),
        },
        # Without VAT: to a company in Germany, and out of the EU.
        {
            "lines": [line("KOP-P", 48, rate=0), line("BOON-1", 12, rate=0)],
            "customer": GERMAN_COMPANY,
            "shipping": ABROAD,
        },
        {
            "lines": [line("BLAD-R", 3, rate=0)],
            "customer": SWISS,
            "shipping": ABROAD,
        },
        # A product without a code, and one whose code two variants have.
        {
            "lines": [_without_code(2), _apron("SCHORT-L", 3)],
            "customer": person(7),
        },
        # A gift card sold, and one used.
        {"lines": [_gift_card()], "shipping": None, "customer": person(8)},
        {
            "lines": [line("BORD-20", 11), line("THEE-Z")],
            "customer": person(8),
            "gift_cards": [{"code": "DEMO-0002", "amount": 25}],
        },
        # Has an invoice, and is cancelled or edited then.
        {"lines": [line("BLAD-R", 2), _apron("SCHORT-M", 2)], "customer": person(5)},
        {"lines": [line("KOP-E", 12), line("BOON-1")], "customer": person(2)},
        # Many lines, by courier.
        {
            "lines": [line(code, 3) for code in sorted(_BY_CODE)],
            "customer": NL_COMPANY,
            "shipping": COURIER,
            "payment": ACCOUNT_COSTS,
        },
        # Not paid yet.
        {"lines": [line("KOP-P", 2)], "customer": person(10), **UNPAID},
    ]


def _apron(code: str, quantity: int) -> dict[str, Any]:
    title, price, _codes = APRON
    return {
        "title": title,
        "variant": f"Maat {code[-1]}",
        "article_code": code,
        "unit_excl": price,
        "rate": "0.21",
        "quantity": quantity,
    }


def _add_products(service: Any) -> None:
    name = settings.INVOICE_SHOP_NAME
    for title, code, price, rate in (*PRODUCTS, NO_CODE, GIFT_CARD):
        service.control_add_product(name, title, code, price_excl=price, rate=rate)
    title, price, codes = APRON
    variants = [
        {
            # Somebody copied size L, and gave the copy no code of its own.
            "title": f"Maat {'XL' if code in codes[:place] else code[-1]}",
            "article_code": code,
            "price_excl": price,
        }
        for place, code in enumerate(codes)
    ]
    service.control_add_product(name, title, variants=variants)


def moments(now: datetime) -> list[datetime]:
    """Return when the orders were placed, oldest first."""
    count = len(specs())
    step = timedelta(days=settings.INVOICE_DAYS) / count
    return [
        now - timedelta(minutes=50) - step * (count - 1 - place)
        for place in range(count)
    ]


def seed_lightspeed(service: Any) -> None:
    """Add the shop with its products and orders."""
    name, now = settings.INVOICE_SHOP_NAME, service.clock.now()
    service.control_add_shop(
        name,
        prices="excl",
        key=settings.INVOICE_SHOP_KEY,
        secret=settings.INVOICE_SHOP_SECRET,
        language=settings.SHOP_LANGUAGE,
        order_prefix="ZAK",
        settings={
            "title": "Tweede Voorbeeld B.V.",
            "created": f"{now - timedelta(days=200):%Y-%m-%dT%H:%M:%S+00:00}",
            "domain": "www.zakelijk.example",
            "email": "info@zakelijk.example",
            "vat_number": "NL000099986B68",
            "coc_number": "00000002",
        },
        # Exact Online issues the invoices: the shop makes none by itself.
        options={"invoice_moment": "manual"},
    )
    _add_products(service)
    for moment, spec in zip(moments(now), specs(), strict=True):
        values = {"shipping": POST, "payment": IDEAL, **DONE, **spec}
        service.control_add_order(name, created_at=moment.isoformat(), **values)


def seed_exact(service: Any) -> None:
    """Add the item that the bookkeeper made by hand."""
    title, code, price, _rate = _BY_CODE[KNOWN_ITEM]
    service.control_add_item(
        settings.INVOICE_DIVISION, code, title, price=price, StartDate="2024-01-01"
    )


def after_booking() -> list[tuple[str, dict[str, Any]]]:
    """Return control commands: what happens in the shop to orders with an invoice."""
    edited = specs()[EDITED_LATER]
    return [
        (
            "lightspeed/cancel_order",
            {"shop": settings.INVOICE_SHOP_NAME, "order": number(CANCELLED_LATER)},
        ),
        (
            "lightspeed/rebuild_order",
            {
                "shop": settings.INVOICE_SHOP_NAME,
                "order": number(EDITED_LATER),
                "lines": [line("KOP-E", 11), line("BOON-1", 2)],
                "shipping": POST,
                "payment": edited.get("payment", IDEAL),
            },
        ),
    ]


def for_the_bookkeeper() -> tuple[str, dict[str, Any]]:
    """Return the control command that places one more order, after the others."""
    values = {
        "lines": [line("BORD-27", 40), line("BORD-20", 40)],
        "customer": NL_COMPANY,
        "shipping": COURIER,
        "payment": ACCOUNT_COSTS,
    }
    return (
        "lightspeed/add_order",
        {"shop": settings.INVOICE_SHOP_NAME, **DONE, **values},
    )


def number(place: int) -> str:
    """Return the order number at a place in time."""
    return f"ZAK{place + 1:05d}"
