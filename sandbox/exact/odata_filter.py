"""`$filter`: a parser, a typed check and an evaluator (exact-online-api 8.1).

Accepted: comparisons `property op literal`, `trim(property) op literal`, and
`substringof/startswith/endswith(…) eq true|false`, joined by `and`, `or`, `not`
and brackets. Everything the reference does not show (field-to-field comparison,
navigation properties, other functions, bare Boolean terms) is refused.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from .edm import comparable, parse_datetime
from .errors import syntax_error
from .metadata import Prop

_TOKEN = re.compile(
    r"""\s*(?:
        guid'(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})'
      | datetime'(?P<datetime>[^']*)'
      | '(?P<string>(?:[^']|'')*)'
      | (?P<number>-?\d+(?:\.\d+)?[LldD]?)(?![\w.])
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>[(),])
    )""",
    re.VERBOSE,
)
_OPERATORS = {"eq", "ne", "gt", "ge", "lt", "le"}
_FUNCTIONS = {"substringof", "startswith", "endswith"}
_MAX_DEPTH = 40
_NUMBERS = {"Byte", "Int16", "Int32", "Int64", "Double"}
_ORDERED = _NUMBERS | {"DateTime", "String"}


class Token(NamedTuple):
    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal: kind is string, guid, datetime, integer, double, boolean, null."""

    kind: str
    value: Any


@dataclass(frozen=True, slots=True)
class Compare:
    """`property op literal`; with `trimmed`, `trim(property) op literal`."""

    prop: Prop
    op: str
    value: Any
    trimmed: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """`function(…) eq wanted`."""

    function: str
    prop: Prop
    needle: str
    wanted: bool
    trimmed: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    term: "Node"


@dataclass(frozen=True, slots=True)
class Both:
    """`and` (every) or `or` (any) of terms."""

    every: bool
    terms: tuple["Node", ...]


Node = Compare | Text | Not | Both


def _number(text: str) -> Literal:
    suffix = text[-1] if text[-1] in "LldD" else ""
    digits = text[: len(text) - len(suffix)]
    if suffix in {"L", "l"}:
        if "." in digits:
            raise syntax_error()
        return Literal("integer", int(digits))
    if suffix or "." in digits:
        return Literal("double", Decimal(digits))
    return Literal("integer", int(digits))


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise syntax_error()
        kind, value = match.lastgroup, match[match.lastgroup]
        position = match.end()
        if kind == "name":
            tokens.append(_name_token(value))
        elif kind == "sign":
            tokens.append(Token("sign", value))
        else:
            tokens.append(Token("literal", _literal(kind, value)))
    return tokens


def _name_token(value: str) -> Token:
    if value in {"true", "false"}:
        return Token("literal", Literal("boolean", value == "true"))
    if value == "null":
        return Token("literal", Literal("null", None))
    return Token("name", value)


def _literal(kind: str, value: str) -> Literal:
    if kind == "guid":
        return Literal("guid", value.lower())
    if kind == "string":
        return Literal("string", value.replace("''", "'"))
    if kind == "number":
        return _number(value)
    moment = None if value.endswith("Z") else parse_datetime(value)
    if moment is None:
        raise syntax_error()
    return Literal("datetime", moment)


def _fits(prop: Prop, literal: Literal) -> bool:
    """Say whether a literal may be compared with a property."""
    if literal.kind == "null":
        return True
    if prop.type in _NUMBERS:
        return literal.kind in {"integer", "double"}
    wanted = {
        "String": "string",
        "Guid": "guid",
        "DateTime": "datetime",
        "Boolean": "boolean",
    }
    return wanted.get(prop.type) == literal.kind


