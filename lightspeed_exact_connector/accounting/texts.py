"""Texts for the books: cleaned of what a ledger cannot keep, cut where it is safe."""

import unicodedata

_JOINER = "\u200d"
_KEPT_FORMAT = {_JOINER, "\u200c"}
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_REGIONAL = range(0x1F1E6, 0x1F200)
#: More marks than this on one character are an ornament, not a writing system.
_MAX_CLUSTER = 16


def clean(text: str) -> str:
    """Return ``text`` as one line: no control characters, no doubled blanks.

    Lone surrogates, unassigned characters and invisible formatting are dropped,
    any kind of blank becomes a plain one, and characters are composed (NFC).
    """
    kept = "".join(_keep(char) for char in text)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _keep(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp") or char in "\t\n\r\v\f":
        return " "
    if category in ("Cc", "Cs", "Cn") or (
        category == "Cf" and char not in _KEPT_FORMAT
    ):
        return ""
    return char


def width(text: str) -> int:
    """Return the length in UTF-16 units, as Exact (.NET) counts: an emoji is two."""
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def cut(text: str, limit: int) -> str:
    """Return ``text`` cleaned and no longer than ``limit``, cut between characters.

    A letter is never parted from its accents, nor an emoji from what is joined to
    it.

    :param limit: the maximum in UTF-16 units
    """
    text = clean(text)
    if width(text) <= limit:
        return text
    used, kept = 0, []
    for cluster in _clusters(text):
        used += width(cluster)
        if used > limit:
            break
        kept.append(cluster)
    return "".join(kept).rstrip()


def _clusters(text: str):
    """Yield what a reader sees as one character (a light form of UAX 29)."""
    cluster = ""
    for char in text:
        if cluster and not _continues(cluster, char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _continues(cluster: str, char: str) -> bool:
    if len(cluster) >= _MAX_CLUSTER:
        return False
    if char == _JOINER or unicodedata.category(char) in ("Mn", "Me", "Mc"):
        return True
    if ord(char) in _SKIN_TONES:
        return True
    if len(cluster) == 1 and ord(cluster) in _REGIONAL:
        return ord(char) in _REGIONAL
    return cluster[-1] == _JOINER
