"""Demo data: a Dutch webshop with two or three weeks of orders, and its books.

The same data at every start, relative to the sandbox's clock. All names, numbers and
addresses are made up.
"""

import importlib
import random
from datetime import datetime, timedelta
from typing import Any

from . import demo_settings as settings

SEED = 2026
#: How many orders there are, the special ones included.
ORDERS = 60

#: title, article code, price including VAT, rate, cost
PRODUCTS = (
    ("Mok blauw", "MOK-B", "12.95", "0.21", "4.10"),
    ("Mok naturel", "MOK-N", "12.95", "0.21", "4.10"),
    ("Theepot 1,2 l", "THEEPOT-12", "39.90", "0.21", "14.75"),
    ("Schaal groot", "SCHAAL-G", "24.50", "0.21", "9.00"),
    ("Dienblad eikenhout", "BLAD-E", "49.00", "0.21", "19.80"),
    ("Vaas “Tulp”", "VAAS-T", "34.99", "0.21", "11.25"),
    ("Kaars 3 stuks", "KAARS-3", "7.49", "0.21", "2.05"),
    ("Onderzetter kurk", "ONDER-K", "3.33", "0.21", "0.80"),
    ("Theelepel", "LEPEL-T", "2.95", "0.21", "0.95"),
    ("Cadeaukaartje", "KAART", "0.99", "0.21", "0.12"),
    ("Kookboek Soepen", "BOEK-S", "22.50", "0.09", "11.00"),
    ("Prentenboek Zee", "BOEK-Z", "15.99", "0.09", "7.95"),
    ("Losse thee 100 g", "THEE-100", "8.75", "0.09", "3.20"),
    ("Bloemenhoning", "HONING", "6.45", "0.09", "2.90"),
)
_BY_CODE = {product[1]: product for product in PRODUCTS}
#: A voucher that buys goods of either rate: no VAT until it is used.
GIFT_CARD = ("Cadeaubon 25 euro", settings.GIFT_CARD_CODE, "25.00", "0", "0")
#: Rates of other countries: tax of the shop -> country -> rate.
RATES_ABROAD = {
    "0.21": {"be": "0.21", "de": "0.19", "fr": "0.20", "at": "0.20"},
    "0.09": {"be": "0.06", "de": "0.07", "fr": "0.055", "at": "0.10"},
}

_PEOPLE = (
    ("Anna", "", "Voorbeeld", "Dorpsstraat", "1", "1234 AB", "Utrecht"),
    ("Zoë", "", "Ångström", "Kerkweg", "12", "9712 CD", "Groningen"),
    ("Jürgen", "", "Müßig", "Brink", "3", "7411 EF", "Deventer"),
    ("Siobhán", "", "O'Brien", "Laan van Meerdervoort", "220", "2517 GH", "Den Haag"),
    ("François", "", "d'Hondt", "Markt", "5", "6211 JK", "Maastricht"),
    ("İpek", "", "Çelik", "Steenweg", "71", "3511 LM", "Utrecht"),
    ("Lotte 🌷", "van", "Dam", "'t Hof", "9", "4331 NP", "Middelburg"),
    ("Bram", "de", "Vries", "Havenkade", "41", "1012 RS", "Amsterdam"),
    ("Noor", "el", "Amrani", "Plantsoen", "16", "2311 TV", "Leiden"),
    ("Daan", "", "Jansen-Pietersen", "Molenpad", "2", "8911 WX", "Leeuwarden"),
    ("Ghislaine", "van der", "Vaart", "Singel", "105", "3311 YZ", "Dordrecht"),
    ("Teun", "", "Bakker", "Nieuwstraat", "33", "5211 AA", "'s-Hertogenbosch"),
)

#: Statuses of an order that is finished, and of those that must wait.
DONE = {
    "status": "completed_shipped",
    "payment_status": "paid",
    "shipment_status": "shipped",
}
UNPAID = {
    "status": "processing_awaiting_payment",
    "payment_status": "not_paid",
    "shipment_status": "not_shipped",
}
PAID = {
    "status": "processing_awaiting_shipment",
    "payment_status": "paid",
    "shipment_status": "not_shipped",
}
ON_HOLD = {**PAID, "status": "on_hold"}
AT_THE_COUNTER = {**UNPAID, "status": "processing_awaiting_pickup"}
PICKED_UP = {**DONE, "status": "completed_picked_up"}

