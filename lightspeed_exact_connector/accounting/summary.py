"""The booking summary: what a booking is made of, as texts for a page to attach."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from .booking import Booking, BookingLine
from .money import cents, normal
from .texts import clean, cut

#: A text longer than this tells a reader nothing more.
TEXT_LIMIT = 500
#: Of words and codes.
WORD_LIMIT = 60

#: English words; ``Words.texts`` has those of the shop's language.
TEXTS = {
    "title": "Booking summary",
    "reference": "Reference",
    "number": "Order number",
    "customer": "Customer",
    "date": "Entry date",
    "journal": "Journal",
    "original": "Belongs to",
    "treatment": "VAT treatment",
    "reason": "Why",
    "currency": "Currency",
    "line": "Line",
    "quantity": "Quantity",
    "account": "Account",
    "vat_code": "VAT code",
    "net": "Net",
    "vat": "VAT",
    "gross": "Gross",
    "rate": "VAT rate",
    "total": "Total",
}


@dataclass(frozen=True)
class Words:
    """How the books' language writes.

    :ivar texts: key of :data:`TEXTS` -> word; unset is English
    :ivar decimal_point: between whole and cents
    :ivar thousands: between groups of three digits
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    decimal_point: str = "."
    thousands: str = ""

    def word(self, key: str) -> str:
        """Return a word."""
        return cut(self.texts.get(key) or TEXTS[key], WORD_LIMIT)

    def amount(self, value: Decimal) -> str:
        """Return an amount with two decimals."""
        text = f"{cents(value):,.2f}"
        parts = {",": self.thousands, ".": self.decimal_point}
        return "".join(parts.get(char, char) for char in text)

    def number(self, value: Decimal | None) -> str:
        """Return a number without needless zeros, ``""`` for none."""
        if value is None:
            return ""
        return normal(value).replace(".", self.decimal_point)

    def rate(self, value: Decimal) -> str:
        """Return a fraction as a percentage."""
        return f"{self.number(value * 100)} %"


@dataclass(frozen=True)
class Summary:
    """A page of texts; tables have their heading row apart.

    :ivar facts: (label, text), empty ones left out
    :ivar lines: rows as wide as ``line_heading``: text, quantity, account, VAT code,
        net, VAT, gross
    :ivar rates: rows as wide as ``rate_heading``: rate, net, VAT, gross
    :ivar total: the last row under both tables' amounts: word, net, VAT, gross
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    line_heading: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    rate_heading: tuple[str, ...]
    rates: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]


def summary(booking: Booking, words: Words, told: Mapping[str, str]) -> Summary:
    """Return the summary of a booking: the same for the same booking and words.

    :param told: what the booking does not know, as texts: ``number``, ``customer``,
        ``date`` (the entry date as the language writes it), ``treatment`` and
        ``reason``; each may be missing
    """
    facts = {
        "reference": booking.reference,
        "number": told.get("number", ""),
        "original": booking.original,
        "customer": told.get("customer", ""),
        "date": told.get("date") or booking.entry_date.isoformat(),
        "journal": booking.journal,
        "currency": booking.currency,
        "treatment": told.get("treatment") or booking.treatment,
        "reason": told.get("reason", ""),
    }
    amounts = (words.word("net"), words.word("vat"), words.word("gross"))
    net = sum((cents(line.net) for line in booking.lines), Decimal(0))
    return Summary(
        title=cut(f"{words.word('title')} {booking.reference}", TEXT_LIMIT),
        facts=tuple(
            (words.word(key), cut(text, TEXT_LIMIT))
            for key, text in facts.items()
            if clean(text)
        ),
        line_heading=(
            words.word("line"),
            words.word("quantity"),
            words.word("account"),
            words.word("vat_code"),
            *amounts,
        ),
        lines=tuple(_line(line, words) for line in booking.lines),
        rate_heading=(words.word("rate"), *amounts),
        rates=tuple(
            (words.rate(rate), *_amounts(words, net, vat))
            for rate, net, vat in booking.proof.per_rate
        ),
        total=(words.word("total"), *_amounts(words, net, booking.gross - net)),
    )


def _line(line: BookingLine, words: Words) -> tuple[str, ...]:
    return (
        cut(line.description, TEXT_LIMIT),
        words.number(line.quantity),
        cut(line.gl_code, WORD_LIMIT),
        cut(line.vat_code, WORD_LIMIT),
        *_amounts(words, line.net, line.vat),
    )


def _amounts(words: Words, net: Decimal, vat: Decimal) -> tuple[str, str, str]:
    return words.amount(net), words.amount(vat), words.amount(net + vat)


def file_name(reference: str, extension: str = "pdf") -> str:
    """Return a file name that every system takes, made of a reference."""
    kept = "".join(
        char if char.isascii() and (char.isalnum() or char in "._-") else "-"
        for char in reference
    )
    return f"{kept.strip('.-') or 'document'}.{extension}"
