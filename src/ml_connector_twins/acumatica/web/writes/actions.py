"""POST actions and the status of their long operations (``acumatica_api.md`` 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ml_connector_twins.acumatica.payables.changes import FormException
from ml_connector_twins.acumatica.payables.check_release import release_check, void_check
from ml_connector_twins.acumatica.payables.periods import parse_period
from ml_connector_twins.acumatica.payables.receipts import RECEIPT_RELEASABLE, create_ap_bill, release_receipt
from ml_connector_twins.acumatica.payables.release import RELEASABLE, release_bill
from ml_connector_twins.acumatica.payables.reversal import release_retainage, reverse_bill
from ml_connector_twins.acumatica.records.books import Books
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import BadValue, parse_day, parse_decimal
from ml_connector_twins.acumatica.web.calls import (
    Answer,
    Call,
    Refused,
    bad_request,
    exception_answer,
    no_entity,
    not_found,
    px_error,
)
from ml_connector_twins.acumatica.web.query.reading import Target
from ml_connector_twins.acumatica.web.sign_in.identity import need_length
from ml_connector_twins.acumatica.web.sign_in.sessions import Session
from ml_connector_twins.acumatica.web.writes.bodies import parse_body, parse_change
from ml_connector_twins.acumatica.web.writes.operations import Operations

Parameters = Mapping[str, Any]
_LONG: Mapping[tuple[str, str], tuple[Callable[[Books, Row], object], tuple[str, ...]]] = {
    ("Bill", "ReleaseBill"): (release_bill, RELEASABLE),
    ("Check", "ReleaseCheck"): (release_check, ("Balanced",)),
    ("PurchaseReceipt", "ReleasePurchaseReceipt"): (release_receipt, RECEIPT_RELEASABLE),
}


def start_action(target: Target, call: Call, rest: list[str], *, session: Session, operations: Operations) -> Answer:
    """Runs an action by its name; POST to the entity root is 406, an unknown action 404."""
    need_length(call)
    if not rest:
        raise Refused(exception_answer("The request is not acceptable.", status=406))
    name = rest[0]
    if len(rest) > 1 or name not in target.entity.actions:
        raise not_found(f"Action {name}")
    content = parse_body(call.body)
    row = _record(target, content)
    parameters = content.get("parameters") or {}
    long_action = _LONG.get((target.entity.name, name))
    if long_action is None:
        return _run_at_once(target, name, row, parameters)
    effect, statuses = long_action
    if row.text("Status") not in statuses:
        raise _disabled(target, name, row)
    return _run_long(target, name, lambda: effect(target.books, row), session=session, operations=operations)


def _record(target: Target, content: dict[str, Any]) -> Row:
    entity = content.get("entity")
    if not isinstance(entity, dict):
        raise bad_request("entity", "The entity is missing.")
    change = parse_change(entity, target.contract, target.entity)
    table = target.books.table(target.entity.name)
    keys = [change.text(name) for name in table.keys]
    found = table.by_id(change.id) if change.id is not None else table.get(*keys) if all(keys) else None
    if found is None:
        raise no_entity()
    return found


def _disabled(target: Target, name: str, row: Row) -> Refused:
    message = f"Error: The {name} action is not available for the document in the {row.text('Status')} status."
    status = 422 if target.site.switches.at("error_mode") == "422_entity" else 500
    return Refused(exception_answer(message, status=status))


def _run_long(
    target: Target, name: str, effect: Callable[[], object], *, session: Session, operations: Operations
) -> Answer:
    switches = target.site.switches
    if switches.at("release_answer") == "204":
        operations.start(session, target.entity.screen, effect, 0)
        return Answer(204)
    at_start = switches.at("release_effect") == "at_start"
    seconds = 0.0 if at_start else switches.number("release_seconds")
    operation = operations.start(session, target.entity.screen, effect, seconds)
    return Answer(202, headers=(("location", f"{target.entity_url}/{name}/status/{operation.id}"),))


def _run_at_once(target: Target, name: str, row: Row, parameters: Parameters) -> Answer:
    books = target.books
    try:
        match name:
            case "ReverseBill":
                reverse_bill(books, row)
            case "VoidCheck":
                void_check(books, row)
            case "CreateAPBill":
                create_ap_bill(books, row)
            case "ReleaseRetainage":
                _release_retainage(books, row, parameters)
            case _:
                raise px_error(f"Error: The twin does not run the action {name}.", "System.NotSupportedException")
    except FormException as fault:
        raise px_error(f"Error: {fault}") from fault
    return Answer(204)


def _release_retainage(books: Books, row: Row, parameters: Parameters) -> None:
    def value(name: str) -> Any:
        wrapped = parameters.get(name)
        return wrapped.get("value") if isinstance(wrapped, dict) else None

    try:
        unreleased = row.custom_amount("Document.CuryRetainageUnreleasedAmt")
        amount: Decimal = unreleased if value("AmtToRelease") is None else parse_decimal(value("AmtToRelease"))
        on = books.business_on if value("Date") is None else parse_day(str(value("Date")))
    except BadValue as fault:
        raise bad_request("parameters", str(fault)) from fault
    period = parse_period(str(value("PostPeriod") or on.strftime("%m%Y"))) or ""
    release_retainage(books, row, amount, on=on, period=period)


def poll_action(session: Session, operation_id: str, operations: Operations) -> Answer:
    """202 while the operation runs, 204 when it is done, the exception where it failed; only in its own session."""
    operation = operations.find(operation_id)
    if operation is None or operation.session != session.id:
        raise not_found(f"Operation {operation_id}")
    if operation.running:
        return Answer(202)
    if operation.fault:
        raise px_error(f"Error: {operation.fault}")
    return Answer(204)