POST = {"title": "PostNL", "incl": "5.95", "rate": "0.21"}
FREE_POST = {"title": "PostNL (gratis)", "incl": 0, "rate": "0.21"}
POST_BY_COUPON = {**POST, "discount_incl": "5.95"}
PICKUP = {"title": "Afhalen in de winkel", "incl": 0, "rate": "0.21", "pickup": True}
IDEAL = {"id": "mollie", "title": "iDEAL", "data": {"method": "ideal"}}
IDEAL_COSTS = {**IDEAL, "incl": "0.50", "rate": "0.21"}
LATER_COSTS = {
    "id": "klarna",
    "title": "Achteraf betalen",
    "incl": "1.95",
    "rate": "0.21",
    "post": True,
}


def line(code: str, quantity: int = 1, **changes: Any) -> dict[str, Any]:
    """Return an order line of a product."""
    title, _, price, rate, cost = _BY_CODE[code]
    return {
        "title": title,
        "article_code": code,
        "unit_incl": price,
        "rate": rate,
        "cost": cost,
        "quantity": quantity,
        **changes,
    }


def _gift_card() -> dict[str, Any]:
    """Return an order line of a gift card."""
    title, code, price, rate, _ = GIFT_CARD
    return {
        "title": title,
        "article_code": code,
        "unit_incl": price,
        "rate": rate,
        "quantity": 1,
    }


def person(index: int, **changes: Any) -> dict[str, Any]:
    """Return a customer; they come back with the same e-mail address."""
    first, middle, last, street, number, zipcode, city = _PEOPLE[index]
    return {
        "email": f"klant{index + 1}@example.nl",
        "firstname": first,
        "middlename": middle,
        "lastname": last,
        "street": street,
        "number": number,
        "zipcode": zipcode,
        "city": city,
        "country": "nl",
        **changes,
    }


NL_COMPANY = {
    "email": "inkoop@example.com",
    "firstname": "Inge",
    "lastname": "Koper",
    "company": 'Lunchroom "De Kroes" & Zn. B.V.',
    "vat_number": "NL000099995B84",
    "coc_number": "00000003",
    "street": "Industrieweg",
    "number": "8",
    "extension": "b",
    "zipcode": "3542 AD",
    "city": "Utrecht",
}
_BELGIAN = {
    "email": "klant.gent@example.org",
    "firstname": "Liesbeth",
    "lastname": "Peeters",
    "street": "Korenlei",
    "number": "14",
    "zipcode": "9000",
    "city": "Gent",
    "country": "be",
}
SWISS = {
    "email": "kunde@example.net",
    "firstname": "Urs",
    "lastname": "Brönnimann",
    "street": "Seestrasse",
    "number": "21",
    "zipcode": "8002",
    "city": "Zürich",
    "country": "ch",
}
_GERMAN = {
    "email": "kundin@example.net",
    "firstname": "Käthe",
    "lastname": "Großmann",
    "street": "Hauptstraße",
    "number": "7",
    "zipcode": "50667",
    "city": "Köln",
    "country": "de",
}


GERMAN_COMPANY = {
    "email": "einkauf@example.net",
    "firstname": "Klara",
    "lastname": "Beispiel",
    "company": "Beispiel Handels GmbH",
    "vat_number": "DE100000008",
    "street": "Hauptstraße",
    "number": "9",
    "zipcode": "50667",
    "city": "Köln",
    "country": "de",
}


#: Places of the orders that are cancelled and partly credited afterwards.
CANCELLED = 47
CREDITED = 33
#: Delivered in Belgium with Belgian VAT, and partly credited afterwards.
BELGIAN = 37
#: Places of the orders that change once they are booked (`after_booking`).
CANCELLED_LATER = 48
EDITED_LATER = 49


