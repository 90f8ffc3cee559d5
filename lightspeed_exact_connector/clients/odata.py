"""OData literals and filters for Exact (Exact reference 8.1)."""

import uuid
from datetime import date, datetime
from urllib.parse import quote as percent_encoded

MAX_TERMS = 40
"""Most terms of an ``or`` filter (Exact reference 2.1)."""
MAX_URL = 6000
"""Exact refuses addresses of about so many characters (Exact reference 2.1)."""


def quote(text):
    """A text as an OData literal: in quotes, with its own quotes doubled.

    :param str text: any text
    :rtype: str
    """
    return "'" + str(text).replace("'", "''") + "'"


def guid_literal(value):
    """``guid'…'`` in lower case.

    :param value: text or :class:`uuid.UUID`
    :rtype: str
    :raise ValueError: not a GUID
    """
    return f"guid'{uuid.UUID(str(value))}'"


def date_literal(value):
    """``datetime'2026-11-23T00:00:00'`` of a date, or of a time as it stands.

    Exact's own times are local server time without zone (reference 8.3), so a time
    with a zone is refused: convert it first.

    :param value: date, or datetime without zone
    :rtype: str
    :raise ValueError: a time with a zone
    """
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        raise ValueError("Convert to Exact's server time first, and drop the zone.")
    return f"datetime'{value.isoformat(timespec='seconds')}'"


def literal(value):
    """A Python value as an OData literal.

    :param value: bool, int, UUID, date, datetime without zone, or text
    :rtype: str
    :raise ValueError: a time with a zone
    :raise TypeError: anything else
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, uuid.UUID):
        return guid_literal(value)
    if isinstance(value, date):
        return date_literal(value)
    if isinstance(value, str):
        return quote(value)
    raise TypeError(f"No OData literal for {type(value).__name__}.")


def any_of(field, values):
    """``(F eq 'a' or F eq 'b')``, in brackets so that it can be joined with ``and``.

    :param str field: property name
    :param values: at least one; see :func:`literal`
    :rtype: str
    :raise ValueError: no values
    """
    terms = [f"{field} eq {literal(value)}" for value in values]
    if not terms:
        raise ValueError("A filter needs a value.")
    return f"({' or '.join(terms)})"


def chunks(field, values, *, max_terms=MAX_TERMS, max_chars=MAX_URL - 2000):
    """Cut values into lists that :func:`any_of` can take, within the vendor's bounds.

    :param str field: property name that they will be compared with
    :param values: any number; see :func:`literal`
    :param int max_chars: characters of one filter, percent-encoded; what is left of
        ``MAX_URL`` is for the rest of the address
    :rtype: Iterator[list]
    """
    chunk, size = [], 0
    for value in values:
        length = len(percent_encoded(f" or {field} eq {literal(value)}"))
        if chunk and (len(chunk) == max_terms or size + length > max_chars):
            yield chunk
            chunk, size = [], 0
        chunk.append(value)
        size += length
    if chunk:
        yield chunk
