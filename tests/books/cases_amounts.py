"""Orders whose difficulty is in the amounts: discounts, costs, cents, odd payloads."""

import random
from collections.abc import Iterator
from dataclasses import replace

from tests.books.cases_places import company, consumer, goods, parcel, taxes
from tests.books.orders import Buyer, Line, Order
from tests.books.worlds import WORLDS

_HOME = Buyer()


def _payment(rng: random.Random, rate: str = "0.21") -> Line:
    return Line(rng.choice(("0.50", "1.00", "2.95")), taxes=taxes(rate), kind="payment")


def random_orders(rng: random.Random, world: str, count: int) -> Iterator[Order]:
    """Orders at home of anything that a shop sells, discounts and costs included."""
    rates = [rate for rate, _account, _code in WORLDS[world].home_rates]
    country = WORLDS[world].country
    for place in range(count):
        lines = tuple(
            Line(
                unit=_price(rng),
                quantity=rng.choice((1, 1, 1, 2, 3, 6, 12, 48)),
                taxes=taxes(rng.choice((*rates, *rates, "0"))),
                title=f"Artikel {place}-{index}",
                article=f"A{index}",
            )
            for index in range(rng.randint(1, 6))
        )
        if rng.random() < 0.4:
            lines = discounted(rng, lines)
        buyer = replace(consumer(country), email=f"klant{place % 17}@example.com")
        yield Order(
            f"{world}-random-{place:03d}",
            world,
            lines,
            buyer,
            shipping=parcel(rng, rates[0]) if rng.random() < 0.6 else None,
            payment=_payment(rng, rates[0]) if rng.random() < 0.3 else None,
            coupon="ZOMER10" if rng.random() < 0.2 else "",
        )


def _price(rng: random.Random) -> str:
    """Return a price; some merchants enter four decimals."""
    whole = rng.randint(1, 30000)
    if rng.random() < 0.15:
        return f"{whole / 100:.2f}{rng.randint(1, 99):02d}"
    return f"{whole / 100:.2f}"


