"""The reason catalogue: every code a person can meet, in words.

Codes come from ``accounting`` (holds and skips) and ``clients`` (errors); records
store code and values, never a sentence, so that everybody reads their own language.
Each entry says what it means and what to do about it: those of a sale, of a document,
of an invoice and of the wire each in a module of its own, why a VAT treatment in
``reasons_vat``.
"""

import re
from decimal import Decimal, InvalidOperation

from odoo.tools import LazyTranslate, format_date

from . import (
    reasons_attachment,
    reasons_document,
    reasons_draft,
    reasons_incident,
    reasons_invoice,
    reasons_privacy,
    reasons_products,
    reasons_rehearsal,
    reasons_sale,
    reasons_webhooks,
    reasons_wire,
)
from .reason import with_who
from .reasons_vat import AREAS, RATE_UNVERIFIED, SUSPICIONS, TREATMENT_REASONS

_lt = LazyTranslate(__name__)

# What stands for a value that each of many records has of its own.
OPEN = "…"


class _Values(dict):
    """Values of a sentence: a missing one reads as a question mark."""

    def __missing__(self, key):
        return "?"


# Where an entry belongs, in the order in which the catalogue shows them.
ROOMS = {
    "sale": reasons_sale,
    "document": reasons_document,
    "attachment": reasons_attachment,
    "draft": reasons_draft,
    "products": reasons_products,
    "rehearsal": reasons_rehearsal,
    "invoice": reasons_invoice,
    "webhooks": reasons_webhooks,
    "wire": reasons_wire,
    "incident": reasons_incident,
    "privacy": reasons_privacy,
}

REASONS = {
    code: reason
    for room in ROOMS.values()
    for code, reason in with_who(room.REASONS, room.WHO).items()
}

# Who can do something about it.
WHO = [
    ("merchant", "The shop"),
    ("bookkeeper", "The bookkeeper"),
    ("agency", "The agency"),
    ("nobody", "Nobody: it goes by itself, or is meant so"),
]


def explain_treatment(env, code, params=None):
    """Return why a sale has its VAT treatment, in the user's language.

    :param str code: one of ``vat.REASONS``; ``""`` for bookings that have none
    :param dict params: values for the sentence, see ``vat.VatDecision``
    :return: a sentence or two, ``""`` for an unknown code
    :rtype: str
    """
    if code not in TREATMENT_REASONS:
        return ""
    values = _Values(params or {})
    labels = _Values({key: _label(env, key, value) for key, value in values.items()})
    sentences = [env._(TREATMENT_REASONS[code])]
    if values.get("rate"):
        sentences.append(env._(RATE_UNVERIFIED))
    return " ".join(sentence % labels for sentence in sentences)


def describe(env, code, params=None):
    """Return what a code means and what to do, in the user's language.

    :param str code: key of the catalogue; unknown ones fall back to a general text
    :param dict params: values for the sentence
    :return: sentence and advice
    :rtype: tuple(str, str)
    """
    if not code:
        return "", ""
    values = _Values(params or {})
    values.setdefault("detail", env._("it gave no explanation"))
    reason = REASONS.get(code) or _fallback(code)
    labels = _Values({key: _label(env, key, value) for key, value in values.items()})
    if values.get("reason") in SUSPICIONS:
        # Why VAT is suspicious is a sentence of its own, with the same values.
        labels["reason"] = labels["reason"] % labels
    text, advice = env._(reason.text), env._(reason.advice)
    return text % labels, advice % labels


def short_label(env, code):
    """Return what a code means for many records at once, without their values.

    :param str code: key of the catalogue; unknown ones fall back to a general text
    :return: the first sentence, without its full stop
    :rtype: str
    """
    sentence = describe_all(env, code)[0].split(". ")[0].rstrip(".")
    # Several gaps in a row are one.
    return re.sub(r"…(?:[ ,]*…)+", "…", sentence).removesuffix(": …")


def who_can(code):
    """Return who can do something about what a code says.

    :param str code: key of the catalogue, or empty
    :return: one of :data:`WHO`, ``False`` without a code
    """
    return (REASONS.get(code) or _fallback(code)).who if code else False


def describe_all(env, code, params=None):
    """Return what a code means for many records: what differs is left open.

    :param dict params: the values that all of them share
    :return: sentence and advice, with ``…`` for what each has of its own
    :rtype: tuple(str, str)
    """
    reason = REASONS.get(code) or _fallback(code or "")
    open_ones = placeholders(reason.text._source, reason.advice._source)
    if (params or {}).get("reason") in SUSPICIONS:
        open_ones |= placeholders(SUSPICIONS[params["reason"]]._source)
    return describe(env, code, {**dict.fromkeys(open_ones, OPEN), **(params or {})})


