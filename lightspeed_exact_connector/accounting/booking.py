"""``Booking`` and ``Hold``: what goes into the books, or why a person must look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .customer_policy import CustomerPolicy
from .sale import LineKind
from .vat_position import VatPosition


class Hold(Exception):
    """A typed reason why nothing may be booked until a person has looked.

    :ivar code: a key of the addon's reason catalogue, e.g. ``"rule_missing"``
    :ivar params: values for the sentence; JSON-able (str, int; Decimal as text)
    """

    def __init__(self, code, /, **params):
        super().__init__(code, params)
        self.code = code
        self.params = params


@dataclass(frozen=True)
class Rule:
    """A ledger rule as ``decide`` needs it; ``None`` / ``""`` means "any".

    :ivar line_kind: product, shipping, payment, gift card or rounding
    :ivar treatment: see :class:`vat.Treatment`
    :ivar rate: fraction
    :ivar country: delivery country, ISO alpha-2
    :ivar payment_method: the shop's payment key
    :ivar gl_account: GUID of the G/L account in Exact
    :ivar vat_code: trimmed code in Exact, ``""`` only on a rule for rounding or gift
        cards, and where ``oss_auto`` finds it
    :ivar vat_type: type of that code: ``E``, ``I``, ``B`` or ``N``
    :ivar vat_percentage: percentage of that code as a fraction
    :ivar key: the database id of the rule, to say which rule decided
    :ivar cost_center: code of the cost centre (kostenplaats), ``""`` for none
    :ivar cost_unit: code of the cost unit (kostendrager), ``""`` for none
    :ivar article: article code or SKU; a ``*`` at its end stands for any rest
    :ivar category: title of a category of the shop
    :ivar brand: title of a brand of the shop
    :ivar oss_auto: the VAT code is found in ``Policy.oss_codes``
    """

    key: int
    line_kind: LineKind | None
    treatment: str | None
    rate: Decimal | None
    gl_account: str
    vat_code: str
    vat_type: str
    vat_percentage: Decimal
    country: str | None = None
    payment_method: str | None = None
    gl_code: str = ""
    cost_center: str = ""
    cost_unit: str = ""
    article: str | None = None
    category: str | None = None
    brand: str | None = None
    oss_auto: bool = False


@dataclass(frozen=True)
class OssCode:
    """A VAT code for distance sales to one country at one rate.

    :ivar code: trimmed code in Exact
    :ivar vat_type: ``E``, ``I``, ``B`` or ``N``
    :ivar percentage: fraction
    """

    code: str
    vat_type: str
    percentage: Decimal


@dataclass(frozen=True)
class ProductRule:
    """What some products are for VAT; ``None`` / ``""`` means "any".

    :ivar kind: ``single_purpose`` (a voucher taxed when sold), ``multi_purpose`` (a
        voucher taxed when used) or ``margin`` (second-hand goods, margin scheme)
    :ivar key: the database id
    :ivar article: article code or SKU; a ``*`` at its end stands for any rest
    :ivar category: title of a category of the shop
    :ivar brand: title of a brand of the shop
    """

    kind: str
    key: int = 0
    article: str | None = None
    category: str | None = None
    brand: str | None = None


@dataclass(frozen=True)
class RefusedPeriod:
    """A financial period in which Exact refused a document.

    :ivar start: first day; ``end`` the last one
    :ivar label: its name, e.g. ``2025-12``
    :ivar detail: what Exact said
    """

    start: date
    end: date
    label: str
    detail: str = ""


@dataclass(frozen=True)
class FilingPolicy:
    """Which days are closed for new documents; see :func:`periods.place`.

    :ivar filed_through: last day of which the VAT return is filed; ``None`` for none
    :ivar late: what happens to older documents: ``hold``, or ``shift`` to the first
        day after it
    :ivar refused: periods that Exact refused, until somebody wants them tried again
    """

    filed_through: date | None = None
    late: str = "hold"
    refused: tuple[RefusedPeriod, ...] = ()


@dataclass(frozen=True)
class PaymentRule:
    """What follows from how an order was paid; ``None`` / ``""`` means "any".

    :ivar key: the database id of the rule
    :ivar payment_method: the shop's payment key, e.g. ``mollie``
    :ivar payment_title: part of what the shop calls the payment, e.g. ``iDEAL``
    :ivar cash_on_delivery: whether the customer pays the carrier
    :ivar payment_condition: code in Exact, ``""`` for the link's own
    :ivar clearing_account: GUID of the G/L account that a payment is booked on,
        ``""`` for no clearing entry
    """

    key: int
    payment_method: str = ""
    payment_title: str = ""
    cash_on_delivery: bool | None = None
    payment_condition: str = ""
    clearing_account: str = ""


@dataclass(frozen=True)
class InvoicePolicy:
    """How sales invoices are made; see the model ``exact.invoice.profile``.

    :ivar item_strategy: ``article`` (an item for each article code) or ``general`` (one
        item for each VAT rate)
    :ivar item_code: which code of the shop is the item's: ``article`` or ``sku``; the
        other one where it is empty
    :ivar missing_code: what a product without any code gets: ``general`` (the general
        item of its rate) or ``hold``
    :ivar general_code: code of the general items; ``{rate}`` becomes the percentage
    :ivar shipping_code: item code of shipping costs; ``payment_code`` of payment costs,
        ``gift_card_code`` of gift cards, ``rounding_code`` of rounding
    :ivar price_decimals: most decimals of a price that Exact keeps
    :ivar vat_amounts: ``split`` (a line whose VAT Exact would round to another cent is
        split until its own arithmetic gives it) or ``send`` (the VAT amount is sent and
        Exact is trusted to keep it; split only where the total could not tell)
    :ivar own_number: the order number goes along as the invoice's order number
    :ivar direct: direct invoices (8023/8024), which move stock out of ``warehouse``
    :ivar warehouse: GUID, only for direct invoices
    :ivar unit: code of the unit of items that are made, ``""`` for Exact's own
    :ivar labels: line kind -> word for it in the books' language; unset is English
    """

    item_strategy: str = "article"
    item_code: str = "article"
    missing_code: str = "general"
    general_code: str = "WEB-{rate}"
    shipping_code: str = "WEB-SHIPPING"
    payment_code: str = "WEB-PAYMENT"
    gift_card_code: str = "WEB-GIFTCARD"
    rounding_code: str = "WEB-ROUNDING"
    price_decimals: int = 4
    vat_amounts: str = "split"
    own_number: bool = False
    direct: bool = False
    warehouse: str = ""
    unit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """All choices of a link that decide how a sale is booked.

    :ivar vat: how the seller stands for VAT; also says where the shop is
    :ivar currency: the administration's currency; ``rounding_limit`` in it
    :ivar timezone: IANA name; a booking's date is the shop's local date
    :ivar date_source: order, invoice, payment, status or sync
    :ivar reference_prefix: ``""`` where the order number is unique by itself
    :ivar grouping: ``product`` (a line per product), ``account`` (a line per G/L
        account and VAT code) or ``day`` (the same, and consumer sales in one entry
        per day)
    :ivar zero_lines: ``skip`` or ``book``
    :ivar zero_total: ``skip`` or ``hold``
    :ivar description: template of the booking's description, see
        :func:`descriptions.booking_description`
    :ivar customers: which relation in Exact the customer is
    :ivar clearing_journal: code of the general journal for clearing entries
    :ivar debtor_account: GUID of the debtors account
    :ivar gift_card_payment: ``hold`` or ``clear``: what happens to orders that were
        paid with a gift card
    :ivar gift_card_field: where a row of the shop's data has the card's amount
    :ivar gift_card_account: GUID of the account that gift cards are owed on
    :ivar labels: line kind -> word for it in the books' language; unset is English
    :ivar filing: which days are closed for new documents
    :ivar categories: the shop's product id -> titles of its categories, casefolded
    :ivar product_rules: in the order in which they are tried
    :ivar oss_codes: (ISO alpha-2, rate as a fraction) -> VAT code of a distance sale
    :ivar currency_rule: for sales in another currency: ``hold``, ``exact_rate`` (Exact
        applies its own) or ``fixed_rate``
    :ivar currency_rate: for ``fixed_rate``: the administration's currency for one unit
        of the sale's
    :ivar currencies: ISO 4217 codes of the administration's currencies
    :ivar journal_currency: the only currency of the journal, ``""`` when it takes any
    :ivar document_kind: ``sales_entry`` or ``sales_invoice``
    :ivar invoice: how sales invoices are made; ``None`` without an invoice profile
    """

    vat: VatPosition
    currency: str
    timezone: str
    journal: str
    rules: tuple[Rule, ...]
    date_source: str = "order"
    payment_condition: str = ""
    reference_prefix: str = ""
    grouping: str = "product"
    zero_lines: str = "skip"
    zero_total: str = "skip"
    rounding_limit: Decimal = Decimal("0.05")
    description: str = ""
    customers: CustomerPolicy = field(default_factory=CustomerPolicy)
    payment_rules: tuple[PaymentRule, ...] = ()
    clearing_journal: str = ""
    debtor_account: str = ""
    gift_card_payment: str = "hold"
    gift_card_field: str = "amount"
    gift_card_account: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    filing: FilingPolicy = FilingPolicy()
    categories: Mapping[str, frozenset[str]] = field(default_factory=dict)
    product_rules: tuple[ProductRule, ...] = ()
    oss_codes: Mapping[tuple[str, Decimal], OssCode] = field(default_factory=dict)
    currency_rule: str = "hold"
    currency_rate: Decimal | None = None
    currencies: frozenset[str] = frozenset()
    journal_currency: str = ""
    document_kind: str = "sales_entry"
    invoice: InvoicePolicy | None = None


@dataclass(frozen=True)
class Article:
    """What was sold, as the shop tells it: what an item in Exact is found by.

    :ivar code: article code; ``sku``, ``ean`` beside it, each ``""`` when empty
    :ivar title: product and variant, as on the line
    :ivar variant_id: the shop's id of the variant, ``""`` when it is gone
    """

    code: str = ""
    sku: str = ""
    ean: str = ""
    title: str = ""
    variant_id: str = ""


@dataclass(frozen=True)
class BookingLine:
    """One line as it will stand in Exact.

    :ivar net: excluding VAT, 2 decimals; ``vat`` the VAT amount, 2 decimals
    :ivar rule_key: which ledger rule decided
    :ivar vat_type: type of the VAT code, see :class:`Rule`
    :ivar source_id: the shop's id of the order line, ``""`` for costs and rounding
    :ivar country: where the goods go, ISO alpha-2
    :ivar article: what was sold, of product lines; ``None`` where a line is of several
    """

    kind: LineKind
    description: str
    quantity: Decimal | None
    net: Decimal
    vat: Decimal
    rate: Decimal
    treatment: str
    gl_account: str
    vat_code: str
    rule_key: int
    gl_code: str = ""
    cost_center: str = ""
    cost_unit: str = ""
    vat_type: str = "E"
    source_id: str = ""
    country: str = ""
    article: Article | None = None

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


@dataclass(frozen=True)
class Proof:
    """That the booking equals the order: per VAT rate, per treatment and in total.

    :ivar per_rate: (rate, net, vat) as booked, one per rate, ascending; a rounding
        line counts under rate 0, so that the rows add up to ``booked_gross``
    :ivar order_gross: the order's own total
    :ivar booked_gross: sum of the booked lines; always equal to ``order_gross``
    :ivar rounding: what the rounding line took, zero for nearly every order
    :ivar per_treatment: (treatment, rate, net, vat) as booked, in the order of its
        first two; a rounding line counts as in ``per_rate``
    """

    order_gross: Decimal
    booked_gross: Decimal
    per_rate: tuple[tuple[Decimal, Decimal, Decimal], ...]
    rounding: Decimal = Decimal(0)
    per_treatment: tuple[tuple[str, Decimal, Decimal, Decimal], ...] = ()


@dataclass(frozen=True)
class Booking:
    """One document for the books; everything but the customer's GUID in Exact.

    :ivar entry_date: the day it is booked on
    :ivar shifted_from: its own day, when that lies in a period whose VAT is filed
    :ivar kind: ``sale``, ``credit`` (a credit note or a reversal) or ``correction``
    :ivar parts: the lines before they were grouped, one for each line of the shop's
        document: credits are made from them
    :ivar original: reference of the document that this one credits or corrects
    :ivar treatment: see :class:`vat.Treatment`
    :ivar treatment_reason: why, one of :data:`vat.REASONS`
    :ivar treatment_params: values for the reason's sentence, all text
    :ivar country: ISO alpha-2 of the country whose VAT the destination has
    :ivar vat_number: the customer's, normalised; ``""`` when there is none
    :ivar needs_vies: right only if the tax office knows that number
    :ivar threshold_net: net that counts for the threshold of distance sales
    :ivar oss_period: quarter of the OSS return, e.g. ``2026Q3``; ``""`` without OSS
    :ivar exchange_rate: the administration's currency for one unit of ``currency``;
        ``None`` leaves it to Exact
    :ivar document_kind: ``sales_entry`` or ``sales_invoice``; what credits or corrects
        it is of the same kind
    :ivar number: the shop's number of the document, only of the first booking of a sale
    """

    reference: str
    journal: str
    entry_date: date
    date_source: str
    currency: str
    description: str
    treatment: str
    lines: tuple[BookingLine, ...]
    proof: Proof
    payment_condition: str = ""
    kind: str = "sale"
    parts: tuple[BookingLine, ...] = ()
    original: str = ""
    treatment_reason: str = ""
    treatment_params: dict = field(default_factory=dict)
    country: str = ""
    vat_number: str = ""
    needs_vies: bool = False
    threshold_net: Decimal = Decimal(0)
    oss_period: str = ""
    shifted_from: date | None = None
    exchange_rate: Decimal | None = None
    document_kind: str = "sales_entry"
    number: str = ""

    @property
    def gross(self) -> Decimal:
        return self.proof.booked_gross


@dataclass(frozen=True)
class Skip:
    """Nothing to book, by rule: ``code`` says which (e.g. ``"zero_total"``)."""

    code: str
    params: dict = field(default_factory=dict)
