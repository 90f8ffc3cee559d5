"""Whatever a vendor may send where something sensible is expected."""

import copy
from decimal import Decimal
from functools import partial

from hypothesis import strategies as st

#: Values that break programs; each stands in for any field.
NASTY = (
    None,
    True,
    False,
    0,
    -1,
    1,
    -(10**30),
    2**31,
    2**63,
    10**400,
    Decimal("0"),
    Decimal("-0"),
    Decimal("NaN"),
    Decimal("sNaN"),
    Decimal("Infinity"),
    Decimal("-Infinity"),
    Decimal("1e400"),
    Decimal("1e-400"),
    Decimal("1e999999"),
    Decimal("0.005"),
    Decimal("99999999999999.994999"),
    1e300,
    float("nan"),
    float("inf"),
    "",
    " ",
    "0",
    "nul\x00l",
    "\ud800",
    "\ud83d",
    "﷽" * 50,
    "e\u0301" * 200,
    "\u202eabc",
    "x" * 100_000,
    "NaN",
    "Infinity",
    "1e400",
    "1_000",
    "-5",
    "٣",
    "²",
    "49,90",
    "0000-00-00",
    "0000-00-00T00:00:00+00:00",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    "2026-06-03T00:56:12+99:99",
    "2026-02-30T00:00:00+01:00",
    "2026-06-03",
    "XYZ",
    "'; DROP TABLE x; --",
    "{number}",
    "%(x)s %s %",
    [],
    [None],
    [[]],
    [{}],
    [1, "a", {}],
    {},
    {"resource": None},
    {"resource": {"embedded": None}},
    {"resource": {"embedded": {}}},
    {"resource": {"embedded": [None]}},
    {"resource": {"id": [], "embedded": [[]]}},
    {"code": {"code": {}}},
    {"": ""},
)

TEXTS = st.one_of(
    st.text(max_size=20),
    st.text(st.characters(), max_size=10),
    st.text(st.sampled_from("\x00\ud800\u200d0123456789.-+eE:TZ"), max_size=30),
)
NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(10**200), 10**200),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.floats(),
)
SCALARS = st.one_of(
    st.none(), st.booleans(), NUMBERS, TEXTS, st.sampled_from(NASTY).map(copy.deepcopy)
)
#: Any value that reading JSON could give, and some more.
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)
    ),
    max_leaves=12,
)


def nested(depth, inner="x"):
    """Return lists in lists, so deep."""
    for _level in range(depth):
        inner = [inner]
    return inner


def places(value, path=()):
    """Yield the path of everything in a JSON value, the value itself excepted."""
    if isinstance(value, dict):
        steps = value.items()
    elif isinstance(value, list):
        steps = enumerate(value)
    else:
        return
    for key, inner in steps:
        yield (*path, key)
        yield from places(inner, (*path, key))


def changed(value, path, new):
    """Return a copy of a JSON value with another value at a path."""
    result = copy.deepcopy(value)
    holder = result
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = copy.deepcopy(new)
    return result


def without(value, path):
    """Return a copy of a JSON value in which a path is missing."""
    result = copy.deepcopy(value)
    holder = result
    for key in path[:-1]:
        holder = holder[key]
    del holder[path[-1]]
    return result


def doubled(value, path):
    """Return a copy of a JSON value in which an item of a list is there twice."""
    result = copy.deepcopy(value)
    holder = result
    for key in path[:-1]:
        holder = holder[key]
    holder.append(copy.deepcopy(holder[path[-1]]))
    return result


def mutations(value, step=1):
    """Yield ``(path, mutation)``: one field another value, missing, or twice.

    :param int step: of those only every so many; the first one of a field is another
        one than that of the field before
    """
    for place, path in enumerate(places(value)):
        ways = _ways(value, path)
        for make in ways[place % step :: step]:
            yield path, make()


def _ways(value, path):
    """Return what makes each mutation of a field.

    :rtype: list(callable)
    """
    ways = [partial(changed, value, path, new) for new in NASTY]
    ways.append(partial(changed, value, path, nested(150)))
    ways.append(partial(without, value, path))
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    if isinstance(holder, list):
        ways.append(partial(doubled, value, path))
    return ways
