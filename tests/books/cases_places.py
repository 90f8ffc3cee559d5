"""Orders to everywhere: all member states, every special territory, outside."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

from tests.books import law, numbers
from tests.books.orders import MOMENT, Buyer, Line, Order
from tests.books.worlds import WORLDS

_TOWNS = {
    "NL": ("1234 AB", "Utrecht"),
    "ES": ("28001", "Madrid"),
    "FI": ("00100", "Helsinki"),
    "DE": ("10115", "Berlin"),
    "IT": ("00184", "Roma"),
    "GR": ("105 57", "Athina"),
    "FR": ("75001", "Paris"),
    "PT": ("1000-001", "Lisboa"),
    "AT": ("1010", "Wien"),
    "GB": ("SW1A 1AA", "London"),
}


def taxes(rate: str, name: str = "BTW") -> tuple:
    return ((name, rate),)


def consumer(country: str, **changes) -> Buyer:
    """A consumer somewhere ordinary in a country."""
    if country == "XI":
        belfast = Buyer("GB", "BT1 1AA", "Belfast", "xi@example.com")
        return replace(belfast, **changes)
    postcode, town = _TOWNS.get(country, ("1000", "Stad"))
    email = f"{country.lower()}@example.com"
    return replace(Buyer(country, postcode, town, email), **changes)


def company(country: str, number: str, **changes) -> Buyer:
    """A company in a country, with whatever VAT number."""
    return consumer(
        country,
        company="Voorbeeld Handel",
        number=number,
        email=f"inkoop.{country.lower()}@example.com",
        **changes,
    )


def goods(rng: random.Random, *rates: str) -> tuple[Line, ...]:
    """One line for each rate, of odd prices."""
    return tuple(
        Line(
            unit=f"{rng.randint(199, 14999) / 100:.2f}",
            quantity=rng.choice((1, 1, 2, 3, 7)),
            taxes=taxes(rate),
            title=f"Artikel {place}",
            article=f"ART-{place}",
        )
        for place, rate in enumerate(rates, start=1)
    )


def parcel(rng: random.Random, rate: str) -> Line:
    """Shipping costs."""
    return Line(
        unit=rng.choice(("4.95", "5.95", "6.95", "12.50")),
        taxes=taxes(rate),
        kind="shipping",
    )


def wrong_rate(*right: tuple[str, ...]) -> str:
    """Return a rate that somebody has, but none of those."""
    known = {Fraction(text) for rates in right for text in rates}
    candidates = ("0.21", "0.19", "0.25", "0.20", "0.22")
    return next(text for text in candidates if Fraction(text) not in known)


# === MEMBER STATES === #


def member_states(rng: random.Random, world: str) -> Iterator[Order]:
    """A registered seller, every other member state, consumers and companies."""
    home = WORLDS[world].country
    for way, country in enumerate((*law.MEMBERS, "XI")):
        if country == home:
            continue
        rates = law.RATES[country]
        standard = rates[0]

        def order(clue, lines, buyer, country=country, **more):
            return Order(f"{world}-{country}-{clue}", world, lines, buyer, **more)

        someone = consumer(country)
        yield order("consumer", goods(rng, standard), someone)
        yield order(
            "consumer-all-rates",
            goods(rng, *rates),
            someone,
            shipping=parcel(rng, standard),
        )
        yield order("consumer-no-vat", goods(rng, "0"), someone)
        wrong = wrong_rate(rates)
        yield order("consumer-wrong-rate", goods(rng, standard, wrong), someone)
        number = numbers.valid(country)
        zero = goods(rng, "0", "0")
        yield order(
            "company",
            zero,
            company(country, numbers.typed(number, way)),
            shipping=parcel(rng, "0"),
        )
        yield order("company-checksum", zero, company(country, _broken(country)))
        yield order("company-own-number", zero, company(country, numbers.valid(home)))
        other = "BE" if country != "BE" and home != "BE" else "LU"
        other = "PL" if other == country else other
        yield order("company-other-number", zero, company(country, _v(other)))
        yield order("company-no-number", zero, company(country, ""))
        at_home = goods(rng, WORLDS[world].home_rates[0][0])
        yield order("company-charged-home", at_home, company(country, number))
        there = goods(rng, standard)
        yield order("company-charged-there", there, company(country, number))


def _v(country: str) -> str:
    return numbers.valid(country, 1)


def _broken(country: str) -> str:
    return numbers.invalid(country)


def odd_numbers(rng: random.Random) -> Iterator[Order]:
    """What people type where a VAT number is asked for."""
    zero = goods(rng, "0")
    for clue, text in (
        ("none", "geen"),
        ("question", "?"),
        ("chamber", "12345678"),
        ("british", "GB980780684"),
        ("swiss", "CHE-123.456.788"),
        ("short", "DE12345"),
        ("long", "DE1234567890123"),
    ):
        yield Order(f"nl-DE-typed-{clue}", "nl", zero, company("DE", text))
    # A consumer with a number, and a number without the flag of a company.
    number = numbers.valid("DE", 3)
    yield Order("nl-DE-number-no-company", "nl", zero, consumer("DE", number=number))
    # Billed at home, delivered abroad: delivery decides.
    buyer = consumer("DE", billing="NL", billing_postcode="1234 AB")
    yield Order("nl-DE-billed-NL", "nl", goods(rng, "0.19"), buyer)
    buyer = consumer("NL", billing="DE", billing_postcode="10115")
    yield Order("nl-NL-billed-DE", "nl", goods(rng, "0.21"), buyer)
    # Picked up: always at home.
    for country in ("DE", "CH", "US"):
        buyer = consumer(country)
        lines = goods(rng, "0.21", "0.09")
        yield Order(f"nl-{country}-pickup", "nl", lines, buyer, pickup=True)
    number = numbers.valid("BE", 4)
    buyer = company("BE", number)
    yield Order("nl-BE-pickup-zero", "nl", zero, buyer, pickup=True)
    # Where goods may be taxed at zero, a zero line is part of the distance sale.
    for country in ("IE", "XI", *sorted(law.NEVER_ZERO)):
        lines = goods(rng, law.RATES[country][0], "0")
        yield Order(f"nl-{country}-partly", "nl", lines, consumer(country))


# === TERRITORIES === #


def territories(rng: random.Random) -> Iterator[Order]:
    """Parts of member states outside the VAT area or with other rates; outside."""
    for place, (country, postcode, town) in law.OUTSIDE_VAT.items():
        buyer = Buyer(country, postcode, town, f"{country.lower()}.x@example.com")
        name = f"nl-{place}"
        yield Order(f"{name}-no-vat", "nl", goods(rng, "0", "0"), buyer)
        rate = law.RATES.get(country, ("0.21",))[0]
        yield Order(f"{name}-charged", "nl", goods(rng, rate), buyer)
        firm = replace(buyer, company="Voorbeeld Export", email="export@example.com")
        parcels = parcel(rng, "0")
        yield Order(f"{name}-company", "nl", goods(rng, "0"), firm, parcels)
    for place, (country, postcode, town, member, own) in law.INSIDE_VAT.items():
        buyer = Buyer(country, postcode, town, f"{country.lower()}.i@example.com")
        rates = law.OWN_RATES[own][1] if own else law.RATES[member]
        name = f"nl-{place}"
        yield Order(f"{name}-own-rates", "nl", goods(rng, *rates), buyer)
        yield Order(f"{name}-no-vat", "nl", goods(rng, "0"), buyer)
        wrong = wrong_rate(rates, law.RATES[member])
        yield Order(f"{name}-wrong-rate", "nl", goods(rng, wrong), buyer)
        number = numbers.valid(member, 5)
        firm = replace(buyer, company="Voorbeeld", number=number, email="b2b@x.example")
        yield Order(f"{name}-company", "nl", goods(rng, "0"), firm)


# === BELOW THE THRESHOLD, CROSSING IT, SMALL BUSINESSES === #


def below_threshold(rng: random.Random) -> Iterator[Order]:
    """Not registered, little sold: taxed at home, whatever the destination's rate."""
    for country in law.MEMBERS:
        if country == "NL":
            continue
        someone = consumer(country)
        lines = goods(rng, "0.21", "0.09")
        shipping = parcel(rng, "0.21")
        yield Order(f"below-{country}-home", "nl_below", lines, someone, shipping)
        rate = next((r for r in law.RATES[country] if r not in ("0.21", "0.09")), "")
        if rate:
            name = f"below-{country}-destination"
            yield Order(name, "nl_below", goods(rng, rate), someone)