def specials() -> dict[int, dict[str, Any]]:
    """Return the orders that show something, by their place in time.

    The first ones are older than `demo_settings.start_at`.
    """
    return {
        # Before the start.
        2: {"lines": [line("MOK-B", 2)], "customer": person(0)},
        # Both rates, a coupon, payment costs.
        18: {
            "lines": [line("MOK-B", 2), line("BOEK-S")],
            "coupon": {"code": "ZOMER10", "percentage": "0.1"},
            "payment": IDEAL_COSTS,
        },
        # A coupon for an amount that does not divide.
        20: {
            "lines": [line("ONDER-K", 3), line("HONING"), line("KAART", 7)],
            "coupon": {"code": "WELKOM5", "amount": "5.00"},
        },
        # A cart discount without a code.
        21: {
            "lines": [line("BLAD-E"), line("LEPEL-T", 6)],
            "coupon": {"code": "", "amount": "7.33"},
        },
        # Free shipping: by the order's value, and by coupon.
        22: {"lines": [line("THEEPOT-12"), line("BLAD-E")], "shipping": FREE_POST},
        23: {
            "lines": [line("THEE-100", 2)],
            "shipping": POST_BY_COUPON,
            "coupon": "GRATISPOST",
        },
        # The same customer, who types the address differently each time.
        24: {"lines": [line("KAARS-3")], "customer": person(3)},
        25: {
            "lines": [line("KAARS-3", 2)],
            "customer": person(3, email="Klant4@Example.nl"),
        },
        26: {
            "lines": [line("VAAS-T")],
            "customer": person(3, email="KLANT4@EXAMPLE.NL"),
        },
        # Awkward cents.
        27: {"lines": [line("ONDER-K", 3)], "shipping": None},
        28: {
            "lines": [
                line("KAART", 7, discount_incl="0.01"),
                line("ONDER-K", 3, discount_incl="0.33"),
                line("HONING", 3, discount_incl="1.11"),
            ]
        },
        # Many of one.
        29: {"lines": [line("MOK-N", 24), line("LEPEL-T", 48)], "payment": LATER_COSTS},
        # Collected, and paid at the counter.
        31: {"lines": [line("SCHAAL-G")], "shipping": PICKUP, **PICKED_UP},
        # A Dutch company.
        32: {
            "lines": [line("MOK-N", 12), line("THEE-100", 10)],
            "customer": NL_COMPANY,
            "payment": {"id": "invoice", "title": "Op rekening", "data": []},
        },
        # Emoji and quotes, in the remark as well.
        34: {
            "lines": [line("VAAS-T"), line("KAART")],
            "customer": person(6),
            "comment": 'Graag met strik 🎀 – \'t is een "verrassing"!',
        },
        # Nothing to pay.
        35: {
            "lines": [line("KAARS-3")],
            "coupon": {"code": "PERSGRATIS", "amount": "7.49"},
            "shipping": FREE_POST,
        },
        # Delivered in Belgium with Dutch VAT: for the bookkeeper.
        36: {
            "lines": [line("BLAD-E"), line("BOEK-Z")],
            "customer": _BELGIAN,
            "shipping": {"title": "PostNL EU", "incl": "9.50", "rate": "0.21"},
        },
        # The same with Belgian VAT, as it should be under OSS.
        BELGIAN: {
            "lines": [line("BLAD-E"), line("BOEK-Z", 2, rate="0.06")],
            "customer": {**_BELGIAN, "email": "klant.brugge@example.org"},
            "shipping": {"title": "PostNL EU", "incl": "9.50", "rate": "0.21"},
        },
        # A customer without an account.
        38: {
            "lines": [line("BOEK-Z", 2)],
            "customer": {**person(8), "email": "gast@example.org", "guest": True},
        },
        # A company in Germany with a VAT number: reverse charge.
        39: {
            "lines": [line("MOK-B", 24, rate=0, unit_incl="10.70")],
            "customer": GERMAN_COMPANY,
            "shipping": {"title": "PostNL EU", "incl": "9.50", "rate": 0},
            "payment": IDEAL,
        },
        # Outside the EU.
        40: {
            "lines": [line("THEEPOT-12", rate=0, unit_incl="32.98")],
            "customer": SWISS,
            "shipping": {"title": "PostNL wereld", "incl": "18.50", "rate": 0},
            "payment": IDEAL,
        },
        # For the bookkeeper: no VAT in Germany without a number, and a total that
        # does not add up.
        41: {
            "lines": [line("VAAS-T", rate=0, unit_incl="28.92")],
            "customer": _GERMAN,
            "shipping": {"title": "PostNL EU", "incl": "9.50", "rate": 0},
            "payment": IDEAL,
        },
        # A gift card sold, and one used.
        42: {"lines": [_gift_card()], "shipping": None, "payment": IDEAL},
        44: {
            "lines": [line("THEEPOT-12"), line("THEE-100")],
            "gift_cards": [{"code": "DEMO-0001", "amount": 25}],
            "payment": IDEAL,
        },
        43: {"lines": [line("SCHAAL-G", 2)], "overrides": {"priceIncl": 55.95}},
        # Not finished yet: these must wait.
        46: {"lines": [line("MOK-B")], **ON_HOLD},
        CANCELLED: {"lines": [line("VAAS-T")], **UNPAID},
        # Booked first, then cancelled and edited.
        CANCELLED_LATER: {"lines": [line("BLAD-E")], "payment": IDEAL},
        EDITED_LATER: {
            "lines": [line("MOK-B", 2), line("BOEK-Z")],
            "payment": IDEAL,
        },
        50: {"lines": [line("SCHAAL-G"), line("KAART")], "shipping": PICKUP}
        | AT_THE_COUNTER,
        54: {"lines": [line("THEEPOT-12")], **UNPAID},
        57: {"lines": [line("BOEK-S"), line("MOK-N", 4)], **PAID},
        58: {"lines": [line("KAARS-3", 4)], **PAID},
        59: {"lines": [line("HONING", 2), line("THEE-100")], **UNPAID},
    }


