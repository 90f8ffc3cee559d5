"""Master data of a new division: a usual Dutch or Belgian set-up (reference 7).

GUIDs are derived from the division, the kind and the code, so that the same
division always has the same ones.
"""

import uuid
from calendar import monthrange
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from .division import Division
from .store import Row

_NAMESPACE = uuid.UUID("5f1d9f0c-7f57-4e0a-9d3f-6a1b7a2c9e11")
_CREATED = datetime(2024, 1, 1, 9, 0)

#: code, description, type, balance sheet or profit and loss, side, VAT code
NL_ACCOUNTS = (
    ("0150", "Inventaris", 30, "B", "D", None),
    ("0700", "Eigen vermogen", 50, "B", "C", None),
    ("1000", "Kas", 10, "B", "D", None),
    ("1100", "Bank", 12, "B", "D", None),
    ("1210", "Tussenrekening Mollie", 90, "B", "D", None),
    ("1220", "Betaalprovider", 16, "B", "D", None),
    ("1230", "Tussenrekening PayPal", 16, "B", "D", None),
    ("1300", "Debiteuren", 20, "B", "D", None),
    ("1500", "Af te dragen btw hoog tarief", 24, "B", "C", None),
    ("1501", "Af te dragen btw laag tarief", 24, "B", "C", None),
    ("1502", "Af te dragen btw éénloketsysteem", 24, "B", "C", None),
    ("1510", "Te vorderen btw", 24, "B", "D", None),
    ("1600", "Crediteuren", 22, "B", "C", None),
    ("1800", "Uitgegeven cadeaubonnen", 90, "B", "C", None),
    ("2300", "Tussenrekening betaalprovider", 90, "B", "D", None),
    ("4400", "Kantoorkosten", 121, "W", "D", "5"),
    ("4500", "Transactiekosten betaalprovider", 121, "W", "D", "5"),
    ("4900", "Projectkosten (kostenplaats verplicht)", 121, "W", "D", None),
    ("4980", "Betalingsverschillen", 121, "W", "D", "0"),
    ("4990", "Afrondingsverschillen", 121, "W", "D", "0"),
    ("7000", "Inkoopwaarde van de omzet", 111, "W", "D", "5"),
    ("8000", "Omzet hoog tarief", 110, "W", "C", "2"),
    ("8010", "Omzet laag tarief", 110, "W", "C", "1"),
    ("8020", "Omzet nultarief en vrijgesteld", 110, "W", "C", "0"),
    ("8030", "Omzet binnen de EU", 110, "W", "C", "7"),
    ("8040", "Omzet buiten de EU", 110, "W", "C", "6"),
    ("8045", "Omzet margeregeling", 110, "W", "C", "M1"),
    ("8050", "Omzet afstandsverkopen EU", 110, "W", "C", None),
    ("8100", "Doorberekende verzendkosten", 110, "W", "C", "2"),
    ("8110", "Doorberekende betaalkosten", 110, "W", "C", "2"),
    ("8200", "Verleende kortingen", 110, "W", "D", "2"),
    ("8900", "Omzet oud (geblokkeerd)", 110, "W", "C", "2"),
)
BE_ACCOUNTS = (
    ("100000", "Kapitaal", 50, "B", "C", None),
    ("400000", "Klanten", 20, "B", "D", None),
    ("440000", "Leveranciers", 22, "B", "C", None),
    ("451000", "Verschuldigde btw", 24, "B", "C", None),
    ("411000", "Terug te vorderen btw", 24, "B", "D", None),
    ("489000", "Uitgegeven cadeaubonnen", 90, "B", "C", None),
    ("550000", "Bank", 12, "B", "D", None),
    ("570000", "Kas", 10, "B", "D", None),
    ("580000", "Interne overboekingen", 90, "B", "D", None),
    ("657000", "Betalingsverschillen", 121, "W", "D", "0"),
    ("700000", "Verkopen 21%", 110, "W", "C", "1"),
    ("700100", "Verkopen 6%", 110, "W", "C", "3"),
    ("700200", "Verkopen binnen de EU", 110, "W", "C", "7"),
    ("700300", "Verkopen buiten de EU", 110, "W", "C", "6"),
    ("700400", "Verkopen éénloketsysteem", 110, "W", "C", None),
    ("703000", "Doorgerekende verzendkosten", 110, "W", "C", "1"),
)

