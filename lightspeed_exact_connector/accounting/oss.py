"""Distance sales (OSS): VAT codes by country and rate, and where one is missing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from .booking import Hold, OssCode, Policy
from .lines import rule_for
from .sale import LineKind
from .vat import EU_COUNTRIES, Treatment

#: Other names of countries that Exact may use: Greece, and the United Kingdom and
#: Northern Ireland (Exact reference 7.3).
_SAME_AS = {"EL": "GR", "UK": "GB", "XI": "GB"}
_EXCLUDING = "E"


def iso_country(text: str | None) -> str:
    """Return a country of Exact as ISO alpha-2, ``""`` for none."""
    code = (text or "").strip().upper()
    return _SAME_AS.get(code, code)


def by_country_and_rate(
    codes: Iterable[tuple[str, OssCode]],
) -> dict[tuple[str, Decimal], tuple[OssCode, ...]]:
    """Return the VAT codes for each country and rate, the best one first.

    A code that VAT comes on top of goes before one that includes it; then the lowest.

    :param codes: each with its country as Exact names it
    """
    found: dict[tuple[str, Decimal], list[OssCode]] = {}
    for country, code in codes:
        if iso_country(country):
            key = iso_country(country), code.percentage
            found.setdefault(key, []).append(code)
    return {key: tuple(sorted(group, key=_order)) for key, group in found.items()}


def _order(code: OssCode) -> tuple:
    return code.vat_type != _EXCLUDING, code.code


@dataclass(frozen=True)
class Coverage:
    """What would book a distance sale of products to a country at a rate.

    :ivar code: the VAT code, ``""`` when the sale would be held
    :ivar rule_key: the ledger rule that decides, 0 for none
    :ivar problem: code of the hold, ``""`` for none; ``params`` are its values
    """

    country: str
    rate: Decimal
    code: str = ""
    rule_key: int = 0
    problem: str = ""
    params: dict = field(default_factory=dict)


def coverage(policy: Policy, country: str, rate: Decimal) -> Coverage:
    """Return how a distance sale would be booked, with the code that books it.

    :param country: ISO alpha-2
    :param rate: fraction
    """
    try:
        rule = rule_for(policy, LineKind.PRODUCT, Treatment.OSS, rate, country)
    except Hold as hold:
        return Coverage(country, rate, problem=hold.code, params=hold.params)
    return Coverage(country, rate, code=rule.vat_code, rule_key=rule.key)


def other_member_states(home: str) -> list[str]:
    """Return the member states of the EU without one's own, by ISO code.

    :param home: ISO alpha-2
    """
    return sorted(EU_COUNTRIES - {iso_country(home)})
