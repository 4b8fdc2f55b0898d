"""PUT and DELETE (``acumatica_api.md`` 5.1 to 5.3): which record, what is refused in which dress, what is echoed."""

from __future__ import annotations

import asyncio

from ml_connector_twins.acumatica.payables.changes import Change, Circumstances, FormErrors, FormException
from ml_connector_twins.acumatica.payables.forms import FORMS, PLAIN_FORM, Form
from ml_connector_twins.acumatica.records.rows import Row
from ml_connector_twins.acumatica.records.values import BadValue, parse_day
from ml_connector_twins.acumatica.web.calls import (
    Answer,
    Call,
    Refused,
    exception_answer,
    json_answer,
    no_entity,
    not_found,
    px_error,
)
from ml_connector_twins.acumatica.web.query.inquiries import read_inquiry
from ml_connector_twins.acumatica.web.query.reading import (
    INQUIRIES,
    Target,
    filter_of,
    find_record,
    render_one,
    shape_of,
)
from ml_connector_twins.acumatica.web.sign_in.sessions import Session
from ml_connector_twins.acumatica.web.writes.bodies import parse_body, parse_change

_NOT_MET = "The operation is not allowed by the If-Match or If-None-Match condition."


async def put_record(target: Target, call: Call, session: Session) -> Answer:
    """Insert or update; 200 with the record either way (5.1)."""
    content = parse_body(call.body)
    if target.entity.name in INQUIRIES:
        return read_inquiry(target, call)
    change = _known_part(target, parse_change(content, target.contract, target.entity))
    found = _target_row(target, call, change)
    only_new = call.header("if-none-match") == "*" and target.site.switches.at("insert_only") == "honoured"
    if found is not None and only_new:
        raise Refused(exception_answer(_NOT_MET, status=412))
    if found is None and call.header("if-match") == "*":
        raise Refused(exception_answer(_NOT_MET, status=412))
    form = FORMS.get(target.entity.name, PLAIN_FORM)
    row = await _saved(target, form, change, found, around=_circumstances(target, call, session))
    shape = shape_of(target, call, in_list=False, written=True)
    return json_answer(render_one(target, row, shape))


async def patch_record(target: Target, call: Call, session: Session, rest: list[str]) -> Answer:
    """PATCH: writes exactly what is given; absent is 404, ``If-None-Match`` 412 (1, 4.5, 5.1)."""
    change = _known_part(target, parse_change(parse_body(call.body), target.contract, target.entity))
    if call.header("if-none-match"):
        raise Refused(exception_answer(_NOT_MET, status=412))
    try:
        found = find_record(target, rest) if rest else _target_row(target, call, change)
    except Refused:
        found = None
    if found is None:
        raise not_found(target.entity.name)
    form = FORMS.get(target.entity.name, PLAIN_FORM)
    row = await _saved(target, form, change, found, around=_circumstances(target, call, session))
    return json_answer(render_one(target, row, shape_of(target, call, in_list=False, written=True)))


def _known_part(target: Target, change: Change) -> Change:
    """The change without fields that the site takes and forgets (switch ``fields_ignored``)."""
    for name in target.site.switches.words("fields_ignored"):
        kind, _, field = name.partition(".")
        if kind == target.entity.name:
            change.fields.pop(field, None)
        for collection, row_kind in target.entity.collections.items():
            if row_kind == kind:
                for row in change.details.get(collection, []):
                    row.fields.pop(field, None)
    return change


def _circumstances(target: Target, call: Call, session: Session) -> Circumstances:
    """``PX-CbApiBranch`` and ``PX-CbApiBusinessDate`` act for this request only (1)."""
    branch = call.header("px-cbapibranch") or session.branch
    if branch not in target.books.branches:
        raise px_error(f"Error: Branch '{branch}' cannot be found in the system.")
    text = call.header("px-cbapibusinessdate")
    try:
        on = parse_day(text) if text else target.books.business_on
    except BadValue as fault:
        raise px_error(f"Error: {fault}") from fault
    return Circumstances(branch, on)


async def _saved(target: Target, form: Form, change: Change, found: Row | None, *, around: Circumstances) -> Row:
    switches = target.site.switches
    try:
        draft = form.prepare(target.books, change, found, around)
        if found is None and change.id is not None and switches.at("own_id") == "keep":
            draft.id = change.id
        if form.racy and switches.at("duplicate_check_timing") == "racy":
            # two saves at once both pass the check before either is stored (posting_protocol 0.4)
            await asyncio.sleep(switches.number("racy_seconds"))
        if target.entity.name == "Bill" and switches.at("put_stores") == "no":
            draft.fields["ReferenceNbr"] = draft.text("ReferenceNbr") or "999999"
            return draft
        return form.store(target.books, draft)
    except FormErrors as fault:
        raise Refused(refusal_answer(target, fault.row)) from fault
    except FormException as fault:
        raise px_error(f"Error: {fault}") from fault


def refusal_answer(target: Target, row: Row) -> Answer:
    """A business refusal in the dress of the ERP's release (5.3)."""
    mode = target.site.switches.at("error_mode")
    if mode == "422_entity":
        call = (
            Call("PUT", "", "$expand=Details", {}, b"")
            if "Details" in target.entity.collections
            else Call("PUT", "", "", {}, b"")
        )
        shape = shape_of(target, call, in_list=False, written=True)
        return json_answer(render_one(target, row, shape), status=422)
    lines = _error_lines(row, target.entity.name)
    if mode == "500_outcome":
        kind = "PX.Api.ContractBased.OutcomeEntityHasErrorsException"
        return exception_answer("\r\n".join([row.error or "", *lines]), kind)
    return exception_answer(
        f"Error: An error occurred during processing of the field {lines[0] if lines else row.error}"
    )


def _error_lines(row: Row, path: str) -> list[str]:
    lines = [f"{path}.{name}: {text}" for name, text in row.errors.items()]
    for name, rows in row.details.items():
        for number, detail in enumerate(rows, start=1):
            lines += _error_lines(detail, f"{path}.{name}[{number}]")
    return lines


def _target_row(target: Target, call: Call, change: Change) -> Row | None:
    table = target.books.table(target.entity.name)
    text = call.options.get("$filter")
    if text is not None:
        holds = filter_of(target, text)
        matches = [row for row in table if holds(row)]
        if len(matches) > 1:
            raise px_error("Error: The filter matches more than one record.")
        return matches[0] if matches else None
    if change.id is not None:
        found = table.by_id(change.id)
        if found is None and target.site.switches.at("own_id") == "refuse":
            raise no_entity()
        if found is not None:
            return found
    keys = [str(change.fields.get(name) or "") for name in table.keys]
    return table.get(*keys) if keys and all(keys) else None


def delete_record(target: Target, keys: list[str]) -> Answer:
    """DELETE by id or keys: 204; a document that may not go is refused (``acumatica_api.md`` 8.6)."""
    row = find_record(target, keys)
    if row is None:
        raise no_entity()
    form = FORMS.get(target.entity.name, PLAIN_FORM)
    try:
        form.remove(target.books, row)
    except FormException as fault:
        raise px_error(f"Error: {fault}") from fault
    return Answer(204)