def placeholders(*texts):
    """Return the names of the values that texts want.

    :rtype: set(str)
    """
    return {name for text in texts for name in re.findall(r"%\((\w+)\)s", text)}


def _fallback(code):
    """Return a general text for a code that has none of its own."""
    return REASONS["rejected" if code.startswith("refused.") else "internal"]


# Values that are words of our own, never texts of a shop or a person.
VOCABULARY = {"line_kind", "treatment", "reason", "problem", "detail"}

LABELS = {
    **SUSPICIONS,
    **reasons_attachment.LABELS,
    # Sentences of the clients, where the vendor gave none.
    "The connection broke before the whole answer came.": _lt(
        "the connection broke before the whole answer came"
    ),
    "No secure connection could be made.": _lt("no secure connection could be made"),
    "No connection could be made.": _lt("no connection could be made"),
    "This request cannot be written.": _lt("the request cannot be written"),
    "No whole answer came in time.": _lt("no whole answer came in time"),
    # Error words of VIES.
    "SERVICE_UNAVAILABLE": _lt("the service is not available"),
    "MS_UNAVAILABLE": _lt("the tax office of that country does not answer"),
    "TIMEOUT": _lt("the tax office of that country does not answer in time"),
    "GLOBAL_MAX_CONCURRENT_REQ": _lt("it has too many questions at the moment"),
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": _lt("it has too many questions at the moment"),
    "MS_MAX_CONCURRENT_REQ": _lt("that country has too many questions at the moment"),
    "MS_MAX_CONCURRENT_REQ_TIME": _lt(
        "that country has too many questions at the moment"
    ),
    "IP_BLOCKED": _lt("the address of this server is blocked"),
    "VAT_BLOCKED": _lt("the VAT number is blocked"),
    "There is no consultation number in the answer.": _lt(
        "there is no consultation number in the answer"
    ),
    "product": _lt("products"),
    "shipping": _lt("shipping costs"),
    "payment": _lt("payment costs"),
    "gift_card": _lt("gift cards"),
    "rounding": _lt("rounding"),
    "domestic": _lt("domestic sale"),
    "oss": _lt("distance sale (OSS)"),
    "local": _lt("sale with VAT of another country (own registration)"),
    "reverse_charge": _lt("intra-Community supply (reverse charge)"),
    "export": _lt("export"),
    "exempt": _lt("no VAT inside the country"),
    "small_business": _lt("small-business scheme"),
    "margin": _lt("margin scheme"),
    "out_of_scope": _lt("no supply"),
    "suspicious": _lt("suspicious"),
    "missing": _lt("missing"),
    "not_an_object": _lt("of the wrong kind"),
    "not_a_list": _lt("of the wrong kind"),
    "not_a_number": _lt("not a number"),
    "not_a_text": _lt("not a text"),
    "not_a_moment": _lt("not a date and time"),
    "out_of_range": _lt("out of range"),
    "not_whole_cents": _lt("not whole cents"),
    "another_order": _lt("that of another order"),
    # Why an item cannot be sold.
    "no_sales_item": _lt("it is no sales item"),
    "ended": _lt("it has ended"),
    "not_started": _lt("it has not started yet"),
    "customer": _lt("customer"),
    "journal": _lt("journal"),
    "date": _lt("date"),
    "total": _lt("total"),
    "reference": _lt("reference"),
    "currency": _lt("currency"),
}


def _label(env, key, value):
    """Show a value as a person reads it: vocabulary translated, rates in percent."""
    if key in VOCABULARY and isinstance(value, str) and value in LABELS:
        return env._(LABELS[value])
    if key == "area" and value in AREAS:
        return env._(AREAS[value])
    if key in ("rate", "percentage", "booked_rate"):
        return as_percentage(value)
    if key == "day":
        return format_date(env, value) or value
    if key == "differences":
        words = str(value).split(", ")
        return ", ".join(_label(env, "reason", word) for word in words)
    return value


def as_percentage(rate):
    """Return a fraction as people write it: ``0.21`` is ``21 %``.

    :param rate: Decimal or its text
    :rtype: str
    """
    try:
        return f"{(Decimal(rate) * 100).normalize():f} %"
    except (InvalidOperation, TypeError, ValueError):
        return str(rate)  # one odd row must not close a whole list
