"""A rehearsal: what sales would come to in the books, beside the shop's own totals."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from .booking import Booking
from .money import ZERO, cents, dumps, plain
from .sale import Sale

_AMOUNTS = ("gross", "net", "vat")


@dataclass(frozen=True)
class Figures:
    """What the shop itself says of one of its documents.

    :ivar currency: ISO 4217
    :ivar gross: the total that it states; ``net`` the one without VAT
    :ivar per_rate: (rate as a fraction, net, VAT) of its lines, ascending
    """

    currency: str
    gross: Decimal
    net: Decimal
    per_rate: tuple[tuple[Decimal, Decimal, Decimal], ...] = ()


@dataclass(frozen=True)
class Result:
    """What became of one document in a rehearsal.

    :ivar number: of the shop's document
    :ivar figures: ``None`` when it could not be read
    :ivar booking: what would be booked, ``None`` when nothing would
    :ivar code: why nothing would: a key of the reason catalogue
    :ivar params: values for its sentence
    :ivar skipped: whether a rule leaves it out; else a person must look
    """

    number: str
    figures: Figures | None
    booking: Booking | None = None
    code: str = ""
    params: dict = field(default_factory=dict)
    skipped: bool = False


# === THE SHOP'S FIGURES === #


def figures(sale: Sale) -> Figures:
    """Return the shop's own figures of a sale."""
    rates = {}
    for line in sale.lines:
        _add(rates, line.rate, (line.net, line.vat))
    return Figures(
        currency=sale.currency,
        gross=sale.gross,
        net=sale.net,
        per_rate=tuple((rate, *rates[rate]) for rate in sorted(rates)),
    )


def dump(found: Figures) -> dict:
    """Return figures as JSON-able values, amounts as text."""
    return {
        "currency": found.currency,
        "gross": plain(found.gross),
        "net": plain(found.net),
        "per_rate": [[plain(part) for part in row] for row in found.per_rate],
    }


def load(stored: dict) -> Figures:
    """Return the figures that :func:`dump` made this of."""
    return Figures(
        currency=stored["currency"],
        gross=Decimal(stored["gross"]),
        net=Decimal(stored["net"]),
        per_rate=tuple(tuple(map(Decimal, row)) for row in stored["per_rate"]),
    )


# === THE SUMMARY === #


def summary(results: Iterable[Result]) -> dict:
    """Return what all documents come to, as JSON-able values, amounts as text.

    :return: ``currencies``: for each currency its totals, differences and VAT, see
        :func:`_of_currency`; ``unread``: how many could not be read; ``holds`` and
        ``skips``: code, params and numbers for each cause, the most frequent first
    """
    results = list(results)
    currencies = {}
    for result in results:
        if result.figures:
            currencies.setdefault(result.figures.currency, []).append(result)
    return {
        "currencies": [
            {"currency": currency, **_of_currency(currencies[currency])}
            for currency in sorted(currencies)
        ],
        "unread": sum(1 for result in results if not result.figures),
        "holds": _causes(
            result for result in results if not result.booking and not result.skipped
        ),
        "skips": _causes(result for result in results if result.skipped),
    }


def _of_currency(results: list[Result]) -> dict:
    """Return the totals of documents in one currency.

    ``shop``, ``held`` and ``skipped`` are the shop's figures; ``compared`` those of
    what would be booked, and ``booked`` what would stand in the books for it.
    ``rates``: rate, the shop's net and VAT, net and VAT as booked, both differences.
    ``codes``: VAT code, its type, net, VAT, number of lines.  ``places``: treatment,
    country of delivery, rate, net, VAT, number of documents.
    """
    booked = [result for result in results if result.booking]
    skipped = [result for result in results if result.skipped]
    held = [result for result in results if not result.booking and not result.skipped]
    compared = _shop_totals(booked)
    in_books = _booked_totals(booked)
    return {
        "shop": _text_totals(_shop_totals(results)),
        "held": _text_totals(_shop_totals(held)),
        "skipped": _text_totals(_shop_totals(skipped)),
        "compared": _text_totals(compared),
        "booked": _text_totals(in_books),
        "difference": {
            name: _text(in_books[name] - compared[name]) for name in _AMOUNTS
        },
        "rates": _rates(booked),
        "codes": _codes(booked),
        "places": _places(booked),
    }


def _shop_totals(results) -> dict:
    gross = sum((result.figures.gross for result in results), ZERO)
    net = sum((result.figures.net for result in results), ZERO)
    return {"count": len(results), "gross": gross, "net": net, "vat": gross - net}


def _booked_totals(results) -> dict:
    lines = [line for result in results for line in result.booking.lines]
    net = sum((line.net for line in lines), ZERO)
    vat = sum((line.vat for line in lines), ZERO)
    return {"count": len(results), "gross": net + vat, "net": net, "vat": vat}


def _rates(results) -> list:
    shop, books = {}, {}
    for result in results:
        for rate, net, vat in result.figures.per_rate:
            _add(shop, rate, (net, vat))
        for rate, net, vat in result.booking.proof.per_rate:
            _add(books, rate, (net, vat))
    rows = []
    for rate in sorted(shop.keys() | books.keys()):
        shop_net, shop_vat = shop.get(rate, (ZERO, ZERO))
        net, vat = books.get(rate, (ZERO, ZERO))
        amounts = (shop_net, shop_vat, net, vat, net - shop_net, vat - shop_vat)
        if any(amounts):
            rows.append([plain(rate), *map(_text, amounts)])
    return rows


def _codes(results) -> list:
    sums = {}
    for result in results:
        for line in result.booking.lines:
            key = (line.vat_code, line.vat_type)
            _add(sums, key, (line.net, line.vat, 1))
    return [
        [*key, _text(net), _text(vat), int(count)]
        for key, (net, vat, count) in sorted(sums.items())
    ]


def _places(results) -> list:
    sums = {}
    for result in results:
        met = set()
        for line in result.booking.lines:
            key = (line.treatment, line.country, line.rate)
            _add(sums, key, (line.net, line.vat, key not in met))
            met.add(key)
    return [
        [treatment, country, plain(rate), _text(net), _text(vat), int(count)]
        for (treatment, country, rate), (net, vat, count) in sorted(sums.items())
    ]


def _causes(results) -> list:
    """Return code, params and numbers of what has the very same sentence."""
    groups = {}
    for result in results:
        key = (result.code, dumps(sorted(result.params.items())))
        _params, numbers = groups.setdefault(key, (result.params, []))
        numbers.append(result.number)
    found = [
        [code, params, numbers] for (code, _key), (params, numbers) in groups.items()
    ]
    return sorted(found, key=lambda row: (-len(row[2]), row[0], row[2]))


def _add(sums: dict, key, amounts) -> None:
    known = sums.get(key, (ZERO,) * len(amounts))
    sums[key] = tuple(one + other for one, other in zip(known, amounts, strict=True))


def _text(amount: Decimal) -> str:
    return plain(cents(amount))


def _text_totals(totals: dict) -> dict:
    return {
        "count": totals["count"],
        **{name: _text(totals[name]) for name in _AMOUNTS},
    }