#: code, description, type, transaction type, percentage, ledger account,
#: EU sales listing, OSS country
NL_VAT = (
    ("0", "Geen btw", "N", "B", "0", None, "N", None),
    ("1", "BTW laag tarief, exclusief", "E", "S", "0.09", "1501", "N", None),
    ("2", "BTW hoog tarief, exclusief", "E", "S", "0.21", "1500", "N", None),
    ("3", "BTW laag tarief, inclusief", "I", "S", "0.09", "1501", "N", None),
    ("4", "BTW hoog tarief, inclusief", "I", "S", "0.21", "1500", "N", None),
    ("5", "BTW hoog tarief, inkoop exclusief", "E", "P", "0.21", None, "N", None),
    ("6", "Uitvoer buiten de EU", "B", "S", "0", None, "N", None),
    ("7", "Leveringen binnen de EU", "B", "S", "0", None, "L", None),
    ("8", "Diensten binnen de EU", "B", "S", "0", None, "S", None),
    ("15", "BTW laag tarief, inkoop exclusief", "E", "P", "0.09", None, "N", None),
    ("19", "BTW hoog tarief oud (geblokkeerd)", "E", "S", "0.19", "1500", "N", None),
    ("M1", "Margeregeling", "N", "S", "0", None, "N", None),
    # OSS: with gaps, as an administration has that sells to some countries only.
    ("AT2", "OSS Oostenrijk 20%", "E", "S", "0.20", "1502", "N", "AT"),
    ("BE1", "OSS België 21%", "E", "S", "0.21", "1502", "N", "BE"),
    ("BE2", "OSS België 6%", "E", "S", "0.06", "1502", "N", "BE"),
    ("DE1", "OSS Duitsland 19%", "E", "S", "0.19", "1502", "N", "DE"),
    ("DE2", "OSS Duitsland 7%", "E", "S", "0.07", "1502", "N", "DE"),
    ("ES1", "OSS Spanje 21%", "E", "S", "0.21", "1502", "N", "ES"),
    ("FR1", "OSS Frankrijk 20%", "E", "S", "0.20", "1502", "N", "FR"),
    ("FR2", "OSS Frankrijk 5,5%", "E", "S", "0.055", "1502", "N", "FR"),
)
BE_VAT = (
    ("0", "Geen btw", "N", "B", "0", None, "N", None),
    ("1", "Verkopen 21%", "E", "S", "0.21", "451000", "N", None),
    ("2", "Verkopen 12%", "E", "S", "0.12", "451000", "N", None),
    ("3", "Verkopen 6%", "E", "S", "0.06", "451000", "N", None),
    ("4", "Verkopen 21% inclusief", "I", "S", "0.21", "451000", "N", None),
    ("6", "Uitvoer buiten de EU", "B", "S", "0", None, "N", None),
    ("7", "Intracommunautaire leveringen", "B", "S", "0", None, "L", None),
    ("NL1", "OSS Nederland 21%", "E", "S", "0.21", "451000", "N", "NL"),
)
#: VAT codes of the margin scheme.
_MARGIN = {"M1"}
#: Percentages that ended: code -> (percentage, end, start of the present one).
_HISTORY = {
    "NL": {
        "1": ("0.06", datetime(2018, 12, 31), datetime(2019, 1, 1)),
        "3": ("0.06", datetime(2018, 12, 31), datetime(2019, 1, 1)),
        "2": ("0.19", datetime(2012, 9, 30), datetime(2012, 10, 1)),
        "4": ("0.19", datetime(2012, 9, 30), datetime(2012, 10, 1)),
    },
}

