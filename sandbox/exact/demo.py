"""Demo data: one app, some users, five divisions. All names are made up.

`seed(service)` fills an empty service; the constants are for tests and the demo.
"""

from typing import Any

CLIENT_ID = "3b1f6c1e-5a0d-4f6e-9c2b-7d1e2f3a4b5c"
CLIENT_SECRET = "demoSecret42"
WEBHOOK_SECRET = "demoWebhookSecret42"
REDIRECT_URIS = ("https://agency.example.com/exact/callback",)

PASSWORD = "demo"
#: A bookkeeper who works in Dutch and may open every division.
USER_NL = "boekhouder@example.nl"
#: A colleague who works in English, on the main and the Belgian division.
USER_EN = "bookkeeper@example.com"

MAIN = 123456  # Dutch, EUR; no payment condition of its own
SECOND = 123457  # Dutch, EUR; payment condition 30
BELGIAN = 123458  # Belgian chart, journal "VER"
BLOCKED = 123459  # a conversion is running
NO_SALES = 123460  # the users may not book sales here

#: Codes of the Dutch chart that a webshop needs.
JOURNAL = "70"
JOURNAL_EUR_ONLY = "71"
REVENUE_HIGH, REVENUE_LOW, REVENUE_ZERO = "8000", "8010", "8020"
REVENUE_EU, REVENUE_EXPORT, REVENUE_OSS = "8030", "8040", "8050"
SHIPPING, PAYMENT_COSTS, ROUNDING = "8100", "8110", "4990"
DEBTORS, GIFT_CARDS = "1300", "1800"
GENERAL_JOURNAL, GENERAL_JOURNAL_NO_VAT = "90", "91"
#: Clearing accounts of payment services, type 90 and 16.
CLEARING, CLEARING_PSP = "1210", "1230"
VAT_HIGH, VAT_LOW, VAT_NONE = "2", "1", "0"
VAT_HIGH_INCLUDING, VAT_LOW_INCLUDING = "4", "3"
VAT_EXPORT, VAT_EU = "6", "7"
VAT_MARGIN, REVENUE_MARGIN = "M1", "8045"

_DIVISIONS: tuple[dict[str, Any], ...] = (
    {
        "code": MAIN,
        "modules": ["invoicing", "items", "journal", "webhooks"],
        "Description": "Voorbeeldwinkel B.V.",
        "IsMainDivision": True,
        "VATNumber": "NL000099998B57",
        "ChamberOfCommerceNumber": "00000001",
        "Email": "administratie@example.nl",
    },
    {
        "code": SECOND,
        "modules": ["invoicing", "items", "journal", "webhooks"],
        "Description": "Tweede Voorbeeld B.V.",
        "payment_condition": "30",
        "VATNumber": "NL000099986B68",
        "ChamberOfCommerceNumber": "00000002",
    },
    {
        "code": BELGIAN,
        "modules": ["invoicing", "items", "journal", "webhooks"],
        "chart": "BE",
        "Description": "Voorbeeld België BV",
        "Country": "BE",
        "Legislation": "2",
        "payment_condition": "30",
        "VATNumber": "BE0000000097",
    },
    {
        "code": BLOCKED,
        "Description": "Administratie in conversie B.V.",
        "BlockingStatus": 2,
    },
    {"code": NO_SALES, "Description": "Zonder Verkooprechten B.V."},
)
_SALES = (
    "salesentry/SalesEntries",
    "salesentry/SalesEntryLines",
    "salesinvoice/SalesInvoices",
    "salesinvoice/SalesInvoiceLines",
    "salesinvoice/PrintedSalesInvoices",
)


def seed(service: Any) -> dict[str, Any]:
    """Fill an empty service; return the credentials."""
    for values in _DIVISIONS:
        service.control_add_division(StartDate="2024-01-01", **values)
    service.control_add_app(
        CLIENT_ID,
        CLIENT_SECRET,
        "Webshop connector (demo)",
        REDIRECT_URIS,
        WEBHOOK_SECRET,
    )
    everything = [values["code"] for values in _DIVISIONS]
    # The Dutch user's last choice in the browser was another division (3.1).
    service.control_add_user(
        USER_NL,
        PASSWORD,
        "Bram Boekhouder",
        "NL",
        USER_NL,
        everything,
        current_division=SECOND,
    )
    service.control_add_user(
        USER_EN, PASSWORD, "Bea Bookkeeper", "EN", USER_EN, [MAIN, BELGIAN, NO_SALES]
    )
    for user in (USER_NL, USER_EN):
        for endpoint in _SALES:
            service.control_set_rights(user, NO_SALES, endpoint, ["GET"])
    for division in (MAIN, SECOND):
        service.control_add_account(
            division,
            Name="Webshopklanten",
            Code="1000",
            Email="webshop@example.nl",
            PaymentConditionSales="PS",
        )
    return {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "webhook_secret": WEBHOOK_SECRET,
        "redirect_uris": list(REDIRECT_URIS),
        "users": [USER_NL, USER_EN],
        "password": PASSWORD,
        "divisions": everything,
    }
