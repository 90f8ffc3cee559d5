"""Clearing entries: the debtor against the account that the money came in on.

A general journal entry of two lines (Exact reference 7.5).  Matching it with the sales
entry has no call in Exact: it is left to Exact or to a bookkeeper.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .booking import Booking, Hold, Policy, Skip
from .dates import local_date, paid_at
from .exact_values import date_or_none, guid, guid_or_empty, trim
from .money import ZERO, cents, plain
from .payments import choose, gift_card_amount
from .reference import uniqueness_key
from .sale import Sale
from .texts import cut, width

PAYMENT, GIFT_CARD = "payment", "gift_card"
#: Safe length of descriptions in Exact (Exact reference 5.1 and 12).
DESCRIPTION_LIMIT = 60
#: ``OurRef`` is an Int32 (metadata of GeneralJournalEntryLines).
_MAX_INT32 = 2**31 - 1
_SUFFIXES = {PAYMENT: "-P1", GIFT_CARD: "-G1"}
_LABELS = {PAYMENT: "Payment", GIFT_CARD: "Gift card"}


@dataclass(frozen=True)
class Clearing:
    """An entry that takes a debt of the customer away.

    :ivar kind: ``payment`` or ``gift_card``
    :ivar reference: unique in the administration; the description ends with it
    :ivar journal: code of a general journal
    :ivar account: GUID of the account that is debited
    :ivar debtor: GUID of the debtors account that is credited
    :ivar amount: 2 decimals; below zero for what a credit note pays back
    :ivar exchange_rate: that of the document, so that both can be matched; ``None``
        leaves it to Exact
    :ivar our_ref: number of the sales entry, by which Exact can match; or ``None``
    """

    kind: str
    reference: str
    journal: str
    entry_date: date
    currency: str
    account: str
    debtor: str
    amount: Decimal
    description: str
    our_ref: int | None = None
    exchange_rate: Decimal | None = None


def decide_clearing(
    kind: str, sale: Sale, policy: Policy, booking: Booking, entry_number: str = ""
) -> Clearing | Skip:
    """Return the clearing entry of a paid document, or that there is none, by rule.

    What gift cards paid and what was paid otherwise add up to the booked total.

    :param kind: :data:`PAYMENT` or :data:`GIFT_CARD`
    :param booking: the document as it was booked
    :param entry_number: its number in Exact
    :raise Hold: ``clearing_order_changed``, ``clearing_card_credit``,
        ``clearing_settings``, what :func:`payments.gift_card_amount` raises,
        ``timezone_unknown``
    """
    if abs(sale.gross) != abs(booking.gross):
        raise Hold(
            "clearing_order_changed",
            order_total=plain(sale.gross),
            booked_total=plain(booking.gross),
        )
    if booking.gross < 0 and sale.gift_cards:
        raise Hold("clearing_card_credit")
    cards = gift_card_amount(sale, policy)
    if kind == GIFT_CARD:
        account, amount = policy.gift_card_account, cards
    else:
        rule = choose(sale, policy)
        if rule is None or not rule.clearing_account:
            return Skip("clearing_no_rule", {"method": _paid_with(sale) or "-"})
        account, amount = rule.clearing_account, abs(booking.gross) - cards
    if not amount:
        return Skip("clearing_nothing", {})
    if not policy.clearing_journal or not policy.debtor_account:
        raise Hold("clearing_settings")
    reference = clearing_reference(booking.reference, kind)
    return Clearing(
        kind=kind,
        reference=reference,
        journal=policy.clearing_journal,
        entry_date=clearing_date(sale, policy, booking),
        currency=booking.currency,
        account=account,
        debtor=policy.debtor_account,
        amount=cents(amount if booking.gross >= 0 else -amount),
        description=description(kind, sale, policy, reference),
        our_ref=_our_ref(entry_number),
        # Kept for documents in another currency than the administration's only.
        exchange_rate=booking.exchange_rate,
    )


def clearing_reference(reference: str, kind: str) -> str:
    """Return the reference of a clearing: that of the document and what it clears."""
    return reference + _SUFFIXES[kind]


def clearing_date(sale: Sale, policy: Policy, booking: Booking) -> date:
    """Return the shop's date of the payment, never before the document's.

    Where the payment's moment is unknown, the document's date.
    """
    moment = paid_at(sale)
    if moment is None:
        return booking.entry_date
    return max(local_date(moment, policy.timezone), booking.entry_date)


def description(kind: str, sale: Sale, policy: Policy, reference: str) -> str:
    """Return e.g. ``Payment iDEAL ORD00412-P1``, the reference always whole."""
    word = policy.labels.get(f"clearing_{kind}") or _LABELS[kind]
    if kind == PAYMENT:
        word = f"{word} {_paid_with(sale)}"
    return f"{cut(word, DESCRIPTION_LIMIT - width(reference) - 1)} {reference}"


def _paid_with(sale: Sale) -> str:
    return sale.payment_title or sale.payment_option or sale.payment_method


def _our_ref(entry_number: str) -> int | None:
    number = trim(entry_number)
    if not number.isascii() or not number.isdigit():
        return None
    return int(number) if int(number) <= _MAX_INT32 else None


# === EXACT'S JSON === #


def journal_entry(clearing: Clearing, customer_guid: str) -> dict:
    """Return the payload of ``POST generaljournalentry/GeneralJournalEntries``.

    Debit is positive, and the lines sum to zero (Exact reference 7.5).  The header has
    neither a date nor a text of its own: both are the lines'.

    :param customer_guid: the relation that owes the money
    :raise ValueError: when that is no GUID
    """
    debit = {"GLAccount": clearing.account, **_shared(clearing)}
    credit = {
        "GLAccount": clearing.debtor,
        "Account": guid(customer_guid),
        **_shared(clearing),
    }
    header = {"JournalCode": clearing.journal, "Currency": clearing.currency}
    if clearing.exchange_rate is not None:
        header["ExchangeRate"] = clearing.exchange_rate
    return {
        **header,
        "GeneralJournalEntryLines": [
            {**debit, "AmountFC": clearing.amount},
            {**credit, "AmountFC": -clearing.amount},
        ],
    }


def _shared(clearing: Clearing) -> dict:
    shared = {
        "Date": f"{clearing.entry_date.isoformat()}T00:00:00",
        "Description": clearing.description,
    }
    if clearing.our_ref is not None:
        shared["OurRef"] = clearing.our_ref
    return shared


def entry_text(payload: dict) -> str:
    """Return the text by which an entry is found again: it ends with the reference."""
    return payload["GeneralJournalEntryLines"][0]["Description"]


def same_entry(found: dict, intended: dict) -> list[str]:
    """Return in what an entry of Exact differs from the intended one.

    :param found: ``JournalCode`` and ``Currency`` of the entry, and ``lines``: rows of
        ``GeneralJournalEntryLines`` with ``GLAccount``, ``Account``, ``AmountFC``,
        ``Date`` and ``Description``
    :param intended: a payload of :func:`journal_entry`
    :return: names of the differences: ``customer``, ``journal``, ``date``, ``total``,
        ``currency``, ``reference``; empty when it may be adopted
    """
    there, here = found["lines"], intended["GeneralJournalEntryLines"]
    pairs = {
        "customer": (_relations(there), _relations(here)),
        "journal": (trim(found.get("JournalCode")), trim(intended["JournalCode"])),
        "date": (
            _values(there, "Date", date_or_none),
            _values(here, "Date", date_or_none),
        ),
        "total": (_amounts(there), _amounts(here)),
        "reference": (
            _values(there, "Description", _key),
            _values(here, "Description", _key),
        ),
    }
    if trim(found.get("Currency")):
        pairs["currency"] = (trim(found["Currency"]), trim(intended["Currency"]))
    return [name for name, (one, other) in pairs.items() if not one or one != other]


def debits(lines, account: str) -> bool | None:
    """Return whether lines of the ledger debit an account.

    :param lines: rows of ``financialtransaction/TransactionLines``, which have debit
        positive (Exact reference 5.6): ``GLAccount``, ``AmountDC``
    :param account: GUID
    :return: ``None`` when they do not tell
    """
    amount = _amounts(lines, "AmountDC").get(guid_or_empty(account), ZERO)
    if amount.is_nan() or not amount:
        return None
    return amount > 0


def _relations(lines) -> set:
    return {guid_or_empty(line.get("Account")) for line in lines} - {""}


def _amounts(lines, name: str = "AmountFC") -> dict:
    """Return G/L account -> sum, each to the cent."""
    sums = {}
    for line in lines:
        key = guid_or_empty(line.get("GLAccount"))
        sums[key] = sums.get(key, ZERO) + _cents(line.get(name))
    return sums


def _values(lines, name: str, read) -> set:
    return {read(line.get(name)) for line in lines}


def _cents(value) -> Decimal:
    try:
        return cents(value)
    except ValueError:
        return Decimal("NaN")


def _key(value) -> str:
    return uniqueness_key(trim(value))
