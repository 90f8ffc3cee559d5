"""``Sale``: what a customer bought, normalised.  Knows nothing of Exact."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum


class LineKind(str, Enum):
    """What a line of a sale is for; values are stored, never translate them."""

    PRODUCT = "product"
    SHIPPING = "shipping"
    PAYMENT = "payment"
    GIFT_CARD = "gift_card"
    ROUNDING = "rounding"


class Scheme(str, Enum):
    """A VAT scheme of a single line; values are stored, never translate them."""

    NONE = ""
    MARGIN = "margin"


@dataclass(frozen=True)
class Tax:
    """One tax component of a line.

    :ivar name: the shop's own name for the tax, may repeat with other rates
    :ivar rate: fraction, rounded to six decimals (the vendor has float noise)
    """

    name: str
    rate: Decimal


@dataclass(frozen=True)
class Address:
    """A postal address; every text is stripped, unset is ``""``.

    :ivar country: ISO 3166 alpha-2 in capitals, ``""`` when the shop gave none
    """

    name: str = ""
    company: str = ""
    street: str = ""
    street2: str = ""
    number: str = ""
    extension: str = ""
    postcode: str = ""
    city: str = ""
    region: str = ""
    country: str = ""


@dataclass(frozen=True)
class Party:
    """The customer as the order has it (never the later customer record).

    :ivar email: as typed, stripped; see :func:`customer.email_key` for identity
    :ivar vat_number: as typed by the customer, not normalised
    :ivar language: two-letter code of the shop's language, ``""`` if unknown
    """

    email: str = ""
    firstname: str = ""
    middlename: str = ""
    lastname: str = ""
    phone: str = ""
    is_company: bool = False
    company: str = ""
    coc_number: str = ""
    vat_number: str = ""
    language: str = ""
    remote_id: str = ""


@dataclass(frozen=True)
class SaleLine:
    """One line of a sale: line totals after discount, 2 decimals.

    :ivar kind: product, shipping or payment; a gift card that is sold as a
        multi-purpose voucher is marked by the policy, rounding is made by ``decide``
    :ivar gross: what the customer pays for the line, VAT included
    :ivar net: the same without VAT
    :ivar rate: sum of the tax components as a fraction
    :ivar quantity: number of units, exactly as ordered
    :ivar discount: discount already taken off ``gross``; information only
    :ivar brand: the brand's title as the order has it
    :ivar product_id: the shop's id of the product, ``""`` for none
    :ivar variant_id: the shop's id of the variant, ``""`` for none
    :ivar remote_id: the shop's id of the order line; credit notes refer to it
    :ivar scheme: marked by the policy, see :class:`Scheme`
    """

    kind: LineKind
    title: str
    quantity: Decimal
    gross: Decimal
    net: Decimal
    rate: Decimal
    taxes: tuple[Tax, ...] = ()
    discount: Decimal = Decimal(0)
    article_code: str = ""
    sku: str = ""
    ean: str = ""
    remote_id: str = ""
    brand: str = ""
    product_id: str = ""
    scheme: Scheme = Scheme.NONE
    variant_id: str = ""

    @property
    def vat(self) -> Decimal:
        """VAT of the line: gross minus net."""
        return self.gross - self.net


@dataclass(frozen=True)
class Invoice:
    """An invoice of the shop that belongs to the order (never a credit note)."""

    number: str
    created_at: datetime | None
    updated_at: datetime | None
    status: str = ""
    remote_id: str = ""


@dataclass(frozen=True)
class Event:
    """Something that happened to the order: ``type`` order / invoice / shipment."""

    created_at: datetime | None
    type: str
    message: str


@dataclass(frozen=True)
class Sale:
    """An order, invoice or credit note of the shop, normalised.

    :ivar number: of the document itself; its reference in the books
    :ivar created_at: when the document was made
    :ivar gross: the document's total as the shop states it (``priceIncl``)
    :ivar net: ``priceExcl``
    :ivar discount_code: coupon code, ``""`` for rule and manual discounts
    :ivar payment_method: the shop's key of the provider, e.g. ``mollie``
    :ivar payment_option: what the customer chose there, e.g. ``ideal``
    :ivar is_cash_on_delivery: the customer pays the carrier
    :ivar gift_cards: the raw gift-card payments, empty for nearly every order
    :ivar is_credit: a credit note: its amounts are positive, and are given back
    :ivar order_number: of the order that the document belongs to
    :ivar ordered_at: of an invoice or credit note: when its order was placed
    """

    remote_id: str
    number: str
    status: str
    payment_status: str
    created_at: datetime
    updated_at: datetime
    currency: str
    gross: Decimal
    net: Decimal
    customer: Party
    billing: Address
    shipping: Address
    lines: tuple[SaleLine, ...]
    shipment_status: str = ""
    custom_status_id: str = ""
    payment_method: str = ""
    payment_title: str = ""
    payment_option: str = ""
    is_cash_on_delivery: bool = False
    discount_code: str = ""
    is_pickup: bool = False
    invoices: tuple[Invoice, ...] = ()
    events: tuple[Event, ...] = ()
    gift_cards: tuple = field(default=())
    comment: str = ""
    is_credit: bool = False
    order_number: str = ""
    ordered_at: datetime | None = None
