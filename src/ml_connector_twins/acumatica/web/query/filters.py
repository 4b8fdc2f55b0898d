"""The `$filter` grammar the server takes: an OData v3 subset (``acumatica_api.md`` 4.2), text to a tree.

Pure. What is not listed there is refused as the server does, with 500. Evaluation is in ``matching``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ml_connector_twins.acumatica.records.values import BadValue, parse_day, parse_instant


class BadFilter(Exception):
    """A filter the server answers with 500."""


@dataclass(frozen=True, slots=True)
class Field:
    """A contract path such as ``MainContact/Email``, or a form field where ``form_type`` is set (``cf.String(…)``)."""

    path: str
    form_type: str = ""


@dataclass(frozen=True, slots=True)
class Literal:
    """A typed literal: str, Decimal, bool, date, datetime (aware), or None; ``guid`` marks a GUID."""

    value: str | Decimal | bool | date | datetime | None
    guid: bool = False


@dataclass(frozen=True, slots=True)
class TextTest:
    """``substringof('x',F)``, ``startswith(F,'x')`` or ``endswith(F,'x')``."""

    function: str
    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left op right`` with one field and one literal, or a text test compared to a boolean (a trap)."""

    left: Field | Literal | TextTest
    operator: str
    right: Field | Literal | TextTest


@dataclass(frozen=True, slots=True)
class Junction:
    """``and`` or ``or`` of several conditions."""

    word: str
    parts: tuple[Condition, ...]


Condition = Comparison | Junction | TextTest

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<typed>(?:datetimeoffset|datetime|date|guid)'[^']*')"
    r"|(?P<number>-?\d+(?:\.\d+)?[mMdDfFlL]?(?![\w-]))"
    r"|(?P<word>[A-Za-z_$][\w$./]*)"
    r"|(?P<mark>[(),=]))"
)
_OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le")
_FUNCTIONS = ("substringof", "startswith", "endswith")
_FORM_TYPES = ("String", "Decimal", "DateTime", "Boolean", "Int", "Guid")


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None or match.end() == position:
            raise BadFilter(f"Syntax error at position {position} in '{text}'.")
        typed = match["typed"]
        # a typed literal starts like a word: the longer reading wins
        found.append(typed if typed else match[0].strip())
        position = match.end()
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise BadFilter("The filter ends too early.")
        self.at += 1
        return token

    def expect(self, token: str) -> None:
        found = self.take()
        if found != token:
            raise BadFilter(f"'{token}' expected, '{found}' found.")


def parse_filter(text: str) -> Condition:
    """The condition of a `$filter`; raises BadFilter for anything outside the documented subset."""
    reader = _Reader(text)
    condition = _junction(reader, "or")
    if reader.peek():
        raise BadFilter(f"Unexpected '{reader.peek()}'.")
    return condition


def _junction(reader: _Reader, word: str) -> Condition:
    parts = [_junction(reader, "and") if word == "or" else _single(reader)]
    while reader.peek().lower() == word:
        reader.take()
        parts.append(_junction(reader, "and") if word == "or" else _single(reader))
    return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))


def _single(reader: _Reader) -> Condition:
    if reader.peek().lower() == "not":
        # 4.2: `not substringof` answers 500; the docs name AND and OR only
        raise BadFilter("The 'not' operator is not supported.")
    if reader.peek() == "(":
        reader.take()
        inner = _junction(reader, "or")
        reader.expect(")")
        return inner
    left = _operand(reader)
    if reader.peek() in _OPERATORS:
        operator = reader.take()
        return Comparison(left, operator, _operand(reader))
    if isinstance(left, TextTest):
        return left
    raise BadFilter(f"An operator is expected, '{reader.peek()}' found.")


def _operand(reader: _Reader) -> Field | Literal | TextTest:
    token = reader.take()
    if token.startswith("'"):
        return Literal(token[1:-1].replace("''", "'"))
    if token[0].isdigit() or token[0] == "-":
        return Literal(Decimal(token.rstrip("mMdDfFlL")))
    if token.endswith("'") and "'" in token:
        return _typed(token)
    if token in ("true", "false"):
        return Literal(token == "true")
    if token == "null":
        return Literal(None)
    if reader.peek() == "(":
        return _function(reader, token)
    return Field(token)


def _typed(token: str) -> Literal:
    kind, _, rest = token.partition("'")
    body = rest[:-1]
    try:
        if kind == "guid":
            return Literal(body, guid=True)
        if kind == "date":
            return Literal(parse_day(body))
        return Literal(parse_instant(body))
    except BadValue as fault:
        raise BadFilter(str(fault)) from fault


def _function(reader: _Reader, name: str) -> Field | TextTest:
    if name.startswith("cf."):
        return _form_field(reader, name.removeprefix("cf."))
    if name not in _FUNCTIONS:
        # 4.2: contains, tolower, toupper answer 500
        raise BadFilter(f"The function '{name}' is not supported.")
    reader.expect("(")
    first = _operand(reader)
    reader.expect(",")
    second = _operand(reader)
    reader.expect(")")
    text, field = (first, second) if name == "substringof" else (second, first)
    if not isinstance(text, Literal) or not isinstance(text.value, str) or not isinstance(field, Field):
        raise BadFilter(f"'{name}' was called with incompatible types.")
    return TextTest(name, field, text.value)


def _form_field(reader: _Reader, form_type: str) -> Field:
    if form_type not in _FORM_TYPES:
        raise BadFilter(f"The custom type '{form_type}' is unknown.")
    reader.expect("(")
    reader.expect("f")
    reader.expect("=")
    literal = _operand(reader)
    reader.expect(")")
    if not isinstance(literal, Literal) or not isinstance(literal.value, str):
        raise BadFilter("A custom field is named by text.")
    return Field(literal.value, form_type)


def fields_of(condition: Condition) -> list[Field]:
    """Every field a condition names, in order."""
    match condition:
        case Junction(parts=parts):
            return [field for part in parts for field in fields_of(part)]
        case TextTest(field=field):
            return [field]
        case Comparison(left=left, right=right):
            return [x.field if isinstance(x, TextTest) else x for x in (left, right) if not isinstance(x, Literal)]


def has_trap(condition: Condition) -> bool:
    """True where a text test is compared to a boolean: the server silently finds nothing (4.2)."""
    match condition:
        case Junction(parts=parts):
            return any(has_trap(part) for part in parts)
        case Comparison(left=left, right=right):
            return isinstance(left, TextTest) or isinstance(right, TextTest)
        case _:
            return False
