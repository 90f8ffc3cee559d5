"""The sellers of the suite: where they are, how they stand for VAT, their ledger.

A ledger is a table for every kind of line, treatment, rate and country, written out:
the oracle looks up one row, it knows no "most specific rule".
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.books import law

KINDS = ("product", "shipping", "payment")
#: What no rate or country belongs to.
ANY = ""


@dataclass(frozen=True)
class World:
    """A seller with a shop and an administration.

    :ivar prices: ``incl`` or ``excl``
    :ivar oss: days from and until which it is registered for OSS; ``None`` is open
    :ivar previous_net: cents sold to consumers in other member states last year
    :ivar registrations: member states where it has a VAT registration of its own
    :ivar small: the small-business scheme (KOR) applies
    :ivar bare: only rules for its own country's rates: no exempt sale, no rounding
    :ivar customers: ``email``, or ``collective``: consumers on one debtor
    :ivar books: currency of the administration, when it is another one than the shop's
    :ivar auto_oss: VAT codes of distance sales are found by country and percentage
    :ivar including: its VAT codes include the VAT
    :ivar home_rates: (rate, account of products, VAT code)
    """

    key: str
    country: str = "NL"
    postcode: str = "3511 AA"
    prices: str = "incl"
    currency: str = "EUR"
    books: str = ""
    timezone: str = "Europe/Amsterdam"
    oss: tuple[tuple[date | None, date | None], ...] = ()
    previous_net: int = 0
    registrations: tuple[str, ...] = ()
    small: bool = False
    bare: bool = False
    auto_oss: bool = False
    including: bool = False
    customers: str = "email"
    accounts: str = "NL"
    home_rates: tuple[tuple[str, str, str], ...] = (
        ("0.21", "8000", "2"),
        ("0.09", "8010", "1"),
    )

    @property
    def incl(self) -> bool:
        return self.prices == "incl"

    def has_oss(self, day: date) -> bool:
        return any(
            (start is None or start <= day) and (end is None or day <= end)
            for start, end in self.oss
        )


#: What accounts are called in the charts of the administrations.
ACCOUNTS = {
    "NL": {
        "debtors": "1300",
        "shipping": "8100",
        "payment": "8110",
        "exempt": "8020",
        "small_business": "8020",
        "reverse_charge": "8030",
        "export": "8040",
        "oss": "8050",
        "local": "8050",
        "margin": "8045",
        "gift_card": "1800",
        "rounding": "4990",
    },
    "BE": {
        "debtors": "400000",
        "shipping": "703000",
        "payment": "703000",
        "exempt": "700000",
        "small_business": "700000",
        "reverse_charge": "700200",
        "export": "700300",
        "oss": "700400",
        "local": "700400",
        "margin": "700000",
        "gift_card": "489000",
        "rounding": "657000",
    },
}
_SINCE = date(2021, 7, 1)
_REGISTERED = ((_SINCE, None),)

WORLDS = {
    world.key: world
    for world in (
        World("nl", oss=_REGISTERED),
        World(
            "nl_excl",
            prices="excl",
            oss=_REGISTERED,
            including=True,
            home_rates=(("0.21", "8000", "4"), ("0.09", "8010", "3")),
        ),
        World("nl_dollars", currency="USD", books="EUR"),
        World("nl_below"),
        World("nl_crossing"),
        World("nl_previous", previous_net=1_000_001, registrations=("DE",)),
        World("nl_at_limit", previous_net=1_000_000),
        World("nl_late", oss=((date(2026, 7, 1), None),)),
        World("nl_left", oss=((_SINCE, date(2026, 3, 31)),)),
        World("nl_small", small=True),
        World("nl_bare", bare=True),
        World("nl_collective", oss=_REGISTERED, customers="collective"),
        World(
            "be",
            country="BE",
            postcode="1000",
            timezone="Europe/Brussels",
            oss=_REGISTERED,
            accounts="BE",
            home_rates=(
                ("0.21", "700000", "1"),
                ("0.12", "700000", "2"),
                ("0.06", "700100", "3"),
            ),
        ),
        World(
            "de",
            country="DE",
            postcode="10115",
            timezone="Europe/Berlin",
            oss=_REGISTERED,
            auto_oss=True,
            home_rates=(("0.19", "8000", "D1"), ("0.07", "8010", "D2")),
        ),
        World(
            "ca",
            country="CA",
            postcode="V6B 1A1",
            prices="excl",
            timezone="America/Vancouver",
            currency="CAD",
            home_rates=(
                ("0.12", "8000", "C1"),
                ("0.05", "8000", "C2"),
                ("0.14975", "8000", "C3"),
                ("0.13", "8000", "C4"),
            ),
        ),
    )
}

#: Codes without VAT, by treatment.
CODES = {
    "exempt": "0",
    "small_business": "0",
    "reverse_charge": "7",
    "export": "6",
    "margin": "M1",
    "rounding": "0",
}


def voucher_code(world: World) -> str:
    """Return the VAT code of vouchers that are no sale: some have none at all."""
    return "" if world.accounts == "BE" else "0"


#: VAT code without VAT that sales invoices have where an entry has none.
INVOICE_CODE = "0"


def vat_account(world: World, code: str) -> str:
    """Return the account on which the VAT of a code is owed."""
    if world.accounts == "BE":
        return "451000"
    high, low = ("2", "4", "D1"), ("1", "3", "D2")
    return "1500" if code in high else "1501" if code in low else "1502"


def is_including(world: World, code: str) -> bool:
    """Say whether amounts with a VAT code include the VAT."""
    codes = [known for _rate, _account, known in world.home_rates]
    return world.including and code in codes


def oss_rates(country: str) -> tuple[str, ...]:
    """Return every rate of a member state, those of its parts included; sorted.

    Codes are numbered by this order, so that they never move.
    """
    found = list(law.RATES[country])
    for member, rates in law.OWN_RATES.values():
        if member == country:
            found += rates
    if country in law.ZERO_RATED:
        found.append("0")
    return tuple(dict.fromkeys(found))


def oss_code(country: str, rate: Fraction) -> str:
    """Return the VAT code of a distance sale: the country and a letter."""
    rates = [Fraction(text) for text in oss_rates(country)]
    return f"{country}{'ABCDEFGHIJ'[rates.index(rate)]}"


def ledger(
    world: World, kind: str, treatment: str, rate: Fraction, country: str
) -> tuple[str, str] | None:
    """Return G/L account and VAT code of a line, ``None`` when there is no row.

    :param kind: product, shipping, payment, gift_card or rounding
    :param treatment: of the line; ``margin`` and ``out_of_scope`` included
    :param country: member state of destination
    """
    accounts = ACCOUNTS[world.accounts]
    if kind == "rounding":
        return None if world.bare else (accounts["rounding"], CODES["rounding"])
    if kind == "gift_card":
        return accounts["gift_card"], voucher_code(world)
    if treatment == "domestic":
        for text, account, code in world.home_rates:
            if Fraction(text) == rate:
                return accounts.get(kind, account), code
        return None
    if world.bare:
        return None
    if treatment in ("oss", "local"):
        return accounts[treatment], oss_code(country, rate)
    return accounts[treatment], CODES[treatment]
