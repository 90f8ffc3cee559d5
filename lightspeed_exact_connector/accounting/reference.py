"""``YourRef``: the reference by which a document is found again in Exact."""

import hashlib
import unicodedata

from .texts import clean, cut, width

#: Safe length of ``YourRef`` (Exact reference 12: "cut ``YourRef`` at 30").
REFERENCE_LIMIT = 30
_HASH_DIGITS = 8


def fold(text: str, limit: int = REFERENCE_LIMIT) -> str:
    """Return ``text`` as Exact keeps it, never silently cut.

    Control characters and surplus blanks go, upper and lower case stay.  What is
    longer than ``limit`` keeps its head and gets ``~`` and eight hexadecimal digits
    of the SHA-256 of the *whole* text, so that two long texts stay two.

    :param limit: the maximum in UTF-16 units, at least 10
    :raise ValueError: when the limit leaves no room for the hash
    """
    if limit < _HASH_DIGITS + 2:
        raise ValueError("limit too small for a folded text")
    cleaned = clean(text)
    if width(cleaned) <= limit:
        return cleaned
    full = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{cut(cleaned, limit - _HASH_DIGITS - 1)}~{full[:_HASH_DIGITS]}"


def your_ref(
    prefix: str, number: str, generation: int = 0, limit: int = REFERENCE_LIMIT
) -> str:
    """Return the reference of a document: prefix, number, and its generation.

    :param generation: 0 for the first booking; ``n`` adds ``-Rn`` (credits and
        rebookings), which folding never removes
    :raise ValueError: for a negative generation
    """
    if generation < 0:
        raise ValueError("generation below zero")
    suffix = f"-R{generation}" if generation else ""
    return fold(f"{prefix}{number}", limit - len(suffix)) + suffix


def uniqueness_key(text: str) -> str:
    """Return what two references must differ in: case and form of letters do not count.

    Exact's comparison ignores case, so ours must.
    """
    return unicodedata.normalize(
        "NFKC", unicodedata.normalize("NFKC", clean(text)).casefold()
    )