#: code, description, type, ledger account, other currencies allowed
NL_JOURNALS = (
    ("10", "Kasboek", 10, "1000", False),
    ("20", "Bankboek", 12, "1100", False),
    ("25", "Betaalprovider", 16, "1220", False),
    ("60", "Inkoopboek", 22, "1600", True),
    ("70", "Verkoopboek", 20, "1300", True),
    ("71", "Verkoopboek webshop (alleen EUR)", 20, "1300", False),
    ("79", "Verkoopboek oud (geblokkeerd)", 20, "1300", True),
    ("90", "Memoriaal", 90, None, True),
    ("91", "Memoriaal zonder btw", 90, None, True),
)
BE_JOURNALS = (
    ("BNK", "Bank", 12, "550000", False),
    ("KAS", "Kas", 10, "570000", False),
    ("AAN", "Aankopen", 22, "440000", True),
    ("VER", "Verkopen", 20, "400000", True),
    ("DIV", "Diverse verrichtingen", 90, None, True),
)

#: code, description, method, days, ends of months
PAYMENT_CONDITIONS = (
    ("00", "Contant", "K", 0, 0),
    ("14", "14 dagen", "B", 14, 0),
    ("30", "30 dagen", "B", 30, 0),
    ("60E", "60 dagen einde maand", "B", 60, 1),
    ("IN", "Automatische incasso", "I", 14, 0),
    ("PS", "Betaald via betaalprovider", "Q", 0, 0),
)
CURRENCIES = (("EUR", "Euro"), ("GBP", "Pound sterling"), ("USD", "US dollar"))
_RATES = {
    "EUR": (("USD", "0.92"), ("GBP", "1.15")),
    "GBP": (("EUR", "0.87"), ("USD", "0.80")),
    "USD": (("EUR", "1.09"), ("GBP", "1.25")),
}
DOCUMENT_TYPES = (
    (10, "Sales invoice"),
    (20, "Purchase invoice"),
    (55, "Miscellaneous"),
    (125, "E-mail"),
)
UNITS = (("stuk", "Stuk", True), ("uur", "Uur", False), ("doos", "Doos", False))
BLOCKED = {"8900", "19", "79"}
#: General journals that take no VAT codes (7.2).
WITHOUT_VAT = {"91"}


def guid(division: Division, kind: str, code: Any) -> str:
    """Return the fixed GUID of a master row."""
    return str(uuid.uuid5(_NAMESPACE, f"{division.code}/{kind}/{code}"))


def _add(division: Division, table: str, code: Any, **values: Any) -> Row:
    row = {name: value for name, value in values.items() if value is not None}
    target = division[table]
    row.setdefault(target.key, guid(division, table, code))
    return target.insert({**row, "Created": _CREATED, "Modified": _CREATED})


def fill(division: Division, chart: str | None, years: Iterable[int]) -> None:
    """Give a division its master data.

    :param chart: "NL", "BE", or None: currencies and periods only
    """
    for year in years:
        add_year(division, year)
    own = division.currency
    # Its own currency is always there.
    others = [] if own in dict(CURRENCIES) else [(own, own)]
    for code, description in (*CURRENCIES, *others):
        _add(
            division,
            "Currencies",
            code,
            Code=code,
            Description=description,
            AmountPrecision=Decimal("0.01"),
            PricePrecision=Decimal("0.001"),
        )
    for code, rate in _RATES.get(division.currency, ()):
        _add(
            division,
            "ExchangeRates",
            code,
            SourceCurrency=code,
            Rate=Decimal(rate),
            StartDate=datetime(2020, 1, 1),
        )
    if chart is None:
        return
    belgian = chart == "BE"
    _accounts(division, BE_ACCOUNTS if belgian else NL_ACCOUNTS)
    _vat_codes(division, BE_VAT if belgian else NL_VAT, chart)
    _journals(division, BE_JOURNALS if belgian else NL_JOURNALS)
    _conditions(division)
    _items_and_documents(division)


def add_year(division: Division, year: int) -> None:
    """Set up a financial year of twelve months."""
    for month in range(1, 13):
        if division.has_period(year, month):
            continue
        _add(
            division,
            "FinancialPeriods",
            f"{year}-{month}",
            FinYear=year,
            FinPeriod=month,
            StartDate=datetime(year, month, 1),
            EndDate=datetime(year, month, monthrange(year, month)[1]),
        )


