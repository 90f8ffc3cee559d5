"""What the demo's set-up has to know: names, credentials, from when to book.

All of it is made up, and good for the sandbox only.
"""

from datetime import datetime, timedelta, timezone

from .exact import demo as exact

SHOP_NAME = "Voorbeeldwinkel"
#: The shop's own API key.
SHOP_KEY = "d0d0" * 8
SHOP_SECRET = "5ec2" * 8
SHOP_LANGUAGE = "nl"

#: An agency's app at Lightspeed, for the install handshake.
SHOP_APP_KEY = "a99a" * 8
SHOP_APP_SECRET = "c0de" * 8
SHOP_APP_INSTALL_URL = "https://agency.example.com/lightspeed/install"

#: The demo's Exact app, the bookkeeper who gives consent, and the administration.
CLIENT_ID = exact.CLIENT_ID
CLIENT_SECRET = exact.CLIENT_SECRET
USER = exact.USER_NL
DIVISION = exact.MAIN

#: A second shop: prices excluding VAT, and Exact Online issues its invoices.
INVOICE_SHOP_NAME = "Voorbeeld Zakelijk"
INVOICE_SHOP_KEY = "d1d1" * 8
INVOICE_SHOP_SECRET = "5ec3" * 8
INVOICE_DIVISION = exact.SECOND
INVOICE_MAIL_TEXT = "Begeleidende e-mail"
INVOICE_LAYOUT = "Factuur standaard"

#: Article code of the gift card that the shop sells (multi-purpose).
GIFT_CARD_CODE = "CADEAUBON-25"

#: For the ledger rule of gift cards, and for what pays with one.
GIFT_CARDS = exact.GIFT_CARDS
NO_VAT = exact.VAT_NONE
DEBTORS = exact.DEBTORS
#: Where payments through the shop's payment service are cleared, and how booked.
CLEARING = exact.CLEARING
CLEARING_JOURNAL = exact.GENERAL_JOURNAL
PAYMENT_SERVICE, PAID_BY_SERVICE = "mollie", "PS"
ON_ACCOUNT, THIRTY_DAYS = "invoice", "30"
#: So many pairs of a sale and its clearing the bookkeeper has not matched yet.
LEFT_TO_MATCH = 4

#: Calls that the stand-in Exact Online allows in the demo, more than the real one.
CALLS_A_MINUTE = 600

#: Days over which the orders are spread, and from when they are to be booked.
DAYS = 20
DAYS_BOOKED = 14
INVOICE_DAYS = 6


def start_at(now: datetime) -> str:
    """Return from when to book, in UTC: the demo has orders before and after it.

    As long ago at any hour, as the orders are: the same ones are always booked.
    """
    start = now.astimezone(timezone.utc) - timedelta(days=DAYS_BOOKED)
    return f"{start:%Y-%m-%d %H:%M:%S}"


START_AT = start_at(datetime.now(timezone.utc))
