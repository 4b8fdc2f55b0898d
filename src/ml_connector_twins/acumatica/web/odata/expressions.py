"""OData v4 filters: ``$filter`` of the two read-only interfaces (``acumatica_api.md`` 9).

Unlike the contract's v3: bare ISO instants, ``contains``, ``not``. Pure: text in, predicate out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from ml_connector_twins.acumatica.records.values import Value

Predicate = Callable[[Mapping[str, Value]], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<at>\d{4}-\d{2}-\d{2}(?:T[0-9:.]+(?:Z|[+-]\d{2}:\d{2})?)?)"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<word>[A-Za-z_][\w/]*)"
    r"|(?P<mark>[(),]))"
)
_COMPARE: Mapping[str, Callable[[int], bool]] = {
    "eq": lambda order: order == 0,
    "ne": lambda order: order != 0,
    "gt": lambda order: order > 0,
    "ge": lambda order: order >= 0,
    "lt": lambda order: order < 0,
    "le": lambda order: order <= 0,
}
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda have, want: want in have,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


class BadExpression(Exception):
    """A filter the server refuses."""


class _Reader:
    def __init__(self, text: str, fields: Mapping[str, str]) -> None:
        self.tokens: list[re.Match[str]] = []
        self.fields = fields
        self.at = position = 0
        while position < len(text.rstrip()):
            match = _TOKEN.match(text, position)
            if match is None:
                raise BadExpression(f"Syntax error at position {position} in '{text}'.")
            self.tokens.append(match)
            position = match.end()

    def peek(self) -> str:
        return self.tokens[self.at][0].strip() if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> re.Match[str]:
        if self.at >= len(self.tokens) or (wanted and self.peek() != wanted):
            raise BadExpression(f"'{wanted or 'a value'}' expected, '{self.peek()}' found.")
        self.at += 1
        return self.tokens[self.at - 1]


def parse_expression(text: str, fields: Mapping[str, str]) -> Predicate:
    """The predicate of a filter over those fields; raises BadExpression."""
    reader = _Reader(text, fields)
    found = _either(reader)
    if reader.peek():
        raise BadExpression(f"Unexpected '{reader.peek()}'.")
    return found


def _either(reader: _Reader) -> Predicate:
    parts = [_both(reader)]
    while reader.peek() == "or":
        reader.take()
        parts.append(_both(reader))
    return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)


def _both(reader: _Reader) -> Predicate:
    parts = [_single(reader)]
    while reader.peek() == "and":
        reader.take()
        parts.append(_single(reader))
    return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)


def _single(reader: _Reader) -> Predicate:
    word = reader.peek()
    if word == "not":
        reader.take()
        inner = _single(reader)
        return lambda row: not inner(row)
    if word == "(":
        reader.take()
        inner = _either(reader)
        reader.take(")")
        return inner
    if word in _TESTS:
        return _test(reader)
    name = _field(reader)
    operator = reader.take()[0].strip()
    if operator not in _COMPARE:
        raise BadExpression(f"The operator '{operator}' is not known.")
    value, holds = _literal(reader), _COMPARE[operator]
    if value is None:
        return lambda row: (row.get(name) is None) == (operator == "eq")
    return lambda row: row.get(name) is not None and holds(_order(row[name], value))


def _test(reader: _Reader) -> Predicate:
    test = _TESTS[reader.take()[0].strip()]
    reader.take("(")
    name = _field(reader)
    reader.take(",")
    wanted = _literal(reader)
    reader.take(")")
    if not isinstance(wanted, str):
        raise BadExpression("No function signature matches.")
    return lambda row: test(str(row.get(name) or "").casefold(), wanted.casefold())


def _field(reader: _Reader) -> str:
    name = reader.take()[0].strip()
    if name not in reader.fields:
        raise BadExpression(f"Could not find a property named '{name}'.")
    return name


def _literal(reader: _Reader) -> Value:
    match = reader.take()
    token = match[0].strip()
    if match["text"]:
        return token[1:-1].replace("''", "'")
    if match["at"]:
        return _instant(token)
    if match["number"]:
        return Decimal(token)
    if match["guid"]:
        return token.lower()
    if token in ("true", "false", "null"):
        return None if token == "null" else token == "true"
    raise BadExpression(f"'{token}' is not a value.")


def _instant(token: str) -> datetime:
    try:
        found = datetime.fromisoformat(token)
    except ValueError as fault:
        raise BadExpression(f"'{token}' is not a date and time.") from fault
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _order(left: Value, right: Value) -> int:
    if isinstance(left, date) and isinstance(right, date):
        at, other = (v if isinstance(v, datetime) else datetime.combine(v, time(0), UTC) for v in (left, right))
        return (at > other) - (at < other)
    if isinstance(left, str) and isinstance(right, str):
        a, b = left.casefold().rstrip(), right.casefold().rstrip()
        return (a > b) - (a < b)
    if isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return (left > right) - (left < right)
    raise BadExpression("A binary operator with incompatible types was detected.")
