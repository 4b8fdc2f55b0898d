"""Does a row satisfy a filter: the server's comparison rules and traps (``acumatica_api.md`` 4.2).

``checked_filter`` refuses what the server answers with 500; the predicate it returns is pure.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

from ml_connector_twins.acumatica.contract import Contract, EntityType
from ml_connector_twins.acumatica.records.rows import Row, fold
from ml_connector_twins.acumatica.records.values import Value
from ml_connector_twins.acumatica.switches import Switches
from ml_connector_twins.acumatica.web.query.filters import (
    BadFilter,
    Comparison,
    Condition,
    Field,
    Junction,
    Literal,
    TextTest,
    fields_of,
    has_trap,
    parse_filter,
)

Predicate = Callable[[Row], bool]
COMPUTED = {
    "Bill": frozenset({"IsTaxValid"}),
    "PurchaseOrder": frozenset({"IsTaxValid"}),
    "Vendor": frozenset({"ShippingAddressOverride", "RemittanceAddressOverride"}),
    "PurchaseReceipt": frozenset({"UnbilledQuantity"}),
}
"""Fields computed on the form: ``{}`` in lists, 500 in a filter (4.1, 4.3)."""

SESSION_ZONE = timezone(timedelta(hours=-8))
"""The time zone of a session, as the recorded locale cookie has it (2.3)."""

_SIGNS = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_PO_KEYS = ("Type", "OrderNbr")
_FORM_KINDS = {
    "String": "StringValue",
    "Decimal": "DecimalValue",
    "DateTime": "DateTimeValue",
    "Boolean": "BooleanValue",
    "Int": "IntValue",
    "Guid": "GuidValue",
}


def checked_filter(text: str, contract: Contract, entity: EntityType, switches: Switches) -> Predicate:
    """The predicate of a `$filter` on that entity; raises BadFilter where the server answers 500."""
    condition = parse_filter(text)
    if switches.at("filter_offset") == "session":
        condition = _in_session_time(condition)
    fields = fields_of(condition)
    for field in fields:
        _kind_of(field, contract, entity, switches)
    _check_types(condition, contract, entity, switches)
    if entity.name == "PurchaseOrder" and any(f.path not in _PO_KEYS for f in fields):
        if switches.at("po_filter") == "500":
            raise BadFilter("The given key was not present in the dictionary.")
        if switches.at("po_filter") == "empty":
            return _nothing
    views = {entity.view_of(f.path) for f in fields if not f.form_type and "/" not in f.path}
    if len(views - {""}) > 1 and switches.at("filter_two_views") == "empty":
        return _nothing
    if has_trap(condition) and switches.at("trap_scope") == "filter":
        return _nothing
    blanks_count = switches.at("trailing_blanks") == "count"
    return _compiled(condition, blanks_count=blanks_count)


def _in_session_time(condition: Condition) -> Condition:
    """Instants read by the clock on the wall of the session's zone, their own offset ignored (4.4)."""
    match condition:
        case Junction(word=word, parts=parts):
            return Junction(word, tuple(_in_session_time(part) for part in parts))
        case Comparison(left=left, operator=operator, right=right):
            return Comparison(_shifted(left), operator, _shifted(right))
        case _:
            return condition


def _shifted(operand: Field | Literal | TextTest) -> Field | Literal | TextTest:
    if isinstance(operand, Literal) and isinstance(operand.value, datetime):
        return Literal(operand.value.replace(tzinfo=SESSION_ZONE))
    return operand


def _nothing(_row: Row) -> bool:
    return False


def _kind_of(field: Field, contract: Contract, entity: EntityType, switches: Switches) -> str:
    if field.form_type:
        return _FORM_KINDS[field.form_type]
    if field.path in ("id", "NoteID"):
        if switches.at("filter_by_guid") == "works":
            return "GuidValue"
        raise BadFilter(f"Could not find a property named '{field.path}'.")
    head, _, tail = field.path.partition("/")
    if head in entity.collections:
        raise BadFilter(f"The expression '{head}' is not a single value.")
    if tail and head in entity.linked:
        return _kind_of(Field(tail), contract, contract.types[entity.linked[head]], switches)
    kind = entity.values.get(field.path)
    if kind is None:
        raise BadFilter(f"Could not find a property named '{field.path}' on type '{entity.name}'.")
    if field.path in COMPUTED.get(entity.name, frozenset()):
        raise BadFilter("The given key was not present in the dictionary.")
    return kind


def _check_types(condition: Condition, contract: Contract, entity: EntityType, switches: Switches) -> None:
    match condition:
        case Junction(parts=parts):
            for part in parts:
                _check_types(part, contract, entity, switches)
        case TextTest(field=field):
            if _kind_of(field, contract, entity, switches) != "StringValue":
                raise BadFilter("No function overload matches: incompatible types.")
        case Comparison(left=left, right=right):
            _check_comparison(left, right, lambda f: _kind_of(f, contract, entity, switches))