def crossing(rng: random.Random) -> Iterator[Order]:
    """A year in which the threshold is crossed by one of the orders.

    Sales at home, to companies and outside the Union do not count.
    """
    moment = datetime.fromisoformat("2026-01-05T12:00:00+01:00")
    for place in range(40):
        country = ("DE", "BE", "FR", "NL", "CH", "AT")[place % 6]
        rate = {"NL": "0.09", "CH": "0"}.get(country, "0.21")
        line = Line(f"{rng.randint(50000, 70000) / 100:.2f}", taxes=taxes(rate))
        name = f"crossing-{place:02d}-{country}"
        when = moment + timedelta(days=5 * place)
        yield Order(name, "nl_crossing", (line,), consumer(country), moment=when)
    buyer = company("DE", numbers.valid("DE"))
    line = Line("25000", taxes=taxes("0"))
    yield Order("crossing-company", "nl_crossing", (line,), buyer, moment=when)


def one_sale_over(rng: random.Random) -> Iterator[Order]:
    """The threshold to the cent: the very sale that exceeds it is taxed there."""
    for clue, unit, year in (("equal", "12100.00", 2026), ("over", "12100.02", 2025)):
        line = Line(unit, taxes=taxes("0.21"))
        moment = MOMENT.replace(year=year)
        name = f"limit-{clue}"
        yield Order(name, "nl_at_limit", (line,), consumer("DE"), moment=moment)