def _accounts(division: Division, rows: tuple) -> None:
    for code, description, kind, balance, side, vat in rows:
        _add(
            division,
            "GLAccounts",
            code,
            Code=code,
            Description=description,
            Type=kind,
            BalanceType=balance,
            BalanceSide=side,
            VATCode=vat,
            IsBlocked=code in BLOCKED or None,
            Matching=kind in {20, 22} or None,
            UseCostcenter=1 if code == "4900" else 0,
            UseCostunit=0,
        )


def _vat_codes(division: Division, rows: tuple, chart: str) -> None:
    for code, description, kind, transaction, fraction, account, listing, oss in rows:
        add_vat_code(
            division,
            Code=code,
            Description=description,
            Type=kind,
            VATTransactionType=transaction,
            Percentage=Decimal(fraction),
            GLToPay=division.gl_account(account)["ID"] if account else None,
            EUSalesListing=listing,
            OssCountry=oss,
            Country=oss or division.profile["Country"],
            IsBlocked=code in BLOCKED or None,
            history=_HISTORY.get(chart, {}).get(code),
            VatMargin=1 if code in _MARGIN else None,
        )


def add_vat_code(
    division: Division,
    history: tuple[str, datetime, datetime] | None = None,
    **values: Any,
) -> Row:
    """Add a VAT code and the percentages it has and had."""
    row = _add(division, "VATCodes", values["Code"], **values)
    present = {"StartDate": datetime(2000, 1, 1), "LineNumber": 1}
    if history is not None:
        fraction, end, start = history
        _percentage(row, division, Decimal(fraction), {**present, "EndDate": end})
        present = {"StartDate": start, "LineNumber": 2}
    _percentage(row, division, values["Percentage"], present)
    return row


def _percentage(
    vat_code: Row, division: Division, fraction: Decimal, values: Row
) -> None:
    name = f"{vat_code['Code']}-{values['LineNumber']}"
    _add(
        division,
        "VatPercentages",
        name,
        VATCodeID=vat_code["ID"],
        Percentage=fraction,
        Type=0,
        **values,
    )


def _journals(division: Division, rows: tuple) -> None:
    for code, description, kind, account, other_currencies in rows:
        _add(
            division,
            "Journals",
            code,
            Code=code,
            Description=description,
            Type=kind,
            Currency=division.currency,
            AllowVariableCurrency=other_currencies,
            AllowVAT=kind == 90 and code not in WITHOUT_VAT,
            GLAccount=division.gl_account(account)["ID"] if account else None,
            IsBlocked=code in BLOCKED or None,
        )


def _conditions(division: Division) -> None:
    for code, description, method, days, months in PAYMENT_CONDITIONS:
        _add(
            division,
            "PaymentConditions",
            code,
            Code=code,
            Description=description,
            PaymentMethod=method,
            PaymentDays=days,
            PaymentEndOfMonths=months,
            Percentage=Decimal(100),
        )


def _items_and_documents(division: Division) -> None:
    revenue = min(
        (row for row in division["GLAccounts"] if row["Type"] == 110),
        key=lambda row: row["Code"],
    )
    for code, description in (("STD", "Handelsgoederen"), ("DIE", "Diensten")):
        _add(
            division,
            "ItemGroups",
            code,
            Code=code,
            Description=description,
            GLRevenue=revenue["ID"],
            GLRevenueCode=revenue["Code"],
            GLRevenueDescription=revenue["Description"],
            IsDefault=1 if code == "STD" else 0,
        )
    for code, description, main in UNITS:
        _add(
            division,
            "Units",
            code,
            Code=code,
            Description=description,
            Active=True,
            Main=int(main),
            Type="O",
        )
    _add(division, "Warehouses", "1", Code="1", Description="Magazijn", Main=1)
    for number, (kind, subject) in enumerate(
        ((1, "Factuur standaard"), (1, "Factuur Engels"), (2, "Begeleidende e-mail"))
    ):
        _add(division, "Layouts", number, Type=kind, Subject=subject)
    for key, description in DOCUMENT_TYPES:
        _add(
            division,
            "DocumentTypes",
            key,
            ID=key,
            Description=description,
            DocumentIsCreatable=True,
            DocumentIsDeletable=True,
            DocumentIsUpdatable=True,
            DocumentIsViewable=True,
            TypeCategory=1,
        )
