"""VAT rates of the EU by area and day: to notice a rate that cannot be right.

The table never says what a product's rate is, and it must never hold a right order:
where a rate, or its first or last day, is not certain, it is in.  Rates of services
alone are in as well, shipping and payment costs follow them at times.

Sources: the Commission's Taxes in Europe Database (standard rates and their days, by
way of its published history of 23 September 2026; reduced rates as of April 2026), the
Commission's booklet "VAT rates applied in the Member States" (2021), and the member
states' announcements of temporary rates.
"""

from datetime import date, timedelta
from decimal import Decimal

from .money import ZERO
from .vat_areas import AUSTRIAN_VALLEYS, AZORES, CORSICA, MADEIRA

#: Until when the table was compared with its sources.
LOOKED_AT = date(2026, 9, 23)
#: So long after :data:`LOOKED_AT` an unknown rate may be one of a new law: it is noted
#: and no longer refused.
_TRUSTED = timedelta(days=183)

# One rate: percentage, first and last day, "" for open.
_ALL = ("", "")

#: Area -> standard rates in order of time: (percentage, from, until).
_STANDARD = {
    "AT": (("20", *_ALL),),
    "BE": (("21", *_ALL),),
    "BG": (("20", *_ALL),),
    "CY": (("19", *_ALL),),
    "CZ": (("21", *_ALL),),
    # Germany, second half of 2020: Zweites Corona-Steuerhilfegesetz.
    "DE": (
        ("19", "", "2020-06-30"),
        ("16", "2020-07-01", "2020-12-31"),
        ("19", "2021-01-01", ""),
    ),
    "DK": (("25", *_ALL),),
    "EE": (
        ("20", "", "2023-12-31"),
        ("22", "2024-01-01", "2025-06-30"),
        ("24", "2025-07-01", ""),
    ),
    "ES": (("21", *_ALL),),
    "FI": (("24", "", "2024-08-31"), ("25.5", "2024-09-01", "")),
    "FR": (("20", *_ALL),),
    "GR": (("24", *_ALL),),
    "HR": (("25", *_ALL),),
    "HU": (("27", *_ALL),),
    "IE": (
        ("23", "", "2020-08-31"),
        ("21", "2020-09-01", "2021-02-28"),
        ("23", "2021-03-01", ""),
    ),
    "IT": (("22", *_ALL),),
    "LT": (("21", *_ALL),),
    "LU": (
        ("17", "", "2022-12-31"),
        ("16", "2023-01-01", "2023-12-31"),
        ("17", "2024-01-01", ""),
    ),
    "LV": (("21", *_ALL),),
    "MT": (("18", *_ALL),),
    "NL": (("21", *_ALL),),
    "PL": (("23", *_ALL),),
    "PT": (("23", *_ALL),),
    "RO": (("19", "", "2025-07-31"), ("21", "2025-08-01", "")),
    "SE": (("25", *_ALL),),
    "SI": (("22", *_ALL),),
    "SK": (("20", "", "2024-12-31"), ("23", "2025-01-01", "")),
    # === PARTS WITH RATES OF THEIR OWN === #
    AZORES: (("18", "", "2021-06-30"), ("16", "2021-07-01", "")),
    MADEIRA: (("22", *_ALL),),
    CORSICA: (("20", *_ALL),),
    AUSTRIAN_VALLEYS: (("19", *_ALL),),
    # === THE UNITED KINGDOM === #
    "GB": (("20", *_ALL),),
    "XI": (("20", *_ALL),),
}

