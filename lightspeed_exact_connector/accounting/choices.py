"""What was chosen, as a digest: two sets of choices that book alike have the same."""

import hashlib
import json
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from .money import normal

#: Fields of a policy that nobody chose: they follow from what was sold, from the
#: shop's catalogue, the reader's language or which month is filed, or are keys of ours.
FOLLOWING = frozenset(
    ("cross_border_net", "categories", "labels", "filed_through", "refused", "key")
)


def digest(choices) -> str:
    """Return the SHA-256 of choices, in hexadecimal.

    :param choices: a policy, and whatever else it holds: dataclasses, mappings,
        sequences, sets, texts, numbers, dates and ``None``
    """
    text = json.dumps(_plain(choices), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value):
    if is_dataclass(value):
        return {
            each.name: _plain(getattr(value, each.name))
            for each in fields(value)
            if each.name not in FOLLOWING
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return normal(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        rows = [[_plain(key), _plain(item)] for key, item in value.items()]
        return sorted(rows, key=json.dumps)
    if isinstance(value, Set):
        return sorted(map(_plain, value), key=json.dumps)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