def _check_comparison(
    left: Field | Literal | TextTest, right: Field | Literal | TextTest, kind_of: Callable[[Field], str]
) -> None:
    for field, literal in ((left, right), (right, left)):
        if isinstance(field, Field) and isinstance(literal, Literal) and not _fits(kind_of(field), literal):
            raise BadFilter(f"Operands of '{field.path}' have incompatible types.")
    if isinstance(left, Literal) and isinstance(right, Literal):
        raise BadFilter("A filter compares a field.")


def _fits(kind: str, literal: Literal) -> bool:
    value = literal.value
    if value is None:
        return True
    if literal.guid:
        return kind == "GuidValue"
    match kind:
        case "BooleanValue":
            return isinstance(value, bool)
        case "DateTimeValue":
            return isinstance(value, date)
        case "DecimalValue" | "DoubleValue" | "IntValue" | "LongValue" | "ShortValue" | "ByteValue":
            return isinstance(value, Decimal)
        case _:
            return isinstance(value, str)


def _compiled(condition: Condition, *, blanks_count: bool) -> Predicate:
    """The condition as one function of a row: a filter of a hundred parts meets thousands of rows."""
    match condition:
        case Junction(word=word, parts=parts):
            return _joined(word, [_compiled(part, blanks_count=blanks_count) for part in parts])
        case TextTest():
            return lambda row: _text_test(condition, row)
        case Comparison(left=TextTest()) | Comparison(right=TextTest()):
            return _nothing
        case Comparison(left=Field() as field, operator=sign, right=Literal(value=str() as text)):
            return _text_comparison(field, sign, text, blanks_count=blanks_count)
        case Comparison(left=Field() | Literal() as left, operator=sign, right=Field() | Literal() as right):
            return lambda row: _compare(_value(left, row), sign, _value(right, row), blanks_count=blanks_count)
    raise BadFilter("The filter is not understood.")


def _joined(word: str, parts: list[Predicate]) -> Predicate:
    def all_hold(row: Row) -> bool:
        return all(part(row) for part in parts)

    def any_holds(row: Row) -> bool:
        return any(part(row) for part in parts)

    return all_hold if word == "and" else any_holds


def _text_comparison(field: Field, sign: str, text: str, *, blanks_count: bool) -> Predicate:
    wanted, holds = fold(text, trailing_blanks_count=blanks_count), _SIGNS[sign]

    def compares(row: Row) -> bool:
        value = _value(field, row)
        if not isinstance(value, str):
            return _compare(value, sign, text, blanks_count=blanks_count)
        return bool(holds(fold(value, trailing_blanks_count=blanks_count), wanted))

    return compares


def _value(operand: Field | Literal, row: Row) -> Value:
    if isinstance(operand, Literal):
        return operand.value
    if operand.form_type:
        return row.custom.get(operand.path)
    if operand.path in ("id", "NoteID"):
        return row.id
    head, _, tail = operand.path.partition("/")
    if tail:
        linked = row.linked.get(head)
        return None if linked is None else _value(Field(tail), linked)
    return row.fields.get(operand.path)


def _text_test(test: TextTest, row: Row) -> bool:
    value = _value(test.field, row)
    if not isinstance(value, str):
        return False
    have, want = value.casefold(), test.text.casefold()
    match test.function:
        case "startswith":
            return have.startswith(want)
        case "endswith":
            return have.rstrip(" ").endswith(want.rstrip(" "))
        case _:
            return want in have


def _moment(value: date) -> datetime:
    return value if isinstance(value, datetime) else datetime.combine(value, time(0), UTC)


def _compare(left: Value, sign: str, right: Value, *, blanks_count: bool) -> bool:
    if right is None:
        return (left is None) == (sign == "eq") and sign in ("eq", "ne")
    if left is None:
        return False  # as in SQL: a comparison with nothing is never true
    order = _order(left, right, blanks_count=blanks_count)
    match sign:
        case "eq":
            return order == 0
        case "ne":
            return order != 0
        case "gt":
            return order > 0
        case "ge":
            return order >= 0
        case "lt":
            return order < 0
        case _:
            return order <= 0


def _order(left: Value, right: Value, *, blanks_count: bool) -> int:
    if isinstance(left, str) and isinstance(right, str):
        a, b = fold(left, trailing_blanks_count=blanks_count), fold(right, trailing_blanks_count=blanks_count)
        return (a > b) - (a < b)
    if isinstance(left, date) and isinstance(right, date):
        at, other = _moment(left), _moment(right)
        return (at > other) - (at < other)
    if isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return (left > right) - (left < right)
    return -1
