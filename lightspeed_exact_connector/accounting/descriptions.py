"""What the bookkeeper reads: the descriptions of a booking and of its lines."""

from datetime import date

from .booking import Policy
from .money import normal
from .reference import your_ref
from .sale import LineKind, Sale, SaleLine
from .texts import clean, cut

#: Safe length of descriptions in Exact (Exact reference 5.1 and 12).
DESCRIPTION_LIMIT = 60
DEFAULT_TEMPLATE = "Webshop order {number}"
#: Words for the kinds of line where the books have none of their own.
DEFAULT_LABELS = {
    LineKind.PRODUCT: "Products",
    LineKind.SHIPPING: "Shipping",
    LineKind.PAYMENT: "Payment costs",
    LineKind.GIFT_CARD: "Gift card",
    LineKind.ROUNDING: "Rounding",
}


def label(kind: LineKind, policy: Policy) -> str:
    """Return the word for a kind of line."""
    return policy.labels.get(kind.value) or DEFAULT_LABELS[kind]


def booking_description(
    sale: Sale, policy: Policy, true_date: date | None = None
) -> str:
    """Return the description of the booking, at most 60 long.

    ``policy.description`` may hold ``{number}`` (the order's, also for an invoice),
    ``{invoice}`` (the numbers of the shop's invoices, or that of this one),
    ``{reference}`` and ``{customer}``; anything else in braces stays as it is.
    Without a template: the order's number and, where there is one, the invoice's.

    :param true_date: the document's own day, when it is booked on another one; it is
        added and never cut away
    """
    invoices = ", ".join(found.number for found in sale.invoices if found.number)
    template = clean(policy.description)
    if not template:
        template = DEFAULT_TEMPLATE + (" / {invoice}" if invoices else "")
    values = {
        "number": sale.order_number or sale.number,
        "invoice": invoices,
        "reference": your_ref(policy.reference_prefix, sale.number),
        "customer": _customer(sale),
    }
    return with_true_date(_fill(template, values), true_date)


def with_true_date(text: str, true_date: date | None) -> str:
    """Return a description with the document's own day, at most 60 long.

    :param true_date: ``None`` when the document is booked on its own day
    """
    if not true_date:
        return cut(text, DESCRIPTION_LIMIT)
    suffix = f" ({true_date:%d-%m-%Y})"
    return cut(text, DESCRIPTION_LIMIT - len(suffix)) + suffix


def _fill(template: str, values: dict) -> str:
    """Fill in what is known, once: a value that looks like a field stays a value."""
    head, *rest = template.split("{")
    parts = [head]
    for piece in rest:
        name, closed, tail = piece.partition("}")
        known = closed and name in values
        parts.append(values[name] + tail if known else "{" + piece)
    return "".join(parts)


def _customer(sale: Sale) -> str:
    party = sale.customer
    if party.is_company and party.company:
        return party.company
    names = (party.firstname, party.middlename, party.lastname)
    return " ".join(name for name in names if name) or sale.billing.name


def line_description(line: SaleLine, policy: Policy) -> str:
    """Return e.g. ``2 x Mok blauw - groot``; costs go without a number of units."""
    title = line.title or line.article_code or line.sku or label(line.kind, policy)
    if line.kind == LineKind.PRODUCT:
        title = f"{normal(line.quantity)} x {title}"
    return cut(title, DESCRIPTION_LIMIT)


def group_description(kinds, rate, policy: Policy) -> str:
    """Return what a line of several is for, e.g. ``Products, Shipping 21%``.

    :param kinds: the kinds of line in it, repeats allowed
    :param rate: fraction
    """
    words = dict.fromkeys(label(kind, policy) for kind in kinds)
    return cut(f"{', '.join(words)} {normal(rate * 100)}%", DESCRIPTION_LIMIT)