class _Filler:
    """Makes the ordinary orders, from the seed alone."""

    def __init__(self) -> None:
        self.random = random.Random(SEED)

    def spec(self) -> dict[str, Any]:
        pick = self.random
        codes = pick.sample(sorted(_BY_CODE), pick.choice((1, 1, 2, 2, 3, 4)))
        lines = [line(code, pick.choice((1, 1, 1, 2, 3))) for code in codes]
        return {
            "lines": lines,
            "customer": person(pick.randrange(len(_PEOPLE))),
            "payment": IDEAL_COSTS if pick.random() < 0.15 else IDEAL,
        }


def moments(now: datetime) -> list[datetime]:
    """Return when the orders were placed, oldest first; the last one just now."""
    pick = random.Random(SEED)
    step = timedelta(days=settings.DAYS) / ORDERS
    first = now - timedelta(days=settings.DAYS)
    return [
        first + step * (place + pick.random() * 0.9) for place in range(ORDERS - 1)
    ] + [now - timedelta(minutes=20)]


def seed_lightspeed(service: Any) -> None:
    """Add the shop with its products, orders and documents."""
    now = service.clock.now()
    opened = f"{now - timedelta(days=400):%Y-%m-%dT%H:%M:%S+00:00}"
    service.control_add_shop(
        settings.SHOP_NAME,
        key=settings.SHOP_KEY,
        secret=settings.SHOP_SECRET,
        language=settings.SHOP_LANGUAGE,
        languages=["nl", "en"],
        settings={
            "title": "Voorbeeldwinkel B.V.",
            "created": opened,
            "vat_number": "NL000099998B57",
            "coc_number": "00000001",
        },
    )
    service.control_add_app(
        settings.SHOP_APP_INSTALL_URL, settings.SHOP_APP_KEY, settings.SHOP_APP_SECRET
    )
    shop = service.world.shop(settings.SHOP_NAME)
    taxes = {str(tax["rate"]): tax["id"] for tax in shop["taxes"].all()}
    for rate, abroad in RATES_ABROAD.items():
        for country, value in abroad.items():
            service.control_add_tax_override(
                settings.SHOP_NAME, taxes[rate], country, value
            )
    for title, code, price, rate, cost in (*PRODUCTS, GIFT_CARD):
        service.control_add_product(
            settings.SHOP_NAME, title, code, price, rate=rate, cost=cost
        )
    filler, special = _Filler(), specials()
    for place, moment in enumerate(moments(now)):
        spec = filler.spec() | special.get(place, {})
        spec = {"shipping": POST, **DONE, **spec}
        order = service.control_add_order(
            settings.SHOP_NAME, created_at=moment.isoformat(), **spec
        )
        later = (moment + timedelta(hours=5)).isoformat()
        if place == CANCELLED:
            service.control_cancel_order(settings.SHOP_NAME, order["id"], later)
        if place in (CREDITED, BELGIAN):
            service.control_credit_order(
                settings.SHOP_NAME,
                order["id"],
                [{"index": 0, "quantity": 1}],
                at=later,
            )


def after_booking() -> list[tuple[str, dict[str, Any]]]:
    """Return control commands: what happens in the shop to orders that are booked."""
    edited = specials()[EDITED_LATER]
    return [
        (
            "lightspeed/cancel_order",
            {"shop": settings.SHOP_NAME, "order": number(CANCELLED_LATER)},
        ),
        (
            "lightspeed/rebuild_order",
            {
                "shop": settings.SHOP_NAME,
                "order": number(EDITED_LATER),
                "lines": [line("MOK-B", 3), line("BOEK-Z")],
                "shipping": POST,
                "payment": edited["payment"],
            },
        ),
    ]


def number(place: int) -> str:
    """Return the order number at a place in time."""
    return f"ORD{place + 1:05d}"


def seed(box: Any) -> None:
    """Fill all services."""
    seed_lightspeed(box.lightspeed)
    # It takes customers from this module.
    invoices = importlib.import_module("sandbox.demo_invoices")
    invoices.seed_lightspeed(box.lightspeed)
    if box.exact is not None:
        importlib.import_module("sandbox.exact.demo").seed(box.exact)
        invoices.seed_exact(box.exact)
    if box.vies is not None:
        importlib.import_module("sandbox.vies.demo").seed(box.vies)