#: Area -> every other rate: reduced, super-reduced, parking, zero where there is one.
_OTHERS = {
    "AT": (
        ("10", *_ALL),
        ("13", *_ALL),
        # Culture, restaurants, books during the pandemic; some ended earlier.
        ("5", "2020-07-01", "2021-12-31"),
        # Basic food.  Announced as "just under 5"; 5 is in as well.
        ("4.9", "2026-07-01", ""),
        ("5", "2026-07-01", ""),
        # Protective masks 2020-04 to 2023; menstrual and contraceptive goods, 2026.
        ("0", "2020-04-14", "2023-06-30"),
        ("0", "2024-01-01", ""),
    ),
    "BE": (("12", *_ALL), ("6", *_ALL), ("0", *_ALL)),
    # Bread and flour 0 until the end of 2024.
    "BG": (("9", *_ALL), ("0", "2022-07-01", "2024-12-31")),
    # Basic goods 0 from May 2023, prolonged several times, books 3.
    "CY": (
        ("9", *_ALL),
        ("5", *_ALL),
        ("3", "2023-07-01", ""),
        ("0", "2023-05-01", ""),
    ),
    "CZ": (
        ("15", "", "2023-12-31"),
        ("10", "", "2023-12-31"),
        ("12", "2024-01-01", ""),
        # Books; medicines on prescription from 2026.
        ("0", "2024-01-01", ""),
    ),
    "DE": (
        ("7", "", "2020-06-30"),
        ("5", "2020-07-01", "2020-12-31"),
        ("7", "2021-01-01", ""),
        # Solar panels.
        ("0", "2023-01-01", ""),
    ),
    # Newspapers; books announced for 2026.
    "DK": (("0", *_ALL),),
    "EE": (
        ("9", *_ALL),
        ("5", "2022-08-01", "2024-12-31"),
        ("13", "2025-01-01", ""),
        ("0", *_ALL),
    ),
    "ES": (
        ("10", *_ALL),
        ("4", *_ALL),
        # Masks and tests from 2020, basic food 2023 and 2024, electricity.
        ("5", "2021-06-26", "2024-09-30"),
        ("0", "2020-04-23", "2024-12-31"),
        ("2", "2024-10-01", "2024-12-31"),
        ("7.5", "2024-10-01", "2024-12-31"),
        # With the surcharge for retailers (recargo de equivalencia).
        ("26.2", *_ALL),
        ("11.4", *_ALL),
        ("4.5", *_ALL),
    ),
    "FI": (
        ("14", "", "2025-12-31"),
        ("13.5", "2026-01-01", ""),
        ("10", *_ALL),
        ("0", *_ALL),
    ),
    "FR": (("10", *_ALL), ("5.5", *_ALL), ("2.1", *_ALL), ("0", "2020-10-15", "")),
    # 17, 9 and 4: islands of the Aegean; masks 6.
    "GR": (
        ("13", *_ALL),
        ("6", *_ALL),
        ("17", *_ALL),
        ("9", *_ALL),
        ("4", *_ALL),
        ("0", "2020-12-01", "2024-12-31"),
    ),
    "HR": (("13", *_ALL), ("5", *_ALL), ("0", "2022-10-01", "")),
    "HU": (("18", *_ALL), ("5", *_ALL), ("0", *_ALL)),
    "IE": (
        ("13.5", *_ALL),
        ("9", *_ALL),
        ("4.8", *_ALL),
        ("0", *_ALL),
    ),
    "IT": (("10", *_ALL), ("5", *_ALL), ("4", *_ALL), ("0", "2020-05-19", "")),
    "LT": (
        # Books kept 9 until the end of 2025; heating may keep it longer.
        ("9", *_ALL),
        ("5", *_ALL),
        ("12", "2026-01-01", ""),
        ("0", *_ALL),
    ),
    "LU": (
        ("14", "", "2022-12-31"),
        ("13", "2023-01-01", "2023-12-31"),
        ("14", "2024-01-01", ""),
        ("8", "", "2022-12-31"),
        ("7", "2023-01-01", "2023-12-31"),
        ("8", "2024-01-01", ""),
        ("3", *_ALL),
    ),
    "LV": (("12", *_ALL), ("5", *_ALL), ("0", "2021-01-01", "")),
    "MT": (("12", "2024-01-01", ""), ("7", *_ALL), ("5", *_ALL), ("0", *_ALL)),
    "NL": (("6", "", "2018-12-31"), ("9", "2019-01-01", ""), ("0", *_ALL)),
    # Food 0 from February 2022 to March 2024; protective goods 0 in the pandemic.
    "PL": (("8", *_ALL), ("5", *_ALL), ("0", *_ALL)),
    # Food 0 from 18 April 2023 until 4 January 2024.
    "PT": (("13", *_ALL), ("6", *_ALL), ("0", "2023-04-18", "2024-01-04")),
    "RO": (
        ("9", "", "2025-07-31"),
        ("5", "", "2025-07-31"),
        ("11", "2025-08-01", ""),
        # Dwellings under contract, until the end of July 2026.
        ("9", "2025-08-01", "2026-07-31"),
        ("0", "2020-01-01", ""),
    ),
    "SE": (("12", *_ALL), ("6", *_ALL), ("0", *_ALL)),
    "SI": (("9.5", *_ALL), ("5", "2020-01-01", ""), ("0", "2020-04-01", "2022-12-31")),
    "SK": (
        ("10", "", "2024-12-31"),
        ("5", "2023-01-01", ""),
        ("19", "2025-01-01", ""),
    ),
    # === PARTS WITH RATES OF THEIR OWN === #
    AZORES: (
        # 10 and 5 were the rates of 2014; the day they fell is not certain.
        ("10", "", "2021-06-30"),
        ("9", *_ALL),
        ("5", "", "2021-06-30"),
        ("4", *_ALL),
        ("0", "2023-04-18", "2024-01-04"),
    ),
    MADEIRA: (
        ("12", *_ALL),
        # 5 fell to 4 in October 2024; some goods may have kept it.
        ("5", *_ALL),
        ("4", "2024-10-01", ""),
        ("0", "2023-04-18", "2024-01-04"),
    ),
    CORSICA: (
        ("13", *_ALL),
        ("10", *_ALL),
        ("5.5", *_ALL),
        ("2.1", *_ALL),
        ("0.9", *_ALL),
        ("0", "2020-10-15", ""),
    ),
    AUSTRIAN_VALLEYS: (
        ("10", *_ALL),
        ("13", *_ALL),
        ("5", "2020-07-01", "2021-12-31"),
        ("4.9", "2026-07-01", ""),
        ("5", "2026-07-01", ""),
        ("0", "2020-04-14", "2023-06-30"),
        ("0", "2024-01-01", ""),
    ),
    # === THE UNITED KINGDOM === #
    "GB": (("12.5", "2021-10-01", "2022-03-31"), ("5", *_ALL), ("0", *_ALL)),
    "XI": (("12.5", "2021-10-01", "2022-03-31"), ("5", *_ALL), ("0", *_ALL)),
}