class _Parser:
    def __init__(self, text: str, props: dict[str, Prop]) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._props = props
        self._depth = 0

    def parse(self) -> Node:
        node = self._or()
        if self._at != len(self._tokens):
            raise syntax_error()
        return node

    def _peek(self) -> Token:
        if self._at < len(self._tokens):
            return self._tokens[self._at]
        return Token("end", None)

    def _next(self) -> Token:
        token = self._peek()
        self._at += 1
        return token

    def _word(self, value: str) -> bool:
        if self._peek() == Token("name", value):
            self._at += 1
            return True
        return False

    def _sign(self, value: str) -> None:
        if self._next() != Token("sign", value):
            raise syntax_error()

    def _joined(self, word: str, part: Callable[[], Node], *, every: bool) -> Node:
        terms = [part()]
        while self._word(word):
            terms.append(part())
        return terms[0] if len(terms) == 1 else Both(every, tuple(terms))

    def _or(self) -> Node:
        return self._joined("or", self._and, every=False)

    def _and(self) -> Node:
        return self._joined("and", self._unary, every=True)

    def _unary(self) -> Node:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise syntax_error()
        try:
            if self._word("not"):
                return Not(self._unary())
            if self._peek() == Token("sign", "("):
                self._at += 1
                node = self._or()
                self._sign(")")
                return node
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Node:
        token = self._next()
        if token.kind != "name":
            raise syntax_error()
        if token.value in _FUNCTIONS and self._peek() == Token("sign", "("):
            return self._text(token.value)
        self._at -= 1
        prop, trimmed = self._operand()
        op, literal = self._operator()
        if not _fits(prop, literal) or (trimmed and literal.kind != "string"):
            raise syntax_error()
        ordering = op not in {"eq", "ne"}
        if ordering and (literal.kind == "null" or prop.type not in _ORDERED):
            raise syntax_error()
        return Compare(prop, op, literal.value, trimmed)

    def _operator(self) -> tuple[str, Literal]:
        operator, literal = self._next(), self._next()
        if operator.kind != "name" or operator.value not in _OPERATORS:
            raise syntax_error()
        if literal.kind != "literal":
            raise syntax_error()
        return operator.value, literal.value

    def _operand(self) -> tuple[Prop, bool]:
        name = self._next()
        if name.kind != "name":
            raise syntax_error()
        if name.value == "trim" and self._peek() == Token("sign", "("):
            self._sign("(")
            prop, _trimmed = self._operand()
            self._sign(")")
            if prop.type != "String":
                raise syntax_error()
            return prop, True
        prop = self._props.get(name.value)
        if prop is None or prop.type == "Collection":
            raise syntax_error()
        return prop, False

    def _needle(self) -> str:
        token = self._next()
        if token.kind != "literal" or token.value.kind != "string":
            raise syntax_error()
        return token.value.value

    def _text(self, function: str) -> Node:
        self._sign("(")
        if function == "substringof":
            needle = self._needle()
            self._sign(",")
            prop, trimmed = self._operand()
        else:
            prop, trimmed = self._operand()
            self._sign(",")
            needle = self._needle()
        self._sign(")")
        op, literal = self._operator()
        if prop.type != "String" or literal.kind != "boolean" or op != "eq":
            raise syntax_error()
        return Text(function, prop, needle, literal.value, trimmed)


def parse_filter(text: str, props: dict[str, Prop]) -> Node:
    """Parse a filter against an endpoint's properties.

    :raises ApiError: 400 "Error in query syntax." (8.4)
    """
    try:
        return _Parser(text, props).parse()
    except RecursionError as error:  # pragma: no cover - the depth is bounded
        raise syntax_error() from error


def properties(node: Node) -> set[str]:
    """Return the names of the properties that a filter looks at."""
    if isinstance(node, Compare | Text):
        return {node.prop.name}
    if isinstance(node, Not):
        return properties(node.term)
    return set().union(*(properties(term) for term in node.terms))


# --- evaluation -------------------------------------------------------------

Getter = Callable[[Any, str], Any]
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "substringof": lambda value, needle: needle in value,
    "startswith": lambda value, needle: value.startswith(needle),
    "endswith": lambda value, needle: value.endswith(needle),
}