def registrations(rng: random.Random) -> Iterator[Order]:
    """Last year above the threshold; registered for a part of the year."""
    for country, rate in (("DE", "0.19"), ("DE", "0.21"), ("FR", "0.20")):
        name = f"previous-{country}-{rate}"
        yield Order(name, "nl_previous", goods(rng, rate), consumer(country))
    for day, rate in (
        ("2026-06-30T23:30:00+02:00", "0.21"),
        ("2026-06-30T23:30:00+02:00", "0.19"),
        ("2026-07-01T00:30:00+02:00", "0.21"),
        ("2026-07-01T00:30:00+02:00", "0.19"),
    ):
        moment = datetime.fromisoformat(day)
        name = f"late-{moment:%m%d}-{rate}"
        yield Order(name, "nl_late", goods(rng, rate), consumer("DE"), moment=moment)
    for day, rate in (("2026-03-31", "0.19"), ("2026-04-01", "0.19")):
        moment = datetime.fromisoformat(f"{day}T12:00:00+02:00")
        name = f"left-{moment:%m%d}"
        yield Order(name, "nl_left", goods(rng, rate), consumer("DE"), moment=moment)


def small_business(rng: random.Random) -> Iterator[Order]:
    """KOR: no VAT at all, wherever the goods go."""
    for clue, rate, buyer in (
        ("home", "0", consumer("NL")),
        ("home-charged", "0.21", consumer("NL")),
        ("home-company", "0", company("NL", numbers.valid("NL", 7))),
        ("consumer", "0", consumer("BE")),
        ("consumer-charged", "0.21", consumer("BE")),
        ("company", "0", company("DE", numbers.valid("DE", 7))),
        ("export", "0", consumer("CH")),
        ("export-charged", "0.21", consumer("CH")),
        ("pickup", "0", consumer("DE")),
    ):
        lines = goods(rng, rate)
        pickup = clue == "pickup"
        yield Order(f"small-{clue}", "nl_small", lines, buyer, pickup=pickup)


def days(rng: random.Random) -> Iterator[Order]:
    """Midnight and new year: the day is the shop's."""
    for text in (
        "2025-12-31T23:59:59+01:00",
        "2026-01-01T00:00:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-09-30T23:59:00+02:00",
        "2026-10-01T00:01:00+02:00",
        "2026-10-25T02:30:00+01:00",
    ):
        moment = datetime.fromisoformat(text)
        name = f"day-{moment:%Y%m%d-%H%M}"
        lines = goods(rng, "0.19")
        yield Order(name, "nl", lines, consumer("DE"), moment=moment)