def _read(rows):
    return tuple(
        (
            Decimal(percentage) / 100,
            date.fromisoformat(start) if start else date.min,
            date.fromisoformat(end) if end else date.max,
        )
        for percentage, start, end in rows
    )


_STANDARD = {code: _read(rows) for code, rows in _STANDARD.items()}
_OTHERS = {code: _read(rows) for code, rows in _OTHERS.items()}


def rates(area: str, day: date, since: date | None = None) -> frozenset | None:
    """Return every VAT rate of an area that was in force on a day.

    :param area: code of a :class:`vat_areas.Area`
    :param since: with it, the rates of all days from there to ``day``
    :return: fractions; ``None`` when the area's rates are not known here
    """
    if area not in _STANDARD:
        return None
    first = min(since or day, day)
    return frozenset(
        rate
        for rate, start, end in _STANDARD[area] + _OTHERS[area]
        if start <= day and first <= end
    )


def standard_rate(area: str, day: date) -> Decimal | None:
    """Return the standard rate of an area on a day, as a fraction.

    :param area: code of a :class:`vat_areas.Area`
    :return: ``None`` when the area's rates are not known here
    """
    for rate, start, end in _STANDARD.get(area, ()):
        if start <= day <= end:
            return rate
    return None


def has_zero_rate(area: str, day: date, since: date | None = None) -> bool:
    """Say whether goods may be taxed at zero there; yes when nobody knows."""
    found = rates(area, day, since)
    return found is None or ZERO in found


def is_trusted(day: date) -> bool:
    """Say whether the table is fresh enough to call a rate of that day wrong."""
    return day <= LOOKED_AT + _TRUSTED