def discounted(rng: random.Random, lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Take a part off each line, at most all of it."""
    return tuple(
        replace(line, discount=rng.randint(0, _own(line)))
        if rng.random() < 0.7
        else line
        for line in lines
    )


def _own(line: Line) -> int:
    """Return the line's price in cents, rounded down."""
    whole, _dot, part = line.unit.partition(".")
    return int(whole + f"{part}00"[:2]) * line.quantity


def discounts(rng: random.Random, world: str) -> Iterator[Order]:
    """Coupons, cart discounts, percentages; free shipping told in both ways."""
    high, low = (rate for rate, _account, _code in WORLDS[world].home_rates[:2])
    mug = Line("24.95", 2, taxes(high), discount=499)
    book = Line("12.00", 1, taxes(low), discount=120, title="Kookboek", article="BOEK")
    country = WORLDS[world].country
    buyer = consumer(country)
    shipping = Line("5.95", taxes=taxes(high), kind="shipping")
    free = replace(shipping, discount=595)
    half = replace(shipping, discount=300)
    payment = Line("0.50", taxes=taxes(high), kind="payment")

    def order(clue, *lines, **more):
        return Order(f"{world}-{clue}", world, lines, buyer, **more)

    yield order("coupon", mug, book, coupon="ZOMER10", shipping=shipping)
    yield order("cart-discount", mug, book, shipping=shipping, payment=payment)
    yield order("percentage", mug, book, coupon="P10", percentage=True)
    yield order("all-off", replace(mug, discount=4990), book)
    for style in ("net", "gross"):
        more = {"shipping_style": style, "coupon": "GRATIS"}
        yield order(f"free-shipping-{style}", mug, shipping=free, **more)
        yield order(f"less-shipping-{style}", mug, book, shipping=half, **more)
    yield order("shipping-only-zero", mug, shipping=replace(shipping, unit="0"))
    yield order("shipping-low-rate", book, shipping=replace(shipping, taxes=taxes(low)))
    yield order(
        "cash-on-delivery",
        mug,
        shipping=shipping,
        payment=Line("7.50", taxes=taxes(high), kind="payment"),
        payment_id="cashondelivery",
        cash_on_delivery=True,
    )
    yield order("legacy", mug, book, shipping=shipping, payment=payment, legacy=True)
    yield order("noise", mug, book, shipping=shipping, noise=True)
    zero = Line("15.00", taxes=taxes("0"), title="Postzegels", article="ZEGEL")
    yield order("zero-between", mug, zero, book)
    yield order("exempt-only", zero)
    named = replace(mug, taxes=(("BTW", "0"), ("BTW", high)))
    yield order("duplicate-names", named, book)
    yield order("free-line", mug, Line("0", 3, taxes(high), title="Sticker"))


def differences(rng: random.Random, world: str) -> Iterator[Order]:
    """Cents that are missing, and totals that do not add up."""
    rate = WORLDS[world].home_rates[0][0]
    buyer = consumer(WORLDS[world].country)
    for off in (*range(-7, 0), *range(1, 8), -100, 1000):
        name = f"{world}-total-off{off:+d}"
        lines = goods(rng, rate, rate)
        # The net total follows the gross one, as the vendor derives it.
        yield Order(name, world, lines, buyer, total_off=off, net_off=off)
    for off in (-9, -6, -2, 2, 6, 9, 500):
        name = f"{world}-net-off{off:+d}"
        yield Order(name, world, goods(rng, rate, rate), buyer, net_off=off)
    for off in (-1, 1):
        line = replace(goods(rng, rate)[0], vat_off=off, quantity=1)
        line = replace(line, unit="50.00")
        # A cent is let pass: gross and net are rounded each (reference 4.5).
        yield Order(f"{world}-vat-cent{off:+d}", world, (line,), buyer)
    for off in (-250, 250):
        line = replace(goods(rng, rate)[0], vat_off=off, unit="50.00")
        yield Order(f"{world}-vat-off{off:+d}", world, (line,), buyer)


def vouchers(rng: random.Random, world: str) -> Iterator[Order]:
    """Gift cards of both kinds, second-hand goods, and what they are sold with."""
    rate = WORLDS[world].home_rates[0][0]
    home = consumer(WORLDS[world].country)
    mug = Line("24.95", 1, taxes(rate))
    multi = Line(
        "50.00",
        taxes=taxes("0"),
        title="Cadeaubon",
        article="BON-MULTI",
        special="multi_purpose",
    )
    single = Line(
        "25.00",
        taxes=taxes(rate),
        title="Cadeaubon museum",
        article="BON-SINGLE",
        special="single_purpose",
    )
    used = Line(
        "80.00",
        taxes=taxes("0"),
        title="Tweedehands camera",
        article="MARGE-1",
        special="margin",
    )
    for clue, lines in (
        ("multi", (multi,)),
        ("multi-and-goods", (multi, mug)),
        ("multi-three", (replace(multi, quantity=3),)),
        ("multi-with-vat", (replace(multi, taxes=taxes(rate)),)),
        ("single", (single,)),
        ("single-and-multi", (single, multi)),
        ("margin", (used,)),
        ("margin-and-goods", (used, mug)),
        ("margin-with-vat", (replace(used, taxes=taxes(rate)),)),
        ("margin-multi-goods", (used, multi, mug)),
    ):
        yield Order(f"{world}-{clue}", world, lines, home)
    card = {"code": "KAART-1", "amount": 10}
    yield Order(f"{world}-paid-by-card", world, (mug,), home, gift_cards=(card,))
    if world == "nl":
        for clue, buyer, lines in (
            ("multi-DE", consumer("DE"), (multi,)),
            ("multi-goods-DE", consumer("DE"), (multi, *goods(rng, "0.19"))),
            ("multi-CH", consumer("CH"), (multi, *goods(rng, "0"))),
            ("margin-DE", consumer("DE"), (used, *goods(rng, "0.19"))),
        ):
            yield Order(f"nl-{clue}", world, lines, buyer)


def oddities(rng: random.Random) -> Iterator[Order]:
    """Nothing to pay, very much, very many, other money, nobody."""
    mug = Line("24.95", 2)
    nothing = replace(mug, discount=4990)

    def order(clue, *lines, world="nl", buyer=_HOME, **more):
        return Order(f"{world}-{clue}", world, lines, buyer, **more)

    yield order("zero-total", nothing)
    yield order("zero-total-free", Line("0", 1), Line("0", 5, taxes("0.09")))
    yield order("zero-net-of-costs", nothing, shipping=parcel(rng, "0.21"))
    yield order("cancelled", mug, status="cancelled")
    yield order("no-lines")
    yield order("dollars", mug, currency="USD")
    yield order("pounds", mug, currency="GBP")
    yield order("no-email", mug, buyer=replace(_HOME, email=""))
    yield order("guest", mug, buyer=replace(_HOME, guest=True))
    for clue, rate in (("home", "0.21"), ("low", "0.09"), ("pounds", "0.21")):
        line = Line("24.95", 2, taxes(rate))
        money = "GBP" if clue == "pounds" else "USD"
        yield order(f"foreign-{clue}", line, world="nl_dollars", currency=money)
    big = replace(_HOME, email="Anna@EXAMPLE.com")
    yield order("email-capitals", mug, buyer=big)
    for count in (49, 50, 51, 250, 300):
        lines = tuple(
            Line(f"{rng.randint(1, 9999) / 100:.2f}", 1, taxes(("0.21", "0.09")[n % 2]))
            for n in range(count)
        )
        yield order(f"{count}-lines", *lines, shipping=parcel(rng, "0.21"))
    for clue, unit, quantity in (
        ("cent", "0.01", 1),
        ("cents", "0.01", 999),
        ("two-cents", "0.02", 3),
        ("third", "3.3333", 3),
        ("tiny-unit", "0.0049", 1000),
        ("large", "99999.99", 99),
        ("larger", "8765432.10", 11),
        ("many", "1.00", 1000000),
    ):
        yield order(f"amount-{clue}", Line(unit, quantity))
        yield order(f"amount-{clue}", Line(unit, quantity), world="nl_excl")
        low = Line(unit, quantity, taxes("0.09"))
        yield order(f"amount-{clue}-low", low, Line("10.00"))


def without_rules(rng: random.Random) -> Iterator[Order]:
    """A link that has rules for its own country's rates only."""
    for clue, lines, buyer, more in (
        ("plain", goods(rng, "0.21", "0.09"), consumer("NL"), {}),
        ("exempt", goods(rng, "0.21", "0"), consumer("NL"), {}),
        ("export", goods(rng, "0"), consumer("CH"), {}),
        ("rounding", goods(rng, "0.21"), consumer("NL"), {"total_off": 1}),
        ("company", goods(rng, "0"), company("DE", "DE136695976"), {}),
    ):
        yield Order(f"bare-{clue}", "nl_bare", lines, buyer, **more)


def collective(rng: random.Random) -> Iterator[Order]:
    """Consumers on one debtor, companies by themselves."""
    for place in range(12):
        buyer = consumer("NL", email=f"iemand{place % 5}@example.com")
        if place % 4 == 3:
            buyer = company("NL", "")
        if place % 4 == 1:
            buyer = replace(buyer, email="", guest=True)
        lines = goods(rng, "0.21", "0.09")
        yield Order(f"collective-{place:02d}", "nl_collective", lines, buyer)


def canada(rng: random.Random) -> Iterator[Order]:
    """Two taxes on a line, prices without them (reference 4.3 and 4.5)."""
    pairs = (
        (("GST", "0.05"), ("PST", "0.07")),
        (("GST", "0.05"), ("QST", "0.09975")),
        (("GST", "0.05"),),
        (("HST", "0.13"),),
        (("TAX", "0.05"), ("TAX", "0.07")),
    )
    for place in range(40):
        names = pairs[place % len(pairs)]
        lines = tuple(
            Line(
                f"{rng.randint(100, 20000) / 100:.2f}",
                rng.choice((1, 2, 5, 11)),
                names,
                title=f"Item {index}",
                article=f"CA-{index}",
            )
            for index in range(rng.randint(1, 4))
        )
        shipping = Line("14.95", taxes=names, kind="shipping") if place % 2 else None
        buyer = Buyer("CA", "V6B 1A1", "Vancouver", f"ca{place % 7}@example.com")
        yield Order(
            f"ca-{place:02d}",
            "ca",
            discounted(rng, lines) if place % 3 == 0 else lines,
            buyer,
            shipping=shipping,
            currency="CAD",
            noise=place % 4 == 1,
            legacy=place % 8 == 6,
        )
    for clue, rate, country in (("export", "0", "US"), ("charged", "0.05", "US")):
        buyer = Buyer(country, "10001", "New York", "us@example.com")
        yield Order(f"ca-{clue}", "ca", goods(rng, rate), buyer, currency="CAD")