def _compare(node: Compare, get: Getter) -> Callable[[Any], bool]:
    prop, test = node.prop, _COMPARISONS[node.op]
    name, wanted = prop.name, node.value
    if wanted is None:
        empty = node.op == "eq"
        return lambda row: (get(row, name) is None) == empty
    right_padded = prop.pad > 0
    if right_padded:
        wanted = wanted.rstrip(" ")

    def check(row: Any) -> bool:
        value = get(row, name)
        if value is None:
            return False
        if node.trimmed:
            return test(str(value).strip(), wanted)
        value = comparable(prop, value)
        if right_padded:
            value = value.rstrip(" ")
        return test(value, wanted)

    return check


def _text_test(node: Text, get: Getter) -> Callable[[Any], bool]:
    test = _TEXT_TESTS[node.function]

    def check(row: Any) -> bool:
        value = get(row, node.prop.name)
        if value is None:
            return False
        text = comparable(node.prop, value)
        return test(text.strip() if node.trimmed else text, node.needle) == node.wanted

    return check


def predicate(node: Node, get: Getter) -> Callable[[Any], bool]:
    """Compile a filter; `get(row, name)` gives a property's value.

    A row without a value is never equal, unequal, smaller or larger than a literal.
    """
    if isinstance(node, Compare):
        return _compare(node, get)
    if isinstance(node, Text):
        return _text_test(node, get)
    if isinstance(node, Not):
        inner = predicate(node.term, get)
        return lambda row: not inner(row)
    tests = [predicate(term, get) for term in node.terms]
    if node.every:
        return lambda row: all(test(row) for test in tests)
    return lambda row: any(test(row) for test in tests)


# --- use of indexes ---------------------------------------------------------

Lookup = Callable[[str, Any], Iterable[Any] | None]


def _lookup_value(node: Compare) -> Any:
    """Return the stored form of a literal; None when nothing can match."""
    value = node.value
    if node.prop.pad < 0:
        code = value.strip(" ")
        return code if comparable(node.prop, code) == value else None
    return value.rstrip(" ") if node.prop.pad > 0 else value


def candidates(node: Node, lookup: Lookup) -> set[Any] | None:
    """Return keys among which every match is, or None: look at all rows.

    :param lookup: `(property, value) -> keys`, or None for an unindexed property
    """
    if isinstance(node, Compare):
        if node.op != "eq" or node.trimmed or node.value is None:
            return None
        value = _lookup_value(node)
        if value is None:
            return set()
        found = lookup(node.prop.name, value)
        return None if found is None else set(found)
    if not isinstance(node, Both):
        return None
    results = [candidates(term, lookup) for term in node.terms]
    if node.every:
        known = [found for found in results if found is not None]
        return min(known, key=len) if known else None
    if any(found is None for found in results):
        return None
    return set().union(*(found for found in results if found is not None))


def parse_key_literal(text: str, prop: Prop) -> Any:
    """Read the literal of a key, as in `Accounts(guid'…')`.

    :raises ApiError: 400 when it is not a literal of the key's type
    """
    tokens = _tokens(text)
    if len(tokens) != 1 or tokens[0].kind != "literal":
        raise syntax_error()
    literal: Literal = tokens[0].value
    if literal.kind == "null" or not _fits(prop, literal):
        raise syntax_error()
    return literal.value


def parse_literals(text: str) -> list[Any]:
    """Read a comma-separated list of literals (`$skiptoken`).

    :raises ApiError: 400 when it is none
    """
    tokens = _tokens(text)
    if len(tokens) % 2 == 0:
        raise syntax_error()
    values = []
    for number, token in enumerate(tokens):
        if number % 2 and token == Token("sign", ","):
            continue
        if number % 2 or token.kind != "literal":
            raise syntax_error()
        values.append(token.value.value)
    return values
